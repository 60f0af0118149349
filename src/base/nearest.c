/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * nearest.c - how far two words are apart, for "did you mean"
 */
#include <ctype.h>

#include "base/base.h"

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][EDIT_LENGTH_LIMIT + 1];
	size_t *older = rows[0], *old = rows[1], *now = rows[2], *spare, i, j, change;

	for (j = 0; j <= b_length; j++)
		old[j] = older[j] = j;
	for (i = 1; i <= a_length; i++) {
		now[0] = i;
		for (j = 1; j <= b_length; j++) {
			int x = tolower((unsigned char)a[i - 1]);
			int y = tolower((unsigned char)b[j - 1]);

			change = x != y;
			now[j] = smallest(now[j - 1] + 1, old[j] + 1, old[j - 1] + change);
			if (i > 1 && j > 1 && change && x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]) && older[j - 2] + 1 < now[j])
				now[j] = older[j - 2] + 1;
		}
		spare = older;
		older = old;
		old = now;
		now = spare;
	}
	return old[b_length];
}
