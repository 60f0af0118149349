/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* target.c - the targets of a candidate's programs, and the arguments that they read */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "object/private.h"

bool object_lacks_target(const struct section *section)
{
	return section->means != ATTACH_NONE && section->means != ATTACH_STRUCT_OPS &&
	       !(section->flags & SECTION_NO_TARGET) && !*section->target;
}

/* Whether a structure of the object has the program as a function: that is what a struct_ops
 * program is attached to. */
static bool is_implemented(const struct object *object, const struct object_program *program)
{
	size_t i;

	for (i = 0; i < program->n_maps; i++)
		if (object->maps[program->maps[i]].type == BPF_MAP_TYPE_STRUCT_OPS)
			return true;
	return false;
}

int object_target(const struct object *object, const struct program_ref *ref, struct arena *arena,
		  const struct feature **ret, struct featsel_error *err)
{
	const struct object_program *program = NULL;
	struct section section;
	const char *name;
	int r = object_find_program(object, ref, &program, err);

	if (r)
		return r;
	*ret = NULL;
	if (object_section(program, ref, &section) || ref->loaded_only ||
	    section.means == ATTACH_NONE || section.flags & SECTION_NO_TARGET)
		return 0;
	if (section.means == ATTACH_STRUCT_OPS)
		return is_implemented(object, program) ? 0
						       : error_at(err, -EINVAL, &ref->at,
								  "program '%s' is no function of "
								  "any structure in .struct_ops",
								  program->name);
	if (object_lacks_target(&section))
		return error_at(err, -EDESTADDRREQ, &ref->at,
				"program '%s' is in section '%s', which names no target: give one "
				"with 'attach:'",
				program->name, section.form);
	name = arena_printf(arena, "%s/%s", section.form, section.target);
	return name ? feature_make(arena, FEATURE_ATTACH, NULL, name, ret, err) : error_memory(err);
}

/* The kernel loads these only if it knows the type of what is read. */
static const bool context_is_typed[ATTACH_MEANS_COUNT] = {
	[ATTACH_TRACING_TRACEPOINT] = true,
	[ATTACH_TRACING_FUNCTION] = true,
	[ATTACH_LSM] = true,
	[ATTACH_LSM_CGROUP] = true,
};

/* NULL if the program reads none. */
int object_words(const struct object_query *query, const struct object_program *program,
		 const struct section *section, struct arena *arena, const struct feature **ret,
		 struct featsel_error *err)
{
	uint32_t words = 0;
	const char *name;

	for (unsigned int i = 0; i < 64; i++)
		words |= (uint32_t)(program->reads >> i & 1) << i / 2;
	*ret = NULL;
	if (!words || !context_is_typed[section->means])
		return object_fields(query, program, section, arena, ret, err);
	name = arena_printf(arena, "%s/%s[", section->form, section->target);
	for (unsigned int i = 0; name && words >> i; i++)
		if (words >> i & 1)
			name = arena_printf(arena, "%s%u%c", name, i, words >> i == 1 ? ']' : ',');
	return name ? feature_make(arena, FEATURE_ATTACH, NULL, name, ret, err) : error_memory(err);
}

static int optional_target(const struct object_query *query, const struct program_ref *ref,
			   struct arena *arena, struct optional_target *ret,
			   struct featsel_error *err)
{
	const struct object *object = query->object;
	const struct object_program *program = NULL;
	struct section section;
	int r = object_target(object, ref, arena, &ret->target, err);

	if (r || !ret->target)
		return r;
	r = object_find_program(object, ref, &program, err);
	if (!r)
		r = object_section(program, ref, &section);
	if (!r && object_program_on(object, program, NULL, arena, &program))
		r = error_memory(err);
	return r ? r : object_words(query, program, &section, arena, &ret->words, err);
}

int object_optional_targets(const struct object_query *query, struct arena *arena,
			    const struct optional_target **ret, size_t *n,
			    struct featsel_error *err)
{
	const struct featsel_candidate *candidate = query->candidate;
	struct optional_target *targets =
		arena_array(arena, candidate->n_programs, sizeof(*targets));
	size_t i, count = 0;
	int r = targets ? 0 : error_memory(err);

	for (i = 0; i < candidate->n_programs && !r; i++) {
		if (!candidate->programs[i].optional)
			continue;
		r = optional_target(query, &candidate->programs[i], arena, &targets[count], err);
		if (!r && targets[count].target)
			count++;
	}
	if (r)
		return r;
	*ret = targets;
	*n = count;
	return 0;
}
