/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* variables of the kernel's configuration, one of them weak */
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig;
extern unsigned int CONFIG_HZ __kconfig;
extern bool CONFIG_NO_SUCH_OPTION __kconfig __weak;

SEC("raw_tracepoint/sched_process_exit")
int reads(void *ctx)
{
	if (CONFIG_NO_SUCH_OPTION)
		return bpf_get_current_task_btf() != 0;
	return CONFIG_BPF_SYSCALL && CONFIG_HZ > 100 && LINUX_KERNEL_VERSION > 0;
}

extern bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;

SEC("raw_tracepoint/sched_process_fork")
int wraps(void *ctx)
{
	if (LINUX_HAS_SYSCALL_WRAPPER)
		return bpf_ktime_get_boot_ns() > 5;
	return bpf_get_prandom_u32() > 5;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
