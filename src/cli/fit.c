/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fit.c - which fields a screen shows, in which order, and how wide each is
 *
 * A single event has a column for each field. With several events the time, the process and its
 * command have columns; each event's own fields follow with their names.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/columns.h"

/* The least width of fields that are printed with their names. */
#define NAMED_ROOM 40
/* A text within the line grows up to this much beyond its usual width. */
#define TEXT_MORE 24

/* The most important first. */
static int compare(const void *left, const void *right)
{
	const struct column *a = left, *b = right;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* The order on the line: fields of equal rank as in the record. */
static int compare_by(const int *places, const struct column *a, const struct column *b)
{
	if (places[a->rank] != places[b->rank])
		return places[a->rank] - places[b->rank];
	return (a->index > b->index) - (a->index < b->index);
}

/* Records have their texts last, which may then be as long as the rest of the line. */
static int compare_columns(const void *left, const void *right)
{
	static const int places[RANK_COUNT] = {
		[RANK_EXTRA] = 1, [RANK_TEXT] = 2, [RANK_RESULT] = 2, [RANK_OWN] = 2};

	return compare_by(places, left, right);
}

/* With names, and cut at the end of the line: the most important first. */
static int compare_named(const void *left, const void *right)
{
	static const int places[RANK_COUNT] = {
		[RANK_EXTRA] = 1, [RANK_TEXT] = 2, [RANK_RESULT] = 3, [RANK_OWN] = 4};

	return compare_by(places, left, right);
}

static size_t with_gap(size_t width, size_t before)
{
	return before ? width + FIELD_GAP : width;
}

/* The others are left out. */
static void drop_others(struct columns *columns, struct event_columns *event)
{
	size_t n = 0;

	for (size_t i = 0; i < event->n_fields; i++)
		if (event->fields[i].kept)
			event->fields[n++] = event->fields[i];
	columns->left_out |= n < event->n_fields;
	event->n_fields = n;
}

/* ---- one event ---- */

/* In the order of their rank, while there is room. The indispensable ones come first. */
static void choose(struct columns *columns, struct event_columns *event)
{
	size_t used = 0, usual = 0;

	for (size_t i = 0; i < event->n_fields; i++) {
		struct column *field = &event->fields[i];
		bool extra = field->rank == RANK_EXTRA;
		size_t width = with_gap(extra ? field->usual : field->least, used);

		field->kept = !used || (extra ? usual : used) + width <= columns->screen;
		if (!field->kept)
			continue;
		used += width;
		usual += with_gap(field->usual, usual);
	}
	drop_others(columns, event);
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Distribute the rest of the line to the fields of @rank, each up to its usual width, or beyond.
 * Returns what is left then. */
static size_t share(struct event_columns *event, enum rank rank, size_t rest, bool usual)
{
	for (size_t i = 0; i < event->n_fields; i++) {
		struct column *field = &event->fields[i];
		size_t most = usual ? field->usual : field->width + TEXT_MORE, more;

		if (field->rank != rank || most <= field->width)
			continue;
		more = min(most - field->width, rest);
		field->width += more;
		rest -= more;
	}
	return rest;
}

/* The most important grows first. The last field gets the rest of the line, without a limit. */
static void grow(const struct columns *columns, struct event_columns *event)
{
	static const enum rank order[] = {RANK_TEXT, RANK_RESULT, RANK_OWN, RANK_EXTRA, RANK_BASE};
	size_t used = 0, rest;

	for (size_t i = 0; i < event->n_fields; i++) {
		event->fields[i].width = event->fields[i].least;
		used += with_gap(event->fields[i].least, i);
	}
	rest = columns->screen > used ? columns->screen - used : 0;
	for (size_t i = 0; i < RANK_COUNT; i++)
		rest = share(event, order[i], rest, true);
	(void)share(event, RANK_TEXT, rest, false);
	for (size_t i = 0; i < event->n_fields; i++) {
		struct column *field = &event->fields[i];
		bool last = i + 1 == event->n_fields;

		field->limit = last || !field->may_be_cut ? 0 : field->width;
	}
}

static void fit_one(struct columns *columns, struct event_columns *event)
{
	if (!columns->chosen) {
		qsort(event->fields, event->n_fields, sizeof(*event->fields), compare);
		choose(columns, event);
		qsort(event->fields, event->n_fields, sizeof(*event->fields), compare_columns);
	}
	grow(columns, event);
}

/* ---- several events ---- */

/* The usual total width of the fields of one rank. */
static size_t width_of(const struct event_columns *event, enum rank rank)
{
	size_t width = 0;

	for (size_t i = 0; i < event->n_fields; i++)
		if (event->fields[i].rank == rank)
			width += event->fields[i].usual + FIELD_GAP;
	return width;
}

/* All extra fields or none, so that every event has the same columns. */
static void fit_several(struct columns *columns, struct event_columns *event)
{
	size_t base = strlen(event->head) + width_of(event, RANK_BASE), wanted = base + NAMED_ROOM;
	bool roomy = wanted + width_of(event, RANK_EXTRA) <= columns->screen;
	size_t over = wanted > columns->screen ? wanted - columns->screen : 0;

	if (!columns->chosen)
		qsort(event->fields, event->n_fields, sizeof(*event->fields), compare_named);
	for (size_t i = 0; i < event->n_fields; i++) {
		struct column *field = &event->fields[i];

		field->kept = roomy || columns->chosen || field->rank != RANK_EXTRA;
		field->skipped_if_empty = !columns->chosen;
		if (field->rank != RANK_BASE || field->least == field->usual)
			continue;
		field->limit = field->usual - min(over, field->usual - field->least);
		over -= field->usual - field->limit;
	}
	drop_others(columns, event);
}

void fit_columns(struct columns *columns)
{
	for (size_t i = 0; i < columns->n_events; i++) {
		struct event_columns *event = &columns->events[i];

		if (!event->layout)
			continue;
		if (columns->n_live > 1)
			fit_several(columns, event);
		else
			fit_one(columns, event);
	}
}
