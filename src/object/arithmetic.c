/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * arithmetic.c - what instructions make of a number that is known by bits and bounds
 *
 * As verifiers compute it: where bounds may overflow nothing is left of them.
 */
#include <linux/bpf.h>

#include "object/range.h"

/* What a range of values has with the instruction: of the whole, or of the lower half. */
struct operation {
	unsigned int width;
	uint64_t bits, open; /* of the result */
	uint64_t amount;     /* of a shift */
	struct bounds half;  /* of what is shifted */
	bool signs;	     /* also if it may be negative */
};

/* ---- operations on bounds ---- */

static void add(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	uint64_t mask = width_mask(op->width);
	struct bounds sum = {(a->low + b->low) & mask, (a->high + b->high) & mask, 0, 0};

	if (__builtin_add_overflow(a->least, b->least, &sum.least) ||
	    __builtin_add_overflow(a->most, b->most, &sum.most) ||
	    sum.least != width_signed(op->width, (uint64_t)sum.least) ||
	    sum.most != width_signed(op->width, (uint64_t)sum.most))
		bounds_forget_signed(&sum, op->width);
	if (sum.low < a->low || sum.high < a->high)
		bounds_forget_unsigned(&sum, op->width);
	*a = sum;
}

static void subtract(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	struct bounds rest = {a->low - b->high, a->high - b->low, 0, 0};

	if (__builtin_sub_overflow(a->least, b->most, &rest.least) ||
	    __builtin_sub_overflow(a->most, b->least, &rest.most) ||
	    rest.least != width_signed(op->width, (uint64_t)rest.least) ||
	    rest.most != width_signed(op->width, (uint64_t)rest.most))
		bounds_forget_signed(&rest, op->width);
	if (a->low < b->high)
		bounds_forget_unsigned(&rest, op->width);
	*a = rest;
}

static void multiply(struct bounds *a, const struct bounds *b, const struct operation *op)
{
	uint64_t limit = op->width == 32 ? UINT16_MAX : UINT32_MAX;

	if (a->least < 0 || b->least < 0 || a->high > limit || b->high > limit) {
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
	if (op->width == 64 && op->amount == 32 && (op->half.most >= 0 || op->signs))
		a->most = (int64_t)((uint64_t)op->half.most << 32);
	if (op->width == 64 && op->amount == 32 && (op->half.least >= 0 || op->signs))
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

static bool computes(uint8_t op, const struct known *source, unsigned int width)
{
	uint64_t number = source->bits & width_mask(width);

	if (!rows[op].bounds)
		return false;
	if (rows[op].constant && source->open & width_mask(width))
		return false;
	return !(rows[op].shifts && number >= width) && !(rows[op].divides && !number);
}

static struct known compute(const struct bpf_insn *insn, const struct known *target,
			    const struct known *source, bool eager)
{
	uint8_t op = BPF_OP(insn->code) >> 4;
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	struct known result = *target;
	struct operation operation = {.width = 64, .half = target->half, .signs = eager};
	struct bits bits;

	if (insn->off || !computes(op, source, wide ? 64 : 32)) {
		result = known_nothing();
	} else {
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
		else if (computes(op, source, 32))
			rows[op].bounds(&result.half, &source->half, &operation);
		else
			bounds_forget(&result.half, 32);
	}
	if (!wide)
		keep_half(&result);
	known_sync(&result, eager);
	return known_empty(&result) ? known_nothing() : result;
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

static struct known move(const struct bpf_insn *insn, const struct known *source, bool eager)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	struct known result = *source;

	if (insn->off && !is_extension(insn))
		return known_nothing();
	if (insn->off)
		result = extend(source, (unsigned int)insn->off, wide ? 64 : 32);
	if (!wide)
		keep_half(&result);
	if (!wide || insn->off)
		known_sync(&result, eager);
	return result;
}

static uint64_t swapped(uint64_t number, const struct bpf_insn *insn)
{
	uint64_t reversed = __builtin_bswap64(number) >> (64 - insn->imm);

	if (BPF_CLASS(insn->code) == BPF_ALU64 || BPF_SRC(insn->code) == BPF_TO_BE)
		return reversed;
	return number & width_mask((unsigned int)insn->imm);
}

/* As on a machine that is little endian. */
static struct range swap(const struct bpf_insn *insn, const struct range *target)
{
	struct range result = {.sure = known_nothing(), .best = known_nothing()};
	size_t i;

	if (insn->imm != 16 && insn->imm != 32 && insn->imm != 64)
		return result;
	result.best.bits = swapped(target->best.bits, insn);
	result.best.open = swapped(target->best.open, insn);
	known_sync(&result.best, true);
	range_hang(&result, SINCE_SWAPS, false);
	range_hang(&result, target->since, target->fuzzy);
	for (i = 0; i < target->n_values; i++)
		range_add_value(&result, swapped(target->values[i], insn));
	result.values_since =
		SINCE_SWAPS > target->values_since ? SINCE_SWAPS : target->values_since;
	return result;
}

struct range range_number(uint64_t number)
{
	return (struct range){.sure = known_number(number),
			      .best = known_number(number),
			      .n_values = 1,
			      .values = {number}};
}

bool range_add_value(struct range *range, uint64_t number)
{
	size_t i, n = range->n_values;

	for (i = 0; i < n && range->values[i] != number; i++)
		;
	if (i < n)
		return true;
	if (n >= VALUES_LIMIT) {
		range->n_values = 0;
		memset(range->values, 0, sizeof(range->values));
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
static bool is_mask(const struct bpf_insn *insn, const struct range *target)
{
	const struct bounds *bounds = &target->best.wide;

	return insn->code == (BPF_ALU64 | BPF_AND | BPF_K) && !target->n_values &&
	       bounds->least == -1 && bounds->most == 0;
}

/* What comes of each value of the one with each of the other. */
static void compute_values(const struct bpf_insn *insn, const struct range *target,
			   const struct range *source, enum since since, struct range *result)
{
	struct known a, b;
	size_t i, j;

	result->values_since = target->values_since > source->values_since ? target->values_since
									   : source->values_since;
	if (result->values_since < since)
		result->values_since = (uint8_t)since;
	if (is_mask(insn, target)) {
		if (result->values_since < SINCE_BITS)
			result->values_since = SINCE_BITS;
		range_add_value(result, 0);
		range_add_value(result, source->best.bits);
	}
	for (i = 0; i < target->n_values; i++)
		for (j = 0; j < source->n_values; j++) {
			a = known_number(target->values[i]);
			b = known_number(source->values[j]);
			a = compute(insn, &a, &b, true);
			if (a.open || !range_add_value(result, a.bits)) {
				result->n_values = 0;
				memset(result->values, 0, sizeof(result->values));
				return;
			}
		}
}

/* Negation is subtraction from 0, which verifiers know since 6.18. */
static struct range negate(const struct bpf_insn *insn, const struct range *target)
{
	struct bpf_insn subtraction = {.code = (uint8_t)(BPF_CLASS(insn->code) | BPF_SUB)};
	struct range zero = range_number(0), result = {.sure = known_nothing()};

	result.best = compute(&subtraction, &zero.best, &target->best, true);
	range_hang(&result, SINCE_NEGATION, false);
	range_hang(&result, target->since, target->fuzzy);
	compute_values(&subtraction, &zero, target, SINCE_NEGATION, &result);
	return result;
}

/* The first half of a sign extension: of what may be negative since 7.0, by backports 6.18. */
static bool extends(const struct bpf_insn *insn, const struct range *target)
{
	const struct bounds *half = &target->best.half;

	return insn->code == (BPF_ALU64 | BPF_LSH | BPF_K) && insn->imm == 32 && half->least < 0 &&
	       (half->least > INT32_MIN || half->most < INT32_MAX);
}

struct range range_arithmetic(const struct bpf_insn *insn, const struct range *target,
			      const struct range *source)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	uint8_t op = BPF_OP(insn->code) >> 4, since = SINCE_BOUNDS;
	bool extended = extends(insn, target);
	struct range result = {.sure = known_nothing()};
	size_t i;

	if (op == BPF_NEG >> 4)
		return negate(insn, target);
	if (op == BPF_END >> 4)
		return swap(insn, target);
	if (op == BPF_MOV >> 4) {
		result = *source;
		result.sure = move(insn, &source->sure, false);
		result.best = move(insn, &source->best, true);
		result.n_values = 0;
		memset(result.values, 0, sizeof(result.values));
		for (i = 0; i < source->n_values && !insn->off; i++)
			range_add_value(&result,
					wide ? source->values[i] : (uint32_t)source->values[i]);
		return result;
	}
	if (rows[op].divides)
		since = SINCE_DIVISION;
	else if (rows[op].late && source->sure.open & width_mask(wide ? 64 : 32))
		since = SINCE_OPERANDS;
	if (since == SINCE_BOUNDS)
		result.sure = compute(insn, &target->sure, &source->sure, false);
	else if (rows[op].divides && !wide) /* not from 6.10 to 6.18 */
		result.sure = move(insn, &result.sure, false);
	if (extended)
		since = SINCE_BITS;
	if (since == SINCE_BOUNDS && known_same(&target->sure, &target->best) &&
	    known_same(&source->sure, &source->best)) {
		result.best = result.sure;
		known_sync(&result.best, true);
	} else {
		result.best = compute(insn, &target->best, &source->best, true);
	}
	range_hang(&result, since, extended);
	range_hang(&result, target->since, target->fuzzy);
	range_hang(&result, source->since, source->fuzzy);
	range_settle(&result);
	compute_values(insn, target, source, rows[op].divides ? SINCE_DIVISION : SINCE_BOUNDS,
		       &result);
	return result;
}
