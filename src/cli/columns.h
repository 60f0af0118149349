/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * columns.h - the fields of each event's records, and where they stand on a line
 */
#ifndef FEATSEL_COLUMNS_H
#define FEATSEL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"
#include "featsel.h"

#define FIELD_GAP 2

/* How much a field tells a watcher; a screen shows the last only if there is room. */
enum rank { RANK_BASE, RANK_TEXT, RANK_RESULT, RANK_OWN, RANK_EXTRA, RANK_COUNT };

struct column {
	size_t index; /* in the layout */
	const char *name;
	char *lead;   /* the text before the value: `,"addr":` or "  addr=" */
	size_t width; /* text: of the aligned column, 0 if the value is not padded */
	size_t limit; /* a screen: longer values are cut; 0: they are not */
	/* a screen: what the column takes, and at least */
	size_t usual, least;
	enum rank rank;
	bool may_be_cut, kept;
	bool skipped_if_empty;
	bool tells_truncation; /* featsel_layout_truncated() */
};

struct event_columns {
	const char *name;
	const struct featsel_layout *layout; /* NULL: not live */
	char *head;			     /* `{"event":"mmap"` or the event's column */
	struct column *fields;
	size_t n_fields;
	struct featsel_line *line; /* NULL on a screen, where values are cut */
};

struct columns {
	struct event_columns *events;
	size_t n_events, n_live;
	size_t n_common; /* text: leading fields that all live events have, aligned under the header
			  */
	bool json;
	bool chosen;   /* the user has named the fields */
	bool left_out; /* the screen has no room for some fields */
	size_t screen; /* lines are cut at this width; 0: they are not */
};

/* Those of @fields that the record has, in that order; all if there are none. 0 or -ENOMEM. */
int columns_add(struct columns *columns, size_t event, const char *name,
		const struct featsel_layout *layout, const char *const *lacks,
		const struct strings *fields);
/* Once all are added: compute their places. 0 or -ENOMEM. */
int columns_arrange(struct columns *columns);
/* The titles of the common columns. */
void columns_title(const struct columns *columns, FILE *out);
/* As before the first was added. */
void columns_reset(struct columns *columns);
void columns_release(struct columns *columns);

/* ---- fit.c ---- */

/* Choose and order the fields for a screen, and how wide each is. */
void fit_columns(struct columns *columns);

#endif /* FEATSEL_COLUMNS_H */
