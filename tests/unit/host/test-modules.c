/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-modules.c - what loaded modules bring, and what those may bring that are not loaded
 */
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "../fake-kernel.h"
#include "../unit.h"
#include "host/private.h"

/* The kernel has struct core and core_function(); module widgets goes on with struct widget and
 * widget_function(), and its member is of the kernel's struct. */
static void give_types(struct kernel *kernel, bool of_modules, bool readable)
{
	struct btf *base = btf__new_empty(), *split;
	const void *data;
	uint32_t size;
	int word, core, proto;

	ck_assert_ptr_nonnull(base);
	word = btf__add_int(base, "int", 4, BTF_INT_SIGNED);
	core = btf__add_struct(base, "core", 4);
	ck_assert_int_eq(btf__add_field(base, "part", word, 0, 0), 0);
	ck_assert_int_gt(btf__add_struct(base, "module", 4), 0);
	if (of_modules)
		ck_assert_int_eq(btf__add_field(base, "btf_data", word, 0, 0), 0);
	proto = btf__add_func_proto(base, word);
	ck_assert_int_gt(btf__add_func(base, "core_function", BTF_FUNC_STATIC, proto), 0);
	split = btf__new_empty_split(base);
	ck_assert_ptr_nonnull(split);
	ck_assert_int_gt(btf__add_struct(split, "widget", 8), 0);
	ck_assert_int_eq(btf__add_field(split, "core", core, 0, 0), 0);
	ck_assert_int_eq(btf__add_field(split, "own", word, 32, 0), 0);
	proto = btf__add_func_proto(split, word);
	ck_assert_int_eq(btf__add_func_param(split, "one", word), 0);
	ck_assert_int_eq(btf__add_func_param(split, "two", word), 0);
	ck_assert_int_gt(btf__add_typedef(split, "btf_trace_widget_made", word), 0);
	ck_assert_int_gt(btf__add_func(split, "widget_function", BTF_FUNC_STATIC, proto), 0);
	data = btf__raw_data(base, &size);
	fake_kernel_file(kernel, "/sys/kernel/btf/vmlinux", data, size);
	data = btf__raw_data(split, &size);
	if (readable)
		fake_kernel_file(kernel, "/sys/kernel/btf/widgets", data, size);
	btf__free(split);
	btf__free(base);
}

#define LOADED	 "file /proc/modules plain 4096 0 - Live 0x0\\nwidgets 16384 0 - Live 0x0\\n\n"
#define LOADABLE "file /proc/modules\nfile /lib/modules/5.11.0/modules.dep a.ko:\n"
#define REST                                                                              \
	"release 5.11.0\ndirectory /sys/kernel\nfile /proc/sys/kernel/ftrace_enabled 1\n" \
	"file /sys/kernel/security/lockdown [none] integrity confidentiality\n"           \
	"file /proc/kallsyms 0 T core_function\\n0 t widget_function\\t[widgets]\\n\n"    \
	"directory /sys/bus/event_source/devices\n"                                       \
	"file /sys/bus/event_source/devices/kprobe/type 8\n"                              \
	"file /sys/bus/event_source/devices/kprobe/format/retprobe config:0\\n\n"

static const struct {
	const char *script, *feature, *verdict, *evidence;
} rows[] = {
	{LOADED, "btf:struct widget", "yes", "/sys/kernel/btf/widgets: struct 'widget'"},
	{LOADED, "btf:struct widget.own", "yes", "/sys/kernel/btf/widgets"},
	{LOADED, "btf:struct widget.core", "yes", "/sys/kernel/btf/widgets"},
	{LOADED, "btf:struct widget.other", "no type-missing",
	 "/sys/kernel/btf/widgets: no member"},
	{LOADED, "btf:struct core.own", "no type-missing", "/sys/kernel/btf/vmlinux"},
	{LOADED, "btf:func widget_function(2)", "yes", "/sys/kernel/btf/widgets"},
	{LOADED, "btf:func widget_function(3)", "no signature-unsupported", "has 2 parameters"},
	{LOADED, "attach:fentry/widget_function", "yes",
	 "/sys/kernel/btf/widgets: func 'widget_function'"},
	{LOADED, "attach:fentry/widgets:widget_function", "unknown inconclusive",
	 "/sys/kernel/btf/widgets has func"},
	{LOADED, "attach:tp_btf/widget_made", "yes", "typedef 'btf_trace_widget_made'"},
	{LOADED, "kfunc:xdp/widget_function", "yes", "/sys/kernel/btf/widgets"},
	/* What is not loaded libbpf does not find, whatever could be. */
	{LOADABLE, "btf:struct widget", "no type-missing", "/sys/kernel/btf/vmlinux"},
	{LOADABLE, "attach:fentry/nowhere", "unknown module-not-loaded", "nor has any module"},
	{LOADABLE, "attach:kprobe/nowhere", "unknown module-not-loaded", "nor has any module"},
	{LOADABLE, "kfunc:xdp/bpf_nowhere", "unknown module-not-loaded", "nor has any module"},
	/* kernel/bpf alone has these. */
	{LOADABLE, "kfunc:xdp/bpf_cpumask_nowhere", "no kfunc-missing", NULL},
	/* No module is there to be loaded, or none may be, or the kernel takes none. */
	{"file /proc/modules\n", "attach:fentry/nowhere", "no symbol-missing", NULL},
	{LOADABLE "file /proc/sys/kernel/modules_disabled 1\n", "attach:fentry/nowhere",
	 "no symbol-missing", NULL},
	{"file /lib/modules/5.11.0/modules.dep a.ko:\n", "attach:kprobe/nowhere",
	 "no symbol-missing", NULL},
	/* What could not be looked at is no evidence. */
	{LOADED "error /sys/kernel/btf/widgets EACCES\n", "attach:fentry/nowhere",
	 "unknown inconclusive", "/sys/kernel/btf/widgets: EACCES"},
	/* Nobody opens it for what the kernel itself has. */
	{LOADED "error /sys/kernel/btf/widgets EACCES\n", "btf:struct core.part", "yes", NULL},
};

static void hold(const char *script, bool of_modules, const char *feature, const char *verdict,
		 const char *evidence)
{
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_context *context;
	struct kernel *kernel;
	struct featsel_host *host;
	char whole[2048], seen[128];

	snprintf(whole, sizeof(whole), "%s%s", script, REST);
	kernel = fake_kernel_new(whole);
	give_types(kernel, of_modules, !strstr(script, "error /sys/kernel/btf/widgets"));
	ck_assert_int_eq(featsel_context_new(&context, NULL), 0);
	ck_assert_int_eq(host_live_on(context, kernel, 0, &host, NULL), 0);
	ck_assert_int_eq(featsel_host_ask(host, feature, &answer, NULL), 0);
	snprintf(seen, sizeof(seen), "%s%s%s", featsel_verdict_name(answer.verdict),
		 answer.reason ? " " : "", answer.reason ? answer.reason : "");
	ck_assert_msg(strcmp(seen, verdict) == 0, "%s: %s, %s", feature, seen, answer.evidence);
	ck_assert_msg(!evidence || strstr(answer.evidence, evidence), "%s: %s", feature,
		      answer.evidence);
	featsel_host_free(host);
	featsel_context_free(context);
}

START_TEST(row_holds)
{
	hold(rows[_i].script, true, rows[_i].feature, rows[_i].verdict, rows[_i].evidence);
}
END_TEST

/* Before 5.11 modules have no types, and their functions no trampoline. */
START_TEST(modules_without_types)
{
	hold(LOADABLE, false, "attach:fentry/nowhere", "no symbol-missing", NULL);
	hold(LOADABLE, false, "attach:kprobe/nowhere", "unknown module-not-loaded", NULL);
	hold(LOADED, false, "btf:struct widget", "no type-missing", NULL);
}
END_TEST

static Suite *suite(void)
{
	Suite *made = suite_create("modules");
	TCase *tc = tcase_create("modules");

	tcase_add_loop_test(tc, row_holds, 0, ARRAY_SIZE(rows));
	tcase_add_test(tc, modules_without_types);
	suite_add_tcase(made, tc);
	return made;
}

int main(void)
{
	return unit_run(suite);
}
