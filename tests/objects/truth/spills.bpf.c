/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What verifiers know of a number that was put into a part of eight bytes of the stack, once the
 * other part is written, and of a part of what was put there as a whole. Where they do not know it,
 * they come to a helper that no kernel has.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define LOWER "*(u32 *)(r10 - 8)"
#define UPPER "*(u32 *)(r10 - 4)"
#define WHOLE "*(u64 *)(r10 - 8)"
#define DRAW  "call 7;" /* get_prandom_u32 */

/* More than a compiler puts there otherwise. */
#define ZERO(at) "*(u64 *)(r10 - " #at ") = r1;"
#define ZEROS                                                                                      \
	"r1 = 0;" ZERO(16) ZERO(24) ZERO(32) ZERO(40) ZERO(48) ZERO(56) ZERO(64) ZERO(72) ZERO(80) \
		ZERO(88) ZERO(96) ZERO(104) ZERO(112) ZERO(120) ZERO(128) ZERO(136) ZERO(144)      \
			ZERO(152) ZERO(160) ZERO(168)

/* After @stores @place is compared; first all bytes are something else. */
#define PROGRAM(name, stores, place, comparison)                                       \
	SEC("raw_tp/sched_process_exec") int name(void *ctx)                           \
	{                                                                              \
		asm volatile("r1 = 0x1234567;" WHOLE " = r1;" stores "r2 = " place ";" \
			     "if r2 " comparison " goto +1;"                           \
			     "call 5000;" ::                                           \
				     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");  \
		return 0;                                                              \
	}

PROGRAM(one, "r1 = 1;" LOWER " = r1;", LOWER, "== 1")
PROGRAM(one_beside, "r1 = 1;" LOWER " = r1;" UPPER " = r1;", LOWER, "== 1")
PROGRAM(one_above, "r1 = 1;" UPPER " = r1;", UPPER, "== 1")
PROGRAM(zero, "r1 = 0;" LOWER " = r1;", LOWER, "== 0")
PROGRAM(zero_beside, "r1 = 0;" LOWER " = r1; r1 = 2;" UPPER " = r1;", LOWER, "== 0")
PROGRAM(zero_beside_zero, "r1 = 0;" LOWER " = r1;" UPPER " = r1;", LOWER, "== 0")
PROGRAM(zero_above, "r1 = 0;" UPPER " = r1;", UPPER, "== 0")
PROGRAM(zero_above_one, "r1 = 0;" UPPER " = r1; r1 = 2;" LOWER " = r1;", UPPER, "== 0")
PROGRAM(zero_above_zero, "r1 = 0;" UPPER " = r1;" LOWER " = r1;", UPPER, "== 0")
PROGRAM(zero_above_drawn, DRAW "r1 = 0;" UPPER " = r1;" LOWER " = r0;", UPPER, "== 0")
PROGRAM(zero_above_small, DRAW "r0 &= 3; r1 = 0;" UPPER " = r1;" LOWER " = r0;", UPPER, "== 0")
PROGRAM(half_of_one, "r1 = 1;" WHOLE " = r1;", LOWER, "== 1")
PROGRAM(half_of_zero, "r1 = 0;" WHOLE " = r1;", LOWER, "== 0")
PROGRAM(upper_of_zero, "r1 = 0;" WHOLE " = r1;", UPPER, "== 0")
PROGRAM(rest_of_zero, "r1 = 0;" WHOLE " = r1; r1 = 2;" UPPER " = r1;", LOWER, "== 0")
PROGRAM(upper_rest_of_zero, "r1 = 0;" WHOLE " = r1; r1 = 2;" LOWER " = r1;", UPPER, "== 0")
PROGRAM(small, DRAW "r0 &= 3; r1 = 5;" LOWER " = r0;", LOWER, "< 4")
PROGRAM(small_beside, DRAW "r0 &= 3; r1 = 5;" LOWER " = r0;" UPPER " = r1;", LOWER, "< 4")
PROGRAM(one_behind_zeros, ZEROS "r1 = 1; *(u64 *)(r10 - 176) = r1;", "*(u64 *)(r10 - 176)", "== 1")
PROGRAM(one_before_zeros, "r1 = 1; *(u64 *)(r10 - 176) = r1;" ZEROS, "*(u64 *)(r10 - 176)", "== 1")
PROGRAM(last_of_zeros, ZEROS, "*(u64 *)(r10 - 168)", "== 0")

char LICENSE[] SEC("license") = "Dual BSD/GPL";
