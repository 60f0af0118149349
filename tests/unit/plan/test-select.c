/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-select.c - the choice among candidates on hosts that are a string of verdicts
 *
 * A case is one line: a candidate a word, its features' verdicts a letter each (y, n, d, u); an
 * upper case word is kept out by its object; "-" in front: not wanted.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../unit.h"
#include "plan/private.h"

static const struct {
	const char *candidates;
	int chosen;
	bool certain;
	int failure;
	const char *asked; /* lazily: which features were asked, in order */
} cases[] = {
	{"y", 0, true, 0, "y"},
	{"yy yy", 0, true, 0, "yy"},
	{"yn yy", 1, true, 0, "ynyy"},
	{"ny y", 1, true, 0, "ny"},
	{"u y", 0, false, 0, "u"},
	{"yu y", 0, false, 0, "yu"},
	{"d y", 1, true, 0, "dy"},
	{"d u", 1, false, 0, "du"},
	{"d n", -1, false, FEATSEL_FAILURE_DENIED, "dn"},
	/* denied first, but no in the end: permission would not help */
	{"dn ny", -1, false, FEATSEL_FAILURE_NO_CANDIDATE, "dnn"},
	{"n n", -1, false, FEATSEL_FAILURE_NO_CANDIDATE, "nn"},
	{"Y y", 1, true, 0, "y"},
	{"Y Y", -1, false, FEATSEL_FAILURE_INVALID, ""},
	{"Y n", -1, false, FEATSEL_FAILURE_NO_CANDIDATE, "n"},
	{"-y y", 1, true, 0, "y"},
	{"-y n", -1, false, FEATSEL_FAILURE_NO_CANDIDATE, "n"},
	{"-d n", -1, false, FEATSEL_FAILURE_NO_CANDIDATE, "n"},
};

#define MOST_CANDIDATES 4
#define MOST_FEATURES	4

struct world {
	struct feature features[MOST_CANDIDATES][MOST_FEATURES];
	struct object_inferred inferred[MOST_CANDIDATES][MOST_FEATURES];
	struct featsel_candidate candidates[MOST_CANDIDATES];
	struct plan_candidate planned[MOST_CANDIDATES];
	struct plan_event event;
	char texts[MOST_CANDIDATES][MOST_FEATURES][8];
	char asked[32];
};

static int prepare(void *data, struct plan_candidate *candidate)
{
	(void)data;
	if (candidate->unusable)
		candidate->barrier.verdict = FEATSEL_NO;
	return 0;
}

static const char *reason_of(char letter)
{
	static const char *const reasons[] = {['s'] = "masked",
					      ['m'] = "symbol-missing",
					      ['t'] = "target-missing",
					      ['l'] = "lsm-inactive",
					      ['y'] = "inconclusive"};
	const char *reason = reasons[(unsigned char)letter];

	return reason ? reason : "inconclusive";
}

static struct featsel_answer ask(void *data, const struct feature *feature)
{
	static const enum featsel_verdict verdicts[] = {
		['y'] = FEATSEL_YES,	['n'] = FEATSEL_NO,	['m'] = FEATSEL_NO,
		['s'] = FEATSEL_NO,	['t'] = FEATSEL_NO,	['l'] = FEATSEL_NO,
		['d'] = FEATSEL_DENIED, ['u'] = FEATSEL_UNKNOWN};
	struct world *world = data;

	strncat(world->asked, feature->operand, 1);
	return (struct featsel_answer){.verdict = verdicts[(unsigned char)feature->operand[0]],
				       .reason = reason_of(feature->operand[0]),
				       .evidence = ""};
}

static const struct select_ops ops = {.prepare = prepare, .ask = ask};

static void add_candidate(struct world *world, const char *word)
{
	size_t i, c = world->event.n_candidates++;
	struct plan_candidate *planned = &world->planned[c];

	planned->wanted = *word != '-';
	word += *word == '-';
	planned->unusable = isupper((unsigned char)*word);
	planned->barrier.verdict = FEATSEL_YES;
	planned->candidate = &world->candidates[c];
	planned->inferred = world->inferred[c];
	planned->n_inferred = strlen(word);
	for (i = 0; word[i]; i++) {
		/* the text is the feature's identity: one of its own each */
		snprintf(world->texts[c][i], sizeof(world->texts[c][i]), "%c%zu%zu", word[i], c, i);
		world->features[c][i].text = world->features[c][i].operand = world->texts[c][i];
		world->inferred[c][i] =
			(struct object_inferred){&world->features[c][i], {.how = IS_REACHED}};
	}
}

static void make_world(struct world *world, const char *candidates)
{
	char line[64], *word, *rest = line;

	memset(world, 0, sizeof(*world));
	world->event.candidates = world->planned;
	snprintf(line, sizeof(line), "%s", candidates);
	while ((word = strsep(&rest, " ")))
		add_candidate(world, word);
}

START_TEST(chooses)
{
	struct world world;
	size_t i;

	make_world(&world, cases[_i].candidates);
	ck_assert_int_eq(select_event(&world.event, false, &ops, &world), 0);
	ck_assert_int_eq(world.event.chosen < 0 ? -1 : world.event.chosen, cases[_i].chosen);
	ck_assert_int_eq(world.event.certain, cases[_i].certain);
	ck_assert_int_eq(select_failure(&world.event), cases[_i].failure);
	ck_assert_str_eq(world.asked, cases[_i].asked);
	for (i = 0; i < world.event.n_candidates; i++)
		vec_free(&world.planned[i].requirements);
}
END_TEST

/* Evaluating everything for an explanation never changes the choice. */
START_TEST(explaining_chooses_the_same)
{
	struct world world;
	size_t i;

	make_world(&world, cases[_i].candidates);
	ck_assert_int_eq(select_event(&world.event, true, &ops, &world), 0);
	ck_assert_int_eq(world.event.chosen < 0 ? -1 : world.event.chosen, cases[_i].chosen);
	ck_assert_int_eq(select_failure(&world.event), cases[_i].failure);
	for (i = 0; i < world.event.n_candidates; i++) {
		ck_assert_int_eq(world.planned[i].considered, world.planned[i].wanted);
		vec_free(&world.planned[i].requirements);
	}
}
END_TEST

/*
 * What optional programs attach to decides nothing where it is missing, here 'm'; else it is
 * needed, and so is what they read of it.
 */
static const struct {
	const char *candidate, *target, *words;
	enum featsel_verdict verdict;
	const char *lazily, *all; /* what is asked */
	int decisive;
} optional_cases[] = {
	{"y", "m", NULL, FEATSEL_YES, "ym", "ym", -1},
	{"y", "y", NULL, FEATSEL_YES, "yy", "yy", -1},
	{"y", "n", NULL, FEATSEL_NO, "yn", "yn", 1},
	{"y", "u", NULL, FEATSEL_UNKNOWN, "yu", "yu", 1},
	{"d", "m", NULL, FEATSEL_DENIED, "dm", "dm", 0},
	{"y", "m", "n", FEATSEL_YES, "ym", "ym", -1},
	{"y", "y", "y", FEATSEL_YES, "yyy", "yyy", -1},
	{"y", "y", "n", FEATSEL_NO, "yyn", "yyn", 2},
	{"y", "d", "d", FEATSEL_DENIED, "ydd", "ydd", 1},
	{"n", "m", "y", FEATSEL_NO, "n", "nm", 0},
	{"n", "y", "y", FEATSEL_NO, "n", "nyy", 0},
};

static void check_optional(int i, bool all)
{
	const char *target = optional_cases[i].target, *words = optional_cases[i].words;
	struct feature features[] = {{.text = "target", .operand = target},
				     {.text = "words", .operand = words ? words : ""}};
	struct optional_target optional = {&features[0], words ? &features[1] : NULL};
	struct plan_candidate *planned;
	struct world world;

	make_world(&world, optional_cases[i].candidate);
	planned = &world.planned[0];
	planned->optional = &optional;
	planned->n_optional = 1;
	ck_assert_int_eq(select_event(&world.event, all, &ops, &world), 0);
	ck_assert_str_eq(world.asked, all ? optional_cases[i].all : optional_cases[i].lazily);
	ck_assert_int_eq(planned->verdict, optional_cases[i].verdict);
	ck_assert_int_eq(planned->decisive, optional_cases[i].decisive);
	vec_free(&planned->requirements);
}

START_TEST(optional_targets_decide_nothing)
{
	check_optional(_i, false);
	check_optional(_i, true);
}
END_TEST

#define LEAF(feature_)                                           \
	{                                                        \
		.op = REQUIREMENT_FEATURE, .feature = (feature_) \
	}

/*
 * any(A, all(B, C)), and behind it D: what explains a verdict is what made it. An alternative that
 * is not there explains nothing where the other one is.
 */
static const struct {
	const char *a, *b, *c, *d;
	enum featsel_verdict verdict;
	int decisive; /* in this order */
} any_cases[] = {
	{"y", "y", "y", "y", FEATSEL_YES, -1},	  {"n", "y", "y", "y", FEATSEL_YES, -1},
	{"n", "y", "y", "n", FEATSEL_NO, 3},	  {"y", "n", "y", "n", FEATSEL_NO, 3},
	{"n", "n", "y", "y", FEATSEL_NO, 1},	  {"n", "y", "n", "y", FEATSEL_NO, 2},
	{"n", "d", "y", "y", FEATSEL_DENIED, 1},  {"d", "n", "y", "y", FEATSEL_DENIED, 0},
	{"u", "n", "y", "n", FEATSEL_NO, 3},	  {"n", "n", "d", "y", FEATSEL_NO, 1},
	{"u", "d", "y", "y", FEATSEL_UNKNOWN, 0},
};

START_TEST(what_decided_explains)
{
	struct feature features[] = {{.text = "a", .operand = any_cases[_i].a},
				     {.text = "b", .operand = any_cases[_i].b},
				     {.text = "c", .operand = any_cases[_i].c},
				     {.text = "d", .operand = any_cases[_i].d}};
	struct requirement a = LEAF(&features[0]), b = LEAF(&features[1]), c = LEAF(&features[2]),
			   d = LEAF(&features[3]);
	struct requirement both = {.op = REQUIREMENT_ALL, .parts = &b};
	struct requirement any = {.op = REQUIREMENT_ANY, .parts = &a, .next = &d};
	struct requirement all = {.op = REQUIREMENT_ALL, .parts = &any};
	struct plan_candidate *planned;
	struct world world;

	a.next = &both;
	b.next = &c;
	make_world(&world, "y");
	planned = &world.planned[0];
	planned->n_inferred = 0;
	world.candidates[0].required = &all;
	ck_assert_int_eq(select_event(&world.event, true, &ops, &world), 0);
	ck_assert_int_eq(planned->verdict, any_cases[_i].verdict);
	ck_assert_int_eq(planned->decisive, any_cases[_i].decisive);
	vec_free(&planned->requirements);
}
END_TEST

/* What may be reached, and the question on which that hangs: never no, and the question explains.
 */
static const struct {
	const char *need, *hinge;
	enum featsel_verdict verdict;
	int decisive;
} open_cases[] = {
	{"y", "u", FEATSEL_YES, -1},
	{"n", "u", FEATSEL_UNKNOWN, 1},
	{"n", NULL, FEATSEL_UNKNOWN, 0},
	{"d", "u", FEATSEL_UNKNOWN, 1},
};

START_TEST(what_may_be_reached_is_never_no)
{
	struct feature need = {.text = "need", .operand = open_cases[_i].need},
		       hinge = {.text = "hinge", .operand = open_cases[_i].hinge};
	struct plan_candidate *planned;
	struct world world;

	make_world(&world, "y");
	planned = &world.planned[0];
	world.inferred[0][0] = (struct object_inferred){
		&need, {MAY_BE_REACHED, open_cases[_i].hinge ? &hinge : NULL}};
	ck_assert_int_eq(select_event(&world.event, true, &ops, &world), 0);
	ck_assert_int_eq(planned->verdict, open_cases[_i].verdict);
	ck_assert_int_eq(planned->decisive, open_cases[_i].decisive);
	vec_free(&planned->requirements);
}
END_TEST

/* What of the process keeps a candidate out is asked of those whose features hold, and decides. */
static struct featsel_answer settle_second(void *data, const struct plan_candidate *candidate)
{
	struct world *world = data;

	strncat(world->asked, "!", 2);
	return (struct featsel_answer){.verdict = candidate == &world->planned[1] ? FEATSEL_DENIED
										  : FEATSEL_YES,
				       .evidence = ""};
}

/* The hinge of what may be needed explains an unknown, unless it is answered: old kernels may or
 * may not know what newer ones do. */
START_TEST(an_answered_hinge_decides_nothing)
{
	static const struct feature helper = {.kind = FEATURE_HELPER, .operand = "n", .text = "h"},
				    hinge = {.kind = FEATURE_KERNEL, .operand = "n", .text = "k"};
	static const struct object_inferred needs[] = {
		{.feature = &helper, .reached = {.how = MAY_BE_REACHED, .hinge = &hinge}}};
	struct world world;

	make_world(&world, "y");
	world.planned[0].inferred = needs;
	world.planned[0].n_inferred = 1;
	ck_assert_int_eq(select_event(&world.event, true, &ops, &world), 0);
	ck_assert_int_eq(world.planned[0].verdict, FEATSEL_UNKNOWN);
	ck_assert_uint_eq(world.planned[0].requirements.count, 1);
	ck_assert_int_eq(world.planned[0].decisive, 0);
	vec_free(&world.planned[0].requirements);
}
END_TEST

START_TEST(settles_what_would_be_chosen)
{
	const struct select_ops settling = {
		.prepare = prepare, .ask = ask, .settle = settle_second};
	struct world world;
	size_t i;

	make_world(&world, "n y u y");
	ck_assert_int_eq(select_event(&world.event, false, &settling, &world), 0);
	ck_assert_str_eq(world.asked, "ny!u!");
	ck_assert_int_eq(world.event.chosen, 2);
	ck_assert_int_eq(world.planned[1].verdict, FEATSEL_DENIED);
	ck_assert_int_eq(world.planned[1].decisive, -1);
	for (i = 0; i < world.event.n_candidates; i++)
		vec_free(&world.planned[i].requirements);
}
END_TEST

/* What no way comes to is not needed; and what only a kernel's lack makes needed is told by that.
 */
static bool is_missed(void *data, struct plan_candidate *candidate, const struct feature *feature)
{
	struct world *world = data;

	strncat(world->asked, "?", 2);
	return candidate == &world->planned[0] && feature->kind == FEATURE_HELPER;
}

START_TEST(looks_again_at_what_is_missing)
{
	static const struct feature helper = {.kind = FEATURE_HELPER, .operand = "n", .text = "h"},
				    lazy = {.kind = FEATURE_INSNS, .operand = "n", .text = "i"};
	static const struct object_inferred needs[] = {
		{.feature = &helper, .reached = {.how = IS_REACHED, .hinge = &lazy}}};
	const struct select_ops looking = {.prepare = prepare, .ask = ask, .is_missed = is_missed};
	struct world world;
	size_t i;

	make_world(&world, "y y");
	for (i = 0; i < world.event.n_candidates; i++) {
		world.planned[i].inferred = needs;
		world.planned[i].n_inferred = 1;
	}
	ck_assert_int_eq(select_event(&world.event, true, &looking, &world), 0);
	ck_assert_str_eq(world.asked, "n?n?n");
	ck_assert_int_eq(world.planned[0].verdict, FEATSEL_YES);
	ck_assert_int_eq(world.planned[1].verdict, FEATSEL_NO);
	ck_assert_ptr_eq(((struct plan_requirement *)world.planned[1]
				  .requirements.items)[world.planned[1].decisive]
				 .feature,
			 &lazy);
	for (i = 0; i < world.event.n_candidates; i++)
		vec_free(&world.planned[i].requirements);
}
END_TEST

START_TEST(falls_back_in_order)
{
	struct world world;
	size_t i;

	make_world(&world, "y n u y");
	ck_assert_int_eq(select_event(&world.event, false, &ops, &world), 0);
	ck_assert_int_eq(world.event.chosen, 0);
	ck_assert(!world.planned[1].considered);
	ck_assert_int_eq(select_next(&world.event, 0, &ops, &world), 2);
	ck_assert_int_eq(select_next(&world.event, 2, &ops, &world), 3);
	ck_assert_int_eq(select_next(&world.event, 3, &ops, &world), -ENOENT);
	for (i = 0; i < world.event.n_candidates; i++)
		vec_free(&world.planned[i].requirements);
}
END_TEST

START_TEST(what_is_declared_is_not_inferred_again)
{
	struct world world;
	struct requirement leaf = {.op = REQUIREMENT_FEATURE};
	struct plan_requirement *requirements;

	make_world(&world, "y");
	leaf.feature = &world.features[0][0];
	world.candidates[0].required = &leaf;
	ck_assert_int_eq(select_event(&world.event, true, &ops, &world), 0);
	ck_assert_uint_eq(world.planned[0].requirements.count, 1);
	requirements = world.planned[0].requirements.items;
	ck_assert_str_eq(requirements[0].origin, "manifest");
	vec_free(&world.planned[0].requirements);
}
END_TEST

START_TEST(decisive_is_the_first_that_explains)
{
	struct world world;

	make_world(&world, "yduy");
	ck_assert_int_eq(select_event(&world.event, true, &ops, &world), 0);
	ck_assert_int_eq((int)world.planned[0].verdict, FEATSEL_DENIED);
	ck_assert_int_eq(world.planned[0].decisive, 1);
	vec_free(&world.planned[0].requirements);
}
END_TEST

/*
 * What inference alone keeps out is left for the last; never what is denied, masked, sent where
 * nothing is or to what never runs, barred by somebody or not wanted, also if that stands behind
 * the first no.
 */
static const struct {
	const char *candidates;
	int first, second; /* -1: none is left */
} last_resorts[] = {
	{"n n", 0, 1},	 {"ny d", 0, -1},  {"nd n", 1, -1}, {"nu nn", 0, 1}, {"yn -n", 0, -1},
	{"d u", -1, -1}, {"ns nn", 1, -1}, {"N n", 1, -1},  {"t n", 1, -1},  {"nl n", 1, -1},
};

START_TEST(a_last_resort_is_kept_out_by_inference_alone)
{
	static struct object object;
	struct world world;
	int first;

	make_world(&world, last_resorts[_i].candidates);
	for (size_t i = 0; i < world.event.n_candidates; i++)
		world.planned[i].object = &object;
	ck_assert_int_eq(select_event(&world.event, false, &ops, &world), 0);
	first = select_last_resort(&world.event, -1, &ops, &world);
	ck_assert_int_eq(first < 0 ? -1 : first, last_resorts[_i].first);
	if (first >= 0) {
		first = select_last_resort(&world.event, first, &ops, &world);
		ck_assert_int_eq(first < 0 ? -1 : first, last_resorts[_i].second);
	}
	for (size_t i = 0; i < world.event.n_candidates; i++)
		vec_free(&world.planned[i].requirements);
}
END_TEST

/* A candidate that loads: only what a load does not show counts on. */
START_TEST(what_loads_still_needs_its_target)
{
	static const struct {
		const char *origin;
		enum feature_kind kind;
		enum featsel_verdict verdict;
	} rows[] = {
		{"object", FEATURE_HELPER, FEATSEL_YES},  {"object", FEATURE_ATTACH, FEATSEL_NO},
		{"manifest", FEATURE_HELPER, FEATSEL_NO}, {"object", FEATURE_KCONFIG, FEATSEL_YES},
		{"object", FEATURE_LSM, FEATSEL_NO},
	};
	struct feature feature = {.kind = rows[_i].kind, .text = "x", .operand = "x"};
	struct plan_requirement requirement = {
		.feature = &feature, .origin = rows[_i].origin, .bears = FEATSEL_NO};
	struct plan_candidate candidate = {.requirements = {.items = &requirement, .count = 1}};
	int decisive;

	ck_assert_int_eq(select_beyond_loading(&candidate, &decisive), rows[_i].verdict);
	ck_assert_int_eq(decisive, rows[_i].verdict == FEATSEL_YES ? -1 : 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *made = suite_create("select");
	TCase *tests = tcase_create("choice");

	tcase_add_loop_test(tests, chooses, 0, (int)ARRAY_SIZE(cases));
	tcase_add_loop_test(tests, explaining_chooses_the_same, 0, (int)ARRAY_SIZE(cases));
	tcase_add_loop_test(tests, optional_targets_decide_nothing, 0,
			    (int)ARRAY_SIZE(optional_cases));
	tcase_add_loop_test(tests, what_may_be_reached_is_never_no, 0, ARRAY_SIZE(open_cases));
	tcase_add_loop_test(tests, what_decided_explains, 0, ARRAY_SIZE(any_cases));
	tcase_add_test(tests, looks_again_at_what_is_missing);
	tcase_add_test(tests, an_answered_hinge_decides_nothing);
	tcase_add_test(tests, settles_what_would_be_chosen);
	tcase_add_test(tests, falls_back_in_order);
	tcase_add_test(tests, what_is_declared_is_not_inferred_again);
	tcase_add_test(tests, decisive_is_the_first_that_explains);
	tcase_add_loop_test(tests, a_last_resort_is_kept_out_by_inference_alone, 0,
			    (int)ARRAY_SIZE(last_resorts));
	tcase_add_loop_test(tests, what_loads_still_needs_its_target, 0, 5);
	suite_add_tcase(made, tests);
	return made;
}

int main(void)
{
	return unit_run(suite);
}
