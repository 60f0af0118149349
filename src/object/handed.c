/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * handed.c - what a call leaves of the stack into which it was given a pointer, and what it returns
 *
 * A verifier knows of each helper which of its arguments it reads or writes, and how many bytes.
 */
#include <linux/bpf.h>
#include <string.h>

#include "object/follow.h"

enum { ERRNO_LIMIT = 4095 };

/* Bits of arguments; how much is read or written stands in the next one. */
#define R(n_) (1 << (n_))
struct accesses {
	uint8_t keys, values; /* of the map in r1, read */
	uint8_t reads, writes;
	uint8_t most; /* the register above which the result is not */
	bool known;   /* takes nothing from the stack */
	bool number;  /* nor does it return anything but a number */
};

/* Of a helper that is not here nothing is known. */
static const struct accesses helpers[] = {
	[BPF_FUNC_map_lookup_elem] = {.keys = R(2)},
	[BPF_FUNC_map_update_elem] = {.keys = R(2), .values = R(3)},
	[BPF_FUNC_map_delete_elem] = {.keys = R(2)},
	[BPF_FUNC_map_push_elem] = {.values = R(2)},
	[BPF_FUNC_probe_read] = {.writes = R(1)},
	[BPF_FUNC_probe_read_str] = {.writes = R(1), .most = 2},
	[BPF_FUNC_probe_read_user] = {.writes = R(1)},
	[BPF_FUNC_probe_read_user_str] = {.writes = R(1), .most = 2},
	[BPF_FUNC_probe_read_kernel] = {.writes = R(1)},
	[BPF_FUNC_probe_read_kernel_str] = {.writes = R(1), .most = 2},
	[BPF_FUNC_copy_from_user] = {.writes = R(1)},
	[BPF_FUNC_probe_write_user] = {.reads = R(2)},
	[BPF_FUNC_get_current_comm] = {.writes = R(1)},
	[BPF_FUNC_get_stack] = {.writes = R(2), .most = 3},
	[BPF_FUNC_get_task_stack] = {.writes = R(2), .most = 3},
	[BPF_FUNC_get_ns_current_pid_tgid] = {.writes = R(3)},
	[BPF_FUNC_d_path] = {.writes = R(2)},
	[BPF_FUNC_perf_event_read_value] = {.writes = R(3)},
	[BPF_FUNC_perf_prog_read_value] = {.writes = R(2)},
	[BPF_FUNC_trace_printk] = {.reads = R(1)},
	[BPF_FUNC_perf_event_output] = {.reads = R(4)},
	[BPF_FUNC_skb_output] = {.reads = R(4)},
	[BPF_FUNC_xdp_output] = {.reads = R(4)},
	[BPF_FUNC_ringbuf_output] = {.reads = R(2)},
	[BPF_FUNC_seq_write] = {.reads = R(2)},
	[BPF_FUNC_seq_printf] = {.reads = R(2) | R(4)},
	[BPF_FUNC_skb_load_bytes] = {.writes = R(3)},
	[BPF_FUNC_skb_load_bytes_relative] = {.writes = R(3)},
	[BPF_FUNC_skb_store_bytes] = {.reads = R(3)},
	[BPF_FUNC_csum_diff] = {.reads = R(1) | R(3)},
	[BPF_FUNC_sk_lookup_tcp] = {.reads = R(2)},
	[BPF_FUNC_sk_lookup_udp] = {.reads = R(2)},
	[BPF_FUNC_skc_lookup_tcp] = {.reads = R(2)},
	[BPF_FUNC_fib_lookup] = {.writes = R(2)},
	[BPF_FUNC_setsockopt] = {.reads = R(4)},
	[BPF_FUNC_getsockopt] = {.writes = R(4)},
	[BPF_FUNC_get_prandom_u32] = {.known = true, .number = true},
	[BPF_FUNC_ktime_get_ns] = {.known = true, .number = true},
	[BPF_FUNC_ktime_get_boot_ns] = {.known = true, .number = true},
	[BPF_FUNC_ktime_get_coarse_ns] = {.known = true},
	[BPF_FUNC_get_smp_processor_id] = {.known = true, .number = true},
	[BPF_FUNC_get_numa_node_id] = {.known = true},
	[BPF_FUNC_get_current_pid_tgid] = {.known = true, .number = true},
	[BPF_FUNC_get_current_uid_gid] = {.known = true, .number = true},
	[BPF_FUNC_get_current_task] = {.known = true, .number = true},
	[BPF_FUNC_get_current_task_btf] = {.known = true},
	[BPF_FUNC_get_current_cgroup_id] = {.known = true, .number = true},
	[BPF_FUNC_get_current_ancestor_cgroup_id] = {.known = true},
	[BPF_FUNC_jiffies64] = {.known = true},
	[BPF_FUNC_get_stackid] = {.known = true},
	[BPF_FUNC_get_socket_cookie] = {.known = true},
	[BPF_FUNC_get_attach_cookie] = {.known = true},
	[BPF_FUNC_get_func_ip] = {.known = true},
	[BPF_FUNC_tail_call] = {.known = true},
	[BPF_FUNC_ringbuf_reserve] = {.known = true},
	[BPF_FUNC_ringbuf_submit] = {.known = true},
	[BPF_FUNC_ringbuf_discard] = {.known = true},
	[BPF_FUNC_ringbuf_query] = {.known = true},
};

static const struct accesses *accesses_of(int helper)
{
	static const struct accesses none;

	if (helper < 0 || (size_t)helper >= ARRAY_SIZE(helpers) ||
	    memcmp(&helpers[helper], &none, sizeof(none)) == 0)
		return NULL;
	return &helpers[helper];
}

/* The most that a number can be. */
static int64_t most_of(struct ranges *ranges, const struct value *value)
{
	const struct range range = value_range(ranges, value);
	uint64_t most = value_has_range(value) ? range.best.wide.high : STACK_DEPTH;

	return most < STACK_DEPTH ? (int64_t)most : STACK_DEPTH;
}

/* How many bytes the argument stands for, at most: of the map in r1, or as the next one says. */
static int64_t size_of(struct object_reach *reach, const struct state *state,
		       const struct accesses *accesses, int argument)
{
	const struct value *map = &state->registers[1];
	const struct object_map *found;
	uint32_t size;

	if (!((accesses->keys | accesses->values) & R(argument)))
		return most_of(&reach->ranges, &state->registers[argument + 1]);
	if (map->kind != VALUE_MAP)
		return STACK_DEPTH;
	found = &reach->object->maps[map->which];
	size = accesses->keys & R(argument) ? found->key_size : found->value_size;
	return size && size < STACK_DEPTH ? size : STACK_DEPTH;
}

void handed_over(struct object_reach *reach, struct state *state, int helper)
{
	const struct accesses *accesses = accesses_of(helper);
	const struct value *value;
	int64_t at, size;
	int i;

	for (i = 1; i <= ARGUMENTS; i++) {
		value = &state->registers[i];
		at = (int64_t)value->number;
		if (value->kind != VALUE_STACK)
			continue;
		size = accesses ? value->which + size_of(reach, state, accesses, i)
				: STACK_DEPTH - at;
		if (!accesses || accesses->writes & R(i))
			stack_write(reach, state, at, size);
		else if ((accesses->keys | accesses->values | accesses->reads) & R(i))
			stack_read(reach, state, at, size);
	}
	if (state->loose)
		stack_write(reach, state, -STACK_DEPTH, STACK_DEPTH);
}

/* ---- results ---- */

/* Newer verifiers know that an array has an element for a constant key (6.14). */
static bool may_lack_element(const struct object *object, const struct value *map)
{
	int type = map->kind == VALUE_MAP ? object->maps[map->which].type : -1;

	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_LPM_TRIE;
}

static struct value looked_up(struct object_reach *reach, const struct state *state)
{
	const struct value *map = &state->registers[1], *at = &state->registers[2];
	struct value key, found = {0};

	if (map->kind == VALUE_MAP && at->kind == VALUE_STACK && !at->which) {
		key = stack_load(reach, state, (int64_t)at->number, sizeof(uint32_t));
		if (key.kind == VALUE_NUMBER)
			found = question_element(&reach->questions, map->which, key.number);
	}
	if (!found.kind && may_lack_element(reach->object, map))
		found.kind = VALUE_LOOKED_UP;
	return found;
}

/* An error, or up to the size that it was given: do_refine_retval_range(). */
static void bound(struct known *known, uint64_t most, struct view *view)
{
	*known = known_nothing();
	if (most > INT32_MAX)
		return;
	known->wide.least = known->half.least = -ERRNO_LIMIT;
	known->wide.most = known->half.most = (int64_t)most;
	known_sync(known, view, false);
}

struct value handed_result(struct object_reach *reach, const struct state *state, int helper)
{
	const struct accesses *accesses = accesses_of(helper);
	const struct value *size;
	struct view sure, best;
	struct range range;

	if (helper == BPF_FUNC_map_lookup_elem)
		return looked_up(reach, state);
	if (helper == BPF_FUNC_ringbuf_reserve)
		return (struct value){.kind = VALUE_LOOKED_UP};
	if (accesses && accesses->number)
		return (struct value){.kind = VALUE_SCALAR};
	size = accesses && accesses->most ? &state->registers[accesses->most] : NULL;
	if (!size || !value_has_range(size))
		return (struct value){0};
	range = value_range(&reach->ranges, size);
	sure = view_sure(&reach->ranges.rules);
	best = view_best(&reach->ranges.rules);
	bound(&range.sure, range.sure.wide.high, &sure);
	bound(&range.best, range.best.wide.high, &best);
	range.rules |= best.used & ~reach->ranges.rules.has;
	range.n_values = 0;
	memset(range.values, 0, sizeof(range.values));
	return (struct value){VALUE_SCALAR, range_keep(&reach->ranges, &range), 0};
}
