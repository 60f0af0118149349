/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * out.h - bytes into a bounded buffer, and how each form of a field is written; private to the room
 *
 * This runs once for each field of each record, so nothing here allocates, searches or calls
 * printf().
 */
#ifndef FEATSEL_RECORD_OUT_H
#define FEATSEL_RECORD_OUT_H

#include <endian.h>

#include "record/private.h"

/*
 * Where the next byte goes, and where the room ends. It is passed and returned, so that it stays in
 * registers. Once something did not fit there is neither place nor room.
 */
struct out {
	char *at, *end;
};

#define OUT_FULL ((struct out){NULL, NULL})

static inline size_t out_room(struct out out)
{
	return (size_t)(out.end - out.at);
}

static inline struct out put(struct out out, const void *bytes, size_t n)
{
	/* NULL with size 0 must not reach memcpy() */
	if (!n)
		return out;
	if (out_room(out) < n)
		return OUT_FULL;
	memcpy(out.at, bytes, n);
	out.at += n;
	return out;
}

static inline struct out put_char(struct out out, char c)
{
	if (out.at == out.end)
		return OUT_FULL;
	*out.at++ = c;
	return out;
}

static inline struct out put_text(struct out out, const char *text)
{
	return put(out, text, strlen(text));
}

/*
 * The first @n of the @most bytes, which are all copied where there is room: a copy of constant
 * size needs no call.
 */
static inline struct out put_some(struct out out, const void *bytes, size_t n, size_t most)
{
	if (out_room(out) < most)
		return put(out, bytes, n);
	memcpy(out.at, bytes, most);
	out.at += n;
	return out;
}

/* Eight digits are made at once, since dividing is what costs. */
#define DIGITS	     8
#define EIGHT_DIGITS 100000000

/*
 * The value's eight digits, one a byte, the first one lowest. It is taken apart into numbers of
 * four digits, then all of these into two, and all of those into one; multiplying and shifting
 * divides.
 */
static inline uint64_t take_apart(uint32_t value)
{
	uint64_t fours = value / 10000 | (uint64_t)(value % 10000) << 32;
	uint64_t hundreds = (fours * 5243 >> 19) & UINT64_C(0x7f0000007f);
	uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
	uint64_t tens = (twos * 103 >> 10) & UINT64_C(0xf000f000f000f);

	return tens | (twos - tens * 10) << 8;
}

/* The last @n of them. */
static inline struct out put_last(struct out out, uint64_t digits, unsigned int n)
{
	uint64_t text = htole64((digits | UINT64_C(0x3030303030303030)) >> (DIGITS - n) * 8);

	return put_some(out, &text, n, DIGITS);
}

/* Exactly @n digits of a value that has no more, at most eight. */
static inline struct out put_digits(struct out out, uint32_t value, unsigned int n)
{
	return put_last(out, take_apart(value), n);
}

/* Fewer than nine digits. */
static inline struct out put_small(struct out out, uint32_t value)
{
	uint64_t digits = take_apart(value), last = UINT64_C(1) << 56;

	return put_last(out, digits, DIGITS - (unsigned int)__builtin_ctzll(digits | last) / 8);
}

/* Nine digits and more. */
struct out put_long(struct out out, uint64_t value);

/* Decimal, and hexadecimal with "0x". */
static inline struct out put_unsigned(struct out out, uint64_t value)
{
	if (value < 10)
		return put_char(out, (char)('0' + value));
	return value < EIGHT_DIGITS ? put_small(out, (uint32_t)value) : put_long(out, value);
}

struct out put_signed(struct out out, int64_t value);
struct out put_hex(struct out out, uint64_t value);
/* Two hexadecimal digits. */
struct out put_byte(struct out out, uint8_t byte);
/* Digits of base 2^@bits. */
struct out put_base(struct out out, uint64_t value, unsigned int bits);

/* ---- the bytes of numbers ---- */

static inline uint64_t fetch_bytes(const uint8_t *at, uint32_t size)
{
	uint64_t eight;
	uint32_t four;
	uint16_t two;

	/* Samples of a perf buffer are not aligned to 8 bytes. */
	if (size == 8)
		return memcpy(&eight, at, sizeof(eight)), eight;
	if (size == 4)
		return memcpy(&four, at, sizeof(four)), four;
	if (size == 2)
		return memcpy(&two, at, sizeof(two)), two;
	return *at;
}

/* BTF numbers bits from the least significant one, on big endian from the most significant one. */
uint64_t fetch_bits(const uint8_t *at, unsigned int first, unsigned int bits);

/* Not sign extended. */
static inline uint64_t fetch_raw(const struct record_decoder *decoder, const uint8_t *at)
{
	if (decoder->bits)
		return fetch_bits(at, decoder->bit, decoder->bits);
	return fetch_bytes(at, decoder->size);
}

/* Sign extended. */
static inline uint64_t record_fetch(const struct record_decoder *decoder, const uint8_t *at)
{
	uint64_t value = fetch_raw(decoder, at);
	unsigned int unused;

	if (!decoder->is_signed)
		return value;
	unused = 64 - decoder_bits(decoder);
	return (uint64_t)((int64_t)(value << unused) >> unused);
}

/* ---- forms, one by one ---- */

form_fn form_unsigned, form_signed, form_number, form_bool, form_enum, form_enum_json, form_flags,
	form_hex, form_wide, form_octal, form_timestamp, form_duration, form_errno;
form_fn form_bytes, form_ipv4, form_ipv6, form_sockaddr, form_sockaddr_json, form_string,
	form_string_json, form_strings, form_strings_json;
form_fn form_domain, form_domain_json, form_addresses, form_addresses_json;
/* The text in quotes, of which no character needs an escape. */
form_fn form_quoted;

/* ns as RFC 3339, UTC; the same in quotes */
form_fn form_time, form_time_json;

#endif /* FEATSEL_RECORD_OUT_H */
