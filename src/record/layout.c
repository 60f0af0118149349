/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* layout.c - the fields of a record, read one by one, or written as a line */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/out.h"

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
	record_settle(copy);
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
 * Where the bytes of a field are in a sample and how many, or a negative errno and where its sample
 * begins.
 */
struct span {
	const uint8_t *at;
	ssize_t size;
};

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
 * For data behind the members the sample gives offset and length. Do not trust them: an offset
 * within the members or an end beyond the sample means -EBADMSG.
 */
static struct span find_uncommon(const struct featsel_layout *layout,
				 const struct record_decoder *field, const uint8_t *data,
				 size_t size)
{
	ssize_t bytes = field_bytes(field, size);
	uint16_t where, length;

	if (bytes < 0)
		return (struct span){data, bytes};
	if (!field->behind)
		return (struct span){data + field->offset, bytes};
	memcpy(&where, data + field->offset, sizeof(where));
	memcpy(&length, data + field->offset + sizeof(where), sizeof(length));
	length &= RECORD_TRUNCATED - 1;
	if (!length)
		return (struct span){data + field->offset, 0};
	if (where < layout->fields.size || where > size || length > size - where)
		return (struct span){data, -EBADMSG};
	return (struct span){data + where, length};
}

static inline bool is_plain(const struct record_decoder *field)
{
	return !field->behind && !field->tail;
}

static inline struct span find_bytes(const struct featsel_layout *layout,
				     const struct record_decoder *field, const void *data,
				     size_t size)
{
	if (size < layout->fields.size || !is_plain(field))
		return find_uncommon(layout, field, data, size);
	return (struct span){(const uint8_t *)data + field->offset, (ssize_t)field->size};
}

const struct record_decoder *layout_decoder(const struct featsel_layout *layout, size_t index)
{
	return &layout->fields.items[index];
}

ssize_t layout_bytes(const struct featsel_layout *layout, size_t index, const void *data,
		     size_t size, const uint8_t **ret)
{
	const struct record_decoder *field = &layout->fields.items[index];
	struct span span = find_bytes(layout, field, data, size);

	*ret = span.at;
	if (span.size < 0)
		return -ENODATA;
	if (field->behind || field->form != RECORD_STRING)
		return span.size;
	return (ssize_t)strnlen((const char *)span.at, (size_t)span.size);
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

	if (field_bytes(field, size) < 0)
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

/* ---- values ---- */

/* Behind the text of a value that is not whole. */
#define MORE "..."

/* How a field is written. */
struct way {
	const struct record_decoder *field;
	form_fn *form; /* NULL: not at all */
	bool json;
};

static struct out put_value(const struct featsel_layout *layout, const struct way *way,
			    const void *data, size_t size, struct out out)
{
	const struct record_decoder *field = way->field;
	struct span span = find_bytes(layout, field, data, size);

	if (span.size < 0)
		return put_text(out, way->json ? "null" : why_missing(field, span.size));
	out = way->form(field, span.at, (size_t)span.size, out);
	if (!way->json && field->behind && is_truncated(field, data, size))
		out = put_text(out, MORE);
	return out;
}

static inline ssize_t length_of(struct out out, const char *buffer)
{
	return out.at ? out.at - buffer : -ENOSPC;
}

static ssize_t write_value(const struct featsel_layout *layout, const struct way *way,
			   const struct featsel_sample *sample, char *buffer, size_t size)
{
	struct out out = {buffer, buffer + size};

	return length_of(put_value(layout, way, sample->data, sample->size, out), buffer);
}

ssize_t featsel_layout_text(const struct featsel_layout *layout, size_t index, const void *data,
			    size_t data_size, char *buffer, size_t size)
{
	const struct featsel_sample sample = {.data = data, .size = data_size};
	const struct record_decoder *field = field_at(layout, index);

	if (!field)
		return -EINVAL;
	return write_value(layout, &(struct way){field, field->text, false}, &sample, buffer, size);
}

ssize_t featsel_layout_json(const struct featsel_layout *layout, size_t index, const void *data,
			    size_t data_size, char *buffer, size_t size)
{
	const struct featsel_sample sample = {.data = data, .size = data_size};
	const struct record_decoder *field = field_at(layout, index);

	if (!field)
		return -EINVAL;
	return write_value(layout, &(struct way){field, field->json, true}, &sample, buffer, size);
}

ssize_t featsel_layout_time(const struct featsel_layout *layout, size_t index, const void *data,
			    size_t data_size, char *buffer, size_t size)
{
	const struct record_decoder *field = field_at(layout, index);
	struct out out = {buffer, buffer + size};

	if (!field || field->form != RECORD_TIMESTAMP)
		return -EINVAL;
	if (field_bytes(field, data_size) < 0)
		return -ENODATA;
	out = form_time(field, (const uint8_t *)data + field->offset, field->size, out);
	return length_of(out, buffer);
}

/* ---- lines ---- */

/* So much is copied at once, which needs no call: most of what stands between values is shorter. */
#define STEP 16

/* Larger values and longer text are not kept. */
#define VALUE_BYTES (2 * sizeof(uint64_t))
#define KEPT	    64

/*
 * The last value and, once it has come twice, how the part is written for it: records that follow
 * each other mostly are of one process, which does the same again. The value is compared as two
 * words, of which the mask has what is the field's.
 */
struct kept {
	size_t least; /* samples of at least this size have the value; SIZE_MAX: it is not kept */
	size_t from;
	uint64_t value[2], mask[2];
	size_t length; /* 0: the text is not kept */
	char text[KEPT];
};

struct part {
	struct way way;
	bool if_truncated;
	size_t plain; /* samples of at least this size have the value's bytes at its offset */
	size_t width;
	size_t length;
	char *before; /* at least STEP bytes */
	struct kept kept;
};

struct featsel_line {
	const struct featsel_layout *layout;
	struct vec parts; /* struct part */
};

int featsel_line_new(const struct featsel_layout *layout, struct featsel_line **ret)
{
	struct featsel_line *line = calloc(1, sizeof(*line));

	if (!line)
		return -ENOMEM;
	line->layout = layout;
	*ret = line;
	return 0;
}

void featsel_line_free(struct featsel_line *line)
{
	struct part *parts = line ? line->parts.items : NULL;
	size_t i;

	if (!line)
		return;
	for (i = 0; i < line->parts.count; i++)
		free(parts[i].before);
	vec_free(&line->parts);
	free(line);
}

/* 0, or -EINVAL if the field does not have that. */
static int choose(struct part *part, enum featsel_part kind)
{
	struct way *way = &part->way;

	way->json = kind == FEATSEL_PART_JSON || kind == FEATSEL_PART_TIME;
	part->if_truncated = kind == FEATSEL_PART_TRUNCATED;
	if (kind == FEATSEL_PART_NONE)
		return 0;
	if (!way->field)
		return -EINVAL;
	if (kind == FEATSEL_PART_TEXT)
		way->form = way->field->text;
	if (kind == FEATSEL_PART_JSON)
		way->form = way->field->json;
	if (kind == FEATSEL_PART_TIME && way->field->form == RECORD_TIMESTAMP)
		way->form = form_time_json;
	return way->form || (part->if_truncated && way->field->behind) ? 0 : -EINVAL;
}

/* What is written for some bytes is the same each time, but for times: the wall clock can be set.
 */
static bool may_keep(const struct featsel_layout *layout, const struct record_decoder *field)
{
	return field->form != RECORD_TIMESTAMP && field->form != RECORD_STRUCT &&
	       field->form != RECORD_ARRAY && field->size <= VALUE_BYTES &&
	       layout->fields.size >= VALUE_BYTES;
}

static void keep_from(struct kept *kept, const struct record_decoder *field, size_t record_size)
{
	size_t last = record_size - VALUE_BYTES;

	kept->least = record_size;
	kept->from = field->offset < last ? field->offset : last;
	memset((uint8_t *)kept->mask + (field->offset - kept->from), 0xff, field->size);
}

int featsel_line_add(struct featsel_line *line, const char *before, enum featsel_part kind,
		     size_t field, size_t width)
{
	struct part part = {.way.field = field_at(line->layout, field),
			    .width = width,
			    .plain = SIZE_MAX,
			    .length = strlen(before),
			    .kept.least = SIZE_MAX},
		    *room;
	int r = choose(&part, kind);

	if (r)
		return r;
	if (part.way.form && is_plain(part.way.field)) {
		part.plain = line->layout->fields.size;
		if (may_keep(line->layout, part.way.field))
			keep_from(&part.kept, part.way.field, part.plain);
	}
	part.before = calloc(1, part.length > STEP ? part.length : STEP);
	room = part.before ? vec_add(&line->parts, sizeof(part)) : NULL;
	if (!room) {
		free(part.before);
		return -ENOMEM;
	}
	memcpy(part.before, before, part.length);
	*room = part;
	return 0;
}

/* @text has at least STEP bytes. */
static inline struct out put_short(struct out out, const char *text, size_t n)
{
	return n > STEP ? put(out, text, n) : put_some(out, text, n, STEP);
}

static struct out pad(struct out out, size_t n)
{
	static const char spaces[STEP + 1] = "                ";

	for (; n > STEP; n -= STEP)
		out = put_short(out, spaces, STEP);
	return put_short(out, spaces, n);
}

/* The value and what it is padded with. */
static inline struct out put_padded(const struct featsel_line *line, const struct part *part,
				    const uint8_t *data, size_t size, struct out out)
{
	const struct record_decoder *field = part->way.field;
	const char *begin = out.at;
	size_t length;

	if (size >= part->plain)
		out = part->way.form(field, data + field->offset, field->size, out);
	else
		out = put_value(line->layout, &part->way, data, size, out);
	length = (size_t)(out.at - begin);
	return out.at && length < part->width ? pad(out, part->width - length) : out;
}

static inline struct out put_part(const struct featsel_line *line, const struct part *part,
				  const uint8_t *data, size_t size, struct out out)
{
	if (part->if_truncated && !is_truncated(part->way.field, data, size))
		return out;
	out = put_short(out, part->before, part->length);
	return part->way.form ? put_padded(line, part, data, size, out) : out;
}

static inline bool is_same(const struct kept *kept, const uint8_t *data)
{
	uint64_t words[2];

	memcpy(words, data + kept->from, VALUE_BYTES);
	return !(((words[0] ^ kept->value[0]) & kept->mask[0]) |
		 ((words[1] ^ kept->value[1]) & kept->mask[1]));
}

/* What was just written for this record, from @text on; @again: for the last one as well. */
static inline void keep(struct kept *kept, const uint8_t *data, bool again, const char *text,
			struct out out)
{
	memcpy(kept->value, data + kept->from, VALUE_BYTES);
	kept->length = 0;
	/* all of the room is copied, which needs no call */
	if (!again || !out.at || out.at - text > KEPT || out.end - text < KEPT)
		return;
	memcpy(kept->text, text, KEPT);
	kept->length = (size_t)(out.at - text);
}

ssize_t featsel_line_write(const struct featsel_line *line, const void *data, size_t data_size,
			   char *buffer, size_t size)
{
	struct part *part = line->parts.items, *end = part + line->parts.count;
	struct out out = {buffer, buffer + size};

	for (; part != end && out.at; part++) {
		struct kept *kept = &part->kept;
		bool keeps = data_size >= kept->least, again = keeps && is_same(kept, data);
		const char *text = out.at;

		if (again && kept->length) {
			out = put_some(out, kept->text, kept->length, KEPT);
			continue;
		}
		out = put_part(line, part, data, data_size, out);
		if (keeps)
			keep(kept, data, again, text, out);
	}
	return length_of(out, buffer);
}
