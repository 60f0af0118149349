/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * sink.c - records to standard output, as aligned text or one JSON object a line
 *
 * The hot path: everything that does not depend on the record is made once per event, fields are
 * formatted straight into one large buffer, and what is written always ends with a whole line.
 */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "program.h"

#define BUFFER_SIZE   (256 * 1024)
#define BUFFER_LIMIT  (64 * 1024 * 1024)
#define LATENCY_MS    100
#define FIELD_GAP     2
#define WIDEST_COLUMN 64

struct sink_field {
	size_t index; /* in the layout */
	const char *name;
	char *lead; /* what stands before the value: `,"addr":` or "addr=" */
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
	int clock; /* JSON: the field that is told as wall clock as well, negative: none */
	uint64_t shown;
};

struct sink {
	int fd;
	bool json, terminal;
	char *buffer;
	size_t used, room;
	size_t line;	  /* where the unfinished line begins */
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

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);
		int err = errno;

		if (n >= 0) {
			data += n;
			size -= (size_t)n;
			continue;
		}
		if (err == EINTR)
			continue;
		if (err != EAGAIN)
			return -err;
		/* a terminal or pipe that somebody else made non-blocking */
		poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
	}
	return 0;
}

/* Write whole lines, keep the unfinished one. */
int sink_flush(struct sink *sink)
{
	int r = write_all(sink->fd, sink->buffer, sink->line);

	memmove(sink->buffer, sink->buffer + sink->line, sink->used - sink->line);
	sink->used -= sink->line;
	sink->line = 0;
	return r;
}

static int make_room(struct sink *sink)
{
	char *larger;

	if (sink->line)
		return sink_flush(sink);
	if (sink->room >= BUFFER_LIMIT)
		return -ENOBUFS;
	larger = realloc(sink->buffer, 2 * sink->room);
	if (!larger)
		return -ENOMEM;
	sink->buffer = larger;
	sink->room *= 2;
	return 0;
}

static int put(struct sink *sink, const char *text, size_t size)
{
	/* a text that there is not may be NULL, which memcpy() is not to see */
	if (!size)
		return 0;
	while (sink->room - sink->used < size) {
		int r = make_room(sink);

		if (r)
			return r;
	}
	memcpy(sink->buffer + sink->used, text, size);
	sink->used += size;
	return 0;
}

static int pad(struct sink *sink, size_t size)
{
	static const char spaces[WIDEST_COLUMN + FIELD_GAP + 1] =
		"                                                                  ";

	return put(sink, spaces, size < sizeof(spaces) - 1 ? size : sizeof(spaces) - 1);
}

static int end_line(struct sink *sink)
{
	int r = put(sink, "\n", 1);

	if (!r && !sink->line)
		sink->since_ms = now_ms();
	sink->line = sink->used;
	return r;
}

int sink_append(struct sink *sink, const char *text, size_t size)
{
	int r = put(sink, text, size);

	if (!r && !sink->line)
		sink->since_ms = now_ms();
	sink->line = sink->used;
	return r;
}

bool sink_waits(const struct sink *sink)
{
	return sink->line > 0;
}

bool sink_is_due(const struct sink *sink)
{
	return sink->line && (sink->terminal || now_ms() - sink->since_ms >= LATENCY_MS);
}

/* ---- life ---- */

int sink_new(int fd, bool json, size_t n_events, struct sink **ret)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	if (!sink)
		return -ENOMEM;
	sink->fd = fd;
	sink->json = json;
	sink->terminal = isatty(fd);
	sink->room = BUFFER_SIZE;
	sink->n_events = n_events;
	sink->buffer = malloc(sink->room);
	sink->events = calloc(n_events ? n_events : 1, sizeof(*sink->events));
	if (!sink->buffer || !sink->events) {
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
	free(sink->buffer);
	free(sink);
}

/* `<before>"<name>"<after>` as JSON, escaped */
static int json_lead(const char *before, const char *name, const char *after, char **ret,
		     size_t *size)
{
	FILE *out = open_memstream(ret, size);

	if (!out)
		return -ENOMEM;
	fputs(before, out);
	json_quote(out, name);
	fputs(after, out);
	return fclose(out) ? -ENOMEM : 0;
}

static int text_lead(const char *name, char **ret, size_t *size)
{
	int length = asprintf(ret, "%s=", name);

	if (length < 0)
		return -ENOMEM;
	*size = (size_t)length;
	return 0;
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
			r = text_lead(field->name, &field->lead, &field->lead_length);
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
			event->fields[j].lead_length = 0;
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
	return r ? r : end_line(sink);
}

int sink_begin(struct sink *sink)
{
	const struct sink_event *first = first_live(sink);
	int r = 0;

	if (sink->json || !first)
		return 0;
	if (sink->n_live > 1)
		r = set_heads(sink);
	if (r)
		return r;
	set_columns(sink, first->n_fields);
	return sink->terminal && sink->n_common ? put_header(sink) : 0;
}

/* ---- records ---- */

typedef ssize_t (*format_fn)(const struct featsel_layout *layout, size_t index, const void *data,
			     size_t data_size, char *buffer, size_t size);

static int put_clock(struct sink *sink, const struct sink_event *event,
		     const struct featsel_sample *sample)
{
	static const char lead[] = ",\"time\":\"";
	char text[40];
	ssize_t length = featsel_layout_time(event->layout, (size_t)event->clock, sample->data,
					     sample->size, text, sizeof(text));
	int r;

	if (length < 0)
		return put(sink, ",\"time\":null", strlen(",\"time\":null"));
	r = put(sink, lead, sizeof(lead) - 1);
	if (!r)
		r = put(sink, text, (size_t)length);
	return r ? r : put(sink, "\"", 1);
}

static int put_value(struct sink *sink, const struct sink_event *event, size_t index,
		     const struct featsel_sample *sample)
{
	const struct sink_field *field = &event->fields[index];
	format_fn format = sink->json ? featsel_layout_json : featsel_layout_text;
	ssize_t length;
	int r;

	while ((length = format(event->layout, field->index, sample->data, sample->size,
				sink->buffer + sink->used, sink->room - sink->used)) == -ENOSPC) {
		r = make_room(sink);
		if (r)
			return r;
	}
	if (length < 0)
		return sink->json ? put(sink, "null", 4) : put(sink, "?", 1);
	sink->used += (size_t)length;
	if (field->width)
		return pad(sink,
			   ((size_t)length < field->width ? field->width - (size_t)length : 0) +
				   FIELD_GAP);
	/* what follows the columns is name=value, separated */
	if (!sink->json && index + 1 < event->n_fields)
		return pad(sink, FIELD_GAP);
	return 0;
}

int sink_record(struct sink *sink, const struct featsel_sample *sample)
{
	struct sink_event *event = &sink->events[sample->event];
	int r;

	r = put(sink, event->head, event->head_length);
	for (size_t i = 0; i < event->n_fields && !r; i++) {
		r = put(sink, event->fields[i].lead, event->fields[i].lead_length);
		if (!r)
			r = put_value(sink, event, i, sample);
		if (!r && event->clock == (int)event->fields[i].index)
			r = put_clock(sink, event, sample);
	}
	if (!r && sink->json)
		r = put(sink, "}", 1);
	if (!r)
		r = end_line(sink);
	event->shown += !r;
	return r;
}

uint64_t sink_shown(const struct sink *sink, size_t event)
{
	return sink->events[event].shown;
}
