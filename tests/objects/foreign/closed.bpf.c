/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* not GPL compatible */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("raw_tp/sched_process_exit")
int restricted(void *ctx)
{
	return bpf_ktime_get_ns() > 5 && bpf_get_current_task() != 0;
}

SEC("xdp")
int unrestricted(struct xdp_md *xdp)
{
	return bpf_get_smp_processor_id() ? XDP_PASS : XDP_DROP;
}

SEC("kprobe/vfs_open")
int reads(void *ctx)
{
	char byte;

	return bpf_probe_read_kernel(&byte, 1, ctx);
}

char LICENSE[] SEC("license") = "Apache-2.0";
