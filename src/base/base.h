/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * base.h - memory, errors, threads
 */
#ifndef FEATSEL_BASE_BASE_H
#define FEATSEL_BASE_BASE_H

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

/* Forbid unbounded copies. With overflow checks some of these are macros, depending on the
 * compiler. */
#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat sprintf vsprintf gets

/* ---- arena.c: memory that lives and dies together ---- */

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);
/* Free everything allocated from it; one block is kept for reuse. */
void arena_reset(struct arena *arena);
/* Zeroed and aligned for integers and pointers; NULL if memory is out. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_strdup(struct arena *arena, const char *string);
char *arena_strndup(struct arena *arena, const char *string, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list args) PRINTF(2, 0);

void free_pointer(void *pointer_to_pointer); /* for CLEANUP() */

/* ---- vec.c: a growing array ---- */

/* Doubles as it grows. @items is realloc()ed memory, freed by vec_free(). */
struct vec {
	void *items;
	size_t count, room;
};
/* Append one zeroed item of @size bytes and return it; NULL if memory is out. */
void *vec_add(struct vec *vec, size_t size);
void vec_free(struct vec *vec);

/* ---- pool.c: equal things have equal numbers ---- */

struct pool_kind {
	size_t size, limit;
	size_t (*hash)(const void *item);
	bool (*same)(const void *a, const void *b);
};
struct pool {
	struct vec items;
	uint32_t *slots; /* a hash table of items' numbers */
	size_t n_slots;
};
/* From 1 on, the same for equal items; 0: they are too many, or memory is out. */
uint32_t pool_number(struct pool *pool, const struct pool_kind *kind, const void *item);
/* NULL for 0. Until the next one is kept. */
const void *pool_at(const struct pool *pool, const struct pool_kind *kind, uint32_t number);
void pool_free(struct pool *pool);

/* Whether the NULL-terminated list has the name; NULL is an empty one. */
static inline bool lists_name(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* ---- dict.c: strings to pointers ---- */

/* Keys are borrowed. */
struct dict {
	struct dict_slot *slots;
	size_t count, room;
};
void *dict_get(const struct dict *dict, const char *key);
/* Where the value of @key is, NULL there if it is new; NULL: memory is out. Valid until the next.
 */
void **dict_place(struct dict *dict, const char *key);
/* 0 or -ENOMEM. Replaces an existing value. */
int dict_set(struct dict *dict, const char *key, void *value);
/* The next value, in no order; *@at begins at 0. NULL at the end. */
void *dict_each(const struct dict *dict, size_t *at, const char **key);
void dict_free(struct dict *dict);

/* ---- file.c: descriptors and small files ---- */

void close_fd(int *fd); /* for CLEANUP(); leaves errno alone, sets -1 */
/* A vec of int that owns descriptors. @fd is closed where it cannot be kept: -ENOMEM. */
int fds_keep(struct vec *fds, int fd);
void fds_close(struct vec *fds);
/* The beginning of a small file, NUL-terminated: 0 or a negative errno. */
int file_read_start(const char *path, char *text, size_t size);

/* ---- text.c: text that is written into memory ---- */

struct text {
	FILE *out;
	char *data; /* after text_close(): with a terminating NUL that @size does not count */
	size_t size, room;
	bool failed;
};

/*
 * The stream to write to; NULL when memory is out. Unlike open_memstream() it tells of failed
 * allocations: 0, or -ENOMEM if any of the text is missing; @text is empty then.
 */
FILE *text_open(struct text *text);
int text_close(struct text *text);
void text_free(struct text *text);

/* ---- error.c: one line a failure; the context that carries the log ---- */

struct location {
	const char *file; /* or NULL */
	unsigned int line, column;
};

/* Each returns @code so that a caller can write `return error_set(...)`. The first error wins. */
int error_set(struct featsel_error *err, int code, enum featsel_failure failure, const char *format,
	      ...) PRINTF(4, 5);
int error_at(struct featsel_error *err, int code, const struct location *at, const char *format,
	     ...) PRINTF(4, 5);		     /* always FEATSEL_FAILURE_INVALID */
int error_memory(struct featsel_error *err); /* -ENOMEM */
/* 0, or -EINVAL: @flags has a bit that is none of @known. */
int error_flags(unsigned int flags, unsigned int known, struct featsel_error *err);
/* "ENOENT", or "errno 524": a name that a person can look up. @code may be negative. */
const char *errno_name(int code);
/* Not permitted: -EACCES or -EPERM. */
bool errno_is_refusal(int code);

struct featsel_context {
	featsel_log_fn log;
	void *log_data;
	enum featsel_log_level log_level;
	char *object_dir;    /* never NULL */
	char *btf_path;	     /* NULL: the kernel's */
	int btf_fd;	     /* of that file as it was checked, -1: not yet */
	char *kconfig_path;  /* NULL: as the kernel, or the manifest, says */
	bool object_dir_set; /* by the caller */
	bool raise_memlock;  /* see featsel_context_set_memlock() */
	struct vec objects;  /* struct memory_object, of featsel_context_add_object() */
};

/* An object that is in memory under a name. */
struct memory_object {
	const char *name; /* as manifests write it; owned */
	const char *path; /* as messages call it: "agent.bpf.o (in memory)"; owned */
	const void *data;
	size_t size;
};
/* By the name that manifests use, by the path; NULL if there is none. */
const struct memory_object *context_object(const struct featsel_context *context, const char *name);
const struct memory_object *context_object_at(const struct featsel_context *context,
					      const char *path);
/*
 * Copy @result of @size bytes, which begins with its size, to a caller whose struct may be shorter
 * or longer: 0, or -EINVAL if the caller did not set the size.
 */
int result_give(void *ret, const void *result, size_t size);
/* The path to open for reading the BTF: the file that was checked, through /proc; NULL: the
 * kernel's BTF. */
const char *context_btf(const struct featsel_context *context, char *buffer, size_t size);
void context_log(const struct featsel_context *context, enum featsel_log_level level,
		 const char *format, ...) PRINTF(3, 4);

/* ---- utf8.c: characters out of bytes that anybody may have chosen ---- */

/* Length of the character at @at and its code point in *ret; 0 if the bytes are not UTF-8. */
size_t utf8_decode(const uint8_t *at, size_t size, uint32_t *ret);
/*
 * False for what moves a terminal's cursor, hides text or turns it round: controls, line
 * separators, direction marks.
 */
bool utf8_is_harmless(uint32_t code);

/* ---- nearest.c: how far two words are apart, for "did you mean" ---- */

/* Longer than any name that is suggested. A longer word is never near one of them. */
enum { EDIT_LENGTH_LIMIT = 64 };

/*
 * Edits that make one word the other, ignoring case; a swap of neighbours counts as one (optimal
 * string alignment). Both lengths are at most EDIT_LENGTH_LIMIT.
 */
size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length);

/* ---- processors.c: which there can be ---- */

#define PROCESSORS_LIMIT 65535

/* Possible processors: how many, and one more than the highest number. */
struct processors {
	unsigned int count, end;
};
/* From /sys, else /proc, else the scheduler (an upper bound): 0 or a negative errno. */
int processors_possible(struct processors *ret);

/* ---- clock.c: monotonic time, and the clock of bpf_ktime_get_ns() ---- */

uint64_t monotonic_ns(void);
uint64_t monotonic_ms(void);

/* How far CLOCK_MONOTONIC is ahead of bpf_ktime_get_ns() in this process's time namespace (5.6),
 * ns. */
struct kernel_clock {
	int64_t ahead;
};

/* Reads /proc; where it cannot, as in the initial namespace. */
void kernel_clock_init(struct kernel_clock *clock);
uint64_t kernel_clock_ns(const struct kernel_clock *clock);

/* ---- workers.c: the same work in several threads ---- */

#define WORKERS_LIMIT 16

typedef void (*work_fn)(void *data, unsigned int worker);
/*
 * Call @work for each worker from 0 to @n - 1 (at most WORKERS_LIMIT): the last in this thread,
 * the others in threads of their own with all signals blocked, or in this thread if none can be
 * created. Returns when all have returned.
 */
void workers_run(unsigned int n, work_fn work, void *data);
/* The number of processors, at most WORKERS_LIMIT. */
unsigned int workers_useful(void);

/* ---- json.c: every JSON document goes through it ---- */

/*
 * Inside an object every item has a key, inside an array the key is NULL. What is written is always
 * valid UTF-8 and free of control bytes, even if the strings are not. Nothing is written after
 * @write failed.
 */
struct json {
	featsel_write_fn write;
	void *data;
	int error; /* the first that @write returned */
	unsigned int depth;
	uint64_t arrays; /* bit d: the container at depth d is an array */
	uint64_t filled; /* bit d: the container at depth d has an item */
	bool line;	 /* the next item begins a line */
	bool part;	 /* of a document that somebody else ends: no newline at the end */
	size_t used;
	char text[1024]; /* not yet written */
};

void json_begin(struct json *json, featsel_write_fn write, void *data);
/* Ask ferror() of @out at the end. */
void json_begin_file(struct json *json, FILE *out);
/* Write what is buffered: 0, or the error. Closing the outermost container does so as well. */
int json_finish(struct json *json);
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
/* Close the innermost container; the outermost one ends its line. */
void json_end(struct json *json);
/* NULL is written as null. */
void json_string(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
/* The members "verdict" to "remedy". */
void json_answer(struct json *json, const struct featsel_answer *answer);
/* An item whose value the caller writes, piece by piece, with json_raw(). */
void json_item(struct json *json, const char *key);
void json_raw(struct json *json, const char *text);
/* Begin the next item of the open container on a line of its own. */
void json_line(struct json *json);
/* A string with its quotes, outside any document. */
void json_quote(FILE *out, const char *string);

#endif /* FEATSEL_BASE_BASE_H */
