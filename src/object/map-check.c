/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * map-check.c - maps that no kernel creates as they are defined
 */
#include <linux/bpf.h>
#include <string.h>

#include "object/private.h"

/* Newer than the oldest headers that featsel builds with. */
enum { MAP_TYPE_BLOOM_FILTER = 30, MAP_TYPE_CGRP_STORAGE = 32 };

/* Map types that have no size of their own, or whose size libbpf finds by itself. */
bool object_map_sizes_itself(int type)
{
	static const bool known[] = {
		[BPF_MAP_TYPE_PERF_EVENT_ARRAY] = true,
		[BPF_MAP_TYPE_CGROUP_STORAGE] = true,
		[BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE] = true,
		[BPF_MAP_TYPE_SK_STORAGE] = true,
		[BPF_MAP_TYPE_STRUCT_OPS] = true,
		[BPF_MAP_TYPE_INODE_STORAGE] = true,
		[BPF_MAP_TYPE_TASK_STORAGE] = true,
		[MAP_TYPE_CGRP_STORAGE] = true,
		[BPF_MAP_TYPE_RINGBUF] = true, /* a session gives it one */
	};

	return (size_t)type < ARRAY_SIZE(known) && known[type];
}

bool object_map_unsized(const struct object_map *map, const struct featsel_candidate *candidate)
{
	const struct map_ref *said = candidate_map(candidate, map->name);

	return !map->max_entries && !map->internal && !object_map_sizes_itself(map->type) &&
	       !object_map_said(said, MAP_MAX_ENTRIES) && !object_map_said(said, MAP_PER_CPU);
}

enum shape {
	KEY_U32 = 1 << 0,
	KEY_NONE = 1 << 1,
	VALUE_U32 = 1 << 2,
	VALUE_OF_U64 = 1 << 3, /* a multiple */
	VALUE_SOME = 1 << 4,
	VALUE_NONE = 1 << 5,
	VALUE_ON_EACH_CPU = 1 << 6, /* within what one allocation of per-CPU memory can have */
	NOT_PREALLOCATED = 1 << 7,
	KEY_SOME = 1 << 8,
	PREALLOCATED = 1 << 9,
	SIZE_NONE = 1 << 10,
	TYPED = 1 << 11,
};
#define CPU_MEMORY_LIMIT (32 << 10)
#define STORAGE		 (KEY_U32 | VALUE_SOME | NOT_PREALLOCATED | SIZE_NONE | TYPED)

/* What each kernel demands since it has the type: the map_alloc_check() of the type. Of buffers a
 * session sees to it. */
static const unsigned int shapes[] = {
	[BPF_MAP_TYPE_HASH] = KEY_SOME | VALUE_SOME,
	[BPF_MAP_TYPE_ARRAY] = KEY_U32 | VALUE_SOME,
	[BPF_MAP_TYPE_PROG_ARRAY] = KEY_U32 | VALUE_U32,
	[BPF_MAP_TYPE_CGROUP_ARRAY] = KEY_U32 | VALUE_U32,
	[BPF_MAP_TYPE_PERCPU_HASH] = KEY_SOME | VALUE_SOME | VALUE_ON_EACH_CPU,
	[BPF_MAP_TYPE_PERCPU_ARRAY] = KEY_U32 | VALUE_SOME | VALUE_ON_EACH_CPU,
	[BPF_MAP_TYPE_STACK_TRACE] = KEY_U32 | VALUE_OF_U64,
	[BPF_MAP_TYPE_LRU_HASH] = KEY_SOME | VALUE_SOME | PREALLOCATED,
	[BPF_MAP_TYPE_LRU_PERCPU_HASH] = KEY_SOME | VALUE_SOME | VALUE_ON_EACH_CPU | PREALLOCATED,
	[BPF_MAP_TYPE_LPM_TRIE] = VALUE_SOME | NOT_PREALLOCATED,
	[BPF_MAP_TYPE_QUEUE] = KEY_NONE | VALUE_SOME,
	[BPF_MAP_TYPE_STACK] = KEY_NONE | VALUE_SOME,
	[BPF_MAP_TYPE_CGROUP_STORAGE] = VALUE_SOME | SIZE_NONE,
	[BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE] = VALUE_SOME | SIZE_NONE,
	[BPF_MAP_TYPE_SK_STORAGE] = STORAGE,
	[BPF_MAP_TYPE_INODE_STORAGE] = STORAGE,
	[BPF_MAP_TYPE_TASK_STORAGE] = STORAGE,
	[MAP_TYPE_BLOOM_FILTER] = KEY_NONE | VALUE_SOME,
	[MAP_TYPE_CGRP_STORAGE] = STORAGE,
};

/* Of <bpf/libbpf.h>, which belongs to the session room. */
uint32_t libbpf_major_version(void);
uint32_t libbpf_minor_version(void);

bool linked_libbpf_before(uint32_t minor)
{
	return libbpf_major_version() == 1 && libbpf_minor_version() < minor;
}

const char *object_map_unopened(const struct object *object, const struct object_map *map)
{
	const struct object_program *program;
	size_t i;

	for (i = 0; map->type == BPF_MAP_TYPE_STRUCT_OPS && !map->linked && i < map->programs.count;
	     i++) {
		program = &object->programs[((const int *)map->programs.items)[i]];
		if (program->section_known && program->section.flags & SECTION_SLEEPABLE &&
		    linked_libbpf_before(2))
			return "a program of it is in section 'struct_ops.s', which libbpf knows "
			       "since 1.2";
	}
	return map->fault;
}

const char *object_map_fault(const struct object_map *map)
{
	unsigned int shape = (size_t)map->type < ARRAY_SIZE(shapes) ? shapes[map->type] : 0;
	const struct {
		unsigned int demand;
		bool met;
		const char *fault;
	} demands[] = {
		{KEY_U32, map->key_size == 4, "its key has not 4 bytes"},
		{KEY_NONE, map->key_size == 0, "it has a key, and maps of its type have none"},
		{KEY_SOME, map->key_size > 0, "it has no key"},
		{VALUE_U32, map->value_size == 4, "its value has not 4 bytes"},
		{VALUE_OF_U64, map->value_size && map->value_size % 8 == 0,
		 "its value is no array of 8 bytes each"},
		{VALUE_SOME, map->value_size > 0, "it has no value"},
		{VALUE_ON_EACH_CPU, map->value_size <= CPU_MEMORY_LIMIT,
		 "its value has more than the 32 KiB that each processor can have of one"},
		{NOT_PREALLOCATED, (map->flags & BPF_F_NO_PREALLOC) != 0,
		 "it lacks the flag BPF_F_NO_PREALLOC"},
		{PREALLOCATED, !(map->flags & BPF_F_NO_PREALLOC),
		 "it has the flag BPF_F_NO_PREALLOC, which maps of its type cannot have"},
		{SIZE_NONE, map->max_entries == 0, "it has a size, and maps of its type have none"},
		{TYPED, map->key_type && map->value_type,
		 "its key and its value need types, as __type() gives them"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(demands); i++)
		if (shape & demands[i].demand && !demands[i].met)
			return demands[i].fault;
	if (object_map_holds_maps(map->type) && map->inner < 0)
		return "it names no inner map, which its own user space would give it";
	return NULL;
}
