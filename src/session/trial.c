/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * trial.c - one candidate alone: through all stages, to compare with its prediction, or only
 * loaded, for the verdict of a dry run
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "session/private.h"

/* Rounds that fetch what a trigger has left in the buffers. */
#define ROUNDS 64

/* Seconds. A load that takes longer is reported, so that nobody takes the command to be stuck. */
#define LONG_LOAD 2

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

static int find_stream(struct featsel_plan *plan, const struct featsel_candidate *candidate,
		       struct stream **ret, struct featsel_error *err)
{
	struct plan_subject subject = {.candidate = candidate, .host = plan->host};
	struct object *object;
	const char *path;
	int r;

	r = manifest_object_path(plan->manifest, candidate, plan->arena, &path, err);
	if (!r)
		r = plan_object(plan->manifest, path, &object, err);
	if (r)
		return r;
	subject.object = object;
	return stream_new(&subject, true, plan->arena, ret, err);
}

static void drain(struct consumer *consumer, struct stream *stream)
{
	uint64_t before;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		before = stream->seen;
		if (consumer_consume(consumer, &stream, 1) || stream->seen == before)
			return;
	}
}

/* It has no target, or one that it cannot have: loading is all that can be observed. */
static bool is_placeless(const struct run_fault *fault)
{
	return fault->lack == RUN_LACKS_TARGET || fault->lack == RUN_HAS_UNFIT;
}

/* What the kernel took, but no live run would: it lacks a target, or its records come nowhere. */
static void judge_fault(const struct featsel_plan *plan, const struct run_fault *fault,
			struct featsel_trial *trial)
{
	enum reason reason =
		fault->lack == RUN_LACKS_TARGET ? REASON_NO_TARGET : REASON_OBJECT_UNUSABLE;

	trial->works = false;
	trial->stage = stage_name(is_placeless(fault) ? STAGE_ATTACH : STAGE_OPEN);
	trial->answer =
		keep(plan, answer_make(plan->host->arena, FEATSEL_NO, reason, fault->remedy,
				       "loaded%s; %s", trial->attached ? " and attached" : "",
				       fault->text));
}

/* A trial pins nothing; obstacles to pinning are known beforehand. */
static void judge_unpinnable(const struct featsel_plan *plan, const struct stream *stream,
			     struct featsel_trial *trial)
{
	const struct plan_candidate *candidate =
		&plan->events[stream->event].candidates[stream->index];

	if (!trial->works || !candidate->unpinnable)
		return;
	trial->works = false;
	trial->stage = stage_name(STAGE_OPEN);
	trial->answer = keep(plan, candidate->barrier);
}

static struct featsel_trial judge(const struct featsel_plan *plan, const struct stream *stream,
				  const struct try_failure *failure, const struct run_fault *fault,
				  int code)
{
	struct featsel_trial trial = {
		.works = !code, .attached = stream_attached(stream), .fired = stream->seen > 0};

	if (code) {
		trial.stage = stage_name(failure->stage);
		trial.answer = keep(plan, failure->answer);
		return trial;
	}
	trial.answer = keep(plan, answer_yes(plan->host->arena, "loaded and attached%s",
					     trial.fired ? ", records came" : ""));
	if (fault->lack)
		judge_fault(plan, fault, &trial);
	return trial;
}

/*
 * The cost of @group's programs: run_cnt and run_time_ns (5.1), which the kernel counts while
 * somebody holds the descriptor of BPF_ENABLE_STATS (5.8).
 */
static void read_costs(const struct load_group *group, struct featsel_trial *trial)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, group->object) {
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);
		int fd = bpf_program__fd(program);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
			continue;
		trial->runs += info.run_cnt;
		trial->run_ns += info.run_time_ns;
	}
}

static int try_group(struct load_group *group, struct featsel_plan *plan, struct consumer *consumer,
		     struct featsel_trial *ret, struct featsel_error *err)
{
	const struct object_oracle oracle = host_oracle(plan->host);
	struct stream *stream = group_stream(group, 0);
	struct try_failure failure;
	struct run_fault fault;
	int r, code, stats;

	r = runnable_first(stream->object, stream->candidate, &oracle, plan->arena, &fault);
	if (r)
		return error_memory(err);
	r = consumer_open(consumer);
	if (r)
		return error_set(err, r, FEATSEL_FAILURE_RUN, "epoll, timerfd: %s", errno_name(r));
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	code = group_try(group, plan, consumer,
			 is_placeless(&fault) ? TRY_LOAD_ONLY : TRY_SELF_TEST, &failure);
	if (!code)
		drain(consumer, stream);
	*ret = judge(plan, stream, &failure, &fault, code);
	if (!code && stats >= 0)
		read_costs(group, ret);
	if (stats >= 0)
		close(stats);
	judge_unpinnable(plan, stream, ret);
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

/* 0 and the candidate as the only stream of @group; -ECANCELED: it cannot even be opened, *refused
 * says why. */
static int enter(struct featsel_plan *plan, size_t event, size_t candidate,
		 struct load_group *group, struct featsel_trial *refused, struct featsel_error *err)
{
	struct featsel_error error = {0};
	struct stream *stream, **item;
	int r;

	r = find_stream(plan, plan->events[event].candidates[candidate].candidate, &stream, &error);
	if (r == -ENOMEM)
		return error_memory(err);
	if (r) {
		*refused = refuse_open(plan, &error);
		return -ECANCELED;
	}
	stream->event = event;
	stream->index = (int)candidate;
	item = vec_add(&group->streams, sizeof(struct stream *));
	if (!item) {
		stream_free(stream);
		return error_memory(err);
	}
	*item = stream;
	return 0;
}

int featsel_plan_try(struct featsel_plan *plan, size_t event, size_t candidate,
		     featsel_sample_fn callback, void *data, struct featsel_trial *ret,
		     struct featsel_error *err)
{
	struct consumer consumer = {
		.epoll_fd = -1, .timer_fd = -1, .callback = callback, .data = data};
	struct load_group group = {.context = plan->manifest->context, .trial = true};
	struct featsel_trial trial;
	int r;

	if (event >= plan->n_events || candidate >= plan->events[event].n_candidates)
		return error_set(err, -EINVAL, FEATSEL_FAILURE_INVALID,
				 "the plan has no candidate %zu of an event %zu", candidate, event);
	r = enter(plan, event, candidate, &group, &trial, err);
	if (r)
		return r == -ECANCELED ? give(ret, &trial, err) : r;
	r = try_group(&group, plan, &consumer, &trial, err);
	group_release(&group);
	consumer_close(&consumer);
	return r ? r : give(ret, &trial, err);
}

/* ---- loading alone ---- */

static void note_time(const struct featsel_plan *plan, const struct plan_candidate *candidate,
		      double took)
{
	if (took > LONG_LOAD)
		context_log(plan->manifest->context, FEATSEL_LOG_WARNING,
			    "event '%s': candidate '%s': the kernel took %.1f s to look at its "
			    "programs",
			    candidate->candidate->event->name, candidate->candidate->name, took);
}

int trial_load(struct featsel_plan *plan, size_t event, size_t index, struct featsel_answer *ret,
	       struct featsel_error *err)
{
	struct load_group group = {.context = plan->manifest->context, .trial = true};
	struct featsel_trial refused;
	struct try_failure failure;
	uint64_t began = monotonic_ns();
	int r;

	r = enter(plan, event, index, &group, &refused, err);
	if (r == -ECANCELED && refused.answer) {
		*ret = *refused.answer;
		return 0;
	}
	if (r)
		return r == -ECANCELED ? error_memory(err) : r;
	*ret = group_try(&group, plan, NULL, TRY_LOAD_ONLY, &failure)
		       ? failure.answer
		       : answer_yes(plan->host->arena, "the kernel has loaded its programs");
	group_release(&group);
	note_time(plan, &plan->events[event].candidates[index],
		  (double)(monotonic_ns() - began) / 1e9);
	return 0;
}

static int load_candidate(struct featsel_plan *plan, size_t event, size_t index,
			  struct featsel_error *err)
{
	struct plan_candidate *candidate = &plan->events[event].candidates[index];
	struct featsel_answer answer;
	int r = trial_load(plan, event, index, &answer, err);

	if (r)
		return r;
	if (answer.reason)
		plan_load_failed(candidate, &answer);
	else
		plan_loaded(plan, candidate);
	return 0;
}

static int load_all(struct featsel_plan *plan, size_t event, struct featsel_error *err)
{
	const struct plan_event *of = &plan->events[event];
	int r = 0;

	for (size_t i = 0; i < of->n_candidates && !r; i++)
		if (plan_worth_loading(&of->candidates[i]))
			r = load_candidate(plan, event, i, err);
	return r;
}

/* In the order of a session: down the list until one loads, at last those that inference keeps
 * out. */
static int load_until_one(struct featsel_plan *plan, size_t event, struct featsel_error *err)
{
	const struct plan_event *of = &plan->events[event];
	int index, r = 0;

	for (index = plan_next(plan, event, -1); index >= 0 && !r;
	     index = plan_next(plan, event, index)) {
		r = load_candidate(plan, event, (size_t)index, err);
		if (r || plan_may_be_tried(&of->candidates[index]))
			return r;
	}
	for (index = plan_last_resort(plan, event, -1); index >= 0 && !r;
	     index = plan_last_resort(plan, event, index)) {
		r = plan_worth_loading(&of->candidates[index])
			    ? load_candidate(plan, event, (size_t)index, err)
			    : 0;
		if (plan_may_be_tried(&of->candidates[index]))
			return r;
	}
	return r;
}

int featsel_plan_test_load(struct featsel_plan *plan, struct featsel_error *err)
{
	size_t i;
	int r = 0;

	if (!host_loads(plan->host))
		return 0;
	for (i = 0; i < plan->n_events && !r; i++) {
		r = plan->all ? load_all(plan, i, err) : load_until_one(plan, i, err);
		plan_choose_again(plan, i);
	}
	return r;
}
