/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* a static program, which libbpf does not open */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("raw_tracepoint/sched_process_exit")
static int hidden(void *ctx)
{
	return 0;
}

/* Keeps the compiler from dropping it. */
int (*keep[])(void *) SEC(".data.keep") = {hidden};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
