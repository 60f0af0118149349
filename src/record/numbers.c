/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * numbers.c - integers, enums, flags, errors and times as text and JSON
 */
#include <endian.h>
#include <errno.h>
#include <time.h>

#include "record/out.h"

#define NS_PER_SECOND	    1000000000LL
#define SECONDS_PER_QUARTER 900
#define SECONDS_PER_DAY	    86400

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

/* BTF numbers bits from the least significant one, on big endian from the most significant one. */
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

unsigned int decoder_bits(const struct record_decoder *decoder)
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
	unsigned int unused = 64 - decoder_bits(decoder);

	if (decoder->is_signed)
		value = (uint64_t)((int64_t)(value << unused) >> unused);
	return value;
}

void form_unsigned(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		   struct out *out)
{
	(void)size;
	put_unsigned(out, fetch_raw(decoder, at));
}

void form_signed(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		 struct out *out)
{
	(void)size;
	put_signed(out, (int64_t)record_fetch(decoder, at));
}

/* JSON shows these forms as plain numbers. */
void form_number(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		 struct out *out)
{
	if (decoder->is_signed)
		form_signed(decoder, at, size, out);
	else
		form_unsigned(decoder, at, size, out);
}

void form_bool(const struct record_decoder *decoder, const uint8_t *at, size_t size,
	       struct out *out)
{
	(void)size;
	if (fetch_raw(decoder, at))
		put(out, "true", 4);
	else
		put(out, "false", 5);
}

void form_hex(const struct record_decoder *decoder, const uint8_t *at, size_t size, struct out *out)
{
	(void)size;
	put_hex(out, fetch_raw(decoder, at));
}

void form_wide(const struct record_decoder *decoder, const uint8_t *at, size_t size,
	       struct out *out)
{
	uint64_t high = fetch_bytes(at + (BYTE_ORDER == LITTLE_ENDIAN ? 8 : 0), 8);
	uint64_t low = fetch_bytes(at + (BYTE_ORDER == LITTLE_ENDIAN ? 0 : 8), 8);
	int shift;

	(void)decoder;
	(void)size;
	put_hex(out, high ? high : low);
	for (shift = 56; high && shift >= 0; shift -= 8)
		put_byte(out, (uint8_t)(low >> shift));
}

void form_octal(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		struct out *out)
{
	uint64_t value = fetch_raw(decoder, at);

	(void)size;
	if (value)
		put_char(out, '0');
	put_base(out, value, 3);
}

void form_errno(const struct record_decoder *decoder, const uint8_t *at, size_t size,
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

void form_enum(const struct record_decoder *decoder, const uint8_t *at, size_t size,
	       struct out *out)
{
	const struct record_constant *constant = find_constant(decoder, fetch_raw(decoder, at));

	if (constant)
		put(out, constant->name, constant->length);
	else
		form_number(decoder, at, size, out);
}

void form_enum_json(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    struct out *out)
{
	bool known = find_constant(decoder, fetch_raw(decoder, at));

	if (known)
		put_char(out, '"');
	form_enum(decoder, at, size, out);
	if (known)
		put_char(out, '"');
}

/* Whether @constant is part of @value; *ret gets the bits that it accounts for. */
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

/*
 * Constants with several bits come first, so that their bits are not shown again as single flags.
 */
void form_flags(const struct record_decoder *decoder, const uint8_t *at, size_t size,
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

static void clock_measure(struct record_clock *clock)
{
	struct timespec wall = {0};

	clock->measured = (int64_t)kernel_clock_ns(&clock->kernel);
	clock_gettime(CLOCK_REALTIME, &wall);
	clock->offset = wall.tv_sec * NS_PER_SECOND + wall.tv_nsec - clock->measured;
}

void record_clock_init(struct record_clock *clock)
{
	memset(clock, 0, sizeof(*clock));
	clock->quarter = INT64_MIN;
	clock->local.second = INT64_MIN;
	clock->utc.second = INT64_MIN;
}

/*
 * Measure again now and then: monotonic time stops while the machine sleeps, and the wall clock
 * can be set.
 */
static int64_t clock_wall(struct record_clock *clock, uint64_t monotonic)
{
	int64_t age = (int64_t)(monotonic - (uint64_t)clock->measured);

	if (!clock->measured)
		kernel_clock_init(&clock->kernel);
	if (!clock->measured || age > 10 * NS_PER_SECOND)
		clock_measure(clock);
	return (int64_t)(monotonic + (uint64_t)clock->offset);
}

static int64_t floor_divide(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

/* Time zones change only at multiples of a quarter of an hour. */
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

/* Thousands of records share a second, so format everything but the fraction once a second. */
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

/* Copy the whole buffer if there is room: a copy of constant size needs no call. */
static inline void put_second(struct out *out, const struct record_second *text)
{
	if ((size_t)(out->end - out->at) < sizeof(text->text)) {
		put(out, text->text, text->length);
		return;
	}
	memcpy(out->at, text->text, sizeof(text->text));
	out->at += text->length;
}

void form_timestamp(const struct record_decoder *decoder, const uint8_t *at, size_t size,
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
void form_duration(const struct record_decoder *decoder, const uint8_t *at, size_t size,
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
