/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach-netns.c - whether a program can be attached in a network namespace, or to a hook of
 * netfilter there
 */
#include <errno.h>
#include <linux/bpf.h>
#include <sys/stat.h>

#include "host/attach.h"

static struct featsel_answer netns_missing(struct live *live, const char *path, int error)
{
	if (errno_is_refusal(error))
		return live_refused(live, error, CAP_DAC_READ_SEARCH_MASK, "open(netns)");
	if (error == -EINVAL)
		return NO(live, REASON_TARGET_MISSING, "%s: no network namespace", path);
	if (error == -ENOENT && path)
		return answer_make(live->arena, FEATSEL_NO, REASON_TARGET_MISSING,
				   "'ip netns list' shows those that there are", "%s: ENOENT",
				   path);
	return UNKNOWN(live, "%s: %s", path ? path : "/proc/self/ns/net", errno_name(error));
}

/* The first of the processes that have the numbers that the kernel itself gives. */
#define FIRST_NETNS "/proc/1/ns/net"

static uint32_t inode_of(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : (uint32_t)status.st_ino;
}

struct other_netns {
	uint32_t except, only; /* 0: any */
};

static bool dissects_elsewhere(const void *data, const struct link_found *link)
{
	const struct other_netns *other = data;

	return link->kind == LINK_OF_NETNS && link->netns.attach_type == BPF_FLOW_DISSECTOR &&
	       link->netns.inode != other->except &&
	       (!other->only || link->netns.inode == other->only);
}

/*
 * The first namespace's flow dissector is everybody's: others have one only where it has none, and
 * it only where no other has one (flow_dissector_bpf_prog_attach_check(), 5.5: EEXIST).
 */
static bool dissected_elsewhere(struct live *live, int fd, const char *where,
				struct featsel_answer *answer)
{
	struct other_netns other = {0};
	uint32_t first = target_sees_processes() ? inode_of(FIRST_NETNS) : 0, id;
	struct stat status;

	if (fstat(fd, &status))
		return false;
	other.except = (uint32_t)status.st_ino;
	if (other.except != first)
		other.only = first;
	id = target_find_link(live->kernel, dissects_elsewhere, &other);
	if (!id)
		return false;
	if (!first)
		*answer = UNKNOWN(live,
				  "network namespace %s: another has %s, and whether one of them "
				  "is the first, which excludes the others, cannot be seen",
				  where, target_whose(live->kernel, live->arena, id));
	else
		*answer = BUSY(live,
			       "network namespace %s: %s has %s, and the two exclude each other",
			       where, other.only ? "the first one" : "another",
			       target_whose(live->kernel, live->arena, id));
	return true;
}

bool left_by_killed(struct live *live, const char *link, uint32_t id, struct featsel_answer *answer)
{
	struct program_found found;

	target_describe(live->kernel, id, &found);
	if (found.pid || !target_sees_processes() || target_by_link(live->host, link))
		return false;
	*answer = UNKNOWN(live,
			  "program %u '%s' is there, which no process in sight holds: what a "
			  "killed run has left gives way to the next",
			  found.id, found.name);
	return true;
}

static struct featsel_answer netns_slot(struct live *live, const struct section *section, int fd,
					const char *where)
{
	bool dissects = section->attach_type == BPF_FLOW_DISSECTOR;
	const int limit = dissects ? 1 : PROGRAMS_LIMIT;
	struct featsel_answer answer;
	uint32_t ids[1], flags;
	int n = target_query(live->kernel, fd, section->attach_type, &flags, ids, ARRAY_SIZE(ids));

	if (n >= limit && dissects && left_by_killed(live, "netns", ids[0], &answer))
		return answer;
	if (n >= limit)
		return BUSY(live, "network namespace %s has %s%s, and takes %d", where,
			    target_whose(live->kernel, live->arena, ids[0]),
			    limit > 1 ? " and others" : "", limit);
	if (dissects && target_by_link(live->host, "netns") &&
	    dissected_elsewhere(live, fd, where, &answer))
		return answer;
	return answer_yes(live->arena, "network namespace %s, by %s", where,
			  target_by_link(live->host, "netns") ? "bpf_link" : "BPF_PROG_ATTACH");
}

struct featsel_answer probe_netns_target(struct live *live, const struct section *section)
{
	const char *path = section->on ? section->on->netns : NULL;
	struct featsel_answer answer;
	int fd = target_netns(live->kernel, path);

	if (fd < 0)
		return netns_missing(live, path, fd);
	answer = netns_slot(live, section, fd, path ? path : "of its own");
	live->kernel->ops->close(live->kernel, fd);
	return answer;
}

static bool is_at_hook(const void *data, const struct link_found *link)
{
	const struct link_create_attr *wanted = data;

	return link->kind == LINK_OF_NETFILTER &&
	       link->netfilter.family == wanted->netfilter.family &&
	       link->netfilter.hook == wanted->netfilter.hook &&
	       link->netfilter.priority == wanted->netfilter.priority;
}

static struct link_create_attr hook_link(const struct section *section)
{
	struct link_create_attr attr = {
		.attach_type = (uint32_t)section->attach_type,
		.netfilter.priority = section->on->priority,
	};

	(void)on_hook_parse(section->on->hook, &attr.netfilter.family, &attr.netfilter.hook);
	return attr;
}

/* A hook of BPF needs a priority that nobody else has, nftables included
 * (nf_hook_entries_grow()). Links do not tell in which namespace they are. */
struct featsel_answer attach_hook_taken(struct live *live, const struct section *section)
{
	const struct link_create_attr wanted = hook_link(section);
	uint32_t id = target_find_link(live->kernel, is_at_hook, &wanted);

	return answer_make(live->arena, FEATSEL_DENIED, REASON_TARGET_BUSY,
			   "choose another with 'on: {priority: N}'",
			   "attach netfilter: EBUSY, priority %d of hook %s belongs to %s",
			   section->on->priority, section->on->hook,
			   id ? target_whose(live->kernel, live->arena, id)
			      : "the kernel, iptables or nftables");
}

struct hook_try {
	struct kernel *kernel;
	struct link_create_attr attr;
};

static int try_hook(void *data)
{
	struct hook_try *hook = data;
	int fd = hook->kernel->ops->bpf(hook->kernel, BPF_LINK_CREATE,
					(union bpf_attr *)&hook->attr, sizeof(hook->attr));

	if (fd < 0)
		return fd;
	hook->kernel->ops->close(hook->kernel, fd);
	return 0;
}

/* For a moment, with a program that lets everything pass. */
static bool is_hook_taken(struct live *live, const struct section *section)
{
	struct hook_try hook = {.kernel = live->kernel, .attr = hook_link(section)};
	int program = link_harmless_program(live, "netfilter"), r;

	if (program < 0 || !live->kernel->ops->bpf)
		return false;
	hook.attr.prog_fd = (uint32_t)program;
	r = target_within(live->kernel, section->on->netns, try_hook, &hook);
	live->kernel->ops->close(live->kernel, program);
	return r == -EBUSY;
}

struct featsel_answer probe_netfilter_target(struct live *live, const struct section *section)
{
	const char *path = section->on ? section->on->netns : NULL;
	struct featsel_answer answer = attach_answer_of(live, FEATURE_LINK, "netfilter");
	int fd;

	if (answer.verdict != FEATSEL_YES)
		return answer;
	fd = target_netns(live->kernel, path);
	if (fd < 0)
		return netns_missing(live, path, fd);
	live->kernel->ops->close(live->kernel, fd);
	if (live->thorough && section->on && section->on->hook && is_hook_taken(live, section))
		return attach_hook_taken(live, section);
	return answer_yes(live->arena, "network namespace %s, hook %s, by bpf_link",
			  path ? path : "of its own", section->on ? section->on->hook : "");
}
