/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* stream.c - what a candidate needs from its object, alone and together with others */
#include <errno.h>
#include <stdlib.h>

#include <linux/bpf.h>

#include <bpf/btf.h>

#include "session/guard.h"

static void mark_map(struct stream *stream, int index)
{
	const struct object_map *map = &stream->object->maps[index];
	const int *members = map->maps.items;
	size_t i;

	if (stream->maps[index])
		return;
	stream->maps[index] = true;
	for (i = 0; i < map->maps.count; i++)
		mark_map(stream, members[i]);
	if (map->inner >= 0)
		mark_map(stream, map->inner);
}

static int mark_maps(struct stream *stream, struct arena *arena, struct featsel_error *err)
{
	const struct object_oracle oracle = host_oracle(stream->host);
	const struct object_program *program;
	size_t i, j;
	int r;

	for (i = 0; i < stream->n_programs; i++) {
		r = object_program_for(stream->object, stream->candidate, &stream->programs[i],
				       &oracle, arena, &program);
		if (r == -ENOENT)
			return error_set(err, -ENOENT, FEATSEL_FAILURE_INVALID,
					 "%s has no program '%s'", stream->object->path,
					 stream->programs[i].name);
		if (r)
			return error_memory(err);
		for (j = 0; j < program->n_maps; j++)
			if (program->map_reached[j].how != NOT_REACHED)
				mark_map(stream, program->maps[j]);
	}
	if (stream->output >= 0)
		mark_map(stream, stream->output);
	return 0;
}

/*
 * The map in which the programs count what they could not hand over, if they have one: a convention
 * of names.
 */
static int find_drops(const struct stream *stream)
{
	int index = object_map(stream->object, "drops");
	const struct object_map *map;

	if (index < 0 || !stream->maps[index])
		return -1;
	map = &stream->object->maps[index];
	if (map->type != BPF_MAP_TYPE_PERCPU_ARRAY && map->type != BPF_MAP_TYPE_ARRAY)
		return -1;
	return map->key_size == sizeof(uint32_t) && map->value_size == sizeof(uint64_t) ? index
											: -1;
}

/*
 * The part of the record that every sample has: all of it but a last member that is an array, of
 * which programs often send only the used part.
 */
static size_t record_floor(const struct stream *stream)
{
	const struct btf *btf = stream->object->btf;
	const struct btf_type *type, *last;
	const struct btf_member *members;
	int id;

	if (!btf || !stream->candidate->record)
		return 0;
	id = btf__find_by_name_kind(btf, stream->candidate->record, BTF_KIND_STRUCT);
	type = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	if (!type || !btf_vlen(type))
		return layout_size(stream->layout);
	members = btf_members(type);
	last = btf__type_by_id(btf,
			       (uint32_t)btf__resolve_type(btf, members[btf_vlen(type) - 1].type));
	if (!last || !btf_is_array(last))
		return layout_size(stream->layout);
	return btf_member_bit_offset(type, btf_vlen(type) - 1) / 8;
}

/* Maps that no program refers to, but that programs are attached to. */
static void mark_places(struct stream *stream)
{
	const struct object_program *program;
	struct section section;
	size_t i;
	int map;

	for (i = 0; i < stream->n_programs; i++) {
		program = object_program(stream->object, stream->programs[i].name);
		if (!program ||
		    object_place(program, stream->candidate, &stream->programs[i], &section))
			continue;
		map = object_place_map(stream->object, &section);
		if (map >= 0)
			mark_map(stream, map);
	}
}

/* A missing one was judged before: it is intended. */
static int find_output(struct stream *stream, bool may_be_mute, struct arena *arena,
		       struct featsel_error *err)
{
	const struct object_oracle oracle = host_oracle(stream->host);
	struct featsel_error error = {0};
	int r = object_output(stream->object, stream->candidate, &oracle, arena, &stream->output,
			      &error);

	if (!r || r == -ENOENT || may_be_mute)
		return 0;
	if (err && !err->text[0])
		*err = error;
	return r;
}

static int describe(struct stream *stream, const struct plan_subject *subject, bool may_be_mute,
		    struct arena *arena, struct featsel_error *err)
{
	const struct object *object = stream->object;
	size_t i;
	int r;

	r = plan_programs(subject, subject->host->context, arena, &stream->programs,
			  &stream->n_programs, err);
	if (r)
		return r;
	r = find_output(stream, may_be_mute, arena, err);
	if (r)
		return r;
	stream->maps = calloc(object->n_maps ? object->n_maps : 1, sizeof(*stream->maps));
	if (!stream->maps)
		return error_memory(err);
	r = mark_maps(stream, arena, err);
	if (r)
		return r;
	mark_places(stream);
	stream->drops = find_drops(stream);
	r = runnable_layout(object, stream->candidate, arena, &stream->layout, err);
	if (r)
		return r;
	stream->minimum = record_floor(stream);
	/* What the candidate cannot tell is missing, not 0. */
	for (i = 0; stream->candidate->lacks && stream->candidate->lacks[i]; i++)
		layout_lack(stream->layout, stream->candidate->lacks[i]);
	if (!stream->candidate->event->tag)
		return 0;
	return runnable_tag(stream->candidate, stream->layout, &stream->tag, err);
}

int stream_new(const struct plan_subject *subject, bool may_be_mute, struct arena *arena,
	       struct stream **ret, struct featsel_error *err)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int r;

	if (!stream)
		return error_memory(err);
	stream->object = subject->object;
	stream->candidate = subject->candidate;
	stream->host = subject->host;
	stream->output = -1;
	stream->drops = -1;
	stream->replaced_fd = -1;
	stream->departures = -1;
	r = describe(stream, subject, may_be_mute, arena, err);
	if (r) {
		stream_free(stream);
		return r;
	}
	*ret = stream;
	return 0;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	featsel_condition_free(stream->tag);
	vec_free(&stream->attachments);
	guard_end(&stream->guard);
	sampler_free(stream->sampler);
	iteration_free(stream->iteration);
	target_close(stream->kernel);
	close_fd(&stream->replaced_fd);
	close_fd(&stream->departures);
	vec_free(&stream->interfaces);
	free(stream->registered);
	free(stream->maps);
	free(stream);
}

bool stream_loads_for_target(const struct section *section)
{
	static const bool table[ATTACH_MEANS_COUNT] = {
		[ATTACH_TRACING_TRACEPOINT] = true,
		[ATTACH_TRACING_FUNCTION] = true,
		[ATTACH_ITER] = true,
		[ATTACH_LSM] = true,
		[ATTACH_LSM_CGROUP] = true,
	};

	return table[section->means];
}

/*
 * Whether one program in the kernel can be both. What replaces a function is loaded for the program
 * that `on:` names.
 */
static bool load_alike(const struct section *a, const struct section *b)
{
	if (a->prog_type != b->prog_type || a->attach_type != b->attach_type ||
	    (a->flags ^ b->flags) & SECTION_SLEEPABLE || a->means == ATTACH_FREPLACE)
		return false;
	return !stream_loads_for_target(a) || strcmp(a->target, b->target) == 0;
}

static bool programs_fit(const struct stream *stream, const struct stream *other)
{
	const struct object_program *program;
	struct section its, others;
	size_t i, j;

	for (i = 0; i < stream->n_programs; i++)
		for (j = 0; j < other->n_programs; j++) {
			if (strcmp(stream->programs[i].name, other->programs[j].name) != 0)
				continue;
			program = object_program(stream->object, stream->programs[i].name);
			if (!program || object_section(program, &stream->programs[i], &its) ||
			    object_section(program, &other->programs[j], &others) ||
			    !load_alike(&its, &others))
				return false;
		}
	return true;
}

bool stream_fits(const struct stream *stream, const struct stream *other)
{
	const struct kconfig *its, *others;

	if (!programs_fit(stream, other) ||
	    !configured_alike(stream->candidate, other->candidate) ||
	    host_kconfig(stream->host, stream->candidate, &its, NULL) ||
	    host_kconfig(other->host, other->candidate, &others, NULL) || its != others)
		return false;
	if (stream->output >= 0 && stream->output == other->output)
		return stream->tag && other->tag;
	return stream->drops < 0 || stream->drops != other->drops;
}

struct stream *group_stream(const struct load_group *group, size_t index)
{
	struct stream *const *streams = group->streams.items;

	return streams[index];
}

int group_add(struct load_group *group, struct stream *stream, struct featsel_error *err)
{
	struct stream **item = vec_add(&group->streams, sizeof(struct stream *));

	if (!item) {
		stream_free(stream);
		return error_memory(err);
	}
	*item = stream;
	return 0;
}

int group_add_event(struct load_group *group, struct featsel_plan *plan, size_t event,
		    struct featsel_error *err)
{
	const struct plan_event *of = &plan->events[event];
	const struct plan_subject subject = plan_subject(plan, &of->candidates[of->chosen]);
	struct stream *stream;
	int r;

	r = stream_new(&subject, true, plan->arena, &stream, err);
	if (r)
		return r;
	stream->event = event;
	stream->index = of->chosen;
	return group_add(group, stream, err);
}
