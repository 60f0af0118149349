/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * dict.c - strings to pointers: a hash table with open addressing
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

struct dict_slot {
	const char *key;
	void *value;
	size_t hash;
};

/*
 * FNV-1a. Keys are short, and a file that provokes collisions slows down only the reading of that
 * very file.
 */
static size_t hash_of(const char *key)
{
	uint64_t value = 0xcbf29ce484222325ULL;

	for (; *key; key++)
		value = (value ^ (unsigned char)*key) * 0x100000001b3ULL;
	return (size_t)(value ^ value >> 32);
}

/* The slot of @key, or the free slot where it belongs; @room is a power of two and never full. */
static struct dict_slot *slot_of(struct dict_slot *slots, size_t room, size_t hash, const char *key)
{
	size_t i = hash & (room - 1);

	while (slots[i].key && (slots[i].hash != hash || strcmp(slots[i].key, key) != 0))
		i = (i + 1) & (room - 1);
	return &slots[i];
}

void *dict_get(const struct dict *dict, const char *key)
{
	return dict->room ? slot_of(dict->slots, dict->room, hash_of(key), key)->value : NULL;
}

static int dict_grow(struct dict *dict)
{
	size_t i, room = dict->room ? dict->room * 2 : 16;
	struct dict_slot *slots = calloc(room, sizeof(*slots)), *old;

	if (!slots)
		return -ENOMEM;
	for (i = 0; i < dict->room; i++) {
		old = &dict->slots[i];
		if (old->key)
			*slot_of(slots, room, old->hash, old->key) = *old;
	}
	free(dict->slots);
	dict->slots = slots;
	dict->room = room;
	return 0;
}

void **dict_place(struct dict *dict, const char *key)
{
	size_t hash = hash_of(key);
	struct dict_slot *slot;

	if (dict->count * 4 >= dict->room * 3 && dict_grow(dict))
		return NULL;
	slot = slot_of(dict->slots, dict->room, hash, key);
	if (!slot->key)
		dict->count++;
	slot->key = key;
	slot->hash = hash;
	return &slot->value;
}

int dict_set(struct dict *dict, const char *key, void *value)
{
	void **place = dict_place(dict, key);

	if (!place)
		return -ENOMEM;
	*place = value;
	return 0;
}

void *dict_each(const struct dict *dict, size_t *at, const char **key)
{
	while (*at < dict->room && !dict->slots[*at].key)
		(*at)++;
	if (*at == dict->room)
		return NULL;
	*key = dict->slots[*at].key;
	return dict->slots[(*at)++].value;
}

void dict_free(struct dict *dict)
{
	free(dict->slots);
	memset(dict, 0, sizeof(*dict));
}
