/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* signals.c - signals read from a descriptor, while a live run must end in good order */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "cli/cli.h"

/* These end the run in good order; other signals that end a process would cut a line in two. */
static const int stops[] = {
	SIGINT,	   SIGTERM, SIGHUP,  SIGQUIT, SIGALRM, SIGUSR2,
	SIGVTALRM, SIGPROF, SIGPOLL, SIGPWR,  SIGXCPU,
#ifdef SIGSTKFLT
	SIGSTKFLT,
#endif
};

/* Handled even in a background job of a shell, for which it is ignored. */
static bool is_ignored(int number)
{
	struct sigaction action;

	return number != SIGINT && number != SIGTERM && !sigaction(number, NULL, &action) &&
	       action.sa_handler == SIG_IGN;
}

/* A blocked signal would reach us even if it is ignored, as nohup(1) does with SIGHUP. */
static void stop_signals(sigset_t *ret)
{
	sigemptyset(ret);
	for (size_t i = 0; i < ARRAY_SIZE(stops); i++)
		if (!is_ignored(stops[i]))
			sigaddset(ret, stops[i]);
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		if (!is_ignored(number))
			sigaddset(ret, number);
}

int signals_open(void)
{
	sigset_t set;
	int fd;

	stop_signals(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGWINCH);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

void signals_let_end(void)
{
	sigset_t set;

	stop_signals(&set);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}
