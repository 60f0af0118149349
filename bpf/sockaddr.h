/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sockaddr.h - addresses of sockets, behind the members of a record
 */
#ifndef FEATSEL_SOCKADDR_H
#define FEATSEL_SOCKADDR_H

#include "common.bpf.h"

/* A struct sockaddr_un has 110 bytes; the kernel takes up to 128, of which it looks at no more. */
#define SOCKADDR_ROOM 128

/*
 * Copy the struct sockaddr of @length bytes in user memory to @to, which lies @at bytes behind the
 * record's begin. Where it cannot be read, or is none, the address is empty. The mask is for the
 * kernel's verifier, which may have forgotten the comparison (before 5.3 at each spill).
 */
static __always_inline void sockaddr_add(struct tail *tail, __u64 at, __u8 *to, __u64 from,
					 __s32 length)
{
	__u64 size = length;

	if (length <= 0 || !from)
		return;
	if (size > SOCKADDR_ROOM - 1)
		size = SOCKADDR_ROOM - 1;
	barrier_var(size);
	size &= SOCKADDR_ROOM - 1;
	if (read_user(to, size, (const void *)from))
		return;
	tail->at = at;
	tail->length = size;
}

#endif
