/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* the newer means where the kernel has it, else the older */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} events SEC(".maps");

struct event {
	__u64 time;
	__u64 cookie;
};

enum bpf_func_id___future {
	BPF_FUNC_from_the_future___future = 4000,
};

struct trace_event_raw_no_such_thing {
	int x;
} __attribute__((preserve_access_index));

struct bpf_raw_tracepoint_args_probe {
	int x;
};

static long (*from_the_future)(void) = (void *)4000;

SEC("raw_tp/sched_process_exec")
int newest_clock(void *ctx)
{
	struct event event = {};

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_ktime_get_tai_ns))
		event.time = bpf_ktime_get_tai_ns();
	else if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_ktime_get_boot_ns))
		event.time = bpf_ktime_get_boot_ns();
	else
		event.time = bpf_ktime_get_ns();
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

SEC("raw_tp/sched_process_fork")
int helper_from_the_future(void *ctx)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id___future,
				       BPF_FUNC_from_the_future___future))
		return from_the_future();
	return 0;
}

SEC("raw_tp/sched_process_exit")
int helper_unguarded(void *ctx)
{
	return from_the_future();
}

SEC("raw_tp/sched_process_wait")
int type_guarded(void *ctx)
{
	if (bpf_core_type_exists(struct trace_event_raw_no_such_thing))
		return from_the_future();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
