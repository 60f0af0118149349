/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * range.h - what verifiers know of a number that only the run decides: bits and bounds
 */
#ifndef FEATSEL_OBJECT_RANGE_H
#define FEATSEL_OBJECT_RANGE_H

#include "base/base.h"

struct bpf_insn;

/* Unsigned and signed; of a lower half as 64-bit numbers, the signed ones extended. */
struct bounds {
	uint64_t low, high;
	int64_t least, most;
};

/* Bits are known where @open has a 0. */
struct known {
	uint64_t bits, open;
	struct bounds wide, half;
};

/* What verifiers learned, each to know more than those without it; the order is that of time. */
enum since {
	SINCE_BOUNDS,	  /* 5.10: bounds of 32 and 64 bits for all arithmetic below */
	SINCE_COPIES,	  /* 5.11: what a comparison tells also of copies; spilled numbers */
	SINCE_HALF_SLOTS, /* 5.16: of four bytes, too */
	SINCE_EQUALITY,	  /* 6.4: equality by bounds, a constant on the left */
	SINCE_PAIRS,	  /* 6.8: two ranges with each other; halves and wholes to the last bit */
	SINCE_OPERANDS,	  /* 6.10: or, xor and products of two ranges */
	SINCE_READS,	  /* 6.14: what a helper only reads stays as it was; elements of arrays */
	SINCE_PRODUCTS,	  /* 6.14: of what may be negative */
	SINCE_SIGNS,	  /* 6.17: which of two sides of 0 is left */
	SINCE_CARRIES,	  /* 6.17: sums of which each is too large for a register */
	SINCE_BITS,	  /* 6.18: equality by bits */
	SINCE_NEGATION,	  /* 6.18; backports have the other alone */
	SINCE_EXTENSION,  /* 7.0, and its backports: shifts that extend what may be negative */
	SINCE_SINGLE,	  /* the same of the one number that bits and bounds leave */
	SINCE_SWAPS,	  /* the same of bytes that change places */
	SINCE_SAME,	  /* 7.0: a register compared with itself */
	SINCE_DIVISION,	  /* 7.0 */
	UNTIL_MASKS,	  /* before 6.17, less backports: bounds of what has none of some bits */
	SINCE_COUNT
};
const char *since_versions(enum since since); /* as a feature has it: ">=5.10" */
const char *since_ranges(enum since since);   /* "ranges_5.11", NULL */

/* What the host's verifier is known to have of these, and to lack: a bit each. */
struct rules {
	uint32_t has, lacks;
};

/* A verifier that has no more than that for sure, or all that it may have. */
struct view {
	struct rules rules;
	uint32_t used; /* which of them mattered */
};

static inline struct view view_sure(const struct rules *rules)
{
	return (struct view){.rules = *rules};
}

static inline struct view view_best(const struct rules *rules)
{
	return (struct view){.rules = {~rules->lacks, ~rules->has}};
}

static inline bool view_has(struct view *view, enum since since)
{
	view->used |= view->rules.has & UINT32_C(1) << since;
	return view->rules.has >> since & 1;
}

static inline bool view_lacks(struct view *view, enum since since)
{
	view->used |= view->rules.lacks & UINT32_C(1) << since;
	return view->rules.lacks >> since & 1;
}

/* Each range once, and by which rules. */
struct ranges {
	struct pool kept;
	struct rules rules;
};

enum { VALUES_LIMIT = 4 };

/* A verifier follows each way by itself: where one leaves a 1 and another one a 10, it is never a
 * number between them. @values are all that it can be, if there are any. */
struct range {
	struct known sure; /* whatever else the verifier has */
	struct known best; /* if it has all that it may have */
	uint32_t rules;	   /* that make the difference, and nobody was asked for */
	uint32_t values_rules;
	uint8_t joins; /* ways that have met in it: they end */
	uint8_t n_values;
	uint64_t values[VALUES_LIMIT];
};

/* 0 is nothing known. */
uint32_t range_keep(struct ranges *ranges, const struct range *range);
struct range range_at(const struct ranges *ranges, uint32_t which);
/* Of a load of so many bytes. */
struct range range_loaded(size_t size);

/* ---- known.c ---- */

/* The lowest @width bits, 1 to 64; as a signed number. */
static inline uint64_t width_mask(unsigned int width)
{
	return UINT64_MAX >> (64 - width);
}

static inline int64_t width_signed(unsigned int width, uint64_t number)
{
	return (int64_t)(number << (64 - width)) >> (64 - width);
}

static inline void bounds_raise(uint64_t *low, uint64_t to)
{
	*low = *low < to ? to : *low;
}

static inline void bounds_lower(uint64_t *high, uint64_t to)
{
	*high = *high > to ? to : *high;
}

void bounds_forget_signed(struct bounds *bounds, unsigned int width);
void bounds_forget_unsigned(struct bounds *bounds, unsigned int width);
void bounds_forget(struct bounds *bounds, unsigned int width);
struct known known_nothing(void);
struct known known_number(uint64_t number);
bool known_same(const struct known *a, const struct known *b);
bool known_empty(const struct known *known);
/* What bits and bounds tell of each other. @across: each half of the other, as comparisons and
 * loads have it with every verifier. */
void known_sync(struct known *known, struct view *view, bool across);

/* ---- arithmetic.c ---- */

struct range range_arithmetic(const struct rules *rules, const struct bpf_insn *insn,
			      const struct range *target, const struct range *source);
struct range range_number(uint64_t number);
/* The lowest bits as a signed number. */
struct range range_extended(const struct rules *rules, const struct range *range,
			    unsigned int bits);
/* One more that it can be; false: they are too many. */
bool range_add_value(struct range *range, uint64_t number);

/* ---- range.c ---- */

struct range range_join(const struct range *a, const struct range *b);
/* As it comes back from the stack; false: nothing of it does. */
bool range_spilled(const struct rules *rules, struct range *range, size_t size);
/* 1: the comparison holds, 0: it does not, -1: it may do either. *needs: if the verifier has what
 * nobody was asked for. */
int range_holds(const struct rules *rules, const struct bpf_insn *insn, const struct range *left,
		const struct range *right, uint32_t *needs);
/* Whether it matters that it is another number. */
bool range_ends_in(const struct ranges *ranges, uint32_t which, uint64_t number);
/* What is known of both once the comparison has come out so. */
void range_refine(const struct rules *rules, const struct bpf_insn *insn, bool holds,
		  struct range *left, struct range *right);
/* The same of a copy of what was compared, before and as it is now. */
void range_follow(const struct rules *rules, struct range *copy, const struct range *compared);

#endif
