/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* state.h - the session itself: session.c changes it, told.c reports it */
#ifndef FEATSEL_SESSION_STATE_H
#define FEATSEL_SESSION_STATE_H

#include "session/private.h"

/* An event's way through its candidates. */
struct event_state {
	size_t event;
	int index;	  /* of the candidate that is tried or live, -1: none is left */
	bool pending;	  /* to be tried */
	bool alone;	  /* not loaded together with others again */
	bool last_resort; /* has reached the candidates that only inference keeps out */
	struct stream *live;
};

struct featsel_session {
	struct featsel_plan *plan;
	struct featsel_context *context;
	unsigned int flags;
	struct arena *arena;
	struct event_state *states; /* one an event of the plan */
	struct consumer consumer;
	struct vec groups;  /* struct load_group * */
	struct vec streams; /* struct stream *, the live ones */
	int deferred;	    /* see streams_defer_release(); -1 */
	bool drops_warned;
	bool pinned;	   /* what is attached stays so */
	struct guard pins; /* of maps, which are taken back where the start fails */
};

#endif /* FEATSEL_SESSION_STATE_H */
