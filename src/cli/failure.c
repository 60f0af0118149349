/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * failure.c - what went wrong as one JSON object, where no document says it
 */
#include "cli/cli.h"

static const char *const failures[] = {
	[FEATSEL_FAILURE_RUN] = "run",
	[FEATSEL_FAILURE_INVALID] = "invalid",
	[FEATSEL_FAILURE_NO_CANDIDATE] = "no-candidate",
	[FEATSEL_FAILURE_DENIED] = "denied",
};

/* The first event without a candidate, -1: each has one, or there is no plan. */
static int failed_event(const struct featsel_plan *plan)
{
	for (size_t i = 0; plan && i < featsel_plan_events(plan); i++)
		if (featsel_plan_failure(plan, i))
			return (int)i;
	return -1;
}

/* The candidate that a permission would bring back, else the preferred one: the first that is not
 * yes. */
static int obstacle(const struct featsel_plan *plan, size_t event)
{
	size_t n = featsel_event_candidates(featsel_plan_event(plan, event));
	int found = -1;

	for (size_t i = n; i-- > 0;) {
		enum featsel_verdict verdict = plans_answer(plan, event, i).verdict;

		if (!featsel_plan_considered(plan, event, i) || verdict == FEATSEL_YES)
			continue;
		if (found < 0 || verdict == FEATSEL_DENIED ||
		    plans_answer(plan, event, (size_t)found).verdict != FEATSEL_DENIED)
			found = (int)i;
	}
	return found;
}

void failure_json(FILE *out, const struct program *program, int status)
{
	const struct featsel_plan *plan = program->plan;
	int event = failed_event(plan);
	int candidate = event < 0 ? -1 : obstacle(plan, (size_t)event);
	const struct featsel_event *of = event < 0 ? NULL : featsel_plan_event(plan, (size_t)event);
	struct featsel_answer answer = {.verdict = FEATSEL_UNKNOWN};
	struct json json;

	if (candidate >= 0)
		answer = plans_answer(plan, (size_t)event, (size_t)candidate);
	json_begin_file(&json, out);
	json_object(&json, NULL);
	json_object(&json, "error");
	json_number(&json, "status", (uint64_t)status);
	json_string(&json, "failure",
		    (size_t)status < ARRAY_SIZE(failures) ? failures[status] : NULL);
	json_string(&json, "text", message_first());
	json_string(&json, "event", of ? featsel_event_name(of) : NULL);
	json_string(&json, "candidate",
		    candidate < 0 ? NULL
				  : featsel_candidate_name(
					    featsel_event_candidate(of, (size_t)candidate)));
	json_string(&json, "reason", answer.reason);
	json_string(&json, "evidence", answer.evidence);
	json_string(&json, "remedy", answer.remedy);
	json_end(&json);
	json_end(&json);
	(void)json_finish(&json);
}
