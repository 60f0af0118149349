/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* object.h - what an ELF object says about itself, without loading it */
#ifndef FEATSEL_OBJECT_OBJECT_H
#define FEATSEL_OBJECT_OBJECT_H

#include "base/base.h"
#include "feature/feature.h"
#include "manifest/manifest.h"
#include "object/oracle.h"
#include "object/settings.h"

/* ---- read.c: what an object says of itself, without loading ---- */

struct object_map {
	const char *name;
	int type; /* BPF_MAP_TYPE_*, -1 unknown */
	uint32_t key_size, value_size, max_entries, flags;
	bool internal;	 /* .data, .rodata, .bss, .kconfig: named by its section */
	int inner;	 /* index of the inner map's definition, -1 */
	bool inner_only; /* only the definition of inner maps: libbpf makes it and throws it away */
	bool pinned;
	bool linked;		       /* struct_ops: by a link, which libbpf knows since 1.2 */
	const char *fault;	       /* why libbpf does not open the object with it, NULL */
	uint32_t key_type, value_type; /* in the object's BTF, 0 unknown */
	size_t section, offset;
	struct vec programs; /* int: members of a program array, loaded whenever the map is used */
	struct vec maps;     /* int: members of a map of maps */
};

enum object_need {
	NEED_BTF = 1 << 0,	   /* CO-RE, typed ksyms: kernel BTF */
	NEED_GLOBAL_DATA = 1 << 1, /* .data, .rodata, .bss */
	NEED_KCONFIG = 1 << 2,
	NEED_LOOPS = 1 << 3, /* back edges */
	NEED_LARGE = 1 << 4, /* more than 4096 instructions */
	NEED_V3 = 1 << 6,    /* instruction sets */
	NEED_V4 = 1 << 7,
	NEED_ATOMICS = 1 << 8,	      /* fetching atomics, 5.12 */
	NEED_GPL = 1 << 9,	      /* calls a GPL-only helper */
	NEED_ENTERED_LOOPS = 1 << 10, /* loops that a jump enters in the middle */
	NEED_CALLBACKS = 1 << 11,     /* the address of a function, reached or not */
	NEED_V4_OPERANDS = 1 << 12,   /* older instructions with operands of v4, reached */
};

/* Whether the verifier will see a use, as far as a host's answers tell. */
struct object_reached {
	enum { NOT_REACHED = 0, MAY_BE_REACHED, IS_REACHED } how;
	/* What MAY_BE_REACHED depends on (NULL: no host can tell), or would prevent IS_REACHED. */
	const struct feature *hinge;
};

struct object_use {
	int helper;	   /* BPF_FUNC_*, or -1: a kfunc */
	const char *kfunc; /* name */
	struct object_reached reached;
};

/* A CO-RE relocation whose failure fails the program, as the operand of a btf feature. */
struct object_type_need {
	const char *feature;	  /* "struct task_struct.loginuid" */
	struct object_core *core; /* the first of its relocations */
	/* The size in the object of what is loaded or stored; 0: a bit field, -1: any. */
	int loaded;
	bool adjusts; /* libbpf makes it another size */
	struct object_reached reached;
};

/* What every verifier refuses in the instructions that every run executes. */
struct object_mistake {
	const char *what; /* NULL: none was found */
	size_t index;	  /* of the instruction in the program's own function */
};

struct object_program {
	const char *name;
	const char *section_name;
	struct section section;
	bool section_known;
	const struct object_symbol *symbol;
	/* from the instructions of the program and its subprograms, after object_program() or
	 * object_code() */
	bool analysed, followed; /* the latter by object_program_on() */
	const char *fault;	 /* why nobody can load the program, NULL */
	size_t insns;
	const int *maps; /* indices, the ones it and its subprograms refer to; map-in-map members
			    too */
	size_t n_maps, n_coded_maps; /* of them, first, those that the code itself refers to */
	/* One for each map, once the code was followed: whether a buffer of records is reached.
	 * Other maps are taken to be. */
	const struct object_reached *map_reached;
	const struct object_use *uses;
	const struct object_type_need *types;
	size_t n_uses, n_types;
	const int *externs; /* indices: those that its code refers to, reached or not */
	const struct object_symbol *const *alone; /* functions that verifiers check by themselves */
	size_t n_externs, n_alone;
	unsigned int needs;			/* enum object_need */
	uint64_t reads;				/* of the context: where they begin, by 4 bytes */
	bool depends;				/* what is reached depends on a host's answers */
	const struct feature *const *questions; /* those that it depends on */
	size_t n_questions;
	/* Without and with a context that holds only numbers. */
	struct object_mistake mistakes[2];
};

struct object_symbol {
	const char *name;
	uint64_t value, size;
	size_t section; /* 0: undefined */
	uint8_t type, bind;
	bool hidden;			      /* libbpf makes a hidden function static */
	bool lost;			      /* in a section that does not exist */
	const struct object_extern *external; /* of an undefined symbol */
};

struct object_relocation {
	uint64_t offset;
	size_t symbol;
	uint32_t type;
};

/* A CO-RE relocation, like the kernel's struct bpf_core_relo, and what was derived from it. */
struct object_core {
	uint32_t insn_offset, type, access, kind;
	bool known;
	bool indexed;	     /* an element of an array behind the first */
	const char *subject; /* object_core_subject() */
};

struct object_section {
	const char *name;
	const uint8_t *data; /* in the file; NULL for .bss and the like */
	size_t size;
	uint32_t type, link, info;
	uint64_t flags, entry_size;
	size_t relocated_by; /* the section with its relocations, 0 none */
	int map;	     /* the internal map that it becomes, -1 */
	/* sorted by offset, read at first asking */
	struct object_relocation *relocations;
	size_t n_relocations;
	struct object_core *cores;
	size_t n_cores;
	bool indexed;
};

enum extern_kind { EXTERN_KFUNC, EXTERN_KSYM, EXTERN_TYPED_KSYM, EXTERN_KCONFIG };

/* What the object expects the kernel to define: "extern ... __ksym" and "extern ... __kconfig". */
struct object_extern {
	const char *name;
	enum extern_kind kind;
	bool weak;
	uint32_t type; /* in the object's BTF */
};

struct object {
	const char *path;
	struct location at;
	struct arena *arena; /* the caller's */
	const char *license; /* "" */
	bool gpl_compatible;
	bool big_endian;
	bool has_core; /* any CO-RE relocation in the file: fatal on kernels without BTF */
	struct object_program *programs;
	size_t n_programs;
	struct object_map *maps;
	size_t n_maps;
	struct btf *btf; /* the object's own, NULL without; owned */
	void *data;	 /* the file in memory, @size bytes; owned */
	size_t size;
	void *elf; /* libelf's; owned */
	struct object_section *sections;
	size_t n_sections;
	struct object_symbol *symbols;
	size_t n_symbols, symbol_table;		/* the section that they come from */
	const struct object_symbol **functions; /* sorted by section and place */
	size_t n_functions;
	struct object_extern *externs;
	size_t n_externs;
	struct vec datasecs;		      /* const struct btf_type *: BTF of whole sections */
	struct dict map_names, program_names; /* to struct object_map *, struct object_program * */
};

/* A damaged or foreign object is an error that names its path, never a crash. */
int object_read(const char *path, struct arena *arena, struct object **ret,
		struct featsel_error *err);
/* The same from bytes in memory, which are copied. */
int object_parse(const char *name, const void *data, size_t size, struct arena *arena,
		 struct object **ret, struct featsel_error *err);
void object_release(struct object *object); /* what is not in the arena */
/* NULL: there is none, or memory is out. The first call analyses its code; object_program_on()
 * tells what of it is reached. */
const struct object_program *object_program(const struct object *object, const char *name);
int object_map(const struct object *object, const char *name); /* index or -ENOENT */

/* ---- btf.c: what of an object's BTF is dangerous to those who trust it ---- */

/* The type below typedefs, const and the like; NULL if there is none. */
const struct btf_type *object_bare_type(const struct btf *btf, uint32_t id);

/*
 * The shape of a type without names and sizes: what libbpf compares if both the object and the
 * kernel have a function (bpf_core_types_are_compat()). A longer shape is cut, and compares equal
 * as far as it goes.
 */
#define BTF_SHAPE_LIMIT	  120
#define BTF_SHAPE_RETURNS '>'
struct btf_shape {
	char text[BTF_SHAPE_LIMIT + 1];
	size_t length;
};
void btf_shape_put(struct btf_shape *shape, char letter);
char btf_shape_letter(int kind); /* BTF_KIND_*; 0 is void */

/* ---- map.c: map definitions and externs out of BTF ---- */

void object_extern_shape(const struct object *object, const struct object_extern *external,
			 struct btf_shape *ret);

/* ---- reduce.c: an object without what is not loaded ---- */

/*
 * A copy of the object's bytes with only the programs that are marked (NULL: all) and the externs
 * that they need, and without CO-RE relocations unless @core (for kernels without BTF). The caller
 * frees it.
 */
int object_reduced(const struct object *object, const bool *programs, bool core, void **ret,
		   size_t *size, struct featsel_error *err);

/* ---- reach.c: which instructions the verifier will see ---- */

/*
 * The program as the host that answers will see it (NULL: as far as the file says), in @arena where
 * that is another than what the file says. 0 or -ENOMEM.
 */
int object_program_on(const struct object *object, const struct object_program *program,
		      const struct object_oracle *oracle, struct arena *arena,
		      const struct object_program **ret);

/* ---- submit.c: which struct programs hand out ---- */

/* The name of the only struct that the programs reserve, output or write; NULL: none, or several
 * are possible. 0 or -ENOMEM. */
int object_submitted(const struct object *object, const struct object_program *const *programs,
		     size_t n, const char **ret);

/* ---- demand.c: what of a program the verifier will look at ---- */

struct bpf_insn;

struct object_demand {
	/* Loads from the context into r0 and stores into it, which is in r1. */
	const struct bpf_insn *accesses;
	size_t n_accesses;
	/* Each puts into r0 a value that the program returns on some path. */
	const struct bpf_insn *returns;
	size_t n_returns;
	uint32_t highest; /* byte of the context, plus one */
	/* Loads through a context pointer that was moved by .imm before; .off comes on top. */
	const struct bpf_insn *moved;
	size_t n_moved;
	/* Kernel externs whose address the program takes. */
	const struct object_extern *const *addresses;
	size_t n_addresses;
	const struct object_call *calls;
	size_t n_calls;
	unsigned int followed; /* a word of the context that is read through, from 1; 0: none */
};
/* Of a helper whose first argument is a map. */
struct object_call {
	int helper, map_type;
	int16_t word; /* the second one is the word of the context at this offset; or -1 */
};
/* The kernel structure of a struct_ops map, NULL. */
const char *object_struct_ops_type(const struct object *object, const struct object_map *map);
/* The member of the struct_ops map that is the program, NULL. */
const char *object_struct_ops_member(const struct object *object, const struct object_map *map,
				     const struct object_program *program);
/* What of the program's own function is the same on every kernel. 0 or -ENOMEM. */
int object_demand(const struct object *object, const struct object_program *program,
		  const struct object_oracle *oracle, struct arena *arena,
		  struct object_demand *ret);
/* Whether the map's values have a member of type struct @name. */
bool object_map_holds(const struct object *object, const struct object_map *map, const char *name);

/* ---- candidate.c to infer.c: requirements that need no declaring ---- */

/* The section of a program reference: its attach override, else the program's own. -ENOENT: the
 * section is unknown. */
int object_section(const struct object_program *program, const struct program_ref *ref,
		   struct section *ret);
/*
 * What is loaded for a candidate: its programs and the members of the program arrays that they use
 * (those as loaded_only), in @arena.
 */
int object_candidate_programs(const struct object *object,
			      const struct featsel_candidate *candidate, struct arena *arena,
			      const struct program_ref **ret, size_t *n, struct featsel_error *err);
/* The program as the host that answers will see it, with what the candidate sets; @oracle may be
 * NULL. 0, -ENOENT, -ENOMEM. */
int object_program_for(const struct object *object, const struct featsel_candidate *candidate,
		       const struct program_ref *ref, const struct object_oracle *oracle,
		       struct arena *arena, const struct object_program **ret);
/*
 * Index of the output map of a candidate: declared, or the one ring or perf buffer that is reached
 * of its programs. -ENOENT: they refer to none; -EINVAL: what is declared is none, or there are
 * several; -EAGAIN: which of several it is hangs on what the oracle, which may be NULL, does not
 * know.
 */
int object_output(const struct object *object, const struct featsel_candidate *candidate,
		  const struct object_oracle *oracle, struct arena *arena, int *ret,
		  struct featsel_error *err);
/* Whether programs of the section are attached to something that it does not name. */
bool object_lacks_target(const struct section *section);
/* Why a program needs a GPL compatible license, as the rest of a sentence; NULL: it does not. */
const char *object_gpl_reason(const struct object_program *program, const struct section *section);
/* The helper whose presence is enough for a call to @helper, since libbpf rewrites some; mostly
 * @helper itself. */
int object_helper_called(const struct object *object, int helper);
bool object_map_is_output(const struct object_map *map); /* a ring or perf buffer */
/* Whether programs share data there: not an output, a counter or a table of programs. */
bool object_map_is_state(const struct object_map *map);
bool object_map_is_per_processor(int type); /* each has a value of its own */
/* The libbpf that runs is older than 1.@minor. */
bool linked_libbpf_before(uint32_t minor);
/* Roughly what the kernel takes for the candidate's maps and programs, in bytes; with @processors
 * possible ones. */
uint64_t object_memory(const struct object *object, const struct featsel_candidate *candidate,
		       const struct program_ref *refs, size_t n, unsigned int processors);
/* Whether the map cannot be created for want of a size, which neither the object nor the candidate
 * gives. */
bool object_map_unsized(const struct object_map *map, const struct featsel_candidate *candidate);
/* A feature that a candidate needs, or may need. */
struct object_inferred {
	const struct feature *feature;
	struct object_reached reached; /* IS_REACHED, or MAY_BE_REACHED */
};
/* Who is asked what a candidate of an object needs. */
struct object_query {
	const struct object *object;
	const struct featsel_candidate *candidate;
	const struct object_oracle *oracle; /* the host's answers; NULL: what some host may need */
	/* also what every kernel has that can load the program, which decides nothing */
	bool all;
};
/*
 * The features that a candidate needs, each once, in order of evaluation. An error says why the
 * candidate can be loaded nowhere.
 */
int object_infer(const struct object_query *query, struct arena *arena,
		 const struct object_inferred **ret, size_t *n, struct featsel_error *err);

/* Every feature that may be asked to find out what is reached. 0 or -ENOMEM. */
int object_questions(const struct object *object, const struct featsel_candidate *candidate,
		     struct arena *arena, int (*found)(void *data, const struct feature *feature),
		     void *data);

/* An optional program is left out without its target, else its context words are needed. */
struct optional_target {
	const struct feature *target;
	/* NULL: the kernel need not know what it reads of its context. */
	const struct feature *words;
};
int object_optional_targets(const struct object_query *query, struct arena *arena,
			    const struct optional_target **ret, size_t *n,
			    struct featsel_error *err);
/* The target of one program, NULL if it has none of its own. */
int object_target(const struct object *object, const struct program_ref *ref, struct arena *arena,
		  const struct feature **ret, struct featsel_error *err);

/* ---- place.c: where programs are attached that `on:` sends somewhere ---- */

/* object_section() with the candidate's `on:`. */
int object_place(const struct object_program *program, const struct featsel_candidate *candidate,
		 const struct program_ref *ref, struct section *ret);
/* The socket map of that name; NULL: the only one. Its index; -ENOENT; -EINVAL: it is none; -E2BIG:
 * there are several. */
int object_sockmap(const struct object *object, const char *name);
/* The map that a program of @section is attached to, or goes over; -ENOENT. */
int object_place_map(const struct object *object, const struct section *section);
/* Attach features for the places of the candidate's programs, each once. */
int object_places(const struct object *object, const struct featsel_candidate *candidate,
		  struct arena *arena, const struct feature *const **ret, size_t *n,
		  struct featsel_error *err);

/* ---- binary.c: what programs and libraries of user space offer to uprobes ---- */

typedef int (*binary_exists_fn)(void *data, const char *path); /* 0: it does */
/* The file for @name, found as libbpf does for a name without a slash: 0 and @path, -ENOENT,
 * -ENAMETOOLONG. */
int binary_resolve(const char *name, binary_exists_fn exists, void *data, char *path, size_t size);
/* Where in the file the functions begin whose name matches (a glob, or a name): uint64_t each.
 * -ENOENT: none; -ENODATA: the file has no symbols; -ENOEXEC: it is no ELF file. */
int binary_functions(int fd, const char *pattern, struct vec *offsets);
/* 0: a function begins at @place in the file. -ENOENT; -ENODATA: nobody can tell; -ENOEXEC. */
int binary_entry(int fd, uint64_t place);
/* 0: the file has the USDT probe. -ENOENT, -ENOEXEC. */
int binary_probe(int fd, const char *provider, const char *name);

#endif /* FEATSEL_OBJECT_OBJECT_H */
