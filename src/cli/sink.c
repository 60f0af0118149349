/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * sink.c - records to standard output, as aligned text or one JSON object a line
 *
 * The hot path: everything that does not depend on the record is made once per event, fields are
 * formatted straight into one large buffer, and what is written always ends with a whole line.
 *
 * Nothing here waits. What the reader does not take stays in the buffer; beyond a limit records are
 * dropped, and counted as lost. A record counts as shown once its line is written.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/output.h"

#define BUFFER_SIZE   (256 * 1024)
#define BUFFER_LIMIT  (64 * 1024 * 1024) /* of one line */
#define BACKLOG_LIMIT (8 * 1024 * 1024)	 /* of what waits for a slow reader */
#define LATENCY_MS    100
#define FIELD_GAP     2
#define WIDEST_COLUMN 64
/* What goes into each record is copied in steps of a fixed size, which needs no call: memory for
 * it, and the room behind it, is a multiple. */
#define STEP 16

struct sink_field {
	size_t index; /* in the layout */
	const char *name;
	char *lead; /* what stands before the value: `,"addr":` or "  addr=" */
	size_t lead_length;
	size_t width; /* text: of the aligned column, 0 where the value is not padded */
};

struct sink_event {
	const char *name;
	const struct featsel_layout *layout; /* NULL: not live */
	char *head;			     /* `{"event":"mmap"` or the event's column */
	size_t head_length;
	struct sink_field *fields;
	size_t n_fields;
	size_t frame; /* bytes of a line that are not values, at most */
	int clock;    /* JSON: the field that is told as wall clock as well, negative: none */
	uint64_t shown, lost;
};

#define NO_EVENT UINT32_MAX

/* A line of the buffer that is not written yet, or the rest of one. */
struct mark {
	uint32_t event, size;
};

struct sink {
	struct output *output;
	bool json;
	bool written; /* anything */
	bool cut;     /* the line that is next to be written is half written */
	bool stalled; /* the last write would have waited */
	char *buffer;
	size_t used, room;
	size_t sent; /* up to here it is written */
	size_t line; /* where the unfinished line begins */
	struct mark *marks;
	size_t first_mark, n_marks, mark_room;
	int64_t since_ms; /* when the oldest buffered byte came */
	struct sink_event *events;
	size_t n_events, n_live;
	size_t n_common; /* text: leading fields that all live events have, aligned under the header
			  */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the buffer ---- */

/* The first @size bytes that waited are written. */
static void settle(struct sink *sink, size_t size)
{
	sink->sent += size;
	while (size) {
		struct mark *mark = &sink->marks[sink->first_mark];

		sink->cut = size < mark->size;
		if (sink->cut) {
			mark->size -= (uint32_t)size;
			return;
		}
		size -= mark->size;
		if (mark->event != NO_EVENT)
			sink->events[mark->event].shown++;
		sink->first_mark++;
	}
	if (sink->first_mark == sink->n_marks)
		sink->first_mark = sink->n_marks = 0;
}

/* Write whole lines as long as that does not wait, keep the unfinished one. */
int sink_flush(struct sink *sink)
{
	ssize_t n = 1;

	while (sink->sent < sink->line && n > 0) {
		n = output_write(sink->output, sink->buffer + sink->sent, sink->line - sink->sent);
		if (n < 0)
			return (int)n;
		settle(sink, (size_t)n);
		sink->written |= n > 0;
	}
	sink->stalled = n == 0;
	if (sink->sent == sink->used)
		sink->sent = sink->line = sink->used = 0;
	return 0;
}

static int grow(struct sink *sink)
{
	char *larger;

	if (sink->room >= BUFFER_LIMIT)
		return -ENOBUFS;
	larger = realloc(sink->buffer, 2 * sink->room);
	if (!larger)
		return -ENOMEM;
	sink->buffer = larger;
	sink->room *= 2;
	return 0;
}

/* What is written makes room; that all else is moved is worth it where it is as much. */
static bool move_up(struct sink *sink)
{
	if (!sink->sent || sink->sent < sink->used - sink->sent)
		return false;
	memmove(sink->buffer, sink->buffer + sink->sent, sink->used - sink->sent);
	sink->used -= sink->sent;
	sink->line -= sink->sent;
	sink->sent = 0;
	return true;
}

static int make_room(struct sink *sink)
{
	size_t before = sink->used;
	int r = sink->line > sink->sent ? sink_flush(sink) : 0;

	if (r || sink->used < before || move_up(sink))
		return r;
	return grow(sink);
}

static int secure_room(struct sink *sink, size_t size)
{
	int r = 0;

	while (!r && sink->room - sink->used < size)
		r = make_room(sink);
	return r;
}

static inline int put(struct sink *sink, const char *text, size_t size)
{
	int r = sink->room - sink->used < size ? secure_room(sink, size) : 0;

	/* a text that there is not may be NULL, which memcpy() is not to see */
	if (r || !size)
		return r;
	memcpy(sink->buffer + sink->used, text, size);
	sink->used += size;
	return 0;
}

static inline int pad(struct sink *sink, size_t size)
{
	int r = sink->room - sink->used < size ? secure_room(sink, size) : 0;

	if (r)
		return r;
	memset(sink->buffer + sink->used, ' ', size);
	sink->used += size;
	return 0;
}

static int make_mark_room(struct sink *sink)
{
	size_t room = sink->mark_room ? 2 * sink->mark_room : 1024, n;
	struct mark *marks = sink->marks;

	n = sink->n_marks - sink->first_mark;
	if (sink->first_mark > n) {
		memmove(marks, marks + sink->first_mark, n * sizeof(*marks));
		sink->first_mark = 0;
		sink->n_marks = n;
		return 0;
	}
	marks = reallocarray(marks, room, sizeof(*marks));
	if (!marks)
		return -ENOMEM;
	sink->marks = marks;
	sink->mark_room = room;
	return 0;
}

/* The line up to what is used is whole. */
static int add_mark(struct sink *sink, uint32_t event)
{
	if (sink->n_marks == sink->mark_room && make_mark_room(sink))
		return -ENOMEM;
	sink->marks[sink->n_marks++] =
		(struct mark){.event = event, .size = (uint32_t)(sink->used - sink->line)};
	if (sink->line == sink->sent)
		sink->since_ms = now_ms();
	sink->line = sink->used;
	return 0;
}

/* @text ends the line. */
int sink_append(struct sink *sink, const char *text, size_t size)
{
	int r = put(sink, text, size);

	return r ? r : add_mark(sink, NO_EVENT);
}

bool sink_waits(const struct sink *sink)
{
	return sink->line > sink->sent;
}

bool sink_is_due(const struct sink *sink)
{
	return sink_waits(sink) &&
	       (output_is_terminal(sink->output) || now_ms() - sink->since_ms >= LATENCY_MS);
}

size_t sink_size(const struct sink *sink)
{
	return sink->line - sink->sent;
}

bool sink_has_written(const struct sink *sink)
{
	return sink->written;
}

bool sink_is_stalled(const struct sink *sink)
{
	return sink->stalled;
}

int sink_fd(const struct sink *sink)
{
	return output_fd(sink->output);
}

/* ---- life ---- */

int sink_new(bool json, size_t n_events, struct sink **ret)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	if (!sink)
		return -ENOMEM;
	sink->json = json;
	sink->room = BUFFER_SIZE;
	sink->n_events = n_events;
	sink->buffer = malloc(sink->room);
	sink->events = calloc(n_events ? n_events : 1, sizeof(*sink->events));
	if (!sink->buffer || !sink->events || output_new(&sink->output)) {
		sink_free(sink);
		return -ENOMEM;
	}
	*ret = sink;
	return 0;
}

void sink_free(struct sink *sink)
{
	if (!sink)
		return;
	for (size_t i = 0; sink->events && i < sink->n_events; i++) {
		for (size_t j = 0; j < sink->events[i].n_fields; j++)
			free(sink->events[i].fields[j].lead);
		free(sink->events[i].fields);
		free(sink->events[i].head);
	}
	free(sink->events);
	output_free(sink->output);
	free(sink->marks);
	free(sink->buffer);
	free(sink);
}

/* Memory for whole steps, of which the first *size bytes count. */
static int pad_to_step(char **text, const size_t *size)
{
	size_t steps = *size ? (*size + STEP - 1) / STEP * STEP : STEP;
	char *larger = realloc(*text, steps);

	if (!larger)
		return -ENOMEM;
	memset(larger + *size, 0, steps - *size);
	*text = larger;
	return 0;
}

/* `<before>"<name>"<after>` as JSON, escaped */
static int json_lead(const char *before, const char *name, const char *after, char **ret,
		     size_t *size)
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
	*size = text.size;
	return pad_to_step(ret, size);
}

/* The gap to the field before is part of it. */
static int text_lead(const char *name, bool first, char **ret, size_t *size)
{
	int length = asprintf(ret, "%*s%s=", first ? 0 : FIELD_GAP, "", name);

	if (length < 0)
		return -ENOMEM;
	*size = (size_t)length;
	return pad_to_step(ret, size);
}

/*
 * The number of a timestamp orders records, but only on the machine that wrote them: JSON tells the
 * time of the first one for everybody else. A field of the record's own has the name first.
 */
static int find_clock(const struct featsel_layout *layout)
{
	return featsel_layout_find(layout, "time") >= 0 ? -ENOENT : fields_clock(layout);
}

static int choose_fields(struct sink_event *event, const struct strings *fields)
{
	size_t n = fields->count ? fields->count : featsel_layout_fields(event->layout);

	event->fields = calloc(n ? n : 1, sizeof(*event->fields));
	if (!event->fields)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct sink_field *field = &event->fields[event->n_fields];
		int index = fields->count ? featsel_layout_find(event->layout, fields->items[i])
					  : (int)i;

		if (index < 0)
			continue;
		field->index = (size_t)index;
		field->name = featsel_layout_field(event->layout, field->index);
		event->n_fields++;
	}
	return 0;
}

int sink_add(struct sink *sink, size_t index, const char *name, const struct featsel_layout *layout,
	     const struct strings *fields)
{
	struct sink_event *event = &sink->events[index];
	int r;

	event->name = name;
	event->layout = layout;
	r = choose_fields(event, fields);
	event->clock = sink->json ? find_clock(layout) : -ENOENT;
	if (!r && sink->json)
		r = json_lead("{\"event\":", name, "", &event->head, &event->head_length);
	for (size_t i = 0; i < event->n_fields && !r; i++) {
		struct sink_field *field = &event->fields[i];

		if (sink->json)
			r = json_lead(",", field->name, ":", &field->lead, &field->lead_length);
		else
			r = text_lead(field->name, i == 0, &field->lead, &field->lead_length);
	}
	sink->n_live++;
	return r;
}

/* ---- columns ---- */

static bool is_common(const struct sink *sink, const struct sink_event *first, size_t field)
{
	for (const struct sink_event *event = sink->events; event < sink->events + sink->n_events;
	     event++) {
		if (!event->layout)
			continue;
		if (field >= event->n_fields ||
		    strcmp(event->fields[field].name, first->fields[field].name))
			return false;
	}
	return true;
}

static const struct sink_event *first_live(const struct sink *sink)
{
	for (size_t i = 0; i < sink->n_events; i++)
		if (sink->events[i].layout)
			return &sink->events[i];
	return NULL;
}

static size_t column_width(const struct sink *sink, size_t field)
{
	size_t width = 0;

	for (const struct sink_event *event = sink->events; event < sink->events + sink->n_events;
	     event++) {
		if (!event->layout)
			continue;
		if (featsel_layout_width(event->layout, event->fields[field].index) > width)
			width = featsel_layout_width(event->layout, event->fields[field].index);
		if (strlen(event->fields[field].name) > width)
			width = strlen(event->fields[field].name);
	}
	return width < WIDEST_COLUMN ? width : WIDEST_COLUMN;
}

/* The event's own column, where there are several. */
static int set_heads(struct sink *sink)
{
	int width = (int)strlen("EVENT");

	for (size_t i = 0; i < sink->n_events; i++)
		if (sink->events[i].layout && (int)strlen(sink->events[i].name) > width)
			width = (int)strlen(sink->events[i].name);
	for (size_t i = 0; i < sink->n_events; i++) {
		struct sink_event *event = &sink->events[i];
		int length;

		if (!event->layout)
			continue;
		length = asprintf(&event->head, "%-*s", width + FIELD_GAP, event->name);
		if (length < 0) {
			event->head = NULL;
			return -ENOMEM;
		}
		event->head_length = (size_t)length;
		if (pad_to_step(&event->head, &event->head_length))
			return -ENOMEM;
	}
	return 0;
}

static void set_columns(struct sink *sink, size_t n_first)
{
	const struct sink_event *first = first_live(sink);

	while (sink->n_common < n_first && is_common(sink, first, sink->n_common))
		sink->n_common++;
	for (size_t i = 0; i < sink->n_events; i++) {
		struct sink_event *event = &sink->events[i];

		for (size_t j = 0; j < sink->n_common && event->layout; j++) {
			event->fields[j].lead_length = j ? FIELD_GAP : 0;
			event->fields[j].width = column_width(sink, j);
		}
		/* no spaces at the end of a line */
		if (event->n_fields && event->n_fields == sink->n_common)
			event->fields[event->n_fields - 1].width = 0;
	}
}

static int put_header(struct sink *sink)
{
	const struct sink_event *first = first_live(sink);
	int r = sink->n_live > 1 ? put(sink, "EVENT", strlen("EVENT")) : 0;

	if (!r && sink->n_live > 1)
		r = pad(sink, first->head_length - strlen("EVENT"));
	for (size_t i = 0; i < sink->n_common && !r; i++) {
		const char *name = first->fields[i].name;
		size_t width = first->fields[i].width;

		for (const char *at = name; *at && !r; at++)
			r = put(sink, (char[]){(char)toupper((unsigned char)*at)}, 1);
		if (!r && i + 1 < sink->n_common)
			r = pad(sink, width - strlen(name) + FIELD_GAP);
	}
	return r ? r : sink_append(sink, "\n", 1);
}

/* Each part may be copied a step too far, and a clock stands at one field at most. */
static size_t frame_of(const struct sink_event *event)
{
	size_t frame = event->head_length + 3 * STEP + STEP;

	for (size_t i = 0; i < event->n_fields; i++)
		frame += event->fields[i].lead_length + event->fields[i].width;
	return frame;
}

int sink_begin(struct sink *sink)
{
	const struct sink_event *first = first_live(sink);
	int r = 0;

	if (!first)
		return 0;
	if (!sink->json && sink->n_live > 1)
		r = set_heads(sink);
	if (r)
		return r;
	if (!sink->json)
		set_columns(sink, first->n_fields);
	for (size_t i = 0; i < sink->n_events; i++)
		sink->events[i].frame = frame_of(&sink->events[i]);
	if (sink->json)
		return 0;
	return output_is_terminal(sink->output) && sink->n_common ? put_header(sink) : 0;
}

/* ---- records ---- */

/* Formatters stop at @end; behind it there is room for all that stands around the values. */
struct line {
	char *at, *end;
};

static inline void copy(struct line *line, const char *text, size_t size)
{
	memcpy(line->at, text, STEP);
	for (size_t i = STEP; i < size; i += STEP)
		memcpy(line->at + i, text + i, STEP);
	line->at += size;
}

static inline void space(struct line *line, size_t size)
{
	memset(line->at, ' ', STEP);
	for (size_t i = STEP; i < size; i += STEP)
		memset(line->at + i, ' ', STEP);
	line->at += size;
}

static inline size_t room(const struct line *line)
{
	return line->at < line->end ? (size_t)(line->end - line->at) : 0;
}

#define CLOCK_LEAD ",\"time\":\""
#define CLOCK_NONE ",\"time\":null"
#define CLOCK_END  "\""

static int write_clock(struct line *line, const struct sink_event *event,
		       const struct featsel_sample *sample)
{
	static const char lead[STEP] = CLOCK_LEAD, none[STEP] = CLOCK_NONE, end[STEP] = CLOCK_END;
	char *begin = line->at;
	ssize_t length;

	copy(line, lead, strlen(lead));
	length = featsel_layout_time(event->layout, (size_t)event->clock, sample->data,
				     sample->size, line->at, room(line));
	if (length >= 0) {
		line->at += length;
		copy(line, end, strlen(end));
		return 0;
	}
	line->at = begin;
	copy(line, none, strlen(none));
	return length == -ENOSPC ? -ENOSPC : 0;
}

static int write_json(struct line *line, const struct sink_event *event,
		      const struct featsel_sample *sample)
{
	static const char end[STEP] = "}\n";
	int r = 0;

	for (size_t i = 0; i < event->n_fields && !r; i++) {
		const struct sink_field *field = &event->fields[i];
		ssize_t length;

		copy(line, field->lead, field->lead_length);
		length = featsel_layout_json(event->layout, field->index, sample->data,
					     sample->size, line->at, room(line));
		if (length < 0)
			return (int)length;
		line->at += length;
		if (event->clock == (int)field->index)
			r = write_clock(line, event, sample);
	}
	copy(line, end, strlen(end));
	return r;
}

static int write_text(struct line *line, const struct sink_event *event,
		      const struct featsel_sample *sample)
{
	static const char end[STEP] = "\n";

	for (size_t i = 0; i < event->n_fields; i++) {
		const struct sink_field *field = &event->fields[i];
		ssize_t length;

		copy(line, field->lead, field->lead_length);
		length = featsel_layout_text(event->layout, field->index, sample->data,
					     sample->size, line->at, room(line));
		if (length < 0)
			return (int)length;
		line->at += length;
		if ((size_t)length < field->width)
			space(line, field->width - (size_t)length);
	}
	copy(line, end, strlen(end));
	return 0;
}

/* The line in the buffer, or -ENOSPC. */
static int write_line(struct sink *sink, const struct sink_event *event,
		      const struct featsel_sample *sample)
{
	struct line line = {.at = sink->buffer + sink->used};
	int r;

	if (sink->room - sink->used < event->frame)
		return -ENOSPC;
	line.end = sink->buffer + sink->room - event->frame;
	if (event->head)
		copy(&line, event->head, event->head_length);
	r = sink->json ? write_json(&line, event, sample) : write_text(&line, event, sample);
	if (!r)
		sink->used = (size_t)(line.at - sink->buffer);
	return r;
}

/* Whether so much waits already that a record is given up instead. */
static bool is_full(struct sink *sink, int *r)
{
	if (sink->line - sink->sent < BACKLOG_LIMIT)
		return false;
	/* a stalled one is waited for by who polls */
	if (!sink->stalled)
		*r = sink_flush(sink);
	return *r || sink->line - sink->sent >= BACKLOG_LIMIT;
}

int sink_record(struct sink *sink, const struct featsel_sample *sample)
{
	struct sink_event *event = &sink->events[sample->event];
	int r = 0;

	if (is_full(sink, &r)) {
		event->lost++;
		return r ? r : SINK_LOST;
	}
	while (!r && (r = write_line(sink, event, sample)) == -ENOSPC)
		r = make_room(sink);
	return r ? r : add_mark(sink, (uint32_t)sample->event);
}

void sink_lose(struct sink *sink, size_t event)
{
	sink->events[event].lost++;
}

/* A line that is half written stays, for who may read on. */
void sink_give_up(struct sink *sink)
{
	size_t end = sink->sent, first = sink->first_mark;

	if (sink->cut && first < sink->n_marks)
		end += sink->marks[first++].size;
	for (size_t i = first; i < sink->n_marks; i++)
		if (sink->marks[i].event != NO_EVENT)
			sink->events[sink->marks[i].event].lost++;
	sink->line = sink->used = end;
	sink->n_marks = first;
}

struct sink_counts sink_counts(const struct sink *sink, size_t event)
{
	struct sink_counts counts = {.shown = sink->events[event].shown,
				     .lost = sink->events[event].lost};

	for (size_t i = sink->first_mark; i < sink->n_marks; i++)
		counts.waiting += sink->marks[i].event == event;
	return counts;
}
