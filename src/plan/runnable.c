/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * runnable.c - what a live run of a candidate needs besides the kernel: places for its programs, a
 * record that can be decoded, a buffer that records come from
 *
 * The only judge of that: plan, lint, trial and session ask here.
 */
#include <errno.h>
#include <string.h>

#include "plan/private.h"

struct judging {
	const struct object *object;
	const struct featsel_candidate *candidate;
	const struct object_oracle *oracle; /* NULL: nobody answers */
	struct arena *arena;
	runnable_found_fn found;
	void *data;
	bool iterates; /* has a program that writes its records by itself */
	bool failed;   /* memory is out */
};

static void PRINTF(5, 6)
	tell(struct judging *judging, enum run_lack lack, const struct location *at,
	     const char *remedy, const char *format, ...)
{
	struct run_fault fault = {.lack = lack, .at = at, .remedy = remedy};
	va_list args;

	va_start(args, format);
	fault.text = arena_vprintf(judging->arena, format, args);
	va_end(args);
	if (fault.text)
		judging->found(judging->data, &fault);
	else
		judging->failed = true;
}

/* ---- places ---- */

/* "name one of 'a', 'b'": maps that could have been meant. */
static const char *maps_there(struct judging *judging, bool sockets)
{
	const struct object *object = judging->object;
	const char *text = NULL;
	size_t i;

	for (i = 0; i < object->n_maps; i++)
		if (!object->maps[i].internal &&
		    (!sockets || object_sockmap(object, object->maps[i].name) >= 0)) {
			text = arena_printf(judging->arena, "%s '%s'",
					    text ? text : "there are:", object->maps[i].name);
			judging->failed |= !text;
		}
	return text;
}

static void judge_sockmap(struct judging *judging, const struct program_ref *ref,
			  const struct section *section)
{
	const char *name = section->on ? section->on->map : NULL, *there;
	int map = object_sockmap(judging->object, name);

	if (map >= 0)
		return;
	there = maps_there(judging, true);
	tell(judging, RUN_LACKS_TARGET, &ref->at,
	     map == -E2BIG ? "name one with 'on: {map: NAME}'"
	     : there	   ? there
			   : "the object needs a map of type sockmap or sockhash",
	     map == -EINVAL  ? "program '%s' is in section '%s', and map '%s' is no socket map"
	     : map == -E2BIG ? "program '%s' is in section '%s', and its object has several socket "
			       "maps"
	     : name	     ? "program '%s' is in section '%s', and its object has no map '%s'"
			     : "program '%s' is in section '%s', and its object has no socket map",
	     ref->name, section->form, name ? name : "");
}

static void judge_iterated(struct judging *judging, const struct program_ref *ref,
			   const struct section *section)
{
	const char *name = section->on ? section->on->of_map : NULL, *there;

	if (!name || !(on_fits(section) & ON_SAID(ON_OF_MAP)) ||
	    object_map(judging->object, name) >= 0)
		return;
	there = maps_there(judging, false);
	tell(judging, RUN_LACKS_TARGET, &ref->at, there ? there : "the object needs a map",
	     "program '%s' goes over map '%s', which its object does not have", ref->name, name);
}

/* A structure of libbpf's older making: its section is one that this libbpf may not know. */
static void judge_place(struct judging *judging, const struct program_ref *ref,
			const struct section *section)
{
	const char *remedy, *lack = on_lack(section, section->on, &remedy);

	if (lack)
		tell(judging, RUN_LACKS_TARGET, &ref->at, remedy,
		     "program '%s' is in section '%s', which %s", ref->name, section->form, lack);
	else if (section->means == ATTACH_SOCKMAP)
		judge_sockmap(judging, ref, section);
	else if (section->means == ATTACH_ITER)
		judge_iterated(judging, ref, section);
}

unsigned int runnable_fits(const struct object *object, const struct featsel_candidate *candidate)
{
	const struct object_program *program;
	struct section section;
	unsigned int fits = 0;
	size_t i;

	for (i = 0; i < candidate->n_programs; i++) {
		program = object_program(object, candidate->programs[i].name);
		if (program && !candidate->programs[i].loaded_only &&
		    !object_place(program, candidate, &candidate->programs[i], &section))
			fits |= on_fits(&section);
	}
	return fits;
}

static void judge_places(struct judging *judging)
{
	const struct featsel_candidate *candidate = judging->candidate;
	const struct object_program *program;
	unsigned int said = candidate->on ? candidate->on->own : 0;
	struct section section;
	enum on_key key;
	size_t i;

	for (i = 0; i < candidate->n_programs; i++) {
		program = object_program(judging->object, candidate->programs[i].name);
		if (candidate->programs[i].loaded_only || !program ||
		    object_place(program, candidate, &candidate->programs[i], &section))
			continue;
		judging->iterates |= section.means == ATTACH_ITER;
		judge_place(judging, &candidate->programs[i], &section);
	}
	if (said)
		said &= ~runnable_fits(judging->object, candidate);
	for (key = 0; key < ON_KEY_COUNT; key++)
		if (said & ON_SAID(key))
			tell(judging, RUN_HAS_UNFIT, &candidate->on->at[key], NULL,
			     "on: says '%s', which none of its programs' sections takes: leave it "
			     "out",
			     on_key_name(key));
}

/* ---- records ---- */

/* Output of an iterator without a struct is lines. */
int runnable_layout(const struct object *object, const struct featsel_candidate *candidate,
		    struct arena *arena, struct featsel_layout **ret, struct featsel_error *err)
{
	const struct object_program *program;
	struct section section;
	size_t i;

	for (i = 0; i < candidate->n_programs && !candidate->record; i++) {
		program = object_program(object, candidate->programs[i].name);
		if (program && !object_section(program, &candidate->programs[i], &section) &&
		    section.means == ATTACH_ITER)
			return layout_lines(arena, ret, err);
	}
	return layout_new(object->btf, candidate->record, arena, ret, err);
}

/* The tag's field is part of the record, and not one that the candidate leaves empty. */
static bool is_lacked(const struct featsel_candidate *candidate, const char *tag)
{
	size_t length = strcspn(tag, " =");
	const char *const *lacked;

	for (lacked = candidate->lacks; lacked && *lacked; lacked++)
		if (strlen(*lacked) == length && memcmp(*lacked, tag, length) == 0)
			return true;
	return false;
}

int runnable_tag(const struct featsel_candidate *candidate, const struct featsel_layout *layout,
		 struct featsel_condition **ret, struct featsel_error *err)
{
	const struct featsel_event *event = candidate->event;
	struct featsel_error error = {0};
	int r;

	if (is_lacked(candidate, event->tag))
		return error_at(err, -EINVAL, &event->tag_at,
				"tag '%s': candidate '%s' lacks that field, so that no record is "
				"of event '%s'",
				event->tag, candidate->name, event->name);
	r = featsel_condition_new(layout, event->tag, ret, &error);
	if (r == -ENOMEM)
		return error_memory(err);
	return r ? error_at(err, r, &event->tag_at, "tag: %s", error.text) : 0;
}

static void judge_record(struct judging *judging)
{
	const struct featsel_candidate *candidate = judging->candidate;
	struct featsel_error error = {0};
	int r = candidate->record ? layout_exists(judging->object->btf, candidate->record, &error)
				  : 0;

	if (r == -ENOMEM)
		judging->failed = true;
	else if (r)
		tell(judging, RUN_LACKS_RECORD, &candidate->record_at, NULL, "object '%s': %s",
		     judging->object->path, error.text);
}

static void judge_output(struct judging *judging)
{
	const struct featsel_candidate *candidate = judging->candidate;
	struct featsel_error error = {0};
	int map, r = object_output(judging->object, candidate, judging->oracle, judging->arena,
				   &map, &error);

	/* An unknown is no fault: the requirements say what it depends on. */
	if (r == -EAGAIN)
		return;
	if (r == -ENOMEM)
		judging->failed = true;
	else if (r == -ENOENT && !judging->iterates)
		tell(judging, candidate->record ? RUN_LACKS_OUTPUT : RUN_IS_MUTE, &candidate->at,
		     NULL, "%s", error.text);
	else if (r && r != -ENOENT && candidate->output)
		tell(judging, RUN_LACKS_MAP, &candidate->output_at, NULL, "%s", error.text);
	else if (r && r != -ENOENT)
		tell(judging, RUN_HAS_OUTPUTS, &candidate->at, NULL, "%s", error.text);
}

int runnable_judge(const struct object *object, const struct featsel_candidate *candidate,
		   const struct object_oracle *oracle, struct arena *arena, runnable_found_fn found,
		   void *data)
{
	struct judging judging = {.object = object,
				  .candidate = candidate,
				  .oracle = oracle,
				  .arena = arena,
				  .found = found,
				  .data = data};

	judge_places(&judging);
	judge_record(&judging);
	judge_output(&judging);
	return judging.failed ? -ENOMEM : 0;
}

static void keep_first(void *data, const struct run_fault *fault)
{
	struct run_fault *first = data;

	if (!first->lack && fault->lack != RUN_IS_MUTE)
		*first = *fault;
}

int runnable_first(const struct object *object, const struct featsel_candidate *candidate,
		   const struct object_oracle *oracle, struct arena *arena, struct run_fault *ret)
{
	*ret = (struct run_fault){0};
	return runnable_judge(object, candidate, oracle, arena, keep_first, ret);
}
