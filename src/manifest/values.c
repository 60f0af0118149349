/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * values.c - what every part of the grammar is made of: keys, single values, lists, and
 * where we are in the document
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "manifest/private.h"

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

int parse_fail(const struct parser *parser, const struct node *node, const char *format, ...)
{
	char text[sizeof(parser->err->text)], where[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	write_place(parser, where, sizeof(where));
	return error_at(parser->err, -EINVAL, &node->at, "%s%s", where, text);
}

void parse_enter(struct parser *parser, const char *word, size_t number, const char *name)
{
	if (parser->n_steps < STEPS_LIMIT)
		parser->steps[parser->n_steps] = (struct step){word, number, name};
	parser->n_steps++;
}

void parse_leave(struct parser *parser)
{
	parser->n_steps--;
}

/* ", did you mean 'programs'?", or "" */
static const char *parse_near(const struct parser *parser, const char *near)
{
	const char *text = near ? arena_printf(parser->arena, ", did you mean '%s'?", near) : NULL;

	return text ? text : "";
}

/* ---- keys ---- */

static const char *const type_names[] = {
	[NODE_SCALAR] = "a single value",
	[NODE_SEQUENCE] = "a list",
	[NODE_MAPPING] = "a mapping",
};

static bool is_null(const struct node *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	static const bool begins_one[256] = {
		['\0'] = true, ['~'] = true, ['n'] = true, ['N'] = true};
	size_t i;

	if (node->type != NODE_SCALAR || node->quoted || !begins_one[(unsigned char)*node->text])
		return false;
	for (i = 0; i < ARRAY_SIZE(nulls); i++)
		if (parse_is_same(node->text, nulls[i]))
			return true;
	return false;
}

int parse_check_type(const struct parser *parser, const struct node *node, enum node_type type,
		     const char *before, const char *name)
{
	if (is_null(node))
		return parse_fail(parser, node, "%s'%s' has no value", before, name);
	if (node->type == type)
		return 0;
	return parse_fail(parser, node, "%s'%s' must be %s, not %s", before, name, type_names[type],
			  type_names[node->type]);
}

int parse_check_value(const struct parser *parser, const struct node *node, enum node_type type)
{
	return parse_check_type(parser, node, type, "", node->key->text);
}

int parse_check_item(const struct parser *parser, const struct node *node, const char *list,
		     enum node_type type)
{
	return parse_check_type(parser, node, type, "an item of ", list);
}

int parse_unknown_key(const struct parser *parser, const struct node *node,
		      const char *const *names, size_t n)
{
	const char *near = names_nearest(node->key->text, names, n);

	return parse_fail(parser, node->key, "unknown key '%s'%s", node->key->text,
			  parse_near(parser, near));
}

const struct node *parse_child(const struct node *mapping, const char *key)
{
	const struct node *node;

	for (node = mapping->first; node; node = node->next)
		if (parse_is_same(node->key->text, key))
			break;
	return node;
}

static int wrong_key(const struct parser *parser, const struct node *node, const struct key *keys,
		     size_t n)
{
	const char *names[KEYS_LIMIT];
	size_t i;

	for (i = 0; i < n; i++)
		names[i] = keys[i].name;
	return parse_unknown_key(parser, node, names, n);
}

int parse_collect(const struct parser *parser, const struct node *mapping, const struct key *keys,
		  size_t n, const struct node **values)
{
	const struct node *node;
	size_t i;
	int err;

	for (i = 0; i < n; i++)
		values[i] = NULL;
	for (node = mapping->first; node; node = node->next) {
		for (i = 0; i < n; i++)
			if (parse_is_same(keys[i].name, node->key->text))
				break;
		if (i == n)
			return wrong_key(parser, node, keys, n);
		err = parse_check_value(parser, node, keys[i].type);
		if (err)
			return err;
		values[i] = node;
	}
	for (i = 0; i < n; i++)
		if (keys[i].required && !values[i])
			return parse_fail(parser, mapping, "'%s' is missing", keys[i].name);
	return 0;
}

/* ---- single values ---- */

/* Control characters: C0 without @allowed, DEL, and C1 in UTF-8. */
static bool has_control(const char *text, const char *allowed)
{
	const unsigned char *c = (const unsigned char *)text;

	for (; *c; c++) {
		if (*c >= 0x20 && *c < 0x7f)
			continue;
		if ((*c < 0x20 && !strchr(allowed, *c)) || *c == 0x7f)
			return true;
		if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			return true;
	}
	return false;
}

int parse_check_text(const struct parser *parser, const struct node *node, const char *list,
		     const char *allowed)
{
	const char *before = node->key ? "" : "an item of ";
	const char *name = node->key ? node->key->text : list;
	int err = parse_check_type(parser, node, NODE_SCALAR, before, name);

	if (err)
		return err;
	if (strlen(node->text) > TEXT_LIMIT)
		return parse_fail(parser, node, "%s'%s' is longer than %d bytes", before, name,
				  TEXT_LIMIT);
	if (has_control(node->text, allowed))
		return parse_fail(parser, node, "%s'%s' holds a control character", before, name);
	if (!node->text[0])
		return parse_fail(parser, node, "%s'%s' is empty", before, name);
	return 0;
}

int parse_keep(const struct parser *parser, const char *text, const char **ret)
{
	*ret = arena_strdup(parser->arena, text);
	return *ret ? 0 : error_memory(parser->err);
}

int parse_text(const struct parser *parser, const struct node *node, const char *list,
	       const char *allowed, const char **ret)
{
	int err = parse_check_text(parser, node, list, allowed);

	return err ? err : parse_keep(parser, node->text, ret);
}

int parse_number(const struct parser *parser, const struct node *node, uint64_t low, uint64_t high,
		 uint64_t *ret)
{
	size_t i, length = strlen(node->text);
	uint64_t value = 0;

	if (node->quoted || !length || length > 19 || strspn(node->text, "0123456789") != length ||
	    (length > 1 && node->text[0] == '0'))
		return parse_fail(parser, node, "'%s' must be a decimal number, not '%s'",
				  node->key->text, node->text);
	for (i = 0; i < length; i++)
		value = value * 10 + (uint64_t)(node->text[i] - '0');
	if (value < low || value > high)
		return parse_fail(parser, node, "'%s' must be from %llu to %llu, not %s",
				  node->key->text, (unsigned long long)low,
				  (unsigned long long)high, node->text);
	*ret = value;
	return 0;
}

int parse_truth(const struct parser *parser, const struct node *node, bool *ret)
{
	int err = parse_check_text(parser, node, NULL, "");

	if (err)
		return err;
	*ret = strcmp(node->text, "true") == 0;
	if (node->quoted || (!*ret && strcmp(node->text, "false") != 0))
		return parse_fail(parser, node, "'%s' is true or false", node->key->text);
	return 0;
}

int parse_path(const struct parser *parser, const struct node *node, const char **ret)
{
	int err = parse_text(parser, node, NULL, "", ret);

	if (err || node->text[0] == '/')
		return err;
	return parse_fail(parser, node, "'%s' must be an absolute path, not '%s'", node->key->text,
			  node->text);
}

const struct word parse_word_struct = {"", "a struct's bare name"};
const struct word parse_word_field = {".", "a field's name"};
const struct word parse_word_function = {"", "the name of a helper or kfunc"};
const struct word parse_word_program = {".$", "a program's name"};
const struct word parse_word_map = {".$", "a map's name"};

int parse_word(const struct parser *parser, const struct node *node, const char *list,
	       const struct word *word, const char **ret)
{
	const char *c;
	int err = parse_check_text(parser, node, list, "");

	if (err)
		return err;
	for (c = node->text; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && !strchr(word->extra, *c))
			break;
	if (*c || isdigit((unsigned char)node->text[0]))
		return parse_fail(parser, node, "'%s' is not %s", node->text, word->is_not);
	return parse_keep(parser, node->text, ret);
}

/* "native, generic and any" */
static const char *list_choices(const struct parser *parser, const struct choice *choices, size_t n)
{
	const char *text = choices[0].name;
	size_t i;

	for (i = 1; i < n && text; i++)
		text = arena_printf(parser->arena, "%s%s%s", text, i + 1 < n ? ", " : " and ",
				    choices[i].name);
	return text ? text : "";
}

int parse_choice(const struct parser *parser, const struct node *node, const char *list,
		 const struct choice *choices, size_t n, const struct choice **ret)
{
	const char *names[CHOICES_LIMIT], *name = node->key ? node->key->text : list;
	int err = parse_check_text(parser, node, list, "");
	size_t i;

	if (err)
		return err;
	for (i = 0; i < n; i++) {
		names[i] = choices[i].name;
		if (parse_is_same(names[i], node->text)) {
			*ret = &choices[i];
			return 0;
		}
	}
	return parse_fail(parser, node, "'%s' takes %s, not '%s'%s", name,
			  list_choices(parser, choices, n), node->text,
			  parse_near(parser, names_nearest(node->text, names, n)));
}

bool manifest_is_name(const char *text)
{
	size_t i, length = strnlen(text, NAME_LIMIT + 1);

	for (i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("_.-", text[i]))
			return false;
	return length > 0 && length <= NAME_LIMIT && text[0] != '-';
}

int parse_check_name(const struct parser *parser, const struct node *node, const char *what)
{
	if (manifest_is_name(node->text))
		return 0;
	return parse_fail(
		parser, node,
		"'%.80s' is not %s's name: at most %d of letters, digits, '_', '.' and '-', "
		"not '-' first",
		node->text, what, NAME_LIMIT);
}

/* ---- lists ---- */

int parse_check_count(const struct parser *parser, const struct node *list, size_t low, size_t high)
{
	if (list->count < low)
		return parse_fail(parser, list, "'%s' is empty", list->key->text);
	if (list->count > high)
		return parse_fail(parser, list, "'%s' has %zu items, more than %zu",
				  list->key->text, list->count, high);
	return 0;
}

int parse_check_unique(const struct parser *parser, const struct node *list,
		       const struct node *item)
{
	const struct node *other;

	for (other = list->first; other != item; other = other->next)
		if (other->type == NODE_SCALAR && parse_is_same(other->text, item->text))
			return parse_fail(parser, item, "'%s' lists '%s' twice", list->key->text,
					  item->text);
	return 0;
}

static const char *const no_strings[] = {NULL};

int parse_words(const struct parser *parser, const struct node *list, const struct word *word,
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
	err = parse_check_count(parser, list, 0, LIST_LIMIT);
	if (err)
		return err;
	strings = arena_array(parser->arena, list->count + 1, sizeof(*strings));
	places = arena_array(parser->arena, list->count + 1, sizeof(*places));
	if (!strings || !places)
		return error_memory(parser->err);
	for (item = list->first; item && !err; item = item->next, i++) {
		places[i] = item->at;
		err = parse_word(parser, item, list->key->text, word, &strings[i]);
		if (!err)
			err = parse_check_unique(parser, list, item);
	}
	*ret = strings;
	if (at)
		*at = places;
	return err;
}

/* ---- copies ---- */

static struct node *copy_node(struct arena *arena, const struct node *node)
{
	struct node *copy = arena_alloc(arena, sizeof(*copy)), *child;
	struct node **tail;
	const struct node *next;

	if (!copy)
		return NULL;
	*copy = *node;
	copy->next = copy->first = NULL;
	if (node->text && !(copy->text = arena_strdup(arena, node->text)))
		return NULL;
	if (node->key && !(copy->key = copy_node(arena, node->key)))
		return NULL;
	tail = &copy->first;
	for (next = node->first; next; next = next->next) {
		child = copy_node(arena, next);
		if (!child)
			return NULL;
		*tail = child;
		tail = &child->next;
	}
	return copy;
}

int parse_keep_node(const struct parser *parser, const struct node *node, const struct node **ret)
{
	*ret = copy_node(parser->arena, node);
	return *ret ? 0 : error_memory(parser->err);
}
