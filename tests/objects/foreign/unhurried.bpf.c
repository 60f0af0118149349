/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* what a compiler makes that optimises little */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} slots SEC(".maps");

static __u64 *slot(__u32 index)
{
	return bpf_map_lookup_elem(&slots, &index);
}

static int add(__u32 index, __u64 n)
{
	__u64 *value = slot(index);

	if (!value)
		return 0;
	*value += n;
	return 1;
}

SEC("raw_tp/sched_process_exit")
int adds(void *ctx)
{
	int i, sum = 0;

	for (i = 0; i < 4; i++)
		sum += add(i, bpf_ktime_get_ns());
	return sum;
}

SEC("cgroup_skb/egress")
int limits(struct __sk_buff *skb)
{
	return add(0, skb->len) ? 1 : 0;
}

SEC("cgroup_skb/ingress")
int wrong(struct __sk_buff *skb)
{
	return add(0, skb->len) ? 7 : 1;
}

SEC("tracepoint/sched/sched_switch")
int switches(unsigned int *ctx)
{
	return add(ctx[6] & 15, 1);
}

char LICENSE[] SEC("license") = "GPL";
