/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * lint.c - manifest and objects held against each other; the kernel is asked only for names that no
 * table knows
 *
 * A finding is an error where the candidate can work nowhere or shows wrong records, a warning
 * where the manifest says what its author cannot have meant, a note where it is good to know.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/private.h"

enum code {
	CODE_OBJECT,
	CODE_MISSING_PROGRAM,
	CODE_UNKNOWN_SECTION,
	CODE_NO_TARGET,
	CODE_MISSING_STRUCT,
	CODE_MISSING_MAP,
	CODE_BAD_GLOBAL,
	CODE_BAD_MAP,
	CODE_BAD_TAG,
	CODE_NO_OUTPUT,
	CODE_AMBIGUOUS_OUTPUT,
	CODE_UNSIZED_MAP,
	CODE_UNKNOWN_FIELD,
	CODE_LICENSE,
	CODE_DAMAGED_PROGRAM,
	CODE_TYPE_MISMATCH,
	CODE_UNNEEDED,
	CODE_UNDECLARED,
	CODE_UNUSED_OPTIONAL,
	CODE_GUARDED,
	CODE_KERNEL_VERSION,
	CODE_LAYOUTS_DIFFER,
	CODE_UNREACHABLE,
	CODE_SHARED_MAP,
	CODE_NOT_ON_OLDEST,
	CODE_UNKNOWN_NAME,
	CODE_COUNT
};

static const struct {
	const char *name;
	enum featsel_severity severity;
} codes[] = {
	[CODE_OBJECT] = {"object-unusable", FEATSEL_ERROR},
	[CODE_MISSING_PROGRAM] = {"missing-program", FEATSEL_ERROR},
	[CODE_UNKNOWN_SECTION] = {"unknown-section", FEATSEL_ERROR},
	[CODE_NO_TARGET] = {"no-target", FEATSEL_ERROR},
	[CODE_MISSING_STRUCT] = {"missing-struct", FEATSEL_ERROR},
	[CODE_MISSING_MAP] = {"missing-map", FEATSEL_ERROR},
	[CODE_BAD_GLOBAL] = {"bad-global", FEATSEL_ERROR},
	[CODE_BAD_MAP] = {"bad-map", FEATSEL_ERROR},
	[CODE_BAD_TAG] = {"bad-tag", FEATSEL_ERROR},
	[CODE_NO_OUTPUT] = {"no-output", FEATSEL_WARNING},
	[CODE_AMBIGUOUS_OUTPUT] = {"ambiguous-output", FEATSEL_ERROR},
	[CODE_UNSIZED_MAP] = {"unsized-map", FEATSEL_ERROR},
	[CODE_UNKNOWN_FIELD] = {"unknown-field", FEATSEL_ERROR},
	[CODE_LICENSE] = {"license", FEATSEL_ERROR},
	[CODE_DAMAGED_PROGRAM] = {"damaged-program", FEATSEL_ERROR},
	[CODE_TYPE_MISMATCH] = {"type-mismatch", FEATSEL_ERROR},
	[CODE_UNNEEDED] = {"unneeded-requirement", FEATSEL_WARNING},
	[CODE_UNDECLARED] = {"undeclared-need", FEATSEL_NOTE},
	[CODE_UNUSED_OPTIONAL] = {"unused-optional", FEATSEL_WARNING},
	[CODE_GUARDED] = {"guarded-need", FEATSEL_NOTE},
	[CODE_KERNEL_VERSION] = {"kernel-version", FEATSEL_WARNING},
	[CODE_LAYOUTS_DIFFER] = {"layouts-differ", FEATSEL_ERROR},
	[CODE_UNREACHABLE] = {"unreachable-candidate", FEATSEL_WARNING},
	[CODE_SHARED_MAP] = {"shared-map", FEATSEL_WARNING},
	[CODE_NOT_ON_OLDEST] = {"not-on-4.18", FEATSEL_NOTE},
	[CODE_UNKNOWN_NAME] = {"unknown-name", FEATSEL_WARNING},
};
_Static_assert(ARRAY_SIZE(codes) == CODE_COUNT, "every code has its row");

static const char *const severities[] = {
	[FEATSEL_NOTE] = "note",
	[FEATSEL_WARNING] = "warning",
	[FEATSEL_ERROR] = "error",
};

const char *featsel_severity_name(enum featsel_severity severity)
{
	return (size_t)severity < ARRAY_SIZE(severities) ? severities[severity] : "error";
}

struct lint {
	struct featsel_manifest *manifest;
	void (*found)(void *data, const struct featsel_finding *finding);
	void *data;
	struct arena *arena;
	const struct featsel_event *event;
	const struct featsel_candidate *candidate; /* NULL: the finding is about the event */
	struct featsel_host *host; /* opened for the first name that no table knows */
	struct sharing sharing;
	struct featsel_error *err;
};

static void vreport(struct lint *lint, enum code code, enum featsel_severity severity,
		    const struct location *at, const char *format, va_list args)
{
	char text[2048];

	vsnprintf(text, sizeof(text), format, args);
	lint->found(lint->data, &(struct featsel_finding){
					.size = sizeof(struct featsel_finding),
					.severity = severity,
					.code = codes[code].name,
					.file = at->file,
					.line = at->line,
					.column = at->column,
					.event = lint->event->name,
					.candidate = lint->candidate ? lint->candidate->name : NULL,
					.text = text,
				});
}

static void PRINTF(4, 5) report(struct lint *lint, enum code code, const struct location *at,
				const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vreport(lint, code, codes[code].severity, at, format, args);
	va_end(args);
}

static void PRINTF(5, 6)
	report_as(struct lint *lint, enum code code, enum featsel_severity severity,
		  const struct location *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vreport(lint, code, severity, at, format, args);
	va_end(args);
}

/* ---- the object ---- */

/* A program that is there, and still is not to be had: memory is out. */
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
		report(lint, CODE_OBJECT, &candidate->object_at,
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
		report(lint, CODE_OBJECT, &candidate->object_at, "object '%s': %s", error.source,
		       error.text);
	else
		report(lint, CODE_OBJECT, &candidate->object_at, "%s", error.text);
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
	report(lint, CODE_LICENSE, at,
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
		report(lint, CODE_MISSING_PROGRAM, &ref->at, "object '%s' has no program '%s'%s",
		       object->path, ref->name, near_program(lint, object, ref->name));
		return false;
	}
	if (object_section(program, ref, &section)) {
		report(lint, CODE_UNKNOWN_SECTION, &ref->at,
		       "program '%s' is in section '%s', which libbpf does not know: give one with "
		       "'attach:'",
		       program->name, program->section_name);
		return false;
	}
	if (program->fault) {
		report(lint, CODE_DAMAGED_PROGRAM, &ref->at, "program '%s': %s", program->name,
		       program->fault);
		return false;
	}
	if (!ref->loaded_only && object_lacks_target(&section)) {
		report(lint, CODE_NO_TARGET, &ref->at,
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
	enum code code;
	bool is_error; /* where the code's own severity is less */
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

	report_as(lint, lacks[fault->lack].code,
		  lacks[fault->lack].is_error ? FEATSEL_ERROR
					      : codes[lacks[fault->lack].code].severity,
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
			report(lint, CODE_UNKNOWN_FIELD,
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
		report(lint, CODE_UNSIZED_MAP, &checked->candidate->at,
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

/* ---- declared against inferred ---- */

static bool needs(const struct checked *checked, const struct feature *feature)
{
	size_t i;

	for (i = 0; i < checked->n_needs; i++)
		if (strcmp(checked->needs[i].feature->text, feature->text) == 0)
			return true;
	return false;
}

static bool same_target(const struct checked *checked, const struct feature *feature)
{
	struct arena *arena = checked->object->arena;
	struct section declared, real;
	struct attach_options on;
	size_t i;

	if (on_parse(arena, feature->operand, &declared, &on))
		return false;
	for (i = 0; i < checked->n_needs; i++)
		if (checked->needs[i].feature->kind == FEATURE_ATTACH &&
		    !on_parse(arena, checked->needs[i].feature->operand, &real, &on) &&
		    declared.means == real.means && strcmp(declared.target, real.target) == 0)
			return true;
	return false;
}

/* libbpf's old and new helper for reading memory: either may be declared. */
static bool same_helper(const struct checked *checked, const struct feature *feature)
{
	const struct feature *twin;
	int number = object_helper_called(checked->object, feature->number);

	twin = number == feature->number ? NULL
					 : feature_of(checked->object->arena, FEATURE_HELPER,
						      feature->prog_type, number);
	return twin && needs(checked, twin);
}

static bool has_kind(const struct checked *checked, enum feature_kind kind)
{
	size_t i;

	for (i = 0; i < checked->n_needs; i++)
		if (checked->needs[i].feature->kind == kind)
			return true;
	return false;
}

static bool never_needed(const struct checked *checked, const struct feature *feature)
{
	return !needs(checked, feature);
}

static bool target_not_needed(const struct checked *checked, const struct feature *feature)
{
	return !same_target(checked, feature);
}

static bool helper_not_needed(const struct checked *checked, const struct feature *feature)
{
	return !needs(checked, feature) && !same_helper(checked, feature);
}

/* Kinds of which the object says all that there is; of the others an author may know more. */
static bool (*const not_needed[FEATURE_KIND_COUNT])(const struct checked *checked,
						    const struct feature *feature) = {
	[FEATURE_PROG_TYPE] = never_needed, [FEATURE_ATTACH_TYPE] = never_needed,
	[FEATURE_MAP_TYPE] = never_needed,  [FEATURE_HELPER] = helper_not_needed,
	[FEATURE_KFUNC] = never_needed,	    [FEATURE_ATTACH] = target_not_needed,
	[FEATURE_INSNS] = never_needed,
};

static void check_feature(struct lint *lint, const struct checked *checked,
			  const struct requirement *requirement)
{
	const struct feature *feature = requirement->feature;
	bool contradicts =
		feature->kind == FEATURE_PROG_TYPE ||
		(feature->kind == FEATURE_ATTACH_TYPE && has_kind(checked, FEATURE_ATTACH_TYPE));

	if (feature->kind == FEATURE_KERNEL)
		report(lint, CODE_KERNEL_VERSION, &requirement->at,
		       "requires %s: distributions backport, so ask for what the program needs",
		       feature->text);
	if (!not_needed[feature->kind] || !not_needed[feature->kind](checked, feature))
		return;
	/* instruction set v2 is never inferred, since every kernel has it */
	if (strcmp(feature->text, "insns:v2") == 0)
		return;
	if (contradicts)
		report(lint, CODE_TYPE_MISMATCH, &requirement->at,
		       "requires %s, which the section contradicts: leave it out", feature->text);
	else
		report(lint, CODE_UNNEEDED, &requirement->at,
		       "requires %s, which nothing in the object needs: leave it out",
		       feature->text);
}

/* What stands below any and not is the author's own reasoning. */
static void check_declared(struct lint *lint, const struct checked *checked,
			   const struct requirement *requirement)
{
	const struct requirement *part;

	if (!requirement)
		return;
	if (requirement->op == REQUIREMENT_FEATURE)
		check_feature(lint, checked, requirement);
	for (part = requirement->parts; part && requirement->op == REQUIREMENT_ALL;
	     part = part->next)
		check_declared(lint, checked, part);
}

/* What is newer than featsel is right in a manifest; what the running kernel does not know either
 * is likely a slip. */
static void check_name(struct lint *lint, const struct requirement *requirement)
{
	const struct feature *feature = requirement->feature;
	struct featsel_answer answer;

	if (feature->number >= 0 || feature_kind(feature->kind)->vocabulary < 0)
		return;
	if (!lint->host && featsel_host_open_live(lint->manifest->context, 0, &lint->host, NULL))
		return;
	answer = host_name_answer(lint->host, feature);
	if (answer.verdict == FEATSEL_NO)
		report(lint, CODE_UNKNOWN_NAME, &requirement->at,
		       "requires %s, which neither featsel nor the running kernel knows",
		       feature->text);
}

static void check_names(struct lint *lint, const struct requirement *requirement)
{
	const struct requirement *part;

	if (!requirement)
		return;
	if (requirement->op == REQUIREMENT_FEATURE)
		check_name(lint, requirement);
	for (part = requirement->parts; part; part = part->next)
		check_names(lint, part);
}

static bool declares(const struct requirement *requirement, const char *text)
{
	const struct requirement *part;

	if (!requirement)
		return false;
	if (requirement->op == REQUIREMENT_FEATURE)
		return strcmp(requirement->feature->text, text) == 0;
	for (part = requirement->parts; part; part = part->next)
		if (declares(part, text))
			return true;
	return false;
}

/* One note a candidate: a manifest that leaves all this to inference is a good manifest. */
static void check_undeclared(struct lint *lint, const struct checked *checked)
{
	const struct requirement *requires = checked->candidate->requires;
	char list[1536] = "";
	size_t i, length = 0;

	for (i = 0; i < checked->n_needs && length < sizeof(list); i++)
		if (checked->needs[i].reached.how == IS_REACHED &&
		    !declares(requires, checked->needs[i].feature->text))
			length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
						   length ? ", " : "",
						   checked->needs[i].feature->text);
	if (length)
		report(lint, CODE_UNDECLARED, &checked->candidate->at,
		       "its object needs as well: %s", list);
}

static bool uses(const struct checked *checked, const char *name)
{
	const struct object_program *program;
	const struct object_use *use;
	const char *used;
	size_t i, j;

	for (i = 0; i < checked->candidate->n_programs; i++) {
		program = object_program(checked->object, checked->candidate->programs[i].name);
		for (j = 0; program && j < program->n_uses; j++) {
			use = &program->uses[j];
			used = use->helper < 0 ? use->kfunc
					       : names_name(VOCABULARY_HELPER, use->helper);
			if (used && strcmp(used, name) == 0)
				return true;
		}
	}
	return false;
}

static void check_optional(struct lint *lint, const struct checked *checked)
{
	const char *const *name;

	for (name = checked->candidate->optional; name && *name; name++)
		if (!uses(checked, *name))
			report(lint, CODE_UNUSED_OPTIONAL, &checked->candidate->at,
			       "optional names '%s', which its programs do not call: leave it out",
			       *name);
}

/* A helper that is newer than the tables goes by its number. */
static const char *use_name(const struct lint *lint, const struct object_use *use)
{
	const char *name =
		use->helper < 0 ? use->kfunc : names_name(VOCABULARY_HELPER, use->helper);

	if (!name)
		name = arena_printf(lint->arena, "helper %d", use->helper);
	return name ? name : "";
}

static void check_guarded(struct lint *lint, const struct checked *checked)
{
	const struct object_program *program;
	const struct object_use *use;
	size_t i, j;

	for (i = 0; i < checked->candidate->n_programs; i++) {
		program = object_program(checked->object, checked->candidate->programs[i].name);
		for (j = 0; program && j < program->n_uses; j++) {
			use = &program->uses[j];
			if (use->reached.how != IS_REACHED)
				report(lint, CODE_GUARDED, &checked->candidate->programs[i].at,
				       "program '%s' calls '%s' only behind a check: required "
				       "where it holds",
				       program->name, use_name(lint, use));
		}
	}
}

/* What of them is reached on some host: what is told of them without a host hangs on it. */
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

static int check_candidate(struct lint *lint, struct checked *checked)
{
	struct featsel_error error = {0};
	bool sound;
	int r;

	lint->candidate = checked->candidate;
	check_names(lint, checked->candidate->requires);
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
	r = object_needs(checked->object, checked->candidate, NULL, true, lint->arena,
			 &checked->needs, &checked->n_needs, &error);
	if (!r)
		r = object_places(checked->object, checked->candidate, lint->arena,
				  &checked->places, &checked->n_places, &error);
	if (r == -ENOMEM)
		return error_memory(lint->err);
	if (r) {
		report(lint, CODE_OBJECT, &checked->candidate->at, "%s", error.text);
		return 0;
	}
	check_declared(lint, checked, checked->candidate->requires);
	check_optional(lint, checked);
	check_undeclared(lint, checked);
	check_guarded(lint, checked);
	return 0;
}

/* ---- candidates against each other ---- */

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
		report(lint, CODE_LAYOUTS_DIFFER, &checked[i].candidate->record_at,
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
		report(lint, CODE_UNREACHABLE, &checked[i].candidate->at,
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
				report(lint, CODE_MISSING_MAP, &map->at,
				       "sizes the map '%s', which is in no object: leave it out",
				       map->name);
		}
	}
}

/* What is said of a map fits it in every object that has it. */
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
			report(lint, CODE_BAD_MAP, &at, "%s", error.text);
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
			/* It is in no object: once is enough. */
			if (r == -ENOENT && one.globals->shared && i > 0)
				continue;
			at = (struct location){.file = one.globals->at.file,
					       .line = error.line,
					       .column = error.column};
			lint->candidate = checked[i].candidate;
			report(lint, CODE_BAD_GLOBAL, &at, "%s", error.text);
		}
	}
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
		report(lint, CODE_BAD_TAG, &event->tag_at, "%s", error.text);
		return 0;
	}
	featsel_condition_free(condition);
	if (sharing_tag(&lint->sharing, checked->object, checked->candidate, &other))
		return error_memory(lint->err);
	if (other && other != event)
		report(lint, CODE_BAD_TAG, &event->tag_at,
		       "tag '%s' is that of event '%s' as well, which gets the records", event->tag,
		       other->name);
	return 0;
}

static int check_sharing(struct lint *lint, const struct checked *checked, size_t n)
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
		report(lint, CODE_SHARED_MAP, &checked[i].candidate->at,
		       "uses map '%s' as event '%s' does, but each gets one of its own: give both "
		       "a 'tag:', or pin the map",
		       shared.map, shared.with->name);
	}
	return r;
}

/* ---- the oldest kernel ---- */

/* Highest numbers of Linux 4.18 (include/uapi/linux/bpf.h there). */
enum { OLDEST_PROG_TYPE = 20, OLDEST_MAP_TYPE = 18, OLDEST_ATTACH_TYPE = 16, OLDEST_HELPER = 80 };

static bool number_in_4_18(const struct feature *feature)
{
	static const int highest[FEATURE_KIND_COUNT] = {
		[FEATURE_PROG_TYPE] = OLDEST_PROG_TYPE,
		[FEATURE_ATTACH_TYPE] = OLDEST_ATTACH_TYPE,
		[FEATURE_MAP_TYPE] = OLDEST_MAP_TYPE,
		[FEATURE_HELPER] = OLDEST_HELPER,
	};

	return feature->number >= 0 && feature->number <= highest[feature->kind] &&
	       feature->prog_type <= OLDEST_PROG_TYPE;
}

static bool attach_in_4_18(const struct feature *feature)
{
	static const bool known[ATTACH_MEANS_COUNT] = {
		[ATTACH_NONE] = true,
		[ATTACH_TRACEPOINT] = true,
		[ATTACH_RAW_TRACEPOINT] = true,
		[ATTACH_KPROBE] = true,
		[ATTACH_KRETPROBE] = true,
		[ATTACH_KSYSCALL] = true,
		[ATTACH_KRETSYSCALL] = true,
		[ATTACH_UPROBE] = true,
		[ATTACH_URETPROBE] = true,
		[ATTACH_PERF_EVENT] = true,
		[ATTACH_XDP] = true,
		[ATTACH_TC] = true,
		[ATTACH_CGROUP] = true,
		[ATTACH_NETNS] = true,
		[ATTACH_SOCKET] = true,
		[ATTACH_SOCKMAP] = true,
	};
	struct section section;

	return section_parse(feature->operand, &section) == 0 && known[section.means];
}

static bool insns_in_4_18(const struct feature *feature)
{
	return strcmp(feature->operand, "v2") == 0;
}

static bool kernel_in_4_18(const struct feature *feature)
{
	const char *operator= feature->operand;
	unsigned int major = 0, minor = 0;

	if (sscanf(operator+ strspn(operator, "<>="), "%u.%u", &major, &minor) < 1)
		return false;
	if (major == 4 && minor == 18)
		return strcspn(operator, "=") < strspn(operator, "<>=");
	return *operator==(major < 4 || (major == 4 && minor < 18) ? '>' : '<');
}

static bool never_in_4_18(const struct feature *feature)
{
	(void)feature;
	return false;
}

/* NULL: the kernel's version does not tell. */
static bool (*const in_4_18[FEATURE_KIND_COUNT])(const struct feature *feature) = {
	[FEATURE_PROG_TYPE] = number_in_4_18, [FEATURE_ATTACH_TYPE] = number_in_4_18,
	[FEATURE_MAP_TYPE] = number_in_4_18,  [FEATURE_HELPER] = number_in_4_18,
	[FEATURE_KFUNC] = never_in_4_18,      [FEATURE_ATTACH] = attach_in_4_18,
	[FEATURE_LINK] = never_in_4_18,	      [FEATURE_BTF] = never_in_4_18,
	[FEATURE_INSNS] = insns_in_4_18,      [FEATURE_KERNEL] = kernel_in_4_18,
};

static enum featsel_verdict ask_4_18(void *data, const struct feature *feature, const char *within)
{
	(void)data;
	(void)within;
	return !in_4_18[feature->kind] || in_4_18[feature->kind](feature) ? FEATSEL_YES
									  : FEATSEL_NO;
}

static const struct requirement_ops ops_4_18 = {.ask = ask_4_18};

static bool works_on_4_18(const struct checked *checked)
{
	size_t i;

	if (!checked->needs)
		return false;
	for (i = 0; i < checked->n_needs; i++)
		if (checked->needs[i].reached.how == IS_REACHED &&
		    ask_4_18(NULL, checked->needs[i].feature, NULL) != FEATSEL_YES)
			return false;
	return requirement_evaluate(checked->candidate->requires, true, &ops_4_18, NULL) ==
	       FEATSEL_YES;
}

static void check_oldest(struct lint *lint, const struct checked *checked, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (works_on_4_18(&checked[i]))
			return;
	lint->candidate = NULL;
	report(lint, CODE_NOT_ON_OLDEST, &lint->event->at,
	       "no candidate works on Linux 4.18, the oldest kernel that featsel supports: add one "
	       "without global data, ring buffer, CO-RE");
}

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
	check_map_names(lint, checked, event->n_candidates);
	check_maps(lint, checked, event->n_candidates);
	check_globals(lint, checked, event->n_candidates);
	check_layouts(lint, checked, event->n_candidates);
	check_order(lint, checked, event->n_candidates);
	check_oldest(lint, checked, event->n_candidates);
	return check_sharing(lint, checked, event->n_candidates);
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
