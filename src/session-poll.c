/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * session-poll.c - buffers of the kernel, emptied into a callback
 *
 * An epoll set of our own watches the buffers edge triggered: libbpf's is level triggered, and so
 * wakes for what a program left for later on purpose (BPF_RB_NO_WAKEUP). A timer fetches that, so
 * that a lone record comes in time.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "internal.h"

/*
 * Quick at first, for whoever waits for the first record; then half of what a lone record may take
 * (100 ms).
 */
#define INTERVAL_FIRST 1
#define INTERVAL_LAST  50

/*
 * Of one buffer in one round: a producer that never pauses must not keep the caller from its
 * signals and timers.
 */
#define ROUND 16384

/* Each processor's perf buffer, if memory allows. */
#define PERF_BYTES	 (256u << 10)
#define PERF_BYTES_LEAST (16u << 10)

/* ---- epoll set and timer ---- */

/* In @milliseconds and then again and again; 0: at once. */
static int arm(const struct intake *intake, unsigned int milliseconds)
{
	struct itimerspec when = {
		.it_value = {.tv_nsec = milliseconds ? milliseconds * 1000000L : 1},
		.it_interval = {.tv_nsec = intake->interval * 1000000L},
	};
	int r = timerfd_settime(intake->timer_fd, 0, &when, NULL), err = -errno;

	return r ? err : 0;
}

/* Edge triggered: a buffer that a program fills on without waking anybody is left to the timer. */
static int watch(const struct intake *intake, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};
	int r = epoll_ctl(intake->epoll_fd, EPOLL_CTL_ADD, fd, &event), err = -errno;

	return r ? err : 0;
}

int intake_open(struct intake *intake)
{
	int err, r;

	intake->timer_fd = -1;
	intake->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	err = -errno;
	if (intake->epoll_fd < 0)
		return err;
	intake->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	err = -errno;
	if (intake->timer_fd < 0)
		return err;
	r = watch(intake, intake->timer_fd);
	intake->interval = INTERVAL_FIRST;
	return r ? r : arm(intake, INTERVAL_FIRST);
}

void intake_close(struct intake *intake)
{
	close_fd(&intake->timer_fd);
	close_fd(&intake->epoll_fd);
}

/*
 * Take note of what was reported; true when the timer was among it. Reading it is what starts it
 * again.
 */
static bool acknowledge(const struct intake *intake)
{
	struct epoll_event events[64];
	int i, n = epoll_wait(intake->epoll_fd, events, ARRAY_SIZE(events), 0);
	uint64_t ticks;

	for (i = 0; i < n; i++)
		if (events[i].data.fd == intake->timer_fd)
			return read(intake->timer_fd, &ticks, sizeof(ticks)) == sizeof(ticks);
	return false;
}

static void slow_down(struct intake *intake)
{
	if (intake->interval >= INTERVAL_LAST)
		return;
	intake->interval *= 2;
	if (intake->interval > INTERVAL_LAST)
		intake->interval = INTERVAL_LAST;
	(void)arm(intake, intake->interval);
}

/* ---- samples ---- */

static void deliver(struct feed *feed, const void *data, size_t size)
{
	struct featsel_sample sample = {.event = feed->event, .data = data, .size = size};
	struct intake *intake = feed->intake;

	/* Shorter than its struct: nothing that could be believed. */
	if (size < feed->minimum) {
		feed->counts.lost++;
		return;
	}
	feed->seen++;
	if (intake->discard)
		return;
	feed->counts.records++;
	intake->stopped = intake->callback ? intake->callback(intake->data, &sample) : 0;
}

/* Whether the round is over. */
static bool take(struct feed *feed, const void *data, size_t size)
{
	struct intake *intake = feed->intake;

	intake->budget--;
	deliver(feed, data, size);
	return intake->stopped || intake->budget == 0;
}

/*
 * A negative answer makes libbpf leave with the record consumed: here that is meant, to end the
 * round between two records.
 */
static int on_ring_sample(void *data, void *sample, size_t size)
{
	return take(data, sample, size) ? -ECANCELED : 0;
}

/* As the kernel writes them: linux/perf_event.h has the layouts in comments only. */
struct perf_sample {
	struct perf_event_header header;
	uint32_t size;
	char data[];
};

struct perf_lost {
	struct perf_event_header header;
	uint64_t id;
	uint64_t lost;
};

static bool on_perf_event(void *data, const struct perf_event_header *event)
{
	const struct perf_sample *sample = (const void *)event;
	const struct perf_lost *lost = (const void *)event;
	struct feed *feed = data;

	if (event->type == PERF_RECORD_LOST && event->size >= sizeof(*lost))
		feed->perf_lost += lost->lost;
	if (event->type != PERF_RECORD_SAMPLE || event->size < sizeof(*sample) ||
	    sample->size > event->size - sizeof(*sample))
		return false;
	return take(feed, sample->data, sample->size);
}

static bool is_over(const struct intake *intake)
{
	return intake->stopped || intake->budget == 0;
}

static void consume_perf(struct feed *feed)
{
	size_t i, n = perf_rings_count(feed->perf);

	for (i = 0; i < n && !is_over(feed->intake); i++)
		perf_rings_consume(feed->perf, i, on_perf_event, feed);
}

int intake_consume(struct intake *intake, struct feed *const *feeds, size_t n)
{
	bool timer = acknowledge(intake), rest = false;
	size_t i;

	intake->stopped = 0;
	for (i = 0; i < n && !intake->stopped; i++) {
		intake->budget = ROUND;
		if (feeds[i]->ring)
			(void)ring_buffer__consume(feeds[i]->ring);
		if (feeds[i]->perf)
			consume_perf(feeds[i]);
		rest |= is_over(intake);
	}
	intake->drained = !rest;
	/* What remains wakes nobody again: no edge is to come. */
	if (rest)
		(void)arm(intake, 0);
	if (timer && !rest)
		slow_down(intake);
	return intake->stopped;
}

/* ---- buffers ---- */

static int listen_ring(struct feed *feed, int map_fd)
{
	int err;

	feed->ring = ring_buffer__new(map_fd, on_ring_sample, feed, NULL);
	err = -errno;
	return feed->ring ? watch(feed->intake, map_fd) : err;
}

static int watch_perf(const struct feed *feed)
{
	size_t i, n = perf_rings_count(feed->perf);
	int r = 0;

	for (i = 0; i < n && !r; i++)
		r = watch(feed->intake, perf_rings_fd(feed->perf, i));
	return r;
}

static int listen_perf(struct feed *feed, const struct bpf_map *map)
{
	size_t bytes;
	int r = -ENOMEM;

	/*
	 * The locked memory of an unprivileged user may not suffice for the first size: EPERM from
	 * mmap().
	 */
	for (bytes = PERF_BYTES; bytes >= PERF_BYTES_LEAST && (r == -EPERM || r == -ENOMEM);
	     bytes /= 2)
		r = perf_rings_open(bpf_map__fd(map), bpf_map__max_entries(map), bytes,
				    &feed->perf);
	return r ? r : watch_perf(feed);
}

/*
 * Memory that outlives the right to ask the kernel: a process may have given up its capabilities.
 */
static void map_drops(struct feed *feed)
{
	const struct object_map *map = &feed->object->maps[feed->drops];
	void *page;

	if (map->type != BPF_MAP_TYPE_ARRAY || !(map->flags & BPF_F_MMAPABLE))
		return;
	page = mmap(NULL, sizeof(uint64_t), PROT_READ, MAP_SHARED, bpf_map__fd(feed->drops_map), 0);
	if (page != MAP_FAILED)
		feed->drops_page = page;
}

uint64_t feed_lost(const struct feed *feed)
{
	uint64_t lost = feed->perf ? perf_rings_lost(feed->perf) : 0;

	return lost > feed->perf_lost ? lost : feed->perf_lost;
}

bool feed_counts_losses(const struct feed *feed)
{
	return feed->perf || feed->drops_map;
}

/* While one is within a program no other run of it begins on the same processor. */
static uint64_t runs_missed(const struct bpf_object *object, const struct program_ref *ref)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(object, ref->name);
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (!program || bpf_program__fd(program) < 0 ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return 0;
	return info.recursion_misses;
}

uint64_t feed_missed(const struct feed *feed)
{
	uint64_t missed = 0;
	size_t i;

	for (i = 0; feed->loaded && i < feed->n_programs; i++)
		missed += runs_missed(feed->loaded, &feed->programs[i]);
	return missed;
}

int feed_drops(const struct feed *feed, uint64_t *ret)
{
	uint64_t *values CLEANUP(free_pointer) = NULL;
	uint32_t key = 0;
	unsigned int i;
	int r;

	*ret = feed->drops_page ? *feed->drops_page : 0;
	if (!feed->drops_map || feed->drops_page)
		return 0;
	values = calloc(feed->drops_count, sizeof(*values));
	if (!values)
		return -ENOMEM;
	r = bpf_map_lookup_elem(bpf_map__fd(feed->drops_map), &key, values);
	for (i = 0; i < feed->drops_count && !r; i++)
		*ret += values[i];
	return r;
}

/* The kernel hands out a value for each processor that can ever be. */
static int count_drops(struct feed *feed)
{
	struct processors processors = {.count = 1};
	int r = 0;

	if (bpf_map__type(feed->drops_map) == BPF_MAP_TYPE_PERCPU_ARRAY)
		r = processors_possible(&processors);
	feed->drops_count = processors.count;
	if (!r)
		map_drops(feed);
	return r;
}

int feed_listen(struct feed *feed, const struct bpf_object *object, struct intake *intake)
{
	const struct bpf_map *map =
		feed->output < 0 ? NULL : unit_map(object, feed->object, feed->output);
	int r;

	feed->intake = intake;
	feed->loaded = object;
	feed->drops_map = feed->drops < 0 ? NULL : unit_map(object, feed->object, feed->drops);
	r = feed->drops_map ? count_drops(feed) : 0;
	if (r || feed->output < 0)
		return r;
	if (!map || bpf_map__fd(map) < 0)
		return -ENOENT;
	if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF)
		return listen_ring(feed, bpf_map__fd(map));
	return listen_perf(feed, map);
}

/* The epoll set forgets a buffer with its last descriptor, so the object is to be closed next. */
void feed_deafen(struct feed *feed)
{
	ring_buffer__free(feed->ring);
	perf_rings_free(feed->perf);
	feed->ring = NULL;
	feed->perf = NULL;
	if (feed->drops_page)
		munmap((void *)(uintptr_t)feed->drops_page, sizeof(uint64_t));
	feed->drops_page = NULL;
	feed->drops_map = NULL;
	feed->loaded = NULL;
}
