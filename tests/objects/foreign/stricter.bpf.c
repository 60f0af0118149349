/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* an option that no kernel has */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int CONFIG_NO_SUCH_OPTION __kconfig;

SEC("raw_tp/sched_process_exit")
int needs_option(void *ctx)
{
	return CONFIG_NO_SUCH_OPTION;
}

char LICENSE[] SEC("license") = "GPL";
