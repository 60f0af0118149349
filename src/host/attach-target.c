/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach-target.c - whether a program can be attached where `on:` sends it
 *
 * Nothing is attached to find out: the interface is somebody's. That the kernel makes links of the
 * kind is asked elsewhere, of a target that cannot be; here it is looked whether this one is there
 * and who is there already, by the functions that the session uses.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "host/attach.h"

#define NET_CAPS (CAP_BPF_MASK | CAP_NET_ADMIN_MASK)

enum { NAMES_SHOWN = 8, FEW = 64 };

/* ---- interfaces ---- */

/* "there are: lo, eth0, ..." */
static const char *names_there(struct live *live)
{
	const struct interface *items;
	struct vec all = {0};
	const char *text = "there are:";
	size_t i;

	if (netlink_interfaces(live->kernel, &all))
		return "";
	items = all.items;
	for (i = 0; i < all.count && i < NAMES_SHOWN && text; i++)
		text = arena_printf(live->arena, "%s%s %s", text, i ? "," : "", items[i].name);
	if (all.count > NAMES_SHOWN && text)
		text = arena_printf(live->arena, "%s and %zu more", text, all.count - NAMES_SHOWN);
	vec_free(&all);
	return text ? text : "";
}

/* "did you mean 'eth0'?", NULL */
static const char *name_meant(struct live *live, const char *name)
{
	const struct interface *items;
	const char **names, *near = NULL;
	struct vec all = {0};
	size_t i;

	if (netlink_interfaces(live->kernel, &all) || !all.count)
		return NULL;
	items = all.items;
	names = arena_array(live->arena, all.count, sizeof(*names));
	for (i = 0; names && i < all.count; i++)
		names[i] = items[i].name;
	near = names ? names_nearest(name, names, all.count) : NULL;
	near = near ? arena_printf(live->arena, "did you mean '%s'?", near) : NULL;
	vec_free(&all);
	return near;
}

/* 0, or the answer. */
static int find_interfaces(struct live *live, const char *pattern, struct vec *found,
			   struct featsel_answer *answer)
{
	int r = target_interfaces(live->kernel, pattern, found);

	if (r == -ENODEV)
		*answer = answer_make(live->arena, FEATSEL_NO, REASON_TARGET_MISSING,
				      name_meant(live, pattern),
				      strpbrk(pattern, "*?[") ? "no interface matches '%s', %s"
							      : "no interface '%s', %s",
				      pattern, names_there(live));
	else if (errno_is_refusal(r))
		*answer = live_refused(live, r, NET_CAPS, "netlink(RTM_GETLINK)");
	else if (r)
		*answer = UNKNOWN(live, "netlink(RTM_GETLINK): %s", errno_name(r));
	return r;
}

/* "interface 'lo'", "12 interfaces, 'eth0' the first" */
static const char *describe(struct live *live, const struct vec *found)
{
	const struct interface *items = found->items;
	const char *text = found->count == 1
				   ? arena_printf(live->arena, "interface '%s'", items->name)
				   : arena_printf(live->arena, "%zu interfaces, '%s' the first",
						  found->count, items->name);

	return text ? text : "";
}

/*
 * Links and sockets take a descriptor an interface. The command raises its limit as far as it may,
 * a library's caller may have raised it by the time: so it is no no.
 */
static bool too_many(struct live *live, const struct vec *found, struct featsel_answer *answer)
{
	struct rlimit limit;

	if (found->count <= FEW || getrlimit(RLIMIT_NOFILE, &limit) ||
	    found->count + FEW <= limit.rlim_max)
		return false;
	*answer = answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, RAISE_OPEN_FILES,
			      "%s, each of which takes a descriptor, and at most %llu can be open",
			      describe(live, found), (unsigned long long)limit.rlim_max);
	return true;
}

typedef struct featsel_answer (*each_fn)(struct live *live, const struct section *section,
					 const struct interface *interface);

/* Every one of them must do: the worst answer is that of all. @held: each by a descriptor. */
static struct featsel_answer each(struct live *live, const struct section *section, each_fn ask_one,
				  const char *way, bool held)
{
	const struct interface *items;
	struct featsel_answer answer;
	struct vec found = {0};
	size_t i;

	if (find_interfaces(live, section->on->interfaces[0], &found, &answer)) {
		vec_free(&found);
		return answer;
	}
	items = found.items;
	answer = answer_yes(live->arena, "%s: there, by %s", describe(live, &found), way);
	if (held && too_many(live, &found, &answer))
		ask_one = NULL;
	for (i = 0; i < found.count && ask_one && answer.verdict != FEATSEL_NO; i++) {
		struct featsel_answer one = ask_one(live, section, &items[i]);

		if (found.count == 1 || (one.verdict != answer.verdict &&
					 verdict_worst(one.verdict, answer.verdict) == one.verdict))
			answer = one;
	}
	vec_free(&found);
	return answer;
}

static const char *xdp_way(struct live *live)
{
	return target_by_link(live->host, "xdp") ? "bpf_link" : "netlink";
}

#define DISPATCHER "xdp_dispatcher"

/* Both modes share one slot: native and generic programs exclude each other. */
static struct featsel_answer xdp_taken(struct live *live, const struct interface *interface)
{
	struct featsel_answer answer;
	struct program_found found;

	target_describe(live->kernel, interface->xdp_program, &found);
	if (strcmp(found.name, DISPATCHER) == 0)
		return answer_make(live->arena, FEATSEL_DENIED, REASON_TARGET_BUSY,
				   "'xdp-loader status' shows whose programs it runs",
				   "interface '%s' runs XDP %s, by which libxdp shares it",
				   interface->name,
				   target_whose(live->kernel, live->arena, interface->xdp_program));
	if (left_by_killed(live, "xdp", interface->xdp_program, &answer))
		return answer;
	return BUSY(live, "interface '%s' runs XDP %s", interface->name,
		    target_whose(live->kernel, live->arena, interface->xdp_program));
}

static struct featsel_answer xdp_on(struct live *live, const struct section *section,
				    const struct interface *interface)
{
	enum on_xdp_mode mode = section->on->xdp_mode;
	int native;

	if (interface->xdp != XDP_NOT_ATTACHED)
		return xdp_taken(live, interface);
	if (mode == XDP_MODE_GENERIC)
		return answer_yes(live->arena, "interface '%s': there, by %s, generic",
				  interface->name, xdp_way(live));
	native = netlink_xdp_native(live->kernel, interface->index);
	if (mode == XDP_MODE_ANY)
		return answer_yes(live->arena, "interface '%s': there, by %s, %s", interface->name,
				  xdp_way(live),
				  native < 0 ? "native where its driver can, else generic"
				  : native   ? "native"
					     : "generic, since its driver has no native XDP");
	if (native == 0)
		return answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED,
				   "use 'xdp_mode: generic' or 'any'",
				   "the driver of interface '%s' has no native XDP",
				   interface->name);
	if (native < 0)
		return UNKNOWN(live,
			       "whether the driver of interface '%s' has native XDP shows at "
			       "attach: drivers tell since 6.3",
			       interface->name);
	return answer_yes(live->arena, "interface '%s': there, by %s, native", interface->name,
			  xdp_way(live));
}

static struct featsel_answer probe_xdp_target(struct live *live, const struct section *section)
{
	return each(live, section, xdp_on, xdp_way(live), target_by_link(live->host, "xdp"));
}

/*
 * The parts of clsact, and a function of each. The kernel loads their modules on demand; without
 * them, "netlink: ENOENT".
 */
static const struct {
	const char *module, *function;
} clsact_parts[] = {{"sch_ingress", "clsact_init"}, {"cls_bpf", "cls_bpf_classify"}};

static bool lacks_part(struct live *live, const char *module, const char *function,
		       struct featsel_answer *answer)
{
	int n = symbols_count(live, function);
	int installed = n > 0 ? 1 : modules_installed(live, module);

	if (n > 0 || installed > 0)
		return false;
	if (n < 0 || installed < 0)
		*answer = UNKNOWN(live, "whether the kernel has '%s' cannot be seen: %s: %s",
				  module, n < 0 ? "/proc/kallsyms" : "modules.dep",
				  errno_name(n < 0 ? n : installed));
	else
		*answer = answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED,
				      "needs CONFIG_NET_SCH_INGRESS and CONFIG_NET_CLS_BPF",
				      "'%s' is neither in /proc/kallsyms nor in a module '%s' that "
				      "is installed, and there are no tcx links",
				      function, module);
	return true;
}

static bool lacks_clsact(struct live *live, struct featsel_answer *answer)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(clsact_parts); i++)
		if (lacks_part(live, clsact_parts[i].module, clsact_parts[i].function, answer))
			return true;
	return false;
}

/* The qdisc "ingress" occupies the place of "clsact", and has no egress side. */
static struct featsel_answer clsact_free(struct live *live, const struct section *section,
					 struct featsel_answer there)
{
	struct vec found = {0}, taken = {0};
	const struct interface *items;
	const int *indexes;
	size_t i, j;
	int r = netlink_ingress(live->kernel, &taken);

	if (r)
		there = UNKNOWN(live, "netlink(RTM_GETQDISC): %s", errno_name(r));
	else if (taken.count && find_interfaces(live, section->on->interfaces[0], &found, &there))
		taken.count = 0;
	items = found.items;
	indexes = taken.items;
	for (i = 0; i < taken.count; i++)
		for (j = 0; j < found.count; j++)
			if (items[j].index == indexes[i])
				there = BUSY(live,
					     "interface '%s' has qdisc 'ingress' of somebody else "
					     "in the place of 'clsact'",
					     items[j].name);
	vec_free(&found);
	vec_free(&taken);
	return there;
}

/* bpf_mprog_max(), 6.6: ERANGE. */
enum { LINKED_LIMIT = 63 };

static struct featsel_answer linked_slot(struct live *live, const struct section *section,
					 const struct interface *interface)
{
	const char *kind = target_link_kind(section);
	int attach_type = target_link_type(section), n;
	uint32_t ids[1], flags;

	n = attach_type < 0 ? 0
			    : target_query(live->kernel, interface->index, attach_type, &flags, ids,
					   ARRAY_SIZE(ids));
	if (n >= LINKED_LIMIT)
		return BUSY(live, "interface '%s' has %d programs by %s, %s the first",
			    interface->name, n, kind,
			    target_whose(live->kernel, live->arena, ids[0]));
	return answer_yes(live->arena, "interface '%s': there, by %s", interface->name, kind);
}

static struct featsel_answer netkit_on(struct live *live, const struct section *section,
				       const struct interface *interface)
{
	if (strcmp(interface->kind, "netkit") != 0)
		return NO(live, REASON_TARGET_MISSING, "interface '%s' is no netkit device",
			  interface->name);
	if (interface->secondary)
		return answer_make(live->arena, FEATSEL_NO, REASON_TARGET_MISSING,
				   "name the primary one of the pair",
				   "interface '%s' is the peer of a netkit pair", interface->name);
	return linked_slot(live, section, interface);
}

static struct featsel_answer probe_tc_target(struct live *live, const struct section *section)
{
	const char *kind = target_link_kind(section);
	bool linked = target_by_link(live->host, kind), egress = false;
	struct featsel_answer answer;

	if (!linked && target_needs_link(section))
		return attach_answer_of(live, FEATURE_LINK, kind);
	if (!linked && lacks_clsact(live, &answer))
		return answer;
	if (strcmp(kind, "netkit") == 0)
		return each(live, section, netkit_on, kind, true);
	answer = each(live, section, linked ? linked_slot : NULL, linked ? kind : "clsact", linked);
	if (linked || answer.verdict != FEATSEL_YES)
		return answer;
	(void)target_direction(section, &egress);
	return egress ? clsact_free(live, section, answer) : answer;
}

static struct featsel_answer probe_socket_target(struct live *live, const struct section *section)
{
	static const char call[] = "socket(AF_PACKET)";
	int fd = live->kernel->ops->socket
			 ? live->kernel->ops->socket(live->kernel, AF_PACKET, SOCK_RAW, 0)
			 : -ENOSYS;

	if (errno_is_refusal(fd))
		return live_refused(live, fd, CAP_NET_RAW_MASK, call);
	if (fd == -EAFNOSUPPORT)
		return answer_make(live->arena, FEATSEL_NO, REASON_TYPE_UNSUPPORTED,
				   "not built into this kernel (CONFIG_PACKET)", "%s: EAFNOSUPPORT",
				   call);
	if (fd < 0)
		return UNKNOWN(live, "%s: %s", call, errno_name(fd));
	live->kernel->ops->close(live->kernel, fd);
	return each(live, section, NULL, "a packet socket", true);
}

/* ---- control groups ---- */

static struct featsel_answer cgroup_missing(struct live *live, const char *path, int error)
{
	const char *root = NULL, *remedy = NULL;
	int fd;

	if (!path)
		return answer_make(live->arena, FEATSEL_NO, REASON_TARGET_MISSING,
				   "mount -t cgroup2 nodev /sys/fs/cgroup",
				   "/proc/self/mounts: no cgroup2 is mounted");
	if (errno_is_refusal(error))
		return live_refused(live, error, CAP_DAC_READ_SEARCH_MASK, "open(cgroup)");
	if (error != -ENOENT && error != -ENOTDIR)
		return UNKNOWN(live, "%s: %s", path, errno_name(error));
	fd = target_cgroup(live->kernel, live->arena, NULL, &root);
	if (fd >= 0) {
		live->kernel->ops->close(live->kernel, fd);
		remedy = arena_printf(live->arena, "cgroup2 is mounted at %s", root);
	}
	return answer_make(live->arena, FEATSEL_NO, REASON_TARGET_MISSING, remedy,
			   error == -ENOENT ? "%s: ENOENT" : "%s: no directory of cgroup2", path);
}

/*
 * A program attached without ALLOW_MULTI keeps its control group for itself, and one without
 * ALLOW_OVERRIDE the groups below it (hierarchy_allows_attach(), 4.10).
 */
static bool held_by_one(struct live *live, int fd, int attach_type, bool below, const char *path,
			struct featsel_answer *answer)
{
	uint32_t ids[1], flags;
	int n = target_query(live->kernel, fd, attach_type, &flags, ids, ARRAY_SIZE(ids));

	if (n >= PROGRAMS_LIMIT && !below) {
		*answer = BUSY(live, "control group %s has %d programs of the kind, %s the first",
			       path, n, target_whose(live->kernel, live->arena, ids[0]));
		return true;
	}
	if (n <= 0 || flags & BPF_F_ALLOW_MULTI || (below && flags & BPF_F_ALLOW_OVERRIDE))
		return false;
	*answer = BUSY(live, "control group %s belongs to %s alone", path,
		       target_whose(live->kernel, live->arena, ids[0]));
	return true;
}

/* Its own programs decide, else those of the nearest ancestor that has any. */
static struct featsel_answer cgroup_slot(struct live *live, const struct section *section,
					 const char *path, const char *way)
{
	struct featsel_answer answer =
		answer_yes(live->arena, "control group %s, by %s", path, way);
	const char *at = path, *found;
	bool below = false, held = false;
	int fd;

	while (at && !held && (fd = target_cgroup(live->kernel, live->arena, at, &found)) >= 0) {
		held = held_by_one(live, fd, section->attach_type, below, at, &answer);
		live->kernel->ops->close(live->kernel, fd);
		below = true;
		at = strrchr(at, '/') > at
			     ? arena_strndup(live->arena, at, (size_t)(strrchr(at, '/') - at))
			     : NULL;
	}
	return answer;
}

static struct featsel_answer probe_cgroup_target(struct live *live, const struct section *section)
{
	const char *asked = section->on ? section->on->cgroup : NULL, *path = asked;
	int fd = target_cgroup(live->kernel, live->arena, asked, &path);

	if (fd < 0)
		return cgroup_missing(live, path, fd);
	live->kernel->ops->close(live->kernel, fd);
	return cgroup_slot(live, section, path,
			   target_by_link(live->host, "cgroup") ? "bpf_link" : "BPF_PROG_ATTACH");
}

struct featsel_answer host_cgroup_target(struct live *live, const struct section *section)
{
	return probe_cgroup_target(live, section);
}

/* ---- perf events ---- */

/* A descriptor on the first of the listed processors that there is, else what the kernel said. */
static int open_listed(struct live *live, struct perf_event_attr *attr, const char *cpus)
{
	struct processors processors;
	unsigned int cpu;
	int r = processors_possible(&processors), fd = -ENODEV;

	for (cpu = 0; !r && fd == -ENODEV && cpu < processors.end; cpu++)
		if (on_cpu_listed(cpus, cpu))
			fd = live->kernel->ops->perf_event_open(live->kernel, attr, -1, (int)cpu);
	return r ? r : fd;
}

/* What is listed may be more than this machine has, as long as it has one of them. */
static struct featsel_answer no_processor(struct live *live, const char *cpus)
{
	static const char online[] = "/sys/devices/system/cpu/online";
	const char *there;

	if (kernel_read(live->kernel, live->arena, online, 4096, &there, NULL))
		there = "?";
	return answer_make(live->arena, FEATSEL_NO, REASON_TARGET_MISSING,
			   "name others with 'on: {cpus: [...]}'",
			   "no processor of '%s' is online: %s: %.*s", cpus, online,
			   (int)strcspn(there, "\n"), there);
}

static struct featsel_answer probe_event(struct live *live, const struct section *section)
{
	static const char call[] = "perf_event_open";
	const char *name = section->on && section->on->event ? section->on->event : "cpu-clock";
	const char *cpus = section->on ? section->on->cpus : NULL;
	struct perf_event_attr attr;
	int fd;

	target_perf_event(section->on, &attr);
	attr.disabled = 1;
	fd = open_listed(live, &attr, cpus);
	if (fd >= 0) {
		live->kernel->ops->close(live->kernel, fd);
		return answer_yes(live->arena, "%s(%s): allowed", call, name);
	}
	if (fd == -ENODEV && cpus)
		return no_processor(live, cpus);
	if (fd == -ENOENT || fd == -ENODEV || fd == -EOPNOTSUPP)
		return answer_make(live->arena, FEATSEL_NO, REASON_TARGET_MISSING,
				   "'cpu-clock' is there on every machine",
				   "%s(%s): %s, this machine does not count it", call, name,
				   errno_name(fd));
	if (fd == -EINVAL)
		return NO(live, REASON_TARGET_MISSING,
			  "%s(%s): EINVAL, the frequency is beyond "
			  "/proc/sys/kernel/perf_event_max_sample_rate",
			  call, name);
	return UNKNOWN(live, "%s(%s): %s", call, name, errno_name(fd));
}

/* ---- processes ---- */

struct featsel_answer host_process_target(struct live *live, int pid)
{
	int r = target_process(live->kernel, pid);

	if (r == -ENOENT)
		return NO(live, REASON_TARGET_MISSING, "/proc/%d: ENOENT, there is no such process",
			  pid);
	return r ? UNKNOWN(live, "/proc/%d: %s", pid, errno_name(r))
		 : answer_yes(live->arena, "/proc/%d: there", pid);
}

/* ---- the table ---- */

static struct featsel_answer (*const probes[ATTACH_MEANS_COUNT])(struct live *live,
								 const struct section *section) = {
	[ATTACH_XDP] = probe_xdp_target,       [ATTACH_TC] = probe_tc_target,
	[ATTACH_SOCKET] = probe_socket_target, [ATTACH_CGROUP] = probe_cgroup_target,
	[ATTACH_NETNS] = probe_netns_target,   [ATTACH_PACKET_HOOK] = probe_netfilter_target,
	[ATTACH_PERF_EVENT] = probe_event,     [ATTACH_FREPLACE] = probe_replaced,
};

struct featsel_answer host_target(struct live *live, const struct section *section)
{
	return probes[section->means](live, section);
}
