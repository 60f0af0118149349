/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * live.bpf.c - one record by good and by bad means: what makes a session fall back, for real
 *
 * All hooks but the bad ones are raw tracepoints, so that root is all that they need.
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "record.h"

enum live_hook {
	LIVE_EXEC = 1,
	LIVE_EXIT = 2,
	LIVE_CALL = 3,
};

struct live_event {
	__u32 pid;
	enum live_hook hook;
	__u64 count; /* of what has run in this object */
};
RECORD(live_event);

#define RING(name_)                                 \
	struct {                                    \
		__uint(type, BPF_MAP_TYPE_RINGBUF); \
		__uint(max_entries, 65536);         \
	} name_ SEC(".maps")

RING(events);
RING(others);

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} perf SEC(".maps");

/* Programs that share an object share this. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counter SEC(".maps");

/* Records that found no room. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} drops SEC(".maps");

/* No program refers to it: no kernel could create it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 3);
	__uint(value_size, 0);
} impossible SEC(".maps");

/* Or more, where other processors count as well: adding and fetching at once needs 5.12. */
static __always_inline __u64 count(void)
{
	__u32 zero = 0;
	__u64 *value = bpf_map_lookup_elem(&counter, &zero);

	if (!value)
		return 0;
	__sync_fetch_and_add(value, 1);
	return *value;
}

static __always_inline int emit(void *ring, enum live_hook hook)
{
	struct live_event event = {
		.pid = bpf_get_current_pid_tgid() >> 32,
		.hook = hook,
		.count = count(),
	};

	return bpf_ringbuf_output(ring, &event, sizeof(event), 0);
}

static __always_inline int emit_perf(void *ctx, enum live_hook hook)
{
	struct live_event event = {
		.pid = bpf_get_current_pid_tgid() >> 32,
		.hook = hook,
		.count = count(),
	};

	bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

static __always_inline void drop(void)
{
	__u32 zero = 0;
	__u64 *value = bpf_map_lookup_elem(&drops, &zero);

	if (value)
		*value += 1;
}

SEC("raw_tracepoint/sched_process_exec")
int live_good(void *ctx)
{
	return emit(&events, LIVE_EXEC);
}

SEC("raw_tracepoint/sched_process_exec")
int live_perf(void *ctx)
{
	return emit_perf(ctx, LIVE_EXEC);
}

SEC("raw_tracepoint/sched_process_exit")
int live_exit(void *ctx)
{
	return emit(&events, LIVE_EXIT);
}

SEC("raw_tracepoint/sched_process_exit")
int live_other(void *ctx)
{
	return emit(&others, LIVE_EXIT);
}

/* Leaves its consumer asleep: a timer must fetch the record. */
SEC("raw_tracepoint/sched_process_exec")
int live_lazy(void *ctx)
{
	struct live_event event = {
		.pid = bpf_get_current_pid_tgid() >> 32,
		.hook = LIVE_EXEC,
		.count = count(),
	};

	bpf_ringbuf_output(&events, &event, sizeof(event), BPF_RB_NO_WAKEUP);
	return 0;
}

/* Each system call of the machine: more than anyone can print. */
SEC("raw_tracepoint/sys_enter")
int live_flood(void *ctx)
{
	if (emit(&events, LIVE_CALL))
		drop();
	return 0;
}

SEC("raw_tracepoint/sys_enter")
int live_flood_perf(void *ctx)
{
	return emit_perf(ctx, LIVE_CALL);
}

/* The verifier takes no number for a pointer. That this is one only loading tells. */
SEC("raw_tracepoint/sched_process_exec")
int live_rejected(void *ctx)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&counter, &zero);

	emit(&events, LIVE_EXEC);
	return count ? *(volatile int *)(long)*count : 0;
}

/* Loads; there is nothing to attach it to. */
SEC("raw_tracepoint/featsel_no_such_tracepoint")
int live_absent(void *ctx)
{
	return emit(&events, LIVE_EXEC);
}

/* Attaches, runs, and sends nothing. */
SEC("raw_tracepoint/sched_process_exec")
int live_silent(void *ctx)
{
	if (bpf_get_current_pid_tgid())
		return 0;
	return emit(&events, LIVE_EXEC);
}

/* Sends less than the record that it promises. */
SEC("raw_tracepoint/sched_process_exec")
int live_short(void *ctx)
{
	__u32 few = 1;

	bpf_ringbuf_output(&events, &few, sizeof(few), 0);
	return 0;
}

struct tail_event {
	__u32 pid;
	__u32 used;
	char tail[64];
};
RECORD(tail_event);

/* Sends no more of the tail than it uses. */
SEC("raw_tracepoint/sched_process_exec")
int live_tail(void *ctx)
{
	struct tail_event event = {.used = 4};

	event.pid = bpf_get_current_pid_tgid() >> 32;
	event.tail[0] = 't';
	bpf_ringbuf_output(&events, &event, 12, 0);
	return 0;
}

/* Its section is no target; the manifest gives one. */
SEC("raw_tracepoint/featsel_elsewhere")
int live_moved(void *ctx)
{
	return emit(&events, LIVE_EXEC);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
