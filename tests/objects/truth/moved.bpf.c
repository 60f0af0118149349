/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The context read through a pointer that was moved: allowed at offset 0 only ("dereference of
 * modified ctx ptr"). */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("cgroup/dev")
int shifted(struct bpf_cgroup_dev_ctx *ctx)
{
	int value;

	asm volatile("r2 = %[ctx]; r2 += 4; %[value] = *(u32 *)(r2 + 0)"
		     : [value] "=r"(value)
		     : [ctx] "r"(ctx)
		     : "r2");
	return value & 1;
}

SEC("cgroup/dev")
int straight(struct bpf_cgroup_dev_ctx *ctx)
{
	int value;

	asm volatile("r2 = %[ctx]; %[value] = *(u32 *)(r2 + 4)"
		     : [value] "=r"(value)
		     : [ctx] "r"(ctx)
		     : "r2");
	return value & 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
