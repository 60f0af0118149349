/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* test-condition.c - what conditions let through, and what they refuse to be */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "../unit.h"
#include "record/private.h"

/* One field of every form that conditions tell apart. */
struct sample {
	uint64_t addr;
	uint32_t pid;
	int32_t delta;
	int32_t result;
	uint32_t kind;
	uint32_t prot;
	uint32_t flags;
	uint8_t ipv4[4];
	uint64_t took;
	char comm[16];
	bool ok;
	int8_t small;
	uint16_t half;
	struct {
		uint16_t at, length;
	} argv;
	char behind[16];
};

static const struct sample sample = {
	.addr = 0x7f0000001000,
	.pid = 4000000000,
	.delta = -5,
	.result = -ENOENT,
	.kind = 2,
	.prot = 3,
	.flags = 0x22,
	.ipv4 = {127, 0, 0, 1},
	.took = 1500000,
	.comm = "sh: a*b",
	.ok = true,
	.small = -1,
	.half = 0xffff,
	.argv = {offsetof(struct sample, behind), 6},
	.behind = "ls\0-l",
};

static struct arena *arena;
static struct btf *btf;
static struct featsel_layout *layout;
static struct featsel_error error;

static void field(const char *name, int type, size_t byte)
{
	ck_assert_int_eq(btf__add_field(btf, name, type, (uint32_t)byte * 8, 0), 0);
}

/* Tags come behind the struct: they would end it. */
static void tag(int record, int member, const char *hint)
{
	ck_assert_int_gt(btf__add_decl_tag(btf, hint, record, member), 0);
}

static int enumeration(const char *name, size_t n, const char *const *names, const int *values)
{
	int type = btf__add_enum(btf, name, 4);
	size_t i;

	for (i = 0; i < n; i++)
		ck_assert_int_eq(btf__add_enum_value(btf, names[i], values[i]), 0);
	return type;
}

struct types {
	int u8, s8, u16, u32, s32, u64, boolean, character, address, comm, kind, prot, flags, tail;
};

static struct types make_types(void)
{
	struct types types = {
		.u8 = btf__add_int(btf, "unsigned char", 1, 0),
		.s8 = btf__add_int(btf, "signed char", 1, BTF_INT_SIGNED),
		.u16 = btf__add_int(btf, "unsigned short", 2, 0),
		.u32 = btf__add_int(btf, "unsigned int", 4, 0),
		.s32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED),
		.u64 = btf__add_int(btf, "unsigned long long", 8, 0),
		.boolean = btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL),
		.character = btf__add_int(btf, "char", 1, BTF_INT_SIGNED),
	};

	types.address = btf__add_array(btf, types.u32, types.u8, 4);
	types.comm = btf__add_array(btf, types.u32, types.character, 16);
	types.kind = enumeration("kind", 3, (const char *const[]){"READ", "WRITE", "SYNC"},
				 (const int[]){0, 1, 2});
	types.prot = enumeration(
		"prot", 4,
		(const char *const[]){"PROT_NONE", "PROT_READ", "PROT_WRITE", "PROT_EXEC"},
		(const int[]){0, 1, 2, 4});
	types.flags = enumeration("flags", 4,
				  (const char *const[]){"MAP_SHARED", "MAP_PRIVATE",
							"MAP_SHARED_VALIDATE", "MAP_ANONYMOUS"},
				  (const int[]){1, 2, 3, 0x20});
	types.tail = btf__add_struct(btf, "tail", 4);
	field("at", types.u16, 0);
	field("length", types.u16, 2);
	return types;
}

static void set_up(void)
{
	struct types types;
	int record;

	arena = arena_new();
	btf = btf__new_empty();
	error = (struct featsel_error){0};
	types = make_types();
	record = btf__add_struct(btf, "r", offsetof(struct sample, behind));
	field("addr", types.u64, offsetof(struct sample, addr));
	field("pid", types.u32, offsetof(struct sample, pid));
	field("delta", types.s32, offsetof(struct sample, delta));
	field("result", types.s32, offsetof(struct sample, result));
	field("kind", types.kind, offsetof(struct sample, kind));
	field("prot", types.prot, offsetof(struct sample, prot));
	field("flags", types.flags, offsetof(struct sample, flags));
	field("ipv4", types.address, offsetof(struct sample, ipv4));
	field("took", types.u64, offsetof(struct sample, took));
	field("comm", types.comm, offsetof(struct sample, comm));
	field("ok", types.boolean, offsetof(struct sample, ok));
	field("argv", types.tail, offsetof(struct sample, argv));
	field("small", types.s8, offsetof(struct sample, small));
	field("half", types.u16, offsetof(struct sample, half));
	tag(record, 0, "featsel:hex");
	tag(record, 3, "featsel:errno");
	tag(record, 6, "featsel:flags:0xf");
	tag(record, 7, "featsel:ipv4");
	tag(record, 8, "featsel:duration");
	tag(record, 11, "featsel:strings");
	ck_assert_msg(!layout_new(btf, "r", arena, &layout, &error), "%s", error.text);
}

static void tear_down(void)
{
	btf__free(btf);
	arena_free(arena);
}

static const struct {
	const char *text;
	bool holds;
} rows[] = {
	{"pid = 4000000000", true},
	{"pid=4000000000", true},
	{"pid == 4000000000", true},
	{" pid  =  0xee6b2800", true},
	{"pid != 4000000000", false},
	{"pid > 1", true},
	{"pid < 1", false},
	{"pid >= 4000000000", true},
	{"pid <= 3999999999", false},
	{"pid ~ 4*", true},
	{"pid ~ 5*", false},
	{"pid & 0x2800", true},
	{"pid & 0x1", false},
	{"addr = 0x7f0000001000", true},
	{"addr ~ 0x7f*", true},
	{"addr < 0x7f0000001001", true},
	/* signs */
	{"delta = -5", true},
	{"delta < 0", true},
	{"delta > -6", true},
	{"delta >= 0", false},
	/* every size */
	{"small = -1", true},
	{"small = 1", false},
	{"half = 65535", true},
	{"half = 0xfffe", false},
	{"pid = 4000000001", false},
	{"addr = 0x7f0000001001", false},
	/* results */
	{"result = ENOENT", true},
	{"result = -ENOENT", true},
	{"result = -2", true},
	{"result < 0", true},
	{"result != EPERM", true},
	{"result ~ E*", true},
	{"result = 0", false},
	/* names */
	{"kind = SYNC", true},
	{"kind = 2", true},
	{"kind != WRITE", true},
	{"kind > READ", true},
	{"kind ~ S*", true},
	{"prot & PROT_WRITE", true},
	{"prot & PROT_EXEC", false},
	{"prot & PROT_READ|PROT_WRITE", true},
	{"prot & PROT_READ|PROT_EXEC", false},
	{"prot & PROT_NONE", false},
	{"prot = PROT_READ|PROT_WRITE", true},
	{"prot = PROT_READ", false},
	{"prot = 3", true},
	{"prot != PROT_READ", true},
	/* The type is a value of its own, not a set: shared-and-validated is not private. */
	{"flags & MAP_PRIVATE", true},
	{"flags & MAP_SHARED_VALIDATE", false},
	{"flags & MAP_PRIVATE|MAP_ANONYMOUS", true},
	{"flags = MAP_PRIVATE|MAP_ANONYMOUS", true},
	{"flags = MAP_PRIVATE|0x20", true},
	{"flags & MAP_SHARED", false},
	/* bytes and text */
	{"ipv4 = 127.0.0.1", true},
	{"ipv4 != 127.0.0.1", false},
	{"ipv4 ~ 127.*", true},
	{"took >= 1.5ms", true},
	{"took = 1500us", true},
	{"took = 1500000", true},
	{"took > 2s", false},
	{"took < 1ns", false},
	{"comm = sh: a*b", true},
	{"comm = sh", false},
	{"comm != sh", true},
	{"comm ~ sh*", true},
	{"comm ~ *a\\*b", true},
	{"comm ~ *a\\?b", false},
	{"comm = ", false},
	{"ok = true", true},
	{"ok = 1", true},
	{"ok = false", false},
	{"argv = ls -l", true},
	{"argv ~ * -l", true},
	{"argv ~ rm*", false},
};

START_TEST(conditions_hold)
{
	struct featsel_condition *condition;

	ck_assert_msg(!featsel_condition_new(layout, rows[_i].text, &condition, &error), "%s",
		      error.text);
	ck_assert_msg(featsel_condition_holds(condition, &sample, sizeof(sample)) == rows[_i].holds,
		      "%s", rows[_i].text);
	/* Where there is no field there is nothing to compare, whatever is asked. */
	ck_assert(!featsel_condition_holds(condition, &sample, 0));
	featsel_condition_free(condition);
}
END_TEST

static const struct {
	const char *text, *words;
} refusals[] = {
	{"", "it begins with a field"},
	{"= 1", "it begins with a field"},
	{"pdi = 1", "the record has no field 'pdi', did you mean 'pid'?"},
	{"colour = 1",
	 "there is addr, pid, delta, result, kind, prot, flags, ipv4, took, comm, ok, argv"},
	{"pid", "behind field 'pid' stands one of =, !=, <, >, <=, >=, ~, &"},
	{"pid 1", "behind field 'pid' stands one of"},
	{"pid ! 1", "behind field 'pid' stands one of"},
	{"pid = ", "field 'pid' (unsigned int) takes a number in its range, not ''"},
	{"pid = x", "takes a number in its range, not 'x'"},
	{"pid = 1x", "takes a number in its range, not '1x'"},
	{"pid = -1", "takes a number in its range, not '-1'"},
	{"pid = 4294967296", "takes a number in its range"},
	{"delta = 2147483648", "takes a number in its range"},
	{"delta = -2147483649", "takes a number in its range"},
	{"addr = 18446744073709551616", "takes a number in its range"},
	{"addr = +1", "takes a number"},
	{"result = ENOENTRY", "takes a number or the name of an error (ENOENT), not 'ENOENTRY'"},
	{"kind = SNYC", "field 'kind' has no value 'SNYC', did you mean 'SYNC'?"},
	{"kind = nothing", "field 'kind' has no value 'nothing'; there is READ, WRITE, SYNC"},
	{"kind & SYNC",
	 "'&' does not fit field 'kind' (enum kind), which takes =, !=, <, >, <=, >=, ~"},
	{"prot & PROT_READ|PROT_WIRTE", "no value 'PROT_WIRTE', did you mean 'PROT_WRITE'?"},
	{"prot < PROT_READ", "'<' does not fit field 'prot'"},
	{"prot & ", "no value ''"},
	{"ipv4 = localhost", "takes an IPv4 address, not 'localhost'"},
	{"took = soon", "takes a duration (1500, 1.5us, 20ms, 3s), not"},
	{"took = 1h", "takes a duration (1500, 1.5us, 20ms, 3s), not"},
	{"took = nans", "takes a duration (1500, 1.5us, 20ms, 3s), not"},
	{"took = -1ms", "takes a duration (1500, 1.5us, 20ms, 3s), not"},
	{"comm < sh", "'<' does not fit field 'comm' (char[16]), which takes =, !=, ~"},
	{"ok = maybe", "takes 'true' or 'false', not 'maybe'"},
};

START_TEST(conditions_refused)
{
	struct featsel_condition *condition = NULL;

	ck_assert_int_eq(featsel_condition_new(layout, refusals[_i].text, &condition, &error),
			 -EINVAL);
	ck_assert_ptr_null(condition);
	ck_assert_int_eq(error.failure, FEATSEL_FAILURE_INVALID);
	ck_assert_msg(strstr(error.text, refusals[_i].words) != NULL, "%s", error.text);
}
END_TEST

/* A list of names that is longer than its line ends in dots. */
START_TEST(long_lists_are_cut)
{
	struct featsel_condition *condition;
	char name[64];
	int i, type = btf__add_enum(btf, "many", 4), record;

	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "A_RATHER_LONG_NAME_%d", i);
		btf__add_enum_value(btf, name, i);
	}
	record = btf__add_struct(btf, "many", 4);
	ck_assert_int_gt(record, 0);
	field("many", type, 0);
	ck_assert_int_eq(layout_new(btf, "many", arena, &layout, &error), 0);
	ck_assert_int_eq(featsel_condition_new(layout, "many = x", &condition, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "A_RATHER_LONG_NAME_0, A_RATHER"));
	ck_assert_str_eq(error.text + strlen(error.text) - 5, ", ...");
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("condition");
	TCase *tests = tcase_create("conditions");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, conditions_hold, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(tests, conditions_refused, 0, ARRAY_SIZE(refusals));
	tcase_add_test(tests, long_lists_are_cut);
	suite_add_tcase(all, tests);
	return all;
}

int main(void)
{
	return unit_run(suite);
}
