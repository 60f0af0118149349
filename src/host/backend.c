/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * backend.c - the running kernel as a host: which probe answers which kind, and the gate before
 * them
 */
#include <errno.h>
#include <linux/btf.h>
#include <stdlib.h>

#include "host/demand.h"

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

/*
 * A program that loads and a map that is created prove themselves: only for another answer it
 * matters whether the kernel takes anything at all. The yes of other kinds may come out of files.
 */
static struct featsel_answer live_ask(struct featsel_host *host, const struct feature *feature)
{
	const bool proves = feature->kind == FEATURE_PROG_TYPE || feature->kind == FEATURE_MAP_TYPE;
	struct live *live = host->data;
	struct featsel_answer answer;

	if (!feature_kind(feature->kind)->privileged)
		return probes[feature->kind](live, feature);
	if (live->calibration == CALIBRATION_PENDING && !proves)
		host_calibrate_maps(live);
	if (live->calibration == CALIBRATION_REFUSED)
		return live->refusal;
	if (!host_programs(live))
		return live_no_memory(live);
	answer = probes[feature->kind](live, feature);
	if (answer.verdict != FEATSEL_YES && live->calibration < CALIBRATION_PASSED)
		host_calibrate(live);
	else if (live->calibration == CALIBRATION_PENDING)
		live->calibration = CALIBRATION_BEGUN;
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
	const struct feature *feature;
	int type, err = 0;
	size_t i;

	(void)host;
	for (i = 0; i < ARRAY_SIZE(kinds) && !err; i++)
		err = each_of_vocabulary(arena, kinds[i], -1, each, data);
	if (!err)
		err = feature_parse(arena, "btf:vmlinux", &feature, NULL);
	if (!err)
		err = each(data, feature);
	for (i = 0; feature_insns(i) && !err; i++) {
		err = feature_make(arena, FEATURE_INSNS, NULL, feature_insns(i), &feature, NULL);
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
	vec_free(&live->symbols);
	modules_free(live);
	kernel_btf_close(live->btf);
	live->kernel->ops->free(live->kernel);
	free(live->log);
	free(live);
}

static void live_close(struct featsel_host *host)
{
	live_free(host->data);
}

static int live_twin(struct featsel_host *host, struct featsel_host **ret)
{
	struct live *live = host->data;
	struct kernel *kernel;
	int r;

	if (!live->kernel->ops->again)
		return -ENOTSUP;
	r = live->kernel->ops->again(live->kernel, &kernel);
	if (r)
		return r;
	return host_live_on(host->context, kernel, live->thorough ? FEATSEL_HOST_THOROUGH : 0, ret,
			    NULL);
}

/* Not for optional programs: they may be left out. */
static struct featsel_answer settle_demands(struct live *live, const struct object *object,
					    const struct featsel_candidate *candidate,
					    const struct program_ref *refs, size_t n,
					    enum settle_stage stage)
{
	struct object_oracle oracle = host_oracle(live->host);
	struct featsel_answer answer = stage == SETTLE_SURE
					       ? host_externs(live, object)
					       : answer_yes(live->arena, "every requirement holds");
	const struct object_program *program;
	struct section section;
	size_t i;

	if (object_patch_oracle(object, candidate, live->host->arena, &oracle))
		return answer_make(live->host->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "out of memory");
	for (i = 0; i < n && answer.verdict == FEATSEL_YES; i++) {
		program = refs[i].optional ? NULL : object_program(object, refs[i].name);
		if (program && !object_section(program, &refs[i], &section))
			answer = host_demand(live, object, program, &section, &oracle, stage);
	}
	return answer;
}

static struct featsel_answer live_settle(struct featsel_host *host, const struct object *object,
					 const struct featsel_candidate *candidate,
					 enum settle_stage stage)
{
	struct live *live = host->data;
	struct featsel_answer answer = answer_yes(host->arena, "every requirement holds");
	/* A live start finds out by loading. */
	bool asks = live->thorough;
	bool charged = stage != SETTLE_LOADED && host_memory_charged(live);
	const struct program_ref *refs;
	struct processors processors;
	size_t n;

	if (!(asks || charged) ||
	    object_candidate_programs(object, candidate, host->arena, &refs, &n, NULL))
		return answer;
	if (asks)
		answer = settle_demands(live, object, candidate, refs, n, stage);
	if (answer.verdict != FEATSEL_YES || !charged || processors_possible(&processors))
		return answer;
	return host_memory(live, object_memory(object, candidate, refs, n, processors.count));
}

static struct featsel_answer live_explain_load(struct featsel_host *host, int error,
					       const char *log, int prog_type, int attach_type)
{
	return host_load_failure(host->data, error, log, prog_type, attach_type);
}

static struct featsel_answer live_explain_map(struct featsel_host *host, int error)
{
	return live_refused(host->data, error, CAP_BPF_MASK, "bpf(BPF_MAP_CREATE)");
}

/*
 * A tracepoint's program that reads beyond the event's last field is refused when it is attached,
 * with the errno of a lack of permission (perf_event_set_bpf_prog(), 4.7).
 */
static struct featsel_answer live_explain_attach(struct featsel_host *host, int error,
						 const struct section *section, uint32_t highest)
{
	struct featsel_answer answer;

	if (error == -EACCES && highest && section->means == ATTACH_TRACEPOINT &&
	    host_context_too_small(host->data, section, highest, &answer))
		return answer;
	return host_attach_failure(host->data, error, section);
}

static bool live_release_memory(struct featsel_host *host)
{
	if (!host_memory_charged(host->data))
		return false;
	host_let_go(host->data);
	return true;
}

static const struct host_backend live_backend = {
	.twin = live_twin,
	.settle = live_settle,
	.explain_load = live_explain_load,
	.explain_map = live_explain_map,
	.explain_attach = live_explain_attach,
	.release_memory = live_release_memory,
	.ask = live_ask,
	.number = files_number,
	.leads = files_leads,
	.expect = live_expect,
	.enumerate = live_enumerate,
	.close = live_close,
};

static struct live *live_new(struct kernel *kernel, unsigned int flags)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return NULL;
	/* Not calloc(), which would touch all of it. */
	live->log = malloc(LIVE_LOG_SIZE);
	if (!live->log) {
		free(live);
		return NULL;
	}
	live->log[0] = '\0';
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

struct featsel_answer host_name_answer(struct featsel_host *host, const struct feature *feature)
{
	static const struct {
		const char *type, *prefix;
		enum reason reason;
	} rows[FEATURE_KIND_COUNT] = {
		[FEATURE_PROG_TYPE] = {"bpf_prog_type", "BPF_PROG_TYPE_", REASON_TYPE_UNSUPPORTED},
		[FEATURE_MAP_TYPE] = {"bpf_map_type", "BPF_MAP_TYPE_", REASON_TYPE_UNSUPPORTED},
		[FEATURE_ATTACH_TYPE] = {"bpf_attach_type", "BPF_", REASON_ATTACH_TYPE_UNSUPPORTED},
		[FEATURE_HELPER] = {"bpf_func_id", "BPF_FUNC_", REASON_HELPER_UNSUPPORTED},
		[FEATURE_LINK] = {"bpf_link_type", "BPF_LINK_TYPE_",
				  REASON_ATTACH_TYPE_UNSUPPORTED},
	};
	struct live *live = host_live(host);
	int number;

	if (!live || !rows[feature->kind].type)
		return answer_make(host->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "no kernel knows a list of such names");
	return enumerator_answer(live, rows[feature->kind].type, rows[feature->kind].prefix,
				 feature->name, rows[feature->kind].reason, &number);
}

/* Room for a vmlinux with full debug information. */
#define BTF_LIMIT ((size_t)2 << 30)

/* libbpf relocates programs by it, so it is trusted like an object: the file that is checked is the
 * file that is read. */
static int check_btf(struct featsel_context *context, struct featsel_error *err)
{
	if (!context->btf_path || context->btf_fd >= 0)
		return 0;
	return trust_open(context->btf_path, BTF_LIMIT, &context->btf_fd, err);
}

/*
 * A BTF file that cannot be read to its end is refused before anything is decided: a type that it
 * lacks would lead to a poorer choice.
 */
static int check_types(struct kernel *kernel, const struct featsel_context *context,
		       struct featsel_error *err)
{
	const char *path = context->btf_path;
	char buffer[32];
	struct kernel_btf *btf;
	int code = kernel_btf_open(kernel, context_btf(context, buffer, sizeof(buffer)), &btf);

	if (!code) {
		/* No type has a path for a name, so the walk goes to the end. */
		(void)kernel_btf_find(btf, BTF_KIND_INT, path);
		code = kernel_btf_damage(btf);
		kernel_btf_close(btf);
	}
	if (!code)
		return 0;
	return error_set(err, code, FEATSEL_FAILURE_INVALID, "%s: %s", path,
			 code == -EBADMSG   ? "damaged BTF"
			 : code == -ENODATA ? "has no BTF"
			 : code == -ENOTSUP ? "BTF of the other byte order"
					    : errno_name(code));
}

/* A requirement of the whole host counts without a candidate, too. */
static int believe_kconfig(struct featsel_host **host, struct featsel_error *err)
{
	const struct kconfig *kconfig;
	int code = host_kconfig(*host, NULL, &kconfig, err);

	if (code) {
		featsel_host_free(*host);
		*host = NULL;
		return code;
	}
	host_use_kconfig(*host, kconfig);
	return 0;
}

int featsel_host_open_live(struct featsel_context *context, unsigned int flags,
			   struct featsel_host **ret, struct featsel_error *err)
{
	struct kernel *kernel;
	int code = error_flags(flags, FEATSEL_HOST_THOROUGH, err);

	if (!code)
		code = check_btf(context, err);
	if (!code)
		code = kernel_open_live(context->raise_memlock, &kernel, err);
	if (code)
		return code;
	code = context->btf_path ? check_types(kernel, context, err) : 0;
	if (code) {
		kernel->ops->free(kernel);
		return code;
	}
	code = host_live_on(context, kernel, flags, ret, err);
	if (!code)
		code = believe_kconfig(ret, err);
	return code;
}
