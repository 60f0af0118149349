/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* counters of perf events, and what changes the flow of others */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(map_flags, 1 << 11 /* BPF_F_PRESERVE_ELEMS, 5.11 */);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} kept SEC(".maps");

SEC("kprobe/finish_task_switch")
int BPF_KPROBE(reads)
{
	struct bpf_perf_event_value value;

	return bpf_perf_event_read_value(&counters, BPF_F_CURRENT_CPU, &value, sizeof(value)) == 0;
}

SEC("raw_tp/sched_switch")
int reads_kept(void *ctx)
{
	struct bpf_perf_event_value value;

	return bpf_perf_event_read_value(&kept, BPF_F_CURRENT_CPU, &value, sizeof(value)) == 0;
}

SEC("kprobe/vfs_open")
int BPF_KPROBE(overrides)
{
	bpf_override_return(ctx, -12);
	return 0;
}

SEC("kprobe/should_failslab")
int BPF_KPROBE(overrides_what_may_fail)
{
	bpf_override_return(ctx, -12);
	return 0;
}

SEC("kprobe/vfs_open")
int BPF_KPROBE(signals)
{
	return bpf_send_signal(0);
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int signals_thread(void *ctx)
{
	return bpf_send_signal_thread(0);
}

SEC("raw_tp/sys_enter")
int jiffies(void *ctx)
{
	return bpf_jiffies64() > 5 && bpf_get_current_ancestor_cgroup_id(1) > 5;
}

SEC("raw_tp/sys_exit")
int clocks(void *ctx)
{
	return bpf_ktime_get_coarse_ns() > 5 && bpf_get_numa_node_id() > 1;
}

SEC("raw_tp/sched_wakeup")
int namespaces(void *ctx)
{
	struct bpf_pidns_info info;

	return bpf_get_ns_current_pid_tgid(4, 5, &info, sizeof(info)) == 0;
}

char LICENSE[] SEC("license") = "GPL";
