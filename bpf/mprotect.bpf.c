/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mprotect.bpf.c - a process changes the protection of its memory
 */
#define RING_BYTES (2 << 20)
#include "protection.h"
#include "syscall.bpf.h"

struct mprotect_event {
	RECORD_HEAD
	__u64 addr HINT_HEX;
	__u64 len;
	enum mmap_prot prot HINT_FLAGS;
	__s32 pkey; /* -1: none */
	__s32 ret HINT_ERRNO;
};
RECORD(mprotect_event)

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_MPROTECT || number == NR_PKEY_MPROTECT;
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct mprotect_event *event = record_room(struct mprotect_event);

	(void)room;
	if (!event)
		return;
	record_head(event);
	event->addr = call->args[0];
	event->len = call->args[1];
	event->prot = call->args[2];
	event->pkey = call->number == NR_PKEY_MPROTECT ? call->args[3] : -1;
	event->ret = call->ret;
	record_emit(ctx, event, sizeof(*event));
}

SYSCALL(mprotect, mprotect, NR_MPROTECT, 3)
SYSCALL(mprotect, pkey_mprotect, NR_PKEY_MPROTECT, 4)
SYSCALL_IA32(mprotect, mprotect, NR_MPROTECT)
SYSCALL_IA32(mprotect, pkey_mprotect, NR_PKEY_MPROTECT)
SYSCALLS(mprotect)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
