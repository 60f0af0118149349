/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* programs that user space runs */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct context {
	int number;
};

SEC("syscall")
int runs(struct context *ctx)
{
	union bpf_attr attr = {};

	ctx->number = bpf_sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	return 0;
}

SEC("syscall")
int closes(struct context *ctx)
{
	return bpf_sys_close(ctx->number);
}

char LICENSE[] SEC("license") = "GPL";
