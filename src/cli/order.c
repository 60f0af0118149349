/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * order.c - records of several events, and of several processors, in the order of time
 *
 * Buffers are emptied one after the other, so records come in runs, each in order. They are kept
 * until nothing older can come: programs hand over a record right after its timestamp, so after a
 * round that emptied all buffers everything from before that round is here. If records come faster
 * than they are read, the window is bounded by time and by memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/*
 * A program may be interrupted between its timestamp and its output. A single event does not wait
 * for that.
 */
#define SLACK_NS    (10 * UINT64_C(1000000))
#define WINDOW_NS   (100 * UINT64_C(1000000))
#define LIMIT_BYTES (8u << 20)
#define ALIGNMENT   8

struct entry {
	uint64_t time;
	size_t offset; /* in the bytes */
	uint32_t size, event;
};

struct order {
	bool mixed; /* of several events */
	const struct kernel_clock *clock;
	struct entry *entries, *spare;
	size_t first, end, room; /* what is before the first was let go */
	bool sorted;
	char *bytes;
	size_t used, bytes_room;
	size_t held;	/* bytes of what was not let go */
	uint64_t begin; /* of the round */
	uint64_t now;	/* as far as it was looked at */
};

int order_new(bool mixed, const struct kernel_clock *clock, struct order **ret)
{
	struct order *order = calloc(1, sizeof(*order));

	if (!order)
		return -ENOMEM;
	order->clock = clock;
	order->sorted = true;
	order->mixed = mixed;
	*ret = order;
	return 0;
}

void order_free(struct order *order)
{
	if (!order)
		return;
	free(order->entries);
	free(order->spare);
	free(order->bytes);
	free(order);
}

void order_begin(struct order *order)
{
	order->begin = kernel_clock_ns(order->clock);
	order->now = order->begin;
}

bool order_holds(const struct order *order)
{
	return order->end > order->first;
}

static size_t aligned(size_t size)
{
	return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* ---- keeping ---- */

/* No record is from the future; a record without a timestamp counts as from now. */
static uint64_t believe(struct order *order, uint64_t time)
{
	if (!time)
		return order->now;
	if (time > order->now)
		order->now = kernel_clock_ns(order->clock);
	return time < order->now ? time : order->now;
}

static int grow_entries(struct order *order)
{
	size_t room = order->room ? 2 * order->room : 1024;
	struct entry *entries = reallocarray(order->entries, room, sizeof(*entries));
	struct entry *spare;

	if (!entries)
		return -ENOMEM;
	order->entries = entries;
	spare = reallocarray(order->spare, room, sizeof(*spare));
	if (!spare)
		return -ENOMEM;
	order->spare = spare;
	order->room = room;
	return 0;
}

static int grow_bytes(struct order *order, size_t size)
{
	size_t room = order->bytes_room ? order->bytes_room : 256 * 1024;
	char *bytes;

	while (room < size)
		room *= 2;
	bytes = realloc(order->bytes, room);
	if (!bytes)
		return -ENOMEM;
	order->bytes = bytes;
	order->bytes_room = room;
	return 0;
}

/* What is held moves together. */
static int close_gaps(struct order *order)
{
	struct entry *entries = order->entries;
	size_t count = order->end - order->first, used = 0;
	char *bytes = malloc(order->bytes_room);

	if (!bytes)
		return -ENOMEM;
	memmove(entries, entries + order->first, count * sizeof(*entries));
	for (struct entry *entry = entries; entry < entries + count; entry++) {
		memcpy(bytes + used, order->bytes + entry->offset, entry->size);
		entry->offset = used;
		used += aligned(entry->size);
	}
	free(order->bytes);
	order->bytes = bytes;
	order->used = used;
	order->first = 0;
	order->end = count;
	return 0;
}

/* For one record of @size bytes. Moving is worth it where it makes as much room as it moves. */
static int make_room(struct order *order, size_t size)
{
	int r = order->used && 2 * order->held <= order->used ? close_gaps(order) : 0;

	if (!r && order->end == order->room)
		r = grow_entries(order);
	if (!r && order->bytes_room - order->used < size)
		r = grow_bytes(order, order->used + size);
	return r;
}

int order_add(struct order *order, uint64_t time, const struct featsel_sample *sample)
{
	size_t size = aligned(sample->size);
	struct entry *entry;

	if ((order->end == order->room || order->bytes_room - order->used < size) &&
	    make_room(order, size))
		return -ENOMEM;
	entry = &order->entries[order->end];
	*entry = (struct entry){.time = believe(order, time),
				.offset = order->used,
				.size = (uint32_t)sample->size,
				.event = (uint32_t)sample->event};
	if (order->end++ > order->first && entry->time < entry[-1].time)
		order->sorted = false;
	memcpy(order->bytes + order->used, sample->data, sample->size);
	order->used += size;
	order->held += size;
	return 0;
}

/* ---- sorting ---- */

/* The end of the run that begins at @from. */
static size_t run_end(const struct order *order, size_t from)
{
	size_t at = from + 1;

	while (at < order->end && order->entries[at].time >= order->entries[at - 1].time)
		at++;
	return at;
}

static void merge(const struct order *order, size_t first, size_t second, size_t end)
{
	struct entry *to = order->spare + first;
	size_t a = first, b = second;

	while (a < second || b < end) {
		/* stable: records with equal times keep their order */
		bool take_first = b == end ||
				  (a < second && order->entries[a].time <= order->entries[b].time);

		*to++ = order->entries[take_first ? a++ : b++];
	}
}

/* Neighbouring runs are merged until one is left. */
static void sort(struct order *order)
{
	while (!order->sorted) {
		struct entry *swap = order->spare;
		size_t from, second, end;

		for (from = order->first; from < order->end; from = end) {
			second = run_end(order, from);
			end = second < order->end ? run_end(order, second) : second;
			merge(order, from, second, end);
			order->sorted = from == order->first && end == order->end;
		}
		order->spare = order->entries;
		order->entries = swap;
	}
}

/* ---- letting go ---- */

static int let_go(struct order *order, uint64_t until, size_t least, order_fn take, void *data)
{
	size_t least_end = order->first + least;
	int r = 0;

	while (!r && order->first < order->end &&
	       (order->first < least_end || order->entries[order->first].time < until)) {
		const struct entry *entry = &order->entries[order->first++];

		order->held -= aligned(entry->size);
		r = take(data, &(struct featsel_sample){.event = entry->event,
							.data = order->bytes + entry->offset,
							.size = entry->size});
	}
	if (order->first == order->end)
		order->first = order->end = order->used = 0;
	return r;
}

int order_release(struct order *order, bool drained, order_fn take, void *data)
{
	uint64_t age = !drained ? WINDOW_NS : order->mixed ? SLACK_NS : 0;
	size_t least = order->held > LIMIT_BYTES ? (order->end - order->first) / 2 : 0;

	sort(order);
	return let_go(order, order->begin > age ? order->begin - age : 0, least, take, data);
}

int order_release_all(struct order *order, order_fn take, void *data)
{
	sort(order);
	return let_go(order, UINT64_MAX, order->end - order->first, take, data);
}
