/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* encode.c - values in a manifest as bytes, by the object's types */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "object/private.h"

#define DEPTH_LIMIT 32 /* of nested structs; BTF types cannot contain themselves */

static int refuse(const struct object_encoder *encoder, const struct node *node, const char *format,
		  ...) PRINTF(3, 4);

static int refuse(const struct object_encoder *encoder, const struct node *node, const char *format,
		  ...)
{
	char text[sizeof(encoder->err->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return error_at(encoder->err, -EINVAL, &node->at, "%s: %s", encoder->name, text);
}

static const char *type_name(const struct object_encoder *encoder, const struct btf_type *type)
{
	const char *name = btf__name_by_offset(encoder->object->btf, type->name_off);

	return name && *name ? name : "(anonymous)";
}

/* ---- integers ---- */

/* The place of an integer: @bits bits from bit @first of the bytes, in the compiler's numbering. */
struct slot {
	uint8_t *bytes;
	uint64_t first, bits;
};

/* Bit by bit, in the byte order of the object: bit fields are rare, and nothing here is hot. */
static void put_bits(const struct object_encoder *encoder, const struct slot *slot, uint64_t value)
{
	uint64_t i, bit, at;

	for (i = 0; i < slot->bits; i++) {
		bit = slot->first + (encoder->object->big_endian ? slot->bits - 1 - i : i);
		at = encoder->object->big_endian ? 7 - bit % 8 : bit % 8;
		if (value >> i & 1)
			slot->bytes[bit / 8] |= (uint8_t)(1u << at);
	}
}

/* "-3", "0x1f", "010", "42": -EINVAL if it is none, -ERANGE if it is none of 64 bits. */
static int read_number(const char *text, bool *negative, uint64_t *ret)
{
	char *end;

	*negative = *text == '-';
	text += *negative;
	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*ret = strtoull(text, &end, 0);
	if (*end)
		return -EINVAL;
	return errno ? -ERANGE : 0;
}

static bool number_fits(uint64_t value, bool negative, bool is_signed, uint64_t bits)
{
	const uint64_t top = bits < 64 ? UINT64_C(1) << bits : 0, half = UINT64_C(1) << (bits - 1);

	if (negative)
		return is_signed ? value <= half : !value;
	return is_signed ? value < half : !top || value < top;
}

static int put_number(const struct object_encoder *encoder, const struct node *node, bool is_signed,
		      const char *what, const struct slot *slot)
{
	uint64_t value;
	bool negative;
	int r = node->quoted ? -EINVAL : read_number(node->text, &negative, &value);

	if (r == -EINVAL)
		return refuse(encoder, node, "'%.80s' is not %s", node->text, what);
	if (r || !number_fits(value, negative, is_signed, slot->bits))
		return refuse(encoder, node, "%.80s does not fit into %u bits%s", node->text,
			      (unsigned int)slot->bits,
			      is_signed ? " with a sign" : " without a sign");
	put_bits(encoder, slot, negative ? -value : value);
	return 0;
}

static int encode_integer(const struct object_encoder *encoder, const struct btf_type *type,
			  const struct node *node, const struct slot *slot)
{
	const int encoding = btf_int_encoding(type);

	if (!(encoding & BTF_INT_BOOL))
		return put_number(encoder, node, encoding & BTF_INT_SIGNED, "a number", slot);
	if (!node->quoted && strcmp(node->text, "true") == 0)
		put_bits(encoder, slot, 1);
	else if (node->quoted || (strcmp(node->text, "false") != 0 &&
				  strcmp(node->text, "0") != 0 && strcmp(node->text, "1") != 0))
		return refuse(encoder, node, "'%.80s' is not true or false", node->text);
	else
		put_bits(encoder, slot, node->text[0] == '1');
	return 0;
}

/* ---- enums ---- */

static const char *constant_name(const struct btf *btf, const struct btf_type *type, uint16_t i)
{
	return btf__name_by_offset(btf, btf_is_enum64(type) ? btf_enum64(type)[i].name_off
							    : btf_enum(type)[i].name_off);
}

static uint64_t constant_value(const struct btf_type *type, uint16_t i)
{
	if (btf_is_enum64(type))
		return btf_enum64_value(&btf_enum64(type)[i]);
	return (uint64_t)(int64_t)btf_enum(type)[i].val;
}

/* @name is none of an enum's values, or of a struct's members. */
static int unknown_part(const struct object_encoder *encoder, const struct btf_type *type,
			const struct node *at, const char *name)
{
	const struct btf *btf = encoder->object->btf;
	const uint16_t n = btf_vlen(type);
	const char **names = arena_array(encoder->arena, n + 1u, sizeof(*names)), *near;
	uint16_t i;

	if (!names)
		return error_memory(encoder->err);
	for (i = 0; i < n; i++)
		names[i] = btf_is_composite(type)
				   ? btf__name_by_offset(btf, btf_members(type)[i].name_off)
				   : constant_name(btf, type, i);
	near = names_nearest(name, names, n);
	return refuse(encoder, at, "%s %s has no %s'%.80s'%s%s%s",
		      btf_is_composite(type) ? "struct" : "enum", type_name(encoder, type),
		      btf_is_composite(type) ? "member " : "", name, near ? ", did you mean '" : "",
		      near ? near : "", near ? "'?" : "");
}

static bool find_constant(const struct object_encoder *encoder, const struct btf_type *type,
			  const char *name, size_t length, uint64_t *ret)
{
	const char *known;
	uint16_t i;

	for (i = 0; i < btf_vlen(type); i++) {
		known = constant_name(encoder->object->btf, type, i);
		if (strncmp(known, name, length) == 0 && !known[length]) {
			*ret = constant_value(type, i);
			return true;
		}
	}
	return false;
}

/* "A", or "A|B" as records show flags. NULL: all are found; else what begins with one that is not.
 */
static const char *find_constants(const struct object_encoder *encoder, const struct btf_type *type,
				  const char *text, uint64_t *ret)
{
	uint64_t value;
	size_t length;

	*ret = 0;
	do {
		length = strcspn(text, "|");
		if (!length || !find_constant(encoder, type, text, length, &value))
			return text;
		*ret |= value;
		text += length;
	} while (*text++);
	return NULL;
}

/* Compilers have not always told that an enum has a sign (clang before 15): a constant tells, too.
 */
static bool is_signed_enum(const struct btf_type *type)
{
	uint16_t i;

	for (i = 0; i < btf_vlen(type); i++)
		if ((int64_t)constant_value(type, i) < 0 && !btf_is_enum64(type))
			return true;
	return btf_kflag(type);
}

static int encode_enum(const struct object_encoder *encoder, const struct btf_type *type,
		       const struct node *node, const struct slot *slot)
{
	const char *unknown;
	uint64_t value;
	bool negative;

	unknown = find_constants(encoder, type, node->text, &value);
	if (!unknown) {
		put_bits(encoder, slot, value);
		return 0;
	}
	if (!node->quoted && read_number(node->text, &negative, &value) != -EINVAL)
		return put_number(encoder, node, negative ? is_signed_enum(type) : btf_kflag(type),
				  "a number", slot);
	unknown = arena_strndup(encoder->arena, unknown, strcspn(unknown, "|"));
	return unknown ? unknown_part(encoder, type, node, unknown) : error_memory(encoder->err);
}

/* ---- wholes ---- */

static int encode(const struct object_encoder *encoder, uint32_t id, const struct node *node,
		  const struct slot *slot, unsigned int depth);

static bool is_char(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = object_bare_type(btf, id);
	const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;

	return type && btf_is_int(type) && type->size == 1 &&
	       ((btf_int_encoding(type) & BTF_INT_CHAR) || (name && strcmp(name, "char") == 0));
}

static int encode_text(const struct object_encoder *encoder, const struct node *node, uint32_t room,
		       const struct slot *slot)
{
	const size_t length = strlen(node->text);

	if (length >= room)
		return refuse(encoder, node, "'%.40s' has %zu bytes, and there is room for %u",
			      node->text, length, room ? room - 1 : 0);
	memcpy(slot->bytes + slot->first / 8, node->text, length);
	return 0;
}

static int encode_array(const struct object_encoder *encoder, const struct btf_type *type,
			const struct node *node, const struct slot *slot, unsigned int depth)
{
	const struct btf_array *array = btf_array(type);
	const int64_t size = btf__resolve_size(encoder->object->btf, array->type);
	const struct node *item;
	struct slot part = {.bytes = slot->bytes, .first = slot->first};
	int err = 0;

	if (node->type == NODE_SCALAR && is_char(encoder->object->btf, array->type))
		return encode_text(encoder, node, array->nelems, slot);
	if (node->type != NODE_SEQUENCE)
		return refuse(encoder, node, "an array takes a list");
	if (node->count > array->nelems)
		return refuse(encoder, node, "the list has %zu items, and there is room for %u",
			      node->count, array->nelems);
	part.bits = size > 0 ? (uint64_t)size * 8 : 0;
	for (item = node->first; item && !err; item = item->next) {
		err = encode(encoder, array->type, item, &part, depth);
		part.first += part.bits;
	}
	return err;
}

/* A member by name, also of a struct or union without a name in this one; its place in bits. */
static const struct btf_member *find_member(const struct btf *btf, const struct btf_type *type,
					    const char *name, uint32_t *offset, uint32_t *bits,
					    unsigned int depth)
{
	const struct btf_member *members = btf_members(type), *found;
	const struct btf_type *inner;
	const char *own;
	uint16_t i;

	for (i = 0; i < btf_vlen(type); i++) {
		own = btf__name_by_offset(btf, members[i].name_off);
		if (own && *own && strcmp(own, name) == 0) {
			*offset = btf_member_bit_offset(type, i);
			*bits = btf_member_bitfield_size(type, i);
			return &members[i];
		}
		inner = own && *own ? NULL : object_bare_type(btf, members[i].type);
		if (!inner || !btf_is_composite(inner) || depth == DEPTH_LIMIT)
			continue;
		found = find_member(btf, inner, name, offset, bits, depth + 1);
		if (found) {
			*offset += btf_member_bit_offset(type, i);
			return found;
		}
	}
	return NULL;
}

static int encode_struct(const struct object_encoder *encoder, const struct btf_type *type,
			 const struct node *node, const struct slot *slot, unsigned int depth)
{
	const struct btf_member *member;
	struct slot part = {.bytes = slot->bytes};
	uint32_t offset = 0, bits = 0;
	const struct node *item;
	int64_t size;
	int err = 0;

	if (node->type != NODE_MAPPING)
		return refuse(encoder, node, "struct %s takes a mapping", type_name(encoder, type));
	for (item = node->first; item && !err; item = item->next) {
		member =
			find_member(encoder->object->btf, type, item->key->text, &offset, &bits, 0);
		if (!member)
			return unknown_part(encoder, type, item->key, item->key->text);
		size = btf__resolve_size(encoder->object->btf, member->type);
		part.first = slot->first + offset;
		part.bits = bits ? bits : (uint64_t)(size > 0 ? size : 0) * 8;
		err = encode(encoder, member->type, item, &part, depth);
	}
	return err;
}

static int encode(const struct object_encoder *encoder, uint32_t id, const struct node *node,
		  const struct slot *slot, unsigned int depth)
{
	const struct btf_type *type = object_bare_type(encoder->object->btf, id);

	if (!type || depth == DEPTH_LIMIT || !slot->bits || slot->first > encoder->limit ||
	    slot->bits > encoder->limit - slot->first)
		return refuse(encoder, node, "its type cannot be set");
	if (btf_is_array(type))
		return encode_array(encoder, type, node, slot, depth + 1);
	if (btf_is_composite(type))
		return encode_struct(encoder, type, node, slot, depth + 1);
	if (!btf_is_int(type) && !btf_is_any_enum(type))
		return refuse(encoder, node,
			      "its type, no number, text, list or struct, cannot be set");
	if (node->type != NODE_SCALAR)
		return refuse(encoder, node, "one value is wanted, not a %s",
			      node->type == NODE_SEQUENCE ? "list" : "mapping");
	if (slot->bits > 64)
		return refuse(encoder, node,
			      "its type, a number of more than 64 bits, cannot be set");
	return btf_is_int(type) ? encode_integer(encoder, type, node, slot)
				: encode_enum(encoder, type, node, slot);
}

int object_encode(const struct object_encoder *encoder, uint32_t type, const struct node *node,
		  void *bytes, size_t size)
{
	struct object_encoder limited = *encoder;
	const struct slot slot = {.bytes = bytes, .bits = size * 8};

	limited.limit = size * 8;
	memset(bytes, 0, size);
	return encode(&limited, type, node, &slot, 0);
}

/* ---- parts ---- */

/* One step into a type: "[2]" or ".member"; the rest of the path, NULL with the error set. */
static const char *step_into(const struct object_encoder *encoder, const struct node *at,
			     const char *path, uint32_t *id, uint64_t *offset)
{
	const struct btf *btf = encoder->object->btf;
	const struct btf_type *type = object_bare_type(btf, *id);
	const size_t length = strcspn(path + 1, ".[");
	const struct btf_member *member;
	uint32_t bit = 0, bits = 0;
	unsigned long index;
	char *name;

	if (*path == '[') {
		index = strtoul(path + 1, NULL, 10);
		if (!type || !btf_is_array(type) || index >= btf_array(type)->nelems) {
			refuse(encoder, at, "there is no element '%.*s'",
			       (int)strcspn(path, "]") + 1, path);
			return NULL;
		}
		*id = btf_array(type)->type;
		*offset += index * (uint64_t)btf__resolve_size(btf, *id);
		return strchr(path, ']') + 1;
	}
	name = arena_strndup(encoder->arena, path + 1, length);
	if (!name) {
		error_memory(encoder->err);
		return NULL;
	}
	if (!type || !btf_is_composite(type)) {
		refuse(encoder, at, "it has no member '%s', since it is no struct", name);
		return NULL;
	}
	member = find_member(btf, type, name, &bit, &bits, 0);
	if (!member)
		unknown_part(encoder, type, at, name);
	else if (bits)
		refuse(encoder, at, "'%s' is a bit field: set the struct as a whole", name);
	if (!member || bits)
		return NULL;
	*id = member->type;
	*offset += bit / 8;
	return path + 1 + length;
}

int object_part(const struct object_encoder *encoder, const struct node *at, const char *path,
		uint32_t *type, uint64_t *offset)
{
	while (*path) {
		path = step_into(encoder, at, path, type, offset);
		if (!path)
			return -EINVAL;
	}
	return 0;
}
