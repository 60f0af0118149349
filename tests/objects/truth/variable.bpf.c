/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Addresses of a variable of each processor, which BTF has and kallsyms may lack
 * (CONFIG_KALLSYMS_ALL), and of nothing at all.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct rq {
	int any;
};
extern const struct rq runqueues __ksym __weak;
extern const void featsel_no_such_symbol __ksym __weak;
unsigned long long where;

SEC("raw_tp/sched_process_exit")
int of_variable(void *ctx)
{
	if (&runqueues)
		where = 1;
	return 0;
}

SEC("raw_tp/sched_process_exit")
int of_nothing(void *ctx)
{
	where = (unsigned long long)&featsel_no_such_symbol;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
