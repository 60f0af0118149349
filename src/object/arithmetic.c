/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * arithmetic.c - what instructions make of a number that is known by bits and bounds
 *
 * As verifiers compute it: where bounds may overflow nothing is left of them, unless both do.
 */
#include <linux/bpf.h>

#include <string.h>

#include "object/range.h"

/* What a range of values has with the instruction: of the whole, or of the lower half. */
struct operation {
	unsigned int width;
	uint64_t bits, open; /* of the result */
	uint64_t amount;     /* of a shift */
	struct bounds half;  /* of what is shifted */
	struct view *view;
};

/* ---- operations on bounds ---- */

/* What is left of unsigned bounds, of which some do not fit. */
static void wrap(struct bounds *bounds, bool low, bool high, const struct operation *op)
{
	if ((low || high) && !(low == high && view_has(op->view, SINCE_CARRIES)))
		bounds_forget_unsigned(bounds, op->width);
}

static void add(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	uint64_t mask = width_mask(op->width);
	struct bounds sum = {(a->low + b->low) & mask, (a->high + b->high) & mask, 0, 0};

	if (__builtin_add_overflow(a->least, b->least, &sum.least) ||
	    __builtin_add_overflow(a->most, b->most, &sum.most) ||
	    sum.least != width_signed(op->width, (uint64_t)sum.least) ||
	    sum.most != width_signed(op->width, (uint64_t)sum.most))
		bounds_forget_signed(&sum, op->width);
	wrap(&sum, sum.low < a->low, sum.high < a->high, op);
	*a = sum;
}

static void subtract(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	uint64_t mask = width_mask(op->width);
	struct bounds rest = {(a->low - b->high) & mask, (a->high - b->low) & mask, 0, 0};

	if (__builtin_sub_overflow(a->least, b->most, &rest.least) ||
	    __builtin_sub_overflow(a->most, b->least, &rest.most) ||
	    rest.least != width_signed(op->width, (uint64_t)rest.least) ||
	    rest.most != width_signed(op->width, (uint64_t)rest.most))
		bounds_forget_signed(&rest, op->width);
	wrap(&rest, a->low < b->high, a->high < b->low, op);
	*a = rest;
}

/* Each bound by itself, where it fits. */
static void multiply_any(struct bounds *a, const struct bounds *b, unsigned int width)
{
	int64_t products[4], least = INT64_MAX, most = INT64_MIN;
	bool fits = true;
	size_t i;

	if (__builtin_mul_overflow(a->low, b->low, &a->low) ||
	    __builtin_mul_overflow(a->high, b->high, &a->high) || a->high > width_mask(width))
		bounds_forget_unsigned(a, width);
	for (i = 0; i < 4; i++) {
		fits = fits && !__builtin_mul_overflow(i & 1 ? a->most : a->least,
						       i & 2 ? b->most : b->least, &products[i]);
		fits = fits && products[i] == width_signed(width, (uint64_t)products[i]);
		least = fits && products[i] < least ? products[i] : least;
		most = fits && products[i] > most ? products[i] : most;
	}
	a->least = least;
	a->most = most;
	if (!fits)
		bounds_forget_signed(a, width);
}

static void multiply(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	uint64_t limit = op->width == 32 ? UINT16_MAX : UINT32_MAX;

	if (a->least < 0 || b->least < 0 || a->high > limit || b->high > limit) {
		if (view_has(op->view, SINCE_PRODUCTS))
			multiply_any(a, b, op->width);
		else
			bounds_forget(a, op->width);
		return;
	}
	a->low *= b->low;
	a->high *= b->high;
	bounds_forget_signed(a, op->width);
	if (a->high > (uint64_t)a->most)
		return;
	a->least = (int64_t)a->low;
	a->most = (int64_t)a->high;
}

/* Of two numbers that are not negative neither is what is made of them bit by bit. */
static void take_signs(struct bounds *a, bool natural, const struct operation *op)
{
	bounds_forget_signed(a, op->width);
	if (!natural || a->high > (uint64_t)a->most)
		return;
	a->least = (int64_t)a->low;
	a->most = (int64_t)a->high;
}

static void both(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	bool natural = a->least >= 0 && b->least >= 0;

	a->low = op->bits;
	bounds_lower(&a->high, b->high);
	take_signs(a, natural, op);
}

static void either(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	bool natural = a->least >= 0 && b->least >= 0;

	bounds_raise(&a->low, b->low);
	a->high = op->bits | op->open;
	take_signs(a, natural, op);
}

static void differ(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	bool natural = a->least >= 0 && b->least >= 0;

	a->low = op->bits;
	a->high = op->bits | op->open;
	take_signs(a, natural, op);
}

static void shift_left(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	(void)b;
	if (a->high > UINT64_C(1) << (op->width - 1 - op->amount)) {
		bounds_forget_unsigned(a, op->width);
	} else {
		a->low <<= op->amount;
		a->high <<= op->amount;
	}
	bounds_forget_signed(a, op->width);
	/* The half of a sign extension. */
	if (op->width != 64 || op->amount != 32)
		return;
	if (op->half.most >= 0 || view_has(op->view, SINCE_EXTENSION))
		a->most = (int64_t)((uint64_t)op->half.most << 32);
	if (op->half.least >= 0 || view_has(op->view, SINCE_EXTENSION))
		a->least = (int64_t)((uint64_t)op->half.least << 32);
}

static void shift_right(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	(void)b;
	a->low >>= op->amount;
	a->high >>= op->amount;
	bounds_forget_signed(a, op->width);
}

static void shift_signed(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	(void)b;
	a->least >>= op->amount;
	a->most >>= op->amount;
	bounds_forget_unsigned(a, op->width);
}

static void divide(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	a->low /= b->low;
	a->high /= b->low;
	bounds_forget_signed(a, op->width);
}

static void rest(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	if (a->high >= b->low) {
		a->low = 0;
		bounds_lower(&a->high, b->low - 1);
	}
	bounds_forget_signed(a, op->width);
}

/* ---- operations on bits: as the kernel's tnum.c ---- */

struct bits {
	uint64_t bits, open;
};

static struct bits bits_add(struct bits a, struct bits b)
{
	uint64_t least = a.bits + b.bits, most = least + a.open + b.open;
	uint64_t open = (most ^ least) | a.open | b.open;

	return (struct bits){least & ~open, open};
}

static struct bits bits_subtract(struct bits a, struct bits b)
{
	uint64_t middle = a.bits - b.bits;
	uint64_t open = ((middle + a.open) ^ (middle - b.open)) | a.open | b.open;

	return (struct bits){middle & ~open, open};
}

static struct bits bits_multiply(struct bits a, struct bits b)
{
	struct bits sum = {0, 0};
	uint64_t product = a.bits * b.bits;

	for (; a.bits || a.open; a.bits >>= 1, a.open >>= 1, b.bits <<= 1, b.open <<= 1) {
		if (a.bits & 1)
			sum = bits_add(sum, (struct bits){0, b.open});
		else if (a.open & 1)
			sum = bits_add(sum, (struct bits){0, b.bits | b.open});
	}
	return bits_add((struct bits){product, 0}, sum);
}

static struct bits bits_both(struct bits a, struct bits b)
{
	uint64_t bits = a.bits & b.bits;

	return (struct bits){bits, (a.bits | a.open) & (b.bits | b.open) & ~bits};
}

static struct bits bits_either(struct bits a, struct bits b)
{
	uint64_t bits = a.bits | b.bits;

	return (struct bits){bits, (a.open | b.open) & ~bits};
}

static struct bits bits_differ(struct bits a, struct bits b)
{
	uint64_t open = a.open | b.open;

	return (struct bits){(a.bits ^ b.bits) & ~open, open};
}

static struct bits bits_left(struct bits a, struct bits b)
{
	return (struct bits){a.bits << b.bits, a.open << b.bits};
}

static struct bits bits_right(struct bits a, struct bits b)
{
	return (struct bits){a.bits >> b.bits, a.open >> b.bits};
}

static struct bits bits_signed(struct bits a, struct bits b)
{
	return (struct bits){(uint64_t)((int64_t)a.bits >> b.bits),
			     (uint64_t)((int64_t)a.open >> b.bits)};
}

static struct bits bits_nothing(struct bits a, struct bits b)
{
	(void)a;
	(void)b;
	return (struct bits){0, UINT64_MAX};
}

/* ---- instructions ---- */

#define ROW(operation) ((operation) >> 4)

static const struct {
	void (*bounds)(struct bounds *a, const struct bounds *b, const struct operation *op);
	struct bits (*bits)(struct bits a, struct bits b);
	bool constant; /* known of a constant second operand only */
	bool late;     /* until SINCE_OPERANDS, too */
	bool shifts, divides;
} rows[16] = {
	[ROW(BPF_ADD)] = {.bounds = add, .bits = bits_add},
	[ROW(BPF_SUB)] = {.bounds = subtract, .bits = bits_subtract},
	[ROW(BPF_MUL)] = {.bounds = multiply, .bits = bits_multiply, .late = true},
	[ROW(BPF_AND)] = {.bounds = both, .bits = bits_both},
	[ROW(BPF_OR)] = {.bounds = either, .bits = bits_either, .late = true},
	[ROW(BPF_XOR)] = {.bounds = differ, .bits = bits_differ, .late = true},
	[ROW(BPF_LSH)] = {.bounds = shift_left,
			  .bits = bits_left,
			  .constant = true,
			  .shifts = true},
	[ROW(BPF_RSH)] = {.bounds = shift_right,
			  .bits = bits_right,
			  .constant = true,
			  .shifts = true},
	[ROW(BPF_ARSH)] = {.bounds = shift_signed,
			   .bits = bits_signed,
			   .constant = true,
			   .shifts = true},
	[ROW(BPF_DIV)] = {.bounds = divide,
			  .bits = bits_nothing,
			  .constant = true,
			  .divides = true},
	[ROW(BPF_MOD)] = {.bounds = rest, .bits = bits_nothing, .constant = true, .divides = true},
};

/* The lower half in a register of its own, as after every instruction of 32 bits. */
static void keep_half(struct known *known)
{
	known->bits = (uint32_t)known->bits;
	known->open = (uint32_t)known->open;
	known->wide = (struct bounds){known->half.low, known->half.high, 0, UINT32_MAX};
	if (known->half.least < 0)
		return;
	known->wide.least = known->half.least;
	known->wide.most = known->half.most;
}

static struct bits subregister(const struct known *known, bool wide, bool sign)
{
	struct bits bits = {known->bits, known->open};

	if (wide)
		return bits;
	if (sign) /* the arithmetic shift below fills up with copies of bit 31 */
		return (struct bits){(uint64_t)(int64_t)(int32_t)bits.bits,
				     (uint64_t)(int64_t)(int32_t)bits.open};
	return (struct bits){(uint32_t)bits.bits, (uint32_t)bits.open};
}

static bool computes(const struct bpf_insn *insn, const struct known *source, unsigned int width,
		     struct view *view)
{
	uint8_t op = BPF_OP(insn->code) >> 4;
	uint64_t open = source->open & width_mask(width);

	if (!rows[op].bounds || insn->off || (rows[op].constant && open))
		return false;
	if (rows[op].late && open && !view_has(view, SINCE_OPERANDS))
		return false;
	if (rows[op].divides)
		return view_has(view, SINCE_DIVISION);
	return !rows[op].shifts || source->wide.high < width;
}

/* What cannot be computed of halves: up to 6.10 the other is 0 if the operand is a constant. */
static struct known uncomputed(const struct known *source, bool wide, struct view *view)
{
	struct known result = known_nothing();

	if (!wide && !(source->open & UINT32_MAX) && view_lacks(view, SINCE_OPERANDS))
		keep_half(&result);
	return result;
}

/* A rest of what is less, or by 0, is all of it. A quotient by 0 is 0. */
static bool divides_nothing(const struct bpf_insn *insn, const struct known *target,
			    uint64_t divisor, struct known *result)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64, is_rest = BPF_OP(insn->code) == BPF_MOD;

	if (divisor && !(is_rest && (wide ? target->wide : target->half).high < divisor))
		return false;
	*result = is_rest ? *target : known_number(0);
	if (!wide)
		keep_half(result);
	return true;
}

static struct known compute(const struct bpf_insn *insn, const struct known *target,
			    const struct known *source, struct view *view)
{
	uint8_t op = BPF_OP(insn->code) >> 4;
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	struct known result = *target;
	struct operation operation = {.width = 64, .half = target->half, .view = view};
	struct bits bits;

	if (!computes(insn, source, wide ? 64 : 32, view))
		return uncomputed(source, wide, view);
	if (rows[op].divides &&
	    divides_nothing(insn, target, source->bits & width_mask(wide ? 64 : 32), &result))
		return result;
	bits = rows[op].bits(subregister(target, wide, op == BPF_ARSH >> 4),
			     subregister(source, wide, false));
	result.bits = operation.bits = bits.bits;
	result.open = operation.open = bits.open;
	operation.amount = source->bits & 63;
	if (wide)
		rows[op].bounds(&result.wide, &source->wide, &operation);
	operation.width = 32;
	operation.bits = (uint32_t)bits.bits;
	operation.open = (uint32_t)bits.open;
	/* Of a half that bits come into from above the bounds are gone. */
	if (wide && (rows[op].divides || (rows[op].shifts && op != BPF_LSH >> 4)))
		bounds_forget(&result.half, 32);
	else if (computes(insn, source, 32, view))
		rows[op].bounds(&result.half, &source->half, &operation);
	else
		bounds_forget(&result.half, 32);
	if (!wide)
		keep_half(&result);
	return result;
}

/* Negation is subtraction from 0. */
static struct known negate(const struct bpf_insn *insn, const struct known *target,
			   const struct known *source, struct view *view)
{
	const struct bpf_insn subtraction = {.code = BPF_CLASS(insn->code) | BPF_SUB};
	const struct known zero = known_number(0);

	(void)source;
	return view_has(view, SINCE_NEGATION) ? compute(&subtraction, &zero, target, view)
					      : known_nothing();
}

/* The lowest bits as a signed number, 6.6 (8100928c8814): where the others are the same in both
 * bounds those are kept. */
static struct known extend(const struct known *source, unsigned int bits, unsigned int width)
{
	const struct bounds *bounds = width == 32 ? &source->half : &source->wide;
	int64_t least = -(INT64_C(1) << (bits - 1)), most = ~least;
	int64_t a = width_signed(bits, (uint64_t)bounds->least);
	int64_t b = width_signed(bits, (uint64_t)bounds->most);
	struct known result = known_nothing();

	if (bounds->least >> bits == bounds->most >> bits && (a < 0) == (b < 0)) {
		least = a < b ? a : b;
		most = a < b ? b : a;
	}
	result.half.least = least;
	result.half.most = most;
	if (width == 32)
		return result;
	result.wide.least = least;
	result.wide.most = most;
	return result;
}

static bool is_extension(const struct bpf_insn *insn)
{
	return (insn->off == 8 || insn->off == 16 || insn->off == 32) && !insn->imm &&
	       BPF_SRC(insn->code) == BPF_X;
}

static struct known move(const struct bpf_insn *insn, const struct known *target,
			 const struct known *source, struct view *view)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	struct known result = *source;

	(void)target;
	(void)view;
	if (insn->off && !is_extension(insn))
		return known_nothing();
	if (insn->off)
		result = extend(source, (unsigned int)insn->off, wide ? 64 : 32);
	if (!wide)
		keep_half(&result);
	return result;
}

/* The lowest bits alone, as coerce_reg_to_size() has them. */
static struct known truncate(const struct known *known, unsigned int width)
{
	uint64_t mask = width_mask(width);
	struct known result = *known;

	result.bits &= mask;
	result.open &= mask;
	if ((result.wide.low ^ result.wide.high) & ~mask)
		bounds_forget_unsigned(&result.wide, width);
	result.wide.low &= mask;
	result.wide.high &= mask;
	result.wide.least = (int64_t)result.wide.low;
	result.wide.most = (int64_t)result.wide.high;
	if (width < 32)
		bounds_forget(&result.half, 32);
	return result;
}

/* As on a machine that is little endian. */
static struct known swap(const struct bpf_insn *insn, const struct known *target,
			 const struct known *source, struct view *view)
{
	bool reverses = BPF_CLASS(insn->code) == BPF_ALU64 || BPF_SRC(insn->code) == BPF_TO_BE;
	struct known result = known_nothing();
	unsigned int above = 64 - (unsigned int)insn->imm;

	(void)source;
	if ((insn->imm != 16 && insn->imm != 32 && insn->imm != 64) || !view_has(view, SINCE_SWAPS))
		return result;
	if (!reverses)
		return insn->imm == 64 ? *target : truncate(target, (unsigned int)insn->imm);
	result.bits = __builtin_bswap64(target->bits) >> above;
	result.open = __builtin_bswap64(target->open) >> above;
	return result;
}

static struct known result_of(const struct bpf_insn *insn, const struct known *target,
			      const struct known *source, struct view *view)
{
	uint8_t op = BPF_OP(insn->code);
	struct known result = (op == BPF_NEG   ? negate
			       : op == BPF_END ? swap
			       : op == BPF_MOV ? move
					       : compute)(insn, target, source, view);

	/* A whole register that is moved stays as it is. */
	if (op != BPF_MOV || insn->off || BPF_CLASS(insn->code) == BPF_ALU)
		known_sync(&result, view, false);
	return known_empty(&result) ? known_nothing() : result;
}

/* ---- ranges ---- */

struct range range_number(uint64_t number)
{
	return (struct range){.sure = known_number(number),
			      .best = known_number(number),
			      .n_values = 1,
			      .values = {number}};
}

static void forget_values(struct range *range)
{
	range->n_values = 0;
	range->values_rules = 0;
	memset(range->values, 0, sizeof(range->values));
}

bool range_add_value(struct range *range, uint64_t number)
{
	size_t i, n = range->n_values;

	for (i = 0; i < n && range->values[i] != number; i++)
		;
	if (i < n)
		return true;
	if (n >= VALUES_LIMIT) {
		forget_values(range);
		return false;
	}
	/* sorted, so that equal ones are the same */
	for (; i && range->values[i - 1] > number; i--)
		range->values[i] = range->values[i - 1];
	range->values[i] = number;
	range->n_values++;
	return true;
}

/* Of 0 and -1, a condition as a mask, verifiers follow either by itself (maybe_fork_scalars()). */
static bool is_mask(const struct bpf_insn *insn, const struct range *target,
		    const struct range *source)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	const struct bounds *bounds = wide ? &target->best.wide : &target->best.half;
	uint8_t op = BPF_OP(insn->code);

	return (op == BPF_AND || op == BPF_OR) && !target->n_values && !source->best.open &&
	       bounds->least == -1 && bounds->most == 0;
}

static const struct range masks = {.n_values = 2, .values = {0, UINT64_MAX}};

/* What comes of each value of the one with each of the other. */
static void compute_values(const struct rules *rules, const struct bpf_insn *insn,
			   const struct range *target, const struct range *source,
			   struct range *result)
{
	struct view view = view_best(rules);
	struct known a, b;
	size_t i, j;

	if (is_mask(insn, target, source) && view_has(&view, SINCE_BITS)) {
		view.used |= target->rules;
		target = &masks;
	}
	for (i = 0; i < target->n_values; i++)
		for (j = 0; j < source->n_values; j++) {
			a = known_number(target->values[i]);
			b = known_number(source->values[j]);
			a = result_of(insn, &a, &b, &view);
			if (a.open || !range_add_value(result, a.bits)) {
				forget_values(result);
				return;
			}
		}
	result->values_rules =
		(target->values_rules | source->values_rules | view.used) & ~rules->has;
}

struct range range_arithmetic(const struct rules *rules, const struct bpf_insn *insn,
			      const struct range *target, const struct range *source)
{
	struct view sure = view_sure(rules), best = view_best(rules);
	struct range result = {.sure = result_of(insn, &target->sure, &source->sure, &sure),
			       .best = result_of(insn, &target->best, &source->best, &best)};

	result.rules = (target->rules | source->rules | best.used) & ~rules->has;
	compute_values(rules, insn, target, source, &result);
	return result;
}

struct range range_extended(const struct rules *rules, const struct range *range, unsigned int bits)
{
	const struct bpf_insn insn = {.code = BPF_ALU64 | BPF_MOV | BPF_X, .off = (int16_t)bits};

	return range_arithmetic(rules, &insn, range, range);
}
