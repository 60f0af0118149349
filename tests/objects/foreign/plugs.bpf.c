/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* what programs on sockets and groups of processes do */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 128);
	__type(key, __u64);
	__type(value, __u64);
} by_cookie SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
	__type(key, struct bpf_cgroup_storage_key);
	__type(value, __u64);
} usage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} notes SEC(".maps");

SEC("sockops")
int established(struct bpf_sock_ops *ops)
{
	__u64 cookie;

	switch (ops->op) {
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		cookie = bpf_get_socket_cookie(ops);
		bpf_sock_hash_update(ops, &by_cookie, &cookie, BPF_NOEXIST);
		break;
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_STATE_CB_FLAG);
	}
	return 1;
}

SEC("sockops")
int tunes(struct bpf_sock_ops *ops)
{
	int value = 65535;

	if (ops->op == BPF_SOCK_OPS_TCP_CONNECT_CB)
		bpf_setsockopt(ops, 6, 7, &value, sizeof(value));
	bpf_getsockopt(ops, 6, 7, &value, sizeof(value));
	return 1;
}

SEC("sockops")
int writes_option(struct bpf_sock_ops *ops)
{
	__u8 option[4] = {254, 4, 0, 0};

	if (ops->op == BPF_SOCK_OPS_HDR_OPT_LEN_CB)
		bpf_reserve_hdr_opt(ops, sizeof(option), 0);
	if (ops->op == BPF_SOCK_OPS_WRITE_HDR_OPT_CB)
		bpf_store_hdr_opt(ops, option, sizeof(option), 0);
	return 1;
}

SEC("sk_msg")
int short_cut(struct sk_msg_md *msg)
{
	__u64 key = msg->local_port;

	bpf_msg_apply_bytes(msg, 64);
	return bpf_msg_redirect_hash(msg, &by_cookie, &key, BPF_F_INGRESS);
}

SEC("sk_msg")
int edits(struct sk_msg_md *msg)
{
	bpf_msg_pull_data(msg, 0, 4, 0);
	bpf_msg_push_data(msg, 0, 4, 0);
	return bpf_msg_pop_data(msg, 0, 4, 0) ? SK_DROP : SK_PASS;
}

SEC("sk_skb/stream_verdict")
int by_content(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	__u64 key = 0;

	if (data + 4 > end)
		return SK_DROP;
	key = *(__u8 *)data;
	return bpf_sk_redirect_hash(skb, &by_cookie, &key, 0);
}

SEC("sk_skb/verdict")
int without_parser(struct __sk_buff *skb)
{
	return SK_PASS;
}

SEC("cgroup_skb/egress")
int charges(struct __sk_buff *skb)
{
	__u64 *sum = bpf_get_local_storage(&usage, 0);

	*sum += skb->len;
	return *sum < 1000000;
}

SEC("cgroup/connect4")
int remembers(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	__u64 *note = sk ? bpf_sk_storage_get(&notes, sk, 0, BPF_SK_STORAGE_GET_F_CREATE) : 0;

	if (note)
		*note = bpf_get_netns_cookie(ctx);
	return 1;
}

SEC("cgroup/connect4")
int binds_first(struct bpf_sock_addr *ctx)
{
	struct {
		__u16 family, port;
		__u32 address;
		__u8 zero[8];
	} from = {.family = 2};

	return bpf_bind(ctx, (void *)&from, sizeof(from)) == 0;
}

SEC("cgroup/bind6")
int binds_low(struct bpf_sock_addr *ctx)
{
	return ctx->user_port == __builtin_bswap16(80) ? 3 : 1;
}

SEC("cgroup/setsockopt")
int limits(struct bpf_sockopt *ctx)
{
	__u8 *value = ctx->optval, *end = ctx->optval_end;

	if (ctx->level != 6 || value + 1 > end)
		return 1;
	if (*value > 100)
		return 0;
	*value = 5;
	return 1;
}

SEC("cgroup/getsockopt")
int fakes(struct bpf_sockopt *ctx)
{
	ctx->optlen = 4;
	ctx->retval = 0;
	return bpf_get_retval() == 0;
}

SEC("cgroup/sysctl")
int freezes(struct bpf_sysctl *ctx)
{
	char value[8] = {};

	if (!ctx->write)
		return 1;
	bpf_sysctl_get_current_value(ctx, value, sizeof(value));
	bpf_sysctl_set_new_value(ctx, value, sizeof(value));
	return 1;
}

SEC("sk_lookup")
int steers(struct bpf_sk_lookup *ctx)
{
	__u64 key = 5;
	struct bpf_sock *sk = bpf_map_lookup_elem(&by_cookie, &key);
	long err;

	if (!sk)
		return SK_PASS;
	err = bpf_sk_assign(ctx, sk, 0);
	bpf_sk_release(sk);
	return err ? SK_DROP : SK_PASS;
}

SEC("sk_reuseport")
int spreads(struct sk_reuseport_md *ctx)
{
	return ctx->hash & 1 ? SK_PASS : SK_DROP;
}

SEC("flow_dissector")
int parses(struct __sk_buff *skb)
{
	struct bpf_flow_keys *keys = skb->flow_keys;
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + keys->thoff > end)
		return BPF_DROP;
	keys->n_proto = 8;
	keys->addr_proto = 0x800;
	return BPF_OK;
}

char LICENSE[] SEC("license") = "GPL";
