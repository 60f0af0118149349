/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* packets: looked at, changed, sent elsewhere */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct ethhdr {
	__u8 dest[6], source[6];
	__u16 proto;
} __attribute__((packed));

struct iphdr {
	__u8 ihl_version, tos;
	__u16 length, id, fragment;
	__u8 ttl, protocol;
	__u16 check;
	__u32 saddr, daddr;
};

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_COMMON_LRU);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

static __always_inline struct iphdr *header(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);

	if ((void *)(ip + 1) > end || eth->proto != __builtin_bswap16(0x800))
		return 0;
	return ip;
}

SEC("xdp")
int counts(struct xdp_md *xdp)
{
	struct iphdr *ip = header((void *)(long)xdp->data, (void *)(long)xdp->data_end);
	__u64 one = 1, *count;

	if (!ip)
		return XDP_PASS;
	count = bpf_map_lookup_elem(&seen, &ip->saddr);
	if (count)
		*count += 1;
	else
		bpf_map_update_elem(&seen, &ip->saddr, &one, BPF_ANY);
	return ip->ttl > 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int routes(struct xdp_md *xdp)
{
	struct bpf_fib_lookup fib = {};

	fib.family = 2;
	fib.ifindex = xdp->ingress_ifindex;
	if (bpf_fib_lookup(xdp, &fib, sizeof(fib), 0))
		return XDP_PASS;
	return bpf_redirect_map(&ports, fib.ifindex, 0);
}

SEC("xdp")
int grows(struct xdp_md *xdp)
{
	if (bpf_xdp_adjust_head(xdp, -14) || bpf_xdp_adjust_tail(xdp, 8))
		return XDP_ABORTED;
	return bpf_xdp_adjust_meta(xdp, -4) ? XDP_DROP : XDP_TX;
}

SEC("xdp.frags")
int copies(struct xdp_md *xdp)
{
	__u8 head[32];

	if (bpf_xdp_load_bytes(xdp, 0, head, sizeof(head)))
		return XDP_PASS;
	return head[12] == 8 ? XDP_PASS : XDP_DROP;
}

SEC("xdp.frags")
int nothing_in_pieces(struct xdp_md *xdp)
{
	return XDP_PASS;
}

SEC("xdp.frags/devmap")
int leaves_in_pieces(struct xdp_md *xdp)
{
	return XDP_PASS;
}

SEC("tc")
int rewrites(struct __sk_buff *skb)
{
	__u32 new = 5, old = 6;

	bpf_skb_store_bytes(skb, 26, &new, sizeof(new), BPF_F_INVALIDATE_HASH);
	bpf_l3_csum_replace(skb, 24, old, new, sizeof(new));
	bpf_l4_csum_replace(skb, 36, old, new, BPF_F_PSEUDO_HDR | sizeof(new));
	return 0;
}

SEC("tc")
int tunnels(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = {.tunnel_id = 5};

	bpf_skb_set_tunnel_key(skb, &key, sizeof(key), 0);
	return bpf_clone_redirect(skb, 1, 0);
}

SEC("tc")
int neighbours(struct __sk_buff *skb)
{
	return skb->mark ? bpf_redirect_neigh(1, 0, 0, 0) : bpf_redirect_peer(1, 0);
}

SEC("tc")
int pulls(struct __sk_buff *skb)
{
	void *data, *end;

	if (bpf_skb_pull_data(skb, 34))
		return 0;
	data = (void *)(long)skb->data;
	end = (void *)(long)skb->data_end;
	return header(data, end) ? 0 : 2;
}

SEC("tc")
int finds_socket(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), -1, 0);
	int state = 0;

	if (sk) {
		state = sk->state;
		bpf_sk_release(sk);
	}
	return state == 5;
}

SEC("tc")
int forgets_socket(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};

	return bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), -1, 0) ? 1 : 0;
}

SEC("tc")
int changes_protocol(struct __sk_buff *skb)
{
	return bpf_skb_change_proto(skb, 5, 0) || bpf_skb_adjust_room(skb, 4, 0, 0) ||
	       bpf_skb_vlan_push(skb, 5, 6) || bpf_skb_change_tail(skb, 64, 0);
}

SEC("tc")
int assigns(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), -1, 0);

	if (!sk)
		return 0;
	bpf_sk_assign(skb, sk, 0);
	bpf_sk_release(sk);
	return 0;
}

SEC("socket")
int old_style(struct __sk_buff *skb)
{
	__u8 byte = 0;

	bpf_skb_load_bytes_relative(skb, 0, &byte, 1, BPF_HDR_START_NET);
	return byte >> 4 == 4 ? -1 : 0;
}

SEC("lwt_in")
int encapsulated(struct __sk_buff *skb)
{
	__u8 header_bytes[8] = {};

	return bpf_lwt_push_encap(skb, 1 /* BPF_LWT_ENCAP_SEG6_INLINE */, header_bytes,
				  sizeof(header_bytes))
		       ? BPF_DROP
		       : BPF_OK;
}

SEC("lwt_seg6local")
int adjusts(struct __sk_buff *skb)
{
	return bpf_lwt_seg6_adjust_srh(skb, 8, 8) ? BPF_DROP : BPF_OK;
}

char LICENSE[] SEC("license") = "GPL";
