/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* memory whose size is known at run time */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags,
			       struct bpf_dynptr *ptr) __ksym __weak;

SEC("raw_tp/sched_process_exec")
int reserves(void *ctx)
{
	struct bpf_dynptr ptr;
	__u64 now = bpf_ktime_get_ns();

	if (bpf_ringbuf_reserve_dynptr(&events, 64, 0, &ptr) == 0)
		bpf_dynptr_write(&ptr, 0, &now, sizeof(now), 0);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

SEC("xdp")
int looks(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	char byte = 0;

	if (!bpf_dynptr_from_xdp)
		return XDP_PASS;
	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	bpf_dynptr_read(&byte, 1, &ptr, 0, 0);
	return byte ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
