/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * reduce.c - a copy of an object's bytes with only what will be loaded
 *
 * libbpf prepares every program and resolves every extern that it sees, wanted or not: one that it
 * cannot prepare spoils the others.
 */
#include <bpf/btf.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

/* The st_info of a symbol in the copy. */
static uint8_t *info_of(const struct object *object, const struct object_symbol *symbol,
			uint8_t *copy)
{
	const struct object_section *table = &object->sections[object->symbol_table];

	return copy + (table->data - (const uint8_t *)object->data) +
	       (size_t)(symbol - object->symbols) * sizeof(Elf64_Sym) +
	       offsetof(Elf64_Sym, st_info);
}

/*
 * libbpf takes only functions for programs, and ignores code and relocations outside functions,
 * which a linker leaves from a weak function that was replaced.
 */
static void drop_programs(const struct object *object, const bool *programs, uint8_t *copy)
{
	uint8_t *info;
	size_t i;

	for (i = 0; i < object->n_programs; i++) {
		info = info_of(object, object->programs[i].symbol, copy);
		if (!programs[i])
			*info = ELF64_ST_INFO(ELF64_ST_BIND(*info), STT_NOTYPE);
	}
}

static bool is_used(const struct object *object, const bool *programs,
		    const struct object_extern *external)
{
	const struct object_program *program;
	size_t i, j;

	for (i = 0; i < object->n_programs; i++) {
		program = programs[i] ? object_program(object, object->programs[i].name) : NULL;
		for (j = 0; program && j < program->n_externs; j++)
			if (&object->externs[program->externs[j]] == external)
				return true;
	}
	return false;
}

/* A weak extern may be missing: an extern of a program that is not loaded must not end the load. */
static void weaken(const struct object *object, const struct object_symbol *symbol, uint8_t *copy)
{
	uint8_t *info = info_of(object, symbol, copy);

	*info = ELF64_ST_INFO(STB_WEAK, ELF64_ST_TYPE(*info));
}

/* The position of the extern's name in the section .BTF, NULL. */
static uint8_t *btf_name_of(const struct object *object, const char *name, uint8_t *copy)
{
	const struct object_section *section =
		&object->sections[object_find_section(object, ".BTF")];
	uint32_t id, end = object->btf ? btf__type_cnt(object->btf) : 0;
	const struct btf_type *type;
	struct btf_header header;
	const char *own;

	if (!section->data || section->size < sizeof(header))
		return NULL;
	memcpy(&header, section->data, sizeof(header));
	for (id = 1; id < end; id++) {
		type = btf__type_by_id(object->btf, id);
		own = type && btf_is_var(type) ? btf__name_by_offset(object->btf, type->name_off)
					       : NULL;
		if (own && strcmp(own, name) == 0)
			return copy + (section->data - (const uint8_t *)object->data) +
			       header.hdr_len + header.str_off + type->name_off;
	}
	return NULL;
}

/* libbpf writes a number into these, and fails if their type is another. */
static bool takes_number(const struct object *object, const struct object_extern *external)
{
	const struct btf_type *type = object_bare_type(object->btf, external->type);

	return type && btf_is_int(type);
}

/*
 * libbpf reads the kernel's configuration if any name begins with CONFIG_, weak or not, and gives
 * up if there is none. For unknown weak names that begin with LINUX_ it takes 0, so numbers are
 * renamed to such names.
 */
static void rename_kconfig(const struct object *object, const struct object_symbol *symbol,
			   uint8_t *copy)
{
	static const char head[] = "CONFIG_", other[] = "LINUX__";
	uint8_t *name;

	if (symbol->external->kind != EXTERN_KCONFIG || !takes_number(object, symbol->external) ||
	    strncmp(symbol->name, head, sizeof(head) - 1) != 0)
		return;
	name = btf_name_of(object, symbol->name, copy);
	if (!name)
		return;
	memcpy(name, other, sizeof(other) - 1);
	memcpy(copy + ((const uint8_t *)symbol->name - (const uint8_t *)object->data), other,
	       sizeof(other) - 1);
}

static void spare_externs(const struct object *object, const bool *programs, uint8_t *copy)
{
	const struct object_symbol *symbol;
	size_t i;

	for (i = 0; i < object->n_symbols; i++) {
		symbol = &object->symbols[i];
		if (!symbol->external || is_used(object, programs, symbol->external))
			continue;
		weaken(object, symbol, copy);
		rename_kconfig(object, symbol, copy);
	}
}

int object_reduced(const struct object *object, const bool *programs, bool core, void **ret,
		   size_t *size, struct featsel_error *err)
{
	uint8_t *copy = malloc(object->size + 1);

	if (!copy)
		return error_memory(err);
	memcpy(copy, object->data, object->size);
	if (!core)
		object_ext_drop(object, EXT_CORES, copy);
	if (programs) {
		drop_programs(object, programs, copy);
		spare_externs(object, programs, copy);
	}
	*ret = copy;
	*size = object->size;
	return 0;
}
