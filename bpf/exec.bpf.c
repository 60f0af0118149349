/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * exec.bpf.c - a process begins to run another program
 *
 * All candidates stand on the tracepoint sched_process_exec, which fires once the new program is in
 * place: failed attempts are not reported, and comm is already the new one.
 */
#include "common.bpf.h"

struct exec_event {
	RECORD_HEAD
	char filename[256];
};
RECORD(exec_event)

static __always_inline int emit(void *ctx, const char *filename)
{
	struct exec_event *event;

	if (!record_wanted())
		return 0;
	event = record_room(struct exec_event);
	if (!event)
		return 0;
	record_head(event);
	if (filename)
		read_kernel_string(event->filename, sizeof(event->filename), filename);
	record_emit(ctx, event, sizeof(*event));
	return 0;
}

#ifdef FEATSEL_LEGACY

/*
 * The fields follow a common part of 8 bytes (vanilla) or 12 (PREEMPT_RT, RHEL 9), and the name
 * follows the fields. Where the name lies is said by the field itself (offset below, length above
 * 16 bits), which so proves the layout: it is the one in which the name begins right behind the
 * last field and pid is the current thread.
 */
struct exec_context {
	__u32 words[5];
};

struct exec_fields {
	__u32 filename;
	__s32 pid;
	__s32 old_pid;
};

static __always_inline bool is_layout(__u32 common, __u32 filename, __u32 pid)
{
	return (filename & 0xffff) == common + sizeof(struct exec_fields) &&
	       pid == (__u32)bpf_get_current_pid_tgid();
}

SEC("tracepoint/sched/sched_process_exec")
int exec_tracepoint(struct exec_context *ctx)
{
	if (is_layout(8, ctx->words[2], ctx->words[3]))
		return emit(ctx, (const char *)ctx + 8 + sizeof(struct exec_fields));
	if (is_layout(12, ctx->words[3], ctx->words[4]))
		return emit(ctx, (const char *)ctx + 12 + sizeof(struct exec_fields));
	return emit(ctx, NULL);
}

/*
 * Without BTF nobody tells where struct linux_binprm keeps the name: the last resort goes without.
 */
SEC("raw_tracepoint/sched_process_exec")
int exec_raw_tracepoint(__u64 *ctx)
{
	return emit(ctx, NULL);
}

#else

struct linux_binprm {
	const char *filename;
} __attribute__((preserve_access_index));

/*
 * The arguments of sched_process_exec: struct task_struct *, pid_t old_pid, struct linux_binprm *
 */
SEC("tp_btf/sched_process_exec")
int exec_tp_btf(__u64 *ctx)
{
	const struct linux_binprm *bprm = (const void *)ctx[2];

	return emit(ctx, bprm->filename);
}

SEC("raw_tracepoint/sched_process_exec")
int exec_raw_tracepoint(__u64 *ctx)
{
	const struct linux_binprm *bprm = (const void *)ctx[2];
	const char *filename = NULL;

	read_kernel(&filename, sizeof(filename), &bprm->filename);
	return emit(ctx, filename);
}

#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
