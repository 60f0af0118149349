/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attached.c - what is attached in this network namespace and to a control group, a line each, by
 * netlink and BPF_PROG_QUERY: a system without ip, tc and bpftool has nothing else to tell it
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attached.h"

#define MAX_PROGRAMS   128
#define MAX_INTERFACES 32

/* ---- netlink ---- */

struct request {
	struct nlmsghdr head;
	union {
		struct ifinfomsg link;
		struct tcmsg control;
	} about;
};

typedef void tell_fn(const struct nlmsghdr *message);

/* The value of an attribute behind the @size bytes that each answer of the kind begins with. */
static const struct rtattr *attribute(const struct rtattr *at, int left, int type)
{
	for (; RTA_OK(at, left); at = RTA_NEXT(at, left))
		if ((at->rta_type & NLA_TYPE_MASK) == type)
			return at;
	return NULL;
}

static const struct rtattr *member(const struct nlmsghdr *message, size_t size, int type)
{
	const char *at = (const char *)NLMSG_DATA(message) + NLMSG_ALIGN(size);

	return attribute((const struct rtattr *)(const void *)at, (int)NLMSG_PAYLOAD(message, size),
			 type);
}

static unsigned int number(const struct rtattr *at)
{
	unsigned int value = 0;

	if (at)
		memcpy(&value, RTA_DATA(at),
		       RTA_PAYLOAD(at) < sizeof(value) ? RTA_PAYLOAD(at) : sizeof(value));
	return value;
}

static const char *text(const struct rtattr *at)
{
	return at ? RTA_DATA(at) : "?";
}

/* Everything of a kind: 0, or the negative errno that the kernel answers. */
static int dump(int fd, struct request *request, tell_fn *tell)
{
	static union {
		struct nlmsghdr head;
		char bytes[65536];
	} answer;
	const struct nlmsghdr *message;
	ssize_t n;

	request->head.nlmsg_len = sizeof(*request);
	request->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (send(fd, request, sizeof(*request), 0) < 0)
		return -errno;
	for (;;) {
		n = recv(fd, &answer, sizeof(answer), 0);
		if (n < 0)
			return -errno;
		for (message = &answer.head; NLMSG_OK(message, n);
		     message = NLMSG_NEXT(message, n)) {
			if (message->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(message))->error;
			if (message->nlmsg_type == NLMSG_DONE)
				return 0;
			tell(message);
		}
	}
}

static int interfaces[MAX_INTERFACES], interface_count;

static const char *name_of(int ifindex)
{
	static char name[IF_NAMESIZE];

	return if_indextoname((unsigned int)ifindex, name) ? name : "?";
}

static void tell_interface(const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	const struct rtattr *xdp = member(message, sizeof(*link), IFLA_XDP), *mode;

	if (interface_count < MAX_INTERFACES)
		interfaces[interface_count++] = link->ifi_index;
	if (!xdp)
		return;
	mode = attribute(RTA_DATA(xdp), (int)RTA_PAYLOAD(xdp), IFLA_XDP_ATTACHED);
	if (number(mode) & 0xff)
		printf("%s xdp mode %u program %u\n", name_of(link->ifi_index), number(mode) & 0xff,
		       number(attribute(RTA_DATA(xdp), (int)RTA_PAYLOAD(xdp), IFLA_XDP_PROG_ID)));
}

static void tell_qdisc(const struct nlmsghdr *message)
{
	const struct tcmsg *control = NLMSG_DATA(message);

	printf("%s qdisc %s %x parent %x\n", name_of(control->tcm_ifindex),
	       text(member(message, sizeof(*control), TCA_KIND)), control->tcm_handle,
	       control->tcm_parent);
}

static void tell_filter(const struct nlmsghdr *message)
{
	const struct tcmsg *control = NLMSG_DATA(message);
	const struct rtattr *options = member(message, sizeof(*control), TCA_OPTIONS);

	/* The kernel answers with one for the priority and one for each filter of it. */
	if (!options || !control->tcm_handle)
		return;
	printf("%s filter %s parent %x priority %u handle %x program %s\n",
	       name_of(control->tcm_ifindex), text(member(message, sizeof(*control), TCA_KIND)),
	       control->tcm_parent, control->tcm_info >> 16, control->tcm_handle,
	       text(attribute(RTA_DATA(options), (int)RTA_PAYLOAD(options), TCA_BPF_NAME)));
}

static int of_interfaces(void)
{
	static const unsigned int parents[] = {
		TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
	};
	struct request links = {.head.nlmsg_type = RTM_GETLINK};
	struct request qdiscs = {.head.nlmsg_type = RTM_GETQDISC};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), i, way;

	if (fd < 0 || dump(fd, &links, tell_interface))
		return -1;
	/* No traffic control in the kernel is none that is left. */
	if (dump(fd, &qdiscs, tell_qdisc))
		return close(fd);
	for (i = 0; i < interface_count; i++)
		for (way = 0; way < 2; way++) {
			struct request filters = {
				.head.nlmsg_type = RTM_GETTFILTER,
				.about.control.tcm_ifindex = interfaces[i],
				.about.control.tcm_parent = parents[way],
			};

			(void)dump(fd, &filters, tell_filter);
		}
	return close(fd);
}

/* ---- BPF_PROG_QUERY ---- */

/* The kernel's numbers of attach types: the header may be older than the kernel. */
static const struct place {
	int type;
	const char *name;
} of_interface[] = {{46, "tcx ingress"},
		    {47, "tcx egress"},
		    {54, "netkit primary"},
		    {55, "netkit peer"}},
  of_namespace[] = {{17, "flow_dissector"}, {36, "sk_lookup"}};

/* Those of control groups. */
static const int group_types[] = {0,  1,  2,  3,  6,  8,  9,  10, 11, 12, 13, 14, 15, 18, 19,
				  20, 21, 22, 29, 30, 31, 32, 34, 43, 49, 50, 51, 52, 53};

/* A kernel that does not know the place has nothing there. */
static void query(const char *where, const char *name, int target, int type)
{
	unsigned int ids[MAX_PROGRAMS] = {0}, i;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (unsigned int)target;
	attr.query.attach_type = (unsigned int)type;
	attr.query.prog_ids = (unsigned long)ids;
	attr.query.prog_cnt = MAX_PROGRAMS;
	if (syscall(__NR_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)))
		return;
	for (i = 0; i < attr.query.prog_cnt; i++)
		printf("%s %s program %u\n", where, name, ids[i]);
}

static void of_group(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[32];
	size_t i;

	if (fd < 0)
		return;
	for (i = 0; i < sizeof(group_types) / sizeof(group_types[0]); i++) {
		(void)snprintf(name, sizeof(name), "attach type %d", group_types[i]);
		query("control group", name, fd, group_types[i]);
	}
	(void)close(fd);
}

int attached(const char *group)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), i;
	size_t place;

	if (of_interfaces()) {
		fprintf(stderr, "traffic: netlink: %s\n", strerror(errno));
		return 1;
	}
	for (i = 0; i < interface_count; i++)
		for (place = 0; place < sizeof(of_interface) / sizeof(of_interface[0]); place++)
			query(name_of(interfaces[i]), of_interface[place].name, interfaces[i],
			      of_interface[place].type);
	for (place = 0; place < sizeof(of_namespace) / sizeof(of_namespace[0]); place++)
		query("namespace", of_namespace[place].name, fd, of_namespace[place].type);
	if (group)
		of_group(group);
	(void)close(fd);
	return 0;
}
