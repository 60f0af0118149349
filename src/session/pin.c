/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * pin.c - links and maps pinned in a BPF file system, to outlive the process
 *
 * DIR/EVENT/linkN keep the programs running, DIR/EVENT/MAP gives others access to their records:
 * all or nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "session/private.h"

/* Paths that were created, in order. */
static int note(struct vec *made, const char *path)
{
	char **item = vec_add(made, sizeof(*item));

	if (!item)
		return -ENOMEM;
	*item = strdup(path);
	return *item ? 0 : -ENOMEM;
}

static int make_dir(struct vec *made, const char *path, bool may_exist, struct featsel_error *err)
{
	int r = mkdir(path, 0700) ? -errno : 0;

	if (r == -EEXIST && may_exist)
		return 0;
	if (r == -EEXIST)
		return error_set(err, r, FEATSEL_FAILURE_RUN, "%s is there: pinned before?", path);
	if (!r && note(made, path)) {
		(void)rmdir(path);
		return error_memory(err);
	}
	return r ? error_set(err, r, FEATSEL_FAILURE_RUN, "cannot make %s: %s", path, errno_name(r))
		 : 0;
}

static int pin(struct vec *made, int fd, const char *path)
{
	int r = bpf_obj_pin(fd, path) ? -errno : 0;

	if (!r && note(made, path)) {
		(void)unlink(path);
		return -ENOMEM;
	}
	return r;
}

/*
 * EINVAL: not a bpf_link. Before 5.15 (before 5.8 for raw tracepoints) the program is attached
 * through a perf event that ends with the process.
 */
static int pin_links(struct vec *made, struct stream *stream, const char *dir,
		     struct featsel_error *err)
{
	struct attachment *attachments = stream->attachments.items;
	char path[600];
	size_t i;
	int fd, r;

	for (i = 0; i < stream->attachments.count; i++) {
		snprintf(path, sizeof(path), "%s/link%zu", dir, i);
		fd = attachments[i].link ? bpf_link__fd(attachments[i].link) : attachments[i].fd;
		r = pin(made, fd, path);
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

static int make_parents(struct vec *made, const char *path, struct featsel_error *err)
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
			r = make_dir(made, dir, true, err);
		dir[length] = '/';
	}
	return r;
}

int pin_at(struct vec *made, int fd, const char *path, struct featsel_error *err)
{
	int r = make_parents(made, path, err);

	if (r)
		return r;
	r = pin(made, fd, path);
	return r ? error_set(err, r, FEATSEL_FAILURE_RUN, "cannot pin %s: bpf(BPF_OBJ_PIN): %s",
			     path, errno_name(r))
		 : 0;
}

static int pin_map(struct vec *made, const struct bpf_map *map, const char *dir,
		   struct featsel_error *err)
{
	char path[600];

	if (!map || bpf_map__fd(map) < 0)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", dir, bpf_map__name(map));
	return pin_at(made, bpf_map__fd(map), path, err);
}

int stream_pin(struct stream *stream, const struct bpf_object *object, const char *dir,
	       struct vec *made, struct featsel_error *err)
{
	char path[512];
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", dir, stream->candidate->event->name) >=
	    (int)sizeof(path))
		return error_set(err, -ENAMETOOLONG, FEATSEL_FAILURE_RUN,
				 "%s: the path is too long", dir);
	r = make_dir(made, dir, true, err);
	if (!r)
		r = make_dir(made, path, false, err);
	if (!r)
		r = pin_links(made, stream, path, err);
	if (!r)
		r = pin_map(made, group_map(object, stream->object, stream->output), path, err);
	if (!r)
		r = pin_map(made, stream->drops_map, path, err);
	return r;
}

void pins_undo(struct vec *made)
{
	char **paths = made->items;
	size_t i;

	for (i = made->count; i > 0; i--)
		(void)remove(paths[i - 1]);
	pins_forget(made);
}

void pins_forget(struct vec *made)
{
	char **paths = made->items;
	size_t i;

	for (i = 0; i < made->count; i++)
		free(paths[i]);
	vec_free(made);
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
