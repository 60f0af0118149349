/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs whose names say to which event they belong, with and without words for a means. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define PROGRAM(section, name) \
	SEC(section)           \
	int name(void *ctx)    \
	{                      \
		return 0;      \
	}

PROGRAM("raw_tp/sched_process_exit", watch_gone)
PROGRAM("kprobe/vfs_open", watch_kprobe)
PROGRAM("kprobe/vfs_read", watch_at_kprobe)
PROGRAM("fentry/vfs_read", watch_at_fentry)
PROGRAM("kretprobe/vfs_write", span_kprobe_exit)
PROGRAM("kprobe/vfs_write", span_kprobe_enter)
PROGRAM("kprobe/vfs_fsync", lone_exit)
PROGRAM("perf_event", exec_perf)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
