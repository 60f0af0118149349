/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A congestion control whose license is not GPL compatible: no helper of it is GPL-only, and it is
 * refused nevertheless (5.13).
 */
#include "congestion.h"

WHAT_EACH_NEEDS(least, back, steer)

SEC(".struct_ops")
struct tcp_congestion_ops closed = {
	.ssthresh = (void *)least,
	.undo_cwnd = (void *)back,
	.cong_avoid = (void *)steer,
	.name = "featsel_closed",
};

char LICENSE[] SEC("license") = "Proprietary";
