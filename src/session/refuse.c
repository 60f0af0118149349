/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* refuse.c - a failed candidate is out: keep the reason, choose the next one */
#include <errno.h>
#include <string.h>

#include "session/private.h"

void failure_describe(const struct try_failure *failure, char *text, size_t size)
{
	const char *error = failure->error ? errno_name(failure->error) : "";

	/* The evidence usually names it. */
	if (strstr(failure->answer.evidence, error))
		error = "";
	snprintf(text, size, "%s: %s%s%s: %s", stage_failed(failure->stage), failure->answer.reason,
		 *error ? ", " : "", error, failure->answer.evidence);
}

int failure_error(const struct featsel_plan *plan, size_t event, const struct try_failure *failure,
		  struct featsel_error *err)
{
	const struct plan_event *failed = &plan->events[event];
	char text[768];

	failure_describe(failure, text, sizeof(text));
	return error_set(err, failure->error ? failure->error : -ENODATA, FEATSEL_FAILURE_RUN,
			 "event '%s': candidate '%s' %s", failed->event->name,
			 failed->candidates[failed->chosen].candidate->name, text);
}

int plan_fall_back(struct featsel_plan *plan, size_t event, const struct try_failure *failure)
{
	const struct plan_event *refused = &plan->events[event];
	const struct featsel_context *context = plan->manifest->context;
	const char *failed = refused->candidates[refused->chosen].candidate->name;
	char text[768];
	int r;

	failure_describe(failure, text, sizeof(text));
	r = plan_refuse(plan, event, &failure->answer);
	if (r)
		context_log(context, FEATSEL_LOG_WARNING,
			    "event '%s': candidate '%s' %s, no other is left", refused->event->name,
			    failed, text);
	else
		context_log(context, FEATSEL_LOG_WARNING,
			    "event '%s': candidate '%s' %s, trying '%s'", refused->event->name,
			    failed, text, refused->candidates[refused->chosen].candidate->name);
	return r;
}

/* Nobody has kept the verifier's words: load the candidate alone, and hear them. */
static struct featsel_answer explain_unheard(struct featsel_plan *plan, size_t event, int error)
{
	const char *name = error ? errno_name(error) : "no errno";
	struct featsel_answer answer = {0};

	if (host_loads(plan->host) &&
	    !trial_load(plan, event, (size_t)plan->events[event].chosen, &answer, NULL) &&
	    answer.reason)
		return answer;
	return answer_make(plan->host->arena, FEATSEL_NO, REASON_INCONCLUSIVE, NULL,
			   answer.evidence ? "%s from the caller; loaded alone it is not refused"
					   : "%s from the caller, without a log",
			   name);
}

/* The meaning of the failure, as our own session would report it. */
static struct featsel_answer explain_refusal(struct featsel_plan *plan, size_t event,
					     const struct try_failure *failure, const char *log)
{
	struct plan_candidate *candidate =
		&plan->events[event].candidates[plan->events[event].chosen];
	struct load_group group = {.context = plan->manifest->context};
	struct try_failure known = *failure;
	struct featsel_answer answer = candidate->trouble;

	/* featsel_plan_attach() knows more of it than its caller. */
	if (failure->stage == STAGE_ATTACH && answer.reason)
		return answer;
	if (failure->stage == STAGE_LOAD && !*log)
		return explain_unheard(plan, event, failure->error);
	answer = answer_make(plan->host->arena, FEATSEL_NO, REASON_INCONCLUSIVE, NULL, "%s",
			     failure->error ? errno_name(failure->error)
					    : "the caller gave no errno");
	if (!failure->error && !*log && failure->stage != STAGE_FIRE)
		return answer;
	if (*log)
		libbpf_log_add(&group.libbpf_log, log);
	if (!group_add_event(&group, plan, event, NULL)) {
		known.stream = group_stream(&group, 0);
		answer = failure_explain(plan, &group, &known, NULL);
	}
	group_release(&group);
	return answer;
}

/* A candidate that only inference keeps out is tried before the event is given up, as in a
 * session. */
static int last_resort(struct featsel_plan *plan, size_t event)
{
	struct plan_event *of = &plan->events[event];

	of->chosen = plan_last_resort(plan, event, -1);
	of->certain = false;
	if (of->chosen < 0)
		return -ENOENT;
	context_log(plan->manifest->context, FEATSEL_LOG_INFO,
		    "event '%s': no other is left, trying '%s', which is predicted not to work",
		    of->event->name, of->candidates[of->chosen].candidate->name);
	return 0;
}

int featsel_plan_refuse(struct featsel_plan *plan, size_t event, enum featsel_stage stage,
			int error, const char *log)
{
	struct try_failure failure = {.error = error > 0 ? -error : error};

	if (stage <= FEATSEL_STAGE_NONE || stage > FEATSEL_STAGE_FIRE)
		return -EINVAL;
	if (event >= plan->n_events || plan->events[event].chosen < 0)
		return -ENOENT;
	failure.stage = (enum stage)(stage - FEATSEL_STAGE_OPEN);
	failure.answer = explain_refusal(plan, event, &failure, log ? log : "");
	return plan_fall_back(plan, event, &failure) ? last_resort(plan, event) : 0;
}
