/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* fields of contexts: newer than their type, not to be written, of other programs */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int reads_mark(struct __sk_buff *skb)
{
	return skb->mark == 5;
}

SEC("tc")
int writes_mark(struct __sk_buff *skb)
{
	skb->mark = 5;
	skb->priority = 1;
	skb->tc_classid = 2;
	return 0;
}

SEC("tc")
int writes_length(struct __sk_buff *skb)
{
	skb->len = 5;
	return 0;
}

SEC("socket")
int reads_data(struct __sk_buff *skb)
{
	return skb->data != 0;
}

SEC("socket")
int reads_control_block(struct __sk_buff *skb)
{
	skb->cb[0] = 1;
	return skb->cb[0];
}

SEC("socket")
int writes_mark_in_filter(struct __sk_buff *skb)
{
	skb->mark = 1;
	return 0;
}

SEC("cgroup_skb/egress")
int reads_class(struct __sk_buff *skb)
{
	return skb->tc_classid == 0;
}

SEC("tc")
int reads_time(struct __sk_buff *skb)
{
	return skb->tstamp != 0;
}

SEC("tc")
int reads_hardware_time(struct __sk_buff *skb)
{
	return skb->hwtstamp != 0;
}

SEC("tc")
int reads_time_kind(struct __sk_buff *skb)
{
	return skb->tstamp_type != 0;
}

SEC("tc")
int reads_segments(struct __sk_buff *skb)
{
	return skb->gso_segs + skb->gso_size;
}

SEC("socket")
int reads_segments_in_filter(struct __sk_buff *skb)
{
	return skb->gso_size;
}

SEC("xdp")
int reads_egress(struct xdp_md *xdp)
{
	return xdp->egress_ifindex ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int writes_data(struct xdp_md *xdp)
{
	xdp->data = 5;
	return XDP_PASS;
}

SEC("xdp")
int writes_queue(struct xdp_md *xdp)
{
	xdp->rx_queue_index = 1;
	return XDP_PASS;
}

SEC("cgroup/connect4")
int writes_address(struct bpf_sock_addr *ctx)
{
	ctx->user_ip4 = 0x7f000001;
	ctx->user_port = 80;
	return 1;
}

SEC("cgroup/connect4")
int writes_family(struct bpf_sock_addr *ctx)
{
	ctx->family = 5;
	return 1;
}

SEC("cgroup/connect4")
int writes_six(struct bpf_sock_addr *ctx)
{
	ctx->user_ip6[0] = 5;
	return 1;
}

SEC("cgroup/sendmsg4")
int writes_source(struct bpf_sock_addr *ctx)
{
	ctx->msg_src_ip4 = 5;
	return 1;
}

SEC("cgroup/connect4")
int writes_source_elsewhere(struct bpf_sock_addr *ctx)
{
	ctx->msg_src_ip4 = 5;
	return 1;
}

SEC("cgroup/sock_create")
int writes_mark_of_socket(struct bpf_sock *sk)
{
	sk->mark = 5;
	sk->priority = 6;
	sk->bound_dev_if = 0;
	return 1;
}

SEC("cgroup/post_bind4")
int writes_after_bind(struct bpf_sock *sk)
{
	sk->mark = 5;
	return 1;
}

SEC("cgroup/sock_create")
int reads_port(struct bpf_sock *sk)
{
	return sk->src_port == 5;
}

SEC("sockops")
int reads_times(struct bpf_sock_ops *ops)
{
	return ops->srtt_us > 5 && ops->snd_cwnd > 4;
}

SEC("sockops")
int reads_header(struct bpf_sock_ops *ops)
{
	return ops->skb_len && ops->skb_tcp_flags;
}

SEC("sockops")
int writes_reply(struct bpf_sock_ops *ops)
{
	ops->reply = 5;
	return 1;
}

SEC("sockops")
int writes_port(struct bpf_sock_ops *ops)
{
	ops->remote_port = 5;
	return 1;
}

SEC("sk_lookup")
int reads_cookie(struct bpf_sk_lookup *ctx)
{
	return ctx->cookie ? SK_PASS : SK_DROP;
}

SEC("sk_lookup")
int reads_interface(struct bpf_sk_lookup *ctx)
{
	return ctx->ingress_ifindex ? SK_PASS : SK_DROP;
}

SEC("sk_reuseport")
int reads_socket(struct sk_reuseport_md *ctx)
{
	return ctx->sk ? SK_PASS : SK_DROP;
}

SEC("sk_msg")
int reads_message(struct sk_msg_md *msg)
{
	void *data = msg->data, *end = msg->data_end;

	return data + 4 > end ? SK_DROP : SK_PASS;
}

SEC("cgroup/getsockopt")
int writes_result(struct bpf_sockopt *ctx)
{
	ctx->retval = 0;
	return 1;
}

SEC("cgroup/setsockopt")
int writes_result_elsewhere(struct bpf_sockopt *ctx)
{
	ctx->retval = 0;
	return 1;
}

SEC("cgroup/setsockopt")
int shortens(struct bpf_sockopt *ctx)
{
	ctx->optlen = -1;
	return 1;
}

SEC("flow_dissector")
int reads_keys(struct __sk_buff *skb)
{
	return skb->flow_keys->nhoff ? BPF_OK : BPF_DROP;
}

SEC("flow_dissector")
int reads_length(struct __sk_buff *skb)
{
	return skb->len ? BPF_OK : BPF_DROP;
}

SEC("lwt_in")
int reads_in_tunnel(struct __sk_buff *skb)
{
	return skb->mark ? BPF_OK : BPF_DROP;
}

SEC("lwt_out")
int writes_in_tunnel(struct __sk_buff *skb)
{
	skb->mark = 5;
	return BPF_OK;
}

SEC("perf_event")
int reads_period(struct bpf_perf_event_data *ctx)
{
	return ctx->sample_period > 5;
}

SEC("perf_event")
int reads_address(struct bpf_perf_event_data *ctx)
{
	return ctx->addr > 5;
}

SEC("raw_tp/sched_switch")
int writes_argument(struct bpf_raw_tracepoint_args *ctx)
{
	ctx->args[0] = 5;
	return 0;
}

SEC("kprobe/vfs_open")
int writes_register(unsigned long *ctx)
{
	ctx[0] = 5;
	return 0;
}

SEC("kprobe/vfs_open")
int reads_beyond(unsigned long *ctx)
{
	return ctx[40] == 5;
}

SEC("tracepoint/sched/sched_process_exit")
int reads_far(unsigned long *ctx)
{
	return ctx[12] == 5;
}

SEC("tracepoint/sched/sched_process_exit")
int reads_common(unsigned long *ctx)
{
	return ctx[0] == 5;
}

SEC("raw_tp/sched_switch")
int reads_eleventh(unsigned long *ctx)
{
	return ctx[11] == 5;
}

SEC("raw_tp/sched_switch")
int reads_thirteenth(unsigned long *ctx)
{
	return ctx[12] == 5;
}

char LICENSE[] SEC("license") = "GPL";
