/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * host-live.c - the running kernel as a host: which probe answers which kind, the gate before them,
 * and the true reason of a refusal
 */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

#define CAP_MASK(number) ((uint64_t)1 << (number))

enum {
	CAP_NUMBER_NET_ADMIN = 12,
	CAP_NUMBER_SYS_ADMIN = 21,
	CAP_NUMBER_PERFMON = 38,
	CAP_NUMBER_BPF = 39,
	FILE_LIMIT = 64 * 1024,
	HELPER_KTIME_GET_COARSE_NS = 160,
};

/* What CAP_SYS_ADMIN was split into: who has it needs none of these. */
#define SPLIT_CAPS \
	(CAP_MASK(CAP_NUMBER_BPF) | CAP_MASK(CAP_NUMBER_PERFMON) | CAP_MASK(CAP_NUMBER_NET_ADMIN))

static struct featsel_answer (*const probes[])(struct live *live, const struct feature *feature) = {
	[FEATURE_PROG_TYPE] = probe_prog_type,
	[FEATURE_ATTACH_TYPE] = probe_attach_type,
	[FEATURE_MAP_TYPE] = probe_map_type,
	[FEATURE_HELPER] = probe_helper,
	[FEATURE_KFUNC] = probe_kfunc,
	[FEATURE_ATTACH] = probe_attach,
	[FEATURE_LINK] = probe_link,
	[FEATURE_BTF] = probe_btf,
	[FEATURE_KSYM] = probe_ksym,
	[FEATURE_KCONFIG] = probe_kconfig,
	[FEATURE_INSNS] = probe_insns,
	[FEATURE_LSM] = probe_lsm,
	[FEATURE_CAP] = probe_cap,
	[FEATURE_ARCH] = probe_arch,
	[FEATURE_KERNEL] = probe_kernel,
};
_Static_assert(ARRAY_SIZE(probes) == FEATURE_KIND_COUNT, "every kind has its probe");

/* ---- what the process may ---- */

/* The text after "Name:" at the beginning of a line, NULL where there is no such line. */
static const char *field(const char *text, const char *name)
{
	size_t length = strlen(name);

	while (text) {
		if (strncmp(text, name, length) == 0)
			return text + length + strspn(text + length, " \t");
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return NULL;
}

/* Only the initial user namespace maps the whole range onto itself. */
static bool is_user_namespace(struct live *live)
{
	unsigned long inside, outside, count;
	const char *text;

	if (kernel_read(live->kernel, live->arena, "/proc/self/uid_map", FILE_LIMIT, &text, NULL))
		return false;
	if (sscanf(text, "%lu %lu %lu", &inside, &outside, &count) != 3)
		return false;
	return inside != 0 || outside != 0 || count != 0xffffffff;
}

const struct process_status *live_status(struct live *live)
{
	struct process_status *status = &live->status;
	const char *text, *value;

	if (status->known)
		return status;
	status->known = true;
	status->user_namespace = is_user_namespace(live);
	if (kernel_read(live->kernel, live->arena, "/proc/self/status", FILE_LIMIT, &text, NULL)) {
		/* Without /proc nothing can be held against the process; what it is refused is then
		 * the policy's. */
		status->caps = ~(uint64_t)0;
		return status;
	}
	value = field(text, "CapEff:");
	status->caps = value ? strtoull(value, NULL, 16) : ~(uint64_t)0;
	value = field(text, "Seccomp:");
	status->seccomp = value && strtol(value, NULL, 10) == 2;
	return status;
}

bool live_has_cap(struct live *live, int cap)
{
	return cap >= 0 && cap < 64 && (live_status(live)->caps & CAP_MASK(cap)) != 0;
}

/* Kernels before 5.8 know neither CAP_BPF nor CAP_PERFMON; RHEL 8 gained them in between, so no
 * version is asked. */
static uint64_t caps_missing(struct live *live, uint64_t needed)
{
	uint64_t caps = live_status(live)->caps;
	long last;

	if (needed & SPLIT_CAPS) {
		if (caps & CAP_MASK(CAP_NUMBER_SYS_ADMIN))
			needed &= ~SPLIT_CAPS;
		else if (!files_number(live, "/proc/sys/kernel/cap_last_cap", &last) &&
			 last < CAP_NUMBER_BPF)
			needed = (needed & ~SPLIT_CAPS) | CAP_MASK(CAP_NUMBER_SYS_ADMIN);
	}
	return needed & ~caps;
}

/* "CAP_BPF, CAP_PERFMON", or "--cap-add BPF --cap-add PERFMON". */
static const char *caps_text(struct arena *arena, uint64_t caps, const char *between,
			     const char *before)
{
	char text[1024] = "";
	size_t used = 0;
	const char *name;
	int number, length;
	char *letter;

	/* The newest first: CAP_BPF is what people look for. */
	for (number = names_end(VOCABULARY_CAP) - 1; number >= 0; number--) {
		name = caps & CAP_MASK(number) ? names_name(VOCABULARY_CAP, number) : NULL;
		if (!name)
			continue;
		length = snprintf(text + used, sizeof(text) - used, "%s%s", used ? between : "",
				  before);
		letter = text + used + length;
		length += snprintf(letter, sizeof(text) - used - (size_t)length, "%s", name);
		for (; *letter; letter++)
			*letter = (char)(*letter >= 'a' && *letter <= 'z' ? *letter - 'a' + 'A'
									  : *letter);
		used += (size_t)length;
	}
	return arena_printf(arena, "%s", text);
}

bool live_may(struct live *live, uint64_t caps)
{
	return !live_status(live)->user_namespace && !caps_missing(live, caps);
}

/* ---- locked memory ---- */

bool live_memory_limit(struct live *live, uint64_t *ret)
{
	const char *text, *value;
	char *end;

	if (kernel_read(live->kernel, live->arena, "/proc/self/limits", FILE_LIMIT, &text, NULL))
		return false;
	value = field(text, "Max locked memory");
	*ret = value ? strtoull(value, &end, 10) : 0;
	return value && end != value;
}

/* Since 5.11 programs and maps belong to the control group; the helper came with the same release.
 */
bool live_memory_charged(struct live *live)
{
	const struct feature *feature;
	uint64_t limit;

	if (live->programs && live->programs->helper_known >= HELPER_KTIME_GET_COARSE_NS)
		return false;
	return live_memory_limit(live, &limit) &&
	       !feature_parse(live->arena, "helper:socket_filter/ktime_get_coarse_ns", &feature,
			      NULL) &&
	       host_answer(live->host, feature).verdict == FEATSEL_NO;
}

void live_let_go(struct live *live)
{
	host_programs_close(live);
	host_targets_free(live);
}

/* ---- why a call was refused ---- */

struct refusal {
	int error;
	uint64_t missing;
	const char *call;
};

/* The capabilities of a user namespace count for nothing in bpf(2), however full CapEff looks. */
static bool by_user_namespace(struct live *live, const struct refusal *refusal,
			      struct featsel_answer *ret)
{
	if (!live_status(live)->user_namespace)
		return false;
	*ret = answer_make(
		live->arena, FEATSEL_DENIED, REASON_USER_NAMESPACE,
		"run in the initial user namespace (in a container: --userns=host, not rootless)",
		"%s: %s; /proc/self/uid_map is not the whole range", refusal->call,
		errno_name(refusal->error));
	return true;
}

static bool by_capability(struct live *live, const struct refusal *refusal,
			  struct featsel_answer *ret)
{
	const char *names, *flags, *remedy;

	if (!refusal->missing || refusal->error == -ENOSYS)
		return false;
	names = caps_text(live->arena, refusal->missing, ", ", "CAP_");
	flags = caps_text(live->arena, refusal->missing, " ", "--cap-add ");
	remedy = arena_printf(live->arena, "needs %s: run as root (in a container: %s)", names,
			      flags);
	*ret = answer_make(live->arena, FEATSEL_DENIED, REASON_NO_CAPABILITY, remedy,
			   "%s: %s; CapEff lacks %s", refusal->call, errno_name(refusal->error),
			   names ? names : "capabilities");
	return true;
}

/* A filter answers also a command that cannot exist, which the kernel itself calls EINVAL. */
static bool by_seccomp(struct live *live, const struct refusal *refusal, struct featsel_answer *ret)
{
	int err;

	if (!live_status(live)->seccomp)
		return false;
	err = live->kernel->ops->bpf_nonsense(live->kernel);
	if (err == -EINVAL && strncmp(refusal->call, "bpf(", 4) == 0)
		return false;
	*ret = answer_make(live->arena, FEATSEL_DENIED, REASON_SECCOMP,
			   "allow the call in the seccomp profile (in a container: --security-opt "
			   "seccomp=PROFILE or seccomp=unconfined)",
			   "%s: %s; Seccomp: 2 in /proc/self/status, bpf(0x7fffffff): %s",
			   refusal->call, errno_name(refusal->error), errno_name(err));
	return true;
}

/*
 * Before 5.11 (d5299b67dd59 and the like) programs and maps were charged to RLIMIT_MEMLOCK, EPERM
 * and ENOMEM when it is used up; ktime_get_coarse_ns came with the same release.
 */
static bool by_memlock(struct live *live, const struct refusal *refusal, struct featsel_answer *ret)
{
	struct kernel_btf *btf;
	uint64_t limit;
	int64_t number;

	if ((refusal->error != -EPERM && refusal->error != -ENOMEM) ||
	    strncmp(refusal->call, "bpf(", 4) != 0 || !live_memory_limit(live, &limit))
		return false;
	btf = live_btf(live);
	if (btf &&
	    !kernel_btf_enumerator(btf, "bpf_func_id", "BPF_FUNC_ktime_get_coarse_ns", &number))
		return false;
	*ret = answer_make(
		live->arena, FEATSEL_DENIED, REASON_MEMLOCK,
		"raise the limit: ulimit -l unlimited, LimitMEMLOCK=infinity, --ulimit memlock=-1",
		"%s: %s; locked memory is limited to %llu bytes", refusal->call,
		errno_name(refusal->error), (unsigned long long)limit);
	return true;
}

static bool by_lockdown(struct live *live, const struct refusal *refusal,
			struct featsel_answer *ret)
{
	const char *lockdown = files_lockdown(live);

	if (refusal->error == -ENOMEM || !lockdown || strcmp(lockdown, "confidentiality") != 0)
		return false;
	*ret = answer_make(live->arena, FEATSEL_DENIED, REASON_LOCKDOWN, NULL,
			   "%s: %s; /sys/kernel/security/lockdown: confidentiality", refusal->call,
			   errno_name(refusal->error));
	return true;
}

static bool by_policy(struct live *live, const struct refusal *refusal, struct featsel_answer *ret)
{
	bool load = strcmp(refusal->call, "bpf(BPF_PROG_LOAD)") == 0;

	if (refusal->error != -EPERM && refusal->error != -EACCES)
		return false;
	*ret = answer_make(live->arena, FEATSEL_DENIED, REASON_POLICY_DENIED, NULL,
			   "%s: %s%s, full capabilities", refusal->call, errno_name(refusal->error),
			   load ? ", empty log" : "");
	return true;
}

/* In the order in which one would hide the next. */
static bool (*const causes[])(struct live *live, const struct refusal *refusal,
			      struct featsel_answer *ret) = {
	by_user_namespace, by_capability, by_seccomp, by_memlock, by_lockdown, by_policy,
};

struct featsel_answer live_refused(struct live *live, int error, uint64_t caps, const char *call)
{
	struct refusal refusal = {error, caps_missing(live, caps), call};
	struct featsel_answer answer;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(causes); i++) {
		if (causes[i](live, &refusal, &answer))
			return answer;
	}
	if (error == -ENOSYS)
		return answer_make(live->arena, FEATSEL_NO, REASON_TYPE_UNSUPPORTED,
				   "needs a kernel built with CONFIG_BPF_SYSCALL", "%s: ENOSYS",
				   call);
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL, "%s: %s", call,
			   errno_name(error));
}

/* ---- the back end ---- */

struct kernel_btf *live_btf(struct live *live)
{
	if (!live->btf && !live->btf_error)
		live->btf_error = kernel_btf_open(live->kernel, NULL, &live->btf);
	return live->btf;
}

/*
 * A program that loads is its own control: only an answer that is not yes needs to know that the
 * kernel would load anything at all.
 */
static struct featsel_answer live_ask(struct featsel_host *host, const struct feature *feature)
{
	struct live *live = host->data;
	struct featsel_answer answer;

	if (!feature_kind(feature->kind)->privileged)
		return probes[feature->kind](live, feature);
	if (live->calibration == CALIBRATION_PENDING)
		host_calibrate_maps(live);
	if (live->calibration == CALIBRATION_REFUSED)
		return live->refusal;
	if (!host_programs(live))
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "out of memory");
	answer = probes[feature->kind](live, feature);
	if (answer.verdict != FEATSEL_YES && live->calibration == CALIBRATION_MAPS)
		host_calibrate_programs(live);
	return live->calibration == CALIBRATION_REFUSED ? live->refusal : answer;
}

static void live_expect(struct featsel_host *host, const struct feature *feature)
{
	survey_expect(host->data, feature);
}

static int each_of_vocabulary(struct arena *arena, enum feature_kind kind, int prog_type,
			      int (*each)(void *data, const struct feature *feature), void *data)
{
	enum vocabulary vocabulary = (enum vocabulary)feature_kind(kind)->vocabulary;
	const struct feature *feature;
	int number, err = 0;

	for (number = 0; number < names_end(vocabulary) && !err; number++) {
		if (!names_name(vocabulary, number))
			continue;
		feature = feature_of(arena, kind, prog_type, number);
		err = feature ? each(data, feature) : -ENOMEM;
	}
	return err;
}

static int live_enumerate(struct featsel_host *host, struct arena *arena,
			  int (*each)(void *data, const struct feature *feature), void *data)
{
	static const enum feature_kind kinds[] = {FEATURE_PROG_TYPE, FEATURE_ATTACH_TYPE,
						  FEATURE_MAP_TYPE, FEATURE_LINK};
	static const char *const others[] = {
		"btf:vmlinux", "insns:large", "insns:bounded_loops", "insns:v2",
		"insns:v3",    "insns:v4",    "insns:atomics",	     "insns:global_data"};
	const struct feature *feature;
	int type, err = 0;
	size_t i;

	(void)host;
	for (i = 0; i < ARRAY_SIZE(kinds) && !err; i++)
		err = each_of_vocabulary(arena, kinds[i], -1, each, data);
	for (i = 0; i < ARRAY_SIZE(others) && !err; i++) {
		err = feature_parse(arena, others[i], &feature, NULL);
		if (!err)
			err = each(data, feature);
	}
	for (type = 0; type < names_end(VOCABULARY_PROG_TYPE) && !err; type++) {
		if (names_name(VOCABULARY_PROG_TYPE, type))
			err = each_of_vocabulary(arena, FEATURE_HELPER, type, each, data);
	}
	return err;
}

static void live_free(struct live *live)
{
	host_targets_free(live);
	host_programs_free(live);
	host_files_free(live);
	kernel_btf_close(live->btf);
	live->kernel->ops->free(live->kernel);
	free(live->log);
	free(live);
}

static void live_close(struct featsel_host *host)
{
	live_free(host->data);
}

static const struct host_backend live_backend = {
	.ask = live_ask,
	.expect = live_expect,
	.enumerate = live_enumerate,
	.close = live_close,
};

static struct live *live_new(struct kernel *kernel, unsigned int flags)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return NULL;
	live->log = calloc(1, LIVE_LOG_SIZE);
	if (!live->log) {
		free(live);
		return NULL;
	}
	live->kernel = kernel;
	live->thorough = (flags & FEATSEL_HOST_THOROUGH) != 0;
	return live;
}

int host_live_on(struct featsel_context *context, struct kernel *kernel, unsigned int flags,
		 struct featsel_host **ret, struct featsel_error *err)
{
	struct live *live = live_new(kernel, flags);
	struct featsel_host *host;
	int code;

	if (!live) {
		kernel->ops->free(kernel);
		return error_memory(err);
	}
	code = host_new(context, &live_backend, live, &host, err);
	if (code) {
		live_free(live);
		return code;
	}
	live->host = host;
	live->arena = host->arena;
	host->source = "live";
	code = kernel->ops->uname(kernel, &host->release, &host->machine);
	if (code) {
		featsel_host_free(host);
		return error_set(err, code, FEATSEL_FAILURE_RUN, "uname: %s", errno_name(code));
	}
	*ret = host;
	return 0;
}

struct live *host_live(struct featsel_host *host)
{
	return host->backend == &live_backend ? host->data : NULL;
}

int featsel_host_open_live(struct featsel_context *context, unsigned int flags,
			   struct featsel_host **ret, struct featsel_error *err)
{
	struct kernel *kernel;
	int code = kernel_open_live(&kernel, err);

	return code ? code : host_live_on(context, kernel, flags, ret, err);
}
