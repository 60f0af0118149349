/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* maps.c - whether a candidate's maps can be created as the manifest says, filled, and pinned */
#include <errno.h>
#include <string.h>

#include "plan/private.h"

static bool has_map(const struct object *object, const char *name)
{
	return object_map(object, name) >= 0;
}

/*
 * The size of a map that the object lacks changes nothing. Its contents or its pin would be
 * missing.
 */
static int check_missing(struct featsel_plan *plan, struct plan_candidate *candidate,
			 const struct map_ref *said)
{
	int r;

	if (!plan_event_has(plan, candidate->candidate->event, said->name, has_map)) {
		r = object_unknown_map(candidate->object, said, plan->arena, &plan->refused);
		return r == -ENOMEM ? r : -EINVAL;
	}
	if (object_map_said(said, MAP_ENTRIES) || object_map_said(said, MAP_PIN))
		candidate->barrier = answer_make(plan->arena, FEATSEL_NO, REASON_NOT_CONFIGURABLE,
						 NULL, "%s has no map '%s', which is to be %s",
						 candidate->object->path, said->name,
						 said->entries ? "filled" : "pinned");
	return 0;
}

/* ---- pins ---- */

/* Whether the program is attached to the map, or goes over it; *section is its own. */
static bool is_placed_at(const struct plan_candidate *candidate,
			 const struct object_program *program, const struct program_ref *ref,
			 int map, struct section *section)
{
	return program && !object_place(program, candidate->candidate, ref, section) &&
	       object_place_map(candidate->object, section) == map;
}

static bool is_used(const struct plan_candidate *candidate, int map)
{
	const struct program_ref *ref = candidate->candidate->programs;
	const struct object_program *program;
	struct section section;
	size_t i, j;

	for (i = 0; i < candidate->candidate->n_programs; i++) {
		program = object_program(candidate->object, ref[i].name);
		for (j = 0; program && j < program->n_maps; j++)
			if (program->maps[j] == map)
				return true;
		if (is_placed_at(candidate, program, &ref[i], map, &section))
			return true;
	}
	return false;
}

static struct featsel_answer judge_found(struct featsel_plan *plan, const struct object_map *map,
					 const struct pinned_map *found, const char *path,
					 bool reuse)
{
	const char *difference;

	if (!reuse)
		return answer_make(plan->arena, FEATSEL_NO, REASON_PIN_CONFLICT,
				   "say 'reuse: true' of the map, or remove what is pinned",
				   "%s is pinned already", path);
	difference = pinned_difference(map, found, plan->arena);
	if (difference)
		return answer_make(plan->arena, FEATSEL_NO, REASON_PIN_CONFLICT,
				   "remove what is pinned, or pin the map elsewhere",
				   "%s is pinned with %s", path, difference);
	return answer_yes(plan->arena, "%s is defined alike", path);
}

static struct featsel_answer judge_free(struct featsel_plan *plan, struct kernel *kernel,
					const char *path)
{
	int r = target_pins_at(kernel, plan->arena, path);

	if (!r)
		return answer_yes(plan->arena, "%s is free", path);
	if (r == -ENODEV || r == -ENOENT || r == -ENOTDIR)
		return answer_make(plan->arena, FEATSEL_NO, REASON_TARGET_MISSING,
				   "mount -t bpf bpffs /sys/fs/bpf",
				   "map path %s is in no BPF file system", path);
	return answer_make(plan->arena, errno_is_refusal(r) ? FEATSEL_DENIED : FEATSEL_UNKNOWN,
			   errno_is_refusal(r) ? REASON_NO_CAPABILITY : REASON_INCONCLUSIVE, NULL,
			   "statfs() on the way to %s: %s", path, errno_name(r));
}

/* BPF_PROG_ATTACH would take the place of another's program, 5.18 tells of it. */
static struct featsel_answer judge_sockets(struct featsel_plan *plan, struct kernel *kernel,
					   const struct plan_candidate *candidate, int index,
					   int fd)
{
	const struct program_ref *ref = candidate->candidate->programs;
	const struct object_program *program;
	struct section section;
	uint32_t ids[1], flags;
	size_t i;

	for (i = 0; i < candidate->candidate->n_programs; i++) {
		program = object_program(candidate->object, ref[i].name);
		if (ref[i].loaded_only ||
		    !is_placed_at(candidate, program, &ref[i], index, &section) ||
		    section.means != ATTACH_SOCKMAP)
			continue;
		if (target_query(kernel, fd, section.attach_type, &flags, ids, 1) > 0)
			return answer_make(plan->arena, FEATSEL_DENIED, REASON_TARGET_BUSY, NULL,
					   "map '%s' has %s", candidate->object->maps[index].name,
					   target_whose(kernel, plan->arena, ids[0]));
	}
	return answer_yes(plan->arena, "nobody's program");
}

static struct featsel_answer judge_pin(struct featsel_plan *plan, struct kernel *kernel,
				       const struct plan_candidate *candidate, int index,
				       const char *path, bool reuse)
{
	const struct object_map map =
		object_map_as_said(candidate->object, index, candidate->candidate);
	struct featsel_answer answer;
	struct pinned_map found;
	int fd = target_pinned_map(kernel, path, &found);

	if (fd >= 0) {
		answer = judge_found(plan, &map, &found, path, reuse);
		if (answer.verdict == FEATSEL_YES)
			answer = judge_sockets(plan, kernel, candidate, index, fd);
		close_fd(&fd);
		return answer;
	}
	if (fd == -ENOENT || fd == -ENOTDIR)
		return judge_free(plan, kernel, path);
	if (fd == -EINVAL)
		return answer_make(plan->arena, FEATSEL_NO, REASON_PIN_CONFLICT, NULL,
				   "%s: EINVAL, it is no map, or in no BPF file system", path);
	return answer_make(plan->arena, errno_is_refusal(fd) ? FEATSEL_DENIED : FEATSEL_UNKNOWN,
			   errno_is_refusal(fd) ? REASON_NO_CAPABILITY : REASON_INCONCLUSIVE, NULL,
			   "%s: bpf(BPF_OBJ_GET): %s", path, errno_name(fd));
}

static int check_pin(struct featsel_plan *plan, struct plan_candidate *candidate, int index)
{
	struct featsel_answer answer;
	struct kernel *kernel;
	const char *path;
	bool reuse;
	int r = object_map_pin(candidate->object, index, candidate->candidate, plan->arena, &path,
			       &reuse);

	if (r || !path || !is_used(candidate, index))
		return r;
	r = target_open(&kernel);
	if (r)
		return r;
	answer = judge_pin(plan, kernel, candidate, index, path, reuse);
	target_close(kernel);
	/* An unknown answer does not keep anybody from trying. */
	if (answer.verdict == FEATSEL_YES || answer.verdict == FEATSEL_UNKNOWN)
		return 0;
	candidate->barrier = answer;
	candidate->unpinnable = true;
	return 0;
}

/* ---- structures ---- */

#define CONTROLS "/proc/sys/net/ipv4/tcp_available_congestion_control"

static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (; *text; text += strcspn(text, " \n"), text += *text != '\0')
		if (strcspn(text, " \n") == length && memcmp(text, word, length) == 0)
			return true;
	return false;
}

/* The kernel registers a congestion control of each name once: EEXIST. */
static void check_structure(struct featsel_plan *plan, struct plan_candidate *candidate, int index)
{
	const struct object_map *map = &candidate->object->maps[index];
	const char *name = object_struct_ops_text(candidate->object, map, "tcp_congestion_ops",
						  "name", plan->arena);
	char there[4096];

	if (name && *name && is_used(candidate, index) &&
	    !file_read_start(CONTROLS, there, sizeof(there)) && has_word(there, name))
		candidate->barrier = answer_make(plan->arena, FEATSEL_DENIED, REASON_TARGET_BUSY,
						 "'bpftool struct_ops' shows what is registered",
						 CONTROLS ": there is a '%s' already", name);
}

int plan_check_maps(struct featsel_plan *plan, struct plan_candidate *candidate)
{
	const struct featsel_candidate *said = candidate->candidate;
	size_t i;
	int r = 0;

	for (i = 0; i < said->n_maps && !r && candidate->barrier.verdict == FEATSEL_YES; i++)
		if (object_map(candidate->object, said->maps[i].name) < 0)
			r = check_missing(plan, candidate, &said->maps[i]);
	if (!r)
		r = object_check_maps(candidate->object, said, plan->arena, &plan->refused);
	for (i = 0; i < candidate->object->n_maps && !r && host_loads(plan->host) &&
		    candidate->barrier.verdict == FEATSEL_YES;
	     i++) {
		check_structure(plan, candidate, (int)i);
		r = check_pin(plan, candidate, (int)i);
	}
	return r;
}
