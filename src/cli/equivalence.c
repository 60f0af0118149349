/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * equivalence.c - whether candidates of an event report the same for the same acts
 *
 * The workload runs once under each candidate. The records of its processes and their children are
 * kept, without times; of process ids it is only kept whether they are known, and of ports that the
 * kernel chooses that they are. As multisets the records must be equal field by field, except for
 * fields that a candidate declares to lack. If one covers more kinds of acts than the other, its
 * records must contain the other's; those of one that covers only some acts must be among those of
 * one that does not say so.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>

#include "cli/cli.h"

#define WORKLOAD_LIMIT_MS 20000
/* Runs that the kernel skips say nothing about a candidate: repeat. */
#define MOST_TESTIMONIES 4
#define POLL_MS		 20
#define LONGEST_RECORD	 16384
#define MOST_DIFFERENCES 10

/* The records of one candidate. */
struct testimony {
	const struct featsel_candidate *candidate;
	struct featsel_session *session;
	struct follow *follow;
	struct numbers *numbers;
	char **records; /* one line a record */
	size_t count, room;
	int pid_field;
	unsigned long ports[2]; /* the first and the last that the kernel chooses from */
	bool failed;		/* out of memory */
	struct featsel_counts counts;
};

static void testimony_release(struct testimony *testimony)
{
	for (size_t i = 0; i < testimony->count; i++)
		free(testimony->records[i]);
	free(testimony->records);
	memset(testimony, 0, sizeof(*testimony));
}

/* A field about time: it differs between two runs of the same acts. */
static bool is_circumstance(const char *field)
{
	static const char *const names[] = {"timestamp", "duration"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(field, names[i]))
			return true;
	return false;
}

/* IDs differ between runs; only whether they are set is compared. */
static bool is_identity(const char *field)
{
	return strstr(field, "pid") || strstr(field, "tid");
}

static void find_ports(unsigned long *ports)
{
	char range[32] = "32768 60999", *end;

	(void)file_read_start("/proc/sys/net/ipv4/ip_local_port_range", range, sizeof(range));
	ports[0] = strtoul(range, &end, 10);
	ports[1] = strtoul(end, NULL, 10);
}

/* Instead of a port that the kernel may have chosen. The length of the address. */
static size_t forget_port(char *address, size_t length, const unsigned long *ports)
{
	static const char chosen[] = ":port\"";
	char *colon = strrchr(address, ':'), *end;
	unsigned long port;

	if (!colon || address[0] != '"' || strlen(colon) < strlen(chosen))
		return length;
	port = strtoul(colon + 1, &end, 10);
	if (strcmp(end, "\"") != 0 || port < ports[0] || port > ports[1])
		return length;
	memcpy(colon, chosen, sizeof(chosen));
	return (size_t)(colon - address) + strlen(chosen);
}

static ssize_t put_value(const struct testimony *testimony, const struct featsel_layout *layout,
			 size_t field, const struct featsel_sample *sample, char *line, size_t room)
{
	ssize_t length;
	uint64_t id;

	if (is_identity(featsel_layout_field(layout, field)) &&
	    !featsel_layout_integer(layout, field, sample->data, sample->size, &id))
		return snprintf(line, room, "%s", id ? "known" : "0");
	length = featsel_layout_json(layout, field, sample->data, sample->size, line, room);
	if (length < 0 || (size_t)length >= room)
		return length;
	line[length] = '\0';
	return (ssize_t)forget_port(line, (size_t)length, testimony->ports);
}

/* Behind a value of which there was more. */
#define MORE '+'

/* "name=value " for each field that counts. The length, 0 if it does not fit. */
static size_t put_into_words(const struct testimony *testimony, const struct featsel_layout *layout,
			     const struct featsel_sample *sample, char *line, size_t room)
{
	size_t length = 0;

	for (size_t i = 0; i < featsel_layout_fields(layout); i++) {
		const char *field = featsel_layout_field(layout, i);
		ssize_t value;
		int name;

		if (is_circumstance(field))
			continue;
		name = snprintf(line + length, room - length, "%s=", field);
		if (name < 0 || (size_t)name >= room - length)
			return 0;
		length += (size_t)name;
		value = put_value(testimony, layout, i, sample, line + length, room - length);
		if (value < 0 || (size_t)value + 2 >= room - length)
			return 0;
		length += (size_t)value;
		if (featsel_layout_truncated(layout, i, sample->data, sample->size) == 1)
			line[length++] = MORE;
		line[length++] = '\t';
	}
	line[length] = '\0';
	return length;
}

static int keep(struct testimony *testimony, const char *line)
{
	size_t room = testimony->room ? testimony->room * 2 : 64;
	char **grown = testimony->records;

	if (testimony->count == testimony->room) {
		grown = reallocarray(grown, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		testimony->records = grown;
		testimony->room = room;
	}
	testimony->records[testimony->count] = strdup(line);
	return testimony->records[testimony->count] ? (testimony->count++, 0) : -ENOMEM;
}

/* Records without a pid are about the whole machine, and all of them count. */
static bool is_of_workload(const struct testimony *testimony, const struct featsel_layout *layout,
			   const struct featsel_sample *sample)
{
	uint64_t pid;

	if (testimony->pid_field < 0)
		return true;
	return !featsel_layout_integer(layout, (size_t)testimony->pid_field, sample->data,
				       sample->size, &pid) &&
	       follow_wants(testimony->follow, (pid_t)pid, 0);
}

static int on_sample(void *data, const struct featsel_sample *raw)
{
	struct testimony *testimony = data;
	struct featsel_sample copy = *raw, *sample = &copy;
	const struct featsel_layout *layout =
		featsel_session_layout(testimony->session, sample->event);
	char line[LONGEST_RECORD];

	if (numbers_differ(testimony->numbers) &&
	    numbers_translate(testimony->numbers, layout, sample)) {
		testimony->failed = true;
		return 0;
	}
	if (!is_of_workload(testimony, layout, sample))
		return 0;
	if (put_into_words(testimony, layout, sample, line, sizeof(line)) && keep(testimony, line))
		testimony->failed = true;
	return 0;
}

static int consume(struct testimony *testimony)
{
	struct featsel_error err = {0};

	follow_update(testimony->follow);
	numbers_update(testimony->numbers);
	if (featsel_session_consume(testimony->session, &err) < 0)
		return message_failure(&err);
	return testimony->failed ? message_memory() : 0;
}

/* Consume until the workload has ended and the buffers are empty. */
static int watch(struct testimony *testimony, const char *command)
{
	struct pollfd poller = {.fd = featsel_session_fd(testimony->session), .events = POLLIN};
	uint64_t limit = monotonic_ms() + WORKLOAD_LIMIT_MS;
	int status = follow_release(testimony->follow);
	bool ended = false;
	size_t before;

	while (!status && !ended) {
		if (monotonic_ms() > limit) {
			message_say("'%s' did not end within %d seconds", command,
				    WORKLOAD_LIMIT_MS / 1000);
			return FEATSEL_FAILURE_RUN;
		}
		(void)poll(&poller, 1, POLL_MS);
		ended = follow_ended(testimony->follow);
		status = consume(testimony);
	}
	featsel_session_stop(testimony->session);
	do {
		before = testimony->count;
		status = status ? status : consume(testimony);
	} while (!status && testimony->count > before);
	testimony->counts.size = sizeof(testimony->counts);
	(void)featsel_session_counts(testimony->session, 0, &testimony->counts);
	return status;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The session of one candidate, with the workload waiting to be let go. */
static int begin(struct program *program, struct testimony *testimony, struct featsel_plan *plan,
		 const struct options *options)
{
	struct featsel_error err = {0};
	int status;

	status = follow_new(options, &testimony->follow);
	if (!status)
		status = numbers_new(program, &testimony->numbers);
	if (status)
		return status;
	if (featsel_session_start(plan, FEATSEL_SESSION_NO_FALLBACK, on_sample, testimony,
				  &testimony->session, &err))
		return message_failure(&err);
	follow_attend(testimony->follow);
	find_ports(testimony->ports);
	testimony->pid_field =
		lists_name(featsel_candidate_lacks(testimony->candidate), "pid")
			? -ENOENT
			: featsel_layout_find(featsel_session_layout(testimony->session, 0), "pid");
	return 0;
}

/*
 * Addresses are the same in each run if they are not randomized; if the kernel cannot do without, a
 * difference shows. A workload may act only for the event that it finds in its environment.
 */
static int testify(struct program *program, const struct featsel_event *event, size_t candidate,
		   char *const *workload, struct testimony *testimony)
{
	const struct featsel_request request = {
		featsel_event_name(event),
		featsel_candidate_name(featsel_event_candidate(event, candidate))};
	struct options options = {.command = workload,
				  .command_apart = true,
				  .command_mute = !program->options.command,
				  .quiet = true};
	struct featsel_error err = {0};
	struct featsel_plan *plan;
	int status, persona = personality(0xffffffff);

	testimony->candidate = featsel_event_candidate(event, candidate);
	if (featsel_plan_make(program->manifest, program->host, &request, 1, NULL, 0, 0, &plan,
			      &err))
		return message_failure(&err);
	(void)personality((unsigned long)persona | ADDR_NO_RANDOMIZE);
	status = setenv("FEATSEL_EVENT", request.event, 1) ? message_memory() : 0;
	if (!status)
		status = begin(program, testimony, plan, &options);
	unsetenv("FEATSEL_EVENT");
	(void)personality((unsigned long)persona);
	if (!status)
		status = watch(testimony, workload[0]);
	featsel_session_free(testimony->session);
	follow_free(testimony->follow);
	numbers_free(testimony->numbers);
	featsel_plan_free(plan);
	if (!status && testimony->count)
		qsort(testimony->records, testimony->count, sizeof(*testimony->records), by_text);
	return status;
}

/* ---- comparison ---- */

static bool has_field(const char *const *list, const char *field, size_t length)
{
	for (; *list; list++)
		if (strlen(*list) == length && !strncmp(*list, field, length))
			return true;
	return false;
}

/* A copy of @record without the fields that either candidate lacks; NULL when memory is out. */
static char *without(const char *record, const char *const *lacks, const char *const *more)
{
	char *copy = malloc(strlen(record) + 1), *to = copy;
	const char *end;

	for (; copy && *record; record = end) {
		size_t name = strcspn(record, "=");

		end = strchr(record, '\t') + 1;
		if (has_field(lacks, record, name) || has_field(more, record, name))
			continue;
		memcpy(to, record, (size_t)(end - record));
		to += end - record;
	}
	if (copy)
		*to = '\0';
	return copy;
}

static int comparable(const struct testimony *from, const struct testimony *other,
		      struct testimony *ret)
{
	const char *const *lacks = featsel_candidate_lacks(from->candidate);
	const char *const *more = featsel_candidate_lacks(other->candidate);

	ret->candidate = from->candidate;
	for (size_t i = 0; i < from->count; i++) {
		char *record = without(from->records[i], lacks, more);
		int r = record ? keep(ret, record) : -ENOMEM;

		free(record);
		if (r)
			return message_memory();
	}
	if (ret->count)
		qsort(ret->records, ret->count, sizeof(*ret->records), by_text);
	return 0;
}

static bool covers(const struct featsel_candidate *candidate, const char *kind)
{
	const char *said = featsel_candidate_covers(candidate);

	return !*said || strstr(said, kind);
}

/* Whether @a covers all that @b covers. */
static bool covers_all_of(const struct featsel_candidate *a, const struct featsel_candidate *b)
{
	static const char *const kinds[] = {"native", "compat", "kernel", "io_uring"};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (covers(b, kinds[i]) && !covers(a, kinds[i]))
			return false;
	return true;
}

static int note(struct difference *difference, char sign, const char *record)
{
	char **grown;

	difference->count++;
	if (difference->n_lines == MOST_DIFFERENCES)
		return 0;
	grown = reallocarray(difference->lines, difference->n_lines + 1, sizeof(*grown));
	if (!grown)
		return message_memory();
	difference->lines = grown;
	if (asprintf(&grown[difference->n_lines], "%c %s", sign, record) < 0)
		return message_memory();
	for (char *tab = grown[difference->n_lines]; (tab = strchr(tab, '\t'));)
		*tab = ' ';
	difference->n_lines++;
	return 0;
}

/* Both are sorted: find what only one has. Records that one may have alone because it covers more
 * do not count. */
static int differ(const struct testimony *a, const struct testimony *b, struct difference *ret)
{
	bool a_more = !covers_all_of(b->candidate, a->candidate),
	     b_more = !covers_all_of(a->candidate, b->candidate);
	size_t i = 0, j = 0;
	int status = 0;

	while (!status && (i < a->count || j < b->count)) {
		int order = i == a->count   ? 1
			    : j == b->count ? -1
					    : strcmp(a->records[i], b->records[j]);

		if (order < 0 && !a_more)
			status = note(ret, '-', a->records[i]);
		if (order > 0 && !b_more)
			status = note(ret, '+', b->records[j]);
		i += order <= 0;
		j += order >= 0;
	}
	return status;
}

static int compare(const struct testimony *first, const struct testimony *other,
		   struct difference *ret)
{
	struct testimony a = {0}, b = {0};
	int status;

	ret->first = featsel_candidate_name(first->candidate);
	ret->other = featsel_candidate_name(other->candidate);
	status = comparable(first, other, &a);
	if (!status)
		status = comparable(other, first, &b);
	if (!status)
		status = differ(&a, &b, ret);
	testimony_release(&a);
	testimony_release(&b);
	return status;
}

void difference_release(struct difference *difference)
{
	for (size_t i = 0; i < difference->n_lines; i++)
		free(difference->lines[i]);
	free(difference->lines);
	memset(difference, 0, sizeof(*difference));
}

/* ---- all candidates of an event ---- */

static int compare_all(const struct testimony *testimonies, size_t n, difference_fn tell,
		       void *data)
{
	int status = 0;

	for (size_t i = 1; i < n && !status; i++) {
		struct difference difference = {.records = testimonies[i].count};

		status = compare(&testimonies[0], &testimonies[i], &difference);
		if (!status)
			tell(data, &difference);
		difference_release(&difference);
	}
	return status;
}

static bool is_whole(const struct testimony *testimony, const struct featsel_event *event)
{
	const struct featsel_counts *counts = &testimony->counts;

	if (!counts->lost && !counts->missed)
		return true;
	message_say(
		"event '%s': candidate '%s': records lost: %llu, runs skipped by the kernel: %llu",
		featsel_event_name(event), featsel_candidate_name(testimony->candidate),
		(unsigned long long)counts->lost, (unsigned long long)counts->missed);
	return false;
}

static int testify_wholly(struct program *program, const struct featsel_event *event,
			  size_t candidate, char *const *workload, struct testimony *testimony)
{
	int status, left = MOST_TESTIMONIES;

	do {
		testimony_release(testimony);
		status = testify(program, event, candidate, workload, testimony);
	} while (!status && !is_whole(testimony, event) && --left);
	return status;
}

int equivalence_run(struct program *program, const struct featsel_event *event, const bool *works,
		    char *const *workload, difference_fn tell, void *data)
{
	size_t n_candidates = featsel_event_candidates(event), n = 0;
	struct testimony *testimonies = calloc(n_candidates, sizeof(*testimonies));
	int status = testimonies ? 0 : message_memory();

	for (size_t i = 0; i < n_candidates && !status; i++)
		if (works[i])
			status = testify_wholly(program, event, i, workload, &testimonies[n++]);
	if (!status)
		status = compare_all(testimonies, n, tell, data);
	for (size_t i = 0; i < n; i++)
		testimony_release(&testimonies[i]);
	free(testimonies);
	return status;
}
