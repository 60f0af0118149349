/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * json.h - a small streaming writer: every JSON document of the command goes through it
 *
 * Inside an object every item has a key, inside an array the key is NULL. What is written is always
 * valid UTF-8 and free of control bytes, whatever the strings hold. Write errors stay in the
 * stream: ask ferror() at the end.
 */
#ifndef FEATSEL_JSON_H
#define FEATSEL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	unsigned int depth;
	uint64_t arrays; /* bit d: the container at depth d is an array */
	uint64_t filled; /* bit d: the container at depth d has an item */
	bool line;	 /* the next item begins a line */
};

void json_begin(struct json *json, FILE *out);
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
/* Close the innermost container; the outermost one ends its line. */
void json_end(struct json *json);
/* NULL is written as null. */
void json_string(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
/* Begin the next item of the open container on a line of its own. */
void json_line(struct json *json);
/* A string with its quotes, outside any document. */
void json_quote(FILE *out, const char *string);

#endif /* FEATSEL_JSON_H */
