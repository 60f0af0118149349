/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * task_iter.h - the context of an iterator over tasks (5.8)
 *
 * A source that includes this says itself what of struct task_struct it reads.
 */
#ifndef FEATSEL_TASK_ITER_H
#define FEATSEL_TASK_ITER_H

struct seq_file;
struct task_struct;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

#endif
