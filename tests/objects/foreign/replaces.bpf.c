/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* a function of another program */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("freplace/drops")
int replaces(struct xdp_md *xdp)
{
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
