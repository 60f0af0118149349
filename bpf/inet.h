/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * inet.h - the ends of connections, out of the kernel's sockets
 */
#ifndef FEATSEL_INET_H
#define FEATSEL_INET_H

#include <bpf/bpf_endian.h>

#include "common.bpf.h"

enum {
	AF_UNIX = 1,
	AF_INET = 2,
	AF_INET6 = 10,
	IPPROTO_TCP = 6,
};

/* As struct sockaddr_in or struct sockaddr_in6 has it. */
struct inet_address {
	__u16 family;
	__be16 port;
	union {
		__be32 in; /* followed by 8 bytes of no meaning */
		struct {
			__be32 flow;
			__be32 addr[4];
			__u32 scope;
		} in6;
	};
};
#define SOCKADDR_IN_SIZE 16

/* One end of a connection, as struct sock_common has it. */
struct end {
	__be16 port;
	__be32 in;
	__be32 in6[4]; /* where the family is AF_INET6 */
};

/*
 * Where the two ways end in the same stores, the compiler would make them one, at an address that
 * depends on the way: verifiers refuse that to programs without CAP_PERFMON.
 */
static __always_inline void put_end(struct tail *tail, __u64 at, struct inet_address *to,
				    __u16 family, const struct end *end)
{
	to->family = family;
	to->port = end->port;
	tail->at = at;
	if (family != AF_INET6) {
		to->in = end->in;
		tail->length = SOCKADDR_IN_SIZE;
		barrier();
		return;
	}
	__builtin_memcpy(to->in6.addr, end->in6, sizeof(to->in6.addr));
	tail->length = sizeof(*to);
}

/* ---- what TCP tells programs of control groups (sockops) ---- */

static __always_inline void told_local(struct end *to, const struct bpf_sock_ops *ops)
{
	to->port = bpf_htons(ops->local_port);
	to->in = ops->local_ip4;
	to->in6[0] = ops->local_ip6[0];
	to->in6[1] = ops->local_ip6[1];
	to->in6[2] = ops->local_ip6[2];
	to->in6[3] = ops->local_ip6[3];
}

/* The port stands in the last bytes of a word in network order. */
static __always_inline void told_remote(struct end *to, const struct bpf_sock_ops *ops)
{
	to->port = bpf_htons(bpf_ntohl(ops->remote_port));
	to->in = ops->remote_ip4;
	to->in6[0] = ops->remote_ip6[0];
	to->in6[1] = ops->remote_ip6[1];
	to->in6[2] = ops->remote_ip6[2];
	to->in6[3] = ops->remote_ip6[3];
}

/* ---- what stands in a socket ---- */

#ifdef FEATSEL_LEGACY

/*
 * How struct sock_common, with which struct sock begins, has begun since before 4.18 on 64-bit
 * kernels with network namespaces.
 */
struct sock_begin {
	__be32 daddr, rcv_saddr;
	__u32 hash;
	__be16 dport;
	__u16 num; /* the local port, in the order of the processor */
	__u16 family;
	__u8 state;
	__u8 other[37];
	__be32 v6_daddr[4], v6_rcv_saddr[4];
};
_Static_assert(__builtin_offsetof(struct sock_begin, v6_daddr) == 56, "IPv6 addresses begin at 56");

static __always_inline void begin_local(struct end *to, const struct sock_begin *sock)
{
	to->port = bpf_htons(sock->num);
	to->in = sock->rcv_saddr;
	__builtin_memcpy(to->in6, sock->v6_rcv_saddr, sizeof(to->in6));
}

static __always_inline void begin_remote(struct end *to, const struct sock_begin *sock)
{
	to->port = sock->dport;
	to->in = sock->daddr;
	__builtin_memcpy(to->in6, sock->v6_daddr, sizeof(to->in6));
}

#else

struct in6_addr {
	union {
		__be32 u6_addr32[4];
	} in6_u;
} __attribute__((preserve_access_index));

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num; /* in the order of the processor */
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} __attribute__((preserve_access_index));

struct kernfs_node {
	__u64 id;
} __attribute__((preserve_access_index));

struct cgroup {
	struct kernfs_node *kn;
} __attribute__((preserve_access_index));

struct sock_cgroup_data {
	struct cgroup *cgroup; /* from 5.15 on */
} __attribute__((preserve_access_index));

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	struct sock_cgroup_data sk_cgrp_data;
} __attribute__((preserve_access_index));

/*
 * Typed pointers are read as they are, others by helper. A kernel without IPv6 has no members for
 * it.
 */
#define DIRECT(sk, member) ((sk)->__sk_common.member)
#define PROBED(sk, member) BPF_CORE_READ(sk, __sk_common.member)
#define READ_IN6(read, to, sk, member)                                \
	do {                                                          \
		if (!bpf_core_field_exists((sk)->__sk_common.member)) \
			break;                                        \
		(to)[0] = read(sk, member.in6_u.u6_addr32[0]);        \
		(to)[1] = read(sk, member.in6_u.u6_addr32[1]);        \
		(to)[2] = read(sk, member.in6_u.u6_addr32[2]);        \
		(to)[3] = read(sk, member.in6_u.u6_addr32[3]);        \
	} while (0)
#define READ_LOCAL(read, to, sk)                                 \
	do {                                                     \
		(to)->port = bpf_htons(read(sk, skc_num));       \
		(to)->in = read(sk, skc_rcv_saddr);              \
		READ_IN6(read, (to)->in6, sk, skc_v6_rcv_saddr); \
	} while (0)
#define READ_REMOTE(read, to, sk)                            \
	do {                                                 \
		(to)->port = read(sk, skc_dport);            \
		(to)->in = read(sk, skc_daddr);              \
		READ_IN6(read, (to)->in6, sk, skc_v6_daddr); \
	} while (0)

#endif

#endif
