/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* text.h - text that is written into memory */
#ifndef FEATSEL_TEXT_H
#define FEATSEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct text {
	FILE *out;
	char *data; /* after text_close(): with a terminating NUL that @size does not count */
	size_t size, room;
	bool failed;
};

/* The stream to write to, NULL when memory is out: text_close() tells as well. */
FILE *text_open(struct text *text);
/* 0, or -ENOMEM where any of it is missing; @text is empty then. */
int text_close(struct text *text);
void text_free(struct text *text);

#endif /* FEATSEL_TEXT_H */
