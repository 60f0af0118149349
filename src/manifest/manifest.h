/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * manifest.h - what a manifest says: trust, YAML, grammar, model
 */
#ifndef FEATSEL_MANIFEST_MANIFEST_H
#define FEATSEL_MANIFEST_MANIFEST_H

#include "base/base.h"
#include "feature/feature.h"

/* ---- model.c: the model, immutable once read ---- */

enum covers {
	COVERS_NATIVE = 1 << 0,
	COVERS_COMPAT = 1 << 1,
	COVERS_KERNEL = 1 << 2,
	COVERS_IO_URING = 1 << 3,
	COVERS_SOME = 1 << 4, /* acts of the other kinds, but not all of them */
};

struct program_ref {
	const char *name;
	const char *attach; /* SEC() form that replaces the section, or NULL */
	bool loaded_only;   /* from also: loaded, not attached */
	bool optional;	    /* left out where its target does not exist */
	struct location at;
};

struct node;

struct attach_options; /* feature/on.h */

/* A variable of the object, "conf.ports[2]", and what it is to hold when the object is loaded. */
struct global_ref {
	const char *name;
	const struct node *value; /* its type is the object's matter */
	bool shared;		  /* said for the event: another candidate may be meant */
	bool wide;		  /* said for all events: another event may be meant */
	struct location at;	  /* of the name */
};

enum map_key {
	MAP_MAX_ENTRIES,
	MAP_PER_CPU,
	MAP_VALUE_SIZE,
	MAP_INNER,
	MAP_PIN,
	MAP_REUSE,
	MAP_ENTRIES,
	MAP_KEYS
};

struct map_ref {
	const char *name;
	uint32_t given; /* 1 << enum map_key; what is not given is zero */
	struct location at, key_at[MAP_KEYS];
	uint32_t max_entries, per_cpu; /* at most one is given */
	uint32_t value_size, inner_max_entries;
	const char *pin; /* absolute path, or a name below the directory for pins */
	bool reuse;
	const struct node *entries; /* a mapping: keys and values, typed by the object */
};

/* What candidates must see and tell at least. */
struct minimum {
	unsigned int covers;		  /* enum covers; 0: nothing is asked */
	const char *const *fields;	  /* NULL-terminated, or NULL */
	const char *const *selected;	  /* likewise: by these records are selected */
	const struct location *fields_at; /* one a field */
	struct location covers_at;
};

struct featsel_candidate {
	const char *name;
	const struct featsel_event *event;
	const char *object; /* as written, the event's where the candidate has none; never NULL */
	const char *record; /* struct in the object's BTF; NULL: raw bytes */
	const char *output; /* map, or NULL: the one that the programs refer to */
	const struct program_ref *programs;
	size_t n_programs;
	const struct map_ref *maps; /* the event's joined in */
	size_t n_maps;
	const struct attach_options *on;  /* NULL: nothing is said */
	const struct global_ref *globals; /* the event's joined in, theirs first */
	size_t n_globals;
	const char *kconfig; /* a file that says how the kernel was configured, or NULL */
	uint32_t buffer;     /* bytes of the output, in the place of all that is said of it; 0 */
	const char *pin_dir; /* where maps are pinned that have a name for it, or NULL */
	unsigned int covers; /* 0: not said */
	const char *covers_text;
	const char *const *lacks;	    /* NULL-terminated */
	const struct requirement *required; /* NULL: nothing declared */
	/* Helpers and kfuncs that inference leaves out; NULL-terminated. */
	const char *const *optional;
	struct location at, object_at, record_at, output_at, kconfig_at;
	const struct location *lacks_at; /* one a field */
};

/* "native, compat" */
const char *covers_text(unsigned int covers);
/* What the manifest says about a map, NULL: nothing. */
const struct map_ref *candidate_map(const struct featsel_candidate *candidate, const char *name);

struct featsel_event {
	const char *name;
	const char *summary;	    /* "" */
	const char *const *trigger; /* NULL-terminated, or NULL */
	const struct featsel_candidate *candidates;
	size_t n_candidates;
	const char *dir; /* of the manifest, for relative objects; NULL: in memory */
	const char *tag; /* "type = EVENT_OPEN": which of an output's records are its own; NULL */
	const struct minimum *minimum;	 /* NULL: nothing is asked */
	const struct attach_options *on; /* NULL; what candidates do not say themselves */
	struct location at, tag_at;
};

struct featsel_manifest {
	struct featsel_context *context;
	struct arena *arena; /* everything that the events refer to */
	struct vec events;   /* const struct featsel_event *, in order of definition */
	struct dict by_name;
	struct vec arenas;   /* struct arena *: one a file read */
	struct dict objects; /* path -> plan.c's entry: each file is read once */
	void (*release)(struct featsel_manifest
				*manifest); /* of objects; set with the first, called by free */
};

/*
 * The path of a candidate's object by rule: relative to the manifest's directory, then the object
 * directory. Allocated in @arena. -ENOENT: in neither.
 */
int manifest_object_path(const struct featsel_manifest *manifest,
			 const struct featsel_candidate *candidate, struct arena *arena,
			 const char **ret, struct featsel_error *err);

/* ---- settings.c: what is set of a candidate, one by one ---- */

struct setting {
	const char *key;    /* "on.interfaces", "globals.min_us", "maps.table.max_entries" */
	const char *value;  /* as a manifest has it */
	const char *origin; /* "FILE:LINE:COLUMN", "--set min_us=3" */
	/* What it needs to exist, 0 and NULL if it is not of that kind. */
	unsigned int on; /* ON_SAID() of its key */
	const char *global, *map;
};
/* All of them, in @arena: 0 or -ENOMEM. */
int manifest_settings(const struct featsel_candidate *candidate, struct arena *arena,
		      const struct setting **ret, size_t *n);

/* ---- trust.c: files that a privileged process may believe ---- */

/*
 * Open a regular file for reading. A process with privilege refuses one that others can change:
 * writable by group or others, the same for its directory (unless sticky), or owned by neither root
 * nor the caller. @limit bytes at most.
 */
int trust_open(const char *path, size_t limit, int *ret, struct featsel_error *err);
/*
 * The contents of such a file, which the caller frees. -EPERM only for a file that is not trusted;
 * -EACCES: it could not be opened or read.
 */
int trust_read(const char *path, size_t limit, char **ret, size_t *size, struct featsel_error *err);
/* For manifests, snapshots and the like. */
#define MANIFEST_LIMIT ((size_t)16 << 20)

/* ---- reader.c: YAML (and so JSON) as a tree with places; the only file with <yaml.h> ---- */

enum node_type { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

struct node {
	enum node_type type;
	struct location at;
	const char *text;   /* scalar */
	bool quoted;	    /* scalar in quotes: a string, even if it looks like a number */
	struct node *key;   /* in a mapping: the key of this value */
	struct node *first; /* child */
	struct node *next;  /* sibling */
	size_t count;	    /* children */
};
/* Depth, size, aliases, tags, duplicate keys, second documents and NUL are checked here and
 * reported with their place. */
int reader_parse(const char *name, const char *text, size_t size, struct arena *arena,
		 struct node **ret, struct featsel_error *err);

/*
 * Takes one value, which lives until it returns; @root is the tree so far. 0 or a negative errno.
 */
typedef int (*reader_take_fn)(void *data, const struct node *root, const struct node *value);
struct reader_each {
	const char *key; /* of the root: the mapping whose values are taken */
	reader_take_fn take;
	void *data;
};
struct reader_input {
	const char *name; /* for errors */
	const char *text;
	size_t size;
};
/* The same, but these values are not kept in the tree: memory for one at a time. Keys stay. */
int reader_parse_each(const struct reader_input *input, const struct reader_each *each,
		      struct arena *arena, struct node **ret, struct featsel_error *err);

/* ---- values.c: keys, single values, lists ---- */

/* What an event or a candidate may be called: fit for a command line, EVENT=CANDIDATE. */
bool manifest_is_name(const char *text);

/* ---- add.c: files and directories, each all or none ---- */

/* All events of one file, added or none. Takes the arena over on success. */
int manifest_adopt(struct featsel_manifest *manifest, struct arena *arena,
		   const struct featsel_event *const *events, size_t n, struct featsel_error *err);

#endif /* FEATSEL_MANIFEST_MANIFEST_H */
