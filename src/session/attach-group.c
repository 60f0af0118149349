/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach-group.c - programs to control groups, network namespaces, socket maps, structures
 * of the kernel and other programs
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "session/attaching.h"

static struct link_create_attr link_to(const struct attaching *attaching, int target)
{
	return (struct link_create_attr){
		.prog_fd = (uint32_t)bpf_program__fd(attaching->program),
		.target = (uint32_t)target,
		.attach_type = (uint32_t)attaching->section->attach_type,
	};
}

#define LINK_SIZE offsetof(struct link_create_attr, tcx)

/* ---- control groups ---- */

int attach_cgroup(const struct attaching *attaching)
{
	bool linked = attaching->section->means == ATTACH_LSM_CGROUP ||
		      target_by_link(attaching->host, "cgroup");
	struct link_create_attr attr;
	const char *path = "";
	int r, fd CLEANUP(close_fd) = target_cgroup(attaching->kernel, attaching->host->arena,
						    attaching->on->cgroup, &path);

	if (fd < 0)
		return fd;
	attr = link_to(attaching, fd);
	r = linked ? attach_link(attaching, &attr, LINK_SIZE)
		   : attach_older(attaching, fd, fd, BPF_F_ALLOW_MULTI);
	if (!r)
		attach_tell(attaching, "control group %s, %s", path,
			    linked ? "bpf_link" : "BPF_PROG_ATTACH");
	return r;
}

/* ---- network namespaces ---- */

/* sk_lookup came with links (5.9), flow_dissector before them (4.20). */
int attach_netns(const struct attaching *attaching)
{
	bool linked = attaching->section->attach_type != BPF_FLOW_DISSECTOR ||
		      target_by_link(attaching->host, "netns");
	struct link_create_attr attr;
	int r, fd CLEANUP(close_fd) = target_netns(attaching->kernel, attaching->on->netns);

	if (fd < 0)
		return fd;
	attr = link_to(attaching, fd);
	/* The older way only knows the process's own namespace. */
	if (linked)
		r = attach_link(attaching, &attr, LINK_SIZE);
	else
		r = attaching->on->netns ? -EINVAL : attach_older(attaching, -1, fd, 0);
	if (!r)
		attach_tell(attaching, "network namespace %s, %s",
			    attaching->on->netns ? attaching->on->netns : "of its own",
			    linked ? "bpf_link" : "BPF_PROG_ATTACH");
	return r;
}

/* ---- socket maps ---- */

int attach_sockmap(const struct attaching *attaching)
{
	int index = object_sockmap(attaching->stream->object, attaching->on->map);
	const struct bpf_map *map =
		index < 0 ? NULL : group_map(attaching->object, attaching->stream->object, index);
	uint32_t ids[1], flags;
	int r;

	if (!map || bpf_map__fd(map) < 0)
		return -ENOENT;
	/* One that is pinned may have a program of somebody else, which would be replaced. */
	if (target_query(attaching->kernel, bpf_map__fd(map), attaching->section->attach_type,
			 &flags, ids, 1) > 0)
		return -EBUSY;
	r = attach_older(attaching, bpf_map__fd(map), -1, 0);
	if (!r)
		attach_tell(attaching, "map '%s', BPF_PROG_ATTACH", bpf_map__name(map));
	return r;
}

/* ---- structures of the kernel ---- */

/* BPF_F_LINK, 6.4: registered by a link, which goes with the process. */
#define BY_LINK (1u << 13)

/*
 * Written into the map, the structure is registered, and stays so for as long as the element is
 * there: longer than the process.
 */
static int register_structure(const struct attaching *attaching, struct bpf_map *map)
{
	const struct act act = {
		.kind = ACT_STRUCTURE, .program_fd = -1, .target_fd = bpf_map__fd(map)};
	bool by_link = bpf_map__map_flags(map) & BY_LINK;
	int r = by_link ? 0 : attachment_by_guard(attaching, &act), err;
	struct bpf_link *link;

	if (r)
		return r;
	link = bpf_map__attach_struct_ops(map);
	err = -errno;
	if (!link)
		return err;
	attach_tell(attaching, "structure '%s', %s", bpf_map__name(map),
		    by_link ? "bpf_link" : "an element of its map");
	if (by_link)
		return attachment_add_link(attaching->stream, link, -1);
	/* A link made by libbpf: it stands for the element, which the guard removes. */
	bpf_link__disconnect(link);
	bpf_link__destroy(link);
	return 0;
}

static bool has_member(const struct attaching *attaching, int index)
{
	const struct object_map *map = &attaching->stream->object->maps[index];
	const char *name = bpf_program__name(attaching->program);
	const int *members = map->programs.items;
	size_t i;

	for (i = 0; i < map->programs.count; i++)
		if (strcmp(attaching->stream->object->programs[members[i]].name, name) == 0)
			return true;
	return false;
}

/* The programs of one structure are attached together, with the first of them. */
int attach_struct_ops(const struct attaching *attaching)
{
	struct stream *stream = attaching->stream;
	const struct object *object = stream->object;
	struct bpf_map *map;
	size_t i;
	int r;

	if (!stream->registered)
		stream->registered = calloc(object->n_maps + 1, sizeof(*stream->registered));
	if (!stream->registered)
		return -ENOMEM;
	for (i = 0; i < object->n_maps; i++)
		if (object->maps[i].type == BPF_MAP_TYPE_STRUCT_OPS &&
		    has_member(attaching, (int)i))
			break;
	map = i < object->n_maps ? group_map(attaching->object, object, (int)i) : NULL;
	if (!map)
		return -ENOENT;
	if (stream->registered[i])
		return 0;
	r = register_structure(attaching, map);
	stream->registered[i] = !r;
	return r;
}

/* ---- other programs ---- */

/* The program and its function were named when it was loaded. */
int attach_freplace(const struct attaching *attaching)
{
	struct bpf_link *link = bpf_program__attach_freplace(attaching->program, 0, NULL);
	int err = -errno;

	if (!link)
		return err;
	attach_tell(attaching, "function '%s' of another program", attaching->section->target);
	return attachment_add_link(attaching->stream, link, -1);
}
