/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * arena.c - memory that lives and dies together
 */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

/* Each block has twice the room of the one before it, from the first to the largest. */
#define FIRST_ROOM   ((size_t)16 << 10)
#define LARGEST_ROOM ((size_t)1 << 20)

/* Nothing here is a long double, and most is text. */
#define ALIGNMENT alignof(uint64_t)

struct block {
	struct block *next;
	size_t used, room;
	alignas(ALIGNMENT) char bytes[];
};

struct arena {
	struct block *blocks; /* newest first; only the newest has room left */
};

struct arena *arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (!arena)
		return;
	for (block = arena->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

void arena_reset(struct arena *arena)
{
	struct block *kept = arena->blocks, *block, *next;

	if (!kept)
		return;
	for (block = kept->next; block; block = next) {
		next = block->next;
		free(block);
	}
	kept->used = 0;
	kept->next = NULL;
}

static struct block *block_new(struct arena *arena, size_t size)
{
	size_t room = arena->blocks ? arena->blocks->room * 2 : FIRST_ROOM;
	struct block *block;

	if (size > SIZE_MAX - sizeof(*block) - ALIGNMENT)
		return NULL;
	room = room < LARGEST_ROOM ? room : LARGEST_ROOM;
	room = room > size ? room : size;
	block = malloc(sizeof(*block) + room);
	if (!block)
		return NULL;
	block->used = 0;
	block->room = room;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

static size_t aligned(size_t size)
{
	return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The next @size bytes of a block that has room. The padding after them may not fit any more. */
static void *take(struct block *block, size_t size)
{
	void *bytes = block->bytes + block->used;

	block->used += aligned(size);
	if (block->used > block->room)
		block->used = block->room;
	return bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;

	if (size > SIZE_MAX - ALIGNMENT)
		return NULL;
	if (!block || block->room - block->used < size)
		block = block_new(arena, size);
	if (!block)
		return NULL;
	/*
	 * Zero what is handed out instead of whole blocks: most of a block is never used, and
	 * memory that is never touched costs nothing.
	 */
	return memset(take(block, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return arena_alloc(arena, bytes);
}

char *arena_strndup(struct arena *arena, const char *string, size_t length)
{
	char *copy;

	if (length == SIZE_MAX)
		return NULL;
	copy = arena_alloc(arena, length + 1);
	if (copy)
		memcpy(copy, string, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *string)
{
	return arena_strndup(arena, string, strlen(string));
}

/* Most texts fit into the rest of the block, so print in place; measure only if that fails. */
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	struct block *block = arena->blocks;
	size_t left = block ? block->room - block->used : 0;
	va_list again;
	char *text;
	int length;

	va_copy(again, args);
	length = vsnprintf(left ? block->bytes + block->used : NULL, left, format, again);
	va_end(again);
	if (length < 0)
		return NULL;
	if ((size_t)length < left)
		return take(block, (size_t)length + 1);
	text = arena_alloc(arena, (size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, format, args);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

void free_pointer(void *pointer_to_pointer)
{
	void **pointer = pointer_to_pointer;

	free(*pointer);
	*pointer = NULL;
}
