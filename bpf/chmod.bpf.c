/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * chmod.bpf.c - a process changes who may do what with a file
 */
#define RECORD_STRINGS 2
#define RECORD_NAME    NAME_ROOM
#include "cwd.h"
#include "syscall.bpf.h"

enum chmod_flags {
	AT_SYMLINK_NOFOLLOW = 0x100,
	AT_EMPTY_PATH = 0x1000,
};

/* To fchmod() dirfd is the file itself, and the path is empty. */
struct chmod_event {
	RECORD_HEAD
	struct tail cwd HINT_STRING;
	enum dirfd dirfd;
	__u32 mode HINT_OCTAL;
	enum chmod_flags flags HINT_FLAGS;
	__s32 ret HINT_ERRNO;
	struct tail path HINT_STRING;
};
RECORD(chmod_event)

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_FCHMODAT || number == NR_CHMOD || number == NR_FCHMOD ||
	       number == NR_FCHMODAT2;
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct chmod_event *event = record_long(room, struct chmod_event);
	__u64 path = call->args[1], mode = call->args[2], used = sizeof(*event);

	if (!event)
		return;
	record_head(event);
	event->dirfd = call->args[0];
	event->ret = call->ret;
	if (call->number == NR_CHMOD) {
		event->dirfd = AT_FDCWD;
		path = call->args[0];
		mode = call->args[1];
	} else if (call->number == NR_FCHMOD) {
		path = 0;
		mode = call->args[1];
	} else if (call->number == NR_FCHMODAT2) {
		event->flags = call->args[3];
	}
	event->mode = mode & MODE_BITS;
	used = record_add_user_string(event, &event->path, used, path);
	used = record_add_cwd(event, &event->cwd, used, &event->dirfd, &event->path,
			      sizeof(*event));
	record_emit_long(ctx, event, used);
}

SYSCALL(chmod, fchmodat, NR_FCHMODAT, 3)
SYSCALL(chmod, fchmod, NR_FCHMOD, 2)
SYSCALL(chmod, chmod, NR_CHMOD, 2)
SYSCALL(chmod, fchmodat2, NR_FCHMODAT2, 4)
SYSCALL_IA32(chmod, fchmodat, NR_FCHMODAT)
SYSCALL_IA32(chmod, fchmod, NR_FCHMOD)
SYSCALL_IA32(chmod, chmod, NR_CHMOD)
SYSCALL_IA32(chmod, fchmodat2, NR_FCHMODAT2)
SYSCALLS(chmod)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
