/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* data, bss, constants and a literal; a program that touches none of them */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int initialised = 7;
__u64 zeroed;
const volatile __u32 constant = 3;

SEC("raw_tracepoint/sched_process_exit")
int uses_data(void *ctx)
{
	return initialised;
}

SEC("raw_tracepoint/sched_process_fork")
int uses_bss(void *ctx)
{
	zeroed++;
	return 0;
}

SEC("raw_tracepoint/sched_process_exec")
int uses_constant(void *ctx)
{
	return bpf_get_smp_processor_id() > constant;
}

SEC("raw_tracepoint/sched_switch")
int uses_nothing(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
