/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kill.bpf.c - a process sends a signal to another, or asks whether it could (signal 0)
 */
#include "signals.h"
#include "syscall.bpf.h"

/* As they are to be shown. */
enum kill_call {
	kill = 1,
	tkill,
	tgkill,
};

struct kill_event {
	RECORD_HEAD
	enum kill_call call;
	__s32 target_pid; /* of kill: a group where negative, all if -1; 0 of tkill */
	__s32 target_tid; /* 0 of kill */
	enum signal signal;
	__s32 ret HINT_ERRNO;
};
RECORD(kill_event)

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_KILL || number == NR_TKILL || number == NR_TGKILL;
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct kill_event *event = record_room(struct kill_event);

	(void)room;
	if (!event)
		return;
	record_head(event);
	if (call->number == NR_KILL) {
		event->call = kill;
		event->target_pid = call->args[0];
		event->signal = call->args[1];
	} else if (call->number == NR_TKILL) {
		event->call = tkill;
		event->target_tid = call->args[0];
		event->signal = call->args[1];
	} else {
		event->call = tgkill;
		event->target_pid = call->args[0];
		event->target_tid = call->args[1];
		event->signal = call->args[2];
	}
	event->ret = call->ret;
	record_emit(ctx, event, sizeof(*event));
}

SYSCALL(kill, kill, NR_KILL, 2)
SYSCALL(kill, tkill, NR_TKILL, 2)
SYSCALL(kill, tgkill, NR_TGKILL, 3)
SYSCALL_IA32(kill, kill, NR_KILL)
SYSCALL_IA32(kill, tkill, NR_TKILL)
SYSCALL_IA32(kill, tgkill, NR_TGKILL)
SYSCALLS(kill)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
