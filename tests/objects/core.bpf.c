/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CO-RE: fields, flavours, values of enums, types; what only asks for existence is no need */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct qstr {
	const unsigned char *name;
} __attribute__((preserve_access_index));

struct dentry {
	struct qstr d_name;
} __attribute__((preserve_access_index));

struct path {
	struct dentry *dentry;
} __attribute__((preserve_access_index));

struct file {
	union {
		struct path f_path;
	};
} __attribute__((preserve_access_index));

struct task_struct {
	int tgid;
	struct task_struct *real_parent;
} __attribute__((preserve_access_index));

struct task_struct___renamed {
	long __state;
} __attribute__((preserve_access_index));

struct no_such_struct {
	int field;
} __attribute__((preserve_access_index));

enum bpf_cmd___local {
	BPF_LINK_CREATE___local = 1,
};

SEC("raw_tracepoint/sched_process_exit")
int fields(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, real_parent, tgid);
}

SEC("raw_tracepoint/sched_process_fork")
int nested(void **ctx)
{
	struct file *file = ctx[0];

	return BPF_CORE_READ(file, f_path.dentry, d_name.name) != 0;
}

SEC("raw_tracepoint/sched_process_exec")
int flavour(void *ctx)
{
	struct task_struct___renamed *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, __state);
}

SEC("raw_tracepoint/sched_switch")
int value(void *ctx)
{
	return bpf_core_enum_value(enum bpf_cmd___local, BPF_LINK_CREATE___local);
}

SEC("raw_tracepoint/sched_wakeup")
int missing(void **ctx)
{
	struct no_such_struct *nothing = ctx[0];

	return BPF_CORE_READ(nothing, field);
}

SEC("raw_tracepoint/sched_wakeup_new")
int existence(void *ctx)
{
	return bpf_core_type_exists(struct no_such_struct) +
	       bpf_core_type_size(struct no_such_struct);
}

SEC("raw_tracepoint/sched_process_wait")
int no_core(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
