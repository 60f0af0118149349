/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* privilege.c - least privilege: after attaching only open descriptors are needed */
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/cli.h"

int privilege_drop(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	/* An ambient capability needs its permitted bit and so goes with it; kernels from 4.3 know
	 * them all the same. */
	if (syscall(SYS_capset, &header, none))
		return -errno;
	return 0;
}

/* The limit with which the process was started; 0: not raised. */
static struct rlimit started;

/* A perf buffer is a descriptor a processor, and a candidate several of them. */
void limits_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= limit.rlim_max)
		return;
	started = limit;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		started = (struct rlimit){0};
}

/* A command may use select(2), which knows 1,024. */
void limits_restore(void)
{
	if (started.rlim_max)
		(void)setrlimit(RLIMIT_NOFILE, &started);
}
