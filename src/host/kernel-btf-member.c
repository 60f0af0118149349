/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * kernel-btf-member.c - members of kernel structures: whether they exist, where, and of which form
 */
#include <errno.h>
#include <string.h>

#include <linux/btf.h>

#include "host/kernel-btf.h"

static bool is_composite(const struct btf_type *type)
{
	return type && (INFO_KIND(type->info) == BTF_KIND_STRUCT ||
			INFO_KIND(type->info) == BTF_KIND_UNION);
}

/* The limit on steps, for hostile input: a struct of anonymous structs of ... multiplies. */
#define MEMBER_BUDGET 100000

/* Where a member lies, in bits from the start, and what it is. */
struct place {
	uint64_t bits;
	uint32_t type;
	uint32_t bitfield; /* bits of a bit field, 0: it is none */
};

/* A search for one member by name. */
struct search {
	struct kernel_btf *btf;
	const char *name;
	size_t length;
	unsigned int budget; /* members that may still be looked at */
};

static void take_place(const struct btf_type *type, const struct btf_member *member,
		       struct place *ret)
{
	bool flagged = INFO_FLAG(type->info);

	ret->bits += flagged ? BTF_MEMBER_BIT_OFFSET(member->offset) : member->offset;
	ret->bitfield = flagged ? BTF_MEMBER_BITFIELD_SIZE(member->offset) : 0;
	ret->type = member->type;
}

static bool member_find(struct search *search, const struct btf_type *type, int depth,
			struct place *ret)
{
	const struct btf_member *member = (const struct btf_member *)(type + 1);
	const struct place start = *ret;

	for (uint32_t i = 0; i < INFO_COUNT(type->info) && search->budget > 0; i++, member++) {
		const char *own = kernel_btf_name(search->btf, member->name_off);
		const struct btf_type *inner;

		search->budget--;
		*ret = start;
		take_place(type, member, ret);
		if (strncmp(own, search->name, search->length) == 0 && own[search->length] == '\0')
			return true;
		if (*own != '\0' || depth == BTF_DEPTH_LIMIT)
			continue;
		inner = kernel_btf_bare(search->btf, member->type, false);
		if (is_composite(inner) && member_find(search, inner, depth + 1, ret))
			return true;
	}
	return false;
}

/* Follow the dotted path through embedded structs, unions and arrays of them; never through a
 * pointer. */
static bool has_member(struct kernel_btf *btf, const struct btf_type *type, const char *path,
		       struct place *ret)
{
	struct search search = {.btf = btf, .name = path, .budget = MEMBER_BUDGET};

	*ret = (struct place){0};
	for (;;) {
		search.length = strcspn(search.name, ".");
		if (search.length == 0 || !is_composite(type) ||
		    !member_find(&search, type, 0, ret))
			return false;
		if (search.name[search.length] == '\0')
			return true;
		search.name += search.length + 1;
		type = kernel_btf_bare(btf, ret->type, true);
	}
}

static bool is_same_tag(const char *a, const char *b)
{
	const char *flavour = strstr(a, "___");
	size_t length = flavour && flavour > a ? (size_t)(flavour - a) : strlen(a);

	return !*a || !*b || (strncmp(a, b, length) == 0 && !b[length]);
}

static bool is_enum(uint32_t kind)
{
	return kind == BTF_KIND_ENUM || kind == KIND_ENUM64;
}

/* libbpf's bpf_core_fields_are_compat(). */
static bool is_alike(struct kernel_btf *btf, uint32_t id, const struct object_step *step)
{
	const struct btf_type *type = kernel_btf_bare(btf, id, false);
	unsigned int depth;
	uint32_t kind;

	for (depth = 0; depth < step->dimensions; depth++) {
		if (!type || INFO_KIND(type->info) != BTF_KIND_ARRAY)
			return false;
		type = kernel_btf_bare(btf, ((const struct btf_array *)(type + 1))->type, false);
	}
	kind = type ? INFO_KIND(type->info) : BTF_KIND_UNKN;
	if (is_composite(type))
		return step->kind == BTF_KIND_STRUCT || step->kind == BTF_KIND_UNION;
	if (step->tag)
		return (kind == step->kind || (is_enum(kind) && is_enum(step->kind))) &&
		       is_same_tag(step->tag, kernel_btf_name(btf, type->name_off));
	return kind == step->kind;
}

static bool leads(struct kernel_btf *btf, const struct btf_type *type,
		  const struct object_step *steps, size_t n)
{
	struct search search = {.btf = btf, .budget = MEMBER_BUDGET};
	const struct btf_array *array;
	struct place place;
	size_t i;

	for (i = 0; i < n; i++) {
		place = (struct place){0};
		if (steps[i].name) {
			search.name = steps[i].name;
			search.length = strlen(search.name);
			if (!is_composite(type) || !member_find(&search, type, 0, &place) ||
			    !is_alike(btf, place.type, &steps[i]))
				return false;
			type = kernel_btf_bare(btf, place.type, false);
			continue;
		}
		if (!type || INFO_KIND(type->info) != BTF_KIND_ARRAY)
			return false;
		array = (const struct btf_array *)(type + 1);
		/* a flexible one has none */
		if (array->nelems && steps[i].index >= array->nelems)
			return false;
		type = kernel_btf_bare(btf, array->type, false);
	}
	return true;
}

bool kernel_btf_leads(struct kernel_btf *btf, const char *type, const struct object_step *steps,
		      size_t n)
{
	static const uint32_t kinds = 1u << BTF_KIND_STRUCT | 1u << BTF_KIND_UNION;
	const struct btf_type *first = kernel_btf_type(btf, kernel_btf_any(btf, kinds, type));
	struct cursor cursor = {0};

	if (!first || leads(btf, first, steps, n))
		return true;
	while (kernel_btf_next(btf, &cursor, kinds, type))
		if (leads(btf, cursor.type, steps, n))
			return true;
	return false;
}

static bool member_place(struct kernel_btf *btf, const char *type, const char *member,
			 struct place *ret)
{
	static const uint32_t kinds = 1u << BTF_KIND_STRUCT | 1u << BTF_KIND_UNION;
	const struct btf_type *first = kernel_btf_type(btf, kernel_btf_any(btf, kinds, type));
	struct cursor cursor = {0};

	if (!first)
		return false;
	if (has_member(btf, first, member, ret))
		return true;
	/* Several types may bear one name. */
	while (kernel_btf_next(btf, &cursor, kinds, type))
		if (has_member(btf, cursor.type, member, ret))
			return true;
	return false;
}

int kernel_btf_member(struct kernel_btf *btf, const char *type, const char *member)
{
	struct place place;

	return member_place(btf, type, member, &place) ? 0 : -ENOENT;
}

/* Nothing is known about types of another size than they say, and about anything but plain
 * arrays. */
static bool size_of(struct kernel_btf *btf, uint32_t id, uint64_t *ret)
{
	const struct btf_type *type = kernel_btf_bare(btf, id, false);
	uint64_t times = 1;

	while (type && INFO_KIND(type->info) == BTF_KIND_ARRAY && times < UINT32_MAX) {
		times *= ((const struct btf_array *)(type + 1))->nelems;
		type = kernel_btf_bare(btf, ((const struct btf_array *)(type + 1))->type, false);
	}
	if (!type)
		return false;
	switch (INFO_KIND(type->info)) {
	case BTF_KIND_PTR:
		*ret = times * sizeof(void *);
		return true;
	case BTF_KIND_INT:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
		*ret = times * type->size;
		return true;
	default:
		return false;
	}
}

static bool is_signed(struct kernel_btf *btf, uint32_t id, uint64_t *ret)
{
	const struct btf_type *type = kernel_btf_bare(btf, id, false);
	uint32_t kind = type ? INFO_KIND(type->info) : 0;

	if (kind == BTF_KIND_ENUM || kind == KIND_ENUM64)
		*ret = INFO_FLAG(type->info);
	else if (kind == BTF_KIND_INT)
		*ret = (BTF_INT_ENCODING(*(const uint32_t *)(type + 1)) & BTF_INT_SIGNED) != 0;
	else
		return false;
	return true;
}

bool kernel_btf_member_number(struct kernel_btf *btf, enum object_number kind, const char *type,
			      const char *member, uint64_t *ret)
{
	struct place place;

	if (!member_place(btf, type, member, &place))
		return false;
	*ret = 0;
	if (kind == OBJECT_FIELD_FORM && place.bitfield)
		return true;
	if (place.bitfield || place.bits % 8)
		return false;
	if (kind == OBJECT_FIELD_SIZE || kind == OBJECT_FIELD_FORM)
		return size_of(btf, place.type, ret);
	if (kind == OBJECT_FIELD_SIGNED)
		return is_signed(btf, place.type, ret);
	*ret = place.bits / 8;
	return kind == OBJECT_FIELD_OFFSET;
}

bool kernel_btf_size(struct kernel_btf *btf, int kind, const char *name, uint64_t *ret)
{
	uint32_t id = kernel_btf_find(btf, kind, name);

	return id && size_of(btf, id, ret);
}

int kernel_btf_member_index(struct kernel_btf *btf, const char *type, const char *member,
			    uint32_t *id)
{
	const struct btf_type *found;
	const struct btf_member *members;
	const char *name;

	*id = kernel_btf_find(btf, BTF_KIND_STRUCT, type);
	found = *id ? kernel_btf_type(btf, *id) : NULL;
	if (!found)
		return -ENOENT;
	members = (const struct btf_member *)(found + 1);
	for (unsigned int i = 0; i < BTF_INFO_VLEN(found->info); i++) {
		name = kernel_btf_name(btf, members[i].name_off);
		if (strcmp(name, member) == 0)
			return (int)i;
	}
	return -ENOENT;
}
