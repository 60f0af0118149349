/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fields.c - the fields of a tracepoint that a program takes to stand where its own struct has them
 *
 * The fields behind the common ones are at other places on PREEMPT_RT and RHEL 9.3. No verifier
 * knows of that: the program would read something else. What libbpf moves, because the struct is
 * that of the kernel's types, needs no asking.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "object/private.h"

/* What the program's context points to, by its own types; NULL. */
static const struct btf_type *context_struct(const struct object *object,
					     const struct object_program *program)
{
	const struct btf_type *type;
	int id = object->btf
			 ? btf__find_by_name_kind(object->btf, program->symbol->name, BTF_KIND_FUNC)
			 : -ENOENT;

	type = id > 0 ? btf__type_by_id(object->btf, (uint32_t)id) : NULL;
	type = type ? object_bare_type(object->btf, type->type) : NULL;
	if (!type || !btf_is_func_proto(type) || !btf_vlen(type))
		return NULL;
	type = object_bare_type(object->btf, btf_params(type)[0].type);
	type = type && btf_is_ptr(type) ? object_bare_type(object->btf, type->type) : NULL;
	return type && btf_is_struct(type) ? type : NULL;
}

static bool is_read(const struct object_program *program, const struct object *object,
		    const struct btf_member *member, uint32_t offset)
{
	int64_t size = btf__resolve_size(object->btf, member->type);
	uint32_t first = offset / 4, last = size > 0 ? (offset + (uint32_t)size - 1) / 4 : first;

	for (uint32_t i = first; i <= last && i < 64; i++)
		if (program->reads >> i & 1)
			return true;
	return false;
}

/* "__data_loc_name": so the kernel's own types, and tools, call what says where a name lies. */
static const char *field_name(const char *member)
{
	static const char *const prefixes[] = {"__data_loc_", "data_loc_"};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(member, prefixes[i], strlen(prefixes[i])) == 0)
			return member + strlen(prefixes[i]);
	return member;
}

/* All calls have these, args for the first argument: see host/attach-tracepoint.c. */
static bool is_of_every_call(const char *target, const char *field)
{
	return (strncmp(target, "syscalls/sys_enter_", 19) == 0 && strcmp(field, "args") == 0) ||
	       (strncmp(target, "syscalls/sys_exit_", 18) == 0 && strcmp(field, "ret") == 0);
}

/* The next member, from *@i on, that the program reads and that may be the name of a field. */
static const char *next_field(const struct object *object, const struct object_program *program,
			      const struct btf_type *type, int *i, uint32_t *offset)
{
	const struct btf_member *member;
	const char *name;

	for (; *i < btf_vlen(type); ++*i) {
		member = &btf_members(type)[*i];
		name = btf__name_by_offset(object->btf, member->name_off);
		*offset = btf_member_bit_offset(type, (uint32_t)*i) / 8;
		if (!name || !*name || btf_member_bitfield_size(type, (uint32_t)*i) ||
		    !is_read(program, object, member, *offset))
			continue;
		++*i;
		return field_name(name);
	}
	return NULL;
}

static const struct feature *existence(struct arena *arena, const struct section *section,
				       const char *field)
{
	const struct feature *feature;
	const char *text = arena_printf(arena, "%s/%s[%s]", section->form, section->target, field);

	return text && !feature_make(arena, FEATURE_ATTACH, NULL, text, &feature, NULL) ? feature
											: NULL;
}

/* Any member may be called like no field: only what the tracepoint has can be elsewhere. */
static bool is_elsewhere(const struct object_oracle *oracle, struct arena *arena,
			 const struct section *section, const char *field)
{
	const struct feature *feature;

	if (!oracle || is_of_every_call(section->target, field))
		return false;
	feature = existence(arena, section, field);
	return feature && oracle->ask(oracle->data, feature) == FEATSEL_NO;
}

static bool has_fields(const struct object_program *program, const struct section *section)
{
	return section->means == ATTACH_TRACEPOINT && *section->target && program->reads;
}

int object_fields(const struct object_query *query, const struct object_program *program,
		  const struct section *section, struct arena *arena, const struct feature **ret,
		  struct featsel_error *err)
{
	const struct btf_type *type =
		has_fields(program, section) ? context_struct(query->object, program) : NULL;
	const char *field, *text = "";
	uint32_t offset;
	int i = 0;

	*ret = NULL;
	while (type && text && (field = next_field(query->object, program, type, &i, &offset)))
		if (!is_elsewhere(query->oracle, arena, section, field))
			text = arena_printf(arena, "%s%s%s@%u", text, *text ? "," : "", field,
					    offset);
	if (text && !*text)
		return 0;
	text = text ? arena_printf(arena, "%s/%s[%s]", section->form, section->target, text) : NULL;
	return text ? feature_make(arena, FEATURE_ATTACH, NULL, text, ret, err) : error_memory(err);
}

struct listener {
	int (*found)(void *data, const struct feature *feature);
	void *data;
};

/* What object_fields() may ask. */
static int field_questions(const struct object *object, const struct object_program *program,
			   const struct section *section, struct arena *arena,
			   const struct listener *listener)
{
	const struct btf_type *type =
		has_fields(program, section) ? context_struct(object, program) : NULL;
	const struct feature *feature;
	const char *field;
	uint32_t offset;
	int i = 0, r = 0;

	while (type && !r && (field = next_field(object, program, type, &i, &offset))) {
		if (is_of_every_call(section->target, field))
			continue;
		feature = existence(arena, section, field);
		r = feature ? listener->found(listener->data, feature) : -ENOMEM;
	}
	return r;
}

int object_questions(const struct object *object, const struct featsel_candidate *candidate,
		     struct arena *arena, int (*found)(void *data, const struct feature *feature),
		     void *data)
{
	const struct listener listener = {found, data};
	const struct object_program *program;
	const struct program_ref *refs;
	struct section section;
	size_t i, j, n;
	int r = object_candidate_programs(object, candidate, arena, &refs, &n, NULL);

	for (i = 0; i < n && !r; i++) {
		program = object_program(object, refs[i].name);
		r = program ? object_program_on(object, program, NULL, arena, &program) : 0;
		for (j = 0; program && j < program->n_questions && !r; j++)
			r = found(data, program->questions[j]);
		if (program && !r && !object_section(program, &refs[i], &section))
			r = field_questions(object, program, &section, arena, &listener);
	}
	return r;
}
