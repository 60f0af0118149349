/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * exec.bpf.c - a process begins to run another program
 *
 * All candidates stand on the tracepoint sched_process_exec, which fires once the new program is in
 * place: failed attempts are not reported, comm is already the new one, and the arguments are those
 * that the program will see, of a script its interpreter.
 */
#ifdef FEATSEL_LEGACY
#define FITS_32_BITS
#endif
#define RECORD_STRINGS 3
#define RECORD_NAME    NAME_ROOM
#include "common.bpf.h"
#include "cwd.h"

struct exec_event {
	RECORD_HEAD
	struct tail cwd HINT_STRING;
	struct tail filename HINT_STRING;
	struct tail argv HINT_STRINGS; /* of long lists the first 4095 bytes */
};
RECORD(exec_event)

/* Both addresses 0: nobody tells where the arguments are. */
static __always_inline int emit(void *ctx, const char *filename, __u64 arg_start, __u64 arg_end)
{
	const enum dirfd cwd = AT_FDCWD;
	struct exec_event *event;
	__u64 used = sizeof(*event);

	if (!featsel_wanted())
		return 0;
	event = record_long(ROOM(shared_room), struct exec_event);
	if (!event)
		return 0;
	record_head(event);
	if (filename)
		used = record_add_kernel_string(event, &event->filename, used, filename);
	if (arg_end > arg_start)
		used = record_add_user_bytes(event, &event->argv, used, arg_start,
					     arg_end - arg_start);
	used = record_add_cwd(event, &event->cwd, used, &cwd, &event->filename, sizeof(*event));
	record_emit_long(ctx, event, used);
	return 0;
}

#ifdef FEATSEL_LEGACY

/*
 * The fields follow a common part of 8 bytes (vanilla) or 12 (PREEMPT_RT, RHEL 9), and the name
 * follows the fields. Where the name lies is said by the field itself (offset below, length above
 * 16 bits), which so proves the layout: it is the one in which the name begins right behind the
 * last field and pid is the current thread.
 */
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
int exec_tracepoint(void *ctx)
{
	const __u32 *words = ctx;
	const char *filename = NULL;

	if (is_layout(8, words[2], words[3]))
		filename = ctx + 8 + sizeof(struct exec_fields);
	else if (is_layout(12, words[3], words[4]))
		filename = ctx + 12 + sizeof(struct exec_fields);
	return emit(ctx, filename, 0, 0);
}

/*
 * Without BTF nobody tells where struct linux_binprm keeps the name: the last resort goes without.
 */
SEC("raw_tracepoint/sched_process_exec")
int exec_raw_tracepoint(__u64 *ctx)
{
	return emit(ctx, NULL, 0, 0);
}

#else

struct linux_binprm {
	const char *filename;
} __attribute__((preserve_access_index));

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
} __attribute__((preserve_access_index));

/* common.bpf.h knows of it what it needs itself. */
struct task_struct___memory {
	struct mm_struct *mm;
} __attribute__((preserve_access_index));

/*
 * The arguments of sched_process_exec: struct task_struct *, pid_t old_pid, struct linux_binprm *
 */
SEC("tp_btf/sched_process_exec")
int exec_tp_btf(__u64 *ctx)
{
	const struct task_struct___memory *task = (const void *)ctx[0];
	const struct linux_binprm *bprm = (const void *)ctx[2];
	const struct mm_struct *mm = task->mm;

	return emit(ctx, bprm->filename, mm->arg_start, mm->arg_end);
}

SEC("raw_tracepoint/sched_process_exec")
int exec_raw_tracepoint(__u64 *ctx)
{
	const struct task_struct___memory *task = (const void *)ctx[0];
	const struct linux_binprm *bprm = (const void *)ctx[2];
	const struct mm_struct *mm = NULL;
	const char *filename = NULL;
	__u64 arg_start = 0, arg_end = 0;

	read_kernel(&filename, sizeof(filename), &bprm->filename);
	read_kernel(&mm, sizeof(mm), &task->mm);
	read_kernel(&arg_start, sizeof(arg_start), &mm->arg_start);
	read_kernel(&arg_end, sizeof(arg_end), &mm->arg_end);
	return emit(ctx, filename, arg_start, arg_end);
}

#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
