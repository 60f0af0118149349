/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * live.c - the running kernel as probes see it: its types, its state from small files, what the
 * process may do, and the true reason of a refusal
 */
#include <ctype.h>
#include <errno.h>
#include <linux/btf.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <stdlib.h>

#include "host/private.h"

enum { CAP_BPF_NUMBER = 39, FILE_LIMIT = 64 * 1024, SMALL_LIMIT = 4096 };

/* What CAP_SYS_ADMIN was split into: who has it needs none of these. */
#define SPLIT_CAPS (CAP_BPF_MASK | CAP_PERFMON_MASK | CAP_NET_ADMIN_MASK)

struct kernel_btf *live_btf(struct live *live)
{
	if (!live->btf && !live->btf_error)
		live->btf_error = kernel_btf_open(live->kernel, NULL, &live->btf);
	return live->btf;
}

struct featsel_answer live_no_memory(struct live *live)
{
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
			   "out of memory");
}

int live_load_btf(struct live *live, const uint32_t *types, size_t size, const char *name)
{
	struct {
		struct btf_header header;
		uint8_t rest[160];
	} btf = {
		.header = {.magic = BTF_MAGIC,
			   .version = BTF_VERSION,
			   .hdr_len = sizeof(btf.header),
			   .type_len = (uint32_t)size,
			   .str_off = (uint32_t)size},
	};
	const size_t room = sizeof(btf.rest) - size;

	memcpy(btf.rest, types, size);
	btf.header.str_len =
		(uint32_t)snprintf((char *)btf.rest + size, room, "%cint%c%s", 0, 0, name) + 1;
	return live->kernel->ops->btf_load(live->kernel, &btf,
					   sizeof(btf.header) + size + btf.header.str_len);
}

/* ---- the kernel's state, in files ---- */

int live_number(struct live *live, const char *path, long *ret)
{
	const char *text;
	char *end;
	long number;
	int err = kernel_read(live->kernel, live->arena, path, SMALL_LIMIT, &text, NULL);

	if (err < 0)
		return err;
	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || (*end && !isspace((unsigned char)*end)))
		return -EBADMSG;
	*ret = number;
	return 0;
}

/* "none [integrity] confidentiality": the active one stands in brackets. */
const char *live_lockdown(struct live *live)
{
	const char *text, *open;
	size_t length;

	if (kernel_read(live->kernel, live->arena, "/sys/kernel/security/lockdown", SMALL_LIMIT,
			&text, NULL) < 0)
		return NULL;
	open = strchr(text, '[');
	length = open ? strcspn(open + 1, "]\n") : 0;
	if (!length || open[1 + length] != ']')
		return NULL;
	return arena_strndup(live->arena, open + 1, length);
}

const char *live_tracefs(struct live *live, int *error)
{
	static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

	*error = -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		long magic = 0;
		int err = live->kernel->ops->filesystem(live->kernel, places[i], &magic);

		if (err == 0 && magic == TRACEFS_MAGIC)
			return places[i];
		if (errno_is_refusal(err))
			*error = err;
	}
	return NULL;
}

/* ---- what the process may ---- */

/* The text after "Name:" at the beginning of a line, NULL if there is no such line. */
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
		/* Without /proc nothing is known against the process; a refusal then counts as the
		 * policy's. */
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
		if (caps & CAP_SYS_ADMIN_MASK)
			needed &= ~SPLIT_CAPS;
		else if (!live_number(live, "/proc/sys/kernel/cap_last_cap", &last) &&
			 last < CAP_BPF_NUMBER)
			needed = (needed & ~SPLIT_CAPS) | CAP_SYS_ADMIN_MASK;
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

/*
 * Whether the call reaches the kernel. A filter also answers impossible calls: a bpf(2) command
 * that does not exist (the kernel: EINVAL), a perf event of one byte (E2BIG). Filters are not about
 * other calls.
 */
static bool is_filtered(struct live *live, const char *call, int *error)
{
	struct perf_event_attr attr = {.size = 1};

	if (strncmp(call, "bpf(", 4) == 0) {
		*error = live->kernel->ops->bpf_nonsense(live->kernel);
		return *error != -EINVAL;
	}
	if (strncmp(call, "perf_event_open", 15) != 0 && strncmp(call, "attach", 6) != 0)
		return false;
	*error = live->kernel->ops->perf_event_open(live->kernel, &attr, -1, 0);
	return errno_is_refusal(*error) || *error == -ENOSYS;
}

static bool by_seccomp(struct live *live, const struct refusal *refusal, struct featsel_answer *ret)
{
	int err;

	if (!live_status(live)->seccomp || !is_filtered(live, refusal->call, &err))
		return false;
	*ret = answer_make(live->arena, FEATSEL_DENIED, REASON_SECCOMP,
			   "allow the call in the seccomp profile (in a container: --security-opt "
			   "seccomp=PROFILE or seccomp=unconfined)",
			   "%s: %s; Seccomp: 2 in /proc/self/status, %s: %s", refusal->call,
			   errno_name(refusal->error),
			   strncmp(refusal->call, "bpf(", 4) == 0 ? "bpf(0x7fffffff)"
								  : "perf_event_open(1 byte)",
			   errno_name(err));
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
	const char *lockdown = live_lockdown(live);

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

/* In the order in which one hides the next. */
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
	/* If a map could be created or a program loaded, something else refuses. */
	if (error == -ENOSYS && live->calibration != CALIBRATION_BEGUN &&
	    live->calibration != CALIBRATION_PASSED)
		return answer_make(live->arena, FEATSEL_NO, REASON_TYPE_UNSUPPORTED,
				   "needs a kernel built with CONFIG_BPF_SYSCALL", "%s: ENOSYS",
				   call);
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL, "%s: %s", call,
			   errno_name(error));
}
