/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* what libbpf found in the kernel's configuration */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct configured_event {
	__u64 hz, nobody;
};
const struct configured_event *unused_configured_event __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

extern unsigned long CONFIG_HZ __kconfig;
extern unsigned int CONFIG_NOBODY_HAS_THIS __kconfig __weak;

SEC("raw_tp/sched_process_exec")
int configured_raw_tp(void *context)
{
	struct configured_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	event->hz = CONFIG_HZ;
	event->nobody = CONFIG_NOBODY_HAS_THIS;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
