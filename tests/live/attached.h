/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* attached.h - what the tests of attaching find attached, before a run and after it */
#ifndef TESTS_LIVE_ATTACHED_H
#define TESTS_LIVE_ATTACHED_H

/* A line for each program, qdisc and filter; @group may be NULL. 0, or 1 and a message. */
int attached(const char *group);

#endif
