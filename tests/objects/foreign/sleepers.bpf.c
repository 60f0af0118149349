/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* programs that may sleep, and one that must not */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(on_call, const struct pt_regs *regs)
{
	char byte;

	bpf_copy_from_user(&byte, 1, (void *)5);
	return 0;
}

SEC("lsm.s/file_open")
int BPF_PROG(on_hook)
{
	char byte;

	bpf_copy_from_user(&byte, 1, (void *)5);
	return 0;
}

SEC("fentry.s/schedule")
int BPF_PROG(on_function)
{
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(must_not)
{
	char byte;

	bpf_copy_from_user(&byte, 1, (void *)5);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
