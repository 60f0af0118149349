/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* programs for targets that do not suit them, on some kernels or on all: see
 * tests/kernels/unfit.yaml */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct unfit_event {
	__u32 pid;
};
/* The type of a pointer is not kept unless something has it. */
struct unfit_event *unused __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

static __always_inline int emit(void)
{
	struct unfit_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

#define PROGRAM(section, name)           \
	SEC(section) int name(void *ctx) \
	{                                \
		(void)ctx;               \
		return emit();           \
	}

PROGRAM("fentry/featsel_no_such_function", missing)
PROGRAM("kprobe/get_kprobe", blacklisted)
PROGRAM("kprobe/t_next", ambiguous)
PROGRAM("fentry/do_mmap", wide)
PROGRAM("lsm/file_open", hook)
PROGRAM("kprobe.multi/vm_mmap_pgoff", multi)
PROGRAM("raw_tracepoint/sched_process_exec", fit)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
