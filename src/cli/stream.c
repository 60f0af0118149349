/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* stream.c - the live run: attach, drop privileges, go on until something ends it */
#include <errno.h>
#include <libgen.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/run.h"

/* The longest wait for the reader of standard error. */
#define MESSAGE_MS 10

/* How soon records that wait for older ones are checked again. */
#define HELD_MS 10

/* ---- before the first record ---- */

static int add_events(struct run *run)
{
	const struct featsel_plan *plan = run->program->plan;
	int r = 0;

	for (size_t i = 0; i < featsel_plan_events(plan) && !r; i++) {
		const struct featsel_event *event = featsel_plan_event(plan, i);
		int live = featsel_session_live(run->session, i);

		if (live < 0)
			continue;
		r = sink_add(run->sink, i, featsel_event_name(event),
			     featsel_session_layout(run->session, i),
			     featsel_candidate_lacks(featsel_event_candidate(event, (size_t)live)),
			     &run->options->fields);
	}
	return r;
}

static int open_sink(struct run *run)
{
	const struct options *options = run->options;
	int r = sink_new(options->json, options->wide, featsel_plan_events(run->program->plan),
			 &run->sink);

	if (!r)
		r = add_events(run);
	run->program->started = true;
	if (!r && options->json)
		r = records_append(run, account_started);
	if (!r)
		r = sink_begin(run->sink);
	if (!r && sink_left_out(run->sink) && !options->quiet)
		message_say("%zu columns do not hold every field: '--wide' shows all, '--fields' "
			    "those that you name",
			    sink_left_out(run->sink));
	if (!r)
		r = sink_flush(run->sink);
	return r ? records_output_failed(run, r) : 0;
}

/* ---- the loop ---- */

static int watch(struct run *run, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_signals(struct run *run)
{
	run->signals = signals_open();
	return run->signals < 0 ? run->signals : watch(run, run->signals, EPOLLIN);
}

static int open_timer(struct run *run)
{
	uint64_t ms = run->options->duration_ms;
	struct itimerspec when = {.it_value = {.tv_sec = (time_t)(ms / 1000),
					       .tv_nsec = (long)(ms % 1000) * 1000000}};

	if (!ms)
		return 0;
	run->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (run->timer < 0 || timerfd_settime(run->timer, 0, &when, NULL))
		return -errno;
	return watch(run, run->timer, EPOLLIN);
}

static int open_loop(struct run *run)
{
	int r;

	run->epoll = epoll_create1(EPOLL_CLOEXEC);
	r = run->epoll < 0 ? -errno : open_signals(run);
	if (!r)
		r = open_timer(run);
	if (!r)
		r = watch(run, featsel_session_fd(run->session), EPOLLIN);
	if (!r) {
		message_patience(MESSAGE_MS);
		return 0;
	}
	return message_fail("cannot wait for records: %s", strerror(-r));
}

/* A pipe tells when its reader is gone, even if no record comes; regular files refuse (EPERM). */
static int watch_output(struct run *run)
{
	int r = watch(run, sink_fd(run->sink), 0);

	run->watched = !r;
	if (r != -EBADF)
		return 0;
	return message_output(r);
}

/* Wait while the reader is slow. */
static void watch_reader(struct run *run)
{
	bool stalled = sink_is_stalled(run->sink);
	struct epoll_event event = {.events = stalled ? EPOLLOUT : 0,
				    .data.fd = sink_fd(run->sink)};

	if (stalled == run->blocked || !run->watched)
		return;
	run->blocked = stalled;
	(void)epoll_ctl(run->epoll, EPOLL_CTL_MOD, event.data.fd, &event);
}

/* Lines have the screen's new width, below new titles. */
static void resize(struct run *run)
{
	int r = sink_resized(run->sink) ? add_events(run) : -EALREADY;

	if (!r)
		r = sink_begin(run->sink);
	if (r && r != -EALREADY)
		run->error = r;
}

static void on_signals(struct run *run)
{
	struct account account = records_account(run);
	struct signalfd_siginfo info;

	while (read(run->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGUSR1)
			account_counts(&account, true);
		else if (info.ssi_signo == SIGWINCH)
			resize(run);
		else if (info.ssi_signo != SIGCHLD)
			run->over = run->told = true;
		else if (run->options->command && follow_ended(run->follow))
			run->over = true;
	}
}

static int on_output(struct run *run, uint32_t events)
{
	int r = events & (EPOLLERR | EPOLLHUP) ? -EPIPE : sink_flush(run->sink);

	return r ? records_output_failed(run, r) : 0;
}

static int dispatch(struct run *run, const struct epoll_event *events, int n)
{
	int status = 0;

	for (int i = 0; i < n && !status; i++) {
		int fd = events[i].data.fd;

		if (fd == run->signals)
			on_signals(run);
		else if (fd == run->timer)
			run->over = true;
		else if (fd == sink_fd(run->sink))
			status = on_output(run, events[i].events);
	}
	return status;
}

/* Write what has waited long enough, or if there is nothing else to do; the first records at
 * once. */
static int flush(struct run *run, bool idle)
{
	int r = 0;

	if (!sink_waits(run->sink) || run->blocked)
		return 0;
	if (idle || !run->written || sink_is_due(run->sink)) {
		run->written = true;
		r = sink_flush(run->sink);
	}
	return r ? records_output_failed(run, r) : 0;
}

/* How long to wait for new records while some are held back. */
static int patience(const struct run *run)
{
	if (order_holds(run->order))
		return HELD_MS;
	if (sink_is_stalled(run->sink))
		return run->watched ? -1 : HELD_MS;
	return sink_waits(run->sink) ? 0 : -1;
}

static int loop(struct run *run)
{
	struct epoll_event events[4];
	int status = 0;

	while (!status && !run->over) {
		int n = epoll_wait(run->epoll, events, ARRAY_SIZE(events), patience(run));

		if (n < 0 && errno != EINTR)
			return message_fail("cannot wait for records: %s", strerror(errno));
		status = dispatch(run, events, n);
		if (!status && !run->over)
			status = records_consume(run);
		if (!status && !run->over)
			status = flush(run, n == 0);
		watch_reader(run);
	}
	return status;
}

/* ---- the steps ---- */

static int drop_privileges(const struct run *run)
{
	int r = run->options->keep_privileges ? 0 : privilege_drop();

	if (!r)
		return 0;
	return message_fail("cannot drop privileges: %s; '--keep-privileges' goes on with them",
			    strerror(-r));
}

static int open_order(struct run *run)
{
	size_t n = featsel_plan_events(run->program->plan), live = 0;

	run->sources = calloc(n ? n : 1, sizeof(*run->sources));
	if (!run->sources)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct featsel_layout *layout = featsel_session_layout(run->session, i);

		if (!layout)
			continue;
		live++;
		run->sources[i] = (struct source){layout, fields_clock(layout)};
		/* without tags its name identifies it */
		if (run->sources[i].clock < 0)
			run->sources[i].clock = featsel_layout_find(layout, "timestamp");
	}
	return order_new(live > 1, &run->clock, &run->order);
}

/* If the last resort failed, the plan's own account says more. */
static int no_start(const struct featsel_plan *plan, const struct featsel_error *err)
{
	int status = plans_status(plan);

	if (!status || err->failure == FEATSEL_FAILURE_RUN)
		return message_failure(err);
	explain_failures(plan);
	return status;
}

static int attach(struct run *run)
{
	const struct options *options = run->options;
	unsigned int flags = (options->no_fallback ? FEATSEL_SESSION_NO_FALLBACK : 0) |
			     (options->best_effort ? FEATSEL_SESSION_BEST_EFFORT : 0) |
			     (options->self_test ? FEATSEL_SESSION_SELF_TEST : 0);
	struct featsel_error err = {0};
	struct account account;
	int status = numbers_new(run->program, &run->numbers);

	if (status)
		return status;
	run->translates = numbers_differ(run->numbers);
	if (featsel_session_start(run->program->plan, flags, records_on_sample, run, &run->session,
				  &err))
		return no_start(run->program->plan, &err);
	account = records_account(run);
	if (!options->quiet)
		account_live(&account);
	if (open_order(run))
		return message_memory();
	status = filter_begin(run->program->filter, run->program->plan, run->session, run->follow,
			      run->numbers);
	if (!status && options->pin && featsel_session_pin(run->session, options->pin, &err))
		status = message_failure(&err);
	return status;
}

/* An event without a candidate may still have one that only inference keeps out. */
static bool is_hopeless(const struct program *program)
{
	for (size_t i = 0; i < featsel_plan_events(program->plan); i++)
		if (featsel_plan_chosen(program->plan, i) < 0 &&
		    (program->options.no_fallback || !featsel_plan_last_resort(program->plan, i)))
			return true;
	return false;
}

/* Before anything is loaded: whether the plan can be made real. */
static int check_plan(const struct program *program)
{
	const struct featsel_plan *plan = program->plan;
	int status = plans_status(plan);

	if (!status || !is_hopeless(program))
		return 0;
	/* the session reports what it leaves out */
	for (size_t i = 0; program->options.best_effort && i < featsel_plan_events(plan); i++)
		if (featsel_plan_chosen(plan, i) >= 0)
			return 0;
	explain_failures(plan);
	return status;
}

static int steps(struct run *run)
{
	int status = attach(run);

	if (!status)
		follow_attend(run->follow);
	/* A reader of the first line may send a signal at once. */
	if (!status)
		status = open_loop(run);
	if (!status)
		status = open_sink(run);
	if (!status)
		status = watch_output(run);
	if (!status)
		status = drop_privileges(run);
	if (!status)
		status = follow_release(run->follow);
	if (!status)
		status = loop(run);
	if (!status)
		status = ending_finish(run);
	if (status)
		ending_fail(run, status);
	if (!status && run->options->exit_status)
		status = follow_status(run->follow);
	return status;
}

static void release(struct run *run)
{
	const int fds[] = {run->epoll, run->signals, run->timer};

	featsel_session_free(run->session);
	sink_free(run->sink);
	order_free(run->order);
	free(run->sources);
	follow_free(run->follow);
	numbers_free(run->numbers);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* The directory, or where it will be created. */
static int check_pin(const char *dir)
{
	char *copy = strdup(dir);
	struct statfs fs;
	int status = 0;

	if (!copy)
		return message_memory();
	if (statfs(dir, &fs) && statfs(dirname(copy), &fs))
		status = message_usage("'--pin %s': %s", dir, strerror(errno));
	else if ((uint32_t)fs.f_type != BPF_FS_MAGIC)
		status = message_usage(
			"'--pin %s': not in a BPF file system: 'mount -t bpf bpffs /sys/fs/bpf'",
			dir);
	free(copy);
	return status;
}

int stream_prepare(struct program *program)
{
	int status = program->options.pin ? check_pin(program->options.pin) : 0;

	if (!status)
		status = filter_new(&program->options, &program->filter);
	return status ? status : fields_check(program);
}

int stream_ask(struct program *program)
{
	const struct options *options = &program->options;

	if ((!options->live_name && !options->fields.count) || options->snapshots.count)
		return 0;
	return stream_prepare(program);
}

int stream_run(struct program *program)
{
	struct run run = {.program = program,
			  .options = &program->options,
			  .epoll = -1,
			  .signals = -1,
			  .timer = -1};
	int status;

	kernel_clock_init(&run.clock);
	status = check_plan(program);
	/* Before anything is open, so that the command inherits nothing. */
	if (!status)
		status = follow_new(&program->options, &run.follow);
	if (!status)
		status = steps(&run);
	release(&run);
	return status;
}
