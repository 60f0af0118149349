/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * common.bpf.h - what all programs share: output, the record's head, settings, registers
 *
 * Every source is compiled twice. Without FEATSEL_LEGACY: ring buffer, CO-RE allowed, instruction
 * set v3, for kernels from 5.8. With it: perf buffer, nothing that a vanilla 4.18 lacks (no CO-RE,
 * no global data, no string literals, no loops). Which programs belong to which object is a plain
 * #ifdef around them.
 */
#ifndef FEATSEL_COMMON_BPF_H
#define FEATSEL_COMMON_BPF_H

#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>
#ifndef FEATSEL_LEGACY
#include <bpf/bpf_core_read.h>
#endif

#include "arch.h"
#include "record.h"

/*
 * Where the kernel's words have 32 bits, most programs would read two for one: registers, arguments
 * at tracepoints, pointers. A source whose programs do not says so before it includes this.
 */
#if defined(WORDS_OF_32_BITS) && !defined(FITS_32_BITS)
#error "the programs of this object take the kernel's words for 64 bits: see bpf_narrow_objects"
#endif

FEATSEL_FILTER;
FEATSEL_DROPS;

/* ---- output: record_room(type) gives zeroed room or NULL, record_emit() sends it ---- */

#ifdef FEATSEL_LEGACY

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

#define record_room(type) (&(type){})

static __always_inline void record_emit(void *ctx, void *record, __u64 size)
{
	long err = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, record, size);

	/* A full buffer is counted by the kernel, which reports it in the stream. */
	if (err && err != -ENOSPC)
		featsel_count_drop();
}

#else

/*
 * A multiple of every page size, and room for 10 ms of a fast producer. A source whose acts are
 * many asks for more before it includes this.
 */
#ifndef RING_BYTES
#define RING_BYTES (512 << 10)
#endif
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} events SEC(".maps");

#define record_room(type) ((type *)ring_room(sizeof(type)))

static __always_inline void *ring_room(__u64 size)
{
	void *room = bpf_ringbuf_reserve(&events, size, 0);

	if (!room) {
		featsel_count_drop();
		return NULL;
	}
	/* Ring memory holds earlier records; padding and tails of strings must not show them. */
	__builtin_memset(__builtin_assume_aligned(room, 8), 0, size);
	return room;
}

static __always_inline void record_emit(void *ctx, void *record, __u64 size)
{
	(void)ctx;
	(void)size;
	bpf_ringbuf_submit(record, featsel_wake_flags(&events));
}

#endif

/* ---- the head ---- */

#ifdef FEATSEL_LEGACY

/* Without BTF nobody tells where struct task_struct keeps the parent. */
static __always_inline __u32 parent_pid(void)
{
	return 0;
}

#else

struct task_struct {
	struct task_struct *real_parent;
	__s32 tgid;
} __attribute__((preserve_access_index));

/*
 * Where the task comes as a typed pointer (5.11) no helper reads memory: lockdown refuses programs
 * that call one.
 */
static __always_inline __u32 parent_pid(void)
{
	struct task_struct *task;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		task = bpf_get_current_task_btf();
		return task->real_parent->tgid;
	}
	task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, real_parent, tgid);
}

#endif

/* @record begins with RECORD_HEAD; bare: but for the parent, which is not asked for. */
static __always_inline void record_head_bare(void *record)
{
	struct record_head *head = record;
	__u64 id = bpf_get_current_pid_tgid();

	head->timestamp = bpf_ktime_get_ns();
	head->pid = id >> 32;
	head->tid = (__u32)id;
	head->uid = (__u32)bpf_get_current_uid_gid();
	bpf_get_current_comm(head->comm, sizeof(head->comm));
	head->cgroup = bpf_get_current_cgroup_id();
}

/* @record begins with RECORD_HEAD. */
static __always_inline void record_head(void *record)
{
	struct record_head *head = record;

	record_head_bare(record);
	head->ppid = parent_pid();
}

/* ---- memory and registers ---- */

/*
 * probe_read is the only one that 4.18 has. Where user and kernel addresses overlap (s390x) it is
 * gone since 5.8, and libbpf puts it in place of the newer ones on kernels before 5.5.
 */
#if defined(FEATSEL_LEGACY) && !defined(__TARGET_ARCH_s390) && !defined(__TARGET_ARCH_riscv)
#define read_kernel(to, size, from)	   bpf_probe_read(to, size, from)
#define read_user(to, size, from)	   bpf_probe_read(to, size, from)
#define read_kernel_string(to, size, from) bpf_probe_read_str(to, size, from)
#define read_user_string(to, size, from)   bpf_probe_read_str(to, size, from)
#else
#define read_kernel(to, size, from)	   bpf_probe_read_kernel(to, size, from)
#define read_user(to, size, from)	   bpf_probe_read_user(to, size, from)
#define read_kernel_string(to, size, from) bpf_probe_read_kernel_str(to, size, from)
#define read_user_string(to, size, from)   bpf_probe_read_user_str(to, size, from)
#endif

#ifndef WORDS_OF_32_BITS

/* The sixth argument of the function that a kprobe stands on. */
static __always_inline __u64 function_arg6(const __u64 *regs)
{
#ifdef FUNCTION_ARG6
	return regs[FUNCTION_ARG6];
#else
	__u64 value = 0;

	read_kernel(&value, sizeof(value),
		    (const void *)(regs[FUNCTION_STACK] + FUNCTION_ARG6_OFFSET));
	return value;
#endif
}

#endif

/* Kernel functions count file offsets in pages. */
static __always_inline __u64 pages_to_bytes(__u64 pages)
{
#ifdef PAGE_SHIFT_FIXED
	return pages << PAGE_SHIFT_FIXED;
#else
	const struct featsel_settings *set = featsel_settings();
	__u32 shift = set && set->page_shift ? set->page_shift : PAGE_SHIFT_USUAL;

	return pages << (shift & 63);
#endif
}

#ifndef WORDS_OF_32_BITS

/*
 * Whether the task that stands at sys_enter with @regs called through the 32-bit table, where
 * numbers mean other calls. The kernel's own flag (TS_COMPAT on x86) has moved within task_struct,
 * so this asks the registers: the mode of the caller, and on x86, where 64-bit code may use the
 * 32-bit gate, the instruction that it came by. Unreadable code counts as native.
 */
static __always_inline bool is_compat(const __u64 *regs)
{
#if defined(__TARGET_ARCH_x86)
	/*
	 * __USER32_CS is 0x23; Xen's is 0xe023. New kernels keep other things above the selector's
	 * 16 bits.
	 */
	__u16 selector = *(const __u16 *)&regs[REGISTER_CS];
	__u16 code = 0;

	if ((selector & 0xff) == 0x23)
		return true;
	read_user(&code, sizeof(code), (const void *)(regs[REGISTER_IP] - sizeof(code)));
	return code == 0x80cd; /* int $0x80 */
#elif defined(__TARGET_ARCH_arm64)
	return regs[REGISTER_PSTATE] & 0x10; /* PSR_MODE32_BIT */
#elif defined(__TARGET_ARCH_s390)
	return !(regs[REGISTER_PSW] & 0x100000000ULL); /* PSW_MASK_EA */
#elif defined(__TARGET_ARCH_riscv)
	return (regs[REGISTER_STATUS] & 0x300000000ULL) == 0x100000000ULL; /* SR_UXL_32 */
#elif defined(__TARGET_ARCH_powerpc)
	return !(regs[REGISTER_MSR] >> 63); /* MSR_SF */
#endif
}

#endif

/* ---- records with strings behind ---- */

/*
 * They are made in a room and sent as long as they are. A source that has such records says how
 * many strings they have before it includes this. Programs that cannot be preempted share a room of
 * their processor's; each of the others has one to itself, since it is not run while it is being
 * run.
 */
#define STRING_ROOM 4096	      /* PATH_MAX: a path is whole */
#define STRING_READ (STRING_ROOM + 1) /* to see whether there is more */

#ifdef RECORD_STRINGS

#define ROOM_HEAD 256
/* What a name of a file takes, and what a room has more where names are put together. */
#define NAME_ROOM 256
#ifndef RECORD_NAME
#define RECORD_NAME 0
#endif

struct room {
	__u8 bytes[ROOM_HEAD + RECORD_STRINGS * STRING_READ + RECORD_NAME];
} __attribute__((aligned(8)));

#define ROOM_MAP(name)                                   \
	struct {                                         \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
		__uint(max_entries, 1);                  \
		__type(key, __u32);                      \
		__type(value, struct room);              \
	} name SEC(".maps");
#define ROOM(name) (&(name))

ROOM_MAP(shared_room)

/* Zeroed room for a record in the map @map, or NULL. */
#define record_long(map, type) ((type *)long_room(map, sizeof(type)))

static __always_inline void *long_room(void *map, __u64 size)
{
	__u32 zero = 0;
	void *room = bpf_map_lookup_elem(map, &zero);

	if (room)
		__builtin_memset(__builtin_assume_aligned(room, 8), 0, size);
	return room;
}

/*
 * Note in @tail that @n bytes, a string with its NUL or an error, stand at @used. One that fills a
 * byte more than a string may have is cut. Returns where what follows can stand. The kernel's
 * verifier is to see one register compared and used.
 */
static __always_inline __u64 tail_end(struct tail *tail, __u64 used, long n)
{
	__u64 length = n - 1;

	barrier_var(length);
	if (length > STRING_ROOM)
		length = 0;
	tail->at = used;
	tail->length = length < STRING_ROOM ? length : (STRING_ROOM - 1) | TAIL_TRUNCATED;
	return used + length;
}

/* Add a string in user memory to @record, of which @used bytes are taken; empty if unreadable. */
#define record_add_user_string(record, tail, used, from) \
	tail_end(tail, used,                             \
		 read_user_string((__u8 *)(record) + (used), STRING_READ, (const void *)(from)))
#define record_add_kernel_string(record, tail, used, from) \
	tail_end(tail, used,                               \
		 read_kernel_string((__u8 *)(record) + (used), STRING_READ, (const void *)(from)))

/*
 * Add @size bytes of user memory to @record, less where they do not fit, none if they cannot be
 * read.
 */
static __always_inline __u64 record_add_user_bytes(void *record, struct tail *tail, __u64 used,
						   __u64 from, __u64 size)
{
	tail->at = used;
	tail->length = size < STRING_ROOM ? size : (STRING_ROOM - 1) | TAIL_TRUNCATED;
	barrier_var(size);
	if (size >= STRING_ROOM)
		size = STRING_ROOM - 1;
	if (read_user((__u8 *)record + used, size, (const void *)from)) {
		tail->length = 0;
		size = 0;
	}
	return used + size;
}

static __always_inline void record_emit_long(void *ctx, void *record, __u64 used)
{
	barrier_var(used);
	if (used > sizeof(struct room))
		return;
#ifdef FEATSEL_LEGACY
	record_emit(ctx, record, used);
#else
	(void)ctx;
	if (bpf_ringbuf_output(&events, record, used, featsel_wake_flags(&events)))
		featsel_count_drop();
#endif
}

#else
#define ROOM_MAP(name)
#define ROOM(name) NULL
#endif

#endif
