/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * on.c - the grammar of 'on': where programs are attached, and with what
 */
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/private.h"

#define FREQUENCY_LIMIT 1000000
#define EVERY_LIMIT	86400 /* seconds: a day */
#define GLOB_LIMIT	64

enum key_of_on {
	KEY_INTERFACES,
	KEY_XDP_MODE,
	KEY_DIRECTION,
	KEY_CGROUP,
	KEY_NETNS,
	KEY_HOOK,
	KEY_PRIORITY,
	KEY_MAP,
	KEY_FREQUENCY,
	KEY_PERIOD,
	KEY_EVENT,
	KEY_CPUS,
	KEY_EVERY,
	KEY_OF,
	KEY_PROGRAM,
	KEY_PID,
	KEY_COUNT
};

static const struct key on_keys[] = {
	[KEY_INTERFACES] = {"interfaces", NODE_SEQUENCE, false},
	[KEY_XDP_MODE] = {"xdp_mode", NODE_SCALAR, false},
	[KEY_DIRECTION] = {"direction", NODE_SCALAR, false},
	[KEY_CGROUP] = {"cgroup", NODE_SCALAR, false},
	[KEY_NETNS] = {"netns", NODE_SCALAR, false},
	[KEY_HOOK] = {"hook", NODE_SCALAR, false},
	[KEY_PRIORITY] = {"priority", NODE_SCALAR, false},
	[KEY_MAP] = {"map", NODE_SCALAR, false},
	[KEY_FREQUENCY] = {"frequency", NODE_SCALAR, false},
	[KEY_PERIOD] = {"period", NODE_SCALAR, false},
	[KEY_EVENT] = {"event", NODE_SCALAR, false},
	[KEY_CPUS] = {"cpus", NODE_SEQUENCE, false},
	[KEY_EVERY] = {"every", NODE_SCALAR, false},
	[KEY_OF] = {"of", NODE_MAPPING, false},
	[KEY_PROGRAM] = {"program", NODE_MAPPING, false},
	[KEY_PID] = {"pid", NODE_SCALAR, false},
};
_Static_assert(ARRAY_SIZE(on_keys) == KEY_COUNT && KEY_COUNT <= KEYS_LIMIT,
	       "every key has its row");

static const struct choice xdp_modes[] = {
	{"native", XDP_MODE_NATIVE},
	{"generic", XDP_MODE_GENERIC},
	{"any", XDP_MODE_ANY},
};

static const struct choice directions[] = {
	{"ingress", DIRECTION_INGRESS},
	{"egress", DIRECTION_EGRESS},
};

/* The kernel's words, and nft's; of IPv4 where nothing else is said. */
static const struct choice hooks[] = {
	{"prerouting", 0}, {"input", 0},       {"forward", 0},
	{"output", 0},	   {"postrouting", 0}, {"pre_routing", 0},
	{"local_in", 0},   {"local_out", 0},   {"post_routing", 0},
};

/* As perf list calls them. */
static const struct choice perf_events[] = {
	{"cpu-clock", 0},	 {"task-clock", 0},	  {"page-faults", 0},
	{"minor-faults", 0},	 {"major-faults", 0},	  {"context-switches", 0},
	{"cpu-migrations", 0},	 {"alignment-faults", 0}, {"emulation-faults", 0},
	{"cpu-cycles", 0},	 {"cycles", 0},		  {"instructions", 0},
	{"cache-references", 0}, {"cache-misses", 0},	  {"branch-instructions", 0},
	{"branch-misses", 0},	 {"bus-cycles", 0},	  {"ref-cycles", 0},
};
_Static_assert(ARRAY_SIZE(perf_events) <= CHOICES_LIMIT, "parse_choice() names them all");

/* ---- values ---- */

static int check_interface(const struct parser *parser, const struct node *item)
{
	const bool glob = strpbrk(item->text, "*?[") != NULL;
	int err = parse_check_text(parser, item, "interfaces", "");

	if (err)
		return err;
	if (strlen(item->text) < (glob ? GLOB_LIMIT : IFNAMSIZ) && !strpbrk(item->text, "/: \t") &&
	    strcmp(item->text, ".") != 0 && strcmp(item->text, "..") != 0)
		return 0;
	return parse_fail(parser, item,
			  "'%.80s' is not an interface's name: at most %d characters, without '/', "
			  "':' and blanks",
			  item->text, IFNAMSIZ - 1);
}

static int take_interfaces(struct parser *parser, const struct node *list,
			   struct attach_options *on)
{
	const char **names = arena_array(parser->arena, list->count + 1, sizeof(*names));
	const struct node *item;
	size_t i = 0;
	int err;

	if (!names)
		return error_memory(parser->err);
	err = parse_check_count(parser, list, 1, LIST_LIMIT);
	for (item = list->first; item && !err; item = item->next) {
		err = parse_check_item(parser, item, "interfaces", NODE_SCALAR);
		if (!err)
			err = check_interface(parser, item);
		if (!err)
			err = parse_check_unique(parser, list, item);
		if (!err)
			err = parse_keep(parser, item->text, &names[i++]);
	}
	on->interfaces = names;
	return err;
}

static int take_xdp_mode(struct parser *parser, const struct node *node, struct attach_options *on)
{
	const struct choice *choice;
	int err = parse_choice(parser, node, NULL, xdp_modes, ARRAY_SIZE(xdp_modes), &choice);

	if (!err)
		on->xdp_mode = (enum on_xdp_mode)choice->value;
	return err;
}

static int take_direction(struct parser *parser, const struct node *node, struct attach_options *on)
{
	const struct choice *choice;
	int err = parse_choice(parser, node, NULL, directions, ARRAY_SIZE(directions), &choice);

	if (!err)
		on->direction = (enum on_direction)choice->value;
	return err;
}

/* "local_in", "ip6/local_in" */
static int take_hook(struct parser *parser, const struct node *node, struct attach_options *on)
{
	static const char *const families[] = {"ip6/", "ip/", ""};
	struct node word = *node;
	const struct choice *choice;
	size_t i = 0;
	int err;

	while (strncmp(node->text, families[i], strlen(families[i])) != 0)
		i++;
	word.text += strlen(families[i]);
	err = parse_choice(parser, &word, NULL, hooks, ARRAY_SIZE(hooks), &choice);
	return err ? err : parse_keep(parser, node->text, &on->hook);
}

static int take_cgroup(struct parser *parser, const struct node *node, struct attach_options *on)
{
	return parse_path(parser, node, &on->cgroup);
}

static int take_netns(struct parser *parser, const struct node *node, struct attach_options *on)
{
	return parse_path(parser, node, &on->netns);
}

/* The kernel keeps the lowest and the highest to itself. */
static int take_priority(struct parser *parser, const struct node *node, struct attach_options *on)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(node->text, &end, 10);
	if (errno || *end || end == node->text || node->quoted || value <= INT_MIN ||
	    value >= INT_MAX)
		return parse_fail(parser, node,
				  "'priority' must be a number from %d to %d, not '%.40s'",
				  INT_MIN + 1, INT_MAX - 1, node->text);
	on->priority = (int)value;
	return 0;
}

static int take_map(struct parser *parser, const struct node *node, struct attach_options *on)
{
	return parse_word(parser, node, NULL, &parse_word_map, &on->map);
}

static int take_frequency(struct parser *parser, const struct node *node, struct attach_options *on)
{
	return parse_number(parser, node, 1, FREQUENCY_LIMIT, &on->frequency);
}

static int take_period(struct parser *parser, const struct node *node, struct attach_options *on)
{
	return parse_number(parser, node, 1, INT64_MAX, &on->period);
}

static int take_event(struct parser *parser, const struct node *node, struct attach_options *on)
{
	const struct choice *choice;
	int err = parse_choice(parser, node, NULL, perf_events, ARRAY_SIZE(perf_events), &choice);

	if (!err)
		on->event = choice->name;
	return err;
}

/* Kept as one text, "0-3,8". */
static int take_cpus(struct parser *parser, const struct node *list, struct attach_options *on)
{
	const struct node *item;
	const char *text = NULL;
	int err = parse_check_count(parser, list, 1, LIST_LIMIT);

	for (item = list->first; item && !err; item = item->next) {
		err = parse_check_text(parser, item, "cpus", "");
		if (!err && (strchr(item->text, ',') || !on_cpus_valid(item->text)))
			err = parse_fail(parser, item,
					 "an item of 'cpus' is a number up to %d or a range as in "
					 "0-3, not '%.40s'",
					 ON_CPU_LIMIT, item->text);
		if (err)
			break;
		text = text ? arena_printf(parser->arena, "%s,%s", text, item->text)
			    : arena_strdup(parser->arena, item->text);
		if (!text)
			err = error_memory(parser->err);
	}
	on->cpus = text;
	return err;
}

/* Seconds as milliseconds: "5", "0.25". */
static bool read_seconds(const char *text, uint64_t *ret)
{
	const size_t whole = strspn(text, "0123456789");
	const char *fraction = text + whole + 1;
	uint64_t unit = 1000;
	size_t i;

	*ret = 0;
	for (i = 0; i < whole && i < 6; i++)
		*ret = *ret * 10 + (uint64_t)(text[i] - '0');
	*ret *= 1000;
	if (!whole || whole > 5)
		return false;
	if (!text[whole])
		return true;
	for (i = 0; i < 3 && fraction[i] >= '0' && fraction[i] <= '9'; i++)
		*ret += (uint64_t)(fraction[i] - '0') * (unit /= 10);
	return text[whole] == '.' && i > 0 && !fraction[i];
}

static int take_every(struct parser *parser, const struct node *node, struct attach_options *on)
{
	int err = parse_check_text(parser, node, NULL, "");

	on->every = 0;
	if (err || parse_is_same(node->text, "once"))
		return err;
	if (read_seconds(node->text, &on->every) && on->every && on->every <= EVERY_LIMIT * 1000)
		return 0;
	return parse_fail(parser, node,
			  "'every' takes seconds from 0.001 to %d, as in 5 or 0.5, or once, not "
			  "'%.40s'",
			  EVERY_LIMIT, node->text);
}

static int take_process(const struct parser *parser, const struct node *node, int *ret)
{
	uint64_t pid = 0;
	int err = parse_number(parser, node, 1, INT32_MAX, &pid);

	*ret = (int)pid;
	return err;
}

static int take_pid(struct parser *parser, const struct node *node, struct attach_options *on)
{
	return take_process(parser, node, &on->pid);
}

/* Exactly one of the keys; its index in *which. */
static int collect_one(struct parser *parser, const struct node *mapping, const struct key *keys,
		       size_t n, const struct node **values, size_t *which)
{
	const char *names = keys[0].name;
	size_t i;
	int err = parse_collect(parser, mapping, keys, n, values);

	if (err)
		return err;
	for (i = 1; i < n && names; i++)
		names = arena_printf(parser->arena, "%s%s%s", names, i + 1 < n ? ", " : " or ",
				     keys[i].name);
	if (mapping->count != 1)
		return parse_fail(parser, mapping, "'%s' takes one of %s", mapping->key->text,
				  names ? names : "");
	for (*which = 0; !values[*which];)
		++*which;
	return 0;
}

static const struct key of_keys[] = {
	{"map", NODE_SCALAR, false},
	{"task", NODE_SCALAR, false},
	{"cgroup", NODE_SCALAR, false},
};

static int take_of(struct parser *parser, const struct node *mapping, struct attach_options *on)
{
	const struct node *values[ARRAY_SIZE(of_keys)];
	size_t which = 0;
	int err = collect_one(parser, mapping, of_keys, ARRAY_SIZE(of_keys), values, &which);

	if (err)
		return err;
	on->of_map = on->of_cgroup = NULL;
	on->of_task = 0;
	if (which == 0)
		err = parse_word(parser, values[0], NULL, &parse_word_map, &on->of_map);
	else if (which == 1)
		err = take_process(parser, values[1], &on->of_task);
	else
		err = parse_path(parser, values[2], &on->of_cgroup);
	return err;
}

static const struct key program_keys[] = {
	{"id", NODE_SCALAR, false},
	{"pinned", NODE_SCALAR, false},
};

static int take_program(struct parser *parser, const struct node *mapping,
			struct attach_options *on)
{
	const struct node *values[ARRAY_SIZE(program_keys)];
	uint64_t id = 0;
	size_t which = 0;
	int err = collect_one(parser, mapping, program_keys, ARRAY_SIZE(program_keys), values,
			      &which);

	if (err)
		return err;
	on->program_id = 0;
	on->program_pinned = NULL;
	if (which == 1)
		return parse_path(parser, values[1], &on->program_pinned);
	err = parse_number(parser, values[0], 1, UINT32_MAX, &id);
	on->program_id = (uint32_t)id;
	return err;
}

/* ---- the mapping ---- */

#define OF	(ON_SAID(ON_OF_MAP) | ON_SAID(ON_OF_CGROUP) | ON_SAID(ON_OF_TASK))
#define PROGRAM (ON_SAID(ON_PROGRAM_ID) | ON_SAID(ON_PROGRAM_PINNED))

/* @replaces: what the candidate's keys replace of the event's. */
static const struct {
	int (*take)(struct parser *parser, const struct node *node, struct attach_options *on);
	unsigned int replaces;
} takers[] = {
	[KEY_INTERFACES] = {take_interfaces, ON_SAID(ON_INTERFACES)},
	[KEY_XDP_MODE] = {take_xdp_mode, ON_SAID(ON_XDP_MODE)},
	[KEY_DIRECTION] = {take_direction, ON_SAID(ON_DIRECTION)},
	[KEY_CGROUP] = {take_cgroup, ON_SAID(ON_CGROUP)},
	[KEY_NETNS] = {take_netns, ON_SAID(ON_NETNS)},
	[KEY_HOOK] = {take_hook, ON_SAID(ON_HOOK)},
	[KEY_PRIORITY] = {take_priority, ON_SAID(ON_PRIORITY)},
	[KEY_MAP] = {take_map, ON_SAID(ON_MAP)},
	[KEY_FREQUENCY] = {take_frequency, ON_SAID(ON_FREQUENCY) | ON_SAID(ON_PERIOD)},
	[KEY_PERIOD] = {take_period, ON_SAID(ON_FREQUENCY) | ON_SAID(ON_PERIOD)},
	[KEY_EVENT] = {take_event, ON_SAID(ON_EVENT)},
	[KEY_CPUS] = {take_cpus, ON_SAID(ON_CPUS)},
	[KEY_EVERY] = {take_every, ON_SAID(ON_EVERY)},
	[KEY_OF] = {take_of, OF},
	[KEY_PROGRAM] = {take_program, PROGRAM},
	[KEY_PID] = {take_pid, ON_SAID(ON_PID)},
};
_Static_assert(ARRAY_SIZE(takers) == KEY_COUNT, "every key has its function");

/* Which of the keys that a taker replaces was said. */
static enum on_key said_by(enum key_of_on key, const struct attach_options *on)
{
	if (key == KEY_OF)
		return on->of_map ? ON_OF_MAP : on->of_cgroup ? ON_OF_CGROUP : ON_OF_TASK;
	if (key == KEY_PROGRAM)
		return on->program_pinned ? ON_PROGRAM_PINNED : ON_PROGRAM_ID;
	if (key == KEY_PERIOD)
		return ON_PERIOD;
	return (enum on_key)__builtin_ctz(takers[key].replaces);
}

static int take_key(struct parser *parser, enum key_of_on key, const struct node *node,
		    enum on_scope scope, struct attach_options *on)
{
	unsigned int *const of[] = {[ON_FOR_CANDIDATE] = &on->own,
				    [ON_FOR_EVENT] = &on->shared,
				    [ON_FOR_ALL] = &on->wide};
	enum on_key said;
	size_t i;
	int err;

	on->said &= ~takers[key].replaces;
	for (i = 0; i < ARRAY_SIZE(of); i++)
		*of[i] &= ~takers[key].replaces;
	if (key == KEY_FREQUENCY || key == KEY_PERIOD)
		on->frequency = on->period = 0;
	err = takers[key].take(parser, node, on);
	said = said_by(key, on);
	on->said |= ON_SAID(said);
	*of[scope] |= ON_SAID(said);
	on->at[said] = node->at;
	return err;
}

int parse_on(struct parser *parser, const struct node *mapping, enum on_scope scope,
	     const struct attach_options *base, const struct attach_options **ret)
{
	struct attach_options *on = arena_alloc(parser->arena, sizeof(*on));
	const struct node *values[KEY_COUNT];
	enum key_of_on key;
	int err;

	if (!on)
		return error_memory(parser->err);
	if (base)
		*on = *base;
	parse_enter(parser, "on", 0, NULL);
	err = parse_collect(parser, mapping, on_keys, KEY_COUNT, values);
	if (!err && values[KEY_FREQUENCY] && values[KEY_PERIOD])
		err = parse_fail(parser, values[KEY_PERIOD]->key,
				 "'period' and 'frequency' exclude each other");
	for (key = 0; key < KEY_COUNT && !err; key++)
		if (values[key])
			err = take_key(parser, key, values[key], scope, on);
	parse_leave(parser);
	*ret = on;
	return err;
}
