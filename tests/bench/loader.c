/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * loader.c - what featsel is measured against: a loader that knows its object, and a consumer that
 *only counts
 *
 *	loader OBJECT PROGRAM...	load and attach the programs, say so, count records until
 *SIGTERM, release in turn
 *
 * It does what libbpf's examples do, and nothing more.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* As the session does it, so that consumers differ in what they do with a record only. */
#define WAKE_BYTES    (256u << 10)
#define TIMEOUT_MS    50
#define MOST_PROGRAMS 16

static uint64_t records;

static int fail(const char *what)
{
	fprintf(stderr, "loader: %s: %s\n", what, strerror(errno));
	return 1;
}

static int on_sample(void *data, void *sample, size_t size)
{
	(void)data;
	(void)sample;
	(void)size;
	records++;
	return 0;
}

static bool is_named(const struct bpf_program *program, char **names)
{
	for (; *names; names++)
		if (!strcmp(bpf_program__name(program), *names))
			return true;
	return false;
}

/* The settings of bpf/common.bpf.h. */
static int tell_settings(const struct bpf_object *object)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object, "featsel_filter");
	uint32_t key = 0, value[32] = {[2] = WAKE_BYTES};

	if (!map || bpf_map__value_size(map) > sizeof(value))
		return 0;
	return bpf_map__update_elem(map, &key, sizeof(key), value, bpf_map__value_size(map),
				    BPF_ANY);
}

static uint64_t read_drops(const struct bpf_object *object)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object, "drops");
	int cpus = libbpf_num_possible_cpus();
	uint64_t values[256] = {0}, sum = 0;
	uint32_t key = 0;

	if (!map || cpus < 1 || cpus > 256)
		return 0;
	if (bpf_map__lookup_elem(map, &key, sizeof(key), values, (size_t)cpus * sizeof(values[0]),
				 0))
		return 0;
	for (int i = 0; i < cpus; i++)
		sum += values[i];
	return sum;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR1, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int consume(struct ring_buffer *ring, int ring_fd)
{
	struct epoll_event on_ring = {.events = EPOLLIN | EPOLLET, .data.fd = ring_fd};
	struct epoll_event on_signal = {.events = EPOLLIN, .data.fd = -1};
	int epoll = epoll_create1(EPOLL_CLOEXEC), signals = open_signals();
	bool over = false;

	if (epoll < 0 || signals < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, ring_fd, &on_ring) ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, signals, &on_signal))
		return fail("epoll");
	fputs("attached\n", stderr);
	while (!over) {
		struct epoll_event events[2];
		int n = epoll_wait(epoll, events, 2, TIMEOUT_MS);

		for (int i = 0; i < n; i++)
			over = over || events[i].data.fd == -1;
		ring_buffer__consume(ring);
	}
	return 0;
}

static int attach(struct bpf_object *object, char **names, struct bpf_link **links)
{
	struct bpf_program *program;
	size_t n = 0;

	bpf_object__for_each_program (program, object) {
		if (!is_named(program, names))
			continue;
		if (n == MOST_PROGRAMS) {
			errno = E2BIG;
			return fail("programs");
		}
		links[n] = bpf_program__attach(program);
		if (!links[n++])
			return fail("attach");
	}
	return 0;
}

static int run(struct bpf_object *object, char **names)
{
	struct bpf_link *links[MOST_PROGRAMS] = {0};
	struct ring_buffer *ring;
	int status, ring_fd;

	if (bpf_object__load(object) || tell_settings(object))
		return fail("load");
	ring_fd = bpf_object__find_map_fd_by_name(object, "events");
	ring = ring_buffer__new(ring_fd, on_sample, NULL, NULL);
	if (!ring)
		return fail("ring buffer");
	status = attach(object, names, links);
	if (!status)
		status = consume(ring, ring_fd);
	for (size_t i = 0; i < MOST_PROGRAMS; i++)
		bpf_link__destroy(links[i]);
	ring_buffer__consume(ring);
	ring_buffer__free(ring);
	fprintf(stderr, "%llu records, %llu lost\n", (unsigned long long)records,
		(unsigned long long)read_drops(object));
	return status;
}

int main(int argc, char **argv)
{
	struct bpf_program *program;
	struct bpf_object *object;
	int status;

	if (argc < 3) {
		fputs("usage: loader OBJECT PROGRAM...\n", stderr);
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		return fail(argv[1]);
	bpf_object__for_each_program (program, object)
		bpf_program__set_autoload(program, is_named(program, argv + 2));
	status = run(object, argv + 2);
	bpf_object__close(object);
	return status;
}
