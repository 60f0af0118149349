/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * requirement.c - all, any and not over features, and the algebra of verdicts behind them
 */
#include "feature/feature.h"

/* From worst to best under "all". "any" uses the same order reversed: no, denied, unknown, yes. */
static const int rank[] = {
	[FEATSEL_NO] = 0,
	[FEATSEL_DENIED] = 1,
	[FEATSEL_UNKNOWN] = 2,
	[FEATSEL_YES] = 3,
};

enum featsel_verdict verdict_worst(enum featsel_verdict a, enum featsel_verdict b)
{
	return rank[a] <= rank[b] ? a : b;
}

enum featsel_verdict verdict_best(enum featsel_verdict a, enum featsel_verdict b)
{
	return rank[a] >= rank[b] ? a : b;
}

enum featsel_verdict verdict_not(enum featsel_verdict verdict)
{
	if (verdict == FEATSEL_YES)
		return FEATSEL_NO;
	return verdict == FEATSEL_NO ? FEATSEL_YES : verdict;
}

struct walk {
	bool lazy;
	const struct requirement_ops *ops;
	void *data;
	size_t leaves; /* asked so far */
};

static enum featsel_verdict evaluate(const struct requirement *requirement, struct walk *walk,
				     const char *within);

static enum featsel_verdict evaluate_all(const struct requirement *part, struct walk *walk,
					 const char *within)
{
	enum featsel_verdict verdict = FEATSEL_YES;

	for (; part; part = part->next) {
		verdict = verdict_worst(verdict, evaluate(part, walk, within));
		if (walk->lazy && verdict == FEATSEL_NO)
			break;
	}
	return verdict;
}

static enum featsel_verdict evaluate_any(const struct requirement *part, struct walk *walk)
{
	enum featsel_verdict verdict = FEATSEL_NO;

	for (; part; part = part->next) {
		verdict = verdict_best(verdict, evaluate(part, walk, "any"));
		if (walk->lazy && verdict == FEATSEL_YES)
			break;
	}
	return verdict;
}

static enum featsel_verdict evaluate_group(const struct requirement *requirement, struct walk *walk,
					   const char *within)
{
	if (requirement->op == REQUIREMENT_ANY)
		return evaluate_any(requirement->parts, walk);
	if (requirement->op == REQUIREMENT_NOT)
		return verdict_not(evaluate(requirement->parts, walk, "not"));
	return evaluate_all(requirement->parts, walk, within);
}

static enum featsel_verdict evaluate(const struct requirement *requirement, struct walk *walk,
				     const char *within)
{
	const size_t before = walk->leaves;
	enum featsel_verdict verdict;

	if (requirement->op == REQUIREMENT_FEATURE) {
		walk->leaves++;
		return walk->ops->ask(walk->data, requirement->feature, within);
	}
	verdict = evaluate_group(requirement, walk, within);
	if (walk->ops->close)
		walk->ops->close(walk->data, requirement->op, walk->leaves - before, verdict);
	return verdict;
}

enum featsel_verdict requirement_evaluate(const struct requirement *requirement, bool lazy,
					  const struct requirement_ops *ops, void *data)
{
	struct walk walk = {.lazy = lazy, .ops = ops, .data = data};

	return requirement ? evaluate(requirement, &walk, NULL) : FEATSEL_YES;
}
