/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tasks.bpf.c - each task that there is, a record a thread
 *
 * An iterator: the program runs when it is read, once for each task, and what it writes is the
 * record. All is read through typed pointers, for which no helper is needed that lockdown refuses.
 * Kernels without iterators (before 5.8) have no other way to go over all tasks.
 */
#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "record.h"
#include "task_iter.h"

#define PF_KTHREAD 0x00200000

/* include/linux/sched.h: the same from 4.14 on. 0 is a task that runs, or could. */
enum task_state {
	TASK_RUNNING = 0,
	TASK_INTERRUPTIBLE = 0x1,
	TASK_UNINTERRUPTIBLE = 0x2,
	TASK_STOPPED = 0x4,
	TASK_TRACED = 0x8,
	EXIT_DEAD = 0x10,
	EXIT_ZOMBIE = 0x20,
	TASK_PARKED = 0x40,
	TASK_DEAD = 0x80,
	TASK_WAKEKILL = 0x100,
	TASK_WAKING = 0x200,
	TASK_NOLOAD = 0x400,
	TASK_NEW = 0x800,
	TASK_RTLOCK_WAIT = 0x1000, /* from 5.15 on */
	TASK_FREEZABLE = 0x2000,   /* from 6.1 on, as the others */
	TASK_FROZEN = 0x8000,
};

struct tasks_event {
	RECORD_HEAD
	__u64 started HINT_TIMESTAMP;
	__u64 ran HINT_DURATION; /* on processors, so far */
	enum task_state state HINT_FLAGS;
	__u32 threads; /* of its process */
	__s32 nice;
	bool kernel; /* a thread of the kernel's own */
};
RECORD(tasks_event)

struct kernfs_node {
	__u64 id;
} __attribute__((preserve_access_index));

struct cgroup {
	struct kernfs_node *kn;
} __attribute__((preserve_access_index));

struct css_set {
	struct cgroup *dfl_cgrp;
} __attribute__((preserve_access_index));

struct cred {
	struct {
		__u32 val;
	} uid;
} __attribute__((preserve_access_index));

struct signal_struct {
	int nr_threads;
} __attribute__((preserve_access_index));

struct sched_entity {
	__u64 sum_exec_runtime;
} __attribute__((preserve_access_index));

struct task_struct {
	unsigned int __state; /* from 5.14 on */
	unsigned int flags;
	int static_prio;
	struct sched_entity se;
	int exit_state;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	__u64 start_time;
	const struct cred *cred;
	char comm[16];
	struct signal_struct *signal;
	struct css_set *cgroups;
} __attribute__((preserve_access_index));

/* Before 5.14. */
struct task_struct___old {
	volatile long state;
} __attribute__((preserve_access_index));

static __always_inline __u32 state_of(const struct task_struct *task)
{
	const struct task_struct___old *old = (const void *)task;

	if (bpf_core_field_exists(task->__state))
		return task->__state | task->exit_state;
	return (__u32)old->state | task->exit_state;
}

SEC("iter/task")
int tasks_iter(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct tasks_event event;

	if (!task)
		return 0;
	__builtin_memset(&event, 0, sizeof(event));
	event.timestamp = bpf_ktime_get_ns();
	event.pid = (__u32)task->tgid;
	event.tid = (__u32)task->pid;
	event.ppid = (__u32)task->real_parent->tgid;
	event.uid = task->cred->uid.val;
#pragma unroll
	for (unsigned int i = 0; i < sizeof(event.comm) - 1; i++)
		event.comm[i] = task->comm[i];
	event.cgroup = task->cgroups->dfl_cgrp->kn->id;
	event.started = task->start_time;
	event.ran = task->se.sum_exec_runtime;
	event.state = state_of(task);
	event.threads = (__u32)task->signal->nr_threads;
	event.nice = task->static_prio - 120;
	event.kernel = task->flags & PF_KTHREAD;
	bpf_seq_write(context->meta->seq, &event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
