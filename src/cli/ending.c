/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* ending.c - the end of a live run: what the buffers hold, what the reader takes, what was lost */
#include <poll.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/run.h"

/* Once the programs are detached a stop takes this long at most, in ms: records in the buffers are
 * shown (SHOW_MS), then only counted; then the reader may take the records, then the end. */
#define COUNT_MS    500
#define RECORDS_MS  700
#define FINISHED_MS 900

static uint64_t since_stop_ms(const struct run *run)
{
	return (kernel_clock_ns(&run->clock) - run->detached) / MS;
}

/*
 * Records in the buffers are from before the end and are shown. After the stop only pinned programs
 * emit new ones, so a round without anything older is the last one.
 */
static int drain(struct run *run)
{
	int status;

	do
		status = records_consume(run);
	while (!status && run->round && !run->gone && !records_enough(run) &&
	       since_stop_ms(run) < COUNT_MS);
	return status || run->gone ? status : records_release(run, true);
}

/* After a signal the run ends soon, else it waits for the reader as long as that takes
 * something. */
static int left_ms(const struct run *run, uint64_t last, uint64_t limit)
{
	uint64_t since =
		run->told ? since_stop_ms(run) : (kernel_clock_ns(&run->clock) - last) / MS;

	return since < limit ? (int)(limit - since) : 0;
}

/* What the reader does not take in time is lost. */
static int write_rest(struct run *run, uint64_t limit)
{
	struct pollfd poller = {.fd = sink_fd(run->sink), .events = POLLOUT};
	size_t size = sink_size(run->sink);
	uint64_t last = kernel_clock_ns(&run->clock);
	int ms, r = sink_flush(run->sink);

	while (!r && sink_waits(run->sink)) {
		if (sink_size(run->sink) < size)
			last = kernel_clock_ns(&run->clock);
		size = sink_size(run->sink);
		ms = left_ms(run, last, limit);
		if (!ms)
			break;
		(void)poll(&poller, 1, ms);
		r = sink_flush(run->sink);
	}
	if (r)
		return records_output_failed(run, r);
	run->unread |= sink_waits(run->sink);
	sink_give_up(run->sink);
	return 0;
}

static int write_end(struct run *run)
{
	int status = write_rest(run, RECORDS_MS);

	if (status || run->gone || !run->options->json)
		return status;
	if (records_append(run, account_finished))
		return message_memory();
	return write_rest(run, FINISHED_MS);
}

void ending_fail(struct run *run, int status)
{
	struct text text;
	FILE *out;

	if (!run->options->json || !run->program->started || run->broken)
		return;
	out = text_open(&text);
	if (out)
		failure_json(out, run->program, status);
	if (!text_close(&text) && !sink_append(run->sink, text.data, text.size))
		(void)write_rest(run, FINISHED_MS);
	text_free(&text);
}

int ending_finish(struct run *run)
{
	const struct options *options = run->options;
	struct account account = records_account(run);
	int status = 0;

	run->stop = kernel_clock_ns(&run->clock);
	signals_let_end();
	featsel_session_stop(run->session);
	run->detached = kernel_clock_ns(&run->clock);
	if (!records_enough(run) && !run->gone)
		status = drain(run);
	if (!status && !run->gone)
		status = write_end(run);
	if (run->unread)
		message_say("%s is not read: what its reader did not take in time is lost",
			    output_name());
	if (!run->gone)
		account_counts(&account, !options->quiet && !options->json);
	follow_leave(run->follow);
	return status;
}
