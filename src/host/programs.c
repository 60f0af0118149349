/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * programs.c - the smallest program of each type, loaded in every way that the type has;
 * calibration; program types
 *
 * Every question is a load of the smallest program that can tell, and the answer is what the kernel
 * said to it. EINVAL alone says nothing: it is believed only because a control worked, and read
 * together with the verifier's log.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdlib.h>

#include "host/private.h"

/* Newer than the oldest headers that featsel builds with. */
enum { ATTACH_NETFILTER = 45 };

/* ---- what programs are attached to ---- */

struct resolved {
	bool done;
	int error; /* -ESRCH: none, -ENODATA: cannot be looked up */
	uint32_t btf_id;
	int prog_fd;	 /* ext: the program to replace */
	int attach_type; /* struct_ops: the member, -1 if the variant's holds */
};

/* Kernel types that exist wherever their kind of program does; the first that is found is used. */
static const struct {
	int kind; /* BTF_KIND_*, 0: not looked up in the kernel's BTF */
	const char *names[4];
} targets[] = {
	[TARGET_NONE] = {0, {NULL}},
	[TARGET_TRACEPOINT] = {BTF_KIND_TYPEDEF, {"btf_trace_sched_switch", "btf_trace_sys_enter"}},
	[TARGET_ITERATOR] = {BTF_KIND_FUNC, {"bpf_iter_task", "bpf_iter_bpf_map"}},
	[TARGET_SOCKET_ITERATOR] = {BTF_KIND_FUNC, {"bpf_iter_tcp"}},
	[TARGET_FUNCTION] = {BTF_KIND_FUNC,
			     {"vm_mmap_pgoff", "ksys_mmap_pgoff", "vfs_open", "do_exit"}},
	[TARGET_HOOK] = {BTF_KIND_FUNC, {"bpf_lsm_file_open"}},
	[TARGET_MODIFIABLE] = {BTF_KIND_FUNC, {"security_file_open", "bpf_modify_return_test"}},
	[TARGET_STRUCT_OPS] = {BTF_KIND_STRUCT, {"tcp_congestion_ops"}},
	[TARGET_XDP_PROGRAM] = {0, {NULL}},
	[TARGET_TC_PROGRAM] = {0, {NULL}},
};
_Static_assert(ARRAY_SIZE(targets) == TARGET_COUNT, "every target has its row");

/*
 * Grouped by type, in the order of preference. The tracing types come more than once since the
 * kernel hands out helpers by what a program is attached to, and by whether it may sleep. Of the
 * attach types of cgroup_sockopt and cgroup_sock_addr the one that has all helpers of the others is
 * taken.
 */
static const struct variant variants[] = {
	{.prog_type = BPF_PROG_TYPE_SOCKET_FILTER},
	{.prog_type = BPF_PROG_TYPE_KPROBE},
	{.prog_type = BPF_PROG_TYPE_KPROBE, .flags = BPF_F_SLEEPABLE, .offers = OFFERS_SLEEP},
	{.prog_type = BPF_PROG_TYPE_SCHED_CLS},
	{.prog_type = BPF_PROG_TYPE_SCHED_ACT},
	{.prog_type = BPF_PROG_TYPE_TRACEPOINT},
	{.prog_type = BPF_PROG_TYPE_XDP},
	{.prog_type = BPF_PROG_TYPE_PERF_EVENT},
	{.prog_type = BPF_PROG_TYPE_CGROUP_SKB},
	{.prog_type = BPF_PROG_TYPE_CGROUP_SOCK, .attach_type = BPF_CGROUP_INET_SOCK_CREATE},
	{.prog_type = BPF_PROG_TYPE_LWT_IN},
	{.prog_type = BPF_PROG_TYPE_LWT_OUT},
	{.prog_type = BPF_PROG_TYPE_LWT_XMIT},
	{.prog_type = BPF_PROG_TYPE_SOCK_OPS},
	{.prog_type = BPF_PROG_TYPE_SK_SKB},
	{.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .attach_type = BPF_CGROUP_DEVICE},
	{.prog_type = BPF_PROG_TYPE_SK_MSG},
	{.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT},
	{.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR, .attach_type = BPF_CGROUP_INET4_CONNECT},
	{.prog_type = BPF_PROG_TYPE_LWT_SEG6LOCAL},
	{.prog_type = BPF_PROG_TYPE_LIRC_MODE2},
	{.prog_type = BPF_PROG_TYPE_SK_REUSEPORT},
	{.prog_type = BPF_PROG_TYPE_FLOW_DISSECTOR},
	{.prog_type = BPF_PROG_TYPE_CGROUP_SYSCTL, .attach_type = BPF_CGROUP_SYSCTL},
	{.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE},
	{.prog_type = BPF_PROG_TYPE_CGROUP_SOCKOPT, .attach_type = BPF_CGROUP_SETSOCKOPT},
	{.prog_type = BPF_PROG_TYPE_TRACING,
	 .attach_type = BPF_TRACE_RAW_TP,
	 .target = TARGET_TRACEPOINT},
	{.prog_type = BPF_PROG_TYPE_TRACING,
	 .attach_type = BPF_TRACE_ITER,
	 .target = TARGET_ITERATOR},
	{.prog_type = BPF_PROG_TYPE_TRACING,
	 .attach_type = BPF_TRACE_ITER,
	 .target = TARGET_ITERATOR,
	 .flags = BPF_F_SLEEPABLE,
	 .offers = OFFERS_SLEEP},
	{.prog_type = BPF_PROG_TYPE_TRACING,
	 .attach_type = BPF_TRACE_ITER,
	 .target = TARGET_SOCKET_ITERATOR,
	 .offers = OFFERS_SOCKETS},
	{.prog_type = BPF_PROG_TYPE_TRACING,
	 .attach_type = BPF_TRACE_FENTRY,
	 .target = TARGET_FUNCTION,
	 .offers = OFFERS_FUNCTION},
	{.prog_type = BPF_PROG_TYPE_STRUCT_OPS, .target = TARGET_STRUCT_OPS, .partial = true},
	{.prog_type = BPF_PROG_TYPE_EXT, .target = TARGET_XDP_PROGRAM, .partial = true},
	{.prog_type = BPF_PROG_TYPE_EXT, .target = TARGET_TC_PROGRAM, .partial = true},
	{.prog_type = BPF_PROG_TYPE_LSM, .attach_type = BPF_LSM_MAC, .target = TARGET_HOOK},
	{.prog_type = BPF_PROG_TYPE_LSM,
	 .attach_type = BPF_LSM_MAC,
	 .target = TARGET_HOOK,
	 .flags = BPF_F_SLEEPABLE,
	 .offers = OFFERS_SLEEP},
	{.prog_type = BPF_PROG_TYPE_SK_LOOKUP, .attach_type = BPF_SK_LOOKUP},
	{.prog_type = BPF_PROG_TYPE_SYSCALL, .flags = BPF_F_SLEEPABLE},
	{.prog_type = PROG_TYPE_NETFILTER, .attach_type = ATTACH_NETFILTER},
};

const struct variant *variants_of(int prog_type, size_t *n)
{
	size_t first, end;

	for (first = 0; first < ARRAY_SIZE(variants) && variants[first].prog_type != prog_type;
	     first++)
		;
	for (end = first; end < ARRAY_SIZE(variants) && variants[end].prog_type == prog_type; end++)
		;
	*n = end - first;
	return &variants[first];
}

/* ---- loading ---- */

static const struct bpf_insn minimal[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	{.code = BPF_JMP | BPF_EXIT},
};

/* Some attach types of sockets' addresses (recvmsg, getpeername) may return nothing but 1. */
static const struct bpf_insn minimal_one[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
	{.code = BPF_JMP | BPF_EXIT},
};

/* Reads an argument which next to no tracepoint has: see probe_raw_tracepoint(). */
static const struct bpf_insn minimal_raw[] = {
	{.code = BPF_LDX | BPF_MEM | BPF_DW,
	 .dst_reg = BPF_REG_0,
	 .src_reg = BPF_REG_1,
	 .off = RAW_TRACEPOINT_LAST_ARGUMENT * 8},
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	{.code = BPF_JMP | BPF_EXIT},
};

struct code {
	const struct bpf_insn *insns;
	size_t n;
};

static struct code minimal_of(int prog_type)
{
	if (prog_type == BPF_PROG_TYPE_CGROUP_SOCK_ADDR)
		return (struct code){minimal_one, ARRAY_SIZE(minimal_one)};
	if (prog_type == BPF_PROG_TYPE_RAW_TRACEPOINT)
		return (struct code){minimal_raw, ARRAY_SIZE(minimal_raw)};
	return (struct code){minimal, ARRAY_SIZE(minimal)};
}

int variant_load_smallest(struct live *live, const struct variant *variant)
{
	struct code code = minimal_of(variant->prog_type);

	return variant_load(live, variant, code.insns, code.n);
}

struct loaded {
	int prog_type, attach_type;
	uint32_t btf_id;
	int fd;
};

struct host_programs *host_programs(struct live *live)
{
	if (live->programs)
		return live->programs;
	live->programs = calloc(1, sizeof(*live->programs));
	if (live->programs) {
		live->programs->array_fd = -1;
		live->programs->helper_end = INT32_MAX;
	}
	return live->programs;
}

static void close_if_open(struct live *live, int fd)
{
	if (fd > 0)
		live->kernel->ops->close(live->kernel, fd);
}

void host_programs_close(struct live *live)
{
	struct host_programs *programs = live->programs;
	struct loaded *loaded;
	size_t i;

	if (!programs)
		return;
	loaded = programs->loaded.items;
	for (i = 0; i < programs->loaded.count; i++)
		close_if_open(live, loaded[i].fd);
	for (i = 0; i < ARRAY_SIZE(programs->replaced); i++) {
		close_if_open(live, programs->replaced[i]);
		close_if_open(live, programs->replaced_btf[i]);
		programs->replaced[i] = 0;
		programs->replaced_btf[i] = 0;
	}
	close_if_open(live, programs->array_fd);
	close_if_open(live, programs->btf_fd);
	programs->array_fd = -1;
	programs->btf_fd = 0;
	vec_free(&programs->loaded);
	vec_free(&programs->targets);
}

void host_programs_free(struct live *live)
{
	host_programs_close(live);
	if (live->programs) {
		vec_free(&live->programs->expected);
		vec_free(&live->programs->surveys);
	}
	free(live->programs);
	live->programs = NULL;
}

/*
 * BTF of a program of one function that takes the context of @context: what an ext program and the
 * program it replaces have to agree on.
 */
static int load_function_btf(struct live *live, const char *context)
{
	static const uint32_t types[] = {
		BTF_OF_INT,
		BTF_ROW(5, BTF_KIND_STRUCT << 24, 4),		    /* 2: struct CONTEXT */
		BTF_ROW(0, BTF_KIND_PTR << 24, 2),		    /* 3: pointer to it */
		BTF_ROW(0, BTF_KIND_FUNC_PROTO << 24 | 1, 1, 1, 3), /* 4: int (struct CONTEXT *) */
		BTF_ROW(1, BTF_KIND_FUNC << 24 | BTF_FUNC_GLOBAL, 4), /* 5: the function */
	};

	return live_load_btf(live, types, sizeof(types), context);
}

static int function_btf(struct live *live, int which, const char *context)
{
	int *btf = &live->programs->replaced_btf[which];

	if (!*btf)
		*btf = load_function_btf(live, context);
	return *btf;
}

int host_function_btf(struct live *live)
{
	return host_programs(live) ? function_btf(live, 0, "xdp_md") : -ENOMEM;
}

/* A program with BTF of its own to replace. An ext program of the same shape is loaded with the
 * same BTF. */
static int load_replaced(struct live *live, int which)
{
	static const struct {
		int prog_type;
		const char *context;
	} rows[] = {{BPF_PROG_TYPE_XDP, "xdp_md"}, {BPF_PROG_TYPE_SCHED_CLS, "__sk_buff"}};
	struct host_programs *programs = live->programs;
	struct prog_probe probe = {.type = rows[which].prog_type,
				   .insns = minimal,
				   .n_insns = ARRAY_SIZE(minimal),
				   .function = FUNCTION_BTF_ID,
				   .log_level = PROBE_LOG};

	int btf = function_btf(live, which, rows[which].context);

	if (btf < 0)
		return btf;
	probe.btf_fd = (uint32_t)btf;
	if (!programs->replaced[which])
		programs->replaced[which] = live->kernel->ops->prog_load(live->kernel, &probe,
									 live->log, LIVE_LOG_SIZE);
	return programs->replaced[which];
}

/*
 * The type id of the first of the target's names that the kernel has; one is as good as another, so
 * rather one that somebody asked for before: a walk to the last functions takes a millisecond.
 */
static int find_target(struct live *live, enum target target, uint32_t *ret)
{
	const char *const *names = targets[target].names;
	const size_t most = ARRAY_SIZE(targets[target].names);
	struct kernel_btf *btf = live_btf(live);
	size_t i;

	if (!btf)
		return live->btf_error == -ENOENT ? -ESRCH : -ENODATA;
	*ret = 0;
	for (i = 0; i < most && names[i] && !*ret; i++)
		*ret = kernel_btf_found(btf, targets[target].kind, names[i]);
	for (i = 0; i < most && names[i] && !*ret; i++)
		*ret = kernel_btf_find(btf, targets[target].kind, names[i]);
	if (*ret)
		return 0;
	return kernel_btf_damage(btf) ? -ENODATA : -ESRCH;
}

static int load_resolved(struct live *live, const struct variant *variant,
			 const struct resolved *resolved, const struct bpf_insn *insns, size_t n,
			 int log_level)
{
	struct prog_probe probe = {
		.type = variant->prog_type,
		.attach_type =
			resolved->attach_type >= 0 ? resolved->attach_type : variant->attach_type,
		.insns = insns,
		.n_insns = n,
		.attach_btf_id = resolved->btf_id,
		.attach_prog_fd = resolved->prog_fd,
		.flags = variant->flags,
		.log_level = log_level,
	};

	if (resolved->prog_fd) {
		probe.btf_fd =
			(uint32_t)
				live->programs->replaced_btf[variant->target - TARGET_XDP_PROGRAM];
		probe.function = FUNCTION_BTF_ID;
	}
	live->log[0] = '\0';
	return live->kernel->ops->prog_load(live->kernel, &probe, live->log, LIVE_LOG_SIZE);
}

/*
 * The first member that a program can implement: the attach type of struct_ops programs is a
 * member's index, and data members come first in some versions. "attach to unsupported member",
 * "attach to invalid member" pass to the next.
 */
static void find_member(struct live *live, struct resolved *resolved)
{
	const struct variant variant = {.prog_type = BPF_PROG_TYPE_STRUCT_OPS};
	int member, fd;

	for (member = 0; member < 16; member++) {
		resolved->attach_type = member;
		fd = load_resolved(live, &variant, resolved, minimal, ARRAY_SIZE(minimal), 1);
		close_if_open(live, fd);
		if (fd >= 0 || !strstr(live->log, "attach to "))
			return;
	}
}

static const struct resolved *resolve(struct live *live, enum target target)
{
	static const struct resolved none = {.attach_type = -1}, no_memory = {.error = -ENODATA};
	struct vec *all = &live->programs->targets;
	struct resolved *resolved;

	if (target == TARGET_NONE)
		return &none;
	while (all->count < TARGET_COUNT) {
		if (!vec_add(all, sizeof(*resolved)))
			return &no_memory;
	}
	resolved = (struct resolved *)all->items + target;
	if (resolved->done)
		return resolved;
	*resolved = (struct resolved){.done = true, .attach_type = -1};
	if (targets[target].kind) {
		resolved->error = find_target(live, target, &resolved->btf_id);
		if (!resolved->error && target == TARGET_STRUCT_OPS)
			find_member(live, resolved);
		return resolved;
	}
	resolved->prog_fd = load_replaced(live, (int)target - TARGET_XDP_PROGRAM);
	resolved->btf_id = FUNCTION_BTF_ID;
	if (resolved->prog_fd < 0)
		resolved->error = resolved->prog_fd;
	return resolved;
}

int variant_load(struct live *live, const struct variant *variant, const struct bpf_insn *insns,
		 size_t n)
{
	/* The log of a long program would not fit, and before 6.4 that is an error (ENOSPC) of its
	 * own. */
	return variant_load_logged(live, variant, insns, n, n <= 64 ? PROBE_LOG : 0);
}

int variant_load_logged(struct live *live, const struct variant *variant,
			const struct bpf_insn *insns, size_t n, int log_level)
{
	const struct resolved *resolved;

	live->log[0] = '\0';
	if (!host_programs(live))
		return -ENOMEM;
	resolved = resolve(live, variant->target);
	if (resolved->error)
		return resolved->error;
	return load_resolved(live, variant, resolved, insns, n, log_level);
}

/* Keep a loaded program for later probes of its kind; closed with the host. */
static int keep_loaded(struct live *live, int prog_type, int attach_type, uint32_t btf_id, int fd)
{
	struct loaded *loaded = vec_add(&live->programs->loaded, sizeof(*loaded));

	if (!loaded) {
		live->kernel->ops->close(live->kernel, fd);
		return -ENOMEM;
	}
	*loaded = (struct loaded){prog_type, attach_type, btf_id, fd};
	return fd;
}

static int kept(const struct host_programs *programs, int prog_type, int attach_type,
		uint32_t btf_id)
{
	const struct loaded *loaded = programs->loaded.items;
	size_t i;

	for (i = 0; i < programs->loaded.count; i++) {
		if (loaded[i].prog_type == prog_type && loaded[i].attach_type == attach_type &&
		    loaded[i].btf_id == btf_id)
			return loaded[i].fd;
	}
	return -ENOENT;
}

int host_minimal_program(struct live *live, int prog_type, int attach_type, uint32_t btf_id)
{
	struct variant wanted = {.prog_type = prog_type};
	const struct variant *variant;
	struct resolved resolved = {.btf_id = btf_id, .attach_type = -1};
	struct code code = minimal_of(prog_type);
	int fd;
	size_t n;

	live->log[0] = '\0';
	if (!host_programs(live))
		return -ENOMEM;
	fd = kept(live->programs, prog_type, attach_type, btf_id);
	if (fd >= 0)
		return fd;
	variant = variants_of(prog_type, &n);
	if (n)
		wanted = *variant;
	if (attach_type >= 0)
		wanted.attach_type = attach_type;
	if (!btf_id && attach_type < 0)
		fd = variant_load_smallest(live, &wanted);
	else
		fd = load_resolved(live, &wanted, &resolved, code.insns, code.n, 1);
	return fd < 0 ? fd : keep_loaded(live, prog_type, attach_type, btf_id, fd);
}

/* ---- what a failed load of a variant means ---- */

static const char *target_name(const struct variant *variant)
{
	const char *name = targets[variant->target].names[0];

	return name ? name : "a program to replace";
}

struct featsel_answer variant_failure(struct live *live, const struct variant *variant, int error)
{
	const char *sentence = verifier_sentence(live->arena, live->log);
	const char *type = names_name(VOCABULARY_PROG_TYPE, variant->prog_type);

	if (error == -ESRCH && live->btf_error == -ENOENT)
		return answer_make(live->arena, FEATSEL_NO, REASON_BTF_MISSING, NULL,
				   "/sys/kernel/btf/vmlinux: ENOENT");
	if (error == -ESRCH && !sentence[0])
		return answer_make(live->arena, FEATSEL_NO, REASON_TYPE_UNSUPPORTED, NULL,
				   "/sys/kernel/btf/vmlinux has no %s", target_name(variant));
	if (error == -ENODATA && !sentence[0])
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "%s cannot be looked up%s%s", target_name(variant),
				   live->btf_error ? ": /sys/kernel/btf/vmlinux: " : "",
				   live->btf_error ? errno_name(live->btf_error) : "");
	if (failure_is_refusal(error) && !sentence[0])
		return live_refused(live, error, prog_type_caps(variant->prog_type),
				    "bpf(BPF_PROG_LOAD)");
	/* An attribute that the kernel does not know yet is E2BIG; a type is EINVAL before the
	 * verifier can speak. */
	if ((error == -EINVAL || error == -E2BIG) && !sentence[0])
		return answer_make(
			live->arena, FEATSEL_NO, REASON_TYPE_UNSUPPORTED, NULL,
			"bpf(BPF_PROG_LOAD): %s, empty log, for type %s; socket_filter loads",
			errno_name(error), type ? type : "?");
	/* struct_ops without the struct, programs that only a JIT can run. */
	if (error == -ENOTSUPP_KERNEL || error == -EOPNOTSUPP)
		return answer_make(live->arena, FEATSEL_NO, REASON_TYPE_UNSUPPORTED, NULL,
				   "bpf(BPF_PROG_LOAD): %s, %s", errno_name(error),
				   sentence[0] ? sentence : "empty log");
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
			   "bpf(BPF_PROG_LOAD): %s, %s", errno_name(error),
			   sentence[0] ? sentence : "empty log");
}

/* ---- calibration ---- */

int host_array_map(struct live *live)
{
	const struct map_probe probe = {.type = BPF_MAP_TYPE_ARRAY,
					.key_size = 4,
					.value_size = 4,
					.max_entries = 1,
					.inner_fd = -1};

	if (!host_programs(live))
		return -ENOMEM;
	if (live->programs->array_fd < 0)
		live->programs->array_fd = live->kernel->ops->map_create(live->kernel, &probe);
	return live->programs->array_fd;
}

static void refuse(struct live *live, int error, const char *call)
{
	live->calibration = CALIBRATION_REFUSED;
	live->refusal = live_refused(live, error, CAP_BPF_MASK | CAP_PERFMON_MASK, call);
}

/*
 * The controls: an array map and a socket_filter program are in every kernel with bpf(2),
 * since 4.18 and before. If they are refused then no answer of the kernel counts as evidence of
 * absence.
 */
void host_calibrate_maps(struct live *live)
{
	int fd = host_array_map(live);

	live->calibration = CALIBRATION_BEGUN;
	if (fd < 0)
		refuse(live, fd, "bpf(BPF_MAP_CREATE)");
}

void host_calibrate(struct live *live)
{
	int fd;

	host_calibrate_maps(live);
	if (live->calibration == CALIBRATION_REFUSED)
		return;
	fd = host_minimal_program(live, BPF_PROG_TYPE_SOCKET_FILTER, -1, 0);
	live->calibration = CALIBRATION_PASSED;
	if (fd < 0)
		refuse(live, fd, "bpf(BPF_PROG_LOAD)");
}

/* ---- program types ---- */

struct featsel_answer enumerator_answer(struct live *live, const char *type, const char *prefix,
					const char *name, enum reason absent, int *number)
{
	struct kernel_btf *btf = live_btf(live);
	char upper[128];
	int64_t value;
	size_t i;

	if (!btf)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE,
				   "use a newer featsel",
				   "unknown to featsel, and the kernel has no BTF to ask");
	for (i = 0; name[i] && i < sizeof(upper) - 1; i++)
		upper[i] = (char)toupper((unsigned char)name[i]);
	upper[i] = '\0';
	/* bpf_func_id alone has its names in lower case. */
	if (kernel_btf_enumerator(btf, type,
				  arena_printf(live->arena, "%s%s", prefix,
					       strcmp(type, "bpf_func_id") == 0 ? name : upper),
				  &value)) {
		if (kernel_btf_damage(btf))
			return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
					   "/sys/kernel/btf/vmlinux cannot be read to its end");
		return answer_make(live->arena, FEATSEL_NO, absent, NULL,
				   "/sys/kernel/btf/vmlinux: enum %s has no %s%s", type, prefix,
				   strcmp(type, "bpf_func_id") == 0 ? name : upper);
	}
	*number = (int)value;
	return answer_make(
		live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, "use a newer featsel",
		"/sys/kernel/btf/vmlinux: enum %s has it as %d, but featsel knows no test for it",
		type, *number);
}

static struct featsel_answer loads(struct live *live, const struct variant *variant)
{
	const char *attach =
		variant->target ? names_name(VOCABULARY_ATTACH_TYPE, variant->attach_type) : NULL;

	if (variant->target == TARGET_STRUCT_OPS || variant->target >= TARGET_XDP_PROGRAM)
		attach = NULL;
	return answer_yes(live->arena, "bpf(BPF_PROG_LOAD): loads%s%s",
			  attach ? " with attach type " : "", attach ? attach : "");
}

struct featsel_answer variant_answer(struct live *live, const struct variant *variant)
{
	const struct resolved *resolved;
	int fd = variant_load_smallest(live, variant);

	if (fd < 0)
		return variant_failure(live, variant, fd);
	resolved = resolve(live, variant->target);
	/* Keep it for attach tests; without memory it is loaded again. */
	keep_loaded(live, variant->prog_type, variant->target ? variant->attach_type : -1,
		    resolved->btf_id, fd);
	return loads(live, variant);
}

/* The best of the type's ways that need not work: its yes is one load. */
static struct featsel_answer first_that_loads(struct live *live, const struct variant *ways,
					      size_t n)
{
	struct featsel_answer answer, best = {0};
	size_t i;

	for (i = 0; i < n; i++) {
		/* Whether a program may sleep affects its helpers, not its type. */
		if (i > 0 && ways[i].flags != ways[0].flags)
			continue;
		answer = variant_answer(live, &ways[i]);
		if (answer.verdict == FEATSEL_YES)
			return answer;
		if (i == 0 || (verdict_best(answer.verdict, best.verdict) == answer.verdict &&
			       answer.verdict != best.verdict))
			best = answer;
	}
	return best;
}

/* A type newer than the tables: the plain form may do. */
static struct featsel_answer unlisted_type(struct live *live, const struct feature *feature)
{
	struct variant plain = {.prog_type = feature->number};
	struct featsel_answer answer;

	if (feature->number < 0)
		answer = enumerator_answer(live, "bpf_prog_type", "BPF_PROG_TYPE_", feature->name,
					   REASON_TYPE_UNSUPPORTED, &plain.prog_type);
	else
		answer = answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE,
				     "use a newer featsel", "featsel knows no test for this type");
	if (answer.verdict == FEATSEL_UNKNOWN && plain.prog_type > 0 &&
	    variant_answer(live, &plain).verdict == FEATSEL_YES)
		return loads(live, &plain);
	return answer;
}

struct featsel_answer probe_prog_type(struct live *live, const struct feature *feature)
{
	const struct variant *ways;
	size_t n;
	int fd;

	ways = feature->number < 0 ? NULL : variants_of(feature->number, &n);
	if (!ways || !n)
		return unlisted_type(live, feature);
	fd = ways[0].target ? -ENOENT : kept(live->programs, feature->number, -1, 0);
	return fd >= 0 ? loads(live, &ways[0]) : first_that_loads(live, ways, n);
}
