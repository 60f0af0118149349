/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * guard.c - a process that removes what no closed descriptor removes: filters of traffic control,
 * XDP programs set over netlink, programs attached without a link
 *
 * By then the process that attached them may have dropped its capabilities or be killed. The guard
 * waits for the end of a socket, which comes either way. It is made by clone(2) without an exit
 * signal, so that callers that wait for children do not see it, and calls nothing that takes a
 * lock, which another thread may have held.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/guard.h"

/* More interfaces than anybody attaches to without links; more are refused. */
#define UNDO_LIMIT 16384

/* Since 5.9; the number is the same on every architecture. */
#define CLOSE_RANGE_CALL 436
#define MANY_DESCRIPTORS 65536

/* ---- one thing ---- */

static int detach_program(struct kernel *kernel, const struct undo *undo)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = undo->target_fd < 0 ? 0 : (uint32_t)undo->target_fd;
	attr.attach_bpf_fd = (uint32_t)undo->program_fd;
	attr.attach_type = (uint32_t)undo->attach_type;
	(void)kernel;
	return syscall(__NR_bpf, BPF_PROG_DETACH, &attr, sizeof(attr)) ? -errno : 0;
}

/* A structure without a link is registered for as long as its map has an element. */
static int unregister(struct kernel *kernel, const struct undo *undo)
{
	uint32_t key = 0;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)undo->target_fd;
	attr.key = (uintptr_t)&key;
	(void)kernel;
	return syscall(__NR_bpf, BPF_MAP_DELETE_ELEM, &attr, sizeof(attr)) ? -errno : 0;
}

/* The current program may be somebody else's by now: remove only ours (5.7). */
static int remove_xdp(struct kernel *kernel, const struct undo *undo)
{
	int r = netlink_set_xdp(kernel, undo->ifindex, -1, undo->program_fd, undo->flags);

	/* Older kernels cannot compare. */
	return r == -EINVAL ? netlink_set_xdp(kernel, undo->ifindex, -1, -1, undo->flags) : r;
}

static bool has_filters(struct kernel *kernel, int ifindex, bool egress)
{
	size_t n;

	return netlink_filters(kernel, ifindex, egress, NULL, &n) || n;
}

static int remove_filter(struct kernel *kernel, const struct undo *undo)
{
	int r = netlink_remove_filter(kernel, undo->ifindex, undo->egress, &undo->filter);

	/* Others may use it by now. */
	if (undo->made_qdisc && !has_filters(kernel, undo->ifindex, false) &&
	    !has_filters(kernel, undo->ifindex, true))
		(void)netlink_remove_clsact(kernel, undo->ifindex);
	return r;
}

int undo_run(struct kernel *kernel, const struct undo *undo)
{
	static int (*const undos[])(struct kernel *, const struct undo *) = {
		[UNDO_XDP] = remove_xdp,
		[UNDO_FILTER] = remove_filter,
		[UNDO_PROGRAM] = detach_program,
		[UNDO_STRUCTURE] = unregister,
	};

	return undo->kind == UNDO_NOTHING ? 0 : undos[undo->kind](kernel, undo);
}

/* ---- the guard ---- */

static void receive_descriptors(struct msghdr *message, struct undo *undo)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	int fds[2] = {-1, -1};
	size_t n;

	if (!control || control->cmsg_type != SCM_RIGHTS)
		return;
	n = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(control), (n < 2 ? n : 2) * sizeof(int));
	/* Those that arrived, in order. */
	if (undo->program_fd >= 0)
		undo->program_fd = fds[0];
	if (undo->target_fd >= 0)
		undo->target_fd = undo->program_fd >= 0 ? fds[1] : fds[0];
}

/*
 * Most of them are about the program of the one before: a descriptor of it for each would be as
 * many as there are interfaces. @number: the sender's of the program before.
 */
static void share_program(struct undo *undo, const struct undo *before, int sent, int *number)
{
	if (sent < 0)
		return;
	if (before && before->program_fd >= 0 && sent == *number) {
		(void)close(undo->program_fd);
		undo->program_fd = before->program_fd;
	}
	*number = sent;
}

/* Whether one arrived: none does after the process at the other end is gone. */
static bool receive(int socket, struct undo *undo, const struct undo *before, int *number)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec part = {undo, sizeof(*undo)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;
	int sent;

	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*undo))
		return false;
	sent = undo->program_fd;
	receive_descriptors(&message, undo);
	share_program(undo, before, sent, number);
	return true;
}

static void close_others(int keep)
{
	int fd;

	if (dup2(keep, 0) != 0 || syscall(CLOSE_RANGE_CALL, 1, ~0U, 0) == 0)
		return;
	for (fd = 1; fd < MANY_DESCRIPTORS; fd++)
		(void)close(fd);
}

/* Last in, first out: our qdisc goes with the first filter for which it was made. */
static void guard(struct kernel *kernel, int socket)
{
	static struct undo undos[UNDO_LIMIT];
	int number = -1;
	size_t n = 0;
	char ready = 1;

	(void)setsid();
	close_others(socket);
	while (n < UNDO_LIMIT && receive(0, &undos[n], n ? &undos[n - 1] : NULL, &number)) {
		n++;
		(void)send(0, &ready, 1, MSG_NOSIGNAL);
	}
	while (n-- > 0)
		(void)undo_run(kernel, &undos[n]);
}

/* Signals for the process that it guards. */
static void block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, before);
}

int guard_start(struct kernel *kernel, struct guard *ret)
{
	sigset_t before;
	int sockets[2], err;
	long pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	block_signals(&before);
	pid = syscall(__NR_clone, 0, 0, 0, 0, 0);
	err = -errno;
	if (pid == 0) {
		(void)close(sockets[0]);
		guard(kernel, sockets[1]);
		_exit(0);
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)close(sockets[1]);
	if (pid < 0) {
		(void)close(sockets[0]);
		return err;
	}
	*ret = (struct guard){.socket = sockets[0], .pid = (int)pid};
	return 0;
}

static void add_descriptors(struct msghdr *message, const struct undo *undo)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	int fds[2];
	size_t n = 0;

	if (undo->program_fd >= 0)
		fds[n++] = undo->program_fd;
	if (undo->target_fd >= 0)
		fds[n++] = undo->target_fd;
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(control), fds, n * sizeof(int));
	message->msg_controllen = n ? CMSG_SPACE(n * sizeof(int)) : 0;
	if (!n)
		message->msg_control = NULL;
}

int guard_tell(const struct guard *guard, const struct undo *undo)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	struct undo copy = *undo;
	struct iovec part = {&copy, sizeof(copy)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	char ready;
	ssize_t n;

	add_descriptors(&message, undo);
	if (sendmsg(guard->socket, &message, MSG_NOSIGNAL) < 0)
		return -errno;
	do
		n = recv(guard->socket, &ready, 1, 0);
	while (n < 0 && errno == EINTR);
	/* The guard ended: it accepts no more. */
	return n == 1 ? 0 : -E2BIG;
}

void guard_end(struct guard *guard)
{
	int status;

	if (guard->pid <= 0)
		return;
	close_fd(&guard->socket);
	while (waitpid(guard->pid, &status, __WALL) < 0 && errno == EINTR)
		;
	guard->pid = 0;
}
