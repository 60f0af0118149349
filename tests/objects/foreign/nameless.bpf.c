/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* an object without BTF */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

SEC("raw_tp/sched_process_exit")
int exits(void *ctx)
{
	return bpf_ktime_get_ns() > 5;
}

SEC("kprobe/vfs_open")
int opens(void *ctx)
{
	return bpf_get_current_uid_gid() > 5;
}

SEC("xdp")
int drops(struct xdp_md *xdp)
{
	return XDP_DROP;
}

SEC("fentry/vfs_open")
int enters(void *ctx)
{
	return 0;
}

SEC("tp_btf/sched_switch")
int switches(unsigned long *ctx)
{
	return *(volatile unsigned long *)&ctx[1] ? 0 : 0;
}

static __attribute__((noinline)) int helper(int n)
{
	return n * bpf_get_prandom_u32();
}

SEC("tc")
int calls(struct __sk_buff *skb)
{
	return helper(skb->len) > 5;
}

char LICENSE[] SEC("license") = "GPL";
