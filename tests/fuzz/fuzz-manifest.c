/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fuzz-manifest.c - bytes as a manifest; what is read must survive being printed and read again
 */
#include <stdlib.h>

#include "fuzz.h"
#include "internal.h"

static int parse(const char *text, size_t size, struct arena *arena,
		 const struct featsel_event **events, size_t *n, struct featsel_error *err)
{
	struct node *root;
	int r = reader_parse("fuzz", text, size, arena, &root, err);

	return r ? r : manifest_parse(root, "/nonexistent", arena, events, n, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct featsel_event *events;
	struct featsel_error err = {0};
	struct arena *arena = arena_new();
	size_t n;

	if (parse((const char *)data, size, arena, &events, &n, &err) && !err.text[0])
		abort();
	arena_free(arena);
	return 0;
}
