/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * check.c - what no kernel can mend: programs that every verifier refuses, as their code tells
 */
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "object/private.h"

/* Newer than the oldest headers that featsel builds with. */
enum { KPTR_XCHG = 194 };

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
static const char *sleeper(const struct object_program *program, const struct section *section)
{
	size_t i;

	if (section->flags & SECTION_SLEEPABLE || section->prog_type == BPF_PROG_TYPE_EXT)
		return NULL;
	for (i = 0; i < program->n_uses; i++)
		if (is_called(&program->uses[i]) && sleeps(program->uses[i].helper))
			return names_name(VOCABULARY_HELPER, program->uses[i].helper);
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

/* What is acquired must be released on every path: a program without any release is refused by
 * every kernel ("Unreleased reference"; "bpf_spin_lock is missing unlock"). */
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

/* The same for kfuncs: bpf_iter_num_new() and bpf_iter_num_destroy(). */
static bool keeps_kfunc(const struct object_program *program, const char *kfunc)
{
	static const char *const pairs[][2] = {
		{"_new", "_destroy"}, {"_lock", "_unlock"}, {"_disable", "_enable"}};
	size_t i, length, ending;

	/* bpf_obj_new() has no such counterpart */
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

/* Kernel objects that may be stored in a map instead (bpf_kptr_xchg(), 5.19). */
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

/* Pointers to kernel objects in map values are marked by a BTF tag, which clang before 15 leaves
 * out: "R1 has no valid kptr". */
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

/* Types whose context holds numbers only, on every kernel; those of tracing programs are
 * pointers with a type. */
static bool has_plain_context(int prog_type)
{
	return prog_type == BPF_PROG_TYPE_KPROBE || prog_type == BPF_PROG_TYPE_TRACEPOINT ||
	       prog_type == BPF_PROG_TYPE_RAW_TRACEPOINT;
}

static int check_code(const struct object *object, const struct object_program *program,
		      const struct section *section, struct featsel_error *err)
{
	const char *fault = program->fault, *helper = sleeper(program, section);
	const struct object_mistake *mistake;

	if (fault)
		return error_at(err, -EINVAL, &object->at, "program '%s': %s", program->name,
				fault);
	if (helper)
		return error_at(err, -EINVAL, &object->at,
				"program '%s' calls '%s', which may sleep, and its section '%s' "
				"does not allow that",
				program->name, helper, section->form);
	if (calls(program, BPF_FUNC_d_path) && !may_call_d_path(section))
		return error_at(err, -EINVAL, &object->at,
				"program '%s' calls 'd_path', which no kernel allows it in '%s'",
				program->name, section->target);
	helper = keeps(program);
	if (!helper)
		helper = kept_kfunc(program);
	if (helper)
		return error_at(err, -EINVAL, &object->at,
				"program '%s' calls '%s' and nowhere gives back what it got, which "
				"every verifier refuses",
				program->name, helper);
	if (lacks_kptr(object, program))
		return error_at(
			err, -EINVAL, &object->at,
			"program '%s' calls 'kptr_xchg', but its BTF has no pointer with the "
			"tag 'kptr': compile with a newer clang",
			program->name);
	mistake = &program->mistakes[has_plain_context(section->prog_type)];
	if (mistake->what)
		return error_at(err, -EINVAL, &object->at, "program '%s': instruction %zu %s",
				program->name, mistake->index, mistake->what);
	return 0;
}

/* A program array holds programs of one type, that of the programs that call through it. */
static int check_members(const struct object *object, const struct object_program *program,
			 const struct section *section, struct featsel_error *err)
{
	const struct object_program *member;
	const struct object_map *map;
	size_t i, j;

	for (i = 0; i < program->n_maps; i++) {
		map = &object->maps[program->maps[i]];
		for (j = 0; map->type == BPF_MAP_TYPE_PROG_ARRAY && j < map->programs.count; j++) {
			member = &object->programs[((const int *)map->programs.items)[j]];
			if (member->section_known &&
			    member->section.prog_type != section->prog_type)
				return error_at(err, -EINVAL, &object->at,
						"program '%s' calls into '%s', whose member '%s' "
						"is of another type",
						program->name, map->name, member->name);
		}
	}
	return 0;
}

/* What makes the program fail on every kernel. */
int object_check_program(const struct object *object, const struct object_program *program,
			 const struct section *section, struct featsel_error *err)
{
	const char *why = object_gpl_reason(program, section);

	if (check_code(object, program, section, err) ||
	    check_members(object, program, section, err))
		return -EINVAL;
	if (why && !object->gpl_compatible)
		return error_at(err, -EINVAL, &object->at,
				"program '%s' %s, but the object's license is '%s'", program->name,
				why, object->license);
	return 0;
}
