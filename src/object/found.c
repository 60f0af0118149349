/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* found.c - which of a program's helpers, functions, types and context words are reached */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/reach.h"

#define INSN_SIZE ((uint64_t)sizeof(struct bpf_insn))

int object_find_use(const struct object_use *known, size_t n, int helper, const char *kfunc)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (known[i].helper == helper &&
		    (known[i].kfunc == kfunc || (kfunc && strcmp(known[i].kfunc, kfunc) == 0)))
			return (int)i;
	return -ENOENT;
}

int object_find_type(const struct object_type_need *known, size_t n,
		     const struct object_type_need *need)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (known[i].loaded == need->loaded && known[i].adjusts == need->adjusts &&
		    known[i].core->type == need->core->type &&
		    known[i].core->access == need->core->access &&
		    strcmp(known[i].feature, need->feature) == 0)
			return (int)i;
	return -ENOENT;
}

struct object_type_need object_in_any_form(const struct object_type_need *need)
{
	return (struct object_type_need){
		.feature = need->feature, .core = need->core, .loaded = -1};
}

/* Uses, types, maps, words of the context and instructions with newer operands, numbered through in
 * this order. */
struct finding {
	const struct object *object;
	struct object_program *program; /* what is found goes into it */
	struct vec *nodes;		/* size_t: where each is reached */
	size_t n;
};

/* A read of the context is known by where it begins: to four bytes. */
enum { WORD = 4, WORDS = 64, NEWER = 1 };

static int note(struct finding *finding, size_t index, const struct site *site)
{
	struct vec *nodes = &finding->nodes[index];
	const size_t *known = nodes->items;
	size_t *slot;

	if (nodes->count && known[nodes->count - 1] == site->node)
		return 0;
	slot = vec_add(nodes, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = site->node;
	return 0;
}

static int note_call(struct finding *finding, const struct site *site)
{
	const struct object_symbol *symbol =
		object_relocation_at(finding->object, site->flow->section,
				     site->flow->function->value + site->index * INSN_SIZE);
	const struct object_program *program = finding->program;
	int use = -ENOENT;

	if (symbol && symbol->external)
		use = object_find_use(program->uses, program->n_uses, -1, symbol->external->name);
	else if (!symbol && site->insn->src_reg == CALL_HELPER)
		use = object_find_use(program->uses, program->n_uses, site->insn->imm, NULL);
	return use < 0 ? 0 : note(finding, (size_t)use, site);
}

static int note_core(struct finding *finding, const struct site *site)
{
	const struct object_program *program = finding->program;
	struct object_type_need need;
	int type, r = 0;

	if (!object_core_need(finding->object, site->flow->section, site->core, &need))
		return 0;
	type = object_find_type(program->types, program->n_types, &need);
	if (type >= 0)
		r = note(finding, program->n_uses + (size_t)type, site);
	if (r || need.loaded < 0)
		return r;
	need = object_in_any_form(&need);
	type = object_find_type(program->types, program->n_types, &need);
	return type < 0 ? 0 : note(finding, program->n_uses + (size_t)type, site);
}

static int note_map(struct finding *finding, const struct site *site)
{
	const struct object_program *program = finding->program;
	const struct object_symbol *symbol =
		object_relocation_at(finding->object, site->flow->section,
				     site->flow->function->value + site->index * INSN_SIZE);
	int map = symbol && !symbol->external ? object_map(finding->object, symbol->name) : -ENOENT;
	size_t i;

	for (i = 0; i < program->n_maps; i++)
		if (program->maps[i] == map)
			return note(finding, program->n_uses + program->n_types + i, site);
	return 0;
}

/* What libbpf moves to where the kernel has it is no read of a place. */
static int note_word(struct finding *finding, const struct site *site)
{
	const struct value *pointer = &site->state->registers[site->insn->src_reg];
	int64_t offset = (int64_t)pointer->number + site->insn->off;

	if (!site->outermost || site->core || pointer->kind != VALUE_CONTEXT || offset < 0 ||
	    offset / WORD >= WORDS)
		return 0;
	return note(finding, finding->n - NEWER - WORDS + (size_t)offset / WORD, site);
}

/* The register whose memory the instruction touches, -1: none. */
static int base_of(const struct bpf_insn *insn)
{
	uint8_t insn_class = BPF_CLASS(insn->code);
	int base = insn_class == BPF_LDX ? insn->src_reg : -1;

	if (insn_class == BPF_ST || insn_class == BPF_STX)
		base = insn->dst_reg;
	return base < REGISTERS ? base : -1;
}

/*
 * This is not a verifier: it only knows whether a register holds a number or a possible NULL, and
 * stops at the first jump that may go both ways. What it finds is refused by every kernel, and need
 * not be loaded to be known.
 */
static void note_mistake(struct finding *finding, const struct site *site)
{
	static const char number[] = "takes a number for an address, which every verifier refuses: "
				     "memory of the kernel is read by helpers";
	static const char *const mistakes[VALUE_KIND_COUNT] = {
		[VALUE_SCALAR] = number,
		[VALUE_NUMBER] = number,
		[VALUE_OPEN] = number,
		[VALUE_NONZERO] = number,
		[VALUE_LOOKED_UP] =
			"uses what may be NULL without looking, which every verifier refuses",
	};
	struct object_mistake *found = finding->program->mistakes;
	int base = base_of(site->insn);
	enum value_kind kind = base < 0 ? VALUE_ANY : site->state->registers[base].kind;

	if (mistakes[kind] && !found[0].what)
		found[0] = (struct object_mistake){mistakes[kind], site->index};
	if ((mistakes[kind] || kind == VALUE_WORD) && !found[1].what)
		found[1] = (struct object_mistake){mistakes[kind] ? mistakes[kind] : number,
						   site->index};
}

static int look(void *data, const struct site *site)
{
	struct finding *finding = data;
	int r = 0;

	if (site->straight)
		note_mistake(finding, site);
	if (site->insn->code == (BPF_JMP | BPF_CALL))
		r = note_call(finding, site);
	else if (site->insn->code == LD_IMM64)
		r = note_map(finding, site);
	else if (BPF_CLASS(site->insn->code) == BPF_LDX && site->insn->src_reg < REGISTERS)
		r = note_word(finding, site);
	else if (flow_insn_is_newer(site->insn))
		r = note(finding, finding->n - NEWER, site);
	return r || !site->core ? r : note_core(finding, site);
}

static struct object_reached judge(const struct finding *finding, struct object_reach *reach,
				   size_t index)
{
	struct vec *nodes = &finding->nodes[index];
	struct object_reached reached = {.how = NOT_REACHED};
	size_t *node = nodes->items, i, n = 0;
	uint32_t hinge;

	for (i = 0; i < nodes->count; i++)
		if (reach_is_met(reach, node[i]))
			node[n++] = node[i];
	nodes->count = n;
	if (!n)
		return reached;
	reached.how = MAY_BE_REACHED;
	if (reach_is_certain(reach, nodes->items, nodes->count, &hinge))
		reached.how = IS_REACHED;
	reached.hinge = questions_feature(reach_questions(reach), hinge);
	return reached;
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

/* For maps other than buffers, libbpf and other references matter beyond the code. */
static void judge_maps(const struct finding *finding, struct object_reach *reach,
		       struct object_reached *maps)
{
	const struct object_program *program = finding->program;
	size_t i;

	for (i = 0; i < program->n_maps; i++) {
		maps[i] = (struct object_reached){.how = IS_REACHED};
		if (i < program->n_coded_maps &&
		    object_map_is_output(&finding->object->maps[program->maps[i]]))
			maps[i] = judge(finding, reach, program->n_uses + program->n_types + i);
	}
}

static void judge_all(struct finding *finding, struct object_reach *reach, struct object_use *uses,
		      struct object_type_need *types)
{
	struct object_program *program = finding->program;
	size_t i;

	program->reads = 0;
	program->needs &= ~(unsigned int)(NEED_GPL | NEED_V4_OPERANDS);
	if (judge(finding, reach, finding->n - NEWER).how == IS_REACHED)
		program->needs |= NEED_V4_OPERANDS;
	for (i = 0; i < program->n_uses; i++) {
		uses[i] = program->uses[i];
		uses[i].reached = judge(finding, reach, i);
		if (uses[i].reached.how == IS_REACHED && is_gpl_only(uses[i].helper))
			program->needs |= NEED_GPL;
	}
	for (i = 0; i < program->n_types; i++) {
		types[i] = program->types[i];
		types[i].reached = judge(finding, reach, program->n_uses + i);
	}
	for (i = 0; i < WORDS; i++)
		if (judge(finding, reach, finding->n - NEWER - WORDS + i).how == IS_REACHED)
			program->reads |= UINT64_C(1) << i;
	program->uses = uses;
	program->types = types;
	program->depends = reach_questions(reach)->depends;
}

static int keep_questions(struct object_program *program, const struct questions *questions,
			  struct arena *arena)
{
	const struct feature **kept = arena_array(arena, questions->asked.count, sizeof(*kept));
	const struct feature *feature;
	uint32_t i;

	if (!kept)
		return -ENOMEM;
	program->questions = kept;
	program->n_questions = 0;
	for (i = 1; i <= questions->asked.count; i++) {
		feature = questions_feature(questions, i);
		if (feature)
			kept[program->n_questions++] = feature;
	}
	return 0;
}

static int find(struct finding *finding, const struct object_oracle *oracle, struct arena *arena)
{
	struct object_program *program = finding->program;
	struct object_use *uses = arena_array(arena, program->n_uses, sizeof(*uses));
	struct object_type_need *types = arena_array(arena, program->n_types, sizeof(*types));
	struct object_reached *maps = arena_array(arena, program->n_maps, sizeof(*maps));
	struct object_reach *reach;
	int r = reach_new(finding->object, program->symbol, oracle, arena, &reach);

	if (r)
		return r;
	r = uses && types && maps ? reach_alone(reach, program->alone, program->n_alone) : -ENOMEM;
	if (!r)
		r = reach_walk(reach, look, finding);
	if (!r && oracle && oracle->apart)
		r = reach_apart(reach);
	if (!r)
		r = keep_questions(program, reach_questions(reach), arena);
	if (!r) {
		judge_all(finding, reach, uses, types);
		judge_maps(finding, reach, maps);
		program->map_reached = maps;
	}
	if (reach_questions(reach)->failed)
		r = -ENOMEM;
	reach_free(reach);
	return r;
}

int object_find_reached(const struct object *object, struct object_program *program,
			const struct object_oracle *oracle, struct arena *arena)
{
	struct finding finding = {.object = object,
				  .program = program,
				  .n = program->n_uses + program->n_types + program->n_maps +
				       WORDS + NEWER};
	size_t i;
	int r = -ENOMEM;

	finding.nodes = calloc(finding.n, sizeof(*finding.nodes));
	if (finding.nodes)
		r = find(&finding, oracle, arena);
	for (i = 0; finding.nodes && i < finding.n; i++)
		vec_free(&finding.nodes[i]);
	free(finding.nodes);
	return r;
}
