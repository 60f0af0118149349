/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * context.c - which words of its context a program reads on every way through it
 *
 * The context of fentry, fexit, tp_btf and lsm programs is the arguments of their target, a word
 * each, and the kernel loads a program only where it knows what stands in each word that is read.
 * The context comes in register 1; it is followed from register to register, not through the stack,
 * so that what is found is surely read.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "object/private.h"

enum {
	CALLER_SAVED = 0x3f, /* registers 0 to 5 are gone after a call */
	UNREACHED = FLOW_UNREACHED,
	ATOMIC = 0xc0,	    /* BPF_ATOMIC: BPF_XADD with other immediates */
	LOAD_SIGNED = 0x80, /* BPF_MEMSX, 6.6 */
	WORD = 8,
	LAST_WORD = 31,
};

static uint16_t bit(unsigned int reg)
{
	return (uint16_t)(1u << reg);
}

/* The registers that hold the context after @insn, where those of @held did before. */
static uint16_t after(const struct bpf_insn *insn, uint16_t held)
{
	uint8_t class = BPF_CLASS(insn->code);

	if (insn->code == (BPF_JMP | BPF_CALL))
		return (uint16_t)(held & ~CALLER_SAVED);
	if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) && !insn->off && held & bit(insn->src_reg))
		return held | bit(insn->dst_reg);
	if (class == BPF_ALU || class == BPF_ALU64 || class == BPF_LD || class == BPF_LDX)
		return (uint16_t)(held & ~bit(insn->dst_reg));
	if (class == BPF_STX && BPF_MODE(insn->code) == ATOMIC)
		return (uint16_t)(held & ~(bit(insn->src_reg) | bit(0)));
	return held;
}

/* One pass in the order of the code; true where it found something new. */
static bool pass(const struct flow *flow, uint16_t *held)
{
	bool changed = false;
	struct bpf_insn insn;
	size_t i, side, next[2];
	uint16_t then;

	for (i = 0; i < flow->n; i++) {
		if (held[i] == UNREACHED)
			continue;
		insn = flow_insn(flow, i);
		then = after(&insn, held[i]);
		flow_successors(flow, i, next);
		for (side = 0; side < ARRAY_SIZE(next); side++) {
			if (next[side] == FLOW_NOWHERE ||
			    (held[next[side]] & then) == held[next[side]])
				continue;
			held[next[side]] &= then;
			changed = true;
		}
	}
	return changed;
}

static uint32_t word_read(const struct bpf_insn *insn, uint16_t held)
{
	uint8_t mode = BPF_MODE(insn->code);

	if (BPF_CLASS(insn->code) != BPF_LDX || (mode != BPF_MEM && mode != LOAD_SIGNED) ||
	    !(held & bit(insn->src_reg)) || insn->off < 0 || insn->off / WORD > LAST_WORD)
		return 0;
	return UINT32_C(1) << insn->off / WORD;
}

int object_context_registers(const struct flow *flow, uint16_t **ret)
{
	uint16_t *held = malloc(flow->n * sizeof(*held) + 1);
	size_t i;

	if (!held)
		return -ENOMEM;
	for (i = 0; i < flow->n; i++)
		held[i] = UNREACHED;
	if (flow->n)
		held[0] = bit(1);
	while (pass(flow, held))
		;
	*ret = held;
	return 0;
}

int object_context(const struct flow *flow, const uint64_t *guards, uint32_t *ret)
{
	uint16_t *held CLEANUP(free_pointer) = NULL;
	struct bpf_insn insn;
	size_t i;

	if (object_context_registers(flow, &held))
		return -ENOMEM;
	*ret = 0;
	for (i = 0; i < flow->n; i++) {
		insn = flow_insn(flow, i);
		if (held[i] != UNREACHED && !(guards && guards[i]))
			*ret |= word_read(&insn, held[i]);
	}
	return 0;
}
