/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What verifiers know of a result: it is not above the size that the helper was given. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static long (*never)(void) = (void *)5000;

SEC("raw_tp/sched_process_exit")
int of_string(void *ctx)
{
	char text[16] = {};

	return bpf_probe_read_str(text, sizeof(text), 0) > 16 ? (int)never() : 0;
}

SEC("raw_tp/sched_process_exit")
int of_longer_string(void *ctx)
{
	char text[16] = {};

	return bpf_probe_read_str(text, sizeof(text), 0) > 15 ? (int)never() : 0;
}

SEC("raw_tp/sched_process_exit")
int of_drawn_size(void *ctx)
{
	char text[16] = {};

	return bpf_probe_read_str(text, bpf_get_prandom_u32() & 7, 0) > 7 ? (int)never() : 0;
}

SEC("raw_tp/sched_process_exit")
int of_error(void *ctx)
{
	char text[16] = {};

	return bpf_probe_read_str(text, sizeof(text), 0) < -4095 ? (int)never() : 0;
}

SEC("raw_tp/sched_process_exit")
int of_stack(void *ctx)
{
	__u64 stack[4] = {};

	return bpf_get_stack(ctx, stack, sizeof(stack), 0) > 32 ? (int)never() : 0;
}

SEC("raw_tp/sched_process_exit")
int of_read(void *ctx)
{
	char text[16] = {};

	return bpf_probe_read(text, sizeof(text), 0) > 16 ? (int)never() : 0;
}

char LICENSE[] SEC("license") = "GPL";
