/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* screen.h - terminals: width, folded lines, colour */
#ifndef FEATSEL_SCREEN_H
#define FEATSEL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/base.h"
#include "featsel.h"

/* Columns of the terminal at descriptor @fd, 0: it is none. */
size_t screen_width(int fd);
/* The same of standard output or standard error. */
size_t screen_width_of(FILE *out);
/*
 * Cut @text, UTF-8 without terminal controls, to @width columns at most, with an ellipsis if
 * something is cut off. *shown gets the columns that it takes. The new length: at most SCREEN_MORE
 * bytes more than the old one.
 */
#define SCREEN_MORE 3
size_t screen_cut(char *text, size_t length, size_t width, size_t *shown);
/*
 * Write one line, folded between words at @width, 0: not folded. The following lines are indented
 * by @indent. Colour takes no room.
 */
void screen_fold(FILE *out, const char *line, size_t width, size_t indent);

/*
 * A line of a report. For a terminal it is put together in memory and folded, else written
 * directly.
 */
struct line_of {
	FILE *out;
	struct text text;
	size_t width; /* of the terminal, 0: none, or there is no memory */
	bool colour;
};
/* The stream to write the line to. */
FILE *line_begin(struct line_of *line, FILE *out);
/* With the end of the line. */
void line_end(struct line_of *line, size_t indent);

/* ---- colour ---- */

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_BAD, COLOUR_WARN, COLOUR_DIM, COLOUR_STRONG };

/* "always", "never", "auto": on terminals, unless NO_COLOR says no. False: another word. */
bool colour_choose(const char *when);
/* Ask this before output is redirected to memory: whether @out gets colour. */
bool colour_wanted(FILE *out);
const char *colour_begin(bool wanted, enum colour colour);
const char *colour_end(bool wanted, enum colour colour);
enum colour colour_of(enum featsel_verdict verdict);
/* A word of ours in colour, and spaces up to @width. */
void colour_word(FILE *out, bool wanted, enum colour colour, const char *word, size_t width);

#endif /* FEATSEL_SCREEN_H */
