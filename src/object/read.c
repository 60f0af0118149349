/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * read.c - an object file read, step by step, and what is known before its code is analysed
 *
 * What libbpf would refuse to open is refused here with a reason, before libbpf sees it: libbpf 1.1
 * crashes on some damaged objects. Code is analysed only when a program is asked for, so that one
 * program out of 500 costs little more than the file's tables.
 */
#include <bpf/btf.h>
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

#define OBJECT_LIMIT ((size_t)64 << 20)

#define DAMAGED(object, err, ...) error_at(err, -EINVAL, &(object)->at, __VA_ARGS__)

/* Functions of .text are subprograms; those of any other section are programs. */
static bool is_program(const struct object *object, const struct object_symbol *function)
{
	return strcmp(object->sections[function->section].name, ".text") != 0;
}

/* A section may hold hundreds of programs, so parse its name once. */
static void know_section(const struct object *object, struct object_program *program)
{
	const struct object_program *before = program - 1;

	if (program > object->programs && before->symbol->section == program->symbol->section) {
		program->section = before->section;
		program->section_known = before->section_known;
		return;
	}
	program->section_known = section_parse(program->section_name, &program->section) == 0;
}

static int add_program(struct object *object, const struct object_symbol *function,
		       struct featsel_error *err)
{
	struct object_program *program = &object->programs[object->n_programs++];

	*program = (struct object_program){
		.name = function->name,
		.section_name = object->sections[function->section].name,
		.symbol = function,
	};
	know_section(object, program);
	/* libbpf: "program '%s' is static and not supported", ENOTSUP at open */
	if (function->bind == STB_LOCAL)
		return DAMAGED(object, err,
			       "program '%s' of section '%s' is static, which libbpf does not open",
			       program->name, program->section_name);
	return dict_set(&object->program_names, program->name, program) ? error_memory(err) : 0;
}

static int read_programs(struct object *object, struct featsel_error *err)
{
	size_t i;
	int r = 0;

	object->programs =
		arena_array(object->arena, object->n_functions, sizeof(*object->programs));
	if (!object->programs)
		return error_memory(err);
	for (i = 0; i < object->n_functions && !r; i++)
		if (is_program(object, object->functions[i]))
			r = add_program(object, object->functions[i], err);
	return r;
}

/* The kernel's list of GPL compatible licenses (include/linux/license.h). */
static bool gpl_compatible(const char *license)
{
	static const char *const known[] = {
		"GPL",		"GPL v2",	"GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(license, known[i]) == 0)
			return true;
	return false;
}

static int read_license(struct object *object, struct featsel_error *err)
{
	const struct object_section *section =
		&object->sections[object_find_section(object, "license")];

	object->license =
		section->data ? arena_strndup(object->arena, (const char *)section->data,
					      strnlen((const char *)section->data, section->size))
			      : "";
	if (!object->license)
		return error_memory(err);
	object->gpl_compatible = gpl_compatible(object->license);
	return 0;
}

static int read_btf(struct object *object, struct featsel_error *err)
{
	const struct object_section *section =
		&object->sections[object_find_section(object, ".BTF")];
	const char *fault;

	if (!section->data)
		return 0;
	fault = object_btf_fault(section->data, section->size);
	if (fault)
		return DAMAGED(object, err, "damaged BTF: %s", fault);
	object->btf = btf__new(section->data, (uint32_t)section->size);
	if (!object->btf)
		return errno == ENOMEM ? error_memory(err)
				       : DAMAGED(object, err, "damaged BTF: libbpf says %s",
						 errno_name(errno));
	return object_find_datasecs(object) ? error_memory(err) : 0;
}

/* Each step needs the ones before it. */
static int (*const steps[])(struct object *object, struct featsel_error *err) = {
	object_open_elf,       object_read_sections, object_read_symbols,
	object_read_functions, read_license,	     read_btf,
	read_programs,	       object_read_externs,  object_read_maps,
	object_check_damage,
};

static struct object *object_new(const char *path, struct arena *arena)
{
	struct object *object = arena_alloc(arena, sizeof(*object));

	if (!object)
		return NULL;
	object->path = arena_strdup(arena, path);
	object->at.file = object->path;
	object->arena = arena;
	return object->path ? object : NULL;
}

/* Only errno distinguishes a lack of memory from damage in libelf. */
static int take_step(struct object *object, size_t step, struct featsel_error *err)
{
	struct featsel_error error = {0};
	int r;

	errno = 0;
	r = steps[step](object, &error);
	if (r && errno == ENOMEM)
		return error_memory(err);
	if (r && err)
		*err = error;
	return r;
}

static int take_apart(struct object *object, struct object **ret, struct featsel_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(steps) && !r; i++)
		r = take_step(object, i, err);
	if (r) {
		object_release(object);
		return r;
	}
	object->has_core = object_core_present(object);
	*ret = object;
	return 0;
}

int object_parse(const char *name, const void *data, size_t size, struct arena *arena,
		 struct object **ret, struct featsel_error *err)
{
	struct object *object = object_new(name, arena);

	if (object)
		object->data = malloc(size + 1);
	if (!object || !object->data)
		return error_memory(err);
	memcpy(object->data, data, size);
	object->size = size;
	return take_apart(object, ret, err);
}

int object_read(const char *path, struct arena *arena, struct object **ret,
		struct featsel_error *err)
{
	struct object *object = object_new(path, arena);
	char *data = NULL;
	int r;

	if (!object)
		return error_memory(err);
	r = trust_read(object->path, OBJECT_LIMIT, &data, &object->size, err);
	object->data = data;
	if (r) {
		object_release(object);
		return r;
	}
	return take_apart(object, ret, err);
}

void object_release(struct object *object)
{
	size_t i;

	if (!object)
		return;
	for (i = 0; i < object->n_maps; i++) {
		vec_free(&object->maps[i].programs);
		vec_free(&object->maps[i].maps);
	}
	vec_free(&object->datasecs);
	dict_free(&object->map_names);
	dict_free(&object->program_names);
	btf__free(object->btf);
	object_close_elf(object);
	free(object->data);
	object->btf = NULL;
	object->data = NULL;
	object->n_maps = 0;
}
