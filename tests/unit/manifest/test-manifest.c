/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-manifest.c - the model: what is read arrives in it, whole files or nothing, later ones in
 * place of earlier
 *
 * The grammar's errors and what is printed are cases under tests/manifests.
 */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "manifest/private.h"

static char top[PATH_MAX];
static struct featsel_context *context;
static struct featsel_manifest *manifest;
static struct featsel_error error;
static char logged[4096];

static void keep_log(void *data, enum featsel_log_level level, const char *line)
{
	size_t length = strlen(logged);

	(void)data;
	(void)level;
	snprintf(logged + length, sizeof(logged) - length, "%s\n", line);
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void setup(void)
{
	umask(022);
	snprintf(top, sizeof(top), "%s/featsel-manifest.XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chdir(top), 0);
	error = (struct featsel_error){0};
	logged[0] = '\0';
	ck_assert_int_eq(featsel_context_new(&context, &error), 0);
	featsel_context_set_log(context, keep_log, NULL, FEATSEL_LOG_INFO);
	ck_assert_int_eq(featsel_manifest_new(context, &manifest, &error), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void teardown(void)
{
	featsel_manifest_free(manifest);
	featsel_context_free(context);
	ck_assert_int_eq(chdir("/"), 0);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void add(const char *path)
{
	error = (struct featsel_error){0};
	ck_assert_msg(featsel_manifest_add(manifest, path, &error) == 0, "%s", error.text);
}

/* The events' names and first objects: "mmap=a.o exec=b.o" */
static const char *events(void)
{
	static char text[1024];
	const struct featsel_event *event;
	size_t i, length = 0;

	text[0] = '\0';
	for (i = 0; i < featsel_manifest_events(manifest); i++) {
		event = featsel_manifest_event(manifest, i);
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s=%s",
					   i ? " " : "", featsel_event_name(event),
					   event->candidates[0].object);
	}
	return text;
}

static void assert_unchanged(const char *path, int code, const char *source, const char *words)
{
	char before[1024];

	snprintf(before, sizeof(before), "%s", events());
	error = (struct featsel_error){0};
	ck_assert_int_eq(featsel_manifest_add(manifest, path, &error), code);
	ck_assert_str_eq(error.source, source);
	ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
	ck_assert_int_eq(error.failure, FEATSEL_FAILURE_INVALID);
	ck_assert_str_eq(events(), before);
}

#define EVENT(name, object) \
	"  " name ": {object: " object ", candidates: [{name: c, programs: [p]}]}\n"
#define MANIFEST "version: 1\nevents:\n"

START_TEST(test_whole_or_nothing)
{
	write_file("good.yaml", MANIFEST EVENT("mmap", "a.o") EVENT("exec", "a.o"));
	write_file("bad.yaml", MANIFEST EVENT("mmap", "b.o") EVENT("open", "b.o") "  exec: {}\n");
	add("good.yaml");
	ck_assert_str_eq(events(), "mmap=a.o exec=a.o");
	assert_unchanged("bad.yaml", -EINVAL, "bad.yaml", "'candidates' is missing");
	ck_assert_uint_eq(error.line, 5);
	ck_assert_ptr_null(featsel_manifest_find(manifest, "open"));
	assert_unchanged("absent.yaml", -ENOENT, "absent.yaml", "No such file");
	ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(test_replace)
{
	const struct featsel_event *event;

	write_file("1.yaml", MANIFEST EVENT("a", "1.o") EVENT("b", "1.o") EVENT("c", "1.o"));
	write_file("2.yaml", MANIFEST EVENT("d", "2.o") EVENT("b", "2.o"));
	add("1.yaml");
	add("2.yaml");
	ck_assert_str_eq(events(), "a=1.o b=2.o c=1.o d=2.o");
	event = featsel_manifest_find(manifest, "b");
	ck_assert_ptr_eq(event, featsel_manifest_event(manifest, 1));
	ck_assert_str_eq(event->candidates[0].object, "2.o");
	ck_assert_str_eq(logged, "event 'b' of 2.yaml:4:3 replaces the one of 1.yaml:4:3\n");
}
END_TEST

START_TEST(test_directory)
{
	ck_assert_int_eq(mkdir("d", 0755), 0);
	assert_unchanged("d", -ENOENT, "d", "holds no *.yaml file");
	write_file("d/notes.txt", "no");
	write_file("d/.hidden.yaml", "no");
	write_file("d/x.yaml~", "no");
	write_file("d/.yaml", "no");
	assert_unchanged("d", -ENOENT, "d", "holds no *.yaml file");
	/* By bytes: B before a, 10 before 9 */
	write_file("d/9.yaml", MANIFEST EVENT("n", "9.o"));
	write_file("d/10.yaml", MANIFEST EVENT("n", "10.o") EVENT("l", "10.o"));
	write_file("d/a.yaml", MANIFEST EVENT("l", "a.o"));
	write_file("d/B.yaml", MANIFEST EVENT("l", "B.o"));
	add("d/");
	ck_assert_str_eq(events(), "n=9.o l=a.o");
	/* One bad file spoils the directory, in whatever place. */
	write_file("d/b.yaml", MANIFEST EVENT("l", "b.o"));
	write_file("d/z.yaml", "version: 3\n");
	assert_unchanged("d", -EINVAL, "d/z.yaml", "version 3 is not known");
	ck_assert_int_eq(mkdir("d/dir.yaml", 0755), 0);
	assert_unchanged("d", -EINVAL, "d/dir.yaml", "not a regular file");
}
END_TEST

START_TEST(test_find)
{
	write_file("m.yaml", MANIFEST EVENT("mmap", "o") EVENT("exec", "o"));
	ck_assert_ptr_null(featsel_manifest_find(manifest, "mmap"));
	ck_assert_ptr_null(featsel_manifest_suggest(manifest, "mmap"));
	ck_assert_uint_eq(featsel_manifest_events(manifest), 0);
	add("m.yaml");
	ck_assert_str_eq(featsel_event_name(featsel_manifest_find(manifest, "exec")), "exec");
	ck_assert_ptr_null(featsel_manifest_find(manifest, "map"));
	ck_assert_str_eq(featsel_manifest_suggest(manifest, "map"), "mmap");
	ck_assert_ptr_null(featsel_manifest_suggest(manifest, "netlink_everything"));
	ck_assert_ptr_null(featsel_manifest_event(manifest, 2));
}
END_TEST

static const char whole[] =
	"version: 1\n"
	"events:\n"
	"  mmap:\n"
	"    summary: maps\n"
	"    object: mmap.o\n"
	"    record: mmap_event\n"
	"    output: ring\n"
	"    trigger: [/bin/true, x]\n"
	"    also: [tail]\n"
	"    maps: {a: {max_entries: 1}, b: {max_entries: 2}}\n"
	"    candidates:\n"
	"      - name: fentry\n"
	"        programs: [p, {name: q, attach: kprobe/x}]\n"
	"        covers: [kernel, native]\n"
	"        lacks: [fd, off]\n"
	"        optional: [probe_read_kernel]\n"
	"        maps: {b: {max_entries: 3}}\n"
	"      - {name: kprobe, object: own.o, record: own, output: perf, programs: [tail]}\n";

START_TEST(test_model)
{
	const struct featsel_candidate *candidate;
	const struct featsel_event *event;

	write_file("m.yaml", whole);
	add("m.yaml");
	event = featsel_manifest_find(manifest, "mmap");
	ck_assert_str_eq(featsel_event_summary(event), "maps");
	ck_assert_str_eq(featsel_event_trigger(event)[1], "x");
	ck_assert_ptr_null(featsel_event_trigger(event)[2]);
	ck_assert_str_eq(event->dir, ".");
	ck_assert_uint_eq(event->at.line, 3);
	ck_assert_uint_eq(featsel_event_candidates(event), 2);
	ck_assert_ptr_null(featsel_event_candidate(event, 2));

	candidate = featsel_event_candidate(event, 0);
	ck_assert_str_eq(featsel_candidate_name(candidate), "fentry");
	ck_assert_ptr_eq(candidate->event, event);
	ck_assert_uint_eq(candidate->at.line, 12);
	ck_assert_str_eq(candidate->object, "mmap.o");
	ck_assert_uint_eq(candidate->object_at.line, 5);
	ck_assert_str_eq(candidate->record, "mmap_event");
	ck_assert_str_eq(candidate->output, "ring");
	ck_assert_uint_eq(candidate->n_programs, 3);
	ck_assert_str_eq(candidate->programs[1].attach, "kprobe/x");
	ck_assert_ptr_null(candidate->programs[0].attach);
	ck_assert_str_eq(candidate->programs[2].name, "tail");
	ck_assert(candidate->programs[2].loaded_only && !candidate->programs[0].loaded_only);
	ck_assert_uint_eq(candidate->n_maps, 2);
	ck_assert_uint_eq(candidate->maps[1].max_entries, 3);
	ck_assert_uint_eq(candidate->maps[1].at.line, 17);
	ck_assert_str_eq(featsel_candidate_covers(candidate), "native, kernel");
	ck_assert_uint_eq(candidate->covers, COVERS_NATIVE | COVERS_KERNEL);
	ck_assert_str_eq(featsel_candidate_lacks(candidate)[1], "off");
	ck_assert_uint_eq(candidate->lacks_at[1].column, 21);
	ck_assert_ptr_null(featsel_candidate_lacks(candidate)[2]);
	ck_assert_str_eq(candidate->optional[0], "probe_read_kernel");
	ck_assert_ptr_null(candidate->required);

	candidate = featsel_event_candidate(event, 1);
	ck_assert_str_eq(candidate->object, "own.o");
	ck_assert_str_eq(candidate->record, "own");
	ck_assert_str_eq(candidate->output, "perf");
	ck_assert_uint_eq(candidate->object_at.line, 18);
	ck_assert_uint_eq(candidate->n_programs, 1);
	ck_assert(!candidate->programs[0].loaded_only);
	ck_assert_uint_eq(candidate->maps[1].max_entries, 2);
	ck_assert_str_eq(featsel_candidate_covers(candidate), "");
	ck_assert_ptr_null(featsel_candidate_lacks(candidate)[0]);
}
END_TEST

/* A requirement as text: all(prog_type:kprobe any(all(...))) */
static void describe(const struct requirement *requirement, FILE *out)
{
	static const char *const ops[] = {
		[REQUIREMENT_ALL] = "all", [REQUIREMENT_ANY] = "any", [REQUIREMENT_NOT] = "not"};
	const struct requirement *part;

	if (requirement->op == REQUIREMENT_FEATURE) {
		fputs(requirement->feature->text, out);
		return;
	}
	fprintf(out, "%s(", ops[requirement->op]);
	for (part = requirement->parts; part; part = part->next) {
		describe(part, out);
		fputs(part->next ? " " : "", out);
	}
	fputs(")", out);
}

static const struct {
	const char *yaml, *expected;
} requirements[] = {
	{"prog_type: kprobe", "all(prog_type:kprobe)"},
	{"helpers: [get_current_task], prog_type: kprobe",
	 "all(prog_type:kprobe helper:kprobe/get_current_task)"},
	{"kernel: '>= 5.8', arch: [x86_64, s390x]",
	 "all(kernel:>=5.8 any(arch:x86_64 arch:s390x))"},
	{"arch: [x86_64]", "all(arch:x86_64)"},
	{"any: [{btf: [vmlinux]}, {not: {lsm: [bpf]}}]",
	 "all(any(all(btf:vmlinux) all(not(all(lsm:bpf)))))"},
	{"all: [{btf: [vmlinux]}, {}]", "all(all(all(btf:vmlinux) all()))"},
	{"prog_type: tracing, any: [{kfuncs: [k], prog_type: kprobe}, {kfuncs: [k]}]",
	 "all(prog_type:tracing any(all(prog_type:kprobe kfunc:kprobe/k) all(kfunc:tracing/k)))"},
	{"attach: [fentry/f, tracepoint/a/b, 'kprobe/g+0x8'], args: 2",
	 "all(attach:fentry/f attach:tracepoint/a/b attach:kprobe/g+0x8 btf:func f(2) btf:func "
	 "g(2))"},
	{"args: 0, attach: [kretprobe/f, 'kprobe.multi/g*', kprobe.multi/h, ksyscall/i, lsm/j]",
	 "all(attach:kretprobe/f attach:kprobe.multi/g* attach:kprobe.multi/h attach:ksyscall/i "
	 "attach:lsm/j "
	 "btf:func f(0) btf:func h(0))"},
};

START_TEST(test_requirements)
{
	char *seen = NULL;
	size_t size;
	FILE *out;
	char text[1024];

	snprintf(text, sizeof(text),
		 MANIFEST
		 "  e: {object: o, candidates: [{name: c, programs: [p], requires: {%s}}]}\n",
		 requirements[_i].yaml);
	write_file("m.yaml", text);
	add("m.yaml");
	out = open_memstream(&seen, &size);
	describe(featsel_manifest_find(manifest, "e")->candidates[0].required, out);
	fclose(out);
	ck_assert_str_eq(seen, requirements[_i].expected);
	free(seen);
}
END_TEST

START_TEST(test_object_path)
{
	const struct featsel_event *event;
	const char *path = NULL;

	ck_assert_int_eq(mkdir("m", 0755), 0);
	ck_assert_int_eq(mkdir("objects", 0755), 0);
	write_file("m/m.yaml", MANIFEST EVENT("e", "x.o"));
	write_file("x.o", "");
	add("m/m.yaml");
	ck_assert_int_eq(featsel_context_set_object_dir(context, "objects", &error), 0);
	event = featsel_manifest_find(manifest, "e");
	ck_assert_str_eq(event->dir, "m");
	/* The working directory does not count. */
	ck_assert_int_eq(
		manifest_object_path(manifest, event->candidates, manifest->arena, &path, &error),
		-ENOENT);
	ck_assert_ptr_null(path);
	ck_assert_str_eq(error.text, "object 'x.o' is neither in 'm' nor in 'objects'");
	ck_assert_str_eq(error.source, "m/m.yaml");
	ck_assert_uint_eq(error.column, 15);
	write_file("objects/x.o", "");
	ck_assert_int_eq(
		manifest_object_path(manifest, event->candidates, manifest->arena, &path, &error),
		0);
	ck_assert_str_eq(path, "objects/x.o");
	write_file("m/x.o", "");
	ck_assert_int_eq(
		manifest_object_path(manifest, event->candidates, manifest->arena, &path, &error),
		0);
	ck_assert_str_eq(path, "m/x.o");
}
END_TEST

START_TEST(test_absolute_object)
{
	const struct featsel_event *event;
	const char *path = NULL;
	char text[PATH_MAX + 256];

	snprintf(text, sizeof(text), MANIFEST EVENT("e", "%s/x.o"), top);
	write_file("m.yaml", text);
	add("m.yaml");
	event = featsel_manifest_find(manifest, "e");
	ck_assert_int_eq(
		manifest_object_path(manifest, event->candidates, manifest->arena, &path, &error),
		-ENOENT);
	ck_assert_msg(strstr(error.text, "is not there") != NULL, "%s", error.text);
	write_file("x.o", "");
	ck_assert_int_eq(
		manifest_object_path(manifest, event->candidates, manifest->arena, &path, &error),
		0);
	ck_assert_str_eq(path, event->candidates->object);
}
END_TEST

struct sink {
	char text[4096];
	size_t length, limit; /* fails beyond */
};

static int sink_write(void *data, const char *text)
{
	struct sink *sink = data;

	if (sink->length + strlen(text) > sink->limit)
		return -ENOSPC;
	sink->length += (size_t)snprintf(sink->text + sink->length,
					 sizeof(sink->text) - sink->length, "%s", text);
	return 0;
}

START_TEST(test_print_fails)
{
	struct sink sink = {.limit = 4095};
	size_t whole_length, i;

	write_file("m.yaml", whole);
	add("m.yaml");
	ck_assert_int_eq(featsel_manifest_print(manifest, sink_write, &sink, &error), 0);
	whole_length = sink.length;
	for (i = 0; i < whole_length; i++) {
		sink = (struct sink){.limit = i};
		error = (struct featsel_error){0};
		ck_assert_int_eq(featsel_manifest_print(manifest, sink_write, &sink, &error),
				 -ENOSPC);
		ck_assert_int_eq(error.failure, FEATSEL_FAILURE_RUN);
	}
}
END_TEST

static const struct feature *make(const char *text)
{
	const struct feature *feature = NULL;

	ck_assert_msg(feature_parse(manifest->arena, text, &feature, &error) == 0, "%s",
		      error.text);
	return feature;
}

/*
 * A tree as an object may give it: several program types, operators more than once, no all around
 * it.
 */
START_TEST(test_print_foreign_tree)
{
	struct requirement helpers[2] = {{.feature = make("helper:tracepoint/get_current_task")},
					 {.feature = make("kfunc:tracing/k")}};
	struct requirement inner = {.op = REQUIREMENT_NOT,
				    .parts = &(struct requirement){.feature = make("lsm:bpf")}};
	struct requirement any[2] = {{.op = REQUIREMENT_ANY, .parts = &helpers[0]},
				     {.op = REQUIREMENT_ANY, .parts = &inner}};
	struct requirement features[3] = {{.feature = make("prog_type:kprobe")},
					  {.feature = make("prog_type:tracepoint")},
					  {.feature = make("helper:kprobe/get_current_task")}};
	struct requirement all = {.op = REQUIREMENT_ALL, .parts = features};
	struct featsel_candidate candidate = {.name = "c",
					      .object = "o",
					      .required = &all,
					      .n_programs = 1,
					      .programs = &(struct program_ref){.name = "p"}};
	struct featsel_event event = {
		.name = "e", .candidates = &candidate, .n_candidates = 1, .dir = "."};
	const struct featsel_event *const events[] = {&event};
	struct sink sink = {.limit = 4095}, again = {.limit = 4095};
	struct arena *arena = arena_new();

	candidate.event = &event;
	features[0].next = &features[1];
	features[1].next = &features[2];
	features[2].next = &any[0];
	any[0].next = &any[1];
	helpers[0].next = &helpers[1];
	ck_assert_int_eq(manifest_adopt(manifest, arena, events, 1, &error), 0);
	ck_assert_int_eq(featsel_manifest_print(manifest, sink_write, &sink, &error), 0);
	ck_assert_str_eq(sink.text, "version: 1\n"
				    "events:\n"
				    "  e:\n"
				    "    object: o\n"
				    "    candidates:\n"
				    "      - name: c\n"
				    "        programs: [p]\n"
				    "        requires:\n"
				    "          prog_type: kprobe\n"
				    "          helpers: [get_current_task]\n"
				    "          any:\n"
				    "            - all:\n"
				    "                - prog_type: tracepoint\n"
				    "                  helpers: [get_current_task]\n"
				    "            - all:\n"
				    "                - prog_type: tracing\n"
				    "                  kfuncs: [k]\n"
				    "          all:\n"
				    "            - prog_type: tracepoint\n"
				    "            - any:\n"
				    "                - not:\n"
				    "                    lsm: [bpf]\n");
	write_file("again.yaml", sink.text);
	add("again.yaml");
	ck_assert_int_eq(featsel_manifest_print(manifest, sink_write, &again, &error), 0);
	ck_assert_str_eq(again.text, sink.text);
}
END_TEST

START_TEST(test_without_error)
{
	ck_assert_int_eq(featsel_manifest_add(manifest, "absent", NULL), -ENOENT);
	write_file("bad.yaml", "version: 1\nevents: {e: {candidates: [{name: x, programs: [{}], "
			       "requires: {}}]}}\n");
	ck_assert_int_eq(featsel_manifest_add(manifest, "bad.yaml", NULL), -EINVAL);
	write_file("bad.yaml", "a: [");
	ck_assert_int_eq(featsel_manifest_add(manifest, "bad.yaml", NULL), -EINVAL);
	featsel_manifest_free(NULL);
}
END_TEST

static Suite *manifest_suite(void)
{
	Suite *suite = suite_create("manifest");
	TCase *tcase = tcase_create("manifest");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_whole_or_nothing);
	tcase_add_test(tcase, test_replace);
	tcase_add_test(tcase, test_directory);
	tcase_add_test(tcase, test_find);
	tcase_add_test(tcase, test_model);
	tcase_add_loop_test(tcase, test_requirements, 0, (int)ARRAY_SIZE(requirements));
	tcase_add_test(tcase, test_object_path);
	tcase_add_test(tcase, test_absolute_object);
	tcase_add_test(tcase, test_print_fails);
	tcase_add_test(tcase, test_print_foreign_tree);
	tcase_add_test(tcase, test_without_error);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(manifest_suite);
}
