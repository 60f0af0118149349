/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * session-load.c - objects opened and loaded with what is chosen of them, and nothing else
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "internal.h"

/* For a ring whose size the object leaves to its user space. */
#define RING_BYTES (1u << 20)

/* Since 6.1; the number is the kernel's interface. */
#define MAP_TYPE_USER_RINGBUF 31

/* ---- feeds: what a candidate needs of its object ---- */

static void mark_map(struct feed *feed, int index)
{
	const struct object_map *map = &feed->object->maps[index];
	const int *members = map->maps.items;
	size_t i;

	if (feed->maps[index])
		return;
	feed->maps[index] = true;
	for (i = 0; i < map->maps.count; i++)
		mark_map(feed, members[i]);
	if (map->inner >= 0)
		mark_map(feed, map->inner);
}

static int mark_maps(struct feed *feed, struct featsel_error *err)
{
	const struct object_program *program;
	size_t i, j;

	for (i = 0; i < feed->n_programs; i++) {
		program = object_program(feed->object, feed->programs[i].name);
		if (!program)
			return error_set(err, -ENOENT, FEATSEL_FAILURE_INVALID,
					 "%s has no program '%s'", feed->object->path,
					 feed->programs[i].name);
		for (j = 0; j < program->n_maps; j++)
			mark_map(feed, program->maps[j]);
	}
	if (feed->output >= 0)
		mark_map(feed, feed->output);
	return 0;
}

/*
 * The map in which the programs count what they could not hand over, if they have one: a convention
 * of names.
 */
static int find_drops(const struct feed *feed)
{
	int index = object_map(feed->object, "drops");
	const struct object_map *map;

	if (index < 0 || !feed->maps[index])
		return -1;
	map = &feed->object->maps[index];
	if (map->type != BPF_MAP_TYPE_PERCPU_ARRAY && map->type != BPF_MAP_TYPE_ARRAY)
		return -1;
	return map->key_size == sizeof(uint32_t) && map->value_size == sizeof(uint64_t) ? index
											: -1;
}

/*
 * What each sample of the record has: all of it but a last member that is an array, of which
 * programs often send only what is used.
 */
static size_t record_floor(const struct feed *feed)
{
	const struct btf *btf = feed->object->btf;
	const struct btf_type *type, *last;
	const struct btf_member *members;
	int id;

	if (!btf || !feed->candidate->record)
		return 0;
	id = btf__find_by_name_kind(btf, feed->candidate->record, BTF_KIND_STRUCT);
	type = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	if (!type || !btf_vlen(type))
		return layout_size(feed->layout);
	members = btf_members(type);
	last = btf__type_by_id(btf,
			       (uint32_t)btf__resolve_type(btf, members[btf_vlen(type) - 1].type));
	if (!last || !btf_is_array(last))
		return layout_size(feed->layout);
	return btf_member_bit_offset(type, btf_vlen(type) - 1) / 8;
}

/* Whether the program's target is known to be missing; else the attempt to attach decides. */
static int is_absent(const struct feed *feed, const struct program_ref *ref,
		     struct featsel_host *host, bool *ret, struct featsel_error *err)
{
	const struct feature *target;
	struct featsel_answer answer;
	int r = object_target(feed->object, ref, host->arena, &target, err);

	if (r)
		return r;
	*ret = false;
	if (!target)
		return 0;
	answer = host_answer(host, target);
	*ret = answer_is_missing(&answer);
	if (*ret)
		context_log(host->context, FEATSEL_LOG_INFO,
			    "event '%s': candidate '%s' goes without '%s': %s: %s",
			    feed->candidate->event->name, feed->candidate->name, ref->name,
			    answer.reason ? answer.reason : "no", answer.evidence);
	return 0;
}

static int leave_out(struct feed *feed, struct featsel_host *host, struct arena *arena,
		     struct featsel_error *err)
{
	struct program_ref *kept = arena_array(arena, feed->n_programs, sizeof(*kept));
	size_t i, n = 0;
	int r = kept ? 0 : error_memory(err);
	bool absent;

	for (i = 0; i < feed->n_programs && !r; i++) {
		absent = false;
		if (feed->programs[i].optional)
			r = is_absent(feed, &feed->programs[i], host, &absent, err);
		if (!absent)
			kept[n++] = feed->programs[i];
	}
	if (r)
		return r;
	feed->programs = kept;
	feed->n_programs = n;
	return 0;
}

static int describe(struct feed *feed, struct featsel_host *host, bool may_be_mute,
		    struct arena *arena, struct featsel_error *err)
{
	const struct object *object = feed->object;
	size_t i;
	int r;

	r = object_candidate_programs(object, feed->candidate, arena, &feed->programs,
				      &feed->n_programs, err);
	if (!r)
		r = leave_out(feed, host, arena, err);
	if (r)
		return r;
	r = object_output(object, feed->candidate, &feed->output, may_be_mute ? NULL : err);
	if (r && !may_be_mute)
		return r;
	feed->maps = calloc(object->n_maps ? object->n_maps : 1, sizeof(*feed->maps));
	if (!feed->maps)
		return error_memory(err);
	r = mark_maps(feed, err);
	if (r)
		return r;
	feed->drops = find_drops(feed);
	r = layout_new(object->btf, feed->candidate->record, arena, &feed->layout, err);
	if (r)
		return r;
	feed->minimum = record_floor(feed);
	/* What the candidate cannot tell is nothing, not 0. */
	for (i = 0; feed->candidate->lacks && feed->candidate->lacks[i]; i++)
		layout_lack(feed->layout, feed->candidate->lacks[i]);
	return 0;
}

int feed_new(const struct object *object, const struct featsel_candidate *candidate,
	     struct featsel_host *host, bool may_be_mute, struct arena *arena, struct feed **ret,
	     struct featsel_error *err)
{
	struct feed *feed = calloc(1, sizeof(*feed));
	int r;

	if (!feed)
		return error_memory(err);
	feed->object = object;
	feed->candidate = candidate;
	feed->output = -1;
	feed->drops = -1;
	r = describe(feed, host, may_be_mute, arena, err);
	if (r) {
		feed_free(feed);
		return r;
	}
	*ret = feed;
	return 0;
}

void feed_free(struct feed *feed)
{
	if (!feed)
		return;
	vec_free(&feed->holds);
	free(feed->maps);
	free(feed);
}

bool feed_fits(const struct feed *feed, const struct feed *other)
{
	if (feed->output >= 0 && feed->output == other->output)
		return false;
	return feed->drops < 0 || feed->drops != other->drops;
}

struct feed *unit_feed(const struct unit *unit, size_t index)
{
	struct feed *const *feeds = unit->feeds.items;

	return feeds[index];
}

/* ---- maps ---- */

/*
 * libbpf puts the object's name before ".rodata" and the like; what we call it begins with the dot.
 */
static bool is_map(const struct bpf_map *map, const struct object_map *wanted)
{
	const char *name = bpf_map__name(map);

	if (wanted->internal && bpf_map__is_internal(map) && name[0] != '.')
		name += strcspn(name, ".");
	return strcmp(name, wanted->name) == 0;
}

struct bpf_map *unit_map(const struct bpf_object *object, const struct object *source, int index)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, object)
		if (is_map(map, &source->maps[index]))
			return map;
	return NULL;
}

static bool is_needed(const struct unit *unit, int index)
{
	size_t i;

	for (i = 0; i < unit->feeds.count; i++)
		if (unit_feed(unit, i)->maps[index])
			return true;
	return false;
}

/* The largest size that a candidate of the unit asks for; 0: none asks. */
static uint32_t declared_size(const struct unit *unit, const char *name)
{
	const struct featsel_candidate *candidate;
	uint32_t size = 0;
	size_t i, j;

	for (i = 0; i < unit->feeds.count; i++) {
		candidate = unit_feed(unit, i)->candidate;
		for (j = 0; j < candidate->n_maps; j++)
			if (strcmp(candidate->maps[j].name, name) == 0 &&
			    candidate->maps[j].max_entries > size)
				size = candidate->maps[j].max_entries;
	}
	return size;
}

/* The kernel takes a power of two that is a multiple of the page, which may have 64 KiB. */
static uint32_t ring_size(uint32_t size)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE), fit = page;

	while (fit < size && fit < 1u << 31)
		fit <<= 1;
	return fit;
}

static int size_map(const struct unit *unit, const struct object_map *wanted, struct bpf_map *map)
{
	uint32_t size = declared_size(unit, wanted->name), now = bpf_map__max_entries(map);
	struct processors processors;

	if (!size)
		size = now;
	if (wanted->type == BPF_MAP_TYPE_RINGBUF)
		size = ring_size(size ? size : RING_BYTES);
	/* libbpf would ask /sys, which need not be mounted. */
	if (wanted->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && !size &&
	    !processors_possible(&processors))
		size = processors.end;
	return size == now ? 0 : bpf_map__set_max_entries(map, size);
}

/*
 * A ring has bytes, neither keys nor values, and a perf event array descriptors: EINVAL for
 * anything else. Some loaders take the types of such a map as a note on what it carries, as we do,
 * and strip them; libbpf does not.
 */
static int strip_types(const struct object_map *wanted, struct bpf_map *map)
{
	uint32_t size = wanted->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY ? sizeof(uint32_t) : 0;
	int r = 0;

	if (!size && wanted->type != BPF_MAP_TYPE_RINGBUF && wanted->type != MAP_TYPE_USER_RINGBUF)
		return 0;
	if (bpf_map__key_size(map) != size)
		r = bpf_map__set_key_size(map, size);
	if (!r && bpf_map__value_size(map) != size)
		r = bpf_map__set_value_size(map, size);
	return r;
}

/*
 * libbpf 1.0 and 1.1 toggle BPF_F_MMAPABLE where the kernel lacks it (before 5.5), and so set it on
 * internal maps that came without: EINVAL at creation. Set beforehand the toggle clears it, and
 * newer kernels do not mind.
 */
static int cure_flags(struct bpf_map *map)
{
	uint32_t flags = bpf_map__map_flags(map);

	if (libbpf_major_version() > 1 || libbpf_minor_version() > 1 ||
	    !bpf_map__is_internal(map) || flags & BPF_F_MMAPABLE)
		return 0;
	return bpf_map__set_map_flags(map, flags | BPF_F_MMAPABLE);
}

/*
 * libbpf fills program arrays with the members that the object gives them even where they are not
 * created (EBADF), and looks up the kernel's structure of each struct_ops map (ENOENT, to 1.4): one
 * that passes for another kind of map is let alone.
 */
static int leave_map_out(const struct object_map *wanted, struct bpf_map *map)
{
	int r = bpf_map__set_autocreate(map, false);

	if (r ||
	    (wanted->type != BPF_MAP_TYPE_PROG_ARRAY && wanted->type != BPF_MAP_TYPE_STRUCT_OPS))
		return r;
	return bpf_map__set_type(map, BPF_MAP_TYPE_ARRAY);
}

static int prepare_map(const struct unit *unit, const struct object *source, int index)
{
	const struct object_map *wanted = &source->maps[index];
	struct bpf_map *map = wanted->template ? NULL : unit_map(unit->object, source, index);
	int r;

	if (!map)
		return 0;
	if (!is_needed(unit, index))
		return leave_map_out(wanted, map);
	/* A pinned map would outlive the process. */
	r = bpf_map__pin_path(map) ? bpf_map__set_pin_path(map, NULL) : 0;
	if (!r)
		r = size_map(unit, wanted, map);
	if (!r)
		r = strip_types(wanted, map);
	return r ? r : cure_flags(map);
}

static int prepare_maps(const struct unit *unit)
{
	const struct object *source = unit_feed(unit, 0)->object;
	size_t i;
	int r;

	for (i = 0; i < source->n_maps; i++) {
		r = prepare_map(unit, source, (int)i);
		if (r)
			return r;
	}
	return 0;
}

/* ---- programs ---- */

static bool by_btf_target(const struct section *section)
{
	static const bool table[ATTACH_MEANS_COUNT] = {
		[ATTACH_TRACING_TRACEPOINT] = true,
		[ATTACH_TRACING_FUNCTION] = true,
		[ATTACH_ITER] = true,
		[ATTACH_LSM] = true,
	};

	return table[section->means];
}

/*
 * What the manifest puts in the section's place, or what this libbpf does not know by its section.
 */
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
	if (!r && by_btf_target(section) && section->target[0])
		r = bpf_program__set_attach_target(program, 0, section->target);
	return r;
}

static int prepare_program(const struct unit *unit, const struct feed *feed,
			   const struct program_ref *ref)
{
	const struct object_program *source = object_program(feed->object, ref->name);
	struct bpf_program *program = bpf_object__find_program_by_name(unit->object, ref->name);
	struct section section;
	int r;

	if (!program || !source)
		return -ENOENT;
	r = object_section(source, ref, &section);
	if (!r)
		r = bpf_program__set_autoload(program, true);
	return r ? r : retarget(program, &section, ref->attach);
}

static int prepare_programs(const struct unit *unit)
{
	const struct feed *feed;
	struct bpf_program *program;
	size_t i, j;
	int r;

	bpf_object__for_each_program (program, unit->object) {
		r = bpf_program__set_autoload(program, false);
		if (r)
			return r;
	}
	for (i = 0; i < unit->feeds.count; i++) {
		feed = unit_feed(unit, i);
		for (j = 0; j < feed->n_programs; j++) {
			r = prepare_program(unit, feed, &feed->programs[j]);
			if (r)
				return r;
		}
	}
	return 0;
}

/* ---- objects ---- */

static bool needs_kernel_btf(const struct unit *unit)
{
	const struct object_program *program;
	const struct feed *feed;
	size_t i, j;

	for (i = 0; i < unit->feeds.count; i++) {
		feed = unit_feed(unit, i);
		for (j = 0; j < feed->n_programs; j++) {
			program = object_program(feed->object, feed->programs[j].name);
			if (program && program->needs & NEED_BTF)
				return true;
		}
	}
	return false;
}

/* It becomes part of the names of internal maps: the file's, as far as the kernel takes it. */
static void object_name(const char *path, char *name, size_t size)
{
	const char *base = strrchr(path, '/');
	size_t i;

	base = base ? base + 1 : path;
	for (i = 0; i + 1 < size && base[i] && base[i] != '.'; i++)
		name[i] = isalnum((unsigned char)base[i]) ? base[i] : '_';
	name[i] = '\0';
}

static int open_bytes(struct unit *unit, const void *data, size_t size)
{
	char name[16];
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name,
		    .btf_custom_path = unit->context->btf_path);
	int err;

	object_name(unit_feed(unit, 0)->object->path, name, sizeof(name));
	unit->object = bpf_object__open_mem(data, size, &opts);
	err = -errno;
	if (unit->object)
		return 0;
	/* Never 0 without an object, whatever became of errno. */
	return err ? err : -EINVAL;
}

/*
 * The programs that are loaded, and those that libbpf looks for where a map is made of them
 * (program arrays, struct_ops), whether it is needed or not.
 */
static size_t mark_programs(const struct unit *unit, const struct object *source, bool *programs)
{
	const struct object_program *program;
	const struct object_map *map;
	const struct feed *feed;
	size_t i, j, n = 0;

	for (i = 0; i < unit->feeds.count; i++) {
		feed = unit_feed(unit, i);
		for (j = 0; j < feed->n_programs; j++) {
			program = object_program(source, feed->programs[j].name);
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
static int open_object(struct unit *unit)
{
	const struct object *source = unit_feed(unit, 0)->object;
	bool core = !source->has_core || needs_kernel_btf(unit);
	bool *programs CLEANUP(free_pointer) = calloc(source->n_programs + 1, sizeof(*programs));
	void *bytes CLEANUP(free_pointer) = NULL;
	size_t size;
	int r;

	if (!programs)
		return -ENOMEM;
	if (mark_programs(unit, source, programs) == source->n_programs && core)
		return open_bytes(unit, source->data, source->size);
	r = object_reduced(source, programs, core, &bytes, &size, NULL);
	return r ? r : open_bytes(unit, bytes, size);
}

int unit_open(struct unit *unit)
{
	int r;

	r = open_object(unit);
	if (!r)
		r = prepare_programs(unit);
	return r ? r : prepare_maps(unit);
}

/*
 * What the program's object may be told before it runs: bpf/common.bpf.h has the struct, all zero
 * is a default.
 */
struct settings {
	uint32_t tgid;
	uint32_t page_shift;
	uint32_t wake_bytes;
	uint32_t except_tgid;
	uint32_t by_uid;
	uint32_t uid;
};
/* What objects of the first version know. */
#define LEAST_SETTINGS offsetof(struct settings, except_tgid)

/* A consumer that wakes for each record spends more on waking than on records. */
#define WAKE_BYTES (256u << 10)

/* What all zero already says: architectures with one size of page. */
#if defined(__x86_64__) || defined(__s390x__)
#define USUAL_PAGE 4096
#else
#define USUAL_PAGE 0
#endif

/* The map to tell them in, -1 where the object has none. */
static int settings_map(const struct feed *feed)
{
	int index = object_map(feed->object, "featsel_filter");
	const struct object_map *map;

	if (index < 0 || !feed->maps[index])
		return -1;
	map = &feed->object->maps[index];
	return map->value_size >= LEAST_SETTINGS && map->key_size == sizeof(uint32_t) ? index : -1;
}

static struct settings make_settings(const struct unit *unit, const struct feed *feed)
{
	const struct bpf_map *output =
		feed->output < 0 ? NULL : unit_map(unit->object, feed->object, feed->output);
	uint32_t ring = output ? bpf_map__max_entries(output) : 0;
	struct settings settings = {.wake_bytes = WAKE_BYTES};

	if (settings.wake_bytes > ring / 4)
		settings.wake_bytes = ring / 4;
	while (1L << settings.page_shift < sysconf(_SC_PAGESIZE))
		settings.page_shift++;
	return settings;
}

static int tell(const struct unit *unit, const struct feed *feed, int index,
		const struct settings *settings)
{
	size_t size = feed->object->maps[index].value_size;
	unsigned char *value CLEANUP(free_pointer) = calloc(1, size);
	uint32_t key = 0;

	if (!value)
		return -ENOMEM;
	memcpy(value, settings, size < sizeof(*settings) ? size : sizeof(*settings));
	return bpf_map__update_elem(unit_map(unit->object, feed->object, index), &key, sizeof(key),
				    value, size, BPF_ANY);
}

static int tell_settings(const struct unit *unit, const struct feed *feed)
{
	struct settings settings = make_settings(unit, feed);
	int index = settings_map(feed);

	if (index < 0 || (!settings.wake_bytes && sysconf(_SC_PAGESIZE) == USUAL_PAGE))
		return 0;
	return tell(unit, feed, index, &settings);
}

bool feed_select(const struct unit *unit, const struct feed *feed,
		 const struct featsel_selection *selection)
{
	struct settings settings = make_settings(unit, feed);
	int index = settings_map(feed);

	if (index < 0 || feed->object->maps[index].value_size < sizeof(settings))
		return false;
	settings.tgid = selection->pid;
	settings.except_tgid = selection->except_pid;
	settings.by_uid = selection->by_uid;
	settings.uid = selection->uid;
	return !tell(unit, feed, index, &settings);
}

/*
 * Before 5.11 libbpf raises RLIMIT_MEMLOCK, once a process. Nobody asked for that who did not ask
 * us: then the limit becomes what it was.
 */
static int load_object(const struct unit *unit)
{
	struct rlimit before, after;
	bool known = !getrlimit(RLIMIT_MEMLOCK, &before);
	int r = bpf_object__load(unit->object);

	if (known && !unit->context->raise_memlock && !getrlimit(RLIMIT_MEMLOCK, &after) &&
	    (after.rlim_cur != before.rlim_cur || after.rlim_max != before.rlim_max))
		(void)setrlimit(RLIMIT_MEMLOCK, &before);
	return r;
}

int unit_load(struct unit *unit)
{
	size_t i;
	int r;

	r = load_object(unit);
	for (i = 0; i < unit->feeds.count && !r; i++)
		r = tell_settings(unit, unit_feed(unit, i));
	return r;
}

void unit_close(struct unit *unit)
{
	bpf_object__close(unit->object);
	unit->object = NULL;
}
