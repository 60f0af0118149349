/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* connections of sockets, by probes, hooks and tracepoints */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__u32 u6_addr32[4];
	} in6_u;
} __attribute__((preserve_access_index));

struct sock_common {
	union {
		struct {
			__u32 skc_daddr;
			__u32 skc_rcv_saddr;
		};
	};
	union {
		struct {
			__u16 skc_dport;
			__u16 skc_num;
		};
	};
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr;
} __attribute__((preserve_access_index));

struct sock {
	struct sock_common __sk_common;
	__u16 sk_type, sk_protocol;
} __attribute__((preserve_access_index));

struct tcp_sock {
	__u32 srtt_us;
} __attribute__((preserve_access_index));

struct trace_event_raw_inet_sock_set_state {
	const void *skaddr;
	int oldstate, newstate;
	__u16 sport, dport, family;
	__u8 saddr[4], daddr[4];
} __attribute__((preserve_access_index));

struct event {
	__u32 saddr, daddr, pid;
	__u16 port, family;
	__u8 v6[16];
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct sock *);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

SEC("kprobe/tcp_v4_connect")
int BPF_KPROBE(connect_enter, struct sock *sk)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	bpf_map_update_elem(&sockets, &tid, &sk, 0);
	return 0;
}

SEC("kretprobe/tcp_v4_connect")
int BPF_KRETPROBE(connect_leave, int ret)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct sock **socket = bpf_map_lookup_elem(&sockets, &tid), *sk;
	struct event event = {};

	if (!socket)
		return 0;
	sk = *socket;
	BPF_CORE_READ_INTO(&event.saddr, sk, __sk_common.skc_rcv_saddr);
	BPF_CORE_READ_INTO(&event.daddr, sk, __sk_common.skc_daddr);
	BPF_CORE_READ_INTO(&event.port, sk, __sk_common.skc_dport);
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	bpf_map_delete_elem(&sockets, &tid);
	return 0;
}

SEC("fexit/tcp_v6_connect")
int BPF_PROG(connect_left, struct sock *sk, void *address, int length, int ret)
{
	struct event event = {};

	if (ret)
		return 0;
	event.family = sk->__sk_common.skc_family;
	event.port = sk->__sk_common.skc_dport;
	BPF_CORE_READ_INTO(&event.v6, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

SEC("tracepoint/sock/inet_sock_set_state")
int state_changes(struct trace_event_raw_inet_sock_set_state *ctx)
{
	struct event event = {};

	if (ctx->newstate != 1 || ctx->family != 2)
		return 0;
	event.port = ctx->dport;
	bpf_probe_read_kernel(&event.daddr, sizeof(event.daddr), BPF_CORE_READ(ctx, daddr));
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

SEC("fentry/tcp_rcv_established")
int BPF_PROG(round_trip, struct sock *sk)
{
	const struct tcp_sock *ts = (void *)sk;

	return bpf_probe_read_kernel(&(__u32){0}, 4, &ts->srtt_us) * 0;
}

SEC("lsm/socket_connect")
int BPF_PROG(judges, void *sock, void *address, int addrlen)
{
	return addrlen < 2 ? -22 : 0;
}

SEC("kprobe/tcp_no_such_connect")
int BPF_KPROBE(connect_none, struct sock *sk)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
