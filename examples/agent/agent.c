/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* agent.c - a JSON line for each record of all events that work here, until SIGTERM */
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <featsel.h>

static struct featsel_session *session;
static struct featsel_plan *plan;
static struct featsel_error error;
static volatile sig_atomic_t over;

static void must(int r)
{
	if (r && fprintf(stderr, "agent: %s %u: %s\n", error.source, error.line, error.text))
		exit(error.failure);
}

static void say(void *data, enum featsel_log_level level, const char *line)
{
	fprintf(stderr, "agent: %s\n", line);
}

static void end(int signal)
{
	over = 1;
}

static int show(void *data, const struct featsel_sample *sample)
{
	const struct featsel_layout *layout = featsel_session_layout(session, sample->event);
	char text[4096];

	printf("{\"event\": \"%s\"", featsel_event_name(featsel_plan_event(plan, sample->event)));
	for (size_t i = 0; i < featsel_layout_fields(layout); i++) {
		ssize_t n = featsel_layout_json(layout, i, sample->data, sample->size, text, 4096);

		printf(", \"%s\": %.*s", featsel_layout_field(layout, i), n < 0 ? 4 : (int)n,
		       n < 0 ? "null" : text);
	}
	return puts("}") == EOF;
}

int main(void)
{
	struct pollfd wait = {.events = POLLIN};
	struct featsel_context *context;
	struct featsel_manifest *manifest;
	struct featsel_host *host;
	glob_t found;

	signal(SIGTERM, end);
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	must(featsel_context_new(&context, &error));
	featsel_context_set_log(context, say, NULL, FEATSEL_LOG_WARNING);
	must(featsel_manifest_new(context, &manifest, &error));
	must(featsel_manifest_add(manifest, MANIFEST, &error));
	/* Drop-ins change single events; an empty directory is as good as none. */
	if (!glob(DROP_INS "/*.yaml", 0, NULL, &found))
		must(featsel_manifest_add(manifest, DROP_INS, &error));
	globfree(&found);
	must(featsel_host_open_live(context, 0, &host, &error));
	must(featsel_plan_make(manifest, host, NULL, 0, NULL, 0, 0, &plan, &error));
	must(featsel_session_start(plan, FEATSEL_SESSION_BEST_EFFORT, show, NULL, &session,
				   &error));
	for (wait.fd = featsel_session_fd(session); !over; poll(&wait, 1, 1000))
		must(featsel_session_consume(session, &error));
	featsel_session_stop(session);
	must(featsel_session_consume(session, &error));
	featsel_session_free(session);
	featsel_plan_free(plan);
	featsel_host_free(host);
	featsel_manifest_free(manifest);
	featsel_context_free(context);
	return 0;
}
