/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* memory that is handed about as dynptrs */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer,
			      __u32 size) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *ptr, __u32 start, __u32 end) __ksym __weak;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *ptr) __ksym __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[8]);
} memory SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

SEC("tc")
int slices(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	__u8 buffer[14], *head;

	if (bpf_dynptr_from_skb(skb, 0, &ptr))
		return 0;
	head = bpf_dynptr_slice(&ptr, 0, buffer, sizeof(buffer));
	return head ? head[12] == 8 : 0;
}

SEC("cgroup_skb/egress")
int slices_of_group(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	return 1;
}

SEC("xdp")
int slices_elsewhere(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_skb((void *)xdp, 0, &ptr);
	return XDP_PASS;
}

SEC("raw_tp/sched_process_exec")
int local(void *ctx)
{
	__u32 key = 0;
	__u64 *values = bpf_map_lookup_elem(&memory, &key), value = 0;
	struct bpf_dynptr ptr;

	if (!values)
		return 0;
	if (bpf_dynptr_from_mem(values, sizeof(__u64[8]), 0, &ptr))
		return 0;
	bpf_dynptr_read(&value, sizeof(value), &ptr, 8, 0);
	if (bpf_dynptr_size)
		return bpf_dynptr_size(&ptr);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int never_submitted(void *ctx)
{
	struct bpf_dynptr ptr;

	return bpf_ringbuf_reserve_dynptr(&ring, 64, 0, &ptr) ? 1 : 0;
}

SEC("raw_tp/sched_process_fork")
int taken_and_kept(void *ctx)
{
	__u64 *sample = bpf_ringbuf_reserve(&ring, 8, 0);

	return sample ? 1 : 0;
}

SEC("raw_tp/sched_switch")
int discarded(void *ctx)
{
	__u64 *sample = bpf_ringbuf_reserve(&ring, 8, 0);

	if (sample)
		bpf_ringbuf_discard(sample, 0);
	return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > 5;
}

char LICENSE[] SEC("license") = "GPL";
