/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Elements of maps that not every helper, not every type of program and not every kernel takes.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define SMALL_MAP(name, map_type)                  \
	struct {                                   \
		__uint(type, map_type);            \
		__uint(max_entries, 4);            \
		__uint(key_size, sizeof(__u32));   \
		__uint(value_size, sizeof(__u32)); \
	} name SEC(".maps")

SMALL_MAP(devices, BPF_MAP_TYPE_DEVMAP);
SMALL_MAP(processors, BPF_MAP_TYPE_CPUMAP);
SMALL_MAP(umems, BPF_MAP_TYPE_XSKMAP);
SMALL_MAP(sockets, BPF_MAP_TYPE_SOCKMAP);

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__uint(value_size, sizeof(__u32));
} waiting SEC(".maps");

SEC("xdp")
int finds_device(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;

	return bpf_map_lookup_elem(&devices, &key) ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int finds_processor(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;

	return bpf_map_lookup_elem(&processors, &key) ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int finds_socket(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;

	return bpf_map_lookup_elem(&umems, &key) ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int sets_device(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;

	bpf_map_update_elem(&devices, &key, &key, BPF_ANY);
	return XDP_PASS;
}

SEC("perf_event")
int finds_stack(void *ctx)
{
	__u32 key = bpf_get_prandom_u32();

	return bpf_map_lookup_elem(&stacks, &key) != 0;
}

SEC("perf_event")
int drops_stack(void *ctx)
{
	__u32 key = bpf_get_prandom_u32();

	bpf_map_delete_elem(&stacks, &key);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int drops_socket(void *ctx)
{
	__u32 key = 0;

	bpf_map_delete_elem(&sockets, &key);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int waits(void *ctx)
{
	__u32 value = 1;

	bpf_map_push_elem(&waiting, &value, BPF_ANY);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int finds_waiting(void *ctx)
{
	__u32 value = 1;

	return bpf_map_lookup_elem(&waiting, &value) != 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
