/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* fields.c - the fields of the requested events' records, before anything is loaded: --fields */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/*
 * The layout of a request's records: of the requested candidate, else of the first whose object can
 * be read (all should emit the same, which --check verifies). NULL: there is none; @err says why
 * for the first.
 */
static const struct featsel_layout *
layout_of(struct program *program, const struct featsel_request *request, struct featsel_error *err)
{
	const struct featsel_event *event =
		featsel_manifest_find(program->manifest, request->event);
	const struct featsel_layout *layout;

	for (size_t i = 0; i < featsel_event_candidates(event); i++) {
		const struct featsel_candidate *candidate = featsel_event_candidate(event, i);

		if (request->candidate &&
		    strcmp(request->candidate, featsel_candidate_name(candidate)) != 0)
			continue;
		if (!featsel_manifest_layout(program->manifest, candidate, &layout, err))
			return layout;
	}
	return NULL;
}

int fields_clock(const struct featsel_layout *layout)
{
	char none[1];

	for (size_t i = 0; i < featsel_layout_fields(layout); i++)
		if (featsel_layout_time(layout, i, none, 0, none, 0) != -EINVAL)
			return (int)i;
	return -ENOENT;
}

/* ---- before a live run ---- */

static bool is_repeated(const struct strings *fields, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (!strcmp(fields->items[i], fields->items[index]))
			return true;
	return false;
}

static bool is_known(const char *field, const struct featsel_layout *const *layouts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (layouts[i] && featsel_layout_find(layouts[i], field) >= 0)
			return true;
	return false;
}

/* The names that one of the events has, each once. */
static int collect(const struct featsel_layout *const *layouts, size_t n, struct strings *ret)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; layouts[i] && j < featsel_layout_fields(layouts[i]); j++) {
			const char *name = featsel_layout_field(layouts[i], j);

			if (!is_known(name, layouts, i) && options_add_string(ret, name))
				return FEATSEL_FAILURE_RUN;
		}
	return 0;
}

static int unknown_field(const char *field, const struct featsel_layout *const *layouts, size_t n)
{
	struct strings names = {0};
	const char *near;
	int status = collect(layouts, n, &names);

	near = status ? NULL : message_nearest(field, names.items, names.count);
	free(names.items);
	if (status)
		return status;
	if (near)
		return message_usage("'--fields': no record has a field '%s', did you mean '%s'?",
				     field, near);
	return message_usage("'--fields': no record has a field '%s', '--fields help' shows all",
			     field);
}

static int check_names(const struct strings *fields, const struct featsel_layout *const *layouts,
		       size_t n)
{
	for (size_t i = 0; i < fields->count; i++) {
		if (!is_known(fields->items[i], layouts, n))
			return unknown_field(fields->items[i], layouts, n);
		if (is_repeated(fields, i))
			return message_usage("'--fields' names '%s' twice", fields->items[i]);
	}
	return 0;
}

/* Events of 'all' whose records lack the field of a condition are left out, like those without a
 * candidate. */
static int leave_out(struct program *program, const struct featsel_layout **layouts)
{
	size_t n = program->n_requests, kept = program->n_named, used = 0;
	char names[1024] = "";
	int status;

	for (size_t i = kept; i < n; i++) {
		const char *event = program->requests[i].event;

		status = layouts[i] ? filter_check(program->filter, event, layouts[i], true) : 0;
		if (!status) {
			layouts[kept] = layouts[i];
			program->requests[kept++] = program->requests[i];
		} else if (status != FEATSEL_FAILURE_INVALID) {
			return status;
		} else if (used < sizeof(names)) {
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
						 used ? ", " : "", event);
		}
	}
	if (n && !kept)
		return filter_check(program->filter, program->requests[0].event, layouts[0], false);
	program->n_requests = kept;
	if (used && !program->options.quiet)
		message_say("left out of 'all', since their records lack what a condition is "
			    "about: %s",
			    names);
	return 0;
}

static int check_named(struct program *program, const struct featsel_layout *const *layouts)
{
	int status = 0;

	for (size_t i = 0; i < program->n_named && !status; i++)
		if (layouts[i])
			status = filter_check(program->filter, program->requests[i].event,
					      layouts[i], false);
	return status;
}

int fields_check(struct program *program)
{
	size_t n = program->n_requests, found = 0;
	const struct featsel_layout **layouts = calloc(n ? n : 1, sizeof(*layouts));
	int status;

	if (!layouts)
		return message_memory();
	for (size_t i = 0; i < n; i++) {
		struct featsel_error err = {0};

		/* the plan reports an object that cannot be used */
		layouts[i] = layout_of(program, &program->requests[i], &err);
		found += layouts[i] != NULL;
	}
	status = check_named(program, layouts);
	if (!status)
		status = leave_out(program, layouts);
	if (!status && found)
		status = check_names(&program->options.fields, layouts, program->n_requests);
	free(layouts);
	return status;
}

/* ---- --fields help ---- */

static void print_text(const char *event, const struct featsel_layout *layout)
{
	size_t width = 0;

	fputs("event ", stdout);
	message_text(stdout, event);
	putchar('\n');
	for (size_t i = 0; i < featsel_layout_fields(layout); i++)
		if (strlen(featsel_layout_field(layout, i)) > width)
			width = strlen(featsel_layout_field(layout, i));
	for (size_t i = 0; i < featsel_layout_fields(layout); i++) {
		fputs("  ", stdout);
		message_padded(stdout, featsel_layout_field(layout, i), width + 2);
		message_text(stdout, featsel_layout_type(layout, i));
		putchar('\n');
	}
}

static void print_json(struct json *json, const char *event, const struct featsel_layout *layout)
{
	json_line(json);
	json_object(json, NULL);
	json_string(json, "event", event);
	json_array(json, "fields");
	for (size_t i = 0; i < featsel_layout_fields(layout); i++) {
		json_object(json, NULL);
		json_string(json, "field", featsel_layout_field(layout, i));
		json_string(json, "type", featsel_layout_type(layout, i));
		json_end(json);
	}
	json_end(json);
	json_end(json);
}

int fields_run(struct program *program)
{
	bool as_json = program->options.json;
	struct json json;
	int status = 0;

	json_begin_file(&json, stdout);
	if (as_json) {
		json_object(&json, NULL);
		json_string(&json, "featsel", featsel_version());
		json_array(&json, "events");
	}
	for (size_t i = 0; i < program->n_requests; i++) {
		struct featsel_error err = {0};
		const struct featsel_layout *layout =
			layout_of(program, &program->requests[i], &err);

		if (!layout)
			status = plans_worse(status, message_failure(&err));
		else if (as_json)
			print_json(&json, program->requests[i].event, layout);
		else
			print_text(program->requests[i].event, layout);
	}
	if (as_json) {
		json_end(&json);
		json_end(&json);
	}
	return status;
}
