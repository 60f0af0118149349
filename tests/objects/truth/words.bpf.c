/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Words of the context that every kernel lets a program read, but that are not sockets on all of
 * them, or always: tcp_set_state(sk, state); sk of sockops, which may be NULL.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, int);
} marks SEC(".maps");

SEC("fexit/tcp_set_state")
int of_number(unsigned long long *ctx)
{
	bpf_sk_storage_get(&marks, (void *)ctx[1], 0, BPF_SK_STORAGE_GET_F_CREATE);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int of_socket(unsigned long long *ctx)
{
	bpf_sk_storage_get(&marks, (void *)ctx[0], 0, BPF_SK_STORAGE_GET_F_CREATE);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int of_task(unsigned long long *ctx)
{
	bpf_sk_storage_get(&marks, (void *)ctx[0], 0, BPF_SK_STORAGE_GET_F_CREATE);
	return 0;
}

/* It loads, and the tracepoint has not so many arguments. */
SEC("raw_tp/sched_switch")
int of_eleventh(unsigned long long *ctx)
{
	return ctx[11] != 0;
}

/* The storage's own functions may not use it. */
SEC("fentry/bpf_sk_storage_free")
int of_itself(unsigned long long *ctx)
{
	bpf_sk_storage_get(&marks, (void *)ctx[0], 0, 0);
	return 0;
}

SEC("sockops")
int of_checked(struct bpf_sock_ops *ops)
{
	struct bpf_sock *socket = ops->sk;

	if (socket)
		bpf_sk_storage_get(&marks, socket, 0, BPF_SK_STORAGE_GET_F_CREATE);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
