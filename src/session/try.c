/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * try.c - a group through all stages (open, load, transport, attach, fire), and the meaning of a
 * failure
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "session/private.h"

/* Since 5.8; the number is the kernel's interface. */
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

/* Grace periods, and how long one may take: microseconds. */
#define MEMORY_TRIES 4
#define MEMORY_NAP   50000

struct attempt {
	struct load_group *group;
	struct featsel_plan *plan;
	struct consumer *consumer;
	unsigned int flags;
	struct try_failure *failure;
	struct section section; /* of the program that could not be attached */
};

/* ---- the stages ---- */

/* The first stream before @index with the same output; NULL. */
static struct stream *find_reader(const struct load_group *group, size_t index)
{
	const struct stream *stream = group_stream(group, index);

	for (size_t i = 0; i < index && stream->output >= 0; i++)
		if (group_stream(group, i)->output == stream->output)
			return group_stream(group, i);
	return NULL;
}

static int listen_one(struct attempt *attempt, size_t index)
{
	return stream_listen(group_stream(attempt->group, index),
			     find_reader(attempt->group, index), attempt->group->object,
			     attempt->consumer);
}

static int attach_one(struct attempt *attempt, size_t index)
{
	return stream_attach(group_stream(attempt->group, index), attempt->group->object,
			     &attempt->section);
}

static bool is_silent(int error)
{
	return error == -ENODATA || error == -ETIMEDOUT;
}

/* A command that cannot be run says nothing about the candidate. */
static int fire_one(struct attempt *attempt, size_t index)
{
	struct stream *stream = group_stream(attempt->group, index);
	const char *const *trigger = stream->candidate->event->trigger;
	int r;

	if (!trigger)
		return 0;
	r = stream_trigger(stream, trigger, attempt->consumer);
	if (r && !is_silent(r))
		context_log(attempt->group->context, FEATSEL_LOG_WARNING,
			    "event '%s': trigger '%s' cannot be run: %s, so candidate '%s' is not "
			    "tested",
			    stream->candidate->event->name, trigger[0], errno_name(r),
			    stream->candidate->name);
	return is_silent(r) ? r : 0;
}

/* ---- what a failure means ---- */

static const struct object_program *program_of(const struct stream *stream, const char *name)
{
	size_t i;

	for (i = 0; i < stream->n_programs; i++)
		if (!*name || strcmp(stream->programs[i].name, name) == 0)
			return object_program(stream->object, stream->programs[i].name);
	return NULL;
}

/* The section of the program that libbpf complained of, else of the first. */
static struct section section_at_fault(const struct attempt *attempt)
{
	const char *name = attempt->group->libbpf_log.program;
	struct section section = {.attach_type = -1, .form = "", .target = ""};
	const struct object_program *program = NULL;
	size_t i;

	for (i = 0; i < attempt->group->streams.count && !program; i++)
		program = program_of(group_stream(attempt->group, i), name);
	if (!program)
		program = program_of(group_stream(attempt->group, 0), "");
	if (program && program->section_known)
		section = program->section;
	return section;
}

/* libbpf's last message, or the errno: if no table knows better. */
static struct featsel_answer plain_answer(const struct attempt *attempt,
					  enum featsel_verdict verdict, enum reason reason,
					  int error)
{
	char line[512];

	libbpf_log_last_line(attempt->group->libbpf_log.said, line, sizeof(line));
	return answer_make(attempt->plan->host->arena, verdict, reason, NULL, "%s%s%s",
			   errno_name(error), *line ? ", " : "", line);
}

/*
 * The program whose function another replaces is looked up before anything is loaded. NULL: that is
 * not what failed; else the descriptor, or why there is none.
 */
static const int *replaced(const struct attempt *attempt, int error)
{
	const struct stream *stream;
	size_t i;

	for (i = 0; i < attempt->group->streams.count; i++) {
		stream = group_stream(attempt->group, i);
		if (stream->replaced_fd >= 0 || stream->replaced_fd == error)
			return &stream->replaced_fd;
	}
	return NULL;
}

static struct featsel_answer explain_open(const struct attempt *attempt, int error)
{
	bool missing = error == -ENOENT || error == -EINVAL;
	const int *fd = missing ? replaced(attempt, error) : NULL;

	if (fd && *fd < 0)
		return answer_make(attempt->plan->host->arena, FEATSEL_NO, REASON_TARGET_MISSING,
				   "'bpftool prog' shows those that there are",
				   "the program to replace: %s", errno_name(error));
	return plain_answer(attempt, FEATSEL_NO,
			    fd ? REASON_SYMBOL_MISSING : REASON_OBJECT_UNUSABLE, error);
}

/* "map 'x': failed to create: ..." (to 1.5), "map 'x': failed to create, ..." */
static const char *map_refused(const struct libbpf_log *libbpf_log)
{
	const char *said = *libbpf_log->program || !libbpf_log->said
				   ? NULL
				   : strstr(libbpf_log->said, "': failed to create");

	while (said && said > libbpf_log->said && said[-1] != '\n')
		said--;
	return said;
}

/* A shortage of the process or the kernel: it says nothing about what was asked. */
static bool is_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EAGAIN ||
	       error == -EINTR;
}

static struct featsel_answer explain_map(const struct attempt *attempt, const char *said, int error)
{
	struct featsel_host *host = attempt->plan->host;

	if (host_loads(host) && errno_is_refusal(error))
		return host_explain_map(host, error);
	if (is_shortage(error))
		return answer_make(host->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE,
				   shortage_remedy(error), "%s, %.*s", errno_name(error),
				   (int)strcspn(said, "\n"), said);
	return answer_make(host->arena, FEATSEL_NO,
			   host_loads(host) ? REASON_TYPE_UNSUPPORTED : REASON_INCONCLUSIVE,
			   error == -E2BIG
				   ? "the map is larger than this kernel makes one: 'maps:' in "
				     "the manifest sizes it"
				   : NULL,
			   "%s, %.*s", errno_name(error), (int)strcspn(said, "\n"), said);
}

/* Whether the kernel refused a program, or refuses every one; else libbpf gave up by itself, for a
 * reason that its messages tell better than its errno. */
static bool is_refused_program(const struct libbpf_log *libbpf_log, int error)
{
	const char *said = libbpf_log->said ? libbpf_log->said : "";

	return *libbpf_log->program || errno_is_refusal(error) ||
	       strstr(said, "Couldn't load trivial BPF program") ||
	       (error == -ESRCH && (strstr(said, "kernel BTF type ID") ||
				    strstr(said, "failed to find valid kernel BTF")));
}

/* A kernel older than the flag of xdp.frags (5.18) has no words for it. */
static struct featsel_answer explain_program(struct featsel_host *host, int error, const char *log,
					     const struct section *section)
{
	struct featsel_answer answer =
		host_explain_load(host, error, log, section->prog_type, section->attach_type);

	if (error == -EINVAL && answer.verdict == FEATSEL_UNKNOWN && section->flags & SECTION_FRAGS)
		return answer_make(host->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
				   "%s, with the flags of section '%s'", answer.evidence,
				   section->form);
	return answer;
}

static struct featsel_answer explain_load(const struct attempt *attempt, int error)
{
	const struct libbpf_log *libbpf_log = &attempt->group->libbpf_log;
	struct featsel_host *host = attempt->plan->host;
	struct section section = section_at_fault(attempt);
	const char *log = libbpf_log->verifier ? libbpf_log->verifier : "",
		   *refused = map_refused(libbpf_log);

	if (refused)
		return explain_map(attempt, refused, error);
	if (host_loads(host) && is_refused_program(libbpf_log, error))
		return explain_program(host, error, log, &section);
	if (*log)
		return plain_answer(attempt, FEATSEL_NO, REASON_VERIFIER_REJECTED, error);
	return plain_answer(attempt, is_shortage(error) ? FEATSEL_UNKNOWN : FEATSEL_NO,
			    is_shortage(error) ? REASON_INCONCLUSIVE : REASON_OBJECT_UNUSABLE,
			    error);
}

/* A perf buffer is one perf event for each processor, refused for the same reasons as any other. */
static struct featsel_answer explain_transport(const struct attempt *attempt, int error)
{
	const struct section section = {
		.form = "perf_event",
		.target = "",
		.prog_type = BPF_PROG_TYPE_PERF_EVENT,
		.attach_type = -1,
		.means = ATTACH_PERF_EVENT,
	};
	struct featsel_host *host = attempt->plan->host;

	if (host_loads(host) && errno_is_refusal(error))
		return host_explain_attach(host, error, &section, 0);
	return plain_answer(attempt, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, error);
}

/* The highest byte of its context that any program on the section's tracepoint reads, plus one; 0
 * for other sections. */
static uint32_t highest_read(const struct attempt *attempt)
{
	const struct stream *stream = attempt->failure->stream;
	const struct object_program *program;
	struct object_demand demand;
	struct section section;
	uint32_t highest = 0;
	size_t i;

	for (i = 0; i < stream->n_programs; i++) {
		program = object_program(stream->object, stream->programs[i].name);
		if (!program || object_section(program, &stream->programs[i], &section) ||
		    section.means != ATTACH_TRACEPOINT ||
		    strcmp(section.target, attempt->section.target) != 0 ||
		    object_demand(stream->object, program, NULL, attempt->plan->arena, &demand))
			continue;
		highest = demand.highest > highest ? demand.highest : highest;
	}
	return highest;
}

static struct featsel_answer explain_attach(const struct attempt *attempt, int error)
{
	struct featsel_host *host = attempt->plan->host;

	if (!attempt->section.form)
		return plain_answer(attempt, FEATSEL_NO, REASON_OBJECT_UNUSABLE, error);
	if (host_loads(host))
		return host_explain_attach(host, error, &attempt->section, highest_read(attempt));
	return plain_answer(attempt, FEATSEL_NO, REASON_INCONCLUSIVE, error);
}

/* Report the runs that the kernel skipped: they are the reason, if there are any. */
static struct featsel_answer explain_fire(const struct attempt *attempt, int error)
{
	const struct stream *stream = attempt->failure->stream;
	const char *const *trigger = stream->candidate->event->trigger;
	uint64_t missed = stream_missed(stream);
	struct arena *arena = attempt->plan->host->arena;
	char skipped[80] = "";

	if (missed)
		snprintf(skipped, sizeof(skipped),
			 "; the kernel skipped %" PRIu64 " runs of its programs", missed);
	/* featsel_plan_refuse(): the caller knows what should have made records. */
	if (!trigger || !attempt->group->object)
		return answer_make(arena, FEATSEL_NO, REASON_SILENT, NULL, "no record came%s",
				   skipped);
	if (error == -ETIMEDOUT)
		return answer_make(arena, FEATSEL_NO, REASON_SILENT, NULL,
				   "no record came from '%s', which was ended after 10 s%s",
				   trigger[0], skipped);
	return answer_make(arena, FEATSEL_NO, REASON_SILENT, NULL,
			   "no record came from %d runs of '%s'%s", TRIGGER_RUNS, trigger[0],
			   skipped);
}

struct stage_row {
	const char *name;
	const char *failed; /* "candidate 'x' ..." */
	int (*pass)(struct load_group *group);
	int (*pass_one)(struct attempt *attempt, size_t index); /* its streams in turn */
	struct featsel_answer (*explain)(const struct attempt *attempt, int error);
};

static const struct stage_row stages[] = {
	[STAGE_OPEN] = {"open", "failed to open", group_open, NULL, explain_open},
	[STAGE_LOAD] = {"load", "failed to load", group_load, NULL, explain_load},
	[STAGE_TRANSPORT] = {"transport", "got no buffer", NULL, listen_one, explain_transport},
	[STAGE_ATTACH] = {"attach", "failed to attach", NULL, attach_one, explain_attach},
	[STAGE_FIRE] = {"fire", "did not fire", NULL, fire_one, explain_fire},
};
_Static_assert(ARRAY_SIZE(stages) == STAGE_COUNT, "every stage has its row");

const char *stage_name(enum stage stage)
{
	return stages[stage].name;
}

const char *stage_failed(enum stage stage)
{
	return stages[stage].failed;
}

static enum stage last_stage(unsigned int flags)
{
	if (flags & TRY_LOAD_ONLY)
		return STAGE_LOAD;
	return flags & TRY_SELF_TEST ? STAGE_FIRE : STAGE_ATTACH;
}

static int pass_stage(struct attempt *attempt, const struct stage_row *row)
{
	int r = 0;

	attempt->failure->stream = NULL;
	if (row->pass)
		return row->pass(attempt->group);
	for (size_t i = 0; i < attempt->group->streams.count && !r; i++) {
		attempt->failure->stream = group_stream(attempt->group, i);
		r = row->pass_one(attempt, i);
	}
	return r;
}

static int pass_stages(struct attempt *attempt)
{
	enum stage stage;
	int r = 0;

	for (stage = STAGE_OPEN; stage <= last_stage(attempt->flags) && !r; stage++) {
		attempt->failure->stage = stage;
		r = pass_stage(attempt, &stages[stage]);
	}
	return r;
}

struct featsel_answer failure_explain(struct featsel_plan *plan, struct load_group *group,
				      struct try_failure *failure, const struct section *failed)
{
	struct attempt attempt = {.group = group, .plan = plan, .failure = failure};
	struct featsel_answer answer;

	attempt.section = failed ? *failed : section_at_fault(&attempt);
	answer = stages[failure->stage].explain(&attempt, failure->error);
	if (!answer.reason)
		answer.reason = reason_row(REASON_INCONCLUSIVE)->code;
	return answer;
}

/*
 * Whether another try is worth it: on kernels before 5.11 earlier probes and tries are charged to
 * the limit on locked memory until a grace period is over.
 */
static bool is_short_of_memory(struct attempt *attempt, int error)
{
	if ((error != -EPERM && error != -ENOMEM) || attempt->failure->stage != STAGE_LOAD ||
	    !host_release_memory(attempt->plan->host))
		return false;
	group_close(attempt->group);
	usleep(MEMORY_NAP);
	return true;
}

int group_try(struct load_group *group, struct featsel_plan *plan, struct consumer *consumer,
	      unsigned int flags, struct try_failure *failure)
{
	struct attempt attempt = {.group = group,
				  .plan = plan,
				  .consumer = consumer,
				  .flags = flags,
				  .failure = failure};
	int r, tries = 0;

	*failure = (struct try_failure){0};
	libbpf_log_begin(&group->libbpf_log, group->context);
	do
		r = pass_stages(&attempt);
	while (is_short_of_memory(&attempt, r) && tries++ < MEMORY_TRIES);
	libbpf_log_end(&group->libbpf_log);
	if (!r)
		return 0;
	/* In a group of one event there is no doubt whose fault it was. */
	if (!failure->stream && group->streams.count == 1)
		failure->stream = group_stream(group, 0);
	failure->error = failure->stage == STAGE_FIRE ? 0 : r;
	failure->answer = stages[failure->stage].explain(&attempt, r);
	if (!failure->answer.reason)
		failure->answer.reason = reason_row(REASON_INCONCLUSIVE)->code;
	return r;
}

void group_release(struct load_group *group)
{
	struct libbpf_log ending = {0};
	size_t i;

	libbpf_log_begin(&ending, group->context);
	streams_detach(group->streams.items, group->streams.count);
	for (i = 0; i < group->streams.count; i++) {
		stream_deafen(group_stream(group, i));
		stream_free(group_stream(group, i));
	}
	vec_free(&group->streams);
	group_close(group);
	libbpf_log_end(&ending);
	libbpf_log_free(&ending);
	libbpf_log_free(&group->libbpf_log);
}
