/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * check.c - --check: the lint's findings as text like a compiler's, or as one JSON document
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/screen.h"

/* Of what follows the first line of a finding on a terminal. */
#define INDENT 4

struct check {
	const struct program *program;
	struct json json;
	size_t counts[FEATSEL_ERROR + 1];
};

/* Without a word on the command line all findings are of interest. */
static bool is_asked_for(const struct program *program, const struct featsel_finding *finding)
{
	if (!program->options.words.count || !finding->event)
		return true;
	for (size_t i = 0; i < program->n_requests; i++)
		if (!strcmp(program->requests[i].event, finding->event))
			return true;
	return false;
}

static void finding_json(struct json *json, const struct featsel_finding *finding)
{
	json_line(json);
	json_object(json, NULL);
	json_string(json, "severity", featsel_severity_name(finding->severity));
	json_string(json, "code", finding->code);
	json_string(json, "file", finding->file);
	json_number(json, "line", finding->line);
	json_number(json, "column", finding->column);
	json_string(json, "event", finding->event);
	json_string(json, "candidate", finding->candidate);
	json_string(json, "text", finding->text);
	json_end(json);
}

static void finding_text(const struct featsel_finding *finding)
{
	struct line_of line;
	FILE *to = line_begin(&line, stdout);

	if (finding->file)
		message_text(to, finding->file);
	if (finding->file && finding->line)
		fprintf(to, ":%u:%u", finding->line, finding->column);
	fprintf(to, "%s%s: ", finding->file ? ": " : "", featsel_severity_name(finding->severity));
	if (finding->event)
		message_print(to, "event '%s': ", finding->event);
	if (finding->candidate)
		message_print(to, "candidate '%s': ", finding->candidate);
	message_text(to, finding->text);
	fprintf(to, " [%s]", finding->code);
	line_end(&line, INDENT);
}

static void found(void *data, const struct featsel_finding *finding)
{
	struct check *check = data;
	const struct options *options = &check->program->options;

	if (!is_asked_for(check->program, finding))
		return;
	check->counts[finding->severity]++;
	if (options->json)
		finding_json(&check->json, finding);
	else if (finding->severity != FEATSEL_NOTE || options->verbose)
		finding_text(finding);
}

static void begin(struct json *json)
{
	json_begin_file(json, stdout);
	json_object(json, NULL);
	json_string(json, "featsel", featsel_version());
	json_array(json, "findings");
}

static void end(struct json *json, const size_t *counts)
{
	json_line(json);
	json_end(json);
	json_number(json, "errors", counts[FEATSEL_ERROR]);
	json_number(json, "warnings", counts[FEATSEL_WARNING]);
	json_number(json, "notes", counts[FEATSEL_NOTE]);
	json_end(json);
}

static void count(size_t n, const char *what, const char *after)
{
	printf("%zu %s%s%s", n, what, n == 1 ? "" : "s", after);
}

static void summary(const struct check *check)
{
	size_t candidates = 0;

	for (size_t i = 0; i < check->program->n_requests; i++)
		candidates += featsel_event_candidates(featsel_manifest_find(
			check->program->manifest, check->program->requests[i].event));
	count(check->program->n_requests, "event", ", ");
	count(candidates, "candidate", ": ");
	count(check->counts[FEATSEL_ERROR], "error", ", ");
	count(check->counts[FEATSEL_WARNING], "warning", ", ");
	count(check->counts[FEATSEL_NOTE], "note", "");
	if (check->counts[FEATSEL_NOTE] && !check->program->options.verbose)
		printf(" (-v shows %s)", check->counts[FEATSEL_NOTE] == 1 ? "it" : "them");
	putchar('\n');
}

void check_unreadable(const struct featsel_error *err)
{
	const struct featsel_finding finding = {
		.size = sizeof(finding),
		.severity = FEATSEL_ERROR,
		.code = "invalid-manifest",
		.file = err->source[0] ? err->source : NULL,
		.line = err->line,
		.column = err->column,
		.text = err->text,
	};
	const size_t counts[FEATSEL_ERROR + 1] = {[FEATSEL_ERROR] = 1};
	struct json json;

	begin(&json);
	finding_json(&json, &finding);
	end(&json, counts);
}

int check_run(struct program *program)
{
	struct check check = {.program = program};
	struct featsel_error err = {0};
	int r;

	if (program->options.json)
		begin(&check.json);
	r = featsel_manifest_check(program->manifest, found, &check, &err);
	if (program->options.json)
		end(&check.json, check.counts);
	if (r)
		return message_failure(&err);
	if (!program->options.json && !program->options.quiet)
		summary(&check);
	return check.counts[FEATSEL_ERROR] ? FEATSEL_FAILURE_INVALID : 0;
}
