/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * yaml.c - YAML, written: lines, keys, single values, lists
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "manifest/private.h"

#define LINE_WIDTH 100

void yaml_put(struct printer *printer, const char *text)
{
	if (!printer->err)
		printer->err = printer->write(printer->data, text);
}

void yaml_line(struct printer *printer)
{
	unsigned int i;

	for (i = printer->item ? 1 : 0; i < printer->depth; i++)
		yaml_put(printer, "  ");
	yaml_put(printer, printer->item ? "- " : "");
	printer->item = false;
}

/* ---- scalars ---- */

/* Whether YAML, 1.1 or 1.2, reads @text without quotes as that very text. */
static bool is_plain(const char *text)
{
	static const char *const words[] = {"null", "true", "false", "yes", "no",
					    "on",   "off",  "y",     "n"};
	size_t i, length = strlen(text);

	if (!isalpha((unsigned char)text[0]) && text[0] != '_' && text[0] != '/')
		return false;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return false;
	for (i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("_./-+=() ", text[i]))
			return false;
	return text[length - 1] != ' ';
}

/* One character, of @length bytes; a byte that belongs to none stays as it is. */
static void put_character(struct printer *printer, const char *at, size_t length, uint32_t code)
{
	char text[12];

	if (code == '\n' || code == '\t')
		snprintf(text, sizeof(text), "\\%c", code == '\n' ? 'n' : 't');
	else if (!utf8_is_harmless(code))
		snprintf(text, sizeof(text), code < 0x100 ? "\\x%02x" : "\\u%04x", code);
	else
		snprintf(text, sizeof(text), "%s%.*s", code == '"' || code == '\\' ? "\\" : "",
			 (int)length, at);
	yaml_put(printer, text);
}

static void put_quoted(struct printer *printer, const char *text)
{
	size_t length, left = strlen(text);
	uint32_t code;

	yaml_put(printer, "\"");
	for (; left; text += length, left -= length) {
		length = utf8_decode((const uint8_t *)text, left, &code);
		if (!length) {
			length = 1;
			code = '?';
		}
		put_character(printer, text, length, code);
	}
	yaml_put(printer, "\"");
}

void yaml_scalar(struct printer *printer, const char *text)
{
	if (is_plain(text))
		yaml_put(printer, text);
	else
		put_quoted(printer, text);
}

void yaml_key(struct printer *printer, const char *key)
{
	yaml_line(printer);
	yaml_scalar(printer, key);
	yaml_put(printer, ":");
}

void yaml_entry(struct printer *printer, const char *key, const char *value)
{
	if (!value || !value[0])
		return;
	yaml_key(printer, key);
	yaml_put(printer, " ");
	yaml_scalar(printer, value);
	yaml_put(printer, "\n");
}

/* ---- lists ---- */

static bool fits(const struct printer *printer, const char *key, const void *list, next_fn next)
{
	size_t i, width = 2 * printer->depth + strlen(key) + 4;
	const char *item;

	for (i = 0; (item = next(list, i)); i++)
		width += strlen(item) + 2;
	return width <= LINE_WIDTH;
}

static void put_items(struct printer *printer, const void *list, next_fn next)
{
	const char *item;
	size_t i;

	yaml_put(printer, "\n");
	printer->depth += 2;
	for (i = 0; (item = next(list, i)); i++) {
		printer->item = true;
		yaml_line(printer);
		yaml_scalar(printer, item);
		yaml_put(printer, "\n");
	}
	printer->depth -= 2;
}

void yaml_list(struct printer *printer, const char *key, const void *list, next_fn next)
{
	const char *item;
	size_t i;

	if (!next(list, 0))
		return;
	yaml_key(printer, key);
	if (!fits(printer, key, list, next)) {
		put_items(printer, list, next);
		return;
	}
	for (i = 0; (item = next(list, i)); i++) {
		yaml_put(printer, i ? ", " : " [");
		yaml_scalar(printer, item);
	}
	yaml_put(printer, "]\n");
}

const char *yaml_next_string(const void *list, size_t index)
{
	return list ? ((const char *const *)list)[index] : NULL;
}

void yaml_number(struct printer *printer, const char *key, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), " %lld\n", (long long)number);
	yaml_key(printer, key);
	yaml_put(printer, text);
}

void yaml_truth(struct printer *printer, const char *key, bool truth)
{
	yaml_key(printer, key);
	yaml_put(printer, truth ? " true\n" : " false\n");
}

void yaml_open(struct printer *printer, const char *key)
{
	yaml_key(printer, key);
	yaml_put(printer, "\n");
	printer->depth++;
}

/* ---- values as they were written ---- */

/* Quotes must not turn a number or a truth value into a text, nor their absence a text into a
 * number. */
static bool is_bare(const struct node *node)
{
	const char *text = node->text;

	if (node->quoted || !text[0])
		return false;
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0 || is_plain(text))
		return true;
	text += *text == '-' || *text == '+';
	return isdigit((unsigned char)*text) && !text[strspn(text, "0123456789abcdefxABCDEFX.")];
}

void yaml_value(struct printer *printer, const struct node *node)
{
	const bool is_list = node->type == NODE_SEQUENCE;
	const struct node *child;

	if (node->type == NODE_SCALAR && is_bare(node))
		yaml_put(printer, node->text);
	else if (node->type == NODE_SCALAR)
		put_quoted(printer, node->text);
	if (node->type == NODE_SCALAR)
		return;
	yaml_put(printer, is_list ? "[" : "{");
	for (child = node->first; child; child = child->next) {
		yaml_put(printer, child == node->first ? "" : ", ");
		if (!is_list) {
			yaml_value(printer, child->key);
			yaml_put(printer, ": ");
		}
		yaml_value(printer, child);
	}
	yaml_put(printer, is_list ? "]" : "}");
}

void yaml_node(struct printer *printer, const char *key, const struct node *node)
{
	yaml_key(printer, key);
	yaml_put(printer, " ");
	yaml_value(printer, node);
	yaml_put(printer, "\n");
}
