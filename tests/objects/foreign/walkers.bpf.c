/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* iterators of all kinds */
/* Newer headers declare these, and weak. */
#define bpf_iter_num	     bpf_iter_num_of_headers
#define bpf_iter_num_new     bpf_iter_num_new_of_headers
#define bpf_iter_num_next    bpf_iter_num_next_of_headers
#define bpf_iter_num_destroy bpf_iter_num_destroy_of_headers
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#undef bpf_iter_num
#undef bpf_iter_num_new
#undef bpf_iter_num_next
#undef bpf_iter_num_destroy

struct seq_file;
struct task_struct {
	int pid;
	char comm[16];
} __attribute__((preserve_access_index));
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id, seq_num;
} __attribute__((preserve_access_index));
struct file;
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
} __attribute__((preserve_access_index));
struct bpf_iter__ksym {
	struct bpf_iter_meta *meta;
	void *ksym;
} __attribute__((preserve_access_index));
struct bpf_iter_task {
	__u64 opaque[3];
} __attribute__((aligned(8)));
struct bpf_iter_bits {
	__u64 opaque[2];
} __attribute__((aligned(8)));
struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));

extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task,
			     unsigned int flags) __ksym __weak;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym __weak;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym __weak;
extern int bpf_iter_bits_new(struct bpf_iter_bits *it, const __u64 *bits,
			     __u32 words) __ksym __weak;
extern int *bpf_iter_bits_next(struct bpf_iter_bits *it) __ksym __weak;
extern void bpf_iter_bits_destroy(struct bpf_iter_bits *it) __ksym __weak;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym __weak;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym __weak;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;

SEC("iter/task")
int lists_tasks(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;

	if (!task)
		return 0;
	if (ctx->meta->seq_num == 0)
		BPF_SEQ_PRINTF(seq, "pid name\n");
	BPF_SEQ_PRINTF(seq, "%d %s\n", task->pid, task->comm);
	return 0;
}

SEC("iter/task_file")
int lists_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;

	if (task && ctx->file)
		BPF_SEQ_PRINTF(ctx->meta->seq, "%d %d\n", task->pid, ctx->fd);
	return 0;
}

SEC("iter/task_vma")
int lists_mappings(void *ctx)
{
	return 0;
}

SEC("iter/udp")
int lists_udp(void *ctx)
{
	return 0;
}

SEC("iter/unix")
int lists_unix(void *ctx)
{
	return 0;
}

SEC("iter/netlink")
int lists_netlink(void *ctx)
{
	return 0;
}

SEC("iter/bpf_prog")
int lists_programs(void *ctx)
{
	return 0;
}

SEC("iter/bpf_link")
int lists_links(void *ctx)
{
	return 0;
}

SEC("iter/ksym")
int lists_symbols(struct bpf_iter__ksym *ctx)
{
	return 0;
}

SEC("iter/sockmap")
int lists_sockets(void *ctx)
{
	return 0;
}

SEC("iter/bpf_sk_storage_map")
int lists_storage(void *ctx)
{
	return 0;
}

SEC("iter.s/task")
int lists_asleep(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	char byte;

	if (task)
		bpf_copy_from_user_task(&byte, 1, (void *)5, task, 0);
	return 0;
}

SEC("raw_tp/sched_process_exec")
int walks_tasks(void *ctx)
{
	struct bpf_iter_task it;
	struct task_struct *task;

	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, 0, 1);
	while ((task = bpf_iter_task_next(&it)))
		if (task->pid == 5)
			break;
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("raw_tp/sched_process_exit")
int walks_bits(void *ctx)
{
	struct bpf_iter_bits it;
	__u64 bits = 0x15;
	int *bit, sum = 0;

	bpf_iter_bits_new(&it, &bits, 1);
	while ((bit = bpf_iter_bits_next(&it)))
		sum += *bit;
	bpf_iter_bits_destroy(&it);
	return sum;
}

SEC("raw_tp/sched_process_fork")
int forgets_to_end(void *ctx)
{
	struct bpf_iter_num it;
	int *n, sum = 0;

	bpf_iter_num_new(&it, 0, 5);
	while ((n = bpf_iter_num_next(&it)))
		sum += *n;
	return sum;
}

SEC("tc")
int walks_where_it_may(struct __sk_buff *skb)
{
	struct bpf_iter_num it;
	int *n, sum = 0;

	if (!bpf_iter_num_new)
		return 0;
	bpf_iter_num_new(&it, 0, 5);
	while ((n = bpf_iter_num_next(&it)))
		sum += *n;
	bpf_iter_num_destroy(&it);
	return sum > 5;
}

char LICENSE[] SEC("license") = "GPL";
