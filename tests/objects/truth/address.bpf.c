/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Addresses of functions in instructions. of_function: of the kernel's, declared as one, since 6.2.
 * of_callback: of the program's own, since 5.13, even where no kernel gets there.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

extern void yield(void) __attribute__((section(".ksyms")));
unsigned long long where;

SEC("raw_tp/sched_process_exit")
int of_function(void *ctx)
{
	where = (unsigned long long)&yield;
	return 0;
}

enum bpf_func_id___loop { BPF_FUNC_loop___loop = 181 };

static long turn(__u32 index, void *data)
{
	return 0;
}

SEC("raw_tp/sched_process_exit")
int of_callback(void *ctx)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id___loop, BPF_FUNC_loop___loop))
		bpf_loop(4, turn, 0, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
