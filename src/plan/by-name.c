/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * by-name.c - a manifest out of an object's names
 *
 * "mmap_fentry" and "mmap_kprobe_perf" are the candidates 'fentry' and 'kprobe_perf' of the event
 * 'mmap': the name ends in words for a means of attaching. Programs without such words are
 * alternatives of each other where they differ in nothing but the last word and no two attach by
 * the same means; else each is an event of its own.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/private.h"

#define NAME_LIMIT	64 /* as for names in manifests */
#define CANDIDATE_LIMIT 256

struct part {
	const struct object_program *program;
	const char *name; /* the candidate's */
	int preference;
	size_t order;
};

struct group {
	const char *event;
	struct vec parts;
};

struct grouping {
	struct featsel_context *context;
	struct arena *arena;
	const struct object *object;
	struct vec groups; /* struct group *, in order of appearance */
	struct dict by_event;
};

/* Words that begin a candidate's name, and words that may follow. */
static const char *const means[] = {
	"fentry",     "fexit", "fmod", "kprobe", "kretprobe", "ksyscall", "kretsyscall",
	"tracepoint", "tp",    "raw",  "rawtp",	 "lsm",	      "uprobe",	  "uretprobe",
	"usdt",	      "perf",  "iter", "kp",	 "krp",
};
static const char *const qualifiers[] = {
	"btf",	  "ret",  "multi", "session",	"event",  "ringbuf", "perfbuf",
	"legacy", "core", "s",	   "sleepable", "compat", "bare",
};

static bool is_one_of(const char *const *words, size_t n, const char *word, size_t length)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(words[i]) == length && strncmp(words[i], word, length) == 0)
			return true;
	return false;
}

static bool is_variant(const char *text)
{
	size_t length = strcspn(text, "_");

	if (!is_one_of(means, ARRAY_SIZE(means), text, length))
		return false;
	while (text[length]) {
		text += length + 1;
		length = strcspn(text, "_");
		if (!is_one_of(means, ARRAY_SIZE(means), text, length) &&
		    !is_one_of(qualifiers, ARRAY_SIZE(qualifiers), text, length))
			return false;
	}
	return true;
}

/* Where the candidate's name begins within a program's; NULL where there is none. */
static const char *variant_of(const char *name)
{
	const char *at = name;

	while ((at = strchr(at, '_'))) {
		at++;
		if (at - 1 > name && is_variant(at))
			return at;
	}
	return NULL;
}

static struct group *group_of(struct grouping *grouping, const char *event)
{
	struct group *group = dict_get(&grouping->by_event, event), **slot;

	if (group)
		return group;
	group = arena_alloc(grouping->arena, sizeof(*group));
	slot = group ? vec_add(&grouping->groups, sizeof(struct group *)) : NULL;
	if (!slot)
		return NULL;
	*slot = group;
	group->event = event;
	return dict_set(&grouping->by_event, event, group) ? NULL : group;
}

static bool has_candidate(const struct group *group, const char *name)
{
	const struct part *parts = group->parts.items;
	size_t i;

	for (i = 0; i < group->parts.count; i++)
		if (strcmp(parts[i].name, name) == 0)
			return true;
	return false;
}

static int add_part(struct grouping *grouping, const struct object_program *program,
		    const char *event, const char *name)
{
	struct group *group;
	struct part *part;

	if (!event || !name)
		return -ENOMEM;
	if (strlen(event) > NAME_LIMIT || strlen(name) > NAME_LIMIT) {
		context_log(grouping->context, FEATSEL_LOG_INFO,
			    "program '%s' left out: its name is too long", program->name);
		return 0;
	}
	group = group_of(grouping, event);
	if (!group)
		return -ENOMEM;
	if (group->parts.count >= CANDIDATE_LIMIT)
		return 0;
	if (has_candidate(group, name))
		name = program->name;
	part = vec_add(&group->parts, sizeof(*part));
	if (!part)
		return -ENOMEM;
	*part = (struct part){
		.program = program,
		.name = name,
		.preference =
			program->section_known ? section_preference(&program->section) : INT32_MAX,
		.order = group->parts.count,
	};
	return 0;
}

static const char *form_of(const struct object_program *program)
{
	const char *slash, *form = program->section_known ? program->section.form : program->name;

	/* A candidate's name has no slash: "cgroup/skb" */
	slash = strrchr(form, '/');
	return slash ? slash + 1 : form;
}

/* ---- programs without words for a means ---- */

/* Those that share everything before the last underscore. */
struct family {
	struct vec programs; /* const struct object_program * */
	bool alternatives;   /* no two attach by the same means */
};

static const char *stem_of(struct arena *arena, const char *name)
{
	const char *last = strrchr(name, '_');

	return last && last > name && last[1] ? arena_strndup(arena, name, (size_t)(last - name))
					      : name;
}

static bool has_means(const struct family *family, const struct object_program *program)
{
	const struct object_program *const *programs = family->programs.items;
	size_t i;

	for (i = 0; i < family->programs.count; i++)
		if (!program->section_known ||
		    strcmp(programs[i]->section.form, program->section.form) == 0)
			return true;
	return false;
}

static int add_to_family(struct grouping *grouping, struct dict *families,
			 const struct object_program *program)
{
	const char *stem = stem_of(grouping->arena, program->name);
	struct family *family = stem ? dict_get(families, stem) : NULL;
	const struct object_program **slot;

	if (!family) {
		family = arena_alloc(grouping->arena, sizeof(*family));
		if (!stem || !family || dict_set(families, stem, family))
			return -ENOMEM;
		family->alternatives = program->section_known;
	}
	/* Once it is known that they are no alternatives, their forms need no comparing. */
	if (family->alternatives && has_means(family, program))
		family->alternatives = false;
	slot = vec_add(&family->programs, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = program;
	return 0;
}

static int place_plain(struct grouping *grouping, const struct dict *families,
		       const struct object_program *program)
{
	const char *stem = stem_of(grouping->arena, program->name);
	const struct family *family = stem ? dict_get(families, stem) : NULL;

	if (!family)
		return -ENOMEM;
	if (family->alternatives && family->programs.count > 1 && strcmp(stem, program->name) != 0)
		return add_part(grouping, program, stem, program->name + strlen(stem) + 1);
	return add_part(grouping, program, program->name, form_of(program));
}

static int find_families(struct grouping *grouping, struct dict *families)
{
	const struct object *object = grouping->object;
	size_t i;
	int r = 0;

	for (i = 0; i < object->n_programs && !r; i++)
		if (!variant_of(object->programs[i].name))
			r = add_to_family(grouping, families, &object->programs[i]);
	return r;
}

static void free_families(struct dict *families)
{
	const char *key;
	struct family *family;
	size_t at = 0;

	while ((family = dict_each(families, &at, &key)))
		vec_free(&family->programs);
	dict_free(families);
}

static int group_programs(struct grouping *grouping)
{
	const struct object *object = grouping->object;
	const struct object_program *program;
	struct dict families = {0};
	const char *variant;
	size_t i;
	int r = find_families(grouping, &families);

	for (i = 0; i < object->n_programs && !r; i++) {
		program = &object->programs[i];
		variant = variant_of(program->name);
		if (variant)
			r = add_part(grouping, program,
				     arena_strndup(grouping->arena, program->name,
						   (size_t)(variant - program->name) - 1),
				     variant);
		else
			r = place_plain(grouping, &families, program);
	}
	free_families(&families);
	return r;
}

/* ---- events of groups ---- */

static int compare_parts(const void *left, const void *right)
{
	const struct part *a = left, *b = right;

	if (a->preference != b->preference)
		return a->preference < b->preference ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static bool is_struct(const struct object *object, const char *name)
{
	return object->btf && name &&
	       btf__find_by_name_kind(object->btf, name, BTF_KIND_STRUCT) > 0;
}

/* The struct that the only typed ring or perf buffer of the object carries. */
static const char *struct_of_output(const struct object *object)
{
	const struct btf_type *type;
	const char *name = NULL;
	size_t i;

	for (i = 0; i < object->n_maps; i++) {
		if (!object_map_is_output(&object->maps[i]))
			continue;
		if (name || !object->maps[i].value_type)
			return NULL;
		type = object_bare_type(object->btf, object->maps[i].value_type);
		name = type && btf_is_struct(type)
			       ? btf__name_by_offset(object->btf, type->name_off)
			       : NULL;
		if (!name || !*name)
			return NULL;
	}
	return name;
}

/* NULL: raw bytes, or memory is out and *failed. */
static const char *record_of(struct grouping *grouping, const char *event, bool *failed)
{
	static const char *const endings[] = {"event", "record"};
	const char *name;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(endings); i++) {
		name = arena_printf(grouping->arena, "%s_%s", event, endings[i]);
		*failed = *failed || !name;
		if (is_struct(grouping->object, name))
			return name;
	}
	name = struct_of_output(grouping->object);
	if (name)
		return name;
	return is_struct(grouping->object, "event") ? "event" : NULL;
}

static int fill_candidate(struct grouping *grouping, const struct featsel_event *event,
			  const struct part *part, const char *object, const char *record,
			  struct featsel_candidate *ret)
{
	static const char *const nothing[] = {NULL};
	struct program_ref *ref = arena_alloc(grouping->arena, sizeof(*ref));
	const struct location at = event->at;

	if (!ref)
		return -ENOMEM;
	*ref = (struct program_ref){.name = part->program->name, .at = at};
	*ret = (struct featsel_candidate){
		.name = part->name,
		.event = event,
		.object = object,
		.record = record,
		.programs = ref,
		.n_programs = 1,
		.covers_text = "",
		.lacks = nothing,
		.optional = nothing,
		.at = at,
		.object_at = at,
		.record_at = at,
		.output_at = at,
	};
	return 0;
}

static int fill_event(struct grouping *grouping, const struct group *group, const char *dir,
		      const char *object, struct featsel_event *ret)
{
	struct featsel_candidate *candidates;
	const struct part *parts = group->parts.items;
	bool failed = false;
	const char *record = record_of(grouping, group->event, &failed);
	size_t i;
	int r = 0;

	candidates = arena_array(grouping->arena, group->parts.count, sizeof(*candidates));
	if (failed || !candidates)
		return -ENOMEM;
	qsort(group->parts.items, group->parts.count, sizeof(*parts), compare_parts);
	*ret = (struct featsel_event){
		.name = group->event,
		.summary = "",
		.candidates = candidates,
		.n_candidates = group->parts.count,
		.dir = dir,
		.at = grouping->object->at,
	};
	for (i = 0; i < group->parts.count && !r; i++)
		r = fill_candidate(grouping, ret, &parts[i], object, record, &candidates[i]);
	return r;
}

static int make_events(struct grouping *grouping, const char *path, struct featsel_event **ret)
{
	const char *slash = strrchr(path, '/'),
		   *object = arena_strdup(grouping->arena, slash ? slash + 1 : path), *dir;
	struct group *const *groups = grouping->groups.items;
	struct featsel_event *events;
	size_t i;
	int r = 0;

	if (slash)
		dir = arena_strndup(grouping->arena, path,
				    slash == path ? 1 : (size_t)(slash - path));
	else
		dir = arena_strdup(grouping->arena, ".");
	events = arena_array(grouping->arena, grouping->groups.count, sizeof(*events));
	if (!object || !dir || !events)
		return -ENOMEM;
	for (i = 0; i < grouping->groups.count && !r; i++)
		r = fill_event(grouping, groups[i], dir, object, &events[i]);
	*ret = events;
	return r;
}

static void free_groups(struct grouping *grouping)
{
	struct group *const *groups = grouping->groups.items;
	size_t i;

	for (i = 0; i < grouping->groups.count; i++)
		vec_free(&groups[i]->parts);
	vec_free(&grouping->groups);
	dict_free(&grouping->by_event);
}

/* As manifest_object_path() will spell it, so that the object is read once. */
static const char *spell_path(struct arena *arena, const char *path)
{
	return strchr(path, '/') ? arena_strdup(arena, path) : arena_printf(arena, "./%s", path);
}

static int add_object(struct featsel_manifest *manifest, struct arena *arena, const char *path,
		      struct featsel_error *err)
{
	struct grouping grouping = {.context = manifest->context, .arena = arena};
	struct featsel_event *events;
	struct object *object;
	int r;

	path = spell_path(arena, path);
	if (!path)
		return error_memory(err);
	r = plan_object(manifest, path, &object, err);
	if (r)
		return r;
	grouping.object = object;
	if (!object->n_programs)
		return error_at(err, -EINVAL, &object->at, "holds no BPF programs");
	r = group_programs(&grouping);
	if (!r)
		r = make_events(&grouping, path, &events);
	if (r)
		r = error_memory(err);
	else
		r = manifest_adopt(manifest, arena, events, grouping.groups.count, err);
	free_groups(&grouping);
	return r;
}

int featsel_manifest_add_object(struct featsel_manifest *manifest, const char *path,
				struct featsel_error *err)
{
	struct arena *arena = arena_new();
	int r = arena ? add_object(manifest, arena, path, err) : error_memory(err);

	if (r)
		arena_free(arena);
	return r;
}
