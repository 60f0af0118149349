/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * protection.h - what memory may be used for
 */
#ifndef FEATSEL_PROTECTION_H
#define FEATSEL_PROTECTION_H

enum mmap_prot {
	PROT_NONE = 0,
	PROT_READ = 0x1,
	PROT_WRITE = 0x2,
	PROT_EXEC = 0x4,
	PROT_SEM = 0x8,
#if defined(__TARGET_ARCH_arm64)
	PROT_BTI = 0x10,
	PROT_MTE = 0x20,
#elif defined(__TARGET_ARCH_powerpc)
	PROT_SAO = 0x10,
#endif
	PROT_GROWSDOWN = 0x01000000,
	PROT_GROWSUP = 0x02000000,
};

#endif
