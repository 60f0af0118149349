/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * every.bpf.c - a program that does nothing in each section that the manual's table of places lists
 *
 * Their names are the sections' with '_' for what a name cannot have; tests/live/every.table has an
 * event for each.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define EVERY(name, section, value)                  \
	SEC(section) int every_##name(void *context) \
	{                                            \
		return value;                        \
	}

/* ---- functions, hooks, tracepoints ---- */

EVERY(fentry, "fentry/vfs_open", 0)
EVERY(fentry_s, "fentry.s/security_file_open", 0)
EVERY(fexit, "fexit/vfs_open", 0)
EVERY(fexit_s, "fexit.s/security_file_open", 0)
EVERY(fmod_ret, "fmod_ret/security_file_open", 0)
EVERY(fmod_ret_s, "fmod_ret.s/security_file_open", 0)
EVERY(fsession, "fsession/vfs_open", 0)
EVERY(lsm, "lsm/file_open", 0)
EVERY(lsm_s, "lsm.s/file_open", 0)
EVERY(tp_btf, "tp_btf/sched_switch", 0)
EVERY(raw_tracepoint, "raw_tracepoint/sched_switch", 0)
EVERY(raw_tp, "raw_tp/sched_switch", 0)
EVERY(raw_tracepoint_w, "raw_tracepoint.w/sched_switch", 0)
EVERY(raw_tp_w, "raw_tp.w/sched_switch", 0)
EVERY(tracepoint, "tracepoint/syscalls/sys_enter_getpid", 0)
EVERY(tp, "tp/syscalls/sys_enter_getpid", 0)
EVERY(kprobe, "kprobe/vfs_open", 0)
EVERY(kretprobe, "kretprobe/vfs_open", 0)
EVERY(kprobe_multi, "kprobe.multi/vfs_ope*", 0)
EVERY(kretprobe_multi, "kretprobe.multi/vfs_ope*", 0)
EVERY(kprobe_session, "kprobe.session/vfs_ope*", 0)
EVERY(ksyscall, "ksyscall/getpid", 0)
EVERY(kretsyscall, "kretsyscall/getpid", 0)
/* Their program is named in the manifest. */
EVERY(uprobe, "uprobe", 0)
EVERY(uprobe_s, "uprobe.s", 0)
EVERY(uretprobe, "uretprobe", 0)
EVERY(uretprobe_s, "uretprobe.s", 0)
EVERY(uprobe_multi, "uprobe.multi", 0)
EVERY(uprobe_multi_s, "uprobe.multi.s", 0)
EVERY(uretprobe_multi, "uretprobe.multi", 0)
EVERY(uprobe_session, "uprobe.session", 0)

/* Its program is named in the manifest, too. */
EVERY(freplace, "freplace/place_replaceable", 0)

/* ---- packets ---- */

EVERY(xdp, "xdp", XDP_PASS)
EVERY(xdp_frags, "xdp.frags", XDP_PASS)
EVERY(tc, "tc", -1)
EVERY(classifier, "classifier", -1)
EVERY(tc_ingress, "tc/ingress", -1)
EVERY(tc_egress, "tc/egress", -1)
EVERY(tcx_ingress, "tcx/ingress", -1)
EVERY(tcx_egress, "tcx/egress", -1)
EVERY(netkit_primary, "netkit/primary", -1)
EVERY(netkit_peer, "netkit/peer", -1)
EVERY(socket, "socket", 0)
EVERY(flow_dissector, "flow_dissector", BPF_DROP)
EVERY(sk_lookup, "sk_lookup", SK_PASS)
EVERY(netfilter, "netfilter", 1)

/* ---- control groups ---- */

EVERY(lsm_cgroup, "lsm_cgroup/socket_bind", 1)
EVERY(sockops, "sockops", 1)
EVERY(cgroup_skb_ingress, "cgroup_skb/ingress", 1)
EVERY(cgroup_skb_egress, "cgroup_skb/egress", 1)
EVERY(cgroup_sock, "cgroup/sock", 1)
EVERY(cgroup_sock_create, "cgroup/sock_create", 1)
EVERY(cgroup_sock_release, "cgroup/sock_release", 1)
EVERY(cgroup_post_bind4, "cgroup/post_bind4", 1)
EVERY(cgroup_post_bind6, "cgroup/post_bind6", 1)
EVERY(cgroup_bind4, "cgroup/bind4", 1)
EVERY(cgroup_bind6, "cgroup/bind6", 1)
EVERY(cgroup_connect4, "cgroup/connect4", 1)
EVERY(cgroup_connect6, "cgroup/connect6", 1)
EVERY(cgroup_connect_unix, "cgroup/connect_unix", 1)
EVERY(cgroup_sendmsg4, "cgroup/sendmsg4", 1)
EVERY(cgroup_sendmsg6, "cgroup/sendmsg6", 1)
EVERY(cgroup_sendmsg_unix, "cgroup/sendmsg_unix", 1)
EVERY(cgroup_recvmsg4, "cgroup/recvmsg4", 1)
EVERY(cgroup_recvmsg6, "cgroup/recvmsg6", 1)
EVERY(cgroup_recvmsg_unix, "cgroup/recvmsg_unix", 1)
EVERY(cgroup_getpeername4, "cgroup/getpeername4", 1)
EVERY(cgroup_getpeername6, "cgroup/getpeername6", 1)
EVERY(cgroup_getpeername_unix, "cgroup/getpeername_unix", 1)
EVERY(cgroup_getsockname4, "cgroup/getsockname4", 1)
EVERY(cgroup_getsockname6, "cgroup/getsockname6", 1)
EVERY(cgroup_getsockname_unix, "cgroup/getsockname_unix", 1)
EVERY(cgroup_sysctl, "cgroup/sysctl", 1)
EVERY(cgroup_getsockopt, "cgroup/getsockopt", 1)
EVERY(cgroup_setsockopt, "cgroup/setsockopt", 1)
EVERY(cgroup_dev, "cgroup/dev", 1)

/* ---- sockets in a map ---- */

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

SEC("sk_skb/stream_parser")
int every_sk_skb_stream_parser(struct __sk_buff *packet)
{
	return (int)packet->len;
}

EVERY(sk_skb_stream_verdict, "sk_skb/stream_verdict", SK_PASS)
EVERY(sk_skb_verdict, "sk_skb/verdict", SK_PASS)
EVERY(sk_msg, "sk_msg", SK_PASS)

/* ---- samples, iterators ---- */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} storage SEC(".maps");

EVERY(perf_event, "perf_event", 0)
EVERY(iter_task, "iter/task", 0)
EVERY(iter_s_task, "iter.s/task", 0)
EVERY(iter_task_file, "iter/task_file", 0)
EVERY(iter_task_vma, "iter/task_vma", 0)
EVERY(iter_cgroup, "iter/cgroup", 0)
EVERY(iter_bpf_map, "iter/bpf_map", 0)
EVERY(iter_bpf_prog, "iter/bpf_prog", 0)
EVERY(iter_bpf_link, "iter/bpf_link", 0)
EVERY(iter_netlink, "iter/netlink", 0)
EVERY(iter_tcp, "iter/tcp", 0)
EVERY(iter_udp, "iter/udp", 0)
EVERY(iter_unix, "iter/unix", 0)
EVERY(iter_ksym, "iter/ksym", 0)
EVERY(iter_ipv6_route, "iter/ipv6_route", 0)
EVERY(iter_kmem_cache, "iter/kmem_cache", 0)
EVERY(iter_dmabuf, "iter/dmabuf", 0)
EVERY(iter_bpf_map_elem, "iter/bpf_map_elem", 0)
EVERY(iter_bpf_sk_storage_map, "iter/bpf_sk_storage_map", 0)
EVERY(iter_sockmap, "iter/sockmap", 0)

/* ---- what no session attaches ---- */

EVERY(no_syscall, "syscall", 0)
EVERY(no_action, "action", 0)
EVERY(no_sk_reuseport, "sk_reuseport", SK_PASS)
EVERY(no_sk_reuseport_migrate, "sk_reuseport/migrate", SK_PASS)
EVERY(no_lwt_in, "lwt_in", 0)
EVERY(no_lwt_out, "lwt_out", 0)
EVERY(no_lwt_xmit, "lwt_xmit", 0)
EVERY(no_lwt_seg6local, "lwt_seg6local", 0)
EVERY(no_lirc_mode2, "lirc_mode2", 0)
EVERY(no_xdp_devmap, "xdp/devmap", XDP_PASS)
EVERY(no_xdp_cpumap, "xdp/cpumap", XDP_PASS)
EVERY(no_xdp_frags_devmap, "xdp.frags/devmap", XDP_PASS)
EVERY(no_xdp_frags_cpumap, "xdp.frags/cpumap", XDP_PASS)
EVERY(no_sk_skb, "sk_skb", SK_PASS)
EVERY(no_cgroup_skb, "cgroup/skb", 1)
EVERY(no_fentry_multi, "fentry.multi/vfs_open", 0)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
