/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * globals.c - variables of .rodata, .data and .bss, and what a manifest sets them to
 */
#include <errno.h>
#include <string.h>

#include <bpf/btf.h>

#include "object/private.h"

/* Where a variable is. */
struct variable {
	int map;
	uint32_t type;
	uint64_t offset, end; /* in its section */
};

static bool is_data_section(const char *name)
{
	static const char *const names[] = {".rodata", ".data", ".bss"};
	size_t i, length;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		length = strlen(names[i]);
		if (strncmp(name, names[i], length) == 0 && (!name[length] || name[length] == '.'))
			return true;
	}
	return false;
}

/* libbpf fills in the offsets in BTF; in the file the symbols have them. */
static bool find_symbol(const struct object *object, size_t section, const char *name,
			uint64_t *ret)
{
	size_t i;

	for (i = 0; i < object->n_symbols; i++)
		if (object->symbols[i].section == section && object->symbols[i].name &&
		    strcmp(object->symbols[i].name, name) == 0) {
			*ret = object->symbols[i].value;
			return true;
		}
	return false;
}

/* Calls @each for every variable that can be set, until it returns true. */
static bool each_variable(const struct object *object,
			  bool (*each)(void *data, const char *section, const struct btf_type *var),
			  void *data)
{
	const struct btf_type *const *datasecs = object->datasecs.items, *var;
	const char *section;
	size_t i;
	uint16_t j;

	for (i = 0; object->btf && i < object->datasecs.count; i++) {
		section = btf__name_by_offset(object->btf, datasecs[i]->name_off);
		if (!section || !is_data_section(section))
			continue;
		for (j = 0; j < btf_vlen(datasecs[i]); j++) {
			var = btf__type_by_id(object->btf, btf_var_secinfos(datasecs[i])[j].type);
			if (var && btf_is_var(var) && each(data, section, var))
				return true;
		}
	}
	return false;
}

struct search {
	const struct object *object;
	const char *name; /* as far as @length */
	size_t length;
	const char *section;
	const struct btf_type *var;
	const char **names; /* collected, where there is no such variable */
	size_t n;
};

static bool is_it(void *data, const char *section, const struct btf_type *var)
{
	struct search *search = data;
	const char *name = btf__name_by_offset(search->object->btf, var->name_off);

	if (!name || strlen(name) != search->length ||
	    memcmp(name, search->name, search->length) != 0)
		return false;
	search->section = section;
	search->var = var;
	return true;
}

static bool collect(void *data, const char *section, const struct btf_type *var)
{
	struct search *search = data;

	(void)section;
	if (search->names)
		search->names[search->n] = btf__name_by_offset(search->object->btf, var->name_off);
	search->n++;
	return false;
}

/* -ENOENT */
static int find_variable(const struct object *object, const char *path, struct variable *ret)
{
	struct search search = {.object = object, .name = path, .length = strcspn(path, ".[")};
	size_t section;
	int64_t size;

	if (!each_variable(object, is_it, &search))
		return -ENOENT;
	section = object_find_section(object, search.section);
	size = btf__resolve_size(object->btf, search.var->type);
	if (!section || object->sections[section].map < 0 || size <= 0 ||
	    !find_symbol(object, section, btf__name_by_offset(object->btf, search.var->name_off),
			 &ret->offset))
		return -ENOENT;
	ret->map = object->sections[section].map;
	ret->type = search.var->type;
	if (ret->offset > object->sections[section].size ||
	    (uint64_t)size > object->sections[section].size - ret->offset)
		return -ENOENT;
	ret->end = ret->offset + (uint64_t)size;
	return 0;
}

bool object_has_global(const struct object *object, const char *path)
{
	struct variable variable;

	return !find_variable(object, path, &variable);
}

static int unknown_variable(const struct object *object, const struct global_ref *global,
			    struct arena *arena, struct featsel_error *err)
{
	struct search search = {.object = object};
	const char *near, *name;

	each_variable(object, collect, &search);
	search.names = arena_array(arena, search.n + 1, sizeof(*search.names));
	name = arena_strndup(arena, global->name, strcspn(global->name, ".["));
	if (!search.names || !name)
		return error_memory(err);
	search.n = 0;
	each_variable(object, collect, &search);
	near = names_nearest(name, search.names, search.n);
	return error_at(err, -ENOENT, &global->at, "%s has no variable '%s'%s%s%s", object->path,
			name, near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int make_override(const struct object *object, const struct global_ref *global,
			 struct arena *arena, struct object_override *ret,
			 struct featsel_error *err)
{
	const struct node at = {.at = global->at};
	const struct object_encoder encoder = {
		.object = object,
		.arena = arena,
		.err = err,
		.name = arena_printf(arena, "variable '%s'", global->name)};
	struct variable variable;
	int64_t size;
	void *bytes;
	int r = find_variable(object, global->name, &variable);

	if (r)
		return unknown_variable(object, global, arena, err);
	if (!encoder.name)
		return error_memory(err);
	r = object_part(&encoder, &at, global->name + strcspn(global->name, ".["), &variable.type,
			&variable.offset);
	if (r)
		return r;
	size = btf__resolve_size(object->btf, variable.type);
	if (size <= 0 || variable.offset > variable.end ||
	    (uint64_t)size > variable.end - variable.offset)
		return error_at(err, -EINVAL, &global->at, "%s: its type cannot be set",
				encoder.name);
	bytes = arena_alloc(arena, (size_t)size);
	if (!bytes)
		return error_memory(err);
	*ret = (struct object_override){.map = variable.map,
					.offset = (uint32_t)variable.offset,
					.size = (uint32_t)size,
					.bytes = bytes,
					.global = global};
	return object_encode(&encoder, variable.type, global->value, bytes, ret->size);
}

int object_overrides(const struct object *object, const struct featsel_candidate *candidate,
		     struct arena *arena, const struct object_override **ret, size_t *n,
		     struct featsel_error *err)
{
	struct object_override *overrides;
	const struct global_ref *global;
	size_t i, count = 0;
	int r;

	*ret = NULL;
	*n = 0;
	if (!candidate->n_globals)
		return 0;
	overrides = arena_array(arena, candidate->n_globals, sizeof(*overrides));
	if (!overrides)
		return error_memory(err);
	for (i = 0; i < candidate->n_globals; i++) {
		global = &candidate->globals[i];
		/* Given for all events: another event's variable may be meant. */
		if (global->wide && !object_has_global(object, global->name))
			continue;
		r = make_override(object, global, arena, &overrides[count], err);
		if (r)
			return r;
		count++;
	}
	*ret = overrides;
	*n = count;
	return 0;
}

int object_patch_oracle(const struct object *object, const struct featsel_candidate *candidate,
			struct arena *arena, struct object_oracle *oracle)
{
	const struct object_override *overrides;
	struct object_patch *patches;
	size_t i, n;
	int r = object_overrides(object, candidate, arena, &overrides, &n, NULL);

	/* Errors in a value are reported when it is set. */
	if (r || !n)
		return r == -ENOMEM ? r : 0;
	patches = arena_array(arena, n, sizeof(*patches));
	if (!patches)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		patches[i] = (struct object_patch){
			.section = object->sections[object->maps[overrides[i].map].section].name,
			.offset = overrides[i].offset,
			.bytes = overrides[i].bytes,
			.size = overrides[i].size,
		};
	oracle->patches = patches;
	oracle->n_patches = n;
	return 0;
}
