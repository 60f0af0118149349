/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * trigger.c - the self-test: run the trigger and wait for a record
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "session/private.h"

/* Milliseconds to wait for the command. */
#define COMMAND_MAY_TAKE 10000
#define NAP		 5

/*
 * Milliseconds to wait for a record after each run of the command has ended. One run proves
 * nothing: the kernel leaves out a program that runs on the processor already, as where another
 * task was preempted in it (seen: 7.3, a raw tracepoint).
 */
static const long record_may_take[TRIGGER_RUNS] = {200, 300, 1000};

extern char **environ;

static int prepare_files(posix_spawn_file_actions_t *files)
{
	int r;

	r = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
	if (!r)
		r = posix_spawn_file_actions_addopen(files, 1, "/dev/null", O_WRONLY, 0);
	if (!r)
		r = posix_spawn_file_actions_addopen(files, 2, "/dev/null", O_WRONLY, 0);
	return r;
}

/* A process group of its own, with default signal dispositions and an empty mask. */
static int prepare_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	r = posix_spawnattr_setsigmask(attributes, &none);
	if (!r)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (!r)
		r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
								 POSIX_SPAWN_SETSIGMASK |
								 POSIX_SPAWN_SETSIGDEF);
	return r;
}

static int spawn(const char *const *argv, pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int r;

	r = posix_spawn_file_actions_init(&files);
	if (r)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r) {
		posix_spawn_file_actions_destroy(&files);
		return -r;
	}
	r = prepare_files(&files);
	if (!r)
		r = prepare_attributes(&attributes);
	if (!r)
		r = posix_spawnp(ret, argv[0], &files, &attributes, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return -r;
}

/* ECHILD: another thread reaped it, or SIGCHLD is ignored. */
static bool has_ended(pid_t child)
{
	int status;
	pid_t r;

	do
		r = waitpid(child, &status, WNOHANG);
	while (r < 0 && errno == EINTR);
	return r != 0;
}

static void end(pid_t child)
{
	int status;

	kill(-child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
}

/* One run of the command: 0 a record came, -ENODATA none, -ETIMEDOUT nor did the command end. */
static int run_once(struct stream *stream, const char *const *argv, struct consumer *consumer,
		    uint64_t patience)
{
	struct pollfd waits = {.fd = consumer->epoll_fd, .events = POLLIN};
	struct stream *reader = stream->reader ? stream->reader : stream;
	uint64_t before = stream->seen;
	uint64_t start, ended = 0;
	bool late = false;
	pid_t child;
	int r;

	r = spawn(argv, &child);
	if (r)
		return r;
	start = monotonic_ms();
	while (!ended || (stream->seen == before && monotonic_ms() - ended <= patience)) {
		(void)poll(&waits, 1, NAP);
		(void)consumer_consume(consumer, &reader, 1);
		if (!ended && monotonic_ms() - start > COMMAND_MAY_TAKE) {
			late = true;
			end(child);
		}
		if (!ended && has_ended(child))
			ended = monotonic_ms();
	}
	if (stream->seen != before)
		return 0;
	return late ? -ETIMEDOUT : -ENODATA;
}

int stream_trigger(struct stream *stream, const char *const *argv, struct consumer *consumer)
{
	int r = -ENODATA;
	size_t i;

	for (i = 0; i < TRIGGER_RUNS && r == -ENODATA; i++)
		r = run_once(stream, argv, consumer, record_may_take[i]);
	return r;
}
