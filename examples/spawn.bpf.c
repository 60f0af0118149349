/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* spawn.bpf.c - a process executes a program, by three means that fill the same record */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct spawn_event {
	__u32 pid, tid;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} spawns SEC(".maps");

static int emit(void)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct spawn_event *event = bpf_ringbuf_reserve(&spawns, sizeof(*event), 0);

	if (!event)
		return 0;
	event->pid = id >> 32;
	event->tid = (__u32)id;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* A tracepoint that a module of the vendor's brings: few hosts have it. */
SEC("raw_tp/vendor_exec")
int spawn_vendor(void *context)
{
	return emit();
}

SEC("tp_btf/sched_process_exec")
int spawn_tp_btf(void *context)
{
	return emit();
}

SEC("raw_tp/sched_process_exec")
int spawn_raw_tp(void *context)
{
	return emit();
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
