/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * choice.c - what stands on both sides of a check that is decided at load time
 *
 * A helper behind such a check is no requirement, since the other way may do. Where something is
 * called both ways, one of the two must be there: 5.10 has no bpf_get_current_task_btf(), and
 * locked down nothing that reads memory instead.
 */
#include <errno.h>

#include "object/private.h"

struct choice {
	const struct object *object;
	const struct featsel_candidate *candidate;
	const struct object_program *program;
	int prog_type;
	struct arena *arena;
};

/* An outcome is one bit of an object_use's outcomes; of a check's two, the even one comes first. */
#define FIRST_OUTCOMES UINT64_C(0x5555555555555555)

static struct requirement *group(struct arena *arena, enum requirement_op op,
				 struct requirement *parts)
{
	struct requirement *made = arena_alloc(arena, sizeof(*made));

	if (made)
		*made = (struct requirement){.op = op, .parts = parts};
	return made;
}

/* *ret is NULL where the call needs nothing. */
static int feature_of_use(const struct choice *choice, const struct object_use *use,
			  const struct feature **ret)
{
	const char *type = names_name(VOCABULARY_PROG_TYPE, choice->prog_type);

	*ret = NULL;
	if (!object_use_needed(choice->candidate, choice->prog_type, use))
		return 0;
	if (use->helper < 0)
		return type ? feature_make(choice->arena, FEATURE_KFUNC, type, use->kfunc, ret,
					   NULL)
			    : 0;
	*ret = feature_of(choice->arena, FEATURE_HELPER, choice->prog_type,
			  object_helper_called(choice->object, use->helper));
	return *ret ? 0 : -ENOMEM;
}

/* All that is called on one outcome of a check and on no condition beyond; NULL where that is
 * nothing. */
static int outcome_needs(const struct choice *choice, const struct object_symbol *function,
			 uint64_t outcome, struct requirement **ret)
{
	struct requirement *parts = NULL, **last = &parts;
	const struct feature *feature;
	const struct object_use *use;
	size_t i;
	int r;

	for (i = 0; i < choice->program->n_uses; i++) {
		use = &choice->program->uses[i];
		if (use->function != function || use->outcomes != outcome)
			continue;
		r = feature_of_use(choice, use, &feature);
		if (r)
			return r;
		if (!feature)
			continue;
		*last = group(choice->arena, REQUIREMENT_FEATURE, NULL);
		if (!*last)
			return -ENOMEM;
		(*last)->feature = feature;
		last = &(*last)->next;
	}
	*ret = parts ? group(choice->arena, REQUIREMENT_ALL, parts) : NULL;
	return parts && !*ret ? -ENOMEM : 0;
}

/* One outcome alone, and the first of its two: with several the checks are nested. */
static bool begins_choice(const struct choice *choice, size_t index)
{
	const struct object_use *use = &choice->program->uses[index];
	size_t i;

	if (!(use->outcomes & FIRST_OUTCOMES) || use->outcomes & (use->outcomes - 1))
		return false;
	for (i = 0; i < index; i++)
		if (choice->program->uses[i].function == use->function &&
		    choice->program->uses[i].outcomes == use->outcomes)
			return false;
	return true;
}

static int program_choices(const struct choice *choice, struct requirement ***last)
{
	const struct object_use *use;
	struct requirement *one, *other;
	size_t i;
	int r;

	for (i = 0; i < choice->program->n_uses; i++) {
		use = &choice->program->uses[i];
		if (!begins_choice(choice, i))
			continue;
		r = outcome_needs(choice, use->function, use->outcomes, &one);
		if (!r)
			r = outcome_needs(choice, use->function, use->outcomes << 1, &other);
		if (r)
			return r;
		if (!one || !other)
			continue;
		one->next = other;
		**last = group(choice->arena, REQUIREMENT_ANY, one);
		if (!**last)
			return -ENOMEM;
		*last = &(**last)->next;
	}
	return 0;
}

int object_choices(const struct object *object, const struct featsel_candidate *candidate,
		   struct arena *arena, const struct requirement **ret, struct featsel_error *err)
{
	struct choice choice = {.object = object, .candidate = candidate, .arena = arena};
	struct requirement *choices = NULL, **last = &choices;
	const struct program_ref *refs;
	struct section section;
	size_t i, n;
	int r;

	r = object_candidate_programs(object, candidate, arena, &refs, &n, err);
	if (r)
		return r;
	for (i = 0; i < n && !r; i++) {
		choice.program = refs[i].optional ? NULL : object_program(object, refs[i].name);
		if (!choice.program || object_section(choice.program, &refs[i], &section))
			continue;
		choice.prog_type = section.prog_type;
		r = program_choices(&choice, &last);
	}
	if (r)
		return error_memory(err);
	*ret = choices ? group(arena, REQUIREMENT_ALL, choices) : NULL;
	return choices && !*ret ? error_memory(err) : 0;
}
