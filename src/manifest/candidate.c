/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * candidate.c - the grammar of candidates and their programs
 */
#include <errno.h>
#include <string.h>

#include "manifest/private.h"

enum candidate_key {
	CANDIDATE_NAME = SHARED_KEYS,
	CANDIDATE_PROGRAMS,
	CANDIDATE_COVERS,
	CANDIDATE_LACKS,
	CANDIDATE_REQUIRES,
	CANDIDATE_OPTIONAL,
	CANDIDATE_KEYS
};

static const struct key candidate_keys[] = {
	SHARED_ROWS,
	[CANDIDATE_NAME] = {"name", NODE_SCALAR, true},
	[CANDIDATE_PROGRAMS] = {"programs", NODE_SEQUENCE, true},
	[CANDIDATE_COVERS] = {"covers", NODE_SEQUENCE, false},
	[CANDIDATE_LACKS] = {"lacks", NODE_SEQUENCE, false},
	[CANDIDATE_REQUIRES] = {"requires", NODE_MAPPING, false},
	[CANDIDATE_OPTIONAL] = {"optional", NODE_SEQUENCE, false},
};
_Static_assert(ARRAY_SIZE(candidate_keys) == CANDIDATE_KEYS && CANDIDATE_KEYS <= KEYS_LIMIT,
	       "every key has its row");

enum program_key { PROGRAM_NAME, PROGRAM_ATTACH, PROGRAM_OPTIONAL, PROGRAM_KEYS };

static const struct key program_keys[] = {
	[PROGRAM_NAME] = {"name", NODE_SCALAR, true},
	[PROGRAM_ATTACH] = {"attach", NODE_SCALAR, false},
	[PROGRAM_OPTIONAL] = {"optional", NODE_SCALAR, false},
};
_Static_assert(ARRAY_SIZE(program_keys) == PROGRAM_KEYS, "every key has its row");

/* A section that a program is attached by is judged like a requirement to attach there. */
static int take_attach(const struct parser *parser, const struct node *node, const char **ret)
{
	struct featsel_error err = {0};
	const struct feature *feature;
	int r = parse_text(parser, node, "attach", "", ret);

	if (r)
		return r;
	r = feature_make(parser->arena, FEATURE_ATTACH, NULL, *ret, &feature, &err);
	if (r == -ENOMEM)
		return error_memory(parser->err);
	return r ? parse_fail(parser, node, "%s", err.text) : 0;
}

static int take_program(struct parser *parser, const struct node *item, struct program_ref *ret)
{
	const struct node *values[PROGRAM_KEYS];
	int err;

	ret->at = item->at;
	if (item->type == NODE_SEQUENCE)
		return parse_fail(parser, item, "a program is a name or a mapping, not a list");
	if (item->type == NODE_SCALAR)
		return parse_word(parser, item, "programs", &parse_word_program, &ret->name);
	err = parse_collect(parser, item, program_keys, PROGRAM_KEYS, values);
	if (!err)
		err = parse_word(parser, values[PROGRAM_NAME], NULL, &parse_word_program,
				 &ret->name);
	if (!err && values[PROGRAM_ATTACH])
		err = take_attach(parser, values[PROGRAM_ATTACH], &ret->attach);
	if (!err && values[PROGRAM_OPTIONAL])
		err = parse_truth(parser, values[PROGRAM_OPTIONAL], &ret->optional);
	return err;
}

struct programs {
	struct program_ref refs[PROGRAMS_LIMIT];
	size_t n;
};

static const struct program_ref *program_find(const struct programs *programs, const char *name)
{
	size_t i;

	for (i = 0; i < programs->n; i++)
		if (strcmp(programs->refs[i].name, name) == 0)
			return &programs->refs[i];
	return NULL;
}

static int add_program(const struct parser *parser, const struct node *item,
		       const struct program_ref *ref, struct programs *programs)
{
	if (program_find(programs, ref->name))
		return parse_fail(parser, item, "program '%s' is listed twice", ref->name);
	if (programs->n == PROGRAMS_LIMIT)
		return parse_fail(parser, item, "more than %d programs", PROGRAMS_LIMIT);
	programs->refs[programs->n++] = *ref;
	return 0;
}

static int take_programs(struct parser *parser, const struct node *list, struct programs *programs)
{
	const struct node *item;
	struct program_ref ref;
	size_t i = 0;
	bool needed = false;
	int err = parse_check_count(parser, list, 1, PROGRAMS_LIMIT);

	for (item = list->first; item && !err; item = item->next) {
		parse_enter(parser, "program", ++i, NULL);
		ref = (struct program_ref){0};
		err = take_program(parser, item, &ref);
		parse_leave(parser);
		if (!err)
			err = add_program(parser, item, &ref, programs);
		needed = needed || !ref.optional;
	}
	if (!err && !needed)
		err = parse_fail(parser, list,
				 "every program is optional: nothing might be attached");
	return err;
}

/* Programs to load only. */
static int take_also(const struct parser *parser, const struct node *list,
		     struct programs *programs)
{
	const struct node *item;
	struct program_ref ref;
	int err;

	if (!list)
		return 0;
	err = parse_check_count(parser, list, 0, PROGRAMS_LIMIT);
	for (item = list->first; item && !err; item = item->next) {
		ref = (struct program_ref){.at = item->at, .loaded_only = true};
		err = parse_word(parser, item, "also", &parse_word_program, &ref.name);
		if (!err)
			err = add_program(parser, item, &ref, programs);
	}
	return err;
}

/* The event's apply where the candidate does not list them on its own. */
static int inherit_also(const struct parser *parser, const struct node *list,
			const struct featsel_candidate *event, struct programs *programs)
{
	size_t i;
	int err = 0;

	for (i = 0; i < event->n_programs && !err; i++)
		if (!program_find(programs, event->programs[i].name))
			err = add_program(parser, list, &event->programs[i], programs);
	return err;
}

static int keep_programs(const struct parser *parser, const struct programs *programs,
			 struct featsel_candidate *ret)
{
	struct program_ref *refs = arena_array(parser->arena, programs->n, sizeof(*refs));

	if (!refs)
		return error_memory(parser->err);
	if (programs->n)
		memcpy(refs, programs->refs, programs->n * sizeof(*refs));
	ret->programs = refs;
	ret->n_programs = programs->n;
	return 0;
}

static int take_all_programs(struct parser *parser, const struct node *const *own,
			     struct featsel_candidate *ret)
{
	struct programs programs;
	int err;

	programs.n = 0;
	err = take_programs(parser, own[CANDIDATE_PROGRAMS], &programs);
	if (!err)
		err = take_also(parser, own[SHARED_ALSO], &programs);
	if (!err)
		err = inherit_also(parser, own[CANDIDATE_PROGRAMS], ret, &programs);
	return err ? err : keep_programs(parser, &programs, ret);
}

/* The source of the records and their type. */
static int take_source(const struct parser *parser, const struct node *const *values,
		       struct featsel_candidate *ret)
{
	const struct node *object = values[SHARED_OBJECT], *record = values[SHARED_RECORD];
	const struct node *output = values[SHARED_OUTPUT];
	int err = 0;

	if (object) {
		ret->object_at = object->at;
		err = parse_text(parser, object, NULL, "", &ret->object);
	}
	if (!err && record) {
		ret->record_at = record->at;
		err = parse_word(parser, record, NULL, &parse_word_struct, &ret->record);
	}
	if (!err && output) {
		ret->output_at = output->at;
		err = parse_word(parser, output, NULL, &parse_word_map, &ret->output);
	}
	return err;
}

/* What an event may say for all its candidates, and each of them otherwise for itself. */
static int take_shared(struct parser *parser, const struct node *const *values, bool by_event,
		       struct featsel_candidate *ret)
{
	int err = take_source(parser, values, ret);

	if (!err && values[SHARED_MAPS])
		err = parse_maps(parser, values[SHARED_MAPS], ret);
	if (!err && values[SHARED_ON])
		err = parse_on(parser, values[SHARED_ON],
			       by_event ? ON_FOR_EVENT : ON_FOR_CANDIDATE, ret->on, &ret->on);
	if (!err && values[SHARED_GLOBALS])
		err = parse_globals(parser, values[SHARED_GLOBALS], by_event, ret);
	if (!err && values[SHARED_KCONFIG]) {
		ret->kconfig_at = values[SHARED_KCONFIG]->at;
		err = parse_text(parser, values[SHARED_KCONFIG], NULL, "", &ret->kconfig);
	}
	return err;
}

int parse_shared(struct parser *parser, const struct node *const *values,
		 struct featsel_candidate *ret)
{
	/* not zeroed here: it is large, and most events have none */
	struct programs also;
	int err = take_shared(parser, values, true, ret);

	also.n = 0;
	if (!err)
		err = take_also(parser, values[SHARED_ALSO], &also);
	return err ? err : keep_programs(parser, &also, ret);
}

/* @ret already holds what the event says. */
static int take_candidate(struct parser *parser, const struct node *node,
			  struct featsel_candidate *ret)
{
	const struct node *own[CANDIDATE_KEYS];
	int err;

	err = parse_collect(parser, node, candidate_keys, CANDIDATE_KEYS, own);
	if (!err)
		err = parse_check_name(parser, own[CANDIDATE_NAME], "a candidate");
	if (err)
		return err;
	ret->at = node->at;
	err = parse_keep(parser, own[CANDIDATE_NAME]->text, &ret->name);
	if (!err)
		err = take_shared(parser, own, false, ret);
	if (!err && !ret->object)
		err = parse_fail(parser, node, "'object' is missing, here and in the event");
	if (!err)
		err = take_all_programs(parser, own, ret);
	if (!err)
		err = parse_covers(parser, own[CANDIDATE_COVERS], &ret->covers);
	ret->covers_text = covers_text(ret->covers);
	if (!err)
		err = parse_words(parser, own[CANDIDATE_LACKS], &parse_word_field, &ret->lacks,
				  &ret->lacks_at);
	if (!err)
		err = parse_words(parser, own[CANDIDATE_OPTIONAL], &parse_word_function,
				  &ret->optional, NULL);
	if (!err)
		err = parse_requires(parser, own[CANDIDATE_REQUIRES], &ret->required);
	return err;
}

/* "candidate 2 'kprobe'", or without the name where it is none. */
static void enter_candidate(struct parser *parser, const struct node *node, size_t number)
{
	const struct node *name = node->type == NODE_MAPPING ? parse_child(node, "name") : NULL;

	bool named = name && name->type == NODE_SCALAR && manifest_is_name(name->text);

	parse_enter(parser, "candidate", number, named ? name->text : NULL);
}

static int check_candidate_name(const struct parser *parser,
				const struct featsel_candidate *candidates, size_t i,
				const struct node *node)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcmp(candidates[k].name, candidates[i].name) == 0)
			return parse_fail(parser, parse_child(node, "name"),
					  "candidate %zu has the same name", k + 1);
	return 0;
}

int parse_candidates(struct parser *parser, const struct featsel_candidate *shared,
		     const struct node *list, struct featsel_event *ret)
{
	struct featsel_candidate *candidates =
		arena_array(parser->arena, list->count, sizeof(*candidates));
	const struct node *node;
	size_t i = 0;
	int err;

	if (!candidates)
		return error_memory(parser->err);
	err = parse_check_count(parser, list, 1, CANDIDATES_LIMIT);
	for (node = list->first; node && !err; node = node->next, i++) {
		enter_candidate(parser, node, i + 1);
		candidates[i] = *shared;
		candidates[i].event = ret;
		err = parse_check_item(parser, node, "candidates", NODE_MAPPING);
		if (!err)
			err = take_candidate(parser, node, &candidates[i]);
		if (!err)
			err = check_candidate_name(parser, candidates, i, node);
		parse_leave(parser);
	}
	ret->candidates = candidates;
	ret->n_candidates = list->count;
	return err;
}