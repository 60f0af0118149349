/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * out.h - bytes into a bounded buffer, and how each form of a field is written; private to the room
 *
 * This runs once for each field of each record, so nothing here allocates, searches or calls
 * printf().
 */
#ifndef FEATSEL_RECORD_OUT_H
#define FEATSEL_RECORD_OUT_H

#include "record/private.h"

struct out {
	char *at, *end;
	bool full;
};

static inline void put(struct out *out, const char *bytes, size_t n)
{
	if ((size_t)(out->end - out->at) < n) {
		out->full = true;
		return;
	}
	memcpy(out->at, bytes, n);
	out->at += n;
}

static inline void put_char(struct out *out, char c)
{
	if (out->at == out->end) {
		out->full = true;
		return;
	}
	*out->at++ = c;
}

/* "00" to "99": two digits at a time, since dividing is what costs. */
extern const char digit_pairs[];

/* Exactly @n digits, the value's last. */
static inline void put_digits(struct out *out, uint64_t value, unsigned int n)
{
	char *at;

	if ((size_t)(out->end - out->at) < n) {
		out->full = true;
		return;
	}
	for (at = out->at + n; at > out->at + 1; value /= 100)
		memcpy(at -= 2, digit_pairs + value % 100 * 2, 2);
	if (at > out->at)
		*out->at = (char)('0' + value % 10);
	out->at += n;
}

/* Decimal, and hexadecimal with "0x". */
void put_unsigned(struct out *out, uint64_t value);
void put_signed(struct out *out, int64_t value);
void put_hex(struct out *out, uint64_t value);
/* Two hexadecimal digits. */
void put_byte(struct out *out, uint8_t byte);
/* Digits of base 2^@bits. */
void put_base(struct out *out, uint64_t value, unsigned int bits);

/*
 * Write what lies at @at (@size bytes, of a string perhaps fewer than the decoder's) in one form.
 * Bounds were settled when the decoder was made: it only looks at the bytes that it was made for.
 */
typedef void form_fn(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		     struct out *out);

form_fn form_unsigned, form_signed, form_number, form_bool, form_enum, form_enum_json, form_flags,
	form_hex, form_wide, form_octal, form_timestamp, form_duration, form_errno;
form_fn form_bytes, form_ipv4, form_ipv6, form_sockaddr, form_sockaddr_json, form_string,
	form_string_json, form_strings, form_strings_json;
form_fn form_domain, form_domain_json, form_addresses, form_addresses_json;

#endif /* FEATSEL_RECORD_OUT_H */
