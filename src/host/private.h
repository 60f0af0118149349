/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * private.h - what only the files of the host room share
 */
#ifndef FEATSEL_HOST_PRIVATE_H
#define FEATSEL_HOST_PRIVATE_H

#include "feature/feature.h"
#include "host/host.h"
#include "host/kernel.h"
#include "manifest/manifest.h"
#include "object/object.h"

/* ---- host.c: who answers for features; cache, overrides, reasons ---- */

struct host_backend {
	/* Answer one feature; never fails: what cannot be established is unknown. Strings in
	 * host->arena. */
	struct featsel_answer (*ask)(struct featsel_host *host, const struct feature *feature);
	/* As in struct object_oracle; NULL if nobody knows. */
	bool (*leads)(struct featsel_host *host, const char *subject,
		      const struct object_step *steps, size_t n);
	/* A number that loading an object yields; NULL if no numbers are known. False: not
	 * known. */
	bool (*number)(struct featsel_host *host, enum object_number kind, const char *name,
		       uint64_t *ret);
	/* Features that can be enumerated; NULL if that is pointless. */
	int (*enumerate)(struct featsel_host *host, struct arena *arena,
			 int (*each)(void *data, const struct feature *feature), void *data);
	/* Announce a question; NULL if it makes no difference. */
	void (*expect)(struct featsel_host *host, const struct feature *feature);
	void (*close)(struct featsel_host *host);
	/* Another host with the same answers, for another thread; NULL if there cannot be one. */
	int (*twin)(struct featsel_host *host, struct featsel_host **ret);
	/* The rest is for hosts that can load programs; the functions below call it. NULL for
	 * snapshots. */
	struct featsel_answer (*settle)(struct featsel_host *host, const struct object *object,
					const struct featsel_candidate *candidate,
					enum settle_stage stage);
	struct featsel_answer (*explain_load)(struct featsel_host *host, int error, const char *log,
					      int prog_type, int attach_type);
	struct featsel_answer (*explain_map)(struct featsel_host *host, int error);
	struct featsel_answer (*explain_attach)(struct featsel_host *host, int error,
						const struct section *section, uint32_t highest);
	bool (*release_memory)(struct featsel_host *host);
};

/* New host with source "live" and the like to be set by the caller; backend->close() is called by
 * free. */
int host_new(struct featsel_context *context, const struct host_backend *backend, void *data,
	     struct featsel_host **ret, struct featsel_error *err);

/* ---- live.c: the running kernel as its probes see it; why it refuses ---- */

/*
 * Capabilities by number: the oldest headers that featsel builds with know neither of the last two.
 */
#define CAP_MASK(number)	 (UINT64_C(1) << (number))
#define CAP_DAC_READ_SEARCH_MASK CAP_MASK(2)
#define CAP_NET_ADMIN_MASK	 CAP_MASK(12)
#define CAP_NET_RAW_MASK	 CAP_MASK(13)
#define CAP_SYS_ADMIN_MASK	 CAP_MASK(21)
#define CAP_PERFMON_MASK	 CAP_MASK(38)
#define CAP_BPF_MASK		 CAP_MASK(39)

/* An errno that is internal to the kernel, but comes out of bpf(2). */
#define ENOTSUPP_KERNEL 524

struct process_status {
	bool known;
	uint64_t caps; /* effective */
	bool seccomp, user_namespace;
};

enum calibration {
	CALIBRATION_PENDING = 0,
	CALIBRATION_BEGUN, /* the kernel took a map or a program; both come before the first no */
	CALIBRATION_PASSED,
	CALIBRATION_REFUSED
};

struct live {
	struct kernel *kernel;
	struct featsel_host *host;
	struct arena *arena; /* the host's */
	bool thorough;
	enum calibration calibration;
	/* CALIBRATION_REFUSED: what every privileged feature is answered. */
	struct featsel_answer refusal;
	bool helper_sentences_known; /* calibration saw the verifier name a helper as not for the
					type */
	struct process_status status;
	struct kernel_btf *btf;
	int btf_error;			/* 0: not tried; else why @btf is NULL */
	char *log;			/* verifier log, reused: LIVE_LOG_SIZE */
	struct host_files *files;	/* files.c's own */
	struct host_config *config;	/* kconfig.c's own */
	struct host_modules *modules;	/* modules.c's own */
	struct vec symbols;		/* symbols.c's own */
	struct host_programs *programs; /* programs.c's own */
	struct host_targets *targets;	/* attach-perf.c's own */
};
#define LIVE_LOG_SIZE 65536

/* The kernel's BTF, opened at the first call; NULL without, live->btf_error says why. */
struct kernel_btf *live_btf(struct live *live);
/* Own BTF: types of @size bytes in all, the first of which is int; its name is 1, @name is 5. */
int live_load_btf(struct live *live, const uint32_t *types, size_t size, const char *name);
#define BTF_ROW(...) __VA_ARGS__
#define BTF_OF_INT   BTF_ROW(1, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32)
const struct process_status *live_status(struct live *live);
bool live_has_cap(struct live *live, int cap);
/* Whether the process has @caps (mask), or their equivalent in this kernel, outside of user
 * namespaces. */
bool live_may(struct live *live, uint64_t caps);
/*
 * Why the kernel said EPERM or EACCES to a call that needs @caps (mask): seccomp, user namespace,
 * capability, lockdown, policy. @call is for the evidence: "bpf(BPF_PROG_LOAD)".
 */
struct featsel_answer live_refused(struct live *live, int error, uint64_t caps, const char *call);
/* RLIMIT_MEMLOCK in bytes; false: it is unlimited, or cannot be read. */
bool live_memory_limit(struct live *live, uint64_t *ret);
struct featsel_answer live_no_memory(struct live *live);
/* One value of a sysctl-like file; negative errno. */
int live_number(struct live *live, const char *path, long *ret);
/* Active lockdown: "none", "integrity", "confidentiality", or NULL if it cannot be read. */
const char *live_lockdown(struct live *live);
/* Where tracefs is mounted, NULL if it is not; *error why. */
const char *live_tracefs(struct live *live, int *error);

/* ---- files.c: answers that stand in files: btf, lsm, caps, arch, kernel ---- */

struct featsel_answer probe_btf(struct live *live, const struct feature *feature);
struct featsel_answer probe_lsm(struct live *live, const struct feature *feature);
struct featsel_answer probe_cap(struct live *live, const struct feature *feature);
struct featsel_answer probe_arch(struct live *live, const struct feature *feature);
struct featsel_answer probe_kernel(struct live *live, const struct feature *feature);
/* For other hosts, too: pure functions of what uname() returned there. */
struct featsel_answer files_arch_answer(struct arena *arena, const char *machine,
					const struct feature *feature);
struct featsel_answer files_kernel_answer(struct arena *arena, const char *source,
					  const char *release, const struct feature *feature);
/* See struct host_backend. */
bool files_number(struct featsel_host *host, enum object_number kind, const char *name,
		  uint64_t *ret);
bool files_leads(struct featsel_host *host, const char *subject, const struct object_step *steps,
		 size_t n);
/* LINUX_KERNEL_VERSION of a release; false if it is none. */
bool files_version(const char *release, uint64_t *ret);
/* Whether LSM @name is active. */
struct featsel_answer files_lsm(struct live *live, const char *name);
void host_files_free(struct live *live);

/* ---- kconfig.c: how the kernel was configured ---- */

struct featsel_answer probe_kconfig(struct live *live, const struct feature *feature);
/* False: it is none, or nobody knows. */
bool kconfig_number(struct live *live, const char *name, uint64_t *ret);

/* ---- modules.c: the types of loaded modules ---- */

/* The type from a loaded module, with the module's name and types; 0: there is none. */
uint32_t modules_find(struct live *live, int kind, const char *name, const char **module,
		      struct kernel_btf **btf);
/*
 * The answer to what the kernel itself lacks, @absent, if no loaded module has it either: unknown
 * if a module that is not loaded may have it. @by_types: it would have to be among the module's
 * types.
 */
struct featsel_answer modules_absent(struct live *live, const struct featsel_answer *absent,
				     bool by_types);
/* 1 if the kernel would load module @name by itself, 0 if it is not installed; negative errno. */
int modules_installed(struct live *live, const char *name);
void modules_free(struct live *live);

/* ---- symbols.c: functions and variables by name, in kallsyms ---- */

/* 1 if kallsyms has @symbol, a function or a variable, else 0; negative errno. */
int symbols_has(struct live *live, const char *symbol);
struct featsel_answer probe_ksym(struct live *live, const struct feature *feature);
/* How often @symbol names a function in kallsyms; negative errno where it cannot be read. Counts up
 * to 2. */
int symbols_count(struct live *live, const char *symbol);
/* Whether only a module has function @symbol. */
bool symbols_in_module(struct live *live, const char *symbol);
/* The name that a compiler gave the function, "f.isra.0"; NULL: there is none. */
const char *symbols_altered(struct live *live, const char *symbol);
/* 1 where the glob @pattern matches a function in kallsyms, else 0; negative errno. */
int symbols_match(struct live *live, const char *pattern);

/* ---- failure.c: what a failed load means ---- */

/* Capabilities (mask) that loading a program of the type takes. */
uint64_t prog_type_caps(int prog_type);
/* The verifier's verdict from its log, without the instructions before it and the statistics after
 * it; "" if there is none. */
const char *verifier_sentence(struct arena *arena, const char *log);
/* Whether the errno of a load without a log is about the process, not about the program. */
bool failure_is_refusal(int error);
/* What a failed load means: the table of (errno, verifier log), also used by the session. */
struct featsel_answer host_load_failure(struct live *live, int error, const char *log,
					int prog_type, int attach_type);

/* ---- programs.c: the smallest program of each type; calibration, program types ---- */

/* What a program is loaded for. */
enum target {
	TARGET_NONE = 0,
	TARGET_TRACEPOINT,
	TARGET_ITERATOR,
	TARGET_SOCKET_ITERATOR,
	TARGET_FUNCTION,
	TARGET_HOOK,
	TARGET_MODIFIABLE,
	TARGET_STRUCT_OPS,
	TARGET_XDP_PROGRAM,
	TARGET_TC_PROGRAM,
	TARGET_COUNT
};

/*
 * One way to load a program of a type that needs no object: the fields that the type demands, and
 * for tracing, lsm, ext and struct_ops something to attach to.
 */
enum variant_offers {
	OFFERS_ALL = 0,
	OFFERS_SLEEP,	 /* beyond the ways before it only helpers that sleep */
	OFFERS_FUNCTION, /* ... only helpers about a traced function's arguments */
	OFFERS_SOCKETS,	 /* ... only helpers for the socket that an iterator has come to */
};
struct variant {
	int prog_type;
	int attach_type;
	enum target target;
	uint32_t flags;
	enum variant_offers offers;
	bool partial; /* its no to a helper does not hold for all programs of the type */
};
/* The ways to load a type, best first. */
const struct variant *variants_of(int prog_type, size_t *n);
/*
 * Load @insns that way. A file descriptor, or a negative errno with the verifier's log in
 * live->log; -ESRCH: no target; -ENODATA: the target cannot be looked up.
 */
int variant_load(struct live *live, const struct variant *variant, const struct bpf_insn *insns,
		 size_t n);
/* The same with a log of that level; a short program's is 1. */
int variant_load_logged(struct live *live, const struct variant *variant,
			const struct bpf_insn *insns, size_t n, int log_level);
/* The smallest program that way. */
int variant_load_smallest(struct live *live, const struct variant *variant);
/* Whether it loads; it is kept open for later probes that need a program of the kind. */
struct featsel_answer variant_answer(struct live *live, const struct variant *variant);
/* The meaning of a failed variant_load() if nothing is known about the instructions. */
struct featsel_answer variant_failure(struct live *live, const struct variant *variant, int error);
struct host_programs {
	int array_fd; /* the control's map, -1 */
	int btf_fd;   /* of a BTF with nothing but an int, 0: not loaded yet, else negative errno */
	int replaced[2]; /* programs for ext programs to replace: 0: not loaded yet */
	int replaced_btf[2];
	struct vec loaded;  /* programs.c's struct loaded */
	struct vec targets; /* programs.c's struct resolved */
	int helper_end;	    /* a helper number that the kernel does not know, nor any above it */
	int helper_known;   /* a helper number that the kernel knows, for any program type that it
			       gives it; 0: not seen */
	bool controlled;    /* helper_control() was made */
	char not_for_type[128]; /* how this kernel begins when a program type has no right to a
				   helper */
	struct vec expected;	/* survey.c's struct expected_helper */
	struct vec surveys;	/* survey.c's struct survey * */
	bool survey_useless;	/* this kernel shows nothing to survey */
};

/* live->programs, made at the first call; NULL when memory is out. */
struct host_programs *host_programs(struct live *live);
/* BTF of an XDP program whose functions, of the id below, are all of its type; a negative errno. */
int host_function_btf(struct live *live);
enum { FUNCTION_BTF_ID = 5 };
/* A map of one u32 to one u32, kept open, or a negative errno. */
int host_array_map(struct live *live);
/* The controls, the first or both; they set live->calibration and live->refusal. */
void host_calibrate_maps(struct live *live);
void host_calibrate(struct live *live);
struct featsel_answer probe_prog_type(struct live *live, const struct feature *feature);
/*
 * What is known about a name that no table has: absence from the enumeration @type of the kernel's
 * own BTF is a sure no; if it is there *number is set and the verdict is unknown. @prefix is the
 * enumerators': "BPF_MAP_TYPE_".
 */
struct featsel_answer enumerator_answer(struct live *live, const char *type, const char *prefix,
					const char *name, enum reason absent, int *number);
/*
 * A minimal loaded program of a type (kept open, owned by live) or a negative errno, with the log
 * in live->log. @attach_type -1 and @btf_id 0: suitable defaults.
 */
int host_minimal_program(struct live *live, int prog_type, int attach_type, uint32_t btf_id);
/* The argument that the minimal program of type raw_tracepoint reads, from 0: hardly any tracepoint
 * has so many. */
#define RAW_TRACEPOINT_LAST_ARGUMENT 11
void host_programs_close(struct live *live); /* closes what is kept open, keeps what was learned */
void host_programs_free(struct live *live);

/* ---- survey.c: many helpers of a program type in one load ---- */

enum survey_says {
	SURVEY_SILENT = 0, /* to be asked alone */
	SURVEY_GIVEN,	   /* with so many arguments */
	SURVEY_WITHHELD,
	SURVEY_REFUSED, /* as are all programs of the variant, before the verifier speaks */
};
struct survey_finding {
	int arguments;
	struct featsel_answer refusal;
};
enum survey_says survey_helper(struct live *live, const struct variant *variant, int helper,
			       struct survey_finding *ret);

/* Announce a question about a helper, so that one survey covers all of them. A thorough host
 * announces every helper. */
struct expected_helper {
	int prog_type, number;
};
void survey_expect(struct live *live, const struct feature *feature);

/* ---- helper.c: whether the verifier lets a program type call a helper, a kfunc ---- */

struct featsel_answer probe_helper(struct live *live, const struct feature *feature);
struct featsel_answer probe_kfunc(struct live *live, const struct feature *feature);

/* ---- map.c: map types; instructions that need a map or a large program ---- */

struct featsel_answer probe_map_type(struct live *live, const struct feature *feature);
/* The smallest map of a type that needs BTF or nothing: a descriptor to be closed, or -errno. */
int host_smallest_map(struct live *live, int type);
struct featsel_answer probe_insns(struct live *live, const struct feature *feature);

/* ---- attach-type.c: attach types ---- */

struct featsel_answer probe_attach_type(struct live *live, const struct feature *feature);

/* ---- attach.c: attach targets ---- */

struct featsel_answer probe_attach(struct live *live, const struct feature *feature);
/* What a failed attach of a program of @section means, for the session. */
struct featsel_answer host_attach_failure(struct live *live, int error,
					  const struct section *section);
/* The kernel's type that a program of @section is loaded for, 0 if it needs none; false: it is
 * not there. */
bool host_section_type(struct live *live, const struct section *section, uint32_t *ret);
/* Load @insns as a program of @section: a descriptor, or a negative errno with the log in
 * live->log. @license NULL: one that is GPL compatible. */
int host_section_load(struct live *live, const struct section *section, uint32_t btf_id,
		      const struct bpf_insn *insns, size_t n, const char *license);
void host_targets_free(struct live *live);

/* ---- attach-target.c: targets that `on:` names ---- */

/* Whether the places that section->on names exist, are free, and can be attached to. */
struct featsel_answer host_target(struct live *live, const struct section *section);
/* Whether that control group, or that process, exists. */
struct featsel_answer host_cgroup_target(struct live *live, const struct section *section);
struct featsel_answer host_process_target(struct live *live, int pid);

/* ---- link.c: kinds of bpf_link ---- */

struct featsel_answer probe_link(struct live *live, const struct feature *feature);
/* A program for links of @kind that lets everything pass: a descriptor, or a negative errno. */
int link_harmless_program(struct live *live, const char *kind);

/* ---- memory.c: memory that the kernel charges to the process ---- */

/* Whether it charges programs and maps to a limit that the process has. */
bool host_memory_charged(struct live *live);
/* Whether @bytes of maps and programs can be had: yes, or denied by the limit on locked memory. */
struct featsel_answer host_memory(struct live *live, uint64_t bytes);
/* Close what is kept open for further questions; it is opened anew where it is needed. */
void host_let_go(struct live *live);

/* ---- backend.c: the running kernel as a host: table of probes, and the gate before them ---- */

/* A live host on any kernel: tests give a scripted one. Takes @kernel over. */
int host_live_on(struct featsel_context *context, struct kernel *kernel, unsigned int flags,
		 struct featsel_host **ret, struct featsel_error *err);
/* NULL: the host is not the running kernel. */
struct live *host_live(struct featsel_host *host);

/* ---- snapshot.c: answers from a file ---- */

/* featsel_host_open_snapshot() of featsel.h, and the same from memory; @name is for errors. */
int snapshot_parse(struct featsel_context *context, const char *name, const char *text, size_t size,
		   struct featsel_host **ret, struct featsel_error *err);

#endif /* FEATSEL_HOST_PRIVATE_H */
