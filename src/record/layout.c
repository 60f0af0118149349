/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * layout.c - layouts out of BTF
 *
 * A record's struct is compiled into a flat table of decoders once, so that no BTF is walked while
 * records stream. The BTF comes from a file that somebody gave us: ids, names, offsets, sizes and
 * depth are all checked here, and a decoder never reaches beyond the struct that it is part of.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "record/private.h"

#define MAX_DEPTH     16
#define MAX_PARTS     8192
#define MAX_NAME      255
#define MAX_CONSTANTS 65536
#define HINT_PREFIX   "featsel:"

struct featsel_layout {
	const struct record_decoder *fields;
	size_t n_fields;
	size_t size;
	struct record_clock clock;
};

/* ---- hints: declaration tags on members ---- */

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
	HINT_COUNT
};

/*
 * What a hint makes of an integer, of anything that has just the right size, and of bytes: an array
 * of them, or a struct tail that says where they are.
 */
static const struct hint_row {
	const char *name;
	enum record_form integer;
	enum record_form sized;
	uint32_t size;
	enum record_form bytes;
} hints[] = {
	[HINT_NONE] = {.name = ""},
	[HINT_HEX] = {.name = "hex", .integer = RECORD_HEX},
	[HINT_OCTAL] = {.name = "octal", .integer = RECORD_OCTAL},
	[HINT_TIMESTAMP] = {.name = "timestamp", .integer = RECORD_TIMESTAMP},
	[HINT_DURATION] = {.name = "duration", .integer = RECORD_DURATION},
	[HINT_ERRNO] = {.name = "errno", .integer = RECORD_ERRNO},
	[HINT_IPV4] = {.name = "ipv4", .sized = RECORD_IPV4, .size = 4},
	[HINT_IPV6] = {.name = "ipv6", .sized = RECORD_IPV6, .size = 16},
	[HINT_FLAGS] = {.name = "flags", .integer = RECORD_HEX},
	[HINT_STRING] = {.name = "string", .bytes = RECORD_STRING},
	[HINT_STRINGS] = {.name = "strings", .bytes = RECORD_STRINGS},
	[HINT_SOCKADDR] = {.name = "sockaddr", .bytes = RECORD_SOCKADDR},
};
_Static_assert(ARRAY_SIZE(hints) == HINT_COUNT, "a hint without a row");

struct hint {
	enum hint_kind kind;
	uint64_t mask; /* flags */
};

/* A tag and where it stands: types are numbered from 1, members from 0. */
struct tag {
	uint32_t type;
	int member;
	struct hint hint;
};

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

/* Hints that we do not know are for those who do. */
static struct hint hint_parse(const char *text)
{
	size_t length = strcspn(text, ":"), i;
	struct hint hint = {HINT_NONE, 0};

	for (i = 1; i < ARRAY_SIZE(hints); i++) {
		if (strlen(hints[i].name) == length && !memcmp(hints[i].name, text, length))
			hint.kind = (enum hint_kind)i;
	}
	if (hint.kind == HINT_FLAGS && text[length])
		hint.mask = strtoull(text + length + 1, NULL, 0);
	return hint;
}

static int compare_tags(const void *left, const void *right)
{
	const struct tag *a = left, *b = right;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return (a->member > b->member) - (a->member < b->member);
}

static int collect_tags(struct builder *builder)
{
	size_t prefix = strlen(HINT_PREFIX);
	const struct btf_type *type;
	const char *text;
	struct tag *tag;
	uint32_t id;

	for (id = 1; (type = btf__type_by_id(builder->btf, id)); id++) {
		if (!btf_is_decl_tag(type))
			continue;
		text = btf__name_by_offset(builder->btf, type->name_off);
		if (!text || strncmp(text, HINT_PREFIX, prefix))
			continue;
		tag = vec_add(&builder->tags, sizeof(*tag));
		if (!tag)
			return error_memory(builder->err);
		tag->type = type->type;
		tag->member = btf_decl_tag(type)->component_idx;
		tag->hint = hint_parse(text + prefix);
	}
	if (builder->tags.count)
		qsort(builder->tags.items, builder->tags.count, sizeof(*tag), compare_tags);
	return 0;
}

static struct hint find_hint(const struct builder *builder, uint32_t type, int member)
{
	struct tag key = {.type = type, .member = member};
	const struct tag *tag = NULL;

	if (builder->tags.count)
		tag = bsearch(&key, builder->tags.items, builder->tags.count, sizeof(key),
			      compare_tags);
	return tag ? tag->hint : (struct hint){HINT_NONE, 0};
}

/* ---- types ---- */

static int damaged(const struct builder *builder, const char *what)
{
	return error_set(builder->err, -EINVAL, FEATSEL_FAILURE_INVALID, "record '%s': %s",
			 builder->record, what);
}

static bool is_modifier(const struct btf_type *type)
{
	return btf_is_mod(type) || btf_is_typedef(type);
}

/* The type behind typedefs and qualifiers, its id in *id; NULL where there is none. */
static const struct btf_type *resolve(const struct builder *builder, uint32_t *id)
{
	const struct btf_type *type = btf__type_by_id(builder->btf, *id);
	unsigned int hops;

	for (hops = 0; type && is_modifier(type); hops++) {
		if (hops == MAX_DEPTH * 2)
			return NULL;
		*id = type->type;
		type = btf__type_by_id(builder->btf, *id);
	}
	return type;
}

/* Printable and free of what JSON or a table would stumble over; a C compiler makes no other. */
static const char *clean_name(const struct builder *builder, uint32_t offset)
{
	const char *name = btf__name_by_offset(builder->btf, offset), *at;

	for (at = name; at && *at; at++) {
		if (*at < ' ' || *at > '~' || *at == '"' || *at == '\\')
			return NULL;
	}
	return name && at - name <= MAX_NAME ? name : NULL;
}

/* -EINVAL: a type that has no size, or a damaged one. */
static int64_t type_size(const struct builder *builder, uint32_t id, unsigned int depth)
{
	const struct btf_type *type = resolve(builder, &id);
	uint64_t count;
	int64_t size;

	if (!type || depth > MAX_DEPTH)
		return -EINVAL;
	if (btf_is_ptr(type))
		return 8;
	if (btf_is_int(type) || btf_is_any_enum(type) || btf_is_composite(type) ||
	    btf_is_float(type))
		return type->size;
	if (!btf_is_array(type))
		return -EINVAL;
	count = btf_array(type)->nelems;
	size = type_size(builder, btf_array(type)->type, depth + 1);
	if (size > 0 && count > UINT32_MAX / (uint64_t)size)
		return -EINVAL;
	return size < 0 ? size : size * (int64_t)count;
}

static const char *kind_word(const struct btf_type *type)
{
	if (btf_is_struct(type))
		return "struct ";
	if (btf_is_union(type))
		return "union ";
	return btf_is_any_enum(type) ? "enum " : "";
}

/* The name of a type that is neither array nor pointer nor qualified. */
static const char *plain_type_text(const struct builder *builder, const struct btf_type *type)
{
	const char *name = clean_name(builder, type->name_off);

	if (!name || !*name)
		name = btf_is_func_proto(type) ? "function" : "{...}";
	return arena_printf(builder->arena, "%s%s", kind_word(type), name);
}

/* The type as C writes it; NULL when memory is out. */
static const char *type_text(const struct builder *builder, uint32_t id, unsigned int depth)
{
	const struct btf_type *type = btf__type_by_id(builder->btf, id);
	char dimensions[128] = "";
	const char *inner;
	size_t length = 0;

	while (type && btf_is_mod(type) && depth++ < MAX_DEPTH)
		type = btf__type_by_id(builder->btf, id = type->type);
	for (; type && btf_is_array(type) && depth < MAX_DEPTH && length < sizeof(dimensions) - 16;
	     depth++) {
		length += (size_t)snprintf(dimensions + length, sizeof(dimensions) - length, "[%u]",
					   btf_array(type)->nelems);
		type = btf__type_by_id(builder->btf, id = btf_array(type)->type);
		while (type && btf_is_mod(type) && depth++ < MAX_DEPTH)
			type = btf__type_by_id(builder->btf, id = type->type);
	}
	if (!type || depth >= MAX_DEPTH)
		return arena_strdup(builder->arena, "?");
	if (!id)
		inner = "void";
	else if (btf_is_ptr(type))
		inner = type_text(builder, type->type, depth + 1);
	else
		inner = plain_type_text(builder, type);
	if (!inner)
		return NULL;
	return arena_printf(builder->arena, "%s%s%s", inner, btf_is_ptr(type) ? " *" : "",
			    dimensions);
}

/* ---- decoders by kind of type ---- */

static int build(struct builder *builder, uint32_t id, struct hint hint, unsigned int depth,
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

/* Compilers before 15 do not say whether an enum is signed: the sign of its values does. */
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

/* The one value under the mask (or the one for none) first, then what has most bits. */
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

/* The first of several names for a value stays. Returns how many are left. */
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
 * At least three names, each a bit of its own (and perhaps one for none): nobody counts like that.
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
		return damaged(builder, "too many enumerators");
	constants = arena_array(builder->arena, n ? n : 1, sizeof(*constants));
	if (!constants)
		return error_memory(builder->err);
	for (i = 0; i < n; i++) {
		name_off = btf_is_enum(type) ? btf_enum(type)[i].name_off
					     : btf_enum64(type)[i].name_off;
		name = clean_name(builder, name_off);
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
	const struct btf_type *type = resolve(builder, &id);
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
	if (!decoder->size || (hint.kind == HINT_HEX && type_size(builder, array->type, 0) == 1))
		return 0;
	part = arena_alloc(builder->arena, sizeof(*part));
	if (!part)
		return error_memory(builder->err);
	/* How a whole is to be read says nothing of its elements. */
	if (hints[hint.kind].bytes)
		hint.kind = HINT_NONE;
	err = build(builder, array->type, hint, depth + 1, part);
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
 * Where a member lies: bytes and, for a bit field, bits. Two encodings: structs with the kind flag
 * give each member its width, others put it into an integer type of the member's own.
 */
static int place(const struct builder *builder, const struct btf_type *parent, uint32_t index,
		 struct record_decoder *decoder)
{
	uint32_t id = btf_members(parent)[index].type;
	const struct btf_type *type = resolve(builder, &id);
	uint64_t first = btf_member_bit_offset(parent, index), end;
	uint32_t bits = btf_member_bitfield_size(parent, index);
	int64_t size = type_size(builder, id, 0);

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

/* A struct tail counts from the record's first byte, which nothing within a member knows. */
static struct hint member_hint(const struct builder *builder, uint32_t parent, uint32_t index,
			       const struct btf_type *type)
{
	struct hint hint = find_hint(builder, parent, (int)index);

	if (hints[hint.kind].bytes && btf_is_struct(type) && parent != builder->root)
		hint.kind = HINT_NONE;
	return hint;
}

static int add_member(struct builder *builder, const struct btf_type *parent, uint32_t parent_id,
		      uint32_t index, uint32_t base, unsigned int depth, struct members *members)
{
	const struct btf_member *member = &btf_members(parent)[index];
	const char *name = clean_name(builder, member->name_off);
	struct record_decoder decoder = {0}, *room;
	uint32_t id = member->type;
	const struct btf_type *type = resolve(builder, &id);
	int err;

	if (++builder->parts > MAX_PARTS)
		return damaged(builder, "it has too many members");
	if (!name || !type || place(builder, parent, index, &decoder))
		return damaged(builder, "its type information is damaged");
	if (!*name && btf_is_composite(type))
		return add_members(builder, type, id, base + decoder.offset, depth + 1, members);
	if (!*name)
		return 0;
	if (dict_get(&members->names, name))
		return damaged(builder, "two members have one name");
	err = build(builder, member->type, member_hint(builder, parent_id, index, type), depth + 1,
		    &decoder);
	if (err)
		return err;
	decoder.offset += base;
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
	uint32_t i;
	int err = 0;

	if (depth > MAX_DEPTH)
		return damaged(builder, "nested too deeply");
	for (i = 0; !err && i < btf_vlen(type); i++)
		err = add_member(builder, type, id, i, base, depth, members);
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

/* Kinds without a row, floats and whatever comes, are shown as their bytes. */
static int (*const kinds[])(struct builder *builder, const struct btf_type *type, uint32_t id,
			    struct hint hint, unsigned int depth,
			    struct record_decoder *decoder) = {
	[BTF_KIND_INT] = build_int,	 [BTF_KIND_PTR] = build_pointer,
	[BTF_KIND_ARRAY] = build_array,	 [BTF_KIND_STRUCT] = build_struct,
	[BTF_KIND_UNION] = build_struct, [BTF_KIND_ENUM] = build_enum,
	[BTF_KIND_ENUM64] = build_enum,
};

/* struct tail of record.h, whatever it is called: two __u16, where and how long. */
static bool is_tail(const struct builder *builder, const struct btf_type *type)
{
	const struct btf_type *part;
	uint32_t i, id;

	if (!btf_is_struct(type) || btf_vlen(type) != 2 || type->size != 4)
		return false;
	for (i = 0; i < 2; i++) {
		id = btf_members(type)[i].type;
		part = resolve(builder, &id);
		if (!part || !btf_is_int(part) || part->size != 2 ||
		    btf_member_bit_offset(type, i) != i * 16)
			return false;
	}
	return true;
}

static bool is_byte_array(const struct builder *builder, const struct btf_type *type)
{
	return btf_is_array(type) && type_size(builder, btf_array(type)->type, 0) == 1;
}

/*
 * The form that the hint gives to a member as a whole, whatever it is made of; RECORD_BYTES: none.
 */
static enum record_form whole_form(const struct builder *builder, const struct btf_type *type,
				   struct hint hint, const struct record_decoder *decoder)
{
	const struct hint_row *row = &hints[hint.kind];

	if (decoder->bits)
		return RECORD_BYTES;
	if (row->sized && row->size == decoder->size)
		return row->sized;
	if (row->bytes && (is_byte_array(builder, type) || is_tail(builder, type)))
		return row->bytes;
	return RECORD_BYTES;
}

/* A hint that does not fit the type is no more than a tag. */
static void apply_hint(struct record_decoder *decoder, struct hint hint)
{
	bool plain = record_is_integer(decoder) && decoder->form != RECORD_ENUM &&
		     decoder->form != RECORD_FLAGS;

	if (hints[hint.kind].integer && plain)
		decoder->form = hints[hint.kind].integer;
}

/* What stands behind the members, in words that a user of the record has a use for. */
static const char *const behind_types[RECORD_FORM_COUNT] = {
	[RECORD_STRING] = "char[]",
	[RECORD_STRINGS] = "char[][]",
	[RECORD_SOCKADDR] = "struct sockaddr",
};

static int build(struct builder *builder, uint32_t id, struct hint hint, unsigned int depth,
		 struct record_decoder *decoder)
{
	const char *text = type_text(builder, id, 0);
	const struct btf_type *type = resolve(builder, &id);
	int64_t size = type_size(builder, id, 0);
	unsigned int kind;
	int err = 0;

	if (!text)
		return error_memory(builder->err);
	if (!type || size < 0)
		return damaged(builder, "its type information is damaged");
	if (depth > MAX_DEPTH || ++builder->parts > MAX_PARTS)
		return damaged(builder, "it has too many members or is nested too deeply");
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
	return err;
}

/* ---- layouts ---- */

static int layout_raw(struct featsel_layout *layout, struct arena *arena, struct featsel_error *err)
{
	struct record_decoder *field = arena_alloc(arena, sizeof(*field));

	if (!field)
		return error_memory(err);
	field->form = RECORD_BYTES;
	field->tail = true;
	field->name = "data";
	field->type = "bytes";
	field->width = 32;
	layout->fields = field;
	layout->n_fields = 1;
	return 0;
}

/* Bytes of which there may be more or fewer. */
static bool is_elastic(const struct record_decoder *field)
{
	return field->form == RECORD_STRING || field->form == RECORD_STRINGS ||
	       field->form == RECORD_BYTES || field->form == RECORD_SOCKADDR;
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

static int layout_build(struct builder *builder, struct featsel_layout *layout)
{
	struct record_decoder root = {0};
	const struct btf_type *type;
	int32_t id;
	int err;

	id = btf__find_by_name_kind(builder->btf, builder->record, BTF_KIND_STRUCT);
	if (id <= 0)
		return error_set(builder->err, -ENOENT, FEATSEL_FAILURE_INVALID,
				 "record '%s': the object's BTF has no struct of that name",
				 builder->record);
	type = btf__type_by_id(builder->btf, (uint32_t)id);
	builder->root = (uint32_t)id;
	err = collect_tags(builder);
	if (!err)
		err = build(builder, (uint32_t)id, (struct hint){HINT_NONE, 0}, 0, &root);
	if (err)
		return err;
	finish_fields((struct record_decoder *)root.parts, root.n_parts, type->size);
	layout->fields = root.parts;
	layout->n_fields = root.n_parts;
	layout->size = type->size;
	return 0;
}

int layout_new(const struct btf *btf, const char *type, struct arena *arena,
	       struct featsel_layout **ret, struct featsel_error *err)
{
	struct featsel_layout *layout = arena_alloc(arena, sizeof(*layout));
	struct builder builder = {.btf = btf, .record = type, .arena = arena, .err = err};
	int code;

	if (!layout)
		return error_memory(err);
	record_clock_init(&layout->clock);
	builder.clock = &layout->clock;
	if (!type)
		code = layout_raw(layout, arena, err);
	else if (!btf)
		code = damaged(&builder, "the object has no BTF");
	else
		code = layout_build(&builder, layout);
	vec_free(&builder.tags);
	if (code)
		return code;
	*ret = layout;
	return 0;
}

void layout_lack(struct featsel_layout *layout, const char *field)
{
	int index = featsel_layout_find(layout, field);
	struct record_decoder *decoder;

	if (index < 0)
		return;
	decoder = (struct record_decoder *)(uintptr_t)&layout->fields[index];
	decoder->tail = true;
	decoder->offset = UINT32_MAX;
}

size_t layout_size(const struct featsel_layout *layout)
{
	return layout->size;
}

size_t featsel_layout_fields(const struct featsel_layout *layout)
{
	return layout->n_fields;
}

const char *featsel_layout_field(const struct featsel_layout *layout, size_t index)
{
	return layout->fields[index].name;
}

const char *featsel_layout_type(const struct featsel_layout *layout, size_t index)
{
	return layout->fields[index].type;
}

unsigned int featsel_layout_width(const struct featsel_layout *layout, size_t index)
{
	return layout->fields[index].width;
}

int featsel_layout_find(const struct featsel_layout *layout, const char *field)
{
	size_t i;

	for (i = 0; i < layout->n_fields; i++) {
		if (!strcmp(layout->fields[i].name, field))
			return (int)i;
	}
	return -ENOENT;
}

/*
 * How many bytes of @field a sample of @size bytes holds: a string is what there is of it, anything
 * else is whole or -ENODATA.
 */
static ssize_t field_bytes(const struct record_decoder *field, size_t size)
{
	size_t rest = size > field->offset ? size - field->offset : 0;

	if (field->tail)
		return size < field->offset ? -ENODATA : (ssize_t)rest;
	if (rest >= field->size)
		return (ssize_t)field->size;
	return !field->behind && field->form == RECORD_STRING && rest ? (ssize_t)rest : -ENODATA;
}

/*
 * The same, and where they are. What stands behind the members is where the sample says, which may
 * be anything: within the members or beyond the sample there is none of it.
 */
static inline ssize_t find_bytes(const struct featsel_layout *layout,
				 const struct record_decoder *field, const void *data, size_t size,
				 const uint8_t **ret)
{
	const uint8_t *begin = data;
	uint16_t where, length;
	ssize_t bytes;

	/* Nearly all fields of nearly all records. */
	if (size >= layout->size && !field->behind && !field->tail) {
		*ret = begin + field->offset;
		return (ssize_t)field->size;
	}
	*ret = begin;
	bytes = field_bytes(field, size);
	if (bytes < 0)
		return bytes;
	*ret = begin + field->offset;
	if (!field->behind)
		return bytes;
	memcpy(&where, *ret, sizeof(where));
	memcpy(&length, *ret + sizeof(where), sizeof(length));
	if (!length)
		return 0;
	if (where < layout->size || where > size || length > size - where)
		return -ENODATA;
	*ret = begin + where;
	return length;
}

const struct record_decoder *layout_decoder(const struct featsel_layout *layout, size_t index)
{
	return &layout->fields[index];
}

ssize_t layout_bytes(const struct featsel_layout *layout, size_t index, const void *data,
		     size_t size, const uint8_t **ret)
{
	const struct record_decoder *field = &layout->fields[index];
	ssize_t bytes = find_bytes(layout, field, data, size, ret);

	if (bytes < 0 || field->behind || field->form != RECORD_STRING)
		return bytes;
	return (ssize_t)strnlen((const char *)*ret, (size_t)bytes);
}

int featsel_layout_integer(const struct featsel_layout *layout, size_t index, const void *data,
			   size_t size, uint64_t *ret)
{
	const struct record_decoder *field = &layout->fields[index];

	if (!field->integer)
		return -EINVAL;
	if (size < (size_t)field->offset + field->size)
		return -ENODATA;
	*ret = record_fetch(field, (const uint8_t *)data + field->offset);
	return 0;
}

static ssize_t put_missing(const char *word, char *buffer, size_t room)
{
	size_t length = strlen(word);

	if (length > room)
		return -ENOSPC;
	memcpy(buffer, word, length);
	return (ssize_t)length;
}

ssize_t featsel_layout_text(const struct featsel_layout *layout, size_t index, const void *data,
			    size_t data_size, char *buffer, size_t size)
{
	const struct record_decoder *field = &layout->fields[index];
	const uint8_t *at;
	ssize_t bytes = find_bytes(layout, field, data, data_size, &at);

	if (bytes < 0)
		return put_missing("?", buffer, size);
	return record_text(field, at, (size_t)bytes, buffer, size);
}

ssize_t featsel_layout_json(const struct featsel_layout *layout, size_t index, const void *data,
			    size_t data_size, char *buffer, size_t size)
{
	const struct record_decoder *field = &layout->fields[index];
	const uint8_t *at;
	ssize_t bytes = find_bytes(layout, field, data, data_size, &at);

	if (bytes < 0)
		return put_missing("null", buffer, size);
	return record_json(field, at, (size_t)bytes, buffer, size);
}

ssize_t featsel_layout_time(const struct featsel_layout *layout, size_t index, const void *data,
			    size_t data_size, char *buffer, size_t size)
{
	const struct record_decoder *field = &layout->fields[index];

	if (field->form != RECORD_TIMESTAMP)
		return -EINVAL;
	if (field_bytes(field, data_size) < 0)
		return -ENODATA;
	return record_time(field->clock, record_fetch(field, (const uint8_t *)data + field->offset),
			   buffer, size);
}
