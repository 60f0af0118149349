/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* many-threads.c - two threads, each with a context and a session: many-threads MANIFEST EVENT
 * EVENT */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <featsel.h>

struct job {
	pthread_t thread;
	const char *manifest, *event;
	struct featsel_error error;
	struct featsel_counts counts;
};

static int count(void *data, const struct featsel_sample *sample)
{
	return 0;
}

static void consume(struct job *job, struct featsel_session *session)
{
	struct pollfd wait = {.fd = featsel_session_fd(session), .events = POLLIN};
	job->counts.size = sizeof(job->counts);
	for (int i = 0; i < 20; i++) {
		poll(&wait, 1, 100);
		if (featsel_session_consume(session, &job->error))
			break;
	}
	(void)featsel_session_counts(session, 0, &job->counts);
}

static void *work(void *data)
{
	struct job *job = data;
	const struct featsel_request request = {.event = job->event};
	struct featsel_error *error = &job->error;
	struct featsel_context *context = NULL;
	struct featsel_manifest *manifest = NULL;
	struct featsel_host *host = NULL;
	struct featsel_plan *plan = NULL;
	struct featsel_session *session = NULL;

	if (!featsel_context_new(&context, error) &&
	    !featsel_manifest_new(context, &manifest, error) &&
	    !featsel_manifest_add(manifest, job->manifest, error) &&
	    !featsel_host_open_live(context, 0, &host, error) &&
	    !featsel_plan_make(manifest, host, &request, 1, NULL, 0, 0, &plan, error) &&
	    !featsel_session_start(plan, 0, count, NULL, &session, error))
		consume(job, session);
	featsel_session_free(session);
	featsel_plan_free(plan);
	featsel_host_free(host);
	featsel_manifest_free(manifest);
	featsel_context_free(context);
	return NULL;
}

int main(int argc, char **argv)
{
	struct job jobs[2] = {0};
	int failure = 0;
	for (int i = 0; i < 2; i++) {
		jobs[i].manifest = argc > 1 ? argv[1] : "manifest.yaml";
		jobs[i].event = argc > 2 + i ? argv[2 + i] : "exec";
		if (pthread_create(&jobs[i].thread, NULL, work, &jobs[i]))
			return 1;
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(jobs[i].thread, NULL);
		failure = failure ? failure : (int)jobs[i].error.failure;
		printf("%s: %llu records%s%s\n", jobs[i].event,
		       (unsigned long long)jobs[i].counts.records, *jobs[i].error.text ? ", " : "",
		       jobs[i].error.text);
	}
	return failure;
}
