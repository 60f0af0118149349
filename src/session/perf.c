/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * perf.c - perf buffers, one for each processor
 *
 * libbpf's consumer reads /sys to find the online processors, so it does not work in a container
 * without it, where a raw tracepoint and its perf buffer work well. Here the kernel is asked by
 * opening the event: ENODEV means that the processor is not there.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "session/private.h"

/* ---- buffers ---- */

struct perf_ring {
	uint32_t processor;
	int fd;
	bool away; /* its processor went offline, which ends the event for good */
	struct perf_event_mmap_page *page; /* the data begins a page later */
};

struct perf_rings {
	int map_fd;
	size_t n;
	uint32_t end;	    /* one more than the highest processor */
	size_t page, bytes; /* size of the data: a power of two */
	uint64_t lost;	    /* in buffers of processors that went offline and came back */
	void *joined;	    /* a record that wraps around the end */
	size_t room;
	struct perf_ring rings[];
};

/* PERF_FORMAT_LOST of Linux 6.0, where headers may be older. */
#define FORMAT_LOST (1U << 4)

static int open_event(uint32_t processor, size_t bytes)
{
	struct perf_event_attr attr = {
		.read_format = FORMAT_LOST,
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)(bytes / 4),
	};
	int fd = (int)syscall(__NR_perf_event_open, &attr, -1, (int)processor, -1,
			      PERF_FLAG_FD_CLOEXEC),
	    err = -errno;

	if (fd >= 0 || err != -EINVAL)
		return fd < 0 ? err : fd;
	/* An older kernel: it reports losses in the stream alone. */
	attr.read_format = 0;
	fd = (int)syscall(__NR_perf_event_open, &attr, -1, (int)processor, -1,
			  PERF_FLAG_FD_CLOEXEC);
	err = -errno;
	return fd < 0 ? err : fd;
}

/* The programs reach the event through the map, at their processor's number. */
static int connect_ring(const struct perf_rings *rings, const struct perf_ring *ring)
{
	int err;

	if (bpf_map_update_elem(rings->map_fd, &ring->processor, &ring->fd, BPF_ANY)) {
		err = -errno;
		return err;
	}
	if (ioctl(ring->fd, PERF_EVENT_IOC_ENABLE, 0)) {
		err = -errno;
		return err;
	}
	return 0;
}

/* 0, and @ring is open; -ENODEV: there is no such processor now. */
static int open_ring(struct perf_rings *rings, uint32_t processor, struct perf_ring *ring)
{
	void *page;
	int fd = open_event(processor, rings->bytes), err;

	if (fd < 0)
		return fd;
	page = mmap(NULL, rings->page + rings->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	err = -errno;
	if (page == MAP_FAILED) {
		close(fd);
		return err;
	}
	*ring = (struct perf_ring){.processor = processor, .fd = fd, .page = page};
	return 0;
}

static void close_ring(const struct perf_rings *rings, struct perf_ring *ring)
{
	munmap(ring->page, rings->page + rings->bytes);
	close(ring->fd);
}

/* As above; the ring is the last one of @rings. */
static int add_ring(struct perf_rings *rings, uint32_t processor)
{
	struct perf_ring *ring = &rings->rings[rings->n];
	int r = open_ring(rings, processor, ring);

	if (r)
		return r;
	rings->n++;
	return connect_ring(rings, ring);
}

int perf_rings_open(int map_fd, uint32_t entries, size_t bytes, struct perf_rings **ret)
{
	struct perf_rings *rings;
	struct processors processors;
	uint32_t processor;
	int r = processors_possible(&processors);

	if (r)
		return r;
	if (processors.end > entries)
		processors.end = entries;
	rings = calloc(1, sizeof(*rings) + processors.end * sizeof(rings->rings[0]));
	if (!rings)
		return -ENOMEM;
	rings->map_fd = map_fd;
	rings->end = processors.end;
	rings->page = (size_t)sysconf(_SC_PAGESIZE);
	rings->bytes = bytes > rings->page ? bytes : rings->page;
	for (processor = 0; processor < processors.end && (!r || r == -ENODEV); processor++)
		r = add_ring(rings, processor);
	/* Beyond the last processor, if their number is an upper bound (perf_event_alloc()). */
	if (r == -EINVAL && rings->n)
		r = 0;
	if ((r && r != -ENODEV) || !rings->n) {
		perf_rings_free(rings);
		return r ? r : -ENODEV;
	}
	*ret = rings;
	return 0;
}

void perf_rings_free(struct perf_rings *rings)
{
	struct perf_ring *ring;
	size_t i;

	for (i = 0; rings && i < rings->n; i++) {
		ring = &rings->rings[i];
		(void)bpf_map_delete_elem(rings->map_fd, &ring->processor);
		close_ring(rings, ring);
	}
	if (rings)
		free(rings->joined);
	free(rings);
}

size_t perf_rings_count(const struct perf_rings *rings)
{
	return rings->n;
}

int perf_rings_fd(const struct perf_rings *rings, size_t index)
{
	return rings->rings[index].fd;
}

static uint64_t lost_in(const struct perf_ring *ring)
{
	uint64_t values[2]; /* the count, the losses */

	return read(ring->fd, values, sizeof(values)) == sizeof(values) ? values[1] : 0;
}

uint64_t perf_rings_lost(const struct perf_rings *rings)
{
	uint64_t lost = rings->lost;
	size_t i;

	for (i = 0; i < rings->n; i++)
		lost += lost_in(&rings->rings[i]);
	return lost;
}

/* A new buffer in the place of that which its processor left. */
static int reopen_ring(struct perf_rings *rings, struct perf_ring *ring)
{
	struct perf_ring old = *ring;
	int r = open_ring(rings, old.processor, ring);

	if (r)
		return r;
	rings->lost += lost_in(&old);
	close_ring(rings, &old);
	return connect_ring(rings, ring);
}

static struct perf_ring *find_ring(struct perf_rings *rings, uint32_t processor)
{
	size_t i;

	for (i = 0; i < rings->n; i++)
		if (rings->rings[i].processor == processor)
			return &rings->rings[i];
	return NULL;
}

int perf_rings_look(struct perf_rings *rings, const char *online, uint32_t *processor)
{
	struct perf_ring *ring;
	int r;

	for (; *processor < rings->end; ++*processor) {
		ring = find_ring(rings, *processor);
		if (!on_cpu_listed(online, *processor)) {
			if (ring)
				ring->away = true;
			continue;
		}
		if (ring && !ring->away)
			continue;
		r = ring ? reopen_ring(rings, ring) : add_ring(rings, *processor);
		if (!r)
			return find_ring(rings, *processor)->fd;
		if (r != -ENODEV)
			return r;
	}
	return -ENOENT;
}

/* A record that wraps around the end of the buffer, in one piece; NULL if memory is out. */
static const void *join(struct perf_rings *rings, const char *data, size_t at, size_t size)
{
	size_t first = rings->bytes - at;
	void *grown;

	if (size > rings->room) {
		grown = realloc(rings->joined, size);
		if (!grown)
			return NULL;
		rings->joined = grown;
		rings->room = size;
	}
	memcpy(rings->joined, data + at, first);
	memcpy((char *)rings->joined + first, data, size - first);
	return rings->joined;
}

void perf_rings_consume(struct perf_rings *rings, size_t index, perf_record_fn take, void *data)
{
	struct perf_event_mmap_page *page = rings->rings[index].page;
	const char *base = (const char *)page + rings->page;
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = page->data_tail;
	const struct perf_event_header *record;
	bool over = false;
	size_t at, size;

	while (tail != head && !over) {
		at = tail & (rings->bytes - 1);
		/* Records begin at multiples of 8, which is the header's size. */
		record = (const void *)(base + at);
		size = record->size;
		if (size < sizeof(*record) || size > head - tail)
			break;
		if (at + size > rings->bytes)
			record = join(rings, base, at, size);
		tail += size;
		if (record)
			over = take(data, record);
	}
	__atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
}
