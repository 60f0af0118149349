/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * on.c - which sections take which keys of `on:`, and the operand that an attach feature has for
 * them
 */
#include <ctype.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "feature/on.h"

static const char *const key_names[ON_KEY_COUNT] = {
	[ON_INTERFACES] = "interfaces",
	[ON_XDP_MODE] = "xdp_mode",
	[ON_DIRECTION] = "direction",
	[ON_CGROUP] = "cgroup",
	[ON_NETNS] = "netns",
	[ON_HOOK] = "hook",
	[ON_PRIORITY] = "priority",
	[ON_MAP] = "map",
	[ON_FREQUENCY] = "frequency",
	[ON_PERIOD] = "period",
	[ON_EVENT] = "event",
	[ON_CPUS] = "cpus",
	[ON_EVERY] = "every",
	[ON_OF_MAP] = "of.map",
	[ON_OF_CGROUP] = "of.cgroup",
	[ON_OF_TASK] = "of.task",
	[ON_PROGRAM_ID] = "program.id",
	[ON_PROGRAM_PINNED] = "program.pinned",
	[ON_PID] = "pid",
};

const char *on_key_name(enum on_key key)
{
	return key_names[key];
}

/* ---- which section takes what ---- */

/*
 * @main is the key whose value follows '@' in an operand directly, ON_KEY_COUNT if every part is
 * KEY=VALUE. @part: the keys that identify the target; the others say how it is used.
 */
struct means_row {
	enum on_key main;
	unsigned int part, other;
};

static const struct means_row means_rows[ATTACH_MEANS_COUNT] = {
	[ATTACH_XDP] = {ON_INTERFACES, ON_SAID(ON_XDP_MODE), ON_SAID(ON_INTERFACES)},
	[ATTACH_TC] = {ON_INTERFACES, ON_SAID(ON_DIRECTION), ON_SAID(ON_INTERFACES)},
	[ATTACH_CGROUP] = {ON_CGROUP, 0, ON_SAID(ON_CGROUP)},
	[ATTACH_LSM_CGROUP] = {ON_CGROUP, 0, ON_SAID(ON_CGROUP)},
	[ATTACH_NETNS] = {ON_NETNS, 0, ON_SAID(ON_NETNS)},
	[ATTACH_PACKET_HOOK] = {ON_HOOK, ON_SAID(ON_PRIORITY) | ON_SAID(ON_NETNS),
				ON_SAID(ON_HOOK)},
	[ATTACH_SOCKET] = {ON_INTERFACES, 0, ON_SAID(ON_INTERFACES)},
	[ATTACH_SOCKMAP] = {ON_KEY_COUNT, 0, ON_SAID(ON_MAP)},
	[ATTACH_PERF_EVENT] = {ON_EVENT,
			       ON_SAID(ON_FREQUENCY) | ON_SAID(ON_PERIOD) | ON_SAID(ON_CPUS),
			       ON_SAID(ON_EVENT)},
	[ATTACH_ITER] = {ON_OF_CGROUP, ON_SAID(ON_OF_TASK),
			 ON_SAID(ON_OF_CGROUP) | ON_SAID(ON_OF_MAP) | ON_SAID(ON_EVERY)},
	[ATTACH_FREPLACE] = {ON_PROGRAM_PINNED, ON_SAID(ON_PROGRAM_ID), ON_SAID(ON_PROGRAM_PINNED)},
	[ATTACH_UPROBE] = {ON_KEY_COUNT, ON_SAID(ON_PID), 0},
	[ATTACH_URETPROBE] = {ON_KEY_COUNT, ON_SAID(ON_PID), 0},
	[ATTACH_UPROBE_MULTI] = {ON_KEY_COUNT, ON_SAID(ON_PID), 0},
	[ATTACH_USDT] = {ON_KEY_COUNT, ON_SAID(ON_PID), 0},
};

/* The parts that each iterator can be restricted to: the kernel's bpf_iter_reg's. */
static const struct {
	const char *target;
	enum on_key key;
	bool needed;
} iterated[] = {
	{"bpf_map_elem", ON_OF_MAP, true}, {"bpf_sk_storage_map", ON_OF_MAP, true},
	{"sockmap", ON_OF_MAP, true},	   {"cgroup", ON_OF_CGROUP, false},
	{"task", ON_OF_TASK, false},	   {"task_file", ON_OF_TASK, false},
	{"task_vma", ON_OF_TASK, false},
};

static unsigned int iterator_fits(const struct section *section)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(iterated); i++)
		if (strcmp(iterated[i].target, section->target) == 0)
			return ON_SAID(ON_EVERY) | ON_SAID(iterated[i].key);
	return ON_SAID(ON_EVERY);
}

/* The section itself says the direction. */
static bool has_direction(const struct section *section)
{
	return section->attach_type >= 0;
}

unsigned int on_fits(const struct section *section)
{
	unsigned int fits = means_rows[section->means].part | means_rows[section->means].other;

	if (section->means == ATTACH_ITER)
		return iterator_fits(section);
	if (section->means == ATTACH_TC && has_direction(section))
		fits &= ~ON_SAID(ON_DIRECTION);
	return fits;
}

static bool iterator_lacks(const struct section *section, const struct attach_options *on)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(iterated); i++)
		if (iterated[i].needed && strcmp(iterated[i].target, section->target) == 0 &&
		    !(on->said & ON_SAID(iterated[i].key)))
			return true;
	return false;
}

#define ON_PROGRAM (ON_SAID(ON_PROGRAM_ID) | ON_SAID(ON_PROGRAM_PINNED))

static const char other_section[] =
	"use a section that a session attaches: featsel-manifest(5), PLACES";
static const char give_section[] = "give one with 'attach: SECTION' beside the program's name";

/* Sections of programs that the kernel runs by means that a session does not have. */
static const struct {
	const char *form, *lack, *remedy;
} elsewhere[] = {
	{"syscall", "is run by a system call of its own and attached to nothing", other_section},
	{"lirc_mode2", "needs a receiver of infrared light, which featsel does not attach to",
	 other_section},
	{"sk_reuseport", "belongs to a group of sockets of another process", other_section},
	{"action", "is an action of somebody's traffic filter", other_section},
	{"xdp/", "belongs into a map of devices or processors", other_section},
	{"xdp.frags/", "belongs into a map of devices or processors", other_section},
	{"lwt_", "belongs to a route, which 'ip route' sets", other_section},
	{"sk_skb", "does not say whether it parses or decides", give_section},
	{"cgroup/skb", "does not say which way packets go", give_section},
	{"fentry.multi", "is attached to a set of functions, which featsel does not do",
	 other_section},
	{"fexit.multi", "is attached to a set of functions, which featsel does not do",
	 other_section},
	{"fsession.multi", "is attached to a set of functions, which featsel does not do",
	 other_section},
};

static const char *not_attached(const struct section *section, const char **remedy)
{
	size_t i;

	*remedy = other_section;
	for (i = 0; i < ARRAY_SIZE(elsewhere); i++)
		if (strncmp(section->form, elsewhere[i].form, strlen(elsewhere[i].form)) == 0) {
			*remedy = elsewhere[i].remedy;
			return elsewhere[i].lack;
		}
	return "is attached by means that featsel does not have";
}

const char *on_lack(const struct section *section, const struct attach_options *on,
		    const char **remedy)
{
	static const struct attach_options nothing;

	on = on ? on : &nothing;
	*remedy = NULL;
	if (section->means == ATTACH_NONE)
		return not_attached(section, remedy);
	if (means_rows[section->means].other & ON_SAID(ON_INTERFACES) &&
	    !(on->said & ON_SAID(ON_INTERFACES))) {
		*remedy = "give it with 'on: {interfaces: [NAME]}'";
		return "names no interface";
	}
	if (section->means == ATTACH_TC && !has_direction(section) && !on->direction) {
		*remedy = "give it with 'on: {direction: ingress}' or 'egress'";
		return "does not say which way packets go";
	}
	if (section->means == ATTACH_PACKET_HOOK && !on->hook) {
		*remedy = "give it with 'on: {hook: local_in}'";
		return "names no hook";
	}
	if (section->means == ATTACH_ITER && iterator_lacks(section, on)) {
		*remedy = "give it with 'on: {of: {map: NAME}}'";
		return "goes over a map and names none";
	}
	if (section->means == ATTACH_FREPLACE && !(on->said & ON_PROGRAM)) {
		*remedy = "give it with 'on: {program: {id: N}}' or 'on: {program: {pinned: "
			  "PATH}}'";
		return "names no program whose function it replaces";
	}
	return NULL;
}

/* ---- words ---- */

static const struct {
	const char *word;
	uint32_t hook;
} hooks[] = {
	{"pre_routing", NF_INET_PRE_ROUTING},  {"prerouting", NF_INET_PRE_ROUTING},
	{"local_in", NF_INET_LOCAL_IN},	       {"input", NF_INET_LOCAL_IN},
	{"forward", NF_INET_FORWARD},	       {"local_out", NF_INET_LOCAL_OUT},
	{"output", NF_INET_LOCAL_OUT},	       {"post_routing", NF_INET_POST_ROUTING},
	{"postrouting", NF_INET_POST_ROUTING},
};

/* "local_in" is IPv4, "ip6/local_in" IPv6. */
int on_hook_parse(const char *word, uint32_t *family, uint32_t *hook)
{
	size_t i;

	*family = NFPROTO_IPV4;
	if (strncmp(word, "ip6/", 4) == 0) {
		*family = NFPROTO_IPV6;
		word += 4;
	} else if (strncmp(word, "ip/", 3) == 0) {
		word += 3;
	}
	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (strcmp(hooks[i].word, word) == 0) {
			*hook = hooks[i].hook;
			return 0;
		}
	return -ENOENT;
}

/* perf's own words, as in 'perf list'. */
static const struct {
	const char *word;
	uint32_t type;
	uint64_t config;
} events[] = {
	{"cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK},
	{"task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
	{"page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
	{"minor-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN},
	{"major-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ},
	{"context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
	{"cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
	{"alignment-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_ALIGNMENT_FAULTS},
	{"emulation-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_EMULATION_FAULTS},
	{"cpu-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	{"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	{"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
	{"cache-references", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES},
	{"cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
	{"branch-instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
	{"branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES},
	{"bus-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES},
	{"ref-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES},
};

int on_event_parse(const char *word, uint32_t *type, uint64_t *config)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (strcmp(events[i].word, word) == 0) {
			*type = events[i].type;
			*config = events[i].config;
			return 0;
		}
	return -ENOENT;
}

/* One part of "0-3,8"; its end, NULL if it is none. */
static const char *next_cpus(const char *text, unsigned long *first, unsigned long *last)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	*first = *last = strtoul(text, &end, 10);
	if (*end == '-') {
		if (!isdigit((unsigned char)end[1]))
			return NULL;
		*last = strtoul(end + 1, &end, 10);
	}
	if (*last < *first || *last > ON_CPU_LIMIT || (*end && *end != ','))
		return NULL;
	return *end ? end + 1 : end;
}

bool on_cpus_valid(const char *cpus)
{
	unsigned long first, last;

	do
		cpus = next_cpus(cpus, &first, &last);
	while (cpus && *cpus);
	return cpus != NULL;
}

bool on_cpu_listed(const char *cpus, unsigned int cpu)
{
	unsigned long first, last;

	if (!cpus)
		return true;
	while (cpus && *cpus) {
		cpus = next_cpus(cpus, &first, &last);
		if (cpus && first <= cpu && cpu <= last)
			return true;
	}
	return false;
}

/* ---- operands ---- */

static const char *const xdp_modes[] = {
	[XDP_MODE_ANY] = "any", [XDP_MODE_NATIVE] = "native", [XDP_MODE_GENERIC] = "generic"};
static const char *const directions[] = {
	[DIRECTION_NONE] = "", [DIRECTION_INGRESS] = "ingress", [DIRECTION_EGRESS] = "egress"};

static bool is_absolute(const char *value)
{
	return *value == '/';
}

static bool is_hook(const char *value)
{
	uint32_t family, hook;

	return !on_hook_parse(value, &family, &hook);
}

static bool is_event(const char *value)
{
	uint64_t config;
	uint32_t type;

	return !on_event_parse(value, &type, &config);
}

/* How the value of a key is kept, but for lists and words of an enum. */
enum kept { KEPT_TEXT = 1, KEPT_INT, KEPT_U32, KEPT_U64 };

static const struct value_row {
	enum kept kept;
	size_t offset;
	bool (*is_good)(const char *value); /* of a text in an operand; NULL: it is in none */
	int64_t highest;		    /* of a number in an operand */
} value_rows[ON_KEY_COUNT] = {
#define ROW(kept, member, ...)                                             \
	{                                                                  \
		kept, offsetof(struct attach_options, member), __VA_ARGS__ \
	}
	[ON_CGROUP] = ROW(KEPT_TEXT, cgroup, is_absolute, 0),
	[ON_NETNS] = ROW(KEPT_TEXT, netns, is_absolute, 0),
	[ON_HOOK] = ROW(KEPT_TEXT, hook, is_hook, 0),
	[ON_MAP] = ROW(KEPT_TEXT, map, NULL, 0),
	[ON_EVENT] = ROW(KEPT_TEXT, event, is_event, 0),
	[ON_CPUS] = ROW(KEPT_TEXT, cpus, on_cpus_valid, 0),
	[ON_OF_MAP] = ROW(KEPT_TEXT, of_map, NULL, 0),
	[ON_OF_CGROUP] = ROW(KEPT_TEXT, of_cgroup, is_absolute, 0),
	[ON_PROGRAM_PINNED] = ROW(KEPT_TEXT, program_pinned, is_absolute, 0),
	[ON_PRIORITY] = ROW(KEPT_INT, priority, NULL, INT32_MAX),
	[ON_OF_TASK] = ROW(KEPT_INT, of_task, NULL, INT32_MAX),
	[ON_PID] = ROW(KEPT_INT, pid, NULL, INT32_MAX),
	[ON_PROGRAM_ID] = ROW(KEPT_U32, program_id, NULL, UINT32_MAX),
	[ON_FREQUENCY] = ROW(KEPT_U64, frequency, NULL, INT64_MAX),
	[ON_PERIOD] = ROW(KEPT_U64, period, NULL, INT64_MAX),
#undef ROW
};

const char *on_text(const struct attach_options *on, enum on_key key)
{
	const struct value_row *row = &value_rows[key];

	if (key == ON_XDP_MODE)
		return xdp_modes[on->xdp_mode];
	if (key == ON_DIRECTION)
		return directions[on->direction];
	return row->kept == KEPT_TEXT ? *(const char *const *)((const char *)on + row->offset)
				      : NULL;
}

int64_t on_number(const struct attach_options *on, enum on_key key)
{
	const void *at = (const char *)on + value_rows[key].offset;

	switch (value_rows[key].kept) {
	case KEPT_INT:
		return *(const int *)at;
	case KEPT_U32:
		return *(const uint32_t *)at;
	case KEPT_U64:
		return (int64_t) * (const uint64_t *)at;
	default:
		return 0;
	}
}

/* The value of a key as text, in @buffer or where it is stored; NULL: the key was not given. */
static const char *value_text(const struct attach_options *on, enum on_key key, char *buffer,
			      size_t size)
{
	const char *text = on_text(on, key);

	if (!(on->said & ON_SAID(key)))
		return NULL;
	if (text)
		return text;
	snprintf(buffer, size, "%lld", (long long)on_number(on, key));
	return buffer;
}

const char *on_operand(struct arena *arena, const struct section *section,
		       const struct attach_options *on, const char *interface)
{
	const struct means_row *row = &means_rows[section->means];
	const char *text = arena_printf(arena, "%s%s%s", section->form, *section->target ? "/" : "",
					section->target);
	unsigned int parts = on ? row->part & on_fits(section) : 0;
	const char *value = interface;
	char number[32], separator = '@';
	enum on_key key;

	if (on && !value && row->main < ON_KEY_COUNT && on_fits(section) & ON_SAID(row->main))
		value = value_text(on, row->main, number, sizeof(number));
	if (text && value) {
		text = arena_printf(arena, "%s@%s", text, value);
		separator = ',';
	}
	for (key = 0; key < ON_KEY_COUNT && text; key++) {
		value = parts & ON_SAID(key) ? value_text(on, key, number, sizeof(number)) : NULL;
		if (!value)
			continue;
		text = arena_printf(arena, "%s%c%s=%s", text, separator, key_names[key], value);
		separator = ',';
	}
	return text;
}

static int word_of(const char *const *words, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0)
			return (int)i;
	return -EINVAL;
}

static int number_of(const char *text, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(text, &end, 10);
	return *end || end == text || errno ? -EINVAL : 0;
}

/* -ENOENT: the key's value is no text. */
static int set_text(struct attach_options *on, enum on_key key, const char *value)
{
	const struct value_row *row = &value_rows[key];

	if (!row->is_good)
		return -ENOENT;
	*(const char **)((char *)on + row->offset) = value;
	return row->is_good(value) ? 0 : -EINVAL;
}

static int set_word(struct attach_options *on, enum on_key key, const char *value)
{
	int word;

	if (key == ON_XDP_MODE) {
		word = word_of(xdp_modes, ARRAY_SIZE(xdp_modes), value);
		on->xdp_mode = (enum on_xdp_mode)word;
		return word < 0 ? word : 0;
	}
	if (key != ON_DIRECTION)
		return -ENOENT;
	word = word_of(directions, ARRAY_SIZE(directions), value);
	on->direction = (enum on_direction)word;
	return word <= 0 ? -EINVAL : 0;
}

/* From 1, but a priority, which is an int as well; what the manifest's grammar allows. */
static int set_number(struct attach_options *on, enum on_key key, const char *value)
{
	const struct value_row *row = &value_rows[key];
	void *at = (char *)on + row->offset;
	int64_t number;

	if (number_of(value, &number) || number > row->highest || number < INT32_MIN ||
	    (number <= 0 && key != ON_PRIORITY))
		return -EINVAL;
	if (row->kept == KEPT_INT)
		*(int *)at = (int)number;
	else if (row->kept == KEPT_U32)
		*(uint32_t *)at = (uint32_t)number;
	else
		*(uint64_t *)at = (uint64_t)number;
	return 0;
}

static int set_interface(struct arena *arena, struct attach_options *on, const char *value)
{
	const char **interfaces = arena_array(arena, 2, sizeof(*interfaces));

	if (!interfaces)
		return -ENOMEM;
	interfaces[0] = value;
	on->interfaces = interfaces;
	return 0;
}

static int set_value(struct arena *arena, struct attach_options *on, enum on_key key,
		     const char *value)
{
	int r;

	if (!*value)
		return -EINVAL;
	r = key == ON_INTERFACES ? set_interface(arena, on, value) : set_word(on, key, value);
	if (r == -ENOENT)
		r = set_text(on, key, value);
	if (r == -ENOENT)
		r = set_number(on, key, value);
	if (!r)
		on->said |= ON_SAID(key);
	return r;
}

/* "xdp_mode=": the key that @text begins with, ON_KEY_COUNT if it begins with none. */
static enum on_key key_at(const char *text)
{
	enum on_key key;
	size_t length;

	for (key = 0; key < ON_KEY_COUNT; key++) {
		length = strlen(key_names[key]);
		if (strncmp(text, key_names[key], length) == 0 && text[length] == '=')
			break;
	}
	return key;
}

/* Where the value ends: before ",KEY=", since paths and globs may hold commas. */
static size_t value_length(const char *text)
{
	const char *comma = text;

	while ((comma = strchr(comma, ',')) && key_at(comma + 1) == ON_KEY_COUNT)
		comma++;
	return comma ? (size_t)(comma - text) : strlen(text);
}

static int parse_parts(struct arena *arena, const char *text, const struct section *section,
		       struct attach_options *on)
{
	enum on_key key = key_at(text);
	const char *value;
	size_t length;
	int r;

	if (key == ON_KEY_COUNT)
		key = means_rows[section->means].main;
	else
		text += strlen(key_names[key]) + 1;
	for (;;) {
		if (key >= ON_KEY_COUNT || !(on_fits(section) & ON_SAID(key)))
			return -EINVAL;
		length = value_length(text);
		value = arena_strndup(arena, text, length);
		r = value ? set_value(arena, on, key, value) : -ENOMEM;
		if (r || !text[length])
			return r;
		key = key_at(text + length + 1);
		text += length + 1 + strlen(key_names[key]) + 1;
	}
}

/*
 * The '@' that ends the section. The symbols of files may have one of their own
 * ("memcpy@GLIBC_2.14"), so that behind it only KEY=VALUE counts.
 */
static const char *separator(const char *operand, const struct section *section)
{
	const char *at = strchr(operand, '@');

	if (!means_rows[section->means].part && !means_rows[section->means].other)
		return NULL;
	while (at && means_rows[section->means].main == ON_KEY_COUNT &&
	       key_at(at + 1) == ON_KEY_COUNT)
		at = strchr(at + 1, '@');
	return at;
}

int on_parse(struct arena *arena, const char *operand, struct section *section,
	     struct attach_options *on)
{
	char *head = arena_strndup(arena, operand, strcspn(operand, "@"));
	const char *at;
	int r = head ? section_parse(head, section) : -ENOMEM;

	*on = (struct attach_options){0};
	if (r)
		return r;
	at = separator(operand, section);
	head = at ? arena_strndup(arena, operand, (size_t)(at - operand))
		  : arena_strdup(arena, operand);
	r = head ? section_parse(head, section) : -ENOMEM;
	if (r || !at)
		return r;
	return parse_parts(arena, at + 1, section, on);
}
