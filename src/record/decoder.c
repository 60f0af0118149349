/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * decoder.c - a record's struct compiled into a flat table of decoders
 *
 * This is done once, so that no BTF is walked while records stream. The BTF comes from an untrusted
 * file: ids, names, offsets, sizes and depth are all checked here, and a decoder never reaches
 * beyond the struct that it is part of.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "record/builder.h"

#define MAX_PARTS     8192
#define MAX_CONSTANTS 65536

/* ---- decoders by kind of type ---- */

static int decoder_build(struct builder *builder, uint32_t id, struct hint hint, unsigned int depth,
			 struct record_decoder *decoder);

static bool is_fetchable(const struct record_decoder *decoder)
{
	uint32_t size = decoder->size;

	return decoder->bits || size == 1 || size == 2 || size == 4 || size == 8;
}

static int build_int(struct builder *builder, const struct btf_type *type, uint32_t id,
		     struct hint hint, unsigned int depth, struct record_decoder *decoder)
{
	unsigned int encoding = btf_int_encoding(type);

	(void)builder;
	(void)id;
	(void)hint;
	(void)depth;
	decoder->is_signed = encoding & BTF_INT_SIGNED;
	if (!is_fetchable(decoder)) {
		decoder->form = decoder->size == 16 ? RECORD_WIDE : RECORD_BYTES;
		return 0;
	}
	decoder->form = decoder->is_signed ? RECORD_SIGNED : RECORD_UNSIGNED;
	if (encoding & BTF_INT_BOOL)
		decoder->form = RECORD_BOOL;
	return 0;
}

static int build_pointer(struct builder *builder, const struct btf_type *type, uint32_t id,
			 struct hint hint, unsigned int depth, struct record_decoder *decoder)
{
	(void)builder;
	(void)type;
	(void)id;
	(void)hint;
	(void)depth;
	decoder->form = RECORD_HEX;
	return 0;
}

static uint64_t constant_value(const struct btf_type *type, uint32_t index)
{
	const struct btf_enum64 *wide;

	if (btf_is_enum(type))
		return (uint64_t)(int64_t)btf_enum(type)[index].val;
	wide = btf_enum64(type) + index;
	return (uint64_t)wide->val_hi32 << 32 | wide->val_lo32;
}

/*
 * Compilers before clang 15 do not record whether an enum is signed, so look for negative values.
 */
static bool enum_is_signed(const struct btf_type *type)
{
	uint32_t i;

	if (btf_kflag(type))
		return true;
	for (i = 0; btf_is_enum(type) && i < btf_vlen(type); i++) {
		if (btf_enum(type)[i].val < 0)
			return true;
	}
	return false;
}

static int compare_by_value(const void *left, const void *right)
{
	const struct record_constant *a = left, *b = right;

	return (a->value > b->value) - (a->value < b->value);
}

static int compare_by_rank(const void *left, const void *right)
{
	const struct record_constant *a = left, *b = right;

	return a->rank != b->rank ? a->rank - b->rank : compare_by_value(left, right);
}

/* The value under the mask (or the one for none) first, then by descending number of bits. */
static void rank_constants(struct record_constant *constants, size_t n, uint64_t mask)
{
	size_t i;

	for (i = 0; i < n; i++) {
		constants[i].rank = 64 - __builtin_popcountll(constants[i].value);
		if (!(constants[i].value & ~mask))
			constants[i].rank = 0;
	}
	qsort(constants, n, sizeof(*constants), compare_by_rank);
}

/* Keep the first of several names for a value. Returns how many are left. */
static size_t drop_duplicates(struct record_constant *constants, size_t n)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++) {
		if (!kept || constants[kept - 1].value != constants[i].value)
			constants[kept++] = constants[i];
	}
	return kept;
}

/*
 * Treat an enum as flags if it has at least three names with one distinct bit each (and perhaps
 * one for 0).
 */
static bool looks_like_flags(const struct record_constant *constants, size_t n)
{
	size_t i, bits = 0;

	for (i = 0; i < n; i++) {
		if (__builtin_popcountll(constants[i].value) > 1)
			return false;
		bits += constants[i].value != 0;
	}
	return bits >= 3;
}

static int read_constants(struct builder *builder, const struct btf_type *type, uint64_t mask,
			  struct record_constant **ret, size_t *n_ret)
{
	uint32_t i, n = btf_vlen(type), name_off;
	struct record_constant *constants;
	const char *name;
	size_t kept = 0;

	builder->constants += n;
	if (builder->constants > MAX_CONSTANTS)
		return builder_damaged(builder, "too many enumerators");
	constants = arena_array(builder->arena, n ? n : 1, sizeof(*constants));
	if (!constants)
		return error_memory(builder->err);
	for (i = 0; i < n; i++) {
		name_off = btf_is_enum(type) ? btf_enum(type)[i].name_off
					     : btf_enum64(type)[i].name_off;
		name = builder_name(builder, name_off);
		if (!name || !*name)
			continue;
		constants[kept].value = constant_value(type, i) & mask;
		constants[kept].length = strlen(name);
		constants[kept].name = arena_strndup(builder->arena, name, constants[kept].length);
		if (!constants[kept++].name)
			return error_memory(builder->err);
	}
	*ret = constants;
	*n_ret = kept;
	return 0;
}

static int build_enum(struct builder *builder, const struct btf_type *type, uint32_t id,
		      struct hint hint, unsigned int depth, struct record_decoder *decoder)
{
	unsigned int bits = decoder->bits ? decoder->bits : decoder->size * 8;
	struct record_constant *constants = NULL;
	size_t n = 0;
	int err;

	(void)id;
	(void)depth;
	if (!is_fetchable(decoder))
		return 0;
	err = read_constants(builder, type, bits < 64 ? (1ULL << bits) - 1 : ~0ULL, &constants, &n);
	if (err)
		return err;
	qsort(constants, n, sizeof(*constants), compare_by_value);
	n = drop_duplicates(constants, n);
	decoder->form = RECORD_ENUM;
	decoder->is_signed = enum_is_signed(type);
	if (hint.kind == HINT_FLAGS || looks_like_flags(constants, n)) {
		decoder->form = RECORD_FLAGS;
		decoder->is_signed = false;
		decoder->mask = hint.mask;
		rank_constants(constants, n, hint.mask);
	}
	decoder->constants = constants;
	decoder->n_constants = n;
	return 0;
}

/* A plain char is a character; __u8 and signed char are numbers. */
static bool is_char(const struct builder *builder, uint32_t id)
{
	const struct btf_type *type = builder_resolve(builder, &id);
	const char *name;

	if (!type || !btf_is_int(type) || type->size != 1)
		return false;
	name = btf__name_by_offset(builder->btf, type->name_off);
	return btf_int_encoding(type) & BTF_INT_CHAR || (name && !strcmp(name, "char"));
}

static int build_array(struct builder *builder, const struct btf_type *type, uint32_t id,
		       struct hint hint, unsigned int depth, struct record_decoder *decoder)
{
	const struct btf_array *array = btf_array(type);
	struct record_decoder *part;
	int err;

	(void)id;
	if (is_char(builder, array->type)) {
		decoder->form = RECORD_STRING;
		return 0;
	}
	if (!decoder->size ||
	    (hint.kind == HINT_HEX && builder_type_size(builder, array->type, 0) == 1))
		return 0;
	part = arena_alloc(builder->arena, sizeof(*part));
	if (!part)
		return error_memory(builder->err);
	/* A hint for the whole does not apply to the elements. */
	if (hint_row(hint.kind)->bytes)
		hint.kind = HINT_NONE;
	err = decoder_build(builder, array->type, hint, depth + 1, part);
	if (err)
		return err;
	decoder->form = RECORD_ARRAY;
	decoder->parts = part;
	decoder->n_parts = array->nelems;
	return 0;
}

/* ---- structs ---- */

struct members {
	struct vec decoders;
	struct dict
		names; /* a struct with two members of one name would make two keys of one name */
};

static void members_free(struct members *members)
{
	vec_free(&members->decoders);
	dict_free(&members->names);
}

static int add_members(struct builder *builder, const struct btf_type *type, uint32_t id,
		       uint32_t base, unsigned int depth, struct members *members);

/*
 * Where a member lies, in bytes and, for a bit field, bits. BTF has two encodings: structs with
 * the kind flag give each member its width; otherwise the member's integer type has it.
 */
static int place(const struct builder *builder, const struct btf_type *parent, uint32_t index,
		 struct record_decoder *decoder)
{
	uint32_t id = btf_members(parent)[index].type;
	const struct btf_type *type = builder_resolve(builder, &id);
	uint64_t first = btf_member_bit_offset(parent, index), end;
	uint32_t bits = btf_member_bitfield_size(parent, index);
	int64_t size = builder_type_size(builder, id, 0);

	if (!type || size < 0)
		return -EINVAL;
	if (!bits && btf_is_int(type) && (btf_int_bits(type) != size * 8 || first % 8)) {
		bits = btf_int_bits(type);
		first += btf_int_offset(type);
	}
	end = first + (bits ? bits : (uint64_t)size * 8);
	if (end > (uint64_t)parent->size * 8 || bits > 64 || (first % 8 && !bits))
		return -EINVAL;
	if (bits && !btf_is_int(type) && !btf_is_any_enum(type))
		return -EINVAL;
	decoder->offset = (uint32_t)(first / 8);
	decoder->size = bits ? (uint32_t)((end + 7) / 8 - first / 8) : (uint32_t)size;
	decoder->bit = bits ? first % 8 : 0;
	decoder->bits = (uint8_t)bits;
	return 0;
}

/*
 * A struct tail counts from the record's first byte, so it works only for members of the record
 * itself.
 */
static struct hint member_hint(const struct builder *builder, uint32_t parent, uint32_t index,
			       const struct btf_type *type)
{
	struct hint hint = builder_hint(builder, parent, (int)index);

	if (hint_row(hint.kind)->bytes && btf_is_struct(type) && parent != builder->root)
		hint.kind = HINT_NONE;
	return hint;
}

/* The struct whose members are added, @base bytes from the record's or element's begin. */
struct parent {
	const struct btf_type *type;
	uint32_t id, base;
	unsigned int depth;
};

static int add_member(struct builder *builder, const struct parent *parent, uint32_t index,
		      struct members *members)
{
	const struct btf_member *member = &btf_members(parent->type)[index];
	const char *name = builder_name(builder, member->name_off);
	struct record_decoder decoder = {0}, *room;
	uint32_t id = member->type;
	const struct btf_type *type = builder_resolve(builder, &id);
	int err;

	if (++builder->parts > MAX_PARTS)
		return builder_damaged(builder, "it has too many members");
	if (!name || !type || place(builder, parent->type, index, &decoder))
		return builder_damaged(builder, "its type information is damaged");
	if (!*name && btf_is_composite(type))
		return add_members(builder, type, id, parent->base + decoder.offset,
				   parent->depth + 1, members);
	if (!*name)
		return 0;
	if (dict_get(&members->names, name))
		return builder_damaged(builder, "two members have one name");
	err = decoder_build(builder, member->type, member_hint(builder, parent->id, index, type),
			    parent->depth + 1, &decoder);
	if (err)
		return err;
	decoder.offset += parent->base;
	decoder.name = arena_strdup(builder->arena, name);
	room = vec_add(&members->decoders, sizeof(*room));
	if (!decoder.name || !room || dict_set(&members->names, decoder.name, (void *)decoder.name))
		return error_memory(builder->err);
	*room = decoder;
	return 0;
}

/* Members of anonymous members are the parent's own, as in C. */
static int add_members(struct builder *builder, const struct btf_type *type, uint32_t id,
		       uint32_t base, unsigned int depth, struct members *members)
{
	const struct parent parent = {.type = type, .id = id, .base = base, .depth = depth};
	uint32_t i;
	int err = 0;

	if (depth > MAX_DEPTH)
		return builder_damaged(builder, "nested too deeply");
	for (i = 0; !err && i < btf_vlen(type); i++)
		err = add_member(builder, &parent, i, members);
	return err;
}

static int build_struct(struct builder *builder, const struct btf_type *type, uint32_t id,
			struct hint hint, unsigned int depth, struct record_decoder *decoder)
{
	struct members CLEANUP(members_free) members = {0};
	struct record_decoder *parts;
	int err;

	(void)hint;
	err = add_members(builder, type, id, 0, depth, &members);
	if (err)
		return err;
	parts = arena_array(builder->arena, members.decoders.count + 1, sizeof(*parts));
	if (!parts)
		return error_memory(builder->err);
	if (members.decoders.count)
		memcpy(parts, members.decoders.items, members.decoders.count * sizeof(*parts));
	decoder->form = RECORD_STRUCT;
	decoder->parts = parts;
	decoder->n_parts = (uint32_t)members.decoders.count;
	return 0;
}

/* ---- one type ---- */

/* Kinds without a row (floats, future kinds) are shown as bytes. */
static int (*const kinds[])(struct builder *builder, const struct btf_type *type, uint32_t id,
			    struct hint hint, unsigned int depth,
			    struct record_decoder *decoder) = {
	[BTF_KIND_INT] = build_int,	 [BTF_KIND_PTR] = build_pointer,
	[BTF_KIND_ARRAY] = build_array,	 [BTF_KIND_STRUCT] = build_struct,
	[BTF_KIND_UNION] = build_struct, [BTF_KIND_ENUM] = build_enum,
	[BTF_KIND_ENUM64] = build_enum,
};

/* Recognise struct tail of record.h by its shape: two __u16, offset and length. */
static bool is_tail(const struct builder *builder, const struct btf_type *type)
{
	const struct btf_type *part;
	uint32_t i, id;

	if (!btf_is_struct(type) || btf_vlen(type) != 2 || type->size != 4)
		return false;
	for (i = 0; i < 2; i++) {
		id = btf_members(type)[i].type;
		part = builder_resolve(builder, &id);
		if (!part || !btf_is_int(part) || part->size != 2 ||
		    btf_member_bit_offset(type, i) != i * 16)
			return false;
	}
	return true;
}

static bool is_byte_array(const struct builder *builder, const struct btf_type *type)
{
	return btf_is_array(type) && builder_type_size(builder, btf_array(type)->type, 0) == 1;
}

/* The form that the hint gives to a member as a whole; RECORD_BYTES: none. */
static enum record_form whole_form(const struct builder *builder, const struct btf_type *type,
				   struct hint hint, const struct record_decoder *decoder)
{
	const struct hint_row *row = hint_row(hint.kind);

	if (decoder->bits)
		return RECORD_BYTES;
	if (row->sized && row->size == decoder->size)
		return row->sized;
	if (row->bytes && (is_byte_array(builder, type) || is_tail(builder, type)))
		return row->bytes;
	return RECORD_BYTES;
}

/* Ignore a hint that does not fit the type. */
static void apply_hint(struct record_decoder *decoder, struct hint hint)
{
	bool plain = record_is_integer(decoder) && decoder->form != RECORD_ENUM &&
		     decoder->form != RECORD_FLAGS;

	if (hint_row(hint.kind)->integer && plain)
		decoder->form = hint_row(hint.kind)->integer;
}

/* Type names for data after the members. */
static const char *const behind_types[RECORD_FORM_COUNT] = {
	[RECORD_STRING] = "char[]",
	[RECORD_STRINGS] = "char[][]",
	[RECORD_SOCKADDR] = "struct sockaddr",
	[RECORD_DOMAIN] = "char[]",
	[RECORD_ADDRESSES] = "struct in6_addr[]",
};

static int decoder_build(struct builder *builder, uint32_t id, struct hint hint, unsigned int depth,
			 struct record_decoder *decoder)
{
	const char *text = builder_type_text(builder, id, 0);
	const struct btf_type *type = builder_resolve(builder, &id);
	int64_t size = builder_type_size(builder, id, 0);
	unsigned int kind;
	int err = 0;

	if (!text)
		return error_memory(builder->err);
	if (!type || size < 0)
		return builder_damaged(builder, "its type information is damaged");
	if (depth > MAX_DEPTH || ++builder->parts > MAX_PARTS)
		return builder_damaged(builder, "it has too many members or is nested too deeply");
	kind = btf_kind(type);
	if (!decoder->bits)
		decoder->size = (uint32_t)size;
	decoder->type = text;
	decoder->clock = builder->clock;
	decoder->form = whole_form(builder, type, hint, decoder);
	decoder->behind = behind_types[decoder->form] && is_tail(builder, type);
	if (decoder->behind)
		decoder->type = behind_types[decoder->form];
	if (decoder->form == RECORD_BYTES && kind < ARRAY_SIZE(kinds) && kinds[kind])
		err = kinds[kind](builder, type, id, hint, depth, decoder);
	apply_hint(decoder, hint);
	record_settle(decoder);
	return err;
}

/* ---- all members of a record ---- */

/* Forms that may have any number of bytes. */
static bool is_elastic(const struct record_decoder *field)
{
	return field->form == RECORD_STRING || field->form == RECORD_STRINGS ||
	       field->form == RECORD_BYTES || field->form == RECORD_SOCKADDR ||
	       field->form == RECORD_DOMAIN || field->form == RECORD_ADDRESSES;
}

/* A flexible array at the end reaches to the end of the sample. */
static void finish_fields(struct record_decoder *fields, size_t n, size_t size)
{
	size_t i, name;

	for (i = 0; i < n; i++) {
		name = strlen(fields[i].name);
		fields[i].integer = record_is_integer(&fields[i]);
		fields[i].width = record_width(&fields[i]);
		if (fields[i].width < name)
			fields[i].width = (unsigned int)name;
	}
	if (n && !fields[n - 1].size && fields[n - 1].offset <= size && is_elastic(&fields[n - 1]))
		fields[n - 1].tail = true;
}

static int find_struct(const struct btf *btf, const char *name, int32_t *ret,
		       struct featsel_error *err)
{
	*ret = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);
	if (*ret > 0)
		return 0;
	return error_set(err, -ENOENT, FEATSEL_FAILURE_INVALID,
			 "record '%s': the object's BTF has no struct of that name; a line "
			 "'const struct %s *unused_%s __attribute__((unused));' in its source "
			 "keeps one there",
			 name, name, name);
}

int layout_exists(const struct btf *btf, const char *type, struct featsel_error *err)
{
	int32_t id;

	if (!btf)
		return error_set(err, -ENOENT, FEATSEL_FAILURE_INVALID,
				 "record '%s': the object has no BTF", type);
	return find_struct(btf, type, &id, err);
}

static int read_struct(struct builder *builder, struct record_fields *ret)
{
	struct record_decoder root = {0};
	const struct btf_type *type;
	int32_t id;
	int err;

	err = find_struct(builder->btf, builder->record, &id, builder->err);
	if (err)
		return err;
	type = btf__type_by_id(builder->btf, (uint32_t)id);
	builder->root = (uint32_t)id;
	err = builder_collect_hints(builder);
	if (!err)
		err = decoder_build(builder, (uint32_t)id, (struct hint){HINT_NONE, 0}, 0, &root);
	if (err)
		return err;
	finish_fields((struct record_decoder *)root.parts, root.n_parts, type->size);
	ret->items = root.parts;
	ret->n = root.n_parts;
	ret->size = type->size;
	return 0;
}

int decoder_read(const struct btf *btf, const char *record, struct record_clock *clock,
		 struct arena *arena, struct record_fields *ret, struct featsel_error *err)
{
	struct builder builder = {
		.btf = btf, .record = record, .arena = arena, .err = err, .clock = clock};
	int r = btf ? read_struct(&builder, ret)
		    : builder_damaged(&builder, "the object has no BTF");

	vec_free(&builder.tags);
	return r;
}
