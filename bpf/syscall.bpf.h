/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * syscall.bpf.h - system calls with their results, by five means
 *
 * All of them report a call when it returns: arguments as they stood at its entry, user memory as
 * it stands at its end, when the kernel has read it (and has it mapped). A call that seccomp or a
 * tracer stopped, and one that the kernel does not have, is none. Calls of 32-bit programs, and of
 * others by their gate, are told like those of 64-bit ones, but for the calls' own tracepoints,
 * which see native calls alone.
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
 * Where the kernel has a function of its own for 32-bit callers, one of SYSCALL_IA32(),
 * SYSCALL_COMPAT(), SYSCALL_OF_16_BITS() and SYSCALL_SOCKETS() adds the first two means on that, as
 * EVENT_fexit_ia32_CALL, EVENT_fexit_compat_CALL and so on.
 *
 * A manifest names exits before entries: programs are attached in that order, and an entry whose
 * exit was missed would lend its arguments to another call. Programs on a call that some kernel or
 * architecture lacks are optional there.
 *
 * What is lost by the end of a call is noted at its entry by AT_ENTRY(call), which a source may
 * define before it includes this. The first means is then two programs as well, the other
 * EVENT_fentry_CALL.
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

static __always_inline int call_enter(struct call *call)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	if (!featsel_wanted())
		return 0;
#ifdef AT_ENTRY
	AT_ENTRY(call);
#endif
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

/* ---- 32-bit callers ---- */

/* Which function, or table of calls, it came by. */
enum way { NATIVE, COMPAT, OF_16_BITS, SOCKETS };

/* What a number means by the 32-bit table, or NOT_OURS. */
#define NOT_OURS (~0ULL)

static __always_inline bool wants_sockets(void)
{
	return is_wanted(NR_BIND) || is_wanted(NR_LISTEN) || is_wanted(NR_ACCEPT4);
}

static __always_inline __u64 compat_number(__u64 number)
{
#if defined(__TARGET_ARCH_x86)
#define IF_COMPAT(i386, arm, native) IF_NUMBER(i386, native)
#elif defined(__TARGET_ARCH_arm64)
#define IF_COMPAT(i386, arm, native) IF_NUMBER(arm, native)
#endif
#define IF_NUMBER(compat, native)                                                   \
	if (number == (compat) && (is_wanted((native) & ~NR_OF_16_BITS) ||          \
				   ((native) == NR_SOCKETCALL && wants_sockets()))) \
		return native;
#ifdef IF_COMPAT
	COMPAT_NUMBERS(IF_COMPAT)
	return NOT_OURS;
#else
	return is_wanted(number) ? number : NOT_OURS;
#endif
}

static __always_inline void call_from_compat(struct call *call, __u64 number, const __u64 *regs)
{
	call->number = number;
	call->args[0] = (__u32)regs[COMPAT_ARG1];
	call->args[1] = (__u32)regs[COMPAT_ARG2];
	call->args[2] = (__u32)regs[COMPAT_ARG3];
	call->args[3] = (__u32)regs[COMPAT_ARG4];
	call->args[4] = (__u32)regs[COMPAT_ARG5];
	call->args[5] = (__u32)regs[COMPAT_ARG6];
	call->ret = 0;
}

/* An id of 16 bits; that which stands for none does so in 32 bits, too. */
static __always_inline __u64 wide_id(__u64 id)
{
	id &= 0xffff;
	return id == 0xffff ? 0xffffffff : id;
}

/* socketcall(2): which call is meant, and where its arguments are. */
static __always_inline bool call_from_sockets(struct call *call)
{
	__u64 which = call->args[0];
	__u32 args[4] = {}, size = 3 * sizeof(args[0]);

	if (which == 2) /* SYS_BIND, of linux/net.h */
		call->number = NR_BIND;
	else if (which == 4)
		call->number = NR_LISTEN;
	else if (which == 5)
		call->number = NR_ACCEPT;
	else if (which == 18)
		call->number = NR_ACCEPT4;
	else
		return false;
	if (which == 4)
		size = 2 * sizeof(args[0]);
	else if (which == 18)
		size = sizeof(args);
	if (!is_wanted(call->number) || read_user(args, size, (const void *)call->args[1]))
		return false;
	call->args[0] = args[0];
	call->args[1] = args[1];
	call->args[2] = args[2];
	call->args[3] = args[3];
	return true;
}

/* False where the call is none of the event's. */
static __always_inline bool call_from(struct call *call, enum way way, __u64 number,
				      const __u64 *regs)
{
	if (way == NATIVE) {
		call_from_registers(call, number, regs);
		return true;
	}
	call_from_compat(call, number, regs);
	if (way == OF_16_BITS) {
		call->args[0] = wide_id(call->args[0]);
		call->args[1] = wide_id(call->args[1]);
		call->args[2] = wide_id(call->args[2]);
	}
	return way != SOCKETS || call_from_sockets(call);
}

/* @wrapper_regs: as they stand in a kprobe on the wrapper, whose argument are the call's own. */
static __always_inline int call_enter_wrapper(const __u64 *wrapper_regs, enum way way, __u64 number)
{
	__u64 regs[REGISTER_WORDS];
	struct call call;

	if (read_kernel(regs, sizeof(regs), (const void *)wrapper_regs[FUNCTION_ARG1]))
		return 0;
	return call_from(&call, way, number, regs) ? call_enter(&call) : 0;
}

/* Whether a call by this number may be the event's, by whichever table. */
static __always_inline bool may_be_wanted(__u64 number)
{
	return is_wanted(number) || compat_number(number) != NOT_OURS;
}

/* @regs as they stand at sys_enter. */
static __always_inline int call_enter_any(__u64 number, const __u64 *regs)
{
	enum way way = NATIVE;
	struct call call;

	if (is_compat(regs)) {
		number = compat_number(number);
		way = number == NR_SOCKETCALL			     ? SOCKETS
		      : number != NOT_OURS && number & NR_OF_16_BITS ? OF_16_BITS
								     : COMPAT;
		number &= ~NR_OF_16_BITS;
	}
	if (way != SOCKETS && !is_wanted(number))
		return 0;
	return call_from(&call, way, number, regs) ? call_enter(&call) : 0;
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

/* One function for all programs of an object, which is as large as a few of them otherwise. */
static __noinline void call_emit(void *ctx, const struct call *call, void *room)
{
	emit(ctx, call, room);
}

static __always_inline void call_exit(void *ctx, struct call *call, __s64 ret)
{
	call->ret = ret;
	if (ret != -ENOSYS)
		call_emit(ctx, call, ROOM(shared_room));
	call_forget();
}

/* Of socketcall() any call of the event's may return. */
static __always_inline int call_exit_of(void *ctx, enum way way, __u64 number, __s64 ret)
{
	struct call *call = call_find();

	if (call && (way == SOCKETS || call->number == number))
		call_exit(ctx, call, ret);
	return 0;
}

/* ---- programs ---- */

/* Names of functions and programs, and what is a function of the kernel's. */
#define SYSCALL_IA32(event, name, number) \
	SYSCALL_FUNCTION(event, ia32_##name, SYSCALL_WRAPPER_IA32 #name, COMPAT, number)
#define SYSCALL_COMPAT(event, name, number) \
	SYSCALL_FUNCTION(event, compat_##name, SYSCALL_WRAPPER_COMPAT #name, COMPAT, number)
#define SYSCALL_OF_16_BITS(event, name, number) \
	SYSCALL_FUNCTION(event, ia32_##name, SYSCALL_WRAPPER_OF_16_BITS #name, OF_16_BITS, number)
#define SYSCALL_SOCKETS(event) \
	SYSCALL_FUNCTION(event, compat_socketcall, SYSCALL_WRAPPER_COMPAT "socketcall", SOCKETS, 0)

#define SYSCALL_KPROBES(event, name, function, way, number)                           \
	SEC("kretprobe/" function)                                                    \
	int event##_kretprobe_##name(__u64 *regs)                                     \
	{                                                                             \
		return call_exit_of(regs, way, number, (__s64)regs[FUNCTION_RESULT]); \
	}                                                                             \
	SEC("kprobe/" function)                                                       \
	int event##_kprobe_##name(__u64 *regs)                                        \
	{                                                                             \
		return call_enter_wrapper(regs, way, number);                         \
	}

#ifdef FEATSEL_LEGACY

#define SYSCALL_FUNCTION SYSCALL_KPROBES

#define SYSCALL(event, name, number, n)                                      \
	SYSCALL_FUNCTION(event, name, SYSCALL_WRAPPER #name, NATIVE, number) \
	SEC("tracepoint/syscalls/sys_exit_" #name)                           \
	int event##_exit_##name(struct syscall_exit *ctx)                    \
	{                                                                    \
		return call_exit_of(ctx, NATIVE, number, ctx->ret);          \
	}                                                                    \
	SEC("tracepoint/syscalls/sys_enter_" #name)                          \
	int event##_enter_##name(struct syscall_enter *ctx)                  \
	{                                                                    \
		return call_enter_tracepoint(ctx, number, n);                \
	}

/* The arguments of sys_enter: struct pt_regs *, long number */
static __always_inline int call_enter_raw(const __u64 *ctx)
{
	__u64 regs[REGISTER_WORDS];

	if (!may_be_wanted(ctx[1]) || read_kernel(regs, sizeof(regs), (const void *)ctx[0]))
		return 0;
	return call_enter_any(ctx[1], regs);
}

/* A helper that reads the number would take longer than to look for the call. */
static __always_inline bool may_end(const __u64 *ctx)
{
	(void)ctx;
	return true;
}

#define SYSCALLS_TYPE "raw_tracepoint"
#define SYSCALLS_NAME raw

#else

#define SYSCALL(event, name, number, n) \
	SYSCALL_FUNCTION(event, name, SYSCALL_WRAPPER #name, NATIVE, number)
#define SYSCALL_FUNCTION(event, name, function, way, number) \
	SYSCALL_KPROBES(event, name, function, way, number)  \
	SYSCALL_TRAMPOLINES(event, name, function, way, number)

/*
 * The verifier knows that the argument is a struct pt_regs and lets it be read without a helper.
 */
#ifdef AT_ENTRY

#define SYSCALL_TRAMPOLINES(event, name, function, way, number)            \
	SEC("fexit/" function)                                             \
	int event##_fexit_##name(__u64 *ctx)                               \
	{                                                                  \
		return call_exit_of(ctx, way, number, (__s64)ctx[1]);      \
	}                                                                  \
	SEC("fentry/" function)                                            \
	int event##_fentry_##name(__u64 *ctx)                              \
	{                                                                  \
		struct call call;                                          \
                                                                           \
		if (!call_from(&call, way, number, (const __u64 *)ctx[0])) \
			return 0;                                          \
		return call_enter(&call);                                  \
	}

#else

/* A program may be preempted by another on its processor, never by itself: it has its own room. */
#define SYSCALL_TRAMPOLINES(event, name, function, way, number)                                 \
	ROOM_MAP(event##_room_##name)                                                           \
	SEC("fexit/" function)                                                                  \
	int event##_fexit_##name(__u64 *ctx)                                                    \
	{                                                                                       \
		struct call call;                                                               \
                                                                                                \
		if (!featsel_wanted() || !call_from(&call, way, number, (const __u64 *)ctx[0])) \
			return 0;                                                               \
		call.ret = (__s64)ctx[1];                                                       \
		if (call.ret != -ENOSYS)                                                        \
			call_emit(ctx, &call, ROOM(event##_room_##name));                       \
		return 0;                                                                       \
	}

#endif

static __always_inline int call_enter_raw(const __u64 *ctx)
{
	return may_be_wanted(ctx[1]) ? call_enter_any(ctx[1], (const __u64 *)ctx[0]) : 0;
}

/* Whether a call may end that call_enter_raw() has noted: cheaper than to look for it. */
static __always_inline bool may_end(const __u64 *ctx)
{
#ifdef SYSCALL_NUMBER
	return may_be_wanted((__u32)((const __u64 *)ctx[0])[SYSCALL_NUMBER]);
#else
	return true;
#endif
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
		struct call *call;                           \
                                                             \
		if (!may_end(ctx))                           \
			return 0;                            \
		call = call_find();                          \
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
