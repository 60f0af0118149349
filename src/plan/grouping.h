/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* grouping.h - which programs of an object belong to which event, by name */
#ifndef FEATSEL_PLAN_GROUPING_H
#define FEATSEL_PLAN_GROUPING_H

#include "plan/private.h"

#define NAME_LIMIT	64 /* as for names in manifests */
#define CANDIDATE_LIMIT 256

/* A program, or two that attach to the beginning and the end of the same thing. */
struct source {
	const struct object_program *program, *second; /* NULL: it is alone */
	const char *name;			       /* of two what both begin with */
	bool claimed; /* by an event with words, although its own name has none */
};

struct part {
	struct source source;
	const struct featsel_candidate *made; /* out of another object, NULL */
	const char *name;		      /* the candidate's */
	int preference;
	size_t order;
};

struct group {
	const char *event;
	struct vec parts;
};

struct grouping {
	struct featsel_context *context;
	struct arena *arena;
	const struct object *object;
	const char *const *wanted; /* names of requested events, NULL-terminated, or NULL */
	struct vec sources;	   /* struct source, in order of appearance */
	struct vec groups;	   /* struct group *, likewise */
	struct dict by_event;
};

/* Fill the groups. 0 or -ENOMEM. */
int grouping_fill(struct grouping *grouping);
void grouping_free(struct grouping *grouping);
int grouping_preference(const struct object_program *program);
bool grouping_is_taken(const struct part *parts, size_t n, const char *name);

#endif /* FEATSEL_PLAN_GROUPING_H */
