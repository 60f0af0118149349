/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* programs that are loaded only where they are asked for */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("?raw_tp/sched_process_exit")
int exits(void *ctx)
{
	return 0;
}

SEC("?fentry/vfs_open")
int BPF_PROG(opens)
{
	return 0;
}

SEC("?kprobe.multi/vfs_open")
int opens_multi(void *ctx)
{
	return 0;
}

SEC("?tp/sched/sched_process_exec")
int executes(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
