/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* host.h - answers for features: from the running kernel or a snapshot */
#ifndef FEATSEL_HOST_HOST_H
#define FEATSEL_HOST_HOST_H

#include "base/base.h"
#include "feature/feature.h"
#include "manifest/manifest.h"
#include "object/object.h"

/* ---- host.c: who answers for features; cache, overrides, reasons ---- */

enum reason {
	REASON_NONE = 0,
	REASON_SYMBOL_MISSING,
	REASON_TRACEFS_UNAVAILABLE,
	REASON_KPROBES_NOT_BUILT,
	REASON_SYMBOL_NOT_PROBEABLE,
	REASON_SYMBOL_AMBIGUOUS,
	REASON_LOCKDOWN,
	REASON_PERF_PARANOID,
	REASON_ATTACH_TYPE_UNSUPPORTED,
	REASON_BTF_MISSING,
	REASON_SIGNATURE_UNSUPPORTED,
	REASON_FTRACE_DISABLED,
	REASON_POLICY_DENIED,
	REASON_TRACEPOINT_MISSING,
	REASON_TRACEPOINT_LAYOUT,
	REASON_HOOK_MISSING,
	REASON_TRACEFS_PERMISSION,
	REASON_LSM_INACTIVE,
	REASON_KPROBES_DISABLED,
	REASON_HELPER_UNSUPPORTED,
	REASON_LICENSE,
	REASON_VERIFIER_REJECTED,
	REASON_NO_CAPABILITY,
	REASON_SECCOMP,
	REASON_USER_NAMESPACE,
	REASON_MEMLOCK,
	REASON_TYPE_UNSUPPORTED,
	/* beyond the table of kernel situations */
	REASON_MASKED,		  /* --without, --disable */
	REASON_NOT_RECORDED,	  /* a snapshot does not hold it */
	REASON_INCONCLUSIVE,	  /* any other unknown */
	REASON_MODULE_NOT_LOADED, /* missing, but a module may bring it */
	REASON_KFUNC_MISSING,
	REASON_TYPE_MISSING,   /* btf: no such type, member, enumerator */
	REASON_NOT_CONFIGURED, /* kconfig says otherwise */
	REASON_KERNEL_VERSION,
	REASON_ARCH_MISMATCH,
	REASON_INSNS_UNSUPPORTED,
	REASON_OBJECT_UNUSABLE,	 /* missing, damaged, foreign, untrusted */
	REASON_SILENT,		 /* attached, the trigger ran, no record came */
	REASON_EXCLUDED,	 /* a feature under "not" exists */
	REASON_BELOW_MINIMUM,	 /* sees or tells less than was asked for */
	REASON_NOT_CONFIGURABLE, /* its object lacks a variable or map that is to be set */
	REASON_NO_TARGET,	 /* neither the section nor the manifest says where to attach */
	REASON_TARGET_MISSING,	 /* the named target does not exist */
	REASON_TARGET_BUSY,	 /* the slot belongs to somebody else */
	REASON_PIN_CONFLICT,	 /* the map that is pinned there is defined differently */
	REASON_SOCKET_MEMORY,	 /* a filter is larger than what a socket may have */
	REASON_COUNT
};
struct reason_row {
	const char *code;   /* "kprobes-not-built" */
	const char *remedy; /* the usual one, or NULL */
};
const struct reason_row *reason_row(enum reason reason);
/* REASON_COUNT if @code is none. */
enum reason reason_by_code(const char *code);

/* The remedy of EMFILE, which stands for no verdict. */
#define RAISE_OPEN_FILES "raise the limit of open files: ulimit -n"
/* Of this and other shortages: EMFILE, ENFILE, ENOMEM; else NULL. */
const char *shortage_remedy(int error);

/* About a target: whether it is known to be missing or unwanted, rather than out of reach. */
bool answer_is_missing(const struct featsel_answer *answer);

/* Evidence is formatted into @arena; when memory is out it says so. @remedy NULL: the reason's
 * usual one. */
struct featsel_answer answer_yes(struct arena *arena, const char *format, ...) PRINTF(2, 3);
struct featsel_answer answer_make(struct arena *arena, enum featsel_verdict verdict,
				  enum reason reason, const char *remedy, const char *format, ...)
	PRINTF(5, 6);

struct featsel_host {
	struct featsel_context *context;
	const struct host_backend *backend;
	void *data; /* the backend's */
	struct arena *arena;
	const char *source, *release, *machine;
	struct dict answers;	       /* feature text -> struct host_entry * */
	struct dict overrides;	       /* the same */
	struct dict kconfigs;	       /* path -> struct kconfig *, kconfig.c's own */
	const struct kconfig *kconfig; /* the file that is believed of its configuration, NULL */
	unsigned int run;	       /* answers other than yes and no count within one run only */
	size_t asked;		       /* how often the backend was asked */
};
/* Override, cache, backend: in this order. */
struct featsel_answer host_answer(struct featsel_host *host, const struct feature *feature);
/* The same for the object room's questions. */
struct object_oracle host_oracle(struct featsel_host *host);
/* Announce a question, so that questions that can be answered together are. */
void host_expect(struct featsel_host *host, const struct feature *feature);
/* Every feature that can be enumerated: 0, -ENOMEM, or what @each returned. */
int host_enumerate(struct featsel_host *host, struct arena *arena,
		   int (*each)(void *data, const struct feature *feature), void *data);
/*
 * Another host with the same answers, for another thread; it borrows the overrides. -ENOTSUP: there
 * cannot be one.
 */
int host_new_twin(struct featsel_host *host, struct featsel_host **ret);
/* A new run begins: forget answers that were neither yes nor no. */
void host_new_run(struct featsel_host *host);
/* Whether programs can be loaded on the host, so that it can explain why that failed. */
bool host_loads(const struct featsel_host *host);
/* What is known of a candidate before it is settled. */
enum settle_stage {
	SETTLE_UNSURE = 1 << 0, /* some requirement is unknown */
	SETTLE_SURE = 1 << 1,	/* every requirement is yes */
	SETTLE_LOADED = 1 << 2, /* its programs were loaded */
};
/*
 * Yes, or what keeps a candidate out although every required feature is there: a property of the
 * program or the process, not of the kernel.
 */
struct featsel_answer host_settle(struct featsel_host *host, const struct object *object,
				  const struct featsel_candidate *candidate,
				  enum settle_stage stage);
/* What a failure means on a host that loads. @error is a negative errno. */
struct featsel_answer host_explain_load(struct featsel_host *host, int error, const char *log,
					int prog_type, int attach_type);
/* The verifier's closing statistics, which say nothing about why. */
bool host_is_statistics(const char *line);
/* EPERM or EACCES when a map was created. */
struct featsel_answer host_explain_map(struct featsel_host *host, int error);
/* @highest byte of the context that the programs on the section's target read, plus one; 0 where
 * that is not known. */
struct featsel_answer host_explain_attach(struct featsel_host *host, int error,
					  const struct section *section, uint32_t highest);
/*
 * Close what the host keeps open and the kernel charges to the process; it is reopened on demand.
 * False: the kernel charges nothing.
 */
bool host_release_memory(struct featsel_host *host);

/* ---- kconfig.c: how the kernel was configured ---- */

/*
 * The context's file, else the candidate's (NULL: none); *ret NULL: there is none, or the host is
 * not the running kernel. Each file is read once. A file that cannot be used is an error.
 */
struct kconfig;
int host_kconfig(struct featsel_host *host, const struct featsel_candidate *candidate,
		 const struct kconfig **ret, struct featsel_error *err);
/* Whether the candidate's file can be used, on any host: 0, or why not. */
int kconfig_check(const struct featsel_candidate *candidate, struct arena *arena,
		  struct featsel_error *err);
/* From now on it takes precedence over what the kernel shows; NULL: nothing does. */
void host_use_kconfig(struct featsel_host *host, const struct kconfig *kconfig);
const char *kconfig_text(const struct kconfig *kconfig);
enum kconfig_says { KCONFIG_SILENT = 0, KCONFIG_SET, KCONFIG_UNSET };
enum kconfig_says kconfig_says(const struct kconfig *kconfig, const char *option);

/* ---- backend.c: the running kernel as a host: table of probes, and the gate before them ---- */

/*
 * Whether the running kernel knows the name of a feature that no table holds, by the enumerations
 * of its own BTF, which anybody may read: no, or unknown.
 */
struct featsel_answer host_name_answer(struct featsel_host *host, const struct feature *feature);

#include "host/target.h"

#endif /* FEATSEL_HOST_HOST_H */
