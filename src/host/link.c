/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * link.c - which kinds of bpf_link the kernel makes
 *
 * A program that loads says nothing here: kprobe.multi, uprobe.multi, tcx and netkit programs load
 * on every kernel. Only BPF_LINK_CREATE tells: where the kind is known it gets as far as the
 * target, which is one that cannot be.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "host/private.h"

#define CALL	  "bpf(BPF_LINK_CREATE)"
#define LINK_CAPS (CAP_BPF_MASK | CAP_PERFMON_MASK)
#define NET_CAPS  (CAP_BPF_MASK | CAP_NET_ADMIN_MASK)

enum { DRIVER_MODE = 1 << 2, LOOPBACK = 1 };

/* Numbers, since the headers of the build machine may be older than the kernel. */
struct link_row {
	const char *name;
	int prog_type, load_type, attach_type;
	int target;
	uint32_t flags;
	int errors[3]; /* errnos that show that the kernel looked at the target */
	uint64_t caps;
	uint8_t result; /* for the program: harmless if it should ever run */
};

/*
 * EINVAL is "no" throughout: the attach type is unknown, or the kind is not built. Evidence of yes,
 * by kind: cgroup (5.7), netns (5.8), sockmap (6.10), perf_event (5.15): EBADF, the descriptor is
 * looked up after the type; xdp (5.9): EOPNOTSUPP, the loopback device has no native mode (EBUSY,
 * EEXIST: another program holds it); netfilter (6.4): EAFNOSUPPORT, family 0; tcx (6.6), netkit
 * (6.7): ENODEV, interface 0.
 */
static const struct link_row rows[] = {
	{"cgroup",
	 BPF_PROG_TYPE_CGROUP_SKB,
	 BPF_CGROUP_INET_INGRESS,
	 BPF_CGROUP_INET_INGRESS,
	 -1,
	 0,
	 {EBADF},
	 NET_CAPS,
	 1},
	{"netns",
	 BPF_PROG_TYPE_FLOW_DISSECTOR,
	 BPF_FLOW_DISSECTOR,
	 BPF_FLOW_DISSECTOR,
	 -1,
	 0,
	 {EBADF},
	 NET_CAPS,
	 0},
	{"sockmap",
	 BPF_PROG_TYPE_SK_MSG,
	 BPF_SK_MSG_VERDICT,
	 BPF_SK_MSG_VERDICT,
	 -1,
	 0,
	 {EBADF},
	 NET_CAPS,
	 1},
	{"perf_event", BPF_PROG_TYPE_TRACEPOINT, 0, 41, -1, 0, {EBADF}, LINK_CAPS, 0},
	{"xdp",
	 BPF_PROG_TYPE_XDP,
	 37,
	 37,
	 LOOPBACK,
	 DRIVER_MODE,
	 {EOPNOTSUPP, EBUSY, EEXIST},
	 NET_CAPS,
	 2},
	{"netfilter", 32, 45, 45, 0, 0, {EAFNOSUPPORT}, NET_CAPS, 1},
	{"tcx", BPF_PROG_TYPE_SCHED_CLS, 0, 46, 0, 0, {ENODEV}, NET_CAPS, 0},
	{"netkit", BPF_PROG_TYPE_SCHED_CLS, 0, 54, 0, 0, {ENODEV}, NET_CAPS, 0},
};

static struct featsel_answer unsupported(struct live *live, const char *name, int error)
{
	return answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
			   CALL ": %s for %s", errno_name(error), name);
}

/* A program that passes everything. */
static int load(struct live *live, const struct link_row *row)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = row->result},
		{.code = BPF_JMP | BPF_EXIT},
	};
	struct prog_probe probe = {
		.type = row->prog_type,
		.attach_type = row->load_type,
		.insns = insns,
		.n_insns = ARRAY_SIZE(insns),
		.log_level = PROBE_LOG,
	};

	return live->kernel->ops->prog_load(live->kernel, &probe, live->log, LIVE_LOG_SIZE);
}

int link_harmless_program(struct live *live, const char *kind)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, kind) == 0)
			return load(live, &rows[i]);
	return -ENOENT;
}

static struct featsel_answer judge(struct live *live, const struct link_row *row, int result)
{
	for (size_t i = 0; i < ARRAY_SIZE(row->errors); i++)
		if (row->errors[i] && result == -row->errors[i])
			return answer_yes(live->arena, CALL ": %s for %s, the target was looked at",
					  errno_name(result), row->name);
	if (result == -EINVAL || result == -EOPNOTSUPP)
		return unsupported(live, row->name, result);
	if (errno_is_refusal(result))
		return live_refused(live, result, row->caps, CALL);
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
			   CALL ": %s for %s", errno_name(result), row->name);
}

static struct featsel_answer probe_row(struct live *live, const struct link_row *row)
{
	struct link_probe link = {
		.attach_type = row->attach_type, .target_fd = row->target, .flags = row->flags};
	int fd, program = load(live, row);

	if (program < 0)
		return host_load_failure(live, program, live->log, row->prog_type, row->load_type);
	link.prog_fd = program;
	fd = live->kernel->ops->link_create(live->kernel, &link);
	live->kernel->ops->close(live->kernel, program);
	if (fd < 0)
		return judge(live, row, fd);
	live->kernel->ops->close(live->kernel, fd);
	return answer_yes(live->arena, CALL ": %s created", row->name);
}

static struct featsel_answer host_answer_text(struct live *live, const char *text)
{
	const struct feature *feature;

	if (feature_parse(live->arena, text, &feature, NULL) < 0)
		return live_no_memory(live);
	return host_answer(live->host, feature);
}

/*
 * Since 5.7 (70ed506c3bbc) the descriptor of a raw tracepoint or of a tracing program is a link;
 * the same series brought BPF_LINK_CREATE, which looks at its program (EBADF) where an older bpf(2)
 * does not know the command (EINVAL).
 */
static struct featsel_answer of_tracepoints(struct live *live, const char *name,
					    const char *prog_type)
{
	struct link_probe link = {.prog_fd = -1, .target_fd = -1};
	struct featsel_answer answer = host_answer_text(live, prog_type);
	int err;

	if (answer.verdict != FEATSEL_YES)
		return answer;
	err = live->kernel->ops->link_create(live->kernel, &link);
	if (err == -EBADF)
		return answer_yes(live->arena, CALL ": EBADF, the command is known; %s", prog_type);
	if (err == -EINVAL)
		return unsupported(live, name, err);
	if (errno_is_refusal(err))
		return live_refused(live, err, LINK_CAPS, CALL);
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL, CALL ": %s",
			   errno_name(err));
}

static struct featsel_answer raw_tracepoint(struct live *live, const char *name)
{
	return of_tracepoints(live, name, "prog_type:raw_tracepoint");
}

static struct featsel_answer tracing(struct live *live, const char *name)
{
	return of_tracepoints(live, name, "prog_type:tracing");
}

/* The link to the task iterator (5.8) is created for real; it runs nothing until it is read. */
static struct featsel_answer iter(struct live *live, const char *name)
{
	(void)name;
	return host_answer_text(live, "attach:iter/task");
}

/* The probe of the attach target creates the link on a function that nothing calls. */
static struct featsel_answer kprobe_multi(struct live *live, const char *name)
{
	(void)name;
	return host_answer_text(live, "attach:kprobe.multi/bpf_fentry_test1");
}

/* An attach type of the kernel's own enum: absent is a sure no. */
static struct featsel_answer attach_type_known(struct live *live, const char *name,
					       const char *enumerator)
{
	struct kernel_btf *btf = live_btf(live);
	int64_t value;

	if (!btf)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_BTF_MISSING, NULL,
				   "no kernel BTF to look %s up in", enumerator);
	if (kernel_btf_enumerator(btf, "bpf_attach_type", enumerator, &value) == 0)
		return answer_yes(live->arena, "kernel BTF: %s = %lld", enumerator,
				  (long long)value);
	return kernel_btf_damage(btf)
		       ? answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				     "kernel BTF is damaged")
		       : answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
				     "kernel BTF: %s has no %s", name, enumerator);
}

/* 6.6; built wherever uprobes are, which the PMU shows. */
static struct featsel_answer uprobe_multi(struct live *live, const char *name)
{
	struct featsel_answer answer = attach_type_known(live, name, "BPF_TRACE_UPROBE_MULTI");
	long type;
	int err;

	if (answer.verdict != FEATSEL_YES)
		return answer;
	err = live_number(live, "/sys/bus/event_source/devices/uprobe/type", &type);
	if (err == 0)
		return answer_yes(live->arena, "%s, and uprobes are built", answer.evidence);
	return answer_make(live->arena, err == -ENOENT ? FEATSEL_NO : FEATSEL_UNKNOWN,
			   REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
			   "/sys/bus/event_source/devices/uprobe/type: %s", errno_name(err));
}

/* 6.4 (68b04864ca42) brought the attach type together with the link. */
static struct featsel_answer struct_ops(struct live *live, const char *name)
{
	struct featsel_answer answer = host_answer_text(live, "prog_type:struct_ops");

	return answer.verdict == FEATSEL_YES ? attach_type_known(live, name, "BPF_STRUCT_OPS")
					     : answer;
}

static const struct {
	const char *name;
	struct featsel_answer (*probe)(struct live *live, const char *name);
} others[] = {
	{"raw_tracepoint", raw_tracepoint},
	{"tracing", tracing},
	{"iter", iter},
	{"kprobe_multi", kprobe_multi},
	{"uprobe_multi", uprobe_multi},
	{"struct_ops", struct_ops},
};

/* Newer than the tables: absence from the kernel's own enum is a sure no, but its presence does not
 * mean that the kind is built. */
static struct featsel_answer unheard_of(struct live *live, const char *name)
{
	struct kernel_btf *btf = live_btf(live);
	char *enumerator = arena_printf(live->arena, "BPF_LINK_TYPE_%s", name);
	int64_t value;

	for (char *c = enumerator; c && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	if (btf && enumerator &&
	    kernel_btf_enumerator(btf, "bpf_link_type", enumerator, &value) == -ENOENT &&
	    !kernel_btf_damage(btf))
		return answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
				   "kernel BTF: no %s", enumerator);
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
			   "no way to ask for a link of kind '%s'", name);
}

struct featsel_answer probe_link(struct live *live, const struct feature *feature)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, feature->name) == 0)
			return probe_row(live, &rows[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcmp(others[i].name, feature->name) == 0)
			return others[i].probe(live, feature->name);
	return unheard_of(live, feature->name);
}
