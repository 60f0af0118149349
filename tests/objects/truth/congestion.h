/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* congestion.h - what each congestion control needs before the kernel registers it */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct sock;
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*init)(struct sock *sk);
	void (*release)(struct sock *sk);
	char name[16];
};

#define WHAT_EACH_NEEDS(least, back, steer)  \
	SEC("struct_ops/" #least)            \
	__u32 least(unsigned long long *ctx) \
	{                                    \
		return 3;                    \
	}                                    \
	SEC("struct_ops/" #back)             \
	__u32 back(unsigned long long *ctx)  \
	{                                    \
		return 3;                    \
	}                                    \
	SEC("struct_ops/" #steer)            \
	int steer(unsigned long long *ctx)   \
	{                                    \
		return 0;                    \
	}
