/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * lint.c - manifest and objects compared; the kernel is asked only for names that no table has
 *
 * A finding is an error if the candidate can work nowhere or shows wrong records, a warning if the
 * manifest says something that its author cannot have meant, a note if it is good to know.
 */
#include <errno.h>

#include "plan/lint.h"

/* ---- the object ---- */

/* The program exists but could not be read: memory is out. */
static int analyse_programs(struct lint *lint, const struct checked *checked)
{
	const struct program_ref *refs = checked->candidate->programs;
	size_t i;

	for (i = 0; i < checked->candidate->n_programs; i++)
		if (dict_get(&checked->object->program_names, refs[i].name) &&
		    !object_program(checked->object, refs[i].name))
			return error_memory(lint->err);
	return 0;
}

static int open_object(struct lint *lint, struct checked *checked)
{
	const struct featsel_candidate *candidate = checked->candidate;
	struct featsel_error error = {0};
	const char *path;
	int r;

	r = manifest_object_path(lint->manifest, candidate, lint->arena, &path, &error);
	if (r == -ENOENT) {
		lint_report(
			lint, CODE_OBJECT, &candidate->object_at,
			"object '%s' is neither beside the manifest nor in the object directory",
			candidate->object);
		return 0;
	}
	if (!r)
		r = plan_object(lint->manifest, path, &checked->object, &error);
	if (r == -ENOMEM)
		return error_memory(lint->err);
	if (!r)
		return analyse_programs(lint, checked);
	if (!error.line && error.source[0])
		lint_report(lint, CODE_OBJECT, &candidate->object_at, "object '%s': %s",
			    error.source, error.text);
	else
		lint_report(lint, CODE_OBJECT, &candidate->object_at, "%s", error.text);
	return 0;
}

/* "; did you mean 'x'?", or "". */
static const char *near_program(struct lint *lint, const struct object *object, const char *name)
{
	const char **names = arena_array(lint->arena, object->n_programs, sizeof(*names));
	const char *near, *text;
	size_t i;

	if (!names)
		return "";
	for (i = 0; i < object->n_programs; i++)
		names[i] = object->programs[i].name;
	near = names_nearest(name, names, object->n_programs);
	text = near ? arena_printf(lint->arena, ", did you mean '%s'?", near) : NULL;
	return text ? text : "";
}

static bool check_license(struct lint *lint, const struct object *object,
			  const struct object_program *program, const struct section *section,
			  const struct location *at)
{
	const char *why = object_gpl_reason(program, section);

	if (!why || object->gpl_compatible)
		return true;
	lint_report(lint, CODE_LICENSE, at,
		    "program '%s' %s, but the license of object '%s' is '%s': license it as 'Dual "
		    "BSD/GPL' or the like",
		    program->name, why, object->path, object->license);
	return false;
}

static bool check_program(struct lint *lint, const struct object *object,
			  const struct program_ref *ref)
{
	const struct object_program *program = object_program(object, ref->name);
	struct section section;

	if (!program) {
		lint_report(lint, CODE_MISSING_PROGRAM, &ref->at,
			    "object '%s' has no program '%s'%s", object->path, ref->name,
			    near_program(lint, object, ref->name));
		return false;
	}
	if (object_section(program, ref, &section)) {
		lint_report(lint, CODE_UNKNOWN_SECTION, &ref->at,
			    "program '%s' is in section '%s', which libbpf does not know: give one "
			    "with "
			    "'attach:'",
			    program->name, program->section_name);
		return false;
	}
	if (program->fault) {
		lint_report(lint, CODE_DAMAGED_PROGRAM, &ref->at, "program '%s': %s", program->name,
			    program->fault);
		return false;
	}
	if (!ref->loaded_only && object_lacks_target(&section)) {
		lint_report(lint, CODE_NO_TARGET, &ref->at,
			    "program '%s' is in section '%s', which names no target: give one with "
			    "'attach:'",
			    program->name, section.form);
		return false;
	}
	return check_license(lint, object, program, &section, &ref->at);
}

static bool check_programs(struct lint *lint, const struct checked *checked)
{
	bool sound = true;
	size_t i;

	for (i = 0; i < checked->candidate->n_programs; i++)
		if (!check_program(lint, checked->object, &checked->candidate->programs[i]))
			sound = false;
	return sound;
}

/* ---- what a live run needs ---- */

static const struct {
	enum lint_code code;
	bool is_error; /* if the code's own severity is lower */
} lacks[] = {
	[RUN_LACKS_TARGET] = {CODE_NO_TARGET, false},
	[RUN_HAS_UNFIT] = {CODE_TYPE_MISMATCH, false},
	[RUN_LACKS_RECORD] = {CODE_MISSING_STRUCT, false},
	[RUN_LACKS_MAP] = {CODE_MISSING_MAP, false},
	[RUN_LACKS_OUTPUT] = {CODE_NO_OUTPUT, true},
	[RUN_HAS_OUTPUTS] = {CODE_AMBIGUOUS_OUTPUT, false},
	[RUN_IS_MUTE] = {CODE_NO_OUTPUT, false},
};

static void on_fault(void *data, const struct run_fault *fault)
{
	struct lint *lint = data;

	lint_report_as(lint, lacks[fault->lack].code,
		       lacks[fault->lack].is_error ? FEATSEL_ERROR
						   : lint_severity(lacks[fault->lack].code),
		       fault->at, "%s%s%s", fault->text, fault->remedy ? ": " : "",
		       fault->remedy ? fault->remedy : "");
}

static int check_record(struct lint *lint, struct checked *checked)
{
	const struct featsel_candidate *candidate = checked->candidate;
	struct featsel_error error = {0};
	size_t i;
	int r;

	if (!candidate->record)
		return 0;
	r = layout_new(checked->object->btf, candidate->record, lint->arena, &checked->layout,
		       &error);
	if (r == -ENOMEM)
		return error_memory(lint->err);
	for (i = 0; !r && candidate->lacks[i]; i++)
		if (featsel_layout_find(checked->layout, candidate->lacks[i]) < 0)
			lint_report(
				lint, CODE_UNKNOWN_FIELD,
				candidate->lacks_at ? &candidate->lacks_at[i] : &candidate->at,
				"lacks names '%s', which is no field of struct '%s': leave it out",
				candidate->lacks[i], candidate->record);
	return 0;
}

static bool check_program_maps(struct lint *lint, const struct checked *checked,
			       const struct object_program *program)
{
	const struct object_map *map;
	bool sound = true;
	size_t i;

	for (i = 0; program && i < program->n_maps; i++) {
		map = &checked->object->maps[program->maps[i]];
		if (!object_map_unsized(map, checked->candidate))
			continue;
		lint_report(lint, CODE_UNSIZED_MAP, &checked->candidate->at,
			    "map '%s' has no size: give one with 'maps: {%s: {max_entries: N}}'",
			    map->name, map->name);
		sound = false;
	}
	return sound;
}

static bool check_sizes(struct lint *lint, const struct checked *checked)
{
	bool sound = true;
	size_t i;

	for (i = 0; i < checked->candidate->n_programs; i++)
		if (!check_program_maps(
			    lint, checked,
			    object_program(checked->object, checked->candidate->programs[i].name)))
			sound = false;
	return sound;
}

static int follow_programs(struct lint *lint, const struct checked *checked)
{
	const struct object_program *program;
	size_t i;

	for (i = 0; i < checked->candidate->n_programs; i++) {
		program = object_program(checked->object, checked->candidate->programs[i].name);
		if (program &&
		    object_program_on(checked->object, program, NULL, lint->arena, &program))
			return error_memory(lint->err);
	}
	return 0;
}

/* A setting that is given for several candidates is reported for the first. */
static int check_kconfig(struct lint *lint, const struct featsel_candidate *candidate)
{
	const struct featsel_candidate *first = lint->event->candidates;
	struct featsel_error error = {0};
	char text[sizeof(error.source) + sizeof(error.text) + 32];
	int r;

	for (; first < candidate; first++)
		if (first->kconfig && first->kconfig_at.line == candidate->kconfig_at.line &&
		    first->kconfig_at.column == candidate->kconfig_at.column)
			return 0;
	r = kconfig_check(candidate, lint->arena, &error);
	if (r == -ENOMEM)
		return error_memory(lint->err);
	featsel_error_format(&error, text, sizeof(text));
	if (r)
		lint_report(lint, CODE_BAD_KCONFIG, &candidate->kconfig_at, "%s", text);
	return 0;
}

static int check_candidate(struct lint *lint, struct checked *checked)
{
	struct featsel_error error = {0};
	bool sound;
	int r;

	lint->candidate = checked->candidate;
	if (check_kconfig(lint, checked->candidate))
		return -ENOMEM;
	lint_names(lint, checked->candidate->required);
	r = open_object(lint, checked);
	if (!r && checked->object)
		r = follow_programs(lint, checked);
	if (r || !checked->object)
		return r;
	sound = check_programs(lint, checked);
	r = check_record(lint, checked);
	if (!r && sound &&
	    runnable_judge(checked->object, checked->candidate, NULL, lint->arena, on_fault, lint))
		r = error_memory(lint->err);
	if (r || !sound)
		return r;
	if (!check_sizes(lint, checked))
		return 0;
	r = object_infer(&(struct object_query){.object = checked->object,
						.candidate = checked->candidate,
						.all = true},
			 lint->arena, &checked->needs, &checked->n_needs, &error);
	if (!r)
		r = object_places(checked->object, checked->candidate, lint->arena,
				  &checked->places, &checked->n_places, &error);
	if (r == -ENOMEM)
		return error_memory(lint->err);
	if (r) {
		lint_report(lint, CODE_OBJECT, &checked->candidate->at, "%s", error.text);
		return 0;
	}
	lint_declared(lint, checked);
	return 0;
}

/* ---- events ---- */

static int check_event(struct lint *lint)
{
	const struct featsel_event *event = lint->event;
	struct checked *checked = arena_array(lint->arena, event->n_candidates, sizeof(*checked));
	size_t i;
	int r = checked ? 0 : error_memory(lint->err);

	for (i = 0; i < event->n_candidates && !r; i++) {
		checked[i].candidate = &event->candidates[i];
		r = check_candidate(lint, &checked[i]);
	}
	if (r)
		return r;
	lint_candidates(lint, checked, event->n_candidates);
	lint_oldest(lint, checked, event->n_candidates);
	return lint_sharing(lint, checked, event->n_candidates);
}

int featsel_manifest_check(struct featsel_manifest *manifest,
			   void (*found)(void *data, const struct featsel_finding *finding),
			   void *data, struct featsel_error *err)
{
	struct lint lint = {.manifest = manifest, .found = found, .data = data, .err = err};
	size_t i;
	int r = sharing_begin(&lint.sharing) ? error_memory(err) : 0;

	for (i = 0; i < featsel_manifest_events(manifest) && !r; i++) {
		/* One arena an event: a manifest may have thousands. */
		lint.arena = arena_new();
		if (!lint.arena) {
			r = error_memory(err);
			break;
		}
		lint.event = featsel_manifest_event(manifest, i);
		r = check_event(&lint);
		arena_free(lint.arena);
	}
	sharing_end(&lint.sharing);
	featsel_host_free(lint.host);
	return r;
}
