/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * names.c - names and lists of addresses as DNS has them
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "record/out.h"

/* The bits of a label's length that mark it as a pointer to another place in the message. */
#define POINTER 0xc0

/*
 * As in zone files (RFC 1035, 5.1): special characters after a backslash, bytes that are not
 * printable ASCII as three decimal digits. Quotes too, so that JSON has nothing else to escape.
 */
static struct out put_label(struct out out, const uint8_t *at, size_t size, const char *backslash)
{
	for (size_t i = 0; i < size && out.at; i++) {
		bool is_plain = at[i] > ' ' && at[i] < 0x7f && !strchr(".\\\"", at[i]);

		if (!is_plain)
			out = put_text(out, backslash);
		if (is_plain || at[i] == '.')
			out = put_char(out, (char)at[i]);
		else if (at[i] == '\\')
			out = put_text(out, backslash);
		else
			out = put_digits(out, at[i], 3);
	}
	return out;
}

/* Up to its end, or to the end of the data: it may be cut, or continue elsewhere. */
static struct out put_domain(struct out out, const uint8_t *at, size_t size, const char *backslash)
{
	size_t i = 0, length;

	if (size && !at[0])
		out = put_char(out, '.');
	while (i < size && at[i] && !(at[i] & POINTER) && out.at) {
		length = at[i] < size - i ? at[i] : size - i - 1;
		if (i)
			out = put_char(out, '.');
		out = put_label(out, at + i + 1, length, backslash);
		i += length + 1;
	}
	return out;
}

struct out form_domain(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		       struct out out)
{
	(void)decoder;
	return put_domain(out, at, size, "\\");
}

struct out form_domain_json(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			    struct out out)
{
	(void)decoder;
	out = put_char(out, '"');
	out = put_domain(out, at, size, "\\\\");
	return put_char(out, '"');
}

/* Those of IPv4 as such (RFC 4291, 2.5.5.2). */
static struct out put_either(struct out out, const uint8_t *at)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	bool mapped;

	memcpy(&address, at, sizeof(address));
	mapped = IN6_IS_ADDR_V4MAPPED(&address);
	if (inet_ntop(mapped ? AF_INET : AF_INET6, mapped ? at + 12 : at, text, sizeof(text)))
		out = put_text(out, text);
	return out;
}

static struct out put_addresses(struct out out, const uint8_t *at, size_t size, const char *quote)
{
	const size_t each = sizeof(struct in6_addr);

	for (size_t i = 0; i + each <= size && out.at; i += each) {
		if (i)
			out = put_char(out, ',');
		out = put_text(out, quote);
		out = put_either(out, at + i);
		out = put_text(out, quote);
	}
	return out;
}

struct out form_addresses(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			  struct out out)
{
	(void)decoder;
	return put_addresses(out, at, size, "");
}

struct out form_addresses_json(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			       struct out out)
{
	(void)decoder;
	out = put_char(out, '[');
	out = put_addresses(out, at, size, "\"");
	return put_char(out, ']');
}
