/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * parse.c - the grammar of manifests, version 1: from nodes to events
 *
 * Every mapping has its table of keys. First all keys are collected by it, so that a slip in a key
 * is reported before its consequences and a candidate can take from its event what stands below it
 * in the file; then the values are read.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "manifest/private.h"

#define VERSION 1

#define EVENTS_LIMIT	 100000
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
	struct vec events; /* struct featsel_event */
	struct dict
		features; /* kind, program type and name -> struct feature *: each is made once */
	char *key;	  /* of features: KEY_SIZE bytes */
	struct step steps[STEPS_LIMIT];
	size_t n_steps;
};

#define KEY_SIZE (2 * (TEXT_LIMIT + 1) + 2)

/* "in event 'mmap', candidate 2 'kprobe', requires, any 1: "; as much of it as there is room for */
static void write_place(const struct parser *parser, char *text, size_t size)
{
	const struct step *step = parser->steps, *end;
	size_t used = 0;

	end = step + (parser->n_steps < STEPS_LIMIT ? parser->n_steps : STEPS_LIMIT);
	text[0] = '\0';
	for (; step < end && used < size; step++) {
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 step == parser->steps ? "" : ", ", step->word);
		if (step->number && used < size)
			used += (size_t)snprintf(text + used, size - used, " %zu", step->number);
		if (step->name && used < size)
			used += (size_t)snprintf(text + used, size - used, " '%s'", step->name);
	}
	if (used && used < size)
		snprintf(text + used, size - used, ": ");
}

static __attribute__((format(printf, 3, 4))) int
fail(const struct parser *parser, const struct node *node, const char *format, ...)
{
	char text[sizeof(parser->err->text)], where[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	write_place(parser, where, sizeof(where));
	return error_at(parser->err, -EINVAL, &node->at, "%s%s", where, text);
}

/* Go one step down, until leave(). Only a failure needs the words. */
static void enter(struct parser *parser, const char *word, size_t number, const char *name)
{
	if (parser->n_steps < STEPS_LIMIT)
		parser->steps[parser->n_steps] = (struct step){word, number, name};
	parser->n_steps++;
}

static void leave(struct parser *parser)
{
	parser->n_steps--;
}

/* Texts differ in their first byte, mostly: then it is no call. */
static inline bool is_same(const char *a, const char *b)
{
	return *a == *b && strcmp(a, b) == 0;
}

/* ", did you mean 'programs'?", or "" */
static const char *did_you_mean(const struct parser *parser, const char *near)
{
	const char *text = near ? arena_printf(parser->arena, ", did you mean '%s'?", near) : NULL;

	return text ? text : "";
}

/* ---- keys ---- */

struct key {
	const char *name;
	enum node_type type;
	bool required;
};

static const char *const type_names[] = {
	[NODE_SCALAR] = "a single value",
	[NODE_SEQUENCE] = "a list",
	[NODE_MAPPING] = "a mapping",
};

static bool is_null(const struct node *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	size_t i;

	if (node->type != NODE_SCALAR || node->quoted)
		return false;
	for (i = 0; i < ARRAY_SIZE(nulls); i++)
		if (is_same(node->text, nulls[i]))
			return true;
	return false;
}

/* @before and @name are what the message begins with: "event 'mmap'", "an item of 'also'" */
static int check_type(const struct parser *parser, const struct node *node, enum node_type type,
		      const char *before, const char *name)
{
	if (is_null(node))
		return fail(parser, node, "%s'%s' has no value", before, name);
	if (node->type == type)
		return 0;
	return fail(parser, node, "%s'%s' must be %s, not %s", before, name, type_names[type],
		    type_names[node->type]);
}

static int check_value(const struct parser *parser, const struct node *node, enum node_type type)
{
	return check_type(parser, node, type, "", node->key->text);
}

static int check_item(const struct parser *parser, const struct node *node, const char *list,
		      enum node_type type)
{
	return check_type(parser, node, type, "an item of ", list);
}

static int unknown_key(const struct parser *parser, const struct node *node,
		       const char *const *names, size_t n)
{
	const char *near = names_nearest(node->key->text, names, n);

	return fail(parser, node->key, "unknown key '%s'%s", node->key->text,
		    did_you_mean(parser, near));
}

static const struct node *child(const struct node *mapping, const char *key)
{
	const struct node *node;

	for (node = mapping->first; node; node = node->next)
		if (is_same(node->key->text, key))
			break;
	return node;
}

#define KEYS_LIMIT 16

static int wrong_key(const struct parser *parser, const struct node *node, const struct key *keys,
		     size_t n)
{
	const char *names[KEYS_LIMIT];
	size_t i;

	for (i = 0; i < n; i++)
		names[i] = keys[i].name;
	return unknown_key(parser, node, names, n);
}

/* The value of each of @keys, or NULL. */
static int collect(const struct parser *parser, const struct node *mapping, const struct key *keys,
		   size_t n, const struct node **values)
{
	const struct node *node;
	size_t i;
	int err;

	for (i = 0; i < n; i++)
		values[i] = NULL;
	for (node = mapping->first; node; node = node->next) {
		for (i = 0; i < n; i++)
			if (is_same(keys[i].name, node->key->text))
				break;
		if (i == n)
			return wrong_key(parser, node, keys, n);
		err = check_value(parser, node, keys[i].type);
		if (err)
			return err;
		values[i] = node;
	}
	for (i = 0; i < n; i++)
		if (keys[i].required && !values[i])
			return fail(parser, mapping, "'%s' is missing", keys[i].name);
	return 0;
}

/* ---- single values ---- */

/* What would disturb a terminal: C0 without @allowed, DEL, and C1 in UTF-8. */
static bool has_control(const char *text, const char *allowed)
{
	const unsigned char *c = (const unsigned char *)text;

	for (; *c; c++) {
		if ((*c < 0x20 && !strchr(allowed, *c)) || *c == 0x7f)
			return true;
		if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			return true;
	}
	return false;
}

/* The value of a key, or an item of @list. */
static int check_text(const struct parser *parser, const struct node *node, const char *list,
		      const char *allowed)
{
	const char *before = node->key ? "" : "an item of ";
	const char *name = node->key ? node->key->text : list;
	int err = check_type(parser, node, NODE_SCALAR, before, name);

	if (err)
		return err;
	if (strlen(node->text) > TEXT_LIMIT)
		return fail(parser, node, "%s'%s' is longer than %d bytes", before, name,
			    TEXT_LIMIT);
	if (has_control(node->text, allowed))
		return fail(parser, node, "%s'%s' holds a control character", before, name);
	if (!node->text[0])
		return fail(parser, node, "%s'%s' is empty", before, name);
	return 0;
}

static int keep_text(const struct parser *parser, const char *text, const char **ret)
{
	*ret = arena_strdup(parser->arena, text);
	return *ret ? 0 : error_memory(parser->err);
}

static int take_text(const struct parser *parser, const struct node *node, const char *list,
		     const char *allowed, const char **ret)
{
	int err = check_text(parser, node, list, allowed);

	return err ? err : keep_text(parser, node->text, ret);
}

static int take_number(const struct parser *parser, const struct node *node, uint64_t low,
		       uint64_t high, uint64_t *ret)
{
	size_t i, length = strlen(node->text);
	uint64_t value = 0;

	if (node->quoted || !length || length > 12 || strspn(node->text, "0123456789") != length ||
	    (length > 1 && node->text[0] == '0'))
		return fail(parser, node, "'%s' must be a decimal number, not '%s'",
			    node->key->text, node->text);
	for (i = 0; i < length; i++)
		value = value * 10 + (uint64_t)(node->text[i] - '0');
	if (value < low || value > high)
		return fail(parser, node, "'%s' must be from %llu to %llu, not %s", node->key->text,
			    (unsigned long long)low, (unsigned long long)high, node->text);
	*ret = value;
	return 0;
}

/* A grammar of words, and what a word is called that does not fit. */
struct word {
	const char *extra;  /* beyond letters, digits and underscores */
	const char *is_not; /* "'a b' is not ..." */
};

static const struct word word_struct = {"", "a struct's bare name"};
static const struct word word_field = {".", "a field's name"};
static const struct word word_function = {"", "the name of a helper or kfunc"};
static const struct word word_program = {".$", "a program's name"};
static const struct word word_map = {".$", "a map's name"};

static int take_word(const struct parser *parser, const struct node *node, const char *list,
		     const struct word *word, const char **ret)
{
	const char *c;
	int err = check_text(parser, node, list, "");

	if (err)
		return err;
	for (c = node->text; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && !strchr(word->extra, *c))
			break;
	if (*c || isdigit((unsigned char)node->text[0]))
		return fail(parser, node, "'%s' is not %s", node->text, word->is_not);
	return keep_text(parser, node->text, ret);
}

/* What an event or a candidate may be called: fit for a command line, EVENT=CANDIDATE. */
static bool is_name(const char *text)
{
	size_t i, length = strnlen(text, NAME_LIMIT + 1);

	for (i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("_.-", text[i]))
			return false;
	return length > 0 && length <= NAME_LIMIT && text[0] != '-';
}

static int check_name(const struct parser *parser, const struct node *node, const char *what)
{
	if (is_name(node->text))
		return 0;
	return fail(parser, node,
		    "'%.80s' is not %s's name: at most %d of letters, digits, '_', '.' and '-', "
		    "not '-' first",
		    node->text, what, NAME_LIMIT);
}

/* ---- lists ---- */

static int check_count(const struct parser *parser, const struct node *list, size_t low,
		       size_t high)
{
	if (list->count < low)
		return fail(parser, list, "'%s' is empty", list->key->text);
	if (list->count > high)
		return fail(parser, list, "'%s' has %zu items, more than %zu", list->key->text,
			    list->count, high);
	return 0;
}

static int check_unique(const struct parser *parser, const struct node *list,
			const struct node *item)
{
	const struct node *other;

	for (other = list->first; other != item; other = other->next)
		if (other->type == NODE_SCALAR && is_same(other->text, item->text))
			return fail(parser, item, "'%s' lists '%s' twice", list->key->text,
				    item->text);
	return 0;
}

static const char *const no_strings[] = {NULL};

/* A list of different words, NULL-terminated; @list may be NULL. @at (nullable): their places. */
static int take_words(const struct parser *parser, const struct node *list, const struct word *word,
		      const char *const **ret, const struct location **at)
{
	const struct node *item;
	struct location *places;
	const char **strings;
	size_t i = 0;
	int err;

	*ret = no_strings;
	if (!list)
		return 0;
	err = check_count(parser, list, 0, LIST_LIMIT);
	if (err)
		return err;
	strings = arena_array(parser->arena, list->count + 1, sizeof(*strings));
	places = arena_array(parser->arena, list->count + 1, sizeof(*places));
	if (!strings || !places)
		return error_memory(parser->err);
	for (item = list->first; item && !err; item = item->next, i++) {
		places[i] = item->at;
		err = take_word(parser, item, list->key->text, word, &strings[i]);
		if (!err)
			err = check_unique(parser, list, item);
	}
	*ret = strings;
	if (at)
		*at = places;
	return err;
}

/* ---- requires ---- */

/* One mapping of requirements while it is read. */
struct level {
	struct parser *parser;
	const struct node *mapping;
	const char *prog_type;	   /* in scope, for helpers and kfuncs; NULL */
	struct requirement **tail; /* where the next part goes */
};

static int take_requirements(struct parser *parser, const struct node *mapping,
			     const char *prog_type, struct requirement *ret);

static struct requirement *add_part(struct level *level, enum requirement_op op,
				    const struct node *node)
{
	struct requirement *part = arena_alloc(level->parser->arena, sizeof(*part));

	if (!part)
		return NULL;
	part->op = op;
	part->at = node->at;
	*level->tail = part;
	level->tail = &part->next;
	return part;
}

static char *append(char *to, const char *text)
{
	size_t length = strnlen(text, TEXT_LIMIT);

	memcpy(to, text, length);
	return to + length;
}

/* Under the key that the parser holds. */
static int make_feature(struct parser *parser, enum feature_kind kind, const char *prog_type,
			const struct node *node, const char *name, const struct feature **ret)
{
	struct featsel_error err = {0};
	const char *key;
	int r = feature_make(parser->arena, kind, prog_type, name, ret, &err);

	if (r && r != -ENOMEM)
		return fail(parser, node, "%s", err.text);
	key = r ? NULL : arena_strdup(parser->arena, parser->key);
	/* The map has no use for const, and nobody writes through it. */
	if (!key || dict_set(&parser->features, key, (void *)(uintptr_t)*ret))
		return error_memory(parser->err);
	return 0;
}

/* Makes each feature once: manifests repeat few of them, a thousand times. */
static int add_feature(struct level *level, enum feature_kind kind, const char *name,
		       const struct node *node)
{
	const char *prog_type = feature_kind(kind)->of_prog_type ? level->prog_type : NULL;
	struct requirement *part = add_part(level, REQUIREMENT_FEATURE, node);
	struct parser *parser = level->parser;
	char *end;

	if (!part)
		return error_memory(parser->err);
	parser->key[0] = (char)('A' + (int)kind);
	end = append(parser->key + 1, prog_type ? prog_type : "");
	*end = '/';
	*append(end + 1, name) = '\0';
	part->feature = dict_get(&parser->features, parser->key);
	return part->feature ? 0
			     : make_feature(parser, kind, prog_type, node, name, &part->feature);
}

static int take_feature(struct level *level, enum feature_kind kind, const struct node *node)
{
	int err = check_text(level->parser, node, feature_kind(kind)->key, "");

	return err ? err : add_feature(level, kind, node->text, node);
}

/* All of a list must hold; but a machine has one architecture: several can only be a choice. */
static int take_list(struct level *level, enum feature_kind kind, const struct node *node)
{
	struct level choice = *level, *to = level;
	struct requirement *any;
	const struct node *item;
	int err;

	err = check_count(level->parser, node, 0, LIST_LIMIT);
	if (kind == FEATURE_ARCH && node->count > 1) {
		any = add_part(level, REQUIREMENT_ANY, node);
		if (!any)
			return error_memory(level->parser->err);
		choice.tail = &any->parts;
		to = &choice;
	}
	for (item = node->first; item && !err; item = item->next) {
		err = take_feature(to, kind, item);
		if (!err)
			err = check_unique(level->parser, node, item);
	}
	return err;
}

static int take_features(struct level *level, enum feature_kind kind, const struct node *node)
{
	const struct feature_kind_row *row = feature_kind(kind);
	int err;

	err = check_value(level->parser, node, row->list ? NODE_SEQUENCE : NODE_SCALAR);
	if (err)
		return err;
	if (row->of_prog_type && !level->prog_type)
		return fail(level->parser, node->key,
			    "'%s' need 'prog_type' beside them or around them: what a "
			    "program may call depends on its type",
			    row->key);
	if (!row->list)
		return take_feature(level, kind, node);
	return take_list(level, kind, node);
}

/* The parts of any and all: mappings, each a whole of its own. */
static int take_alternatives(struct level *level, enum requirement_op op, const struct node *node)
{
	struct requirement *part = add_part(level, op, node);
	struct level inner = *level;
	const struct node *item;
	size_t i = 0;
	int err;

	if (!part)
		return error_memory(level->parser->err);
	err = check_count(level->parser, node, 1, LIST_LIMIT);
	inner.tail = &part->parts;
	for (item = node->first; item && !err; item = item->next) {
		enter(level->parser, node->key->text, ++i, NULL);
		err = check_item(level->parser, item, node->key->text, NODE_MAPPING);
		part = err ? NULL : add_part(&inner, REQUIREMENT_ALL, item);
		if (!err)
			err = part ? take_requirements(level->parser, item, level->prog_type, part)
				   : error_memory(level->parser->err);
		leave(level->parser);
	}
	return err;
}

static int take_not(struct level *level, enum requirement_op op, const struct node *node)
{
	struct requirement *part = add_part(level, op, node);
	struct level inner = *level;
	int err;

	if (!part)
		return error_memory(level->parser->err);
	inner.tail = &part->parts;
	part = add_part(&inner, REQUIREMENT_ALL, node);
	if (!part)
		return error_memory(level->parser->err);
	enter(level->parser, "not", 0, NULL);
	if (!node->count)
		err = fail(level->parser, node, "'not' is empty and so could never hold");
	else
		err = take_requirements(level->parser, node, level->prog_type, part);
	leave(level->parser);
	return err;
}

/* Length of the kernel function that a section attaches to, offset aside; 0: none, or a glob. */
static size_t function_length(const struct section *section)
{
	static const bool names_function[ATTACH_MEANS_COUNT] = {
		[ATTACH_TRACING_FUNCTION] = true,
		[ATTACH_KPROBE] = true,
		[ATTACH_KRETPROBE] = true,
		[ATTACH_KPROBE_MULTI] = true,
	};

	if (!names_function[section->means] || strpbrk(section->target, "*?"))
		return 0;
	return strcspn(section->target, "+");
}

/* How many parameters the functions have that the attach targets of the same mapping name. */
static int take_args(struct level *level, enum requirement_op op, const struct node *node)
{
	const struct parser *parser = level->parser;
	const struct node *attach = child(level->mapping, feature_kind(FEATURE_ATTACH)->key), *item;
	struct section section;
	size_t length, found = 0;
	uint64_t args = 0;
	const char *name;
	int err;

	(void)op;
	err = take_number(parser, node, 0, ARGUMENTS_LIMIT, &args);
	if (!err && !attach)
		err = fail(parser, node->key,
			   "'args' needs 'attach' beside it: it counts that function's parameters");
	for (item = err ? NULL : attach->first; item && !err; item = item->next) {
		length = section_parse(item->text, &section) ? 0 : function_length(&section);
		if (!length)
			continue;
		found++;
		name = arena_printf(parser->arena, "func %.*s(%u)", (int)length, section.target,
				    (unsigned int)args);
		err = name ? add_feature(level, FEATURE_BTF, name, item)
			   : error_memory(parser->err);
	}
	if (!err && !found)
		err = fail(parser, node,
			   "'args' needs a kernel function among the targets of 'attach'");
	return err;
}

/* args comes last, when the targets are known to be good. */
static const struct {
	const char *key;
	enum node_type type;
	enum requirement_op op;
	int (*take)(struct level *level, enum requirement_op op, const struct node *node);
} operators[] = {
	{"any", NODE_SEQUENCE, REQUIREMENT_ANY, take_alternatives},
	{"all", NODE_SEQUENCE, REQUIREMENT_ALL, take_alternatives},
	{"not", NODE_MAPPING, REQUIREMENT_NOT, take_not},
	{"args", NODE_SCALAR, REQUIREMENT_ALL, NULL},
};

static int wrong_requirement(const struct parser *parser, const struct node *node)
{
	const char *names[FEATURE_KIND_COUNT + ARRAY_SIZE(operators)];
	enum feature_kind kind;
	size_t i;

	for (kind = 0; kind < FEATURE_KIND_COUNT; kind++)
		names[kind] = feature_kind(kind)->key;
	for (i = 0; i < ARRAY_SIZE(operators); i++)
		names[FEATURE_KIND_COUNT + i] = operators[i].key;
	return unknown_key(parser, node, names, ARRAY_SIZE(names));
}

static int take_requirement(struct level *level, const struct node *node)
{
	enum feature_kind kind = feature_kind_by_key(node->key->text);
	size_t i;
	int err;

	if (kind == FEATURE_PROG_TYPE)
		return 0;
	if (kind < FEATURE_KIND_COUNT)
		return take_features(level, kind, node);
	for (i = 0; i < ARRAY_SIZE(operators); i++)
		if (strcmp(operators[i].key, node->key->text) == 0)
			break;
	if (i == ARRAY_SIZE(operators))
		return wrong_requirement(level->parser, node);
	err = check_value(level->parser, node, operators[i].type);
	if (err || !operators[i].take)
		return err;
	return operators[i].take(level, operators[i].op, node);
}

/* The program type first: what stands beside it is judged by it, wherever it is written. */
static int take_requirements(struct parser *parser, const struct node *mapping,
			     const char *prog_type, struct requirement *ret)
{
	const struct node *type = child(mapping, feature_kind(FEATURE_PROG_TYPE)->key);
	const struct node *args = child(mapping, "args");
	const struct node *node;
	struct level level = {
		.parser = parser, .mapping = mapping, .prog_type = prog_type, .tail = &ret->parts};
	int err = 0;

	if (type) {
		err = take_features(&level, FEATURE_PROG_TYPE, type);
		level.prog_type = type->text;
	}
	for (node = mapping->first; node && !err; node = node->next)
		err = take_requirement(&level, node);
	if (!err && args)
		err = take_args(&level, REQUIREMENT_ALL, args);
	return err;
}

/* ---- candidates ---- */

/* What a candidate may have and inherit stands first and in the same order as in an event. */
enum shared_key {
	SHARED_OBJECT,
	SHARED_RECORD,
	SHARED_OUTPUT,
	SHARED_MAPS,
	SHARED_ALSO,
	SHARED_KEYS
};

#define SHARED_ROWS                                       \
	[SHARED_OBJECT] = {"object", NODE_SCALAR, false}, \
	[SHARED_RECORD] = {"record", NODE_SCALAR, false}, \
	[SHARED_OUTPUT] = {"output", NODE_SCALAR, false}, \
	[SHARED_MAPS] = {"maps", NODE_MAPPING, false},    \
	[SHARED_ALSO] = {"also", NODE_SEQUENCE, false}

enum candidate_key {
	CANDIDATE_NAME = SHARED_KEYS,
	CANDIDATE_PROGRAMS,
	CANDIDATE_COVERS,
	CANDIDATE_LACKS,
	CANDIDATE_REQUIRES,
	CANDIDATE_OPTIONAL,
	CANDIDATE_KEYS
};

static const struct key candidate_keys[] = {
	SHARED_ROWS,
	[CANDIDATE_NAME] = {"name", NODE_SCALAR, true},
	[CANDIDATE_PROGRAMS] = {"programs", NODE_SEQUENCE, true},
	[CANDIDATE_COVERS] = {"covers", NODE_SEQUENCE, false},
	[CANDIDATE_LACKS] = {"lacks", NODE_SEQUENCE, false},
	[CANDIDATE_REQUIRES] = {"requires", NODE_MAPPING, false},
	[CANDIDATE_OPTIONAL] = {"optional", NODE_SEQUENCE, false},
};
_Static_assert(ARRAY_SIZE(candidate_keys) == CANDIDATE_KEYS && CANDIDATE_KEYS <= KEYS_LIMIT,
	       "every key has its row");

enum program_key { PROGRAM_NAME, PROGRAM_ATTACH, PROGRAM_OPTIONAL, PROGRAM_KEYS };

static const struct key program_keys[] = {
	[PROGRAM_NAME] = {"name", NODE_SCALAR, true},
	[PROGRAM_ATTACH] = {"attach", NODE_SCALAR, false},
	[PROGRAM_OPTIONAL] = {"optional", NODE_SCALAR, false},
};
_Static_assert(ARRAY_SIZE(program_keys) == PROGRAM_KEYS, "every key has its row");

static const struct key map_keys[] = {{"max_entries", NODE_SCALAR, true}};

/* A section that a program is attached by is judged like a requirement to attach there. */
static int take_attach(const struct parser *parser, const struct node *node, const char **ret)
{
	struct featsel_error err = {0};
	const struct feature *feature;
	int r = take_text(parser, node, "attach", "", ret);

	if (r)
		return r;
	r = feature_make(parser->arena, FEATURE_ATTACH, NULL, *ret, &feature, &err);
	if (r == -ENOMEM)
		return error_memory(parser->err);
	return r ? fail(parser, node, "%s", err.text) : 0;
}

static int take_truth(const struct parser *parser, const struct node *node, bool *ret)
{
	int err = check_text(parser, node, NULL, "");

	if (err)
		return err;
	*ret = strcmp(node->text, "true") == 0;
	if (node->quoted || (!*ret && strcmp(node->text, "false") != 0))
		return fail(parser, node, "'%s' is true or false", node->key->text);
	return 0;
}

static int take_program(struct parser *parser, const struct node *item, struct program_ref *ret)
{
	const struct node *values[PROGRAM_KEYS];
	int err;

	ret->at = item->at;
	if (item->type == NODE_SEQUENCE)
		return fail(parser, item, "a program is a name or a mapping, not a list");
	if (item->type == NODE_SCALAR)
		return take_word(parser, item, "programs", &word_program, &ret->name);
	err = collect(parser, item, program_keys, PROGRAM_KEYS, values);
	if (!err)
		err = take_word(parser, values[PROGRAM_NAME], NULL, &word_program, &ret->name);
	if (!err && values[PROGRAM_ATTACH])
		err = take_attach(parser, values[PROGRAM_ATTACH], &ret->attach);
	if (!err && values[PROGRAM_OPTIONAL])
		err = take_truth(parser, values[PROGRAM_OPTIONAL], &ret->optional);
	return err;
}

struct programs {
	struct program_ref refs[PROGRAMS_LIMIT];
	size_t n;
};

static const struct program_ref *program_find(const struct programs *programs, const char *name)
{
	size_t i;

	for (i = 0; i < programs->n; i++)
		if (strcmp(programs->refs[i].name, name) == 0)
			return &programs->refs[i];
	return NULL;
}

static int add_program(const struct parser *parser, const struct node *item,
		       const struct program_ref *ref, struct programs *programs)
{
	if (program_find(programs, ref->name))
		return fail(parser, item, "program '%s' is listed twice", ref->name);
	if (programs->n == PROGRAMS_LIMIT)
		return fail(parser, item, "more than %d programs", PROGRAMS_LIMIT);
	programs->refs[programs->n++] = *ref;
	return 0;
}

static int take_programs(struct parser *parser, const struct node *list, struct programs *programs)
{
	const struct node *item;
	struct program_ref ref;
	size_t i = 0;
	bool needed = false;
	int err = check_count(parser, list, 1, PROGRAMS_LIMIT);

	for (item = list->first; item && !err; item = item->next) {
		enter(parser, "program", ++i, NULL);
		ref = (struct program_ref){0};
		err = take_program(parser, item, &ref);
		leave(parser);
		if (!err)
			err = add_program(parser, item, &ref, programs);
		needed = needed || !ref.optional;
	}
	if (!err && !needed)
		err = fail(parser, list, "every program is optional: nothing might be attached");
	return err;
}

/* Programs to load only. */
static int take_also(const struct parser *parser, const struct node *list,
		     struct programs *programs)
{
	const struct node *item;
	struct program_ref ref;
	int err;

	if (!list)
		return 0;
	err = check_count(parser, list, 0, PROGRAMS_LIMIT);
	for (item = list->first; item && !err; item = item->next) {
		ref = (struct program_ref){.at = item->at, .loaded_only = true};
		err = take_word(parser, item, "also", &word_program, &ref.name);
		if (!err)
			err = add_program(parser, item, &ref, programs);
	}
	return err;
}

/* The event's apply where the candidate does not list them on its own. */
static int inherit_also(const struct parser *parser, const struct node *list,
			const struct featsel_candidate *event, struct programs *programs)
{
	size_t i;
	int err = 0;

	for (i = 0; i < event->n_programs && !err; i++)
		if (!program_find(programs, event->programs[i].name))
			err = add_program(parser, list, &event->programs[i], programs);
	return err;
}

static int take_map(struct parser *parser, const struct node *node, struct map_ref *ret)
{
	const struct node *value = NULL;
	uint64_t entries = 0;
	int err;

	enter(parser, "maps", 0, NULL);
	err = take_word(parser, node->key, "maps", &word_map, &ret->name);
	leave(parser);
	if (!err)
		err = check_type(parser, node, NODE_MAPPING, "map ", ret->name);
	if (err)
		return err;
	enter(parser, "map", 0, ret->name);
	err = collect(parser, node, map_keys, ARRAY_SIZE(map_keys), &value);
	if (!err)
		err = take_number(parser, value, 1, UINT32_MAX, &entries);
	leave(parser);
	ret->max_entries = (uint32_t)entries;
	ret->at = node->key->at;
	return err;
}

static void put_map(const struct map_ref *map, struct map_ref *maps, size_t *n)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (strcmp(maps[i].name, map->name) == 0)
			break;
	maps[i] = *map;
	if (i == *n)
		++*n;
}

/* Maps that are named again take the place of those that @ret has from its event. */
static int take_maps(struct parser *parser, const struct node *mapping,
		     struct featsel_candidate *ret)
{
	const struct node *node;
	struct map_ref *maps, map;
	size_t n = ret->n_maps;
	int err;

	if (!mapping)
		return 0;
	err = check_count(parser, mapping, 0, MAPS_LIMIT);
	if (err)
		return err;
	maps = arena_array(parser->arena, n + mapping->count, sizeof(*maps));
	if (!maps)
		return error_memory(parser->err);
	if (n)
		memcpy(maps, ret->maps, n * sizeof(*maps));
	for (node = mapping->first; node && !err; node = node->next) {
		err = take_map(parser, node, &map);
		if (!err)
			put_map(&map, maps, &n);
	}
	ret->maps = maps;
	ret->n_maps = n;
	return err;
}

static const struct {
	const char *name;
	enum covers bit;
} covers_names[] = {
	{"native", COVERS_NATIVE},
	{"compat", COVERS_COMPAT},
	{"kernel", COVERS_KERNEL},
};

static const char *const covers_texts[] = {
	[0] = "",
	[COVERS_NATIVE] = "native",
	[COVERS_COMPAT] = "compat",
	[COVERS_NATIVE | COVERS_COMPAT] = "native, compat",
	[COVERS_KERNEL] = "kernel",
	[COVERS_NATIVE | COVERS_KERNEL] = "native, kernel",
	[COVERS_COMPAT | COVERS_KERNEL] = "compat, kernel",
	[COVERS_NATIVE | COVERS_COMPAT | COVERS_KERNEL] = "native, compat, kernel",
};

static int take_cover(const struct parser *parser, const struct node *item, unsigned int *covers)
{
	const char *names[ARRAY_SIZE(covers_names)];
	size_t i;
	int err = check_item(parser, item, "covers", NODE_SCALAR);

	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(covers_names); i++) {
		names[i] = covers_names[i].name;
		if (strcmp(names[i], item->text) == 0)
			break;
	}
	if (i == ARRAY_SIZE(covers_names))
		return fail(parser, item, "'covers' takes native, compat and kernel, not '%s'%s",
			    item->text, did_you_mean(parser, names_nearest(item->text, names, i)));
	if (*covers & covers_names[i].bit)
		return fail(parser, item, "'covers' lists '%s' twice", item->text);
	*covers |= covers_names[i].bit;
	return 0;
}

static int take_covers(const struct parser *parser, const struct node *list,
		       struct featsel_candidate *ret)
{
	const struct node *item;
	int err;

	ret->covers_text = "";
	if (!list)
		return 0;
	err = check_count(parser, list, 1, ARRAY_SIZE(covers_names));
	for (item = list->first; item && !err; item = item->next)
		err = take_cover(parser, item, &ret->covers);
	ret->covers_text = covers_texts[ret->covers];
	return err;
}

static int keep_programs(const struct parser *parser, const struct programs *programs,
			 struct featsel_candidate *ret)
{
	struct program_ref *refs = arena_array(parser->arena, programs->n, sizeof(*refs));

	if (!refs)
		return error_memory(parser->err);
	if (programs->n)
		memcpy(refs, programs->refs, programs->n * sizeof(*refs));
	ret->programs = refs;
	ret->n_programs = programs->n;
	return 0;
}

static int take_all_programs(struct parser *parser, const struct node *const *own,
			     struct featsel_candidate *ret)
{
	struct programs programs;
	int err;

	programs.n = 0;
	err = take_programs(parser, own[CANDIDATE_PROGRAMS], &programs);
	if (!err)
		err = take_also(parser, own[SHARED_ALSO], &programs);
	if (!err)
		err = inherit_also(parser, own[CANDIDATE_PROGRAMS], ret, &programs);
	return err ? err : keep_programs(parser, &programs, ret);
}

/* What an event may say for all its candidates, and each of them otherwise for itself. */
static int take_shared(struct parser *parser, const struct node *const *values,
		       struct featsel_candidate *ret)
{
	const struct node *object = values[SHARED_OBJECT], *record = values[SHARED_RECORD];
	const struct node *output = values[SHARED_OUTPUT];
	int err = 0;

	if (object) {
		ret->object_at = object->at;
		err = take_text(parser, object, NULL, "", &ret->object);
	}
	if (!err && record) {
		ret->record_at = record->at;
		err = take_word(parser, record, NULL, &word_struct, &ret->record);
	}
	if (!err && output) {
		ret->output_at = output->at;
		err = take_word(parser, output, NULL, &word_map, &ret->output);
	}
	return err ? err : take_maps(parser, values[SHARED_MAPS], ret);
}

static int take_declared(struct parser *parser, const struct node *mapping,
			 const struct requirement **ret)
{
	struct requirement *all;
	int err;

	if (!mapping || !mapping->count)
		return 0;
	all = arena_alloc(parser->arena, sizeof(*all));
	if (!all)
		return error_memory(parser->err);
	all->op = REQUIREMENT_ALL;
	all->at = mapping->at;
	enter(parser, "requires", 0, NULL);
	err = take_requirements(parser, mapping, NULL, all);
	leave(parser);
	*ret = all;
	return err;
}

/* @ret comes with what the event says. */
static int take_candidate(struct parser *parser, const struct node *node,
			  struct featsel_candidate *ret)
{
	const struct node *own[CANDIDATE_KEYS];
	int err;

	err = collect(parser, node, candidate_keys, CANDIDATE_KEYS, own);
	if (!err)
		err = check_name(parser, own[CANDIDATE_NAME], "a candidate");
	if (err)
		return err;
	ret->at = node->at;
	err = keep_text(parser, own[CANDIDATE_NAME]->text, &ret->name);
	if (!err)
		err = take_shared(parser, own, ret);
	if (!err && !ret->object)
		err = fail(parser, node, "'object' is missing, here and in the event");
	if (!err)
		err = take_all_programs(parser, own, ret);
	if (!err)
		err = take_covers(parser, own[CANDIDATE_COVERS], ret);
	if (!err)
		err = take_words(parser, own[CANDIDATE_LACKS], &word_field, &ret->lacks,
				 &ret->lacks_at);
	if (!err)
		err = take_words(parser, own[CANDIDATE_OPTIONAL], &word_function, &ret->optional,
				 NULL);
	if (!err)
		err = take_declared(parser, own[CANDIDATE_REQUIRES], &ret->requires);
	return err;
}

/* "candidate 2 'kprobe'", or without the name where it is none. */
static void enter_candidate(struct parser *parser, const struct node *node, size_t number)
{
	const struct node *name = node->type == NODE_MAPPING ? child(node, "name") : NULL;

	bool named = name && name->type == NODE_SCALAR && is_name(name->text);

	enter(parser, "candidate", number, named ? name->text : NULL);
}

static int check_candidate_name(const struct parser *parser,
				const struct featsel_candidate *candidates, size_t i,
				const struct node *node)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcmp(candidates[k].name, candidates[i].name) == 0)
			return fail(parser, child(node, "name"), "candidate %zu has the same name",
				    k + 1);
	return 0;
}

static int take_candidates(struct parser *parser, const struct featsel_candidate *shared,
			   const struct node *list, struct featsel_event *ret)
{
	struct featsel_candidate *candidates =
		arena_array(parser->arena, list->count, sizeof(*candidates));
	const struct node *node;
	size_t i = 0;
	int err;

	if (!candidates)
		return error_memory(parser->err);
	err = check_count(parser, list, 1, CANDIDATES_LIMIT);
	for (node = list->first; node && !err; node = node->next, i++) {
		enter_candidate(parser, node, i + 1);
		candidates[i] = *shared;
		err = check_item(parser, node, "candidates", NODE_MAPPING);
		if (!err)
			err = take_candidate(parser, node, &candidates[i]);
		if (!err)
			err = check_candidate_name(parser, candidates, i, node);
		leave(parser);
	}
	ret->candidates = candidates;
	ret->n_candidates = list->count;
	return err;
}

/* ---- events ---- */

enum event_key { EVENT_SUMMARY = SHARED_KEYS, EVENT_TRIGGER, EVENT_CANDIDATES, EVENT_KEYS };

static const struct key event_keys[] = {
	SHARED_ROWS,
	[EVENT_SUMMARY] = {"summary", NODE_SCALAR, false},
	[EVENT_TRIGGER] = {"trigger", NODE_SEQUENCE, false},
	[EVENT_CANDIDATES] = {"candidates", NODE_SEQUENCE, true},
};
_Static_assert(ARRAY_SIZE(event_keys) == EVENT_KEYS && EVENT_KEYS <= KEYS_LIMIT,
	       "every key has its row");

/* A folded block scalar ends with a newline that nobody meant. */
static int take_summary(const struct parser *parser, const struct node *node, const char **ret)
{
	struct node trimmed;
	size_t length;
	char *text;

	*ret = "";
	if (!node)
		return 0;
	for (length = strlen(node->text); length && strchr(" \n", node->text[length - 1]);)
		length--;
	text = arena_strndup(parser->arena, node->text, length);
	if (!text)
		return error_memory(parser->err);
	if (strchr(text, '\n'))
		return fail(parser, node, "'summary' must be one line");
	trimmed = *node;
	trimmed.text = text;
	*ret = text;
	return check_text(parser, &trimmed, NULL, "");
}

/* A command and its arguments. An argument may be empty or hold lines, as for "sh -c". */
static int take_trigger(const struct parser *parser, const struct node *list,
			const char *const **ret)
{
	const struct node *item;
	const char **strings;
	size_t i = 0;
	int err;

	*ret = NULL;
	if (!list)
		return 0;
	err = check_count(parser, list, 1, ARGUMENTS_LIMIT);
	if (err)
		return err;
	strings = arena_array(parser->arena, list->count + 1, sizeof(*strings));
	if (!strings)
		return error_memory(parser->err);
	for (item = list->first; item && !err; item = item->next, i++) {
		if (i > 0 && item->type == NODE_SCALAR && item->quoted && !item->text[0])
			strings[i] = "";
		else
			err = take_text(parser, item, "trigger", i > 0 ? "\t\n" : "", &strings[i]);
	}
	*ret = strings;
	return err;
}

static int take_event(struct parser *parser, const struct node *node, struct featsel_event *ret)
{
	struct featsel_candidate shared = {0};
	const struct node *values[EVENT_KEYS];
	struct programs
		also; /* not initialised as a whole: it is large, and most events have none */
	int err;

	also.n = 0;
	err = collect(parser, node, event_keys, EVENT_KEYS, values);
	if (err)
		return err;
	err = take_summary(parser, values[EVENT_SUMMARY], &ret->summary);
	if (!err)
		err = take_trigger(parser, values[EVENT_TRIGGER], &ret->trigger);
	if (!err)
		err = take_shared(parser, values, &shared);
	if (!err)
		err = take_also(parser, values[SHARED_ALSO], &also);
	if (!err)
		err = keep_programs(parser, &also, &shared);
	if (!err)
		err = take_candidates(parser, &shared, values[EVENT_CANDIDATES], ret);
	return err;
}

enum top_key { TOP_VERSION, TOP_EVENTS, TOP_KEYS };

static const struct key top_keys[] = {
	[TOP_VERSION] = {"version", NODE_SCALAR, true},
	[TOP_EVENTS] = {"events", NODE_MAPPING, true},
};
_Static_assert(ARRAY_SIZE(top_keys) == TOP_KEYS, "every key has its row");

/* Before all else: what another version's keys mean is not known. */
static int check_version(const struct parser *parser, const struct node *root)
{
	const struct node *node = child(root, top_keys[TOP_VERSION].name);
	uint64_t version = 0;
	int err;

	if (!node)
		return 0;
	err = check_value(parser, node, NODE_SCALAR);
	if (!err)
		err = take_number(parser, node, 0, UINT32_MAX, &version);
	if (!err && version != VERSION)
		err = fail(parser, node, "version %s is not known, this featsel reads version %d",
			   node->text, VERSION);
	return err;
}

/* For the reader, which keeps nothing of @node but its key. */
static int take_next_event(void *data, const struct node *root, const struct node *node)
{
	struct parser *parser = data;
	struct featsel_event *event;
	int err;

	if (parser->events.count == EVENTS_LIMIT)
		return fail(parser, node->key, "more than %d events", EVENTS_LIMIT);
	err = parser->events.count ? 0 : check_version(parser, root);
	if (!err)
		err = check_name(parser, node->key, "an event");
	if (!err)
		err = check_type(parser, node, NODE_MAPPING, "event ", node->key->text);
	if (err)
		return err;
	event = vec_add(&parser->events, sizeof(*event));
	if (!event)
		return error_memory(parser->err);
	*event = (struct featsel_event){
		.name = node->key->text, .at = node->key->at, .dir = parser->dir};
	enter(parser, "in event", 0, node->key->text);
	err = take_event(parser, node, event);
	leave(parser);
	return err;
}

/* All events side by side, where they stay: only now can candidates point back to them. */
static int keep_events(const struct parser *parser, const struct featsel_event **ret, size_t *n)
{
	const size_t count = parser->events.count;
	struct featsel_event *events = arena_array(parser->arena, count, sizeof(*events));
	size_t i, k;

	if (!events)
		return error_memory(parser->err);
	if (count)
		memcpy(events, parser->events.items, count * sizeof(*events));
	for (i = 0; i < count; i++)
		for (k = 0; k < events[i].n_candidates; k++)
			((struct featsel_candidate *)(uintptr_t)events[i].candidates)[k].event =
				&events[i];
	*ret = events;
	*n = count;
	return 0;
}

static int check_top(const struct parser *parser, const struct node *root)
{
	const struct node *values[TOP_KEYS];
	int err;

	if (root->type != NODE_MAPPING)
		return fail(parser, root, "a manifest is a mapping that begins with 'version: %d'",
			    VERSION);
	err = check_version(parser, root);
	return err ? err : collect(parser, root, top_keys, TOP_KEYS, values);
}

int manifest_parse(const char *name, const char *text, size_t size, const char *dir,
		   struct arena *arena, const struct featsel_event **ret, size_t *n,
		   struct featsel_error *err)
{
	char key[KEY_SIZE];
	struct parser parser = {
		.arena = arena, .err = err, .dir = arena_strdup(arena, dir), .key = key};
	const struct reader_each each = {top_keys[TOP_EVENTS].name, take_next_event, &parser};
	struct node *root = NULL;
	int r;

	if (!parser.dir)
		return error_memory(err);
	r = reader_parse_each(name, text, size, &each, arena, &root, err);
	if (!r)
		r = check_top(&parser, root);
	if (!r)
		r = keep_events(&parser, ret, n);
	vec_free(&parser.events);
	dict_free(&parser.features);
	return r;
}
