/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * trial.c - one candidate alone through all stages, to hold against what was predicted
 */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

/* Rounds that fetch what a trigger has left in the buffers. */
#define ROUNDS 64

/* @answer in memory that lives as long as the host; NULL when memory is out. */
static const struct featsel_answer *keep(const struct featsel_plan *plan,
					 struct featsel_answer answer)
{
	struct featsel_answer *kept = arena_alloc(plan->host->arena, sizeof(*kept));

	if (!kept)
		return NULL;
	*kept = answer;
	kept->size = sizeof(*kept);
	return kept;
}

static struct featsel_trial refuse_open(const struct featsel_plan *plan,
					const struct featsel_error *error)
{
	char text[sizeof(error->source) + sizeof(error->text) + 32];

	featsel_error_format(error, text, sizeof(text));
	return (struct featsel_trial){
		.stage = stage_name(STAGE_OPEN),
		.answer = keep(plan, answer_make(plan->host->arena, FEATSEL_NO,
						 REASON_OBJECT_UNUSABLE, NULL, "%s", text)),
	};
}

static int find_feed(struct featsel_plan *plan, const struct featsel_candidate *candidate,
		     struct feed **ret, struct featsel_error *err)
{
	struct object *object;
	const char *path;
	int r;

	r = manifest_object_path(plan->manifest, candidate, plan->arena, &path, err);
	if (!r)
		r = plan_object(plan->manifest, path, &object, err);
	return r ? r : feed_new(object, candidate, plan->host, true, plan->arena, ret, err);
}

static void drain(struct intake *intake, struct feed *feed)
{
	uint64_t before;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		before = feed->seen;
		if (intake_consume(intake, &feed, 1) || feed->seen == before)
			return;
	}
}

static struct featsel_trial judge(const struct featsel_plan *plan, const struct feed *feed,
				  const struct setback *setback, int code)
{
	struct featsel_trial trial = {.works = !code, .fired = feed->seen > 0};
	const char *what = feed_attached(feed) ? "loaded and attached"
					       : "loaded; the target is given elsewhere";

	if (code) {
		trial.stage = stage_name(setback->stage);
		trial.answer = keep(plan, setback->answer);
		return trial;
	}
	trial.answer = keep(plan, answer_yes(plan->host->arena, "%s%s", what,
					     trial.fired ? ", records came" : ""));
	return trial;
}

static int try_unit(struct unit *unit, struct featsel_plan *plan, struct intake *intake,
		    struct featsel_trial *ret, struct featsel_error *err)
{
	struct setback setback;
	int r, code;

	r = intake_open(intake);
	if (r)
		return error_set(err, r, FEATSEL_FAILURE_RUN, "epoll, timerfd: %s", errno_name(r));
	code = unit_try(unit, plan, intake, TRY_SELF_TEST | TRY_WITHOUT_TARGET, &setback);
	if (!code)
		drain(intake, unit_feed(unit, 0));
	*ret = judge(plan, unit_feed(unit, 0), &setback, code);
	return ret->answer ? 0 : error_memory(err);
}

static int give(struct featsel_trial *ret, const struct featsel_trial *trial,
		struct featsel_error *err)
{
	int r = trial->answer ? result_give(ret, trial, sizeof(*trial)) : -ENOMEM;

	if (r == -ENOMEM)
		return error_memory(err);
	return r ? error_set(err, r, FEATSEL_FAILURE_INVALID, "the trial's size is not set") : 0;
}

int featsel_plan_try(struct featsel_plan *plan, size_t event, size_t candidate,
		     featsel_sample_fn callback, void *data, struct featsel_trial *ret,
		     struct featsel_error *err)
{
	struct intake intake = {.epoll_fd = -1, .timer_fd = -1, .callback = callback, .data = data};
	struct unit unit = {.context = plan->manifest->context};
	struct featsel_error error = {0};
	struct featsel_trial trial;
	struct feed *feed, **item;
	int r;

	r = find_feed(plan, plan->events[event].candidates[candidate].candidate, &feed, &error);
	if (r == -ENOMEM)
		return error_memory(err);
	if (r) {
		trial = refuse_open(plan, &error);
		return give(ret, &trial, err);
	}
	feed->event = event;
	feed->index = (int)candidate;
	item = vec_add(&unit.feeds, sizeof(struct feed *));
	if (!item) {
		feed_free(feed);
		return error_memory(err);
	}
	*item = feed;
	r = try_unit(&unit, plan, &intake, &trial, err);
	unit_release(&unit);
	intake_close(&intake);
	return r ? r : give(ret, &trial, err);
}
