/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* what programs may return, which the verifier looks at by type */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("cgroup/connect4")
int allows_two(struct bpf_sock_addr *ctx)
{
	return 2;
}

SEC("cgroup/bind4")
int allows_three(struct bpf_sock_addr *ctx)
{
	return 3;
}

SEC("cgroup_skb/egress")
int congested(struct __sk_buff *skb)
{
	return 3;
}

SEC("cgroup_skb/ingress")
int out_of_range(struct __sk_buff *skb)
{
	return 3;
}

SEC("cgroup_skb/ingress")
int any_number(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("sockops")
int replies(struct bpf_sock_ops *ops)
{
	return ops->op;
}

SEC("cgroup/sysctl")
int refuses(struct bpf_sysctl *ctx)
{
	return ctx->file_pos & 1;
}

SEC("cgroup/recvmsg4")
int refuses_received(struct bpf_sock_addr *ctx)
{
	return 0;
}

SEC("cgroup/getsockopt")
int negative(struct bpf_sockopt *ctx)
{
	return -1;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(returns_one)
{
	return 1;
}

SEC("raw_tp/sched_switch")
int returns_large(void *ctx)
{
	return 1000000;
}

SEC("fentry/vfs_read")
int BPF_PROG(enters_with_one)
{
	return 1;
}

SEC("fexit/vfs_read")
int BPF_PROG(leaves_with_one)
{
	return 1;
}

SEC("lsm/file_open")
int BPF_PROG(positive)
{
	return 1;
}

SEC("lsm/file_open")
int BPF_PROG(too_negative)
{
	return -5000;
}

SEC("lsm/file_open")
int BPF_PROG(permits, void *file, int ret)
{
	return ret;
}

SEC("lsm_cgroup/socket_bind")
int BPF_PROG(minus_one)
{
	return -1;
}

SEC("sk_lookup")
int neither(struct bpf_sk_lookup *ctx)
{
	return 2;
}

SEC("xdp")
int anything(struct xdp_md *xdp)
{
	return xdp->rx_queue_index;
}

SEC("netfilter")
int steals(void *ctx)
{
	return 2;
}

SEC("flow_dissector")
int undefined(struct __sk_buff *skb)
{
	return 5;
}

SEC("iter/task")
int stops(void *ctx)
{
	return 2;
}

SEC("iter/bpf_map")
int again(void *ctx)
{
	return 1;
}

SEC("perf_event")
int keeps(void *ctx)
{
	return 7;
}

SEC("cgroup/dev")
int any_device(struct bpf_cgroup_dev_ctx *ctx)
{
	return ctx->major;
}

SEC("cgroup/sock_create")
int any_socket(struct bpf_sock *sk)
{
	return sk->family;
}

char LICENSE[] SEC("license") = "GPL";
