/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tcp_retransmit.bpf.c - TCP sends once more what the other end has not acknowledged
 *
 * It does so when a timer runs out or an acknowledgement comes, while any process may run: the
 * record says whose the socket is by its cgroup, and names no process. What could not be sent again
 * is no record: the tracepoint tells of it too on kernels that give it the argument err. A SYN+ACK
 * goes another way and is none.
 *
 * No function stands for it: compilers put __tcp_retransmit_skb() into its callers, and a probe of
 * the function then sees nothing (6.1).
 *
 * Where nothing may be traced TCP still tells control groups, but only of connections for which
 * that was asked when they began.
 */
#include "inet.h"

enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
	TCP_NEW_SYN_RECV,
};

struct tcp_retransmit_event {
	__u64 timestamp HINT_TIMESTAMP;
	__u64 cgroup; /* of the socket's owner */
	struct tail local HINT_SOCKADDR;
	struct tail remote HINT_SOCKADDR;
	enum tcp_state state;
};
RECORD(tcp_retransmit_event)

struct tcp_retransmit_record {
	struct tcp_retransmit_event event;
	struct inet_address local;
	struct inet_address remote;
};

struct connection {
	__u64 cgroup;
	__u16 family;
	enum tcp_state state;
	struct end local;
	struct end remote;
};

static __always_inline int emit(void *ctx, const struct connection *connection)
{
	struct tcp_retransmit_record *record = record_room(struct tcp_retransmit_record);

	if (!record)
		return 0;
	record->event.timestamp = bpf_ktime_get_ns();
	record->event.cgroup = connection->cgroup;
	record->event.state = connection->state;
	put_end(&record->event.local, offsetof(struct tcp_retransmit_record, local), &record->local,
		connection->family, &connection->local);
	put_end(&record->event.remote, offsetof(struct tcp_retransmit_record, remote),
		&record->remote, connection->family, &connection->remote);
	record_emit(ctx, record, sizeof(*record));
	return 0;
}

#ifdef FEATSEL_LEGACY

/*
 * The arguments of tcp_retransmit_skb: const struct sock *, const struct sk_buff *, and on some
 * kernels int err, which a program that also suits the others cannot read: it would not attach to
 * them.
 */
SEC("raw_tracepoint/tcp_retransmit_skb")
int tcp_retransmit_raw_tracepoint(__u64 *ctx)
{
	struct connection connection = {};
	struct sock_begin sock = {};

	if (read_kernel(&sock, sizeof(sock), (const void *)ctx[0]))
		return 0;
	connection.family = sock.family;
	connection.state = sock.state;
	begin_local(&connection.local, &sock);
	begin_remote(&connection.remote, &sock);
	return emit(ctx, &connection);
}

#else

struct trace_event_raw_tcp_retransmit_skb {
	const void *skaddr;
	int err;
} __attribute__((preserve_access_index));

/*
 * Up to 5.14 the pointer shares its word with data of version 1, which the lowest bit tells apart;
 * then, and where it is none, the cgroup is the root.
 */
static __always_inline __u64 old_cgroup(const struct sock *sk)
{
	struct cgroup *cgroup = NULL;

	if (!bpf_core_field_exists(sk->sk_cgrp_data))
		return 0;
	read_kernel(&cgroup, sizeof(cgroup), __builtin_preserve_access_index(&sk->sk_cgrp_data));
	if (!cgroup || (__u64)cgroup & 1)
		return 1;
	return BPF_CORE_READ(cgroup, kn, id);
}

/* How the ends and the state of a socket are read, and its cgroup. */
#define READ_CONNECTION(read, to, sk)                 \
	do {                                          \
		(to)->family = read(sk, skc_family);  \
		(to)->state = read(sk, skc_state);    \
		READ_LOCAL(read, &(to)->local, sk);   \
		READ_REMOTE(read, &(to)->remote, sk); \
	} while (0)

static __always_inline int emit_direct(void *ctx, const struct sock *sk)
{
	struct connection connection = {};

	READ_CONNECTION(DIRECT, &connection, sk);
	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		connection.cgroup = sk->sk_cgrp_data.cgroup->kn->id;
	else
		connection.cgroup = old_cgroup(sk);
	return emit(ctx, &connection);
}

static __always_inline int emit_probed(void *ctx, const struct sock *sk)
{
	struct connection connection = {};

	READ_CONNECTION(PROBED, &connection, sk);
	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		connection.cgroup = BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
	else
		connection.cgroup = old_cgroup(sk);
	return emit(ctx, &connection);
}

/* Whether the tracepoint tells of failures, and of one now. */
static __always_inline bool has_failed(const __u64 *ctx)
{
	return bpf_core_field_exists(struct trace_event_raw_tcp_retransmit_skb, err) &&
	       (__s32)ctx[2];
}

SEC("tp_btf/tcp_retransmit_skb")
int tcp_retransmit_tp_btf(__u64 *ctx)
{
	return has_failed(ctx) ? 0 : emit_direct(ctx, (const void *)ctx[0]);
}

SEC("raw_tracepoint/tcp_retransmit_skb")
int tcp_retransmit_raw_tracepoint(__u64 *ctx)
{
	return has_failed(ctx) ? 0 : emit_probed(ctx, (const void *)ctx[0]);
}

SEC("tracepoint/tcp/tcp_retransmit_skb")
int tcp_retransmit_tracepoint(struct trace_event_raw_tcp_retransmit_skb *ctx)
{
	if (bpf_core_field_exists(ctx->err) && ctx->err)
		return 0;
	return emit_probed(ctx, ctx->skaddr);
}

#endif

/* 1: nothing is refused. What other programs asked for the connection stays asked for. */
SEC("sockops")
int tcp_retransmit_sockops(struct bpf_sock_ops *ops)
{
	struct connection connection = {};

	switch (ops->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		bpf_sock_ops_cb_flags_set(ops, ops->bpf_sock_ops_cb_flags |
						       BPF_SOCK_OPS_RETRANS_CB_FLAG);
		return 1;
	case BPF_SOCK_OPS_RETRANS_CB:
		break;
	default:
		return 1;
	}
	/* What came of it: it could not be sent again. */
	if (ops->args[2])
		return 1;
	connection.family = ops->family;
	connection.state = ops->state;
	told_local(&connection.local, ops);
	told_remote(&connection.remote, ops);
	emit(ops, &connection);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
