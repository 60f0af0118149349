/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A helper that iterators over sockets have and other tracing programs have not (5.15). */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* The context: meta, sk_common, uid. */
SEC("iter/tcp")
int sets_option(unsigned long long *ctx)
{
	void *socket = (void *)ctx[1];
	int size = 65536;

	if (socket)
		bpf_setsockopt(socket, 1 /* SOL_SOCKET */, 7 /* SO_SNDBUF */, &size, sizeof(size));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
