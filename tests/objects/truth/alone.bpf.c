/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Global functions that no run comes to: before 6.8 verifiers check them nevertheless. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define NOINLINE __attribute__((noinline))

static long (*never)(void) = (void *)5000;
const volatile int off = 0;

/* what no kernel has */
NOINLINE int lacking(int number)
{
	return number + (int)never();
}

/* the same, one call further */
NOINLINE int leading(int number)
{
	return number > 7 ? lacking(number) : number;
}

__hidden NOINLINE int hidden_one(int number)
{
	return number + (int)never();
}

/* what every kernel has */
NOINLINE int harmless(int number)
{
	return number + (int)bpf_get_prandom_u32();
}

SEC("raw_tp/sched_process_exit")
int calls_lacking(void *ctx)
{
	return off ? lacking(off) : 0;
}

SEC("raw_tp/sched_process_exit")
int calls_leading(void *ctx)
{
	return off ? leading(off) : 0;
}

SEC("raw_tp/sched_process_exit")
int calls_hidden(void *ctx)
{
	return off ? hidden_one(off) : 0;
}

SEC("raw_tp/sched_process_exit")
int calls_harmless(void *ctx)
{
	return off ? harmless(off) : 0;
}

/* checked without the number that it is called with */
SEC("raw_tp/sched_process_exit")
int calls_with_number(void *ctx)
{
	return leading(1);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
