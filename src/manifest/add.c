/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * add.c - events of files and directories added to a manifest: all of them or none
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest/private.h"

/* A file that was read whole. */
struct batch {
	struct arena *arena;
	const struct featsel_event *const *events;
	size_t n;
};

/* The manifest as it will be after adding. It replaces the manifest only if everything succeeds. */
struct draft {
	struct vec events, arenas;
	struct dict by_name; /* name -> index + 1 */
};

static void draft_free(struct draft *draft)
{
	vec_free(&draft->events);
	vec_free(&draft->arenas);
	dict_free(&draft->by_name);
}

static void log_replaced(const struct featsel_context *context, const struct featsel_event *earlier,
			 const struct featsel_event *event)
{
	context_log(context, FEATSEL_LOG_INFO,
		    "event '%s' of %s:%u:%u replaces the one of %s:%u:%u", event->name,
		    event->at.file, event->at.line, event->at.column, earlier->at.file,
		    earlier->at.line, earlier->at.column);
}

static int add_event(struct draft *draft, const struct featsel_event *event,
		     const struct featsel_context *context)
{
	void **known = dict_place(&draft->by_name, event->name);
	const struct featsel_event **slot;

	if (known && *known) {
		slot = (const struct featsel_event **)draft->events.items + (uintptr_t)*known - 1;
		log_replaced(context, *slot, event);
	} else {
		slot = known ? vec_add(&draft->events, sizeof(*slot)) : NULL;
		if (!slot)
			return -ENOMEM;
		*known = (void *)(uintptr_t)draft->events.count;
	}
	*slot = event;
	return 0;
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
		err = add_event(draft, events[i], manifest->context);
	for (i = 0; i < manifest->arenas.count && !err; i++)
		err = add_arena(draft, arenas[i]);
	return err;
}

static int add_batch(struct draft *draft, const struct batch *batch,
		     const struct featsel_context *context)
{
	size_t i;
	int err;

	err = add_arena(draft, batch->arena);
	for (i = 0; i < batch->n && !err; i++)
		err = add_event(draft, batch->events[i], context);
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
		   const struct featsel_event *const *events, size_t n, struct featsel_error *err)
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

/* @dir NULL: the text was in memory. */
static int parse_batch(const char *name, const char *text, size_t size, const char *dir,
		       struct batch *batch, struct featsel_error *err)
{
	const struct reader_input input = {.name = name, .text = text, .size = size};
	int r = manifest_parse(&input, dir, batch->arena, &batch->events, &batch->n, err);

	if (r)
		arena_free(batch->arena);
	return r;
}

static int read_batch(const char *path, struct batch *ret, struct featsel_error *err)
{
	char *text CLEANUP(free_pointer) = NULL;
	struct batch batch = {.arena = arena_new()};
	size_t size = 0;
	char *dir;
	int r;

	dir = batch.arena ? directory_of(batch.arena, path) : NULL;
	r = dir ? trust_read(path, MANIFEST_LIMIT, &text, &size, err) : error_memory(err);
	if (r) {
		arena_free(batch.arena);
		return r;
	}
	r = parse_batch(path, text, size, dir, &batch, err);
	if (!r)
		*ret = batch;
	return r;
}

static int adopt_one(struct featsel_manifest *manifest, struct batch *batch,
		     struct featsel_error *err)
{
	int r = adopt(manifest, batch, 1, err);

	if (r)
		arena_free(batch->arena);
	return r;
}

static int add_file(struct featsel_manifest *manifest, const char *path, struct featsel_error *err)
{
	struct batch batch;
	int r = read_batch(path, &batch, err);

	return r ? r : adopt_one(manifest, &batch, err);
}

/* Like a shell's *.yaml: without hidden files. */
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

int featsel_manifest_add_text(struct featsel_manifest *manifest, const char *name, const char *text,
			      size_t size, struct featsel_error *err)
{
	struct batch batch = {.arena = arena_new()};
	const char *kept = batch.arena ? arena_strdup(batch.arena, name) : NULL;
	int r;

	if (!kept) {
		arena_free(batch.arena);
		return error_memory(err);
	}
	r = parse_batch(kept, text, size, NULL, &batch, err);
	return r ? r : adopt_one(manifest, &batch, err);
}

int featsel_manifest_add(struct featsel_manifest *manifest, const char *path,
			 struct featsel_error *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return add_directory(manifest, path, err);
	return add_file(manifest, path, err);
}
