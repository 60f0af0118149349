/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * pool.c - things of a kind, each once, so that equal ones have equal numbers
 */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static const void *item_at(const struct pool *pool, const struct pool_kind *kind, uint32_t number)
{
	return (const uint8_t *)pool->items.items + (number - 1) * kind->size;
}

static uint32_t *slot_of(const struct pool *pool, const struct pool_kind *kind, const void *item)
{
	size_t i = kind->hash(item) & (pool->n_slots - 1);

	while (pool->slots[i] && !kind->same(item_at(pool, kind, pool->slots[i]), item))
		i = (i + 1) & (pool->n_slots - 1);
	return &pool->slots[i];
}

static bool grow(struct pool *pool, const struct pool_kind *kind)
{
	size_t n = pool->n_slots ? pool->n_slots * 4 : 64;
	uint32_t *slots = calloc(n, sizeof(*slots)), i;

	if (!slots)
		return false;
	free(pool->slots);
	pool->slots = slots;
	pool->n_slots = n;
	for (i = 1; i <= pool->items.count; i++)
		*slot_of(pool, kind, item_at(pool, kind, i)) = i;
	return true;
}

uint32_t pool_number(struct pool *pool, const struct pool_kind *kind, const void *item)
{
	uint32_t *slot;
	void *place;

	if (pool->items.count * 2 >= pool->n_slots && !grow(pool, kind))
		return 0;
	slot = slot_of(pool, kind, item);
	if (*slot || pool->items.count >= kind->limit)
		return *slot;
	place = vec_add(&pool->items, kind->size);
	if (!place)
		return 0;
	memcpy(place, item, kind->size);
	*slot = (uint32_t)pool->items.count;
	return *slot;
}

const void *pool_at(const struct pool *pool, const struct pool_kind *kind, uint32_t number)
{
	return number && number <= pool->items.count ? item_at(pool, kind, number) : NULL;
}

void pool_free(struct pool *pool)
{
	vec_free(&pool->items);
	free(pool->slots);
	*pool = (struct pool){0};
}
