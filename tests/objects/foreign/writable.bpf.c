/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* tracepoints whose arguments may be changed */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("raw_tp.w/bpf_test_finish")
int not_writable_in_most(struct bpf_raw_tracepoint_args *ctx)
{
	return 0;
}

SEC("raw_tp.w/no_such_tracepoint")
int nothing(struct bpf_raw_tracepoint_args *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
