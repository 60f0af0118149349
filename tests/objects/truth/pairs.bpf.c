/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Two numbers that belong together: where ways meet, only each way by itself shows that. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define HIDE(number) asm volatile("" : "+r"(number))

static long (*never)(void) = (void *)5000;

SEC("raw_tp/sched_process_exit")
int of_two(void *ctx)
{
	__u64 word = 4, rest;

	if (bpf_ktime_get_ns() & 1)
		word = 9;
	HIDE(word);
	rest = word;
	HIDE(rest);
	if (rest & 11)
		return 0;
	return word > 8 ? (int)never() : 0;
}

/* the other one is left */
SEC("raw_tp/sched_process_exit")
int of_the_other(void *ctx)
{
	__u64 word = 4, rest;

	if (bpf_ktime_get_ns() & 1)
		word = 9;
	HIDE(word);
	rest = word;
	HIDE(rest);
	if (!(rest & 11))
		return 0;
	return word > 8 ? (int)never() : 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
