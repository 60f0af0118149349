/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* netlink.h - interfaces, and the programs attached to them, over rtnetlink */
#ifndef FEATSEL_HOST_NETLINK_H
#define FEATSEL_HOST_NETLINK_H

#include "base/base.h"

struct kernel;

/* How an XDP program is attached: the kernel's XDP_ATTACHED_* and XDP_FLAGS_*. */
enum xdp_attached {
	XDP_NOT_ATTACHED = 0,
	XDP_IN_DRIVER,
	XDP_GENERIC,
	XDP_IN_HARDWARE,
	XDP_SEVERAL
};

struct interface {
	int index;
	char name[16];
	enum xdp_attached xdp;
	uint32_t xdp_program; /* id of the program that runs, 0 none */
	char kind[16];	      /* "veth", "netkit"; "" */
	bool secondary; /* the peer of a netkit pair: programs for both ends belong to the other */
};

/* A filter of traffic control that is a BPF program. */
struct tc_filter {
	uint32_t handle, priority, program;
	char name[256];
};

/* Of the network namespace that the thread is in: 0 or a negative errno. struct interface. */
int netlink_interfaces(struct kernel *kernel, struct vec *ret);
int netlink_interface(struct kernel *kernel, int ifindex, struct interface *ret);
/* What becomes of interfaces, from now on: a descriptor that kernel_hear_links() reads, which does
 * not wait. @gone is called for each that is no more. */
int kernel_watch_links(void);
void kernel_hear_links(int fd, void (*gone)(void *data, int ifindex), void *data);
/* The int indexes of interfaces with another qdisc in the place of clsact. */
int netlink_ingress(struct kernel *kernel, struct vec *ret);
/* "clsact", "ingress"; "" if the place is free. */
int netlink_qdisc(struct kernel *kernel, int ifindex, char *kind, size_t size);
int netlink_add_clsact(struct kernel *kernel, int ifindex);
int netlink_remove_clsact(struct kernel *kernel, int ifindex);
/* struct tc_filter, of kind bpf; *others counts those of another kind, @ret NULL: all. */
int netlink_filters(struct kernel *kernel, int ifindex, bool egress, struct vec *ret,
		    size_t *others);
/* Direct action; the kernel chooses priority and handle, which come back in @filter. */
int netlink_add_filter(struct kernel *kernel, int ifindex, bool egress, int program,
		       const char *name, struct tc_filter *filter);
int netlink_remove_filter(struct kernel *kernel, int ifindex, bool egress,
			  const struct tc_filter *filter);
/* @program -1 takes it away; @expected: only if that one is there, -1: only if none is. */
int netlink_set_xdp(struct kernel *kernel, int ifindex, int program, int expected, uint32_t flags);
/* Whether the driver runs XDP programs itself: 1, 0, or a negative errno where it does not tell
 * (before 6.3). */
int netlink_xdp_native(struct kernel *kernel, int ifindex);

#endif /* FEATSEL_HOST_NETLINK_H */
