/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* host.c - answers for features: overrides, the cache, and the table of reasons */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/private.h"

/* The codes are an interface: they are documented in featsel(1) and never change their meaning. */
static const struct reason_row reasons[] = {
	[REASON_NONE] = {NULL, NULL},
	[REASON_SYMBOL_MISSING] =
		{"symbol-missing",
		 "it may be inlined or named otherwise here: list a candidate that does without"},
	[REASON_TRACEFS_UNAVAILABLE] = {"tracefs-unavailable",
					"mount -t tracefs nodev /sys/kernel/tracing"},
	[REASON_KPROBES_NOT_BUILT] =
		{"kprobes-not-built",
		 "not built into this kernel (CONFIG_KPROBES, CONFIG_KPROBE_EVENTS)"},
	[REASON_SYMBOL_NOT_PROBEABLE] = {"symbol-not-probeable", "choose another function"},
	[REASON_SYMBOL_AMBIGUOUS] = {"symbol-ambiguous",
				     "several functions bear this name; choose another"},
	[REASON_LOCKDOWN] = {"lockdown", "boot without lockdown=confidentiality"},
	[REASON_PERF_PARANOID] =
		{"perf-paranoid",
		 "needs CAP_SYS_ADMIN, or sysctl kernel.perf_event_paranoid=2 and CAP_PERFMON"},
	[REASON_ATTACH_TYPE_UNSUPPORTED] = {"attach-type-unsupported",
					    "needs a newer kernel, or one built for it"},
	[REASON_BTF_MISSING] = {"btf-missing", "needs a kernel built with CONFIG_DEBUG_INFO_BTF"},
	[REASON_SIGNATURE_UNSUPPORTED] = {"signature-unsupported",
					  "list a candidate for the arguments of this kernel"},
	[REASON_FTRACE_DISABLED] = {"ftrace-disabled", "sysctl kernel.ftrace_enabled=1"},
	[REASON_POLICY_DENIED] = {"policy-denied",
				  "ask the administrator of the security policy (LSM, platform)"},
	[REASON_TRACEPOINT_MISSING] = {"tracepoint-missing", NULL},
	[REASON_TRACEPOINT_LAYOUT] = {"tracepoint-layout",
				      "list a candidate that reads the kernel's own types"},
	[REASON_HOOK_MISSING] = {"hook-missing", NULL},
	[REASON_TRACEFS_PERMISSION] = {"tracefs-permission",
				       "needs CAP_DAC_READ_SEARCH, or run as root"},
	[REASON_LSM_INACTIVE] = {"lsm-inactive",
				 "add bpf to the lsm= list on the kernel command line"},
	[REASON_KPROBES_DISABLED] = {"kprobes-disabled",
				     "echo 1 > /sys/kernel/debug/kprobes/enabled"},
	[REASON_HELPER_UNSUPPORTED] = {"helper-unsupported",
				       "needs a newer kernel, or another program type"},
	[REASON_LICENSE] =
		{"license",
		 "the kernel gives this to GPL compatible programs only: license the object so"},
	[REASON_VERIFIER_REJECTED] = {"verifier-rejected", "read the verifier log with -v"},
	[REASON_NO_CAPABILITY] = {"no-capability", "run as root"},
	[REASON_SECCOMP] = {"seccomp",
			    "allow bpf(2) and perf_event_open(2) in the seccomp profile"},
	[REASON_USER_NAMESPACE] = {"user-namespace", "run in the initial user namespace"},
	[REASON_MEMLOCK] = {"memlock", "ulimit -l unlimited"},
	[REASON_TYPE_UNSUPPORTED] = {"type-unsupported",
				     "needs a newer kernel, or one built for it"},
	[REASON_MASKED] = {"masked", NULL},
	[REASON_NOT_RECORDED] = {"not-recorded", "probe that host again with this manifest"},
	[REASON_INCONCLUSIVE] = {"inconclusive", NULL},
	[REASON_MODULE_NOT_LOADED] = {"module-not-loaded",
				      "modprobe the module that has it, if one does"},
	[REASON_KFUNC_MISSING] = {"kfunc-missing", "needs a newer kernel"},
	[REASON_TYPE_MISSING] = {"type-missing", NULL},
	[REASON_NOT_CONFIGURED] = {"not-configured", "not built into this kernel"},
	[REASON_KERNEL_VERSION] = {"kernel-version", NULL},
	[REASON_ARCH_MISMATCH] = {"arch-mismatch", NULL},
	[REASON_INSNS_UNSUPPORTED] = {"insns-unsupported", "needs a newer kernel"},
	[REASON_OBJECT_UNUSABLE] = {"object-unusable", NULL},
	[REASON_SILENT] = {"silent", NULL},
	[REASON_EXCLUDED] = {"excluded", NULL},
	[REASON_BELOW_MINIMUM] = {"below-minimum", NULL},
	[REASON_NOT_CONFIGURABLE] = {"not-configurable", NULL},
	[REASON_NO_TARGET] = {"no-target", "say with 'on:' where the program is attached"},
	[REASON_TARGET_MISSING] = {"target-missing", NULL},
	[REASON_TARGET_BUSY] = {"target-busy", NULL},
	[REASON_PIN_CONFLICT] = {"pin-conflict", NULL},
	[REASON_SOCKET_MEMORY] = {"socket-memory", "sysctl net.core.optmem_max=131072"},
};
_Static_assert(ARRAY_SIZE(reasons) == REASON_COUNT, "every reason has its row");

const struct reason_row *reason_row(enum reason reason)
{
	return &reasons[reason];
}

enum reason reason_by_code(const char *code)
{
	enum reason reason;

	for (reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
		if (strcmp(reasons[reason].code, code) == 0)
			break;
	return reason;
}

bool answer_is_missing(const struct featsel_answer *answer)
{
	static const bool missing[REASON_COUNT + 1] = {
		[REASON_SYMBOL_MISSING] = true,
		[REASON_TRACEPOINT_MISSING] = true,
		[REASON_HOOK_MISSING] = true,
		[REASON_MASKED] = true,
	};

	/* from here on it is */
	if (answer->reason && reason_by_code(answer->reason) == REASON_MODULE_NOT_LOADED)
		return true;
	/* A snapshot may hold a no without a reason. */
	return answer->verdict == FEATSEL_NO &&
	       (!answer->reason || missing[reason_by_code(answer->reason)]);
}

const char *featsel_verdict_name(enum featsel_verdict verdict)
{
	static const char *const names[] = {
		[FEATSEL_UNKNOWN] = "unknown",
		[FEATSEL_YES] = "yes",
		[FEATSEL_NO] = "no",
		[FEATSEL_DENIED] = "denied",
	};

	return (unsigned int)verdict < ARRAY_SIZE(names) ? names[verdict] : "unknown";
}

static const char *evidence(struct arena *arena, const char *format, va_list args)
{
	const char *text = arena_vprintf(arena, format, args);

	return text ? text : "out of memory while noting the evidence";
}

struct featsel_answer answer_yes(struct arena *arena, const char *format, ...)
{
	struct featsel_answer answer = {.verdict = FEATSEL_YES};
	va_list args;

	va_start(args, format);
	answer.evidence = evidence(arena, format, args);
	va_end(args);
	return answer;
}

const char *shortage_remedy(int error)
{
	static const struct {
		int error;
		const char *remedy;
	} shortages[] = {
		{-EMFILE, RAISE_OPEN_FILES},
		{-ENFILE, "raise the host's limit of open files: sysctl fs.file-max"},
		{-ENOMEM, "free memory, or raise memory.max of the control group"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shortages); i++)
		if (shortages[i].error == error)
			return shortages[i].remedy;
	return NULL;
}

struct featsel_answer answer_make(struct arena *arena, enum featsel_verdict verdict,
				  enum reason reason, const char *remedy, const char *format, ...)
{
	struct featsel_answer answer = {
		.verdict = verdict,
		.reason = reasons[reason].code,
		.remedy = remedy ? remedy : reasons[reason].remedy,
	};
	va_list args;

	va_start(args, format);
	answer.evidence = evidence(arena, format, args);
	va_end(args);
	return answer;
}

struct host_entry {
	struct featsel_answer answer;
	unsigned int run;
	const struct kconfig *kconfig; /* the file that was used */
};

int host_new(struct featsel_context *context, const struct host_backend *backend, void *data,
	     struct featsel_host **ret, struct featsel_error *err)
{
	struct featsel_host *host = calloc(1, sizeof(*host));

	if (!host)
		return error_memory(err);
	host->arena = arena_new();
	if (!host->arena) {
		free(host);
		return error_memory(err);
	}
	host->context = context;
	host->backend = backend;
	host->data = data;
	host->run = 1;
	*ret = host;
	return 0;
}

void featsel_host_free(struct featsel_host *host)
{
	if (!host)
		return;
	if (host->backend->close)
		host->backend->close(host);
	dict_free(&host->answers);
	dict_free(&host->overrides);
	dict_free(&host->kconfigs);
	arena_free(host->arena);
	free(host);
}

const char *featsel_host_source(const struct featsel_host *host)
{
	return host->source;
}

const char *featsel_host_release(const struct featsel_host *host)
{
	return host->release;
}

const char *featsel_host_machine(const struct featsel_host *host)
{
	return host->machine;
}

void host_new_run(struct featsel_host *host)
{
	host->run++;
}

/* Keyed by a text of its own: a feature lives in its manifest's arena, which may go before the
 * host. */
static int keep(struct featsel_host *host, struct dict *map, const char *text,
		const struct featsel_answer *answer)
{
	struct host_entry *entry = dict_get(map, text);
	const char *key;

	if (!entry) {
		entry = arena_alloc(host->arena, sizeof(*entry));
		key = arena_strdup(host->arena, text);
		if (!entry || !key || dict_set(map, key, entry))
			return -ENOMEM;
	}
	*entry = (struct host_entry){.answer = *answer, .run = host->run, .kconfig = host->kconfig};
	return 0;
}

static bool is_final(const struct featsel_answer *answer)
{
	return answer->verdict == FEATSEL_YES || answer->verdict == FEATSEL_NO;
}

static bool is_known(const struct featsel_host *host, const struct feature *feature,
		     const struct host_entry *entry)
{
	if (!entry || (feature->kind == FEATURE_KCONFIG && entry->kconfig != host->kconfig))
		return false;
	return is_final(&entry->answer) || entry->run == host->run;
}

struct featsel_answer host_answer(struct featsel_host *host, const struct feature *feature)
{
	const struct host_entry *entry = dict_get(&host->overrides, feature->text);
	struct featsel_answer answer;

	if (entry)
		return entry->answer;
	entry = dict_get(&host->answers, feature->text);
	if (is_known(host, feature, entry))
		return entry->answer;
	host->asked++;
	answer = host->backend->ask(host, feature);
	/* If there is no memory for the cache the answer still holds; it is asked for again. */
	(void)keep(host, &host->answers, feature->text, &answer);
	return answer;
}

static enum featsel_verdict ask_verdict(void *data, const struct feature *feature)
{
	return host_answer(data, feature).verdict;
}

static bool ask_number(void *data, enum object_number kind, const char *name, uint64_t *ret)
{
	struct featsel_host *host = data;

	return host->backend->number && host->backend->number(host, kind, name, ret);
}

/* Who says that a member is there says that libbpf finds it. */
static bool ask_leads(void *data, const char *subject, const struct object_step *steps, size_t n)
{
	struct featsel_host *host = data;
	char feature[512];

	snprintf(feature, sizeof(feature), "btf:%s", subject);
	return !host->backend->leads || dict_get(&host->overrides, feature) ||
	       host->backend->leads(host, subject, steps, n);
}

struct object_oracle host_oracle(struct featsel_host *host)
{
	return (struct object_oracle){
		.data = host, .ask = ask_verdict, .number = ask_number, .leads = ask_leads};
}

void host_expect(struct featsel_host *host, const struct feature *feature)
{
	if (host->backend->expect && !dict_get(&host->overrides, feature->text))
		host->backend->expect(host, feature);
}

int featsel_host_override(struct featsel_host *host, const char *feature,
			  enum featsel_verdict verdict, struct featsel_error *err)
{
	static const char *const taken[] = {
		[FEATSEL_UNKNOWN] = "taken as unknown on request",
		[FEATSEL_YES] = "taken as present on request",
		[FEATSEL_NO] = "taken as missing on request",
		[FEATSEL_DENIED] = "taken as denied on request",
	};
	struct featsel_answer answer = {.verdict = verdict};
	const struct feature *parsed;
	int r;

	if ((size_t)verdict >= ARRAY_SIZE(taken))
		return error_set(err, -EINVAL, FEATSEL_FAILURE_INVALID, "%d is no verdict",
				 (int)verdict);
	r = feature_find(host->arena, feature, &parsed, err);
	if (r)
		return r;
	answer.evidence = taken[verdict];
	if (verdict != FEATSEL_YES)
		answer = answer_make(host->arena, verdict, REASON_MASKED, NULL, "%s",
				     taken[verdict]);
	return keep(host, &host->overrides, parsed->text, &answer) ? error_memory(err) : 0;
}

int featsel_host_ask(struct featsel_host *host, const char *feature, struct featsel_answer *ret,
		     struct featsel_error *err)
{
	const struct feature *parsed;
	struct featsel_answer answer;
	int r;

	r = feature_find(host->arena, feature, &parsed, err);
	if (r)
		return r;
	answer = host_answer(host, parsed);
	r = result_give(ret, &answer, sizeof(answer));
	return r ? error_set(err, r, FEATSEL_FAILURE_INVALID, "the answer's size is not set") : 0;
}

bool host_loads(const struct featsel_host *host)
{
	return host->backend->explain_load != NULL;
}

struct featsel_answer host_settle(struct featsel_host *host, const struct object *object,
				  const struct featsel_candidate *candidate,
				  enum settle_stage stage)
{
	if (host->backend->settle)
		return host->backend->settle(host, object, candidate, stage);
	return answer_yes(host->arena, "every requirement holds");
}

struct featsel_answer host_explain_load(struct featsel_host *host, int error, const char *log,
					int prog_type, int attach_type)
{
	return host->backend->explain_load(host, error, log, prog_type, attach_type);
}

struct featsel_answer host_explain_map(struct featsel_host *host, int error)
{
	return host->backend->explain_map(host, error);
}

struct featsel_answer host_explain_attach(struct featsel_host *host, int error,
					  const struct section *section, uint32_t highest)
{
	return host->backend->explain_attach(host, error, section, highest);
}

bool host_release_memory(struct featsel_host *host)
{
	return host->backend->release_memory && host->backend->release_memory(host);
}

int host_enumerate(struct featsel_host *host, struct arena *arena,
		   int (*each)(void *data, const struct feature *feature), void *data)
{
	return host->backend->enumerate ? host->backend->enumerate(host, arena, each, data) : 0;
}

int host_new_twin(struct featsel_host *host, struct featsel_host **ret)
{
	int r = host->backend->twin ? host->backend->twin(host, ret) : -ENOTSUP;

	if (!r) {
		(*ret)->overrides = host->overrides;
		(*ret)->kconfig = host->kconfig;
	}
	return r;
}
