/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach-type.c - attach types: a table with the cheapest test for each
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "host/private.h"

/* No kernel will have it. */
#define ATTACH_NONSENSE 0x7fff

struct attach_row;
typedef struct featsel_answer (*attach_probe)(struct live *live, const struct feature *feature,
					      const struct attach_row *row);

struct attach_row {
	attach_probe probe;
	int prog_type;
	int companion; /* a link or map type that must exist as well */
	const char *enumerator;
};

static struct featsel_answer ask_number(struct live *live, enum feature_kind kind, int number)
{
	const struct feature *feature = feature_of(live->arena, kind, -1, number);

	if (!feature)
		return live_no_memory(live);
	return host_answer(live->host, feature);
}

/* The attach type is as old as the program type and is not checked at load. */
static struct featsel_answer attach_by_type(struct live *live, const struct feature *feature,
					    const struct attach_row *row)
{
	struct featsel_answer answer = ask_number(live, FEATURE_PROG_TYPE, row->prog_type);

	(void)feature;
	if (answer.verdict != FEATSEL_YES)
		return answer;
	return answer_yes(live->arena, "as old as program type %s, which loads",
			  names_name(VOCABULARY_PROG_TYPE, row->prog_type));
}

static struct featsel_answer attach_unsupported(struct live *live, const struct attach_row *row,
						int error)
{
	struct featsel_answer type;
	const struct variant variant = {.prog_type = row->prog_type};

	if ((error != -EINVAL && error != -E2BIG) || verifier_sentence(live->arena, live->log)[0])
		return variant_failure(live, &variant, error);
	type = ask_number(live, FEATURE_PROG_TYPE, row->prog_type);
	if (type.verdict != FEATSEL_YES)
		return type;
	return answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
			   "bpf(BPF_PROG_LOAD): %s; other attach types of %s load",
			   errno_name(error), names_name(VOCABULARY_PROG_TYPE, row->prog_type));
}

/* Since 4.17 (5e43f899b03a) the kernel checks the expected attach type of these at load: EINVAL. */
static struct featsel_answer attach_by_load(struct live *live, const struct feature *feature,
					    const struct attach_row *row)
{
	const struct variant variant = {.prog_type = row->prog_type,
					.attach_type = feature->number};
	int fd = variant_load_smallest(live, &variant);

	if (fd < 0)
		return attach_unsupported(live, row, fd);
	live->kernel->ops->close(live->kernel, fd);
	return answer_yes(live->arena, "bpf(BPF_PROG_LOAD): loads with this attach type");
}

/*
 * Types whose attach type only newer kernels check (sk_reuseport: 5.14): an impossible attach type
 * must be refused.
 */
static struct featsel_answer attach_by_checked_load(struct live *live,
						    const struct feature *feature,
						    const struct attach_row *row)
{
	const struct variant nonsense = {.prog_type = row->prog_type,
					 .attach_type = ATTACH_NONSENSE};
	int fd = variant_load_smallest(live, &nonsense);

	if (fd < 0)
		return attach_by_load(live, feature, row);
	live->kernel->ops->close(live->kernel, fd);
	return answer_make(
		live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
		"bpf(BPF_PROG_LOAD): loads with attach type %d as well: this kernel does not look",
		ATTACH_NONSENSE);
}

/* Loads with a real target. EPERM with an empty log: a policy refuses just this attach type. */
static struct featsel_answer attach_by_target(struct live *live, const struct feature *feature,
					      const struct attach_row *row)
{
	struct featsel_answer answer;
	struct variant variant = {.prog_type = row->prog_type,
				  .attach_type = feature->number,
				  .target = row->companion};

	answer = variant_answer(live, &variant);
	if (answer.verdict == FEATSEL_NO && strcmp(answer.reason, "type-unsupported") == 0 &&
	    live->btf)
		answer = answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
				     "%s", answer.evidence);
	return answer;
}

/*
 * kprobe.multi programs load on every kernel. A link on a name at an address that cannot be read:
 * EFAULT if the kernel reads it (5.18, 0dcac2725406), EINVAL if it does not know the attach
 * type, EOPNOTSUPP without CONFIG_FPROBE.
 */
static struct featsel_answer attach_by_symbols(struct live *live, const struct feature *feature,
					       const struct attach_row *row)
{
	const char *const unreadable[] = {NULL};
	struct link_probe probe = {
		.attach_type = feature->number, .symbols = unreadable, .n_symbols = 1};
	int fd;

	probe.prog_fd = host_minimal_program(live, row->prog_type, feature->number, 0);
	if (probe.prog_fd < 0)
		return attach_unsupported(live, row, probe.prog_fd);
	fd = live->kernel->ops->link_create(live->kernel, &probe);
	if (fd >= 0)
		live->kernel->ops->close(live->kernel, fd);
	if (fd >= 0 || fd == -EFAULT)
		return answer_yes(
			live->arena,
			"bpf(BPF_LINK_CREATE) with an unreadable symbol: EFAULT, so it is read");
	if (errno_is_refusal(fd))
		return live_refused(live, fd, prog_type_caps(row->prog_type),
				    "bpf(BPF_LINK_CREATE)");
	if (fd == -EINVAL || fd == -EOPNOTSUPP || fd == -E2BIG)
		return answer_make(
			live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
			"bpf(BPF_LINK_CREATE) with an unreadable symbol: %s instead of EFAULT",
			errno_name(fd));
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
			   "bpf(BPF_LINK_CREATE): %s", errno_name(fd));
}

static struct featsel_answer attach_by_link(struct live *live, const struct feature *feature,
					    const struct attach_row *row)
{
	struct featsel_answer answer = ask_number(live, FEATURE_LINK, row->companion);

	(void)feature;
	return answer;
}

/* Only an xdp program for devmaps may read egress_ifindex (5.8, 64b59025c15b): "invalid bpf_context
 * access" before. */
static struct featsel_answer attach_by_context(struct live *live, const struct feature *feature,
					       const struct attach_row *row)
{
	static const struct bpf_insn reads[] = {
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .dst_reg = BPF_REG_0,
		 .src_reg = BPF_REG_1,
		 .off = 20},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	const struct variant variant = {.prog_type = row->prog_type,
					.attach_type = feature->number};
	int fd = variant_load(live, &variant, reads, ARRAY_SIZE(reads));

	if (fd >= 0) {
		live->kernel->ops->close(live->kernel, fd);
		return answer_yes(live->arena,
				  "bpf(BPF_PROG_LOAD): may read xdp_md.egress_ifindex");
	}
	if (strstr(live->log, "invalid bpf_context access"))
		return answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
				   "bpf(BPF_PROG_LOAD): %s, log: %s", errno_name(fd),
				   verifier_sentence(live->arena, live->log));
	return attach_unsupported(live, row, fd);
}

/* Since 5.9 (9216477449f3) the value of a cpumap has room for a program: 8 bytes, EINVAL before. */
static struct featsel_answer attach_by_cpumap(struct live *live, const struct feature *feature,
					      const struct attach_row *row)
{
	const struct map_probe probe = {.type = BPF_MAP_TYPE_CPUMAP,
					.key_size = 4,
					.value_size = 8,
					.max_entries = 1,
					.inner_fd = -1};
	struct featsel_answer plain;
	int fd = live->kernel->ops->map_create(live->kernel, &probe);

	(void)feature;
	(void)row;
	if (fd >= 0) {
		live->kernel->ops->close(live->kernel, fd);
		return answer_yes(
			live->arena,
			"bpf(BPF_MAP_CREATE): a cpumap with room for programs is created");
	}
	if (fd != -EINVAL)
		return live_refused(live, fd, CAP_BPF_MASK | CAP_NET_ADMIN_MASK,
				    "bpf(BPF_MAP_CREATE)");
	plain = ask_number(live, FEATURE_MAP_TYPE, BPF_MAP_TYPE_CPUMAP);
	if (plain.verdict != FEATSEL_YES)
		return plain;
	return answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
			   "bpf(BPF_MAP_CREATE): EINVAL for a cpumap with room for programs");
}

/*
 * Only attaching would tell. But if the kernel's BTF has the number, and what it attaches to
 * exists, both came with the same commit and configuration.
 */
static struct featsel_answer attach_by_enumerator(struct live *live, const struct feature *feature,
						  const struct attach_row *row)
{
	struct featsel_answer answer;
	int number;

	answer = enumerator_answer(live, "bpf_attach_type", "BPF_", feature->name,
				   REASON_ATTACH_TYPE_UNSUPPORTED, &number);
	if (answer.verdict == FEATSEL_NO || !live->btf || !row->enumerator)
		return answer;
	answer = ask_number(
		live, row->prog_type == BPF_PROG_TYPE_SK_SKB ? FEATURE_MAP_TYPE : FEATURE_LINK,
		row->companion);
	if (answer.verdict != FEATSEL_YES)
		return answer;
	answer = ask_number(live, FEATURE_PROG_TYPE, row->prog_type);
	if (answer.verdict != FEATSEL_YES)
		return answer;
	return answer_yes(live->arena,
			  "/sys/kernel/btf/vmlinux has %s, and what it came with is there: %s",
			  row->enumerator, names_name(VOCABULARY_PROG_TYPE, row->prog_type));
}

#define BY_TYPE(type)                                         \
	{                                                     \
		attach_by_type, BPF_PROG_TYPE_##type, 0, NULL \
	}
#define BY_LOAD(type)                                         \
	{                                                     \
		attach_by_load, BPF_PROG_TYPE_##type, 0, NULL \
	}
#define BY_TARGET(type, target)                                               \
	{                                                                     \
		attach_by_target, BPF_PROG_TYPE_##type, TARGET_##target, NULL \
	}
#define BY_SYMBOLS                                               \
	{                                                        \
		attach_by_symbols, BPF_PROG_TYPE_KPROBE, 0, NULL \
	}
#define BY_LINK(type, link)                                      \
	{                                                        \
		attach_by_link, BPF_PROG_TYPE_##type, link, NULL \
	}

enum {
	LINK_XDP = 6,
	LINK_PERF_EVENT = 7,
	LINK_STRUCT_OPS = 9,
	LINK_TCX = 11,
	LINK_UPROBE_MULTI = 12,
	LINK_NETKIT = 13,
};

static const struct attach_row attach_rows[] = {
	[0] = BY_TYPE(CGROUP_SKB), /* cgroup_inet_ingress */
	[1] = BY_TYPE(CGROUP_SKB),
	[2] = BY_LOAD(CGROUP_SOCK), /* cgroup_inet_sock_create */
	[3] = BY_TYPE(SOCK_OPS),
	[4] = BY_TYPE(SK_SKB), /* sk_skb_stream_parser */
	[5] = BY_TYPE(SK_SKB),
	[6] = BY_TYPE(CGROUP_DEVICE),
	[7] = BY_TYPE(SK_MSG),
	[8] = BY_LOAD(CGROUP_SOCK_ADDR), /* cgroup_inet4_bind */
	[9] = BY_LOAD(CGROUP_SOCK_ADDR),
	[10] = BY_LOAD(CGROUP_SOCK_ADDR),
	[11] = BY_LOAD(CGROUP_SOCK_ADDR),
	[12] = BY_LOAD(CGROUP_SOCK), /* cgroup_inet4_post_bind */
	[13] = BY_LOAD(CGROUP_SOCK),
	[14] = BY_LOAD(CGROUP_SOCK_ADDR), /* cgroup_udp4_sendmsg */
	[15] = BY_LOAD(CGROUP_SOCK_ADDR),
	[16] = BY_TYPE(LIRC_MODE2),
	[17] = BY_TYPE(FLOW_DISSECTOR),
	[18] = BY_TYPE(CGROUP_SYSCTL),
	[19] = BY_LOAD(CGROUP_SOCK_ADDR), /* cgroup_udp4_recvmsg */
	[20] = BY_LOAD(CGROUP_SOCK_ADDR),
	[21] = BY_LOAD(CGROUP_SOCKOPT),
	[22] = BY_LOAD(CGROUP_SOCKOPT),
	[23] = BY_TARGET(TRACING, TRACEPOINT), /* trace_raw_tp */
	[24] = BY_TARGET(TRACING, FUNCTION),   /* trace_fentry */
	[25] = BY_TARGET(TRACING, FUNCTION),
	[26] = BY_TARGET(TRACING, MODIFIABLE), /* modify_return */
	[27] = BY_TARGET(LSM, HOOK),
	[28] = BY_TARGET(TRACING, ITERATOR),
	[29] = BY_LOAD(CGROUP_SOCK_ADDR), /* cgroup_inet4_getpeername */
	[30] = BY_LOAD(CGROUP_SOCK_ADDR),
	[31] = BY_LOAD(CGROUP_SOCK_ADDR),
	[32] = BY_LOAD(CGROUP_SOCK_ADDR),
	[33] = {attach_by_context, BPF_PROG_TYPE_XDP, 0, NULL}, /* xdp_devmap */
	[34] = BY_LOAD(CGROUP_SOCK),				/* cgroup_inet_sock_release */
	[35] = {attach_by_cpumap, BPF_PROG_TYPE_XDP, 0, NULL},	/* xdp_cpumap */
	[36] = BY_LOAD(SK_LOOKUP),
	[37] = BY_LINK(XDP, LINK_XDP),
	[38] = {attach_by_enumerator, BPF_PROG_TYPE_SK_SKB, BPF_MAP_TYPE_SOCKMAP,
		"BPF_SK_SKB_VERDICT"},
	[39] = {attach_by_checked_load, BPF_PROG_TYPE_SK_REUSEPORT, 0, NULL},
	[40] = {attach_by_checked_load, BPF_PROG_TYPE_SK_REUSEPORT, 0, NULL},
	[41] = BY_LINK(PERF_EVENT, LINK_PERF_EVENT),
	[42] = BY_SYMBOLS,	     /* trace_kprobe_multi */
	[43] = BY_TARGET(LSM, HOOK), /* lsm_cgroup */
	[44] = BY_LINK(STRUCT_OPS, LINK_STRUCT_OPS),
	[45] = {attach_by_load, PROG_TYPE_NETFILTER, 0, NULL},
	[46] = BY_LINK(SCHED_CLS, LINK_TCX),
	[47] = BY_LINK(SCHED_CLS, LINK_TCX),
	[48] = BY_LINK(KPROBE, LINK_UPROBE_MULTI),
	[49] = BY_LOAD(CGROUP_SOCK_ADDR), /* cgroup_unix_connect */
	[50] = BY_LOAD(CGROUP_SOCK_ADDR),
	[51] = BY_LOAD(CGROUP_SOCK_ADDR),
	[52] = BY_LOAD(CGROUP_SOCK_ADDR),
	[53] = BY_LOAD(CGROUP_SOCK_ADDR),
	[54] = BY_LINK(SCHED_CLS, LINK_NETKIT),
	[55] = BY_LINK(SCHED_CLS, LINK_NETKIT),
	[56] = BY_SYMBOLS, /* trace_kprobe_session */
	[57] = {attach_by_enumerator, BPF_PROG_TYPE_KPROBE, LINK_UPROBE_MULTI,
		"BPF_TRACE_UPROBE_SESSION"},
	[58] = BY_TARGET(TRACING, FUNCTION),			       /* trace_fsession */
	[59] = {attach_by_enumerator, BPF_PROG_TYPE_TRACING, 0, NULL}, /* the *_multi of 7.2 */
	[60] = {attach_by_enumerator, BPF_PROG_TYPE_TRACING, 0, NULL},
	[61] = {attach_by_enumerator, BPF_PROG_TYPE_TRACING, 0, NULL},
};

struct featsel_answer probe_attach_type(struct live *live, const struct feature *feature)
{
	static const struct attach_row unlisted = {attach_by_enumerator, -1, 0, NULL};
	const struct attach_row *row = &unlisted;

	if (feature->number >= 0 && feature->number < (int)ARRAY_SIZE(attach_rows) &&
	    attach_rows[feature->number].probe)
		row = &attach_rows[feature->number];
	return row->probe(live, feature, row);
}
