/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Constants that are put on the stack and read again before they decide. Verifiers keep what is
 * put at the beginning of a slot of eight bytes; of the rest nothing but 0.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

const volatile int level = 2, none = 0;
unsigned long long sum;

/* no program of this type may call it, which the verifier sees unless it knows the number */
#define UNWANTED() (sum += bpf_get_socket_cookie((void *)(long)sum))

#define KEEP(name, number, size, offset)                                 \
	SEC("raw_tp/sys_enter")                                          \
	int name(void *ctx)                                              \
	{                                                                \
		int kept = number;                                       \
                                                                         \
		asm volatile goto("*(" size "*)(r10 - " offset ") = %0;" \
				  "r1 = *(" size "*)(r10 - " offset ");" \
				  "if r1 == 3 goto %l[unwanted]"         \
				  :                                      \
				  : "r"(kept)                            \
				  : "r1", "memory"                       \
				  : unwanted);                           \
		return 0;                                                \
	unwanted:                                                        \
		UNWANTED();                                              \
		return 0;                                                \
	}

/* Of what was put there less is read. */
SEC("raw_tp/sys_enter")
int lower_half_of_slot(void *ctx)
{
	long kept = level;

	asm volatile goto("*(u64 *)(r10 - 64) = %0;"
			  "r1 = *(u32 *)(r10 - 64);"
			  "if r1 == 3 goto %l[unwanted]"
			  :
			  : "r"(kept)
			  : "r1", "memory"
			  : unwanted);
	return 0;
unwanted:
	UNWANTED();
	return 0;
}

KEEP(in_slot, level, "u64", "64")
KEEP(in_lower_half, level, "u32", "64")
KEEP(in_upper_half, level, "u32", "60")
KEEP(in_byte, level, "u8", "63")
KEEP(nothing_in_upper_half, none, "u32", "60")
KEEP(nothing_in_byte, none, "u8", "61")

char LICENSE[] SEC("license") = "Dual BSD/GPL";
