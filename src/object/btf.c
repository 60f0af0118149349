/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * btf.c - checks of an object's BTF before it is trusted
 *
 * libbpf 1.1 follows type ids and name offsets unchecked, loops forever on a typedef of itself, and
 * prints to stderr while it parses. So an object's BTF is checked once, here, before anything uses
 * it.
 */
#include <bpf/btf.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

/* Kinds that the oldest supported headers may not name. */
enum { KIND_DECL_TAG = 17, KIND_TYPE_TAG = 18, KIND_ENUM64 = 19, KIND_COUNT = 20 };

#define MEMBER_SIZE 12 /* struct btf_member, btf_enum64, btf_var_secinfo */
#define CHAIN_LIMIT 32 /* libbpf's own MAX_RESOLVE_DEPTH */

struct kind {
	bool known;
	size_t fixed;	 /* bytes after struct btf_type */
	size_t each;	 /* bytes for each of vlen */
	bool refers;	 /* its size word is a type */
	bool link;	 /* a modifier: libbpf follows it in a loop */
	bool named_each; /* each of vlen begins with a name, ... */
	int type_each;	 /* ... and has a type in this word; -1 none */
};

static const struct kind kinds[KIND_COUNT] = {
	[BTF_KIND_INT] = {.known = true, .fixed = 4, .type_each = -1},
	[BTF_KIND_PTR] = {.known = true, .refers = true, .type_each = -1},
	[BTF_KIND_ARRAY] = {.known = true, .fixed = sizeof(struct btf_array), .type_each = -1},
	[BTF_KIND_STRUCT] = {.known = true,
			     .each = MEMBER_SIZE,
			     .named_each = true,
			     .type_each = 1},
	[BTF_KIND_UNION] = {.known = true, .each = MEMBER_SIZE, .named_each = true, .type_each = 1},
	[BTF_KIND_ENUM] = {.known = true, .each = 8, .named_each = true, .type_each = -1},
	[BTF_KIND_FWD] = {.known = true, .type_each = -1},
	[BTF_KIND_TYPEDEF] = {.known = true, .refers = true, .link = true, .type_each = -1},
	[BTF_KIND_VOLATILE] = {.known = true, .refers = true, .link = true, .type_each = -1},
	[BTF_KIND_CONST] = {.known = true, .refers = true, .link = true, .type_each = -1},
	[BTF_KIND_RESTRICT] = {.known = true, .refers = true, .link = true, .type_each = -1},
	[BTF_KIND_FUNC] = {.known = true, .refers = true, .type_each = -1},
	[BTF_KIND_FUNC_PROTO] =
		{.known = true, .each = 8, .refers = true, .named_each = true, .type_each = 1},
	[BTF_KIND_VAR] = {.known = true, .fixed = 4, .refers = true, .type_each = -1},
	[BTF_KIND_DATASEC] = {.known = true, .each = MEMBER_SIZE, .type_each = 0},
	[BTF_KIND_FLOAT] = {.known = true, .type_each = -1},
	[KIND_DECL_TAG] = {.known = true, .fixed = 4, .refers = true, .type_each = -1},
	[KIND_TYPE_TAG] = {.known = true, .refers = true, .link = true, .type_each = -1},
	[KIND_ENUM64] = {.known = true, .each = MEMBER_SIZE, .named_each = true, .type_each = -1},
};

struct blob {
	const uint8_t *types, *strings;
	size_t types_size, strings_size;
	uint32_t *offsets; /* of type i + 1 */
	size_t n;
};

static uint32_t kind_of(uint32_t info)
{
	return info >> 24 & 0x1f;
}

/* The part that every header has. Linux 7.x added members after it, which objects need not have. */
enum { HEADER_SIZE = offsetof(struct btf_header, str_len) + sizeof(uint32_t) };

static const char *check_header(const uint8_t *data, size_t size, struct blob *ret)
{
	struct btf_header header;
	size_t room;

	if (size < HEADER_SIZE)
		return "shorter than its header";
	memcpy(&header, data, HEADER_SIZE);
	if (header.magic != BTF_MAGIC)
		return "not in this machine's byte order";
	if (header.hdr_len < HEADER_SIZE || header.hdr_len > size)
		return "its header is longer than the section";
	room = size - header.hdr_len;
	if (header.type_off > room || header.type_len > room - header.type_off ||
	    header.type_off % 4 || header.str_off > room || header.str_len > room - header.str_off)
		return "types or strings lie outside of the section";
	/* libbpf's own two conditions, which it reports on stderr */
	if (header.type_off + header.type_len > header.str_off)
		return "types and strings overlap";
	ret->types = data + header.hdr_len + header.type_off;
	ret->types_size = header.type_len;
	ret->strings = data + header.hdr_len + header.str_off;
	ret->strings_size = header.str_len;
	if (!ret->strings_size || ret->strings[0] || ret->strings[ret->strings_size - 1])
		return "its strings are not terminated";
	return NULL;
}

static const char *measure(struct blob *blob)
{
	size_t at = 0, need;
	uint32_t info;

	blob->offsets =
		calloc(blob->types_size / sizeof(struct btf_type) + 1, sizeof(*blob->offsets));
	if (!blob->offsets)
		return "no memory to check it";
	while (at < blob->types_size) {
		if (blob->types_size - at < sizeof(struct btf_type))
			return "the last type is cut short";
		info = object_word(blob->types + at + 4);
		if (kind_of(info) >= KIND_COUNT || !kinds[kind_of(info)].known)
			return "holds a kind of type that this version does not know";
		need = sizeof(struct btf_type) + kinds[kind_of(info)].fixed +
		       (info & 0xffff) * kinds[kind_of(info)].each;
		if (need > blob->types_size - at)
			return "the last type is cut short";
		blob->offsets[blob->n++] = (uint32_t)at;
		at += need;
	}
	return NULL;
}

static bool is_name(const struct blob *blob, uint32_t offset)
{
	return offset < blob->strings_size;
}

static bool is_type(const struct blob *blob, uint32_t id)
{
	return id <= blob->n;
}

static const char *check_parts(const struct blob *blob, const uint8_t *at, uint32_t info)
{
	const struct kind *kind = &kinds[kind_of(info)];
	size_t i;

	for (i = 0; i < (info & 0xffff) && kind->each; i++, at += kind->each) {
		if (kind->named_each && !is_name(blob, object_word(at)))
			return "a member's name lies outside of its strings";
		if (kind->type_each >= 0 && !is_type(blob, object_word(at + 4 * kind->type_each)))
			return "a member's type does not exist";
	}
	return NULL;
}

/* A chain of modifiers must end. */
static const char *check_chain(const struct blob *blob, uint32_t id)
{
	const uint8_t *at;
	int depth;

	for (depth = 0; depth < CHAIN_LIMIT; depth++) {
		if (id == 0)
			return NULL;
		at = blob->types + blob->offsets[id - 1];
		if (kind_of(object_word(at + 4)) == BTF_KIND_ARRAY)
			id = object_word(at + sizeof(struct btf_type));
		else if (kinds[kind_of(object_word(at + 4))].link)
			id = object_word(at + 8);
		else
			return NULL;
		if (!is_type(blob, id))
			return "a type refers to one that does not exist";
	}
	return "a type is defined by itself";
}

static const char *check_type(const struct blob *blob, size_t index)
{
	const uint8_t *at = blob->types + blob->offsets[index];
	uint32_t info = object_word(at + 4), kind = kind_of(info);
	const char *fault;

	if (!is_name(blob, object_word(at)))
		return "a name lies outside of its strings";
	if (kinds[kind].refers && !is_type(blob, object_word(at + 8)))
		return "a type refers to one that does not exist";
	if (kind == BTF_KIND_ARRAY &&
	    (!is_type(blob, object_word(at + 12)) || !is_type(blob, object_word(at + 16))))
		return "an array's type does not exist";
	fault = check_chain(blob, (uint32_t)index + 1);
	return fault ? fault
		     : check_parts(blob, at + sizeof(struct btf_type) + kinds[kind].fixed, info);
}

const char *object_btf_fault(const void *data, size_t size)
{
	struct blob blob = {0};
	const char *fault = check_header(data, size, &blob);
	size_t i;

	if (!fault)
		fault = measure(&blob);
	for (i = 0; i < blob.n && !fault; i++)
		fault = check_type(&blob, i);
	free(blob.offsets);
	return fault;
}

void btf_shape_put(struct btf_shape *shape, char letter)
{
	if (shape->length == BTF_SHAPE_LIMIT)
		return;
	shape->text[shape->length++] = letter;
	shape->text[shape->length] = '\0';
}

char btf_shape_letter(int kind)
{
	static const char letters[] = {
		[BTF_KIND_UNKN] = 'v',	[BTF_KIND_INT] = 'i',	     [BTF_KIND_PTR] = '*',
		[BTF_KIND_ARRAY] = 'a', [BTF_KIND_STRUCT] = 's',     [BTF_KIND_UNION] = 'u',
		[BTF_KIND_ENUM] = 'e',	[19 /* ENUM64 */] = 'e',     [BTF_KIND_FWD] = 'f',
		[BTF_KIND_FUNC] = 'F',	[BTF_KIND_FUNC_PROTO] = '(',
	};

	return kind >= 0 && (size_t)kind < ARRAY_SIZE(letters) && letters[kind] ? letters[kind]
										: '?';
}

const struct btf_type *object_bare_type(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (type && (btf_is_mod(type) || btf_is_typedef(type)))
		type = btf__type_by_id(btf, type->type);
	return type;
}
