/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * configure.c - what is said beside the manifest, on a command line, in the grammar of the manifest
 *
 * Events stay as they were read: those that something else is said of are replaced by copies.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/private.h"

/* One word, "EVENT.KEY=VALUE": what it says, and of which events. */
struct saying {
	struct featsel_manifest *manifest;
	struct parser parser;
	struct location at; /* the word itself, for messages */
	const char *event;  /* NULL: all events */
	const char *key;
	bool selected;	      /* fields that are asked for besides */
	uint32_t buffer;      /* bytes */
	struct node *mapping; /* {KEY: VALUE}, as a manifest would have it */
};

static struct node *new_node(const struct saying *saying, enum node_type type, const char *text)
{
	struct node *node = arena_alloc(saying->manifest->arena, sizeof(*node));

	if (!node)
		return NULL;
	node->type = type;
	node->at = saying->at;
	node->text = text;
	return node;
}

static struct node *add_child(struct node *parent, struct node *child)
{
	struct node **tail = &parent->first;

	if (!child)
		return NULL;
	while (*tail)
		tail = &(*tail)->next;
	*tail = child;
	parent->count++;
	return parent;
}

static struct node *with_key(const struct saying *saying, struct node *node, const char *key)
{
	if (node)
		node->key = new_node(saying, NODE_SCALAR, key);
	return node && node->key ? node : NULL;
}

static void place(struct node *node, const struct location *at)
{
	struct node *child;

	node->at = *at;
	if (node->key)
		node->key->at = *at;
	for (child = node->first; child; child = child->next)
		place(child, at);
}

/* A word from the shell is text even if YAML would read it as null. */
static struct node *read_scalar(const struct saying *saying, const char *text)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	struct node *node = new_node(saying, NODE_SCALAR, text);
	size_t i;

	for (i = 0; node && i < ARRAY_SIZE(nulls); i++)
		node->quoted = node->quoted || strcmp(text, nulls[i]) == 0;
	return node;
}

/* "[80, 443]" and "{a: 1}" are YAML; all else is a text. */
static int read_value(const struct saying *saying, const char *text, struct node **ret)
{
	int err;

	if (text[0] != '[' && text[0] != '{') {
		*ret = read_scalar(saying, text);
		return *ret ? 0 : error_memory(saying->parser.err);
	}
	err = reader_parse(saying->at.file, text, strlen(text), saying->manifest->arena, ret,
			   saying->parser.err);
	if (!err)
		place(*ret, &saying->at);
	return err;
}

/* "lo,eth0" */
static int read_list(const struct saying *saying, const char *text, struct node **ret)
{
	struct node *list = new_node(saying, NODE_SEQUENCE, NULL);
	size_t length;
	char *item;

	for (; list; text += length + 1) {
		length = strcspn(text, ",");
		item = arena_strndup(saying->manifest->arena, text, length);
		list = item ? add_child(list, read_scalar(saying, item)) : NULL;
		if (!text[length])
			break;
	}
	*ret = list;
	return list ? 0 : error_memory(saying->parser.err);
}

/* "id:12", as in {id: 12} */
static int read_pair(const struct saying *saying, const char *text, struct node **ret)
{
	const size_t length = strcspn(text, ":");
	char *key = arena_strndup(saying->manifest->arena, text, length);
	struct node *pair = new_node(saying, NODE_MAPPING, NULL);
	struct node *value;

	if (!text[length])
		return error_at(saying->parser.err, -EINVAL, &saying->at,
				"'%s' takes a kind and its value, as in %s", saying->key,
				strcmp(saying->key, "of") == 0 ? "task:12 or map:NAME"
							       : "id:12 or pinned:PATH");
	value = key ? with_key(saying, read_scalar(saying, text + length + 1), key) : NULL;
	*ret = pair && value ? add_child(pair, value) : NULL;
	return *ret ? 0 : error_memory(saying->parser.err);
}

/* ---- copies of events ---- */

typedef int (*say_fn)(struct saying *saying, struct featsel_event *event,
		      struct featsel_candidate *candidates);

static int change_event(struct saying *saying, const struct featsel_event **slot, say_fn say)
{
	struct arena *arena = saying->manifest->arena;
	const struct featsel_event *old = *slot;
	struct featsel_event *event = arena_alloc(arena, sizeof(*event));
	struct featsel_candidate *candidates =
		arena_array(arena, old->n_candidates, sizeof(*candidates));
	size_t i;
	int err;

	if (!event || !candidates)
		return error_memory(saying->parser.err);
	*event = *old;
	memcpy(candidates, old->candidates, old->n_candidates * sizeof(*candidates));
	for (i = 0; i < old->n_candidates; i++)
		candidates[i].event = event;
	event->candidates = candidates;
	err = say(saying, event, candidates);
	if (!err)
		*slot = event;
	return err;
}

static int change(struct saying *saying, say_fn say)
{
	const struct featsel_event **events = saying->manifest->events.items;
	size_t i;
	int err = 0;

	for (i = 0; i < saying->manifest->events.count && !err; i++)
		if (!saying->event || strcmp(saying->event, events[i]->name) == 0)
			err = change_event(saying, &events[i], say);
	return err;
}

static int say_on(struct saying *saying, struct featsel_event *event,
		  struct featsel_candidate *candidates)
{
	const enum on_scope scope = saying->event ? ON_FOR_EVENT : ON_FOR_ALL;
	size_t i;
	int err = parse_on(&saying->parser, saying->mapping, scope, event->on, &event->on);

	for (i = 0; i < event->n_candidates && !err; i++)
		err = parse_on(&saying->parser, saying->mapping, scope, candidates[i].on,
			       &candidates[i].on);
	return err;
}

static int say_global(struct saying *saying, struct featsel_event *event,
		      struct featsel_candidate *candidates)
{
	struct global_ref *global;
	size_t i, j;
	int err = 0;

	for (i = 0; i < event->n_candidates && !err; i++) {
		err = parse_globals(&saying->parser, saying->mapping, true, &candidates[i]);
		for (j = 0; j < candidates[i].n_globals && !err; j++) {
			global = (struct global_ref *)(uintptr_t)&candidates[i].globals[j];
			if (strcmp(global->name, saying->key) == 0)
				global->wide = !saying->event;
		}
	}
	return err;
}

static int say_minimum(struct saying *saying, struct featsel_event *event,
		       struct featsel_candidate *candidates)
{
	struct minimum *joined = arena_alloc(saying->manifest->arena, sizeof(*joined));
	const struct minimum *said;
	int err;

	(void)candidates;
	if (!joined)
		return error_memory(saying->parser.err);
	if (event->minimum)
		*joined = *event->minimum;
	err = parse_minimum(&saying->parser, saying->mapping, &said);
	if (err)
		return err;
	if (said->covers) {
		joined->covers = said->covers;
		joined->covers_at = said->covers_at;
	}
	if (said->fields && saying->selected) {
		joined->selected = said->fields;
	} else if (said->fields) {
		joined->fields = said->fields;
		joined->fields_at = said->fields_at;
	}
	event->minimum = joined;
	return 0;
}

static int say_record(struct saying *saying, struct featsel_event *event,
		      struct featsel_candidate *candidates)
{
	size_t i;

	for (i = 0; i < event->n_candidates; i++) {
		candidates[i].record = saying->key;
		candidates[i].record_at = saying->at;
	}
	return 0;
}

/* ---- words ---- */

static int begin(struct saying *saying, struct featsel_manifest *manifest, const char *option,
		 const char *word, struct featsel_error *err)
{
	*saying = (struct saying){
		.manifest = manifest,
		.parser = {.arena = manifest->arena, .err = err, .dir = "."},
		.at = {.file = arena_printf(manifest->arena, "--%s %s", option, word)},
	};
	return saying->at.file ? 0 : error_memory(err);
}

static int put_mapping(struct saying *saying, struct node *value)
{
	saying->mapping = new_node(saying, NODE_MAPPING, NULL);
	if (!saying->mapping || !with_key(saying, value, saying->key) ||
	    !add_child(saying->mapping, value))
		return error_memory(saying->parser.err);
	return 0;
}

/*
 * The longest prefix of "EVENT.KEY", up to a dot, that is an event: names of events may contain
 * dots, and so may paths of variables.
 */
static int split_key(struct saying *saying, const char *key, size_t length)
{
	struct arena *arena = saying->manifest->arena;
	char *event = arena_strndup(arena, key, length);
	char *dot;

	saying->key = arena_strndup(arena, key, length);
	if (!event || !saying->key)
		return error_memory(saying->parser.err);
	while ((dot = strrchr(event, '.'))) {
		*dot = '\0';
		if (!featsel_manifest_find(saying->manifest, event))
			continue;
		saying->event = event;
		saying->key += strlen(event) + 1;
		break;
	}
	return 0;
}

static int unknown_event(const struct saying *saying)
{
	const char *dot = strrchr(saying->key, '.');
	char *name = arena_strndup(saying->manifest->arena, saying->key,
				   dot ? (size_t)(dot - saying->key) : 0);
	const char *near = name ? featsel_manifest_suggest(saying->manifest, name) : NULL;

	return error_at(saying->parser.err, -EINVAL, &saying->at, "there is no event '%s'%s%s%s",
			name ? name : "", near ? ", did you mean '" : "", near ? near : "",
			near ? "'?" : "");
}

static int configure_on(struct featsel_manifest *manifest, const char *word,
			struct featsel_error *err)
{
	static const char *const lists[] = {"interfaces", "cpus"}, *const pairs[] = {"of",
										     "program"};
	const size_t length = strcspn(word, "=");
	const char *text = word + length + 1;
	struct node *value = NULL;
	struct saying saying;
	bool list = false, pair = false;
	size_t i;
	int r = begin(&saying, manifest, "on", word, err);

	if (!r && !word[length])
		return error_at(err, -EINVAL, &saying.at, "KEY=VALUE is wanted");
	if (!r)
		r = split_key(&saying, word, length);
	if (!r && strchr(saying.key, '.'))
		return unknown_event(&saying);
	for (i = 0; i < ARRAY_SIZE(lists) && !r; i++) {
		list = list || strcmp(saying.key, lists[i]) == 0;
		pair = pair || strcmp(saying.key, pairs[i]) == 0;
	}
	if (r || text[0] == '{' || text[0] == '[')
		r = r ? r : read_value(&saying, text, &value);
	else if (list)
		r = read_list(&saying, text, &value);
	else
		r = pair ? read_pair(&saying, text, &value) : read_value(&saying, text, &value);
	if (!r)
		r = put_mapping(&saying, value);
	return r ? r : change(&saying, say_on);
}

static int configure_global(struct featsel_manifest *manifest, const char *word,
			    struct featsel_error *err)
{
	const size_t length = strcspn(word, "=");
	struct node *value = NULL;
	struct saying saying;
	int r = begin(&saying, manifest, "set", word, err);

	if (!r && !word[length])
		return error_at(err, -EINVAL, &saying.at, "NAME=VALUE is wanted");
	if (!r)
		r = split_key(&saying, word, length);
	if (!r)
		r = read_value(&saying, word + length + 1, &value);
	if (!r)
		r = put_mapping(&saying, value);
	return r ? r : change(&saying, say_global);
}

/* "STRUCT", "EVENT.STRUCT" */
static int configure_record(struct featsel_manifest *manifest, const char *word,
			    struct featsel_error *err)
{
	struct saying saying;
	int r = begin(&saying, manifest, "record", word, err);

	if (!r)
		r = split_key(&saying, word, strlen(word));
	if (!r && strchr(saying.key, '.'))
		return unknown_event(&saying);
	if (!r && !*saying.key)
		return error_at(err, -EINVAL, &saying.at, "the name of a struct is wanted");
	return r ? r : change(&saying, say_record);
}

static int configure_minimum(struct featsel_manifest *manifest, const char *option, const char *key,
			     const char *words, struct featsel_error *err)
{
	struct node *list = NULL;
	struct saying saying;
	int r = begin(&saying, manifest, option, words, err);

	saying.key = key;
	saying.selected = !strcmp(option, "selected");
	if (!r)
		r = read_list(&saying, words, &list);
	if (!r)
		r = put_mapping(&saying, list);
	return r ? r : change(&saying, say_minimum);
}

/* ---- buffers and pins ---- */

static int say_buffer(struct saying *saying, struct featsel_event *event,
		      struct featsel_candidate *candidates)
{
	size_t i;

	for (i = 0; i < event->n_candidates; i++)
		candidates[i].buffer = saying->buffer;
	return 0;
}

static int say_pin_dir(struct saying *saying, struct featsel_event *event,
		       struct featsel_candidate *candidates)
{
	size_t i;

	for (i = 0; i < event->n_candidates; i++)
		candidates[i].pin_dir = saying->key;
	return 0;
}

/* "65536", "512K", "4M": bytes. */
static int configure_buffer(struct featsel_manifest *manifest, const char *word,
			    struct featsel_error *err)
{
	static const char units[] = "KMG";
	struct saying saying;
	const char *unit;
	char *end;
	uint64_t size;
	int r = begin(&saying, manifest, "buffer", word, err);

	if (r)
		return r;
	errno = 0;
	size = strtoull(word, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (*word < '0' || *word > '9' || errno || (*end && (!unit || end[1])))
		return error_at(err, -EINVAL, &saying.at,
				"SIZE is bytes, or with K, M or G behind them: 512K, 4M");
	size = unit && size < UINT32_MAX ? size << 10 * (unit - units + 1) : size;
	if (!size || size > 1u << 31)
		return error_at(err, -EINVAL, &saying.at, "SIZE is from 1 byte to 2G");
	saying.buffer = (uint32_t)size;
	return change(&saying, say_buffer);
}

static int configure_pin_dir(struct featsel_manifest *manifest, const char *dir,
			     struct featsel_error *err)
{
	struct saying saying;
	int r = begin(&saying, manifest, "pin-dir", dir, err);

	if (!r && dir[0] != '/')
		return error_at(err, -EINVAL, &saying.at, "DIR is an absolute path");
	saying.key = r ? NULL : arena_strdup(manifest->arena, dir);
	if (!r && !saying.key)
		return error_memory(err);
	return r ? r : change(&saying, say_pin_dir);
}

int featsel_manifest_configure(struct featsel_manifest *manifest,
			       const struct featsel_configuration *configuration,
			       struct featsel_error *err)
{
	struct featsel_configuration all = {0};
	const char *const *word;
	int r = 0;

	memcpy(&all, configuration,
	       configuration->size < sizeof(all) ? configuration->size : sizeof(all));
	for (word = all.on; word && *word && !r; word++)
		r = configure_on(manifest, *word, err);
	for (word = all.set; word && *word && !r; word++)
		r = configure_global(manifest, *word, err);
	for (word = all.record; word && *word && !r; word++)
		r = configure_record(manifest, *word, err);
	if (!r && all.covers)
		r = configure_minimum(manifest, "covers", "covers", all.covers, err);
	if (!r && all.fields)
		r = configure_minimum(manifest, "require-fields", "fields", all.fields, err);
	if (!r && all.selected)
		r = configure_minimum(manifest, "selected", "fields", all.selected, err);
	if (!r && all.buffer)
		r = configure_buffer(manifest, all.buffer, err);
	if (!r && all.pin_dir)
		r = configure_pin_dir(manifest, all.pin_dir, err);
	return r;
}
