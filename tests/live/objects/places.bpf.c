/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * places.bpf.c - one program for each place that `on:` can name; all report the same record
 *
 * Every program says with its kind where it ran, and a number that the act made: a port, a size.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/types.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "record.h"

enum place {
	PLACE_XDP = 1,
	PLACE_TC = 2,
	PLACE_SOCKET = 3,
	PLACE_CONNECT = 4,
	PLACE_SKB = 5,
	PLACE_SOCKOPS = 6,
	PLACE_LOOKUP = 7,
	PLACE_STREAM = 8,
	PLACE_MESSAGE = 9,
	PLACE_SAMPLE = 10,
	PLACE_HOOK = 11,
	PLACE_FLOW = 12,
	PLACE_CALL = 13,
	PLACE_BIND = 14,
	PLACE_REPLACED = 15,
	PLACE_PRIMARY = 16,
	PLACE_PEER = 17,
};

struct place_event {
	__u32 number;
	enum place place;
};
RECORD(place_event);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

static __always_inline void emit(enum place place, __u32 number)
{
	struct place_event event = {.number = number, .place = place};

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
}

/* The port that UDP datagrams of the tests go to. */
#define PORT	     7007
#define DROPPED_PORT 7008

/* 0: no datagram of ours. */
static __always_inline __u16 udp_port(void *data, void *end)
{
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->protocol != IPPROTO_UDP || ip->ihl != 5)
		return 0;
	return bpf_ntohs(udp->dest);
}

SEC("xdp")
int place_xdp(struct xdp_md *context)
{
	__u16 port = udp_port((void *)(long)context->data, (void *)(long)context->data_end);

	if (port != PORT && port != DROPPED_PORT)
		return XDP_PASS;
	emit(PLACE_XDP, port);
	return port == DROPPED_PORT ? XDP_DROP : XDP_PASS;
}

static __always_inline int see_packet(struct __sk_buff *packet, enum place place)
{
	__u16 port;

	port = udp_port((void *)(long)packet->data, (void *)(long)packet->data_end);
	if (port == PORT)
		emit(place, port);
	return -1;
}

SEC("tc")
int place_tc(struct __sk_buff *packet)
{
	return see_packet(packet, PLACE_TC);
}

SEC("tcx/ingress")
int place_tcx(struct __sk_buff *packet)
{
	return see_packet(packet, PLACE_TC);
}

SEC("tc/egress")
int place_tc_out(struct __sk_buff *packet)
{
	return see_packet(packet, PLACE_TC);
}

SEC("netkit/primary")
int place_primary(struct __sk_buff *packet)
{
	emit(PLACE_PRIMARY, packet->len);
	return -1;
}

SEC("netkit/peer")
int place_peer(struct __sk_buff *packet)
{
	emit(PLACE_PEER, packet->len);
	return -1;
}

/* A socket filter reads packets by a helper only. */
SEC("socket")
int place_socket(struct __sk_buff *packet)
{
	__be16 port;

	if (packet->protocol != bpf_htons(ETH_P_IP) || packet->pkt_type == 4 /* outgoing */)
		return 0;
	if (bpf_skb_load_bytes(packet, ETH_HLEN + sizeof(struct iphdr) + 2, &port, sizeof(port)))
		return 0;
	if (port == bpf_htons(PORT))
		emit(PLACE_SOCKET, PORT);
	return 0;
}

SEC("cgroup/connect4")
int place_connect(struct bpf_sock_addr *context)
{
	emit(PLACE_CONNECT, bpf_ntohs((__u16)context->user_port));
	return 1;
}

SEC("cgroup_skb/egress")
int place_skb(struct __sk_buff *packet)
{
	emit(PLACE_SKB, packet->len);
	return 1;
}

SEC("sockops")
int place_sockops(struct bpf_sock_ops *context)
{
	if (context->op == BPF_SOCK_OPS_TCP_CONNECT_CB)
		emit(PLACE_SOCKOPS, bpf_ntohl(context->remote_port));
	return 1;
}

SEC("sk_lookup")
int place_lookup(struct bpf_sk_lookup *context)
{
	emit(PLACE_LOOKUP, context->local_port);
	return 1;
}

SEC("netfilter")
int place_hook(void *context)
{
	emit(PLACE_HOOK, 0);
	return 1;
}

/* What it says of the packet is nothing: where the transport header begins. */
SEC("flow_dissector")
int place_flow(struct __sk_buff *packet)
{
	emit(PLACE_FLOW, 0);
	return BPF_DROP;
}

SEC("lsm_cgroup/socket_bind")
int place_bind(void *context)
{
	emit(PLACE_BIND, 0);
	return 1;
}

/* ---- a function of another program ---- */

__attribute__((noinline)) int place_replaceable(struct xdp_md *context)
{
	return context->ingress_ifindex ? XDP_PASS : XDP_ABORTED;
}

SEC("xdp")
int place_host(struct xdp_md *context)
{
	return place_replaceable(context);
}

/* By the name of libxdp's, by which programs of several owners share an interface. */
SEC("xdp")
int xdp_dispatcher(struct xdp_md *context)
{
	return XDP_PASS;
}

SEC("freplace/place_replaceable")
int place_replacement(struct xdp_md *context)
{
	__u16 port = udp_port((void *)(long)context->data, (void *)(long)context->data_end);

	if (port == PORT)
		emit(PLACE_REPLACED, port);
	return XDP_PASS;
}

/* ---- sockets that sockops puts into a map ---- */

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

SEC("sockops")
int collect_sockets(struct bpf_sock_ops *context)
{
	__u32 key = context->local_port;

	if (context->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB ||
	    context->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		bpf_sock_hash_update(context, &sockets, &key, BPF_ANY);
	return 1;
}

SEC("sk_msg")
int place_message(struct sk_msg_md *message)
{
	emit(PLACE_MESSAGE, message->size);
	return SK_PASS;
}

SEC("sk_skb/stream_parser")
int parse_stream(struct __sk_buff *packet)
{
	return (int)packet->len;
}

SEC("sk_skb/stream_verdict")
int place_stream(struct __sk_buff *packet)
{
	emit(PLACE_STREAM, packet->len);
	return SK_PASS;
}

/* ---- samples ---- */

SEC("perf_event")
int place_sample(void *context)
{
	emit(PLACE_SAMPLE, (__u32)(bpf_get_current_pid_tgid() >> 32));
	return 0;
}

/* ---- calls of a program's own ---- */

/* Its function stands in the manifest. */
SEC("uprobe")
int place_call(void *context)
{
	emit(PLACE_CALL, (__u32)(bpf_get_current_pid_tgid() >> 32));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
