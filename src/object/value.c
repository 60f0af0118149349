/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * value.c - what is known about a register, and how instructions change it
 *
 * The verifier computes with constants that are known at load time; so does this file. A value that
 * no host has answered is only known to be decided by loading.
 */
#include <linux/bpf.h>

#include "object/reach.h"

struct value value_of(uint64_t number)
{
	return (struct value){.kind = VALUE_NUMBER, .number = number};
}

bool value_same(const struct value *a, const struct value *b)
{
	return a->kind == b->kind && a->which == b->which && a->number == b->number;
}

bool value_settled(const struct value *value)
{
	return value->kind >= VALUE_NUMBER && value->kind <= VALUE_ADDRESS;
}

static bool is_number(const struct value *value)
{
	return value->kind >= VALUE_SCALAR && value->kind <= VALUE_NONZERO;
}

/* ---- ranges ---- */

bool value_is_run(const struct value *value)
{
	return value->kind == VALUE_ANY || value->kind == VALUE_SCALAR;
}

bool value_has_range(const struct value *value)
{
	return value_is_run(value) || value->kind == VALUE_NUMBER || value->kind == VALUE_WORD;
}

struct range value_range(const struct ranges *ranges, const struct value *value)
{
	if (value->kind == VALUE_NUMBER)
		return range_number(value->number);
	if (value->kind == VALUE_WORD)
		return range_loaded(value->which);
	return range_at(ranges, value_is_run(value) ? value->which : 0);
}

struct value value_ranged(struct ranges *ranges, enum value_kind kind, const struct range *range)
{
	return range->sure.open ? (struct value){.kind = kind, .which = range_keep(ranges, range)}
				: value_of(range->sure.bits);
}

/* What comes of two operands, or of one that is moved or negated. */
static struct value ranged(struct ranges *ranges, const struct bpf_insn *insn,
			   const struct value *target, const struct value *source)
{
	bool numbers = is_number(source) && (is_number(target) || BPF_OP(insn->code) == BPF_MOV);
	struct value result = {.kind = numbers ? VALUE_SCALAR : VALUE_ANY};
	uint8_t op = BPF_OP(insn->code);
	struct range a, b;

	if (!value_has_range(target) || !value_has_range(source))
		return result;
	/* Of an address that was moved, more often than not. */
	if (BPF_CLASS(insn->code) == BPF_ALU64 && (op == BPF_ADD || op == BPF_SUB) &&
	    value_is_run(target) && !target->which)
		return result;
	a = value_range(ranges, target);
	b = value_range(ranges, source);
	a = range_arithmetic(&ranges->rules, insn, &a, &b);
	return value_ranged(ranges, result.kind, &a);
}

/* ---- arithmetic ---- */

static uint64_t add(uint64_t a, uint64_t b)
{
	return a + b;
}

static uint64_t subtract(uint64_t a, uint64_t b)
{
	return a - b;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
	return a * b;
}

static uint64_t both(uint64_t a, uint64_t b)
{
	return a & b;
}

static uint64_t either(uint64_t a, uint64_t b)
{
	return a | b;
}

static uint64_t differ(uint64_t a, uint64_t b)
{
	return a ^ b;
}

static uint64_t shift_left(uint64_t a, uint64_t b)
{
	return a << b;
}

static uint64_t shift_right(uint64_t a, uint64_t b)
{
	return a >> b;
}

static uint64_t second(uint64_t a, uint64_t b)
{
	(void)a;
	return b;
}

/* Division and negation even of constants is known to some verifiers only: see arithmetic.c. */
static uint64_t (*const operations[16])(uint64_t a, uint64_t b) = {
	[BPF_ADD >> 4] = add,	     [BPF_SUB >> 4] = subtract,	   [BPF_MUL >> 4] = multiply,
	[BPF_AND >> 4] = both,	     [BPF_OR >> 4] = either,	   [BPF_XOR >> 4] = differ,
	[BPF_LSH >> 4] = shift_left, [BPF_RSH >> 4] = shift_right, [BPF_MOV >> 4] = second,
};

/* Sign extension: a left shift and this. */
static uint64_t shift_arithmetic(uint64_t a, uint64_t b, bool wide)
{
	return wide ? (uint64_t)((int64_t)a >> b) : (uint32_t)((int32_t)(uint32_t)a >> b);
}

static struct value compute(struct ranges *ranges, const struct bpf_insn *insn, uint64_t a,
			    uint64_t b)
{
	const struct value left = value_of(a), right = value_of(b);
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	uint8_t op = BPF_OP(insn->code);

	bool shifts = op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH;

	/* with an offset: signed division, sign extension (6.6) */
	if (!(operations[op >> 4] || op == BPF_ARSH) || insn->off ||
	    (shifts && b >= (wide ? 64 : 32)))
		return ranged(ranges, insn, &left, &right);
	if (op == BPF_ARSH)
		return value_of(shift_arithmetic(a, b, wide));
	if (wide)
		return value_of(operations[op >> 4](a, b));
	/* the upper half is zero before and after */
	return value_of((uint32_t)operations[op >> 4]((uint32_t)a, (uint32_t)b));
}

static bool is_pointer(const struct value *value)
{
	return value->kind >= VALUE_DATA && value->kind <= VALUE_STACK;
}

static struct value moved(const struct value *pointer, uint64_t by)
{
	struct value result = *pointer;

	result.number += by;
	return result;
}

/* A pointer into the stack that the run moves by no more than the stack is large. */
static struct value strayed(const struct ranges *ranges, const struct value *pointer,
			    const struct value *by, bool back)
{
	const struct range range = value_range(ranges, by);
	const struct bounds *bounds = &range.best.wide;
	struct value result = *pointer;

	if (bounds->least < -STACK_DEPTH || bounds->most > STACK_DEPTH ||
	    bounds->least > bounds->most)
		return (struct value){0};
	result.which += (uint32_t)(bounds->most - bounds->least);
	result.number += (uint64_t)(back ? -bounds->most : bounds->least);
	return result.which <= STACK_DEPTH ? result : (struct value){0};
}

/* For a size or an identifier the lower half is everything; the lower half of an address may be
 * 0. */
static bool is_small(const struct value *value)
{
	return value->kind == VALUE_NONZERO && value->number;
}

static struct value move(struct ranges *ranges, const struct bpf_insn *insn,
			 const struct value *source)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	struct value result;

	if (wide && !insn->off)
		return *source;
	if (source->kind == VALUE_NUMBER)
		return compute(ranges, insn, 0, source->number);
	if (is_small(source) && !insn->off)
		return *source;
	if (value_settled(source))
		return (struct value){.kind = VALUE_OPEN, .which = source->which};
	/* With an offset of 1 it makes an address of an arena (6.9). */
	if (insn->off == 1)
		return (struct value){0};
	result = ranged(ranges, insn, source, source);
	if (result.kind == VALUE_ANY)
		result.kind = VALUE_SCALAR;
	return result;
}

struct value value_arithmetic(struct ranges *ranges, const struct bpf_insn *insn,
			      const struct value *target, const struct value *source)
{
	uint8_t op = BPF_OP(insn->code);
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	const struct value *pointer, *by;

	if (op == BPF_MOV)
		return move(ranges, insn, source);
	if (op == BPF_NEG || op == BPF_END)
		source = target;
	if (target->kind == VALUE_NUMBER && source->kind == VALUE_NUMBER)
		return compute(ranges, insn, target->number, source->number);
	if (value_settled(target) && value_settled(source))
		return (struct value){.kind = VALUE_OPEN,
				      .which = target->kind == VALUE_NUMBER ? source->which
									    : target->which};
	if (is_pointer(target) && source->kind == VALUE_NUMBER && wide && !insn->off &&
	    (op == BPF_ADD || op == BPF_SUB))
		return moved(target, op == BPF_ADD ? source->number : 0 - source->number);
	pointer = target->kind == VALUE_STACK ? target : source;
	by = pointer == target ? source : target;
	if (pointer->kind == VALUE_STACK && value_is_run(by) && wide && !insn->off &&
	    (op == BPF_ADD || (op == BPF_SUB && pointer == target)))
		return strayed(ranges, pointer, by, op == BPF_SUB);
	return ranged(ranges, insn, target, source);
}

/* ---- comparisons ---- */

enum relation { LESS = 1 << 0, EQUAL = 1 << 1, GREATER = 1 << 2, SIGNED = 1 << 3 };

static const uint8_t comparisons[16] = {
	[BPF_JEQ >> 4] = EQUAL,
	[BPF_JNE >> 4] = LESS | GREATER,
	[BPF_JGT >> 4] = GREATER,
	[BPF_JGE >> 4] = GREATER | EQUAL,
	[BPF_JLT >> 4] = LESS,
	[BPF_JLE >> 4] = LESS | EQUAL,
	[BPF_JSGT >> 4] = GREATER | SIGNED,
	[BPF_JSGE >> 4] = GREATER | EQUAL | SIGNED,
	[BPF_JSLT >> 4] = LESS | SIGNED,
	[BPF_JSLE >> 4] = LESS | EQUAL | SIGNED,
};

/* Whether a comparison of two numbers holds. */
static bool holds(uint8_t op, uint64_t a, uint64_t b, bool wide)
{
	uint8_t wanted = comparisons[op >> 4];

	if (!wide) {
		a = wanted & SIGNED ? (uint64_t)(int64_t)(int32_t)a : (uint32_t)a;
		b = wanted & SIGNED ? (uint64_t)(int64_t)(int32_t)b : (uint32_t)b;
	}
	if (op == BPF_JSET)
		return (a & b) != 0;
	if (a == b)
		return wanted & EQUAL;
	if (wanted & SIGNED)
		return wanted & ((int64_t)a < (int64_t)b ? LESS : GREATER);
	return wanted & (a < b ? LESS : GREATER);
}

/* The branch that is taken if a value that is not 0 is compared with 0; 0 if that decides
 * nothing. */
static unsigned int not_zero(const struct bpf_insn *insn, const struct value *left,
			     const struct value *right)
{
	uint8_t op = BPF_OP(insn->code);

	if (left->kind != VALUE_NONZERO && left->kind != VALUE_ADDRESS &&
	    left->kind != VALUE_ELEMENT)
		return 0;
	if (right->kind != VALUE_NUMBER || right->number ||
	    (BPF_CLASS(insn->code) != BPF_JMP && !is_small(left)))
		return 0;
	if (op == BPF_JEQ || op == BPF_JLE)
		return FALLS;
	return op == BPF_JNE || op == BPF_JGT ? JUMPS : 0;
}

unsigned int value_ways(const struct bpf_insn *insn, const struct value *left,
			const struct value *right)
{
	unsigned int way;

	if (flow_is_conditional(insn) && left->kind == VALUE_ELEMENT) {
		way = not_zero(insn, left, right);
		return !way	     ? FALLS | JUMPS
		       : left->which ? way | (way == FALLS ? MAY_JUMP : MAY_FALL)
				     : way;
	}
	if (!flow_is_conditional(insn) || !value_settled(left) || !value_settled(right))
		return FALLS | JUMPS;
	if (left->kind == VALUE_NUMBER && right->kind == VALUE_NUMBER)
		return holds(BPF_OP(insn->code), left->number, right->number,
			     BPF_CLASS(insn->code) == BPF_JMP)
			       ? JUMPS
			       : FALLS;
	way = not_zero(insn, left, right);
	if (way && left->kind == VALUE_ADDRESS)
		return way | (way == FALLS ? MAY_JUMP : MAY_FALL);
	return way ? way : MAY_FALL | MAY_JUMP;
}

/* ---- where ways meet ---- */

static struct value join_run(struct ranges *ranges, const struct value *a, const struct value *b)
{
	struct value result = {.kind = is_number(a) && is_number(b) ? VALUE_SCALAR : VALUE_ANY};
	bool nothing = (value_is_run(a) && !a->which) || (value_is_run(b) && !b->which);
	struct range left, right;

	if (value_is_run(a) && value_is_run(b) && a->number == b->number)
		result.number = a->number;
	if (nothing || !value_has_range(a) || !value_has_range(b))
		return result;
	left = value_range(ranges, a);
	right = value_range(ranges, b);
	left = range_join(&left, &right);
	result.which = range_keep(ranges, &left);
	return result;
}

/* Of two places, one of them; of more in a loop nothing is left. */
static struct value join_stack(const struct value *a, const struct value *b)
{
	int64_t low = (int64_t)a->number, other = (int64_t)b->number;
	int64_t high = low + a->which, end = other + b->which;

	if (a->which && (other < low || end > high))
		return (struct value){0};
	low = low < other ? low : other;
	high = high > end ? high : end;
	return high - low > STACK_DEPTH
		       ? (struct value){0}
		       : (struct value){VALUE_STACK, (uint32_t)(high - low), (uint64_t)low};
}

struct value value_join(struct ranges *ranges, const struct value *a, const struct value *b,
			uint32_t open)
{
	uint32_t which = a->kind == VALUE_NUMBER ? b->which : a->which;

	if (value_same(a, b))
		return *a;
	if (a->kind == VALUE_STACK && b->kind == VALUE_STACK)
		return join_stack(a, b);
	if (!value_settled(a) || !value_settled(b))
		return join_run(ranges, a, b);
	/* Which of two constants it is may be decided at run time. */
	if (a->kind == VALUE_NUMBER && b->kind == VALUE_NUMBER)
		return open ? (struct value){.kind = VALUE_OPEN, .which = open}
			    : join_run(ranges, a, b);
	return (struct value){.kind = VALUE_OPEN, .which = which};
}
