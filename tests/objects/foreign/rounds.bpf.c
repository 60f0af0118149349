/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* loops: bounded, called back, open-coded, endless */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

struct walk {
	__u64 sum;
	__u32 limit;
};

static long visit(void *map, const __u32 *key, __u64 *value, struct walk *walk)
{
	walk->sum += *value;
	return walk->sum > walk->limit;
}

static long turn(__u32 index, struct walk *walk)
{
	__u32 key = index & 63;
	__u64 *value = bpf_map_lookup_elem(&values, &key);

	if (value)
		walk->sum += *value;
	return 0;
}

static long outer(__u32 index, struct walk *walk)
{
	return bpf_loop(8, turn, walk, 0) < 0;
}

SEC("raw_tp/sched_process_exec")
int counts_down(void *ctx)
{
	char text[64];
	int i, spaces = 0;

	bpf_get_current_comm(text, 16);
#pragma clang loop unroll(disable)
	for (i = 0; i < 16; i++)
		if (text[i] == ' ')
			spaces++;
	return spaces;
}

SEC("raw_tp/sched_process_fork")
int walks(void *ctx)
{
	struct walk walk = {.limit = 100};

	bpf_for_each_map_elem(&table, visit, &walk, 0);
	return walk.sum > 5;
}

SEC("raw_tp/sched_process_exit")
int nests(void *ctx)
{
	struct walk walk = {.limit = 100};

	bpf_loop(100, outer, &walk, 0);
	return walk.sum > 5;
}

SEC("raw_tp/sched_wakeup")
int large_loop(void *ctx)
{
	__u64 sum = 0;
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < 10000; i++)
		sum += bpf_get_prandom_u32() & 1;
	return sum > 5;
}

char LICENSE[] SEC("license") = "GPL";
