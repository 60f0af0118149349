/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * candidate.c - the parts of an object that a candidate uses: its programs and the buffer of its
 * records
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
	/* The list grows while it is walked: members may use further program arrays. */
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

int object_program_for(const struct object *object, const struct featsel_candidate *candidate,
		       const struct program_ref *ref, const struct object_oracle *oracle,
		       struct arena *arena, const struct object_program **ret)
{
	const struct object_program *program = object_program(object, ref->name);
	struct object_oracle patched;
	struct section section;

	if (!program)
		return dict_get(&object->program_names, ref->name) ? -ENOMEM : -ENOENT;
	if (oracle) {
		patched = *oracle;
		if (object_patch_oracle(object, candidate, arena, &patched))
			return -ENOMEM;
		if (!object_section(program, ref, &section))
			patched.prog_type = section.prog_type;
		oracle = &patched;
	}
	return object_program_on(object, program, oracle, arena, ret);
}

/* The buffers of a candidate: indices of maps, -1 none. */
struct outputs {
	int first, second; /* that the code refers to */
	int certain[2];	   /* that are reached */
	int open;	   /* that may be */
};

static void add_output(int *first, int *second, int map)
{
	if (*first < 0)
		*first = map;
	else if (*first != map && *second < 0)
		*second = map;
}

static void find_outputs(const struct object *object, const struct object_program *program,
			 struct outputs *ret)
{
	size_t i;
	int map;

	for (i = 0; i < program->n_maps; i++) {
		map = program->maps[i];
		if (!object_map_is_output(&object->maps[map]))
			continue;
		add_output(&ret->first, &ret->second, map);
		if (!program->map_reached || program->map_reached[i].how == IS_REACHED)
			add_output(&ret->certain[0], &ret->certain[1], map);
		else if (program->map_reached[i].how == MAY_BE_REACHED)
			ret->open = map;
	}
}

static int several(const struct object *object, const struct featsel_candidate *candidate, int a,
		   int b, int code, struct featsel_error *err)
{
	return error_at(err, code, &candidate->at,
			"its programs write to '%s' and to '%s': name one with 'output:'",
			object->maps[a].name, object->maps[b].name);
}

static int choose_output(const struct object *object, const struct featsel_candidate *candidate,
			 const struct outputs *outputs, int *ret, struct featsel_error *err)
{
	if (outputs->certain[1] >= 0)
		return several(object, candidate, outputs->certain[0], outputs->certain[1], -EINVAL,
			       err);
	if (outputs->certain[0] < 0 && outputs->open >= 0)
		return several(object, candidate, outputs->first, outputs->second, -EAGAIN, err);
	if (outputs->certain[0] < 0)
		return error_at(err, -ENOENT, &candidate->at,
				"its programs refer to no ring or perf buffer%s",
				outputs->first < 0 ? "" : " that is reached on this host");
	*ret = outputs->certain[0];
	return 0;
}

/* A candidate with one buffer is not checked for whether it is reached. */
static int look_for_outputs(const struct object *object, const struct featsel_candidate *candidate,
			    const struct vec *refs, const struct object_oracle *oracle,
			    struct arena *arena, struct outputs *ret)
{
	const struct program_ref *items = refs->items;
	const struct object_program *program;
	size_t i;
	int r = 0;

	*ret = (struct outputs){-1, -1, {-1, -1}, -1};
	for (i = 0; i < refs->count; i++)
		find_outputs(object, object_program(object, items[i].name), ret);
	if (ret->second < 0) {
		ret->certain[0] = ret->first;
		return 0;
	}
	*ret = (struct outputs){-1, -1, {-1, -1}, -1};
	for (i = 0; i < refs->count && !r; i++) {
		r = object_program_for(object, candidate, &items[i], oracle, arena, &program);
		if (!r)
			find_outputs(object, program, ret);
	}
	return r;
}

int object_output(const struct object *object, const struct featsel_candidate *candidate,
		  const struct object_oracle *oracle, struct arena *arena, int *ret,
		  struct featsel_error *err)
{
	struct outputs outputs;
	struct vec refs = {0};
	int r;

	if (candidate->output)
		return declared_output(object, candidate, ret, err);
	/* Records may come from the members of a program array alone. */
	r = collect_refs(object, candidate, &refs, err);
	if (!r && look_for_outputs(object, candidate, &refs, oracle, arena, &outputs))
		r = error_memory(err);
	vec_free(&refs);
	return r ? r : choose_output(object, candidate, &outputs, ret, err);
}
