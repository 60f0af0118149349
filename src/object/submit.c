/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * submit.c - which struct a candidate's records are
 *
 * BTF says nothing about a function's variables. But what is reserved or output has a size, and if
 * only one struct of the object that is not the kernel's has that size, it is the record.
 */
#include <bpf/btf.h>
#include <elf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/reach.h"

/* The register that tells a helper how much is output. */
static const struct {
	int helper;
	uint8_t size;
} outputs[] = {
	{BPF_FUNC_ringbuf_reserve, 2},	 {BPF_FUNC_ringbuf_output, 3}, {BPF_FUNC_seq_write, 3},
	{BPF_FUNC_perf_event_output, 5}, {BPF_FUNC_skb_output, 5},     {BPF_FUNC_xdp_output, 5},
};

struct submission {
	uint64_t size; /* 0: none was seen yet */
	bool several;  /* or one that only the run knows */
};

static int look(void *data, const struct site *site)
{
	struct submission *submission = data;
	const struct value *size;
	size_t i;

	if (site->insn->code != (BPF_JMP | BPF_CALL) || site->insn->src_reg != CALL_HELPER)
		return 0;
	for (i = 0; i < ARRAY_SIZE(outputs); i++) {
		if (outputs[i].helper != site->insn->imm)
			continue;
		size = &site->state->registers[outputs[i].size];
		submission->several |= size->kind != VALUE_NUMBER ||
				       (submission->size && submission->size != size->number);
		submission->size = size->number;
	}
	return 0;
}

static int look_through(const struct object *object, const struct object_program *program,
			struct submission *submission)
{
	struct arena *arena = arena_new();
	struct object_reach *reach = NULL;
	int r = arena ? reach_new(object, program->symbol, NULL, arena, &reach) : -ENOMEM;

	if (!r)
		r = reach_walk(reach, look, submission);
	reach_free(reach);
	arena_free(arena);
	return r;
}

/* ---- the kernel's types ---- */

struct marking {
	const struct btf *btf;
	bool *marked; /* one a type: the kernel's */
};

/* The type that this one is made of, points at or returns, members aside; 0: none. */
static uint32_t inner_of(const struct btf_type *type)
{
	if (btf_is_ptr(type) || btf_is_mod(type) || btf_is_typedef(type) || btf_is_func_proto(type))
		return type->type;
	return btf_is_array(type) ? btf_array(type)->type : 0;
}

static int push(struct marking *marking, struct vec *open, uint32_t id)
{
	uint32_t *slot;

	if (!id || id >= btf__type_cnt(marking->btf) || marking->marked[id])
		return 0;
	marking->marked[id] = true;
	slot = vec_add(open, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = id;
	return 0;
}

static int mark(struct marking *marking, uint32_t root)
{
	struct vec open = {0};
	const struct btf_type *type;
	uint16_t i, n;
	int r = push(marking, &open, root);

	while (!r && open.count) {
		type = btf__type_by_id(marking->btf, ((uint32_t *)open.items)[--open.count]);
		n = btf_is_composite(type) || btf_is_func_proto(type) ? btf_vlen(type) : 0;
		r = push(marking, &open, inner_of(type));
		for (i = 0; i < n && !r; i++)
			r = push(marking, &open,
				 btf_is_func_proto(type) ? btf_params(type)[i].type
							 : btf_members(type)[i].type);
	}
	vec_free(&open);
	return r;
}

static int mark_cores(const struct object *object, struct marking *marking)
{
	struct object_section *section;
	size_t i, j;
	int r = 0;

	for (i = 0; i < object->n_sections && !r; i++) {
		section = &object->sections[i];
		if (section->flags & SHF_EXECINSTR)
			r = object_index_section(object, section);
		for (j = 0; j < section->n_cores && !r; j++)
			r = mark(marking, section->cores[j].type);
	}
	return r;
}

/* Whether the function's arguments involve kernel types. */
static bool is_shared(const struct object *object, const struct btf_type *function)
{
	return btf_is_func(function) &&
	       (BTF_INFO_VLEN(function->info) == BTF_FUNC_EXTERN ||
		dict_get(&object->program_names,
			 btf__name_by_offset(object->btf, function->name_off)));
}

static int mark_all(const struct object *object, struct marking *marking)
{
	const struct btf_type *type;
	uint32_t id;
	int r = mark_cores(object, marking);

	for (id = 1; id < btf__type_cnt(object->btf) && !r; id++) {
		type = btf__type_by_id(object->btf, id);
		if (is_shared(object, type))
			r = mark(marking, type->type);
	}
	return r;
}

/* Map definitions, and the types of map values. */
static int mark_maps(const struct object *object, struct marking *marking)
{
	const struct btf_type *section;
	size_t i, j;
	int r = 0;

	for (i = 0; i < object->datasecs.count; i++) {
		section = ((const struct btf_type *const *)object->datasecs.items)[i];
		if (strcmp(btf__name_by_offset(object->btf, section->name_off), ".maps") != 0)
			continue;
		for (j = 0; j < btf_vlen(section) && !r; j++)
			r = mark(marking,
				 btf__type_by_id(object->btf, btf_var_secinfos(section)[j].type)
					 ->type);
	}
	return r;
}

/* How many there are; in *name one of them. */
static size_t count_structs(const struct marking *marking, uint64_t size, const char **name)
{
	const struct btf_type *type;
	const char *its;
	size_t n = 0;
	uint32_t id;

	for (id = 1; id < btf__type_cnt(marking->btf); id++) {
		type = btf__type_by_id(marking->btf, id);
		if (!btf_is_struct(type) || type->size != size || marking->marked[id])
			continue;
		its = btf__name_by_offset(marking->btf, type->name_off);
		if (!its || !*its)
			continue;
		*name = its;
		n++;
	}
	return n;
}

static int find_struct(const struct object *object, uint64_t size, const char **ret)
{
	struct marking marking = {.btf = object->btf};
	const char *name;
	size_t n = 0;
	int r;

	marking.marked = calloc(btf__type_cnt(object->btf), sizeof(*marking.marked));
	r = marking.marked ? mark_all(object, &marking) : -ENOMEM;
	if (!r)
		n = count_structs(&marking, size, &name);
	/* One of several may be only a map's value. */
	if (n > 1) {
		r = mark_maps(object, &marking);
		n = count_structs(&marking, size, &name);
	}
	if (!r && n == 1)
		*ret = name;
	free(marking.marked);
	return r;
}

int object_submitted(const struct object *object, const struct object_program *const *programs,
		     size_t n, const char **ret)
{
	struct submission submission = {0};
	const struct object_program *program;
	size_t i;
	int r = 0;

	*ret = NULL;
	for (i = 0; i < n && !r && !submission.several; i++) {
		program = object_program(object, programs[i]->name);
		if (!program)
			return -ENOMEM;
		if (!program->fault)
			r = look_through(object, program, &submission);
	}
	if (r || submission.several || !submission.size || !object->btf)
		return r;
	return find_struct(object, submission.size, ret);
}
