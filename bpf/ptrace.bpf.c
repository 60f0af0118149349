/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ptrace.bpf.c - a process traces another, or lets its parent trace it
 */
#include "syscall.bpf.h"

/* Those behind PTRACE_DETACH and below 0x4200 mean something else on each architecture: numbers. */
enum ptrace_request {
	PTRACE_TRACEME = 0,
	PTRACE_PEEKTEXT = 1,
	PTRACE_PEEKDATA = 2,
	PTRACE_PEEKUSR = 3,
	PTRACE_POKETEXT = 4,
	PTRACE_POKEDATA = 5,
	PTRACE_POKEUSR = 6,
	PTRACE_CONT = 7,
	PTRACE_KILL = 8,
	PTRACE_SINGLESTEP = 9,
#if defined(__TARGET_ARCH_x86)
	PTRACE_GETREGS = 12,
	PTRACE_SETREGS = 13,
	PTRACE_GETFPREGS = 14,
	PTRACE_SETFPREGS = 15,
	PTRACE_ARCH_PRCTL = 30,
#endif
	PTRACE_ATTACH = 16,
	PTRACE_DETACH = 17,
	PTRACE_SYSCALL = 24,
	PTRACE_SETOPTIONS = 0x4200,
	PTRACE_GETEVENTMSG = 0x4201,
	PTRACE_GETSIGINFO = 0x4202,
	PTRACE_SETSIGINFO = 0x4203,
	PTRACE_GETREGSET = 0x4204,
	PTRACE_SETREGSET = 0x4205,
	PTRACE_SEIZE = 0x4206,
	PTRACE_INTERRUPT = 0x4207,
	PTRACE_LISTEN = 0x4208,
	PTRACE_PEEKSIGINFO = 0x4209,
	PTRACE_GETSIGMASK = 0x420a,
	PTRACE_SETSIGMASK = 0x420b,
	PTRACE_SECCOMP_GET_FILTER = 0x420c,
	PTRACE_SECCOMP_GET_METADATA = 0x420d,
	PTRACE_GET_SYSCALL_INFO = 0x420e,
	PTRACE_GET_RSEQ_CONFIGURATION = 0x420f,
	PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG = 0x4210,
	PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG = 0x4211,
	PTRACE_SET_SYSCALL_INFO = 0x4212,
};

struct ptrace_event {
	RECORD_HEAD
	enum ptrace_request request;
	__s32 target_pid;
	__u64 addr HINT_HEX;
	__u64 data HINT_HEX;
	__s32 ret HINT_ERRNO;
};
RECORD(ptrace_event)

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_PTRACE;
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct ptrace_event *event = record_room(struct ptrace_event);

	(void)room;
	if (!event)
		return;
	record_head(event);
	event->request = call->args[0];
	event->target_pid = call->args[1];
	event->addr = call->args[2];
	event->data = call->args[3];
	event->ret = call->ret;
	record_emit(ctx, event, sizeof(*event));
}

SYSCALL(ptrace, ptrace, NR_PTRACE, 4)
SYSCALL_COMPAT(ptrace, ptrace, NR_PTRACE)
SYSCALLS(ptrace)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
