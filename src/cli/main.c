/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* main.c - the steps: read the command line and the manifests, choose events, decide, act */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/output.h"

#define ADMINISTRATOR_MANIFEST SYSCONFDIR "/featsel/manifest.yaml"
#define ADMINISTRATOR_DROP_INS SYSCONFDIR "/featsel/manifest.d"
#define INSTALLED_MANIFEST     PKGDATADIR "/manifests/default.yaml"

static int help_run(struct program *program)
{
	(void)program;
	options_help(stdout);
	return 0;
}

static int version_run(struct program *program)
{
	(void)program;
	printf("featsel %s\nlibbpf %s\n", featsel_version(), featsel_libbpf_version());
	return 0;
}

/* What a mode needs before it runs. */
enum needs {
	NEED_MANIFEST = 1 << 0,
	NEED_EVENTS = 1 << 1,	    /* and so that some are named */
	NEED_ALL = 1 << 2,	    /* events: all if none is named */
	NEED_PLAN = 1 << 3,	    /* for the running kernel */
	NEED_NOTHING_ELSE = 1 << 4, /* a manifest only if there is one */
};

static const struct mode_row {
	int (*run)(struct program *program);
	unsigned int needs;
	int (*prepare)(struct program *program); /* checks before asking the host; NULL */
} modes[MODE_COUNT] = {
	[MODE_STREAM] = {stream_run, NEED_MANIFEST | NEED_EVENTS | NEED_PLAN, stream_prepare},
	[MODE_DRY_RUN] = {explain_run, NEED_MANIFEST | NEED_EVENTS, stream_ask},
	[MODE_EXPLAIN] = {explain_run, NEED_MANIFEST | NEED_EVENTS, stream_ask},
	[MODE_LIST] = {list_run, NEED_MANIFEST | NEED_ALL, NULL},
	[MODE_CHECK] = {check_run, NEED_MANIFEST | NEED_ALL, NULL},
	[MODE_PROBE] = {snapshot_run, NEED_MANIFEST | NEED_NOTHING_ELSE, NULL},
	[MODE_MATRIX] = {matrix_run, NEED_MANIFEST | NEED_ALL, NULL},
	[MODE_DIFF] = {diff_run, NEED_MANIFEST | NEED_ALL, NULL},
	[MODE_VERIFY] = {verify_run, NEED_MANIFEST | NEED_ALL, stream_ask},
	[MODE_PRINT_MANIFEST] = {print_manifest_run, NEED_MANIFEST, NULL},
	[MODE_FIELDS] = {fields_run, NEED_MANIFEST | NEED_ALL, NULL},
	[MODE_FEATURES] = {features_run, 0, NULL},
	[MODE_REPORT] = {report_run, NEED_MANIFEST | NEED_ALL, NULL},
	[MODE_HELP] = {help_run, 0, NULL},
	[MODE_VERSION] = {version_run, 0, NULL},
	[MODE_LICENSE] = {license_run, 0, NULL},
};

/* Single features need no event; snapshots stand for a question about all of them. */
static unsigned int needs_of(const struct options *options)
{
	unsigned int needs = modes[options->mode].needs;

	if (!(needs & NEED_EVENTS) || options->words.count)
		return needs;
	if (options->features.count)
		return 0;
	if (options->snapshots.count)
		return (needs & ~(unsigned int)NEED_EVENTS) | NEED_ALL;
	return needs;
}

/*
 * Built-in files come last: after objects beside a manifest, those of --object-dir, and the
 * installed ones.
 */
static int add_carried(struct program *program, struct featsel_error *err)
{
	int r = 0;

	if (carried_count && !program->options.object_dir)
		r = featsel_context_set_object_dir(program->context, OBJECT_DIR, err);
	for (size_t i = 0; i < carried_count && !r; i++) {
		const struct carried *object = &carried_objects[i];

		r = featsel_context_add_object(program->context, object->name, object->start,
					       (size_t)(object->end - object->start), err);
	}
	return r;
}

static int open_context(struct program *program)
{
	const struct options *options = &program->options;
	struct featsel_error err = {0};

	if (featsel_context_new(&program->context, &err))
		return message_failure(&err);
	featsel_context_set_memlock(program->context, true);
	if (!options->quiet)
		featsel_context_set_log(program->context, message_log, NULL,
					options->verbose ? FEATSEL_LOG_DEBUG : FEATSEL_LOG_WARNING);
	if (options->object_dir &&
	    featsel_context_set_object_dir(program->context, options->object_dir, &err))
		return message_failure(&err);
	if (add_carried(program, &err))
		return message_failure(&err);
	if (options->btf && featsel_context_set_btf(program->context, options->btf, &err))
		return message_failure(&err);
	if (options->kconfig &&
	    featsel_context_set_kconfig(program->context, options->kconfig, &err))
		return message_failure(&err);
	return 0;
}

static int add_manifest(struct program *program, const char *path)
{
	struct featsel_error err = {0};

	if (!featsel_manifest_add(program->manifest, path, &err))
		return 0;
	if (program->options.mode == MODE_CHECK && program->options.json &&
	    err.failure == FEATSEL_FAILURE_INVALID)
		check_unreadable(&err);
	return message_failure(&err);
}

/* Words name events, some followed by a candidate. */
static int add_objects(struct program *program)
{
	const struct options *options = &program->options;
	char **events = calloc(options->words.count + 1, sizeof(*events));
	struct featsel_error err = {0};
	int status = events ? 0 : message_memory();

	for (size_t i = 0; i < options->words.count && !status; i++) {
		events[i] = strndup(options->words.items[i], strcspn(options->words.items[i], "="));
		status = events[i] ? 0 : message_memory();
	}
	for (size_t i = 0; i < options->objects.count && !status; i++)
		if (featsel_manifest_add_object_for(program->manifest, options->objects.items[i],
						    (const char *const *)events, &err))
			status = message_failure(&err);
	for (size_t i = 0; events && events[i]; i++)
		free(events[i]);
	free(events);
	return status;
}

static int add_carried_manifest(struct program *program)
{
	const struct carried *text = &carried_manifest;
	struct featsel_error err = {0};

	if (featsel_manifest_add_text(program->manifest, text->name, text->start,
				      (size_t)(text->end - text->start), &err))
		return message_failure(&err);
	return 0;
}

/* An empty drop-in directory counts as none. */
static bool has_drop_ins(void)
{
	glob_t found;
	bool any = !glob(ADMINISTRATOR_DROP_INS "/*.yaml", 0, NULL, &found);

	globfree(&found);
	return any;
}

/*
 * The administrator's manifest replaces the installed one; drop-ins change single events of either.
 */
static int add_defaults(struct program *program, bool optional)
{
	const char *path = INSTALLED_MANIFEST;
	bool there;
	int status = 0;

	if (!access(ADMINISTRATOR_MANIFEST, F_OK))
		path = ADMINISTRATOR_MANIFEST;
	there = !access(path, F_OK);
	if (!there && carried_count)
		status = add_carried_manifest(program);
	else if (!optional || there)
		status = add_manifest(program, path);
	if (status && !there)
		message_say("name a manifest with '-m', or an object with '-o'");
	if (!status && has_drop_ins())
		status = add_manifest(program, ADMINISTRATOR_DROP_INS);
	return status;
}

/* The words as the library takes them: NULL-terminated. */
static int terminate(struct strings *words)
{
	return words->count ? options_add_string(words, NULL) : 0;
}

/* "pid,comm": the fields by which options select records. A snapshot decides for no run. */
static const char *selected_fields(const struct options *options, char *text, size_t size)
{
	const struct {
		const char *field;
		size_t count;
	} rows[] = {
		{"pid", options->pids.count},
		{"uid", options->uids.count},
		{"comm", options->comms.count},
		{"cgroup", options->cgroups.count},
	};
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && !options->snapshots.count; i++)
		if (rows[i].count)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? "," : "",
						 rows[i].field);
	return used ? text : NULL;
}

static int configure(struct program *program)
{
	char selected[sizeof("pid,uid,comm,cgroup")];
	struct options *options = &program->options;
	struct featsel_configuration said = {
		.size = sizeof(said),
		.covers = options->covers,
		.fields = options->require_fields,
		.selected = selected_fields(options, selected, sizeof(selected)),
		.buffer = options->buffer,
		.pin_dir = options->pin_dir};
	struct featsel_error err = {0};

	if (terminate(&options->on) || terminate(&options->set) || terminate(&options->record))
		return FEATSEL_FAILURE_RUN;
	said.on = options->on.items;
	said.set = options->set.items;
	said.record = options->record.items;
	return featsel_manifest_configure(program->manifest, &said, &err) ? message_failure(&err)
									  : 0;
}

static int add_all(struct program *program, unsigned int needs)
{
	const struct options *options = &program->options;
	int status = 0;

	if (!options->manifests.count && !options->objects.count)
		return add_defaults(program, needs & NEED_NOTHING_ELSE);
	for (size_t i = 0; i < options->manifests.count && !status; i++)
		status = add_manifest(program, options->manifests.items[i]);
	return status || !options->objects.count ? status : add_objects(program);
}

static int read_manifests(struct program *program, unsigned int needs)
{
	struct featsel_error err = {0};
	int status;

	if (featsel_manifest_new(program->context, &program->manifest, &err))
		return message_failure(&err);
	status = add_all(program, needs);
	return status ? status : configure(program);
}

static int decide(struct program *program)
{
	int status = plans_open_host(program, NULL, &program->host);

	return status ? status : plans_make(program, program->host, 0, &program->plan);
}

static int run(struct program *program)
{
	unsigned int needs = needs_of(&program->options);
	int status = open_context(program);

	if (!status && (needs & NEED_MANIFEST))
		status = read_manifests(program, needs);
	if (!status && (needs & (NEED_EVENTS | NEED_ALL)))
		status = events_choose(program, needs & NEED_ALL);
	if (!status && modes[program->options.mode].prepare)
		status = modes[program->options.mode].prepare(program);
	if (!status && (needs & NEED_PLAN))
		status = decide(program);
	return status ? status : modes[program->options.mode].run(program);
}

/*
 * Flush stdio: the disk may be full. A reader that has gone away has seen enough, as with head(1).
 */
static int close_output(int status)
{
	int r = output_end();

	return r && r != -EPIPE ? message_output(r) : status;
}

static void release(struct program *program)
{
	featsel_plan_free(program->plan);
	featsel_host_free(program->host);
	featsel_manifest_free(program->manifest);
	featsel_context_free(program->context);
	filter_free(program->filter);
	free(program->requests);
	free(program->disabled);
	options_release(&program->options);
}

/*
 * A missing standard descriptor must not be replaced by one of ours. Reading from this one and
 * writing to it fail as they should, and unlike /dev/null it always exists.
 */
static void hold_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) < 0)
			_exit(FEATSEL_FAILURE_RUN);
}

static int begin_output(const struct options *options)
{
	int r = output_begin(options->output);

	if (!r)
		return 0;
	if (r == -ENOMEM)
		return message_memory();
	return message_fail("cannot write to '%s': %s", options->output, strerror(-r));
}

int main(int argc, char **argv)
{
	struct program program = {0};
	int status;

	hold_descriptors();
	/* A message is one write: cheaper, and lines of several processes do not mix. */
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	/* A closed pipe and the file size limit are errors to report, not to die of. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	limits_raise();
	status = options_parse(&program.options, argc, argv);
	if (!status)
		status = begin_output(&program.options);
	if (!status)
		status = run(&program);
	if (status && program.options.json && !program.started && !output_has_document())
		failure_json(stdout, &program, status);
	status = close_output(status);
	release(&program);
	return status;
}
