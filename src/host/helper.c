/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * helper.c - helpers and kfuncs: whether the verifier lets a program type call them
 *
 * The program of a probe calls with registers that were never written, so that the verifier must
 * complain, and what it complains about is the answer: about the call, or, past it, about the
 * registers. Such a program costs a quarter of one that loads, and has no effect.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdlib.h>

#include "host/private.h"

enum { HELPER_REDIRECT_MAP = 51, HELPER_NONE = 0x7fff0000 };

/* What the verifier's sentence says about the callee. */
enum meaning {
	MEANS_NOTHING, /* an unknown sentence */
	MEANS_CALLABLE,
	MEANS_UNKNOWN_ID,
	MEANS_NOT_FOR_TYPE,
	MEANS_UNSUPPORTED,
};

struct saying {
	const char *text;
	enum meaning meaning;
};

static const struct saying helper_sayings[] = {
	/* "invalid func unknown#212", all versions: beyond the last id */
	{"invalid func ", MEANS_UNKNOWN_ID},
	/* to 6.9 */
	{"unknown func ", MEANS_NOT_FOR_TYPE},
	/* 6.10 and newer */
	{"program of this type cannot use helper", MEANS_NOT_FOR_TYPE},
	/* 5.10 (eae2e83e6263): d_path, by the function attached to: see may_call_d_path() */
	{"helper call is not allowed in probe", MEANS_CALLABLE},
	/* 5.15 (9b99edcae5c8): get_func_ip at a tracepoint; programs of another attach type can */
	{"supported only for fentry", MEANS_NOT_FOR_TYPE},
	{"not supported for program type", MEANS_NOT_FOR_TYPE},
	/* "Only fentry/fexit/fmod_ret and lsm programs can be sleepable": this type has no such
	   programs */
	{"can be sleepable", MEANS_NOT_FOR_TYPE},
	/* 6.1 (01685c5bddaa): a program with BPF_F_SLEEPABLE can */
	{"might sleep in a non-sleepable", MEANS_CALLABLE},
	/* "sleepable helper bpf_copy_from_user#148 in non-sleepable prog", 7.3: the same */
	{"in non-sleepable prog", MEANS_CALLABLE},
	/* ext: past the callee, in a program that does not replace one of its kind (6.12) */
	{"Extension program changes packet data", MEANS_CALLABLE},
	/* "R1 !read_ok": past the callee, at its arguments or the first instruction after it */
	{"!read_ok", MEANS_CALLABLE},
	/* "R1 type=ctx expected=fp": the same with the one register that is written */
	{"expected=", MEANS_CALLABLE},
	{"R1 ", MEANS_CALLABLE},
};

static const struct saying kfunc_sayings[] = {
	/* 5.13 (e6ac2450d6de), for a set of functions by program type */
	{"is not allowed", MEANS_NOT_FOR_TYPE},
	/* before 5.13 */
	{"BPF_CALL uses reserved fields", MEANS_UNSUPPORTED},
	{"without CONFIG_DEBUG_INFO_BTF", MEANS_UNSUPPORTED},
	{"JIT does not support calling k", MEANS_UNSUPPORTED},
	{"JIT is required for calling k", MEANS_UNSUPPORTED},
	{"cannot find address for kernel function", MEANS_UNSUPPORTED},
	/* 6.3: what a network card says of a packet; no section binds its program to a card */
	{"metadata kfuncs require", MEANS_UNSUPPORTED},
	/* 6.1: KF_SLEEPABLE, with BPF_F_SLEEPABLE allowed */
	{"must be sleepable", MEANS_CALLABLE},
	/* KF_DESTRUCTIVE, 6.1 */
	{"destructive kfunc calls require", MEANS_CALLABLE},
	{"!read_ok", MEANS_CALLABLE},
	{"expected", MEANS_CALLABLE},
	{"expects ", MEANS_CALLABLE},
	{"arg#", MEANS_CALLABLE},
	{"must be", MEANS_CALLABLE},
	/* Complaints about a call that stands alone: the verifier has looked the function up and
	 * accepted it */
	{"(kernel function ", MEANS_CALLABLE},
	{"is not a ", MEANS_CALLABLE},
	{"unmatched ", MEANS_CALLABLE},
	{"Unreleased reference", MEANS_CALLABLE},
	{"unbalanced", MEANS_CALLABLE},
	{"type=", MEANS_CALLABLE},
	/* 7.1 on its arguments: "variable ? access var_off=(0x0; 0xffffffffffffffff) disallowed" */
	{"variable ", MEANS_CALLABLE},
	/* of a structure that must not be empty, read from the context (6.12) */
	{"invalid bpf_context access", MEANS_CALLABLE},
};

static enum meaning meaning_of(const struct saying *sayings, size_t n, const char *sentence)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strstr(sentence, sayings[i].text))
			return sayings[i].meaning;
	}
	return MEANS_NOTHING;
}

/*
 * After the call R0 is written but R6 never was, so even a helper without arguments ends in an
 * error.
 */
static int load_call(struct live *live, const struct variant *variant, int kind, int callee)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_JMP | BPF_CALL, .src_reg = (uint8_t)(kind & 0xf), .imm = callee},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_6},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = variant_load(live, variant, insns, ARRAY_SIZE(insns));

	if (fd >= 0)
		live->kernel->ops->close(live->kernel, fd);
	return fd;
}

/*
 * Controls: an impossible id, and a helper that exists but not for this type. The second shows the
 * kernel's wording.
 */
static void helper_control(struct live *live)
{
	const struct variant socket_filter = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER};
	const char *sentence, *name;
	int err;

	live->programs->controlled = true;
	err = load_call(live, &socket_filter, 0, HELPER_NONE);
	if (err >= 0) {
		live->calibration = CALIBRATION_REFUSED;
		live->refusal = answer_make(
			live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
			"control: a program that calls helper %d loads: not a kernel's answer",
			HELPER_NONE);
		return;
	}
	err = load_call(live, &socket_filter, 0, HELPER_REDIRECT_MAP);
	if (err >= 0)
		return;
	sentence = verifier_sentence(live->arena, live->log);
	name = strstr(sentence, "bpf_redirect_map");
	live->helper_sentences_known =
		name || meaning_of(helper_sayings, ARRAY_SIZE(helper_sayings), sentence) ==
				MEANS_NOT_FOR_TYPE;
	if (name > sentence)
		snprintf(live->programs->not_for_type, sizeof(live->programs->not_for_type), "%.*s",
			 (int)(name - sentence), sentence);
}

/* ---- helpers ---- */

struct question {
	const struct feature *feature;
	int number;
	const char *callee; /* "bpf_redirect_map#51" */
};

static enum meaning helper_meaning(const struct live *live, const char *sentence)
{
	const char *learned = live->programs->not_for_type;

	if (learned[0] && strncmp(sentence, learned, strlen(learned)) == 0)
		return MEANS_NOT_FOR_TYPE;
	return meaning_of(helper_sayings, ARRAY_SIZE(helper_sayings), sentence);
}

static struct featsel_answer callable(struct live *live, const char *callee, const char *sentence)
{
	return answer_yes(live->arena, "bpf(BPF_PROG_LOAD): the verifier goes past \"call %s\": %s",
			  callee, sentence);
}

static struct featsel_answer no_such_id(struct live *live, const char *callee)
{
	return answer_make(live->arena, FEATSEL_NO, REASON_HELPER_UNSUPPORTED,
			   "needs a newer kernel",
			   "bpf(BPF_PROG_LOAD): EINVAL, log: invalid func for %s", callee);
}

/*
 * Not for this type. Kernels from 5.8 use the same words for what they keep from a process without
 * CAP_PERFMON or CAP_BPF, and for memory reading helpers under lockdown.
 */
static struct featsel_answer not_for_type(struct live *live, const struct variant *variant,
					  int error, const char *sentence)
{
	uint64_t caps = prog_type_caps(variant->prog_type) | CAP_PERFMON_MASK;

	if (!live_may(live, caps))
		return live_refused(live, error, caps, "bpf(BPF_PROG_LOAD)");
	if (variant->partial)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "bpf(BPF_PROG_LOAD): %s, log: %s; with another target it may do",
				   errno_name(error), sentence);
	return host_load_failure(live, error, sentence, variant->prog_type, variant->attach_type);
}

static struct featsel_answer ask_alone(struct live *live, const struct variant *variant,
				       const struct question *question)
{
	enum meaning meaning;
	const char *sentence;
	int error;

	if (!live->programs->controlled)
		helper_control(live);
	error = load_call(live, variant, 0, question->number);
	sentence = verifier_sentence(live->arena, live->log);
	meaning = helper_meaning(live, sentence);
	if (error >= 0)
		return callable(live, question->callee, "loads");
	/* If the control passed its call, passing the call proves nothing. */
	if (meaning == MEANS_CALLABLE && live->helper_sentences_known)
		return callable(live, question->callee, sentence);
	if (meaning == MEANS_UNKNOWN_ID) {
		/* Helper numbers have no gaps: every later one is unknown as well. */
		if (question->number < live->programs->helper_end)
			live->programs->helper_end = question->number;
		return no_such_id(live, question->callee);
	}
	if (meaning == MEANS_NOT_FOR_TYPE)
		return not_for_type(live, variant, error, sentence);
	if (sentence[0])
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "bpf(BPF_PROG_LOAD): %s, log: %s", errno_name(error), sentence);
	return variant_failure(live, variant, error);
}

static struct featsel_answer ask_variant(struct live *live, const struct variant *variant,
					 const struct question *question)
{
	uint64_t caps = prog_type_caps(variant->prog_type) | CAP_PERFMON_MASK;
	struct survey_finding finding;

	switch (survey_helper(live, variant, question->number, &finding)) {
	case SURVEY_GIVEN:
		return answer_yes(live->arena,
				  "bpf(BPF_PROG_LOAD), log: before \"call %s\" the %d arguments of "
				  "the helper are live",
				  question->callee, finding.arguments);
	case SURVEY_REFUSED:
		return finding.refusal;
	case SURVEY_WITHHELD:
		if (!live_may(live, caps))
			break;
		if (question->number >= live->programs->helper_end)
			return no_such_id(live, question->callee);
		if (variant->partial)
			return answer_make(
				live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				"bpf(BPF_PROG_LOAD), log: before \"call %s\" no argument of "
				"the helper is known; with another target it may be",
				question->callee);
		return answer_make(live->arena, FEATSEL_NO, REASON_HELPER_UNSUPPORTED, NULL,
				   "bpf(BPF_PROG_LOAD), log: before \"call %s\" no argument of the "
				   "helper is known, as of one that the type has no right to",
				   question->callee);
	case SURVEY_SILENT:
		break;
	}
	return ask_alone(live, variant, question);
}

/* Whether @answer says more about the whole type than the best so far. */
static bool better(const struct featsel_answer *answer, const struct featsel_answer *best)
{
	return !best->evidence || (answer->verdict != best->verdict &&
				   verdict_best(answer->verdict, best->verdict) == answer->verdict);
}

/*
 * Helpers that only programs of some ways may call: sleepable ones, those attached to functions,
 * those of iterators over sockets. The list is complete: since 6.2 the kernel gets kfuncs instead
 * of helpers.
 */
static const struct {
	int number;
	enum variant_offers needs;
} special_helpers[] = {
	{148, OFFERS_SLEEP},	/* copy_from_user */
	{161, OFFERS_SLEEP},	/* ima_inode_hash */
	{191, OFFERS_SLEEP},	/* copy_from_user_task */
	{193, OFFERS_SLEEP},	/* ima_file_hash */
	{49, OFFERS_SOCKETS},	/* setsockopt, since 5.15 */
	{57, OFFERS_SOCKETS},	/* getsockopt */
	{147, OFFERS_FUNCTION}, /* d_path */
	{173, OFFERS_FUNCTION}, /* get_func_ip */
	{174, OFFERS_FUNCTION}, /* get_attach_cookie */
	{183, OFFERS_FUNCTION}, /* get_func_arg */
	{184, OFFERS_FUNCTION}, /* get_func_ret */
	{185, OFFERS_FUNCTION}, /* get_func_arg_cnt */
};

static bool may_offer(const struct variant *variant, int helper)
{
	size_t i;

	if (variant->offers == OFFERS_ALL)
		return true;
	for (i = 0; i < ARRAY_SIZE(special_helpers); i++) {
		if (special_helpers[i].number == helper)
			return special_helpers[i].needs == variant->offers;
	}
	return false;
}

static struct featsel_answer ask_variants(struct live *live, const struct variant *ways, size_t n,
					  const struct question *question)
{
	struct featsel_answer answer, best = {0};
	size_t i;

	for (i = 0; i < n && question->number < live->programs->helper_end; i++) {
		if (!may_offer(&ways[i], question->number))
			continue;
		answer = ask_variant(live, &ways[i], question);
		if (better(&answer, &best))
			best = answer;
		if (best.verdict == FEATSEL_YES)
			return best;
	}
	return question->number < live->programs->helper_end ? best
							     : no_such_id(live, question->callee);
}

/* ---- helpers that are never probed ---- */

/*
 * The kernel's functions that hand out trace_printk and probe_write_user write to its log (the
 * latter until 6.13, 41d8f7dbb7d9), or switch on an event, by being asked. They are decided by a
 * helper that is handed out on the same conditions, in the sources from 4.18 to 6.18, and by what
 * else those sources ask.
 */
struct silent_helper {
	int number;
	const char *sibling;   /* a helper offered to the same program types */
	const char *function;  /* in the kernel's BTF where it is built in */
	const int *only_for;   /* the only program types that have it, ended by 0; NULL: all */
	const char *only;      /* what they are called */
	bool lockdown_matters; /* LOCKDOWN_BPF_WRITE_USER: gone with integrity and confidentiality
				*/
};

static const int kprobe_types[] = {BPF_PROG_TYPE_KPROBE, 0};
static const int tracing_types[] = {BPF_PROG_TYPE_KPROBE,
				    BPF_PROG_TYPE_TRACEPOINT,
				    BPF_PROG_TYPE_PERF_EVENT,
				    BPF_PROG_TYPE_RAW_TRACEPOINT,
				    BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
				    BPF_PROG_TYPE_TRACING,
				    BPF_PROG_TYPE_LSM,
				    BPF_PROG_TYPE_SYSCALL,
				    0};

static const struct silent_helper silent_helpers[] = {
	{6, "ktime_get_ns", "bpf_trace_printk", NULL, NULL, false},
	/* So it was in 5.10, 6.1, 6.12, 6.18 and 7.3 when it was loaded; perf_event_read alone went
	   to all types in 6.16 */
	{36, "perf_event_read", "bpf_probe_write_user", tracing_types, "tracing", true},
	/* Since 4.16 (9802d86585db) with CONFIG_BPF_KPROBE_OVERRIDE, by the getter of kprobe
	   programs alone */
	{58, "get_stackid", "bpf_override_return", kprobe_types, "kprobe", false},
	{177, "ktime_get_ns", "bpf_trace_vprintk", NULL, NULL, false},
};

static const struct silent_helper *silent_helper(int number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(silent_helpers); i++) {
		if (silent_helpers[i].number == number)
			return &silent_helpers[i];
	}
	return NULL;
}

static struct featsel_answer ask_helper(struct live *live, int prog_type, const char *helper)
{
	const struct feature *feature = feature_of(live->arena, FEATURE_HELPER, prog_type,
						   names_number(VOCABULARY_HELPER, helper));

	if (!feature)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "out of memory");
	return host_answer(live->host, feature);
}

static struct featsel_answer ask_config(struct live *live, const char *option)
{
	const struct feature *feature;

	if (feature_make(live->arena, FEATURE_KCONFIG, NULL, option, &feature, NULL))
		return live_no_memory(live);
	return host_answer(live->host, feature);
}

/*
 * The kernel's BTF has the functions of most helpers that were compiled in, but not of all (5.10 of
 * Debian lacks bpf_trace_printk and bpf_probe_write_user, which work): what it lacks is no
 * evidence. Then the number says how old the helper must be.
 */
static struct featsel_answer silent_compiled_in(struct live *live,
						const struct silent_helper *silent)
{
	const struct variant socket_filter = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER};
	struct kernel_btf *btf = live_btf(live);
	const struct question next = {NULL, silent->number + 1, "a later one"};

	if (btf && kernel_btf_find(btf, BTF_KIND_FUNC, silent->function))
		return answer_yes(live->arena, "/sys/kernel/btf/vmlinux has func %s",
				  silent->function);
	if (silent->only_for == kprobe_types)
		return ask_config(live, "CONFIG_BPF_KPROBE_OVERRIDE=y");
	(void)ask_variant(live, &socket_filter, &next);
	if (silent->number + 1 >= live->programs->helper_end)
		return no_such_id(live, silent->function);
	return answer_yes(live->arena, "the kernel knows later helpers");
}

static bool speaks_for(const struct silent_helper *silent, int prog_type)
{
	size_t i;

	for (i = 0; silent->only_for && silent->only_for[i]; i++) {
		if (silent->only_for[i] == prog_type)
			return true;
	}
	return !silent->only_for;
}

#define SILENCE "not loaded, since that would show in the kernel's log"

/* yes: the kernel is not locked down as far as the helper minds. */
static struct featsel_answer silent_lockdown(struct live *live, const struct silent_helper *silent)
{
	const char *lockdown = silent->lockdown_matters ? live_lockdown(live) : "none";

	if (!lockdown && files_lsm(live, "lockdown").verdict == FEATSEL_NO)
		lockdown = "none";
	if (!lockdown)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE,
				   "mount -t securityfs nodev /sys/kernel/security",
				   SILENCE "; /sys/kernel/security/lockdown cannot be read");
	if (strcmp(lockdown, "none") != 0)
		return answer_make(live->arena, FEATSEL_NO, REASON_LOCKDOWN,
				   "boot without lockdown", "/sys/kernel/security/lockdown: %s",
				   lockdown);
	return answer_yes(live->arena, "no lockdown");
}

/* The first condition that does not hold; the sibling's yes if all hold. */
static struct featsel_answer silent_conditions(struct live *live, const struct feature *feature,
					       const struct silent_helper *silent)
{
	struct featsel_answer answer;

	if (feature->prog_type == BPF_PROG_TYPE_EXT)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   SILENCE "; it depends on the program that is replaced");
	if (!speaks_for(silent, feature->prog_type))
		return answer_make(live->arena, FEATSEL_NO, REASON_HELPER_UNSUPPORTED, NULL,
				   SILENCE "; kernels offer it to %s programs only", silent->only);
	answer = silent_compiled_in(live, silent);
	if (answer.verdict == FEATSEL_YES)
		answer = ask_helper(live, feature->prog_type, silent->sibling);
	/* All four stand under CONFIG_BPF_EVENTS, as the program type kprobe does. */
	if (answer.verdict == FEATSEL_YES)
		answer = ask_helper(live, BPF_PROG_TYPE_KPROBE, silent->sibling);
	return answer.verdict == FEATSEL_YES ? silent_lockdown(live, silent) : answer;
}

static struct featsel_answer probe_silent(struct live *live, const struct feature *feature,
					  const struct silent_helper *silent)
{
	struct featsel_answer answer = silent_conditions(live, feature, silent);

	if (answer.verdict != FEATSEL_YES)
		return answer;
	return answer_yes(live->arena,
			  SILENCE "; the kernel offers it where it offers %s, and that it does",
			  silent->sibling);
}

/* ---- the two probes ---- */

/* A program type that is not in our tables: we can only tell whether the kernel has it. */
static struct featsel_answer foreign_type(struct live *live, const struct feature *feature)
{
	const char *slash = strchr(feature->operand, '/');
	const struct feature *type;
	struct featsel_answer answer;
	char *name = slash ? arena_strndup(live->arena, feature->operand,
					   (size_t)(slash - feature->operand))
			   : NULL;

	if (!name || feature_make(live->arena, FEATURE_PROG_TYPE, NULL, name, &type, NULL))
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "featsel does not know the program type");
	answer = host_answer(live->host, type);
	if (answer.verdict != FEATSEL_YES)
		return answer;
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, "use a newer featsel",
			   "featsel knows no test for programs of this type");
}

/* "helper:T:A/H": programs of that attach type alone; a survey does not cover them. */
static struct variant variant_at(int prog_type, int attach_type)
{
	struct variant variant = {.prog_type = prog_type, .attach_type = attach_type};
	size_t i, n;
	const struct variant *ways = variants_of(prog_type, &n);

	/* What exists for function entry exists for function exit. */
	if (prog_type == BPF_PROG_TYPE_TRACING && attach_type != BPF_TRACE_RAW_TP &&
	    attach_type != BPF_TRACE_ITER)
		variant.attach_type = BPF_TRACE_FENTRY;
	for (i = 0; i < n; i++)
		if (ways[i].attach_type == variant.attach_type)
			return ways[i];
	return variant;
}

static struct featsel_answer ask_attach_type(struct live *live, const struct question *question)
{
	const struct variant variant =
		variant_at(question->feature->prog_type, question->feature->attach_type);
	const struct feature *type = feature_of(live->arena, FEATURE_ATTACH_TYPE, variant.prog_type,
						question->feature->attach_type);
	struct featsel_answer answer = type ? host_answer(live->host, type) : live_no_memory(live);

	return answer.verdict == FEATSEL_YES ? ask_alone(live, &variant, question) : answer;
}

struct featsel_answer probe_helper(struct live *live, const struct feature *feature)
{
	struct question question = {feature, feature->number, NULL};
	const struct silent_helper *silent = silent_helper(feature->number);
	const struct variant *ways;
	struct featsel_answer answer;
	size_t n;

	ways = variants_of(feature->prog_type, &n);
	if (feature->prog_type < 0 || !n)
		return foreign_type(live, feature);
	if (question.number < 0) {
		answer = enumerator_answer(live, "bpf_func_id", "BPF_FUNC_", feature->name,
					   REASON_HELPER_UNSUPPORTED, &question.number);
		if (question.number < 0)
			return answer;
	}
	if (silent)
		return probe_silent(live, feature, silent);
	question.callee = arena_printf(live->arena, "bpf_%s#%d", feature->name, question.number);
	if (!question.callee)
		question.callee = feature->name;
	if (feature->attach_type >= 0)
		return ask_attach_type(live, &question);
	return ask_variants(live, ways, n, &question);
}

static struct featsel_answer ask_kfunc(struct live *live, const struct variant *variant,
				       const char *name, uint32_t btf_id)
{
	int error = load_call(live, variant, BPF_PSEUDO_KFUNC_CALL, (int)btf_id);
	const char *sentence = verifier_sentence(live->arena, live->log);
	enum meaning meaning = meaning_of(kfunc_sayings, ARRAY_SIZE(kfunc_sayings), sentence);

	if (error >= 0)
		return callable(live, name, "loads");
	if (meaning == MEANS_CALLABLE)
		return callable(live, name, sentence);
	if (meaning == MEANS_NOT_FOR_TYPE && variant->partial)
		meaning = MEANS_NOTHING;
	if (meaning == MEANS_NOT_FOR_TYPE || meaning == MEANS_UNSUPPORTED)
		return answer_make(live->arena, FEATSEL_NO, REASON_KFUNC_MISSING, NULL,
				   "bpf(BPF_PROG_LOAD): %s, log: %s", errno_name(error), sentence);
	if (sentence[0])
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "bpf(BPF_PROG_LOAD): %s, log: %s", errno_name(error), sentence);
	return variant_failure(live, variant, error);
}

/* Families of kfuncs that only kernel/bpf defines, never a module: if missing there, they do not
 * exist. */
static bool is_core_kfunc(const char *name)
{
	static const char *const heads[] = {
		"bpf_arena_",	 "bpf_cgroup_",	    "bpf_cpumask_", "bpf_crypto_",
		"bpf_dynptr_",	 "bpf_iter_",	    "bpf_list_",    "bpf_map_sum_",
		"bpf_obj_",	 "bpf_percpu_obj_", "bpf_rbtree_",  "bpf_rcu_",
		"bpf_refcount_", "bpf_task_",	    "bpf_throw",    "bpf_wq_",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(heads); i++)
		if (strncmp(name, heads[i], strlen(heads[i])) == 0)
			return true;
	return false;
}

/* Not in vmlinux: a module may still bring it, and if it is loaded kallsyms names it. */
static struct featsel_answer kfunc_elsewhere(struct live *live, const char *name)
{
	struct featsel_answer absent;
	struct kernel_btf *btf;
	const char *module;
	uint32_t id = modules_find(live, BTF_KIND_FUNC, name, &module, &btf);
	int count;

	if (id)
		return answer_yes(live->arena, "/sys/kernel/btf/%s: func '%s' is type %u", module,
				  name, id);
	count = symbols_count(live, name);
	if (count < 0 || kernel_btf_damage(live->btf))
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "/sys/kernel/btf/vmlinux has no func %s; /proc/kallsyms: %s",
				   name, count < 0 ? errno_name(count) : "read");
	if (count > 0)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "func %s is not in /sys/kernel/btf/vmlinux but in "
				   "/proc/kallsyms: a module's",
				   name);
	absent =
		answer_make(live->arena, FEATSEL_NO, REASON_KFUNC_MISSING, NULL,
			    "neither /sys/kernel/btf/vmlinux nor /proc/kallsyms has func %s", name);
	return is_core_kfunc(name) ? absent : modules_absent(live, &absent, true);
}

struct featsel_answer probe_kfunc(struct live *live, const struct feature *feature)
{
	struct featsel_answer answer, best = {0};
	struct kernel_btf *btf = live_btf(live);
	const struct variant *ways;
	uint32_t id;
	size_t n, i;

	ways = variants_of(feature->prog_type, &n);
	if (feature->prog_type < 0 || !n)
		return foreign_type(live, feature);
	if (!btf && live->btf_error == -ENOENT)
		return answer_make(
			live->arena, FEATSEL_NO, REASON_BTF_MISSING, NULL,
			"/sys/kernel/btf/vmlinux: ENOENT, and kfuncs are called by their BTF");
	if (!btf)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "/sys/kernel/btf/vmlinux: %s", errno_name(live->btf_error));
	id = kernel_btf_find(btf, BTF_KIND_FUNC, feature->name);
	if (!id)
		return kfunc_elsewhere(live, feature->name);
	for (i = 0; i < n && best.verdict != FEATSEL_YES; i++) {
		answer = ask_kfunc(live, &ways[i], feature->name, id);
		if (better(&answer, &best))
			best = answer;
	}
	return best;
}
