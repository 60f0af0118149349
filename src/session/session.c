/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * session.c - a plan made real: each event goes down its list of candidates until one is live
 *
 * Events whose candidates come from one object share it. What fails is released before the next is
 * tried, and only concerns its own event.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session/state.h"

static const struct plan_event *plan_event(const struct featsel_session *session,
					   const struct event_state *state)
{
	return &session->plan->events[state->event];
}

static const struct plan_candidate *candidate_of(const struct featsel_session *session,
						 const struct event_state *state)
{
	return &plan_event(session, state)->candidates[state->index];
}

/* ---- no candidate is left ---- */

/* "'fentry' policy-denied, 'kprobe' kprobes-not-built"; of a lone candidate the evidence as well.
 */
static void list_reasons(const struct featsel_session *session, const struct event_state *state,
			 char *text, size_t size)
{
	const struct plan_event *event = plan_event(session, state);
	struct featsel_answer answer = plan_answer(session->plan, state->event, 0);
	size_t i, length = 0;

	text[0] = '\0';
	for (i = 0; i < event->n_candidates && length < size; i++) {
		if (!event->candidates[i].considered)
			continue;
		answer = plan_answer(session->plan, state->event, i);
		length += (size_t)snprintf(text + length, size - length, "%s'%s' %s",
					   length ? ", " : "", event->candidates[i].candidate->name,
					   answer.reason ? answer.reason
							 : featsel_verdict_name(answer.verdict));
	}
	if (event->n_candidates == 1 && length < size)
		snprintf(text + length, size - length, ": %s", answer.evidence);
}

/*
 * Candidates that the plan ruled out were not reported yet. If the event is only left out, the
 * reasons in its line are enough; if the plan ruled out all, the caller has them.
 */
static void log_reasons(const struct featsel_session *session, const struct event_state *state)
{
	const struct plan_event *event = plan_event(session, state);
	bool known = session->flags & FEATSEL_SESSION_BEST_EFFORT || event->chosen < 0;
	enum featsel_log_level level = known ? FEATSEL_LOG_INFO : FEATSEL_LOG_WARNING;
	struct featsel_answer answer;
	size_t i;

	for (i = 0; i < event->n_candidates; i++) {
		if (!event->candidates[i].considered || event->candidates[i].refused.reason)
			continue;
		answer = plan_answer(session->plan, state->event, i);
		context_log(session->context, level, "event '%s': candidate '%s': %s, %s: %s",
			    event->event->name, event->candidates[i].candidate->name,
			    featsel_verdict_name(answer.verdict),
			    answer.reason ? answer.reason : "", answer.evidence);
	}
}

static int error_code(enum featsel_failure kind)
{
	if (kind == FEATSEL_FAILURE_DENIED)
		return -EPERM;
	return kind == FEATSEL_FAILURE_INVALID ? -EINVAL : -ENOENT;
}

/*
 * A candidate that only inference keeps out is tried before the event is given up: a wrong no of
 * ours may cost some milliseconds, not the event. Its failure is not reported, since it was
 * predicted.
 */
static bool find_last_resort(struct featsel_session *session, struct event_state *state)
{
	int after = state->last_resort ? state->index : -1;
	struct featsel_answer answer;

	if (session->flags & FEATSEL_SESSION_NO_FALLBACK)
		return false;
	state->last_resort = true;
	state->index = plan_last_resort(session->plan, state->event, after);
	session->plan->events[state->event].chosen = state->index;
	state->pending = state->index >= 0;
	if (!state->pending)
		return false;
	answer = plan_answer(session->plan, state->event, (size_t)state->index);
	context_log(session->context, FEATSEL_LOG_INFO,
		    "event '%s': no other is left, trying '%s', which is predicted not to work: "
		    "%s: %s",
		    plan_event(session, state)->event->name,
		    candidate_of(session, state)->candidate->name,
		    answer.reason ? answer.reason : "", answer.evidence);
	return true;
}

/* Best effort: 0, the event is left out. */
static int give_up(struct featsel_session *session, struct event_state *state,
		   struct featsel_error *err)
{
	enum featsel_failure kind =
		(enum featsel_failure)featsel_plan_failure(session->plan, state->event);
	const char *event = plan_event(session, state)->event->name;
	char reasons[800];

	log_reasons(session, state);
	list_reasons(session, state, reasons, sizeof(reasons));
	if (session->flags & FEATSEL_SESSION_BEST_EFFORT) {
		context_log(session->context, FEATSEL_LOG_WARNING,
			    "event '%s': left out, no candidate works here: %s", event, reasons);
		return 0;
	}
	return error_set(err, error_code(kind), kind, "event '%s': no candidate works here: %s",
			 event, reasons);
}

/* ---- fallback ---- */

/* libbpf's own messages, for when nothing worked; the debug log has already shown them. */
static void log_libbpf_log(const struct featsel_session *session,
			   const struct libbpf_log *libbpf_log)
{
	const char *text = libbpf_log->said ? libbpf_log->said : "";
	size_t length;

	if (session->context->log_level >= FEATSEL_LOG_DEBUG)
		return;
	for (; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		if (length)
			context_log(session->context, FEATSEL_LOG_WARNING, "  %.*s", (int)length,
				    text);
	}
}

/* The candidate of @state failed and is released; go on to the next. */
static int fall_back(struct featsel_session *session, struct event_state *state,
		     const struct try_failure *failure, const struct libbpf_log *libbpf_log,
		     struct featsel_error *err)
{
	char text[768];
	int r;

	state->alone = false;
	if (state->last_resort) {
		failure_describe(failure, text, sizeof(text));
		context_log(session->context, FEATSEL_LOG_INFO, "event '%s': candidate '%s' %s",
			    plan_event(session, state)->event->name,
			    candidate_of(session, state)->candidate->name, text);
		return find_last_resort(session, state) ? 0 : give_up(session, state, err);
	}
	if (session->flags & FEATSEL_SESSION_NO_FALLBACK) {
		log_libbpf_log(session, libbpf_log);
		return failure_error(session->plan, state->event, failure, err);
	}
	r = plan_fall_back(session->plan, state->event, failure);
	state->index = featsel_plan_chosen(session->plan, state->event);
	state->pending = !r;
	if (!r)
		return 0;
	log_libbpf_log(session, libbpf_log);
	return find_last_resort(session, state) ? 0 : give_up(session, state, err);
}

/* A contradiction in an object or a manifest fails its candidate, like a failure to open. */
static int fall_back_on_error(struct featsel_session *session, struct event_state *state,
			      const struct featsel_error *error, int code,
			      struct featsel_error *err)
{
	static const struct libbpf_log nothing;
	struct try_failure failure = {.stage = STAGE_OPEN, .error = code};
	char text[sizeof(error->source) + sizeof(error->text) + 32];

	featsel_error_format(error, text, sizeof(text));
	failure.answer = answer_make(session->plan->host->arena, FEATSEL_NO, REASON_OBJECT_UNUSABLE,
				     NULL, "%s", text);
	return fall_back(session, state, &failure, &nothing, err);
}

/* ---- groups ---- */

static struct load_group *group_new(const struct featsel_context *context)
{
	struct load_group *group = calloc(1, sizeof(*group));

	if (group)
		group->context = context;
	return group;
}

static void group_free(struct load_group *group)
{
	if (!group)
		return;
	group_release(group);
	free(group);
}

static int new_stream(struct featsel_session *session, const struct event_state *state,
		      struct stream **ret, struct featsel_error *err)
{
	const struct plan_subject subject =
		plan_subject(session->plan, candidate_of(session, state));
	struct stream *stream;
	int r;

	r = stream_new(&subject, false, session->arena, &stream, err);
	if (r)
		return r;
	stream->event = state->event;
	stream->index = state->index;
	*ret = stream;
	return 0;
}

static bool fits(const struct load_group *group, const struct stream *stream)
{
	size_t i;

	for (i = 0; i < group->streams.count; i++)
		if (!stream_fits(group_stream(group, i), stream))
			return false;
	return true;
}

/*
 * Other events that wait for the same object; a candidate that cannot become a stream fails later,
 * by itself.
 */
static int gather(struct featsel_session *session, const struct event_state *first,
		  struct load_group *group, struct featsel_error *err)
{
	const struct event_state *state;
	struct stream *stream;
	size_t i;
	int r = 0;

	for (i = first->event + 1; i < session->plan->n_events && !r; i++) {
		state = &session->states[i];
		if (!state->pending || state->alone ||
		    candidate_of(session, state)->object != candidate_of(session, first)->object ||
		    new_stream(session, state, &stream, NULL))
			continue;
		if (fits(group, stream))
			r = group_add(group, stream, err);
		else
			stream_free(stream);
	}
	return r;
}

static void tell_last_resort(const struct featsel_session *session, const struct event_state *state)
{
	const struct featsel_answer answer =
		plan_answer(session->plan, state->event, (size_t)state->index);

	context_log(session->context, FEATSEL_LOG_WARNING,
		    "event '%s': candidate '%s' works, though it was predicted not to: %s: %s",
		    plan_event(session, state)->event->name,
		    candidate_of(session, state)->candidate->name,
		    answer.reason ? answer.reason : "", answer.evidence);
}

/* A program may be wanted for its effect alone, but nobody should wait for records in vain. */
static void tell_mute(const struct featsel_session *session, const struct stream *stream)
{
	if (stream->output >= 0 || stream->iteration)
		return;
	context_log(session->context, FEATSEL_LOG_WARNING,
		    "event '%s': candidate '%s' is attached, but no records come: its programs "
		    "refer to no ring or perf buffer",
		    stream->candidate->event->name, stream->candidate->name);
}

static int adopt(struct featsel_session *session, struct load_group *group,
		 struct featsel_error *err)
{
	struct load_group **group_item = vec_add(&session->groups, sizeof(struct load_group *));
	struct stream **stream_item;
	struct event_state *state;
	size_t i;
	int r = group_item ? group_pin_maps(group, group->object, &session->pins, err)
			   : error_memory(err);

	if (r) {
		session->groups.count -= group_item != NULL;
		group_free(group);
		return r;
	}
	*group_item = group;
	for (i = 0; i < group->streams.count; i++) {
		stream_item = vec_add(&session->streams, sizeof(struct stream *));
		if (!stream_item)
			return error_memory(err);
		*stream_item = group_stream(group, i);
		state = &session->states[group_stream(group, i)->event];
		state->live = group_stream(group, i);
		state->pending = false;
		if (state->last_resort)
			tell_last_resort(session, state);
		tell_mute(session, state->live);
	}
	return 0;
}

/* Load an event's candidate by itself; if that fails the event goes on to its next. */
static int test_alone(struct featsel_session *session, struct event_state *state, bool *spoils,
		      struct featsel_error *err)
{
	struct load_group *group = group_new(session->context);
	struct try_failure failure;
	struct stream *stream = NULL;
	int r;

	r = group ? new_stream(session, state, &stream, err) : error_memory(err);
	if (group)
		group->trial = true;
	if (!r)
		r = group_add(group, stream, err);
	if (!r && group_try(group, session->plan, &session->consumer, TRY_LOAD_ONLY, &failure)) {
		*spoils = true;
		r = fall_back(session, state, &failure, &group->libbpf_log, err);
	}
	group_free(group);
	return r;
}

/*
 * The group of these events did not load, and one of them is to blame. If each loads by itself, it
 * is the combination that fails: then they go on apart.
 */
static int split(struct featsel_session *session, const size_t *events, size_t n,
		 struct featsel_error *err)
{
	bool spoils = false;
	size_t i;
	int r = 0;

	for (i = 0; i < n && !r; i++)
		r = test_alone(session, &session->states[events[i]], &spoils, err);
	for (i = 0; i < n && !spoils; i++)
		session->states[events[i]].alone = true;
	return r;
}

/* Takes the group over. */
static int retreat(struct featsel_session *session, struct load_group *group,
		   const struct try_failure *failure, struct featsel_error *err)
{
	size_t *events CLEANUP(free_pointer) = calloc(group->streams.count, sizeof(*events));
	size_t i, n = group->streams.count, blamed;
	struct libbpf_log libbpf_log;
	int r;

	if (!events) {
		group_free(group);
		return error_memory(err);
	}
	for (i = 0; i < n; i++)
		events[i] = group_stream(group, i)->event;
	blamed = failure->stream ? failure->stream->event : 0;
	/* Everything from the try is released before anything else happens; its messages stay. */
	libbpf_log = group->libbpf_log;
	group->libbpf_log = (struct libbpf_log){0};
	group_free(group);
	if (failure->stream)
		r = fall_back(session, &session->states[blamed], failure, &libbpf_log, err);
	else
		r = split(session, events, n, err);
	libbpf_log_free(&libbpf_log);
	return r;
}

static unsigned int try_flags(const struct featsel_session *session)
{
	return session->flags & FEATSEL_SESSION_SELF_TEST ? TRY_SELF_TEST : 0;
}

static int start_state(struct featsel_session *session, struct event_state *state,
		       struct featsel_error *err)
{
	struct featsel_error error = {0};
	struct try_failure failure;
	struct load_group *group;
	struct stream *stream;
	int r;

	r = new_stream(session, state, &stream, &error);
	if (r == -ENOMEM)
		return error_memory(err);
	if (r)
		return fall_back_on_error(session, state, &error, r, err);
	group = group_new(session->context);
	if (!group) {
		stream_free(stream);
		return error_memory(err);
	}
	r = group_add(group, stream, err);
	if (!r && !state->alone)
		r = gather(session, state, group, err);
	if (r) {
		group_free(group);
		return r;
	}
	if (group_try(group, session->plan, &session->consumer, try_flags(session), &failure))
		return retreat(session, group, &failure, err);
	return adopt(session, group, err);
}

/* ---- life ---- */

static struct event_state *next_pending(const struct featsel_session *session)
{
	size_t i;

	for (i = 0; i < session->plan->n_events; i++)
		if (session->states[i].pending)
			return &session->states[i];
	return NULL;
}

static int plot_states(struct featsel_session *session, struct featsel_error *err)
{
	const struct featsel_plan *plan = session->plan;
	struct event_state *state;
	size_t i;

	session->states = arena_array(session->arena, plan->n_events, sizeof(*session->states));
	if (!session->states)
		return error_memory(err);
	for (i = 0; i < plan->n_events; i++) {
		state = &session->states[i];
		state->event = i;
		state->index = featsel_plan_chosen(plan, i);
		state->pending = state->index >= 0;
	}
	return 0;
}

/* Checked before anything is loaded: an event that cannot work must not cost the others their
 * start. */
static int give_up_hopeless(struct featsel_session *session, struct featsel_error *err)
{
	struct event_state *state;
	size_t i;
	int r = 0;

	for (i = 0; i < session->plan->n_events && !r; i++) {
		state = &session->states[i];
		if (!state->pending && !find_last_resort(session, state))
			r = give_up(session, state, err);
	}
	return r;
}

static size_t count_live(const struct featsel_session *session, size_t event)
{
	struct stream *const *streams = session->streams.items;
	size_t i, count = 0;

	for (i = 0; i < session->streams.count; i++)
		count += streams[i]->event == event && stream_attached(streams[i]);
	return count;
}

/* Exactly one live candidate an event: checked, not assumed. */
static int check_live(const struct featsel_session *session, struct featsel_error *err)
{
	const struct event_state *state;
	size_t i, live;

	for (i = 0; i < session->plan->n_events; i++) {
		state = &session->states[i];
		live = count_live(session, i);
		if (live != (state->index >= 0))
			return error_set(err, -EIO, FEATSEL_FAILURE_RUN,
					 "event '%s': %zu candidates are live, not one",
					 plan_event(session, state)->event->name, live);
	}
	if (session->plan->n_events && !session->streams.count)
		return error_set(err, -ENOENT, FEATSEL_FAILURE_NO_CANDIDATE,
				 "no event has a candidate that works here");
	return 0;
}

/* Records that the self-test caused are not the caller's; an iterator's objects are still there. */
static void forget_self_test(struct featsel_session *session)
{
	struct stream *const *streams = session->streams.items;
	size_t i;

	(void)consumer_consume(&session->consumer, streams, session->streams.count);
	for (i = 0; i < session->streams.count; i++)
		if (streams[i]->iteration)
			iteration_restart(streams[i]->iteration);
}

static int start(struct featsel_session *session, struct featsel_error *err)
{
	struct event_state *state;
	int r;

	r = consumer_open(&session->consumer);
	if (r)
		return error_set(err, r, FEATSEL_FAILURE_RUN, "epoll, timerfd: %s", errno_name(r));
	r = plot_states(session, err);
	if (!r)
		r = give_up_hopeless(session, err);
	while (!r && (state = next_pending(session)))
		r = start_state(session, state, err);
	if (!r)
		r = check_live(session, err);
	if (r)
		return r;
	session->deferred = streams_defer_release(session->streams.items, session->streams.count);
	if (session->flags & FEATSEL_SESSION_SELF_TEST)
		forget_self_test(session);
	session->consumer.discard = false;
	return 0;
}

int featsel_session_start(struct featsel_plan *plan, unsigned int flags, featsel_sample_fn callback,
			  void *data, struct featsel_session **ret, struct featsel_error *err)
{
	const unsigned int known = FEATSEL_SESSION_NO_FALLBACK | FEATSEL_SESSION_BEST_EFFORT |
				   FEATSEL_SESSION_SELF_TEST;
	struct featsel_session *session;
	int r = error_flags(flags, known, err);

	if (r)
		return r;
	session = calloc(1, sizeof(*session));
	if (!session)
		return error_memory(err);
	session->plan = plan;
	session->context = plan->manifest->context;
	session->flags = flags;
	session->deferred = -1;
	session->consumer = (struct consumer){.epoll_fd = -1,
					      .timer_fd = -1,
					      .callback = callback,
					      .data = data,
					      .discard = true};
	session->arena = arena_new();
	r = session->arena ? start(session, err) : error_memory(err);
	r = pins_end(&session->pins, r, err);
	if (r) {
		featsel_session_free(session);
		return r;
	}
	*ret = session;
	return 0;
}

bool featsel_session_select(struct featsel_session *session,
			    const struct featsel_selection *selection)
{
	struct featsel_selection known = {0};
	struct load_group *const *groups = session->groups.items;
	size_t i, j;
	bool told = true;

	memcpy(&known, selection,
	       selection->size < sizeof(known) ? selection->size : sizeof(known));
	for (i = 0; i < session->groups.count; i++)
		for (j = 0; j < groups[i]->streams.count; j++)
			told &= stream_select(groups[i], group_stream(groups[i], j), &known);
	return told;
}

int featsel_session_pin(struct featsel_session *session, const char *dir, struct featsel_error *err)
{
	struct load_group *const *groups = session->groups.items;
	struct guard pins = {0};
	size_t i, j;
	int r = 0;

	for (i = 0; i < session->groups.count && !r; i++)
		for (j = 0; j < groups[i]->streams.count && !r; j++)
			r = stream_pin(group_stream(groups[i], j), groups[i]->object, dir, &pins,
				       err);
	r = pins_end(&pins, r, err);
	session->pinned = !r;
	return r;
}

int featsel_session_fd(const struct featsel_session *session)
{
	return session->consumer.epoll_fd;
}

int featsel_session_consume(struct featsel_session *session, struct featsel_error *err)
{
	(void)err;
	return consumer_consume(&session->consumer, session->streams.items, session->streams.count);
}

void featsel_session_stop(struct featsel_session *session)
{
	struct stream *const *streams = session->streams.items;
	struct libbpf_log libbpf_log = {0};
	size_t i;

	libbpf_log_begin(&libbpf_log, session->context);
	for (i = 0; i < session->streams.count && session->pinned; i++)
		stream_keep(streams[i]);
	streams_detach(session->streams.items, session->streams.count);
	libbpf_log_end(&libbpf_log);
	libbpf_log_free(&libbpf_log);
	close_fd(&session->deferred);
}

void featsel_session_free(struct featsel_session *session)
{
	struct load_group **groups;
	size_t i;

	if (!session)
		return;
	featsel_session_stop(session);
	groups = session->groups.items;
	for (i = 0; i < session->groups.count; i++)
		group_free(groups[i]);
	vec_free(&session->groups);
	vec_free(&session->streams);
	consumer_close(&session->consumer);
	arena_free(session->arena);
	free(session);
}
