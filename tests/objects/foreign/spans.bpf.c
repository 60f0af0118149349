/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* the newest ways to a function: entry and exit by one program, many functions by one */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("fsession/vfs_open")
int BPF_PROG(spans)
{
	return 0;
}

SEC("fsession/no_such_function")
int BPF_PROG(spans_nothing)
{
	return 0;
}

SEC("fentry.multi/vfs_*")
int BPF_PROG(enters_many)
{
	return 0;
}

SEC("fexit.multi.s")
int BPF_PROG(leaves_many)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
