/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach.h - what the files attach-*.c share: one for each way to attach a program
 */
#ifndef FEATSEL_HOST_ATTACH_H
#define FEATSEL_HOST_ATTACH_H

#include "host/private.h"

#define NO(live, reason, ...) answer_make((live)->arena, FEATSEL_NO, reason, NULL, __VA_ARGS__)
#define DENIED(live, reason, ...) \
	answer_make((live)->arena, FEATSEL_DENIED, reason, NULL, __VA_ARGS__)
#define BUSY(live, ...) DENIED(live, REASON_TARGET_BUSY, __VA_ARGS__)
#define UNKNOWN(live, ...) \
	answer_make((live)->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL, __VA_ARGS__)

#define TRACING_CAPS (CAP_BPF_MASK | CAP_PERFMON_MASK)

/* What every trampoline can pass; more since 6.6 on x86, later elsewhere. */
enum { TRAMPOLINE_ARGS = 6 };

/* ---- attach-perf.c: the ground of the others ---- */

struct host_targets {
	bool perf_allowed;		  /* a perf event of the kernel's own could be opened */
	const char *blacklist;		  /* NULL: not read, or not readable */
	const char *format_path, *format; /* what was read last of a tracepoint's fields */
};
/* NULL: out of memory. */
struct host_targets *attach_targets(struct live *live);
/* 0 or a negative errno. */
int attach_file_exists(struct live *live, const char *path);
/* "CALL(PATH)", for evidence. */
const char *attach_call(struct live *live, const char *call, const char *path);
/* Of another feature, by its name. */
struct featsel_answer attach_answer_of(struct live *live, enum feature_kind kind, const char *name);
/* Each fills @answer and returns true if it is what forbids the attach. */
bool attach_locked_down(struct live *live, struct featsel_answer *answer);
struct featsel_answer attach_perf_refused(struct live *live, int error, const char *call);
struct featsel_answer attach_perf_permission(struct live *live);

/* ---- attach-tracepoint.c ---- */

struct featsel_answer attach_tracefs_refused(struct live *live, int error, const char *path);
struct featsel_answer probe_tracepoint(struct live *live, const struct section *section);
struct featsel_answer probe_raw_tracepoint(struct live *live, const struct section *section);
/* @fields: "[prev_pid@24:4,next_pid]". */
struct featsel_answer probe_fields(struct live *live, const struct section *section,
				   const char *fields);

/* ---- attach-netns.c ---- */

/* What the kernel takes of one kind in one place: BPF_CGROUP_MAX_PROGS, netns_bpf_max_progs(). */
enum { PROGRAMS_LIMIT = 64 };

/* Whether the program in the only slot may have been left by a killed run, which the session then
 * looks at: without links of that kind. */
bool left_by_killed(struct live *live, const char *link, uint32_t id,
		    struct featsel_answer *answer);
struct featsel_answer probe_netns_target(struct live *live, const struct section *section);
struct featsel_answer probe_netfilter_target(struct live *live, const struct section *section);
/* Who has the hook and the priority that section->on names, which is not free. */
struct featsel_answer attach_hook_taken(struct live *live, const struct section *section);

/* ---- attach-replaced.c ---- */

struct featsel_answer probe_replaced(struct live *live, const struct section *section);

/* ---- attach-errno.c ---- */

/* Why attaching failed, as far as @error tells. */
struct featsel_answer attach_errno(struct live *live, int error, const struct section *section);

/* ---- attach-btf.c ---- */

int attach_load_minimal(struct live *live, const struct section *section, uint32_t btf_id);
bool attach_ftrace_off(struct live *live, struct featsel_answer *answer);
struct featsel_answer probe_tracing_tracepoint(struct live *live, const struct section *section);
struct featsel_answer probe_iter(struct live *live, const struct section *section);
struct featsel_answer probe_tracing_function(struct live *live, const struct section *section);
struct featsel_answer probe_lsm_hook(struct live *live, const struct section *section);
/* And of control groups. */
struct featsel_answer probe_cgroup_hook(struct live *live, const struct section *section);
struct featsel_answer probe_words(struct live *live, const struct section *section, uint32_t words);

/* ---- attach-kprobe.c ---- */

struct featsel_answer probe_kprobe(struct live *live, const struct section *section);
struct featsel_answer probe_ksyscall(struct live *live, const struct section *section);
struct featsel_answer probe_kprobe_multi(struct live *live, const struct section *section);

/* ---- attach-uprobe.c ---- */

struct featsel_answer probe_uprobe(struct live *live, const struct section *section);
struct featsel_answer probe_uprobe_multi(struct live *live, const struct section *section);

#endif /* FEATSEL_HOST_ATTACH_H */
