/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * iterate.c - programs that run over kernel objects when their iterator is read
 *
 * What they write by bpf_seq_write() are records of one size, one after the other; what they print
 * by bpf_seq_printf() are lines. The kernel returns both as a stream of bytes.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "session/attaching.h"

#define AGAIN_LIMIT 64	 /* reads that make no progress */
#define CHUNK	    8192 /* a record or line that is longer is cut there */

/* BPF_CGROUP_ITER_DESCENDANTS_PRE, 6.1 */
#define ORDER_DESCENDANTS 2

struct iteration {
	int link_fd;	/* owned elsewhere */
	int fd;		/* of the current round, -1 */
	uint64_t every; /* milliseconds, 0: once */
	uint64_t due;	/* of the next round, milliseconds */
	bool done, failed;
	size_t size; /* of a record, 0: lines */
	size_t kept; /* bytes of an incomplete record */
	char bytes[CHUNK];
};

/* ---- attach ---- */

/* Of a kind: union bpf_iter_link_info, which grew with the kernel. */
struct iterator_info {
	union {
		uint32_t map_fd; /* 5.9 */
		struct {
			uint32_t order, fd;
			uint64_t id;
		} cgroup; /* 6.1 */
		struct {
			uint32_t tid, pid, pid_fd;
		} task; /* 6.1 */
	};
};

static int map_of(const struct attaching *attaching)
{
	int index = object_map(attaching->stream->object, attaching->on->of_map);
	const struct bpf_map *map =
		index < 0 ? NULL : group_map(attaching->object, attaching->stream->object, index);

	return map ? bpf_map__fd(map) : -ENOENT;
}

/* @fd: must stay open until the link is made. 0, the length, or a negative errno. */
static int describe(const struct attaching *attaching, struct iterator_info *info, int *fd)
{
	const struct attach_options *on = attaching->on;
	const char *path;

	memset(info, 0, sizeof(*info));
	if (strcmp(attaching->section->target, "cgroup") == 0) {
		info->cgroup.order = ORDER_DESCENDANTS;
		if (!on->of_cgroup)
			return sizeof(info->cgroup);
		*fd = target_cgroup(attaching->kernel, attaching->host->arena, on->of_cgroup,
				    &path);
		info->cgroup.fd = (uint32_t)*fd;
		return *fd < 0 ? *fd : (int)sizeof(info->cgroup);
	}
	if (on->of_task && on_fits(attaching->section) & ON_SAID(ON_OF_TASK)) {
		/* The kernel makes a link all the same, whose rounds are empty. */
		if (target_process(attaching->kernel, on->of_task) == -ENOENT)
			return -ESRCH;
		info->task.pid = (uint32_t)on->of_task;
		return sizeof(info->task);
	}
	if (on->of_map && on_fits(attaching->section) & ON_SAID(ON_OF_MAP)) {
		int map = map_of(attaching);

		info->map_fd = (uint32_t)map;
		/* The whole union, as far as the oldest kernel knows it. */
		return map < 0 ? map : (int)sizeof(info->map_fd);
	}
	return 0;
}

static int link_iterator(const struct attaching *attaching)
{
	struct link_create_attr attr = {
		.prog_fd = (uint32_t)bpf_program__fd(attaching->program),
		.attach_type = (uint32_t)attaching->section->attach_type,
	};
	struct iterator_info info;
	int fd CLEANUP(close_fd) = -1, length = describe(attaching, &info, &fd);

	if (length < 0)
		return length;
	if (length) {
		attr.iterator.info = (uintptr_t)&info;
		attr.iterator.length = (uint32_t)length;
	}
	return link_create(&attr, sizeof(attr));
}

/* The first round begins here: the process may drop the right to begin one. */
static int begin(struct iteration *iteration)
{
	int err;

	iteration->fd = bpf_iter_create(iteration->link_fd);
	err = -errno;
	iteration->kept = 0;
	iteration->due = monotonic_ms() + iteration->every;
	return iteration->fd < 0 ? err : 0;
}

int attach_iter(const struct attaching *attaching)
{
	struct stream *stream = attaching->stream;
	struct iteration *iteration;
	int fd = link_iterator(attaching), r;

	if (fd < 0)
		return fd;
	r = attachment_add_fd(stream, fd);
	if (r || stream->iteration)
		return r ? r : -EEXIST;
	iteration = calloc(1, sizeof(*iteration));
	if (!iteration)
		return -ENOMEM;
	iteration->link_fd = fd;
	iteration->every = attaching->on->every;
	iteration->size = stream->candidate->record ? layout_size(stream->layout) : 0;
	if (iteration->size > CHUNK)
		iteration->size = CHUNK;
	stream->iteration = iteration;
	return begin(iteration);
}

void iteration_free(struct iteration *iteration)
{
	if (!iteration)
		return;
	close_fd(&iteration->fd);
	free(iteration);
}

/* ---- read ---- */

/* The length of the first record or line; 0: it is incomplete. */
static size_t next_length(const struct iteration *iteration, size_t at, bool last)
{
	const char *line = iteration->bytes + at;
	size_t rest = iteration->kept - at;
	const char *end;

	if (iteration->size)
		return rest >= iteration->size ? iteration->size : 0;
	end = memchr(line, '\n', rest);
	if (end)
		return (size_t)(end - line) + 1;
	return last || rest == CHUNK ? rest : 0;
}

/* All complete ones; the rest moves to the front. */
static void hand_out(struct iteration *iteration, bool last, iteration_take_fn take, void *data)
{
	size_t at = 0, length;

	while (at < iteration->kept && (length = next_length(iteration, at, last))) {
		size_t size = length;

		if (!iteration->size && iteration->bytes[at + size - 1] == '\n')
			size--;
		take(data, iteration->bytes + at, size);
		at += length;
	}
	memmove(iteration->bytes, iteration->bytes + at, iteration->kept - at);
	iteration->kept -= at;
}

/* A program that returns 1 asks to see the same element again (EAGAIN), perhaps for ever. */
static ssize_t read_some(struct iteration *iteration)
{
	int again = 0;
	ssize_t n;

	do
		n = read(iteration->fd, iteration->bytes + iteration->kept,
			 CHUNK - iteration->kept);
	while ((n < 0 && errno == EINTR) || (n < 0 && errno == EAGAIN && again++ < AGAIN_LIMIT));
	return n < 0 ? -errno : n;
}

static void end(struct iteration *iteration)
{
	close_fd(&iteration->fd);
	iteration->done = !iteration->every;
}

int iteration_consume(struct iteration *iteration, bool (*full)(void *data), iteration_take_fn take,
		      void *data)
{
	ssize_t n = 0;
	int r;

	if (iteration->fd < 0) {
		if (iteration->done || monotonic_ms() < iteration->due)
			return 0;
		r = begin(iteration);
		/* Once refused, for good. */
		iteration->done = r;
		if (r)
			return r;
	}
	while (!full(data)) {
		n = read_some(iteration);
		if (n > 0)
			iteration->kept += (size_t)n;
		hand_out(iteration, n <= 0, take, data);
		if (n <= 0) {
			end(iteration);
			break;
		}
	}
	return n < 0 && n != -EAGAIN ? (int)n : 0;
}

void iteration_restart(struct iteration *iteration)
{
	close_fd(&iteration->fd);
	iteration->done = false;
	/* Like the first round, while the process has the right to: before 5.19 it takes
	 * CAP_BPF. */
	if (begin(iteration))
		iteration->due = 0; /* consuming tries again and reports it */
}

bool iteration_done(const struct iteration *iteration)
{
	return iteration->done;
}
