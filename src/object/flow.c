/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * flow.c - where a function's instructions lead, and whether they lead back
 *
 * Loops are told as the verifiers before 5.3 did ("back-edge from insn"): by a walk in depth that
 * meets an instruction on its own path.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

#define LD_IMM64 (BPF_LD | BPF_IMM | BPF_DW)

struct bpf_insn flow_insn(const struct flow *flow, size_t index)
{
	struct bpf_insn insn;

	memcpy(&insn, flow->section->data + flow->function->value + index * sizeof(insn),
	       sizeof(insn));
	return insn;
}

/* Signed division, moves that extend a sign: older verifiers look at that where they get there. */
bool flow_insn_is_newer(const struct bpf_insn *insn)
{
	uint8_t insn_class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	if (insn_class != BPF_ALU && insn_class != BPF_ALU64)
		return false;
	return insn->off &&
	       (op == BPF_DIV || op == BPF_MOD || (op == BPF_MOV && BPF_SRC(insn->code) == BPF_X));
}

static struct flow flow_of(const struct object *object, const struct object_symbol *function)
{
	return (struct flow){
		.object = object,
		.function = function,
		.section = &object->sections[function->section],
		.n = function->size / sizeof(struct bpf_insn),
	};
}

static size_t checked(const struct flow *flow, int64_t index)
{
	return index >= 0 && (uint64_t)index < flow->n ? (size_t)index : FLOW_NOWHERE;
}

bool flow_is_jump(const struct bpf_insn *insn)
{
	uint8_t insn_class = BPF_CLASS(insn->code);

	return (insn_class == BPF_JMP || insn_class == BPF_JMP32) && BPF_OP(insn->code) != BPF_CALL;
}

bool flow_is_conditional(const struct bpf_insn *insn)
{
	return flow_is_jump(insn) && BPF_OP(insn->code) != BPF_JA && BPF_OP(insn->code) != BPF_EXIT;
}

void flow_successors(const struct flow *flow, size_t index, size_t next[2])
{
	struct bpf_insn insn = flow_insn(flow, index);
	uint8_t op = BPF_OP(insn.code);
	/* gotol (BPF_JMP32 | BPF_JA) has its offset in the immediate */
	bool far = insn.code == (BPF_JMP32 | BPF_JA);
	int64_t jump = (int64_t)index + 1 + (far ? insn.imm : insn.off);

	next[0] = checked(flow, (int64_t)index + (insn.code == LD_IMM64 ? 2 : 1));
	next[1] = FLOW_NOWHERE;
	if (!flow_is_jump(&insn))
		return;
	if (op == BPF_EXIT)
		next[0] = FLOW_NOWHERE;
	if (op == BPF_JA)
		next[0] = FLOW_NOWHERE;
	if (op != BPF_EXIT)
		next[1] = checked(flow, jump);
}

static bool has_backward_jump(const struct flow *flow)
{
	size_t i, next[2];

	for (i = 0; i < flow->n; i++) {
		flow_successors(flow, i, next);
		if (next[1] != FLOW_NOWHERE && next[1] <= i)
			return true;
		if (flow_insn(flow, i).code == LD_IMM64)
			i++;
	}
	return false;
}

enum colour { NEW = 0, OPEN_ONE, OPEN_BOTH, CLOSED };

/*
 * In depth without recursion, in the order of the kernel's check_cfg(): a colour counts which of
 * the two successors were taken. Before 6.8 only a jump may lead back to an instruction on the
 * path: of a loop that is entered in its middle it is another instruction that does.
 */
static unsigned int needs_of_cycles(const struct flow *flow, uint8_t *colours, size_t *path)
{
	size_t depth = 1, index, next[2], to;
	unsigned int needs = 0;
	struct bpf_insn insn;
	uint8_t way;

	path[0] = 0;
	while (depth) {
		index = path[depth - 1];
		if (colours[index] == OPEN_BOTH) {
			colours[index] = CLOSED;
			depth--;
			continue;
		}
		flow_successors(flow, index, next);
		way = colours[index]++;
		to = next[way];
		if (to == FLOW_NOWHERE || colours[to] == CLOSED)
			continue;
		if (colours[to] == NEW) {
			path[depth++] = to;
			continue;
		}
		insn = flow_insn(flow, index);
		needs |= NEED_LOOPS | (flow_is_jump(&insn) ? 0 : NEED_ENTERED_LOOPS);
	}
	return needs;
}

static int find_loops(const struct flow *flow, unsigned int *ret)
{
	uint8_t *colours CLEANUP(free_pointer) = NULL;
	size_t *path CLEANUP(free_pointer) = NULL;

	*ret = 0;
	if (!has_backward_jump(flow))
		return 0;
	colours = calloc(flow->n, sizeof(*colours));
	path = calloc(flow->n, sizeof(*path));
	if (!colours || !path)
		return -ENOMEM;
	*ret = needs_of_cycles(flow, colours, path);
	return 0;
}

/* gotox, 7.0: where it leads stands in a map */
static bool is_computed(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_JA | BPF_X);
}

static void reach_all(const struct flow *flow, bool *reached, size_t *queue)
{
	size_t n = 1, i, next[2];

	queue[0] = 0;
	reached[0] = true;
	while (n) {
		flow_successors(flow, queue[--n], next);
		for (i = 0; i < 2; i++) {
			if (next[i] == FLOW_NOWHERE || reached[next[i]])
				continue;
			reached[next[i]] = true;
			queue[n++] = next[i];
		}
	}
}

static const char *judge_reached(const struct flow *flow, const bool *reached)
{
	bool ends = false, returns = true, whole = true;
	struct bpf_insn insn;
	size_t i;

	for (i = 0; i < flow->n; i++) {
		insn = flow_insn(flow, i);
		if (is_computed(&insn))
			return NULL;
		ends = ends || (reached[i] && insn.code == (BPF_JMP | BPF_EXIT));
		/* A kfunc may never return: bpf_throw(), 6.7. Nor may a function that calls it. */
		if (insn.code == (BPF_JMP | BPF_CALL) &&
		    (insn.src_reg ||
		     object_relocation_at(flow->object, flow->section,
					  flow->function->value + i * sizeof(insn))))
			returns = false;
		whole = whole && reached[i];
		if (insn.code == LD_IMM64)
			i++;
	}
	if (!whole)
		return "has instructions that no way leads to, which every verifier refuses";
	return ends || !returns ? NULL : "never ends, which every verifier refuses";
}

static int find_fault(const struct flow *flow, const char **ret)
{
	bool *reached CLEANUP(free_pointer) = calloc(flow->n + 1, sizeof(*reached));
	size_t *queue CLEANUP(free_pointer) = calloc(flow->n + 1, sizeof(*queue));

	if (!reached || !queue)
		return -ENOMEM;
	*ret = NULL;
	if (!flow->n)
		return 0;
	reach_all(flow, reached, queue);
	*ret = judge_reached(flow, reached);
	return 0;
}

int object_flow(const struct object *object, const struct object_symbol *function,
		unsigned int *needs, const char **fault)
{
	struct flow flow = flow_of(object, function);
	int r = find_loops(&flow, needs);

	return r ? r : find_fault(&flow, fault);
}
