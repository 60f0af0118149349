/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The address of a function of the kernel that is declared as one: a BTF FUNC in ldimm64,
 * since 6.2. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern void yield(void) __attribute__((section(".ksyms")));
unsigned long long where;

SEC("raw_tp/sched_process_exit")
int of_function(void *ctx)
{
	where = (unsigned long long)&yield;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
