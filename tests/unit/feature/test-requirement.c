/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-requirement.c - the algebra of verdicts, and expressions over scripted features
 */
#include "../unit.h"
#include "feature/feature.h"

#include <string.h>

static const enum featsel_verdict all_verdicts[] = {FEATSEL_YES, FEATSEL_NO, FEATSEL_DENIED,
						    FEATSEL_UNKNOWN};

START_TEST(all_is_the_worst)
{
	size_t i;

	ck_assert_int_eq(verdict_worst(FEATSEL_YES, FEATSEL_UNKNOWN), FEATSEL_UNKNOWN);
	ck_assert_int_eq(verdict_worst(FEATSEL_UNKNOWN, FEATSEL_DENIED), FEATSEL_DENIED);
	ck_assert_int_eq(verdict_worst(FEATSEL_DENIED, FEATSEL_NO), FEATSEL_NO);
	for (i = 0; i < ARRAY_SIZE(all_verdicts); i++) {
		ck_assert_int_eq(verdict_worst(FEATSEL_NO, all_verdicts[i]), FEATSEL_NO);
		ck_assert_int_eq(verdict_worst(all_verdicts[i], FEATSEL_YES), all_verdicts[i]);
	}
}
END_TEST

START_TEST(any_is_the_best)
{
	size_t i;

	ck_assert_int_eq(verdict_best(FEATSEL_UNKNOWN, FEATSEL_DENIED), FEATSEL_UNKNOWN);
	ck_assert_int_eq(verdict_best(FEATSEL_NO, FEATSEL_DENIED), FEATSEL_DENIED);
	for (i = 0; i < ARRAY_SIZE(all_verdicts); i++) {
		ck_assert_int_eq(verdict_best(FEATSEL_YES, all_verdicts[i]), FEATSEL_YES);
		ck_assert_int_eq(verdict_best(all_verdicts[i], FEATSEL_NO), all_verdicts[i]);
	}
}
END_TEST

START_TEST(not_swaps_yes_and_no_only)
{
	ck_assert_int_eq(verdict_not(FEATSEL_YES), FEATSEL_NO);
	ck_assert_int_eq(verdict_not(FEATSEL_NO), FEATSEL_YES);
	ck_assert_int_eq(verdict_not(FEATSEL_DENIED), FEATSEL_DENIED);
	ck_assert_int_eq(verdict_not(FEATSEL_UNKNOWN), FEATSEL_UNKNOWN);
}
END_TEST

/* A feature's text is the verdict that the script gives it. */
struct script {
	char asked[256];
};

static enum featsel_verdict answer(void *data, const struct feature *feature, const char *within)
{
	struct script *script = data;
	size_t i, length = strlen(script->asked);

	snprintf(script->asked + length, sizeof(script->asked) - length, "%s%s ",
		 within ? within : "", feature->text);
	for (i = 0; i < ARRAY_SIZE(all_verdicts); i++)
		if (strcmp(featsel_verdict_name(all_verdicts[i]), feature->text) == 0)
			return all_verdicts[i];
	ck_abort_msg("no verdict '%s'", feature->text);
	return FEATSEL_UNKNOWN;
}

static const struct requirement_ops ops = {.ask = answer};

static const struct feature yes = {.text = "yes"}, no = {.text = "no"}, denied = {.text = "denied"};

#define LEAF(feature_)                                           \
	{                                                        \
		.op = REQUIREMENT_FEATURE, .feature = (feature_) \
	}

START_TEST(nothing_required_holds)
{
	ck_assert_int_eq(requirement_evaluate(NULL, true, &ops, NULL), FEATSEL_YES);
}
END_TEST

START_TEST(nested)
{
	/* all(yes, any(no, denied), not(no)) is denied */
	struct requirement inner_no = LEAF(&no), last = {.op = REQUIREMENT_NOT, .parts = &inner_no};
	struct requirement any_denied = LEAF(&denied), any_no = LEAF(&no);
	struct requirement any = {.op = REQUIREMENT_ANY, .parts = &any_no, .next = &last};
	struct requirement first = LEAF(&yes), all = {.op = REQUIREMENT_ALL, .parts = &first};
	struct script script = {""};

	any_no.next = &any_denied;
	first.next = &any;
	ck_assert_int_eq(requirement_evaluate(&all, false, &ops, &script), FEATSEL_DENIED);
	ck_assert_str_eq(script.asked, "yes anyno anydenied notno ");
}
END_TEST

START_TEST(lazy_stops_when_decided)
{
	struct requirement second = LEAF(&yes), first = LEAF(&no);
	struct requirement all = {.op = REQUIREMENT_ALL, .parts = &first};
	struct requirement any_second = LEAF(&no), any_first = LEAF(&yes);
	struct requirement any = {.op = REQUIREMENT_ANY, .parts = &any_first};
	struct script script = {""};

	first.next = &second;
	any_first.next = &any_second;
	ck_assert_int_eq(requirement_evaluate(&all, true, &ops, &script), FEATSEL_NO);
	ck_assert_int_eq(requirement_evaluate(&any, true, &ops, &script), FEATSEL_YES);
	ck_assert_str_eq(script.asked, "no anyyes ");
}
END_TEST

static Suite *suite(void)
{
	Suite *made = suite_create("requirement");
	TCase *tests = tcase_create("verdicts");

	tcase_add_test(tests, all_is_the_worst);
	tcase_add_test(tests, any_is_the_best);
	tcase_add_test(tests, not_swaps_yes_and_no_only);
	tcase_add_test(tests, nothing_required_holds);
	tcase_add_test(tests, nested);
	tcase_add_test(tests, lazy_stops_when_decided);
	suite_add_tcase(made, tests);
	return made;
}

int main(void)
{
	return unit_run(suite);
}
