/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* lint-declared.c - a manifest's declared requirements compared with what the object needs */
#include <string.h>

#include "plan/lint.h"

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

/* Kinds for which the object says everything; about the others an author may know more. */
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
		lint_report(
			lint, CODE_KERNEL_VERSION, &requirement->at,
			"requires %s: distributions backport, so ask for what the program needs",
			feature->text);
	if (!not_needed[feature->kind] || !not_needed[feature->kind](checked, feature))
		return;
	/* instruction set v2 is never inferred, since every kernel has it */
	if (strcmp(feature->text, "insns:v2") == 0)
		return;
	if (contradicts)
		lint_report(lint, CODE_TYPE_MISMATCH, &requirement->at,
			    "requires %s, which the section contradicts: leave it out",
			    feature->text);
	else
		lint_report(lint, CODE_UNNEEDED, &requirement->at,
			    "requires %s, which nothing in the object needs: leave it out",
			    feature->text);
}

/* Requirements below any and not are the author's own reasoning. */
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

/* A name that is newer than featsel may be right in a manifest; if the running kernel does not know
 * it either it is likely a slip. */
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
		lint_report(lint, CODE_UNKNOWN_NAME, &requirement->at,
			    "requires %s, which neither featsel nor the running kernel knows",
			    feature->text);
}

void lint_names(struct lint *lint, const struct requirement *requirement)
{
	const struct requirement *part;

	if (!requirement)
		return;
	if (requirement->op == REQUIREMENT_FEATURE)
		check_name(lint, requirement);
	for (part = requirement->parts; part; part = part->next)
		lint_names(lint, part);
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
	const struct requirement *required = checked->candidate->required;
	char list[1536] = "";
	size_t i, length = 0;

	for (i = 0; i < checked->n_needs && length < sizeof(list); i++)
		if (checked->needs[i].reached.how == IS_REACHED &&
		    !declares(required, checked->needs[i].feature->text))
			length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
						   length ? ", " : "",
						   checked->needs[i].feature->text);
	if (length)
		lint_report(lint, CODE_UNDECLARED, &checked->candidate->at,
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
			lint_report(
				lint, CODE_UNUSED_OPTIONAL, &checked->candidate->at,
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
				lint_report(lint, CODE_GUARDED, &checked->candidate->programs[i].at,
					    "program '%s' calls '%s' only behind a check: required "
					    "where it holds",
					    program->name, use_name(lint, use));
		}
	}
}

/* Those that are reached on some host: without a host, what is reached depends on it. */

void lint_declared(struct lint *lint, const struct checked *checked)
{
	check_declared(lint, checked, checked->candidate->required);
	check_optional(lint, checked);
	check_undeclared(lint, checked);
	check_guarded(lint, checked);
}
