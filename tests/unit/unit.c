/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * unit.c - run a suite and report it as TAP
 */
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

int unit_run(Suite *(*suite)(void))
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static const char *path_under(const char *variable, const char *name)
{
	static char path[2][4096];
	static unsigned int turn;
	const char *top = getenv(variable);

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", top ? top : ".", name);
	return path[turn];
}

const char *unit_source(const char *name)
{
	return path_under("top_srcdir", name);
}

const char *unit_build(const char *name)
{
	return path_under("top_builddir", name);
}
