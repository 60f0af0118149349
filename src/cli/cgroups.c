/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * cgroups.c - the ids, as in records, of a version 2 cgroup and all below it
 *
 * Ids are never reused, so a known one stays valid. A cgroup that is created later is found when
 * its first record comes: by walking the tree again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cli/cli.h"

#define DESCRIPTORS 16

/* Sorted. */
struct ids {
	uint64_t *items;
	size_t count, room;
};

struct cgroups {
	struct strings paths;
	struct ids within, others;
};

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static bool has(const struct ids *ids, uint64_t id)
{
	return ids->count && bsearch(&id, ids->items, ids->count, sizeof(id), compare);
}

/* Sorting is left to the caller. */
static int append(struct ids *ids, uint64_t id)
{
	size_t room = ids->room ? 2 * ids->room : 64;
	uint64_t *items;

	if (ids->count == ids->room) {
		items = reallocarray(ids->items, room, sizeof(*items));
		if (!items)
			return -ENOMEM;
		ids->items = items;
		ids->room = room;
	}
	ids->items[ids->count++] = id;
	return 0;
}

static void sort(struct ids *ids)
{
	if (ids->count)
		qsort(ids->items, ids->count, sizeof(*ids->items), compare);
}

/*
 * The id that bpf_get_current_cgroup_id() gives is the directory's file handle; since Linux 5.5
 * that is its inode number, before there is a generation in its upper half.
 */
static uint64_t id_of(const char *path, const struct stat *stat)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(uint64_t)];
	} buffer = {.handle.handle_bytes = sizeof(uint64_t)};
	uint64_t id;
	int mount;

	if (name_to_handle_at(AT_FDCWD, path, &buffer.handle, &mount, 0) ||
	    buffer.handle.handle_bytes != sizeof(id))
		return stat->st_ino;
	memcpy(&id, buffer.handle.f_handle, sizeof(id));
	return id;
}

/* nftw() passes no user data to its callback. */
static struct ids *found;
static int failure;

static int visit(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	(void)at;
	/* FTW_DNR: a directory that cannot be read */
	if (type == FTW_D || type == FTW_DNR)
		failure = append(found, id_of(path, stat));
	return failure;
}

static int walk(struct cgroups *cgroups)
{
	cgroups->within.count = 0;
	found = &cgroups->within;
	failure = 0;
	for (size_t i = 0; i < cgroups->paths.count && !failure; i++)
		/* A removed cgroup has no more records. */
		(void)nftw(cgroups->paths.items[i], visit, DESCRIPTORS, FTW_PHYS | FTW_MOUNT);
	sort(&cgroups->within);
	return failure;
}

static int check(const char *path)
{
	struct statfs fs;
	struct stat stat;

	if (lstat(path, &stat) || statfs(path, &fs))
		return message_usage("'--cgroup %s': %s", path, strerror(errno));
	if (!S_ISDIR(stat.st_mode) || fs.f_type != CGROUP2_SUPER_MAGIC)
		return message_usage("'--cgroup %s': no cgroup of version 2, a directory below "
				     "/sys/fs/cgroup or %s",
				     path, "/sys/fs/cgroup/unified");
	return 0;
}

int cgroups_new(const struct strings *paths, struct cgroups **ret)
{
	struct cgroups *cgroups = calloc(1, sizeof(*cgroups));
	int status = 0;

	if (!cgroups)
		return message_memory();
	cgroups->paths = *paths;
	for (size_t i = 0; i < paths->count && !status; i++)
		status = check(paths->items[i]);
	if (!status && walk(cgroups))
		status = message_memory();
	if (status) {
		cgroups_free(cgroups);
		return status;
	}
	*ret = cgroups;
	return 0;
}

void cgroups_free(struct cgroups *cgroups)
{
	if (!cgroups)
		return;
	free(cgroups->within.items);
	free(cgroups->others.items);
	free(cgroups);
}

bool cgroups_have(struct cgroups *cgroups, uint64_t id)
{
	if (has(&cgroups->within, id))
		return true;
	if (has(&cgroups->others, id))
		return false;
	if (walk(cgroups))
		return false;
	if (has(&cgroups->within, id))
		return true;
	if (!append(&cgroups->others, id))
		sort(&cgroups->others);
	return false;
}
