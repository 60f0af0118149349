/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * filter.c - which records are shown: --where and its short forms, --cgroup, processes, not
 * featsel's own
 *
 * Programs are told what they need not report; everything is checked here again, since not every
 * object can be told, and not everything.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* For one event. Every group must hold; a group holds if one of its conditions does. */
struct event_filter {
	struct featsel_condition **conditions; /* in the order of the words */
	/* indices of fields, negative if the record has none, or the candidate cannot tell */
	int pid, ppid, cgroup;
};

/* A condition as given, and the group that it belongs to. */
struct word {
	char *text;
	size_t group;
};

struct filter {
	const struct options *options;
	struct word *words;
	size_t n_words;
	struct event_filter *events;
	size_t n_events;
	struct cgroups *cgroups; /* NULL: any */
	struct follow *follow;
	uint32_t uid; /* the last of --uid */
	pid_t own;    /* this process is not shown; 0: none */
	bool selects; /* among the others */
};

/* ---- words ---- */

static int add_word(struct filter *filter, size_t group, const char *before, const char *value)
{
	struct word *words = reallocarray(filter->words, filter->n_words + 1, sizeof(*words));

	if (!words)
		return message_memory();
	filter->words = words;
	if (asprintf(&words[filter->n_words].text, "%s%s", before, value) < 0)
		return message_memory();
	words[filter->n_words++].group = group;
	return 0;
}

static int add_uid(struct filter *filter, size_t group, const char *user)
{
	const struct passwd *entry;
	char number[16];

	if (user[strspn(user, "0123456789")] == '\0' && *user) {
		filter->uid = (uint32_t)strtoul(user, NULL, 10);
		return add_word(filter, group, "uid = ", user);
	}
	entry = getpwnam(user);
	if (!entry)
		return message_usage("'--uid' takes a user's name or number, there is no user '%s'",
				     user);
	filter->uid = entry->pw_uid;
	snprintf(number, sizeof(number), "%u", (unsigned int)entry->pw_uid);
	return add_word(filter, group, "uid = ", number);
}

static int add_words(struct filter *filter)
{
	const struct options *options = filter->options;
	size_t group = 0;
	int status = 0;

	for (size_t i = 0; i < options->where.count && !status; i++)
		status = add_word(filter, group++, "", options->where.items[i]);
	for (size_t i = 0; i < options->uids.count && !status; i++)
		status = add_uid(filter, group, options->uids.items[i]);
	group++;
	for (size_t i = 0; i < options->comms.count && !status; i++)
		status = add_word(filter, group, "comm ~ ", options->comms.items[i]);
	return status;
}

/* ---- events ---- */

static int lacks_field(const char *event, const char *field, const char *option, bool quiet)
{
	if (quiet)
		return FEATSEL_FAILURE_INVALID;
	return message_usage("event '%s': its record has no field '%s', which '%s' needs", event,
			     field, option);
}

/* The option that filters by process, NULL: none. */
static const char *process_option(const struct options *options)
{
	if (options->command)
		return "-- COMMAND";
	return options->pids.count ? "--pid" : NULL;
}

static int find_fields(const struct filter *filter, const char *event,
		       const struct featsel_layout *layout, bool quiet, struct event_filter *ret)
{
	ret->pid = featsel_layout_find(layout, "pid");
	ret->ppid = featsel_layout_find(layout, "ppid");
	ret->cgroup = featsel_layout_find(layout, "cgroup");
	if (filter->options->pids.count && ret->pid < 0)
		return lacks_field(event, "pid", "--pid", quiet);
	if (filter->cgroups && ret->cgroup < 0)
		return lacks_field(event, "cgroup", "--cgroup", quiet);
	return 0;
}

static int read_conditions(const struct filter *filter, const char *event,
			   const struct featsel_layout *layout, bool quiet,
			   struct event_filter *ret)
{
	struct featsel_error err = {0};

	ret->conditions = calloc(filter->n_words + 1, sizeof(struct featsel_condition *));
	if (!ret->conditions)
		return message_memory();
	for (size_t i = 0; i < filter->n_words; i++) {
		if (!featsel_condition_new(layout, filter->words[i].text, &ret->conditions[i],
					   &err))
			continue;
		if (!quiet)
			(void)message_fail("event '%s': %s", event, err.text);
		return err.failure;
	}
	return 0;
}

static void release_conditions(const struct filter *filter, struct event_filter *event)
{
	for (size_t i = 0; event->conditions && i < filter->n_words; i++)
		featsel_condition_free(event->conditions[i]);
	free(event->conditions);
	event->conditions = NULL;
}

static int add_event(const struct filter *filter, const char *event,
		     const struct featsel_layout *layout, bool quiet, struct event_filter *ret)
{
	int status = find_fields(filter, event, layout, quiet, ret);

	return status ? status : read_conditions(filter, event, layout, quiet, ret);
}

/* Whether the condition @word is on @field. */
static bool is_on(const char *word, const char *field)
{
	size_t length = strlen(field);

	word += strspn(word, " \t");
	return !strncmp(word, field, length) && !strchr("_.", word[length]) &&
	       !isalnum((unsigned char)word[length]);
}

/*
 * A condition on a field that the candidate lacks never holds: report that instead of printing
 * nothing.
 */
static void warn_of_lacks(const struct filter *filter, const struct featsel_event *event,
			  const struct featsel_candidate *candidate)
{
	const char *const *lacks = featsel_candidate_lacks(candidate);

	for (; *lacks; lacks++)
		for (size_t i = 0; i < filter->n_words; i++)
			if (is_on(filter->words[i].text, *lacks))
				message_say("event '%s': candidate '%s' lacks '%s': no record of "
					    "it meets '%s'",
					    featsel_event_name(event),
					    featsel_candidate_name(candidate), *lacks,
					    filter->words[i].text);
}

static int known(int field, const char *name, const char *const *lacks)
{
	return lists_name(lacks, name) ? -ENOENT : field;
}

/* The plan has kept out who cannot tell what an option needs. */
static void drop_lacking(const struct featsel_candidate *candidate, struct event_filter *event)
{
	const char *const *lacks = featsel_candidate_lacks(candidate);

	event->pid = known(event->pid, "pid", lacks);
	event->ppid = known(event->ppid, "ppid", lacks);
	event->cgroup = known(event->cgroup, "cgroup", lacks);
}

/* ---- life ---- */

/* Report a filter that nothing can match. */
static void warn_of_namespace(const struct filter *filter, const struct numbers *numbers)
{
	const char *option = process_option(filter->options), *why = numbers_unknown(numbers);

	if (!why || filter->options->quiet)
		return;
	if (numbers_guessed(numbers))
		message_say("whether this is the initial PID namespace, whose process ids records "
			    "have, cannot be looked at: in another one %s%s%s: %s",
			    option ? "'" : "", option ? option : "featsel's own acts are shown",
			    option ? "' finds nobody" : "", why);
	else if (option)
		message_say("'%s' finds nobody here: records have the process ids of the initial "
			    "PID namespace, and this is another (in a container: --pid=host): %s",
			    option, why);
	else if (!filter->options->own)
		message_say("featsel's own acts are shown too: this is not the initial PID "
			    "namespace, whose process ids records have: %s",
			    why);
}

/* The command still begins and ends the run. */
static void warn_of_processes(const struct filter *filter, const char *event,
			      const struct event_filter *fields)
{
	if (filter->options->command && fields->pid < 0 && !filter->options->quiet)
		message_say("event '%s': its records do not tell the process: all are shown, not "
			    "only those of '%s'",
			    event, filter->options->command[0]);
}

int filter_new(const struct options *options, struct filter **ret)
{
	struct filter *filter = calloc(1, sizeof(*filter));
	int status;

	if (!filter)
		return message_memory();
	filter->options = options;
	status = add_words(filter);
	if (!status && options->cgroups.count)
		status = cgroups_new(&options->cgroups, &filter->cgroups);
	if (status) {
		filter_free(filter);
		return status;
	}
	*ret = filter;
	return 0;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	for (size_t i = 0; i < filter->n_events; i++)
		release_conditions(filter, &filter->events[i]);
	for (size_t i = 0; i < filter->n_words; i++)
		free(filter->words[i].text);
	free(filter->events);
	free(filter->words);
	cgroups_free(filter->cgroups);
	free(filter);
}

int filter_check(const struct filter *filter, const char *event,
		 const struct featsel_layout *layout, bool quiet)
{
	struct event_filter trial = {0};
	int status = add_event(filter, event, layout, quiet, &trial);

	release_conditions(filter, &trial);
	return status;
}

int filter_begin(struct filter *filter, const struct featsel_plan *plan,
		 struct featsel_session *session, struct follow *follow,
		 const struct numbers *numbers)
{
	const struct options *options = filter->options;
	struct featsel_selection selection = {
		.size = sizeof(selection),
		.by_uid = options->uids.count == 1,
		.uid = filter->uid,
	};
	size_t n = featsel_plan_events(plan);
	int status = 0;
	bool told;

	filter->own = options->own || numbers_unknown(numbers) ? 0 : getpid();
	warn_of_namespace(filter, numbers);
	/* a pinned program would keep filtering our pid after another process gets it */
	if (!options->pin && filter->own)
		selection.except_pid = (uint32_t)numbers_of_kernel(numbers, filter->own);
	filter->follow = follow;
	filter->selects = filter->n_words || filter->cgroups || follow_filters(follow);
	filter->events = calloc(n ? n : 1, sizeof(*filter->events));
	if (!filter->events)
		return message_memory();
	filter->n_events = n;
	for (size_t i = 0; i < n && !status; i++) {
		const struct featsel_event *event = featsel_plan_event(plan, i);
		int live = featsel_session_live(session, i);

		if (live < 0)
			continue;
		status = add_event(filter, featsel_event_name(event),
				   featsel_session_layout(session, i), false, &filter->events[i]);
		drop_lacking(featsel_event_candidate(event, (size_t)live), &filter->events[i]);
		if (!status)
			warn_of_processes(filter, featsel_event_name(event), &filter->events[i]);
		if (!status)
			warn_of_lacks(filter, event, featsel_event_candidate(event, (size_t)live));
	}
	if (options->pids.count == 1 && !options->follow && !options->command)
		selection.pid = (uint32_t)numbers_of_kernel(
			numbers, (pid_t)strtol(options->pids.items[0], NULL, 10));
	told = featsel_session_select(session, &selection);
	if (!status && options->verbose)
		message_say("processes are selected %s", told ? "in the kernel" : "in user space");
	return status;
}

/* ---- records ---- */

/* 0 if the record has none. */
static uint64_t integer(const struct featsel_layout *layout, int field,
			const struct featsel_sample *sample)
{
	uint64_t value;

	if (field < 0 ||
	    featsel_layout_integer(layout, (size_t)field, sample->data, sample->size, &value))
		return 0;
	return value;
}

static bool is_process_wanted(const struct filter *filter, const struct event_filter *event,
			      const struct featsel_layout *layout,
			      const struct featsel_sample *sample, pid_t pid)
{
	/* reported before the first record */
	if (event->pid < 0 && filter->options->command)
		return true;
	return !follow_filters(filter->follow) ||
	       follow_wants(filter->follow, pid, (pid_t)integer(layout, event->ppid, sample));
}

static bool do_conditions_hold(const struct filter *filter, const struct event_filter *event,
			       const struct featsel_sample *sample)
{
	size_t i = 0;

	while (i < filter->n_words) {
		size_t group = filter->words[i].group;
		bool holds = false;

		for (; i < filter->n_words && filter->words[i].group == group; i++)
			holds = holds || featsel_condition_holds(event->conditions[i], sample->data,
								 sample->size);
		if (!holds)
			return false;
	}
	return true;
}

static bool is_selected(const struct filter *filter, const struct featsel_layout *layout,
			const struct featsel_sample *sample, pid_t pid)
{
	const struct event_filter *event = &filter->events[sample->event];

	return is_process_wanted(filter, event, layout, sample, pid) &&
	       do_conditions_hold(filter, event, sample) &&
	       (!filter->cgroups ||
		cgroups_have(filter->cgroups, integer(layout, event->cgroup, sample)));
}

bool filter_wants(struct filter *filter, const struct featsel_layout *layout,
		  const struct featsel_sample *sample)
{
	pid_t pid = (pid_t)integer(layout, filter->events[sample->event].pid, sample);

	if (pid && pid == filter->own)
		return false;
	return !filter->selects || is_selected(filter, layout, sample, pid);
}
