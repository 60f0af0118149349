/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * processors.c - which processors there can be, also where /sys is not mounted
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"

static void count(struct processors *processors, unsigned long first, unsigned long last)
{
	processors->count += (unsigned int)(last - first + 1);
	if (processors->end <= last)
		processors->end = (unsigned int)last + 1;
}

/* "0-3,8" */
static void count_ranges(const char *at, struct processors *ret)
{
	unsigned long first, last;
	char *end;

	while (isdigit((unsigned char)*at)) {
		first = last = strtoul(at, &end, 10);
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (last < first || last > PROCESSORS_LIMIT)
			return;
		count(ret, first, last);
		at = *end == ',' ? end + 1 : end;
	}
}

/* "     CPU0       CPU1\n": one column for each possible processor, online or not */
static void count_columns(const char *at, struct processors *ret)
{
	unsigned long number;
	char *end;

	for (at += strspn(at, " "); strncmp(at, "CPU", 3) == 0; at += strspn(at, " ")) {
		number = strtoul(at + 3, &end, 10);
		if (end == at + 3 || number > PROCESSORS_LIMIT)
			return;
		count(ret, number, number);
		at = end;
	}
}

/*
 * If neither /sys nor /proc is mounted: the kernel copies a mask with one bit for each possible
 * processor, rounded up to a long. That is at most 63 processors too many, on which nothing is ever
 * found.
 */
static int count_mask(struct processors *ret)
{
	unsigned long mask[PROCESSORS_LIMIT / (8 * sizeof(long)) + 1];
	long size = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	int err = -errno;

	if (size <= 0)
		return size ? err : -ENODATA;
	ret->count = ret->end = (unsigned int)size * 8;
	return 0;
}

int processors_possible(struct processors *ret)
{
	char text[65536];
	int r = file_read_start("/sys/devices/system/cpu/possible", text, sizeof(text));

	*ret = (struct processors){0};
	if (!r) {
		count_ranges(text, ret);
	} else {
		r = file_read_start("/proc/softirqs", text, sizeof(text));
		if (!r)
			count_columns(text, ret);
		else
			r = count_mask(ret);
	}
	return !r && !ret->count ? -ENODATA : r;
}
