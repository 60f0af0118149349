/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * demand.c - whether the verifier accepts what a program does with its context, its return value
 * and its maps
 *
 * Which fields a context has, what a program may return and which maps it may use depends on its
 * type, its target and the kernel's version. So the kernel is asked about each alone, by the
 * smallest program of the same kind that does nothing else. Only a thorough host does that: a live
 * start finds out by loading.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdlib.h>

#include "host/demand.h"

enum { SLICE_LIMIT = 280, PSEUDO_MAP_FD = 1, FORMAT_LIMIT = 65536 };

struct slice {
	struct bpf_insn insns[SLICE_LIMIT];
	size_t n;
};

struct question {
	struct live *live;
	const struct object *object;
	const struct object_program *program;
	const struct section *section;
	uint32_t btf_id;
	struct object_demand demand;
};

#define YES(live) answer_yes((live)->arena, "every requirement holds")

static void put(struct slice *slice, struct bpf_insn insn)
{
	slice->insns[slice->n++] = insn;
}

static void put_number(struct slice *slice, int32_t number)
{
	put(slice, (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = number});
}

static void put_exit(struct slice *slice)
{
	put(slice, (struct bpf_insn){.code = BPF_JMP | BPF_EXIT});
}

/* What any program of the kind may return: some on cgroups nothing but 1, those on functions of
 * the kernel often nothing but 0. */
static int32_t harmless(const struct section *section)
{
	return section->prog_type == BPF_PROG_TYPE_TRACING ||
			       section->prog_type == BPF_PROG_TYPE_LSM ||
			       section->prog_type == BPF_PROG_TYPE_STRUCT_OPS
		       ? 0
		       : 1;
}

/* A program to be closed, or a negative errno with the log in live->log. */
static int load(const struct question *question, const struct slice *slice)
{
	return host_section_load(question->live, question->section, question->btf_id, slice->insns,
				 slice->n);
}

static int load_and_close(const struct question *question, const struct slice *slice)
{
	int fd = load(question, slice);

	if (fd < 0)
		return fd;
	question->live->kernel->ops->close(question->live->kernel, fd);
	return 0;
}

static struct featsel_answer rejected(const struct question *question, int error, const char *what)
{
	struct live *live = question->live;

	return answer_make(live->arena, FEATSEL_NO, REASON_VERIFIER_REJECTED, NULL,
			   "bpf(BPF_PROG_LOAD): %s for a %s program that %s, log: %s",
			   errno_name(error), question->section->form, what,
			   verifier_sentence(live->arena, live->log));
}

static bool log_says(const struct question *question, const char *words)
{
	return question->live->log && strstr(question->live->log, words);
}

/* ---- the kind of program ---- */

/*
 * Flags are newer than the types that have them: kprobes that may sleep (6.0: "Only fentry/fexit
 * and lsm programs can be sleepable"), xdp.frags (5.18: EINVAL, empty log).
 */
static struct featsel_answer ask_kind(struct question *question)
{
	const struct section *section = question->section;
	struct slice slice = {.n = 0};
	int err;

	if (!(section->flags & (SECTION_SLEEPABLE | SECTION_FRAGS)))
		return YES(question->live);
	put_number(&slice, harmless(section));
	put_exit(&slice);
	err = load_and_close(question, &slice);
	if (err == -EINVAL && log_says(question, "sleepable"))
		return rejected(question, err, "does nothing");
	if (err == -EINVAL && !*verifier_sentence(question->live->arena, question->live->log))
		return answer_make(question->live->arena, FEATSEL_NO,
				   REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
				   "bpf(BPF_PROG_LOAD): EINVAL, empty log, with the flags of "
				   "section '%s'; without them the type loads",
				   section->form);
	return YES(question->live);
}

/* ---- the context ---- */

static void put_accesses(struct slice *slice, const struct object_demand *demand)
{
	for (size_t i = 0; i < demand->n_accesses && slice->n + 4 < SLICE_LIMIT; i++) {
		/* the loaded value may be a pointer, which may not be stored */
		if (BPF_CLASS(demand->accesses[i].code) == BPF_STX)
			put_number(slice, 0);
		put(slice, demand->accesses[i]);
	}
}

/* Newer kernels (7.0) let programs on uprobes change registers, and take those of kprobes until
 * they are attached: EINVAL. */
static bool changes_registers(const struct question *question)
{
	const enum attach_means means = question->section->means;

	if (means != ATTACH_KPROBE && means != ATTACH_KRETPROBE && means != ATTACH_KSYSCALL &&
	    means != ATTACH_KRETSYSCALL && means != ATTACH_KPROBE_MULTI)
		return false;
	for (size_t i = 0; i < question->demand.n_accesses; i++)
		if (BPF_CLASS(question->demand.accesses[i].code) != BPF_LDX)
			return true;
	return false;
}

/* "invalid bpf_context access off=20 size=4"; of a field that the kernel's own has no room for:
 * "bpf verifier is misconfigured" (5.10) */
static struct featsel_answer ask_context(struct question *question)
{
	struct slice slice = {.n = 0};
	int err;

	if (!question->demand.n_accesses)
		return YES(question->live);
	put_accesses(&slice, &question->demand);
	put_number(&slice, harmless(question->section));
	put_exit(&slice);
	err = load_and_close(question, &slice);
	if (err == 0 && changes_registers(question))
		return answer_make(question->live->arena, FEATSEL_NO, REASON_SYMBOL_NOT_PROBEABLE,
				   NULL,
				   "program '%s' changes registers, which is for uprobes only",
				   question->program->name);
	if (err < 0 && (log_says(question, "invalid bpf_context access") ||
			log_says(question, "verifier is misconfigured")))
		return rejected(question, err,
				"does nothing but touch the same fields of its "
				"context");
	return YES(question->live);
}

/* ---- the result ---- */

/*
 * "At program exit the register R0 has value (0x2; 0x0) should have been in (0x0; 0x1)", to 6.7;
 * "... has smin=2 smax=2 should have been in [0, 1]"
 */
static struct featsel_answer ask_result(struct question *question)
{
	const struct object_demand *demand = &question->demand;
	struct slice slice;
	int err;

	for (size_t i = 0; i < demand->n_returns; i++) {
		slice.n = 0;
		put(&slice, demand->returns[i]);
		put_exit(&slice);
		err = load_and_close(question, &slice);
		if (err < 0 && log_says(question, "At program exit"))
			return rejected(question, err, "does nothing but return the same");
	}
	return YES(question->live);
}

/* ---- maps ---- */

/* Types whose smallest map needs no BTF, inner map or size. */
static bool is_plain(const struct object_map *map)
{
	static const bool known[] = {
		[BPF_MAP_TYPE_HASH] = true,	   [BPF_MAP_TYPE_ARRAY] = true,
		[BPF_MAP_TYPE_PROG_ARRAY] = true,  [BPF_MAP_TYPE_PERF_EVENT_ARRAY] = true,
		[BPF_MAP_TYPE_PERCPU_HASH] = true, [BPF_MAP_TYPE_PERCPU_ARRAY] = true,
		[BPF_MAP_TYPE_STACK_TRACE] = true, [BPF_MAP_TYPE_CGROUP_ARRAY] = true,
		[BPF_MAP_TYPE_LRU_HASH] = true,	   [BPF_MAP_TYPE_LRU_PERCPU_HASH] = true,
		[BPF_MAP_TYPE_LPM_TRIE] = true,	   [BPF_MAP_TYPE_DEVMAP] = true,
		[BPF_MAP_TYPE_SOCKMAP] = true,	   [BPF_MAP_TYPE_CPUMAP] = true,
		[BPF_MAP_TYPE_XSKMAP] = true,	   [BPF_MAP_TYPE_SOCKHASH] = true,
		[BPF_MAP_TYPE_QUEUE] = true,	   [BPF_MAP_TYPE_STACK] = true,
		[BPF_MAP_TYPE_DEVMAP_HASH] = true, [BPF_MAP_TYPE_REUSEPORT_SOCKARRAY] = true,
	};

	return !map->internal && map->inner < 0 && !map->inner_only && map->value_size &&
	       (size_t)map->type < ARRAY_SIZE(known) && known[map->type];
}

/* Before 5.15 a value of an array had at most what kmalloc() gives, 4 MiB: E2BIG. */
static bool is_big_data(const struct object_map *map)
{
	return map->internal && map->value_size > 1u << 20;
}

/* The map as defined, but with one entry. */
static int create(struct live *live, const struct object_map *map)
{
	bool of_cpus = map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
	const struct map_probe probe = {
		.type = map->internal ? BPF_MAP_TYPE_ARRAY : map->type,
		.key_size = of_cpus || map->internal ? 4 : map->key_size,
		.value_size = of_cpus ? 4 : map->value_size,
		.max_entries = 1,
		.flags = map->flags,
		.inner_fd = -1,
	};

	return live->kernel->ops->map_create(live->kernel, &probe);
}

/* "Sleepable programs can only use array and hash maps" (5.10), "... local storage maps" (newer) */
static struct featsel_answer name_map(struct question *question, const struct object_map *map,
				      int fd)
{
	struct slice slice = {.n = 0};
	int err;

	put(&slice, (struct bpf_insn){.code = BPF_LD | BPF_IMM | BPF_DW,
				      .dst_reg = 1,
				      .src_reg = PSEUDO_MAP_FD,
				      .imm = fd});
	put(&slice, (struct bpf_insn){0});
	put_number(&slice, harmless(question->section));
	put_exit(&slice);
	err = load_and_close(question, &slice);
	if (err < 0 && (log_says(question, "leepable programs can only use") ||
			log_says(question, "cannot use bpf_")))
		return rejected(question, err,
				arena_printf(question->live->arena,
					     "does nothing but name map '%s'", map->name));
	return YES(question->live);
}

static struct featsel_answer ask_map(struct question *question, const struct object_map *map)
{
	struct live *live = question->live;
	struct featsel_answer answer;
	int fd = create(live, map);

	/* E2BIG, EINVAL: a flag or a size that this kernel does not take for the type, if it takes
	 * anything. */
	if ((fd == -EINVAL || fd == -E2BIG) && host_array_map(live) >= 0)
		return answer_make(live->arena, FEATSEL_NO, REASON_TYPE_UNSUPPORTED, NULL,
				   "bpf(BPF_MAP_CREATE): %s for map '%s', of which others of its "
				   "type are created (key %u, value %u bytes, flags %#x)",
				   errno_name(fd), map->name, map->key_size, map->value_size,
				   map->flags);
	if (fd < 0)
		return YES(live);
	answer = name_map(question, map, fd);
	live->kernel->ops->close(live->kernel, fd);
	return answer;
}

/* What a kernel recognises in map values by the name of its type. If it knows the name, not every
 * program type may use such a map. */
struct field {
	const char *name;
	uint32_t size;
};
static const struct field fields[] = {
	{"bpf_spin_lock", 4}, /* 5.1 */
	{"bpf_timer", 16},    /* 5.15 */
	{"bpf_wq", 16},	      /* 6.10 */
};

/* BTF of an int and of a struct whose only member is the field. */
static int load_field_btf(struct live *live, const struct field *field)
{
	enum { TYPES = 13 };
	struct {
		struct btf_header header;
		uint32_t types[TYPES];
		char strings[48];
	} btf = {
		.header = {.magic = BTF_MAGIC,
			   .version = BTF_VERSION,
			   .hdr_len = sizeof(btf.header)},
		.types =
			{
				1, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32, /* 1 */
				7, BTF_KIND_STRUCT << 24, field->size, /* 2: the field */
				5, BTF_KIND_STRUCT << 24 | 1, field->size, 5, 2, 0, /* 3 */
			},
	};
	int length =
		snprintf(btf.strings, sizeof(btf.strings), "%cint%cv%c%s", 0, 0, 0, field->name);

	btf.header.type_len = sizeof(btf.types);
	btf.header.str_off = sizeof(btf.types);
	btf.header.str_len = (uint32_t)length + 1;
	return live->kernel->ops->btf_load(
		live->kernel, &btf, sizeof(btf.header) + sizeof(btf.types) + btf.header.str_len);
}

static int create_with_field(struct live *live, const struct field *field)
{
	struct map_probe probe = {
		.type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = field->size,
		.max_entries = 1,
		.inner_fd = -1,
		.btf_key_type_id = 1,
		.btf_value_type_id = 3,
	};
	int fd, btf = load_field_btf(live, field);

	if (btf < 0)
		return btf;
	probe.btf_fd = (uint32_t)btf;
	fd = live->kernel->ops->map_create(live->kernel, &probe);
	live->kernel->ops->close(live->kernel, btf);
	return fd;
}

static struct featsel_answer ask_fields(struct question *question, const struct object_map *map)
{
	struct live *live = question->live;
	struct featsel_answer answer = YES(live);
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(fields) && answer.verdict == FEATSEL_YES; i++) {
		if (!object_map_holds(question->object, map, fields[i].name))
			continue;
		fd = create_with_field(live, &fields[i]);
		if (fd < 0)
			continue;
		answer = name_map(question, map, fd);
		live->kernel->ops->close(live->kernel, fd);
	}
	return answer;
}

static struct featsel_answer ask_maps(struct question *question)
{
	const struct object_program *program = question->program;
	struct featsel_answer answer = YES(question->live);

	for (size_t i = 0; i < program->n_maps && answer.verdict == FEATSEL_YES; i++) {
		const struct object_map *map = &question->object->maps[program->maps[i]];

		if (is_plain(map) || is_big_data(map))
			answer = ask_map(question, map);
		if (answer.verdict == FEATSEL_YES)
			answer = ask_fields(question, map);
	}
	return answer;
}

/* ---- the context's size, which attaching compares ---- */

/* "field:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;" */
static uint32_t end_of_fields(const char *format)
{
	uint32_t end = 0;

	for (const char *at = strstr(format, "\tfield:"); at; at = strstr(at + 1, "\tfield:")) {
		const char *offset = strstr(at, "offset:"), *size = strstr(at, "size:");
		uint32_t next;

		if (!offset || !size)
			break;
		next = (uint32_t)(strtoul(offset + 7, NULL, 10) + strtoul(size + 5, NULL, 10));
		end = next > end ? next : end;
	}
	return end;
}

bool host_context_too_small(struct live *live, const struct section *section, uint32_t highest,
			    struct featsel_answer *ret)
{
	const char *tracefs, *path, *format;
	uint32_t end;
	int err;

	tracefs = live_tracefs(live, &err);
	path = tracefs ? arena_printf(live->arena, "%s/events/%s/format", tracefs, section->target)
		       : NULL;
	if (!path || kernel_read(live->kernel, live->arena, path, FORMAT_LIMIT, &format, NULL) < 0)
		return false;
	end = end_of_fields(format);
	if (!end || highest <= end)
		return false;
	*ret = answer_make(live->arena, FEATSEL_NO, REASON_SIGNATURE_UNSUPPORTED, NULL,
			   "%s: the event ends at byte %u, and the program reads up to %u", path,
			   end, highest);
	return true;
}

static bool raw_tracepoint_too_small(const struct question *question, struct featsel_answer *ret)
{
	static const char call[] = "bpf(BPF_RAW_TRACEPOINT_OPEN)";
	const struct kernel_ops *ops = question->live->kernel->ops;
	struct slice slice = {.n = 0};
	int fd, program;

	put_accesses(&slice, &question->demand);
	put_number(&slice, 0);
	put_exit(&slice);
	program = load(question, &slice);
	if (program < 0)
		return false;
	fd = ops->raw_tracepoint_open(question->live->kernel, question->section->target, program);
	ops->close(question->live->kernel, program);
	if (fd >= 0)
		ops->close(question->live->kernel, fd);
	if (fd != -EINVAL)
		return false;
	*ret = answer_make(question->live->arena, FEATSEL_NO, REASON_SIGNATURE_UNSUPPORTED, NULL,
			   "%s: EINVAL, '%s' has no argument %u", call, question->section->target,
			   (question->demand.highest + 7) / 8);
	return true;
}

static struct featsel_answer ask_target(struct question *question)
{
	struct featsel_answer answer = YES(question->live);

	if (!question->demand.n_accesses)
		return answer;
	if (question->section->means == ATTACH_TRACEPOINT)
		host_context_too_small(question->live, question->section, question->demand.highest,
				       &answer);
	if (question->section->means == ATTACH_RAW_TRACEPOINT)
		raw_tracepoint_too_small(question, &answer);
	return answer;
}

/* ---- a context that was moved ---- */

/* "dereference of modified ctx ptr R1 off=8 disallowed", on most types of programs */
static struct featsel_answer ask_moved(struct question *question)
{
	const struct object_demand *demand = &question->demand;
	struct bpf_insn load;
	struct slice slice;
	int err;

	for (size_t i = 0; i < demand->n_moved; i++) {
		slice.n = 0;
		load = demand->moved[i];
		put(&slice, (struct bpf_insn){.code = BPF_ALU64 | BPF_ADD | BPF_K,
					      .dst_reg = 1,
					      .imm = load.imm});
		load.imm = 0;
		put(&slice, load);
		put_number(&slice, harmless(question->section));
		put_exit(&slice);
		err = load_and_close(question, &slice);
		if (err < 0 && (log_says(question, "modified ctx ptr") ||
				log_says(question, "invalid bpf_context access")))
			return rejected(question, err,
					"does nothing but read its context through a pointer that "
					"was moved");
	}
	return YES(question->live);
}

/* ---- words of the context that are handed to a helper ---- */

/* The verifier checks the arguments in order: after the second it finds that the third was never
 * written. A word that may be NULL (sk of sockops) is a socket behind a check. */
static struct featsel_answer ask_word(struct question *question, const struct object_word *word,
				      int map)
{
	struct slice slice = {.n = 0};
	int err;

	put(&slice, (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_DW,
				      .dst_reg = 2,
				      .src_reg = 1,
				      .off = word->offset});
	put(&slice, (struct bpf_insn){.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 2, .off = 3});
	put(&slice, (struct bpf_insn){.code = BPF_LD | BPF_IMM | BPF_DW,
				      .dst_reg = 1,
				      .src_reg = PSEUDO_MAP_FD,
				      .imm = map});
	put(&slice, (struct bpf_insn){0});
	put(&slice, (struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = word->helper});
	put_number(&slice, harmless(question->section));
	put_exit(&slice);
	err = load_and_close(question, &slice);
	if (err < 0 && log_says(question, "\nR2 ") && !log_says(question, "R2 !read_ok"))
		return rejected(question, err,
				arena_printf(question->live->arena,
					     "does nothing but hand word %d of its context to the "
					     "same helper",
					     word->offset / 8));
	return YES(question->live);
}

static struct featsel_answer ask_words(struct question *question)
{
	struct featsel_answer answer = YES(question->live);
	const struct object_word *word;
	int map;

	for (size_t i = 0; i < question->demand.n_words && answer.verdict == FEATSEL_YES; i++) {
		word = &question->demand.words[i];
		map = host_smallest_map(question->live, word->map_type);
		if (map < 0)
			continue;
		answer = ask_word(question, word, map);
		question->live->kernel->ops->close(question->live->kernel, map);
	}
	return answer;
}

/* ---- addresses of the kernel ---- */

/*
 * Of a function since 6.2 ("pseudo btf_id 1 in ldimm64 isn't KIND_VAR"). Of a variable where
 * kallsyms has it, which it may lack though BTF has it ("ldimm64 failed to find the address for
 * kernel symbol"). libbpf finds both by BTF, weak ones too.
 */
static struct featsel_answer ask_address(struct question *question,
					 const struct object_extern *external)
{
	enum { PSEUDO_BTF_ID = 3 };
	struct slice slice = {.n = 0};
	uint32_t id;
	int err;

	if (!host_extern_id(question->live, question->object, external, &id))
		return YES(question->live);
	put(&slice, (struct bpf_insn){.code = BPF_LD | BPF_IMM | BPF_DW,
				      .dst_reg = 1,
				      .src_reg = PSEUDO_BTF_ID,
				      .imm = (int32_t)id});
	put(&slice, (struct bpf_insn){0});
	put_number(&slice, harmless(question->section));
	put_exit(&slice);
	err = load_and_close(question, &slice);
	if (err < 0 && (log_says(question, "isn't KIND_VAR") ||
			log_says(question, "failed to find the address")))
		return rejected(question, err,
				arena_printf(question->live->arena,
					     "does nothing but take the address of '%s'",
					     external->name));
	return YES(question->live);
}

static struct featsel_answer ask_addresses(struct question *question)
{
	struct featsel_answer answer = YES(question->live);

	for (size_t i = 0; i < question->demand.n_addresses && answer.verdict == FEATSEL_YES; i++)
		answer = ask_address(question, question->demand.addresses[i]);
	return answer;
}

/* ---- functions of a structure ---- */

/* The kernel structure that the program is a function of, and its member: what a struct_ops program
 * is loaded for (5.6). */
static bool find_member(struct question *question, struct section *section,
			struct featsel_answer *ret)
{
	const struct object *object = question->object;
	const struct object_map *map = NULL;
	struct kernel_btf *btf = live_btf(question->live);
	const char *type, *member;
	int index;

	for (size_t i = 0; i < question->program->n_maps; i++)
		if (object->maps[question->program->maps[i]].type == BPF_MAP_TYPE_STRUCT_OPS)
			map = &object->maps[question->program->maps[i]];
	type = map ? object_struct_ops_type(object, map) : NULL;
	member = type ? object_struct_ops_member(object, map, question->program) : NULL;
	if (!btf || !member)
		return false;
	index = kernel_btf_member_index(btf, type, member, &question->btf_id);
	if (index < 0) {
		*ret = answer_make(question->live->arena, FEATSEL_NO, REASON_TYPE_MISSING, NULL,
				   "/sys/kernel/btf/vmlinux: no member '%s' in struct '%s', which "
				   "program '%s' stands for",
				   member, type, question->program->name);
		return false;
	}
	section->attach_type = index;
	return true;
}

/* "attach to unsupported member get_info of struct tcp_congestion_ops" */
static struct featsel_answer ask_member(struct question *question)
{
	struct slice slice = {.n = 0};
	int err;

	if (question->section->prog_type != BPF_PROG_TYPE_STRUCT_OPS)
		return YES(question->live);
	put_number(&slice, harmless(question->section));
	put_exit(&slice);
	err = load_and_close(question, &slice);
	if (err < 0 && (log_says(question, "unsupported member") ||
			log_says(question, "is not supported in struct")))
		return rejected(question, err, "does nothing");
	return YES(question->live);
}

static struct featsel_answer (*const questions[])(struct question *question) = {
	ask_kind,   ask_member, ask_maps,  ask_context,	  ask_result,
	ask_target, ask_moved,	ask_words, ask_addresses,
};

/* The target of these is not known here. */
static bool is_beyond(const struct section *section)
{
	return section->prog_type == BPF_PROG_TYPE_EXT;
}

struct featsel_answer host_demand(struct live *live, const struct object *object,
				  const struct object_program *program,
				  const struct section *section, const struct object_oracle *oracle)
{
	struct question question = {
		.live = live, .object = object, .program = program, .section = section};
	struct featsel_answer answer = YES(live);
	struct section member = *section;

	if (is_beyond(section) || !host_section_type(live, section, &question.btf_id) ||
	    object_demand(object, program, oracle, live->arena, &question.demand))
		return answer;
	if (section->prog_type == BPF_PROG_TYPE_STRUCT_OPS) {
		if (!find_member(&question, &member, &answer))
			return answer;
		question.section = &member;
	}
	for (size_t i = 0; i < ARRAY_SIZE(questions) && answer.verdict == FEATSEL_YES; i++)
		answer = questions[i](&question);
	return answer;
}
