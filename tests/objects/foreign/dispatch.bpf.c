/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* tail calls: members given in the object, and members that user space fills in */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int parse_v4(struct xdp_md *ctx);
int parse_v6(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} parsers SEC(".maps") = {
	.values =
		{
			[0] = (void *)&parse_v4,
			[2] = (void *)&parse_v6,
		},
};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 8);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} plugins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 8);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} ports SEC(".maps");

SEC("xdp")
int parse_v4(struct xdp_md *ctx)
{
	return bpf_redirect_map(&ports, 0, 0);
}

SEC("xdp")
int parse_v6(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp")
int entry(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &parsers, ctx->ingress_ifindex & 3);
	return XDP_PASS;
}

SEC("tc")
int plugged(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &plugins, skb->mark);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
