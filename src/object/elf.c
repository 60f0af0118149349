/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * elf.c - the tables of an ELF file: sections, symbols, functions, relocations
 */
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

#define INSN_SIZE 8

#define DAMAGED(object, err, ...) error_at(err, -EINVAL, &(object)->at, __VA_ARGS__)

int object_open_elf(struct object *object, struct featsel_error *err)
{
	static const unsigned char native =
		__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? ELFDATA2MSB : ELFDATA2LSB;
	const unsigned char *ident = object->data;
	GElf_Ehdr header;

	if (object->size < sizeof(Elf64_Ehdr) || memcmp(ident, ELFMAG, SELFMAG) != 0)
		return DAMAGED(object, err, "not an ELF file, so not a BPF object");
	if (ident[EI_CLASS] != ELFCLASS64)
		return DAMAGED(object, err, "not a 64-bit ELF file, so not a BPF object");
	if (ident[EI_DATA] != native)
		return DAMAGED(object, err,
			       "compiled for the other byte order (this machine wants -target %s)",
			       native == ELFDATA2MSB ? "bpfeb" : "bpfel");
	object->big_endian = native == ELFDATA2MSB;
	elf_version(EV_CURRENT);
	object->elf = elf_memory(object->data, object->size);
	if (!object->elf || !gelf_getehdr(object->elf, &header))
		return DAMAGED(object, err, "damaged: %s", elf_errmsg(-1));
	/* Accept EM_NONE like libbpf: old compilers did not know EM_BPF. */
	if (header.e_type != ET_REL || (header.e_machine != EM_BPF && header.e_machine != EM_NONE))
		return DAMAGED(object, err, "an ELF file, but not a BPF object");
	return 0;
}

/* NUL-terminated string of a string table, NULL if there is none. */
static const char *string_at(const struct object_section *table, uint64_t offset)
{
	if (!table->data || offset >= table->size || table->data[table->size - 1])
		return NULL;
	return (const char *)table->data + offset;
}

static int read_section(struct object *object, size_t index, struct featsel_error *err)
{
	struct object_section *section = &object->sections[index];
	Elf_Scn *scn = elf_getscn(object->elf, index);
	GElf_Shdr header;

	if (!scn || !gelf_getshdr(scn, &header))
		return DAMAGED(object, err, "damaged: section %zu has no header", index);
	*section = (struct object_section){
		.size = header.sh_size,
		.type = header.sh_type,
		.link = header.sh_link,
		.info = header.sh_info,
		.flags = header.sh_flags,
		.entry_size = header.sh_entsize,
		.map = -1,
	};
	if (header.sh_type == SHT_NOBITS)
		return header.sh_size <= UINT32_MAX
			       ? 0
			       : DAMAGED(object, err, "damaged: section %zu is too large", index);
	if (header.sh_offset > object->size || header.sh_size > object->size - header.sh_offset)
		return DAMAGED(object, err,
			       "truncated: section %zu lies beyond the end of the file", index);
	section->data = (const uint8_t *)object->data + header.sh_offset;
	/* libelf decides, as for libbpf: "failed to get section data" */
	return elf_rawdata(scn, NULL)
		       ? 0
		       : DAMAGED(object, err, "damaged: section %zu: %s", index, elf_errmsg(-1));
}

static int name_section(struct object *object, size_t index, const struct object_section *names,
			struct featsel_error *err)
{
	struct object_section *section = &object->sections[index];
	GElf_Shdr header;

	if (!gelf_getshdr(elf_getscn(object->elf, index), &header))
		return DAMAGED(object, err, "damaged: section %zu has no header", index);
	section->name = string_at(names, header.sh_name);
	if (!section->name)
		return DAMAGED(object, err, "damaged: section %zu has no name", index);
	if (section->type == SHT_REL && section->info < object->n_sections)
		object->sections[section->info].relocated_by = index;
	return 0;
}

/* elf_strptr() takes no other: libbpf then finds no name. */
static int check_strings(const struct object *object, size_t table, struct featsel_error *err)
{
	if (object->sections[table].type == SHT_STRTAB)
		return 0;
	return DAMAGED(object, err, "damaged: section %zu is no table of strings, but holds names",
		       table);
}

int object_read_sections(struct object *object, struct featsel_error *err)
{
	size_t i, n, names;
	int r = 0;

	if (elf_getshdrnum(object->elf, &n) || elf_getshdrstrndx(object->elf, &names))
		return DAMAGED(object, err, "damaged: %s", elf_errmsg(-1));
	if (n < 2 || n >= SHN_LORESERVE || names >= n)
		return DAMAGED(object, err, "damaged: has %zu sections", n);
	object->sections = arena_array(object->arena, n, sizeof(*object->sections));
	if (!object->sections)
		return error_memory(err);
	object->n_sections = n;
	object->sections[0] = (struct object_section){.name = "", .map = -1};
	for (i = 1; i < n && !r; i++)
		r = read_section(object, i, err);
	if (!r)
		r = check_strings(object, names, err);
	for (i = 1; i < n && !r; i++)
		r = name_section(object, i, &object->sections[names], err);
	return r;
}

static int read_symbol(struct object *object, size_t index, Elf_Data *data,
		       const struct object_section *names, struct featsel_error *err)
{
	struct object_symbol *symbol = &object->symbols[index];
	GElf_Sym from;

	if (!gelf_getsym(data, (int)index, &from))
		return DAMAGED(object, err, "damaged: symbol %zu cannot be read", index);
	*symbol = (struct object_symbol){
		.name = string_at(names, from.st_name),
		.value = from.st_value,
		.size = from.st_size,
		/* skip absolute and common symbols */
		.section = from.st_shndx < object->n_sections ? from.st_shndx : 0,
		.lost = from.st_shndx >= object->n_sections,
		.type = GELF_ST_TYPE(from.st_info),
		.bind = GELF_ST_BIND(from.st_info),
		.hidden = GELF_ST_VISIBILITY(from.st_other) == STV_HIDDEN ||
			  GELF_ST_VISIBILITY(from.st_other) == STV_INTERNAL,
	};
	return symbol->name ? 0 : DAMAGED(object, err, "damaged: symbol %zu has no name", index);
}

int object_read_symbols(struct object *object, struct featsel_error *err)
{
	const struct object_section *section;
	Elf_Data *data;
	size_t i, table = 0;
	int r = 0;

	for (i = 1; i < object->n_sections && !table; i++)
		if (object->sections[i].type == SHT_SYMTAB)
			table = i;
	section = &object->sections[table];
	data = table ? elf_getdata(elf_getscn(object->elf, table), NULL) : NULL;
	if (!data || section->link >= object->n_sections)
		return DAMAGED(
			object, err,
			"has no symbols: stripped with a tool that does not know BPF objects?");
	r = check_strings(object, section->link, err);
	if (r)
		return r;
	object->symbol_table = table;
	object->n_symbols = section->size / sizeof(Elf64_Sym);
	object->symbols = arena_array(object->arena, object->n_symbols, sizeof(*object->symbols));
	if (!object->symbols)
		return error_memory(err);
	for (i = 0; i < object->n_symbols && !r; i++)
		r = read_symbol(object, i, data, &object->sections[section->link], err);
	return r;
}

static int compare_functions(const void *left, const void *right)
{
	const struct object_symbol *a = *(const struct object_symbol *const *)left;
	const struct object_symbol *b = *(const struct object_symbol *const *)right;

	if (a->section != b->section)
		return a->section < b->section ? -1 : 1;
	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return 0;
}

/* Compilers mostly write them in order. */
static void sort_functions(struct object *object)
{
	size_t i = 1;

	while (i < object->n_functions &&
	       compare_functions(&object->functions[i - 1], &object->functions[i]) <= 0)
		i++;
	if (i < object->n_functions)
		qsort(object->functions, object->n_functions, sizeof(*object->functions),
		      compare_functions);
}

static bool is_code(const struct object_section *section)
{
	return section->type == SHT_PROGBITS && section->flags & SHF_EXECINSTR;
}

int object_read_functions(struct object *object, struct featsel_error *err)
{
	const struct object_symbol *symbol;
	size_t i, size;

	object->functions =
		arena_array(object->arena, object->n_symbols, sizeof(*object->functions));
	if (!object->functions)
		return error_memory(err);
	for (i = 0; i < object->n_symbols; i++) {
		symbol = &object->symbols[i];
		if (symbol->type != STT_FUNC || !is_code(&object->sections[symbol->section]))
			continue;
		size = object->sections[symbol->section].size;
		if (!symbol->size || symbol->value % INSN_SIZE || symbol->size % INSN_SIZE ||
		    symbol->value > size || symbol->size > size - symbol->value)
			return DAMAGED(object, err,
				       "damaged: function '%s' lies outside of its section '%s'",
				       symbol->name, object->sections[symbol->section].name);
		object->functions[object->n_functions++] = symbol;
	}
	sort_functions(object);
	return 0;
}

int object_map(const struct object *object, const char *name)
{
	const struct object_map *map = dict_get(&object->map_names, name);

	return map ? (int)(map - object->maps) : -ENOENT;
}

size_t object_find_section(const struct object *object, const char *name)
{
	size_t i;

	for (i = 1; i < object->n_sections; i++)
		if (strcmp(object->sections[i].name, name) == 0)
			return i;
	return 0;
}

const struct object_symbol *object_function(const struct object *object, size_t section,
					    uint64_t offset)
{
	size_t low = 0, high = object->n_functions, middle;
	const struct object_symbol *function;

	while (low < high) {
		middle = low + (high - low) / 2;
		function = object->functions[middle];
		if (function->section < section ||
		    (function->section == section && function->value <= offset))
			low = middle + 1;
		else
			high = middle;
	}
	function = low ? object->functions[low - 1] : NULL;
	if (!function || function->section != section || offset - function->value >= function->size)
		return NULL;
	return function;
}

static int compare_relocations(const void *left, const void *right)
{
	const struct object_relocation *a = left, *b = right;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* Relocations that name no symbol are left out; libbpf refuses the object for them. */
int object_read_relocations(const struct object *object, struct object_section *section)
{
	size_t i, n = object->sections[section->relocated_by].size / sizeof(Elf64_Rel);
	Elf_Data *data;
	GElf_Rel from;

	errno = 0;
	data = elf_getdata(elf_getscn(object->elf, section->relocated_by), NULL);
	if (!data && errno == ENOMEM)
		return -ENOMEM;
	section->relocations =
		data ? arena_array(object->arena, n, sizeof(*section->relocations)) : NULL;
	if (!section->relocations)
		return data ? -ENOMEM : 0;
	for (i = 0; i < n && gelf_getrel(data, (int)i, &from); i++) {
		if (GELF_R_SYM(from.r_info) >= object->n_symbols)
			continue;
		section->relocations[section->n_relocations++] = (struct object_relocation){
			.offset = from.r_offset,
			.symbol = GELF_R_SYM(from.r_info),
			.type = (uint32_t)GELF_R_TYPE(from.r_info),
		};
	}
	qsort(section->relocations, section->n_relocations, sizeof(*section->relocations),
	      compare_relocations);
	return 0;
}

size_t object_first_core(const struct object_section *section, uint64_t offset)
{
	size_t low = 0, high = section->n_cores, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (section->cores[middle].insn_offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct object_symbol *object_relocation_at(const struct object *object,
						 const struct object_section *section,
						 uint64_t offset)
{
	const struct object_relocation key = {.offset = offset}, *found = NULL;

	if (section->n_relocations)
		found = bsearch(&key, section->relocations, section->n_relocations, sizeof(key),
				compare_relocations);
	return found ? &object->symbols[found->symbol] : NULL;
}

void object_close_elf(struct object *object)
{
	elf_end(object->elf);
	object->elf = NULL;
}
