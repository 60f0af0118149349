/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * json.c - the streaming JSON writer: commas, escapes, valid UTF-8
 */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "cli/json.h"

#define JSON_DEPTH 63

static const char *const short_escapes[128] = {
	['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n",	 ['\r'] = "\\r",
	['\t'] = "\\t", ['"'] = "\\\"", ['\\'] = "\\\\",
};

/* One row for each form of a UTF-8 sequence: overlong forms fall below the smallest value. */
static const struct utf8_form {
	unsigned char mask, lead;
	unsigned int length;
	uint32_t smallest;
} utf8_forms[] = {
	{0x80, 0x00, 1, 0},
	{0xe0, 0xc0, 2, 0x80},
	{0xf0, 0xe0, 3, 0x800},
	{0xf8, 0xf0, 4, 0x10000},
};

/* Length of the sequence at @bytes and its code point in *ret; 0 where it is invalid. */
static unsigned int utf8_next(const unsigned char *bytes, uint32_t *ret)
{
	const struct utf8_form *form = utf8_forms;
	uint32_t value;

	while ((bytes[0] & form->mask) != form->lead)
		if (++form == utf8_forms + sizeof(utf8_forms) / sizeof(utf8_forms[0]))
			return 0;
	value = bytes[0] & (unsigned char)~form->mask;
	for (unsigned int i = 1; i < form->length; i++) {
		if ((bytes[i] & 0xc0) != 0x80) /* the terminating NUL ends up here too */
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < form->smallest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*ret = value;
	return form->length;
}

/* Means nothing to JSON or a terminal: nearly all of nearly every string. */
static const bool is_plain[256] = {
	[' '] = true,
	['!'] = true,
	['#' ... '['] = true,
	[']' ... '~'] = true,
};

static size_t count_plain(const unsigned char *at)
{
	size_t n = 0;

	while (is_plain[at[n]])
		n++;
	return n;
}

void json_quote(FILE *out, const char *string)
{
	const unsigned char *at = (const unsigned char *)string;

	putc_unlocked('"', out);
	while (*at) {
		size_t plain = count_plain(at);
		uint32_t value = 0;
		unsigned int length;

		if (plain) {
			fwrite_unlocked(at, 1, plain, out);
			at += plain;
			continue;
		}
		length = utf8_next(at, &value);

		if (!length)
			fputs_unlocked("\\ufffd", out);
		else if (length == 1 && short_escapes[value])
			fputs_unlocked(short_escapes[value], out);
		else if (value < 0x20 ||
			 (value >= 0x7f && value < 0xa0)) /* C1 steers terminals as well */
			fprintf(out, "\\u%04" PRIx32, value);
		else
			fwrite_unlocked(at, 1, length, out);
		at += length ? length : 1;
	}
	putc_unlocked('"', out);
}

void json_begin(struct json *json, FILE *out)
{
	*json = (struct json){.out = out};
}

static void item(struct json *json, const char *key)
{
	uint64_t bit = UINT64_C(1) << json->depth;

	if (json->depth && (json->filled & bit))
		fputs_unlocked(json->line ? "," : ", ", json->out);
	if (json->line)
		putc_unlocked('\n', json->out);
	json->line = false;
	json->filled |= bit;
	if (!key)
		return;
	json_quote(json->out, key);
	fputs_unlocked(": ", json->out);
}

static void open_container(struct json *json, const char *key, bool array)
{
	uint64_t bit;

	item(json, key);
	assert(json->depth < JSON_DEPTH);
	bit = UINT64_C(1) << ++json->depth;
	json->filled &= ~bit;
	json->arrays = array ? json->arrays | bit : json->arrays & ~bit;
	putc_unlocked(array ? '[' : '{', json->out);
}

void json_object(struct json *json, const char *key)
{
	open_container(json, key, false);
}

void json_array(struct json *json, const char *key)
{
	open_container(json, key, true);
}

void json_end(struct json *json)
{
	assert(json->depth);
	if (json->line)
		putc_unlocked('\n', json->out);
	json->line = false;
	putc_unlocked(json->arrays >> json->depth & 1 ? ']' : '}', json->out);
	if (!--json->depth)
		putc_unlocked('\n', json->out);
}

void json_string(struct json *json, const char *key, const char *value)
{
	item(json, key);
	if (value)
		json_quote(json->out, value);
	else
		fputs_unlocked("null", json->out);
}

void json_number(struct json *json, const char *key, uint64_t value)
{
	item(json, key);
	fprintf(json->out, "%" PRIu64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	item(json, key);
	fputs_unlocked(value ? "true" : "false", json->out);
}

void json_line(struct json *json)
{
	json->line = true;
}
