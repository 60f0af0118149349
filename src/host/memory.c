/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * memory.c - whether maps and programs fit the limit on locked memory (kernels before 5.11)
 */
#include <errno.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "host/private.h"

/* In the kernel since 5.11. */
enum { HELPER_KTIME_GET_COARSE_NS = 160 };

/*
 * Since 5.11 programs and maps are charged to the memory cgroup; this helper came with the same
 * release.
 */
bool host_memory_charged(struct live *live)
{
	const struct feature *feature;
	uint64_t limit;

	if (live->programs && live->programs->helper_known >= HELPER_KTIME_GET_COARSE_NS)
		return false;
	return live_memory_limit(live, &limit) &&
	       !feature_parse(live->arena, "helper:socket_filter/ktime_get_coarse_ns", &feature,
			      NULL) &&
	       host_answer(live->host, feature).verdict == FEATSEL_NO;
}

void host_let_go(struct live *live)
{
	host_programs_close(live);
	host_targets_free(live);
}

enum { PAGE = 4096, MEMORY_TRIES = 6, MEMORY_NAP = 20000 /* microseconds */ };

static int create_of_size(struct live *live, uint64_t bytes)
{
	const struct map_probe probe = {.type = BPF_MAP_TYPE_ARRAY,
					.key_size = 4,
					.value_size = PAGE,
					.max_entries = (uint32_t)((bytes + PAGE - 1) / PAGE),
					.inner_fd = -1};
	int fd = live->kernel->ops->map_create(live->kernel, &probe);

	if (fd >= 0)
		live->kernel->ops->close(live->kernel, fd);
	return fd;
}

/*
 * Kernels before 5.11 charge maps and programs to RLIMIT_MEMLOCK; creating a map shows how much
 * the user has already used. Released memory is given back after an RCU grace period, so a refusal
 * of what fits the limit counts only if it persists.
 */
struct featsel_answer host_memory(struct live *live, uint64_t bytes)
{
	uint64_t limit;
	int tries, fd = 0;

	if (!host_memory_charged(live))
		return answer_yes(live->arena, "locked memory is not limited");
	for (tries = 0; tries < MEMORY_TRIES; tries++) {
		fd = create_of_size(live, bytes);
		/* With CAP_SYS_RESOURCE the call has raised the limit. */
		if (fd >= 0 || (fd != -EPERM && fd != -ENOMEM) || !live_memory_limit(live, &limit))
			return answer_yes(live->arena, "bpf(BPF_MAP_CREATE): %llu bytes: %s",
					  (unsigned long long)bytes,
					  fd < 0 ? errno_name(fd) : "created");
		if (bytes > limit)
			break;
		host_let_go(live);
		usleep(MEMORY_NAP);
	}
	return answer_make(live->arena, FEATSEL_DENIED, REASON_MEMLOCK, NULL,
			   "bpf(BPF_MAP_CREATE): %s for %llu bytes; locked memory is limited to "
			   "%llu bytes",
			   errno_name(fd), (unsigned long long)bytes, (unsigned long long)limit);
}
