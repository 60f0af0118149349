/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* stream.c - the live run: attach, drop privileges, stream until something ends it, say what was
 * lost */
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
#include "cli/output.h"

/* The callback's return value to stop consumption; featsel_session_consume() passes it on. */
#define STOP 1

/*
 * A stop takes this long at most, in ms: first the records in the buffers are shown, then only
 * counted; then the reader may take the records, then the end.
 */
#define SHOW_MS	    300
#define COUNT_MS    500
#define RECORDS_MS  700
#define FINISHED_MS 900

/* The longest wait for the reader of standard error. */
#define MESSAGE_MS 10

/* How soon records that wait for older ones are checked again. */
#define HELD_MS 10

#define MS UINT64_C(1000000)

struct stream {
	struct program *program;
	const struct options *options;
	struct featsel_session *session;
	struct follow *follow;
	struct numbers *numbers;
	struct order *order;
	struct kernel_clock clock;
	int *clocks; /* the field of each event's records that tells their time, negative: none */
	struct sink *sink;
	uint64_t shown;
	uint64_t round; /* records that the last call of consume delivered */
	int epoll, signals, timer;
	int error;     /* of the sink */
	bool written;  /* the limit of records */
	bool over;     /* -c, -d, a signal, the command's end */
	bool told;     /* by a signal */
	bool gone;     /* the reader of the output */
	bool unread;   /* some of it */
	bool watched;  /* the output can be polled */
	bool blocked;  /* and is, for the reader */
	uint64_t stop; /* when stopping began, 0: not yet */
};

/* ---- records ---- */

static bool is_enough(const struct stream *stream)
{
	return stream->options->count && stream->shown >= stream->options->count;
}

/* 0 if it does not tell. */
static uint64_t time_of(const struct stream *stream, const struct featsel_layout *layout,
			const struct featsel_sample *sample)
{
	int clock = stream->clocks[sample->event];
	uint64_t time;

	if (clock < 0 ||
	    featsel_layout_integer(layout, (size_t)clock, sample->data, sample->size, &time))
		return 0;
	return time;
}

static int on_sample(void *data, const struct featsel_sample *raw)
{
	struct stream *stream = data;
	struct featsel_sample copy = *raw, *sample = &copy;
	const struct featsel_layout *layout =
		featsel_session_layout(stream->session, sample->event);
	uint64_t time;

	time = time_of(stream, layout, sample);
	/* what is pinned never ends */
	if (stream->stop && time > stream->stop)
		return 0;
	stream->round++;
	stream->error = numbers_translate(stream->numbers, layout, sample);
	if (stream->error)
		return STOP;
	if (!filter_wants(stream->program->filter, layout, sample))
		return 0;
	if (stream->stop && kernel_clock_ns(&stream->clock) > stream->stop + SHOW_MS * MS) {
		sink_lose(stream->sink, sample->event);
		return 0;
	}
	stream->error = order_add(stream->order, time, sample);
	return stream->error ? STOP : 0;
}

/* In order. Records after the last wanted one are dropped here, and not counted as shown. */
static int on_ordered(void *data, const struct featsel_sample *sample)
{
	struct stream *stream = data;
	int r;

	if (is_enough(stream))
		return STOP;
	r = sink_record(stream->sink, sample);
	stream->error = r < 0 ? r : 0;
	if (stream->error)
		return STOP;
	stream->shown += r != SINK_LOST;
	stream->over = stream->over || is_enough(stream);
	return is_enough(stream) ? STOP : 0;
}

/*
 * A reader that has read something and goes away has seen enough, as with head(1); one that never
 * read is an error. Exit status.
 */
static int output_failed(struct stream *stream, int error)
{
	stream->over = true;
	if (error == -EPIPE && sink_has_written(stream->sink)) {
		stream->gone = true;
		return 0;
	}
	return message_output(error);
}

static int release_ordered(struct stream *stream, bool all)
{
	int r;

	if (all)
		r = order_release_all(stream->order, on_ordered, stream);
	else
		r = order_release(stream->order, featsel_session_drained(stream->session),
				  on_ordered, stream);
	if (r < 0)
		return message_memory();
	return stream->error ? output_failed(stream, stream->error) : 0;
}

/* ---- before the first record ---- */

static struct account account_of(const struct stream *stream)
{
	return (struct account){stream->program, stream->session, stream->sink};
}

static int append_json(struct stream *stream,
		       void (*write)(FILE *out, const struct account *account))
{
	struct account account = account_of(stream);
	struct text text;
	FILE *out = text_open(&text);
	int r;

	if (out)
		write(out, &account);
	r = text_close(&text);
	if (!r)
		r = sink_append(stream->sink, text.data, text.size);
	text_free(&text);
	return r;
}

static int add_events(struct stream *stream)
{
	const struct featsel_plan *plan = stream->program->plan;
	int r = 0;

	for (size_t i = 0; i < featsel_plan_events(plan) && !r; i++) {
		const struct featsel_event *event = featsel_plan_event(plan, i);
		int live = featsel_session_live(stream->session, i);

		if (live < 0)
			continue;
		r = sink_add(stream->sink, i, featsel_event_name(event),
			     featsel_session_layout(stream->session, i),
			     featsel_candidate_lacks(featsel_event_candidate(event, (size_t)live)),
			     &stream->options->fields);
	}
	return r;
}

static int open_sink(struct stream *stream)
{
	const struct options *options = stream->options;
	int r = sink_new(options->json, options->wide, featsel_plan_events(stream->program->plan),
			 &stream->sink);

	if (!r)
		r = add_events(stream);
	stream->program->started = true;
	if (!r && options->json)
		r = append_json(stream, account_started);
	if (!r)
		r = sink_begin(stream->sink);
	if (!r && sink_left_out(stream->sink) && !options->quiet)
		message_say("%zu columns do not hold every field: '--wide' shows all, '--fields' "
			    "those that you name",
			    sink_left_out(stream->sink));
	if (!r)
		r = sink_flush(stream->sink);
	return r ? output_failed(stream, r) : 0;
}

/* ---- the loop ---- */

static int watch(struct stream *stream, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(stream->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_signals(struct stream *stream)
{
	stream->signals = signals_open();
	return stream->signals < 0 ? stream->signals : watch(stream, stream->signals, EPOLLIN);
}

static int open_timer(struct stream *stream)
{
	uint64_t ms = stream->options->duration_ms;
	struct itimerspec when = {.it_value = {.tv_sec = (time_t)(ms / 1000),
					       .tv_nsec = (long)(ms % 1000) * 1000000}};

	if (!ms)
		return 0;
	stream->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (stream->timer < 0 || timerfd_settime(stream->timer, 0, &when, NULL))
		return -errno;
	return watch(stream, stream->timer, EPOLLIN);
}

static int open_loop(struct stream *stream)
{
	int r;

	stream->epoll = epoll_create1(EPOLL_CLOEXEC);
	r = stream->epoll < 0 ? -errno : open_signals(stream);
	if (!r)
		r = open_timer(stream);
	if (!r)
		r = watch(stream, featsel_session_fd(stream->session), EPOLLIN);
	if (!r) {
		message_patience(MESSAGE_MS);
		return 0;
	}
	message_say("cannot wait for records: %s", strerror(-r));
	return FEATSEL_FAILURE_RUN;
}

/* A pipe tells when its reader is gone, even if no record comes; regular files refuse (EPERM). */
static int watch_output(struct stream *stream)
{
	int r = watch(stream, sink_fd(stream->sink), 0);

	stream->watched = !r;
	if (r != -EBADF)
		return 0;
	return message_output(r);
}

/* Wait while the reader is slow. */
static void watch_reader(struct stream *stream)
{
	bool stalled = sink_is_stalled(stream->sink);
	struct epoll_event event = {.events = stalled ? EPOLLOUT : 0,
				    .data.fd = sink_fd(stream->sink)};

	if (stalled == stream->blocked || !stream->watched)
		return;
	stream->blocked = stalled;
	(void)epoll_ctl(stream->epoll, EPOLL_CTL_MOD, event.data.fd, &event);
}

/* Lines have the screen's new width, below new titles. */
static void resize(struct stream *stream)
{
	int r = sink_resized(stream->sink) ? add_events(stream) : -EALREADY;

	if (!r)
		r = sink_begin(stream->sink);
	if (r && r != -EALREADY)
		stream->error = r;
}

static void on_signals(struct stream *stream)
{
	struct account account = account_of(stream);
	struct signalfd_siginfo info;

	while (read(stream->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGUSR1)
			account_counts(&account, true);
		else if (info.ssi_signo == SIGWINCH)
			resize(stream);
		else if (info.ssi_signo != SIGCHLD)
			stream->over = stream->told = true;
		else if (stream->options->command && follow_ended(stream->follow))
			stream->over = true;
	}
}

/* 0, or an exit status. */
static int consume(struct stream *stream)
{
	struct featsel_error err = {0};
	int r;

	stream->round = 0;
	follow_update(stream->follow);
	numbers_update(stream->numbers);
	order_begin(stream->order);
	r = featsel_session_consume(stream->session, &err);
	if (stream->error)
		return message_memory();
	/* The command goes on, and may be the purpose of the run. */
	if (!stream->options->command && featsel_session_ended(stream->session))
		stream->over = true;
	return r < 0 ? message_failure(&err) : release_ordered(stream, false);
}

static int on_output(struct stream *stream, uint32_t events)
{
	int r = events & (EPOLLERR | EPOLLHUP) ? -EPIPE : sink_flush(stream->sink);

	return r ? output_failed(stream, r) : 0;
}

static int dispatch(struct stream *stream, const struct epoll_event *events, int n)
{
	int status = 0;

	for (int i = 0; i < n && !status; i++) {
		int fd = events[i].data.fd;

		if (fd == stream->signals)
			on_signals(stream);
		else if (fd == stream->timer)
			stream->over = true;
		else if (fd == sink_fd(stream->sink))
			status = on_output(stream, events[i].events);
	}
	return status;
}

/* Write what has waited long enough, or if there is nothing else to do; the first records at
 * once. */
static int flush(struct stream *stream, bool idle)
{
	int r = 0;

	if (!sink_waits(stream->sink) || stream->blocked)
		return 0;
	if (idle || !stream->written || sink_is_due(stream->sink)) {
		stream->written = true;
		r = sink_flush(stream->sink);
	}
	return r ? output_failed(stream, r) : 0;
}

/* How long to wait for new records while some are held back. */
static int patience(const struct stream *stream)
{
	if (order_holds(stream->order))
		return HELD_MS;
	if (sink_is_stalled(stream->sink))
		return stream->watched ? -1 : HELD_MS;
	return sink_waits(stream->sink) ? 0 : -1;
}

static int loop(struct stream *stream)
{
	struct epoll_event events[4];
	int status = 0;

	while (!status && !stream->over) {
		int n = epoll_wait(stream->epoll, events, ARRAY_SIZE(events), patience(stream));

		if (n < 0 && errno != EINTR) {
			message_say("cannot wait for records: %s", strerror(errno));
			return FEATSEL_FAILURE_RUN;
		}
		status = dispatch(stream, events, n);
		if (!status && !stream->over)
			status = consume(stream);
		if (!status && !stream->over)
			status = flush(stream, n == 0);
		watch_reader(stream);
	}
	return status;
}

/* ---- the end ---- */

static uint64_t since_stop_ms(const struct stream *stream)
{
	return (kernel_clock_ns(&stream->clock) - stream->stop) / MS;
}

/*
 * Records in the buffers are from before the end and are shown. After the stop only pinned programs
 * emit new ones, so a round without anything older is the last one.
 */
static int drain(struct stream *stream)
{
	int status;

	do
		status = consume(stream);
	while (!status && stream->round && !stream->gone && !is_enough(stream) &&
	       since_stop_ms(stream) < COUNT_MS);
	return status || stream->gone ? status : release_ordered(stream, true);
}

/* After a signal the run ends soon, else it waits for the reader as long as that takes
 * something. */
static int left_ms(const struct stream *stream, uint64_t last, uint64_t limit)
{
	uint64_t since = stream->told ? since_stop_ms(stream)
				      : (kernel_clock_ns(&stream->clock) - last) / MS;

	return since < limit ? (int)(limit - since) : 0;
}

/* What the reader does not take in time is lost. */
static int write_rest(struct stream *stream, uint64_t limit)
{
	struct pollfd poller = {.fd = sink_fd(stream->sink), .events = POLLOUT};
	size_t size = sink_size(stream->sink);
	uint64_t last = kernel_clock_ns(&stream->clock);
	int ms, r = sink_flush(stream->sink);

	while (!r && sink_waits(stream->sink)) {
		if (sink_size(stream->sink) < size)
			last = kernel_clock_ns(&stream->clock);
		size = sink_size(stream->sink);
		ms = left_ms(stream, last, limit);
		if (!ms)
			break;
		(void)poll(&poller, 1, ms);
		r = sink_flush(stream->sink);
	}
	if (r)
		return output_failed(stream, r);
	stream->unread |= sink_waits(stream->sink);
	sink_give_up(stream->sink);
	return 0;
}

static int write_end(struct stream *stream)
{
	int status = write_rest(stream, RECORDS_MS);

	if (status || stream->gone || !stream->options->json)
		return status;
	if (append_json(stream, account_finished))
		return message_memory();
	return write_rest(stream, FINISHED_MS);
}

static int finish(struct stream *stream)
{
	const struct options *options = stream->options;
	struct account account = account_of(stream);
	int status = 0;

	stream->stop = kernel_clock_ns(&stream->clock);
	signals_let_end();
	featsel_session_stop(stream->session);
	if (!is_enough(stream) && !stream->gone)
		status = drain(stream);
	if (!status && !stream->gone)
		status = write_end(stream);
	if (stream->unread)
		message_say("%s is not read: what its reader did not take in time is lost",
			    output_name());
	if (!stream->gone)
		account_counts(&account, !options->quiet && !options->json);
	follow_leave(stream->follow);
	return status;
}

static int drop_privileges(const struct stream *stream)
{
	int r = stream->options->keep_privileges ? 0 : privilege_drop();

	if (!r)
		return 0;
	message_say("cannot drop privileges: %s; '--keep-privileges' goes on with them",
		    strerror(-r));
	return FEATSEL_FAILURE_RUN;
}

static int open_order(struct stream *stream)
{
	size_t n = featsel_plan_events(stream->program->plan), live = 0;

	stream->clocks = calloc(n ? n : 1, sizeof(*stream->clocks));
	if (!stream->clocks)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct featsel_layout *layout = featsel_session_layout(stream->session, i);

		if (!layout)
			continue;
		live++;
		stream->clocks[i] = fields_clock(layout);
		/* without tags its name identifies it */
		if (stream->clocks[i] < 0)
			stream->clocks[i] = featsel_layout_find(layout, "timestamp");
	}
	return order_new(live > 1, &stream->clock, &stream->order);
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

static int attach(struct stream *stream)
{
	const struct options *options = stream->options;
	unsigned int flags = (options->no_fallback ? FEATSEL_SESSION_NO_FALLBACK : 0) |
			     (options->best_effort ? FEATSEL_SESSION_BEST_EFFORT : 0) |
			     (options->self_test ? FEATSEL_SESSION_SELF_TEST : 0);
	struct featsel_error err = {0};
	struct account account;
	int status = numbers_new(stream->program, &stream->numbers);

	if (status)
		return status;
	if (featsel_session_start(stream->program->plan, flags, on_sample, stream, &stream->session,
				  &err))
		return no_start(stream->program->plan, &err);
	account = account_of(stream);
	if (!options->quiet)
		account_live(&account);
	if (open_order(stream))
		return message_memory();
	status = filter_begin(stream->program->filter, stream->program->plan, stream->session,
			      stream->follow, stream->numbers);
	if (!status && options->pin && featsel_session_pin(stream->session, options->pin, &err))
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

static int run(struct stream *stream)
{
	int status = attach(stream);

	if (!status)
		follow_attend(stream->follow);
	/* A reader of the first line may send a signal at once. */
	if (!status)
		status = open_loop(stream);
	if (!status)
		status = open_sink(stream);
	if (!status)
		status = watch_output(stream);
	if (!status)
		status = drop_privileges(stream);
	if (!status)
		status = follow_release(stream->follow);
	if (!status)
		status = loop(stream);
	if (!status)
		status = finish(stream);
	if (!status && stream->options->exit_status)
		status = follow_status(stream->follow);
	return status;
}

static void release(struct stream *stream)
{
	const int fds[] = {stream->epoll, stream->signals, stream->timer};

	featsel_session_free(stream->session);
	sink_free(stream->sink);
	order_free(stream->order);
	free(stream->clocks);
	follow_free(stream->follow);
	numbers_free(stream->numbers);
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
	struct stream stream = {.program = program,
				.options = &program->options,
				.epoll = -1,
				.signals = -1,
				.timer = -1};
	int status;

	kernel_clock_init(&stream.clock);
	status = check_plan(program);
	/* Before anything is open, so that the command inherits nothing. */
	if (!status)
		status = follow_new(&program->options, &stream.follow);
	if (!status)
		status = run(&stream);
	release(&stream);
	return status;
}
