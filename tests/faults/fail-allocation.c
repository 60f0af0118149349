/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fail-allocation.c - preloaded: the FAIL_ALLOCATION-th allocation of the process fails, counted
 * from 0 after the program has begun, and none after it; with COUNT_ALLOCATIONS their number is
 * appended to that file at the end, by each process that inherits it
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static atomic_long left = -1, total;

/* What the dynamic loader allocates is not the program's. */
__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("FAIL_ALLOCATION");

	if (text)
		left = strtol(text, NULL, 10) + 1;
}

__attribute__((destructor)) static void end(void)
{
	const char *file = getenv("COUNT_ALLOCATIONS");
	int fd = file ? open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;

	if (fd < 0)
		return;
	dprintf(fd, "%ld\n", (long)total);
	close(fd);
}

static int fails(void)
{
	total++;
	if (left <= 0 || --left > 0)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}
