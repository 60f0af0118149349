/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* attach-perf.c - perf events, and what forbids their use */
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
