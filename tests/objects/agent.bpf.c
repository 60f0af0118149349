/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * an agent's object: two events, each with candidates that work and some that are refused, a
 * program array, a structure of functions, and maps that only some of the programs need
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock;

struct agent_event {
	__u32 pid;
	__u32 means;
};
const struct agent_event *unused __attribute__((unused));

enum { MEANS_TAIL = 1, MEANS_RAW_TP = 2, MEANS_LEAVE = 3 };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} spawns SEC(".maps");

/* Its size is left to user space. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
} leaves SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u32);
} rare SEC(".maps");

int spawn_member(void *context);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} jumps SEC(".maps") = {
	.values = {[0] = (void *)&spawn_member},
};

__u64 seen;

static __always_inline int emit(void *ring, __u32 means)
{
	struct agent_event *event = bpf_ringbuf_reserve(ring, sizeof(*event), 0);

	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->means = means;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* The verifier takes no number for a pointer. */
SEC("raw_tp/sched_process_exec")
int spawn_rejected(void *context)
{
	__u64 id = bpf_get_current_pid_tgid();

	if (!bpf_map_lookup_elem(&rare, &id))
		return emit(&spawns, 0);
	return *(volatile int *)bpf_ktime_get_ns();
}

SEC("raw_tp/featsel_no_such_tracepoint")
int spawn_absent(void *context)
{
	return emit(&spawns, MEANS_RAW_TP);
}

SEC("raw_tp/sched_process_exec")
int spawn_tail(void *context)
{
	seen++;
	bpf_tail_call(context, &jumps, 0);
	return 0;
}

SEC("raw_tp")
int spawn_member(void *context)
{
	return emit(&spawns, MEANS_TAIL);
}

SEC("raw_tp/sched_process_exec")
int spawn_raw_tp(void *context)
{
	return emit(&spawns, MEANS_RAW_TP);
}

SEC("raw_tp/sched_process_exit")
int leave_raw_tp(void *context)
{
	return emit(&leaves, MEANS_LEAVE);
}

SEC("raw_tp/sched_process_exit")
int leave_spare(void *context)
{
	return 0;
}

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

SEC("struct_ops/agent_ssthresh")
__u32 BPF_PROG(agent_ssthresh, struct sock *sk)
{
	return 5;
}

SEC("struct_ops/agent_cong_avoid")
void BPF_PROG(agent_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("struct_ops/agent_undo_cwnd")
__u32 BPF_PROG(agent_undo_cwnd, struct sock *sk)
{
	return 10;
}

SEC(".struct_ops")
struct tcp_congestion_ops agent_control = {
	.ssthresh = (void *)agent_ssthresh,
	.cong_avoid = (void *)agent_cong_avoid,
	.undo_cwnd = (void *)agent_undo_cwnd,
	.name = "featsel_agent",
};

char LICENSE[] SEC("license") = "GPL";
