/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * form.c - functions as blocks, and the forms in which they are called
 *
 * A static function has one form for each tuple of known arguments; a global one, which the
 * verifier checks on its own, has one form.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/follow.h"

enum {
	FORMS_LIMIT = 64,     /* of one function */
	WORK_LIMIT = 2000000, /* instructions of all forms; beyond it arguments are not followed */
};

/* ---- blocks ---- */

static void mark_leaders(const struct flow *flow, uint32_t *block_of)
{
	size_t i, next[2];
	struct bpf_insn insn;

	block_of[0] = 1;
	for (i = 0; i < flow->n; i++) {
		insn = flow_insn(flow, i);
		if (flow_is_jump(&insn)) {
			flow_successors(flow, i, next);
			if (next[1] != FLOW_NOWHERE)
				block_of[next[1]] = 1;
			if (i + 1 < flow->n)
				block_of[i + 1] = 1;
		}
		if (insn.code == LD_IMM64)
			i++;
	}
}

static uint32_t block_at(const uint32_t *block_of, size_t index)
{
	return index == FLOW_NOWHERE || !block_of[index] ? NOWHERE : block_of[index] - 1;
}

static void link_block(const struct flow *flow, const uint32_t *block_of, struct block *block)
{
	size_t i, next[2], last = block->start;

	for (i = block->start; i < block->end; i++) {
		last = i;
		if (flow_insn(flow, i).code == LD_IMM64)
			i++;
	}
	flow_successors(flow, last, next);
	block->next[0] = block_at(block_of, next[0]);
	block->next[1] = block_at(block_of, next[1]);
}

static int make_blocks(struct object_reach *reach, struct body *body)
{
	const struct flow *flow = &body->flow;
	uint32_t *block_of CLEANUP(free_pointer) = calloc(flow->n, sizeof(*block_of));
	struct block *block;
	uint32_t i, n = 0;

	if (!block_of)
		return -ENOMEM;
	mark_leaders(flow, block_of);
	for (i = 0; i < flow->n; i++)
		if (block_of[i])
			block_of[i] = ++n;
	body->blocks = arena_array(reach->arena, n, sizeof(*body->blocks));
	if (!body->blocks)
		return -ENOMEM;
	body->n_blocks = n;
	for (i = 0; i < flow->n; i++)
		if (block_of[i])
			body->blocks[block_of[i] - 1].start = i;
	for (i = 0; i < n; i++) {
		block = &body->blocks[i];
		block->end = i + 1 < n ? body->blocks[i + 1].start : (uint32_t)flow->n;
		link_block(flow, block_of, block);
	}
	return 0;
}

/* ---- functions and their forms ---- */

struct form *form_at(const struct object_reach *reach, size_t index)
{
	return ((struct form *const *)reach->forms.items)[index];
}

struct body *form_body(struct object_reach *reach, const struct object_symbol *function)
{
	struct object_section *section = &reach->object->sections[function->section];
	struct body *const *known = reach->bodies.items, *body, **slot;
	size_t i;

	for (i = 0; i < reach->bodies.count; i++)
		if (known[i]->flow.function == function)
			return known[i];
	if (object_index_section(reach->object, section))
		return NULL;
	body = arena_alloc(reach->arena, sizeof(*body));
	slot = body ? vec_add(&reach->bodies, sizeof(*slot)) : NULL;
	if (!slot)
		return NULL;
	body->flow = (struct flow){.object = reach->object,
				   .function = function,
				   .section = section,
				   .n = function->size / sizeof(struct bpf_insn)};
	body->isolated = object_is_alone(reach->object, function);
	*slot = body;
	return make_blocks(reach, body) ? NULL : body;
}

static bool same_arguments(const struct value *a, const struct value *b)
{
	size_t i;

	for (i = 0; i < ARGUMENTS; i++)
		if (!value_same(&a[i], &b[i]))
			return false;
	return true;
}

static struct form *find_form(const struct object_reach *reach, const struct body *body,
			      const struct value *arguments)
{
	struct form *form;
	size_t i;

	for (i = 0; i < reach->forms.count; i++) {
		form = form_at(reach, i);
		if (form->body == body && same_arguments(form->arguments, arguments))
			return form;
	}
	return NULL;
}

struct form *form_add(struct object_reach *reach, struct body *body, const struct value *arguments)
{
	struct form *form = arena_alloc(reach->arena, sizeof(*form)), **slot;

	if (!form)
		return NULL;
	*form = (struct form){
		.body = body,
		.states = arena_array(reach->arena, body->n_blocks, sizeof(*form->states)),
		.ways = arena_array(reach->arena, body->n_blocks, sizeof(*form->ways)),
		.questions = arena_array(reach->arena, body->n_blocks, sizeof(*form->questions)),
		.queued = arena_array(reach->arena, body->n_blocks, sizeof(*form->queued)),
		.node = reach->n_nodes,
	};
	memcpy(form->arguments, arguments, sizeof(form->arguments));
	if (!form->states || !form->ways || !form->questions || !form->queued)
		return NULL;
	slot = vec_add(&reach->forms, sizeof(*slot));
	if (!slot)
		return NULL;
	*slot = form;
	body->forms++;
	reach->n_nodes += body->n_blocks;
	reach->work += body->flow.n;
	return form;
}

/* What a caller hands over and the callee can use; pointers into a stack it cannot follow. */
struct value form_argument(const struct value *value)
{
	bool followed = value_settled(value) || value->kind == VALUE_DATA ||
			value->kind == VALUE_KCONFIG || value->kind == VALUE_CONTEXT;

	if (followed)
		return *value;
	return value_is_run(value) && value->which
		       ? (struct value){.kind = value->kind, .which = value->which}
		       : (struct value){0};
}

static struct form *find_or_add(struct object_reach *reach, struct body *body,
				const struct value *arguments, uint32_t limit)
{
	struct form *form = find_form(reach, body, arguments);

	if (form || body->forms >= limit || reach->work + body->flow.n >= WORK_LIMIT)
		return form;
	return form_add(reach, body, arguments);
}

/* @registers is NULL if nothing is known: the verifier calls it. NULL: memory is out. */
struct form *form_of(struct object_reach *reach, const struct object_symbol *function,
		     const struct value *registers)
{
	static const struct value nothing[ARGUMENTS];
	struct body *body = form_body(reach, function);
	struct value arguments[ARGUMENTS] = {0};
	struct form *form;
	size_t i;

	if (!body)
		return NULL;
	for (i = 0; registers && !body->isolated && i < ARGUMENTS; i++)
		arguments[i] = form_argument(&registers[1 + i]);
	form = find_or_add(reach, body, arguments, FORMS_LIMIT);
	/* Of many calls constants alone are told apart. */
	for (i = 0; !form && i < ARGUMENTS; i++)
		if (value_is_run(&arguments[i]))
			arguments[i] = (struct value){0};
	if (!form)
		form = find_or_add(reach, body, arguments, 2 * FORMS_LIMIT);
	if (!form)
		form = find_form(reach, body, nothing);
	return form ? form : form_add(reach, body, nothing);
}
