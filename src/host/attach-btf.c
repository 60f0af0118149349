/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* attach-btf.c - targets that are kernel types: tp_btf, fentry and its kin, lsm, iter */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <string.h>

#include "host/attach.h"

#define FTRACE_ENABLED "/proc/sys/kernel/ftrace_enabled"
#define VMLINUX_BTF    "/sys/kernel/btf/vmlinux"

#ifndef BPF_F_SLEEPABLE
#define BPF_F_SLEEPABLE (1U << 4)
#endif

enum { XDP_HAS_FRAGS = 1 << 5 /* BPF_F_XDP_HAS_FRAGS, 5.18 */ };

int host_section_load(struct live *live, const struct section *section, uint32_t btf_id,
		      const struct bpf_insn *insns, size_t n, const char *license)
{
	struct prog_probe probe = {
		.type = section->prog_type,
		.attach_type = section->attach_type > 0 ? section->attach_type : 0,
		.insns = insns,
		.n_insns = n,
		.attach_btf_id = btf_id,
		.log_level = PROBE_LOG,
		.license = license,
	};

	if (section->flags & SECTION_SLEEPABLE)
		probe.flags |= BPF_F_SLEEPABLE;
	if (section->flags & SECTION_FRAGS)
		probe.flags |= XDP_HAS_FRAGS;
	live->log[0] = '\0';
	return live->kernel->ops->prog_load(live->kernel, &probe, live->log, LIVE_LOG_SIZE);
}

/* Load a program that does nothing. The caller closes it. */
int attach_load_minimal(struct live *live, const struct section *section, uint32_t btf_id)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return host_section_load(live, section, btf_id, insns, ARRAY_SIZE(insns), NULL);
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

/* The sentences of check_attach_btf_id() and its callees (5.5 and newer) about the target. */
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

/* What is looked up in kernel BTF, and the name of a missing one. */
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
	int fd = attach_load_minimal(live, section, id);

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

/* A module's tracepoint has its type in the module's BTF. That a raw tracepoint of the name exists
 * is evidence that it is somewhere. */
struct featsel_answer probe_tracing_tracepoint(struct live *live, const struct section *section)
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
	fd = attach_load_minimal(live, &awake, id);
	if (fd < 0)
		return false;
	err = try_iterator(live, &awake, fd);
	live->kernel->ops->close(live->kernel, fd);
	return err == 0;
}

/*
 * Since 6.1 an iterator may go over a part: union bpf_iter_link_info has a member for each kind.
 * Before, BPF_LINK_CREATE fails with E2BIG.
 */
static bool goes_over_all(struct live *live, const char *kind, struct featsel_answer *answer)
{
	struct kernel_btf *btf = live_btf(live);

	if (!btf || !kernel_btf_find(btf, BTF_KIND_UNION, "bpf_iter_link_info") ||
	    kernel_btf_member(btf, "bpf_iter_link_info", kind) == 0)
		return false;
	*answer = answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED,
			      "leave 'of' out, or use a newer kernel (6.1)",
			      "vmlinux BTF: union bpf_iter_link_info has no '%s': iterators go "
			      "over all",
			      kind);
	return true;
}

/* The control group or process that the iterator goes over. */
static struct featsel_answer iterated_part(struct live *live, const struct section *section)
{
	struct attach_options on = {.said = ON_SAID(ON_CGROUP)};
	struct section group = {.form = section->form,
				.target = "",
				.attach_type = -1,
				.means = ATTACH_CGROUP,
				.on = &on};
	struct featsel_answer answer;

	if (section->on && section->on->of_cgroup) {
		if (goes_over_all(live, "cgroup", &answer))
			return answer;
		on.cgroup = section->on->of_cgroup;
		return host_cgroup_target(live, &group);
	}
	if (section->on && section->on->of_task && goes_over_all(live, "task", &answer))
		return answer;
	if (section->on && section->on->of_task)
		return host_process_target(live, section->on->of_task);
	return answer_yes(live->arena, "all of them");
}

/* Since 5.8: the iterator's target is a function of that name; the load resolves it. */
struct featsel_answer probe_iter(struct live *live, const struct section *section)
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
bool attach_ftrace_off(struct live *live, struct featsel_answer *answer)
{
	long enabled;

	if (live_number(live, FTRACE_ENABLED, &enabled) < 0 || enabled != 0)
		return false;
	*answer = NO(live, REASON_FTRACE_DISABLED, FTRACE_ENABLED ": 0");
	return true;
}

/* Attach for real and detach at once; 0, or an errno for host_attach_failure(). */
static int try_trampoline(struct live *live, int program)
{
	int fd = live->kernel->ops->raw_tracepoint_open(live->kernel, NULL, program);

	if (fd < 0)
		return fd;
	live->kernel->ops->close(live->kernel, fd);
	return 0;
}

/* What the errno and the target alone tell after an attach of a program of @section failed. */
/*
 * The load tells whether the type may be used and the function is in BTF. Only attaching tells
 * whether the architecture can build the trampoline (524: arm64 before 6.0; more than six
 * arguments), so attach if the number of arguments makes that doubtful.
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
	return err < 0 ? attach_errno(live, err, section) : loaded(live, section, id);
}

/* A module's function, which libbpf finds in the same way. */
static struct featsel_answer of_module(struct live *live, struct kernel_btf *btf,
				       const char *module, const char *function, uint32_t id)
{
	struct featsel_answer answer;
	int args = kernel_btf_args(btf, function);

	if (attach_ftrace_off(live, &answer))
		return answer;
	if (args > TRAMPOLINE_ARGS)
		return UNKNOWN(live, "/sys/kernel/btf/%s: '%s' has %d arguments", module, function,
			       args);
	return answer_yes(live->arena, "/sys/kernel/btf/%s: func '%s' is type %u", module, function,
			  id);
}

/* Not among vmlinux's types: it may be inlined, have a type that BTF cannot express, or be a
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

struct featsel_answer probe_tracing_function(struct live *live, const struct section *section)
{
	struct featsel_answer answer;
	uint32_t id = find_type(live, section, &answer);
	int args;

	if (!id)
		return function_absent(live, section, answer);
	if (attach_ftrace_off(live, &answer))
		return answer;
	args = kernel_btf_args(live->btf, section->target);
	return probe_trampoline(live, section, id, args > TRAMPOLINE_ARGS);
}

/* On 5.10 it loads and attaches without an error and never fires if `bpf` is not among the active
 * LSMs. */
struct featsel_answer probe_lsm_hook(struct live *live, const struct section *section)
{
	struct featsel_answer answer, active;
	uint32_t id = find_type(live, section, &answer);

	if (!id)
		return answer;
	active = files_lsm(live, "bpf");
	if (active.verdict == FEATSEL_NO)
		return active;
	if (attach_ftrace_off(live, &answer))
		return answer;
	answer = probe_trampoline(live, section, id, false);
	return answer.verdict == FEATSEL_YES && active.verdict != FEATSEL_YES ? active : answer;
}

/* CGROUP_LSM_NUM: programs of control groups have so many hooks at a time, of all groups together.
 */
enum { CGROUP_HOOKS = 10 };

struct hooks {
	struct kernel *kernel;
	uint32_t wanted, taken[CGROUP_HOOKS], first;
	size_t n;
};

/* Whether the link is of the wanted hook, which then is no further one. */
static bool is_of_hook(const void *data, const struct link_found *link)
{
	struct hooks *hooks = *(struct hooks *const *)data;
	uint32_t hook;
	size_t i;

	if (link->kind != LINK_OF_CGROUP || link->cgroup.attach_type != BPF_LSM_CGROUP)
		return false;
	hook = target_type_of(hooks->kernel, link->program);
	for (i = 0; i < hooks->n && hooks->taken[i] != hook; i++)
		;
	if (hook && i == hooks->n && i < CGROUP_HOOKS)
		hooks->taken[hooks->n++] = hook;
	if (!hooks->first)
		hooks->first = link->program;
	return hook == hooks->wanted;
}

/* One more hook is EINVAL (6.0). Programs that were attached without a link are not seen. */
struct featsel_answer probe_cgroup_hook(struct live *live, const struct section *section)
{
	struct featsel_answer answer = probe_lsm_hook(live, section), ignored;
	struct hooks hooks = {.kernel = live->kernel}, *found = &hooks;

	if (answer.verdict != FEATSEL_YES)
		return answer;
	hooks.wanted = find_type(live, section, &ignored);
	if (target_find_link(live->kernel, is_of_hook, &found) || hooks.n < CGROUP_HOOKS)
		return host_cgroup_target(live, section);
	return BUSY(
		live,
		"control groups have programs at %d other hooks, and %d is the most: %s the first",
		CGROUP_HOOKS, CGROUP_HOOKS, target_whose(live->kernel, live->arena, hooks.first));
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
	return host_section_load(live, section, btf_id, insns, n, NULL);
}

struct featsel_answer probe_words(struct live *live, const struct section *section, uint32_t words)
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
