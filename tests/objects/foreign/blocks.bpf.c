/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* each tracepoint as tp_btf and, for kernels without BTF, as raw_tp */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct request {
	unsigned int __data_len;
} __attribute__((preserve_access_index));

struct hist {
	__u32 slots[27];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct request *);
	__type(value, __u64);
} start SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hist);
} hists SEC(".maps");

static __always_inline int trace_start(struct request *rq)
{
	__u64 ts = bpf_ktime_get_ns();

	bpf_map_update_elem(&start, &rq, &ts, BPF_ANY);
	return 0;
}

static __always_inline int trace_done(struct request *rq, __u32 bytes)
{
	__u64 *ts = bpf_map_lookup_elem(&start, &rq), delta;
	struct hist *hist;
	__u32 key = 0, slot = 0;

	if (!ts)
		return 0;
	delta = bpf_ktime_get_ns() - *ts;
	hist = bpf_map_lookup_elem(&hists, &key);
	if (hist) {
		slot = delta > 1000000 ? 1 : bytes > 4096 ? 2 : 0;
		__sync_fetch_and_add(&hist->slots[slot], 1);
	}
	bpf_map_delete_elem(&start, &rq);
	return 0;
}

SEC("tp_btf/block_rq_issue")
int BPF_PROG(block_rq_issue_btf, struct request *rq)
{
	return trace_start(rq);
}

SEC("raw_tp/block_rq_issue")
int BPF_PROG(block_rq_issue, struct request *rq)
{
	return trace_start(rq);
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(block_rq_complete_btf, struct request *rq, int error, unsigned int nr_bytes)
{
	return trace_done(rq, rq->__data_len);
}

SEC("raw_tp/block_rq_complete")
int BPF_PROG(block_rq_complete, struct request *rq, int error, unsigned int nr_bytes)
{
	return trace_done(rq, BPF_CORE_READ(rq, __data_len));
}

SEC("raw_tp/block_no_such_event")
int BPF_PROG(block_missing, struct request *rq)
{
	return 0;
}

SEC("tp_btf/block_no_such_event")
int BPF_PROG(block_missing_btf, struct request *rq)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
