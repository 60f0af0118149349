/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* what a control group may do */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("cgroup/connect4")
int connects(struct bpf_sock_addr *ctx)
{
	return ctx->user_ip4 != 0x7f000001;
}

SEC("cgroup/connect6")
int connects_v6(struct bpf_sock_addr *ctx)
{
	return ctx->user_port != 80;
}

SEC("cgroup/sendmsg4")
int sends(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/recvmsg4")
int receives(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/getpeername4")
int names(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/connect_unix")
int connects_unix(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/bind4")
int binds(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/post_bind4")
int bound(struct bpf_sock *sk)
{
	return sk->src_port != 80;
}

SEC("cgroup/sock_create")
int creates(struct bpf_sock *sk)
{
	return bpf_get_current_uid_gid() != 0;
}

SEC("cgroup/sock_release")
int releases(struct bpf_sock *sk)
{
	return 1;
}

SEC("cgroup/dev")
int opens_device(struct bpf_cgroup_dev_ctx *ctx)
{
	return ctx->major == 1;
}

SEC("cgroup/sysctl")
int sets(struct bpf_sysctl *ctx)
{
	char name[16] = {};

	bpf_sysctl_get_name(ctx, name, sizeof(name), 0);
	return ctx->write == 0;
}

SEC("cgroup/getsockopt")
int gets_option(struct bpf_sockopt *ctx)
{
	return 1;
}

SEC("cgroup/setsockopt")
int sets_option(struct bpf_sockopt *ctx)
{
	return ctx->level != 1;
}

SEC("sockops")
int operates(struct bpf_sock_ops *ops)
{
	bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_RTT_CB_FLAG);
	return 1;
}

SEC("cgroup_skb/ingress")
int ingress(struct __sk_buff *skb)
{
	return bpf_skb_cgroup_id(skb) != 0;
}

SEC("cgroup/skb")
int either(struct __sk_buff *skb)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
