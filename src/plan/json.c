/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* json.c - the decision as a JSON document, as featsel(1) prints it */
#include <errno.h>

#include "plan/private.h"

void json_host(struct json *json, const struct featsel_host *host, const char *source)
{
	json_object(json, "host");
	json_string(json, "source", source ? source : featsel_host_source(host));
	json_string(json, "release", featsel_host_release(host));
	json_string(json, "machine", featsel_host_machine(host));
	json_end(json);
}

static void put_requirement(struct json *json, const struct plan_requirement *requirement)
{
	json_line(json);
	json_object(json, NULL);
	json_string(json, "feature", requirement->feature->text);
	json_string(json, "origin", requirement->origin);
	if (requirement->within)
		json_string(json, "within", requirement->within);
	json_answer(json, &requirement->answer);
	json_end(json);
}

/* Writes nothing if nothing is set. */
static void put_settings(struct json *json, const struct plan_candidate *candidate)
{
	struct arena *arena = arena_new();
	const struct setting *settings;
	size_t i, n = 0;

	if (!arena || plan_settings(candidate, arena, &settings, &n))
		json->error = json->error ? json->error : -ENOMEM;
	if (n && !json->error)
		json_array(json, "settings");
	for (i = 0; i < n && !json->error; i++) {
		json_line(json);
		json_object(json, NULL);
		json_string(json, "key", settings[i].key);
		json_string(json, "value", settings[i].value);
		json_string(json, "origin", settings[i].origin);
		json_end(json);
	}
	if (n && !json->error)
		json_end(json);
	arena_free(arena);
}

static void put_candidate(struct json *json, const struct featsel_plan *plan, size_t event,
			  size_t index)
{
	const struct plan_candidate *candidate = &plan->events[event].candidates[index];
	const struct plan_requirement *requirements = candidate->requirements.items;
	struct featsel_answer answer = plan_answer(plan, event, index);
	struct featsel_answer predicted = {.size = sizeof(predicted)};
	bool considered = candidate->considered;
	size_t i;

	json_line(json);
	json_object(json, NULL);
	json_string(json, "candidate", candidate->candidate->name);
	json_string(json, "verdict", considered ? featsel_verdict_name(answer.verdict) : NULL);
	json_bool(json, "considered", considered);
	json_string(json, "decisive",
		    considered ? featsel_plan_decisive(plan, event, index) : NULL);
	json_string(json, "reason", considered ? answer.reason : NULL);
	json_string(json, "evidence", considered ? answer.evidence : NULL);
	json_string(json, "remedy", considered ? answer.remedy : NULL);
	if (!featsel_plan_predicted(plan, event, index, &predicted)) {
		json_object(json, "predicted");
		json_answer(json, &predicted);
		json_end(json);
	}
	put_settings(json, candidate);
	json_array(json, "requirements");
	for (i = 0; considered && i < candidate->requirements.count; i++)
		put_requirement(json, &requirements[i]);
	json_end(json);
	json_end(json);
}

static void put_event(struct json *json, const struct featsel_plan *plan, size_t index)
{
	const struct plan_event *event = &plan->events[index];
	const char *chosen = NULL;
	size_t i;

	if (event->chosen >= 0)
		chosen = event->candidates[event->chosen].candidate->name;
	json_object(json, NULL);
	json_string(json, "event", event->event->name);
	json_string(json, "chosen", chosen);
	json_bool(json, "certain", chosen && event->certain);
	json_array(json, "candidates");
	for (i = 0; i < event->n_candidates; i++)
		put_candidate(json, plan, index, i);
	json_end(json);
	json_end(json);
}

static int finish(struct json *json, struct featsel_error *err)
{
	int r = json_finish(json);

	if (r == -ENOMEM)
		return error_memory(err);
	return r ? error_set(err, r, FEATSEL_FAILURE_RUN, "the decision could not be written") : 0;
}

int featsel_plan_json(const struct featsel_plan *plan, featsel_write_fn write, void *data,
		      struct featsel_error *err)
{
	struct json json;
	size_t i;

	json_begin(&json, write, data);
	json_object(&json, NULL);
	json_string(&json, "featsel", featsel_version());
	json_host(&json, plan->host, NULL);
	json_array(&json, "events");
	for (i = 0; i < plan->n_events; i++) {
		json_line(&json);
		put_event(&json, plan, i);
	}
	json_end(&json);
	json_end(&json);
	return finish(&json, err);
}

int featsel_plan_event_json(const struct featsel_plan *plan, size_t event, featsel_write_fn write,
			    void *data, struct featsel_error *err)
{
	struct json json;

	if (event >= plan->n_events)
		return error_set(err, -EINVAL, FEATSEL_FAILURE_INVALID, "the plan has no event %zu",
				 event);
	json_begin(&json, write, data);
	json.part = true;
	put_event(&json, plan, event);
	return finish(&json, err);
}
