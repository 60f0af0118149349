/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * feature.c - the kinds of features and their canonical form
 *
 * A feature's text is its identity: what explanations print, snapshots store and --without takes.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "feature/feature.h"

#define INVALID(err, ...) error_set(err, -EINVAL, FEATSEL_FAILURE_INVALID, __VA_ARGS__)

static bool is_word(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_')
			return false;
	return length > 0;
}

static int check_word(const char *operand, struct featsel_error *err)
{
	if (is_word(operand, strlen(operand)))
		return 0;
	return INVALID(err, "'%s' is not a name of letters, digits and underscores", operand);
}

/* Fields of the context behind a tracepoint, "[prev_pid@24:4,next_pid]". */
static int check_fields(const char *operand, struct featsel_error *err)
{
	const char *at = strchr(operand, '[');
	struct section_field field;
	int r = at ? 1 : -EINVAL;

	while (r > 0)
		r = section_field(&at, &field);
	return r ? INVALID(err,
			   "'%s' does not end with fields of the tracepoint, like '[pid@24:4]'",
			   operand)
		 : 0;
}

/* Words of the context behind a target, "[0,2]": only for targets whose arguments BTF describes. */
static int check_words(const char *operand, const struct section *section,
		       struct featsel_error *err)
{
	static const bool typed[ATTACH_MEANS_COUNT] = {
		[ATTACH_TRACING_TRACEPOINT] = true,
		[ATTACH_TRACING_FUNCTION] = true,
		[ATTACH_LSM] = true,
		[ATTACH_LSM_CGROUP] = true,
	};
	uint32_t words;
	int length;

	if (section->means == ATTACH_TRACEPOINT)
		return check_fields(operand, err);
	length = section_words(operand, &words);
	if (length < 0)
		return INVALID(err, "'%s' does not end with words of the context, like '[0,2]'",
			       operand);
	if (words && !typed[section->means])
		return INVALID(err, "'%s': the context of %s has no words that the kernel knows",
			       operand, section->form);
	return 0;
}

/*
 * "xdp@lo", "cgroup/connect4@/sys/fs/cgroup": 0; -EINVAL with a sentence; -ENOENT: the section
 * takes no place, so '@' is part of its target.
 */
static int check_place(const char *operand, struct featsel_error *err)
{
	struct arena *arena = arena_new();
	struct attach_options on;
	struct section section;
	int r = arena ? on_parse(arena, operand, &section, &on) : -ENOMEM;
	bool placed = !r && on.said;

	arena_free(arena);
	if (r == -ENOMEM)
		return error_memory(err);
	if (r == -EINVAL)
		return INVALID(err,
			       "'%s': what follows '@' is not where such a program can be "
			       "attached",
			       operand);
	return placed ? 0 : -ENOENT;
}

static int check_attach(const char *operand, struct featsel_error *err)
{
	const char *near;
	struct section section;

	if (strchr(operand, '@') && check_place(operand, err) != -ENOENT)
		return check_place(operand, err);
	if (section_parse(operand, &section)) {
		near = section_suggest(operand);
		return INVALID(err, "'%s' is not a section that libbpf knows%s%s%s", operand,
			       near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	if (section.flags & SECTION_OPTIONAL)
		return INVALID(err, "'%s' begins with '?', which only sections of objects do",
			       operand);
	if ((!section.target[0] || section.target[0] == '[') && section.means != ATTACH_NONE &&
	    !(section.flags & SECTION_NO_TARGET))
		return INVALID(err, "'%s' names no target, write '%s/TARGET'", operand,
			       section.form);
	/* In other sections brackets may be part of a pattern. */
	return operand[strlen(operand) - 1] == ']' ? check_words(operand, &section, err) : 0;
}

/* "A.b.c": dotted words, at most @dots dots */
static bool is_dotted(const char *text, size_t length, int dots)
{
	const char *end = text + length, *dot;

	while ((dot = memchr(text, '.', (size_t)(end - text)))) {
		if (dots-- == 0 || !is_word(text, (size_t)(dot - text)))
			return false;
		text = dot + 1;
	}
	return is_word(text, (size_t)(end - text));
}

/* "name" or "name(6)" */
static bool is_function(const char *text)
{
	size_t digits, length = strcspn(text, "(");

	/* Compiler suffixes are part of a symbol's name: finish_task_switch.isra.0 */
	if (!is_dotted(text, length, 8))
		return false;
	if (!text[length])
		return true;
	digits = strspn(text + length + 1, "0123456789");
	return digits > 0 && digits <= 2 && strcmp(text + length + 1 + digits, ")") == 0;
}

#define BTF_GRAMMAR                                                                               \
	"vmlinux, struct T[.MEMBER], union T[.MEMBER], enum E[.VALUE], func F[(ARGS)], var V or " \
	"typedef T"

static int check_btf(const char *operand, struct featsel_error *err)
{
	static const struct {
		const char *word;
		int dots;
	} kinds[] = {{"struct ", 16}, {"union ", 16}, {"enum ", 1}, {"typedef ", 0}, {"var ", 0}};
	size_t i, length;

	if (strcmp(operand, "vmlinux") == 0)
		return 0;
	if (strncmp(operand, "func ", 5) == 0 && is_function(operand + 5))
		return 0;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		length = strlen(kinds[i].word);
		if (strncmp(operand, kinds[i].word, length) == 0 &&
		    is_dotted(operand + length, strlen(operand + length), kinds[i].dots))
			return 0;
	}
	return INVALID(err, "'%s' is none of " BTF_GRAMMAR, operand);
}

/* A symbol's name may end in a compiler's suffix: ".isra.0", ".llvm.1234". */
static int check_symbol(const char *operand, struct featsel_error *err)
{
	if (is_dotted(operand, strlen(operand), 8))
		return 0;
	return INVALID(err, "'%s' is not the name of a symbol", operand);
}

static int check_kconfig(const char *operand, struct featsel_error *err)
{
	size_t name = strcspn(operand, "=");

	if (strncmp(operand, "CONFIG_", 7) != 0 || !is_word(operand, name) || name == 7)
		return INVALID(err, "'%s' is not CONFIG_NAME or CONFIG_NAME=VALUE", operand);
	if (operand[name] && !operand[name + 1])
		return INVALID(err, "'%s' gives no value after '='", operand);
	return 0;
}

static const char *const insns[] = {
	"large", "bounded_loops", "entered_loops", "v2",	  "v3",
	"v4",	 "atomics",	  "callbacks",	   "global_data", "lazy_functions"};

/* What the verifier follows of numbers that only the run decides, by the release that began it.
 * Inference asks for these; an error lists the others. */
static const char *const ranges[] = {
	"ranges_5.11",	  "ranges_5.16",     "ranges_6.4",    "ranges_6.8",	"ranges_6.10",
	"ranges_6.14",	  "ranges_products", "ranges_6.17",   "ranges_carried", "ranges_6.18",
	"ranges_negated", "ranges_extended", "ranges_single", "ranges_swapped", "ranges_same",
	"ranges_7.0",	  "ranges_masked",
};

const char *feature_insns(size_t index)
{
	if (index < ARRAY_SIZE(insns))
		return insns[index];
	index -= ARRAY_SIZE(insns);
	return index < ARRAY_SIZE(ranges) ? ranges[index] : NULL;
}

static int check_insns(const char *operand, struct featsel_error *err)
{
	const char *near;
	char list[128] = "";
	size_t i, length;

	for (i = 0; feature_insns(i); i++)
		if (strcmp(operand, feature_insns(i)) == 0)
			return 0;
	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		length = strlen(list);
		snprintf(list + length, sizeof(list) - length, "%s%s", i ? ", " : "", insns[i]);
	}
	near = names_nearest(operand, insns, ARRAY_SIZE(insns));
	return INVALID(err, "'%s' is none of %s%s%s%s", operand, list,
		       near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* "5", "5.8", "5.8.12" */
static bool is_version(const char *text)
{
	size_t digits, parts = 0;

	do {
		digits = strspn(text, "0123456789");
		if (digits == 0 || digits > 5 || ++parts > 3)
			return false;
		text += digits;
	} while (*text++ == '.');
	return text[-1] == '\0';
}

static int check_kernel(const char *operand, struct featsel_error *err)
{
	static const char *const comparisons[] = {">=", "<=", ">", "<", "=", "=="};
	size_t i, length = strspn(operand, "<>=");

	for (i = 0; i < ARRAY_SIZE(comparisons); i++)
		if (strlen(comparisons[i]) == length &&
		    strncmp(operand, comparisons[i], length) == 0 && is_version(operand + length))
			return 0;
	return INVALID(err, "'%s' is not a comparison with a version, like '>= 5.8'", operand);
}

/* What users are told of a kind: its name, an example, what it means. */
#define ABOUT(kind, example, summary)                                       \
	{                                                                   \
		sizeof(struct featsel_feature_kind), kind, example, summary \
	}

static const struct feature_kind_row kinds[] = {
	[FEATURE_PROG_TYPE] = {.about = ABOUT("prog_type", "prog_type:tracing",
					      "programs of this type can be loaded"),
			       .key = "prog_type",
			       .privileged = true,
			       .vocabulary = VOCABULARY_PROG_TYPE,
			       .check = check_word},
	[FEATURE_ATTACH_TYPE] = {.about = ABOUT("attach_type", "attach_type:trace_fentry",
						"programs with this expected attach type can"),
				 .key = "attach_type",
				 .privileged = true,
				 .vocabulary = VOCABULARY_ATTACH_TYPE,
				 .check = check_word},
	[FEATURE_MAP_TYPE] = {.about = ABOUT("map_type", "map_type:ringbuf",
					     "maps of this type can be made"),
			      .key = "map_types",
			      .list = true,
			      .privileged = true,
			      .vocabulary = VOCABULARY_MAP_TYPE,
			      .check = check_word},
	[FEATURE_HELPER] = {.about = ABOUT("helper", "helper:kprobe/get_current_task",
					   "the helper, in programs of a type"),
			    .key = "helpers",
			    .list = true,
			    .privileged = true,
			    .of_prog_type = true,
			    .vocabulary = VOCABULARY_HELPER,
			    .check = check_word},
	[FEATURE_KFUNC] = {.about = ABOUT("kfunc", "kfunc:tracing/bpf_task_acquire",
					  "the kernel's function, in programs of a type"),
			   .key = "kfuncs",
			   .list = true,
			   .privileged = true,
			   .of_prog_type = true,
			   .vocabulary = -1,
			   .check = check_word},
	[FEATURE_ATTACH] = {.about = ABOUT("attach", "attach:kprobe/do_mmap",
					   "a program of this section can be attached"),
			    .key = "attach",
			    .list = true,
			    .privileged = true,
			    .vocabulary = -1,
			    .check = check_attach},
	[FEATURE_LINK] = {.about = ABOUT("link", "link:perf_event", "this kind of BPF link"),
			  .key = "links",
			  .list = true,
			  .privileged = true,
			  .vocabulary = VOCABULARY_LINK,
			  .check = check_word},
	[FEATURE_BTF] = {.about = ABOUT("btf", "btf:struct task_struct.pid",
					"a type, member, enumerator or function in kernel BTF"),
			 .key = "btf",
			 .list = true,
			 .vocabulary = -1,
			 .check = check_btf},
	[FEATURE_KSYM] = {.about = ABOUT("ksym", "ksym:init_task", "a symbol of the kernel"),
			  .key = "ksyms",
			  .list = true,
			  .vocabulary = -1,
			  .check = check_symbol},
	[FEATURE_KCONFIG] = {.about = ABOUT("kconfig", "kconfig:CONFIG_BPF_LSM=y",
					    "how the kernel was configured"),
			     .key = "kconfig",
			     .list = true,
			     .vocabulary = -1,
			     .check = check_kconfig},
	[FEATURE_INSNS] = {.about = ABOUT("insns", "insns:bounded_loops",
					  "what the verifier accepts"),
			   .key = "insns",
			   .list = true,
			   .privileged = true,
			   .vocabulary = -1,
			   .check = check_insns},
	[FEATURE_LSM] = {.about = ABOUT("lsm", "lsm:bpf", "an active security module"),
			 .key = "lsm",
			 .list = true,
			 .vocabulary = -1,
			 .check = check_word},
	[FEATURE_CAP] = {.about = ABOUT("cap", "cap:bpf", "a capability of this process"),
			 .key = "caps",
			 .list = true,
			 .vocabulary = VOCABULARY_CAP,
			 .check = check_word},
	[FEATURE_ARCH] = {.about = ABOUT("arch", "arch:x86_64", "the machine"),
			  .key = "arch",
			  .list = true,
			  .vocabulary = -1,
			  .check = check_word},
	[FEATURE_KERNEL] = {.about = ABOUT("kernel", "kernel:>=5.8",
					   "the kernel's version: a last resort, kernels are "
					   "patched"),
			    .key = "kernel",
			    .vocabulary = -1,
			    .check = check_kernel},
};
_Static_assert(ARRAY_SIZE(kinds) == FEATURE_KIND_COUNT, "every kind has its row");

const struct featsel_feature_kind *featsel_feature_kind(size_t index)
{
	return index < ARRAY_SIZE(kinds) ? &kinds[index].about : NULL;
}

const struct feature_kind_row *feature_kind(enum feature_kind kind)
{
	return &kinds[kind];
}

enum feature_kind feature_kind_by_key(const char *key)
{
	enum feature_kind kind;

	for (kind = 0; kind < FEATURE_KIND_COUNT; kind++)
		if (strcmp(kinds[kind].key, key) == 0)
			break;
	return kind;
}

/* An unknown name may belong to a newer kernel; one that is close to a known name is a typo. */
static int number_of(int vocabulary, const char *what, const char *name, int *ret,
		     struct featsel_error *err)
{
	int number = names_number(vocabulary, name);
	const char *near;

	if (number < 0) {
		near = names_suggest(vocabulary, name);
		if (near)
			return INVALID(err, "unknown %s '%s', did you mean '%s'?", what, name,
				       near);
		number = -1;
	}
	*ret = number;
	return 0;
}

/* Canonical versions and types have no blanks. */
static char *tidy(struct arena *arena, enum feature_kind kind, const char *name)
{
	char *copy = arena_strdup(arena, name), *to = copy;
	const char *from;

	if (!copy || kind != FEATURE_KERNEL)
		return copy;
	for (from = name; *from; from++)
		if (!isspace((unsigned char)*from))
			*to++ = *from;
	*to = '\0';
	return copy;
}

static int fill(struct arena *arena, struct feature *feature, const char *prog_type,
		const char *name, struct featsel_error *err)
{
	const struct feature_kind_row *row = &kinds[feature->kind];

	feature->text = row->of_prog_type
				? arena_printf(arena, "%s:%s/%s", row->about.name, prog_type, name)
				: arena_printf(arena, "%s:%s", row->about.name, name);
	if (!feature->text)
		return error_memory(err);
	feature->operand = feature->text + strlen(row->about.name) + 1;
	feature->name =
		row->of_prog_type ? feature->operand + strlen(prog_type) + 1 : feature->operand;
	return 0;
}

/* "T" or "T:A": the program type, and attach type, that the helper is for. */
static int take_owner(struct arena *arena, struct feature *feature, const char *owner,
		      struct featsel_error *err)
{
	size_t length = strcspn(owner, ":");
	const char *type = arena_strndup(arena, owner, length), *attach_type = owner + length + 1;
	int r = type ? check_word(type, err) : error_memory(err);

	if (!r)
		r = number_of(VOCABULARY_PROG_TYPE, "prog_type", type, &feature->prog_type, err);
	if (r || !owner[length])
		return r;
	r = check_word(attach_type, err);
	return r ? r
		 : number_of(VOCABULARY_ATTACH_TYPE, "attach_type", attach_type,
			     &feature->attach_type, err);
}

int feature_make(struct arena *arena, enum feature_kind kind, const char *prog_type,
		 const char *name, const struct feature **ret, struct featsel_error *err)
{
	const struct feature_kind_row *row = &kinds[kind];
	struct feature *feature = arena_alloc(arena, sizeof(*feature));
	int r;

	if (!feature)
		return error_memory(err);
	*feature = (struct feature){.kind = kind, .number = -1, .prog_type = -1, .attach_type = -1};
	name = tidy(arena, kind, name);
	if (!name)
		return error_memory(err);
	r = row->check(name, err);
	if (!r && row->vocabulary >= 0)
		r = number_of(row->vocabulary, row->about.name, name, &feature->number, err);
	if (!r && row->of_prog_type)
		r = take_owner(arena, feature, prog_type, err);
	if (!r)
		r = fill(arena, feature, prog_type, name, err);
	if (r)
		return r;
	if (kind == FEATURE_ATTACH_TYPE && feature->number >= 0)
		feature->prog_type = section_prog_type(feature->number);
	*ret = feature;
	return 0;
}

int feature_parse(struct arena *arena, const char *text, const struct feature **ret,
		  struct featsel_error *err)
{
	size_t prefix = strcspn(text, ":");
	const char *prefixes[FEATURE_KIND_COUNT], *near, *operand, *slash;
	char *head = arena_strndup(arena, text, prefix);
	enum feature_kind kind;

	if (!head)
		return error_memory(err);
	for (kind = 0; kind < FEATURE_KIND_COUNT; kind++)
		prefixes[kind] = kinds[kind].about.name;
	for (kind = 0; kind < FEATURE_KIND_COUNT; kind++)
		if (strcmp(kinds[kind].about.name, head) == 0)
			break;
	if (kind == FEATURE_KIND_COUNT || !text[prefix]) {
		near = names_nearest(head, prefixes, FEATURE_KIND_COUNT);
		return INVALID(err, "'%s' is not a feature like 'map_type:ringbuf'%s%s%s", text,
			       near ? ", did you mean '" : "", near ? near : "",
			       near ? ":...'?" : "");
	}
	operand = text + prefix + 1;
	if (!kinds[kind].of_prog_type)
		return feature_make(arena, kind, NULL, operand, ret, err);
	slash = strchr(operand, '/');
	if (!slash)
		return INVALID(err, "'%s' lacks the program type: write '%s:PROG_TYPE/%s'", text,
			       head, operand);
	head = arena_strndup(arena, operand, (size_t)(slash - operand));
	return head ? feature_make(arena, kind, head, slash + 1, ret, err) : error_memory(err);
}

/* "map_type:ringbuf or link:ringbuf" */
static const char *join(struct arena *arena, const char *list, const char *prefix, const char *name)
{
	return list ? arena_printf(arena, "%s or %s:%s", list, prefix, name)
		    : arena_printf(arena, "%s:%s", prefix, name);
}

/* Kinds whose names stand alone and are in a table. */
static bool is_listed(enum feature_kind kind)
{
	return kinds[kind].vocabulary >= 0 && !kinds[kind].of_prog_type;
}

/* The nearest name in any of the tables. */
static int suggest_any(struct arena *arena, const char *word, struct featsel_error *err)
{
	for (enum feature_kind kind = 0; kind < FEATURE_KIND_COUNT; kind++) {
		const char *near =
			is_listed(kind) ? names_suggest(kinds[kind].vocabulary, word) : NULL;

		if (near)
			return INVALID(err, "'%s' is no feature, did you mean '%s:%s'?", word,
				       kinds[kind].about.name, near);
	}
	if (names_number(VOCABULARY_HELPER, word) >= 0)
		return INVALID(err, "'%s' lacks the program type: write 'helper:PROG_TYPE/%s'",
			       word, word);
	return feature_parse(arena, word, &(const struct feature *){0}, err);
}

int feature_find(struct arena *arena, const char *word, const struct feature **ret,
		 struct featsel_error *err)
{
	enum feature_kind found = FEATURE_KIND_COUNT;
	const char *list = NULL;
	size_t n = 0;

	if (strchr(word, ':'))
		return feature_parse(arena, word, ret, err);
	for (enum feature_kind kind = 0; kind < FEATURE_KIND_COUNT; kind++) {
		if (!is_listed(kind) || names_number(kinds[kind].vocabulary, word) < 0)
			continue;
		found = kind;
		n++;
		list = join(arena, list, kinds[kind].about.name, word);
		if (!list)
			return error_memory(err);
	}
	if (n > 1)
		return INVALID(err, "'%s' may be %s: write which", word, list);
	return n ? feature_make(arena, found, NULL, word, ret, err) : suggest_any(arena, word, err);
}

const struct feature *feature_of(struct arena *arena, enum feature_kind kind, int prog_type,
				 int number)
{
	const struct feature_kind_row *row = &kinds[kind];
	const char *name = names_name(row->vocabulary, number);
	const char *type = row->of_prog_type ? names_name(VOCABULARY_PROG_TYPE, prog_type) : NULL;
	struct feature *feature = arena_alloc(arena, sizeof(*feature));

	if (feature && !name)
		name = arena_printf(arena, "%d", number);
	if (feature && row->of_prog_type && !type)
		type = arena_printf(arena, "%d", prog_type);
	if (!feature || !name || (row->of_prog_type && !type))
		return NULL;
	*feature = (struct feature){
		.kind = kind, .number = number, .prog_type = -1, .attach_type = -1};
	if (row->of_prog_type)
		feature->prog_type = prog_type;
	else if (kind == FEATURE_ATTACH_TYPE)
		feature->prog_type = section_prog_type(number);
	return fill(arena, feature, type, name, NULL) ? NULL : feature;
}

/*
 * Helpers whose availability depends on the attach type within a program type, from the kernel's
 * *_func_proto() functions: sock_addr (bind 4.17; options 5.8, 5.12, 5.18), sockopt (options 5.15),
 * the return value of earlier programs (5.18; only attach types with a return value), output of
 * iterators (5.7, 5.10), and what trampolines know of their function (5.15, 5.17, 5.18), unlike
 * tp_btf.
 */
static const struct {
	int prog_type, helper;
} attach_type_matters[] = {
	{BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_FUNC_bind},
	{BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_FUNC_setsockopt},
	{BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_FUNC_getsockopt},
	{BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 186 /* get_retval */},
	{BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 187 /* set_retval */},
	{BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_FUNC_setsockopt},
	{BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_FUNC_getsockopt},
	{BPF_PROG_TYPE_CGROUP_SOCKOPT, 186},
	{BPF_PROG_TYPE_CGROUP_SOCKOPT, 187},
	{BPF_PROG_TYPE_CGROUP_SOCK, 186},
	{BPF_PROG_TYPE_CGROUP_SOCK, 187},
	{BPF_PROG_TYPE_TRACING, BPF_FUNC_seq_printf},
	{BPF_PROG_TYPE_TRACING, BPF_FUNC_seq_write},
	{BPF_PROG_TYPE_TRACING, 150 /* seq_printf_btf */},
	{BPF_PROG_TYPE_TRACING, 173 /* get_func_ip */},
	{BPF_PROG_TYPE_TRACING, 174 /* get_attach_cookie */},
	{BPF_PROG_TYPE_TRACING, 183 /* get_func_arg */},
	{BPF_PROG_TYPE_TRACING, 184 /* get_func_ret */},
	{BPF_PROG_TYPE_TRACING, 185 /* get_func_arg_cnt */},
};

const struct feature *feature_of_helper(struct arena *arena, const struct section *section,
					int helper)
{
	const struct feature *feature;
	const char *owner, *name = names_name(VOCABULARY_HELPER, helper);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attach_type_matters) && section->attach_type >= 0 && name; i++) {
		if (attach_type_matters[i].prog_type != section->prog_type ||
		    attach_type_matters[i].helper != helper)
			continue;
		owner = arena_printf(arena, "%s:%s",
				     names_name(VOCABULARY_PROG_TYPE, section->prog_type),
				     names_name(VOCABULARY_ATTACH_TYPE, section->attach_type));
		return owner && !feature_make(arena, FEATURE_HELPER, owner, name, &feature, NULL)
			       ? feature
			       : NULL;
	}
	return feature_of(arena, FEATURE_HELPER, section->prog_type, helper);
}
