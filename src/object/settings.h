/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * settings.h - what a manifest sets of an object; part of object.h
 */
#ifndef FEATSEL_OBJECT_SETTINGS_H
#define FEATSEL_OBJECT_SETTINGS_H

#include "base/base.h"
#include "manifest/manifest.h"

struct object;

/* ---- encode.c: values of manifests as the bytes that the object's types make of them ---- */

/*
 * Write @node as a value of BTF type @type into the @size bytes. -EINVAL with the error at the
 * node's place; @name begins its text: "variable 'x'".
 */
int object_encode(const struct object *object, uint32_t type, const struct node *node,
		  const char *name, struct arena *arena, void *bytes, size_t size,
		  struct featsel_error *err);

/* ---- globals.c: variables, and what a manifest sets them to ---- */

/* Bytes of .rodata, .data or .bss that are not what the object says. */
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

#endif /* FEATSEL_OBJECT_SETTINGS_H */
