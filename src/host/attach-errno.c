/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach-errno.c - what the errno of a failed attach means
 */
#include <errno.h>
#include <linux/capability.h>

#include "host/attach.h"

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
	if (many_arguments(live, error, section, &answer))
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
			return answer_make(
				live->arena,
				attach_failures[i].reason == REASON_TARGET_BUSY ? FEATSEL_DENIED
										: FEATSEL_NO,
				attach_failures[i].reason, NULL, "attach %s%s%s: %s", section->form,
				*section->target ? "/" : "", section->target, errno_name(error));
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE,
			   error == -EMFILE ? RAISE_OPEN_FILES : NULL, "attach %s%s%s: %s",
			   section->form, *section->target ? "/" : "", section->target,
			   errno_name(error));
}
