/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * cli.h - what the files of the command share, grouped by file
 *
 * Functions named *_run(), and those that say so, return an exit status of featsel(1), 0 for
 * success, and have told the user why it is not 0. The others return 0 or a negative errno.
 */
#ifndef FEATSEL_CLI_H
#define FEATSEL_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/base.h"
#include "cli/options.h"
#include "featsel.h"

/* The state of one run of the command; the steps in main.c fill it from top to bottom. */
struct program {
	struct options options;
	struct featsel_context *context;
	struct featsel_manifest *manifest;
	struct featsel_request *requests;
	size_t n_requests;
	size_t n_named; /* the first of them; the others come from 'all' */
	struct featsel_request *disabled;
	size_t n_disabled;
	struct filter *filter; /* of a live run */
	struct featsel_host *host;
	struct featsel_plan *plan;
	bool started; /* the live run has written its first line */
};

/* ---- message.c: words to the user, on standard error ---- */

/* One line "featsel: ...". Bytes that could steer a terminal are escaped, here and in
 * message_text(). */
void message_say(const char *format, ...) PRINTF(1, 2);
/* The same for errors and losses: red if there is colour. */
void message_alarm(const char *format, ...) PRINTF(1, 2);
/* From now on drop a message that standard error does not take within @ms. */
void message_patience(int ms);
/* The same for what ends the run; exit status 1. */
int message_fail(const char *format, ...) PRINTF(1, 2);
/* The same, with a pointer to the manual; exit status 2. */
int message_usage(const char *format, ...) PRINTF(1, 2);
/* The first failure that was reported, "" before; reported line by line. */
const char *message_first(void);
void message_remember(const char *format, ...) PRINTF(1, 2);
/* A failure of the library; its exit status. */
int message_failure(const struct featsel_error *err);
/* Standard output could not be written; exit status 1. */
int message_output(int error);
int message_memory(void);
/* A featsel_log_fn. */
void message_log(void *data, enum featsel_log_level level, const char *line);
/*
 * The one way for foreign text to standard output and standard error: what controls a terminal
 * (controls, direction marks, bytes that are not UTF-8) is written as \\xNN. Returns the characters
 * written.
 */
size_t message_text(FILE *out, const char *text);
/* The same for a part of a line: controls in the format are escaped, too. */
void message_print(FILE *out, const char *format, ...) PRINTF(2, 3);
/* The same, and spaces up to @width. */
void message_padded(FILE *out, const char *text, size_t width);
/* The nearest of @n names, NULL if none is near. */
const char *message_nearest(const char *wrong, const char *const *names, size_t n);

/* ---- events.c: which events and candidates the words of the command line mean ---- */

/* Fill program->requests and ->disabled; exit status. Without a word: every event if @all, else
 * an error. */
int events_choose(struct program *program, bool all);

/* ---- plans.c: hosts and plans for the modes ---- */

/* A host with the options --without and --assume applied; @snapshot NULL: the running kernel. Exit
 * status. */
int plans_open_host(struct program *program, const char *snapshot, struct featsel_host **ret);
/* Exit status. */
int plans_make(struct program *program, struct featsel_host *host, unsigned int flags,
	       struct featsel_plan **ret);
/* featsel_plan_answer() as a value. */
struct featsel_answer plans_answer(const struct featsel_plan *plan, size_t event, size_t candidate);
/* The exit status for the plan's events. */
int plans_status(const struct featsel_plan *plan);
/* The more important of two exit statuses. */
int plans_worse(int a, int b);

/* ---- explain.c: --dry-run and --explain ---- */

void explain_host_json(struct json *json, const struct featsel_host *host, const char *source);
/* A featsel_write_fn for a FILE. */
int explain_write(void *data, const char *text);
/* The table of one event's candidates as featsel(1) shows it; @requirements lists every requirement
 * as well. */
void explain_event(FILE *out, const struct featsel_plan *plan, size_t event, bool requirements);
/* Why events have no candidate, on standard error. */
void explain_failures(const struct featsel_plan *plan);
/* " (covers native; lacks ppid)", nothing if there is nothing to say. */
void explain_details(FILE *out, const struct featsel_candidate *candidate);
int explain_run(struct program *program);

/* ---- fields.c: what the records of the requested events hold ---- */

/* Whether --fields and program->filter fit the events; exit status. */
int fields_check(struct program *program);
int fields_run(struct program *program);
/* The first timestamp of a record, -ENOENT. */
int fields_clock(const struct featsel_layout *layout);

/* ---- list.c, check.c, snapshot.c, matrix.c, verify.c ---- */

int list_run(struct program *program);
int print_manifest_run(struct program *program);
int check_run(struct program *program);
/* The finding for a manifest that cannot be read, if the report is JSON. */
void check_unreadable(const struct featsel_error *err);
int snapshot_run(struct program *program);
int matrix_run(struct program *program);
int diff_run(struct program *program);
int verify_run(struct program *program);

/* ---- features.c, report.c ---- */

int features_run(struct program *program);
int report_run(struct program *program);

/* ---- privilege.c ---- */

/* Give up every capability and the way to new ones. */
int privilege_drop(void);
/* Allow as many descriptors as the hard limit; in a child, as many as before. */
void limits_raise(void);
void limits_restore(void);

/* ---- lineage.c: who descends from whom ---- */

struct lineage;

int lineage_new(struct lineage **ret);
void lineage_free(struct lineage *lineage);
/*
 * From now on every process that @pid or a descendant creates is known; if /proc has not the ids of
 * this namespace, only what its first thread creates. EACCES, ENOSYS: perf_event_open(2) refuses.
 */
int lineage_add(struct lineage *lineage, pid_t pid);
/* Report each that was created since the last call. True if reports were lost. */
bool lineage_read(struct lineage *lineage, void (*born)(void *data, pid_t pid), void *data);

/* ---- follow.c: processes to show; the command after ---- */

struct follow;

/* The processes of -p, with their future children if asked for; the command. Exit status. */
int follow_new(const struct options *options, struct follow **ret);
void follow_free(struct follow *follow);
/* Whether anything is to be filtered at all. */
bool follow_filters(const struct follow *follow);
/* Whether process @pid is to be shown; @ppid 0: unknown. */
bool follow_wants(struct follow *follow, pid_t pid, pid_t ppid);
/* Call this at least some times a second: it notices new processes. */
void follow_update(struct follow *follow);
/*
 * Track the command's descendants from now on; call it after programs were loaded (before 5.11 its
 * buffers are charged to the same limit) and before privileges are dropped.
 */
void follow_attend(struct follow *follow);
/* Let the waiting command run. Exit status. */
int follow_release(struct follow *follow);
/* After SIGCHLD: whether the command has ended. */
bool follow_ended(struct follow *follow);
/* Nothing is watched any longer: if the command has not ended, say that it goes on. */
void follow_leave(struct follow *follow);
/* The exit status of the ended command, as a shell would give it. */
int follow_status(const struct follow *follow);

/* ---- carry.c in featsel-static, carry-none.c else: what the program has inside ---- */

struct carried {
	const char *name;
	const char *start, *end;
};
extern const struct carried carried_manifest; /* nothing if there are no objects */
extern const struct carried carried_objects[];
extern const size_t carried_count;

/* ---- license.c ---- */

int license_run(struct program *program);

/* ---- cgroups.c: a cgroup of version 2 and all below it ---- */

struct cgroups;

/* Exit status. The words of @paths outlive it. */
int cgroups_new(const struct strings *paths, struct cgroups **ret);
void cgroups_free(struct cgroups *cgroups);
bool cgroups_have(struct cgroups *cgroups, uint64_t id);

/* ---- numbers.c: process ids as this PID namespace has them ---- */

struct numbers;

/* To be called before programs of the run are attached. Exit status. */
int numbers_new(struct program *program, struct numbers **ret);
void numbers_free(struct numbers *numbers);
/* Why records have the ids of the initial namespace, and this is another; NULL: they do not. */
const char *numbers_unknown(const struct numbers *numbers);
/* Whether numbers_translate() changes anything. */
bool numbers_differ(const struct numbers *numbers);
/* Which it is could not be looked at: it was taken for the initial one. */
bool numbers_guessed(const struct numbers *numbers);
/* Whether /proc has the ids of this namespace: it may be another's, or not be mounted. */
bool numbers_in_proc(void);
/* To be called before each round of records. */
void numbers_update(struct numbers *numbers);
/* What programs see of the process @here, 0: not known. */
pid_t numbers_of_kernel(const struct numbers *numbers, pid_t here);
/*
 * Make the ids of a record those of this namespace, 0 of who is not in it: in a copy, which
 * @sample then refers to, until the next call. 0 or -ENOMEM.
 */
int numbers_translate(struct numbers *numbers, const struct featsel_layout *layout,
		      struct featsel_sample *sample);

/* ---- filter.c: which records are shown ---- */

struct filter;

/* Exit status. */
int filter_new(const struct options *options, struct filter **ret);
void filter_free(struct filter *filter);
/* Whether records of @layout can be filtered so; exit status, @quiet: and no message. */
int filter_check(const struct filter *filter, const char *event,
		 const struct featsel_layout *layout, bool quiet);
/* For the live candidates; the programs are told what they need not report. Exit status. */
int filter_begin(struct filter *filter, const struct featsel_plan *plan,
		 struct featsel_session *session, struct follow *follow,
		 const struct numbers *numbers);
bool filter_wants(struct filter *filter, const struct featsel_layout *layout,
		  const struct featsel_sample *sample);

/* ---- sink.c: records to standard output ---- */

struct sink;

/* @wide: a terminal gets whole lines, however wide they are. */
int sink_new(bool json, bool wide, size_t n_events, struct sink **ret);
void sink_free(struct sink *sink);
/*
 * Announce a live event, before the first record. Shown are those of @fields that it has, in that
 * order, or all if there are none. The candidate cannot tell @lacks.
 */
int sink_add(struct sink *sink, size_t event, const char *name, const struct featsel_layout *layout,
	     const char *const *lacks, const struct strings *fields);
/* The header line, if there is to be one. */
int sink_begin(struct sink *sink);
/* True: the screen's width is another one, and events are to be added and begun anew. */
bool sink_resized(struct sink *sink);
/* The width of a screen on which some fields do not fit, 0: all are shown. */
size_t sink_left_out(const struct sink *sink);
/* 0, SINK_LOST if too much waits for the reader already, or a negative errno. */
#define SINK_LOST 1
int sink_record(struct sink *sink, const struct featsel_sample *sample);
/* One more record of @event that is not shown. */
void sink_lose(struct sink *sink, size_t event);
/* What waits will not be read: its records are lost. */
void sink_give_up(struct sink *sink);
struct sink_counts {
	uint64_t shown, waiting, lost;
};
struct sink_counts sink_counts(const struct sink *sink, size_t event);
/* A document from another writer, in order with the records. */
int sink_append(struct sink *sink, const char *text, size_t size);
/* Write as much as the reader takes now. */
int sink_flush(struct sink *sink);
/* Whether whole lines are buffered, have been for too long, and wait for the reader. */
bool sink_waits(const struct sink *sink);
bool sink_is_due(const struct sink *sink);
bool sink_is_stalled(const struct sink *sink);
/* Bytes of whole lines that wait, and whether any were ever written. */
size_t sink_size(const struct sink *sink);
bool sink_has_written(const struct sink *sink);
/* To be polled for the reader. */
int sink_fd(const struct sink *sink);

/* ---- order.c: records in the order of their time ---- */

struct order;

/* Takes a record; a return value other than 0 ends the release. */
typedef int (*order_fn)(void *data, const struct featsel_sample *sample);

/* @mixed: records of several events are to come. @clock is borrowed. */
int order_new(bool mixed, const struct kernel_clock *clock, struct order **ret);
void order_free(struct order *order);
/* To be called before each round of records. */
void order_begin(struct order *order);
/* Keeps a copy. @time in ns of CLOCK_MONOTONIC, 0: not known. */
int order_add(struct order *order, uint64_t time, const struct featsel_sample *sample);
bool order_holds(const struct order *order);
/*
 * After a round, pass to @take what nothing older can follow; @drained: the round emptied the
 * buffers. 0, @take's return value, or -ENOMEM.
 */
int order_release(struct order *order, bool drained, order_fn take, void *data);
int order_release_all(struct order *order, order_fn take, void *data);

/* ---- equivalence.c: whether candidates tell the same of the same acts ---- */

/* How the records of one candidate differ from those of the first, over one workload. */
struct difference {
	const char *first, *other; /* candidates */
	size_t records;		   /* of the other */
	size_t count;		   /* records that only one of the two has */
	size_t n_lines; /* the first of them: "- record" of the first candidate, "+ record" of the
			   other */
	char **lines;
};
typedef void (*difference_fn)(void *data, const struct difference *difference);

void difference_release(struct difference *difference);
/*
 * Run @workload under each candidate of @event that @works marks, and report for each but the first
 * how it differs from the first. Exit status.
 */
int equivalence_run(struct program *program, const struct featsel_event *event, const bool *works,
		    char *const *workload, difference_fn tell, void *data);

/* ---- failure.c ---- */

/* {"error": ...}: why there is no document, or no end of the stream. */
void failure_json(FILE *out, const struct program *program, int status);

/* ---- account.c: what a live run says of itself ---- */

struct account {
	const struct program *program;
	struct featsel_session *session;
	const struct sink *sink;
};

/* Which candidates are live, on standard error. */
void account_live(const struct account *account);
/* The records and losses of each event so far, on standard error; @always: also without losses. */
void account_counts(const struct account *account, bool always);
/* The first line of a JSON stream, and the last. */
void account_started(FILE *out, const struct account *account);
void account_finished(FILE *out, const struct account *account);

/* ---- signals.c ---- */

/* A signalfd(2) for the signals that end a run, SIGCHLD and SIGUSR1, which it blocks; or a negative
 * errno. */
int signals_open(void);
/* From now on signals have their default effect: they end the process at once. */
void signals_let_end(void);

/* ---- stream.c: the live run ---- */

/* Filters and fields against the events; exit status. */
int stream_prepare(struct program *program);
/* The same for modes that only ask what a live run would do. */
int stream_ask(struct program *program);
int stream_run(struct program *program);

#endif /* FEATSEL_CLI_H */
