/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * on.h - where a program is attached, as far as its section does not say it: what `on:` of a
 * manifest, --on and the operand of an attach feature behind '@' have in common
 */
#ifndef FEATSEL_FEATURE_ON_H
#define FEATSEL_FEATURE_ON_H

#include "feature/feature.h"

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

/* All zero: nothing was given; each kind of section has its default or no target. */
struct attach_options {
	/* of said: for the candidate itself, and so to fit its programs; for its event, and so to
	 * fit one candidate; for all events */
	unsigned int own, shared, wide;
	unsigned int said;	       /* ON_SAID(key) of each key that is given */
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

/* "interfaces", "of.map" */
const char *on_key_name(enum on_key key);
/* The keys that apply to programs of @section: ON_SAID() of each. */
unsigned int on_fits(const struct section *section);
/*
 * What a live run needs and neither @section nor @on gives. NULL: nothing. Else the end of a
 * sentence that begins with the section; *remedy is what to write.
 */
const char *on_lack(const struct section *section, const struct attach_options *on,
		    const char **remedy);
/*
 * Where the program of @section is attached, as the operand of an attach feature: "xdp@lo",
 * "cgroup/connect4@/sys/fs/cgroup". Keys of @on that do not apply to the section are left out.
 * @interface: one of several, NULL if the section takes none. NULL: out of memory.
 */
const char *on_operand(struct arena *arena, const struct section *section,
		       const struct attach_options *on, const char *interface);
/* The reverse, in @arena: 0; -ENOENT: no such section; -EINVAL: the text after '@' is not
 * understood. */
int on_parse(struct arena *arena, const char *operand, struct section *section,
	     struct attach_options *on);

/* The value of a key that is a text or a word, else NULL; that is a number, else 0. */
const char *on_text(const struct attach_options *on, enum on_key key);
int64_t on_number(const struct attach_options *on, enum on_key key);

/* 0 or -ENOENT */
int on_hook_parse(const char *word, uint32_t *family, uint32_t *hook);
int on_event_parse(const char *word, uint32_t *type, uint64_t *config);
/* "0-3,8": whether @cpu is among them; NULL is all. */
bool on_cpu_listed(const char *cpus, unsigned int cpu);
#define ON_CPU_LIMIT 8191 /* the highest NR_CPUS that kernels are built with */
bool on_cpus_valid(const char *cpus);

#endif /* FEATSEL_FEATURE_ON_H */
