/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * trust.c - files that a privileged process may believe
 *
 * What a manifest names is loaded into the kernel. So a process with privilege reads only what
 * nobody else can change: neither the file, nor the directory that could be given another file of
 * that name. Symbolic links in the last place are followed here, one by one, so that the directory
 * of each is looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "manifest/private.h"

#define LINKS_LIMIT 40 /* as the kernel's */

struct walk {
	const char *path; /* as given by the caller, for messages */
	bool strict;
	struct featsel_error *err;
	int dir; /* where @rest begins */
	char rest[PATH_MAX];
	unsigned int links;
};

#define REFUSED(walk, code, ...) \
	error_at((walk)->err, code, &((struct location){.file = (walk)->path}), __VA_ARGS__)

#define FOREIGN                                                                 \
	", neither to root nor to the caller, and so is not trusted; chown it," \
	" or run without privilege"

static bool has_privilege(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (geteuid() == 0)
		return true;
	if (syscall(SYS_capget, &header, data))
		return true;
	return data[0].effective || data[1].effective;
}

/*
 * sudo sets SUDO_UID to its caller's uid. Anybody else who can set root's environment needs no
 * manifest.
 */
static bool is_sudo_caller(uid_t uid)
{
	const char *text = getenv("SUDO_UID");
	unsigned long value;
	char *end;

	if (!text || geteuid() != 0 || *text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	return !errno && !*end && value == uid;
}

static bool is_trusted(uid_t uid)
{
	return uid == 0 || uid == geteuid() || uid == getuid() || is_sudo_caller(uid);
}

static int check_file(const struct walk *walk, const struct stat *st)
{
	if (!is_trusted(st->st_uid))
		return REFUSED(walk, -EPERM, "belongs to uid %u" FOREIGN, st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return REFUSED(walk, -EPERM,
			       "can be written by %s and so is not trusted; chmod go-w %s",
			       st->st_mode & S_IWOTH ? "others" : "its group", walk->path);
	return 0;
}

static int check_directory(const struct walk *walk, const char *name, const struct stat *st)
{
	if (!is_trusted(st->st_uid))
		return REFUSED(walk, -EPERM, "its directory '%s' belongs to uid %u" FOREIGN, name,
			       st->st_uid);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) && !(st->st_mode & S_ISVTX))
		return REFUSED(walk, -EPERM,
			       "its directory '%s' can be written by %s and so is not trusted; "
			       "chmod go-w %s",
			       name, st->st_mode & S_IWOTH ? "others" : "its group", name);
	return 0;
}

/* Walk to the directory of the remaining path; *ret is its last component. */
static int enter(struct walk *walk, const char **ret)
{
	char *slash = strrchr(walk->rest, '/');
	const char *name = slash == walk->rest ? "/" : slash ? walk->rest : ".";
	struct stat st;
	int dir, err;

	if (slash)
		*slash = '\0';
	dir = openat(walk->dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		err = -errno;
		return REFUSED(walk, err, "cannot be opened: %s", strerror(-err));
	}
	close_fd(&walk->dir);
	walk->dir = dir;
	*ret = slash ? slash + 1 : walk->rest;
	if (!walk->strict)
		return 0;
	if (fstat(dir, &st)) {
		err = -errno;
		return REFUSED(walk, err, "its directory cannot be examined: %s", strerror(-err));
	}
	return check_directory(walk, name, &st);
}

/* @name is a symbolic link: its target becomes the remaining path. */
static int follow(struct walk *walk, const char *name)
{
	char target[PATH_MAX];
	int fd CLEANUP(close_fd) = openat(walk->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	ssize_t length;
	int err;

	if (fd < 0 || fstat(fd, &st) ||
	    (length = readlinkat(fd, "", target, sizeof(target) - 1)) < 0) {
		err = -errno;
		return REFUSED(walk, err, "cannot be opened: %s", strerror(-err));
	}
	if (++walk->links > LINKS_LIMIT)
		return REFUSED(walk, -ELOOP, "cannot be opened: %s", strerror(ELOOP));
	if (walk->strict && !is_trusted(st.st_uid))
		return REFUSED(walk, -EPERM, "is a symbolic link that belongs to uid %u" FOREIGN,
			       st.st_uid);
	memcpy(walk->rest, target, (size_t)length);
	walk->rest[length] = '\0';
	return 0;
}

static int open_last(struct walk *walk, int *ret)
{
	const char *name = NULL;
	int fd, err;

	for (;;) {
		err = enter(walk, &name);
		if (err)
			return err;
		/* O_NONBLOCK: opening a FIFO would otherwise wait for a writer */
		fd = openat(walk->dir, *name ? name : ".",
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0)
			break;
		err = -errno;
		if (err != -ELOOP)
			return REFUSED(walk, err, "cannot be opened: %s", strerror(-err));
		err = follow(walk, name);
		if (err)
			return err;
	}
	*ret = fd;
	return 0;
}

static int check_opened(const struct walk *walk, int fd, size_t limit)
{
	struct stat st;
	int err;

	if (fstat(fd, &st)) {
		err = -errno;
		return REFUSED(walk, err, "cannot be examined: %s", strerror(-err));
	}
	if (!S_ISREG(st.st_mode))
		return REFUSED(walk, -EINVAL, "is not a regular file");
	if (st.st_size < 0 || (uint64_t)st.st_size > limit)
		return REFUSED(walk, -EFBIG, "is larger than %zu MiB", limit >> 20);
	return walk->strict ? check_file(walk, &st) : 0;
}

int trust_open(const char *path, size_t limit, int *ret, struct featsel_error *err)
{
	struct walk walk = {.path = path, .strict = has_privilege(), .err = err, .dir = -1};
	int fd CLEANUP(close_fd) = -1;
	int r;

	if (strlen(path) >= sizeof(walk.rest) || !*path)
		return REFUSED(&walk, *path ? -ENAMETOOLONG : -ENOENT, "cannot be opened: %s",
			       strerror(*path ? ENAMETOOLONG : ENOENT));
	memcpy(walk.rest, path, strlen(path) + 1);
	walk.dir = open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walk.dir < 0) {
		r = -errno;
		return REFUSED(&walk, r, "cannot be opened: %s", strerror(-r));
	}
	r = open_last(&walk, &fd);
	close_fd(&walk.dir);
	if (!r)
		r = check_opened(&walk, fd, limit);
	if (r)
		return r;
	*ret = fd;
	fd = -1;
	return 0;
}
