/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * record.h - what a record's struct can say about how its members are to be shown
 *
 * A hint is a BTF declaration tag on a member. featsel reads it from the object; an object without
 * tags, or a compiler without them, still decodes, only plainer. To use this header in an object of
 * your own, copy it.
 *
 *	struct my_event {
 *		RECORD_HEAD
 *		__u64 addr HINT_HEX;
 *	};
 *	RECORD(my_event)
 */
#ifndef FEATSEL_RECORD_H
#define FEATSEL_RECORD_H

#include <linux/types.h>

#if __has_attribute(btf_decl_tag)
#define HINT(text) __attribute__((btf_decl_tag("featsel:" text)))
#else
#define HINT(text)
#endif

#define HINT_HEX       HINT("hex")	 /* 0x7f00; in JSON a string */
#define HINT_OCTAL     HINT("octal")	 /* 0644 */
#define HINT_TIMESTAMP HINT("timestamp") /* bpf_ktime_get_ns(); as text the time of day */
#define HINT_DURATION  HINT("duration")	 /* nanoseconds; as text 1.5ms */
#define HINT_ERRNO     HINT("errno")	 /* a result; negative ones as text by name */
#define HINT_IPV4      HINT("ipv4")	 /* __u32 in network order, or __u8[4] */
#define HINT_IPV6      HINT("ipv6")	 /* __u8[16] or the like */
#define HINT_FLAGS     HINT("flags")	 /* an enum whose values are or-ed: A|B|0x40 */
/*
 * The same where the bits of @mask (a number as text) hold one of several values, of which one may
 * be 0.
 */
#define HINT_FLAGS_BESIDE(mask) HINT("flags:" mask)
/*
 * What bytes mean that stand behind the members, told by a struct tail, or in an array of __u8:
 * text, a list of strings that each end in a NUL, the struct sockaddr of a system call
 * (127.0.0.1:80).
 */
#define HINT_STRING   HINT("string")
#define HINT_STRINGS  HINT("strings")
#define HINT_SOCKADDR HINT("sockaddr")

/*
 * Where bytes of variable length are, counted from the record's first byte: such a record is sent
 * no longer than it is.
 */
struct tail {
	__u16 at;
	__u16 length;
};

/*
 * The compiler writes a type into BTF only where something that it keeps refers to it; this
 * function is never called.
 */
#define RECORD(type)                                                               \
	__attribute__((used)) static void record_##type(const struct type *record) \
	{                                                                          \
		(void)record;                                                      \
	}

/*
 * How every record begins; record_head() of common.bpf.h fills it. ppid is the parent's pid, 0
 * where the object cannot know it; cgroup is the id of the cgroup of version 2, the inode number of
 * its directory.
 */
#define RECORD_HEAD                     \
	__u64 timestamp HINT_TIMESTAMP; \
	__u32 pid;                      \
	__u32 tid;                      \
	__u32 ppid;                     \
	__u32 uid;                      \
	char comm[16];                  \
	__u64 cgroup;

struct record_head {
	RECORD_HEAD
};

#endif
