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
	const struct object_inferred *inferred;
	size_t n_inferred;
	const struct feature *const *places; /* where its programs go */
	size_t n_places;
	const struct optional_target *optional;
	size_t n_optional;
	/* Verdict yes: none; else the candidate is out before it is asked. */
	struct featsel_answer barrier;
	bool wanted;	       /* false: another candidate was forced */
	bool unusable;	       /* the barrier is the object file itself */
	bool placeless;	       /* the barrier is that nothing says where its programs go */
	bool unpinnable;       /* the barrier is that a map cannot be pinned where it is to be */
	struct object *object; /* NULL where the barrier says why */
	/* what it finds */
	bool considered;
	bool whole; /* all of its requirements were asked, also behind a no */
	/* The barrier follows from the object, not from the manifest or a request. */
	bool barred_by_inference;
	enum featsel_verdict declared; /* what the manifest's own requirements come to */
	enum featsel_verdict verdict;
	struct vec requirements; /* struct plan_requirement */
	int decisive;		 /* index of the requirement that made the verdict, -1 */
	/* It was loaded: what came of it stands in the place of what is predicted. */
	bool tried;
	struct featsel_answer trial;
	int trial_decisive; /* index of the requirement that loading does not answer, -1 */
	/* It was tried and failed: why; reason NULL: not so. */
	struct featsel_answer refused;
	/* What featsel_plan_attach() found out, until the caller refuses the candidate. */
	struct featsel_answer trouble;
	const struct featsel_program *programs; /* featsel_plan_program() asked for them; NULL */
	size_t n_programs;
	const struct featsel_setting *settings; /* the same of featsel_plan_setting() */
	size_t n_settings;
};

struct plan_event {
	const struct featsel_event *event;
	struct plan_candidate *candidates;
	size_t n_candidates;
	int chosen; /* negative: none */
	bool certain;
};

/* ---- runnable.c: what a live run needs besides the kernel ---- */

enum run_lack {
	RUN_LACKS_NOTHING = 0,
	RUN_LACKS_TARGET,
	RUN_HAS_UNFIT, /* `on:` says what no section of it takes */
	RUN_LACKS_RECORD,
	RUN_LACKS_MAP,
	RUN_LACKS_OUTPUT,
	RUN_HAS_OUTPUTS,
	RUN_IS_MUTE, /* no fault: neither a record nor a buffer is meant to be */
};
struct run_fault {
	enum run_lack lack;
	const char *text, *remedy; /* remedy may be NULL */
	const struct location *at;
};
typedef void (*runnable_found_fn)(void *data, const struct run_fault *fault);
/* Every fault of a candidate whose programs are there: 0 or -ENOMEM. Strings in @arena. */
int runnable_judge(const struct object *object, const struct featsel_candidate *candidate,
		   const struct object_oracle *oracle, struct arena *arena, runnable_found_fn found,
		   void *data);
/* The first that keeps it from running; lack 0: none. */
int runnable_first(const struct object *object, const struct featsel_candidate *candidate,
		   const struct object_oracle *oracle, struct arena *arena, struct run_fault *ret);

/*
 * What the tag of the candidate's event asks of a record of @layout, which the condition keeps.
 * -EINVAL: it does not fit the record, and so could never hold.
 */
struct featsel_condition;
struct featsel_layout;
int runnable_tag(const struct featsel_candidate *candidate, const struct featsel_layout *layout,
		 struct featsel_condition **ret, struct featsel_error *err);
/* How the candidate's records are decoded. */
int runnable_layout(const struct object *object, const struct featsel_candidate *candidate,
		    struct arena *arena, struct featsel_layout **ret, struct featsel_error *err);

/* ---- plan.c: manifest x host ---- */

struct featsel_plan {
	struct featsel_manifest *manifest;
	struct featsel_host *host;
	struct arena *arena;
	struct plan_event *events;
	size_t n_events;
	bool all; /* every candidate was asked for */
	/* What the manifest or the command line sets, and cannot be: why there is no plan. */
	struct featsel_error refused;
	/* int: descriptors that a caller's objects were prepared with, and are loaded with. */
	struct vec held;
};
/* The object of a path, read once a manifest. */
int plan_object(struct featsel_manifest *manifest, const char *path, struct object **ret,
		struct featsel_error *err);
/* The next candidate of a plan's event after @after that may be tried, evaluated now if need be;
 * -1: none. */
int plan_next(struct featsel_plan *plan, size_t event, int after);
/* The same of those that inference alone keeps out. */
int plan_last_resort(struct featsel_plan *plan, size_t event, int after);
/* The event's chosen candidate failed: the next one that may be tried is chosen. 0, or -ENOENT. */
int plan_refuse(struct featsel_plan *plan, size_t event, const struct featsel_answer *why);
/* featsel_plan_answer() of featsel.h. */
struct featsel_answer plan_answer(const struct featsel_plan *plan, size_t event, size_t candidate);

/* ---- loaded.c: what becomes of a verdict when its candidate has been loaded ---- */

bool plan_may_be_tried(const struct plan_candidate *candidate);
/*
 * Whether a load can tell more than was predicted: of what may be tried, and of what only such
 * requirements keep out as a load answers for.
 */
bool plan_worth_loading(const struct plan_candidate *candidate);
/* It has been loaded, or not for the reason of @answer. */
void plan_loaded(const struct featsel_plan *plan, struct plan_candidate *candidate);
void plan_load_failed(struct plan_candidate *candidate, const struct featsel_answer *answer);
/* Of what is known by now. */
void plan_choose_again(struct featsel_plan *plan, size_t event);

/* ---- programs.c: the programs of a candidate ---- */

/*
 * What is loaded for a candidate on @host, in @arena: object_candidate_programs() without the
 * optional programs whose target is missing. @log, which may be NULL, is told of these.
 */
int plan_programs(const struct object *object, const struct featsel_candidate *candidate,
		  struct featsel_host *host, const struct featsel_context *log, struct arena *arena,
		  const struct program_ref **ret, size_t *n, struct featsel_error *err);

#endif /* FEATSEL_PLAN_PLAN_H */
