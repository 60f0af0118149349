/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rename.bpf.c - a process gives a file another name or place
 */
#define RECORD_STRINGS 4
#define RECORD_NAME    NAME_ROOM
#include "cwd.h"
#include "syscall.bpf.h"

enum rename_flags {
	RENAME_NOREPLACE = 0x1,
	RENAME_EXCHANGE = 0x2,
	RENAME_WHITEOUT = 0x4,
};

struct rename_event {
	RECORD_HEAD
	struct tail oldcwd HINT_STRING;
	struct tail newcwd HINT_STRING;
	enum dirfd olddirfd;
	enum dirfd newdirfd;
	enum rename_flags flags HINT_FLAGS;
	__s32 ret HINT_ERRNO;
	struct tail oldpath HINT_STRING;
	struct tail newpath HINT_STRING;
};
RECORD(rename_event)

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_RENAME || number == NR_RENAMEAT || number == NR_RENAMEAT2;
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct rename_event *event = record_long(room, struct rename_event);
	__u64 oldpath = call->args[0], newpath = call->args[1], used = sizeof(*event), at;

	if (!event)
		return;
	record_head(event);
	event->olddirfd = AT_FDCWD;
	event->newdirfd = AT_FDCWD;
	event->ret = call->ret;
	if (call->number != NR_RENAME) {
		event->olddirfd = call->args[0];
		oldpath = call->args[1];
		event->newdirfd = call->args[2];
		newpath = call->args[3];
	}
	if (call->number == NR_RENAMEAT2)
		event->flags = call->args[4];
	used = record_add_user_string(event, &event->oldpath, used, oldpath);
	at = used;
	used = record_add_user_string(event, &event->newpath, used, newpath);
	used = record_add_cwd(event, &event->oldcwd, used, &event->olddirfd, &event->oldpath,
			      sizeof(*event));
	used = record_add_cwd(event, &event->newcwd, used, &event->newdirfd, &event->newpath, at);
	record_emit_long(ctx, event, used);
}

SYSCALL(rename, renameat2, NR_RENAMEAT2, 5)
SYSCALL(rename, renameat, NR_RENAMEAT, 4)
SYSCALL(rename, rename, NR_RENAME, 2)
SYSCALL_IA32(rename, renameat2, NR_RENAMEAT2)
SYSCALL_IA32(rename, renameat, NR_RENAMEAT)
SYSCALL_IA32(rename, rename, NR_RENAME)
SYSCALLS(rename)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
