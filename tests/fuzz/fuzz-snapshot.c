/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fuzz-snapshot.c - bytes as a snapshot, asked for a feature where it is one
 */
#include <stdlib.h>

#include "fuzz.h"
#include "internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct featsel_context *context;
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_error err = {0};
	struct featsel_host *host;

	if (featsel_context_new(&context, NULL))
		return 0;
	if (snapshot_parse(context, "fuzz", (const char *)data, size, &host, &err)) {
		if (!err.text[0])
			abort();
	} else {
		if (featsel_host_ask(host, "map_type:ringbuf", &answer, &err) || !answer.evidence)
			abort();
		featsel_host_free(host);
	}
	featsel_context_free(context);
	return 0;
}
