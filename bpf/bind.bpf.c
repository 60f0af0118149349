/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bind.bpf.c - a process gives a socket its address
 */
#include "sockaddr.h"
#include "syscall.bpf.h"

struct bind_event {
	RECORD_HEAD
	__s32 fd;
	struct tail addr HINT_SOCKADDR;
	__s32 ret HINT_ERRNO;
};
RECORD(bind_event)

struct bind_record {
	struct bind_event event;
	__u8 addr[SOCKADDR_ROOM];
};

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_BIND;
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct bind_record *record = record_room(struct bind_record);

	(void)room;
	if (!record)
		return;
	record_head(record);
	record->event.fd = call->args[0];
	sockaddr_add(&record->event.addr, sizeof(record->event), record->addr, call->args[1],
		     call->args[2]);
	record->event.ret = call->ret;
	record_emit(ctx, record, sizeof(*record));
}

SYSCALL(bind, bind, NR_BIND, 3)
SYSCALL_IA32(bind, bind, NR_BIND)
SYSCALL_SOCKETS(bind)
SYSCALLS(bind)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
