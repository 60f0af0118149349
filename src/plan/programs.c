/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* programs.c - the programs of a candidate: which it has, and which of them the host can attach */
#include <errno.h>
#include <string.h>

#include "plan/private.h"

/* Whether the program's target is known to be missing; else the attempt to attach decides. */
static int is_absent(const struct plan_subject *subject, const struct program_ref *ref,
		     const struct featsel_context *log, bool *ret, struct featsel_error *err)
{
	const struct feature *target;
	struct featsel_answer answer;
	int r = object_target(subject->object, ref, subject->host->arena, &target, err);

	if (r)
		return r;
	*ret = false;
	if (!target)
		return 0;
	answer = host_answer(subject->host, target);
	*ret = answer_is_missing(&answer);
	if (*ret && log)
		context_log(log, FEATSEL_LOG_INFO,
			    "event '%s': candidate '%s' goes without '%s': %s: %s",
			    subject->candidate->event->name, subject->candidate->name, ref->name,
			    answer.reason ? answer.reason : "no", answer.evidence);
	return 0;
}

struct plan_subject plan_subject(const struct featsel_plan *plan,
				 const struct plan_candidate *candidate)
{
	return (struct plan_subject){
		.object = candidate->object, .candidate = candidate->candidate, .host = plan->host};
}

int plan_programs(const struct plan_subject *subject, const struct featsel_context *log,
		  struct arena *arena, const struct program_ref **ret, size_t *n,
		  struct featsel_error *err)
{
	const struct program_ref *refs;
	struct program_ref *kept;
	size_t i, n_refs, n_kept = 0;
	bool absent;
	int r;

	r = object_candidate_programs(subject->object, subject->candidate, arena, &refs, &n_refs,
				      err);
	if (r)
		return r;
	kept = arena_array(arena, n_refs ? n_refs : 1, sizeof(*kept));
	if (!kept)
		return error_memory(err);
	for (i = 0; i < n_refs && !r; i++) {
		absent = false;
		if (refs[i].optional)
			r = is_absent(subject, &refs[i], log, &absent, err);
		if (!absent)
			kept[n_kept++] = refs[i];
	}
	if (r)
		return r;
	*ret = kept;
	*n = n_kept;
	return 0;
}

/* ---- the calls of featsel.h ---- */

static const char *target_of(const struct object *object, const struct program_ref *ref)
{
	const struct object_program *program;

	if (ref->attach)
		return ref->attach;
	program = object ? object_program(object, ref->name) : NULL;
	return program ? program->section_name : NULL;
}

/* All programs of a candidate, out of its object where that can be read. */
static int list_programs(struct featsel_plan *plan, struct plan_candidate *candidate)
{
	const struct program_ref *refs = candidate->candidate->programs;
	size_t i, n = candidate->candidate->n_programs;
	struct featsel_program *programs;

	if (plan_read_object(plan, candidate))
		return -ENOMEM;
	if (candidate->object && object_candidate_programs(candidate->object, candidate->candidate,
							   plan->arena, &refs, &n, NULL) == -ENOMEM)
		return -ENOMEM;
	programs = arena_array(plan->arena, n ? n : 1, sizeof(*programs));
	if (!programs)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		programs[i] = (struct featsel_program){
			.size = sizeof(programs[i]),
			.name = refs[i].name,
			.attach = target_of(candidate->object, &refs[i]),
			.optional = refs[i].optional,
			.loaded_only = refs[i].loaded_only,
		};
	candidate->programs = programs;
	candidate->n_programs = n;
	return 0;
}

const struct featsel_program *featsel_plan_program(struct featsel_plan *plan, size_t event,
						   size_t candidate, size_t index)
{
	struct plan_candidate *asked;

	if (event >= plan->n_events || candidate >= plan->events[event].n_candidates)
		return NULL;
	asked = &plan->events[event].candidates[candidate];
	if (!asked->programs && list_programs(plan, asked))
		return NULL;
	return index < asked->n_programs ? &asked->programs[index] : NULL;
}

/* A setting for all events or candidates need not apply to this one. */
static bool has_bearing(const struct plan_candidate *candidate, const struct setting *setting,
			unsigned int fits)
{
	const struct object *object = candidate->object;

	if (setting->on)
		return setting->on & fits;
	if (setting->global)
		return object_has_global(object, setting->global);
	return !setting->map || object_map(object, setting->map) >= 0;
}

static unsigned int fits_of(const struct plan_candidate *candidate)
{
	const struct program_ref *refs = candidate->candidate->programs;
	const struct object_program *program;
	struct section section;
	unsigned int fits = 0;
	size_t i;

	for (i = 0; i < candidate->candidate->n_programs; i++) {
		program = object_program(candidate->object, refs[i].name);
		if (program && !object_place(program, candidate->candidate, &refs[i], &section))
			fits |= on_fits(&section);
	}
	return fits;
}

int plan_settings(const struct plan_candidate *candidate, struct arena *arena,
		  const struct setting **ret, size_t *n)
{
	const struct setting *all;
	struct setting *kept;
	unsigned int fits;
	size_t i, n_all;

	*n = 0;
	if (manifest_settings(candidate->candidate, arena, &all, &n_all))
		return -ENOMEM;
	kept = arena_array(arena, n_all + 1, sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	fits = candidate->object ? fits_of(candidate) : 0;
	for (i = 0; i < n_all; i++)
		if (!candidate->object || has_bearing(candidate, &all[i], fits))
			kept[(*n)++] = all[i];
	*ret = kept;
	return 0;
}

static int list_settings(const struct featsel_plan *plan, struct plan_candidate *candidate)
{
	const struct setting *said;
	struct featsel_setting *settings;
	size_t i, n;

	if (plan_settings(candidate, plan->arena, &said, &n))
		return -ENOMEM;
	settings = arena_array(plan->arena, n + 1, sizeof(*settings));
	if (!settings)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		settings[i] = (struct featsel_setting){.size = sizeof(settings[i]),
						       .key = said[i].key,
						       .value = said[i].value,
						       .origin = said[i].origin};
	candidate->settings = settings;
	candidate->n_settings = n;
	return 0;
}

const struct featsel_setting *featsel_plan_setting(const struct featsel_plan *plan, size_t event,
						   size_t candidate, size_t index)
{
	struct plan_candidate *asked;

	if (event >= plan->n_events || candidate >= plan->events[event].n_candidates)
		return NULL;
	asked = &plan->events[event].candidates[candidate];
	if (!asked->settings && list_settings(plan, asked))
		return NULL;
	return index < asked->n_settings ? &asked->settings[index] : NULL;
}

static bool is_of_object(const struct plan_candidate *candidate, const char *name)
{
	const char *slash = strrchr(candidate->candidate->object, '/');

	return strcmp(candidate->candidate->object, name) == 0 ||
	       (slash && strcmp(slash + 1, name) == 0) ||
	       (candidate->object && strcmp(candidate->object->path, name) == 0);
}

/* An optional program that is missing is not loaded. */
static bool is_loaded(struct featsel_plan *plan, const struct plan_candidate *candidate,
		      const char *program, struct arena *arena)
{
	const struct plan_subject subject = plan_subject(plan, candidate);
	const struct program_ref *refs;
	size_t i, n;

	if (!candidate->object || plan_programs(&subject, NULL, arena, &refs, &n, NULL))
		return false;
	for (i = 0; i < n; i++)
		if (strcmp(refs[i].name, program) == 0)
			return true;
	return false;
}

bool featsel_plan_wants(struct featsel_plan *plan, const char *object, const char *program)
{
	struct arena *arena = arena_new();
	const struct plan_event *event = plan->events;
	bool wants = false;

	for (; arena && event < plan->events + plan->n_events && !wants; event++)
		wants = event->chosen >= 0 &&
			is_of_object(&event->candidates[event->chosen], object) &&
			is_loaded(plan, &event->candidates[event->chosen], program, arena);
	arena_free(arena);
	return wants;
}
