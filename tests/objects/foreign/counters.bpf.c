/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* atomic operations with and without a result */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 plain, fetched, exchanged, compared, combined;

SEC("raw_tp/sched_process_exec")
int adds(void *ctx)
{
	__sync_fetch_and_add(&plain, 1);
	return 0;
}

SEC("raw_tp/sched_process_fork")
int fetches(void *ctx)
{
	return __sync_fetch_and_add(&fetched, 1) > 100;
}

SEC("raw_tp/sched_process_exit")
int swaps(void *ctx)
{
	__u64 old = __sync_lock_test_and_set(&exchanged, 5);

	return __sync_val_compare_and_swap(&compared, old, 6) == 1;
}

SEC("raw_tp/sched_switch")
int combines(void *ctx)
{
	__sync_fetch_and_or(&combined, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
