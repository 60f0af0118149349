/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* which words of its context a program reads, and which it may */
#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

enum bpf_func_id___new {
	BPF_FUNC_quaternion___new,
};

/* The context moves on to another register, since the call takes its own. */
SEC("fentry/do_unlinkat")
int across_a_call(__u64 *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();

	return ctx[1] == id || ctx[0] == id;
}

/* Half a word is read of it, too. */
SEC("fexit/do_unlinkat")
int half(__u64 *ctx)
{
	return *((__u32 *)ctx + 5);
}

/* Either way something is read: what is read on one of them counts as well. */
SEC("tp_btf/sched_switch")
int on_a_branch(__u64 *ctx)
{
	return ctx[0] ? ctx[2] : 0;
}

/* What the check guards is not needed by a kernel that does not pass it. */
SEC("tp_btf/sched_wakeup")
int guarded(__u64 *ctx)
{
	volatile __u64 sum = ctx[0];

	if (bpf_core_enum_value_exists(enum bpf_func_id___new, BPF_FUNC_quaternion___new))
		sum += ctx[3];
	return sum;
}

/* Not the context: memory that it points to. */
SEC("lsm/file_open")
int behind(__u64 *ctx)
{
	__u64 *file = (__u64 *)ctx[0];
	__u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), file + 7);
	return word ? 0 : 0 * (int)word;
}

/* The fields of a tracepoint are where tracefs says. The struct says where they are read. */
struct switch_context {
	__u64 common;
	char prev_comm[16];
	__s32 prev_pid;
	__s32 prev_prio;
	__s64 prev_state;
	__u32 __data_loc_note;
	__u32 bits : 3;
};

SEC("tracepoint/sched/sched_switch")
int fields(const struct switch_context *ctx)
{
	return ctx->prev_pid + ctx->prev_comm[9] + ctx->__data_loc_note + ctx->bits;
}

/* No kernel has it there. */
struct wrong_context {
	__u64 common[3];
	__s32 pid;
};

SEC("tracepoint/sched/sched_process_exec")
int elsewhere(const struct wrong_context *ctx)
{
	return ctx->pid;
}

struct call_context {
	__u64 common, number;
	union {
		__u64 args[6];
		__s64 ret;
	};
};

SEC("tp/syscalls/sys_enter_read")
int arguments(struct call_context *ctx)
{
	return ctx->number == 3;
}

struct plain_call {
	__u64 common, number, args[6];
};

SEC("tp/syscalls/sys_enter_write")
int third_argument(struct plain_call *ctx)
{
	return ctx->args[2] == 3;
}

/* libbpf moves these to where the kernel has them. */
struct trace_event_raw_sched_wakeup {
	__s32 pid;
} __attribute__((preserve_access_index));

SEC("tracepoint/sched/sched_wakeup")
int moved(struct trace_event_raw_sched_wakeup *ctx)
{
	return ctx->pid;
}

/* The context of a kprobe is registers, of which the kernel asks nothing. */
SEC("kprobe/do_unlinkat")
int registers(__u64 *ctx)
{
	return ctx[3];
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
