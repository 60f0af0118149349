/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * text.c - a stream into memory that tells of failed allocations
 *
 * open_memstream() does not: where its buffer cannot grow, fclose() returns 0 all the same and the
 * text is NULL or has a hole (glibc 2.36).
 */
#include <errno.h>
#include <stdlib.h>

#include "base/base.h"

#define FIRST_ROOM 256

static ssize_t grow(void *cookie, const char *data, size_t size)
{
	struct text *text = cookie;
	size_t room = text->room ? text->room : FIRST_ROOM;
	char *larger;

	while (room - text->size <= size)
		room *= 2;
	larger = room > text->room ? realloc(text->data, room) : text->data;
	if (!larger) {
		text->failed = true;
		return 0; /* an error to stdio */
	}
	text->data = larger;
	text->room = room;
	memcpy(larger + text->size, data, size);
	text->size += size;
	larger[text->size] = '\0';
	return (ssize_t)size;
}

FILE *text_open(struct text *text)
{
	static const cookie_io_functions_t functions = {.write = grow};

	*text = (struct text){0};
	text->out = fopencookie(text, "w", functions);
	return text->out;
}

int text_close(struct text *text)
{
	bool failed = !text->out || ferror(text->out);

	if (text->out && fclose(text->out))
		failed = true;
	text->out = NULL;
	/* an empty text is a text */
	if (!failed && !text->data)
		(void)grow(text, "", 0);
	if (failed || text->failed) {
		text_free(text);
		return -ENOMEM;
	}
	return 0;
}

void text_free(struct text *text)
{
	if (text->out)
		fclose(text->out);
	free(text->data);
	*text = (struct text){0};
}
