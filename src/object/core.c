/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* core.c - CO-RE relocations: their subjects, and what they need from the kernel */
#include <bpf/btf.h>
#include <elf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "object/private.h"

#define CORE_SIZE 16 /* struct bpf_core_relo */

#define ACCESS_DEPTH 64 /* libbpf's BPF_CORE_SPEC_MAX_LEN */

bool object_core_present(const struct object *object)
{
	struct ext_block block;
	const uint8_t *part;
	size_t size, at = 0;

	if (object_ext_part(object, EXT_CORES, &part, &size))
		return false;
	while (part && object_ext_next(part, size, &at, &block))
		if (block.count)
			return true;
	return false;
}

static int compare_cores(const void *left, const void *right)
{
	const struct object_core *a = left, *b = right;

	return a->insn_offset < b->insn_offset ? -1 : a->insn_offset > b->insn_offset;
}

static int take_block(const struct object *object, struct object_section *section,
		      const struct ext_block *block)
{
	uint32_t i;

	section->cores = arena_array(object->arena, block->count, sizeof(*section->cores));
	if (!section->cores)
		return -ENOMEM;
	for (i = 0; i < block->count; i++)
		memcpy(&section->cores[i], block->records + (size_t)i * block->record_size,
		       CORE_SIZE);
	section->n_cores = block->count;
	qsort(section->cores, section->n_cores, sizeof(*section->cores), compare_cores);
	return 0;
}

static int index_cores(const struct object *object, struct object_section *section)
{
	struct ext_block block;
	const uint8_t *part;
	size_t size, at = 0;
	const char *name;

	if (!object->btf || object_ext_part(object, EXT_CORES, &part, &size))
		return 0;
	while (part && object_ext_next(part, size, &at, &block)) {
		name = btf__name_by_offset(object->btf, block.name);
		if (name && strcmp(name, section->name) == 0)
			return take_block(object, section, &block);
	}
	return 0;
}

int object_index_section(const struct object *object, struct object_section *section)
{
	int r;

	if (section->indexed)
		return 0;
	section->n_relocations = 0;
	r = section->relocated_by ? object_read_relocations(object, section) : 0;
	if (!r)
		r = index_cores(object, section);
	section->indexed = r == 0;
	return r;
}

/* "task_struct___old" is "task_struct": what follows three underscores is the local flavour. */
static int essential(const char *name)
{
	const char *flavour = strstr(name, "___");

	return (int)(flavour && flavour > name ? (size_t)(flavour - name) : strlen(name));
}

/* A numbered access: the member's name is appended to @path unless it is anonymous. Returns the
 * member's type. */
static const struct btf_type *descend(const struct btf *btf, const struct btf_type *type,
				      unsigned long index, char *path, size_t room)
{
	const struct btf_member *member;
	const char *name;
	size_t length = strlen(path);

	if (btf_is_array(type))
		return object_bare_type(btf, btf_array(type)->type);
	if (!btf_is_composite(type) || index >= btf_vlen(type))
		return NULL;
	member = btf_members(type) + index;
	name = btf__name_by_offset(btf, member->name_off);
	if (name && *name &&
	    (size_t)snprintf(path + length, room - length, ".%s", name) >= room - length)
		return NULL;
	return object_bare_type(btf, member->type);
}

static const char *field_subject(const struct object *object, struct object_core *core,
				 const char *access)
{
	const struct btf_type *root = object_bare_type(object->btf, core->type), *type = root;
	const char *name = root ? btf__name_by_offset(object->btf, root->name_off) : NULL;
	char path[512] = "", *end;
	unsigned long index;
	int depth = 0;

	/* The first number counts whole objects, as in p[0]. */
	core->indexed = strtoul(access, &end, 10) != 0;
	while (*end == ':' && type && depth++ < ACCESS_DEPTH) {
		index = strtoul(end + 1, &end, 10);
		core->indexed = core->indexed || btf_is_array(type);
		type = descend(object->btf, type, index, path, sizeof(path));
	}
	/* An anonymous or scalar root cannot be named; still it is known that kernel BTF is
	 * needed. */
	if (!type || !btf_is_composite(root) || !name || !*name)
		return NULL;
	return arena_printf(object->arena, "%s %.*s%s", btf_is_union(root) ? "union" : "struct",
			    essential(name), name, path);
}

static const char *value_subject(const struct object *object, struct object_core *core,
				 const char *access)
{
	const struct btf_type *root = object_bare_type(object->btf, core->type);
	const char *name = root ? btf__name_by_offset(object->btf, root->name_off) : NULL, *value;
	unsigned long index = strtoul(access, NULL, 10);
	uint32_t value_name;

	if (!name || !*name || !btf_is_any_enum(root) || index >= btf_vlen(root))
		return NULL;
	value_name = btf_is_enum(root) ? btf_enum(root)[index].name_off
				       : btf_enum64(root)[index].name_off;
	value = btf__name_by_offset(object->btf, value_name);
	if (!value || !*value)
		return NULL;
	return arena_printf(object->arena, "enum %.*s.%.*s", essential(name), name,
			    essential(value), value);
}

/* A typedef is looked for by its own name. */
static const char *type_subject(const struct object *object, struct object_core *core,
				const char *access)
{
	static const char *const words[] = {
		[BTF_KIND_STRUCT] = "struct",	[BTF_KIND_UNION] = "union",
		[BTF_KIND_ENUM] = "enum",	[BTF_KIND_FWD] = "struct",
		[BTF_KIND_TYPEDEF] = "typedef", [BTF_KIND_ENUM64] = "enum"};
	const struct btf_type *type = btf__type_by_id(object->btf, core->type);
	const char *name = type ? btf__name_by_offset(object->btf, type->name_off) : NULL;
	size_t kind = type ? btf_kind(type) : 0;

	(void)access;
	if (!name || !*name || kind >= ARRAY_SIZE(words) || !words[kind])
		return NULL;
	return arena_printf(object->arena, "%s %.*s", words[kind], essential(name), name);
}

/* A relocation whose target is missing poisons the instruction, except for questions about
 * existence and about types, for which libbpf writes 0. */
static const struct {
	const char *(*subject)(const struct object *object, struct object_core *core,
			       const char *access);
	bool poisons;
} core_rows[CORE_KIND_COUNT] = {
	[CORE_FIELD_BYTE_OFFSET] = {field_subject, true},
	[CORE_FIELD_BYTE_SIZE] = {field_subject, true},
	[CORE_FIELD_EXISTS] = {field_subject, false},
	[CORE_FIELD_SIGNED] = {field_subject, true},
	[CORE_FIELD_LSHIFT_U64] = {field_subject, true},
	[CORE_FIELD_RSHIFT_U64] = {field_subject, true},
	[CORE_TYPE_ID_TARGET] = {type_subject, false},
	[CORE_TYPE_EXISTS] = {type_subject, false},
	[CORE_TYPE_SIZE] = {type_subject, false},
	[CORE_ENUMVAL_EXISTS] = {value_subject, false},
	[CORE_ENUMVAL_VALUE] = {value_subject, true},
	[CORE_TYPE_MATCHES] = {type_subject, false},
};

const char *object_core_subject(const struct object *object, struct object_core *core)
{
	const char *access = btf__name_by_offset(object->btf, core->access);

	if (!core->known && access && core->kind < CORE_KIND_COUNT && core_rows[core->kind].subject)
		core->subject = core_rows[core->kind].subject(object, core, access);
	core->known = true;
	return core->subject;
}

bool object_core_asks_kernel(const struct object_core *core)
{
	return core->kind != CORE_TYPE_ID_LOCAL;
}

/* ---- what libbpf refuses a relocation for ---- */

struct access {
	uint32_t indices[ACCESS_DEPTH];
	size_t n;
};

/* "0:1:2" */
static bool read_access(const char *text, struct access *ret)
{
	unsigned long index;
	char *end;

	ret->n = 0;
	do {
		if (*text < '0' || *text > '9' || ret->n == ACCESS_DEPTH)
			return false;
		index = strtoul(text, &end, 10);
		if (index > INT32_MAX)
			return false;
		ret->indices[ret->n++] = (uint32_t)index;
		text = end + 1;
	} while (*end == ':');
	return !*end;
}

/* One step from @id into a member at *bits; @id becomes the member's type. */
static bool step_into(const struct btf *btf, uint32_t *id, uint32_t index, uint64_t *bits)
{
	const struct btf_type *type = object_bare_type(btf, *id);
	const struct btf_array *array;

	if (type && btf_is_composite(type)) {
		if (index >= btf_vlen(type))
			return false;
		*bits += btf_member_bit_offset(type, index);
		*id = btf_members(type)[index].type;
		return true;
	}
	if (!type || !btf_is_array(type))
		return false;
	array = btf_array(type);
	*id = array->type;
	*bits += (uint64_t)index * (uint64_t)btf__resolve_size(btf, array->type) * 8;
	/* a flexible one has none */
	return !array->nelems || index < array->nelems;
}

/* The type of a field, as a relocation of an address or a load means it; NULL. */
static const struct btf_type *field_type(const struct object *object,
					 const struct object_core *core, bool *bitfield)
{
	const char *text = btf__name_by_offset(object->btf, core->access);
	struct access access;
	const struct btf_type *type;
	uint32_t id = core->type;
	uint64_t bits = 0;
	size_t i;

	*bitfield = false;
	if (!text || !read_access(text, &access))
		return NULL;
	for (i = 1; i < access.n; i++) {
		type = object_bare_type(object->btf, id);
		*bitfield = type && btf_is_composite(type) && access.indices[i] < btf_vlen(type) &&
			    btf_member_bitfield_size(type, access.indices[i]);
		if (!step_into(object->btf, &id, access.indices[i], &bits))
			return NULL;
	}
	return object_bare_type(object->btf, id);
}

/* The step into what @id is the type of. */
static void describe(const struct btf *btf, uint32_t id, struct object_step *step)
{
	const struct btf_type *type = object_bare_type(btf, id);
	const char *tag;

	for (; type && btf_is_array(type); step->dimensions++)
		type = object_bare_type(btf, btf_array(type)->type);
	step->kind = type ? btf_kind(type) : BTF_KIND_UNKN;
	if (!type || (!btf_is_any_enum(type) && !btf_is_fwd(type)))
		return;
	tag = btf__name_by_offset(btf, type->name_off);
	step->tag = tag ? tag : "";
}

/* The steps of a relocation of a field; anonymous members are none. 0: there are none. */
static size_t steps_of(const struct object *object, const struct object_core *core,
		       struct object_step *steps)
{
	const char *text = btf__name_by_offset(object->btf, core->access), *name;
	const struct btf_type *type;
	struct access access;
	uint32_t id = core->type;
	uint64_t bits = 0;
	size_t i, n = 0;

	if (!text || !read_access(text, &access))
		return 0;
	for (i = 1; i < access.n; i++) {
		type = object_bare_type(object->btf, id);
		if (!step_into(object->btf, &id, access.indices[i], &bits))
			return 0;
		steps[n] = (struct object_step){.index = access.indices[i]};
		if (btf_is_composite(type)) {
			name = btf__name_by_offset(object->btf,
						   btf_members(type)[access.indices[i]].name_off);
			if (!name || !*name)
				continue;
			steps[n].name = name;
			describe(object->btf, id, &steps[n]);
		}
		n++;
	}
	return n;
}

bool object_core_leads(const struct object *object, struct object_core *core,
		       const struct object_oracle *oracle)
{
	const char *subject = object_core_subject(object, core);
	struct object_step steps[ACCESS_DEPTH];
	size_t n;

	if (!subject || !oracle || !oracle->leads || core->kind > CORE_FIELD_RSHIFT_U64)
		return true;
	n = steps_of(object, core, steps);
	return !n || oracle->leads(oracle->data, subject, steps, n);
}

/*
 * libbpf fits a load to the size that the field has in the kernel only if both are unsigned
 * integers or pointers; else, and where one is a bit field and the other is none, it poisons the
 * instruction (bpf_core_calc_relo(): fail_memsz_adjust).
 */
static void find_form(const struct object *object, const struct object_section *section,
		      struct object_core *core, struct object_type_need *ret)
{
	const struct btf_type *type;
	struct bpf_insn insn;
	uint8_t insn_class;
	bool bitfield;

	memcpy(&insn, section->data + core->insn_offset, sizeof(insn));
	insn_class = BPF_CLASS(insn.code);
	if (core->kind != CORE_FIELD_BYTE_OFFSET || core->indexed ||
	    (insn_class != BPF_LDX && insn_class != BPF_ST && insn_class != BPF_STX))
		return;
	type = field_type(object, core, &bitfield);
	if (!type || btf_is_array(type))
		return;
	ret->loaded = bitfield ? 0 : btf_is_ptr(type) ? (int)sizeof(void *) : (int)type->size;
	ret->adjusts =
		!bitfield && (btf_is_ptr(type) ||
			      (btf_is_int(type) && btf_int_encoding(type) != BTF_INT_SIGNED));
}

bool object_core_need(const struct object *object, const struct object_section *section,
		      struct object_core *core, struct object_type_need *ret)
{
	*ret = (struct object_type_need){.core = core, .loaded = -1};
	if (core->kind < CORE_KIND_COUNT && core_rows[core->kind].poisons)
		ret->feature = object_core_subject(object, core);
	if (!ret->feature)
		return false;
	find_form(object, section, core, ret);
	return true;
}

/* *bits: where the field lies in the object's own type. */
static const char *field_fault(const struct object *object, const struct object_core *core,
			       const struct access *access, uint64_t *bits)
{
	int64_t size = btf__resolve_size(object->btf, core->type);
	uint32_t id = core->type;
	size_t i;

	*bits = (uint64_t)access->indices[0] * (uint64_t)size * 8;
	if (size < 0)
		return "its type has no size";
	for (i = 1; i < access->n; i++)
		if (!step_into(object->btf, &id, access->indices[i], bits))
			return "its type has no such member";
	return NULL;
}

static const char *value_fault(const struct object *object, const struct object_core *core,
			       const struct access *access, uint64_t *bits)
{
	const struct btf_type *type = object_bare_type(object->btf, core->type);

	*bits = 0;
	return type && btf_is_any_enum(type) && access->n == 1 &&
			       access->indices[0] < btf_vlen(type)
		       ? NULL
		       : "its type has no such value";
}

static const char *type_fault(const struct object *object, const struct object_core *core,
			      const struct access *access, uint64_t *bits)
{
	(void)object;
	(void)core;
	*bits = 0;
	return access->n == 1 && !access->indices[0] ? NULL : "it is about a part of a type";
}

/* The constant in the instruction; false: it has none. */
static bool constant_at(const struct object_section *section, uint64_t offset, int64_t *ret)
{
	struct bpf_insn insn[2] = {0};
	uint8_t insn_class;

	memcpy(insn, section->data + offset,
	       section->size - offset < sizeof(insn) ? sizeof(*insn) : sizeof(insn));
	insn_class = BPF_CLASS(insn->code);
	*ret = insn->off;
	if (insn_class == BPF_LDX || insn_class == BPF_ST || insn_class == BPF_STX)
		return true;
	*ret = insn->imm;
	if (insn_class == BPF_ALU || insn_class == BPF_ALU64)
		return BPF_SRC(insn->code) == BPF_K;
	*ret = (int64_t)((uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm);
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* What a compiler answers for the types of its own: 1. */
static bool asks_existence(uint32_t kind)
{
	return kind == CORE_FIELD_EXISTS || kind == CORE_TYPE_EXISTS || kind == CORE_TYPE_MATCHES ||
	       kind == CORE_ENUMVAL_EXISTS;
}

/*
 * libbpf replaces only what the compiler emitted. A bit field is loaded with the bytes around it;
 * libbpf compares nothing there (bpf_core_calc_field_relo(): validate).
 */
static const char *constant_fault(const struct object *object, const struct object_section *section,
				  const struct object_core *core, uint64_t bits)
{
	bool bitfield;
	int64_t now;

	if (!constant_at(section, core->insn_offset, &now))
		return "it is of an instruction without a constant";
	if (asks_existence(core->kind))
		return now == 1 ? NULL : "its instruction does not hold the 1 of what exists";
	if (core->kind != CORE_FIELD_BYTE_OFFSET || (uint64_t)now == bits / 8)
		return NULL;
	field_type(object, core, &bitfield);
	return bitfield ? NULL : "its instruction holds the place of another member";
}

const char *object_core_fault(const struct object *object, struct object_section *section,
			      const uint8_t *record)
{
	static const char *(*const faults[CORE_KIND_COUNT])(
		const struct object *object, const struct object_core *core,
		const struct access *access, uint64_t *bits) = {
		[CORE_FIELD_BYTE_OFFSET] = field_fault, [CORE_FIELD_BYTE_SIZE] = field_fault,
		[CORE_FIELD_EXISTS] = field_fault,	[CORE_FIELD_SIGNED] = field_fault,
		[CORE_FIELD_LSHIFT_U64] = field_fault,	[CORE_FIELD_RSHIFT_U64] = field_fault,
		[CORE_TYPE_ID_LOCAL] = type_fault,	[CORE_TYPE_ID_TARGET] = type_fault,
		[CORE_TYPE_EXISTS] = type_fault,	[CORE_TYPE_SIZE] = type_fault,
		[CORE_ENUMVAL_EXISTS] = value_fault,	[CORE_ENUMVAL_VALUE] = value_fault,
		[CORE_TYPE_MATCHES] = type_fault,
	};
	struct object_core core = {0};
	const char *text, *fault;
	struct access access;
	uint64_t bits;

	memcpy(&core, record, CORE_SIZE);
	text = btf__name_by_offset(object->btf, core.access);
	if (core.insn_offset % sizeof(struct bpf_insn) || core.insn_offset >= section->size ||
	    !section->data)
		return "it is of no instruction";
	/* libbpf ignores relocations outside functions. */
	if (!object_function(object, (size_t)(section - object->sections), core.insn_offset))
		return NULL;
	if (core.kind >= CORE_KIND_COUNT)
		return "it is of a kind that libbpf does not know";
	if (!core.type || !btf__type_by_id(object->btf, core.type))
		return "its type does not exist";
	if (!text || !read_access(text, &access))
		return "its path is none";
	fault = faults[core.kind](object, &core, &access, &bits);
	return fault ? fault : constant_fault(object, section, &core, bits);
}
