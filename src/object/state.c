/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * state.c - what is known at a place of the code: registers, and the stack as far as it is followed
 */
#include <string.h>

#include "object/follow.h"

/* ---- the stack ---- */

static bool is_kept(const struct value *value)
{
	return value->kind > VALUE_SCALAR && value->kind != VALUE_WORD;
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

void state_store(struct state *state, int64_t offset, size_t size, struct value value)
{
	size_t i;

	state_forget(state, offset, (int64_t)size);
	if (value.kind == VALUE_NUMBER && size < sizeof(value.number))
		value.number &= (UINT64_C(1) << size * 8) - 1;
	else if (size < sizeof(value.number) && value.kind != VALUE_OPEN)
		value = (struct value){0};
	for (i = 0; i < SLOTS && is_kept(&value) && offset >= -512 && offset < 0; i++) {
		if (state->slots[i].size)
			continue;
		state->slots[i] = (struct slot){value, (int16_t)offset, (uint8_t)size};
		return;
	}
	if (value.kind == VALUE_STACK)
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

static bool join_slot(struct state *known, struct slot *slot, const struct state *state,
		      uint32_t open)
{
	struct value value = state_load(state, slot->offset, slot->size);
	struct value joined = value_join(&slot->value, &value, open);

	if (value_same(&joined, &slot->value))
		return false;
	known->loose = known->loose || slot->value.kind == VALUE_STACK;
	slot->value = joined;
	if (!is_kept(&joined))
		*slot = (struct slot){0};
	return true;
}

bool state_join(struct state *known, const struct state *state)
{
	uint32_t open = known->open ? known->open : state->open;
	bool changed = false, lost;
	struct value joined;
	size_t i;

	for (i = 0; i < REGISTERS; i++) {
		joined = value_join(&known->registers[i], &state->registers[i], open);
		lost = joined.kind != VALUE_STACK && (known->registers[i].kind == VALUE_STACK ||
						      state->registers[i].kind == VALUE_STACK);
		known->loose = known->loose || lost;
		changed = changed || !value_same(&known->registers[i], &joined);
		known->registers[i] = joined;
	}
	for (i = 0; i < SLOTS; i++)
		if (known->slots[i].size && join_slot(known, &known->slots[i], state, open))
			changed = true;
	if ((known->open && !state->open) || (state->loose && !known->loose))
		changed = true;
	known->open = state->open ? known->open : 0;
	known->loose = known->loose || state->loose;
	return changed;
}
