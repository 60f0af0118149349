/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* members that moved or were renamed between kernels */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct task_struct {
	int pid, tgid;
	unsigned int __state;
	struct task_struct *real_parent;
} __attribute__((preserve_access_index));

struct task_struct___old {
	long state;
} __attribute__((preserve_access_index));

struct trace_entry {
	int pid;
} __attribute__((preserve_access_index));

struct kernfs_node___new {
	__u64 id;
} __attribute__((preserve_access_index));

union kernfs_node_id {
	__u64 id;
} __attribute__((preserve_access_index));

static __u64 state_of(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return BPF_CORE_READ(task, __state);
	return BPF_CORE_READ((struct task_struct___old *)task, state);
}

SEC("raw_tp/sched_switch")
int either_state(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return state_of(task) == 0;
}

SEC("raw_tp/sched_wakeup")
int old_state_only(void *ctx)
{
	struct task_struct___old *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, state) == 0;
}

SEC("raw_tp/sched_wakeup_new")
int parent(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, real_parent, tgid);
}

SEC("raw_tp/sched_process_wait")
int sizes(void *ctx)
{
	if (bpf_core_type_exists(union kernfs_node_id))
		return bpf_core_type_size(union kernfs_node_id);
	return bpf_core_field_size(struct kernfs_node___new, id) +
	       bpf_core_field_offset(struct task_struct, pid);
}

char LICENSE[] SEC("license") = "GPL";
