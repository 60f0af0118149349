/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * damage.c - damage for which libbpf or the kernel would refuse an object
 *
 * libbpf reports most of it with numbers of its own, some without a word, and only when programs
 * are loaded. Here it is found when the file is read.
 */
#include <bpf/btf.h>
#include <elf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "object/private.h"

#define INSN_SIZE ((uint64_t)sizeof(struct bpf_insn))

#define DAMAGED(object, err, ...) error_at(err, -EINVAL, &(object)->at, "damaged: " __VA_ARGS__)

static bool is_code(const struct object_section *section)
{
	return section->type == SHT_PROGBITS && section->flags & SHF_EXECINSTR;
}

/* ---- sections ---- */

static int check_section(const struct object *object, const struct object_section *section,
			 struct featsel_error *err)
{
	static const char *const as_they_are[] = {".BTF", ".BTF.ext", ".maps"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(as_they_are); i++)
		if (strcmp(section->name, as_they_are[i]) == 0 && section->type != SHT_PROGBITS)
			return DAMAGED(object, err,
				       "section '%s' has type %u, not that of what stands in a "
				       "program",
				       section->name, section->type);
	if (section->type == SHT_SYMTAB && section != &object->sections[object->symbol_table])
		return DAMAGED(object, err, "has two tables of symbols");
	if (section->type == SHT_SYMTAB && section->entry_size != sizeof(Elf64_Sym))
		return DAMAGED(object, err, "symbols have %zu bytes, not %zu",
			       (size_t)section->entry_size, sizeof(Elf64_Sym));
	return 0;
}

/* ---- relocations ---- */

static bool refers(const struct object_section *section, uint64_t offset)
{
	struct bpf_insn insn;

	memcpy(&insn, section->data + offset, sizeof(insn));
	return insn.code == (BPF_JMP | BPF_CALL) || insn.code == (BPF_LD | BPF_IMM | BPF_DW);
}

static int check_relocation(const struct object *object, const struct object_section *section,
			    size_t index, struct featsel_error *err)
{
	const struct object_section *table = &object->sections[section->relocated_by];
	Elf64_Rel relocation;
	size_t symbol;

	memcpy(&relocation, table->data + index * sizeof(relocation), sizeof(relocation));
	symbol = ELF64_R_SYM(relocation.r_info);
	if (symbol >= object->n_symbols || object->symbols[symbol].lost)
		return DAMAGED(object, err, "relocation %zu of section '%s' is to symbol %zu, %s",
			       index, section->name, symbol,
			       symbol >= object->n_symbols ? "which does not exist"
							   : "which is in no section");
	if (!is_code(section))
		return 0;
	if (relocation.r_offset % INSN_SIZE || relocation.r_offset >= section->size)
		return DAMAGED(object, err,
			       "relocation %zu of section '%s' is of no instruction: byte %#llx of "
			       "%#zx",
			       index, section->name, (unsigned long long)relocation.r_offset,
			       section->size);
	/* libbpf ignores records outside functions, which a linker leaves from a weak function. */
	if (!object_function(object, (size_t)(section - object->sections), relocation.r_offset) ||
	    refers(section, relocation.r_offset))
		return 0;
	return DAMAGED(object, err,
		       "relocation %zu of section '%s' is of instruction %zu, which refers to "
		       "nothing",
		       index, section->name, (size_t)(relocation.r_offset / INSN_SIZE));
}

/* libbpf ignores those of other sections. */
static bool is_relocated(const struct object_section *section)
{
	static const char ops[] = ".struct_ops";

	return section->relocated_by && (is_code(section) || strcmp(section->name, ".maps") == 0 ||
					 strncmp(section->name, ops, sizeof(ops) - 1) == 0);
}

static int check_relocations(const struct object *object, const struct object_section *section,
			     struct featsel_error *err)
{
	const struct object_section *table = &object->sections[section->relocated_by];
	size_t i;
	int r = 0;

	if (table->entry_size != sizeof(Elf64_Rel) || table->size % sizeof(Elf64_Rel))
		return DAMAGED(object, err, "relocations of section '%s' have %zu bytes, not %zu",
			       section->name, (size_t)table->entry_size, sizeof(Elf64_Rel));
	for (i = 0; i < table->size / sizeof(Elf64_Rel) && !r; i++)
		r = check_relocation(object, section, i, err);
	return r;
}

static int check_tables(const struct object *object, struct featsel_error *err)
{
	const struct object_section *section;
	size_t i;
	int r = 0;

	for (i = 1; i < object->n_sections && !r; i++) {
		section = &object->sections[i];
		if (section->type == SHT_REL && section->info >= object->n_sections)
			return DAMAGED(object, err,
				       "relocations '%s' are of section %u, which does not exist",
				       section->name, section->info);
		r = check_section(object, section, err);
		if (!r && is_relocated(section))
			r = check_relocations(object, section, err);
	}
	return r;
}

/* ---- variables: libbpf looks for each in the symbols ---- */

static int index_symbols(const struct object *object, struct dict *ret)
{
	const struct object_symbol *symbol;
	size_t i;
	int r = 0;

	for (i = 1; i < object->n_symbols && !r; i++) {
		symbol = &object->symbols[i];
		if (symbol->type == STT_OBJECT && *symbol->name)
			r = dict_set(ret, symbol->name, ret);
	}
	return r;
}

static int check_variables(const struct object *object, const struct btf_type *section,
			   const struct dict *symbols, struct featsel_error *err)
{
	const char *name = btf__name_by_offset(object->btf, section->name_off), *own;
	size_t index = name ? object_find_section(object, name) : 0;
	const struct btf_type *var;
	uint16_t i;

	if (!index || !object->sections[index].size)
		return DAMAGED(object, err, "its BTF speaks of a section '%s', which %s",
			       name ? name : "", index ? "is empty" : "is not there");
	for (i = 0; i < btf_vlen(section); i++) {
		var = btf__type_by_id(object->btf, btf_var_secinfos(section)[i].type);
		if (!var || !btf_is_var(var))
			return DAMAGED(object, err, "section '%s' holds no variables, says its BTF",
				       name);
		own = btf__name_by_offset(object->btf, var->name_off);
		if (btf_var(var)->linkage != BTF_VAR_STATIC && (!own || !dict_get(symbols, own)))
			return DAMAGED(object, err,
				       "variable '%s' of section '%s' is among no symbols",
				       own ? own : "", name);
	}
	return 0;
}

static bool is_outside(const struct object *object, const struct btf_type *section)
{
	const char *name = btf__name_by_offset(object->btf, section->name_off);

	return name && (strcmp(name, ".ksyms") == 0 || strcmp(name, ".kconfig") == 0);
}

static int check_all_variables(const struct object *object, struct featsel_error *err)
{
	const struct btf_type *const *sections = object->datasecs.items;
	struct dict symbols = {0};
	size_t i;
	int r = object->datasecs.count ? index_symbols(object, &symbols) : 0;

	if (r)
		r = error_memory(err);
	for (i = 0; i < object->datasecs.count && !r; i++)
		/* Places that a linker has already filled in are left alone. */
		if (!sections[i]->size && !is_outside(object, sections[i]))
			r = check_variables(object, sections[i], &symbols, err);
	dict_free(&symbols);
	return r;
}

/* ---- .BTF.ext ---- */

static const char *function_fault(const struct object *object, struct object_section *section,
				  const uint8_t *record)
{
	const struct object_symbol *function =
		object_function(object, (size_t)(section - object->sections), object_word(record));
	const struct btf_type *type = btf__type_by_id(object->btf, object_word(record + 4));

	if (!type || !btf_is_func(type))
		return "its type is that of no function";
	/* The code of a weak function that was replaced is left without a function. */
	return !function || function->value == object_word(record) ? NULL
								   : "no function begins there";
}

static const char *line_fault(const struct object *object, struct object_section *section,
			      const uint8_t *record)
{
	if (object_word(record) % INSN_SIZE || object_word(record) >= section->size)
		return "it is of no instruction";
	if (!btf__name_by_offset(object->btf, object_word(record + 4)) ||
	    !btf__name_by_offset(object->btf, object_word(record + 8)))
		return "its text is outside of the strings";
	return NULL;
}

static const struct {
	const char *name;
	const char *(*fault)(const struct object *object, struct object_section *section,
			     const uint8_t *record);
	bool rises; /* the kernel demands ascending offsets */
} parts[EXT_PARTS] = {
	[EXT_FUNCTIONS] = {"function", function_fault, true},
	[EXT_LINES] = {"line", line_fault, true},
	[EXT_CORES] = {"CO-RE relocation", object_core_fault, false},
};

static int check_block(const struct object *object, enum ext_part part,
		       const struct ext_block *block, struct featsel_error *err)
{
	const char *name = btf__name_by_offset(object->btf, block->name), *fault;
	size_t index = name && *name ? object_find_section(object, name) : 0;
	const uint8_t *record = block->records;
	uint32_t i;

	if (!name || !*name)
		return DAMAGED(object, err, ".BTF.ext: a block of %ss has no section",
			       parts[part].name);
	/* libbpf ignores records of a missing section. */
	for (i = 0; index && i < block->count; i++, record += block->record_size) {
		fault = parts[part].fault(object, &object->sections[index], record);
		if (!fault && parts[part].rises && i &&
		    object_word(record) <= object_word(record - block->record_size))
			fault = "it is not behind the one before";
		if (fault)
			return DAMAGED(object, err, ".BTF.ext: %s %u of section '%s': %s",
				       parts[part].name, i, name, fault);
	}
	return 0;
}

static int check_part(const struct object *object, enum ext_part part, struct featsel_error *err)
{
	struct ext_block block;
	const uint8_t *start;
	size_t size, at = 0;
	int r = object_ext_part(object, part, &start, &size);

	if (r)
		return DAMAGED(object, err, ".BTF.ext: its header does not fit it");
	while (start && !r && object_ext_next(start, size, &at, &block))
		r = check_block(object, part, &block, err);
	if (!r && start && at != size)
		return DAMAGED(object, err, ".BTF.ext: %ss end in the middle of a block",
			       parts[part].name);
	return r;
}

/* find_kcfg_type() of libbpf */
static bool is_kconfig_type(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = object_bare_type(btf, id);
	const char *name;

	if (type && btf_is_array(type)) {
		type = btf_array(type)->nelems ? object_bare_type(btf, btf_array(type)->type)
					       : NULL;
		return type && btf_is_int(type) && type->size == 1 &&
		       !(btf_int_encoding(type) & BTF_INT_BOOL);
	}
	if (type && btf_is_int(type))
		return btf_int_encoding(type) & BTF_INT_BOOL
			       ? type->size == 1
			       : type->size <= 8 && !(type->size & (type->size - 1));
	name = type && btf_is_enum(type) && type->size == 4
		       ? btf__name_by_offset(btf, type->name_off)
		       : NULL;
	return name && strcmp(name, "libbpf_tristate") == 0;
}

static int check_kconfig(const struct object *object, struct featsel_error *err)
{
	const struct object_extern *external;

	for (external = object->externs; external < object->externs + object->n_externs; external++)
		if (external->kind == EXTERN_KCONFIG &&
		    !is_kconfig_type(object->btf, external->type))
			return DAMAGED(object, err,
				       "'%s' is of a type that a variable of the kernel's "
				       "configuration cannot have",
				       external->name);
	return 0;
}

int object_check_damage(struct object *object, struct featsel_error *err)
{
	enum ext_part part;
	int r = check_tables(object, err);

	if (!r && object->btf)
		r = check_all_variables(object, err);
	if (!r && object->btf)
		r = check_kconfig(object, err);
	for (part = 0; part < EXT_PARTS && object->btf && !r; part++)
		r = check_part(object, part, err);
	return r;
}
