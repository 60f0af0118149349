/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* flood.bpf.c - records as fast as a process can make system calls, and sixteen times as fast; ten
 * tracepoints */
#include "common.bpf.h"

struct flood_event {
	__u64 timestamp HINT_TIMESTAMP;
	__u32 pid;
	__u32 tid;
	char comm[16];
	__u64 length;
	__u64 number;
};
RECORD(flood_event)

/* What a tracepoint of a system call's entry has, after the common fields. */
struct enter {
	__u64 common;
	__s64 id;
	__u64 args[6];
};

static __always_inline void tell(void *ctx, __u64 length, __u64 number)
{
	struct flood_event *event = record_room(struct flood_event);
	__u64 id = bpf_get_current_pid_tgid();

	if (!event)
		return;
	event->timestamp = bpf_ktime_get_ns();
	event->pid = id >> 32;
	event->tid = (__u32)id;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	event->length = length;
	event->number = number;
	record_emit(ctx, event, sizeof(*event));
}

SEC("tracepoint/syscalls/sys_enter_mmap")
int flood(struct enter *ctx)
{
	tell(ctx, ctx->args[1], 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_mmap")
int flood_sixteen(struct enter *ctx)
{
#pragma unroll
	for (int i = 0; i < 16; i++)
		tell(ctx, ctx->args[1], i);
	return 0;
}

#define QUIET(call)                                 \
	SEC("tracepoint/syscalls/sys_enter_" #call) \
	int quiet_##call(void *ctx)                 \
	{                                           \
		tell(ctx, 0, 0);                    \
		return 0;                           \
	}

/* Calls that hardly anybody makes. */
QUIET(acct)
QUIET(chroot)
QUIET(mlockall)
QUIET(pivot_root)
QUIET(quotactl)
QUIET(setdomainname)
QUIET(sethostname)
QUIET(swapoff)
QUIET(swapon)
QUIET(vhangup)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
