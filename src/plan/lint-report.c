/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * lint-report.c - the codes of findings, and findings for the caller
 */
#include "plan/lint.h"

static const struct {
	const char *name;
	enum featsel_severity severity;
} codes[] = {
	[CODE_OBJECT] = {"object-unusable", FEATSEL_ERROR},
	[CODE_MISSING_PROGRAM] = {"missing-program", FEATSEL_ERROR},
	[CODE_UNKNOWN_SECTION] = {"unknown-section", FEATSEL_ERROR},
	[CODE_NO_TARGET] = {"no-target", FEATSEL_ERROR},
	[CODE_MISSING_STRUCT] = {"missing-struct", FEATSEL_ERROR},
	[CODE_MISSING_MAP] = {"missing-map", FEATSEL_ERROR},
	[CODE_BAD_GLOBAL] = {"bad-global", FEATSEL_ERROR},
	[CODE_BAD_MAP] = {"bad-map", FEATSEL_ERROR},
	[CODE_BAD_TAG] = {"bad-tag", FEATSEL_ERROR},
	[CODE_BAD_KCONFIG] = {"bad-kconfig", FEATSEL_ERROR},
	[CODE_NO_OUTPUT] = {"no-output", FEATSEL_WARNING},
	[CODE_AMBIGUOUS_OUTPUT] = {"ambiguous-output", FEATSEL_ERROR},
	[CODE_UNSIZED_MAP] = {"unsized-map", FEATSEL_ERROR},
	[CODE_UNKNOWN_FIELD] = {"unknown-field", FEATSEL_ERROR},
	[CODE_LICENSE] = {"license", FEATSEL_ERROR},
	[CODE_DAMAGED_PROGRAM] = {"damaged-program", FEATSEL_ERROR},
	[CODE_TYPE_MISMATCH] = {"type-mismatch", FEATSEL_ERROR},
	[CODE_UNNEEDED] = {"unneeded-requirement", FEATSEL_WARNING},
	[CODE_UNDECLARED] = {"undeclared-need", FEATSEL_NOTE},
	[CODE_UNUSED_OPTIONAL] = {"unused-optional", FEATSEL_WARNING},
	[CODE_GUARDED] = {"guarded-need", FEATSEL_NOTE},
	[CODE_KERNEL_VERSION] = {"kernel-version", FEATSEL_WARNING},
	[CODE_LAYOUTS_DIFFER] = {"layouts-differ", FEATSEL_ERROR},
	[CODE_UNREACHABLE] = {"unreachable-candidate", FEATSEL_WARNING},
	[CODE_SHARED_MAP] = {"shared-map", FEATSEL_WARNING},
	[CODE_NOT_ON_OLDEST] = {"not-on-4.18", FEATSEL_NOTE},
	[CODE_UNKNOWN_NAME] = {"unknown-name", FEATSEL_WARNING},
};
_Static_assert(ARRAY_SIZE(codes) == CODE_COUNT, "every code has its row");

static const char *const severities[] = {
	[FEATSEL_NOTE] = "note",
	[FEATSEL_WARNING] = "warning",
	[FEATSEL_ERROR] = "error",
};

const char *featsel_severity_name(enum featsel_severity severity)
{
	return (size_t)severity < ARRAY_SIZE(severities) ? severities[severity] : "error";
}

enum featsel_severity lint_severity(enum lint_code code)
{
	return codes[code].severity;
}

static void vreport(struct lint *lint, enum lint_code code, enum featsel_severity severity,
		    const struct location *at, const char *format, va_list args)
{
	char text[2048];

	vsnprintf(text, sizeof(text), format, args);
	lint->found(lint->data, &(struct featsel_finding){
					.size = sizeof(struct featsel_finding),
					.severity = severity,
					.code = codes[code].name,
					.file = at->file,
					.line = at->line,
					.column = at->column,
					.event = lint->event->name,
					.candidate = lint->candidate ? lint->candidate->name : NULL,
					.text = text,
				});
}

void lint_report(struct lint *lint, enum lint_code code, const struct location *at,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vreport(lint, code, codes[code].severity, at, format, args);
	va_end(args);
}

void lint_report_as(struct lint *lint, enum lint_code code, enum featsel_severity severity,
		    const struct location *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vreport(lint, code, severity, at, format, args);
	va_end(args);
}
