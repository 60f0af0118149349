/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * types.c - names, sizes and display hints of types out of an object's BTF
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "record/builder.h"

#define MAX_NAME    255
#define HINT_PREFIX "featsel:"

/* ---- hints: declaration tags on members ---- */

static const struct hint_row hints[] = {
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
	[HINT_DOMAIN] = {.name = "domain", .bytes = RECORD_DOMAIN},
	[HINT_ADDRESSES] = {.name = "addresses", .bytes = RECORD_ADDRESSES},
};
_Static_assert(ARRAY_SIZE(hints) == HINT_COUNT, "a hint without a row");

/* A tag and what it is attached to; type ids begin at 1, members at 0. */
struct tag {
	uint32_t type;
	int member;
	struct hint hint;
};

/* Ignore unknown hints. */
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

int builder_collect_hints(struct builder *builder)
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

struct hint builder_hint(const struct builder *builder, uint32_t type, int member)
{
	struct tag key = {.type = type, .member = member};
	const struct tag *tag = NULL;

	if (builder->tags.count)
		tag = bsearch(&key, builder->tags.items, builder->tags.count, sizeof(key),
			      compare_tags);
	return tag ? tag->hint : (struct hint){HINT_NONE, 0};
}

const struct hint_row *hint_row(enum hint_kind kind)
{
	return &hints[kind];
}

/* ---- types ---- */

int builder_damaged(const struct builder *builder, const char *what)
{
	return error_set(builder->err, -EINVAL, FEATSEL_FAILURE_INVALID, "record '%s': %s",
			 builder->record, what);
}

static bool is_modifier(const struct btf_type *type)
{
	return btf_is_mod(type) || btf_is_typedef(type);
}

/* The type behind typedefs and qualifiers, its id in *id; NULL if there is none. */
const struct btf_type *builder_resolve(const struct builder *builder, uint32_t *id)
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

/*
 * NULL for names that are not printable or that JSON would have to escape; C compilers make none.
 */
const char *builder_name(const struct builder *builder, uint32_t offset)
{
	const char *name = btf__name_by_offset(builder->btf, offset), *at;

	for (at = name; at && *at; at++) {
		if (*at < ' ' || *at > '~' || *at == '"' || *at == '\\')
			return NULL;
	}
	return name && at - name <= MAX_NAME ? name : NULL;
}

/* -EINVAL: a type that has no size, or a damaged one. */
int64_t builder_type_size(const struct builder *builder, uint32_t id, unsigned int depth)
{
	const struct btf_type *type = builder_resolve(builder, &id);
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
	size = builder_type_size(builder, btf_array(type)->type, depth + 1);
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
	const char *name = builder_name(builder, type->name_off);

	if (!name || !*name)
		name = btf_is_func_proto(type) ? "function" : "{...}";
	return arena_printf(builder->arena, "%s%s", kind_word(type), name);
}

/* The type as C writes it; NULL if memory is out. */
const char *builder_type_text(const struct builder *builder, uint32_t id, unsigned int depth)
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
		inner = builder_type_text(builder, type->type, depth + 1);
	else
		inner = plain_type_text(builder, type);
	if (!inner)
		return NULL;
	return arena_printf(builder->arena, "%s%s%s", inner, btf_is_ptr(type) ? " *" : "",
			    dimensions);
}
