/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-names.c - numbers and names agree, nothing is missing, slips are recognised and nothing else
 * is
 */
#include <errno.h>

#include "../unit.h"
#include "feature/feature.h"

static const struct {
	enum vocabulary vocabulary;
	const char *name;
	int number;
} anchors[] = {
	{VOCABULARY_PROG_TYPE, "socket_filter", 1},
	{VOCABULARY_PROG_TYPE, "tracing", 26},
	{VOCABULARY_PROG_TYPE, "netfilter", 32},
	{VOCABULARY_MAP_TYPE, "hash", 1},
	{VOCABULARY_MAP_TYPE, "cgroup_storage", 19},
	{VOCABULARY_MAP_TYPE, "percpu_cgroup_storage", 21},
	{VOCABULARY_MAP_TYPE, "ringbuf", 27},
	{VOCABULARY_MAP_TYPE, "arena", 33},
	{VOCABULARY_MAP_TYPE, "insn_array", 34},
	{VOCABULARY_MAP_TYPE, "rhash", 35},
	{VOCABULARY_ATTACH_TYPE, "cgroup_inet_ingress", 0},
	{VOCABULARY_ATTACH_TYPE, "trace_fentry", 24},
	{VOCABULARY_ATTACH_TYPE, "modify_return", 26},
	{VOCABULARY_ATTACH_TYPE, "lsm_mac", 27},
	{VOCABULARY_ATTACH_TYPE, "trace_kprobe_session", 56},
	{VOCABULARY_ATTACH_TYPE, "trace_uprobe_session", 57},
	{VOCABULARY_ATTACH_TYPE, "trace_fsession", 58},
	{VOCABULARY_HELPER, "map_lookup_elem", 1},
	{VOCABULARY_HELPER, "get_current_task", 35},
	{VOCABULARY_HELPER, "probe_read_kernel", 113},
	{VOCABULARY_HELPER, "ringbuf_reserve", 131},
	{VOCABULARY_HELPER, "cgrp_storage_delete", 211},
	{VOCABULARY_LINK, "raw_tracepoint", 1},
	{VOCABULARY_LINK, "kprobe_multi", 8},
	{VOCABULARY_LINK, "sockmap", 14},
	{VOCABULARY_CAP, "chown", 0},
	{VOCABULARY_CAP, "sys_admin", 21},
	{VOCABULARY_CAP, "perfmon", 38},
	{VOCABULARY_CAP, "bpf", 39},
};

START_TEST(anchor_holds)
{
	ck_assert_int_eq(names_number(anchors[_i].vocabulary, anchors[_i].name),
			 anchors[_i].number);
	ck_assert_str_eq(names_name(anchors[_i].vocabulary, anchors[_i].number), anchors[_i].name);
}
END_TEST

/* First number, whether there may be gaps, and how many. */
static const struct {
	enum vocabulary vocabulary;
	int first, end;
} tables[] = {
	{VOCABULARY_PROG_TYPE, 1, 33},	 {VOCABULARY_MAP_TYPE, 1, 36},
	{VOCABULARY_ATTACH_TYPE, 0, 62}, {VOCABULARY_HELPER, 1, 212},
	{VOCABULARY_LINK, 1, 15},	 {VOCABULARY_CAP, 0, 41},
};

START_TEST(table_is_full)
{
	enum vocabulary vocabulary = tables[_i].vocabulary;
	int number;

	ck_assert_int_eq(names_end(vocabulary), tables[_i].end);
	for (number = tables[_i].first; number < tables[_i].end; number++) {
		const char *name = names_name(vocabulary, number);

		ck_assert_msg(name != NULL, "table %d has no %d", _i, number);
		ck_assert_msg(names_number(vocabulary, name) == number, "'%s' is twice in table %d",
			      name, _i);
		ck_assert_msg(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name),
			      "'%s'", name);
	}
}
END_TEST

START_TEST(outside_is_nothing)
{
	ck_assert_int_eq(names_number(VOCABULARY_MAP_TYPE, "ringbuff"), -ENOENT);
	ck_assert_int_eq(names_number(VOCABULARY_MAP_TYPE, ""), -ENOENT);
	ck_assert_int_eq(names_number(VOCABULARY_MAP_TYPE, "unspec"), -ENOENT);
	ck_assert_ptr_null(names_name(VOCABULARY_MAP_TYPE, 0));
	ck_assert_ptr_null(names_name(VOCABULARY_MAP_TYPE, -1));
	ck_assert_ptr_null(names_name(VOCABULARY_MAP_TYPE, 36));
}
END_TEST

static const struct {
	enum vocabulary vocabulary;
	const char *wrong, *meant; /* NULL: nothing is near */
} slips[] = {
	{VOCABULARY_MAP_TYPE, "ringbuff", "ringbuf"},
	{VOCABULARY_MAP_TYPE, "rignbuf", "ringbuf"},
	{VOCABULARY_MAP_TYPE, "RINGBUF", "ringbuf"},
	{VOCABULARY_MAP_TYPE, "BPF_MAP_TYPE_RINGBUF", "ringbuf"},
	{VOCABULARY_MAP_TYPE, "percpu-array", "percpu_array"},
	{VOCABULARY_MAP_TYPE, "quantum_tree", NULL},
	{VOCABULARY_MAP_TYPE, "x", NULL},
	{VOCABULARY_MAP_TYPE, "", NULL},
	{VOCABULARY_HELPER, "bpf_get_current_task", "get_current_task"},
	{VOCABULARY_HELPER, "BPF_FUNC_ringbuf_reserve", "ringbuf_reserve"},
	{VOCABULARY_HELPER, "get_curent_pid_tgid", "get_current_pid_tgid"},
	{VOCABULARY_HELPER, "frobnicate", NULL},
	{VOCABULARY_PROG_TYPE, "kprob", "kprobe"},
	{VOCABULARY_PROG_TYPE, "lsn", "lsm"},
	{VOCABULARY_ATTACH_TYPE, "fentry", "trace_fentry"},
	{VOCABULARY_ATTACH_TYPE, "session", NULL}, /* several end so */
	{VOCABULARY_CAP, "CAP_BPF", "bpf"},
	{VOCABULARY_CAP, "CAP_SYS_ADMIN", "sys_admin"},
};

START_TEST(slip_is_recognised)
{
	const char *near = names_suggest(slips[_i].vocabulary, slips[_i].wrong);

	if (!slips[_i].meant)
		ck_assert_msg(near == NULL, "'%s' is not '%s'", slips[_i].wrong, near);
	else
		ck_assert_pstr_eq(near, slips[_i].meant);
}
END_TEST

START_TEST(nearest_skips_holes_and_giants)
{
	static const char giant[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				    "aaaaaaaaaaaaaaaaaaaaa";
	const char *const names[] = {NULL, giant, "programs", "program"};

	ck_assert_pstr_eq(names_nearest("progams", names, ARRAY_SIZE(names)), "programs");
	ck_assert_pstr_eq(names_nearest("program", names, ARRAY_SIZE(names)), "program");
	ck_assert_ptr_null(names_nearest(giant, names, ARRAY_SIZE(names)));
	ck_assert_ptr_null(names_nearest("programs", names, 0));
}
END_TEST

static Suite *suite(void)
{
	Suite *result = suite_create("names");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, anchor_holds, 0, ARRAY_SIZE(anchors));
	tcase_add_loop_test(all, table_is_full, 0, ARRAY_SIZE(tables));
	tcase_add_test(all, outside_is_nothing);
	tcase_add_loop_test(all, slip_is_recognised, 0, ARRAY_SIZE(slips));
	tcase_add_test(all, nearest_skips_holes_and_giants);
	suite_add_tcase(result, all);
	return result;
}

int main(void)
{
	return unit_run(suite);
}
