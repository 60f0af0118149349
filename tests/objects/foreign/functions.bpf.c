/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* global functions and those that are weak, with all kinds of arguments */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

__noinline int of_context(struct __sk_buff *skb)
{
	return skb->len + skb->mark;
}

__noinline int of_anything(int a, int b, long c)
{
	return a + b * 2 + (int)c;
}

__weak int may_be_replaced(int a)
{
	return a + bpf_get_prandom_u32();
}

static __noinline int deep_3(int n)
{
	char buffer[128] = {};

	bpf_get_current_comm(buffer, sizeof(buffer));
	return buffer[n & 127];
}

static __noinline int deep_2(int n)
{
	char buffer[128] = {};

	bpf_get_current_comm(buffer, sizeof(buffer));
	return deep_3(n) + buffer[n & 127];
}

static __noinline int deep_1(int n)
{
	char buffer[128] = {};

	bpf_get_current_comm(buffer, sizeof(buffer));
	return deep_2(n) + buffer[n & 127];
}

SEC("tc")
int by_context(struct __sk_buff *skb)
{
	return of_context(skb) > 5;
}

SEC("tc")
int by_value(struct __sk_buff *skb)
{
	return of_anything(skb->len, skb->mark, skb->priority) > 5;
}

SEC("raw_tp/sched_process_exec")
int by_weak(void *ctx)
{
	return may_be_replaced(5);
}

SEC("raw_tp/sched_process_fork")
int nested(void *ctx)
{
	return deep_1((int)bpf_get_prandom_u32());
}

char LICENSE[] SEC("license") = "GPL";
