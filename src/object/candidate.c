/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * candidate.c - what of an object belongs to a candidate: its programs, and where its records are
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "object/private.h"

int object_section(const struct object_program *program, const struct program_ref *ref,
		   struct section *ret)
{
	if (ref && ref->attach)
		return section_parse(ref->attach, ret);
	if (!program->section_known)
		return -ENOENT;
	*ret = program->section;
	return 0;
}

int object_find_program(const struct object *object, const struct program_ref *ref,
			const struct object_program **ret, struct featsel_error *err)
{
	const struct object_program *program = object_program(object, ref->name);

	if (!program && dict_get(&object->program_names, ref->name))
		return error_memory(err);
	if (!program)
		return error_at(err, -EINVAL, &ref->at, "object '%s' has no program '%s'",
				object->path, ref->name);
	*ret = program;
	return 0;
}

static int add_ref(struct vec *refs, const struct program_ref *ref)
{
	const struct program_ref *known = refs->items;
	struct program_ref *slot;
	size_t i;

	for (i = 0; i < refs->count; i++)
		if (strcmp(known[i].name, ref->name) == 0)
			return 0;
	slot = vec_add(refs, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = *ref;
	return 0;
}

/* libbpf puts the members of a program array into it by itself, and fails (EBADF) where one is not
 * loaded. */
static int add_members(const struct object *object, const struct object_program *program,
		       struct vec *refs, const struct location *at)
{
	const struct object_map *map;
	struct program_ref ref = {.loaded_only = true, .at = *at};
	size_t i, j;
	int r = 0;

	for (i = 0; i < program->n_maps; i++) {
		map = &object->maps[program->maps[i]];
		for (j = 0; j < map->programs.count && !r; j++) {
			ref.name = object->programs[((const int *)map->programs.items)[j]].name;
			r = add_ref(refs, &ref);
		}
	}
	return r;
}

static int collect_refs(const struct object *object, const struct featsel_candidate *candidate,
			struct vec *refs, struct featsel_error *err)
{
	const struct object_program *program;
	struct program_ref ref;
	size_t i;
	int r;

	for (i = 0; i < candidate->n_programs; i++)
		if (add_ref(refs, &candidate->programs[i]))
			return error_memory(err);
	/* Grows while it is walked: members may use further program arrays. */
	for (i = 0; i < refs->count; i++) {
		ref = ((const struct program_ref *)refs->items)[i];
		r = object_find_program(object, &ref, &program, err);
		if (r)
			return r;
		if (add_members(object, program, refs, &ref.at))
			return error_memory(err);
	}
	return 0;
}

int object_candidate_programs(const struct object *object,
			      const struct featsel_candidate *candidate, struct arena *arena,
			      const struct program_ref **ret, size_t *n, struct featsel_error *err)
{
	struct vec refs = {0};
	struct program_ref *result;
	int r = collect_refs(object, candidate, &refs, err);

	if (!r) {
		result = arena_array(arena, refs.count, sizeof(*result));
		r = result ? 0 : error_memory(err);
	}
	if (!r) {
		memcpy(result, refs.items, refs.count * sizeof(*result));
		*ret = result;
		*n = refs.count;
	}
	vec_free(&refs);
	return r;
}

bool object_map_is_output(const struct object_map *map)
{
	return map->type == BPF_MAP_TYPE_RINGBUF || map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

static int declared_output(const struct object *object, const struct featsel_candidate *candidate,
			   int *ret, struct featsel_error *err)
{
	int map = object_map(object, candidate->output);

	if (map < 0)
		return error_at(err, -EINVAL, &candidate->output_at, "object '%s' has no map '%s'",
				object->path, candidate->output);
	if (!object_map_is_output(&object->maps[map]))
		return error_at(err, -EINVAL, &candidate->output_at,
				"map '%s' is neither a ring nor a perf buffer", candidate->output);
	*ret = map;
	return 0;
}

/* @found is the output seen so far, -1 none. */
static int program_output(const struct object *object, const struct featsel_candidate *candidate,
			  const struct program_ref *ref, int *found, struct featsel_error *err)
{
	const struct object_program *program;
	size_t i;
	int r = object_find_program(object, ref, &program, err);

	if (r)
		return r;
	for (i = 0; i < program->n_maps; i++) {
		if (!object_map_is_output(&object->maps[program->maps[i]]) ||
		    program->maps[i] == *found)
			continue;
		if (*found >= 0)
			return error_at(
				err, -EINVAL, &candidate->at,
				"its programs write to '%s' and to '%s': name one with 'output:'",
				object->maps[*found].name, object->maps[program->maps[i]].name);
		*found = program->maps[i];
	}
	return 0;
}

int object_output(const struct object *object, const struct featsel_candidate *candidate, int *ret,
		  struct featsel_error *err)
{
	const struct program_ref *items;
	struct vec refs = {0};
	int r, found = -1;
	size_t i;

	if (candidate->output)
		return declared_output(object, candidate, ret, err);
	/* Records may come from the members of a program array alone. */
	r = collect_refs(object, candidate, &refs, err);
	items = refs.items;
	for (i = 0; i < refs.count && !r; i++)
		r = program_output(object, candidate, &items[i], &found, err);
	vec_free(&refs);
	if (r)
		return r;
	if (found < 0)
		return error_at(err, -ENOENT, &candidate->at,
				"its programs refer to no ring or perf buffer");
	*ret = found;
	return 0;
}
