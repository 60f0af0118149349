/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-session.c - what a session does without a kernel that loads programs: words caught, triggers
 * run, streams held apart
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "../unit.h"
#include "session/private.h"

START_TEST(last_line_says_why)
{
	static const struct {
		const char *log, *line;
	} cases[] = {
		{NULL, ""},
		{"", ""},
		{"\n\n", ""},
		{"0: (95) exit\nR0 !read_ok\n", "R0 !read_ok"},
		{"R0 !read_ok", "R0 !read_ok"},
		{"R0 !read_ok\nprocessed 1 insns (limit 1000000) max_states_per_insn 0\n",
		 "R0 !read_ok"},
		{"R0 !read_ok\nverification time 20 usec\nstack depth 0\nprocessed 1 insns\n\n",
		 "R0 !read_ok"},
		/* 7.3 */
		{"R0 !read_ok\nsubprog 0 (main) main insns_self 2 insns_total 2 stack 0\n",
		 "R0 !read_ok"},
		{"0123456789012345678901234567890123456789", "0123456789012345678901234567890"},
	};
	char line[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		libbpf_log_last_line(cases[i].log, line, sizeof(line));
		ck_assert_str_eq(line, cases[i].line);
	}
}
END_TEST

/* What libbpf would print goes to a file instead of the terminal, so that it can be looked for. */
static FILE *catch_stderr(int *saved)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	fflush(stderr);
	*saved = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
	return file;
}

static long release_stderr(FILE *file, int saved)
{
	long size;

	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	fclose(file);
	return size;
}

static void note_line(void *data, enum featsel_log_level level, const char *line)
{
	size_t *lines = data;

	(void)line;
	ck_assert_int_eq(level, FEATSEL_LOG_DEBUG);
	++*lines;
}

/* A host of which nothing is asked but where its kernel's configuration is. */
static struct featsel_host *silent_host(void)
{
	static struct featsel_context context;
	static struct featsel_host host = {.context = &context};

	return &host;
}

static struct stream *stream_of(struct object *object, const struct featsel_candidate *candidate)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	ck_assert_ptr_nonnull(stream);
	stream->host = silent_host();
	stream->object = object;
	stream->candidate = candidate;
	stream->drops = -1;
	return stream;
}

static void put(struct load_group *group, struct stream *stream)
{
	struct stream **item = vec_add(&group->streams, sizeof(struct stream *));

	ck_assert_ptr_nonnull(item);
	*item = stream;
}

START_TEST(libbpf_is_heard_and_stderr_is_not_written)
{
	static char garbage[256] = "\177ELF and then nothing that makes sense";
	size_t lines = 0;
	struct featsel_context quiet = {0};
	struct featsel_context loud = {
		.log = note_line, .log_data = &lines, .log_level = FEATSEL_LOG_DEBUG};
	struct object object = {.path = "garbage.bpf.o", .data = garbage, .size = sizeof(garbage)};
	struct featsel_candidate candidate = {.name = "x"};
	struct load_group group = {.context = _i ? &loud : &quiet};
	int r, saved;
	FILE *file;

	put(&group, stream_of(&object, &candidate));
	file = catch_stderr(&saved);
	libbpf_log_begin(&group.libbpf_log, group.context);
	r = group_open(&group);
	libbpf_log_end(&group.libbpf_log);
	ck_assert_int_eq(release_stderr(file, saved), 0);
	ck_assert_int_lt(r, 0);
	ck_assert_ptr_nonnull(group.libbpf_log.said);
	ck_assert_ptr_nonnull(strstr(group.libbpf_log.said, "libbpf: "));
	ck_assert_int_eq(lines > 0, _i);
	group_release(&group);
	ck_assert_ptr_null(group.libbpf_log.said);
}
END_TEST

/* When nobody listens any more libbpf prints as its caller wants it to, here: to stderr. */
START_TEST(listening_ends)
{
	static char garbage[256] = "\177ELF";
	struct featsel_context quiet = {0};
	struct object object = {.path = "garbage.bpf.o", .data = garbage, .size = sizeof(garbage)};
	struct featsel_candidate candidate = {.name = "x"};
	struct load_group group = {.context = &quiet};
	struct libbpf_log outer = {0}, inner = {0};
	int saved;
	FILE *file;

	put(&group, stream_of(&object, &candidate));
	libbpf_log_begin(&outer, &quiet);
	libbpf_log_begin(&inner, &quiet);
	libbpf_log_end(&inner);
	ck_assert_int_lt(group_open(&group), 0);
	libbpf_log_end(&outer);
	ck_assert_ptr_null(inner.said);
	ck_assert_ptr_nonnull(outer.said);
	file = catch_stderr(&saved);
	ck_assert_int_lt(group_open(&group), 0);
	ck_assert_int_gt(release_stderr(file, saved), 0);
	libbpf_log_free(&outer);
	group_release(&group);
}
END_TEST

/* What another thread's libbpf says goes where its agent wants it, while sessions come and go. */
static atomic_bool finished;
static atomic_size_t lines_of_others;

static int hear_others(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	lines_of_others++;
	return 0;
}

static void open_garbage(void)
{
	static const char garbage[256] = "\177ELF";

	bpf_object__close(bpf_object__open_mem(garbage, sizeof(garbage), NULL));
}

static void *agent(void *opened)
{
	for (; !finished; ++*(size_t *)opened)
		open_garbage();
	return NULL;
}

START_TEST(other_threads_are_not_heard)
{
	struct featsel_context quiet = {0};
	size_t opened = 0, lines, i;
	pthread_t thread;

	libbpf_set_print(hear_others);
	open_garbage();
	lines = lines_of_others;
	ck_assert_uint_gt(lines, 0);
	lines_of_others = 0;
	ck_assert_int_eq(pthread_create(&thread, NULL, agent, &opened), 0);
	for (i = 0; i < 20000; i++) {
		struct libbpf_log log = {0};

		libbpf_log_begin(&log, &quiet);
		libbpf_log_end(&log);
		ck_assert_ptr_null(log.said);
	}
	finished = true;
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	libbpf_set_print(NULL);
	ck_assert_uint_eq(lines_of_others, opened * lines);
}
END_TEST

/* An agent that sets its function while a session listens keeps it. */
START_TEST(a_function_set_meanwhile_stays)
{
	struct featsel_context quiet = {0};
	struct libbpf_log log = {0};

	libbpf_log_begin(&log, &quiet);
	libbpf_set_print(hear_others);
	libbpf_log_end(&log);
	ck_assert(libbpf_set_print(NULL) == hear_others);
}
END_TEST

START_TEST(streams_are_held_apart)
{
	static const struct {
		int output, drops, other_output, other_drops;
		bool fits;
	} cases[] = {
		{0, -1, 1, -1, true}, {0, -1, 0, -1, false}, {0, 2, 1, -1, true},
		{0, 2, 1, 3, true},   {0, 2, 1, 2, false},
	};
	const struct featsel_candidate candidate = {0};
	struct stream one = {.host = silent_host(), .candidate = &candidate}, other = one;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		one.output = cases[i].output;
		one.drops = cases[i].drops;
		other.output = cases[i].other_output;
		other.drops = cases[i].other_drops;
		ck_assert_int_eq(stream_fits(&one, &other), cases[i].fits);
		ck_assert_int_eq(stream_fits(&other, &one), cases[i].fits);
	}
}
END_TEST

static double seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int run_trigger(const char *const *argv, double *took)
{
	struct consumer consumer = {.epoll_fd = -1, .timer_fd = -1};
	struct stream stream = {0};
	double start;
	int r;

	ck_assert_int_eq(consumer_open(&consumer), 0);
	start = seconds();
	r = stream_trigger(&stream, argv, &consumer);
	*took = seconds() - start;
	consumer_close(&consumer);
	return r;
}

START_TEST(trigger_that_is_not_there)
{
	static const char *const argv[] = {"/featsel/no/such/command", NULL};
	double took;

	ck_assert_int_eq(run_trigger(argv, &took), -ENOENT);
}
END_TEST

/* One run proves nothing: the kernel may have left out the program. */
START_TEST(trigger_without_record)
{
	char path[] = "/tmp/featsel-trigger-XXXXXX", script[256], said[16] = "";
	const char *argv[] = {"sh", "-c", script, NULL};
	double took;
	FILE *file;

	ck_assert_int_ge(close(mkstemp(path)), 0);
	snprintf(script, sizeof(script), "printf x >>%s", path);
	ck_assert_int_eq(run_trigger(argv, &took), -ENODATA);
	ck_assert(took >= 0.9);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(said, sizeof(said), file));
	fclose(file);
	unlink(path);
	ck_assert_str_eq(said, "xxx");
}
END_TEST

/* It and what it has started are ended; else the file would appear. */
START_TEST(trigger_that_never_ends)
{
	char path[] = "/tmp/featsel-trigger-XXXXXX", script[256];
	const char *argv[] = {"sh", "-c", script, NULL};
	double took;

	ck_assert_ptr_nonnull(mkdtemp(path));
	snprintf(script, sizeof(script), "(sleep 13; : >%s/late) & sleep 100", path);
	ck_assert_int_eq(run_trigger(argv, &took), -ETIMEDOUT);
	ck_assert(took >= 9.9 && took < 60);
	sleep(4);
	/* Only an empty directory can be removed. */
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

/* Blocked and ignored signals of the caller are not the command's. */
START_TEST(trigger_begins_afresh)
{
	char path[] = "/tmp/featsel-trigger-XXXXXX", script[256];
	const char *argv[] = {"sh", "-c", script, NULL};
	sigset_t all, before;
	double took;

	ck_assert_ptr_nonnull(mkdtemp(path));
	snprintf(script, sizeof(script),
		 "grep -q 'SigBlk:[[:space:]]*0*$' /proc/self/status && : >%s/fresh", path);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	ck_assert_int_eq(run_trigger(argv, &took), -ENODATA);
	sigprocmask(SIG_SETMASK, &before, NULL);
	snprintf(script, sizeof(script), "%s/fresh", path);
	ck_assert_int_eq(unlink(script), 0);
	rmdir(path);
}
END_TEST

START_TEST(timer_makes_the_set_readable_again_and_again)
{
	struct consumer consumer = {.epoll_fd = -1, .timer_fd = -1};
	struct pollfd waits = {.events = POLLIN};
	int i;

	ck_assert_int_eq(consumer_open(&consumer), 0);
	waits.fd = consumer.epoll_fd;
	for (i = 0; i < 10; i++) {
		ck_assert_int_eq(poll(&waits, 1, 5000), 1);
		ck_assert_int_eq(consumer_consume(&consumer, NULL, 0), 0);
	}
	/* Slow by now, and silent until the next tick. */
	ck_assert_uint_eq(consumer.interval, 50);
	consumer_close(&consumer);
	ck_assert_int_eq(consumer.epoll_fd, -1);
}
END_TEST

static Suite *session_suite(void)
{
	Suite *suite = suite_create("session");
	TCase *words = tcase_create("words"), *streams = tcase_create("streams"),
	      *trigger = tcase_create("trigger");

	tcase_add_test(words, last_line_says_why);
	tcase_add_loop_test(words, libbpf_is_heard_and_stderr_is_not_written, 0, 2);
	tcase_add_test(words, listening_ends);
	tcase_add_test(words, other_threads_are_not_heard);
	tcase_add_test(words, a_function_set_meanwhile_stays);
	suite_add_tcase(suite, words);
	tcase_add_test(streams, streams_are_held_apart);
	tcase_add_test(streams, timer_makes_the_set_readable_again_and_again);
	suite_add_tcase(suite, streams);
	tcase_set_timeout(trigger, 40);
	tcase_add_test(trigger, trigger_that_is_not_there);
	tcase_add_test(trigger, trigger_without_record);
	tcase_add_test(trigger, trigger_that_never_ends);
	tcase_add_test(trigger, trigger_begins_afresh);
	suite_add_tcase(suite, trigger);
	return suite;
}

int main(void)
{
	return unit_run(session_suite);
}
