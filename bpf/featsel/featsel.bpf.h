/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * featsel.bpf.h - what a BPF object says to featsel: hints, the counter of losses, the filter
 *
 * Everything here may be left out: an object without it loads and its records decode. It needs
 * libbpf's bpf_helpers.h, and either a vmlinux.h that is included before it or the kernel's
 * user-space headers. featsel-manifest(5) describes the parts, featsel's own objects are made with
 * them.
 *
 *	#include <featsel/featsel.bpf.h>
 *
 *	FEATSEL_DROPS;
 *	FEATSEL_FILTER;
 *
 *	struct my_event {
 *		RECORD_HEAD
 *		__u64 addr HINT_HEX;
 *	};
 *	RECORD(my_event)
 *
 *	SEC("tp_btf/sched_process_exit")
 *	int my_program(void *ctx)
 *	{
 *		struct my_event *event;
 *
 *		if (!featsel_wanted())
 *			return 0;
 *		event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
 *		if (!event) {
 *			featsel_count_drop();
 *			return 0;
 *		}
 *		...
 *		bpf_ringbuf_submit(event, featsel_wake_flags(&events));
 *		return 0;
 *	}
 *
 * To compile for kernels before 5.5 define FEATSEL_LEGACY first: then the counter uses only what
 * 4.18 has.
 */
#ifndef FEATSEL_FEATSEL_BPF_H
#define FEATSEL_FEATSEL_BPF_H

#ifndef __VMLINUX_H__
#include <linux/bpf.h>
#include <linux/types.h>
#endif

#include <bpf/bpf_helpers.h>

/* ---- hints: how the members of a record are shown ---- */

/*
 * A hint is a BTF declaration tag on a member of the record's struct. Compilers without such tags
 * (clang before 14) leave it out: the record still decodes, but its fields are shown plainly.
 */
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
 * (127.0.0.1:80), a name as DNS writes it (example.org), addresses of IPv6 and, mapped into them,
 * of IPv4.
 */
#define HINT_STRING    HINT("string")
#define HINT_STRINGS   HINT("strings")
#define HINT_SOCKADDR  HINT("sockaddr")
#define HINT_DOMAIN    HINT("domain")
#define HINT_ADDRESSES HINT("addresses")

/*
 * Offset, from the record's first byte, and length of data behind the members. Such a record is
 * sent only as long as it is.
 */
struct tail {
	__u16 at;
	__u16 length; /* less than TAIL_TRUNCATED, which is or-ed to it if data was cut off */
};

#define TAIL_TRUNCATED 0x8000

/*
 * Keep the type in BTF: the compiler drops types that nothing refers to. The function is never
 * called.
 */
#define RECORD(type)                                                               \
	__attribute__((used)) static void record_##type(const struct type *record) \
	{                                                                          \
		(void)record;                                                      \
	}

/*
 * The common beginning of records about processes. By these names featsel orders records
 * (timestamp) and selects those of a process or user (pid, ppid, uid), a command (comm), a cgroup.
 * pid is the process as ps shows it, tid the thread, ppid the parent's pid, 0 if the object cannot
 * know it; cgroup is the id of the version 2 cgroup, the inode number of its directory.
 */
#define RECORD_HEAD                     \
	__u64 timestamp HINT_TIMESTAMP; \
	__u32 pid;                      \
	__u32 tid;                      \
	__u32 ppid;                     \
	__u32 uid;                      \
	char comm[16];                  \
	__u64 cgroup;

/* ---- the counter of losses ---- */

/*
 * The number of records that were lost, except for those that a perf buffer counts itself: a ring
 * buffer does not count its losses. The map is mapped into memory, so that a process can read it
 * after it has dropped its capabilities: before 5.19 the system call would be refused. Arrays can
 * be mapped from 5.5 on.
 */
#ifdef FEATSEL_LEGACY
#define FEATSEL_DROPS                                    \
	struct {                                         \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
		__uint(max_entries, 1);                  \
		__type(key, __u32);                      \
		__type(value, __u64);                    \
	} drops SEC(".maps")
#else
#define FEATSEL_DROPS                             \
	struct {                                  \
		__uint(type, BPF_MAP_TYPE_ARRAY); \
		__uint(map_flags, 1 << 10);       \
		__uint(max_entries, 1);           \
		__type(key, __u32);               \
		__type(value, __u64);             \
	} drops SEC(".maps")
#endif

/* Count one lost record. The object must have FEATSEL_DROPS. */
#define featsel_count_drop() featsel_count_in(&drops)

static __always_inline void featsel_count_in(void *map)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(map, &zero);

	if (count)
		__sync_fetch_and_add(count, 1);
}

/* ---- the filter ---- */

/*
 * Settings that featsel writes before programs are attached; all zero is a working default. A
 * program that follows them saves the cost of unwanted records; the output is the same without.
 * Members are only added at the end.
 */
struct featsel_settings {
	__u32 tgid;	   /* report this process only; 0: all */
	__u32 page_shift;  /* of the running kernel; 0: the architecture's usual one */
	__u32 wake_bytes;  /* wake the consumer when this much waits; 0: at every record */
	__u32 except_tgid; /* do not report this process; 0: all */
	__u32 by_uid;	   /* not 0: report the acts of user uid only */
	__u32 uid;
};

#define FEATSEL_FILTER                                  \
	struct {                                        \
		__uint(type, BPF_MAP_TYPE_ARRAY);       \
		__uint(max_entries, 1);                 \
		__type(key, __u32);                     \
		__type(value, struct featsel_settings); \
	} featsel_filter SEC(".maps")

/* The settings, or NULL. The object must have FEATSEL_FILTER, also for the macros below. */
#define featsel_settings() featsel_settings_in(&featsel_filter)

static __always_inline const struct featsel_settings *featsel_settings_in(void *map)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(map, &zero);
}

/* Not 0 if acts of the current task are to be reported. */
#define featsel_wanted() featsel_wanted_in(&featsel_filter)

static __always_inline int featsel_wanted_in(void *map)
{
	const struct featsel_settings *set = featsel_settings_in(map);
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (!set)
		return 1;
	if (set->tgid ? set->tgid != tgid : tgid && set->except_tgid == tgid)
		return 0;
	return !set->by_uid || set->uid == (__u32)bpf_get_current_uid_gid();
}

/*
 * Flags for bpf_ringbuf_submit() and bpf_ringbuf_output() into the ring buffer @ring: waking the
 * consumer costs more than a record, and featsel also reads by a timer, so the programs wake it
 * only when many records wait.
 */
#define featsel_wake_flags(ring) featsel_wake_flags_in(&featsel_filter, ring)

static __always_inline __u64 featsel_wake_flags_in(void *map, void *ring)
{
	const struct featsel_settings *set = featsel_settings_in(map);

	if (!set || !set->wake_bytes)
		return 0;
	if (bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) >= set->wake_bytes)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

#endif
