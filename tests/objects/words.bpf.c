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

/* The context of a kprobe is registers, of which the kernel asks nothing. */
SEC("kprobe/do_unlinkat")
int registers(__u64 *ctx)
{
	return ctx[3];
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
