/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * syscall.bpf.h - system calls with their results, by five means
 *
 * All of them report a native call when it returns: arguments as they stood at its entry, user
 * memory as it stands at its end, when the kernel has read it (and has it mapped). A call that
 * seccomp or a tracer stopped, and one that the kernel does not have, is none.
 *
 * An event's source defines emit() and is_wanted(), which are declared below, and has
 * SYSCALL(EVENT, CALL, NUMBER, ARGUMENTS) for each call and SYSCALLS(EVENT) once. That makes
 *
 *	EVENT_fexit_CALL			arguments and result in one
 *	EVENT_kretprobe_CALL EVENT_kprobe_CALL	in both objects
 *	EVENT_exit_CALL EVENT_enter_CALL	the call's own tracepoints
 *	EVENT_tp_btf_exit EVENT_tp_btf_enter	these see every call of the machine
 *	EVENT_raw_exit EVENT_raw_enter
 *
 * A manifest names exits before entries: programs are attached in that order, and an entry whose
 * exit was missed would lend its arguments to another call. Programs on a call that some kernel or
 * architecture lacks are optional there.
 */
#ifndef FEATSEL_SYSCALL_BPF_H
#define FEATSEL_SYSCALL_BPF_H

#include "common.bpf.h"
#include "syscalls.h"

struct call {
	__u64 number;
	__u64 args[6];
	__s64 ret;
};

/*
 * Calls that have begun, by thread. No LRU map: on machines with many processors that would forget
 * calls that still run.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

/*
 * The event's own: send the record of a call that has returned (@room is for record_long()), and
 * whether a call's number is one of its.
 */
static __always_inline void emit(void *ctx, const struct call *call, void *room);
static __always_inline bool is_wanted(__u64 number);

static __always_inline int call_enter(const struct call *call)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	if (!featsel_wanted())
		return 0;
	if (bpf_map_update_elem(&calls, &tid, call, BPF_ANY))
		featsel_count_drop();
	return 0;
}

static __always_inline struct call *call_find(void)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&calls, &tid);
}

static __always_inline void call_forget(void)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&calls, &tid);
}

/* @regs as they stand at the entry. */
static __always_inline void call_from_registers(struct call *call, __u64 number, const __u64 *regs)
{
	call->number = number;
	call->args[0] = regs[SYSCALL_ARG1];
	call->args[1] = regs[SYSCALL_ARG2];
	call->args[2] = regs[SYSCALL_ARG3];
	call->args[3] = regs[SYSCALL_ARG4];
	call->args[4] = regs[SYSCALL_ARG5];
	call->args[5] = regs[SYSCALL_ARG6];
	call->ret = 0;
}

/*
 * Other architectures than x86 use the same functions for 32-bit callers. Not asking there keeps a
 * helper that reads memory, which lockdown forbids, out of the program.
 */
static __always_inline bool is_compat_in_wrapper(const __u64 *regs)
{
#ifdef __TARGET_ARCH_x86
	(void)regs;
	return false;
#else
	return is_compat(regs);
#endif
}

/* @wrapper_regs: as they stand in a kprobe on the wrapper, whose argument are the call's own. */
static __always_inline int call_enter_wrapper(const __u64 *wrapper_regs, __u64 number)
{
	__u64 regs[REGISTER_WORDS];
	struct call call;

	if (read_kernel(regs, sizeof(regs), (const void *)wrapper_regs[FUNCTION_ARG1]))
		return 0;
	if (is_compat_in_wrapper(regs))
		return 0;
	call_from_registers(&call, number, regs);
	return call_enter(&call);
}

/*
 * The context of a system call's tracepoint: the arguments, or the result, stand at 16 whether the
 * common part has 8 bytes followed by the number in 8 (vanilla), or 12 bytes followed by the number
 * in 4 (PREEMPT_RT, RHEL 9).
 */
struct syscall_enter {
	__u64 common[2];
	__u64 args[6];
};

struct syscall_exit {
	__u64 common[2];
	__s64 ret;
};

/* The kernel lets no program attach that looks behind the last argument, of which there are @n. */
static __always_inline int call_enter_tracepoint(const struct syscall_enter *ctx, __u64 number,
						 unsigned int n)
{
	struct call call = {
		.number = number,
		.args = {ctx->args[0], n > 1 ? ctx->args[1] : 0, n > 2 ? ctx->args[2] : 0,
			 n > 3 ? ctx->args[3] : 0, n > 4 ? ctx->args[4] : 0,
			 n > 5 ? ctx->args[5] : 0},
	};

	return call_enter(&call);
}

static __always_inline void call_exit(void *ctx, struct call *call, __s64 ret)
{
	call->ret = ret;
	if (ret != -ENOSYS)
		emit(ctx, call, ROOM(shared_room));
	call_forget();
}

static __always_inline int call_exit_of(void *ctx, __u64 number, __s64 ret)
{
	struct call *call = call_find();

	if (call && call->number == number)
		call_exit(ctx, call, ret);
	return 0;
}

/* ---- programs ---- */

#define SYSCALL_KPROBES(event, name, number)                                     \
	SEC("kretprobe/" SYSCALL_WRAPPER #name)                                  \
	int event##_kretprobe_##name(__u64 *regs)                                \
	{                                                                        \
		return call_exit_of(regs, number, (__s64)regs[FUNCTION_RESULT]); \
	}                                                                        \
	SEC("kprobe/" SYSCALL_WRAPPER #name)                                     \
	int event##_kprobe_##name(__u64 *regs)                                   \
	{                                                                        \
		return call_enter_wrapper(regs, number);                         \
	}

#ifdef FEATSEL_LEGACY

#define SYSCALL(event, name, number, n)                       \
	SYSCALL_KPROBES(event, name, number)                  \
	SEC("tracepoint/syscalls/sys_exit_" #name)            \
	int event##_exit_##name(struct syscall_exit *ctx)     \
	{                                                     \
		return call_exit_of(ctx, number, ctx->ret);   \
	}                                                     \
	SEC("tracepoint/syscalls/sys_enter_" #name)           \
	int event##_enter_##name(struct syscall_enter *ctx)   \
	{                                                     \
		return call_enter_tracepoint(ctx, number, n); \
	}

/* The arguments of sys_enter: struct pt_regs *, long number */
static __always_inline int call_enter_raw(const __u64 *ctx)
{
	__u64 regs[REGISTER_WORDS];
	struct call call;

	if (!is_wanted(ctx[1]))
		return 0;
	if (read_kernel(regs, sizeof(regs), (const void *)ctx[0]))
		return 0;
	if (is_compat(regs))
		return 0;
	call_from_registers(&call, ctx[1], regs);
	return call_enter(&call);
}

#define SYSCALLS_TYPE "raw_tracepoint"
#define SYSCALLS_NAME raw

#else

/*
 * The verifier knows that the argument is a struct pt_regs and lets it be read without a helper. A
 * program may be preempted by another on its processor, never by itself: it has a room of its own.
 */
#define SYSCALL(event, name, number, n)                              \
	SYSCALL_KPROBES(event, name, number)                         \
	ROOM_MAP(event##_room_##name)                                \
	SEC("fexit/" SYSCALL_WRAPPER #name)                          \
	int event##_fexit_##name(__u64 *ctx)                         \
	{                                                            \
		const __u64 *regs = (const __u64 *)ctx[0];           \
		struct call call;                                    \
                                                                     \
		if (!featsel_wanted() || is_compat_in_wrapper(regs)) \
			return 0;                                    \
		call_from_registers(&call, number, regs);            \
		call.ret = (__s64)ctx[1];                            \
		if (call.ret != -ENOSYS)                             \
			emit(ctx, &call, ROOM(event##_room_##name)); \
		return 0;                                            \
	}

static __always_inline int call_enter_raw(const __u64 *ctx)
{
	const __u64 *regs = (const __u64 *)ctx[0];
	struct call call;

	if (!is_wanted(ctx[1]) || is_compat(regs))
		return 0;
	call_from_registers(&call, ctx[1], regs);
	return call_enter(&call);
}

#define SYSCALLS_TYPE "tp_btf"
#define SYSCALLS_NAME tp_btf

#endif

#define SYSCALLS(event)		 SYSCALLS_AS(event, SYSCALLS_NAME)
#define SYSCALLS_AS(event, name) SYSCALLS_NAMED(event, name)
/* The arguments of sys_exit: struct pt_regs *, long result */
#define SYSCALLS_NAMED(event, name)                          \
	SEC(SYSCALLS_TYPE "/sys_exit")                       \
	int event##_##name##_exit(__u64 *ctx)                \
	{                                                    \
		struct call *call = call_find();             \
                                                             \
		if (call)                                    \
			call_exit(ctx, call, (__s64)ctx[1]); \
		return 0;                                    \
	}                                                    \
	SEC(SYSCALLS_TYPE "/sys_enter")                      \
	int event##_##name##_enter(__u64 *ctx)               \
	{                                                    \
		return call_enter_raw(ctx);                  \
	}

#endif
