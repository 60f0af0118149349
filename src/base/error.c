/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * error.c - one line a failure; the context and its log
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "config.h"

static void take(struct featsel_error *err, enum featsel_failure failure, const struct location *at,
		 const char *format, va_list args)
{
	if (!err || err->text[0])
		return;
	err->failure = failure;
	err->line = at ? at->line : 0;
	err->column = at ? at->column : 0;
	snprintf(err->source, sizeof(err->source), "%s", at && at->file ? at->file : "");
	vsnprintf(err->text, sizeof(err->text), format, args);
}

int error_set(struct featsel_error *err, int code, enum featsel_failure failure, const char *format,
	      ...)
{
	va_list args;

	va_start(args, format);
	take(err, failure, NULL, format, args);
	va_end(args);
	return code;
}

int error_at(struct featsel_error *err, int code, const struct location *at, const char *format,
	     ...)
{
	va_list args;

	va_start(args, format);
	take(err, FEATSEL_FAILURE_INVALID, at, format, args);
	va_end(args);
	return code;
}

int error_memory(struct featsel_error *err)
{
	return error_set(err, -ENOMEM, FEATSEL_FAILURE_RUN, "out of memory");
}

int error_flags(unsigned int flags, unsigned int known, struct featsel_error *err)
{
	if (!(flags & ~known))
		return 0;
	return error_set(err, -EINVAL, FEATSEL_FAILURE_INVALID, "flags 0x%x: no such flag",
			 flags & ~known);
}

int featsel_error_format(const struct featsel_error *error, char *buffer, size_t size)
{
	if (!error->source[0])
		return snprintf(buffer, size, "%s", error->text);
	if (!error->line)
		return snprintf(buffer, size, "%s: %s", error->source, error->text);
	return snprintf(buffer, size, "%s:%u:%u: %s", error->source, error->line, error->column,
			error->text);
}

/* libbpf's own numbers (enum libbpf_errno), which libc has no names for. */
static const char *libbpf_name(int code)
{
	enum { FIRST = 4000 };
	static const char *const names[] = {
		"LIBBPF_ERRNO__LIBELF", "LIBBPF_ERRNO__FORMAT",	  "LIBBPF_ERRNO__KVERSION",
		"LIBBPF_ERRNO__ENDIAN", "LIBBPF_ERRNO__INTERNAL", "LIBBPF_ERRNO__RELOC",
		"LIBBPF_ERRNO__LOAD",	"LIBBPF_ERRNO__VERIFY",	  "LIBBPF_ERRNO__PROG2BIG",
		"LIBBPF_ERRNO__KVER",	"LIBBPF_ERRNO__PROGTYPE", "LIBBPF_ERRNO__WRNGPID",
		"LIBBPF_ERRNO__INVSEQ", "LIBBPF_ERRNO__NLPARSE",
	};

	return code >= FIRST && (size_t)(code - FIRST) < ARRAY_SIZE(names) ? names[code - FIRST]
									   : NULL;
}

const char *errno_name(int code)
{
	static _Thread_local char number[32];
	const char *name;

	if (code < 0)
		code = -code;
	/*
	 * ENOTSUPP, a kernel-internal errno that bpf(2) returns to user space; libc has no name
	 * for it.
	 */
	if (code == 524)
		return "ENOTSUPP (errno 524)";
	name = strerrorname_np(code);
	if (!name)
		name = libbpf_name(code);
	if (name)
		return name;
	snprintf(number, sizeof(number), "errno %d", code);
	return number;
}

bool errno_is_refusal(int code)
{
	return code == -EACCES || code == -EPERM;
}

const char *featsel_version(void)
{
	return PACKAGE_VERSION;
}

int featsel_context_new(struct featsel_context **ret, struct featsel_error *err)
{
	struct featsel_context *context = calloc(1, sizeof(*context));

	if (!context)
		return error_memory(err);
	context->btf_fd = -1;
	context->object_dir = strdup(OBJECT_DIR);
	if (!context->object_dir) {
		featsel_context_free(context);
		return error_memory(err);
	}
	*ret = context;
	return 0;
}

static void objects_free(struct featsel_context *context)
{
	struct memory_object *objects = context->objects.items;
	size_t i;

	for (i = 0; i < context->objects.count; i++) {
		free((void *)(uintptr_t)objects[i].name);
		free((void *)(uintptr_t)objects[i].path);
	}
	vec_free(&context->objects);
}

void featsel_context_free(struct featsel_context *context)
{
	if (!context)
		return;
	objects_free(context);
	free(context->object_dir);
	free(context->btf_path);
	free(context->kconfig_path);
	close_fd(&context->btf_fd);
	free(context);
}

void featsel_context_set_log(struct featsel_context *context, featsel_log_fn log, void *data,
			     enum featsel_log_level level)
{
	context->log = log;
	context->log_data = data;
	context->log_level = level;
}

static int replace(char **string, const char *value, struct featsel_error *err)
{
	char *copy = strdup(value);

	if (!copy)
		return error_memory(err);
	free(*string);
	*string = copy;
	return 0;
}

int featsel_context_set_object_dir(struct featsel_context *context, const char *path,
				   struct featsel_error *err)
{
	int r = replace(&context->object_dir, path, err);

	if (!r)
		context->object_dir_set = true;
	return r;
}

int featsel_context_set_btf(struct featsel_context *context, const char *path,
			    struct featsel_error *err)
{
	close_fd(&context->btf_fd);
	return replace(&context->btf_path, path, err);
}

int featsel_context_set_kconfig(struct featsel_context *context, const char *path,
				struct featsel_error *err)
{
	return replace(&context->kconfig_path, path, err);
}

const struct memory_object *context_object(const struct featsel_context *context, const char *name)
{
	const struct memory_object *objects = context->objects.items;
	size_t i;

	for (i = 0; i < context->objects.count; i++)
		if (strcmp(objects[i].name, name) == 0)
			return &objects[i];
	return NULL;
}

const struct memory_object *context_object_at(const struct featsel_context *context,
					      const char *path)
{
	const struct memory_object *objects = context->objects.items;
	size_t i;

	for (i = 0; i < context->objects.count; i++)
		if (strcmp(objects[i].path, path) == 0)
			return &objects[i];
	return NULL;
}

int featsel_context_add_object(struct featsel_context *context, const char *name, const void *data,
			       size_t size, struct featsel_error *err)
{
	struct memory_object *object;
	char *path, *copy;

	/* Such a name is a file's in every manifest. */
	if (!*name || *name == '/')
		return error_set(err, -EINVAL, FEATSEL_FAILURE_INVALID,
				 "object '%s': a name in memory is relative", name);
	if (context_object(context, name))
		return error_set(err, -EEXIST, FEATSEL_FAILURE_INVALID,
				 "object '%s' was added before", name);
	copy = strdup(name);
	if (!copy || asprintf(&path, "%s (in memory)", name) < 0)
		path = NULL;
	object = path ? vec_add(&context->objects, sizeof(*object)) : NULL;
	if (!object) {
		free(copy);
		free(path);
		return error_memory(err);
	}
	*object = (struct memory_object){.name = copy, .path = path, .data = data, .size = size};
	return 0;
}

void featsel_context_set_memlock(struct featsel_context *context, bool raise)
{
	context->raise_memlock = raise;
}

int result_give(void *ret, const void *result, size_t size)
{
	size_t room, known;

	memcpy(&room, ret, sizeof(room));
	if (room <= sizeof(room))
		return -EINVAL;
	known = room < size ? room : size;
	memset((char *)ret + sizeof(room), 0, room - sizeof(room));
	memcpy((char *)ret + sizeof(room), (const char *)result + sizeof(room),
	       known - sizeof(room));
	return 0;
}

const char *context_btf(const struct featsel_context *context, char *buffer, size_t size)
{
	snprintf(buffer, size, "/proc/self/fd/%d", context->btf_fd);
	if (context->btf_fd < 0 || access(buffer, R_OK))
		return context->btf_path;
	return buffer;
}

void context_log(const struct featsel_context *context, enum featsel_log_level level,
		 const char *format, ...)
{
	char line[2048];
	va_list args;

	if (!context->log || level > context->log_level)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	context->log(context->log_data, level, line);
}
