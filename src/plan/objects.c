/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * objects.c - the objects that a manifest names, each read once
 */
#include <errno.h>

#include "plan/private.h"

/* An object that cannot be used is kept as well: it is opened once and its reason is remembered. */
struct plan_object_entry {
	struct object *object; /* NULL: @error says why */
	struct featsel_error error;
	int code;
};

static void objects_release(struct featsel_manifest *manifest)
{
	const char *key;
	struct plan_object_entry *entry;
	size_t at = 0;

	while ((entry = dict_each(&manifest->objects, &at, &key)))
		object_release(entry->object);
	dict_free(&manifest->objects);
}

static struct plan_object_entry *object_entry(struct featsel_manifest *manifest, const char *path)
{
	const struct memory_object *memory = context_object_at(manifest->context, path);
	struct plan_object_entry *entry = dict_get(&manifest->objects, path);
	const char *key;
	int r;

	if (entry)
		return entry;
	entry = arena_alloc(manifest->arena, sizeof(*entry));
	key = arena_strdup(manifest->arena, path);
	if (!entry || !key || dict_set(&manifest->objects, key, entry))
		return NULL;
	manifest->release = objects_release;
	if (memory)
		r = object_parse(key, memory->data, memory->size, manifest->arena, &entry->object,
				 &entry->error);
	else
		r = object_read(key, manifest->arena, &entry->object, &entry->error);
	entry->code = r;
	return r == -ENOMEM ? NULL : entry;
}

int plan_object(struct featsel_manifest *manifest, const char *path, struct object **ret,
		struct featsel_error *err)
{
	const struct plan_object_entry *entry = object_entry(manifest, path);

	if (!entry)
		return error_memory(err);
	if (!entry->object) {
		if (err && !err->text[0])
			*err = entry->error;
		return entry->code;
	}
	*ret = entry->object;
	return 0;
}
