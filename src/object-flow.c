/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * object-flow.c - where a function's instructions lead: loops, and code behind checks that loading decides
 *
 * Loops are told as the verifiers before 5.3 did ("back-edge from insn"): by a walk in depth that meets an
 * instruction on its own path.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define LD_IMM64 (BPF_LD | BPF_IMM | BPF_DW)
#define NOWHERE SIZE_MAX

struct flow {
	const struct object *object;
	const struct object_symbol *function;
	struct object_section *section;
	size_t n; /* instructions */
};

static struct bpf_insn insn_at(const struct flow *flow, size_t index)
{
	struct bpf_insn insn;

	memcpy(&insn, flow->section->data + flow->function->value + index * sizeof(insn), sizeof(insn));
	return insn;
}

static size_t checked(const struct flow *flow, int64_t index)
{
	return index >= 0 && (uint64_t)index < flow->n ? (size_t)index : NOWHERE;
}

static bool is_jump(const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) && BPF_OP(insn->code) != BPF_CALL;
}

/* Where control goes from an instruction: next[0] falls through, next[1] jumps; NOWHERE where it does not. */
static void successors(const struct flow *flow, size_t index, size_t next[2])
{
	struct bpf_insn insn = insn_at(flow, index);
	uint8_t op = BPF_OP(insn.code);
	/* gotol (BPF_JMP32 | BPF_JA) has its offset in the immediate */
	bool far = insn.code == (BPF_JMP32 | BPF_JA);
	int64_t jump = (int64_t)index + 1 + (far ? insn.imm : insn.off);

	next[0] = checked(flow, (int64_t)index + (insn.code == LD_IMM64 ? 2 : 1));
	next[1] = NOWHERE;
	if (!is_jump(&insn))
		return;
	if (op == BPF_EXIT)
		next[0] = NOWHERE;
	if (op == BPF_JA)
		next[0] = NOWHERE;
	if (op != BPF_EXIT)
		next[1] = checked(flow, jump);
}

static bool has_backward_jump(const struct flow *flow)
{
	size_t i, next[2];

	for (i = 0; i < flow->n; i++) {
		successors(flow, i, next);
		if (next[1] != NOWHERE && next[1] <= i)
			return true;
		if (insn_at(flow, i).code == LD_IMM64)
			i++;
	}
	return false;
}

enum colour { NEW = 0, OPEN_ONE, OPEN_BOTH, CLOSED };

/* In depth without recursion: a colour counts which of the two successors were taken. */
static bool has_cycle(const struct flow *flow, uint8_t *colours, size_t *path)
{
	size_t depth = 1, index, next[2], to;

	path[0] = 0;
	while (depth) {
		index = path[depth - 1];
		if (colours[index] == OPEN_BOTH) {
			colours[index] = CLOSED;
			depth--;
			continue;
		}
		successors(flow, index, next);
		to = next[colours[index]++];
		if (to == NOWHERE || colours[to] == CLOSED)
			continue;
		if (colours[to] != NEW)
			return true;
		path[depth++] = to;
	}
	return false;
}

static int find_loops(const struct flow *flow, bool *ret)
{
	uint8_t *colours CLEANUP(free_pointer) = NULL;
	size_t *path CLEANUP(free_pointer) = NULL;

	*ret = false;
	if (!has_backward_jump(flow))
		return 0;
	colours = calloc(flow->n, sizeof(*colours));
	path = calloc(flow->n, sizeof(*path));
	if (!colours || !path)
		return -ENOMEM;
	*ret = has_cycle(flow, colours, path);
	return 0;
}

int object_flow(const struct object *object, const struct object_symbol *function, bool *loops, uint8_t **guards)
{
	struct flow flow = {
		.object = object,
		.function = function,
		.section = &object->sections[function->section],
		.n = function->size / sizeof(struct bpf_insn),
	};

	*guards = NULL;
	return find_loops(&flow, loops);
}
