/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * accept.bpf.c - a process takes a connection that somebody else has made
 */
#include "sockaddr.h"

/*
 * How much room the caller has for the address is in *addrlen until the kernel has written there
 * how long the address is. It is noted where the call has no argument.
 */
#define PEER_ROOM      5
#define AT_ENTRY(call) note_room((call)->args)

static __always_inline void note_room(__u64 *args)
{
	__s32 room = 0;

	if (args[1])
		read_user(&room, sizeof(room), (const void *)args[2]);
	args[PEER_ROOM] = room;
}

#include "syscall.bpf.h"

enum accept_flags {
	SOCK_NONBLOCK = 00004000,
	SOCK_CLOEXEC = 02000000,
};

struct accept_event {
	RECORD_HEAD
	__s32 fd;			/* the listening socket */
	struct tail peer HINT_SOCKADDR; /* as the caller was told: empty where it did not ask */
	enum accept_flags flags HINT_FLAGS;
	__s32 ret HINT_ERRNO; /* the descriptor of the connection */
};
RECORD(accept_event)

struct accept_record {
	struct accept_event event;
	__u8 peer[SOCKADDR_ROOM];
};

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_ACCEPT || number == NR_ACCEPT4;
}

/*
 * What the kernel has written to addr, of which *addrlen is the whole length: to a caller that gave
 * less room it writes as much as there is room for.
 */
static __always_inline void add_peer(struct accept_record *record, const struct call *call)
{
	__s32 length = 0, room = call->args[PEER_ROOM];

	if (call->ret < 0 || !call->args[1])
		return;
	if (read_user(&length, sizeof(length), (const void *)call->args[2]))
		return;
	sockaddr_add(&record->event.peer, sizeof(record->event), record->peer, call->args[1],
		     length < room ? length : room);
	if (length > room)
		record->event.peer.length |= TAIL_TRUNCATED;
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct accept_record *record = record_room(struct accept_record);

	(void)room;
	if (!record)
		return;
	record_head(record);
	record->event.fd = call->args[0];
	record->event.flags = call->number == NR_ACCEPT4 ? call->args[3] : 0;
	record->event.ret = call->ret;
	add_peer(record, call);
	record_emit(ctx, record, sizeof(*record));
}

SYSCALL(accept, accept, NR_ACCEPT, 3)
SYSCALL(accept, accept4, NR_ACCEPT4, 4)
SYSCALL_IA32(accept, accept4, NR_ACCEPT4)
SYSCALL_SOCKETS(accept)
SYSCALLS(accept)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
