/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * listen.bpf.c - a process makes a socket wait for connections, or fails to
 *
 * The call names the socket by its descriptor alone. Where BTF says how a process keeps its files
 * its address is told as well, as it stands when the call returns.
 *
 * Where nothing may be traced TCP still tells control groups of a socket that begins to listen,
 * whoever asked for it (4.19, and since 5.0 programs can send on what they are told). That is
 * neither a call that fails, nor one for a socket that listens already, nor one for a socket of
 * another kind; and not which descriptor and backlog the call named.
 */
#include "files.h"
#include "inet.h"
#include "sockaddr.h"
#include "syscall.bpf.h"

struct listen_event {
	RECORD_HEAD
	__s32 fd;
	struct tail local HINT_SOCKADDR; /* empty where the descriptor is no socket with a name */
	__s32 backlog;
	__s32 ret HINT_ERRNO;
};
RECORD(listen_event)

struct listen_record {
	struct listen_event event;
	union {
		struct inet_address inet;
		__u8 bytes[SOCKADDR_ROOM];
	} local;
};

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_LISTEN;
}

#ifdef FEATSEL_LEGACY

static __always_inline void add_local(struct listen_record *record)
{
	(void)record;
}

#else

#define S_IFMT	 0170000
#define S_IFSOCK 0140000

struct inode {
	unsigned short i_mode;
} __attribute__((preserve_access_index));

struct file {
	struct inode *f_inode;
	void *private_data;
} __attribute__((preserve_access_index));

struct socket {
	struct sock *sk;
} __attribute__((preserve_access_index));

struct sockaddr_un {
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[];
} __attribute__((preserve_access_index));

struct unix_sock {
	struct unix_address *addr;
} __attribute__((preserve_access_index));

/* The socket behind the descriptor @fd of the current process, or NULL. */
static __always_inline struct sock *find_socket(__u32 fd)
{
	struct file *file = find_file(fd);
	struct socket *socket;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	/* A descriptor by O_PATH has none. */
	socket = BPF_CORE_READ(file, private_data);
	return socket ? BPF_CORE_READ(socket, sk) : NULL;
}

static __always_inline void add_unix(struct listen_record *record, const struct unix_sock *sk)
{
	struct unix_address *address = BPF_CORE_READ(sk, addr);
	__u64 size = address ? BPF_CORE_READ(address, len) : 0;

	if (size > SOCKADDR_ROOM - 1)
		return;
	barrier_var(size);
	size &= SOCKADDR_ROOM - 1;
	if (!size ||
	    read_kernel(record->local.bytes, size, __builtin_preserve_access_index(&address->name)))
		return;
	record->event.local.at = offsetof(struct listen_record, local);
	record->event.local.length = size;
}

static __always_inline void add_local(struct listen_record *record)
{
	struct sock *sk = find_socket(record->event.fd);
	struct end local = {};
	__u16 family = sk ? PROBED(sk, skc_family) : 0;

	if (family == AF_UNIX && bpf_core_type_exists(struct unix_sock))
		add_unix(record, (const struct unix_sock *)sk);
	if (family != AF_INET && family != AF_INET6)
		return;
	READ_LOCAL(PROBED, &local, sk);
	put_end(&record->event.local, offsetof(struct listen_record, local), &record->local.inet,
		family, &local);
}

#endif

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct listen_record *record = record_room(struct listen_record);

	(void)room;
	if (!record)
		return;
	record_head(record);
	record->event.fd = call->args[0];
	record->event.backlog = call->args[1];
	record->event.ret = call->ret;
	add_local(record);
	record_emit(ctx, record, sizeof(*record));
}

SYSCALL(listen, listen, NR_LISTEN, 2)
SYSCALL_IA32(listen, listen, NR_LISTEN)
SYSCALL_SOCKETS(listen)
SYSCALLS(listen)

/*
 * TCP does so on behalf of the process that asks. From 6.10 on programs may ask for its id, from
 * 6.16 on for its user and control group as well; for its name only with CAP_PERFMON.
 */
enum known { NOBODY, PROCESS, OWNER };

static __always_inline void told_head(struct listen_record *record, enum known known)
{
	__u64 id = known == NOBODY ? 0 : bpf_get_current_pid_tgid();

	record->event.timestamp = bpf_ktime_get_ns();
	record->event.pid = id >> 32;
	record->event.tid = (__u32)id;
	if (known != OWNER)
		return;
	record->event.uid = (__u32)bpf_get_current_uid_gid();
	record->event.cgroup = bpf_get_current_cgroup_id();
}

/* 1: nothing is refused. */
static __always_inline int told(struct bpf_sock_ops *ops, enum known known)
{
	struct listen_record *record;
	struct end local = {};

	if (ops->op != BPF_SOCK_OPS_TCP_LISTEN_CB)
		return 1;
	record = record_room(struct listen_record);
	if (!record)
		return 1;
	told_head(record, known);
	told_local(&local, ops);
	put_end(&record->event.local, offsetof(struct listen_record, local), &record->local.inet,
		ops->family, &local);
	record_emit(ops, record, sizeof(*record));
	return 1;
}

SEC("sockops")
int listen_sockops(struct bpf_sock_ops *ops)
{
	return told(ops, NOBODY);
}

#ifndef FEATSEL_LEGACY

SEC("sockops")
int listen_sockops_pid(struct bpf_sock_ops *ops)
{
	return told(ops, PROCESS);
}

SEC("sockops")
int listen_sockops_task(struct bpf_sock_ops *ops)
{
	return told(ops, OWNER);
}

#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
