/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach-kprobe.c - kprobe and its kin: one function, system calls, many functions
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "host/attach.h"

#define KPROBE_PMU	  "/sys/bus/event_source/devices/kprobe/type"
#define KPROBE_RETURN	  "/sys/bus/event_source/devices/kprobe/format/retprobe"
#define KPROBES_ENABLED	  "/sys/kernel/debug/kprobes/enabled"
#define KPROBES_BLACKLIST "/sys/kernel/debug/kprobes/blacklist"

enum { BLACKLIST_LIMIT = 4 << 20 };

/*
 * Kernels from 4.17 attach through the kprobe PMU (which needs only /sys), older ones through
 * tracefs. If neither is there the kernel has no kprobes, or nothing is mounted and nobody can
 * tell.
 */
static struct featsel_answer kprobe_mechanism(struct live *live)
{
	const char *tracefs, *events;
	long type;
	int error, err = live_number(live, KPROBE_PMU, &type);

	if (err == 0)
		return answer_yes(live->arena, KPROBE_PMU ": %ld", type);
	if (errno_is_refusal(err))
		return live_refused(live, err, CAP_DAC_READ_SEARCH_MASK, "open(" KPROBE_PMU ")");
	if (err != -ENOENT)
		return UNKNOWN(live, KPROBE_PMU ": %s", errno_name(err));
	tracefs = live_tracefs(live, &error);
	events = tracefs ? arena_printf(live->arena, "%s/kprobe_events", tracefs) : NULL;
	err = events ? attach_file_exists(live, events) : -ENOENT;
	if (err == 0)
		return answer_yes(live->arena, "%s: there", events);
	if (errno_is_refusal(err))
		return attach_tracefs_refused(live, err, events);
	if (tracefs || attach_file_exists(live, "/sys/bus/event_source/devices") == 0)
		return NO(live, REASON_KPROBES_NOT_BUILT, KPROBE_PMU ": ENOENT");
	return answer_make(
		live->arena, FEATSEL_NO, REASON_TRACEFS_UNAVAILABLE,
		"mount -t sysfs nodev /sys, or mount -t tracefs nodev /sys/kernel/tracing",
		KPROBE_PMU ": ENOENT, no tracefs is mounted");
}

/* "0xffffffff81001000-0xffffffff81001020\tname" */
static bool blacklisted(struct live *live, const char *function)
{
	struct host_targets *targets = attach_targets(live);
	size_t length = strlen(function);
	const char *line;

	if (!targets)
		return false;
	if (!targets->blacklist && kernel_read(live->kernel, live->arena, KPROBES_BLACKLIST,
					       BLACKLIST_LIMIT, &targets->blacklist, NULL) < 0)
		return false;
	for (line = strchr(targets->blacklist, '\t'); line; line = strchr(line + 1, '\t'))
		if (strncmp(line + 1, function, length) == 0 &&
		    (!line[1 + length] || line[1 + length] == '\n'))
			return true;
	return false;
}

/*
 * What debugfs tells, if it is mounted. A locked down kernel refuses to open its files and logs
 * each attempt, so they are not opened there.
 */
static bool kprobe_forbidden(struct live *live, const char *function, struct featsel_answer *answer)
{
	const char *lockdown = live_lockdown(live);
	long enabled;

	if (lockdown && strcmp(lockdown, "none") != 0)
		return false;
	if (live_number(live, KPROBES_ENABLED, &enabled) == 0 && enabled == 0) {
		*answer = NO(live, REASON_KPROBES_DISABLED, KPROBES_ENABLED ": 0");
		return true;
	}
	if (!blacklisted(live, function))
		return false;
	*answer = NO(live, REASON_SYMBOL_NOT_PROBEABLE, KPROBES_BLACKLIST ": '%s'", function);
	return true;
}

/* At a function's entry kprobes ride on ftrace, but not on arm: attached and silent on 6.12. */
static bool kprobe_silent(struct live *live, bool at_entry, struct featsel_answer *answer)
{
	const char *machine = live->host->machine;
	bool breakpoints = strcmp(machine, "aarch64") == 0 || strncmp(machine, "arm", 3) == 0;

	return at_entry && !breakpoints && attach_ftrace_off(live, answer);
}

/* The compiler removed arguments or split the function: only the name that exists can be attached
 * to. */
static struct featsel_answer symbol_missing(struct live *live, const char *function)
{
	const char *altered = symbols_altered(live, function);
	struct featsel_answer absent;

	if (!altered) {
		absent = NO(live, REASON_SYMBOL_MISSING, "/proc/kallsyms: no function '%s'",
			    function);
		return modules_absent(live, &absent, false);
	}
	return answer_make(live->arena, FEATSEL_NO, REASON_SYMBOL_MISSING,
			   arena_printf(live->arena,
					"write '%s', whose arguments the compiler may have changed",
					altered),
			   "/proc/kallsyms: no function '%s', but '%s'", function, altered);
}

static bool symbol_unfit(struct live *live, const char *function, struct featsel_answer *answer)
{
	int count = symbols_count(live, function);

	if (count == 1)
		return false;
	if (count < 0)
		*answer = UNKNOWN(live, "/proc/kallsyms: %s", errno_name(count));
	else if (count == 0)
		*answer = symbol_missing(live, function);
	else
		*answer = NO(live, REASON_SYMBOL_AMBIGUOUS,
			     "/proc/kallsyms: '%s' occurs more than once", function);
	return true;
}

enum { TAKEN = 0, NOT_TRIED = 1 };

/* Through the PMU: config1 is the name, config2 the offset. This registers the probe for a
 * moment. */
static int try_kprobe(struct live *live, const char *function, unsigned long offset, bool is_return)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .disabled = 1};
	const char *format;
	long type;
	int fd;

	if (live_number(live, KPROBE_PMU, &type) < 0)
		return NOT_TRIED;
	attr.type = (uint32_t)type;
	if (is_return &&
	    kernel_read(live->kernel, live->arena, KPROBE_RETURN, 64, &format, NULL) == 0 &&
	    strncmp(format, "config:", 7) == 0)
		attr.config = UINT64_C(1) << (strtoul(format + 7, NULL, 10) & 63);
	attr.config1 = (uint64_t)(uintptr_t)function;
	attr.config2 = offset;
	fd = live->kernel->ops->perf_event_open(live->kernel, &attr, -1, 0);
	if (fd < 0)
		return fd;
	live->kernel->ops->close(live->kernel, fd);
	return 0;
}

/* Certain failures come before refusals, cheap checks before kallsyms. */
static struct featsel_answer ask_kprobe(struct live *live, const struct section *section,
					const char *function, unsigned long offset)
{
	struct featsel_answer answer = kprobe_mechanism(live), permission;
	bool is_return = section->flags & SECTION_RETURN;
	const char *colon = strchr(function, ':'), *symbol = colon ? colon + 1 : function;
	int result;

	if (answer.verdict != FEATSEL_YES || kprobe_forbidden(live, symbol, &answer) ||
	    kprobe_silent(live, offset == 0, &answer) || symbol_unfit(live, symbol, &answer) ||
	    attach_locked_down(live, &answer))
		return answer;
	permission = attach_perf_permission(live);
	if (permission.verdict != FEATSEL_YES)
		return permission;
	result = live->thorough ? try_kprobe(live, function, offset, is_return) : NOT_TRIED;
	if (result < 0)
		return attach_errno(live, result, section);
	if (result == NOT_TRIED && offset)
		return UNKNOWN(
			live,
			"'%s' is there; whether an instruction begins at +%#lx shows at attach",
			symbol, offset);
	return answer_yes(live->arena, "%s, '%s' is in /proc/kallsyms%s", answer.evidence, symbol,
			  result == TAKEN ? " and takes a probe" : "");
}

/* "function", or "function+0x10" */
struct featsel_answer probe_kprobe(struct live *live, const struct section *section)
{
	size_t length = strcspn(section->target, "+");
	char *function = arena_strndup(live->arena, section->target, length);
	unsigned long offset =
		section->target[length] ? strtoul(section->target + length + 1, NULL, 0) : 0;

	return function ? ask_kprobe(live, section, function, offset) : live_no_memory(live);
}

/* The wrapper's prefix: CONFIG_ARCH_HAS_SYSCALL_WRAPPER, 4.17 on x86 and s390, 4.19 on arm64, later
 * elsewhere. */
static const char *syscall_prefix(const char *machine)
{
	static const char *const prefixes[][2] = {
		{"x86_64", "x64"},	{"aarch64", "arm64"}, {"s390x", "s390x"},
		{"riscv64", "riscv"},	{"i686", "ia32"},     {"i386", "ia32"},
		{"ppc64le", "powerpc"}, {"ppc64", "powerpc"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strcmp(prefixes[i][0], machine) == 0)
			return prefixes[i][1];
	return NULL;
}

/* The function that serves the call on this machine: the wrapper if the architecture has one, else
 * the one that libbpf uses. */
struct featsel_answer probe_ksyscall(struct live *live, const struct section *section)
{
	struct featsel_answer answer = kprobe_mechanism(live);
	const char *prefix = syscall_prefix(live->host->machine), *wrapper, *plain;

	if (answer.verdict != FEATSEL_YES)
		return answer;
	wrapper = arena_printf(live->arena, "__%s_sys_%s", prefix ? prefix : "se", section->target);
	plain = arena_printf(live->arena, "__se_sys_%s", section->target);
	if (!wrapper || !plain)
		return live_no_memory(live);
	if (symbols_count(live, wrapper) == 0 && symbols_count(live, plain) > 0)
		wrapper = plain;
	return ask_kprobe(live, section, wrapper, 0);
}

/* ---- kprobe.multi ---- */

/* Load, and create the link on one function: 0, or the errno of the step that failed; *stage says
 * which. */
static int try_kprobe_multi(struct live *live, const struct section *section, const char *function,
			    const char **stage)
{
	struct link_probe link = {
		.attach_type = section->attach_type,
		.symbols = &function,
		.n_symbols = 1,
	};
	int fd, program = attach_load_minimal(live, section, 0);

	*stage = "bpf(BPF_PROG_LOAD)";
	if (program < 0)
		return program;
	*stage = "bpf(BPF_LINK_CREATE)";
	link.prog_fd = program;
	fd = live->kernel->ops->link_create(live->kernel, &link);
	live->kernel->ops->close(live->kernel, program);
	if (fd < 0)
		return fd;
	live->kernel->ops->close(live->kernel, fd);
	return 0;
}

/*
 * Programs of this kind load on every kernel, the expected attach type is dropped (4.18) or not
 * looked at: only a link tells. EINVAL: before 5.18 (kprobe.session: 6.10); EOPNOTSUPP: without
 * CONFIG_FPROBE; ESRCH, ENOENT: understood, no such function. The link is created on a function
 * that exists for tests and that nothing calls.
 */
static struct featsel_answer kprobe_multi_mechanism(struct live *live,
						    const struct section *section)
{
	const char *stage;
	int err = try_kprobe_multi(live, section, "bpf_fentry_test1", &stage);

	if (err == 0)
		return answer_yes(live->arena, "%s: %s created", stage, section->form);
	if (err == -ESRCH || err == -ENOENT)
		return answer_yes(live->arena, "%s: %s, %s is understood", stage, errno_name(err),
				  section->form);
	if (errno_is_refusal(err))
		return live_refused(live, err, TRACING_CAPS, stage);
	if (err == -EINVAL || err == -EOPNOTSUPP)
		return NO(live, REASON_ATTACH_TYPE_UNSUPPORTED, "%s: %s for %s", stage,
			  errno_name(err), section->form);
	return UNKNOWN(live, "%s: %s for %s", stage, errno_name(err), section->form);
}

struct featsel_answer probe_kprobe_multi(struct live *live, const struct section *section)
{
	struct featsel_answer answer = kprobe_multi_mechanism(live, section);
	const char *stage;
	int matches, err;

	if (answer.verdict != FEATSEL_YES || attach_ftrace_off(live, &answer))
		return answer;
	if (strpbrk(section->target, "*?")) {
		matches = symbols_match(live, section->target);
		/* The kernel refuses the whole list for one function that it cannot trace, and only
		 * tracefs tells which it can. */
		if (matches > 0 && !live_tracefs(live, &err))
			return UNKNOWN(live,
				       "'%s' matches functions in /proc/kallsyms; whether all of "
				       "them can be traced shows at attach, since no tracefs is "
				       "mounted",
				       section->target);
		if (matches > 0)
			return answer_yes(live->arena,
					  "%s, '%s' matches functions in /proc/kallsyms",
					  answer.evidence, section->target);
		if (matches == 0)
			return NO(live, REASON_SYMBOL_MISSING,
				  "/proc/kallsyms: no function matches '%s'", section->target);
		return UNKNOWN(live, "/proc/kallsyms: %s", errno_name(matches));
	}
	if (symbol_unfit(live, section->target, &answer) || !live->thorough)
		return answer;
	err = try_kprobe_multi(live, section, section->target, &stage);
	return err < 0 ? attach_errno(live, err, section) : answer;
}
