/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Members of tcp_congestion_ops that no program may stand for: get_info is called elsewhere, and
 * the kernel says so of the whole structure.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct sock;
union tcp_cc_info;
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	unsigned long (*get_info)(struct sock *sk, __u32 ext, int *attr, union tcp_cc_info *info);
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

SEC("struct_ops/inform")
int inform(unsigned long long *ctx)
{
	return 0;
}

SEC(".struct_ops")
struct tcp_congestion_ops telling = {
	.ssthresh = (void *)least,
	.undo_cwnd = (void *)back,
	.cong_avoid = (void *)steer,
	.get_info = (void *)inform,
	.name = "featsel_telling",
};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
