/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* maps and helpers that are used two calls down */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

static __noinline __u64 stamp(__u32 key)
{
	__u64 now = bpf_ktime_get_boot_ns();

	bpf_map_update_elem(&seen, &key, &now, BPF_ANY);
	return now;
}

__noinline int count(__u32 key)
{
	return stamp(key) != 0;
}

SEC("raw_tracepoint/sched_process_exit")
int calls(void *ctx)
{
	return count(bpf_get_smp_processor_id());
}

SEC("raw_tracepoint/sched_process_fork")
int calls_nothing(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
