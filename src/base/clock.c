/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * clock.c - monotonic time, and the clock of bpf_ktime_get_ns(), which knows no time namespaces
 */
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/base.h"

#define NS_PER_SECOND INT64_C(1000000000)

uint64_t monotonic_ns(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)(now.tv_sec * NS_PER_SECOND + now.tv_nsec);
}

uint64_t monotonic_ms(void)
{
	return monotonic_ns() / 1000000;
}

/*
 * The offsets in /proc are those of the namespace for children. It is that of this process as well,
 * but for one that unshared and did not execute yet.
 */
static bool offsets_are_ours(void)
{
	struct stat ours, children;

	return !stat("/proc/self/ns/time", &ours) &&
	       !stat("/proc/self/ns/time_for_children", &children) &&
	       ours.st_ino == children.st_ino;
}

void kernel_clock_init(struct kernel_clock *clock)
{
	long long seconds, ns;
	char text[256];

	clock->ahead = 0;
	/* "monotonic      100000         0\nboottime ..." */
	if (!file_read_start("/proc/self/timens_offsets", text, sizeof(text)) &&
	    sscanf(text, "monotonic %lld %lld", &seconds, &ns) == 2 && (seconds || ns) &&
	    offsets_are_ours())
		clock->ahead = seconds * NS_PER_SECOND + ns;
}

uint64_t kernel_clock_ns(const struct kernel_clock *clock)
{
	return monotonic_ns() - (uint64_t)clock->ahead;
}
