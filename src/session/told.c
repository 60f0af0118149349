/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* told.c - what a session reports to its caller: descriptors, what is live, counts, layouts */
#include <errno.h>

#include "session/state.h"

/* The stream through which event @event is live; NULL if the event was left out. */
static const struct stream *live_stream(const struct featsel_session *session, size_t event)
{
	return event < session->plan->n_events ? session->states[event].live : NULL;
}

int featsel_session_map_fd(const struct featsel_session *session, size_t event, const char *map)
{
	const struct stream *stream = live_stream(session, event);

	return stream ? stream_map_fd(stream, map) : -ENOENT;
}

int featsel_session_program_fd(const struct featsel_session *session, size_t event,
			       const char *program)
{
	const struct stream *stream = live_stream(session, event);

	return stream ? stream_program_fd(stream, program) : -ENOENT;
}

int featsel_session_link_fd(const struct featsel_session *session, size_t event,
			    const char *program)
{
	const struct stream *stream = live_stream(session, event);

	return stream ? stream_link_fd(stream, program, 0) : -ENOENT;
}

bool featsel_session_drained(const struct featsel_session *session)
{
	return session->consumer.drained;
}

bool featsel_session_ended(const struct featsel_session *session)
{
	struct stream *const *streams = session->streams.items;
	size_t i;

	for (i = 0; i < session->streams.count; i++)
		if (!streams[i]->iteration || !iteration_done(streams[i]->iteration))
			return false;
	return session->streams.count > 0;
}

int featsel_session_live(const struct featsel_session *session, size_t event)
{
	return live_stream(session, event) ? session->states[event].index : -1;
}

/* The object's own count, and whether it could be read; an error is reported once. */
static bool drops_of(struct featsel_session *session, const struct stream *stream, uint64_t *ret)
{
	int r = stream_drops(stream, ret);

	if (r && !session->drops_warned) {
		session->drops_warned = true;
		context_log(session->context, FEATSEL_LOG_WARNING,
			    "event '%s': map 'drops' cannot be read: %s, so losses may be more "
			    "than counted",
			    stream->candidate->event->name, errno_name(r));
	}
	return !r;
}

int featsel_session_counts(struct featsel_session *session, size_t event,
			   struct featsel_counts *ret)
{
	const struct stream *stream = live_stream(session, event);
	struct featsel_counts counts = {0};
	uint64_t lost;
	bool read;

	if (event >= session->plan->n_events)
		return -EINVAL;
	if (stream) {
		counts = stream->counts;
		read = drops_of(session, stream, &lost);
		lost += stream_lost(stream);
		counts.lost += lost > stream->forgotten ? lost - stream->forgotten : 0;
		counts.lost_known = read && stream_counts_losses(stream);
		counts.missed = stream_missed(stream);
		counts.unclaimed = stream->unclaimed;
	}
	return result_give(ret, &counts, sizeof(counts));
}

const struct featsel_layout *featsel_session_layout(const struct featsel_session *session,
						    size_t event)
{
	const struct stream *stream = live_stream(session, event);

	return stream ? stream->layout : NULL;
}
