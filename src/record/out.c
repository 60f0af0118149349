/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* out.c - digits of numbers */
#include <endian.h>

#include "record/out.h"

static const char hex_digits[] = "0123456789abcdef";

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

/* Where there is no room for all eight. */
static struct out put_few(struct out out, uint64_t text, unsigned int n)
{
	return put(out, &text, n);
}

/* The last @n of them. */
static inline struct out put_last(struct out out, uint64_t digits, unsigned int n)
{
	uint64_t text = htole64((digits | UINT64_C(0x3030303030303030)) >> (DIGITS - n) * 8);

	if (out_room(out) < DIGITS)
		return put_few(out, text, n);
	memcpy(out.at, &text, DIGITS);
	out.at += n;
	return out;
}

struct out put_digits(struct out out, uint32_t value, unsigned int n)
{
	return put_last(out, take_apart(value), n);
}

/* Fewer than nine digits. */
static inline struct out put_small(struct out out, uint32_t value)
{
	uint64_t digits = take_apart(value), last = UINT64_C(1) << 56;

	return put_last(out, digits, DIGITS - (unsigned int)__builtin_ctzll(digits | last) / 8);
}

struct out put_unsigned(struct out out, uint64_t value)
{
	if (value < 10)
		return put_char(out, (char)('0' + value));
	if (value < EIGHT_DIGITS)
		return put_small(out, (uint32_t)value);
	out = put_unsigned(out, value / EIGHT_DIGITS);
	return put_digits(out, (uint32_t)(value % EIGHT_DIGITS), DIGITS);
}

struct out put_signed(struct out out, int64_t value)
{
	if (value < 0)
		out = put_char(out, '-');
	return put_unsigned(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

struct out put_base(struct out out, uint64_t value, unsigned int bits)
{
	char digits[24];
	char *at = digits + sizeof(digits);

	do {
		*--at = hex_digits[value & ((1U << bits) - 1)];
		value >>= bits;
	} while (value);
	return put(out, at, (size_t)(digits + sizeof(digits) - at));
}

struct out put_hex(struct out out, uint64_t value)
{
	return put_base(put(out, "0x", 2), value, 4);
}

struct out put_byte(struct out out, uint8_t byte)
{
	return put_char(put_char(out, hex_digits[byte >> 4]), hex_digits[byte & 15]);
}
