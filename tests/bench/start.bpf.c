/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* start.bpf.c - one small program, so that what is measured is the way to it: no CO-RE, one map */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "record.h"

struct start_event {
	__u32 pid;
	__u32 tid;
};
RECORD(start_event)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} events SEC(".maps");

SEC("raw_tracepoint/sched_process_exec")
int start(void *ctx)
{
	struct start_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	(void)ctx;
	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->tid = (__u32)bpf_get_current_pid_tgid();
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
