/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Members that the kernel has by name, but of another kind: a pointer for a number, an array for
 * none, an element that an array does not have. libbpf looks on (bpf_core_fields_are_compat()):
 * bpf_core_field_exists() says no, and any other relocation is poisoned.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

enum other_enum { OTHER_VALUE = 1 };

struct task_struct {
	struct other *pid;    /* an int */
	int comm[99];	      /* 16 of char: numbers are alike */
	enum other_enum tgid; /* an int */
	struct {
		int counter;
	} mm; /* a pointer */
} __attribute__((preserve_access_index));

struct task_struct___more {
	int pid[2];
	int comm;
	void *tgid;
	union {
		int refs;
	} usage; /* a struct */
} __attribute__((preserve_access_index));

struct task_struct___strings {
	char *comm[16];
} __attribute__((preserve_access_index));

unsigned long long sum;

/* no program of this type may call it */
#define UNWANTED() (sum += bpf_get_socket_cookie((void *)(long)sum))

SEC("raw_tp/sys_enter")
int guards_kind(void *ctx)
{
	struct task_struct *task = ctx;
	struct task_struct___more *more = ctx;
	struct task_struct___strings *strings = ctx;

	if (bpf_core_field_exists(task->pid))
		UNWANTED();
	if (bpf_core_field_exists(task->tgid))
		UNWANTED();
	if (bpf_core_field_exists(task->mm.counter))
		UNWANTED();
	if (bpf_core_field_exists(more->pid[0]))
		UNWANTED();
	if (bpf_core_field_exists(more->comm))
		UNWANTED();
	if (bpf_core_field_exists(more->tgid))
		UNWANTED();
	if (bpf_core_field_exists(strings->comm))
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int guards_element(void *ctx)
{
	struct task_struct *task = ctx;

	if (!bpf_core_field_exists(task->comm))
		UNWANTED();
	if (!bpf_core_field_exists(task->comm[15]))
		UNWANTED();
	if (bpf_core_field_exists(task->comm[16]))
		UNWANTED();
	return 0;
}

/* The kernel defines what this object only declares. */
struct mm_struct;

SEC("raw_tp/sys_enter")
int guards_declared(void *ctx)
{
	if (bpf_core_type_exists(struct mm_struct))
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int guards_composite(void *ctx)
{
	struct task_struct___more *task = ctx;

	if (bpf_core_field_exists(task->usage))
		return 0;
	UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int reads_guarded(void *ctx)
{
	struct task_struct *task = ctx;

	if (bpf_core_field_exists(task->mm.counter))
		sum = BPF_CORE_READ(task, mm.counter);
	return 0;
}

SEC("raw_tp/sys_enter")
int reads_pointer(void *ctx)
{
	struct task_struct *task = ctx;

	sum = (unsigned long)BPF_CORE_READ(task, pid);
	return 0;
}

SEC("raw_tp/sys_enter")
int reads_element(void *ctx)
{
	struct task_struct *task = ctx;

	bpf_core_read(&sum, sizeof(sum), &task->comm[20]);
	return 0;
}

SEC("raw_tp/sys_enter")
int places_array(void *ctx)
{
	sum = bpf_core_field_offset(struct task_struct___more, pid);
	return 0;
}

SEC("raw_tp/sys_enter")
int measures_enum(void *ctx)
{
	sum = bpf_core_field_size(struct task_struct, tgid);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
