/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A congestion control whose license is not GPL compatible: no helper of it is GPL-only, and it is
 * refused nevertheless (5.13).
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct sock;
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	char name[16];
};

SEC("struct_ops/least")
__u32 least(unsigned long long *ctx)
{
	return 3;
}

SEC("struct_ops/back")
__u32 back(unsigned long long *ctx)
{
	return 3;
}

SEC("struct_ops/steer")
int steer(unsigned long long *ctx)
{
	return 0;
}

SEC(".struct_ops")
struct tcp_congestion_ops closed = {
	.ssthresh = (void *)least,
	.undo_cwnd = (void *)back,
	.cong_avoid = (void *)steer,
	.name = "featsel_closed",
};

char LICENSE[] SEC("license") = "Proprietary";
