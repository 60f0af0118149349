/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* programs that are given a device or a hook when they are attached */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

SEC("xdp")
int drops(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;

	return data + 14 > end ? XDP_DROP : XDP_PASS;
}

SEC("xdp.frags")
int large(struct xdp_md *xdp)
{
	return bpf_xdp_get_buff_len(xdp) > 1500 ? XDP_DROP : XDP_PASS;
}

SEC("xdp/devmap")
int leaves(struct xdp_md *xdp)
{
	return xdp->egress_ifindex ? XDP_PASS : XDP_DROP;
}

SEC("xdp/cpumap")
int moved(struct xdp_md *xdp)
{
	return XDP_PASS;
}

SEC("xdp")
int moves(struct xdp_md *xdp)
{
	return bpf_redirect_map(&cpus, 0, XDP_PASS);
}

SEC("xdp")
int forwards(struct xdp_md *xdp)
{
	return bpf_redirect_map(&ports, 1, XDP_PASS);
}

SEC("xdp")
int to_user(struct xdp_md *xdp)
{
	return bpf_redirect_map(&sockets, xdp->rx_queue_index, XDP_PASS);
}

SEC("tc")
int by_tc(struct __sk_buff *skb)
{
	__u32 head = 0;

	bpf_skb_load_bytes(skb, 0, &head, sizeof(head));
	return head == 5;
}

SEC("classifier/named")
int by_old_name(struct __sk_buff *skb)
{
	return bpf_redirect(1, 0);
}

SEC("action")
int acts(struct __sk_buff *skb)
{
	return skb->len > 1500;
}

SEC("tcx/ingress")
int by_link(struct __sk_buff *skb)
{
	return skb->len > 1500;
}

SEC("netkit/peer")
int by_pair(struct __sk_buff *skb)
{
	return 0;
}

SEC("netfilter")
int by_hook(void *ctx)
{
	return 1;
}

SEC("socket")
int filters(struct __sk_buff *skb)
{
	return skb->len > 64;
}

SEC("flow_dissector")
int dissects(struct __sk_buff *skb)
{
	return BPF_OK;
}

SEC("lwt_xmit")
int encapsulates(struct __sk_buff *skb)
{
	return BPF_OK;
}

SEC("lwt_seg6local")
int routes(struct __sk_buff *skb)
{
	return BPF_OK;
}

SEC("lirc_mode2")
int decodes(unsigned int *sample)
{
	return *sample > 5;
}

char LICENSE[] SEC("license") = "GPL";
