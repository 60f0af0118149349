/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* iterators.bpf.c - records and lines out of iterators */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "record.h"

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	int tgid;
	char comm[16];
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
} __attribute__((preserve_access_index));

struct kernfs_node {
	__u64 id;
} __attribute__((preserve_access_index));

struct cgroup {
	struct kernfs_node *kn;
} __attribute__((preserve_access_index));

struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
} __attribute__((preserve_access_index));

struct group_event {
	__u64 id;
};
RECORD(group_event);

struct task_event {
	__u32 tid;
	__u32 pid;
	char comm[16];
};
RECORD(task_event);

struct element_event {
	__u32 key;
	__u32 value;
};
RECORD(element_event);

SEC("iter/task")
int task_records(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct task_event event = {0};

	if (!task)
		return 0;
	event.tid = (__u32)task->pid;
	event.pid = (__u32)task->tgid;
	bpf_probe_read_kernel(event.comm, sizeof(event.comm), task->comm);
	bpf_seq_write(context->meta->seq, &event, sizeof(event));
	return 0;
}

static const char format[] = "task %d of %d\n";

SEC("iter/task")
int task_lines(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	__u64 numbers[2];

	if (!task)
		return 0;
	numbers[0] = (__u64)task->pid;
	numbers[1] = (__u64)task->tgid;
	bpf_seq_printf(context->meta->seq, format, sizeof(format), numbers, sizeof(numbers));
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} numbers SEC(".maps");

SEC("iter/bpf_map_elem")
int map_records(struct bpf_iter__bpf_map_elem *context)
{
	__u32 *key = context->key, *value = context->value;
	struct element_event event;

	if (!key || !value)
		return 0;
	event.key = *key;
	event.value = *value;
	bpf_seq_write(context->meta->seq, &event, sizeof(event));
	return 0;
}

SEC("iter/cgroup")
int group_records(struct bpf_iter__cgroup *context)
{
	struct cgroup *cgroup = context->cgroup;
	struct group_event event;

	if (!cgroup)
		return 0;
	event.id = cgroup->kn->id;
	bpf_seq_write(context->meta->seq, &event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
