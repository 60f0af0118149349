/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* failure.c - the meaning of a failed load, by errno and the verifier's log */
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>

#include "host/private.h"

/* ---- what loading takes ---- */

/* The kernel's own classes: what may read memory takes CAP_PERFMON, what may change packets
 * CAP_NET_ADMIN (5.8). */
static const struct {
	int prog_type;
	uint64_t caps;
} type_caps[] = {
	{BPF_PROG_TYPE_KPROBE, CAP_PERFMON_MASK},
	{BPF_PROG_TYPE_SCHED_CLS, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_SCHED_ACT, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_TRACEPOINT, CAP_PERFMON_MASK},
	{BPF_PROG_TYPE_XDP, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_PERF_EVENT, CAP_PERFMON_MASK},
	{BPF_PROG_TYPE_CGROUP_SOCK, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_LWT_IN, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_LWT_OUT, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_LWT_XMIT, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_SOCK_OPS, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_SK_SKB, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_CGROUP_DEVICE, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_SK_MSG, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_RAW_TRACEPOINT, CAP_PERFMON_MASK},
	{BPF_PROG_TYPE_CGROUP_SOCK_ADDR, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_LWT_SEG6LOCAL, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_FLOW_DISSECTOR, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_CGROUP_SYSCTL, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, CAP_PERFMON_MASK},
	{BPF_PROG_TYPE_CGROUP_SOCKOPT, CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_TRACING, CAP_PERFMON_MASK},
	{BPF_PROG_TYPE_STRUCT_OPS, CAP_PERFMON_MASK | CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_EXT, CAP_PERFMON_MASK | CAP_NET_ADMIN_MASK},
	{BPF_PROG_TYPE_LSM, CAP_PERFMON_MASK},
	{BPF_PROG_TYPE_SK_LOOKUP, CAP_NET_ADMIN_MASK},
	{PROG_TYPE_NETFILTER, CAP_NET_ADMIN_MASK},
};

uint64_t prog_type_caps(int prog_type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(type_caps); i++) {
		if (type_caps[i].prog_type == prog_type)
			return CAP_BPF_MASK | type_caps[i].caps;
	}
	return CAP_BPF_MASK;
}

/* ---- reading the verifier's log ---- */

static bool begins_with_one_of(const char *line, const char *const *beginnings, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strncmp(line, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

bool host_is_statistics(const char *line)
{
	static const char *const beginnings[] = {"processed ", "verification time", "stack depth",
						 "max_states", "peak_states",	    "subprog "};

	return begins_with_one_of(line, beginnings, ARRAY_SIZE(beginnings));
}

/* "12: (85) call bpf_loop#181", "; return 0;", "from 3 to 5: ...", " R1=ctx() R10=fp0", "R0_w=1",
 * "processed 2 insns ..." */
static bool is_sentence(const char *line, size_t length)
{
	static const char *const others[] = {
		"mark_read", "from ",	    "func#",	  "mark_precise", "last_idx",
		"first_idx", "regs=",	    "frame",	  "Live regs",	  "-- ",
		"parent ",   "old state: ", "cur state: "};
	size_t digits = 0;

	if (!length || line[0] == ';' || line[0] == ' ' || line[0] == '\t')
		return false;
	while (digits < length && isdigit((unsigned char)line[digits]))
		digits++;
	if (digits && digits < length && line[digits] == ':')
		return false;
	for (digits = 1; line[0] == 'R' && digits < length && isdigit((unsigned char)line[digits]);
	     digits++)
		;
	if (digits > 1 && digits < length && (line[digits] == '=' || line[digits] == '_'))
		return false;
	return !host_is_statistics(line) && !begins_with_one_of(line, others, ARRAY_SIZE(others));
}

static const char no_memory[] = "out of memory while reading the verifier's log";

const char *verifier_sentence(struct arena *arena, const char *log)
{
	const char *sentence = "", *line;
	size_t length, best = 0;

	for (line = log; *line; line += length + (line[length] == '\n')) {
		length = strcspn(line, "\n");
		/* 7.3 appends a long report after the classic sentence. */
		if (strncmp(line, "Verification failed", 19) == 0)
			break;
		if (is_sentence(line, length)) {
			sentence = line;
			best = length;
		}
	}
	if (!best)
		return "";
	/* Never the empty log: that would mean a refusal. */
	sentence = arena_strndup(arena, sentence, best < 300 ? best : 300);
	return sentence ? sentence : no_memory;
}

/* ---- what a failed load means ---- */

struct failure {
	struct live *live;
	int error;
	const char *sentence;
	int prog_type, attach_type;
};

static bool when_probe_read_locked(const struct failure *failure)
{
	const char *lockdown =
		strstr(failure->sentence, "bpf_probe_read") ? live_lockdown(failure->live) : NULL;

	return lockdown && strcmp(lockdown, "confidentiality") == 0;
}

static bool when_write_locked(const struct failure *failure)
{
	const char *lockdown = strstr(failure->sentence, "bpf_probe_write_user")
				       ? live_lockdown(failure->live)
				       : NULL;

	return lockdown && strcmp(lockdown, "none") != 0;
}

static bool when_no_btf(const struct failure *failure)
{
	return !live_btf(failure->live) && failure->live->btf_error == -ENOENT;
}

static bool when_raw_tracepoint(const struct failure *failure)
{
	return failure->attach_type == BPF_TRACE_RAW_TP;
}

static bool when_lsm(const struct failure *failure)
{
	return failure->prog_type == BPF_PROG_TYPE_LSM;
}

/*
 * Situations of the load stage; the first match counts. @error 0: any; @sentence NULL: any, "": an
 * empty log.
 */
static const struct {
	int error;
	const char *sentence;
	bool (*when)(const struct failure *failure);
	enum featsel_verdict verdict;
	enum reason reason;
} failures[] = {
	{0, "unknown func ", when_probe_read_locked, FEATSEL_NO, REASON_LOCKDOWN},
	{0, "cannot use helper", when_probe_read_locked, FEATSEL_NO, REASON_LOCKDOWN},
	{0, "unknown func ", when_write_locked, FEATSEL_NO, REASON_LOCKDOWN},
	{0, "cannot use helper", when_write_locked, FEATSEL_NO, REASON_LOCKDOWN},
	{0, "invalid func ", NULL, FEATSEL_NO, REASON_HELPER_UNSUPPORTED},
	{0, "unknown func ", NULL, FEATSEL_NO, REASON_HELPER_UNSUPPORTED},
	{0, "cannot use helper", NULL, FEATSEL_NO, REASON_HELPER_UNSUPPORTED},
	{0, "helper call is not allowed", NULL, FEATSEL_NO, REASON_HELPER_UNSUPPORTED},
	{0, "not supported for program type", NULL, FEATSEL_NO, REASON_HELPER_UNSUPPORTED},
	{0, "supported only for fentry", NULL, FEATSEL_NO, REASON_HELPER_UNSUPPORTED},
	{0, "might sleep in a non-sleepable", NULL, FEATSEL_NO, REASON_HELPER_UNSUPPORTED},
	{0, "in non-sleepable prog", NULL, FEATSEL_NO, REASON_HELPER_UNSUPPORTED},
	{0, "from non-GPL compatible program", NULL, FEATSEL_NO, REASON_LICENSE},
	{0, "must have a GPL compatible license", NULL, FEATSEL_NO, REASON_LICENSE},
	{0, "is not allowed", NULL, FEATSEL_NO, REASON_VERIFIER_REJECTED},
	{0, "back-edge from insn", NULL, FEATSEL_NO, REASON_INSNS_UNSUPPORTED},
	{0, "BPF_STX uses reserved fields", NULL, FEATSEL_NO, REASON_INSNS_UNSUPPORTED},
	{0, "unrecognized bpf_ld_imm64 insn", NULL, FEATSEL_NO, REASON_INSNS_UNSUPPORTED},
	{0, "BPF_CALL uses reserved fields", NULL, FEATSEL_NO, REASON_INSNS_UNSUPPORTED},
	{0, "unknown opcode", NULL, FEATSEL_NO, REASON_INSNS_UNSUPPORTED},
	{-E2BIG, "", NULL, FEATSEL_NO, REASON_INSNS_UNSUPPORTED},
	{-ESRCH, NULL, when_no_btf, FEATSEL_NO, REASON_BTF_MISSING},
	{-ESRCH, NULL, when_raw_tracepoint, FEATSEL_NO, REASON_TRACEPOINT_MISSING},
	{-ESRCH, NULL, when_lsm, FEATSEL_NO, REASON_HOOK_MISSING},
	{-ESRCH, NULL, NULL, FEATSEL_NO, REASON_SYMBOL_MISSING},
	{-ENOTSUPP_KERNEL, "", NULL, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED},
	{-EOPNOTSUPP, "", NULL, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED},
};

static bool fits(size_t row, const struct failure *failure)
{
	const char *sentence = failures[row].sentence;

	if (failures[row].error && failures[row].error != failure->error)
		return false;
	if (sentence && !sentence[0] && failure->sentence[0])
		return false;
	if (sentence && sentence[0] && !strstr(failure->sentence, sentence))
		return false;
	return !failures[row].when || failures[row].when(failure);
}

static struct featsel_answer failure_answer(const struct failure *failure,
					    enum featsel_verdict verdict, enum reason reason)
{
	const char *sentence = failure->sentence;

	return answer_make(failure->live->arena, verdict, reason, NULL,
			   "bpf(BPF_PROG_LOAD): %s, %s%s", errno_name(failure->error),
			   sentence[0] ? "log: " : "empty log", sentence);
}

/*
 * EINVAL with an empty log means a type or an attach type that the kernel does not have. Ask for
 * it before blaming it.
 */
static struct featsel_answer silent_failure(const struct failure *failure)
{
	const struct feature *feature;
	struct featsel_answer answer;

	feature = feature_of(failure->live->arena, FEATURE_PROG_TYPE, -1, failure->prog_type);
	if (failure->error == -EINVAL && feature) {
		answer = host_answer(failure->live->host, feature);
		if (answer.verdict == FEATSEL_NO || answer.verdict == FEATSEL_DENIED)
			return answer;
		feature = failure->attach_type > 0
				  ? feature_of(failure->live->arena, FEATURE_ATTACH_TYPE,
					       failure->prog_type, failure->attach_type)
				  : NULL;
		if (feature)
			answer = host_answer(failure->live->host, feature);
		if (answer.verdict == FEATSEL_NO || answer.verdict == FEATSEL_DENIED)
			return answer;
	}
	return failure_answer(failure, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE);
}

bool failure_is_refusal(int error)
{
	return errno_is_refusal(error) || error == -ENOSYS || error == -ENOMEM;
}

struct featsel_answer host_load_failure(struct live *live, int error, const char *log,
					int prog_type, int attach_type)
{
	struct failure failure = {live, error, verifier_sentence(live->arena, log ? log : ""),
				  prog_type, attach_type};
	size_t i;

	if (failure.sentence == no_memory)
		return live_no_memory(live);
	if (failure_is_refusal(error) && !failure.sentence[0])
		return live_refused(live, error, prog_type_caps(prog_type), "bpf(BPF_PROG_LOAD)");
	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		if (fits(i, &failure))
			return failure_answer(&failure, failures[i].verdict, failures[i].reason);
	}
	if (failure.sentence[0])
		return failure_answer(&failure, FEATSEL_NO, REASON_VERIFIER_REJECTED);
	return silent_failure(&failure);
}
