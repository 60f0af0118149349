/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * ext.c - the parts of the section .BTF.ext: records about instructions, in blocks of one section
 * each
 *
 * Parsed here, since libbpf parses it only for itself and without checking the layout.
 */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "object/private.h"

/* struct btf_ext_header; the CO-RE part stands only if hdr_len reaches it */
struct ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len;
	struct {
		uint32_t offset, length; /* behind the header */
	} parts[EXT_PARTS];
};

static const uint32_t least_record[EXT_PARTS] = {
	[EXT_FUNCTIONS] = 8, [EXT_LINES] = 16, [EXT_CORES] = 16};

static const struct object_section *section_of(const struct object *object)
{
	return &object->sections[object_find_section(object, ".BTF.ext")];
}

/* 0, -ENOENT: there is none; -EINVAL. */
static int read_header(const struct object_section *section, struct ext_header *ret)
{
	const size_t least = offsetof(struct ext_header, parts[EXT_CORES]);

	*ret = (struct ext_header){0};
	if (!section->data)
		return -ENOENT;
	if (section->size < least)
		return -EINVAL;
	memcpy(ret, section->data, least);
	if (ret->magic != 0xeb9f || ret->version != 1 || ret->flags || ret->hdr_len < least ||
	    ret->hdr_len >= section->size)
		return -EINVAL;
	if (ret->hdr_len >= sizeof(*ret))
		memcpy(ret, section->data, sizeof(*ret));
	return 0;
}

int object_ext_part(const struct object *object, enum ext_part part, const uint8_t **ret,
		    size_t *size)
{
	const struct object_section *section = section_of(object);
	struct ext_header header;
	int r = read_header(section, &header);
	uint32_t offset = header.parts[part].offset, length = header.parts[part].length;
	size_t room = section->size - header.hdr_len;

	*ret = NULL;
	*size = 0;
	if (r == -ENOENT)
		return 0;
	if (r || (length && (offset % 4 || offset > room || length > room - offset)))
		return -EINVAL;
	if (!length)
		return 0;
	*ret = section->data + header.hdr_len + offset;
	*size = length;
	/* the size of a record comes first, and one block at least behind it */
	if (length < 8 || object_word(*ret) < least_record[part] || object_word(*ret) % 4)
		return -EINVAL;
	return 0;
}

bool object_ext_next(const uint8_t *part, size_t size, size_t *at, struct ext_block *ret)
{
	if (*at == 0)
		*at = 4;
	if (*at > size || size - *at < 8)
		return false;
	ret->record_size = object_word(part);
	ret->name = object_word(part + *at);
	ret->count = object_word(part + *at + 4);
	ret->records = part + *at + 8;
	if (!ret->count || ret->count > (size - *at - 8) / ret->record_size)
		return false;
	*at += 8 + (size_t)ret->count * ret->record_size;
	return true;
}

void object_ext_drop(const struct object *object, enum ext_part part, uint8_t *copy)
{
	const struct object_section *section = section_of(object);
	struct ext_header header;

	if (read_header(section, &header) || !header.parts[part].length)
		return;
	memset(copy + (section->data - (const uint8_t *)object->data) +
		       offsetof(struct ext_header, parts[part].length),
	       0, sizeof(header.parts[part].length));
}

bool object_is_alone(const struct object *object, const struct object_symbol *function)
{
	const uint8_t *part;
	size_t size;

	return function->bind != STB_LOCAL && !function->hidden &&
	       !object_ext_part(object, EXT_FUNCTIONS, &part, &size) && size;
}
