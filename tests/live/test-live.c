/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-live.c - sessions on the running kernel, through the public interface: what no command line
 * shows
 */
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/unit.h"
#include "featsel.h"

#define ENOUGH	5000 /* milliseconds: for what should take 100 on an idle machine */
#define STOPPED 7

static struct featsel_context *context;
static struct featsel_manifest *manifest;
static struct featsel_host *host;
static char logged[8192];

static void note_line(void *data, enum featsel_log_level level, const char *line)
{
	size_t length = strlen(logged);

	(void)data;
	(void)level;
	snprintf(logged + length, sizeof(logged) - length, "%s\n", line);
}

/* 0, or what went wrong is in @err. */
static int set_up(struct featsel_error *err)
{
	int r;

	logged[0] = '\0';
	r = featsel_context_new(&context, err);
	if (r)
		return r;
	featsel_context_set_log(context, note_line, NULL, FEATSEL_LOG_WARNING);
	r = featsel_context_set_object_dir(context, unit_build("tests/live/objects"), err);
	if (!r)
		r = featsel_manifest_new(context, &manifest, err);
	if (!r)
		r = featsel_manifest_add(manifest, unit_source("tests/live/manifest.yaml"), err);
	return r ? r : featsel_host_open_live(context, 0, &host, err);
}

static void open_all(void)
{
	struct featsel_error err = {0};

	ck_assert_msg(!set_up(&err), "%s", err.text);
}

static void close_all(void)
{
	featsel_host_free(host);
	featsel_manifest_free(manifest);
	featsel_context_free(context);
}

static struct featsel_plan *plan(const char *first, const char *second)
{
	struct featsel_request requests[] = {{first, NULL}, {second, NULL}};
	struct featsel_error err = {0};
	struct featsel_plan *made;

	ck_assert_msg(!featsel_plan_make(manifest, host, requests, second ? 2 : 1, NULL, 0, 0,
					 &made, &err),
		      "%s", err.text);
	return made;
}

/* An exec and an exit. */
static void act(void)
{
	pid_t child = fork();

	if (!child) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	ck_assert_int_gt(child, 0);
	waitpid(child, NULL, 0);
}

static size_t count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

struct seen {
	size_t records[2];
	int answer; /* to each record */
};

static int see(void *data, const struct featsel_sample *sample)
{
	struct seen *seen = data;

	ck_assert_uint_lt(sample->event, 2);
	ck_assert_uint_ge(sample->size, 8);
	seen->records[sample->event]++;
	return seen->answer;
}

static struct featsel_session *start(struct featsel_plan *made, unsigned int flags,
				     struct seen *seen)
{
	struct featsel_session *session;
	struct featsel_error err = {0};

	ck_assert_msg(!featsel_session_start(made, flags, see, seen, &session, &err), "%s",
		      err.text);
	return session;
}

static struct featsel_counts counts_of(struct featsel_session *session)
{
	struct featsel_counts counts = {.size = sizeof(counts)};

	ck_assert_int_eq(featsel_session_counts(session, 0, &counts), 0);
	return counts;
}

static bool wait_readable(const struct featsel_session *session)
{
	struct pollfd waits = {.fd = featsel_session_fd(session), .events = POLLIN};

	return poll(&waits, 1, ENOUGH) == 1;
}

/* Nothing but the descriptor says when to consume. */
static void consume_until(struct featsel_session *session, const size_t *count, size_t wanted)
{
	int round;

	for (round = 0; round < 1000 && *count < wanted; round++) {
		ck_assert(wait_readable(session));
		ck_assert_int_eq(featsel_session_consume(session, NULL), 0);
	}
	ck_assert_uint_ge(*count, wanted);
}

static void idle(struct featsel_session *session, int rounds)
{
	for (; rounds; rounds--) {
		usleep(20000);
		ck_assert_int_eq(featsel_session_consume(session, NULL), 0);
	}
}

/* Also when the session has been idle for long, and the program wakes nobody. */
START_TEST(descriptor_tells_of_a_lone_record)
{
	static const char *const events[] = {"good", "perf", "lazy"};
	struct featsel_plan *made = plan(events[_i], NULL);
	struct seen seen = {0};
	struct featsel_session *session = start(made, 0, &seen);

	act();
	consume_until(session, &seen.records[0], 1);
	idle(session, 50);
	act();
	consume_until(session, &seen.records[0], seen.records[0] + 1);
	ck_assert_uint_eq(counts_of(session).records, seen.records[0]);
	ck_assert_int_eq(featsel_session_live(session, 0), 0);
	ck_assert_int_ge(featsel_layout_find(featsel_session_layout(session, 0), "hook"), 0);
	featsel_session_free(session);
	featsel_plan_free(made);
}
END_TEST

START_TEST(callback_stops_and_nothing_is_lost)
{
	struct featsel_plan *made = plan(_i ? "perf" : "good", NULL);
	struct seen seen = {.answer = STOPPED};
	struct featsel_session *session = start(made, 0, &seen);
	struct featsel_counts counts;
	size_t i, stops = 0;

	for (i = 0; i < 5; i++)
		act();
	featsel_session_stop(session);
	/* Each round ends at its first record, and the descriptor tells that more is left. */
	for (i = 0; i < 5; i++) {
		ck_assert(wait_readable(session));
		ck_assert_int_eq(featsel_session_consume(session, NULL), STOPPED);
	}
	ck_assert_uint_eq(seen.records[0], 5);
	while (featsel_session_consume(session, NULL) == STOPPED)
		stops++;
	ck_assert_uint_eq(seen.records[0], 5 + stops);
	counts = counts_of(session);
	ck_assert_uint_eq(counts.records, seen.records[0]);
	ck_assert_uint_eq(counts.lost, 0);
	featsel_session_free(session);
	featsel_plan_free(made);
}
END_TEST

START_TEST(stop_ends_the_stream)
{
	struct featsel_plan *made = plan("good", "other");
	struct seen seen = {0};
	struct featsel_session *session = start(made, 0, &seen);
	size_t before;

	act();
	featsel_session_stop(session);
	ck_assert_int_eq(featsel_session_consume(session, NULL), 0);
	ck_assert_uint_ge(seen.records[0], 1);
	ck_assert_uint_ge(seen.records[1], 1);
	before = seen.records[0] + seen.records[1];
	act();
	usleep(200000);
	ck_assert_int_eq(featsel_session_consume(session, NULL), 0);
	ck_assert_uint_eq(seen.records[0] + seen.records[1], before);
	featsel_session_free(session);
	featsel_plan_free(made);
}
END_TEST

START_TEST(sessions_side_by_side)
{
	struct featsel_plan *made = plan("good", NULL), *again = plan("good", NULL);
	struct seen one = {0}, two = {0};
	struct featsel_session *first = start(made, 0, &one), *second = start(again, 0, &two);

	act();
	consume_until(first, &one.records[0], 1);
	consume_until(second, &two.records[0], 1);
	featsel_session_free(first);
	act();
	consume_until(second, &two.records[0], 2);
	featsel_session_free(second);
	featsel_plan_free(made);
	featsel_plan_free(again);
}
END_TEST

/* What a session does until it is live or gives up, by the descriptors that are left. */
static const struct {
	const char *first, *second;
	unsigned int flags;
	bool works;
	enum featsel_failure failure;
	const char *line; /* in the log */
} courses[] = {
	{"good", NULL, 0, true, 0, ""},
	{"good", "exit", 0, true, 0, ""},
	{"good", "other", 0, true, 0, ""},
	{"rejected", NULL, 0, true, 0,
	 "event 'rejected': candidate 'bad' failed to load: verifier-rejected: "},
	{"rejected", "other", 0, true, 0, "trying 'exec'"},
	{"rejected", "other", FEATSEL_SESSION_NO_FALLBACK, false, FEATSEL_FAILURE_RUN, ""},
	{"absent", "other", 0, true, 0,
	 "event 'absent': candidate 'bad' failed to attach: tracepoint-missing: "},
	{"hopeless", NULL, 0, false, FEATSEL_FAILURE_NO_CANDIDATE, "no other is left"},
	{"other", "hopeless", 0, false, FEATSEL_FAILURE_NO_CANDIDATE, "no other is left"},
	{"hopeless", "other", FEATSEL_SESSION_BEST_EFFORT, true, 0, "event 'hopeless': left out"},
	{"hopeless", NULL, FEATSEL_SESSION_BEST_EFFORT, false, FEATSEL_FAILURE_NO_CANDIDATE,
	 "left out"},
	{"silent", NULL, FEATSEL_SESSION_SELF_TEST, true, 0,
	 "event 'silent': candidate 'mute' did not fire: silent: "},
	{"good", NULL, FEATSEL_SESSION_SELF_TEST, true, 0, ""},
};

START_TEST(nothing_is_left_behind)
{
	struct featsel_session *session = NULL;
	struct featsel_error err = {0};
	struct featsel_plan *made;
	struct seen seen = {0};
	size_t before;
	int r;

	ck_assert_int_eq(featsel_host_override(host,
					       "attach:raw_tracepoint/featsel_no_such_tracepoint",
					       FEATSEL_UNKNOWN, &err),
			 0);
	made = plan(courses[_i].first, courses[_i].second);
	before = count_descriptors();
	r = featsel_session_start(made, courses[_i].flags, see, &seen, &session, &err);
	ck_assert_msg(!r == courses[_i].works, "%d: %s", r, err.text);
	ck_assert_int_eq(err.failure, courses[_i].failure);
	ck_assert_msg(strstr(logged, courses[_i].line), "%s", logged);
	featsel_session_free(session);
	ck_assert_uint_eq(count_descriptors(), before);
	featsel_plan_free(made);
}
END_TEST

START_TEST(self_test_keeps_its_records)
{
	struct featsel_plan *made = plan("good", NULL);
	struct seen seen = {0};
	struct featsel_session *session = start(made, FEATSEL_SESSION_SELF_TEST, &seen);

	ck_assert_uint_eq(seen.records[0], 0);
	ck_assert_uint_eq(counts_of(session).records, 0);
	act();
	consume_until(session, &seen.records[0], 1);
	featsel_session_free(session);
	featsel_plan_free(made);
}
END_TEST

static const struct {
	const char *event;
	size_t candidate;
	bool works, fired;
	const char *stage, *reason;
} trials[] = {
	{"good", 0, true, true, NULL, NULL},
	{"perf", 0, true, true, NULL, NULL},
	{"rejected", 0, false, false, "load", "verifier-rejected"},
	{"absent", 0, false, false, "attach", "tracepoint-missing"},
	{"silent", 0, false, false, "fire", "silent"},
	{"moved", 0, true, false, NULL, NULL},
};

START_TEST(trial_tells_the_stage)
{
	struct featsel_plan *made = plan(trials[_i].event, NULL);
	struct featsel_error err = {0};
	struct featsel_trial trial = {.size = sizeof(trial)};
	struct seen seen = {0};
	size_t before = count_descriptors();

	ck_assert_int_eq(featsel_plan_try(made, 0, trials[_i].candidate, see, &seen, &trial, &err),
			 0);
	ck_assert_int_eq(trial.works, trials[_i].works);
	if (trials[_i].fired)
		ck_assert(trial.fired && seen.records[0]);
	ck_assert_pstr_eq(trial.stage, trials[_i].stage);
	ck_assert_pstr_eq(trial.answer->reason, trials[_i].reason);
	ck_assert_ptr_nonnull(trial.answer->evidence);
	ck_assert_uint_eq(count_descriptors(), before);
	featsel_plan_free(made);
}
END_TEST

START_TEST(short_samples_are_losses)
{
	struct featsel_plan *made = plan("short", NULL);
	struct seen seen = {0};
	struct featsel_session *session = start(made, 0, &seen);

	act();
	featsel_session_stop(session);
	ck_assert_int_eq(featsel_session_consume(session, NULL), 0);
	ck_assert_uint_eq(seen.records[0], 0);
	ck_assert_uint_ge(counts_of(session).lost, 1);
	featsel_session_free(session);
	featsel_plan_free(made);
}
END_TEST

START_TEST(short_tails_are_records)
{
	struct featsel_plan *made = plan("tail", NULL);
	struct seen seen = {0};
	struct featsel_session *session = start(made, 0, &seen);

	act();
	featsel_session_stop(session);
	ck_assert_int_eq(featsel_session_consume(session, NULL), 0);
	ck_assert_uint_ge(seen.records[0], 1);
	ck_assert_uint_eq(counts_of(session).lost, 0);
	featsel_session_free(session);
	featsel_plan_free(made);
}
END_TEST

static Suite *live_suite(void)
{
	Suite *suite = suite_create("live");
	TCase *tcase = tcase_create("session");

	tcase_add_checked_fixture(tcase, open_all, close_all);
	tcase_add_loop_test(tcase, descriptor_tells_of_a_lone_record, 0, 3);
	tcase_add_loop_test(tcase, callback_stops_and_nothing_is_lost, 0, 2);
	tcase_add_test(tcase, stop_ends_the_stream);
	tcase_add_test(tcase, sessions_side_by_side);
	tcase_add_loop_test(tcase, nothing_is_left_behind, 0, sizeof(courses) / sizeof(courses[0]));
	tcase_add_test(tcase, self_test_keeps_its_records);
	tcase_add_loop_test(tcase, trial_tells_the_stage, 0, sizeof(trials) / sizeof(trials[0]));
	tcase_add_test(tcase, short_samples_are_losses);
	tcase_add_test(tcase, short_tails_are_records);
	suite_add_tcase(suite, tcase);
	return suite;
}

/* NULL where programs can be loaded here. */
static const char *obstacle(void)
{
	static const struct featsel_request request = {"good", NULL};
	static char text[2048];
	struct featsel_error err = {0};
	struct featsel_plan *made = NULL;
	struct featsel_answer answer = {.size = sizeof(answer)};

	if (set_up(&err) ||
	    featsel_plan_make(manifest, host, &request, 1, NULL, 0, 0, &made, &err)) {
		featsel_error_format(&err, text, sizeof(text));
	} else if (featsel_plan_chosen(made, 0) < 0) {
		(void)featsel_plan_answer(made, 0, 0, &answer);
		snprintf(text, sizeof(text), "%s: %s", answer.reason, answer.evidence);
	}
	featsel_plan_free(made);
	close_all();
	return text[0] ? text : NULL;
}

int main(void)
{
	const char *reason = obstacle();

	if (reason) {
		printf("1..0 # SKIP cannot load programs here, %s\n", reason);
		return 0;
	}
	return unit_run(live_suite);
}
