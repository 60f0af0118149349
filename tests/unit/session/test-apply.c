/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-apply.c - a plan applied to objects that somebody else opened: nothing is loaded, so no
 * privilege is needed
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "../unit.h"
#include "host/private.h"

static const char text[] =
	"version: 1\n"
	"events:\n"
	"  spawn:\n"
	"    object: agent.bpf.o\n"
	"    record: agent_event\n"
	"    candidates:\n"
	"      - {name: rejected, programs: [spawn_rejected]}\n"
	"      - {name: tail, programs: [spawn_tail]}\n"
	"      - {name: both, programs: [spawn_raw_tp, {name: spawn_absent, optional: true}]}\n"
	"      - {name: elsewhere, object: other.bpf.o, programs: [entry]}\n"
	"  leave:\n"
	"    object: agent.bpf.o\n"
	"    record: agent_event\n"
	"    candidates:\n"
	"      - {name: raw_tp, programs: [leave_raw_tp], also: [leave_spare],\n"
	"         maps: {leaves: {max_entries: 131072}}}\n"
	"  control:\n"
	"    object: agent.bpf.o\n"
	"    candidates:\n"
	"      - {name: control, programs: [agent_ssthresh, agent_cong_avoid, agent_undo_cwnd]}\n";

/* Nothing is recorded: so every candidate may be tried. */
static const char snapshot[] =
	"{\"featsel\": \"0.1.0\", \"host\": {\"source\": \"probe\", "
	"\"release\": \"6.1.0\", \"machine\": \"x86_64\"}, \"features\": {}}";

static struct featsel_context *context;
static struct featsel_manifest *manifest;
static struct featsel_host *host;
static struct featsel_plan *plan;
static struct bpf_object *opened;
static void *bytes, *other_bytes;
static size_t size, other_size;
static char logged[4096];

static int mute(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static void note_line(void *data, enum featsel_log_level level, const char *line)
{
	size_t length = strlen(logged);

	(void)data;
	(void)level;
	snprintf(logged + length, sizeof(logged) - length, "%s\n", line);
}

static void *read_file(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	*length = (size_t)st.st_size;
	data = malloc(*length);
	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(read(fd, data, *length), st.st_size);
	close(fd);
	return data;
}

static void make_plan(const char *event, const char *candidate)
{
	const struct featsel_request request = {event, candidate};
	struct featsel_error err = {0};

	featsel_plan_free(plan);
	plan = NULL;
	ck_assert_msg(!featsel_plan_make(manifest, host, &request, event != NULL, NULL, 0, 0, &plan,
					 &err),
		      "%s", err.text);
}

static void open_object(void)
{
	bpf_object__close(opened);
	opened = bpf_object__open_mem(bytes, size, NULL);
	ck_assert_ptr_nonnull(opened);
}

static void set_up(void)
{
	struct featsel_error err = {0};

	logged[0] = '\0';
	libbpf_set_print(mute);
	bytes = read_file(unit_build("tests/objects/agent.bpf.o"), &size);
	other_bytes = read_file(unit_build("tests/objects/tailcall.bpf.o"), &other_size);
	ck_assert_int_eq(featsel_context_new(&context, &err), 0);
	featsel_context_set_log(context, note_line, NULL, FEATSEL_LOG_WARNING);
	ck_assert_int_eq(featsel_context_add_object(context, "agent.bpf.o", bytes, size, &err), 0);
	ck_assert_int_eq(
		featsel_context_add_object(context, "other.bpf.o", other_bytes, other_size, &err),
		0);
	ck_assert_int_eq(featsel_manifest_new(context, &manifest, &err), 0);
	ck_assert_msg(!featsel_manifest_add_text(manifest, "text", text, sizeof(text) - 1, &err),
		      "%s", err.text);
	ck_assert_msg(!snapshot_parse(context, "host", snapshot, sizeof(snapshot) - 1, &host, &err),
		      "%s", err.text);
	make_plan(NULL, NULL);
	open_object();
}

static void tear_down(void)
{
	bpf_object__close(opened);
	featsel_plan_free(plan);
	featsel_host_free(host);
	featsel_manifest_free(manifest);
	featsel_context_free(context);
	free(bytes);
	free(other_bytes);
	opened = NULL;
	plan = NULL;
}

static void prepare(void)
{
	struct featsel_error err = {0};

	ck_assert_msg(!featsel_plan_prepare(plan, opened, &err), "%s", err.text);
}

/* "a b c" names every program that is loaded, in the order of the object. */
static void loads(const char *expected)
{
	struct bpf_program *program;
	char names[512] = "";
	size_t length;

	bpf_object__for_each_program (program, opened) {
		if (!bpf_program__autoload(program))
			continue;
		length = strlen(names);
		snprintf(names + length, sizeof(names) - length, "%s%s", length ? " " : "",
			 bpf_program__name(program));
	}
	ck_assert_str_eq(names, expected);
}

static bool creates(const char *name)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(opened, name);

	ck_assert_ptr_nonnull(map);
	return bpf_map__autocreate(map);
}

static const char *chosen(size_t event)
{
	int index = featsel_plan_chosen(plan, event);

	return index < 0 ? NULL
			 : featsel_candidate_name(featsel_event_candidate(
				   featsel_plan_event(plan, event), (size_t)index));
}

START_TEST(exactly_what_was_chosen)
{
	make_plan("leave", NULL);
	prepare();
	loads("leave_raw_tp leave_spare");
	ck_assert(creates("leaves"));
	ck_assert(!creates("spawns"));
	ck_assert(!creates("rare"));
	ck_assert(!creates("jumps"));
	ck_assert(!creates("agent_control"));
	ck_assert_uint_eq(bpf_map__max_entries(bpf_object__find_map_by_name(opened, "leaves")),
			  131072);
}
END_TEST

START_TEST(several_events_of_one_object)
{
	prepare();
	loads("spawn_rejected leave_raw_tp leave_spare agent_ssthresh agent_cong_avoid "
	      "agent_undo_cwnd");
	ck_assert(creates("rare"));
	ck_assert(creates("leaves"));
	ck_assert(creates("agent_control"));
	ck_assert(!creates("jumps"));
}
END_TEST

START_TEST(members_of_a_program_array)
{
	make_plan("spawn", "tail");
	prepare();
	loads("spawn_member spawn_tail");
	ck_assert(creates("jumps"));
	ck_assert(creates("spawns"));
}
END_TEST

START_TEST(functions_of_a_structure)
{
	make_plan("control", NULL);
	prepare();
	loads("agent_ssthresh agent_cong_avoid agent_undo_cwnd");
	ck_assert(creates("agent_control"));
}
END_TEST

START_TEST(refused_candidates_are_off_again)
{
	struct featsel_answer answer = {.size = sizeof(answer)};

	make_plan("spawn", NULL);
	prepare();
	loads("spawn_rejected");
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_LOAD, -EACCES,
					     "0: (95) exit\nR0 !read_ok\nprocessed 1 insns\n"),
			 0);
	ck_assert_str_eq(chosen(0), "tail");
	ck_assert_int_eq(featsel_plan_answer(plan, 0, 0, &answer), 0);
	ck_assert_int_eq(answer.verdict, FEATSEL_NO);
	ck_assert_str_eq(answer.reason, "verifier-rejected");
	ck_assert_ptr_nonnull(strstr(answer.evidence, "R0 !read_ok"));
	ck_assert_ptr_nonnull(strstr(logged, "candidate 'rejected' failed to load: "));
	ck_assert_ptr_nonnull(strstr(logged, ", trying 'tail'"));
	/* The same object, since nothing was loaded yet. */
	prepare();
	loads("spawn_member spawn_tail");
	ck_assert(!creates("rare"));
	ck_assert(creates("jumps"));
}
END_TEST

START_TEST(refused_to_the_last)
{
	size_t i;

	make_plan("spawn", NULL);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_ATTACH, -ENOENT, NULL),
				 0);
	ck_assert_str_eq(chosen(0), "elsewhere");
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_OPEN, -EINVAL, NULL), -ENOENT);
	ck_assert_ptr_null(chosen(0));
	ck_assert_int_eq(featsel_plan_failure(plan, 0), FEATSEL_FAILURE_NO_CANDIDATE);
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_OPEN, -EINVAL, NULL), -ENOENT);
	ck_assert_int_eq(featsel_plan_refuse(plan, 7, FEATSEL_STAGE_OPEN, -EINVAL, NULL), -ENOENT);
	/* Nothing of it is loaded any more. */
	prepare();
	loads("");
}
END_TEST

START_TEST(what_the_caller_does_not_know)
{
	struct featsel_answer answer = {.size = sizeof(answer)};

	make_plan("spawn", NULL);
	ck_assert_int_eq(featsel_plan_answer(plan, 0, 1, &answer), 0);
	ck_assert_int_eq(answer.verdict, FEATSEL_UNKNOWN);
	ck_assert_str_eq(answer.reason, "inconclusive");
	ck_assert_str_eq(answer.evidence, "not considered");
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_ATTACH, 0, NULL), 0);
	ck_assert_int_eq(featsel_plan_answer(plan, 0, 0, &answer), 0);
	ck_assert_str_eq(answer.reason, "inconclusive");
	ck_assert_str_eq(answer.evidence, "the caller gave no errno");
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_FIRE, 0, NULL), 0);
	ck_assert_int_eq(featsel_plan_answer(plan, 0, 1, &answer), 0);
	ck_assert_str_eq(answer.reason, "silent");
	ck_assert_str_eq(answer.evidence, "no record came");
}
END_TEST

START_TEST(denials_decide_the_failure)
{
	struct featsel_session *session = NULL;
	struct featsel_error err = {0};

	make_plan("leave", NULL);
	featsel_plan_refuse(plan, 0, FEATSEL_STAGE_LOAD, -EACCES, NULL);
	ck_assert_int_ge(featsel_plan_failure(plan, 0), FEATSEL_FAILURE_NO_CANDIDATE);
	ck_assert_int_eq(featsel_plan_attach(plan, 0, opened, NULL, NULL), -ENOENT);
	ck_assert_int_lt(featsel_session_start(plan, 0, NULL, NULL, &session, &err), 0);
	ck_assert_str_eq(err.text, "event 'leave': no candidate works here: 'raw_tp' inconclusive: "
				   "EACCES from the caller, without a log");
}
END_TEST

START_TEST(an_object_of_nobodys)
{
	struct bpf_object *stranger =
		bpf_object__open(unit_build("tests/objects/subprogram.bpf.o"));
	struct featsel_error err = {0};

	ck_assert_ptr_nonnull(stranger);
	ck_assert_int_eq(featsel_plan_prepare(plan, stranger, &err), -ENOENT);
	ck_assert_int_eq(err.failure, FEATSEL_FAILURE_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "has not the programs of any object of the plan"));
	bpf_object__close(stranger);
}
END_TEST

START_TEST(programs_of_a_candidate)
{
	const struct featsel_program *program;

	program = featsel_plan_program(plan, 0, 1, 0);
	ck_assert_ptr_nonnull(program);
	ck_assert_uint_eq(program->size, sizeof(*program));
	ck_assert_str_eq(program->name, "spawn_tail");
	ck_assert_str_eq(program->attach, "raw_tp/sched_process_exec");
	ck_assert(!program->optional && !program->loaded_only);
	program = featsel_plan_program(plan, 0, 1, 1);
	ck_assert_str_eq(program->name, "spawn_member");
	ck_assert(program->loaded_only);
	ck_assert_ptr_null(featsel_plan_program(plan, 0, 1, 2));
	program = featsel_plan_program(plan, 0, 2, 1);
	ck_assert_str_eq(program->name, "spawn_absent");
	ck_assert(program->optional);
	/* Of an object that selection had no reason to read. */
	program = featsel_plan_program(plan, 0, 3, 0);
	ck_assert_str_eq(program->attach, "raw_tracepoint/sched_process_exit");
	ck_assert_ptr_null(featsel_plan_program(plan, 0, 4, 0));
	ck_assert_ptr_null(featsel_plan_program(plan, 3, 0, 0));
}
END_TEST

START_TEST(wants_what_is_chosen)
{
	ck_assert(featsel_plan_wants(plan, "agent.bpf.o", "spawn_rejected"));
	ck_assert(featsel_plan_wants(plan, "agent.bpf.o", "leave_spare"));
	ck_assert(!featsel_plan_wants(plan, "agent.bpf.o", "spawn_tail"));
	ck_assert(!featsel_plan_wants(plan, "other.bpf.o", "spawn_rejected"));
	ck_assert(!featsel_plan_wants(plan, "agent.bpf.o", "nothing"));
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_LOAD, -EINVAL, NULL), 0);
	ck_assert(featsel_plan_wants(plan, "agent.bpf.o", "spawn_member"));
	ck_assert(!featsel_plan_wants(plan, "agent.bpf.o", "spawn_rejected"));
}
END_TEST

/* One that is known to be absent is left out of the object, too. */
START_TEST(optional_programs_without_a_target)
{
	ck_assert_int_eq(featsel_host_override(host, "attach:raw_tp/featsel_no_such_tracepoint",
					       FEATSEL_NO, NULL),
			 0);
	make_plan("spawn", "both");
	ck_assert(!featsel_plan_wants(plan, "agent.bpf.o", "spawn_absent"));
	prepare();
	loads("spawn_raw_tp");
}
END_TEST

static int append(void *data, const char *piece)
{
	char *document = data;
	size_t length = strlen(document);

	snprintf(document + length, 65536 - length, "%s", piece);
	return 0;
}

static int stop(void *data, const char *piece)
{
	(void)piece;
	++*(int *)data;
	return -ENOSPC;
}

START_TEST(decision_as_json)
{
	static char document[65536];
	struct featsel_error err = {0};
	int calls = 0;

	document[0] = '\0';
	make_plan("spawn", NULL);
	featsel_plan_refuse(plan, 0, FEATSEL_STAGE_LOAD, -EACCES, "R0 !read_ok\n");
	ck_assert_int_eq(featsel_plan_json(plan, append, document, &err), 0);
	ck_assert_ptr_nonnull(strstr(document, "\"chosen\": \"tail\""));
	ck_assert_ptr_nonnull(strstr(document, "\"reason\": \"verifier-rejected\""));
	ck_assert_int_eq(featsel_plan_json(plan, stop, &calls, &err), -ENOSPC);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(err.failure, FEATSEL_FAILURE_RUN);
}
END_TEST

/* What one host answers is another's snapshot: no file, and no command, is between them. */
START_TEST(host_as_json)
{
	static const char recorded[] =
		"{\"featsel\": \"0.1.0\", \"host\": {\"source\": \"probe\", \"release\": "
		"\"5.4.0\", "
		"\"machine\": \"aarch64\"}, \"features\": {\"map_type:ringbuf\": {\"verdict\": "
		"\"no\", "
		"\"reason\": \"type-unsupported\", \"evidence\": \"EINVAL\", \"remedy\": null}}}";
	static char document[65536];
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_host *first, *second;
	struct featsel_error err = {0};
	int calls = 0;

	document[0] = '\0';
	ck_assert_int_eq(snapshot_parse(context, "a", recorded, sizeof(recorded) - 1, &first, NULL),
			 0);
	ck_assert_msg(!featsel_host_write(first, manifest, append, document, &err), "%s", err.text);
	ck_assert_msg(!snapshot_parse(context, "b", document, strlen(document), &second, &err),
		      "%s", err.text);
	ck_assert_str_eq(featsel_host_source(second), "b");
	ck_assert_str_eq(featsel_host_release(second), "5.4.0");
	ck_assert_str_eq(featsel_host_machine(second), "aarch64");
	ck_assert_int_eq(featsel_host_ask(second, "map_type:ringbuf", &answer, NULL), 0);
	ck_assert_int_eq(answer.verdict, FEATSEL_NO);
	ck_assert_str_eq(answer.reason, "type-unsupported");
	ck_assert_str_eq(answer.evidence, "EINVAL");
	ck_assert_int_eq(featsel_host_write(first, NULL, stop, &calls, &err), -ENOSPC);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(err.failure, FEATSEL_FAILURE_RUN);
	featsel_host_free(second);
	featsel_host_free(first);
}
END_TEST

START_TEST(memory_comes_before_the_installed_directory)
{
	struct featsel_error err = {0};

	ck_assert_int_eq(featsel_context_add_object(context, "agent.bpf.o", bytes, size, &err),
			 -EEXIST);
	ck_assert_ptr_nonnull(strstr(err.text, "'agent.bpf.o'"));
	/* A directory that was named comes first. */
	ck_assert_int_eq(featsel_context_set_object_dir(context, unit_build("tests/objects"), NULL),
			 0);
	make_plan("spawn", NULL);
	ck_assert_str_eq(chosen(0), "rejected");
	prepare();
	loads("spawn_rejected");
}
END_TEST

START_TEST(errors_of_a_text_have_their_place)
{
	static const char wrong[] = "version: 1\nevents:\n  spawn: {}\n";
	struct featsel_error err = {0};

	ck_assert_int_lt(
		featsel_manifest_add_text(manifest, "wrong", wrong, sizeof(wrong) - 1, &err), 0);
	ck_assert_str_eq(err.source, "wrong");
	ck_assert_uint_eq(err.line, 3);
	ck_assert_uint_eq(featsel_manifest_events(manifest), 3);
}
END_TEST

/* What is not there is answered for, never read. */
START_TEST(indices_behind_the_last)
{
	const size_t far = 99;
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_requirement_view view = {.size = sizeof(view)};
	struct featsel_trial trial = {.size = sizeof(trial)};

	make_plan(NULL, NULL);
	ck_assert_ptr_null(featsel_plan_event(plan, far));
	ck_assert_int_eq(featsel_plan_chosen(plan, far), -1);
	ck_assert_int_eq(featsel_plan_failure(plan, far), FEATSEL_FAILURE_INVALID);
	ck_assert(!featsel_plan_certain(plan, far) && !featsel_plan_last_resort(plan, far));
	ck_assert(!featsel_plan_considered(plan, far, 0) && !featsel_plan_considered(plan, 0, far));
	ck_assert_int_eq(featsel_plan_answer(plan, far, 0, &answer), -EINVAL);
	ck_assert_int_eq(featsel_plan_answer(plan, 0, far, &answer), -EINVAL);
	ck_assert_int_eq(featsel_plan_predicted(plan, far, 0, &answer), -EINVAL);
	ck_assert_ptr_null(featsel_plan_decisive(plan, 0, far));
	ck_assert_uint_eq(featsel_plan_requirements(plan, far, 0), 0);
	ck_assert_uint_eq(featsel_plan_requirements(plan, 0, far), 0);
	ck_assert_int_eq(featsel_plan_requirement(plan, 0, 1, far, &view), -EINVAL);
	ck_assert_int_eq(featsel_plan_requirement(plan, far, 0, 0, &view), -EINVAL);
	ck_assert_ptr_null(featsel_plan_program(plan, far, 0, 0));
	ck_assert_ptr_null(featsel_plan_program(plan, 0, far, 0));
	ck_assert_ptr_null(featsel_plan_setting(plan, far, 0, 0));
	ck_assert_int_eq(featsel_plan_event_json(plan, far, append, logged, NULL), -EINVAL);
	ck_assert_int_eq(featsel_plan_try(plan, far, 0, NULL, NULL, &trial, NULL), -EINVAL);
	ck_assert_int_eq(featsel_plan_try(plan, 0, far, NULL, NULL, &trial, NULL), -EINVAL);
	ck_assert_int_eq(featsel_plan_refuse(plan, far, FEATSEL_STAGE_LOAD, -EINVAL, NULL),
			 -ENOENT);
}
END_TEST

/* A caller's mistake is told as one, and changes neither the plan nor the object. */
START_TEST(calls_in_the_wrong_order)
{
	static const struct featsel_request nameless = {NULL, NULL}, whole = {"spawn", NULL};
	struct featsel_links *links = NULL;
	struct featsel_session *session = NULL;
	struct featsel_plan *none = NULL;
	struct featsel_host *nobody = NULL;
	struct featsel_error err = {0};
	int chosen;

	make_plan("leave", NULL);
	open_object();
	ck_assert_int_eq(featsel_plan_prepare(plan, opened, NULL), 0);
	chosen = featsel_plan_chosen(plan, 0);
	ck_assert_int_eq(featsel_plan_attach(plan, 0, opened, &links, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "'leave_raw_tp' is not loaded"));
	ck_assert_ptr_null(links);
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_NONE, -EINVAL, NULL), -EINVAL);
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, (enum featsel_stage)99, -EINVAL, NULL),
			 -EINVAL);
	ck_assert_int_eq(featsel_plan_chosen(plan, 0), chosen);
	ck_assert_int_eq(featsel_plan_make(manifest, host, &nameless, 1, NULL, 0, 0, &none, NULL),
			 -EINVAL);
	ck_assert_int_eq(featsel_plan_make(manifest, host, NULL, 0, &whole, 1, 0, &none, NULL),
			 -EINVAL);
	ck_assert_int_eq(featsel_plan_make(manifest, host, NULL, 0, NULL, 0, 1U << 31, &none, NULL),
			 -EINVAL);
	ck_assert_int_eq(featsel_session_start(plan, 1U << 31, NULL, NULL, &session, NULL),
			 -EINVAL);
	ck_assert_int_eq(featsel_host_open_live(context, 1U << 31, &nobody, NULL), -EINVAL);
	ck_assert_int_eq(
		featsel_host_override(host, "map_type:ringbuf", (enum featsel_verdict)99, NULL),
		-EINVAL);
	ck_assert_int_eq(featsel_context_add_object(context, "", bytes, size, NULL), -EINVAL);
	ck_assert_int_eq(featsel_context_add_object(context, "/a.bpf.o", bytes, size, NULL),
			 -EINVAL);
	ck_assert(!none && !session && !nobody);
}
END_TEST

static Suite *apply_suite(void)
{
	Suite *suite = suite_create("apply");
	TCase *tcase = tcase_create("apply");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, exactly_what_was_chosen);
	tcase_add_test(tcase, several_events_of_one_object);
	tcase_add_test(tcase, members_of_a_program_array);
	tcase_add_test(tcase, functions_of_a_structure);
	tcase_add_test(tcase, refused_candidates_are_off_again);
	tcase_add_test(tcase, refused_to_the_last);
	tcase_add_test(tcase, what_the_caller_does_not_know);
	tcase_add_test(tcase, denials_decide_the_failure);
	tcase_add_test(tcase, an_object_of_nobodys);
	tcase_add_test(tcase, programs_of_a_candidate);
	tcase_add_test(tcase, wants_what_is_chosen);
	tcase_add_test(tcase, optional_programs_without_a_target);
	tcase_add_test(tcase, decision_as_json);
	tcase_add_test(tcase, host_as_json);
	tcase_add_test(tcase, memory_comes_before_the_installed_directory);
	tcase_add_test(tcase, indices_behind_the_last);
	tcase_add_test(tcase, calls_in_the_wrong_order);
	tcase_add_test(tcase, errors_of_a_text_have_their_place);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(apply_suite);
}
