/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* section names: optional, sleepable, two programs in one, without a target, unknown */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("?raw_tracepoint/sched_process_exit")
int optional(void *ctx)
{
	return 0;
}

SEC("fentry.s/do_unlinkat")
int sleepable(void *ctx)
{
	return 0;
}

SEC("kprobe/do_unlinkat")
int twin_one(void *ctx)
{
	return 0;
}

SEC("kprobe/do_unlinkat")
int twin_two(void *ctx)
{
	return bpf_get_prandom_u32();
}

SEC("kprobe")
int no_target(void *ctx)
{
	return 0;
}

SEC("kprobe/generic_kprobe")
int generic(void *ctx)
{
	return 0;
}

SEC("no_such_section/x")
int unknown(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
