/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* signals.bpf.c - signals that are sent, with the process that sends them */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct signal_event {
	__u64 timestamp;
	__u32 pid, tid;
	char comm[16];
	__s32 signal;
};
const struct signal_event *unused __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} signals SEC(".maps");

/* Both kinds of program get the tracepoint's arguments as words: the first is the number. */
static __always_inline int emit(const __u64 *arguments)
{
	struct signal_event *event = bpf_ringbuf_reserve(&signals, sizeof(*event), 0);
	__u64 id = bpf_get_current_pid_tgid();

	if (!event)
		return 0;
	event->timestamp = bpf_ktime_get_ns();
	event->pid = id >> 32;
	event->tid = (__u32)id;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	event->signal = (__s32)arguments[0];
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp_btf/signal_generate")
int signal_tp_btf(__u64 *arguments)
{
	return emit(arguments);
}

SEC("raw_tp/signal_generate")
int signal_raw_tp(__u64 *arguments)
{
	return emit(arguments);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
