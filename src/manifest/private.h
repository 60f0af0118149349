/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * private.h - what only the files of the manifest room share
 */
#ifndef FEATSEL_MANIFEST_PRIVATE_H
#define FEATSEL_MANIFEST_PRIVATE_H

#include "feature/feature.h"
#include "manifest/manifest.h"

/* ---- reader.c: YAML (and so JSON) as a tree with places; the only file with <yaml.h> ---- */

/* The text of a file that can be trusted; the caller frees it. */
int reader_load(const char *path, char **ret, size_t *size, struct featsel_error *err);

/*
 * Takes one value, which lives until it returns; @root is the tree so far. 0 or a negative errno.
 */
typedef int (*reader_take_fn)(void *data, const struct node *root, const struct node *value);
struct reader_each {
	const char *key; /* of the root: the mapping whose values are taken */
	reader_take_fn take;
	void *data;
};
/* The same, but these values are not kept in the tree: memory for one at a time. Keys stay. */
int reader_parse_each(const char *name, const char *text, size_t size,
		      const struct reader_each *each, struct arena *arena, struct node **ret,
		      struct featsel_error *err);

/* ---- parse.c: the grammar of version 1 ---- */

/* The events of a text from @name, whose objects lie in @dir. Everything is allocated in @arena. */
int manifest_parse(const char *name, const char *text, size_t size, const char *dir,
		   struct arena *arena, const struct featsel_event **ret, size_t *n,
		   struct featsel_error *err);

#endif /* FEATSEL_MANIFEST_PRIVATE_H */
