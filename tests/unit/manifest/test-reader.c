/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-reader.c - texts as trees with places, and what is refused before a grammar looks at it
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit.h"
#include "manifest/private.h"

static struct arena *arena;
static struct featsel_error error;
static struct node *root;

static void setup(void)
{
	arena = arena_new();
	ck_assert_ptr_nonnull(arena);
	error = (struct featsel_error){0};
	root = NULL;
}

static void teardown(void)
{
	arena_free(arena);
}

static int parse_n(const char *text, size_t size)
{
	error = (struct featsel_error){0};
	root = NULL;
	return reader_parse("f.yaml", text, size, arena, &root, &error);
}

static int parse(const char *text)
{
	return parse_n(text, strlen(text));
}

/* The tree on one line: {key@line:column: value}, [items], 'quoted'. */
static void describe(const struct node *node, FILE *out)
{
	const struct node *child;

	if (node->type == NODE_SCALAR) {
		fprintf(out, node->quoted ? "'%s'" : "%s", node->text);
		return;
	}
	fputs(node->type == NODE_MAPPING ? "{" : "[", out);
	for (child = node->first; child; child = child->next) {
		if (child->key)
			fprintf(out, "%s@%u:%u: ", child->key->text, child->key->at.line,
				child->key->at.column);
		describe(child, out);
		fputs(child->next ? ", " : "", out);
	}
	fputs(node->type == NODE_MAPPING ? "}" : "]", out);
}

static void assert_tree(const char *text, const char *expected)
{
	char *seen = NULL;
	size_t size;
	FILE *out;

	ck_assert_msg(parse(text) == 0, "%s", error.text);
	out = open_memstream(&seen, &size);
	describe(root, out);
	fclose(out);
	ck_assert_str_eq(seen, expected);
	free(seen);
}

static void assert_refused_n(const char *text, size_t size, unsigned int line, unsigned int column,
			     const char *words)
{
	ck_assert_int_eq(parse_n(text, size), -EINVAL);
	ck_assert_ptr_null(root);
	ck_assert_str_eq(error.source, "f.yaml");
	ck_assert_int_eq(error.failure, FEATSEL_FAILURE_INVALID);
	ck_assert_msg(error.line == line && error.column == column, "%u:%u: %s", error.line,
		      error.column, error.text);
	ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
}

static void assert_refused(const char *text, unsigned int line, unsigned int column,
			   const char *words)
{
	assert_refused_n(text, strlen(text), line, column, words);
}

START_TEST(test_places)
{
	assert_tree("a: 1\nb:\n  - x\n  - 'y'\n  - {c: \"z\", d: }\n",
		    "{a@1:1: 1, b@2:1: [x, 'y', {c@5:6: 'z', d@5:14: }]}");
	ck_assert_str_eq(root->first->at.file, "f.yaml");
	ck_assert_uint_eq(root->first->at.column, 4);
	ck_assert_uint_eq(root->count, 2);
	ck_assert_uint_eq(root->first->next->count, 3);
}
END_TEST

/* Columns count characters, as editors do. */
START_TEST(test_characters)
{
	assert_tree("ä: {ü: 1}", "{ä@1:1: {ü@1:5: 1}}");
	assert_tree("\xef\xbb\xbf"
		    "a: 1",
		    "{a@1:1: 1}");
}
END_TEST

START_TEST(test_json)
{
	assert_tree("{\"a\":1,\"b\":[true,null,-1.5e3,\"\"],\n\t\"c\":{\"d\":\"x\"}}",
		    "{a@1:2: 1, b@1:8: [true, null, -1.5e3, ''], c@2:2: {d@2:7: 'x'}}");
	assert_tree("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\"]",
		    "['\"\\/\b\f\n\r\tAé€']");
	/* Raw characters beyond the basic plane are fine, as pairs of escapes they are not. */
	assert_tree("[\"😀\", \"\\U0001F600\"]", "['😀', '😀']");
	assert_refused("[\"\\ud83d\\ude00\"]", 1, 5, "beyond U+FFFF");
}
END_TEST

START_TEST(test_long_lines)
{
	const size_t size = 1 << 20;
	char *text = malloc(size + 1);
	char key[1300];

	/* A value may be as long as it likes, a key 1024 characters. */
	memset(text, 'x', size);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + size - 2, "\"}", 3);
	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(strlen(root->first->text), size - 8);
	free(text);

	snprintf(key, sizeof(key), "{\"%01000d\": 1}", 0);
	ck_assert_int_eq(parse(key), 0);
	snprintf(key, sizeof(key), "{\"%01100d\": 1}", 0);
	assert_refused(key, 1, 1104, "1024 characters");
	snprintf(key, sizeof(key), "a: 1\n%01100d: 1", 0);
	ck_assert_int_eq(parse(key), -EINVAL);
	ck_assert_msg(strstr(error.text, "1024 characters") != NULL, "%s", error.text);
}
END_TEST

static const struct refused {
	const char *text;
	unsigned int line, column;
	const char *words;
} refused[] = {
	{"", 0, 0, "no document"},
	{" \n# nothing\n", 0, 0, "no document"},
	{"a: &x 1", 1, 4, "anchors are not accepted: '&x'"},
	{"&x a: 1", 1, 1, "anchors"},
	{"a: &x [1]", 1, 4, "anchors"},
	{"a: &x {b: 1}", 1, 4, "anchors"},
	{"a: *x", 1, 4, "aliases are not accepted: '*x'"},
	{"&a [*a]", 1, 1, "anchors"},
	{"a: !!int 1", 1, 4, "tags"},
	{"a: !x [1]", 1, 4, "tags"},
	{"!x {a: 1}", 1, 1, "tags"},
	{"a: ! 1", 1, 4, "tags"},
	{"%TAG ! tag:x,2000:\n---\na: 1", 1, 1, "tags"},
	{"a: 1\n...\n%TAG ! tag:x,2000:\n---\na: 1", 3, 1, "tags"},
	{"# x\r%TAG ! tag:x,2000:\r---\ra: 1", 1, 5, "tags"},
	{"%FOO bar\n---\na: 1", 1, 5, "directive"},
	{"a: 1\n---\nb: 2", 2, 1, "second document"},
	{"a: 1\n...\n---\nb: 2", 3, 1, "second document"},
	{"a: 1\nb: 2\na: 3", 3, 1, "key 'a' stands here again, first in line 1"},
	{"a: 1\n\"a\": 3", 2, 1, "key 'a' stands here again"},
	{"{a: {b: 1, b: 2}}", 1, 12, "key 'b'"},
	{"\"\": 1\n'': 2", 2, 1, "key ''"},
	{"[a]: 1", 1, 1, "a key must be"},
	{"{{a: 1}: 1}", 1, 2, "a key must be"},
	{"a: \"\\0\"", 1, 4, "NUL"},
	{"\"a\\x00b\": 1", 1, 1, "NUL"},
	{"a: \x80", 1, 4, "not valid UTF-8"},
	{"a: \xc3", 1, 4, "not valid UTF-8"},
	{"a: \xc0\x80", 1, 4, "not valid UTF-8"},
	{"a: \xed\xa0\x80", 1, 4, "not valid UTF-8"},
	{"a: \xf4\x90\x80\x80", 1, 4, "not valid UTF-8"},
	{"a: \xe2\x82", 1, 4, "not valid UTF-8"},
	{"ä: 1\nü: \xff", 2, 4, "not valid UTF-8"},
	{"a: \x1b[31m", 1, 4, "control character"},
	{"a: \x7f", 1, 4, "control character"},
	{"a: \xc2\x9b", 1, 4, "control characters"},
	{"a: [1", 2, 1, "expected ','"},
	{"a: 'x", 1, 6, "end of stream"},
	{"a:\n\tb: 1", 2, 1, "tabs"},
	{"a: b: c", 1, 5, "':' does not belong here"},
	{"a: 1\n b: 2", 2, 3, "indentation"},
	{"{\"a\"\n: 1}", 2, 1, "same line"},
};

START_TEST(test_refused)
{
	assert_refused(refused[_i].text, refused[_i].line, refused[_i].column, refused[_i].words);
}
END_TEST

START_TEST(test_nul_byte)
{
	assert_refused_n("a: x\0y", 6, 1, 5, "NUL byte");
	/* Bytes behind the end do not belong to the text, whatever they are. */
	ck_assert_int_eq(parse_n("a: 1\xff", 4), 0);
	ck_assert_int_eq(parse_n("a: 1\n%TAG", 5), 0);
}
END_TEST

START_TEST(test_depth)
{
	char text[128];

	snprintf(text, sizeof(text), "%.*s%.*s", 32, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 32,
		 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
	ck_assert_int_eq(parse(text), 0);
	snprintf(text, sizeof(text),
		 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
	assert_refused(text, 1, 33, "nested deeper than 32");
	assert_refused("- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - x", 1, 65,
		       "nested");
}
END_TEST

/* Duplicates are found on both sides of the size from which a mapping has an index. */
START_TEST(test_duplicates)
{
	char text[4096];
	size_t length = 0;
	int i;

	for (i = 0; i < _i; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "k%d: v\n", i);
	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(root->count, (size_t)_i);
	for (i = 0; i < _i; i++) {
		snprintf(text + length, sizeof(text) - length, "k%d: again\n", i);
		assert_refused(text, (unsigned int)_i + 1, 1, "stands here again");
	}
}
END_TEST

/*
 * Large texts that would take time in the square of their size: 200 kB of brackets took libyaml 20
 * s.
 */
static const struct hostile {
	const char *head, *again;
	int expected;
} hostile[] = {
	{"", "[", -EINVAL},
	{"", "[\n", -EINVAL},
	{"", "{a: ", -EINVAL},
	{"", "{\"a\": ", -EINVAL},
	{"", "- ", -EINVAL},
	{"", "? ", -EINVAL},
	{"", "%TAG !a! x\n", -EINVAL},
	{"a: 1\n...\n", "%TAG !a! x\r", -EINVAL},
	{"", "%YAML 1.1\n", -EINVAL},
	{"", "---\n", -EINVAL},
	{"", "\n", -EINVAL},
	{"", "#", -EINVAL},
	{"!", "x", -EINVAL},
	{"a: |\n", " b\n", 0},
	{"a: ", "b ", 0},
	{"", "? a\n", -EINVAL},
};

START_TEST(test_hostile)
{
	const size_t limit = (size_t)2 << 20, again = strlen(hostile[_i].again);
	size_t length = strlen(hostile[_i].head);
	char *text = malloc(limit);
	struct timespec begin, end;
	double seconds;

	memcpy(text, hostile[_i].head, length);
	for (; length + again <= limit; length += again)
		memcpy(text + length, hostile[_i].again, again);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	ck_assert_int_eq(parse_n(text, length), hostile[_i].expected);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	free(text);
	/* It is below 0.1 s, with sanitizers below 1 s. */
	seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	ck_assert_msg(seconds < 10, "%.1f s", seconds);
}
END_TEST

START_TEST(test_size)
{
	const size_t limit = (size_t)16 << 20;
	char *text = malloc(limit + 1);

	memset(text, ' ', limit + 1);
	memcpy(text, "a: 1\n", 5);
	ck_assert_int_eq(parse_n(text, limit), 0);
	ck_assert_int_eq(parse_n(text, limit + 1), -EINVAL);
	ck_assert_str_eq(error.text, "is larger than 16 MiB");
	free(text);
}
END_TEST

static Suite *reader_suite(void)
{
	Suite *suite = suite_create("reader");
	TCase *tcase = tcase_create("reader");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_places);
	tcase_add_test(tcase, test_characters);
	tcase_add_test(tcase, test_json);
	tcase_add_test(tcase, test_long_lines);
	tcase_add_loop_test(tcase, test_refused, 0, (int)ARRAY_SIZE(refused));
	tcase_add_test(tcase, test_nul_byte);
	tcase_add_test(tcase, test_depth);
	tcase_add_loop_test(tcase, test_duplicates, 1, 40);
	tcase_add_loop_test(tcase, test_hostile, 0, (int)ARRAY_SIZE(hostile));
	tcase_add_test(tcase, test_size);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(reader_suite);
}
