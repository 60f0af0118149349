/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * probe.c - everything that can be asked of a host: what its tables enumerate and what a manifest
 * mentions
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct collection {
	struct arena *arena;
	struct map seen;
	struct vec features; /* const struct feature * */
};

static int collect(void *data, const struct feature *feature)
{
	struct collection *collection = data;
	const struct feature **slot;

	if (map_get(&collection->seen, feature->text))
		return 0;
	slot = vec_add(&collection->features, sizeof(*slot));
	if (!slot || map_set(&collection->seen, feature->text, (void *)feature))
		return -ENOMEM;
	*slot = feature;
	return 0;
}

static int collect_requirement(struct collection *collection, const struct requirement *requirement)
{
	int r = 0;

	for (; requirement && !r; requirement = requirement->next) {
		if (requirement->op == REQUIREMENT_FEATURE)
			r = collect(collection, requirement->feature);
		else
			r = collect_requirement(collection, requirement->parts);
	}
	return r;
}

/* An object that cannot be read adds nothing here; whoever plans with it is told. */
static int collect_inferred(struct collection *collection, struct featsel_manifest *manifest,
			    const struct featsel_candidate *candidate)
{
	const struct feature *const *features;
	const struct optional_target *optional;
	const struct requirement *choices;
	struct object *object;
	const char *path;
	size_t i, n;
	int r;

	r = manifest_object_path(manifest, candidate, collection->arena, &path, NULL);
	if (!r)
		r = plan_object(manifest, path, &object, NULL);
	if (!r)
		r = object_infer(object, candidate, collection->arena, &features, &n, NULL);
	if (r)
		return r == -ENOMEM ? r : 0;
	for (i = 0; i < n && !r; i++)
		r = collect(collection, features[i]);
	if (!r)
		r = object_choices(object, candidate, collection->arena, &choices, NULL);
	if (!r)
		r = collect_requirement(collection, choices);
	if (!r)
		r = object_optional_targets(object, candidate, collection->arena, &optional, &n,
					    NULL);
	for (i = 0; i < n && !r; i++) {
		r = collect(collection, optional[i].target);
		if (!r && optional[i].words)
			r = collect(collection, optional[i].words);
	}
	return r;
}

static int collect_event(struct collection *collection, struct featsel_manifest *manifest,
			 const struct featsel_event *event)
{
	size_t i;
	int r = 0;

	for (i = 0; i < event->n_candidates && !r; i++) {
		r = collect_requirement(collection, event->candidates[i].requires);
		if (!r)
			r = collect_inferred(collection, manifest, &event->candidates[i]);
	}
	return r;
}

static int collect_all(struct collection *collection, struct featsel_host *host,
		       struct featsel_manifest *manifest)
{
	size_t i;
	int r = 0;

	if (host->backend->enumerate)
		r = host->backend->enumerate(host, collection->arena, collect, collection);
	for (i = 0; manifest && i < featsel_manifest_events(manifest) && !r; i++)
		r = collect_event(collection, manifest, featsel_manifest_event(manifest, i));
	return r;
}

static int by_kind_and_text(const void *a, const void *b)
{
	const struct feature *one = *(const struct feature *const *)a,
			     *other = *(const struct feature *const *)b;

	if (one->kind != other->kind)
		return one->kind < other->kind ? -1 : 1;
	return strcmp(one->text, other->text);
}

int featsel_host_probe(struct featsel_host *host, struct featsel_manifest *manifest,
		       void (*found)(void *data, const char *feature,
				     const struct featsel_answer *answer),
		       void *data, struct featsel_error *err)
{
	struct collection collection = {.arena = arena_new()};
	const struct feature **features;
	struct featsel_answer answer;
	size_t i;
	int r;

	r = collection.arena ? collect_all(&collection, host, manifest) : -ENOMEM;
	features = collection.features.items;
	if (!r && collection.features.count)
		qsort(features, collection.features.count, sizeof(*features), by_kind_and_text);
	host_new_run(host);
	for (i = 0; !r && i < collection.features.count; i++) {
		answer = host_answer(host, features[i]);
		found(data, features[i]->text, &answer);
	}
	vec_free(&collection.features);
	map_free(&collection.seen);
	arena_free(collection.arena);
	return r == -ENOMEM ? error_memory(err) : r;
}
