/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* tail calls, also out of functions that are called */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

int last(void *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} chain SEC(".maps") = {
	.values =
		{
			[1] = (void *)&last,
		},
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} state SEC(".maps");

static __noinline int onward(void *ctx, __u32 index)
{
	__u32 zero = 0;
	__u64 *value = bpf_map_lookup_elem(&state, &zero);

	if (value)
		*value = index;
	bpf_tail_call(ctx, &chain, index);
	return 0;
}

SEC("raw_tp/sys_enter")
int last(void *ctx)
{
	__u64 now = bpf_ktime_get_boot_ns();

	bpf_ringbuf_output(&ring, &now, sizeof(now), 0);
	return 0;
}

SEC("raw_tp/sys_enter")
int direct(void *ctx)
{
	bpf_tail_call_static(ctx, &chain, 1);
	return 0;
}

SEC("raw_tp/sys_exit")
int indirect(void *ctx)
{
	return onward(ctx, bpf_get_smp_processor_id() & 1);
}

SEC("tracepoint/raw_syscalls/sys_enter")
int of_another_type(void *ctx)
{
	bpf_tail_call(ctx, &chain, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
