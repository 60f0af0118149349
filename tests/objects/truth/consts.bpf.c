/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Functions of the kernel that take a pointer to const, or a structure that must not be empty. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct cpumask {
	unsigned long bits[1];
};
struct bpf_cpumask {
	struct cpumask cpumask;
};
struct cgroup;
extern struct bpf_cpumask *bpf_cpumask_create(void) __attribute__((section(".ksyms")));
extern void bpf_cpumask_release(struct bpf_cpumask *mask) __attribute__((section(".ksyms")));
extern unsigned int bpf_cpumask_first(const struct cpumask *mask)
	__attribute__((section(".ksyms")));
extern _Bool bpf_cpumask_full(const struct cpumask *mask) __attribute__((section(".ksyms")));
unsigned int first;

SEC("tp_btf/sched_process_fork")
int masks(unsigned long long *ctx)
{
	struct bpf_cpumask *mask = bpf_cpumask_create();

	if (!mask)
		return 0;
	first = bpf_cpumask_full((const struct cpumask *)mask)
			? 0
			: bpf_cpumask_first((const struct cpumask *)mask);
	bpf_cpumask_release(mask);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
