/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-feature.c - canonical forms, and what is refused with which words
 */
#include <linux/bpf.h>
#include <string.h>

#include "../unit.h"
#include "feature/feature.h"

struct accepted {
	const char *text, *canonical, *name;
	int kind, number, prog_type;
};

static const struct accepted accepted[] = {
	{"prog_type:kprobe", NULL, "kprobe", FEATURE_PROG_TYPE, BPF_PROG_TYPE_KPROBE, -1},
	{"attach_type:trace_fentry", NULL, "trace_fentry", FEATURE_ATTACH_TYPE, BPF_TRACE_FENTRY,
	 BPF_PROG_TYPE_TRACING},
	{"map_type:ringbuf", NULL, "ringbuf", FEATURE_MAP_TYPE, BPF_MAP_TYPE_RINGBUF, -1},
	{"helper:kprobe/get_current_task", NULL, "get_current_task", FEATURE_HELPER,
	 BPF_FUNC_get_current_task, BPF_PROG_TYPE_KPROBE},
	{"kfunc:tracing/bpf_rcu_read_lock", NULL, "bpf_rcu_read_lock", FEATURE_KFUNC, -1,
	 BPF_PROG_TYPE_TRACING},
	{"attach:fentry/ksys_mmap_pgoff", NULL, "fentry/ksys_mmap_pgoff", FEATURE_ATTACH, -1, -1},
	{"attach:fexit/do_exit[0,31]", NULL, "fexit/do_exit[0,31]", FEATURE_ATTACH, -1, -1},
	{"attach:tracepoint/sched/sched_switch[prev_pid@24:4,next_pid]", NULL,
	 "tracepoint/sched/sched_switch[prev_pid@24:4,next_pid]", FEATURE_ATTACH, -1, -1},
	{"attach:xdp", NULL, "xdp", FEATURE_ATTACH, -1, -1},
	{"attach:tracepoint/syscalls/sys_enter_mmap", NULL, "tracepoint/syscalls/sys_enter_mmap",
	 FEATURE_ATTACH, -1, -1},
	{"btf:vmlinux", NULL, "vmlinux", FEATURE_BTF, -1, -1},
	{"btf:struct task_struct.loginuid.val", NULL, "struct task_struct.loginuid.val",
	 FEATURE_BTF, -1, -1},
	{"btf:enum bpf_cmd.BPF_LINK_CREATE", NULL, "enum bpf_cmd.BPF_LINK_CREATE", FEATURE_BTF, -1,
	 -1},
	{"btf:func ksys_mmap_pgoff(6)", NULL, "func ksys_mmap_pgoff(6)", FEATURE_BTF, -1, -1},
	{"btf:func finish_task_switch.isra.0", NULL, "func finish_task_switch.isra.0", FEATURE_BTF,
	 -1, -1},
	{"kconfig:CONFIG_KPROBES=y", NULL, "CONFIG_KPROBES=y", FEATURE_KCONFIG, -1, -1},
	{"insns:bounded_loops", NULL, "bounded_loops", FEATURE_INSNS, -1, -1},
	{"lsm:bpf", NULL, "bpf", FEATURE_LSM, -1, -1},
	{"cap:perfmon", NULL, "perfmon", FEATURE_CAP, 38, -1},
	{"arch:x86_64", NULL, "x86_64", FEATURE_ARCH, -1, -1},
	{"kernel:>= 5.8", "kernel:>=5.8", ">=5.8", FEATURE_KERNEL, -1, -1},
	/* near to nothing that is known: a newer kernel may have it */
	{"map_type:quaternion_tree", NULL, "quaternion_tree", FEATURE_MAP_TYPE, -1, -1},
};

START_TEST(is_accepted)
{
	const struct accepted *row = &accepted[_i];
	struct arena *arena = arena_new();
	struct featsel_error err = {0};
	const struct feature *feature;

	ck_assert_msg(feature_parse(arena, row->text, &feature, &err) == 0, "%s: %s", row->text,
		      err.text);
	ck_assert_str_eq(feature->text, row->canonical ? row->canonical : row->text);
	ck_assert_str_eq(feature->name, row->name);
	ck_assert_int_eq((int)feature->kind, row->kind);
	ck_assert_int_eq(feature->number, row->number);
	ck_assert_int_eq(feature->prog_type, row->prog_type);
	arena_free(arena);
}
END_TEST

static const struct {
	const char *text, *message;
} refused[] = {
	{"ringbuf", "'ringbuf' is not a feature like 'map_type:ringbuf'"},
	{"maptype:ringbuf", "'maptype:ringbuf' is not a feature like 'map_type:ringbuf', did you "
			    "mean 'map_type:...'?"},
	{"map_type:ringbuff", "unknown map_type 'ringbuff', did you mean 'ringbuf'?"},
	{"map_type:", "'' is not a name of letters, digits and underscores"},
	{"map_type:ring buf", "'ring buf' is not a name of letters, digits and underscores"},
	{"attach:fexit/do_exit[]",
	 "'fexit/do_exit[]' does not end with words of the context, like '[0,2]'"},
	{"attach:fexit/do_exit[1,,2]",
	 "'fexit/do_exit[1,,2]' does not end with words of the context, like "
	 "'[0,2]'"},
	{"attach:fexit/do_exit[32]",
	 "'fexit/do_exit[32]' does not end with words of the context, like '[0,2]'"},
	{"attach:tracepoint/sched/sched_switch[]",
	 "'tracepoint/sched/sched_switch[]' does not end with fields of the tracepoint, like "
	 "'[pid@24:4]'"},
	{"attach:tp/sched/sched_switch[pid@]",
	 "'tp/sched/sched_switch[pid@]' does not end with fields of the tracepoint, like "
	 "'[pid@24:4]'"},
	{"attach:tp/sched/sched_switch[pid@8:x]",
	 "'tp/sched/sched_switch[pid@8:x]' does not end with fields of the tracepoint, like "
	 "'[pid@24:4]'"},
	{"attach:tp/sched/sched_switch[pid:4]",
	 "'tp/sched/sched_switch[pid:4]' does not end with fields of the tracepoint, like "
	 "'[pid@24:4]'"},
	{"attach:tp/sched/sched_switch[pid@65536]",
	 "'tp/sched/sched_switch[pid@65536]' does not end with fields of the tracepoint, like "
	 "'[pid@24:4]'"},
	{"attach:tp/sched/sched_switch]",
	 "'tp/sched/sched_switch]' does not end with fields of the tracepoint, like '[pid@24:4]'"},
	{"attach:fexit/[0]", "'fexit/[0]' names no target, write 'fexit/TARGET'"},
	{"attach:kprobe/do_exit[0]",
	 "'kprobe/do_exit[0]': the context of kprobe has no words that the kernel "
	 "knows"},
	{"helper:get_current_task", "'helper:get_current_task' lacks the program type: write "
				    "'helper:PROG_TYPE/get_current_task'"},
	{"helper:kprob/get_current_task", "unknown prog_type 'kprob', did you mean 'kprobe'?"},
	{"attach:fentri/x",
	 "'fentri/x' is not a section that libbpf knows, did you mean 'fentry'?"},
	{"attach:fentry", "'fentry' names no target, write 'fentry/TARGET'"},
	{"attach:?fentry/x", "'?fentry/x' begins with '?', which only sections of objects do"},
	{"btf:struct", "'struct' is none of vmlinux, struct T[.MEMBER], union T[.MEMBER], enum "
		       "E[.VALUE], func F[(ARGS)], "
		       "var V or typedef T"},
	{"btf:struct a..b",
	 "'struct a..b' is none of vmlinux, struct T[.MEMBER], union T[.MEMBER], enum E[.VALUE], "
	 "func F[(ARGS)], var V or typedef T"},
	{"btf:func f(x)",
	 "'func f(x)' is none of vmlinux, struct T[.MEMBER], union T[.MEMBER], enum E[.VALUE], "
	 "func F[(ARGS)], var V or typedef T"},
	{"kconfig:KPROBES=y", "'KPROBES=y' is not CONFIG_NAME or CONFIG_NAME=VALUE"},
	{"kconfig:CONFIG_X=", "'CONFIG_X=' gives no value after '='"},
	{"insns:larg",
	 "'larg' is none of large, bounded_loops, entered_loops, v2, v3, v4, atomics, "
	 "callbacks, global_data, lazy_functions, "
	 "did you mean 'large'?"},
	{"kernel:5.8", "'5.8' is not a comparison with a version, like '>= 5.8'"},
	{"kernel:>=5.", "'>=5.' is not a comparison with a version, like '>= 5.8'"},
	{"kernel:>=5.8-rc1", "'>=5.8-rc1' is not a comparison with a version, like '>= 5.8'"},
};

START_TEST(is_refused)
{
	struct arena *arena = arena_new();
	struct featsel_error err = {0};
	const struct feature *feature;

	ck_assert_int_lt(feature_parse(arena, refused[_i].text, &feature, &err), 0);
	ck_assert_str_eq(err.text, refused[_i].message);
	ck_assert_int_eq((int)err.failure, FEATSEL_FAILURE_INVALID);
	arena_free(arena);
}
END_TEST

/* What enumeration makes is what a person writes. */
START_TEST(of_number_is_of_name)
{
	struct arena *arena = arena_new();
	const struct feature *made, *parsed;

	made = feature_of(arena, FEATURE_HELPER, BPF_PROG_TYPE_XDP, BPF_FUNC_redirect_map);
	ck_assert_int_eq(feature_parse(arena, "helper:xdp/redirect_map", &parsed, NULL), 0);
	ck_assert_str_eq(made->text, parsed->text);
	ck_assert_int_eq(made->number, parsed->number);
	ck_assert_int_eq(made->prog_type, parsed->prog_type);
	arena_free(arena);
}
END_TEST

/* What users are told of a kind: its example is one of that kind. */
START_TEST(examples_are_features)
{
	struct arena *arena = arena_new();
	const struct feature *feature;

	for (size_t i = 0; i < FEATURE_KIND_COUNT; i++) {
		const struct featsel_feature_kind *kind = featsel_feature_kind(i);

		ck_assert_uint_eq(kind->size, sizeof(*kind));
		ck_assert_int_eq(feature_parse(arena, kind->example, &feature, NULL), 0);
		ck_assert_uint_eq(feature->kind, i);
		ck_assert_str_eq(feature->text, kind->example);
		ck_assert_uint_eq(strcspn(kind->example, ":"), strlen(kind->name));
		ck_assert_uint_gt(strlen(kind->summary), 0);
	}
	ck_assert_ptr_null(featsel_feature_kind(FEATURE_KIND_COUNT));
	arena_free(arena);
}
END_TEST

START_TEST(every_kind_has_its_key)
{
	enum feature_kind kind;

	for (kind = 0; kind < FEATURE_KIND_COUNT; kind++)
		ck_assert_int_eq((int)feature_kind_by_key(feature_kind(kind)->key), (int)kind);
	ck_assert_int_eq((int)feature_kind_by_key("nonsense"), FEATURE_KIND_COUNT);
}
END_TEST

static Suite *suite(void)
{
	Suite *made = suite_create("feature");
	TCase *tests = tcase_create("canonical");

	tcase_add_loop_test(tests, is_accepted, 0, (int)ARRAY_SIZE(accepted));
	tcase_add_loop_test(tests, is_refused, 0, (int)ARRAY_SIZE(refused));
	tcase_add_test(tests, of_number_is_of_name);
	tcase_add_test(tests, every_kind_has_its_key);
	tcase_add_test(tests, examples_are_features);
	suite_add_tcase(made, tests);
	return made;
}

int main(void)
{
	return unit_run(suite);
}
