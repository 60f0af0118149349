/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* maps that forget, maps of each processor, a trie */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct prefix {
	__u32 length;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 128);
	__type(key, __u32);
	__type(value, __u64);
} recent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 128);
	__type(key, __u32);
	__type(value, __u64);
} recent_here SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[4096]);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16);
	__type(key, struct prefix);
	__type(value, __u32);
} routes SEC(".maps");

SEC("raw_tracepoint/sched_process_exit")
int remembers(void *ctx)
{
	__u32 pid = (__u32)bpf_get_current_pid_tgid(), zero = 0;
	__u64 now = bpf_ktime_get_ns();
	char *buffer = bpf_map_lookup_elem(&scratch, &zero);

	bpf_map_update_elem(&recent, &pid, &now, BPF_ANY);
	bpf_map_update_elem(&recent_here, &pid, &now, BPF_ANY);
	if (buffer)
		bpf_get_current_comm(buffer, 16);
	return 0;
}

SEC("xdp")
int matches(struct xdp_md *ctx)
{
	struct prefix key = {.length = 32, .address = {10, 0, 0, 1}};

	return bpf_map_lookup_elem(&routes, &key) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
