/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* test-json.c - the JSON writer: structure, escapes, hostile bytes */
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/base.h"

static char *text;
static size_t size;
static FILE *out;
static struct json json;

static void begin(void)
{
	out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(out);
	json_begin_file(&json, out);
}

static void end_with(const char *expected)
{
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(items_are_separated)
{
	begin();
	json_object(&json, NULL);
	json_string(&json, "a", "x");
	json_number(&json, "b", UINT64_MAX);
	json_bool(&json, "c", true);
	json_bool(&json, "d", false);
	json_string(&json, "e", NULL);
	json_end(&json);
	end_with("{\"a\": \"x\", \"b\": 18446744073709551615, \"c\": true, \"d\": false, \"e\": "
		 "null}\n");
}
END_TEST

START_TEST(containers_nest_and_may_be_empty)
{
	begin();
	json_array(&json, NULL);
	json_object(&json, NULL);
	json_end(&json);
	json_array(&json, NULL);
	json_number(&json, NULL, 1);
	json_array(&json, NULL);
	json_end(&json);
	json_number(&json, NULL, 2);
	json_end(&json);
	json_object(&json, NULL);
	json_array(&json, "k");
	json_end(&json);
	json_end(&json);
	json_end(&json);
	end_with("[{}, [1, [], 2], {\"k\": []}]\n");
}
END_TEST

START_TEST(a_line_of_its_own)
{
	begin();
	json_object(&json, NULL);
	json_object(&json, "features");
	json_line(&json);
	json_number(&json, "a", 1);
	json_line(&json);
	json_number(&json, "b", 2);
	json_line(&json);
	json_end(&json);
	json_end(&json);
	end_with("{\"features\": {\n\"a\": 1,\n\"b\": 2\n}}\n");
}
END_TEST

/* 62 levels deep: the last that fit. */
START_TEST(deep_nesting)
{
	begin();
	for (int i = 0; i < 62; i++)
		json_array(&json, NULL);
	for (int i = 0; i < 62; i++)
		json_end(&json);
	fflush(out);
	ck_assert_uint_eq(strlen(text), 125);
	ck_assert_str_eq(text + 122, "]]\n");
	fclose(out);
	free(text);
}
END_TEST

static const struct quote_row {
	const char *string, *expected;
} quotes[] = {
	{"", "\"\""},
	{"plain /\\\"", "\"plain /\\\\\\\"\""},
	{"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
	{"\x01\x1b[31m\x7f", "\"\\u0001\\u001b[31m\\u007f\""},
	/* U+009B is a control sequence introducer */
	{"\xc2\x9b", "\"\\u009b\""},
	{"\xc2\xa0\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x9d",
	 "\"\xc2\xa0\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x9d\""},
	/* a lone continuation, a cut sequence, a lead without its tail before ASCII */
	{"\x80", "\"\\ufffd\""},
	{"\xe2\x82", "\"\\ufffd\\ufffd\""},
	{"\xc3(", "\"\\ufffd(\""},
	/* overlong '/', overlong NUL, a surrogate, beyond the last code point, never valid */
	{"\xc0\xaf", "\"\\ufffd\\ufffd\""},
	{"\xe0\x80\x80", "\"\\ufffd\\ufffd\\ufffd\""},
	{"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
	{"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
	{"\xff\xfe", "\"\\ufffd\\ufffd\""},
};

START_TEST(strings_are_valid_whatever_they_hold)
{
	begin();
	json_quote(out, quotes[_i].string);
	end_with(quotes[_i].expected);
}
END_TEST

START_TEST(keys_are_escaped)
{
	begin();
	json_object(&json, NULL);
	json_number(&json, "a\"\n", 1);
	json_end(&json);
	end_with("{\"a\\\"\\n\": 1}\n");
}
END_TEST

static Suite *suite(void)
{
	Suite *of = suite_create("json");
	TCase *all = tcase_create("json");

	tcase_add_test(all, items_are_separated);
	tcase_add_test(all, containers_nest_and_may_be_empty);
	tcase_add_test(all, a_line_of_its_own);
	tcase_add_test(all, deep_nesting);
	tcase_add_loop_test(all, strings_are_valid_whatever_they_hold, 0,
			    (int)(sizeof(quotes) / sizeof(quotes[0])));
	tcase_add_test(all, keys_are_escaped);
	suite_add_tcase(of, all);
	return of;
}

int main(void)
{
	return unit_run(suite);
}
