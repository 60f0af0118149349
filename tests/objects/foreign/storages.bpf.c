/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* memory that belongs to a task, a socket, an inode, a control group */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct task_struct;
struct inode;
struct cgroup;

struct css_set {
	struct cgroup *dfl_cgrp;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	struct css_set *cgroups;
} __attribute__((preserve_access_index));

struct file {
	struct inode *f_inode;
} __attribute__((preserve_access_index));

#define STORAGE(name_, type_)                         \
	struct {                                      \
		__uint(type, type_);                  \
		__uint(map_flags, BPF_F_NO_PREALLOC); \
		__type(key, int);                     \
		__type(value, __u64);                 \
	} name_ SEC(".maps")

STORAGE(of_task, BPF_MAP_TYPE_TASK_STORAGE);
STORAGE(of_socket, BPF_MAP_TYPE_SK_STORAGE);
STORAGE(of_inode, BPF_MAP_TYPE_INODE_STORAGE);
STORAGE(of_cgroup, 32 /* BPF_MAP_TYPE_CGRP_STORAGE */);

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__type(key, struct bpf_cgroup_storage_key);
	__type(value, __u64);
} of_attachment SEC(".maps");

SEC("tp_btf/sched_switch")
int BPF_PROG(per_task, _Bool preempt, struct task_struct *prev, struct task_struct *next)
{
	__u64 *value = bpf_task_storage_get(&of_task, next, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (value)
		*value = bpf_ktime_get_ns();
	return 0;
}

SEC("cgroup_skb/egress")
int per_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	__u64 *value;

	if (!sk)
		return 1;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 1;
	value = bpf_sk_storage_get(&of_socket, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (value)
		*value += skb->len;
	return 1;
}

SEC("lsm/file_open")
int BPF_PROG(per_inode, struct file *file)
{
	__u64 *value =
		bpf_inode_storage_get(&of_inode, file->f_inode, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (value)
		*value += 1;
	return 0;
}

static void *(*storage_of_cgroup)(void *map, struct cgroup *cgroup, void *value,
				  __u64 flags) = (void *)210;

SEC("tp_btf/sys_enter")
int BPF_PROG(per_cgroup, void *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 *value = storage_of_cgroup(&of_cgroup, task->cgroups->dfl_cgrp, 0,
					 BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (value)
		*value += 1;
	return 0;
}

SEC("cgroup_skb/ingress")
int per_attachment(struct __sk_buff *skb)
{
	__u64 *value = bpf_get_local_storage(&of_attachment, 0);

	*value += skb->len;
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
