/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* maps without keys */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 64);
	__uint(key_size, 0);
	__uint(value_size, sizeof(__u32));
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 64);
	__type(value, __u64);
} stack SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 1000);
	__uint(map_extra, 3);
	__type(value, __u32);
} seen SEC(".maps");

SEC("raw_tp/sched_process_exit")
int queues(void *ctx)
{
	__u32 pid = (__u32)bpf_get_current_pid_tgid();
	__u64 now = 0;

	bpf_map_push_elem(&queue, &pid, BPF_EXIST);
	bpf_map_pop_elem(&stack, &now);
	return 0;
}

SEC("raw_tp/sched_process_fork")
int filters(void *ctx)
{
	__u32 pid = (__u32)bpf_get_current_pid_tgid();

	if (bpf_map_peek_elem(&seen, &pid))
		bpf_map_push_elem(&seen, &pid, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
