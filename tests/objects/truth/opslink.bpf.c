/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A structure of functions in .struct_ops.link, which libbpf sees from 1.2 on. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct sock;
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	char name[16];
};

SEC("struct_ops/threshold")
__u32 threshold(unsigned long long *ctx)
{
	return 4;
}

SEC("struct_ops/undo")
__u32 undo(unsigned long long *ctx)
{
	return 4;
}

SEC("struct_ops/avoid")
int avoid(unsigned long long *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops tied = {
	.ssthresh = (void *)threshold,
	.undo_cwnd = (void *)undo,
	.cong_avoid = (void *)avoid,
	.name = "featsel_tied",
};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
