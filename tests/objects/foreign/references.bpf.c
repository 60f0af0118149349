/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* a kernel object held for a while */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

extern struct task_struct *bpf_task_from_pid(int pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;

SEC("tp_btf/sched_process_fork")
int BPF_PROG(looks_up, struct task_struct *parent, struct task_struct *child)
{
	struct task_struct *task = bpf_task_from_pid(parent->pid);

	if (task)
		bpf_task_release(task);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
