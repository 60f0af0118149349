/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * replay.c - the files of a corpus through a fuzz entry without libFuzzer, TAP on stdout
 *
 *	fuzz-NAME FILE...	surviving a file is passing
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, got;

	if (!file)
		return -1;
	do {
		uint8_t *grown = realloc(data, size + 65536);

		if (!grown)
			abort();
		data = grown;
		got = fread(data + size, 1, 65536, file);
		size += got;
	} while (got > 0);
	fclose(file);
	/* Of its exact size, so that a sanitizer sees a byte beyond. */
	if (size > 0)
		data = realloc(data, size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	int i, failed = 0;

	printf("1..%d\n", argc - 1);
	for (i = 1; i < argc; i++) {
		const char *name = strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i];

		if (replay(argv[i]) == 0) {
			printf("ok %d - %s\n", i, name);
		} else {
			printf("not ok %d - %s cannot be read\n", i, name);
			failed = 1;
		}
		fflush(stdout);
	}
	return failed;
}
