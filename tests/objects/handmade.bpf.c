/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a tracepoint gives, written down by hand: one of the structs is longer than some kernels'
 * is. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct long_exec {
	__u64 common;
	__u32 filename, pid, old_pid, added_on_some_kernel;
};
struct short_exec {
	__u64 common;
	__u32 filename, pid, old_pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

static __always_inline int tell(__u32 number)
{
	__u32 *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	if (!record)
		return 0;
	*record = number;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("tp/sched/sched_process_exec")
int by_long_struct(struct long_exec *ctx)
{
	return tell(ctx->added_on_some_kernel);
}

SEC("tp/sched/sched_process_exec")
int by_short_struct(struct short_exec *ctx)
{
	return tell(ctx->old_pid);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
