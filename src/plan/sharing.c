/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * sharing.c - events of one object that are loaded apart, since nothing tells their records apart:
 * each then has its own copies of the maps, even if the author meant otherwise
 */
#include <errno.h>
#include <string.h>

#include "plan/private.h"

/* For one object: the first user of each map. */
struct users {
	const struct featsel_candidate **of_map;
	struct arena *arena;
};

static struct users *users_of(struct sharing *sharing, const struct object *object)
{
	struct users *users = dict_get(&sharing->objects, object->path);

	if (users)
		return users;
	users = arena_alloc(sharing->arena, sizeof(*users));
	if (!users)
		return NULL;
	users->arena = sharing->arena;
	users->of_map = arena_array(sharing->arena, object->n_maps + 1, sizeof(*users->of_map));
	return users->of_map && !dict_set(&sharing->objects, object->path, users) ? users : NULL;
}

/* The rule of a session: records of one output stay apart by their tags alone. */
static bool is_apart(const struct object *object, const struct featsel_candidate *a,
		     const struct featsel_candidate *b, struct arena *arena)
{
	int output_a = -1, output_b = -1;

	if (object_output(object, a, NULL, arena, &output_a, NULL) ||
	    object_output(object, b, NULL, arena, &output_b, NULL))
		return false;
	return output_a == output_b && !(a->event->tag && b->event->tag);
}

/* The maps of which each copy of the object would have its own, not on purpose. */
static bool is_shared(const struct object *object, const struct featsel_candidate *candidate,
		      int index)
{
	const struct object_map *map = &object->maps[index];

	return object_map_is_state(map) && !map->pinned &&
	       !object_map_said(candidate_map(candidate, map->name), MAP_PIN);
}

static void look(const struct object *object, const struct featsel_candidate *candidate, int map,
		 struct users *users, struct shared *ret)
{
	const struct featsel_candidate *first = users->of_map[map];

	if (!first)
		users->of_map[map] = candidate;
	else if (!ret->with && first->event != candidate->event &&
		 is_shared(object, candidate, map) &&
		 is_apart(object, first, candidate, users->arena))
		*ret = (struct shared){.with = first->event, .map = object->maps[map].name};
}

int sharing_add(struct sharing *sharing, const struct object *object,
		const struct featsel_candidate *candidate, struct shared *ret)
{
	struct users *users = users_of(sharing, object);
	const struct object_program *program;
	size_t i, j;

	*ret = (struct shared){0};
	if (!users)
		return -ENOMEM;
	for (i = 0; i < candidate->n_programs; i++) {
		program = object_program(object, candidate->programs[i].name);
		for (j = 0; program && j < program->n_maps; j++)
			look(object, candidate, program->maps[j], users, ret);
	}
	return 0;
}

int sharing_tag(struct sharing *sharing, const struct object *object,
		const struct featsel_candidate *candidate, const struct featsel_event **ret)
{
	const struct featsel_event *event = candidate->event;
	const char *key;
	int output = -1;

	*ret = NULL;
	if (object_output(object, candidate, NULL, sharing->arena, &output, NULL))
		return 0;
	key = arena_printf(sharing->arena, "%s\n%d\n%s", object->path, output, event->tag);
	if (!key)
		return -ENOMEM;
	*ret = dict_get(&sharing->tags, key);
	if (*ret)
		return 0;
	return dict_set(&sharing->tags, key, (void *)(uintptr_t)event);
}

int sharing_begin(struct sharing *sharing)
{
	sharing->arena = arena_new();
	return sharing->arena ? 0 : -ENOMEM;
}

void sharing_end(struct sharing *sharing)
{
	dict_free(&sharing->objects);
	dict_free(&sharing->tags);
	arena_free(sharing->arena);
}
