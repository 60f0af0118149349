/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* what the kernel was configured with */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern unsigned int LINUX_KERNEL_VERSION __kconfig;
extern _Bool CONFIG_BPF_SYSCALL __kconfig;
extern int CONFIG_HZ __kconfig __weak;
extern enum libbpf_tristate CONFIG_NO_SUCH_THING __kconfig __weak;

#define VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))

SEC("raw_tp/sched_process_exit")
int by_version(void *ctx)
{
	if (LINUX_KERNEL_VERSION >= VERSION(5, 11, 0))
		return bpf_ktime_get_ns() > 1;
	return 0;
}

SEC("raw_tp/sched_process_fork")
int by_version_guarded(void *ctx)
{
	if (LINUX_KERNEL_VERSION >= VERSION(6, 1, 0))
		return bpf_ktime_get_tai_ns() > 1;
	return bpf_ktime_get_ns() > 1;
}

SEC("raw_tp/sched_process_exec")
int by_option(void *ctx)
{
	if (CONFIG_BPF_SYSCALL && CONFIG_HZ > 100)
		return 1;
	return CONFIG_NO_SUCH_THING == TRI_MODULE;
}

char LICENSE[] SEC("license") = "GPL";
