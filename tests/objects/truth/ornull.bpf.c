/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A word of the context that may be NULL: a socket behind a check. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, int);
} marks SEC(".maps");

SEC("sockops")
int of_checked(struct bpf_sock_ops *ops)
{
	struct bpf_sock *socket = ops->sk;

	if (socket)
		bpf_sk_storage_get(&marks, socket, 0, BPF_SK_STORAGE_GET_F_CREATE);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
