/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* maps whose size user space sets */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 0);
	__type(key, __u32);
	__type(value, __u64);
} list SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} samples SEC(".maps");

SEC("raw_tp/sched_process_exit")
int in_table(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&table, &key) != 0;
}

SEC("raw_tp/sched_process_fork")
int in_list(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&list, &key) != 0;
}

SEC("raw_tp/sched_process_exec")
int in_ring(void *ctx)
{
	__u64 now = bpf_ktime_get_ns();

	bpf_ringbuf_output(&events, &now, sizeof(now), 0);
	return 0;
}

SEC("raw_tp/sched_switch")
int in_samples(void *ctx)
{
	__u64 now = bpf_ktime_get_ns();

	bpf_perf_event_output(ctx, &samples, BPF_F_CURRENT_CPU, &now, sizeof(now));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
