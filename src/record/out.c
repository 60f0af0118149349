/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* out.c - digits of numbers */
#include "record/out.h"

static const char hex_digits[] = "0123456789abcdef";

const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
			   "25262728293031323334353637383940414243444546474849"
			   "50515253545556575859606162636465666768697071727374"
			   "75767778798081828384858687888990919293949596979899";

static unsigned int count_digits(uint64_t value)
{
	static const uint64_t powers[] = {
		0,
		10,
		100,
		1000,
		10000,
		100000,
		1000000,
		10000000,
		100000000,
		1000000000,
		10000000000,
		100000000000,
		1000000000000,
		10000000000000,
		100000000000000,
		1000000000000000,
		10000000000000000,
		100000000000000000,
		1000000000000000000,
		10000000000000000000U,
	};
	/* log10(2) is 1233 / 4096, near enough for 64 bits */
	unsigned int bits = 64 - (unsigned int)__builtin_clzll(value | 1), n = bits * 1233 >> 12;

	return n + (value >= powers[n]);
}

void put_unsigned(struct out *out, uint64_t value)
{
	unsigned int n = count_digits(value);
	char *at;

	if ((size_t)(out->end - out->at) < n) {
		out->full = true;
		return;
	}
	out->at += n;
	for (at = out->at; value >= 100; value /= 100)
		memcpy(at -= 2, digit_pairs + value % 100 * 2, 2);
	if (value >= 10)
		memcpy(at - 2, digit_pairs + value * 2, 2);
	else
		at[-1] = (char)('0' + value);
}

void put_signed(struct out *out, int64_t value)
{
	if (value < 0)
		put_char(out, '-');
	put_unsigned(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void put_base(struct out *out, uint64_t value, unsigned int bits)
{
	char digits[24];
	char *at = digits + sizeof(digits);

	do {
		*--at = hex_digits[value & ((1U << bits) - 1)];
		value >>= bits;
	} while (value);
	put(out, at, (size_t)(digits + sizeof(digits) - at));
}

void put_hex(struct out *out, uint64_t value)
{
	put(out, "0x", 2);
	put_base(out, value, 4);
}

void put_byte(struct out *out, uint8_t byte)
{
	put_char(out, hex_digits[byte >> 4]);
	put_char(out, hex_digits[byte & 15]);
}
