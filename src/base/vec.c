/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * vec.c - a growing array
 */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

void *vec_add(struct vec *vec, size_t size)
{
	size_t room = vec->room ? vec->room * 2 : 8;
	void *items = vec->items;
	char *item;

	if (vec->count == vec->room) {
		items = reallocarray(items, room, size);
		if (!items)
			return NULL;
		vec->items = items;
		vec->room = room;
	}
	item = (char *)items + vec->count++ * size;
	memset(item, 0, size);
	return item;
}

void vec_free(struct vec *vec)
{
	free(vec->items);
	memset(vec, 0, sizeof(*vec));
}
