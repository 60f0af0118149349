/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* strings.c - bytes, strings and addresses as text and JSON, with terminal controls escaped */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "record/out.h"

/* ---- bytes and strings ---- */

struct out form_bytes(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		      struct out out)
{
	size_t i;

	(void)decoder;
	for (i = 0; i < size && out.at; i++)
		out = put_byte(out, at[i]);
	return out;
}

static struct out put_address(struct out out, int family, const uint8_t *at)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(family, at, text, sizeof(text)))
		out = put_text(out, text);
	return out;
}

struct out form_ipv4(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		     struct out out)
{
	(void)decoder;
	(void)size;
	return put_address(out, AF_INET, at);
}

struct out form_ipv6(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		     struct out out)
{
	(void)decoder;
	(void)size;
	return put_address(out, AF_INET6, at);
}

/* Printable ASCII that needs no escape in text, in a shell word or in JSON. */
static const bool is_plain[256] = {
	[' '] = true,	      ['!'] = true,	    ['#' ... '&'] = true,
	['(' ... '['] = true, [']' ... '~'] = true,
};

static struct out escape_text(struct out out, const uint8_t *at, size_t length, uint32_t code)
{
	size_t i;

	if (code == '\\')
		return put_text(out, "\\\\");
	for (i = 0; i < (length ? length : 1); i++) {
		out = put_text(out, "\\x");
		out = put_byte(out, at[i]);
	}
	return out;
}

static struct out escape_json(struct out out, const uint8_t *at, size_t length, uint32_t code)
{
	(void)at;
	if (code == '"' || code == '\\') {
		out = put_char(out, '\\');
		return put_char(out, (char)code);
	}
	if (!length)
		code = 0xfffd;
	out = put_text(out, "\\u");
	out = put_byte(out, (uint8_t)(code >> 8));
	return put_byte(out, (uint8_t)code);
}

/* @reserved: the character besides the backslash that has a meaning in the surrounding syntax. */
struct quoting {
	char reserved;
	struct out (*escape)(struct out out, const uint8_t *at, size_t length, uint32_t code);
};
static const struct quoting in_text = {'\\', escape_text}, in_json = {'"', escape_json};

static struct out put_string(struct out out, const uint8_t *at, size_t size,
			     const struct quoting *quoting)
{
	const uint8_t *end = at + size, *run;
	uint32_t code;
	size_t length;

	while (at < end && out.at) {
		for (run = at; at < end && is_plain[*at]; at++)
			;
		out = put(out, (const char *)run, (size_t)(at - run));
		if (at == end)
			break;
		code = 0;
		length = utf8_decode(at, (size_t)(end - at), &code);
		if (length && utf8_is_harmless(code) && code != '\\' &&
		    code != (uint8_t)quoting->reserved)
			out = put(out, (const char *)at, length);
		else
			out = quoting->escape(out, at, length, code);
		at += length ? length : 1;
	}
	return out;
}

/* If the record gives the length, NULs are part of the string. */
static size_t string_length(const struct record_decoder *decoder, const uint8_t *at, size_t size)
{
	return decoder->behind ? size : strnlen((const char *)at, size);
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * How many of eight characters are printable ASCII that neither text nor JSON escapes, before the
 * first that is not. Of each byte the highest bit tells; a sum carries only into a byte behind one
 * of the others.
 */
static inline unsigned int count_plain(uint64_t eight)
{
	uint64_t printable = (eight + EACH(0x80 - ' ')) & ~(eight + EACH(0x80 - 0x7f)) & ~eight;
	uint64_t no_quote = (eight ^ EACH('"')) + EACH(0x7f);
	uint64_t no_backslash = (eight ^ EACH('\\')) + EACH(0x7f);
	uint64_t others = ~(printable & no_quote & no_backslash) & EACH(0x80);

	return others ? (unsigned int)__builtin_ctzll(others) / 8 : 8;
}

/* Most strings are plain to their end. */
static inline struct out put_whole(const struct record_decoder *decoder, const uint8_t *at,
				   size_t size, struct out out, const struct quoting *quoting)
{
	size_t n = 0, plain = sizeof(uint64_t);
	uint64_t eight;

	while (plain == sizeof(eight) && size - n >= sizeof(eight) &&
	       out_room(out) >= sizeof(eight)) {
		memcpy(&eight, at + n, sizeof(eight));
		memcpy(out.at, &eight, sizeof(eight));
		plain = count_plain(le64toh(eight));
		out.at += plain;
		n += plain;
	}
	for (; n < size && out.at != out.end && is_plain[at[n]]; n++)
		*out.at++ = (char)at[n];
	if (n < size && (at[n] || decoder->behind))
		out = put_string(out, at + n, string_length(decoder, at + n, size - n), quoting);
	return out;
}

struct out form_string(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		       struct out out)
{
	return put_whole(decoder, at, size, out, &in_text);
}

struct out form_string_json(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			    struct out out)
{
	out = put_char(out, '"');
	out = put_whole(decoder, at, size, out, &in_json);
	return put_char(out, '"');
}

/* ---- lists of strings ---- */

/* Arrays of fixed length are padded with NULs. */
static size_t strings_length(const struct record_decoder *decoder, const uint8_t *at, size_t size)
{
	while (!decoder->behind && size && !at[size - 1])
		size--;
	return size;
}

/* Characters that have no meaning to a shell at any place of a word. */
static bool is_word(const uint8_t *at, size_t size)
{
	static const char others[] = "%+,-./:=@_";
	size_t i;

	for (i = 0; i < size; i++)
		if (!(at[i] >= '0' && at[i] <= '9') && !(at[i] >= 'a' && at[i] <= 'z') &&
		    !(at[i] >= 'A' && at[i] <= 'Z') && (!at[i] || !strchr(others, at[i])))
			return false;
	return size > 0;
}

static bool is_harmless_string(const uint8_t *at, size_t size)
{
	size_t length, i;
	uint32_t code;

	for (i = 0; i < size; i += length) {
		length = utf8_decode(at + i, size - i, &code);
		if (!length || !utf8_is_harmless(code) || code == '\'')
			return false;
	}
	return true;
}

/* Within $'...' */
static struct out escape_shell(struct out out, const uint8_t *at, size_t length, uint32_t code)
{
	if (code != '\'')
		return escape_text(out, at, length, code);
	return put_text(out, "\\'");
}

static const struct quoting in_shell = {'\'', escape_shell};

/* Quote for a shell: word, 'two words', $'a line\x0aand another'. */
static struct out put_word(struct out out, const uint8_t *at, size_t size)
{
	if (is_word(at, size))
		return put(out, (const char *)at, size);
	if (is_harmless_string(at, size)) {
		out = put_char(out, '\'');
		out = put(out, (const char *)at, size);
		return put_char(out, '\'');
	}
	out = put_text(out, "$'");
	out = put_string(out, at, size, &in_shell);
	return put_char(out, '\'');
}

/* Length of the string at @at; *next points behind its NUL. */
static size_t next_string(const uint8_t *at, const uint8_t *end, const uint8_t **next)
{
	size_t length = strnlen((const char *)at, (size_t)(end - at));

	*next = at + length;
	if (*next < end)
		(*next)++;
	return length;
}

struct out form_strings(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			struct out out)
{
	const uint8_t *begin = at, *end = at + strings_length(decoder, at, size), *next;
	size_t length;

	for (; at < end && out.at; at = next) {
		length = next_string(at, end, &next);
		if (at != begin)
			out = put_char(out, ' ');
		out = put_word(out, at, length);
	}
	return out;
}

struct out form_strings_json(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			     struct out out)
{
	const uint8_t *begin = at, *end = at + strings_length(decoder, at, size), *next;
	size_t length;

	out = put_char(out, '[');
	for (; at < end && out.at; at = next) {
		length = next_string(at, end, &next);
		if (at != begin)
			out = put_char(out, ',');
		out = put_char(out, '"');
		out = put_string(out, at, length, &in_json);
		out = put_char(out, '"');
	}
	return put_char(out, ']');
}

/* ---- addresses of sockets ---- */

static struct out put_inet(struct out out, const uint8_t *at, size_t size,
			   const struct quoting *quoting)
{
	struct sockaddr_in address;

	(void)size;
	(void)quoting;
	memcpy(&address, at, offsetof(struct sockaddr_in, sin_zero));
	out = put_address(out, AF_INET, (const uint8_t *)&address.sin_addr);
	out = put_char(out, ':');
	return put_unsigned(out, ntohs(address.sin_port));
}

/* Before RFC 2553 the struct had no scope; the kernel still accepts that length. */
static struct out put_inet6(struct out out, const uint8_t *at, size_t size,
			    const struct quoting *quoting)
{
	struct sockaddr_in6 address = {0};

	(void)quoting;
	memcpy(&address, at, size < sizeof(address) ? size : sizeof(address));
	out = put_char(out, '[');
	out = put_address(out, AF_INET6, (const uint8_t *)&address.sin6_addr);
	if (address.sin6_scope_id) {
		out = put_char(out, '%');
		out = put_unsigned(out, address.sin6_scope_id);
	}
	out = put_text(out, "]:");
	return put_unsigned(out, ntohs(address.sin6_port));
}

/* A path, or @ and an abstract name of any bytes, as ss(8) shows it. */
static struct out put_unix(struct out out, const uint8_t *at, size_t size,
			   const struct quoting *quoting)
{
	out = put_text(out, "unix:");
	at += sizeof(sa_family_t);
	size -= sizeof(sa_family_t);
	if (size && *at)
		return put_string(out, at, strnlen((const char *)at, size), quoting);
	while (size && !at[size - 1])
		size--;
	if (!size)
		return out;
	out = put_char(out, '@');
	return put_string(out, at + 1, size - 1, quoting);
}

static const struct {
	sa_family_t family;
	size_t least;
	struct out (*put)(struct out out, const uint8_t *at, size_t size,
			  const struct quoting *quoting);
} families[] = {
	{AF_INET, offsetof(struct sockaddr_in, sin_zero), put_inet},
	{AF_INET6, offsetof(struct sockaddr_in6, sin6_scope_id), put_inet6},
	{AF_UNIX, sizeof(sa_family_t), put_unix},
};

static struct out put_sockaddr(struct out out, const uint8_t *at, size_t size,
			       const struct quoting *quoting)
{
	sa_family_t family;
	size_t i;

	if (size < sizeof(family))
		return out;
	memcpy(&family, at, sizeof(family));
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i].family != family || size < families[i].least)
			continue;
		return families[i].put(out, at, size, quoting);
	}
	out = put_text(out, "family ");
	return put_unsigned(out, family);
}

struct out form_sockaddr(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			 struct out out)
{
	(void)decoder;
	return put_sockaddr(out, at, size, &in_text);
}

struct out form_sockaddr_json(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			      struct out out)
{
	(void)decoder;
	out = put_char(out, '"');
	out = put_sockaddr(out, at, size, &in_json);
	return put_char(out, '"');
}
