/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * check.c - code behind checks that are decided when the program is loaded
 *
 * A helper that stands in the code may be dead after loading: behind bpf_core_enum_value_exists(),
 * the address of a weak ksym, a kconfig variable or a constant in .rodata. The verifier follows
 * such constants and never sees the branch that is not taken. The same is done here with what the
 * file alone can tell: constants of .rodata have their value; of the rest it is known only that
 * loading will decide. Each way out of such a check is one bit: an instruction bears the bits of
 * the ways without which it is not reached, and all of them where it is dead. What has a bit in
 * common at all the places where it stands is no hard need; a helper that is called on either side
 * of a check is one.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

#define REGISTERS      11
#define CHECKS_LIMIT   32 /* two bits each */
#define ONE	       UINT32_MAX
#define FUNCTION_LIMIT 131072 /* instructions; longer ones are taken as they stand */
#define LD_IMM64       (BPF_LD | BPF_IMM | BPF_DW)

enum value_kind {
	VALUE_ANY = 0, /* known at run time only */
	VALUE_NUMBER,
	VALUE_DECIDED, /* loading will know */
	VALUE_POINTER, /* into .rodata or .kconfig */
};

struct value {
	enum value_kind kind;
	uint32_t section; /* VALUE_POINTER: 0 is .kconfig, ONE a part of it that is always 1 */
	uint64_t number;  /* of VALUE_POINTER the offset */
};

struct state {
	struct value registers[REGISTERS];
};

enum outcome { MAY_FALL = 1 << 0, MAY_JUMP = 1 << 1, IS_CHECK = 1 << 2 };

struct block {
	size_t start, end; /* instructions */
	size_t next[2];	   /* blocks: falling through, jumping; FLOW_NOWHERE */
	size_t from[2];	   /* the first two blocks that lead here */
	size_t n_from;
	struct state state; /* on entry */
	bool reached, queued;
	unsigned int outcome;
};

struct check {
	const struct flow *flow;
	struct block *blocks;
	size_t n_blocks;
	uint32_t *block_of; /* instruction -> block + 1 where one begins */
	struct vec queue;   /* size_t */
};

static const struct value any;

/* ---- values ---- */

static bool same_value(const struct value *a, const struct value *b)
{
	return a->kind == b->kind && a->section == b->section && a->number == b->number;
}

static bool settled(const struct value *value)
{
	return value->kind == VALUE_NUMBER || value->kind == VALUE_DECIDED;
}

static struct value number(uint64_t value)
{
	return (struct value){.kind = VALUE_NUMBER, .number = value};
}

static const struct value decided = {.kind = VALUE_DECIDED};

static uint64_t add(uint64_t a, uint64_t b)
{
	return a + b;
}

static uint64_t subtract(uint64_t a, uint64_t b)
{
	return a - b;
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
	return a << (b & 63);
}

static uint64_t shift_right(uint64_t a, uint64_t b)
{
	return a >> (b & 63);
}

/* What a compiler leaves between a constant and its comparison; by operation. */
static uint64_t (*const operations[16])(uint64_t a, uint64_t b) = {
	[BPF_ADD >> 4] = add,	      [BPF_SUB >> 4] = subtract, [BPF_AND >> 4] = both,
	[BPF_OR >> 4] = either,	      [BPF_XOR >> 4] = differ,	 [BPF_LSH >> 4] = shift_left,
	[BPF_RSH >> 4] = shift_right,
};

static struct value compute(uint8_t op, uint64_t a, uint64_t b, bool wide)
{
	if (!operations[op >> 4])
		return any;
	if (wide)
		return number(operations[op >> 4](a, b));
	/* the upper half is zero before and after; a shift counts modulo 32 */
	b = (uint32_t)b & (op == BPF_LSH || op == BPF_RSH ? 31 : UINT32_MAX);
	return number((uint32_t)operations[op >> 4]((uint32_t)a, b));
}

static struct value arithmetic(uint8_t op, const struct value *a, const struct value *b, bool wide)
{
	if (a->kind == VALUE_NUMBER && b->kind == VALUE_NUMBER)
		return compute(op, a->number, b->number, wide);
	if (settled(a) && settled(b))
		return decided;
	if (a->kind == VALUE_POINTER && b->kind == VALUE_NUMBER && op == BPF_ADD && wide)
		return (struct value){.kind = VALUE_POINTER,
				      .section = a->section,
				      .number = a->number + b->number};
	return any;
}

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

/* ---- instructions ---- */

static uint64_t place(const struct check *check, size_t index)
{
	return check->flow->function->value + index * sizeof(struct bpf_insn);
}

/*
 * libbpf gives a value to this one. All kernels from 4.18 wrap system calls on x86 and s390, and
 * those from 4.19 on arm64.
 */
static bool always_true(const struct object_extern *external)
{
#if defined(__x86_64__) || defined(__aarch64__) || defined(__s390x__)
	return strcmp(external->name, "LINUX_HAS_SYSCALL_WRAPPER") == 0;
#else
	(void)external;
	return false;
#endif
}

/* What a 64-bit load with a relocation puts into the register. */
static struct value relocated(const struct check *check, const struct object_symbol *symbol,
			      int32_t imm)
{
	const struct object *object = check->flow->object;

	if (symbol->external && symbol->external->kind == EXTERN_KCONFIG)
		return (struct value){.kind = VALUE_POINTER,
				      .section = always_true(symbol->external) ? ONE : 0,
				      .number = symbol->value};
	if (symbol->external)
		return symbol->external->weak ? decided : any;
	if (strncmp(object->sections[symbol->section].name, ".rodata", 7) != 0)
		return any;
	return (struct value){.kind = VALUE_POINTER,
			      .section = (uint32_t)symbol->section,
			      .number = symbol->value + (uint64_t)(int64_t)imm};
}

static struct value load_wide(const struct check *check, size_t index, const struct bpf_insn *insn)
{
	const struct object_section *section = check->flow->section;
	const struct object_symbol *symbol =
		object_relocation_at(check->flow->object, section, place(check, index));

	if (object_core_at(section, place(check, index)))
		return decided;
	if (symbol)
		return relocated(check, symbol, insn->imm);
	if (insn->src_reg || index + 1 >= check->flow->n)
		return any;
	return number((uint32_t)insn->imm |
		      (uint64_t)(uint32_t)flow_insn(check->flow, index + 1).imm << 32);
}

static struct value load_data(const struct check *check, const struct value *pointer,
			      const struct bpf_insn *insn)
{
	static const uint8_t sizes[] = {4, 2, 1, 8}; /* BPF_W, BPF_H, BPF_B, BPF_DW */
	size_t size = sizes[BPF_SIZE(insn->code) >> 3];
	uint64_t offset = pointer->number + (uint64_t)(int64_t)insn->off, value = 0;
	const struct object_section *section;

	if (pointer->kind != VALUE_POINTER || BPF_MODE(insn->code) != BPF_MEM)
		return any;
	if (!pointer->section)
		return decided;
	if (pointer->section == ONE)
		return number(1);
	section = &check->flow->object->sections[pointer->section];
	if (!section->data || offset > section->size || size > section->size - offset)
		return any;
	if (check->flow->object->big_endian)
		memcpy((uint8_t *)&value + sizeof(value) - size, section->data + offset, size);
	else
		memcpy(&value, section->data + offset, size);
	return number(value);
}

static struct value operand(const struct state *state, const struct bpf_insn *insn)
{
	if (BPF_SRC(insn->code) == BPF_K)
		return number((uint64_t)(int64_t)insn->imm);
	return insn->src_reg < REGISTERS ? state->registers[insn->src_reg] : any;
}

static struct value alu(const struct check *check, const struct state *state, size_t index,
			const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	struct value source = operand(state, insn), target = state->registers[insn->dst_reg];

	if (object_core_at(check->flow->section, place(check, index)))
		return decided;
	if (BPF_OP(insn->code) == BPF_NEG || BPF_OP(insn->code) == BPF_END)
		return settled(&target) ? decided : any;
	if (BPF_OP(insn->code) != BPF_MOV)
		return arithmetic(BPF_OP(insn->code), &target, &source, wide);
	if (wide && !insn->off)
		return source;
	if (source.kind == VALUE_NUMBER && !insn->off)
		return number((uint32_t)source.number);
	return settled(&source) ? decided : any;
}

static void forget(struct state *state, size_t first, size_t last)
{
	for (; first <= last; first++)
		state->registers[first] = any;
}

static void step(const struct check *check, struct state *state, size_t index,
		 const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code);

	if (insn->dst_reg >= REGISTERS || insn->src_reg >= REGISTERS)
		return;
	if (insn->code == LD_IMM64)
		state->registers[insn->dst_reg] = load_wide(check, index, insn);
	else if (class == BPF_LD || insn->code == (BPF_JMP | BPF_CALL))
		forget(state, 0, 5);
	else if (class == BPF_ALU || class == BPF_ALU64)
		state->registers[insn->dst_reg] = alu(check, state, index, insn);
	else if (class == BPF_LDX)
		state->registers[insn->dst_reg] =
			load_data(check, &state->registers[insn->src_reg], insn);
	else if (class == BPF_STX && BPF_MODE(insn->code) != BPF_MEM) {
		/* a fetching atomic returns in its source, cmpxchg in r0 */
		state->registers[insn->src_reg] = any;
		state->registers[0] = any;
	}
}

/* Which ways the last instruction of a block goes. */
static unsigned int outcome_of(const struct state *state, const struct bpf_insn *insn)
{
	struct value left, right;

	if (!flow_is_conditional(insn) || insn->dst_reg >= REGISTERS || insn->src_reg >= REGISTERS)
		return MAY_FALL | MAY_JUMP;
	left = state->registers[insn->dst_reg];
	right = operand(state, insn);
	if (!settled(&left) || !settled(&right))
		return MAY_FALL | MAY_JUMP;
	if (left.kind == VALUE_DECIDED || right.kind == VALUE_DECIDED)
		return MAY_FALL | MAY_JUMP | IS_CHECK;
	return holds(BPF_OP(insn->code), left.number, right.number,
		     BPF_CLASS(insn->code) == BPF_JMP)
		       ? MAY_JUMP
		       : MAY_FALL;
}

/* ---- blocks ---- */

static void mark_leaders(struct check *check)
{
	const struct flow *flow = check->flow;
	size_t i, next[2];
	struct bpf_insn insn;

	check->block_of[0] = 1;
	for (i = 0; i < flow->n; i++) {
		insn = flow_insn(flow, i);
		flow_successors(flow, i, next);
		if (next[1] != FLOW_NOWHERE)
			check->block_of[next[1]] = 1;
		if (flow_is_jump(&insn) && i + 1 < flow->n)
			check->block_of[i + 1] = 1;
		if (insn.code == LD_IMM64)
			i++;
	}
}

static void link_block(struct check *check, struct block *block)
{
	const struct flow *flow = check->flow;
	size_t i, next[2], last = block->start;

	for (i = block->start; i < block->end; i++) {
		last = i;
		if (flow_insn(flow, i).code == LD_IMM64)
			i++;
	}
	flow_successors(flow, last, next);
	for (i = 0; i < 2; i++)
		block->next[i] = next[i] == FLOW_NOWHERE || !check->block_of[next[i]]
					 ? FLOW_NOWHERE
					 : check->block_of[next[i]] - 1;
}

static void note_way(struct check *check, size_t from, size_t to)
{
	struct block *block = to == FLOW_NOWHERE ? NULL : &check->blocks[to];

	if (block && block->n_from < ARRAY_SIZE(block->from))
		block->from[block->n_from] = from;
	if (block)
		block->n_from++;
}

static int make_blocks(struct check *check)
{
	size_t i;

	mark_leaders(check);
	for (i = 0; i < check->flow->n; i++)
		if (check->block_of[i])
			check->block_of[i] = (uint32_t)++check->n_blocks;
	check->blocks = calloc(check->n_blocks, sizeof(*check->blocks));
	if (!check->blocks)
		return -ENOMEM;
	for (i = 0; i < check->flow->n; i++)
		if (check->block_of[i])
			check->blocks[check->block_of[i] - 1].start = i;
	for (i = 0; i < check->n_blocks; i++) {
		check->blocks[i].end =
			i + 1 < check->n_blocks ? check->blocks[i + 1].start : check->flow->n;
		link_block(check, &check->blocks[i]);
	}
	for (i = 0; i < check->n_blocks; i++) {
		note_way(check, i, check->blocks[i].next[0]);
		if (check->blocks[i].next[1] != check->blocks[i].next[0])
			note_way(check, i, check->blocks[i].next[1]);
	}
	return 0;
}

static int enqueue(struct check *check, size_t index)
{
	size_t *slot;

	if (check->blocks[index].queued)
		return 0;
	slot = vec_add(&check->queue, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = index;
	check->blocks[index].queued = true;
	return 0;
}

/* Whether @index is reached from block @from alone. */
static bool comes_from(const struct check *check, size_t index, size_t from)
{
	return check->blocks[index].n_from == 1 && check->blocks[index].from[0] == from;
}

/*
 * Whether the two ways into a block part at one check: which of them is taken, and so which of two
 * constants a register holds, is decided at load time. "a && b" of two checks is compiled so.
 */
static bool parts_at_check(const struct check *check, size_t index)
{
	const struct block *block = &check->blocks[index], *one, *other;

	/* Only one way: what comes there the second time replaces what came first. */
	if (block->n_from == 1)
		return true;
	if (block->n_from != 2)
		return false;
	one = &check->blocks[block->from[0]];
	other = &check->blocks[block->from[1]];
	if (one->outcome & IS_CHECK && comes_from(check, block->from[1], block->from[0]))
		return true;
	if (other->outcome & IS_CHECK && comes_from(check, block->from[0], block->from[1]))
		return true;
	return one->n_from == 1 && comes_from(check, block->from[1], one->from[0]) &&
	       check->blocks[one->from[0]].outcome & IS_CHECK;
}

/* What two ways into a block agree on is known there. */
static int merge(struct check *check, size_t index, const struct state *state)
{
	struct block *block;
	struct value joined;
	bool changed = false;
	size_t i;

	if (index == FLOW_NOWHERE)
		return 0;
	block = &check->blocks[index];
	if (!block->reached) {
		block->state = *state;
		block->reached = changed = true;
	}
	for (i = 0; i < REGISTERS; i++) {
		if (same_value(&block->state.registers[i], &state->registers[i]) ||
		    block->state.registers[i].kind == VALUE_ANY)
			continue;
		/* Which of two constants it is may be decided at run time. */
		joined = settled(&block->state.registers[i]) && settled(&state->registers[i]) &&
					 parts_at_check(check, index)
				 ? decided
				 : any;
		changed = changed || !same_value(&block->state.registers[i], &joined);
		block->state.registers[i] = joined;
	}
	return changed ? enqueue(check, index) : 0;
}

static int run_block(struct check *check, size_t index)
{
	struct block *block = &check->blocks[index];
	struct state state = block->state;
	struct bpf_insn insn = {0};
	size_t i;
	int r = 0;

	block->queued = false;
	for (i = block->start; i < block->end; i++) {
		insn = flow_insn(check->flow, i);
		step(check, &state, i, &insn);
		if (insn.code == LD_IMM64)
			i++;
	}
	/* Anew each time: what seemed to be decided may turn out not to be. */
	block->outcome = outcome_of(&state, &insn);
	if (block->outcome & MAY_FALL)
		r = merge(check, block->next[0], &state);
	if (!r && block->outcome & MAY_JUMP)
		r = merge(check, block->next[1], &state);
	return r;
}

static int run(struct check *check)
{
	size_t index;
	int r;

	check->blocks[0].reached = true;
	r = enqueue(check, 0);
	while (!r && check->queue.count) {
		index = ((const size_t *)check->queue.items)[--check->queue.count];
		r = run_block(check, index);
	}
	return r;
}

/* ---- what is behind a check ---- */

/* Blocks that are reached although block @without goes no way of @ways. */
static int reach(struct check *check, size_t without, unsigned int ways, uint8_t *reached)
{
	const struct block *block;
	size_t index, i, *slot;
	unsigned int outcome;

	memset(reached, 0, check->n_blocks);
	reached[0] = 1;
	check->queue.count = 0;
	slot = vec_add(&check->queue, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = 0;
	while (check->queue.count) {
		index = ((const size_t *)check->queue.items)[--check->queue.count];
		block = &check->blocks[index];
		outcome = block->outcome & ~(index == without ? ways : 0);
		for (i = 0; i < 2; i++) {
			if (!(outcome & (MAY_FALL << i)) || block->next[i] == FLOW_NOWHERE ||
			    reached[block->next[i]])
				continue;
			reached[block->next[i]] = 1;
			slot = vec_add(&check->queue, sizeof(*slot));
			if (!slot)
				return -ENOMEM;
			*slot = block->next[i];
		}
	}
	return 0;
}

static void mark_unreached(const struct check *check, const uint8_t *reached, uint64_t bits,
			   uint64_t *guards)
{
	size_t i, j;

	for (i = 0; i < check->n_blocks; i++)
		for (j = check->blocks[i].start; !reached[i] && j < check->blocks[i].end; j++)
			guards[j] |= bits;
}

static int mark(struct check *check, uint64_t *guards)
{
	uint8_t *reached CLEANUP(free_pointer) = calloc(check->n_blocks, 1);
	size_t i, way, bit = 0;
	int r;

	if (!reached)
		return -ENOMEM;
	r = reach(check, FLOW_NOWHERE, 0, reached);
	if (!r)
		mark_unreached(check, reached, UINT64_MAX, guards);
	for (i = 0; i < check->n_blocks && bit < 2 * CHECKS_LIMIT && !r; i++) {
		if (!(check->blocks[i].outcome & IS_CHECK))
			continue;
		for (way = 0; way < 2 && !r; way++, bit++) {
			r = reach(check, i, MAY_FALL << way, reached);
			if (!r)
				mark_unreached(check, reached, UINT64_C(1) << bit, guards);
		}
	}
	return r;
}

/* Whether there is anything in the function that a check could be made of. */
static bool may_check(const struct flow *flow)
{
	const struct object_section *section = flow->section;
	uint64_t start = flow->function->value, end = start + flow->function->size;
	const struct object_symbol *symbol;
	size_t i;

	i = object_first_core(section, start);
	if (i < section->n_cores && section->cores[i].insn_offset < end)
		return true;
	for (i = object_first_relocation(section, start); i < section->n_relocations; i++) {
		if (section->relocations[i].offset >= end)
			return false;
		symbol = &flow->object->symbols[section->relocations[i].symbol];
		if (symbol->external ||
		    strncmp(flow->object->sections[symbol->section].name, ".rodata", 7) == 0)
			return true;
	}
	return false;
}

int object_checks(const struct flow *flow, uint64_t **ret)
{
	struct check check = {.flow = flow};
	uint64_t *guards = NULL;
	int r = -ENOMEM;

	*ret = NULL;
	if (flow->n > FUNCTION_LIMIT || !may_check(flow))
		return 0;
	check.block_of = calloc(flow->n, sizeof(*check.block_of));
	guards = calloc(flow->n, sizeof(*guards));
	if (check.block_of && guards)
		r = make_blocks(&check);
	if (!r)
		r = run(&check);
	if (!r)
		r = mark(&check, guards);
	free(check.block_of);
	free(check.blocks);
	vec_free(&check.queue);
	if (r) {
		free(guards);
		return r;
	}
	*ret = guards;
	return 0;
}
