/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* test-screen.c - what is cut and folded fits, and is what it was as far as it goes */
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "cli/screen.h"

static const struct cut_row {
	const char *text;
	size_t width;
	const char *cut;
	size_t shown;
} cuts[] = {
	{"", 0, "", 0},		{"", 5, "", 0},		 {"abc", 0, "", 0},
	{"abc", 1, "…", 1},	{"abc", 2, "a…", 2},	 {"abc", 3, "abc", 3},
	{"abc", 4, "abc", 3},	{"äöü", 3, "äöü", 3},	 {"äöü", 2, "ä…", 2},
	{"漢字", 4, "漢字", 4}, {"漢字", 3, "漢…", 3},	 {"漢字", 2, "…", 1},
	{"漢字a", 4, "漢…", 3}, {"a漢字", 4, "a漢…", 4},
};

START_TEST(values_are_cut)
{
	const struct cut_row *row = &cuts[_i];
	char text[64];
	size_t shown = 99, length;

	memset(text, '#', sizeof(text));
	memcpy(text, row->text, strlen(row->text));
	length = screen_cut(text, strlen(row->text), row->width, &shown);
	ck_assert_uint_le(length, strlen(row->text) + SCREEN_MORE);
	ck_assert_uint_eq(length, strlen(row->cut));
	ck_assert_int_eq(memcmp(text, row->cut, length), 0);
	ck_assert_uint_eq(shown, row->shown);
}
END_TEST

static const struct fold_row {
	const char *line;
	size_t width, indent;
	const char *folded;
} folds[] = {
	{"one two three", 0, 2, "one two three\n"},
	{"one two three", 13, 2, "one two three\n"},
	{"one two three", 12, 2, "one two\n  three\n"},
	{"one two three", 5, 2, "one\n  two\n  three\n"},
	{"  one  two", 6, 4, "  one\n    two\n"},
	/* a word that fits nowhere is not cut */
	{"a /a/path/that/is/long b", 10, 2, "a\n  /a/path/that/is/long\n  b\n"},
	{"head       /a/longpath b", 16, 8, "head\n    /a/longpath\n        b\n"},
	/* nor is there a column of single words */
	{"head       two three", 12, 8, "head\n    two\n    three\n"},
	{"        two three", 12, 8, "    two\n    three\n"},
	/* colour takes no room */
	{"\x1b[31mone\x1b[0m two", 7, 2, "\x1b[31mone\x1b[0m two\n"},
	{"one two", 2, 2, "one two\n"},
};

START_TEST(lines_are_folded)
{
	const struct fold_row *row = &folds[_i];
	struct text text;
	FILE *out = text_open(&text);

	screen_fold(out, row->line, row->width, row->indent);
	ck_assert_int_eq(text_close(&text), 0);
	ck_assert_str_eq(text.data, row->folded);
	text_free(&text);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("screen");
	TCase *tests = tcase_create("screen");

	tcase_add_loop_test(tests, values_are_cut, 0, ARRAY_SIZE(cuts));
	tcase_add_loop_test(tests, lines_are_folded, 0, ARRAY_SIZE(folds));
	suite_add_tcase(all, tests);
	return all;
}

int main(void)
{
	return unit_run(suite);
}
