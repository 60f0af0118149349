/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A structure of functions in .struct_ops.link, which libbpf sees from 1.2 on. */
#include "congestion.h"

WHAT_EACH_NEEDS(threshold, undo, avoid)

SEC(".struct_ops.link")
struct tcp_congestion_ops tied = {
	.ssthresh = (void *)threshold,
	.undo_cwnd = (void *)undo,
	.cong_avoid = (void *)avoid,
	.name = "featsel_tied",
};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
