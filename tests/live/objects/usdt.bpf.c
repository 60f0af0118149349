/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* usdt.bpf.c - a program at a probe that user space has in its own code */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <bpf/usdt.bpf.h>

#include "record.h"

struct usdt_event {
	__u32 pid;
	__s32 arguments;
};
RECORD(usdt_event);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

/* Its program stands in the manifest. */
SEC("usdt")
int usdt_tick(struct pt_regs *context)
{
	struct usdt_event event = {.pid = bpf_get_current_pid_tgid() >> 32,
				   .arguments = bpf_usdt_arg_cnt(context)};

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
