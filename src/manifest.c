/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * manifest.c - the model: events and their candidates, and the files that they come from
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

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
	map_free(&manifest->by_name);
	arena_free(manifest->arena);
	free(manifest);
}

/* ---- adding ---------------------------------------------------------------------------------- */

/* A file that was read whole. */
struct batch {
	struct arena *arena;
	const struct featsel_event *events;
	size_t n;
};

/* What a manifest becomes by adding; it takes the manifest's place only when all is well. */
struct draft {
	struct vec events, arenas;
	struct map by_name; /* name -> index + 1 */
};

static void draft_free(struct draft *draft)
{
	vec_free(&draft->events);
	vec_free(&draft->arenas);
	map_free(&draft->by_name);
}

static const struct featsel_event *find_event(const struct draft *draft, const char *name)
{
	uintptr_t known = (uintptr_t)map_get(&draft->by_name, name);

	return known ? ((const struct featsel_event **)draft->events.items)[known - 1] : NULL;
}

static int add_event(struct draft *draft, const struct featsel_event *event)
{
	uintptr_t known = (uintptr_t)map_get(&draft->by_name, event->name);
	const struct featsel_event **slot;

	if (known) {
		((const struct featsel_event **)draft->events.items)[known - 1] = event;
		return 0;
	}
	slot = vec_add(&draft->events, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = event;
	return map_set(&draft->by_name, event->name, (void *)(uintptr_t)draft->events.count);
}

static int add_arena(struct draft *draft, struct arena *arena)
{
	struct arena **slot = vec_add(&draft->arenas, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	*slot = arena;
	return 0;
}

static int add_earlier(struct draft *draft, const struct featsel_manifest *manifest)
{
	const struct featsel_event *const *events = manifest->events.items;
	struct arena *const *arenas = manifest->arenas.items;
	size_t i;
	int err = 0;

	for (i = 0; i < manifest->events.count && !err; i++)
		err = add_event(draft, events[i]);
	for (i = 0; i < manifest->arenas.count && !err; i++)
		err = add_arena(draft, arenas[i]);
	return err;
}

static void log_replaced(const struct featsel_context *context, const struct featsel_event *earlier,
			 const struct featsel_event *event)
{
	if (!earlier)
		return;
	context_log(context, FEATSEL_LOG_INFO,
		    "event '%s' of %s:%u:%u replaces the one of %s:%u:%u", event->name,
		    event->at.file, event->at.line, event->at.column, earlier->at.file,
		    earlier->at.line, earlier->at.column);
}

static int add_batch(struct draft *draft, const struct batch *batch,
		     const struct featsel_context *context)
{
	size_t i;
	int err;

	err = add_arena(draft, batch->arena);
	for (i = 0; i < batch->n && !err; i++) {
		log_replaced(context, find_event(draft, batch->events[i].name), &batch->events[i]);
		err = add_event(draft, &batch->events[i]);
	}
	return err;
}

/* All batches or none; on success the manifest owns their arenas. */
static int adopt(struct featsel_manifest *manifest, const struct batch *batches, size_t n,
		 struct featsel_error *err)
{
	struct draft draft = {0}, old;
	size_t i;
	int r;

	r = add_earlier(&draft, manifest);
	for (i = 0; i < n && !r; i++)
		r = add_batch(&draft, &batches[i], manifest->context);
	if (r) {
		draft_free(&draft);
		return error_memory(err);
	}
	old = (struct draft){manifest->events, manifest->arenas, manifest->by_name};
	manifest->events = draft.events;
	manifest->arenas = draft.arenas;
	manifest->by_name = draft.by_name;
	draft_free(&old);
	return 0;
}

int manifest_adopt(struct featsel_manifest *manifest, struct arena *arena,
		   const struct featsel_event *events, size_t n, struct featsel_error *err)
{
	const struct batch batch = {.arena = arena, .events = events, .n = n};

	return adopt(manifest, &batch, 1, err);
}

static char *directory_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return arena_strdup(arena, ".");
	return arena_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

static int read_batch(const char *path, struct batch *ret, struct featsel_error *err)
{
	char *text CLEANUP(free_pointer) = NULL;
	struct batch batch = {.arena = arena_new()};
	size_t size = 0;
	char *dir;
	int r;

	dir = batch.arena ? directory_of(batch.arena, path) : NULL;
	r = dir ? reader_load(path, &text, &size, err) : error_memory(err);
	if (!r)
		r = manifest_parse(path, text, size, dir, batch.arena, &batch.events, &batch.n,
				   err);
	if (r) {
		arena_free(batch.arena);
		return r;
	}
	*ret = batch;
	return 0;
}

static int add_file(struct featsel_manifest *manifest, const char *path, struct featsel_error *err)
{
	struct batch batch;
	int r;

	r = read_batch(path, &batch, err);
	if (r)
		return r;
	r = adopt(manifest, &batch, 1, err);
	if (r)
		arena_free(batch.arena);
	return r;
}

/* As a shell's *.yaml: hidden files are none. */
static int is_manifest(const struct dirent *entry)
{
	static const char ending[] = ".yaml";
	const size_t length = strlen(entry->d_name), end = sizeof(ending) - 1;

	return entry->d_name[0] != '.' && length > end &&
	       strcmp(entry->d_name + length - end, ending) == 0;
}

/* Not alphasort(): the order must not depend on the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_batches(struct featsel_manifest *manifest, const char *path,
			struct dirent **entries, size_t n, struct batch *batches,
			struct featsel_error *err)
{
	char *file;
	size_t i;
	int r = 0;

	for (i = 0; i < n && !r; i++) {
		file = arena_printf(manifest->arena, "%s/%s", path, entries[i]->d_name);
		r = file ? read_batch(file, &batches[i], err) : error_memory(err);
	}
	return r ? r : adopt(manifest, batches, n, err);
}

static int add_directory(struct featsel_manifest *manifest, const char *path,
			 struct featsel_error *err)
{
	const struct location at = {.file = path};
	struct dirent **entries = NULL;
	struct batch *batches;
	int i, n, r;

	n = scandir(path, &entries, is_manifest, by_bytes);
	if (n < 0) {
		r = -errno;
		return error_at(err, r, &at, "cannot be read: %s", strerror(-r));
	}
	batches = calloc((size_t)n + 1, sizeof(*batches));
	if (!batches)
		r = error_memory(err);
	else if (!n)
		r = error_at(err, -ENOENT, &at, "this directory holds no *.yaml file");
	else
		r = read_batches(manifest, path, entries, (size_t)n, batches, err);
	for (i = 0; i < n; i++) {
		if (r && batches)
			arena_free(batches[i].arena);
		free(entries[i]);
	}
	free(entries);
	free(batches);
	return r;
}

int featsel_manifest_add(struct featsel_manifest *manifest, const char *path,
			 struct featsel_error *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return add_directory(manifest, path, err);
	return add_file(manifest, path, err);
}

/* ---- objects --------------------------------------------------------------------------------- */

/* What is there but cannot be reached counts as there: opening it says what is wrong. */
static bool is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

int manifest_object_path(const struct featsel_manifest *manifest,
			 const struct featsel_candidate *candidate, struct arena *arena,
			 const char **ret, struct featsel_error *err)
{
	const char *const dirs[] = {candidate->event->dir, manifest->context->object_dir};
	const bool absolute = candidate->object[0] == '/';
	const char *path;
	size_t i;

	for (i = 0; i < (absolute ? 1 : ARRAY_SIZE(dirs)); i++) {
		if (absolute)
			path = arena_strdup(arena, candidate->object);
		else if (strcmp(dirs[i], ".") == 0)
			path = arena_printf(arena, "./%s", candidate->object);
		else
			path = arena_printf(arena, "%s/%s", dirs[i], candidate->object);
		if (!path)
			return error_memory(err);
		if (!is_there(path))
			continue;
		*ret = path;
		return 0;
	}
	if (absolute)
		return error_at(err, -ENOENT, &candidate->object_at,
				"in event '%s', candidate '%s': object '%s' is not there",
				candidate->event->name, candidate->name, candidate->object);
	return error_at(err, -ENOENT, &candidate->object_at,
			"in event '%s', candidate '%s': object '%s' is neither in '%s' nor in '%s'",
			candidate->event->name, candidate->name, candidate->object, dirs[0],
			dirs[1]);
}

/* ---- getters --------------------------------------------------------------------------------- */

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
	const uintptr_t known = (uintptr_t)map_get(&manifest->by_name, name);

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
