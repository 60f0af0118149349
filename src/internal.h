/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * internal.h - what the files of libfeatsel share; grouped by file, so this is also the map of the
 * library
 *
 * A group uses only groups above it; object.c and the files that read parts of an object for it
 * count as one. Third-party headers are not included here.
 */
#ifndef FEATSEL_INTERNAL_H
#define FEATSEL_INTERNAL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "featsel.h"

#define ARRAY_SIZE(array)	    (sizeof(array) / sizeof((array)[0]))
#define PRINTF(string_index, first) __attribute__((format(printf, string_index, first)))
#define CLEANUP(function)	    __attribute__((cleanup(function)))

/* Unbounded copies have no place here. */
#pragma GCC poison strcpy strcat sprintf vsprintf gets

/* ---- arena.c: memory that lives and dies together ---- */

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);
/* Everything in it is gone; a block of its memory is used again. */
void arena_reset(struct arena *arena);
/* Zeroed and aligned for any type; NULL when memory is out. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_strdup(struct arena *arena, const char *string);
char *arena_strndup(struct arena *arena, const char *string, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list args) PRINTF(2, 0);

/* A growing array; doubles. @items is realloc()ed memory, freed by vec_free(). */
struct vec {
	void *items;
	size_t count, room;
};
/* Room for one more item of @size bytes, zeroed; NULL when memory is out. */
void *vec_add(struct vec *vec, size_t size);
void vec_free(struct vec *vec);

/* String to pointer; keys are borrowed. */
struct map {
	struct map_slot *slots;
	size_t count, room;
};
void *map_get(const struct map *map, const char *key);
/* 0, -ENOMEM; an existing value is replaced. */
int map_set(struct map *map, const char *key, void *value);
/* Value after value, in no order; *@at begins at 0. NULL at the end. */
void *map_each(const struct map *map, size_t *at, const char **key);
void map_free(struct map *map);

void close_fd(int *fd); /* for CLEANUP(); leaves errno alone, sets -1 */
void free_pointer(void *pointer_to_pointer);
/* The beginning of a small file, NUL-terminated: 0 or a negative errno. */
int file_read_start(const char *path, char *text, size_t size);

/* ---- error.c: one line a failure; the context that carries the log ---- */

struct location {
	const char *file; /* NULL where there is none */
	unsigned int line, column;
};

/* Each returns @code so that a caller can write `return error_set(...)`. The first error wins. */
int error_set(struct featsel_error *err, int code, enum featsel_failure failure, const char *format,
	      ...) PRINTF(4, 5);
int error_at(struct featsel_error *err, int code, const struct location *at, const char *format,
	     ...) PRINTF(4, 5);		     /* always FEATSEL_FAILURE_INVALID */
int error_memory(struct featsel_error *err); /* -ENOMEM */
void error_clear(struct featsel_error *err);
/* "ENOENT", or "errno 524": a name that a person can look up. @code may be negative. */
const char *errno_name(int code);
/* Not permitted: -EACCES or -EPERM. */
bool errno_is_refusal(int code);

struct featsel_context {
	featsel_log_fn log;
	void *log_data;
	enum featsel_log_level log_level;
	char *object_dir;   /* never NULL */
	char *btf_path;	    /* NULL: the kernel's */
	bool raise_memlock; /* see featsel_context_set_memlock() */
};
/*
 * Hand @result of @size bytes, which begins with its size, to a caller whose struct may be shorter
 * or longer: 0, or -EINVAL where he did not say how long.
 */
int result_give(void *ret, const void *result, size_t size);
void context_log(const struct featsel_context *context, enum featsel_log_level level,
		 const char *format, ...) PRINTF(3, 4);

/* ---- processors.c: which there can be ---- */

#define PROCESSORS_LIMIT 65535

/* Those that can ever be: how many, and one more than the highest number. */
struct processors {
	unsigned int count, end;
};
/* Out of /sys, or where that is not mounted /proc: 0 or a negative errno. */
int processors_possible(struct processors *ret);

/* ---- workers.c: the same work in several threads ---- */

#define WORKERS_LIMIT 16

typedef void (*work_fn)(void *data, unsigned int worker);
/*
 * @work for each worker from 0 to @n - 1, at most WORKERS_LIMIT: the last in this thread, the
 * others in threads of their own, which no signal reaches, or in this one where they cannot be had.
 * Returns when all have.
 */
void workers_run(unsigned int n, work_fn work, void *data);
/* As many as there are processors. */
unsigned int workers_useful(void);

/* ---- names.c: numbers of the kernel's interface and their names ---- */

enum vocabulary {
	VOCABULARY_PROG_TYPE,
	VOCABULARY_MAP_TYPE,
	VOCABULARY_ATTACH_TYPE,
	VOCABULARY_HELPER,
	VOCABULARY_LINK,
	VOCABULARY_CAP,
	VOCABULARY_COUNT
};
/* Of BPF_PROG_TYPE_*, but newer than the oldest headers that featsel builds with. */
enum { PROG_TYPE_NETFILTER = 32 };

/* -ENOENT where the table does not hold it (a newer kernel may). */
int names_number(enum vocabulary vocabulary, const char *name);
/* NULL where the table does not hold it. */
const char *names_name(enum vocabulary vocabulary, int number);
/* One more than the highest number in the table. */
int names_end(enum vocabulary vocabulary);
/* The nearest of @n names, NULL where none is near: for "did you mean". */
const char *names_nearest(const char *wrong, const char *const *names, size_t n);
const char *names_suggest(enum vocabulary vocabulary, const char *wrong);

/* ---- section.c: libbpf's SEC() grammar, as a table of our own ---- */

/* What kind of thing a program of this section is attached to, and so who can tell whether that
 * works. */
enum attach_means {
	ATTACH_NONE = 0, /* the target is given when attaching (xdp, tc, cgroup, socket types), or
			    there is none */
	ATTACH_TRACEPOINT,
	ATTACH_RAW_TRACEPOINT,
	ATTACH_TRACING_TRACEPOINT, /* tp_btf */
	ATTACH_TRACING_FUNCTION,   /* fentry, fexit, fmod_ret */
	ATTACH_ITER,
	ATTACH_LSM,
	ATTACH_KPROBE,
	ATTACH_KRETPROBE,
	ATTACH_KSYSCALL,
	ATTACH_KRETSYSCALL,
	ATTACH_KPROBE_MULTI,
	ATTACH_UPROBE,
	ATTACH_URETPROBE,
	ATTACH_UPROBE_MULTI,
	ATTACH_USDT,
	ATTACH_PERF_EVENT,
	ATTACH_FREPLACE,
	ATTACH_STRUCT_OPS,
	ATTACH_MEANS_COUNT
};

enum section_flags {
	SECTION_SLEEPABLE = 1 << 0,
	SECTION_OPTIONAL = 1 << 1,  /* "?name": not loaded unless asked for */
	SECTION_RETURN = 1 << 2,    /* the return side: kretprobe, uretprobe, fexit */
	SECTION_NO_TARGET = 1 << 3, /* the form takes no target */
	SECTION_FRAGS = 1 << 4,	    /* of packets in several pieces: xdp.frags */
};

/* A section name taken apart: SEC("fentry.s/ksys_mmap_pgoff") */
struct section {
	const char *form;   /* "fentry.s": static */
	const char *target; /* "ksys_mmap_pgoff", points into the name; "" where there is none */
	int prog_type;	    /* BPF_PROG_TYPE_* */
	int attach_type;    /* BPF_*; -1 where the type has none */
	enum attach_means means;
	unsigned int flags;
};
/* -ENOENT: not a section that we know. */
int section_parse(const char *name, struct section *ret);
/* Rank in the built-in preference of selection by name: lower is better. */
int section_preference(const struct section *section);
const char *section_suggest(const char *name);
/* The program type that an attach type belongs to where nothing else says; -ENOENT. */
int section_prog_type(int attach_type);
/*
 * "fexit/do_exit[0,2]": words of the context that a program of the section reads. The length of the
 * name before them; *words a mask, 0 where there are none. -EINVAL: what stands in the brackets is
 * no list of numbers below 32.
 */
int section_words(const char *name, uint32_t *words);

/* ---- feature.c: kinds of features, their canonical form ---- */

enum feature_kind {
	FEATURE_PROG_TYPE,
	FEATURE_ATTACH_TYPE,
	FEATURE_MAP_TYPE,
	FEATURE_HELPER,
	FEATURE_KFUNC,
	FEATURE_ATTACH,
	FEATURE_LINK,
	FEATURE_BTF,
	FEATURE_KSYM,
	FEATURE_KCONFIG,
	FEATURE_INSNS,
	FEATURE_LSM,
	FEATURE_CAP,
	FEATURE_ARCH,
	FEATURE_KERNEL,
	FEATURE_KIND_COUNT
};

/* Immutable once made; @text is its identity. */
struct feature {
	enum feature_kind kind;
	const char *text;    /* "helper:kprobe/get_current_task" */
	const char *operand; /* "kprobe/get_current_task": points into text */
	const char *name;    /* "get_current_task": the operand without T/, or the operand */
	int number;	     /* of @name in the kind's vocabulary; -1: unknown to our tables, or no
				vocabulary */
	int prog_type;	     /* helper, kfunc: T; attach_type: the type it belongs to; else -1 */
};

struct feature_kind_row {
	const char *prefix; /* "map_type": before the colon */
	const char *key;    /* "map_types": in a manifest's requires */
	bool list;	    /* the manifest gives a list */
	bool privileged;    /* asked through bpf(2) or perf_event_open(2) */
	bool of_prog_type;  /* canonical form is prefix:T/name */
	int vocabulary;	    /* enum vocabulary, or -1 */
	/*
	 * The operand's grammar beyond the vocabulary: 0, or -EINVAL with a sentence in err->text.
	 */
	int (*check)(const char *operand, struct featsel_error *err);
};
const struct feature_kind_row *feature_kind(enum feature_kind kind);
/* Kind by manifest key, FEATURE_KIND_COUNT where there is none. */
enum feature_kind feature_kind_by_key(const char *key);
/*
 * Make a feature. @prog_type is T's name for helpers and kfuncs, else NULL. A name that no table
 * knows is an error where one near it is known ("did you mean"), else a feature with number -1.
 */
int feature_make(struct arena *arena, enum feature_kind kind, const char *prog_type,
		 const char *name, const struct feature **ret, struct featsel_error *err);
/* The canonical form: "helper:kprobe/get_current_task". */
int feature_parse(struct arena *arena, const char *text, const struct feature **ret,
		  struct featsel_error *err);
/* By number, for inference and enumeration; NULL when memory is out. @prog_type -1 where the kind
 * has none. */
const struct feature *feature_of(struct arena *arena, enum feature_kind kind, int prog_type,
				 int number);

/* ---- requirement.c: all, any, not over features; verdict algebra ---- */

enum requirement_op { REQUIREMENT_FEATURE, REQUIREMENT_ALL, REQUIREMENT_ANY, REQUIREMENT_NOT };

struct requirement {
	enum requirement_op op;
	const struct feature *feature; /* REQUIREMENT_FEATURE */
	struct location at;
	struct requirement *parts; /* the first part; NOT has exactly one */
	struct requirement *next;  /* the sibling */
};

enum featsel_verdict verdict_worst(enum featsel_verdict a, enum featsel_verdict b); /* all */
enum featsel_verdict verdict_best(enum featsel_verdict a, enum featsel_verdict b);  /* any */
enum featsel_verdict verdict_not(enum featsel_verdict verdict);

struct requirement_ops {
	/* Called for a leaf; @within is "any", "not" or NULL. */
	enum featsel_verdict (*ask)(void *data, const struct feature *feature, const char *within);
	/* Behind the last leaf of a group, and of what stands in it: @leaves were asked for it. May
	 * be NULL. */
	void (*close)(void *data, enum requirement_op op, size_t leaves,
		      enum featsel_verdict verdict);
};
/* @lazy stops where the rest cannot change the verdict. NULL is the empty requirement: yes. */
enum featsel_verdict requirement_evaluate(const struct requirement *requirement, bool lazy,
					  const struct requirement_ops *ops, void *data);

/* ---- manifest.c: the model, immutable once read ---- */

enum covers { COVERS_NATIVE = 1 << 0, COVERS_COMPAT = 1 << 1, COVERS_KERNEL = 1 << 2 };

struct program_ref {
	const char *name;
	const char *attach; /* SEC() form that replaces the section, or NULL */
	bool loaded_only;   /* from also: loaded, not attached */
	bool optional;	    /* left out where its target does not exist */
	struct location at;
};

struct map_ref {
	const char *name;
	uint32_t max_entries;
	struct location at;
};

struct featsel_candidate {
	const char *name;
	const struct featsel_event *event;
	const char *object; /* as written, the event's where the candidate has none; never NULL */
	const char *record; /* struct in the object's BTF; NULL: raw bytes */
	const char *output; /* map, or NULL: the one that the programs refer to */
	const struct program_ref *programs;
	size_t n_programs;
	const struct map_ref *maps; /* the event's joined in */
	size_t n_maps;
	unsigned int covers; /* 0: not said */
	const char *covers_text;
	const char *const *lacks;	    /* NULL-terminated */
	const struct requirement *requires; /* NULL: nothing declared */
	/* Helpers and kfuncs that inference leaves out; NULL-terminated. */
	const char *const *optional;
	struct location at, object_at, record_at, output_at;
	const struct location *lacks_at; /* one a field */
};

struct featsel_event {
	const char *name;
	const char *summary;	    /* "" */
	const char *const *trigger; /* NULL-terminated, or NULL */
	const struct featsel_candidate *candidates;
	size_t n_candidates;
	const char *dir; /* of the manifest, for relative objects */
	struct location at;
};

struct featsel_manifest {
	struct featsel_context *context;
	struct arena *arena; /* everything that the events refer to */
	struct vec events;   /* const struct featsel_event *, in order of definition */
	struct map by_name;
	struct vec arenas;  /* struct arena *: one a file read */
	struct map objects; /* path -> plan.c's entry: each file is read once */
	void (*release)(struct featsel_manifest
				*manifest); /* of objects; set with the first, called by free */
};

/*
 * The path of a candidate's object by rule: relative to the manifest's directory, then the object
 * directory. Allocated in @arena. -ENOENT: in neither.
 */
int manifest_object_path(const struct featsel_manifest *manifest,
			 const struct featsel_candidate *candidate, struct arena *arena,
			 const char **ret, struct featsel_error *err);

/* ---- trust.c: files that a privileged process may believe ---- */

/*
 * Open a regular file for reading. A process with privilege refuses one that others can change:
 * writable by group or others, the same for its directory (unless sticky), or owned by neither root
 * nor the caller. @limit bytes at most.
 */
int trust_open(const char *path, size_t limit, int *ret, struct featsel_error *err);

/* ---- reader.c: YAML (and so JSON) as a tree with places; the only file with <yaml.h> ---- */

enum node_type { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

struct node {
	enum node_type type;
	struct location at;
	const char *text;   /* scalar */
	bool quoted;	    /* scalar in quotes: a string whatever it looks like */
	struct node *key;   /* in a mapping: the key of this value */
	struct node *first; /* child */
	struct node *next;  /* sibling */
	size_t count;	    /* children */
};
/* Depth, size, aliases, tags, duplicate keys, second documents, NUL are refused here, at their
 * place. */
int reader_read(const char *path, struct arena *arena, struct node **ret,
		struct featsel_error *err);
int reader_parse(const char *name, const char *text, size_t size, struct arena *arena,
		 struct node **ret, struct featsel_error *err);
/* The text of a file that can be trusted; the caller frees it. */
int reader_load(const char *path, char **ret, size_t *size, struct featsel_error *err);

/*
 * Takes one value, which lives until it returns; @root is the tree so far. 0 or a negative errno.
 */
typedef int (*reader_take_fn)(void *data, const struct node *root, const struct node *value);
struct reader_each {
	const char *key; /* of the root: the mapping whose values are taken */
	reader_take_fn take;
	void *data;
};
/* The same, but these values are not kept in the tree: memory for one at a time. Keys stay. */
int reader_parse_each(const char *name, const char *text, size_t size,
		      const struct reader_each *each, struct arena *arena, struct node **ret,
		      struct featsel_error *err);

/* ---- manifest-parse.c: the grammar of version 1 ---- */

/* The events of a text from @name, whose objects lie in @dir. Everything is allocated in @arena. */
int manifest_parse(const char *name, const char *text, size_t size, const char *dir,
		   struct arena *arena, const struct featsel_event **ret, size_t *n,
		   struct featsel_error *err);

/* ---- manifest-add.c: files and directories, each all or none ---- */

/* All events of one file, added or none. Takes the arena over on success. */
int manifest_adopt(struct featsel_manifest *manifest, struct arena *arena,
		   const struct featsel_event *events, size_t n, struct featsel_error *err);

/* ---- object.c: what an object says of itself, without loading; the only <gelf.h> ---- */

struct object_map {
	const char *name;
	int type; /* BPF_MAP_TYPE_*, -1 unknown */
	uint32_t key_size, value_size, max_entries, flags;
	bool internal; /* .data, .rodata, .bss, .kconfig: named by its section */
	int inner;     /* index of the inner map's definition, -1 */
	bool template; /* only the definition of inner maps: libbpf makes it and throws it away */
	bool pinned;
	uint32_t value_type; /* in the object's BTF, 0 unknown */
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
	NEED_V2 = 1 << 5,
	NEED_V3 = 1 << 6,
	NEED_V4 = 1 << 7,      /* instruction sets */
	NEED_ATOMICS = 1 << 8, /* fetching atomics, 5.12 */
	NEED_GPL = 1 << 9,     /* calls a GPL-only helper */
};

struct object_use {
	int helper;	   /* BPF_FUNC_*, or -1: a kfunc */
	const char *kfunc; /* name */
	bool guarded;	   /* behind a run-time check: not a hard need */
	uint64_t outcomes; /* of checks, without which it is not reached: two bits a check; 0 where
			      that is not known */
	const struct object_symbol *function; /* whose checks they are */
};

/* A CO-RE relocation whose failure fails the program, in the words of a btf feature. */
struct object_type_need {
	const char *feature; /* "struct task_struct.loginuid" */
	bool guarded;
};

struct object_program {
	const char *name;
	const char *section_name;
	struct section section;
	bool section_known;
	const struct object_symbol *symbol;
	/* from the instructions, of it and of its subprograms, once object_program() or
	 * object_code() was asked */
	bool analysed;
	const char *fault; /* why the program cannot be loaded by anyone, NULL */
	size_t insns;
	const int *maps; /* indices, the ones it and its subprograms refer to; map-in-map members
			    too */
	size_t n_maps;
	const struct object_use *uses;
	size_t n_uses;
	const struct object_type_need *types;
	size_t n_types;
	unsigned int needs; /* enum object_need */
	uint32_t words;	    /* of the context, that it reads whatever happens: a mask */
};

struct object_symbol {
	const char *name;
	uint64_t value, size;
	size_t section; /* 0: undefined */
	uint8_t type, bind;
	const struct object_extern *external; /* of an undefined symbol */
};

struct object_relocation {
	uint64_t offset;
	size_t symbol;
	uint32_t type;
};

/* A CO-RE relocation, as the kernel's struct bpf_core_relo. */
struct object_core {
	uint32_t insn_offset, type, access, kind;
};

struct object_section {
	const char *name;
	const uint8_t *data; /* in the file; NULL for .bss and the like */
	size_t size;
	uint32_t type, link, info;
	uint64_t flags;
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
	struct vec datasecs;		     /* const struct btf_type *: BTF of whole sections */
	struct map map_names, program_names; /* to struct object_map *, struct object_program * */
};

/* A damaged or foreign object is an error at its path, never a crash. */
int object_read(const char *path, struct arena *arena, struct object **ret,
		struct featsel_error *err);
/* The same of bytes in memory, which are copied. */
int object_parse(const char *name, const void *data, size_t size, struct arena *arena,
		 struct object **ret, struct featsel_error *err);
void object_release(struct object *object); /* what is not in the arena */
/* NULL: there is none, or memory is out. Its code is analysed at the first asking. */
const struct object_program *object_program(const struct object *object, const char *name);
int object_map(const struct object *object, const char *name); /* index or -ENOENT */
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

/* ---- object-btf.c: what of an object's BTF is dangerous to those who trust it ---- */

/* NULL: sound. Else what is wrong, for the error. */
const char *object_btf_fault(const void *data, size_t size);

/*
 * How a type is built, names and sizes aside: what libbpf compares where the object and the kernel
 * both have a function (bpf_core_types_are_compat()). One that is longer is cut, and compares
 * equal as far as it goes.
 */
#define BTF_SHAPE_LIMIT	  120
#define BTF_SHAPE_RETURNS '>'
struct btf_shape {
	char text[BTF_SHAPE_LIMIT + 1];
	size_t length;
};
void btf_shape_put(struct btf_shape *shape, char letter);
char btf_shape_letter(int kind); /* BTF_KIND_*; 0 is void */

/* ---- object-map.c: map definitions and externs out of BTF ---- */

/* Below typedefs, const and their kind; NULL where there is none. */
const struct btf_type *object_bare_type(const struct btf *btf, uint32_t id);
/* Fill the object's datasecs: 0 or -ENOMEM. */
int object_find_datasecs(struct object *object);
int object_read_maps(struct object *object, struct featsel_error *err);
int object_read_externs(struct object *object, struct featsel_error *err);
void object_extern_shape(const struct object *object, const struct object_extern *external,
			 struct btf_shape *ret);

/* ---- object-core.c: CO-RE relocations ---- */

/* Fill the section's sorted CO-RE relocations; part of object_index_section(). */
int object_core_index(const struct object *object, struct object_section *section);
bool object_core_present(const struct object *object);
/* What the kernel must have for a relocation to succeed: a btf operand in @arena, NULL: nothing. */
const char *object_core_need(const struct object *object, const struct object_core *core,
			     struct arena *arena);
/* Whether the relocation wants kernel BTF. */
bool object_core_asks_kernel(const struct object_core *core);
/*
 * A copy of the object's bytes with only those of its programs that are marked (NULL: all), and
 * without @core without CO-RE relocations (for kernels without BTF). Caller frees.
 */
int object_reduced(const struct object *object, const bool *programs, bool core, void **ret,
		   size_t *size, struct featsel_error *err);

/* ---- object-flow.c: where a function's instructions lead ---- */

struct bpf_insn;

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

/* ---- object-entry.c: mistakes in the instructions that every run goes through ---- */

/* What is wrong with the instruction *@index of a program's own function, NULL: nothing that is
 * sure to be refused. */
const char *object_entry_fault(const struct object *object, const struct object_symbol *function,
			       int prog_type, size_t *index);

/* ---- object-check.c: code behind checks that loading decides ---- */

/* The second half of object_flow(). */
int object_checks(const struct flow *flow, uint64_t **ret);

/* ---- object-context.c: the words of its context that a program reads ---- */

/* @guards as object_flow() gives them, of the same function, whose first argument is the context. 0
 * or -ENOMEM. */
int object_context(const struct flow *flow, const uint64_t *guards, uint32_t *ret);
/* Before each instruction: the registers that hold the context, a bit each. malloc()ed; 0 or
 * -ENOMEM. */
int object_context_registers(const struct flow *flow, uint16_t **ret);

/* ---- object-demand.c: what of a program the verifier will look at ---- */

struct object_demand {
	/* Loads from the context into r0 and stores into it, which is in r1. */
	const struct bpf_insn *accesses;
	size_t n_accesses;
	/* Each puts into r0 what is returned on some way through the program. */
	const struct bpf_insn *returns;
	size_t n_returns;
	uint32_t highest; /* byte of the context, plus one */
};
/* Of the program's own function, what is sure to stand in it on every kernel. 0 or -ENOMEM. */
int object_demand(const struct object *object, const struct object_program *program,
		  struct arena *arena, struct object_demand *ret);
/* Whether the map's values have a member of type struct @name. */
bool object_map_holds(const struct object *object, const struct object_map *map, const char *name);

/* ---- object-code.c: instructions, followed into subprograms ---- */

/* 0 or -ENOMEM; what is wrong with the code itself is program->fault. */
int object_code(const struct object *object, struct object_program *program);

/* ---- object-infer.c: requirements that need no declaring ---- */

/* The section of a program reference: its attach override, else the program's own. -ENOENT:
 * unknown. */
int object_section(const struct object_program *program, const struct program_ref *ref,
		   struct section *ret);
/*
 * What is loaded for a candidate: its programs and the members of the program arrays that they use
 * (those as loaded_only), in @arena.
 */
int object_candidate_programs(const struct object *object,
			      const struct featsel_candidate *candidate, struct arena *arena,
			      const struct program_ref **ret, size_t *n, struct featsel_error *err);
/*
 * Index of the output map of a candidate: declared, or the one ring or perf buffer its programs
 * refer to. -ENOENT: its programs refer to none; -EINVAL: what is declared is none, or there are
 * several.
 */
int object_output(const struct object *object, const struct featsel_candidate *candidate, int *ret,
		  struct featsel_error *err);
/* Whether programs of the section are attached to something that it does not name. */
bool object_lacks_target(const struct section *section);
/* What makes a program need a GPL compatible license, as the rest of a sentence; NULL: nothing
 * does. */
const char *object_gpl_reason(const struct object_program *program, const struct section *section);
/* The helper whose presence is enough for a call to @helper, since libbpf rewrites some; mostly
 * @helper itself. */
int object_helper_called(const struct object *object, int helper);
/* Whether a kernel that can load such programs may lack what is called, and the candidate does not
 * say that it can do without. */
bool object_use_needed(const struct featsel_candidate *candidate, int prog_type,
		       const struct object_use *use);
/* Why no kernel creates the map as it is defined, NULL. */
const char *object_map_fault(const struct object_map *map);
bool object_map_is_output(const struct object_map *map); /* a ring or perf buffer */
/* Roughly what the kernel takes for the candidate's maps and programs, in bytes; with @processors
 * possible ones. */
uint64_t object_memory(const struct object *object, const struct featsel_candidate *candidate,
		       const struct program_ref *refs, size_t n, unsigned int processors);
/* Whether the map cannot be created for want of a size, which neither the object nor the candidate
 * gives. */
bool object_map_unsized(const struct object_map *map, const struct featsel_candidate *candidate);
/* @all: also what every kernel has that can load the program, which would cost a question and
 * decide nothing. */
int object_needs(const struct object *object, const struct featsel_candidate *candidate, bool all,
		 struct arena *arena, const struct feature *const **ret, size_t *n,
		 struct featsel_error *err);
/*
 * The inferred features of a candidate, each once, in order of evaluation. An error says why the
 * candidate can be loaded nowhere.
 */
int object_infer(const struct object *object, const struct featsel_candidate *candidate,
		 struct arena *arena, const struct feature *const **ret, size_t *n,
		 struct featsel_error *err);

/* What an optional program attaches to: it is left out where that is missing, and else needs its
 * words. */
struct optional_target {
	const struct feature *target;
	/* NULL: the kernel need not know what it reads of its context. */
	const struct feature *words;
};
int object_optional_targets(const struct object *object, const struct featsel_candidate *candidate,
			    struct arena *arena, const struct optional_target **ret, size_t *n,
			    struct featsel_error *err);
/* The target of one program, NULL where it has none of its own. */
int object_target(const struct object *object, const struct program_ref *ref, struct arena *arena,
		  const struct feature **ret, struct featsel_error *err);

/* ---- object-choice.c: what stands on both sides of a check that is decided at load time ---- */

/* All of *ret must hold, NULL where there is no such check. */
int object_choices(const struct object *object, const struct featsel_candidate *candidate,
		   struct arena *arena, const struct requirement **ret, struct featsel_error *err);

/* ---- object-binary.c: what programs and libraries of user space offer to uprobes ---- */

typedef int (*binary_exists_fn)(void *data, const char *path); /* 0: it does */
/* The file that @name means, as libbpf searches for one without a slash: 0 and @path, -ENOENT,
 * -ENAMETOOLONG. */
int binary_resolve(const char *name, binary_exists_fn exists, void *data, char *path, size_t size);
/*
 * Where in the file the functions begin whose name matches (a glob, or a name): uint64_t each.
 * -ENOENT: none; -ENODATA: the file has no symbols; -ENOEXEC: it is no ELF file.
 */
int binary_functions(int fd, const char *pattern, struct vec *offsets);
/* 0: the file has the USDT probe. -ENOENT, -ENOEXEC. */
int binary_probe(int fd, const char *provider, const char *name);

/* ---- host.c: who answers for features; cache, overrides, reasons ---- */

enum reason {
	REASON_NONE = 0,
	REASON_SYMBOL_MISSING,
	REASON_TRACEFS_UNAVAILABLE,
	REASON_KPROBES_NOT_BUILT,
	REASON_SYMBOL_NOT_PROBEABLE,
	REASON_SYMBOL_AMBIGUOUS,
	REASON_LOCKDOWN,
	REASON_PERF_PARANOID,
	REASON_ATTACH_TYPE_UNSUPPORTED,
	REASON_BTF_MISSING,
	REASON_SIGNATURE_UNSUPPORTED,
	REASON_FTRACE_DISABLED,
	REASON_POLICY_DENIED,
	REASON_TRACEPOINT_MISSING,
	REASON_HOOK_MISSING,
	REASON_TRACEFS_PERMISSION,
	REASON_LSM_INACTIVE,
	REASON_KPROBES_DISABLED,
	REASON_HELPER_UNSUPPORTED,
	REASON_LICENSE,
	REASON_VERIFIER_REJECTED,
	REASON_NO_CAPABILITY,
	REASON_SECCOMP,
	REASON_USER_NAMESPACE,
	REASON_MEMLOCK,
	REASON_TYPE_UNSUPPORTED,
	/* beyond the table of kernel situations */
	REASON_MASKED,	     /* --without, --disable */
	REASON_NOT_RECORDED, /* a snapshot does not hold it */
	REASON_INCONCLUSIVE, /* any other unknown */
	REASON_KFUNC_MISSING,
	REASON_TYPE_MISSING,   /* btf: no such type, member, enumerator */
	REASON_NOT_CONFIGURED, /* kconfig says otherwise */
	REASON_KERNEL_VERSION,
	REASON_ARCH_MISMATCH,
	REASON_INSNS_UNSUPPORTED,
	REASON_OBJECT_UNUSABLE, /* missing, damaged, foreign, untrusted */
	REASON_SILENT,		/* attached, the trigger ran, no record came */
	REASON_EXCLUDED,	/* a feature under "not" is there */
	REASON_COUNT
};
struct reason_row {
	const char *code;   /* "kprobes-not-built" */
	const char *remedy; /* the usual one, or NULL */
};
const struct reason_row *reason_row(enum reason reason);
/* REASON_COUNT where @code is none. */
enum reason reason_by_code(const char *code);

/* Of a target: whether it is known not to exist, or not to be wanted, rather than out of reach. */
bool answer_is_missing(const struct featsel_answer *answer);

/* Evidence is formatted into @arena; when memory is out it says so. @remedy NULL: the reason's
 * usual one. */
struct featsel_answer answer_yes(struct arena *arena, const char *format, ...) PRINTF(2, 3);
struct featsel_answer answer_make(struct arena *arena, enum featsel_verdict verdict,
				  enum reason reason, const char *remedy, const char *format, ...)
	PRINTF(5, 6);

struct host_backend {
	/* Answer one feature; never fails: what cannot be established is unknown. Strings in
	 * host->arena. */
	struct featsel_answer (*ask)(struct featsel_host *host, const struct feature *feature);
	/* Features that can be enumerated; NULL where that makes no sense. */
	int (*enumerate)(struct featsel_host *host, struct arena *arena,
			 int (*each)(void *data, const struct feature *feature), void *data);
	/* This feature is going to be asked for; NULL where it is all the same. */
	void (*expect)(struct featsel_host *host, const struct feature *feature);
	void (*close)(struct featsel_host *host);
	/* Another host that answers alike, for another thread; NULL where there can be none. */
	int (*twin)(struct featsel_host *host, struct featsel_host **ret);
};

struct featsel_host {
	struct featsel_context *context;
	const struct host_backend *backend;
	void *data; /* the backend's */
	struct arena *arena;
	const char *source, *release, *machine;
	struct map answers;   /* feature text -> struct host_entry * */
	struct map overrides; /* the same */
	unsigned int run;     /* answers other than yes and no count within one run only */
	size_t asked;	      /* how often the backend was asked */
};
/* New host with source "live" and the like to be set by the caller; backend->close() is called by
 * free. */
int host_new(struct featsel_context *context, const struct host_backend *backend, void *data,
	     struct featsel_host **ret, struct featsel_error *err);
/* Override, cache, backend: in this order. */
struct featsel_answer host_answer(struct featsel_host *host, const struct feature *feature);
/* It will be asked for: so that what can be answered together is. */
void host_expect(struct featsel_host *host, const struct feature *feature);
/* A new run begins: forget what was neither yes nor no. */
void host_new_run(struct featsel_host *host);

/* ---- kernel.c: every way in which featsel touches the kernel while it decides ---- */

struct bpf_insn;
struct perf_event_attr;

struct prog_probe {
	int type;
	int attach_type; /* 0 where there is none */
	const struct bpf_insn *insns;
	size_t n_insns;
	uint32_t attach_btf_id;
	int attach_btf_fd;   /* module BTF, or 0 */
	int attach_prog_fd;  /* ext */
	uint32_t btf_fd;     /* the program's own BTF, 0 none; with it: */
	uint32_t function;   /* the BTF id of the function that the program is */
	uint32_t flags;	     /* BPF_F_SLEEPABLE ... */
	int log_level;	     /* 0: no log wanted */
	const char *license; /* NULL: "Dual BSD/GPL" */
};

struct map_probe {
	int type;
	uint32_t key_size, value_size, max_entries, flags;
	int inner_fd; /* -1 */
	uint32_t btf_fd, btf_key_type_id, btf_value_type_id, btf_vmlinux_value_type_id;
	uint64_t map_extra;
};

struct link_probe {
	int prog_fd, target_fd, attach_type;
	const char *const *symbols; /* kprobe.multi */
	size_t n_symbols;
	uint32_t flags;
};

struct kernel;

/* Each returns a file descriptor or 0, or a negative errno taken right after the call. EAGAIN,
 * EINTR are retried. */
struct kernel_ops {
	int (*prog_load)(struct kernel *kernel, const struct prog_probe *probe, char *log,
			 size_t log_size);
	int (*map_create)(struct kernel *kernel, const struct map_probe *probe);
	int (*btf_load)(struct kernel *kernel, const void *data, size_t size);
	int (*raw_tracepoint_open)(struct kernel *kernel, const char *name,
				   int prog_fd); /* name NULL: tracing */
	int (*link_create)(struct kernel *kernel, const struct link_probe *probe);
	int (*perf_event_open)(struct kernel *kernel, struct perf_event_attr *attr, int pid,
			       int cpu);
	int (*bpf_nonsense)(struct kernel *kernel); /* bpf(0x7fffffff): -EINVAL where nothing
						       filters the call */
	int (*open)(struct kernel *kernel, const char *path);	/* O_RDONLY */
	int (*exists)(struct kernel *kernel, const char *path); /* 0, or why not: stat() */
	int (*filesystem)(struct kernel *kernel, const char *path, long *magic); /* statfs() */
	/* lsm_list_modules(2), 6.8: LSM_ID_* of the active modules, at most @room; their count or
	 * -ENOSYS */
	int (*lsm_list)(struct kernel *kernel, uint64_t *ids, size_t room);
	int (*uname)(struct kernel *kernel, const char **release, const char **machine);
	/* the same kernel for another thread; NULL where there can be none */
	int (*again)(struct kernel *kernel, struct kernel **ret);
	void (*close)(struct kernel *kernel, int fd);
	void (*free)(struct kernel *kernel);
};

struct kernel {
	const struct kernel_ops *ops;
};
/* @raise: RLIMIT_MEMLOCK may give way. */
int kernel_open_live(bool raise, struct kernel **ret, struct featsel_error *err);
/*
 * The whole (small) file, NUL-terminated, in @arena; @limit bytes at most. 0 or a negative errno.
 */
int kernel_read(struct kernel *kernel, struct arena *arena, const char *path, size_t limit,
		const char **ret, size_t *size);

/* ---- kernel-btf.c: types of the running kernel, walked without building an index ---- */

struct kernel_btf;

/*
 * @path NULL: /sys/kernel/btf/vmlinux; else a file, raw BTF or an ELF file with .BTF. -ENOENT: no
 * such file, so the kernel has none; -ENODATA: an ELF file without BTF; -EBADMSG: damaged;
 * -ENOTSUP: the other byte order.
 */
int kernel_btf_open(struct kernel *kernel, const char *path, struct kernel_btf **ret);
void kernel_btf_close(struct kernel_btf *btf);
/* Not 0 once a walk stopped before the end (damaged, or a kind that we cannot step over): "none" is
 * then no answer. */
int kernel_btf_damage(const struct kernel_btf *btf);
/* Type id by kind (BTF_KIND_*) and exact name; 0 where there is none. */
uint32_t kernel_btf_find(struct kernel_btf *btf, int kind, const char *name);
/* The same without a walk: 0 where it was not found before. */
uint32_t kernel_btf_found(struct kernel_btf *btf, int kind, const char *name);
/* Parameters of a function: -ENOENT no such function, else the count. */
int kernel_btf_args(struct kernel_btf *btf, const char *function);
/* Of the type of a function or variable: 0, -ENOENT. */
int kernel_btf_shape(struct kernel_btf *btf, int kind, const char *name, struct btf_shape *ret);
/* Whether struct or union @type has @member (dotted, through anonymous and embedded members, not
 * pointers): 0, -ENOENT. */
int kernel_btf_member(struct kernel_btf *btf, const char *type, const char *member);
/* Value of an enumerator in the enum, in any where @enum_name is NULL: 0 and *ret, -ENOENT. */
int kernel_btf_enumerator(struct kernel_btf *btf, const char *enum_name, const char *name,
			  int64_t *ret);

/* ---- live.c: the running kernel as its probes see it; why it refuses ---- */

/*
 * Capabilities by number: the oldest headers that featsel builds with know neither of the last two.
 */
#define CAP_MASK(number)	 (UINT64_C(1) << (number))
#define CAP_DAC_READ_SEARCH_MASK CAP_MASK(2)
#define CAP_NET_ADMIN_MASK	 CAP_MASK(12)
#define CAP_SYS_ADMIN_MASK	 CAP_MASK(21)
#define CAP_PERFMON_MASK	 CAP_MASK(38)
#define CAP_BPF_MASK		 CAP_MASK(39)

/* Never meant for user space, but comes out of bpf(2). */
#define ENOTSUPP_KERNEL 524

struct process_status {
	bool known;
	uint64_t caps; /* effective */
	bool seccomp, user_namespace;
};

enum calibration {
	CALIBRATION_PENDING = 0,
	CALIBRATION_MAPS, /* a map can be made; whether a program loads is asked before the first
			     answer that is not yes */
	CALIBRATION_PASSED,
	CALIBRATION_REFUSED
};

struct live {
	struct kernel *kernel;
	struct featsel_host *host;
	struct arena *arena; /* the host's */
	bool thorough;
	enum calibration calibration;
	/* CALIBRATION_REFUSED: what every privileged feature is answered. */
	struct featsel_answer refusal;
	bool helper_sentences_known; /* calibration saw the verifier name a helper as not for the
					type */
	struct process_status status;
	struct kernel_btf *btf;
	int btf_error;			/* 0: not tried; else why @btf is NULL */
	char *log;			/* verifier log, reused: LIVE_LOG_SIZE */
	struct host_files *files;	/* host-files.c's own */
	struct vec symbols;		/* host-symbols.c's own */
	struct host_programs *programs; /* host-kernel.c's own */
	struct host_targets *targets;	/* host-attach.c's own */
};
#define LIVE_LOG_SIZE 65536

/* The kernel's BTF, opened at the first call; NULL without, live->btf_error says why. */
struct kernel_btf *live_btf(struct live *live);
const struct process_status *live_status(struct live *live);
bool live_has_cap(struct live *live, int cap);
/* Whether the process has @caps (mask), or what stands for them in this kernel, and outside of user
 * namespaces. */
bool live_may(struct live *live, uint64_t caps);
/*
 * Why the kernel said EPERM or EACCES to a call that needs @caps (mask): seccomp, user namespace,
 * capability, lockdown, policy. @call is for the evidence: "bpf(BPF_PROG_LOAD)".
 */
struct featsel_answer live_refused(struct live *live, int error, uint64_t caps, const char *call);
/* RLIMIT_MEMLOCK in bytes; false: it is unlimited, or cannot be read. */
bool live_memory_limit(struct live *live, uint64_t *ret);
struct featsel_answer live_no_memory(struct live *live);
/* One value of a sysctl-like file; negative errno. */
int live_number(struct live *live, const char *path, long *ret);
/* Active lockdown: "none", "integrity", "confidentiality", or NULL where it cannot be read. */
const char *live_lockdown(struct live *live);
/* Where tracefs is mounted, NULL where it is not; *error why. */
const char *live_tracefs(struct live *live, int *error);

/* ---- host-files.c: answers that stand in files: btf, kconfig, lsm, caps, arch, kernel ---- */

struct featsel_answer probe_btf(struct live *live, const struct feature *feature);
struct featsel_answer probe_kconfig(struct live *live, const struct feature *feature);
struct featsel_answer probe_lsm(struct live *live, const struct feature *feature);
struct featsel_answer probe_cap(struct live *live, const struct feature *feature);
struct featsel_answer probe_arch(struct live *live, const struct feature *feature);
struct featsel_answer probe_kernel(struct live *live, const struct feature *feature);
/* Also of a host that is not this one: pure functions of what uname() said there. */
struct featsel_answer files_arch_answer(struct arena *arena, const char *machine,
					const struct feature *feature);
struct featsel_answer files_kernel_answer(struct arena *arena, const char *release,
					  const struct feature *feature);
/* Whether LSM @name is active. */
struct featsel_answer files_lsm(struct live *live, const char *name);
void host_files_free(struct live *live);

/* ---- host-symbols.c: functions and variables by name, in kallsyms ---- */

struct featsel_answer probe_ksym(struct live *live, const struct feature *feature);
/* How often @symbol names a function in kallsyms; negative errno where it cannot be read. Counts up
 * to 2. */
int symbols_count(struct live *live, const char *symbol);
/* Whether only a module has function @symbol. */
bool symbols_in_module(struct live *live, const char *symbol);
/* 1 where the glob @pattern matches a function in kallsyms, else 0; negative errno. */
int symbols_match(struct live *live, const char *pattern);

/* ---- host-failure.c: what a failed load means ---- */

/* Capabilities (mask) that loading a program of the type takes. */
uint64_t prog_type_caps(int prog_type);
/* The verifier's verdict out of its log, without the instructions before and the statistics after;
 * "" where there is none. */
const char *verifier_sentence(struct arena *arena, const char *log);
/* Whether the errno of a load without a log is about the process, not about the program. */
bool failure_is_refusal(int error);
/* What a failed load means: the table of (errno, verifier log) that the session shares. */
struct featsel_answer host_load_failure(struct live *live, int error, const char *log,
					int prog_type, int attach_type);

/* ---- host-kernel.c: the smallest program of each type; calibration, program types ---- */

/* What a program is attached to when it is loaded. */
enum target {
	TARGET_NONE = 0,
	TARGET_TRACEPOINT,
	TARGET_ITERATOR,
	TARGET_FUNCTION,
	TARGET_HOOK,
	TARGET_MODIFIABLE,
	TARGET_STRUCT_OPS,
	TARGET_XDP_PROGRAM,
	TARGET_TC_PROGRAM,
	TARGET_COUNT
};

/*
 * One way to load a program of a type that needs no object: the fields that the type demands, and
 * for tracing, lsm, ext and struct_ops something to attach to.
 */
enum variant_offers {
	OFFERS_ALL = 0,
	OFFERS_SLEEP,	 /* beyond the ways before it only helpers that sleep */
	OFFERS_FUNCTION, /* ... only helpers about a traced function's arguments */
};
struct variant {
	int prog_type;
	int attach_type;
	enum target target;
	uint32_t flags;
	enum variant_offers offers;
	bool partial; /* its no to a helper does not speak for all programs of the type */
};
/* The ways of a type, best first. */
const struct variant *variants_of(int prog_type, size_t *n);
/*
 * Load @insns that way. A file descriptor, or a negative errno with the verifier's log in
 * live->log; -ESRCH: no target; -ENODATA: the target cannot be looked up.
 */
int variant_load(struct live *live, const struct variant *variant, const struct bpf_insn *insns,
		 size_t n);
/* The same with a log of that level; a short program's is 1. */
int variant_load_logged(struct live *live, const struct variant *variant,
			const struct bpf_insn *insns, size_t n, int log_level);
/* The smallest program that way. */
int variant_load_smallest(struct live *live, const struct variant *variant);
/* Whether it loads; it is kept open for whoever needs a program of the kind. */
struct featsel_answer variant_answer(struct live *live, const struct variant *variant);
/* What the failure of variant_load() means where nothing is known of the instructions. */
struct featsel_answer variant_failure(struct live *live, const struct variant *variant, int error);
struct host_programs {
	int array_fd; /* the control's map, -1 */
	int btf_fd;   /* of a BTF with nothing but an int, 0: not loaded yet, else negative errno */
	int replaced[2]; /* programs for ext programs to replace: 0: not loaded yet */
	int replaced_btf[2];
	struct vec loaded;  /* host-kernel.c's struct loaded */
	struct vec targets; /* host-kernel.c's struct resolved */
	int helper_end;	    /* a helper number that the kernel does not know, nor any above it */
	int helper_known;   /* a helper number that the kernel knows, to whichever program type it
			       gives it; 0: not seen */
	bool controlled;    /* helper_control() was made */
	char not_for_type[128]; /* how this kernel begins when a program type has no right to a
				   helper */
	struct vec expected;	/* host-survey.c's struct expected_helper */
	struct vec surveys;	/* host-survey.c's struct survey * */
	bool survey_useless;	/* this kernel shows nothing to survey */
};

/* live->programs, made at the first call; NULL when memory is out. */
struct host_programs *host_programs(struct live *live);
/* A map of one u32 to one u32, kept open, or a negative errno. */
int host_array_map(struct live *live);
/* The controls; they set live->calibration and live->refusal. */
void host_calibrate_maps(struct live *live);
void host_calibrate_programs(struct live *live);
struct featsel_answer probe_prog_type(struct live *live, const struct feature *feature);
/*
 * What is known of a name that no table holds: absent from the enumeration @type of the kernel's
 * own BTF is a sure no; present, *number is set, and the verdict is unknown. @prefix is the
 * enumerators': "BPF_MAP_TYPE_".
 */
struct featsel_answer enumerator_answer(struct live *live, const char *type, const char *prefix,
					const char *name, enum reason absent, int *number);
/*
 * A minimal loaded program of a type (kept open, owned by live) or a negative errno, with the log
 * in live->log. @attach_type -1 and @btf_id 0: what suits the type.
 */
int host_minimal_program(struct live *live, int prog_type, int attach_type, uint32_t btf_id);
/* What the minimal program of type raw_tracepoint reads, counted from 0: next to no tracepoint has
 * so many arguments. */
#define RAW_TRACEPOINT_LAST_ARGUMENT 11
void host_programs_close(struct live *live); /* what is kept open, not what was learned */
void host_programs_free(struct live *live);

/* ---- host-survey.c: many helpers of a program type in one load ---- */

enum survey_says {
	SURVEY_SILENT = 0, /* to be asked alone */
	SURVEY_GIVEN,	   /* with so many arguments */
	SURVEY_WITHHELD,
	SURVEY_REFUSED, /* as are all programs of the variant, before the verifier speaks */
};
struct survey_finding {
	int arguments;
	struct featsel_answer refusal;
};
enum survey_says survey_helper(struct live *live, const struct variant *variant, int helper,
			       struct survey_finding *ret);

/* A helper that will be asked for, so that one survey covers all of them. A thorough host expects
 * every helper. */
struct expected_helper {
	int prog_type, number;
};
void survey_expect(struct live *live, const struct feature *feature);

/* ---- host-helper.c: whether the verifier lets a program type call a helper, a kfunc ---- */

struct featsel_answer probe_helper(struct live *live, const struct feature *feature);
struct featsel_answer probe_kfunc(struct live *live, const struct feature *feature);

/* ---- host-map.c: map types; instructions that need a map or a large program ---- */

struct featsel_answer probe_map_type(struct live *live, const struct feature *feature);
struct featsel_answer probe_insns(struct live *live, const struct feature *feature);
/* ---- host-attach-type.c: attach types ---- */

struct featsel_answer probe_attach_type(struct live *live, const struct feature *feature);

/* ---- host-attach.c: attach targets ---- */

struct featsel_answer probe_attach(struct live *live, const struct feature *feature);
/* What a failed attach of a program of @section means, for the session. */
struct featsel_answer host_attach_failure(struct live *live, int error,
					  const struct section *section);
/* The kernel's type that a program of @section is loaded for, 0 where it needs none; false: it is
 * not there. */
bool host_section_type(struct live *live, const struct section *section, uint32_t *ret);
/* Load @insns as a program of @section: a descriptor, or a negative errno with the log in
 * live->log. */
int host_section_load(struct live *live, const struct section *section, uint32_t btf_id,
		      const struct bpf_insn *insns, size_t n);
void host_targets_free(struct live *live);

/* ---- host-demand.c: what a program does with its context, its result, its maps ---- */

/* Yes, or what the verifier of this kernel will not take. Costs a load for each thing that is
 * asked. */
struct featsel_answer host_demand(struct live *live, const struct object *object,
				  const struct object_program *program,
				  const struct section *section);
/* Yes, or what the object expects of the kernel that the kernel has in another form. */
struct featsel_answer host_externs(struct live *live, const struct object *object);
/* Whether the tracepoint of @section has no byte @highest - 1, for which attaching is refused. */
bool host_context_too_small(struct live *live, const struct section *section, uint32_t highest,
			    struct featsel_answer *ret);

/* ---- host-link.c: kinds of bpf_link ---- */

struct featsel_answer probe_link(struct live *live, const struct feature *feature);

/* ---- host-memory.c: memory that the kernel charges to the process ---- */

/* Whether it charges programs and maps to a limit that the process has. */
bool host_memory_charged(struct live *live);
/* Whether @bytes of maps and programs can be had: yes, or denied by the limit on locked memory. */
struct featsel_answer host_memory(struct live *live, uint64_t bytes);
/* Close what is kept open for further questions; it is opened anew where it is needed. */
void host_let_go(struct live *live);

/* ---- host-live.c: the running kernel as a host: table of probes, and the gate before them ---- */

/* A live host on any kernel: tests give a scripted one. Takes @kernel over. */
int host_live_on(struct featsel_context *context, struct kernel *kernel, unsigned int flags,
		 struct featsel_host **ret, struct featsel_error *err);
/* NULL: the host is not the running kernel. */
struct live *host_live(struct featsel_host *host);
/*
 * Whether the running kernel knows the name of a feature that no table holds, by the enumerations
 * of its own BTF, which anybody may read: no, or unknown.
 */
struct featsel_answer host_name_answer(struct featsel_host *host, const struct feature *feature);

/* ---- host-snapshot.c: answers from a file ---- */

/* featsel_host_open_snapshot() of featsel.h, and the same from memory; @name is for errors. */
int snapshot_parse(struct featsel_context *context, const char *name, const char *text, size_t size,
		   struct featsel_host **ret, struct featsel_error *err);

/* ---- record-format.c: a record's bytes as text and JSON; knows no BTF ---- */

enum record_form {
	RECORD_BYTES = 0, /* hex digits: what we have no better form for */
	RECORD_UNSIGNED,
	RECORD_SIGNED,
	RECORD_BOOL,
	RECORD_ENUM,
	RECORD_FLAGS,
	RECORD_HEX,
	RECORD_WIDE, /* 16 bytes, hex */
	RECORD_OCTAL,
	RECORD_TIMESTAMP,
	RECORD_DURATION,
	RECORD_ERRNO,
	RECORD_IPV4,
	RECORD_IPV6,
	RECORD_SOCKADDR, /* struct sockaddr of any family */
	RECORD_STRING,
	RECORD_STRINGS, /* each ends in a NUL */
	RECORD_STRUCT,
	RECORD_ARRAY,
	RECORD_FORM_COUNT
};

struct record_constant {
	uint64_t value;
	const char *name;
	size_t length;
	int rank; /* FLAGS: the lower, the earlier it is taken out */
};

/* All of a time but its fraction, for one second since the epoch. */
struct record_second {
	int64_t second;
	size_t length;
	char text[40]; /* "12:30:01.", "2026-01-31T12:30:01." */
};

/* From the kernel's monotonic clock to the time of day; what is costly to ask for is remembered. */
struct record_clock {
	int64_t offset;	  /* wall clock minus monotonic, ns */
	int64_t measured; /* when, monotonic ns */
	int64_t quarter;  /* of an hour, for which zone holds: */
	int64_t zone;	  /* local time minus UTC, seconds */
	struct record_second local, utc;
};

/* How one field is decoded: all that BTF says of it, looked up once. */
struct record_decoder {
	enum record_form form;
	bool is_signed;
	bool integer; /* a field of the record itself: record_is_integer() */
	bool tail;    /* STRING, BYTES: reaches to the end of the sample */
	bool behind;  /* STRING, STRINGS, SOCKADDR: says where in the record they are and how long,
			 two uint16_t */
	uint8_t bit, bits; /* a bit field: from the first byte's bit @bit (in the byte order's
			      sense); bits 0: none */
	uint32_t offset;   /* from the record, struct or array that it is part of */
	uint32_t size;	   /* bytes */
	uint32_t n_parts;  /* STRUCT: members; ARRAY: elements, all decoded by parts[0] */
	uint32_t width;
	const char *name, *type;
	const struct record_decoder *parts;
	/* ENUM: by value; FLAGS: in the order in which they are taken out. */
	const struct record_constant *constants;
	size_t n_constants;
	uint64_t mask; /* FLAGS: bits that hold one value */
	struct record_clock *clock;
};

/* Whether the field has a number: record_fetch() gives it, sign extended. */
bool record_is_integer(const struct record_decoder *decoder);
uint64_t record_fetch(const struct record_decoder *decoder, const uint8_t *at);
/* The usual width in text, however long values may become. */
unsigned int record_width(const struct record_decoder *decoder);
/*
 * Write what lies at @at (@size bytes, for a string perhaps fewer than the decoder's) into @buffer.
 * The length or -ENOSPC.
 */
ssize_t record_text(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    char *buffer, size_t room);
ssize_t record_json(const struct record_decoder *decoder, const uint8_t *at, size_t size,
		    char *buffer, size_t room);
/* @monotonic ns as RFC 3339, UTC, ns: the length or -ENOSPC. */
ssize_t record_time(struct record_clock *clock, uint64_t monotonic, char *buffer, size_t room);
void record_clock_init(struct record_clock *clock);

/* ---- record.c: layouts out of BTF ---- */

/* @type NULL: raw bytes, one field "data". Allocated in @arena. */
int layout_new(const struct btf *btf, const char *type, struct arena *arena,
	       struct featsel_layout **ret, struct featsel_error *err);
/* From now on every record is too short for @field, whatever stands in its place. */
void layout_lack(struct featsel_layout *layout, const char *field);
/* Bytes of the record's struct, a flexible array at its end not counted; a sample may be longer. */
size_t layout_size(const struct featsel_layout *layout);
const struct record_decoder *layout_decoder(const struct featsel_layout *layout, size_t index);
/* Where the bytes of a field are in a sample, and how many, of a string up to its end; -ENODATA. */
ssize_t layout_bytes(const struct featsel_layout *layout, size_t index, const void *data,
		     size_t size, const uint8_t **ret);

/* ---- condition.c: FIELD OP VALUE ---- */

/* ---- select.c: pure: no I/O, no libbpf, no globals ---- */

struct plan_requirement {
	const struct feature *feature;
	const char *origin; /* "manifest", "object" */
	const char *within; /* "any", "not", "optional", NULL */
	struct featsel_answer answer;
	/* What the answer means for the candidate: under "not" the opposite. */
	enum featsel_verdict bears;
	bool moot; /* another of its group decided */
};

struct plan_candidate {
	const struct featsel_candidate *candidate;
	/* what selection is given */
	const struct feature *const *inferred;
	size_t n_inferred;
	const struct requirement *choices; /* NULL: none */
	const struct optional_target *optional;
	size_t n_optional;
	/* Verdict yes: none; else the candidate is out before it is asked. */
	struct featsel_answer barrier;
	bool wanted;	       /* false: another candidate was forced */
	bool unusable;	       /* the barrier is the object file itself */
	struct object *object; /* NULL where the barrier says why */
	/* what it finds */
	bool considered;
	enum featsel_verdict verdict;
	struct vec requirements; /* struct plan_requirement */
	int decisive;		 /* index of the requirement that made the verdict, -1 */
};

struct plan_event {
	const struct featsel_event *event;
	struct plan_candidate *candidates;
	size_t n_candidates;
	int chosen; /* negative: none */
	bool certain;
};

/* What selection asks of the world. */
struct select_ops {
	/* Fill inferred, object and barrier, right before the candidate is first evaluated. 0 or
	 * -ENOMEM. */
	int (*prepare)(void *data, struct plan_candidate *candidate);
	struct featsel_answer (*ask)(void *data, const struct feature *feature);
	/* Of a candidate whose features all hold: yes, or what keeps it out all the same. May be
	 * NULL. */
	struct featsel_answer (*settle)(void *data, const struct plan_candidate *candidate);
};
/* Decide for one event. @all: evaluate everything, for explanations. 0 or -ENOMEM. */
int select_event(struct plan_event *event, bool all, const struct select_ops *ops, void *data);
/* The next candidate after @after (-1: from the first) that may be tried: its index, -ENOENT,
 * -ENOMEM. */
int select_next(struct plan_event *event, int after, const struct select_ops *ops, void *data);
/* Why an event has no candidate: 0 where it has one. */
int select_failure(const struct plan_event *event);

/* ---- plan.c: manifest x host ---- */

struct featsel_plan {
	struct featsel_manifest *manifest;
	struct featsel_host *host;
	struct arena *arena;
	struct plan_event *events;
	size_t n_events;
};
/* The object of a path, read once a manifest. */
int plan_object(struct featsel_manifest *manifest, const char *path, struct object **ret,
		struct featsel_error *err);
/* The next candidate of a plan's event after @after that may be tried, evaluated now if need be;
 * -1: none. */
int plan_next(struct featsel_plan *plan, size_t event, int after);
/* featsel_plan_answer() of featsel.h. */
struct featsel_answer plan_answer(const struct featsel_plan *plan, size_t event, size_t candidate);

/* ---- object-events.c: selection by name, a manifest out of an object ---- */

/* ---- manifest-print.c: featsel_manifest_print() of featsel.h ---- */

/* ---- lint.c: featsel_manifest_check() of featsel.h ---- */

/* ---- probe.c: featsel_host_probe() of featsel.h: everything that can be asked ---- */

/* ---- session-log.c: what libbpf says while it works for us ---- */

/* Zeroed by its owner. What it has caught stays until chatter_free(). */
struct chatter {
	const struct featsel_context *context;
	struct chatter *outer;
	char *verifier; /* the log of the program that was refused last, NULL where there is none */
	char program[128]; /* its name, "" */
	char *said;	   /* libbpf's last warnings, a line each; NULL */
};
/*
 * Until chatter_end(), libbpf's words on this thread go to the log at debug level and are kept,
 * never to stderr.
 */
void chatter_begin(struct chatter *chatter, const struct featsel_context *context);
void chatter_end(struct chatter *chatter);
void chatter_free(struct chatter *chatter);
/*
 * The last line of @text that says something, without the verifier's statistics; copied to @line.
 */
void chatter_last_line(const char *text, char *line, size_t size);

/* ---- session-perf.c: perf buffers, one for each processor ---- */

struct perf_event_header;
struct perf_rings;

/* Takes one record; true ends the round. */
typedef bool (*perf_record_fn)(void *data, const struct perf_event_header *record);
/*
 * A buffer of @bytes, a power of two, for each processor that is online, entered into the map of
 * @entries. 0 or a negative errno.
 */
int perf_rings_open(int map_fd, uint32_t entries, size_t bytes, struct perf_rings **ret);
void perf_rings_free(struct perf_rings *rings);
size_t perf_rings_count(const struct perf_rings *rings);
int perf_rings_fd(const struct perf_rings *rings, size_t index);
/*
 * Records that found no room so far, 0 before Linux 6.0. The stream tells of them only with the
 * next record that finds room, and so never of the last.
 */
uint64_t perf_rings_lost(const struct perf_rings *rings);
void perf_rings_consume(struct perf_rings *rings, size_t index, perf_record_fn take, void *data);

/* ---- session-load.c: objects opened and loaded with what is chosen of them ---- */

struct bpf_link;
struct bpf_map;
struct bpf_object;
struct bpf_program;
struct ring_buffer;
struct intake;

/* What keeps a program attached. */
struct hold {
	struct bpf_link *link;
	int fd;	     /* a link without libbpf, -1 */
	int perf_fd; /* the event below the link, borrowed from it; -1 */
};

/* One event through one candidate: what delivers its records. */
struct feed {
	size_t event; /* in the plan */
	int index;    /* of the candidate */
	const struct featsel_candidate *candidate;
	const struct object *object;
	const struct program_ref *programs; /* to be loaded, members of program arrays too */
	size_t n_programs;
	bool *maps; /* of the object: those that the programs need */
	int output; /* of the object's maps, -1: mute */
	int drops;  /* the same, -1 */
	struct featsel_layout *layout;
	struct vec holds; /* struct hold */
	size_t attached;  /* programs */
	struct ring_buffer *ring;
	struct perf_rings *perf;
	uint64_t perf_lost; /* as its stream tells */
	struct intake *intake;
	const struct bpf_object *loaded; /* NULL: does not listen */
	const struct bpf_map *drops_map;
	unsigned int drops_count;	     /* of values in it: one for each possible processor */
	const volatile uint64_t *drops_page; /* of a map that can be read without a system call */
	size_t minimum;			     /* bytes below which a sample is no record */
	uint64_t seen;			     /* records that came, delivered or not */
	struct featsel_counts counts;
};

/* The feeds of one bpf_object. */
struct unit {
	const struct featsel_context *context;
	struct bpf_object *object;
	struct vec feeds; /* struct feed *, owned */
	struct chatter chatter;
};

/*
 * Asks @host which of the optional programs have a target, else does not touch the kernel. The
 * strings of @arena outlive the feed. @may_be_mute: programs from which no records come, since they
 * write to no buffer or to several, are no error.
 */
int feed_new(const struct object *object, const struct featsel_candidate *candidate,
	     struct featsel_host *host, bool may_be_mute, struct arena *arena, struct feed **ret,
	     struct featsel_error *err);
/* One that is neither attached nor listening: unit_release() sees to that. */
void feed_free(struct feed *feed);
/*
 * Whether two feeds of one object can live in one bpf_object: their records and losses must stay
 * apart.
 */
bool feed_fits(const struct feed *feed, const struct feed *other);
struct feed *unit_feed(const struct unit *unit, size_t index);
/* 0 or a negative errno; the chatter says more. */
int unit_open(struct unit *unit);
int unit_load(struct unit *unit);
/* Tell the feed's programs what to report; false where they cannot be told. */
bool feed_select(const struct unit *unit, const struct feed *feed,
		 const struct featsel_selection *selection);
/* Of what was opened or loaded, so that it can be opened again. */
void unit_close(struct unit *unit);
/* The map of libbpf's object that stands for map @index of ours. */
struct bpf_map *unit_map(const struct bpf_object *object, const struct object *source, int index);

/* ---- session-attach.c: programs to their targets, by a table over enum attach_means ---- */

/*
 * Whether a session can attach a program of @section: its section names the target, and no state
 * outlives the process.
 */
bool attach_possible(const struct section *section);
/* All programs of the feed; *failed is the section of the one that could not be attached. */
int feed_attach(struct feed *feed, const struct bpf_object *object, struct section *failed);
/* Whether every program that is to be attached is. */
bool feed_attached(const struct feed *feed);
/* Detach all feeds at once: the kernel's waits pass side by side. */
void feeds_detach(struct feed *const *feeds, size_t n);
/*
 * A map that refers to the perf events below the links: while the kernel tears that map down it
 * lets go of the events in a thread of its own, and nobody waits. -1 where there are too few to be
 * worth it, or the kernel refuses.
 */
int feeds_entomb(struct feed *const *feeds, size_t n);

/* ---- session-pin.c: what outlives the process ---- */

/* Pin the feed's links and maps below @dir; *made gets what was made, also where it fails. */
int feed_pin(struct feed *feed, const struct bpf_object *object, const char *dir, struct vec *made,
	     struct featsel_error *err);
void pins_undo(struct vec *made);
void pins_forget(struct vec *made);
/* Let go of pinned links without detaching. */
void feed_keep(struct feed *feed);

/* ---- session-poll.c: buffers of the kernel, emptied into a callback ---- */

/* Where samples go. */
struct intake {
	int epoll_fd;	       /* readable when something waits */
	int timer_fd;	       /* for buffers that wake nobody for a lone record */
	unsigned int interval; /* of the timer, milliseconds */
	featsel_sample_fn callback;
	void *data;
	bool discard; /* records are seen, not delivered */
	int stopped;  /* what the callback returned to end the round */
	bool drained; /* the last round left nothing behind */
	size_t budget;
};
int intake_open(struct intake *intake);
void intake_close(struct intake *intake);
int feed_listen(struct feed *feed, const struct bpf_object *object, struct intake *intake);
void feed_deafen(struct feed *feed);
/* One round over all feeds; 0, or what the callback returned. */
int intake_consume(struct intake *intake, struct feed *const *feeds, size_t n);
/* Records that the object itself counts as lost: 0, or why that cannot be read. */
int feed_drops(const struct feed *feed, uint64_t *ret);
/* Records that the kernel could not hand over. */
uint64_t feed_lost(const struct feed *feed);
/* False: a ring buffer tells nothing of its losses, and the object has no counter. */
bool feed_counts_losses(const struct feed *feed);
/* Runs of the feed's programs that the kernel left out; 0 where it does not tell (before 5.12, and
 * before 5.19 without capabilities). */
uint64_t feed_missed(const struct feed *feed);

/* ---- session-trigger.c: the self-test ---- */

/*
 * Run the event's trigger until the feed has seen a record: 0, -ENODATA none came, or why it could
 * not be run.
 */
int feed_trigger(struct feed *feed, const char *const *argv, struct intake *intake);

/* ---- session-try.c: a unit through all stages, and what a failure means ---- */

enum stage { STAGE_OPEN, STAGE_LOAD, STAGE_TRANSPORT, STAGE_ATTACH, STAGE_FIRE, STAGE_COUNT };
/* "open", "load", "transport", "attach", "fire" */
const char *stage_name(enum stage stage);
/* "failed to load": what the candidate did */
const char *stage_failed(enum stage stage);

/* Why a try ended. */
struct setback {
	enum stage stage;
	int error;		      /* negative errno; 0: none was given */
	struct feed *feed;	      /* NULL: any of the unit may be to blame */
	struct featsel_answer answer; /* strings of the plan's host */
};
enum try_flags {
	TRY_LOAD_ONLY = 1 << 0,
	TRY_SELF_TEST = 1 << 1,
	TRY_WITHOUT_TARGET = 1 << 2, /* programs whose section names no target are only loaded */
};
/* 0, or a negative errno and *setback. The caller releases the unit either way. */
int unit_try(struct unit *unit, struct featsel_plan *plan, struct intake *intake,
	     unsigned int flags, struct setback *setback);
/*
 * Detaches what is attached and releases everything, the feeds too; the unit is empty afterwards.
 */
void unit_release(struct unit *unit);

/* ---- session.c: life of a session, fallback ---- */

/* ---- trial.c: one candidate alone ---- */
#endif /* FEATSEL_INTERNAL_H */
