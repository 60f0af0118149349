/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * private.h - what only the files of the plan room share
 */
#ifndef FEATSEL_PLAN_PRIVATE_H
#define FEATSEL_PLAN_PRIVATE_H

#include "feature/feature.h"
#include "host/host.h"
#include "manifest/manifest.h"
#include "object/object.h"
#include "plan/plan.h"
#include "record/record.h"

/* ---- select.c: pure: no I/O, no libbpf, no globals ---- */

struct plan_requirement {
	const struct feature *feature;
	const char *origin; /* "manifest", "object" */
	const char *within; /* "any", "not", "optional", "open", NULL */
	struct featsel_answer answer;
	/* What the answer means for the candidate; under "not" the opposite. */
	enum featsel_verdict bears;
	bool moot; /* another member of its group decided */
};

/* What selection needs from the outside. */
struct select_ops {
	/* Fill inferred, object and barrier, right before the candidate is first evaluated. 0 or
	 * -ENOMEM. */
	int (*prepare)(void *data, struct plan_candidate *candidate);
	struct featsel_answer (*ask)(void *data, const struct feature *feature);
	/* Whether no way through the candidate's programs comes to what needs the feature, though
	 * it seemed so. May be NULL. */
	bool (*is_missed)(void *data, struct plan_candidate *candidate,
			  const struct feature *feature);
	/* For a candidate whose features all hold: yes, or what keeps it out nevertheless. May be
	 * NULL. */
	struct featsel_answer (*settle)(void *data, const struct plan_candidate *candidate);
};
/* Decide for one event. @all: evaluate everything, for explanations. 0 or -ENOMEM. */
int select_event(struct plan_event *event, bool all, const struct select_ops *ops, void *data);
/* The next candidate after @after (-1: from the first) that may be tried: its index, -ENOENT,
 * -ENOMEM. */
int select_next(struct plan_event *event, int after, const struct select_ops *ops, void *data);
/*
 * The same among the candidates that only inference keeps out, for when no other is left: never one
 * that the manifest's own requirements, a request or a denial keep out.
 */
int select_last_resort(struct plan_event *event, int after, const struct select_ops *ops,
		       void *data);
/* Whether only inference keeps the candidate out, as far as it was asked. */
bool select_is_by_inference(const struct plan_candidate *candidate);
/*
 * A candidate's verdict once it is known to load: the answers for its targets, its links and its
 * declared requirements. *decisive: the requirement that decides, -1 for yes.
 */
enum featsel_verdict select_beyond_loading(const struct plan_candidate *candidate, int *decisive);
enum featsel_verdict select_verdict(const struct plan_candidate *candidate);
bool select_may_be_tried(const struct plan_candidate *candidate);
/* Why an event has no candidate: 0 if it has one. */
int select_failure(const struct plan_event *event);

/* ---- plan.c: manifest x host ---- */

/* Find and read the candidate's object, if that was not done yet: 0 or -ENOMEM; what else is wrong
 * is the candidate's barrier. */
int plan_read_object(struct featsel_plan *plan, struct plan_candidate *candidate);

/* ---- shadow.c: candidates that are never chosen ---- */

/* What is known about a candidate after it was examined; later checks compare candidates. */
struct checked {
	const struct featsel_candidate *candidate;
	struct object *object;		     /* NULL: unusable */
	struct featsel_layout *layout;	     /* NULL: raw, or the struct is missing */
	const struct object_inferred *needs; /* NULL: the candidate can be loaded nowhere */
	size_t n_needs;
	const struct feature *const *places; /* the places of its programs that no section gives */
	size_t n_places;
};

/* Whether the later candidate works only if the earlier one does. */
bool checked_shadows(const struct checked *earlier, const struct checked *later,
		     struct arena *arena);

/* ---- programs.c ---- */

/* The candidate's settings as far as they matter there, in @arena: 0 or -ENOMEM. */
int plan_settings(const struct plan_candidate *candidate, struct arena *arena,
		  const struct setting **ret, size_t *n);

/* ---- json.c: the decision as a JSON document ---- */

/* The member "host"; @source NULL: as the host names it. */
void json_host(struct json *json, const struct featsel_host *host, const char *source);

/* ---- config.c: whether a candidate can be set up as it is said ---- */

/* Each sets the candidate's barrier if it is kept out. -EINVAL: plan->refused says why. */
void plan_check_minimum(struct featsel_plan *plan, struct plan_candidate *candidate);
int plan_check_tag(struct featsel_plan *plan, const struct plan_candidate *candidate);
int plan_check_globals(struct featsel_plan *plan, struct plan_candidate *candidate);
int plan_check_maps(struct featsel_plan *plan, struct plan_candidate *candidate); /* maps.c */
/* Whether every file that is named can be read, once for a plan. */
int plan_check_kconfig(struct featsel_plan *plan, struct featsel_error *err);
/* The next questions are for this candidate. */
int plan_believe_kconfig(struct featsel_plan *plan, const struct plan_candidate *candidate);
/* Whether any candidate's object has something called @name: then the others only lack it. */
bool plan_event_has(struct featsel_plan *plan, const struct featsel_event *event, const char *name,
		    bool (*has)(const struct object *object, const char *name));
/* Once for a plan: settings for all events that apply to none, places for events that do not. */
int plan_check_wide(struct featsel_plan *plan, struct featsel_error *err);

/* ---- sharing.c: events of one object that are loaded apart ---- */

/* All events of a manifest, one after the other. Zeroed. */
struct sharing {
	struct arena *arena;
	struct dict objects; /* path -> who uses its maps */
	struct dict tags;    /* object, output and tag -> const struct featsel_event * */
};
/* A map that another event uses as well, in a copy of its own. */
struct shared {
	const struct featsel_event *with; /* NULL: there is none */
	const char *map;
};
int sharing_begin(struct sharing *sharing);
void sharing_end(struct sharing *sharing);
/* 0 or -ENOMEM. */
int sharing_add(struct sharing *sharing, const struct object *object,
		const struct featsel_candidate *candidate, struct shared *ret);
/* *ret: the first event with the same tag and output. 0 or -ENOMEM. */
int sharing_tag(struct sharing *sharing, const struct object *object,
		const struct featsel_candidate *candidate, const struct featsel_event **ret);

#endif /* FEATSEL_PLAN_PRIVATE_H */
