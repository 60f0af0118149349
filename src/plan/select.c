/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * select.c - the decision as a function: candidates and a host's answers in, verdicts and the
 * choice out
 *
 * Pure: no I/O, no libbpf, no globals. Everything from outside comes through struct select_ops.
 */
#include <errno.h>
#include <string.h>

#include "plan/private.h"

struct evaluation {
	struct plan_candidate *candidate;
	const struct select_ops *ops;
	void *data;
	bool failed; /* out of memory */
};

static struct plan_requirement *requirements_of(const struct plan_candidate *candidate)
{
	return candidate->requirements.items;
}

static struct plan_requirement *add(struct evaluation *evaluation, const struct feature *feature,
				    const char *within, const char *origin)
{
	struct plan_requirement *requirement =
		vec_add(&evaluation->candidate->requirements, sizeof(*requirement));

	if (!requirement) {
		evaluation->failed = true;
		return NULL;
	}
	*requirement = (struct plan_requirement){
		.feature = feature,
		.origin = origin,
		.within = within,
		.answer = evaluation->ops->ask(evaluation->data, feature),
	};
	requirement->answer.size = sizeof(requirement->answer);
	requirement->bears = requirement->answer.verdict;
	return requirement;
}

static enum featsel_verdict note(struct evaluation *evaluation, const struct feature *feature,
				 const char *within, const char *origin)
{
	const struct plan_requirement *requirement = add(evaluation, feature, within, origin);

	return requirement ? requirement->answer.verdict : FEATSEL_UNKNOWN;
}

static enum featsel_verdict ask_declared(void *data, const struct feature *feature,
					 const char *within)
{
	return note(data, feature, within, "manifest");
}

/*
 * The feature of a group that can explain its verdict: one that agrees with it. Of alternatives it
 * is the last resort, which most hosts have.
 */
static void close_group(void *data, enum requirement_op op, size_t leaves,
			enum featsel_verdict verdict)
{
	const struct vec *asked = &((struct evaluation *)data)->candidate->requirements;
	struct plan_requirement *first = asked->items, *requirement = first + asked->count;
	bool explained = false;

	/* Memory is out: some are missing, and nothing will be explained. */
	if (leaves > asked->count)
		return;
	for (first = requirement - leaves; requirement-- > first;) {
		if (op == REQUIREMENT_NOT)
			requirement->bears = verdict_not(requirement->bears);
		if (requirement->bears != verdict || (op == REQUIREMENT_ANY && explained))
			requirement->moot = true;
		explained = explained || !requirement->moot;
	}
}

static const struct requirement_ops declared_ops = {.ask = ask_declared, .close = close_group};

/* Already required outright, so inference need not repeat it. */
static bool is_declared(const struct plan_candidate *candidate, const struct feature *feature)
{
	const struct plan_requirement *requirements = requirements_of(candidate);
	size_t i;

	for (i = 0; i < candidate->requirements.count; i++)
		if (!requirements[i].within &&
		    strcmp(requirements[i].feature->text, feature->text) == 0)
			return true;
	return false;
}

static bool is_noted(const struct plan_candidate *candidate, const struct feature *feature)
{
	const struct plan_requirement *requirements = requirements_of(candidate);
	size_t i;

	for (i = 0; i < candidate->requirements.count; i++)
		if (strcmp(requirements[i].feature->text, feature->text) == 0)
			return true;
	return false;
}

/*
 * Whether no way through the programs comes to what was added last; then it is no requirement. What
 * the code calls or reads of the kernel stands behind checks more often than not.
 */
static bool drop_missed(struct evaluation *evaluation, const struct feature *feature)
{
	bool (*is_missed)(void *, struct plan_candidate *, const struct feature *) =
		evaluation->ops->is_missed;

	if (!is_missed ||
	    (feature->kind != FEATURE_HELPER && feature->kind != FEATURE_KFUNC &&
	     feature->kind != FEATURE_BTF) ||
	    !is_missed(evaluation->data, evaluation->candidate, feature))
		return false;
	evaluation->candidate->requirements.count--;
	return true;
}

static bool is_answered(struct evaluation *evaluation, const struct feature *feature)
{
	enum featsel_verdict verdict = evaluation->ops->ask(evaluation->data, feature).verdict;

	return verdict == FEATSEL_YES || verdict == FEATSEL_NO;
}

/*
 * For what the verifier may never see only a yes helps: if it is missing, everything depends on the
 * question that nobody answered.
 */
static enum featsel_verdict evaluate_open(struct evaluation *evaluation,
					  const struct object_inferred *need)
{
	const struct feature *hinge = need->reached.hinge;
	struct plan_requirement *requirement = add(evaluation, need->feature, "open", "object");

	if (!requirement || requirement->answer.verdict == FEATSEL_YES)
		return requirement ? FEATSEL_YES : FEATSEL_UNKNOWN;
	if (drop_missed(evaluation, need->feature))
		return FEATSEL_YES;
	requirement->bears = FEATSEL_UNKNOWN;
	/* An answer that leaves it open nevertheless explains nothing. */
	if (!hinge || is_answered(evaluation, hinge))
		return FEATSEL_UNKNOWN;
	requirement->moot = true;
	if (!is_noted(evaluation->candidate, hinge))
		(void)note(evaluation, hinge, "open", "object");
	return FEATSEL_UNKNOWN;
}

static enum featsel_verdict evaluate_need(struct evaluation *evaluation,
					  const struct object_inferred *need)
{
	const struct feature *hinge = need->reached.hinge;
	struct plan_requirement *requirement;

	if (need->reached.how == MAY_BE_REACHED)
		return evaluate_open(evaluation, need);
	requirement = add(evaluation, need->feature, NULL, "object");
	if (!requirement || requirement->bears == FEATSEL_YES)
		return requirement ? FEATSEL_YES : FEATSEL_UNKNOWN;
	if (drop_missed(evaluation, need->feature))
		return FEATSEL_YES;
	if (requirement->bears != FEATSEL_NO || !hinge)
		return requirement->bears;
	/* It is needed only because of what the kernel cannot do either: that is the reason. */
	requirement->moot = true;
	return is_noted(evaluation->candidate, hinge) ? FEATSEL_NO
						      : note(evaluation, hinge, NULL, "object");
}

/* What depends on open questions comes last: it decides least. */
static enum featsel_verdict evaluate_inferred(struct evaluation *evaluation,
					      enum featsel_verdict verdict, bool lazy)
{
	const struct plan_candidate *candidate = evaluation->candidate;
	const struct object_inferred *need;
	size_t i, n = candidate->n_inferred;

	for (i = 0; i < 2 * n && !(lazy && verdict == FEATSEL_NO); i++) {
		need = &candidate->inferred[i % n];
		if ((need->reached.how == MAY_BE_REACHED) == (i >= n) &&
		    !is_declared(candidate, need->feature))
			verdict = verdict_worst(verdict, evaluate_need(evaluation, need));
	}
	return verdict;
}

/* The places of programs whose section gives none. */
static enum featsel_verdict evaluate_places(struct evaluation *evaluation,
					    enum featsel_verdict verdict, bool lazy)
{
	const struct plan_candidate *candidate = evaluation->candidate;
	const struct attach_options *on = candidate->candidate->on;
	const char *origin = on && on->said ? "manifest" : "object";
	size_t i;

	for (i = 0; i < candidate->n_places && !(lazy && verdict == FEATSEL_NO); i++)
		if (!is_declared(candidate, candidate->places[i]))
			verdict = verdict_worst(
				verdict, note(evaluation, candidate->places[i], NULL, origin));
	return verdict;
}

/*
 * If the target of an optional program does not exist, that is reported and decides nothing. If it
 * does, it is needed like any other, and so is what the program reads of it.
 */
static enum featsel_verdict evaluate_optional(struct evaluation *evaluation,
					      enum featsel_verdict verdict, bool lazy)
{
	const struct plan_candidate *candidate = evaluation->candidate;
	const struct optional_target *optional = candidate->optional;
	const struct optional_target *end = optional + candidate->n_optional;
	struct plan_requirement *target;

	for (; optional < end && !(lazy && verdict == FEATSEL_NO); optional++) {
		target = add(evaluation, optional->target, NULL, "object");
		if (!target)
			break;
		if (answer_is_missing(&target->answer)) {
			target->within = "optional";
			target->moot = true;
			continue;
		}
		verdict = verdict_worst(verdict, target->answer.verdict);
		if (optional->words)
			verdict = verdict_worst(verdict,
						note(evaluation, optional->words, NULL, "object"));
	}
	return verdict;
}

/* The first requirement that alone explains the verdict. */
static int decisive_of(const struct plan_candidate *candidate)
{
	const struct plan_requirement *requirements = requirements_of(candidate);
	size_t i;

	if (candidate->verdict == FEATSEL_YES)
		return -1;
	for (i = 0; i < candidate->requirements.count; i++)
		if (!requirements[i].moot && requirements[i].bears == candidate->verdict)
			return (int)i;
	return -1;
}

enum featsel_verdict select_verdict(const struct plan_candidate *candidate)
{
	if (candidate->refused.reason)
		return candidate->refused.verdict;
	return candidate->tried ? candidate->trial.verdict : candidate->verdict;
}

bool select_may_be_tried(const struct plan_candidate *candidate)
{
	const struct plan_requirement *requirements = candidate->requirements.items;
	enum featsel_verdict verdict = select_verdict(candidate);

	/* If only a module that is not loaded could have it, it is missing now. */
	if (verdict == FEATSEL_UNKNOWN && !candidate->tried && candidate->decisive >= 0 &&
	    answer_is_missing(&requirements[candidate->decisive].answer))
		return false;
	return verdict == FEATSEL_YES || (verdict == FEATSEL_UNKNOWN && !candidate->unusable);
}

static int evaluate_candidate(struct plan_candidate *candidate, bool lazy,
			      const struct select_ops *ops, void *data)
{
	struct evaluation evaluation = {.candidate = candidate, .ops = ops, .data = data};
	enum featsel_verdict verdict;
	int r;

	r = ops->prepare(data, candidate);
	if (r)
		return r;
	candidate->considered = true;
	candidate->whole = !lazy;
	candidate->declared = FEATSEL_UNKNOWN;
	candidate->decisive = -1;
	if (candidate->barrier.verdict != FEATSEL_YES) {
		candidate->verdict = candidate->barrier.verdict;
		/* An explanation also lists what else is true. */
		if (lazy || !candidate->placeless)
			return 0;
	}
	verdict = requirement_evaluate(candidate->candidate->required, lazy, &declared_ops,
				       &evaluation);
	candidate->declared = verdict;
	verdict = evaluate_inferred(&evaluation, verdict, lazy);
	verdict = evaluate_places(&evaluation, verdict, lazy);
	verdict = evaluate_optional(&evaluation, verdict, lazy);
	if (evaluation.failed)
		return -ENOMEM;
	if (candidate->placeless)
		return 0;
	candidate->verdict = verdict;
	candidate->decisive = decisive_of(candidate);
	if (select_may_be_tried(candidate) && ops->settle)
		candidate->barrier = ops->settle(data, candidate);
	if (candidate->barrier.verdict != FEATSEL_YES) {
		candidate->barred_by_inference = candidate->barrier.verdict == FEATSEL_NO;
		candidate->verdict = candidate->barrier.verdict;
		candidate->decisive = -1;
	}
	return 0;
}

/* ---- what inference alone keeps out ---- */

/*
 * Whether loading answers for the requirement: the kernel then knows the types, helpers, maps and
 * instructions. Targets and links are checked when attaching.
 */
static bool shows_by_loading(const struct plan_requirement *requirement)
{
	static const bool kinds[FEATURE_KIND_COUNT] = {
		[FEATURE_PROG_TYPE] = true, [FEATURE_MAP_TYPE] = true, [FEATURE_HELPER] = true,
		[FEATURE_KFUNC] = true,	    [FEATURE_BTF] = true,      [FEATURE_KSYM] = true,
		[FEATURE_KCONFIG] = true,   [FEATURE_INSNS] = true,
	};
	const struct feature *feature = requirement->feature;
	const char *bracket = strrchr(feature->operand, '[');
	/* Words of the context, "[0,2]"; no loading tells of a tracepoint's fields, "[pid@24]". */
	bool words = feature->kind == FEATURE_ATTACH && bracket && strchr("0123456789", bracket[1]);

	return strcmp(requirement->origin, "object") == 0 && (kinds[feature->kind] || words);
}

enum featsel_verdict select_beyond_loading(const struct plan_candidate *candidate, int *decisive)
{
	const struct plan_requirement *requirements = requirements_of(candidate);
	enum featsel_verdict verdict = FEATSEL_YES, worse;
	size_t i;

	*decisive = -1;
	for (i = 0; i < candidate->requirements.count; i++) {
		if (requirements[i].moot || shows_by_loading(&requirements[i]))
			continue;
		worse = verdict_worst(verdict, requirements[i].bears);
		if (worse != verdict)
			*decisive = (int)i;
		verdict = worse;
	}
	return verdict;
}

/*
 * Declared missing on request, not permitted, a place that `on:` names and that is not there, one
 * where programs are attached and never run, or fields that are read where others are: not for us
 * to try.
 */
static bool is_forbidden(const struct plan_requirement *requirement)
{
	static const enum reason reasons[] = {REASON_MASKED,	      REASON_TARGET_MISSING,
					      REASON_LSM_INACTIVE,    REASON_KPROBES_DISABLED,
					      REASON_FTRACE_DISABLED, REASON_TRACEPOINT_LAYOUT};
	const char *code = requirement->answer.reason;
	size_t i;

	if (requirement->moot || requirement->bears == FEATSEL_YES)
		return false;
	for (i = 0; i < ARRAY_SIZE(reasons) && code; i++)
		if (strcmp(code, reason_row(reasons[i])->code) == 0)
			return true;
	return requirement->bears == FEATSEL_DENIED;
}

bool select_is_by_inference(const struct plan_candidate *candidate)
{
	const struct plan_requirement *requirements = requirements_of(candidate);
	size_t i;

	if (candidate->verdict != FEATSEL_NO || !candidate->object ||
	    candidate->declared == FEATSEL_NO || candidate->declared == FEATSEL_DENIED)
		return false;
	if (candidate->barrier.verdict != FEATSEL_YES && !candidate->barred_by_inference)
		return false;
	for (i = 0; i < candidate->requirements.count; i++)
		if (is_forbidden(&requirements[i]))
			return false;
	return true;
}

/* Evaluation stopped at the first no; a later requirement may forbid trying. */
static int evaluate_rest(struct plan_candidate *candidate, const struct select_ops *ops, void *data)
{
	if (candidate->whole || candidate->barrier.verdict != FEATSEL_YES)
		return 0;
	vec_free(&candidate->requirements);
	return evaluate_candidate(candidate, false, ops, data);
}

/* For an object at fault nothing was asked: the manifest's requirements of the kernel count. */
static int evaluate_declared(struct plan_candidate *candidate, const struct select_ops *ops,
			     void *data)
{
	struct evaluation evaluation = {.candidate = candidate, .ops = ops, .data = data};

	if (!candidate->barred_by_inference || candidate->requirements.count)
		return 0;
	candidate->declared = requirement_evaluate(candidate->candidate->required, false,
						   &declared_ops, &evaluation);
	return evaluation.failed ? -ENOMEM : 0;
}

int select_last_resort(struct plan_event *event, int after, const struct select_ops *ops,
		       void *data)
{
	struct plan_candidate *candidate;
	size_t i;
	int r;

	for (i = (size_t)(after + 1); i < event->n_candidates; i++) {
		candidate = &event->candidates[i];
		if (!candidate->wanted || candidate->tried || candidate->refused.reason ||
		    candidate->verdict != FEATSEL_NO)
			continue;
		r = evaluate_rest(candidate, ops, data);
		if (!r)
			r = evaluate_declared(candidate, ops, data);
		if (r)
			return r;
		if (select_is_by_inference(candidate))
			return (int)i;
	}
	return -ENOENT;
}

int select_next(struct plan_event *event, int after, const struct select_ops *ops, void *data)
{
	struct plan_candidate *candidate;
	size_t i;
	int r;

	for (i = (size_t)(after + 1); i < event->n_candidates; i++) {
		candidate = &event->candidates[i];
		if (!candidate->wanted || candidate->refused.reason)
			continue;
		r = candidate->considered ? 0 : evaluate_candidate(candidate, true, ops, data);
		if (r)
			return r;
		if (select_may_be_tried(candidate))
			return (int)i;
	}
	return -ENOENT;
}

int select_event(struct plan_event *event, bool all, const struct select_ops *ops, void *data)
{
	size_t i;
	int r;

	for (i = 0; all && i < event->n_candidates; i++) {
		if (!event->candidates[i].wanted)
			continue;
		r = evaluate_candidate(&event->candidates[i], false, ops, data);
		if (r)
			return r;
	}
	event->chosen = select_next(event, -1, ops, data);
	if (event->chosen < 0 && event->chosen != -ENOENT)
		return event->chosen;
	event->certain = event->chosen >= 0 &&
			 select_verdict(&event->candidates[event->chosen]) == FEATSEL_YES;
	return 0;
}

int select_failure(const struct plan_event *event)
{
	bool denied = false, unusable = true;
	size_t i;

	if (event->chosen >= 0)
		return 0;
	for (i = 0; i < event->n_candidates; i++) {
		if (!event->candidates[i].wanted)
			continue;
		denied = denied || select_verdict(&event->candidates[i]) == FEATSEL_DENIED;
		unusable = unusable && event->candidates[i].unusable &&
			   !select_may_be_tried(&event->candidates[i]);
	}
	if (unusable)
		return FEATSEL_FAILURE_INVALID;
	return denied ? FEATSEL_FAILURE_DENIED : FEATSEL_FAILURE_NO_CANDIDATE;
}
