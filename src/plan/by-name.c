/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * by-name.c - a manifest made from an object's program names; grouping.c decides which programs
 * make an event
 *
 * Several objects add up.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/grouping.h"

/* The position in the object of its first program. */
static const struct object_program *first_of(const struct group *group)
{
	const struct part *parts = group->parts.items;
	const struct object_program *first = parts[0].source.program;
	size_t i;

	for (i = 1; i < group->parts.count; i++)
		if (parts[i].source.program < first)
			first = parts[i].source.program;
	return first;
}

static int compare_groups(const void *left, const void *right)
{
	const struct object_program *a = first_of(*(const struct group *const *)left);
	const struct object_program *b = first_of(*(const struct group *const *)right);

	return a < b ? -1 : a > b;
}

static void sort_groups(struct grouping *grouping)
{
	if (grouping->groups.count)
		qsort(grouping->groups.items, grouping->groups.count, sizeof(struct group *),
		      compare_groups);
}

static int compare_parts(const void *left, const void *right)
{
	const struct part *a = left, *b = right;

	if (a->preference != b->preference)
		return a->preference < b->preference ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static bool is_struct(const struct object *object, const char *name)
{
	return object->btf && name &&
	       btf__find_by_name_kind(object->btf, name, BTF_KIND_STRUCT) > 0;
}

/* The struct that the only typed ring or perf buffer of the object carries. */
static const char *struct_of_output(const struct object *object)
{
	const struct btf_type *type;
	const char *name = NULL;
	size_t i;

	for (i = 0; i < object->n_maps; i++) {
		if (!object_map_is_output(&object->maps[i]))
			continue;
		if (name || !object->maps[i].value_type)
			return NULL;
		type = object_bare_type(object->btf, object->maps[i].value_type);
		name = type && btf_is_struct(type)
			       ? btf__name_by_offset(object->btf, type->name_off)
			       : NULL;
		if (!name || !*name)
			return NULL;
	}
	return name;
}

static int submitted_by(const struct grouping *grouping, const struct group *group,
			const char **ret)
{
	const struct part *parts = group->parts.items;
	const struct object_program **programs =
		arena_array(grouping->arena, 2 * group->parts.count, sizeof(*programs));
	size_t i, n = 0;

	if (!programs)
		return -ENOMEM;
	for (i = 0; i < group->parts.count; i++) {
		programs[n++] = parts[i].source.program;
		if (parts[i].source.second)
			programs[n++] = parts[i].source.second;
	}
	return object_submitted(grouping->object, programs, n, ret);
}

/* NULL: raw bytes. 0 or -ENOMEM. */
static int record_of(const struct grouping *grouping, const struct group *group, const char **ret)
{
	static const char *const endings[] = {"event", "record"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(endings); i++) {
		*ret = arena_printf(grouping->arena, "%s_%s", group->event, endings[i]);
		if (!*ret)
			return -ENOMEM;
		if (is_struct(grouping->object, *ret))
			return 0;
	}
	*ret = struct_of_output(grouping->object);
	if (!*ret && is_struct(grouping->object, "event"))
		*ret = "event";
	return *ret ? 0 : submitted_by(grouping, group, ret);
}

static int fill_programs(struct grouping *grouping, const struct source *source,
			 const struct location *at, struct featsel_candidate *ret)
{
	struct program_ref *refs = arena_array(grouping->arena, 2, sizeof(*refs));

	if (!refs)
		return -ENOMEM;
	refs[0] = (struct program_ref){.name = source->program->name, .at = *at};
	if (source->second)
		refs[1] = (struct program_ref){.name = source->second->name, .at = *at};
	ret->programs = refs;
	ret->n_programs = source->second ? 2 : 1;
	return 0;
}

static bool hands_out_records(const struct object *object, const struct object_program *program,
			      const struct program_ref *ref)
{
	struct section section;
	size_t i;

	for (i = 0; i < program->n_maps; i++)
		if (object_map_is_output(&object->maps[program->maps[i]]))
			return true;
	return object_section(program, ref, &section) == 0 && section.means == ATTACH_ITER;
}

/* A program that only fills maps, as the first half of two may, has no record to decode. 0 or
 * -ENOMEM. */
static int drop_idle_record(const struct grouping *grouping, struct featsel_candidate *candidate)
{
	const struct object_program *program;
	size_t i;

	for (i = 0; i < candidate->n_programs; i++) {
		program = object_program(grouping->object, candidate->programs[i].name);
		if (!program)
			return -ENOMEM;
		if (hands_out_records(grouping->object, program, &candidate->programs[i]))
			return 0;
	}
	candidate->record = NULL;
	return 0;
}

static int fill_candidate(struct grouping *grouping, const struct featsel_event *event,
			  const struct part *part, const char *object, const char *record,
			  struct featsel_candidate *ret)
{
	static const char *const nothing[] = {NULL};
	const struct location at = event->at;

	if (part->made) {
		*ret = *part->made;
		ret->event = event;
		ret->name = part->name;
		if (strcmp(part->made->event->dir, ".") != 0)
			ret->object = arena_printf(grouping->arena, "%s/%s", part->made->event->dir,
						   part->made->object);
		return ret->object ? 0 : -ENOMEM;
	}
	*ret = (struct featsel_candidate){
		.name = part->name,
		.event = event,
		.object = object,
		.record = record,
		.covers_text = "",
		.lacks = nothing,
		.optional = nothing,
		.at = at,
		.object_at = at,
		.record_at = at,
		.output_at = at,
	};
	if (fill_programs(grouping, &part->source, &at, ret))
		return -ENOMEM;
	return drop_idle_record(grouping, ret);
}

/* An event from an object that was added before. Events from a manifest have a line, and are
 * replaced. */
static int add_made(struct grouping *grouping, struct featsel_manifest *manifest,
		    struct group *group)
{
	const struct featsel_event *before = featsel_manifest_find(manifest, group->event);
	const struct featsel_candidate *made;
	const struct object_program *program;
	struct object *object;
	struct part *part;
	const char *path;
	size_t i;
	int r;

	for (i = 0; before && before->dir && !before->at.line && i < before->n_candidates; i++) {
		made = &before->candidates[i];
		r = manifest_object_path(manifest, made, grouping->arena, &path, NULL);
		if (!r)
			r = plan_object(manifest, path, &object, NULL);
		/* The same object again, or one that is gone. */
		if (r || object == grouping->object)
			continue;
		program = dict_get(&object->program_names, made->programs[0].name);
		part = program ? vec_add(&group->parts, sizeof(*part)) : NULL;
		if (!part)
			return -ENOMEM;
		*part = (struct part){.made = made,
				      .name = made->name,
				      .preference = grouping_preference(program)};
	}
	return 0;
}

/* Two objects may have programs of the same name: the later ones are numbered. */
static int name_apart(struct grouping *grouping, struct group *group)
{
	struct part *parts = group->parts.items;
	size_t i, number;
	const char *name;

	for (i = 0; i < group->parts.count; i++) {
		name = parts[i].name;
		for (number = 2; grouping_is_taken(parts, i, parts[i].name); number++) {
			parts[i].name = arena_printf(grouping->arena, "%s-%zu", name, number);
			if (!parts[i].name)
				return -ENOMEM;
		}
	}
	return 0;
}

static int fill_event(struct grouping *grouping, struct featsel_manifest *manifest,
		      struct group *group, const char *path, struct featsel_event *ret)
{
	const char *slash = strrchr(path, '/'), *object = slash + 1, *dir = NULL;
	const size_t own = group->parts.count;
	struct featsel_candidate *candidates;
	const struct part *parts;
	const char *record;
	size_t i;
	int r = record_of(grouping, group, &record);

	if (!r)
		r = add_made(grouping, manifest, group);
	/* Objects from several directories have their whole path. */
	if (group->parts.count > own) {
		object = strncmp(path, "./", 2) == 0 ? path + 2 : path;
		dir = ".";
	} else {
		dir = arena_strndup(grouping->arena, path,
				    slash == path ? 1 : (size_t)(slash - path));
	}
	candidates = arena_array(grouping->arena, group->parts.count, sizeof(*candidates));
	if (r || !candidates || !dir)
		return -ENOMEM;
	qsort(group->parts.items, group->parts.count, sizeof(*parts), compare_parts);
	if (name_apart(grouping, group))
		return -ENOMEM;
	parts = group->parts.items;
	*ret = (struct featsel_event){
		.name = group->event,
		.summary = "",
		.candidates = candidates,
		.n_candidates = group->parts.count,
		.dir = dir,
		.at = grouping->object->at,
	};
	for (i = 0; i < group->parts.count && !r; i++)
		r = fill_candidate(grouping, ret, &parts[i], object, record, &candidates[i]);
	return r;
}

static int make_events(struct grouping *grouping, struct featsel_manifest *manifest,
		       const char *path, const struct featsel_event *const **ret)
{
	const size_t n = grouping->groups.count;
	struct group *const *groups = grouping->groups.items;
	const struct featsel_event **kept = arena_array(grouping->arena, n, sizeof(*kept));
	struct featsel_event *events = arena_array(grouping->arena, n, sizeof(*events));
	size_t i;
	int r = 0;

	path = arena_strdup(grouping->arena, path);
	if (!path || !events || !kept)
		return -ENOMEM;
	for (i = 0; i < n && !r; i++) {
		kept[i] = &events[i];
		r = fill_event(grouping, manifest, groups[i], path, &events[i]);
	}
	*ret = kept;
	return r;
}

/* As manifest_object_path() will spell it, so that the object is read once. */
static const char *spell_path(struct arena *arena, const char *path)
{
	return strchr(path, '/') ? arena_strdup(arena, path) : arena_printf(arena, "./%s", path);
}

static int add_object(struct featsel_manifest *manifest, struct arena *arena, const char *path,
		      const char *const *wanted, struct featsel_error *err)
{
	struct grouping grouping = {.context = manifest->context, .arena = arena, .wanted = wanted};
	const struct featsel_event *const *events;
	struct object *object;
	int r;

	path = spell_path(arena, path);
	if (!path)
		return error_memory(err);
	r = plan_object(manifest, path, &object, err);
	if (r)
		return r;
	grouping.object = object;
	if (!object->n_programs)
		return error_at(err, -EINVAL, &object->at, "holds no BPF programs");
	r = grouping_fill(&grouping);
	if (!r)
		sort_groups(&grouping);
	if (!r)
		r = make_events(&grouping, manifest, path, &events);
	if (r)
		r = error_memory(err);
	else
		r = manifest_adopt(manifest, arena, events, grouping.groups.count, err);
	grouping_free(&grouping);
	return r;
}

int featsel_manifest_add_object_for(struct featsel_manifest *manifest, const char *path,
				    const char *const *events, struct featsel_error *err)
{
	struct arena *arena = arena_new();
	int r = arena ? add_object(manifest, arena, path, events, err) : error_memory(err);

	if (r)
		arena_free(arena);
	return r;
}

int featsel_manifest_add_object(struct featsel_manifest *manifest, const char *path,
				struct featsel_error *err)
{
	return featsel_manifest_add_object_for(manifest, path, NULL, err);
}
