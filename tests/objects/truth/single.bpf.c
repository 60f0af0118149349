/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A multiple of 8 between 9 and 23 is 16: neither its bits nor its bounds alone say so. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define HIDE(number) asm volatile("" : "+r"(number))

static long (*never)(void) = (void *)5000;

#define OF_MULTIPLES(name, from)                        \
	SEC("raw_tp/sched_process_exit")                \
	int name(void *ctx)                             \
	{                                               \
		__u64 number = bpf_get_prandom_u32();   \
                                                        \
		HIDE(number);                           \
		number = (number & 3) * 8;              \
		HIDE(number);                           \
		if (number < (from))                    \
			return 0;                       \
		HIDE(number);                           \
		if (number > 23)                        \
			return 0;                       \
		HIDE(number);                           \
		return number == 16 ? 0 : (int)never(); \
	}

OF_MULTIPLES(of_multiples, 9)
/* 8 is left, too */
OF_MULTIPLES(of_two_multiples, 8)

/* 12 and 4 with 4 */
SEC("raw_tp/sched_process_exit")
int of_one_bit(void *ctx)
{
	__s64 number = bpf_get_prandom_u32();

	HIDE(number);
	number = (number & 3) * 4;
	HIDE(number);
	if (number < 6)
		return 0;
	HIDE(number);
	return (number | 4) < 9 ? (int)never() : 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
