/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* helpers and fields behind checks that are decided when the program is loaded */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

enum bpf_func_id___new {
	BPF_FUNC_no_such_helper___new = 9999,
};

struct task_struct {
	int tgid;
} __attribute__((preserve_access_index));

struct task_struct___no {
	int no_such_field;
} __attribute__((preserve_access_index));

const volatile unsigned char wanted = 0;
const volatile unsigned char chosen = 1;
unsigned char changeable = 0;

SEC("raw_tracepoint/sched_process_exit")
int by_value(void *ctx)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id___new, BPF_FUNC_no_such_helper___new))
		return bpf_get_smp_processor_id() + (int)bpf_ktime_get_tai_ns();
	return (int)bpf_ktime_get_coarse_ns();
}

SEC("raw_tracepoint/sched_process_fork")
int by_field(void *ctx)
{
	struct task_struct___no *task = (void *)bpf_get_current_task();
	struct task_struct *real = (void *)task;

	if (bpf_core_field_exists(task->no_such_field))
		return BPF_CORE_READ(task, no_such_field);
	return BPF_CORE_READ(real, tgid);
}

SEC("raw_tracepoint/sched_process_exec")
int by_constant(void *ctx)
{
	__u64 now = 0;

	if (wanted)
		now = bpf_ktime_get_tai_ns();
	if (chosen)
		now += bpf_ktime_get_boot_ns();
	return now > 5;
}

SEC("raw_tracepoint/sched_switch")
int by_variable(void *ctx)
{
	return changeable ? (int)bpf_ktime_get_tai_ns() : 0;
}

static __noinline __u64 only_behind(void)
{
	return bpf_ktime_get_tai_ns();
}

SEC("raw_tracepoint/sched_wakeup")
int by_call(void *ctx)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id___new, BPF_FUNC_no_such_helper___new))
		return only_behind() > 1;
	return 0;
}

SEC("raw_tracepoint/sched_wakeup_new")
int on_both_sides(void *ctx)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id___new, BPF_FUNC_no_such_helper___new))
		bpf_get_prandom_u32();
	return (int)bpf_ktime_get_boot_ns();
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
