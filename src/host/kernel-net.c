/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* kernel-net.c - the running kernel over netlink and sockets; who holds a program */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/private.h"

/* The kernel fills at most this much at once. */
#define ROOM 32768

enum { PROCESSES = 32768, DESCRIPTORS = 1024 };

/* 0 at the end, a negative errno, or 1: more follows. */
static int take_all(char *room, size_t size, netlink_take_fn take, void *data)
{
	struct nlmsghdr *message = (struct nlmsghdr *)room;
	int left = (int)size, r;

	for (; NLMSG_OK(message, (unsigned int)left); message = NLMSG_NEXT(message, left)) {
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			return -EINTR;
		if (message->nlmsg_type == NLMSG_DONE)
			return 0;
		if (message->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(message))->error;
		r = take ? take(data, message) : 0;
		if (r)
			return r;
	}
	return 1;
}

/* Use the stack only: the guard, forked while other threads may hold malloc()'s lock, calls this,
 * too. */
static int converse(int fd, const struct nlmsghdr *request, netlink_take_fn take, void *data)
{
	union {
		struct nlmsghdr head;
		char bytes[ROOM];
	} room;
	ssize_t n = send(fd, request, request->nlmsg_len, 0);
	int r = n < 0 ? -errno : 1;

	while (r == 1) {
		do
			n = recv(fd, room.bytes, sizeof(room.bytes), 0);
		while (n < 0 && errno == EINTR);
		r = n < 0 ? -errno : take_all(room.bytes, (size_t)n, take, data);
	}
	return r;
}

int kernel_netlink(struct kernel *kernel, int protocol, struct nlmsghdr *request,
		   netlink_take_fn take, void *data)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), r;

	(void)kernel;
	if (fd < 0)
		return -errno;
	r = converse(fd, request, take, data);
	close(fd);
	return r;
}

/* ---- interfaces that go ---- */

int kernel_watch_links(void)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE), err;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Of a bridge's ports the kernel says, too, that they go: from the bridge. */
static void hear(char *room, size_t size, void (*gone)(void *data, int ifindex), void *data)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)room;
	const struct ifinfomsg *info;
	int left = (int)size;

	for (; NLMSG_OK(message, (unsigned int)left); message = NLMSG_NEXT(message, left)) {
		info = NLMSG_DATA(message);
		if (message->nlmsg_type == RTM_DELLINK &&
		    message->nlmsg_len >= NLMSG_LENGTH(sizeof(*info)) &&
		    info->ifi_family == AF_UNSPEC)
			gone(data, info->ifi_index);
	}
}

void kernel_hear_links(int fd, void (*gone)(void *data, int ifindex), void *data)
{
	union {
		struct nlmsghdr head;
		char bytes[ROOM];
	} room;
	ssize_t n;

	while ((n = recv(fd, room.bytes, sizeof(room.bytes), 0)) > 0)
		hear(room.bytes, (size_t)n, gone, data);
}

int kernel_socket(struct kernel *kernel, int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	(void)kernel;
	return fd < 0 ? -errno : fd;
}

int kernel_open_directory(struct kernel *kernel, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)kernel;
	return fd < 0 ? -errno : fd;
}

/* ---- who holds a program ---- */

/* "prog_id:\t12", of a program as of a link. */
static bool is_of_program(int pid, const char *fd, uint32_t id)
{
	char path[300], text[2048], wanted[32], *line;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, fd);
	if (file_read_start(path, text, sizeof(text)))
		return false;
	snprintf(wanted, sizeof(wanted), "prog_id:\t%u\n", id);
	line = strstr(text, wanted);
	return line && (line == text || line[-1] == '\n');
}

static bool is_bpf(int pid, const char *fd)
{
	char path[300], to[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, fd);
	n = readlink(path, to, sizeof(to) - 1);
	if (n < 0)
		return false;
	to[n] = '\0';
	return strncmp(to, "anon_inode:bpf", 14) == 0;
}

static bool holds(int pid, uint32_t id)
{
	char path[64];
	struct dirent *entry;
	bool found = false;
	int left = DESCRIPTORS;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && !found && left-- > 0 && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' && is_bpf(pid, entry->d_name) &&
			is_of_program(pid, entry->d_name, id);
	if (dir)
		closedir(dir);
	return found;
}

static void name_of(int pid, char *comm, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	if (file_read_start(path, comm, size))
		comm[0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}

int kernel_holder(struct kernel *kernel, uint32_t id, char *comm, size_t size)
{
	DIR *dir = opendir("/proc");
	int left = PROCESSES, pid = 0;
	struct dirent *entry;
	bool found = false;

	(void)kernel;
	comm[0] = '\0';
	while (dir && !found && left-- > 0 && (entry = readdir(dir))) {
		pid = atoi(entry->d_name);
		found = pid > 0 && holds(pid, id);
	}
	if (dir)
		closedir(dir);
	if (!found)
		return 0;
	name_of(pid, comm, size);
	return pid;
}
