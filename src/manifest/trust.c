/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * trust.c - files that a privileged process may believe
 *
 * What a manifest names is loaded into the kernel. So a process with privilege reads only what
 * nobody else can change: neither the file, nor any directory or symbolic link on the way to it, of
 * which each could lead to another file. So the way is gone step by step, by descriptors, and the
 * file that was looked at is the one that is read.
 *
 * Where the process has its privilege from the file that it executes (set-uid, file capabilities),
 * the kernel says so (AT_SECURE): then the caller is anybody, and only root's files are believed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "manifest/private.h"

#define LINKS_LIMIT 40 /* as the kernel's */

struct walk {
	const char *path; /* as given by the caller, for messages */
	bool strict;
	struct featsel_error *err;
	int dir;		  /* where @rest begins */
	char where[2 * PATH_MAX]; /* the same, for messages */
	char rest[PATH_MAX];
	unsigned int links;
};

#define REFUSED(walk, code, ...) \
	error_at((walk)->err, code, &((struct location){.file = (walk)->path}), __VA_ARGS__)

#define FOREIGN                                                                 \
	", neither to root nor to the caller, and so is not trusted; chown it," \
	" or run without privilege"

static bool is_secure(void)
{
	return getauxval(AT_SECURE) != 0;
}

static bool has_privilege(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (geteuid() == 0 || is_secure())
		return true;
	if (syscall(SYS_capget, &header, data))
		return true;
	return data[0].effective || data[1].effective;
}

/* sudo leaves its caller's uid here. Anybody else who can set root's environment does not need a
 * manifest. */
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
	if (uid == 0 || is_secure())
		return uid == 0;
	return uid == geteuid() || uid == getuid() || is_sudo_caller(uid);
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

static int check_directory(const struct walk *walk, const struct stat *st)
{
	const char *name = walk->where;

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

static int cannot(const char *path, const char *what, int err, struct featsel_error *error)
{
	return error_at(error, err == -EPERM ? -EACCES : err, &((struct location){.file = path}),
			"cannot be %s: %s", what, strerror(-err));
}

static int cannot_open(const struct walk *walk, int err)
{
	return cannot(walk->path, "opened", err, walk->err);
}

/* Continue from @dir, which the walk now owns. */
static int enter(struct walk *walk, int dir, const struct stat *st)
{
	close_fd(&walk->dir);
	walk->dir = dir;
	return walk->strict ? check_directory(walk, st) : 0;
}

/* At the start of the rest of the path: at the root, or at the walk's directory. */
static int begin(struct walk *walk, const char *from)
{
	int err, dir = open(from, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (dir < 0 || fstat(dir, &st)) {
		err = -errno;
		close_fd(&dir);
		return cannot_open(walk, err);
	}
	snprintf(walk->where, sizeof(walk->where), "%s", from);
	return enter(walk, dir, &st);
}

/*
 * The symbolic link @fd of the user @owner was found, followed by @after: its target and @after are
 * the rest of the path.
 */
static int follow(struct walk *walk, int fd, uid_t owner, const char *after)
{
	char target[PATH_MAX];
	bool more = *after;
	ssize_t length = readlinkat(fd, "", target, sizeof(target) - 1);

	if (length < 0)
		return cannot_open(walk, -errno);
	if (++walk->links > LINKS_LIMIT)
		return cannot_open(walk, -ELOOP);
	if (walk->strict && !is_trusted(owner))
		return REFUSED(
			walk, -EPERM,
			"is, or leads through, a symbolic link that belongs to uid %u" FOREIGN,
			owner);
	target[length] = '\0';
	if ((size_t)length + 1 + strlen(after) >= sizeof(walk->rest))
		return cannot_open(walk, -ENAMETOOLONG);
	memmove(walk->rest + length + 1, after, strlen(after) + 1);
	memcpy(walk->rest, target, (size_t)length);
	walk->rest[length] = more ? '/' : '\0';
	return *target == '/' ? begin(walk, "/") : 0;
}

static void add_to_where(struct walk *walk, const char *name)
{
	size_t length = strlen(walk->where);

	if (!strcmp(walk->where, "."))
		length = 0;
	snprintf(walk->where + length, sizeof(walk->where) - length, "%s%s",
		 length && walk->where[length - 1] != '/' ? "/" : "", name);
}

/* One step towards the file: through the directory, or the link, @name. */
static int step(struct walk *walk, const char *name, const char *after)
{
	int fd = openat(walk->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int err;

	if (fd < 0)
		return cannot_open(walk, -errno);
	err = fstat(fd, &st) ? -errno : 0;
	if (!err && S_ISDIR(st.st_mode)) {
		add_to_where(walk, name);
		memmove(walk->rest, after, strlen(after) + 1);
		return enter(walk, fd, &st);
	}
	if (err || !S_ISLNK(st.st_mode))
		err = cannot_open(walk, err ? err : -ENOTDIR);
	else
		err = follow(walk, fd, st.st_uid, after);
	close(fd);
	return err;
}

/* The first component of what remains goes to @name; where the rest begins. */
static const char *first_step(const struct walk *walk, char *name, size_t size)
{
	const char *begin = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(begin, "/");

	if (length >= size)
		return NULL;
	memcpy(name, begin, length);
	name[length] = '\0';
	return begin + length;
}

static int open_last(struct walk *walk, int *ret)
{
	char name[NAME_MAX + 1];
	const char *after;
	int fd, err;

	err = begin(walk, *walk->rest == '/' ? "/" : ".");
	while (!err) {
		after = first_step(walk, name, sizeof(name));
		if (!after)
			return cannot_open(walk, -ENAMETOOLONG);
		if (*after) {
			err = step(walk, name, after + strspn(after, "/"));
			continue;
		}
		/* O_NONBLOCK: a FIFO would wait for a writer before it could be refused */
		fd = openat(walk->dir, *name ? name : ".",
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		err = fd < 0 ? -errno : 0;
		if (err == -ELOOP)
			err = step(walk, name, after);
		else if (err)
			return cannot_open(walk, err);
		else
			return *ret = fd, 0;
	}
	return err;
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
	struct walk walk; /* not zeroed: it is large */
	int fd CLEANUP(close_fd) = -1;
	int r;

	walk.path = path;
	walk.strict = has_privilege();
	walk.err = err;
	walk.dir = -1;
	walk.links = 0;
	walk.where[0] = '\0';
	if (strlen(path) >= sizeof(walk.rest) || !*path)
		return REFUSED(&walk, *path ? -ENAMETOOLONG : -ENOENT, "cannot be opened: %s",
			       strerror(*path ? ENAMETOOLONG : ENOENT));
	memcpy(walk.rest, path, strlen(path) + 1);
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

/* One byte more than the file has, to see the end unless the file grows meanwhile. */
static int make_room(int fd, char **text, size_t *room, size_t length, struct featsel_error *err)
{
	struct stat st;
	char *larger;

	if (length < *room)
		return 0;
	if (*room)
		*room *= 2;
	else
		*room = fstat(fd, &st) || st.st_size < 0 ? 4096 : (size_t)st.st_size + 1;
	larger = realloc(*text, *room);
	if (!larger)
		return error_memory(err);
	*text = larger;
	return 0;
}

int trust_read(const char *path, size_t limit, char **ret, size_t *size, struct featsel_error *err)
{
	char *text CLEANUP(free_pointer) = NULL;
	int fd CLEANUP(close_fd) = -1;
	size_t length = 0, room = 0;
	ssize_t n = 1;
	int r;

	r = trust_open(path, limit, &fd, err);
	while (!r && n && length <= limit) {
		r = make_room(fd, &text, &room, length, err);
		if (r)
			break;
		n = read(fd, text + length, room - length);
		if (n < 0 && errno != EINTR)
			r = cannot(path, "read", -errno, err);
		length += n > 0 ? (size_t)n : 0;
	}
	if (!r && length > limit)
		r = error_at(err, -EFBIG, &((struct location){.file = path}),
			     "is larger than %zu MiB", limit >> 20);
	if (r)
		return r;
	*ret = text;
	*size = length;
	text = NULL;
	return 0;
}
