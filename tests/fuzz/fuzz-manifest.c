/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fuzz-manifest.c - bytes as a manifest; what is read must survive being printed and read again
 */
#include <stdlib.h>

#include "fuzz.h"
#include "manifest/private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct featsel_event *const *events;
	struct featsel_error err = {0};
	struct arena *arena = arena_new();
	size_t n;

	if (manifest_parse(&(struct reader_input){.name = "fuzz",
						  .text = (const char *)data,
						  .size = size},
			   "/nonexistent", arena, &events, &n, &err) &&
	    !err.text[0])
		abort();
	arena_free(arena);
	return 0;
}
