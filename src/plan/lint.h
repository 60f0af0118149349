/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * lint.h - what the files lint-*.c share
 */
#ifndef FEATSEL_PLAN_LINT_H
#define FEATSEL_PLAN_LINT_H

#include "plan/private.h"

/* ---- lint-report.c ---- */

enum lint_code {
	CODE_OBJECT,
	CODE_MISSING_PROGRAM,
	CODE_UNKNOWN_SECTION,
	CODE_NO_TARGET,
	CODE_MISSING_STRUCT,
	CODE_MISSING_MAP,
	CODE_BAD_GLOBAL,
	CODE_BAD_MAP,
	CODE_BAD_TAG,
	CODE_BAD_KCONFIG,
	CODE_NO_OUTPUT,
	CODE_AMBIGUOUS_OUTPUT,
	CODE_UNSIZED_MAP,
	CODE_UNKNOWN_FIELD,
	CODE_LICENSE,
	CODE_DAMAGED_PROGRAM,
	CODE_TYPE_MISMATCH,
	CODE_UNNEEDED,
	CODE_UNDECLARED,
	CODE_UNUSED_OPTIONAL,
	CODE_GUARDED,
	CODE_KERNEL_VERSION,
	CODE_LAYOUTS_DIFFER,
	CODE_UNREACHABLE,
	CODE_SHARED_MAP,
	CODE_NOT_ON_OLDEST,
	CODE_UNKNOWN_NAME,
	CODE_COUNT
};

struct lint {
	struct featsel_manifest *manifest;
	void (*found)(void *data, const struct featsel_finding *finding);
	void *data;
	struct arena *arena;
	const struct featsel_event *event;
	const struct featsel_candidate *candidate; /* NULL: the finding is about the event */
	struct featsel_host *host;		   /* opened for the first name that no table has */
	struct sharing sharing;
	struct featsel_error *err;
};

enum featsel_severity lint_severity(enum lint_code code);
/* A finding with its code's severity, or with @severity. */
void PRINTF(4, 5) lint_report(struct lint *lint, enum lint_code code, const struct location *at,
			      const char *format, ...);
void PRINTF(5, 6)
	lint_report_as(struct lint *lint, enum lint_code code, enum featsel_severity severity,
		       const struct location *at, const char *format, ...);

/* ---- lint-declared.c ---- */

/* For all features of a requirement, whether their names are known. */
void lint_names(struct lint *lint, const struct requirement *requirement);
void lint_declared(struct lint *lint, const struct checked *checked);

/* ---- lint-event.c ---- */

void lint_candidates(struct lint *lint, const struct checked *checked, size_t n);
int lint_sharing(struct lint *lint, const struct checked *checked, size_t n);

/* ---- lint-oldest.c ---- */

void lint_oldest(struct lint *lint, const struct checked *checked, size_t n);

#endif /* FEATSEL_PLAN_LINT_H */
