/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach.c - programs to their targets, by a table over enum attach_means
 *
 * Targets are given explicitly, since the manifest may name another than the section does. Events
 * below kprobes and tracepoints are opened here and not by libbpf, which falls back to
 * kprobe_events, whose entries remain if the process is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "config.h"
#include "session/attaching.h"

/* ---- perf events ---- */

/* The first line of a small file. */
static int read_line(const char *path, char *line, size_t size)
{
	int r = file_read_start(path, line, size);

	if (!r)
		line[strcspn(line, "\n")] = '\0';
	return r;
}

static int read_number(const char *path, uint64_t *ret)
{
	char line[32], *end;
	int r = read_line(path, line, sizeof(line));

	if (r)
		return r;
	*ret = strtoull(line, &end, 10);
	return end == line ? -EINVAL : 0;
}

static int perf_open(struct perf_event_attr *attr, int cpu)
{
	int fd, err;

	attr->size = sizeof(*attr);
	fd = (int)syscall(__NR_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	err = -errno;
	return fd < 0 ? err : fd;
}

static int attach_perf_fd(struct stream *stream, const struct bpf_program *program, int fd)
{
	struct bpf_link *link = bpf_program__attach_perf_event(program, fd);
	int err = -errno;

	if (!link) {
		close(fd);
		return err;
	}
	return attachment_add_link(stream, link, fd);
}

static int attach_tracepoint(struct stream *stream, const struct bpf_program *program,
			     const struct section *section)
{
	static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT};
	char path[512];
	uint64_t id;
	size_t i;
	int r = -ENOENT, fd;

	for (i = 0; i < ARRAY_SIZE(roots) && r == -ENOENT; i++) {
		snprintf(path, sizeof(path), "%s/events/%s/id", roots[i], section->target);
		r = read_number(path, &id);
	}
	if (r)
		return r;
	attr.config = id;
	fd = perf_open(&attr, 0);
	return fd < 0 ? fd : attach_perf_fd(stream, program, fd);
}

/* "config:0": the bit that makes a return probe of it. */
static int retprobe_bit(uint64_t *ret)
{
	char line[32];
	unsigned int bit;
	int r = read_line("/sys/bus/event_source/devices/kprobe/format/retprobe", line,
			  sizeof(line));

	if (r)
		return r;
	if (sscanf(line, "config:%u", &bit) != 1 || bit > 63)
		return -EINVAL;
	*ret = 1ULL << bit;
	return 0;
}

/* "function+0x10" */
static int split_offset(const char *target, char *name, size_t size, uint64_t *offset)
{
	size_t length = strcspn(target, "+");
	char *end;

	if (length >= size)
		return -ENAMETOOLONG;
	memcpy(name, target, length);
	name[length] = '\0';
	*offset = 0;
	if (!target[length])
		return 0;
	*offset = strtoull(target + length + 1, &end, 0);
	return *end || end == target + length + 1 ? -EINVAL : 0;
}

static int kprobe_type(uint64_t *ret)
{
	return read_number("/sys/bus/event_source/devices/kprobe/type", ret);
}

static int attach_kprobe(struct stream *stream, const struct bpf_program *program,
			 const struct section *section)
{
	struct perf_event_attr attr = {0};
	char function[256];
	uint64_t type, bit = 0, offset;
	int r, fd;

	r = kprobe_type(&type);
	if (!r && section->flags & SECTION_RETURN)
		r = retprobe_bit(&bit);
	if (!r)
		r = split_offset(section->target, function, sizeof(function), &offset);
	if (r)
		return r;
	attr.type = (uint32_t)type;
	attr.config = bit;
	attr.kprobe_func = (uintptr_t)function;
	attr.probe_offset = offset;
	fd = perf_open(&attr, 0);
	return fd < 0 ? fd : attach_perf_fd(stream, program, fd);
}

/* ---- what libbpf attaches ---- */

/* Must directly follow the call: errno is still libbpf's. */
static int attachment_new(struct stream *stream, struct bpf_link *link)
{
	int err = -errno;

	return link ? attachment_add_link(stream, link, -1) : err;
}

static int attach_raw_tracepoint(struct stream *stream, const struct bpf_program *program,
				 const struct section *section)
{
	return attachment_new(stream, bpf_program__attach_raw_tracepoint(program, section->target));
}

static int attach_trace(struct stream *stream, const struct bpf_program *program,
			const struct section *section)
{
	(void)section;
	return attachment_new(stream, bpf_program__attach_trace(program));
}

static int attach_lsm(struct stream *stream, const struct bpf_program *program,
		      const struct section *section)
{
	(void)section;
	return attachment_new(stream, bpf_program__attach_lsm(program));
}

static int attach_ksyscall(struct stream *stream, const struct bpf_program *program,
			   const struct section *section)
{
	LIBBPF_OPTS(bpf_ksyscall_opts, opts, .retprobe = section->flags & SECTION_RETURN);
	uint64_t type;
	int r = kprobe_type(&type);

	/* libbpf would leave an entry in kprobe_events. */
	return r ? r
		 : attachment_new(stream,
				  bpf_program__attach_ksyscall(program, section->target, &opts));
}

/* Functions that can be traced, as tracefs lists them: "name" or "name [module]". */
static FILE *open_traceable(void)
{
	static const char *const paths[] = {"/sys/kernel/tracing/available_filter_functions",
					    "/sys/kernel/debug/tracing/available_filter_functions"};
	FILE *file = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths) && !file; i++)
		file = fopen(paths[i], "re");
	return file;
}

/* Names that match, char *, to be freed: 0, -ENOENT none, or a negative errno. */
static int find_traceable(FILE *file, const char *pattern, struct vec *names)
{
	char line[512], **slot;

	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, " \n")] = '\0';
		if (fnmatch(pattern, line, 0) != 0)
			continue;
		slot = vec_add(names, sizeof(*slot));
		if (slot)
			*slot = strdup(line);
		if (!slot || !*slot)
			return -ENOMEM;
	}
	return names->count ? 0 : -ENOENT;
}

static void free_names(struct vec *names)
{
	char **items = names->items;
	size_t i;

	for (i = 0; i < names->count; i++)
		free(items[i]);
	vec_free(names);
}

/*
 * libbpf before 1.5 does not know sessions; only the attach type differs. The kernel's struct has
 * been the same since 5.18.
 */
static int link_session(struct stream *stream, const struct bpf_program *program,
			const struct section *section, const char *const *symbols, size_t n)
{
	union bpf_attr attr = {0};
	int fd, err;

	attr.link_create.prog_fd = (uint32_t)bpf_program__fd(program);
	attr.link_create.attach_type = (uint32_t)section->attach_type;
	attr.link_create.kprobe_multi.syms = (uintptr_t)symbols;
	attr.link_create.kprobe_multi.cnt = (uint32_t)n;
	fd = (int)syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr.link_create));
	err = -errno;
	return fd < 0 ? err : attachment_add_fd(stream, fd);
}

static int link_functions(struct stream *stream, const struct bpf_program *program,
			  const struct section *section, const struct vec *names)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .retprobe = section->flags & SECTION_RETURN);

	if (section->attach_type != BPF_TRACE_KPROBE_MULTI)
		return link_session(stream, program, section, names->items, names->count);
	opts.syms = (const char **)names->items;
	opts.cnt = names->count;
	return attachment_new(stream, bpf_program__attach_kprobe_multi_opts(program, NULL, &opts));
}

/*
 * libbpf before 1.2 takes every match in kallsyms, and the kernel refuses them all (ENOENT) because
 * of one that cannot be traced: so choose them here if tracefs tells.
 */
static int attach_matching(struct stream *stream, const struct bpf_program *program,
			   const struct section *section)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .retprobe = section->flags & SECTION_RETURN);
	FILE *file = open_traceable();
	struct vec names = {0};
	int r;

	/* libbpf has no patterns for sessions. */
	if (!file && section->attach_type != BPF_TRACE_KPROBE_MULTI)
		return -ENOENT;
	if (!file)
		return attachment_new(stream, bpf_program__attach_kprobe_multi_opts(
						      program, section->target, &opts));
	r = find_traceable(file, section->target, &names);
	fclose(file);
	if (!r)
		r = link_functions(stream, program, section, &names);
	free_names(&names);
	return r;
}

static int attach_kprobe_multi(struct stream *stream, const struct bpf_program *program,
			       const struct section *section)
{
	const char *symbol = section->target;
	const struct vec one = {.items = &symbol, .count = 1};

	return strpbrk(section->target, "*?") ? attach_matching(stream, program, section)
					      : link_functions(stream, program, section, &one);
}

/* 0 or -1: every process. */
static int process_of(const struct section *section)
{
	return section->on && section->on->pid ? section->on->pid : -1;
}

static int uprobe_exists(void)
{
	uint64_t type;

	/* Without it libbpf would leave an entry in uprobe_events. */
	return read_number("/sys/bus/event_source/devices/uprobe/type", &type);
}

/* "/usr/bin/bash:readline+0x10": the file, up to the last colon, and the place in it. */
static int split_binary(const char *target, char *binary, size_t size, const char **ret)
{
	const char *colon = strrchr(target, ':');

	if (!colon || colon == target)
		return -EINVAL;
	if ((size_t)(colon - target) >= size)
		return -ENAMETOOLONG;
	memcpy(binary, target, (size_t)(colon - target));
	binary[colon - target] = '\0';
	*ret = colon + 1;
	return 0;
}

static int is_readable(void *data, const char *path)
{
	(void)data;
	return access(path, R_OK);
}

/* The file by libbpf's rules, but found here, so that what was predicted is what happens. */
static int find_binary(const char *target, char *binary, size_t size, const char **place)
{
	char name[4096];
	int r = split_binary(target, name, sizeof(name), place);

	return r ? r : binary_resolve(name, is_readable, NULL, binary, size);
}

/*
 * Every process that comes there would crash: the kernel replaces what is on top of the stack,
 * which is the address to return to only where a function begins.
 */
static int check_return(const char *binary, const char *function, uint64_t offset)
{
	int fd, r;

	if (function)
		return offset ? -EINVAL : 0;
	fd = open(binary, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -EINVAL;
	r = binary_entry(fd, offset);
	close(fd);
	return r ? -EINVAL : 0;
}

static int attach_uprobe(struct stream *stream, const struct bpf_program *program,
			 const struct section *section)
{
	LIBBPF_OPTS(bpf_uprobe_opts, opts, .retprobe = section->flags & SECTION_RETURN);
	char binary[4096], function[256], *end;
	const char *place;
	uint64_t offset;
	int r = uprobe_exists();

	if (!r)
		r = find_binary(section->target, binary, sizeof(binary), &place);
	if (!r)
		r = split_offset(place, function, sizeof(function), &offset);
	if (r)
		return r;
	opts.func_name = function;
	/* A bare number is an offset in the file. */
	if (*function >= '0' && *function <= '9') {
		offset = strtoull(function, &end, 0);
		if (*end)
			return -EINVAL;
		opts.func_name = NULL;
	}
	r = opts.retprobe ? check_return(binary, opts.func_name, offset) : 0;
	if (r)
		return r;
	return attachment_new(stream, bpf_program__attach_uprobe_opts(program, process_of(section),
								      binary, offset, &opts));
}

/* "/usr/bin/python3:python:function__entry" */
static int attach_usdt(struct stream *stream, const struct bpf_program *program,
		       const struct section *section)
{
	char binary[4096], rest[4096];
	const char *name, *provider;
	int r = uprobe_exists();

	if (!r)
		r = split_binary(section->target, rest, sizeof(rest), &name);
	if (!r)
		r = find_binary(rest, binary, sizeof(binary), &provider);
	if (r)
		return r;
	return attachment_new(stream, bpf_program__attach_usdt(program, process_of(section), binary,
							       provider, name, NULL));
}

/* Since 6.6 (89ae89f53d20); older headers lack it, and libbpf before 1.3 the call. */
struct uprobe_multi_attr {
	uint32_t prog_fd, target_fd, attach_type, flags;
	uint64_t path, offsets, ref_ctr_offsets, cookies;
	uint32_t cnt, multi_flags, pid, reserved;
};
#define UPROBE_MULTI_RETURN 1

static int link_uprobes(const struct bpf_program *program, const struct section *section,
			const char *binary, const struct vec *offsets)
{
	struct uprobe_multi_attr attr = {
		.prog_fd = (uint32_t)bpf_program__fd(program),
		.attach_type = (uint32_t)section->attach_type,
		.path = (uintptr_t)binary,
		.offsets = (uintptr_t)offsets->items,
		.cnt = (uint32_t)offsets->count,
		.multi_flags = section->flags & SECTION_RETURN ? UPROBE_MULTI_RETURN : 0,
		.pid = section->on ? (uint32_t)section->on->pid : 0,
	};
	int fd = (int)syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr)), err = -errno;

	return fd < 0 ? err : fd;
}

/* "/usr/lib/libc.so.6:mal*" */
static int attach_uprobe_multi(struct stream *stream, const struct bpf_program *program,
			       const struct section *section)
{
	struct vec offsets = {0};
	char binary[4096];
	const char *pattern;
	int r = find_binary(section->target, binary, sizeof(binary), &pattern), fd, err;

	if (r)
		return r;
	fd = open(binary, O_RDONLY | O_CLOEXEC);
	err = -errno;
	if (fd < 0)
		return err;
	r = binary_functions(fd, pattern, &offsets);
	close(fd);
	fd = r ? r : link_uprobes(program, section, binary, &offsets);
	vec_free(&offsets);
	return fd < 0 ? fd : attachment_add_fd(stream, fd);
}

/* ---- the table ---- */

typedef int (*attach_fn)(struct stream *stream, const struct bpf_program *program,
			 const struct section *section);

static const attach_fn attachers[ATTACH_MEANS_COUNT] = {
	[ATTACH_TRACEPOINT] = attach_tracepoint,
	[ATTACH_RAW_TRACEPOINT] = attach_raw_tracepoint,
	[ATTACH_TRACING_TRACEPOINT] = attach_trace,
	[ATTACH_TRACING_FUNCTION] = attach_trace,
	[ATTACH_LSM] = attach_lsm,
	[ATTACH_KPROBE] = attach_kprobe,
	[ATTACH_KRETPROBE] = attach_kprobe,
	[ATTACH_KSYSCALL] = attach_ksyscall,
	[ATTACH_KRETSYSCALL] = attach_ksyscall,
	[ATTACH_KPROBE_MULTI] = attach_kprobe_multi,
	[ATTACH_UPROBE] = attach_uprobe,
	[ATTACH_URETPROBE] = attach_uprobe,
	[ATTACH_UPROBE_MULTI] = attach_uprobe_multi,
	[ATTACH_USDT] = attach_usdt,
};

/* The rest: their targets need more than the section, and some are not held by a descriptor. */
static int (*const placers[ATTACH_MEANS_COUNT])(const struct attaching *attaching) = {
	[ATTACH_ITER] = attach_iter,	     [ATTACH_PERF_EVENT] = attach_perf_event,
	[ATTACH_FREPLACE] = attach_freplace, [ATTACH_STRUCT_OPS] = attach_struct_ops,
	[ATTACH_XDP] = attach_xdp,	     [ATTACH_TC] = attach_tc,
	[ATTACH_CGROUP] = attach_cgroup,     [ATTACH_LSM_CGROUP] = attach_cgroup,
	[ATTACH_NETNS] = attach_netns,	     [ATTACH_PACKET_HOOK] = attach_netfilter,
	[ATTACH_SOCKET] = attach_socket,     [ATTACH_SOCKMAP] = attach_sockmap,
};

static int place(struct stream *stream, const struct bpf_object *object,
		 const struct bpf_program *program, const struct section *section)
{
	static const struct attach_options nothing;
	struct attaching attaching = {
		.stream = stream,
		.object = object,
		.program = program,
		.section = section,
		.on = section->on ? section->on : &nothing,
		.host = stream->host,
	};
	int r = stream->kernel ? 0 : target_open(&stream->kernel);

	attaching.kernel = stream->kernel;
	return r ? r : placers[section->means](&attaching);
}

/*
 * With kernel.ftrace_enabled at 0 these programs never fire (5.10: fentry alone is refused, EBUSY),
 * and there is worse: once several kprobes were attached and let go meanwhile, the next that is let
 * go after ftrace is back makes the kernel give up ftrace until it is booted again (6.12: WARNING
 * in ftrace_shutdown(), then ENODEV for every fentry and kprobe). So nothing is attached then.
 */
static bool waits_for_ftrace(const struct section *section)
{
	static const bool table[ATTACH_MEANS_COUNT] = {
		[ATTACH_TRACING_FUNCTION] = true,
		[ATTACH_LSM] = true,
		[ATTACH_KPROBE_MULTI] = true,
#if !defined(__aarch64__) && !defined(__arm__)
		[ATTACH_KPROBE] = true,
		[ATTACH_KRETPROBE] = true,
		[ATTACH_KSYSCALL] = true,
		[ATTACH_KRETSYSCALL] = true,
#endif
	};
	uint64_t enabled;

	/* After its first instruction a function is probed by a breakpoint. */
	return table[section->means] && !strchr(section->target, '+') &&
	       !read_number("/proc/sys/kernel/ftrace_enabled", &enabled) && !enabled;
}

static int attach_program(struct stream *stream, const struct bpf_object *object,
			  const struct program_ref *ref, struct section *section)
{
	const struct object_program *source = object_program(stream->object, ref->name);
	const struct bpf_program *program = bpf_object__find_program_by_name(object, ref->name);
	int r;

	r = source && program ? object_place(source, stream->candidate, ref, section) : -ENOENT;
	if (r)
		return r;
	if (object_lacks_target(section))
		return -EINVAL;
	if (waits_for_ftrace(section))
		return -EBUSY;
	if (placers[section->means])
		return place(stream, object, program, section);
	return attachers[section->means] ? attachers[section->means](stream, program, section)
					 : -EOPNOTSUPP;
}

/* The interfaces that appeared since then. */
static void name_attachments(struct stream *stream, const char *program)
{
	struct attachment *attachments = stream->attachments.items;
	size_t i;

	for (i = stream->attachments.count; i && !attachments[i - 1].program; i--)
		attachments[i - 1].program = program;
}

int stream_attach(struct stream *stream, const struct bpf_object *object, struct section *failed)
{
	size_t i;
	int r;

	for (i = 0; i < stream->n_programs; i++) {
		if (stream->programs[i].loaded_only)
			continue;
		r = attach_program(stream, object, &stream->programs[i], failed);
		name_attachments(stream, stream->programs[i].name);
		if (r)
			return r;
		stream->attached++;
	}
	return 0;
}

static int descriptor_of(const struct attachment *attachment)
{
	int fd = attachment->link ? bpf_link__fd(attachment->link) : attachment->fd;

	return fd < 0 ? -EOPNOTSUPP : fd;
}

int stream_link_fd(const struct stream *stream, const char *program, size_t index)
{
	const struct attachment *attachments = stream->attachments.items;
	size_t i;

	for (i = 0; i < stream->attachments.count; i++)
		if ((!program ||
		     (attachments[i].program && strcmp(attachments[i].program, program) == 0)) &&
		    index-- == 0)
			return descriptor_of(&attachments[i]);
	return -ENOENT;
}

bool stream_attached(const struct stream *stream)
{
	size_t i, wanted = 0;

	for (i = 0; i < stream->n_programs; i++)
		wanted += !stream->programs[i].loaded_only;
	return wanted && stream->attached == wanted && stream->attachments.count;
}
