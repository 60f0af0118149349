/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* a license that is not GPL compatible */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("raw_tracepoint/sched_process_exit")
int restricted(void *ctx)
{
	return bpf_get_current_task() != 0;
}

SEC("raw_tracepoint/sched_process_fork")
int free_for_all(void *ctx)
{
	return bpf_get_smp_processor_id();
}

SEC("lsm/file_open")
int hook(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Proprietary";
