/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* loaded.c - a candidate's verdict after it was loaded */
#include "plan/private.h"

bool plan_may_be_tried(const struct plan_candidate *candidate)
{
	return select_may_be_tried(candidate);
}

bool plan_worth_loading(const struct plan_candidate *candidate)
{
	int decisive;

	if (!candidate->wanted || !candidate->considered || candidate->tried || !candidate->object)
		return false;
	if (select_may_be_tried(candidate))
		return true;
	return candidate->verdict == FEATSEL_NO && !candidate->unusable &&
	       select_is_by_inference(candidate) &&
	       select_beyond_loading(candidate, &decisive) != FEATSEL_NO;
}

/* A candidate that loads still needs its target, what the manifest requires, and a context that its
 * target has. */
void plan_loaded(const struct featsel_plan *plan, struct plan_candidate *candidate)
{
	const struct plan_requirement *requirements = candidate->requirements.items;
	enum featsel_verdict verdict = select_beyond_loading(candidate, &candidate->trial_decisive);

	candidate->tried = true;
	if (verdict == FEATSEL_YES) {
		candidate->trial = host_settle(plan->host, candidate->object, candidate->candidate,
					       SETTLE_LOADED);
		if (candidate->trial.verdict == FEATSEL_YES)
			candidate->trial =
				answer_yes(plan->arena, "the kernel has loaded its programs");
		return;
	}
	candidate->trial = requirements[candidate->trial_decisive].answer;
	candidate->trial.verdict = verdict;
}

/* A predicted no has the better reason. */
void plan_load_failed(struct plan_candidate *candidate, const struct featsel_answer *answer)
{
	if (candidate->verdict == FEATSEL_NO)
		return;
	candidate->tried = true;
	candidate->trial = *answer;
	candidate->trial_decisive = -1;
}

void plan_choose_again(struct featsel_plan *plan, size_t event)
{
	struct plan_event *of = &plan->events[event];

	of->chosen = plan_next(plan, event, -1);
	of->certain = of->chosen >= 0 && select_verdict(&of->candidates[of->chosen]) == FEATSEL_YES;
}
