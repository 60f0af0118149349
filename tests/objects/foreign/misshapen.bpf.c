/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* maps that no kernel creates as they stand; those of buffers are put right */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u64);
	__type(value, __u64);
} wide_key SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 12);
} odd_stack SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__type(key, int);
	__type(value, __u64);
} flagless SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[40000]);
} too_large SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 4);
	__type(key, __u64);
	__type(value, __u32);
} preallocated SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} keyed_queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} lazy SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(max_entries, 4);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} sized_storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(key_size, 4);
	__uint(value_size, 8);
} bare_storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__uint(max_entries, 4);
	__type(key, struct bpf_cgroup_storage_key);
	__type(value, __u64);
} sized_group SEC(".maps");

struct event {
	__u64 time;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 5000);
	__type(value, struct event);
} typed_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(value, struct event);
} typed_samples SEC(".maps");

SEC("raw_tp/sched_wakeup_new")
int samples(void *ctx)
{
	struct event event = {.time = bpf_ktime_get_ns()};

	bpf_perf_event_output(ctx, &typed_samples, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

SEC("raw_tp/sched_process_exit")
int array(void *ctx)
{
	__u64 key = 0;

	return bpf_map_lookup_elem(&wide_key, &key) != 0;
}

SEC("raw_tp/sched_process_fork")
int stack(void *ctx)
{
	return bpf_get_stackid(ctx, &odd_stack, 0) > 0;
}

SEC("tp_btf/sched_process_exit")
int storage(void *ctx)
{
	return bpf_task_storage_get(&flagless, bpf_get_current_task_btf(), 0, 0) != 0;
}

SEC("raw_tp/sched_process_exec")
int percpu(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&too_large, &key) != 0;
}

SEC("xdp")
int trie(struct xdp_md *xdp)
{
	__u64 key = 32;

	return bpf_map_lookup_elem(&preallocated, &key) ? XDP_PASS : XDP_DROP;
}

SEC("raw_tp/sched_switch")
int queue(void *ctx)
{
	__u32 value = 0;

	return bpf_map_push_elem(&keyed_queue, &value, 0) != 0;
}

SEC("raw_tp/sched_waking")
int lru(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&lazy, &key) != 0;
}

SEC("tp_btf/sched_process_exit")
int sized(void *ctx)
{
	return bpf_task_storage_get(&sized_storage, bpf_get_current_task_btf(), 0, 0) != 0;
}

SEC("tp_btf/sched_process_exit")
int bare(void *ctx)
{
	return bpf_task_storage_get(&bare_storage, bpf_get_current_task_btf(), 0, 0) != 0;
}

SEC("cgroup/sysctl")
int group(void *ctx)
{
	return bpf_get_local_storage(&sized_group, 0) != 0;
}

SEC("raw_tp/sched_wakeup")
int ring(void *ctx)
{
	struct event event = {.time = bpf_ktime_get_ns()};

	bpf_ringbuf_output(&typed_ring, &event, sizeof(event), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
