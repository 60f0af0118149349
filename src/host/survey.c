/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * survey.c - many helpers of a program type in one load
 *
 * Since 6.15 the verifier works out which registers are live before it looks at the first
 * instruction, and shows that at log level 2. Before a call those are the arguments of the helper
 * if the program type is given it, else all five that a call may have. So a program that calls one
 * helper after the other shows for each with fewer arguments whether it is given; it begins with a
 * helper that cannot be, which ends it there: "invalid func unknown#N". Kernels without that dump
 * are asked helper by helper.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "host/private.h"

enum {
	HELPER_NONE = 0x7fff0000,
	HELPERS_END = 256, /* one more than the last: since 6.2 the kernel gets kfuncs instead of
			      helpers */
	ARGUMENTS_MOST = 5,
	LOG_LEVEL_ALL = 2,
};

struct survey {
	const struct variant *variant;
	bool refused; /* no program of the type can be loaded */
	struct featsel_answer refusal;
	uint8_t says[HELPERS_END]; /* enum survey_says */
	uint8_t arguments[HELPERS_END];
};

/*
 * Helpers of five arguments: given or not, five registers are live. And those that helper.c
 * never loads, since asking shows in the kernel's log.
 */
static const uint8_t never_told[] = {6,	  9,   10,  11,	 25,  28,  36,	49,  57,  58,
				     66,  68,  84,  85,	 99,  100, 110, 111, 121, 126,
				     149, 163, 165, 177, 180, 191, 201, 202};

/*
 * Given to the type, but the verifier requires more: a certain target, a sleepable program. Or it
 * is withheld for another reason than the type: lockdown.
 */
static const uint8_t told_if_withheld[] = {107, 108, 147, 148, 161, 173, 174, 183, 184, 185, 193};
static const uint8_t told_if_given[] = {4, 45, 112, 113, 114, 115};

static bool is_among(const uint8_t *helpers, size_t n, int helper)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (helpers[i] == helper)
			return true;
	}
	return false;
}

#define IS_AMONG(helpers, helper) is_among(helpers, ARRAY_SIZE(helpers), helper)

static bool is_told(int helper)
{
	return helper > 0 && helper < HELPERS_END && !IS_AMONG(never_told, helper);
}

/* ---- the program ---- */

static bool is_wanted(const struct live *live, const struct variant *variant, int helper)
{
	const struct expected_helper *expected = live->programs->expected.items;
	size_t i;

	if (live->thorough)
		return names_name(VOCABULARY_HELPER, helper) != NULL;
	for (i = 0; i < live->programs->expected.count; i++) {
		if (expected[i].prog_type == variant->prog_type && expected[i].number == helper)
			return true;
	}
	return false;
}

/* Controls: helpers that only one program type may call. */
static bool is_control(int helper)
{
	return helper == BPF_FUNC_redirect_map || helper == BPF_FUNC_skb_get_tunnel_key;
}

static struct bpf_insn call(int helper)
{
	return (struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = helper};
}

/* The number of instructions; 0: no helper to ask for. */
static size_t write_program(const struct live *live, const struct variant *variant,
			    struct bpf_insn *insns)
{
	size_t n = 0, wanted = 0;
	bool is_one;
	int helper;

	insns[n++] = call(HELPER_NONE);
	for (helper = 1; helper < HELPERS_END; helper++) {
		is_one = is_wanted(live, variant, helper) && is_told(helper);
		wanted += is_one;
		if (is_one || is_control(helper) || helper == BPF_FUNC_ktime_get_coarse_ns)
			insns[n++] = call(helper);
	}
	insns[n++] = (struct bpf_insn){.code = BPF_JMP | BPF_EXIT};
	return wanted ? n : 0;
}

/* ---- the log ---- */

/* "12: .123...... (85) call bpf_ringbuf_reserve#131": the registers that are read, -1: others than
 * a call's. */
static int count_arguments(const char *registers)
{
	int count = 0, i;

	while (count < ARGUMENTS_MOST && registers[count + 1] == '1' + count)
		count++;
	for (i = 0; i < 10; i++) {
		if ((i < 1 || i > count) && registers[i] != '.')
			return -1;
	}
	return count;
}

static void read_call(struct live *live, struct survey *survey, const char *registers,
		      const char *name)
{
	const char *hash = strchr(name, '#');
	long helper = hash ? strtol(hash + 1, NULL, 10) : -1;
	int arguments = count_arguments(registers);

	if (helper < 0 || helper >= HELPERS_END || !is_told((int)helper) || arguments < 0)
		return;
	survey->arguments[helper] = (uint8_t)arguments;
	survey->says[helper] = arguments < ARGUMENTS_MOST ? SURVEY_GIVEN : SURVEY_WITHHELD;
	/*
	 * Helper numbers have no gaps: every later one is unknown as well, every earlier one
	 * known.
	 */
	if (strncmp(name, "unknown#", 8) != 0 && helper > live->programs->helper_known)
		live->programs->helper_known = (int)helper;
	else if (strncmp(name, "unknown#", 8) == 0 && helper < live->programs->helper_end)
		live->programs->helper_end = (int)helper;
}

/* "            " before a call's registers and the instruction after: where they are, NULL
 * elsewhere. */
static const char *registers_of(const char *line, const char *instruction)
{
	enum { WIDTH = 11 }; /* ten registers and a space */

	return instruction - line > WIDTH ? instruction - WIDTH : NULL;
}

static void read_log(struct live *live, struct survey *survey)
{
	static const char sign[] = "(85) call ";
	const char *line = strstr(live->log, "Live regs before insn:"), *instruction, *registers;

	while (line && (line = strchr(line, '\n'))) {
		line++;
		instruction = strstr(line, sign);
		registers = instruction && instruction < line + strcspn(line, "\n")
				    ? registers_of(line, instruction)
				    : NULL;
		/* The log repeats the first instruction, without registers. */
		if (!registers)
			return;
		read_call(live, survey, registers, instruction + sizeof(sign) - 1);
	}
}

/*
 * Whether the dump means what it is taken to mean: a helper that every type gets shows its own
 * arguments, and of two helpers that no type gets both of, at least one is withheld.
 */
static bool is_sound(const struct survey *survey)
{
	static const struct {
		uint8_t helper, arguments;
	} known[] = {{BPF_FUNC_map_lookup_elem, 2},    {BPF_FUNC_map_update_elem, 4},
		     {BPF_FUNC_ktime_get_ns, 0},       {BPF_FUNC_get_smp_processor_id, 0},
		     {BPF_FUNC_skb_get_tunnel_key, 4}, {BPF_FUNC_redirect_map, 3}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (survey->says[known[i].helper] == SURVEY_GIVEN &&
		    survey->arguments[known[i].helper] != known[i].arguments)
			return false;
	}
	return survey->says[BPF_FUNC_redirect_map] == SURVEY_WITHHELD ||
	       survey->says[BPF_FUNC_skb_get_tunnel_key] == SURVEY_WITHHELD;
}

/* ---- the survey ---- */

static void make_survey(struct live *live, struct survey *survey)
{
	struct bpf_insn insns[HELPERS_END + 2];
	size_t n = write_program(live, survey->variant, insns);
	const char *sentence;
	int error;

	if (!n)
		return;
	error = variant_load_logged(live, survey->variant, insns, n, LOG_LEVEL_ALL);
	sentence = verifier_sentence(live->arena, live->log);
	if (error >= 0) {
		live->kernel->ops->close(live->kernel, error);
		return;
	}
	if (!sentence[0]) {
		survey->refused = true;
		survey->refusal = variant_failure(live, survey->variant, error);
		return;
	}
	if (!strstr(sentence, "invalid func "))
		return;
	read_log(live, survey);
	if (is_sound(survey))
		return;
	memset(survey->says, SURVEY_SILENT, sizeof(survey->says));
	live->programs->survey_useless = true;
}

static struct survey *survey_of(struct live *live, const struct variant *variant)
{
	struct host_programs *programs = live->programs;
	struct survey **surveys = programs->surveys.items, **added;
	size_t i;

	for (i = 0; i < programs->surveys.count; i++) {
		if (surveys[i]->variant == variant)
			return surveys[i];
	}
	if (programs->survey_useless)
		return NULL;
	added = vec_add(&programs->surveys, sizeof(struct survey *));
	if (!added)
		return NULL;
	*added = arena_alloc(live->arena, sizeof(**added));
	if (!*added) {
		programs->surveys.count--;
		return NULL;
	}
	(*added)->variant = variant;
	make_survey(live, *added);
	return *added;
}

enum survey_says survey_helper(struct live *live, const struct variant *variant, int helper,
			       struct survey_finding *ret)
{
	/* The other variants are asked for a few helpers only, one by one. */
	const struct survey *survey =
		variant->offers == OFFERS_ALL ? survey_of(live, variant) : NULL;

	if (!survey)
		return SURVEY_SILENT;
	ret->refusal = survey->refusal;
	if (survey->refused)
		return SURVEY_REFUSED;
	if (!is_told(helper) ||
	    (survey->says[helper] == SURVEY_GIVEN && IS_AMONG(told_if_withheld, helper)) ||
	    (survey->says[helper] == SURVEY_WITHHELD && IS_AMONG(told_if_given, helper)))
		return SURVEY_SILENT;
	ret->arguments = survey->arguments[helper];
	return (enum survey_says)survey->says[helper];
}

void survey_expect(struct live *live, const struct feature *feature)
{
	struct expected_helper *expected;

	if (feature->kind != FEATURE_HELPER || feature->number < 0 || feature->attach_type >= 0 ||
	    !host_programs(live))
		return;
	/* If memory is out, the helper is asked alone later. */
	expected = vec_add(&live->programs->expected, sizeof(*expected));
	if (expected)
		*expected = (struct expected_helper){feature->prog_type, feature->number};
}
