/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* many.bpf.c - five hundred programs, of which one is wanted */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "record.h"

struct many_event {
	__u32 pid;
	__u32 which;
};
RECORD(many_event)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} events SEC(".maps");

static __always_inline int tell(__u32 which)
{
	struct many_event event = {.pid = bpf_get_current_pid_tgid() >> 32, .which = which};

	return bpf_ringbuf_output(&events, &event, sizeof(event), 0);
}

#define PROGRAM(n)                               \
	SEC("raw_tracepoint/sched_process_exec") \
	int many_##n(void *ctx)                  \
	{                                        \
		(void)ctx;                       \
		return tell(1##n - 1000);        \
	}

#define TEN(n)        \
	PROGRAM(n##0) \
	PROGRAM(n##1) \
	PROGRAM(n##2) \
	PROGRAM(n##3) \
	PROGRAM(n##4) PROGRAM(n##5) PROGRAM(n##6) PROGRAM(n##7) PROGRAM(n##8) PROGRAM(n##9)
#define HUNDRED(n) \
	TEN(n##0)  \
	TEN(n##1) TEN(n##2) TEN(n##3) TEN(n##4) TEN(n##5) TEN(n##6) TEN(n##7) TEN(n##8) TEN(n##9)

HUNDRED(0)
HUNDRED(1)
HUNDRED(2)
HUNDRED(3)
HUNDRED(4)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
