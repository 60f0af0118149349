/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * privilege.c - least privilege: after attaching nothing is needed but what is open already
 */
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
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
