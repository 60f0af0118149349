/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* loops that the verifier must follow, and one that the compiler unrolls */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("raw_tracepoint/sched_process_exit")
int bounded(void *ctx)
{
	__u32 i, sum = 0;

#pragma clang loop unroll(disable)
	for (i = 0; i < 100; i++)
		sum += bpf_get_prandom_u32() & i;
	return sum;
}

SEC("raw_tracepoint/sched_process_fork")
int unrolled(void *ctx)
{
	__u32 i, sum = 0;

#pragma unroll
	for (i = 0; i < 4; i++)
		sum += bpf_get_prandom_u32() & i;
	return sum;
}

/* A jump backwards that is no loop: the common exit stands before the code that goes there. */
SEC("raw_tracepoint/sched_process_exec")
int backwards(void *ctx)
{
	asm volatile("goto 2f\n"
		     "1: r0 = 0\n"
		     "exit\n"
		     "2: goto 1b\n" ::
			     : "r0");
	return 0;
}

/* A loop that a jump enters at its condition. */
SEC("raw_tracepoint/sched_process_free")
int entered(void *ctx)
{
	asm volatile("r1 = 0\n"
		     "goto 2f\n"
		     "1: r1 += 1\n"
		     "2: if r1 != 3 goto 1b\n" ::
			     : "r1");
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
