/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A function of a structure reads an argument that the kernel's has since 6.10 only:
 * cong_control(sk, ack, flag, sample), before (sk, sample).
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct sock;
struct rate_sample;
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_control)(struct sock *sk, __u32 ack, int flag,
			     const struct rate_sample *sample);
	char name[16];
};
unsigned long long seen;

SEC("struct_ops/lowest")
__u32 lowest(unsigned long long *ctx)
{
	return 2;
}

SEC("struct_ops/revert")
__u32 revert(unsigned long long *ctx)
{
	return 2;
}

SEC("struct_ops/control")
int control(unsigned long long *ctx)
{
	seen = ctx[3];
	return 0;
}

SEC(".struct_ops")
struct tcp_congestion_ops controlled = {
	.ssthresh = (void *)lowest,
	.undo_cwnd = (void *)revert,
	.cong_control = (void *)control,
	.name = "featsel_control",
};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
