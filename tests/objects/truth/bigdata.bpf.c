/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Global data beyond what one value of an array could have before 5.15: 4 MiB, E2BIG. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char heap[8 << 20];
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__uint(value_size, 6 << 20);
} chunk SEC(".maps");

SEC("raw_tp/sched_process_exit")
int fills_heap(void *ctx)
{
	heap[bpf_get_smp_processor_id() & 0xfff] = 1;
	return 0;
}

SEC("raw_tp/sched_process_exit")
int fills_chunk(void *ctx)
{
	__u32 zero = 0;
	char *value = bpf_map_lookup_elem(&chunk, &zero);

	if (value)
		*value = 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
