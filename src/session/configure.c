/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * configure.c - what a manifest sets in an object before it is loaded
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "session/private.h"

/* ---- globals ---- */

static int apply_override(struct bpf_map *map, const struct object_override *override)
{
	size_t size = 0;
	const uint8_t *now = bpf_map__initial_value(map, &size);
	uint8_t *bytes CLEANUP(free_pointer) = NULL;

	if (!now || override->offset > size || override->size > size - override->offset)
		return -ERANGE;
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, now, size);
	memcpy(bytes + override->offset, override->bytes, override->size);
	return bpf_map__set_initial_value(map, bytes, size);
}

static int apply_overrides(struct bpf_object *object, const struct object *source,
			   const struct object_override *overrides, size_t n)
{
	struct bpf_map *map;
	size_t i;
	int r = 0;

	for (i = 0; i < n && !r; i++) {
		map = group_map(object, source, overrides[i].map);
		r = map ? apply_override(map, &overrides[i]) : -ENOENT;
	}
	return r;
}

int configure_object(struct bpf_object *object, const struct object *source,
		     const struct featsel_candidate *candidate)
{
	const struct object_override *overrides;
	struct arena *arena;
	size_t n;
	int r;

	if (!candidate->n_globals)
		return 0;
	arena = arena_new();
	r = arena ? object_overrides(source, candidate, arena, &overrides, &n, NULL) : -ENOMEM;
	if (!r)
		r = apply_overrides(object, source, overrides, n);
	arena_free(arena);
	return r;
}

/* ---- candidates that share an object ---- */

static bool same_node(const struct node *a, const struct node *b)
{
	if (a == b)
		return true;
	if (a->type != b->type || a->count != b->count || a->quoted != b->quoted ||
	    (a->text && strcmp(a->text, b->text) != 0) ||
	    (a->key && b->key && strcmp(a->key->text, b->key->text) != 0))
		return false;
	for (a = a->first, b = b->first; a && b; a = a->next, b = b->next)
		if (!same_node(a, b))
			return false;
	return true;
}

/* Of one map: sizes add up to the largest, all else must be the same. */
static bool mapped_alike(const struct map_ref *a, const struct map_ref *b)
{
	const unsigned int both = a->given & b->given;

	return (!(both & 1u << MAP_VALUE_SIZE) || a->value_size == b->value_size) &&
	       (!(both & 1u << MAP_INNER) || a->inner_max_entries == b->inner_max_entries) &&
	       (!(both & 1u << MAP_REUSE) || a->reuse == b->reuse) &&
	       (!(both & 1u << MAP_PIN) || strcmp(a->pin, b->pin) == 0) &&
	       (!(both & 1u << MAP_ENTRIES) || same_node(a->entries, b->entries));
}

static bool maps_alike(const struct featsel_candidate *a, const struct featsel_candidate *b)
{
	const struct map_ref *other;
	size_t i;

	for (i = 0; i < a->n_maps; i++) {
		other = candidate_map(b, a->maps[i].name);
		if (other && !mapped_alike(&a->maps[i], other))
			return false;
	}
	return true;
}

bool configured_alike(const struct featsel_candidate *a, const struct featsel_candidate *b)
{
	size_t i;

	if (a->n_globals != b->n_globals)
		return false;
	for (i = 0; i < a->n_globals; i++)
		if (strcmp(a->globals[i].name, b->globals[i].name) != 0 ||
		    !same_node(a->globals[i].value, b->globals[i].value))
			return false;
	return maps_alike(a, b);
}
