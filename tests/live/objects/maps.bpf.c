/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * maps.bpf.c - a record of what a program finds in maps that a manifest sizes, fills and pins
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "record.h"

struct maps_event {
	__u32 pid;
	__u32 port; /* of the rule below 80 */
	char name[16];
	__u64 weight; /* of this processor */
	__u64 kept;   /* runs that were counted, in a map that a manifest pins */
	__u64 named;  /* the same, in one that the object pins */
	__u32 slots;  /* in the inner map */
	__u32 wide;   /* whether the value is there whose size the manifest gives */
};
RECORD(maps_event);

struct rule {
	__u32 port;
	char name[16];
};

struct network {
	__u32 bits;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u16);
	__type(value, struct rule);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 4);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct network);
	__type(value, __u32);
} networks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} weights SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} kept SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u64);
} named SEC(".maps");

/* Neither a size nor a value: both are its user space's matter. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(key_size, sizeof(__u32));
} open_map SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} first SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {.values = {[0] = &first}};

static __always_inline __u64 count(void *map)
{
	__u32 zero = 0;
	__u64 *value = bpf_map_lookup_elem(map, &zero);

	if (!value)
		return 0;
	__sync_fetch_and_add(value, 1);
	return *value;
}

static __always_inline void look_inside(struct maps_event *event)
{
	__u32 zero = 0, last = 7;
	void *inner = bpf_map_lookup_elem(&outer, &zero);

	if (inner)
		event->slots = bpf_map_lookup_elem(inner, &last) ? 8 : 1;
}

static __always_inline void find_rule(struct maps_event *event)
{
	struct network network = {.bits = 32, .address = {10, 1, 2, 3}};
	__u16 port = 80;
	struct rule *rule = bpf_map_lookup_elem(&rules, &port);
	__u32 *weight = bpf_map_lookup_elem(&networks, &network);

	if (weight)
		event->weight = *weight;
	if (!rule)
		return;
	event->port = rule->port;
	__builtin_memcpy(event->name, rule->name, sizeof(event->name));
}

SEC("raw_tracepoint/sched_process_exec")
int maps_exec(void *ctx)
{
	struct maps_event event = {.pid = bpf_get_current_pid_tgid() >> 32};
	__u64 bytes[2] = {1, 2}, *value;
	__u32 one = 1;

	(void)ctx;
	find_rule(&event);
	value = bpf_map_lookup_elem(&weights, &one);
	if (value)
		event.weight += *value;
	look_inside(&event);
	event.kept = count(&kept);
	event.named = count(&named);
	bpf_map_update_elem(&open_map, &one, bytes, BPF_ANY);
	value = bpf_map_lookup_elem(&open_map, &one);
	event.wide = value && value[1] == 2;
	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
