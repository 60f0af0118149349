/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* a function that is declared extern and defined nowhere */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int nowhere(void *ctx);

SEC("raw_tracepoint/sched_process_exit")
int calls(void *ctx)
{
	return nowhere(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
