/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* symbols and functions of the kernel that may be missing */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct task_struct;

extern const void bpf_link_fops __ksym __weak;
extern const int no_such_variable __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;
extern void no_such_kfunc(struct task_struct *task) __ksym __weak;

SEC("raw_tp/sched_process_exit")
int may_lack_symbol(void *ctx)
{
	return (long)&bpf_link_fops != 0;
}

SEC("raw_tp/sched_process_fork")
int may_lack_variable(void *ctx)
{
	return &no_such_variable ? no_such_variable : 0;
}

SEC("tp_btf/sched_process_exec")
int may_lack_kfunc(void *ctx)
{
	if (bpf_rcu_read_lock && bpf_rcu_read_unlock) {
		bpf_rcu_read_lock();
		bpf_rcu_read_unlock();
	}
	return 0;
}

SEC("tp_btf/sched_process_free")
int BPF_PROG(lacks_kfunc, struct task_struct *task)
{
	if (no_such_kfunc)
		no_such_kfunc(task);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
