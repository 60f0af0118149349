/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* helpers that libbpf rewrites for old kernels */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("kprobe/vfs_open")
int reads(void *ctx)
{
	char text[8];
	long word;

	bpf_probe_read_kernel(&word, sizeof(word), ctx);
	bpf_probe_read_user(&word, sizeof(word), ctx);
	bpf_probe_read_kernel_str(text, sizeof(text), ctx);
	return bpf_probe_read_user_str(text, sizeof(text), ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
