/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * run.c - the analysis of reach.c from its beginning, as often as it learns what others hang on
 *
 * What verifiers know of numbers came release by release (enum since). Nobody is asked for one of
 * these before a jump hangs on it; the answer tells of every number, so all is looked at again.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "object/follow.h"

/* Functions whose address is only taken join at the end. */
static int run_waiting(struct object_reach *reach)
{
	size_t i;
	int r = 0;

	for (i = 0; i < reach->forms.count && !r; i++)
		r = reach_run(reach, form_at(reach, i));
	return r;
}

static bool is_reached_already(struct object_reach *reach, const struct object_symbol *function)
{
	size_t i;

	for (i = 0; i < reach->forms.count; i++)
		if (form_at(reach, i)->body->flow.function == function)
			return !reach->open;
	return false;
}

static int run_alone(struct object_reach *reach)
{
	enum featsel_verdict lazy = FEATSEL_YES;
	struct form *form;
	size_t i;

	for (i = 0; i < reach->n_alone && is_reached_already(reach, reach->alone[i]); i++)
		;
	if (i < reach->n_alone)
		lazy = question_lazy(&reach->questions, &reach->lazy);
	for (i = 0; i < reach->n_alone && lazy != FEATSEL_YES; i++) {
		form = form_of(reach, reach->alone[i], NULL);
		if (!form)
			return -ENOMEM;
		/* What may be called hangs on what calls it, too. */
		form->checked = lazy == FEATSEL_NO || !form->done;
		form->open = form->checked && lazy != FEATSEL_NO;
		reach->open = reach->open || form->open;
	}
	return run_waiting(reach);
}

static void forget(struct object_reach *reach)
{
	arena_free(reach->arena);
	reach->arena = arena_new();
	pool_free(&reach->ranges.kept);
	pool_free(&reach->zeros);
	reach->bodies.count = reach->forms.count = reach->n_nodes = reach->work = 0;
	reach->open = reach->learned = false;
}

static int run_once(struct object_reach *reach)
{
	const struct value context[ARGUMENTS] = {{.kind = VALUE_CONTEXT}};
	struct range loaded;
	struct body *body;
	size_t i;

	forget(reach);
	for (i = 1; i < sizeof(uint64_t); i *= 2) {
		loaded = range_loaded(i);
		reach->loaded[i] = range_keep(&reach->ranges, &loaded);
	}
	body = reach->arena ? form_body(reach, reach->entry) : NULL;
	return body && form_add(reach, body, context) ? run_waiting(reach) : -ENOMEM;
}

/* What verifiers know of numbers is asked for where it decides, and each answer tells of all. */
static int run(struct object_reach *reach)
{
	int r;

	do {
		r = run_once(reach);
		if (!r && reach->n_alone)
			r = run_alone(reach);
	} while (!r && reach->learned);
	return r;
}

int reach_new(const struct object *object, const struct object_symbol *entry,
	      const struct object_oracle *oracle, struct arena *arena, struct object_reach **ret)
{
	struct object_reach *reach = calloc(1, sizeof(*reach));
	int r;

	if (!reach)
		return -ENOMEM;
	reach->object = object;
	reach->entry = entry;
	reach->questions = (struct questions){.object = object, .oracle = oracle, .arena = arena};
	r = run(reach);
	if (r) {
		reach_free(reach);
		return r;
	}
	*ret = reach;
	return 0;
}

int reach_alone(struct object_reach *reach, const struct object_symbol *const *functions, size_t n)
{
	int r;

	reach->alone = functions;
	reach->n_alone = n;
	r = run_alone(reach);
	return !r && reach->learned ? run(reach) : r;
}

void reach_free(struct object_reach *reach)
{
	if (!reach)
		return;
	questions_free(&reach->questions);
	pool_free(&reach->ranges.kept);
	pool_free(&reach->zeros);
	vec_free(&reach->bodies);
	vec_free(&reach->forms);
	vec_free(&reach->calls);
	vec_free(&reach->before);
	free(reach->first_before);
	arena_free(reach->arena);
	free(reach);
}

const struct questions *reach_questions(const struct object_reach *reach)
{
	return &reach->questions;
}
