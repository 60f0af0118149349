/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* structures.bpf.c - a congestion control that tells of each connection that uses it */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "record.h"

struct sock;

struct tcp_congestion_ops {
	void (*init)(struct sock *sk);
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

struct control_event {
	__u32 number;
};
RECORD(control_event);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

SEC("struct_ops/live_init")
void BPF_PROG(live_init, struct sock *sk)
{
	struct control_event event = {.number = 1};

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
}

SEC("struct_ops/live_ssthresh")
__u32 BPF_PROG(live_ssthresh, struct sock *sk)
{
	return 5;
}

SEC("struct_ops/live_cong_avoid")
void BPF_PROG(live_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("struct_ops/live_undo_cwnd")
__u32 BPF_PROG(live_undo_cwnd, struct sock *sk)
{
	return 10;
}

SEC(".struct_ops")
struct tcp_congestion_ops live_control = {
	.init = (void *)live_init,
	.ssthresh = (void *)live_ssthresh,
	.cong_avoid = (void *)live_cong_avoid,
	.undo_cwnd = (void *)live_undo_cwnd,
	.name = "featsel_live",
};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
