/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * files.h - what a descriptor of the current process stands for
 *
 * A source that includes this says itself what of struct file it reads. The kernel's types are
 * needed, so second objects go without.
 */
#ifndef FEATSEL_FILES_H
#define FEATSEL_FILES_H

#include "common.bpf.h"

#ifndef FEATSEL_LEGACY

struct file;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} __attribute__((preserve_access_index));

struct files_struct {
	struct fdtable *fdt;
} __attribute__((preserve_access_index));

/* The task of common.bpf.h, as far as it is of use here. */
struct task_struct___files {
	struct files_struct *files;
} __attribute__((preserve_access_index));

/* NULL: it is open nowhere. */
static __always_inline struct file *find_file(__u32 fd)
{
	const struct task_struct___files *task = (const void *)bpf_get_current_task();
	const struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file *file = NULL;

	if (fd < BPF_CORE_READ(table, max_fds))
		read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + fd);
	return file;
}

#endif

#endif
