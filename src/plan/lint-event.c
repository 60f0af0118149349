/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* lint-event.c - candidates of an event, and events of a manifest, compared with each other */
#include <errno.h>
#include <string.h>

#include "plan/lint.h"

static bool same_layout(const struct featsel_layout *a, const struct featsel_layout *b)
{
	size_t i;

	if (featsel_layout_fields(a) != featsel_layout_fields(b) ||
	    layout_size(a) != layout_size(b))
		return false;
	for (i = 0; i < featsel_layout_fields(a); i++)
		if (strcmp(featsel_layout_field(a, i), featsel_layout_field(b, i)) != 0 ||
		    strcmp(featsel_layout_type(a, i), featsel_layout_type(b, i)) != 0)
			return false;
	return true;
}

static void check_layouts(struct lint *lint, const struct checked *checked, size_t n)
{
	const struct checked *first = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!checked[i].layout)
			continue;
		if (!first)
			first = &checked[i];
		if (same_layout(first->layout, checked[i].layout))
			continue;
		lint->candidate = checked[i].candidate;
		lint_report(
			lint, CODE_LAYOUTS_DIFFER, &checked[i].candidate->record_at,
			"struct '%s' differs from that of candidate '%s': all must emit the same",
			checked[i].candidate->record, first->candidate->name);
	}
}

static void check_order(struct lint *lint, const struct checked *checked, size_t n)
{
	size_t i, j;

	for (i = 1; i < n; i++) {
		for (j = 0; j < i && !checked_shadows(&checked[j], &checked[i], lint->arena); j++)
			;
		if (j == i)
			continue;
		lint->candidate = checked[i].candidate;
		lint_report(
			lint, CODE_UNREACHABLE, &checked[i].candidate->at,
			"is never chosen, since wherever it works candidate '%s' works, too: put "
			"it first",
			checked[j].candidate->name);
	}
}

/* A size may be meant for the object of only one of the event's candidates. */
static void check_map_names(struct lint *lint, const struct checked *checked, size_t n)
{
	const struct map_ref *map;
	size_t i, j, k;
	bool known;

	for (i = 0; i < n; i++) {
		for (j = 0; j < checked[i].candidate->n_maps; j++) {
			map = &checked[i].candidate->maps[j];
			known = false;
			for (k = 0; k < n && !known; k++)
				known = !checked[k].object ||
					object_map(checked[k].object, map->name) >= 0;
			lint->candidate = checked[i].candidate;
			if (!known)
				lint_report(
					lint, CODE_MISSING_MAP, &map->at,
					"sizes the map '%s', which is in no object: leave it out",
					map->name);
		}
	}
}

/* A map's settings fit it in every object that has it. */
static void check_maps(struct lint *lint, const struct checked *checked, size_t n)
{
	struct featsel_candidate one;
	struct featsel_error error;
	struct location at;
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; checked[i].object && j < checked[i].candidate->n_maps; j++) {
			one = *checked[i].candidate;
			one.maps += j;
			one.n_maps = 1;
			error = (struct featsel_error){0};
			if (!object_check_maps(checked[i].object, &one, lint->arena, &error))
				continue;
			at = (struct location){.file = one.maps->at.file,
					       .line = error.line,
					       .column = error.column};
			lint->candidate = checked[i].candidate;
			lint_report(lint, CODE_BAD_MAP, &at, "%s", error.text);
		}
	}
}

/* A variable that is set for the event may be meant for only some of its objects. */
static bool is_elsewhere(const struct checked *checked, size_t n, const struct global_ref *global)
{
	size_t i;

	for (i = 0; i < n && global->shared; i++)
		if (!checked[i].object || object_has_global(checked[i].object, global->name))
			return true;
	return false;
}

static void check_globals(struct lint *lint, const struct checked *checked, size_t n)
{
	const struct object_override *overrides;
	struct featsel_candidate one;
	struct featsel_error error;
	struct location at;
	size_t i, j, count;
	int r;

	for (i = 0; i < n; i++) {
		for (j = 0; checked[i].object && j < checked[i].candidate->n_globals; j++) {
			one = *checked[i].candidate;
			one.globals += j;
			one.n_globals = 1;
			error = (struct featsel_error){0};
			r = object_overrides(checked[i].object, &one, lint->arena, &overrides,
					     &count, &error);
			if (!r || (r == -ENOENT && is_elsewhere(checked, n, one.globals)))
				continue;
			/* It is in no object: one finding is enough. */
			if (r == -ENOENT && one.globals->shared && i > 0)
				continue;
			at = (struct location){.file = one.globals->at.file,
					       .line = error.line,
					       .column = error.column};
			lint->candidate = checked[i].candidate;
			lint_report(lint, CODE_BAD_GLOBAL, &at, "%s", error.text);
		}
	}
}

/* What is said of places for the event is for one candidate at least. */
static void check_places(struct lint *lint, const struct checked *checked, size_t n)
{
	const struct attach_options *on = lint->event->on;
	unsigned int unfit = on ? on->shared : 0;
	enum on_key key;
	size_t i;

	for (i = 0; i < n && unfit; i++)
		unfit &= checked[i].object ? ~runnable_fits(checked[i].object, checked[i].candidate)
					   : 0;
	lint->candidate = checked->candidate;
	for (key = 0; key < ON_KEY_COUNT; key++)
		if (unfit & ON_SAID(key))
			lint_report(lint, CODE_TYPE_MISMATCH, &on->at[key],
				    "on: says '%s', which no program of the event takes: leave it "
				    "out",
				    on_key_name(key));
}

void lint_candidates(struct lint *lint, const struct checked *checked, size_t n)
{
	check_map_names(lint, checked, n);
	check_maps(lint, checked, n);
	check_globals(lint, checked, n);
	check_places(lint, checked, n);
	check_layouts(lint, checked, n);
	check_order(lint, checked, n);
}

/* ---- events against each other ---- */

static int check_tag(struct lint *lint, const struct checked *checked)
{
	const struct featsel_event *event = lint->event, *other;
	struct featsel_condition *condition;
	struct featsel_error error = {0};
	int r;

	if (!event->tag || !checked->layout)
		return 0;
	lint->candidate = checked->candidate;
	r = runnable_tag(checked->candidate, checked->layout, &condition, &error);
	if (r == -ENOMEM)
		return error_memory(lint->err);
	if (r) {
		lint_report(lint, CODE_BAD_TAG, &event->tag_at, "%s", error.text);
		return 0;
	}
	featsel_condition_free(condition);
	if (sharing_tag(&lint->sharing, checked->object, checked->candidate, &other))
		return error_memory(lint->err);
	if (other && other != event)
		lint_report(lint, CODE_BAD_TAG, &event->tag_at,
			    "tag '%s' is that of event '%s' as well, which gets the records",
			    event->tag, other->name);
	return 0;
}

int lint_sharing(struct lint *lint, const struct checked *checked, size_t n)
{
	bool told = false;
	struct shared shared;
	size_t i;
	int r = 0;

	for (i = 0; i < n && !r; i++) {
		if (!checked[i].needs)
			continue;
		r = check_tag(lint, &checked[i]);
		if (r)
			return r;
		if (sharing_add(&lint->sharing, checked[i].object, checked[i].candidate, &shared))
			return error_memory(lint->err);
		if (!shared.with || told)
			continue;
		told = true;
		lint->candidate = checked[i].candidate;
		lint_report(
			lint, CODE_SHARED_MAP, &checked[i].candidate->at,
			"uses map '%s' as event '%s' does, but each gets one of its own: give both "
			"a 'tag:', or pin the map",
			shared.map, shared.with->name);
	}
	return r;
}
