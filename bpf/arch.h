/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arch.h - where registers lie in the kernel's struct pt_regs, by architecture
 *
 * All of it is what ptrace(2) and signal frames show to user space, or directly behind that and
 * unchanged since 4.18, so it needs neither CO-RE nor the kernel's headers. Numbers are indices of
 * words of the machine, machine_word: 64 bits, but for arm, where WORDS_OF_32_BITS is defined.
 *
 * FUNCTION_ARG1 .. 6: arguments of a function at its first instruction (6 may lie on the stack).
 * FUNCTION_RESULT: what a function returns, at its return.
 * SYSCALL_ARG1 .. 6: arguments of a system call at the tracepoint sys_enter.
 * SYSCALL_NUMBER: what still tells the call at sys_exit, in the lower 32 bits; not everywhere.
 * COMPAT_ARG1 .. 6: the same of a 32-bit caller.
 * SYSCALL_WRAPPER: how the kernel's functions are named that take the registers of a system call,
 * one for each native call. Where it is no_wrapper_, there are none (powerpc before 6.2), or they
 * take arguments on some kernels (s390 before 5.12): the name leads nowhere then. Those for 32-bit
 * callers: SYSCALL_WRAPPER_COMPAT where these need another function, SYSCALL_WRAPPER_IA32 where the
 * function is the same and has a wrapper for them (elsewhere it is the native one),
 * SYSCALL_WRAPPER_OF_16_BITS where ids have 16 bits. REGISTER_WORDS: how much of pt_regs these and
 * is_compat() look at.
 */
#ifndef FEATSEL_ARCH_H
#define FEATSEL_ARCH_H

#include <linux/types.h>

#if defined(__TARGET_ARCH_x86)

/* r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss */
#define FUNCTION_ARG1		   14
#define FUNCTION_ARG2		   13
#define FUNCTION_ARG3		   12
#define FUNCTION_ARG4		   11
#define FUNCTION_ARG5		   9
#define FUNCTION_ARG6		   8
#define FUNCTION_RESULT		   10
#define SYSCALL_ARG1		   14
#define SYSCALL_ARG2		   13
#define SYSCALL_ARG3		   12
#define SYSCALL_ARG4		   7
#define SYSCALL_ARG5		   9
#define SYSCALL_ARG6		   8
#define SYSCALL_NUMBER		   15
#define REGISTER_IP		   16
#define REGISTER_CS		   17
#define REGISTER_WORDS		   18
#define PAGE_SHIFT_FIXED	   12
#define SYSCALL_WRAPPER		   "__x64_sys_"
#define SYSCALL_WRAPPER_IA32	   "__ia32_sys_"
#define SYSCALL_WRAPPER_COMPAT	   "__ia32_compat_sys_"
#define SYSCALL_WRAPPER_OF_16_BITS "__ia32_sys_"
#define COMPAT_ARG1		   5
#define COMPAT_ARG2		   11
#define COMPAT_ARG3		   12
#define COMPAT_ARG4		   13
#define COMPAT_ARG5		   14
#define COMPAT_ARG6		   4

#elif defined(__TARGET_ARCH_arm64)

/* x0 .. x30 sp pc pstate orig_x0 */
#define FUNCTION_ARG1		   0
#define FUNCTION_ARG2		   1
#define FUNCTION_ARG3		   2
#define FUNCTION_ARG4		   3
#define FUNCTION_ARG5		   4
#define FUNCTION_ARG6		   5
#define FUNCTION_RESULT		   0
#define SYSCALL_ARG1		   34
#define SYSCALL_ARG2		   1
#define SYSCALL_ARG3		   2
#define SYSCALL_ARG4		   3
#define SYSCALL_ARG5		   4
#define SYSCALL_ARG6		   5
#define REGISTER_PSTATE		   33
#define REGISTER_WORDS		   35
#define PAGE_SHIFT_USUAL	   12
#define SYSCALL_WRAPPER		   "__arm64_sys_"
#define SYSCALL_WRAPPER_COMPAT	   "__arm64_compat_sys_"
#define SYSCALL_WRAPPER_OF_16_BITS "__arm64_sys_"

#elif defined(__TARGET_ARCH_s390)

/*
 * args[1] psw.mask psw.addr r0 .. r15 orig_gpr2; the sixth argument of a function lies at 160(%r15)
 */
#define FUNCTION_ARG1	     5
#define FUNCTION_ARG2	     6
#define FUNCTION_ARG3	     7
#define FUNCTION_ARG4	     8
#define FUNCTION_ARG5	     9
#define FUNCTION_STACK	     18
#define FUNCTION_ARG6_OFFSET 160
#define FUNCTION_RESULT	     5
#define SYSCALL_ARG1	     19
#define SYSCALL_ARG2	     6
#define SYSCALL_ARG3	     7
#define SYSCALL_ARG4	     8
#define SYSCALL_ARG5	     9
#define SYSCALL_ARG6	     10
#define REGISTER_PSW	     1
#define REGISTER_WORDS	     20
#define PAGE_SHIFT_FIXED     12
#define SYSCALL_WRAPPER	     "no_wrapper_"
/* mmap takes one argument, the address of the six. */
#define MMAP_ARGS_IN_MEMORY

#elif defined(__TARGET_ARCH_riscv)

/* epc ra sp gp tp t0-2 s0-1 a0 .. a7 s2-11 t3-6 status badaddr cause orig_a0 */
#define FUNCTION_ARG1	       10
#define FUNCTION_ARG2	       11
#define FUNCTION_ARG3	       12
#define FUNCTION_ARG4	       13
#define FUNCTION_ARG5	       14
#define FUNCTION_ARG6	       15
#define FUNCTION_RESULT	       10
#define SYSCALL_ARG1	       35
#define SYSCALL_ARG2	       11
#define SYSCALL_ARG3	       12
#define SYSCALL_ARG4	       13
#define SYSCALL_ARG5	       14
#define SYSCALL_ARG6	       15
#define REGISTER_STATUS	       32
#define REGISTER_WORDS	       36
#define PAGE_SHIFT_FIXED       12
#define SYSCALL_WRAPPER	       "__riscv_sys_"
#define SYSCALL_WRAPPER_COMPAT "__riscv_compat_sys_"

#elif defined(__TARGET_ARCH_powerpc)

/* r0 .. r31 nip msr orig_gpr3 */
#define FUNCTION_ARG1	 3
#define FUNCTION_ARG2	 4
#define FUNCTION_ARG3	 5
#define FUNCTION_ARG4	 6
#define FUNCTION_ARG5	 7
#define FUNCTION_ARG6	 8
#define FUNCTION_RESULT	 3
#define SYSCALL_ARG1	 34
#define SYSCALL_ARG2	 4
#define SYSCALL_ARG3	 5
#define SYSCALL_ARG4	 6
#define SYSCALL_ARG5	 7
#define SYSCALL_ARG6	 8
#define REGISTER_MSR	 33
#define REGISTER_WORDS	 35
#define PAGE_SHIFT_USUAL 16
#define SYSCALL_WRAPPER	 "no_wrapper_"

#elif defined(__TARGET_ARCH_arm)

/* r0 .. r10 fp ip sp lr pc cpsr orig_r0; functions have their fifth argument on the stack */
#define WORDS_OF_32_BITS
#define FUNCTION_ARG1	 0
#define FUNCTION_ARG2	 1
#define FUNCTION_ARG3	 2
#define FUNCTION_ARG4	 3
#define FUNCTION_RESULT	 0
#define PAGE_SHIFT_FIXED 12

#else
#error "no register layout for this architecture: see the list of __TARGET_ARCH_* above"
#endif

#ifdef WORDS_OF_32_BITS
typedef __u32 machine_word;
#else
typedef __u64 machine_word;
#endif

#ifndef SYSCALL_WRAPPER_IA32
#define SYSCALL_WRAPPER_IA32 "no_wrapper_"
#endif
#ifndef SYSCALL_WRAPPER_COMPAT
#define SYSCALL_WRAPPER_COMPAT "no_wrapper_"
#endif
#ifndef SYSCALL_WRAPPER_OF_16_BITS
#define SYSCALL_WRAPPER_OF_16_BITS "no_wrapper_"
#endif

#ifndef COMPAT_ARG1
#define COMPAT_ARG1 SYSCALL_ARG1
#define COMPAT_ARG2 SYSCALL_ARG2
#define COMPAT_ARG3 SYSCALL_ARG3
#define COMPAT_ARG4 SYSCALL_ARG4
#define COMPAT_ARG5 SYSCALL_ARG5
#define COMPAT_ARG6 SYSCALL_ARG6
#endif

#endif
