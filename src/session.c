/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * session.c - a plan made real: each event down its list of candidates until one is live
 *
 * Events whose candidates come from one object share it. What fails is released before the next is
 * tried, and costs only its own event.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* An event's way through its candidates. */
struct course {
	size_t event;
	int index;    /* of the candidate that is tried or live, -1: none is left */
	bool pending; /* to be tried */
	bool alone;   /* not together with others again */
	struct feed *live;
	/* for each candidate that failed: why; reason NULL: not tried */
	struct featsel_answer *failures;
};

struct featsel_session {
	struct featsel_plan *plan;
	struct featsel_context *context;
	unsigned int flags;
	struct arena *arena;
	struct course *courses; /* one an event of the plan */
	struct intake intake;
	struct vec units; /* struct unit * */
	struct vec feeds; /* struct feed *, the live ones */
	int tomb;	  /* see feeds_entomb(); -1 */
	bool drops_warned;
	bool pinned; /* what is attached is to stay so */
};

static const struct plan_event *plan_event(const struct featsel_session *session,
					   const struct course *course)
{
	return &session->plan->events[course->event];
}

static const struct plan_candidate *candidate_of(const struct featsel_session *session,
						 const struct course *course)
{
	return &plan_event(session, course)->candidates[course->index];
}

static const char *candidate_name(const struct featsel_session *session,
				  const struct course *course, int index)
{
	return plan_event(session, course)->candidates[index].candidate->name;
}

/* ---- no candidate is left ---- */

/* Why a candidate is not live: what happened to it here, else what the plan knows. */
static struct featsel_answer answer_of(const struct featsel_session *session,
				       const struct course *course, size_t index)
{
	if (course->failures[index].reason)
		return course->failures[index];
	return plan_answer(session->plan, course->event, index);
}

static enum featsel_failure failure_of(const struct featsel_session *session,
				       const struct course *course)
{
	const struct plan_event *event = plan_event(session, course);
	size_t i;

	if (event->chosen < 0)
		return (enum featsel_failure)featsel_plan_failure(session->plan, course->event);
	for (i = 0; i < event->n_candidates; i++)
		if (event->candidates[i].considered &&
		    answer_of(session, course, i).verdict == FEATSEL_DENIED)
			return FEATSEL_FAILURE_DENIED;
	return FEATSEL_FAILURE_NO_CANDIDATE;
}

/* "'fentry' policy-denied, 'kprobe' kprobes-not-built" */
static void list_reasons(const struct featsel_session *session, const struct course *course,
			 char *text, size_t size)
{
	const struct plan_event *event = plan_event(session, course);
	struct featsel_answer answer;
	size_t i, length = 0;

	text[0] = '\0';
	for (i = 0; i < event->n_candidates && length < size; i++) {
		if (!event->candidates[i].considered)
			continue;
		answer = answer_of(session, course, i);
		length += (size_t)snprintf(text + length, size - length, "%s'%s' %s",
					   length ? ", " : "", event->candidates[i].candidate->name,
					   answer.reason ? answer.reason
							 : featsel_verdict_name(answer.verdict));
	}
}

/*
 * What the plan ruled out has had no line yet. Where the event is only left out, the reasons in its
 * line are enough for most.
 */
static void log_reasons(const struct featsel_session *session, const struct course *course)
{
	const struct plan_event *event = plan_event(session, course);
	enum featsel_log_level level = session->flags & FEATSEL_SESSION_BEST_EFFORT
					       ? FEATSEL_LOG_INFO
					       : FEATSEL_LOG_WARNING;
	struct featsel_answer answer;
	size_t i;

	for (i = 0; i < event->n_candidates; i++) {
		if (!event->candidates[i].considered || course->failures[i].reason)
			continue;
		answer = answer_of(session, course, i);
		context_log(session->context, level, "event '%s': candidate '%s': %s, %s: %s",
			    event->event->name, event->candidates[i].candidate->name,
			    featsel_verdict_name(answer.verdict),
			    answer.reason ? answer.reason : "", answer.evidence);
	}
}

static int error_code(enum featsel_failure failure)
{
	if (failure == FEATSEL_FAILURE_DENIED)
		return -EPERM;
	return failure == FEATSEL_FAILURE_INVALID ? -EINVAL : -ENOENT;
}

/* Best effort: 0, the event is left out. */
static int give_up(struct featsel_session *session, struct course *course,
		   struct featsel_error *err)
{
	enum featsel_failure failure = failure_of(session, course);
	const char *event = plan_event(session, course)->event->name;
	char reasons[800];

	log_reasons(session, course);
	list_reasons(session, course, reasons, sizeof(reasons));
	if (session->flags & FEATSEL_SESSION_BEST_EFFORT) {
		context_log(session->context, FEATSEL_LOG_WARNING,
			    "event '%s': left out, no candidate works here: %s", event, reasons);
		return 0;
	}
	return error_set(err, error_code(failure), failure,
			 "event '%s': no candidate works here: %s", event, reasons);
}

/* ---- fallback ---- */

/*
 * libbpf's own words, for when nothing worked: with the debug log on they have been shown already.
 */
static void log_chatter(const struct featsel_session *session, const struct chatter *chatter)
{
	const char *text = chatter->said ? chatter->said : "";
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

static void describe_setback(const struct setback *setback, char *text, size_t size)
{
	const char *error = setback->error ? errno_name(setback->error) : "";

	/* The evidence names it mostly. */
	if (strstr(setback->answer.evidence, error))
		error = "";
	snprintf(text, size, "%s: %s%s%s: %s", stage_failed(setback->stage), setback->answer.reason,
		 *error ? ", " : "", error, setback->answer.evidence);
}

/* The candidate of @course has failed and is released; on to the next. */
static int fall_back(struct featsel_session *session, struct course *course,
		     const struct setback *setback, const struct chatter *chatter,
		     struct featsel_error *err)
{
	const char *event = plan_event(session, course)->event->name;
	int failed = course->index;
	char text[768];

	describe_setback(setback, text, sizeof(text));
	course->failures[failed] = setback->answer;
	course->alone = false;
	if (session->flags & FEATSEL_SESSION_NO_FALLBACK) {
		log_chatter(session, chatter);
		return error_set(err, setback->error ? setback->error : -ENODATA,
				 FEATSEL_FAILURE_RUN, "event '%s': candidate '%s' %s", event,
				 candidate_name(session, course, failed), text);
	}
	course->index = plan_next(session->plan, course->event, failed);
	course->pending = course->index >= 0;
	if (course->pending) {
		context_log(session->context, FEATSEL_LOG_WARNING,
			    "event '%s': candidate '%s' %s, trying '%s'", event,
			    candidate_name(session, course, failed), text,
			    candidate_name(session, course, course->index));
		return 0;
	}
	context_log(session->context, FEATSEL_LOG_WARNING,
		    "event '%s': candidate '%s' %s, no other is left", event,
		    candidate_name(session, course, failed), text);
	log_chatter(session, chatter);
	return give_up(session, course, err);
}

/* An object or a manifest that contradicts itself costs its candidate, like a failure to open. */
static int fall_back_on_error(struct featsel_session *session, struct course *course,
			      const struct featsel_error *error, int code,
			      struct featsel_error *err)
{
	static const struct chatter nothing;
	struct setback setback = {.stage = STAGE_OPEN, .error = code};
	char text[sizeof(error->source) + sizeof(error->text) + 32];

	featsel_error_format(error, text, sizeof(text));
	setback.answer = answer_make(session->plan->host->arena, FEATSEL_NO, REASON_OBJECT_UNUSABLE,
				     NULL, "%s", text);
	return fall_back(session, course, &setback, &nothing, err);
}

/* ---- units ---- */

static struct unit *unit_new(const struct featsel_context *context)
{
	struct unit *unit = calloc(1, sizeof(*unit));

	if (unit)
		unit->context = context;
	return unit;
}

static void unit_free(struct unit *unit)
{
	if (!unit)
		return;
	unit_release(unit);
	free(unit);
}

static int new_feed(struct featsel_session *session, const struct course *course, struct feed **ret,
		    struct featsel_error *err)
{
	const struct plan_candidate *candidate = candidate_of(session, course);
	struct feed *feed;
	int r;

	r = feed_new(candidate->object, candidate->candidate, session->plan->host, false,
		     session->arena, &feed, err);
	if (r)
		return r;
	feed->event = course->event;
	feed->index = course->index;
	*ret = feed;
	return 0;
}

/* Takes the feed over. */
static int add_feed(struct unit *unit, struct feed *feed, struct featsel_error *err)
{
	struct feed **item = vec_add(&unit->feeds, sizeof(struct feed *));

	if (!item) {
		feed_free(feed);
		return error_memory(err);
	}
	*item = feed;
	return 0;
}

static bool fits(const struct unit *unit, const struct feed *feed)
{
	size_t i;

	for (i = 0; i < unit->feeds.count; i++)
		if (!feed_fits(unit_feed(unit, i), feed))
			return false;
	return true;
}

/*
 * Other events that wait for the same object; what cannot be made a feed of fails later, by itself.
 */
static int gather(struct featsel_session *session, const struct course *first, struct unit *unit,
		  struct featsel_error *err)
{
	const struct course *course;
	struct feed *feed;
	size_t i;
	int r = 0;

	for (i = first->event + 1; i < session->plan->n_events && !r; i++) {
		course = &session->courses[i];
		if (!course->pending || course->alone ||
		    candidate_of(session, course)->object != candidate_of(session, first)->object ||
		    new_feed(session, course, &feed, NULL))
			continue;
		if (fits(unit, feed))
			r = add_feed(unit, feed, err);
		else
			feed_free(feed);
	}
	return r;
}

static int adopt(struct featsel_session *session, struct unit *unit, struct featsel_error *err)
{
	struct unit **unit_item = vec_add(&session->units, sizeof(struct unit *));
	struct feed **feed_item;
	struct course *course;
	size_t i;

	if (!unit_item) {
		unit_free(unit);
		return error_memory(err);
	}
	*unit_item = unit;
	for (i = 0; i < unit->feeds.count; i++) {
		feed_item = vec_add(&session->feeds, sizeof(struct feed *));
		if (!feed_item)
			return error_memory(err);
		*feed_item = unit_feed(unit, i);
		course = &session->courses[unit_feed(unit, i)->event];
		course->live = unit_feed(unit, i);
		course->pending = false;
	}
	return 0;
}

/* Load an event's candidate by itself; when that fails the event moves on. */
static int test_alone(struct featsel_session *session, struct course *course, bool *spoils,
		      struct featsel_error *err)
{
	struct unit *unit = unit_new(session->context);
	struct setback setback;
	struct feed *feed;
	int r;

	r = unit ? new_feed(session, course, &feed, err) : error_memory(err);
	if (!r)
		r = add_feed(unit, feed, err);
	if (!r && unit_try(unit, session->plan, &session->intake, TRY_LOAD_ONLY, &setback)) {
		*spoils = true;
		r = fall_back(session, course, &setback, &unit->chatter, err);
	}
	unit_free(unit);
	return r;
}

/*
 * The unit of these events did not load, and one of them is to blame. If each loads by itself it is
 * their company that fails: they go on apart.
 */
static int split(struct featsel_session *session, const size_t *events, size_t n,
		 struct featsel_error *err)
{
	bool spoils = false;
	size_t i;
	int r = 0;

	for (i = 0; i < n && !r; i++)
		r = test_alone(session, &session->courses[events[i]], &spoils, err);
	for (i = 0; i < n && !spoils; i++)
		session->courses[events[i]].alone = true;
	return r;
}

/* Takes the unit over. */
static int retreat(struct featsel_session *session, struct unit *unit,
		   const struct setback *setback, struct featsel_error *err)
{
	size_t *events CLEANUP(free_pointer) = calloc(unit->feeds.count, sizeof(*events));
	size_t i, n = unit->feeds.count, blamed;
	struct chatter chatter;
	int r;

	if (!events) {
		unit_free(unit);
		return error_memory(err);
	}
	for (i = 0; i < n; i++)
		events[i] = unit_feed(unit, i)->event;
	blamed = setback->feed ? setback->feed->event : 0;
	/* Everything of the try goes before anything else comes; the words about it stay. */
	chatter = unit->chatter;
	unit->chatter = (struct chatter){0};
	unit_free(unit);
	if (setback->feed)
		r = fall_back(session, &session->courses[blamed], setback, &chatter, err);
	else
		r = split(session, events, n, err);
	chatter_free(&chatter);
	return r;
}

static unsigned int try_flags(const struct featsel_session *session)
{
	return session->flags & FEATSEL_SESSION_SELF_TEST ? TRY_SELF_TEST : 0;
}

static int start_course(struct featsel_session *session, struct course *course,
			struct featsel_error *err)
{
	struct featsel_error error = {0};
	struct setback setback;
	struct unit *unit;
	struct feed *feed;
	int r;

	r = new_feed(session, course, &feed, &error);
	if (r == -ENOMEM)
		return error_memory(err);
	if (r)
		return fall_back_on_error(session, course, &error, r, err);
	unit = unit_new(session->context);
	if (!unit) {
		feed_free(feed);
		return error_memory(err);
	}
	r = add_feed(unit, feed, err);
	if (!r && !course->alone)
		r = gather(session, course, unit, err);
	if (r) {
		unit_free(unit);
		return r;
	}
	if (unit_try(unit, session->plan, &session->intake, try_flags(session), &setback))
		return retreat(session, unit, &setback, err);
	return adopt(session, unit, err);
}

/* ---- life ---- */

static struct course *next_pending(const struct featsel_session *session)
{
	size_t i;

	for (i = 0; i < session->plan->n_events; i++)
		if (session->courses[i].pending)
			return &session->courses[i];
	return NULL;
}

static int plot_courses(struct featsel_session *session, struct featsel_error *err)
{
	const struct featsel_plan *plan = session->plan;
	struct course *course;
	size_t i;

	session->courses = arena_array(session->arena, plan->n_events, sizeof(*session->courses));
	if (!session->courses)
		return error_memory(err);
	for (i = 0; i < plan->n_events; i++) {
		course = &session->courses[i];
		course->event = i;
		course->index = featsel_plan_chosen(plan, i);
		course->pending = course->index >= 0;
		course->failures = arena_array(session->arena, plan->events[i].n_candidates,
					       sizeof(*course->failures));
		if (!course->failures)
			return error_memory(err);
	}
	return 0;
}

/* Before anything is loaded: what cannot work must not cost the others their start. */
static int give_up_hopeless(struct featsel_session *session, struct featsel_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < session->plan->n_events && !r; i++)
		if (!session->courses[i].pending)
			r = give_up(session, &session->courses[i], err);
	return r;
}

static size_t count_live(const struct featsel_session *session, size_t event)
{
	struct feed *const *feeds = session->feeds.items;
	size_t i, count = 0;

	for (i = 0; i < session->feeds.count; i++)
		count += feeds[i]->event == event && feed_attached(feeds[i]);
	return count;
}

/* Exactly one live candidate an event: checked, not assumed. */
static int check_live(const struct featsel_session *session, struct featsel_error *err)
{
	const struct course *course;
	size_t i, live;

	for (i = 0; i < session->plan->n_events; i++) {
		course = &session->courses[i];
		live = count_live(session, i);
		if (live != (course->index >= 0))
			return error_set(err, -EIO, FEATSEL_FAILURE_RUN,
					 "event '%s': %zu candidates are live, not one",
					 plan_event(session, course)->event->name, live);
	}
	if (session->plan->n_events && !session->feeds.count)
		return error_set(err, -ENOENT, FEATSEL_FAILURE_NO_CANDIDATE,
				 "no event has a candidate that works here");
	return 0;
}

static int start(struct featsel_session *session, struct featsel_error *err)
{
	struct course *course;
	int r;

	r = intake_open(&session->intake);
	if (r)
		return error_set(err, r, FEATSEL_FAILURE_RUN, "epoll, timerfd: %s", errno_name(r));
	r = plot_courses(session, err);
	if (!r)
		r = give_up_hopeless(session, err);
	while (!r && (course = next_pending(session)))
		r = start_course(session, course, err);
	if (!r)
		r = check_live(session, err);
	if (r)
		return r;
	session->tomb = feeds_entomb(session->feeds.items, session->feeds.count);
	/* What the self-test caused is not the caller's. */
	if (session->flags & FEATSEL_SESSION_SELF_TEST)
		(void)intake_consume(&session->intake, session->feeds.items, session->feeds.count);
	session->intake.discard = false;
	return 0;
}

int featsel_session_start(struct featsel_plan *plan, unsigned int flags, featsel_sample_fn callback,
			  void *data, struct featsel_session **ret, struct featsel_error *err)
{
	struct featsel_session *session = calloc(1, sizeof(*session));
	int r;

	if (!session)
		return error_memory(err);
	session->plan = plan;
	session->context = plan->manifest->context;
	session->flags = flags;
	session->tomb = -1;
	session->intake = (struct intake){.epoll_fd = -1,
					  .timer_fd = -1,
					  .callback = callback,
					  .data = data,
					  .discard = true};
	session->arena = arena_new();
	r = session->arena ? start(session, err) : error_memory(err);
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
	struct unit *const *units = session->units.items;
	size_t i, j;
	bool told = true;

	memcpy(&known, selection,
	       selection->size < sizeof(known) ? selection->size : sizeof(known));
	for (i = 0; i < session->units.count; i++)
		for (j = 0; j < units[i]->feeds.count; j++)
			told &= feed_select(units[i], unit_feed(units[i], j), &known);
	return told;
}

int featsel_session_pin(struct featsel_session *session, const char *dir, struct featsel_error *err)
{
	struct unit *const *units = session->units.items;
	struct vec made = {0};
	size_t i, j;
	int r = 0;

	for (i = 0; i < session->units.count && !r; i++)
		for (j = 0; j < units[i]->feeds.count && !r; j++)
			r = feed_pin(unit_feed(units[i], j), units[i]->object, dir, &made, err);
	if (r) {
		pins_undo(&made);
		return r;
	}
	pins_forget(&made);
	session->pinned = true;
	return 0;
}

int featsel_session_fd(const struct featsel_session *session)
{
	return session->intake.epoll_fd;
}

int featsel_session_consume(struct featsel_session *session, struct featsel_error *err)
{
	(void)err;
	return intake_consume(&session->intake, session->feeds.items, session->feeds.count);
}

bool featsel_session_drained(const struct featsel_session *session)
{
	return session->intake.drained;
}

int featsel_session_live(const struct featsel_session *session, size_t event)
{
	return session->courses[event].live ? session->courses[event].index : -1;
}

/* What the object itself counts; said once where that cannot be read. */
static uint64_t drops_of(struct featsel_session *session, const struct feed *feed)
{
	uint64_t drops;
	int r = feed_drops(feed, &drops);

	if (r && !session->drops_warned) {
		session->drops_warned = true;
		context_log(session->context, FEATSEL_LOG_WARNING,
			    "event '%s': map 'drops' cannot be read: %s, so losses may be more "
			    "than counted",
			    feed->candidate->event->name, errno_name(r));
	}
	return drops;
}

int featsel_session_counts(struct featsel_session *session, size_t event,
			   struct featsel_counts *ret)
{
	const struct feed *feed = session->courses[event].live;
	struct featsel_counts counts = {0};

	if (feed) {
		counts = feed->counts;
		counts.lost += drops_of(session, feed) + feed_lost(feed);
		counts.lost_known = feed_counts_losses(feed);
		counts.missed = feed_missed(feed);
	}
	return result_give(ret, &counts, sizeof(counts));
}

const struct featsel_layout *featsel_session_layout(const struct featsel_session *session,
						    size_t event)
{
	return session->courses[event].live ? session->courses[event].live->layout : NULL;
}

void featsel_session_stop(struct featsel_session *session)
{
	struct feed *const *feeds = session->feeds.items;
	struct chatter chatter = {0};
	size_t i;

	chatter_begin(&chatter, session->context);
	for (i = 0; i < session->feeds.count && session->pinned; i++)
		feed_keep(feeds[i]);
	feeds_detach(session->feeds.items, session->feeds.count);
	chatter_end(&chatter);
	chatter_free(&chatter);
	close_fd(&session->tomb);
}

void featsel_session_free(struct featsel_session *session)
{
	struct unit **units;
	size_t i;

	if (!session)
		return;
	featsel_session_stop(session);
	units = session->units.items;
	for (i = 0; i < session->units.count; i++)
		unit_free(units[i]);
	vec_free(&session->units);
	vec_free(&session->feeds);
	intake_close(&session->intake);
	arena_free(session->arena);
	free(session);
}
