/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* what helpers tell of the traced function */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("fentry/vfs_open")
int BPF_PROG(counts)
{
	__u64 value = 0;

	if (bpf_get_func_arg_cnt(ctx) > 1)
		bpf_get_func_arg(ctx, 0, &value);
	return 0;
}

SEC("fexit/vfs_open")
int BPF_PROG(returns)
{
	__u64 value = 0;

	bpf_get_func_ret(ctx, &value);
	return 0;
}

SEC("kprobe/vfs_open")
int BPF_KPROBE(where)
{
	return bpf_get_func_ip(ctx) + bpf_get_attach_cookie(ctx) > 5;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(registers)
{
	return bpf_task_pt_regs(bpf_get_current_task_btf()) != 0;
}

SEC("raw_tp/sched_switch")
int cookie(void *ctx)
{
	return bpf_get_attach_cookie(ctx) > 5;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(too_many, void *parent, void *child, void *third)
{
	return third != 0;
}

char LICENSE[] SEC("license") = "GPL";
