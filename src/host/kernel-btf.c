/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * kernel-btf.c - types of the running kernel (or of a file), walked in place without an index
 *
 * The input may be hostile: anything that points outside the input is damage, and ends the walk.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/btf.h>

#include "host/kernel-btf.h"

#define MARK_STEP  256u /* ids between two remembered offsets */
#define NAME_LIMIT 256

/* A remembered answer. */
struct memo {
	bool found;
	uint32_t id;
	int64_t value;
};

/* ---- walk ---- */

const char *kernel_btf_name(const struct kernel_btf *btf, uint32_t offset)
{
	const struct kernel_btf *base = btf->base;

	if (base && offset < base->strings_size)
		return base->strings + offset;
	offset -= base ? base->strings_size : 0;
	return offset < btf->strings_size ? btf->strings + offset : "";
}

/* Remember where every MARK_STEP-th type lies. Without memory for it, kernel_btf_type() walks
 * further. */
static void mark(struct kernel_btf *btf, uint32_t id, uint32_t at)
{
	uint32_t *offset;

	if ((id - 1) / MARK_STEP != btf->marks.count)
		return;
	offset = vec_add(&btf->marks, sizeof(*offset));
	if (offset)
		*offset = at;
}

/* Runs once for each of a hundred thousand types: callers keep their cursor in registers. */
static inline bool step(struct kernel_btf *btf, struct cursor *cursor)
{
	uint32_t left = btf->types_size - cursor->next;
	const struct btf_type *type;
	const struct extent *extent;
	uint64_t size;

	if (left == 0)
		return false;
	if (left < sizeof(*type)) {
		btf->damage = -EBADMSG;
		return false;
	}
	type = (const struct btf_type *)(btf->types + cursor->next);
	extent = &btf->extents[INFO_KIND(type->info)];
	size = extent->size + (uint64_t)extent->each * INFO_COUNT(type->info);
	if (size > left) {
		btf->damage = -EBADMSG;
		return false;
	}
	cursor->id++;
	cursor->offset = cursor->next;
	cursor->next += (uint32_t)size;
	cursor->type = type;
	if ((cursor->id - 1) % MARK_STEP == 0)
		mark(btf, cursor->id, cursor->offset);
	return true;
}

const struct btf_type *kernel_btf_type(struct kernel_btf *btf, uint32_t id)
{
	struct cursor cursor = {0};
	size_t nearest;

	if (id == 0)
		return NULL;
	if (id <= btf->base_count)
		return kernel_btf_type(btf->base, id);
	id -= btf->base_count;
	nearest = (id - 1) / MARK_STEP;
	if (nearest >= btf->marks.count && btf->marks.count > 0)
		nearest = btf->marks.count - 1;
	if (btf->marks.count > 0) {
		cursor.id = (uint32_t)nearest * MARK_STEP;
		cursor.next = ((const uint32_t *)btf->marks.items)[nearest];
	}
	while (step(btf, &cursor))
		if (cursor.id == id)
			return cursor.type;
	return NULL;
}

uint32_t kernel_btf_count(struct kernel_btf *btf)
{
	struct cursor cursor = {0};

	if (btf->marks.count > 0) {
		cursor.id = (uint32_t)(btf->marks.count - 1) * MARK_STEP;
		cursor.next = ((const uint32_t *)btf->marks.items)[btf->marks.count - 1];
	}
	while (step(btf, &cursor))
		;
	return cursor.id;
}

/* The next type of one of @kinds (a mask) that is called @name. */
bool kernel_btf_next(struct kernel_btf *btf, struct cursor *cursor, uint32_t kinds,
		     const char *name)
{
	struct cursor at = *cursor;
	bool found = false;

	while (!found && step(btf, &at)) {
		uint32_t kind = INFO_KIND(at.type->info);
		const char *own;

		if (kind >= 32 || (kinds & 1u << kind) == 0)
			continue;
		if (kind == BTF_KIND_FUNC && !btf->functions.next)
			btf->functions = (struct cursor){.id = at.id - 1, .next = at.offset};
		own = kernel_btf_name(btf, at.type->name_off);
		found = *own == *name && strcmp(own, name) == 0;
	}
	*cursor = at;
	return found;
}

/* Types behind typedefs, qualifiers and tags; with @arrays behind arrays, too. */
const struct btf_type *kernel_btf_bare(struct kernel_btf *btf, uint32_t id, bool arrays)
{
	static const uint32_t modifiers = 1u << BTF_KIND_TYPEDEF | 1u << BTF_KIND_VOLATILE |
					  1u << BTF_KIND_CONST | 1u << BTF_KIND_RESTRICT |
					  1u << 18 /* TYPE_TAG */;

	for (int depth = 0; depth < BTF_DEPTH_LIMIT; depth++) {
		const struct btf_type *type = kernel_btf_type(btf, id);
		uint32_t kind = type ? INFO_KIND(type->info) : 0;

		if (!type || kind >= 32)
			return NULL;
		if (kind == BTF_KIND_ARRAY && arrays)
			id = ((const struct btf_array *)(type + 1))->type;
		else if ((modifiers & 1u << kind) != 0)
			id = type->type;
		else
			return type;
	}
	return NULL;
}

/* ---- questions ---- */

/* The remembered answer for @key, or a new one with *known false; NULL if memory is out. */
static struct memo *recall(struct kernel_btf *btf, const char *key, bool *known)
{
	struct memo *memo = dict_get(&btf->memos, key);
	const char *copy;

	*known = memo != NULL;
	if (memo)
		return memo;
	memo = arena_alloc(btf->arena, sizeof(*memo));
	copy = arena_strdup(btf->arena, key);
	if (!memo || !copy)
		return NULL;
	return dict_set(&btf->memos, copy, memo) < 0 ? NULL : memo;
}

uint32_t kernel_btf_any(struct kernel_btf *btf, uint32_t kinds, const char *name)
{
	/* Functions stand behind a third of all types in the kernel's BTF. */
	struct cursor cursor = kinds == 1u << BTF_KIND_FUNC ? btf->functions : (struct cursor){0};
	struct memo *memo = NULL;
	bool known = false;
	char key[NAME_LIMIT];
	int length = snprintf(key, sizeof(key), "%x %s", kinds, name);

	if (length > 0 && (size_t)length < sizeof(key))
		memo = recall(btf, key, &known);
	if (known)
		return memo->id;
	if (!kernel_btf_next(btf, &cursor, kinds, name))
		return 0;
	if (memo)
		memo->id = btf->base_count + cursor.id;
	return btf->base_count + cursor.id;
}

int kernel_btf_damage(const struct kernel_btf *btf)
{
	return btf->damage;
}

uint32_t kernel_btf_find(struct kernel_btf *btf, int kind, const char *name)
{
	return kind <= 0 || kind >= 32 || *name == '\0' ? 0 : kernel_btf_any(btf, 1u << kind, name);
}

uint32_t kernel_btf_found(struct kernel_btf *btf, int kind, const char *name)
{
	const struct memo *memo;
	char key[NAME_LIMIT];

	snprintf(key, sizeof(key), "%x %s", 1u << kind, name);
	memo = dict_get(&btf->memos, key);
	return memo ? memo->id : 0;
}

int kernel_btf_args(struct kernel_btf *btf, const char *function)
{
	const struct btf_type *type =
		kernel_btf_type(btf, kernel_btf_find(btf, BTF_KIND_FUNC, function));

	if (!type)
		return -ENOENT;
	type = kernel_btf_type(btf, type->type);
	if (!type || INFO_KIND(type->info) != BTF_KIND_FUNC_PROTO)
		return -EBADMSG;
	return (int)INFO_COUNT(type->info);
}

/* ---- shapes ---- */

struct writing {
	struct kernel_btf *btf;
	struct btf_shape *shape;
};

static void write_shape(struct writing *writing, uint32_t id, int depth);

static void write_prototype(struct writing *writing, const struct btf_type *type, int depth)
{
	const struct btf_param *params = (const struct btf_param *)(type + 1);

	for (uint32_t i = 0; i < INFO_COUNT(type->info); i++)
		write_shape(writing, params[i].type, depth + 1);
	btf_shape_put(writing->shape, BTF_SHAPE_RETURNS);
	write_shape(writing, type->type, depth + 1);
}

static void write_shape(struct writing *writing, uint32_t id, int depth)
{
	const struct btf_type *type = kernel_btf_bare(writing->btf, id, false);
	uint32_t kind = type ? INFO_KIND(type->info) : 0;

	btf_shape_put(writing->shape, btf_shape_letter((int)kind));
	if (depth >= BTF_DEPTH_LIMIT)
		return;
	if (kind == BTF_KIND_PTR)
		write_shape(writing, type->type, depth + 1);
	else if (kind == BTF_KIND_ARRAY)
		write_shape(writing, ((const struct btf_array *)(type + 1))->type, depth + 1);
	else if (kind == BTF_KIND_FUNC_PROTO)
		write_prototype(writing, type, depth);
}

int kernel_btf_shape(struct kernel_btf *btf, int kind, const char *name, struct btf_shape *ret)
{
	const struct btf_type *type = kernel_btf_type(btf, kernel_btf_find(btf, kind, name));
	struct writing writing = {.btf = btf, .shape = ret};

	if (!type)
		return -ENOENT;
	ret->length = 0;
	write_shape(&writing, type->type, 0);
	return 0;
}

static bool enumerator_in(const struct kernel_btf *btf, const struct btf_type *type,
			  const char *name, int64_t *ret)
{
	const uint32_t *words = (const uint32_t *)(type + 1);
	bool wide = INFO_KIND(type->info) == KIND_ENUM64;
	bool is_signed = INFO_FLAG(type->info);

	for (uint32_t i = 0; i < INFO_COUNT(type->info); i++, words += wide ? 3 : 2) {
		if (strcmp(kernel_btf_name(btf, words[0]), name) != 0)
			continue;
		if (wide)
			*ret = (int64_t)((uint64_t)words[2] << 32 | words[1]);
		else /* before 6.0 no enum carries the sign: then a negative value comes out as
			unsigned */
			*ret = is_signed ? (int64_t)(int32_t)words[1] : (int64_t)words[1];
		return true;
	}
	return false;
}

#define ENUM_KINDS (1u << BTF_KIND_ENUM | 1u << KIND_ENUM64)

static bool enumerator_find(struct kernel_btf *btf, const char *enum_name, const char *name,
			    int64_t *ret)
{
	const struct btf_type *first =
		enum_name ? kernel_btf_type(btf, kernel_btf_any(btf, ENUM_KINDS, enum_name)) : NULL;
	struct cursor cursor = {0};

	/* Its offset was remembered. */
	if (enum_name && !first)
		return false;
	if (first && enumerator_in(btf, first, name, ret))
		return true;
	while (step(btf, &cursor)) {
		uint32_t kind = INFO_KIND(cursor.type->info);

		if (kind != BTF_KIND_ENUM && kind != KIND_ENUM64)
			continue;
		if (enum_name &&
		    strcmp(kernel_btf_name(btf, cursor.type->name_off), enum_name) != 0)
			continue;
		if (enumerator_in(btf, cursor.type, name, ret))
			return true;
	}
	return false;
}

int kernel_btf_enumerator(struct kernel_btf *btf, const char *enum_name, const char *name,
			  int64_t *ret)
{
	struct memo fresh = {0}, *memo = NULL;
	bool known = false;
	char key[NAME_LIMIT];
	int length = snprintf(key, sizeof(key), "enum %s.%s", enum_name ? enum_name : "", name);

	if (length > 0 && (size_t)length < sizeof(key))
		memo = recall(btf, key, &known);
	if (!memo)
		memo = &fresh;
	if (!known)
		memo->found = enumerator_find(btf, enum_name, name, &memo->value);
	if (!memo->found)
		return -ENOENT;
	*ret = memo->value;
	return 0;
}
