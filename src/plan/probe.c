/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * probe.c - everything that a host can be asked: what its tables enumerate and what a manifest
 * mentions
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/private.h"

typedef void (*found_fn)(void *data, const char *feature, const struct featsel_answer *answer);

struct collection {
	struct featsel_host *host;
	struct arena *arena;
	struct dict seen;
	struct vec features; /* const struct feature * */
};

static int collect(void *data, const struct feature *feature)
{
	struct collection *collection = data;
	size_t before = collection->seen.count;
	const struct feature **slot;

	if (dict_set(&collection->seen, feature->text, (void *)(uintptr_t)feature))
		return -ENOMEM;
	if (collection->seen.count == before)
		return 0;
	slot = vec_add(&collection->features, sizeof(*slot));
	if (!slot)
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

static int collect_needs(struct collection *collection, const struct object *object,
			 const struct featsel_candidate *candidate,
			 const struct object_oracle *oracle)
{
	const struct object_query query = {
		.object = object, .candidate = candidate, .oracle = oracle};
	const struct object_inferred *needs;
	size_t i, n;
	int r = object_infer(&query, collection->arena, &needs, &n, NULL);

	for (i = 0; !r && i < n; i++)
		r = collect(collection, needs[i].feature);
	return r;
}

static int collect_optional(struct collection *collection, const struct object *object,
			    const struct featsel_candidate *candidate,
			    const struct object_oracle *oracle)
{
	const struct object_query query = {
		.object = object, .candidate = candidate, .oracle = oracle};
	const struct optional_target *optional;
	size_t i, n;
	int r = object_optional_targets(&query, collection->arena, &optional, &n, NULL);

	for (i = 0; !r && i < n; i++) {
		r = collect(collection, optional[i].target);
		if (!r && optional[i].words)
			r = collect(collection, optional[i].words);
	}
	return r;
}

/* An object that cannot be read adds nothing here; a plan that uses it says why. */
static int collect_inferred(struct collection *collection, struct featsel_manifest *manifest,
			    const struct featsel_candidate *candidate)
{
	const struct object_oracle oracle = host_oracle(collection->host);
	const struct feature *const *places;
	struct object *object;
	const char *path;
	size_t i, n;
	int r;

	r = manifest_object_path(manifest, candidate, collection->arena, &path, NULL);
	if (!r)
		r = plan_object(manifest, path, &object, NULL);
	if (!r)
		r = collect_needs(collection, object, candidate, NULL);
	/* What is reachable with this host's answers may have other operands than what any host
	 * could reach. */
	if (!r)
		r = collect_needs(collection, object, candidate, &oracle);
	if (r)
		return r == -ENOMEM ? r : 0;
	r = object_places(object, candidate, collection->arena, &places, &n, NULL);
	for (i = 0; i < n && !r; i++)
		r = collect(collection, places[i]);
	if (!r)
		r = object_questions(object, candidate, collection->arena, collect, collection);
	if (!r)
		r = collect_optional(collection, object, candidate, NULL);
	return r ? r : collect_optional(collection, object, candidate, &oracle);
}

static int collect_event(struct collection *collection, struct featsel_manifest *manifest,
			 const struct featsel_event *event)
{
	size_t i;
	int r = 0;

	for (i = 0; i < event->n_candidates && !r; i++) {
		r = collect_requirement(collection, event->candidates[i].required);
		if (!r)
			r = collect_inferred(collection, manifest, &event->candidates[i]);
	}
	return r;
}

static int collect_all(struct collection *collection, struct featsel_host *host,
		       struct featsel_manifest *manifest)
{
	size_t i;
	int r = host_enumerate(host, collection->arena, collect, collection);

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

/* ---- asking, in as many threads as the machine has processors ---- */

/* Each thread has a host of its own, and takes what belongs together: one load answers for many
 * helpers of a program type. */
struct inquiry {
	const struct feature *const *features;
	struct featsel_answer *answers;
	struct vec groups; /* size_t: the first feature of each, and where the last one ends */
	size_t next;	   /* group that nobody has taken */
	struct featsel_host *hosts[WORKERS_LIMIT];
	unsigned int n_hosts;
};

static bool belongs_to(const struct feature *one, const struct feature *other)
{
	return one->kind == other->kind &&
	       (!feature_kind(one->kind)->of_prog_type || one->prog_type == other->prog_type);
}

static int add_boundary(struct inquiry *inquiry, size_t feature)
{
	size_t *boundary = vec_add(&inquiry->groups, sizeof(*boundary));

	if (!boundary)
		return -ENOMEM;
	*boundary = feature;
	return 0;
}

static int form_groups(struct inquiry *inquiry, size_t n)
{
	size_t i;
	int r = 0;

	for (i = 0; i < n && !r; i++)
		if (i == 0 || !belongs_to(inquiry->features[i - 1], inquiry->features[i]))
			r = add_boundary(inquiry, i);
	return r ? r : add_boundary(inquiry, n);
}

/* The first is the one that was asked; without twins it does all the work. */
static void gather_hosts(struct inquiry *inquiry, struct featsel_host *host)
{
	unsigned int useful = workers_useful();
	struct featsel_host *twin;

	inquiry->hosts[inquiry->n_hosts++] = host;
	while (inquiry->n_hosts < useful && !host_new_twin(host, &twin)) {
		inquiry->hosts[inquiry->n_hosts++] = twin;
	}
}

static void dismiss_twins(struct inquiry *inquiry)
{
	while (inquiry->n_hosts > 1) {
		struct featsel_host *twin = inquiry->hosts[--inquiry->n_hosts];

		twin->overrides = (struct dict){0};
		featsel_host_free(twin);
	}
}

static void inquire(void *data, unsigned int worker)
{
	struct inquiry *inquiry = data;
	const size_t *boundaries = inquiry->groups.items;
	size_t group, i;

	while ((group = __atomic_fetch_add(&inquiry->next, 1, __ATOMIC_RELAXED)) + 1 <
	       inquiry->groups.count)
		for (i = boundaries[group]; i < boundaries[group + 1]; i++)
			inquiry->answers[i] =
				host_answer(inquiry->hosts[worker], inquiry->features[i]);
}

static int answer_all(struct featsel_host *host, const struct vec *features, found_fn found,
		      void *data)
{
	struct inquiry inquiry = {.features = features->items};
	size_t i;
	int r;

	inquiry.answers = calloc(features->count + 1, sizeof(*inquiry.answers));
	r = inquiry.answers ? form_groups(&inquiry, features->count) : -ENOMEM;
	if (!r) {
		gather_hosts(&inquiry, host);
		workers_run(inquiry.n_hosts, inquire, &inquiry);
	}
	for (i = 0; i < features->count && !r; i++)
		found(data, inquiry.features[i]->text, &inquiry.answers[i]);
	dismiss_twins(&inquiry);
	vec_free(&inquiry.groups);
	free(inquiry.answers);
	return r;
}

int featsel_host_probe(struct featsel_host *host, struct featsel_manifest *manifest,
		       void (*found)(void *data, const char *feature,
				     const struct featsel_answer *answer),
		       void *data, struct featsel_error *err)
{
	struct collection collection = {.host = host, .arena = arena_new()};
	struct vec *features = &collection.features;
	int r;

	r = collection.arena ? collect_all(&collection, host, manifest) : -ENOMEM;
	if (!r && features->count)
		qsort(features->items, features->count, sizeof(struct feature *), by_kind_and_text);
	host_new_run(host);
	if (!r)
		r = answer_all(host, features, found, data);
	vec_free(features);
	dict_free(&collection.seen);
	arena_free(collection.arena);
	return r == -ENOMEM ? error_memory(err) : r;
}

static void put_feature(void *data, const char *feature, const struct featsel_answer *answer)
{
	struct json *json = data;

	json_line(json);
	json_object(json, feature);
	json_answer(json, answer);
	json_end(json);
}

int featsel_host_write(struct featsel_host *host, struct featsel_manifest *manifest,
		       featsel_write_fn write, void *data, struct featsel_error *err)
{
	struct json json;
	int r;

	json_begin(&json, write, data);
	json_object(&json, NULL);
	json_string(&json, "featsel", featsel_version());
	json_host(&json, host, "probe");
	json_object(&json, "features");
	r = featsel_host_probe(host, manifest, put_feature, &json, err);
	json_line(&json);
	json_end(&json);
	json_end(&json);
	if (r)
		return r;
	r = json_finish(&json);
	return r ? error_set(err, r, FEATSEL_FAILURE_RUN, "the snapshot could not be written") : 0;
}
