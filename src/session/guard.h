/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* guard.h - what is attached without a descriptor, and the process that removes it */
#ifndef FEATSEL_SESSION_GUARD_H
#define FEATSEL_SESSION_GUARD_H

#include "session/private.h"

enum undo_kind { UNDO_NOTHING = 0, UNDO_XDP, UNDO_FILTER, UNDO_PROGRAM, UNDO_STRUCTURE };

/* How one thing is removed. */
struct undo {
	enum undo_kind kind;
	int ifindex;
	uint32_t flags;		   /* XDP: the mode */
	bool egress, made_qdisc;   /* FILTER */
	struct tc_filter filter;   /* the same */
	int attach_type;	   /* PROGRAM */
	int program_fd, target_fd; /* -1; the target: a control group, map, namespace */
};
/* 0, or a negative errno. */
int undo_run(struct kernel *kernel, const struct undo *undo);

/*
 * A process that outlives this one, however this one ends, just long enough to remove what it was
 * told of. It keeps the capabilities that this process may drop meanwhile. 0 or a negative errno.
 */
int guard_start(struct kernel *kernel, struct guard *ret);
/* From now on the guard is responsible: 0 or a negative errno. */
int guard_tell(const struct guard *guard, const struct undo *undo);
/* Removes everything, and returns when that is done. */
void guard_end(struct guard *guard);

#endif /* FEATSEL_SESSION_GUARD_H */
