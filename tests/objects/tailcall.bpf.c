/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* a program array with members, which must be loaded with whatever jumps through it */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int first(void *ctx);
int second(void *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} jumps SEC(".maps") = {
	.values = {[0] = (void *)&first, [1] = (void *)&second},
};

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 8);
	__uint(value_size, sizeof(__u64));
} queue SEC(".maps");

SEC("raw_tracepoint/sched_process_exit")
int entry(void *ctx)
{
	bpf_tail_call(ctx, &jumps, 0);
	return 0;
}

SEC("raw_tracepoint")
int first(void *ctx)
{
	__u64 now = bpf_ktime_get_ns();

	bpf_map_push_elem(&queue, &now, BPF_EXIST);
	bpf_tail_call(ctx, &jumps, 1);
	return 0;
}

SEC("raw_tracepoint")
int second(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
