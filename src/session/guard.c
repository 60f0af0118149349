/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * guard.c - a process that does and undoes what no closed descriptor undoes: filters of traffic
 * control, XDP programs set over netlink, programs attached without a link, pins
 *
 * By the time of the undoing the process that wanted them may have dropped its capabilities or be
 * killed. The guard waits for the end of a socket, which comes either way. What it did it knows,
 * and a signal for the other process cannot come between the act and the note of it. It is made by
 * clone(2) without an exit signal, so that callers that wait for children do not see it, and calls
 * nothing that takes a lock, which another thread may have held.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/guard.h"

/* More interfaces than anybody attaches to without links; more are refused. */
#define ACTS_LIMIT 16384

/* Since 5.9; the number is the same on every architecture. */
#define CLOSE_RANGE_CALL 436
#define MANY_DESCRIPTORS 65536

static int call_bpf(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr)) ? -errno : 0;
}

/* ---- XDP ---- */

static int set_xdp(struct kernel *kernel, struct act *act)
{
	return netlink_set_xdp(kernel, act->ifindex, act->program_fd, -1, act->flags);
}

/* The current program may be somebody else's by now: remove only ours (5.7). */
static int remove_xdp(struct kernel *kernel, const struct act *act)
{
	struct bpf_prog_info own = {0};
	struct interface interface;
	int r = netlink_set_xdp(kernel, act->ifindex, -1, act->program_fd, act->flags);

	/* Older kernels cannot compare. */
	if (r != -EINVAL)
		return r;
	(void)target_info(kernel, act->program_fd, &own, sizeof(own));
	r = netlink_interface(kernel, act->ifindex, &interface);
	if (r || interface.xdp_program != own.id)
		return r;
	return netlink_set_xdp(kernel, act->ifindex, -1, -1, act->flags);
}

/* ---- traffic control ---- */

static int add_qdisc(struct kernel *kernel, struct act *act)
{
	int r = netlink_add_clsact(kernel, act->ifindex);

	return r == -EEXIST && act->shared ? 0 : r;
}

static bool has_filters(struct kernel *kernel, int ifindex, bool egress)
{
	size_t n;

	return netlink_filters(kernel, ifindex, egress, NULL, &n) || n;
}

/* Others may use it by now. */
static int remove_qdisc(struct kernel *kernel, const struct act *act)
{
	if (has_filters(kernel, act->ifindex, false) || has_filters(kernel, act->ifindex, true))
		return 0;
	return netlink_remove_clsact(kernel, act->ifindex);
}

static int add_filter(struct kernel *kernel, struct act *act)
{
	char name[sizeof(act->filter.name)];

	memcpy(name, act->filter.name, sizeof(name));
	return netlink_add_filter(kernel, act->ifindex, act->egress, act->program_fd, name,
				  &act->filter);
}

static int remove_filter(struct kernel *kernel, const struct act *act)
{
	return netlink_remove_filter(kernel, act->ifindex, act->egress, &act->filter);
}

/* ---- BPF_PROG_ATTACH ---- */

static void describe_program(const struct act *act, union bpf_attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	attr->target_fd = act->target_fd < 0 ? 0 : (uint32_t)act->target_fd;
	attr->attach_bpf_fd = (uint32_t)act->program_fd;
	attr->attach_type = (uint32_t)act->attach_type;
}

static int attach_program(struct kernel *kernel, struct act *act)
{
	union bpf_attr attr;

	(void)kernel;
	describe_program(act, &attr);
	attr.attach_flags = act->flags;
	return call_bpf(BPF_PROG_ATTACH, &attr);
}

static int detach_program(struct kernel *kernel, const struct act *act)
{
	union bpf_attr attr;

	(void)kernel;
	describe_program(act, &attr);
	return call_bpf(BPF_PROG_DETACH, &attr);
}

/* ---- structures ---- */

static int nothing(struct kernel *kernel, struct act *act)
{
	(void)kernel;
	(void)act;
	return 0;
}

/* A structure without a link is registered for as long as its map has an element. */
static int unregister(struct kernel *kernel, const struct act *act)
{
	uint32_t key = 0;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)act->target_fd;
	attr.key = (uintptr_t)&key;
	(void)kernel;
	return call_bpf(BPF_MAP_DELETE_ELEM, &attr);
}

/* ---- pins ---- */

static int make_directory(struct kernel *kernel, struct act *act)
{
	(void)kernel;
	return mkdir(act->path, 0700) ? -errno : 0;
}

/* What is pinned needs its descriptor no more. */
static int pin(struct kernel *kernel, struct act *act)
{
	union bpf_attr attr;
	int r;

	(void)kernel;
	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uintptr_t)act->path;
	attr.bpf_fd = (uint32_t)act->target_fd;
	r = call_bpf(BPF_OBJ_PIN, &attr);
	if (!r)
		close_fd(&act->target_fd);
	return r;
}

static int remove_path(struct kernel *kernel, const struct act *act)
{
	(void)kernel;
	return remove(act->path) ? -errno : 0;
}

/* ---- the table ---- */

static const struct {
	int (*perform)(struct kernel *kernel, struct act *act);
	int (*undo)(struct kernel *kernel, const struct act *act);
} acts[ACT_KINDS] = {
	[ACT_XDP] = {set_xdp, remove_xdp},
	[ACT_QDISC] = {add_qdisc, remove_qdisc},
	[ACT_FILTER] = {add_filter, remove_filter},
	[ACT_PROGRAM] = {attach_program, detach_program},
	[ACT_STRUCTURE] = {nothing, unregister},
	[ACT_DIRECTORY] = {make_directory, remove_path},
	[ACT_PIN] = {pin, remove_path},
};

/* A structure is registered by libbpf: to do it is nothing. */
static int act_do(struct kernel *kernel, struct act *act)
{
	return acts[act->kind].perform ? acts[act->kind].perform(kernel, act) : -EINVAL;
}

int act_undo(struct kernel *kernel, const struct act *act)
{
	return acts[act->kind].undo ? acts[act->kind].undo(kernel, act) : -EINVAL;
}

/* ---- the guard ---- */

static void receive_descriptors(struct msghdr *message, struct act *act)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	int fds[2] = {-1, -1};
	size_t n;

	if (!control || control->cmsg_type != SCM_RIGHTS)
		return;
	n = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(control), (n < 2 ? n : 2) * sizeof(int));
	/* Those that arrived, in order. */
	if (act->program_fd >= 0)
		act->program_fd = fds[0];
	if (act->target_fd >= 0)
		act->target_fd = act->program_fd >= 0 ? fds[1] : fds[0];
}

/* The program that came last, and its number where it came from. */
struct program_seen {
	int number, fd;
};

/*
 * Most acts are about the program of the one before: a descriptor of it for each would be as many
 * as there are interfaces.
 */
static void share_program(struct act *act, int number, struct program_seen *seen)
{
	if (number < 0)
		return;
	if (number == seen->number && seen->fd >= 0) {
		close_fd(&act->program_fd);
		act->program_fd = seen->fd;
		return;
	}
	*seen = (struct program_seen){.number = number, .fd = act->program_fd};
}

/* Whether one arrived: none does after the process at the other end is gone. */
static bool receive(int socket, struct act *act, struct program_seen *seen)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec part = {act, sizeof(*act)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;
	int number;

	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*act))
		return false;
	number = act->program_fd;
	receive_descriptors(&message, act);
	share_program(act, number, seen);
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

/* Last in, first out: our qdisc goes after the filters for which it was made. */
static void guard(struct kernel *kernel, int socket)
{
	static struct act done[ACTS_LIMIT + 1];
	struct program_seen seen = {-1, -1};
	size_t n = 0;
	int r;

	(void)setsid();
	close_others(socket);
	while (receive(0, &done[n], &seen)) {
		if (done[n].kind == ACT_KEEP) {
			r = 0;
			n = 0;
		} else {
			r = n < ACTS_LIMIT ? act_do(kernel, &done[n]) : -E2BIG;
			if (r)
				close_fd(&done[n].target_fd);
			n += !r;
		}
		(void)send(0, &r, sizeof(r), MSG_NOSIGNAL);
	}
	while (n-- > 0)
		(void)act_undo(kernel, &done[n]);
}

/* Signals for the process that it guards. */
static void block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, before);
}

static int start(struct kernel *kernel, struct guard *ret)
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

static void add_descriptors(struct msghdr *message, const struct act *act)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	int fds[2];
	size_t n = 0;

	if (act->program_fd >= 0)
		fds[n++] = act->program_fd;
	if (act->target_fd >= 0)
		fds[n++] = act->target_fd;
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(control), fds, n * sizeof(int));
	message->msg_controllen = n ? CMSG_SPACE(n * sizeof(int)) : 0;
	if (!n)
		message->msg_control = NULL;
}

static int ask(const struct guard *guard, const struct act *act)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	struct act copy = *act;
	struct iovec part = {&copy, sizeof(copy)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;
	int r;

	add_descriptors(&message, act);
	if (sendmsg(guard->socket, &message, MSG_NOSIGNAL) < 0)
		return -errno;
	do
		n = recv(guard->socket, &r, sizeof(r), 0);
	while (n < 0 && errno == EINTR);
	/* Somebody killed the guard. */
	return n == (ssize_t)sizeof(r) ? r : -EPIPE;
}

int guard_do(struct guard *guard, struct kernel *kernel, const struct act *act)
{
	int r = guard->pid > 0 ? 0 : start(kernel, guard);

	return r ? r : ask(guard, act);
}

int guard_keep(struct guard *guard)
{
	const struct act keep = {.kind = ACT_KEEP, .program_fd = -1, .target_fd = -1};

	return guard->pid > 0 ? ask(guard, &keep) : 0;
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
