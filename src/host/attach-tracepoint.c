/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* attach-tracepoint.c - tracepoints, and where their fields are */
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "host/attach.h"
#include "host/demand.h"

enum { FORMAT_LIMIT = 65536 };

static bool may_read_anything(struct live *live)
{
	return live_has_cap(live, CAP_DAC_READ_SEARCH) || live_has_cap(live, CAP_DAC_OVERRIDE);
}

/* ---- its name ---- */

/* tracefs belongs to root alone (0700): capabilities for BPF do not open it. */
struct featsel_answer attach_tracefs_refused(struct live *live, int error, const char *path)
{
	if (error == -EACCES && !may_read_anything(live))
		return DENIED(live, REASON_TRACEFS_PERMISSION, "open(%s): EACCES", path);
	return live_refused(live, error, CAP_DAC_READ_SEARCH_MASK, attach_call(live, "open", path));
}

static struct featsel_answer tracefs_absent(struct live *live, int error)
{
	if (errno_is_refusal(error))
		return attach_tracefs_refused(live, error, "/sys/kernel/debug/tracing");
	if (attach_file_exists(live, "/sys/kernel") == -ENOENT)
		return answer_make(
			live->arena, FEATSEL_NO, REASON_TRACEFS_UNAVAILABLE,
			"mount -t sysfs nodev /sys && mount -t tracefs nodev /sys/kernel/tracing",
			"/sys/kernel: ENOENT");
	if (attach_file_exists(live, "/sys/kernel/tracing") == -ENOENT)
		return answer_make(live->arena, FEATSEL_NO, REASON_TRACEFS_UNAVAILABLE,
				   "not built into this kernel (CONFIG_TRACING)",
				   "/sys/kernel/tracing: ENOENT");
	return NO(live, REASON_TRACEFS_UNAVAILABLE,
		  "/sys/kernel/tracing: no tracefs is mounted there");
}

static struct featsel_answer tracepoint_absent(struct live *live, const char *tracefs,
					       const char *target)
{
	int category = (int)strcspn(target, "/");
	struct featsel_answer answer;
	const char *path;

	/* Under lockdown=confidentiality tracefs can be mounted, and is empty (6.12). */
	if (attach_locked_down(live, &answer))
		return answer;
	path = arena_printf(live->arena, "%s/events/%.*s", tracefs, category, target);
	if (!path)
		return live_no_memory(live);
	if (attach_file_exists(live, path) == 0)
		return NO(live, REASON_TRACEPOINT_MISSING,
			  "%s/events/%s: ENOENT, '%.*s' has others", tracefs, target, category,
			  target);
	return NO(live, REASON_TRACEPOINT_MISSING, "%s: ENOENT", path);
}

/* What tracefs has of the tracepoint in @file; NULL: @answer says why there is nothing. */
static const char *tracepoint_file(struct live *live, const struct section *section,
				   const char *file, struct featsel_answer *answer)
{
	const char *path, *tracefs;
	int err;

	tracefs = live_tracefs(live, &err);
	if (!tracefs)
		*answer = tracefs_absent(live, err);
	if (!tracefs)
		return NULL;
	*answer = NO(live, REASON_TRACEPOINT_MISSING, "'%s' is not CATEGORY/NAME", section->target);
	if (!strchr(section->target, '/') || strstr(section->target, ".."))
		return NULL;
	path = arena_printf(live->arena, "%s/events/%s/%s", tracefs, section->target, file);
	if (!path)
		*answer = live_no_memory(live);
	return path;
}

static struct featsel_answer tracepoint_unread(struct live *live, const struct section *section,
					       const char *path, int error)
{
	if (errno_is_refusal(error))
		return attach_tracefs_refused(live, error, path);
	if (error == -ENOENT)
		return tracepoint_absent(live, live_tracefs(live, &error), section->target);
	return UNKNOWN(live, "%s: %s", path, errno_name(error));
}

struct featsel_answer probe_tracepoint(struct live *live, const struct section *section)
{
	struct featsel_answer answer;
	const char *path = tracepoint_file(live, section, "id", &answer);
	long id;
	int err;

	if (!path)
		return answer;
	err = live_number(live, path, &id);
	if (err < 0)
		return tracepoint_unread(live, section, path, err);
	answer = attach_perf_permission(live);
	return answer.verdict == FEATSEL_YES ? answer_yes(live->arena, "%s: %ld", path, id)
					     : answer;
}

/* ---- its fields ---- */

/* A line of a format: "field:__data_loc char[] filename;\toffset:8;\tsize:4;\tsigned:0;" */
struct line {
	const char *text, *name;
	size_t length; /* of the name */
	uint32_t offset, size;
};

/* The name is the last word before the semicolon, or before the length of an array. */
static bool take_line(const char *text, struct line *ret)
{
	const char *offset = strstr(text, "\toffset:"), *size = strstr(text, "\tsize:");
	const char *end = text + strcspn(text, ";"), *name;

	if (!offset || !size)
		return false;
	if (end[-1] == ']')
		while (*end != '[')
			end--;
	for (name = end; isalnum((unsigned char)name[-1]) || name[-1] == '_'; name--)
		;
	*ret = (struct line){.text = text,
			     .name = name,
			     .length = (size_t)(end - name),
			     .offset = (uint32_t)strtoul(offset + 8, NULL, 10),
			     .size = (uint32_t)strtoul(size + 6, NULL, 10)};
	return true;
}

/* The first line of @format, or the one behind *line; false: there is none left. */
static bool next_line(const char *format, struct line *line)
{
	const char *at = strstr(line->text ? line->text : format, "\tfield:");

	return at && take_line(at + 1, line);
}

static bool is_called(const struct line *line, const char *name, size_t length)
{
	return length == line->length && memcmp(line->name, name, length) == 0;
}

/* "args" is the first argument of a call, by whatever name: struct syscall_trace_enter */
static bool is_first_argument(const struct section *section, const struct line *line)
{
	return strncmp(section->target, "syscalls/sys_enter_", 19) == 0 &&
	       strncmp(line->name, "common_", 7) != 0 && !is_called(line, "__syscall_nr", 12) &&
	       !is_called(line, "nr", 2);
}

static bool find_line(const char *format, const struct section *section,
		      const struct section_field *field, struct line *line)
{
	bool args = field->length == 4 && memcmp(field->name, "args", 4) == 0;

	*line = (struct line){0};
	while (next_line(format, line))
		if (is_called(line, field->name, field->length) ||
		    (args && is_first_argument(section, line)))
			return true;
	return false;
}

/* As a line of its own, without tabs. */
static const char *line_text(struct live *live, const struct line *line)
{
	char *text = arena_strndup(live->arena, line->text, strcspn(line->text, "\n"));

	for (char *at = text; at && *at; at++)
		if (*at == '\t')
			*at = ' ';
	return text ? text : "";
}

/* Read once for questions that follow each other. */
static int read_format(struct live *live, const char *path, const char **ret)
{
	struct host_targets *targets = attach_targets(live);
	int err = targets ? 0 : -ENOMEM;

	if (!err && (!targets->format_path || strcmp(targets->format_path, path) != 0)) {
		targets->format_path = NULL;
		err = kernel_read(live->kernel, live->arena, path, FORMAT_LIMIT, &targets->format,
				  NULL);
		if (err >= 0)
			targets->format_path = path;
	}
	if (err >= 0)
		*ret = targets->format;
	return err;
}

static struct featsel_answer judge_field(struct live *live, const char *path,
					 const struct section_field *field, const struct line *line)
{
	const char *text = line_text(live, line);

	if (field->placed && field->offset != line->offset)
		return NO(live, REASON_TRACEPOINT_LAYOUT, "%s: \"%s\", not at byte %u", path, text,
			  field->offset);
	if (field->size && field->size != line->size)
		return NO(live, REASON_TRACEPOINT_LAYOUT, "%s: \"%s\", not of %u bytes", path, text,
			  field->size);
	return answer_yes(live->arena, "%s: \"%s\"", path, text);
}

/*
 * The format of an event (tracefs) tells where its fields are. Nothing else does: the verifier lets
 * a program read any byte of them.
 */
struct featsel_answer probe_fields(struct live *live, const struct section *section,
				   const char *fields)
{
	struct featsel_answer answer;
	const char *format, *path = tracepoint_file(live, section, "format", &answer);
	struct section_field field;
	struct line line = {0};
	int err;

	if (!path)
		return answer;
	err = read_format(live, path, &format);
	if (err < 0)
		return tracepoint_unread(live, section, path, err);
	if (!next_line(format, &line))
		return UNKNOWN(live, "%s: there is no field in it", path);
	while (section_field(&fields, &field) > 0) {
		if (!find_line(format, section, &field, &line))
			return NO(live, REASON_TRACEPOINT_LAYOUT, "%s: there is no field '%.*s'",
				  path, (int)field.length, field.name);
		answer = judge_field(live, path, &field, &line);
		if (answer.verdict != FEATSEL_YES)
			break;
	}
	return answer;
}

bool host_context_too_small(struct live *live, const struct section *section, uint32_t highest,
			    struct featsel_answer *ret)
{
	struct featsel_answer ignored;
	const char *format, *path = tracepoint_file(live, section, "format", &ignored);
	struct line line = {0};
	uint32_t end = 0;

	if (!path || read_format(live, path, &format) < 0)
		return false;
	while (next_line(format, &line))
		if (line.offset + line.size > end)
			end = line.offset + line.size;
	if (!end || highest <= end)
		return false;
	*ret = answer_make(live->arena, FEATSEL_NO, REASON_SIGNATURE_UNSUPPORTED, NULL,
			   "%s: the event ends at byte %u, and the program reads up to %u", path,
			   end, highest);
	return true;
}

/* ---- raw_tracepoint ---- */

/*
 * Since 4.17 (c4f6699dfcb8) BPF_RAW_TRACEPOINT_OPEN looks the name up (ENOENT) before it compares
 * the highest argument that the program reads with those of the tracepoint (EINVAL): so this tells
 * without attaching. A tracepoint of twelve arguments takes the program; it is let go at once.
 */
struct featsel_answer probe_raw_tracepoint(struct live *live, const struct section *section)
{
	static const char call[] = "bpf(BPF_RAW_TRACEPOINT_OPEN)";
	int fd, program = host_minimal_program(live, BPF_PROG_TYPE_RAW_TRACEPOINT, -1, 0);

	if (program < 0)
		return host_load_failure(live, program, live->log, BPF_PROG_TYPE_RAW_TRACEPOINT, 0);
	fd = live->kernel->ops->raw_tracepoint_open(live->kernel, section->target, program);
	if (fd >= 0) {
		live->kernel->ops->close(live->kernel, fd);
		return answer_yes(live->arena, "%s: '%s' attached", call, section->target);
	}
	if (fd == -EINVAL)
		return answer_yes(live->arena, "%s: EINVAL, '%s' exists and has no argument %d",
				  call, section->target, RAW_TRACEPOINT_LAST_ARGUMENT + 1);
	if (fd == -ENOENT)
		return NO(live, REASON_TRACEPOINT_MISSING, "%s: ENOENT for '%s'", call,
			  section->target);
	if (errno_is_refusal(fd))
		return live_refused(live, fd, TRACING_CAPS, call);
	return UNKNOWN(live, "%s: %s for '%s'", call, errno_name(fd), section->target);
}
