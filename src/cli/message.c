/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* message.c - messages to the user: safe for a terminal, one line each, on standard error */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/screen.h"

size_t message_text(FILE *out, const char *text)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left = strlen(text), width = 0;

	while (left) {
		uint32_t code = 0;
		size_t length = utf8_decode(at, left, &code);

		if (length && utf8_is_harmless(code)) {
			fwrite(at, 1, length, out);
			width++;
		} else {
			length = length ? length : 1;
			for (size_t i = 0; i < length; i++)
				fprintf(out, "\\x%02x", at[i]);
			width += 4 * length;
		}
		at += length;
		left -= length;
	}
	return width;
}

void message_print(FILE *out, const char *format, ...)
{
	char line[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	message_text(out, line);
}

void message_padded(FILE *out, const char *text, size_t width)
{
	for (size_t length = message_text(out, text); length < width; length++)
		putc(' ', out);
}

static int patience = -1;

void message_patience(int ms)
{
	patience = ms;
}

/* Whether standard error takes a line within the time limit. */
static bool is_read(void)
{
	struct pollfd poller = {.fd = STDERR_FILENO, .events = POLLOUT};

	return patience < 0 || poll(&poller, 1, patience) == 1;
}

PRINTF(2, 0) static void say(enum colour colour, const char *format, va_list args)
{
	static const char name[] = "featsel: ";
	char line[4096];
	struct line_of to;
	FILE *out;

	if (!is_read())
		return;
	vsnprintf(line, sizeof(line), format, args);
	out = line_begin(&to, stderr);
	fprintf(out, "%s%s", colour_begin(to.colour, colour), name);
	message_text(out, line);
	fputs(colour_end(to.colour, colour), out);
	line_end(&to, strlen(name));
}

/* The first failure that was reported, "" before. */
static char first[2048];

static void remember(const char *line)
{
	if (!first[0])
		snprintf(first, sizeof(first), "%s", line);
}

void message_remember(const char *format, ...)
{
	char line[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	remember(line);
}

const char *message_first(void)
{
	return first;
}

void message_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(COLOUR_NONE, format, args);
	va_end(args);
}

void message_alarm(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(COLOUR_BAD, format, args);
	va_end(args);
}

int message_fail(const char *format, ...)
{
	char line[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	remember(line);
	message_alarm("%s", line);
	return FEATSEL_FAILURE_RUN;
}

int message_usage(const char *format, ...)
{
	char line[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	(void)message_fail("%s", line);
	fputs("Try 'featsel --help'.\n", stderr);
	return FEATSEL_FAILURE_INVALID;
}

int message_failure(const struct featsel_error *err)
{
	char line[2048];

	featsel_error_format(err, line, sizeof(line));
	(void)message_fail("%s", line);
	return err->failure ? (int)err->failure : FEATSEL_FAILURE_RUN;
}

int message_output(int error)
{
	if (error == -EPIPE)
		return message_fail("%s was closed by its reader, stopping", output_name());
	return message_fail("cannot write to %s: %s", output_name(), strerror(-error));
}

int message_memory(void)
{
	return message_fail("out of memory");
}

void message_log(void *data, enum featsel_log_level level, const char *line)
{
	(void)data;
	(void)level;
	message_say("%s", line);
}

const char *message_nearest(const char *wrong, const char *const *names, size_t n)
{
	size_t length = strlen(wrong), near = length / 3 + 1;
	const char *found = NULL;

	if (length > EDIT_LENGTH_LIMIT)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(names[i]), far;

		if (other > EDIT_LENGTH_LIMIT)
			continue;
		far = edit_distance(wrong, length, names[i], other);
		if (far > near || far >= other)
			continue;
		found = names[i];
		near = far ? far - 1 : 0;
	}
	return found;
}
