/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* probes that a program carries */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
typedef _Bool bool;
#include <bpf/usdt.bpf.h>

SEC("usdt/libc.so.6:libc:setjmp")
int BPF_USDT(jumps, void *buffer)
{
	return bpf_usdt_arg_cnt(ctx) > 5;
}

SEC("usdt/libc.so.6:libc:no_such_probe")
int BPF_USDT(nothing)
{
	return 0;
}

SEC("usdt//no/such/file:libc:setjmp")
int BPF_USDT(nowhere)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
