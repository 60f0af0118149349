/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* output.h - standard output, or the file of --output, for records and reports */
#ifndef FEATSEL_OUTPUT_H
#define FEATSEL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* ---- documents, through stdio ---- */

/*
 * From now on stdout goes to @file, NULL: to standard output. Interrupted and refused writes are
 * tried again. 0, or a negative errno for @file.
 */
int output_begin(const char *file);
/* Whether anything was written to stdout since. */
bool output_has_document(void);
/* Flush: 0, or the negative errno of the first write that failed. */
int output_end(void);
/* Its name in messages: "standard output", or the file in quotes. */
const char *output_name(void);
/* In a child: standard output is what it was when featsel was started. */
void output_restore(void);

/* ---- records: writing never waits ---- */

struct output;

int output_new(struct output **ret);
void output_free(struct output *output);
/* For poll(2): readable or writable, or the reader is gone. */
int output_fd(const struct output *output);
bool output_is_terminal(const struct output *output);
/*
 * Write what can be written without waiting, of whole lines, as far as the kind of file allows to
 * know. The number of bytes, 0 if nothing can be written now, or a negative errno.
 */
ssize_t output_write(struct output *output, const char *data, size_t size);

#endif /* FEATSEL_OUTPUT_H */
