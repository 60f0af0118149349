/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * oom.bpf.c - the kernel has a process end, since memory has run out
 *
 * The head of the record is the process that asked for memory, in its cgroup; which process is to
 * end stands behind it.
 */
#include "common.bpf.h"

struct oom_event {
	RECORD_HEAD
	__u32 victim_pid;
	__u32 victim_tid; /* of its thread that is told; mostly the same */
	__u32 victim_uid;
	char victim_comm[16];
	__s16 oom_score_adj;
	__u64 total_vm; /* bytes of its address space */
};
RECORD(oom_event)

#ifdef FEATSEL_LEGACY

/*
 * The tracepoint's argument is the number of a thread, or since 6.9 the task. Nobody tells here
 * which, or where a task keeps its number.
 */
SEC("raw_tracepoint/mark_victim")
int oom_raw_tracepoint(__u64 *ctx)
{
	struct oom_event *event;

	if (!featsel_wanted())
		return 0;
	event = record_room(struct oom_event);
	if (!event)
		return 0;
	record_head(event);
	record_emit(ctx, event, sizeof(*event));
	return 0;
}

#else

struct signal_struct {
	short oom_score_adj;
} __attribute__((preserve_access_index));

struct mm_struct {
	unsigned long total_vm; /* in pages */
} __attribute__((preserve_access_index));

typedef struct {
	__u32 val;
} kuid_t;

struct cred {
	kuid_t uid;
} __attribute__((preserve_access_index));

/* The task of common.bpf.h, as far as it is of use here. */
struct task_struct___victim {
	__s32 pid;
	__s32 tgid;
	struct mm_struct *mm;
	struct signal_struct *signal;
	const struct cred *real_cred;
	char comm[16];
} __attribute__((preserve_access_index));

struct trace_event_raw_mark_victim {
	int pid;
} __attribute__((preserve_access_index));

static __always_inline struct oom_event *begin(void)
{
	struct oom_event *event;

	if (!featsel_wanted())
		return NULL;
	event = record_room(struct oom_event);
	if (event)
		record_head(event);
	return event;
}

/* A marked task still has its memory: it is the current one, or its lock is held. */
static __always_inline int emit_direct(void *ctx, const struct task_struct___victim *task)
{
	struct oom_event *event = begin();

	if (!event)
		return 0;
	event->victim_pid = task->tgid;
	event->victim_tid = task->pid;
	event->victim_uid = task->real_cred->uid.val;
#pragma unroll
	for (int i = 0; i < (int)sizeof(event->victim_comm); i++)
		event->victim_comm[i] = task->comm[i];
	event->oom_score_adj = task->signal->oom_score_adj;
	event->total_vm = pages_to_bytes(task->mm->total_vm);
	record_emit(ctx, event, sizeof(*event));
	return 0;
}

static __always_inline int emit_probed(void *ctx, const struct task_struct___victim *task)
{
	struct oom_event *event = begin();

	if (!event)
		return 0;
	event->victim_pid = BPF_CORE_READ(task, tgid);
	event->victim_tid = BPF_CORE_READ(task, pid);
	event->victim_uid = BPF_CORE_READ(task, real_cred, uid.val);
	BPF_CORE_READ_STR_INTO(&event->victim_comm, task, comm);
	event->oom_score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
	event->total_vm = pages_to_bytes(BPF_CORE_READ(task, mm, total_vm));
	record_emit(ctx, event, sizeof(*event));
	return 0;
}

/* The arguments of mark_victim from 6.9 on: struct task_struct *, uid_t. Before: int pid. */
SEC("tp_btf/mark_victim")
int oom_tp_btf(__u64 *ctx)
{
	return emit_direct(ctx, (const void *)ctx[0]);
}

SEC("raw_tracepoint/mark_victim")
int oom_raw_tracepoint(__u64 *ctx)
{
	return emit_probed(ctx, (const void *)ctx[0]);
}

/* Its argument is the task on all kernels; a task that is marked once more is told once more. */
SEC("fentry/mark_oom_victim")
int oom_fentry(__u64 *ctx)
{
	return emit_direct(ctx, (const void *)ctx[0]);
}

SEC("kprobe/mark_oom_victim")
int oom_kprobe(__u64 *regs)
{
	return emit_probed(regs, (const void *)regs[FUNCTION_ARG1]);
}

SEC("tracepoint/oom/mark_victim")
int oom_tracepoint(struct trace_event_raw_mark_victim *ctx)
{
	struct oom_event *event = begin();

	if (!event)
		return 0;
	event->victim_tid = ctx->pid;
	record_emit(ctx, event, sizeof(*event));
	return 0;
}

#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
