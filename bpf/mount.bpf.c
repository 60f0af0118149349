/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mount.bpf.c - a process mounts a file system, or moves or changes what is mounted
 *
 * What comes with a file system's options may be a password: data is not told.
 */
#define RECORD_STRINGS 4
#define RECORD_NAME    NAME_ROOM
#include "cwd.h"
#include "syscall.bpf.h"

enum mount_flags {
	MS_RDONLY = 1 << 0,
	MS_NOSUID = 1 << 1,
	MS_NODEV = 1 << 2,
	MS_NOEXEC = 1 << 3,
	MS_SYNCHRONOUS = 1 << 4,
	MS_REMOUNT = 1 << 5,
	MS_MANDLOCK = 1 << 6,
	MS_DIRSYNC = 1 << 7,
	MS_NOSYMFOLLOW = 1 << 8,
	MS_NOATIME = 1 << 10,
	MS_NODIRATIME = 1 << 11,
	MS_BIND = 1 << 12,
	MS_MOVE = 1 << 13,
	MS_REC = 1 << 14,
	MS_SILENT = 1 << 15,
	MS_POSIXACL = 1 << 16,
	MS_UNBINDABLE = 1 << 17,
	MS_PRIVATE = 1 << 18,
	MS_SLAVE = 1 << 19,
	MS_SHARED = 1 << 20,
	MS_RELATIME = 1 << 21,
	MS_KERNMOUNT = 1 << 22,
	MS_I_VERSION = 1 << 23,
	MS_STRICTATIME = 1 << 24,
	MS_LAZYTIME = 1 << 25,
};

/* Old programs say so that they mean flags; the kernel takes it off. */
#define MS_MGC_VAL 0xc0ed0000UL
#define MS_MGC_MSK 0xffff0000UL

/*
 * move_mount() is told as the mount() that does the same. Its source is empty where what is mounted
 * had no place yet: the file system that fsmount() has made, with source_dirfd its descriptor.
 */
struct mount_event {
	RECORD_HEAD
	struct tail cwd HINT_STRING; /* of target */
	enum dirfd source_dirfd;
	enum dirfd target_dirfd;
	enum mount_flags flags HINT_FLAGS;
	__s32 ret HINT_ERRNO;
	struct tail source HINT_STRING;
	struct tail target HINT_STRING;
	struct tail fstype HINT_STRING;
};
RECORD(mount_event)

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_MOUNT || number == NR_MOVE_MOUNT;
}

static __always_inline __u64 mount_flags(__u64 flags)
{
	return (flags & MS_MGC_MSK) == MS_MGC_VAL ? flags & ~MS_MGC_MSK : flags;
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct mount_event *event = record_long(room, struct mount_event);
	__u64 source = call->args[0], target = call->args[1], fstype = call->args[2];
	__u64 used = sizeof(*event), at;

	if (!event)
		return;
	record_head(event);
	event->source_dirfd = AT_FDCWD;
	event->target_dirfd = AT_FDCWD;
	event->ret = call->ret;
	if (call->number == NR_MOVE_MOUNT) {
		event->source_dirfd = call->args[0];
		source = call->args[1];
		event->target_dirfd = call->args[2];
		target = call->args[3];
		fstype = 0;
		event->flags = MS_MOVE;
	} else {
		event->flags = mount_flags(call->args[3]);
	}
	used = record_add_user_string(event, &event->source, used, source);
	at = used;
	used = record_add_user_string(event, &event->target, used, target);
	used = record_add_user_string(event, &event->fstype, used, fstype);
	used = record_add_cwd(event, &event->cwd, used, &event->target_dirfd, &event->target, at);
	record_emit_long(ctx, event, used);
}

SYSCALL(mount, mount, NR_MOUNT, 5)
SYSCALL(mount, move_mount, NR_MOVE_MOUNT, 5)
SYSCALL_IA32(mount, mount, NR_MOUNT)
SYSCALL_IA32(mount, move_mount, NR_MOVE_MOUNT)
SYSCALL_COMPAT(mount, mount, NR_MOUNT)
SYSCALLS(mount)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
