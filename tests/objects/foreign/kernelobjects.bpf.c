/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* objects of the kernel that programs hold on to */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct task_struct {
	int pid;
	struct task_struct *parent;
} __attribute__((preserve_access_index));

struct cgroup {
	int level;
} __attribute__((preserve_access_index));

struct bpf_cpumask {
	int usage;
} __attribute__((preserve_access_index));

struct kept {
	struct task_struct *task; /* without the tag that tells the kernel */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, int);
	__type(value, struct kept);
} tasks SEC(".maps");

extern struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern struct cgroup *bpf_cgroup_from_id(__u64 id) __ksym __weak;
extern void bpf_cgroup_release(struct cgroup *cgroup) __ksym __weak;
extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym __weak;
extern void bpf_cpumask_release(struct bpf_cpumask *mask) __ksym __weak;
extern void bpf_cpumask_set_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym __weak;

SEC("tp_btf/task_newtask")
int BPF_PROG(keeps, struct task_struct *task, __u64 flags)
{
	struct kept empty = {}, *kept;
	struct task_struct *held, *old;
	int pid = task->pid;

	bpf_map_update_elem(&tasks, &pid, &empty, BPF_NOEXIST);
	kept = bpf_map_lookup_elem(&tasks, &pid);
	if (!kept)
		return 0;
	held = bpf_task_acquire(task);
	if (!held)
		return 0;
	old = bpf_kptr_xchg(&kept->task, held);
	if (old)
		bpf_task_release(old);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(leaks, struct task_struct *task, __u64 flags)
{
	return bpf_task_acquire(task) ? 0 : 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(masks, struct task_struct *task, __u64 flags)
{
	struct bpf_cpumask *mask;

	if (!bpf_cpumask_create)
		return 0;
	mask = bpf_cpumask_create();
	if (!mask)
		return 0;
	bpf_cpumask_set_cpu(0, mask);
	bpf_cpumask_release(mask);
	return 0;
}

SEC("syscall")
int groups(void *ctx)
{
	struct cgroup *cgroup;

	if (!bpf_cgroup_from_id)
		return 0;
	cgroup = bpf_cgroup_from_id(1);
	if (cgroup)
		bpf_cgroup_release(cgroup);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
