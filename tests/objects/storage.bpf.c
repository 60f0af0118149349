/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* maps that have no size of their own */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} storage SEC(".maps");

SEC("tp_btf/sched_process_exit")
int stores(void *ctx)
{
	__u64 *value = bpf_task_storage_get(&storage, bpf_get_current_task_btf(), 0,
					    BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (value)
		*value += 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
