/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * format.c - a record's bytes as text and JSON
 *
 * This runs once for each field of each record, so nothing here allocates, searches or calls
 * printf(). Bounds were settled when the decoders were made: a decoder only ever looks at the bytes
 * that it was made for.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "record/private.h"

#define NS_PER_SECOND	    1000000000LL
#define SECONDS_PER_QUARTER 900
#define SECONDS_PER_DAY	    86400

static const char hex_digits[] = "0123456789abcdef";

/* ---- output ---- */

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

/* Two digits at a time: dividing is what costs. */
static const char pairs[] = "00010203040506070809101112131415161718192021222324"
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

static void put_unsigned(struct out *out, uint64_t value)
{
	unsigned int n = count_digits(value);
	char *at;

	if ((size_t)(out->end - out->at) < n) {
		out->full = true;
		return;
	}
	out->at += n;
	for (at = out->at; value >= 100; value /= 100)
		memcpy(at -= 2, pairs + value % 100 * 2, 2);
	if (value >= 10)
		memcpy(at - 2, pairs + value * 2, 2);
	else
		at[-1] = (char)('0' + value);
}

static void put_signed(struct out *out, int64_t value)
{
	if (value < 0)
		put_char(out, '-');
	put_unsigned(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* Exactly @n digits, the value's last. */
static inline void put_digits(struct out *out, uint64_t value, unsigned int n)
{
	char *at;

	if ((size_t)(out->end - out->at) < n) {
		out->full = true;
		return;
	}
	for (at = out->at + n; at > out->at + 1; value /= 100)
		memcpy(at -= 2, pairs + value % 100 * 2, 2);
	if (at > out->at)
		*out->at = (char)('0' + value % 10);
	out->at += n;
}

static void put_base(struct out *out, uint64_t value, unsigned int bits)
{
	char digits[24];
	char *at = digits + sizeof(digits);

	do {
		*--at = hex_digits[value & ((1U << bits) - 1)];
		value >>= bits;
	} while (value);
	put(out, at, (size_t)(digits + sizeof(digits) - at));
}

static void put_hex(struct out *out, uint64_t value)
{
	put(out, "0x", 2);
	put_base(out, value, 4);
}

static void put_byte(struct out *out, uint8_t byte)
{
	put_char(out, hex_digits[byte >> 4]);
	put_char(out, hex_digits[byte & 15]);
}

/* ---- numbers ---- */

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

/*
 * BTF counts bits as the byte order does: from the least significant, or on big endian from the
 * most significant.
 */
static uint64_t fetch_bits(const uint8_t *at, unsigned int first, unsigned int bits)
{
	uint64_t value = 0;
	unsigned int i, byte, bit;

	for (i = 0; i < bits; i++) {
		byte = (first + i) / 8;
		bit = (first + i) % 8;
		if (BYTE_ORDER == LITTLE_ENDIAN)
			value |= (uint64_t)(at[byte] >> bit & 1) << i;
		else
			value = value << 1 | (at[byte] >> (7 - bit) & 1);
	}
	return value;
}

static unsigned int bits_of(const struct record_decoder *decoder)
{
	return decoder->bits ? decoder->bits : decoder->size * 8;
}

static inline uint64_t fetch_raw(const struct record_decoder *decoder, const uint8_t *at)
{
	if (decoder->bits)
		return fetch_bits(at, decoder->bit, decoder->bits);
	return fetch_bytes(at, decoder->size);
}

uint64_t record_fetch(const struct record_decoder *decoder, const uint8_t *at)
{
	uint64_t value = fetch_raw(decoder, at);
	unsigned int unused = 64 - bits_of(decoder);

	if (decoder->is_signed)
		value = (uint64_t)((int64_t)(value << unused) >> unused);
	return value;
}

static void write_unsigned(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			   struct out *out)
{
	(void)size;
	put_unsigned(out, fetch_raw(decoder, at));
}

static void write_signed(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			 struct out *out)
{
	(void)size;
	put_signed(out, (int64_t)record_fetch(decoder, at));
}

/* The number of a field whatever its form: JSON keeps numbers. */
static void write_number(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			 struct out *out)
{
	if (decoder->is_signed)
		write_signed(decoder, at, size, out);
	else
		write_unsigned(decoder, at, size, out);
}

static void write_bool(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		       struct out *out)
{
	(void)size;
	if (fetch_raw(decoder, at))
		put(out, "true", 4);
	else
		put(out, "false", 5);
}

static void write_hex(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		      struct out *out)
{
	(void)size;
	put_hex(out, fetch_raw(decoder, at));
}

static void write_wide(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		       struct out *out)
{
	uint64_t high = fetch_bytes(at + (BYTE_ORDER == LITTLE_ENDIAN ? 8 : 0), 8);
	uint64_t low = fetch_bytes(at + (BYTE_ORDER == LITTLE_ENDIAN ? 0 : 8), 8);
	int shift;

	(void)decoder;
	(void)size;
	put_hex(out, high ? high : low);
	for (shift = 60; high && shift >= 0; shift -= 4)
		put_char(out, hex_digits[low >> shift & 15]);
}

static void write_octal(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			struct out *out)
{
	uint64_t value = fetch_raw(decoder, at);

	(void)size;
	if (value)
		put_char(out, '0');
	put_base(out, value, 3);
}

static void write_errno(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			struct out *out)
{
	int64_t value = (int64_t)record_fetch(decoder, at);
	const char *name;

	(void)size;
	if (value >= 0 || value < -4095) {
		put_signed(out, value);
		return;
	}
	name = errno_name((int)value);
	put(out, name, strlen(name));
}

/* ---- enums ---- */

static const struct record_constant *find_constant(const struct record_decoder *decoder,
						   uint64_t value)
{
	size_t low = 0, high = decoder->n_constants, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (decoder->constants[middle].value == value)
			return &decoder->constants[middle];
		if (decoder->constants[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void write_enum(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		       struct out *out)
{
	const struct record_constant *constant = find_constant(decoder, fetch_raw(decoder, at));

	if (constant)
		put(out, constant->name, constant->length);
	else
		write_number(decoder, at, size, out);
}

static void json_enum(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		      struct out *out)
{
	bool known = find_constant(decoder, fetch_raw(decoder, at));

	if (known)
		put_char(out, '"');
	write_enum(decoder, at, size, out);
	if (known)
		put_char(out, '"');
}

/* Whether @constant is part of @value, and in *ret the bits that it accounts for. */
static bool has_flag(const struct record_decoder *decoder, const struct record_constant *constant,
		     uint64_t value, uint64_t rest, uint64_t *ret)
{
	if (decoder->mask && !(constant->value & ~decoder->mask)) {
		*ret = decoder->mask;
		return (value & decoder->mask) == constant->value;
	}
	*ret = constant->value;
	return constant->value ? (rest & constant->value) == constant->value : !value;
}

/* Constants with several bits come first: what they take is not there for their parts. */
static void write_flags(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			struct out *out)
{
	const struct record_constant *constant, *end = decoder->constants + decoder->n_constants;
	uint64_t value = fetch_raw(decoder, at), rest = value, taken;
	bool first = true;

	(void)size;
	for (constant = decoder->constants; constant != end; constant++) {
		if (!has_flag(decoder, constant, value, rest, &taken))
			continue;
		if (!first)
			put_char(out, '|');
		put(out, constant->name, constant->length);
		rest &= ~taken;
		first = false;
	}
	if (rest && !first)
		put_char(out, '|');
	if (rest)
		put_hex(out, rest);
	if (!rest && first)
		put_char(out, '0');
}

/* ---- time ---- */

static int64_t clock_ns(clockid_t id)
{
	struct timespec now = {0};

	clock_gettime(id, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static void clock_measure(struct record_clock *clock)
{
	clock->measured = clock_ns(CLOCK_MONOTONIC);
	clock->offset = clock_ns(CLOCK_REALTIME) - clock->measured;
}

void record_clock_init(struct record_clock *clock)
{
	memset(clock, 0, sizeof(*clock));
	clock_measure(clock);
	clock->quarter = INT64_MIN;
	clock->local.second = INT64_MIN;
	clock->utc.second = INT64_MIN;
}

/*
 * Monotonic time stands still while the machine sleeps, and the wall clock can be set: look again
 * now and then.
 */
static int64_t clock_wall(struct record_clock *clock, uint64_t monotonic)
{
	int64_t age = (int64_t)(monotonic - (uint64_t)clock->measured);

	if (age > 10 * NS_PER_SECOND)
		clock_measure(clock);
	return (int64_t)(monotonic + (uint64_t)clock->offset);
}

static int64_t floor_divide(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

/* Time zones change at quarters of an hour at the earliest. */
static int64_t clock_zone(struct record_clock *clock, int64_t seconds)
{
	int64_t quarter = floor_divide(seconds, SECONDS_PER_QUARTER);
	time_t time = (time_t)seconds;
	struct tm local;

	if (quarter != clock->quarter) {
		clock->zone = localtime_r(&time, &local) ? local.tm_gmtoff : 0;
		clock->quarter = quarter;
	}
	return clock->zone;
}

/* "12:30:01." of @seconds within a day */
static void put_time_of_day(struct out *out, int64_t seconds)
{
	put_digits(out, (uint64_t)(seconds / 3600), 2);
	put_char(out, ':');
	put_digits(out, (uint64_t)(seconds / 60 % 60), 2);
	put_char(out, ':');
	put_digits(out, (uint64_t)(seconds % 60), 2);
	put_char(out, '.');
}

/* Records come by the thousand within a second: all of a time but its fraction is made once. */
static void write_second(struct record_second *text, int64_t second, int64_t zone, bool dated)
{
	struct out out = {.at = text->text, .end = text->text + sizeof(text->text)};
	int64_t local = second + zone, day = floor_divide(local, SECONDS_PER_DAY);
	time_t date = (time_t)(day * SECONDS_PER_DAY);
	struct tm utc = {.tm_mday = 1};

	if (dated) {
		gmtime_r(&date, &utc);
		out.at += strftime(text->text, sizeof(text->text), "%Y-%m-%dT", &utc);
	}
	put_time_of_day(&out, local - day * SECONDS_PER_DAY);
	text->second = second;
	text->length = (size_t)(out.at - text->text);
}

/* All of the text is copied where there is room for it: to copy a fixed size is no call. */
static inline void put_second(struct out *out, const struct record_second *text)
{
	if ((size_t)(out->end - out->at) < sizeof(text->text)) {
		put(out, text->text, text->length);
		return;
	}
	memcpy(out->at, text->text, sizeof(text->text));
	out->at += text->length;
}

static void write_timestamp(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			    struct out *out)
{
	struct record_clock *clock = decoder->clock;
	int64_t wall = clock_wall(clock, fetch_raw(decoder, at));
	int64_t second = floor_divide(wall, NS_PER_SECOND);

	(void)size;
	if (second != clock->local.second)
		write_second(&clock->local, second, clock_zone(clock, second), false);
	put_second(out, &clock->local);
	put_digits(out, (uint64_t)(wall - second * NS_PER_SECOND) / 1000, 6);
}

ssize_t record_time(struct record_clock *clock, uint64_t monotonic, char *buffer, size_t room)
{
	struct out out = {.at = buffer, .end = buffer + room};
	int64_t wall = clock_wall(clock, monotonic);
	int64_t second = floor_divide(wall, NS_PER_SECOND);

	if (second != clock->utc.second)
		write_second(&clock->utc, second, 0, true);
	put_second(&out, &clock->utc);
	put_digits(&out, (uint64_t)(wall - second * NS_PER_SECOND), 9);
	put_char(&out, 'Z');
	return out.full ? -ENOSPC : out.at - buffer;
}

/* Three decimals of the largest unit that is not 0. */
static void write_duration(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			   struct out *out)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = {{NS_PER_SECOND, "s"}, {1000000, "ms"}, {1000, "us"}};
	int64_t number = (int64_t)record_fetch(decoder, at);
	bool negative = decoder->is_signed && number < 0;
	uint64_t value = negative ? 0 - (uint64_t)number : (uint64_t)number;
	size_t i;

	(void)size;
	if (negative)
		put_char(out, '-');
	for (i = 0; i < ARRAY_SIZE(units) && value < units[i].ns; i++)
		;
	if (i == ARRAY_SIZE(units)) {
		put_unsigned(out, value);
		put(out, "ns", 2);
		return;
	}
	put_unsigned(out, value / units[i].ns);
	put_char(out, '.');
	put_digits(out, value % units[i].ns / (units[i].ns / 1000), 3);
	put(out, units[i].name, strlen(units[i].name));
}

/* ---- bytes and strings ---- */

static void write_bytes(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			struct out *out)
{
	size_t i;

	(void)decoder;
	for (i = 0; i < size && !out->full; i++)
		put_byte(out, at[i]);
}

static void put_address(struct out *out, int family, const uint8_t *at)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(family, at, text, sizeof(text)))
		put(out, text, strlen(text));
}

static void write_ipv4(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		       struct out *out)
{
	(void)decoder;
	(void)size;
	put_address(out, AF_INET, at);
}

static void write_ipv6(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		       struct out *out)
{
	(void)decoder;
	(void)size;
	put_address(out, AF_INET6, at);
}

/* Length of the character at @at and its code point in *ret; 0 where the bytes are not UTF-8. */
static size_t utf8_decode(const uint8_t *at, size_t size, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length, i;
	uint32_t code;

	if (at[0] < 0x80)
		return *ret = at[0], 1;
	length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	if (at[0] < 0xc2 || at[0] > 0xf4 || length > size)
		return 0;
	code = at[0] & (0xff >> (length + 1));
	for (i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret = code;
	return length;
}

/*
 * What moves a terminal's cursor, hides text or turns it round: controls, line separators,
 * direction marks.
 */
static bool is_harmless(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return false;
	if (code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e))
		return false;
	return code != 0x061c && !(code >= 0x2066 && code <= 0x2069) && code != 0xfeff;
}

/* Printable ASCII that neither text nor a shell nor JSON escapes: nearly everything. */
static const bool is_plain[256] = {
	[' '] = true,	      ['!'] = true,	    ['#' ... '&'] = true,
	['(' ... '['] = true, [']' ... '~'] = true,
};

static void escape_text(struct out *out, const uint8_t *at, size_t length, uint32_t code)
{
	size_t i;

	if (code == '\\') {
		put(out, "\\\\", 2);
		return;
	}
	for (i = 0; i < (length ? length : 1); i++) {
		put(out, "\\x", 2);
		put_byte(out, at[i]);
	}
}

static void escape_json(struct out *out, const uint8_t *at, size_t length, uint32_t code)
{
	(void)at;
	if (code == '"' || code == '\\') {
		put_char(out, '\\');
		put_char(out, (char)code);
		return;
	}
	if (!length)
		code = 0xfffd;
	put(out, "\\u", 2);
	put_byte(out, (uint8_t)(code >> 8));
	put_byte(out, (uint8_t)code);
}

/* @reserved is what the syntax around has a meaning for, besides the backslash. */
struct quoting {
	char reserved;
	void (*escape)(struct out *out, const uint8_t *at, size_t length, uint32_t code);
};
static const struct quoting in_text = {'\\', escape_text}, in_json = {'"', escape_json};

static void put_string(struct out *out, const uint8_t *at, size_t size,
		       const struct quoting *quoting)
{
	const uint8_t *end = at + size, *run;
	uint32_t code;
	size_t length;

	while (at < end && !out->full) {
		for (run = at; at < end && is_plain[*at]; at++)
			;
		put(out, (const char *)run, (size_t)(at - run));
		if (at == end)
			break;
		code = 0;
		length = utf8_decode(at, (size_t)(end - at), &code);
		if (length && is_harmless(code) && code != '\\' &&
		    code != (uint8_t)quoting->reserved)
			put(out, (const char *)at, length);
		else
			quoting->escape(out, at, length, code);
		at += length ? length : 1;
	}
}

/* What says its length means it: a NUL is one of its bytes. */
static size_t string_length(const struct record_decoder *decoder, const uint8_t *at, size_t size)
{
	return decoder->behind ? size : strnlen((const char *)at, size);
}

/*
 * Most strings are short and plain to their end: copied byte by byte, how many of them there are.
 */
static inline size_t put_plain(struct out *out, const uint8_t *at, size_t size)
{
	size_t n = 0, room = (size_t)(out->end - out->at);

	for (; n < size && n < room && is_plain[at[n]]; n++)
		out->at[n] = (char)at[n];
	out->at += n;
	return n;
}

static inline void put_whole(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			     struct out *out, const struct quoting *quoting)
{
	size_t n = put_plain(out, at, size);

	if (n < size && (at[n] || decoder->behind))
		put_string(out, at + n, string_length(decoder, at + n, size - n), quoting);
}

static void write_string(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			 struct out *out)
{
	put_whole(decoder, at, size, out, &in_text);
}

static void json_string(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			struct out *out)
{
	put_char(out, '"');
	put_whole(decoder, at, size, out, &in_json);
	put_char(out, '"');
}

/* ---- lists of strings ---- */

/* In an array of fixed length NULs fill what the strings leave. */
static size_t strings_length(const struct record_decoder *decoder, const uint8_t *at, size_t size)
{
	while (!decoder->behind && size && !at[size - 1])
		size--;
	return size;
}

/* Means nothing to a shell, wherever in a word it stands. */
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
		if (!length || !is_harmless(code) || code == '\'')
			return false;
	}
	return true;
}

/* Within $'...' */
static void escape_shell(struct out *out, const uint8_t *at, size_t length, uint32_t code)
{
	if (code != '\'') {
		escape_text(out, at, length, code);
		return;
	}
	put(out, "\\'", 2);
}

static const struct quoting in_shell = {'\'', escape_shell};

/* As a shell would read it: word, 'two words', $'a line\x0aand another'. */
static void put_word(struct out *out, const uint8_t *at, size_t size)
{
	if (is_word(at, size)) {
		put(out, (const char *)at, size);
		return;
	}
	if (is_harmless_string(at, size)) {
		put_char(out, '\'');
		put(out, (const char *)at, size);
		put_char(out, '\'');
		return;
	}
	put(out, "$'", 2);
	put_string(out, at, size, &in_shell);
	put_char(out, '\'');
}

/* Length of the string at @at; what stands behind it, after its NUL, in *next. */
static size_t next_string(const uint8_t *at, const uint8_t *end, const uint8_t **next)
{
	size_t length = strnlen((const char *)at, (size_t)(end - at));

	*next = at + length;
	if (*next < end)
		(*next)++;
	return length;
}

static void write_strings(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			  struct out *out)
{
	const uint8_t *begin = at, *end = at + strings_length(decoder, at, size), *next;
	size_t length;

	for (; at < end && !out->full; at = next) {
		length = next_string(at, end, &next);
		if (at != begin)
			put_char(out, ' ');
		put_word(out, at, length);
	}
}

static void json_strings(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			 struct out *out)
{
	const uint8_t *begin = at, *end = at + strings_length(decoder, at, size), *next;
	size_t length;

	put_char(out, '[');
	for (; at < end && !out->full; at = next) {
		length = next_string(at, end, &next);
		if (at != begin)
			put_char(out, ',');
		put_char(out, '"');
		put_string(out, at, length, &in_json);
		put_char(out, '"');
	}
	put_char(out, ']');
}

/* ---- addresses of sockets ---- */

static void put_inet(struct out *out, const uint8_t *at, size_t size, const struct quoting *quoting)
{
	struct sockaddr_in address;

	(void)size;
	(void)quoting;
	memcpy(&address, at, offsetof(struct sockaddr_in, sin_zero));
	put_address(out, AF_INET, (const uint8_t *)&address.sin_addr);
	put_char(out, ':');
	put_unsigned(out, ntohs(address.sin_port));
}

/* Before RFC 2553 it had no scope, and the kernel still takes that. */
static void put_inet6(struct out *out, const uint8_t *at, size_t size,
		      const struct quoting *quoting)
{
	struct sockaddr_in6 address = {0};

	(void)quoting;
	memcpy(&address, at, size < sizeof(address) ? size : sizeof(address));
	put_char(out, '[');
	put_address(out, AF_INET6, (const uint8_t *)&address.sin6_addr);
	if (address.sin6_scope_id) {
		put_char(out, '%');
		put_unsigned(out, address.sin6_scope_id);
	}
	put(out, "]:", 2);
	put_unsigned(out, ntohs(address.sin6_port));
}

/* A path, or @ and a name that may hold any byte, as ss(8) shows it. */
static void put_unix(struct out *out, const uint8_t *at, size_t size, const struct quoting *quoting)
{
	put(out, "unix:", 5);
	at += sizeof(sa_family_t);
	size -= sizeof(sa_family_t);
	if (size && *at) {
		put_string(out, at, strnlen((const char *)at, size), quoting);
		return;
	}
	while (size && !at[size - 1])
		size--;
	if (!size)
		return;
	put_char(out, '@');
	put_string(out, at + 1, size - 1, quoting);
}

static const struct {
	sa_family_t family;
	size_t least;
	void (*put)(struct out *out, const uint8_t *at, size_t size, const struct quoting *quoting);
} families[] = {
	{AF_INET, offsetof(struct sockaddr_in, sin_zero), put_inet},
	{AF_INET6, offsetof(struct sockaddr_in6, sin6_scope_id), put_inet6},
	{AF_UNIX, sizeof(sa_family_t), put_unix},
};

static void put_sockaddr(struct out *out, const uint8_t *at, size_t size,
			 const struct quoting *quoting)
{
	sa_family_t family;
	size_t i;

	if (size < sizeof(family))
		return;
	memcpy(&family, at, sizeof(family));
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i].family != family || size < families[i].least)
			continue;
		families[i].put(out, at, size, quoting);
		return;
	}
	put(out, "family ", 7);
	put_unsigned(out, family);
}

static void write_sockaddr(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			   struct out *out)
{
	(void)decoder;
	put_sockaddr(out, at, size, &in_text);
}

static void json_sockaddr(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			  struct out *out)
{
	(void)decoder;
	put_char(out, '"');
	put_sockaddr(out, at, size, &in_json);
	put_char(out, '"');
}

/* ---- parts ---- */

static void text_of(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    struct out *out);
static void json_of(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    struct out *out);

/* {a=1 b=2} */
static void write_struct(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			 struct out *out)
{
	const struct record_decoder *part;

	(void)size;
	put_char(out, '{');
	for (part = decoder->parts; part != decoder->parts + decoder->n_parts && !out->full;
	     part++) {
		if (part != decoder->parts)
			put_char(out, ' ');
		put(out, part->name, strlen(part->name));
		put_char(out, '=');
		text_of(part, at + part->offset, part->size, out);
	}
	put_char(out, '}');
}

static void json_struct(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			struct out *out)
{
	const struct record_decoder *part;

	(void)size;
	put_char(out, '{');
	for (part = decoder->parts; part != decoder->parts + decoder->n_parts && !out->full;
	     part++) {
		if (part != decoder->parts)
			put_char(out, ',');
		put_char(out, '"');
		put(out, part->name, strlen(part->name));
		put(out, "\":", 2);
		json_of(part, at + part->offset, part->size, out);
	}
	put_char(out, '}');
}

static void write_array(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			struct out *out)
{
	const struct record_decoder *part = decoder->parts;
	uint32_t i;

	(void)size;
	put_char(out, '[');
	for (i = 0; i < decoder->n_parts && !out->full; i++) {
		if (i)
			put_char(out, ' ');
		text_of(part, at + (size_t)i * part->size, part->size, out);
	}
	put_char(out, ']');
}

static void json_array(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		       struct out *out)
{
	const struct record_decoder *part = decoder->parts;
	uint32_t i;

	(void)size;
	put_char(out, '[');
	for (i = 0; i < decoder->n_parts && !out->full; i++) {
		if (i)
			put_char(out, ',');
		json_of(part, at + (size_t)i * part->size, part->size, out);
	}
	put_char(out, ']');
}

/* ---- the table of forms ---- */

typedef void (*write_fn)(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			 struct out *out);

/* Without a json function, JSON is the text in quotes; such text needs no escapes. */
static const struct form_row {
	write_fn text, json;
	bool integer;
	unsigned int width; /* 0: by size */
} forms[] = {
	[RECORD_BYTES] = {.text = write_bytes},
	[RECORD_UNSIGNED] = {.text = write_unsigned, .json = write_unsigned, .integer = true},
	[RECORD_SIGNED] = {.text = write_signed, .json = write_signed, .integer = true},
	[RECORD_BOOL] = {.text = write_bool, .json = write_bool, .integer = true, .width = 5},
	[RECORD_ENUM] = {.text = write_enum, .json = json_enum, .integer = true},
	[RECORD_FLAGS] = {.text = write_flags, .integer = true},
	[RECORD_HEX] = {.text = write_hex, .integer = true},
	[RECORD_WIDE] = {.text = write_wide, .width = 34},
	[RECORD_OCTAL] = {.text = write_octal, .json = write_number, .integer = true, .width = 7},
	[RECORD_TIMESTAMP] = {.text = write_timestamp,
			      .json = write_number,
			      .integer = true,
			      .width = 15},
	[RECORD_DURATION] = {.text = write_duration,
			     .json = write_number,
			     .integer = true,
			     .width = 9},
	[RECORD_ERRNO] = {.text = write_errno, .json = write_number, .integer = true, .width = 9},
	[RECORD_IPV4] = {.text = write_ipv4, .width = 15},
	[RECORD_IPV6] = {.text = write_ipv6, .width = 25},
	[RECORD_SOCKADDR] = {.text = write_sockaddr, .json = json_sockaddr, .width = 21},
	[RECORD_STRING] = {.text = write_string, .json = json_string},
	[RECORD_STRINGS] = {.text = write_strings, .json = json_strings, .width = 32},
	[RECORD_STRUCT] = {.text = write_struct, .json = json_struct, .width = 24},
	[RECORD_ARRAY] = {.text = write_array, .json = json_array, .width = 24},
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
 * 7 digits hold every process id, 14 every address of a process: full width would push the rest off
 * the screen.
 */
static unsigned int width_by_size(const struct record_decoder *decoder)
{
	unsigned int bytes = (bits_of(decoder) + 7) / 8;

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
