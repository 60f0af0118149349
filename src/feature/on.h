/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * on.h - where a program is attached, as far as its section does not say it: what `on:` of a
 * manifest, --on and the operand of an attach feature behind '@' have in common
 */
#ifndef FEATSEL_FEATURE_ON_H
#define FEATSEL_FEATURE_ON_H

#include "base/base.h"

/* The keys of `on:`; `of` and `program` are mappings of one key. */
enum on_key {
	ON_INTERFACES,	   /* list of names and globs */
	ON_XDP_MODE,	   /* enum on_xdp_mode */
	ON_DIRECTION,	   /* enum on_direction */
	ON_CGROUP,	   /* absolute path */
	ON_NETNS,	   /* absolute path */
	ON_HOOK,	   /* "local_in", "ip6/local_in": a word of on_hooks[] */
	ON_PRIORITY,	   /* int */
	ON_MAP,		   /* name of a map of the object */
	ON_FREQUENCY,	   /* samples a second */
	ON_PERIOD,	   /* events between two samples */
	ON_EVENT,	   /* "cpu-clock": a word of on_events[] */
	ON_CPUS,	   /* "0-3,8" */
	ON_EVERY,	   /* milliseconds between two rounds of an iterator */
	ON_OF_MAP,	   /* of: {map: NAME} */
	ON_OF_CGROUP,	   /* of: {cgroup: PATH} */
	ON_OF_TASK,	   /* of: {task: PID} */
	ON_PROGRAM_ID,	   /* program: {id: N} */
	ON_PROGRAM_PINNED, /* program: {pinned: PATH} */
	ON_PID,		   /* of uprobes and USDT */
	ON_KEY_COUNT
};
#define ON_SAID(key) (1u << (key))

enum on_xdp_mode { XDP_MODE_ANY = 0, XDP_MODE_NATIVE, XDP_MODE_GENERIC };
enum on_direction { DIRECTION_NONE = 0, DIRECTION_INGRESS, DIRECTION_EGRESS };

/* All zero: nothing is said, and each kind of section has its default or no target. */
struct attach_options {
	unsigned int own;  /* of said: at the candidate itself, and so to fit its programs */
	unsigned int said; /* ON_SAID(key) of each key that is given */
	const char *const *interfaces; /* NULL-terminated where said */
	enum on_xdp_mode xdp_mode;
	enum on_direction direction;
	const char *cgroup, *netns, *hook, *map, *event, *cpus;
	int priority;
	uint64_t frequency, period, every;
	const char *of_map, *of_cgroup;
	int of_task;
	uint32_t program_id;
	const char *program_pinned;
	int pid;
	struct location at[ON_KEY_COUNT]; /* of each key that is said */
};

#endif /* FEATSEL_FEATURE_ON_H */
