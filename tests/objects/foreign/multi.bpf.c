/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* many functions by one program */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u64);
} calls SEC(".maps");

static int count(void *ctx)
{
	__u64 ip = bpf_get_func_ip(ctx), one = 1, *calls_so_far;

	calls_so_far = bpf_map_lookup_elem(&calls, &ip);
	if (calls_so_far)
		++*calls_so_far;
	else
		bpf_map_update_elem(&calls, &ip, &one, BPF_NOEXIST);
	return 0;
}

SEC("kprobe.multi/vfs_open")
int kprobe_one(struct pt_regs *ctx)
{
	return count(ctx);
}

SEC("kretprobe.multi/vfs_open")
int kretprobe_one(struct pt_regs *ctx)
{
	return count(ctx);
}

SEC("kprobe.multi/no_such_function")
int kprobe_none(struct pt_regs *ctx)
{
	return count(ctx);
}

SEC("kprobe.session/vfs_open")
int kprobe_session(struct pt_regs *ctx)
{
	return count(ctx);
}

char LICENSE[] SEC("license") = "GPL";
