/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* sections that are no targets: user space puts one in their place */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("kprobe/generic_kprobe")
int BPF_KPROBE(generic_kprobe)
{
	return 0;
}

SEC("kprobe/dummy_kprobe")
int BPF_KPROBE(dummy_kprobe)
{
	return 0;
}

SEC("fentry/dummy_fentry")
int BPF_PROG(dummy_fentry)
{
	return 0;
}

SEC("kprobe")
int BPF_KPROBE(bare_kprobe)
{
	return 0;
}

SEC("fentry")
int BPF_PROG(bare_fentry)
{
	return 0;
}

SEC("kprobe.multi")
int bare_multi(void *ctx)
{
	return 0;
}

SEC("tracepoint")
int bare_tracepoint(void *ctx)
{
	return 0;
}

SEC("raw_tp")
int bare_raw_tracepoint(void *ctx)
{
	return 0;
}

SEC("usdt")
int bare_usdt(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
