/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * range.c - numbers that only the run decides: where ways meet, what comparisons tell and decide
 */
#include <linux/bpf.h>
#include <stdlib.h>

#include "object/range.h"

enum {
	KEPT_LIMIT = 1 << 16, /* different ranges of a program; of more nothing is known */
	JOINS_LIMIT = 6,
};

/* What a feature has for it: the release, and what is tried. */
static const struct {
	const char *version, *tried;
} releases[SINCE_COUNT] = {
	[SINCE_BOUNDS] = {">=5.10", NULL},
	[SINCE_COPIES] = {">=5.11", "ranges_5.11"},
	[SINCE_HALF_SLOTS] = {">=5.16", "ranges_5.16"},
	[SINCE_EQUALITY] = {">=6.4", "ranges_6.4"},
	[SINCE_PAIRS] = {">=6.8", "ranges_6.8"},
	[SINCE_OPERANDS] = {">=6.10", "ranges_6.10"},
	[SINCE_READS] = {">=6.14", "ranges_6.14"},
	[SINCE_PRODUCTS] = {">=6.14", "ranges_products"},
	[SINCE_SIGNS] = {">=6.17", "ranges_6.17"},
	[SINCE_CARRIES] = {">=6.17", "ranges_carried"},
	[SINCE_BITS] = {">=6.18", "ranges_6.18"},
	[SINCE_NEGATION] = {">=6.18", "ranges_negated"},
	[SINCE_EXTENSION] = {">=7.0", "ranges_extended"},
	[SINCE_SINGLE] = {">=7.0", "ranges_single"},
	[SINCE_SWAPS] = {">=7.0", "ranges_swapped"},
	[SINCE_SAME] = {">=7.0", "ranges_same"},
	[SINCE_DIVISION] = {">=7.0", "ranges_7.0"},
	[UNTIL_MASKS] = {"<6.17", "ranges_masked"},
};

const char *since_versions(enum since since)
{
	return releases[since].version;
}

const char *since_ranges(enum since since)
{
	return releases[since].tried;
}

/* ---- each once ---- */

static struct range nothing(void)
{
	const struct known known = known_nothing();

	return (struct range){.sure = known, .best = known};
}

static bool same_range(const void *one, const void *other)
{
	const struct range *a = one, *b = other;

	return known_same(&a->sure, &b->sure) && known_same(&a->best, &b->best) &&
	       a->rules == b->rules && a->joins == b->joins && a->n_values == b->n_values &&
	       a->values_rules == b->values_rules &&
	       memcmp(a->values, b->values, sizeof(a->values)) == 0;
}

static uint64_t mix(uint64_t hash, uint64_t number)
{
	return (hash ^ number ^ number >> 32) * UINT64_C(0x9e3779b97f4a7c15);
}

static size_t hash_of(const void *item)
{
	const struct range *range = item;
	const struct known *known = &range->best;
	uint64_t hash = mix(range->rules, range->joins);

	hash = mix(mix(hash, known->bits), known->open);
	hash = mix(mix(hash, known->wide.low), known->wide.high);
	hash = mix(mix(hash, (uint64_t)known->wide.least), (uint64_t)known->wide.most);
	hash = mix(mix(hash, known->half.low), known->half.high);
	hash = mix(mix(hash, range->sure.open), range->sure.wide.high);
	hash = mix(mix(hash, range->n_values), range->values[0] ^ range->values[1] << 7);
	return (size_t)(hash >> 32);
}

static const struct pool_kind ranges_kind = {sizeof(struct range), KEPT_LIMIT, hash_of, same_range};

uint32_t range_keep(struct ranges *ranges, const struct range *range)
{
	struct range kept = *range, top = nothing();

	if (known_same(&kept.sure, &kept.best))
		kept.rules = 0;
	if (known_same(&kept.sure, &top.sure) && !kept.rules && !kept.n_values)
		return 0;
	return pool_number(&ranges->kept, &ranges_kind, &kept);
}

struct range range_at(const struct ranges *ranges, uint32_t which)
{
	const struct range *range = pool_at(&ranges->kept, &ranges_kind, which);

	return range ? *range : nothing();
}

struct range range_loaded(size_t size)
{
	struct range range = nothing();
	struct view view = {0};

	if (size >= sizeof(uint64_t))
		return range;
	range.sure.open = width_mask(8 * (unsigned int)size);
	known_sync(&range.sure, &view, true);
	range.best = range.sure;
	return range;
}

/* ---- where ways meet ---- */

static struct bounds join_bounds(const struct bounds *a, const struct bounds *b)
{
	return (struct bounds){
		a->low < b->low ? a->low : b->low, a->high > b->high ? a->high : b->high,
		a->least < b->least ? a->least : b->least, a->most > b->most ? a->most : b->most};
}

static struct known join_known(const struct known *a, const struct known *b)
{
	struct known known = {.open = a->open | b->open | (a->bits ^ b->bits),
			      .wide = join_bounds(&a->wide, &b->wide),
			      .half = join_bounds(&a->half, &b->half)};

	known.bits = a->bits & ~known.open;
	return known;
}

static void join_values(struct range *joined, const struct range *a, const struct range *b)
{
	size_t i;

	if (!a->n_values || !b->n_values)
		return;
	joined->n_values = a->n_values;
	memcpy(joined->values, a->values, sizeof(joined->values));
	joined->values_rules = a->values_rules | b->values_rules;
	for (i = 0; i < b->n_values; i++)
		if (!range_add_value(joined, b->values[i]))
			return;
}

struct range range_join(const struct range *a, const struct range *b)
{
	struct range joined = {.sure = join_known(&a->sure, &b->sure),
			       .best = join_known(&a->best, &b->best),
			       .rules = a->rules | b->rules,
			       .joins = a->joins > b->joins ? a->joins : b->joins};

	join_values(&joined, a, b);
	if (same_range(&joined, a))
		return joined;
	/* A loop may widen it turn by turn. */
	if (++joined.joins > JOINS_LIMIT)
		return nothing();
	return joined;
}

bool range_spilled(const struct rules *rules, struct range *range, size_t size)
{
	enum since since = size == sizeof(uint64_t) ? SINCE_COPIES : SINCE_HALF_SLOTS;
	struct view view = view_best(rules);

	if (size < sizeof(uint32_t) ||
	    (size == sizeof(uint32_t) && range->best.wide.high > UINT32_MAX) ||
	    !view_has(&view, since))
		return false;
	view.used &= ~rules->has;
	if (view.used)
		range->sure = known_nothing();
	range->rules |= view.used;
	if (size < sizeof(uint64_t))
		range->values_rules |= view.used;
	return true;
}

/* ---- comparisons ---- */

enum relation { RELATION_EQUAL, RELATION_GREATER, RELATION_SET };

/* What a comparison is once it is turned round. */
struct comparison {
	enum relation relation;
	bool with_equal, is_signed, turned, negated;
};

static const struct comparison comparisons[16] = {
	[BPF_JEQ >> 4] = {RELATION_EQUAL, false, false, false, false},
	[BPF_JNE >> 4] = {RELATION_EQUAL, false, false, false, true},
	[BPF_JSET >> 4] = {RELATION_SET, false, false, false, false},
	[BPF_JGT >> 4] = {RELATION_GREATER, false, false, false, false},
	[BPF_JGE >> 4] = {RELATION_GREATER, true, false, false, false},
	[BPF_JLT >> 4] = {RELATION_GREATER, false, false, true, false},
	[BPF_JLE >> 4] = {RELATION_GREATER, true, false, true, false},
	[BPF_JSGT >> 4] = {RELATION_GREATER, false, true, false, false},
	[BPF_JSGE >> 4] = {RELATION_GREATER, true, true, false, false},
	[BPF_JSLT >> 4] = {RELATION_GREATER, false, true, true, false},
	[BPF_JSLE >> 4] = {RELATION_GREATER, true, true, true, false},
};

static bool is_wide(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP;
}

static uint64_t whole(const struct bpf_insn *insn)
{
	return is_wide(insn) ? UINT64_MAX : UINT32_MAX;
}

static const struct bounds *bounds_of(const struct bpf_insn *insn, const struct known *known)
{
	return is_wide(insn) ? &known->wide : &known->half;
}

static bool is_constant(const struct bpf_insn *insn, const struct known *known)
{
	return !(known->open & whole(insn));
}

/* Before that a constant is on the right. */
static bool compares(const struct bpf_insn *insn, const struct known *a, const struct known *b,
		     struct view *view)
{
	if (is_constant(insn, b))
		return true;
	return view_has(view, is_constant(insn, a) ? SINCE_EQUALITY : SINCE_PAIRS);
}

static bool apart(const struct bounds *a, const struct bounds *b)
{
	return a->low > b->high || a->high < b->low || a->least > b->most || a->most < b->least;
}

static int equal(const struct bpf_insn *insn, const struct known *a, const struct known *b,
		 struct view *view)
{
	uint64_t fixed = ~(a->open | b->open) & whole(insn);
	bool constant = is_constant(insn, a) || is_constant(insn, b);

	if (is_constant(insn, a) && is_constant(insn, b))
		return !((a->bits ^ b->bits) & whole(insn));
	if (apart(bounds_of(insn, a), bounds_of(insn, b)) &&
	    view_has(view, constant ? SINCE_EQUALITY : SINCE_PAIRS))
		return 0;
	if (apart(&a->half, &b->half) && view_has(view, SINCE_PAIRS))
		return 0;
	return (a->bits ^ b->bits) & fixed && view_has(view, SINCE_BITS) ? 0 : -1;
}

static int greater(const struct bpf_insn *insn, const struct known *a, const struct known *b,
		   const struct comparison *comparison)
{
	const struct bounds *left = bounds_of(insn, a), *right = bounds_of(insn, b);
	bool with = comparison->with_equal;

	if (comparison->is_signed) {
		if (left->least > right->most || (with && left->least == right->most))
			return 1;
		return left->most < right->least || (!with && left->most == right->least) ? 0 : -1;
	}
	if (left->low > right->high || (with && left->low == right->high))
		return 1;
	return left->high < right->low || (!with && left->high == right->low) ? 0 : -1;
}

/* Of two ranges verifiers do not know. */
static int set(const struct bpf_insn *insn, const struct known *a, const struct known *b)
{
	if (!is_constant(insn, a) && !is_constant(insn, b))
		return -1;
	if (a->bits & b->bits & whole(insn))
		return 1;
	return (a->bits | a->open) & (b->bits | b->open) & whole(insn) ? -1 : 0;
}

/* A register with itself. */
static int holds_of_same(const struct bpf_insn *insn, const struct known *known)
{
	const struct comparison *comparison = &comparisons[BPF_OP(insn->code) >> 4];

	if (comparison->relation == RELATION_EQUAL)
		return !comparison->negated;
	if (comparison->relation == RELATION_GREATER)
		return comparison->with_equal;
	return known->wide.least > 0 || known->wide.most < 0 ? 1 : -1;
}

static int holds(const struct bpf_insn *insn, const struct known *a, const struct known *b,
		 struct view *view)
{
	const struct comparison *comparison = &comparisons[BPF_OP(insn->code) >> 4];
	int result;

	if (BPF_SRC(insn->code) == BPF_X && insn->dst_reg == insn->src_reg &&
	    view_has(view, SINCE_SAME))
		return holds_of_same(insn, a);
	if (comparison->relation == RELATION_EQUAL) {
		result = equal(insn, a, b, view);
		return comparison->negated && result >= 0 ? !result : result;
	}
	if (comparison->relation == RELATION_SET)
		result = set(insn, a, b);
	else
		result = comparison->turned ? greater(insn, b, a, comparison)
					    : greater(insn, a, b, comparison);
	return result >= 0 && compares(insn, a, b, view) ? result : -1;
}

static bool holds_of(const struct bpf_insn *insn, uint64_t left, uint64_t right)
{
	const struct known a = known_number(left), b = known_number(right);
	struct view view = {0};

	return holds(insn, &a, &b, &view) == 1;
}

/* On every way the same, whichever of its values a number has there; -1 */
static int holds_for_values(const struct bpf_insn *insn, const struct range *left,
			    const struct range *right)
{
	int result = -1, one;
	size_t i, j;

	for (i = 0; i < left->n_values; i++)
		for (j = 0; j < right->n_values; j++) {
			one = holds_of(insn, left->values[i], right->values[j]);
			if (result >= 0 && one != result)
				return -1;
			result = one;
		}
	return result;
}

int range_holds(const struct rules *rules, const struct bpf_insn *insn, const struct range *left,
		const struct range *right, uint32_t *needs)
{
	struct view sure = view_sure(rules), best = view_best(rules);
	int result = holds(insn, &left->sure, &right->sure, &sure);

	*needs = 0;
	if (result >= 0)
		return result;
	result = holds_for_values(insn, left, right);
	*needs = (left->values_rules | right->values_rules) & ~rules->has;
	if (result >= 0)
		return result;
	result = holds(insn, &left->best, &right->best, &best);
	*needs = (left->rules | right->rules | best.used) & ~rules->has;
	return result;
}

/* ---- what a comparison tells ---- */

static struct bounds *bounds_in(const struct bpf_insn *insn, struct known *known)
{
	return is_wide(insn) ? &known->wide : &known->half;
}

static void meet(struct bounds *bounds, uint64_t low, uint64_t high)
{
	if (bounds->low < low)
		bounds->low = low;
	if (bounds->high > high)
		bounds->high = high;
}

static void meet_signed(struct bounds *bounds, int64_t least, int64_t most)
{
	if (bounds->least < least)
		bounds->least = least;
	if (bounds->most > most)
		bounds->most = most;
}

/* @a is greater than @b, or equal. A bound at the end of all numbers leaves nothing. */
static void refine_greater(const struct bpf_insn *insn, struct known *a, struct known *b,
			   bool with_equal, bool is_signed)
{
	struct bounds *left = bounds_in(insn, a), *right = bounds_in(insn, b), was = *left;
	uint64_t low = right->low + !with_equal, high = was.high - !with_equal;
	int64_t by = !with_equal, least, most;

	if (is_signed) {
		if (__builtin_add_overflow(right->least, by, &least) ||
		    __builtin_sub_overflow(was.most, by, &most))
			return;
		meet_signed(left, least, INT64_MAX);
		meet_signed(right, INT64_MIN, most);
		return;
	}
	if ((!with_equal && !low) || (!with_equal && !was.high))
		return;
	meet(left, low, UINT64_MAX);
	meet(right, 0, high);
}

static void refine_equal(const struct bpf_insn *insn, struct known *a, struct known *b)
{
	struct bounds *left = bounds_in(insn, a), *right = bounds_in(insn, b);
	uint64_t above = ~whole(insn);

	meet(left, right->low, right->high);
	meet_signed(left, right->least, right->most);
	*right = *left;
	a->bits |= b->bits & ~above;
	a->open &= b->open | above;
	a->bits &= ~a->open;
	b->bits |= a->bits & ~above;
	b->open &= a->open | above;
	b->bits &= ~b->open;
}

static void refine_unequal(const struct bpf_insn *insn, struct known *a, const struct known *b)
{
	struct bounds *left = bounds_in(insn, a);
	const struct bounds *right = bounds_of(insn, b);

	if (!is_constant(insn, b) || left->low == left->high)
		return;
	left->low += left->low == right->low;
	left->high -= left->high == right->low;
	left->least += left->least == right->least;
	left->most -= left->most == right->least;
}

static bool ends_in(const struct known *known, uint64_t number)
{
	uint32_t half = (uint32_t)number;

	return known->wide.low == number || known->wide.high == number ||
	       known->wide.least == (int64_t)number || known->wide.most == (int64_t)number ||
	       known->half.low == half || known->half.high == half ||
	       known->half.least == (int32_t)half || known->half.most == (int32_t)half;
}

bool range_ends_in(const struct ranges *ranges, uint32_t which, uint64_t number)
{
	const struct range *range = pool_at(&ranges->kept, &ranges_kind, which);

	return range ? range->n_values || ends_in(&range->best, number) : !number || !~number;
}

/* Where none of the bits is set newer verifiers forget the bounds (6279846b9b25). */
static void refine_bits(const struct bpf_insn *insn, struct known *a, const struct known *b,
			bool holds, struct view *view)
{
	uint64_t number = b->bits & whole(insn);

	if (!holds) {
		if (!view_has(view, UNTIL_MASKS)) {
			bounds_forget(&a->wide, 64);
			bounds_forget(&a->half, 32);
		}
		a->bits &= ~number;
		a->open &= ~number;
	} else if (number && !(number & (number - 1))) {
		a->bits |= number;
		a->open &= ~number;
	}
}

/* Two ranges, and what inequality tells, since 6.8. */
static bool is_refined(const struct bpf_insn *insn, bool unequal, const struct known *a,
		       const struct known *b, struct view *view)
{
	bool constant = is_constant(insn, a) || is_constant(insn, b);

	return (constant && !unequal) || view_has(view, SINCE_PAIRS);
}

static void refine(const struct bpf_insn *insn, bool holds, struct known *a, struct known *b,
		   struct view *view)
{
	const struct comparison *comparison = &comparisons[BPF_OP(insn->code) >> 4];
	bool unequal = comparison->relation == RELATION_EQUAL && comparison->negated == holds;
	bool turned = comparison->turned != !holds;
	const struct known *constant;

	if (!is_refined(insn, unequal, a, b, view))
		return;
	if (comparison->relation == RELATION_SET) {
		constant = is_constant(insn, b) ? b : a;
		if (is_constant(insn, constant))
			refine_bits(insn, constant == b ? a : b, constant, holds, view);
	} else if (comparison->relation == RELATION_GREATER) {
		refine_greater(insn, turned ? b : a, turned ? a : b,
			       comparison->with_equal == holds, comparison->is_signed);
	} else if (unequal) {
		refine_unequal(insn, a, b);
		refine_unequal(insn, b, a);
	} else {
		refine_equal(insn, a, b);
	}
	known_sync(a, view, true);
	known_sync(b, view, true);
}

/* Those of its values that the comparison leaves. */
static void choose_values(const struct bpf_insn *insn, bool holds, struct range *chosen,
			  const struct range *other, bool turned)
{
	struct range range = *chosen;
	bool fits;
	size_t i, j;

	if (!other->n_values)
		return;
	range.n_values = 0;
	memset(range.values, 0, sizeof(range.values));
	for (i = 0; i < chosen->n_values; i++) {
		fits = false;
		for (j = 0; j < other->n_values && !fits; j++)
			fits = holds_of(insn, turned ? other->values[j] : chosen->values[i],
					turned ? chosen->values[i] : other->values[j]) == holds;
		if (fits)
			range_add_value(&range, chosen->values[i]);
	}
	if (!range.n_values)
		return;
	range.values_rules |= other->values_rules;
	*chosen = range;
}

void range_refine(const struct rules *rules, const struct bpf_insn *insn, bool holds,
		  struct range *left, struct range *right)
{
	struct view sure = view_sure(rules), best = view_best(rules);
	struct range a = *left, b = *right;

	refine(insn, holds, &a.sure, &b.sure, &sure);
	refine(insn, holds, &a.best, &b.best, &best);
	a.rules = b.rules = (left->rules | right->rules | best.used) & ~rules->has;
	choose_values(insn, holds, &a, right, false);
	choose_values(insn, holds, &b, left, true);
	if (known_empty(&a.sure) || known_empty(&b.sure))
		return;
	/* Verifiers that know best do not come here: what the others know is left. */
	if (known_empty(&a.best) || known_empty(&b.best)) {
		a.best = a.sure;
		b.best = b.sure;
	}
	*left = a;
	*right = b;
}

void range_follow(const struct rules *rules, struct range *copy, const struct range *compared)
{
	struct view view = view_best(rules);

	if (compared->n_values) {
		copy->n_values = compared->n_values;
		copy->values_rules = compared->values_rules;
		memcpy(copy->values, compared->values, sizeof(copy->values));
	}
	if (!view_has(&view, SINCE_COPIES))
		return;
	view.used &= ~rules->has;
	if (!view.used)
		copy->sure = compared->sure;
	copy->best = compared->best;
	copy->rules = compared->rules | copy->rules | view.used;
}
