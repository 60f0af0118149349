/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * connect.bpf.c - a process begins a TCP connection
 *
 * Either tcp_connect() is about to send the first packet, when all is known but the outcome, or a
 * little earlier the socket's state becomes SYN_SENT, when it need not have a port of its own yet.
 * What fails before (no route) passes by neither, for lack of a port by the second alone.
 */
#include <bpf/bpf_endian.h>

#include "common.bpf.h"

enum {
	AF_INET6 = 10,
	IPPROTO_TCP = 6,
	TCP_SYN_SENT = 2,
};

struct connect_event {
	RECORD_HEAD
	struct tail local HINT_SOCKADDR;
	struct tail remote HINT_SOCKADDR;
};
RECORD(connect_event)

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

struct connect_record {
	struct connect_event event;
	struct inet_address local;
	struct inet_address remote;
};

/* One end of a connection, as struct sock_common has it. */
struct end {
	__be16 port;
	__be32 in;
	__be32 in6[4]; /* where the family is AF_INET6 */
};

static __always_inline void put_end(struct tail *tail, __u64 at, struct inet_address *to,
				    __u16 family, const struct end *end)
{
	to->family = family;
	to->port = end->port;
	tail->at = at;
	if (family != AF_INET6) {
		to->in = end->in;
		tail->length = SOCKADDR_IN_SIZE;
		return;
	}
	__builtin_memcpy(to->in6.addr, end->in6, sizeof(to->in6.addr));
	tail->length = sizeof(*to);
}

/* @local: NULL where it is not known. */
static __always_inline int emit(void *ctx, __u16 family, const struct end *local,
				const struct end *remote)
{
	struct connect_record *record = record_room(struct connect_record);

	if (!record)
		return 0;
	record_head(record);
	if (local)
		put_end(&record->event.local, offsetof(struct connect_record, local),
			&record->local, family, local);
	put_end(&record->event.remote, offsetof(struct connect_record, remote), &record->remote,
		family, remote);
	record_emit(ctx, record, sizeof(*record));
	return 0;
}

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
	__u8 other[38];
	__be32 v6_daddr[4], v6_rcv_saddr[4];
};
_Static_assert(__builtin_offsetof(struct sock_begin, v6_daddr) == 56, "IPv6 addresses begin at 56");

/* The argument of tcp_connect(): struct sock * */
SEC("kprobe/tcp_connect")
int connect_kprobe(__u64 *regs)
{
	struct sock_begin sock = {};
	struct end local = {}, remote = {};

	if (!featsel_wanted() ||
	    read_kernel(&sock, sizeof(sock), (const void *)regs[FUNCTION_ARG1]))
		return 0;
	local.port = bpf_htons(sock.num);
	local.in = sock.rcv_saddr;
	__builtin_memcpy(local.in6, sock.v6_rcv_saddr, sizeof(local.in6));
	remote.port = sock.dport;
	remote.in = sock.daddr;
	__builtin_memcpy(remote.in6, sock.v6_daddr, sizeof(remote.in6));
	return emit(regs, sock.family, &local, &remote);
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
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} __attribute__((preserve_access_index));

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
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

SEC("fentry/tcp_connect")
int connect_fentry(__u64 *ctx)
{
	const struct sock *sk = (const void *)ctx[0];
	struct end local = {}, remote = {};

	if (!featsel_wanted())
		return 0;
	READ_LOCAL(DIRECT, &local, sk);
	READ_REMOTE(DIRECT, &remote, sk);
	return emit(ctx, DIRECT(sk, skc_family), &local, &remote);
}

SEC("kprobe/tcp_connect")
int connect_kprobe(__u64 *regs)
{
	const struct sock *sk = (const void *)regs[FUNCTION_ARG1];
	struct end local = {}, remote = {};

	if (!featsel_wanted())
		return 0;
	READ_LOCAL(PROBED, &local, sk);
	READ_REMOTE(PROBED, &remote, sk);
	return emit(regs, PROBED(sk, skc_family), &local, &remote);
}

/*
 * The arguments of inet_sock_set_state: const struct sock *, int oldstate, int newstate. Other
 * protocols than TCP have states by the same numbers.
 */
SEC("tp_btf/inet_sock_set_state")
int connect_tp_btf(__u64 *ctx)
{
	const struct sock *sk = (const void *)ctx[0];
	struct end remote = {};

	if ((__u32)ctx[2] != TCP_SYN_SENT || !featsel_wanted() ||
	    BPF_CORE_READ_BITFIELD(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	READ_REMOTE(DIRECT, &remote, sk);
	return emit(ctx, DIRECT(sk, skc_family), NULL, &remote);
}

static __always_inline int emit_state(void *ctx, const struct sock *sk, __u32 state)
{
	struct end remote = {};

	if (state != TCP_SYN_SENT || !featsel_wanted() ||
	    BPF_CORE_READ_BITFIELD_PROBED(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	READ_REMOTE(PROBED, &remote, sk);
	return emit(ctx, PROBED(sk, skc_family), NULL, &remote);
}

SEC("raw_tracepoint/inet_sock_set_state")
int connect_raw_tracepoint(__u64 *ctx)
{
	return emit_state(ctx, (const void *)ctx[0], ctx[2]);
}

struct trace_event_raw_inet_sock_set_state {
	const void *skaddr;
	int newstate;
} __attribute__((preserve_access_index));

SEC("tracepoint/sock/inet_sock_set_state")
int connect_tracepoint(struct trace_event_raw_inet_sock_set_state *ctx)
{
	return emit_state(ctx, ctx->skaddr, ctx->newstate);
}

#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
