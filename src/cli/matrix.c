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

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_ambiguous(const struct strings *paths, size_t index)
{
	for (size_t i = 0; i < paths->count; i++)
		if (i != index &&
		    !strcmp(file_name(paths->items[i]), file_name(paths->items[index])))
			return true;
	return false;
}

/*
 * The file's name without directory and ".json" is the shortest clear name, if no other file has
 * the same.
 */
static char *title_of(const struct strings *paths, size_t index)
{
	const char *path = paths->items[index];
	const char *name = is_ambiguous(paths, index) ? path : file_name(path);
	size_t length = strlen(name);

	if (length > 5 && !strcmp(name + length - 5, ".json"))
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

static int width_of(const struct column *column, size_t n_events)
{
	size_t width = strlen(column->title);
	char text[128];

	for (size_t i = 0; i < n_events; i++) {
		cell(column, i, text, sizeof(text));
		if (strlen(text) > width)
			width = strlen(text);
	}
	return (int)width;
}

/* The last column is not padded. */
static void put_cell(const struct matrix *matrix, size_t column, const char *text, size_t n_events,
		     enum colour colour)
{
	bool wanted = colour_wanted(stdout);
	int width =
		column + 1 < matrix->n_columns ? width_of(&matrix->columns[column], n_events) : 0;

	printf("  %s", colour_begin(wanted, colour));
	message_padded(stdout, text, (size_t)width);
	fputs(colour_end(wanted, colour), stdout);
}

static enum colour cell_colour(const struct column *column, size_t event)
{
	if (!chosen_name(column, event))
		return COLOUR_BAD;
	return featsel_plan_certain(column->plan, event) ? COLOUR_NONE : COLOUR_WARN;
}

static void matrix_text(const struct matrix *matrix)
{
	size_t n_events = featsel_plan_events(matrix->columns[0].plan);
	int width = (int)strlen("event");
	char text[128];

	for (size_t i = 0; i < n_events; i++)
		if ((int)strlen(event_name(matrix, i)) > width)
			width = (int)strlen(event_name(matrix, i));
	printf("%-*s", width, "event");
	for (size_t i = 0; i < matrix->n_columns; i++)
		put_cell(matrix, i, matrix->columns[i].title, n_events, COLOUR_STRONG);
	putchar('\n');
	for (size_t i = 0; i < n_events; i++) {
		message_padded(stdout, event_name(matrix, i), (size_t)width);
		for (size_t j = 0; j < matrix->n_columns; j++) {
			cell(&matrix->columns[j], i, text, sizeof(text));
			put_cell(matrix, j, text, n_events, cell_colour(&matrix->columns[j], i));
		}
		putchar('\n');
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

	cell(&matrix->columns[0], event, before, sizeof(before));
	cell(&matrix->columns[1], event, after, sizeof(after));
	message_print(stdout, "%s: %s -> %s", event_name(matrix, event), before, after);
	putchar('\n');
	if (!has_obstacle(column, event, candidate))
		return;
	answer = plans_answer(column->plan, event, (size_t)candidate);
	decisive = featsel_plan_decisive(column->plan, event, (size_t)candidate);
	message_print(stdout, "  %s on %s: %s  %s  %s  %s",
		      featsel_candidate_name(featsel_event_candidate(
			      featsel_plan_event(column->plan, event), (size_t)candidate)),
		      column->title, featsel_verdict_name(answer.verdict), decisive ? decisive : "",
		      answer.reason ? answer.reason : "", answer.evidence);
	putchar('\n');
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
