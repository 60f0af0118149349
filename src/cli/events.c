/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* events.c - the words of the command line: EVENT, EVENT=CANDIDATE, all */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define EVERY_EVENT "all"

static int unknown_event(const struct featsel_manifest *manifest, const char *name)
{
	const char *near = featsel_manifest_suggest(manifest, name);

	if (near)
		return message_usage("unknown event '%s', did you mean '%s'?", name, near);
	if (strchr(name, '/') || strstr(name, ".yaml") || strstr(name, ".bpf.o"))
		return message_usage("unknown event '%s': a manifest is named with '-m', an object "
				     "with '-o'",
				     name);
	return message_usage("unknown event '%s', 'featsel --list' shows what there is", name);
}

static int unknown_candidate(const struct featsel_event *event, const char *name)
{
	size_t n = featsel_event_candidates(event);
	const char **names = calloc(n ? n : 1, sizeof(*names));
	const char *event_name = featsel_event_name(event);
	const char *near;
	int status;

	if (!names)
		return message_memory();
	for (size_t i = 0; i < n; i++)
		names[i] = featsel_candidate_name(featsel_event_candidate(event, i));
	near = message_nearest(name, names, n);
	if (near)
		status = message_usage("event '%s' has no candidate '%s', did you mean '%s'?",
				       event_name, name, near);
	else
		status = message_usage(
			"event '%s' has no candidate '%s', 'featsel --list %s' shows what there is",
			event_name, name, event_name);
	free(names);
	return status;
}

static int check_candidate(const struct featsel_event *event, const char *name)
{
	for (size_t i = 0; i < featsel_event_candidates(event); i++)
		if (!strcmp(featsel_candidate_name(featsel_event_candidate(event, i)), name))
			return 0;
	return unknown_candidate(event, name);
}

/* The request's strings come from the manifest and from @word. */
static int parse_word(const struct featsel_manifest *manifest, const char *word,
		      struct featsel_request *ret)
{
	size_t length = strcspn(word, "=");
	const char *candidate = word[length] ? word + length + 1 : NULL;
	const struct featsel_event *event;
	char *name = strndup(word, length);
	int status = 0;

	if (!name)
		return message_memory();
	event = featsel_manifest_find(manifest, name);
	if (!event)
		status = unknown_event(manifest, name);
	else if (candidate)
		status = check_candidate(event, candidate);
	free(name);
	if (status)
		return status;
	*ret = (struct featsel_request){featsel_event_name(event), candidate};
	return 0;
}

static int add_request(struct program *program, struct featsel_request request)
{
	struct featsel_request *requests;

	requests = reallocarray(program->requests, program->n_requests + 1, sizeof(*requests));
	if (!requests)
		return message_memory();
	program->requests = requests;
	requests[program->n_requests++] = request;
	return 0;
}

/* A candidate that is forced beside 'all' stays forced. */
static int add_every(struct program *program)
{
	size_t named = program->n_requests;
	int status = 0;

	program->n_named = named;
	for (size_t i = 0; i < featsel_manifest_events(program->manifest) && !status; i++) {
		const char *name = featsel_event_name(featsel_manifest_event(program->manifest, i));
		bool known = false;

		for (size_t j = 0; j < named; j++)
			known = known || !strcmp(program->requests[j].event, name);
		if (!known)
			status = add_request(program, (struct featsel_request){name, NULL});
	}
	return status;
}

/* For a command line without any word. */
static void introduce(const struct options *options)
{
	if (options->mode_name || options->manifests.count || options->objects.count)
		return;
	fputs("Watch what happens on this host, with the BPF programs that its kernel supports:\n"
	      "  featsel exec              every program that is started, until Ctrl-C\n"
	      "  featsel -e open           which candidate of 'open' works here, and why\n"
	      "  featsel connect -- make   only what this command and its children do\n",
	      stderr);
}

static int no_event(const struct featsel_manifest *manifest)
{
	size_t n = featsel_manifest_events(manifest);
	char names[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < n && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
					 featsel_event_name(featsel_manifest_event(manifest, i)));
	if (!n)
		return message_usage("the manifests define no event");
	return message_usage("which event? there %s %s%s ('featsel --list' tells more)",
			     n == 1 ? "is" : "are", names, used < sizeof(names) ? "" : "...");
}

static int choose_disabled(struct program *program)
{
	const struct strings *words = &program->options.disable;
	int status = 0;

	program->disabled = calloc(words->count ? words->count : 1, sizeof(*program->disabled));
	if (!program->disabled)
		return message_memory();
	for (size_t i = 0; i < words->count && !status; i++) {
		if (!strchr(words->items[i], '='))
			return message_usage("'--disable' takes EVENT=CANDIDATE, not '%s'",
					     words->items[i]);
		status = parse_word(program->manifest, words->items[i], &program->disabled[i]);
		program->n_disabled += !status;
	}
	return status;
}

int events_choose(struct program *program, bool all)
{
	const struct strings *words = &program->options.words;
	bool every = all && !words->count;
	int status = 0;

	if (!words->count && !all) {
		introduce(&program->options);
		return no_event(program->manifest);
	}
	for (size_t i = 0; i < words->count && !status; i++) {
		struct featsel_request request;

		if (!strcmp(words->items[i], EVERY_EVENT)) {
			every = true;
			/* 'all' means every event that works on this host. */
			program->options.best_effort = true;
			continue;
		}
		status = parse_word(program->manifest, words->items[i], &request);
		if (!status)
			status = add_request(program, request);
	}
	if (!status && every)
		status = add_every(program);
	if (!every)
		program->n_named = program->n_requests;
	return status ? status : choose_disabled(program);
}
