/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * configuration.c - the grammar of what is set before programs are loaded: variables and
 * maps; and of what candidates must see and tell at least
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "manifest/private.h"

/* ---- globals ---- */

/* A word, and what follows it: ".member", "[2]". */
static bool is_path(const char *text)
{
	size_t length;

	for (;;) {
		if (!isalpha((unsigned char)*text) && *text != '_')
			return false;
		while (isalnum((unsigned char)*text) || *text == '_')
			text++;
		while (*text == '[') {
			length = strspn(text + 1, "0123456789");
			if (!length || length > 9 || text[1 + length] != ']')
				return false;
			text += length + 2;
		}
		if (*text != '.')
			return !*text;
		text++;
	}
}

static int take_global(struct parser *parser, const struct node *node, struct global_ref *ret)
{
	int err = parse_check_text(parser, node->key, "globals", "");

	if (err)
		return err;
	if (!is_path(node->key->text))
		return parse_fail(parser, node->key,
				  "'%.80s' is not the name of a variable, or of a part of one as "
				  "in conf.ports[2]",
				  node->key->text);
	err = node->type == NODE_SCALAR && node->quoted
		      ? 0
		      : parse_check_type(parser, node, node->type, "variable ", node->key->text);
	if (err)
		return err;
	ret->at = node->key->at;
	err = parse_keep(parser, node->key->text, &ret->name);
	return err ? err : parse_keep_node(parser, node, &ret->value);
}

static void put_global(const struct global_ref *global, struct global_ref *globals, size_t *n)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (strcmp(globals[i].name, global->name) == 0)
			break;
	globals[i] = *global;
	if (i == *n)
		++*n;
}

int parse_globals(struct parser *parser, const struct node *mapping, bool shared,
		  struct featsel_candidate *ret)
{
	struct global_ref *globals, global;
	const struct node *node;
	size_t n = ret->n_globals;
	int err;

	err = parse_check_count(parser, mapping, 0, LIST_LIMIT);
	if (err)
		return err;
	globals = arena_array(parser->arena, n + mapping->count, sizeof(*globals));
	if (!globals)
		return error_memory(parser->err);
	if (n)
		memcpy(globals, ret->globals, n * sizeof(*globals));
	parse_enter(parser, "globals", 0, NULL);
	for (node = mapping->first; node && !err; node = node->next) {
		global = (struct global_ref){.shared = shared};
		err = take_global(parser, node, &global);
		if (!err)
			put_global(&global, globals, &n);
	}
	parse_leave(parser);
	ret->globals = globals;
	ret->n_globals = n;
	return err;
}

/* ---- maps ---- */

static const struct key map_keys[] = {
	[MAP_MAX_ENTRIES] = {"max_entries", NODE_SCALAR, false},
	[MAP_PER_CPU] = {"per_cpu", NODE_SCALAR, false},
	[MAP_VALUE_SIZE] = {"value_size", NODE_SCALAR, false},
	[MAP_INNER] = {"inner", NODE_MAPPING, false},
	[MAP_PIN] = {"pin", NODE_SCALAR, false},
	[MAP_REUSE] = {"reuse", NODE_SCALAR, false},
	[MAP_ENTRIES] = {"entries", NODE_MAPPING, false},
};
_Static_assert(ARRAY_SIZE(map_keys) == MAP_KEYS, "every key has its row");

const char *map_key_name(enum map_key key)
{
	return map_keys[key].name;
}

static const struct key inner_keys[] = {{"max_entries", NODE_SCALAR, true}};

static int take_size(const struct parser *parser, const struct node *node, uint32_t *ret)
{
	uint64_t value = 0;
	int err = parse_number(parser, node, 1, UINT32_MAX, &value);

	*ret = (uint32_t)value;
	return err;
}

static int take_max_entries(struct parser *parser, const struct node *node, struct map_ref *map)
{
	return take_size(parser, node, &map->max_entries);
}

static int take_per_cpu(struct parser *parser, const struct node *node, struct map_ref *map)
{
	return take_size(parser, node, &map->per_cpu);
}

static int take_value_size(struct parser *parser, const struct node *node, struct map_ref *map)
{
	return take_size(parser, node, &map->value_size);
}

static int take_inner(struct parser *parser, const struct node *mapping, struct map_ref *map)
{
	const struct node *value = NULL;
	int err;

	parse_enter(parser, "inner", 0, NULL);
	err = parse_collect(parser, mapping, inner_keys, ARRAY_SIZE(inner_keys), &value);
	if (!err)
		err = take_size(parser, value, &map->inner_max_entries);
	parse_leave(parser);
	return err;
}

/* An absolute path, or a bare name below the directory for pins. */
static int take_pin(struct parser *parser, const struct node *node, struct map_ref *map)
{
	int err = parse_text(parser, node, NULL, "", &map->pin);

	if (err || node->text[0] == '/')
		return err;
	if (!strchr(node->text, '/') && node->text[0] != '.')
		return 0;
	return parse_fail(parser, node,
			  "'pin' takes an absolute path, or a name below the directory for pins, "
			  "not '%s'",
			  node->text);
}

static int take_reuse(struct parser *parser, const struct node *node, struct map_ref *map)
{
	return parse_truth(parser, node, &map->reuse);
}

static int take_entries(struct parser *parser, const struct node *mapping, struct map_ref *map)
{
	const struct node *node;
	int err = 0;

	for (node = mapping->first; node && !err; node = node->next)
		if (node->type != NODE_SCALAR || !node->quoted)
			err = parse_check_type(parser, node, node->type, "entry ", node->key->text);
	return err ? err : parse_keep_node(parser, mapping, &map->entries);
}

static int (*const map_takers[])(struct parser *parser, const struct node *node,
				 struct map_ref *map) = {
	[MAP_MAX_ENTRIES] = take_max_entries,
	[MAP_PER_CPU] = take_per_cpu,
	[MAP_VALUE_SIZE] = take_value_size,
	[MAP_INNER] = take_inner,
	[MAP_PIN] = take_pin,
	[MAP_REUSE] = take_reuse,
	[MAP_ENTRIES] = take_entries,
};
_Static_assert(ARRAY_SIZE(map_takers) == MAP_KEYS, "every key has its function");

/* The size of a map is said in one way: the other one, inherited, gives way. */
static int check_map_size(const struct parser *parser, const struct node *const *values,
			  struct map_ref *map)
{
	if (values[MAP_MAX_ENTRIES] && values[MAP_PER_CPU])
		return parse_fail(parser, values[MAP_PER_CPU]->key,
				  "'per_cpu' and 'max_entries' exclude each other");
	if (values[MAP_MAX_ENTRIES]) {
		map->given &= ~(1u << MAP_PER_CPU);
		map->per_cpu = 0;
	}
	if (values[MAP_PER_CPU]) {
		map->given &= ~(1u << MAP_MAX_ENTRIES);
		map->max_entries = 0;
	}
	return 0;
}

static int take_map_keys(struct parser *parser, const struct node *node, struct map_ref *map)
{
	const struct node *values[MAP_KEYS];
	enum map_key key;
	int err = parse_collect(parser, node, map_keys, MAP_KEYS, values);

	if (!err && !node->count)
		err = parse_fail(parser, node, "nothing is said of the map");
	if (!err)
		err = check_map_size(parser, values, map);
	for (key = 0; key < MAP_KEYS && !err; key++) {
		if (!values[key])
			continue;
		err = map_takers[key](parser, values[key], map);
		map->given |= 1u << key;
		map->key_at[key] = values[key]->at;
	}
	return err;
}

static struct map_ref *find_map(struct map_ref *maps, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n && strcmp(maps[i].name, name) != 0;)
		i++;
	return &maps[i];
}

static int take_map(struct parser *parser, const struct node *node, struct map_ref *maps, size_t *n)
{
	const char *name = NULL;
	struct map_ref *map;
	int err;

	parse_enter(parser, "maps", 0, NULL);
	err = parse_word(parser, node->key, "maps", &parse_word_map, &name);
	parse_leave(parser);
	if (!err)
		err = parse_check_type(parser, node, NODE_MAPPING, "map ", name);
	if (err)
		return err;
	map = find_map(maps, *n, name);
	if (map == &maps[*n])
		++*n;
	map->name = name;
	map->at = node->key->at;
	parse_enter(parser, "map", 0, name);
	err = take_map_keys(parser, node, map);
	parse_leave(parser);
	return err;
}

int parse_maps(struct parser *parser, const struct node *mapping, struct featsel_candidate *ret)
{
	const struct node *node;
	struct map_ref *maps;
	size_t n = ret->n_maps;
	int err;

	err = parse_check_count(parser, mapping, 0, MAPS_LIMIT);
	if (err)
		return err;
	maps = arena_array(parser->arena, n + mapping->count, sizeof(*maps));
	if (!maps)
		return error_memory(parser->err);
	if (n)
		memcpy(maps, ret->maps, n * sizeof(*maps));
	for (node = mapping->first; node && !err; node = node->next)
		err = take_map(parser, node, maps, &n);
	ret->maps = maps;
	ret->n_maps = n;
	return err;
}

/* ---- what is seen and told ---- */

static const struct choice covers_choices[] = {
	{"native", COVERS_NATIVE},     {"compat", COVERS_COMPAT}, {"kernel", COVERS_KERNEL},
	{"io_uring", COVERS_IO_URING}, {"some", COVERS_SOME}, /* the last: nobody can ask for that
							       */
};
#define COVERS_TO_ASK (ARRAY_SIZE(covers_choices) - 1)

const char *print_next_cover(const void *list, size_t index)
{
	const unsigned int *covers = list;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(covers_choices); i++)
		if (*covers & covers_choices[i].value && index-- == 0)
			return covers_choices[i].name;
	return NULL;
}

/* The first three in a row, and what they are with io_uring and some. */
#define COVERS_PAIR(others, text) [others] = text, [(others) | COVERS_SOME] = text ", some"
#define COVERS_ROW(others, text) \
	COVERS_PAIR(others, text), COVERS_PAIR((others) | COVERS_IO_URING, text ", io_uring")

static const char *const covers_texts[] = {
	[0] = "",
	[COVERS_SOME] = "some",
	COVERS_PAIR(COVERS_IO_URING, "io_uring"),
	COVERS_ROW(COVERS_NATIVE, "native"),
	COVERS_ROW(COVERS_COMPAT, "compat"),
	COVERS_ROW(COVERS_NATIVE | COVERS_COMPAT, "native, compat"),
	COVERS_ROW(COVERS_KERNEL, "kernel"),
	COVERS_ROW(COVERS_NATIVE | COVERS_KERNEL, "native, kernel"),
	COVERS_ROW(COVERS_COMPAT | COVERS_KERNEL, "compat, kernel"),
	COVERS_ROW(COVERS_NATIVE | COVERS_COMPAT | COVERS_KERNEL, "native, compat, kernel"),
};

const char *covers_text(unsigned int covers)
{
	return covers_texts[covers];
}

static int take_cover(const struct parser *parser, const struct node *item, size_t n_choices,
		      unsigned int *covers)
{
	const struct choice *choice;
	int err = parse_check_item(parser, item, "covers", NODE_SCALAR);

	if (!err)
		err = parse_choice(parser, item, "covers", covers_choices, n_choices, &choice);
	if (err)
		return err;
	if (*covers & choice->value)
		return parse_fail(parser, item, "'covers' lists '%s' twice", item->text);
	*covers |= choice->value;
	return 0;
}

static int take_covers(const struct parser *parser, const struct node *list, size_t n_choices,
		       unsigned int *ret)
{
	const struct node *item;
	int err;

	*ret = 0;
	if (!list)
		return 0;
	err = parse_check_count(parser, list, 1, n_choices);
	for (item = list->first; item && !err; item = item->next)
		err = take_cover(parser, item, n_choices, ret);
	return err;
}

int parse_covers(const struct parser *parser, const struct node *list, unsigned int *ret)
{
	return take_covers(parser, list, ARRAY_SIZE(covers_choices), ret);
}

enum minimum_key { MINIMUM_COVERS, MINIMUM_FIELDS, MINIMUM_KEYS };

static const struct key minimum_keys[] = {
	[MINIMUM_COVERS] = {"covers", NODE_SEQUENCE, false},
	[MINIMUM_FIELDS] = {"fields", NODE_SEQUENCE, false},
};
_Static_assert(ARRAY_SIZE(minimum_keys) == MINIMUM_KEYS, "every key has its row");

int parse_minimum(struct parser *parser, const struct node *mapping, const struct minimum **ret)
{
	struct minimum *minimum = arena_alloc(parser->arena, sizeof(*minimum));
	const struct node *values[MINIMUM_KEYS];
	int err;

	if (!minimum)
		return error_memory(parser->err);
	parse_enter(parser, "minimum", 0, NULL);
	err = parse_collect(parser, mapping, minimum_keys, MINIMUM_KEYS, values);
	if (!err && values[MINIMUM_COVERS])
		minimum->covers_at = values[MINIMUM_COVERS]->at;
	if (!err)
		err = take_covers(parser, values[MINIMUM_COVERS], COVERS_TO_ASK, &minimum->covers);
	if (!err && values[MINIMUM_FIELDS])
		err = parse_words(parser, values[MINIMUM_FIELDS], &parse_word_field,
				  &minimum->fields, &minimum->fields_at);
	parse_leave(parser);
	*ret = minimum;
	return err;
}
