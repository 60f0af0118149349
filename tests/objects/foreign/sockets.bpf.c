/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* programs of sockets, and the maps that hold sockets */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} by_index SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} by_key SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} group SEC(".maps");

SEC("sk_lookup")
int looks_up(struct bpf_sk_lookup *ctx)
{
	return ctx->local_port == 7 ? SK_DROP : SK_PASS;
}

SEC("sk_reuseport")
int selects(struct sk_reuseport_md *ctx)
{
	__u32 key = 0;

	return bpf_sk_select_reuseport(ctx, &group, &key, 0) ? SK_DROP : SK_PASS;
}

SEC("sk_reuseport/migrate")
int migrates(struct sk_reuseport_md *ctx)
{
	return SK_PASS;
}

SEC("sk_skb/stream_parser")
int parses(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("sk_skb/stream_verdict")
int judges(struct __sk_buff *skb)
{
	return bpf_sk_redirect_map(skb, &by_index, 0, 0);
}

SEC("sk_skb")
int plain(struct __sk_buff *skb)
{
	return SK_PASS;
}

SEC("sk_msg")
int redirects(struct sk_msg_md *msg)
{
	__u32 key = 0;

	return bpf_msg_redirect_hash(msg, &by_key, &key, 0);
}

SEC("sockops")
int collects(struct bpf_sock_ops *ops)
{
	__u32 key = 0;

	bpf_sock_hash_update(ops, &by_key, &key, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
