/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* helpers that the verifier sees or never sees, depending on what loading finds */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* what is looked for: get_prandom_u32 where it is reached, ktime_get_tai_ns where it must not be */
#define WANTED()   (sum += bpf_get_prandom_u32())
#define UNWANTED() (sum += bpf_ktime_get_tai_ns())

struct task_struct {
	int pid;
	int member_that_never_was;
} __attribute__((preserve_access_index));

struct sometimes {
	long word;
} __attribute__((preserve_access_index));

enum number {
	NUMBER_OF_THINGS = 7,
};

extern void sometimes_kfunc(void *task) __attribute__((section(".ksyms"), weak));
extern const void sometimes_symbol __ksym __weak;
extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool CONFIG_SOMETIMES __kconfig __weak;
extern enum libbpf_tristate CONFIG_MODULE __kconfig __weak;
extern int CONFIG_RATE __kconfig __weak;

const volatile int mode = 1;
const volatile struct {
	int first, second;
} settings = {.second = 5};
unsigned long long sum;

static __always_inline int number(struct task_struct *task)
{
	if (bpf_core_field_exists(task->member_that_never_was))
		return BPF_CORE_READ(task, member_that_never_was);
	return 0;
}

/* the same check, compiled into two places */
SEC("raw_tp/sys_enter")
int twice(struct bpf_raw_tracepoint_args *ctx)
{
	if (ctx->args[1] == 5)
		sum += number((void *)ctx->args[0]);
	else
		sum -= number((void *)ctx->args[1]) + 1;
	return 0;
}

/* one check, asked again behind where both ways have met */
SEC("raw_tp/sys_enter")
int again(struct bpf_raw_tracepoint_args *ctx)
{
	int there = bpf_core_type_exists(struct sometimes);

	if (there)
		sum++;
	sum += ctx->args[1];
	if (!there)
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_enumerator(void *ctx)
{
	if (bpf_core_enum_value_exists(enum number, NUMBER_OF_THINGS))
		WANTED();
	else
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_value(void *ctx)
{
	if (bpf_core_enum_value(enum number, NUMBER_OF_THINGS) > 6)
		WANTED();
	else
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_size(struct task_struct *task)
{
	if (bpf_core_field_size(task->pid) == 8)
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_offset(struct task_struct *task)
{
	if (bpf_core_field_offset(struct task_struct, pid) < 64)
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_type_size(void *ctx)
{
	if (bpf_core_type_size(struct sometimes) == 0)
		UNWANTED();
	return 0;
}

/* the identifier of a type of the object itself is never 0 */
SEC("raw_tp/sys_enter")
int always(void *ctx)
{
	if (bpf_core_type_id_local(enum number))
		return bpf_core_enum_value(enum number, NUMBER_OF_THINGS);
	return 0;
}

SEC("raw_tp/sys_enter")
int by_kfunc(struct bpf_raw_tracepoint_args *ctx)
{
	if (sometimes_kfunc)
		sometimes_kfunc((void *)ctx->args[0]);
	return 0;
}

SEC("raw_tp/sys_enter")
int by_symbol(void *ctx)
{
	if (!&sometimes_symbol)
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_version(void *ctx)
{
	if (LINUX_KERNEL_VERSION < KERNEL_VERSION(5, 11, 0))
		UNWANTED();
	else
		WANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_bool(void *ctx)
{
	if (CONFIG_SOMETIMES)
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_tristate(void *ctx)
{
	if (CONFIG_MODULE != TRI_MODULE)
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_number(void *ctx)
{
	if (CONFIG_RATE == 250)
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_constant(void *ctx)
{
	if (mode == 2 || settings.second == 6)
		UNWANTED();
	return 0;
}

static __noinline int may_want(void *ctx, int wants)
{
	if (wants)
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_argument(void *ctx)
{
	return may_want(ctx, 0);
}

SEC("raw_tp/sys_enter")
int by_other_argument(void *ctx)
{
	may_want(ctx, 0);
	return may_want(ctx, mode);
}

static __noinline int has_enumerator(void)
{
	return bpf_core_enum_value_exists(enum number, NUMBER_OF_THINGS);
}

SEC("raw_tp/sys_enter")
int by_result(void *ctx)
{
	if (!has_enumerator())
		UNWANTED();
	return 0;
}

/* The verifier looks at a global function alone, with arguments that it does not know. */
__noinline int knows_nothing(int wants)
{
	if (wants)
		UNWANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_global_argument(void *ctx)
{
	return knows_nothing(0);
}

static long callback(__u32 index, void *data)
{
	UNWANTED();
	return 1;
}

SEC("raw_tp/sys_enter")
int by_callback(void *ctx)
{
	if (bpf_core_enum_value_exists(enum number, NUMBER_OF_THINGS))
		bpf_loop(2, callback, 0, 0);
	return 0;
}

/* It must be there whichever way is taken. */
SEC("raw_tp/sys_enter")
int both_ways(void *ctx)
{
	if (bpf_core_enum_value_exists(enum number, NUMBER_OF_THINGS))
		sum = bpf_get_prandom_u32() + 1;
	else
		sum = bpf_get_prandom_u32() + 2;
	return 0;
}

/* What decides is out of registers by then. */
SEC("raw_tp/sys_enter")
int spilled(void *ctx)
{
	asm volatile("r1 = %[there]; *(u64 *)(r10 - 64) = r1"
		     :
		     : [there] "r"(mode)
		     : "r1", "memory");
	WANTED();
	asm volatile goto("r1 = *(u64 *)(r10 - 64); if r1 == 1 goto %l[out]" : : : "r1" : out);
	UNWANTED();
out:
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} buffer SEC(".maps");

/* The buffer that the kernel has. */
SEC("raw_tp/sys_enter")
int by_buffer(void *ctx)
{
	unsigned long long word = 1;

	if (bpf_core_type_exists(struct sometimes))
		return bpf_ringbuf_output(&ring, &word, sizeof(word), 0);
	return bpf_perf_event_output(ctx, &buffer, BPF_F_CURRENT_CPU, &word, sizeof(word));
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} list SEC(".maps");

/* An array has an element for each index. */
SEC("raw_tp/sys_enter")
int by_element(void *ctx)
{
	__u32 key = 0;

	if (!bpf_map_lookup_elem(&list, &key))
		UNWANTED();
	return 0;
}

/* Of half a slot of the stack verifiers keep nothing but 0. */
SEC("raw_tp/sys_enter")
int by_other_element(void *ctx)
{
	__u32 key = 3;

	if (!bpf_map_lookup_elem(&list, &key))
		UNWANTED();
	return 0;
}

/* ---- numbers that only the run decides, of which bits and bounds are known ---- */

/* hides from the compiler what is known of a number */
#define HIDE(number) asm volatile("" : "+r"(number))

SEC("raw_tp/sys_enter")
int by_bits(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 word = ctx->args[1];

	word &= 7;
	HIDE(word);
	if (word > 7)
		UNWANTED();
	WANTED();
	return 0;
}

SEC("raw_tp/sys_enter")
int by_bounds(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 word = ctx->args[1];

	if (word > 10)
		return 0;
	HIDE(word);
	if (word > 10)
		UNWANTED();
	WANTED();
	return 0;
}

/* within what is known */
SEC("raw_tp/sys_enter")
int in_bounds(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 word = ctx->args[1];

	if (word > 10)
		return 0;
	HIDE(word);
	if (word > 9)
		UNWANTED();
	return 0;
}

/* a copy was compared: verifiers know that since 5.11 */
SEC("raw_tp/sys_enter")
int by_copy(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 word = sum, copy;

	(void)ctx;
	asm volatile("%0 = %1" : "=r"(copy) : "r"(word));
	if (word > 10)
		return 0;
	HIDE(copy);
	if (copy > 10)
		UNWANTED();
	return 0;
}

/* since 7.0 */
SEC("raw_tp/sys_enter")
int by_quotient(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 word = ctx->args[1];

	word /= 5;
	HIDE(word);
	if (word > 0x3333333333333333ULL)
		UNWANTED();
	return 0;
}

/* as far as verifiers come that do not know the quotient */
SEC("raw_tp/sys_enter")
int beyond_quotient(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 word = ctx->args[1];

	word &= 15;
	word /= 11;
	HIDE(word);
	if (word < 7)
		return 0;
	HIDE(word);
	if (word == 1)
		UNWANTED();
	return 0;
}

/* no verifier that does not know the quotient knows what is made of it */
SEC("raw_tp/sys_enter")
int of_quotient(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 word = ctx->args[1];

	word &= 15;
	word /= 9;
	HIDE(word);
	word -= 15;
	word <<= 32;
	HIDE(word);
	word >>= 32;
	HIDE(word);
	if (word < 9)
		UNWANTED();
	return 0;
}

/* what is negated */
SEC("raw_tp/sys_enter")
int by_negated(struct bpf_raw_tracepoint_args *ctx)
{
	__s64 word = ctx->args[1];

	word &= 3;
	HIDE(word);
	word = -word;
	HIDE(word);
	if (word > 0)
		UNWANTED();
	return 0;
}

/* either of two, and nothing between them */
SEC("raw_tp/sys_enter")
int by_values(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 word = 3;

	HIDE(word);
	word = 3;
	if (ctx->args[1] == 5)
		word = 9;
	HIDE(word);
	if (word == 6)
		UNWANTED();
	WANTED();
	return 0;
}

/* the same of a signed number of four bytes */
SEC("raw_tp/sys_enter")
int by_sign(struct bpf_raw_tracepoint_args *ctx)
{
	int word = ctx->args[1];

	if (word > 10 || word < -10)
		return 0;
	HIDE(word);
	if (word > 10)
		UNWANTED();
	WANTED();
	return 0;
}

/* of two numbers that belong together one is left, which each way by itself shows */
SEC("raw_tp/sys_enter")
int by_pair(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 word = 4, rest;

	if (ctx->args[1] == 5)
		word = 9;
	HIDE(word);
	rest = word;
	HIDE(rest);
	if (rest & 11)
		return 0;
	if (word > 8)
		UNWANTED();
	return 0;
}

/* as many ways as cannot be followed */
SEC("raw_tp/sys_enter")
int by_many_ways(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 word = 0, i;

#pragma clang loop unroll(full)
	for (i = 0; i < 24; i++) {
		if (ctx->args[1] & (1ULL << i))
			word += 1ULL << i;
		HIDE(word);
	}
	sum += word;
	if (ctx->args[0] == 5)
		UNWANTED();
	return 0;
}

/* a sign extension of what is negative: since 7.0 and, by backports, 6.18 */
SEC("raw_tp/sys_enter")
int by_negative_half(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 word = ctx->args[1] & 3;

	HIDE(word);
	word -= 14;
	asm volatile("%0 <<= 32\n%0 >>= 32" : "+r"(word));
	if (word <= 0xfffffff0ULL)
		UNWANTED();
	return 0;
}

/* a global function that nothing calls: verifiers before 6.8 check it */
__attribute__((noinline)) int uncalled(int number)
{
	UNWANTED();
	return number;
}

SEC("raw_tp/sys_enter")
int by_uncalled(struct bpf_raw_tracepoint_args *ctx)
{
	if (mode == 9)
		return uncalled(ctx->args[1]) * 0;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
