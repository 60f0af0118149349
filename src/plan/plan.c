/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * plan.c - manifest x host: requests resolved, features asked
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/private.h"

int featsel_manifest_layout(struct featsel_manifest *manifest,
			    const struct featsel_candidate *candidate,
			    const struct featsel_layout **ret, struct featsel_error *err)
{
	struct featsel_layout *layout;
	struct object *object;
	const char *path;
	int r;

	r = manifest_object_path(manifest, candidate, manifest->arena, &path, err);
	if (!r)
		r = plan_object(manifest, path, &object, err);
	if (!r)
		r = runnable_layout(object, candidate, manifest->arena, &layout, err);
	if (!r)
		*ret = layout;
	return r;
}

/* Errors that say nothing about an object, only that it could not be read now. */
static const struct {
	int code;
	enum featsel_verdict verdict;
	enum reason reason;
	const char *remedy;
} unread[] = {
	{-EACCES, FEATSEL_DENIED, REASON_OBJECT_UNUSABLE, "let this user read it"},
	{-ESRCH, FEATSEL_NO, REASON_TYPE_MISSING, NULL}, /* this host's types are others */
	{-EDESTADDRREQ, FEATSEL_NO, REASON_NO_TARGET, "give the program one with 'attach:'"},
	{-EMFILE, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL},
	{-ENFILE, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL},
	{-EAGAIN, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL},
	{-EINTR, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL},
	{-EIO, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL},
	{-ENOSYS, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL},
};

static void bar(struct featsel_plan *plan, struct plan_candidate *candidate, int code,
		const struct featsel_error *error, const char *remedy)
{
	char text[sizeof(error->source) + sizeof(error->text) + 32];
	enum featsel_verdict verdict = FEATSEL_NO;
	enum reason reason = REASON_OBJECT_UNUSABLE;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unread); i++)
		if (unread[i].code == code) {
			verdict = unread[i].verdict;
			reason = unread[i].reason;
			remedy = unread[i].remedy ? unread[i].remedy : shortage_remedy(code);
		}
	featsel_error_format(error, text, sizeof(text));
	candidate->unusable = reason == REASON_OBJECT_UNUSABLE || verdict == FEATSEL_UNKNOWN;
	candidate->barrier = answer_make(plan->arena, verdict, reason, remedy, "%s", text);
}

/*
 * What a live run would lack on every kernel: 0, -ENOMEM, -EINVAL with @error. @unfit: the manifest
 * itself says what does not fit, which is for nobody to try.
 */
static int judge(struct featsel_plan *plan, struct plan_candidate *candidate, bool *unfit,
		 struct featsel_error *error)
{
	const struct object_oracle oracle = host_oracle(plan->host);
	struct run_fault fault;
	int r = runnable_first(candidate->object, candidate->candidate, &oracle, plan->arena,
			       &fault);

	if (r || !fault.lack)
		return r;
	*unfit = fault.lack == RUN_HAS_UNFIT || fault.lack == RUN_LACKS_OUTPUT;
	if (fault.lack != RUN_LACKS_TARGET)
		return error_at(error, -EINVAL, fault.at, "%s", fault.text);
	candidate->placeless = true;
	candidate->barrier = answer_make(plan->arena, FEATSEL_NO, REASON_NO_TARGET, fault.remedy,
					 "%s", fault.text);
	return 0;
}

int plan_read_object(struct featsel_plan *plan, struct plan_candidate *candidate)
{
	struct featsel_error error = {0};
	const char *path, *remedy = NULL;
	int r;

	if (candidate->barrier.verdict != FEATSEL_YES || candidate->object)
		return 0;
	r = manifest_object_path(plan->manifest, candidate->candidate, plan->arena, &path, &error);
	if (r == -ENOENT && candidate->candidate->object[0] != '/')
		remedy = "put it beside the manifest, or say where the objects are";
	if (!r)
		r = plan_object(plan->manifest, path, &candidate->object, &error);
	if (r && r != -ENOMEM)
		bar(plan, candidate, r, &error, remedy);
	return r == -ENOMEM ? r : 0;
}

static int infer(struct featsel_plan *plan, struct plan_candidate *candidate)
{
	const struct object_oracle oracle = host_oracle(plan->host);
	const struct object_query query = {
		.object = candidate->object, .candidate = candidate->candidate, .oracle = &oracle};
	struct featsel_error error = {0};
	bool unfit = false;
	int r;

	r = object_infer(&query, plan->arena, &candidate->inferred, &candidate->n_inferred, &error);
	if (!r)
		r = object_places(candidate->object, candidate->candidate, plan->arena,
				  &candidate->places, &candidate->n_places, &error);
	if (!r)
		r = object_optional_targets(&query, plan->arena, &candidate->optional,
					    &candidate->n_optional, &error);
	if (!r)
		r = judge(plan, candidate, &unfit, &error);
	if (r && r != -ENOMEM) {
		bar(plan, candidate, r, &error, NULL);
		candidate->barred_by_inference = !unfit && r != -EDESTADDRREQ;
	}
	return r;
}

/* What selection needs from a candidate's object: read only now, so that objects of later
 * candidates stay unread. */
static int prepare(void *data, struct plan_candidate *candidate)
{
	struct featsel_plan *plan = data;
	size_t i;
	int r = plan_believe_kconfig(plan, candidate);

	if (!r)
		r = plan_read_object(plan, candidate);
	if (r || !candidate->object || candidate->barrier.verdict != FEATSEL_YES)
		return r;
	r = infer(plan, candidate);
	if (!r)
		plan_check_minimum(plan, candidate);
	if (!r)
		r = plan_check_tag(plan, candidate);
	if (!r && candidate->barrier.verdict == FEATSEL_YES)
		r = plan_check_globals(plan, candidate);
	if (!r && candidate->barrier.verdict == FEATSEL_YES)
		r = plan_check_maps(plan, candidate);
	for (i = 0; !r && i < candidate->n_inferred; i++)
		host_expect(plan->host, candidate->inferred[i].feature);
	/* A setting that cannot be applied ends the plan; an error in the object only concerns the
	 * candidate. */
	return r == -ENOMEM || plan->refused.text[0] ? r : 0;
}

static struct featsel_answer ask(void *data, const struct feature *feature)
{
	struct featsel_plan *plan = data;

	return host_answer(plan->host, feature);
}

/* Asked only about what would keep the candidate out: it costs more than all the rest. */
static bool is_missed(void *data, struct plan_candidate *candidate, const struct feature *feature)
{
	struct featsel_plan *plan = data;
	struct object_oracle oracle = host_oracle(plan->host);
	size_t i;

	oracle.apart = true;
	if (!candidate->object ||
	    (!candidate->exact &&
	     object_infer(&(struct object_query){.object = candidate->object,
						 .candidate = candidate->candidate,
						 .oracle = &oracle},
			  plan->arena, &candidate->exact, &candidate->n_exact, NULL)))
		return false;
	for (i = 0; i < candidate->n_exact; i++)
		if (strcmp(candidate->exact[i].feature->text, feature->text) == 0)
			return false;
	return true;
}

static struct featsel_answer settle(void *data, const struct plan_candidate *candidate)
{
	struct featsel_plan *plan = data;

	if (!candidate->object)
		return answer_yes(plan->arena, "every requirement holds");
	return host_settle(plan->host, candidate->object, candidate->candidate,
			   candidate->verdict == FEATSEL_YES ? SETTLE_SURE : SETTLE_UNSURE);
}

static const struct select_ops ops = {
	.prepare = prepare, .ask = ask, .is_missed = is_missed, .settle = settle};

int plan_next(struct featsel_plan *plan, size_t event, int after)
{
	int next = select_next(&plan->events[event], after, &ops, plan);

	return next < 0 ? -1 : next;
}

int plan_last_resort(struct featsel_plan *plan, size_t event, int after)
{
	int next = select_last_resort(&plan->events[event], after, &ops, plan);

	return next < 0 ? -1 : next;
}

int plan_refuse(struct featsel_plan *plan, size_t event, const struct featsel_answer *why)
{
	struct plan_event *refused = &plan->events[event];
	int failed = refused->chosen;

	refused->candidates[failed].refused = *why;
	refused->chosen = plan_next(plan, event, failed);
	refused->certain =
		refused->chosen >= 0 && refused->candidates[refused->chosen].verdict == FEATSEL_YES;
	return refused->chosen < 0 ? -ENOENT : 0;
}

static int event_unknown(const struct featsel_manifest *manifest, const char *name,
			 struct featsel_error *err)
{
	const char *near = featsel_manifest_suggest(manifest, name);

	if (near)
		return error_set(err, -ENOENT, FEATSEL_FAILURE_INVALID,
				 "unknown event '%s', did you mean '%s'?", name, near);
	return error_set(err, -ENOENT, FEATSEL_FAILURE_INVALID, "unknown event '%s'", name);
}

static struct plan_candidate *find_candidate(struct plan_event *event, const char *name)
{
	size_t i;

	for (i = 0; i < event->n_candidates; i++)
		if (strcmp(event->candidates[i].candidate->name, name) == 0)
			return &event->candidates[i];
	return NULL;
}

static int candidate_unknown(const struct plan_event *event, const char *name,
			     struct featsel_error *err)
{
	const char **names = calloc(event->n_candidates, sizeof(*names));
	const char *near;
	char list[512] = "";
	size_t i, length = 0;

	if (!names)
		return error_memory(err);
	for (i = 0; i < event->n_candidates; i++) {
		names[i] = event->candidates[i].candidate->name;
		if (length < sizeof(list))
			length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
						   i ? ", " : "", names[i]);
	}
	near = names_nearest(name, names, event->n_candidates);
	free(names);
	if (near)
		return error_set(err, -ENOENT, FEATSEL_FAILURE_INVALID,
				 "event '%s' has no candidate '%s', did you mean '%s'?",
				 event->event->name, name, near);
	return error_set(err, -ENOENT, FEATSEL_FAILURE_INVALID,
			 "event '%s' has no candidate '%s', there are: %s", event->event->name,
			 name, list);
}

static struct plan_event *planned(struct featsel_plan *plan, const struct featsel_event *event)
{
	size_t i;

	for (i = 0; i < plan->n_events; i++)
		if (plan->events[i].event == event)
			return &plan->events[i];
	return NULL;
}

static int add_event(struct featsel_plan *plan, const struct featsel_event *event,
		     struct plan_event **ret, struct featsel_error *err)
{
	struct plan_event *added = &plan->events[plan->n_events];
	size_t i;

	added->event = event;
	added->chosen = -1;
	added->n_candidates = event->n_candidates;
	added->candidates =
		arena_array(plan->arena, event->n_candidates, sizeof(*added->candidates));
	if (!added->candidates)
		return error_memory(err);
	for (i = 0; i < event->n_candidates; i++)
		added->candidates[i] = (struct plan_candidate){
			.candidate = &event->candidates[i],
			.barrier = {.verdict = FEATSEL_YES},
			.decisive = -1,
		};
	plan->n_events++;
	*ret = added;
	return 0;
}

/* Forced candidates add up; an event that is requested without one wants them all. */
static int want(struct plan_event *event, const char *candidate, struct featsel_error *err)
{
	struct plan_candidate *found;
	size_t i;

	if (!candidate) {
		for (i = 0; i < event->n_candidates; i++)
			event->candidates[i].wanted = true;
		return 0;
	}
	found = find_candidate(event, candidate);
	if (!found)
		return candidate_unknown(event, candidate, err);
	found->wanted = true;
	return 0;
}

/* The event that a request is about. */
static int find_event(const struct featsel_plan *plan, const struct featsel_request *request,
		      const struct featsel_event **ret, struct featsel_error *err)
{
	if (!request->event)
		return error_set(err, -EINVAL, FEATSEL_FAILURE_INVALID, "a request names no event");
	*ret = featsel_manifest_find(plan->manifest, request->event);
	return *ret ? 0 : event_unknown(plan->manifest, request->event, err);
}

static int resolve(struct featsel_plan *plan, const struct featsel_request *request,
		   struct featsel_error *err)
{
	const struct featsel_event *event;
	struct plan_event *found;
	int r = find_event(plan, request, &event, err);

	if (r)
		return r;
	found = planned(plan, event);
	r = found ? 0 : add_event(plan, event, &found, err);
	return r ? r : want(found, request->candidate, err);
}

/* A disabled candidate of an event outside the plan is checked as well: a slip must not silently
 * disable nothing. */
static int disable(struct featsel_plan *plan, const struct featsel_request *request,
		   struct featsel_error *err)
{
	const struct featsel_event *event;
	struct plan_event *found;
	struct plan_candidate *candidate;
	size_t i;
	int r = find_event(plan, request, &event, err);

	if (r)
		return r;
	if (!request->candidate)
		return error_set(err, -EINVAL, FEATSEL_FAILURE_INVALID,
				 "event '%s': what is switched off names no candidate",
				 request->event);
	found = planned(plan, event);
	for (i = 0; !found && i < event->n_candidates; i++)
		if (strcmp(event->candidates[i].name, request->candidate) == 0)
			return 0;
	if (!found)
		return error_set(err, -ENOENT, FEATSEL_FAILURE_INVALID,
				 "event '%s' has no candidate '%s'", event->name,
				 request->candidate);
	candidate = find_candidate(found, request->candidate);
	if (!candidate)
		return candidate_unknown(found, request->candidate, err);
	candidate->barrier = answer_make(plan->arena, FEATSEL_NO, REASON_MASKED, NULL,
					 "switched off on request");
	return 0;
}

static int resolve_all(struct featsel_plan *plan, const struct featsel_request *requests,
		       size_t n_requests, struct featsel_error *err)
{
	size_t i, n_events = featsel_manifest_events(plan->manifest);
	struct featsel_request every;
	int r = 0;

	plan->events =
		arena_array(plan->arena, n_requests ? n_requests : n_events, sizeof(*plan->events));
	if (!plan->events)
		return error_memory(err);
	for (i = 0; i < n_requests && !r; i++)
		r = resolve(plan, &requests[i], err);
	for (i = 0; !n_requests && i < n_events && !r; i++) {
		every = (struct featsel_request){featsel_manifest_event(plan->manifest, i)->name,
						 NULL};
		r = resolve(plan, &every, err);
	}
	return r;
}

int featsel_plan_make(struct featsel_manifest *manifest, struct featsel_host *host,
		      const struct featsel_request *requests, size_t n_requests,
		      const struct featsel_request *disabled, size_t n_disabled, unsigned int flags,
		      struct featsel_plan **ret, struct featsel_error *err)
{
	struct featsel_plan *plan;
	size_t i;
	int r = error_flags(flags, FEATSEL_PLAN_ALL, err);

	if (r)
		return r;
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return error_memory(err);
	plan->manifest = manifest;
	plan->host = host;
	plan->all = flags & FEATSEL_PLAN_ALL;
	plan->arena = arena_new();
	r = plan->arena ? 0 : error_memory(err);
	if (!r)
		r = resolve_all(plan, requests, n_requests, err);
	for (i = 0; i < n_disabled && !r; i++)
		r = disable(plan, &disabled[i], err);
	host_new_run(host);
	if (!r)
		r = plan_check_wide(plan, err);
	if (!r)
		r = plan_check_kconfig(plan, err);
	for (i = 0; i < plan->n_events && !r; i++)
		r = select_event(&plan->events[i], flags & FEATSEL_PLAN_ALL, &ops, plan);
	if (r && plan->refused.text[0] && err)
		*err = plan->refused;
	else if (r)
		error_memory(err);
	if (r) {
		featsel_plan_free(plan);
		return r;
	}
	*ret = plan;
	return 0;
}

void featsel_plan_free(struct featsel_plan *plan)
{
	size_t i, j;

	if (!plan)
		return;
	for (i = 0; i < plan->n_events; i++)
		for (j = 0; j < plan->events[i].n_candidates; j++)
			vec_free(&plan->events[i].candidates[j].requirements);
	fds_close(&plan->held);
	arena_free(plan->arena);
	free(plan);
}

size_t featsel_plan_events(const struct featsel_plan *plan)
{
	return plan->n_events;
}

const struct featsel_event *featsel_plan_event(const struct featsel_plan *plan, size_t event)
{
	return event < plan->n_events ? plan->events[event].event : NULL;
}

int featsel_plan_chosen(const struct featsel_plan *plan, size_t event)
{
	return event >= plan->n_events || plan->events[event].chosen < 0
		       ? -1
		       : plan->events[event].chosen;
}

bool featsel_plan_certain(const struct featsel_plan *plan, size_t event)
{
	return event < plan->n_events && plan->events[event].certain;
}

bool featsel_plan_last_resort(struct featsel_plan *plan, size_t event)
{
	return event < plan->n_events && plan->events[event].chosen < 0 &&
	       plan_last_resort(plan, event, -1) >= 0;
}

int featsel_plan_failure(const struct featsel_plan *plan, size_t event)
{
	return event < plan->n_events ? (int)select_failure(&plan->events[event])
				      : FEATSEL_FAILURE_INVALID;
}

/* NULL where there is no such event or candidate. */
static const struct plan_candidate *candidate_of(const struct featsel_plan *plan, size_t event,
						 size_t candidate)
{
	return event < plan->n_events && candidate < plan->events[event].n_candidates
		       ? &plan->events[event].candidates[candidate]
		       : NULL;
}

bool featsel_plan_considered(const struct featsel_plan *plan, size_t event, size_t candidate)
{
	const struct plan_candidate *asked = candidate_of(plan, event, candidate);

	return asked && asked->considered;
}

/* What its object and the host's answers lead to. */
static struct featsel_answer predicted(const struct plan_candidate *asked)
{
	const struct plan_requirement *requirements = asked->requirements.items;
	struct featsel_answer answer;

	if (asked->barrier.verdict != FEATSEL_YES)
		return asked->barrier;
	if (!asked->considered)
		return (struct featsel_answer){.reason = reason_row(REASON_INCONCLUSIVE)->code,
					       .evidence = "not considered"};
	answer = (struct featsel_answer){.verdict = asked->verdict,
					 .evidence = "every requirement holds"};
	if (asked->decisive < 0)
		return answer;
	answer = requirements[asked->decisive].answer;
	/* Below "not" a feature that exists keeps the candidate out. */
	if (answer.verdict == FEATSEL_YES)
		answer.reason = reason_row(REASON_EXCLUDED)->code;
	answer.verdict = asked->verdict;
	return answer;
}

struct featsel_answer plan_answer(const struct featsel_plan *plan, size_t event, size_t candidate)
{
	const struct plan_candidate *asked = candidate_of(plan, event, candidate);

	/* What came last. */
	if (asked->refused.reason)
		return asked->refused;
	return asked->tried ? asked->trial : predicted(asked);
}

int featsel_plan_answer(const struct featsel_plan *plan, size_t event, size_t candidate,
			struct featsel_answer *ret)
{
	struct featsel_answer answer;

	if (!candidate_of(plan, event, candidate))
		return -EINVAL;
	answer = plan_answer(plan, event, candidate);
	return result_give(ret, &answer, sizeof(answer));
}

int featsel_plan_predicted(const struct featsel_plan *plan, size_t event, size_t candidate,
			   struct featsel_answer *ret)
{
	const struct plan_candidate *asked = candidate_of(plan, event, candidate);
	struct featsel_answer answer;

	if (!asked)
		return -EINVAL;
	answer = predicted(asked);
	if (!asked->tried || answer.verdict == asked->trial.verdict)
		return -ENOENT;
	return result_give(ret, &answer, sizeof(answer));
}

const char *featsel_plan_decisive(const struct featsel_plan *plan, size_t event, size_t candidate)
{
	const struct plan_candidate *asked = candidate_of(plan, event, candidate);
	const struct plan_requirement *requirements;
	int decisive;

	if (!asked)
		return NULL;
	requirements = asked->requirements.items;
	decisive = asked->tried ? asked->trial_decisive : asked->decisive;
	if (decisive < 0 || asked->refused.reason)
		return NULL;
	return requirements[decisive].feature->text;
}

size_t featsel_plan_requirements(const struct featsel_plan *plan, size_t event, size_t candidate)
{
	const struct plan_candidate *asked = candidate_of(plan, event, candidate);

	return asked ? asked->requirements.count : 0;
}

int featsel_plan_requirement(const struct featsel_plan *plan, size_t event, size_t candidate,
			     size_t index, struct featsel_requirement_view *ret)
{
	const struct plan_candidate *asked = candidate_of(plan, event, candidate);
	const struct plan_requirement *requirement;
	struct featsel_requirement_view view;

	if (!asked || index >= asked->requirements.count)
		return -EINVAL;
	requirement = (const struct plan_requirement *)asked->requirements.items + index;
	view = (struct featsel_requirement_view){
		.feature = requirement->feature->text,
		.origin = requirement->origin,
		.within = requirement->within,
		.answer = &requirement->answer,
	};
	return result_give(ret, &view, sizeof(view));
}
