/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * variables.bpf.c - a record of the variables that a manifest or a command line sets, of every
 * type
 */
#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "record.h"

FEATSEL_DROPS;

enum mode { MODE_FIRST = 1, MODE_SECOND = 2 };
enum side { SIDE_LEFT = -1, SIDE_RIGHT = 1 };

struct inner {
	__s16 depth;
};

struct configuration {
	__u16 ports[4];
	struct inner inner;
};

const volatile __u8 number = 1;
const volatile enum mode mode = MODE_FIRST;
const volatile enum side side = SIDE_RIGHT;
const volatile bool strict = false;
const volatile bool quiet = false;
const volatile char word[16] = "unset";
const volatile struct configuration conf = {.ports = {80}};
/* Not constant: .data and .bss. */
__u64 start = 10;
__u64 step;

struct variables_event {
	__u32 pid;
	__u32 number;
	enum mode mode;
	bool strict;
	char word[16];
	__u16 ports[4];
	__s32 depth;
	__u64 start, step;
};
RECORD(variables_event);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

static __always_inline int tell(bool with_word)
{
	struct variables_event event = {};

	if (quiet)
		return 0;
	event.pid = (__u32)(bpf_get_current_pid_tgid() >> 32);
	event.number = number;
	event.mode = mode;
	event.strict = strict;
	for (int i = 0; i < 16 && with_word; i++)
		event.word[i] = word[i];
	for (int i = 0; i < 4; i++)
		event.ports[i] = conf.ports[i];
	event.depth = conf.inner.depth;
	event.start = start;
	event.step = step;
	if (bpf_ringbuf_output(&events, &event, sizeof(event), 0))
		featsel_count_drop();
	return 0;
}

/* It sees less, and tells less. */
SEC("raw_tracepoint/sched_process_exec")
int variables_narrow(void *context)
{
	return tell(false);
}

SEC("raw_tracepoint/sched_process_exec")
int variables_wide(void *context)
{
	return tell(true);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
