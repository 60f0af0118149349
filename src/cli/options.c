/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * options.c - one table of options: parsing and --help come from it
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/screen.h"

/* getopt_long() values: rows without a letter need one beyond any character. */
#define FIRST_VALUE 256
#define HELP_COLUMN 28

enum group {
	GROUP_MODE,
	GROUP_INPUT,
	GROUP_CHOICE,
	GROUP_RUN,
	GROUP_RECORDS,
	GROUP_OUTPUT,
	GROUP_COUNT
};

static const char *const group_titles[GROUP_COUNT] = {
	[GROUP_MODE] = "What to do (default: select, load, attach, stream):",
	[GROUP_INPUT] = "Where events come from:",
	[GROUP_CHOICE] = "What may be chosen:",
	[GROUP_RUN] = "The live run:",
	[GROUP_RECORDS] = "Which records are shown (what repeats lets any of its values through):",
	[GROUP_OUTPUT] = "Output:",
};

struct option_row {
	const char *name;
	char letter; /* 0: none */
	enum group group;
	const char *argument; /* NULL: takes none */
	int (*take)(struct options *options, const struct option_row *row, const char *argument);
	size_t where;	/* offset of the member to set */
	enum mode mode; /* take_mode() */
	const char *help;
};

int options_add_string(struct strings *strings, const char *string)
{
	const char **items;

	/* doubles at every power of two */
	if (!(strings->count & (strings->count - 1))) {
		size_t room = strings->count ? 2 * strings->count : 1;

		items = realloc(strings->items, room * sizeof(*items));
		if (!items)
			return message_memory();
		strings->items = items;
	}
	strings->items[strings->count++] = string;
	return 0;
}

static int take_flag(struct options *options, const struct option_row *row, const char *argument)
{
	(void)argument;
	*(bool *)((char *)options + row->where) = true;
	return 0;
}

static int take_string(struct options *options, const struct option_row *row, const char *argument)
{
	*(const char **)((char *)options + row->where) = argument;
	return 0;
}

static int take_list(struct options *options, const struct option_row *row, const char *argument)
{
	return options_add_string((struct strings *)((char *)options + row->where), argument);
}

/* Explaining is a more verbose dry run: both may be given. */
static bool is_plan(enum mode mode)
{
	return mode == MODE_DRY_RUN || mode == MODE_EXPLAIN;
}

static int take_mode(struct options *options, const struct option_row *row, const char *argument)
{
	(void)argument;
	if (options->mode_name && is_plan(options->mode) && is_plan(row->mode)) {
		options->mode = options->mode == row->mode ? row->mode : MODE_EXPLAIN;
		return 0;
	}
	if (options->mode_name && options->mode != row->mode)
		return message_usage("'--%s' and '--%s' exclude each other", options->mode_name,
				     row->name);
	options->mode = row->mode;
	options->mode_name = row->name;
	return 0;
}

static int take_pid(struct options *options, const struct option_row *row, const char *argument)
{
	char *end;
	long pid;

	errno = 0;
	pid = strtol(argument, &end, 10);
	if (errno || end == argument || *end || pid < 1 || pid > INT_MAX)
		return message_usage("'--%s' takes a process id, not '%s'", row->name, argument);
	return options_add_string(&options->pids, argument);
}

/* "a,b": splits the word in place; argv is ours. */
static int take_fields(struct options *options, const struct option_row *row, const char *argument)
{
	char *rest = (char *)(uintptr_t)argument, *name;
	int status = 0;

	while (!status && (name = strsep(&rest, ","))) {
		if (!*name)
			return message_usage("'--%s' takes names of fields, as in pid,comm",
					     row->name);
		status = options_add_string(&options->fields, name);
	}
	return status;
}

static int take_count(struct options *options, const struct option_row *row, const char *argument)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(argument, &end, 10);
	if (errno || end == argument || *end || *argument == '-' || !value)
		return message_usage("'--%s' takes a number from 1 up, not '%s'", row->name,
				     argument);
	*(uint64_t *)((char *)options + row->where) = value;
	return 0;
}

static int take_seconds(struct options *options, const struct option_row *row, const char *argument)
{
	double seconds;
	char *end;

	seconds = strtod(argument, &end);
	/* the comparison also refuses NaN */
	if (end == argument || *end || !(seconds >= 0.001 && seconds <= 1e9))
		return message_usage("'--%s' takes seconds, as in 3 or 0.5, not '%s'", row->name,
				     argument);
	*(uint64_t *)((char *)options + row->where) = (uint64_t)(seconds * 1000 + 0.5);
	return 0;
}

static int take_color(struct options *options, const struct option_row *row, const char *argument)
{
	(void)options;
	if (colour_choose(argument ? argument : "always"))
		return 0;
	return message_usage("'--%s' takes auto, always or never, not '%s'", row->name, argument);
}

#define MODE(value)    .group = GROUP_MODE, .take = take_mode, .mode = value
#define FLAG(member)   .take = take_flag, .where = offsetof(struct options, member)
#define STRING(member) .take = take_string, .where = offsetof(struct options, member)
#define LIST(member)   .take = take_list, .where = offsetof(struct options, member)

static const struct option_row rows[] = {
	{"dry-run", 'n', MODE(MODE_DRY_RUN), .help = "show the plan for EVENT..., attach nothing"},
	{"explain", 'e', MODE(MODE_EXPLAIN),
	 .help = "show every candidate's verdict with its evidence"},
	{"list", 'l', MODE(MODE_LIST), .help = "list events, candidates and summaries"},
	{"check", 0, MODE(MODE_CHECK), .help = "hold the manifests against their objects"},
	{"probe", 0, MODE(MODE_PROBE), .help = "write the features of this host as a snapshot"},
	{"matrix", 0, MODE(MODE_MATRIX),
	 .help = "decide for the hosts of SNAPSHOT..., as one table"},
	{"diff", 0, MODE(MODE_DIFF),
	 .help = "show the decisions that change between two snapshots"},
	{"verify", 0, MODE(MODE_VERIFY), .help = "try every candidate: predicted against real"},
	{"report", 0, MODE(MODE_REPORT),
	 .help = "write what a bug report needs to say of this host"},
	{"print-manifest", 0, MODE(MODE_PRINT_MANIFEST),
	 .help = "write the events as one manifest"},
	{"help", 'h', MODE(MODE_HELP), .help = "show this text"},
	{"version", 'V', MODE(MODE_VERSION), .help = "show the version"},
	{"license", 0, MODE(MODE_LICENSE), .help = "show the licence texts"},

	{"manifest", 'm', GROUP_INPUT, "PATH", LIST(manifests),
	 .help = "manifest file, or directory of *.yaml (repeats)"},
	{"object", 'o', GROUP_INPUT, "FILE", LIST(objects),
	 .help = "BPF object: programs named EVENT_* are candidates (repeats)"},
	{"object-dir", 0, GROUP_INPUT, "DIR", STRING(object_dir),
	 .help = "where objects are that do not lie beside their manifest"},
	{"features", 0, GROUP_INPUT, "SNAPSHOT", LIST(snapshots),
	 .help = "decide for the host of a snapshot, not this one (repeats)"},
	{"btf", 0, GROUP_INPUT, "FILE", STRING(btf),
	 .help = "kernel BTF to use for CO-RE relocations"},
	{"kconfig", 0, GROUP_INPUT, "FILE", STRING(kconfig),
	 .help = "how the kernel was configured, where it does not show it"},

	{"on", 0, GROUP_INPUT, "[EVENT.]KEY=VALUE", LIST(on),
	 .help = "where programs are attached: interfaces=lo,eth0 (repeats)"},
	{"set", 0, GROUP_INPUT, "[EVENT.]NAME=VALUE", LIST(set),
	 .help = "set a variable of the events' objects (repeats)"},
	{"record", 0, GROUP_INPUT, "[EVENT.]STRUCT", LIST(record),
	 .help = "the struct of the object that records are (repeats)"},

	{"without", 0, GROUP_CHOICE, "FEATURE", LIST(without),
	 .help = "treat the feature as missing (repeats)"},
	{"assume", 0, GROUP_CHOICE, "FEATURE", LIST(assume),
	 .help = "treat the feature as present (repeats)"},
	{"disable", 0, GROUP_CHOICE, "EVENT=CANDIDATE", LIST(disable),
	 .help = "do not choose this candidate (repeats)"},
	{"no-load", 0, GROUP_CHOICE, FLAG(no_load),
	 .help = "with --dry-run, --explain: predict only, load no candidate"},
	{"covers", 0, GROUP_CHOICE, "KIND,...", STRING(covers),
	 .help = "choose none that covers less: native, compat, kernel, io_uring"},
	{"require-fields", 0, GROUP_CHOICE, "FIELD,...", STRING(require_fields),
	 .help = "choose none that cannot fill these fields"},
	{"feature", 0, GROUP_CHOICE, "FEATURE", LIST(features),
	 .help = "explain a single feature (repeats); 'help' lists the kinds"},

	{"duration", 'd', GROUP_RUN, "SECONDS", take_seconds,
	 .where = offsetof(struct options, duration_ms), .help = "stop after that time"},
	{"count", 'c', GROUP_RUN, "N", take_count, .where = offsetof(struct options, count),
	 .help = "stop after N records"},
	{"no-fallback", 0, GROUP_RUN, FLAG(no_fallback),
	 .help = "fail where the kernel refuses the chosen candidate"},
	{"best-effort", 0, GROUP_RUN, FLAG(best_effort),
	 .help = "go on without the events that have no candidate"},
	{"self-test", 0, GROUP_RUN, FLAG(self_test),
	 .help = "run the events' triggers; a silent candidate falls back"},
	{"keep-privileges", 0, GROUP_RUN, FLAG(keep_privileges),
	 .help = "keep capabilities after attaching"},
	{"pin", 0, GROUP_RUN, "DIR", STRING(pin),
	 .help = "pin what is attached in a BPF file system, so that it stays"},
	{"pin-dir", 0, GROUP_RUN, "DIR", STRING(pin_dir),
	 .help = "where maps are that manifests or objects pin by name"},
	{"buffer", 0, GROUP_RUN, "SIZE", STRING(buffer),
	 .help = "size of the buffer that records pass through: 512K, 4M"},
	{"exit-status", 0, GROUP_RUN, FLAG(exit_status), .help = "exit with the status of COMMAND"},
	{"no-compare", 0, GROUP_RUN, FLAG(no_compare),
	 .help = "with --verify: only try, hold no records against each other"},
	{"cost", 0, GROUP_RUN, FLAG(cost),
	 .help = "with --verify: the candidates of an event by what a run costs"},

	{"pid", 'p', GROUP_RECORDS, "PID", take_pid, .help = "of this process (repeats)"},
	{"follow", 0, GROUP_RECORDS, FLAG(follow), .help = "and of its future children"},
	{"uid", 0, GROUP_RECORDS, "UID|NAME", LIST(uids), .help = "of this user (repeats)"},
	{"comm", 0, GROUP_RECORDS, "GLOB", LIST(comms),
	 .help = "of commands of this name (repeats)"},
	{"cgroup", 0, GROUP_RECORDS, "DIR", LIST(cgroups),
	 .help = "of this cgroup and those below it (repeats)"},
	{"where", 0, GROUP_RECORDS, "CONDITION", LIST(where),
	 .help = "FIELD OP VALUE, OP one of = != < > <= >= ~ &; all must hold"},
	{"own", 0, GROUP_RECORDS, FLAG(own), .help = "also of what featsel itself does"},

	{"fields", 0, GROUP_OUTPUT, "FIELD,...", take_fields,
	 .help = "show these fields in this order; 'help' lists them"},
	{"wide", 0, GROUP_OUTPUT, FLAG(wide),
	 .help = "show every field on a terminal too, and cut nothing"},
	{"color", 0, GROUP_OUTPUT, "[=WHEN]", take_color,
	 .help = "colour: auto (on a terminal), always, never"},
	{"json", 'j', GROUP_OUTPUT, FLAG(json), .help = "write JSON"},
	{"output", 0, GROUP_OUTPUT, "FILE", STRING(output),
	 .help = "write to this file instead of standard output"},
	{"verbose", 'v', GROUP_OUTPUT, FLAG(verbose),
	 .help = "say more, the words of libbpf included"},
	{"quiet", 'q', GROUP_OUTPUT, FLAG(quiet), .help = "errors only"},
};

static bool is_optional(const struct option_row *row)
{
	return row->argument && !strncmp(row->argument, "[=", 2);
}

static int kind_of(const struct option_row *row)
{
	if (is_optional(row))
		return optional_argument;
	return row->argument ? required_argument : no_argument;
}

static void print_row(FILE *out, const struct option_row *row)
{
	struct line_of line;
	char left[64];
	FILE *to;

	snprintf(left, sizeof(left), "  %c%c%s--%s%s%s", row->letter ? '-' : ' ',
		 row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
		 row->argument && !is_optional(row) ? " " : "", row->argument ? row->argument : "");
	if (strlen(left) >= HELP_COLUMN) {
		fprintf(out, "%s\n", left);
		left[0] = '\0';
	}
	to = line_begin(&line, out);
	fprintf(to, "%-*s%s", HELP_COLUMN, left, row->help);
	line_end(&line, HELP_COLUMN);
}

void options_help(FILE *out)
{
	fputs("Usage: featsel [OPTION]... EVENT[=CANDIDATE]... [-- COMMAND [ARGUMENT]...]\n"
	      "       featsel --dry-run|--explain [OPTION]... EVENT[=CANDIDATE]...\n"
	      "       featsel --list|--check|--verify [OPTION]... [EVENT]...\n"
	      "       featsel --probe|--report|--print-manifest [OPTION]...\n"
	      "       featsel --fields help [OPTION]... [EVENT]...\n"
	      "       featsel --matrix|--diff [OPTION]... SNAPSHOT... [EVENT]...\n"
	      "Choose, load and attach the BPF program that the running kernel supports, and\n"
	      "stream its records. The event 'all' stands for every event of the manifests.\n",
	      out);
	for (enum group group = 0; group < GROUP_COUNT; group++) {
		fprintf(out, "\n%s\n", group_titles[group]);
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
			if (rows[i].group == group)
				print_row(out, &rows[i]);
	}
	fputs("\nExit status: 0 done, 1 failed while running, 2 usage or invalid file, 3 no\n"
	      "candidate works here, 4 not permitted. See featsel(1).\n",
	      out);
}

static const struct option_row *row_of(int value)
{
	if (value >= FIRST_VALUE)
		return &rows[value - FIRST_VALUE];
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (value && rows[i].letter == value)
			return &rows[i];
	return NULL;
}

/* The forms that getopt_long() wants: words in order ('-'), missing arguments told apart (':'). */
static void make_forms(char *letters, struct option *longs)
{
	*letters++ = '-';
	*letters++ = ':';
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		longs[i] = (struct option){rows[i].name, kind_of(&rows[i]), NULL,
					   FIRST_VALUE + (int)i};
		if (!rows[i].letter)
			continue;
		*letters++ = rows[i].letter;
		if (rows[i].argument)
			*letters++ = ':';
	}
	*letters = '\0';
	longs[ARRAY_SIZE(rows)] = (struct option){0};
}

static int unknown_option(const char *word)
{
	const char *names[ARRAY_SIZE(rows)];
	const char *near;
	char name[64];

	if (optopt && row_of(optopt))
		return message_usage("option '--%s' takes no argument", row_of(optopt)->name);
	if (optopt)
		return message_usage("unknown option '-%c'", optopt);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		names[i] = rows[i].name;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	near = message_nearest(name, names, ARRAY_SIZE(names));
	if (near)
		return message_usage("unknown option '--%s', did you mean '--%s'?", name, near);
	return message_usage("unknown option '--%s'", name);
}

static int take_option(struct options *options, const struct option_row *row, const char *argument)
{
	if (row->group == GROUP_RUN || row->group == GROUP_RECORDS)
		options->live_name = row->name;
	return row->take(options, row, argument);
}

static int parse_words(struct options *options, int argc, char **argv)
{
	struct option longs[ARRAY_SIZE(rows) + 1];
	char letters[2 * ARRAY_SIZE(rows) + 3];
	int status = 0;
	int value;

	make_forms(letters, longs);
	opterr = 0;
	while (!status && (value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *row = row_of(value);

		if (value == 1)
			status = options_add_string(&options->words, optarg);
		else if (value == ':')
			status = message_usage("option '--%s' needs an argument: %s",
					       row_of(optopt)->name, row_of(optopt)->argument);
		else if (!row)
			status = unknown_option(argv[optind - 1]);
		else
			status = take_option(options, row, optarg);
	}
	if (status || optind == argc)
		return status;
	options->command = argv + optind;
	return 0;
}

static bool names_snapshot(const char *word)
{
	size_t length = strlen(word);

	return strchr(word, '/') || (length > 5 && !strcmp(word + length - 5, ".json"));
}

/* If snapshots are decided for, words that can only be files are snapshots. */
static int sort_words(struct options *options)
{
	size_t kept = 0;

	for (size_t i = 0; i < options->words.count; i++) {
		const char *word = options->words.items[i];

		if (!names_snapshot(word))
			options->words.items[kept++] = word;
		else if (options_add_string(&options->snapshots, word))
			return FEATSEL_FAILURE_RUN;
	}
	options->words.count = kept;
	return 0;
}

/* The meaning of --features and --feature without a mode of their own. */
static void imply_mode(struct options *options)
{
	if (options->mode_name)
		return;
	if (options->fields.count == 1 && !strcmp(options->fields.items[0], "help")) {
		options->mode = MODE_FIELDS;
		options->mode_name = "fields help";
		return;
	}
	if (options->features.count == 1 && !strcmp(options->features.items[0], "help")) {
		options->mode = MODE_FEATURES;
		options->mode_name = "feature help";
		return;
	}
	if (options->features.count)
		options->mode = MODE_EXPLAIN;
	else if (options->snapshots.count)
		options->mode = MODE_DRY_RUN;
}

/* Which options each mode takes; refusing beats ignoring. */
enum takes {
	TAKES_WORDS = 1 << 0,
	TAKES_LIVE = 1 << 1, /* a command, and the live run options that it implies */
	TAKES_SNAPSHOTS = 1 << 2,
	TAKES_FEATURES = 1 << 3,
	TAKES_JSON = 1 << 4,
	TAKES_ALL = ~0,
};

static const enum takes mode_takes[MODE_COUNT] = {
	[MODE_STREAM] = TAKES_WORDS | TAKES_LIVE | TAKES_JSON,
	[MODE_DRY_RUN] = TAKES_WORDS | TAKES_LIVE | TAKES_SNAPSHOTS | TAKES_JSON,
	[MODE_EXPLAIN] = TAKES_ALL,
	[MODE_LIST] = TAKES_WORDS | TAKES_JSON,
	[MODE_CHECK] = TAKES_WORDS | TAKES_JSON,
	[MODE_PROBE] = TAKES_JSON,
	[MODE_MATRIX] = TAKES_WORDS | TAKES_SNAPSHOTS | TAKES_JSON,
	[MODE_DIFF] = TAKES_WORDS | TAKES_SNAPSHOTS | TAKES_JSON,
	[MODE_VERIFY] = TAKES_WORDS | TAKES_LIVE | TAKES_JSON,
	[MODE_PRINT_MANIFEST] = 0,
	[MODE_FIELDS] = TAKES_WORDS | TAKES_LIVE | TAKES_JSON,
	[MODE_FEATURES] = TAKES_WORDS | TAKES_FEATURES | TAKES_JSON,
	[MODE_REPORT] = TAKES_WORDS,
	[MODE_HELP] = TAKES_ALL,
	[MODE_VERSION] = TAKES_ALL,
	[MODE_LICENSE] = TAKES_ALL,
};

static int check_mode(const struct options *options)
{
	enum takes takes = mode_takes[options->mode];

	if (options->words.count && !(takes & TAKES_WORDS))
		return message_usage("'--%s' takes no event: '%s'", options->mode_name,
				     options->words.items[0]);
	if (options->command && !(takes & TAKES_LIVE))
		return message_usage("'--%s' takes no command: '%s'", options->mode_name,
				     options->command[0]);
	if (options->live_name && !(takes & TAKES_LIVE))
		return message_usage("'--%s' is for the live run, not for '--%s'",
				     options->live_name, options->mode_name);
	if (options->snapshots.count && !(takes & TAKES_SNAPSHOTS))
		return message_usage("'--%s' takes no snapshot: '%s'", options->mode_name,
				     options->snapshots.items[0]);
	if (options->features.count && !(takes & TAKES_FEATURES))
		return message_usage("'--feature' goes with '--explain', not with '--%s'",
				     options->mode_name);
	if (options->json && !(takes & TAKES_JSON))
		return message_usage("'--%s' writes %s, not JSON", options->mode_name,
				     options->mode == MODE_REPORT ? "text" : "YAML");
	if (options->mode == MODE_MATRIX && !options->snapshots.count)
		return message_usage(
			"'--matrix' needs snapshots: files written by 'featsel --probe'");
	if (options->mode == MODE_DIFF && options->snapshots.count != 2)
		return message_usage("'--diff' needs two snapshots, not %zu",
				     options->snapshots.count);
	if (options->follow && !options->pids.count)
		return message_usage("'--follow' goes with '--pid'");
	if (options->no_compare && (options->mode != MODE_VERIFY || options->command))
		return message_usage("'--no-compare' goes with '--verify', without a command");
	if (options->cost && options->mode != MODE_VERIFY)
		return message_usage("'--cost' goes with '--verify'");
	if (options->no_load && !is_plan(options->mode) && options->mode != MODE_REPORT)
		return message_usage("'--no-load' goes with '--dry-run' or '--explain'");
	if (options->quiet && options->verbose)
		return message_usage("'--quiet' and '--verbose' exclude each other");
	return 0;
}

int options_parse(struct options *options, int argc, char **argv)
{
	int status = parse_words(options, argc, argv);

	if (!status && optind && !options->command && !strcmp(argv[optind - 1], "--") && optind > 1)
		return message_usage("no command after '--'");
	if (!status && (options->snapshots.count || options->mode == MODE_MATRIX ||
			options->mode == MODE_DIFF))
		status = sort_words(options);
	if (status)
		return status;
	imply_mode(options);
	return check_mode(options);
}

void options_release(struct options *options)
{
	struct strings *lists[] = {
		&options->manifests, &options->objects,	  &options->without,  &options->assume,
		&options->disable,   &options->snapshots, &options->features, &options->pids,
		&options->uids,	     &options->comms,	  &options->cgroups,  &options->where,
		&options->fields,    &options->words,	  &options->on,	      &options->set,
		&options->record,
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		free(lists[i]->items);
}
