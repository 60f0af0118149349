/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* every other way to name a target */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("kprobe.multi/tcp_*")
int a_multi(void *ctx)
{
	return 0;
}

SEC("kretprobe/vfs_open")
int a_return(void *ctx)
{
	return 0;
}

SEC("ksyscall/openat")
int a_syscall(void *ctx)
{
	return 0;
}

SEC("uprobe//bin/sh:main+0x4")
int a_uprobe(void *ctx)
{
	return 0;
}

SEC("usdt/libc.so.6:libc:setjmp")
int a_usdt(void *ctx)
{
	return 0;
}

SEC("perf_event")
int a_perf_event(void *ctx)
{
	return 0;
}

SEC("lsm/file_open")
int a_hook(void *ctx)
{
	return 0;
}

SEC("iter/task")
int an_iterator(void *ctx)
{
	return 0;
}

SEC("tp/sched/sched_process_exec")
int a_tracepoint(void *ctx)
{
	return 0;
}

SEC("fexit/do_unlinkat")
int an_exit(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
