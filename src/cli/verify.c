/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * verify.c - --verify: try every candidate alone and compare the result with the prediction
 *
 * A yes that did not work and a no or denied that did are wrong predictions; an unknown predicts
 * nothing. Then the working candidates are compared: over the same workload they must report the
 * same.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/screen.h"

enum agreement { AGREEMENT_RIGHT, AGREEMENT_WRONG, AGREEMENT_OPEN, AGREEMENT_COUNT };

static const char *const agreement_names[AGREEMENT_COUNT] = {
	[AGREEMENT_RIGHT] = "right",
	[AGREEMENT_WRONG] = "WRONG",
	[AGREEMENT_OPEN] = "open",
};

static const enum colour agreement_colours[AGREEMENT_COUNT] = {
	[AGREEMENT_RIGHT] = COLOUR_NONE,
	[AGREEMENT_WRONG] = COLOUR_BAD,
	[AGREEMENT_OPEN] = COLOUR_WARN,
};

static const char *const agreement_codes[AGREEMENT_COUNT] = {
	[AGREEMENT_RIGHT] = "right",
	[AGREEMENT_WRONG] = "wrong",
	[AGREEMENT_OPEN] = "open",
};

struct verify {
	struct program *program;
	struct featsel_plan *plan;
	struct json json;
	size_t counts[AGREEMENT_COUNT];
	bool **works;	/* event, candidate */
	size_t event;	/* the event being compared */
	size_t unequal; /* pairs of candidates */
	int event_width, candidate_width;
};

/* Reasons of what can be attached and then never fires; an attach type that the kernel does not
 * check yet loads. */
static bool predicts_silence(const struct featsel_answer *predicted)
{
	static const char *const reasons[] = {"lsm-inactive", "kprobes-disabled", "ftrace-disabled",
					      "attach-type-unsupported"};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (predicted->reason && strcmp(predicted->reason, reasons[i]) == 0)
			return true;
	return false;
}

static enum agreement compare(const struct featsel_answer *predicted,
			      const struct featsel_trial *trial)
{
	if (predicted->verdict == FEATSEL_UNKNOWN)
		return AGREEMENT_OPEN;
	/* Without a trigger nothing shows that it fires. */
	if (trial->works && !trial->fired && predicts_silence(predicted))
		return AGREEMENT_OPEN;
	return (predicted->verdict == FEATSEL_YES) == trial->works ? AGREEMENT_RIGHT
								   : AGREEMENT_WRONG;
}

static const char *reality(const struct featsel_trial *trial)
{
	/* A candidate without a target was only loaded. */
	if (!trial->works && trial->answer->reason &&
	    strcmp(trial->answer->reason, "no-target") == 0)
		return "loaded";
	if (!trial->works)
		return trial->stage;
	return trial->fired ? "fired" : "attached";
}

/* Nanoseconds a run of its programs, on average. */
static uint64_t cost_of(const struct featsel_trial *trial)
{
	return trial->runs ? (trial->run_ns + trial->runs / 2) / trial->runs : 0;
}

static void put_cost(FILE *out, const struct featsel_trial *trial)
{
	if (trial->works && trial->runs)
		fprintf(out, "  %llu ns a run", (unsigned long long)cost_of(trial));
}

static void row_evidence(FILE *out, const struct featsel_answer *predicted,
			 const struct featsel_trial *trial, enum agreement agreement)
{
	const char *name = agreement_names[agreement];

	if (trial->works && agreement == AGREEMENT_RIGHT)
		return;
	fprintf(out, "%*s", (int)(strlen("right") - strlen(name)), "");
	if (!trial->works) {
		message_print(out, "  %s  %s", trial->answer->reason ? trial->answer->reason : "",
			      trial->answer->evidence ? trial->answer->evidence : "");
	}
	if (agreement != AGREEMENT_RIGHT) {
		fprintf(out, "%s  predicted: ", trial->works ? "" : ";");
		message_text(out, predicted->evidence);
	}
}

static void row_text(const struct verify *verify, size_t event, size_t candidate,
		     const struct featsel_answer *predicted, const struct featsel_trial *trial,
		     enum agreement agreement)
{
	const struct featsel_event *of = featsel_plan_event(verify->plan, event);
	size_t indent = (size_t)verify->event_width + 2 + (size_t)verify->candidate_width + 2;
	struct line_of line;
	FILE *out = line_begin(&line, stdout);

	message_print(out, "%-*s  %-*s  ", verify->event_width, featsel_event_name(of),
		      verify->candidate_width,
		      featsel_candidate_name(featsel_event_candidate(of, candidate)));
	colour_word(out, line.colour, colour_of(predicted->verdict),
		    featsel_verdict_name(predicted->verdict), 9);
	message_print(out, "  %-9s  ", reality(trial));
	colour_word(out, line.colour, agreement_colours[agreement], agreement_names[agreement], 0);
	put_cost(out, trial);
	row_evidence(out, predicted, trial, agreement);
	line_end(&line, indent);
}

static void row_json(struct verify *verify, size_t event, size_t candidate,
		     const struct featsel_answer *predicted, const struct featsel_trial *trial,
		     enum agreement agreement)
{
	const struct featsel_event *of = featsel_plan_event(verify->plan, event);
	struct json *json = &verify->json;

	json_line(json);
	json_object(json, NULL);
	json_string(json, "event", featsel_event_name(of));
	json_string(json, "candidate",
		    featsel_candidate_name(featsel_event_candidate(of, candidate)));
	json_object(json, "predicted");
	json_string(json, "decisive", featsel_plan_decisive(verify->plan, event, candidate));
	json_answer(json, predicted);
	json_end(json);
	json_object(json, "real");
	json_bool(json, "works", trial->works);
	json_bool(json, "attached", trial->attached);
	json_bool(json, "fired", trial->fired);
	/* never 0 if nobody has counted */
	if (trial->runs) {
		json_number(json, "runs", trial->runs);
		json_number(json, "ns_per_run", cost_of(trial));
	} else {
		json_string(json, "runs", NULL);
		json_string(json, "ns_per_run", NULL);
	}
	json_string(json, "stage", trial->works ? NULL : trial->stage);
	json_string(json, "reason", trial->works ? NULL : trial->answer->reason);
	json_string(json, "evidence", trial->works ? NULL : trial->answer->evidence);
	json_end(json);
	json_string(json, "prediction", agreement_codes[agreement]);
	json_end(json);
}

/* The result of a candidate of the current event. */
struct attempt {
	size_t candidate;
	struct featsel_trial trial;
};

static int try_candidate(struct verify *verify, size_t event, struct attempt *attempt)
{
	struct featsel_error err = {0};

	attempt->trial = (struct featsel_trial){.size = sizeof(attempt->trial)};
	if (featsel_plan_try(verify->plan, event, attempt->candidate, NULL, NULL, &attempt->trial,
			     &err))
		return message_failure(&err);
	verify->works[event][attempt->candidate] = attempt->trial.works;
	return 0;
}

static void tell(struct verify *verify, size_t event, const struct attempt *attempt)
{
	struct featsel_answer predicted = plans_answer(verify->plan, event, attempt->candidate);
	enum agreement agreement = compare(&predicted, &attempt->trial);

	verify->counts[agreement]++;
	if (verify->program->options.json)
		row_json(verify, event, attempt->candidate, &predicted, &attempt->trial, agreement);
	else
		row_text(verify, event, attempt->candidate, &predicted, &attempt->trial, agreement);
	fflush(stdout);
}

/* Candidates that were not measured come last, in the order of the manifest. */
static int compare_costs(const void *left, const void *right)
{
	const struct attempt *a = left, *b = right;
	bool measured = a->trial.works && a->trial.runs, other = b->trial.works && b->trial.runs;

	if (measured != other)
		return measured ? -1 : 1;
	if (measured && cost_of(&a->trial) != cost_of(&b->trial))
		return cost_of(&a->trial) < cost_of(&b->trial) ? -1 : 1;
	return (a->candidate > b->candidate) - (a->candidate < b->candidate);
}

/* Each is printed at once, or all in the order of cost at the end. */
static int try_event(struct verify *verify, size_t event)
{
	size_t n = featsel_event_candidates(featsel_plan_event(verify->plan, event)), tried = 0;
	bool sorted = verify->program->options.cost;
	struct attempt *attempts = calloc(n, sizeof(*attempts));
	int status = attempts ? 0 : message_memory();

	for (size_t i = 0; i < n && !status; i++) {
		/* EVENT=CANDIDATE asks for one */
		if (!featsel_plan_considered(verify->plan, event, i))
			continue;
		attempts[tried].candidate = i;
		status = try_candidate(verify, event, &attempts[tried]);
		if (!status && !sorted)
			tell(verify, event, &attempts[tried]);
		tried++;
	}
	if (!status && sorted) {
		qsort(attempts, tried, sizeof(*attempts), compare_costs);
		for (size_t i = 0; i < tried; i++)
			tell(verify, event, &attempts[i]);
	}
	free(attempts);
	return status;
}

static int longer(int width, const char *text)
{
	return (int)strlen(text) > width ? (int)strlen(text) : width;
}

static void begin_text(struct verify *verify)
{
	verify->event_width = (int)strlen("event");
	verify->candidate_width = (int)strlen("candidate");
	for (size_t i = 0; i < featsel_plan_events(verify->plan); i++) {
		const struct featsel_event *event = featsel_plan_event(verify->plan, i);

		verify->event_width = longer(verify->event_width, featsel_event_name(event));
		for (size_t j = 0; j < featsel_event_candidates(event); j++)
			verify->candidate_width =
				longer(verify->candidate_width,
				       featsel_candidate_name(featsel_event_candidate(event, j)));
	}
	printf("%-*s  %-*s  %-9s  %-9s  %s\n", verify->event_width, "event",
	       verify->candidate_width, "candidate", "predicted", "real", "prediction");
}

static void begin(struct verify *verify)
{
	if (!verify->program->options.json) {
		begin_text(verify);
		return;
	}
	json_begin_file(&verify->json, stdout);
	json_object(&verify->json, NULL);
	json_string(&verify->json, "featsel", featsel_version());
	explain_host_json(&verify->json, verify->program->host, NULL);
	json_array(&verify->json, "trials");
}

static void end(struct verify *verify)
{
	if (!verify->program->options.json) {
		printf("%zu right, %zu wrong, %zu open", verify->counts[AGREEMENT_RIGHT],
		       verify->counts[AGREEMENT_WRONG], verify->counts[AGREEMENT_OPEN]);
		if (!verify->program->options.no_compare)
			printf("; %zu pairs of candidates differ", verify->unequal);
		putchar('\n');
		return;
	}
	json_line(&verify->json);
	json_end(&verify->json);
	for (enum agreement i = 0; i < AGREEMENT_COUNT; i++)
		json_number(&verify->json, agreement_codes[i], verify->counts[i]);
	json_number(&verify->json, "unequal", verify->unequal);
	json_end(&verify->json);
}

static int try_all(struct verify *verify)
{
	int status = 0;

	for (size_t i = 0; i < featsel_plan_events(verify->plan) && !status; i++)
		status = try_event(verify, i);
	return status;
}

/* ---- equivalence ---- */

static void pair_text(const struct verify *verify, const struct difference *difference)
{
	const struct featsel_event *of = featsel_plan_event(verify->plan, verify->event);

	message_print(stdout, "%-*s  %s %s %s: %zu record%s", verify->event_width,
		      featsel_event_name(of), difference->first,
		      difference->count ? "differs from" : "equals", difference->other,
		      difference->records, difference->records == 1 ? "" : "s");
	if (difference->count)
		printf(", %zu told by one alone", difference->count);
	putchar('\n');
	for (size_t i = 0; i < difference->n_lines; i++) {
		printf("%*s  ", verify->event_width, "");
		message_text(stdout, difference->lines[i]);
		putchar('\n');
	}
}

static void pair_json(struct verify *verify, const struct difference *difference)
{
	struct json *json = &verify->json;

	json_line(json);
	json_object(json, NULL);
	json_string(json, "event",
		    featsel_event_name(featsel_plan_event(verify->plan, verify->event)));
	json_string(json, "first", difference->first);
	json_string(json, "other", difference->other);
	json_number(json, "records", difference->records);
	json_number(json, "differences", difference->count);
	json_array(json, "lines");
	for (size_t i = 0; i < difference->n_lines; i++)
		json_string(json, NULL, difference->lines[i]);
	json_end(json);
	json_end(json);
}

static void on_pair(void *data, const struct difference *difference)
{
	struct verify *verify = data;

	verify->unequal += difference->count > 0;
	if (verify->program->options.json)
		pair_json(verify, difference);
	else
		pair_text(verify, difference);
	fflush(stdout);
}

/* The trials have reported it. */
static bool is_missing(const char *command)
{
	return strchr(command, '/') && access(command, X_OK);
}

/* The command after "--" is the workload; without one the event's trigger, if it can be run. */
static int compare_event(struct verify *verify)
{
	const struct featsel_event *event = featsel_plan_event(verify->plan, verify->event);
	char *const *workload = verify->program->options.command;

	if (!workload) {
		workload = (char *const *)featsel_event_trigger(event);
		if (!workload || is_missing(workload[0]))
			return 0;
	}
	return equivalence_run(verify->program, event, verify->works[verify->event], workload,
			       on_pair, verify);
}

static int compare_all(struct verify *verify)
{
	int status = 0;

	if (verify->program->options.json) {
		json_line(&verify->json);
		json_end(&verify->json);
		json_array(&verify->json, "equivalence");
	}
	if (verify->program->options.no_compare)
		return 0;
	for (verify->event = 0; verify->event < featsel_plan_events(verify->plan) && !status;
	     verify->event++)
		status = compare_event(verify);
	return status;
}

static int make_works(struct verify *verify)
{
	size_t n = featsel_plan_events(verify->plan);

	verify->works = calloc(n ? n : 1, sizeof(*verify->works));
	for (size_t i = 0; verify->works && i < n; i++) {
		verify->works[i] =
			calloc(featsel_event_candidates(featsel_plan_event(verify->plan, i)),
			       sizeof(bool));
		if (!verify->works[i])
			return message_memory();
	}
	return verify->works ? 0 : message_memory();
}

static void free_works(struct verify *verify)
{
	for (size_t i = 0; verify->works && i < featsel_plan_events(verify->plan); i++)
		free(verify->works[i]);
	free(verify->works);
}

static int verify_plan(struct verify *verify)
{
	int status = make_works(verify);

	if (status)
		return status;
	begin(verify);
	status = try_all(verify);
	if (!status)
		status = compare_all(verify);
	end(verify);
	return status;
}

int verify_run(struct program *program)
{
	struct verify verify = {.program = program};
	int status = plans_open_host(program, NULL, &program->host);

	if (!status)
		status = plans_make(program, program->host, FEATSEL_PLAN_ALL, &program->plan);
	if (status)
		return status;
	verify.plan = program->plan;
	status = verify_plan(&verify);
	free_works(&verify);
	if (!status && (verify.counts[AGREEMENT_WRONG] || verify.unequal))
		status = FEATSEL_FAILURE_NO_CANDIDATE;
	return status;
}
