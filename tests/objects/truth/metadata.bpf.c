/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Functions for what a network card says of a packet (6.3): only programs that are bound to a card
 * may call them, and no section binds one.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp)
	__attribute__((section(".ksyms")));
__u64 last;

SEC("xdp")
int stamped(struct xdp_md *ctx)
{
	__u64 timestamp = 0;

	if (bpf_xdp_metadata_rx_timestamp(ctx, &timestamp) == 0)
		last = timestamp;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
