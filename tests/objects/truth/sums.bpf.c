/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What verifiers know of sums, shifts and comparisons of numbers that only the run decides. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static long (*never)(void) = (void *)5000;

/* Comparisons by bits, of which older assemblers do not know. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define R1_AND_R4 "0x14"
#define R4_AND_R1 "0x41"
#define R1	  "0x10"
#else
#define R1_AND_R4 "0x41"
#define R4_AND_R1 "0x14"
#define R1	  "0x01"
#endif
#define IF(condition)	      "if " condition " goto +1"
#define IF_BITS_OF(registers) ".byte 0x4d, " registers "\n.short 1\n.long 0"
#define IF_R1_HAS(number)     ".byte 0x45, " R1 "\n.short 1\n.long " #number

/* r1 and r2 are one number, r3 another. The last jump is one that no run takes, if verifiers know.
 */
#define NEVER(name, steps, jump)                                                   \
	SEC("raw_tp/sched_process_exit")                                           \
	int name(void *ctx)                                                        \
	{                                                                          \
		__u64 taken;                                                       \
                                                                                   \
		asm volatile("call %[random]\nr6 = r0\ncall %[random]\n"           \
			     "r1 = r6\nr2 = r6\nr3 = r0\n" steps "\nr0 = 1\n" jump \
			     "\nr0 = 0\n%[taken] = r0"                             \
			     : [taken] "=r"(taken)                                 \
			     : [random] "i"(BPF_FUNC_get_prandom_u32)              \
			     : "r0", "r1", "r2", "r3", "r4", "r5", "r6");          \
		return taken ? (int)never() : 0;                                   \
	}

/* ---- what no number fulfils ---- */

NEVER(below_zero, "r4 = 0", IF("r1 < r4"))
NEVER(above_most, "r4 = -1", IF("r1 > r4"))
NEVER(of_no_bits, "r4 = 0", IF_BITS_OF(R1_AND_R4))
NEVER(below_one, "r4 = 1", IF("r1 < r4"))

/* ---- products, sums ---- */

NEVER(of_negative_product, "r1 &= 15\nr1 -= 8\nr1 *= 3", IF("r1 s> 21"))
NEVER(of_product_with_zero, "r4 = 0\nr1 *= r4", IF("r1 != 0"))
NEVER(of_two_carries, "r1 &= 7\nr1 += 1\nr4 = 1\nr4 <<= 63\nr1 += r4\nr1 += r4", IF("r1 > 8"))
NEVER(of_one_carry, "r1 &= 7\nr1 += 1\nr4 = -4\nr1 += r4", IF("r1 > 4"))

/* ---- shifts ---- */

NEVER(extended, "r1 &= 15\nr1 -= 8\nr1 <<= 32\nr1 s>>= 32", IF("r1 s< -8"))
NEVER(shifted_by_any, "r1 &= 15\nr1 >>= r3", IF("r1 > 15"))
NEVER(half_shifted_by_any, "w1 <<= w3", IF("r1 s< 0"))
NEVER(shifted_beyond, "r1 = 31\nr4 = 255\nr1 >>= r4", IF("r1 > 31"))

/* ---- what comparisons tell ---- */

NEVER(constant_on_the_left, "r4 = 7\nr5 = 7\n" IF("r4 != r1") "\nr5 = r2", IF("r5 != 7"))
NEVER(less_than_another, "r4 = 1\n" IF("r1 >= r3") "\nr4 = r3", IF("r4 == 0"))
NEVER(with_itself, "r4 = 0", IF("r1 != r1"))
NEVER(of_half, "w1 s>>= 15", IF("r1 == 0x100000"))
NEVER(without_some_bits, "r4 = 0\nr1 s>>= 60\n" IF_R1_HAS(8) "\nr4 = r1", IF("r4 s> 7"))
NEVER(without_any_bits, "r5 = 0\nr1 &= 128\nr4 = 255\n" IF_BITS_OF(R4_AND_R1) "\nr5 = r1",
      IF("r5 != 0"))
NEVER(of_mask, "r1 s>>= 63\nr1 |= 16", IF("r1 s< -1"))

/* ---- the stack ---- */

NEVER(cut_off_apart,
      "r4 = 0\n*(u64 *)(r10 - 8) = r4\nr4 = -32768\n*(u8 *)(r10 - 4) = r4\nr1 = *(u16 *)(r10 - 4)",
      IF("r1 != 0"))
NEVER(cut_off_first,
      "r4 = 0\n*(u64 *)(r10 - 8) = r4\nr4 = -32768\n*(u8 *)(r10 - 8) = r4\nr1 = *(u8 *)(r10 - 8)",
      IF("r1 != 0"))

/* ---- functions ---- */

static __attribute__((noinline)) __u64 returned(__u64 number)
{
	asm volatile("" : "+r"(number));
	return number;
}

SEC("raw_tp/sched_process_exit")
int through_function(void *ctx)
{
	__u64 number = bpf_get_prandom_u32();

	asm volatile("%0 &= 255" : "+r"(number));
	number = returned(number);
	asm volatile("" : "+r"(number));
	return number > 255 ? (int)never() : 0;
}

static __attribute__((noinline)) __u64 asked(__u64 number)
{
	asm volatile("" : "+r"(number));
	return number > 255 ? never() : number;
}

SEC("raw_tp/sched_process_exit")
int in_function(void *ctx)
{
	__u64 number = bpf_get_prandom_u32();

	asm volatile("%0 &= 255" : "+r"(number));
	return (int)asked(number);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
