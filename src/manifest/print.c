/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * print.c - a manifest as YAML that the parser reads back to the same
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "manifest/private.h"

#define LINE_WIDTH 100

struct printer {
	int (*write)(void *data, const char *text);
	void *data;
	int err;
	unsigned int depth;
	bool item; /* the next line is the first of a list's item */
};

static void put(struct printer *printer, const char *text)
{
	if (!printer->err)
		printer->err = printer->write(printer->data, text);
}

static void begin_line(struct printer *printer)
{
	unsigned int i;

	for (i = printer->item ? 1 : 0; i < printer->depth; i++)
		put(printer, "  ");
	put(printer, printer->item ? "- " : "");
	printer->item = false;
}

/* ---- scalars ---- */

/* Whether YAML, 1.1 or 1.2, reads @text without quotes as that very text. */
static bool is_plain(const char *text)
{
	static const char *const words[] = {"null", "true", "false", "yes", "no",
					    "on",   "off",  "y",     "n"};
	size_t i, length = strlen(text);

	if (!isalpha((unsigned char)text[0]) && text[0] != '_' && text[0] != '/')
		return false;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return false;
	for (i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("_./-+=() ", text[i]))
			return false;
	return text[length - 1] != ' ';
}

static void put_escaped(struct printer *printer, unsigned char c)
{
	char text[8];

	if (c == '\n' || c == '\t')
		snprintf(text, sizeof(text), "\\%c", c == '\n' ? 'n' : 't');
	else if (c < 0x20 || c == 0x7f)
		snprintf(text, sizeof(text), "\\x%02x", c);
	else
		snprintf(text, sizeof(text), "%s%c", c == '"' || c == '\\' ? "\\" : "", c);
	put(printer, text);
}

static void put_scalar(struct printer *printer, const char *text)
{
	if (is_plain(text)) {
		put(printer, text);
		return;
	}
	put(printer, "\"");
	for (; *text; text++)
		put_escaped(printer, (unsigned char)*text);
	put(printer, "\"");
}

static void put_key(struct printer *printer, const char *key)
{
	begin_line(printer);
	put_scalar(printer, key);
	put(printer, ":");
}

static void put_entry(struct printer *printer, const char *key, const char *value)
{
	if (!value || !value[0])
		return;
	put_key(printer, key);
	put(printer, " ");
	put_scalar(printer, value);
	put(printer, "\n");
}

/* ---- lists ---- */

/* Gives the strings of a list one by one, NULL at the end. */
typedef const char *(*next_fn)(const void *list, size_t index);

static bool fits(const struct printer *printer, const char *key, const void *list, next_fn next)
{
	size_t i, width = 2 * printer->depth + strlen(key) + 4;
	const char *item;

	for (i = 0; (item = next(list, i)); i++)
		width += strlen(item) + 2;
	return width <= LINE_WIDTH;
}

static void put_items(struct printer *printer, const void *list, next_fn next)
{
	const char *item;
	size_t i;

	put(printer, "\n");
	printer->depth += 2;
	for (i = 0; (item = next(list, i)); i++) {
		printer->item = true;
		begin_line(printer);
		put_scalar(printer, item);
		put(printer, "\n");
	}
	printer->depth -= 2;
}

static void put_list(struct printer *printer, const char *key, const void *list, next_fn next)
{
	const char *item;
	size_t i;

	if (!next(list, 0))
		return;
	put_key(printer, key);
	if (!fits(printer, key, list, next)) {
		put_items(printer, list, next);
		return;
	}
	for (i = 0; (item = next(list, i)); i++) {
		put(printer, i ? ", " : " [");
		put_scalar(printer, item);
	}
	put(printer, "]\n");
}

static const char *next_string(const void *list, size_t index)
{
	return list ? ((const char *const *)list)[index] : NULL;
}

/* ---- requires ---- */

/* What stands in one mapping: the parts of an all, or anything else on its own. */
struct group {
	const struct requirement *owner;
	const char *prog_type;	/* in scope, what helpers and kfuncs are asked for; NULL */
	size_t length;		/* of prog_type, which may be the beginning of an operand */
	enum feature_kind kind; /* of the list that is printed */
};

static const struct requirement *first_part(const struct group *group)
{
	return group->owner->op == REQUIREMENT_ALL ? group->owner->parts : group->owner;
}

static const struct requirement *next_part(const struct group *group,
					   const struct requirement *part)
{
	return group->owner->op == REQUIREMENT_ALL ? part->next : NULL;
}

static bool is_kind(const struct requirement *part, enum feature_kind kind)
{
	return part->op == REQUIREMENT_FEATURE && part->feature->kind == kind;
}

/* Whether a feature can stand in the group: a helper only where its program type is in scope. */
static bool belongs(const struct group *group, const struct feature *feature)
{
	if (!feature_kind(feature->kind)->of_prog_type)
		return true;
	return group->prog_type &&
	       strncmp(feature->operand, group->prog_type, group->length) == 0 &&
	       feature->operand[group->length] == '/';
}

static const char *next_feature(const void *list, size_t index)
{
	const struct group *group = list;
	const struct requirement *part;

	for (part = first_part(group); part; part = next_part(group, part))
		if (is_kind(part, group->kind) && belongs(group, part->feature) && index-- == 0)
			return part->feature->name;
	return NULL;
}

static void put_features(struct printer *printer, const struct group *group)
{
	const struct feature_kind_row *row = feature_kind(group->kind);

	if (row->list)
		put_list(printer, row->key, group, next_feature);
	else
		put_entry(printer, row->key, next_feature(group, 0));
}

static void put_mapping(struct printer *printer, const struct requirement *owner,
			const struct group *outer);

static void put_item(struct printer *printer, const struct requirement *part,
		     const struct group *group)
{
	printer->item = true;
	put_mapping(printer, part, group);
	if (!printer->item)
		return;
	begin_line(printer);
	put(printer, "{}\n");
}

static void put_items_of(struct printer *printer, const struct requirement *owner,
			 const struct group *group)
{
	const struct requirement *part;

	printer->depth += 2;
	for (part = owner->parts; part; part = part->next)
		put_item(printer, part, group);
	printer->depth -= 2;
}

/* What a mapping has no second place for, or none at all. */
static bool is_surplus(const struct group *group, const struct requirement *part)
{
	const struct requirement *earlier = first_part(group);

	if (part->op == REQUIREMENT_FEATURE) {
		if (!belongs(group, part->feature))
			return true;
		if (feature_kind(part->feature->kind)->list)
			return false;
	}
	for (; earlier != part; earlier = earlier->next)
		if (earlier->op == part->op && (part->op != REQUIREMENT_FEATURE ||
						earlier->feature->kind == part->feature->kind))
			return true;
	return false;
}

/* A helper or kfunc whose program type is not in scope brings it along. */
static void put_foreign(struct printer *printer, const struct requirement *part)
{
	const struct feature *feature = part->feature;
	struct group own = {.owner = part,
			    .prog_type = feature->operand,
			    .length = strcspn(feature->operand, "/"),
			    .kind = feature->kind};
	char type[128];

	snprintf(type, sizeof(type), "%.*s", (int)own.length, own.prog_type);
	printer->item = true;
	put_entry(printer, feature_kind(FEATURE_PROG_TYPE)->key, type);
	put_features(printer, &own);
}

static void put_surplus(struct printer *printer, const struct requirement *part,
			const struct group *group)
{
	if (part->op == REQUIREMENT_FEATURE && !belongs(group, part->feature))
		put_foreign(printer, part);
	else
		put_mapping(printer, part, group);
}

static const struct requirement *find_op(const struct group *group, enum requirement_op op)
{
	const struct requirement *part;

	for (part = first_part(group); part; part = next_part(group, part))
		if (part->op == op)
			break;
	return part;
}

static void put_all(struct printer *printer, const struct group *group)
{
	const struct requirement *part, *surplus = NULL, *all = find_op(group, REQUIREMENT_ALL);

	for (part = first_part(group); part && !surplus; part = next_part(group, part))
		surplus = is_surplus(group, part) ? part : NULL;
	if (!all && !surplus)
		return;
	put_key(printer, "all");
	put(printer, "\n");
	if (all)
		put_items_of(printer, all, group);
	printer->depth += 2;
	for (part = surplus; part; part = next_part(group, part)) {
		if (!is_surplus(group, part))
			continue;
		printer->item = true;
		put_surplus(printer, part, group);
	}
	printer->depth -= 2;
}

static void put_mapping(struct printer *printer, const struct requirement *owner,
			const struct group *outer)
{
	struct group group = {.owner = owner, .kind = FEATURE_PROG_TYPE};
	const char *type = next_feature(&group, 0);
	const struct requirement *any = find_op(&group, REQUIREMENT_ANY);
	const struct requirement *except = find_op(&group, REQUIREMENT_NOT);

	group.prog_type = type ? type : outer->prog_type;
	group.length = type ? strlen(type) : outer->length;
	for (group.kind = 0; group.kind < FEATURE_KIND_COUNT; group.kind++)
		put_features(printer, &group);
	if (any) {
		put_key(printer, "any");
		put(printer, "\n");
		put_items_of(printer, any, &group);
	}
	put_all(printer, &group);
	if (except) {
		put_key(printer, "not");
		put(printer, "\n");
		printer->depth++;
		put_mapping(printer, except->parts, &group);
		printer->depth--;
	}
}

/* ---- events ---- */

static void put_maps(struct printer *printer, const struct map_ref *maps, size_t n)
{
	char number[16];
	size_t i;

	if (!n)
		return;
	put_key(printer, "maps");
	put(printer, "\n");
	printer->depth++;
	for (i = 0; i < n; i++) {
		snprintf(number, sizeof(number), "%u", maps[i].max_entries);
		put_key(printer, maps[i].name);
		put(printer, " {max_entries: ");
		put(printer, number);
		put(printer, "}\n");
	}
	printer->depth--;
}

static const char *next_also(const void *list, size_t index)
{
	const struct featsel_candidate *candidate = list;
	size_t i;

	for (i = 0; i < candidate->n_programs; i++)
		if (candidate->programs[i].loaded_only && index-- == 0)
			return candidate->programs[i].name;
	return NULL;
}

static const char *next_program(const void *list, size_t index)
{
	const struct featsel_candidate *candidate = list;
	size_t i;

	for (i = 0; i < candidate->n_programs; i++)
		if (!candidate->programs[i].loaded_only && index-- == 0)
			return candidate->programs[i].name;
	return NULL;
}

static void put_programs(struct printer *printer, const struct featsel_candidate *candidate)
{
	const struct program_ref *program = candidate->programs;
	const struct program_ref *end = program + candidate->n_programs;
	bool plain = true;

	for (; program < end && plain; program++)
		plain = !program->attach && !program->optional;
	if (plain) {
		put_list(printer, "programs", candidate, next_program);
		return;
	}
	put_key(printer, "programs");
	put(printer, "\n");
	printer->depth += 2;
	for (program = candidate->programs; program < end; program++) {
		if (program->loaded_only)
			continue;
		printer->item = true;
		put_entry(printer, "name", program->name);
		put_entry(printer, "attach", program->attach);
		if (program->optional) {
			put_key(printer, "optional");
			put(printer, " true\n");
		}
	}
	printer->depth -= 2;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* What the first candidate says, unless another is silent on it, is said for the event. */
struct shared {
	const char *object, *record, *output;
};

static struct shared shared_by(const struct featsel_event *event)
{
	const struct featsel_candidate *first = event->candidates;
	struct shared shared = {first->object, first->record, first->output};
	size_t i;

	for (i = 1; i < event->n_candidates; i++) {
		if (!first[i].record)
			shared.record = NULL;
		if (!first[i].output)
			shared.output = NULL;
	}
	return shared;
}

static void put_own(struct printer *printer, const char *key, const char *value, const char *shared)
{
	put_entry(printer, key, same(value, shared) ? NULL : value);
}

static const char *next_cover(const void *list, size_t index)
{
	static const char *const names[] = {"native", "compat", "kernel"};
	const unsigned int *covers = list;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if ((*covers & 1u << i) && index-- == 0)
			return names[i];
	return NULL;
}

static bool is_empty(const struct requirement *requirement)
{
	return !requirement || (requirement->op == REQUIREMENT_ALL && !requirement->parts);
}

static void put_candidate(struct printer *printer, const struct featsel_candidate *candidate,
			  const struct shared *shared)
{
	printer->item = true;
	put_entry(printer, "name", candidate->name);
	put_own(printer, "object", candidate->object, shared->object);
	put_own(printer, "record", candidate->record, shared->record);
	put_own(printer, "output", candidate->output, shared->output);
	put_programs(printer, candidate);
	put_list(printer, "also", candidate, next_also);
	put_maps(printer, candidate->maps, candidate->n_maps);
	put_list(printer, "covers", &candidate->covers, next_cover);
	put_list(printer, "lacks", candidate->lacks, next_string);
	put_list(printer, "optional", candidate->optional, next_string);
	if (is_empty(candidate->requires))
		return;
	put_key(printer, "requires");
	put(printer, "\n");
	printer->depth++;
	put_mapping(printer, candidate->requires, &(struct group){0});
	printer->depth--;
}

static void put_event(struct printer *printer, const struct featsel_event *event)
{
	const struct shared shared = shared_by(event);
	size_t i;

	put_key(printer, event->name);
	put(printer, "\n");
	printer->depth++;
	put_entry(printer, "summary", event->summary);
	put_entry(printer, "object", shared.object);
	put_entry(printer, "record", shared.record);
	put_entry(printer, "output", shared.output);
	put_list(printer, "trigger", event->trigger, next_string);
	put_key(printer, "candidates");
	put(printer, "\n");
	printer->depth += 2;
	for (i = 0; i < event->n_candidates; i++)
		put_candidate(printer, &event->candidates[i], &shared);
	printer->depth -= 3;
}

int featsel_manifest_print(const struct featsel_manifest *manifest,
			   int (*write)(void *data, const char *text), void *data,
			   struct featsel_error *err)
{
	struct printer printer = {.write = write, .data = data, .depth = 1};
	const size_t n = featsel_manifest_events(manifest);
	size_t i;

	put(&printer, n ? "version: 1\nevents:\n" : "version: 1\nevents: {}\n");
	for (i = 0; i < n && !printer.err; i++)
		put_event(&printer, featsel_manifest_event(manifest, i));
	if (!printer.err)
		return 0;
	return error_set(err, printer.err < 0 ? printer.err : -EIO, FEATSEL_FAILURE_RUN,
			 "the manifest cannot be written");
}
