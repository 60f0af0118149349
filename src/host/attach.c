/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach.c - whether a program's own target exists and can be attached to
 *
 * One function for each way to attach, which uses the cheapest evidence that is conclusive: files
 * first, then one call that must fail in a telling way, then one load. A real test attach happens
 * only if the host was opened to be thorough.
 */
#include <string.h>

#include "host/attach.h"

/* ---- targets that are given when attaching, or none ---- */

/* Only the program or attach type can be asked for. tcx and netkit programs load everywhere: their
 * links tell. */
static struct featsel_answer probe_type(struct live *live, const struct section *section)
{
	static const char *const by_link[] = {"tcx", "netkit"};
	const struct feature *feature;

	for (size_t i = 0; i < ARRAY_SIZE(by_link); i++)
		if (strncmp(section->form, by_link[i], strlen(by_link[i])) == 0)
			return attach_answer_of(live, FEATURE_LINK, by_link[i]);
	/* For these the attach type belongs to the link; the older way does not have it. */
	feature = section->attach_type >= 0 && section->means != ATTACH_TC &&
				  section->means != ATTACH_XDP
			  ? feature_of(live->arena, FEATURE_ATTACH_TYPE, -1, section->attach_type)
			  : feature_of(live->arena, FEATURE_PROG_TYPE, -1, section->prog_type);
	return feature ? host_answer(live->host, feature) : live_no_memory(live);
}

static struct featsel_answer probe_perf_event(struct live *live, const struct section *section)
{
	struct featsel_answer answer = probe_type(live, section);

	if (answer.verdict == FEATSEL_YES)
		answer = attach_perf_permission(live);
	return answer.verdict == FEATSEL_YES && section->on ? host_target(live, section) : answer;
}

/* The type loads and the place exists. Without `on:` the interface is not known. */
static struct featsel_answer probe_placed(struct live *live, const struct section *section)
{
	struct featsel_answer answer = probe_type(live, section);
	bool nowhere = !section->on && on_fits(section) & ON_SAID(ON_INTERFACES);

	return answer.verdict == FEATSEL_YES && !nowhere ? host_target(live, section) : answer;
}

/* No section names the program whose function is replaced: the caller that loads it does. */
static struct featsel_answer probe_freplace(struct live *live, const struct section *section)
{
	struct featsel_answer answer = probe_type(live, section);

	if (answer.verdict != FEATSEL_YES)
		return answer;
	if (section->on)
		return host_target(live, section);
	return answer_make(
		live->arena, FEATSEL_NO, REASON_SYMBOL_MISSING,
		"name it with 'on: {program: {id: N}}' or 'on: {program: {pinned: PATH}}'",
		"ext programs load, but no program is named whose function '%s' it would replace",
		section->target);
}

typedef struct featsel_answer (*target_fn)(struct live *live, const struct section *section);

static const target_fn target_probes[] = {
	[ATTACH_NONE] = probe_type,
	[ATTACH_TRACEPOINT] = probe_tracepoint,
	[ATTACH_RAW_TRACEPOINT] = probe_raw_tracepoint,
	[ATTACH_TRACING_TRACEPOINT] = probe_tracing_tracepoint,
	[ATTACH_TRACING_FUNCTION] = probe_tracing_function,
	[ATTACH_ITER] = probe_iter,
	[ATTACH_LSM] = probe_lsm_hook,
	[ATTACH_KPROBE] = probe_kprobe,
	[ATTACH_KRETPROBE] = probe_kprobe,
	[ATTACH_KSYSCALL] = probe_ksyscall,
	[ATTACH_KRETSYSCALL] = probe_ksyscall,
	[ATTACH_KPROBE_MULTI] = probe_kprobe_multi,
	[ATTACH_UPROBE] = probe_uprobe,
	[ATTACH_URETPROBE] = probe_uprobe,
	[ATTACH_UPROBE_MULTI] = probe_uprobe_multi,
	[ATTACH_USDT] = probe_uprobe,
	[ATTACH_PERF_EVENT] = probe_perf_event,
	[ATTACH_FREPLACE] = probe_freplace,
	[ATTACH_STRUCT_OPS] = probe_type,
	[ATTACH_XDP] = probe_placed,
	[ATTACH_TC] = probe_placed,
	[ATTACH_CGROUP] = probe_placed,
	[ATTACH_LSM_CGROUP] = probe_cgroup_hook,
	[ATTACH_NETNS] = probe_placed,
	[ATTACH_PACKET_HOOK] = probe_placed,
	[ATTACH_SOCKET] = probe_placed,
	[ATTACH_SOCKMAP] = probe_type,
};
_Static_assert(ARRAY_SIZE(target_probes) == ATTACH_MEANS_COUNT,
	       "every means of attaching has its probe");

struct featsel_answer probe_attach(struct live *live, const struct feature *feature)
{
	struct attach_options on;
	struct section section;
	uint32_t words = 0;
	bool brackets = feature->operand[strlen(feature->operand) - 1] == ']';
	size_t length = strcspn(feature->operand, brackets ? "[" : "");
	const char *name = arena_strndup(live->arena, feature->operand, length);

	if (!name)
		return live_no_memory(live);
	if (on_parse(live->arena, name, &section, &on) < 0)
		return UNKNOWN(live, "'%s' is not a section that is known", feature->operand);
	section.on = on.said ? &on : NULL;
	if (brackets && section.means == ATTACH_TRACEPOINT)
		return probe_fields(live, &section, feature->operand + length);
	if (brackets && section_words(feature->operand, &words) < 0)
		return UNKNOWN(live, "'%s' is not a section that is known", feature->operand);
	if (words)
		return probe_words(live, &section, words);
	return target_probes[section.means](live, &section);
}

/*
 * One errno means many things. So first ask the files that the prober reads, and the errno only if
 * they know no reason.
 */
struct featsel_answer host_attach_failure(struct live *live, int error,
					  const struct section *section)
{
	bool thorough = live->thorough;
	struct featsel_answer answer;

	live->thorough = false;
	answer = target_probes[section->means](live, section);
	live->thorough = thorough;
	if (answer.verdict != FEATSEL_NO && answer.verdict != FEATSEL_DENIED)
		return attach_errno(live, error, section);
	return answer_make(live->arena, answer.verdict, reason_by_code(answer.reason),
			   answer.remedy, "attach %s%s%s: %s, %s", section->form,
			   *section->target ? "/" : "", section->target, errno_name(error),
			   answer.evidence);
}
