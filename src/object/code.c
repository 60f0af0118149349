/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * code.c - what a program's instructions need, with its subprograms and callbacks
 *
 * First all of its code is read, reached or not: libbpf prepares all of it. Then the verifier's way
 * through it is followed, and each use is marked as reached or not: reach.c.
 */
#include <elf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "object/reach.h"

#define INSN_SIZE      ((uint64_t)sizeof(struct bpf_insn))
#define OLD_INSN_LIMIT 4096  /* of all programs before 5.2, of unprivileged ones ever since */
#define APART_LIMIT    50000 /* of a longer one the ways are too many */

/* relocations of the BPF target: 64-bit immediate, call */
enum { RELOCATION_64_64 = 1, RELOCATION_64_32 = 10 };

struct walk {
	const struct object *object;
	struct object_program *program;
	struct vec visits;  /* const struct object_symbol *: functions */
	struct vec maps;    /* int */
	struct vec uses;    /* struct object_use */
	struct vec types;   /* struct object_type_need */
	struct vec externs; /* int */
};

/* The function being looked at. */
struct scan {
	struct walk *walk;
	const struct object_symbol *function;
	struct object_section *section;
};

static struct bpf_insn insn_at(const struct object_section *section, uint64_t offset)
{
	struct bpf_insn insn;

	memcpy(&insn, section->data + offset, sizeof(insn));
	return insn;
}

/* Keep the first fault: later ones follow from it. */
static int fault(struct scan *scan, uint64_t offset, const char *what)
{
	struct object_program *program = scan->walk->program;

	if (!program->fault)
		program->fault = arena_printf(
			scan->walk->object->arena, "section '%s', instruction %llu: %s",
			scan->section->name, (unsigned long long)(offset / INSN_SIZE), what);
	return program->fault ? 0 : -ENOMEM;
}

/* Each once. */
static int add_index(struct vec *indices, int index)
{
	const int *known = indices->items;
	size_t i;
	int *slot;

	for (i = 0; i < indices->count; i++)
		if (known[i] == index)
			return 0;
	slot = vec_add(indices, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = index;
	return 0;
}

static int add_map(struct walk *walk, int map)
{
	return add_index(&walk->maps, map);
}

static int add_use(struct walk *walk, int helper, const char *kfunc)
{
	struct object_use *slot;

	if (object_find_use(walk->uses.items, walk->uses.count, helper, kfunc) >= 0)
		return 0;
	slot = vec_add(&walk->uses, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = (struct object_use){.helper = helper, .kfunc = kfunc};
	return 0;
}

static int add_type(struct walk *walk, const struct object_type_need *need)
{
	struct object_type_need *slot;

	if (object_find_type(walk->types.items, walk->types.count, need) >= 0)
		return 0;
	slot = vec_add(&walk->types, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = *need;
	return 0;
}

static int add_visit(struct walk *walk, const struct object_symbol *function)
{
	const struct object_symbol *const *known = walk->visits.items, **slot;
	size_t i;

	for (i = 0; i < walk->visits.count; i++)
		if (known[i] == function)
			return 0;
	slot = vec_add(&walk->visits, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = function;
	return 0;
}

static int follow(struct scan *scan, uint64_t offset, size_t section, uint64_t target)
{
	const struct object_symbol *function = object_function(scan->walk->object, section, target);

	if (!function)
		return fault(scan, offset, "calls what is no function");
	return add_visit(scan->walk, function);
}

static int use_extern(struct scan *scan, const struct object_extern *external, bool called)
{
	struct walk *walk = scan->walk;

	if (add_index(&walk->externs, (int)(external - walk->object->externs)))
		return -ENOMEM;
	if (external->kind == EXTERN_KCONFIG) {
		walk->program->needs |= NEED_KCONFIG | NEED_GLOBAL_DATA;
		return add_map(walk, object_map(walk->object, ".kconfig"));
	}
	if (external->kind == EXTERN_TYPED_KSYM || external->kind == EXTERN_KFUNC)
		walk->program->needs |= NEED_BTF;
	/* Programs take the address of a kfunc to ask whether it exists. */
	return called ? add_use(walk, -1, external->name) : 0;
}

/* libbpf: "bad call relo against '%s' in section '%s'" */
static int follow_symbol(struct scan *scan, uint64_t offset, const struct object_symbol *symbol,
			 int64_t by)
{
	const struct object_section *section = &scan->walk->object->sections[symbol->section];

	if (strcmp(section->name, ".text") != 0)
		return fault(scan, offset, "refers to code outside of .text");
	return follow(scan, offset, symbol->section, symbol->value + (uint64_t)by);
}

/* The kernel needs the type of a function that is passed as a callback: "missing btf func_info". */
static int check_address(struct scan *scan, uint64_t offset)
{
	const uint8_t *part;
	size_t size;

	if (object_ext_part(scan->walk->object, EXT_FUNCTIONS, &part, &size) || !size)
		return fault(scan, offset,
			     "hands on a function of unknown type: .BTF.ext does not tell it");
	return 0;
}

static int relocated_call(struct scan *scan, uint64_t offset, const struct object_symbol *symbol,
			  int32_t imm)
{
	if (symbol->external)
		return use_extern(scan, symbol->external, true);
	if (!symbol->section)
		return fault(scan, offset, "calls what is defined nowhere");
	/* Against a function the immediate is -1, against a section the place less one. */
	return follow_symbol(scan, offset, symbol, ((int64_t)imm + 1) * (int64_t)INSN_SIZE);
}

static int relocated_load(struct scan *scan, uint64_t offset, const struct object_symbol *symbol,
			  int32_t imm)
{
	const struct object *object = scan->walk->object;
	const struct object_section *section = &object->sections[symbol->section];
	int map;

	if (symbol->external)
		return use_extern(scan, symbol->external, false);
	if (section->flags & SHF_EXECINSTR) {
		int r = check_address(scan, offset);

		scan->walk->program->needs |= NEED_CALLBACKS;
		return r ? r : follow_symbol(scan, offset, symbol, imm);
	}
	if (section->map >= 0) {
		scan->walk->program->needs |= NEED_GLOBAL_DATA;
		return add_map(scan->walk, section->map);
	}
	map = object_map(object, symbol->name);
	if (map < 0 || object->maps[map].section != symbol->section ||
	    object->maps[map].offset != symbol->value)
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
	return add_use(scan->walk, insn->imm, NULL);
}

static int scan_load(struct scan *scan, uint64_t offset, const struct bpf_insn *insn)
{
	const struct object_symbol *symbol =
		object_relocation_at(scan->walk->object, scan->section, offset);

	if (symbol)
		return relocated_load(scan, offset, symbol, insn->imm);
	if (insn->src_reg != LOAD_FUNCTION)
		return 0;
	if (check_address(scan, offset))
		return -ENOMEM;
	return follow(scan, offset, scan->function->section,
		      offset + (uint64_t)((int64_t)insn->imm + 1) * INSN_SIZE);
}

static unsigned int alu_needs(const struct bpf_insn *insn)
{
	uint8_t op = BPF_OP(insn->code);

	if (flow_insn_is_newer(insn))
		return NEED_V4_OPERANDS;
	return op == BPF_END && BPF_CLASS(insn->code) == BPF_ALU64 ? NEED_V4 : 0; /* bswap */
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
	[BPF_LDX] = load_needs,	    [BPF_STX] = store_needs, [BPF_ALU] = alu_needs,
	[BPF_JMP32] = jump32_needs, [BPF_ALU64] = alu_needs,
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
	struct object_type_need need;
	struct object_core *core;
	size_t i;
	int r = 0;

	for (i = object_first_core(section, scan->function->value); i < section->n_cores && !r;
	     i++) {
		core = &section->cores[i];
		if (core->insn_offset >= end)
			break;
		if (object_core_asks_kernel(core))
			scan->walk->program->needs |= NEED_BTF;
		if (!object_core_need(scan->walk->object, section, core, &need))
			continue;
		/* Uses that need the member in the same form are one need. */
		r = need.loaded < 0 ? 0 : add_type(scan->walk, &need);
		need = object_in_any_form(&need);
		if (!r)
			r = add_type(scan->walk, &need);
	}
	return r;
}

static int scan_function(struct walk *walk, const struct object_symbol *function)
{
	const struct object *object = walk->object;
	struct object_section *section = &object->sections[function->section];
	struct scan scan = {.walk = walk, .function = function, .section = section};
	const char *wrong;
	unsigned int needs;
	int r;

	if (object_index_section(object, section))
		return -ENOMEM;
	r = object_flow(object, function, &needs, &wrong);
	if (r)
		return r;
	if (wrong && !walk->program->fault)
		walk->program->fault = wrong;
	walk->program->needs |= needs;
	walk->program->insns += function->size / INSN_SIZE;
	r = scan_insns(&scan);
	return r ? r : scan_cores(&scan);
}

static int walk_program(struct walk *walk)
{
	size_t i;
	int r = add_visit(walk, walk->program->symbol);

	/* Grows while it is walked. */
	for (i = 0; i < walk->visits.count && !r; i++)
		r = scan_function(walk,
				  ((const struct object_symbol *const *)walk->visits.items)[i]);
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

/* The kernel structure of which the program is a function is created before the program is
 * loaded. */
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

/* ---- the whole ---- */

static int find_alone(const struct walk *walk)
{
	const struct object_symbol *const *visits = walk->visits.items, **found;
	struct object_program *program = walk->program;
	size_t i;

	found = arena_array(walk->object->arena, walk->visits.count, sizeof(*found));
	if (!found)
		return -ENOMEM;
	program->alone = found;
	program->n_alone = 0;
	for (i = 1; i < walk->visits.count; i++)
		if (object_is_alone(walk->object, visits[i]))
			found[program->n_alone++] = visits[i];
	return 0;
}

static void *kept(struct arena *arena, const struct vec *vec, size_t size)
{
	void *copy = arena_array(arena, vec->count, size);

	if (copy && vec->count)
		memcpy(copy, vec->items, vec->count * size);
	return copy;
}

static int compare_indices(const void *left, const void *right)
{
	int a = *(const int *)left, b = *(const int *)right;

	return a < b ? -1 : a > b;
}

static int settle(const struct walk *walk)
{
	struct object_program *program = walk->program;
	struct arena *arena = walk->object->arena;

	program->maps = kept(arena, &walk->maps, sizeof(*program->maps));
	program->uses = kept(arena, &walk->uses, sizeof(*program->uses));
	program->types = kept(arena, &walk->types, sizeof(*program->types));
	if (walk->externs.count)
		qsort(walk->externs.items, walk->externs.count, sizeof(int), compare_indices);
	program->externs = kept(arena, &walk->externs, sizeof(*program->externs));
	if (!program->maps || !program->uses || !program->types || !program->externs)
		return -ENOMEM;
	program->n_externs = walk->externs.count;
	program->n_maps = walk->maps.count;
	program->n_uses = walk->uses.count;
	program->n_types = walk->types.count;
	if (program->insns > OLD_INSN_LIMIT)
		program->needs |= NEED_LARGE;
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
	program->n_coded_maps = walk.maps.count;
	if (!r)
		r = add_member_maps(&walk);
	if (!r)
		r = add_struct_ops(&walk);
	if (!r)
		r = add_usdt_maps(&walk);
	if (!r)
		r = find_alone(&walk);
	if (!r)
		r = settle(&walk);
	program->analysed = r == 0;
	vec_free(&walk.visits);
	vec_free(&walk.maps);
	vec_free(&walk.uses);
	vec_free(&walk.types);
	vec_free(&walk.externs);
	return r;
}

const struct object_program *object_program(const struct object *object, const char *name)
{
	struct object_program *program = dict_get(&object->program_names, name);

	return program && object_code(object, program) == 0 ? program : NULL;
}

/* What does not depend on the host is found once for all, in the object's own arena. */
static int follow_first(const struct object *object, struct object_program *program,
			const struct object_oracle *oracle, const struct object_program **ret)
{
	struct object_program *copy = arena_alloc(object->arena, sizeof(*copy));
	int r;

	if (!copy)
		return -ENOMEM;
	*copy = *program;
	r = object_find_reached(object, copy, oracle, object->arena);
	if (r)
		return r;
	if (!oracle || !copy->depends) {
		*program = *copy;
		program->followed = true;
		copy = program;
	}
	program->depends = copy->depends;
	*ret = copy;
	return 0;
}

int object_program_on(const struct object *object, const struct object_program *program,
		      const struct object_oracle *oracle, struct arena *arena,
		      const struct object_program **ret)
{
	bool apart = oracle && oracle->apart && program->insns <= APART_LIMIT;
	struct object_program *copy;
	int r;

	*ret = program;
	if (!apart && (!oracle || !program->depends))
		return program->followed
			       ? 0
			       : follow_first(object, &object->programs[program - object->programs],
					      oracle, ret);
	copy = arena_alloc(arena, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *program;
	memset(copy->mistakes, 0, sizeof(copy->mistakes));
	r = object_find_reached(object, copy, oracle, arena);
	if (!r)
		*ret = copy;
	return r;
}
