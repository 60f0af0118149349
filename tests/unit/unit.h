/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * unit.h - what every unit test does around its suite
 */
#ifndef FEATSEL_UNIT_H
#define FEATSEL_UNIT_H

#include <check.h>

/* Run the suite that @suite makes, TAP on stdout. Returns main()'s value. */
int unit_run(Suite *(*suite)(void));

/* Absolute path of @name under the source directory ("tests/unit/trees/x"); owned by the function.
 */
const char *unit_source(const char *name);
/* The same under the build directory, for what is compiled: "tests/objects/x.bpf.o". */
const char *unit_build(const char *name);

#endif /* FEATSEL_UNIT_H */
