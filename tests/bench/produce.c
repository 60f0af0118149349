/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * produce.c - calls mmap(2) for as many milliseconds as it is told; prints how many calls that were
 * and the nanoseconds
 *
 * It asks for nothing, which is refused (EINVAL) before it costs anything: what is measured is what
 * watches the call.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

int main(int argc, char **argv)
{
	int64_t begin = now(), end = begin, length = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	long long count = 0;

	if (length <= 0) {
		fputs("usage: produce MILLISECONDS\n", stderr);
		return 2;
	}
	for (; end - begin < length * 1000000; end = now())
		for (int i = 0; i < 100; i++, count++)
			if (mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
			    MAP_FAILED)
				return 1;
	printf("%lld %lld\n", count, (long long)(end - begin));
	return 0;
}
