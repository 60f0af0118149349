/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* maps of maps, one with its members given */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = {&inner_a, &inner_b},
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_HASH);
			__uint(max_entries, 16);
			__type(key, __u32);
			__type(value, __u32);
		});
} by_name SEC(".maps");

SEC("raw_tp/sched_process_exec")
int counts_in_array(void *ctx)
{
	__u32 key = bpf_get_smp_processor_id() & 1, zero = 0;
	void *map = bpf_map_lookup_elem(&outer, &key);
	__u64 *count = map ? bpf_map_lookup_elem(map, &zero) : 0;

	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

SEC("tracepoint/sched/sched_process_fork")
int counts_in_hash(void *ctx)
{
	__u32 key = 7, one = 1;
	void *map = bpf_map_lookup_elem(&by_name, &key);

	if (map)
		bpf_map_update_elem(map, &key, &one, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
