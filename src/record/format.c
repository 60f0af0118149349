/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * format.c - a record's bytes as text and JSON: the table of forms; structs and arrays
 */
#include <errno.h>

#include "record/out.h"

static void text_of(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    struct out *out);
static void json_of(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    struct out *out);

/* How text and JSON differ where a value has parts: {a=1 b=2} and {"a":1,"b":2}. */
struct notation {
	char between;
	const char *before_name, *after_name;
	form_fn *part;
};
static const struct notation as_text = {' ', "", "=", text_of},
			     as_json = {',', "\"", "\":", json_of};

static inline void put_members(const struct record_decoder *decoder, const uint8_t *at,
			       const struct notation *notation, struct out *out)
{
	const struct record_decoder *part;

	put_char(out, '{');
	for (part = decoder->parts; part != decoder->parts + decoder->n_parts && !out->full;
	     part++) {
		if (part != decoder->parts)
			put_char(out, notation->between);
		put(out, notation->before_name, strlen(notation->before_name));
		put(out, part->name, strlen(part->name));
		put(out, notation->after_name, strlen(notation->after_name));
		notation->part(part, at + part->offset, part->size, out);
	}
	put_char(out, '}');
}

static inline void put_elements(const struct record_decoder *decoder, const uint8_t *at,
				const struct notation *notation, struct out *out)
{
	const struct record_decoder *part = decoder->parts;
	uint32_t i;

	put_char(out, '[');
	for (i = 0; i < decoder->n_parts && !out->full; i++) {
		if (i)
			put_char(out, notation->between);
		notation->part(part, at + (size_t)i * part->size, part->size, out);
	}
	put_char(out, ']');
}

static void write_struct(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			 struct out *out)
{
	(void)size;
	put_members(decoder, at, &as_text, out);
}

static void json_struct(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			struct out *out)
{
	(void)size;
	put_members(decoder, at, &as_json, out);
}

static void write_array(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			struct out *out)
{
	(void)size;
	put_elements(decoder, at, &as_text, out);
}

static void json_elements(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			  struct out *out)
{
	(void)size;
	put_elements(decoder, at, &as_json, out);
}

/* Without a json function, JSON is the text in quotes; such text needs no escapes. */
static const struct form_row {
	form_fn *text, *json;
	bool integer;
	unsigned int width; /* 0: by size */
} forms[] = {
	[RECORD_BYTES] = {.text = form_bytes},
	[RECORD_UNSIGNED] = {.text = form_unsigned, .json = form_unsigned, .integer = true},
	[RECORD_SIGNED] = {.text = form_signed, .json = form_signed, .integer = true},
	[RECORD_BOOL] = {.text = form_bool, .json = form_bool, .integer = true, .width = 5},
	[RECORD_ENUM] = {.text = form_enum, .json = form_enum_json, .integer = true},
	[RECORD_FLAGS] = {.text = form_flags, .integer = true},
	[RECORD_HEX] = {.text = form_hex, .integer = true},
	[RECORD_WIDE] = {.text = form_wide, .width = 34},
	[RECORD_OCTAL] = {.text = form_octal, .json = form_number, .integer = true, .width = 7},
	[RECORD_TIMESTAMP] = {.text = form_timestamp,
			      .json = form_number,
			      .integer = true,
			      .width = 15},
	[RECORD_DURATION] = {.text = form_duration,
			     .json = form_number,
			     .integer = true,
			     .width = 9},
	[RECORD_ERRNO] = {.text = form_errno, .json = form_number, .integer = true, .width = 9},
	[RECORD_IPV4] = {.text = form_ipv4, .width = 15},
	[RECORD_IPV6] = {.text = form_ipv6, .width = 25},
	[RECORD_SOCKADDR] = {.text = form_sockaddr, .json = form_sockaddr_json, .width = 21},
	[RECORD_DOMAIN] = {.text = form_domain, .json = form_domain_json, .width = 32},
	[RECORD_ADDRESSES] = {.text = form_addresses, .json = form_addresses_json, .width = 25},
	[RECORD_STRING] = {.text = form_string, .json = form_string_json},
	[RECORD_STRINGS] = {.text = form_strings, .json = form_strings_json, .width = 32},
	[RECORD_STRUCT] = {.text = write_struct, .json = json_struct, .width = 24},
	[RECORD_ARRAY] = {.text = write_array, .json = json_elements, .width = 24},
};
_Static_assert(ARRAY_SIZE(forms) == RECORD_FORM_COUNT, "a form without a row");

static void text_of(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    struct out *out)
{
	forms[decoder->form].text(decoder, at, size, out);
}

static void json_of(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    struct out *out)
{
	const struct form_row *form = &forms[decoder->form];

	if (form->json) {
		form->json(decoder, at, size, out);
		return;
	}
	put_char(out, '"');
	form->text(decoder, at, size, out);
	put_char(out, '"');
}

bool record_is_integer(const struct record_decoder *decoder)
{
	return forms[decoder->form].integer;
}

static unsigned int longest_name(const struct record_decoder *decoder)
{
	size_t i, longest = 0;

	for (i = 0; i < decoder->n_constants; i++)
		if (decoder->constants[i].length > longest)
			longest = decoder->constants[i].length;
	return longest < 20 ? (unsigned int)longest : 20;
}

/*
 * 7 digits hold every process id, 14 every user-space address; wider columns would push the rest
 * off the screen.
 */
static unsigned int width_by_size(const struct record_decoder *decoder)
{
	unsigned int bytes = (decoder_bits(decoder) + 7) / 8;

	if (decoder->form == RECORD_ENUM)
		return longest_name(decoder);
	/* PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS */
	if (decoder->form == RECORD_FLAGS)
		return decoder->mask ? 25 : 20;
	/* Most paths of programs. */
	if (decoder->form == RECORD_STRING && decoder->behind)
		return 24;
	if (decoder->form == RECORD_STRING)
		return decoder->size > 1 && decoder->size <= 32 ? decoder->size - 1 : 32;
	if (decoder->form == RECORD_BYTES)
		return decoder->size && decoder->size < 16 ? decoder->size * 2 : 32;
	if (decoder->form == RECORD_HEX)
		return bytes < 6 ? 2 + bytes * 2 : 14;
	return bytes < 2 ? 4 : bytes < 3 ? 6 : bytes < 5 ? 7 : 10;
}

unsigned int record_width(const struct record_decoder *decoder)
{
	unsigned int width = forms[decoder->form].width;

	return width ? width : width_by_size(decoder);
}

ssize_t record_text(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    char *buffer, size_t room)
{
	struct out out = {.at = buffer, .end = buffer + room};

	text_of(decoder, at, size, &out);
	return out.full ? -ENOSPC : out.at - buffer;
}

ssize_t record_json(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    char *buffer, size_t room)
{
	struct out out = {.at = buffer, .end = buffer + room};

	json_of(decoder, at, size, &out);
	return out.full ? -ENOSPC : out.at - buffer;
}
