/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* attach-net.c - programs to interfaces: XDP, traffic control, packet sockets; netfilter */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "session/attaching.h"

#define ATTACH_XDP_NUMBER 37 /* BPF_XDP, 5.9 */
#define FILTER_MARK	  "featsel:"
#define OWN_PIDNS	  "/proc/self/ns/pid"

typedef int (*on_interface_fn)(const struct attaching *attaching,
			       const struct interface *interface);

/* Whether an earlier pattern of the list has matched it already. */
static bool is_done(const struct vec *done, int index)
{
	const struct interface *items = done->items;
	size_t i;

	for (i = 0; i < done->count; i++)
		if (items[i].index == index)
			return true;
	return false;
}

static int each_matching(const struct attaching *attaching, const char *pattern, struct vec *done,
			 on_interface_fn act)
{
	const struct interface *items;
	struct vec found = {0};
	struct interface *slot;
	size_t i;
	int r = target_interfaces(attaching->kernel, pattern, &found);

	items = found.items;
	for (i = 0; i < found.count && !r; i++) {
		if (is_done(done, items[i].index))
			continue;
		r = act(attaching, &items[i]);
		slot = r ? NULL : vec_add(done, sizeof(*slot));
		if (slot)
			*slot = items[i];
		else if (!r)
			r = -ENOMEM;
	}
	vec_free(&found);
	return r;
}

/* A stream whose interfaces go gets nothing any more; without the socket that is not told. */
static int keep_interfaces(struct stream *stream, const struct vec *done)
{
	const struct interface *items = done->items;
	struct interface *slot;
	size_t i;

	for (i = 0; i < done->count; i++) {
		slot = vec_add(&stream->interfaces, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		*slot = items[i];
	}
	if (stream->departures < 0)
		stream->departures = kernel_watch_links();
	return 0;
}

static void tell_gone(void *data, int ifindex)
{
	struct stream *stream = data;
	struct interface *items = stream->interfaces.items;
	size_t i;

	for (i = 0; i < stream->interfaces.count && items[i].index != ifindex;)
		i++;
	if (i == stream->interfaces.count)
		return;
	context_log(stream->host->context, FEATSEL_LOG_WARNING,
		    "event '%s': interface '%s' is gone, and what was attached to it%s",
		    stream->candidate->event->name, items[i].name,
		    stream->interfaces.count == 1 ? ": no more records come" : "");
	items[i] = items[--stream->interfaces.count];
}

void interfaces_look(struct stream *stream)
{
	kernel_hear_links(stream->departures, tell_gone, stream);
}

static int each_interface(const struct attaching *attaching, on_interface_fn act)
{
	const char *const *pattern = attaching->on->interfaces;
	struct vec done = {0};
	int r = pattern && *pattern ? 0 : -ENODEV;

	for (; !r && *pattern; pattern++)
		r = each_matching(attaching, *pattern, &done, act);
	if (!r)
		r = keep_interfaces(attaching->stream, &done);
	vec_free(&done);
	return r;
}

static int program_fd(const struct attaching *attaching)
{
	return bpf_program__fd(attaching->program);
}

/* ---- XDP ---- */

static int set_xdp(const struct attaching *attaching, const struct interface *interface,
		   uint32_t flags)
{
	const struct act act = {
		.kind = ACT_XDP,
		.ifindex = interface->index,
		.flags = flags,
		.program_fd = program_fd(attaching),
		.target_fd = -1,
	};

	if (interface->xdp_program && attachment_is_left(attaching, interface->xdp_program))
		(void)netlink_set_xdp(attaching->kernel, interface->index, -1, -1, flags);
	return attachment_by_guard(attaching, &act);
}

static int place_xdp(const struct attaching *attaching, const struct interface *interface,
		     uint32_t flags)
{
	struct link_create_attr attr = {
		.prog_fd = (uint32_t)program_fd(attaching),
		.target = (uint32_t)interface->index,
		.attach_type = ATTACH_XDP_NUMBER,
		.flags = flags,
	};

	if (target_by_link(attaching->host, "xdp"))
		return attach_link(attaching, &attr, offsetof(struct link_create_attr, tcx));
	return set_xdp(attaching, interface, flags);
}

static int attach_xdp_to(const struct attaching *attaching, const struct interface *interface)
{
	static const uint32_t flags[] = {[XDP_MODE_ANY] = 0,
					 [XDP_MODE_NATIVE] = XDP_MODE_FLAG_NATIVE,
					 [XDP_MODE_GENERIC] = XDP_MODE_FLAG_GENERIC};
	enum on_xdp_mode mode = attaching->on->xdp_mode;
	const char *way = target_by_link(attaching->host, "xdp") ? "bpf_link" : "netlink";
	struct interface now;
	int r = place_xdp(attaching, interface, flags[mode]);

	/* The driver cannot run this program, or not with these buffers. */
	if (r && r != -EBUSY && r != -EEXIST && mode == XDP_MODE_ANY) {
		attach_tell(attaching, "native XDP on interface '%s' failed: %s, so generic",
			    interface->name, errno_name(r));
		r = place_xdp(attaching, interface, XDP_MODE_FLAG_GENERIC);
	}
	if (r)
		return r;
	if (netlink_interface(attaching->kernel, interface->index, &now))
		now.xdp = XDP_NOT_ATTACHED;
	attach_tell(attaching, "interface '%s', %s, %s", interface->name, way,
		    now.xdp == XDP_GENERIC	  ? "generic"
		    : now.xdp != XDP_NOT_ATTACHED ? "native"
						  : "native where the driver can");
	return 0;
}

int attach_xdp(const struct attaching *attaching)
{
	return each_interface(attaching, attach_xdp_to);
}

/* ---- traffic control ---- */

/* What distinguishes a process from a later one with the same pid. */
struct process {
	unsigned long long pid_namespace, started;
	int pid;
};

static unsigned long long started_at(int pid)
{
	char path[64], text[1024], *at;
	unsigned long long value = 0;
	int field;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_read_start(path, text, sizeof(text)))
		return 0;
	/* The name in the second field may contain anything. */
	at = strrchr(text, ')');
	for (field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		value = strtoull(at + 1, NULL, 10);
	return value;
}

static struct process ourselves(void)
{
	struct process process = {.pid = (int)getpid()};
	struct stat status;

	if (!stat(OWN_PIDNS, &status))
		process.pid_namespace = (unsigned long long)status.st_ino;
	process.started = started_at(process.pid);
	return process;
}

/* What the name of a filter says, "featsel:EVENT:PROGRAM:1:4026531836:77:123456": its creator, and
 * whether the qdisc is featsel's, too. */
struct mark {
	size_t head; /* bytes before the numbers */
	int qdisc;
	struct process creator;
};

static void filter_name(const struct attaching *attaching, bool made_qdisc, char *name, size_t size)
{
	struct process own = ourselves();

	snprintf(name, size, FILTER_MARK "%s:%s:%d:%llu:%d:%llu",
		 attaching->stream->candidate->event->name, bpf_program__name(attaching->program),
		 made_qdisc, own.pid_namespace, own.pid, own.started);
}

/* Whether the filter is one of featsel's. */
static bool read_mark(const char *name, struct mark *ret)
{
	const char *at = name + strlen(name);
	int colons = 0;

	if (strncmp(name, FILTER_MARK, sizeof(FILTER_MARK) - 1) != 0)
		return false;
	while (at > name && colons < 4)
		colons += *--at == ':';
	ret->head = (size_t)(at + 1 - name);
	return sscanf(at, ":%d:%llu:%d:%llu", &ret->qdisc, &ret->creator.pid_namespace,
		      &ret->creator.pid, &ret->creator.started) == 4;
}

/* A filter of this event and program whose process is gone; about another PID namespace nobody can
 * tell. */
static bool is_dead(const struct attaching *attaching, const char *name)
{
	struct process own = ourselves();
	struct mark mark;
	char head[200];
	int length = snprintf(head, sizeof(head),
			      FILTER_MARK "%s:%s:", attaching->stream->candidate->event->name,
			      bpf_program__name(attaching->program));

	return read_mark(name, &mark) && (size_t)length == mark.head &&
	       strncmp(name, head, mark.head) == 0 &&
	       mark.creator.pid_namespace == own.pid_namespace &&
	       started_at(mark.creator.pid) != mark.creator.started;
}

static void clean_filters(const struct attaching *attaching, int ifindex, bool egress)
{
	struct act act = {.kind = ACT_FILTER, .ifindex = ifindex, .egress = egress};
	const struct tc_filter *items;
	struct vec filters = {0};
	size_t i, others;

	(void)netlink_filters(attaching->kernel, ifindex, egress, &filters, &others);
	items = filters.items;
	for (i = 0; i < filters.count; i++) {
		if (!is_dead(attaching, items[i].name))
			continue;
		act.filter = items[i];
		(void)act_undo(attaching->kernel, &act);
	}
	vec_free(&filters);
}

/* Whether a run of featsel's made the qdisc that is there: the last of them takes it off. */
static bool is_shared(const struct attaching *attaching, int ifindex)
{
	const struct tc_filter *items;
	struct vec filters = {0};
	struct mark mark;
	bool shared = false;
	size_t i, others;

	(void)netlink_filters(attaching->kernel, ifindex, false, &filters, &others);
	(void)netlink_filters(attaching->kernel, ifindex, true, &filters, &others);
	items = filters.items;
	for (i = 0; i < filters.count && !shared; i++)
		shared = read_mark(items[i].name, &mark) && mark.qdisc;
	vec_free(&filters);
	return shared;
}

/* The qdisc "ingress" occupies the place of clsact, and has no other direction. */
static int make_qdisc(const struct attaching *attaching, const struct interface *interface,
		      bool egress, bool *made)
{
	const struct act act = {
		.kind = ACT_QDISC,
		.ifindex = interface->index,
		.shared = is_shared(attaching, interface->index),
		.program_fd = -1,
		.target_fd = -1,
	};
	char kind[32];
	int r = guard_do(&attaching->stream->guard, attaching->kernel, &act);

	*made = r == 0;
	clean_filters(attaching, interface->index, egress);
	if (r != -EEXIST)
		return r;
	r = netlink_qdisc(attaching->kernel, interface->index, kind, sizeof(kind));
	return r || !egress || strcmp(kind, "clsact") == 0 ? r : -EBUSY;
}

static int add_filter(const struct attaching *attaching, const struct interface *interface,
		      bool egress)
{
	struct act act = {.kind = ACT_FILTER,
			  .ifindex = interface->index,
			  .egress = egress,
			  .program_fd = program_fd(attaching),
			  .target_fd = -1};
	bool made_qdisc;
	int r = make_qdisc(attaching, interface, egress, &made_qdisc);

	if (r)
		return r;
	filter_name(attaching, made_qdisc, act.filter.name, sizeof(act.filter.name));
	return attachment_by_guard(attaching, &act);
}

static int link_tc(const struct attaching *attaching, const struct interface *interface)
{
	struct link_create_attr attr = {
		.prog_fd = (uint32_t)program_fd(attaching),
		.target = (uint32_t)interface->index,
		.attach_type = (uint32_t)target_link_type(attaching->section),
	};

	return attach_link(attaching, &attr, sizeof(attr));
}

static int attach_tc_to(const struct attaching *attaching, const struct interface *interface)
{
	const char *kind = target_link_kind(attaching->section);
	bool egress, linked = target_by_link(attaching->host, kind);
	int r = target_direction(attaching->section, &egress);

	if (r)
		return r;
	if (linked)
		r = link_tc(attaching, interface);
	else if (target_needs_link(attaching->section))
		r = -EINVAL;
	else
		r = add_filter(attaching, interface, egress);
	if (!r)
		attach_tell(attaching, "interface '%s', %s, %s", interface->name,
			    linked ? kind : "clsact", egress ? "egress" : "ingress");
	return r;
}

int attach_tc(const struct attaching *attaching)
{
	return each_interface(attaching, attach_tc_to);
}

/* ---- packet sockets ---- */

/* A socket receives nothing before it is bound, so the program misses no packet. */
static int attach_socket_to(const struct attaching *attaching, const struct interface *interface)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htons(ETH_P_ALL),
				      .sll_ifindex = interface->index};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), program = program_fd(attaching), r;
	const int small = 1;

	if (fd < 0)
		return -errno;
	/* Nobody reads what the program lets pass. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	r = setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address));
	if (r) {
		r = -errno;
		close(fd);
		return r;
	}
	attach_tell(attaching, "packet socket on interface '%s'", interface->name);
	return attachment_add_fd(attaching->stream, fd);
}

int attach_socket(const struct attaching *attaching)
{
	return each_interface(attaching, attach_socket_to);
}

/* ---- netfilter ---- */

static int link_netfilter(void *data)
{
	const struct attaching *attaching = data;
	struct link_create_attr attr = {
		.prog_fd = (uint32_t)program_fd(attaching),
		.attach_type = (uint32_t)attaching->section->attach_type,
		.netfilter.priority = attaching->on->priority,
	};

	if (!attaching->on->hook ||
	    on_hook_parse(attaching->on->hook, &attr.netfilter.family, &attr.netfilter.hook))
		return -EINVAL;
	return attach_link(attaching, &attr, sizeof(attr));
}

/* The kernel uses the namespace of the calling thread. */
int attach_netfilter(const struct attaching *attaching)
{
	struct attaching within = *attaching;

	return target_within(attaching->kernel, attaching->on->netns, link_netfilter, &within);
}
