/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* skeleton.c - an agent with a skeleton and a ring buffer: skeleton RECORDS [--assume FEATURE] */
#include <stdio.h>
#include <stdlib.h>

#include <featsel.h>

#include "spawn.skel.h"

static const char text[] = "{version: 1, events: {spawn: {object: spawn.bpf.o, candidates: ["
			   "{name: vendor, programs: [spawn_vendor]},"
			   "{name: tp_btf, programs: [spawn_tp_btf]},"
			   "{name: raw_tp, programs: [spawn_raw_tp]}]}}}";
static struct featsel_error error;

static void must(int r)
{
	if (r && fprintf(stderr, "skeleton: %s\n", error.text))
		exit(error.failure);
}

static int show(void *records_left, void *record, size_t size)
{
	const unsigned int *pid = record;

	printf("%u %.16s\n", pid[0], (const char *)&pid[2]);
	return --*(long *)records_left ? 0 : -1;
}

static void say(void *data, enum featsel_log_level level, const char *line)
{
	fprintf(stderr, "skeleton: %s\n", line);
}

int main(int argc, char **argv)
{
	long records = argc > 1 ? atol(argv[1]) : 10;
	struct featsel_context *context;
	struct featsel_manifest *manifest;
	struct featsel_host *host;
	struct featsel_plan *plan;
	struct featsel_links *links = NULL;
	struct spawn *spawn = NULL;
	struct ring_buffer *ring = NULL;
	size_t size;
	const void *bytes = spawn__elf_bytes(&size);

	must(featsel_context_new(&context, &error));
	featsel_context_set_log(context, say, NULL, FEATSEL_LOG_WARNING);
	must(featsel_context_add_object(context, "spawn.bpf.o", bytes, size, &error));
	must(featsel_manifest_new(context, &manifest, &error));
	must(featsel_manifest_add_text(manifest, "built in", text, sizeof(text) - 1, &error));
	must(featsel_host_open_live(context, 0, &host, &error));
	if (argc > 3) /* --assume: what the kernel then refuses shows the fallback */
		must(featsel_host_override(host, argv[3], FEATSEL_YES, &error));
	must(featsel_plan_make(manifest, host, NULL, 0, NULL, 0, 0, &plan, &error));

	for (int r = featsel_plan_failure(plan, 0); !links && !r;) {
		spawn__destroy(spawn);
		spawn = spawn__open();
		must(featsel_plan_prepare(plan, spawn->obj, &error));
		if ((r = spawn__load(spawn)))
			r = featsel_plan_refuse(plan, 0, FEATSEL_STAGE_LOAD, r, NULL);
		else if ((r = featsel_plan_attach(plan, 0, spawn->obj, &links, NULL)))
			r = featsel_plan_refuse(plan, 0, FEATSEL_STAGE_ATTACH, r, NULL);
	}
	if (links)
		ring = ring_buffer__new(bpf_map__fd(spawn->maps.spawns), show, &records, NULL);
	while (ring && ring_buffer__poll(ring, -1) >= 0)
		;
	ring_buffer__free(ring);
	featsel_links_free(links);
	spawn__destroy(spawn);
	featsel_plan_free(plan);
	featsel_host_free(host);
	featsel_manifest_free(manifest);
	featsel_context_free(context);
	return links ? 0 : featsel_plan_failure(plan, 0);
}
