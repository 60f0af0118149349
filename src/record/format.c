/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * format.c - a record's bytes as text and JSON: the table of forms; structs and arrays
 */
#include "record/out.h"

/* How text and JSON differ where a value has parts: {a=1 b=2} and {"a":1,"b":2}. */
struct notation {
	bool json;
	char between;
	const char *before_name, *after_name;
};
static const struct notation as_text = {false, ' ', "", "="}, as_json = {true, ',', "\"", "\":"};

static inline struct out put_part(const struct record_decoder *part, const uint8_t *at,
				  const struct notation *notation, struct out out)
{
	return (notation->json ? part->json : part->text)(part, at, part->size, out);
}

static inline struct out put_members(const struct record_decoder *decoder, const uint8_t *at,
				     const struct notation *notation, struct out out)
{
	const struct record_decoder *part;

	out = put_char(out, '{');
	for (part = decoder->parts; part != decoder->parts + decoder->n_parts && out.at; part++) {
		if (part != decoder->parts)
			out = put_char(out, notation->between);
		out = put_text(out, notation->before_name);
		out = put_text(out, part->name);
		out = put_text(out, notation->after_name);
		out = put_part(part, at + part->offset, notation, out);
	}
	return put_char(out, '}');
}

static inline struct out put_elements(const struct record_decoder *decoder, const uint8_t *at,
				      const struct notation *notation, struct out out)
{
	const struct record_decoder *part = decoder->parts;
	uint32_t i;

	out = put_char(out, '[');
	for (i = 0; i < decoder->n_parts && out.at; i++) {
		if (i)
			out = put_char(out, notation->between);
		out = put_part(part, at + (size_t)i * part->size, notation, out);
	}
	return put_char(out, ']');
}

struct out form_quoted(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		       struct out out)
{
	out = put_char(out, '"');
	out = decoder->text(decoder, at, size, out);
	return put_char(out, '"');
}

static struct out write_struct(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			       struct out out)
{
	(void)size;
	return put_members(decoder, at, &as_text, out);
}

static struct out json_struct(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			      struct out out)
{
	(void)size;
	return put_members(decoder, at, &as_json, out);
}

static struct out write_array(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			      struct out out)
{
	(void)size;
	return put_elements(decoder, at, &as_text, out);
}

static struct out json_elements(const struct record_decoder *decoder, const uint8_t *at,
				size_t size, struct out out)
{
	(void)size;
	return put_elements(decoder, at, &as_json, out);
}

static const struct form_row {
	form_fn *text, *json;
	bool integer;
	unsigned int width; /* 0: by size */
} forms[] = {
	[RECORD_BYTES] = {.text = form_bytes, .json = form_quoted},
	[RECORD_UNSIGNED] = {.text = form_unsigned, .json = form_unsigned, .integer = true},
	[RECORD_SIGNED] = {.text = form_signed, .json = form_signed, .integer = true},
	[RECORD_BOOL] = {.text = form_bool, .json = form_bool, .integer = true, .width = 5},
	[RECORD_ENUM] = {.text = form_enum, .json = form_enum_json, .integer = true},
	[RECORD_FLAGS] = {.text = form_flags, .json = form_quoted, .integer = true},
	[RECORD_HEX] = {.text = form_hex, .json = form_quoted, .integer = true},
	[RECORD_WIDE] = {.text = form_wide, .json = form_quoted, .width = 34},
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
	[RECORD_IPV4] = {.text = form_ipv4, .json = form_quoted, .width = 15},
	[RECORD_IPV6] = {.text = form_ipv6, .json = form_quoted, .width = 25},
	[RECORD_SOCKADDR] = {.text = form_sockaddr, .json = form_sockaddr_json, .width = 21},
	[RECORD_DOMAIN] = {.text = form_domain, .json = form_domain_json, .width = 32},
	[RECORD_ADDRESSES] = {.text = form_addresses, .json = form_addresses_json, .width = 25},
	[RECORD_STRING] = {.text = form_string, .json = form_string_json},
	[RECORD_STRINGS] = {.text = form_strings, .json = form_strings_json, .width = 32},
	[RECORD_STRUCT] = {.text = write_struct, .json = json_struct, .width = 24},
	[RECORD_ARRAY] = {.text = write_array, .json = json_elements, .width = 24},
};
_Static_assert(ARRAY_SIZE(forms) == RECORD_FORM_COUNT, "a form without a row");

void record_settle(struct record_decoder *decoder)
{
	decoder->text = forms[decoder->form].text;
	decoder->json = forms[decoder->form].json;
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
