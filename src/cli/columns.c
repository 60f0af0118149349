/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* columns.c - what surrounds the values on a line, made once per event */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/columns.h"

#define WIDEST_COLUMN 64

/* `<before>"<name>"<after>` as JSON, escaped */
static int json_lead(const char *before, const char *name, const char *after, char **ret)
{
	struct text text;
	FILE *out = text_open(&text);

	if (out) {
		fputs(before, out);
		json_quote(out, name);
		fputs(after, out);
	}
	if (text_close(&text))
		return -ENOMEM;
	*ret = text.data;
	return 0;
}

/* The gap before the field is part of it. */
static int text_lead(const char *name, bool first, char **ret)
{
	if (asprintf(ret, "%*s%s=", first ? 0 : FIELD_GAP, "", name) < 0) {
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}

/*
 * A timestamp's number orders records, but only on the machine that wrote them. For everybody else
 * JSON also has the first one as time. A record's own field of that name takes precedence.
 */
static int find_clock(const struct featsel_layout *layout)
{
	return featsel_layout_find(layout, "time") >= 0 ? -ENOENT : fields_clock(layout);
}

/* ---- the fields of an event ---- */

static const struct rank_row {
	const char *name;
	enum rank rank;
} ranks[] = {
	{"timestamp", RANK_BASE}, {"pid", RANK_BASE},	{"comm", RANK_BASE},
	{"tid", RANK_EXTRA},	  {"ppid", RANK_EXTRA}, {"uid", RANK_EXTRA},
	{"cgroup", RANK_EXTRA},	  {"ret", RANK_RESULT}, {"cwd", RANK_OWN},
	{"oldcwd", RANK_OWN},	  {"newcwd", RANK_OWN},
};

/* Types whose values may be long, and say most about an act: paths, arguments, addresses. */
static bool is_text(const char *type)
{
	return !strncmp(type, "char[]", strlen("char[]")) || !strcmp(type, "struct sockaddr");
}

/* Numbers, addresses and times mean something else once they are cut. */
static bool is_elastic(const char *type)
{
	return strchr(type, '[') || !strncmp(type, "enum ", strlen("enum ")) ||
	       !strncmp(type, "struct ", strlen("struct "));
}

static enum rank rank_of(const char *name, const char *type, const char *const *lacks)
{
	if (lists_name(lacks, name))
		return RANK_EXTRA;
	for (size_t i = 0; i < ARRAY_SIZE(ranks); i++)
		if (!strcmp(ranks[i].name, name))
			return ranks[i].rank;
	return is_text(type) ? RANK_TEXT : RANK_OWN;
}

/* Below these widths a cut value says too little. */
static size_t least_of(const struct column *column)
{
	size_t least = column->rank == RANK_TEXT ? 16 : 8;

	if (!column->may_be_cut)
		return column->usual;
	if (least < strlen(column->name))
		least = strlen(column->name);
	return least < column->usual ? least : column->usual;
}

static void describe(struct column *column, const struct featsel_layout *layout,
		     const char *const *lacks)
{
	const char *type = featsel_layout_type(layout, column->index);

	column->name = featsel_layout_field(layout, column->index);
	column->rank = rank_of(column->name, type, lacks);
	column->usual = featsel_layout_width(layout, column->index);
	if (column->usual < strlen(column->name))
		column->usual = strlen(column->name);
	if (column->usual > WIDEST_COLUMN)
		column->usual = WIDEST_COLUMN;
	column->may_be_cut = is_elastic(type);
	column->tells_truncation = featsel_layout_truncated(layout, column->index, NULL, 0) >= 0;
	column->least = least_of(column);
}

static int choose_fields(struct event_columns *event, const struct strings *fields,
			 const char *const *lacks)
{
	size_t n = fields->count ? fields->count : featsel_layout_fields(event->layout);

	event->fields = calloc(n ? n : 1, sizeof(*event->fields));
	if (!event->fields)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct column *field = &event->fields[event->n_fields];
		int index = fields->count ? featsel_layout_find(event->layout, fields->items[i])
					  : (int)i;

		if (index < 0)
			continue;
		field->index = (size_t)index;
		describe(field, event->layout, lacks);
		event->n_fields++;
	}
	return 0;
}

int columns_add(struct columns *columns, size_t index, const char *name,
		const struct featsel_layout *layout, const char *const *lacks,
		const struct strings *fields)
{
	struct event_columns *event = &columns->events[index];
	int r;

	event->name = name;
	event->layout = layout;
	r = choose_fields(event, fields, lacks);
	columns->chosen = fields->count > 0;
	columns->n_live++;
	return r;
}

static int set_leads(struct event_columns *event, bool json)
{
	int r = 0;

	if (json)
		r = json_lead("{\"event\":", event->name, "", &event->head);
	for (size_t i = 0; i < event->n_fields && !r; i++) {
		struct column *field = &event->fields[i];

		if (json)
			r = json_lead(",", field->name, ":", &field->lead);
		else
			r = text_lead(field->name, i == 0, &field->lead);
	}
	return r;
}

/* ---- columns ---- */

static bool is_common(const struct columns *columns, const struct event_columns *first,
		      size_t field)
{
	for (size_t i = 0; i < columns->n_events; i++) {
		const struct event_columns *event = &columns->events[i];

		if (!event->layout)
			continue;
		if (field >= event->n_fields ||
		    strcmp(event->fields[field].name, first->fields[field].name))
			return false;
	}
	return true;
}

static const struct event_columns *first_live(const struct columns *columns)
{
	for (size_t i = 0; i < columns->n_events; i++)
		if (columns->events[i].layout)
			return &columns->events[i];
	return NULL;
}

/* The width that the screen leaves, else that of the widest event. */
static size_t column_width(const struct columns *columns, size_t field)
{
	size_t width = 0;

	for (size_t i = 0; i < columns->n_events; i++) {
		const struct event_columns *event = &columns->events[i];

		if (!event->layout)
			continue;
		if (event->fields[field].limit)
			return event->fields[field].limit;
		if (event->fields[field].usual > width)
			width = event->fields[field].usual;
	}
	return width;
}

/* The column for the event's name, if there are several. */
static int set_heads(struct columns *columns)
{
	int width = (int)strlen("EVENT");

	for (size_t i = 0; i < columns->n_events; i++)
		if (columns->events[i].layout && (int)strlen(columns->events[i].name) > width)
			width = (int)strlen(columns->events[i].name);
	for (size_t i = 0; i < columns->n_events; i++) {
		struct event_columns *event = &columns->events[i];

		if (!event->layout)
			continue;
		if (asprintf(&event->head, "%-*s", width + FIELD_GAP, event->name) < 0) {
			event->head = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}

static void set_columns(struct columns *columns)
{
	const struct event_columns *first = first_live(columns);

	while (columns->n_common < first->n_fields && is_common(columns, first, columns->n_common))
		columns->n_common++;
	for (size_t i = 0; i < columns->n_events; i++) {
		struct event_columns *event = &columns->events[i];

		for (size_t j = 0; j < columns->n_common && event->layout; j++) {
			event->fields[j].lead[j ? FIELD_GAP : 0] = '\0';
			event->fields[j].width = column_width(columns, j);
		}
		/* no spaces at the end of a line */
		if (event->n_fields && event->n_fields == columns->n_common)
			event->fields[event->n_fields - 1].width = 0;
	}
}

/* ---- lines ---- */

/* The value, the wall clock behind it, and whether it is truncated. */
static int add_json(struct event_columns *event, const struct column *field, bool is_clock)
{
	char *truncated;
	int r = featsel_line_add(event->line, field->lead, FEATSEL_PART_JSON, field->index, 0);

	if (!r && is_clock) {
		r = featsel_line_add(event->line, ",\"time\":", FEATSEL_PART_TIME, field->index, 0);
	} else if (!r && field->tells_truncation) {
		if (asprintf(&truncated, ",\"%s_truncated\":true", field->name) < 0)
			return -ENOMEM;
		r = featsel_line_add(event->line, truncated, FEATSEL_PART_TRUNCATED, field->index,
				     0);
		free(truncated);
	}
	return r;
}

static int set_line(struct event_columns *event, bool json)
{
	int r = featsel_line_new(event->layout, &event->line);
	int clock = json ? find_clock(event->layout) : -ENOENT;

	if (!r && event->head)
		r = featsel_line_add(event->line, event->head, FEATSEL_PART_NONE, 0, 0);
	for (size_t i = 0; i < event->n_fields && !r; i++) {
		const struct column *field = &event->fields[i];

		r = json ? add_json(event, field, clock == (int)field->index)
			 : featsel_line_add(event->line, field->lead, FEATSEL_PART_TEXT,
					    field->index, field->width);
	}
	return r ? r : featsel_line_add(event->line, json ? "}\n" : "\n", FEATSEL_PART_NONE, 0, 0);
}

int columns_arrange(struct columns *columns)
{
	int r = 0;

	if (!first_live(columns))
		return 0;
	if (!columns->json && columns->n_live > 1)
		r = set_heads(columns);
	if (!r && columns->screen)
		fit_columns(columns);
	for (size_t i = 0; i < columns->n_events && !r; i++)
		if (columns->events[i].layout)
			r = set_leads(&columns->events[i], columns->json);
	if (r)
		return r;
	if (!columns->json)
		set_columns(columns);
	for (size_t i = 0; i < columns->n_events && !r && !columns->screen; i++)
		if (columns->events[i].layout)
			r = set_line(&columns->events[i], columns->json);
	return r;
}

void columns_title(const struct columns *columns, FILE *out)
{
	const struct event_columns *first = first_live(columns);

	if (columns->n_live > 1)
		fprintf(out, "%-*s", (int)strlen(first->head), "EVENT");
	for (size_t i = 0; i < columns->n_common; i++) {
		const struct column *field = &first->fields[i];
		size_t width = i + 1 < columns->n_common ? field->width + FIELD_GAP : 0;

		for (const char *at = field->name; *at; at++, width -= width > 0)
			putc(toupper((unsigned char)*at), out);
		fprintf(out, "%*s", (int)width, "");
	}
}

void columns_reset(struct columns *columns)
{
	for (size_t i = 0; columns->events && i < columns->n_events; i++) {
		struct event_columns *event = &columns->events[i];

		for (size_t j = 0; j < event->n_fields; j++)
			free(event->fields[j].lead);
		free(event->fields);
		free(event->head);
		featsel_line_free(event->line);
		*event = (struct event_columns){0};
	}
	columns->n_live = columns->n_common = 0;
	columns->left_out = false;
}

void columns_release(struct columns *columns)
{
	columns_reset(columns);
	free(columns->events);
}
