/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * model.c - the model: events and their candidates
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/private.h"

int featsel_manifest_new(struct featsel_context *context, struct featsel_manifest **ret,
			 struct featsel_error *err)
{
	struct featsel_manifest *manifest = calloc(1, sizeof(*manifest));

	if (!manifest)
		return error_memory(err);
	manifest->context = context;
	manifest->arena = arena_new();
	if (!manifest->arena) {
		featsel_manifest_free(manifest);
		return error_memory(err);
	}
	*ret = manifest;
	return 0;
}

void featsel_manifest_free(struct featsel_manifest *manifest)
{
	struct arena **arenas;
	size_t i;

	if (!manifest)
		return;
	if (manifest->release)
		manifest->release(manifest);
	arenas = manifest->arenas.items;
	for (i = 0; i < manifest->arenas.count; i++)
		arena_free(arenas[i]);
	vec_free(&manifest->arenas);
	vec_free(&manifest->events);
	dict_free(&manifest->by_name);
	arena_free(manifest->arena);
	free(manifest);
}

/* ---- objects ---- */

/* A file that exists but cannot be accessed counts as found: opening it reports why. */
static bool is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* In @dir, which may be "."; *ret stays NULL if it is not found. */
static int find_in(const char *dir, const char *object, struct arena *arena, const char **ret)
{
	const char *path = strcmp(dir, ".") == 0 ? arena_printf(arena, "./%s", object)
						 : arena_printf(arena, "%s/%s", dir, object);

	if (!path)
		return -ENOMEM;
	if (is_there(path))
		*ret = path;
	return 0;
}

static int find_absolute(const struct featsel_candidate *candidate, struct arena *arena,
			 const char **ret, struct featsel_error *err)
{
	if (!is_there(candidate->object))
		return error_at(err, -ENOENT, &candidate->object_at, "object '%s' is not there",
				candidate->object);
	*ret = arena_strdup(arena, candidate->object);
	return *ret ? 0 : error_memory(err);
}

/*
 * Beside the manifest, in the directory that the caller named, in memory, in the installed
 * directory: the caller's choice comes before the default.
 */
int manifest_object_path(const struct featsel_manifest *manifest,
			 const struct featsel_candidate *candidate, struct arena *arena,
			 const char **ret, struct featsel_error *err)
{
	const struct featsel_context *context = manifest->context;
	const struct memory_object *memory = context_object(context, candidate->object);
	const char *dir = candidate->event->dir, *path = NULL;
	int r = 0;

	if (candidate->object[0] == '/')
		return find_absolute(candidate, arena, ret, err);
	if (dir)
		r = find_in(dir, candidate->object, arena, &path);
	if (!r && !path && (context->object_dir_set || !memory))
		r = find_in(context->object_dir, candidate->object, arena, &path);
	if (r)
		return error_memory(err);
	if (!path && memory)
		path = memory->path;
	if (!path)
		return error_at(err, -ENOENT, &candidate->object_at,
				dir ? "object '%s' is neither in '%s' nor in '%s'"
				    : "object '%s' is neither %s nor in '%s'",
				candidate->object, dir ? dir : "in memory", context->object_dir);
	*ret = path;
	return 0;
}

/* ---- getters ---- */

const struct map_ref *candidate_map(const struct featsel_candidate *candidate, const char *name)
{
	size_t i;

	for (i = 0; i < candidate->n_maps; i++)
		if (strcmp(candidate->maps[i].name, name) == 0)
			return &candidate->maps[i];
	return NULL;
}

size_t featsel_manifest_events(const struct featsel_manifest *manifest)
{
	return manifest->events.count;
}

const struct featsel_event *featsel_manifest_event(const struct featsel_manifest *manifest,
						   size_t index)
{
	const struct featsel_event *const *events = manifest->events.items;

	return index < manifest->events.count ? events[index] : NULL;
}

const struct featsel_event *featsel_manifest_find(const struct featsel_manifest *manifest,
						  const char *name)
{
	const uintptr_t known = (uintptr_t)dict_get(&manifest->by_name, name);

	return known ? featsel_manifest_event(manifest, known - 1) : NULL;
}

const char *featsel_manifest_suggest(const struct featsel_manifest *manifest, const char *name)
{
	const size_t n = manifest->events.count;
	const char **names = calloc(n + 1, sizeof(*names)), *nearest;
	size_t i;

	if (!names)
		return NULL;
	for (i = 0; i < n; i++)
		names[i] = featsel_manifest_event(manifest, i)->name;
	nearest = names_nearest(name, names, n);
	free(names);
	return nearest;
}

const char *featsel_event_name(const struct featsel_event *event)
{
	return event->name;
}

const char *featsel_event_source(const struct featsel_event *event)
{
	return event->at.file ? event->at.file : "";
}

const char *featsel_event_summary(const struct featsel_event *event)
{
	return event->summary ? event->summary : "";
}

const char *const *featsel_event_trigger(const struct featsel_event *event)
{
	return event->trigger;
}

size_t featsel_event_candidates(const struct featsel_event *event)
{
	return event->n_candidates;
}

const struct featsel_candidate *featsel_event_candidate(const struct featsel_event *event,
							size_t index)
{
	return index < event->n_candidates ? &event->candidates[index] : NULL;
}

const char *featsel_candidate_name(const struct featsel_candidate *candidate)
{
	return candidate->name;
}

const char *featsel_candidate_covers(const struct featsel_candidate *candidate)
{
	return candidate->covers_text ? candidate->covers_text : "";
}

const char *const *featsel_candidate_lacks(const struct featsel_candidate *candidate)
{
	static const char *const none[] = {NULL};

	return candidate->lacks ? candidate->lacks : none;
}
