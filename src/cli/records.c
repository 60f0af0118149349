/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* records.c - the records of a live run: translated, filtered, put in order, written */
#include <errno.h>

#include "cli/cli.h"
#include "cli/run.h"

/* The callback's return value to stop consumption; featsel_session_consume() passes it on. */
#define STOP 1

bool records_enough(const struct run *run)
{
	return run->options->count && run->shown >= run->options->count;
}

/* 0 if it does not tell. */
static uint64_t time_of(const struct source *source, const struct featsel_sample *sample)
{
	uint64_t time;

	if (source->clock < 0 || featsel_layout_integer(source->layout, (size_t)source->clock,
							sample->data, sample->size, &time))
		return 0;
	return time;
}

int records_on_sample(void *data, const struct featsel_sample *sample)
{
	struct run *run = data;
	const struct source *source = &run->sources[sample->event];
	uint64_t time = time_of(source, sample);
	struct featsel_sample translated;

	/* what is pinned never ends */
	if (run->stop && time > run->stop)
		return 0;
	run->round++;
	if (run->translates) {
		translated = *sample;
		run->error = numbers_translate(run->numbers, source->layout, &translated);
		if (run->error)
			return STOP;
		sample = &translated;
	}
	if (!filter_wants(run->program->filter, source->layout, sample))
		return 0;
	if (run->stop && kernel_clock_ns(&run->clock) > run->detached + SHOW_MS * MS) {
		sink_lose(run->sink, sample->event);
		return 0;
	}
	run->error = order_add(run->order, time, sample);
	return run->error ? STOP : 0;
}

/* In order. Records after the last wanted one are dropped here, and not counted as shown. */
static int on_ordered(void *data, const struct featsel_sample *sample)
{
	struct run *run = data;
	int r;

	if (records_enough(run))
		return STOP;
	r = sink_record(run->sink, sample);
	run->error = r < 0 ? r : 0;
	if (run->error)
		return STOP;
	run->shown += r != SINK_LOST;
	if (!records_enough(run))
		return 0;
	run->over = true;
	return STOP;
}

/*
 * A reader that has read something and goes away has seen enough, as with head(1); one that never
 * read is an error. Exit status.
 */
int records_output_failed(struct run *run, int error)
{
	run->over = run->broken = true;
	if (error == -EPIPE && sink_has_written(run->sink)) {
		run->gone = true;
		return 0;
	}
	return message_output(error);
}

int records_release(struct run *run, bool all)
{
	int r;

	if (all)
		r = order_release_all(run->order, on_ordered, run);
	else
		r = order_release(run->order, featsel_session_drained(run->session), on_ordered,
				  run);
	if (r < 0)
		return message_memory();
	return run->error ? records_output_failed(run, run->error) : 0;
}

struct account records_account(const struct run *run)
{
	return (struct account){run->program, run->session, run->sink};
}

int records_append(struct run *run, void (*write)(FILE *out, const struct account *account))
{
	struct account account = records_account(run);
	struct text text;
	FILE *out = text_open(&text);
	int r;

	if (out)
		write(out, &account);
	r = text_close(&text);
	if (!r)
		r = sink_append(run->sink, text.data, text.size);
	text_free(&text);
	return r;
}

/* 0, or an exit status. */
int records_consume(struct run *run)
{
	struct featsel_error err = {0};
	int r;

	run->round = 0;
	follow_update(run->follow);
	numbers_update(run->numbers);
	order_begin(run->order);
	r = featsel_session_consume(run->session, &err);
	if (run->error)
		return message_memory();
	/* The command goes on, and may be the purpose of the run. */
	if (!run->options->command && featsel_session_ended(run->session))
		run->over = true;
	return r < 0 ? message_failure(&err) : records_release(run, false);
}
