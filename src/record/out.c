/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* out.c - decimal and hexadecimal numbers */
#include "record/out.h"

static const char hex_digits[] = "0123456789abcdef";

struct out put_long(struct out out, uint64_t value)
{
	uint64_t high = value / EIGHT_DIGITS;

	if (high >= EIGHT_DIGITS) {
		out = put_small(out, (uint32_t)(high / EIGHT_DIGITS));
		out = put_digits(out, (uint32_t)(high % EIGHT_DIGITS), DIGITS);
	} else {
		out = put_small(out, (uint32_t)high);
	}
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
