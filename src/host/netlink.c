/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * netlink.c - interfaces and what is attached to them, over rtnetlink
 *
 * libbpf has calls for most of this, but none that lists what others attached, and its filters
 * cannot be named. By their names a later run recognises what a killed run left.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "host/private.h"

/* Newer than the oldest headers that featsel builds with, or in none: the kernel's interface. */
enum {
	SKIP_STATISTICS = 1 << 3, /* RTEXT_FILTER_SKIP_STATS, 4.6 */
	NETDEV_GET = 1,		  /* NETDEV_CMD_DEV_GET, 6.3 */
	NETDEV_IFINDEX = 1,	  /* NETDEV_A_DEV_IFINDEX */
	NETDEV_XDP_FEATURES = 3,  /* NETDEV_A_DEV_XDP_FEATURES */
	XDP_BASIC = 1,		  /* NETDEV_XDP_ACT_BASIC */
	XDP_EXPECTED = 8,	  /* IFLA_XDP_EXPECTED_FD, 5.7 */
	BPF_FILTER_ID = 11,	  /* TCA_BPF_ID, 4.13 */
	NETKIT_PRIMARY = 2,	  /* IFLA_NETKIT_PRIMARY, 6.7 */
};

#define REQUEST_ROOM 1024

/* A message and room for its attributes. */
struct request {
	struct nlmsghdr head;
	char body[REQUEST_ROOM];
};

static void *body(struct request *request)
{
	return (char *)request + NLMSG_HDRLEN;
}

static void begin(struct request *request, int type, int flags, size_t size)
{
	memset(request, 0, sizeof(*request));
	request->head.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
	request->head.nlmsg_type = (uint16_t)type;
	request->head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
}

/* There is room for everything that is ever put. NULL data: an empty attribute, for nesting. */
static struct rtattr *put(struct request *request, int type, const void *data, size_t size)
{
	size_t at = NLMSG_ALIGN(request->head.nlmsg_len);
	struct rtattr *attribute = (struct rtattr *)((char *)request + at);

	if (at + RTA_SPACE(size) > sizeof(*request))
		return NULL;
	attribute->rta_type = (uint16_t)type;
	attribute->rta_len = (uint16_t)RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(attribute), data, size);
	request->head.nlmsg_len = (uint32_t)(at + RTA_LENGTH(size));
	return attribute;
}

static void put_u32(struct request *request, int type, uint32_t value)
{
	put(request, type, &value, sizeof(value));
}

static void put_text(struct request *request, int type, const char *text)
{
	put(request, type, text, strlen(text) + 1);
}

static void end_nested(struct request *request, struct rtattr *nested)
{
	nested->rta_len = (uint16_t)((char *)request + request->head.nlmsg_len - (char *)nested);
}

/* Attribute by type among @size bytes at @data; NULL: not there. */
static const struct rtattr *find(const void *data, int size, int type)
{
	const struct rtattr *at;

	for (at = data; RTA_OK(at, size); at = RTA_NEXT(at, size))
		if ((at->rta_type & NLA_TYPE_MASK) == type)
			return at;
	return NULL;
}

static uint32_t value_u32(const struct rtattr *attribute)
{
	uint32_t value = 0;

	if (attribute && RTA_PAYLOAD(attribute) >= sizeof(value))
		memcpy(&value, RTA_DATA(attribute), sizeof(value));
	return value;
}

static void value_text(const struct rtattr *attribute, char *text, size_t size)
{
	size_t length = attribute ? RTA_PAYLOAD(attribute) : 0;

	if (length >= size)
		length = size - 1;
	if (length)
		memcpy(text, RTA_DATA(attribute), length);
	text[length] = '\0';
}

static int send_request(struct kernel *kernel, int protocol, struct request *request,
			netlink_take_fn take, void *data)
{
	if (!kernel->ops->netlink)
		return -EPROTONOSUPPORT;
	return kernel->ops->netlink(kernel, protocol, &request->head, take, data);
}

static int route(struct kernel *kernel, struct request *request, netlink_take_fn take, void *data)
{
	return send_request(kernel, NETLINK_ROUTE, request, take, data);
}

/* ---- interfaces ---- */

static void read_xdp(const struct rtattr *xdp, struct interface *interface)
{
	const struct rtattr *attached;

	if (!xdp)
		return;
	attached = find(RTA_DATA(xdp), (int)RTA_PAYLOAD(xdp), IFLA_XDP_ATTACHED);
	if (attached)
		interface->xdp = (enum xdp_attached) * (const uint8_t *)RTA_DATA(attached);
	interface->xdp_program =
		value_u32(find(RTA_DATA(xdp), (int)RTA_PAYLOAD(xdp), IFLA_XDP_PROG_ID));
}

static void read_kind(const struct rtattr *info, struct interface *interface)
{
	const struct rtattr *data, *primary = NULL;

	if (!info)
		return;
	value_text(find(RTA_DATA(info), (int)RTA_PAYLOAD(info), IFLA_INFO_KIND), interface->kind,
		   sizeof(interface->kind));
	data = find(RTA_DATA(info), (int)RTA_PAYLOAD(info), IFLA_INFO_DATA);
	if (data && strcmp(interface->kind, "netkit") == 0)
		primary = find(RTA_DATA(data), (int)RTA_PAYLOAD(data), NETKIT_PRIMARY);
	interface->secondary = primary && !*(const uint8_t *)RTA_DATA(primary);
}

static int take_this_interface(void *data, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	const void *attributes = IFLA_RTA(info);
	int size = (int)IFLA_PAYLOAD(message);
	struct interface *interface = data;

	if (message->nlmsg_type != RTM_NEWLINK)
		return 0;
	interface->index = info->ifi_index;
	value_text(find(attributes, size, IFLA_IFNAME), interface->name, sizeof(interface->name));
	read_xdp(find(attributes, size, IFLA_XDP), interface);
	read_kind(find(attributes, size, IFLA_LINKINFO), interface);
	return 0;
}

static int take_interface(void *data, const struct nlmsghdr *message)
{
	struct interface *interface;

	if (message->nlmsg_type != RTM_NEWLINK)
		return 0;
	interface = vec_add(data, sizeof(*interface));
	return interface ? take_this_interface(interface, message) : -ENOMEM;
}

int netlink_interfaces(struct kernel *kernel, struct vec *ret)
{
	struct request request;

	begin(&request, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	put_u32(&request, IFLA_EXT_MASK, SKIP_STATISTICS);
	return route(kernel, &request, take_interface, ret);
}

int netlink_interface(struct kernel *kernel, int ifindex, struct interface *ret)
{
	struct request request;
	struct ifinfomsg *info = body(&request);

	*ret = (struct interface){0};
	begin(&request, RTM_GETLINK, NLM_F_ACK, sizeof(*info));
	info->ifi_index = ifindex;
	put_u32(&request, IFLA_EXT_MASK, SKIP_STATISTICS);
	return route(kernel, &request, take_this_interface, ret);
}

/* ---- XDP ---- */

int netlink_set_xdp(struct kernel *kernel, int ifindex, int program, int expected, uint32_t flags)
{
	struct request request;
	struct ifinfomsg *info = body(&request);
	struct rtattr *xdp;

	begin(&request, RTM_SETLINK, NLM_F_ACK, sizeof(*info));
	info->ifi_index = ifindex;
	xdp = put(&request, IFLA_XDP | NLA_F_NESTED, NULL, 0);
	put_u32(&request, IFLA_XDP_FD, (uint32_t)program);
	if (expected >= 0) {
		put_u32(&request, XDP_EXPECTED, (uint32_t)expected);
		flags |= 1 << 4; /* XDP_FLAGS_REPLACE, 5.7 */
	} else if (program >= 0) {
		flags |= XDP_FLAGS_UPDATE_IF_NOEXIST;
	}
	put_u32(&request, IFLA_XDP_FLAGS, flags);
	end_nested(&request, xdp);
	return route(kernel, &request, NULL, NULL);
}

static int take_family(void *data, const struct nlmsghdr *message)
{
	const char *attributes = (const char *)NLMSG_DATA(message) + GENL_HDRLEN;
	int size = (int)(message->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
	const struct rtattr *id = find(attributes, size, CTRL_ATTR_FAMILY_ID);

	if (id)
		*(int *)data = *(const uint16_t *)RTA_DATA(id);
	return 0;
}

static int take_features(void *data, const struct nlmsghdr *message)
{
	const char *attributes = (const char *)NLMSG_DATA(message) + GENL_HDRLEN;
	int size = (int)(message->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
	const struct rtattr *features = find(attributes, size, NETDEV_XDP_FEATURES);
	uint64_t bits = 0;

	if (!features || RTA_PAYLOAD(features) < sizeof(bits))
		return 0;
	memcpy(&bits, RTA_DATA(features), sizeof(bits));
	*(int *)data = (bits & XDP_BASIC) != 0;
	return 0;
}

static void begin_generic(struct request *request, int family, int command)
{
	struct genlmsghdr *generic = body(request);

	begin(request, family, NLM_F_ACK, GENL_HDRLEN);
	generic->cmd = (uint8_t)command;
	generic->version = 1;
}

/* Drivers report it since 6.3 (d3d854fd6a1d). */
int netlink_xdp_native(struct kernel *kernel, int ifindex)
{
	struct request request;
	int family = -ENOENT, native = -ENODATA, r;

	begin_generic(&request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put_text(&request, CTRL_ATTR_FAMILY_NAME, "netdev");
	r = send_request(kernel, NETLINK_GENERIC, &request, take_family, &family);
	if (r || family < 0)
		return r ? r : family;
	begin_generic(&request, family, NETDEV_GET);
	put_u32(&request, NETDEV_IFINDEX, (uint32_t)ifindex);
	r = send_request(kernel, NETLINK_GENERIC, &request, take_features, &native);
	return r ? r : native;
}

/* ---- traffic control ---- */

static uint32_t parent_of(bool egress)
{
	return TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
}

static struct tcmsg *begin_tc(struct request *request, int type, int flags, int ifindex)
{
	struct tcmsg *tc = body(request);

	begin(request, type, flags, sizeof(*tc));
	tc->tcm_family = AF_UNSPEC;
	tc->tcm_ifindex = ifindex;
	return tc;
}

struct wanted_qdisc {
	int ifindex;
	char *kind;
	size_t size;
};

/* The dump goes over all interfaces, even if the request names one. */
static int take_qdisc(void *data, const struct nlmsghdr *message)
{
	const struct wanted_qdisc *wanted = data;
	const struct tcmsg *tc = NLMSG_DATA(message);

	if (message->nlmsg_type == RTM_NEWQDISC && tc->tcm_ifindex == wanted->ifindex &&
	    tc->tcm_parent == TC_H_INGRESS)
		value_text(find(TCA_RTA(tc), (int)TCA_PAYLOAD(message), TCA_KIND), wanted->kind,
			   wanted->size);
	return 0;
}

/* The index of each interface that has a qdisc other than clsact in its place. */
static int take_ingress(void *data, const struct nlmsghdr *message)
{
	const struct tcmsg *tc = NLMSG_DATA(message);
	char kind[16];
	int *slot;

	if (message->nlmsg_type != RTM_NEWQDISC || tc->tcm_parent != TC_H_INGRESS)
		return 0;
	value_text(find(TCA_RTA(tc), (int)TCA_PAYLOAD(message), TCA_KIND), kind, sizeof(kind));
	if (strcmp(kind, "clsact") == 0)
		return 0;
	slot = vec_add(data, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = tc->tcm_ifindex;
	return 0;
}

int netlink_ingress(struct kernel *kernel, struct vec *ret)
{
	struct request request;

	begin_tc(&request, RTM_GETQDISC, NLM_F_DUMP, 0);
	return route(kernel, &request, take_ingress, ret);
}

int netlink_qdisc(struct kernel *kernel, int ifindex, char *kind, size_t size)
{
	struct wanted_qdisc wanted = {ifindex, kind, size};
	struct request request;

	kind[0] = '\0';
	begin_tc(&request, RTM_GETQDISC, NLM_F_DUMP, ifindex);
	return route(kernel, &request, take_qdisc, &wanted);
}

static int change_clsact(struct kernel *kernel, int ifindex, int type, int flags)
{
	struct request request;
	struct tcmsg *tc = begin_tc(&request, type, NLM_F_ACK | flags, ifindex);

	tc->tcm_parent = TC_H_CLSACT;
	tc->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	put_text(&request, TCA_KIND, "clsact");
	return route(kernel, &request, NULL, NULL);
}

int netlink_add_clsact(struct kernel *kernel, int ifindex)
{
	return change_clsact(kernel, ifindex, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL);
}

int netlink_remove_clsact(struct kernel *kernel, int ifindex)
{
	return change_clsact(kernel, ifindex, RTM_DELQDISC, 0);
}

struct wanted_filters {
	struct vec *filters;
	size_t *others;
};

static int take_filter(void *data, const struct nlmsghdr *message)
{
	const struct wanted_filters *wanted = data;
	const struct tcmsg *tc = NLMSG_DATA(message);
	const void *attributes = TCA_RTA(tc);
	int size = (int)TCA_PAYLOAD(message);
	const struct rtattr *options = find(attributes, size, TCA_OPTIONS);
	struct tc_filter *filter;
	char kind[16];

	value_text(find(attributes, size, TCA_KIND), kind, sizeof(kind));
	/* The head of a priority's list is also sent, with handle 0. */
	if (message->nlmsg_type != RTM_NEWTFILTER || !tc->tcm_handle)
		return 0;
	if (strcmp(kind, "bpf") != 0 || !options || !wanted->filters) {
		++*wanted->others;
		return 0;
	}
	filter = vec_add(wanted->filters, sizeof(*filter));
	if (!filter)
		return -ENOMEM;
	filter->handle = tc->tcm_handle;
	filter->priority = TC_H_MAJ(tc->tcm_info) >> 16;
	size = (int)RTA_PAYLOAD(options);
	filter->program = value_u32(find(RTA_DATA(options), size, BPF_FILTER_ID));
	value_text(find(RTA_DATA(options), size, TCA_BPF_NAME), filter->name, sizeof(filter->name));
	return 0;
}

int netlink_filters(struct kernel *kernel, int ifindex, bool egress, struct vec *ret,
		    size_t *others)
{
	struct wanted_filters wanted = {ret, others};
	struct request request;
	struct tcmsg *tc = begin_tc(&request, RTM_GETTFILTER, NLM_F_DUMP, ifindex);

	*others = 0;
	tc->tcm_parent = parent_of(egress);
	return route(kernel, &request, take_filter, &wanted);
}

static int take_added(void *data, const struct nlmsghdr *message)
{
	const struct tcmsg *tc = NLMSG_DATA(message);
	struct tc_filter *filter = data;

	if (message->nlmsg_type != RTM_NEWTFILTER)
		return 0;
	filter->handle = tc->tcm_handle;
	filter->priority = TC_H_MAJ(tc->tcm_info) >> 16;
	return 0;
}

int netlink_add_filter(struct kernel *kernel, int ifindex, bool egress, int program,
		       const char *name, struct tc_filter *filter)
{
	const int flags = NLM_F_ACK | NLM_F_ECHO | NLM_F_CREATE | NLM_F_EXCL;
	struct request request;
	struct tcmsg *tc = begin_tc(&request, RTM_NEWTFILTER, flags, ifindex);
	struct rtattr *options;

	tc->tcm_parent = parent_of(egress);
	/* Priority 0: the kernel takes one below those that are there, so that ours comes first. */
	tc->tcm_info = TC_H_MAKE(0, htons(ETH_P_ALL));
	put_text(&request, TCA_KIND, "bpf");
	options = put(&request, TCA_OPTIONS | NLA_F_NESTED, NULL, 0);
	put_u32(&request, TCA_BPF_FD, (uint32_t)program);
	put_text(&request, TCA_BPF_NAME, name);
	put_u32(&request, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	end_nested(&request, options);
	*filter = (struct tc_filter){0};
	return route(kernel, &request, take_added, filter);
}

int netlink_remove_filter(struct kernel *kernel, int ifindex, bool egress,
			  const struct tc_filter *filter)
{
	struct request request;
	struct tcmsg *tc = begin_tc(&request, RTM_DELTFILTER, NLM_F_ACK, ifindex);

	tc->tcm_parent = parent_of(egress);
	tc->tcm_handle = filter->handle;
	tc->tcm_info = TC_H_MAKE(filter->priority << 16, htons(ETH_P_ALL));
	put_text(&request, TCA_KIND, "bpf");
	return route(kernel, &request, NULL, NULL);
}
