/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * snapshot.c - --probe: the features of this host as a document that --features reads back
 */
#include "cli/cli.h"

int snapshot_run(struct program *program)
{
	static char buffer[1 << 16];
	struct featsel_error err = {0};
	struct featsel_host *host;
	int status;

	status = plans_open_host(program, NULL, &host);
	if (status)
		return status;
	/* It is more than a megabyte. */
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	if (featsel_host_write(host, program->manifest, explain_write, stdout, &err))
		status = message_failure(&err);
	featsel_host_free(host);
	return status;
}
