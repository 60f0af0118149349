/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * path.h - what calls that take a path have in common
 *
 * A relative path is told with the descriptor that it is relative to; calls without one mean the
 * working directory.
 */
#ifndef FEATSEL_PATH_H
#define FEATSEL_PATH_H

/* Any other value is a descriptor. */
enum dirfd {
	AT_FDCWD = -100,
};

/* What the kernel takes of a mode: S_IALLUGO. */
#define MODE_BITS 07777

#endif
