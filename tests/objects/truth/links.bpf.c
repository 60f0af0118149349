/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that load on every kernel: only making the link tells. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int hits;

SEC("tcx/egress")
int at_tcx(struct __sk_buff *skb)
{
	return -1;
}

SEC("netkit/peer")
int at_netkit(struct __sk_buff *skb)
{
	return -1;
}

SEC("kprobe.multi/vfs_fsync_rang*")
int of_many(void *ctx)
{
	hits++;
	return 0;
}

SEC("kprobe.session/vfs_fsync_range")
int of_session(void *ctx)
{
	hits++;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
