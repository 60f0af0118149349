/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers whose function is not in every kernel's BTF though they work (Debian's 5.10:
 * trace_printk, probe_write_user).
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("raw_tp/sched_process_exit")
int prints(void *ctx)
{
	bpf_printk("gone");
	return 0;
}

SEC("socket")
int prints_packet(struct __sk_buff *skb)
{
	bpf_printk("%d", skb->len);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
