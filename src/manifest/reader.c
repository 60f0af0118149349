/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * reader.c - YAML, and so JSON, as a tree of nodes with their places
 *
 * Events are walked, not documents: libyaml's document API takes duplicate keys and cyclic aliases.
 * Its scanner visits every open bracket for every token, so nesting is refused at the event that
 * goes too deep; libyaml reads at most 1024 characters (the length of a simple key) ahead of the
 * event that it delivers.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "manifest/private.h"

#define DEPTH_LIMIT 32
#define SHOWN	    64

/* Mappings up to this size compare keys one by one; larger ones get an index. */
#define SMALL_MAPPING 8

struct frame {
	struct node *node;
	struct node *last; /* child */
	struct node *key;  /* the value comes next */
	struct dict keys;  /* key -> its node; empty while the mapping is small */
	bool taken;	   /* its values are passed to a callback one by one */
};

struct reader {
	yaml_parser_t parser;
	const char *name, *text;
	size_t size;
	struct arena *arena;
	const struct reader_each *each; /* NULL: everything is kept */
	struct arena *scratch;		/* of the value that is passed on next */
	struct featsel_error *err;
	struct node *root;
	struct frame frames[DEPTH_LIMIT];
	unsigned int depth, documents;
	bool done;
};

#define INVALID(reader, at, ...) error_at((reader)->err, -EINVAL, at, __VA_ARGS__)

static struct location place(const struct reader *reader, const yaml_mark_t *mark)
{
	return (struct location){
		.file = reader->name,
		.line = (unsigned int)mark->line + 1,
		.column = (unsigned int)mark->column + 1,
	};
}

/* ---- bytes ---- */

static struct location place_of_byte(const struct reader *reader, size_t offset)
{
	struct location at = {.file = reader->name, .line = 1, .column = 1};
	size_t i;

	for (i = 0; i < offset && i < reader->size; i++) {
		if (reader->text[i] == '\n') {
			at.line++;
			at.column = 1;
		} else if ((reader->text[i] & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return at;
}

/*
 * A tag directive at the beginning of a line (libyaml ends lines at CR, NEL, LS and PS too).
 * libyaml compares each one with all before it, which takes minutes for a large file of them, in
 * front of the event that could refuse them.
 */
static int check_directives(const struct reader *reader)
{
	static const char directive[] = "%TAG", ends[] = "\n\r\x85\xa8\xa9";
	const size_t length = sizeof(directive) - 1;
	const char *at = reader->text, *end = reader->text + reader->size;
	struct location place;

	for (; (at = memchr(at, directive[0], (size_t)(end - at))); at++) {
		if ((size_t)(end - at) < length || memcmp(at, directive, length) != 0 ||
		    (at > reader->text && !strchr(ends, at[-1])))
			continue;
		place = place_of_byte(reader, (size_t)(at - reader->text));
		return INVALID(reader, &place, "tags are not accepted");
	}
	return 0;
}

/* What is wrong with the character at @offset; NULL: nothing, and *length is its length. */
static const char *character_problem(const struct reader *reader, size_t offset, size_t *length)
{
	const unsigned char *text = (const unsigned char *)reader->text + offset;
	uint32_t code;

	*length = *text < 0x80 ? 1 : utf8_decode(text, reader->size - offset, &code);
	if (!*length)
		return "this is not valid UTF-8";
	if (*text == '\0')
		return "a NUL byte is not text";
	if ((*text < 0x20 && !strchr("\t\n\r", *text)) || *text == 0x7f)
		return "a control character is not text";
	return NULL;
}

/* libyaml stumbles over the byte at @offset, and says @text of it; clearer words go before. */
static int broken_bytes(const struct reader *reader, size_t offset, const char *text)
{
	const char *problem = NULL;
	struct location at;
	size_t i, length;

	for (i = 0; i < reader->size && !problem; i += length)
		problem = character_problem(reader, i, &length);
	at = place_of_byte(reader, problem ? i - length : offset);
	return INVALID(reader, &at, "%s", problem ? problem : text);
}

/* ---- events ---- */

/* Clearer words for libyaml messages that mislead. */
static const struct {
	const char *theirs, *ours;
} problems[] = {
	{"found invalid Unicode character escape code",
	 "this \\u escape is no character (write one beyond U+FFFF as itself or as \\UXXXXXXXX)"},
	{"could not find expected ':'",
	 "expected ':' after a key (of at most 1024 characters, on one line)"},
	{"found character that cannot start any token",
	 "no value begins with this character (quote it; tabs do not indent)"},
	{"mapping values are not allowed in this context",
	 "a ':' does not belong here (quote a text that holds ': '; check the indentation)"},
	{"did not find expected key", "expected a key here (check the indentation)"},
	{"did not find expected <document start>",
	 "this does not continue the document (check the indentation)"},
	{"did not find expected node content", "expected a value here"},
	{"did not find expected ',' or '}'", "expected ',' or '}' (a key has at most 1024 "
					     "characters and its ':' stands in the same line)"},
	{"found undefined tag handle", "tags are not accepted"},
};

static int broken(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *text = parser->problem ? parser->problem : "cannot be read as YAML";
	struct location at = place(reader, &parser->problem_mark);
	size_t i;

	if (parser->error == YAML_MEMORY_ERROR)
		return error_memory(reader->err);
	if (parser->error == YAML_READER_ERROR)
		return broken_bytes(reader, parser->problem_offset, text);
	for (i = 0; i < ARRAY_SIZE(problems); i++)
		if (strcmp(text, problems[i].theirs) == 0)
			text = problems[i].ours;
	if (!parser->context || parser->context_mark.line == parser->problem_mark.line)
		return INVALID(reader, &at, "%s", text);
	return INVALID(reader, &at, "%s, %s that begins in line %zu", text, parser->context,
		       parser->context_mark.line + 1);
}

static int duplicate_key(struct reader *reader, const struct node *key, const struct node *earlier)
{
	return INVALID(reader, &key->at, "key '%.*s' stands here again, first in line %u", SHOWN,
		       key->text, earlier->at.line);
}

static struct node *small_find(const struct frame *frame, const char *key)
{
	struct node *child;

	for (child = frame->node->first; child; child = child->next)
		if (*child->key->text == *key && strcmp(child->key->text, key) == 0)
			return child->key;
	return NULL;
}

static int index_keys(struct frame *frame)
{
	struct node *child;

	for (child = frame->node->first; child; child = child->next)
		if (dict_set(&frame->keys, child->key->text, child->key))
			return -ENOMEM;
	return 0;
}

static int take_key(struct reader *reader, struct frame *frame, struct node *key)
{
	struct node *earlier;
	void **place = NULL;

	if (key->type != NODE_SCALAR)
		return INVALID(reader, &key->at, "a key must be a plain text");
	if (!frame->taken && frame->node->count < SMALL_MAPPING) {
		earlier = small_find(frame, key->text);
	} else {
		if (frame->taken || frame->node->count > SMALL_MAPPING || !index_keys(frame))
			place = dict_place(&frame->keys, key->text);
		if (!place)
			return error_memory(reader->err);
		earlier = *place;
		*place = key;
	}
	if (earlier)
		return duplicate_key(reader, key, earlier);
	frame->key = key;
	return 0;
}

static void link_child(struct frame *frame, struct node *node)
{
	if (frame->last)
		frame->last->next = node;
	else
		frame->node->first = node;
	frame->last = node;
}

/* Attach @node as root, key, value or item. */
static int take_node(struct reader *reader, struct node *node)
{
	struct frame *frame;

	if (!reader->depth) {
		reader->root = node;
		return 0;
	}
	frame = &reader->frames[reader->depth - 1];
	if (frame->node->type == NODE_MAPPING && !frame->key)
		return take_key(reader, frame, node);
	node->key = frame->key;
	frame->key = NULL;
	frame->node->count++;
	if (!frame->taken)
		link_child(frame, node);
	return 0;
}

/* The mapping whose values are passed on is a child of the root. */
#define TAKEN_DEPTH 2

static bool is_inside_taken(const struct reader *reader)
{
	return reader->depth >= TAKEN_DEPTH && reader->frames[TAKEN_DEPTH - 1].taken;
}

/* Pass a complete value on, if asked for, and reuse its memory. */
static int complete(struct reader *reader, const struct node *node)
{
	int err;

	if (!node->key || reader->depth != TAKEN_DEPTH || !is_inside_taken(reader))
		return 0;
	err = reader->each->take(reader->each->data, reader->root, node);
	arena_reset(reader->scratch);
	return err;
}

/* Keep the keys of such a mapping, to find duplicates. */
static int new_node(struct reader *reader, const yaml_event_t *event, enum node_type type,
		    size_t text_size, struct node **ret)
{
	const bool keep = !is_inside_taken(reader) ||
			  (reader->depth == TAKEN_DEPTH && !reader->frames[TAKEN_DEPTH - 1].key);
	struct node *node;

	node = arena_alloc(keep ? reader->arena : reader->scratch, sizeof(*node) + text_size);
	if (!node)
		return error_memory(reader->err);
	node->type = type;
	node->at = place(reader, &event->start_mark);
	*ret = node;
	return 0;
}

static int check_properties(struct reader *reader, const yaml_event_t *event,
			    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	struct location at;

	if (!anchor && !tag)
		return 0;
	at = place(reader, &event->start_mark);
	if (anchor)
		return INVALID(reader, &at, "anchors are not accepted: '&%.*s'", SHOWN,
			       (const char *)anchor);
	return INVALID(reader, &at, "tags are not accepted: '%.*s'", SHOWN, (const char *)tag);
}

static int on_scalar(struct reader *reader, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	const size_t length = event->data.scalar.length;
	struct node *node = NULL;
	char *text;
	int err;

	err = check_properties(reader, event, event->data.scalar.anchor, event->data.scalar.tag);
	if (!err)
		err = new_node(reader, event, NODE_SCALAR, length + 1, &node);
	if (err)
		return err;
	if (memchr(value, '\0', length))
		return INVALID(reader, &node->at, "a NUL character is not accepted");
	text = (char *)(node + 1);
	memcpy(text, value, length);
	node->text = text;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	err = take_node(reader, node);
	return err ? err : complete(reader, node);
}

static bool is_taken(const struct reader *reader, const struct node *node)
{
	return reader->each && reader->depth == TAKEN_DEPTH - 1 && node->type == NODE_MAPPING &&
	       node->key && strcmp(node->key->text, reader->each->key) == 0;
}

static int on_open(struct reader *reader, const yaml_event_t *event, enum node_type type)
{
	struct node *node = NULL;
	int err;

	err = new_node(reader, event, type, 0, &node);
	if (!err && reader->depth == DEPTH_LIMIT)
		err = INVALID(reader, &node->at, "nested deeper than %d levels", DEPTH_LIMIT);
	if (!err)
		err = take_node(reader, node);
	if (err)
		return err;
	reader->frames[reader->depth] =
		(struct frame){.node = node, .taken = is_taken(reader, node)};
	reader->depth++;
	return 0;
}

static int on_sequence(struct reader *reader, const yaml_event_t *event)
{
	int err = check_properties(reader, event, event->data.sequence_start.anchor,
				   event->data.sequence_start.tag);

	return err ? err : on_open(reader, event, NODE_SEQUENCE);
}

static int on_mapping(struct reader *reader, const yaml_event_t *event)
{
	int err = check_properties(reader, event, event->data.mapping_start.anchor,
				   event->data.mapping_start.tag);

	return err ? err : on_open(reader, event, NODE_MAPPING);
}

static int on_close(struct reader *reader, const yaml_event_t *event)
{
	struct frame *frame = &reader->frames[--reader->depth];

	(void)event;
	dict_free(&frame->keys);
	return complete(reader, frame->node);
}

static int on_alias(struct reader *reader, const yaml_event_t *event)
{
	const struct location at = place(reader, &event->start_mark);

	return INVALID(reader, &at, "aliases are not accepted: '*%.*s'", SHOWN,
		       (const char *)event->data.alias.anchor);
}

static int on_document(struct reader *reader, const yaml_event_t *event)
{
	const struct location at = place(reader, &event->start_mark);

	if (reader->documents++)
		return INVALID(reader, &at, "a second document begins here; a file holds one");
	return 0;
}

static int on_end(struct reader *reader, const yaml_event_t *event)
{
	(void)event;
	reader->done = true;
	return 0;
}

static int on_nothing(struct reader *reader, const yaml_event_t *event)
{
	(void)reader;
	(void)event;
	return 0;
}

static int (*const on_event[])(struct reader *, const yaml_event_t *) = {
	[YAML_NO_EVENT] = on_end,
	[YAML_STREAM_START_EVENT] = on_nothing,
	[YAML_STREAM_END_EVENT] = on_end,
	[YAML_DOCUMENT_START_EVENT] = on_document,
	[YAML_DOCUMENT_END_EVENT] = on_nothing,
	[YAML_ALIAS_EVENT] = on_alias,
	[YAML_SCALAR_EVENT] = on_scalar,
	[YAML_SEQUENCE_START_EVENT] = on_sequence,
	[YAML_SEQUENCE_END_EVENT] = on_close,
	[YAML_MAPPING_START_EVENT] = on_mapping,
	[YAML_MAPPING_END_EVENT] = on_close,
};

static int walk(struct reader *reader)
{
	yaml_event_t event;
	int err = 0;

	while (!err && !reader->done) {
		if (!yaml_parser_parse(&reader->parser, &event))
			return broken(reader);
		err = on_event[event.type](reader, &event);
		yaml_event_delete(&event);
	}
	return err;
}

/* ---- whole texts ---- */

static int read_events(struct reader *reader)
{
	int err;

	if (!yaml_parser_initialize(&reader->parser))
		return error_memory(reader->err);
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader->parser, (const unsigned char *)reader->text,
				     reader->size);
	err = walk(reader);
	while (reader->depth)
		dict_free(&reader->frames[--reader->depth].keys);
	yaml_parser_delete(&reader->parser);
	return err;
}

static int read_text(struct reader *reader)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t length = sizeof(mark) - 1;
	int err;

	if (reader->size > MANIFEST_LIMIT)
		return INVALID(reader, &((struct location){.file = reader->name}),
			       "is larger than %zu MiB", MANIFEST_LIMIT >> 20);
	if (reader->size >= length && memcmp(reader->text, mark, length) == 0) {
		reader->text += length;
		reader->size -= length;
	}
	err = check_directives(reader);
	if (!err)
		err = read_events(reader);
	if (!err && !reader->root)
		err = INVALID(reader, &((struct location){.file = reader->name}),
			      "holds no document");
	return err;
}

int reader_parse_each(const struct reader_input *input, const struct reader_each *each,
		      struct arena *arena, struct node **ret, struct featsel_error *err)
{
	struct reader reader = {
		.name = arena_strdup(arena, input->name),
		.text = input->text,
		.size = input->size,
		.arena = arena,
		.each = each,
		.scratch = arena_new(),
		.err = err,
	};
	int r;

	r = reader.name && reader.scratch ? read_text(&reader) : error_memory(err);
	arena_free(reader.scratch);
	if (r)
		return r;
	*ret = reader.root;
	return 0;
}

int reader_parse(const char *name, const char *text, size_t size, struct arena *arena,
		 struct node **ret, struct featsel_error *err)
{
	const struct reader_input input = {.name = name, .text = text, .size = size};

	return reader_parse_each(&input, NULL, arena, ret, err);
}
