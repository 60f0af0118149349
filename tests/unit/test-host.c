/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-host.c - the cache, overrides and the snapshot as a host
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "unit.h"

/* A backend whose answer to everything is *data, a verdict. */
static struct featsel_answer scripted(struct featsel_host *host, const struct feature *feature)
{
	(void)feature;
	return answer_make(host->arena, *(enum featsel_verdict *)host->data, REASON_INCONCLUSIVE,
			   NULL, "scripted");
}

static const struct host_backend backend = {.ask = scripted};

static enum featsel_verdict ask(struct featsel_host *host, const char *feature)
{
	struct featsel_answer answer = {.size = sizeof(answer)};

	ck_assert_int_eq(featsel_host_ask(host, feature, &answer, NULL), 0);
	return answer.verdict;
}

START_TEST(only_yes_and_no_last)
{
	static const struct {
		enum featsel_verdict verdict;
		size_t asked;
	} cases[] = {{FEATSEL_YES, 1}, {FEATSEL_NO, 1}, {FEATSEL_UNKNOWN, 2}, {FEATSEL_DENIED, 2}};
	enum featsel_verdict verdict = cases[_i].verdict;
	struct featsel_host *host;

	ck_assert_int_eq(host_new(NULL, &backend, &verdict, &host, NULL), 0);
	ask(host, "map_type:array");
	ask(host, "map_type:array");
	ck_assert_uint_eq(host->asked, 1);
	host_new_run(host);
	ask(host, "map_type:array");
	ck_assert_uint_eq(host->asked, cases[_i].asked);
	featsel_host_free(host);
}
END_TEST

START_TEST(an_override_is_not_asked)
{
	enum featsel_verdict verdict = FEATSEL_YES;
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_host *host;

	ck_assert_int_eq(host_new(NULL, &backend, &verdict, &host, NULL), 0);
	ck_assert_int_eq(featsel_host_override(host, "map_type:ringbuf", FEATSEL_NO, NULL), 0);
	ck_assert_int_eq(featsel_host_ask(host, "map_type:ringbuf", &answer, NULL), 0);
	ck_assert_int_eq((int)answer.verdict, FEATSEL_NO);
	ck_assert_str_eq(answer.reason, "masked");
	ck_assert_uint_eq(host->asked, 0);
	ck_assert_int_eq((int)ask(host, "map_type:array"), FEATSEL_YES);
	featsel_host_free(host);
}
END_TEST

START_TEST(a_reason_has_its_code)
{
	enum reason reason;

	for (reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		ck_assert_ptr_nonnull(reason_row(reason)->code);
		ck_assert_int_eq((int)reason_by_code(reason_row(reason)->code), (int)reason);
	}
	ck_assert_int_eq((int)reason_by_code("nonsense"), REASON_COUNT);
}
END_TEST

static char path[] = "/tmp/featsel-snapshot-XXXXXX";

static struct featsel_context *context;

static void tear_down(void)
{
	featsel_context_free(context);
	context = NULL;
}

static int open_snapshot(const char *text, struct featsel_host **host, struct featsel_error *err)
{
	size_t length = strlen(text);
	int fd, r;

	snprintf(path, sizeof(path), "/tmp/featsel-snapshot-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, text, length), (int)length);
	close(fd);
	ck_assert_int_eq(featsel_context_new(&context, NULL), 0);
	r = featsel_host_open_snapshot(context, path, host, err);
	unlink(path);
	return r;
}

static const char good[] = "{\"featsel\": \"0.1.0\", \"host\": {\"source\": \"probe\", "
			   "\"release\": \"5.10.0-30\", \"machine\": \"x86_64\"},\n"
			   " \"features\": {\n"
			   "  \"map_type:ringbuf\": {\"verdict\": \"yes\", \"reason\": null, "
			   "\"evidence\": \"e\", \"remedy\": null},\n"
			   "  \"lsm:bpf\": {\"verdict\": \"no\", \"reason\": \"lsm-inactive\", "
			   "\"evidence\": \"f\", \"remedy\": \"r\"},\n"
			   "  \"cap:perfmon\": \"denied\"}}\n";

START_TEST(a_snapshot_answers)
{
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_error err = {0};
	struct featsel_host *host;

	ck_assert_msg(open_snapshot(good, &host, &err) == 0, "%u:%u: %s", err.line, err.column,
		      err.text);
	ck_assert_str_eq(featsel_host_release(host), "5.10.0-30");
	ck_assert_str_eq(featsel_host_machine(host), "x86_64");
	ck_assert_int_eq(featsel_host_ask(host, "map_type:ringbuf", &answer, NULL), 0);
	ck_assert_int_eq((int)answer.verdict, FEATSEL_YES);
	ck_assert_ptr_null(answer.reason);
	ck_assert_str_eq(answer.evidence, "e");
	ck_assert_int_eq(featsel_host_ask(host, "lsm:bpf", &answer, NULL), 0);
	ck_assert_int_eq((int)answer.verdict, FEATSEL_NO);
	ck_assert_str_eq(answer.reason, "lsm-inactive");
	ck_assert_str_eq(answer.remedy, "r");
	ck_assert_int_eq((int)ask(host, "cap:perfmon"), FEATSEL_DENIED);
	featsel_host_free(host);
}
END_TEST

START_TEST(a_snapshot_knows_what_it_does_not_hold)
{
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_host *host;

	ck_assert_int_eq(open_snapshot(good, &host, NULL), 0);
	ck_assert_int_eq(featsel_host_ask(host, "map_type:array", &answer, NULL), 0);
	ck_assert_int_eq((int)answer.verdict, FEATSEL_UNKNOWN);
	ck_assert_str_eq(answer.reason, "not-recorded");
	ck_assert_int_eq((int)ask(host, "arch:x86_64"), FEATSEL_YES);
	ck_assert_int_eq((int)ask(host, "arch:aarch64"), FEATSEL_NO);
	ck_assert_int_eq((int)ask(host, "kernel:>=5.8"), FEATSEL_YES);
	ck_assert_int_eq((int)ask(host, "kernel:<5.10"), FEATSEL_NO);
	featsel_host_free(host);
}
END_TEST

#define HEAD "{featsel: 0.1.0, host: {release: r, machine: m},\n"

static const struct {
	const char *text;
	unsigned int line, column;
	const char *message;
} bad[] = {
	{"[]\n", 1, 1, "the snapshot is not a mapping"},
	{"{featsel: 0.1.0, host: {release: r, machine: m}}\n", 1, 1,
	 "the snapshot has no 'features'"},
	{HEAD " features: {}, more: 1}\n", 2, 16, "unknown key 'more' in the snapshot"},
	{HEAD " features: []}\n", 2, 12, "'features' in the snapshot has the wrong type"},
	{"{featsel: 0.1.0, host: {release: r}, features: {}}\n", 1, 24, "'host' has no 'machine'"},
	{HEAD " features: {\"map_type:ringbuf\": maybe}}\n", 2, 33,
	 "'maybe' is no verdict: yes, no, denied or unknown"},
	{HEAD " features: {\"map_type:ringbuff\": yes}}\n", 2, 13,
	 "unknown map_type 'ringbuff', did you mean 'ringbuf'?"},
	{HEAD " features: {\"lsm:bpf\": {evidence: x}}}\n", 2, 24,
	 "feature 'lsm:bpf' has no 'verdict'"},
	{HEAD " features: {\"lsm:bpf\": {verdict: yes, why: x}}}\n", 2, 39,
	 "unknown key or wrong type 'why' in feature 'lsm:bpf'"},
	{HEAD " features: {\"lsm:bpf\": [yes]}}\n", 2, 24, "feature 'lsm:bpf' is a list"},
};

START_TEST(a_bad_snapshot_is_refused_at_its_place)
{
	struct featsel_error err = {0};
	struct featsel_host *host;

	ck_assert_int_lt(open_snapshot(bad[_i].text, &host, &err), 0);
	ck_assert_str_eq(err.text, bad[_i].message);
	ck_assert_str_eq(err.source, path);
	ck_assert_uint_eq(err.line, bad[_i].line);
	ck_assert_uint_eq(err.column, bad[_i].column);
	ck_assert_int_eq((int)err.failure, FEATSEL_FAILURE_INVALID);
}
END_TEST

static Suite *suite(void)
{
	Suite *made = suite_create("host");
	TCase *tests = tcase_create("answers");

	tcase_add_checked_fixture(tests, NULL, tear_down);
	tcase_add_loop_test(tests, only_yes_and_no_last, 0, 4);
	tcase_add_test(tests, an_override_is_not_asked);
	tcase_add_test(tests, a_reason_has_its_code);
	tcase_add_test(tests, a_snapshot_answers);
	tcase_add_test(tests, a_snapshot_knows_what_it_does_not_hold);
	tcase_add_loop_test(tests, a_bad_snapshot_is_refused_at_its_place, 0, (int)ARRAY_SIZE(bad));
	suite_add_tcase(made, tests);
	return made;
}

int main(void)
{
	return unit_run(suite);
}
