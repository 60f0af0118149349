/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * record.h - bytes to values to text and JSON; conditions
 */
#ifndef FEATSEL_RECORD_RECORD_H
#define FEATSEL_RECORD_RECORD_H

#include "base/base.h"

/* ---- layout.c: layouts out of BTF ---- */

/* @type NULL: raw bytes, one field "data". Allocated in @arena. */
int layout_new(const struct btf *btf, const char *type, struct arena *arena,
	       struct featsel_layout **ret, struct featsel_error *err);
/* Whether there is such a struct: 0, -ENOENT. */
int layout_exists(const struct btf *btf, const char *type, struct featsel_error *err);
/* One field "line", as long as the record. */
int layout_lines(struct arena *arena, struct featsel_layout **ret, struct featsel_error *err);
/* Treat @field as missing from every record. */
void layout_lack(struct featsel_layout *layout, const char *field);
/* Bytes of the record's struct, a flexible array at its end not counted; a sample may be longer. */
size_t layout_size(const struct featsel_layout *layout);

#endif /* FEATSEL_RECORD_RECORD_H */
