/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * section.c - libbpf's SEC() grammar as a table
 *
 * A table of our own, since the library at hand may be older than the kernel: libbpf 1.1 calls tcx,
 * netfilter, uprobe.multi and kprobe.session sections "unspec" although the kernel can. Numbers
 * stand where the headers of the build machine may lack the name; they are the kernel's interface
 * and never change.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "feature/feature.h"

enum {
	ATTACH_TYPE_NETFILTER = 45,
	ATTACH_TYPE_TCX_INGRESS = 46,
	ATTACH_TYPE_TCX_EGRESS = 47,
	ATTACH_TYPE_TRACE_UPROBE_MULTI = 48,
	ATTACH_TYPE_CGROUP_UNIX_CONNECT = 49,
	ATTACH_TYPE_CGROUP_UNIX_SENDMSG = 50,
	ATTACH_TYPE_CGROUP_UNIX_RECVMSG = 51,
	ATTACH_TYPE_CGROUP_UNIX_GETPEERNAME = 52,
	ATTACH_TYPE_CGROUP_UNIX_GETSOCKNAME = 53,
	ATTACH_TYPE_NETKIT_PRIMARY = 54,
	ATTACH_TYPE_NETKIT_PEER = 55,
	ATTACH_TYPE_TRACE_KPROBE_SESSION = 56,
	ATTACH_TYPE_TRACE_UPROBE_SESSION = 57,
	ATTACH_TYPE_TRACE_FSESSION = 58,
	ATTACH_TYPE_TRACE_FENTRY_MULTI = 59,
	ATTACH_TYPE_TRACE_FEXIT_MULTI = 60,
	ATTACH_TYPE_TRACE_FSESSION_MULTI = 61,
};

struct form {
	const char *name;
	int prog_type;
	int attach_type;
	enum attach_means means;
	unsigned int flags;
	int preference; /* of selection by name; 0: not in the list of preferences */
};

#define SLEEPABLE SECTION_SLEEPABLE
#define RETURN	  SECTION_RETURN
#define BARE	  SECTION_NO_TARGET
#define FRAGS	  SECTION_FRAGS
#define TARGETED  0

#define FORM(name_, type_, attach_, means_, flags_, preference_)                               \
	{                                                                                      \
		.name = (name_), .prog_type = BPF_PROG_TYPE_##type_, .attach_type = (attach_), \
		.means = ATTACH_##means_, .flags = (flags_), .preference = (preference_)       \
	}

/* preference: the documented order of candidates found by name */
static const struct form forms[] = {
	FORM("fentry", TRACING, BPF_TRACE_FENTRY, TRACING_FUNCTION, TARGETED, 1),
	FORM("fentry.s", TRACING, BPF_TRACE_FENTRY, TRACING_FUNCTION, SLEEPABLE, 1),
	FORM("fexit", TRACING, BPF_TRACE_FEXIT, TRACING_FUNCTION, RETURN, 1),
	FORM("fexit.s", TRACING, BPF_TRACE_FEXIT, TRACING_FUNCTION, RETURN | SLEEPABLE, 1),
	FORM("fmod_ret", TRACING, BPF_MODIFY_RETURN, TRACING_FUNCTION, TARGETED, 1),
	FORM("fmod_ret.s", TRACING, BPF_MODIFY_RETURN, TRACING_FUNCTION, SLEEPABLE, 1),
	FORM("fsession", TRACING, ATTACH_TYPE_TRACE_FSESSION, TRACING_FUNCTION, TARGETED, 1),
	FORM("fsession.s", TRACING, ATTACH_TYPE_TRACE_FSESSION, TRACING_FUNCTION, SLEEPABLE, 1),
	/* since 7.2; the functions are named when the program is attached */
	FORM("fentry.multi", TRACING, ATTACH_TYPE_TRACE_FENTRY_MULTI, NONE, TARGETED, 0),
	FORM("fentry.multi.s", TRACING, ATTACH_TYPE_TRACE_FENTRY_MULTI, NONE, SLEEPABLE, 0),
	FORM("fexit.multi", TRACING, ATTACH_TYPE_TRACE_FEXIT_MULTI, NONE, RETURN, 0),
	FORM("fexit.multi.s", TRACING, ATTACH_TYPE_TRACE_FEXIT_MULTI, NONE, RETURN | SLEEPABLE, 0),
	FORM("fsession.multi", TRACING, ATTACH_TYPE_TRACE_FSESSION_MULTI, NONE, TARGETED, 0),
	FORM("fsession.multi.s", TRACING, ATTACH_TYPE_TRACE_FSESSION_MULTI, NONE, SLEEPABLE, 0),
	FORM("lsm", LSM, BPF_LSM_MAC, LSM, TARGETED, 2),
	FORM("lsm.s", LSM, BPF_LSM_MAC, LSM, SLEEPABLE, 2),
	FORM("lsm_cgroup", LSM, BPF_LSM_CGROUP, LSM_CGROUP, TARGETED, 2),
	FORM("tp_btf", TRACING, BPF_TRACE_RAW_TP, TRACING_TRACEPOINT, TARGETED, 3),
	FORM("raw_tracepoint", RAW_TRACEPOINT, -1, RAW_TRACEPOINT, TARGETED, 4),
	FORM("raw_tp", RAW_TRACEPOINT, -1, RAW_TRACEPOINT, TARGETED, 4),
	FORM("raw_tracepoint.w", RAW_TRACEPOINT_WRITABLE, -1, RAW_TRACEPOINT, TARGETED, 4),
	FORM("raw_tp.w", RAW_TRACEPOINT_WRITABLE, -1, RAW_TRACEPOINT, TARGETED, 4),
	FORM("tracepoint", TRACEPOINT, -1, TRACEPOINT, TARGETED, 5),
	FORM("tp", TRACEPOINT, -1, TRACEPOINT, TARGETED, 5),
	FORM("kprobe.multi", KPROBE, BPF_TRACE_KPROBE_MULTI, KPROBE_MULTI, TARGETED, 6),
	FORM("kretprobe.multi", KPROBE, BPF_TRACE_KPROBE_MULTI, KPROBE_MULTI, RETURN, 6),
	FORM("kprobe.session", KPROBE, ATTACH_TYPE_TRACE_KPROBE_SESSION, KPROBE_MULTI, TARGETED, 6),
	FORM("kprobe", KPROBE, -1, KPROBE, TARGETED, 7),
	FORM("kretprobe", KPROBE, -1, KRETPROBE, RETURN, 7),
	FORM("ksyscall", KPROBE, -1, KSYSCALL, TARGETED, 7),
	FORM("kretsyscall", KPROBE, -1, KRETSYSCALL, RETURN, 7),
	FORM("uprobe", KPROBE, -1, UPROBE, TARGETED, 8),
	FORM("uprobe.s", KPROBE, -1, UPROBE, SLEEPABLE, 8),
	FORM("uretprobe", KPROBE, -1, URETPROBE, RETURN, 8),
	FORM("uretprobe.s", KPROBE, -1, URETPROBE, RETURN | SLEEPABLE, 8),
	FORM("uprobe.multi", KPROBE, ATTACH_TYPE_TRACE_UPROBE_MULTI, UPROBE_MULTI, TARGETED, 8),
	FORM("uprobe.multi.s", KPROBE, ATTACH_TYPE_TRACE_UPROBE_MULTI, UPROBE_MULTI, SLEEPABLE, 8),
	FORM("uretprobe.multi", KPROBE, ATTACH_TYPE_TRACE_UPROBE_MULTI, UPROBE_MULTI, RETURN, 8),
	FORM("uretprobe.multi.s", KPROBE, ATTACH_TYPE_TRACE_UPROBE_MULTI, UPROBE_MULTI,
	     RETURN | SLEEPABLE, 8),
	FORM("uprobe.session", KPROBE, ATTACH_TYPE_TRACE_UPROBE_SESSION, UPROBE_MULTI, TARGETED, 8),
	FORM("uprobe.session.s", KPROBE, ATTACH_TYPE_TRACE_UPROBE_SESSION, UPROBE_MULTI, SLEEPABLE,
	     8),
	FORM("usdt", KPROBE, -1, USDT, TARGETED, 8),
	FORM("usdt.s", KPROBE, -1, USDT, SLEEPABLE, 8),
	FORM("perf_event", PERF_EVENT, -1, PERF_EVENT, BARE, 9),
	FORM("iter", TRACING, BPF_TRACE_ITER, ITER, TARGETED, 0),
	FORM("iter.s", TRACING, BPF_TRACE_ITER, ITER, SLEEPABLE, 0),
	FORM("freplace", EXT, -1, FREPLACE, TARGETED, 0),
	FORM("syscall", SYSCALL, -1, NONE, BARE | SLEEPABLE, 0),
	FORM("struct_ops", STRUCT_OPS, -1, STRUCT_OPS, TARGETED, 0),
	FORM("struct_ops.s", STRUCT_OPS, -1, STRUCT_OPS, SLEEPABLE, 0),
	FORM("socket", SOCKET_FILTER, -1, SOCKET, BARE, 0),
	FORM("sk_reuseport/migrate", SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT_OR_MIGRATE, NONE, BARE,
	     0),
	FORM("sk_reuseport", SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT, NONE, BARE, 0),
	FORM("tcx/ingress", SCHED_CLS, ATTACH_TYPE_TCX_INGRESS, TC, BARE, 0),
	FORM("tcx/egress", SCHED_CLS, ATTACH_TYPE_TCX_EGRESS, TC, BARE, 0),
	FORM("tc/ingress", SCHED_CLS, ATTACH_TYPE_TCX_INGRESS, TC, BARE, 0),
	FORM("tc/egress", SCHED_CLS, ATTACH_TYPE_TCX_EGRESS, TC, BARE, 0),
	FORM("netkit/primary", SCHED_CLS, ATTACH_TYPE_NETKIT_PRIMARY, TC, BARE, 0),
	FORM("netkit/peer", SCHED_CLS, ATTACH_TYPE_NETKIT_PEER, TC, BARE, 0),
	FORM("tc", SCHED_CLS, -1, TC, BARE, 0),
	FORM("classifier", SCHED_CLS, -1, TC, BARE, 0),
	FORM("action", SCHED_ACT, -1, NONE, BARE, 0),
	FORM("xdp.frags/devmap", XDP, BPF_XDP_DEVMAP, NONE, BARE | FRAGS, 0),
	FORM("xdp/devmap", XDP, BPF_XDP_DEVMAP, NONE, BARE, 0),
	FORM("xdp.frags/cpumap", XDP, BPF_XDP_CPUMAP, NONE, BARE | FRAGS, 0),
	FORM("xdp/cpumap", XDP, BPF_XDP_CPUMAP, NONE, BARE, 0),
	FORM("xdp.frags", XDP, BPF_XDP, XDP, BARE | FRAGS, 0),
	FORM("xdp", XDP, BPF_XDP, XDP, BARE, 0),
	FORM("lwt_in", LWT_IN, -1, NONE, BARE, 0),
	FORM("lwt_out", LWT_OUT, -1, NONE, BARE, 0),
	FORM("lwt_xmit", LWT_XMIT, -1, NONE, BARE, 0),
	FORM("lwt_seg6local", LWT_SEG6LOCAL, -1, NONE, BARE, 0),
	FORM("sockops", SOCK_OPS, BPF_CGROUP_SOCK_OPS, CGROUP, BARE, 0),
	FORM("sk_skb/stream_parser", SK_SKB, BPF_SK_SKB_STREAM_PARSER, SOCKMAP, BARE, 0),
	FORM("sk_skb/stream_verdict", SK_SKB, BPF_SK_SKB_STREAM_VERDICT, SOCKMAP, BARE, 0),
	FORM("sk_skb/verdict", SK_SKB, BPF_SK_SKB_VERDICT, SOCKMAP, BARE, 0),
	FORM("sk_skb", SK_SKB, -1, NONE, BARE, 0),
	FORM("sk_msg", SK_MSG, BPF_SK_MSG_VERDICT, SOCKMAP, BARE, 0),
	FORM("lirc_mode2", LIRC_MODE2, BPF_LIRC_MODE2, NONE, BARE, 0),
	FORM("flow_dissector", FLOW_DISSECTOR, BPF_FLOW_DISSECTOR, NETNS, BARE, 0),
	FORM("cgroup_skb/ingress", CGROUP_SKB, BPF_CGROUP_INET_INGRESS, CGROUP, BARE, 0),
	FORM("cgroup_skb/egress", CGROUP_SKB, BPF_CGROUP_INET_EGRESS, CGROUP, BARE, 0),
	FORM("cgroup/skb", CGROUP_SKB, -1, NONE, BARE, 0),
	FORM("cgroup/sock_create", CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, CGROUP, BARE, 0),
	FORM("cgroup/sock_release", CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE, CGROUP, BARE, 0),
	FORM("cgroup/sock", CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, CGROUP, BARE, 0),
	FORM("cgroup/post_bind4", CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND, CGROUP, BARE, 0),
	FORM("cgroup/post_bind6", CGROUP_SOCK, BPF_CGROUP_INET6_POST_BIND, CGROUP, BARE, 0),
	FORM("cgroup/bind4", CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND, CGROUP, BARE, 0),
	FORM("cgroup/bind6", CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_BIND, CGROUP, BARE, 0),
	FORM("cgroup/connect4", CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, CGROUP, BARE, 0),
	FORM("cgroup/connect6", CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_CONNECT, CGROUP, BARE, 0),
	FORM("cgroup/connect_unix", CGROUP_SOCK_ADDR, ATTACH_TYPE_CGROUP_UNIX_CONNECT, CGROUP, BARE,
	     0),
	FORM("cgroup/sendmsg4", CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG, CGROUP, BARE, 0),
	FORM("cgroup/sendmsg6", CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG, CGROUP, BARE, 0),
	FORM("cgroup/sendmsg_unix", CGROUP_SOCK_ADDR, ATTACH_TYPE_CGROUP_UNIX_SENDMSG, CGROUP, BARE,
	     0),
	FORM("cgroup/recvmsg4", CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG, CGROUP, BARE, 0),
	FORM("cgroup/recvmsg6", CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_RECVMSG, CGROUP, BARE, 0),
	FORM("cgroup/recvmsg_unix", CGROUP_SOCK_ADDR, ATTACH_TYPE_CGROUP_UNIX_RECVMSG, CGROUP, BARE,
	     0),
	FORM("cgroup/getpeername4", CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETPEERNAME, CGROUP, BARE,
	     0),
	FORM("cgroup/getpeername6", CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETPEERNAME, CGROUP, BARE,
	     0),
	FORM("cgroup/getpeername_unix", CGROUP_SOCK_ADDR, ATTACH_TYPE_CGROUP_UNIX_GETPEERNAME,
	     CGROUP, BARE, 0),
	FORM("cgroup/getsockname4", CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETSOCKNAME, CGROUP, BARE,
	     0),
	FORM("cgroup/getsockname6", CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETSOCKNAME, CGROUP, BARE,
	     0),
	FORM("cgroup/getsockname_unix", CGROUP_SOCK_ADDR, ATTACH_TYPE_CGROUP_UNIX_GETSOCKNAME,
	     CGROUP, BARE, 0),
	FORM("cgroup/sysctl", CGROUP_SYSCTL, BPF_CGROUP_SYSCTL, CGROUP, BARE, 0),
	FORM("cgroup/getsockopt", CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT, CGROUP, BARE, 0),
	FORM("cgroup/setsockopt", CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT, CGROUP, BARE, 0),
	FORM("cgroup/dev", CGROUP_DEVICE, BPF_CGROUP_DEVICE, CGROUP, BARE, 0),
	FORM("sk_lookup", SK_LOOKUP, BPF_SK_LOOKUP, NETNS, BARE, 0),
	{.name = "netfilter",
	 .prog_type = PROG_TYPE_NETFILTER,
	 .attach_type = ATTACH_TYPE_NETFILTER,
	 .means = ATTACH_PACKET_HOOK,
	 .flags = BARE},
};

/* tp_btf and raw_tracepoint programs on these run at every system call, so they come last. */
static const char *const every_syscall[] = {"sys_enter", "sys_exit"};
#define PREFERENCE_EVERY_SYSCALL 20
#define PREFERENCE_NONE		 30

/* The longest form that @name begins with, followed by '/', '+' (an old spelling) or the end. */
static const struct form *form_of(const char *name)
{
	const struct form *best = NULL;
	size_t i, length, best_length = 0;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		/*
		 * Compare the first byte before calling strncmp(): nearly all names differ there.
		 */
		if (forms[i].name[0] != name[0])
			continue;
		length = strlen(forms[i].name);
		if (length < best_length || strncmp(name, forms[i].name, length) != 0)
			continue;
		if (name[length] && name[length] != '/')
			continue;
		best = &forms[i];
		best_length = length;
	}
	return best;
}

int section_parse(const char *name, struct section *ret)
{
	unsigned int flags = 0;
	const struct form *form;
	const char *target;

	if (*name == '?') {
		flags = SECTION_OPTIONAL;
		name++;
	}
	form = form_of(name);
	if (!form)
		return -ENOENT;
	target = name + strlen(form->name);
	*ret = (struct section){
		.form = form->name,
		.target = *target == '/' ? target + 1 : target,
		.prog_type = form->prog_type,
		.attach_type = form->attach_type,
		.means = form->means,
		.flags = form->flags | flags,
	};
	return 0;
}

int section_preference(const struct section *section)
{
	const struct form *form = form_of(section->form);
	bool raw = section->means == ATTACH_RAW_TRACEPOINT ||
		   section->means == ATTACH_TRACING_TRACEPOINT;
	size_t i;

	if (!form || !form->preference)
		return PREFERENCE_NONE;
	for (i = 0; raw && i < ARRAY_SIZE(every_syscall); i++)
		if (strcmp(section->target, every_syscall[i]) == 0)
			return PREFERENCE_EVERY_SYSCALL + form->preference;
	return form->preference;
}

const char *section_suggest(const char *name)
{
	const char *names[ARRAY_SIZE(forms)];
	char head[64];
	size_t i;

	if (*name == '?')
		name++;
	snprintf(head, sizeof(head), "%.*s", (int)strcspn(name, "/"), name);
	for (i = 0; i < ARRAY_SIZE(forms); i++)
		names[i] = forms[i].name;
	return names_nearest(head, names, ARRAY_SIZE(forms));
}

int section_prog_type(int attach_type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forms); i++)
		if (forms[i].attach_type == attach_type)
			return forms[i].prog_type;
	return -ENOENT;
}

int section_words(const char *name, uint32_t *words)
{
	const char *open = strchr(name, '['), *at = open;
	unsigned long word;
	char *end;

	*words = 0;
	if (!open)
		return (int)strlen(name);
	while (*at != ']') {
		if (!isdigit((unsigned char)at[1]))
			return -EINVAL;
		word = strtoul(at + 1, &end, 10);
		if (word > 31 || (*end != ',' && *end != ']'))
			return -EINVAL;
		*words |= UINT32_C(1) << word;
		at = end;
	}
	return at[1] ? -EINVAL : (int)(open - name);
}

/* "24" behind @mark; *ret is left alone where there is none. False: it is no offset or size. */
static bool take_number(const char **at, char mark, uint32_t *ret)
{
	unsigned long number;
	char *end;

	if (**at != mark)
		return true;
	if (!isdigit((unsigned char)(*at)[1]))
		return false;
	number = strtoul(*at + 1, &end, 10);
	*at = end;
	*ret = (uint32_t)number;
	return number <= UINT16_MAX;
}

int section_field(const char **at, struct section_field *ret)
{
	struct section_field field = {.name = *at + 1};
	const char *end = field.name;

	if (**at == ']')
		return (*at)[1] ? -EINVAL : 0;
	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	field.length = (size_t)(end - field.name);
	field.placed = *end == '@';
	if (!field.length || !take_number(&end, '@', &field.offset) ||
	    (field.placed && !take_number(&end, ':', &field.size)) || (*end != ',' && *end != ']'))
		return -EINVAL;
	*at = end;
	*ret = field;
	return 1;
}
