/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* load.c - objects opened and loaded with exactly what was chosen from them */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "session/guard.h"

/* ---- programs ---- */

/* The manifest's replacement for the section, or a section that this libbpf does not know. */
static int retarget(struct bpf_program *program, const struct section *section, bool overridden)
{
	int attach_type = section->attach_type < 0 ? 0 : section->attach_type, r;

	if (!overridden && bpf_program__type(program) != BPF_PROG_TYPE_UNSPEC)
		return 0;
	r = bpf_program__set_type(program, (enum bpf_prog_type)section->prog_type);
	if (!r)
		r = bpf_program__set_expected_attach_type(program,
							  (enum bpf_attach_type)attach_type);
	if (!r && section->flags & SECTION_SLEEPABLE)
		r = bpf_program__set_flags(program, bpf_program__flags(program) | BPF_F_SLEEPABLE);
	if (!r && stream_loads_for_target(section) && section->target[0])
		r = bpf_program__set_attach_target(program, 0, section->target);
	return r;
}

struct program_log {
	const char *program;
	char *text;
};

/* Several times the length of the verifier's sentences alone. */
#define LOG_SIZE (256u << 10)
/* Bits of the log's level: how much is said of instructions; numbers at the end (5.2). */
#define LOG_INSNS 1
#define LOG_STATS 4

/*
 * Whether the kernel knows a log without instructions (5.2, 06ee7115b0d1). Before, the bit meant
 * each instruction, on RHEL 8 too. Only a log hangs on the version here.
 */
static bool knows_short_log(void)
{
	unsigned int major, minor;
	struct utsname name;

	return !uname(&name) && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 2));
}

/*
 * Without a log of its own a program that is refused is loaded again by libbpf, for the log, and
 * again with twice the memory for as long as the log does not fit: of one over the limit of
 * instructions that came to 128 MiB and 27 seconds. Older kernels have no such programs.
 */
static int prepare_log(struct load_group *group, const char *name, struct bpf_program *program)
{
	struct program_log *log;
	int r;

	if (group->of_caller || !knows_short_log())
		return 0;
	log = vec_add(&group->logs, sizeof(*log));
	if (!log)
		return -ENOMEM;
	/* Only the part that is written to is touched. */
	*log = (struct program_log){.program = name, .text = malloc(LOG_SIZE)};
	if (!log->text)
		return -ENOMEM;
	log->text[0] = '\0';
	r = bpf_program__set_log_buf(program, log->text, LOG_SIZE);
	return r ? r : bpf_program__set_log_level(program, group->full_log ? LOG_INSNS : LOG_STATS);
}

static void free_logs(struct load_group *group)
{
	struct program_log *logs = group->logs.items;

	for (size_t i = 0; i < group->logs.count; i++)
		free(logs[i].text);
	vec_free(&group->logs);
}

/* The program whose function is replaced, which the verifier needs. */
static int name_replaced(struct stream *stream, struct bpf_program *program,
			 const struct section *section)
{
	const struct attach_options *on = stream->candidate->on;
	int r;

	if (section->means != ATTACH_FREPLACE || !on || !(on->program_id || on->program_pinned))
		return 0;
	r = stream->kernel ? 0 : target_open(&stream->kernel);
	if (r)
		return r;
	close_fd(&stream->replaced_fd);
	stream->replaced_fd = target_program(stream->kernel, on->program_id, on->program_pinned);
	if (stream->replaced_fd < 0)
		return stream->replaced_fd;
	return bpf_program__set_attach_target(program, stream->replaced_fd, section->target);
}

static int prepare_program(struct load_group *group, struct stream *stream,
			   const struct program_ref *ref)
{
	const struct object_program *source = object_program(stream->object, ref->name);
	struct bpf_program *program = bpf_object__find_program_by_name(group->object, ref->name);
	struct section section;
	int r;

	if (!program || !source)
		return -ENOENT;
	r = object_section(source, ref, &section);
	if (!r)
		r = bpf_program__set_autoload(program, true);
	if (!r)
		r = prepare_log(group, ref->name, program);
	if (!r)
		r = retarget(program, &section, ref->attach);
	return r ? r : name_replaced(stream, program, &section);
}

static int prepare_programs(struct load_group *group)
{
	struct bpf_program *program;
	struct stream *stream;
	size_t i, j;
	int r;

	bpf_object__for_each_program (program, group->object) {
		r = bpf_program__set_autoload(program, false);
		if (r)
			return r;
	}
	for (i = 0; i < group->streams.count; i++) {
		stream = group_stream(group, i);
		for (j = 0; j < stream->n_programs; j++) {
			r = prepare_program(group, stream, &stream->programs[j]);
			if (r)
				return r;
		}
	}
	return 0;
}

/* ---- objects ---- */

static bool needs_kernel_btf(const struct load_group *group)
{
	const struct object_program *program;
	const struct stream *stream;
	size_t i, j;

	for (i = 0; i < group->streams.count; i++) {
		stream = group_stream(group, i);
		for (j = 0; j < stream->n_programs; j++) {
			program = object_program(stream->object, stream->programs[j].name);
			if (program && program->needs & NEED_BTF)
				return true;
		}
	}
	return false;
}

/* It becomes part of the names of internal maps: the file's name, up to what the kernel takes. */
static void object_name(const char *path, char *name, size_t size)
{
	const char *base = strrchr(path, '/');
	size_t i;

	base = base ? base + 1 : path;
	for (i = 0; i + 1 < size && base[i] && base[i] != '.'; i++)
		name[i] = isalnum((unsigned char)base[i]) ? base[i] : '_';
	name[i] = '\0';
}

/*
 * Where vmlinux lacks a type that CO-RE asks for, libbpf looks for it in the BTF of the modules,
 * and to 1.2 fails (EPERM) if that needs a capability that the process lacks. It does not look
 * there where it is told of a file.
 */
static const char *relocation_btf(const struct load_group *group, char *buffer, size_t size)
{
	static const char vmlinux[] = "/sys/kernel/btf/vmlinux";
	const char *path = context_btf(group->context, buffer, size);
	uint32_t id = 0;

	if (path || !group_stream(group, 0)->object->has_core || !linked_libbpf_before(3) ||
	    bpf_btf_get_next_id(id, &id) != -EPERM || access(vmlinux, R_OK))
		return path;
	return vmlinux;
}

/* Where libbpf looks for what the file that it is given does not have. */
static bool kernel_shows_kconfig(void)
{
	struct utsname names;
	char path[sizeof(names.release) + 16];

	if (uname(&names))
		return false;
	snprintf(path, sizeof(path), "/boot/config-%s", names.release);
	return access(path, R_OK) == 0 || access("/proc/config.gz", R_OK) == 0;
}

/* The value of a weak variable that is not set, NULL: the one that libbpf finds. */
static const char *unset_value(const struct object *object, const struct object_extern *external,
			       enum kconfig_says says)
{
	const struct btf_type *type = object_bare_type(object->btf, external->type);

	if (external->kind != EXTERN_KCONFIG || strncmp(external->name, "CONFIG_", 7) != 0 ||
	    !external->weak || !type || says == KCONFIG_SET ||
	    (says == KCONFIG_SILENT && kernel_shows_kconfig()))
		return NULL;
	if (btf_is_array(type))
		return "\"\"";
	return btf_is_int(type) && type->size > 1 ? "0" : "n";
}

/*
 * The configuration file: NULL if there is none. libbpf fails if a weak variable is not in it and
 * the kernel shows nothing itself, so options that are not set are added.
 */
static int kconfig_of(const struct stream *stream, char **ret)
{
	const struct object *object = stream->object;
	const struct kconfig *kconfig;
	const char *value;
	char *text, *more;
	size_t i;
	int r = host_kconfig(stream->host, stream->candidate, &kconfig, NULL);

	*ret = NULL;
	if (r || !kconfig)
		return r;
	text = strdup(kconfig_text(kconfig));
	for (i = 0; i < object->n_externs && text; i++) {
		value = unset_value(object, &object->externs[i],
				    kconfig_says(kconfig, object->externs[i].name));
		if (!value)
			continue;
		if (asprintf(&more, "%s\n%s=%s\n", text, object->externs[i].name, value) < 0)
			more = NULL;
		free(text);
		text = more;
	}
	*ret = text;
	return text ? 0 : -ENOMEM;
}

static int open_bytes(struct load_group *group, const void *data, size_t size)
{
	char name[16], btf[32], *kconfig CLEANUP(free_pointer) = NULL;
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name,
		    .btf_custom_path = relocation_btf(group, btf, sizeof(btf)));
	int err = kconfig_of(group_stream(group, 0), &kconfig);

	if (err)
		return err;
	opts.kconfig = kconfig;
	object_name(group_stream(group, 0)->object->path, name, sizeof(name));
	group->object = bpf_object__open_mem(data, size, &opts);
	err = -errno;
	if (group->object)
		return 0;
	/* Never 0 without an object, although errno may have been overwritten. */
	return err ? err : -EINVAL;
}

/*
 * The programs that are loaded, and those that libbpf looks for where a map is made of them
 * (program arrays, struct_ops), whether it is needed or not.
 */
static size_t mark_programs(const struct load_group *group, const struct object *source,
			    bool *programs)
{
	const struct object_program *program;
	const struct object_map *map;
	const struct stream *stream;
	size_t i, j, n = 0;

	for (i = 0; i < group->streams.count; i++) {
		stream = group_stream(group, i);
		for (j = 0; j < stream->n_programs; j++) {
			program = object_program(source, stream->programs[j].name);
			if (program)
				programs[program - source->programs] = true;
		}
	}
	for (map = source->maps; map < source->maps + source->n_maps; map++)
		for (j = 0; j < map->programs.count; j++)
			programs[((const int *)map->programs.items)[j]] = true;
	for (i = 0; i < source->n_programs; i++)
		n += programs[i];
	return n;
}

/*
 * libbpf is shown only what is loaded. It prepares every program that it sees, which of an object
 * with 500 costs as much again as the rest of the way; and it reads the kernel's BTF for the CO-RE
 * relocations of programs that are not loaded too: it fails where the kernel has none (5.4, ESRCH),
 * and costs 40 ms where it has.
 */
static int open_object(struct load_group *group)
{
	const struct object *source = group_stream(group, 0)->object;
	bool core = !source->has_core || needs_kernel_btf(group);
	bool *programs CLEANUP(free_pointer) = calloc(source->n_programs + 1, sizeof(*programs));
	void *bytes CLEANUP(free_pointer) = NULL;
	size_t size;
	int r;

	if (!programs)
		return -ENOMEM;
	if (mark_programs(group, source, programs) == source->n_programs && core)
		return open_bytes(group, source->data, source->size);
	r = object_reduced(source, programs, core, &bytes, &size, NULL);
	return r ? r : open_bytes(group, bytes, size);
}

int group_prepare(struct load_group *group, const struct object *source)
{
	int r = prepare_programs(group);
	size_t i;

	if (!r)
		r = group_prepare_maps(group, source);
	for (i = 0; i < group->streams.count && !r; i++)
		r = configure_object(group->object, source, group_stream(group, i)->candidate);
	return r;
}

static int open_prepared(struct load_group *group)
{
	int r = open_object(group);

	return r ? r : group_prepare(group, group_stream(group, 0)->object);
}

int group_open(struct load_group *group)
{
	group->full_log = group->context->log_level >= FEATSEL_LOG_DEBUG;
	return open_prepared(group);
}

/*
 * Settings that the object's programs read: bpf/common.bpf.h has the struct; all zero is the
 * default.
 */
struct settings {
	uint32_t tgid;
	uint32_t page_shift;
	uint32_t wake_bytes;
	uint32_t except_tgid;
	uint32_t by_uid;
	uint32_t uid;
};
/* The part that objects of the first version have. */
#define LEAST_SETTINGS offsetof(struct settings, except_tgid)

/* A consumer that wakes for each record spends more on waking than on records. */
#define WAKE_BYTES (256u << 10)

/* The meaning of all zero: architectures with one page size. */
#if defined(__x86_64__) || defined(__s390x__)
#define USUAL_PAGE 4096
#else
#define USUAL_PAGE 0
#endif

/* The map for them, -1 if the object has none. */
static int settings_map(const struct stream *stream)
{
	int index = object_map(stream->object, "featsel_filter");
	const struct object_map *map;

	if (index < 0 || !stream->maps[index])
		return -1;
	map = &stream->object->maps[index];
	return map->value_size >= LEAST_SETTINGS && map->key_size == sizeof(uint32_t) ? index : -1;
}

static struct settings make_settings(const struct load_group *group, const struct stream *stream)
{
	const struct bpf_map *output =
		stream->output < 0 ? NULL
				   : group_map(group->object, stream->object, stream->output);
	uint32_t ring = output ? bpf_map__max_entries(output) : 0;
	struct settings settings = {.wake_bytes = WAKE_BYTES};

	if (settings.wake_bytes > ring / 4)
		settings.wake_bytes = ring / 4;
	while (1L << settings.page_shift < sysconf(_SC_PAGESIZE))
		settings.page_shift++;
	return settings;
}

static int tell(const struct load_group *group, const struct stream *stream, int index,
		const struct settings *settings)
{
	size_t size = stream->object->maps[index].value_size;
	unsigned char *value CLEANUP(free_pointer) = calloc(1, size);
	uint32_t key = 0;

	if (!value)
		return -ENOMEM;
	memcpy(value, settings, size < sizeof(*settings) ? size : sizeof(*settings));
	return bpf_map__update_elem(group_map(group->object, stream->object, index), &key,
				    sizeof(key), value, size, BPF_ANY);
}

static int tell_settings(const struct load_group *group, const struct stream *stream)
{
	struct settings settings = make_settings(group, stream);
	int index = settings_map(stream);

	if (index < 0 || (!settings.wake_bytes && sysconf(_SC_PAGESIZE) == USUAL_PAGE))
		return 0;
	return tell(group, stream, index, &settings);
}

bool stream_select(const struct load_group *group, struct stream *stream,
		   const struct featsel_selection *selection)
{
	struct settings settings = make_settings(group, stream);
	int index = settings_map(stream);

	if (index < 0 || stream->object->maps[index].value_size < sizeof(settings))
		return false;
	settings.tgid = selection->pid;
	settings.except_tgid = selection->except_pid;
	settings.by_uid = selection->by_uid;
	settings.uid = selection->uid;
	if (tell(group, stream, index, &settings))
		return false;
	if (selection->pid || selection->by_uid)
		stream_forget_losses(stream);
	return true;
}

/*
 * On kernels before 5.11 libbpf raises RLIMIT_MEMLOCK, once a process. Unless our caller asked for
 * that, the limit is restored.
 */
static int load_object(const struct load_group *group)
{
	struct rlimit before, after;
	bool known = !getrlimit(RLIMIT_MEMLOCK, &before);
	int r = bpf_object__load(group->object);

	if (known && !group->context->raise_memlock && !getrlimit(RLIMIT_MEMLOCK, &after) &&
	    (after.rlim_cur != before.rlim_cur || after.rlim_max != before.rlim_max))
		(void)setrlimit(RLIMIT_MEMLOCK, &before);
	return r;
}

/* The log of the program that libbpf complained of, "". */
static const char *log_at_fault(const struct load_group *group)
{
	const struct program_log *logs = group->logs.items;

	for (size_t i = 0; i < group->logs.count; i++)
		if (strcmp(logs[i].program, group->libbpf_log.program) == 0)
			return logs[i].text;
	return "";
}

/*
 * libbpf replaces an instruction that it could not relocate, and explains it when it finds it in
 * the log: the CO-RE relocation, the function or the map that is missing.
 */
static bool is_for_libbpf(const char *log)
{
	static const char *const poisons[] = {"unknown#195896080", "unknown#2002", "2001000000",
					      "kernel btf_id 2002"};

	for (size_t i = 0; i < ARRAY_SIZE(poisons); i++)
		if (strstr(log, poisons[i]))
			return true;
	return false;
}

static int load_again(struct load_group *group, bool full_log)
{
	int r;

	group_close(group);
	group->full_log = full_log;
	r = open_prepared(group);
	return r ? r : load_object(group);
}

static int load(struct load_group *group)
{
	int r = load_object(group), again;

	/* The log was too small, which the kernel reports as a failure. */
	if (r == -ENOSPC && group->logs.count)
		r = load_again(group, !group->full_log);
	if (!r || !group->logs.count)
		return r;
	libbpf_log_take(&group->libbpf_log, log_at_fault(group));
	if (group->full_log ||
	    !is_for_libbpf(group->libbpf_log.verifier ? group->libbpf_log.verifier : ""))
		return r;
	again = load_again(group, true);
	if (again && again != -ENOSPC)
		libbpf_log_take(&group->libbpf_log, log_at_fault(group));
	return again == -ENOSPC ? r : again;
}

int group_load(struct load_group *group)
{
	size_t i;
	int r;

	r = load(group);
	for (i = 0; i < group->streams.count && !r; i++)
		r = tell_settings(group, group_stream(group, i));
	for (i = 0; i < group->streams.count && !r; i++)
		r = stream_fill_maps(group_stream(group, i), group->object, &group->libbpf_log);
	return r;
}

int stream_map_fd(const struct stream *stream, const char *name)
{
	int index = object_map(stream->object, name), fd = -ENOENT;
	const struct bpf_map *map;

	map = index < 0 || !stream->loaded ? NULL
					   : group_map(stream->loaded, stream->object, index);
	if (map)
		fd = bpf_map__fd(map);
	return fd < 0 ? -ENOENT : fd;
}

int stream_program_fd(const struct stream *stream, const char *name)
{
	const struct bpf_program *program =
		stream->loaded ? bpf_object__find_program_by_name(stream->loaded, name) : NULL;
	int fd = program ? bpf_program__fd(program) : -ENOENT;

	return fd < 0 ? -ENOENT : fd;
}

void group_close(struct load_group *group)
{
	bpf_object__close(group->object);
	group->object = NULL;
	free_logs(group);
	fds_close(&group->held);
}
