/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* json.c - the streaming JSON writer: commas, escapes, valid UTF-8 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/base.h"

#define JSON_DEPTH  63
#define UTF8_LENGTH 4

static const char *const short_escapes[128] = {
	['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n",	 ['\r'] = "\\r",
	['\t'] = "\\t", ['"'] = "\\\"", ['\\'] = "\\\\",
};

/* Has no special meaning in JSON or on a terminal: nearly every byte of nearly every string. */
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

/* ---- the way out ---- */

static void flush(struct json *json)
{
	json->text[json->used] = '\0';
	if (json->used && !json->error)
		json->error = json->write(json->data, json->text);
	json->used = 0;
}

static void put(struct json *json, const void *bytes, size_t size)
{
	const char *from = bytes;
	size_t part;

	for (; size; size -= part, from += part) {
		if (json->used == sizeof(json->text) - 1)
			flush(json);
		part = sizeof(json->text) - 1 - json->used;
		if (part > size)
			part = size;
		memcpy(json->text + json->used, from, part);
		json->used += part;
	}
}

static void put_text(struct json *json, const char *text)
{
	put(json, text, strlen(text));
}

static void put_character(struct json *json, char character)
{
	put(json, &character, 1);
}

static void PRINTF(2, 3) put_format(struct json *json, const char *format, ...)
{
	char text[32];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put_text(json, text);
}

static void put_escaped(struct json *json, const unsigned char *at, size_t length, uint32_t value)
{
	if (!length)
		put_text(json, "\\ufffd");
	else if (length == 1 && short_escapes[value])
		put_text(json, short_escapes[value]);
	/* escape in JSON, too, what controls a terminal */
	else if (!utf8_is_harmless(value))
		put_format(json, "\\u%04" PRIx32, value);
	else
		put(json, at, length);
}

static void quote(struct json *json, const char *string)
{
	const unsigned char *at = (const unsigned char *)string;
	size_t length, plain;
	uint32_t value;

	put_character(json, '"');
	while (*at) {
		plain = count_plain(at);
		put(json, at, plain);
		at += plain;
		if (!*at)
			break;
		value = 0;
		length = utf8_decode(at, strnlen((const char *)at, UTF8_LENGTH), &value);
		put_escaped(json, at, length, value);
		at += length ? length : 1;
	}
	put_character(json, '"');
}

/* ---- documents ---- */

void json_begin(struct json *json, featsel_write_fn write, void *data)
{
	*json = (struct json){.write = write, .data = data};
}

static int write_file(void *data, const char *text)
{
	return fputs(text, data) < 0 ? -EIO : 0;
}

void json_begin_file(struct json *json, FILE *out)
{
	json_begin(json, write_file, out);
}

int json_finish(struct json *json)
{
	flush(json);
	return json->error;
}

void json_item(struct json *json, const char *key)
{
	uint64_t bit = UINT64_C(1) << json->depth;

	if (json->depth && (json->filled & bit))
		put_text(json, json->line ? "," : ", ");
	if (json->line)
		put_character(json, '\n');
	json->line = false;
	json->filled |= bit;
	if (!key)
		return;
	quote(json, key);
	put_text(json, ": ");
}

static void open_container(struct json *json, const char *key, bool array)
{
	uint64_t bit;

	json_item(json, key);
	assert(json->depth < JSON_DEPTH);
	bit = UINT64_C(1) << ++json->depth;
	json->filled &= ~bit;
	json->arrays = array ? json->arrays | bit : json->arrays & ~bit;
	put_character(json, array ? '[' : '{');
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
		put_character(json, '\n');
	json->line = false;
	put_character(json, json->arrays >> json->depth & 1 ? ']' : '}');
	if (--json->depth)
		return;
	if (!json->part)
		put_character(json, '\n');
	flush(json);
}

void json_string(struct json *json, const char *key, const char *value)
{
	json_item(json, key);
	if (value)
		quote(json, value);
	else
		put_text(json, "null");
}

void json_number(struct json *json, const char *key, uint64_t value)
{
	json_item(json, key);
	put_format(json, "%" PRIu64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	json_item(json, key);
	put_text(json, value ? "true" : "false");
}

void json_answer(struct json *json, const struct featsel_answer *answer)
{
	json_string(json, "verdict", featsel_verdict_name(answer->verdict));
	json_string(json, "reason", answer->reason);
	json_string(json, "evidence", answer->evidence);
	json_string(json, "remedy", answer->remedy);
}

void json_raw(struct json *json, const char *text)
{
	put_text(json, text);
}

void json_line(struct json *json)
{
	json->line = true;
}

void json_quote(FILE *out, const char *string)
{
	struct json json;

	json_begin_file(&json, out);
	quote(&json, string);
	(void)json_finish(&json);
}
