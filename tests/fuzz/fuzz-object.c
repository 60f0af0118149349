/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fuzz-object.c - bytes as a BPF object; inference over each of its programs where it is one
 */
#include <stdlib.h>

#include "fuzz.h"
#include "object/private.h"

static void infer(const struct object *object, const char *name, struct arena *arena)
{
	const struct program_ref ref = {.name = name};
	const struct featsel_candidate candidate = {
		.name = name, .object = object->path, .programs = &ref, .n_programs = 1};
	const struct feature *const *features;
	struct featsel_error err = {0};
	size_t n;
	int output;

	(void)object_infer(object, &candidate, arena, &features, &n, &err);
	(void)object_output(object, &candidate, &output, NULL);
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
