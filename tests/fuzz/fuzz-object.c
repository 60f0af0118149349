/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fuzz-object.c - bytes as a BPF object; inference over each of its programs where it is one
 */
#include <stdlib.h>

#include "fuzz.h"
#include "object/private.h"

/* Answers that are as arbitrary as the object. */
static enum featsel_verdict answer(void *data, const struct feature *feature)
{
	static const enum featsel_verdict verdicts[] = {FEATSEL_YES, FEATSEL_NO, FEATSEL_UNKNOWN,
							FEATSEL_DENIED};
	unsigned int *round = data;

	return verdicts[(*round)++ % 4 ^ (feature->text[strlen(feature->text) - 1] & 1)];
}

static bool number(void *data, enum object_number kind, const char *name, uint64_t *ret)
{
	unsigned int *round = data;

	*ret = *round + (unsigned int)kind;
	return name[0] && (*round)++ % 2;
}

static void infer(const struct object *object, const char *name, struct arena *arena)
{
	const struct program_ref ref = {.name = name};
	const struct featsel_candidate candidate = {
		.name = name, .object = object->path, .programs = &ref, .n_programs = 1};
	unsigned int round = 0;
	const struct object_oracle oracle = {.data = &round, .ask = answer, .number = number};
	const struct object_oracle exact = {
		.data = &round, .ask = answer, .number = number, .apart = true};
	const struct object_program *program;
	const struct object_inferred *needs;
	struct featsel_error err = {0};
	struct object_demand demand;
	size_t n;
	int output;

	(void)object_infer(&(struct object_query){.object = object, .candidate = &candidate}, arena,
			   &needs, &n, &err);
	(void)object_infer(&(struct object_query){.object = object,
						  .candidate = &candidate,
						  .oracle = &oracle},
			   arena, &needs, &n, &err);
	(void)object_infer(
		&(struct object_query){.object = object, .candidate = &candidate, .oracle = &exact},
		arena, &needs, &n, &err);
	program = object_program(object, name);
	if (program)
		(void)object_demand(object, program, &oracle, arena, &demand);
	(void)object_output(object, &candidate, &oracle, arena, &output, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct featsel_error err = {0};
	struct object *object;
	size_t i, copy_size;
	bool *none;
	void *copy;

	if (object_parse("fuzz", data, size, arena, &object, &err)) {
		if (!err.text[0])
			abort();
		arena_free(arena);
		return 0;
	}
	for (i = 0; i < object->n_programs && i < 32; i++)
		infer(object, object->programs[i].name, arena);
	none = calloc(object->n_programs + 1, sizeof(*none));
	if (none && object_reduced(object, none, false, &copy, &copy_size, NULL) == 0)
		free(copy);
	free(none);
	object_release(object);
	arena_free(arena);
	return 0;
}
