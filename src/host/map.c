/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * map.c - map types, by creating the smallest map of each; instruction features, by loading
 * the smallest program
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/private.h"

/* ---- map types ---- */

enum map_need {
	NEEDS_INNER = 1 << 0, /* a map to be a map of */
	NEEDS_TYPES = 1 << 1, /* BTF of key and value */
	NEEDS_PAGE = 1 << 2,  /* max_entries is a page's size */
	NEEDS_NET_ADMIN = 1 << 3,
	NEEDS_STRUCT_OPS = 1 << 4, /* a value type that is none: ENOTSUPP if struct_ops exist,
				      EINVAL if not */
};

struct map_row {
	int type;
	uint32_t key_size, value_size, max_entries, flags;
	unsigned int needs;
};

#define NO_PREALLOC BPF_F_NO_PREALLOC
#define LOCAL_STORAGE(number)                             \
	{                                                 \
		number, 4, 4, 0, NO_PREALLOC, NEEDS_TYPES \
	}

/* Two rows of one type are two ways to create it; either is enough. */
static const struct map_row map_rows[] = {
	{BPF_MAP_TYPE_HASH, 4, 4, 1, 0, 0},
	{BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0, 0},
	{BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 1, 0, 0},
	{BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 1, 0, 0},
	{BPF_MAP_TYPE_PERCPU_HASH, 4, 4, 1, 0, 0},
	{BPF_MAP_TYPE_PERCPU_ARRAY, 4, 4, 1, 0, 0},
	{BPF_MAP_TYPE_STACK_TRACE, 4, 8, 1, 0, 0},
	{BPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 1, 0, 0},
	{BPF_MAP_TYPE_LRU_HASH, 4, 4, 1, 0, 0},
	{BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 4, 1, 0, 0},
	{BPF_MAP_TYPE_LPM_TRIE, 8, 4, 1, NO_PREALLOC, 0},
	{BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 1, 0, NEEDS_INNER},
	{BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 1, 0, NEEDS_INNER},
	{BPF_MAP_TYPE_DEVMAP, 4, 4, 1, 0, NEEDS_NET_ADMIN},
	{BPF_MAP_TYPE_SOCKMAP, 4, 4, 1, 0, NEEDS_NET_ADMIN},
	{BPF_MAP_TYPE_CPUMAP, 4, 4, 1, 0, NEEDS_NET_ADMIN},
	{BPF_MAP_TYPE_XSKMAP, 4, 4, 1, 0, NEEDS_NET_ADMIN},
	{BPF_MAP_TYPE_SOCKHASH, 4, 4, 1, 0, NEEDS_NET_ADMIN},
	{BPF_MAP_TYPE_CGROUP_STORAGE, sizeof(struct bpf_cgroup_storage_key), 8, 0, 0, 0},
	{BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 8, 1, 0, 0},
	{BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, sizeof(struct bpf_cgroup_storage_key), 8, 0, 0, 0},
	{BPF_MAP_TYPE_QUEUE, 0, 4, 1, 0, 0},
	{BPF_MAP_TYPE_STACK, 0, 4, 1, 0, 0},
	LOCAL_STORAGE(BPF_MAP_TYPE_SK_STORAGE),
	{BPF_MAP_TYPE_DEVMAP_HASH, 4, 4, 1, 0, NEEDS_NET_ADMIN},
	{BPF_MAP_TYPE_STRUCT_OPS, 4, 4, 1, 0, NEEDS_STRUCT_OPS},
	{BPF_MAP_TYPE_RINGBUF, 0, 0, 0, 0, NEEDS_PAGE},
	LOCAL_STORAGE(BPF_MAP_TYPE_INODE_STORAGE),
	LOCAL_STORAGE(BPF_MAP_TYPE_TASK_STORAGE),
	{BPF_MAP_TYPE_BLOOM_FILTER, 0, 4, 1, 0, 0},
	{31, 0, 0, 0, 0, NEEDS_PAGE},	  /* user_ringbuf, 6.1 */
	LOCAL_STORAGE(32),		  /* cgrp_storage, 6.2 */
	{33, 0, 0, 1, BPF_F_MMAPABLE, 0}, /* arena, 6.9: entries are pages */
	{34, 4, 16, 1, 0, 0},		  /* insn_array, 6.19: struct bpf_insn_array_value */
	{35, 4, 4, 1, NO_PREALLOC, 0},	  /* rhash, 7.2 */
};

/* BTF with a single type, int, which is enough for a key and a value. */
static int type_btf(struct live *live)
{
	static const uint32_t types[] = {BTF_OF_INT};

	if (!live->programs->btf_fd)
		live->programs->btf_fd = live_load_btf(live, types, sizeof(types), "");
	return live->programs->btf_fd;
}

/* 0, or the errno of what the row depends on. */
static int prepare(struct live *live, const struct map_row *row, struct map_probe *probe)
{
	int fd;

	*probe = (struct map_probe){.type = row->type,
				    .key_size = row->key_size,
				    .value_size = row->value_size,
				    .max_entries = row->max_entries,
				    .flags = row->flags,
				    .inner_fd = -1};
	if (row->needs & NEEDS_PAGE)
		probe->max_entries = (uint32_t)sysconf(_SC_PAGESIZE);
	if (row->needs & NEEDS_STRUCT_OPS)
		probe->btf_vmlinux_value_type_id = 1;
	if (row->needs & NEEDS_INNER) {
		fd = host_array_map(live);
		if (fd < 0)
			return fd;
		probe->inner_fd = fd;
	}
	if (row->needs & NEEDS_TYPES) {
		fd = type_btf(live);
		if (fd < 0)
			return fd;
		probe->btf_fd = (uint32_t)fd;
		probe->btf_key_type_id = 1;
		probe->btf_value_type_id = 1;
	}
	return 0;
}

static struct featsel_answer map_failure(struct live *live, const struct map_row *row, int error)
{
	uint64_t caps = CAP_BPF_MASK | (row->needs & NEEDS_NET_ADMIN ? CAP_NET_ADMIN_MASK : 0);

	/* A type that the kernel lacks, an attribute newer than it, or a type that this machine's
	 * JIT cannot do. */
	if (error == -EINVAL || error == -E2BIG || error == -EOPNOTSUPP ||
	    error == -ENOTSUPP_KERNEL)
		return answer_make(live->arena, FEATSEL_NO, REASON_TYPE_UNSUPPORTED, NULL,
				   "bpf(BPF_MAP_CREATE): %s; an array map is created",
				   errno_name(error));
	return live_refused(live, error, caps, "bpf(BPF_MAP_CREATE)");
}

static struct featsel_answer try_row(struct live *live, const struct map_row *row)
{
	struct map_probe probe;
	int fd = prepare(live, row, &probe);

	if (fd < 0)
		return live_refused(live, fd, CAP_BPF_MASK, "bpf(BPF_BTF_LOAD)");
	fd = live->kernel->ops->map_create(live->kernel, &probe);
	if (fd >= 0) {
		live->kernel->ops->close(live->kernel, fd);
		return answer_yes(live->arena, "bpf(BPF_MAP_CREATE): created");
	}
	/* 5.6 (85d33df357b6): the type is there, type 1 of the kernel's BTF is no struct_ops. */
	if ((row->needs & NEEDS_STRUCT_OPS) && fd == -ENOTSUPP_KERNEL)
		return answer_yes(
			live->arena,
			"bpf(BPF_MAP_CREATE): errno 524 for a value that is no struct_ops");
	return map_failure(live, row, fd);
}

/*
 * A type newer than the tables: one of the usual ways may work; if none does, that proves nothing.
 */
static struct featsel_answer unlisted_map(struct live *live, const struct feature *feature)
{
	struct map_row forms[] = {{0, 4, 4, 1, 0, 0},
				  {0, 4, 4, 1, NO_PREALLOC, 0},
				  {0, 0, 4, 1, 0, 0},
				  {0, 0, 0, 0, 0, NEEDS_PAGE}};
	struct featsel_answer answer, created;
	int number = feature->number;
	size_t i;

	answer = enumerator_answer(live, "bpf_map_type", "BPF_MAP_TYPE_", feature->name,
				   REASON_TYPE_UNSUPPORTED, &number);
	for (i = 0; i < ARRAY_SIZE(forms) && number >= 0 && answer.verdict == FEATSEL_UNKNOWN;
	     i++) {
		forms[i].type = number;
		created = try_row(live, &forms[i]);
		if (created.verdict == FEATSEL_YES)
			return created;
	}
	return answer;
}

struct featsel_answer probe_map_type(struct live *live, const struct feature *feature)
{
	struct featsel_answer answer;
	bool listed = false;
	size_t i;

	if (feature->number == BPF_MAP_TYPE_ARRAY && live->calibration == CALIBRATION_PASSED)
		return answer_yes(live->arena, "bpf(BPF_MAP_CREATE): created");
	for (i = 0; i < ARRAY_SIZE(map_rows); i++) {
		if (map_rows[i].type != feature->number)
			continue;
		listed = true;
		answer = try_row(live, &map_rows[i]);
		if (answer.verdict == FEATSEL_YES)
			return answer;
	}
	return listed ? answer : unlisted_map(live, feature);
}

int host_smallest_map(struct live *live, int type)
{
	struct map_probe probe;
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(map_rows); i++) {
		if (map_rows[i].type != type)
			continue;
		err = host_programs(live) ? prepare(live, &map_rows[i], &probe) : -ENOMEM;
		return err ? err : live->kernel->ops->map_create(live->kernel, &probe);
	}
	return -ENOENT;
}

/* ---- instructions ---- */

#define INSN(code_, dst_, src_, off_, imm_)                                           \
	{                                                                             \
		.code = (code_), .dst_reg = (dst_), .src_reg = (src_), .off = (off_), \
		.imm = (imm_)                                                         \
	}
#define MOV_IMM(dst_, imm_) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst_, 0, 0, imm_)
#define EXIT		    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

enum { LARGE = 4097, MAX_SMALL = 12 };

/* Before 5.3 (2589726d12a1): "back-edge from insn 2 to 1". */
static const struct bpf_insn bounded_loops[] = {
	MOV_IMM(BPF_REG_0, 4),
	INSN(BPF_ALU64 | BPF_SUB | BPF_K, BPF_REG_0, 0, 0, 1),
	INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, -2, 0),
	EXIT,
};

/* The same where the loop is entered at its condition: on 5.10 and 6.1, not on 6.12. */
static const struct bpf_insn entered_loops[] = {
	MOV_IMM(BPF_REG_0, 0),
	INSN(BPF_JMP | BPF_JA, 0, 0, 1, 0),
	INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_0, 0, 0, 1),
	INSN(BPF_JMP | BPF_JLT | BPF_K, BPF_REG_0, 0, -2, 3),
	EXIT,
};

/* JLT, 4.14 (92b31a9af73b). */
static const struct bpf_insn v2[] = {
	MOV_IMM(BPF_REG_0, 0),
	INSN(BPF_JMP | BPF_JLT | BPF_K, BPF_REG_0, 0, 0, 1),
	EXIT,
};

/* Jumps on 32 bits, 5.1 (092ed0968bb6): "unknown opcode". */
static const struct bpf_insn v3[] = {
	MOV_IMM(BPF_REG_0, 0),
	INSN(BPF_JMP32 | BPF_JEQ | BPF_K, BPF_REG_0, 0, 0, 1),
	EXIT,
};

/* A sign-extending move, 6.6 (8100928c8814): "BPF_MOV uses reserved fields". */
static const struct bpf_insn v4[] = {
	MOV_IMM(BPF_REG_0, 0),
	INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_0, BPF_REG_0, 8, 0),
	EXIT,
};

/* An add that fetches, 5.12 (5ca419f2864a): "BPF_STX uses reserved fields". */
static const struct bpf_insn atomics[] = {
	MOV_IMM(BPF_REG_0, 0),
	INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_0, -8, 0),
	INSN(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_10, BPF_REG_0, -8, BPF_ADD | BPF_FETCH),
	EXIT,
};

/* An address inside an array map, 5.2 (d8eca5bbb2be): "unrecognized bpf_ld_imm64 insn". The map
 * comes in when loading. */
static const struct bpf_insn global_data[] = {
	INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, 0, 0),
	INSN(0, 0, 0, 0, 0),
	MOV_IMM(BPF_REG_0, 0),
	EXIT,
};

/*
 * The address of a function, 5.13 (69c087ba6225): "unrecognized bpf_ld_imm64 insn" before, though
 * nothing gets there. What does would need the function's type.
 */
static const struct bpf_insn callbacks[] = {
	MOV_IMM(BPF_REG_0, 0),
	INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 2, 0),
	INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_FUNC, 0, 2),
	INSN(0, 0, 0, 0, 0),
	EXIT,
	EXIT,
};

/*
 * Ways that no run takes, each to the verifier a way like any other until a release knows better:
 * "R9 !read_ok" where it gets there.
 */
#define RANDOM			 INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_prandom_u32)
#define MOV(dst_, src_)		 INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst_, src_, 0, 0)
#define ALU(op_, dst_, imm_)	 INSN(BPF_ALU64 | (op_) | BPF_K, dst_, 0, 0, imm_)
#define SKIP_IF(op_, dst_, imm_) INSN(BPF_JMP | (op_) | BPF_K, dst_, 0, 1, imm_)
#define NEVER			 MOV(BPF_REG_0, BPF_REG_9)

/* What a comparison tells of copies, 5.11 (75748837b7e5). */
static const struct bpf_insn ranges_5_11[] = {
	RANDOM,
	MOV(BPF_REG_1, BPF_REG_0),
	INSN(BPF_JMP | BPF_JGT | BPF_K, BPF_REG_0, 0, 2, 7),
	SKIP_IF(BPF_JLE, BPF_REG_1, 7),
	NEVER,
	EXIT,
};

/* Half a slot of the stack, 5.16 (354e8f1970f8). */
static const struct bpf_insn ranges_5_16[] = {
	RANDOM,
	ALU(BPF_AND, BPF_REG_0, 7),
	INSN(BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_REG_0, -8, 0),
	INSN(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_1, BPF_REG_10, -8, 0),
	SKIP_IF(BPF_JLE, BPF_REG_1, 7),
	NEVER,
	EXIT,
};

/* Equality by bounds, 6.4. */
static const struct bpf_insn ranges_6_4[] = {
	RANDOM, ALU(BPF_AND, BPF_REG_0, 7), SKIP_IF(BPF_JNE, BPF_REG_0, 9), NEVER, EXIT,
};

/* Two ranges with each other, 6.8. */
static const struct bpf_insn ranges_6_8[] = {
	RANDOM,
	MOV(BPF_REG_6, BPF_REG_0),
	ALU(BPF_AND, BPF_REG_6, 7),
	RANDOM,
	ALU(BPF_AND, BPF_REG_0, 7),
	ALU(BPF_ADD, BPF_REG_0, 8),
	INSN(BPF_JMP | BPF_JGT | BPF_X, BPF_REG_0, BPF_REG_6, 1, 0),
	NEVER,
	EXIT,
};

/* What two ranges make together, 6.10. */
static const struct bpf_insn ranges_6_10[] = {
	RANDOM,
	MOV(BPF_REG_6, BPF_REG_0),
	ALU(BPF_AND, BPF_REG_6, 7),
	RANDOM,
	ALU(BPF_AND, BPF_REG_0, 7),
	INSN(BPF_ALU64 | BPF_XOR | BPF_X, BPF_REG_0, BPF_REG_6, 0, 0),
	SKIP_IF(BPF_JLE, BPF_REG_0, 7),
	NEVER,
	EXIT,
};

/* What a helper only reads of the stack, 6.14 (37cce22dbd51). */
static const struct bpf_insn ranges_6_14[] = {
	INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, 0),
	INSN(0, 0, 0, 0, 0),
	MOV_IMM(BPF_REG_2, 1),
	INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_2, -8, 0),
	MOV(BPF_REG_2, BPF_REG_10),
	ALU(BPF_ADD, BPF_REG_2, -8),
	INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
	INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_10, -8, 0),
	MOV_IMM(BPF_REG_0, 0),
	SKIP_IF(BPF_JEQ, BPF_REG_1, 1),
	NEVER,
	EXIT,
};

/* Products of what may be negative, 6.14: of -8 to 7. */
static const struct bpf_insn ranges_products[] = {
	RANDOM,
	ALU(BPF_AND, BPF_REG_0, 15),
	ALU(BPF_SUB, BPF_REG_0, 8),
	ALU(BPF_MUL, BPF_REG_0, 3),
	SKIP_IF(BPF_JSLE, BPF_REG_0, 21),
	NEVER,
	EXIT,
};

/* Sums of which each is too large for a register, 6.17: of 1 to 8, and twice the largest bit. */
static const struct bpf_insn ranges_carried[] = {
	RANDOM,
	ALU(BPF_AND, BPF_REG_0, 7),
	ALU(BPF_ADD, BPF_REG_0, 1),
	MOV_IMM(BPF_REG_1, 1),
	ALU(BPF_LSH, BPF_REG_1, 63),
	INSN(BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_0, BPF_REG_1, 0, 0),
	INSN(BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_0, BPF_REG_1, 0, 0),
	SKIP_IF(BPF_JLE, BPF_REG_0, 8),
	NEVER,
	EXIT,
};

/* Which side of 0 is left, 6.17: of -8 to 7 what is at least 8 as an unsigned number. */
static const struct bpf_insn ranges_6_17[] = {
	RANDOM,
	ALU(BPF_AND, BPF_REG_0, 15),
	ALU(BPF_SUB, BPF_REG_0, 8),
	INSN(BPF_JMP | BPF_JLE | BPF_K, BPF_REG_0, 0, 2, 7),
	SKIP_IF(BPF_JSLE, BPF_REG_0, -1),
	NEVER,
	EXIT,
};

/* Equality by bits, 6.18: a multiple of 8. */
static const struct bpf_insn ranges_6_18[] = {
	RANDOM,
	ALU(BPF_AND, BPF_REG_0, 3),
	ALU(BPF_LSH, BPF_REG_0, 3),
	SKIP_IF(BPF_JNE, BPF_REG_0, 13),
	NEVER,
	EXIT,
};

/* What is negated, 6.18 (aced132599b3). */
static const struct bpf_insn ranges_negated[] = {
	RANDOM,
	ALU(BPF_AND, BPF_REG_0, 3),
	ALU(BPF_NEG, BPF_REG_0, 0),
	SKIP_IF(BPF_JSLE, BPF_REG_0, 0),
	NEVER,
	EXIT,
};

/* Two shifts that extend what may be negative, 7.0: -8 to 7. */
static const struct bpf_insn ranges_extended[] = {
	RANDOM,
	ALU(BPF_AND, BPF_REG_0, 15),
	ALU(BPF_SUB, BPF_REG_0, 8),
	ALU(BPF_LSH, BPF_REG_0, 32),
	ALU(BPF_ARSH, BPF_REG_0, 32),
	SKIP_IF(BPF_JSGE, BPF_REG_0, -8),
	NEVER,
	EXIT,
};

/* The one number that bits and bounds leave, 7.0: of the multiples of 8 from 9 to 23. */
static const struct bpf_insn ranges_single[] = {
	RANDOM,
	ALU(BPF_AND, BPF_REG_0, 3),
	ALU(BPF_LSH, BPF_REG_0, 3),
	INSN(BPF_JMP | BPF_JLT | BPF_K, BPF_REG_0, 0, 3, 9),
	INSN(BPF_JMP | BPF_JGT | BPF_K, BPF_REG_0, 0, 2, 23),
	SKIP_IF(BPF_JEQ, BPF_REG_0, 16),
	NEVER,
	EXIT,
};

/* Bytes that change places, 7.0. */
static const struct bpf_insn ranges_swapped[] = {
	MOV_IMM(BPF_REG_0, 1),
	INSN(BPF_ALU | BPF_END | BPF_TO_BE, BPF_REG_0, 0, 0, 16),
	SKIP_IF(BPF_JLE, BPF_REG_0, 256),
	NEVER,
	EXIT,
};

/* A register with itself, 7.0 (d43ad9da8052). */
static const struct bpf_insn ranges_same[] = {
	RANDOM,
	INSN(BPF_JMP | BPF_JEQ | BPF_X, BPF_REG_0, BPF_REG_0, 1, 0),
	NEVER,
	EXIT,
};

/* Quotients, 7.0. */
static const struct bpf_insn ranges_7_0[] = {
	RANDOM,
	ALU(BPF_AND, BPF_REG_0, 15),
	ALU(BPF_DIV, BPF_REG_0, 9),
	SKIP_IF(BPF_JLE, BPF_REG_0, 1),
	NEVER,
	EXIT,
};

/* Bounds of what has none of some bits, up to 6.17 (6279846b9b25): -8 to 7. */
static const struct bpf_insn ranges_masked[] = {
	RANDOM,
	ALU(BPF_ARSH, BPF_REG_0, 60),
	INSN(BPF_JMP | BPF_JSET | BPF_K, BPF_REG_0, 0, 2, 8),
	SKIP_IF(BPF_JSLE, BPF_REG_0, 7),
	NEVER,
	EXIT,
};

/*
 * A function that returns nothing, behind a branch that is never taken. Where each global function
 * is checked, from 5.6 (51c39bb1d5d1) on and before 6.8 (2afae08c9dcb): "R0 !read_ok".
 */
static const struct bpf_insn lazy_functions[] = {
	MOV_IMM(BPF_REG_0, 0),
	INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 1, 0),
	INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1),
	EXIT,
	EXIT,
};
enum { LAZY_FUNCTION = 4 };

static const struct {
	const char *name;
	const struct bpf_insn *insns; /* NULL: LARGE instructions that do nothing */
	size_t n;
	bool with_map;
} insn_rows[] = {
	/* More than 4096, 5.2 (c04c0d2b968a): E2BIG with an empty log before. */
	{"large", NULL, LARGE, false},
	{"bounded_loops", bounded_loops, ARRAY_SIZE(bounded_loops), false},
	{"entered_loops", entered_loops, ARRAY_SIZE(entered_loops), false},
	{"v2", v2, ARRAY_SIZE(v2), false},
	{"v3", v3, ARRAY_SIZE(v3), false},
	{"v4", v4, ARRAY_SIZE(v4), false},
	{"atomics", atomics, ARRAY_SIZE(atomics), false},
	{"callbacks", callbacks, ARRAY_SIZE(callbacks), false},
	{"global_data", global_data, ARRAY_SIZE(global_data), true},
	{"ranges_5.11", ranges_5_11, ARRAY_SIZE(ranges_5_11), false},
	{"ranges_5.16", ranges_5_16, ARRAY_SIZE(ranges_5_16), false},
	{"ranges_6.4", ranges_6_4, ARRAY_SIZE(ranges_6_4), false},
	{"ranges_6.8", ranges_6_8, ARRAY_SIZE(ranges_6_8), false},
	{"ranges_6.10", ranges_6_10, ARRAY_SIZE(ranges_6_10), false},
	{"ranges_6.14", ranges_6_14, ARRAY_SIZE(ranges_6_14), true},
	{"ranges_products", ranges_products, ARRAY_SIZE(ranges_products), false},
	{"ranges_6.17", ranges_6_17, ARRAY_SIZE(ranges_6_17), false},
	{"ranges_carried", ranges_carried, ARRAY_SIZE(ranges_carried), false},
	{"ranges_6.18", ranges_6_18, ARRAY_SIZE(ranges_6_18), false},
	{"ranges_negated", ranges_negated, ARRAY_SIZE(ranges_negated), false},
	{"ranges_extended", ranges_extended, ARRAY_SIZE(ranges_extended), false},
	{"ranges_single", ranges_single, ARRAY_SIZE(ranges_single), false},
	{"ranges_swapped", ranges_swapped, ARRAY_SIZE(ranges_swapped), false},
	{"ranges_same", ranges_same, ARRAY_SIZE(ranges_same), false},
	{"ranges_7.0", ranges_7_0, ARRAY_SIZE(ranges_7_0), false},
	{"ranges_masked", ranges_masked, ARRAY_SIZE(ranges_masked), false},
};

static int load_large(struct live *live, const struct variant *variant)
{
	CLEANUP(free_pointer) struct bpf_insn *insns = calloc(LARGE, sizeof(*insns));
	size_t i;

	if (!insns)
		return -ENOMEM;
	for (i = 0; i < LARGE - 1; i++)
		insns[i] = (struct bpf_insn)MOV_IMM(BPF_REG_0, 0);
	insns[i] = (struct bpf_insn)EXIT;
	return variant_load(live, variant, insns, LARGE);
}

static int load_small(struct live *live, const struct variant *variant, size_t row)
{
	struct bpf_insn insns[MAX_SMALL];
	int fd;

	memcpy(insns, insn_rows[row].insns, insn_rows[row].n * sizeof(*insns));
	if (insn_rows[row].with_map) {
		fd = host_array_map(live);
		if (fd < 0)
			return fd;
		insns[0].imm = fd;
	}
	return variant_load(live, variant, insns, insn_rows[row].n);
}

/* Without types there are no global functions: each is followed from where it is called. */
static struct featsel_answer ask_lazy(struct live *live)
{
	struct prog_probe probe = {.type = BPF_PROG_TYPE_XDP,
				   .insns = lazy_functions,
				   .n_insns = ARRAY_SIZE(lazy_functions),
				   .function = FUNCTION_BTF_ID,
				   .second = LAZY_FUNCTION,
				   .log_level = PROBE_LOG};
	int fd = host_function_btf(live);

	if (fd == -EINVAL)
		return answer_yes(live->arena, "bpf(BPF_BTF_LOAD): EINVAL: global functions are "
					       "followed like static ones");
	if (fd < 0)
		return live_refused(live, fd, CAP_BPF_MASK, "bpf(BPF_BTF_LOAD)");
	probe.btf_fd = (uint32_t)fd;
	fd = live->kernel->ops->prog_load(live->kernel, &probe, live->log, LIVE_LOG_SIZE);
	if (fd >= 0) {
		live->kernel->ops->close(live->kernel, fd);
		return answer_yes(live->arena, "bpf(BPF_PROG_LOAD): a global function that nothing "
					       "calls is not looked at");
	}
	if (fd != -EACCES && fd != -EINVAL)
		return live_refused(live, fd, CAP_BPF_MASK | CAP_NET_ADMIN_MASK,
				    "bpf(BPF_PROG_LOAD)");
	return answer_make(live->arena, FEATSEL_NO, REASON_INSNS_UNSUPPORTED,
			   "make the function static, or take out of it what the kernel lacks",
			   "bpf(BPF_PROG_LOAD): %s, log: %s: a global function is checked though "
			   "nothing calls it",
			   errno_name(fd), verifier_sentence(live->arena, live->log));
}

struct featsel_answer probe_insns(struct live *live, const struct feature *feature)
{
	const struct variant variant = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER};
	const char *sentence;
	size_t row;
	int fd;

	if (strcmp(feature->name, "lazy_functions") == 0)
		return ask_lazy(live);
	for (row = 0;
	     row < ARRAY_SIZE(insn_rows) && strcmp(insn_rows[row].name, feature->name) != 0; row++)
		;
	if (row == ARRAY_SIZE(insn_rows))
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE,
				   "use a newer featsel", "featsel knows no test for it");
	fd = insn_rows[row].insns ? load_small(live, &variant, row) : load_large(live, &variant);
	if (fd >= 0) {
		live->kernel->ops->close(live->kernel, fd);
		return answer_yes(live->arena, "bpf(BPF_PROG_LOAD): a program with it loads");
	}
	sentence = verifier_sentence(live->arena, live->log);
	if (sentence[0] || fd == -E2BIG || fd == -EINVAL)
		return answer_make(live->arena, FEATSEL_NO, REASON_INSNS_UNSUPPORTED, NULL,
				   "bpf(BPF_PROG_LOAD): %s, %s%s", errno_name(fd),
				   sentence[0] ? "log: " : "empty log", sentence);
	return live_refused(live, fd, CAP_BPF_MASK | CAP_PERFMON_MASK, "bpf(BPF_PROG_LOAD)");
}
