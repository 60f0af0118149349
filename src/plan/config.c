/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * config.c - whether a candidate can be set up as the manifest and the command line say, and sees
 * and reports as much as they require
 */
#include <errno.h>
#include <string.h>

#include "plan/private.h"

/* ---- at least ---- */

static void below(struct featsel_plan *plan, struct plan_candidate *candidate, const char *text)
{
	candidate->barrier = answer_make(plan->arena, FEATSEL_NO, REASON_BELOW_MINIMUM, NULL, "%s",
					 text ? text : "out of memory");
}

static void check_covers(struct featsel_plan *plan, struct plan_candidate *candidate,
			 unsigned int wanted)
{
	const unsigned int covers = candidate->candidate->covers;

	if (!(wanted & ~covers))
		return;
	if (!covers)
		below(plan, candidate,
		      arena_printf(plan->arena,
				   "the manifest does not say what it covers; %s is asked for",
				   covers_text(wanted)));
	else
		below(plan, candidate,
		      arena_printf(plan->arena, "it covers %s; %s is asked for",
				   covers_text(covers), covers_text(wanted)));
}

static void check_fields(struct featsel_plan *plan, struct plan_candidate *candidate,
			 const char *const *fields)
{
	const struct featsel_layout *layout = NULL;

	for (; candidate->barrier.verdict == FEATSEL_YES && fields && *fields; fields++) {
		if (lists_name(candidate->candidate->lacks, *fields)) {
			below(plan, candidate,
			      arena_printf(plan->arena, "it cannot fill the field '%s'", *fields));
			return;
		}
		if (!layout &&
		    featsel_manifest_layout(plan->manifest, candidate->candidate, &layout, NULL))
			return; /* errors in the record are reported elsewhere */
		if (featsel_layout_find(layout, *fields) < 0) {
			below(plan, candidate,
			      arena_printf(plan->arena, "its record has no field '%s'", *fields));
			return;
		}
	}
}

/* ---- globals ---- */

bool plan_event_has(struct featsel_plan *plan, const struct featsel_event *event, const char *name,
		    bool (*has)(const struct object *object, const char *name))
{
	struct object *object;
	const char *path;
	size_t i;

	for (i = 0; i < event->n_candidates; i++)
		if (!manifest_object_path(plan->manifest, &event->candidates[i], plan->arena, &path,
					  NULL) &&
		    !plan_object(plan->manifest, path, &object, NULL) && has(object, name))
			return true;
	return false;
}

/* The first variable that is set, and the object lacks. */
static const struct global_ref *missing_global(const struct plan_candidate *candidate)
{
	const struct featsel_candidate *said = candidate->candidate;
	size_t i;

	for (i = 0; i < said->n_globals; i++)
		if (!object_has_global(candidate->object, said->globals[i].name))
			return &said->globals[i];
	return NULL;
}

static int check_globals(struct featsel_plan *plan, struct plan_candidate *candidate)
{
	const struct featsel_candidate *said = candidate->candidate;
	const struct global_ref *missing = missing_global(candidate);
	const struct object_override *overrides;
	size_t n;
	int r;

	if (missing && missing->shared &&
	    plan_event_has(plan, said->event, missing->name, object_has_global)) {
		candidate->barrier = answer_make(
			plan->arena, FEATSEL_NO, REASON_NOT_CONFIGURABLE, NULL,
			"%s has no variable '%.*s', which is to be set", candidate->object->path,
			(int)strcspn(missing->name, ".["), missing->name);
		return 0;
	}
	r = object_overrides(candidate->object, said, plan->arena, &overrides, &n, &plan->refused);
	/* For selection -ENOENT means that no candidate is left. */
	return r == -ENOENT ? -EINVAL : r;
}

void plan_check_minimum(struct featsel_plan *plan, struct plan_candidate *candidate)
{
	const struct minimum *minimum = candidate->candidate->event->minimum;

	if (!minimum)
		return;
	check_covers(plan, candidate, minimum->covers);
	check_fields(plan, candidate, minimum->fields);
	check_fields(plan, candidate, minimum->selected);
}

int plan_check_tag(struct featsel_plan *plan, const struct plan_candidate *candidate)
{
	struct featsel_condition *condition;
	struct featsel_layout *layout;
	int r;

	if (!candidate->candidate->event->tag)
		return 0;
	r = runnable_layout(candidate->object, candidate->candidate, plan->arena, &layout,
			    &plan->refused);
	if (!r)
		r = runnable_tag(candidate->candidate, layout, &condition, &plan->refused);
	if (!r)
		featsel_condition_free(condition);
	return r;
}

int plan_check_globals(struct featsel_plan *plan, struct plan_candidate *candidate)
{
	return candidate->candidate->n_globals ? check_globals(plan, candidate) : 0;
}

/* ---- how the kernel was configured ---- */

int plan_check_kconfig(struct featsel_plan *plan, struct featsel_error *err)
{
	const struct kconfig *kconfig;
	size_t i, j;
	int r = 0;

	for (i = 0; i < plan->n_events && !r; i++)
		for (j = 0; j < plan->events[i].n_candidates && !r; j++)
			r = host_kconfig(plan->host, plan->events[i].candidates[j].candidate,
					 &kconfig, err);
	return r;
}

int plan_believe_kconfig(struct featsel_plan *plan, const struct plan_candidate *candidate)
{
	const struct kconfig *kconfig;
	int r = host_kconfig(plan->host, candidate->candidate, &kconfig, &plan->refused);

	if (!r)
		host_use_kconfig(plan->host, kconfig);
	return r;
}

/* ---- places ---- */

/* The keys of @said that no candidate of the event takes; an object that cannot be read may. */
static unsigned int taken_by_none(struct featsel_plan *plan, const struct featsel_event *event,
				  unsigned int said)
{
	const struct featsel_candidate *candidate;
	struct object *object;
	const char *path;
	size_t i;

	for (i = 0; said && i < event->n_candidates; i++) {
		candidate = &event->candidates[i];
		if (manifest_object_path(plan->manifest, candidate, plan->arena, &path, NULL) ||
		    plan_object(plan->manifest, path, &object, NULL))
			return 0;
		said &= ~runnable_fits(object, candidate);
	}
	return said;
}

/* What is said for an event is for one of its candidates, for all events for one of them. */
static int check_places(struct featsel_plan *plan, struct featsel_error *err)
{
	const struct featsel_event *event = NULL;
	unsigned int wide = ~0u, unfit = 0;
	enum on_key key;
	size_t i;

	for (i = 0; i < plan->n_events && !unfit; i++) {
		event = plan->events[i].event;
		unfit = event->on ? taken_by_none(plan, event, event->on->shared) : 0;
		wide = event->on ? taken_by_none(plan, event, event->on->wide & wide) : 0;
	}
	for (key = 0; event && key < ON_KEY_COUNT; key++)
		if ((unfit ? unfit : wide) & ON_SAID(key))
			return error_at(err, -EINVAL, &event->on->at[key],
					"on: no program of event '%s'%s takes '%s'", event->name,
					unfit ? "" : ", or of another that is asked for,",
					on_key_name(key));
	return 0;
}

/* ---- said for all events ---- */

static bool plan_has_global(struct featsel_plan *plan, const char *name)
{
	size_t i;

	for (i = 0; i < plan->n_events; i++)
		if (plan_event_has(plan, plan->events[i].event, name, object_has_global))
			return true;
	return false;
}

/* A setting for all events must apply to one of them, or it is a slip. */
int plan_check_wide(struct featsel_plan *plan, struct featsel_error *err)
{
	const struct featsel_candidate *first;
	struct featsel_candidate strict;
	struct global_ref global;
	const struct object_override *overrides;
	struct object *object;
	const char *path;
	size_t i, n;
	int r = check_places(plan, err);

	if (r || !plan->n_events)
		return r;
	first = &plan->events[0].event->candidates[0];
	for (i = 0; i < first->n_globals; i++) {
		if (!first->globals[i].wide || plan_has_global(plan, first->globals[i].name))
			continue;
		global = first->globals[i];
		global.wide = false;
		strict = *first;
		strict.globals = &global;
		strict.n_globals = 1;
		r = manifest_object_path(plan->manifest, first, plan->arena, &path, err);
		if (!r)
			r = plan_object(plan->manifest, path, &object, err);
		if (!r)
			r = object_overrides(object, &strict, plan->arena, &overrides, &n, err);
		return r;
	}
	return 0;
}
