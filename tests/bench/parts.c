/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * parts.c - parts of the library against the plainest way to do the same, by turns in one process:
 * one line of two times in nanoseconds a round
 *
 * parts btf ROUNDS: a member asked of the kernel's BTF, against btf__load_vmlinux_btf()
 *
 * parts manifest ROUNDS FILE: a manifest read, against libyaml's bare events
 *
 * parts route ROUNDS FILE: ROUTED records of event 'flood' of manifest FILE, whose object lies in
 * the working directory, brought to one of three events by their tags, against one event without
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yaml.h>

#include <bpf/btf.h>

#include "host/private.h"
#include "plan/private.h"
#include "session/private.h"

typedef void (*part_fn)(const char *argument);

static void die(const char *what, const char *why)
{
	fprintf(stderr, "parts: %s: %s\n", what, why);
	exit(1);
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void walk_btf(const char *unused)
{
	struct kernel *kernel;
	struct kernel_btf *btf;
	int r = kernel_open_live(true, &kernel, NULL);

	(void)unused;
	if (!r)
		r = kernel_btf_open(kernel, NULL, &btf);
	if (r)
		die("vmlinux BTF", errno_name(r));
	if (kernel_btf_member(btf, "task_struct", "real_parent"))
		die("vmlinux BTF", "no struct task_struct.real_parent");
	kernel_btf_close(btf);
	kernel->ops->free(kernel);
}

static void load_btf(const char *unused)
{
	struct btf *btf = btf__load_vmlinux_btf();

	(void)unused;
	if (!btf || btf__find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT) < 0)
		die("vmlinux BTF", strerror(errno));
	btf__free(btf);
}

static void read_manifest(const char *path)
{
	struct featsel_manifest *manifest = NULL;
	struct featsel_context *context = NULL;
	struct featsel_error err = {0};

	if (featsel_context_new(&context, &err) || featsel_manifest_new(context, &manifest, &err) ||
	    featsel_manifest_add(manifest, path, &err))
		die(path, err.text);
	featsel_manifest_free(manifest);
	featsel_context_free(context);
}

static void read_events(const char *path)
{
	FILE *file = fopen(path, "re");
	yaml_parser_t parser;
	yaml_event_t event;
	bool over = false;

	if (!file || !yaml_parser_initialize(&parser))
		die(path, strerror(errno));
	yaml_parser_set_input_file(&parser, file);
	while (!over) {
		if (!yaml_parser_parse(&parser, &event))
			die(path, parser.problem);
		over = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	fclose(file);
}

/* ---- records to events ---- */

#define ROUTED 1000000
#define TAGGED 3

/* As bpf/common.bpf.h's neighbour flood.bpf.c writes them. */
struct flood_event {
	uint64_t timestamp;
	uint32_t pid, tid;
	char comm[16];
	uint64_t length, number;
};

static struct stream tagged[TAGGED], untagged;

static void prepare_streams(const char *path)
{
	const struct featsel_layout *layout;
	struct featsel_manifest *manifest;
	struct featsel_context *context;
	struct featsel_error err = {0};
	char tag[32];

	if (featsel_context_new(&context, &err) ||
	    featsel_context_set_object_dir(context, ".", &err) ||
	    featsel_manifest_new(context, &manifest, &err) ||
	    featsel_manifest_add(manifest, path, &err) ||
	    featsel_manifest_layout(
		    manifest, featsel_event_candidate(featsel_manifest_find(manifest, "flood"), 0),
		    &layout, &err))
		die(path, err.text);
	for (size_t i = 0; i < TAGGED; i++) {
		snprintf(tag, sizeof(tag), "number = %zu", i);
		if (featsel_condition_new(layout, tag, &tagged[i].tag, &err))
			die(tag, err.text);
		tagged[i].sharing = i + 1 < TAGGED ? &tagged[i + 1] : NULL;
	}
}

static void route(struct stream *reader)
{
	struct flood_event event = {.pid = 1};

	for (size_t i = 0; i < ROUTED; i++) {
		event.number = i % TAGGED;
		if (!stream_route(reader, &event, sizeof(event)))
			die("a record", "no tag holds");
	}
}

static void route_by_tags(const char *path)
{
	if (!tagged[0].tag)
		prepare_streams(path);
	route(tagged);
}

static void route_to_one(const char *unused)
{
	(void)unused;
	route(&untagged);
}

static const struct part {
	const char *name;
	part_fn ours, plain;
} parts[] = {
	{"btf", walk_btf, load_btf},
	{"manifest", read_manifest, read_events},
	{"route", route_by_tags, route_to_one},
};

static int64_t measure(part_fn part, const char *argument)
{
	int64_t begin = now();

	part(argument);
	return now() - begin;
}

int main(int argc, char **argv)
{
	const struct part *part = parts;

	while (argc > 2 && part < parts + ARRAY_SIZE(parts) && strcmp(argv[1], part->name))
		part++;
	if (argc < 3 || part == parts + ARRAY_SIZE(parts)) {
		fputs("usage: parts btf|manifest|route ROUNDS [FILE]\n", stderr);
		return 2;
	}
	for (long rounds = strtol(argv[2], NULL, 10); rounds > 0; rounds--) {
		int64_t ours = measure(part->ours, argv[3]), plain = measure(part->plain, argv[3]);

		printf("%lld %lld\n", (long long)ours, (long long)plain);
	}
	return 0;
}
