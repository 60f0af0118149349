/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* process.bpf.c - processes that begin and end: two events of one object, each with a buffer of its
 * own */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct process_event {
	__u64 timestamp;
	__u32 pid, tid;
	char comm[16];
};
const struct process_event *unused __attribute__((unused));

#define RING(name)                                  \
	struct {                                    \
		__uint(type, BPF_MAP_TYPE_RINGBUF); \
		__uint(max_entries, 1 << 18);       \
	} name SEC(".maps")
RING(spawns);
RING(leaves);

static __always_inline int emit(void *ring)
{
	struct process_event *event = bpf_ringbuf_reserve(ring, sizeof(*event), 0);
	__u64 id = bpf_get_current_pid_tgid();

	if (!event)
		return 0;
	event->timestamp = bpf_ktime_get_ns();
	event->pid = id >> 32;
	event->tid = (__u32)id;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int spawn_tp_btf(void *context)
{
	return emit(&spawns);
}

SEC("raw_tp/sched_process_exec")
int spawn_raw_tp(void *context)
{
	return emit(&spawns);
}

SEC("tp_btf/sched_process_exit")
int leave_tp_btf(void *context)
{
	return emit(&leaves);
}

SEC("raw_tp/sched_process_exit")
int leave_raw_tp(void *context)
{
	return emit(&leaves);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
