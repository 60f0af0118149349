/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * by-name.c - a manifest out of an object's names
 *
 * "mmap_fentry" and "mmap_kprobe_perf" are the candidates 'fentry' and 'kprobe_perf' of the event
 * 'mmap': the name ends in words for a means of attaching. Programs without such words are
 * alternatives of each other where they differ in nothing but the last word and no two attach by
 * the same means; else each is an event of its own, unless it begins with the name of an event that
 * has words: "mmap_gone" beside "mmap_fentry" is a candidate of 'mmap'. What ends in enter and
 * exit, or entry and return, is one candidate. Objects add up.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/private.h"

#define NAME_LIMIT	64 /* as for names in manifests */
#define CANDIDATE_LIMIT 256

/* A program, or two that are attached to the beginning and the end of the same. */
struct source {
	const struct object_program *program, *second; /* NULL: it is alone */
	const char *name;			       /* of two what both begin with */
	const char *claim; /* the event that it belongs to although its name has no words, NULL */
};

struct part {
	struct source source;
	const struct featsel_candidate *made; /* out of another object, NULL */
	const char *name;		      /* the candidate's */
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
	struct vec sources; /* struct source, in order of appearance */
	struct vec groups;  /* struct group *, likewise */
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

static bool is_taken(const struct part *parts, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(parts[i].name, name) == 0)
			return true;
	return false;
}

static int preference_of(const struct object_program *program)
{
	return program->section_known ? section_preference(&program->section) : INT32_MAX;
}

static int add_part(struct grouping *grouping, const struct source *source, const char *event,
		    const char *name)
{
	struct group *group;
	struct part *part;

	if (!event || !name)
		return -ENOMEM;
	if (strlen(event) > NAME_LIMIT || strlen(name) > NAME_LIMIT) {
		context_log(grouping->context, FEATSEL_LOG_INFO,
			    "program '%s' left out: its name is too long", source->program->name);
		return 0;
	}
	group = group_of(grouping, event);
	if (!group)
		return -ENOMEM;
	if (group->parts.count >= CANDIDATE_LIMIT)
		return 0;
	if (is_taken(group->parts.items, group->parts.count, name))
		name = source->name;
	part = vec_add(&group->parts, sizeof(*part));
	if (!part)
		return -ENOMEM;
	*part = (struct part){
		.source = *source,
		.name = name,
		.preference = preference_of(source->program),
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
	struct vec sources; /* struct source */
	bool alternatives;  /* no two attach by the same means */
};

static const char *stem_of(struct arena *arena, const char *name)
{
	const char *last = strrchr(name, '_');

	return last && last > name && last[1] ? arena_strndup(arena, name, (size_t)(last - name))
					      : name;
}

static bool has_means(const struct family *family, const struct object_program *program)
{
	const struct source *sources = family->sources.items;
	size_t i;

	for (i = 0; i < family->sources.count; i++)
		if (!program->section_known ||
		    strcmp(sources[i].program->section.form, program->section.form) == 0)
			return true;
	return false;
}

static int add_to_family(struct grouping *grouping, struct dict *families,
			 const struct source *source)
{
	const char *stem = stem_of(grouping->arena, source->name);
	struct family *family = stem ? dict_get(families, stem) : NULL;
	struct source *slot;

	if (!family) {
		family = arena_alloc(grouping->arena, sizeof(*family));
		if (!stem || !family || dict_set(families, stem, family))
			return -ENOMEM;
		family->alternatives = source->program->section_known;
	}
	/* Once it is known that they are no alternatives, their forms need no comparing. */
	if (family->alternatives && has_means(family, source->program))
		family->alternatives = false;
	slot = vec_add(&family->sources, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = *source;
	return 0;
}

/* The longest event that has words and with which the name begins: false where there is none. */
static bool find_claim(struct grouping *grouping, struct source *source)
{
	char head[2 * NAME_LIMIT + 2];
	size_t length = strlen(source->name);
	const struct group *group;

	if (length >= sizeof(head))
		return false;
	while (length-- > 1) {
		if (source->name[length] != '_' || !source->name[length + 1])
			continue;
		snprintf(head, sizeof(head), "%.*s", (int)length, source->name);
		group = dict_get(&grouping->by_event, head);
		if (!group)
			continue;
		source->claim = group->event;
		return true;
	}
	return false;
}

static int place_plain(struct grouping *grouping, const struct dict *families,
		       const struct source *source)
{
	const char *stem = stem_of(grouping->arena, source->name);
	const struct family *family = stem ? dict_get(families, stem) : NULL;

	if (!family)
		return -ENOMEM;
	if (family->alternatives && family->sources.count > 1 && strcmp(stem, source->name) != 0)
		return add_part(grouping, source, stem, source->name + strlen(stem) + 1);
	return add_part(grouping, source, source->name, form_of(source->program));
}

static int place_named(struct grouping *grouping, const struct source *source)
{
	const char *variant = variant_of(source->name);

	return add_part(
		grouping, source,
		arena_strndup(grouping->arena, source->name, (size_t)(variant - source->name) - 1),
		variant);
}

static void free_families(struct dict *families)
{
	const char *key;
	struct family *family;
	size_t at = 0;

	while ((family = dict_each(families, &at, &key)))
		vec_free(&family->sources);
	dict_free(families);
}

/* ---- programs in pairs ---- */

/* Where the last word is one that begins a pair: that which ends it, and what both begin with. */
static const struct object_program *partner_of(const struct object *object, const char *name,
					       struct arena *arena, const char **both)
{
	static const char *const pairs[][2] = {
		{"_enter", "_exit"}, {"_entry", "_exit"}, {"_entry", "_return"}};
	const struct object_program *found = NULL;
	size_t i, length = strlen(name), ending;
	const char *other;

	for (i = 0; i < ARRAY_SIZE(pairs) && !found; i++) {
		ending = strlen(pairs[i][0]);
		if (length <= ending || strcmp(name + length - ending, pairs[i][0]) != 0)
			continue;
		*both = arena_strndup(arena, name, length - ending);
		other = *both ? arena_printf(arena, "%s%s", *both, pairs[i][1]) : NULL;
		found = other ? dict_get(&object->program_names, other) : NULL;
	}
	return found;
}

static bool is_second(const struct grouping *grouping, size_t n_pairs,
		      const struct object_program *program)
{
	const struct source *sources = grouping->sources.items;
	size_t i;

	for (i = 0; i < n_pairs; i++)
		if (sources[i].second == program)
			return true;
	return false;
}

/* Those that begin a pair first: they take their partners. */
static int find_sources(struct grouping *grouping, bool pairs)
{
	const struct object *object = grouping->object;
	const size_t n_pairs = grouping->sources.count;
	const struct object_program *program, *partner;
	struct source *slot;
	const char *both;
	size_t i;

	for (i = 0; i < object->n_programs; i++) {
		program = &object->programs[i];
		both = program->name;
		partner = partner_of(object, program->name, grouping->arena, &both);
		if (!both)
			return -ENOMEM;
		if ((partner != NULL) != pairs || (!pairs && is_second(grouping, n_pairs, program)))
			continue;
		slot = vec_add(&grouping->sources, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		*slot = (struct source){.program = program,
					.second = partner,
					.name = partner ? both : program->name};
	}
	return 0;
}

static int group_plain(struct grouping *grouping)
{
	struct source *sources = grouping->sources.items;
	struct dict families = {0};
	size_t i;
	int r = 0;

	for (i = 0; i < grouping->sources.count && !r; i++) {
		if (variant_of(sources[i].name))
			continue;
		r = find_claim(grouping, &sources[i])
			    ? add_part(grouping, &sources[i], sources[i].claim,
				       sources[i].name + strlen(sources[i].claim) + 1)
			    : add_to_family(grouping, &families, &sources[i]);
	}
	for (i = 0; i < grouping->sources.count && !r; i++)
		if (!variant_of(sources[i].name) && !sources[i].claim)
			r = place_plain(grouping, &families, &sources[i]);
	free_families(&families);
	return r;
}

static int group_programs(struct grouping *grouping)
{
	const struct source *sources;
	size_t i;
	int r = find_sources(grouping, true);

	if (!r)
		r = find_sources(grouping, false);
	sources = grouping->sources.items;
	for (i = 0; i < grouping->sources.count && !r; i++)
		if (variant_of(sources[i].name))
			r = place_named(grouping, &sources[i]);
	return r ? r : group_plain(grouping);
}

/* ---- events of groups ---- */

/* Where in the object the first of its programs stands. */
static const struct object_program *first_of(const struct group *group)
{
	const struct part *parts = group->parts.items;
	const struct object_program *first = parts[0].source.program;
	size_t i;

	for (i = 1; i < group->parts.count; i++)
		if (parts[i].source.program < first)
			first = parts[i].source.program;
	return first;
}

static int compare_groups(const void *left, const void *right)
{
	const struct object_program *a = first_of(*(const struct group *const *)left);
	const struct object_program *b = first_of(*(const struct group *const *)right);

	return a < b ? -1 : a > b;
}

static void sort_groups(struct grouping *grouping)
{
	if (grouping->groups.count)
		qsort(grouping->groups.items, grouping->groups.count, sizeof(struct group *),
		      compare_groups);
}

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

static int fill_programs(struct grouping *grouping, const struct source *source,
			 const struct location *at, struct featsel_candidate *ret)
{
	struct program_ref *refs = arena_array(grouping->arena, 2, sizeof(*refs));

	if (!refs)
		return -ENOMEM;
	refs[0] = (struct program_ref){.name = source->program->name, .at = *at};
	if (source->second)
		refs[1] = (struct program_ref){.name = source->second->name, .at = *at};
	ret->programs = refs;
	ret->n_programs = source->second ? 2 : 1;
	return 0;
}

static int fill_candidate(struct grouping *grouping, const struct featsel_event *event,
			  const struct part *part, const char *object, const char *record,
			  struct featsel_candidate *ret)
{
	static const char *const nothing[] = {NULL};
	const struct location at = event->at;

	if (part->made) {
		*ret = *part->made;
		ret->event = event;
		ret->name = part->name;
		if (strcmp(part->made->event->dir, ".") != 0)
			ret->object = arena_printf(grouping->arena, "%s/%s", part->made->event->dir,
						   part->made->object);
		return ret->object ? 0 : -ENOMEM;
	}
	*ret = (struct featsel_candidate){
		.name = part->name,
		.event = event,
		.object = object,
		.record = record,
		.covers_text = "",
		.lacks = nothing,
		.optional = nothing,
		.at = at,
		.object_at = at,
		.record_at = at,
		.output_at = at,
	};
	return fill_programs(grouping, &part->source, &at, ret);
}

/* Of objects that were added before: what a manifest defines has a line, and is replaced. */
static int add_made(struct grouping *grouping, struct featsel_manifest *manifest,
		    struct group *group)
{
	const struct featsel_event *before = featsel_manifest_find(manifest, group->event);
	const struct featsel_candidate *made;
	const struct object_program *program;
	struct object *object;
	struct part *part;
	const char *path;
	size_t i;
	int r;

	for (i = 0; before && before->dir && !before->at.line && i < before->n_candidates; i++) {
		made = &before->candidates[i];
		r = manifest_object_path(manifest, made, grouping->arena, &path, NULL);
		if (!r)
			r = plan_object(manifest, path, &object, NULL);
		/* The same object once more, or one that went away. */
		if (r || object == grouping->object)
			continue;
		program = dict_get(&object->program_names, made->programs[0].name);
		part = program ? vec_add(&group->parts, sizeof(*part)) : NULL;
		if (!part)
			return -ENOMEM;
		*part = (struct part){
			.made = made, .name = made->name, .preference = preference_of(program)};
	}
	return 0;
}

/* Two objects may have programs of the same name: the later ones are numbered. */
static int name_apart(struct grouping *grouping, struct group *group)
{
	struct part *parts = group->parts.items;
	size_t i, number;
	const char *name;

	for (i = 0; i < group->parts.count; i++) {
		name = parts[i].name;
		for (number = 2; is_taken(parts, i, parts[i].name); number++) {
			parts[i].name = arena_printf(grouping->arena, "%s-%zu", name, number);
			if (!parts[i].name)
				return -ENOMEM;
		}
	}
	return 0;
}

static int fill_event(struct grouping *grouping, struct featsel_manifest *manifest,
		      struct group *group, const char *path, struct featsel_event *ret)
{
	const char *slash = strrchr(path, '/'), *object = slash + 1, *dir = NULL;
	const size_t own = group->parts.count;
	struct featsel_candidate *candidates;
	const struct part *parts;
	bool failed = false;
	const char *record = record_of(grouping, group->event, &failed);
	size_t i;
	int r = add_made(grouping, manifest, group);

	/* Of several directories their objects have the whole path. */
	if (group->parts.count > own) {
		object = strncmp(path, "./", 2) == 0 ? path + 2 : path;
		dir = ".";
	} else {
		dir = arena_strndup(grouping->arena, path,
				    slash == path ? 1 : (size_t)(slash - path));
	}
	candidates = arena_array(grouping->arena, group->parts.count, sizeof(*candidates));
	if (r || failed || !candidates || !dir)
		return -ENOMEM;
	qsort(group->parts.items, group->parts.count, sizeof(*parts), compare_parts);
	if (name_apart(grouping, group))
		return -ENOMEM;
	parts = group->parts.items;
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

static int make_events(struct grouping *grouping, struct featsel_manifest *manifest,
		       const char *path, struct featsel_event **ret)
{
	struct group *const *groups = grouping->groups.items;
	struct featsel_event *events;
	size_t i;
	int r = 0;

	path = arena_strdup(grouping->arena, path);
	events = arena_array(grouping->arena, grouping->groups.count, sizeof(*events));
	if (!path || !events)
		return -ENOMEM;
	for (i = 0; i < grouping->groups.count && !r; i++)
		r = fill_event(grouping, manifest, groups[i], path, &events[i]);
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
	vec_free(&grouping->sources);
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
	sort_groups(&grouping);
	if (!r)
		r = make_events(&grouping, manifest, path, &events);
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
