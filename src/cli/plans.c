/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * plans.c - hosts and plans for the modes, and the exit status that a plan comes to
 */
#include "cli/cli.h"

static int override(struct featsel_host *host, const struct strings *features,
		    enum featsel_verdict verdict)
{
	struct featsel_error err = {0};

	for (size_t i = 0; i < features->count; i++)
		if (featsel_host_override(host, features->items[i], verdict, &err))
			return message_failure(&err);
	return 0;
}

/*
 * A live run attaches for real and needs no test attach; -n, -e, --probe and --verify ask for the
 * whole truth.
 */
static unsigned int live_flags(const struct options *options)
{
	return options->mode == MODE_STREAM ? 0 : FEATSEL_HOST_THOROUGH;
}

int plans_open_host(struct program *program, const char *snapshot, struct featsel_host **ret)
{
	const struct options *options = &program->options;
	struct featsel_host *host = NULL;
	struct featsel_error err = {0};
	int r, status;

	if (snapshot)
		r = featsel_host_open_snapshot(program->context, snapshot, &host, &err);
	else
		r = featsel_host_open_live(program->context, live_flags(options), &host, &err);
	if (r)
		return message_failure(&err);
	status = override(host, &options->assume, FEATSEL_YES);
	if (!status)
		status = override(host, &options->without, FEATSEL_NO);
	if (status) {
		featsel_host_free(host);
		return status;
	}
	*ret = host;
	return 0;
}

int plans_make(struct program *program, struct featsel_host *host, unsigned int flags,
	       struct featsel_plan **ret)
{
	struct featsel_error err = {0};

	if (featsel_plan_make(program->manifest, host, program->requests, program->n_requests,
			      program->disabled, program->n_disabled, flags, ret, &err))
		return message_failure(&err);
	return 0;
}

struct featsel_answer plans_answer(const struct featsel_plan *plan, size_t event, size_t candidate)
{
	struct featsel_answer answer = {.size = sizeof(answer)};

	(void)featsel_plan_answer(plan, event, candidate, &answer);
	return answer;
}

/* Report an invalid file first, then a missing permission, then the rest. */
int plans_worse(int a, int b)
{
	static const int ranks[] = {
		[0] = 0,
		[FEATSEL_FAILURE_NO_CANDIDATE] = 1,
		[FEATSEL_FAILURE_DENIED] = 2,
		[FEATSEL_FAILURE_INVALID] = 3,
		[FEATSEL_FAILURE_RUN] = 4,
	};

	return ranks[b] > ranks[a] ? b : a;
}

int plans_status(const struct featsel_plan *plan)
{
	int status = 0;

	for (size_t i = 0; i < featsel_plan_events(plan); i++)
		status = plans_worse(status, featsel_plan_failure(plan, i));
	return status;
}
