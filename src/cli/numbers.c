/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * numbers.c - process ids as the PID namespace of this process has them
 *
 * Programs see the kernel's. In another namespace than the initial one the programs of
 * bpf/pidns.bpf.c tell how it calls each thread: an iterator those that there are, a tracepoint
 * those that begin, before they run. So records of any object are read like at home.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

/* The inode of the initial PID namespace: PROC_PID_INIT_INO of linux/proc_ns.h. */
#define INITIAL_PID_NAMESPACE 0xEFFFFFFCU

#define NAMESPACE "/proc/self/ns/pid"

#define FIRST_ROOM 256

/* Fields that hold the kernel's numbers. What system calls get as arguments is the caller's own. */
static const char *const fields[] = {"pid",	  "tid",	"ppid",	     "child_pid",
				     "child_tid", "victim_pid", "victim_tid"};

struct pair {
	uint32_t number, here; /* the kernel's, 0: none; in the namespace, 0: not in it */
};

/* Where a layout has the fields, negative: it has not. */
struct places {
	const struct featsel_layout *layout;
	int fields[ARRAY_SIZE(fields)];
};

struct numbers {
	bool initial; /* or taken for it, if there is something in @why */
	struct featsel_manifest *manifest;
	struct featsel_plan *plan;
	struct featsel_session *session; /* NULL: numbers are not known */
	char why[sizeof(((struct featsel_error *)0)->text)];
	struct pair *pairs; /* open addressing by number */
	size_t count, room;
	int number, here; /* fields of what the session tells */
	struct places *places;
	size_t n_places;
	unsigned char *copy; /* of the record that was translated last */
	size_t copy_room;
	bool missed, told; /* a thread whose number is not known */
};

/* ---- pairs ---- */

static struct pair *slot_of(struct pair *pairs, size_t room, uint32_t number)
{
	size_t slot = (number * UINT32_C(2654435769)) & (room - 1);

	while (pairs[slot].number && pairs[slot].number != number)
		slot = (slot + 1) & (room - 1);
	return &pairs[slot];
}

static int grow(struct numbers *numbers)
{
	size_t room = numbers->room ? 2 * numbers->room : FIRST_ROOM;
	struct pair *pairs = calloc(room, sizeof(*pairs));

	if (!pairs)
		return -ENOMEM;
	for (size_t i = 0; i < numbers->room; i++)
		if (numbers->pairs[i].number)
			*slot_of(pairs, room, numbers->pairs[i].number) = numbers->pairs[i];
	free(numbers->pairs);
	numbers->pairs = pairs;
	numbers->room = room;
	return 0;
}

static void keep(struct numbers *numbers, uint32_t number, uint32_t here)
{
	struct pair *pair;

	if (!number)
		return;
	if (2 * numbers->count >= numbers->room && grow(numbers)) {
		numbers->missed = true;
		return;
	}
	pair = slot_of(numbers->pairs, numbers->room, number);
	numbers->count += !pair->number;
	*pair = (struct pair){number, here};
}

static int on_pair(void *data, const struct featsel_sample *sample)
{
	struct numbers *numbers = data;
	const struct featsel_layout *layout =
		featsel_session_layout(numbers->session, sample->event);
	uint64_t number, here;

	if (!featsel_layout_integer(layout, (size_t)numbers->number, sample->data, sample->size,
				    &number) &&
	    !featsel_layout_integer(layout, (size_t)numbers->here, sample->data, sample->size,
				    &here))
		keep(numbers, (uint32_t)number, (uint32_t)here);
	return 0;
}

/* ---- life ---- */

static int not_known(struct numbers *numbers, const char *why)
{
	snprintf(numbers->why, sizeof(numbers->why), "%s", why);
	return 0;
}

static int read_manifest(struct numbers *numbers, struct program *program, uint32_t inode,
			 struct featsel_error *err)
{
	char *text;
	int r, length = asprintf(&text,
				 "version: 1\n"
				 "events:\n"
				 "  begun:\n"
				 "    object: pidns.bpf.o\n"
				 "    record: pidns_event\n"
				 "    globals: {pid_namespace: %" PRIu32 "}\n"
				 "    candidates: [{name: tp_btf, programs: [pidns_newtask]}]\n"
				 "  there:\n"
				 "    object: pidns.bpf.o\n"
				 "    record: pidns_event\n"
				 "    globals: {pid_namespace: %" PRIu32 "}\n"
				 "    candidates: [{name: iter, programs: [pidns_iter]}]\n",
				 inode, inode);

	if (length < 0)
		return -ENOMEM;
	r = featsel_manifest_new(program->context, &numbers->manifest, err);
	if (!r)
		r = featsel_manifest_add_text(numbers->manifest, "pidns", text, (size_t)length,
					      err);
	free(text);
	return r;
}

/* Why one of the two events has no candidate, NULL if both have. */
static const char *missing(const struct numbers *numbers, char *text, size_t size)
{
	for (size_t i = 0; i < featsel_plan_events(numbers->plan); i++) {
		struct featsel_answer answer = plans_answer(numbers->plan, i, 0);
		const char *feature = featsel_plan_decisive(numbers->plan, i, 0);

		if (featsel_plan_chosen(numbers->plan, i) >= 0)
			continue;
		snprintf(text, size, "%s%s%s", feature ? feature : "", feature ? ": " : "",
			 answer.evidence ? answer.evidence : "not possible");
		return text;
	}
	return NULL;
}

static int begin(struct numbers *numbers, struct program *program, uint32_t inode)
{
	/* what begins is noted before what is there */
	static const struct featsel_request requests[] = {{"begun", NULL}, {"there", NULL}};
	const struct featsel_layout *layout;
	struct featsel_error err = {0};
	char text[sizeof(numbers->why)];

	if (read_manifest(numbers, program, inode, &err) ||
	    featsel_plan_make(numbers->manifest, program->host, requests, ARRAY_SIZE(requests),
			      NULL, 0, 0, &numbers->plan, &err))
		return err.failure == FEATSEL_FAILURE_RUN ? message_failure(&err)
							  : not_known(numbers, err.text);
	if (missing(numbers, text, sizeof(text)))
		return not_known(numbers, text);
	if (featsel_session_start(numbers->plan, FEATSEL_SESSION_NO_FALLBACK, on_pair, numbers,
				  &numbers->session, &err))
		return not_known(numbers, err.text);
	/* both events have the same record */
	layout = featsel_session_layout(numbers->session, 0);
	numbers->number = featsel_layout_find(layout, "number");
	numbers->here = featsel_layout_find(layout, "here");
	/* while the process has the right to read them all */
	do
		numbers_update(numbers);
	while (!featsel_session_drained(numbers->session));
	return 0;
}

int numbers_new(struct program *program, struct numbers **ret)
{
	struct numbers *numbers = calloc(1, sizeof(*numbers));
	struct stat there;
	int status = 0;

	if (!numbers)
		return message_memory();
	numbers->initial = true;
	if (stat(NAMESPACE, &there))
		snprintf(numbers->why, sizeof(numbers->why), NAMESPACE ": %s", strerror(errno));
	else
		numbers->initial = there.st_ino == INITIAL_PID_NAMESPACE;
	if (!numbers->initial)
		status = begin(numbers, program, (uint32_t)there.st_ino);
	if (status) {
		numbers_free(numbers);
		return status;
	}
	*ret = numbers;
	return 0;
}

void numbers_free(struct numbers *numbers)
{
	if (!numbers)
		return;
	featsel_session_free(numbers->session);
	featsel_plan_free(numbers->plan);
	featsel_manifest_free(numbers->manifest);
	free(numbers->pairs);
	free(numbers->places);
	free(numbers->copy);
	free(numbers);
}

bool numbers_in_proc(void)
{
	char text[16];
	ssize_t length = readlink("/proc/self", text, sizeof(text) - 1);

	if (length <= 0)
		return false;
	text[length] = '\0';
	return atol(text) == getpid();
}

const char *numbers_unknown(const struct numbers *numbers)
{
	return numbers->session || !numbers->why[0] ? NULL : numbers->why;
}

bool numbers_differ(const struct numbers *numbers)
{
	return numbers->session;
}

bool numbers_guessed(const struct numbers *numbers)
{
	return numbers->initial && numbers->why[0];
}

/* ---- translation ---- */

void numbers_update(struct numbers *numbers)
{
	struct featsel_counts counts = {.size = sizeof(counts)};
	struct featsel_error err = {0};

	if (!numbers || !numbers->session)
		return;
	if (featsel_session_consume(numbers->session, &err) < 0)
		numbers->missed = true;
	if (!featsel_session_counts(numbers->session, 0, &counts) && counts.lost)
		numbers->missed = true;
	if (!numbers->missed || numbers->told)
		return;
	numbers->told = true;
	message_alarm("processes began faster than their ids in this PID namespace could be read: "
		      "records may have 0 or another's");
}

pid_t numbers_of_kernel(const struct numbers *numbers, pid_t here)
{
	if (numbers->initial)
		return here;
	for (size_t i = 0; here && i < numbers->room; i++)
		if (numbers->pairs[i].here == (uint32_t)here)
			return (pid_t)numbers->pairs[i].number;
	return 0;
}

/* Whoever has a record began before it, so a second look finds him if he is in the namespace. */
static uint32_t here(struct numbers *numbers, uint32_t number)
{
	struct pair *pair = numbers->room ? slot_of(numbers->pairs, numbers->room, number) : NULL;

	if (pair && pair->number)
		return pair->here;
	numbers_update(numbers);
	pair = numbers->room ? slot_of(numbers->pairs, numbers->room, number) : NULL;
	if (pair && pair->number)
		return pair->here;
	keep(numbers, number, 0);
	return 0;
}

static int copy_record(struct numbers *numbers, const struct featsel_sample *sample)
{
	unsigned char *copy = numbers->copy;

	if (sample->size > numbers->copy_room) {
		copy = realloc(copy, sample->size);
		if (!copy)
			return -ENOMEM;
		numbers->copy = copy;
		numbers->copy_room = sample->size;
	}
	memcpy(copy, sample->data, sample->size);
	return 0;
}

/* NULL: out of memory. */
static const struct places *places_in(struct numbers *numbers, const struct featsel_layout *layout)
{
	struct places *places = numbers->places;

	for (size_t i = 0; i < numbers->n_places; i++)
		if (places[i].layout == layout)
			return &places[i];
	places = reallocarray(places, numbers->n_places + 1, sizeof(*places));
	if (!places)
		return NULL;
	numbers->places = places;
	places += numbers->n_places++;
	places->layout = layout;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		places->fields[i] = featsel_layout_find(layout, fields[i]);
	return places;
}

int numbers_translate(struct numbers *numbers, const struct featsel_layout *layout,
		      struct featsel_sample *sample)
{
	const struct places *places = places_in(numbers, layout);

	if (!places || copy_record(numbers, sample))
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		int field = places->fields[i];
		uint64_t number;

		if (field >= 0 &&
		    !featsel_layout_integer(layout, (size_t)field, sample->data, sample->size,
					    &number) &&
		    number)
			(void)featsel_layout_set_integer(layout, (size_t)field, numbers->copy,
							 sample->size,
							 here(numbers, (uint32_t)number));
	}
	sample->data = numbers->copy;
	return 0;
}
