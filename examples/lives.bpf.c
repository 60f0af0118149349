/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lives.bpf.c - processes begin, execute programs and end: three events by one object, which is
 * loaded once, with one ring buffer, whose records say whose they are (lives.yaml)
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include <featsel/featsel.bpf.h>

enum life { BEGINS = 1, EXECUTES, ENDS };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} events SEC(".maps");

FEATSEL_DROPS;

struct begins_event {
	enum life life; /* in each record at the same place */
	__u32 pid;
};
RECORD(begins_event)

struct executes_event {
	enum life life;
	__u32 pid;
	char comm[16];
};
RECORD(executes_event)

struct ends_event {
	enum life life;
	__u32 pid;
	__u64 timestamp HINT_TIMESTAMP;
};
RECORD(ends_event)

static __always_inline int emit(void *record, __u64 size)
{
	if (bpf_ringbuf_output(&events, record, size, 0))
		featsel_count_drop();
	return 0;
}

static __always_inline __u32 process(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/* Told by the parent. */
SEC("raw_tp/sched_process_fork")
int lives_begins(void *ctx)
{
	struct begins_event event = {.life = BEGINS, .pid = process()};

	return emit(&event, sizeof(event));
}

SEC("raw_tp/sched_process_exec")
int lives_executes(void *ctx)
{
	struct executes_event event = {.life = EXECUTES, .pid = process()};

	bpf_get_current_comm(event.comm, sizeof(event.comm));
	return emit(&event, sizeof(event));
}

SEC("raw_tp/sched_process_exit")
int lives_ends(void *ctx)
{
	struct ends_event event = {.life = ENDS, .pid = process(), .timestamp = bpf_ktime_get_ns()};

	return emit(&event, sizeof(event));
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
