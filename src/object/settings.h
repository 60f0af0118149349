/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* settings.h - what a manifest sets in an object; part of object.h */
#ifndef FEATSEL_OBJECT_SETTINGS_H
#define FEATSEL_OBJECT_SETTINGS_H

#include "base/base.h"
#include "manifest/manifest.h"
#include "object/oracle.h"

struct object;

/* ---- encode.c: values of manifests as the bytes that the object's types make of them ---- */

/* For whom values are written, and where errors and memory come from. */
struct object_encoder {
	const struct object *object;
	struct arena *arena;
	struct featsel_error *err;
	const char *name; /* begins an error's text: "variable 'x'" */
	uint64_t limit;	  /* bits of the value, set by object_encode() */
};
/* Write @node as a value of BTF type @type into the @size bytes. -EINVAL with the error at the
 * node's place. */
int object_encode(const struct object_encoder *encoder, uint32_t type, const struct node *node,
		  void *bytes, size_t size);

/* ---- globals.c: variables, and what a manifest sets them to ---- */

/* Bytes of .rodata, .data or .bss that differ from the object's. */
struct object_override {
	int map; /* of the object's: the section */
	uint32_t offset, size;
	const uint8_t *bytes;
	const struct global_ref *global;
};
/*
 * In the order in which they are applied: a later one may lie within an earlier one. -ENOENT: the
 * object lacks a variable; -EINVAL: a value does not fit. Both with the place in the manifest.
 */
int object_overrides(const struct object *object, const struct featsel_candidate *candidate,
		     struct arena *arena, const struct object_override **ret, size_t *n,
		     struct featsel_error *err);
/* Whether the object has the variable that "name.member[2]" begins with. */
bool object_has_global(const struct object *object, const char *path);

/* What the candidate sets in .rodata, for the oracle, in @arena; invalid settings are left out. 0
 * or -ENOMEM. */
int object_patch_oracle(const struct object *object, const struct featsel_candidate *candidate,
			struct arena *arena, struct object_oracle *oracle);

/* ---- map-settings.c: maps as a manifest wants them ---- */

struct object_map;

/* The text in @member of the map, a structure of that @type for the kernel; NULL: it is another. */
const char *object_struct_ops_text(const struct object *object, const struct object_map *map,
				   const char *type, const char *member, struct arena *arena);
/* Whether the manifest gives the key; @said may be NULL. */
bool object_map_said(const struct map_ref *said, enum map_key key);
/* The size that is given for the map, as given; 0: none. */
uint32_t object_map_size(const struct object *object, int index,
			 const struct featsel_candidate *candidate);
/* The size that the map gets where @size is wanted: of a ring whole pages, a power of two of
 * them. */
uint32_t object_map_fit(const struct object_map *map, uint32_t size);
/* The map with the sizes that it gets for the candidate. */
struct object_map object_map_as_said(const struct object *object, int index,
				     const struct featsel_candidate *candidate);

/*
 * The path where the map is pinned, NULL: none; *reuse: an existing pin is used. The string is in
 * @arena or the manifest's. 0 or -ENOMEM.
 */
int object_map_pin(const struct object *object, int index,
		   const struct featsel_candidate *candidate, struct arena *arena, const char **ret,
		   bool *reuse);

/* An entry that is put into a map before programs are attached, as large as the map's keys and
 * values. */
struct object_entry {
	const uint8_t *key, *value;
};
struct object_entries {
	const struct object_entry *items;
	size_t n;
};
/* None if the object lacks the map. -EINVAL with the place in the manifest. */
int object_entries(const struct object *object, const struct featsel_candidate *candidate,
		   const struct map_ref *said, struct arena *arena, struct object_entries *ret,
		   struct featsel_error *err);
/* Whether all settings of the candidate fit the maps that the object has: 0, -EINVAL with the
 * place. */
int object_check_maps(const struct object *object, const struct featsel_candidate *candidate,
		      struct arena *arena, struct featsel_error *err);
/* The error that the object lacks the map: -ENOENT with the place and a similar name. */
int object_unknown_map(const struct object *object, const struct map_ref *said, struct arena *arena,
		       struct featsel_error *err);

#endif /* FEATSEL_OBJECT_SETTINGS_H */
