/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * lint-oldest.c - whether an event has a candidate for the oldest kernel
 */
#include <string.h>

#include "plan/lint.h"

/* Highest numbers of Linux 4.18 (include/uapi/linux/bpf.h there). */
enum { OLDEST_PROG_TYPE = 20, OLDEST_MAP_TYPE = 18, OLDEST_ATTACH_TYPE = 16, OLDEST_HELPER = 80 };

static bool number_in_4_18(const struct feature *feature)
{
	static const int highest[FEATURE_KIND_COUNT] = {
		[FEATURE_PROG_TYPE] = OLDEST_PROG_TYPE,
		[FEATURE_ATTACH_TYPE] = OLDEST_ATTACH_TYPE,
		[FEATURE_MAP_TYPE] = OLDEST_MAP_TYPE,
		[FEATURE_HELPER] = OLDEST_HELPER,
	};

	return feature->number >= 0 && feature->number <= highest[feature->kind] &&
	       feature->prog_type <= OLDEST_PROG_TYPE;
}

static bool attach_in_4_18(const struct feature *feature)
{
	static const bool known[ATTACH_MEANS_COUNT] = {
		[ATTACH_NONE] = true,
		[ATTACH_TRACEPOINT] = true,
		[ATTACH_RAW_TRACEPOINT] = true,
		[ATTACH_KPROBE] = true,
		[ATTACH_KRETPROBE] = true,
		[ATTACH_KSYSCALL] = true,
		[ATTACH_KRETSYSCALL] = true,
		[ATTACH_UPROBE] = true,
		[ATTACH_URETPROBE] = true,
		[ATTACH_PERF_EVENT] = true,
		[ATTACH_XDP] = true,
		[ATTACH_TC] = true,
		[ATTACH_CGROUP] = true,
		[ATTACH_NETNS] = true,
		[ATTACH_SOCKET] = true,
		[ATTACH_SOCKMAP] = true,
	};
	struct section section;

	return section_parse(feature->operand, &section) == 0 && known[section.means];
}

static bool insns_in_4_18(const struct feature *feature)
{
	return strcmp(feature->operand, "v2") == 0;
}

static bool kernel_in_4_18(const struct feature *feature)
{
	const char *comparison = feature->operand;
	unsigned int major = 0, minor = 0;

	if (sscanf(comparison + strspn(comparison, "<>="), "%u.%u", &major, &minor) < 1)
		return false;
	if (major == 4 && minor == 18)
		return strcspn(comparison, "=") < strspn(comparison, "<>=");
	return *comparison == (major < 4 || (major == 4 && minor < 18) ? '>' : '<');
}

static bool never_in_4_18(const struct feature *feature)
{
	(void)feature;
	return false;
}

/* NULL: the kernel's version does not tell. */
static bool (*const in_4_18[FEATURE_KIND_COUNT])(const struct feature *feature) = {
	[FEATURE_PROG_TYPE] = number_in_4_18, [FEATURE_ATTACH_TYPE] = number_in_4_18,
	[FEATURE_MAP_TYPE] = number_in_4_18,  [FEATURE_HELPER] = number_in_4_18,
	[FEATURE_KFUNC] = never_in_4_18,      [FEATURE_ATTACH] = attach_in_4_18,
	[FEATURE_LINK] = never_in_4_18,	      [FEATURE_BTF] = never_in_4_18,
	[FEATURE_INSNS] = insns_in_4_18,      [FEATURE_KERNEL] = kernel_in_4_18,
};

static enum featsel_verdict ask_4_18(void *data, const struct feature *feature, const char *within)
{
	(void)data;
	(void)within;
	return !in_4_18[feature->kind] || in_4_18[feature->kind](feature) ? FEATSEL_YES
									  : FEATSEL_NO;
}

static const struct requirement_ops ops_4_18 = {.ask = ask_4_18};

static bool works_on_4_18(const struct checked *checked)
{
	size_t i;

	if (!checked->needs)
		return false;
	for (i = 0; i < checked->n_needs; i++)
		if (checked->needs[i].reached.how == IS_REACHED &&
		    ask_4_18(NULL, checked->needs[i].feature, NULL) != FEATSEL_YES)
			return false;
	return requirement_evaluate(checked->candidate->required, true, &ops_4_18, NULL) ==
	       FEATSEL_YES;
}

void lint_oldest(struct lint *lint, const struct checked *checked, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (works_on_4_18(&checked[i]))
			return;
	lint->candidate = NULL;
	lint_report(lint, CODE_NOT_ON_OLDEST, &lint->event->at,
		    "no candidate works on Linux 4.18, the oldest kernel that featsel supports: "
		    "add one "
		    "without global data, ring buffer, CO-RE");
}
