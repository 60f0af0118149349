/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * follow.c - whose records are shown: the processes of -p, the command after -- and its descendants
 *
 * Descendants are known through lineage.c. Where that is refused, a descendant is known by its
 * parent: from the record where it tells, else from /proc while the process lives. As child
 * subreaper featsel then stays the ancestor of what the command leaves behind, so the chain of
 * parents holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/output.h"

#define FIRST_ROOM    64
#define LONGEST_CHAIN 64

/* Pids with open addressing; 0 is no pid. */
struct pid_set {
	pid_t *slots;
	size_t count, room;
};

struct follow {
	struct pid_set wanted;
	bool quiet;
	struct lineage *lineage; /* NULL: refused, or nobody's children are wanted */
	bool proc;		 /* has the process ids of this namespace */
	bool children;		 /* children of the wanted are wanted, too */
	/* Looked up lately and found to be strangers: forgotten once a second. */
	struct pid_set others;
	time_t others_since;
	pid_t child; /* 0 if there is no command */
	int release; /* closed to let the child run; -1 */
	int failure; /* tells the errno of a failed exec, or ends; -1 */
	char *const *command;
	int status; /* of waitpid() */
	bool ended;
	bool told; /* has reported that processes are missed */
};

static size_t slot_of(const struct pid_set *set, pid_t pid)
{
	size_t slot = ((uint32_t)pid * UINT32_C(2654435769)) & (set->room - 1);

	while (set->slots[slot] && set->slots[slot] != pid)
		slot = (slot + 1) & (set->room - 1);
	return slot;
}

static bool set_has(const struct pid_set *set, pid_t pid)
{
	return set->room && set->slots[slot_of(set, pid)] == pid;
}

static int set_grow(struct pid_set *set)
{
	struct pid_set larger = {.room = set->room ? 2 * set->room : FIRST_ROOM};

	larger.slots = calloc(larger.room, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < set->room; i++)
		if (set->slots[i])
			larger.slots[slot_of(&larger, set->slots[i])] = set->slots[i];
	larger.count = set->count;
	free(set->slots);
	*set = larger;
	return 0;
}

static int set_add(struct pid_set *set, pid_t pid)
{
	int r;

	if (set_has(set, pid))
		return 0;
	if (2 * set->count >= set->room) {
		r = set_grow(set);
		if (r)
			return r;
	}
	set->slots[slot_of(set, pid)] = pid;
	set->count++;
	return 0;
}

/* 0 if the process is gone, or /proc does not tell of it. */
static pid_t parent_of(const struct follow *follow, pid_t pid)
{
	char path[64], stat[512];
	const char *end;
	ssize_t length;
	pid_t parent;
	int fd;

	if (!follow->proc)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	length = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	if (length <= 0)
		return 0;
	stat[length] = '\0';
	/* "PID (COMM) STATE PPID": COMM may hold anything, so count from its end */
	end = strrchr(stat, ')');
	if (!end || sscanf(end, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
}

static bool descends(const struct follow *follow, pid_t pid, pid_t parent)
{
	if (!parent)
		parent = parent_of(follow, pid);
	for (int i = 0; i < LONGEST_CHAIN && parent > 1; i++) {
		if (set_has(&follow->wanted, parent) || (follow->child && parent == getpid()))
			return true;
		parent = parent_of(follow, parent);
	}
	return false;
}

static void forget_others(struct follow *follow)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec == follow->others_since)
		return;
	follow->others_since = now.tv_sec;
	if (follow->others.count)
		memset(follow->others.slots, 0,
		       follow->others.room * sizeof(*follow->others.slots));
	follow->others.count = 0;
}

/* A set that cannot grow costs records: tell the user, once. */
static void born(void *data, pid_t pid)
{
	struct follow *follow = data;

	if (set_add(&follow->wanted, pid) && !follow->told) {
		follow->told = true;
		message_say("out of memory, records of some processes are not shown");
	}
}

void follow_update(struct follow *follow)
{
	if (!follow->lineage || !lineage_read(follow->lineage, born, follow) || follow->told)
		return;
	follow->told = true;
	message_say("too many processes at once, records of some are not shown");
}

/* Without reports from the kernel: ask /proc, but not about every record of a stranger. */
static bool wants_by_parent(struct follow *follow, pid_t pid, pid_t ppid)
{
	forget_others(follow);
	if (set_has(&follow->others, pid))
		return false;
	if (pid != getpid() && descends(follow, pid, ppid)) {
		born(follow, pid);
		return true;
	}
	(void)set_add(&follow->others, pid);
	return false;
}

bool follow_wants(struct follow *follow, pid_t pid, pid_t ppid)
{
	/* 0: idle, or outside of this PID namespace */
	if (!pid)
		return false;
	if (set_has(&follow->wanted, pid))
		return true;
	if (!follow->children)
		return false;
	if (!follow->lineage)
		return wants_by_parent(follow, pid, ppid);
	follow_update(follow);
	return set_has(&follow->wanted, pid);
}

bool follow_filters(const struct follow *follow)
{
	return follow->wanted.count > 0;
}

static int add_pids(struct follow *follow, const struct options *options)
{
	for (size_t i = 0; i < options->pids.count; i++) {
		pid_t pid = (pid_t)strtol(options->pids.items[i], NULL, 10);

		if (!options->quiet && kill(pid, 0) && errno == ESRCH)
			message_say("there is no process %d: records come only if one begins with "
				    "this id",
				    (int)pid);
		if (set_add(&follow->wanted, pid))
			return message_memory();
	}
	return 0;
}

/*
 * If standard output is a report or holds JSON, the command must not write into it: its output goes
 * to standard error.
 */
static void divert_output(const struct options *options)
{
	int nowhere = options->command_mute ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;

	output_restore();
	if (nowhere >= 0)
		dup2(nowhere, STDERR_FILENO);
	if (options->command_mute || options->command_apart || (options->json && !options->output))
		dup2(STDERR_FILENO, STDOUT_FILENO);
}

/* What passes by, such as a signal, is no answer of a pipe. */
static bool passes(ssize_t length)
{
	return length < 0 && (errno == EINTR || errno == EAGAIN);
}

static ssize_t send_bytes(int fd, const void *bytes, size_t size)
{
	ssize_t length;

	do
		length = write(fd, bytes, size);
	while (passes(length));
	return length;
}

static ssize_t receive_bytes(int fd, void *bytes, size_t size)
{
	ssize_t length;

	do
		length = read(fd, bytes, size);
	while (passes(length));
	return length;
}

/* In the child: wait until the parent has attached, or end with it. */
__attribute__((noreturn)) static void child_run(const struct options *options, int release,
						int failure)
{
	char byte;
	int err;

	if (receive_bytes(release, &byte, 1) != 1)
		_exit(EXIT_FAILURE);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	limits_restore();
	/* the caller of a set-uid copy gets none of its rights */
	if (getauxval(AT_SECURE) &&
	    (setresgid(getgid(), getgid(), getgid()) || setresuid(getuid(), getuid(), getuid())))
		_exit(EXIT_FAILURE);
	divert_output(options);
	execvp(options->command[0], options->command);
	err = errno;
	if (send_bytes(failure, &err, sizeof(err)) < 0)
		_exit(EXIT_FAILURE);
	_exit(127);
}

static int start_command(struct follow *follow, const struct options *options)
{
	int release[2], failure[2];

	if (pipe2(release, O_CLOEXEC))
		return -errno;
	follow->release = release[1];
	if (pipe2(failure, O_CLOEXEC)) {
		int err = -errno;

		close(release[0]);
		return err;
	}
	follow->failure = failure[0];
	follow->child = fork();
	if (!follow->child) {
		close(release[1]);
		child_run(options, release[0], failure[1]);
	}
	close(release[0]);
	close(failure[1]);
	if (follow->child < 0)
		return -errno;
	follow->command = options->command;
	return set_add(&follow->wanted, follow->child);
}

/* Every wanted process so far is an ancestor. */
static int add_lineage(struct follow *follow)
{
	struct lineage *lineage = NULL;
	int r = lineage_new(&lineage);

	for (size_t i = 0; i < follow->wanted.room && !r; i++)
		if (follow->wanted.slots[i])
			r = lineage_add(lineage, follow->wanted.slots[i]);
	if (r) {
		lineage_free(lineage);
		return r;
	}
	follow->lineage = lineage;
	return 0;
}

/* @error of perf_event_open(2), 0: the kernel reports children. */
static void say_what_is_missed(const struct follow *follow, int error)
{
	/* a process that does not exist has no descendants to follow */
	if (follow->quiet || error == -ENOENT || error == -ESRCH)
		return;
	if (error && follow->proc)
		message_say("children are looked up in /proc, short-lived ones may be missed "
			    "(perf_event_open: %s)",
			    strerror(-error));
	else if (error)
		message_say("only children are found whose records tell the parent: /proc has not "
			    "the process ids of this PID namespace (perf_event_open: %s)",
			    strerror(-error));
	else if (!follow->proc && !follow->child)
		message_say("children of other threads than a process's first may be missed: /proc "
			    "has not the process ids of this PID namespace");
}

static void follow_children(struct follow *follow)
{
	int r;

	follow->children = true;
	r = add_lineage(follow);
	say_what_is_missed(follow, r);
	if (!r)
		return;
	if (follow->child)
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

int follow_new(const struct options *options, struct follow **ret)
{
	struct follow *follow = calloc(1, sizeof(*follow));
	int status, r;

	if (!follow)
		return message_memory();
	follow->release = -1;
	follow->failure = -1;
	follow->proc = numbers_in_proc();
	status = add_pids(follow, options);
	r = !status && options->command ? start_command(follow, options) : 0;
	if (r)
		status = message_fail("cannot start '%s': %s", options->command[0], strerror(-r));
	if (status) {
		follow_free(follow);
		return status;
	}
	follow->quiet = options->quiet;
	if (options->follow && !options->command)
		follow_children(follow);
	*ret = follow;
	return 0;
}

void follow_attend(struct follow *follow)
{
	if (follow->child && !follow->children)
		follow_children(follow);
}

void follow_free(struct follow *follow)
{
	if (!follow)
		return;
	if (follow->release >= 0)
		close(follow->release);
	if (follow->failure >= 0)
		close(follow->failure);
	lineage_free(follow->lineage);
	free(follow->wanted.slots);
	free(follow->others.slots);
	free(follow);
}

int follow_release(struct follow *follow)
{
	ssize_t length;
	int err;

	if (follow->release < 0)
		return 0;
	length = send_bytes(follow->release, "", 1);
	close(follow->release);
	follow->release = -1;
	/* Ends without a byte if exec succeeds, which closes the other end. */
	if (length == 1)
		length = receive_bytes(follow->failure, &err, sizeof(err));
	else
		err = ESRCH;
	if (!length)
		return 0;
	return message_fail("cannot run '%s': %s", follow->command[0],
			    strerror(length == sizeof(err) ? err : ESRCH));
}

bool follow_ended(struct follow *follow)
{
	int status;
	pid_t pid;

	/* A subreaper also inherits the command's orphans. */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != follow->child)
			continue;
		follow->status = status;
		follow->ended = true;
	}
	return follow->ended;
}

void follow_leave(struct follow *follow)
{
	if (follow->child && !follow_ended(follow) && !follow->quiet)
		message_say("'%s' (process %d) goes on", follow->command[0], (int)follow->child);
}

int follow_status(const struct follow *follow)
{
	if (!follow->ended)
		return 0;
	return WIFEXITED(follow->status) ? WEXITSTATUS(follow->status)
					 : 128 + WTERMSIG(follow->status);
}
