/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * place.c - where the programs of a candidate are attached if `on:` or a default says it, not the
 * section: the features to ask a host for
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "object/private.h"

int object_place(const struct object_program *program, const struct featsel_candidate *candidate,
		 const struct program_ref *ref, struct section *ret)
{
	int r = object_section(program, ref, ret);

	if (!r)
		ret->on = candidate->on;
	return r;
}

static bool is_sockmap(const struct object_map *map)
{
	return map->type == BPF_MAP_TYPE_SOCKMAP || map->type == BPF_MAP_TYPE_SOCKHASH;
}

int object_sockmap(const struct object *object, const char *name)
{
	size_t i;
	int found = -ENOENT;

	if (name) {
		found = object_map(object, name);
		return found >= 0 && !is_sockmap(&object->maps[found]) ? -EINVAL : found;
	}
	for (i = 0; i < object->n_maps; i++) {
		if (!is_sockmap(&object->maps[i]))
			continue;
		if (found >= 0)
			return -E2BIG;
		found = (int)i;
	}
	return found;
}

int object_place_map(const struct object *object, const struct section *section)
{
	const struct attach_options *on = section->on;

	if (section->means == ATTACH_SOCKMAP)
		return object_sockmap(object, on ? on->map : NULL);
	if (section->means == ATTACH_ITER && on && on->of_map)
		return object_map(object, on->of_map);
	return -ENOENT;
}

/* ---- what is asked ---- */

struct asking {
	struct arena *arena;
	struct vec features; /* const struct feature * */
	struct featsel_error *err;
};

static int add(struct asking *asking, const struct section *section, const char *interface)
{
	const struct feature *feature, *const *known = asking->features.items, **slot;
	const char *operand = on_operand(asking->arena, section, section->on, interface);
	size_t i;
	int r = operand ? feature_make(asking->arena, FEATURE_ATTACH, NULL, operand, &feature,
				       asking->err)
			: error_memory(asking->err);

	for (i = 0; i < asking->features.count && !r; i++)
		if (strcmp(known[i]->text, feature->text) == 0)
			return 0;
	slot = r ? NULL : vec_add(&asking->features, sizeof(*slot));
	if (slot)
		*slot = feature;
	return r || slot ? r : error_memory(asking->err);
}

/* The section alone is a target of these, too, which inference asks for. */
static bool is_inferred(const struct section *section)
{
	static const unsigned int decisive[ATTACH_MEANS_COUNT] = {
		[ATTACH_ITER] = ON_SAID(ON_OF_CGROUP) | ON_SAID(ON_OF_TASK),
		[ATTACH_LSM_CGROUP] = ON_SAID(ON_CGROUP),
		[ATTACH_UPROBE] = ON_SAID(ON_PID),
		[ATTACH_URETPROBE] = ON_SAID(ON_PID),
		[ATTACH_UPROBE_MULTI] = ON_SAID(ON_PID),
		[ATTACH_USDT] = ON_SAID(ON_PID),
	};
	unsigned int said = section->on ? section->on->said & on_fits(section) : 0;

	return decisive[section->means] && !(said & decisive[section->means]);
}

static int ask_place(struct asking *asking, const struct section *section)
{
	const char *const *interface = section->on ? section->on->interfaces : NULL;
	const char *remedy;
	int r = 0;

	if (!on_fits(section) || section->means == ATTACH_SOCKMAP || is_inferred(section) ||
	    on_lack(section, section->on, &remedy))
		return 0;
	if (!(on_fits(section) & ON_SAID(ON_INTERFACES)))
		return add(asking, section, NULL);
	for (; interface && *interface && !r; interface++)
		r = add(asking, section, *interface);
	return r;
}

static int finish(struct asking *asking, const struct feature *const **ret, size_t *n)
{
	const struct feature **result =
		arena_array(asking->arena, asking->features.count, sizeof(*result));

	if (!result)
		return error_memory(asking->err);
	if (asking->features.count)
		memcpy(result, asking->features.items, asking->features.count * sizeof(*result));
	*ret = result;
	*n = asking->features.count;
	return 0;
}

int object_places(const struct object *object, const struct featsel_candidate *candidate,
		  struct arena *arena, const struct feature *const **ret, size_t *n,
		  struct featsel_error *err)
{
	struct asking asking = {.arena = arena, .err = err};
	const struct object_program *program;
	struct section section;
	size_t i;
	int r = 0;

	for (i = 0; i < candidate->n_programs && !r; i++) {
		program = object_program(object, candidate->programs[i].name);
		if (candidate->programs[i].loaded_only || !program ||
		    object_place(program, candidate, &candidate->programs[i], &section))
			continue;
		r = ask_place(&asking, &section);
	}
	if (!r)
		r = finish(&asking, ret, n);
	vec_free(&asking.features);
	return r;
}
