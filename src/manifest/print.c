/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * print.c - a manifest as YAML that the parser reads back to the same
 */
#include <errno.h>
#include <string.h>

#include "manifest/private.h"

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

/* Whether a feature can stand in the group: a helper only if its program type is in scope. */
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
		yaml_list(printer, row->key, group, next_feature);
	else
		yaml_entry(printer, row->key, next_feature(group, 0));
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
	yaml_line(printer);
	yaml_put(printer, "{}\n");
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

/* What cannot be written twice in one mapping, or not at all. */
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
	yaml_entry(printer, feature_kind(FEATURE_PROG_TYPE)->key, type);
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
	yaml_key(printer, "all");
	yaml_put(printer, "\n");
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
		yaml_key(printer, "any");
		yaml_put(printer, "\n");
		put_items_of(printer, any, &group);
	}
	put_all(printer, &group);
	if (except) {
		yaml_key(printer, "not");
		yaml_put(printer, "\n");
		printer->depth++;
		put_mapping(printer, except->parts, &group);
		printer->depth--;
	}
}

/* ---- events ---- */

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
		yaml_list(printer, "programs", candidate, next_program);
		return;
	}
	yaml_key(printer, "programs");
	yaml_put(printer, "\n");
	printer->depth += 2;
	for (program = candidate->programs; program < end; program++) {
		if (program->loaded_only)
			continue;
		printer->item = true;
		yaml_entry(printer, "name", program->name);
		yaml_entry(printer, "attach", program->attach);
		if (program->optional)
			yaml_truth(printer, "optional", true);
	}
	printer->depth -= 2;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* What the first candidate says is written for the event, unless another candidate does not say
 * it. */
struct shared {
	const char *object, *record, *output, *kconfig;
};

static struct shared shared_by(const struct featsel_event *event)
{
	const struct featsel_candidate *first = event->candidates;
	struct shared shared = {.object = first->object,
				.record = first->record,
				.output = first->output,
				.kconfig = first->kconfig};
	size_t i;

	for (i = 1; i < event->n_candidates; i++) {
		if (!first[i].record)
			shared.record = NULL;
		if (!first[i].output)
			shared.output = NULL;
		if (!first[i].kconfig)
			shared.kconfig = NULL;
	}
	return shared;
}

static void put_own(struct printer *printer, const char *key, const char *value, const char *shared)
{
	yaml_entry(printer, key, same(value, shared) ? NULL : value);
}

static bool is_empty(const struct requirement *requirement)
{
	return !requirement || (requirement->op == REQUIREMENT_ALL && !requirement->parts);
}

static void put_candidate(struct printer *printer, const struct featsel_candidate *candidate,
			  const struct shared *shared)
{
	printer->item = true;
	yaml_entry(printer, "name", candidate->name);
	put_own(printer, "object", candidate->object, shared->object);
	put_own(printer, "record", candidate->record, shared->record);
	put_own(printer, "output", candidate->output, shared->output);
	put_programs(printer, candidate);
	yaml_list(printer, "also", candidate, next_also);
	print_maps(printer, candidate->maps, candidate->n_maps);
	print_on(printer, candidate->on, true);
	print_globals(printer, candidate, 1, false);
	put_own(printer, "kconfig", candidate->kconfig, shared->kconfig);
	yaml_list(printer, "covers", &candidate->covers, print_next_cover);
	yaml_list(printer, "lacks", candidate->lacks, yaml_next_string);
	yaml_list(printer, "optional", candidate->optional, yaml_next_string);
	if (is_empty(candidate->required))
		return;
	yaml_key(printer, "requires");
	yaml_put(printer, "\n");
	printer->depth++;
	put_mapping(printer, candidate->required, &(struct group){0});
	printer->depth--;
}

static void put_event(struct printer *printer, const struct featsel_event *event)
{
	const struct shared shared = shared_by(event);
	size_t i;

	yaml_key(printer, event->name);
	yaml_put(printer, "\n");
	printer->depth++;
	yaml_entry(printer, "summary", event->summary);
	yaml_entry(printer, "object", shared.object);
	yaml_entry(printer, "record", shared.record);
	yaml_entry(printer, "output", shared.output);
	yaml_entry(printer, "kconfig", shared.kconfig);
	yaml_entry(printer, "tag", event->tag);
	yaml_list(printer, "trigger", event->trigger, yaml_next_string);
	print_on(printer, event->on, false);
	print_globals(printer, event->candidates, event->n_candidates, true);
	print_minimum(printer, event->minimum);
	yaml_key(printer, "candidates");
	yaml_put(printer, "\n");
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

	yaml_put(&printer, n ? "version: 1\nevents:\n" : "version: 1\nevents: {}\n");
	for (i = 0; i < n && !printer.err; i++)
		put_event(&printer, featsel_manifest_event(manifest, i));
	if (!printer.err)
		return 0;
	return error_set(err, printer.err < 0 ? printer.err : -EIO, FEATSEL_FAILURE_RUN,
			 "the manifest cannot be written");
}
