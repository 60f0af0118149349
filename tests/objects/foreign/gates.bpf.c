/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* code that depends on what the kernel has, in the ways that tools ask */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct task_struct {
	int pid;
	unsigned int __state;
} __attribute__((preserve_access_index));
struct task_struct___before {
	long state;
} __attribute__((preserve_access_index));
struct task_struct___none {
	int neither_here_nor_there;
} __attribute__((preserve_access_index));
struct bpf_iter_num___gate;
struct bpf_ringbuf {
	int x;
} __attribute__((preserve_access_index));
struct no_such_struct {
	int member;
} __attribute__((preserve_access_index));
enum bpf_func_id___gate {
	BPF_FUNC_ringbuf_output___gate = 130,
};
enum zone_stat_item {
	NR_FREE_PAGES,
	NR_NOWHERE,
};

extern unsigned int LINUX_KERNEL_VERSION __kconfig;
extern _Bool CONFIG_NUMA __kconfig __weak;
extern const void no_such_kernel_symbol __ksym __weak;
extern const void vfs_open __ksym __weak;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

static long (*not_yet)(void) = (void *)5000;

SEC("raw_tp/sched_process_exec")
int ring_or_perf(void *ctx)
{
	__u64 now = bpf_ktime_get_ns();

	if (bpf_core_type_exists(struct bpf_ringbuf))
		bpf_ringbuf_output(&ring, &now, sizeof(now), 0);
	else
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &now, sizeof(now));
	return 0;
}

SEC("raw_tp/sched_process_exit")
int by_version(void *ctx)
{
	if (LINUX_KERNEL_VERSION >= (99 << 16))
		return not_yet();
	return 0;
}

SEC("raw_tp/sched_process_fork")
int by_old_version(void *ctx)
{
	if (LINUX_KERNEL_VERSION < (4 << 16))
		return not_yet();
	return bpf_get_prandom_u32() & 1;
}

SEC("raw_tp/sched_switch")
int by_symbol(void *ctx)
{
	if (&no_such_kernel_symbol)
		return not_yet();
	return &vfs_open ? 1 : 0;
}

SEC("raw_tp/sched_wakeup")
int by_value(void *ctx)
{
	if (bpf_core_enum_value_exists(enum zone_stat_item, NR_NOWHERE))
		return not_yet();
	return bpf_core_enum_value(enum zone_stat_item, NR_FREE_PAGES);
}

SEC("raw_tp/sched_wakeup_new")
int value_missing(void *ctx)
{
	return bpf_core_enum_value(enum zone_stat_item, NR_NOWHERE);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(either_field, struct task_struct *task)
{
	struct task_struct___before *old = (void *)task;

	if (bpf_core_field_exists(old->state))
		return old->state > 5;
	return task->__state > 5;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(neither_field, struct task_struct *task)
{
	struct task_struct___none *none = (void *)task;

	return BPF_CORE_READ(none, neither_here_nor_there) * 0;
}

SEC("tp_btf/sched_process_free")
int BPF_PROG(asked_first, struct task_struct *task)
{
	struct task_struct___none *none = (void *)task;

	if (bpf_core_field_exists(none->neither_here_nor_there))
		return none->neither_here_nor_there * 0;
	return 0;
}

SEC("raw_tp/sched_process_wait")
int by_option(void *ctx)
{
	return CONFIG_NUMA ? bpf_get_numa_node_id() : 0;
}

SEC("raw_tp/sched_stat_runtime")
int both_ways_missing(void *ctx)
{
	if (bpf_core_type_exists(struct no_such_struct))
		return not_yet();
	return not_yet();
}

SEC("raw_tp/sched_migrate_task")
int sizes(void *ctx)
{
	return bpf_core_type_size(struct no_such_struct) +
	       bpf_core_field_size(struct task_struct, pid);
}

char LICENSE[] SEC("license") = "GPL";
