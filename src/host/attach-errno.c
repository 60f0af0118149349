/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach-errno.c - what the errno of a failed attach means
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "host/attach.h"

#define MEANS(name)	 (1u << ATTACH_##name)
#define MEANS_KPROBE	 (MEANS(KPROBE) | MEANS(KRETPROBE) | MEANS(KSYSCALL) | MEANS(KRETSYSCALL))
#define MEANS_TRAMPOLINE (MEANS(TRACING_FUNCTION) | MEANS(LSM))
#define MEANS_FTRACE	 (MEANS_TRAMPOLINE | MEANS_KPROBE | MEANS(KPROBE_MULTI))
#define MEANS_PLACED                                                                 \
	(MEANS(XDP) | MEANS(TC) | MEANS(CGROUP) | MEANS(LSM_CGROUP) | MEANS(NETNS) | \
	 MEANS(PACKET_HOOK) | MEANS(SOCKET) | MEANS(SOCKMAP) | MEANS(STRUCT_OPS))
#define MEANS_UPROBE (MEANS(UPROBE) | MEANS(URETPROBE) | MEANS(USDT))

#define WHOSE "'bpftool link' and 'bpftool prog' show whose they are"

/* Measured on 5.10, 6.1, 6.12 and 6.18; the first row that matches counts. */
static const struct attach_failure {
	unsigned int means;
	int error;
	enum reason reason;
	const char *remedy; /* NULL: the reason's */
	const char *said;   /* what the errno means here; NULL: the reason tells */
} attach_failures[] = {
	{MEANS_KPROBE, ENOENT, REASON_SYMBOL_MISSING, NULL, NULL},
	{MEANS_KPROBE, EINVAL, REASON_SYMBOL_NOT_PROBEABLE, NULL, NULL},
	{MEANS_KPROBE, EILSEQ, REASON_SYMBOL_NOT_PROBEABLE, NULL, NULL},
	{MEANS_KPROBE, EADDRNOTAVAIL, REASON_SYMBOL_AMBIGUOUS, NULL, NULL},
	{MEANS(KPROBE_MULTI), EINVAL, REASON_ATTACH_TYPE_UNSUPPORTED, NULL, NULL},
	{MEANS(KPROBE_MULTI), EOPNOTSUPP, REASON_ATTACH_TYPE_UNSUPPORTED, NULL, NULL},
	{MEANS(KPROBE_MULTI), ESRCH, REASON_SYMBOL_MISSING, NULL, NULL},
	{MEANS(KPROBE_MULTI), ENOENT, REASON_SYMBOL_MISSING, NULL, NULL},
	{MEANS(UPROBE_MULTI), EINVAL, REASON_ATTACH_TYPE_UNSUPPORTED, NULL, NULL},
	{MEANS(UPROBE_MULTI), EOPNOTSUPP, REASON_ATTACH_TYPE_UNSUPPORTED, NULL, NULL},
	{MEANS_UPROBE | MEANS(UPROBE_MULTI), ENOENT, REASON_SYMBOL_MISSING, NULL, NULL},
	/* uprobe_register() reads through the page cache. */
	{MEANS_UPROBE | MEANS(UPROBE_MULTI), EIO, REASON_SYMBOL_NOT_PROBEABLE,
	 "copy the file to a file system on a disk or in memory",
	 "the file system has no page cache"},
	{MEANS_UPROBE | MEANS(UPROBE_MULTI), ENOTSUPP_KERNEL, REASON_SYMBOL_NOT_PROBEABLE, NULL,
	 "the instruction there cannot be probed"},
	{MEANS_UPROBE | MEANS(UPROBE_MULTI), ENOEXEC, REASON_SYMBOL_NOT_PROBEABLE, NULL,
	 "the instruction there cannot be probed"},
	{MEANS_TRAMPOLINE, ENOTSUPP_KERNEL, REASON_ATTACH_TYPE_UNSUPPORTED, NULL, NULL},
	/* BPF_MAX_TRAMP_LINKS, BPF_TRACE_MAX_PROGS. */
	{MEANS_TRAMPOLINE, E2BIG, REASON_TARGET_BUSY, WHOSE, "it takes no more programs"},
	{MEANS(TRACEPOINT), E2BIG, REASON_TARGET_BUSY, WHOSE, "it takes 64 programs"},
	{MEANS_TRAMPOLINE, EBUSY, REASON_SYMBOL_NOT_PROBEABLE, NULL, NULL},
	{MEANS(RAW_TRACEPOINT), ENOENT, REASON_TRACEPOINT_MISSING, NULL, NULL},
	{MEANS(RAW_TRACEPOINT), EINVAL, REASON_SIGNATURE_UNSUPPORTED, NULL, NULL},
	{MEANS(TRACEPOINT), ENOENT, REASON_TRACEPOINT_MISSING, NULL, NULL},
	{MEANS_PLACED, ENODEV, REASON_TARGET_MISSING, NULL, NULL},
	{MEANS_PLACED, ENOENT, REASON_TARGET_MISSING, NULL, NULL},
	{MEANS_PLACED, ENOTDIR, REASON_TARGET_MISSING, NULL, NULL},
	{MEANS_PLACED, EBUSY, REASON_TARGET_BUSY, WHOSE, NULL},
	{MEANS_PLACED, EEXIST, REASON_TARGET_BUSY, WHOSE, NULL},
	{MEANS_PLACED, E2BIG, REASON_TARGET_BUSY, WHOSE, NULL},
	/* CGROUP_LSM_NUM: kernels without such programs refuse to load them. */
	{MEANS(LSM_CGROUP), EINVAL, REASON_TARGET_BUSY, WHOSE,
	 "control groups have programs at ten other hooks, which is the most"},
	{MEANS(TC), ERANGE, REASON_TARGET_BUSY, WHOSE, "it takes no more programs"},
	{MEANS(STRUCT_OPS), EINVAL, REASON_ATTACH_TYPE_UNSUPPORTED,
	 "the kernel's log may name the member that is not filled in",
	 "the kernel does not take what the structure holds"},
	{MEANS_PLACED, EINVAL, REASON_ATTACH_TYPE_UNSUPPORTED, NULL, NULL},
	{MEANS_PLACED, EOPNOTSUPP, REASON_ATTACH_TYPE_UNSUPPORTED, NULL, NULL},
	{MEANS_PLACED, ENOTSUPP_KERNEL, REASON_ATTACH_TYPE_UNSUPPORTED, NULL, NULL},
	{MEANS(FREPLACE), EINVAL, REASON_SIGNATURE_UNSUPPORTED, NULL, NULL},
	{MEANS(FREPLACE), EBUSY, REASON_TARGET_BUSY, WHOSE, NULL},
	{MEANS(ITER), ENOENT, REASON_TARGET_MISSING, NULL, NULL},
	{MEANS(ITER), ESRCH, REASON_TARGET_MISSING, NULL, NULL},
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

/* A filter counts as memory of its socket (sk_filter_charge()): the limit's default is 128 KiB
 * since 6.8, before 20 KiB, where pointers have 32 bits half of it. */
static bool filter_too_large(struct live *live, int error, const struct section *section,
			     struct featsel_answer *answer)
{
	static const char limit[] = "/proc/sys/net/core/optmem_max";
	const char *bytes;

	if (error != -ENOMEM || section->means != ATTACH_SOCKET)
		return false;
	if (kernel_read(live->kernel, live->arena, limit, 64, &bytes, NULL))
		bytes = "?";
	*answer = DENIED(live, REASON_SOCKET_MEMORY,
			 "attach %s: ENOMEM, the program is larger than what a socket may have: "
			 "%s: %.*s",
			 section->form, limit, (int)strcspn(bytes, "\n"), bytes);
	return true;
}

/* Drivers refuse what the network stack itself takes: an MTU, queues, fragments. */
static bool not_native(struct live *live, int error, const struct section *section,
		       struct featsel_answer *answer)
{
	if (section->means != ATTACH_XDP || !section->on ||
	    section->on->xdp_mode != XDP_MODE_NATIVE || error == -ENODEV || error == -EBUSY ||
	    error == -EEXIST)
		return false;
	*answer = answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED,
			      "use 'xdp_mode: generic' or 'any'",
			      "attach %s: %s, the driver does not take the program as it is",
			      section->form, errno_name(error));
	return true;
}

/* What it was to be attached to, before what the errno means there. */
static struct featsel_answer failed(struct live *live, int error, const struct section *section,
				    enum featsel_verdict verdict, const struct attach_failure *row)
{
	const char *said = row->said;

	return answer_make(live->arena, verdict, row->reason, row->remedy, "attach %s%s%s: %s%s%s",
			   section->form, *section->target ? "/" : "", section->target,
			   errno_name(error), said ? ", " : "", said ? said : "");
}

struct featsel_answer attach_errno(struct live *live, int error, const struct section *section)
{
	struct featsel_answer answer;
	const char *call = attach_call(live, "attach", section->form);

	if (errno_is_refusal(error) && (1u << section->means & MEANS_KPROBE) &&
	    attach_locked_down(live, &answer))
		return answer;
	if (errno_is_refusal(error) &&
	    (1u << section->means & (MEANS_KPROBE | MEANS_UPROBE | MEANS(TRACEPOINT))))
		return attach_perf_refused(live, error, call);
	if (errno_is_refusal(error))
		return live_refused(live, error,
				    1u << section->means & MEANS_PLACED
					    ? CAP_BPF_MASK | CAP_NET_ADMIN_MASK
					    : TRACING_CAPS,
				    call);
	if (many_arguments(live, error, section, &answer) ||
	    filter_too_large(live, error, section, &answer) ||
	    not_native(live, error, section, &answer))
		return answer;
	if (error == -EBUSY && section->means == ATTACH_PACKET_HOOK && section->on)
		return attach_hook_taken(live, section);
	/* ftrace_kill(): after a fault the kernel does without ftrace until it is booted again. */
	if (error == -ENODEV && (1u << section->means & MEANS_FTRACE))
		return answer_make(live->arena, FEATSEL_NO, REASON_FTRACE_DISABLED,
				   "boot again; the kernel's log tells of a fault in ftrace",
				   "attach %s/%s: ENODEV", section->form, section->target);
	for (size_t i = 0; i < ARRAY_SIZE(attach_failures); i++)
		if ((attach_failures[i].means & 1u << section->means) &&
		    error == -attach_failures[i].error)
			return failed(live, error, section,
				      attach_failures[i].reason == REASON_TARGET_BUSY
					      ? FEATSEL_DENIED
					      : FEATSEL_NO,
				      &attach_failures[i]);
	return failed(live, error, section, FEATSEL_UNKNOWN,
		      &(struct attach_failure){.reason = REASON_INCONCLUSIVE,
					       .remedy = shortage_remedy(error)});
}
