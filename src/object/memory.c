/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* memory.c - an estimate of the memory that the kernel charges for a candidate */
#include <linux/bpf.h>
#include <string.h>

#include "object/private.h"

/* Entries from the candidate or the object. */
static uint64_t entries_of(const struct object *object, int index,
			   const struct featsel_candidate *candidate)
{
	uint32_t said = object_map_size(object, index, candidate);

	return said ? said : object->maps[index].max_entries;
}

static uint64_t pages(uint64_t bytes)
{
	return (bytes + 4095) / 4096 * 4096;
}

/* The elements of other types are found by keys and carry bookkeeping of their own. */
static const bool indexed[] = {
	[BPF_MAP_TYPE_ARRAY] = true,
	[BPF_MAP_TYPE_PERCPU_ARRAY] = true,
	[BPF_MAP_TYPE_PERF_EVENT_ARRAY] = true,
	[BPF_MAP_TYPE_PROG_ARRAY] = true,
	[BPF_MAP_TYPE_CGROUP_ARRAY] = true,
	[BPF_MAP_TYPE_ARRAY_OF_MAPS] = true,
	[BPF_MAP_TYPE_QUEUE] = true,
	[BPF_MAP_TYPE_STACK] = true,
};

static const bool per_processor[] = {
	[BPF_MAP_TYPE_PERCPU_ARRAY] = true,
	[BPF_MAP_TYPE_PERCPU_HASH] = true,
	[BPF_MAP_TYPE_LRU_PERCPU_HASH] = true,
};

bool object_map_is_per_processor(int type)
{
	return (size_t)type < ARRAY_SIZE(per_processor) && per_processor[type];
}

static uint64_t map_memory(const struct object_map *map, uint64_t entries, unsigned int processors)
{
	enum { BOOKKEEPING = 64, RING_PAGES = 3 };
	size_t type = (size_t)map->type;
	uint64_t element = (map->value_size + UINT64_C(7)) / 8 * 8;

	if (map->type == BPF_MAP_TYPE_RINGBUF)
		return entries + pages(1) * RING_PAGES;
	/* libbpf gives it an entry for each. */
	if (map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && !entries)
		entries = processors;
	if (object_map_is_per_processor(map->type))
		element *= processors;
	if (type >= ARRAY_SIZE(indexed) || !indexed[type])
		element += map->key_size + BOOKKEEPING;
	return element * entries;
}

static bool uses(const struct object *object, const struct program_ref *refs, size_t n, int map)
{
	const struct object_program *program;
	size_t i, j;

	for (i = 0; i < n; i++) {
		program = object_program(object, refs[i].name);
		for (j = 0; program && j < program->n_maps; j++)
			if (program->maps[j] == map)
				return true;
	}
	return false;
}

uint64_t object_memory(const struct object *object, const struct featsel_candidate *candidate,
		       const struct program_ref *refs, size_t n, unsigned int processors)
{
	const struct object_program *program;
	struct object_map map;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < object->n_maps; i++) {
		map = object_map_as_said(object, (int)i, candidate);
		if (uses(object, refs, n, (int)i))
			sum += pages(map_memory(&map, entries_of(object, (int)i, candidate),
						processors));
	}
	for (i = 0; i < n; i++) {
		program = object_program(object, refs[i].name);
		sum += program ? pages(program->insns * sizeof(struct bpf_insn)) : 0;
	}
	return sum;
}
