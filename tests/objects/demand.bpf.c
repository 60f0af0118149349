/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* what programs do with their context, and what they return */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int touches(struct __sk_buff *skb)
{
	skb->mark = 5;
	return skb->len > 5 && skb->priority ? 2 : 1;
}

SEC("cgroup_skb/egress")
int returns_field(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("cgroup_skb/egress")
int returns_time(struct __sk_buff *skb)
{
	return bpf_ktime_get_ns();
}

SEC("cgroup_skb/egress")
int returns_bounded(struct __sk_buff *skb)
{
	return skb->len & 1;
}

static const volatile int never = 0;

SEC("tc")
int behind_check(struct __sk_buff *skb)
{
	if (never)
		return skb->ifindex;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
