/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * map-settings.c - maps as a manifest wants them: their sizes, and what is put into them
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "object/private.h"

/* For a ring whose size the object leaves to user space. */
#define RING_BYTES (1u << 20)

/* ---- structures ---- */

static const struct btf_member *find_member(const struct object *object,
					    const struct btf_type *type, const char *name,
					    uint32_t *bits)
{
	const char *found;
	uint16_t i;

	for (i = 0; i < btf_vlen(type); i++) {
		found = btf__name_by_offset(object->btf, btf_members(type)[i].name_off);
		*bits = btf_member_bit_offset(type, i);
		if (found && strcmp(found, name) == 0)
			return &btf_members(type)[i];
	}
	return NULL;
}

const char *object_struct_ops_text(const struct object *object, const struct object_map *map,
				   const char *type, const char *member, struct arena *arena)
{
	const struct object_section *section = &object->sections[map->section];
	const struct btf_member *found;
	const char *its =
		map->type == BPF_MAP_TYPE_STRUCT_OPS ? object_struct_ops_type(object, map) : NULL;
	uint64_t offset;
	uint32_t bits;
	int64_t size;

	if (!its || strcmp(its, type) != 0)
		return NULL;
	found = find_member(object, object_bare_type(object->btf, map->value_type), member, &bits);
	size = found ? btf__resolve_size(object->btf, found->type) : 0;
	offset = map->offset + bits / 8;
	if (size <= 0 || !section->data || offset > section->size ||
	    (uint64_t)size > section->size - offset)
		return NULL;
	return arena_strndup(arena, (const char *)section->data + offset,
			     strnlen((const char *)section->data + offset, (size_t)size));
}

/* ---- sizes ---- */

bool object_map_said(const struct map_ref *said, enum map_key key)
{
	return said && said->given & 1u << key;
}

/* 0 if the product exceeds what a map can have: the kernel refuses a map without entries. */
static uint32_t on_each_processor(uint32_t size)
{
	struct processors processors;
	uint64_t product;

	if (processors_possible(&processors))
		return 0;
	product = (uint64_t)size * processors.count;
	return product <= UINT32_MAX ? (uint32_t)product : 0;
}

/* For the output, --buffer takes precedence over the manifest. */
static bool is_buffered(const struct object_map *map, const struct featsel_candidate *candidate)
{
	return candidate->buffer && map->type == BPF_MAP_TYPE_RINGBUF &&
	       (!candidate->output || strcmp(candidate->output, map->name) == 0);
}

uint32_t object_map_size(const struct object *object, int index,
			 const struct featsel_candidate *candidate)
{
	const struct map_ref *said = candidate_map(candidate, object->maps[index].name);

	if (is_buffered(&object->maps[index], candidate))
		return candidate->buffer;
	if (object_map_said(said, MAP_MAX_ENTRIES))
		return said->max_entries;
	if (object_map_said(said, MAP_PER_CPU))
		return on_each_processor(said->per_cpu);
	return 0;
}

/* The kernel takes a power of two that is a multiple of the page, which may have 64 KiB. */
static uint32_t ring_size(uint32_t size)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE), fit = page;

	while (fit < size && fit < 1u << 31)
		fit <<= 1;
	return fit;
}

uint32_t object_map_fit(const struct object_map *map, uint32_t size)
{
	struct processors processors;

	if (map->type == BPF_MAP_TYPE_RINGBUF)
		return ring_size(size ? size : RING_BYTES);
	/* libbpf would read /sys, which may not be mounted. */
	if (map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && !size &&
	    !processors_possible(&processors))
		return processors.end;
	return size;
}

struct object_map object_map_as_said(const struct object *object, int index,
				     const struct featsel_candidate *candidate)
{
	struct object_map map = object->maps[index];
	const struct map_ref *said = candidate_map(candidate, map.name);
	uint32_t size = object_map_size(object, index, candidate);

	map.max_entries = object_map_fit(&map, size ? size : map.max_entries);
	if (object_map_said(said, MAP_VALUE_SIZE))
		map.value_size = said->value_size;
	return map;
}

/* ---- pins ---- */

#define PIN_DIR "/sys/fs/bpf/featsel"

int object_map_pin(const struct object *object, int index,
		   const struct featsel_candidate *candidate, struct arena *arena, const char **ret,
		   bool *reuse)
{
	const struct object_map *map = &object->maps[index];
	const struct map_ref *said = candidate_map(candidate, map->name);
	const char *name = said && said->pin ? said->pin : map->pinned ? map->name : NULL;

	*ret = NULL;
	if (!name || map->internal || map->inner_only)
		return 0;
	/* LIBBPF_PIN_BY_NAME means to use what is there. */
	*reuse = object_map_said(said, MAP_REUSE) ? said->reuse : map->pinned;
	*ret = name[0] == '/'
		       ? name
		       : arena_printf(arena, "%s/%s",
				      candidate->pin_dir ? candidate->pin_dir : PIN_DIR, name);
	return *ret ? 0 : -ENOMEM;
}

/* ---- entries ---- */

/* Maps whose values are plain bytes that user space writes by key. */
static const bool takes_entries[] = {
	[BPF_MAP_TYPE_HASH] = true,	   [BPF_MAP_TYPE_ARRAY] = true,
	[BPF_MAP_TYPE_PERCPU_HASH] = true, [BPF_MAP_TYPE_PERCPU_ARRAY] = true,
	[BPF_MAP_TYPE_LRU_HASH] = true,	   [BPF_MAP_TYPE_LRU_PERCPU_HASH] = true,
	[BPF_MAP_TYPE_LPM_TRIE] = true,	   [BPF_MAP_TYPE_DEVMAP] = true,
	[BPF_MAP_TYPE_DEVMAP_HASH] = true, [BPF_MAP_TYPE_CPUMAP] = true,
};

static const bool is_indexed[] = {
	[BPF_MAP_TYPE_ARRAY] = true,
	[BPF_MAP_TYPE_PERCPU_ARRAY] = true,
	[BPF_MAP_TYPE_DEVMAP] = true,
	[BPF_MAP_TYPE_CPUMAP] = true,
};

static bool is_of(const bool *table, size_t n, int type)
{
	return (size_t)type < n && table[type];
}

static void move(struct node *node, const struct location *at)
{
	struct node *child;

	node->at = *at;
	if (node->key)
		node->key->at = *at;
	for (child = node->first; child; child = child->next)
		move(child, at);
}

/* YAML keys are texts, quoted or not; a key that is neither a number nor a text is printed as
 * YAML. */
static int read_key(const struct node *key, struct arena *arena, struct node *ret,
		    struct featsel_error *err)
{
	struct node *root;
	int r;

	*ret = *key;
	ret->quoted = false;
	if (key->text[0] != '{' && key->text[0] != '[')
		return 0;
	r = reader_parse(key->at.file, key->text, strlen(key->text), arena, &root, err);
	if (r)
		return r == -ENOMEM ? r
				    : error_at(err, -EINVAL, &key->at,
					       "the key '%.80s' is no list or mapping", key->text);
	move(root, &key->at);
	*ret = *root;
	return 0;
}

struct filling {
	struct object_encoder encoder;
	struct object_map map; /* as it is said */
};

static uint32_t index_of(const struct filling *filling, const uint8_t *key)
{
	uint32_t index = 0;
	size_t i;

	for (i = 0; i < sizeof(index); i++)
		index |=
			(uint32_t)
				key[filling->encoder.object->big_endian ? sizeof(index) - 1 - i : i]
			<< 8 * i;
	return index;
}

static int fill(const struct filling *filling, const struct node *item, struct object_entry *ret)
{
	const struct object_map *map = &filling->map;
	uint8_t *key = arena_alloc(filling->encoder.arena, map->key_size);
	uint8_t *value = arena_alloc(filling->encoder.arena, map->value_size);
	struct node node;
	int r = key && value
			? read_key(item->key, filling->encoder.arena, &node, filling->encoder.err)
			: error_memory(filling->encoder.err);

	if (!r)
		r = object_encode(&filling->encoder, map->key_type, &node, key, map->key_size);
	if (!r)
		r = object_encode(&filling->encoder, map->value_type, item, value, map->value_size);
	if (!r && is_of(is_indexed, ARRAY_SIZE(is_indexed), map->type) &&
	    index_of(filling, key) >= map->max_entries)
		r = error_at(filling->encoder.err, -EINVAL, &item->key->at,
			     "%s: there is no entry %u, it has %u", filling->encoder.name,
			     index_of(filling, key), map->max_entries);
	ret->key = key;
	ret->value = value;
	return r;
}

/* NULL: entries can be given. */
static const char *no_entries(const struct object_map *map, const struct object_map *plain)
{
	if (!is_of(takes_entries, ARRAY_SIZE(takes_entries), map->type))
		return "maps of its type take none from a manifest";
	if (!map->key_type || !map->value_type)
		return "its object gives sizes in place of types, so that they cannot be typed: "
		       "declare it with __type(key, ...) and __type(value, ...)";
	if (map->value_size != plain->value_size)
		return "'value_size' makes its values other than their type";
	return NULL;
}

int object_entries(const struct object *object, const struct featsel_candidate *candidate,
		   const struct map_ref *said, struct arena *arena, struct object_entries *ret,
		   struct featsel_error *err)
{
	const int index = object_map(object, said->name);
	struct filling filling = {.encoder = {.object = object, .arena = arena, .err = err}};
	struct object_entry *entries;
	const struct node *item;
	const char *wrong;
	int r = 0;

	*ret = (struct object_entries){0};
	if (!said->entries || index < 0)
		return 0;
	filling.map = object_map_as_said(object, index, candidate);
	filling.encoder.name = arena_printf(arena, "map '%s'", said->name);
	entries = arena_array(arena, said->entries->count + 1, sizeof(*entries));
	if (!filling.encoder.name || !entries)
		return error_memory(err);
	wrong = no_entries(&filling.map, &object->maps[index]);
	if (wrong)
		return error_at(err, -EINVAL, &said->key_at[MAP_ENTRIES],
				"%s cannot be given "
				"entries: %s",
				filling.encoder.name, wrong);
	if (said->entries->count > filling.map.max_entries)
		return error_at(err, -EINVAL, &said->key_at[MAP_ENTRIES],
				"%s: %zu entries are given, and there is room for %u",
				filling.encoder.name, said->entries->count,
				filling.map.max_entries);
	for (item = said->entries->first; item && !r; item = item->next)
		r = fill(&filling, item, &entries[ret->n++]);
	ret->items = entries;
	return r;
}

/* ---- what is said of a map fits it ---- */

static int refuse(const struct map_ref *said, enum map_key key, struct featsel_error *err,
		  const char *why)
{
	static const char *const names[MAP_KEYS] = {
		[MAP_MAX_ENTRIES] = "max_entries",
		[MAP_PER_CPU] = "per_cpu",
		[MAP_VALUE_SIZE] = "value_size",
		[MAP_INNER] = "inner",
		[MAP_PIN] = "pin",
		[MAP_REUSE] = "reuse",
		[MAP_ENTRIES] = "entries",
	};

	return error_at(err, -EINVAL, &said->key_at[key], "map '%s': '%s' %s", said->name,
			names[key], why);
}

/* The kernel finds locks, timers and the like in inner maps by BTF, which a map created to stand
 * for them does not have. */
static bool needs_types(const struct object *object, const struct object_map *map)
{
	const struct btf_type *type = object_bare_type(object->btf, map->value_type), *part;
	const char *name;
	uint16_t i;

	for (i = 0; type && btf_is_composite(type) && i < btf_vlen(type); i++) {
		part = object_bare_type(object->btf, btf_members(type)[i].type);
		name = part ? btf__name_by_offset(object->btf, part->name_off) : NULL;
		if (name && strncmp(name, "bpf_", 4) == 0)
			return true;
	}
	return false;
}

static int check_said(const struct object *object, const struct map_ref *said,
		      struct featsel_error *err)
{
	const struct object_map *map = &object->maps[object_map(object, said->name)];
	enum map_key key;

	for (key = 0; key < MAP_KEYS; key++)
		if (map->internal && object_map_said(said, key))
			return refuse(said, key, err,
				      "does not fit a section of variables, which 'globals' sets");
	if (object_map_said(said, MAP_INNER) &&
	    (!object_map_holds_maps(map->type) || map->inner < 0))
		return refuse(said, MAP_INNER, err, "fits a map of maps only");
	if (object_map_said(said, MAP_INNER) && needs_types(object, &object->maps[map->inner]))
		return refuse(said, MAP_INNER, err,
			      "cannot be set where the values of inner maps hold a lock, timer or "
			      "list");
	if (object_map_said(said, MAP_REUSE) && said->reuse && !said->pin && !map->pinned)
		return refuse(said, MAP_REUSE, err, "needs 'pin', which says what is used");
	if (object_map_said(said, MAP_PER_CPU) && !on_each_processor(said->per_cpu))
		return refuse(said, MAP_PER_CPU, err,
			      "is more than a map can have on all processors");
	return 0;
}

int object_check_maps(const struct object *object, const struct featsel_candidate *candidate,
		      struct arena *arena, struct featsel_error *err)
{
	struct object_entries entries;
	const struct map_ref *said;
	size_t i;
	int r = 0;

	for (i = 0; i < candidate->n_maps && !r; i++) {
		said = &candidate->maps[i];
		if (object_map(object, said->name) < 0)
			continue;
		r = check_said(object, said, err);
		if (!r)
			r = object_entries(object, candidate, said, arena, &entries, err);
	}
	return r;
}

int object_unknown_map(const struct object *object, const struct map_ref *said, struct arena *arena,
		       struct featsel_error *err)
{
	const char **names = arena_array(arena, object->n_maps + 1, sizeof(*names)), *near;
	size_t i;

	if (!names)
		return error_memory(err);
	for (i = 0; i < object->n_maps; i++)
		names[i] = object->maps[i].name;
	near = names_nearest(said->name, names, object->n_maps);
	return error_at(err, -ENOENT, &said->at, "%s has no map '%s'%s%s%s", object->path,
			said->name, near ? ", did you mean '" : "", near ? near : "",
			near ? "'?" : "");
}
