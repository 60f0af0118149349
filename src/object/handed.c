/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * handed.c - what a call leaves of the stack into which it was given a pointer
 *
 * A verifier knows of each helper which of its arguments it reads or writes, and how many bytes.
 */
#include <linux/bpf.h>
#include <string.h>

#include "object/follow.h"

enum { DEPTH = 512, ERRNO_LIMIT = 4095 };

/* Bits of arguments; how much is read or written stands in the next one. */
#define R(n_) (1 << (n_))
struct accesses {
	uint8_t keys, values; /* of the map in r1, read */
	uint8_t reads, writes;
	uint8_t most; /* the register above which the result is not */
	bool numbers; /* takes nothing from the stack */
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
	[BPF_FUNC_get_prandom_u32] = {.numbers = true},
	[BPF_FUNC_ktime_get_ns] = {.numbers = true},
	[BPF_FUNC_ktime_get_boot_ns] = {.numbers = true},
	[BPF_FUNC_ktime_get_coarse_ns] = {.numbers = true},
	[BPF_FUNC_get_smp_processor_id] = {.numbers = true},
	[BPF_FUNC_get_numa_node_id] = {.numbers = true},
	[BPF_FUNC_get_current_pid_tgid] = {.numbers = true},
	[BPF_FUNC_get_current_uid_gid] = {.numbers = true},
	[BPF_FUNC_get_current_task] = {.numbers = true},
	[BPF_FUNC_get_current_task_btf] = {.numbers = true},
	[BPF_FUNC_get_current_cgroup_id] = {.numbers = true},
	[BPF_FUNC_get_current_ancestor_cgroup_id] = {.numbers = true},
	[BPF_FUNC_jiffies64] = {.numbers = true},
	[BPF_FUNC_get_stackid] = {.numbers = true},
	[BPF_FUNC_get_socket_cookie] = {.numbers = true},
	[BPF_FUNC_get_attach_cookie] = {.numbers = true},
	[BPF_FUNC_get_func_ip] = {.numbers = true},
	[BPF_FUNC_tail_call] = {.numbers = true},
	[BPF_FUNC_ringbuf_reserve] = {.numbers = true},
	[BPF_FUNC_ringbuf_submit] = {.numbers = true},
	[BPF_FUNC_ringbuf_discard] = {.numbers = true},
	[BPF_FUNC_ringbuf_query] = {.numbers = true},
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
static int64_t most_of(struct pool *ranges, const struct value *value)
{
	const struct range range = value_range(ranges, value);
	uint64_t most = value_has_range(value) ? range.best.wide.high : DEPTH;

	return most < DEPTH ? (int64_t)most : DEPTH;
}

/* How many bytes of the map's keys or values. */
static int64_t size_in(const struct object *object, const struct value *map, bool key)
{
	const struct object_map *found = map->kind == VALUE_MAP ? &object->maps[map->which] : NULL;
	uint32_t size = found ? (key ? found->key_size : found->value_size) : 0;

	return size && size < DEPTH ? size : DEPTH;
}

void state_hand_over(struct object_reach *reach, struct state *state, int helper)
{
	const struct accesses *accesses = accesses_of(helper);
	const struct value *value, *map = &state->registers[1];
	int64_t at;
	int i;

	for (i = 1; i <= ARGUMENTS; i++) {
		value = &state->registers[i];
		at = (int64_t)value->number;
		if (value->kind != VALUE_STACK)
			continue;
		if (accesses && accesses->keys & R(i))
			stack_read(reach, state, at,
				   value->which + size_in(reach->object, map, true));
		else if (accesses && accesses->values & R(i))
			stack_read(reach, state, at,
				   value->which + size_in(reach->object, map, false));
		else if (accesses && accesses->reads & R(i))
			stack_read(reach, state, at,
				   value->which + most_of(&reach->ranges, value + 1));
		else if (accesses && accesses->writes & R(i))
			stack_write(reach, state, at,
				    value->which + most_of(&reach->ranges, value + 1));
		else if (!accesses)
			stack_write(reach, state, at, DEPTH - at);
	}
	if (state->loose)
		stack_write(reach, state, -DEPTH, DEPTH);
}

/* An error, or up to the size that it was given: do_refine_retval_range(). */
struct value state_bounded_result(struct object_reach *reach, const struct state *state, int helper)
{
	const struct accesses *accesses = accesses_of(helper);
	struct range range, size;
	struct known *known[] = {&range.sure, &range.best};
	int i;

	if (!accesses || !accesses->most || !value_has_range(&state->registers[accesses->most]))
		return (struct value){0};
	size = value_range(&reach->ranges, &state->registers[accesses->most]);
	range = size;
	range.n_values = 0;
	for (i = 0; i < 2; i++) {
		uint64_t most = known[i]->wide.high;

		*known[i] = known_nothing();
		if (most > INT32_MAX)
			continue;
		known[i]->wide.least = known[i]->half.least = -ERRNO_LIMIT;
		known[i]->wide.most = known[i]->half.most = (int64_t)most;
		known_sync(known[i], i == 1);
	}
	return (struct value){VALUE_SCALAR, range_keep(&reach->ranges, &range), 0};
}
