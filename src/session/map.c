/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* map.c - from a map that was found in the object to libbpf's map */
#include <string.h>

#include <bpf/libbpf.h>

#include "session/private.h"

/* libbpf puts the object's name before ".rodata" and the like; our names begin with the dot. */
static bool is_map(const struct bpf_map *map, const struct object_map *wanted)
{
	const char *name = bpf_map__name(map);

	if (wanted->internal && bpf_map__is_internal(map) && name[0] != '.')
		name += strcspn(name, ".");
	return strcmp(name, wanted->name) == 0;
}

struct bpf_map *group_map(const struct bpf_object *object, const struct object *source, int index)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, object)
		if (is_map(map, &source->maps[index]))
			return map;
	return NULL;
}
