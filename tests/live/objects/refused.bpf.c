/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What only loading tells: a way through the program that is longer than any verifier follows. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} output SEC(".maps");

SEC("raw_tp/sched_process_exec")
int refused_endless(void *ctx)
{
	__u64 sum = bpf_get_prandom_u32();
	int i;

	for (i = 0; i < 4000000; i++) {
		sum ^= sum << 3;
		asm volatile("" : "+r"(sum), "+r"(i));
	}
	bpf_ringbuf_output(&output, &sum, sizeof(sum), 0);
	return 0;
}

SEC("raw_tp/sched_process_exec")
int refused_fine(void *ctx)
{
	__u64 number = 1;

	bpf_ringbuf_output(&output, &number, sizeof(number), 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
