/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * pinned.c - maps that are pinned in a BPF file system, and whether their definition is the wanted
 * one
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "host/private.h"

#define BPF_FS 0xcafe4a11

static int get_info(struct kernel *kernel, int fd, struct pinned_map *ret)
{
	struct bpf_map_info info;
	union bpf_attr attr;
	int r;

	memset(&attr, 0, sizeof(attr));
	memset(&info, 0, sizeof(info));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	r = kernel->ops->bpf(kernel, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));
	*ret = (struct pinned_map){
		.type = (int)info.type,
		.key_size = info.key_size,
		.value_size = info.value_size,
		.max_entries = info.max_entries,
		.flags = info.map_flags,
	};
	return r;
}

int target_pinned_map(struct kernel *kernel, const char *path, struct pinned_map *ret)
{
	int fd = kernel->ops->bpf ? target_program(kernel, 0, path) : -ENOSYS, r;

	if (fd < 0)
		return fd;
	r = get_info(kernel, fd, ret);
	if (r) {
		kernel->ops->close(kernel, fd);
		return r;
	}
	return fd;
}

int target_pins_at(struct kernel *kernel, struct arena *arena, const char *path)
{
	char *dir = arena_strdup(arena, path), *slash;
	long magic;
	int r = -ENOENT;

	if (!dir)
		return -ENOMEM;
	/* A missing path is created below the nearest existing directory. */
	while (r == -ENOENT && (slash = strrchr(dir, '/'))) {
		slash[slash == dir] = '\0';
		r = kernel->ops->filesystem(kernel, dir, &magic);
		if (slash == dir)
			break;
	}
	if (r)
		return r;
	return (uint32_t)magic == BPF_FS ? 0 : -ENODEV;
}

/* The kernel gives these to every map of such a type. */
static uint32_t flags_of(const struct pinned_map *found)
{
	return found->type == BPF_MAP_TYPE_DEVMAP || found->type == BPF_MAP_TYPE_DEVMAP_HASH
		       ? found->flags & ~(uint32_t)BPF_F_RDONLY_PROG
		       : found->flags;
}

static const char *type_name(int type)
{
	const char *name = names_name(VOCABULARY_MAP_TYPE, type);

	return name ? name : "unknown";
}

const char *pinned_difference(const struct object_map *wanted, const struct pinned_map *found,
			      struct arena *arena)
{
	const struct {
		const char *name;
		uint32_t wanted, found;
	} rows[] = {
		{"key_size", wanted->key_size, found->key_size},
		{"value_size", wanted->value_size, found->value_size},
		{"max_entries", wanted->max_entries, found->max_entries},
		{"flags", wanted->flags, flags_of(found)},
	};
	const char *text;
	size_t i;

	if (wanted->type != found->type) {
		text = arena_printf(arena, "type %s, and %s is wanted", type_name(found->type),
				    type_name(wanted->type));
		return text ? text : "another type";
	}
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].wanted == rows[i].found)
			continue;
		text = arena_printf(arena, "%s %u, and %u is wanted", rows[i].name, rows[i].found,
				    rows[i].wanted);
		return text ? text : rows[i].name;
	}
	return NULL;
}
