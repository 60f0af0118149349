/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * question.c - values that loading decides: CO-RE relocations, externs, .rodata
 *
 * Each is a number that the verifier knows. If the file does not give it the host is asked, as for
 * any feature; if the host does not know it stays open.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "object/reach.h"

/* Cached results for a section's CO-RE relocations. */
struct memo {
	const struct object_section *section;
	struct value *values;
	bool *known;
};

void questions_free(struct questions *questions)
{
	struct memo *memos = questions->memos.items;
	size_t i;

	for (i = 0; i < questions->memos.count; i++) {
		free(memos[i].values);
		free(memos[i].known);
	}
	vec_free(&questions->memos);
	vec_free(&questions->asked);
	free(questions->externs);
	free(questions->externs_known);
}

const struct feature *questions_feature(const struct questions *questions, uint32_t which)
{
	const struct feature *const *asked = questions->asked.items;

	return which && which <= questions->asked.count ? asked[which - 1] : NULL;
}

static bool same_question(const struct feature *a, const struct feature *b)
{
	return a == b || (a && b && strcmp(a->text, b->text) == 0);
}

/* The number of a question, from 1; @feature is NULL if no feature can ask it. */
static uint32_t number_of(struct questions *questions, const struct feature *feature)
{
	const struct feature *const *asked = questions->asked.items, **slot;
	size_t i;

	for (i = 0; i < questions->asked.count; i++)
		if (same_question(asked[i], feature))
			return (uint32_t)i + 1;
	slot = vec_add(&questions->asked, sizeof(*slot));
	if (!slot) {
		questions->failed = true;
		return 1;
	}
	*slot = feature;
	return (uint32_t)questions->asked.count;
}

static struct value open_value(struct questions *questions, const struct feature *feature)
{
	questions->depends = true;
	return (struct value){.kind = VALUE_OPEN, .which = number_of(questions, feature)};
}

static struct value unnamed(struct questions *questions, enum value_kind kind)
{
	return (struct value){.kind = kind, .which = number_of(questions, NULL)};
}

static struct value nonzero_word(struct questions *questions)
{
	return (struct value){
		.kind = VALUE_NONZERO, .which = number_of(questions, NULL), .number = 1};
}

/* NULL if @name is no operand of the kind, which then cannot be asked. */
static const struct feature *feature_for(struct questions *questions, enum feature_kind kind,
					 const char *type, const char *name)
{
	const struct feature *feature = NULL;

	if (!name)
		return NULL;
	if (feature_make(questions->arena, kind, type, name, &feature, NULL) == -ENOMEM)
		questions->failed = true;
	return feature;
}

static enum featsel_verdict ask(struct questions *questions, const struct feature *feature)
{
	const struct object_oracle *oracle = questions->oracle;

	questions->depends = true;
	return oracle && feature ? oracle->ask(oracle->data, feature) : FEATSEL_UNKNOWN;
}

static bool ask_number(struct questions *questions, enum object_number kind, const char *name,
		       uint64_t *ret)
{
	const struct object_oracle *oracle = questions->oracle;

	questions->depends = true;
	return oracle && oracle->number && name && oracle->number(oracle->data, kind, name, ret);
}

/* 1, 0 or open. */
static struct value truth(struct questions *questions, const struct feature *feature)
{
	enum featsel_verdict verdict = ask(questions, feature);

	if (verdict == FEATSEL_YES || verdict == FEATSEL_NO)
		return value_of(verdict == FEATSEL_YES);
	return open_value(questions, feature);
}

/* ---- CO-RE ---- */

/* @positive: it is not 0; its value may be unknown. */
static struct value number_or_open(struct questions *questions, enum object_number kind,
				   const char *name, bool positive)
{
	uint64_t number;

	if (ask_number(questions, kind, name, &number))
		return value_of(number);
	return positive ? nonzero_word(questions) : open_value(questions, NULL);
}

/*
 * A kernel has a helper's enumerator exactly if it has the helper, and that is what snapshots
 * record. NULL: the enumerator is not a helper's.
 */
static const struct feature *helper_of(struct questions *questions, const struct feature *feature)
{
	static const char head[] = "enum bpf_func_id.BPF_FUNC_";
	const char *type = questions->oracle
				   ? names_name(VOCABULARY_PROG_TYPE, questions->oracle->prog_type)
				   : NULL;

	if (!type || !feature || strncmp(feature->name, head, sizeof(head) - 1) != 0)
		return NULL;
	return feature_for(questions, FEATURE_HELPER, type, feature->name + sizeof(head) - 1);
}

static struct value existence(struct questions *questions, struct object_core *core,
			      const struct feature *feature)
{
	const struct btf_type *type = btf__type_by_id(questions->object->btf, core->type);
	struct value value = truth(questions, feature), by_helper;
	const struct feature *helper =
		value.kind == VALUE_OPEN ? helper_of(questions, feature) : NULL;

	/* libbpf looks for a type that is only declared, too, not for one that is defined. */
	if (type && btf_is_fwd(type))
		return value.kind == VALUE_NUMBER && value.number ? value_of(0)
								  : open_value(questions, feature);
	if (value.kind == VALUE_NUMBER && value.number &&
	    !object_core_leads(questions->object, core, questions->oracle))
		return value_of(0);
	if (!helper)
		return value;
	by_helper = truth(questions, helper);
	return by_helper.kind == VALUE_NUMBER ? by_helper : value;
}

/* A type of the same name need not match. */
static struct value match(struct questions *questions, struct object_core *core,
			  const struct feature *feature)
{
	(void)core;
	if (ask(questions, feature) == FEATSEL_NO)
		return value_of(0);
	return open_value(questions, NULL);
}

/* libbpf puts 0 if there is no such type. */
static struct value of_type(struct questions *questions, struct object_core *core,
			    const struct feature *feature)
{
	enum featsel_verdict verdict = ask(questions, feature);

	if (verdict == FEATSEL_NO)
		return value_of(0);
	if (verdict != FEATSEL_YES)
		return open_value(questions, feature);
	if (core->kind == CORE_TYPE_SIZE)
		return number_or_open(questions, OBJECT_TYPE_SIZE, feature->name, true);
	return nonzero_word(questions);
}

/* If the target is missing the instruction is poisoned, and its value does not matter. */
static struct value of_member(struct questions *questions, struct object_core *core,
			      const struct feature *feature)
{
	static const enum object_number kinds[CORE_KIND_COUNT] = {
		[CORE_FIELD_BYTE_OFFSET] = OBJECT_FIELD_OFFSET,
		[CORE_FIELD_BYTE_SIZE] = OBJECT_FIELD_SIZE,
		[CORE_FIELD_SIGNED] = OBJECT_FIELD_SIGNED,
		[CORE_ENUMVAL_VALUE] = OBJECT_ENUM_VALUE,
	};
	bool certain = !core->indexed;

	return number_or_open(questions, kinds[core->kind],
			      feature && certain ? feature->name : NULL,
			      core->kind == CORE_FIELD_BYTE_SIZE);
}

/* They are used on values that are known only at run time. */
static struct value shift(struct questions *questions, struct object_core *core,
			  const struct feature *feature)
{
	(void)core;
	(void)feature;
	return open_value(questions, NULL);
}

/* The compiler has already written identifiers of the object's own BTF. */
static struct value local_type(struct questions *questions, struct object_core *core,
			       const struct feature *feature)
{
	(void)questions;
	(void)feature;
	return value_of(core->type);
}

static struct value (*const core_values[CORE_KIND_COUNT])(struct questions *questions,
							  struct object_core *core,
							  const struct feature *feature) = {
	[CORE_FIELD_BYTE_OFFSET] = of_member, [CORE_FIELD_BYTE_SIZE] = of_member,
	[CORE_FIELD_EXISTS] = existence,      [CORE_FIELD_SIGNED] = of_member,
	[CORE_FIELD_LSHIFT_U64] = shift,      [CORE_FIELD_RSHIFT_U64] = shift,
	[CORE_TYPE_ID_LOCAL] = local_type,    [CORE_TYPE_ID_TARGET] = of_type,
	[CORE_TYPE_EXISTS] = existence,	      [CORE_TYPE_SIZE] = of_type,
	[CORE_ENUMVAL_EXISTS] = existence,    [CORE_ENUMVAL_VALUE] = of_member,
	[CORE_TYPE_MATCHES] = match,
};

static struct value find_core(struct questions *questions, struct object_core *core)
{
	const char *subject;

	if (core->kind >= CORE_KIND_COUNT)
		return open_value(questions, NULL);
	subject = object_core_subject(questions->object, core);
	return core_values[core->kind](questions, core,
				       feature_for(questions, FEATURE_BTF, NULL, subject));
}

static struct memo *memo_of(struct questions *questions, const struct object_section *section)
{
	struct memo *memos = questions->memos.items, *slot;
	size_t i;

	for (i = questions->memos.count; i-- > 0;)
		if (memos[i].section == section)
			/* one that memory did not suffice for is still there */
			return memos[i].values && memos[i].known ? &memos[i] : NULL;
	slot = vec_add(&questions->memos, sizeof(*slot));
	if (!slot)
		return NULL;
	slot->section = section;
	slot->values = calloc(section->n_cores, sizeof(*slot->values));
	slot->known = calloc(section->n_cores, sizeof(*slot->known));
	return slot->values && slot->known ? slot : NULL;
}

struct value question_core(struct questions *questions, const struct object_section *section,
			   struct object_core *core)
{
	struct memo *memo = memo_of(questions, section);
	size_t index = (size_t)(core - section->cores);

	if (!memo) {
		questions->failed = true;
		return (struct value){0};
	}
	if (!memo->known[index]) {
		memo->values[index] = find_core(questions, core);
		memo->known[index] = true;
	}
	return memo->values[index];
}

/* ---- addresses ---- */

static struct value find_address(struct questions *questions, const struct object_extern *external)
{
	static const struct {
		enum feature_kind kind;
		const char *format;
		enum value_kind found;
	} rows[] = {
		[EXTERN_KFUNC] = {FEATURE_BTF, "func %s", VALUE_ADDRESS},
		[EXTERN_KSYM] = {FEATURE_KSYM, "%s", VALUE_NONZERO},
		[EXTERN_TYPED_KSYM] = {FEATURE_BTF, "var %s", VALUE_ADDRESS},
	};
	const struct feature *feature;
	enum featsel_verdict verdict;
	char operand[512];

	/* If a strong extern is missing the object is not loaded at all. */
	if (!external->weak)
		return unnamed(questions, rows[external->kind].found);
	snprintf(operand, sizeof(operand), rows[external->kind].format, external->name);
	feature = feature_for(questions, rows[external->kind].kind, NULL, operand);
	verdict = ask(questions, feature);
	if (verdict == FEATSEL_YES)
		return unnamed(questions, rows[external->kind].found);
	return verdict == FEATSEL_NO ? value_of(0) : open_value(questions, feature);
}

struct value question_address(struct questions *questions, const struct object_extern *external)
{
	size_t n = questions->object->n_externs;
	size_t index = (size_t)(external - questions->object->externs);

	if (external->kind == EXTERN_KCONFIG)
		return (struct value){.kind = VALUE_KCONFIG, .which = (uint32_t)index};
	if (!questions->externs) {
		questions->externs = calloc(n, sizeof(*questions->externs));
		questions->externs_known = calloc(n, sizeof(*questions->externs_known));
	}
	if (!questions->externs || !questions->externs_known) {
		questions->failed = true;
		return (struct value){0};
	}
	if (!questions->externs_known[index])
		questions->externs[index] = find_address(questions, external);
	questions->externs_known[index] = true;
	return questions->externs[index];
}

/* ---- data ---- */

/* Loads of maps that user space has frozen are known to the verifier since 5.5 (a23740ec43ba). */
static const struct feature *followed_feature(struct questions *questions)
{
	return feature_for(questions, FEATURE_KERNEL, NULL, ">=5.5");
}

/* A number from data, or unknown on kernels that do not read it. */
static struct value followed(struct questions *questions, struct value value)
{
	const struct feature *feature;

	questions->depends = true;
	if (!questions->oracle)
		return value;
	feature = followed_feature(questions);
	return ask(questions, feature) == FEATSEL_NO ? open_value(questions, feature) : value;
}

/*
 * libbpf sets this one. All kernels from 4.18 wrap system calls on x86 and s390, those from 4.19
 * also on arm64.
 */
static bool wraps_system_calls(void)
{
#if defined(__x86_64__) || defined(__aarch64__) || defined(__s390x__)
	return true;
#else
	return false;
#endif
}

static struct value made_by_libbpf(struct questions *questions, const char *name)
{
	uint64_t number;

	if (strcmp(name, "LINUX_HAS_SYSCALL_WRAPPER") == 0 && wraps_system_calls())
		return value_of(1);
	if (strcmp(name, "LINUX_HAS_BPF_COOKIE") == 0)
		return truth(questions,
			     feature_for(questions, FEATURE_HELPER, "kprobe", "get_attach_cookie"));
	if (strcmp(name, "LINUX_KERNEL_VERSION") == 0 &&
	    ask_number(questions, OBJECT_KERNEL_VERSION, name, &number))
		return value_of(number);
	return open_value(questions, NULL);
}

static struct value set_to(struct questions *questions, const char *name, const char *value)
{
	char operand[512];

	snprintf(operand, sizeof(operand), "%s=%s", name, value);
	return truth(questions, feature_for(questions, FEATURE_KCONFIG, NULL, operand));
}

/* libbpf leaves 0 if a weak extern is not mentioned. */
static struct value configured_number(struct questions *questions,
				      const struct object_extern *external)
{
	const struct feature *feature;
	uint64_t number;

	if (ask_number(questions, OBJECT_KCONFIG, external->name, &number))
		return value_of(number);
	feature = feature_for(questions, FEATURE_KCONFIG, NULL, external->name);
	if (external->weak && ask(questions, feature) == FEATSEL_NO)
		return value_of(0);
	return open_value(questions, feature);
}

/* bool: whether it is built in. enum libbpf_tristate: 0, 1, 2 for n, y, m; char: the letter. */
static struct value configured(struct questions *questions, const struct object_extern *external)
{
	const struct btf_type *type = object_bare_type(questions->object->btf, external->type);
	bool letter = type && btf_is_int(type) && type->size == 1;
	struct value built_in, module;

	if (type && btf_is_int(type) && type->size > 1)
		return configured_number(questions, external);
	built_in = set_to(questions, external->name, "y");
	if (built_in.kind != VALUE_NUMBER || (letter && btf_int_encoding(type) & BTF_INT_BOOL))
		return built_in;
	if (built_in.number)
		return value_of(letter ? 'y' : 1);
	module = set_to(questions, external->name, "m");
	if (module.kind != VALUE_NUMBER)
		return module;
	/* libbpf leaves 0 if a weak extern is not mentioned; an option that is not set is not
	 * mentioned. */
	return value_of(module.number ? (letter ? 'm' : 2) : 0);
}

static struct value load_kconfig(struct questions *questions, const struct value *pointer,
				 int64_t offset, size_t size)
{
	const struct object_extern *external = &questions->object->externs[pointer->which];
	int64_t whole = btf__resolve_size(questions->object->btf, external->type);

	if (pointer->number || offset || whole != (int64_t)size)
		return open_value(questions, NULL);
	if (strncmp(external->name, "CONFIG_", 7) == 0)
		return followed(questions, configured(questions, external));
	return followed(questions, made_by_libbpf(questions, external->name));
}

static uint64_t number_at(bool big_endian, const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;

	if (big_endian)
		memcpy((uint8_t *)&value + sizeof(value) - size, bytes, size);
	else
		memcpy(&value, bytes, size);
	return value;
}

/* The section's bytes as libbpf will load them: false if not all are known. */
static bool bytes_at(const struct questions *questions, const struct object_section *section,
		     uint64_t offset, uint8_t *bytes, size_t size)
{
	const struct object_oracle *oracle = questions->oracle;
	const struct object_patch *patch;
	size_t i, j;

	if (!section->data || offset > section->size || size > section->size - offset)
		return false;
	memcpy(bytes, section->data + offset, size);
	for (i = 0; oracle && i < oracle->n_patches; i++) {
		patch = &oracle->patches[i];
		if (strcmp(patch->section, section->name) != 0)
			continue;
		for (j = 0; j < size; j++)
			if (offset + j >= patch->offset && offset + j - patch->offset < patch->size)
				bytes[j] = patch->bytes[offset + j - patch->offset];
	}
	return true;
}

size_t insn_bytes(const struct bpf_insn *insn)
{
	static const uint8_t sizes[] = {4, 2, 1, 8}; /* BPF_W, BPF_H, BPF_B, BPF_DW */

	return sizes[BPF_SIZE(insn->code) >> 3];
}

struct value question_load(struct questions *questions, const struct value *pointer,
			   const struct bpf_insn *insn)
{
	const struct object_section *section;
	size_t size = insn_bytes(insn);
	uint8_t bytes[sizeof(uint64_t)];

	if (pointer->kind == VALUE_KCONFIG)
		return load_kconfig(questions, pointer, insn->off, size);
	section = &questions->object->sections[pointer->which];
	if (!bytes_at(questions, section, pointer->number + (uint64_t)(int64_t)insn->off, bytes,
		      size))
		return (struct value){.kind = VALUE_SCALAR};
	return followed(questions, value_of(number_at(questions->object->big_endian, bytes, size)));
}

/* ---- verifiers ---- */

/* Kernels of distributions have the work of later ones: the version counts if nobody can try. */
enum featsel_verdict question_since(struct questions *questions, enum since since, uint32_t *which)
{
	const struct feature *tried =
		feature_for(questions, FEATURE_INSNS, NULL, since_ranges(since));
	const struct feature *version =
		feature_for(questions, FEATURE_KERNEL, NULL, since_versions(since));
	enum featsel_verdict verdict = tried ? ask(questions, tried) : FEATSEL_UNKNOWN;

	if (tried)
		*which = number_of(questions, tried);
	if (verdict == FEATSEL_YES || verdict == FEATSEL_NO)
		return verdict;
	*which = number_of(questions, version);
	return ask(questions, version);
}

bool question_rules(struct questions *questions, struct rules *rules, uint32_t needs,
		    uint32_t *which)
{
	enum featsel_verdict verdict;
	bool known = false;
	uint32_t bit;
	int i;

	for (i = 0; i < SINCE_COUNT; i++) {
		bit = UINT32_C(1) << i;
		if (!(needs & bit) || (rules->has | rules->lacks) & bit)
			continue;
		verdict = question_since(questions, (enum since)i, which);
		if (verdict == FEATSEL_YES)
			rules->has |= bit;
		else if (verdict == FEATSEL_NO)
			rules->lacks |= bit;
		known = known || (rules->has | rules->lacks) & bit;
	}
	return known;
}

/* Before 6.8 verifiers check each global function (2afae08c9dcb). */
enum featsel_verdict question_lazy(struct questions *questions, uint32_t *which)
{
	const struct feature *feature =
		feature_for(questions, FEATURE_INSNS, NULL, "lazy_functions");

	*which = number_of(questions, feature);
	return ask(questions, feature);
}

/* ---- elements ---- */

/* An array has an element for each index; verifiers know since 6.14 (d2102f2f5d75). */
struct value question_element(struct questions *questions, uint32_t map, uint64_t key)
{
	const struct object_map *array = &questions->object->maps[map];
	enum featsel_verdict verdict;
	uint32_t which = 0;

	if ((array->type != BPF_MAP_TYPE_ARRAY && array->type != BPF_MAP_TYPE_PERCPU_ARRAY) ||
	    key >= array->max_entries)
		return (struct value){0};
	verdict = question_since(questions, SINCE_READS, &which);
	if (verdict == FEATSEL_NO)
		return (struct value){0};
	return (struct value){.kind = VALUE_ELEMENT, .which = verdict == FEATSEL_YES ? 0 : which};
}
