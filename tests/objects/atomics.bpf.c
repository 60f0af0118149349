/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* an atomic addition that returns what was there before (5.12), and one that does not */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counter SEC(".maps");

SEC("raw_tracepoint/sched_process_exit")
int fetches(void *ctx)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&counter, &zero);

	return count ? __sync_fetch_and_add(count, 1) > 3 : 0;
}

SEC("raw_tracepoint/sched_process_fork")
int adds(void *ctx)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&counter, &zero);

	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
