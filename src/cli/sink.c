/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * sink.c - records to standard output, as aligned text or one JSON object a line
 *
 * This is the hot path: everything that does not depend on the record is made once per event,
 * lines are formatted directly into one large buffer, and each write ends with a whole line.
 *
 * Nothing here waits. What the reader does not take stays in the buffer; beyond a limit records are
 * dropped and counted as lost. A record counts as shown once its line is written.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/output.h"
#include "cli/screen.h"

#define BUFFER_SIZE   (256 * 1024)
#define BUFFER_LIMIT  (64 * 1024 * 1024) /* of one line */
#define BACKLOG_LIMIT (8 * 1024 * 1024)	 /* of what waits for a slow reader */
#define LATENCY_MS    100

#define NO_EVENT UINT32_MAX

/*
 * Lines of the buffer that are not written yet, the first perhaps in part: of one event, each a
 * record; or a document.
 */
struct mark {
	uint32_t event, records;
	size_t size;
};

/* Records of an event. */
struct tally {
	uint64_t shown, lost;
};

struct sink {
	struct output *output;
	bool json;
	bool written; /* anything */
	bool cut;     /* the line that is next to be written is half written */
	bool stalled; /* the last write would have waited */
	char *buffer;
	size_t used, room;
	size_t sent;	   /* up to here it is written */
	size_t line;	   /* where the unfinished line begins */
	struct vec marks;  /* struct mark */
	size_t settled;	   /* so many of them are written */
	uint64_t since_ms; /* when the oldest buffered byte came */
	struct columns columns;
	struct tally *tallies; /* of each event */
};

/* ---- the buffer ---- */

/* Of what waits. */
static inline struct mark *first_mark(const struct sink *sink)
{
	struct mark *marks = sink->marks.items;

	return marks ? marks + sink->settled : NULL;
}

static inline size_t n_marks(const struct sink *sink)
{
	return sink->marks.count - sink->settled;
}

static uint32_t count_lines(const char *text, size_t size)
{
	const char *end = text + size;
	uint32_t n = 0;

	while ((text = memchr(text, '\n', (size_t)(end - text)))) {
		text++;
		n++;
	}
	return n;
}

/* @size bytes of what @mark has are written. */
static void settle_mark(struct sink *sink, struct mark *mark, size_t size)
{
	const char *written = sink->buffer + sink->sent;
	uint32_t records = mark->records;

	sink->cut = size < mark->size && (mark->event == NO_EVENT || written[size - 1] != '\n');
	if (records && size < mark->size)
		records = count_lines(written, size);
	if (records)
		sink->tallies[mark->event].shown += records;
	mark->records -= records;
	mark->size -= size;
	sink->sent += size;
}

/* The first @size bytes that waited are written. */
static void settle(struct sink *sink, size_t size)
{
	struct mark *marks = sink->marks.items;

	while (size) {
		struct mark *mark = &marks[sink->settled];
		size_t first = size < mark->size ? size : mark->size;

		settle_mark(sink, mark, first);
		sink->settled += !mark->size;
		size -= first;
	}
	if (2 * sink->settled < sink->marks.count)
		return;
	sink->marks.count -= sink->settled;
	memmove(marks, marks + sink->settled, sink->marks.count * sizeof(*marks));
	sink->settled = 0;
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

/* Written bytes make room; moving the rest is worth it if at least as much was written. */
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

	/* NULL with size 0 must not reach memcpy() */
	if (r || !size)
		return r;
	memcpy(sink->buffer + sink->used, text, size);
	sink->used += size;
	return 0;
}

/* The line so far is complete. */
static int add_mark(struct sink *sink, uint32_t event)
{
	size_t n = n_marks(sink);
	struct mark *last = n ? first_mark(sink) + n - 1 : NULL;

	if (!last || event == NO_EVENT || last->event != event) {
		last = vec_add(&sink->marks, sizeof(*last));
		if (!last)
			return -ENOMEM;
		last->event = event;
		if (sink->line == sink->sent)
			sink->since_ms = monotonic_ms();
	}
	last->records += event != NO_EVENT;
	last->size += sink->used - sink->line;
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
	       (output_is_terminal(sink->output) || monotonic_ms() - sink->since_ms >= LATENCY_MS);
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

int sink_new(bool json, bool wide, size_t n_events, struct sink **ret)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	if (!sink)
		return -ENOMEM;
	sink->room = BUFFER_SIZE;
	sink->columns.json = json;
	sink->columns.n_events = n_events;
	sink->buffer = malloc(sink->room);
	sink->columns.events = calloc(n_events ? n_events : 1, sizeof(*sink->columns.events));
	sink->tallies = calloc(n_events ? n_events : 1, sizeof(*sink->tallies));
	if (!sink->buffer || !sink->columns.events || !sink->tallies || output_new(&sink->output)) {
		sink_free(sink);
		return -ENOMEM;
	}
	if (!json && !wide && output_is_terminal(sink->output))
		sink->columns.screen = screen_width(output_fd(sink->output));
	*ret = sink;
	return 0;
}

void sink_free(struct sink *sink)
{
	if (!sink)
		return;
	columns_release(&sink->columns);
	output_free(sink->output);
	free(sink->tallies);
	vec_free(&sink->marks);
	free(sink->buffer);
	free(sink);
}

int sink_add(struct sink *sink, size_t index, const char *name, const struct featsel_layout *layout,
	     const char *const *lacks, const struct strings *fields)
{
	return columns_add(&sink->columns, index, name, layout, lacks, fields);
}

/* The line of titles, which must not be wider than the screen either. */
static int put_title(struct sink *sink)
{
	struct text text;
	FILE *out = text_open(&text);
	size_t shown, length;
	int r;

	if (out) {
		columns_title(&sink->columns, out);
		fprintf(out, "%*s", SCREEN_MORE, "");
	}
	r = text_close(&text);
	if (r)
		return r;
	length = text.size - SCREEN_MORE;
	if (sink->columns.screen)
		length = screen_cut(text.data, length, sink->columns.screen, &shown);
	r = put(sink, text.data, length);
	text_free(&text);
	return r ? r : sink_append(sink, "\n", 1);
}

int sink_begin(struct sink *sink)
{
	int r = columns_arrange(&sink->columns);

	if (r || sink->columns.json || !sink->columns.n_common || !output_is_terminal(sink->output))
		return r;
	return put_title(sink);
}

bool sink_resized(struct sink *sink)
{
	size_t screen = sink->columns.screen ? screen_width(output_fd(sink->output)) : 0;

	if (screen == sink->columns.screen)
		return false;
	columns_reset(&sink->columns);
	sink->columns.screen = screen;
	return true;
}

size_t sink_left_out(const struct sink *sink)
{
	return sink->columns.left_out ? sink->columns.screen : 0;
}

/* ---- records ---- */

static int put_spaces(struct sink *sink, size_t n)
{
	int r = secure_room(sink, n);

	if (r)
		return r;
	memset(sink->buffer + sink->used, ' ', n);
	sink->used += n;
	return 0;
}

/* What the line has since @from is cut to @limit columns (0: it is not). The columns it takes. */
static size_t cut(struct sink *sink, size_t from, size_t limit)
{
	size_t length = sink->used - from, shown = length;

	if (!limit)
		return length;
	sink->used = from + screen_cut(sink->buffer + from, length, limit, &shown);
	return shown;
}

static int put_field(struct sink *sink, const struct event_columns *event,
		     const struct column *field, const struct featsel_sample *sample)
{
	size_t begin = sink->used - sink->line, width;
	int r = put(sink, field->lead, strlen(field->lead));
	ssize_t length;

	while (!r && (length = featsel_layout_text(event->layout, field->index, sample->data,
						   sample->size, sink->buffer + sink->used,
						   sink->room - sink->used)) == -ENOSPC)
		r = make_room(sink);
	if (r)
		return r;
	if (length < 0)
		return (int)length;
	if (!length && field->skipped_if_empty) {
		sink->used = sink->line + begin;
		return 0;
	}
	sink->used += (size_t)length;
	width = cut(sink, sink->used - (size_t)length, field->limit);
	return width < field->width ? put_spaces(sink, field->width - width) : 0;
}

/* On a screen, where values are cut. */
static int put_fields(struct sink *sink, const struct event_columns *event,
		      const struct featsel_sample *sample)
{
	int r = event->head ? put(sink, event->head, strlen(event->head)) : 0;

	for (size_t i = 0; i < event->n_fields && !r; i++)
		r = put_field(sink, event, &event->fields[i], sample);
	if (r) {
		sink->used = sink->line;
		return r;
	}
	cut(sink, sink->line, sink->columns.screen);
	return put(sink, "\n", 1);
}

static int put_line(struct sink *sink, const struct event_columns *event,
		    const struct featsel_sample *sample)
{
	ssize_t length;
	int r = 0;

	while ((length = featsel_line_write(event->line, sample->data, sample->size,
					    sink->buffer + sink->used, sink->room - sink->used)) ==
		       -ENOSPC &&
	       !r)
		r = make_room(sink);
	if (r || length < 0)
		return r ? r : (int)length;
	sink->used += (size_t)length;
	return 0;
}

/* Whether so much waits already that a record is dropped instead. */
static bool is_full(struct sink *sink, int *r)
{
	if (sink->line - sink->sent < BACKLOG_LIMIT)
		return false;
	/* the caller polls for a stalled one */
	if (!sink->stalled)
		*r = sink_flush(sink);
	return *r || sink->line - sink->sent >= BACKLOG_LIMIT;
}

int sink_record(struct sink *sink, const struct featsel_sample *sample)
{
	const struct event_columns *event = &sink->columns.events[sample->event];
	int r = 0;

	if (is_full(sink, &r)) {
		sink->tallies[sample->event].lost++;
		return r ? r : SINK_LOST;
	}
	if (!r)
		r = event->line ? put_line(sink, event, sample) : put_fields(sink, event, sample);
	return r ? r : add_mark(sink, (uint32_t)sample->event);
}

void sink_lose(struct sink *sink, size_t event)
{
	sink->tallies[event].lost++;
}

/* The rest of a half written line or document; size 0: there is none. */
static struct mark take_cut(const struct sink *sink)
{
	const char *rest = sink->buffer + sink->sent, *end;
	struct mark *mark = first_mark(sink);

	if (!sink->cut || !n_marks(sink))
		return (struct mark){.size = 0};
	if (mark->event == NO_EVENT)
		return *mark;
	mark->records--;
	end = memchr(rest, '\n', mark->size);
	return (struct mark){.event = mark->event, .records = 1, .size = (size_t)(end + 1 - rest)};
}

/* What is cut stays, in case the reader reads on. */
void sink_give_up(struct sink *sink)
{
	struct mark *marks = first_mark(sink), rest = take_cut(sink);

	for (size_t i = 0; i < n_marks(sink); i++)
		if (marks[i].records)
			sink->tallies[marks[i].event].lost += marks[i].records;
	sink->line = sink->used = sink->sent + rest.size;
	sink->marks.count = sink->settled + (rest.size > 0);
	if (rest.size)
		*marks = rest;
}

struct sink_counts sink_counts(const struct sink *sink, size_t event)
{
	struct sink_counts counts = {.shown = sink->tallies[event].shown,
				     .lost = sink->tallies[event].lost};
	const struct mark *marks = first_mark(sink);

	for (size_t i = 0; i < n_marks(sink); i++)
		if (marks[i].event == event)
			counts.waiting += marks[i].records;
	return counts;
}
