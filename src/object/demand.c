/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * demand.c - what a program asks of the verifier beyond features: the context fields that it
 * touches, and its return values
 *
 * Only a thorough host asks for these; a live start does not. Instructions are kept as they are, so
 * that a kernel can be asked about them alone.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "object/reach.h"

enum {
	CONTEXT = 1,	       /* the register that it comes in */
	FUNCTION_LIMIT = 8192, /* instructions; longer functions are not analysed */
	RETURNS_LIMIT = 8,
	ACCESSES_LIMIT = 128,
};

struct search {
	struct flow flow;
	bool *reached; /* one an instruction of the program's own function */
	bool *seen;    /* instruction by register */
	size_t *queue;
	struct vec made;		     /* struct made */
	struct vec accesses, returns, moved; /* struct bpf_insn */
	struct vec addresses;		     /* const struct object_extern * */
	struct vec calls;		     /* struct object_call */
	uint32_t highest;
	unsigned int followed;
};

/* A possible return value and the instruction that makes it. */
struct made {
	size_t index;
	uint8_t reg;
	struct bpf_insn insn; /* puts the same into r0 */
};

static int add_once(struct vec *vec, const void *item, size_t size, size_t limit)
{
	size_t i;
	void *slot;

	for (i = 0; i < vec->count; i++)
		if (memcmp((const char *)vec->items + i * size, item, size) == 0)
			return 0;
	if (vec->count >= limit)
		return 0;
	slot = vec_add(vec, size);
	if (!slot)
		return -ENOMEM;
	memcpy(slot, item, size);
	return 0;
}

/* ---- the context ---- */

/* The register of the instruction that points into the context, -1. */
static int context_of(const struct site *site)
{
	uint8_t insn_class = BPF_CLASS(site->insn->code);
	int reg = insn_class == BPF_LDX ? site->insn->src_reg : -1;

	if ((insn_class == BPF_ST || insn_class == BPF_STX) &&
	    BPF_MODE(site->insn->code) == BPF_MEM)
		reg = site->insn->dst_reg;
	return reg >= 0 && reg < REGISTERS && site->state->registers[reg].kind == VALUE_CONTEXT
		       ? reg
		       : -1;
}

static int find_access(struct search *search, const struct site *site)
{
	struct bpf_insn insn = *site->insn;
	int reg = context_of(site);
	int64_t moved, start;

	if (reg < 0)
		return 0;
	moved = (int64_t)site->state->registers[reg].number;
	start = moved + insn.off;
	if (start < 0 || start > UINT16_MAX)
		return 0;
	if (start + (int64_t)insn_bytes(&insn) > search->highest)
		search->highest = (uint32_t)start + (uint32_t)insn_bytes(&insn);
	insn.dst_reg = BPF_CLASS(insn.code) == BPF_LDX ? 0 : CONTEXT;
	insn.src_reg = BPF_CLASS(insn.code) == BPF_LDX ? CONTEXT : 0;
	if (!moved)
		return add_once(&search->accesses, &insn, sizeof(insn), ACCESSES_LIMIT);
	if (BPF_CLASS(insn.code) != BPF_LDX)
		return 0;
	/* Only allowed on a context pointer that was not moved. */
	insn.imm = (int32_t)moved;
	return add_once(&search->moved, &insn, sizeof(insn), RETURNS_LIMIT);
}

/* ---- what is done with the kernel's addresses, and with words of the context ---- */

static int find_address(struct search *search, const struct site *site)
{
	const struct object_symbol *symbol;

	if (site->insn->code != LD_IMM64)
		return 0;
	symbol = object_relocation_at(search->flow.object, site->flow->section,
				      site->flow->function->value +
					      site->index * sizeof(struct bpf_insn));
	if (!symbol || !symbol->external ||
	    (symbol->external->kind != EXTERN_KFUNC && symbol->external->kind != EXTERN_TYPED_KSYM))
		return 0;
	return add_once(&search->addresses, &symbol->external, sizeof(symbol->external),
			ACCESSES_LIMIT);
}

/* For sockets, inodes, tasks and control groups: *_storage_get(), *_storage_delete(). */
static const int of_owners[] = {107, 108, 145, 146, 156, 157, 210, 211};
/* Lookup, update, delete, push, pop, peek. */
static const int of_elements[] = {1, 2, 3, 87, 88, 89};

static bool calls_one_of(const struct bpf_insn *insn, const int *helpers, size_t n)
{
	size_t i;

	for (i = 0; i < n && helpers[i] != insn->imm; i++)
		continue;
	return insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg && i < n;
}

/* Programs of all types look up, update and delete their elements. */
static bool is_open_to_all(int map_type)
{
	return map_type == BPF_MAP_TYPE_HASH || map_type == BPF_MAP_TYPE_ARRAY ||
	       map_type == BPF_MAP_TYPE_PERCPU_HASH || map_type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       map_type == BPF_MAP_TYPE_LRU_HASH || map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       map_type == BPF_MAP_TYPE_LPM_TRIE;
}

static int find_call(struct search *search, const struct site *site)
{
	const struct value *map = &site->state->registers[1], *word = map + 1;
	struct object_call found = {.helper = site->insn->imm, .word = -1};

	if (map->kind != VALUE_MAP)
		return 0;
	found.map_type = search->flow.object->maps[map->which].type;
	if (calls_one_of(site->insn, of_owners, ARRAY_SIZE(of_owners))) {
		if (word->kind != VALUE_WORD || word->which != sizeof(uint64_t) ||
		    word->number > INT16_MAX)
			return 0;
		found.word = (int16_t)word->number;
	} else if (!calls_one_of(site->insn, of_elements, ARRAY_SIZE(of_elements)) ||
		   is_open_to_all(found.map_type)) {
		return 0;
	}
	return add_once(&search->calls, &found, sizeof(found), RETURNS_LIMIT);
}

/* CO-RE may move the member, the word it does not. */
static void find_followed(struct search *search, const struct site *site)
{
	const struct bpf_insn *insn = site->insn;
	const struct value *base =
		&site->state->registers[insn->src_reg < REGISTERS ? insn->src_reg : 0];

	if (BPF_CLASS(insn->code) == BPF_LDX && base->kind == VALUE_WORD &&
	    base->which == sizeof(uint64_t) && !site->state->open && base->number <= INT16_MAX)
		search->followed = (unsigned int)(base->number / sizeof(uint64_t)) + 1;
}

/* ---- what is returned ---- */

/* Helpers that take no arguments and return a number about which nothing is known. */
static bool is_arbitrary(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg &&
	       (insn->imm == BPF_FUNC_get_prandom_u32 || insn->imm == BPF_FUNC_ktime_get_ns);
}

/* The register that the instruction writes, -1. */
static int target_of(const struct bpf_insn *insn)
{
	uint8_t insn_class = BPF_CLASS(insn->code);

	if (insn->code == (BPF_JMP | BPF_CALL))
		return 0;
	if (insn_class == BPF_ALU || insn_class == BPF_ALU64 || insn_class == BPF_LDX ||
	    insn->code == LD_IMM64)
		return insn->dst_reg;
	return -1;
}

/* False if the instruction's result cannot be reproduced without the rest of the program. */
static bool made_alone(const struct site *site, const struct value *value, struct bpf_insn *ret)
{
	bool wide = value->number == (uint64_t)(int64_t)(int32_t)value->number;

	*ret = *site->insn;
	if (is_arbitrary(site->insn))
		return true;
	if (value->kind == VALUE_WORD && !site->core) {
		ret->dst_reg = 0;
		ret->src_reg = CONTEXT;
		return BPF_CLASS(site->insn->code) == BPF_LDX &&
		       !site->state->registers[site->insn->src_reg].number;
	}
	*ret = (struct bpf_insn){
		.code = (uint8_t)((wide ? BPF_ALU64 : BPF_ALU) | BPF_MOV | BPF_K),
		.imm = (int32_t)value->number,
	};
	return value->kind == VALUE_NUMBER && (wide || value->number <= UINT32_MAX);
}

static int find_made(struct search *search, const struct site *site)
{
	int reg = target_of(site->insn);
	struct made made = {.index = site->index, .reg = (uint8_t)reg}, *slot;
	struct value value;

	if (reg < 0 || reg >= REGISTERS)
		return 0;
	value = reach_result(site);
	if (!made_alone(site, &value, &made.insn))
		return 0;
	/* A 32-bit move on the way leaves a small number unchanged. */
	if (reg && value.kind == VALUE_NUMBER && value.number > INT32_MAX)
		return 0;
	slot = vec_add(&search->made, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = made;
	return 0;
}

static bool is_move(const struct bpf_insn *insn, uint8_t from)
{
	uint8_t insn_class = BPF_CLASS(insn->code);

	return (insn_class == BPF_ALU || insn_class == BPF_ALU64) &&
	       BPF_OP(insn->code) == BPF_MOV && BPF_SRC(insn->code) == BPF_X && !insn->off &&
	       insn->src_reg == from;
}

/* Whether the instruction changes the register or may reveal something about its value. */
static bool touches(const struct bpf_insn *insn, uint8_t reg)
{
	uint8_t insn_class = BPF_CLASS(insn->code);
	bool writes = insn_class == BPF_ALU || insn_class == BPF_ALU64 || insn_class == BPF_LDX;

	if (insn->code == (BPF_JMP | BPF_CALL) ||
	    (insn_class == BPF_LD && BPF_MODE(insn->code) != BPF_IMM))
		return reg <= 5;
	if (insn_class == BPF_STX && BPF_MODE(insn->code) != BPF_MEM)
		return reg == insn->src_reg || reg == 0;
	if (flow_is_conditional(insn))
		return insn->dst_reg == reg ||
		       (BPF_SRC(insn->code) == BPF_X && insn->src_reg == reg);
	return (writes || insn_class == BPF_LD) && insn->dst_reg == reg;
}

static void follow(struct search *search, size_t index, uint8_t reg, size_t *n)
{
	size_t side, at, next[2];

	flow_successors(&search->flow, index, next);
	for (side = 0; side < ARRAY_SIZE(next); side++) {
		at = next[side] * REGISTERS + reg;
		if (next[side] == FLOW_NOWHERE || !search->reached[next[side]] || search->seen[at])
			continue;
		search->seen[at] = true;
		search->queue[(*n)++] = at;
	}
}

/* Whether it is in r0 at some end of the program. */
static bool is_returned(struct search *search, const struct made *made)
{
	size_t index, n = 0;
	struct bpf_insn insn;
	uint8_t reg;

	memset(search->seen, 0, search->flow.n * REGISTERS * sizeof(*search->seen));
	follow(search, made->index, made->reg, &n);
	while (n) {
		index = search->queue[--n];
		reg = (uint8_t)(index % REGISTERS);
		index /= REGISTERS;
		insn = flow_insn(&search->flow, index);
		if (insn.code == (BPF_JMP | BPF_EXIT) && reg == 0)
			return true;
		if (is_move(&insn, reg) && insn.dst_reg < REGISTERS)
			follow(search, index, insn.dst_reg, &n);
		if (!touches(&insn, reg))
			follow(search, index, reg, &n);
	}
	return false;
}

static int find_returns(struct search *search)
{
	const struct made *made = search->made.items;
	size_t i;
	int r = 0;

	for (i = 0; i < search->made.count && search->returns.count < RETURNS_LIMIT && !r; i++)
		if (is_returned(search, &made[i]))
			r = add_once(&search->returns, &made[i].insn, sizeof(made[i].insn),
				     RETURNS_LIMIT);
	return r;
}

/* ---- the whole ---- */

static int look(void *data, const struct site *site)
{
	struct search *search = data;
	/* The kernel resolves these for all code that it loads. */
	int r = find_address(search, site);

	if (site->outermost)
		search->reached[site->index] = true;
	find_followed(search, site);
	/* What every kernel of this kind runs unchanged: CO-RE may move it. */
	if (r || site->core || site->state->open)
		return r;
	r = find_call(search, site);
	if (!r && site->outermost)
		r = find_access(search, site);
	if (!r && site->outermost)
		r = find_made(search, site);
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
		.calls = copied(&search->calls, sizeof(struct object_call), arena),
		.n_calls = search->calls.count,
		.followed = search->followed,
	};
	if (ret->accesses && ret->returns && ret->moved && ret->addresses && ret->calls)
		return 0;
	*ret = (struct object_demand){0};
	return -ENOMEM;
}

static int search_all(struct search *search, const struct object_oracle *oracle,
		      struct arena *arena)
{
	struct object_reach *reach;
	int r = reach_new(search->flow.object, search->flow.function, oracle, arena, &reach);

	if (r)
		return r;
	r = reach_walk(reach, look, search);
	if (!r)
		r = find_returns(search);
	reach_free(reach);
	return r;
}

int object_demand(const struct object *object, const struct object_program *program,
		  const struct object_oracle *oracle, struct arena *arena,
		  struct object_demand *ret)
{
	struct search search = {
		.flow = {.object = object,
			 .function = program->symbol,
			 .section = &object->sections[program->symbol->section],
			 .n = program->symbol->size / sizeof(struct bpf_insn)},
	};
	size_t n = search.flow.n;
	int r = -ENOMEM;

	*ret = (struct object_demand){0};
	if (!n || n > FUNCTION_LIMIT)
		return 0;
	search.reached = calloc(n, sizeof(*search.reached));
	search.seen = calloc(n * REGISTERS, sizeof(*search.seen));
	search.queue = calloc(n * REGISTERS, sizeof(*search.queue));
	if (search.reached && search.seen && search.queue)
		r = search_all(&search, oracle, arena);
	if (!r)
		r = hand_over(&search, arena, ret);
	vec_free(&search.accesses);
	vec_free(&search.made);
	vec_free(&search.returns);
	vec_free(&search.moved);
	vec_free(&search.addresses);
	vec_free(&search.calls);
	free(search.reached);
	free(search.seen);
	free(search.queue);
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
