/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* loops that the kernel counts */
/* Newer headers declare these, and weak. */
#define bpf_iter_num	     bpf_iter_num_of_headers
#define bpf_iter_num_new     bpf_iter_num_new_of_headers
#define bpf_iter_num_next    bpf_iter_num_next_of_headers
#define bpf_iter_num_destroy bpf_iter_num_destroy_of_headers
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#undef bpf_iter_num
#undef bpf_iter_num_new
#undef bpf_iter_num_next
#undef bpf_iter_num_destroy

struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

SEC("raw_tp/sched_process_exec")
int counts(void *ctx)
{
	struct bpf_iter_num it;
	int *value, sum = 0;

	bpf_iter_num_new(&it, 0, 1000);
	while ((value = bpf_iter_num_next(&it)))
		sum += *value;
	bpf_iter_num_destroy(&it);
	return sum;
}

char LICENSE[] SEC("license") = "GPL";
