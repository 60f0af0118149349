/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach-perf.c - samples of what runs, on each processor, and processors that come and go
 *
 * A processor that comes online later has no event and no perf buffer yet, and one that was offline
 * has lost its own: so check from time to time.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "session/attaching.h"

#define ONLINE	"/sys/devices/system/cpu/online"
#define LOOK_MS 500

struct sampler {
	struct perf_event_attr attr;
	const struct bpf_program *program;
	const char *cpus; /* NULL: all */
	unsigned int end; /* one more than the highest processor */
	bool *joined;	  /* for each */
};

void sampler_free(struct sampler *sampler)
{
	if (!sampler)
		return;
	free(sampler->joined);
	free(sampler);
}

static struct sampler *sampler_new(const struct attaching *attaching, unsigned int end)
{
	struct sampler *sampler = calloc(1, sizeof(*sampler));

	if (!sampler)
		return NULL;
	target_perf_event(attaching->on, &sampler->attr);
	sampler->program = attaching->program;
	sampler->cpus = attaching->on->cpus;
	sampler->end = end;
	sampler->joined = calloc(end ? end : 1, sizeof(*sampler->joined));
	if (sampler->joined)
		return sampler;
	free(sampler);
	return NULL;
}

/* -ENODEV: possible, but not plugged in. */
static int join(struct stream *stream, struct sampler *sampler, unsigned int cpu)
{
	struct bpf_link *link;
	int fd, err;

	fd = (int)syscall(__NR_perf_event_open, &sampler->attr, -1, (int)cpu, -1,
			  PERF_FLAG_FD_CLOEXEC);
	err = -errno;
	if (fd < 0)
		return err;
	link = bpf_program__attach_perf_event(sampler->program, fd);
	err = -errno;
	if (!link) {
		close(fd);
		return err;
	}
	err = attachment_add_link(stream, link, fd);
	sampler->joined[cpu] = !err;
	return err;
}

int attach_perf_event(const struct attaching *attaching)
{
	struct processors processors;
	struct sampler *sampler;
	unsigned int cpu, joined = 0;
	int r = processors_possible(&processors);

	if (r)
		return r;
	sampler = sampler_new(attaching, processors.end);
	if (!sampler)
		return -ENOMEM;
	sampler_free(attaching->stream->sampler);
	attaching->stream->sampler = sampler;
	for (cpu = 0; cpu < processors.end && !r; cpu++) {
		if (!on_cpu_listed(sampler->cpus, cpu))
			continue;
		r = join(attaching->stream, sampler, cpu);
		joined += !r;
		if (r == -ENODEV)
			r = 0;
	}
	return r || joined ? r : -ENODEV;
}

static void tell(struct stream *stream, unsigned int cpu, int error)
{
	struct processors_seen *seen = &stream->processors;

	if (seen->told)
		return;
	seen->told = true;
	context_log(
		stream->host->context, FEATSEL_LOG_WARNING,
		"event '%s': processor %u came online, and %s: "
		"perf_event_open: %s%s",
		stream->candidate->event->name, cpu,
		stream->perf ? "what happens there is lost" : "is not sampled", errno_name(error),
		errno_is_refusal(error) ? ", the capability was dropped: --keep-privileges" : "");
}

static void sampler_look(struct stream *stream, const char *online)
{
	struct sampler *sampler = stream->sampler;
	unsigned int cpu;
	bool there;
	int r;

	for (cpu = 0; cpu < sampler->end; cpu++) {
		there = on_cpu_listed(online, cpu) && on_cpu_listed(sampler->cpus, cpu);
		if (!there)
			sampler->joined[cpu] = false;
		if (!there || sampler->joined[cpu])
			continue;
		r = join(stream, sampler, cpu);
		if (r && r != -ENODEV)
			tell(stream, cpu, r);
	}
}

/* Whether it is time to look, and which processors are online. */
static bool is_time(struct processors_seen *seen, char *online, size_t size)
{
	if (monotonic_ms() < seen->look_again)
		return false;
	seen->look_again = monotonic_ms() + LOOK_MS;
	if (file_read_start(ONLINE, online, size))
		return false;
	online[strcspn(online, "\n")] = '\0';
	return true;
}

void stream_look_at_processors(struct stream *stream, int (*watch)(const struct consumer *, int))
{
	char online[4096];
	uint32_t processor = 0;
	int fd = 0;

	if (!is_time(&stream->processors, online, sizeof(online)))
		return;
	if (stream->sampler)
		sampler_look(stream, online);
	for (; stream->perf && fd != -ENOENT; processor++) {
		fd = perf_rings_look(stream->perf, online, &processor);
		if (fd >= 0)
			fd = watch(stream->consumer, fd);
		if (fd < 0 && fd != -ENOENT)
			tell(stream, processor, fd);
	}
}
