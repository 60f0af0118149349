/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * stack.c - what verifiers know of the stack, eight bytes at a time
 *
 * They keep the register that was put at the first of the eight bytes, until another of them is
 * written. Of single bytes they know which are 0. Releases differ in how a 0 is kept, in what a
 * register leaves of the bytes beside it, and in what a helper leaves of what it only reads.
 */
#include <linux/bpf.h>
#include <string.h>

#include "object/follow.h"

enum {
	SLOT = sizeof(uint64_t),
	ALL = (1 << STACK_REGIMES) - 1,
	SPILLS = 1 << STACK_SPILLS | 1 << STACK_READS,
};

static const enum since regimes[STACK_REGIMES] = {
	[STACK_BYTES] = SINCE_BOUNDS,
	[STACK_HALVES] = SINCE_HALF_SLOTS,
	[STACK_SPILLS] = SINCE_PAIRS,
	[STACK_READS] = SINCE_READS,
};

/* A bit for each byte that is 0, to each kind of verifiers. */
struct zeros {
	uint8_t known[STACK_REGIMES][STACK_DEPTH / SLOT];
	uint8_t spilled[STACK_DEPTH / SLOT]; /* registers that were put there, to those of SPILLS */
};

static size_t hash_of(const void *item)
{
	uint64_t word, hash = 0;
	size_t i;

	for (i = 0; i < sizeof(struct zeros); i += sizeof(word)) {
		memcpy(&word, (const char *)item + i, sizeof(word));
		hash = (hash ^ word ^ word >> 29) * UINT64_C(0x9e3779b97f4a7c15);
	}
	return (size_t)(hash >> 32);
}

static bool same_zeros(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct zeros)) == 0;
}

static const struct pool_kind zeros_kind = {sizeof(struct zeros), 1 << 14, hash_of, same_zeros};
static const struct zeros no_zeros;

static const struct zeros *zeros_of(const struct object_reach *reach, const struct state *state)
{
	const struct zeros *zeros = pool_at(&reach->zeros, &zeros_kind, state->zeros);

	return zeros ? zeros : &no_zeros;
}

static uint32_t number_of(struct object_reach *reach, const struct zeros *zeros)
{
	return same_zeros(zeros, &no_zeros) ? 0 : pool_number(&reach->zeros, &zeros_kind, zeros);
}

/* ---- places ---- */

static int64_t start_of(int64_t offset)
{
	return offset & -(int64_t)SLOT;
}

/* Of the eight bytes that begin at @start, which are on the stack. */
static size_t index_of(int64_t start)
{
	return (size_t)(start + STACK_DEPTH) / SLOT;
}

static uint8_t mask_of(int64_t first, int64_t size)
{
	return (uint8_t)(((1U << size) - 1) << first);
}

static bool is_kept(const struct value *value)
{
	if (value_is_run(value))
		return value->which || value->number;
	return value->kind != VALUE_WORD;
}

static bool is_zero(const struct value *value)
{
	return value->kind == VALUE_NUMBER && !value->number;
}

static const struct slot *find(const struct state *state, int64_t start)
{
	static const struct slot nothing;
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (state->slots[i].size && state->slots[i].offset == start)
			return &state->slots[i];
	return &nothing;
}

/* A free one, or one of a number that only the run decides for what loading knows. */
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

/* ---- what is known of some bytes ---- */

/* What a load of less than was put there leaves of it, to verifiers of SPILLS. */
static bool narrowed(const struct object_reach *reach, const struct slot *slot, size_t size,
		     struct value *ret)
{
	uint64_t most = width_mask(8 * (unsigned int)size);

	*ret = (struct value){slot->value.kind, slot->value.which, 0};
	if (slot->value.kind == VALUE_NUMBER)
		ret->number = slot->value.number & most;
	return slot->value.kind == VALUE_NUMBER ||
	       (value_is_run(&slot->value) &&
		range_at(&reach->ranges, slot->value.which).best.wide.high <= most);
}

/* The value of @size bytes from @first on after @start, and in *who to whom. */
static struct value look(const struct object_reach *reach, const struct state *state, int64_t start,
			 int64_t first, size_t size, uint8_t *who)
{
	const struct slot *slot = find(state, start);
	const struct zeros *zeros = zeros_of(reach, state);
	uint8_t bytes = mask_of(first, (int64_t)size);
	int64_t lowest = reach->object->big_endian ? slot->size - (int64_t)size : 0;
	struct value value;
	int i;

	*who = slot->kept;
	if (slot->size == size && !first)
		return slot->value;
	*who &= SPILLS;
	if (slot->size > size && first == lowest && narrowed(reach, slot, size, &value))
		return value;
	*who = 0;
	for (i = 0; i < STACK_REGIMES; i++)
		if ((zeros->known[i][index_of(start)] & bytes) == bytes)
			*who |= (uint8_t)(1 << i);
	return value_of(0);
}

/* Whether the verifiers of the host's kernel are among them. */
static bool is_known(struct object_reach *reach, uint8_t who)
{
	enum featsel_verdict verdict;
	uint32_t which;
	int i;

	for (i = STACK_REGIMES - 1; i > 0; i--) {
		if ((who >> i & 1) == (who >> (i - 1) & 1))
			continue;
		verdict = question_since(&reach->questions, regimes[i], &which);
		if (verdict != FEATSEL_NO)
			return verdict == FEATSEL_UNKNOWN || who >> i & 1;
	}
	return who & 1;
}

struct value stack_load(struct object_reach *reach, const struct state *state, int64_t offset,
			size_t size)
{
	int64_t start = start_of(offset);
	struct value value;
	uint8_t who;

	if (offset < -STACK_DEPTH || offset + (int64_t)size > 0 ||
	    offset - start + (int64_t)size > SLOT)
		return (struct value){0};
	value = look(reach, state, start, offset - start, size, &who);
	return is_known(reach, who) ? value : (struct value){0};
}

/* ---- what is written ---- */

static void touch_slot(struct slot *slot, uint8_t who)
{
	slot->kept &= (uint8_t)~who;
	if (!slot->kept)
		*slot = (struct slot){0};
}

static void touch_zeros(struct zeros *zeros, size_t index, uint8_t bytes, uint8_t who)
{
	int i;

	for (i = 0; i < STACK_REGIMES; i++) {
		if (!(who & 1 << i))
			continue;
		zeros->known[i][index] &= (uint8_t)~bytes;
		if (SPILLS & 1 << i)
			zeros->known[i][index] &= (uint8_t)~zeros->spilled[index];
	}
	if (who == ALL)
		zeros->spilled[index] = 0;
}

static bool any_zeros(const struct zeros *zeros, int64_t offset, int64_t end)
{
	uint8_t any = 0;
	size_t i, k;

	for (k = index_of(start_of(offset)); k <= index_of(start_of(end - 1)); k++)
		for (i = 0; i < STACK_REGIMES; i++)
			any |= zeros->known[i][k];
	return any;
}

/* The bytes are something else now, to verifiers of @who. */
static void touch(struct object_reach *reach, struct state *state, int64_t offset, int64_t size,
		  uint8_t who)
{
	int64_t end = offset + size < 0 ? offset + size : 0, start, first, last;
	struct zeros zeros;
	struct slot *slot;

	offset = offset > -STACK_DEPTH ? offset : -STACK_DEPTH;
	if (offset >= end)
		return;
	for (slot = state->slots; slot < state->slots + SLOTS; slot++)
		if (slot->size && slot->offset < end && offset < slot->offset + SLOT)
			touch_slot(slot, who);
	if (!state->zeros || !any_zeros(zeros_of(reach, state), offset, end))
		return;
	zeros = *zeros_of(reach, state);
	for (start = start_of(offset); start < end; start += SLOT) {
		first = offset > start ? offset - start : 0;
		last = end - start < SLOT ? end - start : SLOT;
		touch_zeros(&zeros, index_of(start), mask_of(first, last - first), who);
	}
	state->zeros = number_of(reach, &zeros);
}

void stack_write(struct object_reach *reach, struct state *state, int64_t offset, int64_t size)
{
	touch(reach, state, offset, size, ALL);
}

void stack_read(struct object_reach *reach, struct state *state, int64_t offset, int64_t size)
{
	touch(reach, state, offset, size, ALL & ~(1 << STACK_READS));
}

/* What a verifier finds of a value where it was put. */
static struct value fitted(struct ranges *ranges, struct value value, size_t size)
{
	struct range range;

	if (value.kind == VALUE_NUMBER)
		value.number &= width_mask(8 * (unsigned int)size);
	if (!value_is_run(&value))
		return size == SLOT || value.kind == VALUE_NUMBER || value.kind == VALUE_OPEN
			       ? value
			       : (struct value){0};
	range = range_at(ranges, value.which);
	if (!is_kept(&value) || !range_spilled(&ranges->rules, &range, size))
		return (struct value){0};
	value.which = value.which ? range_keep(ranges, &range) : 0;
	value.number = size == sizeof(value.number) ? value.number : 0;
	return value;
}

static void put_zero(struct object_reach *reach, struct state *state, int64_t start, uint8_t bytes,
		     uint8_t who)
{
	struct zeros zeros = *zeros_of(reach, state);
	size_t index = index_of(start);
	int i;

	for (i = 0; i < STACK_REGIMES; i++)
		zeros.known[i][index] |= who >> i & 1 ? bytes : 0;
	zeros.spilled[index] |= bytes & 1 ? bytes : 0;
	state->zeros = number_of(reach, &zeros);
}

static void put(struct state *state, int64_t start, size_t size, const struct value *value)
{
	struct slot *slot = is_kept(value) ? slot_for(state, value) : NULL;

	if (slot)
		*slot = (struct slot){*value, (int16_t)start, (uint8_t)size, ALL};
	else if (value->kind == VALUE_STACK)
		state->loose = true;
	if (slot && size < SLOT && value->kind == VALUE_NUMBER)
		slot->kept &= (uint8_t) ~(1 << STACK_BYTES);
}

void stack_store(struct object_reach *reach, struct state *state, int64_t offset, size_t size,
		 struct value value)
{
	int64_t start = start_of(offset), first = offset - start;
	bool bounded = value.kind == VALUE_NUMBER || (value_is_run(&value) && value.which);
	bool was_zero = is_zero(&value);

	stack_write(reach, state, offset, (int64_t)size);
	if (offset < -STACK_DEPTH || offset >= 0 || first + (int64_t)size > SLOT) {
		state->loose = state->loose || value.kind == VALUE_STACK;
		return;
	}
	value = fitted(&reach->ranges, value, size);
	/* Of a number that is cut off only a register that is kept tells that 0 is left. */
	if (is_zero(&value) && (was_zero || !first)) {
		put_zero(reach, state, start, mask_of(first, (int64_t)size),
			 was_zero ? ALL : ALL & ~(1 << STACK_BYTES));
		return;
	}
	if (first)
		return;
	/* The register takes the place of all that was known. */
	if (bounded)
		touch(reach, state, start, SLOT, 1 << STACK_HALVES);
	put(state, start, size, &value);
}

/* ---- where ways meet ---- */

static bool same_slot(const struct slot *a, const struct slot *b)
{
	return a->size == b->size && a->offset == b->offset && a->kept == b->kept &&
	       value_same(&a->value, &b->value);
}

bool stack_same(const struct state *a, const struct state *b)
{
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (!same_slot(&a->slots[i], &b->slots[i]))
			return false;
	return a->zeros == b->zeros;
}

static struct slot join(struct object_reach *reach, const struct state *known,
			const struct state *state, const struct slot *slot, uint32_t open)
{
	struct slot joined = {.offset = slot->offset, .size = slot->size};
	struct value value, other;
	uint8_t who;

	value = look(reach, known, slot->offset, 0, slot->size, &joined.kept);
	other = look(reach, state, slot->offset, 0, slot->size, &who);
	joined.value = value_join(&reach->ranges, &value, &other, open);
	joined.kept &= who;
	return joined.kept && is_kept(&joined.value) ? joined : (struct slot){0};
}

static bool join_zeros(struct object_reach *reach, struct state *known, const struct state *state)
{
	struct zeros joined = *zeros_of(reach, known);
	const struct zeros *other = zeros_of(reach, state);
	uint32_t before = known->zeros;
	size_t i, k;

	if (before == state->zeros || !before)
		return false;
	for (i = 0; i < STACK_REGIMES; i++)
		for (k = 0; k < STACK_DEPTH / SLOT; k++)
			joined.known[i][k] &= other->known[i][k];
	for (k = 0; k < STACK_DEPTH / SLOT; k++)
		joined.spilled[k] = (joined.spilled[k] | other->spilled[k]) &
				    (joined.known[STACK_SPILLS][k] | joined.known[STACK_READS][k]);
	known->zeros = number_of(reach, &joined);
	return known->zeros != before;
}

static bool join_slots(struct object_reach *reach, struct state *known, const struct state *state,
		       uint32_t open)
{
	const struct slot *other;
	struct slot *slot, joined;
	bool changed = false;

	for (slot = known->slots; slot < known->slots + SLOTS; slot++) {
		joined = slot->size ? join(reach, known, state, slot, open) : *slot;
		if (same_slot(&joined, slot))
			continue;
		known->loose = known->loose || slot->value.kind == VALUE_STACK;
		*slot = joined;
		changed = true;
	}
	/* A 0 may meet another number. */
	for (other = state->slots; other < state->slots + SLOTS && known->zeros; other++) {
		if (!other->size || find(known, other->offset)->size)
			continue;
		joined = join(reach, known, state, other, open);
		slot = joined.size ? slot_for(known, &joined.value) : NULL;
		if (slot)
			*slot = joined;
		changed = changed || slot;
	}
	return changed;
}

bool stack_join(struct object_reach *reach, struct state *known, const struct state *state,
		uint32_t open)
{
	bool slots = join_slots(reach, known, state, open);

	return join_zeros(reach, known, state) || slots;
}
