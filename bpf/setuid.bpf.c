/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * setuid.bpf.c - a process asks to act as another user or group
 *
 * The C library makes the call in each thread of a process, since the kernel's credentials are a
 * thread's. uid in the record's head is what has come of it.
 */
#include "syscall.bpf.h"

/* As they are to be shown. */
enum setuid_call {
	setuid = 1,
	setgid,
	setreuid,
	setregid,
	setresuid,
	setresgid,
};

/* Ids as asked for; -1 is to leave one as it is, or one that the call does not have. */
struct setuid_event {
	RECORD_HEAD
	enum setuid_call call;
	__s64 real;
	__s64 effective; /* what setuid and setgid ask for */
	__s64 saved;
	__s32 ret HINT_ERRNO;
};
RECORD(setuid_event)

static __always_inline enum setuid_call call_of(__u64 number)
{
	if (number == NR_SETUID)
		return setuid;
	if (number == NR_SETGID)
		return setgid;
	if (number == NR_SETREUID)
		return setreuid;
	if (number == NR_SETREGID)
		return setregid;
	if (number == NR_SETRESUID)
		return setresuid;
	return number == NR_SETRESGID ? setresgid : 0;
}

static __always_inline bool is_wanted(__u64 number)
{
	return call_of(number);
}

static __always_inline __s64 asked(__u64 arg)
{
	__u32 id = arg;

	return id == (__u32)-1 ? -1 : (__s64)id;
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct setuid_event *event = record_room(struct setuid_event);

	(void)room;
	if (!event)
		return;
	record_head(event);
	event->call = call_of(call->number);
	event->real = -1;
	event->effective = -1;
	event->saved = -1;
	event->ret = call->ret;
	if (event->call <= setgid) {
		event->effective = asked(call->args[0]);
	} else {
		event->real = asked(call->args[0]);
		event->effective = asked(call->args[1]);
	}
	if (event->call >= setresuid)
		event->saved = asked(call->args[2]);
	record_emit(ctx, event, sizeof(*event));
}

SYSCALL(setuid, setuid, NR_SETUID, 1)
SYSCALL(setuid, setgid, NR_SETGID, 1)
SYSCALL(setuid, setreuid, NR_SETREUID, 2)
SYSCALL(setuid, setregid, NR_SETREGID, 2)
SYSCALL(setuid, setresuid, NR_SETRESUID, 3)
SYSCALL(setuid, setresgid, NR_SETRESGID, 3)
SYSCALL_IA32(setuid, setuid, NR_SETUID)
SYSCALL_IA32(setuid, setgid, NR_SETGID)
SYSCALL_IA32(setuid, setreuid, NR_SETREUID)
SYSCALL_IA32(setuid, setregid, NR_SETREGID)
SYSCALL_IA32(setuid, setresuid, NR_SETRESUID)
SYSCALL_IA32(setuid, setresgid, NR_SETRESGID)
SYSCALL_OF_16_BITS(setuid, setuid16, NR_SETUID)
SYSCALL_OF_16_BITS(setuid, setgid16, NR_SETGID)
SYSCALL_OF_16_BITS(setuid, setreuid16, NR_SETREUID)
SYSCALL_OF_16_BITS(setuid, setregid16, NR_SETREGID)
SYSCALL_OF_16_BITS(setuid, setresuid16, NR_SETRESUID)
SYSCALL_OF_16_BITS(setuid, setresgid16, NR_SETRESGID)
SYSCALLS(setuid)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
