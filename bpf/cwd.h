/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cwd.h - the directory that a relative path starts from
 *
 * It is the working directory, or what the descriptor beside the path stands for, which with an
 * empty path is the file itself. An absolute path starts from none. Like absolute paths it is told
 * as the process sees it, below the root of the process.
 *
 * A record's cwd is its last string but for other directories, and counts in RECORD_STRINGS. A
 * source that includes this has RECORD_NAME NAME_ROOM. The walk needs the kernel's types, so the
 * second object goes without.
 */
#ifndef FEATSEL_CWD_H
#define FEATSEL_CWD_H

#include "common.bpf.h"
#include "files.h"
#include "path.h"

#ifdef FEATSEL_LEGACY

static __always_inline __u64 record_add_cwd(void *record, struct tail *tail, __u64 used,
					    const void *dirfd, const struct tail *path, __u64 at)
{
	(void)record, (void)tail, (void)dirfd, (void)path, (void)at;
	return used;
}

#else

/* Off in candidates for kernels that let no program read their memory. */
const volatile bool with_cwd = true;

/* Names and mounts from the directory up to the root; a path of more is cut. */
#define CWD_STEPS 20
/* Names are put one before the other, in the room's place for the last string. */
#define CWD_START (ROOM_HEAD + (RECORD_STRINGS - 1) * STRING_READ + 1)
#define CWD_END	  (CWD_START + STRING_ROOM - 1)

/* As it has been since 3.5: the length is in the upper half, be the machine big or little endian.
 */
struct qstr {
	__u64 hash_len;
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
} __attribute__((preserve_access_index));

struct vfsmount {
	struct dentry *mnt_root;
} __attribute__((preserve_access_index));

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
} __attribute__((preserve_access_index));

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
} __attribute__((preserve_access_index));

struct fs_struct {
	struct path root;
	struct path pwd;
} __attribute__((preserve_access_index));

struct file {
	struct path f_path;
} __attribute__((preserve_access_index));

struct task_struct___fs {
	struct fs_struct *fs;
} __attribute__((preserve_access_index));

/* A place in the tree of names. */
struct place {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

/*
 * On the way up. The offset of the first byte of what was put together is in tail->at: of what it
 * reads from memory the verifier knows nothing, so that all steps look alike to it.
 */
struct walk {
	__u8 *record;
	struct tail *tail;
	struct place place; /* no dentry: the end was reached */
	struct dentry *top; /* of what is mounted there */
	struct place root;
};

static __always_inline void walk_from(struct walk *walk, struct vfsmount *mnt,
				      struct dentry *dentry)
{
	walk->place.mnt = mnt;
	walk->place.dentry = dentry;
	walk->top = BPF_CORE_READ(mnt, mnt_root);
}

static __always_inline void walk_from_descriptor(struct walk *walk, __u32 fd)
{
	struct file *file = find_file(fd);

	if (!file)
		return;
	walk_from(walk, BPF_CORE_READ(file, f_path.mnt), BPF_CORE_READ(file, f_path.dentry));
}

/* From the top of what is mounted to what it is mounted on; false: it is mounted nowhere. */
static __always_inline bool walk_leave_mount(struct walk *walk)
{
	struct mount *mount =
		(void *)walk->place.mnt -
		__builtin_preserve_field_info(((struct mount *)0)->mnt, BPF_FIELD_BYTE_OFFSET);
	struct mount *parent = BPF_CORE_READ(mount, mnt_parent);

	if (parent == mount)
		return false;
	walk_from(walk, &parent->mnt, BPF_CORE_READ(mount, mnt_mountpoint));
	return true;
}

static __always_inline bool is_at_root(const struct walk *walk)
{
	return walk->place.dentry == walk->root.dentry && walk->place.mnt == walk->root.mnt;
}

/* True: that was the last one. */
static __always_inline bool walk_step(struct walk *walk)
{
	const struct dentry *dentry = walk->place.dentry;
	volatile __u16 *start = &walk->tail->at;
	__u64 length, at = *start;
	struct qstr name;

	if (is_at_root(walk)) {
		walk->place.dentry = NULL;
		return true;
	}
	if (dentry == walk->top) {
		if (walk_leave_mount(walk))
			return false;
		walk->place.dentry = NULL;
		return true;
	}
	name = BPF_CORE_READ(dentry, d_name);
	length = (name.hash_len >> 32) & (NAME_ROOM - 1);
	at -= length + 1;
	barrier_var(at);
	if (at < CWD_START || at >= CWD_END)
		return true;
	walk->record[at] = '/';
	read_kernel(walk->record + at + 1, length, name.name);
	*start = at;
	walk->place.dentry = BPF_CORE_READ(dentry, d_parent);
	return false;
}

static __always_inline void walk_up(struct walk *walk)
{
#pragma clang loop unroll(disable)
	for (int i = 0; i < CWD_STEPS; i++)
		if (walk_step(walk))
			return;
}

/* What stands in tail->at is taken. Returns where what follows can stand. */
static __noinline __u64 add_cwd(__u8 *record, struct tail *tail, __s32 dirfd)
{
	const struct task_struct___fs *task = (const void *)bpf_get_current_task();
	const struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct walk walk = {
		.record = record,
		.tail = tail,
		.root = {BPF_CORE_READ(fs, root.mnt), BPF_CORE_READ(fs, root.dentry)},
	};
	__u64 used = *(volatile __u16 *)&tail->at, start, length;

	if (used >= CWD_START)
		return 0;
	if (dirfd == AT_FDCWD) {
		walk_from(&walk, BPF_CORE_READ(fs, pwd.mnt), BPF_CORE_READ(fs, pwd.dentry));
	} else {
		walk_from_descriptor(&walk, dirfd);
	}
	if (!walk.place.dentry)
		return used;
	if (is_at_root(&walk)) {
		record[used] = '/';
		tail->length = 1;
		return used + 1;
	}
	tail->at = CWD_END;
	walk_up(&walk);
	start = *(volatile __u16 *)&tail->at;
	tail->at = used;
	if (start < CWD_START || start > CWD_END)
		return used;
	length = CWD_END - start;
	read_kernel(record + used, length, record + start);
	tail->length = length | (walk.place.dentry ? TAIL_TRUNCATED : 0);
	return used + length;
}

/* Of a @path in @record at @at; returns where what follows can stand. */
static __always_inline __u64 record_add_cwd(void *record, struct tail *tail, __u64 used,
					    const void *dirfd, const struct tail *path, __u64 at)
{
	if (!with_cwd || (path->length && ((const char *)record)[at] == '/'))
		return used;
	tail->at = used;
	return add_cwd(record, tail, *(volatile const __s32 *)dirfd);
}

#endif

#endif
