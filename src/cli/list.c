/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* list.c - --list and --print-manifest: the events of the manifests */
#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/screen.h"

static size_t list_width(const struct program *program)
{
	size_t width = 0;

	for (size_t i = 0; i < program->n_requests; i++)
		if (strlen(program->requests[i].event) > width)
			width = strlen(program->requests[i].event);
	return width;
}

/* Defined by the manifest inside featsel-static. */
static bool is_carried(const struct featsel_event *event)
{
	return carried_count && strcmp(featsel_event_source(event), carried_manifest.name) == 0;
}

static void summary_text(const struct featsel_event *event, size_t indent)
{
	struct line_of line;
	FILE *to = line_begin(&line, stdout);

	if (*featsel_event_summary(event)) {
		message_padded(to, featsel_event_name(event), indent);
		message_text(to, featsel_event_summary(event));
		if (is_carried(event))
			fputs(" (built in)", to);
	} else {
		message_text(to, featsel_event_name(event));
	}
	line_end(&line, indent);
}

static void candidates_text(const struct featsel_event *event, size_t indent)
{
	struct line_of line;
	FILE *to = line_begin(&line, stdout);

	fprintf(to, "%*s", (int)indent, "");
	for (size_t i = 0; i < featsel_event_candidates(event); i++) {
		fputs(i ? ", " : "", to);
		message_text(to, featsel_candidate_name(featsel_event_candidate(event, i)));
	}
	line_end(&line, indent);
}

static void list_text(const struct program *program)
{
	size_t indent = list_width(program) + 2;

	for (size_t i = 0; i < program->n_requests; i++) {
		const struct featsel_event *event =
			featsel_manifest_find(program->manifest, program->requests[i].event);

		summary_text(event, indent);
		candidates_text(event, indent);
	}
}

static void array_json(struct json *json, const char *key, const char *const *strings)
{
	json_array(json, key);
	for (; strings && *strings; strings++)
		json_string(json, NULL, *strings);
	json_end(json);
}

/* "native, compat" as an array */
static void covers_json(struct json *json, const char *covers)
{
	char one[32];

	json_array(json, "covers");
	while (*covers) {
		size_t length = strcspn(covers, ",");

		snprintf(one, sizeof(one), "%.*s", (int)length, covers);
		json_string(json, NULL, one);
		covers += length;
		covers += strspn(covers, ", ");
	}
	json_end(json);
}

static void event_json(struct json *json, const struct featsel_event *event)
{
	json_line(json);
	json_object(json, NULL);
	json_string(json, "event", featsel_event_name(event));
	json_string(json, "summary", featsel_event_summary(event));
	array_json(json, "trigger", featsel_event_trigger(event));
	json_array(json, "candidates");
	for (size_t i = 0; i < featsel_event_candidates(event); i++) {
		const struct featsel_candidate *candidate = featsel_event_candidate(event, i);

		json_line(json);
		json_object(json, NULL);
		json_string(json, "candidate", featsel_candidate_name(candidate));
		covers_json(json, featsel_candidate_covers(candidate));
		array_json(json, "lacks", featsel_candidate_lacks(candidate));
		json_end(json);
	}
	json_end(json);
	json_end(json);
}

static void list_json(const struct program *program)
{
	struct json json;

	json_begin_file(&json, stdout);
	json_object(&json, NULL);
	json_string(&json, "featsel", featsel_version());
	json_array(&json, "events");
	for (size_t i = 0; i < program->n_requests; i++)
		event_json(&json,
			   featsel_manifest_find(program->manifest, program->requests[i].event));
	json_end(&json);
	json_end(&json);
}

int list_run(struct program *program)
{
	if (program->options.json)
		list_json(program);
	else
		list_text(program);
	return 0;
}

static int write_text(void *data, const char *text)
{
	(void)data;
	return fputs(text, stdout) < 0 ? -EIO : 0;
}

int print_manifest_run(struct program *program)
{
	struct featsel_error err = {0};

	if (featsel_manifest_print(program->manifest, write_text, NULL, &err))
		return message_failure(&err);
	return 0;
}
