/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * target.h - the targets that `on:` names and the ways to attach there, from the same functions for
 * prediction and act
 */
#ifndef FEATSEL_HOST_TARGET_H
#define FEATSEL_HOST_TARGET_H

#include "feature/feature.h"
#include "host/netlink.h"

/* Of the kernel's union bpf_attr, newer than the oldest headers that featsel builds with. */
enum {
	ATTACH_TYPE_STRUCT_OPS = 44,
	ATTACH_TYPE_TCX_INGRESS = 46,
	ATTACH_TYPE_TCX_EGRESS = 47,
	ATTACH_TYPE_NETKIT_PRIMARY = 54,
	XDP_MODE_FLAG_GENERIC = 1 << 1,
	XDP_MODE_FLAG_NATIVE = 1 << 2,
};

/* What BPF_LINK_CREATE takes, since 5.7; what follows the flags belongs to the kind. */
struct link_create_attr {
	uint32_t prog_fd, target, attach_type, flags;
	union {
		struct {
			uint32_t family, hook;
			int32_t priority;
			uint32_t flags;
		} netfilter; /* 6.4 */
		struct {
			uint32_t relative, pad;
			uint64_t revision;
		} tcx; /* 6.6; netkit 6.7 */
		struct {
			uint64_t info;
			uint32_t length;
		} iterator; /* 5.8 */
	};
};

/* Whether the kernel has links of this kind, the newer way; "cannot tell" is a separate answer, and
 * then the older way is not used. */
bool target_by_link(struct featsel_host *host, const char *kind);
/* Creates a link itself, for callers other than probes: 0 or a negative errno. */
int target_open(struct kernel **ret);
void target_close(struct kernel *kernel);

/* "xdp", "tcx": NULL if the section's programs are attached without one, or always by one. */
const char *target_link_kind(const struct section *section);

/* ---- what is named exists ---- */

/* tcx and netkit mean the link: there is no older way. */
bool target_needs_link(const struct section *section);
/* The interfaces that @pattern, a name or a glob, matches: struct interface. -ENODEV: none. */
int target_interfaces(struct kernel *kernel, const char *pattern, struct vec *ret);
/* Which way packets go, from the section or from what `on:` says. */
int target_direction(const struct section *section, bool *egress);
/* The attach type of a link to an interface, or a negative errno. */
int target_link_type(const struct section *section);
/* A directory of cgroup2; @path NULL: its root. The descriptor, with *ret its path, or -ENOENT: no
 * cgroup2 is mounted (@path NULL) or there is no such file; -ENOTDIR: it is no cgroup. */
int target_cgroup(struct kernel *kernel, struct arena *arena, const char *path, const char **ret);
/* @path NULL: one's own. -EINVAL: not a network namespace. */
int target_netns(struct kernel *kernel, const char *path);
/* What @act returns in the network namespace at @path, NULL: one's own, or why nobody gets there.
 */
int target_within(struct kernel *kernel, const char *path, int (*act)(void *data), void *data);
/* 0, or -ENOENT: there is no such process. */
int target_process(struct kernel *kernel, int pid);
/* The number that the kernel has for @path or @id's program: a descriptor. */
int target_program(struct kernel *kernel, uint32_t id, const char *pinned);

/* ---- pinned.c: maps that are pinned ---- */

struct object_map;

struct pinned_map {
	int type;
	uint32_t key_size, value_size, max_entries, flags;
};
/* A descriptor of the map that is pinned at @path, and how it is defined. -ENOENT: there is
 * none. */
int target_pinned_map(struct kernel *kernel, const char *path, struct pinned_map *ret);
/* Whether something can be pinned at @path: -ENODEV: that is in no BPF file system. */
int target_pins_at(struct kernel *kernel, struct arena *arena, const char *path);
/* "max_entries 10, and 20 is wanted"; NULL: they are defined alike. */
const char *pinned_difference(const struct object_map *wanted, const struct pinned_map *found,
			      struct arena *arena);

/* ---- what is attached there ---- */

struct program_found {
	uint32_t id;
	char name[16];
	uint8_t tag[8];
	int pid; /* the process that holds it, 0: none is visible */
	char comm[16];
};
/* The holder, if it can be found out; @id 0: unknown. */
void target_describe(struct kernel *kernel, uint32_t id, struct program_found *ret);
/* Whether every process is visible: in the first PID namespace. Else "nobody holds it" is no
 * answer. */
bool target_sees_processes(void);
/* "program 12 'name' of process 7 (agent)" */
const char *target_whose(struct kernel *kernel, struct arena *arena, uint32_t id);
/* The number of the type in the kernel's BTF that the program is for (6.0); 0: it does not tell. */
uint32_t target_type_of(struct kernel *kernel, uint32_t id);
/* What the kernel tells of the program, link or types behind @fd, written over @info: 0 or a
 * negative errno. */
int target_info(struct kernel *kernel, int fd, void *info, size_t size);
/* Programs attached to a control group, network namespace, map or interface: their count, or a
 * negative errno. */
int target_query(struct kernel *kernel, int target_fd, int attach_type, uint32_t *flags,
		 uint32_t *ids, size_t room);

/* Links by number, of the kernel's struct bpf_link_info what is asked for. */
enum { LINK_OF_TRACING = 2, LINK_OF_CGROUP = 3, LINK_OF_NETNS = 5, LINK_OF_NETFILTER = 10 };
struct link_found {
	uint32_t kind, id, program, pad;
	union {
		struct {
			uint32_t attach_type, object, function; /* 5.13; before, 0 */
		} tracing;
		struct {
			uint64_t group;
			uint32_t attach_type;
		} cgroup;
		struct {
			uint32_t inode, attach_type;
		} netns;
		struct {
			uint32_t family, hook;
			int32_t priority;
			uint32_t flags;
		} netfilter;
	};
};
/* The program of the first link that is meant; 0: there is none, or the kernel does not tell. */
uint32_t target_find_link(struct kernel *kernel,
			  bool (*is_meant)(const void *data, const struct link_found *link),
			  const void *data);

/* ---- perf events ---- */

struct perf_event_attr;
/* Of `perf_event`: what is counted, and how often a sample is taken. */
void target_perf_event(const struct attach_options *on, struct perf_event_attr *ret);

#endif /* FEATSEL_HOST_TARGET_H */
