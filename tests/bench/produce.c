/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * produce.c - makes one system call again and again; prints how many calls that were and the
 * nanoseconds
 *
 *	produce MILLISECONDS [CALL [RATE]]
 *		mmap (if nothing is said), open or getppid; RATE calls a second, as many as it can
 *		without
 *
 * mmap asks for nothing and open for a file that is not there: both are refused before they cost
 * anything, and what is measured is what watches the call.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BATCH 100

static bool call_mmap(void)
{
	return mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static bool call_open(void)
{
	return open("/nonexistent", O_RDONLY) < 0;
}

static bool call_getppid(void)
{
	return syscall(SYS_getppid) >= 0;
}

static const struct {
	const char *name;
	bool (*call)(void);
} calls[] = {{"mmap", call_mmap}, {"open", call_open}, {"getppid", call_getppid}};

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void wait_until(int64_t when)
{
	const struct timespec time = {when / 1000000000, when % 1000000000};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static int produce(bool (*call)(void), int64_t length, long rate)
{
	int64_t begin = now(), end = begin, count = 0;

	for (; end - begin < length; end = now()) {
		if (rate)
			wait_until(begin + count * 1000000000 / rate);
		for (int i = 0; i < BATCH; i++, count++)
			if (!call())
				return 1;
	}
	printf("%lld %lld\n", (long long)count, (long long)(end - begin));
	return 0;
}

int main(int argc, char **argv)
{
	int64_t length = argc > 1 ? strtol(argv[1], NULL, 10) * INT64_C(1000000) : 0;
	long rate = argc > 3 ? strtol(argv[3], NULL, 10) : 0;

	for (size_t i = 0; length > 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(argc > 2 ? argv[2] : "mmap", calls[i].name))
			return produce(calls[i].call, length, rate);
	fputs("usage: produce MILLISECONDS [mmap | open | getppid [RATE]]\n", stderr);
	return 2;
}
