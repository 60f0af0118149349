/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dns.bpf.c - a question or an answer of DNS, over UDP, passes an interface
 *
 * Packets are read relative to their network header, so that it does not matter what the interface
 * puts before it. The name stands in the record as in the message (RFC 1035, 4.1), and the
 * addresses behind it, those of IPv4 mapped into IPv6.
 */
#define FITS_32_BITS
#define RECORD_STRINGS 1
#include "inet.h"

#define ETH_P_IP      0x0800
#define ETH_P_IPV6    0x86dd
#define IPPROTO_UDP   17
#define PORT_DNS      53
#define PACKET_LEAVES 4 /* PACKET_OUTGOING */
#define FRAGMENT      0x1fff

/* What EDNS makes of 512 bytes. */
#define MESSAGE_MOST 1232
#define MESSAGE_ROOM 2048
#define HEADER	     12
#define POINTER	     0xc0

#define ADDRESSES 8 /* as many answers are looked at */

enum dns_direction { INGRESS, EGRESS };

enum dns_kind { QUERY, ANSWER };

enum dns_rcode {
	NOERROR = 0,
	FORMERR,
	SERVFAIL,
	NXDOMAIN,
	NOTIMP,
	REFUSED,
	YXDOMAIN,
	YXRRSET,
	NXRRSET,
	NOTAUTH,
	NOTZONE,
};

enum dns_type {
	A = 1,
	NS = 2,
	CNAME = 5,
	SOA = 6,
	PTR = 12,
	MX = 15,
	TXT = 16,
	AAAA = 28,
	SRV = 33,
	NAPTR = 35,
	DS = 43,
	RRSIG = 46,
	NSEC = 47,
	DNSKEY = 48,
	TLSA = 52,
	SVCB = 64,
	HTTPS = 65,
	AXFR = 252,
	ANY = 255,
};

struct dns_event {
	__u64 timestamp HINT_TIMESTAMP;
	__u32 interface;
	enum dns_direction direction;
	enum dns_kind kind;
	enum dns_type type;
	struct tail name HINT_DOMAIN;
	enum dns_rcode rcode;
	__u16 id;
	__u16 answers; /* as many as the message says that it has */
	struct tail addresses HINT_ADDRESSES;
	struct tail from HINT_SOCKADDR;
	struct tail to HINT_SOCKADDR;
};
RECORD(dns_event)

struct dns_record {
	struct dns_event event;
	struct inet_address from, to;
	__u8 addresses[ADDRESSES][16];
	__u8 message[MESSAGE_ROOM]; /* sent up to the end of the name */
};
_Static_assert(sizeof(struct dns_record) + 16 <= sizeof(struct room), "a message has room");

ROOM_MAP(dns_room)

/* ---- headers ---- */

struct ipv4_header {
	__u8 version_length, service;
	__be16 length, id, fragment;
	__u8 ttl, protocol;
	__be16 sum;
	__be32 from, to;
};

struct ipv6_header {
	__be32 version;
	__be16 length;
	__u8 next, hops;
	__be32 from[4], to[4];
};

struct udp_header {
	__be16 from, to, length, sum;
};

/* Who sends to whom, and where the payload is, counted from the network header. */
struct packet {
	__u16 family;
	__u32 at, size;
	struct end from, to;
};

#define LOAD(skb, at, to) bpf_skb_load_bytes_relative(skb, at, to, sizeof(*(to)), BPF_HDR_START_NET)

static __always_inline bool read_ipv4(struct __sk_buff *skb, struct packet *packet)
{
	struct ipv4_header ip;

	if (LOAD(skb, 0, &ip) || ip.protocol != IPPROTO_UDP || ip.fragment & bpf_htons(FRAGMENT))
		return false;
	packet->family = AF_INET;
	packet->at = (ip.version_length & 15) * 4;
	packet->from.in = ip.from;
	packet->to.in = ip.to;
	return true;
}

/* UDP right behind: what has headers in between is no DNS of this world. */
static __always_inline bool read_ipv6(struct __sk_buff *skb, struct packet *packet)
{
	struct ipv6_header ip;

	if (LOAD(skb, 0, &ip) || ip.next != IPPROTO_UDP)
		return false;
	packet->family = AF_INET6;
	packet->at = sizeof(ip);
	__builtin_memcpy(packet->from.in6, ip.from, sizeof(ip.from));
	__builtin_memcpy(packet->to.in6, ip.to, sizeof(ip.to));
	return true;
}

static __always_inline bool read_udp(struct __sk_buff *skb, struct packet *packet)
{
	struct udp_header udp;

	if (LOAD(skb, packet->at, &udp))
		return false;
	packet->at += sizeof(udp);
	packet->size = bpf_ntohs(udp.length) - sizeof(udp);
	packet->from.port = udp.from;
	packet->to.port = udp.to;
	return udp.from == bpf_htons(PORT_DNS) || udp.to == bpf_htons(PORT_DNS);
}

static __always_inline bool read_packet(struct __sk_buff *skb, struct packet *packet)
{
	__u32 protocol = skb->protocol;

	if (protocol == bpf_htons(ETH_P_IP))
		return read_ipv4(skb, packet) && read_udp(skb, packet);
	return protocol == bpf_htons(ETH_P_IPV6) && read_ipv6(skb, packet) && read_udp(skb, packet);
}

/* ---- messages ---- */

/*
 * Of a place in the message all but that it is one. With the mask the kernel's verifier forgets how
 * it came there, so that one of the many ways is enough for it.
 */
static __always_inline __u64 place(__u64 at)
{
	barrier_var(at);
	return at & (MESSAGE_ROOM - 1);
}

static __always_inline __u16 word(const __u8 *at)
{
	return at[0] << 8 | at[1];
}

/* Written out for kernels without loops; clang leaves a loop with such ways out as it is. */
#define TIMES_6(step)  step step step step step step
#define TIMES_8(step)  step step step step step step step step
#define TIMES_40(step) TIMES_8(step step step step step)

#define LABEL                                 \
	{                                     \
		__u8 length;                  \
		if (at >= size)               \
			return 0;             \
		at = place(at);               \
		length = record->message[at]; \
		if (!length)                  \
			return place(at + 1); \
		if (length & POINTER)         \
			return place(at + 2); \
		at += length + 1;             \
	}

/*
 * The place behind the name at @at, 0 if it has no end: of the question, where an
 * address of IPv6 backwards has 34 labels.
 */
static __always_inline __u64 skip_question(const struct dns_record *record, __u64 at, __u64 size)
{
	TIMES_40(LABEL)
	return 0;
}

/* The same of an answer's name, which mostly is that of another one. */
static __always_inline __u64 skip_owner(const struct dns_record *record, __u64 at, __u64 size)
{
	TIMES_6(LABEL)
	return 0;
}

static __always_inline void add_address(struct dns_record *record, const __u8 *data, __u16 type,
					__u16 size)
{
	struct tail *tail = &record->event.addresses;
	__u64 used = tail->length;
	__u8 *to;

	barrier_var(used);
	used &= sizeof(record->addresses) - 16;
	to = &record->addresses[0][0] + used;
	if (type == A && size == 4) {
		__builtin_memset(to, 0, 10);
		to[10] = to[11] = 0xff;
		__builtin_memcpy(to + 12, data, 4);
	} else if (type == AAAA && size == 16) {
		__builtin_memcpy(to, data, 16);
	} else {
		return;
	}
	tail->length = used + 16;
}

/* Up to the first that is damaged, or cut. */
static __always_inline void add_addresses(struct dns_record *record, __u64 at, __u64 size)
{
	const __u8 *head;
	__u16 length;

	record->event.addresses.at = offsetof(struct dns_record, addresses);
#pragma unroll
	for (int i = 0; i < ADDRESSES; i++) {
		if (i >= record->event.answers)
			return;
		at = skip_owner(record, at, size);
		if (!at || at + 10 > size)
			return;
		/* type, class, time to live, length */
		at = place(at);
		head = &record->message[at];
		length = word(head + 8);
		if (at + 10 + length > size)
			return;
		add_address(record, head + 10, word(head), length);
		at = place(at + 10 + length);
	}
	if (record->event.answers > ADDRESSES)
		record->event.addresses.length |= TAIL_TRUNCATED;
}

/*
 * A number by way of memory, of which verifiers know nothing. What is known of a place on one of
 * the ways to it, and not on all, is refused to programs without CAP_PERFMON.
 */
static __always_inline __u64 forget(volatile __u16 *room, __u64 number)
{
	*room = number;
	return *room;
}

/* The bytes of the record that are taken. */
static __always_inline __u64 add_message(struct dns_record *record, __u64 size)
{
	const __u64 start = offsetof(struct dns_record, message);
	const __u8 *header = record->message;
	struct tail *name = &record->event.name;
	__u64 end;

	record->event.id = word(header);
	record->event.kind = header[2] & 0x80 ? ANSWER : QUERY;
	record->event.rcode = header[3] & 0x0f;
	record->event.answers = word(header + 6);
	if (!word(header + 4))
		return start;
	size = forget(&name->length, size);
	end = skip_question(record, forget(&name->at, start + HEADER) - start, size);
	name->length = (end ? end : size) - HEADER;
	if (end && end + 4 <= size) {
		record->event.type = word(&record->message[place(end)]);
		add_addresses(record, end + 4, size);
	}
	return start + (end ? end : size);
}

/* ---- programs ---- */

static __always_inline void see(struct __sk_buff *skb, enum dns_direction direction)
{
	struct packet packet = {};
	struct dns_record *record;
	__u64 size;

	if (!read_packet(skb, &packet))
		return;
	record = (struct dns_record *)record_long(ROOM(dns_room), struct dns_event);
	if (!record)
		return;
	size = packet.size;
	barrier_var(size);
	if (size < HEADER)
		return;
	if (size > MESSAGE_MOST)
		size = MESSAGE_MOST;
	if (bpf_skb_load_bytes_relative(skb, packet.at, record->message, size, BPF_HDR_START_NET))
		return;
	record->event.timestamp = bpf_ktime_get_ns();
	record->event.interface = skb->ifindex;
	record->event.direction = direction;
	__builtin_memset(&record->from, 0, sizeof(record->from));
	__builtin_memset(&record->to, 0, sizeof(record->to));
	put_end(&record->event.from, offsetof(struct dns_record, from), &record->from,
		packet.family, &packet.from);
	put_end(&record->event.to, offsetof(struct dns_record, to), &record->to, packet.family,
		&packet.to);
	record_emit_long(skb, record, add_message(record, size));
}

/* -1: the next program decides what becomes of the packet. */
SEC("tc/ingress")
int dns_tc_ingress(struct __sk_buff *skb)
{
	see(skb, INGRESS);
	return -1;
}

SEC("tc/egress")
int dns_tc_egress(struct __sk_buff *skb)
{
	see(skb, EGRESS);
	return -1;
}

#ifndef FEATSEL_LEGACY

SEC("tcx/ingress")
int dns_tcx_ingress(struct __sk_buff *skb)
{
	see(skb, INGRESS);
	return -1;
}

SEC("tcx/egress")
int dns_tcx_egress(struct __sk_buff *skb)
{
	see(skb, EGRESS);
	return -1;
}

/* 0: nobody reads from the socket. */
SEC("socket")
int dns_socket(struct __sk_buff *skb)
{
	see(skb, skb->pkt_type == PACKET_LEAVES ? EGRESS : INGRESS);
	return 0;
}

#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
