/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What verifiers know of the stack where a pointer into it is moved by a number that the run
 * decides, or is one of two. Where they know it no more, they come to a helper that no kernel has.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

/* 1 in the word that is asked for in the end, r3 somewhere in the two words from @at on. */
#define BEGIN(at)                                                  \
	"r1 = 1; *(u64 *)(r10 - 8) = r1; *(u64 *)(r10 - 16) = r1;" \
	"*(u64 *)(r10 - 56) = r1; *(u64 *)(r10 - 64) = r1;"        \
	"call 7; r0 &= 15; r3 = r10; r3 += -" #at "; r3 += r0; r1 = 2;"
#define END "call 7; r2 = *(u64 *)(r10 - 8); if r2 == 1 goto +1; call 5000;"

#define PROGRAM(name, code)                                                   \
	SEC("raw_tp/sched_process_exec")                                      \
	int name(void *ctx)                                                   \
	{                                                                     \
		asm volatile(code END ::[table] "i"(&table)                   \
			     : "r0", "r1", "r2", "r3", "r4", "r5", "memory"); \
		return 0;                                                     \
	}

PROGRAM(written_apart, BEGIN(64) "*(u8 *)(r3 + 0) = r1;")
PROGRAM(written_over, BEGIN(16) "*(u8 *)(r3 + 0) = r1;")
PROGRAM(read_over, BEGIN(16) "r1 = *(u8 *)(r3 + 0);")
PROGRAM(filled_apart, BEGIN(64) "r1 = r3; r2 = 1; r3 = 0; call 4;") /* probe_read */
PROGRAM(filled_over, BEGIN(16) "r1 = r3; r2 = 1; r3 = 0; call 4;")
PROGRAM(looked_up_apart,
	BEGIN(64) "r0 &= 3; r2 = r10; r2 += -64; r2 += r0; r1 = %[table] ll; call 1;")
PROGRAM(one_of_two,
	"r1 = 1; *(u64 *)(r10 - 8) = r1; *(u64 *)(r10 - 56) = r1; *(u64 *)(r10 - 64) = r1;"
	"call 7; r3 = r10; r3 += -64; if r0 == 7 goto +1; r3 += 8; r1 = 2; *(u8 *)(r3 + 0) = r1;")
PROGRAM(left_in_register, "r1 = 1; *(u64 *)(r10 - 8) = r1; r2 = r10; r2 += -8;")

char LICENSE[] SEC("license") = "GPL";
