/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* a ring that user space writes, answers through the other */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} requests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} replies SEC(".maps");

static long take(struct bpf_dynptr *dynptr, void *context)
{
	__u64 request = 0;

	bpf_dynptr_read(&request, sizeof(request), dynptr, 0, 0);
	bpf_ringbuf_output(&replies, &request, sizeof(request), 0);
	return 0;
}

SEC("tp/syscalls/sys_enter_getpgid")
int serves(void *ctx)
{
	bpf_user_ringbuf_drain(&requests, take, NULL, 0);
	return 0;
}

SEC("raw_tp/sys_enter")
int serves_raw(void *ctx)
{
	bpf_user_ringbuf_drain(&requests, take, NULL, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
