/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * map.c - an object's maps and externs, as its BTF defines them
 *
 * A map is a variable of the section .maps whose struct type spells the attributes: __uint(x, N) is
 * a pointer to an array of N, __type(x, T) a pointer to T, __array(values, T) an array of pointers
 * to T.
 */
#include <bpf/btf.h>
#include <elf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

#define DAMAGED(object, err, ...) error_at(err, -EINVAL, &(object)->at, __VA_ARGS__)

#define MAPS_LIMIT  65536
#define SHAPE_DEPTH 32 /* as in libbpf */

struct definition {
	struct object *object;
	struct object_map *map;
	bool outer; /* an inner map cannot have inner maps */
};

static int take_number(const struct btf *btf, uint32_t type_id, uint32_t *ret)
{
	const struct btf_type *type = object_bare_type(btf, type_id);

	type = type && btf_is_ptr(type) ? object_bare_type(btf, type->type) : NULL;
	if (!type || !btf_is_array(type))
		return -EINVAL;
	*ret = btf_array(type)->nelems;
	return 0;
}

/* The size of what a pointer points to; *id gets its type. */
static int take_type(const struct btf *btf, uint32_t type_id, uint32_t *ret, uint32_t *id)
{
	const struct btf_type *type = object_bare_type(btf, type_id);
	int64_t size = type && btf_is_ptr(type) ? btf__resolve_size(btf, type->type) : -EINVAL;

	if (size < 0 || size > UINT32_MAX)
		return -EINVAL;
	*ret = (uint32_t)size;
	*id = type->type;
	return 0;
}

static int read_type(struct definition *definition, uint32_t type_id)
{
	uint32_t number;
	int r = take_number(definition->object->btf, type_id, &number);

	if (r || number > INT32_MAX)
		return -EINVAL;
	definition->map->type = (int)number;
	return 0;
}

static int read_max_entries(struct definition *definition, uint32_t type_id)
{
	return take_number(definition->object->btf, type_id, &definition->map->max_entries);
}

static int read_flags(struct definition *definition, uint32_t type_id)
{
	return take_number(definition->object->btf, type_id, &definition->map->flags);
}

static int read_key_size(struct definition *definition, uint32_t type_id)
{
	return take_number(definition->object->btf, type_id, &definition->map->key_size);
}

static int read_value_size(struct definition *definition, uint32_t type_id)
{
	return take_number(definition->object->btf, type_id, &definition->map->value_size);
}

static int read_key(struct definition *definition, uint32_t type_id)
{
	struct object_map *map = definition->map;

	return take_type(definition->object->btf, type_id, &map->key_size, &map->key_type);
}

static int read_value(struct definition *definition, uint32_t type_id)
{
	struct object_map *map = definition->map;

	return take_type(definition->object->btf, type_id, &map->value_size, &map->value_type);
}

static int read_pinning(struct definition *definition, uint32_t type_id)
{
	uint32_t number;
	int r = take_number(definition->object->btf, type_id, &number);

	definition->map->pinned = r == 0 && number != 0;
	/* LIBBPF_PIN_NONE, LIBBPF_PIN_BY_NAME */
	if (r == 0 && number > 1)
		definition->map->fault = "its pinning value is none that libbpf knows";
	return r;
}

static int read_definition(struct definition *definition, uint32_t type_id);

bool object_map_holds_maps(int type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

/* values: of a map of maps, its inner map's definition; of a program array, a function */
static int read_values(struct definition *definition, uint32_t type_id)
{
	struct object *object = definition->object;
	const struct btf_type *type = object_bare_type(object->btf, type_id);
	struct object_map *map = definition->map;
	struct definition inner = {.object = object};

	if (!type || !btf_is_array(type) || !definition->outer)
		return -EINVAL;
	map->key_size = map->value_size = 4;
	type = object_bare_type(object->btf, btf_array(type)->type);
	if (!type || !btf_is_ptr(type))
		return -EINVAL;
	if (!object_map_holds_maps(map->type))
		return 0;
	inner.map = &object->maps[object->n_maps];
	*inner.map = (struct object_map){
		.name = arena_printf(object->arena, "%s.inner", map->name),
		.type = -1,
		.inner = -1,
		.inner_only = true,
	};
	if (!inner.map->name)
		return -ENOMEM;
	map->inner = (int)object->n_maps++;
	return read_definition(&inner, type->type);
}

static int ignore(struct definition *definition, uint32_t type_id)
{
	(void)definition;
	(void)type_id;
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct definition *definition, uint32_t type_id);
} attributes[] = {
	{"type", read_type},
	{"max_entries", read_max_entries},
	{"map_flags", read_flags},
	{"key_size", read_key_size},
	{"value_size", read_value_size},
	{"key", read_key},
	{"value", read_value},
	{"values", read_values},
	{"pinning", read_pinning},
	{"numa_node", ignore},
	{"map_extra", ignore},
};

/*
 * Ignore unknown attributes: they belong to a newer libbpf, and libbpf refuses what it does not
 * know.
 */
static int read_attribute(struct definition *definition, const struct btf_member *member)
{
	const char *name = btf__name_by_offset(definition->object->btf, member->name_off);
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(attributes); i++)
		if (strcmp(attributes[i].name, name) == 0)
			return attributes[i].read(definition, member->type);
	return 0;
}

static int read_definition(struct definition *definition, uint32_t type_id)
{
	const struct btf_type *type = object_bare_type(definition->object->btf, type_id);
	const struct btf_member *member;
	uint16_t i;
	int r = 0;

	if (!type || !btf_is_struct(type))
		return -EINVAL;
	member = btf_members(type);
	for (i = 0; i < btf_vlen(type) && !r; i++)
		r = read_attribute(definition, &member[i]);
	return r;
}

/* Collected once: datasecs are looked up ten times an object, which may have thousands of types. */
int object_find_datasecs(struct object *object)
{
	uint32_t id, end = btf__type_cnt(object->btf);
	const struct btf_type *type, **slot;

	for (id = 1; id < end; id++) {
		type = btf__type_by_id(object->btf, id);
		if (!type || !btf_is_datasec(type))
			continue;
		slot = vec_add(&object->datasecs, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		*slot = type;
	}
	return 0;
}

static const struct btf_type *datasec(const struct object *object, const char *name)
{
	const struct btf_type *const *sections = object->datasecs.items;
	const char *own;
	size_t i;

	for (i = 0; i < object->datasecs.count; i++) {
		own = btf__name_by_offset(object->btf, sections[i]->name_off);
		if (own && strcmp(own, name) == 0)
			return sections[i];
	}
	return NULL;
}

static int add_map(struct object *object, const struct btf_type *var, struct featsel_error *err)
{
	struct definition definition = {
		.object = object, .map = &object->maps[object->n_maps++], .outer = true};
	const char *name = btf__name_by_offset(object->btf, var->name_off);
	int r;

	*definition.map = (struct object_map){.name = name, .type = -1, .inner = -1};
	if (!name || !*name)
		return DAMAGED(object, err, "damaged BTF: a map without a name");
	r = read_definition(&definition, var->type);
	if (r == -ENOMEM)
		return error_memory(err);
	if (r)
		return DAMAGED(object, err,
			       "map '%s': its definition in BTF is not one that libbpf understands",
			       name);
	if (definition.map->type < 0)
		return DAMAGED(object, err, "map '%s' has no type", name);
	if (dict_get(&object->map_names, name))
		return DAMAGED(object, err, "map '%s' is defined twice", name);
	return dict_set(&object->map_names, name, definition.map) ? error_memory(err) : 0;
}

static int read_declared(struct object *object, const struct btf_type *section,
			 struct featsel_error *err)
{
	const struct btf_var_secinfo *info = section ? btf_var_secinfos(section) : NULL;
	const struct btf_type *var;
	uint16_t i;
	int r = 0;

	for (i = 0; info && i < btf_vlen(section) && !r; i++) {
		var = btf__type_by_id(object->btf, info[i].type);
		if (!var || !btf_is_var(var))
			return DAMAGED(object, err,
				       "damaged BTF: section .maps holds no variables");
		r = add_map(object, var, err);
	}
	return r;
}

/* libbpf creates a map for each of these sections that is not empty. */
static bool is_data(const struct object_section *section)
{
	static const struct {
		const char *head;
		uint32_t type;
	} rows[] = {{".data", SHT_PROGBITS}, {".rodata", SHT_PROGBITS}, {".bss", SHT_NOBITS}};
	size_t i, length;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		length = strlen(rows[i].head);
		if (section->type == rows[i].type &&
		    strncmp(section->name, rows[i].head, length) == 0 &&
		    (!section->name[length] || section->name[length] == '.'))
			return true;
	}
	return false;
}

static int add_internal(struct object *object, const char *name, size_t section,
			struct featsel_error *err)
{
	struct object_map *map = &object->maps[object->n_maps];

	*map = (struct object_map){
		.name = name,
		.type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = (uint32_t)object->sections[section].size,
		.max_entries = 1,
		.internal = true,
		.inner = -1,
		.section = section,
	};
	if (section)
		object->sections[section].map = (int)object->n_maps;
	object->n_maps++;
	/* Two sections may share a name; the first one keeps it. */
	if (dict_get(&object->map_names, name))
		return 0;
	return dict_set(&object->map_names, name, map) ? error_memory(err) : 0;
}

static int read_internal(struct object *object, struct featsel_error *err)
{
	const struct object_section *section;
	size_t i;
	int r = 0;

	for (i = 1; i < object->n_sections && !r; i++) {
		section = &object->sections[i];
		if (section->size && is_data(section))
			r = add_internal(object, section->name, i, err);
	}
	for (i = 0; i < object->n_externs && !r; i++)
		if (object->externs[i].kind == EXTERN_KCONFIG)
			return add_internal(object, ".kconfig", 0, err);
	return r;
}

/* Offsets of the maps in .maps: relocations refer to offsets, not to maps. */
static void place_maps(struct object *object, size_t section)
{
	const struct object_symbol *symbol;
	size_t i;
	int map;

	for (i = 0; i < object->n_symbols; i++) {
		symbol = &object->symbols[i];
		if (symbol->section != section || symbol->type != STT_OBJECT)
			continue;
		map = object_map(object, symbol->name);
		if (map < 0)
			continue;
		object->maps[map].section = section;
		object->maps[map].offset = symbol->value;
	}
}

/* The map at an offset of .maps: the last one that begins at or before it. */
static struct object_map *map_at(struct object *object, size_t section, uint64_t offset)
{
	struct object_map *best = NULL, *map;
	size_t i;

	for (i = 0; i < object->n_maps; i++) {
		map = &object->maps[i];
		if (map->section == section && map->offset <= offset &&
		    (!best || best->offset < map->offset))
			best = map;
	}
	return best;
}

static int add_member(struct object *object, struct object_map *map,
		      const struct object_symbol *symbol)
{
	const struct object_program *program = dict_get(&object->program_names, symbol->name);
	int member = object_map(object, symbol->name), *slot;

	if (program) {
		slot = vec_add(&map->programs, sizeof(*slot));
		member = (int)(program - object->programs);
	} else if (member >= 0) {
		slot = vec_add(&map->maps, sizeof(*slot));
	} else {
		return 0;
	}
	if (!slot)
		return -ENOMEM;
	*slot = member;
	return 0;
}

/* Relocations in .maps itself are the members that "values" is initialised with. */
static int read_members(struct object *object, size_t section, struct featsel_error *err)
{
	struct object_section *maps = &object->sections[section];
	struct object_map *map;
	size_t i;

	if (object_index_section(object, maps))
		return error_memory(err);
	for (i = 0; i < maps->n_relocations; i++) {
		map = map_at(object, section, maps->relocations[i].offset);
		if (map && add_member(object, map, &object->symbols[maps->relocations[i].symbol]))
			return error_memory(err);
	}
	return 0;
}

/*
 * A variable of these sections is a kernel structure whose function pointers are programs; libbpf
 * creates a map for it.
 */
static const char *const struct_ops_sections[] = {
	".struct_ops",
	".struct_ops.link",
	"?.struct_ops",
	"?.struct_ops.link",
};

static size_t count_struct_ops(const struct object *object)
{
	const struct btf_type *section;
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(struct_ops_sections); i++) {
		section = datasec(object, struct_ops_sections[i]);
		n += section ? btf_vlen(section) : 0;
	}
	return n;
}

static int add_struct_ops(struct object *object, const struct btf_type *var, bool linked,
			  struct featsel_error *err)
{
	const char *name = btf__name_by_offset(object->btf, var->name_off);
	struct object_map *map = &object->maps[object->n_maps++];
	const struct btf_type *type = object_bare_type(object->btf, var->type);

	*map = (struct object_map){
		.name = name,
		.type = BPF_MAP_TYPE_STRUCT_OPS,
		.key_size = 4,
		.max_entries = 1,
		.inner = -1,
		.value_type = var->type,
		.linked = linked,
	};
	if (!name || !*name || !type || !btf_is_struct(type) || dict_get(&object->map_names, name))
		return DAMAGED(object, err,
			       "damaged BTF: what stands in .struct_ops is no structure with a "
			       "name of its own");
	map->value_size = type->size;
	return dict_set(&object->map_names, name, map) ? error_memory(err) : 0;
}

static int read_struct_ops(struct object *object, const char *name, struct featsel_error *err)
{
	const struct btf_type *declared = datasec(object, name), *var;
	size_t section = object_find_section(object, name);
	uint16_t i;
	int r = 0;

	for (i = 0; declared && section && i < btf_vlen(declared) && !r; i++) {
		var = btf__type_by_id(object->btf, btf_var_secinfos(declared)[i].type);
		if (!var || !btf_is_var(var))
			return DAMAGED(object, err, "damaged BTF: section %s holds no variables",
				       name);
		r = add_struct_ops(object, var, strstr(name, ".link"), err);
	}
	if (r || !section || !declared)
		return r;
	place_maps(object, section);
	return read_members(object, section, err);
}

const char *object_struct_ops_type(const struct object *object, const struct object_map *map)
{
	const struct btf_type *type = object_bare_type(object->btf, map->value_type);

	return type ? btf__name_by_offset(object->btf, type->name_off) : NULL;
}

const char *object_struct_ops_member(const struct object *object, const struct object_map *map,
				     const struct object_program *program)
{
	const struct object_section *section = &object->sections[map->section];
	const struct btf_type *type = object_bare_type(object->btf, map->value_type);
	const struct object_symbol *symbol;
	size_t i;
	uint16_t m;

	for (i = 0; type && btf_is_struct(type) && i < section->n_relocations; i++) {
		symbol = &object->symbols[section->relocations[i].symbol];
		if (symbol != program->symbol &&
		    !(symbol->section == program->symbol->section &&
		      symbol->value == program->symbol->value && symbol->size))
			continue;
		for (m = 0; m < btf_vlen(type); m++)
			if (btf_member_bit_offset(type, m) / 8 + map->offset ==
			    section->relocations[i].offset)
				return btf__name_by_offset(object->btf,
							   btf_members(type)[m].name_off);
	}
	return NULL;
}

static int read_all_struct_ops(struct object *object, struct featsel_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(struct_ops_sections) && !r; i++)
		r = read_struct_ops(object, struct_ops_sections[i], err);
	return r;
}

int object_read_maps(struct object *object, struct featsel_error *err)
{
	const struct btf_type *declared = datasec(object, ".maps");
	size_t n_declared = declared ? btf_vlen(declared) : 0,
	       section = object_find_section(object, ".maps");
	size_t n_struct_ops = count_struct_ops(object);
	int r;

	if (object_find_section(object, "maps"))
		return DAMAGED(
			object, err,
			"defines maps in the section 'maps', which libbpf 1.0 gave up: use .maps");
	if (section && !declared)
		return DAMAGED(object, err, "defines maps but has no BTF: compile with -g");
	if (n_declared > MAPS_LIMIT || n_struct_ops > MAPS_LIMIT)
		return DAMAGED(object, err, "defines %zu maps, more than %d", n_declared,
			       MAPS_LIMIT);
	/* each may have an inner map; then the internal ones and .kconfig */
	object->maps =
		arena_array(object->arena, 2 * n_declared + n_struct_ops + object->n_sections + 1,
			    sizeof(*object->maps));
	if (!object->maps)
		return error_memory(err);
	r = read_declared(object, declared, err);
	if (!r)
		r = read_internal(object, err);
	if (!r)
		r = read_all_struct_ops(object, err);
	if (r || !section)
		return r;
	place_maps(object, section);
	return read_members(object, section, err);
}

static struct object_extern *extern_of(const struct object *object, const char *name)
{
	size_t i;

	for (i = 0; i < object->n_externs; i++)
		if (strcmp(object->externs[i].name, name) == 0)
			return &object->externs[i];
	return NULL;
}

static enum extern_kind kind_of(const struct object *object, const struct btf_type *type,
				bool kconfig)
{
	if (btf_is_func(type))
		return EXTERN_KFUNC;
	if (kconfig)
		return EXTERN_KCONFIG;
	/* "extern const void x __ksym" asks kallsyms, any other type asks BTF. */
	return btf_is_void(object_bare_type(object->btf, type->type)) ? EXTERN_KSYM
								      : EXTERN_TYPED_KSYM;
}

static int read_extern_section(struct object *object, const struct btf_type *section, bool kconfig,
			       struct featsel_error *err)
{
	const struct btf_var_secinfo *info = btf_var_secinfos(section);
	const struct btf_type *type;
	uint16_t i;

	for (i = 0; i < btf_vlen(section); i++) {
		type = btf__type_by_id(object->btf, info[i].type);
		if (!type || !(btf_is_var(type) || btf_is_func(type)))
			return DAMAGED(object, err,
				       "damaged BTF: an extern is no variable and no function");
		object->externs[object->n_externs++] = (struct object_extern){
			.name = btf__name_by_offset(object->btf, type->name_off),
			.kind = kind_of(object, type, kconfig),
			.type = type->type,
		};
	}
	return 0;
}

/* libbpf: "failed to find BTF for extern '%s'", and the object does not open */
static int bind_externs(struct object *object, struct featsel_error *err)
{
	struct object_symbol *symbol;
	struct object_extern *external;
	size_t i;

	for (i = 1; i < object->n_symbols; i++) {
		symbol = &object->symbols[i];
		if (symbol->section || !*symbol->name || symbol->type != STT_NOTYPE ||
		    (symbol->bind != STB_GLOBAL && symbol->bind != STB_WEAK))
			continue;
		external = extern_of(object, symbol->name);
		if (!external)
			return DAMAGED(object, err, "'%s' is declared extern and defined nowhere",
				       symbol->name);
		external->weak = symbol->bind == STB_WEAK;
		symbol->external = external;
	}
	return 0;
}

int object_read_externs(struct object *object, struct featsel_error *err)
{
	const struct btf_type *ksyms = datasec(object, ".ksyms"),
			      *kconfig = datasec(object, ".kconfig");
	size_t n = (ksyms ? btf_vlen(ksyms) : 0) + (kconfig ? btf_vlen(kconfig) : 0);
	int r = 0;

	object->externs = arena_array(object->arena, n, sizeof(*object->externs));
	if (!object->externs)
		return error_memory(err);
	if (ksyms)
		r = read_extern_section(object, ksyms, false, err);
	if (!r && kconfig)
		r = read_extern_section(object, kconfig, true, err);
	return r ? r : bind_externs(object, err);
}

static void write_shape(const struct btf *btf, uint32_t id, struct btf_shape *shape, int depth);

static void write_prototype(const struct btf *btf, const struct btf_type *type,
			    struct btf_shape *shape, int depth)
{
	for (uint16_t i = 0; i < btf_vlen(type); i++)
		write_shape(btf, btf_params(type)[i].type, shape, depth + 1);
	btf_shape_put(shape, BTF_SHAPE_RETURNS);
	write_shape(btf, type->type, shape, depth + 1);
}

static void write_shape(const struct btf *btf, uint32_t id, struct btf_shape *shape, int depth)
{
	const struct btf_type *type = id ? object_bare_type(btf, id) : NULL;
	int kind = type ? (int)btf_kind(type) : 0;

	btf_shape_put(shape, btf_shape_letter(kind));
	if (depth >= SHAPE_DEPTH)
		return;
	if (kind == BTF_KIND_PTR)
		write_shape(btf, type->type, shape, depth + 1);
	else if (kind == BTF_KIND_ARRAY)
		write_shape(btf, btf_array(type)->type, shape, depth + 1);
	else if (kind == BTF_KIND_FUNC_PROTO)
		write_prototype(btf, type, shape, depth);
}

void object_extern_shape(const struct object *object, const struct object_extern *external,
			 struct btf_shape *ret)
{
	*ret = (struct btf_shape){.length = 0};
	write_shape(object->btf, external->type, ret, 0);
}

bool object_map_is_output(const struct object_map *map)
{
	return map->type == BPF_MAP_TYPE_RINGBUF || map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

bool object_map_is_state(const struct object_map *map)
{
	if (object_map_is_output(map) || map->type == BPF_MAP_TYPE_PROG_ARRAY ||
	    strcmp(map->name, "drops") == 0 || strcmp(map->name, "featsel_filter") == 0)
		return false;
	return !map->internal || strncmp(map->name, ".data", 5) == 0 ||
	       strncmp(map->name, ".bss", 4) == 0;
}
