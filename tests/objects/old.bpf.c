/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* what every kernel since 4.18 can load */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

struct old_event {
	__u64 timestamp;
	__u32 pid;
};

SEC("kprobe/vfs_open")
int old_kprobe(void *ctx)
{
	struct old_event event;

	__builtin_memset(&event, 0, sizeof(event));
	event.timestamp = bpf_ktime_get_ns();
	event.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

/* Makes the compiler describe the struct. */
const struct old_event *unused __attribute__((unused));

char LICENSE[] SEC("license") = "Dual BSD/GPL";
