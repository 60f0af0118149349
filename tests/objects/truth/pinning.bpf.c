/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A pinning value that libbpf does not know: it refuses to open the object. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
	__uint(pinning, 7);
} kept SEC(".maps");

SEC("raw_tp/sched_process_exec")
int keeps(void *ctx)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&kept, &zero) != 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
