/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* variants of two events, told by their names; the record struct is named after the event */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct exec_event {
	__u32 pid;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
	__type(value, struct exec_event);
} events SEC(".maps");

static __always_inline int emit(void)
{
	struct exec_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("kprobe/begin_new_exec")
int exec_kprobe(void *ctx)
{
	return emit();
}

SEC("raw_tracepoint/sched_process_exec")
int exec_raw_tp(void *ctx)
{
	return emit();
}

SEC("tp_btf/sched_process_exec")
int exec_tp_btf(void *ctx)
{
	return emit();
}

SEC("fentry/begin_new_exec")
int exec_fentry(void *ctx)
{
	return emit();
}

SEC("tracepoint/sched/sched_process_exec")
int exec_tracepoint(void *ctx)
{
	return emit();
}

SEC("tp_btf/sys_enter")
int sys_enter_open_tp_btf(void *ctx)
{
	return emit();
}

SEC("tracepoint/syscalls/sys_enter_openat")
int sys_enter_open_tracepoint(void *ctx)
{
	return emit();
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
