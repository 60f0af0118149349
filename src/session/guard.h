/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* guard.h - what no descriptor holds, and the process that does and undoes it */
#ifndef FEATSEL_SESSION_GUARD_H
#define FEATSEL_SESSION_GUARD_H

#include "session/private.h"

enum act_kind {
	ACT_NONE = 0,
	ACT_XDP,
	ACT_QDISC,
	ACT_FILTER,
	ACT_PROGRAM,
	ACT_STRUCTURE,
	ACT_DIRECTORY,
	ACT_PIN,
	ACT_KEEP,
	ACT_KINDS
};

enum { PIN_PATH_SIZE = 600 };

/* One thing that stays until it is undone. */
struct act {
	enum act_kind kind;
	int ifindex;
	uint32_t flags;	 /* XDP: the mode; PROGRAM: BPF_F_* */
	bool egress;	 /* FILTER */
	bool shared;	 /* QDISC: one that is there is an earlier one of ours */
	int attach_type; /* PROGRAM */
	/* -1; the target: a control group, map, namespace, what is pinned */
	int program_fd, target_fd;
	union {
		struct tc_filter filter;  /* FILTER: the kernel chooses all but the name */
		char path[PIN_PATH_SIZE]; /* DIRECTORY, PIN */
	};
};
/* 0, or a negative errno. */
int act_undo(struct kernel *kernel, const struct act *act);

/*
 * The guard is a process that acts in place of this one, and undoes what it did when this one ends,
 * however it ends: so there is no moment in which something is done that nobody would undo. It
 * keeps the capabilities that this process may drop meanwhile.
 *
 * The first act starts it: 0 or a negative errno, and then nothing is done. @kernel may be NULL for
 * what does not go over netlink.
 */
int guard_do(struct guard *guard, struct kernel *kernel, const struct act *act);
/* What was done so far stays: 0 or a negative errno. */
int guard_keep(struct guard *guard);
/* Undoes the rest, and returns when that is done. */
void guard_end(struct guard *guard);

#endif /* FEATSEL_SESSION_GUARD_H */
