/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* options.h - the command line, parsed */
#ifndef FEATSEL_OPTIONS_H
#define FEATSEL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum mode {
	MODE_STREAM = 0,
	MODE_DRY_RUN,
	MODE_EXPLAIN,
	MODE_LIST,
	MODE_CHECK,
	MODE_PROBE,
	MODE_MATRIX,
	MODE_DIFF,
	MODE_VERIFY,
	MODE_PRINT_MANIFEST,
	MODE_FIELDS,
	MODE_FEATURES,
	MODE_REPORT,
	MODE_HELP,
	MODE_VERSION,
	MODE_LICENSE,
	MODE_COUNT
};

/* Words of the command line; the array is owned, the words are not. */
struct strings {
	const char **items;
	size_t count;
};

struct options {
	enum mode mode;
	const char *mode_name; /* the option that chose the mode, NULL if none did */
	const char *live_name; /* the last option about the live run, NULL if none was given */
	struct strings manifests, objects, without, assume, disable, snapshots, features;
	struct strings on, set, record; /* given beside the manifests */
	const char *covers, *require_fields;
	struct strings pids, uids, comms, cgroups, where; /* which records are shown */
	struct strings fields;				  /* of them, in this order; none: all */
	struct strings words;				  /* EVENT, EVENT=CANDIDATE */
	char *const *command;				  /* NULL-terminated, or NULL */
	bool command_apart, command_mute; /* its output: to standard error, nowhere */
	const char *object_dir;		  /* NULL: the library's */
	const char *btf, *kconfig;	  /* NULL: the kernel's */
	const char *pin;		  /* NULL: nothing is to stay */
	const char *pin_dir, *buffer;	  /* given beside the manifests, NULL */
	const char *output;		  /* NULL: standard output */
	uint64_t duration_ms;		  /* 0: until stopped */
	uint64_t count;			  /* 0: no limit */
	bool json, verbose, quiet;
	bool own, follow, no_fallback, best_effort, self_test, keep_privileges, exit_status;
	bool no_compare, no_load, wide, cost;
};

/* 0, or the exit status after a message. The words point into @argv. */
int options_parse(struct options *options, int argc, char **argv);
void options_release(struct options *options);
void options_help(FILE *out);
/* 0, or the exit status after a message. */
int options_add_string(struct strings *strings, const char *string);

#endif /* FEATSEL_OPTIONS_H */
