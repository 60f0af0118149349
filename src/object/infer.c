/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * infer.c - the requirements that a candidate's object states by itself
 *
 * In order of evaluation: types and kernel BTF first, which decide most and cost least; then the
 * target, maps, helpers and instructions; last the kernel types that CO-RE relocations name, since
 * answering for those reads the kernel's BTF.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

/* Newer than the oldest headers that featsel builds with. */
enum { MAP_TYPE_BLOOM_FILTER = 30, MAP_TYPE_CGRP_STORAGE = 32, KPTR_XCHG = 194 };

struct inference {
	const struct object *object;
	const struct featsel_candidate *candidate;
	const struct program_ref *refs;
	size_t n_refs;
	const struct object_oracle *oracle; /* NULL: nobody answers */
	struct arena *arena;
	bool all;	  /* also what every kernel has */
	struct vec needs; /* struct object_inferred */
	struct featsel_error *err;
};

/* One program of the candidate, as the steps below see it. */
struct part {
	const struct program_ref *ref;
	const struct object_program *program;
	struct section section;
};

int object_section(const struct object_program *program, const struct program_ref *ref,
		   struct section *ret)
{
	if (ref && ref->attach)
		return section_parse(ref->attach, ret);
	if (!program->section_known)
		return -ENOENT;
	*ret = program->section;
	return 0;
}

static int find_program(const struct object *object, const struct program_ref *ref,
			const struct object_program **ret, struct featsel_error *err)
{
	const struct object_program *program = object_program(object, ref->name);

	if (!program && dict_get(&object->program_names, ref->name))
		return error_memory(err);
	if (!program)
		return error_at(err, -EINVAL, &ref->at, "object '%s' has no program '%s'",
				object->path, ref->name);
	*ret = program;
	return 0;
}

static int add_ref(struct vec *refs, const struct program_ref *ref)
{
	const struct program_ref *known = refs->items;
	struct program_ref *slot;
	size_t i;

	for (i = 0; i < refs->count; i++)
		if (strcmp(known[i].name, ref->name) == 0)
			return 0;
	slot = vec_add(refs, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = *ref;
	return 0;
}

/* libbpf puts the members of a program array into it by itself, and fails (EBADF) where one is not
 * loaded. */
static int add_members(const struct object *object, const struct object_program *program,
		       struct vec *refs, const struct location *at)
{
	const struct object_map *map;
	struct program_ref ref = {.loaded_only = true, .at = *at};
	size_t i, j;
	int r = 0;

	for (i = 0; i < program->n_maps; i++) {
		map = &object->maps[program->maps[i]];
		for (j = 0; j < map->programs.count && !r; j++) {
			ref.name = object->programs[((const int *)map->programs.items)[j]].name;
			r = add_ref(refs, &ref);
		}
	}
	return r;
}

static int collect_refs(const struct object *object, const struct featsel_candidate *candidate,
			struct vec *refs, struct featsel_error *err)
{
	const struct object_program *program;
	struct program_ref ref;
	size_t i;
	int r;

	for (i = 0; i < candidate->n_programs; i++)
		if (add_ref(refs, &candidate->programs[i]))
			return error_memory(err);
	/* Grows while it is walked: members may use further program arrays. */
	for (i = 0; i < refs->count; i++) {
		ref = ((const struct program_ref *)refs->items)[i];
		r = find_program(object, &ref, &program, err);
		if (r)
			return r;
		if (add_members(object, program, refs, &ref.at))
			return error_memory(err);
	}
	return 0;
}

int object_candidate_programs(const struct object *object,
			      const struct featsel_candidate *candidate, struct arena *arena,
			      const struct program_ref **ret, size_t *n, struct featsel_error *err)
{
	struct vec refs = {0};
	struct program_ref *result;
	int r = collect_refs(object, candidate, &refs, err);

	if (!r) {
		result = arena_array(arena, refs.count, sizeof(*result));
		r = result ? 0 : error_memory(err);
	}
	if (!r) {
		memcpy(result, refs.items, refs.count * sizeof(*result));
		*ret = result;
		*n = refs.count;
	}
	vec_free(&refs);
	return r;
}

bool object_map_is_output(const struct object_map *map)
{
	return map->type == BPF_MAP_TYPE_RINGBUF || map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

static int declared_output(const struct object *object, const struct featsel_candidate *candidate,
			   int *ret, struct featsel_error *err)
{
	int map = object_map(object, candidate->output);

	if (map < 0)
		return error_at(err, -EINVAL, &candidate->output_at, "object '%s' has no map '%s'",
				object->path, candidate->output);
	if (!object_map_is_output(&object->maps[map]))
		return error_at(err, -EINVAL, &candidate->output_at,
				"map '%s' is neither a ring nor a perf buffer", candidate->output);
	*ret = map;
	return 0;
}

/* @found is the output seen so far, -1 none. */
static int program_output(const struct object *object, const struct featsel_candidate *candidate,
			  const struct program_ref *ref, int *found, struct featsel_error *err)
{
	const struct object_program *program;
	size_t i;
	int r = find_program(object, ref, &program, err);

	if (r)
		return r;
	for (i = 0; i < program->n_maps; i++) {
		if (!object_map_is_output(&object->maps[program->maps[i]]) ||
		    program->maps[i] == *found)
			continue;
		if (*found >= 0)
			return error_at(
				err, -EINVAL, &candidate->at,
				"its programs write to '%s' and to '%s': name one with 'output:'",
				object->maps[*found].name, object->maps[program->maps[i]].name);
		*found = program->maps[i];
	}
	return 0;
}

int object_output(const struct object *object, const struct featsel_candidate *candidate, int *ret,
		  struct featsel_error *err)
{
	const struct program_ref *items;
	struct vec refs = {0};
	int r, found = -1;
	size_t i;

	if (candidate->output)
		return declared_output(object, candidate, ret, err);
	/* Records may come from the members of a program array alone. */
	r = collect_refs(object, candidate, &refs, err);
	items = refs.items;
	for (i = 0; i < refs.count && !r; i++)
		r = program_output(object, candidate, &items[i], &found, err);
	vec_free(&refs);
	if (r)
		return r;
	if (found < 0)
		return error_at(err, -ENOENT, &candidate->at,
				"its programs refer to no ring or perf buffer");
	*ret = found;
	return 0;
}

/* ---- the steps ---- */

static int add_reached(struct inference *inference, const struct feature *feature,
		       const struct object_reached *reached)
{
	struct object_inferred *known = inference->needs.items, *slot;
	size_t i;

	if (!feature)
		return error_memory(inference->err);
	for (i = 0; i < inference->needs.count; i++) {
		if (strcmp(known[i].feature->text, feature->text) != 0)
			continue;
		if (reached->how == IS_REACHED)
			known[i].reached = *reached;
		return 0;
	}
	slot = vec_add(&inference->needs, sizeof(*slot));
	if (!slot)
		return error_memory(inference->err);
	*slot = (struct object_inferred){feature, *reached};
	return 0;
}

static const struct object_reached always = {.how = IS_REACHED};

static int add(struct inference *inference, const struct feature *feature)
{
	return add_reached(inference, feature, &always);
}

static int add_number(struct inference *inference, enum feature_kind kind, int prog_type,
		      int number)
{
	return add(inference, feature_of(inference->arena, kind, prog_type, number));
}

static int add_name_reached(struct inference *inference, enum feature_kind kind,
			    const char *prog_type, const char *name,
			    const struct object_reached *reached)
{
	const struct feature *feature;
	int r = name ? feature_make(inference->arena, kind, prog_type, name, &feature,
				    inference->err)
		     : error_memory(inference->err);

	return r ? r : add_reached(inference, feature, reached);
}

static int add_name(struct inference *inference, enum feature_kind kind, const char *prog_type,
		    const char *name)
{
	return add_name_reached(inference, kind, prog_type, name, &always);
}

/* Program types whose expected attach type the kernel checks when loading
 * (bpf_prog_load_check_attach). */
static const bool attach_type_decides[] = {
	[BPF_PROG_TYPE_TRACING] = true,	       [BPF_PROG_TYPE_LSM] = true,
	[BPF_PROG_TYPE_CGROUP_SOCK] = true,    [BPF_PROG_TYPE_CGROUP_SOCK_ADDR] = true,
	[BPF_PROG_TYPE_CGROUP_SOCKOPT] = true, [BPF_PROG_TYPE_SK_LOOKUP] = true,
	[BPF_PROG_TYPE_SK_REUSEPORT] = true,
};

static const bool means_need_btf[ATTACH_MEANS_COUNT] = {
	[ATTACH_TRACING_TRACEPOINT] = true,
	[ATTACH_TRACING_FUNCTION] = true,
	[ATTACH_ITER] = true,
	[ATTACH_LSM] = true,
	[ATTACH_LSM_CGROUP] = true,
	[ATTACH_STRUCT_OPS] = true,
};

static bool is_tracing(int prog_type)
{
	static const bool known[] = {
		[BPF_PROG_TYPE_KPROBE] = true,
		[BPF_PROG_TYPE_TRACEPOINT] = true,
		[BPF_PROG_TYPE_PERF_EVENT] = true,
		[BPF_PROG_TYPE_RAW_TRACEPOINT] = true,
		[BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE] = true,
		[BPF_PROG_TYPE_TRACING] = true,
	};

	return (size_t)prog_type < ARRAY_SIZE(known) && known[prog_type];
}

/*
 * What every kernel from 4.18 gives to whoever may load the program at all: asking would cost a
 * call and decide nothing. tracing_func_proto() has had these helpers, unconditionally, since 4.9.
 */
static bool helper_everywhere(int prog_type, int helper)
{
	static const bool maps[] = {[BPF_FUNC_map_lookup_elem] = true,
				    [BPF_FUNC_map_update_elem] = true,
				    [BPF_FUNC_map_delete_elem] = true};
	static const bool tracing[] = {
		[BPF_FUNC_ktime_get_ns] = true,		[BPF_FUNC_get_smp_processor_id] = true,
		[BPF_FUNC_get_current_pid_tgid] = true, [BPF_FUNC_get_current_uid_gid] = true,
		[BPF_FUNC_get_current_comm] = true,
	};

	if ((size_t)helper < ARRAY_SIZE(maps) && maps[helper])
		return true;
	return is_tracing(prog_type) && (size_t)helper < ARRAY_SIZE(tracing) && tracing[helper];
}

static bool map_everywhere(int type)
{
	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_ARRAY ||
	       type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static int infer_type(struct inference *inference, const struct part *part)
{
	return add_number(inference, FEATURE_PROG_TYPE, -1, part->section.prog_type);
}

static int infer_attach_type(struct inference *inference, const struct part *part)
{
	size_t type = (size_t)part->section.prog_type;

	/* What programs of the type did before there was another (5.14). */
	if (part->section.attach_type == BPF_SK_REUSEPORT_SELECT)
		return 0;
	if (part->section.attach_type < 0 || type >= ARRAY_SIZE(attach_type_decides) ||
	    !attach_type_decides[type])
		return 0;
	return add_number(inference, FEATURE_ATTACH_TYPE, part->section.prog_type,
			  part->section.attach_type);
}

/*
 * libbpf loads the kernel's BTF for typed externs wherever in the object they stand, chosen or not.
 */
static bool object_needs_btf(const struct object *object)
{
	size_t i;

	for (i = 0; i < object->n_externs; i++)
		if (object->externs[i].kind == EXTERN_KFUNC ||
		    object->externs[i].kind == EXTERN_TYPED_KSYM)
			return true;
	return false;
}

static int infer_btf(struct inference *inference, const struct part *part)
{
	if (!means_need_btf[part->section.means] && !(part->program->needs & NEED_BTF) &&
	    !object_needs_btf(inference->object))
		return 0;
	return add_name(inference, FEATURE_BTF, NULL, "vmlinux");
}

bool object_lacks_target(const struct section *section)
{
	return section->means != ATTACH_NONE && section->means != ATTACH_STRUCT_OPS &&
	       !(section->flags & SECTION_NO_TARGET) && !*section->target;
}

/* Whether a structure of the object has the program as a function: that is what a struct_ops
 * program is attached to. */
static bool is_implemented(const struct object *object, const struct object_program *program)
{
	size_t i;

	for (i = 0; i < program->n_maps; i++)
		if (object->maps[program->maps[i]].type == BPF_MAP_TYPE_STRUCT_OPS)
			return true;
	return false;
}

int object_target(const struct object *object, const struct program_ref *ref, struct arena *arena,
		  const struct feature **ret, struct featsel_error *err)
{
	const struct object_program *program = NULL;
	struct section section;
	const char *name;
	int r = find_program(object, ref, &program, err);

	if (r)
		return r;
	*ret = NULL;
	if (object_section(program, ref, &section) || ref->loaded_only ||
	    section.means == ATTACH_NONE || section.flags & SECTION_NO_TARGET)
		return 0;
	if (section.means == ATTACH_STRUCT_OPS)
		return is_implemented(object, program) ? 0
						       : error_at(err, -EINVAL, &ref->at,
								  "program '%s' is no function of "
								  "any structure in .struct_ops",
								  program->name);
	if (object_lacks_target(&section))
		return error_at(err, -EINVAL, &ref->at,
				"program '%s' is in section '%s', which names no target: give one "
				"with 'attach:'",
				program->name, section.form);
	name = arena_printf(arena, "%s/%s", section.form, section.target);
	return name ? feature_make(arena, FEATURE_ATTACH, NULL, name, ret, err) : error_memory(err);
}

/* bpf_lsm_*() are what the hooks call while bpf is an active LSM, and never else. */
static bool is_lsm_stub(const struct section *section)
{
	static const bool functions[ATTACH_MEANS_COUNT] = {
		[ATTACH_TRACING_FUNCTION] = true,
		[ATTACH_KPROBE] = true,
		[ATTACH_KRETPROBE] = true,
		[ATTACH_KPROBE_MULTI] = true,
	};

	return functions[section->means] && strncmp(section->target, "bpf_lsm_", 8) == 0;
}

static int infer_target(struct inference *inference, const struct part *part)
{
	const struct feature *target;
	int r = object_target(inference->object, part->ref, inference->arena, &target,
			      inference->err);

	/* What replaces a function asks for the program, too: object_places(). */
	if (part->section.means == ATTACH_FREPLACE && inference->candidate->on &&
	    inference->candidate->on->said & (ON_SAID(ON_PROGRAM_ID) | ON_SAID(ON_PROGRAM_PINNED)))
		return r;
	if (r || !target || part->ref->optional)
		return r;
	r = add(inference, target);
	if (!r && is_lsm_stub(&part->section))
		r = add_name(inference, FEATURE_LSM, NULL, "bpf");
	return r;
}

/* The kernel loads these only where it knows the type of what is read. */
static const bool context_is_typed[ATTACH_MEANS_COUNT] = {
	[ATTACH_TRACING_TRACEPOINT] = true,
	[ATTACH_TRACING_FUNCTION] = true,
	[ATTACH_LSM] = true,
	[ATTACH_LSM_CGROUP] = true,
};

/* NULL where the program reads none. */
static int words_of(const struct object_program *program, const struct section *section,
		    struct arena *arena, const struct feature **ret, struct featsel_error *err)
{
	uint32_t words = program->words;
	const char *name;

	*ret = NULL;
	if (!words || !context_is_typed[section->means])
		return 0;
	name = arena_printf(arena, "%s/%s[", section->form, section->target);
	for (unsigned int i = 0; name && words >> i; i++)
		if (words >> i & 1)
			name = arena_printf(arena, "%s%u%c", name, i, words >> i == 1 ? ']' : ',');
	return name ? feature_make(arena, FEATURE_ATTACH, NULL, name, ret, err) : error_memory(err);
}

static int infer_words(struct inference *inference, const struct part *part)
{
	const struct feature *words;
	int r;

	if (part->ref->loaded_only || part->ref->optional)
		return 0;
	r = words_of(part->program, &part->section, inference->arena, &words, inference->err);
	return r || !words ? r : add(inference, words);
}

/* Map types that have no size of their own, or whose size libbpf finds by itself. */
static bool sizes_itself(int type)
{
	static const bool known[] = {
		[BPF_MAP_TYPE_PERF_EVENT_ARRAY] = true,
		[BPF_MAP_TYPE_CGROUP_STORAGE] = true,
		[BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE] = true,
		[BPF_MAP_TYPE_SK_STORAGE] = true,
		[BPF_MAP_TYPE_STRUCT_OPS] = true,
		[BPF_MAP_TYPE_INODE_STORAGE] = true,
		[BPF_MAP_TYPE_TASK_STORAGE] = true,
		[MAP_TYPE_CGRP_STORAGE] = true,
		[BPF_MAP_TYPE_RINGBUF] = true, /* a session gives it one */
	};

	return (size_t)type < ARRAY_SIZE(known) && known[type];
}

bool object_map_unsized(const struct object_map *map, const struct featsel_candidate *candidate)
{
	size_t i;

	if (map->max_entries || map->internal || sizes_itself(map->type))
		return false;
	for (i = 0; i < candidate->n_maps; i++)
		if (strcmp(candidate->maps[i].name, map->name) == 0)
			return false;
	return true;
}

enum shape {
	KEY_U32 = 1 << 0,
	KEY_NONE = 1 << 1,
	VALUE_U32 = 1 << 2,
	VALUE_OF_U64 = 1 << 3, /* a multiple */
	VALUE_SOME = 1 << 4,
	VALUE_NONE = 1 << 5,
	VALUE_ON_EACH_CPU = 1 << 6, /* within what one allocation of per-CPU memory can have */
	NOT_PREALLOCATED = 1 << 7,
	KEY_SOME = 1 << 8,
};
#define CPU_MEMORY_LIMIT (32 << 10)
#define STORAGE		 (KEY_U32 | VALUE_SOME | NOT_PREALLOCATED)

/* What each kernel demands since it has the type: the map_alloc_check() of the type. Of buffers a
 * session sees to it. */
static const unsigned int shapes[] = {
	[BPF_MAP_TYPE_HASH] = KEY_SOME | VALUE_SOME,
	[BPF_MAP_TYPE_ARRAY] = KEY_U32 | VALUE_SOME,
	[BPF_MAP_TYPE_PROG_ARRAY] = KEY_U32 | VALUE_U32,
	[BPF_MAP_TYPE_CGROUP_ARRAY] = KEY_U32 | VALUE_U32,
	[BPF_MAP_TYPE_PERCPU_HASH] = KEY_SOME | VALUE_SOME | VALUE_ON_EACH_CPU,
	[BPF_MAP_TYPE_PERCPU_ARRAY] = KEY_U32 | VALUE_SOME | VALUE_ON_EACH_CPU,
	[BPF_MAP_TYPE_STACK_TRACE] = KEY_U32 | VALUE_OF_U64,
	[BPF_MAP_TYPE_LRU_HASH] = KEY_SOME | VALUE_SOME,
	[BPF_MAP_TYPE_LRU_PERCPU_HASH] = KEY_SOME | VALUE_SOME | VALUE_ON_EACH_CPU,
	[BPF_MAP_TYPE_LPM_TRIE] = VALUE_SOME | NOT_PREALLOCATED,
	[BPF_MAP_TYPE_QUEUE] = KEY_NONE | VALUE_SOME,
	[BPF_MAP_TYPE_STACK] = KEY_NONE | VALUE_SOME,
	[BPF_MAP_TYPE_SK_STORAGE] = STORAGE,
	[BPF_MAP_TYPE_INODE_STORAGE] = STORAGE,
	[BPF_MAP_TYPE_TASK_STORAGE] = STORAGE,
	[MAP_TYPE_BLOOM_FILTER] = KEY_NONE | VALUE_SOME,
	[MAP_TYPE_CGRP_STORAGE] = STORAGE,
};

const char *object_map_fault(const struct object_map *map)
{
	unsigned int shape = (size_t)map->type < ARRAY_SIZE(shapes) ? shapes[map->type] : 0;
	const struct {
		unsigned int demand;
		bool met;
		const char *fault;
	} demands[] = {
		{KEY_U32, map->key_size == 4, "its key has not 4 bytes"},
		{KEY_NONE, map->key_size == 0, "it has a key, and maps of its type have none"},
		{KEY_SOME, map->key_size > 0, "it has no key"},
		{VALUE_U32, map->value_size == 4, "its value has not 4 bytes"},
		{VALUE_OF_U64, map->value_size && map->value_size % 8 == 0,
		 "its value is no array of 8 bytes each"},
		{VALUE_SOME, map->value_size > 0, "it has no value"},
		{VALUE_ON_EACH_CPU, map->value_size <= CPU_MEMORY_LIMIT,
		 "its value has more than the 32 KiB that each processor can have of one"},
		{NOT_PREALLOCATED, (map->flags & BPF_F_NO_PREALLOC) != 0,
		 "it lacks the flag BPF_F_NO_PREALLOC"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(demands); i++)
		if (shape & demands[i].demand && !demands[i].met)
			return demands[i].fault;
	if ((map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map->type == BPF_MAP_TYPE_HASH_OF_MAPS) &&
	    map->inner < 0)
		return "it names no inner map, which its own user space would give it";
	return NULL;
}

static int infer_map_type(struct inference *inference, int type)
{
	if (map_everywhere(type) && !inference->all)
		return 0;
	return add_number(inference, FEATURE_MAP_TYPE, -1, type);
}

/*
 * register_bpf_struct_ops() wraps each structure that programs may fill in one of this name (5.6).
 */
static int infer_struct_ops(struct inference *inference, const struct object_map *map)
{
	const struct btf *btf = inference->object->btf;
	const struct btf_type *type = object_bare_type(btf, map->value_type);

	return add_name(inference, FEATURE_BTF, NULL,
			arena_printf(inference->arena, "struct bpf_struct_ops_%s",
				     type ? btf__name_by_offset(btf, type->name_off) : ""));
}

/* libbpf makes a map like the inner ones before it makes the outer: of its size as it stands. */
static int infer_inner(struct inference *inference, const struct object_map *outer,
		       const struct object_map *inner)
{
	const char *wrong = object_map_fault(inner);

	if (!wrong && !inner->max_entries &&
	    (!sizes_itself(inner->type) || inner->type == BPF_MAP_TYPE_RINGBUF))
		wrong = "it has no size";
	if (wrong)
		return error_at(inference->err, -EINVAL, &inference->object->at,
				"map '%s' cannot be created: of its inner map: %s", outer->name,
				wrong);
	return infer_map_type(inference, inner->type);
}

/* Of <bpf/libbpf.h>, which belongs to the session room. */
uint32_t libbpf_major_version(void);
uint32_t libbpf_minor_version(void);

static int check_link(struct inference *inference, const struct object_map *map)
{
	uint32_t major = libbpf_major_version(), minor = libbpf_minor_version();

	if (!map->linked || major > 1 || (major == 1 && minor >= 2))
		return 0;
	return error_at(inference->err, -EINVAL, &inference->object->at,
			"structure '%s' stands in section .struct_ops.link, which libbpf knows "
			"since 1.2 and not yet in %u.%u",
			map->name, major, minor);
}

static int infer_map(struct inference *inference, const struct object_map *map)
{
	const char *wrong;
	int r;

	/* One element of an array, whose support global data is asked for below. */
	if (map->internal)
		return 0;
	if (object_map_unsized(map, inference->candidate))
		return error_at(
			inference->err, -EINVAL, &inference->candidate->at,
			"map '%s' has no size: give one with 'maps: {%s: {max_entries: N}}'",
			map->name, map->name);
	wrong = object_map_fault(map);
	if (wrong)
		return error_at(inference->err, -EINVAL, &inference->object->at,
				"map '%s' cannot be created by any kernel: %s", map->name, wrong);
	r = check_link(inference, map);
	if (!r)
		r = infer_map_type(inference, map->type);
	if (!r && map->type == BPF_MAP_TYPE_STRUCT_OPS)
		r = infer_struct_ops(inference, map);
	if (!r && map->inner >= 0)
		r = infer_inner(inference, map, &inference->object->maps[map->inner]);
	return r;
}

static int infer_maps(struct inference *inference, const struct part *part)
{
	size_t i;
	int r = 0;

	for (i = 0; i < part->program->n_maps && !r; i++)
		r = infer_map(inference, &inference->object->maps[part->program->maps[i]]);
	return r;
}

static bool is_optional(const struct featsel_candidate *candidate, const struct object_use *use)
{
	const char *name =
		use->helper < 0 ? use->kfunc : names_name(VOCABULARY_HELPER, use->helper);
	const char *const *optional = candidate->optional;

	for (; name && optional && *optional; optional++)
		if (strcmp(*optional, name) == 0)
			return true;
	return false;
}

/*
 * libbpf calls the old helper where the kernel lacks the new one (5.5), so that the old one is what
 * must be there. s390, where user and kernel addresses overlap, is the other way round: it has only
 * the new ones, and is big endian.
 */
int object_helper_called(const struct object *object, int helper)
{
	static const struct {
		int asked, enough;
	} rewritten[] = {
		{BPF_FUNC_probe_read_kernel, BPF_FUNC_probe_read},
		{BPF_FUNC_probe_read_user, BPF_FUNC_probe_read},
		{BPF_FUNC_probe_read_kernel_str, BPF_FUNC_probe_read_str},
		{BPF_FUNC_probe_read_user_str, BPF_FUNC_probe_read_str},
	};
	size_t i;

	for (i = 0; !object->big_endian && i < ARRAY_SIZE(rewritten); i++)
		if (rewritten[i].asked == helper)
			return rewritten[i].enough;
	return helper;
}

static int infer_helpers(struct inference *inference, const struct part *part)
{
	const struct object_use *use;
	size_t i;
	int r = 0;

	for (i = 0; i < part->program->n_uses && !r; i++) {
		use = &part->program->uses[i];
		if (use->helper < 0 || use->reached.how == NOT_REACHED ||
		    is_optional(inference->candidate, use) ||
		    (helper_everywhere(part->section.prog_type, use->helper) && !inference->all))
			continue;
		r = add_reached(
			inference,
			feature_of_helper(inference->arena, &part->section,
					  object_helper_called(inference->object, use->helper)),
			&use->reached);
	}
	return r;
}

static int infer_kfuncs(struct inference *inference, const struct part *part)
{
	const char *type = names_name(VOCABULARY_PROG_TYPE, part->section.prog_type);
	const struct object_use *use;
	size_t i;
	int r = 0;

	for (i = 0; i < part->program->n_uses && type && !r; i++) {
		use = &part->program->uses[i];
		if (use->helper < 0 && use->reached.how != NOT_REACHED &&
		    !is_optional(inference->candidate, use))
			r = add_name_reached(inference, FEATURE_KFUNC, type, use->kfunc,
					     &use->reached);
	}
	return r;
}

/* Instruction set v2 is older (4.14) than any kernel that can be met. */
static int infer_insns(struct inference *inference, const struct part *part)
{
	static const struct {
		unsigned int need;
		const char *name;
	} needs[] = {
		{NEED_GLOBAL_DATA, "global_data"},
		{NEED_LARGE, "large"},
		{NEED_LOOPS, "bounded_loops"},
		{NEED_V3, "v3"},
		{NEED_V4, "v4"},
		{NEED_ATOMICS, "atomics"},
	};
	size_t i;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(needs) && !r; i++)
		if (part->program->needs & needs[i].need)
			r = add_name(inference, FEATURE_INSNS, NULL, needs[i].name);
	return r;
}

/* A strong one that is missing ends the load; those of other programs are made weak, reduce.c. */
static int infer_externs(struct inference *inference, const struct part *part)
{
	const struct object_extern *external;
	size_t i;
	int r = 0;

	for (i = 0; i < part->program->n_externs && !r; i++) {
		external = &inference->object->externs[part->program->externs[i]];
		if (external->weak || external->kind == EXTERN_KCONFIG)
			continue;
		if (external->kind != EXTERN_KSYM)
			r = add_name(inference, FEATURE_BTF, NULL,
				     arena_printf(inference->arena, "%s %s",
						  external->kind == EXTERN_KFUNC ? "func" : "var",
						  external->name));
		/* The address of a variable comes from kallsyms, a function's from its type. */
		if (!r && external->kind != EXTERN_KFUNC)
			r = add_name(inference, FEATURE_KSYM, NULL, external->name);
	}
	return r;
}

static bool is_bool(const struct object *object, uint32_t type_id)
{
	const struct btf_type *type = object_bare_type(object->btf, type_id);

	return type && btf_is_int(type) && btf_int_encoding(type) & BTF_INT_BOOL;
}

static int infer_kconfig(struct inference *inference, const struct part *part)
{
	const struct object_extern *external;
	size_t i;
	int r = 0;

	for (i = 0; i < part->program->n_externs && !r; i++) {
		external = &inference->object->externs[part->program->externs[i]];
		/* LINUX_KERNEL_VERSION and its like come from libbpf. */
		if (external->kind != EXTERN_KCONFIG || external->weak ||
		    strncmp(external->name, "CONFIG_", 7) != 0)
			continue;
		r = add_name(inference, FEATURE_KCONFIG, NULL,
			     arena_printf(inference->arena, "%s%s", external->name,
					  is_bool(inference->object, external->type) ? "=y" : ""));
	}
	return r;
}

static int infer_types(struct inference *inference, const struct part *part)
{
	size_t i;
	int r = 0;

	for (i = 0; i < part->program->n_types && !r; i++)
		if (part->program->types[i].reached.how != NOT_REACHED)
			r = add_name_reached(inference, FEATURE_BTF, NULL,
					     part->program->types[i].feature,
					     &part->program->types[i].reached);
	return r;
}

static int (*const steps[])(struct inference *inference, const struct part *part) = {
	infer_type,    infer_attach_type, infer_btf,	infer_target,  infer_words,   infer_maps,
	infer_helpers, infer_insns,	  infer_kfuncs, infer_externs, infer_kconfig, infer_types,
};

/* ---- memory ---- */

/* Entries as the candidate or the object gives them. */
static uint64_t entries_of(const struct object_map *map, const struct featsel_candidate *candidate)
{
	size_t i;

	for (i = 0; i < candidate->n_maps; i++)
		if (strcmp(candidate->maps[i].name, map->name) == 0)
			return candidate->maps[i].max_entries;
	return map->max_entries;
}

static uint64_t pages(uint64_t bytes)
{
	return (bytes + 4095) / 4096 * 4096;
}

/* The elements of others are found by keys, and carry their own bookkeeping. */
static const bool indexed[] = {
	[BPF_MAP_TYPE_ARRAY] = true,
	[BPF_MAP_TYPE_PERCPU_ARRAY] = true,
	[BPF_MAP_TYPE_PERF_EVENT_ARRAY] = true,
	[BPF_MAP_TYPE_PROG_ARRAY] = true,
	[BPF_MAP_TYPE_CGROUP_ARRAY] = true,
	[BPF_MAP_TYPE_ARRAY_OF_MAPS] = true,
	[BPF_MAP_TYPE_QUEUE] = true,
	[BPF_MAP_TYPE_STACK] = true,
};

static const bool per_processor[] = {
	[BPF_MAP_TYPE_PERCPU_ARRAY] = true,
	[BPF_MAP_TYPE_PERCPU_HASH] = true,
	[BPF_MAP_TYPE_LRU_PERCPU_HASH] = true,
};

static uint64_t map_memory(const struct object_map *map, uint64_t entries, unsigned int processors)
{
	enum { BOOKKEEPING = 64, RING_PAGES = 3 };
	size_t type = (size_t)map->type;
	uint64_t element = (map->value_size + UINT64_C(7)) / 8 * 8;

	if (map->type == BPF_MAP_TYPE_RINGBUF)
		return entries + pages(1) * RING_PAGES;
	/* libbpf gives it an entry for each. */
	if (map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && !entries)
		entries = processors;
	if (type < ARRAY_SIZE(per_processor) && per_processor[type])
		element *= processors;
	if (type >= ARRAY_SIZE(indexed) || !indexed[type])
		element += map->key_size + BOOKKEEPING;
	return element * entries;
}

static bool uses(const struct object *object, const struct program_ref *refs, size_t n, int map)
{
	const struct object_program *program;
	size_t i, j;

	for (i = 0; i < n; i++) {
		program = object_program(object, refs[i].name);
		for (j = 0; program && j < program->n_maps; j++)
			if (program->maps[j] == map)
				return true;
	}
	return false;
}

uint64_t object_memory(const struct object *object, const struct featsel_candidate *candidate,
		       const struct program_ref *refs, size_t n, unsigned int processors)
{
	const struct object_program *program;
	const struct object_map *map;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < object->n_maps; i++) {
		map = &object->maps[i];
		if (uses(object, refs, n, (int)i))
			sum += pages(map_memory(map, entries_of(map, candidate), processors));
	}
	for (i = 0; i < n; i++) {
		program = object_program(object, refs[i].name);
		sum += program ? pages(program->insns * sizeof(struct bpf_insn)) : 0;
	}
	return sum;
}

const char *object_gpl_reason(const struct object_program *program, const struct section *section)
{
	if (program->needs & NEED_GPL)
		return "calls what the kernel gives to GPL compatible programs only";
	if (section->prog_type == BPF_PROG_TYPE_LSM)
		return "is an LSM program, which must be GPL compatible";
	return NULL;
}

static bool is_called(const struct object_use *use)
{
	return use->reached.how == IS_REACHED;
}

/* Helpers that wait for memory of a process: every kernel gives them to programs that may sleep,
 * and to no others. */
static bool sleeps(int helper)
{
	static const int known[] = {BPF_FUNC_copy_from_user, 161 /* ima_inode_hash */,
				    191 /* copy_from_user_task */, 193 /* ima_file_hash */};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i] == helper)
			return true;
	return false;
}

/* An ext program may do what the function may that it replaces. */
static const char *sleeper(const struct part *part)
{
	size_t i;

	if (part->section.flags & SECTION_SLEEPABLE || part->section.prog_type == BPF_PROG_TYPE_EXT)
		return NULL;
	for (i = 0; i < part->program->n_uses; i++)
		if (is_called(&part->program->uses[i]) && sleeps(part->program->uses[i].helper))
			return names_name(VOCABULARY_HELPER, part->program->uses[i].helper);
	return NULL;
}

/*
 * bpf_d_path() takes locks, so the kernel keeps a list of functions from which it may be called
 * (btf_allowlist_d_path, 5.10); hooks and iterators are asked otherwise.
 */
static bool may_call_d_path(const struct section *section)
{
	static const char *const functions[] = {
		"security_file_permission",
		"security_inode_getattr",
		"security_file_open",
		"security_path_truncate",
		"vfs_truncate",
		"vfs_fallocate",
		"dentry_open",
		"vfs_getattr",
		"filp_close",
	};
	size_t i;

	for (i = 0; section->means == ATTACH_TRACING_FUNCTION && i < ARRAY_SIZE(functions); i++)
		if (strcmp(section->target, functions[i]) == 0)
			return true;
	return section->means != ATTACH_TRACING_FUNCTION &&
	       section->means != ATTACH_TRACING_TRACEPOINT;
}

static bool mentions(const struct object_program *program, int helper)
{
	size_t i;

	for (i = 0; i < program->n_uses; i++)
		if (program->uses[i].helper == helper)
			return true;
	return false;
}

static bool calls(const struct object_program *program, int helper)
{
	size_t i;

	for (i = 0; i < program->n_uses; i++)
		if (is_called(&program->uses[i]) && program->uses[i].helper == helper)
			return true;
	return false;
}

/* What is taken must be given back on every way to the end: a program that nowhere does is refused
 * by every kernel ("Unreleased reference"; "bpf_spin_lock is missing unlock"). */
static const char *keeps(const struct object_program *program)
{
	static const struct {
		int take, give[2];
	} pairs[] = {
		{BPF_FUNC_sk_lookup_tcp, {BPF_FUNC_sk_release}},
		{BPF_FUNC_sk_lookup_udp, {BPF_FUNC_sk_release}},
		{BPF_FUNC_skc_lookup_tcp, {BPF_FUNC_sk_release}},
		{BPF_FUNC_spin_lock, {BPF_FUNC_spin_unlock}},
		{BPF_FUNC_ringbuf_reserve, {BPF_FUNC_ringbuf_submit, BPF_FUNC_ringbuf_discard}},
		{198 /* ringbuf_reserve_dynptr */, {199, 200}},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		if (calls(program, pairs[i].take) && !mentions(program, pairs[i].give[0]) &&
		    !(pairs[i].give[1] && mentions(program, pairs[i].give[1])))
			return names_name(VOCABULARY_HELPER, pairs[i].take);
	return NULL;
}

static bool mentions_kfunc(const struct object_program *program, const char *name, size_t length,
			   const char *ending)
{
	const char *kfunc;
	size_t i;

	for (i = 0; i < program->n_uses; i++) {
		kfunc = program->uses[i].helper < 0 ? program->uses[i].kfunc : NULL;
		if (kfunc && strncmp(kfunc, name, length) == 0 &&
		    strcmp(kfunc + length, ending) == 0)
			return true;
	}
	return false;
}

/* The same of functions of the kernel: bpf_iter_num_new() and bpf_iter_num_destroy(). */
static bool keeps_kfunc(const struct object_program *program, const char *kfunc)
{
	static const char *const pairs[][2] = {
		{"_new", "_destroy"}, {"_lock", "_unlock"}, {"_disable", "_enable"}};
	size_t i, length, ending;

	/* bpf_obj_new() has no partner of that kind */
	if (strncmp(kfunc, "bpf_obj_", 8) == 0)
		return false;
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		length = strlen(kfunc);
		ending = strlen(pairs[i][0]);
		if (length > ending && strcmp(kfunc + length - ending, pairs[i][0]) == 0 &&
		    !mentions_kfunc(program, kfunc, length - ending, pairs[i][1]))
			return true;
	}
	return false;
}

/* Objects of the kernel, which may be put into a map instead (bpf_kptr_xchg(), 5.19). */
static bool keeps_object(const struct object_program *program, const char *kfunc)
{
	static const char *const pairs[][2] = {
		{"bpf_task_acquire", "bpf_task_release"},
		{"bpf_task_from_pid", "bpf_task_release"},
		{"bpf_cgroup_acquire", "bpf_cgroup_release"},
		{"bpf_cgroup_from_id", "bpf_cgroup_release"},
		{"bpf_cpumask_create", "bpf_cpumask_release"},
		{"bpf_get_task_exe_file", "bpf_put_file"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		if (strcmp(pairs[i][0], kfunc) == 0)
			return !mentions(program, KPTR_XCHG) &&
			       !mentions_kfunc(program, pairs[i][1], strlen(pairs[i][1]), "");
	return false;
}

static const char *kept_kfunc(const struct object_program *program)
{
	const struct object_use *use;
	size_t i;

	for (i = 0; i < program->n_uses; i++) {
		use = &program->uses[i];
		if (use->helper < 0 && is_called(use) &&
		    (keeps_kfunc(program, use->kfunc) || keeps_object(program, use->kfunc)))
			return use->kfunc;
	}
	return NULL;
}

/* Pointers to objects of the kernel in values of maps are told by a tag in BTF, which clang before
 * 15 leaves out: "R1 has no valid kptr". */
static bool lacks_kptr(const struct object *object, const struct object_program *program)
{
	uint32_t id, n = object->btf ? btf__type_cnt(object->btf) : 0;
	const struct btf_type *type;

	if (!calls(program, KPTR_XCHG))
		return false;
	for (id = 1; id < n; id++) {
		type = btf__type_by_id(object->btf, id);
		if (btf_kind(type) == 18 /* BTF_KIND_TYPE_TAG */ &&
		    strstr(btf__name_by_offset(object->btf, type->name_off), "kptr"))
			return false;
	}
	return true;
}

/* Types whose context holds numbers only, whatever the kernel; those of tracing programs are
 * pointers with a type. */
static bool has_plain_context(int prog_type)
{
	return prog_type == BPF_PROG_TYPE_KPROBE || prog_type == BPF_PROG_TYPE_TRACEPOINT ||
	       prog_type == BPF_PROG_TYPE_RAW_TRACEPOINT;
}

static int check_code(struct inference *inference, const struct part *part)
{
	const struct object *object = inference->object;
	const struct object_program *program = part->program;
	const char *fault = program->fault, *helper = sleeper(part);
	const struct object_mistake *mistake;

	if (fault)
		return error_at(inference->err, -EINVAL, &object->at, "program '%s': %s",
				program->name, fault);
	if (helper)
		return error_at(inference->err, -EINVAL, &object->at,
				"program '%s' calls '%s', which may sleep, and its section '%s' "
				"does not allow that",
				program->name, helper, part->section.form);
	if (calls(program, BPF_FUNC_d_path) && !may_call_d_path(&part->section))
		return error_at(inference->err, -EINVAL, &object->at,
				"program '%s' calls 'd_path', which no kernel allows it in '%s'",
				program->name, part->section.target);
	helper = keeps(program);
	if (!helper)
		helper = kept_kfunc(program);
	if (helper)
		return error_at(inference->err, -EINVAL, &object->at,
				"program '%s' calls '%s' and nowhere gives back what it got, which "
				"every verifier refuses",
				program->name, helper);
	if (lacks_kptr(object, program))
		return error_at(
			inference->err, -EINVAL, &object->at,
			"program '%s' calls 'kptr_xchg', but its BTF has no pointer with the "
			"tag 'kptr': compile with a newer clang",
			program->name);
	mistake = &program->mistakes[has_plain_context(part->section.prog_type)];
	if (mistake->what)
		return error_at(inference->err, -EINVAL, &object->at,
				"program '%s': instruction %zu %s", program->name, mistake->index,
				mistake->what);
	return 0;
}

/* A program array takes programs of one type, that of those which call into it. */
static int check_members(struct inference *inference, const struct part *part)
{
	const struct object *object = inference->object;
	const struct object_program *member;
	const struct object_map *map;
	size_t i, j;

	for (i = 0; i < part->program->n_maps; i++) {
		map = &object->maps[part->program->maps[i]];
		for (j = 0; map->type == BPF_MAP_TYPE_PROG_ARRAY && j < map->programs.count; j++) {
			member = &object->programs[((const int *)map->programs.items)[j]];
			if (member->section_known &&
			    member->section.prog_type != part->section.prog_type)
				return error_at(inference->err, -EINVAL, &object->at,
						"program '%s' calls into '%s', whose member '%s' "
						"is of another type",
						part->program->name, map->name, member->name);
		}
	}
	return 0;
}

/* What no kernel can mend. */
static int check_part(struct inference *inference, const struct part *part)
{
	const struct object *object = inference->object;
	const struct object_program *program = part->program;
	const char *why = object_gpl_reason(program, &part->section);

	if (check_code(inference, part) || check_members(inference, part))
		return -EINVAL;
	if (why && !object->gpl_compatible)
		return error_at(inference->err, -EINVAL, &object->at,
				"program '%s' %s, but the object's license is '%s'", program->name,
				why, object->license);
	return 0;
}

/* As the host that answers will see it. */
static int follow_part(struct inference *inference, struct part *part)
{
	struct object_oracle oracle;

	if (!inference->oracle)
		return 0;
	oracle = *inference->oracle;
	oracle.prog_type = part->section.prog_type;
	return object_program_on(inference->object, part->program, &oracle, inference->arena,
				 &part->program);
}

static int take_part(struct inference *inference, const struct program_ref *ref, struct part *part)
{
	int r = find_program(inference->object, ref, &part->program, inference->err);

	if (r)
		return r;
	part->ref = ref;
	if (object_section(part->program, ref, &part->section))
		return error_at(inference->err, -EINVAL, &ref->at,
				"program '%s' is in section '%s', which libbpf does not know: give "
				"one with 'attach:'",
				part->program->name, part->program->section_name);
	return follow_part(inference, part) ? error_memory(inference->err)
					    : check_part(inference, part);
}

/*
 * The consumer of a perf buffer opens perf events, which other permissions guard than bpf(2) does.
 */
static int infer_consumer(struct inference *inference)
{
	const struct object *object = inference->object;
	int output, r = object_output(object, inference->candidate, &output, NULL);

	if (r == -ENOMEM)
		return error_memory(inference->err);
	if (r || object->maps[output].type != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		return 0;
	return add_name(inference, FEATURE_ATTACH, NULL, "perf_event");
}

/* What libbpf refuses the whole object for, whichever programs are wanted of it. */
static int check_object(struct inference *inference)
{
	const struct object *object = inference->object;
	size_t i;

	for (i = 0; i < object->n_maps; i++)
		if (object->maps[i].fault)
			return error_at(inference->err, -EINVAL, &object->at,
					"map '%s': libbpf does not open the object: %s",
					object->maps[i].name, object->maps[i].fault);
	return 0;
}

static int run_steps(struct inference *inference)
{
	struct part *parts = arena_array(inference->arena, inference->n_refs, sizeof(*parts));
	size_t i, j;
	int r = parts ? check_object(inference) : error_memory(inference->err);

	for (i = 0; i < inference->n_refs && !r; i++)
		r = take_part(inference, &inference->refs[i], &parts[i]);
	for (j = 0; j < ARRAY_SIZE(steps); j++)
		for (i = 0; i < inference->n_refs && !r; i++)
			r = steps[j](inference, &parts[i]);
	return r ? r : infer_consumer(inference);
}

int object_needs(const struct object *object, const struct featsel_candidate *candidate,
		 const struct object_oracle *oracle, bool all, struct arena *arena,
		 const struct object_inferred **ret, size_t *n, struct featsel_error *err)
{
	struct inference inference = {
		.object = object,
		.candidate = candidate,
		.oracle = oracle,
		.arena = arena,
		.all = all,
		.err = err,
	};
	struct object_inferred *result;
	int r;

	r = object_candidate_programs(object, candidate, arena, &inference.refs, &inference.n_refs,
				      err);
	if (!r)
		r = run_steps(&inference);
	if (!r) {
		result = arena_array(arena, inference.needs.count, sizeof(*result));
		r = result ? 0 : error_memory(err);
	}
	if (!r) {
		if (inference.needs.count)
			memcpy(result, inference.needs.items,
			       inference.needs.count * sizeof(*result));
		*ret = result;
		*n = inference.needs.count;
	}
	vec_free(&inference.needs);
	return r;
}

static int optional_target(const struct object *object, const struct program_ref *ref,
			   struct arena *arena, struct optional_target *ret,
			   struct featsel_error *err)
{
	const struct object_program *program = NULL;
	struct section section;
	int r = object_target(object, ref, arena, &ret->target, err);

	if (r || !ret->target)
		return r;
	r = find_program(object, ref, &program, err);
	if (!r)
		r = object_section(program, ref, &section);
	return r ? r : words_of(program, &section, arena, &ret->words, err);
}

int object_optional_targets(const struct object *object, const struct featsel_candidate *candidate,
			    struct arena *arena, const struct optional_target **ret, size_t *n,
			    struct featsel_error *err)
{
	struct optional_target *targets =
		arena_array(arena, candidate->n_programs, sizeof(*targets));
	size_t i, count = 0;
	int r = targets ? 0 : error_memory(err);

	for (i = 0; i < candidate->n_programs && !r; i++) {
		if (!candidate->programs[i].optional)
			continue;
		r = optional_target(object, &candidate->programs[i], arena, &targets[count], err);
		if (!r && targets[count].target)
			count++;
	}
	if (r)
		return r;
	*ret = targets;
	*n = count;
	return 0;
}

int object_infer(const struct object *object, const struct featsel_candidate *candidate,
		 const struct object_oracle *oracle, struct arena *arena,
		 const struct object_inferred **ret, size_t *n, struct featsel_error *err)
{
	return object_needs(object, candidate, oracle, false, arena, ret, n, err);
}

int object_questions(const struct object *object, const struct featsel_candidate *candidate,
		     struct arena *arena, int (*found)(void *data, const struct feature *feature),
		     void *data)
{
	const struct object_program *program;
	const struct program_ref *refs;
	size_t i, j, n;
	int r = object_candidate_programs(object, candidate, arena, &refs, &n, NULL);

	for (i = 0; i < n && !r; i++) {
		program = object_program(object, refs[i].name);
		for (j = 0; program && j < program->n_questions && !r; j++)
			r = found(data, program->questions[j]);
	}
	return r;
}
