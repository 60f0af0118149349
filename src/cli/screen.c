/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* screen.c - terminals: width, folded lines, colour */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/screen.h"

#define USUAL_WIDTH  80
#define INDENT_LEAST (size_t)4
#define ELLIPSIS     "\xe2\x80\xa6"

/* A terminal that does not know its size counts as 80 columns wide. */
size_t screen_width(int fd)
{
	struct winsize size;

	if (!isatty(fd))
		return 0;
	return ioctl(fd, TIOCGWINSZ, &size) || !size.ws_col ? USUAL_WIDTH : size.ws_col;
}

static int descriptor_of(FILE *out)
{
	return out == stdout ? STDOUT_FILENO : STDERR_FILENO;
}

size_t screen_width_of(FILE *out)
{
	return screen_width(descriptor_of(out));
}

/* Ranges of characters that take two columns, at least in some terminals. */
static bool is_wide(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x1100, 0x115f},   {0x231a, 0x27bf},	{0x2b1b, 0x2b55},   {0x2e80, 0xa4cf},
		{0xa960, 0xa97c},   {0xac00, 0xd7a3},	{0xf900, 0xfaff},   {0xfe10, 0xfe6f},
		{0xff00, 0xff60},   {0xffe0, 0xffe6},	{0x16fe0, 0x18cff}, {0x1aff0, 0x1b2ff},
		{0x1f000, 0x1faff}, {0x20000, 0x3fffd},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

/* One character: its bytes, and columns. Marks of no width count as one, so that nothing is too
 * wide. */
static size_t measure(const char *text, size_t length, size_t *columns)
{
	uint32_t code = 0;
	size_t bytes = utf8_decode((const uint8_t *)text, length, &code);

	*columns = bytes && is_wide(code) ? 2 : 1;
	return bytes ? bytes : 1;
}

size_t screen_cut(char *text, size_t length, size_t width, size_t *shown)
{
	size_t at = 0, used = 0, cut = 0, columns;

	*shown = width > 0;
	/* up to @cut an ellipsis still fits */
	while (at < length) {
		size_t bytes = measure(text + at, length - at, &columns);

		if (used + columns > width)
			break;
		used += columns;
		at += bytes;
		if (used < width) {
			cut = at;
			*shown = used + 1;
		}
	}
	if (at == length) {
		*shown = used;
		return length;
	}
	if (!width)
		return 0;
	memcpy(text + cut, ELLIPSIS, strlen(ELLIPSIS));
	return cut + strlen(ELLIPSIS);
}

/* ---- folding ---- */

/* Columns of a word of @length bytes, without colour sequences. */
static size_t word_width(const char *word, size_t length)
{
	size_t width = 0, columns;

	for (size_t at = 0; at < length; width += columns) {
		if (word[at] != '\x1b') {
			at += measure(word + at, length - at, &columns);
			continue;
		}
		columns = 0;
		while (at < length && word[at] != 'm')
			at++;
		at += at < length;
	}
	return width;
}

void screen_fold(FILE *out, const char *line, size_t width, size_t indent)
{
	size_t used = 0, lead = strspn(line, " ");
	bool fresh = true; /* only the indentation is on this line */

	if (!width || width <= indent) {
		fprintf(out, "%s\n", line);
		return;
	}
	/* What stands behind a long name would be a column of single words. */
	if (indent * 8 > width * 5) {
		indent = INDENT_LEAST;
		line += lead > indent ? lead - indent : 0;
	}
	while (*line) {
		size_t spaces = strspn(line, " "), bytes = strcspn(line + spaces, " ");
		size_t columns = word_width(line + spaces, bytes);

		if (!fresh && used + spaces + columns > width && bytes) {
			/* an indentation that leaves too little room is cut */
			used = columns > width - indent && indent > INDENT_LEAST ? INDENT_LEAST
										 : indent;
			fprintf(out, "\n%*s", (int)used, "");
			spaces = 0;
			line += strspn(line, " ");
		}
		fprintf(out, "%.*s", (int)(spaces + bytes), line);
		used += spaces + columns;
		line += spaces + bytes;
		fresh = fresh && !bytes;
	}
	putc('\n', out);
}

FILE *line_begin(struct line_of *line, FILE *out)
{
	FILE *memory;

	*line = (struct line_of){.out = out, .colour = colour_wanted(out)};
	line->width = screen_width_of(out);
	memory = line->width ? text_open(&line->text) : NULL;
	if (!memory)
		line->width = 0;
	return memory ? memory : out;
}

void line_end(struct line_of *line, size_t indent)
{
	if (!line->width) {
		putc('\n', line->out);
		return;
	}
	/* If there is no memory the line is lost, but this is reported. */
	if (text_close(&line->text))
		fputs("featsel: out of memory\n", line->out);
	else
		screen_fold(line->out, line->text.data, line->width, indent);
	text_free(&line->text);
}

/* ---- colour ---- */

static enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER } choice;

bool colour_choose(const char *when)
{
	static const char *const words[] = {
		[COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(when, words[i]) != 0)
			continue;
		choice = i;
		return true;
	}
	return false;
}

/* https://no-color.org: the variable counts where it is not empty. */
static bool is_refused(void)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return (no && *no) || (terminal && !strcmp(terminal, "dumb"));
}

bool colour_wanted(FILE *out)
{
	if (choice != COLOUR_AUTO)
		return choice == COLOUR_ALWAYS;
	return isatty(descriptor_of(out)) && !is_refused();
}

static const char *const codes[] = {
	[COLOUR_NONE] = "",	    [COLOUR_GOOD] = "\x1b[32m", [COLOUR_BAD] = "\x1b[31m",
	[COLOUR_WARN] = "\x1b[33m", [COLOUR_DIM] = "\x1b[2m",	[COLOUR_STRONG] = "\x1b[1m",
};

const char *colour_begin(bool wanted, enum colour colour)
{
	return wanted ? codes[colour] : "";
}

const char *colour_end(bool wanted, enum colour colour)
{
	return wanted && colour != COLOUR_NONE ? "\x1b[0m" : "";
}

enum colour colour_of(enum featsel_verdict verdict)
{
	static const enum colour colours[] = {
		[FEATSEL_UNKNOWN] = COLOUR_WARN,
		[FEATSEL_YES] = COLOUR_GOOD,
		[FEATSEL_NO] = COLOUR_BAD,
		[FEATSEL_DENIED] = COLOUR_WARN,
	};

	return colours[verdict];
}

void colour_word(FILE *out, bool wanted, enum colour colour, const char *word, size_t width)
{
	size_t length = strlen(word), rest = width > length ? width - length : 0;

	fprintf(out, "%s%s%s%*s", colour_begin(wanted, colour), word, colour_end(wanted, colour),
		(int)rest, "");
}
