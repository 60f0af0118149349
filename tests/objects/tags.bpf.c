/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tags.bpf.c - three events of one object with one ring buffer, whose records say whose they are
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "record.h"

FEATSEL_DROPS;

enum type { TYPE_EXEC = 1, TYPE_FORK, TYPE_EXIT, TYPE_OTHER };

struct exec_event {
	enum type type;
	__u32 pid;
	__u64 count; /* of all events together: the object is loaded once */
};
RECORD(exec_event);

struct fork_event {
	enum type type;
	__u32 pid;
	__u64 count;
	char comm[16];
};
RECORD(fork_event);

struct exit_event {
	enum type type;
	__u32 pid;
	__u64 count;
	__u64 last; /* the highest bit is a sign that the record is whole */
};
RECORD(exit_event);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counted SEC(".maps");

/* A number for each record: one counter a processor, since atomics that fetch need 5.12. */
static __always_inline __u64 count(void)
{
	__u32 zero = 0;
	__u64 *number = bpf_map_lookup_elem(&counted, &zero);

	return number ? ++*number << 16 | bpf_get_smp_processor_id() : 0;
}

#define EMIT(name, kind, ...)                                                  \
	do {                                                                   \
		struct name record = {.type = (kind),                          \
				      .pid = bpf_get_current_pid_tgid() >> 32, \
				      .count = count(),                        \
				      __VA_ARGS__};                            \
		if (bpf_ringbuf_output(&events, &record, sizeof(record), 0))   \
			featsel_count_drop();                                  \
	} while (0)

SEC("raw_tracepoint/sched_process_exec")
int tags_exec(void *context)
{
	EMIT(exec_event, TYPE_EXEC);
	return 0;
}

SEC("raw_tracepoint/sched_process_fork")
int tags_fork(void *context)
{
	EMIT(fork_event, TYPE_FORK, .comm = "fork");
	return 0;
}

SEC("raw_tracepoint/sched_process_exit")
int tags_exit(void *context)
{
	EMIT(exit_event, TYPE_EXIT, .last = 1ULL << 63);
	return 0;
}

/* Beside the others: what no event takes. */
SEC("raw_tracepoint/sched_process_exec")
int tags_other(void *context)
{
	EMIT(exec_event, TYPE_OTHER);
	return 0;
}

/* A candidate that the verifier refuses, which costs only its own event. */
SEC("raw_tracepoint/sched_process_exit")
int tags_refused(void *context)
{
	return *(int *)(long)count();
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
