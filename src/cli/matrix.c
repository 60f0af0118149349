/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * matrix.c - --matrix and --diff: the decisions of one manifest for several hosts, offline
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/screen.h"

struct column {
	char *title;
	struct featsel_host *host;
	struct featsel_plan *plan;
};

struct matrix {
	struct column *columns;
	size_t n_columns;
};

/* The end of @path that begins behind a slash before @end, all if there is none. */
static const char *tail_of(const char *path, const char *end)
{
	const char *slash = memrchr(path, '/', (size_t)(end - path));

	return slash ? slash + 1 : path;
}

static bool ends_in(const char *path, const char *tail)
{
	size_t length = strlen(path), of = strlen(tail);

	return length >= of && !strcmp(path + length - of, tail) &&
	       (length == of || path[length - of - 1] == '/');
}

static bool is_ambiguous(const struct strings *paths, size_t index, const char *tail)
{
	for (size_t i = 0; i < paths->count; i++)
		if (i != index && ends_in(paths->items[i], tail))
			return true;
	return false;
}

/* The file's name without ".json" or ".yaml", with as many directories as tell it from others. */
static char *title_of(const struct strings *paths, size_t index)
{
	const char *path = paths->items[index];
	const char *name = tail_of(path, path + strlen(path));
	size_t length;

	while (name > path && is_ambiguous(paths, index, name))
		name = tail_of(path, name - 1);
	length = strlen(name);
	if (length > 5 &&
	    (!strcmp(name + length - 5, ".json") || !strcmp(name + length - 5, ".yaml")))
		length -= 5;
	return strndup(name, length);
}

static int matrix_open(struct program *program, struct matrix *matrix)
{
	const struct strings *snapshots = &program->options.snapshots;
	int status = 0;

	matrix->columns = calloc(snapshots->count, sizeof(*matrix->columns));
	if (!matrix->columns)
		return message_memory();
	for (size_t i = 0; i < snapshots->count && !status; i++) {
		struct column *column = &matrix->columns[matrix->n_columns++];

		column->title = title_of(snapshots, i);
		status = column->title ? 0 : message_memory();
		if (!status)
			status = plans_open_host(program, snapshots->items[i], &column->host);
		if (!status)
			status = plans_make(program, column->host, 0, &column->plan);
	}
	return status;
}

static void matrix_close(struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->n_columns; i++) {
		featsel_plan_free(matrix->columns[i].plan);
		featsel_host_free(matrix->columns[i].host);
		free(matrix->columns[i].title);
	}
	free(matrix->columns);
}

static int matrix_status(const struct matrix *matrix)
{
	int status = 0;

	for (size_t i = 0; i < matrix->n_columns; i++)
		status = plans_worse(status, plans_status(matrix->columns[i].plan));
	return status;
}

static const char *chosen_name(const struct column *column, size_t event)
{
	int chosen = featsel_plan_chosen(column->plan, event);

	if (chosen < 0)
		return NULL;
	return featsel_candidate_name(
		featsel_event_candidate(featsel_plan_event(column->plan, event), (size_t)chosen));
}

static const char *event_name(const struct matrix *matrix, size_t event)
{
	return featsel_event_name(featsel_plan_event(matrix->columns[0].plan, event));
}

/* "fentry", "fentry?" where it is not certain, "(denied)", "-" */
static void cell(const struct column *column, size_t event, char *buffer, size_t size)
{
	static const char *const none[] = {
		[FEATSEL_FAILURE_INVALID] = "(invalid)",
		[FEATSEL_FAILURE_NO_CANDIDATE] = "-",
		[FEATSEL_FAILURE_DENIED] = "(denied)",
	};
	const char *name = chosen_name(column, event);

	if (name)
		snprintf(buffer, size, "%s%s", name,
			 featsel_plan_certain(column->plan, event) ? "" : "?");
	else
		snprintf(buffer, size, "%s", none[featsel_plan_failure(column->plan, event)]);
}

static size_t width_of(const struct column *column, size_t n_events)
{
	size_t width = strlen(column->title);
	char text[128];

	for (size_t i = 0; i < n_events; i++) {
		cell(column, i, text, sizeof(text));
		if (strlen(text) > width)
			width = strlen(text);
	}
	return width;
}

/* Padded to @width, 0: it is the last of the line. */
static void put_cell(const char *text, size_t width, enum colour colour)
{
	bool wanted = colour_wanted(stdout);

	printf("  %s", colour_begin(wanted, colour));
	message_padded(stdout, text, width);
	fputs(colour_end(wanted, colour), stdout);
}

static enum colour cell_colour(const struct column *column, size_t event)
{
	if (!chosen_name(column, event))
		return COLOUR_BAD;
	return featsel_plan_certain(column->plan, event) ? COLOUR_NONE : COLOUR_WARN;
}

/* Columns from @first up to @end as one table. */
static void table(const struct matrix *matrix, size_t first, size_t end, size_t width)
{
	size_t n_events = featsel_plan_events(matrix->columns[0].plan), of;
	char text[128];

	message_padded(stdout, "event", width);
	for (size_t j = first; j < end; j++) {
		of = j + 1 < end ? width_of(&matrix->columns[j], n_events) : 0;
		put_cell(matrix->columns[j].title, of, COLOUR_STRONG);
	}
	putchar('\n');
	for (size_t i = 0; i < n_events; i++) {
		message_padded(stdout, event_name(matrix, i), width);
		for (size_t j = first; j < end; j++) {
			of = j + 1 < end ? width_of(&matrix->columns[j], n_events) : 0;
			cell(&matrix->columns[j], i, text, sizeof(text));
			put_cell(text, of, cell_colour(&matrix->columns[j], i));
		}
		putchar('\n');
	}
}

/* Behind the last column that has room beside @first. */
static size_t end_of_table(const struct matrix *matrix, size_t first, size_t width)
{
	size_t screen = screen_width_of(stdout), end = first;
	size_t n_events = featsel_plan_events(matrix->columns[0].plan);

	while (end < matrix->n_columns) {
		width += 2 + width_of(&matrix->columns[end], n_events);
		if (screen && width > screen && end > first)
			break;
		end++;
	}
	return end;
}

/* On a terminal as many tables as its width makes necessary. */
static void matrix_text(const struct matrix *matrix)
{
	size_t n_events = featsel_plan_events(matrix->columns[0].plan), width = strlen("event");

	for (size_t i = 0; i < n_events; i++)
		if (strlen(event_name(matrix, i)) > width)
			width = strlen(event_name(matrix, i));
	for (size_t first = 0, end; first < matrix->n_columns; first = end) {
		end = end_of_table(matrix, first, width);
		if (first)
			putchar('\n');
		table(matrix, first, end, width);
	}
}

/* What decided against the first candidate; nothing if none was considered. */
static void obstacle_json(struct json *json, const struct column *column, size_t event,
			  size_t candidate)
{
	struct featsel_answer answer = plans_answer(column->plan, event, candidate);

	json_string(json, "decisive", featsel_plan_decisive(column->plan, event, candidate));
	json_answer(json, &answer);
}

static void decision_json(struct json *json, const struct column *column, size_t event)
{
	json_object(json, NULL);
	json_string(json, "chosen", chosen_name(column, event));
	json_bool(json, "certain",
		  featsel_plan_chosen(column->plan, event) >= 0 &&
			  featsel_plan_certain(column->plan, event));
	json_number(json, "failure", (uint64_t)featsel_plan_failure(column->plan, event));
	json_end(json);
}

static void hosts_json(struct json *json, const struct matrix *matrix)
{
	json_string(json, "featsel", featsel_version());
	json_array(json, "hosts");
	for (size_t i = 0; i < matrix->n_columns; i++) {
		const struct featsel_host *host = matrix->columns[i].host;

		json_line(json);
		json_object(json, NULL);
		json_string(json, "source", featsel_host_source(host));
		json_string(json, "release", featsel_host_release(host));
		json_string(json, "machine", featsel_host_machine(host));
		json_end(json);
	}
	json_end(json);
}

static void matrix_json(const struct matrix *matrix)
{
	struct json json;

	json_begin_file(&json, stdout);
	json_object(&json, NULL);
	hosts_json(&json, matrix);
	json_array(&json, "events");
	for (size_t i = 0; i < featsel_plan_events(matrix->columns[0].plan); i++) {
		json_line(&json);
		json_object(&json, NULL);
		json_string(&json, "event", event_name(matrix, i));
		json_array(&json, "decisions");
		for (size_t j = 0; j < matrix->n_columns; j++)
			decision_json(&json, &matrix->columns[j], i);
		json_end(&json);
		json_end(&json);
	}
	json_end(&json);
	json_end(&json);
}

int matrix_run(struct program *program)
{
	struct matrix matrix = {0};
	int status = matrix_open(program, &matrix);

	if (!status) {
		(program->options.json ? matrix_json : matrix_text)(&matrix);
		status = matrix_status(&matrix);
	}
	matrix_close(&matrix);
	return status;
}

/* ---- diff ---- */

static bool differs(const struct matrix *matrix, size_t event)
{
	char before[128], after[128];

	cell(&matrix->columns[0], event, before, sizeof(before));
	cell(&matrix->columns[1], event, after, sizeof(after));
	return strcmp(before, after) != 0;
}

/*
 * The candidate that stands better on one host explains the change on the other: the better choice
 * of the two, judged by the host that did not take it. -1 if no candidate was chosen on either.
 */
static int pivot(const struct matrix *matrix, size_t event, const struct column **ret)
{
	int before = featsel_plan_chosen(matrix->columns[0].plan, event);
	int after = featsel_plan_chosen(matrix->columns[1].plan, event);
	bool first = before >= 0 && (after < 0 || before < after);

	*ret = &matrix->columns[first ? 1 : 0];
	return first ? before : after;
}

static bool has_obstacle(const struct column *column, size_t event, int candidate)
{
	return candidate >= 0 && featsel_plan_considered(column->plan, event, (size_t)candidate) &&
	       plans_answer(column->plan, event, (size_t)candidate).verdict != FEATSEL_YES;
}

static void diff_text(const struct matrix *matrix, size_t event)
{
	const struct column *column;
	int candidate = pivot(matrix, event, &column);
	struct featsel_answer answer;
	const char *decisive;
	char before[128], after[128];
	struct line_of line;
	FILE *to;

	cell(&matrix->columns[0], event, before, sizeof(before));
	cell(&matrix->columns[1], event, after, sizeof(after));
	message_print(stdout, "%s: %s -> %s", event_name(matrix, event), before, after);
	putchar('\n');
	if (!has_obstacle(column, event, candidate))
		return;
	answer = plans_answer(column->plan, event, (size_t)candidate);
	decisive = featsel_plan_decisive(column->plan, event, (size_t)candidate);
	to = line_begin(&line, stdout);
	message_print(to, "  %s on %s: %s  %s  %s  %s",
		      featsel_candidate_name(featsel_event_candidate(
			      featsel_plan_event(column->plan, event), (size_t)candidate)),
		      column->title, featsel_verdict_name(answer.verdict), decisive ? decisive : "",
		      answer.reason ? answer.reason : "", answer.evidence);
	line_end(&line, 4);
}

static void diff_json(struct json *json, const struct matrix *matrix, size_t event)
{
	const struct column *column;
	int candidate = pivot(matrix, event, &column);

	json_line(json);
	json_object(json, NULL);
	json_string(json, "event", event_name(matrix, event));
	json_array(json, "decisions");
	for (size_t i = 0; i < matrix->n_columns; i++)
		decision_json(json, &matrix->columns[i], event);
	json_end(json);
	if (has_obstacle(column, event, candidate)) {
		json_object(json, "obstacle");
		json_string(json, "source", featsel_host_source(column->host));
		json_string(json, "candidate",
			    featsel_candidate_name(featsel_event_candidate(
				    featsel_plan_event(column->plan, event), (size_t)candidate)));
		obstacle_json(json, column, event, (size_t)candidate);
		json_end(json);
	}
	json_end(json);
}

static void diff_all(const struct program *program, const struct matrix *matrix)
{
	size_t n_events = featsel_plan_events(matrix->columns[0].plan);
	size_t changed = 0;
	struct json json;

	if (program->options.json) {
		json_begin_file(&json, stdout);
		json_object(&json, NULL);
		hosts_json(&json, matrix);
		json_array(&json, "changed");
	}
	for (size_t i = 0; i < n_events; i++) {
		if (!differs(matrix, i))
			continue;
		changed++;
		if (program->options.json)
			diff_json(&json, matrix, i);
		else
			diff_text(matrix, i);
	}
	if (program->options.json) {
		json_end(&json);
		json_number(&json, "events", n_events);
		json_end(&json);
	} else if (!program->options.quiet) {
		printf("%zu of %zu decisions change\n", changed, n_events);
	}
}

int diff_run(struct program *program)
{
	struct matrix matrix = {0};
	int status = matrix_open(program, &matrix);

	if (!status) {
		diff_all(program, &matrix);
		status = plans_status(matrix.columns[1].plan);
	}
	matrix_close(&matrix);
	return status;
}
