/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * unlink.bpf.c - a process removes a file or a directory
 */
#define RECORD_STRINGS 2
#define RECORD_NAME    NAME_ROOM
#include "cwd.h"
#include "syscall.bpf.h"

enum unlink_flags {
	AT_REMOVEDIR = 0x200,
};

/* rmdir() is told as the unlinkat() that does the same. */
struct unlink_event {
	RECORD_HEAD
	struct tail cwd HINT_STRING;
	enum dirfd dirfd;
	enum unlink_flags flags HINT_FLAGS;
	__s32 ret HINT_ERRNO;
	struct tail path HINT_STRING;
};
RECORD(unlink_event)

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_UNLINK || number == NR_UNLINKAT || number == NR_RMDIR;
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct unlink_event *event = record_long(room, struct unlink_event);
	__u64 path = call->args[0], used = sizeof(*event);

	if (!event)
		return;
	record_head(event);
	event->dirfd = AT_FDCWD;
	event->ret = call->ret;
	if (call->number == NR_UNLINKAT) {
		event->dirfd = call->args[0];
		path = call->args[1];
		event->flags = call->args[2];
	} else if (call->number == NR_RMDIR) {
		event->flags = AT_REMOVEDIR;
	}
	used = record_add_user_string(event, &event->path, used, path);
	used = record_add_cwd(event, &event->cwd, used, &event->dirfd, &event->path,
			      sizeof(*event));
	record_emit_long(ctx, event, used);
}

SYSCALL(unlink, unlinkat, NR_UNLINKAT, 3)
SYSCALL(unlink, unlink, NR_UNLINK, 1)
SYSCALL(unlink, rmdir, NR_RMDIR, 1)
SYSCALL_IA32(unlink, unlinkat, NR_UNLINKAT)
SYSCALL_IA32(unlink, unlink, NR_UNLINK)
SYSCALL_IA32(unlink, rmdir, NR_RMDIR)
SYSCALLS(unlink)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
