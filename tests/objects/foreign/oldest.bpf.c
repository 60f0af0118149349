/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* what an old compiler made */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

struct event {
	__u64 time;
	__u32 pid;
	char comm[16];
};

SEC("kprobe/vfs_write")
int BPF_KPROBE(writes)
{
	struct event event = {};

	event.time = bpf_ktime_get_ns();
	event.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

SEC("raw_tracepoint/sys_enter")
int enters(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 id = ctx->args[1];
	__u64 one = 1, *count = bpf_map_lookup_elem(&table, &id);

	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&table, &id, &one, BPF_ANY);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_openat")
int opens(unsigned long *ctx)
{
	char text[64];

	return bpf_probe_read(text, sizeof(text), (void *)ctx[3]);
}

SEC("xdp")
int passes(struct xdp_md *xdp)
{
	return xdp->ingress_ifindex > 5 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
