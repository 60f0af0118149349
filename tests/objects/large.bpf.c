/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* more than 4096 instructions */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("raw_tracepoint/sched_process_exit")
int large(void *ctx)
{
	asm volatile("r0 = 0\n"
		     ".rept 5000\n"
		     "r0 += 1\n"
		     ".endr\n" ::
			     : "r0");
	return 0;
}

SEC("raw_tracepoint/sched_process_fork")
int small(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
