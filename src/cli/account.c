/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* account.c - a live run's report: what is live, and at the end what was seen and lost */
#include "cli/cli.h"

static void announce(const struct featsel_plan *plan, const struct featsel_session *session,
		     size_t index)
{
	const struct featsel_event *event = featsel_plan_event(plan, index);
	int live = featsel_session_live(session, index);
	const struct featsel_candidate *candidate;
	struct text details;
	FILE *out;

	if (live < 0)
		return; /* best effort has reported it */
	candidate = featsel_event_candidate(event, (size_t)live);
	out = text_open(&details);
	if (out)
		explain_details(out, candidate);
	(void)text_close(&details);
	message_say("event '%s': candidate %d of %zu '%s'%s", featsel_event_name(event), live + 1,
		    featsel_event_candidates(event), featsel_candidate_name(candidate),
		    details.data ? details.data : "");
	text_free(&details);
}

void account_live(const struct account *account)
{
	for (size_t i = 0; i < featsel_plan_events(account->program->plan); i++)
		announce(account->program->plan, account->session, i);
}

void account_started(FILE *out, const struct account *account)
{
	const struct featsel_plan *plan = account->program->plan;
	struct json json;

	json_begin_file(&json, out);
	json_object(&json, NULL);
	json_string(&json, "featsel", featsel_version());
	explain_host_json(&json, account->program->host, NULL);
	json_array(&json, "started");
	for (size_t i = 0; i < featsel_plan_events(plan); i++) {
		const struct featsel_event *event = featsel_plan_event(plan, i);
		int live = featsel_session_live(account->session, i);
		struct featsel_answer answer = {0};

		if (live >= 0)
			answer = plans_answer(plan, i, (size_t)live);
		json_object(&json, NULL);
		json_string(&json, "event", featsel_event_name(event));
		json_string(&json, "candidate",
			    live < 0 ? NULL
				     : featsel_candidate_name(
					       featsel_event_candidate(event, (size_t)live)));
		json_bool(&json, "certain", live >= 0 && answer.verdict == FEATSEL_YES);
		json_end(&json);
	}
	json_end(&json);
	json_end(&json);
}

void account_finished(FILE *out, const struct account *account)
{
	const struct featsel_plan *plan = account->program->plan;
	struct featsel_counts counts = {.size = sizeof(counts)};
	struct sink_counts sunk;
	struct json json;

	json_begin_file(&json, out);
	json_object(&json, NULL);
	json_object(&json, "finished");
	for (size_t i = 0; i < featsel_plan_events(plan); i++) {
		if (featsel_session_live(account->session, i) < 0)
			continue;
		json_object(&json, featsel_event_name(featsel_plan_event(plan, i)));
		sunk = sink_counts(account->sink, i);
		json_number(&json, "records", sunk.shown + sunk.waiting);
		(void)featsel_session_counts(account->session, i, &counts);
		/* never 0 if nobody has counted */
		if (counts.lost_known)
			json_number(&json, "lost", counts.lost + sunk.lost);
		else
			json_string(&json, "lost", NULL);
		if (counts.missed)
			json_number(&json, "missed", counts.missed);
		if (counts.unclaimed)
			json_number(&json, "unclaimed", counts.unclaimed);
		json_end(&json);
	}
	json_end(&json);
	json_end(&json);
}

/* "N lost", or that the object does not count what a ring buffer loses. */
static void describe_losses(const struct featsel_counts *counts, uint64_t unread, char *text,
			    size_t size)
{
	if (counts->lost_known)
		snprintf(text, size, "%llu lost", (unsigned long long)(counts->lost + unread));
	else if (counts->lost + unread)
		snprintf(text, size, "lost not counted, but for %llu that are known of",
			 (unsigned long long)(counts->lost + unread));
	else
		snprintf(text, size, "lost not counted");
}

void account_counts(const struct account *account, bool always)
{
	const struct featsel_plan *plan = account->program->plan;

	for (size_t i = 0; i < featsel_plan_events(plan); i++) {
		const char *name = featsel_event_name(featsel_plan_event(plan, i));
		struct sink_counts sunk = sink_counts(account->sink, i);
		uint64_t shown = sunk.shown + sunk.waiting, lost;
		char losses[96];
		struct featsel_counts counts = {.size = sizeof(counts)};

		if (featsel_session_live(account->session, i) < 0)
			continue;
		(void)featsel_session_counts(account->session, i, &counts);
		lost = counts.lost + sunk.lost;
		describe_losses(&counts, sunk.lost, losses, sizeof(losses));
		if (always || lost)
			(lost ? message_alarm : message_say)("event '%s': %llu record%s, %s", name,
							     (unsigned long long)shown,
							     shown == 1 ? "" : "s", losses);
		if (counts.missed)
			message_alarm("event '%s': the kernel skipped %llu run%s of its programs "
				      "(recursion): up to %llu record%s missing",
				      name, (unsigned long long)counts.missed,
				      counts.missed == 1 ? "" : "s",
				      (unsigned long long)counts.missed,
				      counts.missed == 1 ? " is" : "s are");
		if (counts.unclaimed)
			message_alarm("event '%s': %llu record%s of its output %s no event's: no "
				      "tag holds",
				      name, (unsigned long long)counts.unclaimed,
				      counts.unclaimed == 1 ? "" : "s",
				      counts.unclaimed == 1 ? "is" : "are");
	}
}
