/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * featsel.h - choose, load and attach the BPF program that the running kernel supports
 *
 * A program that uses libfeatsel makes these from one another:
 *
 *	context -> manifest -> host -> plan -> session
 *
 * A manifest says which candidates can produce an event and what each one requires.
 * A host answers for features: the running kernel, or a snapshot file.
 * A plan is manifest x host: every candidate's verdict and the order to try.
 * A session is a plan made real: objects opened, loaded, attached, polled, closed.
 *
 * Conventions:
 *
 * - Functions that can fail return 0 or a negative errno and describe the failure in *err.
 * - @err may be NULL, and so may what a destructor is given. No other pointer may, unless it is
 *   said.
 * - The out parameter @ret is written last and only on success.
 * - A struct that may grow begins with its size. Set it before you hand the struct over:
 *   `struct featsel_counts counts = {.size = sizeof(counts)};`. Size 0 is refused (-EINVAL).
 * - What an index behind the last asks for is not there: NULL, 0, false, -1 for a candidate, else
 *   -EINVAL or -ENOENT. Flags and values of enums that are none are refused (-EINVAL).
 * - What a getter returns belongs to the object asked and lives as long as it does. An object keeps
 *   pointers to those it was made from: free in the reverse order.
 * - Nothing here prints, exits, or changes limits or signal masks unless it is asked to.
 * - There is no global state. One context, and what was made from it, is for one thread at a time;
 *   other threads have contexts of their own.
 */
#ifndef FEATSEL_H
#define FEATSEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FEATSEL_MUST_CHECK __attribute__((warn_unused_result))

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- errors ---- */

/** What kind of failure an error describes. The values are the exit codes of featsel(1). */
enum featsel_failure {
	FEATSEL_FAILURE_NONE = 0,
	FEATSEL_FAILURE_RUN = 1,	  /* load, attach, I/O */
	FEATSEL_FAILURE_INVALID = 2,	  /* usage; invalid manifest, object or snapshot */
	FEATSEL_FAILURE_NO_CANDIDATE = 3, /* a requested event has no candidate that works here */
	FEATSEL_FAILURE_DENIED = 4,	  /* the same, and a permission would bring one back */
};

/**
 * Filled by the function that failed; owned by the caller, zeroed at first; needs no clean-up. The
 * first error wins.
 */
struct featsel_error {
	enum featsel_failure failure;
	unsigned int line, column; /* 1-based, 0 if there is no place in a file */
	char source[256];	   /* file, or "" */
	char text[1024];	   /* one line, without source and place */
};

/**
 * Write "source:line:column: text" (or what there is of it) into @buffer. Returns what snprintf()
 * does.
 */
int featsel_error_format(const struct featsel_error *error, char *buffer, size_t size);

/** "0.1.0" */
const char *featsel_version(void);
/** The version of the libbpf at work: "1.1". */
const char *featsel_libbpf_version(void);

/* ---- context ---- */

struct featsel_context;

enum featsel_log_level {
	FEATSEL_LOG_NONE = 0,
	FEATSEL_LOG_WARNING,
	FEATSEL_LOG_INFO,
	FEATSEL_LOG_DEBUG,
};

/** Receives one line without a newline. */
typedef void (*featsel_log_fn)(void *data, enum featsel_log_level level, const char *line);

int featsel_context_new(struct featsel_context **ret, struct featsel_error *err) FEATSEL_MUST_CHECK;
void featsel_context_free(struct featsel_context *context);
/** @log gets everything up to @level. Without a function (NULL) nothing is logged. */
void featsel_context_set_log(struct featsel_context *context, featsel_log_fn log, void *data,
			     enum featsel_log_level level);
/** Where to look for objects that do not lie beside their manifest: else the installed ones. */
int featsel_context_set_object_dir(struct featsel_context *context, const char *path,
				   struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * An object in memory, under the name that manifests use, e.g. "agent.bpf.o". @data is not copied
 * and must outlive the context. Files beside the manifest or in a directory that was set come
 * before it, installed files after it. -EEXIST: the name was added before; -EINVAL: it is empty or
 * begins with a slash, like a file's.
 */
int featsel_context_add_object(struct featsel_context *context, const char *name, const void *data,
			       size_t size, struct featsel_error *err) FEATSEL_MUST_CHECK;
/** Kernel BTF to use instead of /sys/kernel/btf/vmlinux for CO-RE relocations. */
int featsel_context_set_btf(struct featsel_context *context, const char *path,
			    struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * The configuration of the running kernel: lines CONFIG_NAME=VALUE, as text or as a gzip file. It
 * takes precedence over the file that the manifest names and over what the kernel shows.
 */
int featsel_context_set_kconfig(struct featsel_context *context, const char *path,
				struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * Whether the process's limit on locked memory (RLIMIT_MEMLOCK) may be raised for good. Linux
 * before 5.11 charges maps and programs to it. Off at first: then the limit is restored after
 * loading.
 */
void featsel_context_set_memlock(struct featsel_context *context, bool raise);

/* ---- verdicts ---- */

enum featsel_verdict {
	FEATSEL_UNKNOWN = 0, /* neither could be established */
	FEATSEL_YES,	     /* positive evidence */
	FEATSEL_NO,	     /* positive evidence of absence */
	FEATSEL_DENIED,	     /* we were not allowed to look, or to do it */
};

/** "yes", "no", "denied", "unknown" */
const char *featsel_verdict_name(enum featsel_verdict verdict);

/** A kind of features: what stands before the colon of map_type:ringbuf. */
struct featsel_feature_kind {
	size_t size; /* of this struct */
	const char *name;
	const char *example;
	const char *summary;
};
/** Kind @index, from 0; NULL behind the last. Never changes. */
const struct featsel_feature_kind *featsel_feature_kind(size_t index);

/** One answer of a host. The strings belong to the host. */
struct featsel_answer {
	size_t size; /* of this struct */
	enum featsel_verdict verdict;
	const char *reason;   /* stable code, see featsel(1); NULL if the verdict is yes */
	const char *evidence; /* one line that a person can check; never NULL */
	const char *remedy;   /* what to do; NULL if there is nothing */
};

/* ---- manifest ---- */

struct featsel_manifest;
struct featsel_event;
struct featsel_candidate;

/**
 * Takes the next piece of a text. A return value other than 0 ends the writing, and the caller
 * returns it.
 */
typedef int (*featsel_write_fn)(void *data, const char *text);

int featsel_manifest_new(struct featsel_context *context, struct featsel_manifest **ret,
			 struct featsel_error *err) FEATSEL_MUST_CHECK;
void featsel_manifest_free(struct featsel_manifest *manifest);
/**
 * Read a manifest file, or every *.yaml of a directory in the order of their names. An event that
 * is defined again replaces the earlier one. On failure the manifest is as it was before.
 */
int featsel_manifest_add(struct featsel_manifest *manifest, const char *path,
			 struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * The same for a text of @size bytes in memory. @name stands for the file in errors. Objects are
 * looked up in memory and in the object directory.
 */
int featsel_manifest_add_text(struct featsel_manifest *manifest, const char *name, const char *text,
			      size_t size, struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * Derive events from the programs of an object file: programs named EVENT_* are the candidates of
 * EVENT, in the built-in order of preference, with inferred requirements.
 */
int featsel_manifest_add_object(struct featsel_manifest *manifest, const char *path,
				struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * The same when the wanted events are known (NULL-terminated): a program whose name begins with
 * such an event's name is a candidate of that event, unless a longer event name claims it.
 */
int featsel_manifest_add_object_for(struct featsel_manifest *manifest, const char *path,
				    const char *const *events,
				    struct featsel_error *err) FEATSEL_MUST_CHECK;
/** Settings given beside the manifest, as by the options of featsel(1). Zero all but the size. */
struct featsel_configuration {
	size_t size; /* of this struct */
	/* NULL-terminated, or NULL: "KEY=VALUE[,VALUE]", "EVENT.KEY=VALUE" (--on) */
	const char *const *on;
	/* NULL-terminated, or NULL: "NAME=VALUE", "EVENT.NAME=VALUE" (--set) */
	const char *const *set;
	const char *covers; /* "compat,kernel" or NULL (--covers) */
	const char *fields; /* "ppid,argv" or NULL (--require-fields) */
	const char *buffer; /* "512K", "4M" or NULL (--buffer) */
	const char
		*pin_dir; /* where maps are pinned that have a name for it, or NULL (--pin-dir) */
	/* NULL-terminated, or NULL: "STRUCT", "EVENT.STRUCT" (--record) */
	const char *const *record;
	/* "pid,uid" or NULL: fields that are asked for besides, since records are selected by them
	 */
	const char *selected;
};
/**
 * Apply the settings to the manifest's events, in place of what it says itself. Call it once, after
 * everything is added and before events are asked for.
 */
int featsel_manifest_configure(struct featsel_manifest *manifest,
			       const struct featsel_configuration *configuration,
			       struct featsel_error *err) FEATSEL_MUST_CHECK;
size_t featsel_manifest_events(const struct featsel_manifest *manifest);
const struct featsel_event *featsel_manifest_event(const struct featsel_manifest *manifest,
						   size_t index);
/** NULL if there is no such event. */
const struct featsel_event *featsel_manifest_find(const struct featsel_manifest *manifest,
						  const char *name);
/** The name of an event that @name may have meant, or NULL. */
const char *featsel_manifest_suggest(const struct featsel_manifest *manifest, const char *name);
/** Write the manifest as YAML that featsel_manifest_add() reads back. */
int featsel_manifest_print(const struct featsel_manifest *manifest, featsel_write_fn write,
			   void *data, struct featsel_error *err) FEATSEL_MUST_CHECK;

const char *featsel_event_name(const struct featsel_event *event);
/** Where it is defined: the path of its manifest or object, or the name of a text in memory. */
const char *featsel_event_source(const struct featsel_event *event);
/** "" if the manifest gives none. */
const char *featsel_event_summary(const struct featsel_event *event);
/** NULL-terminated argument vector, or NULL if the event has no trigger. */
const char *const *featsel_event_trigger(const struct featsel_event *event);
size_t featsel_event_candidates(const struct featsel_event *event);
const struct featsel_candidate *featsel_event_candidate(const struct featsel_event *event,
							size_t index);
const char *featsel_candidate_name(const struct featsel_candidate *candidate);
/** "native, compat", or "" if the manifest does not say. */
const char *featsel_candidate_covers(const struct featsel_candidate *candidate);
/** NULL-terminated list of the record's fields that the candidate cannot fill. */
const char *const *featsel_candidate_lacks(const struct featsel_candidate *candidate);

/* ---- lint ---- */

enum featsel_severity {
	FEATSEL_SEVERITY_NONE = 0,
	FEATSEL_NOTE,
	FEATSEL_WARNING,
	FEATSEL_ERROR,
};

/** One finding of the lint; it and its strings live until the callback returns. */
struct featsel_finding {
	size_t size; /* of this struct */
	enum featsel_severity severity;
	const char *code; /* stable, e.g. "missing-program" */
	const char *file;
	unsigned int line, column;
	const char *event, *candidate; /* NULL if the finding is about more */
	const char *text;
};

/** "error", "warning", "note" */
const char *featsel_severity_name(enum featsel_severity severity);

/**
 * Compare the manifest with its objects. Needs no privilege. Findings come in the order of the
 * manifest.
 */
int featsel_manifest_check(struct featsel_manifest *manifest,
			   void (*found)(void *data, const struct featsel_finding *finding),
			   void *data, struct featsel_error *err) FEATSEL_MUST_CHECK;

/* ---- host ---- */

struct featsel_host;

enum featsel_host_flags {
	/* Also try test attaches that cost milliseconds. A session does without them: it attaches
	 * for real. */
	FEATSEL_HOST_THOROUGH = 1 << 0,
};

/** The running kernel. Nothing is probed before it is asked for. */
int featsel_host_open_live(struct featsel_context *context, unsigned int flags,
			   struct featsel_host **ret, struct featsel_error *err) FEATSEL_MUST_CHECK;
/** A snapshot file, as featsel --probe writes it. */
int featsel_host_open_snapshot(struct featsel_context *context, const char *path,
			       struct featsel_host **ret,
			       struct featsel_error *err) FEATSEL_MUST_CHECK;
void featsel_host_free(struct featsel_host *host);
/** "live", or the snapshot's path */
const char *featsel_host_source(const struct featsel_host *host);
/** As uname(2) reports it on that host. */
const char *featsel_host_release(const struct featsel_host *host);
const char *featsel_host_machine(const struct featsel_host *host);
/** Answer @verdict for @feature (canonical form) without asking: what an administrator decides. */
int featsel_host_override(struct featsel_host *host, const char *feature,
			  enum featsel_verdict verdict,
			  struct featsel_error *err) FEATSEL_MUST_CHECK;
/** Ask for one feature in canonical form. Set the size of *ret. */
int featsel_host_ask(struct featsel_host *host, const char *feature, struct featsel_answer *ret,
		     struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * Ask for every feature that can be enumerated (program types, map types, attach types, helper
 * pairs, ...) and for every feature that @manifest (nullable) mentions. @found gets them in
 * canonical order.
 */
int featsel_host_probe(struct featsel_host *host, struct featsel_manifest *manifest,
		       void (*found)(void *data, const char *feature,
				     const struct featsel_answer *answer),
		       void *data, struct featsel_error *err) FEATSEL_MUST_CHECK;

/** The same, written as a snapshot: the JSON document that featsel_host_open_snapshot() reads. */
int featsel_host_write(struct featsel_host *host, struct featsel_manifest *manifest,
		       featsel_write_fn write, void *data,
		       struct featsel_error *err) FEATSEL_MUST_CHECK;

/* ---- plan ---- */

struct featsel_plan;

/** What the caller wants. @candidate forces one candidate, or is NULL. */
struct featsel_request {
	const char *event;
	const char *candidate;
};

enum featsel_plan_flags {
	/* Evaluate every requirement of every candidate, not only up to the chosen one. */
	FEATSEL_PLAN_ALL = 1 << 0,
};

/**
 * Decide. @requests lists the events wanted (none: all), @disabled the candidates that are switched
 * off (both members set). An event without a working candidate is not an error here: see
 * featsel_plan_failure().
 */
int featsel_plan_make(struct featsel_manifest *manifest, struct featsel_host *host,
		      const struct featsel_request *requests, size_t n_requests,
		      const struct featsel_request *disabled, size_t n_disabled, unsigned int flags,
		      struct featsel_plan **ret, struct featsel_error *err) FEATSEL_MUST_CHECK;
void featsel_plan_free(struct featsel_plan *plan);

size_t featsel_plan_events(const struct featsel_plan *plan);
const struct featsel_event *featsel_plan_event(const struct featsel_plan *plan, size_t event);
/** The chosen candidate's index, or -1. */
int featsel_plan_chosen(const struct featsel_plan *plan, size_t event);
/** Whether the chosen candidate's verdict is yes. */
bool featsel_plan_certain(const struct featsel_plan *plan, size_t event);
/** 0 if event @event has a candidate, else an enum featsel_failure that says why not. */
int featsel_plan_failure(const struct featsel_plan *plan, size_t event);
/**
 * Whether event @event has no candidate, but at least one that only inference from its object keeps
 * out. A session tries such candidates before it gives the event up.
 */
bool featsel_plan_last_resort(struct featsel_plan *plan, size_t event);
/** False if candidate @candidate comes after the chosen one or was not requested. */
bool featsel_plan_considered(const struct featsel_plan *plan, size_t event, size_t candidate);
/**
 * The candidate's verdict with the decisive requirement's reason, evidence and remedy; unknown for
 * one that was not considered. Set the size of *ret. 0 or -EINVAL.
 */
int featsel_plan_answer(const struct featsel_plan *plan, size_t event, size_t candidate,
			struct featsel_answer *ret);
/**
 * The decisive feature in canonical form; NULL if the verdict is yes or comes from no feature.
 */
const char *featsel_plan_decisive(const struct featsel_plan *plan, size_t event, size_t candidate);

/**
 * On the running kernel: load the candidates that may be tried, each alone, with its maps and
 * through the verifier, and release them at once. Nothing is attached, pinned or registered.
 * Afterwards featsel_plan_answer() and the choice are what loading showed. With FEATSEL_PLAN_ALL
 * every candidate is loaded, else those down to the first that loads. On other hosts this does
 * nothing.
 */
int featsel_plan_test_load(struct featsel_plan *plan, struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * What was predicted for a candidate before it was loaded. Set the size of *ret. 0; -ENOENT if it
 * was not loaded or loading led to the same verdict; -EINVAL.
 */
int featsel_plan_predicted(const struct featsel_plan *plan, size_t event, size_t candidate,
			   struct featsel_answer *ret);

/** One requirement of a candidate and its answer. */
struct featsel_requirement_view {
	size_t size;	     /* of this struct */
	const char *feature; /* canonical form */
	const char *origin;  /* "manifest" or "object" */
	/* "any" or "not" if it stands below one; "optional" if it may be missing and is; "open" if
	 * it is needed only for an answer that nobody gave; else NULL */
	const char *within;
	const struct featsel_answer *answer; /* belongs to the plan */
};

size_t featsel_plan_requirements(const struct featsel_plan *plan, size_t event, size_t candidate);
/** Set the size of *ret. 0 or -EINVAL. */
int featsel_plan_requirement(const struct featsel_plan *plan, size_t event, size_t candidate,
			     size_t index, struct featsel_requirement_view *ret);

/** Write the decision as a JSON document, as featsel --explain --json prints it. */
int featsel_plan_json(const struct featsel_plan *plan, featsel_write_fn write, void *data,
		      struct featsel_error *err) FEATSEL_MUST_CHECK;
/** The same for one event, as an object inside a document of the caller's. */
int featsel_plan_event_json(const struct featsel_plan *plan, size_t event, featsel_write_fn write,
			    void *data, struct featsel_error *err) FEATSEL_MUST_CHECK;

/** A program of a candidate. */
struct featsel_program {
	size_t size; /* of this struct */
	const char *name;
	const char *attach; /* what it is attached to, as in SEC(); NULL: its object is unusable */
	bool optional;	    /* left out where its target does not exist */
	bool loaded_only;   /* not attached: a member of a program array, or named by 'also:' */
};

/** Program @index of a candidate, from 0; NULL behind the last. Belongs to the plan. */
const struct featsel_program *featsel_plan_program(struct featsel_plan *plan, size_t event,
						   size_t candidate, size_t index);
/** A setting of a candidate: where it is attached, a variable, a property of a map. */
struct featsel_setting {
	size_t size;	    /* of this struct */
	const char *key;    /* "on.interfaces", "globals.min_us", "maps.table.max_entries" */
	const char *value;  /* as a manifest writes it: "[lo, eth0]" */
	const char *origin; /* where it was given: "FILE:LINE:COLUMN", "--set min_us=3" */
};

/** Setting @index of a candidate, from 0; NULL behind the last. Belongs to the plan. */
const struct featsel_setting *featsel_plan_setting(const struct featsel_plan *plan, size_t event,
						   size_t candidate, size_t index);
/**
 * Whether the choice includes program @program of @object (named as in manifests), so that it must
 * be loaded.
 */
bool featsel_plan_wants(struct featsel_plan *plan, const char *object, const char *program);

/* ---- plans under the caller's own objects ---- */

/*
 * For a caller that opens, loads and polls by itself: prepare, load, attach. After a failure,
 * refuse: another candidate is chosen, and the object is opened and prepared again.
 */
struct bpf_object;
struct featsel_links;

enum featsel_stage {
	FEATSEL_STAGE_NONE = 0,
	FEATSEL_STAGE_OPEN,
	FEATSEL_STAGE_LOAD,
	FEATSEL_STAGE_TRANSPORT, /* a consumer of the records */
	FEATSEL_STAGE_ATTACH,
	FEATSEL_STAGE_FIRE, /* no record came */
};

/**
 * Prepare an object that was opened (from a file, bytes or a skeleton) and not loaded: exactly what
 * the plan chose from it will be loaded and created (programs, members of program arrays, maps),
 * with the sizes and values that the manifest gives. Maps that the manifest pins are reused if they
 * exist; featsel_plan_attach() pins the others. libbpf handles the object's own pins if it was
 * opened with a path for them. The plan must outlive the load. -ENOENT: no candidate of the plan
 * uses such an object; -EINVAL: it was loaded already. Close the object if this fails.
 */
int featsel_plan_prepare(struct featsel_plan *plan, struct bpf_object *object,
			 struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * Attach an event's chosen candidate, from an object that was prepared and loaded, where the
 * manifest says. All or nothing. Free @ret before the object is closed: that detaches. A caller may
 * attach by itself instead. -EINVAL: the object is not loaded, which is no reason to refuse the
 * candidate; -ENOENT: no candidate is chosen.
 */
int featsel_plan_attach(struct featsel_plan *plan, size_t event, struct bpf_object *object,
			struct featsel_links **ret, struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * The descriptor of link @index, from 0. -ENOENT: there are no more; -EOPNOTSUPP: this program is
 * not held by a descriptor.
 */
int featsel_links_fd(const struct featsel_links *links, size_t index);
void featsel_links_free(struct featsel_links *links);
/**
 * The caller's attempt with the chosen candidate failed at @stage with @error, an errno of either
 * sign, or 0 if there is none. @log, which may be NULL, is what libbpf printed, or the verifier's
 * log; for a load that failed without one the candidate is loaded alone, to hear what the kernel
 * says. The reason becomes the candidate's answer, and the next candidate is chosen: 0, or -ENOENT
 * if none is left. As in a session, candidates that inference alone keeps out are chosen before
 * none is left. -EINVAL: @stage is none.
 *
 * If an object that several events share does not load, libbpf's words may not tell which event is
 * to blame. Call featsel_plan_test_load() then: it loads the chosen candidates one by one, and an
 * event whose candidate fails gets another choice. Open, prepare and load the object again. If no
 * choice has changed, the programs fail together, or by what the caller has set: refuse one.
 */
int featsel_plan_refuse(struct featsel_plan *plan, size_t event, enum featsel_stage stage,
			int error, const char *log);

/* ---- session ---- */

struct featsel_session;

enum featsel_session_flags {
	FEATSEL_SESSION_NO_FALLBACK = 1 << 0, /* a refused candidate is an error */
	FEATSEL_SESSION_BEST_EFFORT = 1 << 1, /* events without a candidate are left out */
	FEATSEL_SESSION_SELF_TEST = 1 << 2,   /* run triggers; a silent candidate falls back */
};

/** A record as it came out of the kernel; valid during the callback. */
struct featsel_sample {
	size_t event; /* index in the plan */
	const void *data;
	size_t size; /* of the data */
};

/** Return 0 to go on, else consumption stops and featsel_session_consume() returns the value. */
typedef int (*featsel_sample_fn)(void *data, const struct featsel_sample *sample);

struct featsel_counts {
	size_t size;	  /* of this struct */
	uint64_t records; /* delivered to the callback */
	/* Known to be lost between kernel and user space. Events with tags that share an output
	 * each report the losses of the whole output. */
	uint64_t lost;
	/*
	 * Program runs that the kernel skipped because the program was already running on that
	 * processor: up to this many records are missing. Also 0 if the kernel does not tell:
	 * before 5.12, and before 5.19 without capabilities.
	 */
	uint64_t missed;
	/* False: there may be more, since the output is a ring buffer and the object has no map
	 * 'drops', or since that cannot be read: before 5.19 without capabilities. */
	bool lost_known;
	/*
	 * Records of a shared output that match no event's tag. Reported with the first of the
	 * events that share it.
	 */
	uint64_t unclaimed;
};

/**
 * Open, load and attach what the plan chose. Where the kernel refuses, fall back as
 * featsel_plan_refuse() does: the plan then has the reason and another choice. On success
 * every event of the plan is live through exactly one candidate, or (best effort only) left out.
 * Without a callback (NULL) records are counted alone.
 */
int featsel_session_start(struct featsel_plan *plan, unsigned int flags, featsel_sample_fn callback,
			  void *data, struct featsel_session **ret,
			  struct featsel_error *err) FEATSEL_MUST_CHECK;

/** What need not be reported. Zero all but the size: then everything is reported. */
struct featsel_selection {
	size_t size;	     /* of this struct */
	uint32_t pid;	     /* report this process only */
	uint32_t except_pid; /* do not report this one */
	bool by_uid;	     /* report the acts of user @uid only */
	uint32_t uid;
};

/**
 * Tell the programs what they need not report, if their object has a map 'featsel_filter'. True if
 * all programs could be told. It is a hint: records that were emitted before are still delivered.
 * Processes and users are those of the initial namespaces. Needs the same privileges as loading.
 */
bool featsel_session_select(struct featsel_session *session,
			    const struct featsel_selection *selection);
/**
 * Pin what is attached below @dir, in a BPF file system, so that it outlives the session and the
 * process: for each event DIR/EVENT/link0 and so on, and the maps of its records. @dir is created
 * if needed. All or nothing: -EEXIST if an event's directory exists, -EINVAL if the kernel has no
 * link for the way a candidate is attached (perf events before Linux 5.15). Stopping such a session
 * does not detach; removing the links does.
 */
int featsel_session_pin(struct featsel_session *session, const char *dir,
			struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * Descriptors from an event's object by name: a map, a program, the (first) link of a program. They
 * belong to the session. -ENOENT: no such name, or it is not part of what is live; -EOPNOTSUPP: the
 * program is not held by a descriptor.
 */
int featsel_session_map_fd(const struct featsel_session *session, size_t event, const char *map);
int featsel_session_program_fd(const struct featsel_session *session, size_t event,
			       const char *program);
int featsel_session_link_fd(const struct featsel_session *session, size_t event,
			    const char *program);
/** Readable when records are waiting; for the caller's epoll set. */
int featsel_session_fd(const struct featsel_session *session);
/** Deliver the records that are waiting. Never blocks. */
int featsel_session_consume(struct featsel_session *session,
			    struct featsel_error *err) FEATSEL_MUST_CHECK;
/**
 * Whether the last call of featsel_session_consume() emptied the buffers. False if records come
 * faster than they are read.
 */
bool featsel_session_drained(const struct featsel_session *session);
/**
 * Whether no more records can come: everything live is an iterator that was to be read once and has
 * been read whole.
 */
bool featsel_session_ended(const struct featsel_session *session);
/** The live candidate's index of an event, or -1 if the event was left out. */
int featsel_session_live(const struct featsel_session *session, size_t event);
/** Set the size of *ret. 0 or -EINVAL. */
int featsel_session_counts(struct featsel_session *session, size_t event,
			   struct featsel_counts *ret);
/** Stop new records: detach, unless pinned. Records in the buffers can still be consumed. */
void featsel_session_stop(struct featsel_session *session);
void featsel_session_free(struct featsel_session *session);

/* ---- verify ---- */

/** What really happened to a candidate that was tried alone. */
struct featsel_trial {
	size_t size;	   /* of this struct */
	bool works;	   /* loaded, attached and, with a trigger, fired */
	bool attached;	   /* false: only loaded, since nothing says where to attach it */
	bool fired;	   /* at least one record arrived */
	const char *stage; /* "open", "load", "transport", "attach", "fire"; NULL if it works */
	/* Reason and evidence as probing would give them. Belongs to the host. */
	const struct featsel_answer *answer;
	/*
	 * How often its programs ran and how long that took in total, in ns. 0: unknown (before
	 * 5.8, or without the permission to ask).
	 */
	uint64_t runs, run_ns;
};

/**
 * Try one candidate of the plan, alone, through load, transport, attach and fire; release it again.
 * Set the size of *ret.
 */
int featsel_plan_try(struct featsel_plan *plan, size_t event, size_t candidate,
		     featsel_sample_fn callback, void *data, struct featsel_trial *ret,
		     struct featsel_error *err) FEATSEL_MUST_CHECK;

/* ---- records ---- */

/** How the records of an event are laid out, read from the object's BTF. */
struct featsel_layout;

/** Layout of event @event of a running session; NULL if the event was left out. */
const struct featsel_layout *featsel_session_layout(const struct featsel_session *session,
						    size_t event);
/**
 * Layout of what @candidate emits, read from its object: nothing is loaded, and no privilege is
 * needed. It belongs to the manifest.
 */
int featsel_manifest_layout(struct featsel_manifest *manifest,
			    const struct featsel_candidate *candidate,
			    const struct featsel_layout **ret,
			    struct featsel_error *err) FEATSEL_MUST_CHECK;
size_t featsel_layout_fields(const struct featsel_layout *layout);
const char *featsel_layout_field(const struct featsel_layout *layout, size_t index);
/** The field's type in C, e.g. "__u64", "char[16]". */
const char *featsel_layout_type(const struct featsel_layout *layout, size_t index);
/** Index of a top-level field, or -ENOENT. */
int featsel_layout_find(const struct featsel_layout *layout, const char *field);
/**
 * An integer field's value. -EINVAL: the field is no integer; -ENODATA: the record is too short.
 */
int featsel_layout_integer(const struct featsel_layout *layout, size_t index, const void *data,
			   size_t size, uint64_t *ret) FEATSEL_MUST_CHECK;
/**
 * Give an integer field of a record that is the caller's another value, cut to the field's size.
 * -EINVAL: the field is no integer, or one of some bits; -ENODATA: the record is too short.
 */
int featsel_layout_set_integer(const struct featsel_layout *layout, size_t index, void *data,
			       size_t size, uint64_t value);
/** Width in characters of the field's column in text output. */
unsigned int featsel_layout_width(const struct featsel_layout *layout, size_t index);
/**
 * Write one field of a record into @buffer as text or as a JSON value. At most @size bytes are
 * written, no terminating NUL. Returns the length, or -ENOSPC. What has no value is JSON null; text
 * says why: "?" if the candidate lacks it, "?short" if the record is too short for the field,
 * "?span" if the record gives an offset and length that are not within it. Strings are hostile
 * input: text shows control characters, characters that change the direction of writing and bytes
 * that are not UTF-8 as \xNN, and a backslash twice; JSON is UTF-8 always, with U+FFFD in place of
 * such bytes.
 */
ssize_t featsel_layout_text(const struct featsel_layout *layout, size_t index, const void *data,
			    size_t data_size, char *buffer, size_t size);
ssize_t featsel_layout_json(const struct featsel_layout *layout, size_t index, const void *data,
			    size_t data_size, char *buffer, size_t size);
/**
 * Whether the field holds less than there was, since the record has no more room: 1 or 0; -EINVAL
 * for a field that does not tell. Text then ends in "...", JSON does not show it.
 */
int featsel_layout_truncated(const struct featsel_layout *layout, size_t index, const void *data,
			     size_t data_size);
/**
 * Write a timestamp field as wall clock, "2026-01-31T12:00:00.123456789Z", without a terminating
 * NUL. Returns the length. -EINVAL: the field is no timestamp; -ENODATA: the record is too short;
 * -ENOSPC.
 */
ssize_t featsel_layout_time(const struct featsel_layout *layout, size_t index, const void *data,
			    size_t data_size, char *buffer, size_t size);

/**
 * A record as one line: made once of parts, it is written faster than field by field, as the
 * command does it.
 */
struct featsel_line;

/** What a part has behind the text before it. */
enum featsel_part {
	FEATSEL_PART_NONE = 0,	/* nothing */
	FEATSEL_PART_TEXT,	/* the field as featsel_layout_text() has it */
	FEATSEL_PART_JSON,	/* as featsel_layout_json() */
	FEATSEL_PART_TIME,	/* as featsel_layout_time(), in quotes, or null */
	FEATSEL_PART_TRUNCATED, /* nothing; the part is left out unless the field is truncated */
};

/** An empty line. It keeps a pointer to the layout. 0 or -ENOMEM. */
int featsel_line_new(const struct featsel_layout *layout,
		     struct featsel_line **ret) FEATSEL_MUST_CHECK;
void featsel_line_free(struct featsel_line *line);
/**
 * Add @before as it stands, and @field as @kind, padded with spaces to @width bytes (0: not
 * padded). -EINVAL: there is no such field, it is no timestamp, or cannot be truncated; -ENOMEM.
 */
int featsel_line_add(struct featsel_line *line, const char *before, enum featsel_part kind,
		     size_t field, size_t width) FEATSEL_MUST_CHECK;
/**
 * Write a record into @buffer, at most @size bytes and no terminating NUL. The length, or -ENOSPC.
 */
ssize_t featsel_line_write(const struct featsel_line *line, const void *data, size_t data_size,
			   char *buffer, size_t size);

/* ---- conditions ---- */

/** A condition on records, such as "pid = 1" or "prot & PROT_WRITE|PROT_EXEC". */
struct featsel_condition;

/**
 * Read "FIELD OP VALUE". OP is one of = != < > <= >=, ~ (the field as text matches the shell
 * pattern), and & (every bit or flag is set). VALUE is what the field takes: a number, the names of
 * an enum or of flags, an error's name, an address, a string. -EINVAL if the field is none of
 * the layout's or does not take that; the error names what fits. The condition keeps a pointer to
 * the layout.
 */
int featsel_condition_new(const struct featsel_layout *layout, const char *text,
			  struct featsel_condition **ret,
			  struct featsel_error *err) FEATSEL_MUST_CHECK;
void featsel_condition_free(struct featsel_condition *condition);
/**
 * Whether a record meets the condition. A record that is too short for the field meets none.
 */
bool featsel_condition_holds(struct featsel_condition *condition, const void *data, size_t size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* FEATSEL_H */
