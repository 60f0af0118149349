/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What verifiers know of a number whose sign is extended by a move, or whose bytes change places.
 * Where they do not know it, they come to a helper that no kernel has.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define HIDE(number) asm volatile("" : "+r"(number))

/* r2 from r1. Not every assembler has these; big endian machines get what is the same. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FROM_BYTE     ".8byte 0x0812bf;"
#define FROM_WORD     ".8byte 0x2012bf;"
#define HALF_FROM_TWO ".8byte 0x1012bc;"
#else
#define FROM_BYTE     "r2 = r1; r2 <<= 56; r2 s>>= 56;"
#define FROM_WORD     "r2 = r1; r2 <<= 32; r2 s>>= 32;"
#define HALF_FROM_TWO "w2 = w1; w2 <<= 16; w2 s>>= 16;"
#endif
#define DRAW_SMALL "call 7; r1 = r0; r1 &= 3;" /* get_prandom_u32 */

#define PROGRAM(name, code, comparison)                                         \
	SEC("raw_tp/sched_process_exit")                                        \
	int name(void *ctx)                                                     \
	{                                                                       \
		asm volatile(code "if r2 " comparison " goto +1; call 5000;" :: \
				     : "r0", "r1", "r2", "r3", "r4", "r5");     \
		return 0;                                                       \
	}

PROGRAM(extended_constant, "r1 = 200;" FROM_BYTE, "== -56")
PROGRAM(extended_word, "r1 = 5;" FROM_WORD, "== 5")
PROGRAM(extended_half, "r1 = 0x7ffe;" HALF_FROM_TWO, "== 0x7ffe")
PROGRAM(extended_small, DRAW_SMALL FROM_BYTE, "< 4")
PROGRAM(extended_any, "call 7; r1 = r0;" FROM_BYTE, "s< 128")
/* before 7.0 it may be anything */
PROGRAM(quotient_of_half, "call 7; w0 &= 15; w0 /= 3; r2 = r0;", "!= -1")

const volatile unsigned short port = 443;
static long (*never)(void) = (void *)5000;

SEC("raw_tp/sched_process_exit")
int swapped_constant(void *ctx)
{
	unsigned short swapped = __builtin_bswap16(port);

	HIDE(swapped);
	return swapped == __builtin_bswap16(443) ? 0 : (int)never();
}

SEC("raw_tp/sched_process_exit")
int swapped_bit(void *ctx)
{
	unsigned long long number = bpf_get_prandom_u32() & 1;

	HIDE(number);
	number = __builtin_bswap16((unsigned short)number);
	HIDE(number);
	return number < 257 ? 0 : (int)never();
}

SEC("raw_tp/sched_process_exit")
int swapped_any(void *ctx)
{
	unsigned long long number = bpf_get_prandom_u32();

	HIDE(number);
	number = __builtin_bswap16((unsigned short)number);
	HIDE(number);
	return number < 65536 ? 0 : (int)never();
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
