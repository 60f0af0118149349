/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* layout.c - the fields of a record, read one by one */
#include <errno.h>
#include <string.h>

#include "record/private.h"

struct featsel_layout {
	struct record_fields fields;
	struct record_clock clock;
};

/* One field, as long as the record. */
static int layout_whole(struct featsel_layout *layout, const struct record_decoder *field,
			struct arena *arena, struct featsel_error *err)
{
	struct record_decoder *copy = arena_alloc(arena, sizeof(*copy));

	if (!copy)
		return error_memory(err);
	*copy = *field;
	layout->fields = (struct record_fields){.items = copy, .n = 1};
	return 0;
}

static const struct record_decoder raw_field = {
	.form = RECORD_BYTES, .tail = true, .name = "data", .type = "bytes", .width = 32};
static const struct record_decoder line_field = {
	.form = RECORD_STRING, .tail = true, .name = "line", .type = "char[]", .width = 32};

int layout_new(const struct btf *btf, const char *type, struct arena *arena,
	       struct featsel_layout **ret, struct featsel_error *err)
{
	struct featsel_layout *layout = arena_alloc(arena, sizeof(*layout));
	int code;

	if (!layout)
		return error_memory(err);
	record_clock_init(&layout->clock);
	code = type ? decoder_read(btf, type, &layout->clock, arena, &layout->fields, err)
		    : layout_whole(layout, &raw_field, arena, err);
	if (code)
		return code;
	*ret = layout;
	return 0;
}

int layout_lines(struct arena *arena, struct featsel_layout **ret, struct featsel_error *err)
{
	struct featsel_layout *layout = arena_alloc(arena, sizeof(*layout));
	int code;

	if (!layout)
		return error_memory(err);
	record_clock_init(&layout->clock);
	code = layout_whole(layout, &line_field, arena, err);
	if (!code)
		*ret = layout;
	return code;
}

void layout_lack(struct featsel_layout *layout, const char *field)
{
	int index = featsel_layout_find(layout, field);
	struct record_decoder *decoder;

	if (index < 0)
		return;
	decoder = (struct record_decoder *)(uintptr_t)&layout->fields.items[index];
	decoder->tail = true;
	decoder->offset = UINT32_MAX;
}

size_t layout_size(const struct featsel_layout *layout)
{
	return layout->fields.size;
}

size_t featsel_layout_fields(const struct featsel_layout *layout)
{
	return layout->fields.n;
}

/* NULL where there is none. */
static inline const struct record_decoder *field_at(const struct featsel_layout *layout,
						    size_t index)
{
	return index < layout->fields.n ? &layout->fields.items[index] : NULL;
}

const char *featsel_layout_field(const struct featsel_layout *layout, size_t index)
{
	const struct record_decoder *field = field_at(layout, index);

	return field ? field->name : NULL;
}

const char *featsel_layout_type(const struct featsel_layout *layout, size_t index)
{
	const struct record_decoder *field = field_at(layout, index);

	return field ? field->type : NULL;
}

unsigned int featsel_layout_width(const struct featsel_layout *layout, size_t index)
{
	const struct record_decoder *field = field_at(layout, index);

	return field ? field->width : 0;
}

int featsel_layout_find(const struct featsel_layout *layout, const char *field)
{
	size_t i;

	for (i = 0; i < layout->fields.n; i++) {
		if (!strcmp(layout->fields.items[i].name, field))
			return (int)i;
	}
	return -ENOENT;
}

/*
 * How many bytes of @field a sample of @size bytes holds: a string may be cut; any other field is
 * complete, or -ENODATA.
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
 * The same, and where the bytes are. For data behind the members the sample gives offset and
 * length. Do not trust them: an offset within the members or an end beyond the sample means
 * -EBADMSG.
 */
static inline ssize_t find_bytes(const struct featsel_layout *layout,
				 const struct record_decoder *field, const void *data, size_t size,
				 const uint8_t **ret)
{
	const uint8_t *begin = data;
	uint16_t where, length;
	ssize_t bytes;

	/* The common case. */
	if (size >= layout->fields.size && !field->behind && !field->tail) {
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
	length &= RECORD_TRUNCATED - 1;
	if (!length)
		return 0;
	if (where < layout->fields.size || where > size || length > size - where)
		return -EBADMSG;
	*ret = begin + where;
	return length;
}

const struct record_decoder *layout_decoder(const struct featsel_layout *layout, size_t index)
{
	return &layout->fields.items[index];
}

ssize_t layout_bytes(const struct featsel_layout *layout, size_t index, const void *data,
		     size_t size, const uint8_t **ret)
{
	const struct record_decoder *field = &layout->fields.items[index];
	ssize_t bytes = find_bytes(layout, field, data, size, ret);

	if (bytes < 0)
		return -ENODATA;
	if (field->behind || field->form != RECORD_STRING)
		return bytes;
	return (ssize_t)strnlen((const char *)*ret, (size_t)bytes);
}

int featsel_layout_integer(const struct featsel_layout *layout, size_t index, const void *data,
			   size_t size, uint64_t *ret)
{
	const struct record_decoder *field = field_at(layout, index);

	if (!field || !field->integer)
		return -EINVAL;
	if (size < (size_t)field->offset + field->size)
		return -ENODATA;
	*ret = record_fetch(field, (const uint8_t *)data + field->offset);
	return 0;
}

int featsel_layout_set_integer(const struct featsel_layout *layout, size_t index, void *data,
			       size_t size, uint64_t value)
{
	const struct record_decoder *field = field_at(layout, index);
	const uint8_t *from = (const uint8_t *)&value;

	if (!field || !field->integer || field->bits || field->size > sizeof(value))
		return -EINVAL;
	if (size < (size_t)field->offset + field->size)
		return -ENODATA;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	from += sizeof(value) - field->size;
#endif
	memcpy((uint8_t *)data + field->offset, from, field->size);
	return 0;
}

/* Why there is no value: the candidate lacks it, the record is too short, what it says of where
 * the bytes are is wrong. */
static const char *why_missing(const struct record_decoder *field, ssize_t error)
{
	if (field->offset == UINT32_MAX)
		return "?";
	return error == -EBADMSG ? "?span" : "?short";
}

static bool is_truncated(const struct record_decoder *field, const void *data, size_t size)
{
	uint16_t length;

	if (!field->behind || field_bytes(field, size) < 0)
		return false;
	memcpy(&length, (const uint8_t *)data + field->offset + sizeof(length), sizeof(length));
	return length & RECORD_TRUNCATED;
}

int featsel_layout_truncated(const struct featsel_layout *layout, size_t index, const void *data,
			     size_t size)
{
	const struct record_decoder *field = field_at(layout, index);

	return field && field->behind ? is_truncated(field, data, size) : -EINVAL;
}

/* Behind the text of a value that is not whole. */
#define MORE "..."

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
	const struct record_decoder *field = field_at(layout, index);
	const uint8_t *at;
	ssize_t bytes;

	if (!field)
		return -EINVAL;
	bytes = find_bytes(layout, field, data, data_size, &at);
	if (bytes < 0)
		return put_missing(why_missing(field, bytes), buffer, size);
	bytes = record_text(field, at, (size_t)bytes, buffer, size);
	if (bytes < 0 || !is_truncated(field, data, data_size))
		return bytes;
	if (size - (size_t)bytes < strlen(MORE))
		return -ENOSPC;
	memcpy(buffer + bytes, MORE, strlen(MORE));
	return bytes + (ssize_t)strlen(MORE);
}

ssize_t featsel_layout_json(const struct featsel_layout *layout, size_t index, const void *data,
			    size_t data_size, char *buffer, size_t size)
{
	const struct record_decoder *field = field_at(layout, index);
	const uint8_t *at;
	ssize_t bytes;

	if (!field)
		return -EINVAL;
	bytes = find_bytes(layout, field, data, data_size, &at);
	if (bytes < 0)
		return put_missing("null", buffer, size);
	return record_json(field, at, (size_t)bytes, buffer, size);
}

ssize_t featsel_layout_time(const struct featsel_layout *layout, size_t index, const void *data,
			    size_t data_size, char *buffer, size_t size)
{
	const struct record_decoder *field = field_at(layout, index);

	if (!field || field->form != RECORD_TIMESTAMP)
		return -EINVAL;
	if (field_bytes(field, data_size) < 0)
		return -ENODATA;
	return record_time(field->clock, record_fetch(field, (const uint8_t *)data + field->offset),
			   buffer, size);
}
