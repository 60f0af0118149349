/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * grouping.c - which programs of an object belong to which event
 *
 * "mmap_fentry" and "mmap_kprobe_perf" are the candidates 'fentry' and 'kprobe_perf' of the event
 * 'mmap': the name ends in words for a way to attach. Programs without such words are alternatives
 * if they differ only in the last word and no two attach in the same way; otherwise each is an
 * event of its own, unless its name begins with that of an event that has words or is asked for:
 * "mmap_gone" beside "mmap_fentry" is a candidate of 'mmap', and without "mmap_fentry" it is if
 * 'mmap' is asked for. Two names that end in enter and exit, or entry and return, are one
 * candidate.
 */
#include <errno.h>
#include <string.h>

#include "plan/grouping.h"

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

/* The start of the candidate's name within a program's; NULL: there is none. */
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

bool grouping_is_taken(const struct part *parts, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(parts[i].name, name) == 0)
			return true;
	return false;
}

int grouping_preference(const struct object_program *program)
{
	return program->section_known ? section_preference(&program->section) : INT32_MAX;
}

static int leave_out(const struct grouping *grouping, const struct source *source)
{
	context_log(grouping->context, FEATSEL_LOG_WARNING,
		    "program '%s' left out: no manifest can have its name (at most %d of letters, "
		    "digits, '_', '.' and '-')",
		    source->program->name, NAME_LIMIT);
	return 0;
}

static int add_part(struct grouping *grouping, const struct source *source, const char *event,
		    const char *name)
{
	struct group *group;
	struct part *part;

	if (!event || !name)
		return -ENOMEM;
	if (!manifest_is_name(event))
		return leave_out(grouping, source);
	group = group_of(grouping, event);
	if (!group)
		return -ENOMEM;
	if (group->parts.count >= CANDIDATE_LIMIT)
		return 0;
	if (grouping_is_taken(group->parts.items, group->parts.count, name))
		name = source->name;
	if (!manifest_is_name(name))
		return leave_out(grouping, source);
	part = vec_add(&group->parts, sizeof(*part));
	if (!part)
		return -ENOMEM;
	*part = (struct part){
		.source = *source,
		.name = name,
		.preference = grouping_preference(source->program),
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

/* The programs that share everything before the last underscore. */
struct family {
	struct vec sources; /* struct source */
	bool alternatives;  /* no two attach in the same way */
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
	/* Once they are known not to be alternatives, there is no need to compare. */
	if (family->alternatives && has_means(family, source->program))
		family->alternatives = false;
	slot = vec_add(&family->sources, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = *source;
	return 0;
}

/* The longest event with words whose name the program's begins with: NULL if there is none. */
static const char *find_claim(struct grouping *grouping, const struct source *source)
{
	char head[2 * NAME_LIMIT + 2];
	size_t length = strlen(source->name);
	const struct group *group;

	if (length >= sizeof(head))
		return NULL;
	while (length-- > 1) {
		if (source->name[length] != '_' || !source->name[length + 1])
			continue;
		snprintf(head, sizeof(head), "%.*s", (int)length, source->name);
		group = dict_get(&grouping->by_event, head);
		if (group)
			return group->event;
	}
	return NULL;
}

/* The same for the requested events. */
static const char *find_wanted(const struct grouping *grouping, const struct source *source)
{
	const char *const *event = grouping->wanted, *longest = NULL;
	size_t length;

	for (; event && *event; event++) {
		length = strlen(*event);
		if (strncmp(source->name, *event, length) == 0 && source->name[length] == '_' &&
		    source->name[length + 1] && (!longest || length > strlen(longest)))
			longest = *event;
	}
	return longest;
}

static int place_plain(struct grouping *grouping, const struct dict *families,
		       const struct source *source)
{
	const char *stem = stem_of(grouping->arena, source->name);
	const char *wanted = find_wanted(grouping, source);
	const struct family *family = stem ? dict_get(families, stem) : NULL;
	const char *event = source->name;

	if (!family)
		return -ENOMEM;
	if (family->alternatives && family->sources.count > 1 && strcmp(stem, source->name) != 0)
		event = stem;
	if (wanted && (event == source->name || strlen(wanted) > strlen(event)))
		event = arena_strdup(grouping->arena, wanted);
	if (event == source->name || !event)
		return add_part(grouping, source, event, form_of(source->program));
	return add_part(grouping, source, event, source->name + strlen(event) + 1);
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

/* If the last word begins a pair: the word that ends it, and the common beginning of both. */
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

/* First the programs that begin a pair: they take their partners. */
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
	const char *claim, *wanted;
	size_t i;
	int r = 0;

	for (i = 0; i < grouping->sources.count && !r; i++) {
		if (variant_of(sources[i].name))
			continue;
		claim = find_claim(grouping, &sources[i]);
		wanted = find_wanted(grouping, &sources[i]);
		sources[i].claimed = claim && (!wanted || strlen(claim) >= strlen(wanted));
		r = sources[i].claimed ? add_part(grouping, &sources[i], claim,
						  sources[i].name + strlen(claim) + 1)
				       : add_to_family(grouping, &families, &sources[i]);
	}
	for (i = 0; i < grouping->sources.count && !r; i++)
		if (!variant_of(sources[i].name) && !sources[i].claimed)
			r = place_plain(grouping, &families, &sources[i]);
	free_families(&families);
	return r;
}

int grouping_fill(struct grouping *grouping)
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

void grouping_free(struct grouping *grouping)
{
	struct group *const *groups = grouping->groups.items;
	size_t i;

	for (i = 0; i < grouping->groups.count; i++)
		vec_free(&groups[i]->parts);
	vec_free(&grouping->groups);
	vec_free(&grouping->sources);
	dict_free(&grouping->by_event);
}
