/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* filters by mount namespace, stacks of containers, samples of several kinds */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct ns_common {
	unsigned int inum;
} __attribute__((preserve_access_index));
struct mnt_namespace {
	struct ns_common ns;
} __attribute__((preserve_access_index));
struct net {
	struct ns_common ns;
} __attribute__((preserve_access_index));
struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
} __attribute__((preserve_access_index));
struct kernfs_node {
	__u64 id;
} __attribute__((preserve_access_index));
struct cgroup {
	struct kernfs_node *kn;
} __attribute__((preserve_access_index));
struct css_set {
	struct cgroup *dfl_cgrp;
} __attribute__((preserve_access_index));
struct task_struct {
	int pid, tgid;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
	void *exit_code;
} __attribute__((preserve_access_index));
struct oom_control {
	unsigned long totalpages;
	struct task_struct *chosen;
} __attribute__((preserve_access_index));

const volatile _Bool filter = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u32);
} namespaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 16);
	__type(key, __u64);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_RINGBUF);
			__uint(max_entries, 4096);
		});
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

static __always_inline _Bool wanted(struct task_struct *task, __u64 *id)
{
	*id = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	return !filter || bpf_map_lookup_elem(&namespaces, id);
}

SEC("kprobe/oom_kill_process")
int BPF_KPROBE(kills, struct oom_control *control)
{
	struct task_struct *task = BPF_CORE_READ(control, chosen);
	__u64 id;

	if (wanted(task, &id))
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &id, sizeof(id));
	return 0;
}

SEC("tracepoint/signal/signal_generate")
int signals(unsigned int *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 id;

	if (ctx[2] && wanted(task, &id))
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &id, sizeof(id));
	return 0;
}

SEC("raw_tracepoint/sched_process_exit")
int into_ring_of_namespace(void *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 id;
	void *ring;

	if (!wanted(task, &id))
		return 0;
	ring = bpf_map_lookup_elem(&rings, &id);
	if (ring)
		bpf_ringbuf_output(ring, &id, sizeof(id), 0);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(of_group, struct task_struct *task)
{
	__u64 id = task->cgroups->dfl_cgrp->kn->id;

	bpf_map_delete_elem(&namespaces, &id);
	return 0;
}

SEC("socket")
int watches(struct __sk_buff *skb)
{
	__u64 length = skb->len, key = skb->ifindex;

	if (skb->protocol != __builtin_bswap16(0x800))
		return 0;
	bpf_perf_event_output(skb, &events, (__u64)skb->len << 32 | BPF_F_CURRENT_CPU, &length,
			      sizeof(length));
	return bpf_map_lookup_elem(&namespaces, &key) ? -1 : 0;
}

SEC("iter/task")
int nothing_read(void *ctx)
{
	return 0;
}

SEC("kprobe/inet_bind")
int BPF_KPROBE(binds)
{
	return 0;
}

SEC("kretprobe/inet_bind")
int BPF_KRETPROBE(bound, int ret)
{
	return ret;
}

SEC("fexit/inet_bind")
int BPF_PROG(bound_typed, void *sock, void *address, int length, int ret)
{
	return ret ? 0 : 0;
}

SEC("ksyscall/kill")
int BPF_KPROBE(kill_enter)
{
	return bpf_get_current_uid_gid() == 9;
}

SEC("kretsyscall/kill")
int BPF_KRETPROBE(kill_leave, long ret)
{
	return ret < 0;
}

char LICENSE[] SEC("license") = "GPL";
