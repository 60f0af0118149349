/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * entry.c - mistakes that no verifier lets pass, in the instructions that every run goes
 * through
 *
 * This is no verifier: it follows a program from its first instruction to the first branch, where
 * one may be wrong about which way it goes, and knows of a register only whether it holds a number
 * or what may be NULL. So it finds little; but what it finds is refused by every kernel, and need
 * not be loaded to be known.
 */
#include <errno.h>
#include <linux/bpf.h>

#include "object/private.h"

#define REGISTERS 11
#define LD_IMM64  (BPF_LD | BPF_IMM | BPF_DW)

enum { CALL_HELPER = 0, CALL_FUNCTION = 1 };

enum content {
	CONTENT_ANY = 0,
	CONTENT_NUMBER,
	CONTENT_CONTEXT,
	CONTENT_MAP,
	CONTENT_LOOKED_UP, /* not compared with NULL yet */
};

struct content_of {
	enum content content;
	int map;
};

struct entry {
	const struct flow *flow;
	struct content_of registers[REGISTERS];
	bool plain_context; /* what is read from the context are numbers, not pointers */
};

/* Types whose context holds numbers only, whatever the kernel; those of tracing programs are
 * pointers with a type. */
static bool has_plain_context(int prog_type)
{
	static const bool known[] = {
		[BPF_PROG_TYPE_KPROBE] = true,
		[BPF_PROG_TYPE_TRACEPOINT] = true,
		[BPF_PROG_TYPE_RAW_TRACEPOINT] = true,
	};

	return (size_t)prog_type < ARRAY_SIZE(known) && known[prog_type];
}

static bool returns_number(int helper)
{
	static const bool known[] = {
		[BPF_FUNC_ktime_get_ns] = true,		 [BPF_FUNC_get_prandom_u32] = true,
		[BPF_FUNC_get_smp_processor_id] = true,	 [BPF_FUNC_get_current_pid_tgid] = true,
		[BPF_FUNC_get_current_uid_gid] = true,	 [BPF_FUNC_get_current_task] = true,
		[BPF_FUNC_get_current_cgroup_id] = true, [BPF_FUNC_ktime_get_boot_ns] = true,
	};

	return (size_t)helper < ARRAY_SIZE(known) && known[helper];
}

/* Newer verifiers know that an array has an element for a constant key (6.14). */
static bool may_lack_element(const struct object *object, int map)
{
	int type = object->maps[map].type;

	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_LPM_TRIE;
}

static uint64_t place(const struct entry *entry, size_t index)
{
	return entry->flow->function->value + index * sizeof(struct bpf_insn);
}

static struct content_of load_wide(const struct entry *entry, size_t index,
				   const struct bpf_insn *insn)
{
	const struct object *object = entry->flow->object;
	const struct object_section *section = entry->flow->section;
	const struct object_symbol *symbol =
		object_relocation_at(object, section, place(entry, index));
	int map;

	if (object_core_at(section, place(entry, index)) || (!symbol && insn->src_reg))
		return (struct content_of){0};
	if (!symbol)
		return (struct content_of){.content = CONTENT_NUMBER};
	map = symbol->external ? -ENOENT : object_map(object, symbol->name);
	if (map < 0)
		return (struct content_of){0};
	return (struct content_of){.content = CONTENT_MAP, .map = map};
}

static struct content_of returned(const struct entry *entry, const struct bpf_insn *insn)
{
	const struct content_of *map = &entry->registers[1];

	if (insn->src_reg != CALL_HELPER)
		return (struct content_of){0};
	if (returns_number(insn->imm))
		return (struct content_of){.content = CONTENT_NUMBER};
	if (insn->imm == BPF_FUNC_ringbuf_reserve ||
	    (insn->imm == BPF_FUNC_map_lookup_elem && map->content == CONTENT_MAP &&
	     may_lack_element(entry->flow->object, map->map)))
		return (struct content_of){.content = CONTENT_LOOKED_UP};
	return (struct content_of){0};
}

static void call(struct entry *entry, const struct bpf_insn *insn)
{
	struct content_of result = returned(entry, insn);
	size_t i;

	for (i = 1; i <= 5; i++)
		entry->registers[i] = (struct content_of){0};
	entry->registers[0] = result;
}

static struct content_of calculated(const struct entry *entry, size_t index,
				    const struct bpf_insn *insn)
{
	static const struct content_of number = {.content = CONTENT_NUMBER}, any = {0};
	const struct content_of *target = &entry->registers[insn->dst_reg],
				*source = BPF_SRC(insn->code) == BPF_K
						  ? &number
						  : &entry->registers[insn->src_reg];

	/* A move with an offset may make an address of an arena out of a number (6.9). */
	if (object_core_at(entry->flow->section, place(entry, index)) ||
	    (BPF_OP(insn->code) == BPF_MOV && insn->off))
		return any;
	if (BPF_OP(insn->code) == BPF_MOV && BPF_CLASS(insn->code) == BPF_ALU64)
		return *source;
	if (source->content != CONTENT_NUMBER)
		return any;
	return BPF_OP(insn->code) == BPF_MOV || target->content == CONTENT_NUMBER ? number : any;
}

/* The register whose memory the instruction touches, -1: none. */
static int base_of(const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code);

	if (class == BPF_LDX)
		return insn->src_reg;
	return class == BPF_ST || class == BPF_STX ? insn->dst_reg : -1;
}

static const char *mistake(const struct entry *entry, const struct bpf_insn *insn)
{
	static const char *const mistakes[] = {
		[CONTENT_NUMBER] = "takes a number for an address, which every verifier refuses: "
				   "memory of the kernel is "
				   "read by helpers",
		[CONTENT_LOOKED_UP] =
			"uses what may be NULL without looking, which every verifier refuses",
	};
	int base = base_of(insn);
	enum content content = base < 0 ? CONTENT_ANY : entry->registers[base].content;

	return content < ARRAY_SIZE(mistakes) ? mistakes[content] : NULL;
}

static void step(struct entry *entry, size_t index, const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code);
	struct content_of *target = &entry->registers[insn->dst_reg];

	if (insn->code == LD_IMM64)
		*target = load_wide(entry, index, insn);
	else if (insn->code == (BPF_JMP | BPF_CALL) || class == BPF_LD)
		call(entry, insn);
	else if (class == BPF_ALU || class == BPF_ALU64)
		*target = calculated(entry, index, insn);
	else if (class == BPF_LDX)
		*target = (struct content_of){
			.content =
				entry->plain_context && entry->registers[insn->src_reg].content ==
								CONTENT_CONTEXT
					? CONTENT_NUMBER
					: CONTENT_ANY,
		};
	else if (class == BPF_STX && BPF_MODE(insn->code) != BPF_MEM)
		/* a fetching atomic returns in its source, cmpxchg in r0 */
		entry->registers[insn->src_reg] = entry->registers[0] = (struct content_of){0};
}

const char *object_entry_fault(const struct object *object, const struct object_symbol *function,
			       int prog_type, size_t *index)
{
	const struct flow flow = {
		.object = object,
		.function = function,
		.section = &object->sections[function->section],
		.n = function->size / sizeof(struct bpf_insn),
	};
	struct entry entry = {.flow = &flow, .plain_context = has_plain_context(prog_type)};
	struct bpf_insn insn;
	size_t next[2], steps;
	const char *fault;

	entry.registers[1].content = CONTENT_CONTEXT;
	*index = 0;
	for (steps = 0; steps < flow.n && *index < flow.n; steps++) {
		insn = flow_insn(&flow, *index);
		if (insn.dst_reg >= REGISTERS || insn.src_reg >= REGISTERS ||
		    flow_is_conditional(&insn))
			return NULL;
		fault = mistake(&entry, &insn);
		if (fault)
			return fault;
		step(&entry, *index, &insn);
		flow_successors(&flow, *index, next);
		*index = next[0] == FLOW_NOWHERE ? next[1] : next[0];
	}
	return NULL;
}
