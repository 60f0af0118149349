/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * features.c - --feature help: the kinds of features, with an example each
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/screen.h"

static void write_text(void)
{
	const struct featsel_feature_kind *kind;
	size_t name = 0, example = 0;

	for (size_t i = 0; (kind = featsel_feature_kind(i)); i++) {
		if (strlen(kind->name) > name)
			name = strlen(kind->name);
		if (strlen(kind->example) > example)
			example = strlen(kind->example);
	}
	for (size_t i = 0; (kind = featsel_feature_kind(i)); i++) {
		struct line_of line;
		FILE *to = line_begin(&line, stdout);

		fprintf(to, "%-*s  %-*s  %s", (int)name, kind->name, (int)example, kind->example,
			kind->summary);
		line_end(&line, name + example + 4);
	}
}

static void write_json(void)
{
	const struct featsel_feature_kind *kind;
	struct json json;

	json_begin_file(&json, stdout);
	json_object(&json, NULL);
	json_string(&json, "featsel", featsel_version());
	json_array(&json, "kinds");
	for (size_t i = 0; (kind = featsel_feature_kind(i)); i++) {
		json_line(&json);
		json_object(&json, NULL);
		json_string(&json, "kind", kind->name);
		json_string(&json, "example", kind->example);
		json_string(&json, "summary", kind->summary);
		json_end(&json);
	}
	json_end(&json);
	json_end(&json);
}

int features_run(struct program *program)
{
	if (program->options.json)
		write_json();
	else
		write_text();
	return 0;
}
