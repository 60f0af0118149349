/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fail-allocation.c - preloaded: the FAIL_ALLOCATION-th allocation of the process fails, counted
 * from 0 after the program has begun, and none after it
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static atomic_long left = -1;

/* What the dynamic loader allocates is not the program's. */
__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("FAIL_ALLOCATION");

	if (text)
		left = strtol(text, NULL, 10) + 1;
}

static int fails(void)
{
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
