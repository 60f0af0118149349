/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* symbols of the kernel: typed, untyped, weak */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct rq {
	int cpu;
} __attribute__((preserve_access_index));

extern const struct rq runqueues __ksym;
extern const void bpf_prog_active __ksym __weak;

SEC("raw_tracepoint/sched_process_exit")
int typed(void *ctx)
{
	const struct rq *rq = bpf_per_cpu_ptr(&runqueues, 0);

	return rq ? rq->cpu : 0;
}

SEC("raw_tracepoint/sched_process_fork")
int untyped(void *ctx)
{
	return &bpf_prog_active != 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
