/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* license.c - --license: the licences of everything in this file */
#include "cli/cli.h"
#include "cli/embed.h"

EMBED(license_copying, LICENSE_DIR "/COPYING");
EMBED(license_bsd, LICENSE_DIR "/COPYING.BSD-2-Clause");
EMBED(license_lgpl, LICENSE_DIR "/COPYING.LGPL-2.1");
EMBED(license_gpl, LICENSE_DIR "/COPYING.GPL-2.0");
EMBED(license_libraries, LICENSE_DIR "/COPYING.libraries");

static void put(const char *title, const char *text)
{
	printf("---- %s ----\n\n%s\n", title, text);
}

int license_run(struct program *program)
{
	(void)program;
	put("featsel", license_copying);
	if (carried_count)
		put("the libraries inside", license_libraries);
	put("BSD-2-Clause", license_bsd);
	put("LGPL-2.1-only", license_lgpl);
	put("GPL-2.0-only", license_gpl);
	return 0;
}
