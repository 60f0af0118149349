/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fork.bpf.c - a process or a thread begins
 *
 * All candidates stand on the tracepoint task_newtask, which fires in the one that makes it, once
 * nothing can fail any more. The record's head is the maker's.
 */
#ifdef FEATSEL_LEGACY
#define FITS_32_BITS
#endif
#include "common.bpf.h"

/*
 * The low bits are the signal that the child sends when it ends: not shown. Those above 32 bits
 * (CLONE_CLEAR_SIGHAND, CLONE_INTO_CGROUP) are not shown either.
 */
enum clone_flags {
	CLONE_NEWTIME = 0x00000080,
	CLONE_VM = 0x00000100,
	CLONE_FS = 0x00000200,
	CLONE_FILES = 0x00000400,
	CLONE_SIGHAND = 0x00000800,
	CLONE_PIDFD = 0x00001000,
	CLONE_PTRACE = 0x00002000,
	CLONE_VFORK = 0x00004000,
	CLONE_PARENT = 0x00008000,
	CLONE_THREAD = 0x00010000,
	CLONE_NEWNS = 0x00020000,
	CLONE_SYSVSEM = 0x00040000,
	CLONE_SETTLS = 0x00080000,
	CLONE_PARENT_SETTID = 0x00100000,
	CLONE_CHILD_CLEARTID = 0x00200000,
	CLONE_DETACHED = 0x00400000,
	CLONE_UNTRACED = 0x00800000,
	CLONE_CHILD_SETTID = 0x01000000,
	CLONE_NEWCGROUP = 0x02000000,
	CLONE_NEWUTS = 0x04000000,
	CLONE_NEWIPC = 0x08000000,
	CLONE_NEWUSER = 0x10000000,
	CLONE_NEWPID = 0x20000000,
	CLONE_NEWNET = 0x40000000,
	CLONE_IO = 0x80000000,
};
#define CLONE_SIGNAL 0x7f

struct fork_event {
	RECORD_HEAD
	__u32 child_pid; /* of a thread its process */
	__u32 child_tid;
	enum clone_flags flags HINT_FLAGS;
};
RECORD(fork_event)

/* @child: the kernel's pid of the new thread, 0 if it is not known. */
static __always_inline int emit(void *ctx, __u32 child, __u64 flags)
{
	struct fork_event *event;

	if (!featsel_wanted())
		return 0;
	event = record_room(struct fork_event);
	if (!event)
		return 0;
	record_head(event);
	event->child_pid = flags & CLONE_THREAD ? event->pid : child;
	event->child_tid = child;
	event->flags = flags & ~CLONE_SIGNAL;
	record_emit(ctx, event, sizeof(*event));
	return 0;
}

#ifdef FEATSEL_LEGACY

#define COMM_SIZE 16

/*
 * The fields (pid, comm, flags) follow a common part of 8 bytes (vanilla) or 12 (PREEMPT_RT, RHEL
 * 9). Which of them is told by comm: the child has its maker's. The flags are aligned: those of 64
 * bits stand at 32 either way, those of 32 behind comm. Of threads that the kernel makes for
 * itself, which it names, the pid is not known.
 */
#ifdef WORDS_OF_32_BITS

struct newtask_context {
	union {
		__u32 words[9];
		char bytes[36];
	};
};

#define FLAGS_BEHIND(context, common) ((context)->words[(common) / 4 + 5])

#else

struct newtask_context {
	union {
		__u32 words[8];
		char bytes[32];
	};
	__u64 flags;
};

#define FLAGS_BEHIND(context, common) ((context)->flags)

#endif

/* Behind the end of a name are remains of earlier ones. */
static __always_inline bool is_comm(const char *seen, const char *comm)
{
	unsigned int i;

#pragma unroll
	for (i = 0; i < COMM_SIZE; i++) {
		if (seen[i] != comm[i])
			return false;
		if (!comm[i])
			return true;
	}
	return true;
}

static __always_inline int emit_newtask(void *ctx, const struct newtask_context *context)
{
	char comm[COMM_SIZE] = {};

	bpf_get_current_comm(comm, sizeof(comm));
	if (is_comm(&context->bytes[12], comm))
		return emit(ctx, context->words[2], FLAGS_BEHIND(context, 8));
	if (is_comm(&context->bytes[16], comm))
		return emit(ctx, context->words[3], FLAGS_BEHIND(context, 12));
	return emit(ctx, 0, FLAGS_BEHIND(context, 8));
}

SEC("tracepoint/task/task_newtask")
int fork_tracepoint(void *ctx)
{
#ifdef WORDS_OF_32_BITS
	/* The kernel lets no program attach that itself looks behind the last field. */
	struct newtask_context context = {};

	read_kernel(&context, sizeof(context), ctx);
	return emit_newtask(ctx, &context);
#else
	return emit_newtask(ctx, ctx);
#endif
}

/*
 * The arguments of task_newtask: struct task_struct *, clone_flags. Without BTF nobody tells where
 * the first keeps its pid: the last resort goes without.
 */
SEC("raw_tracepoint/task_newtask")
int fork_raw_tracepoint(__u64 *ctx)
{
	return emit(ctx, 0, ctx[1]);
}

#else

struct task_struct___new {
	__s32 pid;
} __attribute__((preserve_access_index));

SEC("tp_btf/task_newtask")
int fork_tp_btf(__u64 *ctx)
{
	const struct task_struct___new *task = (const void *)ctx[0];

	return emit(ctx, task->pid, ctx[1]);
}

SEC("raw_tracepoint/task_newtask")
int fork_raw_tracepoint(__u64 *ctx)
{
	const struct task_struct___new *task = (const void *)ctx[0];

	return emit(ctx, BPF_CORE_READ(task, pid), ctx[1]);
}

#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
