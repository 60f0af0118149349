/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * kconfig.c - the kernel's configuration: what the kernel shows, and what a file says
 *
 * As in libbpf a named file takes precedence. What it does not mention is as the kernel shows; if
 * the kernel shows nothing, the option is not set.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "host/private.h"

enum { CONFIG_LIMIT = 8 << 20 };

struct kconfig {
	const char *path, *text;
};

/* What the kernel shows. */
struct host_config {
	struct kconfig own; /* text NULL: there is none */
	int error;	    /* why */
	const char *misses; /* "/proc/config.gz: ENOENT, ..." */
};

/* ---- text ---- */

/* Inflate a gzip file; at most CONFIG_LIMIT bytes come out. */
static int inflate_text(struct arena *arena, const char *data, size_t size, const char **ret)
{
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)size};
	CLEANUP(free_pointer) char *buffer = malloc(CONFIG_LIMIT);
	char *text;
	int status;

	if (!buffer)
		return -ENOMEM;
	/* 16 + window bits: gzip and nothing else */
	if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
		return -ENOMEM;
	stream.next_out = (Bytef *)buffer;
	stream.avail_out = CONFIG_LIMIT;
	status = inflate(&stream, Z_FINISH);
	inflateEnd(&stream);
	if (status != Z_STREAM_END)
		return -EBADMSG;
	text = arena_strndup(arena, buffer, stream.total_out);
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

static bool is_packed(const char *data, size_t size)
{
	return size >= 2 && data[0] == '\x1f' && data[1] == '\x8b';
}

/* Where the line after this one begins; NULL behind the last. */
static const char *next_line(const char *line)
{
	line = strchr(line, '\n');
	return line ? line + 1 : NULL;
}

/* The value of @option in the text: its start and *length, or NULL if it is not set. */
static const char *value_in(const char *text, const char *option, size_t option_length,
			    size_t *length)
{
	const char *line;

	for (line = text; line; line = next_line(line)) {
		if (strncmp(line, option, option_length) != 0 || line[option_length] != '=')
			continue;
		*length = strcspn(line + option_length + 1, "\r\n");
		return line + option_length + 1;
	}
	return NULL;
}

/* "# CONFIG_X is not set" */
static bool is_unset_in(const char *text, const char *option, size_t length)
{
	static const char words[] = " is not set";
	const char *line;

	for (line = text; line; line = next_line(line))
		if (line[0] == '#' && line[1] == ' ' && strncmp(line + 2, option, length) == 0 &&
		    strncmp(line + 2 + length, words, sizeof(words) - 1) == 0)
			return true;
	return false;
}

/* ---- what the kernel shows ---- */

static int read_config(struct live *live, const char *path, const char **ret)
{
	const char *data;
	size_t size;
	int err = kernel_read(live->kernel, live->arena, path, CONFIG_LIMIT, &data, &size);

	if (err < 0)
		return err;
	if (is_packed(data, size))
		return inflate_text(live->arena, data, size, ret);
	*ret = data;
	return 0;
}

/* The first readable file; why the others could not be read is kept for the evidence. */
static void find_config(struct live *live, struct host_config *config)
{
	static const char *const places[] = {"/proc/config.gz", "/boot/config-%s",
					     "/lib/modules/%s/config",
					     "/lib/modules/%s/build/.config"};
	const char *release = live->host->release;

	config->error = -ENOENT;
	config->misses = "";
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		size_t head = strcspn(places[i], "%");
		const char *rest = places[i][head] ? places[i] + head + 2 : "";
		const char *path = arena_printf(live->arena, "%.*s%s%s", (int)head, places[i],
						places[i][head] ? release : "", rest);
		int err = path ? read_config(live, path, &config->own.text) : -ENOMEM;

		if (err == 0) {
			config->own.path = path;
			return;
		}
		if (errno_is_refusal(err))
			config->error = err;
		config->misses =
			arena_printf(live->arena, "%s%s%s: %s", config->misses, i ? ", " : "",
				     path ? path : places[i], errno_name(err));
		if (!config->misses)
			config->misses = "";
	}
}

/* NULL: memory is out. */
static struct host_config *config_of(struct live *live)
{
	if (!live->config) {
		live->config = arena_alloc(live->arena, sizeof(*live->config));
		if (live->config)
			find_config(live, live->config);
	}
	return live->config;
}

/* ---- what a file says ---- */

/* libbpf reads lines with this prefix, and fails on one that sets nothing. */
static const char *damage_of(const char *text, unsigned int *number)
{
	const char *line;
	size_t length, name;
	bool any = false;

	*number = 0;
	for (line = text; line && *line; line = next_line(line)) {
		++*number;
		length = strcspn(line, "\r\n");
		if (!length || line[0] == '#') {
			any = any || strncmp(line, "# CONFIG_", 9) == 0;
			continue;
		}
		if (strncmp(line, "CONFIG_", 7) != 0)
			return "is no line of a kernel's configuration";
		for (name = 7; isalnum((unsigned char)line[name]) || line[name] == '_'; name++)
			;
		if (name == 7 || line[name] != '=' || name + 1 == length)
			return "sets nothing: CONFIG_NAME=VALUE is wanted";
		any = true;
	}
	*number = 0;
	return any ? NULL : "says nothing of how a kernel was configured";
}

static int read_file(const char *path, struct arena *arena, const char **ret,
		     struct featsel_error *err)
{
	struct location at = {.file = path};
	char *data CLEANUP(free_pointer) = NULL;
	const char *text = NULL, *damage;
	size_t size = 0;
	int r = trust_read(path, MANIFEST_LIMIT, &data, &size, err);

	if (r)
		return r;
	if (is_packed(data, size))
		r = inflate_text(arena, data, size, &text);
	else if (memchr(data, '\0', size))
		r = -EBADMSG;
	else
		text = arena_strndup(arena, data, size);
	if (r == -ENOMEM || (!r && !text))
		return error_memory(err);
	if (r)
		return error_at(err, r, &at, "damaged: neither a text nor a gzip file of one");
	damage = damage_of(text, &at.line);
	at.column = 1;
	if (damage)
		return error_at(err, -EBADMSG, &at, "%s", damage);
	*ret = text;
	return 0;
}

/* A candidate's file: beside its manifest. */
static const char *path_of(struct arena *arena, const struct featsel_candidate *candidate)
{
	const char *dir = candidate->event->dir;

	if (candidate->kconfig[0] == '/' || !dir || strcmp(dir, ".") == 0)
		return candidate->kconfig;
	return arena_printf(arena, "%s/%s", dir, candidate->kconfig);
}

/* An error in a candidate's file is reported where the manifest names the file. */
static int read_named(struct featsel_host *host, const char *path, const struct location *at,
		      const struct kconfig **ret, struct featsel_error *err)
{
	struct kconfig *known = arena_alloc(host->arena, sizeof(*known));
	const char *key = arena_strdup(host->arena, path);
	char text[sizeof(err->source) + sizeof(err->text) + 32];
	struct featsel_error error = {0};
	int r;

	if (!known || !key)
		return error_memory(err);
	known->path = key;
	r = read_file(path, host->arena, &known->text, &error);
	if (!r && dict_set(&host->kconfigs, key, known))
		r = error_memory(&error);
	if (!r)
		*ret = known;
	else if (at && error.failure == FEATSEL_FAILURE_INVALID) {
		featsel_error_format(&error, text, sizeof(text));
		error_at(err, r, at, "kconfig: %s", text);
	} else if (err && !err->text[0])
		*err = error;
	return r;
}

int host_kconfig(struct featsel_host *host, const struct featsel_candidate *candidate,
		 const struct kconfig **ret, struct featsel_error *err)
{
	const char *path = host->context->kconfig_path;
	const struct location *at = NULL;

	*ret = NULL;
	if ((!path && (!candidate || !candidate->kconfig)) || !host_loads(host))
		return 0;
	if (!path) {
		path = path_of(host->arena, candidate);
		at = &candidate->kconfig_at;
	}
	if (!path)
		return error_memory(err);
	*ret = dict_get(&host->kconfigs, path);
	return *ret ? 0 : read_named(host, path, at, ret, err);
}

int kconfig_check(const struct featsel_candidate *candidate, struct arena *arena,
		  struct featsel_error *err)
{
	const char *text, *path = candidate->kconfig ? path_of(arena, candidate) : "";

	if (!path)
		return error_memory(err);
	return *path ? read_file(path, arena, &text, err) : 0;
}

void host_use_kconfig(struct featsel_host *host, const struct kconfig *kconfig)
{
	host->kconfig = kconfig;
}

const char *kconfig_text(const struct kconfig *kconfig)
{
	return kconfig->text;
}

enum kconfig_says kconfig_says(const struct kconfig *kconfig, const char *option)
{
	size_t length;

	if (value_in(kconfig->text, option, strlen(option), &length))
		return KCONFIG_SET;
	return is_unset_in(kconfig->text, option, strlen(option)) ? KCONFIG_UNSET : KCONFIG_SILENT;
}

/* ---- answers ---- */

/* A string may be asked for with or without its quotes. */
static bool same_value(const char *value, size_t length, const char *wanted)
{
	size_t n = strlen(wanted);

	if (n == length && strncmp(value, wanted, n) == 0)
		return true;
	return length == n + 2 && value[0] == '"' && value[length - 1] == '"' &&
	       strncmp(value + 1, wanted, n) == 0;
}

static struct featsel_answer judge(struct live *live, const struct kconfig *kconfig,
				   const char *option, size_t length, const char *wanted)
{
	const char *path = kconfig->path;
	size_t value_length = 0;
	const char *value = value_in(kconfig->text, option, length, &value_length);
	bool unset_wanted = wanted && strcmp(wanted, "n") == 0;

	if (!value && unset_wanted)
		return answer_yes(live->arena, "%s: %.*s is not set", path, (int)length, option);
	if (!value)
		return answer_make(live->arena, FEATSEL_NO, REASON_NOT_CONFIGURED, NULL,
				   "%s: %.*s is not set", path, (int)length, option);
	if (!wanted || same_value(value, value_length, wanted))
		return answer_yes(live->arena, "%s: %.*s=%.*s", path, (int)length, option,
				  (int)value_length, value);
	return answer_make(live->arena, FEATSEL_NO, REASON_NOT_CONFIGURED,
			   "configured otherwise in this kernel", "%s: %.*s=%.*s", path,
			   (int)length, option, (int)value_length, value);
}

/* The source that counts; NULL: there is none. */
static const struct kconfig *authority(struct live *live, const char *option, size_t length)
{
	const struct kconfig *named = live->host->kconfig;
	const struct host_config *config;
	size_t ignored;

	if (named && (value_in(named->text, option, length, &ignored) ||
		      is_unset_in(named->text, option, length)))
		return named;
	config = config_of(live);
	return config && config->own.text ? &config->own : named;
}

struct featsel_answer probe_kconfig(struct live *live, const struct feature *feature)
{
	size_t length = strcspn(feature->operand, "=");
	const struct kconfig *said = authority(live, feature->operand, length);
	const struct host_config *config = live->config;

	if (said)
		return judge(live, said, feature->operand, length,
			     feature->operand[length] ? feature->operand + length + 1 : NULL);
	if (!config)
		return live_no_memory(live);
	if (errno_is_refusal(config->error))
		return live_refused(live, config->error, CAP_DAC_READ_SEARCH_MASK, config->misses);
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE,
			   "name a file that holds it with '--kconfig', put it at "
			   "/boot/config-$(uname -r), or modprobe configs",
			   "%s", config->misses);
}

bool kconfig_number(struct live *live, const char *name, uint64_t *ret)
{
	const struct kconfig *said = authority(live, name, strlen(name));
	const char *value;
	size_t length;
	char *end;

	value = said ? value_in(said->text, name, strlen(name), &length) : NULL;
	if (!value)
		return false;
	*ret = *value == '-' ? (uint64_t)strtoll(value, &end, 0) : strtoull(value, &end, 0);
	return end == value + length;
}
