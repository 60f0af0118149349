/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* functions of our own: static, global, with a callback */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 128);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

struct bpf_map;

struct state {
	__u64 sum;
};

static __noinline __u64 since(__u32 pid)
{
	__u64 *then = bpf_map_lookup_elem(&seen, &pid);

	return then ? bpf_ktime_get_boot_ns() - *then : 0;
}

__noinline int weigh(__u64 value)
{
	return value > 1000 ? 1 : bpf_get_prandom_u32() & 1;
}

static long add(__u32 index, struct state *state)
{
	state->sum += index;
	return 0;
}

static long add_element(struct bpf_map *map, __u32 *key, __u64 *value, struct state *state)
{
	state->sum += *value;
	return 0;
}

SEC("raw_tp/sched_process_exit")
int calls_static(void *ctx)
{
	return since((__u32)bpf_get_current_pid_tgid()) > 5;
}

SEC("raw_tp/sched_process_fork")
int calls_global(void *ctx)
{
	return weigh(since(1));
}

SEC("raw_tp/sched_process_exec")
int loops(void *ctx)
{
	struct state state = {};

	bpf_loop(100000, add, &state, 0);
	return state.sum > 1;
}

SEC("raw_tp/sched_switch")
int walks(void *ctx)
{
	struct state state = {};

	bpf_for_each_map_elem(&seen, add_element, &state, 0);
	return state.sum > 1;
}

char LICENSE[] SEC("license") = "GPL";
