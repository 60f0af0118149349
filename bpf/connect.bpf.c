/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * connect.bpf.c - a process begins a TCP connection
 *
 * Either tcp_connect() is about to send the first packet, when all is known but the outcome, or a
 * little earlier the socket's state becomes SYN_SENT, when it need not have a port of its own yet.
 * What fails before (no route) passes by neither, for lack of a port by the second alone.
 */
#include "inet.h"

enum {
	TCP_SYN_SENT = 2,
};

struct connect_event {
	RECORD_HEAD
	struct tail local HINT_SOCKADDR;
	struct tail remote HINT_SOCKADDR;
};
RECORD(connect_event)

struct connect_record {
	struct connect_event event;
	struct inet_address local;
	struct inet_address remote;
};

/* @local: NULL if it is not known. */
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

/* The argument of tcp_connect(): struct sock * */
SEC("kprobe/tcp_connect")
int connect_kprobe(__u64 *regs)
{
	struct sock_begin sock = {};
	struct end local = {}, remote = {};

	if (!featsel_wanted() ||
	    read_kernel(&sock, sizeof(sock), (const void *)regs[FUNCTION_ARG1]))
		return 0;
	begin_local(&local, &sock);
	begin_remote(&remote, &sock);
	return emit(regs, sock.family, &local, &remote);
}

#else

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
