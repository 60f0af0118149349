/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * numbers.c - integers, enums, flags, errors and times as text and JSON
 */
#include <endian.h>
#include <time.h>

#include "record/out.h"

#define NS_PER_SECOND	    1000000000LL
#define SECONDS_PER_QUARTER 900
#define SECONDS_PER_DAY	    86400

/* ---- numbers ---- */

uint64_t fetch_bits(const uint8_t *at, unsigned int first, unsigned int bits)
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

struct out form_unsigned(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			 struct out out)
{
	(void)size;
	return put_unsigned(out, fetch_raw(decoder, at));
}

struct out form_signed(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		       struct out out)
{
	(void)size;
	return put_signed(out, (int64_t)record_fetch(decoder, at));
}

/* JSON shows these forms as plain numbers. */
struct out form_number(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		       struct out out)
{
	if (decoder->is_signed)
		return form_signed(decoder, at, size, out);
	return form_unsigned(decoder, at, size, out);
}

struct out form_bool(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		     struct out out)
{
	(void)size;
	if (fetch_raw(decoder, at))
		return put_text(out, "true");
	return put_text(out, "false");
}

struct out form_hex(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    struct out out)
{
	(void)size;
	return put_hex(out, fetch_raw(decoder, at));
}

struct out form_wide(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		     struct out out)
{
	uint64_t high = fetch_bytes(at + (BYTE_ORDER == LITTLE_ENDIAN ? 8 : 0), 8);
	uint64_t low = fetch_bytes(at + (BYTE_ORDER == LITTLE_ENDIAN ? 0 : 8), 8);
	int shift;

	(void)decoder;
	(void)size;
	out = put_hex(out, high ? high : low);
	for (shift = 56; high && shift >= 0; shift -= 8)
		out = put_byte(out, (uint8_t)(low >> shift));
	return out;
}

struct out form_octal(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		      struct out out)
{
	uint64_t value = fetch_raw(decoder, at);

	(void)size;
	if (value)
		out = put_char(out, '0');
	return put_base(out, value, 3);
}

struct out form_errno(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		      struct out out)
{
	int64_t value = (int64_t)record_fetch(decoder, at);
	const char *name;

	(void)size;
	if (value >= 0 || value < -4095)
		return put_signed(out, value);
	name = errno_name((int)value);
	return put_text(out, name);
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

struct out form_enum(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		     struct out out)
{
	const struct record_constant *constant = find_constant(decoder, fetch_raw(decoder, at));

	if (constant)
		return put(out, constant->name, constant->length);
	return form_number(decoder, at, size, out);
}

struct out form_enum_json(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			  struct out out)
{
	bool known = find_constant(decoder, fetch_raw(decoder, at));

	if (known)
		out = put_char(out, '"');
	out = form_enum(decoder, at, size, out);
	if (known)
		out = put_char(out, '"');
	return out;
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
struct out form_flags(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		      struct out out)
{
	const struct record_constant *constant, *end = decoder->constants + decoder->n_constants;
	uint64_t value = fetch_raw(decoder, at), rest = value, taken;
	bool first = true;

	(void)size;
	/* Those of the lowest rank may hold although no bit is left. */
	for (constant = decoder->constants; constant != end && (rest || !constant->rank);
	     constant++) {
		if (!has_flag(decoder, constant, value, rest, &taken))
			continue;
		if (!first)
			out = put_char(out, '|');
		out = put(out, constant->name, constant->length);
		rest &= ~taken;
		first = false;
	}
	if (rest && !first)
		out = put_char(out, '|');
	if (rest)
		out = put_hex(out, rest);
	if (!rest && first)
		out = put_char(out, '0');
	return out;
}

/* ---- time ---- */

static void clock_measure(struct record_clock *clock)
{
	struct timespec wall = {0};

	clock->measured = (int64_t)kernel_clock_ns(&clock->kernel);
	clock_gettime(CLOCK_REALTIME, &wall);
	clock->offset = wall.tv_sec * NS_PER_SECOND + wall.tv_nsec - clock->measured;
	clock->local.span = clock->utc.span = 0;
}

void record_clock_init(struct record_clock *clock)
{
	memset(clock, 0, sizeof(*clock));
	clock->quarter = INT64_MIN;
}

/*
 * Measure again now and then: monotonic time stops while the machine sleeps, and the wall clock
 * can be set.
 */
static uint64_t clock_wall(struct record_clock *clock, uint64_t monotonic)
{
	int64_t age = (int64_t)(monotonic - (uint64_t)clock->measured);

	if (!clock->measured)
		kernel_clock_init(&clock->kernel);
	if (!clock->measured || age > 10 * NS_PER_SECOND)
		clock_measure(clock);
	return monotonic + (uint64_t)clock->offset;
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
static struct out put_time_of_day(struct out out, uint32_t seconds)
{
	out = put_digits(out, seconds / 3600, 2);
	out = put_char(out, ':');
	out = put_digits(out, seconds / 60 % 60, 2);
	out = put_char(out, ':');
	out = put_digits(out, seconds % 60, 2);
	return put_char(out, '.');
}

/* For the second in which @monotonic is. */
static void write_second(struct record_clock *clock, struct record_second *text, uint64_t monotonic)
{
	struct out out = {.at = text->text, .end = text->text + sizeof(text->text)};
	uint64_t wall = clock_wall(clock, monotonic);
	int64_t second = floor_divide((int64_t)wall, NS_PER_SECOND);
	int64_t local = second + (text == &clock->local ? clock_zone(clock, second) : 0);
	int64_t day = floor_divide(local, SECONDS_PER_DAY);
	time_t date = (time_t)(day * SECONDS_PER_DAY);
	struct tm utc = {.tm_mday = 1};

	if (text == &clock->utc) {
		gmtime_r(&date, &utc);
		out.at += strftime(text->text, sizeof(text->text), "%Y-%m-%dT", &utc);
	}
	out = put_time_of_day(out, (uint32_t)(local - day * SECONDS_PER_DAY));
	text->begin = monotonic - (wall - (uint64_t)second * NS_PER_SECOND);
	text->span = NS_PER_SECOND;
	text->length = (size_t)(out.at - text->text);
}

/*
 * Thousands of records share a second, so everything but the fraction is made once a second.
 * Returns the fraction, ns.
 */
static inline uint32_t find_second(struct record_clock *clock, struct record_second *text,
				   uint64_t monotonic)
{
	if (monotonic - text->begin >= text->span)
		write_second(clock, text, monotonic);
	return (uint32_t)(monotonic - text->begin);
}

static inline struct out put_second(struct out out, const struct record_second *text)
{
	return put_some(out, text->text, text->length, sizeof(text->text));
}

struct out form_timestamp(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			  struct out out)
{
	struct record_clock *clock = decoder->clock;
	uint32_t fraction = find_second(clock, &clock->local, fetch_raw(decoder, at));

	(void)size;
	return put_digits(put_second(out, &clock->local), fraction / 1000, 6);
}

struct out form_time(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		     struct out out)
{
	struct record_clock *clock = decoder->clock;
	uint32_t fraction = find_second(clock, &clock->utc, record_fetch(decoder, at));

	(void)size;
	out = put_digits(put_second(out, &clock->utc), fraction / 10, 8);
	out = put_char(out, (char)('0' + fraction % 10));
	return put_char(out, 'Z');
}

struct out form_time_json(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			  struct out out)
{
	return put_char(form_time(decoder, at, size, put_char(out, '"')), '"');
}

/* Three decimals of the largest unit that is not 0. */
struct out form_duration(const struct record_decoder *decoder, const uint8_t *at, size_t size,
			 struct out out)
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
		out = put_char(out, '-');
	for (i = 0; i < ARRAY_SIZE(units) && value < units[i].ns; i++)
		;
	if (i == ARRAY_SIZE(units)) {
		out = put_unsigned(out, value);
		return put_text(out, "ns");
	}
	out = put_unsigned(out, value / units[i].ns);
	out = put_char(out, '.');
	out = put_digits(out, (uint32_t)(value % units[i].ns / (units[i].ns / 1000)), 3);
	return put_text(out, units[i].name);
}
