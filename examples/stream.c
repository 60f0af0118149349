/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* stream.c - a session in an epoll loop of one's own: stream MANIFEST EVENT, until SIGINT or
 * SIGTERM */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <featsel.h>

static struct featsel_session *session;
static struct featsel_error error;

static void must(int r)
{
	if (r && fprintf(stderr, "stream: %s\n", error.text))
		exit(error.failure);
}

/* One line a record, field by field. */
static int show(void *data, const struct featsel_sample *sample)
{
	const struct featsel_layout *layout = featsel_session_layout(session, sample->event);
	char text[4096];

	for (size_t i = 0; i < featsel_layout_fields(layout); i++) {
		ssize_t n = featsel_layout_text(layout, i, sample->data, sample->size, text, 4096);

		printf("%s%s=%.*s", i ? " " : "", featsel_layout_field(layout, i),
		       n < 0 ? 1 : (int)n, n < 0 ? "?" : text);
	}
	return putchar('\n') == EOF || fflush(stdout);
}

static void watch(int epoll, int fd)
{
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){EPOLLIN, {.fd = fd}}));
}

int main(int argc, char **argv)
{
	struct featsel_request request = {.event = argc > 2 ? argv[2] : "exec"};
	struct featsel_counts counts = {.size = sizeof(counts)};
	struct featsel_context *context;
	struct featsel_manifest *manifest;
	struct featsel_host *host;
	struct featsel_plan *plan;
	struct epoll_event event = {0};
	int epoll = epoll_create1(EPOLL_CLOEXEC), signals;
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signals = signalfd(-1, &ends, SFD_CLOEXEC);
	must(featsel_context_new(&context, &error));
	featsel_context_set_memlock(context, true);
	must(featsel_manifest_new(context, &manifest, &error));
	must(featsel_manifest_add(manifest, argc > 1 ? argv[1] : "manifest.yaml", &error));
	must(featsel_host_open_live(context, 0, &host, &error));
	must(featsel_plan_make(manifest, host, &request, 1, NULL, 0, 0, &plan, &error));
	must(featsel_session_start(plan, 0, show, NULL, &session, &error));
	watch(epoll, signals);
	watch(epoll, featsel_session_fd(session));
	while (event.data.fd != signals && epoll_wait(epoll, &event, 1, -1) == 1)
		must(featsel_session_consume(session, &error));
	featsel_session_stop(session);
	must(featsel_session_consume(session, &error));
	(void)featsel_session_counts(session, 0, &counts);
	fprintf(stderr, "stream: %llu records\n", (unsigned long long)counts.records);
	featsel_session_free(session);
	featsel_plan_free(plan);
	featsel_host_free(host);
	featsel_manifest_free(manifest);
	featsel_context_free(context);
	return 0;
}
