/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * explain.c - --dry-run and --explain: the plan as a table or as one JSON document a host
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/screen.h"

/* ---- text ---- */

/* Fields of a line are two spaces apart. */
static void put_field(FILE *out, const char *text)
{
	if (!text)
		return;
	fputs("  ", out);
	message_text(out, text);
}

static void put_padded(FILE *out, const char *text, size_t width)
{
	message_padded(out, text, width);
}

static void put_verdict(FILE *out, bool colour, enum featsel_verdict verdict, size_t width)
{
	colour_word(out, colour, colour_of(verdict), featsel_verdict_name(verdict), width);
}

static void put_answer(FILE *out, const char *feature, const struct featsel_answer *answer)
{
	put_field(out, feature);
	put_field(out, answer->reason);
	put_field(out, answer->evidence);
}

void explain_details(FILE *out, const struct featsel_candidate *candidate)
{
	const char *covers = featsel_candidate_covers(candidate);
	const char *const *lacks = featsel_candidate_lacks(candidate);
	const char *separator = "; lacks ";

	if (!*covers && !*lacks)
		return;
	fprintf(out, " (%s%s", *covers ? "covers " : "", covers);
	if (!*covers)
		separator = "lacks ";
	for (; *lacks; lacks++, separator = ", ")
		message_print(out, "%s%s", separator, *lacks);
	putc(')', out);
}

static const char *const failures[] = {
	[FEATSEL_FAILURE_INVALID] = "its objects cannot be used",
	[FEATSEL_FAILURE_NO_CANDIDATE] = "no candidate works here",
	[FEATSEL_FAILURE_DENIED] = "not permitted",
};

static void put_head(FILE *out, const struct featsel_plan *plan, size_t index)
{
	const struct featsel_event *event = featsel_plan_event(plan, index);
	int chosen = featsel_plan_chosen(plan, index);
	enum colour colour = chosen < 0 ? COLOUR_BAD : COLOUR_STRONG;
	struct line_of line;

	out = line_begin(&line, out);
	fputs(colour_begin(line.colour, colour), out);
	message_print(out, "event %s: ", featsel_event_name(event));
	if (chosen < 0) {
		fputs(failures[featsel_plan_failure(plan, index)], out);
	} else {
		message_print(
			out, "candidate %d of %zu '%s'", chosen + 1,
			featsel_event_candidates(event),
			featsel_candidate_name(featsel_event_candidate(event, (size_t)chosen)));
		explain_details(out, featsel_event_candidate(event, (size_t)chosen));
		fputs(featsel_plan_certain(plan, index) ? "" : ", uncertain", out);
	}
	fputs(colour_end(line.colour, colour), out);
	line_end(&line, 4);
}

struct widths {
	size_t name, verdict, number;
	size_t indent; /* of the text after the verdict */
};

static size_t longer(size_t width, const char *text)
{
	return strlen(text) > width ? strlen(text) : width;
}

static struct widths measure(const struct featsel_plan *plan, size_t index)
{
	const struct featsel_event *event = featsel_plan_event(plan, index);
	struct widths widths = {.number = 1};
	size_t n = featsel_event_candidates(event);

	for (size_t i = n; i >= 10; i /= 10)
		widths.number++;
	for (size_t i = 0; i < n; i++) {
		struct featsel_answer answer = plans_answer(plan, index, i);

		widths.name = longer(widths.name,
				     featsel_candidate_name(featsel_event_candidate(event, i)));
		if (featsel_plan_considered(plan, index, i))
			widths.verdict =
				longer(widths.verdict, featsel_verdict_name(answer.verdict));
	}
	widths.indent = 2 + widths.number + 1 + widths.name + 2 + widths.verdict + 2;
	return widths;
}

static void put_requirements(FILE *out, const struct featsel_plan *plan, size_t index,
			     size_t candidate, size_t indent)
{
	for (size_t i = 0; i < featsel_plan_requirements(plan, index, candidate); i++) {
		struct featsel_requirement_view view = {.size = sizeof(view)};
		struct line_of line;
		FILE *to = line_begin(&line, out);

		(void)featsel_plan_requirement(plan, index, candidate, i, &view);
		fprintf(to, "%*s", (int)indent, "");
		put_verdict(to, line.colour, view.answer->verdict, strlen("unknown"));
		if (view.within)
			put_field(to, view.within);
		put_answer(to, view.feature, view.answer);
		fprintf(to, "  (%s)", view.origin);
		line_end(&line, indent + strlen("unknown") + 2);
	}
}

static void put_settings(FILE *out, const struct featsel_plan *plan, size_t index, size_t candidate,
			 size_t indent)
{
	const struct featsel_setting *setting;
	struct line_of line;
	FILE *to;

	for (size_t i = 0; (setting = featsel_plan_setting(plan, index, candidate, i)); i++) {
		to = line_begin(&line, out);
		fprintf(to, "%*s", (int)indent, "");
		put_padded(to, "set", strlen("unknown"));
		put_field(to, setting->key);
		put_field(to, setting->value);
		message_print(to, "  (%s)", setting->origin);
		line_end(&line, indent + strlen("unknown") + 2);
	}
}

/* A remedy for several candidates is printed once. */
static bool is_said(const struct featsel_plan *plan, size_t index, size_t candidate,
		    const char *remedy)
{
	for (size_t i = 0; i < candidate; i++) {
		struct featsel_answer earlier = plans_answer(plan, index, i);

		if (featsel_plan_considered(plan, index, i) && earlier.verdict != FEATSEL_YES &&
		    earlier.remedy && !strcmp(earlier.remedy, remedy))
			return true;
	}
	return false;
}

/* The result of loading; the prediction is printed below it if it differs. */
static void put_predicted(FILE *out, const struct featsel_plan *plan, size_t index,
			  size_t candidate, size_t indent)
{
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct line_of line;

	if (featsel_plan_predicted(plan, index, candidate, &answer))
		return;
	out = line_begin(&line, out);
	fprintf(out, "%*spredicted: ", (int)indent, "");
	put_verdict(out, line.colour, answer.verdict, 0);
	put_answer(out, NULL, &answer);
	line_end(&line, indent);
}

static void put_remedy(FILE *out, const char *remedy, size_t indent)
{
	struct line_of line;

	out = line_begin(&line, out);
	fprintf(out, "%*sremedy: ", (int)indent, "");
	message_text(out, remedy);
	line_end(&line, indent);
}

/* On a terminal the chosen one is marked. */
static void put_verdicts(FILE *out, const struct featsel_plan *plan, size_t index, size_t candidate,
			 const struct widths *widths)
{
	const struct featsel_event *event = featsel_plan_event(plan, index);
	struct featsel_answer answer = plans_answer(plan, index, candidate);
	bool chosen = featsel_plan_chosen(plan, index) == (int)candidate;
	enum colour colour = chosen ? COLOUR_STRONG : COLOUR_NONE;
	struct line_of line;

	out = line_begin(&line, out);
	fprintf(out, "%s%c %*zu ", colour_begin(line.colour, colour),
		chosen && line.width ? '>' : ' ', (int)widths->number, candidate + 1);
	put_padded(out, featsel_candidate_name(featsel_event_candidate(event, candidate)),
		   widths->name);
	fprintf(out, "%s  ", colour_end(line.colour, colour));
	if (!featsel_plan_considered(plan, index, candidate)) {
		colour_word(out, line.colour, COLOUR_DIM, "not considered", 0);
	} else if (answer.verdict == FEATSEL_YES) {
		put_verdict(out, line.colour, answer.verdict, 0);
	} else {
		put_verdict(out, line.colour, answer.verdict, widths->verdict);
		put_answer(out, featsel_plan_decisive(plan, index, candidate), &answer);
	}
	line_end(&line, widths->indent);
}

static void put_candidate(FILE *out, const struct featsel_plan *plan, size_t index,
			  size_t candidate, const struct widths *widths)
{
	struct featsel_answer answer = plans_answer(plan, index, candidate);

	put_verdicts(out, plan, index, candidate, widths);
	if (!featsel_plan_considered(plan, index, candidate))
		return;
	put_predicted(out, plan, index, candidate, widths->indent);
	if (answer.verdict != FEATSEL_YES && answer.remedy &&
	    !is_said(plan, index, candidate, answer.remedy))
		put_remedy(out, answer.remedy, widths->indent);
}

void explain_event(FILE *out, const struct featsel_plan *plan, size_t index, bool requirements)
{
	struct widths widths = measure(plan, index);
	size_t indent = 2 + widths.number + 1 + widths.name + 2;
	size_t n = featsel_event_candidates(featsel_plan_event(plan, index));

	put_head(out, plan, index);
	for (size_t i = 0; i < n; i++) {
		put_candidate(out, plan, index, i, &widths);
		if (!requirements || !featsel_plan_considered(plan, index, i))
			continue;
		put_settings(out, plan, index, i, indent);
		put_requirements(out, plan, index, i, indent);
	}
}

/* ---- why not ---- */

/* The candidate that a permission would bring back: the first that nothing else keeps out. */
static bool find_denied(const struct featsel_plan *plan, size_t index, struct featsel_answer *ret,
			size_t *candidate)
{
	size_t n = featsel_event_candidates(featsel_plan_event(plan, index));

	for (size_t i = 0; i < n; i++) {
		*ret = plans_answer(plan, index, i);
		*candidate = i;
		if (featsel_plan_considered(plan, index, i) && ret->verdict == FEATSEL_DENIED)
			return true;
	}
	return false;
}

static void explain_denied(const struct featsel_plan *plan, size_t index)
{
	const struct featsel_event *event = featsel_plan_event(plan, index);
	struct featsel_answer answer;
	size_t candidate;

	if (!find_denied(plan, index, &answer, &candidate))
		return;
	message_say("event '%s': not permitted (%s): %s%s%s", featsel_event_name(event),
		    answer.reason, answer.evidence, answer.remedy ? "; " : "",
		    answer.remedy ? answer.remedy : "");
	message_say("'featsel --explain %s' tells about every candidate",
		    featsel_event_name(event));
}

void explain_failures(const struct featsel_plan *plan)
{
	for (size_t i = 0; i < featsel_plan_events(plan); i++) {
		int failure = featsel_plan_failure(plan, i);

		if (failure)
			message_remember("event '%s': %s",
					 featsel_event_name(featsel_plan_event(plan, i)),
					 failures[failure]);
		if (failure == FEATSEL_FAILURE_DENIED)
			explain_denied(plan, i);
		else if (failure)
			explain_event(stderr, plan, i, false);
	}
}

/* ---- JSON ---- */

void explain_host_json(struct json *json, const struct featsel_host *host, const char *source)
{
	json_object(json, "host");
	json_string(json, "source", source ? source : featsel_host_source(host));
	json_string(json, "release", featsel_host_release(host));
	json_string(json, "machine", featsel_host_machine(host));
	json_end(json);
}

/* ---- single features ---- */

static void put_feature(const char *feature, const struct featsel_answer *answer, size_t width)
{
	size_t indent = width + 2 + strlen("unknown") + 2;
	struct line_of line;
	FILE *out = line_begin(&line, stdout);

	put_padded(out, feature, width + 2);
	put_verdict(out, line.colour, answer->verdict, strlen("unknown"));
	put_answer(out, NULL, answer);
	line_end(&line, indent);
	if (answer->remedy)
		put_remedy(stdout, answer->remedy, indent);
}

/* All, before anything is written. *ret is to be freed. */
static int ask_features(struct featsel_host *host, const struct strings *features,
			struct featsel_answer **ret)
{
	struct featsel_answer *answers = calloc(features->count + 1, sizeof(*answers));
	struct featsel_error err = {0};

	if (!answers)
		return message_memory();
	*ret = answers;
	for (size_t i = 0; i < features->count; i++) {
		answers[i].size = sizeof(*answers);
		if (featsel_host_ask(host, features->items[i], &answers[i], &err))
			return message_failure(&err);
	}
	return 0;
}

static void features_text(const struct strings *features, const struct featsel_answer *answers)
{
	size_t width = 0;

	for (size_t i = 0; i < features->count; i++)
		width = longer(width, features->items[i]);
	for (size_t i = 0; i < features->count; i++)
		put_feature(features->items[i], &answers[i], width);
}

static void features_json(struct json *json, const struct strings *features,
			  const struct featsel_answer *answers)
{
	json_line(json);
	json_object(json, "features");
	for (size_t i = 0; i < features->count; i++) {
		json_line(json);
		json_object(json, features->items[i]);
		json_answer(json, &answers[i]);
		json_end(json);
	}
	json_end(json);
}

/* ---- the modes ---- */

int explain_write(void *data, const char *text)
{
	return fputs(text, data) < 0 ? -EIO : 0;
}

static int write_raw(void *data, const char *text)
{
	json_raw(data, text);
	return 0;
}

/* The same document with the single features that were asked for. */
static int document_with_features(const struct program *program, const struct featsel_host *host,
				  const struct featsel_plan *plan,
				  const struct featsel_answer *answers)
{
	struct json json;
	int status = 0;

	json_begin_file(&json, stdout);
	json_object(&json, NULL);
	json_string(&json, "featsel", featsel_version());
	explain_host_json(&json, host, NULL);
	features_json(&json, &program->options.features, answers);
	json_array(&json, "events");
	for (size_t i = 0; plan && i < featsel_plan_events(plan); i++) {
		json_line(&json);
		json_item(&json, NULL);
		if (featsel_plan_event_json(plan, i, write_raw, &json, NULL))
			status = FEATSEL_FAILURE_RUN;
	}
	json_end(&json);
	json_end(&json);
	return status;
}

static int document(const struct program *program, const struct featsel_host *host,
		    const struct featsel_plan *plan, const struct featsel_answer *answers)
{
	struct featsel_error err = {0};

	if (program->options.features.count || !plan)
		return document_with_features(program, host, plan, answers);
	if (featsel_plan_json(plan, explain_write, stdout, &err))
		return message_failure(&err);
	return 0;
}

static int report(const struct program *program, const struct featsel_host *host,
		  const struct featsel_plan *plan, const struct featsel_answer *answers,
		  bool with_host)
{
	const struct options *options = &program->options;
	bool requirements = options->verbose && options->mode == MODE_EXPLAIN;

	if (options->json)
		return document(program, host, plan, answers);
	if (with_host) {
		message_print(stdout, "host %s (%s %s)", featsel_host_source(host),
			      featsel_host_release(host), featsel_host_machine(host));
		putchar('\n');
	}
	features_text(&options->features, answers);
	for (size_t i = 0; plan && i < featsel_plan_events(plan); i++)
		explain_event(stdout, plan, i, requirements);
	return 0;
}

static int test_load(struct featsel_plan *plan)
{
	struct featsel_error err = {0};

	return featsel_plan_test_load(plan, &err) ? message_failure(&err) : 0;
}

/* One host's answer, on the running kernel where @snapshot is NULL. */
static int explain_host(struct program *program, const char *snapshot)
{
	unsigned int flags = program->options.mode == MODE_EXPLAIN ? FEATSEL_PLAN_ALL : 0;
	struct featsel_host *host = NULL;
	struct featsel_plan *plan = NULL;
	struct featsel_answer *answers = NULL;
	int status;

	status = plans_open_host(program, snapshot, &host);
	if (!status)
		status = ask_features(host, &program->options.features, &answers);
	if (!status && program->n_requests)
		status = plans_make(program, host, flags, &plan);
	if (!status && plan && !program->options.no_load)
		status = test_load(plan);
	if (!status)
		status = report(program, host, plan, answers, snapshot != NULL);
	if (!status && plan)
		status = plans_status(plan);
	free(answers);
	featsel_plan_free(plan);
	featsel_host_free(host);
	return status;
}

int explain_run(struct program *program)
{
	const struct strings *snapshots = &program->options.snapshots;
	int status = 0;

	if (!snapshots->count)
		return explain_host(program, NULL);
	for (size_t i = 0; i < snapshots->count; i++)
		status = plans_worse(status, explain_host(program, snapshots->items[i]));
	return status;
}
