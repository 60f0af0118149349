/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* text about all things of a kind */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	char comm[16];
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

struct bpf_map_k {
	int x;
};

struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
} __attribute__((preserve_access_index));

SEC("iter/task")
int tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	static const char format[] = "%d %s\n";
	__u64 args[2];

	if (!task)
		return 0;
	args[0] = task->pid;
	args[1] = (__u64)(long)task->comm;
	bpf_seq_printf(ctx->meta->seq, format, sizeof(format), args, sizeof(args));
	return 0;
}

SEC("iter.s/task")
int tasks_sleeping(struct bpf_iter__task *ctx)
{
	return 0;
}

SEC("iter/bpf_map")
int maps(struct bpf_iter__bpf_map *ctx)
{
	char word = '.';

	bpf_seq_write(ctx->meta->seq, &word, 1);
	return 0;
}

SEC("iter/tcp")
int connections(void *ctx)
{
	return 0;
}

SEC("iter/cgroup")
int groups(void *ctx)
{
	return 0;
}

SEC("iter/bpf_map_elem")
int elements(void *ctx)
{
	return 0;
}

SEC("iter/no_such_thing")
int nothing(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
