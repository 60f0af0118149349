/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * syscalls.h - numbers of system calls, one row a call
 *
 * The headers of the machine that compiles cannot tell: with -target bpf they are those of 32-bit
 * x86. A call that an architecture never had gets a number that no call can bear.
 */
#ifndef FEATSEL_SYSCALLS_H
#define FEATSEL_SYSCALLS_H

#define NR_NONE 0x100000000ULL

/* "generic" is arm64 and riscv. */
#if defined(__TARGET_ARCH_x86)
#define NR(x86, generic, s390, powerpc) x86
#elif defined(__TARGET_ARCH_arm64) || defined(__TARGET_ARCH_riscv)
#define NR(x86, generic, s390, powerpc) generic
#elif defined(__TARGET_ARCH_s390)
#define NR(x86, generic, s390, powerpc) s390
#elif defined(__TARGET_ARCH_powerpc)
#define NR(x86, generic, s390, powerpc) powerpc
#else
#error "no numbers of system calls for this architecture"
#endif

#define NR_ACCEPT	 NR(43, 202, NR_NONE, 330)
#define NR_ACCEPT4	 NR(288, 242, 364, 344)
#define NR_BIND		 NR(49, 200, 361, 327)
#define NR_BPF		 NR(321, 280, 351, 361)
#define NR_CHMOD	 NR(90, NR_NONE, 15, 15)
#define NR_CONNECT	 NR(42, 203, 362, 328)
#define NR_CREAT	 NR(85, NR_NONE, 8, 8)
#define NR_FCHMOD	 NR(91, 52, 94, 94)
#define NR_FCHMODAT	 NR(268, 53, 299, 297)
#define NR_FCHMODAT2	 452
#define NR_FINIT_MODULE	 NR(313, 273, 344, 353)
#define NR_INIT_MODULE	 NR(175, 105, 128, 128)
#define NR_KILL		 NR(62, 129, 37, 37)
#define NR_LISTEN	 NR(50, 201, 363, 329)
#define NR_MMAP		 NR(9, 222, 90, 90)
#define NR_MOUNT	 NR(165, 40, 21, 21)
#define NR_MOVE_MOUNT	 429
#define NR_MPROTECT	 NR(10, 226, 125, 125)
#define NR_OPEN		 NR(2, NR_NONE, 5, 5)
#define NR_OPENAT	 NR(257, 56, 288, 286)
#define NR_OPENAT2	 437
#define NR_PKEY_MPROTECT NR(329, 288, 384, 386)
#define NR_PTRACE	 NR(101, 117, 26, 26)
#define NR_RENAME	 NR(82, NR_NONE, 38, 38)
#define NR_RENAMEAT	 NR(264, 38, 295, 293)
#define NR_RENAMEAT2	 NR(316, 276, 347, 357)
#define NR_RMDIR	 NR(84, NR_NONE, 40, 40)
#define NR_SETGID	 NR(106, 144, 214, 46)
#define NR_SETREGID	 NR(114, 143, 204, 71)
#define NR_SETRESGID	 NR(119, 149, 210, 169)
#define NR_SETRESUID	 NR(117, 147, 208, 164)
#define NR_SETREUID	 NR(113, 145, 203, 70)
#define NR_SETUID	 NR(105, 146, 213, 23)
#define NR_TGKILL	 NR(234, 131, 241, 250)
#define NR_TKILL	 NR(200, 130, 237, 208)
#define NR_UNLINK	 NR(87, NR_NONE, 10, 10)
#define NR_UNLINKAT	 NR(263, 35, 294, 292)

#endif
