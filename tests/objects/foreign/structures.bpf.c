/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* a structure that no kernel has */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct no_such_ops {
	int (*act)(void);
};

SEC("struct_ops/acts")
int BPF_PROG(acts)
{
	return 0;
}

SEC("struct_ops/belongs_nowhere")
int BPF_PROG(belongs_nowhere)
{
	return 0;
}

SEC("raw_tp/sched_process_exit")
int neighbour(void *ctx)
{
	return 0;
}

SEC(".struct_ops")
struct no_such_ops none = {
	.act = (void *)acts,
};

char LICENSE[] SEC("license") = "GPL";
