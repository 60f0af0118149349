/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers that depend on the member that a program stands for: setsockopt() takes locks that the
 * caller of release() may not have, and sets what comes after init().
 */
#include "congestion.h"

static void set(void *sk)
{
	int value = 1;

	bpf_setsockopt(sk, 6 /* SOL_TCP */, 1 /* TCP_NODELAY */, &value, sizeof(value));
}

WHAT_EACH_NEEDS(least, back, steer)
WHAT_EACH_NEEDS(last_least, last_back, last_steer)

SEC("struct_ops/begin")
int begin(unsigned long long *ctx)
{
	set((void *)ctx[0]);
	return 0;
}

SEC("struct_ops/end")
int end(unsigned long long *ctx)
{
	set((void *)ctx[0]);
	return 0;
}

SEC(".struct_ops")
struct tcp_congestion_ops beginning = {
	.ssthresh = (void *)least,
	.undo_cwnd = (void *)back,
	.cong_avoid = (void *)steer,
	.init = (void *)begin,
	.name = "featsel_begins",
};

SEC(".struct_ops")
struct tcp_congestion_ops ending = {
	.ssthresh = (void *)last_least,
	.undo_cwnd = (void *)last_back,
	.cong_avoid = (void *)last_steer,
	.release = (void *)end,
	.name = "featsel_ends",
};

char LICENSE[] SEC("license") = "GPL";
