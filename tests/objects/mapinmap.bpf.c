/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* maps of maps: inner definitions and members */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct inner {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} one SEC(".maps"), two SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = {[0] = &one, [1] = &two},
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_STACK);
			__uint(max_entries, 4);
			__uint(value_size, sizeof(__u32));
		});
} stacks SEC(".maps");

SEC("raw_tracepoint/sched_process_exit")
int looks(void *ctx)
{
	__u32 key = 0;
	void *map = bpf_map_lookup_elem(&outer, &key);

	if (map)
		bpf_map_lookup_elem(map, &key);
	return 0;
}

SEC("raw_tracepoint/sched_process_fork")
int pops(void *ctx)
{
	__u32 key = 0, value;
	void *map = bpf_map_lookup_elem(&stacks, &key);

	if (map)
		bpf_map_pop_elem(map, &value);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
