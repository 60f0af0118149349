/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * infer.c - the requirements that a candidate's object implies
 *
 * In order of evaluation: types and kernel BTF first, which decide most and cost least; then the
 * target, maps, helpers and instructions; last the kernel types of CO-RE relocations, since
 * answering for those reads the kernel's BTF.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

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
		if (reached->how == IS_REACHED &&
		    (known[i].reached.how != IS_REACHED || !reached->hinge))
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
 * Helpers that every kernel from 4.18 gives to every caller that may load the program: asking would
 * cost a call and decide nothing. tracing_func_proto() has had these, unconditionally, since 4.9.
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

/* Whether a kernel with the program type may lack the attach type. */
static bool may_lack_attach_type(const struct section *section)
{
	size_t type = (size_t)section->prog_type;

	/* What programs of the type did before they had a second attach type (5.14). */
	if (section->attach_type < 0 || section->attach_type == BPF_SK_REUSEPORT_SELECT)
		return false;
	/* Since 5.13; attaching checks it, loading does not. */
	if (section->attach_type == BPF_SK_SKB_VERDICT)
		return true;
	return type < ARRAY_SIZE(attach_type_decides) && attach_type_decides[type];
}

static int infer_attach_type(struct inference *inference, const struct part *part)
{
	return may_lack_attach_type(&part->section)
		       ? add_number(inference, FEATURE_ATTACH_TYPE, part->section.prog_type,
				    part->section.attach_type)
		       : 0;
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

/* bpf_lsm_*() are the functions that hooks call while bpf is an active LSM; otherwise they never
 * run. */
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

	/* An ext program also depends on the program that it replaces: object_places(). */
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

static int infer_words(struct inference *inference, const struct part *part)
{
	const struct object_query query = {.object = inference->object,
					   .oracle = inference->oracle};
	const struct feature *words;
	int r;

	if (part->ref->loaded_only || part->ref->optional)
		return 0;
	r = object_words(&query, part->program, &part->section, inference->arena, &words,
			 inference->err);
	return r || !words ? r : add(inference, words);
}

static int infer_map_type(struct inference *inference, int type,
			  const struct object_reached *reached)
{
	if (map_everywhere(type) && !inference->all)
		return 0;
	return add_reached(inference, feature_of(inference->arena, FEATURE_MAP_TYPE, -1, type),
			   reached);
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

/* Without a size of its own libbpf creates it nevertheless: perf_event_array since 1.4. */
static bool inner_sizes_itself(int type)
{
	if (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		return !linked_libbpf_before(4);
	return type != BPF_MAP_TYPE_RINGBUF && object_map_sizes_itself(type);
}

/* libbpf creates a map like the inner ones before the outer map, with the size as defined. */
static int infer_inner(struct inference *inference, const struct object_map *outer,
		       const struct object_map *inner)
{
	const struct map_ref *said = candidate_map(inference->candidate, outer->name);
	const char *wrong = object_map_fault(inner);

	if (wrong)
		return error_at(inference->err, -EINVAL, &inference->object->at,
				"map '%s' cannot be created: of its inner map: %s", outer->name,
				wrong);
	if (!inner->max_entries && !object_map_said(said, MAP_INNER) &&
	    !inner_sizes_itself(inner->type))
		return error_at(inference->err, -EINVAL, &inference->object->at,
				"the inner map of '%s' has no size: give one with 'maps: {%s: "
				"{inner: {max_entries: N}}}'",
				outer->name, outer->name);
	return infer_map_type(inference, inner->type, &always);
}

static int check_link(struct inference *inference, const struct object_map *map)
{
	if (!map->linked || !linked_libbpf_before(2))
		return 0;
	return error_at(inference->err, -EINVAL, &inference->object->at,
			"structure '%s' stands in section .struct_ops.link, which libbpf knows "
			"since 1.2 and this one, older, does not",
			map->name);
}

static int infer_map(struct inference *inference, const struct object_map *map,
		     const struct object_reached *reached)
{
	struct object_map said;
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
	said = object_map_as_said(inference->object, (int)(map - inference->object->maps),
				  inference->candidate);
	wrong = object_map_fault(&said);
	if (wrong)
		return error_at(inference->err, -EINVAL, &inference->object->at,
				"map '%s' cannot be created by any kernel: %s", map->name, wrong);
	r = check_link(inference, map);
	if (!r)
		r = infer_map_type(inference, map->type, reached);
	if (!r && map->type == BPF_MAP_TYPE_STRUCT_OPS)
		r = infer_struct_ops(inference, map);
	if (!r && map->inner >= 0)
		r = infer_inner(inference, map, &inference->object->maps[map->inner]);
	return r;
}

static int infer_maps(struct inference *inference, const struct part *part)
{
	const struct object_program *program = part->program;
	size_t i;
	int r = 0;

	for (i = 0; i < program->n_maps && !r; i++)
		if (program->map_reached[i].how != NOT_REACHED)
			r = infer_map(inference, &inference->object->maps[program->maps[i]],
				      &program->map_reached[i]);
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
 * libbpf replaces the new helper by the old one if the kernel lacks it (5.5), so the old one is
 * required. s390, where user and kernel addresses overlap, is the opposite: it has only the new
 * ones, and is big endian.
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
		{NEED_ENTERED_LOOPS, "entered_loops"},
		{NEED_V3, "v3"},
		{NEED_V4 | NEED_V4_OPERANDS, "v4"},
		{NEED_ATOMICS, "atomics"},
		{NEED_CALLBACKS, "callbacks"},
	};
	size_t i;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(needs) && !r; i++)
		if (part->program->needs & needs[i].need)
			r = add_name(inference, FEATURE_INSNS, NULL, needs[i].name);
	return r;
}

/* A missing strong extern ends the load; externs of other programs are made weak, reduce.c. */
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

static bool ask_number(const struct inference *inference, enum object_number kind, const char *name,
		       uint64_t *ret)
{
	const struct object_oracle *oracle = inference->oracle;

	return oracle && oracle->number && oracle->number(oracle->data, kind, name, ret);
}

/* An unknown answer is taken to fit. */
static bool fits(const struct inference *inference, const struct object_type_need *need)
{
	uint64_t size, is_signed;

	if (need->loaded < 0 || need->reached.how != IS_REACHED ||
	    !ask_number(inference, OBJECT_FIELD_FORM, need->feature, &size) ||
	    size == (uint64_t)need->loaded)
		return true;
	if (!size || !need->adjusts)
		return false;
	return !ask_number(inference, OBJECT_FIELD_SIGNED, need->feature, &is_signed) || !is_signed;
}

static int refuse_form(struct inference *inference, const struct part *part,
		       const struct object_type_need *need)
{
	uint64_t size = 0;

	ask_number(inference, OBJECT_FIELD_FORM, need->feature, &size);
	return error_at(inference->err, -ESRCH, &inference->object->at,
			"program '%s' reads or writes '%s', which is %s here and %s in the object: "
			"libbpf does not fit the instruction, use BPF_CORE_READ()",
			part->program->name, need->feature,
			size ? "another number of bytes" : "a bit field",
			need->loaded ? "a plain one" : "a bit field");
}

/* libbpf looks for a member of the same kind: a pointer is no number, an array none of another. */
static int find_member(struct inference *inference, const struct part *part,
		       const struct object_type_need *need)
{
	int r = add_name_reached(inference, FEATURE_BTF, NULL, need->feature, &need->reached);

	if (r || need->reached.how != IS_REACHED ||
	    object_core_leads(inference->object, need->core, inference->oracle))
		return r;
	return error_at(inference->err, -ESRCH, &inference->object->at,
			"program '%s' needs '%s', which is of another kind here than in the "
			"object: libbpf does not take the one for the other",
			part->program->name, need->feature);
}

static int infer_types(struct inference *inference, const struct part *part)
{
	const struct object_type_need *need;
	size_t i;
	int r = 0;

	for (i = 0; i < part->program->n_types && !r; i++) {
		need = &part->program->types[i];
		if (!fits(inference, need))
			return refuse_form(inference, part, need);
		if (need->loaded < 0 && need->reached.how != NOT_REACHED)
			r = find_member(inference, part, need);
	}
	return r;
}

static int (*const steps[])(struct inference *inference, const struct part *part) = {
	infer_type,    infer_attach_type, infer_btf,	infer_target,  infer_words,   infer_maps,
	infer_helpers, infer_insns,	  infer_kfuncs, infer_externs, infer_kconfig, infer_types,
};

/* The program as the answering host will see it. */
static int follow_part(struct inference *inference, struct part *part)
{
	struct object_oracle oracle;

	if (!inference->oracle)
		return object_program_on(inference->object, part->program, NULL, inference->arena,
					 &part->program);
	oracle = *inference->oracle;
	oracle.prog_type = part->section.prog_type;
	return object_program_on(inference->object, part->program, &oracle, inference->arena,
				 &part->program);
}

static int take_part(struct inference *inference, const struct program_ref *ref, struct part *part)
{
	int r = object_find_program(inference->object, ref, &part->program, inference->err);

	if (r)
		return r;
	part->ref = ref;
	if (object_section(part->program, ref, &part->section))
		return error_at(inference->err, -EINVAL, &ref->at,
				"program '%s' is in section '%s', which libbpf does not know: give "
				"one with 'attach:'",
				part->program->name, part->program->section_name);
	return follow_part(inference, part) ? error_memory(inference->err)
					    : object_check_program(inference->object, part->program,
								   &part->section, inference->err);
}

/*
 * The consumer of a perf buffer opens perf events, which other permissions guard than bpf(2) does.
 */
static int infer_consumer(struct inference *inference)
{
	const struct object *object = inference->object;
	int output, r = object_output(object, inference->candidate, inference->oracle,
				      inference->arena, &output, NULL);

	if (r == -ENOMEM)
		return error_memory(inference->err);
	if (r || object->maps[output].type != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		return 0;
	return add_name(inference, FEATURE_ATTACH, NULL, "perf_event");
}

/* Why libbpf refuses the whole object, even if the program at fault is not wanted. */
static int check_object(struct inference *inference)
{
	const struct object *object = inference->object;
	const char *fault = NULL;
	size_t i;

	for (i = 0; i < object->n_maps && !fault; i++)
		fault = object_map_unopened(object, &object->maps[i]);
	return fault ? error_at(inference->err, -EINVAL, &object->at,
				"map '%s': libbpf does not open the object: %s",
				object->maps[i - 1].name, fault)
		     : 0;
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

int object_infer(const struct object_query *query, struct arena *arena,
		 const struct object_inferred **ret, size_t *n, struct featsel_error *err)
{
	struct inference inference = {
		.object = query->object,
		.candidate = query->candidate,
		.oracle = query->oracle,
		.arena = arena,
		.all = query->all,
		.err = err,
	};
	struct object_inferred *result;
	struct object_oracle patched;
	int r;

	if (query->oracle) {
		patched = *query->oracle;
		inference.oracle = &patched;
		if (object_patch_oracle(query->object, query->candidate, arena, &patched))
			return error_memory(err);
	}
	r = object_candidate_programs(query->object, query->candidate, arena, &inference.refs,
				      &inference.n_refs, err);
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
