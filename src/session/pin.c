/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * pin.c - links and maps pinned in a BPF file system, to outlive the process
 *
 * DIR/EVENT/linkN keep the programs running, DIR/EVENT/MAP gives others access to their records:
 * all or nothing, since a guard makes them, and removes them but for being told that they stay.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "session/guard.h"

static int pin_act(struct guard *pins, enum act_kind kind, int fd, const char *path)
{
	struct act act = {.kind = kind, .program_fd = -1, .target_fd = fd};

	if (snprintf(act.path, sizeof(act.path), "%s", path) >= (int)sizeof(act.path))
		return -ENAMETOOLONG;
	return guard_do(pins, NULL, &act);
}

static int make_dir(struct guard *pins, const char *path, bool may_exist, struct featsel_error *err)
{
	int r = pin_act(pins, ACT_DIRECTORY, -1, path);

	if (r == -EEXIST && may_exist)
		return 0;
	if (r == -EEXIST)
		return error_set(err, r, FEATSEL_FAILURE_RUN, "%s is there: pinned before?", path);
	return r ? error_set(err, r, FEATSEL_FAILURE_RUN, "cannot make %s: %s", path, errno_name(r))
		 : 0;
}

static int pin(struct guard *pins, int fd, const char *path)
{
	return fd < 0 ? -EINVAL : pin_act(pins, ACT_PIN, fd, path);
}

/*
 * EINVAL: not a bpf_link. Before 5.15 (before 5.8 for raw tracepoints) the program is attached
 * through a perf event that ends with the process.
 */
static int pin_links(struct guard *pins, struct stream *stream, const char *dir,
		     struct featsel_error *err)
{
	struct attachment *attachments = stream->attachments.items;
	char path[600];
	size_t i;
	int fd, r;

	for (i = 0; i < stream->attachments.count; i++) {
		snprintf(path, sizeof(path), "%s/link%zu", dir, i);
		fd = attachments[i].link ? bpf_link__fd(attachments[i].link) : attachments[i].fd;
		r = pin(pins, fd, path);
		if (r)
			return error_set(err, r, FEATSEL_FAILURE_RUN,
					 "event '%s': candidate '%s' cannot be pinned: "
					 "bpf(BPF_OBJ_PIN): %s%s",
					 stream->candidate->event->name, stream->candidate->name,
					 errno_name(r),
					 r == -EINVAL ? ", this kernel has no link for its means"
						      : "");
	}
	return 0;
}

static int make_parents(struct guard *pins, const char *path, struct featsel_error *err)
{
	char dir[512];
	size_t length;
	int r = 0;

	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return error_set(err, -ENAMETOOLONG, FEATSEL_FAILURE_RUN,
				 "%s: the path is too long", path);
	for (length = 1; dir[length] && !r; length++) {
		if (dir[length] != '/')
			continue;
		dir[length] = '\0';
		if (access(dir, F_OK))
			r = make_dir(pins, dir, true, err);
		dir[length] = '/';
	}
	return r;
}

int pin_at(struct guard *pins, int fd, const char *path, struct featsel_error *err)
{
	int r = make_parents(pins, path, err);

	if (r)
		return r;
	r = pin(pins, fd, path);
	return r ? error_set(err, r, FEATSEL_FAILURE_RUN, "cannot pin %s: bpf(BPF_OBJ_PIN): %s",
			     path, errno_name(r))
		 : 0;
}

static int pin_map(struct guard *pins, const struct bpf_map *map, const char *dir,
		   struct featsel_error *err)
{
	char path[600];

	if (!map || bpf_map__fd(map) < 0)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", dir, bpf_map__name(map));
	return pin_at(pins, bpf_map__fd(map), path, err);
}

int stream_pin(struct stream *stream, const struct bpf_object *object, const char *dir,
	       struct guard *pins, struct featsel_error *err)
{
	char path[512];
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", dir, stream->candidate->event->name) >=
	    (int)sizeof(path))
		return error_set(err, -ENAMETOOLONG, FEATSEL_FAILURE_RUN,
				 "%s: the path is too long", dir);
	r = make_dir(pins, dir, true, err);
	if (!r)
		r = make_dir(pins, path, false, err);
	if (!r)
		r = pin_links(pins, stream, path, err);
	if (!r)
		r = pin_map(pins, group_map(object, stream->object, stream->output), path, err);
	if (!r)
		r = pin_map(pins, stream->drops_map, path, err);
	return r;
}

int pins_end(struct guard *pins, int r, struct featsel_error *err)
{
	if (!r) {
		r = guard_keep(pins);
		if (r)
			error_set(err, r, FEATSEL_FAILURE_RUN, "what was pinned is gone: %s",
				  errno_name(r));
	}
	guard_end(pins);
	return r;
}

/* bpf_link__destroy() alone would disable the perf event below the link first. */
void stream_keep(struct stream *stream)
{
	struct attachment *attachments = stream->attachments.items;
	int fds[2];
	size_t i;

	for (i = 0; i < stream->attachments.count; i++) {
		if (!attachments[i].link)
			continue;
		fds[0] = bpf_link__fd(attachments[i].link);
		fds[1] = attachments[i].perf_fd;
		bpf_link__disconnect(attachments[i].link);
		bpf_link__destroy(attachments[i].link);
		attachments[i].link = NULL;
		attachments[i].perf_fd = -1;
		close_fd(&fds[0]);
		close_fd(&fds[1]);
	}
}
