/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * syscalls.h - numbers of system calls, one row a call
 *
 * The headers of the machine that compiles cannot tell: with -target bpf they are those of 32-bit
 * x86. A call that an architecture never had gets a number that no call can bear, each another:
 * 32-bit programs may have it.
 */
#ifndef FEATSEL_SYSCALLS_H
#define FEATSEL_SYSCALLS_H

#define NR_ABSENT(n) (0x100000000ULL + (n))

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

#define NR_ACCEPT	 NR(43, 202, NR_ABSENT(1), 330)
#define NR_ACCEPT4	 NR(288, 242, 364, 344)
#define NR_BIND		 NR(49, 200, 361, 327)
#define NR_BPF		 NR(321, 280, 351, 361)
#define NR_CHMOD	 NR(90, NR_ABSENT(15), 15, 15)
#define NR_CONNECT	 NR(42, 203, 362, 328)
#define NR_CREAT	 NR(85, NR_ABSENT(8), 8, 8)
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
#define NR_OPEN		 NR(2, NR_ABSENT(5), 5, 5)
#define NR_OPENAT	 NR(257, 56, 288, 286)
#define NR_OPENAT2	 437
#define NR_PKEY_MPROTECT NR(329, 288, 384, 386)
#define NR_PTRACE	 NR(101, 117, 26, 26)
#define NR_RENAME	 NR(82, NR_ABSENT(38), 38, 38)
#define NR_RENAMEAT	 NR(264, 38, 295, 293)
#define NR_RENAMEAT2	 NR(316, 276, 347, 357)
#define NR_RMDIR	 NR(84, NR_ABSENT(40), 40, 40)
#define NR_SETGID	 NR(106, 144, 214, 46)
#define NR_SETREGID	 NR(114, 143, 204, 71)
#define NR_SETRESGID	 NR(119, 149, 210, 169)
#define NR_SETRESUID	 NR(117, 147, 208, 164)
#define NR_SETREUID	 NR(113, 145, 203, 70)
#define NR_SETUID	 NR(105, 146, 213, 23)
#define NR_TGKILL	 NR(234, 131, 241, 250)
#define NR_TKILL	 NR(200, 130, 237, 208)
#define NR_UNLINK	 NR(87, NR_ABSENT(10), 10, 10)
#define NR_UNLINKAT	 NR(263, 35, 294, 292)

/*
 * The numbers by which 32-bit programs call the same: X(i386, arm, number here). On other
 * architectures they are those of 64-bit programs. NR_OF_16_BITS: the ids are as short as they once
 * were. NR_SOCKETCALL: one call for all of sockets, with its arguments in memory.
 */
#define NR_OF_16_BITS (1ULL << 40)
#define NR_SOCKETCALL NR_ABSENT(102)

#define COMPAT_NUMBERS(X)                         \
	X(NR_ABSENT(0), 285, NR_ACCEPT)           \
	X(364, 366, NR_ACCEPT4)                   \
	X(361, 282, NR_BIND)                      \
	X(357, 386, NR_BPF)                       \
	X(15, 15, NR_CHMOD)                       \
	X(8, 8, NR_CREAT)                         \
	X(94, 94, NR_FCHMOD)                      \
	X(306, 333, NR_FCHMODAT)                  \
	X(452, 452, NR_FCHMODAT2)                 \
	X(37, 37, NR_KILL)                        \
	X(363, 284, NR_LISTEN)                    \
	X(21, 21, NR_MOUNT)                       \
	X(429, 429, NR_MOVE_MOUNT)                \
	X(125, 125, NR_MPROTECT)                  \
	X(5, 5, NR_OPEN)                          \
	X(295, 322, NR_OPENAT)                    \
	X(437, 437, NR_OPENAT2)                   \
	X(380, 394, NR_PKEY_MPROTECT)             \
	X(26, 26, NR_PTRACE)                      \
	X(38, 38, NR_RENAME)                      \
	X(302, 329, NR_RENAMEAT)                  \
	X(353, 382, NR_RENAMEAT2)                 \
	X(40, 40, NR_RMDIR)                       \
	X(214, 214, NR_SETGID)                    \
	X(204, 204, NR_SETREGID)                  \
	X(210, 210, NR_SETRESGID)                 \
	X(208, 208, NR_SETRESUID)                 \
	X(203, 203, NR_SETREUID)                  \
	X(213, 213, NR_SETUID)                    \
	X(270, 268, NR_TGKILL)                    \
	X(238, 238, NR_TKILL)                     \
	X(10, 10, NR_UNLINK)                      \
	X(301, 328, NR_UNLINKAT)                  \
	X(23, 23, NR_SETUID | NR_OF_16_BITS)      \
	X(46, 46, NR_SETGID | NR_OF_16_BITS)      \
	X(70, 70, NR_SETREUID | NR_OF_16_BITS)    \
	X(71, 71, NR_SETREGID | NR_OF_16_BITS)    \
	X(164, 164, NR_SETRESUID | NR_OF_16_BITS) \
	X(170, 170, NR_SETRESGID | NR_OF_16_BITS) \
	X(102, NR_ABSENT(0), NR_SOCKETCALL)

#endif
