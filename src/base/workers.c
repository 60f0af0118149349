/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * workers.c - the same work in several threads, for work that waits or that the kernel does in
 * parallel
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/base.h"

struct worker {
	work_fn work;
	void *data;
	unsigned int index;
	bool started;
	pthread_t thread;
};

static void *run(void *data)
{
	const struct worker *worker = data;

	worker->work(worker->data, worker->index);
	return NULL;
}

/* Signals are for the program's own threads. */
static bool start_quietly(struct worker *worker)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r == 0;
}

void workers_run(unsigned int n, work_fn work, void *data)
{
	struct worker workers[WORKERS_LIMIT];
	unsigned int i;

	for (i = 0; i < n; i++) {
		workers[i] = (struct worker){.work = work, .data = data, .index = i};
		workers[i].started = i + 1 < n && start_quietly(&workers[i]);
		if (!workers[i].started)
			run(&workers[i]);
	}
	for (i = 0; i < n; i++)
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
}

unsigned int workers_useful(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 1)
		return 1;
	return processors < WORKERS_LIMIT ? (unsigned int)processors : WORKERS_LIMIT;
}
