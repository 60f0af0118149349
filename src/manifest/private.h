/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * private.h - what only the files of the manifest room share
 */
#ifndef FEATSEL_MANIFEST_PRIVATE_H
#define FEATSEL_MANIFEST_PRIVATE_H

#include "feature/feature.h"
#include "manifest/manifest.h"

/* ---- the grammar ----  parse_KEY() takes the value of that key. Each returns 0 or a negative
 * errno with the error set at the node's place. */

#define CANDIDATES_LIMIT 256
#define PROGRAMS_LIMIT	 64
#define MAPS_LIMIT	 64
#define ARGUMENTS_LIMIT	 64
#define LIST_LIMIT	 256
#define NAME_LIMIT	 64
#define TEXT_LIMIT	 4096

/* Of the way to where we are: "candidate 2 'kprobe'", "any 1", "requires" */
struct step {
	const char *word;
	size_t number;	  /* 0: none */
	const char *name; /* NULL: none */
};

/* More than the reader lets values nest. */
#define STEPS_LIMIT 64

struct parser {
	struct arena *arena; /* of what stays; nodes go when their event is read */
	struct featsel_error *err;
	const char *dir;
	struct vec events; /* struct featsel_event * */
	struct dict
		features; /* kind, program type and name -> struct feature *: each is made once */
	char *key;	  /* of features: PARSER_KEY_SIZE bytes */
	struct step steps[STEPS_LIMIT];
	size_t n_steps;
};
#define PARSER_KEY_SIZE (2 * (TEXT_LIMIT + 1) + 2)

/* ---- values.c: steps, keys, single values, lists ---- */

int parse_fail(const struct parser *parser, const struct node *node, const char *format, ...)
	PRINTF(3, 4);
/* Go one step down, until parse_leave(). Only a failure needs the words. */
void parse_enter(struct parser *parser, const char *word, size_t number, const char *name);
void parse_leave(struct parser *parser);

/* Compare the first byte before calling strcmp(): most texts differ there. */
static inline bool parse_is_same(const char *a, const char *b)
{
	return *a == *b && strcmp(a, b) == 0;
}

struct key {
	const char *name;
	enum node_type type;
	bool required;
};
#define KEYS_LIMIT 24

/* @before and @name are what the message begins with: "event 'mmap'", "an item of 'also'" */
int parse_check_type(const struct parser *parser, const struct node *node, enum node_type type,
		     const char *before, const char *name);
int parse_check_value(const struct parser *parser, const struct node *node, enum node_type type);
int parse_check_item(const struct parser *parser, const struct node *node, const char *list,
		     enum node_type type);
int parse_unknown_key(const struct parser *parser, const struct node *node,
		      const char *const *names, size_t n);
const struct node *parse_child(const struct node *mapping, const char *key);
/* The value of each of @keys, or NULL. */
int parse_collect(const struct parser *parser, const struct node *mapping, const struct key *keys,
		  size_t n, const struct node **values);

/* The value of a key, or an item of @list. */
int parse_check_text(const struct parser *parser, const struct node *node, const char *list,
		     const char *allowed);
int parse_keep(const struct parser *parser, const char *text, const char **ret);
int parse_text(const struct parser *parser, const struct node *node, const char *list,
	       const char *allowed, const char **ret);
int parse_number(const struct parser *parser, const struct node *node, uint64_t low, uint64_t high,
		 uint64_t *ret);
int parse_truth(const struct parser *parser, const struct node *node, bool *ret);
/* A path that does not depend on the working directory. */
int parse_path(const struct parser *parser, const struct node *node, const char **ret);

/* A grammar of words, and what a word is called that does not fit. */
struct word {
	const char *extra;  /* beyond letters, digits and underscores */
	const char *is_not; /* "'a b' is not ..." */
};
extern const struct word parse_word_struct, parse_word_field, parse_word_function,
	parse_word_program, parse_word_map;
int parse_word(const struct parser *parser, const struct node *node, const char *list,
	       const struct word *word, const char **ret);

/* A word of a table; its value, which may be part of a set. */
struct choice {
	const char *name;
	unsigned int value;
};
#define CHOICES_LIMIT 32
/* The value of a key, or an item of @list, must be one of @choices; *ret is the row. */
int parse_choice(const struct parser *parser, const struct node *node, const char *list,
		 const struct choice *choices, size_t n, const struct choice **ret);

int parse_check_name(const struct parser *parser, const struct node *node, const char *what);

int parse_check_count(const struct parser *parser, const struct node *list, size_t low,
		      size_t high);
int parse_check_unique(const struct parser *parser, const struct node *list,
		       const struct node *item);
/* A list of different words, NULL-terminated; @list may be NULL. @at (nullable): their places. */
int parse_words(const struct parser *parser, const struct node *list, const struct word *word,
		const char *const **ret, const struct location **at);
/* A copy that stays, with everything below it. */
int parse_keep_node(const struct parser *parser, const struct node *node, const struct node **ret);

/* ---- requires.c ---- */

int parse_requires(struct parser *parser, const struct node *mapping,
		   const struct requirement **ret);

/* ---- on.c ---- */

/* What @mapping says, of an event or of a candidate, takes the place of what @base (nullable) says,
 * key by key. */
enum on_scope { ON_FOR_CANDIDATE, ON_FOR_EVENT, ON_FOR_ALL };
int parse_on(struct parser *parser, const struct node *mapping, enum on_scope scope,
	     const struct attach_options *base, const struct attach_options **ret);

/* ---- configuration.c: globals, maps, what is asked at least ---- */

/* Variables and maps that are named again take the place of those that @ret has from its event. */
int parse_globals(struct parser *parser, const struct node *mapping, bool shared,
		  struct featsel_candidate *ret);
int parse_maps(struct parser *parser, const struct node *mapping, struct featsel_candidate *ret);
int parse_covers(const struct parser *parser, const struct node *list, unsigned int *ret);
int parse_minimum(struct parser *parser, const struct node *mapping, const struct minimum **ret);

/* ---- candidate.c ---- */

/* What a candidate may have and inherit stands first and in the same order as in an event. */
enum shared_key {
	SHARED_OBJECT,
	SHARED_RECORD,
	SHARED_OUTPUT,
	SHARED_MAPS,
	SHARED_ALSO,
	SHARED_ON,
	SHARED_GLOBALS,
	SHARED_KCONFIG,
	SHARED_KEYS
};

#define SHARED_ROWS                                                                                \
	[SHARED_OBJECT] = {"object", NODE_SCALAR, false},                                          \
	[SHARED_RECORD] = {"record", NODE_SCALAR, false},                                          \
	[SHARED_OUTPUT] = {"output", NODE_SCALAR, false},                                          \
	[SHARED_MAPS] = {"maps", NODE_MAPPING, false},                                             \
	[SHARED_ALSO] = {"also", NODE_SEQUENCE, false}, [SHARED_ON] = {"on", NODE_MAPPING, false}, \
	[SHARED_GLOBALS] = {"globals", NODE_MAPPING, false},                                       \
	[SHARED_KCONFIG] = {"kconfig", NODE_SCALAR, false}

/* What an event says for all its candidates. */
int parse_shared(struct parser *parser, const struct node *const *values,
		 struct featsel_candidate *ret);
int parse_candidates(struct parser *parser, const struct featsel_candidate *shared,
		     const struct node *list, struct featsel_event *ret);

/* ---- parse.c: the grammar of version 1 ---- */

/* The events of a text from @name, whose objects lie in @dir (NULL: in memory). Everything is
 * allocated in @arena. */
int manifest_parse(const struct reader_input *input, const char *dir, struct arena *arena,
		   const struct featsel_event *const **ret, size_t *n, struct featsel_error *err);

/* ---- manifests, written ---- */

struct printer {
	int (*write)(void *data, const char *text);
	void *data;
	int err;
	unsigned int depth;
	bool item; /* the next line is the first of a list's item */
};

/* ---- yaml.c ---- */

/* Gives the strings of a list one by one, NULL at the end. */
typedef const char *(*next_fn)(const void *list, size_t index);

void yaml_put(struct printer *printer, const char *text);
void yaml_line(struct printer *printer);
/* In quotes where YAML would read something else. */
void yaml_scalar(struct printer *printer, const char *text);
void yaml_key(struct printer *printer, const char *key);
/* Nothing if there is no value. */
void yaml_entry(struct printer *printer, const char *key, const char *value);
void yaml_number(struct printer *printer, const char *key, int64_t number);
void yaml_truth(struct printer *printer, const char *key, bool truth);
void yaml_list(struct printer *printer, const char *key, const void *list, next_fn next);
/* A mapping follows, one level deeper: the caller comes back up. */
void yaml_open(struct printer *printer, const char *key);
/* A value of any depth as it was written, on one line; alone, and as an entry. */
void yaml_value(struct printer *printer, const struct node *node);
void yaml_node(struct printer *printer, const char *key, const struct node *node);
/* Of a NULL-terminated array, or NULL. */
const char *yaml_next_string(const void *list, size_t index);

/* ---- print-settings.c ---- */

/* @own: only what a candidate says itself. @on may be NULL. */
void print_on(struct printer *printer, const struct attach_options *on, bool own);
/* Those that are said for the event, or those that are not. */
void print_globals(struct printer *printer, const struct featsel_candidate *candidates, size_t n,
		   bool shared);
void print_maps(struct printer *printer, const struct map_ref *maps, size_t n);
/* configuration.c; the second gives the words of a set one by one, NULL at the end. */
const char *map_key_name(enum map_key key);
const char *print_next_cover(const void *list, size_t index);
void print_minimum(struct printer *printer, const struct minimum *minimum);

#endif /* FEATSEL_MANIFEST_PRIVATE_H */
