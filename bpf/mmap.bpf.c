/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mmap.bpf.c - a process maps memory
 *
 * Seven means to one record: the call as user space made it, the offset in bytes. ksys_mmap_pgoff()
 * takes six arguments from 4.18 to this day; it is below both the native and the 32-bit entry, and
 * sees no call that the entry refuses (an offset that is no multiple of the page size). Maps that
 * exec makes inside the kernel pass none of the hooks.
 */
#define RING_BYTES (4 << 20)
#include "common.bpf.h"
#include "protection.h"
#include "syscalls.h"

/* The low four bits are one value, the type. */
enum mmap_flags {
	MAP_SHARED = 0x01,
	MAP_PRIVATE = 0x02,
	MAP_SHARED_VALIDATE = 0x03,
	MAP_DROPPABLE = 0x08,
	MAP_FIXED = 0x10,
	MAP_ANONYMOUS = 0x20,
#if defined(__TARGET_ARCH_powerpc)
	MAP_NORESERVE = 0x40,
	MAP_LOCKED = 0x80,
#else
	MAP_32BIT = 0x40,
	MAP_ABOVE4G = 0x80,
	MAP_LOCKED = 0x2000,
	MAP_NORESERVE = 0x4000,
#endif
	MAP_GROWSDOWN = 0x0100,
	MAP_DENYWRITE = 0x0800,
	MAP_EXECUTABLE = 0x1000,
	MAP_POPULATE = 0x8000,
	MAP_NONBLOCK = 0x10000,
	MAP_STACK = 0x20000,
	MAP_HUGETLB = 0x40000,
	MAP_SYNC = 0x80000,
	MAP_FIXED_NOREPLACE = 0x100000,
	MAP_UNINITIALIZED = 0x4000000,
};

struct mmap_event {
	RECORD_HEAD
	__u64 addr HINT_HEX;
	__u64 len;
	enum mmap_prot prot HINT_FLAGS;
	enum mmap_flags flags HINT_FLAGS_BESIDE("0xf");
	__s32 fd;
	__u64 offset;
};
RECORD(mmap_event)

/* As the system call has them. */
struct mmap_args {
	__u64 addr, len, prot, flags, fd, offset;
};

static __always_inline int emit_headed(void *ctx, const struct mmap_args *args,
				       void (*head)(void *record))
{
	struct mmap_event *event;

	if (!featsel_wanted())
		return 0;
	event = record_room(struct mmap_event);
	if (!event)
		return 0;
	head(event);
	event->addr = args->addr;
	event->len = args->len;
	event->prot = args->prot;
	event->flags = args->flags;
	event->fd = args->fd;
	event->offset = args->offset;
	record_emit(ctx, event, sizeof(*event));
	return 0;
}

static __always_inline int emit(void *ctx, const struct mmap_args *args)
{
	return emit_headed(ctx, args, record_head);
}

/* In both objects: with the ring buffer where there is one. */
SEC("kprobe/ksys_mmap_pgoff")
int mmap_kprobe(__u64 *regs)
{
	struct mmap_args args = {
		.addr = regs[FUNCTION_ARG1],
		.len = regs[FUNCTION_ARG2],
		.prot = regs[FUNCTION_ARG3],
		.flags = regs[FUNCTION_ARG4],
		.fd = regs[FUNCTION_ARG5],
		.offset = pages_to_bytes(function_arg6(regs)),
	};

	return emit(regs, &args);
}

/*
 * 32-bit programs have mmap2(), with the offset in units of 4096 bytes, and some another before
 * that.
 */
#if defined(__TARGET_ARCH_riscv)
#define COMPAT_MMAP2 222
#else
#define COMPAT_MMAP2 192
#endif
#if defined(__TARGET_ARCH_arm64) || defined(__TARGET_ARCH_riscv)
#define COMPAT_MMAP NR_ABSENT(90)
#else
#define COMPAT_MMAP 90
#endif

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_MMAP || number == COMPAT_MMAP2 || number == COMPAT_MMAP;
}

/* Whether the arguments are not in registers, but where the first of them says. */
static __always_inline bool is_in_memory(__u64 number)
{
#if defined(__TARGET_ARCH_x86)
	return number == COMPAT_MMAP;
#elif defined(__TARGET_ARCH_s390)
	return true;
#else
	return false;
#endif
}

static __always_inline int emit_compat(void *ctx, __u64 number, const __u64 *regs)
{
	__u32 words[6] = {};
	struct mmap_args args;

	if (number != COMPAT_MMAP2 && number != COMPAT_MMAP)
		return 0;
	words[0] = regs[COMPAT_ARG1];
	if (!is_in_memory(number)) {
		words[1] = regs[COMPAT_ARG2];
		words[2] = regs[COMPAT_ARG3];
		words[3] = regs[COMPAT_ARG4];
		words[4] = regs[COMPAT_ARG5];
		words[5] = regs[COMPAT_ARG6];
	} else if (read_user(words, sizeof(words), (const void *)(__u64)words[0])) {
		/* The kernel refuses the call as well. */
		return 0;
	}
	args.addr = words[0];
	args.len = words[1];
	args.prot = words[2];
	args.flags = words[3];
	args.fd = words[4];
	args.offset = number == COMPAT_MMAP2 ? (__u64)words[5] << 12 : words[5];
	return emit(ctx, &args);
}

/* @regs as they stand at sys_enter. */
static __always_inline int emit_syscall(void *ctx, __u64 number, const __u64 *regs)
{
	struct mmap_args args = {};

	if (is_compat(regs))
		return emit_compat(ctx, number, regs);
	if (number != NR_MMAP)
		return 0;
#ifdef MMAP_ARGS_IN_MEMORY
	/* The kernel refuses the call as well. */
	if (read_user(&args, sizeof(args), (const void *)regs[SYSCALL_ARG1]))
		return 0;
#else
	args.addr = regs[SYSCALL_ARG1];
	args.len = regs[SYSCALL_ARG2];
	args.prot = regs[SYSCALL_ARG3];
	args.flags = regs[SYSCALL_ARG4];
	args.fd = regs[SYSCALL_ARG5];
	args.offset = regs[SYSCALL_ARG6];
#endif
	return emit(ctx, &args);
}

#ifdef FEATSEL_LEGACY

/*
 * The context of a system call's tracepoint: the arguments stand at 16 whether the common part has
 * 8 bytes followed by the number in 8 (vanilla), or 12 bytes followed by the number in 4
 * (PREEMPT_RT, RHEL 9).
 */
struct syscall_enter {
	__u64 common[2];
	__u64 args[6];
};

SEC("tracepoint/syscalls/sys_enter_mmap")
int mmap_tracepoint(struct syscall_enter *ctx)
{
	struct mmap_args args = {
		.addr = ctx->args[0],
		.len = ctx->args[1],
		.prot = ctx->args[2],
		.flags = ctx->args[3],
		.fd = ctx->args[4],
		.offset = ctx->args[5],
	};

	return emit(ctx, &args);
}

/* The arguments of sys_enter: struct pt_regs *, long number */
SEC("raw_tracepoint/sys_enter")
int mmap_raw_tracepoint(__u64 *ctx)
{
	__u64 regs[REGISTER_WORDS];

	if (!is_wanted(ctx[1]) || read_kernel(regs, sizeof(regs), (const void *)ctx[0]))
		return 0;
	return emit_syscall(ctx, ctx[1], regs);
}

#else

/* The arguments of ksys_mmap_pgoff(). */
static __always_inline struct mmap_args function_args(const __u64 *ctx)
{
	return (struct mmap_args){
		.addr = ctx[0],
		.len = ctx[1],
		.prot = ctx[2],
		.flags = ctx[3],
		.fd = ctx[4],
		.offset = pages_to_bytes(ctx[5]),
	};
}

SEC("fentry/ksys_mmap_pgoff")
int mmap_fentry(__u64 *ctx)
{
	struct mmap_args args = function_args(ctx);

	return emit(ctx, &args);
}

/* Reads no memory by a helper, which lockdown forbids; before 5.11 the parent takes one. */
SEC("fentry/ksys_mmap_pgoff")
int mmap_fentry_bare(__u64 *ctx)
{
	struct mmap_args args = function_args(ctx);

	return emit_headed(ctx, &args, record_head_bare);
}

/*
 * The verifier knows that the first argument is a struct pt_regs and lets it be read without a
 * helper.
 */
SEC("tp_btf/sys_enter")
int mmap_tp_btf(__u64 *ctx)
{
	return is_wanted(ctx[1]) ? emit_syscall(ctx, ctx[1], (const __u64 *)ctx[0]) : 0;
}

#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
