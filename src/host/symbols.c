/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * symbols.c - functions and variables by name, as /proc/kallsyms lists them
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/private.h"

#define KALLSYMS_PATH "/proc/kallsyms"

enum { KALLSYMS_BUFFER = 256 << 10 };

/*
 * Reading kallsyms costs tens of milliseconds, nearly all of them in the kernel, so one reading
 * serves all symbols: what stays in memory is a 64-bit hash of each function's name, with the
 * lowest bit telling modules from the kernel proper.
 */
typedef uint64_t symbol;

static symbol symbol_hash(const char *name, size_t length, bool module)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ length;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
	hash ^= hash >> 29;
	hash *= UINT64_C(0xbf58476d1ce4e5b9);
	return (hash & ~UINT64_C(1)) | module;
}

/* Called for each function; not 0 ends the reading. */
typedef int (*symbol_fn)(void *data, const char *name, size_t length, bool module);

/* "ffffffff81000000 T name", with "\t[module]" for a module's symbol. */
static int take_line(char *line, size_t length, const char *types, symbol_fn each, void *data)
{
	char *end = line + length, *type = memchr(line, ' ', length), *name, *stop;

	if (!type || end - type < 4 || type[2] != ' ' || (types && !strchr(types, type[1])))
		return 0;
	name = type + 3;
	stop = memchr(name, '\t', (size_t)(end - name));
	/*
	 * BPF programs and the code that ftrace and kprobes generate look like module symbols but
	 * cannot be probed by name.
	 */
	if (stop && (strncmp(stop, "\t[bpf]", 6) == 0 || strncmp(stop, "\t[__builtin__", 13) == 0))
		return 0;
	if (stop)
		*stop = '\0';
	return each(data, name, (size_t)((stop ? stop : end) - name), stop);
}

/* An empty file is no list: /proc without its files (ProtectKernelTunables=) gives one. */
static int take_lines(int fd, char *buffer, const char *types, symbol_fn each, void *data)
{
	bool empty = true;
	size_t kept = 0;

	for (;;) {
		ssize_t n = read(fd, buffer + kept, KALLSYMS_BUFFER - kept);
		char *line = buffer, *end = buffer + kept + (n > 0 ? n : 0), *newline;
		int stop = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		*end = '\0';
		empty = empty && n == 0;
		if (empty)
			return -ENODATA;
		while (!stop && (newline = memchr(line, '\n', (size_t)(end - line)))) {
			*newline = '\0';
			stop = take_line(line, (size_t)(newline - line), types, each, data);
			line = newline + 1;
		}
		kept = (size_t)(end - line);
		if (n == 0 && !stop)
			stop = take_line(line, kept, types, each, data);
		if (n == 0 || stop)
			return stop;
		if (kept == KALLSYMS_BUFFER)
			return -EBADMSG;
		memmove(buffer, line, kept);
	}
}

#define FUNCTIONS "tTwW"

/*
 * 0, what @each returned, or a negative errno. @types: letters of the symbol types to report,
 * NULL: all.
 */
static int read_kallsyms(struct live *live, const char *types, symbol_fn each, void *data)
{
	CLEANUP(free_pointer) char *buffer = malloc(KALLSYMS_BUFFER + 1);
	int fd, result;

	if (!buffer)
		return -ENOMEM;
	fd = live->kernel->ops->open(live->kernel, KALLSYMS_PATH);
	if (fd < 0)
		return fd;
	result = take_lines(fd, buffer, types, each, data);
	live->kernel->ops->close(live->kernel, fd);
	return result;
}

static int add_symbol(void *data, const char *name, size_t length, bool module)
{
	symbol *item = vec_add(data, sizeof(*item));

	if (!item)
		return -ENOMEM;
	*item = symbol_hash(name, length, module);
	return 0;
}

static int read_symbols(struct live *live)
{
	int err = read_kallsyms(live, FUNCTIONS, add_symbol, &live->symbols);

	/* Without CONFIG_KALLSYMS_ALL the functions are still listed; an empty list proves
	 * nothing. */
	if (err == 0 && live->symbols.count == 0)
		err = -ENODATA;
	if (err < 0)
		vec_free(&live->symbols);
	return err;
}

static int count_symbol(struct live *live, const char *name, int *own, int *modules)
{
	symbol wanted = symbol_hash(name, strlen(name), false);
	const symbol *symbols;
	int err = live->symbols.count ? 0 : read_symbols(live);

	if (err < 0)
		return err;
	symbols = live->symbols.items;
	*own = *modules = 0;
	for (size_t i = 0; i < live->symbols.count; i++) {
		*own += symbols[i] == wanted;
		*modules += symbols[i] == (wanted | 1);
	}
	return 0;
}

/* Newer kernels prefer a function of vmlinux to those of modules. */
int symbols_count(struct live *live, const char *name)
{
	int own, modules, err = count_symbol(live, name, &own, &modules);

	if (err < 0)
		return err;
	own = own ? own : modules;
	return own > 2 ? 2 : own;
}

bool symbols_in_module(struct live *live, const char *name)
{
	int own, modules;

	return count_symbol(live, name, &own, &modules) == 0 && own == 0 && modules > 0;
}

/* What compilers append to a function that they have changed, so that a probe by its own name finds
 * nothing. */
struct altered {
	struct arena *arena;
	const char *name;
	const char *found;
};

static int match_altered(void *data, const char *name, size_t length, bool module)
{
	static const char *const endings[] = {".isra.", ".constprop.", ".part."};
	struct altered *altered = data;
	size_t own = strlen(altered->name);

	(void)module;
	if (length <= own || strncmp(name, altered->name, own) != 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (strncmp(name + own, endings[i], strlen(endings[i])) == 0)
			altered->found = arena_strndup(altered->arena, name, length);
	return altered->found != NULL;
}

const char *symbols_altered(struct live *live, const char *name)
{
	struct altered altered = {.arena = live->arena, .name = name};

	(void)read_kallsyms(live, FUNCTIONS, match_altered, &altered);
	return altered.found;
}

static int match_symbol(void *data, const char *name, size_t length, bool module)
{
	(void)length;
	(void)module;
	return fnmatch(data, name, 0) == 0;
}

int symbols_match(struct live *live, const char *pattern)
{
	return read_kallsyms(live, FUNCTIONS, match_symbol, (void *)(uintptr_t)pattern);
}

static int is_symbol(void *data, const char *name, size_t length, bool module)
{
	(void)length;
	(void)module;
	return strcmp(data, name) == 0;
}

/* What libbpf and the verifier look up for an "extern ... __ksym": functions and variables. */
int symbols_has(struct live *live, const char *name)
{
	return read_kallsyms(live, NULL, is_symbol, (void *)(uintptr_t)name);
}

struct featsel_answer probe_ksym(struct live *live, const struct feature *feature)
{
	int found = symbols_has(live, feature->name);

	if (found < 0)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   KALLSYMS_PATH ": %s", errno_name(found));
	if (found)
		return answer_yes(live->arena, KALLSYMS_PATH ": '%s'", feature->name);
	return answer_make(live->arena, FEATSEL_NO, REASON_SYMBOL_MISSING, NULL,
			   KALLSYMS_PATH ": no symbol '%s'", feature->name);
}
