/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * private.h - what only the files of the object room share
 */
#ifndef FEATSEL_OBJECT_PRIVATE_H
#define FEATSEL_OBJECT_PRIVATE_H

#include "feature/feature.h"
#include "manifest/manifest.h"
#include "object/object.h"

/* ---- elf.c: what an object says of itself, without loading; the only <gelf.h> ---- */

/* Section by name; 0 where there is none. */
size_t object_find_section(const struct object *object, const char *name);
/* Fill the section's sorted relocations. */
int object_index_section(const struct object *object, struct object_section *section);
/* The first relocation, CO-RE relocation of an indexed section at or behind @offset. */
size_t object_first_relocation(const struct object_section *section, uint64_t offset);
size_t object_first_core(const struct object_section *section, uint64_t offset);
/* What a relocation at @offset refers to; the CO-RE relocation there. NULL: there is none. */
const struct object_symbol *object_relocation_at(const struct object *object,
						 const struct object_section *section,
						 uint64_t offset);
const struct object_core *object_core_at(const struct object_section *section, uint64_t offset);
/* The function that @offset of @section lies in, NULL. */
const struct object_symbol *object_function(const struct object *object, size_t section,
					    uint64_t offset);

/* ---- btf.c: what of an object's BTF is dangerous to those who trust it ---- */

/* NULL: sound. Else what is wrong, for the error. */
const char *object_btf_fault(const void *data, size_t size);

/* ---- map.c: map definitions and externs out of BTF ---- */

/* Fill the object's datasecs: 0 or -ENOMEM. */
int object_find_datasecs(struct object *object);
int object_read_maps(struct object *object, struct featsel_error *err);
int object_read_externs(struct object *object, struct featsel_error *err);

/* ---- core.c: CO-RE relocations ---- */

/* Fill the section's sorted CO-RE relocations; part of object_index_section(). */
int object_core_index(const struct object *object, struct object_section *section);
bool object_core_present(const struct object *object);
/* What the kernel must have for a relocation to succeed: a btf operand in @arena, NULL: nothing. */
const char *object_core_need(const struct object *object, const struct object_core *core,
			     struct arena *arena);
/* Whether the relocation wants kernel BTF. */
bool object_core_asks_kernel(const struct object_core *core);

/* ---- flow.c: where a function's instructions lead ---- */

struct flow {
	const struct object *object;
	const struct object_symbol *function;
	const struct object_section *section; /* indexed */
	size_t n;			      /* instructions */
};
#define FLOW_NOWHERE   SIZE_MAX
#define FLOW_UNREACHED 0xffff /* among registers: no way leads to the instruction */

struct bpf_insn flow_insn(const struct flow *flow, size_t index);
bool flow_is_jump(const struct bpf_insn *insn);
bool flow_is_conditional(const struct bpf_insn *insn);
/* Where control goes from an instruction: next[0] falls through, next[1] jumps; FLOW_NOWHERE where
 * it does not. */
void flow_successors(const struct flow *flow, size_t index, size_t next[2]);
/*
 * Whether @function has a loop, and which of its instructions stand behind a check that is decided
 * at load time: *guards is malloc()ed, one mask an instruction, or NULL where there is no such
 * check. A bit stands for one outcome of one check; an instruction bears those without which it is
 * not reached. 0 or -ENOMEM.
 */
int object_flow(const struct object *object, const struct object_symbol *function, bool *loops,
		uint64_t **guards);
/* Why no verifier takes the function whatever its instructions do, NULL; 0 or -ENOMEM. */
int object_flow_fault(const struct object *object, const struct object_symbol *function,
		      const char **ret);

/* ---- entry.c: mistakes in the instructions that every run goes through ---- */

/* What is wrong with the instruction *@index of a program's own function, NULL: nothing that is
 * sure to be refused. */
const char *object_entry_fault(const struct object *object, const struct object_symbol *function,
			       int prog_type, size_t *index);

/* ---- check.c: code behind checks that loading decides ---- */

/* The second half of object_flow(). */
int object_checks(const struct flow *flow, uint64_t **ret);

/* ---- context.c: the words of its context that a program reads ---- */

/* @guards as object_flow() gives them, of the same function, whose first argument is the context. 0
 * or -ENOMEM. */
int object_context(const struct flow *flow, const uint64_t *guards, uint32_t *ret);
/* Before each instruction: the registers that hold the context, a bit each. malloc()ed; 0 or
 * -ENOMEM. */
int object_context_registers(const struct flow *flow, uint16_t **ret);

/* ---- code.c: instructions, followed into subprograms ---- */

/* 0 or -ENOMEM; what is wrong with the code itself is program->fault. */
int object_code(const struct object *object, struct object_program *program);

/* ---- infer.c: requirements that need no declaring ---- */

/* Whether a kernel that can load such programs may lack what is called, and the candidate does not
 * say that it can do without. */
bool object_use_needed(const struct featsel_candidate *candidate, int prog_type,
		       const struct object_use *use);
/* Why no kernel creates the map as it is defined, NULL. */
const char *object_map_fault(const struct object_map *map);

#endif /* FEATSEL_OBJECT_PRIVATE_H */
