/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach.c - whether the very thing that a program is attached to exists and takes it
 *
 * One function a means of attaching, each by the cheapest evidence that is conclusive: files first,
 * then one call that must fail in a telling way, then one load. A real test attach comes only where
 * the host was opened to be thorough.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "host/private.h"

#define KPROBE_PMU	  "/sys/bus/event_source/devices/kprobe/type"
#define KPROBE_RETURN	  "/sys/bus/event_source/devices/kprobe/format/retprobe"
#define UPROBE_PMU	  "/sys/bus/event_source/devices/uprobe/type"
#define KPROBES_ENABLED	  "/sys/kernel/debug/kprobes/enabled"
#define KPROBES_BLACKLIST "/sys/kernel/debug/kprobes/blacklist"
#define FTRACE_ENABLED	  "/proc/sys/kernel/ftrace_enabled"
#define PERF_PARANOID	  "/proc/sys/kernel/perf_event_paranoid"
#define VMLINUX_BTF	  "/sys/kernel/btf/vmlinux"

#ifndef BPF_F_SLEEPABLE
#define BPF_F_SLEEPABLE (1U << 4)
#endif

#define TRACING_CAPS (CAP_BPF_MASK | CAP_PERFMON_MASK)

enum {
	BLACKLIST_LIMIT = 4 << 20,
	TRAMPOLINE_ARGS =
		6, /* what every trampoline can pass; more since 6.6 on x86, later elsewhere */
	ATTACH_TYPE_UPROBE_MULTI = 48, /* since 6.6 */
	XDP_HAS_FRAGS = 1 << 5,	       /* BPF_F_XDP_HAS_FRAGS, 5.18 */
};

struct host_targets {
	bool perf_allowed;     /* a perf event of the kernel's own could be opened */
	const char *blacklist; /* NULL: not read, or not readable */
};

static struct host_targets *targets_of(struct live *live)
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

#define NO(live, reason, ...) answer_make((live)->arena, FEATSEL_NO, reason, NULL, __VA_ARGS__)
#define DENIED(live, reason, ...) \
	answer_make((live)->arena, FEATSEL_DENIED, reason, NULL, __VA_ARGS__)
#define UNKNOWN(live, ...) \
	answer_make((live)->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL, __VA_ARGS__)

static int path_exists(struct live *live, const char *path)
{
	return live->kernel->ops->exists(live->kernel, path);
}

static const char *call_of(struct live *live, const char *call, const char *path)
{
	const char *text = arena_printf(live->arena, "%s(%s)", call, path);

	return text ? text : call;
}

/* ---- lockdown ---- */

static bool locked_down(struct live *live, struct featsel_answer *answer)
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
 * EACCES with the sysctl at 3 (Debian's and Ubuntu's own value) and without CAP_SYS_ADMIN: there
 * CAP_PERFMON is not enough. Otherwise a capability, a filter or a policy is in the way.
 */
static struct featsel_answer perf_refused(struct live *live, int error, const char *call)
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
static struct featsel_answer perf_permission(struct live *live)
{
	static const char call[] = "perf_event_open(dummy, all processes)";
	struct host_targets *targets = targets_of(live);
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
		return perf_refused(live, fd, call);
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

/* tracefs belongs to root alone (0700), whatever capabilities for BPF there are. */
static struct featsel_answer tracefs_refused(struct live *live, int error, const char *path)
{
	if (error == -EACCES && !may_read_anything(live))
		return DENIED(live, REASON_TRACEFS_PERMISSION, "open(%s): EACCES", path);
	return live_refused(live, error, CAP_DAC_READ_SEARCH_MASK, call_of(live, "open", path));
}

static struct featsel_answer tracefs_absent(struct live *live, int error)
{
	if (errno_is_refusal(error))
		return tracefs_refused(live, error, "/sys/kernel/debug/tracing");
	if (path_exists(live, "/sys/kernel") == -ENOENT)
		return answer_make(
			live->arena, FEATSEL_NO, REASON_TRACEFS_UNAVAILABLE,
			"mount -t sysfs nodev /sys && mount -t tracefs nodev /sys/kernel/tracing",
			"/sys/kernel: ENOENT");
	if (path_exists(live, "/sys/kernel/tracing") == -ENOENT)
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
	if (locked_down(live, &answer))
		return answer;
	path = arena_printf(live->arena, "%s/events/%.*s", tracefs, category, target);
	if (!path)
		return live_no_memory(live);
	if (path_exists(live, path) == 0)
		return NO(live, REASON_TRACEPOINT_MISSING,
			  "%s/events/%s: ENOENT, '%.*s' has others", tracefs, target, category,
			  target);
	return NO(live, REASON_TRACEPOINT_MISSING, "%s: ENOENT", path);
}

static struct featsel_answer probe_tracepoint(struct live *live, const struct section *section)
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
		return tracefs_refused(live, err, path);
	if (err == -ENOENT)
		return tracepoint_absent(live, tracefs, section->target);
	if (err < 0)
		return UNKNOWN(live, "%s: %s", path, errno_name(err));
	answer = perf_permission(live);
	return answer.verdict == FEATSEL_YES ? answer_yes(live->arena, "%s: %ld", path, id)
					     : answer;
}

/* ---- raw_tracepoint ---- */

/*
 * Since 4.17 (c4f6699dfcb8) BPF_RAW_TRACEPOINT_OPEN looks the name up (ENOENT) before it compares
 * the highest argument that the program reads with those of the tracepoint (EINVAL): so this tells
 * without attaching. A tracepoint of twelve arguments takes the program; it is let go at once.
 */
static struct featsel_answer probe_raw_tracepoint(struct live *live, const struct section *section)
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

/* ---- targets that are types: tp_btf, fentry and its kin, lsm, iter ---- */

int host_section_load(struct live *live, const struct section *section, uint32_t btf_id,
		      const struct bpf_insn *insns, size_t n)
{
	struct prog_probe probe = {
		.type = section->prog_type,
		.attach_type = section->attach_type > 0 ? section->attach_type : 0,
		.insns = insns,
		.n_insns = n,
		.attach_btf_id = btf_id,
		.log_level = 1,
	};

	if (section->flags & SECTION_SLEEPABLE)
		probe.flags |= BPF_F_SLEEPABLE;
	if (section->flags & SECTION_FRAGS)
		probe.flags |= XDP_HAS_FRAGS;
	live->log[0] = '\0';
	return live->kernel->ops->prog_load(live->kernel, &probe, live->log, LIVE_LOG_SIZE);
}

/* Load a program that does nothing; the caller closes it. */
static int load_minimal(struct live *live, const struct section *section, uint32_t btf_id)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return host_section_load(live, section, btf_id, insns, ARRAY_SIZE(insns));
}

static struct featsel_answer without_btf(struct live *live)
{
	int error = live->btf_error;

	if (errno_is_refusal(error))
		return live_refused(live, error, CAP_DAC_READ_SEARCH_MASK, "open(" VMLINUX_BTF ")");
	if (error != -ENOENT)
		return UNKNOWN(live, VMLINUX_BTF ": %s", errno_name(error));
	return NO(live, REASON_BTF_MISSING, VMLINUX_BTF ": ENOENT");
}

static struct featsel_answer type_absent(struct live *live, enum reason reason, const char *what,
					 const char *name)
{
	if (kernel_btf_damage(live->btf))
		return UNKNOWN(live, VMLINUX_BTF ": damaged, no %s '%s' before the damage", what,
			       name);
	return NO(live, reason, VMLINUX_BTF ": no %s '%s'", what, name);
}

/*
 * The sentences of check_attach_btf_id() and its callees (5.5 and newer) that tell of the target.
 */
static const struct {
	const char *sentence;
	enum reason reason;
} target_sentences[] = {
	{"is not sleepable", REASON_SYMBOL_NOT_PROBEABLE},
	{"is not modifiable", REASON_SYMBOL_NOT_PROBEABLE},
	{"can't modify return codes", REASON_SYMBOL_NOT_PROBEABLE},
	{"doesn't match prototype", REASON_SIGNATURE_UNSUPPORTED},
	{"is too big", REASON_SIGNATURE_UNSUPPORTED},
	{"Invalid BTF of func", REASON_SIGNATURE_UNSUPPORTED},
	{"has too many arguments", REASON_SIGNATURE_UNSUPPORTED},
	{"unsupported type", REASON_SIGNATURE_UNSUPPORTED},
	{"points to disabled hook", REASON_HOOK_MISSING},
	{"Attaching tracing programs to function", REASON_SYMBOL_NOT_PROBEABLE},
};

static struct featsel_answer load_failed(struct live *live, int error,
					 const struct section *section)
{
	for (size_t i = 0; live->log && i < ARRAY_SIZE(target_sentences); i++) {
		const char *at = strstr(live->log, target_sentences[i].sentence), *line = at;

		if (!at)
			continue;
		while (line > live->log && line[-1] != '\n')
			line--;
		return NO(live, target_sentences[i].reason, "bpf(BPF_PROG_LOAD): %s, \"%.*s\"",
			  errno_name(error), (int)strcspn(line, "\n"), line);
	}
	return host_load_failure(live, error, live->log, section->prog_type, section->attach_type);
}

/* What it looks up in kernel BTF, and so what a missing one is called. */
struct type_target {
	int kind;
	const char *prefix, *what;
	enum reason reason;
};

static const struct type_target type_targets[ATTACH_MEANS_COUNT] = {
	[ATTACH_TRACING_TRACEPOINT] = {BTF_KIND_TYPEDEF, "btf_trace_", "typedef",
				       REASON_TRACEPOINT_MISSING},
	[ATTACH_TRACING_FUNCTION] = {BTF_KIND_FUNC, "", "func", REASON_SYMBOL_MISSING},
	[ATTACH_LSM] = {BTF_KIND_FUNC, "bpf_lsm_", "func", REASON_HOOK_MISSING},
	[ATTACH_LSM_CGROUP] = {BTF_KIND_FUNC, "bpf_lsm_", "func", REASON_HOOK_MISSING},
	[ATTACH_ITER] = {BTF_KIND_FUNC, "bpf_iter_", "func", REASON_ATTACH_TYPE_UNSUPPORTED},
};

/* The target's type id, or 0 and the answer. */
static uint32_t find_type(struct live *live, const struct section *section,
			  struct featsel_answer *answer)
{
	const struct type_target *row = &type_targets[section->means];
	struct kernel_btf *btf = live_btf(live);
	const char *name = arena_printf(live->arena, "%s%s", row->prefix, section->target);
	uint32_t id;

	if (!btf || !name) {
		*answer = btf ? live_no_memory(live) : without_btf(live);
		return 0;
	}
	id = kernel_btf_find(btf, row->kind, name);
	if (!id)
		*answer = type_absent(live, row->reason, row->what, name);
	return id;
}

bool host_section_type(struct live *live, const struct section *section, uint32_t *ret)
{
	struct featsel_answer answer;

	*ret = 0;
	if (!type_targets[section->means].prefix)
		return true;
	*ret = find_type(live, section, &answer);
	return *ret != 0;
}

/* -1 and the answer, or a program to be closed. */
static int load_target(struct live *live, const struct section *section, uint32_t id,
		       struct featsel_answer *answer)
{
	int fd = load_minimal(live, section, id);

	if (fd >= 0)
		return fd;
	*answer = load_failed(live, fd, section);
	return -1;
}

static struct featsel_answer loaded(struct live *live, const struct section *section, uint32_t id)
{
	return answer_yes(live->arena, "bpf(BPF_PROG_LOAD): %s for type %u of kernel BTF loads",
			  section->form, id);
}

/* A module's has its type there; a raw tracepoint of the name is evidence that it is somewhere. */
static struct featsel_answer probe_tracing_tracepoint(struct live *live,
						      const struct section *section)
{
	const char *module, *name = arena_printf(live->arena, "btf_trace_%s", section->target);
	struct featsel_answer answer;
	uint32_t id = find_type(live, section, &answer), there;
	struct kernel_btf *btf;
	int fd;

	there = id || !live->btf || !name
			? 0
			: modules_find(live, BTF_KIND_TYPEDEF, name, &module, &btf);
	if (there)
		return answer_yes(live->arena, "/sys/kernel/btf/%s: typedef '%s' is type %u",
				  module, name, there);

	if (!id && live->btf && probe_raw_tracepoint(live, section).verdict == FEATSEL_YES)
		return UNKNOWN(live, "raw tracepoint '%s' exists, but not in " VMLINUX_BTF,
			       section->target);
	if (!id)
		return answer;
	fd = load_target(live, section, id, &answer);
	if (fd < 0)
		return answer;
	live->kernel->ops->close(live->kernel, fd);
	return loaded(live, section, id);
}

static int try_iterator(struct live *live, const struct section *section, int program)
{
	const struct link_probe link = {.prog_fd = program, .attach_type = section->attach_type};
	int fd = live->kernel->ops->link_create(live->kernel, &link);

	if (fd >= 0)
		live->kernel->ops->close(live->kernel, fd);
	return fd < 0 ? fd : 0;
}

/* Not every iterator lets its programs sleep (BPF_ITER_RESCHED): only attaching tells, by EINVAL
 * where a program that does not sleep is taken. */
static bool may_not_sleep(struct live *live, const struct section *section, uint32_t id,
			  int program)
{
	struct section awake = *section;
	int fd, err;

	if (!(section->flags & SECTION_SLEEPABLE) || !live->thorough ||
	    try_iterator(live, section, program) != -EINVAL)
		return false;
	awake.flags &= ~(unsigned int)SECTION_SLEEPABLE;
	fd = load_minimal(live, &awake, id);
	if (fd < 0)
		return false;
	err = try_iterator(live, &awake, fd);
	live->kernel->ops->close(live->kernel, fd);
	return err == 0;
}

/* The control group or process that it goes over. */
static struct featsel_answer iterated_part(struct live *live, const struct section *section)
{
	struct attach_options on = {.said = ON_SAID(ON_CGROUP)};
	struct section group = {.form = section->form,
				.target = "",
				.attach_type = -1,
				.means = ATTACH_CGROUP,
				.on = &on};

	if (section->on && section->on->of_cgroup) {
		on.cgroup = section->on->of_cgroup;
		return host_cgroup_target(live, &group);
	}
	if (section->on && section->on->of_task)
		return host_process_target(live, section->on->of_task);
	return answer_yes(live->arena, "all of them");
}

/* Since 5.8: the iterator's target is a function of that name; the load resolves it. */
static struct featsel_answer probe_iter(struct live *live, const struct section *section)
{
	struct featsel_answer answer;
	uint32_t id = find_type(live, section, &answer);
	int fd = id ? load_target(live, section, id, &answer) : -1;
	bool refused;

	if (fd < 0)
		return answer;
	refused = may_not_sleep(live, section, id, fd);
	live->kernel->ops->close(live->kernel, fd);
	answer = iterated_part(live, section);
	if (answer.verdict != FEATSEL_YES)
		return answer;
	if (refused)
		return NO(live, REASON_SYMBOL_NOT_PROBEABLE,
			  "bpf(BPF_LINK_CREATE): EINVAL, iterator '%s' takes no program that may "
			  "sleep",
			  section->target);
	return loaded(live, section, id);
}

/* With the sysctl at 0 the kernel patches nothing: fentry fails with EBUSY on 5.10, and is attached
 * and silent on 6.1. */
static bool ftrace_off(struct live *live, struct featsel_answer *answer)
{
	long enabled;

	if (live_number(live, FTRACE_ENABLED, &enabled) < 0 || enabled != 0)
		return false;
	*answer = NO(live, REASON_FTRACE_DISABLED, FTRACE_ENABLED ": 0");
	return true;
}

/* Attach for real and let go at once; 0, or what host_attach_failure() takes. */
static int try_trampoline(struct live *live, int program)
{
	int fd = live->kernel->ops->raw_tracepoint_open(live->kernel, NULL, program);

	if (fd < 0)
		return fd;
	live->kernel->ops->close(live->kernel, fd);
	return 0;
}

/* What is told by errno and the target alone, after an attach of a program of @section failed. */
static struct featsel_answer attach_failed(struct live *live, int error,
					   const struct section *section);

/*
 * The load says whether the type may be used and the function is in BTF. Whether the architecture
 * can build the trampoline (524: arm64 before 6.0; more than six arguments) only attaching tells:
 * that is asked for where the number of arguments makes it doubtful.
 */
static struct featsel_answer probe_trampoline(struct live *live, const struct section *section,
					      uint32_t id, bool doubtful)
{
	struct featsel_answer answer;
	int err = 0, fd = load_target(live, section, id, &answer);

	if (fd < 0)
		return answer;
	/* A link of a cgroup's LSM program needs the cgroup. */
	if ((live->thorough || doubtful) && section->attach_type != BPF_LSM_CGROUP)
		err = try_trampoline(live, fd);
	live->kernel->ops->close(live->kernel, fd);
	return err < 0 ? attach_failed(live, err, section) : loaded(live, section, id);
}

/* A function of a module, which libbpf finds as we do. */
static struct featsel_answer of_module(struct live *live, struct kernel_btf *btf,
				       const char *module, const char *function, uint32_t id)
{
	struct featsel_answer answer;
	int args = kernel_btf_args(btf, function);

	if (ftrace_off(live, &answer))
		return answer;
	if (args > TRAMPOLINE_ARGS)
		return UNKNOWN(live, "/sys/kernel/btf/%s: '%s' has %d arguments", module, function,
			       args);
	return answer_yes(live->arena, "/sys/kernel/btf/%s: func '%s' is type %u", module, function,
			  id);
}

/* Not among the types of vmlinux: it may be inlined, or without a type that BTF can hold, or a
 * module's. */
static struct featsel_answer function_absent(struct live *live, const struct section *section,
					     struct featsel_answer absent)
{
	const char *module, *altered, *function = strchr(section->target, ':');
	struct kernel_btf *btf;
	uint32_t id;

	if (absent.verdict != FEATSEL_NO || !live->btf)
		return absent;
	function = function ? function + 1 : section->target;
	id = modules_find(live, BTF_KIND_FUNC, function, &module, &btf);
	if (id && function == section->target)
		return of_module(live, btf, module, function, id);
	if (id)
		return UNKNOWN(live,
			       "/sys/kernel/btf/%s has func '%s'; not every libbpf finds '%s'",
			       module, function, section->target);
	if (symbols_in_module(live, function))
		return UNKNOWN(live, "'%s' is a module's function without a type in BTF", function);
	altered = symbols_altered(live, function);
	if (altered)
		return NO(live, REASON_SYMBOL_MISSING, "%s; the kernel has it as '%s' only",
			  absent.evidence, altered);
	return modules_absent(live, &absent, true);
}

static struct featsel_answer probe_tracing_function(struct live *live,
						    const struct section *section)
{
	struct featsel_answer answer;
	uint32_t id = find_type(live, section, &answer);
	int args;

	if (!id)
		return function_absent(live, section, answer);
	if (ftrace_off(live, &answer))
		return answer;
	args = kernel_btf_args(live->btf, section->target);
	return probe_trampoline(live, section, id, args > TRAMPOLINE_ARGS);
}

/* Loads and attaches without a word where `bpf` is not among the active modules (5.10), and never
 * fires. */
static struct featsel_answer probe_lsm_hook(struct live *live, const struct section *section)
{
	struct featsel_answer answer, active;
	uint32_t id = find_type(live, section, &answer);

	if (!id)
		return answer;
	active = files_lsm(live, "bpf");
	if (active.verdict == FEATSEL_NO)
		return active;
	if (ftrace_off(live, &answer))
		return answer;
	answer = probe_trampoline(live, section, id, false);
	return answer.verdict == FEATSEL_YES && active.verdict != FEATSEL_YES ? active : answer;
}

/* ---- kprobe and its kin ---- */

/*
 * 4.17 and newer attach through the kprobe PMU (needs only /sys), older ways through tracefs.
 * Neither: the kernel has no kprobes, or nobody can tell since nothing is mounted.
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
	err = events ? path_exists(live, events) : -ENOENT;
	if (err == 0)
		return answer_yes(live->arena, "%s: there", events);
	if (errno_is_refusal(err))
		return tracefs_refused(live, err, events);
	if (tracefs || path_exists(live, "/sys/bus/event_source/devices") == 0)
		return NO(live, REASON_KPROBES_NOT_BUILT, KPROBE_PMU ": ENOENT");
	return answer_make(
		live->arena, FEATSEL_NO, REASON_TRACEFS_UNAVAILABLE,
		"mount -t sysfs nodev /sys, or mount -t tracefs nodev /sys/kernel/tracing",
		KPROBE_PMU ": ENOENT, no tracefs is mounted");
}

/* "0xffffffff81001000-0xffffffff81001020\tname" */
static bool blacklisted(struct live *live, const char *function)
{
	struct host_targets *targets = targets_of(live);
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
 * What debugfs tells, where it is mounted. A locked down kernel refuses its files and writes a line
 * to its log each time: there nobody looks.
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

	return at_entry && !breakpoints && ftrace_off(live, answer);
}

/* The compiler has taken arguments out of it, or made copies of parts: only the name that is there
 * can be attached to. */
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

/* Through the PMU: config1 is the name, config2 the offset. Registers the probe for a moment. */
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

/* What is sure to fail comes before what is denied, what is cheap before kallsyms. */
static struct featsel_answer ask_kprobe(struct live *live, const struct section *section,
					const char *function, unsigned long offset)
{
	struct featsel_answer answer = kprobe_mechanism(live), permission;
	bool is_return = section->flags & SECTION_RETURN;
	const char *colon = strchr(function, ':'), *symbol = colon ? colon + 1 : function;
	int result;

	if (answer.verdict != FEATSEL_YES || kprobe_forbidden(live, symbol, &answer) ||
	    kprobe_silent(live, offset == 0, &answer) || symbol_unfit(live, symbol, &answer) ||
	    locked_down(live, &answer))
		return answer;
	permission = perf_permission(live);
	if (permission.verdict != FEATSEL_YES)
		return permission;
	result = live->thorough ? try_kprobe(live, function, offset, is_return) : NOT_TRIED;
	if (result < 0)
		return attach_failed(live, result, section);
	if (result == NOT_TRIED && offset)
		return UNKNOWN(
			live,
			"'%s' is there; whether an instruction begins at +%#lx shows at attach",
			symbol, offset);
	return answer_yes(live->arena, "%s, '%s' is in /proc/kallsyms%s", answer.evidence, symbol,
			  result == TAKEN ? " and takes a probe" : "");
}

/* "function", or "function+0x10" */
static struct featsel_answer probe_kprobe(struct live *live, const struct section *section)
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

/* The function that serves the call here: the wrapper where the architecture has one, else what
 * libbpf takes then. */
static struct featsel_answer probe_ksyscall(struct live *live, const struct section *section)
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

/* Load, and create the link on one function: 0, or the errno of whichever failed; *stage says
 * which. */
static int try_kprobe_multi(struct live *live, const struct section *section, const char *function,
			    const char **stage)
{
	struct link_probe link = {
		.attach_type = section->attach_type,
		.symbols = &function,
		.n_symbols = 1,
	};
	int fd, program = load_minimal(live, section, 0);

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

static struct featsel_answer probe_kprobe_multi(struct live *live, const struct section *section)
{
	struct featsel_answer answer = kprobe_multi_mechanism(live, section);
	const char *stage;
	int matches, err;

	if (answer.verdict != FEATSEL_YES || ftrace_off(live, &answer))
		return answer;
	if (strpbrk(section->target, "*?")) {
		matches = symbols_match(live, section->target);
		/* The kernel refuses all for one that it cannot trace, and only tracefs tells which
		 * it can. */
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
	return err < 0 ? attach_failed(live, err, section) : answer;
}

/* ---- uprobe and its kin ---- */

static struct featsel_answer uprobe_mechanism(struct live *live)
{
	long type;
	int err = live_number(live, UPROBE_PMU, &type);

	if (err == 0)
		return answer_yes(live->arena, UPROBE_PMU ": %ld", type);
	if (errno_is_refusal(err))
		return live_refused(live, err, CAP_DAC_READ_SEARCH_MASK, "open(" UPROBE_PMU ")");
	if (err == -ENOENT && path_exists(live, "/sys/bus/event_source/devices") == 0)
		return answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED,
				   "not built into this kernel (CONFIG_UPROBE_EVENTS)",
				   UPROBE_PMU ": ENOENT");
	return UNKNOWN(live, UPROBE_PMU ": %s", errno_name(err));
}

static int binary_exists(void *live, const char *path)
{
	return path_exists(live, path);
}

static struct featsel_answer binary_absent(struct live *live, const char *path, int err)
{
	if (err == -ENOENT || err == -ENOTDIR)
		return answer_make(live->arena, FEATSEL_NO, REASON_SYMBOL_MISSING,
				   "install the program that is traced", "%s: %s", path,
				   errno_name(err));
	return UNKNOWN(live, "%s: %s", path, errno_name(err));
}

/* "SYMBOL", "SYMBOL+0x10", a glob, an offset in the file; of USDT "PROVIDER:NAME". */
static struct featsel_answer place_in_binary(struct live *live, const struct section *section,
					     const char *path, int fd, const char *place)
{
	const char *colon = strchr(place, ':');
	char *symbol = arena_strndup(live->arena, place, strcspn(place, colon ? ":" : "+"));
	struct vec offsets = {0};
	int err;

	if (!symbol)
		return live_no_memory(live);
	/* Nothing looks at what stands there before the file is run. */
	if (*place >= '0' && *place <= '9')
		return answer_yes(live->arena, "%s: there", path);
	if (section->means == ATTACH_USDT)
		err = colon ? binary_probe(fd, symbol, colon + 1) : -ENOENT;
	else
		err = binary_functions(fd, symbol, &offsets);
	vec_free(&offsets);
	if (err == 0)
		return answer_yes(live->arena, "%s: has '%s'", path, place);
	if (err == -ENOENT || err == -ENODATA || err == -ENOEXEC)
		return answer_make(live->arena, FEATSEL_NO, REASON_SYMBOL_MISSING, NULL,
				   err == -ENOENT ? "%s: no '%s'"
						  : "%s: no symbols, '%s' among them",
				   path, place);
	return UNKNOWN(live, "%s: %s", path, errno_name(err));
}

/* "PATH:SYMBOL", "PATH:PROVIDER:NAME", or "PATH" alone. */
static struct featsel_answer binary_target(struct live *live, const struct section *section)
{
	size_t length = strcspn(section->target, ":");
	char *name = arena_strndup(live->arena, section->target, length), path[4096];
	struct featsel_answer answer;
	int fd, err;

	if (!name)
		return live_no_memory(live);
	err = binary_resolve(name, binary_exists, live, path, sizeof(path));
	if (err < 0)
		return binary_absent(live, name, err);
	if (!section->target[length]) {
		err = path_exists(live, path);
		return err < 0 ? binary_absent(live, path, err)
			       : answer_yes(live->arena, "%s: there", path);
	}
	fd = live->kernel->ops->open(live->kernel, path);
	if (fd < 0)
		return binary_absent(live, path, fd);
	answer = place_in_binary(live, section, path, fd, section->target + length + 1);
	live->kernel->ops->close(live->kernel, fd);
	return answer;
}

static struct featsel_answer probe_uprobe(struct live *live, const struct section *section)
{
	struct featsel_answer answer = uprobe_mechanism(live), target;

	if (answer.verdict != FEATSEL_YES)
		return answer;
	target = *section->target ? binary_target(live, section) : answer;
	if (target.verdict == FEATSEL_YES && section->on && section->on->pid)
		target = host_process_target(live, section->on->pid);
	if (target.verdict == FEATSEL_NO)
		return target;
	answer = perf_permission(live);
	return answer.verdict == FEATSEL_YES ? target : answer;
}

static struct featsel_answer host_answer_named(struct live *live, enum feature_kind kind,
					       const char *name)
{
	const struct feature *feature;

	if (feature_make(live->arena, kind, NULL, name, &feature, NULL) < 0)
		return UNKNOWN(live, "'%s' is unknown", name);
	return host_answer(live->host, feature);
}

/* Loads on every kernel, like kprobe.multi; needs no perf event. */
static struct featsel_answer probe_uprobe_multi(struct live *live, const struct section *section)
{
	struct featsel_answer answer = host_answer_named(live, FEATURE_LINK, "uprobe_multi");

	/* uprobe.session, 6.13 */
	if (answer.verdict == FEATSEL_YES && section->attach_type != ATTACH_TYPE_UPROBE_MULTI)
		answer =
			host_answer_named(live, FEATURE_ATTACH_TYPE,
					  names_name(VOCABULARY_ATTACH_TYPE, section->attach_type));
	if (answer.verdict == FEATSEL_YES && section->on && section->on->pid)
		answer = host_process_target(live, section->on->pid);
	if (answer.verdict != FEATSEL_YES || !*section->target)
		return answer;
	return binary_target(live, section);
}

/* ---- targets that are given when attaching, or none ---- */

/* The program or attach type is all that can be asked for. tcx and netkit programs load everywhere:
 * their links tell. */
static struct featsel_answer probe_type(struct live *live, const struct section *section)
{
	static const char *const by_link[] = {"tcx", "netkit"};
	const struct feature *feature;

	for (size_t i = 0; i < ARRAY_SIZE(by_link); i++)
		if (strncmp(section->form, by_link[i], strlen(by_link[i])) == 0)
			return host_answer_named(live, FEATURE_LINK, by_link[i]);
	/* Of these the attach type is the link's, which the older way does without. */
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
		answer = perf_permission(live);
	return answer.verdict == FEATSEL_YES && section->on ? host_target(live, section) : answer;
}

/* The type loads, and the place is there. Without `on:` the interface is not known. */
static struct featsel_answer probe_placed(struct live *live, const struct section *section)
{
	struct featsel_answer answer = probe_type(live, section);
	bool nowhere = !section->on && on_fits(section) & ON_SAID(ON_INTERFACES);

	return answer.verdict == FEATSEL_YES && !nowhere ? host_target(live, section) : answer;
}

static struct featsel_answer probe_lsm_cgroup(struct live *live, const struct section *section)
{
	struct featsel_answer answer = probe_lsm_hook(live, section);

	return answer.verdict == FEATSEL_YES ? host_cgroup_target(live, section) : answer;
}

/* Which program's function it is that is to be replaced no section says: whoever loads it does. */
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

/* ---- words of the context ---- */

/*
 * The verifier (btf_ctx_access(), since 5.5) lets a program read a word of its context only where
 * BTF says that the target has such an argument and what it is: "func 'f' doesn't have 3-th
 * argument". Before 5.17 a pointer must be to a struct ("arg0 type INT is not a struct"), and at
 * all times to one that is more than declared: "func '__x64_sys_mprotect' arg0 type FWD is not a
 * struct" on 5.10. So the same words are read, by a program that does nothing else.
 */
static struct featsel_answer words_refused(struct live *live, int error,
					   const struct section *section)
{
	const char *line = live->log ? strstr(live->log, "func '") : NULL;

	if (error != -EACCES || !live->log || !strstr(live->log, "invalid bpf_context access"))
		return load_failed(live, error, section);
	if (!line)
		line = strstr(live->log, "invalid bpf_context access");
	return NO(live, REASON_SIGNATURE_UNSUPPORTED, "bpf(BPF_PROG_LOAD): EACCES, \"%.*s\"",
		  (int)strcspn(line, "\n"), line);
}

static int load_reader(struct live *live, const struct section *section, uint32_t btf_id,
		       uint32_t words)
{
	struct bpf_insn insns[32 + 2];
	size_t n = 0;

	for (unsigned int word = 0; word < 32; word++)
		if (words >> word & 1)
			insns[n++] = (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_DW,
						       .dst_reg = 0,
						       .src_reg = 1,
						       .off = (short)(word * 8)};
	insns[n++] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0};
	insns[n++] = (struct bpf_insn){.code = BPF_JMP | BPF_EXIT};
	return host_section_load(live, section, btf_id, insns, n);
}

static struct featsel_answer probe_words(struct live *live, const struct section *section,
					 uint32_t words)
{
	struct featsel_answer answer;
	uint32_t id = find_type(live, section, &answer);
	int fd;

	if (!id)
		return section->means == ATTACH_TRACING_FUNCTION
			       ? function_absent(live, section, answer)
			       : answer;
	fd = load_reader(live, section, id, words);
	if (fd < 0)
		return words_refused(live, fd, section);
	live->kernel->ops->close(live->kernel, fd);
	return answer_yes(live->arena,
			  "bpf(BPF_PROG_LOAD): a program that reads these words loads");
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
	[ATTACH_LSM_CGROUP] = probe_lsm_cgroup,
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
	int length = feature->operand[strlen(feature->operand) - 1] == ']'
			     ? section_words(feature->operand, &words)
			     : (int)strlen(feature->operand);
	const char *name =
		length < 0 ? NULL : arena_strndup(live->arena, feature->operand, (size_t)length);

	if (length >= 0 && !name)
		return live_no_memory(live);
	if (!name || on_parse(live->arena, name, &section, &on) < 0)
		return UNKNOWN(live, "'%s' is not a section that is known", feature->operand);
	section.on = on.said ? &on : NULL;
	if (words)
		return probe_words(live, &section, words);
	return target_probes[section.means](live, &section);
}

/* ---- what a failed attach means ---- */

#define MEANS(name)	 (1u << ATTACH_##name)
#define MEANS_KPROBE	 (MEANS(KPROBE) | MEANS(KRETPROBE) | MEANS(KSYSCALL) | MEANS(KRETSYSCALL))
#define MEANS_TRAMPOLINE (MEANS(TRACING_FUNCTION) | MEANS(LSM))
#define MEANS_FTRACE	 (MEANS_TRAMPOLINE | MEANS_KPROBE | MEANS(KPROBE_MULTI))
#define MEANS_PLACED                                                                 \
	(MEANS(XDP) | MEANS(TC) | MEANS(CGROUP) | MEANS(LSM_CGROUP) | MEANS(NETNS) | \
	 MEANS(PACKET_HOOK) | MEANS(SOCKET) | MEANS(SOCKMAP) | MEANS(STRUCT_OPS))
#define MEANS_UPROBE (MEANS(UPROBE) | MEANS(URETPROBE) | MEANS(USDT))

/* Measured on 5.10, 6.1, 6.12 and 6.18; the first row that matches counts. */
static const struct {
	unsigned int means;
	int error;
	enum reason reason;
} attach_failures[] = {
	{MEANS_KPROBE, ENOENT, REASON_SYMBOL_MISSING},
	{MEANS_KPROBE, EINVAL, REASON_SYMBOL_NOT_PROBEABLE},
	{MEANS_KPROBE, EILSEQ, REASON_SYMBOL_NOT_PROBEABLE},
	{MEANS_KPROBE, EADDRNOTAVAIL, REASON_SYMBOL_AMBIGUOUS},
	{MEANS(KPROBE_MULTI), EINVAL, REASON_ATTACH_TYPE_UNSUPPORTED},
	{MEANS(KPROBE_MULTI), EOPNOTSUPP, REASON_ATTACH_TYPE_UNSUPPORTED},
	{MEANS(KPROBE_MULTI), ESRCH, REASON_SYMBOL_MISSING},
	{MEANS(KPROBE_MULTI), ENOENT, REASON_SYMBOL_MISSING},
	{MEANS(UPROBE_MULTI), EINVAL, REASON_ATTACH_TYPE_UNSUPPORTED},
	{MEANS(UPROBE_MULTI), EOPNOTSUPP, REASON_ATTACH_TYPE_UNSUPPORTED},
	{MEANS_UPROBE | MEANS(UPROBE_MULTI), ENOENT, REASON_SYMBOL_MISSING},
	{MEANS_TRAMPOLINE, ENOTSUPP_KERNEL, REASON_ATTACH_TYPE_UNSUPPORTED},
	{MEANS_TRAMPOLINE, EBUSY, REASON_SYMBOL_NOT_PROBEABLE},
	{MEANS(RAW_TRACEPOINT), ENOENT, REASON_TRACEPOINT_MISSING},
	{MEANS(RAW_TRACEPOINT), EINVAL, REASON_SIGNATURE_UNSUPPORTED},
	{MEANS(TRACEPOINT), ENOENT, REASON_TRACEPOINT_MISSING},
	{MEANS_PLACED, ENODEV, REASON_TARGET_MISSING},
	{MEANS_PLACED, ENOENT, REASON_TARGET_MISSING},
	{MEANS_PLACED, ENOTDIR, REASON_TARGET_MISSING},
	{MEANS_PLACED, EBUSY, REASON_TARGET_BUSY},
	{MEANS_PLACED, EEXIST, REASON_TARGET_BUSY},
	{MEANS_PLACED, E2BIG, REASON_TARGET_BUSY},
	{MEANS_PLACED, EINVAL, REASON_ATTACH_TYPE_UNSUPPORTED},
	{MEANS_PLACED, EOPNOTSUPP, REASON_ATTACH_TYPE_UNSUPPORTED},
	{MEANS_PLACED, ENOTSUPP_KERNEL, REASON_ATTACH_TYPE_UNSUPPORTED},
	{MEANS(FREPLACE), EINVAL, REASON_SIGNATURE_UNSUPPORTED},
	{MEANS(FREPLACE), EBUSY, REASON_TARGET_BUSY},
	{MEANS(ITER), ENOENT, REASON_TARGET_MISSING},
	{MEANS(ITER), ESRCH, REASON_TARGET_MISSING},
};

/* 524 on a function of many arguments is about the arguments. */
static bool many_arguments(struct live *live, int error, const struct section *section,
			   struct featsel_answer *answer)
{
	struct kernel_btf *btf = live_btf(live);
	int args;

	if (error != -ENOTSUPP_KERNEL || section->means != ATTACH_TRACING_FUNCTION || !btf)
		return false;
	args = kernel_btf_args(btf, section->target);
	if (args <= TRAMPOLINE_ARGS)
		return false;
	*answer = NO(live, REASON_SIGNATURE_UNSUPPORTED,
		     "attach %s/%s: errno 524, it has %d parameters", section->form,
		     section->target, args);
	return true;
}

static struct featsel_answer attach_failed(struct live *live, int error,
					   const struct section *section)
{
	struct featsel_answer answer;
	const char *call = call_of(live, "attach", section->form);

	if (errno_is_refusal(error) && (1u << section->means & MEANS_KPROBE) &&
	    locked_down(live, &answer))
		return answer;
	if (errno_is_refusal(error) &&
	    (1u << section->means & (MEANS_KPROBE | MEANS_UPROBE | MEANS(TRACEPOINT))))
		return perf_refused(live, error, call);
	if (errno_is_refusal(error))
		return live_refused(live, error,
				    1u << section->means & MEANS_PLACED
					    ? CAP_BPF_MASK | CAP_NET_ADMIN_MASK
					    : TRACING_CAPS,
				    call);
	if (many_arguments(live, error, section, &answer))
		return answer;
	/* ftrace_kill(): after a fault the kernel does without ftrace until it is booted again. */
	if (error == -ENODEV && (1u << section->means & MEANS_FTRACE))
		return answer_make(live->arena, FEATSEL_NO, REASON_FTRACE_DISABLED,
				   "boot again; the kernel's log tells of a fault in ftrace",
				   "attach %s/%s: ENODEV", section->form, section->target);
	for (size_t i = 0; i < ARRAY_SIZE(attach_failures); i++)
		if ((attach_failures[i].means & 1u << section->means) &&
		    error == -attach_failures[i].error)
			return answer_make(
				live->arena,
				attach_failures[i].reason == REASON_TARGET_BUSY ? FEATSEL_DENIED
										: FEATSEL_NO,
				attach_failures[i].reason, NULL, "attach %s%s%s: %s", section->form,
				*section->target ? "/" : "", section->target, errno_name(error));
	return UNKNOWN(live, "attach %s%s%s: %s", section->form, *section->target ? "/" : "",
		       section->target, errno_name(error));
}

/*
 * The same errno means many things: so the files that the prober reads are asked first, and errno
 * only where they know nothing against it.
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
		return attach_failed(live, error, section);
	return answer_make(live->arena, answer.verdict, reason_by_code(answer.reason),
			   answer.remedy, "attach %s%s%s: %s, %s", section->form,
			   *section->target ? "/" : "", section->target, errno_name(error),
			   answer.evidence);
}
