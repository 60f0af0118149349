/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* functions called later */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct element {
	struct bpf_timer timer;
	__u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct element);
} timers SEC(".maps");

static int expired(void *map, int *key, struct element *element)
{
	element->count++;
	return 0;
}

static int arm(void)
{
	int key = 0;
	struct element *element = bpf_map_lookup_elem(&timers, &key);

	if (!element)
		return 0;
	bpf_timer_init(&element->timer, &timers, 1 /* CLOCK_MONOTONIC */);
	bpf_timer_set_callback(&element->timer, expired);
	bpf_timer_start(&element->timer, 1000000000, 0);
	return 0;
}

SEC("tc")
int arms_in_tc(struct __sk_buff *skb)
{
	return arm();
}

SEC("xdp")
int arms_in_xdp(struct xdp_md *xdp)
{
	arm();
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
