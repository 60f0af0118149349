/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* run.h - a live run, between stream.c, records.c and ending.c */
#ifndef FEATSEL_RUN_H
#define FEATSEL_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"

#define MS UINT64_C(1000000)

/* Once no program runs, for so many ms, what is still in the buffers is shown, not only counted. */
#define SHOW_MS 300

struct source {
	const struct featsel_layout *layout; /* NULL: the event is not live */
	int clock;			     /* the field that tells the time, negative: none */
};

struct run {
	struct program *program;
	const struct options *options;
	struct featsel_session *session;
	struct follow *follow;
	struct numbers *numbers;
	struct order *order;
	struct kernel_clock clock;
	struct source *sources; /* of each event's records */
	bool translates;	/* process ids to those of this PID namespace */
	struct sink *sink;
	uint64_t shown;
	uint64_t round; /* records that the last call of consume delivered */
	int epoll, signals, timer;
	int error;	   /* of the sink */
	bool written;	   /* the limit of records */
	bool over;	   /* -c, -d, a signal, the command's end */
	bool told;	   /* by a signal */
	bool broken;	   /* the output takes nothing more */
	bool gone;	   /* its reader */
	bool unread;	   /* some of it */
	bool watched;	   /* the output can be polled */
	bool blocked;	   /* and is, for the reader */
	uint64_t stop;	   /* when stopping began, 0: not yet */
	uint64_t detached; /* since when no program runs, which may have taken a while */
};

/* ---- records.c: from the session to the sink ---- */

/* -c is reached. */
bool records_enough(const struct run *run);
/* A featsel_sample_fn. */
int records_on_sample(void *data, const struct featsel_sample *sample);
/* What has come since the last call. 0, or an exit status. */
int records_consume(struct run *run);
/* What nothing older can follow, or @all, goes to the sink. 0, or an exit status. */
int records_release(struct run *run, bool all);
struct account records_account(const struct run *run);
/* A document of account.c, in order with the records. */
int records_append(struct run *run, void (*write)(FILE *out, const struct account *account));
/* The exit status where the output could not be written. */
int records_output_failed(struct run *run, int error);

/* ---- ending.c: the end ---- */

/* Stop, show what is left and say what was lost. 0, or an exit status. */
int ending_finish(struct run *run);
/* The last line of a JSON stream whose run failed: why. */
void ending_fail(struct run *run, int status);

#endif /* FEATSEL_RUN_H */
