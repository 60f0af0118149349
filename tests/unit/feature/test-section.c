/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-section.c - section names taken apart, and the order of preference
 */
#include <linux/bpf.h>
#include <string.h>

#include "../unit.h"
#include "feature/feature.h"

static const struct {
	const char *name, *form, *target;
	int prog_type, attach_type;
	enum attach_means means;
	unsigned int flags;
} known[] = {
	{"fentry/ksys_mmap_pgoff", "fentry", "ksys_mmap_pgoff", BPF_PROG_TYPE_TRACING,
	 BPF_TRACE_FENTRY, ATTACH_TRACING_FUNCTION, 0},
	{"fentry.s/vfs_open", "fentry.s", "vfs_open", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY,
	 ATTACH_TRACING_FUNCTION, SECTION_SLEEPABLE},
	{"?kprobe/vfs_open", "kprobe", "vfs_open", BPF_PROG_TYPE_KPROBE, -1, ATTACH_KPROBE,
	 SECTION_OPTIONAL},
	{"tp/syscalls/sys_enter_mmap", "tp", "syscalls/sys_enter_mmap", BPF_PROG_TYPE_TRACEPOINT,
	 -1, ATTACH_TRACEPOINT, 0},
	{"kprobe", "kprobe", "", BPF_PROG_TYPE_KPROBE, -1, ATTACH_KPROBE, 0},
	{"kprobe.multi/vfs_*", "kprobe.multi", "vfs_*", BPF_PROG_TYPE_KPROBE,
	 BPF_TRACE_KPROBE_MULTI, ATTACH_KPROBE_MULTI, 0},
	{"cgroup_skb/egress", "cgroup_skb/egress", "", BPF_PROG_TYPE_CGROUP_SKB,
	 BPF_CGROUP_INET_EGRESS, ATTACH_CGROUP, SECTION_NO_TARGET},
	{"tcx/ingress", "tcx/ingress", "", BPF_PROG_TYPE_SCHED_CLS, 46, ATTACH_TC,
	 SECTION_NO_TARGET},
	{"fsession.s/vfs_open", "fsession.s", "vfs_open", BPF_PROG_TYPE_TRACING, 58,
	 ATTACH_TRACING_FUNCTION, SECTION_SLEEPABLE},
	{"fexit.multi.s", "fexit.multi.s", "", BPF_PROG_TYPE_TRACING, 60, ATTACH_NONE,
	 SECTION_RETURN | SECTION_SLEEPABLE},
	{"netfilter", "netfilter", "", 32, 45, ATTACH_PACKET_HOOK, SECTION_NO_TARGET},
	{"xdp.frags", "xdp.frags", "", BPF_PROG_TYPE_XDP, BPF_XDP, ATTACH_XDP,
	 SECTION_NO_TARGET | SECTION_FRAGS},
	{"usdt//usr/lib/libc.so.6:libc:setjmp", "usdt", "/usr/lib/libc.so.6:libc:setjmp",
	 BPF_PROG_TYPE_KPROBE, -1, ATTACH_USDT, 0},
};

START_TEST(is_known)
{
	struct section section;

	ck_assert_int_eq(section_parse(known[_i].name, &section), 0);
	ck_assert_str_eq(section.form, known[_i].form);
	ck_assert_str_eq(section.target, known[_i].target);
	ck_assert_int_eq(section.prog_type, known[_i].prog_type);
	ck_assert_int_eq(section.attach_type, known[_i].attach_type);
	ck_assert_int_eq((int)section.means, (int)known[_i].means);
	ck_assert_uint_eq(section.flags, known[_i].flags);
}
END_TEST

START_TEST(is_unknown)
{
	static const char *const names[] = {"",	     "fentryx/f", "maps",
					    ".text", "kprobes/f", "license"};
	struct section section;

	ck_assert_int_eq(section_parse(names[_i], &section), -2);
}
END_TEST

START_TEST(preference_is_the_documented_one)
{
	static const char *const order[] = {"fexit/f",
					    "lsm/file_open",
					    "tp_btf/sched_switch",
					    "raw_tp/sched_switch",
					    "tp/syscalls/x",
					    "kprobe.multi/f",
					    "kprobe/f",
					    "uprobe/f",
					    "perf_event",
					    "tp_btf/sys_enter",
					    "raw_tracepoint/sys_exit",
					    "xdp"};
	struct section before, after;
	size_t i;

	for (i = 1; i < ARRAY_SIZE(order); i++) {
		ck_assert_int_eq(section_parse(order[i - 1], &before), 0);
		ck_assert_int_eq(section_parse(order[i], &after), 0);
		ck_assert_msg(section_preference(&before) < section_preference(&after),
			      "%s before %s", order[i - 1], order[i]);
	}
}
END_TEST

START_TEST(a_slip_has_its_suggestion)
{
	ck_assert_str_eq(section_suggest("fentri/vfs_open"), "fentry");
	ck_assert_str_eq(section_suggest("tracepont/a/b"), "tracepoint");
	ck_assert_ptr_null(section_suggest("quaternion"));
}
END_TEST

START_TEST(attach_type_names_its_program_type)
{
	ck_assert_int_eq(section_prog_type(BPF_TRACE_FENTRY), BPF_PROG_TYPE_TRACING);
	ck_assert_int_eq(section_prog_type(BPF_LSM_MAC), BPF_PROG_TYPE_LSM);
	ck_assert_int_eq(section_prog_type(9999), -2);
}
END_TEST

static Suite *suite(void)
{
	Suite *made = suite_create("section");
	TCase *tests = tcase_create("grammar");

	tcase_add_loop_test(tests, is_known, 0, (int)ARRAY_SIZE(known));
	tcase_add_loop_test(tests, is_unknown, 0, 6);
	tcase_add_test(tests, preference_is_the_documented_one);
	tcase_add_test(tests, a_slip_has_its_suggestion);
	tcase_add_test(tests, attach_type_names_its_program_type);
	suite_add_tcase(made, tests);
	return made;
}

int main(void)
{
	return unit_run(suite);
}
