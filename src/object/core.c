/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * core.c - CO-RE relocations: what they are about and need of the kernel
 *
 * The section .BTF.ext is read by hand: libbpf does so only for itself, and takes the layout on
 * trust.
 */
#include <bpf/btf.h>
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

/* struct btf_ext_header; the CO-RE part stands only where hdr_len reaches it */
struct ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len, func_info_off, func_info_len, line_info_off, line_info_len, core_off,
		core_len;
};
#define CORE_LEN_END sizeof(struct ext_header)
#define CORE_SIZE    16 /* struct bpf_core_relo */

#define ACCESS_DEPTH 64 /* libbpf's BPF_CORE_SPEC_MAX_LEN */

static uint32_t word(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* The CO-RE part of .BTF.ext: *ret points at its record size; NULL where there is none or it is
 * damaged. */
static const uint8_t *core_part(const struct object *object, size_t *size)
{
	const struct object_section *section =
		&object->sections[object_find_section(object, ".BTF.ext")];
	struct ext_header header;

	if (!section->data || section->size < sizeof(header))
		return NULL;
	memcpy(&header, section->data, sizeof(header));
	if (header.magic != 0xeb9f || header.hdr_len < CORE_LEN_END ||
	    header.hdr_len > section->size)
		return NULL;
	if (header.core_off > section->size - header.hdr_len ||
	    header.core_len > section->size - header.hdr_len - header.core_off)
		return NULL;
	*size = header.core_len;
	return section->data + header.hdr_len + header.core_off;
}

/* One section's records within the CO-RE part. */
struct core_block {
	const uint8_t *records;
	uint32_t name, count, record_size;
};

/* The next block, and *at behind it; false at the end or at damage. */
static bool next_block(const uint8_t *part, size_t size, size_t *at, struct core_block *ret)
{
	if (*at == 0)
		*at = 4;
	if (size < 4 || *at > size || size - *at < 8)
		return false;
	ret->record_size = word(part);
	ret->name = word(part + *at);
	ret->count = word(part + *at + 4);
	ret->records = part + *at + 8;
	*at += 8;
	if (ret->record_size < CORE_SIZE || ret->count > (size - *at) / ret->record_size)
		return false;
	*at += (size_t)ret->count * ret->record_size;
	return true;
}

bool object_core_present(const struct object *object)
{
	struct core_block block;
	size_t size, at = 0;
	const uint8_t *part = core_part(object, &size);

	while (part && next_block(part, size, &at, &block))
		if (block.count)
			return true;
	return false;
}

static int compare_cores(const void *left, const void *right)
{
	const struct object_core *a = left, *b = right;

	return a->insn_offset < b->insn_offset ? -1 : a->insn_offset > b->insn_offset;
}

static int take_block(const struct object *object, struct object_section *section,
		      const struct core_block *block)
{
	uint32_t i;

	section->cores = arena_array(object->arena, block->count, sizeof(*section->cores));
	if (!section->cores)
		return -ENOMEM;
	for (i = 0; i < block->count; i++)
		memcpy(&section->cores[i], block->records + (size_t)i * block->record_size,
		       CORE_SIZE);
	section->n_cores = block->count;
	qsort(section->cores, section->n_cores, sizeof(*section->cores), compare_cores);
	return 0;
}

static int index_cores(const struct object *object, struct object_section *section)
{
	struct core_block block;
	size_t size, at = 0;
	const uint8_t *part = object->btf ? core_part(object, &size) : NULL;
	const char *name;

	while (part && next_block(part, size, &at, &block)) {
		name = btf__name_by_offset(object->btf, block.name);
		if (name && strcmp(name, section->name) == 0)
			return take_block(object, section, &block);
	}
	return 0;
}

int object_index_section(const struct object *object, struct object_section *section)
{
	int r;

	if (section->indexed)
		return 0;
	section->n_relocations = 0;
	r = section->relocated_by ? object_read_relocations(object, section) : 0;
	if (!r)
		r = index_cores(object, section);
	section->indexed = r == 0;
	return r;
}

/* "task_struct___old" is "task_struct": what follows three underscores is the local flavour. */
static int essential(const char *name)
{
	const char *flavour = strstr(name, "___");

	return (int)(flavour && flavour > name ? (size_t)(flavour - name) : strlen(name));
}

/* A numbered access: the member's name is appended to @path unless it is anonymous. Returns the
 * member's type. */
static const struct btf_type *descend(const struct btf *btf, const struct btf_type *type,
				      unsigned long index, char *path, size_t room)
{
	const struct btf_member *member;
	const char *name;
	size_t length = strlen(path);

	if (btf_is_array(type))
		return object_bare_type(btf, btf_array(type)->type);
	if (!btf_is_composite(type) || index >= btf_vlen(type))
		return NULL;
	member = btf_members(type) + index;
	name = btf__name_by_offset(btf, member->name_off);
	if (name && *name &&
	    (size_t)snprintf(path + length, room - length, ".%s", name) >= room - length)
		return NULL;
	return object_bare_type(btf, member->type);
}

static const char *field_subject(const struct object *object, struct object_core *core,
				 const char *access)
{
	const struct btf_type *root = object_bare_type(object->btf, core->type), *type = root;
	const char *name = root ? btf__name_by_offset(object->btf, root->name_off) : NULL;
	char path[512] = "", *end;
	unsigned long index;
	int depth = 0;

	/* The first number counts whole objects, as in p[0]. */
	core->indexed = strtoul(access, &end, 10) != 0;
	while (*end == ':' && type && depth++ < ACCESS_DEPTH) {
		index = strtoul(end + 1, &end, 10);
		core->indexed = core->indexed || btf_is_array(type);
		type = descend(object->btf, type, index, path, sizeof(path));
	}
	/* An anonymous or scalar root cannot be named; the kernel BTF that it needs is known all
	 * the same. */
	if (!type || !btf_is_composite(root) || !name || !*name)
		return NULL;
	return arena_printf(object->arena, "%s %.*s%s", btf_is_union(root) ? "union" : "struct",
			    essential(name), name, path);
}

static const char *value_subject(const struct object *object, struct object_core *core,
				 const char *access)
{
	const struct btf_type *root = object_bare_type(object->btf, core->type);
	const char *name = root ? btf__name_by_offset(object->btf, root->name_off) : NULL, *value;
	unsigned long index = strtoul(access, NULL, 10);
	uint32_t value_name;

	if (!name || !*name || !btf_is_any_enum(root) || index >= btf_vlen(root))
		return NULL;
	value_name = btf_is_enum(root) ? btf_enum(root)[index].name_off
				       : btf_enum64(root)[index].name_off;
	value = btf__name_by_offset(object->btf, value_name);
	if (!value || !*value)
		return NULL;
	return arena_printf(object->arena, "enum %.*s.%.*s", essential(name), name,
			    essential(value), value);
}

/* A typedef is looked for by its own name. */
static const char *type_subject(const struct object *object, struct object_core *core,
				const char *access)
{
	static const char *const words[] = {[BTF_KIND_STRUCT] = "struct",
					    [BTF_KIND_UNION] = "union",
					    [BTF_KIND_ENUM] = "enum",
					    [BTF_KIND_TYPEDEF] = "typedef",
					    [BTF_KIND_ENUM64] = "enum"};
	const struct btf_type *type = btf__type_by_id(object->btf, core->type);
	const char *name = type ? btf__name_by_offset(object->btf, type->name_off) : NULL;
	size_t kind = type ? btf_kind(type) : 0;

	(void)access;
	if (!name || !*name || kind >= ARRAY_SIZE(words) || !words[kind])
		return NULL;
	return arena_printf(object->arena, "%s %.*s", words[kind], essential(name), name);
}

/* Without its target a relocation poisons the instruction; not where it asks for existence, nor for
 * types: libbpf puts 0 where the target is missing. */
static const struct {
	const char *(*subject)(const struct object *object, struct object_core *core,
			       const char *access);
	bool poisons;
} core_rows[CORE_KIND_COUNT] = {
	[CORE_FIELD_BYTE_OFFSET] = {field_subject, true},
	[CORE_FIELD_BYTE_SIZE] = {field_subject, true},
	[CORE_FIELD_EXISTS] = {field_subject, false},
	[CORE_FIELD_SIGNED] = {field_subject, true},
	[CORE_FIELD_LSHIFT_U64] = {field_subject, true},
	[CORE_FIELD_RSHIFT_U64] = {field_subject, true},
	[CORE_TYPE_ID_TARGET] = {type_subject, false},
	[CORE_TYPE_EXISTS] = {type_subject, false},
	[CORE_TYPE_SIZE] = {type_subject, false},
	[CORE_ENUMVAL_EXISTS] = {value_subject, false},
	[CORE_ENUMVAL_VALUE] = {value_subject, true},
	[CORE_TYPE_MATCHES] = {type_subject, false},
};

const char *object_core_subject(const struct object *object, struct object_core *core)
{
	const char *access = btf__name_by_offset(object->btf, core->access);

	if (!core->known && access && core->kind < CORE_KIND_COUNT && core_rows[core->kind].subject)
		core->subject = core_rows[core->kind].subject(object, core, access);
	core->known = true;
	return core->subject;
}

const char *object_core_need(const struct object *object, struct object_core *core)
{
	return core->kind < CORE_KIND_COUNT && core_rows[core->kind].poisons
		       ? object_core_subject(object, core)
		       : NULL;
}

bool object_core_asks_kernel(const struct object_core *core)
{
	return core->kind != CORE_TYPE_ID_LOCAL;
}

/* An empty part is what a compiler without CO-RE writes: libbpf then asks for no kernel BTF. */
void object_core_drop(const struct object *object, uint8_t *copy)
{
	const struct object_section *section =
		&object->sections[object_find_section(object, ".BTF.ext")];
	size_t core_size, at;

	if (!core_part(object, &core_size))
		return;
	at = (size_t)(section->data - (const uint8_t *)object->data) +
	     offsetof(struct ext_header, core_len);
	memset(copy + at, 0, sizeof(uint32_t));
}
