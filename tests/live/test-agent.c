/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-agent.c - an agent on libbpf with its own object and ring buffers, on the running kernel:
 * the plan is applied to it, and what the kernel refuses is reported back
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../unit/unit.h"
#include "featsel.h"

#define ENOUGH 5000 /* milliseconds: for what should take 100 on an idle machine */

static const char text[] = "version: 1\n"
			   "events:\n"
			   "  spawn:\n"
			   "    record: agent_event\n"
			   "    output: spawns\n"
			   "    object: agent.bpf.o\n"
			   "    candidates:\n"
			   "      - {name: rejected, programs: [spawn_rejected]}\n"
			   "      - {name: absent, programs: [spawn_absent]}\n"
			   "      - {name: tail, programs: [spawn_tail]}\n"
			   "      - {name: raw_tp, programs: [spawn_raw_tp]}\n"
			   "  leave:\n"
			   "    object: agent.bpf.o\n"
			   "    record: agent_event\n"
			   "    candidates:\n"
			   "      - {name: raw_tp, programs: [leave_raw_tp], also: [leave_spare]}\n"
			   "  hopeless:\n"
			   "    object: agent.bpf.o\n"
			   "    record: agent_event\n"
			   "    output: spawns\n"
			   "    candidates:\n"
			   "      - {name: rejected, programs: [spawn_rejected]}\n";

enum { MEANS_TAIL = 1, MEANS_RAW_TP = 2, MEANS_LEAVE = 3 };

struct record {
	uint32_t pid, means;
};

static struct featsel_context *context;
static struct featsel_manifest *manifest;
static struct featsel_host *host;
static struct featsel_plan *plan;
static struct bpf_object *object;
static char logged[8192], said[65536];
static size_t seen[4];

static void note_line(void *data, enum featsel_log_level level, const char *line)
{
	size_t length = strlen(logged);

	(void)data;
	(void)level;
	snprintf(logged + length, sizeof(logged) - length, "%s\n", line);
}

/* The agent hears libbpf itself. */
static int hear(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t length = strlen(said);

	if (level == LIBBPF_WARN)
		vsnprintf(said + length, sizeof(said) - length, format, args);
	return 0;
}

static int set_up(struct featsel_error *err)
{
	int r;

	logged[0] = said[0] = '\0';
	memset(seen, 0, sizeof(seen));
	libbpf_set_print(hear);
	r = featsel_context_new(&context, err);
	if (r)
		return r;
	featsel_context_set_log(context, note_line, NULL, FEATSEL_LOG_WARNING);
	featsel_context_set_memlock(context, true);
	r = featsel_context_set_object_dir(context, unit_build("tests/objects"), err);
	if (!r)
		r = featsel_manifest_new(context, &manifest, err);
	if (!r)
		r = featsel_manifest_add_text(manifest, "agent", text, sizeof(text) - 1, err);
	if (!r)
		r = featsel_host_open_live(context, 0, &host, err);
	return r ? r
		 : featsel_host_override(host, "attach:raw_tp/featsel_no_such_tracepoint",
					 FEATSEL_YES, err);
}

static void open_all(void)
{
	struct featsel_error err = {0};

	ck_assert_msg(!set_up(&err), "%s", err.text);
}

static void close_all(void)
{
	bpf_object__close(object);
	featsel_plan_free(plan);
	featsel_host_free(host);
	featsel_manifest_free(manifest);
	featsel_context_free(context);
	object = NULL;
	plan = NULL;
}

static void make_plan(const struct featsel_request *requests, size_t n)
{
	struct featsel_error err = {0};

	ck_assert_msg(!featsel_plan_make(manifest, host, requests, n, NULL, 0, 0, &plan, &err),
		      "%s", err.text);
}

/* 0, or what libbpf said of the load. */
static int load(void)
{
	struct featsel_error err = {0};

	bpf_object__close(object);
	said[0] = '\0';
	object = bpf_object__open(unit_build("tests/objects/agent.bpf.o"));
	ck_assert_ptr_nonnull(object);
	ck_assert_msg(!featsel_plan_prepare(plan, object, &err), "%s", err.text);
	ck_assert_str_eq(said, "");
	return bpf_object__load(object);
}

static int see(void *data, void *sample, size_t size)
{
	const struct record *record = sample;

	(void)data;
	ck_assert_uint_ge(size, sizeof(*record));
	ck_assert_uint_lt(record->means, 4);
	seen[record->means]++;
	return 0;
}

/* An exec and an exit. */
static void act(void)
{
	pid_t child = fork();

	if (!child) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	ck_assert_int_gt(child, 0);
	waitpid(child, NULL, 0);
}

static struct ring_buffer *listen_to(const char *map)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_object__find_map_fd_by_name(object, map), see, NULL, NULL);

	ck_assert_ptr_nonnull(ring);
	return ring;
}

static struct featsel_links *attach(size_t event)
{
	struct featsel_error err = {0};
	struct featsel_links *links = NULL;

	ck_assert_msg(!featsel_plan_attach(plan, event, object, &links, &err), "%s", err.text);
	ck_assert_ptr_nonnull(links);
	return links;
}

START_TEST(falls_back_through_load_and_attach)
{
	static const struct featsel_request requests[] = {{"spawn", NULL}, {"leave", NULL}};
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_links *links[2] = {NULL};
	struct featsel_error err = {0};
	struct ring_buffer *spawns, *leaves;
	int r;

	make_plan(requests, 2);
	r = load();
	ck_assert_int_lt(r, 0);
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_LOAD, r, said), 0);
	ck_assert_int_eq(featsel_plan_answer(plan, 0, 0, &answer), 0);
	ck_assert_str_eq(answer.reason, "verifier-rejected");
	ck_assert_int_eq(load(), 0);
	ck_assert_int_eq(featsel_plan_prepare(plan, object, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "was loaded already"));
	memset(&err, 0, sizeof(err));
	r = featsel_plan_attach(plan, 0, object, &links[0], &err);
	ck_assert_int_eq(r, -ENOENT);
	ck_assert_ptr_null(links[0]);
	ck_assert_ptr_nonnull(strstr(err.text, "candidate 'absent' failed to attach: "));
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_ATTACH, r, NULL), 0);
	ck_assert_int_eq(featsel_plan_answer(plan, 0, 1, &answer), 0);
	ck_assert_str_eq(answer.reason, "tracepoint-missing");
	ck_assert_int_eq(featsel_plan_chosen(plan, 0), 2);
	ck_assert_ptr_nonnull(strstr(logged, ", trying 'tail'"));

	ck_assert_int_eq(load(), 0);
	ck_assert_int_lt(bpf_program__fd(bpf_object__find_program_by_name(object, "spawn_absent")),
			 0);
	spawns = listen_to("spawns");
	leaves = listen_to("leaves");
	links[0] = attach(0);
	links[1] = attach(1);
	ck_assert_int_ge(featsel_links_fd(links[0], 0), 0);
	ck_assert_int_eq(featsel_links_fd(links[0], 1), -ENOENT);
	act();
	ck_assert_int_ge(ring_buffer__poll(spawns, ENOUGH), 1);
	ck_assert_int_ge(ring_buffer__poll(leaves, ENOUGH), 1);
	ck_assert_uint_ge(seen[MEANS_TAIL], 1);
	ck_assert_uint_ge(seen[MEANS_LEAVE], 1);
	ck_assert_uint_eq(seen[MEANS_RAW_TP], 0);

	/* What is let go of is detached, and nothing else. */
	featsel_links_free(links[0]);
	ring_buffer__consume(spawns);
	memset(seen, 0, sizeof(seen));
	act();
	ck_assert_int_ge(ring_buffer__poll(leaves, ENOUGH), 1);
	ck_assert_int_eq(ring_buffer__consume(spawns), 0);
	featsel_links_free(links[1]);
	ring_buffer__free(spawns);
	ring_buffer__free(leaves);
}
END_TEST

/* Two events in one object that does not load, and the agent does not know whose fault it is. */
START_TEST(one_of_two_is_to_blame)
{
	static const struct featsel_request requests[] = {{"leave", NULL}, {"spawn", NULL}};
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_links *links = NULL;
	struct featsel_error err = {0};
	int r;

	make_plan(requests, 2);
	ck_assert_int_eq(featsel_plan_chosen(plan, 1), 0);
	ck_assert_int_lt(load(), 0);
	ck_assert_msg(!featsel_plan_test_load(plan, &err), "%s", err.text);
	ck_assert_int_eq(featsel_plan_chosen(plan, 0), 0);
	ck_assert_int_eq(featsel_plan_chosen(plan, 1), 1);
	ck_assert_int_eq(featsel_plan_answer(plan, 1, 0, &answer), 0);
	ck_assert_str_eq(answer.reason, "verifier-rejected");
	ck_assert_int_eq(load(), 0);
	/* That it loads is not the last that is known of the next. */
	ck_assert_int_eq(featsel_plan_answer(plan, 1, 1, &answer), 0);
	ck_assert_str_eq(answer.evidence, "the kernel has loaded its programs");
	r = featsel_plan_attach(plan, 1, object, &links, NULL);
	ck_assert_int_eq(r, -ENOENT);
	ck_assert_int_eq(featsel_plan_refuse(plan, 1, FEATSEL_STAGE_ATTACH, r, NULL), 0);
	ck_assert_int_eq(featsel_plan_answer(plan, 1, 1, &answer), 0);
	ck_assert_int_eq(answer.verdict, FEATSEL_NO);
	ck_assert_str_eq(answer.reason, "tracepoint-missing");
}
END_TEST

/* An agent that lets libbpf print where it likes has no log to hand over. */
START_TEST(nobody_kept_the_log)
{
	static const struct featsel_request request = {"spawn", NULL};
	struct featsel_answer answer = {.size = sizeof(answer)};
	int r;

	make_plan(&request, 1);
	r = load();
	ck_assert_int_lt(r, 0);
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_LOAD, r, NULL), 0);
	ck_assert_int_eq(featsel_plan_answer(plan, 0, 0, &answer), 0);
	ck_assert_str_eq(answer.reason, "verifier-rejected");
	ck_assert_int_eq(featsel_plan_chosen(plan, 0), 1);
	/* What the agent itself has spoilt. */
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_LOAD, -EBADF, ""), 0);
	ck_assert_int_eq(featsel_plan_answer(plan, 0, 1, &answer), 0);
	ck_assert_str_eq(answer.reason, "inconclusive");
	ck_assert_str_eq(answer.evidence, "EBADF from the caller; loaded alone it is not refused");
	ck_assert_int_eq(featsel_plan_chosen(plan, 0), 2);
}
END_TEST

START_TEST(nothing_is_left)
{
	static const struct featsel_request request = {"hopeless", NULL};
	struct featsel_links *links = NULL;
	int r;

	make_plan(&request, 1);
	r = load();
	ck_assert_int_lt(r, 0);
	ck_assert_int_eq(featsel_plan_refuse(plan, 0, FEATSEL_STAGE_LOAD, r, said), -ENOENT);
	ck_assert_int_eq(featsel_plan_chosen(plan, 0), -1);
	ck_assert_int_eq(featsel_plan_failure(plan, 0), FEATSEL_FAILURE_NO_CANDIDATE);
	ck_assert_int_eq(featsel_plan_attach(plan, 0, object, &links, NULL), -ENOENT);
	ck_assert_ptr_nonnull(strstr(logged, "no other is left"));
}
END_TEST

/* An agent that attaches by itself needs nothing but the prepared object. */
START_TEST(agent_attaches_by_itself)
{
	static const struct featsel_request request = {"leave", NULL};
	struct ring_buffer *leaves;
	struct bpf_link *link;

	make_plan(&request, 1);
	ck_assert_int_eq(load(), 0);
	leaves = listen_to("leaves");
	link = bpf_program__attach(bpf_object__find_program_by_name(object, "leave_raw_tp"));
	ck_assert_ptr_nonnull(link);
	act();
	ck_assert_int_ge(ring_buffer__poll(leaves, ENOUGH), 1);
	ck_assert_uint_ge(seen[MEANS_LEAVE], 1);
	bpf_link__destroy(link);
	ring_buffer__free(leaves);
}
END_TEST

/* A connection to ourselves under a congestion control; 0 or what the kernel says of its name. */
static int connect_by(const char *control)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr *where = (struct sockaddr *)&address;
	socklen_t size = sizeof(address);
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	int r = setsockopt(client, IPPROTO_TCP, TCP_CONGESTION, control, strlen(control)) ? -errno
											  : 0;

	ck_assert_int_eq(bind(server, where, size), 0);
	ck_assert_int_eq(listen(server, 1), 0);
	ck_assert_int_eq(getsockname(server, where, &size), 0);
	ck_assert_int_eq(connect(client, where, size), 0);
	close(client);
	close(server);
	return r;
}

static int note_number(void *data, void *sample, size_t size)
{
	ck_assert_uint_ge(size, sizeof(uint32_t));
	*(uint32_t *)data = *(const uint32_t *)sample;
	return 0;
}

/* A structure of functions is registered as a whole, and goes when the agent lets go of it. */
START_TEST(structure_of_functions)
{
	static const char control[] = "{version: 1, events: {control: {object: structures.bpf.o, "
				      "candidates: [{name: control, programs: [live_init, "
				      "live_ssthresh, live_cong_avoid, live_undo_cwnd]}]}}}";
	static const struct featsel_request request = {"control", NULL};
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_links *links;
	struct featsel_error err = {0};
	struct ring_buffer *ring;
	uint32_t number = 0;

	ck_assert_int_eq(
		featsel_context_set_object_dir(context, unit_build("tests/live/objects"), &err), 0);
	ck_assert_msg(
		!featsel_manifest_add_text(manifest, "control", control, sizeof(control) - 1, &err),
		"%s", err.text);
	make_plan(&request, 1);
	if (featsel_plan_chosen(plan, 0) < 0) {
		ck_assert_int_eq(featsel_plan_answer(plan, 0, 0, &answer), 0);
		printf("# structure_of_functions: not tried: %s\n", answer.evidence);
		return;
	}
	object = bpf_object__open(unit_build("tests/live/objects/structures.bpf.o"));
	ck_assert_msg(!featsel_plan_prepare(plan, object, &err), "%s", err.text);
	ck_assert_int_eq(bpf_object__load(object), 0);
	ck_assert_int_eq(connect_by("featsel_live"), -ENOENT);
	links = attach(0);
	/* Its elements lie in a map; without a link no descriptor holds it. */
	ck_assert_int_eq(featsel_links_fd(links, 0), -EOPNOTSUPP);
	ck_assert_int_eq(featsel_links_fd(links, 1), -ENOENT);
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "events"), note_number,
				&number, NULL);
	ck_assert_ptr_nonnull(ring);
	ck_assert_int_eq(connect_by("featsel_live"), 0);
	ck_assert_int_ge(ring_buffer__poll(ring, ENOUGH), 1);
	ck_assert_uint_eq(number, 1);
	featsel_links_free(links);
	ck_assert_int_eq(connect_by("featsel_live"), -ENOENT);
	ring_buffer__free(ring);
}
END_TEST

static int count(void *data, const struct featsel_sample *sample)
{
	(void)sample;
	++*(size_t *)data;
	return 0;
}

static void is_of(int fd, const char *name)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	ck_assert_str_eq(info.name, name);
}

START_TEST(descriptors_of_a_session)
{
	static const struct featsel_request requests[] = {{"spawn", NULL}, {"leave", NULL}};
	struct featsel_session *session;
	struct featsel_error err = {0};
	struct bpf_prog_info program = {0};
	struct bpf_link_info link = {0};
	struct featsel_counts counts = {.size = sizeof(counts)};
	const struct featsel_layout *layout;
	uint32_t size = sizeof(program);
	size_t records = 0;
	uint64_t value;

	make_plan(requests, 2);
	ck_assert_msg(!featsel_session_start(plan, 0, count, &records, &session, &err), "%s",
		      err.text);
	/* The session took the plan's way: what it refused the plan knows. */
	ck_assert_int_eq(featsel_session_live(session, 0), 2);
	ck_assert_int_eq(featsel_plan_chosen(plan, 0), 2);
	is_of(featsel_session_map_fd(session, 0, "spawns"), "spawns");
	is_of(featsel_session_map_fd(session, 0, "jumps"), "jumps");
	is_of(featsel_session_map_fd(session, 1, "leaves"), "leaves");
	ck_assert_int_eq(featsel_session_map_fd(session, 0, "rare"), -ENOENT);
	ck_assert_int_eq(featsel_session_map_fd(session, 0, "nothing"), -ENOENT);
	ck_assert_int_eq(featsel_session_program_fd(session, 0, "spawn_rejected"), -ENOENT);
	ck_assert_int_eq(
		bpf_obj_get_info_by_fd(featsel_session_program_fd(session, 0, "spawn_tail"),
				       &program, &size),
		0);
	ck_assert_str_eq(program.name, "spawn_tail");
	size = sizeof(link);
	ck_assert_int_eq(bpf_obj_get_info_by_fd(featsel_session_link_fd(session, 0, "spawn_tail"),
						&link, &size),
			 0);
	ck_assert_uint_eq(link.prog_id, program.id);
	/* Loaded, not attached. */
	ck_assert_int_ge(featsel_session_program_fd(session, 1, "leave_spare"), 0);
	ck_assert_int_eq(featsel_session_link_fd(session, 1, "leave_spare"), -ENOENT);
	/* Of an event that is not there. */
	ck_assert_int_eq(featsel_session_live(session, 99), -1);
	ck_assert_int_eq(featsel_session_counts(session, 99, &counts), -EINVAL);
	ck_assert_ptr_null(featsel_session_layout(session, 99));
	ck_assert_int_eq(featsel_session_map_fd(session, 99, "spawns"), -ENOENT);
	layout = featsel_session_layout(session, 0);
	ck_assert_ptr_null(featsel_layout_field(layout, 99));
	ck_assert_ptr_null(featsel_layout_type(layout, 99));
	ck_assert_uint_eq(featsel_layout_width(layout, 99), 0);
	ck_assert_int_eq(featsel_layout_integer(layout, 99, logged, 8, &value), -EINVAL);
	ck_assert_int_eq(featsel_layout_text(layout, 99, logged, 8, logged, 8), -EINVAL);
	ck_assert_int_eq(featsel_layout_json(layout, 99, logged, 8, logged, 8), -EINVAL);
	ck_assert_int_eq(featsel_layout_time(layout, 99, logged, 8, logged, 8), -EINVAL);
	featsel_session_free(session);
}
END_TEST

static Suite *agent_suite(void)
{
	Suite *suite = suite_create("agent");
	TCase *tcase = tcase_create("agent");

	tcase_add_checked_fixture(tcase, open_all, close_all);
	tcase_add_test(tcase, falls_back_through_load_and_attach);
	tcase_add_test(tcase, one_of_two_is_to_blame);
	tcase_add_test(tcase, nobody_kept_the_log);
	tcase_add_test(tcase, nothing_is_left);
	tcase_add_test(tcase, agent_attaches_by_itself);
	tcase_add_test(tcase, structure_of_functions);
	tcase_add_test(tcase, descriptors_of_a_session);
	suite_add_tcase(suite, tcase);
	return suite;
}

/* NULL where programs can be loaded here. */
static const char *obstacle(void)
{
	static const struct featsel_request request = {"leave", NULL};
	static char reason[2048];
	struct featsel_error err = {0};
	struct featsel_answer answer = {.size = sizeof(answer)};

	if (set_up(&err) || featsel_plan_make(manifest, host, &request, 1, NULL, 0, 0, &plan, &err))
		featsel_error_format(&err, reason, sizeof(reason));
	else if (featsel_plan_chosen(plan, 0) < 0 && !featsel_plan_answer(plan, 0, 0, &answer))
		snprintf(reason, sizeof(reason), "%s: %s", answer.reason, answer.evidence);
	close_all();
	return reason[0] ? reason : NULL;
}

int main(void)
{
	const char *reason = obstacle();

	if (reason) {
		printf("1..0 # SKIP %s\n", reason);
		return 0;
	}
	return unit_run(agent_suite);
}
