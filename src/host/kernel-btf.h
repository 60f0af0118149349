/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* kernel-btf.h - kernel types, as the files that walk them see them */
#ifndef FEATSEL_HOST_KERNEL_BTF_H
#define FEATSEL_HOST_KERNEL_BTF_H

#include "host/private.h"

struct btf_type;

#define BTF_DEPTH_LIMIT 32 /* of anonymous members and of modifiers: no kernel needs more */
#define KIND_MAX	127

#define KIND_ENUM64 19 /* kernel headers before 6.0 do not name it */

/* Since 7.1 the count has 24 bits and the kind 7; older kernels insist that the bits in between are
 * zero. */
#define INFO_KIND(info)	 (((info) >> 24) & 0x7f)
#define INFO_COUNT(info) ((info)&0xffffff)
#define INFO_FLAG(info)	 ((info) >> 31)

/* The same for the walk: an unknown kind may have more than this. */
struct extent {
	uint32_t size, each;
};

/* A place in the walk; a zeroed one stands before the first type. */
struct cursor {
	uint32_t id, offset, next;
	const struct btf_type *type;
};

struct kernel_btf {
	char *data;
	size_t size;
	bool mapped;
	struct kernel_btf *base; /* whose types come first, NULL */
	uint32_t base_count;	 /* of them */
	const char *types, *strings;
	uint32_t types_size, strings_size;
	struct extent extents[KIND_MAX + 1];
	struct vec marks; /* uint32_t: offsets of ids 1, 1 + MARK_STEP, ... as far as was walked */
	struct cursor functions; /* right before the first, once it was passed */
	int damage;		 /* why the walk could not reach the end */
	struct arena *arena;
	struct dict memos;
};

/* ---- kernel-btf.c: the walk ---- */

const char *kernel_btf_name(const struct kernel_btf *btf, uint32_t offset);
const struct btf_type *kernel_btf_type(struct kernel_btf *btf, uint32_t id);
/* How many types there are, those of its base apart. */
uint32_t kernel_btf_count(struct kernel_btf *btf);
/* The next type of one of @kinds (a mask) that is called @name. */
bool kernel_btf_next(struct kernel_btf *btf, struct cursor *cursor, uint32_t kinds,
		     const char *name);
/* Types behind typedefs, qualifiers and tags; with @arrays behind arrays, too. */
const struct btf_type *kernel_btf_bare(struct kernel_btf *btf, uint32_t id, bool arrays);
/* The first type of one of @kinds that is called @name, 0. Remembered. */
uint32_t kernel_btf_any(struct kernel_btf *btf, uint32_t kinds, const char *name);

#endif
