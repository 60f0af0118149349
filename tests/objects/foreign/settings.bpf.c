/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* global variables of every kind */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 limit = 10;
const volatile struct {
	char name[16];
	_Bool verbose;
} options = {.name = "all"};
__u64 total;
__u64 started = 1;
static __u32 hidden;
static volatile __u64 kept = 5;
__u32 apart SEC(".data.apart") = 7;
static const char table[] = {1, 2, 3, 4, 5, 6, 7, 8};

SEC("raw_tp/sched_process_exit")
int reads_constant(void *ctx)
{
	return bpf_get_smp_processor_id() > limit || options.verbose;
}

SEC("raw_tp/sched_process_fork")
int writes_zeroed(void *ctx)
{
	__sync_fetch_and_add(&total, 1);
	hidden++;
	return 0;
}

SEC("raw_tp/sched_process_exec")
int writes_initialised(void *ctx)
{
	started = bpf_ktime_get_ns();
	kept++;
	return 0;
}

SEC("raw_tp/sched_switch")
int writes_apart(void *ctx)
{
	apart += table[bpf_get_smp_processor_id() & 7] + hidden;
	return 0;
}

SEC("raw_tp/sched_wakeup")
int prints(void *ctx)
{
	char text[32];

	bpf_get_current_comm(text, sizeof(text));
	return bpf_strncmp(text, 5, "bash");
}

char LICENSE[] SEC("license") = "GPL";
