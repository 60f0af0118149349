/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * private.h - what only the files of the session room share
 */
#ifndef FEATSEL_SESSION_PRIVATE_H
#define FEATSEL_SESSION_PRIVATE_H

#include "feature/feature.h"
#include "host/host.h"
#include "manifest/manifest.h"
#include "object/object.h"
#include "plan/plan.h"
#include "record/record.h"
#include "session/session.h"

/* The process that does and undoes what no descriptor holds; pid 0: there is none. See guard.h. */
struct guard {
	int socket, pid;
};

/* ---- log.c: what libbpf says while it works for us ---- */

/* Zeroed by its owner. What it has kept stays until libbpf_log_free(). */
struct libbpf_log {
	const struct featsel_context *context;
	struct libbpf_log *outer;
	char *verifier;	   /* the log of the program that was refused last, NULL if there is none */
	char program[128]; /* its name, "" */
	char *said;	   /* libbpf's last warnings, a line each; NULL */
};
/*
 * Until libbpf_log_end() libbpf's messages on this thread go to the log at debug level and are
 * kept, never to stderr.
 */
void libbpf_log_begin(struct libbpf_log *libbpf_log, const struct featsel_context *context);
void libbpf_log_end(struct libbpf_log *libbpf_log);
void libbpf_log_free(struct libbpf_log *libbpf_log);
/* Keep the verifier's log, which libbpf does not print if the buffer is ours. */
void libbpf_log_take(struct libbpf_log *libbpf_log, const char *log);
/* Our own message about a failure, from before libbpf was involved. */
void libbpf_log_note(struct libbpf_log *libbpf_log, const char *text);
/* Keep what libbpf told a caller, or only a verifier log. */
void libbpf_log_add(struct libbpf_log *libbpf_log, const char *text);
/* The last informative line of @text, without the verifier's statistics, copied to @line. */
void libbpf_log_last_line(const char *text, char *line, size_t size);

/* ---- perf.c: perf buffers, one for each processor ---- */

struct perf_event_header;
struct perf_rings;

/* Takes one record; true ends the round. */
typedef bool (*perf_record_fn)(void *data, const struct perf_event_header *record);
/*
 * A buffer of @bytes, a power of two, for each processor that is online, entered into the map of
 * @entries. 0 or a negative errno.
 */
int perf_rings_open(int map_fd, uint32_t entries, size_t bytes, struct perf_rings **ret);
void perf_rings_free(struct perf_rings *rings);
size_t perf_rings_count(const struct perf_rings *rings);
int perf_rings_fd(const struct perf_rings *rings, size_t index);
/*
 * Records that found no room so far, 0 before Linux 6.0. In the stream they are reported only with
 * the next record that finds room, so the last ones never are.
 */
uint64_t perf_rings_lost(const struct perf_rings *rings);
/*
 * Join the next processor, from *@processor on, that is @online (a list such as 0-3,5) and has no
 * buffer, or one from before it was offline: the descriptor, -ENOENT if there is none, or why it
 * cannot be joined.
 */
int perf_rings_look(struct perf_rings *rings, const char *online, uint32_t *processor);
void perf_rings_consume(struct perf_rings *rings, size_t index, perf_record_fn take, void *data);

/* ---- map.c: libbpf's maps by ours ---- */

struct bpf_map;
struct bpf_object;

/* The map of libbpf's object that stands for map @index of ours. */
struct bpf_map *group_map(const struct bpf_object *object, const struct object *source, int index);

/* ---- maps.c: maps as candidates want them ---- */

struct load_group;
struct stream;

/* Create only the maps that the streams need, as the candidates say, or use the pinned ones. */
int group_prepare_maps(struct load_group *group, const struct object *source);
/* Pin what is to be pinned and was not found; what @pins made stays if guard_keep() says so. */
int group_pin_maps(const struct load_group *group, const struct bpf_object *loaded,
		   struct guard *pins, struct featsel_error *err);
/* Fill in what the candidate says: 0 or a negative errno; @log says more. */
int stream_fill_maps(const struct stream *stream, const struct bpf_object *object,
		     struct libbpf_log *log);

/* ---- load.c: objects opened and loaded with what is chosen of them ---- */

struct bpf_link;
struct bpf_map;
struct bpf_object;
struct bpf_program;
struct ring_buffer;
struct consumer;

/* What keeps a program attached. */
struct attachment {
	const char *program; /* its name */
	struct bpf_link *link;
	int fd;	     /* a link without libbpf, -1 */
	int perf_fd; /* the event below the link, borrowed from it; -1 */
};

/* What is known of processors that come online. */
struct processors_seen {
	uint64_t look_again; /* milliseconds */
	bool told;	     /* a failure to join one was reported */
};

/* One event through one candidate: what delivers its records. */
struct stream {
	size_t event; /* in the plan */
	int index;    /* of the candidate */
	const struct featsel_candidate *candidate;
	const struct object *object;
	const struct program_ref *programs; /* to be loaded, members of program arrays too */
	size_t n_programs;
	bool *maps; /* of the object: those that the programs need */
	int output; /* of the object's maps, -1: mute */
	int drops;  /* the same, -1 */
	struct featsel_layout *layout;
	struct featsel_condition *tag; /* NULL: all records of its output are its own */
	/* Streams with tags share an output, which the first of them reads for all. */
	struct stream *reader;	/* NULL: itself */
	struct stream *sharing; /* the next, NULL */
	uint64_t unclaimed;	/* of a reader: records that belong to no stream */
	struct featsel_host *host;
	struct kernel *kernel;	/* for what libbpf does not attach alone; NULL: not opened */
	struct vec attachments; /* struct attachment */
	size_t attached;	/* programs */
	struct guard guard;
	int replaced_fd;  /* the program whose function is replaced, -1 */
	bool *registered; /* of the maps: structures that are; NULL: none */
	struct processors_seen processors;
	struct vec interfaces;	     /* struct interface: those that programs are attached to */
	int departures;		     /* tells which of them go; -1 */
	struct sampler *sampler;     /* of processors that come and go; NULL: none */
	struct iteration *iteration; /* NULL: none */
	struct ring_buffer *ring;
	struct perf_rings *perf;
	uint64_t perf_lost; /* from its ring */
	uint64_t forgotten; /* losses from before a process or user was selected */
	struct consumer *consumer;
	const struct bpf_object *loaded; /* NULL: does not listen */
	const struct bpf_map *drops_map;
	unsigned int drops_count;	     /* of values in it: one for each possible processor */
	const volatile uint64_t *drops_page; /* of a map that can be read without a system call */
	size_t minimum;			     /* bytes below which a sample is no record */
	uint64_t seen;			     /* records that came, delivered or not */
	struct featsel_counts counts;
};

/* The streams of one bpf_object. */
struct load_group {
	const struct featsel_context *context;
	struct bpf_object *object;
	bool of_caller;	    /* the object is the caller's, and outlives the group */
	bool trial;	    /* pins nothing, and uses nothing that is pinned */
	struct vec held;    /* int: descriptors that libbpf borrows until it has loaded */
	struct vec streams; /* struct stream *, owned */
	struct libbpf_log libbpf_log;
	struct vec logs; /* struct program_log, of the programs that are loaded */
	bool full_log;	 /* each instruction, not the verifier's sentences alone */
};

/*
 * Asks the host which of the optional programs have a target, else does not touch the kernel. The
 * strings of @arena outlive the stream. @may_be_mute: programs from which no records come, since
 * they write to no buffer or to several, are no error.
 */
int stream_new(const struct plan_subject *subject, bool may_be_mute, struct arena *arena,
	       struct stream **ret, struct featsel_error *err);
/* Free a stream that is neither attached nor listening: see group_release(). */
void stream_free(struct stream *stream);
/*
 * Whether two streams of one object can live in one bpf_object: their records must stay apart, by
 * their outputs or by their tags, and so must losses where there are two outputs. A program that
 * both have is loaded once, and so for the same target.
 */
bool stream_fits(const struct stream *stream, const struct stream *other);
/* Programs of the section are loaded for one target. */
bool stream_loads_for_target(const struct section *section);
struct stream *group_stream(const struct load_group *group, size_t index);
/* Takes the stream over. */
int group_add(struct load_group *group, struct stream *stream, struct featsel_error *err);
/* A stream for the chosen candidate of a plan's event, which may be mute. */
int group_add_event(struct load_group *group, struct featsel_plan *plan, size_t event,
		    struct featsel_error *err);
/*
 * Load and create from the opened object only what the streams need, as their candidates say.
 * @source is the same object as we read it: nothing is loaded for a group without streams.
 */
int group_prepare(struct load_group *group, const struct object *source);
/* 0 or a negative errno; the libbpf_log says more. */
int group_open(struct load_group *group);
int group_load(struct load_group *group);
/* Tell the stream's programs what to report; false: they cannot be told. */
bool stream_select(const struct load_group *group, struct stream *stream,
		   const struct featsel_selection *selection);
/* Close what was opened or loaded, so that it can be opened again. */
void group_close(struct load_group *group);
/* A descriptor by name, from what was loaded: -ENOENT if it was not. */
int stream_map_fd(const struct stream *stream, const char *name);
int stream_program_fd(const struct stream *stream, const char *name);

/* ---- configure.c: what a manifest sets in an object before it is loaded ---- */

/* Apply the settings to an opened object, before it is loaded: 0 or a negative errno. */
int configure_object(struct bpf_object *object, const struct object *source,
		     const struct featsel_candidate *candidate);
/* Whether one opened object can serve both. */
bool configured_alike(const struct featsel_candidate *a, const struct featsel_candidate *b);

/* ---- attach.c: programs to their targets, by a table over enum attach_means ---- */

/* Attach all programs of the stream; *failed is the section of the one that failed. */
int stream_attach(struct stream *stream, const struct bpf_object *object, struct section *failed);
/*
 * The descriptor of attachment @index of @program (NULL: of any program). -ENOENT: there is none;
 * -EOPNOTSUPP: it has no descriptor.
 */
int stream_link_fd(const struct stream *stream, const char *program, size_t index);
/* Whether every program that is to be attached is. */
bool stream_attached(const struct stream *stream);
/* Detach all streams at once: the kernel's waits coincide. */
void streams_detach(struct stream *const *streams, size_t n);
/*
 * A map that refers to the perf events below the links: when it is destroyed a kernel thread closes
 * the events, and nobody waits. -1 if they are too few to be worth it, or the kernel refuses.
 */
int streams_defer_release(struct stream *const *streams, size_t n);

/* ---- attach-net.c: programs to interfaces ---- */

/* Say which interfaces are gone. */
void interfaces_look(struct stream *stream);

/* ---- attach-perf.c: samples on each processor ---- */

/* Join processors that came online. */
/* Join what came online; new buffers are watched. */
void stream_look_at_processors(struct stream *stream, int (*watch)(const struct consumer *, int));
void sampler_free(struct sampler *sampler);

/* ---- iterate.c: records that programs write when an iterator is read ---- */

struct iteration;
typedef void (*iteration_take_fn)(void *data, const void *record, size_t size);
/* Read what is due, until @full: 0, or why it cannot go on. */
int iteration_consume(struct iteration *iteration, bool (*full)(void *data), iteration_take_fn take,
		      void *data);
/* Whether it was to be read once, and has been. */
bool iteration_done(const struct iteration *iteration);
/* Start over as if nothing had been read. */
void iteration_restart(struct iteration *iteration);
void iteration_free(struct iteration *iteration);

/* ---- pin.c: what outlives the process ---- */

/* Pin the stream's links and maps below @dir; they stay if guard_keep() says so. */
int stream_pin(struct stream *stream, const struct bpf_object *object, const char *dir,
	       struct guard *pins, struct featsel_error *err);
/* Pin @fd; missing directories are created. */
int pin_at(struct guard *pins, int fd, const char *path, struct featsel_error *err);
/* Let what was pinned stay, or if @r is an error remove it: @r, or a negative errno. */
int pins_end(struct guard *pins, int r, struct featsel_error *err);
/* Close pinned links without detaching. */
void stream_keep(struct stream *stream);

/* ---- poll.c: buffers of the kernel, emptied into a callback ---- */

/* Receives samples. */
struct consumer {
	int epoll_fd;	       /* readable when something waits */
	int timer_fd;	       /* for buffers without a wakeup for a lone record */
	unsigned int interval; /* of the timer, milliseconds */
	featsel_sample_fn callback;
	void *data;
	bool discard; /* records are counted, not delivered */
	int stopped;  /* the callback's return value that ended the round */
	bool drained; /* the last round emptied the buffers */
	size_t budget;
};
int consumer_open(struct consumer *consumer);
void consumer_close(struct consumer *consumer);
/* @reader: the stream that already reads this output, NULL: none. */
int stream_listen(struct stream *stream, struct stream *reader, const struct bpf_object *object,
		  struct consumer *consumer);
void stream_deafen(struct stream *stream);
/* The first of the streams that share a reader's output whose tag matches; NULL: none. */
struct stream *stream_route(struct stream *reader, const void *data, size_t size);
/* One round over all streams; 0, or the callback's return value. */
int consumer_consume(struct consumer *consumer, struct stream *const *streams, size_t n);
/* Records that the object itself counts as lost: 0, or why that cannot be read. */
int stream_drops(const struct stream *stream, uint64_t *ret);
/* Records that the kernel could not hand over. Streams that share an output each report all of its
 * losses: nobody knows whose they were. */
uint64_t stream_lost(const struct stream *stream);
/* What was lost so far is none of what was asked for. */
void stream_forget_losses(struct stream *stream);
/* False: losses are unknown: a ring buffer, and the object has no counter. */
bool stream_counts_losses(const struct stream *stream);
/* Runs of the stream's programs that the kernel skipped; 0 if it does not tell (before 5.12, and
 * before 5.19 without capabilities). */
uint64_t stream_missed(const struct stream *stream);

/* ---- trigger.c: the self-test ---- */

/* How often a trigger is run before a candidate is called silent. */
#define TRIGGER_RUNS 3

/*
 * Run the event's trigger until the stream has seen a record: 0, -ENODATA none came of
 * TRIGGER_RUNS runs, -ETIMEDOUT none came and the command was ended after 10 s, or why it could
 * not be run.
 */
int stream_trigger(struct stream *stream, const char *const *argv, struct consumer *consumer);

/* ---- try.c: a group through all stages, and what a failure means ---- */

enum stage { STAGE_OPEN, STAGE_LOAD, STAGE_TRANSPORT, STAGE_ATTACH, STAGE_FIRE, STAGE_COUNT };
/* "open", "load", "transport", "attach", "fire" */
const char *stage_name(enum stage stage);
/* "failed to load": what the candidate did */
const char *stage_failed(enum stage stage);

/* Why a try ended. */
struct try_failure {
	enum stage stage;
	int error;		      /* negative errno; 0: none was given */
	struct stream *stream;	      /* NULL: any of the group may be to blame */
	struct featsel_answer answer; /* strings of the plan's host */
};
enum try_flags {
	TRY_LOAD_ONLY = 1 << 0,
	TRY_SELF_TEST = 1 << 1,
};
/*
 * The meaning of a failure at its stage, from its errno, libbpf's messages to the group, and the
 * section that could not be attached (NULL: unknown).
 */
struct featsel_answer failure_explain(struct featsel_plan *plan, struct load_group *group,
				      struct try_failure *failure, const struct section *failed);
/* 0, or a negative errno and *failure. The caller releases the group either way. */
int group_try(struct load_group *group, struct featsel_plan *plan, struct consumer *consumer,
	      unsigned int flags, struct try_failure *failure);
/*
 * Detaches what is attached and releases everything, the streams too; the group is empty
 * afterwards.
 */
void group_release(struct load_group *group);

/* ---- trial.c: one candidate alone ---- */

/* What loading one candidate shows, whatever else is chosen: yes, or the reason. Needs a host that
 * loads. */
int trial_load(struct featsel_plan *plan, size_t event, size_t index, struct featsel_answer *ret,
	       struct featsel_error *err);

/* ---- refuse.c: a candidate that failed is out ---- */

/* "failed to load: policy-denied, EPERM: ..." */
void failure_describe(const struct try_failure *failure, char *text, size_t size);
/* The failure of an event's chosen candidate as an error. */
int failure_error(const struct featsel_plan *plan, size_t event, const struct try_failure *failure,
		  struct featsel_error *err);
/* One line about the failure; the next candidate is chosen: 0, or -ENOENT. */
int plan_fall_back(struct featsel_plan *plan, size_t event, const struct try_failure *failure);

#endif /* FEATSEL_SESSION_PRIVATE_H */
