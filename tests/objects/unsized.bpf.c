/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* maps that their own user space would size, and one that is pinned */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} perf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u64);
} pinned SEC(".maps");

SEC("raw_tracepoint/sched_process_exit")
int unsized_table(void *ctx)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&table, &zero) != 0;
}

SEC("raw_tracepoint/sched_process_fork")
int unsized_ring(void *ctx)
{
	__u32 zero = 0;

	bpf_ringbuf_output(&events, &zero, sizeof(zero), 0);
	return 0;
}

SEC("raw_tracepoint/sched_process_exec")
int sized_by_libbpf(void *ctx)
{
	__u32 zero = 0;

	bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &zero, sizeof(zero));
	return 0;
}

SEC("raw_tracepoint/sched_switch")
int two_outputs(void *ctx)
{
	__u32 zero = 0;

	bpf_ringbuf_output(&events, &zero, sizeof(zero), 0);
	bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &zero, sizeof(zero));
	return 0;
}

SEC("raw_tracepoint/sched_wakeup")
int uses_pinned(void *ctx)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&pinned, &zero) != 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
