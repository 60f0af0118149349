/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* loops: unrolled into more than 4096 instructions, and bounded */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[4096]);
} values SEC(".maps");

SEC("raw_tp/sched_process_exec")
int unrolled(void *ctx)
{
	__u32 zero = 0, i;
	volatile __u64 *value = bpf_map_lookup_elem(&values, &zero);

	if (!value)
		return 0;
#pragma unroll
	for (i = 0; i < 2500; i++)
		value[i] += i;
	return 0;
}

SEC("raw_tp/sched_process_fork")
int bounded(void *ctx)
{
	__u32 zero = 0, i;
	volatile __u64 *value = bpf_map_lookup_elem(&values, &zero);

	if (!value)
		return 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < 64; i++)
		value[i] += i;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
