/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What verifiers know of the stack after a helper was given a pointer into it. Where they know it
 * no more, they come to a helper that no kernel has.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} buffer SEC(".maps");

/* The words at 8, 16 and 24 below the frame's top are 1; one of them is compared after the call. */
#define PROGRAM(name, call, word)                                                     \
	SEC("raw_tp/sched_process_exec") int name(void *ctx)                          \
	{                                                                             \
		asm volatile("r6 = r1; r1 = 1; *(u64 *)(r10 - 8) = r1;"               \
			     "*(u64 *)(r10 - 16) = r1; *(u64 *)(r10 - 24) = r1;" call \
			     "r2 = *(u64 *)(r10 - " word "); if r2 == 1 goto +1;"     \
			     "call 5000;" ::[table] "i"(&table),                      \
			     [buffer] "i"(&buffer)                                    \
			     : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "memory");   \
		return 0;                                                             \
	}

#define LOOKUP "r2 = r10; r2 += -16; r1 = %[table] ll; call 1;"
#define UPDATE "r2 = r10; r2 += -16; r3 = r10; r3 += -24; r4 = 0; r1 = %[table] ll; call 2;"
#define DELETE "r2 = r10; r2 += -16; r1 = %[table] ll; call 3;"
#define OUTPUT "r1 = r6; r2 = %[buffer] ll; r3 = 0; r4 = r10; r4 += -16; r5 = 8; call 25;"
/* probe_read, get_current_comm */
#define READ	   "r1 = r10; r1 += -16; r2 = 8; r3 = 0; call 4;"
#define READ_HALF  "r1 = r10; r1 += -12; r2 = 4; r3 = 0; call 4;"
#define READ_DRAWN "call 7; r2 = r0; r2 &= 7; r1 = r10; r1 += -16; r3 = 0; call 4;"
#define COMM	   "r1 = r10; r1 += -24; r2 = 16; call 16;"

PROGRAM(key, LOOKUP, "16")
PROGRAM(above_key, LOOKUP, "8")
PROGRAM(updated_key, UPDATE, "16")
PROGRAM(updated_value, UPDATE, "24")
PROGRAM(above_updated, UPDATE, "8")
PROGRAM(deleted_key, DELETE, "16")
PROGRAM(output, OUTPUT, "16")
PROGRAM(above_output, OUTPUT, "8")
PROGRAM(read, READ, "16")
PROGRAM(above_read, READ, "8")
PROGRAM(half_read, READ_HALF, "16")
PROGRAM(above_drawn_read, READ_DRAWN, "8")
PROGRAM(comm, COMM, "16")
PROGRAM(above_comm, COMM, "8")

char LICENSE[] SEC("license") = "Dual BSD/GPL";
