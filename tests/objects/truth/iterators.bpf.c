/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers that iterators have and other tracing programs have not: those over sockets setsockopt
 * (5.15), all of them d_path (5.12).
 */
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

struct path {
	void *dentry;
} __attribute__((preserve_access_index));
struct file {
	struct path f_path;
} __attribute__((preserve_access_index));

/* The context: meta, task, fd, file. */
SEC("iter/task_file")
int tells_path(unsigned long long *ctx)
{
	struct file *file = (void *)ctx[3];
	char path[64];

	if (file)
		bpf_d_path(&file->f_path, path, sizeof(path));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
