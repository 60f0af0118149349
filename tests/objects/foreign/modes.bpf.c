/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* the less common forms of sections */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

SEC("raw_tp.w/nbd_send_request")
int of_a_module(struct bpf_raw_tracepoint_args *ctx)
{
	return 0;
}

SEC("raw_tracepoint.w/sched_switch")
int not_writable(struct bpf_raw_tracepoint_args *ctx)
{
	return 0;
}

SEC("fexit/do_unlinkat")
int BPF_PROG(leaves, int dfd, void *name, long ret)
{
	return 0;
}

SEC("fexit.s/__x64_sys_unlink")
int BPF_PROG(leaves_asleep)
{
	return 0;
}

SEC("fmod_ret/__x64_sys_getpgid")
int BPF_PROG(modifies)
{
	return 0;
}

SEC("fmod_ret.s/security_file_open")
int BPF_PROG(modifies_asleep, void *file, int ret)
{
	return ret;
}

SEC("fentry/bpf_fentry_test1")
int BPF_PROG(tests, int a)
{
	return 0;
}

SEC("fentry/vfs_statx")
int BPF_PROG(stats, int dfd, void *filename, int flags, void *stat, __u32 mask)
{
	return 0;
}

SEC("kprobe/vfs_open+0x5")
int BPF_KPROBE(inside)
{
	return 0;
}

SEC("kprobe/__x64_sys_openat")
int BPF_KPROBE(wrapper)
{
	return 0;
}

SEC("ksyscall/openat")
int BPF_KPROBE(call)
{
	return 0;
}

SEC("kprobe.multi/tcp_*")
int many(struct pt_regs *ctx)
{
	return 0;
}

SEC("kretprobe.multi/vfs_re*")
int many_leave(struct pt_regs *ctx)
{
	return 0;
}

SEC("uprobe//bin/sh:no_such_function")
int BPF_KPROBE(no_function)
{
	return 0;
}

SEC("uprobe/libc.so.6:free")
int BPF_KPROBE(frees, void *memory)
{
	return memory == 0;
}

SEC("uprobe.s/libc.so.6:free")
int BPF_KPROBE(frees_asleep, void *memory)
{
	return memory == 0;
}

SEC("uretprobe.s/libc.so.6:malloc")
int BPF_KRETPROBE(got_asleep, void *memory)
{
	return memory == 0;
}

SEC("iter.s/bpf_map")
int maps_asleep(void *ctx)
{
	return 0;
}

SEC("lsm.s/task_alloc")
int BPF_PROG(may_not_sleep)
{
	return 0;
}

SEC("lsm.s/bprm_check_security")
int BPF_PROG(may_sleep)
{
	return 0;
}

SEC("lsm/bpf")
int BPF_PROG(guards, int cmd, void *attr, unsigned int size)
{
	return cmd > 100 ? -1 : 0;
}

SEC("lsm_cgroup/socket_bind")
int BPF_PROG(of_group, void *sock)
{
	return 1;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(states, void *sk, int old, int new)
{
	return 0;
}

SEC("tp/block/block_rq_issue")
int issues(void *ctx)
{
	return 0;
}

SEC("tracepoint/sched/sched_switch")
int switches(void *ctx)
{
	return 0;
}

SEC("syscall")
int runs(void *ctx)
{
	char byte;

	return bpf_copy_from_user(&byte, 1, (void *)5);
}

SEC("sk_skb/stream_parser")
int parses(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("netkit/primary")
int of_pair(struct __sk_buff *skb)
{
	return -1;
}

SEC("tcx/egress")
int of_link(struct __sk_buff *skb)
{
	return -1;
}

SEC("tc/ingress")
int of_link_too(struct __sk_buff *skb)
{
	return -1;
}

SEC("cgroup/getsockname_unix")
int names(struct bpf_sock_addr *ctx)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
