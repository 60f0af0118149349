/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* helpers of the newer kernels, each in a program of its own */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct task_struct;
struct vm_area_struct;
struct file;
struct inode;
struct sock;
struct btf_ptr_of_ours {
	void *ptr;
	__u32 type_id, flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

static long vma(struct task_struct *task, struct vm_area_struct *area, void *data)
{
	return 0;
}

SEC("raw_tp/sched_process_exec")
int finds_vma(void *ctx)
{
	return bpf_find_vma(bpf_get_current_task_btf(), 5, vma, 0, 0) == 0;
}

SEC("raw_tp/sched_process_exit")
int per_processor(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_percpu_elem(&values, &key, 0) != 0;
}

SEC("syscall")
int looks_up_symbol(void *ctx)
{
	__u64 address = 0;
	static const char name[] = "vfs_open";

	return bpf_kallsyms_lookup_name(name, sizeof(name), 0, &address);
}

SEC("raw_tp/sched_process_fork")
int prints_type(void *ctx)
{
	struct btf_ptr pointer = {.ptr = ctx};
	char text[64] = {};

	return bpf_snprintf_btf(text, sizeof(text), &pointer, sizeof(pointer), 0);
}

SEC("raw_tp/sched_wakeup")
int timed(void *ctx)
{
	return bpf_ktime_get_tai_ns() > bpf_ktime_get_boot_ns();
}

SEC("raw_tp/sched_switch")
int formats(void *ctx)
{
	char text[32];

	BPF_SNPRINTF(text, sizeof(text), "%d", 5);
	return bpf_strncmp(text, 2, "5");
}

SEC("raw_tp/sched_wakeup_new")
int branches(void *ctx)
{
	__u64 entries[24] = {};

	return bpf_get_branch_snapshot(entries, sizeof(entries), 0) > 0;
}

SEC("fentry/vfs_open")
int BPF_PROG(traced)
{
	return bpf_get_func_ip(ctx) + bpf_get_attach_cookie(ctx) == 5 ? 0 : 0;
}

SEC("fexit/vfs_open")
int BPF_PROG(traced_result)
{
	__u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	return ret == 5 ? 0 : 0;
}

SEC("fentry/vfs_open")
int BPF_PROG(result_at_entry)
{
	__u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	return 0;
}

SEC("xdp")
int checks(struct xdp_md *xdp)
{
	return bpf_check_mtu(xdp, 0, &(__u32){0}, 0, 0) == 0 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int makes_cookie(struct xdp_md *xdp)
{
	__u8 header[60] = {};

	return bpf_tcp_raw_gen_syncookie_ipv4((void *)header, (void *)(header + 20), 20) > 0
		       ? XDP_TX
		       : XDP_PASS;
}

SEC("tc")
int stamps(struct __sk_buff *skb)
{
	return bpf_skb_set_tstamp(skb, 5, BPF_SKB_TSTAMP_DELIVERY_MONO) == 0;
}

SEC("tc")
int of_group(struct __sk_buff *skb)
{
	return bpf_skb_cgroup_id(skb) > 5 && bpf_skb_ancestor_cgroup_id(skb, 1) > 5;
}

SEC("cgroup/getsockopt")
int answers(struct bpf_sockopt *ctx)
{
	bpf_set_retval(-1);
	return 1;
}

SEC("cgroup/connect4")
int storage(struct bpf_sock_addr *ctx)
{
	return bpf_get_current_cgroup_id() != 5 && bpf_get_netns_cookie(ctx) != 6;
}

SEC("perf_event")
int sampled(void *ctx)
{
	return bpf_get_attach_cookie(ctx) > 5;
}

SEC("tracepoint/sched/sched_switch")
int no_such_context(void *ctx)
{
	return bpf_get_func_ip(ctx) > 5;
}

SEC("socket")
int no_such_helper(void *ctx)
{
	return bpf_get_current_pid_tgid() > 5;
}

SEC("raw_tp/sched_stat_runtime")
int no_redirect(void *ctx)
{
	return bpf_redirect(1, 0);
}

SEC("lsm/file_open")
int BPF_PROG(reads_user)
{
	char byte;

	return bpf_copy_from_user(&byte, 1, (void *)5) ? 0 : 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(reads_task)
{
	char byte;

	return bpf_copy_from_user_task(&byte, 1, (void *)5, bpf_get_current_task_btf(), 0) ? 0 : 0;
}

char LICENSE[] SEC("license") = "GPL";
