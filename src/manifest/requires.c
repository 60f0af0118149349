/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * requires.c - the grammar of 'requires': features, any, all, not
 */
#include <errno.h>
#include <string.h>

#include "manifest/private.h"

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
		return parse_fail(parser, node, "%s", err.text);
	key = r ? NULL : arena_strdup(parser->arena, parser->key);
	/* The map does not take const pointers, but nobody writes through it. */
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
	int err = parse_check_text(level->parser, node, feature_kind(kind)->key, "");

	return err ? err : add_feature(level, kind, node->text, node);
}

/* All items of a list must hold. But a machine has one architecture, so several are
 * alternatives. */
static int take_list(struct level *level, enum feature_kind kind, const struct node *node)
{
	struct level choice = *level, *to = level;
	struct requirement *any;
	const struct node *item;
	int err;

	err = parse_check_count(level->parser, node, 0, LIST_LIMIT);
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
			err = parse_check_unique(level->parser, node, item);
	}
	return err;
}

static int take_features(struct level *level, enum feature_kind kind, const struct node *node)
{
	const struct feature_kind_row *row = feature_kind(kind);
	int err;

	err = parse_check_value(level->parser, node, row->list ? NODE_SEQUENCE : NODE_SCALAR);
	if (err)
		return err;
	if (row->of_prog_type && !level->prog_type)
		return parse_fail(level->parser, node->key,
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
	err = parse_check_count(level->parser, node, 1, LIST_LIMIT);
	inner.tail = &part->parts;
	for (item = node->first; item && !err; item = item->next) {
		parse_enter(level->parser, node->key->text, ++i, NULL);
		err = parse_check_item(level->parser, item, node->key->text, NODE_MAPPING);
		part = err ? NULL : add_part(&inner, REQUIREMENT_ALL, item);
		if (!err)
			err = part ? take_requirements(level->parser, item, level->prog_type, part)
				   : error_memory(level->parser->err);
		parse_leave(level->parser);
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
	parse_enter(level->parser, "not", 0, NULL);
	if (!node->count)
		err = parse_fail(level->parser, node, "'not' is empty and so could never hold");
	else
		err = take_requirements(level->parser, node, level->prog_type, part);
	parse_leave(level->parser);
	return err;
}

/* Length of the name of the kernel function that a section attaches to, without an offset; 0: none,
 * or a glob. */
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

/* How many parameters the functions have that are attach targets in the same mapping. */
static int take_args(struct level *level, enum requirement_op op, const struct node *node)
{
	const struct parser *parser = level->parser;
	const struct node *attach = parse_child(level->mapping, feature_kind(FEATURE_ATTACH)->key),
			  *item;
	struct section section;
	size_t length, found = 0;
	uint64_t args = 0;
	const char *name;
	int err;

	(void)op;
	err = parse_number(parser, node, 0, ARGUMENTS_LIMIT, &args);
	if (!err && !attach)
		err = parse_fail(
			parser, node->key,
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
		err = parse_fail(parser, node,
				 "'args' needs a kernel function among the targets of 'attach'");
	return err;
}

/* args comes last, when the targets have been checked. */
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
	return parse_unknown_key(parser, node, names, ARRAY_SIZE(names));
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
	err = parse_check_value(level->parser, node, operators[i].type);
	if (err || !operators[i].take)
		return err;
	return operators[i].take(level, operators[i].op, node);
}

/* The program type first, wherever it is written: the keys beside it depend on it. */
static int take_requirements(struct parser *parser, const struct node *mapping,
			     const char *prog_type, struct requirement *ret)
{
	const struct node *type = parse_child(mapping, feature_kind(FEATURE_PROG_TYPE)->key);
	const struct node *args = parse_child(mapping, "args");
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

int parse_requires(struct parser *parser, const struct node *mapping,
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
	parse_enter(parser, "requires", 0, NULL);
	err = take_requirements(parser, mapping, NULL, all);
	parse_leave(parser);
	*ret = all;
	return err;
}