/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * toy.bpf.c - a record by three means with few needs: an object whose requirements are known by
 * heart
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "record.h"

struct toy_event {
	__u32 pid;
	__u32 tid;
};
RECORD(toy_event);

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

static __always_inline int toy(void *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct toy_event event = {.pid = id >> 32, .tid = (__u32)id};

	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

SEC("kprobe/vfs_open")
int toy_kprobe(void *ctx)
{
	return toy(ctx);
}

SEC("tracepoint/syscalls/sys_enter_getpid")
int toy_tracepoint(void *ctx)
{
	return toy(ctx);
}

SEC("raw_tracepoint/sys_enter")
int toy_raw_tracepoint(void *ctx)
{
	return toy(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
