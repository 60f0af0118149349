/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* attach-perf.c - perf events and tracepoints, and what forbids their use */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "host/attach.h"

#define PERF_PARANOID "/proc/sys/kernel/perf_event_paranoid"

struct host_targets *attach_targets(struct live *live)
{
	if (!live->targets)
		live->targets = calloc(1, sizeof(*live->targets));
	return live->targets;
}

void host_targets_free(struct live *live)
{
	if (!live->targets)
		return;
	free(live->targets);
	live->targets = NULL;
}

int attach_file_exists(struct live *live, const char *path)
{
	return live->kernel->ops->exists(live->kernel, path);
}

const char *attach_call(struct live *live, const char *call, const char *path)
{
	const char *text = arena_printf(live->arena, "%s(%s)", call, path);

	return text ? text : call;
}

struct featsel_answer attach_answer_of(struct live *live, enum feature_kind kind, const char *name)
{
	const struct feature *feature;

	if (feature_make(live->arena, kind, NULL, name, &feature, NULL) < 0)
		return UNKNOWN(live, "'%s' is unknown", name);
	return host_answer(live->host, feature);
}

/* ---- lockdown ---- */

bool attach_locked_down(struct live *live, struct featsel_answer *answer)
{
	const char *lockdown = live_lockdown(live);

	if (!lockdown || strcmp(lockdown, "confidentiality") != 0)
		return false;
	*answer = DENIED(live, REASON_LOCKDOWN, "/sys/kernel/security/lockdown: confidentiality");
	return true;
}

/* ---- perf events ---- */

static bool may_read_anything(struct live *live)
{
	return live_has_cap(live, CAP_DAC_READ_SEARCH) || live_has_cap(live, CAP_DAC_OVERRIDE);
}

/*
 * EACCES with the sysctl at 3 (a value of Debian and Ubuntu) and without CAP_SYS_ADMIN: CAP_PERFMON
 * is not enough there. Otherwise a capability is missing, or a filter or policy refuses.
 */
struct featsel_answer attach_perf_refused(struct live *live, int error, const char *call)
{
	long paranoid = 0;

	if (error == -EACCES && live_number(live, PERF_PARANOID, &paranoid) == 0 && paranoid >= 3 &&
	    !live_has_cap(live, CAP_SYS_ADMIN))
		return DENIED(live, REASON_PERF_PARANOID, "%s: EACCES, " PERF_PARANOID ": %ld",
			      call, paranoid);
	return live_refused(live, error, CAP_PERFMON_MASK, call);
}

/*
 * kprobes, uprobes and tracepoints are attached through perf_event_open(2) for every process on one
 * CPU. A software event that counts nothing, opened the same way, passes the same checks and
 * touches nothing.
 */
struct featsel_answer attach_perf_permission(struct live *live)
{
	static const char call[] = "perf_event_open(dummy, all processes)";
	struct host_targets *targets = attach_targets(live);
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.disabled = 1,
	};
	int fd;

	if (!targets)
		return live_no_memory(live);
	if (targets->perf_allowed)
		return answer_yes(live->arena, "%s: allowed", call);
	fd = live->kernel->ops->perf_event_open(live->kernel, &attr, -1, 0);
	if (errno_is_refusal(fd))
		return attach_perf_refused(live, fd, call);
	if (fd == -ENOSYS && live_status(live)->seccomp)
		return live_refused(live, fd, CAP_PERFMON_MASK, call);
	if (fd == -ENOSYS)
		return answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED,
				   "not built into this kernel (CONFIG_PERF_EVENTS)", "%s: ENOSYS",
				   call);
	if (fd < 0)
		return UNKNOWN(live, "%s: %s", call, errno_name(fd));
	live->kernel->ops->close(live->kernel, fd);
	targets->perf_allowed = true;
	return answer_yes(live->arena, "%s: allowed", call);
}

/* ---- tracepoint ---- */

/* tracefs belongs to root alone (0700): capabilities for BPF do not open it. */
struct featsel_answer attach_tracefs_refused(struct live *live, int error, const char *path)
{
	if (error == -EACCES && !may_read_anything(live))
		return DENIED(live, REASON_TRACEFS_PERMISSION, "open(%s): EACCES", path);
	return live_refused(live, error, CAP_DAC_READ_SEARCH_MASK, attach_call(live, "open", path));
}

static struct featsel_answer tracefs_absent(struct live *live, int error)
{
	if (errno_is_refusal(error))
		return attach_tracefs_refused(live, error, "/sys/kernel/debug/tracing");
	if (attach_file_exists(live, "/sys/kernel") == -ENOENT)
		return answer_make(
			live->arena, FEATSEL_NO, REASON_TRACEFS_UNAVAILABLE,
			"mount -t sysfs nodev /sys && mount -t tracefs nodev /sys/kernel/tracing",
			"/sys/kernel: ENOENT");
	if (attach_file_exists(live, "/sys/kernel/tracing") == -ENOENT)
		return answer_make(live->arena, FEATSEL_NO, REASON_TRACEFS_UNAVAILABLE,
				   "not built into this kernel (CONFIG_TRACING)",
				   "/sys/kernel/tracing: ENOENT");
	return NO(live, REASON_TRACEFS_UNAVAILABLE,
		  "/sys/kernel/tracing: no tracefs is mounted there");
}

static struct featsel_answer tracepoint_absent(struct live *live, const char *tracefs,
					       const char *target)
{
	int category = (int)strcspn(target, "/");
	struct featsel_answer answer;
	const char *path;

	/* Under lockdown=confidentiality tracefs can be mounted, and is empty (6.12). */
	if (attach_locked_down(live, &answer))
		return answer;
	path = arena_printf(live->arena, "%s/events/%.*s", tracefs, category, target);
	if (!path)
		return live_no_memory(live);
	if (attach_file_exists(live, path) == 0)
		return NO(live, REASON_TRACEPOINT_MISSING,
			  "%s/events/%s: ENOENT, '%.*s' has others", tracefs, target, category,
			  target);
	return NO(live, REASON_TRACEPOINT_MISSING, "%s: ENOENT", path);
}

struct featsel_answer probe_tracepoint(struct live *live, const struct section *section)
{
	const char *tracefs, *path;
	struct featsel_answer answer;
	long id;
	int err;

	tracefs = live_tracefs(live, &err);
	if (!tracefs)
		return tracefs_absent(live, err);
	if (!strchr(section->target, '/') || strstr(section->target, ".."))
		return NO(live, REASON_TRACEPOINT_MISSING, "'%s' is not CATEGORY/NAME",
			  section->target);
	path = arena_printf(live->arena, "%s/events/%s/id", tracefs, section->target);
	if (!path)
		return live_no_memory(live);
	err = live_number(live, path, &id);
	if (errno_is_refusal(err))
		return attach_tracefs_refused(live, err, path);
	if (err == -ENOENT)
		return tracepoint_absent(live, tracefs, section->target);
	if (err < 0)
		return UNKNOWN(live, "%s: %s", path, errno_name(err));
	answer = attach_perf_permission(live);
	return answer.verdict == FEATSEL_YES ? answer_yes(live->arena, "%s: %ld", path, id)
					     : answer;
}

/* ---- raw_tracepoint ---- */

/*
 * Since 4.17 (c4f6699dfcb8) BPF_RAW_TRACEPOINT_OPEN looks the name up (ENOENT) before it compares
 * the highest argument that the program reads with those of the tracepoint (EINVAL): so this tells
 * without attaching. A tracepoint of twelve arguments takes the program; it is let go at once.
 */
struct featsel_answer probe_raw_tracepoint(struct live *live, const struct section *section)
{
	static const char call[] = "bpf(BPF_RAW_TRACEPOINT_OPEN)";
	int fd, program = host_minimal_program(live, BPF_PROG_TYPE_RAW_TRACEPOINT, -1, 0);

	if (program < 0)
		return host_load_failure(live, program, live->log, BPF_PROG_TYPE_RAW_TRACEPOINT, 0);
	fd = live->kernel->ops->raw_tracepoint_open(live->kernel, section->target, program);
	if (fd >= 0) {
		live->kernel->ops->close(live->kernel, fd);
		return answer_yes(live->arena, "%s: '%s' attached", call, section->target);
	}
	if (fd == -EINVAL)
		return answer_yes(live->arena, "%s: EINVAL, '%s' exists and has no argument %d",
				  call, section->target, RAW_TRACEPOINT_LAST_ARGUMENT + 1);
	if (fd == -ENOENT)
		return NO(live, REASON_TRACEPOINT_MISSING, "%s: ENOENT for '%s'", call,
			  section->target);
	if (errno_is_refusal(fd))
		return live_refused(live, fd, TRACING_CAPS, call);
	return UNKNOWN(live, "%s: %s for '%s'", call, errno_name(fd), section->target);
}
