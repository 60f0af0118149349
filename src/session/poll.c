/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * poll.c - kernel buffers, emptied into a callback
 *
 * Our own epoll set watches the buffers edge triggered: libbpf's is level triggered, and so wakes
 * for records that a program left for later on purpose (BPF_RB_NO_WAKEUP). A timer fetches those,
 * so that a lone record arrives in time.
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

#include "session/private.h"

/*
 * Short at first, so that the first record arrives at once; then half of the time that a lone
 * record may take (100 ms).
 */
#define INTERVAL_FIRST 1
#define INTERVAL_LAST  50

/*
 * Records from one buffer in one round: a producer that never pauses must not keep the caller from
 * its signals and timers.
 */
#define ROUND 16384

/* Each processor's perf buffer, if memory allows. */
#define PERF_BYTES	 (256u << 10)
#define PERF_BYTES_LEAST (16u << 10)

/* ---- epoll set and timer ---- */

/* After @milliseconds and then periodically; 0: at once. */
static int arm(const struct consumer *consumer, unsigned int milliseconds)
{
	struct itimerspec when = {
		.it_value = {.tv_nsec = milliseconds ? milliseconds * 1000000L : 1},
		.it_interval = {.tv_nsec = consumer->interval * 1000000L},
	};
	int r = timerfd_settime(consumer->timer_fd, 0, &when, NULL), err = -errno;

	return r ? err : 0;
}

/* Edge triggered: the timer reads a buffer that a program fills without a wakeup. */
static int watch(const struct consumer *consumer, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};
	int r = epoll_ctl(consumer->epoll_fd, EPOLL_CTL_ADD, fd, &event), err = -errno;

	return r ? err : 0;
}

int consumer_open(struct consumer *consumer)
{
	int err, r;

	consumer->timer_fd = -1;
	consumer->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	err = -errno;
	if (consumer->epoll_fd < 0)
		return err;
	consumer->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	err = -errno;
	if (consumer->timer_fd < 0)
		return err;
	r = watch(consumer, consumer->timer_fd);
	consumer->interval = INTERVAL_FIRST;
	return r ? r : arm(consumer, INTERVAL_FIRST);
}

void consumer_close(struct consumer *consumer)
{
	close_fd(&consumer->timer_fd);
	close_fd(&consumer->epoll_fd);
}

/* Read the events; true if the timer was among them. Reading it rearms it. */
static bool acknowledge(const struct consumer *consumer)
{
	struct epoll_event events[64];
	int i, n = epoll_wait(consumer->epoll_fd, events, ARRAY_SIZE(events), 0);
	uint64_t ticks;

	for (i = 0; i < n; i++)
		if (events[i].data.fd == consumer->timer_fd)
			return read(consumer->timer_fd, &ticks, sizeof(ticks)) == sizeof(ticks);
	return false;
}

static void slow_down(struct consumer *consumer)
{
	if (consumer->interval >= INTERVAL_LAST)
		return;
	consumer->interval *= 2;
	if (consumer->interval > INTERVAL_LAST)
		consumer->interval = INTERVAL_LAST;
	(void)arm(consumer, consumer->interval);
}

/* ---- samples ---- */

/* The stream that reads this stream's output. */
static const struct stream *reader_of(const struct stream *stream)
{
	return stream->reader ? stream->reader : stream;
}

struct stream *stream_route(struct stream *stream, const void *data, size_t size)
{
	while (stream && stream->tag && !featsel_condition_holds(stream->tag, data, size))
		stream = stream->sharing;
	return stream;
}

static void deliver(struct stream *stream, const void *data, size_t size)
{
	struct featsel_sample sample = {.event = stream->event, .data = data, .size = size};
	struct consumer *consumer = stream->consumer;

	/* Shorter than its struct: nothing in it can be trusted. */
	if (size < stream->minimum) {
		stream->counts.lost++;
		return;
	}
	stream->seen++;
	if (consumer->discard)
		return;
	stream->counts.records++;
	consumer->stopped = consumer->callback ? consumer->callback(consumer->data, &sample) : 0;
}

/* Whether the round is over. */
static bool take(struct stream *reader, const void *data, size_t size)
{
	struct consumer *consumer = reader->consumer;
	struct stream *stream = stream_route(reader, data, size);

	consumer->budget--;
	if (stream)
		deliver(stream, data, size);
	else
		reader->unclaimed += !consumer->discard;
	return consumer->stopped || consumer->budget == 0;
}

/*
 * A negative return value makes libbpf stop with the record consumed: intended here, to end the
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
	struct stream *stream = data;

	if (event->type == PERF_RECORD_LOST && event->size >= sizeof(*lost))
		stream->perf_lost += lost->lost;
	if (event->type != PERF_RECORD_SAMPLE || event->size < sizeof(*sample) ||
	    sample->size > event->size - sizeof(*sample))
		return false;
	return take(stream, sample->data, sample->size);
}

static bool is_over(const struct consumer *consumer)
{
	return consumer->stopped || consumer->budget == 0;
}

static void consume_perf(struct stream *stream)
{
	size_t i, n = perf_rings_count(stream->perf);

	for (i = 0; i < n && !is_over(stream->consumer); i++)
		perf_rings_consume(stream->perf, i, on_perf_event, stream);
}

static bool is_full(void *data)
{
	return is_over(((const struct stream *)data)->consumer);
}

static void on_iterated(void *data, const void *record, size_t size)
{
	(void)take(data, record, size);
}

static void consume_iteration(struct stream *stream)
{
	int r = iteration_consume(stream->iteration, is_full, on_iterated, stream);

	if (r)
		context_log(stream->host->context, FEATSEL_LOG_WARNING,
			    "event '%s': its iterator cannot be read again: %s%s",
			    stream->candidate->event->name, errno_name(r),
			    errno_is_refusal(r) ? ", the capability was dropped: --keep-privileges"
						: "");
}

int consumer_consume(struct consumer *consumer, struct stream *const *streams, size_t n)
{
	bool timer = acknowledge(consumer), rest = false;
	size_t i;

	consumer->stopped = 0;
	for (i = 0; i < n && !consumer->stopped; i++) {
		consumer->budget = ROUND;
		if (streams[i]->ring)
			(void)ring_buffer__consume(streams[i]->ring);
		if (streams[i]->perf)
			consume_perf(streams[i]);
		if (streams[i]->iteration)
			consume_iteration(streams[i]);
		if (streams[i]->departures >= 0)
			interfaces_look(streams[i]);
		if (streams[i]->sampler || streams[i]->perf)
			stream_look_at_processors(streams[i], watch);
		rest |= is_over(consumer);
	}
	consumer->drained = !rest;
	/* There is no further wakeup for what remains: no edge will come. */
	if (rest)
		(void)arm(consumer, 0);
	if (timer && !rest)
		slow_down(consumer);
	return consumer->stopped;
}

/* ---- buffers ---- */

static int listen_ring(struct stream *stream, int map_fd)
{
	int err;

	stream->ring = ring_buffer__new(map_fd, on_ring_sample, stream, NULL);
	err = -errno;
	return stream->ring ? watch(stream->consumer, map_fd) : err;
}

static int watch_perf(const struct stream *stream)
{
	size_t i, n = perf_rings_count(stream->perf);
	int r = 0;

	for (i = 0; i < n && !r; i++)
		r = watch(stream->consumer, perf_rings_fd(stream->perf, i));
	return r;
}

/* The requested size as pages, rounded up to a power of two. */
static size_t perf_bytes(const struct stream *stream)
{
	const struct object_map ring = {.type = BPF_MAP_TYPE_RINGBUF};
	uint32_t asked = stream->candidate->buffer;

	return asked ? object_map_fit(&ring, asked) : PERF_BYTES;
}

/* Falling back to less is to be seen: by who has asked for more. */
static void tell_smaller(const struct stream *stream, size_t bytes, int refused)
{
	context_log(stream->host->context,
		    stream->candidate->buffer ? FEATSEL_LOG_WARNING : FEATSEL_LOG_INFO,
		    "event '%s': %zu KiB of buffer a processor, since %zu KiB are refused: %s; "
		    "see ulimit -l and kernel.perf_event_mlock_kb",
		    stream->candidate->event->name, bytes >> 10, perf_bytes(stream) >> 10,
		    errno_name(refused));
}

static int listen_perf(struct stream *stream, const struct bpf_map *map)
{
	size_t bytes = perf_bytes(stream), least = bytes;
	int r, refused = 0;

	if (least > PERF_BYTES_LEAST)
		least = PERF_BYTES_LEAST;
	/*
	 * The locked memory of an unprivileged user may not suffice for the first size: EPERM from
	 * mmap().
	 */
	for (;; bytes /= 2) {
		r = perf_rings_open(bpf_map__fd(map), bpf_map__max_entries(map), bytes,
				    &stream->perf);
		if ((r != -EPERM && r != -ENOMEM) || bytes / 2 < least)
			break;
		refused = r;
	}
	if (!r && refused)
		tell_smaller(stream, bytes, refused);
	return r ? r : watch_perf(stream);
}

/*
 * Memory that outlives the right to ask the kernel: a process may have given up its capabilities.
 */
static void map_drops(struct stream *stream)
{
	const struct object_map *map = &stream->object->maps[stream->drops];
	void *page;

	if (map->type != BPF_MAP_TYPE_ARRAY || !(map->flags & BPF_F_MMAPABLE))
		return;
	page = mmap(NULL, sizeof(uint64_t), PROT_READ, MAP_SHARED, bpf_map__fd(stream->drops_map),
		    0);
	if (page != MAP_FAILED)
		stream->drops_page = page;
}

uint64_t stream_lost(const struct stream *stream)
{
	const struct stream *reader = reader_of(stream);
	uint64_t lost = reader->perf ? perf_rings_lost(reader->perf) : 0;

	return lost > reader->perf_lost ? lost : reader->perf_lost;
}

bool stream_counts_losses(const struct stream *stream)
{
	/* An iterator's output is read completely, or it is asked again. */
	return reader_of(stream)->perf || stream->drops_map ||
	       (stream->iteration && stream->output < 0);
}

/* While a program runs no other run of it begins on the same processor. */
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

uint64_t stream_missed(const struct stream *stream)
{
	uint64_t missed = 0;
	size_t i;

	for (i = 0; stream->loaded && i < stream->n_programs; i++)
		missed += runs_missed(stream->loaded, &stream->programs[i]);
	return missed;
}

int stream_drops(const struct stream *stream, uint64_t *ret)
{
	uint64_t *values CLEANUP(free_pointer) = NULL;
	uint32_t key = 0;
	unsigned int i;
	int r;

	*ret = stream->drops_page ? *stream->drops_page : 0;
	if (!stream->drops_map || stream->drops_page)
		return 0;
	values = calloc(stream->drops_count, sizeof(*values));
	if (!values)
		return -ENOMEM;
	r = bpf_map_lookup_elem(bpf_map__fd(stream->drops_map), &key, values);
	for (i = 0; i < stream->drops_count && !r; i++)
		*ret += values[i];
	return r;
}

void stream_forget_losses(struct stream *stream)
{
	uint64_t drops;

	if (!stream_drops(stream, &drops))
		stream->forgotten = drops + stream_lost(stream);
}

/* The kernel returns a value for each possible processor. */
static int count_drops(struct stream *stream)
{
	struct processors processors = {.count = 1};
	int r = 0;

	if (bpf_map__type(stream->drops_map) == BPF_MAP_TYPE_PERCPU_ARRAY)
		r = processors_possible(&processors);
	stream->drops_count = processors.count;
	if (!r)
		map_drops(stream);
	return r;
}

static void share(struct stream *stream, struct stream *reader)
{
	stream->reader = reader;
	while (reader->sharing)
		reader = reader->sharing;
	reader->sharing = stream;
}

int stream_listen(struct stream *stream, struct stream *reader, const struct bpf_object *object,
		  struct consumer *consumer)
{
	const struct bpf_map *map =
		stream->output < 0 ? NULL : group_map(object, stream->object, stream->output);
	int r;

	stream->consumer = consumer;
	stream->loaded = object;
	stream->drops_map =
		stream->drops < 0 ? NULL : group_map(object, stream->object, stream->drops);
	r = stream->drops_map ? count_drops(stream) : 0;
	if (r || stream->output < 0)
		return r;
	if (reader) {
		share(stream, reader);
		return 0;
	}
	if (!map || bpf_map__fd(map) < 0)
		return -ENOENT;
	if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF)
		return listen_ring(stream, bpf_map__fd(map));
	return listen_perf(stream, map);
}

/* The epoll set forgets a buffer with its last descriptor, so the object is to be closed next. */
void stream_deafen(struct stream *stream)
{
	ring_buffer__free(stream->ring);
	perf_rings_free(stream->perf);
	stream->ring = NULL;
	stream->perf = NULL;
	stream->reader = NULL;
	stream->sharing = NULL;
	if (stream->drops_page)
		munmap((void *)(uintptr_t)stream->drops_page, sizeof(uint64_t));
	stream->drops_page = NULL;
	stream->drops_map = NULL;
	stream->loaded = NULL;
}
