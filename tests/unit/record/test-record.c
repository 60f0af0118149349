/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-record.c - layouts are compiled from type information made here, and decode bytes written
 * here
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/btf.h>

#include "../unit.h"
#include "record/private.h"

static struct arena *arena;
static struct btf *btf;
static struct featsel_layout *layout;
static struct featsel_error error;
static int u8, u16, u32, u64, s8, s32, s64, character, boolean, wide;

static void set_up(void)
{
	arena = arena_new();
	btf = btf__new_empty();
	error = (struct featsel_error){0};
	u8 = btf__add_int(btf, "unsigned char", 1, 0);
	u16 = btf__add_int(btf, "unsigned short", 2, 0);
	u32 = btf__add_int(btf, "unsigned int", 4, 0);
	u64 = btf__add_int(btf, "unsigned long long", 8, 0);
	s8 = btf__add_int(btf, "signed char", 1, BTF_INT_SIGNED);
	s32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	s64 = btf__add_int(btf, "long long", 8, BTF_INT_SIGNED);
	character = btf__add_int(btf, "char", 1, BTF_INT_SIGNED);
	boolean = btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL);
	wide = btf__add_int(btf, "__int128", 16, BTF_INT_SIGNED);
}

static void tear_down(void)
{
	btf__free(btf);
	arena_free(arena);
}

/* Start the struct "r"; members follow by field(). */
static int record(uint32_t size)
{
	return btf__add_struct(btf, "r", size);
}

static void field(const char *name, int type, uint32_t byte)
{
	ck_assert_int_eq(btf__add_field(btf, name, type, byte * 8, 0), 0);
}

static void bit_field(const char *name, int type, uint32_t bit, uint32_t bits)
{
	ck_assert_int_eq(btf__add_field(btf, name, type, bit, bits), 0);
}

static void tag(int type, int member, const char *hint)
{
	ck_assert_int_gt(btf__add_decl_tag(btf, hint, type, member), 0);
}

static void make(void)
{
	int code = layout_new(btf, "r", arena, &layout, &error);

	ck_assert_msg(!code, "%s", error.text);
}

static const char *text(size_t index, const void *data, size_t size)
{
	static char buffer[2][1024];
	static unsigned int turn;
	ssize_t length;

	turn = !turn;
	length = featsel_layout_text(layout, index, data, size, buffer[turn],
				     sizeof(buffer[turn]) - 1);
	ck_assert_int_ge(length, 0);
	buffer[turn][length] = '\0';
	return buffer[turn];
}

static const char *json(size_t index, const void *data, size_t size)
{
	static char buffer[2][1024];
	static unsigned int turn;
	ssize_t length;

	turn = !turn;
	length = featsel_layout_json(layout, index, data, size, buffer[turn],
				     sizeof(buffer[turn]) - 1);
	ck_assert_int_ge(length, 0);
	buffer[turn][length] = '\0';
	return buffer[turn];
}

#define ck_text(index, data, expected) \
	ck_assert_str_eq(text(index, &(data), sizeof(data)), expected)
#define ck_json(index, data, expected) \
	ck_assert_str_eq(json(index, &(data), sizeof(data)), expected)

START_TEST(integers_of_every_size)
{
	struct {
		uint64_t a;
		int64_t b;
		uint32_t c;
		int32_t d;
		uint16_t e;
		uint8_t f;
		int8_t g;
		bool h;
	} data = {UINT64_MAX, INT64_MIN, 4000000000U, -1, 65535, 255, -128, true}, copy = data;
	uint64_t value;

	record(sizeof(data));
	field("a", u64, 0);
	field("b", s64, 8);
	field("c", u32, 16);
	field("d", s32, 20);
	field("e", u16, 24);
	field("f", u8, 26);
	field("g", s8, 27);
	field("h", boolean, 28);
	make();
	ck_assert_uint_eq(featsel_layout_fields(layout), 8);
	ck_assert_uint_eq(layout_size(layout), sizeof(data));
	ck_text(0, data, "18446744073709551615");
	ck_text(1, data, "-9223372036854775808");
	ck_json(2, data, "4000000000");
	ck_json(3, data, "-1");
	ck_text(4, data, "65535");
	ck_text(5, data, "255");
	ck_json(6, data, "-128");
	ck_json(7, data, "true");
	ck_assert_int_eq(featsel_layout_integer(layout, 3, &data, sizeof(data), &value), 0);
	ck_assert_int_eq((int64_t)value, -1);
	ck_assert_int_eq(featsel_layout_set_integer(layout, 3, &copy, sizeof(copy), 77), 0);
	ck_assert_int_eq(featsel_layout_integer(layout, 3, &copy, sizeof(copy), &value), 0);
	ck_assert_uint_eq(value, 77);
	ck_assert_int_eq(featsel_layout_set_integer(layout, 3, &copy, 1, 77), -ENODATA);
	ck_assert_int_eq(featsel_layout_set_integer(layout, 100, &copy, sizeof(copy), 77), -EINVAL);
	ck_assert_int_eq(featsel_layout_find(layout, "e"), 4);
	ck_assert_int_eq(featsel_layout_find(layout, "z"), -ENOENT);
	ck_assert_str_eq(featsel_layout_type(layout, 0), "unsigned long long");
}
END_TEST

START_TEST(samples_need_not_be_aligned)
{
	uint8_t bytes[17] = {0};
	uint64_t number = 0x1122334455667788;

	record(8);
	field("a", u64, 0);
	make();
	memcpy(bytes + 5, &number, sizeof(number));
	ck_assert_str_eq(text(0, bytes + 5, 8), "1234605616436508552");
}
END_TEST

START_TEST(bit_fields)
{
	struct {
		uint32_t a : 3, b : 1, c : 11;
		int32_t d : 5;
		uint64_t e : 61;
	} data = {5, 1, 1234, -7, 0x1234567890abcdefULL & ((1ULL << 61) - 1)};

	record(sizeof(data));
	bit_field("a", u32, 0, 3);
	bit_field("b", u32, 3, 1);
	bit_field("c", u32, 4, 11);
	bit_field("d", s32, 15, 5);
	bit_field("e", u64, 64, 61);
	make();
	ck_text(0, data, "5");
	ck_text(1, data, "1");
	ck_json(2, data, "1234");
	ck_json(3, data, "-7");
	ck_json(4, data, "1311768467294899695");
}
END_TEST

/* The same bits across a byte more than the type has. */
START_TEST(bit_fields_across_nine_bytes)
{
	uint8_t data[9] = {0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x07};

	record(9);
	bit_field("a", u64, 3, 64);
	make();
	ck_assert_uint_eq(sizeof(data), 9);
	if (BYTE_ORDER == LITTLE_ENDIAN)
		ck_text(0, data, "18446744073709551615");
}
END_TEST

static int add_prot(void)
{
	int id = btf__add_enum(btf, "prot", 4);

	btf__add_enum_value(btf, "PROT_NONE", 0);
	btf__add_enum_value(btf, "PROT_READ", 1);
	btf__add_enum_value(btf, "PROT_WRITE", 2);
	return id;
}

static int add_map_flags(void)
{
	int id = btf__add_enum(btf, "flags", 4);

	btf__add_enum_value(btf, "MAP_SHARED", 1);
	btf__add_enum_value(btf, "MAP_PRIVATE", 2);
	btf__add_enum_value(btf, "MAP_SHARED_VALIDATE", 3);
	btf__add_enum_value(btf, "MAP_FIXED", 0x10);
	btf__add_enum_value(btf, "MAP_SYNC", 0x80000000);
	return id;
}

START_TEST(enums_by_name)
{
	uint32_t data[2] = {2, 77};
	int prot = add_prot();

	record(8);
	field("known", prot, 0);
	field("unknown", prot, 4);
	make();
	ck_text(0, data, "PROT_WRITE");
	ck_json(0, data, "\"PROT_WRITE\"");
	ck_text(1, data, "77");
	ck_json(1, data, "77");
	ck_assert_str_eq(featsel_layout_type(layout, 0), "enum prot");
}
END_TEST

START_TEST(enums_with_signs_and_widths)
{
	struct {
		int32_t a;
		uint32_t pad;
		uint64_t b;
		int8_t c;
	} data = {.a = -5, .b = 1ULL << 40, .c = -1};
	int negative, large, tiny;

	negative = btf__add_enum(btf, "negative", 4);
	btf__add_enum_value(btf, "MINUS_ONE", -1);
	large = btf__add_enum64(btf, "large", 8, false);
	btf__add_enum64_value(btf, "FORTY", 1ULL << 40);
	tiny = btf__add_enum(btf, "tiny", 1);
	btf__add_enum_value(btf, "LEAST", -1);
	record(sizeof(data));
	field("a", negative, 0);
	field("b", large, 8);
	field("c", tiny, 16);
	make();
	ck_json(0, data, "-5");
	ck_json(1, data, "\"FORTY\"");
	ck_text(2, data, "LEAST");
	data.a = -1;
	ck_text(0, data, "MINUS_ONE");
}
END_TEST

START_TEST(flags_by_name)
{
	static const struct {
		uint32_t value;
		const char *plain, *beside;
	} rows[] = {
		{0, "0", "0"},
		{1, "MAP_SHARED", "MAP_SHARED"},
		{3, "MAP_SHARED_VALIDATE", "MAP_SHARED_VALIDATE"},
		{0x12, "MAP_PRIVATE|MAP_FIXED", "MAP_PRIVATE|MAP_FIXED"},
		{0x13, "MAP_SHARED_VALIDATE|MAP_FIXED", "MAP_SHARED_VALIDATE|MAP_FIXED"},
		/* 5 is no type: not the type 1 and something more */
		{5, "MAP_SHARED|0x4", "0x5"},
		{0x80000040, "MAP_SYNC|0x40", "MAP_SYNC|0x40"},
		{0x20, "0x20", "0x20"},
	};
	int flags = add_map_flags(), r = record(8);
	uint32_t data[2];
	char quoted[64];
	size_t i;

	field("plain", flags, 0);
	field("beside", flags, 4);
	tag(r, 0, "featsel:flags");
	tag(r, 1, "featsel:flags:0xf");
	make();
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		data[0] = data[1] = rows[i].value;
		ck_text(0, data, rows[i].plain);
		ck_text(1, data, rows[i].beside);
		snprintf(quoted, sizeof(quoted), "\"%s\"", rows[i].plain);
		ck_json(0, data, quoted);
	}
}
END_TEST

START_TEST(a_name_for_no_flag)
{
	int access, prot = add_prot(), r;
	uint32_t data[2] = {0, 0x80000};

	access = btf__add_enum(btf, "access", 4);
	btf__add_enum_value(btf, "O_RDONLY", 0);
	btf__add_enum_value(btf, "O_WRONLY", 1);
	btf__add_enum_value(btf, "O_CLOEXEC", 0x80000);
	r = record(8);
	field("prot", prot, 0);
	field("open", access, 4);
	tag(r, 0, "featsel:flags");
	tag(r, 1, "featsel:flags:3");
	make();
	ck_text(0, data, "PROT_NONE");
	ck_text(1, data, "O_RDONLY|O_CLOEXEC");
	data[0] = 3;
	ck_text(0, data, "PROT_READ|PROT_WRITE");
}
END_TEST

/* Nobody tagged it, but its values are one bit each. */
START_TEST(flags_without_a_tag)
{
	int flags = btf__add_enum(btf, "f", 4);
	uint32_t data = 5;

	btf__add_enum_value(btf, "A", 1);
	btf__add_enum_value(btf, "B", 2);
	btf__add_enum_value(btf, "C", 4);
	record(4);
	field("f", flags, 0);
	make();
	ck_text(0, data, "A|C");
}
END_TEST

START_TEST(hints)
{
	struct {
		uint64_t address, duration;
		int64_t result;
		uint32_t mode, ip;
		uint8_t ip6[16], mac[6];
		uint16_t port;
		int32_t signed_hex;
	} data = {.address = 0x7f00dead0000,
		  .duration = 1500000,
		  .result = -ENOENT,
		  .mode = 0644,
		  .ip6 = {0x20, 1, 0xd, 0xb8, [15] = 1},
		  .mac = {0, 0x1b, 2, 3, 4, 0xff},
		  .port = 443,
		  .signed_hex = -1};
	int sixteen = btf__add_array(btf, u32, u8, 16), six = btf__add_array(btf, u32, u8, 6), r;

	memcpy(&data.ip, "\x7f\0\0\x01", 4);
	r = record(sizeof(data));
	field("address", u64, 0);
	field("duration", u64, 8);
	field("result", s64, 16);
	field("mode", u32, 24);
	field("ip", u32, 28);
	field("ip6", sixteen, 32);
	field("mac", six, 48);
	field("port", u16, 54);
	field("signed_hex", s32, 56);
	tag(r, 0, "featsel:hex");
	tag(r, 1, "featsel:duration");
	tag(r, 2, "featsel:errno");
	tag(r, 3, "featsel:octal");
	tag(r, 4, "featsel:ipv4");
	tag(r, 5, "featsel:ipv6");
	tag(r, 6, "featsel:hex");
	tag(r, 7, "featsel:from-the-future");
	tag(r, 8, "featsel:hex");
	make();
	ck_text(0, data, "0x7f00dead0000");
	ck_json(0, data, "\"0x7f00dead0000\"");
	ck_text(1, data, "1.500ms");
	ck_json(1, data, "1500000");
	ck_text(2, data, "ENOENT");
	ck_json(2, data, "-2");
	ck_text(3, data, "0644");
	ck_json(3, data, "420");
	ck_text(4, data, "127.0.0.1");
	ck_json(4, data, "\"127.0.0.1\"");
	ck_text(5, data, "2001:db8::1");
	ck_text(6, data, "001b020304ff");
	ck_json(6, data, "\"001b020304ff\"");
	ck_text(7, data, "443");
	ck_text(8, data, "0xffffffff");
	data.result = 7;
	ck_text(2, data, "7");
	data.mode = 0;
	ck_text(3, data, "0");
}
END_TEST

START_TEST(durations)
{
	static const struct {
		uint64_t ns;
		const char *expected;
	} rows[] = {
		{0, "0ns"},
		{999, "999ns"},
		{1000, "1.000us"},
		{999999, "999.999us"},
		{1000000, "1.000ms"},
		{1234567890, "1.234s"},
		{UINT64_MAX, "18446744073.709s"},
	};
	int r = record(8);
	size_t i;

	field("d", u64, 0);
	tag(r, 0, "featsel:duration");
	make();
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		ck_text(0, rows[i].ns, rows[i].expected);
}
END_TEST

/* A hint on a type that it does not fit changes nothing. */
START_TEST(hints_that_do_not_fit)
{
	struct {
		char comm[16];
		uint16_t port;
	} data = {"sh", 80};
	int comm = btf__add_array(btf, u32, character, 16), r = record(sizeof(data));

	field("comm", comm, 0);
	field("port", u16, 16);
	tag(r, 0, "featsel:timestamp");
	tag(r, 1, "featsel:ipv4");
	make();
	ck_text(0, data, "sh");
	ck_text(1, data, "80");
}
END_TEST

START_TEST(timestamps_are_wall_clock)
{
	int r = record(8);
	char expected[64], got[64];
	struct timespec mono, real;
	uint64_t now;
	ssize_t length;
	time_t seconds;
	struct tm local;

	field("t", u64, 0);
	tag(r, 0, "featsel:timestamp");
	make();
	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &real);
	now = (uint64_t)mono.tv_sec * 1000000000 + (uint64_t)mono.tv_nsec;
	/* Half a second from the edges, so that both clocks are in the same one. */
	now += 500000000 - (uint64_t)real.tv_nsec;
	seconds = real.tv_sec;
	localtime_r(&seconds, &local);
	strftime(expected, sizeof(expected), "%H:%M:%S.", &local);
	ck_assert_uint_eq(strlen(text(0, &now, 8)), strlen("12:00:00.000000"));
	ck_assert_int_eq(strncmp(text(0, &now, 8), expected, 9), 0);
	gmtime_r(&seconds, &local);
	strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.", &local);
	length = featsel_layout_time(layout, 0, &now, 8, got, sizeof(got));
	ck_assert_int_eq(length, (ssize_t)strlen("2026-01-31T12:00:00.123456789Z"));
	ck_assert_int_eq(strncmp(got, expected, 20), 0);
	ck_assert_int_eq(got[length - 1], 'Z');
	ck_assert_int_eq(featsel_layout_time(layout, 0, &now, 8, got, 29), -ENOSPC);
	ck_assert_int_eq(featsel_layout_time(layout, 0, &now, 7, got, sizeof(got)), -ENODATA);
	/* JSON keeps the kernel's number. */
	snprintf(expected, sizeof(expected), "%llu", (unsigned long long)now);
	ck_assert_str_eq(json(0, &now, 8), expected);
}
END_TEST

START_TEST(numbers_of_every_length)
{
	uint64_t power = 1, value;
	char expected[32];
	int length, past;

	record(8);
	field("n", u64, 0);
	make();
	for (length = 1; length <= 20; length++, power *= 10)
		for (past = -1; past <= 1; past++) {
			value = power + (uint64_t)past;
			snprintf(expected, sizeof(expected), "%llu", (unsigned long long)value);
			ck_assert_str_eq(text(0, &value, 8), expected);
		}
}
END_TEST

/* Of a second all but the fraction is made once: it must not be taken for its neighbour's. */
START_TEST(seconds_are_told_apart)
{
	int r = record(8);
	uint64_t now, later;
	char first[16];

	field("t", u64, 0);
	tag(r, 0, "featsel:timestamp");
	make();
	now = 1000000000000;
	snprintf(first, sizeof(first), "%s", text(0, &now, 8));
	for (later = now; later < now + 3000000000; later += 250000000)
		ck_assert_int_eq(strcmp(text(0, &later, 8), first) == 0, later == now);
	ck_assert_str_eq(text(0, &now, 8), first);
	later = now + 1000000000;
	ck_assert_int_ne(strncmp(text(0, &later, 8), first, 8), 0);
	ck_assert_str_eq(text(0, &later, 8) + 8, first + 8);
}
END_TEST

START_TEST(any_timestamp_is_survived)
{
	static const uint64_t rows[] = {0, 1, UINT64_MAX, INT64_MAX, 1ULL << 63};
	int r = record(8);
	char got[64];
	size_t i;

	field("t", u64, 0);
	tag(r, 0, "featsel:timestamp");
	make();
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ck_assert_uint_eq(strlen(text(0, &rows[i], 8)), 15);
		ck_assert_int_eq(featsel_layout_time(layout, 0, &rows[i], 8, got, sizeof(got)), 30);
	}
}
END_TEST

static void make_string(uint32_t size)
{
	int type = btf__add_array(btf, u32, character, size);

	record(size);
	field("s", type, 0);
	make();
}

START_TEST(strings_are_escaped)
{
	static const struct {
		const char *bytes, *text, *json;
	} rows[] = {
		{"", "", "\"\""},
		{"plain name", "plain name", "\"plain name\""},
		{"a\"b\\c", "a\"b\\\\c", "\"a\\\"b\\\\c\""},
		{"\x1b[2J\n\t", "\\x1b[2J\\x0a\\x09", "\"\\u001b[2J\\u000a\\u0009\""},
		{"\x7f", "\\x7f", "\"\\u007f\""},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
		/*
		 * a lone continuation, a cut character, an overlong slash, a surrogate, beyond
		 * Unicode
		 */
		{"\x80", "\\x80", "\"\\ufffd\""},
		{"a\xe2\x82", "a\\xe2\\x82", "\"a\\ufffd\\ufffd\""},
		{"\xc0\xaf", "\\xc0\\xaf", "\"\\ufffd\\ufffd\""},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80", "\"\\ufffd\\ufffd\\ufffd\""},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
		{"\xff\xfe", "\\xff\\xfe", "\"\\ufffd\\ufffd\""},
		/* CSI as one character, the override of direction, the line separator */
		{"\xc2\x9b", "\\xc2\\x9b", "\"\\u009b\""},
		{"\xe2\x80\xae", "\\xe2\\x80\\xae", "\"\\u202e\""},
		{"\xe2\x80\xa8", "\\xe2\\x80\\xa8", "\"\\u2028\""},
	};
	char data[16];
	size_t i;

	make_string(sizeof(data));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(data, 0, sizeof(data));
		memcpy(data, rows[i].bytes, strlen(rows[i].bytes));
		ck_text(0, data, rows[i].text);
		ck_json(0, data, rows[i].json);
	}
}
END_TEST

/* What is written for the byte: nothing for what ends the string. */
static void expect_byte(uint8_t byte, char *in_text, char *in_json, size_t size)
{
	bool printable = byte >= ' ' && byte < 0x7f;

	*in_text = *in_json = '\0';
	if (!byte)
		return;
	snprintf(in_text, size, byte == '\\' ? "\\\\" : printable ? "%c" : "\\x%02x", byte);
	if (byte == '"' || byte == '\\')
		snprintf(in_json, size, "\\%c", byte);
	else if (printable)
		snprintf(in_json, size, "%c", byte);
	else
		snprintf(in_json, size, "\\u%04x", byte < 0x80 ? byte : 0xfffd);
}

/* Whether a string is looked at byte by byte or eight at once. */
START_TEST(any_byte_at_any_place)
{
	static const char filling[] = "abcdefghijklmnopqrst";
	char bytes[20], in_text[8], in_json[8], expected[64];
	unsigned int byte, place;

	make_string(sizeof(bytes));
	for (byte = 0; byte < 256; byte++)
		for (place = 0; place < sizeof(bytes); place++) {
			const char *rest = byte ? filling + place + 1 : "";

			memcpy(bytes, filling, sizeof(bytes));
			bytes[place] = (char)byte;
			expect_byte((uint8_t)byte, in_text, in_json, sizeof(in_text));
			snprintf(expected, sizeof(expected), "%.*s%s%s", (int)place, filling,
				 in_text, rest);
			ck_text(0, bytes, expected);
			snprintf(expected, sizeof(expected), "\"%.*s%s%s\"", (int)place, filling,
				 in_json, rest);
			ck_json(0, bytes, expected);
		}
}
END_TEST

START_TEST(strings_need_no_end)
{
	char data[4] = {'a', 'b', 'c', 'd'};

	make_string(sizeof(data));
	ck_text(0, data, "abcd");
	/* A string is what there is of it. */
	ck_assert_str_eq(text(0, data, 2), "ab");
	ck_assert_str_eq(json(0, data, 0), "null");
}
END_TEST

START_TEST(structs_unions_and_arrays)
{
	struct {
		struct {
			uint16_t x, y;
		} point;
		union {
			uint32_t whole;
			uint8_t bytes[4];
		};
		uint16_t list[3];
		char names[2][3];
		void *pointer;
	} data = {{1, 2}, {0x01010101}, {7, 8, 9}, {"ab", "c"}, (void *)0x1234};
	int point, both, bytes = btf__add_array(btf, u32, u8, 4),
			 list = btf__add_array(btf, u32, u16, 3), name, names,
			 pointer = btf__add_ptr(btf, 0);

	name = btf__add_array(btf, u32, character, 3);
	names = btf__add_array(btf, u32, name, 2);
	point = btf__add_struct(btf, "point", 4);
	field("x", u16, 0);
	field("y", u16, 2);
	both = btf__add_union(btf, NULL, 4);
	field("whole", u32, 0);
	field("bytes", bytes, 0);
	record(sizeof(data));
	field("point", point, 0);
	field(NULL, both, 4);
	field("list", list, 8);
	field("names", names, 14);
	field("pointer", pointer, 24);
	make();
	ck_assert_uint_eq(featsel_layout_fields(layout), 6);
	ck_text(0, data, "{x=1 y=2}");
	ck_json(0, data, "{\"x\":1,\"y\":2}");
	ck_assert_str_eq(featsel_layout_field(layout, 1), "whole");
	ck_text(1, data, "16843009");
	ck_json(2, data, "[1,1,1,1]");
	ck_text(3, data, "[7 8 9]");
	ck_json(4, data, "[\"ab\",\"c\"]");
	ck_json(5, data, "\"0x1234\"");
	ck_assert_str_eq(featsel_layout_type(layout, 4), "char[2][3]");
	ck_assert_str_eq(featsel_layout_type(layout, 5), "void *");
	ck_assert_str_eq(featsel_layout_type(layout, 0), "struct point");
}
END_TEST

START_TEST(wide_integers)
{
	uint8_t data[16] = {0};

	record(16);
	field("w", wide, 0);
	make();
	ck_text(0, data, "0x0");
	data[BYTE_ORDER == LITTLE_ENDIAN ? 0 : 15] = 0x2a;
	ck_text(0, data, "0x2a");
	data[BYTE_ORDER == LITTLE_ENDIAN ? 8 : 7] = 1;
	ck_json(0, data, "\"0x1000000000000002a\"");
}
END_TEST

START_TEST(qualifiers_and_typedefs)
{
	uint64_t data = 5;
	int type = btf__add_typedef(btf, "__u64", u64);

	type = btf__add_const(btf, btf__add_volatile(btf, type));
	record(8);
	field("n", type, 0);
	make();
	ck_text(0, data, "5");
	ck_assert_str_eq(featsel_layout_type(layout, 0), "__u64");
}
END_TEST

START_TEST(a_tail_ends_with_the_sample)
{
	static const char data[] = "\4\0\0\0/bin/sh\0xx";
	int type = btf__add_array(btf, u32, character, 0), bytes = btf__add_array(btf, u32, u8, 0);

	record(4);
	field("n", u32, 0);
	field("tail", type, 4);
	make();
	ck_assert_uint_eq(layout_size(layout), 4);
	ck_assert_str_eq(text(1, data, sizeof(data)), "/bin/sh");
	ck_assert_str_eq(text(1, data, 8), "/bin");
	ck_assert_str_eq(text(1, data, 4), "");
	ck_assert_str_eq(json(1, data, 3), "null");

	btf__add_struct(btf, "q", 4);
	field("n", u32, 0);
	field("tail", bytes, 4);
	ck_assert_int_eq(layout_new(btf, "q", arena, &layout, &error), 0);
	ck_assert_str_eq(json(1, data, 7), "\"2f6269\"");
}
END_TEST

START_TEST(short_samples_are_not_read_past)
{
	uint64_t value;
	uint8_t *data = malloc(7);
	char buffer[4];

	record(16);
	field("a", u64, 0);
	field("b", u64, 8);
	make();
	ck_assert_ptr_nonnull(data);
	memset(data, 1, 7);
	ck_assert_str_eq(text(0, data, 7), "?short");
	ck_assert_str_eq(json(1, data, 7), "null");
	ck_assert_int_eq(featsel_layout_integer(layout, 0, data, 7, &value), -ENODATA);
	ck_assert_int_eq(featsel_layout_json(layout, 1, data, 7, buffer, 3), -ENOSPC);
	free(data);
}
END_TEST

START_TEST(what_is_lacked_is_nothing)
{
	static const struct {
		uint64_t stamp;
		uint32_t pid, ppid;
	} data = {1, 2, 3};
	struct featsel_condition *condition;
	uint64_t value;
	char buffer[4];
	int type = record(16);

	field("stamp", u64, 0);
	field("pid", u32, 8);
	field("ppid", u32, 12);
	tag(type, 0, "featsel:timestamp");
	make();
	layout_lack(layout, "stamp");
	layout_lack(layout, "ppid");
	layout_lack(layout, "nothing");
	ck_text(1, data, "2");
	ck_text(2, data, "?");
	ck_json(2, data, "null");
	ck_assert_int_eq(featsel_layout_integer(layout, 2, &data, sizeof(data), &value), -ENODATA);
	ck_assert_int_eq(
		featsel_layout_time(layout, 0, &data, sizeof(data), buffer, sizeof(buffer)),
		-ENODATA);
	ck_assert_int_eq(featsel_condition_new(layout, "ppid = 3", &condition, &error), 0);
	ck_assert(!featsel_condition_holds(condition, &data, sizeof(data)));
	featsel_condition_free(condition);
}
END_TEST

START_TEST(buffers_are_not_written_past)
{
	char data[16] = "\x1b\x1b\"\\abc", *buffer;
	size_t room, whole = strlen("\"\\u001b\\u001b\\\"\\\\abc\"");
	ssize_t length;

	make_string(sizeof(data));
	for (room = 0; room <= whole; room++) {
		buffer = malloc(room ? room : 1);
		length = featsel_layout_json(layout, 0, data, sizeof(data), buffer, room);
		ck_assert_int_eq(length, room < whole ? -ENOSPC : (ssize_t)whole);
		free(buffer);
	}
}
END_TEST

START_TEST(raw_samples_are_hex)
{
	static const uint8_t data[] = {0xde, 0xad, 0x00};

	ck_assert_int_eq(layout_new(NULL, NULL, arena, &layout, &error), 0);
	ck_assert_uint_eq(featsel_layout_fields(layout), 1);
	ck_assert_str_eq(featsel_layout_field(layout, 0), "data");
	ck_text(0, data, "dead00");
	ck_json(0, data, "\"dead00\"");
}
END_TEST

static void refused(const char *because)
{
	ck_assert_int_lt(layout_new(btf, "r", arena, &layout, &error), 0);
	ck_assert_int_eq(error.failure, FEATSEL_FAILURE_INVALID);
	ck_assert_msg(strstr(error.text, because), "'%s' does not say '%s'", error.text, because);
}

START_TEST(there_is_no_such_struct)
{
	btf__add_union(btf, "r", 8);
	refused("record 'r': the object's BTF has no struct of that name; a line 'const struct r "
		"*unused_r __attribute__((unused));' in its source keeps one there");
	error = (struct featsel_error){0};
	ck_assert_int_eq(layout_new(NULL, "r", arena, &layout, &error), -EINVAL);
	ck_assert_str_eq(error.text, "record 'r': the object has no BTF");
}
END_TEST

START_TEST(members_beyond_their_struct)
{
	record(8);
	field("a", u64, 4);
	refused("damaged");
}
END_TEST

START_TEST(arrays_beyond_their_struct)
{
	int type = btf__add_array(btf, u32, u64, 0x20000001);

	record(8);
	field("a", type, 0);
	refused("damaged");
}
END_TEST

START_TEST(bits_beyond_their_struct)
{
	record(4);
	bit_field("a", u32, 30, 3);
	refused("damaged");
}
END_TEST

START_TEST(members_of_no_type)
{
	record(8);
	field("a", 4711, 0);
	refused("damaged");
}
END_TEST

START_TEST(members_without_size)
{
	int type = btf__add_fwd(btf, "f", BTF_FWD_STRUCT);

	record(8);
	field("a", type, 0);
	refused("damaged");
}
END_TEST

START_TEST(two_members_of_one_name)
{
	record(8);
	field("a", u32, 0);
	field("a", u32, 4);
	refused("two members have one name");
}
END_TEST

/* A struct that is part of itself, at every level twice. */
START_TEST(types_without_end)
{
	int self = btf__type_cnt(btf);

	record(8);
	field("a", self, 0);
	field("b", self, 0);
	refused("nested too deeply");
}
END_TEST

START_TEST(anonymous_types_without_end)
{
	int self = btf__type_cnt(btf);
	unsigned int i;

	record(8);
	for (i = 0; i < 1000; i++)
		field(NULL, self, 0);
	refused("too");
}
END_TEST

START_TEST(typedefs_without_end)
{
	int type = btf__type_cnt(btf);

	btf__add_typedef(btf, "t", type + 1);
	btf__add_const(btf, type);
	record(8);
	field("a", type, 0);
	refused("damaged");
}
END_TEST

START_TEST(names_that_would_break_json)
{
	record(8);
	field("a\"b", u64, 0);
	refused("damaged");
}
END_TEST

/* A kind that has no form of its own is shown as its bytes. */
START_TEST(floats_are_bytes)
{
	double data = 0;
	int type = btf__add_float(btf, "double", 8);

	record(8);
	field("f", type, 0);
	make();
	ck_json(0, data, "\"0000000000000000\"");
}
END_TEST

START_TEST(columns_have_room_for_their_names)
{
	int comm = btf__add_array(btf, u32, character, 16), r = record(36);

	field("a_rather_long_name", u8, 0);
	field("comm", comm, 4);
	field("addr", u64, 20);
	field("pid", u32, 28);
	tag(r, 2, "featsel:hex");
	make();
	ck_assert_uint_eq(featsel_layout_width(layout, 0), strlen("a_rather_long_name"));
	ck_assert_uint_eq(featsel_layout_width(layout, 1), 15);
	ck_assert_uint_eq(featsel_layout_width(layout, 2), 14);
	ck_assert_uint_eq(featsel_layout_width(layout, 3), 7);
}
END_TEST

/* Two numbers, as struct tail of bpf/record.h. */
static int tail_type(void)
{
	int type = btf__add_struct(btf, "tail", 4);

	field("at", u16, 0);
	field("length", u16, 2);
	return type;
}

/* A record of one number and one tail with @hint, behind it @bytes. */
struct tailed {
	uint32_t pid;
	uint16_t at, length;
	char bytes[64];
};

static void make_tailed(const char *hint)
{
	int tail = tail_type(), r = record(8);

	field("pid", u32, 0);
	field("tail", tail, 4);
	tag(r, 1, hint);
	make();
}

static struct tailed tailed(const char *bytes, uint16_t length)
{
	struct tailed data = {.pid = 7, .at = 8, .length = length};

	memcpy(data.bytes, bytes, length);
	return data;
}

#define ck_tailed(bytes, as_text, as_json)                              \
	do {                                                            \
		struct tailed data_ = tailed(bytes, sizeof(bytes) - 1); \
		size_t size_ = 8 + sizeof(bytes) - 1;                   \
		ck_assert_str_eq(text(1, &data_, size_), as_text);      \
		ck_assert_str_eq(json(1, &data_, size_), "" as_json);   \
	} while (0)

START_TEST(strings_behind_the_members)
{
	make_tailed("featsel:string");
	ck_assert_str_eq(featsel_layout_type(layout, 1), "char[]");
	ck_assert_uint_eq(featsel_layout_width(layout, 1), 24);
	ck_tailed("/bin/sh", "/bin/sh", "\"/bin/sh\"");
	ck_tailed("", "", "\"\"");
	/* What says its length may hold any byte. */
	ck_tailed("a\0b\n", "a\\x00b\\x0a", "\"a\\u0000b\\u000a\"");
	ck_tailed("\xff\"", "\\xff\"", "\"\\ufffd\\\"\"");
}
END_TEST

/* The highest bit of the length: there was more. */
START_TEST(bytes_that_are_not_all)
{
	struct tailed data = tailed("/bin/sh", 7), none = tailed("", 0);

	make_tailed("featsel:string");
	ck_assert_int_eq(featsel_layout_truncated(layout, 0, &data, 15), -EINVAL);
	ck_assert_int_eq(featsel_layout_truncated(layout, 99, &data, 15), -EINVAL);
	ck_assert_int_eq(featsel_layout_truncated(layout, 1, &data, 15), 0);
	data.length |= RECORD_TRUNCATED;
	ck_assert_int_eq(featsel_layout_truncated(layout, 1, &data, 15), 1);
	ck_assert_str_eq(text(1, &data, 15), "/bin/sh...");
	ck_assert_str_eq(json(1, &data, 15), "\"/bin/sh\"");
	none.length |= RECORD_TRUNCATED;
	ck_assert_str_eq(text(1, &none, 8), "...");
	/* A sample that is shorter than its members says nothing. */
	ck_assert_int_eq(featsel_layout_truncated(layout, 1, &data, 7), 0);
	ck_assert_str_eq(text(1, &data, 7), "?short");
}
END_TEST

/* The mark takes room, too. */
START_TEST(bytes_that_are_not_all_need_room)
{
	struct tailed data = tailed("/bin/sh", 7);
	char buffer[10];

	make_tailed("featsel:string");
	data.length |= RECORD_TRUNCATED;
	ck_assert_int_eq(featsel_layout_text(layout, 1, &data, 15, buffer, 9), -ENOSPC);
	ck_assert_int_eq(featsel_layout_text(layout, 1, &data, 15, buffer, 10), 10);
}
END_TEST

static const char *line(const struct featsel_line *parts, const void *data, size_t size)
{
	static char buffer[1024];
	ssize_t length = featsel_line_write(parts, data, size, buffer, sizeof(buffer) - 1);

	ck_assert_int_ge(length, 0);
	buffer[length] = '\0';
	return buffer;
}

#define ck_add(parts, before, kind, index, width) \
	ck_assert_int_eq(featsel_line_add(parts, before, FEATSEL_PART_##kind, index, width), 0)

/* pid, a path behind the members, and whether it is all. */
START_TEST(lines_of_parts)
{
	struct tailed data = tailed("/bin/sh", 7);
	struct featsel_line *parts;

	make_tailed("featsel:string");
	ck_assert_int_eq(featsel_line_new(layout, &parts), 0);
	ck_assert_str_eq(line(parts, &data, 15), "");
	ck_add(parts, "{\"event\":\"a name that is longer\"", NONE, 0, 0);
	ck_add(parts, ",\"pid\":", JSON, 0, 0);
	ck_add(parts, ",\"path\":", JSON, 1, 0);
	ck_add(parts, ",\"path_truncated\":true", TRUNCATED, 1, 0);
	ck_add(parts, "}\n", NONE, 99, 0);
	ck_assert_str_eq(line(parts, &data, 15),
			 "{\"event\":\"a name that is longer\",\"pid\":7,\"path\":\"/bin/sh\"}\n");
	data.length |= RECORD_TRUNCATED;
	ck_assert_str_eq(line(parts, &data, 15),
			 "{\"event\":\"a name that is longer\",\"pid\":7,\"path\":\"/bin/sh\","
			 "\"path_truncated\":true}\n");
	ck_assert_str_eq(line(parts, &data, 3),
			 "{\"event\":\"a name that is longer\",\"pid\":null,\"path\":null}\n");
	featsel_line_free(parts);
	featsel_line_free(NULL);
}
END_TEST

START_TEST(columns_of_a_line)
{
	struct tailed data = tailed("/bin/sh", 7);
	struct featsel_line *parts;

	make_tailed("featsel:string");
	ck_assert_int_eq(featsel_line_new(layout, &parts), 0);
	ck_add(parts, "", TEXT, 0, 4);
	ck_add(parts, "  ", TEXT, 1, 40);
	ck_add(parts, "  path=", TEXT, 1, 0);
	data.length |= RECORD_TRUNCATED;
	ck_assert_str_eq(line(parts, &data, 15),
			 "7     /bin/sh...                                path=/bin/sh...");
	data.at = 3;
	ck_assert_str_eq(line(parts, &data, 15),
			 "7     ?span                                     path=?span");
	ck_assert_str_eq(line(parts, &data, 6),
			 "7     ?short                                    path=?short");
	ck_assert_str_eq(line(parts, &data, 0),
			 "?short  ?short                                    path=?short");
	featsel_line_free(parts);
}
END_TEST

START_TEST(times_in_lines)
{
	static const struct {
		uint64_t stamp;
		uint32_t pid, ppid;
	} data = {UINT64_C(5) << 30, 2, 3};
	struct featsel_line *parts;
	char time[64], expected[64];
	ssize_t length;
	int type = record(16);

	field("stamp", u64, 0);
	field("pid", u32, 8);
	tag(type, 0, "featsel:timestamp");
	make();
	ck_assert_int_eq(featsel_line_new(layout, &parts), 0);
	ck_assert_int_eq(featsel_line_add(parts, "", FEATSEL_PART_TIME, 1, 0), -EINVAL);
	ck_assert_int_eq(featsel_line_add(parts, "", FEATSEL_PART_TIME, 2, 0), -EINVAL);
	ck_assert_int_eq(featsel_line_add(parts, "", FEATSEL_PART_JSON, 2, 0), -EINVAL);
	ck_assert_int_eq(featsel_line_add(parts, "", FEATSEL_PART_TRUNCATED, 1, 0), -EINVAL);
	ck_assert_int_eq(featsel_line_add(parts, "", 99, 1, 0), -EINVAL);
	ck_add(parts, "time:", TIME, 0, 0);
	length = featsel_layout_time(layout, 0, &data, sizeof(data), time, sizeof(time));
	ck_assert_int_eq(length, strlen("2026-01-31T12:00:00.123456789Z"));
	snprintf(expected, sizeof(expected), "time:\"%.*s\"", (int)length, time);
	ck_assert_str_eq(line(parts, &data, sizeof(data)), expected);
	ck_assert_str_eq(line(parts, &data, 7), "time:null");
	layout_lack(layout, "stamp");
	featsel_line_free(parts);
	ck_assert_int_eq(featsel_line_new(layout, &parts), 0);
	ck_add(parts, "time:", TIME, 0, 0);
	ck_assert_str_eq(line(parts, &data, sizeof(data)), "time:null");
	featsel_line_free(parts);
}
END_TEST

/* In memory of each size up to the line's, so that a byte beyond is seen. */
START_TEST(lines_need_room)
{
	static const char whole[] = "pid=7         path=/bin/sh      |";
	struct tailed data = tailed("/bin/sh", 7);
	struct featsel_line *parts;
	char *buffer;

	make_tailed("featsel:string");
	ck_assert_int_eq(featsel_line_new(layout, &parts), 0);
	ck_add(parts, "pid=", TEXT, 0, 10);
	ck_add(parts, "path=", TEXT, 1, 13);
	ck_add(parts, "|", NONE, 0, 0);
	for (size_t room = 0; room < sizeof(whole); room++) {
		ssize_t length;

		buffer = malloc(room ? room : 1);
		length = featsel_line_write(parts, &data, 15, buffer, room);
		ck_assert_int_eq(length, room < strlen(whole) ? -ENOSPC : (ssize_t)strlen(whole));
		if (length >= 0)
			ck_assert(!memcmp(buffer, whole, strlen(whole)));
		free(buffer);
	}
	featsel_line_free(parts);
}
END_TEST

/* How a line writes @data must not depend on the records before it. */
static void ck_again(const struct featsel_line *parts, const void *data, size_t size)
{
	char expected[1024] = "";
	size_t i, used = 0;

	for (i = 0; i < featsel_layout_fields(layout); i++)
		used += (size_t)snprintf(expected + used, sizeof(expected) - used, "|%-6s|%s",
					 text(i, data, size), json(i, data, size));
	ck_assert_str_eq(line(parts, data, size), expected);
}

/* The last member ends with the record, and others lie less than two words before its end. */
START_TEST(values_that_come_again)
{
	struct again {
		int64_t number;
		uint32_t address, flags, low : 12, high : 20;
		uint8_t bytes[5];
		char name[15];
	} __attribute__((packed)) rows[] = {
		{0, 0, 0, 0, 0, "", ""},
		{INT64_MIN, 0x0100007f, 1, 0xfff, 0, "four", "a name of 15 by"},
		{INT64_MIN, 0x0100007f, 3, 0xfff, 1, "fou", "\xff\x1b[0m"},
		{INT64_MAX, 0xffffffff, 7, 0, 1, "", "\xff\x1b[1m\0ab"},
		{-1, 0xffffffff, 0xf0, 0, 0xfffff, "", "\xff\x1b[1m\0ac"},
		{0, 0, 0, 0, 0, "", ""},
	};
	struct featsel_line *parts;
	size_t size = sizeof(rows[0]), i, j;
	int prot, string, bytes, type;

	prot = add_prot();
	string = btf__add_array(btf, u32, character, sizeof(rows[0].name));
	bytes = btf__add_array(btf, u32, u8, sizeof(rows[0].bytes));
	type = record((uint32_t)size);
	field("number", s64, 0);
	field("address", u32, 8);
	field("flags", prot, 12);
	bit_field("low", u32, 128, 12);
	bit_field("high", u32, 140, 20);
	field("bytes", bytes, 20);
	field("name", string, 25);
	tag(type, 1, "featsel:ipv4");
	make();
	ck_assert_int_eq(featsel_line_new(layout, &parts), 0);
	for (i = 0; i < featsel_layout_fields(layout); i++) {
		ck_add(parts, "|", TEXT, i, 6);
		ck_add(parts, "|", JSON, i, 0);
	}
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			ck_again(parts, &rows[i], size);
			ck_again(parts, &rows[i], size);
			ck_again(parts, &rows[j], size - 8);
			ck_again(parts, &rows[j], 3);
			ck_again(parts, &rows[j], size);
		}
	featsel_line_free(parts);
}
END_TEST

START_TEST(lists_of_strings)
{
	make_tailed("featsel:strings");
	ck_assert_str_eq(featsel_layout_type(layout, 1), "char[][]");
	ck_tailed("", "", "[]");
	ck_tailed("ls\0-l\0", "ls -l", "[\"ls\",\"-l\"]");
	/* Cut off at its limit, the last has no end. */
	ck_tailed("ls\0-l", "ls -l", "[\"ls\",\"-l\"]");
	ck_tailed("\0a\0\0", "'' a ''", "[\"\",\"a\",\"\"]");
	ck_tailed("sh\0-c\0echo \"$x\"\0", "sh -c 'echo \"$x\"'",
		  "[\"sh\",\"-c\",\"echo \\\"$x\\\"\"]");
	ck_tailed("it's\0", "$'it\\'s'", "[\"it's\"]");
	ck_tailed("a\\b\0", "'a\\b'", "[\"a\\\\b\"]");
	ck_tailed("a\nb\\\0", "$'a\\x0ab\\\\'", "[\"a\\u000ab\\\\\"]");
	ck_tailed("\xff\0", "$'\\xff'", "[\"\\ufffd\"]");
	ck_tailed("\xc3\xa4\0", "'\xc3\xa4'", "[\"\xc3\xa4\"]");
}
END_TEST

START_TEST(addresses_of_sockets)
{
	make_tailed("featsel:sockaddr");
	ck_tailed("", "", "\"\"");
	ck_tailed("\2", "", "\"\"");
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FAMILY(number) number "\0"
#else
#define FAMILY(number) "\0" number
#endif
#define FOUR_NULS "\0\0\0\0"
	ck_tailed(FAMILY("\2") "\0\120\177\0\0\1", "127.0.0.1:80", "\"127.0.0.1:80\"");
	ck_tailed(FAMILY("\2") "\0\120\177", "family 2", "\"family 2\"");
	ck_tailed(FAMILY("\12") "\0\120" FOUR_NULS FOUR_NULS FOUR_NULS FOUR_NULS "\0\0\0\1",
		  "[::1]:80", "\"[::1]:80\"");
	ck_tailed(FAMILY("\1") "/run/x\0y", "unix:/run/x", "\"unix:/run/x\"");
	ck_tailed(FAMILY("\1") "\0a\0\"b\0\0", "unix:@a\\x00\"b", "\"unix:@a\\u0000\\\"b\"");
	ck_tailed(FAMILY("\1"), "unix:", "\"unix:\"");
	ck_tailed(FAMILY("\20") "\0\0", "family 16", "\"family 16\"");
}
END_TEST

START_TEST(names_of_hosts)
{
	make_tailed("featsel:domain");
	ck_tailed("", "", "\"\"");
	ck_tailed("\0", ".", "\".\"");
	ck_tailed("\7example\3org\0", "example.org", "\"example.org\"");
	/* What stands behind the end is no part of it. */
	ck_tailed("\3org\0\0\1\0\1", "org", "\"org\"");
	/* Cut: within a label, before its length; going on at another place. */
	ck_tailed("\7exam", "exam", "\"exam\"");
	ck_tailed("\3org\7", "org.", "\"org.\"");
	ck_tailed("\3org\300\14", "org", "\"org\"");
	ck_tailed("\300\14", "", "\"\"");
	ck_tailed("\5a.b\\c\4\1\"\377 \0", "a\\.b\\\\c.\\001\\034\\255\\032",
		  "\"a\\\\.b\\\\\\\\c.\\\\001\\\\034\\\\255\\\\032\"");
}
END_TEST

START_TEST(lists_of_addresses)
{
#define MAPPED "\0\0\0\0\0\0\0\0\0\0\377\377"
	make_tailed("featsel:addresses");
	ck_tailed("", "", "[]");
	ck_tailed(MAPPED "\300\0\2\1", "192.0.2.1", "[\"192.0.2.1\"]");
	ck_tailed(MAPPED "\300\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", "192.0.2.1,::1",
		  "[\"192.0.2.1\",\"::1\"]");
	/* A part of an address is none. */
	ck_tailed(MAPPED "\300\0\2\1\0\0\0", "192.0.2.1", "[\"192.0.2.1\"]");
}
END_TEST

/* The same hints on bytes that are members themselves; NULs fill what is left. */
START_TEST(hints_on_arrays_of_bytes)
{
	static const char data[24] = "ls\0-l\0\0\0sh\0x";
	int bytes = btf__add_array(btf, u32, u8, 8);
	int r = record(24);

	field("argv", bytes, 0);
	field("name", bytes, 8);
	field("plain", bytes, 16);
	tag(r, 0, "featsel:strings");
	tag(r, 1, "featsel:string");
	make();
	ck_text(0, data, "ls -l");
	ck_json(0, data, "[\"ls\",\"-l\"]");
	ck_text(1, data, "sh");
	ck_text(2, data, "[0 0 0 0 0 0 0 0]");
}
END_TEST

/* The floor: without tags, or where a tag cannot be kept, a tail is the two numbers that it is. */
START_TEST(tails_without_a_tag)
{
	struct tailed data = tailed("x", 1);
	int tail = tail_type(), inner, r;

	inner = btf__add_struct(btf, "inner", 4);
	field("tail", tail, 0);
	tag(inner, 0, "featsel:string");
	r = record(8);
	field("inner", inner, 0);
	field("tail", tail, 4);
	field("number", u32, 0);
	tag(r, 2, "featsel:string");
	make();
	ck_text(0, data, "{tail={at=7 length=0}}");
	ck_text(1, data, "{at=8 length=1}");
	ck_text(2, data, "7");
}
END_TEST

START_TEST(tails_that_lie_elsewhere)
{
	static const struct {
		uint16_t at, length;
		size_t size;
		const char *text;
	} rows[] = {
		{8, 4, 12, "abcd"},
		{9, 3, 12, "bcd"},
		{8, 5, 12, "?span"},
		{12, 1, 12, "?span"},
		{13, 0, 12, ""},
		{7, 1, 12, "?span"},
		{0, 8, 12, "?span"},
		{65535, 65535, 12, "?span"},
		{12, 65535, 12, "?span"},
		{8, 4, 11, "?span"},
		{8, 0, 8, ""},
		{8, 4, 7, "?short"},
		{8, 4, 0, "?short"},
	};
	size_t i;

	make_tailed("featsel:string");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tailed data = {.at = rows[i].at, .length = rows[i].length, .bytes = "abcd"};
		/* Of its exact size, so that a byte beyond is seen. */
		void *exact = malloc(rows[i].size ? rows[i].size : 1);

		memcpy(exact, &data, rows[i].size);
		ck_assert_str_eq(text(1, exact, rows[i].size), rows[i].text);
		ck_assert_int_eq(!strcmp(json(1, exact, rows[i].size), "null"),
				 rows[i].text[0] == '?');
		free(exact);
	}
}
END_TEST

static TCase *hostile(void)
{
	TCase *tests = tcase_create("hostile");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, there_is_no_such_struct);
	tcase_add_test(tests, members_beyond_their_struct);
	tcase_add_test(tests, arrays_beyond_their_struct);
	tcase_add_test(tests, bits_beyond_their_struct);
	tcase_add_test(tests, members_of_no_type);
	tcase_add_test(tests, members_without_size);
	tcase_add_test(tests, two_members_of_one_name);
	tcase_add_test(tests, types_without_end);
	tcase_add_test(tests, anonymous_types_without_end);
	tcase_add_test(tests, typedefs_without_end);
	tcase_add_test(tests, names_that_would_break_json);
	tcase_add_test(tests, short_samples_are_not_read_past);
	tcase_add_test(tests, what_is_lacked_is_nothing);
	tcase_add_test(tests, buffers_are_not_written_past);
	tcase_add_test(tests, any_timestamp_is_survived);
	tcase_add_test(tests, tails_that_lie_elsewhere);
	return tests;
}

static TCase *decoding(void)
{
	TCase *tests = tcase_create("decoding");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, integers_of_every_size);
	tcase_add_test(tests, numbers_of_every_length);
	tcase_add_test(tests, samples_need_not_be_aligned);
	tcase_add_test(tests, bit_fields);
	tcase_add_test(tests, bit_fields_across_nine_bytes);
	tcase_add_test(tests, wide_integers);
	tcase_add_test(tests, enums_by_name);
	tcase_add_test(tests, enums_with_signs_and_widths);
	tcase_add_test(tests, flags_by_name);
	tcase_add_test(tests, a_name_for_no_flag);
	tcase_add_test(tests, flags_without_a_tag);
	tcase_add_test(tests, hints);
	tcase_add_test(tests, hints_that_do_not_fit);
	tcase_add_test(tests, durations);
	tcase_add_test(tests, timestamps_are_wall_clock);
	tcase_add_test(tests, seconds_are_told_apart);
	tcase_add_test(tests, strings_are_escaped);
	tcase_add_test(tests, any_byte_at_any_place);
	tcase_add_test(tests, strings_need_no_end);
	tcase_add_test(tests, strings_behind_the_members);
	tcase_add_test(tests, bytes_that_are_not_all);
	tcase_add_test(tests, bytes_that_are_not_all_need_room);
	tcase_add_test(tests, lines_of_parts);
	tcase_add_test(tests, columns_of_a_line);
	tcase_add_test(tests, times_in_lines);
	tcase_add_test(tests, lines_need_room);
	tcase_add_test(tests, values_that_come_again);
	tcase_add_test(tests, lists_of_strings);
	tcase_add_test(tests, addresses_of_sockets);
	tcase_add_test(tests, names_of_hosts);
	tcase_add_test(tests, lists_of_addresses);
	tcase_add_test(tests, hints_on_arrays_of_bytes);
	tcase_add_test(tests, tails_without_a_tag);
	tcase_add_test(tests, structs_unions_and_arrays);
	tcase_add_test(tests, qualifiers_and_typedefs);
	tcase_add_test(tests, a_tail_ends_with_the_sample);
	tcase_add_test(tests, raw_samples_are_hex);
	tcase_add_test(tests, floats_are_bytes);
	tcase_add_test(tests, columns_have_room_for_their_names);
	return tests;
}

static Suite *suite(void)
{
	Suite *all = suite_create("record");

	suite_add_tcase(all, decoding());
	suite_add_tcase(all, hostile());
	return all;
}

int main(void)
{
	return unit_run(suite);
}
