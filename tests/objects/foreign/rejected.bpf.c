/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* programs that the verifier refuses, and their neighbour */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

SEC("raw_tp/sched_process_exit")
int unchecked(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&table, &key);

	*value += 1;
	return 0;
}

SEC("raw_tp/sched_process_fork")
int wild(void *ctx)
{
	return *(volatile int *)bpf_get_current_task();
}

SEC("raw_tp/sched_process_exec")
int endless(void *ctx)
{
	for (;;)
		asm volatile("" ::: "memory");
	return 0;
}

SEC("raw_tp/sched_switch")
int checked(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&table, &key);

	if (value)
		*value += 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
