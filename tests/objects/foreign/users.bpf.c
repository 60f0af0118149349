/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* functions of programs */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} sizes SEC(".maps");

SEC("uprobe/libc.so.6:malloc")
int BPF_KPROBE(allocates, __u64 size)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	bpf_map_update_elem(&sizes, &tid, &size, BPF_ANY);
	return 0;
}

SEC("uretprobe/libc.so.6:malloc")
int BPF_KRETPROBE(allocated, void *address)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&sizes, &tid);
	return 0;
}

SEC("uprobe/libc.so.6:no_such_function")
int BPF_KPROBE(no_function)
{
	return 0;
}

SEC("uprobe//no/such/file:main")
int BPF_KPROBE(no_file)
{
	return 0;
}

SEC("uprobe.s/libc.so.6:free")
int BPF_KPROBE(may_sleep, void *address)
{
	char byte;

	bpf_copy_from_user(&byte, 1, address);
	return byte == 5;
}

SEC("uprobe.multi/libc.so.6:mallo*")
int many(struct pt_regs *ctx)
{
	return bpf_get_func_ip(ctx) > 5;
}

SEC("uretprobe.multi/libc.so.6:malloc")
int many_return(struct pt_regs *ctx)
{
	return 0;
}

SEC("uprobe.session/libc.so.6:malloc")
int session(struct pt_regs *ctx)
{
	return 0;
}

SEC("uprobe")
int BPF_KPROBE(given_later)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
