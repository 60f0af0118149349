/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fuzz.h - the entry that each fuzz-NAME.c defines; libFuzzer calls it, and so does replay.c
 */
#ifndef FEATSEL_FUZZ_H
#define FEATSEL_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Any bytes: no crash, no hang, no read beyond. What is refused is refused with a line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FEATSEL_FUZZ_H */
