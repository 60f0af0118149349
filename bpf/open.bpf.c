/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * open.bpf.c - a process opens a file, or fails to
 */
#define RING_BYTES     (2 << 20)
#define RECORD_STRINGS 2
#define RECORD_NAME    NAME_ROOM
#include "cwd.h"
#include "syscall.bpf.h"

/*
 * The low two bits are one value, what the file is opened for. O_SYNC and O_TMPFILE are here what
 * they have beyond O_DSYNC and O_DIRECTORY.
 */
enum open_flags {
	O_RDONLY = 0,
	O_WRONLY = 01,
	O_RDWR = 02,
	O_CREAT = 0100,
	O_EXCL = 0200,
	O_NOCTTY = 0400,
	O_TRUNC = 01000,
	O_APPEND = 02000,
	O_NONBLOCK = 04000,
	O_DSYNC = 010000,
	O_ASYNC = 020000,
#if defined(__TARGET_ARCH_arm64)
	O_DIRECTORY = 040000,
	O_NOFOLLOW = 0100000,
	O_DIRECT = 0200000,
	O_LARGEFILE = 0400000,
#elif defined(__TARGET_ARCH_powerpc)
	O_DIRECTORY = 040000,
	O_NOFOLLOW = 0100000,
	O_LARGEFILE = 0200000,
	O_DIRECT = 0400000,
#else
	O_DIRECT = 040000,
	O_LARGEFILE = 0100000,
	O_DIRECTORY = 0200000,
	O_NOFOLLOW = 0400000,
#endif
	O_NOATIME = 01000000,
	O_CLOEXEC = 02000000,
	O_SYNC = 04000000,
	O_PATH = 010000000,
	O_TMPFILE = 020000000,
};

/* ret is the descriptor. mode is 0 if no file is to be made: the register holds anything then.
 */
struct open_event {
	RECORD_HEAD
	struct tail cwd HINT_STRING;
	enum dirfd dirfd;
	enum open_flags flags HINT_FLAGS_BESIDE("3");
	__u32 mode HINT_OCTAL;
	__s32 ret HINT_ERRNO;
	struct tail path HINT_STRING;
};
RECORD(open_event)

/* The kernel's struct open_how as openat2() has had it from its first day; it may grow behind. */
struct how {
	__u64 flags;
	__u64 mode;
	__u64 resolve;
};

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_OPENAT || number == NR_OPEN || number == NR_OPENAT2 ||
	       number == NR_CREAT;
}

static __always_inline void fill(struct open_event *event, enum dirfd dirfd, __u64 flags,
				 __u64 mode)
{
	event->dirfd = dirfd;
	event->flags = flags;
	event->mode = flags & (O_CREAT | O_TMPFILE) ? mode & MODE_BITS : 0;
}

static __always_inline void fill_openat2(struct open_event *event, const struct call *call)
{
	struct how how = {};

	read_user(&how, sizeof(how), (const void *)call->args[2]);
	event->dirfd = call->args[0];
	event->flags = how.flags;
	event->mode = how.mode;
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct open_event *event = record_long(room, struct open_event);
	__u64 path = call->args[1], used = sizeof(*event);

	if (!event)
		return;
	record_head(event);
	event->ret = call->ret;
	if (call->number == NR_OPENAT2) {
		fill_openat2(event, call);
	} else if (call->number == NR_OPENAT) {
		fill(event, call->args[0], call->args[2], call->args[3]);
	} else {
		path = call->args[0];
		if (call->number == NR_OPEN)
			fill(event, AT_FDCWD, call->args[1], call->args[2]);
		else
			fill(event, AT_FDCWD, O_CREAT | O_WRONLY | O_TRUNC, call->args[1]);
	}
	used = record_add_user_string(event, &event->path, used, path);
	used = record_add_cwd(event, &event->cwd, used, &event->dirfd, &event->path,
			      sizeof(*event));
	record_emit_long(ctx, event, used);
}

SYSCALL(open, openat, NR_OPENAT, 4)
SYSCALL(open, open, NR_OPEN, 3)
SYSCALL(open, openat2, NR_OPENAT2, 4)
SYSCALL(open, creat, NR_CREAT, 2)
SYSCALL_IA32(open, openat2, NR_OPENAT2)
SYSCALL_IA32(open, creat, NR_CREAT)
SYSCALL_COMPAT(open, openat, NR_OPENAT)
SYSCALL_COMPAT(open, open, NR_OPEN)
SYSCALLS(open)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
