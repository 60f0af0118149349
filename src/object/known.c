/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * known.c - bits and bounds of a number, and what each tells of the others
 */
#include <string.h>

#include "object/range.h"

/* ---- bounds ---- */

void bounds_forget_signed(struct bounds *bounds, unsigned int width)
{
	bounds->least = width == 32 ? INT32_MIN : INT64_MIN;
	bounds->most = width == 32 ? INT32_MAX : INT64_MAX;
}

void bounds_forget_unsigned(struct bounds *bounds, unsigned int width)
{
	bounds->low = 0;
	bounds->high = width_mask(width);
}

void bounds_forget(struct bounds *bounds, unsigned int width)
{
	bounds_forget_unsigned(bounds, width);
	bounds_forget_signed(bounds, width);
}

struct known known_nothing(void)
{
	struct known known = {.open = UINT64_MAX};

	bounds_forget(&known.wide, 64);
	bounds_forget(&known.half, 32);
	return known;
}

bool known_same(const struct known *a, const struct known *b)
{
	return a->bits == b->bits && a->open == b->open &&
	       memcmp(&a->wide, &b->wide, sizeof(a->wide)) == 0 &&
	       memcmp(&a->half, &b->half, sizeof(a->half)) == 0;
}

struct known known_number(uint64_t number)
{
	int32_t half = (int32_t)(uint32_t)number;

	return (struct known){number,
			      0,
			      {number, number, (int64_t)number, (int64_t)number},
			      {(uint32_t)number, (uint32_t)number, half, half}};
}

static bool is_empty(const struct bounds *bounds)
{
	return bounds->low > bounds->high || bounds->least > bounds->most;
}

bool known_empty(const struct known *known)
{
	return is_empty(&known->wide) || is_empty(&known->half) || known->bits & known->open;
}

static void raise_signed(int64_t *least, int64_t to)
{
	if (*least < to)
		*least = to;
}

static void lower_signed(int64_t *most, int64_t to)
{
	if (*most > to)
		*most = to;
}

static void bound_by_bits(struct bounds *bounds, uint64_t bits, uint64_t open, unsigned int width)
{
	uint64_t sign = UINT64_C(1) << (width - 1);

	bits &= width_mask(width);
	open &= width_mask(width);
	bounds_raise(&bounds->low, bits);
	bounds_lower(&bounds->high, bits | open);
	raise_signed(&bounds->least, width_signed(width, bits | (open & sign)));
	lower_signed(&bounds->most, width_signed(width, bits | (open & ~sign)));
}

/* What the unsigned bounds tell of the signed ones, and the other way round. */
static void bound_by_each_other(struct bounds *bounds, unsigned int width)
{
	uint64_t mask = width_mask(width);

	if (bounds->least >= 0 || bounds->most < 0) {
		bounds_raise(&bounds->low, (uint64_t)bounds->least & mask);
		bounds_lower(&bounds->high, (uint64_t)bounds->most & mask);
	}
	if ((width_signed(width, bounds->low) < 0) == (width_signed(width, bounds->high) < 0)) {
		raise_signed(&bounds->least, width_signed(width, bounds->low));
		lower_signed(&bounds->most, width_signed(width, bounds->high));
	}
}

static void learn_bits(struct known *known, uint64_t bits, uint64_t open)
{
	known->bits |= bits;
	known->open &= open;
	known->bits &= ~known->open;
}

/* Two bounds have the bits in common before the first in which they differ. */
static void bits_by_bounds(struct known *known, const struct bounds *bounds, uint64_t above)
{
	uint64_t differ = bounds->low ^ bounds->high, open = above;

	if (differ)
		open |= UINT64_MAX >> __builtin_clzll(differ);
	if (bounds->low <= bounds->high)
		learn_bits(known, bounds->low & ~open, open);
}

/* What the whole tells of its lower half, and the other way round. */
static void bound_halves(struct known *known)
{
	struct bounds *wide = &known->wide, *half = &known->half;
	uint64_t upper = wide->low & ~(uint64_t)UINT32_MAX;

	if (upper == (wide->high & ~(uint64_t)UINT32_MAX)) {
		bounds_raise(&half->low, (uint32_t)wide->low);
		bounds_lower(&half->high, (uint32_t)wide->high);
		bounds_raise(&wide->low, upper | half->low);
		bounds_lower(&wide->high, upper | half->high);
	}
	if (wide->least >= INT32_MIN && wide->most <= INT32_MAX) {
		raise_signed(&half->least, wide->least);
		lower_signed(&half->most, wide->most);
		raise_signed(&wide->least, half->least);
		lower_signed(&wide->most, half->most);
	}
}

static void sync_once(struct known *known, bool across)
{
	bound_by_bits(&known->wide, known->bits, known->open, 64);
	bound_by_bits(&known->half, known->bits, known->open, 32);
	if (across)
		bound_halves(known);
	bound_by_each_other(&known->wide, 64);
	bound_by_each_other(&known->half, 32);
	bits_by_bounds(known, &known->wide, 0);
	bits_by_bounds(known, &known->half, ~(uint64_t)UINT32_MAX);
}

static void end_sync(struct known *known)
{
	bound_by_bits(&known->wide, known->bits, known->open, 64);
	bound_by_bits(&known->half, known->bits, known->open, 32);
}

/* Until nothing more comes of it. */
static void sync_across(struct known *known)
{
	struct bounds half = known->half, wide = known->wide;

	sync_once(known, true);
	if (memcmp(&half, &known->half, sizeof(half)) != 0 ||
	    memcmp(&wide, &known->wide, sizeof(wide)) != 0)
		sync_once(known, true);
	end_sync(known);
}

static bool choose_side(struct bounds *bounds, unsigned int width)
{
	struct bounds was = *bounds;
	uint64_t mask = width_mask(width);

	if (bounds->least >= 0 || bounds->most < 0)
		return false;
	if (bounds->low > ((uint64_t)bounds->most & mask))
		bounds->most = -1;
	else if (bounds->high < ((uint64_t)bounds->least & mask))
		bounds->least = 0;
	else
		return false;
	bound_by_each_other(bounds, width);
	return memcmp(&was, bounds, sizeof(was)) != 0;
}

static bool known_sides(struct known *known)
{
	bool wide = choose_side(&known->wide, 64), half = choose_side(&known->half, 32);

	if (wide || half)
		sync_across(known);
	return wide || half;
}

/* The least number of these bits from @least on; 0 if there is none, or if it is 0. */
static uint64_t least_of(uint64_t bits, uint64_t least)
{
	uint64_t foreign = least & ~bits, above = UINT64_MAX;

	if (!foreign)
		return least;
	/* What is above the highest bit that is not one of them, and one more. */
	above = foreign >> 63 ? 0 : ~((UINT64_C(2) << (63 - __builtin_clzll(foreign))) - 1);
	bits &= above;
	return (((least & above) | ~bits) + 1) & bits;
}

/* Whether bits and bounds leave one number, which it becomes then. */
static bool known_single(struct known *known)
{
	uint64_t low = known->wide.low, high = known->wide.high, bits = known->bits, first, next;

	if (!known->open || low > high)
		return false;
	first = low > bits ? least_of(known->open, low - bits) : 0;
	next = ((first | ~known->open) + 1) & known->open;
	if ((low > bits && !first) || bits + first > high || (next && bits + next <= high))
		return false;
	*known = known_number(bits + first);
	return true;
}

/* The rule counts only if something comes of it. */
static void apply(struct known *known, struct view *view, enum since since,
		  bool (*rule)(struct known *known))
{
	struct known before = *known;

	if (view->rules.has >> since & 1 && rule(known) && !known_same(&before, known))
		view_has(view, since);
}

static bool known_across(struct known *known)
{
	sync_across(known);
	return true;
}

void known_sync(struct known *known, struct view *view, bool across)
{
	if (across) {
		sync_across(known);
	} else {
		sync_once(known, false);
		end_sync(known);
		apply(known, view, SINCE_PAIRS, known_across);
	}
	apply(known, view, SINCE_SIGNS, known_sides);
	apply(known, view, SINCE_SINGLE, known_single);
}
