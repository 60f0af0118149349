/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * demand.c - whether the verifier accepts what a program does with its context, its return value
 * and its maps
 *
 * Which fields a context has, what a program may return and which maps it may use depends on its
 * type, its target and the kernel's version. So the kernel is asked about each alone, by the
 * smallest program of the same kind that does nothing else. Only a thorough host does that: a live
 * start finds out by loading.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdlib.h>

#include "host/demand.h"
#include "host/slice.h"

/* What the failure of the slice means, for any program. */
static struct featsel_answer failed(const struct question *question, int error)
{
	return host_load_failure(question->live, error, question->live->log,
				 question->section->prog_type, question->section->attach_type);
}

/* ---- the kind of program ---- */

/*
 * Flags are newer than the types that have them: kprobes that may sleep (6.0: "Only fentry/fexit
 * and lsm programs can be sleepable"), xdp.frags (5.18: EINVAL, empty log).
 */
static struct featsel_answer ask_kind(struct question *question)
{
	const struct section *section = question->section;
	struct slice slice = {.n = 0};
	int err;

	if (!(section->flags & (SECTION_SLEEPABLE | SECTION_FRAGS)))
		return YES(question->live);
	slice_end(question, &slice);
	err = slice_try(question, &slice);
	if (err == -EINVAL && slice_log_says(question, "sleepable"))
		return slice_rejected(question, err, "does nothing");
	if (err == -EINVAL && !*verifier_sentence(question->live->arena, question->live->log))
		return answer_make(question->live->arena, FEATSEL_NO,
				   REASON_ATTACH_TYPE_UNSUPPORTED, NULL,
				   "bpf(BPF_PROG_LOAD): EINVAL, empty log, with the flags of "
				   "section '%s'; without them the type loads",
				   section->form);
	return YES(question->live);
}

/* ---- the context ---- */

static void put_accesses(struct slice *slice, const struct object_demand *demand)
{
	for (size_t i = 0; i < demand->n_accesses && slice->n + 4 < SLICE_LIMIT; i++) {
		/* the loaded value may be a pointer, which may not be stored */
		if (BPF_CLASS(demand->accesses[i].code) == BPF_STX)
			slice_number(slice, 0);
		slice_put(slice, demand->accesses[i]);
	}
}

/* Newer kernels (7.0) let programs on uprobes change registers, and take those of kprobes until
 * they are attached: EINVAL. */
static bool changes_registers(const struct question *question)
{
	const enum attach_means means = question->section->means;

	if (means != ATTACH_KPROBE && means != ATTACH_KRETPROBE && means != ATTACH_KSYSCALL &&
	    means != ATTACH_KRETSYSCALL && means != ATTACH_KPROBE_MULTI)
		return false;
	for (size_t i = 0; i < question->demand.n_accesses; i++)
		if (BPF_CLASS(question->demand.accesses[i].code) != BPF_LDX)
			return true;
	return false;
}

/* "invalid bpf_context access off=20 size=4"; of a field that the kernel's own has no room for:
 * "bpf verifier is misconfigured" (5.10) */
static struct featsel_answer ask_context(struct question *question)
{
	struct slice slice = {.n = 0};
	int err;

	if (!question->demand.n_accesses)
		return YES(question->live);
	put_accesses(&slice, &question->demand);
	slice_end(question, &slice);
	err = slice_try(question, &slice);
	if (err == 0 && changes_registers(question))
		return answer_make(question->live->arena, FEATSEL_NO, REASON_SYMBOL_NOT_PROBEABLE,
				   NULL,
				   "program '%s' changes registers, which is for uprobes only",
				   question->program->name);
	if (err < 0 && (slice_log_says(question, "invalid bpf_context access") ||
			slice_log_says(question, "verifier is misconfigured")))
		return slice_rejected(question, err,
				      "does nothing but touch the same fields of its "
				      "context");
	return YES(question->live);
}

/* "Cannot access kernel 'struct net_device' from non-GPL compatible program" (6.2) */
static struct featsel_answer ask_license(struct question *question)
{
	struct slice slice = {.n = 0};
	int err;

	if (question->object->gpl_compatible || !question->demand.followed)
		return YES(question->live);
	slice_put(&slice, (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_DW,
					    .src_reg = 1,
					    .off = (int16_t)((question->demand.followed - 1) * 8)});
	slice_put(&slice, (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_B});
	slice_end(question, &slice);
	err = slice_try(question, &slice);
	return err < 0 && slice_log_says(question, "non-GPL") ? failed(question, err)
							      : YES(question->live);
}

/* ---- the result ---- */

/*
 * "At program exit the register R0 has value (0x2; 0x0) should have been in (0x0; 0x1)", to 6.7;
 * "... has smin=2 smax=2 should have been in [0, 1]"
 */
static struct featsel_answer ask_result(struct question *question)
{
	const struct object_demand *demand = &question->demand;
	struct slice slice;
	int err;

	for (size_t i = 0; i < demand->n_returns; i++) {
		slice.n = 0;
		slice_put(&slice, demand->returns[i]);
		slice_exit(&slice);
		err = slice_try(question, &slice);
		if (err < 0 && slice_log_says(question, "At program exit"))
			return slice_rejected(question, err, "does nothing but return the same");
	}
	return YES(question->live);
}

/* ---- the context's size, which attaching compares ---- */

static bool raw_tracepoint_too_small(const struct question *question, struct featsel_answer *ret)
{
	static const char call[] = "bpf(BPF_RAW_TRACEPOINT_OPEN)";
	const struct kernel_ops *ops = question->live->kernel->ops;
	struct slice slice = {.n = 0};
	int fd, program;

	put_accesses(&slice, &question->demand);
	slice_number(&slice, 0);
	slice_exit(&slice);
	program = slice_load(question, &slice);
	if (program < 0)
		return false;
	fd = ops->raw_tracepoint_open(question->live->kernel, question->section->target, program);
	ops->close(question->live->kernel, program);
	if (fd >= 0)
		ops->close(question->live->kernel, fd);
	if (fd != -EINVAL)
		return false;
	*ret = answer_make(question->live->arena, FEATSEL_NO, REASON_SIGNATURE_UNSUPPORTED, NULL,
			   "%s: EINVAL, '%s' has no argument %u", call, question->section->target,
			   (question->demand.highest + 7) / 8);
	return true;
}

static struct featsel_answer ask_target(struct question *question)
{
	struct featsel_answer answer = YES(question->live);

	if (!question->demand.n_accesses)
		return answer;
	if (question->section->means == ATTACH_TRACEPOINT)
		host_context_too_small(question->live, question->section, question->demand.highest,
				       &answer);
	if (question->section->means == ATTACH_RAW_TRACEPOINT)
		raw_tracepoint_too_small(question, &answer);
	return answer;
}

/* ---- a context that was moved ---- */

/* "dereference of modified ctx ptr R1 off=8 disallowed", on most types of programs */
static struct featsel_answer ask_moved(struct question *question)
{
	const struct object_demand *demand = &question->demand;
	struct bpf_insn load;
	struct slice slice;
	int err;

	for (size_t i = 0; i < demand->n_moved; i++) {
		slice.n = 0;
		load = demand->moved[i];
		slice_put(&slice, (struct bpf_insn){.code = BPF_ALU64 | BPF_ADD | BPF_K,
						    .dst_reg = 1,
						    .imm = load.imm});
		load.imm = 0;
		slice_put(&slice, load);
		slice_end(question, &slice);
		err = slice_try(question, &slice);
		if (err < 0 && (slice_log_says(question, "modified ctx ptr") ||
				slice_log_says(question, "invalid bpf_context access")))
			return slice_rejected(
				question, err,
				"does nothing but read its context through a pointer that "
				"was moved");
	}
	return YES(question->live);
}

/* ---- addresses of the kernel ---- */

/*
 * Of a function since 6.2 ("pseudo btf_id 1 in ldimm64 isn't KIND_VAR"). Of a variable where
 * kallsyms has it, which it may lack though BTF has it ("ldimm64 failed to find the address for
 * kernel symbol"). libbpf finds both by BTF, weak ones too.
 */
static struct featsel_answer ask_address(struct question *question,
					 const struct object_extern *external)
{
	struct slice slice = {.n = 0};
	uint32_t id;
	int err;

	if (!host_extern_id(question->live, question->object, external, &id))
		return YES(question->live);
	slice_address(&slice, PSEUDO_BTF_ID, (int32_t)id);
	slice_end(question, &slice);
	err = slice_try(question, &slice);
	if (err < 0 && (slice_log_says(question, "isn't KIND_VAR") ||
			slice_log_says(question, "failed to find the address")))
		return slice_rejected(question, err,
				      arena_printf(question->live->arena,
						   "does nothing but take the address of '%s'",
						   external->name));
	return YES(question->live);
}

static struct featsel_answer ask_addresses(struct question *question)
{
	struct featsel_answer answer = YES(question->live);

	for (size_t i = 0; i < question->demand.n_addresses && answer.verdict == FEATSEL_YES; i++)
		answer = ask_address(question, question->demand.addresses[i]);
	return answer;
}

/* ---- functions of a structure ---- */

/* The kernel structure that the program is a function of, and its member: what a struct_ops program
 * is loaded for (5.6). */
static bool find_member(struct question *question, struct section *section,
			struct featsel_answer *ret)
{
	const struct object *object = question->object;
	const struct object_map *map = NULL;
	struct kernel_btf *btf = live_btf(question->live);
	const char *type, *member;
	int index;

	for (size_t i = 0; i < question->program->n_maps; i++)
		if (object->maps[question->program->maps[i]].type == BPF_MAP_TYPE_STRUCT_OPS)
			map = &object->maps[question->program->maps[i]];
	type = map ? object_struct_ops_type(object, map) : NULL;
	member = type ? object_struct_ops_member(object, map, question->program) : NULL;
	if (!btf || !member)
		return false;
	index = kernel_btf_member_index(btf, type, member, &question->btf_id);
	if (index < 0) {
		*ret = answer_make(question->live->arena, FEATSEL_NO, REASON_TYPE_MISSING, NULL,
				   "/sys/kernel/btf/vmlinux: no member '%s' in struct '%s', which "
				   "program '%s' stands for",
				   member, type, question->program->name);
		return false;
	}
	section->attach_type = index;
	return true;
}

/* "attach to unsupported member get_info of struct tcp_congestion_ops"; "struct ops programs must
 * have a GPL compatible license" (5.13) */
static struct featsel_answer ask_member(struct question *question)
{
	struct slice slice = {.n = 0};
	int err;

	if (question->section->prog_type != BPF_PROG_TYPE_STRUCT_OPS)
		return YES(question->live);
	slice_end(question, &slice);
	err = slice_try(question, &slice);
	if (err < 0 && slice_log_says(question, "GPL compatible"))
		return failed(question, err);
	if (err < 0 && (slice_log_says(question, "unsupported member") ||
			slice_log_says(question, "is not supported in struct")))
		return slice_rejected(question, err, "does nothing");
	return YES(question->live);
}

/* ---- helpers that depend on more than the type ---- */

/* By the member of the structure: setsockopt not in release() of tcp_congestion_ops; by the hook:
 * only one that may sleep takes ima_inode_hash; by the function that is traced: not each takes
 * d_path, and those of a socket's storage do not take sk_storage_get. */
static bool depends_on_target(const struct section *section, int helper)
{
	static const int traced[] = {BPF_FUNC_sk_storage_get, BPF_FUNC_sk_storage_delete,
				     BPF_FUNC_d_path, BPF_FUNC_getsockopt, BPF_FUNC_setsockopt};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(traced) && traced[i] != helper; i++)
		continue;
	if (section->prog_type == BPF_PROG_TYPE_TRACING)
		return i < ARRAY_SIZE(traced);
	return helper >= 0 && (section->prog_type == BPF_PROG_TYPE_STRUCT_OPS ||
			       section->prog_type == BPF_PROG_TYPE_LSM);
}

/* The verifier looks for the helper before it looks at the arguments. */
static struct featsel_answer ask_helper(struct question *question, int helper)
{
	struct featsel_answer answer;
	struct slice slice = {.n = 0};
	int err;

	slice_put(&slice, (struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = helper});
	slice_end(question, &slice);
	err = slice_try(question, &slice);
	answer = failed(question, err);
	return err < 0 && answer.verdict == FEATSEL_NO &&
			       reason_by_code(answer.reason) == REASON_HELPER_UNSUPPORTED
		       ? answer
		       : YES(question->live);
}

/* The program is followed only if a helper is to be asked for. */
static struct featsel_answer ask_helpers(struct question *question)
{
	const struct object_program *program = question->program;
	struct featsel_answer answer = YES(question->live);
	const struct object_use *use;
	size_t i;

	for (i = 0; i < program->n_uses; i++)
		if (depends_on_target(question->section, program->uses[i].helper))
			break;
	if (i == program->n_uses || object_program_on(question->object, program, question->oracle,
						      question->live->arena, &program))
		return answer;
	for (use = program->uses;
	     use < program->uses + program->n_uses && answer.verdict == FEATSEL_YES; use++)
		if (use->reached.how == IS_REACHED &&
		    depends_on_target(question->section, use->helper))
			answer = ask_helper(question, use->helper);
	return answer;
}

/* In a program of which something is unknown a refusal may mean that; what loading says is known
 * once it was loaded. */
static const struct {
	struct featsel_answer (*ask)(struct question *question);
	unsigned int stages;
} questions[] = {
	{ask_helpers, SETTLE_UNSURE | SETTLE_SURE},
	{ask_kind, SETTLE_SURE},
	{ask_member, SETTLE_SURE},
	{demand_maps, SETTLE_SURE},
	{ask_context, SETTLE_SURE | SETTLE_LOADED},
	{ask_license, SETTLE_SURE},
	{ask_result, SETTLE_SURE},
	{ask_target, SETTLE_SURE | SETTLE_LOADED},
	{ask_moved, SETTLE_SURE},
	{demand_calls, SETTLE_SURE},
	{ask_addresses, SETTLE_SURE},
};

/* The target of these is not known here. */
static bool is_beyond(const struct section *section)
{
	return section->prog_type == BPF_PROG_TYPE_EXT;
}

struct featsel_answer host_demand(struct live *live, const struct object *object,
				  const struct object_program *program,
				  const struct section *section, const struct object_oracle *oracle,
				  enum settle_stage stage)
{
	struct question question = {.live = live,
				    .object = object,
				    .program = program,
				    .section = section,
				    .oracle = oracle};
	struct featsel_answer answer = YES(live);
	struct section member = *section;

	if (is_beyond(section) || !host_section_type(live, section, &question.btf_id) ||
	    object_demand(object, program, oracle, live->arena, &question.demand))
		return answer;
	if (section->prog_type == BPF_PROG_TYPE_STRUCT_OPS) {
		if (!find_member(&question, &member, &answer))
			return answer;
		question.section = &member;
	}
	for (size_t i = 0; i < ARRAY_SIZE(questions) && answer.verdict == FEATSEL_YES; i++)
		if (questions[i].stages & stage)
			answer = questions[i].ask(&question);
	return answer;
}
