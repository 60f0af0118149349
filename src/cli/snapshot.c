/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * snapshot.c - --probe: the features of this host as a document that --features reads back
 */
#include "cli/cli.h"

static void found(void *data, const char *feature, const struct featsel_answer *answer)
{
	struct json *json = data;

	json_line(json);
	json_object(json, feature);
	explain_answer_json(json, answer);
	json_end(json);
}

int snapshot_run(struct program *program)
{
	static char buffer[1 << 16];
	struct featsel_error err = {0};
	struct featsel_host *host;
	struct json json;
	int status;

	status = plans_open_host(program, NULL, &host);
	if (status)
		return status;
	/* It is more than a megabyte. */
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	json_begin(&json, stdout);
	json_object(&json, NULL);
	json_string(&json, "featsel", featsel_version());
	explain_host_json(&json, host, "probe");
	json_object(&json, "features");
	if (featsel_host_probe(host, program->manifest, found, &json, &err))
		status = message_failure(&err);
	json_line(&json);
	json_end(&json);
	json_end(&json);
	featsel_host_free(host);
	return status;
}
