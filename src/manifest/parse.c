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

#define VERSION	     1
#define EVENTS_LIMIT 100000

enum event_key {
	EVENT_SUMMARY = SHARED_KEYS,
	EVENT_TRIGGER,
	EVENT_TAG,
	EVENT_MINIMUM,
	EVENT_CANDIDATES,
	EVENT_KEYS
};

static const struct key event_keys[] = {
	SHARED_ROWS,
	[EVENT_SUMMARY] = {"summary", NODE_SCALAR, false},
	[EVENT_TRIGGER] = {"trigger", NODE_SEQUENCE, false},
	[EVENT_TAG] = {"tag", NODE_SCALAR, false},
	[EVENT_MINIMUM] = {"minimum", NODE_MAPPING, false},
	[EVENT_CANDIDATES] = {"candidates", NODE_SEQUENCE, true},
};
_Static_assert(ARRAY_SIZE(event_keys) == EVENT_KEYS && EVENT_KEYS <= KEYS_LIMIT,
	       "every key has its row");

/* A folded block scalar ends with a newline that the author did not intend. */
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
		return parse_fail(parser, node, "'summary' must be one line");
	trimmed = *node;
	trimmed.text = text;
	*ret = text;
	return parse_check_text(parser, &trimmed, NULL, "");
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
	err = parse_check_count(parser, list, 1, ARGUMENTS_LIMIT);
	if (err)
		return err;
	strings = arena_array(parser->arena, list->count + 1, sizeof(*strings));
	if (!strings)
		return error_memory(parser->err);
	for (item = list->first; item && !err; item = item->next, i++) {
		if (i > 0 && item->type == NODE_SCALAR && item->quoted && !item->text[0])
			strings[i] = "";
		else
			err = parse_text(parser, item, "trigger", i > 0 ? "\t\n" : "", &strings[i]);
	}
	*ret = strings;
	return err;
}

/*
 * "type = EVENT_OPEN": a field of the record, and what it holds in this event's. What it may hold
 * is the object's matter.
 */
static int take_tag(const struct parser *parser, const struct node *node, const char **ret)
{
	const char *text = node->text, *value;
	size_t length;
	int err = parse_text(parser, node, NULL, "", ret);

	if (err)
		return err;
	for (length = 0; isalnum((unsigned char)text[length]) || strchr("_.", text[length]);)
		if (!text[length++])
			break;
	value = text + length + strspn(text + length, " ");
	if (length && *value == '=' && value[1] != '=' && value[1 + strspn(value + 1, " ")])
		return 0;
	return parse_fail(parser, node,
			  "'tag' is FIELD = VALUE, as in 'type = EVENT_OPEN', not '%s'", text);
}

static int take_event(struct parser *parser, const struct node *node, struct featsel_event *ret)
{
	struct featsel_candidate shared = {0};
	const struct node *values[EVENT_KEYS];
	int err;

	err = parse_collect(parser, node, event_keys, EVENT_KEYS, values);
	if (err)
		return err;
	err = take_summary(parser, values[EVENT_SUMMARY], &ret->summary);
	if (!err)
		err = take_trigger(parser, values[EVENT_TRIGGER], &ret->trigger);
	if (!err && values[EVENT_TAG]) {
		ret->tag_at = values[EVENT_TAG]->at;
		err = take_tag(parser, values[EVENT_TAG], &ret->tag);
	}
	if (!err && values[EVENT_MINIMUM])
		err = parse_minimum(parser, values[EVENT_MINIMUM], &ret->minimum);
	if (!err)
		err = parse_shared(parser, values, &shared);
	ret->on = shared.on;
	if (!err)
		err = parse_candidates(parser, &shared, values[EVENT_CANDIDATES], ret);
	return err;
}

enum top_key { TOP_VERSION, TOP_EVENTS, TOP_MINIMUM, TOP_KCONFIG, TOP_KEYS };

static const struct key top_keys[] = {
	[TOP_VERSION] = {"version", NODE_SCALAR, true},
	[TOP_EVENTS] = {"events", NODE_MAPPING, true},
	[TOP_MINIMUM] = {"minimum", NODE_MAPPING, false},
	[TOP_KCONFIG] = {"kconfig", NODE_SCALAR, false},
};
_Static_assert(ARRAY_SIZE(top_keys) == TOP_KEYS, "every key has its row");

/* The version is checked first: the keys of another version are unknown. */
static int check_version(const struct parser *parser, const struct node *root)
{
	const struct node *node = parse_child(root, top_keys[TOP_VERSION].name);
	uint64_t version = 0;
	int err;

	if (!node)
		return 0;
	err = parse_check_value(parser, node, NODE_SCALAR);
	if (!err)
		err = parse_number(parser, node, 0, UINT32_MAX, &version);
	if (!err && version != VERSION)
		err = parse_fail(parser, node,
				 "version %s is not known, this featsel reads version %d",
				 node->text, VERSION);
	return err;
}

/* For the reader, which keeps nothing of @node but its key. */
static int take_next_event(void *data, const struct node *root, const struct node *node)
{
	struct parser *parser = data;
	struct featsel_event *event, **slot;
	int err;

	if (parser->events.count == EVENTS_LIMIT)
		return parse_fail(parser, node->key, "more than %d events", EVENTS_LIMIT);
	err = parser->events.count ? 0 : check_version(parser, root);
	if (!err)
		err = parse_check_name(parser, node->key, "an event");
	if (!err)
		err = parse_check_type(parser, node, NODE_MAPPING, "event ", node->key->text);
	if (err)
		return err;
	event = arena_alloc(parser->arena, sizeof(*event));
	slot = event ? vec_add(&parser->events, sizeof(*slot)) : NULL;
	if (!slot)
		return error_memory(parser->err);
	*slot = event;
	*event = (struct featsel_event){
		.name = node->key->text, .at = node->key->at, .dir = parser->dir};
	parse_enter(parser, "in event", 0, node->key->text);
	err = take_event(parser, node, event);
	parse_leave(parser);
	return err;
}

/* What the file says for all its events. */
struct defaults {
	const struct minimum *minimum;
	const char *kconfig;
	struct location kconfig_at;
};

/* What an event says itself goes before, key by key. */
static int default_minimum(const struct parser *parser, const struct minimum *minimum,
			   struct featsel_event *event)
{
	struct minimum *joined;

	if (!minimum || !event->minimum) {
		event->minimum = event->minimum ? event->minimum : minimum;
		return 0;
	}
	joined = arena_alloc(parser->arena, sizeof(*joined));
	if (!joined)
		return error_memory(parser->err);
	*joined = *event->minimum;
	if (!joined->covers) {
		joined->covers = minimum->covers;
		joined->covers_at = minimum->covers_at;
	}
	if (!joined->fields) {
		joined->fields = minimum->fields;
		joined->fields_at = minimum->fields_at;
	}
	event->minimum = joined;
	return 0;
}

static int complete_event(const struct parser *parser, const struct defaults *defaults,
			  struct featsel_event *event)
{
	struct featsel_candidate *candidates =
		(struct featsel_candidate *)(uintptr_t)event->candidates;
	size_t i;

	for (i = 0; defaults->kconfig && i < event->n_candidates; i++) {
		if (candidates[i].kconfig)
			continue;
		candidates[i].kconfig = defaults->kconfig;
		candidates[i].kconfig_at = defaults->kconfig_at;
	}
	return default_minimum(parser, defaults->minimum, event);
}

static int keep_events(const struct parser *parser, const struct defaults *defaults,
		       const struct featsel_event *const **ret, size_t *n)
{
	const size_t count = parser->events.count;
	struct featsel_event **events = arena_array(parser->arena, count, sizeof(*events));
	size_t i;
	int err = 0;

	if (!events)
		return error_memory(parser->err);
	if (count)
		memcpy(events, parser->events.items, count * sizeof(*events));
	for (i = 0; i < count && !err; i++)
		err = complete_event(parser, defaults, events[i]);
	*ret = (const struct featsel_event *const *)events;
	*n = count;
	return err;
}

static int take_top(struct parser *parser, const struct node *root, struct defaults *ret)
{
	const struct node *values[TOP_KEYS];
	int err;

	if (root->type != NODE_MAPPING)
		return parse_fail(parser, root,
				  "a manifest is a mapping that begins with 'version: %d'",
				  VERSION);
	err = check_version(parser, root);
	if (!err)
		err = parse_collect(parser, root, top_keys, TOP_KEYS, values);
	if (!err && values[TOP_MINIMUM])
		err = parse_minimum(parser, values[TOP_MINIMUM], &ret->minimum);
	if (!err && values[TOP_KCONFIG]) {
		ret->kconfig_at = values[TOP_KCONFIG]->at;
		err = parse_text(parser, values[TOP_KCONFIG], NULL, "", &ret->kconfig);
	}
	return err;
}

int manifest_parse(const struct reader_input *input, const char *dir, struct arena *arena,
		   const struct featsel_event *const **ret, size_t *n, struct featsel_error *err)
{
	char key[PARSER_KEY_SIZE];
	struct parser parser = {.arena = arena,
				.err = err,
				.dir = dir ? arena_strdup(arena, dir) : NULL,
				.key = key};
	const struct reader_each each = {top_keys[TOP_EVENTS].name, take_next_event, &parser};
	struct defaults defaults = {0};
	struct node *root = NULL;
	int r;

	if (dir && !parser.dir)
		return error_memory(err);
	r = reader_parse_each(input, &each, arena, &root, err);
	if (!r)
		r = take_top(&parser, root, &defaults);
	if (!r)
		r = keep_events(&parser, &defaults, ret, n);
	vec_free(&parser.events);
	dict_free(&parser.features);
	return r;
}
