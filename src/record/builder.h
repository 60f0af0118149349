/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* builder.h - decoders made from BTF; private to the files that make them */
#ifndef FEATSEL_RECORD_BUILDER_H
#define FEATSEL_RECORD_BUILDER_H

#include "record/private.h"

#define MAX_DEPTH 16

struct btf_type;

enum hint_kind {
	HINT_NONE = 0,
	HINT_HEX,
	HINT_OCTAL,
	HINT_TIMESTAMP,
	HINT_DURATION,
	HINT_ERRNO,
	HINT_IPV4,
	HINT_IPV6,
	HINT_FLAGS,
	HINT_STRING,
	HINT_STRINGS,
	HINT_SOCKADDR,
	HINT_DOMAIN,
	HINT_ADDRESSES,
	HINT_COUNT
};

struct hint {
	enum hint_kind kind;
	uint64_t mask; /* flags */
};

/*
 * The forms that a hint gives to an integer, to a value of exactly the right size, and to bytes: an
 * array of them, or a struct tail that says where they are.
 */
struct hint_row {
	const char *name;
	enum record_form integer;
	enum record_form sized;
	uint32_t size;
	enum record_form bytes;
};
const struct hint_row *hint_row(enum hint_kind kind);

struct builder {
	const struct btf *btf;
	const char *record;
	struct arena *arena;
	struct featsel_error *err;
	struct record_clock *clock;
	uint32_t root;	 /* the record's struct */
	struct vec tags; /* struct tag, sorted */
	size_t parts, constants;
};

/* ---- types.c ---- */

/* Fill builder->tags: 0 or -ENOMEM. */
int builder_collect_hints(struct builder *builder);
struct hint builder_hint(const struct builder *builder, uint32_t type, int member);
/* -EINVAL with the error @what. */
int builder_damaged(const struct builder *builder, const char *what);
/* The type behind typedefs and qualifiers, its id in *id; NULL if there is none. */
const struct btf_type *builder_resolve(const struct builder *builder, uint32_t *id);
/* NULL: not printable, or it holds characters that JSON or a table cannot show. A C compiler makes
 * no such name. */
const char *builder_name(const struct builder *builder, uint32_t offset);
/* -EINVAL: the type has no size, or is damaged. */
int64_t builder_type_size(const struct builder *builder, uint32_t id, unsigned int depth);
/* The type as C writes it; NULL if memory is out. */
const char *builder_type_text(const struct builder *builder, uint32_t id, unsigned int depth);

#endif /* FEATSEL_RECORD_BUILDER_H */
