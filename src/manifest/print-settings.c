/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * print-settings.c - where programs are attached, what is set before they are loaded, what
 * they must see at least: as YAML
 */
#include <string.h>

#include "manifest/private.h"

/* ---- on ---- */

static bool says(const struct attach_options *on, enum on_key key)
{
	return on->said & ON_SAID(key);
}

/* "0-3,8" as a list; the text is at most as long as the list that it came from. */
static void put_cpus(struct printer *printer, const char *cpus)
{
	char range[16];
	size_t length;

	yaml_key(printer, "cpus");
	yaml_put(printer, " [");
	while (*cpus) {
		length = strcspn(cpus, ",");
		snprintf(range, sizeof(range), "%.*s", (int)length, cpus);
		yaml_scalar(printer, range);
		cpus += length + (cpus[length] == ',');
		yaml_put(printer, *cpus ? ", " : "]\n");
	}
}

static void put_every(struct printer *printer, uint64_t every)
{
	char text[32];

	snprintf(text, sizeof(text), " %llu.%03llu\n", (unsigned long long)every / 1000,
		 (unsigned long long)every % 1000);
	yaml_key(printer, "every");
	yaml_put(printer, every ? text : " once\n");
}

static void put_inner(struct printer *printer, const char *key, const char *inner, const char *text,
		      int64_t number)
{
	yaml_open(printer, key);
	if (text)
		yaml_entry(printer, inner, text);
	else
		yaml_number(printer, inner, number);
	printer->depth--;
}

static void put_numbers(struct printer *printer, const struct attach_options *on)
{
	static const enum on_key keys[] = {ON_PRIORITY, ON_FREQUENCY, ON_PERIOD, ON_PID};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (says(on, keys[i]))
			yaml_number(printer, on_key_name(keys[i]), on_number(on, keys[i]));
}

static void put_parts(struct printer *printer, const struct attach_options *on)
{
	if (says(on, ON_OF_MAP) || says(on, ON_OF_CGROUP) || says(on, ON_OF_TASK))
		put_inner(printer, "of",
			  on->of_map	  ? "map"
			  : on->of_cgroup ? "cgroup"
					  : "task",
			  on->of_map ? on->of_map : on->of_cgroup, on->of_task);
	if (says(on, ON_PROGRAM_ID) || says(on, ON_PROGRAM_PINNED))
		put_inner(printer, "program", on->program_pinned ? "pinned" : "id",
			  on->program_pinned, on->program_id);
}

static void put_words(struct printer *printer, const struct attach_options *on)
{
	static const enum on_key keys[] = {ON_XDP_MODE, ON_DIRECTION, ON_CGROUP, ON_NETNS,
					   ON_HOOK,	ON_MAP,	      ON_EVENT};
	size_t i;

	if (says(on, ON_INTERFACES))
		yaml_list(printer, "interfaces", on->interfaces, yaml_next_string);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (says(on, keys[i]))
			yaml_entry(printer, on_key_name(keys[i]), on_text(on, keys[i]));
}

void print_on(struct printer *printer, const struct attach_options *on, bool own)
{
	struct attach_options said;

	if (!on)
		return;
	said = *on;
	if (own)
		said.said &= said.own;
	if (!said.said)
		return;
	/* Not by yaml_open(): quotes, since YAML 1.1 reads "true", would help nobody here. */
	yaml_line(printer);
	yaml_put(printer, "on:\n");
	printer->depth++;
	put_words(printer, &said);
	put_numbers(printer, &said);
	if (says(&said, ON_CPUS))
		put_cpus(printer, said.cpus);
	if (says(&said, ON_EVERY))
		put_every(printer, said.every);
	put_parts(printer, &said);
	printer->depth--;
}

/* ---- globals ---- */

static bool was_printed(const struct featsel_candidate *candidates, size_t n, const char *name)
{
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < candidates[i].n_globals; j++)
			if (candidates[i].globals[j].shared &&
			    strcmp(candidates[i].globals[j].name, name) == 0)
				return true;
	return false;
}

void print_globals(struct printer *printer, const struct featsel_candidate *candidates, size_t n,
		   bool shared)
{
	const struct global_ref *global, *end;
	bool open = false;
	size_t i;

	for (i = 0; i < n; i++) {
		global = candidates[i].globals;
		end = global + candidates[i].n_globals;
		for (; global < end; global++) {
			if (global->shared != shared ||
			    (shared && was_printed(candidates, i, global->name)))
				continue;
			if (!open)
				yaml_open(printer, "globals");
			open = true;
			yaml_node(printer, global->name, global->value);
		}
	}
	if (open)
		printer->depth--;
}

/* ---- maps ---- */

static void put_map(struct printer *printer, const struct map_ref *map)
{
	yaml_open(printer, map->name);
	if (map->max_entries)
		yaml_number(printer, "max_entries", map->max_entries);
	if (map->per_cpu)
		yaml_number(printer, "per_cpu", map->per_cpu);
	if (map->value_size)
		yaml_number(printer, "value_size", map->value_size);
	if (map->inner_max_entries)
		put_inner(printer, "inner", "max_entries", NULL, map->inner_max_entries);
	yaml_entry(printer, "pin", map->pin);
	if (map->given & 1u << MAP_REUSE)
		yaml_truth(printer, "reuse", map->reuse);
	if (map->entries)
		yaml_node(printer, "entries", map->entries);
	printer->depth--;
}

void print_maps(struct printer *printer, const struct map_ref *maps, size_t n)
{
	size_t i;

	if (!n)
		return;
	yaml_open(printer, "maps");
	for (i = 0; i < n; i++)
		put_map(printer, &maps[i]);
	printer->depth--;
}

/* ---- what is asked at least ---- */

void print_minimum(struct printer *printer, const struct minimum *minimum)
{
	if (!minimum || (!minimum->covers && (!minimum->fields || !minimum->fields[0])))
		return;
	yaml_open(printer, "minimum");
	yaml_list(printer, "covers", &minimum->covers, print_next_cover);
	yaml_list(printer, "fields", minimum->fields, yaml_next_string);
	printer->depth--;
}
