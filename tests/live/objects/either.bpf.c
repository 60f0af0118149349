/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * either.bpf.c - one helper where a check says so, another where it does not: the verifier sees one
 * of them
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "record.h"

struct either_event {
	__u32 pid;
	__u64 time; /* by whichever clock */
};
RECORD(either_event);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

enum bpf_func_id___new {
	BPF_FUNC_no_such_helper___new,
};

SEC("raw_tracepoint/sched_process_exec")
int either(void *ctx)
{
	struct either_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	(void)ctx;
	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	if (bpf_core_enum_value_exists(enum bpf_func_id___new, BPF_FUNC_no_such_helper___new))
		event->time = bpf_jiffies64();
	else
		event->time = bpf_ktime_get_boot_ns();
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
