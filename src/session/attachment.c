/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* attachment.c - what keeps programs attached: links, descriptors, and what the guard removes */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "session/attaching.h"

enum { PROGRAMS_MAX = 64 }; /* of a kind in one place */

/* ---- on ---- */

/* Takes over @link and its @perf_fd. -ENOMEM: they are released. */
int attachment_add_link(struct stream *stream, struct bpf_link *link, int perf_fd)
{
	struct attachment *attachment = vec_add(&stream->attachments, sizeof(*attachment));

	if (!attachment) {
		bpf_link__destroy(link);
		return -ENOMEM;
	}
	*attachment = (struct attachment){.link = link, .fd = -1, .perf_fd = perf_fd};
	return 0;
}

int attachment_add_fd(struct stream *stream, int fd)
{
	struct attachment *attachment = vec_add(&stream->attachments, sizeof(*attachment));

	if (!attachment) {
		close(fd);
		return -ENOMEM;
	}
	*attachment = (struct attachment){.fd = fd, .perf_fd = -1};
	return 0;
}

/* One guard for everything that a stream attaches. */
int attachment_by_guard(const struct attaching *attaching, const struct act *act)
{
	struct stream *stream = attaching->stream;
	struct attachment *attachment = vec_add(&stream->attachments, sizeof(*attachment));
	int r;

	if (!attachment)
		return -ENOMEM;
	*attachment = (struct attachment){.fd = -1, .perf_fd = -1};
	r = guard_do(&stream->guard, attaching->kernel, act);
	stream->attachments.count -= r != 0;
	return r;
}

int link_create(const struct link_create_attr *attr, size_t size)
{
	int fd = (int)syscall(__NR_bpf, BPF_LINK_CREATE, attr, size), err = -errno;

	return fd < 0 ? err : fd;
}

int attach_link(const struct attaching *attaching, const struct link_create_attr *attr, size_t size)
{
	int fd = link_create(attr, size);

	return fd < 0 ? fd : attachment_add_fd(attaching->stream, fd);
}

bool attachment_is_left(const struct attaching *attaching, uint32_t id)
{
	struct program_found found, ours = {0};
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (!target_sees_processes() ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(attaching->program), &info, &size))
		return false;
	memcpy(ours.name, info.name, sizeof(ours.name));
	target_describe(attaching->kernel, id, &found);
	return found.pid == 0 && strncmp(found.name, ours.name, sizeof(found.name) - 1) == 0 &&
	       memcmp(found.tag, info.tag, sizeof(found.tag)) == 0;
}

/* Take off what killed runs have left there; what a link holds is refused, ENOENT. */
static void clean_older(const struct attaching *attaching, struct act act, int query_fd)
{
	uint32_t ids[PROGRAMS_MAX], flags;
	int i, n = target_query(attaching->kernel, query_fd, act.attach_type, &flags, ids,
				PROGRAMS_MAX);

	for (i = 0; i < n && i < PROGRAMS_MAX; i++) {
		if (!attachment_is_left(attaching, ids[i]))
			continue;
		act.program_fd = target_program(attaching->kernel, ids[i], NULL);
		if (act.program_fd < 0)
			continue;
		(void)act_undo(attaching->kernel, &act);
		close_fd(&act.program_fd);
	}
}

int attach_older(const struct attaching *attaching, int target_fd, int query_fd, uint32_t flags)
{
	const struct act act = {
		.kind = ACT_PROGRAM,
		.flags = flags,
		.attach_type = attaching->section->attach_type,
		.program_fd = bpf_program__fd(attaching->program),
		.target_fd = target_fd,
	};

	if (query_fd >= 0)
		clean_older(attaching, act, query_fd);
	return attachment_by_guard(attaching, &act);
}

void attach_tell(const struct attaching *attaching, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	context_log(attaching->host->context, FEATSEL_LOG_INFO,
		    "event '%s': candidate '%s': program '%s' is attached: %s",
		    attaching->stream->candidate->event->name, attaching->stream->candidate->name,
		    bpf_program__name(attaching->program), text);
}

/* ---- off again ---- */

static void attachment_release(struct attachment *attachment)
{
	bpf_link__destroy(attachment->link);
	close_fd(&attachment->fd);
}

struct release {
	struct attachment **attachments;
	size_t n;
};

/* Every WORKERS_LIMIT-th attachment. */
static void release_share(void *data, unsigned int worker)
{
	static const struct featsel_context silent;
	const struct release *release = data;
	struct libbpf_log libbpf_log = {0};
	size_t i;

	libbpf_log_begin(&libbpf_log, &silent);
	for (i = worker; i < release->n; i += WORKERS_LIMIT)
		attachment_release(release->attachments[i]);
	libbpf_log_end(&libbpf_log);
	libbpf_log_free(&libbpf_log);
}

/*
 * Closing a link waits for a grace period of the kernel: 28 ms for each of ten tracepoints on 6.18.
 * In several threads the waits coincide.
 */
static void release_together(struct attachment **attachments, size_t n)
{
	struct release release = {.attachments = attachments, .n = n};

	workers_run(n < WORKERS_LIMIT ? (unsigned int)n : WORKERS_LIMIT, release_share, &release);
}

static size_t count_attachments(struct stream *const *streams, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += streams[i]->attachments.count;
	return count;
}

static void gather_attachments(struct stream *const *streams, size_t n,
			       struct attachment **attachments)
{
	struct attachment *items;
	size_t i, j, at = 0;

	for (i = 0; i < n; i++) {
		items = streams[i]->attachments.items;
		for (j = 0; j < streams[i]->attachments.count; j++)
			attachments[at++] = &items[j];
	}
}

static void release_in_turn(struct stream *stream)
{
	struct attachment *attachments = stream->attachments.items;
	size_t i;

	for (i = 0; i < stream->attachments.count; i++)
		attachment_release(&attachments[i]);
}

void streams_detach(struct stream *const *streams, size_t n)
{
	size_t i, count = count_attachments(streams, n);
	struct attachment **attachments =
		count > 1 ? calloc(count, sizeof(struct attachment *)) : NULL;

	if (attachments) {
		gather_attachments(streams, n, attachments);
		release_together(attachments, count);
		free(attachments);
	}
	for (i = 0; i < n; i++) {
		if (!attachments)
			release_in_turn(streams[i]);
		vec_free(&streams[i]->attachments);
		guard_end(&streams[i]->guard);
		streams[i]->attached = 0;
	}
}

static int defer_release_of(int map, const struct attachment *attachments, size_t n,
			    uint32_t *index)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (attachments[i].perf_fd < 0)
			continue;
		if (bpf_map_update_elem(map, index, &attachments[i].perf_fd, BPF_ANY))
			return -errno;
		++*index;
	}
	return 0;
}

static uint32_t count_perf(struct stream *const *streams, size_t n)
{
	const struct attachment *attachments;
	uint32_t count = 0;
	size_t i, j;

	for (i = 0; i < n; i++) {
		attachments = streams[i]->attachments.items;
		for (j = 0; j < streams[i]->attachments.count; j++)
			count += attachments[j].perf_fd >= 0;
	}
	return count;
}

/*
 * Closing the last reference to such an event waits 28 ms more, one after the other in any thread,
 * since the kernel holds a mutex meanwhile. A perf event array drops its references from RCU, so
 * that a kernel worker does the waiting (since 4.3).
 */
int streams_defer_release(struct stream *const *streams, size_t n)
{
	uint32_t count = count_perf(streams, n), index = 0;
	size_t i;
	int map;

	if (count < 2)
		return -1;
	map = bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, NULL, sizeof(int), sizeof(int), count,
			     NULL);
	for (i = 0; i < n && map >= 0; i++)
		if (defer_release_of(map, streams[i]->attachments.items,
				     streams[i]->attachments.count, &index))
			close_fd(&map);
	return map < 0 ? -1 : map;
}
