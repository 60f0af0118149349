/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs that call nothing GPL-only, in an object whose license is not GPL compatible: since 6.2
 * they do not read through pointers of the kernel's types either.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));
int seen;

SEC("tp_btf/sched_process_exit")
int reads_through(unsigned long long *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	seen = task->pid;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int reads_context(unsigned long long *ctx)
{
	seen = ctx[0] != 0;
	return 0;
}

char LICENSE[] SEC("license") = "Proprietary";
