/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* maps.c - maps as the candidates of a group want them: their sizes, pins and contents */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "session/private.h"

/* Since 6.1; the number is the kernel's interface. */
#define MAP_TYPE_USER_RINGBUF 31

static bool is_needed(const struct load_group *group, int index)
{
	size_t i;

	for (i = 0; i < group->streams.count; i++)
		if (group_stream(group, i)->maps[index])
			return true;
	return false;
}

/* NULL: it is only a model for the inner maps of another */
static struct bpf_map *own_map(const struct load_group *group, const struct object *source,
			       int index)
{
	return source->maps[index].inner_only ? NULL : group_map(group->object, source, index);
}

/* ---- sizes ---- */

/* The largest size that a candidate of the group asks for; 0: none asks. */
static uint32_t size_said(const struct load_group *group, const struct object *source, int index)
{
	uint32_t size, largest = 0;
	size_t i;

	for (i = 0; i < group->streams.count; i++) {
		size = object_map_size(source, index, group_stream(group, i)->candidate);
		largest = size > largest ? size : largest;
	}
	return largest;
}

/* A candidate's setting for @key; all candidates of the group that give one agree. */
static const struct map_ref *map_said(const struct load_group *group, const char *name,
				      enum map_key key)
{
	const struct map_ref *said;
	size_t i;

	for (i = 0; i < group->streams.count; i++) {
		said = candidate_map(group_stream(group, i)->candidate, name);
		if (object_map_said(said, key))
			return said;
	}
	return NULL;
}

static int size_map(const struct load_group *group, const struct object *source, int index,
		    struct bpf_map *map)
{
	const struct object_map *wanted = &source->maps[index];
	const struct map_ref *values = map_said(group, wanted->name, MAP_VALUE_SIZE);
	uint32_t size = size_said(group, source, index), now = bpf_map__max_entries(map);
	int r = 0;

	size = object_map_fit(wanted, size ? size : now);
	if (size != now)
		r = bpf_map__set_max_entries(map, size);
	if (!r && values && bpf_map__value_size(map) != values->value_size)
		r = bpf_map__set_value_size(map, values->value_size);
	return r;
}

/* ---- maps in maps ---- */

/* The entries that the map has from the beginning. */
static int size_members(const struct load_group *group, const struct object *source,
			const struct object_map *outer, uint32_t size)
{
	const int *members = outer->maps.items;
	struct bpf_map *map;
	size_t i;
	int r = 0;

	for (i = 0; i < outer->maps.count && !r; i++) {
		map = size_said(group, source, members[i])
			      ? NULL
			      : group_map(group->object, source, members[i]);
		if (map)
			r = bpf_map__set_max_entries(
				map, object_map_fit(&source->maps[members[i]], size));
	}
	return r;
}

/*
 * The model of the inner maps while the outer one is created. libbpf's own cannot be resized: up to
 * 1.6 bpf_map__set_max_entries() follows a null pointer to its object.
 */
static int size_inner(struct load_group *group, const struct object *source, int index,
		      struct bpf_map *map)
{
	const struct object_map *outer = &source->maps[index], *inner;
	const struct map_ref *said = map_said(group, outer->name, MAP_INNER);
	LIBBPF_OPTS(bpf_map_create_opts, options);
	uint32_t size;
	int fd, r;

	/* A caller's object that was prepared before has none any more. */
	if (!said || outer->inner < 0 || !bpf_map__inner_map(map))
		return 0;
	inner = &source->maps[outer->inner];
	size = object_map_fit(inner, said->inner_max_entries);
	options.map_flags = inner->flags;
	fd = bpf_map_create((enum bpf_map_type)inner->type, NULL, inner->key_size,
			    inner->value_size, size, &options);
	if (fd < 0)
		return fd;
	r = bpf_map__set_inner_map_fd(map, fd);
	if (r) {
		close_fd(&fd);
		return r;
	}
	r = fds_keep(&group->held, fd);
	return r ? r : size_members(group, source, outer, said->inner_max_entries);
}

/* ---- before they are created ---- */

/*
 * A ring has bytes, neither keys nor values, and a perf event array descriptors: EINVAL for
 * anything else. Some loaders take the types of such a map as a note on what it carries, as we do,
 * and strip them; libbpf does not.
 */
static int strip_types(const struct object_map *wanted, struct bpf_map *map)
{
	uint32_t size = wanted->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY ? sizeof(uint32_t) : 0;
	int r = 0;

	if (!size && wanted->type != BPF_MAP_TYPE_RINGBUF && wanted->type != MAP_TYPE_USER_RINGBUF)
		return 0;
	if (bpf_map__key_size(map) != size)
		r = bpf_map__set_key_size(map, size);
	if (!r && bpf_map__value_size(map) != size)
		r = bpf_map__set_value_size(map, size);
	return r;
}

/*
 * libbpf 1.0 and 1.1 toggle BPF_F_MMAPABLE where the kernel lacks it (before 5.5), and so set it on
 * internal maps that came without: EINVAL at creation. Set beforehand the toggle clears it, and
 * newer kernels do not mind.
 */
static int cure_flags(struct bpf_map *map)
{
	uint32_t flags = bpf_map__map_flags(map);

	if (!linked_libbpf_before(2) || !bpf_map__is_internal(map) || flags & BPF_F_MMAPABLE)
		return 0;
	return bpf_map__set_map_flags(map, flags | BPF_F_MMAPABLE);
}

/*
 * libbpf fills program arrays with the members that the object gives them even where they are not
 * created (EBADF), and looks up the kernel's structure of each struct_ops map (ENOENT, to 1.4): one
 * that passes for another kind of map is let alone.
 */
static int leave_map_out(const struct object_map *wanted, struct bpf_map *map)
{
	int r = bpf_map__set_autocreate(map, false);

	/* libbpf before 1.5 maps such a section for a skeleton even if it was not created. */
	if (!r && wanted->internal)
		r = bpf_map__set_map_flags(map,
					   bpf_map__map_flags(map) & ~(uint32_t)BPF_F_MMAPABLE);
	if (r ||
	    (wanted->type != BPF_MAP_TYPE_PROG_ARRAY && wanted->type != BPF_MAP_TYPE_STRUCT_OPS))
		return r;
	return bpf_map__set_type(map, BPF_MAP_TYPE_ARRAY);
}

/* A caller's object may have been prepared for another choice before. */
static int take_map_in(const struct object_map *wanted, struct bpf_map *map)
{
	int r = 0;

	if (!bpf_map__autocreate(map))
		r = bpf_map__set_autocreate(map, true);
	if (!r && wanted->type == BPF_MAP_TYPE_PROG_ARRAY &&
	    bpf_map__type(map) != BPF_MAP_TYPE_PROG_ARRAY)
		r = bpf_map__set_type(map, BPF_MAP_TYPE_PROG_ARRAY);
	return r;
}

/* ---- pins ---- */

/* The path where any candidate of the group pins the map, NULL. */
static int pin_of(const struct load_group *group, const struct object *source, int index,
		  struct arena *arena, const char **ret, bool *reuse)
{
	size_t i;
	int r = 0;

	*ret = NULL;
	for (i = 0; i < group->streams.count && !r && !*ret; i++)
		r = object_map_pin(source, index, group_stream(group, i)->candidate, arena, ret,
				   reuse);
	return r;
}

/* The map as it is about to be created. */
static struct object_map defined(const struct object_map *wanted, const struct bpf_map *map)
{
	struct object_map now = *wanted;

	now.type = (int)bpf_map__type(map);
	now.key_size = bpf_map__key_size(map);
	now.value_size = bpf_map__value_size(map);
	now.max_entries = bpf_map__max_entries(map);
	now.flags = bpf_map__map_flags(map);
	return now;
}

static int refuse_pinned(struct load_group *group, const char *path, const char *why,
			 struct arena *arena, int error)
{
	const char *text = arena_printf(arena, "map %s is pinned %s\n", path, why);

	if (!text)
		return -ENOMEM;
	libbpf_log_note(&group->libbpf_log, text);
	return error;
}

static int reuse_at(struct load_group *group, const struct object_map *wanted, struct bpf_map *map,
		    const char *path, bool reuse, struct arena *arena)
{
	const struct object_map now = defined(wanted, map);
	struct pinned_map found;
	const char *difference;
	struct kernel *kernel;
	int fd, r = target_open(&kernel);

	if (r)
		return r;
	fd = target_pinned_map(kernel, path, &found);
	target_close(kernel);
	if (fd < 0)
		return fd == -ENOENT ? 0
				     : refuse_pinned(group, path, "and out of reach", arena, fd);
	difference = pinned_difference(&now, &found, arena);
	if (!reuse)
		r = refuse_pinned(group, path, "already, and 'reuse' is not said", arena, -EEXIST);
	else if (difference)
		r = refuse_pinned(group, path, arena_printf(arena, "with %s", difference), arena,
				  -EINVAL);
	else
		r = bpf_map__reuse_fd(map, fd);
	close_fd(&fd);
	return r;
}

/* A trial leaves nothing behind and touches nothing of others. */
static int reuse_pinned(struct load_group *group, const struct object *source, int index)
{
	struct bpf_map *map = own_map(group, source, index);
	struct arena *arena;
	const char *path = NULL;
	bool reuse;
	int r;

	if (!map)
		return 0;
	if (group->of_caller && bpf_map__pin_path(map) &&
	    !map_said(group, source->maps[index].name, MAP_PIN))
		return 0;
	arena = arena_new();
	r = arena ? pin_of(group, source, index, arena, &path, &reuse) : -ENOMEM;
	/* libbpf's own pins would outlive a process that fails. */
	if (!r && bpf_map__pin_path(map))
		r = bpf_map__set_pin_path(map, NULL);
	if (!r && path && !group->trial)
		r = reuse_at(group, &source->maps[index], map, path, reuse, arena);
	arena_free(arena);
	return r;
}

static bool is_pinned(int fd, const char *path)
{
	struct bpf_map_info ours = {0}, there = {0};
	uint32_t size = sizeof(ours);
	int other = bpf_obj_get(path);
	bool same = other >= 0 && !bpf_obj_get_info_by_fd(fd, &ours, &size) &&
		    !bpf_obj_get_info_by_fd(other, &there, &size) && ours.id == there.id;

	close_fd(&other);
	return same;
}

static int pin_map(const struct load_group *group, const struct bpf_object *loaded, int index,
		   struct arena *arena, struct guard *pins, struct featsel_error *err)
{
	const struct object *source = group_stream(group, 0)->object;
	const struct bpf_map *map = group_map(loaded, source, index);
	const char *path;
	bool reuse;

	if (pin_of(group, source, index, arena, &path, &reuse))
		return error_memory(err);
	/* A map with a path in libbpf is pinned by the caller's load. */
	if (!path || !map || bpf_map__fd(map) < 0 || bpf_map__pin_path(map) ||
	    is_pinned(bpf_map__fd(map), path))
		return 0;
	return pin_at(pins, bpf_map__fd(map), path, err);
}

int group_pin_maps(const struct load_group *group, const struct bpf_object *loaded,
		   struct guard *pins, struct featsel_error *err)
{
	const struct object *source = group_stream(group, 0)->object;
	struct arena *arena = arena_new();
	size_t i;
	int r = arena ? 0 : error_memory(err);

	for (i = 0; i < source->n_maps && !r; i++)
		if (is_needed(group, (int)i))
			r = pin_map(group, loaded, (int)i, arena, pins, err);
	arena_free(arena);
	return r;
}

/* ---- all of them ---- */

static int prepare_map(struct load_group *group, const struct object *source, int index)
{
	const struct object_map *wanted = &source->maps[index];
	struct bpf_map *map = own_map(group, source, index);
	int r;

	if (!map)
		return 0;
	if (!is_needed(group, index))
		return leave_map_out(wanted, map);
	r = take_map_in(wanted, map);
	if (!r)
		r = size_map(group, source, index, map);
	if (!r)
		r = strip_types(wanted, map);
	if (!r)
		r = cure_flags(map);
	return r ? r : size_inner(group, source, index, map);
}

int group_prepare_maps(struct load_group *group, const struct object *source)
{
	size_t i;
	int r = 0;

	for (i = 0; i < source->n_maps && !r; i++)
		r = prepare_map(group, source, (int)i);
	/* Sizes are final only now: a map of maps sizes its members. */
	for (i = 0; i < source->n_maps && !r; i++)
		if (is_needed(group, (int)i))
			r = reuse_pinned(group, source, (int)i);
	return r;
}

/* ---- entries ---- */

/* A map with a value a processor takes as many, each on whole words of 8 bytes. */
static int put_everywhere(const struct bpf_map *map, const struct object_entry *entry)
{
	const size_t size = bpf_map__value_size(map), step = (size + 7) / 8 * 8;
	uint8_t *values CLEANUP(free_pointer) = NULL;
	struct processors processors;
	size_t i;
	int r = processors_possible(&processors);

	if (r)
		return r;
	values = calloc(processors.count, step);
	if (!values)
		return -ENOMEM;
	for (i = 0; i < processors.count; i++)
		memcpy(values + i * step, entry->value, size);
	return bpf_map_update_elem(bpf_map__fd(map), entry->key, values, BPF_ANY);
}

static int put(const struct bpf_map *map, const struct object_entry *entry)
{
	if (object_map_is_per_processor((int)bpf_map__type(map)))
		return put_everywhere(map, entry);
	return bpf_map_update_elem(bpf_map__fd(map), entry->key, entry->value, BPF_ANY);
}

static int fill_map(const struct stream *stream, const struct bpf_object *object,
		    const struct map_ref *said, struct arena *arena, struct libbpf_log *log)
{
	const int index = object_map(stream->object, said->name);
	const struct bpf_map *map =
		index < 0 || !stream->maps[index] ? NULL : group_map(object, stream->object, index);
	struct object_entries entries;
	const char *text;
	size_t i;
	int r;

	if (!map || !said->entries)
		return 0;
	r = object_entries(stream->object, stream->candidate, said, arena, &entries, NULL);
	for (i = 0; i < entries.n && !r; i++)
		r = put(map, &entries.items[i]);
	if (!r)
		return 0;
	text = arena_printf(arena, "map '%s': entry %zu of the manifest is refused\n", said->name,
			    i);
	if (text)
		libbpf_log_note(log, text);
	return r;
}

int stream_fill_maps(const struct stream *stream, const struct bpf_object *object,
		     struct libbpf_log *log)
{
	const struct featsel_candidate *candidate = stream->candidate;
	struct arena *arena;
	size_t i;
	int r;

	if (!candidate->n_maps)
		return 0;
	arena = arena_new();
	r = arena ? 0 : -ENOMEM;
	for (i = 0; i < candidate->n_maps && !r; i++)
		r = fill_map(stream, object, &candidate->maps[i], arena, log);
	arena_free(arena);
	return r;
}
