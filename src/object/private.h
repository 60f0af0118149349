/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * private.h - what only the files of the object room share
 */
#ifndef FEATSEL_OBJECT_PRIVATE_H
#define FEATSEL_OBJECT_PRIVATE_H

#include <string.h>

#include "feature/feature.h"
#include "manifest/manifest.h"
#include "object/object.h"

/* Of any alignment. */
static inline uint32_t object_word(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* ---- elf.c: the tables of an ELF file; the only <gelf.h> ---- */

/* Steps of reading, each of which needs the one before it. */
int object_open_elf(struct object *object, struct featsel_error *err);
int object_read_sections(struct object *object, struct featsel_error *err);
int object_read_symbols(struct object *object, struct featsel_error *err);
int object_read_functions(struct object *object, struct featsel_error *err);
void object_close_elf(struct object *object);
/* Fill the section's sorted relocations; part of object_index_section(). 0 or -ENOMEM. */
int object_read_relocations(const struct object *object, struct object_section *section);
/* Section by name; 0 if there is none. */
size_t object_find_section(const struct object *object, const char *name);
/* The first CO-RE relocation of an indexed section at or behind @offset. */
size_t object_first_core(const struct object_section *section, uint64_t offset);
/* The target of a relocation at @offset; NULL: there is none. */
const struct object_symbol *object_relocation_at(const struct object *object,
						 const struct object_section *section,
						 uint64_t offset);
/* The function that @offset of @section lies in, NULL. */
const struct object_symbol *object_function(const struct object *object, size_t section,
					    uint64_t offset);

/* ---- btf.c: what of an object's BTF is dangerous to those who trust it ---- */

/* NULL: sound. Else the damage, for the error. */
const char *object_btf_fault(const void *data, size_t size);

/* ---- map.c: map definitions and externs out of BTF ---- */

/* Fill the object's datasecs: 0 or -ENOMEM. */
int object_find_datasecs(struct object *object);
int object_read_maps(struct object *object, struct featsel_error *err);
int object_read_externs(struct object *object, struct featsel_error *err);

/* ---- ext.c: the parts of .BTF.ext ---- */

enum ext_part { EXT_FUNCTIONS, EXT_LINES, EXT_CORES, EXT_PARTS };

/* The records about the instructions of one section. */
struct ext_block {
	const uint8_t *records;
	uint32_t name, count, record_size; /* the section's name in the strings of BTF */
};
/* 0, *ret NULL if there is no such part; -EINVAL: it does not fit the section. */
int object_ext_part(const struct object *object, enum ext_part part, const uint8_t **ret,
		    size_t *size);
/* The next block, and *at behind it, which is 0 before the first; false at the end or at damage. */
bool object_ext_next(const uint8_t *part, size_t size, size_t *at, struct ext_block *ret);
/* Whether verifiers know nothing of its arguments: it is global, and its type is known. */
bool object_is_alone(const struct object *object, const struct object_symbol *function);
/* In a copy of the object's bytes: remove the part; older compilers do not write it. */
void object_ext_drop(const struct object *object, enum ext_part part, uint8_t *copy);

/* ---- damage.c: what the object would be refused for ---- */

/* The last step of reading. 0, -ENOMEM, -EINVAL with what is wrong. */
int object_check_damage(struct object *object, struct featsel_error *err);

/* ---- core.c: CO-RE relocations ---- */

/* The kernel's enum bpf_core_relo_kind, which 5.x headers lack. */
enum core_kind {
	CORE_FIELD_BYTE_OFFSET,
	CORE_FIELD_BYTE_SIZE,
	CORE_FIELD_EXISTS,
	CORE_FIELD_SIGNED,
	CORE_FIELD_LSHIFT_U64,
	CORE_FIELD_RSHIFT_U64,
	CORE_TYPE_ID_LOCAL,
	CORE_TYPE_ID_TARGET,
	CORE_TYPE_EXISTS,
	CORE_TYPE_SIZE,
	CORE_ENUMVAL_EXISTS,
	CORE_ENUMVAL_VALUE,
	CORE_TYPE_MATCHES,
	CORE_KIND_COUNT
};

/* Fill the section's sorted relocations, CO-RE relocations among them. 0 or -ENOMEM. */
int object_index_section(const struct object *object, struct object_section *section);
bool object_core_present(const struct object *object);
/* What a relocation is about, as a btf operand; NULL: it cannot be named. */
const char *object_core_subject(const struct object *object, struct object_core *core);
/* What the kernel must have for a relocation to succeed; false: nothing. */
bool object_core_need(const struct object *object, const struct object_section *section,
		      struct object_core *core, struct object_type_need *ret);
/* Whether libbpf finds in the kernel the field that the relocation is about, which exists by its
 * name; true as well where nobody knows. */
bool object_core_leads(const struct object *object, struct object_core *core,
		       const struct object_oracle *oracle);
/* Why libbpf refuses a record of .BTF.ext, NULL: it does not. */
const char *object_core_fault(const struct object *object, struct object_section *section,
			      const uint8_t *record);
/* Whether the relocation wants kernel BTF. */
bool object_core_asks_kernel(const struct object_core *core);

/* ---- flow.c: where a function's instructions lead ---- */

struct flow {
	const struct object *object;
	const struct object_symbol *function;
	const struct object_section *section; /* indexed */
	size_t n;			      /* instructions */
};
#define FLOW_NOWHERE SIZE_MAX

struct bpf_insn flow_insn(const struct flow *flow, size_t index);
/* Whether an older instruction has operands that only instruction set v4 has. */
bool flow_insn_is_newer(const struct bpf_insn *insn);
bool flow_is_jump(const struct bpf_insn *insn);
bool flow_is_conditional(const struct bpf_insn *insn);
/* Where control goes from an instruction: next[0] falls through, next[1] jumps; FLOW_NOWHERE where
 * it does not. */
void flow_successors(const struct flow *flow, size_t index, size_t next[2]);
/*
 * What the loops of @function need: NEED_LOOPS, NEED_ENTERED_LOOPS. *fault: why every verifier
 * refuses its control flow, NULL. 0 or -ENOMEM.
 */
int object_flow(const struct object *object, const struct object_symbol *function,
		unsigned int *needs, const char **fault);

/* ---- code.c: instructions, followed into subprograms ---- */

/* 0 or -ENOMEM; what is wrong with the code itself is program->fault. */
int object_code(const struct object *object, struct object_program *program);

/* ---- found.c: what of the code is reached ---- */

/* Index among the uses of a helper (@kfunc NULL) or kfunc (@helper -1); among the types:
 * -ENOENT. */
int object_find_use(const struct object_use *known, size_t n, int helper, const char *kfunc);
int object_find_type(const struct object_type_need *known, size_t n,
		     const struct object_type_need *need);
/* The need of the member itself, whatever is done with it. */
struct object_type_need object_in_any_form(const struct object_type_need *need);
/* Record how the program's uses, types and words are reached, with the oracle's answers. 0 or
 * -ENOMEM. */
int object_find_reached(const struct object *object, struct object_program *program,
			const struct object_oracle *oracle, struct arena *arena);

/* ---- candidate.c: what of an object belongs to a candidate ---- */

int object_find_program(const struct object *object, const struct program_ref *ref,
			const struct object_program **ret, struct featsel_error *err);

/* ---- fields.c: the fields of tracepoints ---- */

/* Those that a tracepoint's program reads where its struct has them; NULL: none. */
int object_fields(const struct object_query *query, const struct object_program *program,
		  const struct section *section, struct arena *arena, const struct feature **ret,
		  struct featsel_error *err);

/* ---- target.c: what programs are attached to ---- */

/* The words or fields of the context that the program reads, if its target decides about them;
 * NULL. */
int object_words(const struct object_query *query, const struct object_program *program,
		 const struct section *section, struct arena *arena, const struct feature **ret,
		 struct featsel_error *err);

/* ---- map-check.c: maps that no kernel creates ---- */

/* Why the linked libbpf does not open an object with that map, NULL. */
const char *object_map_unopened(const struct object *object, const struct object_map *map);
/* Why no kernel creates the map as it is defined, NULL. */
const char *object_map_fault(const struct object_map *map);
/* An array or hash table of maps. */
bool object_map_holds_maps(int type);
/* Map types that have no size of their own, or whose size libbpf finds by itself. */
bool object_map_sizes_itself(int type);

/* ---- check.c: programs that no kernel takes ---- */

/* 0, or -EINVAL with the reason. */
int object_check_program(const struct object *object, const struct object_program *program,
			 const struct section *section, struct featsel_error *err);

/* ---- encode.c ---- */

/* Step along @path, ".member[2]", from *type at *offset. -EINVAL with the error at @at's place. */
int object_part(const struct object_encoder *encoder, const struct node *at, const char *path,
		uint32_t *type, uint64_t *offset);

#endif /* FEATSEL_OBJECT_PRIVATE_H */
