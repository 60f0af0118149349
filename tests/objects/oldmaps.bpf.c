/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* maps in the section that libbpf 1.0 gave up */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__u32 type, key_size, value_size, max_entries, flags;
} table SEC("maps") = {BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0};

SEC("raw_tracepoint/sched_process_exit")
int looks(void *ctx)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&table, &zero) != 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
