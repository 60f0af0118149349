/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * log.c - libbpf's messages while it works for us
 *
 * libbpf has one print function for the whole process, which writes to stderr by default. Ours
 * replaces it only while somebody listens, and only for the threads that asked: other messages go
 * where they went before.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "session/private.h"

/*
 * Enough for the end of a verifier log, where the verdict stands, and for libbpf's own
 * explanations.
 */
#define VERIFIER_KEPT 65536
#define SAID_KEPT     8192

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int listeners;
static libbpf_print_fn_t before;
static _Thread_local struct libbpf_log *current;

static const char verifier_begins[] = "-- BEGIN PROG LOAD LOG --\n";
static const char verifier_ends[] = "-- END PROG LOAD LOG --";

/* Append @text to *kept; keep the last @limit bytes. */
static void keep(char **kept, const char *text, size_t limit)
{
	size_t old = *kept ? strlen(*kept) : 0, added = strlen(text), drop;
	char *grown;

	if (added > limit) {
		text += added - limit;
		added = limit;
	}
	drop = old + added > limit ? old + added - limit : 0;
	grown = malloc(old - drop + added + 1);
	if (!grown)
		return;
	if (old > drop)
		memcpy(grown, *kept + drop, old - drop);
	memcpy(grown + old - drop, text, added + 1);
	free(*kept);
	*kept = grown;
}

/* "libbpf: prog 'mmap_fentry': BPF program load failed: ..." */
static void note_program(struct libbpf_log *libbpf_log, const char *text)
{
	static const char prefix[] = "libbpf: prog '";
	size_t length;

	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return;
	text += sizeof(prefix) - 1;
	length = strcspn(text, "'");
	if (length < sizeof(libbpf_log->program))
		snprintf(libbpf_log->program, sizeof(libbpf_log->program), "%.*s", (int)length,
			 text);
}

static void log_lines(const struct featsel_context *context, const char *prefix, const char *text)
{
	size_t length;

	for (; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		if (length)
			context_log(context, FEATSEL_LOG_DEBUG, "%s%.*s", prefix, (int)length,
				    text);
	}
}

void libbpf_log_take(struct libbpf_log *libbpf_log, const char *log)
{
	free(libbpf_log->verifier);
	libbpf_log->verifier = NULL;
	keep(&libbpf_log->verifier, log, VERIFIER_KEPT);
	log_lines(libbpf_log->context,
		  "verifier: ", libbpf_log->verifier ? libbpf_log->verifier : "");
}

static void hear(struct libbpf_log *libbpf_log, enum libbpf_print_level level, char *text)
{
	char *log = strstr(text, verifier_begins), *end;

	if (log || strstr(text, "BPF program load failed"))
		note_program(libbpf_log, text);
	if (log) {
		log += sizeof(verifier_begins) - 1;
		end = strstr(log, verifier_ends);
		if (end)
			*end = '\0';
		libbpf_log_take(libbpf_log, log);
		return;
	}
	log_lines(libbpf_log->context, "", text);
	if (level == LIBBPF_WARN)
		keep(&libbpf_log->said, text, SAID_KEPT);
}

/* "libbpf: prog 'x': BPF program load failed: ..." among other lines. */
static void note_failed_program(struct libbpf_log *libbpf_log, const char *text)
{
	const char *line = text, *end, *failed = strstr(text, "BPF program load failed");

	while (failed && (end = strchr(line, '\n')) && end < failed)
		line = end + 1;
	if (failed)
		note_program(libbpf_log, line);
}

void libbpf_log_note(struct libbpf_log *libbpf_log, const char *text)
{
	keep(&libbpf_log->said, text, SAID_KEPT);
}

void libbpf_log_add(struct libbpf_log *libbpf_log, const char *text)
{
	const char *log = strstr(text, verifier_begins), *end;
	bool libbpf = log || strstr(text, "libbpf: ");

	note_failed_program(libbpf_log, text);
	keep(&libbpf_log->said, text, SAID_KEPT);
	if (log)
		log += sizeof(verifier_begins) - 1;
	else if (!libbpf)
		log = text;
	if (!log)
		return;
	keep(&libbpf_log->verifier, log, VERIFIER_KEPT);
	end = libbpf_log->verifier ? strstr(libbpf_log->verifier, verifier_ends) : NULL;
	if (end)
		libbpf_log->verifier[end - libbpf_log->verifier] = '\0';
}

/* The lock is not held while it prints: it may call libbpf itself. */
static libbpf_print_fn_t find_before(void)
{
	libbpf_print_fn_t found;

	pthread_mutex_lock(&lock);
	found = before;
	pthread_mutex_unlock(&lock);
	return found;
}

static int hear_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	struct libbpf_log *libbpf_log = current;
	libbpf_print_fn_t other;
	char *text;

	if (!libbpf_log) {
		other = find_before();
		return other ? other(level, format, args) : 0;
	}
	/* Messages about each section and relocation: useful to developers of libbpf. */
	if (level == LIBBPF_DEBUG)
		return 0;
	if (vasprintf(&text, format, args) < 0)
		return 0;
	hear(libbpf_log, level, text);
	free(text);
	return 0;
}

void libbpf_log_begin(struct libbpf_log *libbpf_log, const struct featsel_context *context)
{
	libbpf_log->context = context;
	libbpf_log->outer = current;
	current = libbpf_log;
	pthread_mutex_lock(&lock);
	if (listeners++ == 0)
		before = libbpf_set_print(hear_libbpf);
	pthread_mutex_unlock(&lock);
}

void libbpf_log_end(struct libbpf_log *libbpf_log)
{
	int saved = errno;
	libbpf_print_fn_t replaced;

	current = libbpf_log->outer;
	pthread_mutex_lock(&lock);
	if (--listeners == 0) {
		replaced = libbpf_set_print(before);
		/* Somebody else has set his own meanwhile. */
		if (replaced != hear_libbpf)
			libbpf_set_print(replaced);
	}
	pthread_mutex_unlock(&lock);
	errno = saved;
}

void libbpf_log_free(struct libbpf_log *libbpf_log)
{
	free(libbpf_log->verifier);
	free(libbpf_log->said);
	*libbpf_log = (struct libbpf_log){0};
}

/* libbpf's last line says that it gives up; why stands in the line before. */
static bool is_farewell(const char *line)
{
	static const char *const beginnings[] = {"libbpf: failed to load object ",
						 "libbpf: failed to load BPF skeleton "};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (strncmp(line, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

void libbpf_log_last_line(const char *text, char *line, size_t size)
{
	size_t length;

	line[0] = '\0';
	for (; text && *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		if (length && !host_is_statistics(text) && (!line[0] || !is_farewell(text)))
			snprintf(line, size, "%.*s", (int)length, text);
	}
}

const char *featsel_libbpf_version(void)
{
	const char *version = libbpf_version_string();

	return version + (*version == 'v');
}
