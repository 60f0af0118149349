/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * record.h - how every record of featsel's own begins, and the hints on its members
 *
 * The hints are those that the installed header offers to everybody.
 */
#ifndef FEATSEL_RECORD_H
#define FEATSEL_RECORD_H

#include <featsel/featsel.bpf.h>

/* record_head() of common.bpf.h fills it. */
struct record_head {
	RECORD_HEAD
};

#endif
