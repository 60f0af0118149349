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
	/* input of selection */
	const struct object_inferred *inferred;
	size_t n_inferred;
	const struct object_inferred *exact; /* the same in more detail, once that was asked for */
	size_t n_exact;
	const struct feature *const *places; /* where its programs are attached */
	size_t n_places;
	const struct optional_target *optional;
	size_t n_optional;
	/* Verdict yes: there is none; else the candidate is out before anything is asked. */
	struct featsel_answer barrier;
	bool wanted;	       /* false: another candidate was forced */
	bool unusable;	       /* the barrier is the object file itself */
	bool placeless;	       /* the barrier is that nothing says where its programs go */
	bool unpinnable;       /* the barrier is that a map cannot be pinned where it is to be */
	struct object *object; /* NULL if the barrier is the reason */
	/* output of selection */
	bool considered;
	bool whole; /* all of its requirements were asked, also after a no */
	/* The barrier follows from the object, not from the manifest or a request. */
	bool barred_by_inference;
	enum featsel_verdict declared; /* the verdict of the manifest's own requirements */
	enum featsel_verdict verdict;
	struct vec requirements; /* struct plan_requirement */
	int decisive;		 /* index of the requirement that decided, -1 */
	/* It was loaded: the result replaces the prediction. */
	bool tried;
	struct featsel_answer trial;
	int trial_decisive; /* index of the requirement that loading does not answer, -1 */
	/* Why it failed when it was tried; reason NULL: it did not. */
	struct featsel_answer refused;
	/* The failure that featsel_plan_attach() found, until the caller refuses the candidate. */
	struct featsel_answer trouble;
	const struct featsel_program *programs; /* made by featsel_plan_program(); NULL */
	size_t n_programs;
	const struct featsel_setting *settings; /* made by featsel_plan_setting(); NULL */
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
	RUN_HAS_UNFIT, /* `on:` has a key that none of its sections takes */
	RUN_LACKS_RECORD,
	RUN_LACKS_MAP,
	RUN_LACKS_OUTPUT,
	RUN_HAS_OUTPUTS,
	RUN_IS_MUTE, /* no fault: it has no record and no buffer on purpose */
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

/* The keys of `on:` that its programs take: ON_SAID() of each. */
unsigned int runnable_fits(const struct object *object, const struct featsel_candidate *candidate);

/*
 * The condition of the event's tag on a record of @layout, which the condition refers to. -EINVAL:
 * it does not fit the record, and so could never hold.
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
	/* A setting of the manifest or the command line that cannot be applied: why there is no
	 * plan. */
	struct featsel_error refused;
	/* int: descriptors with which a caller's objects were prepared and will be loaded. */
	struct vec held;
};
/* The object of a path, read once a manifest. */
int plan_object(struct featsel_manifest *manifest, const char *path, struct object **ret,
		struct featsel_error *err);
/* The next candidate of a plan's event after @after that may be tried, evaluated now if need be;
 * -1: none. */
int plan_next(struct featsel_plan *plan, size_t event, int after);
/* The same among the candidates that only inference keeps out. */
int plan_last_resort(struct featsel_plan *plan, size_t event, int after);
/* The event's chosen candidate failed: the next one that may be tried is chosen. 0, or -ENOENT. */
int plan_refuse(struct featsel_plan *plan, size_t event, const struct featsel_answer *why);
/* featsel_plan_answer() of featsel.h. */
struct featsel_answer plan_answer(const struct featsel_plan *plan, size_t event, size_t candidate);

/* ---- loaded.c: what becomes of a verdict when its candidate has been loaded ---- */

bool plan_may_be_tried(const struct plan_candidate *candidate);
/*
 * Whether loading can tell more than was predicted: for candidates that may be tried, and for those
 * kept out only by requirements that loading answers.
 */
bool plan_worth_loading(const struct plan_candidate *candidate);
/* The candidate was loaded, or not for the reason in @answer. */
void plan_loaded(const struct featsel_plan *plan, struct plan_candidate *candidate);
void plan_load_failed(struct plan_candidate *candidate, const struct featsel_answer *answer);
/* From what is known so far. */
void plan_choose_again(struct featsel_plan *plan, size_t event);

/* ---- programs.c: the programs of a candidate ---- */

/* A candidate of an object, and the host that it is loaded on. */
struct plan_subject {
	const struct object *object;
	const struct featsel_candidate *candidate;
	struct featsel_host *host;
};
struct plan_subject plan_subject(const struct featsel_plan *plan,
				 const struct plan_candidate *candidate);
/*
 * What is loaded for a candidate on @host, in @arena: object_candidate_programs() without the
 * optional programs whose target is missing. @log, which may be NULL, is told of these.
 */
int plan_programs(const struct plan_subject *subject, const struct featsel_context *log,
		  struct arena *arena, const struct program_ref **ret, size_t *n,
		  struct featsel_error *err);

#endif /* FEATSEL_PLAN_PLAN_H */
