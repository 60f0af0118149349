/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * reach.c - which instructions of a program the verifier will see
 *
 * The verifier follows constants: after bpf_core_field_exists(), the address of a weak ksym, a
 * kconfig variable or a "const volatile" of .rodata it sees one branch and never the other. This
 * file does the same, over all paths: what is known of the registers is carried from block to block
 * and joined where paths meet. A static function is followed once for each tuple of arguments; a
 * global one, which the verifier checks on its own, once.
 *
 * If a jump depends on something that no host has answered, both branches are followed. What is
 * reached then is certain if it is reached on every path: see certain.c.
 */
#include <elf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "object/follow.h"

enum {
	DEPTH_LIMIT = 12,   /* of calls that are followed; the kernel takes 8 frames */
	ATOMIC = 0xc0,	    /* BPF_ATOMIC: BPF_XADD with other immediates */
	LOAD_SIGNED = 0x80, /* BPF_MEMSX, 6.6 */
};

/* ---- instructions ---- */

static uint64_t place(const struct walk *walk, size_t index)
{
	return walk->form->body->flow.function->value + index * sizeof(struct bpf_insn);
}

static const struct object_symbol *symbol_at(const struct walk *walk, size_t index)
{
	return object_relocation_at(walk->reach->object, walk->form->body->flow.section,
				    place(walk, index));
}

static int run_form(struct object_reach *reach, struct form *form, unsigned int depth);

int reach_run(struct object_reach *reach, struct form *form)
{
	return form->done ? 0 : run_form(reach, form, 0);
}

static int note_call(struct walk *walk, struct form *to)
{
	struct call_edge *edge = vec_add(&walk->reach->calls, sizeof(*edge));

	if (!edge)
		return -ENOMEM;
	*edge = (struct call_edge){walk->node, to};
	to->live = true;
	return 0;
}

/* The function at @target of a section is called; @registers NULL: as a callback, later. */
static int enter(struct walk *walk, size_t section, uint64_t target, const struct value *registers,
		 struct value *ret)
{
	const struct object_symbol *function =
		object_function(walk->reach->object, section, target);
	struct form *form;
	int r = 0;

	*ret = (struct value){0};
	if (!function)
		return 0; /* a fault, which object_code() tells of */
	form = form_of(walk->reach, function, registers);
	if (!form)
		return -ENOMEM;
	if (walk->visit)
		r = note_call(walk, form);
	if (!form->done && registers && !form->body->isolated && walk->depth < DEPTH_LIMIT)
		r = run_form(walk->reach, form, walk->depth + 1);
	if (form->done && form->has_result && !form->body->isolated)
		*ret = form->result;
	return r || !walk->enter ? r : walk->enter(walk->reach, form);
}

static int call(struct walk *walk, struct state *state, size_t index, const struct bpf_insn *insn)
{
	const struct flow *flow = &walk->form->body->flow;
	const struct object_symbol *symbol = symbol_at(walk, index);
	struct value result = {0};
	int64_t by = (int64_t)insn->imm + 1;
	int r = 0;

	if (symbol && !symbol->external && symbol->section)
		r = enter(walk, symbol->section,
			  symbol->value + (uint64_t)by * sizeof(struct bpf_insn), state->registers,
			  &result);
	else if (!symbol && insn->src_reg == CALL_FUNCTION)
		r = enter(walk, flow->function->section,
			  place(walk, index) + (uint64_t)by * sizeof(struct bpf_insn),
			  state->registers, &result);
	else if (!symbol && insn->src_reg == CALL_HELPER)
		result = handed_result(walk->reach, state, insn->imm);
	handed_over(walk->reach, state, insn->src_reg == CALL_HELPER && !symbol ? insn->imm : -1);
	memset(&state->registers[1], 0, ARGUMENTS * sizeof(*state->registers));
	state->registers[0] = result;
	return r;
}

/* What a 64-bit load with a relocation puts into the register. */
static int load_relocated(struct walk *walk, const struct object_symbol *symbol, int32_t imm,
			  struct value *ret)
{
	const struct object *object = walk->reach->object;
	const struct object_section *section = &object->sections[symbol->section];
	uint64_t at = symbol->value + (uint64_t)(int64_t)imm;
	int map;

	if (symbol->external) {
		*ret = question_address(&walk->reach->questions, symbol->external);
		return 0;
	}
	/* A callback: a helper calls it, with unknown arguments. */
	if (section->flags & SHF_EXECINSTR)
		return enter(walk, symbol->section, at, NULL, ret);
	if (strncmp(section->name, ".rodata", 7) == 0) {
		*ret = (struct value){VALUE_DATA, (uint32_t)symbol->section, at};
		return 0;
	}
	map = section->map < 0 ? object_map(object, symbol->name) : -ENOENT;
	if (map >= 0)
		*ret = (struct value){.kind = VALUE_MAP, .which = (uint32_t)map};
	return 0;
}

static int load_wide(struct walk *walk, size_t index, const struct bpf_insn *insn,
		     struct object_core *core, struct value *ret)
{
	const struct flow *flow = &walk->form->body->flow;
	const struct object_symbol *symbol = symbol_at(walk, index);

	*ret = (struct value){0};
	if (core) {
		*ret = question_core(&walk->reach->questions, flow->section, core);
		return 0;
	}
	if (symbol)
		return load_relocated(walk, symbol, insn->imm, ret);
	if (insn->src_reg == LOAD_FUNCTION)
		return enter(walk, flow->function->section,
			     place(walk, index) +
				     (uint64_t)((int64_t)insn->imm + 1) * sizeof(struct bpf_insn),
			     NULL, ret);
	if (!insn->src_reg && index + 1 < flow->n)
		*ret = value_of((uint32_t)insn->imm |
				(uint64_t)(uint32_t)flow_insn(flow, index + 1).imm << 32);
	return 0;
}

static struct value load_signed(struct ranges *ranges, const struct value *value, unsigned int bits)
{
	struct range range = value_range(ranges, value);

	if (!value_is_run(value) && value->kind != VALUE_NUMBER)
		return (struct value){0};
	range = range_extended(&ranges->rules, &range, bits);
	return value_ranged(ranges, VALUE_SCALAR, &range);
}

static struct value load(struct walk *walk, const struct state *state, const struct bpf_insn *insn)
{
	const struct value *pointer = &state->registers[insn->src_reg];
	uint8_t mode = BPF_MODE(insn->code);
	size_t size = insn_bytes(insn);
	struct value value = {0};

	if (mode != BPF_MEM && mode != LOAD_SIGNED)
		return value;
	if (pointer->kind == VALUE_STACK && !pointer->which)
		value = stack_load(walk->reach, state, (int64_t)pointer->number + insn->off, size);
	else if (pointer->kind == VALUE_DATA || pointer->kind == VALUE_KCONFIG)
		value = question_load(&walk->reach->questions, pointer, insn);
	else if (pointer->kind == VALUE_CONTEXT)
		return (struct value){VALUE_WORD, (uint32_t)size,
				      pointer->number + (uint64_t)(int64_t)insn->off};
	if (mode == LOAD_SIGNED)
		return load_signed(&walk->reach->ranges, &value, 8 * (unsigned int)size);
	if (value_is_run(&value) && !value.which && size < 8)
		/* Four bytes of a context may be an address. */
		value = (struct value){size < 4 ? VALUE_SCALAR : value.kind,
				       walk->reach->loaded[size], 0};
	return value;
}

static struct value operand(struct walk *walk, const struct state *state,
			    const struct bpf_insn *insn, struct object_core *core)
{
	if (BPF_SRC(insn->code) == BPF_X)
		return state->registers[insn->src_reg];
	if (core)
		return question_core(&walk->reach->questions, walk->form->body->flow.section, core);
	return value_of((uint64_t)(int64_t)insn->imm);
}

static void calculate(struct walk *walk, struct state *state, size_t index,
		      const struct bpf_insn *insn, struct object_core *core)
{
	struct value *target = &state->registers[insn->dst_reg];
	struct value source = operand(walk, state, insn, core), result;
	struct bpf_insn little = *insn;

	/* What is the order of bytes of the one kind of machines is not that of the other. */
	if (insn->code == (BPF_ALU | BPF_END | BPF_TO_LE) ||
	    insn->code == (BPF_ALU | BPF_END | BPF_TO_BE))
		little.code ^= walk->reach->object->big_endian ? BPF_TO_BE : 0;
	result = value_arithmetic(&walk->reach->ranges, &little, target, &source);
	if (result.kind != VALUE_STACK && BPF_OP(insn->code) != BPF_MOV &&
	    (target->kind == VALUE_STACK || source.kind == VALUE_STACK))
		state->loose = true;
	*target = result;
	if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) && !insn->off)
		state_copy(state, insn->src_reg, insn->dst_reg, index + 1);
}

static void store(struct walk *walk, struct state *state, const struct bpf_insn *insn)
{
	const struct value *pointer = &state->registers[insn->dst_reg];
	bool atomic = BPF_CLASS(insn->code) == BPF_STX && BPF_MODE(insn->code) == ATOMIC;
	int64_t offset = (int64_t)pointer->number + insn->off;
	struct value value = BPF_CLASS(insn->code) == BPF_ST
				     ? value_of((uint64_t)(int64_t)insn->imm)
				     : state->registers[insn->src_reg];

	if (atomic) {
		/* a fetching one returns in its source, cmpxchg in r0 */
		state->registers[insn->src_reg] = (struct value){0};
		state->registers[0] = (struct value){0};
		value = (struct value){0};
	}
	if (pointer->kind == VALUE_STACK && pointer->which)
		stack_write(walk->reach, state, offset,
			    (int64_t)(pointer->which + insn_bytes(insn)));
	else if (pointer->kind == VALUE_STACK)
		stack_store(walk->reach, state, offset, insn_bytes(insn), value);
	if (value.kind == VALUE_STACK && (pointer->kind != VALUE_STACK || pointer->which))
		state->loose = true;
	if (state->loose && pointer->kind == VALUE_ANY)
		stack_write(walk->reach, state, -STACK_DEPTH, STACK_DEPTH);
}

static int step(struct walk *walk, struct state *state, size_t index, const struct bpf_insn *insn,
		struct object_core *core)
{
	uint8_t insn_class = BPF_CLASS(insn->code);

	if (insn->dst_reg >= REGISTERS || insn->src_reg >= REGISTERS)
		return 0;
	if (insn->code == LD_IMM64)
		return load_wide(walk, index, insn, core, &state->registers[insn->dst_reg]);
	if (insn->code == (BPF_JMP | BPF_CALL))
		return call(walk, state, index, insn);
	if (insn_class == BPF_ALU || insn_class == BPF_ALU64)
		calculate(walk, state, index, insn, core);
	else if (insn_class == BPF_LDX)
		state->registers[insn->dst_reg] = load(walk, state, insn);
	else if (insn_class == BPF_ST || insn_class == BPF_STX)
		store(walk, state, insn);
	else if (insn_class == BPF_LD)
		memset(state->registers, 0, (1 + ARGUMENTS) * sizeof(*state->registers));
	return 0;
}

/* ---- from block to block ---- */

static void enqueue(struct form *form, uint32_t block)
{
	form->queued[block] = true;
	if (block < form->lowest)
		form->lowest = block;
}

static int arrive(struct object_reach *reach, struct form *form, uint32_t block,
		  const struct state *state)
{
	struct state *known;

	known = form->states[block];
	if (known) {
		if (state_join(reach, known, state))
			enqueue(form, block);
		return 0;
	}
	known = arena_alloc(reach->arena, sizeof(*known));
	if (!known)
		return -ENOMEM;
	*known = *state;
	form->states[block] = known;
	enqueue(form, block);
	return 0;
}

/* What a comparison tells about its operands on the branch where it holds, or not. */
static void learn(struct state *state, const struct bpf_insn *insn, const struct value *right,
		  bool jumps)
{
	struct value *left = &state->registers[insn->dst_reg];
	uint8_t op = BPF_OP(insn->code);
	bool equal = (op == BPF_JEQ && jumps) || (op == BPF_JNE && !jumps);

	if (!flow_is_conditional(insn) || BPF_CLASS(insn->code) != BPF_JMP ||
	    right->kind != VALUE_NUMBER)
		return;
	if (equal &&
	    (left->kind <= VALUE_OPEN || left->kind == VALUE_LOOKED_UP || left->kind == VALUE_WORD))
		*left = *right;
	else if (left->kind == VALUE_LOOKED_UP)
		*left = (struct value){0};
}

/* Which way bits and bounds leave, and what that hangs on. */
static unsigned int ways_by_range(struct walk *walk, const struct state *state,
				  const struct bpf_insn *insn, const struct value *right,
				  uint32_t *question)
{
	const struct value *left = &state->registers[insn->dst_reg];
	struct questions *questions = &walk->reach->questions;
	struct ranges *ranges = &walk->reach->ranges;
	struct range a, b;
	uint32_t needs;
	int holds;

	if (!value_has_range(left) || !value_has_range(right))
		return FALLS | JUMPS;
	a = value_range(ranges, left);
	b = value_range(ranges, right);
	holds = range_holds(&ranges->rules, insn, &a, &b, &needs);
	if (holds < 0)
		return FALLS | JUMPS;
	/* Whoever has something later has bounds. */
	if (!needs &&
	    (ranges->rules.has || question_since(questions, SINCE_BOUNDS, question) == FEATSEL_YES))
		return holds ? JUMPS : FALLS;
	if (needs && question_rules(questions, &ranges->rules, needs, question))
		walk->reach->learned = true;
	return holds ? JUMPS | MAY_FALL : FALLS | MAY_JUMP;
}

static int leave(struct walk *walk, const struct state *state, uint32_t block,
		 const struct bpf_insn *insn)
{
	struct form *form = walk->form;
	const struct value *left;
	struct value right = {0};
	unsigned int ways = FALLS | JUMPS, side, certain, may;
	uint32_t question = 0, next;
	struct state then;
	int r = 0;

	if (flow_is_conditional(insn) && insn->dst_reg < REGISTERS && insn->src_reg < REGISTERS) {
		right = operand(walk, state, insn, NULL);
		ways = value_ways(insn, &state->registers[insn->dst_reg], &right);
		if (ways == (FALLS | JUMPS))
			ways = ways_by_range(walk, state, insn, &right, &question);
	}
	left = &state->registers[insn->dst_reg % REGISTERS];
	if (ways & (MAY_FALL | MAY_JUMP) && !question)
		question = left->kind == VALUE_NUMBER ? right.which : left->which;
	if (!walk->arrive) {
		form->ways[block] = (uint8_t)ways;
		form->questions[block] = question;
		walk->reach->open |= (ways & (MAY_FALL | MAY_JUMP)) != 0;
	}
	for (side = 0; side < 2 && !r; side++) {
		certain = FALLS << side;
		may = MAY_FALL << side;
		next = form->body->blocks[block].next[side];
		if (!(ways & (certain | may)) || next == NOWHERE)
			continue;
		then = *state;
		if (!(ways & certain) && !then.open)
			then.open = question;
		if (insn->dst_reg < REGISTERS && insn->src_reg < REGISTERS) {
			/* What decides nothing tells nothing. */
			if (flow_is_conditional(insn) && ways != FALLS && ways != JUMPS)
				state_learn(&walk->reach->ranges, &then, insn, &right, side == 1);
			learn(&then, insn, &right, side == 1);
		}
		r = walk->arrive ? walk->arrive(walk, next, &then)
				 : arrive(walk->reach, form, next, &then);
	}
	return r;
}

static void end(struct object_reach *reach, struct form *form, const struct state *state)
{
	form->result = form->has_result ? value_join(&reach->ranges, &form->result,
						     &state->registers[0], state->open)
					: state->registers[0];
	form->result = form_argument(&form->result);
	form->has_result = true;
}

static struct object_core *next_core(struct walk *walk, uint64_t offset)
{
	const struct object_section *section = walk->form->body->flow.section;

	while (walk->core < section->n_cores && section->cores[walk->core].insn_offset < offset)
		walk->core++;
	return walk->core < section->n_cores && section->cores[walk->core].insn_offset == offset
		       ? &section->cores[walk->core]
		       : NULL;
}

static int visit_site(struct walk *walk, const struct state *state, size_t index,
		      const struct bpf_insn *insn, struct object_core *core)
{
	struct object_reach *reach = walk->reach;
	const struct site site = {
		.reach = reach,
		.flow = &walk->form->body->flow,
		.index = index,
		.insn = insn,
		.state = state,
		.core = core,
		.node = walk->node,
		.outermost = walk->form == form_at(reach, 0),
		.straight = walk->straight,
		.walk = walk,
	};

	return walk->visit(walk->data, &site);
}

int reach_block(struct walk *walk, uint32_t index, const struct state *entered)
{
	struct form *form = walk->form;
	const struct body *body = form->body;
	const struct block *block = &body->blocks[index];
	struct state state = *entered;
	struct object_core *core;
	struct bpf_insn insn = {0};
	uint32_t i;
	int r = 0;

	walk->node = form->node + index;
	walk->core = object_first_core(body->flow.section, place(walk, block->start));
	for (i = block->start; i < block->end && !r; i++) {
		insn = flow_insn(&body->flow, i);
		core = next_core(walk, place(walk, i));
		if (walk->visit)
			r = visit_site(walk, &state, i, &insn, core);
		if (!r)
			r = step(walk, &state, i, &insn, core);
		if (insn.code == LD_IMM64)
			i++;
	}
	if (r || walk->visit)
		return r;
	walk->reach->work += walk->arrive ? block->end - block->start : 0;
	if (insn.code == (BPF_JMP | BPF_EXIT) && !walk->arrive)
		end(walk->reach, form, &state);
	return leave(walk, &state, index, &insn);
}

static int begin(struct object_reach *reach, struct form *form)
{
	struct state state = {0};

	memcpy(&state.registers[1], form->arguments, sizeof(form->arguments));
	state.open = form->open ? reach->lazy : 0;
	state.registers[10].kind = VALUE_STACK;
	return form->body->n_blocks ? arrive(reach, form, 0, &state) : 0;
}

static int run_form(struct object_reach *reach, struct form *form, unsigned int depth)
{
	struct walk walk = {.reach = reach, .form = form, .depth = depth};
	int r;

	/* A recursive call finds the function finished, with an unknown result. */
	form->done = true;
	r = begin(reach, form);
	while (!r && form->lowest < form->body->n_blocks) {
		if (!form->queued[form->lowest]) {
			form->lowest++;
			continue;
		}
		form->queued[form->lowest] = false;
		r = reach_block(&walk, form->lowest, form->states[form->lowest]);
		if (reach->questions.failed)
			r = -ENOMEM;
	}
	return r;
}

/* ---- what was reached ---- */

struct value reach_result(const struct site *site)
{
	struct walk walk = *site->walk;
	struct state state = *site->state;
	uint8_t reg = site->insn->code == (BPF_JMP | BPF_CALL) ? 0 : site->insn->dst_reg;

	walk.visit = NULL;
	if (reg >= REGISTERS || step(&walk, &state, site->index, site->insn, site->core))
		return (struct value){0};
	return state.registers[reg];
}

/* The only successor of a block, if it has one. */
static uint32_t only_next(const struct form *form, uint32_t index)
{
	const uint32_t *next = form->body->blocks[index].next;
	unsigned int ways = form->ways[index];

	if (ways == FALLS || (ways == (FALLS | JUMPS) && next[1] == NOWHERE))
		return next[0];
	if (ways == JUMPS || (ways == (FALLS | JUMPS) && next[0] == NOWHERE))
		return next[1];
	return NOWHERE;
}

/* The blocks that the program goes through before it may go two ways. */
static void walk_straight(struct walk *walk, bool *straight)
{
	uint32_t i = 0;

	while (i != NOWHERE && !straight[i]) {
		straight[i] = true;
		i = only_next(walk->form, i);
	}
}

static int walk_form(struct object_reach *reach, struct form *form, site_fn visit, void *data)
{
	struct walk walk = {.reach = reach, .form = form, .visit = visit, .data = data};
	bool *straight CLEANUP(free_pointer) = calloc(form->body->n_blocks + 1, sizeof(*straight));
	uint32_t i;
	int r = straight ? 0 : -ENOMEM;

	if (!r && form == form_at(reach, 0))
		walk_straight(&walk, straight);
	for (i = 0; i < form->body->n_blocks && !r; i++) {
		walk.straight = straight[i];
		if (form->states[i])
			r = reach_block(&walk, i, form->states[i]);
	}
	return r;
}

static int walk_live(struct object_reach *reach, bool alone, site_fn visit, void *data)
{
	struct form *form;
	bool more = true;
	size_t i;
	int r = 0;

	while (more && !r) {
		more = false;
		for (i = 0; i < reach->forms.count && !r; i++) {
			form = form_at(reach, i);
			if (!form->live || form->walked)
				continue;
			form->walked = more = true;
			form->alone = alone;
			r = walk_form(reach, form, visit, data);
		}
	}
	return r;
}

/* Forms that were tried before all arguments were known are not called from anywhere. */
int reach_walk(struct object_reach *reach, site_fn visit, void *data)
{
	size_t i;
	int r;

	reach->calls.count = 0;
	for (i = 0; i < reach->forms.count; i++)
		form_at(reach, i)->live = form_at(reach, i)->walked = false;
	form_at(reach, 0)->live = true;
	r = walk_live(reach, false, visit, data);
	for (i = 0; i < reach->forms.count && !r; i++)
		form_at(reach, i)->live |= form_at(reach, i)->checked;
	return r ? r : walk_live(reach, true, visit, data);
}
