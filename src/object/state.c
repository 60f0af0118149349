/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * state.c - what is known at a place of the code
 */
#include <linux/bpf.h>
#include <string.h>

#include "object/follow.h"

/* ---- numbers that only the run decides ---- */

static void forget_copies(struct state *state, uint64_t place)
{
	size_t i;

	for (i = 0; i < REGISTERS; i++)
		if (value_is_run(&state->registers[i]) && state->registers[i].number == place)
			state->registers[i].number = 0;
	for (i = 0; i < SLOTS; i++)
		if (value_is_run(&state->slots[i].value) && state->slots[i].value.number == place)
			state->slots[i].value.number = 0;
}

void state_copy(struct state *state, uint8_t from, uint8_t to, uint64_t place)
{
	struct value *source = &state->registers[from];

	if (!value_is_run(source))
		return;
	if (!source->number) {
		/* Those of an earlier turn of a loop are copies of something else. */
		forget_copies(state, place);
		source->number = place;
	}
	state->registers[to].number = source->number;
}

/* A slot's number stays a range, since a 0 is no slot's. */
static void learn_of(struct ranges *ranges, struct value *value, const struct range *range,
		     bool in_register)
{
	if (in_register && !range->sure.open)
		*value = value_of(range->sure.bits);
	else
		value->which = range_keep(ranges, range);
}

static void learn_copies(struct ranges *ranges, struct state *state, uint64_t place,
			 const struct range *compared)
{
	struct range range;
	struct value *value;
	size_t i;

	for (i = 0; place && i < REGISTERS + SLOTS; i++) {
		value = i < REGISTERS ? &state->registers[i] : &state->slots[i - REGISTERS].value;
		if (!value_is_run(value) || value->number != place)
			continue;
		range = range_at(ranges, value->which);
		range_follow(&ranges->rules, &range, compared);
		learn_of(ranges, value, &range, i < REGISTERS);
	}
}

static void learn(struct ranges *ranges, struct state *state, uint8_t reg,
		  const struct range *range)
{
	struct value *value = &state->registers[reg];
	uint64_t place = value_is_run(value) ? value->number : 0;

	if (value->kind == VALUE_WORD)
		*value = (struct value){0};
	if (!value_is_run(value))
		return;
	learn_of(ranges, value, range, true);
	learn_copies(ranges, state, place, range);
}

/* Whether there is something to learn. What is only compared with NULL is left alone: it may be
 * the address of something, and nearly all comparisons are of this kind. */
static bool tells(const struct ranges *ranges, const struct bpf_insn *insn,
		  const struct value *left, const struct value *right, bool jumps)
{
	const struct value *value = left->kind == VALUE_NUMBER ? right : left;
	const struct value *number = value == left ? right : left;
	uint8_t op = BPF_OP(insn->code);

	if (value->kind == VALUE_NUMBER)
		return false;
	if (number->kind != VALUE_NUMBER)
		return left->which || right->which ||
		       (left->kind == VALUE_SCALAR && right->kind == VALUE_SCALAR);
	if (op != BPF_JEQ && op != BPF_JNE)
		return true;
	if (!value_is_run(value))
		return false;
	if ((op == BPF_JEQ) == jumps)
		return value == right || value->number || BPF_CLASS(insn->code) != BPF_JMP;
	return (value->which || value->kind == VALUE_SCALAR) &&
	       range_ends_in(ranges, value->which, number->number);
}

void state_learn(struct ranges *ranges, struct state *state, const struct bpf_insn *insn,
		 const struct value *right, bool jumps)
{
	const struct value *left = &state->registers[insn->dst_reg];
	bool with_register = BPF_SRC(insn->code) == BPF_X;
	struct range a, b;

	if (!value_has_range(left) || !value_has_range(right) ||
	    (with_register && insn->dst_reg == insn->src_reg) ||
	    !tells(ranges, insn, left, right, jumps))
		return;
	a = value_range(ranges, left);
	b = value_range(ranges, right);
	range_refine(&ranges->rules, insn, jumps, &a, &b);
	learn(ranges, state, insn->dst_reg, &a);
	if (with_register)
		learn(ranges, state, insn->src_reg, &b);
}

/* ---- where ways meet ---- */

bool state_same(const struct state *a, const struct state *b)
{
	size_t i;

	for (i = 0; i < REGISTERS; i++)
		if (!value_same(&a->registers[i], &b->registers[i]))
			return false;
	return stack_same(a, b) && a->open == b->open && a->loose == b->loose;
}

bool state_join(struct object_reach *reach, struct state *known, const struct state *state)
{
	uint32_t open = known->open ? known->open : state->open;
	bool changed = false, lost;
	struct value joined;
	size_t i;

	for (i = 0; i < REGISTERS; i++) {
		joined = value_join(&reach->ranges, &known->registers[i], &state->registers[i],
				    open);
		lost = joined.kind != VALUE_STACK && (known->registers[i].kind == VALUE_STACK ||
						      state->registers[i].kind == VALUE_STACK);
		known->loose = known->loose || lost;
		changed = changed || !value_same(&known->registers[i], &joined);
		known->registers[i] = joined;
	}
	if (stack_join(reach, known, state, open))
		changed = true;
	if ((known->open && !state->open) || (state->loose && !known->loose))
		changed = true;
	known->open = state->open ? known->open : 0;
	known->loose = known->loose || state->loose;
	return changed;
}
