/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * target.c - targets of programs (interfaces, control groups, network namespaces, programs, perf
 * events): how the kernel identifies them, and what is already attached
 *
 * Probes and the session both ask here, so that what is predicted is what happens.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fnmatch.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "host/private.h"

#define CGROUP2_MAGIC	   0x63677270
#define NSFS_MAGIC	   0x6e736673
#define MOUNTS		   "/proc/self/mounts"
#define MOUNTS_LIMIT	   (1 << 20)
#define OWN_NETNS	   "/proc/self/ns/net"
#define NAMESPACE_TYPE	   _IO(0xb7, 3) /* NS_GET_NSTYPE */
#define LINKS_LIMIT	   65536
#define SAMPLES_PER_SECOND 99
#define FIRST_PIDNS	   0xeffffffcu /* PROC_PID_INIT_INO */

/* ---- which way ---- */

static const char *const link_kinds[ATTACH_MEANS_COUNT] = {
	[ATTACH_XDP] = "xdp",
	[ATTACH_TC] = "tcx",
	[ATTACH_CGROUP] = "cgroup",
	[ATTACH_NETNS] = "netns",
};

const char *target_link_kind(const struct section *section)
{
	if (strncmp(section->form, "netkit", 6) == 0)
		return "netkit";
	return link_kinds[section->means];
}

bool target_by_link(struct featsel_host *host, const char *kind)
{
	const struct feature *feature;

	if (feature_make(host->arena, FEATURE_LINK, NULL, kind, &feature, NULL))
		return true;
	return host_answer(host, feature).verdict != FEATSEL_NO;
}

bool target_needs_link(const struct section *section)
{
	return strncmp(section->form, "tcx", 3) == 0 || strncmp(section->form, "netkit", 6) == 0;
}

int target_link_type(const struct section *section)
{
	bool egress;

	if (section->attach_type >= ATTACH_TYPE_NETKIT_PRIMARY)
		return section->attach_type;
	if (target_direction(section, &egress))
		return -EINVAL;
	return egress ? ATTACH_TYPE_TCX_EGRESS : ATTACH_TYPE_TCX_INGRESS;
}

int target_open(struct kernel **ret)
{
	return kernel_open_live(false, ret, NULL);
}

void target_close(struct kernel *kernel)
{
	if (kernel)
		kernel->ops->free(kernel);
}

/* ---- interfaces ---- */

static int keep_matching(const struct vec *all, const char *pattern, struct vec *ret)
{
	const struct interface *items = all->items;
	struct interface *slot;
	size_t i;

	for (i = 0; i < all->count; i++) {
		if (fnmatch(pattern, items[i].name, 0) != 0)
			continue;
		slot = vec_add(ret, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		*slot = items[i];
	}
	return ret->count ? 0 : -ENODEV;
}

int target_interfaces(struct kernel *kernel, const char *pattern, struct vec *ret)
{
	struct vec all = {0};
	int r = netlink_interfaces(kernel, &all);

	if (!r)
		r = keep_matching(&all, pattern, ret);
	vec_free(&all);
	return r;
}

int target_direction(const struct section *section, bool *egress)
{
	static const char out[] = "egress";
	size_t length = strlen(section->form);

	if (section->attach_type >= 0)
		*egress = length > strlen(out) &&
			  strcmp(section->form + length - strlen(out), out) == 0;
	else if (section->on && section->on->direction)
		*egress = section->on->direction == DIRECTION_EGRESS;
	else
		return -EINVAL;
	return 0;
}

/* ---- control groups ---- */

/* "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,..." */
static const char *mounted_cgroup(struct kernel *kernel, struct arena *arena)
{
	const char *mounts, *line, *path, *type;

	if (kernel_read(kernel, arena, MOUNTS, MOUNTS_LIMIT, &mounts, NULL))
		return NULL;
	for (line = mounts; line && *line; line = line ? line + 1 : NULL) {
		path = strchr(line, ' ');
		type = path ? strchr(path + 1, ' ') : NULL;
		if (type && strncmp(type, " cgroup2 ", 9) == 0)
			return arena_strndup(arena, path + 1, (size_t)(type - path - 1));
		line = strchr(line, '\n');
	}
	return NULL;
}

int target_cgroup(struct kernel *kernel, struct arena *arena, const char *path, const char **ret)
{
	long magic;
	int r;

	if (!path)
		path = mounted_cgroup(kernel, arena);
	if (!path)
		return -ENOENT;
	*ret = path;
	r = kernel->ops->filesystem(kernel, path, &magic);
	if (r)
		return r;
	if (magic != CGROUP2_MAGIC)
		return -ENOTDIR;
	return kernel->ops->open_directory ? kernel->ops->open_directory(kernel, path)
					   : kernel->ops->open(kernel, path);
}

/* ---- network namespaces ---- */

int target_netns(struct kernel *kernel, const char *path)
{
	long magic;
	int r, fd, type;

	if (!path)
		path = OWN_NETNS;
	r = kernel->ops->filesystem(kernel, path, &magic);
	if (r)
		return r;
	if (magic != NSFS_MAGIC)
		return -EINVAL;
	fd = kernel->ops->open(kernel, path);
	type = fd < 0 ? -1 : ioctl(fd, NAMESPACE_TYPE);
	/* Before 4.11 the kernel does not tell. */
	if (type < 0 || type == CLONE_NEWNET)
		return fd;
	kernel->ops->close(kernel, fd);
	return -EINVAL;
}

/* Of the calling thread, and only while @act runs. */
int target_within(struct kernel *kernel, const char *path, int (*act)(void *data), void *data)
{
	int own CLEANUP(close_fd) = -1, other CLEANUP(close_fd) = -1, r;

	if (!path)
		return act(data);
	own = target_netns(kernel, NULL);
	other = own < 0 ? own : target_netns(kernel, path);
	if (other < 0)
		return other;
	if (setns(other, CLONE_NEWNET))
		return -errno;
	r = act(data);
	return setns(own, CLONE_NEWNET) ? -errno : r;
}

/* ---- processes ---- */

int target_process(struct kernel *kernel, int pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return kernel->ops->exists(kernel, path);
}

/* ---- programs ---- */

static int call(struct kernel *kernel, int command, union bpf_attr *attr)
{
	return kernel->ops->bpf ? kernel->ops->bpf(kernel, command, attr, sizeof(*attr)) : -ENOSYS;
}

int target_program(struct kernel *kernel, uint32_t id, const char *pinned)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	if (pinned) {
		attr.pathname = (uintptr_t)pinned;
		return call(kernel, BPF_OBJ_GET, &attr);
	}
	attr.prog_id = id;
	return call(kernel, BPF_PROG_GET_FD_BY_ID, &attr);
}

int target_info(struct kernel *kernel, int fd, void *info, size_t size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = (uint32_t)size;
	attr.info.info = (uintptr_t)info;
	return call(kernel, BPF_OBJ_GET_INFO_BY_FD, &attr);
}

static void read_info(struct kernel *kernel, int fd, struct program_found *ret)
{
	struct bpf_prog_info info = {0};

	if (target_info(kernel, fd, &info, sizeof(info)))
		return;
	memcpy(ret->name, info.name, sizeof(ret->name));
	ret->name[sizeof(ret->name) - 1] = '\0';
	memcpy(ret->tag, info.tag, sizeof(ret->tag));
}

void target_describe(struct kernel *kernel, uint32_t id, struct program_found *ret)
{
	int fd;

	*ret = (struct program_found){.id = id};
	fd = id ? target_program(kernel, id, NULL) : -ENOENT;
	if (fd < 0)
		return;
	read_info(kernel, fd, ret);
	kernel->ops->close(kernel, fd);
	if (kernel->ops->holder)
		ret->pid = kernel->ops->holder(kernel, id, ret->comm, sizeof(ret->comm));
}

uint32_t target_type_of(struct kernel *kernel, uint32_t id)
{
	/* of struct bpf_prog_info */
	struct {
		uint8_t before[224];
		uint32_t attach_btf_id, more;
	} info = {0};
	int fd = target_program(kernel, id, NULL);

	if (fd < 0)
		return 0;
	(void)target_info(kernel, fd, &info, sizeof(info));
	kernel->ops->close(kernel, fd);
	return info.attach_btf_id;
}

bool target_sees_processes(void)
{
	struct stat status;

	return !stat("/proc/self/ns/pid", &status) && status.st_ino == FIRST_PIDNS;
}

const char *target_whose(struct kernel *kernel, struct arena *arena, uint32_t id)
{
	struct program_found found;
	const char *text;

	target_describe(kernel, id, &found);
	if (found.pid > 0)
		text = arena_printf(arena, "program %u '%s' of process %d (%s)", id, found.name,
				    found.pid, found.comm);
	else
		text = arena_printf(arena, "program %u '%s', which no process in sight holds", id,
				    found.name);
	return text ? text : "a program";
}

int target_query(struct kernel *kernel, int target_fd, int attach_type, uint32_t *flags,
		 uint32_t *ids, size_t room)
{
	union bpf_attr attr;
	int r;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)target_fd;
	attr.query.attach_type = (uint32_t)attach_type;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = (uint32_t)room;
	r = call(kernel, BPF_PROG_QUERY, &attr);
	if (r == -ENOSPC)
		r = 0;
	*flags = attr.query.attach_flags;
	return r ? r : (int)attr.query.prog_cnt;
}

/* Links have numbers since 5.8. */
uint32_t target_find_link(struct kernel *kernel,
			  bool (*is_meant)(const void *data, const struct link_found *link),
			  const void *data)
{
	struct link_found found;
	union bpf_attr attr;
	uint32_t id = 0;
	int i, fd, r;

	for (i = 0; i < LINKS_LIMIT; i++) {
		memset(&attr, 0, sizeof(attr));
		attr.start_id = id;
		if (call(kernel, BPF_LINK_GET_NEXT_ID, &attr))
			return 0;
		id = attr.next_id;
		memset(&attr, 0, sizeof(attr));
		attr.link_id = id;
		fd = call(kernel, BPF_LINK_GET_FD_BY_ID, &attr);
		if (fd < 0)
			continue;
		found = (struct link_found){0};
		r = target_info(kernel, fd, &found, sizeof(found));
		kernel->ops->close(kernel, fd);
		if (!r && is_meant(data, &found))
			return found.program;
	}
	return 0;
}

/* ---- perf events ---- */

void target_perf_event(const struct attach_options *on, struct perf_event_attr *ret)
{
	*ret = (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(*ret),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = SAMPLES_PER_SECOND,
	};
	if (!on)
		return;
	if (on->event) {
		uint32_t type;
		uint64_t config;

		if (!on_event_parse(on->event, &type, &config)) {
			ret->type = type;
			ret->config = config;
		}
	}
	if (on->frequency)
		ret->sample_freq = on->frequency;
	if (on->period) {
		ret->freq = 0;
		ret->sample_period = on->period;
	}
}
