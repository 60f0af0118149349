/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * plan.h - which candidate of each event: pure selection, plan, lint
 */
#ifndef FEATSEL_PLAN_PLAN_H
#define FEATSEL_PLAN_PLAN_H

#include "base/base.h"
#include "feature/feature.h"
#include "host/host.h"
#include "manifest/manifest.h"
#include "object/object.h"

/* ---- select.c: pure: no I/O, no libbpf, no globals ---- */

struct plan_candidate {
	const struct featsel_candidate *candidate;
	/* what selection is given */
	const struct feature *const *inferred;
	size_t n_inferred;
	const struct requirement *choices; /* NULL: none */
	const struct optional_target *optional;
	size_t n_optional;
	/* Verdict yes: none; else the candidate is out before it is asked. */
	struct featsel_answer barrier;
	bool wanted;	       /* false: another candidate was forced */
	bool unusable;	       /* the barrier is the object file itself */
	struct object *object; /* NULL where the barrier says why */
	/* what it finds */
	bool considered;
	enum featsel_verdict verdict;
	struct vec requirements; /* struct plan_requirement */
	int decisive;		 /* index of the requirement that made the verdict, -1 */
};

struct plan_event {
	const struct featsel_event *event;
	struct plan_candidate *candidates;
	size_t n_candidates;
	int chosen; /* negative: none */
	bool certain;
};

/* ---- plan.c: manifest x host ---- */

struct featsel_plan {
	struct featsel_manifest *manifest;
	struct featsel_host *host;
	struct arena *arena;
	struct plan_event *events;
	size_t n_events;
};
/* The object of a path, read once a manifest. */
int plan_object(struct featsel_manifest *manifest, const char *path, struct object **ret,
		struct featsel_error *err);
/* The next candidate of a plan's event after @after that may be tried, evaluated now if need be;
 * -1: none. */
int plan_next(struct featsel_plan *plan, size_t event, int after);
/* featsel_plan_answer() of featsel.h. */
struct featsel_answer plan_answer(const struct featsel_plan *plan, size_t event, size_t candidate);

#endif /* FEATSEL_PLAN_PLAN_H */
