/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* a symbol and an option that the kernel must have */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern const void no_such_symbol __ksym;

SEC("raw_tp/sched_process_exit")
int needs_symbol(void *ctx)
{
	return (long)&no_such_symbol > 5;
}

SEC("raw_tp/sched_process_fork")
int needs_nothing(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
