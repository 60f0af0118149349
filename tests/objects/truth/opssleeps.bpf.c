/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A program of a structure that may sleep: libbpf before 1.2 does not know its section, finds a
 * program of no type in the structure and opens nothing of the object.
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

SEC("struct_ops.s/sleeps")
__u32 sleeps(unsigned long long *ctx)
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
struct tcp_congestion_ops sleeping = {
	.ssthresh = (void *)sleeps,
	.undo_cwnd = (void *)back,
	.cong_avoid = (void *)steer,
	.name = "featsel_sleeps",
};

SEC("raw_tp/sched_process_exit")
int beside(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
