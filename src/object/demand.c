/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * demand.c - what a program asks of the verifier beyond features: which fields of its
 * context it touches, and what it returns
 *
 * Neither is looked at where a start has to be fast: this is for those who want to know.
 * Instructions are handed on as they stand, so that a kernel can be asked about them alone.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "object/private.h"

enum {
	CONTEXT = 1, /* the register that it comes in */
	REGISTERS = 11,
	FUNCTION_LIMIT = 8192, /* instructions; longer ones are not looked at */
	RETURNS_LIMIT = 8,
	ACCESSES_LIMIT = 128,
	LOAD_SIGNED = 0x80, /* BPF_MEMSX, 6.6 */
};

struct search {
	const struct object *object;
	const struct flow *flow;
	const uint64_t *guards; /* NULL: none */
	uint16_t *held;		/* registers with the context, before each instruction */
	bool *seen;		/* instruction by register */
	size_t *queue;
	struct vec accesses, returns, moved; /* struct bpf_insn */
	struct vec addresses;		     /* const struct object_extern * */
	struct vec words;		     /* struct object_word */
	uint32_t highest;
};

static uint64_t place(const struct flow *flow, size_t index)
{
	return flow->function->value + index * sizeof(struct bpf_insn);
}

/* What every kernel runs as it stands: CO-RE may move it, a check may leave it out. */
static bool is_certain(const struct search *search, size_t index)
{
	return search->held[index] != FLOW_UNREACHED &&
	       !(search->guards && search->guards[index]) &&
	       !object_core_at(search->flow->section, place(search->flow, index));
}

static int add_once(struct vec *insns, const struct bpf_insn *insn, size_t limit)
{
	const struct bpf_insn *known = insns->items;
	struct bpf_insn *slot;
	size_t i;

	for (i = 0; i < insns->count; i++)
		if (memcmp(&known[i], insn, sizeof(*insn)) == 0)
			return 0;
	if (insns->count >= limit)
		return 0;
	slot = vec_add(insns, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = *insn;
	return 0;
}

static bool is_held(const struct search *search, size_t index, unsigned int reg)
{
	return search->held[index] >> reg & 1;
}

/* ---- the context ---- */

static bool reads_context(const struct search *search, size_t index, const struct bpf_insn *insn)
{
	uint8_t mode = BPF_MODE(insn->code);

	return BPF_CLASS(insn->code) == BPF_LDX && (mode == BPF_MEM || mode == LOAD_SIGNED) &&
	       is_held(search, index, insn->src_reg);
}

static bool writes_context(const struct search *search, size_t index, const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code);

	return (class == BPF_ST || class == BPF_STX) && BPF_MODE(insn->code) == BPF_MEM &&
	       is_held(search, index, insn->dst_reg);
}

static int find_access(struct search *search, size_t index, struct bpf_insn insn)
{
	static const uint8_t sizes[] = {4, 2, 1, 8}; /* BPF_W, BPF_H, BPF_B, BPF_DW */
	uint32_t end;

	if (reads_context(search, index, &insn)) {
		insn.dst_reg = 0;
		insn.src_reg = CONTEXT;
	} else if (writes_context(search, index, &insn)) {
		insn.dst_reg = CONTEXT;
		insn.src_reg = 0;
	} else {
		return 0;
	}
	if (insn.off < 0)
		return 0;
	end = (uint32_t)insn.off + sizes[BPF_SIZE(insn.code) >> 3];
	if (end > search->highest)
		search->highest = end;
	return add_once(&search->accesses, &insn, ACCESSES_LIMIT);
}

/* ---- what is returned ---- */

/* Helpers that take nothing and return a number of which nothing is known. */
static bool is_arbitrary(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg &&
	       (insn->imm == BPF_FUNC_get_prandom_u32 || insn->imm == BPF_FUNC_ktime_get_ns);
}

/* The register into which an instruction puts what can be put there without the rest of the
 * program; -1: it does not. */
static int made_in(const struct search *search, size_t index, const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code);

	if (is_arbitrary(insn))
		return 0;
	if (class == BPF_ALU || class == BPF_ALU64)
		return BPF_OP(insn->code) == BPF_MOV && BPF_SRC(insn->code) == BPF_K ? insn->dst_reg
										     : -1;
	return reads_context(search, index, insn) ? insn->dst_reg : -1;
}

static bool is_move(const struct bpf_insn *insn, uint8_t from)
{
	uint8_t class = BPF_CLASS(insn->code);

	return (class == BPF_ALU || class == BPF_ALU64) && BPF_OP(insn->code) == BPF_MOV &&
	       BPF_SRC(insn->code) == BPF_X && !insn->off && insn->src_reg == from;
}

/* Whether the instruction changes the register, or may tell something about what is in it. */
static bool touches(const struct bpf_insn *insn, uint8_t reg)
{
	uint8_t class = BPF_CLASS(insn->code);
	bool writes = class == BPF_ALU || class == BPF_ALU64 || class == BPF_LDX;

	if (insn->code == (BPF_JMP | BPF_CALL) ||
	    (class == BPF_LD && BPF_MODE(insn->code) != BPF_IMM))
		return reg <= 5;
	if (class == BPF_STX && BPF_MODE(insn->code) != BPF_MEM)
		return reg == insn->src_reg || reg == 0;
	if (flow_is_conditional(insn))
		return insn->dst_reg == reg ||
		       (BPF_SRC(insn->code) == BPF_X && insn->src_reg == reg);
	return (writes || class == BPF_LD) && insn->dst_reg == reg;
}

/* A number in a register before an instruction. */
static void reach(struct search *search, size_t index, uint8_t reg, size_t *n)
{
	size_t at = index * REGISTERS + reg;

	if (search->seen[at] || (search->guards && search->guards[index]))
		return;
	search->seen[at] = true;
	search->queue[(*n)++] = at;
}

static void follow(struct search *search, size_t index, uint8_t reg, size_t *n)
{
	size_t side, next[2];

	flow_successors(search->flow, index, next);
	for (side = 0; side < ARRAY_SIZE(next); side++)
		if (next[side] != FLOW_NOWHERE)
			reach(search, next[side], reg, n);
}

/* Whether what @index puts into @reg is in r0 at some end of the program. */
static bool is_returned(struct search *search, size_t index, uint8_t reg)
{
	struct bpf_insn insn;
	size_t n = 0;

	memset(search->seen, 0, search->flow->n * REGISTERS * sizeof(*search->seen));
	follow(search, index, reg, &n);
	while (n) {
		index = search->queue[--n];
		reg = (uint8_t)(index % REGISTERS);
		index /= REGISTERS;
		insn = flow_insn(search->flow, index);
		if (insn.code == (BPF_JMP | BPF_EXIT) && reg == 0)
			return true;
		if (is_move(&insn, reg) && insn.dst_reg < REGISTERS)
			follow(search, index, insn.dst_reg, &n);
		if (!touches(&insn, reg))
			follow(search, index, reg, &n);
	}
	return false;
}

/* A move of 32 bits leaves it as it is. */
static bool is_small(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) != BPF_ALU64 || insn->imm >= 0;
}

static int find_return(struct search *search, size_t index, struct bpf_insn insn)
{
	int reg = made_in(search, index, &insn);

	if (reg < 0 || reg >= REGISTERS || search->returns.count >= RETURNS_LIMIT ||
	    (reg && !is_small(&insn)) || !is_returned(search, index, (uint8_t)reg))
		return 0;
	insn.dst_reg = insn.code == (BPF_JMP | BPF_CALL) ? insn.dst_reg : 0;
	if (BPF_CLASS(insn.code) == BPF_LDX)
		insn.src_reg = CONTEXT;
	return add_once(&search->returns, &insn, RETURNS_LIMIT);
}

/* ---- what is done with the context's address, and with those of the kernel ---- */

/* Whether the instruction ends what can be followed without knowing where it leads. */
static bool is_turn(const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code);

	return class == BPF_JMP || class == BPF_JMP32;
}

/* "r1 += 8", and then a load through r1: allowed at a context that was not moved only. */
static int find_moved(struct search *search, size_t index, const struct bpf_insn *add)
{
	struct bpf_insn insn;
	size_t i;

	if (add->code != (BPF_ALU64 | BPF_ADD | BPF_K) || !add->imm ||
	    !is_held(search, index, add->dst_reg))
		return 0;
	for (i = index + 1; i < search->flow->n; i++) {
		insn = flow_insn(search->flow, i);
		if (BPF_CLASS(insn.code) == BPF_LDX && BPF_MODE(insn.code) == BPF_MEM &&
		    insn.src_reg == add->dst_reg) {
			insn.dst_reg = 0;
			insn.src_reg = CONTEXT;
			insn.imm = add->imm;
			return add_once(&search->moved, &insn, RETURNS_LIMIT);
		}
		if (is_turn(&insn) || touches(&insn, add->dst_reg))
			break;
	}
	return 0;
}

static int find_address(struct search *search, size_t index, const struct bpf_insn *insn)
{
	const struct object_symbol *symbol;
	const struct object_extern **slot;

	if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
		return 0;
	symbol = object_relocation_at(search->object, search->flow->section,
				      place(search->flow, index));
	if (!symbol || !symbol->external ||
	    (symbol->external->kind != EXTERN_KFUNC && symbol->external->kind != EXTERN_TYPED_KSYM))
		return 0;
	slot = vec_add(&search->addresses, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = symbol->external;
	return 0;
}

/* The instruction that puts into @reg what is in it before @index, as far as no way joins; NULL
 * FLOW_NOWHERE. Follows moves. */
static size_t maker_of(const struct search *search, size_t index, uint8_t reg)
{
	struct bpf_insn insn;

	while (index-- > 0) {
		insn = flow_insn(search->flow, index);
		if (is_turn(&insn) && insn.code != (BPF_JMP | BPF_CALL))
			break;
		if (!touches(&insn, reg) && !(insn.code == (BPF_JMP | BPF_CALL) && reg <= 5))
			continue;
		if ((insn.code != (BPF_ALU64 | BPF_MOV | BPF_X)) || insn.off)
			return insn.code == (BPF_JMP | BPF_CALL) ? FLOW_NOWHERE : index;
		reg = insn.src_reg;
	}
	return FLOW_NOWHERE;
}

/* The type of the map whose address an instruction loads, -1. */
static int map_type_at(const struct search *search, size_t index)
{
	const struct object_symbol *symbol;
	int map;

	if (index == FLOW_NOWHERE ||
	    flow_insn(search->flow, index).code != (BPF_LD | BPF_IMM | BPF_DW))
		return -1;
	symbol = object_relocation_at(search->object, search->flow->section,
				      place(search->flow, index));
	map = symbol && symbol->name ? object_map(search->object, symbol->name) : -1;
	return map < 0 ? -1 : search->object->maps[map].type;
}

/* Of sockets, inodes, tasks and control groups: *_storage_get(), *_storage_delete(). */
static bool takes_owner(const struct bpf_insn *insn)
{
	static const int helpers[] = {107, 108, 145, 146, 156, 157, 210, 211};

	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++)
		if (insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg && insn->imm == helpers[i])
			return true;
	return false;
}

static int find_word(struct search *search, size_t index, const struct bpf_insn *call)
{
	struct object_word *slot;
	struct bpf_insn load;
	size_t at;
	int type;

	if (!takes_owner(call) || search->words.count >= RETURNS_LIMIT)
		return 0;
	type = map_type_at(search, maker_of(search, index, 1));
	at = maker_of(search, index, 2);
	if (type < 0 || at == FLOW_NOWHERE)
		return 0;
	load = flow_insn(search->flow, at);
	if (load.code != (BPF_LDX | BPF_MEM | BPF_DW) || !reads_context(search, at, &load))
		return 0;
	slot = vec_add(&search->words, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = (struct object_word){.helper = call->imm, .map_type = type, .offset = load.off};
	return 0;
}

static int (*const finders[])(struct search *search, size_t index,
			      const struct bpf_insn *insn) = {find_moved, find_address, find_word};

static int look(struct search *search)
{
	struct bpf_insn insn;
	size_t i;
	int r = 0;

	for (i = 0; i < search->flow->n && !r; i++) {
		insn = flow_insn(search->flow, i);
		if (is_certain(search, i)) {
			r = find_access(search, i, insn);
			if (!r)
				r = find_return(search, i, insn);
			for (size_t j = 0; j < ARRAY_SIZE(finders) && !r; j++)
				r = finders[j](search, i, &insn);
		}
		if (insn.code == (BPF_LD | BPF_IMM | BPF_DW))
			i++;
	}
	return r;
}

/* The items of @vec in @arena; NULL when memory is out. */
static void *copied(const struct vec *vec, size_t size, struct arena *arena)
{
	void *copy = arena_array(arena, vec->count, size);

	if (copy && vec->count)
		memcpy(copy, vec->items, vec->count * size);
	return copy;
}

static int hand_over(const struct search *search, struct arena *arena, struct object_demand *ret)
{
	*ret = (struct object_demand){
		.accesses = copied(&search->accesses, sizeof(struct bpf_insn), arena),
		.n_accesses = search->accesses.count,
		.returns = copied(&search->returns, sizeof(struct bpf_insn), arena),
		.n_returns = search->returns.count,
		.highest = search->highest,
		.moved = copied(&search->moved, sizeof(struct bpf_insn), arena),
		.n_moved = search->moved.count,
		.addresses = copied(&search->addresses, sizeof(struct object_extern *), arena),
		.n_addresses = search->addresses.count,
		.words = copied(&search->words, sizeof(struct object_word), arena),
		.n_words = search->words.count,
	};
	if (ret->accesses && ret->returns && ret->moved && ret->addresses && ret->words)
		return 0;
	*ret = (struct object_demand){0};
	return -ENOMEM;
}

int object_demand(const struct object *object, const struct object_program *program,
		  struct arena *arena, struct object_demand *ret)
{
	const struct flow flow = {.object = object,
				  .function = program->symbol,
				  .section = &object->sections[program->symbol->section],
				  .n = program->symbol->size / sizeof(struct bpf_insn)};
	uint16_t *held CLEANUP(free_pointer) = NULL;
	uint64_t *guards CLEANUP(free_pointer) = NULL;
	bool *seen CLEANUP(free_pointer) = calloc(flow.n * REGISTERS + 1, sizeof(*seen));
	size_t *queue CLEANUP(free_pointer) = calloc(flow.n * REGISTERS + 1, sizeof(*queue));
	struct search search = {.object = object, .flow = &flow, .seen = seen, .queue = queue};
	bool loops;
	int r;

	*ret = (struct object_demand){0};
	if (!flow.n || flow.n > FUNCTION_LIMIT)
		return 0;
	r = seen && queue ? object_flow(object, program->symbol, &loops, &guards) : -ENOMEM;
	if (!r)
		r = object_context_registers(&flow, &held);
	search.guards = guards;
	search.held = held;
	if (!r)
		r = look(&search);
	if (!r)
		r = hand_over(&search, arena, ret);
	vec_free(&search.accesses);
	vec_free(&search.returns);
	vec_free(&search.moved);
	vec_free(&search.addresses);
	vec_free(&search.words);
	return r;
}

/* ---- what values of maps hold ---- */

bool object_map_holds(const struct object *object, const struct object_map *map, const char *name)
{
	const struct btf_type *value = object->btf && map->value_type
					       ? object_bare_type(object->btf, map->value_type)
					       : NULL;
	const struct btf_type *member;
	const char *found;

	for (uint16_t i = 0; value && btf_is_struct(value) && i < btf_vlen(value); i++) {
		member = object_bare_type(object->btf, btf_members(value)[i].type);
		found = member && btf_is_struct(member)
				? btf__name_by_offset(object->btf, member->name_off)
				: NULL;
		if (found && strcmp(found, name) == 0)
			return true;
	}
	return false;
}
