/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * exit.bpf.c - a process or one of its threads ends
 *
 * All candidates stand on the tracepoint sched_process_exit but one, whose hook, do_exit(), is
 * where every thread comes by just before and is told how it ends.
 */
#ifdef FEATSEL_LEGACY
#define FITS_32_BITS
#endif
#include "common.bpf.h"
#include "signals.h"

struct exit_event {
	RECORD_HEAD
	__u32 code;	    /* what it returned; 0 if a signal ended it */
	enum signal signal; /* what ended it; 0: nothing but itself */
	bool core;	    /* its memory was written to a file */
	/* No other thread of the process lives; of two that end at once both may say so. */
	bool last;
};
RECORD(exit_event)

/* @status as wait(2) gives it, or 0 if it is not known. */
static __always_inline int emit(void *ctx, __u32 status, bool last)
{
	struct exit_event *event;

	if (!featsel_wanted())
		return 0;
	event = record_room(struct exit_event);
	if (!event)
		return 0;
	record_head(event);
	event->code = status >> 8 & 0xff;
	event->signal = status & 0x7f;
	event->core = status & 0x80;
	event->last = last;
	record_emit(ctx, event, sizeof(*event));
	return 0;
}

#ifdef FEATSEL_LEGACY

/* The argument of do_exit(): long code */
SEC("kprobe/do_exit")
int exit_kprobe(const machine_word *regs)
{
	return emit((void *)regs, regs[FUNCTION_ARG1], false);
}

/*
 * Without BTF nobody tells where struct task_struct keeps the status: the last resort goes without.
 */
SEC("raw_tracepoint/sched_process_exit")
int exit_raw_tracepoint(__u64 *ctx)
{
	return emit(ctx, 0, false);
}

#else

struct task_struct___ending {
	__s32 exit_code;
	struct signal_struct *signal;
} __attribute__((preserve_access_index));

typedef struct {
	__s32 counter;
} __attribute__((preserve_access_index)) atomic_t;

struct signal_struct {
	atomic_t live; /* threads, without this one by now */
} __attribute__((preserve_access_index));

SEC("tp_btf/sched_process_exit")
int exit_tp_btf(__u64 *ctx)
{
	const struct task_struct___ending *task = (const void *)ctx[0];

	return emit(ctx, task->exit_code, !task->signal->live.counter);
}

static __always_inline int emit_task(void *ctx, const struct task_struct___ending *task)
{
	return emit(ctx, BPF_CORE_READ(task, exit_code),
		    !BPF_CORE_READ(task, signal, live.counter));
}

SEC("raw_tracepoint/sched_process_exit")
int exit_raw_tracepoint(__u64 *ctx)
{
	return emit_task(ctx, (const void *)ctx[0]);
}

/* What the tracepoint says of the thread has moved; it is the current one. */
SEC("tracepoint/sched/sched_process_exit")
int exit_tracepoint(void *ctx)
{
	return emit_task(ctx, (const void *)bpf_get_current_task());
}

#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
