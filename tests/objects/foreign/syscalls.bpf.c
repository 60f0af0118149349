/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* system calls by their names and by the functions that serve them */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("ksyscall/getpgid")
int BPF_KPROBE(enters)
{
	return 0;
}

SEC("kretsyscall/getpgid")
int BPF_KRETPROBE(leaves, long ret)
{
	return 0;
}

SEC("ksyscall/no_such_call")
int BPF_KPROBE(enters_nothing)
{
	return 0;
}

SEC("fentry/__x64_sys_getpgid")
int BPF_PROG(enters_wrapper, const struct pt_regs *regs)
{
	return 0;
}

SEC("fexit/__x64_sys_getpgid")
int BPF_PROG(leaves_wrapper, const struct pt_regs *regs, long ret)
{
	return 0;
}

SEC("tracepoint/raw_syscalls/sys_enter")
int every(void *ctx)
{
	return 0;
}

SEC("raw_tp/sys_exit")
int every_raw(struct bpf_raw_tracepoint_args *ctx)
{
	return ctx->args[1] == 5;
}

SEC("tracepoint/syscalls/sys_enter_no_such_call")
int nothing(void *ctx)
{
	return 0;
}

SEC("tracepoint/sys_enter_getpgid")
int no_category(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
