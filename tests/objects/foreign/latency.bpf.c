/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* how long tasks wait for a processor, by typed and by raw tracepoints */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct task_struct {
	int pid, tgid;
	unsigned int __state;
	char comm[16];
} __attribute__((preserve_access_index));

struct task_struct___5_13 {
	long state;
} __attribute__((preserve_access_index));

struct hist {
	__u32 slots[32];
	char comm[16];
};

const volatile _Bool by_pid = 0, milliseconds = 0, filter_group = 0;
const volatile int wanted = 0;

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} group SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, __u64);
} start SEC(".maps");

static struct hist zero;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, struct hist);
} hists SEC(".maps");

static __always_inline int enqueue(__u32 tgid, __u32 pid)
{
	__u64 now;

	if (!pid || (wanted && wanted != tgid))
		return 0;
	now = bpf_ktime_get_ns();
	bpf_map_update_elem(&start, &pid, &now, BPF_ANY);
	return 0;
}

static unsigned int state_of(void *task)
{
	struct task_struct *new = task;

	if (bpf_core_field_exists(new->__state))
		return BPF_CORE_READ(new, __state);
	return BPF_CORE_READ((struct task_struct___5_13 *)task, state);
}

static __always_inline int switched(struct task_struct *prev, struct task_struct *next)
{
	__u32 pid, key;
	__u64 *then;
	struct hist *hist;
	long delta;

	if (state_of(prev) == 0)
		enqueue(BPF_CORE_READ(prev, tgid), BPF_CORE_READ(prev, pid));
	pid = BPF_CORE_READ(next, pid);
	then = bpf_map_lookup_elem(&start, &pid);
	if (!then)
		return 0;
	delta = bpf_ktime_get_ns() - *then;
	if (delta < 0)
		goto cleanup;
	key = by_pid ? BPF_CORE_READ(next, tgid) : -1;
	hist = bpf_map_lookup_elem(&hists, &key);
	if (!hist) {
		bpf_map_update_elem(&hists, &key, &zero, BPF_NOEXIST);
		hist = bpf_map_lookup_elem(&hists, &key);
	}
	if (!hist)
		goto cleanup;
	if (!hist->comm[0])
		bpf_probe_read_kernel_str(&hist->comm, sizeof(hist->comm), next->comm);
	delta /= milliseconds ? 1000000U : 1000U;
	__sync_fetch_and_add(&hist->slots[delta > 1000 ? 1 : 0], 1);
cleanup:
	bpf_map_delete_elem(&start, &pid);
	return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(latency_wakeup_typed, struct task_struct *p)
{
	if (filter_group && !bpf_current_task_under_cgroup(&group, 0))
		return 0;
	return enqueue(p->tgid, p->pid);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(latency_switch_typed, _Bool preempt, struct task_struct *prev,
	     struct task_struct *next)
{
	return switched(prev, next);
}

SEC("raw_tp/sched_wakeup")
int BPF_PROG(latency_wakeup_raw, struct task_struct *p)
{
	return enqueue(BPF_CORE_READ(p, tgid), BPF_CORE_READ(p, pid));
}

SEC("raw_tp/sched_switch")
int BPF_PROG(latency_switch_raw, _Bool preempt, struct task_struct *prev, struct task_struct *next)
{
	return switched(prev, next);
}

char LICENSE[] SEC("license") = "GPL";
