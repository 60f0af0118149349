/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pidns.bpf.c - how the kernel's process ids are called in one PID namespace
 *
 * No event of the default manifest: featsel itself asks, where it runs in a PID namespace other
 * than the initial one, since programs see the kernel's numbers. The iterator tells of all threads
 * that there are, the other program of each that begins.
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "record.h"
#include "task_iter.h"

/* MAX_PID_NS_LEVEL of linux/pid_namespace.h, and the initial one. */
#define MOST_LEVELS 33

FEATSEL_DROPS;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 512 << 10);
} events SEC(".maps");

/* The inode of /proc/PID/ns/pid. */
const volatile __u32 pid_namespace;

struct pidns_event {
	__u32 number; /* the kernel's */
	__u32 here;   /* in the namespace; 0: the thread is not in it */
};
RECORD(pidns_event)

struct ns_common {
	unsigned int inum;
} __attribute__((preserve_access_index));

struct pid_namespace {
	struct ns_common ns;
} __attribute__((preserve_access_index));

struct upid {
	int nr;
	struct pid_namespace *ns;
} __attribute__((preserve_access_index));

struct pid {
	unsigned int level;
	struct upid numbers[1];
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	struct pid *thread_pid;
} __attribute__((preserve_access_index));

/* A thread has a number in its own namespace and in each above. */
static __always_inline struct pidns_event tell(const struct task_struct *task)
{
	struct pidns_event event = {.number = (__u32)task->pid};
	const struct pid *pid = BPF_CORE_READ(task, thread_pid);
	unsigned int level = BPF_CORE_READ(pid, level);
	const struct upid *number = &pid->numbers[0];

	for (unsigned int i = 0; i < MOST_LEVELS && i <= level; i++) {
		if (BPF_CORE_READ(number, ns, ns.inum) == pid_namespace)
			event.here = (__u32)BPF_CORE_READ(number, nr);
		number = (const void *)((const char *)number + bpf_core_type_size(struct upid));
	}
	return event;
}

SEC("iter/task")
int pidns_iter(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct pidns_event event;

	if (!task)
		return 0;
	event = tell(task);
	bpf_seq_write(context->meta->seq, &event, sizeof(event));
	return 0;
}

/* The arguments of task_newtask: struct task_struct *, clone_flags. */
SEC("tp_btf/task_newtask")
int pidns_newtask(__u64 *ctx)
{
	struct pidns_event event = tell((const void *)ctx[0]);

	if (bpf_ringbuf_output(&events, &event, sizeof(event), BPF_RB_NO_WAKEUP))
		featsel_count_drop();
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
