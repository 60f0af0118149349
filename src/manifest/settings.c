/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* settings.c - the settings of a candidate (places, variables, maps), and where each was given */
#include <errno.h>

#include "manifest/private.h"

struct gathering {
	const struct featsel_candidate *candidate;
	struct arena *arena;
	struct vec settings; /* struct setting */
	bool failed;	     /* memory is out */
};

/* "FILE:LINE:COLUMN"; a word of a command line is its own place. */
static const char *origin_of(struct arena *arena, const struct location *at)
{
	if (!at->line)
		return at->file ? at->file : "";
	return arena_printf(arena, "%s:%u:%u", at->file ? at->file : "", at->line, at->column);
}

static void add(struct gathering *gathering, const struct setting *setting)
{
	bool whole = setting->key && setting->value && setting->origin;
	struct setting *slot = whole ? vec_add(&gathering->settings, sizeof(*slot)) : NULL;

	gathering->failed |= !slot;
	if (slot)
		*slot = *setting;
}

/* ---- values of a manifest ---- */

static int write_text(void *data, const char *text)
{
	return fputs(text, data) < 0 ? -ENOMEM : 0;
}

static const char *node_text(struct arena *arena, const struct node *node)
{
	const char *kept = NULL;
	struct text text;
	struct printer printer = {.write = write_text, .data = text_open(&text)};

	if (printer.data)
		yaml_value(&printer, node);
	if (!text_close(&text))
		kept = arena_strdup(arena, text.data);
	text_free(&text);
	return kept;
}

/* "[lo, eth0]" */
static const char *list_text(struct arena *arena, const char *const *list)
{
	const char *text = "[";

	for (size_t i = 0; text && list && list[i]; i++)
		text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", list[i]);
	return text ? arena_printf(arena, "%s]", text) : NULL;
}

/* ---- places ---- */

static const char *on_value(struct arena *arena, const struct attach_options *on, enum on_key key)
{
	if (key == ON_INTERFACES)
		return list_text(arena, on->interfaces);
	if (key == ON_EVERY && !on->every)
		return "once";
	if (key == ON_EVERY)
		return arena_printf(arena, "%g", (double)on->every / 1000);
	return on_text(on, key) ? on_text(on, key)
				: arena_printf(arena, "%lld", (long long)on_number(on, key));
}

static void gather_on(struct gathering *gathering)
{
	const struct attach_options *on = gathering->candidate->on;
	struct arena *arena = gathering->arena;
	enum on_key key;

	for (key = 0; on && key < ON_KEY_COUNT; key++)
		if (on->said & ON_SAID(key))
			add(gathering,
			    &(struct setting){
				    .key = arena_printf(arena, "on.%s", on_key_name(key)),
				    .value = on_value(arena, on, key),
				    .origin = origin_of(arena, &on->at[key]),
				    .on = ON_SAID(key),
			    });
}

/* ---- variables ---- */

static void gather_globals(struct gathering *gathering)
{
	const struct global_ref *global = gathering->candidate->globals;
	const struct global_ref *end = global + gathering->candidate->n_globals;
	struct arena *arena = gathering->arena;

	for (; global < end; global++)
		add(gathering, &(struct setting){
				       .key = arena_printf(arena, "globals.%s", global->name),
				       .value = node_text(arena, global->value),
				       .origin = origin_of(arena, &global->at),
				       .global = global->name,
			       });
}

/* ---- maps ---- */

static const char *map_value(struct arena *arena, const struct map_ref *map, enum map_key key)
{
	const uint32_t numbers[MAP_KEYS] = {
		[MAP_MAX_ENTRIES] = map->max_entries,
		[MAP_PER_CPU] = map->per_cpu,
		[MAP_VALUE_SIZE] = map->value_size,
		[MAP_INNER] = map->inner_max_entries,
	};

	if (key == MAP_PIN)
		return map->pin;
	if (key == MAP_REUSE)
		return map->reuse ? "true" : "false";
	return key == MAP_ENTRIES ? node_text(arena, map->entries)
				  : arena_printf(arena, "%u", numbers[key]);
}

static void gather_map(struct gathering *gathering, const struct map_ref *map)
{
	struct arena *arena = gathering->arena;
	enum map_key key;

	for (key = 0; key < MAP_KEYS; key++)
		if (map->given & 1u << key)
			add(gathering,
			    &(struct setting){
				    .key = arena_printf(arena, "maps.%s.%s%s", map->name,
							map_key_name(key),
							key == MAP_INNER ? ".max_entries" : ""),
				    .value = map_value(arena, map, key),
				    .origin = origin_of(arena, &map->key_at[key]),
				    .map = map->name,
			    });
}

/* What the command line says about the output, whatever its name, and about all pins. */
static void gather_options(struct gathering *gathering)
{
	const struct featsel_candidate *candidate = gathering->candidate;

	if (candidate->buffer)
		add(gathering,
		    &(struct setting){
			    .key = "buffer",
			    .value = arena_printf(gathering->arena, "%u", candidate->buffer),
			    .origin = "--buffer",
		    });
	if (candidate->pin_dir)
		add(gathering, &(struct setting){.key = "pin_dir",
						 .value = candidate->pin_dir,
						 .origin = "--pin-dir"});
}

int manifest_settings(const struct featsel_candidate *candidate, struct arena *arena,
		      const struct setting **ret, size_t *n)
{
	struct gathering gathering = {.candidate = candidate, .arena = arena};
	struct setting *kept = NULL;
	size_t i;

	gather_on(&gathering);
	gather_globals(&gathering);
	for (i = 0; i < candidate->n_maps; i++)
		gather_map(&gathering, &candidate->maps[i]);
	gather_options(&gathering);
	if (!gathering.failed)
		kept = arena_array(arena, gathering.settings.count + 1, sizeof(*kept));
	for (i = 0; kept && i < gathering.settings.count; i++)
		kept[i] = ((const struct setting *)gathering.settings.items)[i];
	*ret = kept;
	*n = gathering.settings.count;
	vec_free(&gathering.settings);
	return kept ? 0 : -ENOMEM;
}
