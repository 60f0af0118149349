/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * demand-map.c - whether the verifier accepts which maps a program uses, and for what
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdio.h>

#include "host/slice.h"

/* ---- maps ---- */

/* Newer than the oldest headers that featsel builds with. */
enum { MAP_TYPE_USER_RINGBUF = 31 };

static bool is_ring(const struct object_map *map)
{
	return map->type == BPF_MAP_TYPE_RINGBUF || map->type == MAP_TYPE_USER_RINGBUF;
}

/* Types whose smallest map needs no BTF and no inner map. */
static bool is_plain(const struct object_map *map)
{
	static const bool known[] = {
		[BPF_MAP_TYPE_HASH] = true,	      [BPF_MAP_TYPE_ARRAY] = true,
		[BPF_MAP_TYPE_PROG_ARRAY] = true,     [BPF_MAP_TYPE_PERF_EVENT_ARRAY] = true,
		[BPF_MAP_TYPE_PERCPU_HASH] = true,    [BPF_MAP_TYPE_PERCPU_ARRAY] = true,
		[BPF_MAP_TYPE_STACK_TRACE] = true,    [BPF_MAP_TYPE_CGROUP_ARRAY] = true,
		[BPF_MAP_TYPE_LRU_HASH] = true,	      [BPF_MAP_TYPE_LRU_PERCPU_HASH] = true,
		[BPF_MAP_TYPE_LPM_TRIE] = true,	      [BPF_MAP_TYPE_DEVMAP] = true,
		[BPF_MAP_TYPE_SOCKMAP] = true,	      [BPF_MAP_TYPE_CPUMAP] = true,
		[BPF_MAP_TYPE_XSKMAP] = true,	      [BPF_MAP_TYPE_SOCKHASH] = true,
		[BPF_MAP_TYPE_QUEUE] = true,	      [BPF_MAP_TYPE_STACK] = true,
		[BPF_MAP_TYPE_DEVMAP_HASH] = true,    [BPF_MAP_TYPE_REUSEPORT_SOCKARRAY] = true,
		[BPF_MAP_TYPE_CGROUP_STORAGE] = true, [BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE] = true,
	};

	/* Of a ring nothing else is taken from the object. */
	if (is_ring(map))
		return map->flags;
	return !map->internal && map->inner < 0 && !map->inner_only && map->value_size &&
	       (size_t)map->type < ARRAY_SIZE(known) && known[map->type];
}

/* Before 5.15 a value of an array had at most what kmalloc() gives, 4 MiB: E2BIG. */
static bool is_big_data(const struct object_map *map)
{
	return map->internal && map->value_size > 1u << 20;
}

/* The smallest size that fits the type, for pages of up to 64 KiB. */
static uint32_t smallest(const struct object_map *map)
{
	if (is_ring(map))
		return 1u << 16;
	return map->type != BPF_MAP_TYPE_CGROUP_STORAGE &&
	       map->type != BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

/* The map as defined, but as small as there can be one. */
static int create(struct live *live, const struct object_map *map)
{
	bool of_cpus = map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY, ring = is_ring(map);
	const struct map_probe probe = {
		.type = map->internal ? BPF_MAP_TYPE_ARRAY : map->type,
		.key_size = ring		       ? 0
			    : of_cpus || map->internal ? 4
						       : map->key_size,
		.value_size = ring	? 0
			      : of_cpus ? 4
					: map->value_size,
		.max_entries = smallest(map),
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

	slice_address(&slice, PSEUDO_MAP_FD, fd);
	slice_end(question, &slice);
	err = slice_try(question, &slice);
	if (err < 0 && (slice_log_says(question, "leepable programs can only use") ||
			slice_log_says(question, "cannot use bpf_")))
		return slice_rejected(question, err,
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
	const uint32_t types[] = {
		BTF_OF_INT, BTF_ROW(5, BTF_KIND_STRUCT << 24, field->size),  /* 2: the field */
		BTF_ROW(0, BTF_KIND_STRUCT << 24 | 1, field->size, 5, 2, 0), /* 3 */
	};

	return live_load_btf(live, types, sizeof(types), field->name);
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

struct featsel_answer demand_maps(struct question *question)
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

/* ---- what is handed to a helper with a map ---- */

static void put_call(struct question *question, struct slice *slice, int helper, int map)
{
	slice_address(slice, PSEUDO_MAP_FD, map);
	slice_put(slice, (struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = helper});
	slice_end(question, slice);
}

/* The verifier checks the arguments in order: after the second it finds that the third was never
 * written. A word that may be NULL (sk of sockops) is a socket behind a check. */
static struct featsel_answer ask_word(struct question *question, const struct object_call *call,
				      int map)
{
	struct slice slice = {.n = 0};
	int err;

	slice_put(&slice, (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_DW,
					    .dst_reg = 2,
					    .src_reg = 1,
					    .off = call->word});
	slice_put(&slice,
		  (struct bpf_insn){.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 2, .off = 3});
	put_call(question, &slice, call->helper, map);
	err = slice_try(question, &slice);
	if (err < 0 && slice_log_has_line(question, "R2 ") &&
	    !slice_log_says(question, "R2 !read_ok"))
		return slice_rejected(
			question, err,
			arena_printf(question->live->arena,
				     "does nothing but hand word %d of its context to the "
				     "same helper",
				     call->word / 8));
	return YES(question->live);
}

/* Of a type that the helper does not take, that has no keys, that programs may not write. */
static bool element_refused(const struct question *question)
{
	return slice_log_says(question, "cannot pass map_type") ||
	       slice_log_says(question, "invalid zero-sized read") ||
	       slice_log_says(question, "access_size=0") ||
	       slice_log_says(question, "write into map forbidden");
}

/* Key and value are zeroes of the stack, more than the smallest map of any type has. */
static struct featsel_answer ask_element(struct question *question, const struct object_call *call,
					 int map)
{
	enum { BYTES = 64 };
	struct slice slice = {.n = 0};
	int err;

	for (int16_t at = -BYTES; at < 0; at += 8)
		slice_put(&slice, (struct bpf_insn){.code = BPF_ST | BPF_MEM | BPF_DW,
						    .dst_reg = 10,
						    .off = at});
	for (uint8_t reg = 2; reg <= 3; reg++) {
		slice_put(&slice, (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_X,
						    .dst_reg = reg,
						    .src_reg = 10});
		slice_put(&slice, (struct bpf_insn){.code = BPF_ALU64 | BPF_ADD | BPF_K,
						    .dst_reg = reg,
						    .imm = -BYTES});
	}
	slice_put(&slice, (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 4});
	put_call(question, &slice, call->helper, map);
	err = slice_try(question, &slice);
	if (err < 0 && element_refused(question))
		return slice_rejected(question, err,
				      "does nothing but call the helper with such a map");
	return YES(question->live);
}

struct featsel_answer demand_calls(struct question *question)
{
	struct featsel_answer answer = YES(question->live);
	const struct object_call *call;
	int map;

	for (size_t i = 0; i < question->demand.n_calls && answer.verdict == FEATSEL_YES; i++) {
		call = &question->demand.calls[i];
		map = host_smallest_map(question->live, call->map_type);
		if (map < 0)
			continue;
		answer = call->word < 0 ? ask_element(question, call, map)
					: ask_word(question, call, map);
		question->live->kernel->ops->close(question->live->kernel, map);
	}
	return answer;
}
