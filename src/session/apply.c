/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * apply.c - a plan's choice, applied to an object that the caller opened
 *
 * The caller keeps its objects or skeletons, maps and loop; a session does the same with objects
 * that it opens itself.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "session/private.h"

/* ---- which of the plan's objects it is ---- */

static bool is_same_section(const struct object_program *program, const struct bpf_program *opened)
{
	const char *section = program->section_name;

	/* libbpf removes the mark of optional programs. */
	return strcmp(section + (*section == '?'), bpf_program__section_name(opened)) == 0;
}

static bool is_same_code(const struct object *object, const struct object_program *program,
			 const struct bpf_program *opened)
{
	const struct object_symbol *symbol = program->symbol;
	const struct object_section *section = &object->sections[symbol->section];
	size_t size = bpf_program__insn_cnt(opened) * sizeof(struct bpf_insn);

	return section->data && symbol->size == size && symbol->value <= section->size &&
	       size <= section->size - symbol->value &&
	       memcmp(section->data + symbol->value, bpf_program__insns(opened), size) == 0;
}

/* libbpf's name is made of the file's, or was given by the caller; 15 characters remain. */
static bool has_same_name(const struct object *object, const struct bpf_object *opened)
{
	const char *slash = strrchr(object->path, '/'), *name = bpf_object__name(opened);
	const char *base = slash ? slash + 1 : object->path;

	for (; *name; name++, base++)
		if (*name != *base && !(*name == '_' && *base && !isalnum((unsigned char)*base)))
			return false;
	return true;
}

enum likeness { LIKENESS_NONE = 0, LIKENESS_NAMES, LIKENESS_NAMED, LIKENESS_CODE, LIKENESS_BOTH };

/*
 * Two objects match if one has the other's programs, by name and section. Of several (one source
 * compiled twice) it is the one with the same instructions, else the one with the same name.
 */
static enum likeness compare_objects(const struct object *object, const struct bpf_object *opened)
{
	const struct bpf_program *program;
	bool same = true;
	size_t i;

	for (i = 0; i < object->n_programs; i++) {
		program = bpf_object__find_program_by_name(opened, object->programs[i].name);
		if (!program || !is_same_section(&object->programs[i], program))
			return LIKENESS_NONE;
		same = same && is_same_code(object, &object->programs[i], program);
	}
	if (same)
		return has_same_name(object, opened) ? LIKENESS_BOTH : LIKENESS_CODE;
	return has_same_name(object, opened) ? LIKENESS_NAMED : LIKENESS_NAMES;
}

static const struct object *find_object(const struct featsel_plan *plan,
					const struct bpf_object *opened)
{
	enum likeness best = LIKENESS_NONE, likeness;
	const struct object *found = NULL, *object;
	size_t i, j;

	for (i = 0; i < plan->n_events; i++)
		for (j = 0; j < plan->events[i].n_candidates; j++) {
			object = plan->events[i].candidates[j].object;
			likeness = object ? compare_objects(object, opened) : LIKENESS_NONE;
			if (likeness <= best)
				continue;
			best = likeness;
			found = object;
		}
	return found;
}

/* ---- before it is loaded ---- */

static int add_events(struct load_group *group, struct featsel_plan *plan,
		      const struct object *object, struct featsel_error *err)
{
	const struct plan_event *event;
	size_t i;
	int r = 0;

	for (i = 0; i < plan->n_events && !r; i++) {
		event = &plan->events[i];
		if (event->chosen >= 0 && event->candidates[event->chosen].object == object)
			r = group_add_event(group, plan, i, err);
	}
	return r;
}

static bool is_in_kernel(const struct bpf_program *program)
{
	return program && bpf_program__fd(program) >= 0;
}

/* Whether any of the object's programs is. */
static bool is_loaded(const struct bpf_object *opened)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, opened)
		if (is_in_kernel(program))
			return true;
	return false;
}

/* libbpf's last words say why. */
static int report_refusal(const struct load_group *group, const char *name, int error,
			  struct featsel_error *err)
{
	char line[512];

	libbpf_log_last_line(group->libbpf_log.said, line, sizeof(line));
	return error_set(err, error, FEATSEL_FAILURE_RUN, "object '%s' cannot be prepared: %s%s%s",
			 name, errno_name(error), *line ? ", " : "", line);
}

/* libbpf keeps only their numbers, and needs them open until the caller has loaded. */
static int hold_descriptors(struct load_group *group, struct featsel_plan *plan)
{
	int *fds = group->held.items;
	struct stream *stream;
	size_t i;
	int r = 0;

	/* The group closes those that are still its own. */
	for (i = 0; i < group->held.count && !r; i++) {
		r = fds_keep(&plan->held, fds[i]);
		fds[i] = -1;
	}
	for (i = 0; i < group->streams.count && !r; i++) {
		stream = group_stream(group, i);
		if (stream->replaced_fd < 0)
			continue;
		r = fds_keep(&plan->held, stream->replaced_fd);
		stream->replaced_fd = -1;
	}
	return r;
}

int featsel_plan_prepare(struct featsel_plan *plan, struct bpf_object *opened,
			 struct featsel_error *err)
{
	const struct object *object = find_object(plan, opened);
	struct load_group group = {.context = plan->manifest->context, .of_caller = true};
	int r, prepared = 0;

	if (!object)
		return error_set(err, -ENOENT, FEATSEL_FAILURE_INVALID,
				 "object '%s' has not the programs of any object of the plan",
				 bpf_object__name(opened));
	if (is_loaded(opened))
		return error_set(err, -EINVAL, FEATSEL_FAILURE_INVALID,
				 "object '%s' was loaded already: open another to prepare",
				 bpf_object__name(opened));
	libbpf_log_begin(&group.libbpf_log, group.context);
	r = add_events(&group, plan, object, err);
	group.object = opened;
	if (!r)
		prepared = group_prepare(&group, object);
	if (!r && !prepared)
		prepared = hold_descriptors(&group, plan);
	group.object = NULL;
	libbpf_log_end(&group.libbpf_log);
	if (prepared)
		r = report_refusal(&group, bpf_object__name(opened), prepared, err);
	group_release(&group);
	return r;
}

/* ---- after it was loaded ---- */

struct featsel_links {
	struct load_group group; /* of one stream, without the object, which is the caller's */
};

/* The caller's mistake says nothing of the candidate. */
static int check_loaded(const struct stream *stream, const struct bpf_object *loaded,
			struct featsel_error *err)
{
	const char *name;
	size_t i;

	for (i = 0; i < stream->n_programs; i++) {
		name = stream->programs[i].name;
		if (!stream->programs[i].loaded_only &&
		    !is_in_kernel(bpf_object__find_program_by_name(loaded, name)))
			return error_set(err, -EINVAL, FEATSEL_FAILURE_INVALID,
					 "object '%s': program '%s' is not loaded, so it cannot be "
					 "attached: prepare and load the object first",
					 bpf_object__name(loaded), name);
	}
	return 0;
}

static int attach_event(struct featsel_links *links, struct featsel_plan *plan, size_t event,
			const struct bpf_object *loaded, struct featsel_error *err)
{
	struct plan_event *of = &plan->events[event];
	struct try_failure failure = {.stage = STAGE_ATTACH};
	struct section failed = {0};
	int r = group_add_event(&links->group, plan, event, err);

	if (r)
		return r;
	failure.stream = group_stream(&links->group, 0);
	r = check_loaded(failure.stream, loaded, err);
	if (r)
		return r;
	libbpf_log_begin(&links->group.libbpf_log, links->group.context);
	failure.error = stream_fill_maps(failure.stream, loaded, &links->group.libbpf_log);
	failure.stage = failure.error ? STAGE_LOAD : STAGE_ATTACH;
	if (!failure.error)
		failure.error = stream_attach(failure.stream, loaded, &failed);
	libbpf_log_end(&links->group.libbpf_log);
	if (!failure.error)
		return 0;
	failure.answer = failure_explain(plan, &links->group, &failure,
					 failure.stage == STAGE_ATTACH ? &failed : NULL);
	of->candidates[of->chosen].trouble = failure.answer;
	return failure_error(plan, event, &failure, err);
}

/* All of them, or none. */
static int pin_maps(const struct featsel_links *links, const struct bpf_object *loaded,
		    struct featsel_error *err)
{
	struct guard pins = {0};

	return pins_end(&pins, group_pin_maps(&links->group, loaded, &pins, err), err);
}

int featsel_plan_attach(struct featsel_plan *plan, size_t event, struct bpf_object *loaded,
			struct featsel_links **ret, struct featsel_error *err)
{
	struct featsel_links *links;
	int r;

	if (event >= plan->n_events || plan->events[event].chosen < 0)
		return error_set(err, -ENOENT, FEATSEL_FAILURE_NO_CANDIDATE,
				 "event %zu of the plan has no candidate", event);
	links = calloc(1, sizeof(*links));
	if (!links)
		return error_memory(err);
	links->group.context = plan->manifest->context;
	r = attach_event(links, plan, event, loaded, err);
	if (!r)
		r = pin_maps(links, loaded, err);
	if (r) {
		featsel_links_free(links);
		return r;
	}
	*ret = links;
	return 0;
}

int featsel_links_fd(const struct featsel_links *links, size_t index)
{
	return stream_link_fd(group_stream(&links->group, 0), NULL, index);
}

void featsel_links_free(struct featsel_links *links)
{
	if (!links)
		return;
	group_release(&links->group);
	free(links);
}
