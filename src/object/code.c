/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * code.c - what a program's instructions need, its subprograms and callbacks included
 *
 * Each function that a program can reach is looked at once. Functions reached only from behind a
 * check are looked at last, so that whatever stands in both kinds of code counts as a hard need.
 */
#include <elf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

#define INSN_SIZE      ((uint64_t)sizeof(struct bpf_insn))
#define LD_IMM64       (BPF_LD | BPF_IMM | BPF_DW)
#define OLD_INSN_LIMIT 4096 /* of all programs before 5.2, of unprivileged ones ever since */

/* src_reg of calls and of 64-bit loads; older headers lack some */
enum { CALL_HELPER = 0, CALL_FUNCTION = 1, CALL_KFUNC = 2, LOAD_FUNCTION = 4 };

/* relocations of the BPF target: 64-bit immediate, call */
enum { RELOCATION_64_64 = 1, RELOCATION_64_32 = 10 };

/*
 * On which outcomes of checks something depends: the mask of all its places in one function. Once
 * it has been found unguarded in one function it is a hard need, whatever the others say.
 */
struct guard {
	const struct object_symbol *function;
	uint64_t mask; /* 0: hard */
};

struct visit {
	const struct object_symbol *function;
	struct guard guard;
	bool done;
};

struct found_use {
	struct object_use use;
	struct guard guard;
};

struct found_type {
	const char *feature;
	struct guard guard;
};

struct walk {
	const struct object *object;
	struct object_program *program;
	struct vec visits; /* struct visit */
	struct vec maps;   /* int */
	struct vec uses;   /* struct found_use */
	struct vec types;  /* struct found_type */
};

/* The function being looked at. */
struct scan {
	struct walk *walk;
	const struct object_symbol *function;
	struct object_section *section;
	const uint64_t *guards; /* one an instruction, NULL: none is behind a check */
	bool guarded;		/* the whole function is */
};

static struct bpf_insn insn_at(const struct object_section *section, uint64_t offset)
{
	struct bpf_insn insn;

	memcpy(&insn, section->data + offset, sizeof(insn));
	return insn;
}

static struct guard guard_at(const struct scan *scan, uint64_t offset)
{
	struct guard guard = {.function = scan->function};

	if (scan->guarded)
		guard.mask = UINT64_MAX;
	else if (scan->guards)
		guard.mask = scan->guards[(offset - scan->function->value) / INSN_SIZE];
	return guard;
}

static void join(struct guard *known, struct guard also)
{
	if (known->function == also.function)
		known->mask &= also.mask;
	else if (known->mask)
		*known = also;
}

/* The first fault stays: later ones follow from it. */
static int fault(struct scan *scan, uint64_t offset, const char *what)
{
	struct object_program *program = scan->walk->program;

	if (!program->fault)
		program->fault = arena_printf(
			scan->walk->object->arena, "section '%s', instruction %llu: %s",
			scan->section->name, (unsigned long long)(offset / INSN_SIZE), what);
	return program->fault ? 0 : -ENOMEM;
}

static int add_map(struct walk *walk, int map)
{
	const int *known = walk->maps.items;
	size_t i;
	int *slot;

	for (i = 0; i < walk->maps.count; i++)
		if (known[i] == map)
			return 0;
	slot = vec_add(&walk->maps, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = map;
	return 0;
}

static int add_use(struct walk *walk, int helper, const char *kfunc, struct guard guard)
{
	struct found_use *known = walk->uses.items, *slot;
	size_t i;

	for (i = 0; i < walk->uses.count; i++) {
		if (known[i].use.helper != helper ||
		    (kfunc && strcmp(known[i].use.kfunc, kfunc) != 0))
			continue;
		join(&known[i].guard, guard);
		return 0;
	}
	slot = vec_add(&walk->uses, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = (struct found_use){.use = {.helper = helper, .kfunc = kfunc}, .guard = guard};
	return 0;
}

static int add_type(struct walk *walk, const char *feature, struct guard guard)
{
	struct found_type *known = walk->types.items, *slot;
	size_t i;

	for (i = 0; i < walk->types.count; i++) {
		if (strcmp(known[i].feature, feature) != 0)
			continue;
		join(&known[i].guard, guard);
		return 0;
	}
	slot = vec_add(&walk->types, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = (struct found_type){.feature = feature, .guard = guard};
	return 0;
}

static int add_visit(struct walk *walk, const struct object_symbol *function, struct guard guard)
{
	struct visit *known = walk->visits.items, *slot;
	size_t i;

	for (i = 0; i < walk->visits.count; i++) {
		if (known[i].function != function)
			continue;
		join(&known[i].guard, guard);
		return 0;
	}
	slot = vec_add(&walk->visits, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = (struct visit){.function = function, .guard = guard};
	return 0;
}

static int follow(struct scan *scan, uint64_t offset, size_t section, uint64_t target)
{
	const struct object_symbol *function = object_function(scan->walk->object, section, target);

	if (!function)
		return fault(scan, offset, "calls what is no function");
	return add_visit(scan->walk, function, guard_at(scan, offset));
}

static int use_extern(struct scan *scan, uint64_t offset, const struct object_extern *external,
		      bool called)
{
	struct walk *walk = scan->walk;

	if (external->kind == EXTERN_KCONFIG) {
		walk->program->needs |= NEED_KCONFIG | NEED_GLOBAL_DATA;
		return add_map(walk, object_map(walk->object, ".kconfig"));
	}
	if (external->kind == EXTERN_TYPED_KSYM || external->kind == EXTERN_KFUNC)
		walk->program->needs |= NEED_BTF;
	/* The address of a kfunc is how a program asks whether there is one. */
	return called ? add_use(walk, -1, external->name, guard_at(scan, offset)) : 0;
}

static int relocated_call(struct scan *scan, uint64_t offset, const struct object_symbol *symbol,
			  int32_t imm)
{
	if (symbol->external)
		return use_extern(scan, offset, symbol->external, true);
	if (!symbol->section)
		return fault(scan, offset, "calls what is defined nowhere");
	/* Against a function the immediate is -1, against a section the place less one. */
	return follow(scan, offset, symbol->section,
		      symbol->value + (uint64_t)((int64_t)imm + 1) * INSN_SIZE);
}

static int relocated_load(struct scan *scan, uint64_t offset, const struct object_symbol *symbol,
			  int32_t imm)
{
	const struct object *object = scan->walk->object;
	const struct object_section *section = &object->sections[symbol->section];
	int map;

	if (symbol->external)
		return use_extern(scan, offset, symbol->external, false);
	if (section->flags & SHF_EXECINSTR)
		return follow(scan, offset, symbol->section,
			      symbol->value + (uint64_t)(int64_t)imm);
	if (section->map >= 0) {
		scan->walk->program->needs |= NEED_GLOBAL_DATA;
		return add_map(scan->walk, section->map);
	}
	map = object_map(object, symbol->name);
	if (map < 0)
		return fault(scan, offset, "refers to data that is in no map");
	return add_map(scan->walk, map);
}

static int scan_call(struct scan *scan, uint64_t offset, const struct bpf_insn *insn)
{
	const struct object_symbol *symbol =
		object_relocation_at(scan->walk->object, scan->section, offset);

	if (symbol)
		return relocated_call(scan, offset, symbol, insn->imm);
	if (insn->src_reg == CALL_FUNCTION)
		return follow(scan, offset, scan->function->section,
			      offset + (uint64_t)((int64_t)insn->imm + 1) * INSN_SIZE);
	if (insn->src_reg != CALL_HELPER || insn->imm <= 0)
		return fault(scan, offset, "calls neither a helper nor a function");
	return add_use(scan->walk, insn->imm, NULL, guard_at(scan, offset));
}

static int scan_load(struct scan *scan, uint64_t offset, const struct bpf_insn *insn)
{
	const struct object_symbol *symbol =
		object_relocation_at(scan->walk->object, scan->section, offset);

	if (symbol)
		return relocated_load(scan, offset, symbol, insn->imm);
	if (insn->src_reg == LOAD_FUNCTION)
		return follow(scan, offset, scan->function->section,
			      offset + (uint64_t)((int64_t)insn->imm + 1) * INSN_SIZE);
	return 0;
}

static unsigned int alu_needs(const struct bpf_insn *insn)
{
	uint8_t op = BPF_OP(insn->code);

	if ((op == BPF_DIV || op == BPF_MOD) && insn->off == 1)
		return NEED_V4; /* signed */
	if (op == BPF_MOV && BPF_SRC(insn->code) == BPF_X && insn->off)
		return NEED_V4; /* sign-extending */
	return op == BPF_END && BPF_CLASS(insn->code) == BPF_ALU64 ? NEED_V4 : 0; /* bswap */
}

static unsigned int jump_needs(const struct bpf_insn *insn)
{
	uint8_t op = BPF_OP(insn->code);

	return op == BPF_JLT || op == BPF_JLE || op == BPF_JSLT || op == BPF_JSLE ? NEED_V2 : 0;
}

static unsigned int jump32_needs(const struct bpf_insn *insn)
{
	return BPF_OP(insn->code) == BPF_JA ? NEED_V4 : NEED_V3; /* gotol */
}

static unsigned int load_needs(const struct bpf_insn *insn)
{
	return BPF_MODE(insn->code) == 0x80 ? NEED_V4 : 0; /* BPF_MEMSX, 6.6 */
}

/*
 * Before 5.12 the only atomic was an addition that returns nothing: "BPF_STX uses reserved fields".
 */
static unsigned int store_needs(const struct bpf_insn *insn)
{
	return BPF_MODE(insn->code) == 0xc0 && insn->imm != BPF_ADD ? NEED_ATOMICS : 0;
}

static unsigned int (*const class_needs[8])(const struct bpf_insn *insn) = {
	[BPF_LDX] = load_needs, [BPF_STX] = store_needs,    [BPF_ALU] = alu_needs,
	[BPF_JMP] = jump_needs, [BPF_JMP32] = jump32_needs, [BPF_ALU64] = alu_needs,
};

static int scan_insns(struct scan *scan)
{
	const struct object_symbol *function = scan->function;
	uint64_t offset, end = function->value + function->size;
	unsigned int *needs = &scan->walk->program->needs;
	struct bpf_insn insn;
	int r = 0;

	for (offset = function->value; offset < end && !r; offset += INSN_SIZE) {
		insn = insn_at(scan->section, offset);
		if (class_needs[BPF_CLASS(insn.code)])
			*needs |= class_needs[BPF_CLASS(insn.code)](&insn);
		if (insn.code == (BPF_JMP | BPF_CALL))
			r = scan_call(scan, offset, &insn);
		if (insn.code != LD_IMM64)
			continue;
		r = scan_load(scan, offset, &insn);
		offset += INSN_SIZE;
	}
	return r;
}

static int scan_cores(struct scan *scan)
{
	const struct object_section *section = scan->section;
	uint64_t end = scan->function->value + scan->function->size;
	const struct object_core *core;
	const char *need;
	size_t i;
	int r;

	for (i = object_first_core(section, scan->function->value); i < section->n_cores; i++) {
		core = &section->cores[i];
		if (core->insn_offset >= end)
			break;
		if (object_core_asks_kernel(core))
			scan->walk->program->needs |= NEED_BTF;
		need = object_core_need(scan->walk->object, core, scan->walk->object->arena);
		r = need ? add_type(scan->walk, need, guard_at(scan, core->insn_offset)) : 0;
		if (r)
			return r;
	}
	return 0;
}

static int read_context(const struct scan *scan)
{
	const struct flow flow = {.object = scan->walk->object,
				  .function = scan->function,
				  .section = scan->section,
				  .n = scan->function->size / INSN_SIZE};

	return object_context(&flow, scan->guards, &scan->walk->program->words);
}

static int scan_function(struct walk *walk, const struct visit *visit)
{
	const struct object *object = walk->object;
	struct object_section *section = &object->sections[visit->function->section];
	struct scan scan = {.walk = walk,
			    .function = visit->function,
			    .section = section,
			    .guarded = visit->guard.mask != 0};
	uint64_t *guards CLEANUP(free_pointer) = NULL;
	const char *wrong;
	bool loops;
	int r;

	if (object_index_section(object, section))
		return -ENOMEM;
	r = object_flow(object, visit->function, &loops, &guards);
	if (!r)
		r = object_flow_fault(object, visit->function, &wrong);
	if (!r && wrong && !walk->program->fault)
		walk->program->fault = wrong;
	if (r)
		return r;
	if (loops)
		walk->program->needs |= NEED_LOOPS;
	scan.guards = guards;
	if (visit->function == walk->program->symbol && read_context(&scan))
		return -ENOMEM;
	walk->program->insns += visit->function->size / INSN_SIZE;
	r = scan_insns(&scan);
	return r ? r : scan_cores(&scan);
}

/* Hard code first: what it reaches must not be taken for guarded. */
static struct visit *next_visit(struct walk *walk)
{
	struct visit *visits = walk->visits.items;
	size_t i, pass;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < walk->visits.count; i++)
			if (!visits[i].done && (visits[i].guard.mask != 0) == (pass == 1))
				return &visits[i];
	return NULL;
}

static int walk_program(struct walk *walk)
{
	struct visit *visit, copy;
	int r = add_visit(walk, walk->program->symbol, (struct guard){0});

	while (!r && (visit = next_visit(walk))) {
		visit->done = true;
		/* the vector may move */
		copy = *visit;
		r = scan_function(walk, &copy);
	}
	return r;
}

/* Members that a map of maps is initialised with must exist as well. */
static int add_member_maps(struct walk *walk)
{
	const struct object_map *map;
	size_t i, j;
	int r = 0;

	for (i = 0; i < walk->maps.count && !r; i++) {
		map = &walk->object->maps[((const int *)walk->maps.items)[i]];
		for (j = 0; j < map->maps.count && !r; j++)
			r = add_map(walk, ((const int *)map->maps.items)[j]);
	}
	return r;
}

/* libbpf keeps in these what bpf/usdt.bpf.h reads: it needs both to attach a probe, whether the
 * program reads or not. */
static int add_usdt_maps(struct walk *walk)
{
	static const char *const names[] = {"__bpf_usdt_specs", "__bpf_usdt_ip_to_spec_id"};
	size_t i;
	int r = 0, map;

	if (!walk->program->section_known || walk->program->section.means != ATTACH_USDT)
		return 0;
	for (i = 0; i < ARRAY_SIZE(names) && !r; i++) {
		map = object_map(walk->object, names[i]);
		if (map >= 0)
			r = add_map(walk, map);
		else if (!walk->program->fault)
			walk->program->fault = "is a USDT probe, but the object was compiled "
					       "without bpf/usdt.bpf.h";
	}
	return r;
}

/* The kernel's structure that the program is a function of is made before the program is loaded. */
static int add_struct_ops(struct walk *walk)
{
	const struct object *object = walk->object;
	const struct object_map *map;
	size_t i, j;
	int r = 0;

	for (i = 0; i < object->n_maps && !r; i++) {
		map = &object->maps[i];
		for (j = 0; map->type == BPF_MAP_TYPE_STRUCT_OPS && j < map->programs.count && !r;
		     j++)
			if (&object->programs[((const int *)map->programs.items)[j]] ==
			    walk->program)
				r = add_map(walk, (int)i);
	}
	return r;
}

/*
 * Helpers that the kernel gives to GPL compatible programs only: gpl_only in their bpf_func_proto.
 * The kernel's own answer ("cannot call GPL-restricted function from non-GPL compatible program")
 * on 6.18; for those that write to the log or need another machine (6, 36, 58, 77, 78, 92, 116,
 * 126, 127, 150, 177) its source.
 */
static bool is_gpl_only(int helper)
{
	static const uint8_t known[] = {
		4,   6,	  22,  25,  27,	 35,  36,  45,	55,  56,  58,  67,  69,	 77,  78,
		92,  100, 110, 111, 112, 113, 114, 115, 116, 119, 121, 126, 127, 150, 158,
		163, 165, 169, 170, 171, 172, 173, 175, 176, 177, 191, 204, 205, 206, 207,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i] == helper)
			return true;
	return false;
}

static int settle_maps(const struct walk *walk)
{
	struct object_program *program = walk->program;
	int *maps = arena_array(walk->object->arena, walk->maps.count, sizeof(*maps));

	if (!maps)
		return -ENOMEM;
	if (walk->maps.count)
		memcpy(maps, walk->maps.items, walk->maps.count * sizeof(*maps));
	program->maps = maps;
	program->n_maps = walk->maps.count;
	return 0;
}

static int settle_uses(const struct walk *walk)
{
	struct object_program *program = walk->program;
	const struct found_use *found = walk->uses.items;
	struct object_use *uses = arena_array(walk->object->arena, walk->uses.count, sizeof(*uses));
	size_t i;

	if (!uses)
		return -ENOMEM;
	for (i = 0; i < walk->uses.count; i++) {
		uses[i] = found[i].use;
		uses[i].guarded = found[i].guard.mask != 0;
		/* All of them: it is dead, or its function as a whole is guarded. */
		uses[i].outcomes = found[i].guard.mask == UINT64_MAX ? 0 : found[i].guard.mask;
		uses[i].function = found[i].guard.function;
		if (!uses[i].guarded && is_gpl_only(uses[i].helper))
			program->needs |= NEED_GPL;
	}
	program->uses = uses;
	program->n_uses = walk->uses.count;
	return 0;
}

static int settle_types(const struct walk *walk)
{
	struct object_program *program = walk->program;
	const struct found_type *found = walk->types.items;
	struct object_type_need *types =
		arena_array(walk->object->arena, walk->types.count, sizeof(*types));
	size_t i;

	if (!types)
		return -ENOMEM;
	for (i = 0; i < walk->types.count; i++)
		types[i] = (struct object_type_need){found[i].feature, found[i].guard.mask != 0};
	program->types = types;
	program->n_types = walk->types.count;
	return 0;
}

static int settle(const struct walk *walk)
{
	struct object_program *program = walk->program;

	if (settle_maps(walk) || settle_uses(walk) || settle_types(walk))
		return -ENOMEM;
	if (program->insns > OLD_INSN_LIMIT)
		program->needs |= NEED_LARGE;
	program->analysed = true;
	return 0;
}

int object_code(const struct object *object, struct object_program *program)
{
	struct walk walk = {.object = object, .program = program};
	int r;

	if (program->analysed)
		return 0;
	program->needs = 0;
	program->insns = 0;
	program->fault = NULL;
	r = walk_program(&walk);
	if (!r)
		r = add_member_maps(&walk);
	if (!r)
		r = add_struct_ops(&walk);
	if (!r)
		r = add_usdt_maps(&walk);
	if (!r)
		r = settle(&walk);
	vec_free(&walk.visits);
	vec_free(&walk.maps);
	vec_free(&walk.uses);
	vec_free(&walk.types);
	return r;
}
