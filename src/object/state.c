/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * state.c - what is known at a place of the code: registers, and the stack as far as it is followed
 */
#include <linux/bpf.h>
#include <string.h>

#include "object/follow.h"

/* ---- the stack ---- */

static bool is_kept(const struct value *value)
{
	if (value_is_run(value))
		return value->which || value->number;
	return value->kind != VALUE_WORD;
}

static bool overlaps(const struct slot *slot, int64_t offset, int64_t size)
{
	return slot->size && slot->offset < offset + size && offset < slot->offset + slot->size;
}

void state_forget(struct state *state, int64_t offset, int64_t size)
{
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (overlaps(&state->slots[i], offset, size))
			state->slots[i] = (struct slot){0};
}

/* What a verifier finds of a number where it was put. */
static struct value spilled(struct ranges *ranges, struct value value, size_t size)
{
	struct range range = range_at(ranges, value.which);

	if (!range_spilled(&range, size))
		return (struct value){0};
	value.which = value.which ? range_keep(ranges, &range) : 0;
	value.number = size == sizeof(value.number) ? value.number : 0;
	return value;
}

/* A free slot, or one of a number that only the run decides for what loading knows. */
static struct slot *slot_for(struct state *state, const struct value *value)
{
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (!state->slots[i].size)
			return &state->slots[i];
	for (i = 0; i < SLOTS && !value_is_run(value); i++)
		if (value_is_run(&state->slots[i].value))
			return &state->slots[i];
	return NULL;
}

void state_store(struct ranges *ranges, struct state *state, int64_t offset, size_t size,
		 struct value value)
{
	struct slot *slot;

	state_forget(state, offset, (int64_t)size);
	if (value.kind == VALUE_NUMBER && size < sizeof(value.number)) {
		value.number &= (UINT64_C(1) << size * 8) - 1;
		/* Of a part of a slot that is not its beginning verifiers keep nothing but 0. */
		if (value.number && offset % 8)
			value = (struct value){0};
	} else if (value_is_run(&value) && is_kept(&value))
		value = spilled(ranges, value, size);
	else if (size < sizeof(value.number) && value.kind != VALUE_OPEN)
		value = (struct value){0};
	slot = is_kept(&value) && offset >= -512 && offset < 0 ? slot_for(state, &value) : NULL;
	if (slot)
		*slot = (struct slot){value, (int16_t)offset, (uint8_t)size};
	else if (value.kind == VALUE_STACK)
		state->loose = true;
}

struct value state_load(const struct state *state, int64_t offset, size_t size)
{
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (state->slots[i].size == size && state->slots[i].offset == offset)
			return state->slots[i].value;
	return (struct value){0};
}

struct value state_narrow(struct ranges *ranges, const struct state *state, int64_t offset,
			  size_t size)
{
	const struct slot *slot = state->slots;
	struct range range;

	while (slot < state->slots + SLOTS &&
	       (slot->size <= size || slot->offset != offset || slot->value.kind != VALUE_NUMBER))
		slot++;
	if (slot == state->slots + SLOTS)
		return (struct value){0};
	range = range_loaded(size);
	range.best = known_number(slot->value.number & ((UINT64_C(1) << size * 8) - 1));
	range_hang(&range, SINCE_OPERANDS, false);
	return (struct value){VALUE_SCALAR, range_keep(ranges, &range), 0};
}

/* A called function may write through a pointer into the stack. */
void state_hand_over(struct state *state)
{
	const struct value *value;

	for (value = &state->registers[1]; value <= &state->registers[ARGUMENTS]; value++)
		if (value->kind == VALUE_STACK)
			state_forget(state, (int64_t)value->number, 512 - (int64_t)value->number);
	if (state->loose)
		state_forget(state, -512, 512);
}

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
		range_follow(&range, compared);
		value->which = range_keep(ranges, &range);
	}
}

static void learn_of(struct ranges *ranges, struct state *state, uint8_t reg,
		     const struct range *range)
{
	struct value *value = &state->registers[reg];

	if (value->kind == VALUE_WORD)
		*value = (struct value){0};
	if (!value_is_run(value))
		return;
	learn_copies(ranges, state, value->number, range);
	value->which = range_keep(ranges, range);
}

/* Whether there is something to learn. What is only compared with NULL is left alone: it may be
 * the address of something, and nearly all comparisons are of this kind. */
static bool tells(const struct ranges *ranges, const struct bpf_insn *insn,
		  const struct value *left, const struct value *right, bool jumps)
{
	uint8_t op = BPF_OP(insn->code);

	if (left->kind == VALUE_NUMBER && right->kind == VALUE_NUMBER)
		return false;
	if (left->kind == VALUE_NUMBER || right->kind != VALUE_NUMBER)
		return left->which || right->which;
	if (op != BPF_JEQ && op != BPF_JNE)
		return true;
	if (!value_is_run(left))
		return false;
	if ((op == BPF_JEQ) == jumps)
		return left->number || BPF_CLASS(insn->code) != BPF_JMP;
	return (left->which || left->kind == VALUE_SCALAR) &&
	       range_ends_in(ranges, left->which, right->number);
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
	range_refine(insn, jumps, &a, &b);
	learn_of(ranges, state, insn->dst_reg, &a);
	if (with_register)
		learn_of(ranges, state, insn->src_reg, &b);
}

/* ---- where ways meet ---- */

bool state_same(const struct state *a, const struct state *b)
{
	size_t i;

	for (i = 0; i < REGISTERS; i++)
		if (!value_same(&a->registers[i], &b->registers[i]))
			return false;
	for (i = 0; i < SLOTS; i++)
		if (a->slots[i].size != b->slots[i].size ||
		    a->slots[i].offset != b->slots[i].offset ||
		    !value_same(&a->slots[i].value, &b->slots[i].value))
			return false;
	return a->open == b->open && a->loose == b->loose;
}

static bool join_slot(struct ranges *ranges, struct state *known, struct slot *slot,
		      const struct state *state, uint32_t open)
{
	struct value value = state_load(state, slot->offset, slot->size);
	struct value joined = value_join(ranges, &slot->value, &value, open);

	if (value_same(&joined, &slot->value))
		return false;
	known->loose = known->loose || slot->value.kind == VALUE_STACK;
	slot->value = joined;
	if (!is_kept(&joined))
		*slot = (struct slot){0};
	return true;
}

bool state_join(struct ranges *ranges, struct state *known, const struct state *state)
{
	uint32_t open = known->open ? known->open : state->open;
	bool changed = false, lost;
	struct value joined;
	size_t i;

	for (i = 0; i < REGISTERS; i++) {
		joined = value_join(ranges, &known->registers[i], &state->registers[i], open);
		lost = joined.kind != VALUE_STACK && (known->registers[i].kind == VALUE_STACK ||
						      state->registers[i].kind == VALUE_STACK);
		known->loose = known->loose || lost;
		changed = changed || !value_same(&known->registers[i], &joined);
		known->registers[i] = joined;
	}
	for (i = 0; i < SLOTS; i++)
		if (known->slots[i].size && join_slot(ranges, known, &known->slots[i], state, open))
			changed = true;
	if ((known->open && !state->open) || (state->loose && !known->loose))
		changed = true;
	known->open = state->open ? known->open : 0;
	known->loose = known->loose || state->loose;
	return changed;
}
