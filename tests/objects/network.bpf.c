/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* programs whose target is given when they are attached */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int an_xdp(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("tc")
int a_classifier(struct __sk_buff *ctx)
{
	return bpf_get_hash_recalc(ctx) != 0;
}

SEC("tcx/ingress")
int a_tcx(struct __sk_buff *ctx)
{
	return 0;
}

SEC("socket")
int a_filter(struct __sk_buff *ctx)
{
	return ctx->len;
}

SEC("cgroup/connect4")
int a_connect(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup_skb/egress")
int an_egress(struct __sk_buff *ctx)
{
	return 1;
}

SEC("sk_lookup")
int a_lookup(struct bpf_sk_lookup *ctx)
{
	return SK_PASS;
}

SEC("netfilter")
int a_netfilter(void *ctx)
{
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
