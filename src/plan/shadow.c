/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* shadow.c - candidates that are never chosen, because an earlier one works wherever they do */
#include <string.h>

#include "plan/private.h"

/* Whether the tree is a plain list of features, which can be compared as a set. */
static bool is_plain(const struct requirement *requirement)
{
	const struct requirement *part;

	if (!requirement || requirement->op == REQUIREMENT_FEATURE)
		return true;
	if (requirement->op != REQUIREMENT_ALL)
		return false;
	for (part = requirement->parts; part; part = part->next)
		if (!is_plain(part))
			return false;
	return true;
}

static bool requires_all(const struct requirement *requirement, const char *text)
{
	const struct requirement *part;

	if (!requirement)
		return false;
	if (requirement->op == REQUIREMENT_FEATURE)
		return strcmp(requirement->feature->text, text) == 0;
	for (part = requirement->parts; part && requirement->op == REQUIREMENT_ALL;
	     part = part->next)
		if (requires_all(part, text))
			return true;
	return false;
}

/* What it may need is not required. */
static bool demands(const struct checked *checked, const struct feature *feature)
{
	size_t i;

	for (i = 0; i < checked->n_needs; i++)
		if (checked->needs[i].reached.how == IS_REACHED &&
		    strcmp(checked->needs[i].feature->text, feature->text) == 0)
			return true;
	return requires_all(checked->candidate->required, feature->text);
}

static bool demands_declared(const struct checked *checked, const struct requirement *requirement)
{
	const struct requirement *part;

	if (!requirement)
		return true;
	if (requirement->op == REQUIREMENT_FEATURE)
		return demands(checked, requirement->feature);
	for (part = requirement->parts; part; part = part->next)
		if (!demands_declared(checked, part))
			return false;
	return true;
}

/* ---- what no feature asks ---- */

/* How much of its context a program reads on a target depends on what the target has. */
static bool has_words(const struct section *section)
{
	return section->means == ATTACH_TRACEPOINT || section->means == ATTACH_RAW_TRACEPOINT;
}

struct asked {
	const struct object_program *program;
	struct section section;
	struct object_demand demand;
};

static bool ask(const struct checked *checked, size_t index, struct arena *arena, struct asked *ret)
{
	const struct program_ref *ref = &checked->candidate->programs[index];

	ret->program = object_program(checked->object, ref->name);
	return ret->program && object_section(ret->program, ref, &ret->section) == 0 &&
	       object_demand(checked->object, ret->program, NULL, arena, &ret->demand) == 0;
}

/* Whether the verifier accepts the first program's use of the context wherever it accepts the
 * second's. */
static bool covers(const struct asked *second, const struct asked *first)
{
	if (second->program == first->program)
		return true;
	if (first->demand.n_moved || first->demand.n_addresses || first->demand.n_calls)
		return false;
	return !has_words(&first->section) ||
	       (second->section.means == first->section.means &&
		strcmp(second->section.target, first->section.target) == 0 &&
		second->demand.highest >= first->demand.highest);
}

/* A hand-written struct may be longer than the kernel's on one host. */
static bool asks_no_more(const struct checked *earlier, const struct checked *later,
			 struct arena *arena)
{
	const struct featsel_candidate *first = earlier->candidate, *second = later->candidate;
	struct asked asked, others;
	bool covered;
	size_t i, j;

	for (i = 0; i < first->n_programs; i++) {
		if (!ask(earlier, i, arena, &asked))
			return false;
		covered = !asked.demand.highest && !asked.demand.n_moved &&
			  !asked.demand.n_addresses && !asked.demand.n_calls;
		for (j = 0; j < second->n_programs && !covered; j++)
			covered = ask(later, j, arena, &others) && covers(&others, &asked);
		if (!covered)
			return false;
	}
	return true;
}

/* Each way to an interface is a need of its own. */
static bool goes_to(const struct checked *checked, const struct feature *place)
{
	size_t i;

	for (i = 0; i < checked->n_places; i++)
		if (strcmp(checked->places[i]->text, place->text) == 0)
			return true;
	return false;
}

bool checked_shadows(const struct checked *earlier, const struct checked *later,
		     struct arena *arena)
{
	size_t i;

	if (!earlier->needs || !later->needs || !is_plain(earlier->candidate->required) ||
	    !asks_no_more(earlier, later, arena))
		return false;
	for (i = 0; i < earlier->n_needs; i++)
		if (!demands(later, earlier->needs[i].feature))
			return false;
	for (i = 0; i < earlier->n_places; i++)
		if (!goes_to(later, earlier->places[i]))
			return false;
	return demands_declared(later, earlier->candidate->required);
}
