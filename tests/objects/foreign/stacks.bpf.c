/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* where tasks leave the processor */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/bpf_perf_event.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct task_struct {
	int pid, tgid, flags;
	void *mm;
	char comm[16];
} __attribute__((preserve_access_index));

struct key {
	__u32 pid, tgid;
	int user, kernel;
};

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 50 * sizeof(__u64));
	__uint(max_entries, 1024);
} traces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(map_flags, BPF_F_STACK_BUILD_ID);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 10 * sizeof(struct bpf_stack_build_id));
	__uint(max_entries, 128);
} builds SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[64]);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, struct key);
	__type(value, __u64);
} counts SEC(".maps");

SEC("tp_btf/sched_switch")
int BPF_PROG(leaves, _Bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct key key = {.pid = prev->pid, .tgid = prev->tgid};
	__u64 one = 1;

	if (prev->flags & 0x200000)
		return 0;
	key.kernel = bpf_get_stackid(ctx, &traces, 0);
	key.user = bpf_get_stackid(ctx, &traces, BPF_F_USER_STACK);
	bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST);
	return 0;
}

SEC("raw_tp/sched_switch")
int leaves_raw(void *ctx)
{
	__u32 zero = 0;
	__u64 *stack = bpf_map_lookup_elem(&scratch, &zero);

	if (stack)
		bpf_get_stack(ctx, stack, sizeof(__u64[64]), 0);
	return 0;
}

SEC("perf_event")
int samples(struct bpf_perf_event_data *ctx)
{
	struct bpf_perf_event_value value;

	bpf_perf_prog_read_value(ctx, &value, sizeof(value));
	return bpf_get_stackid(ctx, &builds, BPF_F_USER_STACK) < 0;
}

SEC("perf_event")
int branches(struct bpf_perf_event_data *ctx)
{
	__u64 entries[24] = {};

	return bpf_read_branch_records(ctx, entries, sizeof(entries), 0) > 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(another_stack, struct task_struct *task)
{
	__u32 zero = 0;
	__u64 *stack = bpf_map_lookup_elem(&scratch, &zero);

	if (stack)
		bpf_get_task_stack(task, stack, sizeof(__u64[64]), 0);
	return 0;
}

SEC("kprobe/do_exit")
int BPF_KPROBE(exits)
{
	return bpf_get_stackid(ctx, &traces, 0) > 0;
}

char LICENSE[] SEC("license") = "GPL";
