/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * output.c - standard output, or the file of --output, for records and reports
 *
 * A live run must not wait for its reader, and must not make the file non-blocking for others that
 * have it open: so a pipe or terminal is opened again, for us alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.h"

/* ---- documents ---- */

static char *name;	  /* of the file, in quotes; NULL: standard output */
static int original = -1; /* standard output before --output took its place; -1: it is there */
static int failure;	  /* of the first write that failed */
static bool written;	  /* something */

static ssize_t write_again(int fd, const char *data, size_t size)
{
	for (;;) {
		ssize_t n = write(fd, data, size);
		int err = errno;

		if (n >= 0)
			return n;
		if (err == EAGAIN)
			/* another process made it non-blocking */
			(void)poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		else if (err != EINTR)
			return -err;
	}
}

static ssize_t write_document(void *cookie, const char *data, size_t size)
{
	size_t done = 0;

	(void)cookie;
	written = true;
	while (done < size && !failure) {
		ssize_t n = write_again(STDOUT_FILENO, data + done, size - done);

		if (n < 0)
			failure = (int)n;
		else
			done += (size_t)n;
	}
	return failure ? 0 : (ssize_t)size;
}

/* With the caller's identity, even if this is a copy with privileges of its own (AT_SECURE). */
static int open_file(const char *file)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int fd, err;

	if (getauxval(AT_SECURE) && (setegid(getgid()) || seteuid(getuid())))
		return -errno;
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0666);
	err = -errno;
	if (getauxval(AT_SECURE) && (seteuid(uid) || setegid(gid)))
		return -errno;
	return fd < 0 ? err : fd;
}

static int replace(const char *file)
{
	int fd = open_file(file), err;

	if (fd < 0)
		return fd;
	original = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (original < 0 || asprintf(&name, "'%s'", file) < 0 || dup2(fd, STDOUT_FILENO) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	close(fd);
	return 0;
}

int output_begin(const char *file)
{
	static const cookie_io_functions_t functions = {.write = write_document};
	int r = file ? replace(file) : 0;
	FILE *stream;

	if (r)
		return r;
	stream = fopencookie(NULL, "w", functions);
	if (!stream)
		return -ENOMEM;
	if (isatty(STDOUT_FILENO))
		setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	stdout = stream;
	return 0;
}

bool output_has_document(void)
{
	return written || __fpending(stdout);
}

int output_end(void)
{
	if (fflush(stdout) && !failure)
		failure = -EIO;
	return failure;
}

const char *output_name(void)
{
	return name ? name : "standard output";
}

void output_restore(void)
{
	if (original >= 0)
		dup2(original, STDOUT_FILENO);
}

/* ---- records ---- */

/* Less than a terminal takes whenever it can be written to. */
#define TERMINAL_PIECE 256

enum way {
	WAY_PLAIN,  /* a regular file, which never blocks */
	WAY_SOCKET, /* a socket: each call can ask not to wait */
	WAY_OWN,    /* opened once more, non-blocking */
	WAY_PIECES, /* could not be opened again: as much as surely fits, if poll(2) says so */
};

struct output {
	int fd;
	enum way way;
	bool terminal;
	size_t capacity; /* of a pipe, 0: it is none */
};

/* The kernel gives a new open file description; ENXIO: a FIFO that has lost its reader. */
static int open_again(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void find_way(struct output *output)
{
	struct stat st;
	int size;

	if (fstat(output->fd, &st))
		return;
	output->terminal = isatty(output->fd);
	if (S_ISSOCK(st.st_mode))
		output->way = WAY_SOCKET;
	if (!S_ISFIFO(st.st_mode) && !output->terminal)
		return;
	size = S_ISFIFO(st.st_mode) ? fcntl(output->fd, F_GETPIPE_SZ) : 0;
	output->capacity = size > 0 ? (size_t)size : 0;
	output->way = WAY_PIECES;
	size = open_again(output->fd);
	if (size < 0)
		return;
	output->fd = size;
	output->way = WAY_OWN;
}

int output_new(struct output **ret)
{
	struct output *output = calloc(1, sizeof(*output));

	if (!output)
		return -ENOMEM;
	output->fd = STDOUT_FILENO;
	find_way(output);
	*ret = output;
	return 0;
}

void output_free(struct output *output)
{
	if (output && output->fd != STDOUT_FILENO)
		close(output->fd);
	free(output);
}

int output_fd(const struct output *output)
{
	return output->fd;
}

bool output_is_terminal(const struct output *output)
{
	return output->terminal;
}

/*
 * A pipe takes up to PIPE_BUF bytes as a whole or not at all, and an empty pipe what it can hold:
 * no line is cut, even if nobody reads on. Write as many lines as fit in that; a longer line cannot
 * be helped.
 */
static size_t pipe_piece(const struct output *output, const char *data, size_t size)
{
	size_t room = PIPE_BUF;
	const char *end;
	int waits;

	if (!ioctl(output->fd, FIONREAD, &waits) && !waits && output->capacity > room)
		room = output->capacity;
	if (size <= room)
		return size;
	end = memrchr(data, '\n', room);
	return end ? (size_t)(end + 1 - data) : room;
}

static ssize_t write_piece(const struct output *output, const char *data, size_t size)
{
	struct pollfd poller = {.fd = output->fd, .events = POLLOUT};

	if (output->way == WAY_SOCKET)
		return send(output->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (output->way == WAY_PIECES) {
		if (!output->capacity && size > TERMINAL_PIECE)
			size = TERMINAL_PIECE;
		/* write(2) reports an error or a hang-up */
		if (poll(&poller, 1, 0) < 1) {
			errno = EAGAIN;
			return -1;
		}
	}
	return write(output->fd, data, size);
}

ssize_t output_write(struct output *output, const char *data, size_t size)
{
	if (output->capacity)
		size = pipe_piece(output, data, size);
	for (;;) {
		ssize_t n = write_piece(output, data, size);
		int err = errno;

		if (n >= 0)
			return n;
		if (err == EAGAIN)
			return 0;
		if (err != EINTR)
			return -err;
	}
}
