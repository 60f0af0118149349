/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * file.c - descriptors and small files
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/base.h"

void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int fds_keep(struct vec *fds, int fd)
{
	int *item = vec_add(fds, sizeof(*item));

	if (!item) {
		close_fd(&fd);
		return -ENOMEM;
	}
	*item = fd;
	return 0;
}

void fds_close(struct vec *fds)
{
	int *items = fds->items;
	size_t i;

	for (i = 0; i < fds->count; i++)
		close_fd(&items[i]);
	vec_free(fds);
}

int file_read_start(const char *path, char *text, size_t size)
{
	int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC), err = -errno;
	ssize_t n;

	if (fd < 0)
		return err;
	n = read(fd, text, size - 1);
	err = -errno;
	if (n < 0)
		return err;
	text[n] = '\0';
	return 0;
}
