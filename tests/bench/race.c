/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * race.c - two commands by turns, and how long each took: two times in nanoseconds a line
 *
 *	race run ROUNDS -- A... -- B...
 *		from before exec to the end
 *	race ready ROUNDS -- MARK A... -- MARK B...
 *		from before exec until MARK is in what it wrote; then it is ended
 *	race stop ROUNDS -- MARK A... -- MARK B...
 *		after MARK: from SIGTERM to the end
 *
 * A command that fails, or takes a minute, ends the race with status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_PER_COMMAND 60
/* Between being ready and being ended, so that nothing of the start is in the end. */
#define SETTLE_US 20000

extern char **environ;

enum kind { RUN, READY, STOP, KIND_COUNT };

static const char *const kinds[KIND_COUNT] = {"run", "ready", "stop"};

struct runner {
	const char *mark; /* NULL: RUN */
	char **argv;
	pid_t pid;
	int output; /* what it writes to either stream */
};

static void die(const char *what)
{
	fprintf(stderr, "race: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void start(struct runner *runner)
{
	posix_spawn_file_actions_t actions;
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	error = posix_spawnp(&runner->pid, runner->argv[0], &actions, NULL, runner->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error) {
		errno = error;
		die(runner->argv[0]);
	}
	close(ends[1]);
	runner->output = ends[0];
}

/* Read until @mark comes; NULL: until the end of what is written. True when it came. */
static bool read_until(const struct runner *runner, const char *mark)
{
	const int64_t limit = now() + SECONDS_PER_COMMAND * INT64_C(1000000000);
	static char seen[1 << 16];
	size_t used = 0;
	ssize_t n;

	for (;;) {
		struct pollfd waiting = {.fd = runner->output, .events = POLLIN};

		/* One that writes without end is as late as one that is silent. */
		if (now() > limit || poll(&waiting, 1, SECONDS_PER_COMMAND * 1000) <= 0) {
			kill(runner->pid, SIGKILL);
			errno = ETIMEDOUT;
			die(runner->argv[0]);
		}
		n = read(runner->output, seen + used, sizeof(seen) - used);
		if (n <= 0)
			break;
		used += (size_t)n;
		if (mark && memmem(seen, used, mark, strlen(mark)))
			return true;
		/* Half of it is enough to hold a mark that was cut. */
		if (used == sizeof(seen)) {
			memcpy(seen, seen + sizeof(seen) / 2, sizeof(seen) / 2);
			used /= 2;
		}
	}
	if (mark)
		fprintf(stderr, "%.*s", (int)used, seen);
	return !mark;
}

static void end(struct runner *runner)
{
	int status;

	(void)read_until(runner, NULL);
	close(runner->output);
	if (waitpid(runner->pid, &status, 0) < 0)
		die("waitpid");
	/* Ended by our signal is no failure. */
	if (status && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)) {
		fprintf(stderr, "race: %s: status %#x\n", runner->argv[0], status);
		exit(1);
	}
}

static int64_t measure(enum kind kind, struct runner *runner)
{
	int64_t begin = now(), time;

	start(runner);
	if (kind != RUN && !read_until(runner, runner->mark)) {
		fprintf(stderr, "race: %s: ended without '%s'\n", runner->argv[0], runner->mark);
		exit(1);
	}
	time = now() - begin;
	if (kind == STOP) {
		usleep(SETTLE_US);
		begin = now();
	}
	if (kind != RUN)
		kill(runner->pid, SIGTERM);
	end(runner);
	return kind == READY ? time : now() - begin;
}

/* The words after a "--", ended by the next or by the end. */
static void take(struct runner *runner, enum kind kind, char **words)
{
	if (kind != RUN)
		runner->mark = *words++;
	runner->argv = words;
	while (*words && strcmp(*words, "--"))
		words++;
	*words = NULL;
}

static char **after_dashes(char **words)
{
	while (*words && strcmp(*words, "--"))
		words++;
	return *words ? words + 1 : NULL;
}

int main(int argc, char **argv)
{
	char **first = argc > 4 ? after_dashes(argv + 3) : NULL;
	char **second = first ? after_dashes(first) : NULL;
	struct runner runners[2] = {0};
	enum kind kind = RUN;
	long rounds;

	while (kind < KIND_COUNT && argc > 1 && strcmp(argv[1], kinds[kind]))
		kind++;
	if (!second || kind == KIND_COUNT) {
		fputs("usage: race run|ready|stop ROUNDS -- [MARK] A... -- [MARK] B...\n", stderr);
		return 2;
	}
	rounds = strtol(argv[2], NULL, 10);
	take(&runners[1], kind, second);
	take(&runners[0], kind, first);
	for (long i = 0; i < rounds; i++) {
		int64_t a = measure(kind, &runners[0]), b = measure(kind, &runners[1]);

		printf("%lld %lld\n", (long long)a, (long long)b);
		fflush(stdout);
	}
	return 0;
}
