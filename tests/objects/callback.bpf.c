/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* a map that only a callback refers to */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sums SEC(".maps");

static long add(__u32 index, void *ctx)
{
	__u32 zero = 0;
	__u64 *sum = bpf_map_lookup_elem(&sums, &zero);

	if (sum)
		*sum += index;
	return 0;
}

SEC("raw_tracepoint/sched_process_exit")
int loops(void *ctx)
{
	bpf_loop(4, add, 0, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
