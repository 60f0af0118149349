/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * snapshot.c - a host whose answers stand in a file, as featsel --probe writes it
 *
 *	{"featsel": "0.1.0", "host": {"source": "probe", "release": "6.1.0", "machine": "x86_64"},
 *	 "features": {"map_type:ringbuf": {"verdict": "yes", "reason": null, "evidence": "...",
 *	"remedy": null}, "lsm:bpf": "no"}}
 *
 * A bare verdict is enough for a snapshot that a person writes. JSON is YAML, so either notation
 * will do.
 */
#include <errno.h>
#include <string.h>

#include "host/private.h"

/* featsel --probe writes some thousand. */
#define FEATURES_LIMIT 100000

struct snapshot {
	struct arena *arena;   /* of the nodes that stay */
	struct arena *scratch; /* of the feature that is read */
	struct dict features;  /* canonical text -> struct featsel_answer * */
	size_t n;
};

/* A snapshot while it is read. */
struct reading {
	struct featsel_host *host;
	struct featsel_error *err;
};

struct member {
	const char *key;
	enum node_type type;
	int (*take)(struct featsel_host *host, const struct node *node, struct featsel_error *err);
	bool required;
};

static const struct node *child(const struct node *mapping, const char *key)
{
	const struct node *node;

	for (node = mapping->first; node; node = node->next)
		if (strcmp(node->key->text, key) == 0)
			return node;
	return NULL;
}

/* NULL: null, as JSON and YAML write it, or absent. -ENOMEM. */
static int keep_text(struct featsel_host *host, const struct node *mapping, const char *key,
		     const char **ret)
{
	const struct node *node = child(mapping, key);

	if (!node || (!node->quoted && strcmp(node->text, "null") == 0))
		return 0;
	*ret = arena_strdup(host->arena, node->text);
	return *ret ? 0 : -ENOMEM;
}

static int take_mapping(struct featsel_host *host, const struct node *node,
			const struct member *members, size_t n, const char *what,
			struct featsel_error *err)
{
	const struct node *part;
	size_t i;
	int r = 0;

	if (node->type != NODE_MAPPING)
		return error_at(err, -EINVAL, &node->at, "%s is not a mapping", what);
	for (part = node->first; part && !r; part = part->next) {
		for (i = 0; i < n; i++)
			if (strcmp(part->key->text, members[i].key) == 0)
				break;
		if (i == n)
			return error_at(err, -EINVAL, &part->key->at, "unknown key '%s' in %s",
					part->key->text, what);
		if (part->type != members[i].type)
			return error_at(err, -EINVAL, &part->at, "'%s' in %s has the wrong type",
					members[i].key, what);
		r = members[i].take ? members[i].take(host, part, err) : 0;
	}
	for (i = 0; i < n && !r; i++)
		if (members[i].required && !child(node, members[i].key))
			return error_at(err, -EINVAL, &node->at, "%s has no '%s'", what,
					members[i].key);
	return r;
}

static int verdict_of(const struct node *node, enum featsel_verdict *ret, struct featsel_error *err)
{
	enum featsel_verdict verdict;

	for (verdict = FEATSEL_UNKNOWN; verdict <= FEATSEL_DENIED; verdict++)
		if (strcmp(featsel_verdict_name(verdict), node->text) == 0)
			break;
	if (verdict > FEATSEL_DENIED)
		return error_at(err, -EINVAL, &node->at,
				"'%s' is no verdict: yes, no, denied or unknown", node->text);
	*ret = verdict;
	return 0;
}

static int check_answer(const struct node *node, struct featsel_error *err)
{
	static const char *const keys[] = {"verdict", "reason", "evidence", "remedy"};
	const struct node *part;
	size_t i;

	for (part = node->first; part; part = part->next) {
		for (i = 0; i < ARRAY_SIZE(keys); i++)
			if (strcmp(part->key->text, keys[i]) == 0)
				break;
		if (i == ARRAY_SIZE(keys) || part->type != NODE_SCALAR)
			return error_at(err, -EINVAL, &part->key->at,
					"unknown key or wrong type '%s' in feature '%s'",
					part->key->text, node->key->text);
	}
	if (!child(node, "verdict"))
		return error_at(err, -EINVAL, &node->at, "feature '%s' has no 'verdict'",
				node->key->text);
	return 0;
}

static int answer_of(struct featsel_host *host, const struct node *node, struct featsel_answer *ret,
		     struct featsel_error *err)
{
	struct featsel_answer answer = {0};
	int r;

	if (node->type == NODE_SEQUENCE)
		return error_at(err, -EINVAL, &node->at, "feature '%s' is a list", node->key->text);
	if (node->type == NODE_MAPPING) {
		r = check_answer(node, err);
		if (!r)
			r = verdict_of(child(node, "verdict"), &answer.verdict, err);
		if (!r && (keep_text(host, node, "reason", &answer.reason) ||
			   keep_text(host, node, "evidence", &answer.evidence) ||
			   keep_text(host, node, "remedy", &answer.remedy)))
			return error_memory(err);
	} else {
		r = verdict_of(node, &answer.verdict, err);
	}
	if (r)
		return r;
	if (!answer.evidence)
		answer.evidence = arena_printf(host->arena, "%s:%u", host->source, node->at.line);
	if (!answer.evidence)
		return error_memory(err);
	if (answer.verdict == FEATSEL_YES)
		answer.reason = NULL;
	else if (!answer.reason)
		answer.reason = reason_row(REASON_INCONCLUSIVE)->code;
	*ret = answer;
	return 0;
}

/* The answer to one feature; its nodes are freed afterwards. */
static int take_feature(void *data, const struct node *root, const struct node *node)
{
	const struct reading *reading = data;
	struct featsel_error *err = reading->err, why = {0};
	struct featsel_host *host = reading->host;
	struct snapshot *snapshot = host->data;
	const struct feature *feature;
	struct featsel_answer *answer;
	const char *text;
	int r;

	(void)root;
	if (snapshot->n++ == FEATURES_LIMIT)
		return error_at(err, -E2BIG, &node->key->at, "more than %d features",
				FEATURES_LIMIT);
	arena_reset(snapshot->scratch);
	r = feature_parse(snapshot->scratch, node->key->text, &feature, &why);
	if (r == -ENOMEM)
		return error_memory(err);
	if (r)
		return error_at(err, r, &node->key->at, "%s", why.text);
	answer = arena_alloc(host->arena, sizeof(*answer));
	text = arena_strdup(host->arena, feature->text);
	if (!answer || !text)
		return error_memory(err);
	r = answer_of(host, node, answer, err);
	if (!r && dict_set(&snapshot->features, text, answer))
		r = error_memory(err);
	return r;
}

static int take_release(struct featsel_host *host, const struct node *node,
			struct featsel_error *err)
{
	(void)err;
	host->release = node->text;
	return 0;
}

static int take_machine(struct featsel_host *host, const struct node *node,
			struct featsel_error *err)
{
	(void)err;
	host->machine = node->text;
	return 0;
}

static int take_host(struct featsel_host *host, const struct node *node, struct featsel_error *err)
{
	static const struct member members[] = {
		{"source", NODE_SCALAR, NULL, false},
		{"release", NODE_SCALAR, take_release, true},
		{"machine", NODE_SCALAR, take_machine, true},
	};

	return take_mapping(host, node, members, ARRAY_SIZE(members), "'host'", err);
}

static int take_snapshot(struct featsel_host *host, const struct node *root,
			 struct featsel_error *err)
{
	static const struct member members[] = {
		{"featsel", NODE_SCALAR, NULL, true},
		{"host", NODE_MAPPING, take_host, true},
		{"features", NODE_MAPPING, NULL, true},
	};

	return take_mapping(host, root, members, ARRAY_SIZE(members), "the snapshot", err);
}

static struct featsel_answer snapshot_ask(struct featsel_host *host, const struct feature *feature)
{
	struct snapshot *snapshot = host->data;
	const struct featsel_answer *answer = dict_get(&snapshot->features, feature->text);

	if (answer)
		return *answer;
	if (feature->kind == FEATURE_ARCH)
		return files_arch_answer(host->arena, host->machine, feature);
	if (feature->kind == FEATURE_KERNEL)
		return files_kernel_answer(host->arena, "uname(2): release", host->release,
					   feature);
	return answer_make(host->arena, FEATSEL_UNKNOWN, REASON_NOT_RECORDED, NULL,
			   "%s does not hold it", host->source);
}

static bool snapshot_number(struct featsel_host *host, enum object_number kind, const char *name,
			    uint64_t *ret)
{
	(void)name;
	return kind == OBJECT_KERNEL_VERSION && files_version(host->release, ret);
}

static void snapshot_close(struct featsel_host *host)
{
	struct snapshot *snapshot = host->data;

	if (!snapshot)
		return;
	dict_free(&snapshot->features);
	arena_free(snapshot->scratch);
	arena_free(snapshot->arena);
}

static const struct host_backend backend = {
	.ask = snapshot_ask,
	.number = snapshot_number,
	.close = snapshot_close,
};

static int snapshot_new(struct featsel_context *context, const char *name,
			struct featsel_host **ret, struct featsel_error *err)
{
	struct snapshot *snapshot;
	struct featsel_host *host;
	int r;

	r = host_new(context, &backend, NULL, &host, err);
	if (r)
		return r;
	snapshot = arena_alloc(host->arena, sizeof(*snapshot));
	host->data = snapshot;
	host->source = arena_strdup(host->arena, name);
	if (snapshot) {
		snapshot->arena = arena_new();
		snapshot->scratch = arena_new();
	}
	if (!snapshot || !snapshot->arena || !snapshot->scratch || !host->source) {
		featsel_host_free(host);
		return error_memory(err);
	}
	*ret = host;
	return 0;
}

int snapshot_parse(struct featsel_context *context, const char *name, const char *text, size_t size,
		   struct featsel_host **ret, struct featsel_error *err)
{
	struct featsel_host *host = NULL;
	struct reading reading = {.err = err};
	const struct reader_each each = {"features", take_feature, &reading};
	struct node *root = NULL;
	int r;

	r = snapshot_new(context, name, &host, err);
	if (r)
		return r;
	reading.host = host;
	r = reader_parse_each(&(struct reader_input){.name = name, .text = text, .size = size},
			      &each, ((struct snapshot *)host->data)->arena, &root, err);
	if (!r)
		r = take_snapshot(host, root, err);
	if (r) {
		featsel_host_free(host);
		return r;
	}
	*ret = host;
	return 0;
}

int featsel_host_open_snapshot(struct featsel_context *context, const char *path,
			       struct featsel_host **ret, struct featsel_error *err)
{
	char *text CLEANUP(free_pointer) = NULL;
	size_t size = 0;
	int r;

	r = trust_read(path, MANIFEST_LIMIT, &text, &size, err);
	return r ? r : snapshot_parse(context, path, text, size, ret, err);
}
