/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* timers and locks in values of maps, in types of programs that may use them and that may not */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct alarm {
	struct bpf_timer timer;
	__u64 rung;
};

struct guarded {
	struct bpf_spin_lock lock;
	__u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct alarm);
} alarms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guarded);
} counts SEC(".maps");

static int ring(void *map, __u32 *key, struct alarm *alarm)
{
	alarm->rung++;
	return 0;
}

static __always_inline int set(void)
{
	__u32 key = 0;
	struct alarm *alarm = bpf_map_lookup_elem(&alarms, &key);

	if (!alarm)
		return 0;
	bpf_timer_init(&alarm->timer, &alarms, 1);
	bpf_timer_set_callback(&alarm->timer, ring);
	bpf_timer_start(&alarm->timer, 1000, 0);
	return 0;
}

static __always_inline int count(void)
{
	__u32 key = 0;
	struct guarded *value = bpf_map_lookup_elem(&counts, &key);

	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	value->count++;
	bpf_spin_unlock(&value->lock);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int set_by_raw(void *ctx)
{
	return set();
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(set_by_typed)
{
	return set();
}

SEC("fentry/vfs_open")
int BPF_PROG(set_by_fentry)
{
	return set();
}

SEC("syscall")
int set_by_call(void *ctx)
{
	return set();
}

SEC("cgroup_skb/egress")
int set_by_group(struct __sk_buff *skb)
{
	set();
	return 1;
}

/* Looks only: the value holds what the type may not have. */
SEC("tracepoint/sched/sched_process_exit")
int looks_by_tracepoint(void *ctx)
{
	__u32 key = 0;
	struct alarm *alarm = bpf_map_lookup_elem(&alarms, &key);

	return alarm ? (int)alarm->rung & 1 : 0;
}

SEC("tc")
int counts_by_tc(struct __sk_buff *skb)
{
	return count();
}

SEC("xdp")
int counts_by_xdp(struct xdp_md *xdp)
{
	count();
	return XDP_PASS;
}

SEC("raw_tp/sched_process_fork")
int counts_by_raw(void *ctx)
{
	return count();
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(counts_by_typed)
{
	return count();
}

SEC("perf_event")
int counts_by_sample(void *ctx)
{
	return count();
}

SEC("socket")
int counts_by_filter(struct __sk_buff *skb)
{
	return count();
}

SEC("syscall")
int counts_by_call(void *ctx)
{
	return count();
}

SEC("sk_lookup")
int counts_by_lookup(struct bpf_sk_lookup *ctx)
{
	count();
	return SK_PASS;
}

/* A lock that nobody lets go of. */
SEC("tc")
int holds_on(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct guarded *value = bpf_map_lookup_elem(&counts, &key);

	if (value)
		bpf_spin_lock(&value->lock);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
