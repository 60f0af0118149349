/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* kernel functions: a strong one, and a weak one behind a check */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_no_such_kfunc(void) __ksym __weak;

SEC("tp_btf/sched_process_exit")
int strong(void *ctx)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return 0;
}

SEC("tp_btf/sched_process_fork")
int weak(void *ctx)
{
	if (bpf_no_such_kfunc)
		bpf_no_such_kfunc();
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
