/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Members that are of another form in the kernel. libbpf changes the size of a load only between
 * unsigned integers, and poisons the instruction otherwise: a bit field that is none in the kernel,
 * a signed number of another size. What is read by a helper is another matter.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct task_struct {
	unsigned int pid : 8, rest : 24;
	unsigned char tgid;
	long long exit_code;
	unsigned short in_execve;
} __attribute__((preserve_access_index));

struct task_struct___plain {
	unsigned short flags;
} __attribute__((preserve_access_index));

/* At the beginning of a byte, which is not where its load begins: libbpf does not compare them. */
struct task_struct___bits {
	unsigned int others : 8, in_execve : 1;
} __attribute__((preserve_access_index));

int seen;

SEC("tp_btf/sched_process_exit")
int narrow(unsigned long long *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	seen = task->pid;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int wide(unsigned long long *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	seen = (int)task->exit_code;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int plain(unsigned long long *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	seen = task->in_execve;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int fitted(unsigned long long *ctx)
{
	struct task_struct___plain *task = (void *)ctx[0];

	seen = task->flags;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int copied(unsigned long long *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	seen = (int)BPF_CORE_READ(task, exit_code);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int probed(unsigned long long *ctx)
{
	struct task_struct___bits *task = (void *)ctx[0];

	seen = (int)BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
