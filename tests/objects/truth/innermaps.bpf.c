/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps of maps: one whose inner map has no size, which its own user space would give it, one that
 * names no inner map, and one that can be created as it stands.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_HASH);
			__type(key, __u32);
			__type(value, __u64);
		});
} sizeless SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__uint(key_size, 4);
	__uint(value_size, 4);
} hollow SEC(".maps");

/* libbpf gives it the size since 1.4 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
			__uint(key_size, 4);
			__uint(value_size, 4);
		});
} buffers SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counter SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} whole SEC(".maps") = {.values = {&counter}};

#define LOOKUP(name, map)                                     \
	SEC("raw_tp/sched_process_exec")                      \
	int name(void *ctx)                                   \
	{                                                     \
		__u32 zero = 0;                               \
		return bpf_map_lookup_elem(&map, &zero) != 0; \
	}
LOOKUP(in_sizeless, sizeless)
LOOKUP(in_hollow, hollow)
LOOKUP(in_buffers, buffers)
LOOKUP(in_whole, whole)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
