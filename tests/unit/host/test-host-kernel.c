/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-host-kernel.c - what the prober makes of the answers of scripted kernels
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>

#include "../fake-kernel.h"
#include "../unit.h"
#include "host/private.h"

#define VMLINUX "/sys/kernel/btf/vmlinux"

/* ---- a kernel's BTF: the few names that the prober looks for ---- */

struct blob {
	uint32_t types[256];
	size_t words;
	char strings[1024];
	uint32_t string_bytes, last;
};

static uint32_t name_of(struct blob *blob, const char *text)
{
	uint32_t at = blob->string_bytes;

	memcpy(blob->strings + at, text, strlen(text) + 1);
	blob->string_bytes += (uint32_t)strlen(text) + 1;
	return at;
}

static void add_type(struct blob *blob, const char *name, uint32_t kind, uint32_t count,
		     uint32_t size_or_type)
{
	blob->types[blob->words++] = name[0] ? name_of(blob, name) : 0;
	blob->types[blob->words++] = kind << 24 | count;
	blob->types[blob->words++] = size_or_type;
	blob->last++;
}

static void add_enum(struct blob *blob, const char *name, const char *value_name, uint32_t value)
{
	add_type(blob, name, BTF_KIND_ENUM, 1, 4);
	blob->types[blob->words++] = name_of(blob, value_name);
	blob->types[blob->words++] = value;
}

/* With bpf_iter_task as type 5 and vm_mmap_pgoff as type 6, which scripts may refer to as btf_id.
 */
static void give_btf(struct kernel *kernel)
{
	static const char *const functions[] = {"bpf_iter_task",     "vm_mmap_pgoff",
						"bpf_lsm_file_open", "bpf_trace_printk",
						"bpf_trace_vprintk", "bpf_probe_write_user",
						"bpf_rcu_read_lock", "security_file_open"};
	struct {
		struct btf_header header;
		uint8_t rest[sizeof(((struct blob *)0)->types) +
			     sizeof(((struct blob *)0)->strings)];
	} file = {.header = {.magic = BTF_MAGIC,
			     .version = BTF_VERSION,
			     .hdr_len = sizeof(file.header)}};
	struct blob blob = {.string_bytes = 1};
	size_t i, size;

	add_type(&blob, "int", BTF_KIND_INT, 0, 4);
	blob.types[blob.words++] = BTF_INT_SIGNED << 24 | 32;
	add_type(&blob, "", BTF_KIND_FUNC_PROTO, 0, 1);
	add_type(&blob, "", BTF_KIND_PTR, 0, 2);
	add_type(&blob, "btf_trace_sched_switch", BTF_KIND_TYPEDEF, 0, 3);
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		add_type(&blob, functions[i], BTF_KIND_FUNC, 0, 2);
	add_enum(&blob, "bpf_map_type", "BPF_MAP_TYPE_NOVEL", 77);
	add_enum(&blob, "bpf_prog_type", "BPF_PROG_TYPE_NOVEL", 44);
	add_enum(&blob, "bpf_func_id", "BPF_FUNC_novel", 300);
	add_enum(&blob, "bpf_attach_type", "BPF_NOVEL", 99);
	size = blob.words * sizeof(uint32_t);
	memcpy(file.rest, blob.types, size);
	memcpy(file.rest + size, blob.strings, blob.string_bytes);
	file.header.type_len = (uint32_t)size;
	file.header.str_off = (uint32_t)size;
	file.header.str_len = blob.string_bytes;
	fake_kernel_file(kernel, VMLINUX, &file, sizeof(file.header) + size + blob.string_bytes);
}

/* ---- the rig ---- */

static struct featsel_context *context;
static struct featsel_host *host;
static struct kernel *kernel;

static void boot(const char *script, bool with_btf)
{
	struct featsel_error err = {0};

	ck_assert_int_eq(featsel_context_new(&context, &err), 0);
	kernel = fake_kernel_new(script);
	if (with_btf)
		give_btf(kernel);
	ck_assert_int_eq(host_live_on(context, kernel, 0, &host, &err), 0);
}

static void halt(void)
{
	featsel_host_free(host);
	featsel_context_free(context);
	host = NULL;
	context = NULL;
}

static struct featsel_answer ask(const char *feature)
{
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_error err = {0};

	ck_assert_msg(featsel_host_ask(host, feature, &answer, &err) == 0, "%s: %s", feature,
		      err.text);
	ck_assert_msg(answer.evidence && answer.evidence[0], "%s has no evidence", feature);
	return answer;
}

struct expected {
	const char *script;
	bool btf;
	const char *feature;
	enum featsel_verdict verdict;
	const char *reason;   /* NULL: none */
	const char *evidence; /* is part of it */
};

static void check_answer(const struct expected *expected)
{
	struct featsel_answer answer = {.size = sizeof(answer)};

	boot(expected->script, expected->btf);
	answer = ask(expected->feature);
	ck_assert_msg(answer.verdict == expected->verdict, "%s: %s, %s", expected->feature,
		      featsel_verdict_name(answer.verdict), answer.evidence);
	ck_assert_pstr_eq(answer.reason, expected->reason);
	if (expected->evidence)
		ck_assert_msg(strstr(answer.evidence, expected->evidence) != NULL, "evidence: %s",
			      answer.evidence);
	halt();
}

/* ---- rows ---- */

#define NEW_WORDS "\"program of this type cannot use helper bpf_x#%h\"\n"
#define OLD_WORDS "\"unknown func bpf_x#%h\"\n"
#define OLD_CONTROL                                                                  \
	"prog_load type=socket_filter helper=redirect_map -> EINVAL \"unknown func " \
	"bpf_redirect_map#51\"\n"
#define LOCKED	       "file /sys/kernel/security/lockdown none integrity [confidentiality]\\n\n"
#define INTEGRITY      "file /sys/kernel/security/lockdown none [integrity] confidentiality\\n\n"
#define UNLOCKED       "file /sys/kernel/security/lockdown [none] integrity confidentiality\\n\n"
#define REFUSED(error) "map_create -> " error "\nprog_load -> " error "\n"
#define NO_CAPS	       "caps none\n" REFUSED("EPERM")

static const struct expected rows[] = {
	/* program types */
	{"", false, "prog_type:kprobe", FEATSEL_YES, NULL, "loads"},
	{"", false, "prog_type:socket_filter", FEATSEL_YES, NULL, "loads"},
	{"prog_load type=lirc_mode2 -> EINVAL", false, "prog_type:lirc_mode2", FEATSEL_NO,
	 "type-unsupported", "EINVAL, empty log"},
	{"prog_load type=syscall sleepable=0 -> EINVAL", false, "prog_type:syscall", FEATSEL_YES,
	 NULL, NULL},
	{"prog_load type=cgroup_sock_addr attach_type=0 -> EINVAL", false,
	 "prog_type:cgroup_sock_addr", FEATSEL_YES, NULL, NULL},
	{"", true, "prog_type:tracing", FEATSEL_YES, NULL, "trace_raw_tp"},
	{"", false, "prog_type:tracing", FEATSEL_NO, "btf-missing", VMLINUX ": ENOENT"},
	{"", false, "prog_type:lsm", FEATSEL_NO, "btf-missing", NULL},
	{"error " VMLINUX " EACCES", false, "prog_type:tracing", FEATSEL_UNKNOWN, "inconclusive",
	 "EACCES"},
	{"prog_load type=tracing attach_type=trace_raw_tp -> EINVAL", true, "prog_type:tracing",
	 FEATSEL_YES, NULL, "trace_iter"},
	{"prog_load type=tracing -> EINVAL", true, "prog_type:tracing", FEATSEL_NO,
	 "type-unsupported", NULL},
	{"prog_load type=tracing -> E2BIG", true, "prog_type:tracing", FEATSEL_NO,
	 "type-unsupported", "E2BIG"},
	{"prog_load type=lsm -> EPERM", true, "prog_type:lsm", FEATSEL_DENIED, "policy-denied",
	 "bpf(BPF_PROG_LOAD): EPERM, empty log, full capabilities"},
	{"prog_load type=xdp -> ENOMEM", false, "prog_type:xdp", FEATSEL_UNKNOWN, "inconclusive",
	 "ENOMEM"},
	{"prog_load type=44 -> ok", true, "prog_type:novel", FEATSEL_YES, NULL, NULL},
	{"prog_load type=44 -> EINVAL", true, "prog_type:novel", FEATSEL_UNKNOWN, "inconclusive",
	 "44"},
	{"", true, "prog_type:quantum", FEATSEL_NO, "type-unsupported", "BPF_PROG_TYPE_QUANTUM"},
	{"", false, "prog_type:quantum", FEATSEL_UNKNOWN, "inconclusive", NULL},

	/* attach types: fentry refused where tp_btf is not, the type being the same */
	{"prog_load type=tracing attach_type=trace_fentry -> EPERM", true,
	 "attach_type:trace_fentry", FEATSEL_DENIED, "policy-denied",
	 "EPERM, empty log, full capabilities"},
	{"prog_load type=tracing attach_type=trace_fentry -> EPERM", true,
	 "attach_type:trace_raw_tp", FEATSEL_YES, NULL, NULL},
	{"", false, "attach_type:trace_fentry", FEATSEL_NO, "btf-missing", NULL},
	{"prog_load type=cgroup_sock_addr attach_type=cgroup_inet4_getpeername -> EINVAL", false,
	 "attach_type:cgroup_inet4_getpeername", FEATSEL_NO, "attach-type-unsupported",
	 "other attach types"},
	{"prog_load type=cgroup_sock_addr -> EINVAL", false, "attach_type:cgroup_inet4_getpeername",
	 FEATSEL_NO, "type-unsupported", NULL},
	/* sk_reuseport before 5.14 loads with anything, so that it loads proves nothing */
	{"", false, "attach_type:sk_reuseport_select_or_migrate", FEATSEL_NO,
	 "attach-type-unsupported", "does not look"},
	{"prog_load type=sk_reuseport attach_type=32767 -> EINVAL", false,
	 "attach_type:sk_reuseport_select_or_migrate", FEATSEL_YES, NULL, NULL},
	/* kprobe.multi loads everywhere: only a link tells */
	{"link_create attach_type=trace_kprobe_multi -> EINVAL", false,
	 "attach_type:trace_kprobe_multi", FEATSEL_NO, "attach-type-unsupported",
	 "EINVAL instead of EFAULT"},
	{"link_create attach_type=trace_kprobe_multi -> EOPNOTSUPP", false,
	 "attach_type:trace_kprobe_multi", FEATSEL_NO, "attach-type-unsupported", NULL},
	{"link_create attach_type=trace_kprobe_multi -> EFAULT", false,
	 "attach_type:trace_kprobe_multi", FEATSEL_YES, NULL, "EFAULT"},
	{"prog_load type=xdp attach_type=xdp_devmap -> EACCES \"invalid bpf_context access off=20 "
	 "size=4\"",
	 false, "attach_type:xdp_devmap", FEATSEL_NO, "attach-type-unsupported",
	 "invalid bpf_context"},
	{"prog_load type=lirc_mode2 -> EINVAL", false, "attach_type:lirc_mode2", FEATSEL_NO,
	 "type-unsupported", NULL},
	{"", true, "attach_type:novel", FEATSEL_UNKNOWN, "inconclusive", "99"},
	{"", true, "attach_type:quantum", FEATSEL_NO, "attach-type-unsupported", "BPF_QUANTUM"},

	/* map types */
	{"", false, "map_type:ringbuf", FEATSEL_YES, NULL, "created"},
	{"map_create type=ringbuf -> EINVAL", false, "map_type:ringbuf", FEATSEL_NO,
	 "type-unsupported", "EINVAL"},
	{"map_create type=ringbuf entries=1-4095 -> EINVAL", false, "map_type:ringbuf", FEATSEL_YES,
	 NULL, NULL},
	{"map_create type=struct_ops -> 524", false, "map_type:struct_ops", FEATSEL_YES, NULL,
	 "524"},
	{"map_create type=struct_ops -> EINVAL", false, "map_type:struct_ops", FEATSEL_NO,
	 "type-unsupported", NULL},
	{"map_create type=arena -> EOPNOTSUPP", false, "map_type:arena", FEATSEL_NO,
	 "type-unsupported", NULL},
	{"btf_load -> EPERM", false, "map_type:task_storage", FEATSEL_DENIED, "policy-denied",
	 "BPF_BTF_LOAD"},
	{"map_create type=hash -> EPERM", false, "map_type:hash", FEATSEL_DENIED, "policy-denied",
	 NULL},
	{"map_create type=hash -> ENOSPC", false, "map_type:hash", FEATSEL_UNKNOWN, "inconclusive",
	 "ENOSPC"},
	{"map_create type=77 -> ok", true, "map_type:novel", FEATSEL_YES, NULL, NULL},
	{"map_create type=77 -> EINVAL", true, "map_type:novel", FEATSEL_UNKNOWN, "inconclusive",
	 NULL},
	{"", true, "map_type:quantum", FEATSEL_NO, "type-unsupported", NULL},

	/* helpers: the sentences of all kernels */
	{"", false, "helper:kprobe/get_current_task", FEATSEL_YES, NULL, "bpf_get_current_task#35"},
	{"prog_load helper=get_current_task -> EACCES \"R6 !read_ok\"", false,
	 "helper:kprobe/get_current_task", FEATSEL_YES, NULL, "R6 !read_ok"},
	{"prog_load helper=get_socket_cookie -> EACCES \"R1 type=ctx expected=fp\"", false,
	 "helper:sched_cls/get_socket_cookie", FEATSEL_YES, NULL, NULL},
	{"prog_load type=kprobe helper=sys_bpf -> EINVAL " NEW_WORDS, false,
	 "helper:kprobe/sys_bpf", FEATSEL_NO, "helper-unsupported", "cannot use helper bpf_x#166"},
	{OLD_CONTROL "prog_load type=kprobe helper=sys_bpf -> EINVAL " OLD_WORDS, false,
	 "helper:kprobe/sys_bpf", FEATSEL_NO, "helper-unsupported", "unknown func bpf_x#166"},
	{"", false, "helper:socket_filter/redirect_map", FEATSEL_NO, "helper-unsupported",
	 "bpf_redirect_map#51"},
	{"prog_load helper=131- -> EINVAL \"invalid func unknown#%h\"", false,
	 "helper:kprobe/ringbuf_reserve", FEATSEL_NO, "helper-unsupported", "invalid func"},
	{"prog_load type=lirc_mode2 -> EINVAL", false, "helper:lirc_mode2/get_current_pid_tgid",
	 FEATSEL_NO, "type-unsupported", NULL},
	{"prog_load type=kprobe -> EPERM", false, "helper:kprobe/get_current_task", FEATSEL_DENIED,
	 "policy-denied", NULL},
	{"prog_load helper=spin_lock -> EINVAL \"some words of a kernel to come\"", false,
	 "helper:xdp/spin_lock", FEATSEL_UNKNOWN, "inconclusive", "to come"},
	/* a kernel with new words for the old refusal: learned from the control */
	{"prog_load type=socket_filter helper=redirect_map -> EINVAL \"no right to "
	 "bpf_redirect_map#51\"\n"
	 "prog_load type=kprobe helper=sys_bpf -> EINVAL \"no right to bpf_sys_bpf#166\"",
	 false, "helper:kprobe/sys_bpf", FEATSEL_NO, "verifier-rejected", "no right to"},
	/* a kernel that lets the control past its call: being let past proves nothing */
	{"prog_load helper=redirect_map -> EACCES \"R1 !read_ok\"", false,
	 "helper:kprobe/get_current_task", FEATSEL_UNKNOWN, "inconclusive", NULL},
	/* lockdown takes helpers away with the same words */
	{LOCKED "prog_load type=kprobe helper=probe_read_kernel -> EINVAL \"program of this type "
		"cannot use helper "
		"bpf_probe_read_kernel#113\"",
	 false, "helper:kprobe/probe_read_kernel", FEATSEL_NO, "lockdown", NULL},
	{UNLOCKED "prog_load type=kprobe helper=probe_read_kernel -> EINVAL \"unknown func "
		  "bpf_probe_read_kernel#113\"",
	 false, "helper:kprobe/probe_read_kernel", FEATSEL_NO, "helper-unsupported", NULL},
	/* and so does a missing capability */
	{"caps bpf\nprog_load helper=get_current_task -> EINVAL " NEW_WORDS, false,
	 "helper:socket_filter/get_current_task", FEATSEL_DENIED, "no-capability", "CAP_PERFMON"},
	/* 5.8 and newer: the attach type decides */
	{"prog_load attach_type=trace_raw_tp helper=seq_printf -> EINVAL " NEW_WORDS, true,
	 "helper:tracing/seq_printf", FEATSEL_YES, NULL, NULL},
	{"prog_load attach_type=trace_raw_tp|trace_iter helper=get_func_arg -> EINVAL " NEW_WORDS
	 "prog_load attach_type=trace_fentry -> EPERM",
	 true, "helper:tracing/get_func_arg", FEATSEL_DENIED, "policy-denied", NULL},
	{"prog_load attach_type=trace_raw_tp|trace_iter helper=setsockopt -> EINVAL " NEW_WORDS
	 "prog_load attach_type=trace_fentry -> EPERM",
	 true, "helper:tracing/setsockopt", FEATSEL_NO, "helper-unsupported", NULL},
	{"prog_load attach_type=trace_raw_tp helper=get_func_ip -> 524 \"func bpf_get_func_ip#173 "
	 "supported only for "
	 "fentry/fexit/fmod_ret programs\"",
	 true, "helper:tracing/get_func_ip", FEATSEL_YES, NULL, NULL},
	{"prog_load attach_type=trace_raw_tp helper=get_func_ip -> 524 \"func bpf_get_func_ip#173 "
	 "supported only for "
	 "fentry/fexit/fmod_ret programs\"",
	 true, "helper:tracing:trace_raw_tp/get_func_ip", FEATSEL_NO, "helper-unsupported", NULL},
	{"prog_load attach_type=trace_raw_tp|trace_iter helper=get_func_arg -> EINVAL " NEW_WORDS,
	 true, "helper:tracing:trace_fexit/get_func_arg", FEATSEL_YES, NULL, NULL},
	{"prog_load helper=get_func_ip -> 524 \"func bpf_get_func_ip#173 not supported for program "
	 "type 17\"",
	 false, "helper:raw_tracepoint/get_func_ip", FEATSEL_NO, "helper-unsupported", NULL},
	{"prog_load sleepable=0 helper=copy_from_user -> EINVAL " NEW_WORDS, false,
	 "helper:kprobe/copy_from_user", FEATSEL_YES, NULL, NULL},
	{"prog_load sleepable=1 -> EINVAL \"Only fentry/fexit/fmod_ret and lsm programs can be "
	 "sleepable\"\n"
	 "prog_load helper=copy_from_user -> EINVAL " NEW_WORDS,
	 false, "helper:kprobe/copy_from_user", FEATSEL_NO, "helper-unsupported", "bpf_x#148"},
	{"prog_load helper=copy_from_user -> EINVAL \"helper call might sleep in a non-sleepable "
	 "prog\"",
	 false, "helper:kprobe/copy_from_user", FEATSEL_YES, NULL, "might sleep"},
	{"prog_load helper=copy_from_user -> EINVAL \"sleepable helper bpf_copy_from_user#148 in "
	 "non-sleepable prog\"",
	 false, "helper:kprobe/copy_from_user", FEATSEL_YES, NULL, "sleepable helper"},
	{"", false, "helper:tracing/get_current_task", FEATSEL_NO, "btf-missing", NULL},
	{"prog_load type=struct_ops -> EINVAL", true, "helper:struct_ops/map_lookup_elem",
	 FEATSEL_NO, "type-unsupported", NULL},
	{"prog_load type=ext helper=skb_load_bytes -> EINVAL " NEW_WORDS, false,
	 "helper:ext/skb_load_bytes", FEATSEL_UNKNOWN, "inconclusive", "another target"},
	{"", true, "helper:kprobe/novel", FEATSEL_NO, "helper-unsupported", "invalid func"},
	{"prog_load helper=300 -> EACCES \"R1 !read_ok\"", true, "helper:kprobe/novel", FEATSEL_YES,
	 NULL, "bpf_novel#300"},
	{"", true, "helper:kprobe/quantum", FEATSEL_NO, "helper-unsupported", "BPF_FUNC_quantum"},
	{"", true, "helper:quantum/map_lookup_elem", FEATSEL_NO, "type-unsupported", NULL},
	{"prog_load type=44 -> ok", true, "helper:novel/map_lookup_elem", FEATSEL_UNKNOWN,
	 "inconclusive", NULL},

	/* helpers that would show in the kernel's log: were they loaded, the script would say so */
	{"prog_load helper=trace_printk -> EIO \"loaded\"", true, "helper:kprobe/trace_printk",
	 FEATSEL_YES, NULL, "not loaded"},
	{"prog_load helper=trace_vprintk -> EIO \"loaded\"", true, "helper:xdp/trace_vprintk",
	 FEATSEL_YES, NULL, "ktime_get_ns"},
	{"prog_load type=kprobe -> EINVAL", true, "helper:xdp/trace_printk", FEATSEL_NO,
	 "type-unsupported", NULL},
	{"prog_load helper=168- -> EINVAL \"invalid func unknown#%h\"", false,
	 "helper:kprobe/trace_vprintk", FEATSEL_NO, "helper-unsupported", NULL},
	{UNLOCKED "prog_load helper=probe_write_user -> EIO \"loaded\"", true,
	 "helper:kprobe/probe_write_user", FEATSEL_YES, NULL, "not loaded"},
	{INTEGRITY, true, "helper:kprobe/probe_write_user", FEATSEL_NO, "lockdown", "integrity"},
	{"lsm_list lockdown,bpf", true, "helper:kprobe/probe_write_user", FEATSEL_UNKNOWN,
	 "inconclusive", "lockdown"},
	{"lsm_list capability,bpf", true, "helper:kprobe/probe_write_user", FEATSEL_YES, NULL,
	 NULL},
	{UNLOCKED, true, "helper:xdp/probe_write_user", FEATSEL_NO, "helper-unsupported",
	 "tracing programs only"},
	{UNLOCKED, true, "helper:ext/probe_write_user", FEATSEL_UNKNOWN, "inconclusive",
	 "replaced"},
	{"prog_load helper=override_return -> EIO \"loaded\"", true,
	 "helper:kprobe/override_return", FEATSEL_UNKNOWN, "inconclusive", "config.gz"},
	{"prog_load helper=override_return -> EIO \"loaded\"", false,
	 "helper:kprobe/override_return", FEATSEL_UNKNOWN, "inconclusive", NULL},
	{"", false, "helper:xdp/override_return", FEATSEL_NO, "helper-unsupported",
	 "kprobe programs only"},

	/* kfuncs */
	{"prog_load kfunc=1 -> EACCES \"R6 !read_ok\"", true, "kfunc:kprobe/bpf_rcu_read_lock",
	 FEATSEL_YES, NULL, NULL},
	{"prog_load kfunc=1 -> EACCES \"calling kernel function bpf_rcu_read_lock is not allowed\"",
	 true, "kfunc:kprobe/bpf_rcu_read_lock", FEATSEL_NO, "kfunc-missing", "is not allowed"},
	{"prog_load kfunc=1 -> EINVAL \"BPF_CALL uses reserved fields\"", true,
	 "kfunc:kprobe/bpf_rcu_read_lock", FEATSEL_NO, "kfunc-missing", NULL},
	{"prog_load kfunc=1 -> EINVAL \"program must be sleepable to call sleepable kfunc "
	 "bpf_rcu_read_lock\"",
	 true, "kfunc:kprobe/bpf_rcu_read_lock", FEATSEL_YES, NULL, NULL},
	{"file /proc/kallsyms ffffffff81000000 T vm_mmap_pgoff\\n", true,
	 "kfunc:kprobe/bpf_quantum", FEATSEL_NO, "kfunc-missing", "neither"},
	{"file /proc/kallsyms ffffffff81000000 T bpf_ct_x\\t[nf_conntrack]\\n", true,
	 "kfunc:xdp/bpf_ct_x", FEATSEL_UNKNOWN, "inconclusive", "a module's"},
	{"", false, "kfunc:kprobe/bpf_rcu_read_lock", FEATSEL_NO, "btf-missing", NULL},

	/* instructions */
	{"", false, "insns:large", FEATSEL_YES, NULL, NULL},
	{"prog_load insns=4097- -> E2BIG", false, "insns:large", FEATSEL_NO, "insns-unsupported",
	 "E2BIG"},
	/* the log of a large program would not fit, which is an error of its own before 6.4 */
	{"prog_load insns=4097- log=1 -> ENOSPC", false, "insns:large", FEATSEL_YES, NULL, NULL},
	{"prog_load insns=4 -> EINVAL \"back-edge from insn 2 to 1\"", false, "insns:bounded_loops",
	 FEATSEL_NO, "insns-unsupported", "back-edge"},
	{"prog_load insns=5 -> EINVAL \"back-edge from insn 2 to 3\"", false, "insns:entered_loops",
	 FEATSEL_NO, "insns-unsupported", "back-edge"},
	{"prog_load insns=6 -> EINVAL \"unrecognized bpf_ld_imm64 insn\"", false, "insns:callbacks",
	 FEATSEL_NO, "insns-unsupported", "unrecognized bpf_ld_imm64 insn"},
	{"", false, "insns:lazy_functions", FEATSEL_YES, NULL, "nothing calls"},
	{"prog_load insns=5 -> EACCES \"R0 !read_ok\"", false, "insns:lazy_functions", FEATSEL_NO,
	 "insns-unsupported", "R0 !read_ok"},
	{"prog_load insns=6 -> EACCES \"R9 !read_ok\"", false, "insns:ranges_6.18", FEATSEL_NO,
	 "insns-unsupported", "R9 !read_ok"},
	{"btf_load -> EINVAL", false, "insns:lazy_functions", FEATSEL_YES, NULL,
	 "like static ones"},
	{"prog_load insns=5 -> EPERM", false, "insns:lazy_functions", FEATSEL_DENIED,
	 "policy-denied", NULL},
	{"prog_load insns=4 -> EINVAL \"BPF_STX uses reserved fields\"", false, "insns:atomics",
	 FEATSEL_NO, "insns-unsupported", NULL},
	{"prog_load insns=4 -> EINVAL \"unrecognized bpf_ld_imm64 insn\"", false,
	 "insns:global_data", FEATSEL_NO, "insns-unsupported", NULL},
	{"prog_load insns=3 -> EINVAL \"unknown opcode 16\"", false, "insns:v3", FEATSEL_NO,
	 "insns-unsupported", NULL},

	/* the gate: refused controls make every privileged answer denied, none yes, none no */
	{NO_CAPS, false, "prog_type:lirc_mode2", FEATSEL_DENIED, "no-capability",
	 "CAP_BPF, CAP_PERFMON"},
	{NO_CAPS, false, "helper:kprobe/sys_bpf", FEATSEL_DENIED, "no-capability", NULL},
	{NO_CAPS, true, "kfunc:kprobe/bpf_rcu_read_lock", FEATSEL_DENIED, "no-capability", NULL},
	{NO_CAPS, false, "map_type:array", FEATSEL_DENIED, "no-capability",
	 "bpf(BPF_MAP_CREATE): EPERM"},
	{NO_CAPS, false, "attach:raw_tracepoint/sys_enter", FEATSEL_DENIED, "no-capability", NULL},
	{NO_CAPS "file /proc/sys/kernel/cap_last_cap 37\\n", false, "prog_type:kprobe",
	 FEATSEL_DENIED, "no-capability", "lacks CAP_SYS_ADMIN"},
	{"caps none\nfile /proc/sys/kernel/unprivileged_bpf_disabled 0\\nprog_load type=kprobe -> "
	 "EPERM",
	 false, "map_type:array", FEATSEL_YES, NULL, NULL},
	{"caps none\nprog_load type=kprobe -> EPERM", false, "helper:kprobe/get_current_task",
	 FEATSEL_DENIED, "no-capability", NULL},
	{"file /proc/self/uid_map 0 1000 1\\n\n" REFUSED("EPERM"), false, "prog_type:kprobe",
	 FEATSEL_DENIED, "user-namespace", "/proc/self/uid_map"},
	{"seccomp 2\nbpf_nonsense -> EPERM\n" REFUSED("EPERM"), false, "prog_type:kprobe",
	 FEATSEL_DENIED, "seccomp", "bpf(0x7fffffff): EPERM"},
	{"seccomp 2\nbpf_nonsense -> ENOSYS\n" REFUSED("ENOSYS"), false, "prog_type:kprobe",
	 FEATSEL_DENIED, "seccomp", "ENOSYS"},
	/* a filter that lets bpf(2) pass is not the cause */
	{"seccomp 2\nprog_load type=kprobe -> EPERM", false, "prog_type:kprobe", FEATSEL_DENIED,
	 "policy-denied", NULL},
	{REFUSED("ENOSYS"), false, "prog_type:kprobe", FEATSEL_NO, "type-unsupported", "ENOSYS"},
	{REFUSED("EPERM") "file /proc/self/limits Max locked memory       65536                "
			  "65536      bytes\\n",
	 false, "prog_type:kprobe", FEATSEL_DENIED, "memlock", "65536 bytes"},
	{REFUSED("EPERM") "file /proc/self/limits Max locked memory       unlimited            "
			  "unlimited  bytes\\n",
	 false, "prog_type:kprobe", FEATSEL_DENIED, "policy-denied", NULL},
	{LOCKED "prog_load type=kprobe -> EPERM", false, "prog_type:kprobe", FEATSEL_DENIED,
	 "lockdown", NULL},
	{"prog_load type=kprobe -> EACCES", false, "prog_type:kprobe", FEATSEL_DENIED,
	 "policy-denied", "EACCES"},
	/* a kernel (or what stands in for one) that loads a call to nowhere */
	{"prog_load helper=2147418112 -> ok", false, "helper:kprobe/get_current_task",
	 FEATSEL_UNKNOWN, "inconclusive", "control"},
};

START_TEST(row_holds)
{
	check_answer(&rows[_i]);
}
END_TEST

/* ---- cost ---- */

START_TEST(one_call_a_question)
{
	static const char *const features[] = {"prog_type:kprobe",
					       "helper:kprobe/get_current_task",
					       "helper:xdp/redirect_map",
					       "map_type:hash",
					       "map_type:ringbuf",
					       "prog_type:tracing",
					       "attach_type:trace_fentry",
					       "helper:tracing/map_lookup_elem",
					       "attach_type:cgroup_unix_connect"};
	unsigned int before;
	size_t i;

	boot("", true);
	ask("map_type:array");
	/* it is created, which is its own control */
	ck_assert_uint_eq(fake_kernel_calls(kernel, NULL), 1);
	ask("helper:socket_filter/redirect_map");
	/* the controls: a map, a program, a helper that cannot be, one that has another type */
	ck_assert_uint_eq(fake_kernel_calls(kernel, NULL), 1 + 4 + 1);
	ask("prog_type:socket_filter");
	ck_assert_uint_eq(fake_kernel_calls(kernel, NULL), 1 + 4 + 1);
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		before = fake_kernel_calls(kernel, NULL);
		ask(features[i]);
		ck_assert_msg(fake_kernel_calls(kernel, NULL) == before + 1, "%s takes %u calls",
			      features[i], fake_kernel_calls(kernel, NULL) - before);
		ask(features[i]);
		ck_assert_msg(fake_kernel_calls(kernel, NULL) == before + 1, "%s is asked twice",
			      features[i]);
	}
	halt();
}
END_TEST

START_TEST(unprivileged_kinds_cost_nothing)
{
	boot("", false);
	ask("arch:x86_64");
	ask("kernel:>=4.18");
	ask("btf:vmlinux");
	ask("cap:bpf");
	ck_assert_uint_eq(fake_kernel_calls(kernel, NULL), 0);
	halt();
}
END_TEST

START_TEST(refused_gate_is_not_tried_again)
{
	boot(NO_CAPS, false);
	ask("prog_type:kprobe");
	/* the program and the first control */
	ck_assert_uint_eq(fake_kernel_calls(kernel, NULL), 2);
	ask("prog_type:xdp");
	ask("helper:xdp/redirect");
	ck_assert_uint_eq(fake_kernel_calls(kernel, NULL), 2);
	halt();
}
END_TEST

/* Above a number that the kernel does not know nothing is asked. */
START_TEST(last_helper_is_remembered)
{
	unsigned int before;

	boot("prog_load helper=131- -> EINVAL \"invalid func unknown#%h\"", false);
	ask("helper:kprobe/ringbuf_output");
	ask("helper:kprobe/ringbuf_reserve");
	before = fake_kernel_calls(kernel, NULL);
	ck_assert_int_eq(ask("helper:xdp/ringbuf_submit").verdict, FEATSEL_NO);
	ck_assert_uint_eq(fake_kernel_calls(kernel, NULL), before);
	ck_assert_int_eq(ask("helper:xdp/ringbuf_output").verdict, FEATSEL_YES);
	halt();
}
END_TEST

/* ---- many helpers in one load ---- */

#define DUMP_BEGIN                                                                        \
	"prog_load type=kprobe insns=7 -> EINVAL \"func#0 @0\\nLive regs before insn:\\n" \
	"      0: .12345.... (85) call unknown#2147418112\\n"                             \
	"      1: .12345.... (85) call bpf_skb_get_tunnel_key#20\\n"                      \
	"      2: .12345.... (85) call bpf_redirect_map#51\\n"
#define DUMP_END                                                               \
	"      5: .......... (85) call bpf_ktime_get_coarse_ns#160\\n"         \
	"      6: .......... (95) exit\\n0: R1=ctx() R10=fp0\\n"               \
	"0: (85) call unknown#2147418112\\ninvalid func unknown#2147418112\\n" \
	"processed 1 insns (limit 1000000)\""

static const struct {
	const char *script;
	enum featsel_verdict verdict;
	const char *reason, *evidence; /* of helper:kprobe/ringbuf_reserve */
	unsigned int loads;	       /* for that and helper:kprobe/ringbuf_submit */
} surveys[] = {
	{DUMP_BEGIN "      3: .123...... (85) call bpf_ringbuf_reserve#131\\n"
		    "      4: .12....... (85) call bpf_ringbuf_submit#132\\n" DUMP_END,
	 FEATSEL_YES, NULL, "the 3 arguments of the helper", 1},
	{DUMP_BEGIN "      3: .12345.... (85) call bpf_ringbuf_reserve#131\\n"
		    "      4: .12....... (85) call bpf_ringbuf_submit#132\\n" DUMP_END,
	 FEATSEL_NO, "helper-unsupported", "no argument of the helper is known", 2},
	{DUMP_BEGIN "      3: .12345.... (85) call unknown#131\\n"
		    "      4: .12345.... (85) call unknown#132\\n" DUMP_END,
	 FEATSEL_NO, "helper-unsupported", "invalid func", 2},
	/* with the number of a loop before it (6.17) */
	{DUMP_BEGIN "  1   3: .123...... (85) call bpf_ringbuf_reserve#131\\n"
		    "  1   4: .12....... (85) call bpf_ringbuf_submit#132\\n" DUMP_END,
	 FEATSEL_YES, NULL, "the 3 arguments of the helper", 1},
	/* registers that no call has, a dump that breaks off, none: asked one by one, after two
	   controls */
	{DUMP_BEGIN "      3: .1.3...... (85) call bpf_ringbuf_reserve#131\\n"
		    "      4: .12....... (85) call bpf_ringbuf_submit#132\\n" DUMP_END,
	 FEATSEL_YES, NULL, "R1 !read_ok", 4},
	{DUMP_BEGIN DUMP_END, FEATSEL_YES, NULL, "R1 !read_ok", 5},
	{"", FEATSEL_YES, NULL, "R1 !read_ok", 5},
	/* a dump that means something else: what no type has, this one has */
	{"prog_load type=kprobe insns=7 -> EINVAL \"func#0 @0\\nLive regs before insn:\\n"
	 "      0: .......... (85) call unknown#2147418112\\n"
	 "      1: .1234..... (85) call bpf_skb_get_tunnel_key#20\\n"
	 "      2: .123...... (85) call bpf_redirect_map#51\\n"
	 "      3: .123...... (85) call bpf_ringbuf_reserve#131\\n"
	 "      4: .12....... (85) call bpf_ringbuf_submit#132\\n" DUMP_END,
	 FEATSEL_YES, NULL, "R1 !read_ok", 5},
	{"prog_load type=kprobe -> EPERM", FEATSEL_DENIED, "policy-denied", "EPERM", 2},
};

START_TEST(survey_answers)
{
	static const char *const helpers[] = {"ringbuf_reserve", "ringbuf_submit"};
	const struct feature *features[ARRAY_SIZE(helpers)];
	struct featsel_answer answer = {.size = sizeof(answer)};
	unsigned int before;
	size_t i;

	boot(surveys[_i].script, false);
	ask("map_type:array");
	for (i = 0; i < ARRAY_SIZE(helpers); i++) {
		ck_assert_int_eq(feature_make(host->arena, FEATURE_HELPER, "kprobe", helpers[i],
					      &features[i], NULL),
				 0);
		host_expect(host, features[i]);
	}
	before = fake_kernel_calls(kernel, "prog_load");
	answer = host_answer(host, features[0]);
	(void)host_answer(host, features[1]);
	ck_assert_msg(answer.verdict == surveys[_i].verdict, "%s", answer.evidence);
	ck_assert_msg(strstr(answer.evidence, surveys[_i].evidence) != NULL, "%s", answer.evidence);
	if (surveys[_i].reason)
		ck_assert_str_eq(answer.reason, surveys[_i].reason);
	ck_assert_uint_eq(fake_kernel_calls(kernel, "prog_load") - before, surveys[_i].loads);
	halt();
}
END_TEST

/* The survey calls ktime_get_coarse_ns too, which came with 5.11. */
START_TEST(survey_tells_whether_memory_is_charged)
{
	const struct feature *feature;
	unsigned int before;

	boot(surveys[0].script, false);
	fake_kernel_rules(kernel,
			  "file /proc/self/limits Max locked memory       65536                "
			  "65536      bytes\\n");
	ask("map_type:array");
	ck_assert_int_eq(
		feature_parse(host->arena, "helper:kprobe/ringbuf_reserve", &feature, NULL), 0);
	host_expect(host, feature);
	ck_assert_int_eq(feature_parse(host->arena, "helper:kprobe/ringbuf_submit", &feature, NULL),
			 0);
	host_expect(host, feature);
	(void)host_answer(host, feature);
	before = fake_kernel_calls(kernel, NULL);
	ck_assert(!host_memory_charged(host->data));
	ck_assert_uint_eq(fake_kernel_calls(kernel, NULL), before);
	halt();
}
END_TEST

static int ask_each(void *data, const struct feature *feature)
{
	struct featsel_answer answer = host_answer(data, feature);

	ck_assert_msg(answer.evidence != NULL, "%s has no evidence", feature->text);
	ck_assert_msg((answer.verdict == FEATSEL_YES) == (answer.reason == NULL),
		      "%s has reason %s", feature->text, answer.reason);
	return 0;
}

/* What is opened is kept for a purpose or closed; the free closes the rest (the sanitizers and
 * fake_free() look). */
START_TEST(descriptors_do_not_leak)
{
	struct arena *arena = arena_new();
	struct live *live;

	boot("prog_load type=lirc_mode2 -> EINVAL", true);
	ck_assert_int_eq(host->backend->enumerate(host, arena, ask_each, host), 0);
	ck_assert_msg(fake_kernel_open_fds(kernel) < 64, "%u are open",
		      fake_kernel_open_fds(kernel));
	live = host->data;
	host_targets_free(live);
	host_programs_free(live);
	host_files_free(live);
	kernel_btf_close(live->btf);
	live->btf = NULL;
	ck_assert_uint_eq(fake_kernel_open_fds(kernel), 0);
	halt();
	arena_free(arena);
}
END_TEST

struct told {
	struct featsel_host *alone;
	char before[128]; /* the feature told last */
	enum feature_kind kind;
	size_t n;
};

static void compare(void *data, const char *text, const struct featsel_answer *answer)
{
	struct told *told = data;
	const struct feature *feature;
	struct featsel_answer other;

	ck_assert_int_eq(feature_parse(told->alone->arena, text, &feature, NULL), 0);
	other = host_answer(told->alone, feature);
	ck_assert_msg(answer->verdict == other.verdict, "%s differs", text);
	ck_assert_str_eq(answer->evidence, other.evidence);
	ck_assert_int_le(told->kind, feature->kind);
	if (told->kind == feature->kind)
		ck_assert_str_lt(told->before, text);
	told->kind = feature->kind;
	snprintf(told->before, sizeof(told->before), "%s", text);
	told->n++;
}

/* Threads ask hosts of their own: what is told is what one host answers, in order and overridden.
 */
START_TEST(probing_is_one_answer_for_all_threads)
{
	static const char script[] = "prog_load type=xdp -> EINVAL\n"
				     "map_create type=ringbuf -> EINVAL\n";
	static const char *const masked[] = {"prog_type:kprobe",
					     "helper:raw_tracepoint/ktime_get_ns"};
	struct featsel_context *own;
	struct featsel_host *probed;
	struct told told = {.before = ""};
	size_t i;

	ck_assert_int_eq(featsel_context_new(&own, NULL), 0);
	ck_assert_int_eq(
		host_live_on(own, fake_kernel_new(script), FEATSEL_HOST_THOROUGH, &probed, NULL),
		0);
	ck_assert_int_eq(host_live_on(own, fake_kernel_new(script), FEATSEL_HOST_THOROUGH,
				      &told.alone, NULL),
			 0);
	for (i = 0; i < ARRAY_SIZE(masked); i++) {
		ck_assert_int_eq(featsel_host_override(probed, masked[i], FEATSEL_NO, NULL), 0);
		ck_assert_int_eq(featsel_host_override(told.alone, masked[i], FEATSEL_NO, NULL), 0);
	}
	ck_assert_int_eq(featsel_host_probe(probed, NULL, compare, &told, NULL), 0);
	ck_assert_uint_gt(told.n, 6000);
	featsel_host_free(probed);
	featsel_host_free(told.alone);
	featsel_context_free(own);
}
END_TEST

START_TEST(minimal_programs_are_shared)
{
	unsigned int before;
	struct live *live;
	int fd;

	boot("", false);
	ask("prog_type:kprobe");
	live = host->data;
	before = fake_kernel_calls(kernel, NULL);
	fd = host_minimal_program(live, BPF_PROG_TYPE_KPROBE, -1, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(host_minimal_program(live, BPF_PROG_TYPE_KPROBE, -1, 0), fd);
	ck_assert_uint_eq(fake_kernel_calls(kernel, NULL), before);
	ck_assert_int_ge(host_minimal_program(live, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 7), 0);
	halt();
}
END_TEST

/* ---- reading logs ---- */

static const struct {
	const char *log, *sentence;
} logs[] = {
	{"", ""},
	{"0: (85) call bpf_map_lookup_elem#1\nR1 type=ctx expected=map_ptr\n"
	 "processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 "
	 "mark_read 0\n",
	 "R1 type=ctx expected=map_ptr"},
	{"0: R1=ctx(id=0,off=0,imm=0) R10=fp0\n0: (85) call bpf_x#5\nR0_w=invP(id=0)\n1: (bf) r0 = "
	 "r6\nR6 !read_ok\n"
	 "verification time 21 usec\nstack depth 0\nprocessed 2 insns\n",
	 "R6 !read_ok"},
	{"func#0 @0\n; int x = 5; @ a.c:3\n0: (b7) r0 = 0\nfrom 3 to 5: R0=0\nunknown func "
	 "bpf_y#9\n",
	 "unknown func bpf_y#9"},
	{"invalid func unknown#999", "invalid func unknown#999"},
	/* 7.3 */
	{"R3 tried to add\nverification time 9 usec\nprocessed 8 insns\n"
	 "subprog 0 (main) main insns_self 8 insns_total 8 stack 120\n",
	 "R3 tried to add"},
	{"R1 !read_ok\nprocessed 1 insns\nVerification failed: R1 was never written\nThe call "
	 "wants a map\n",
	 "R1 !read_ok"},
};

START_TEST(sentence_is_found)
{
	struct arena *arena = arena_new();

	ck_assert_str_eq(verifier_sentence(arena, logs[_i].log), logs[_i].sentence);
	arena_free(arena);
}
END_TEST

static const struct {
	const char *script;
	bool btf;
	int error;
	const char *log;
	int prog_type, attach_type;
	enum featsel_verdict verdict;
	const char *reason;
} failures[] = {
	{"", false, -EINVAL, "invalid func unknown#212\n", BPF_PROG_TYPE_KPROBE, -1, FEATSEL_NO,
	 "helper-unsupported"},
	{"", false, -EINVAL, "unknown func bpf_x#9\n", BPF_PROG_TYPE_KPROBE, -1, FEATSEL_NO,
	 "helper-unsupported"},
	{LOCKED, false, -EINVAL, "unknown func bpf_probe_read#4\n", BPF_PROG_TYPE_KPROBE, -1,
	 FEATSEL_NO, "lockdown"},
	{LOCKED, false, -EINVAL, "unknown func bpf_sys_bpf#166\n", BPF_PROG_TYPE_KPROBE, -1,
	 FEATSEL_NO, "helper-unsupported"},
	{"", false, -EINVAL,
	 "cannot call GPL-restricted function from non-GPL compatible program\n",
	 BPF_PROG_TYPE_KPROBE, -1, FEATSEL_NO, "license"},
	{"", false, -EINVAL, "back-edge from insn 9 to 3\n", BPF_PROG_TYPE_KPROBE, -1, FEATSEL_NO,
	 "insns-unsupported"},
	{"", false, -E2BIG, "", BPF_PROG_TYPE_KPROBE, -1, FEATSEL_NO, "insns-unsupported"},
	{"", false, -E2BIG, "BPF program is too large. Processed 1000001 insn\n",
	 BPF_PROG_TYPE_KPROBE, -1, FEATSEL_NO, "verifier-rejected"},
	{"", false, -EACCES, "R2 invalid mem access 'scalar'\n", BPF_PROG_TYPE_KPROBE, -1,
	 FEATSEL_NO, "verifier-rejected"},
	{"", false, -EPERM, "", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, FEATSEL_DENIED,
	 "policy-denied"},
	{"", false, -EACCES, "", BPF_PROG_TYPE_KPROBE, -1, FEATSEL_DENIED, "policy-denied"},
	{"caps none", false, -EPERM, "", BPF_PROG_TYPE_KPROBE, -1, FEATSEL_DENIED, "no-capability"},
	{"caps bpf,perfmon", false, -EPERM, "", BPF_PROG_TYPE_KPROBE, -1, FEATSEL_DENIED,
	 "policy-denied"},
	{"caps bpf,perfmon", false, -EPERM, "", BPF_PROG_TYPE_XDP, -1, FEATSEL_DENIED,
	 "no-capability"},
	{"", false, -ESRCH, "", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, FEATSEL_NO, "btf-missing"},
	{"", true, -ESRCH, "", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, FEATSEL_NO,
	 "symbol-missing"},
	{"", true, -ESRCH, "", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, FEATSEL_NO,
	 "tracepoint-missing"},
	{"", true, -ESRCH, "", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, FEATSEL_NO, "hook-missing"},
	{"prog_load type=lirc_mode2 -> EINVAL", false, -EINVAL, "", BPF_PROG_TYPE_LIRC_MODE2, -1,
	 FEATSEL_NO, "type-unsupported"},
	{"", false, -EINVAL, "", BPF_PROG_TYPE_KPROBE, -1, FEATSEL_UNKNOWN, "inconclusive"},
	{"prog_load type=cgroup_sock_addr attach_type=52 -> EINVAL", false, -EINVAL, "",
	 BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 52, FEATSEL_NO, "attach-type-unsupported"},
	{"", false, -EINVAL, "", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 52, FEATSEL_UNKNOWN,
	 "inconclusive"},
	{"", false, -ENOSPC, NULL, BPF_PROG_TYPE_KPROBE, -1, FEATSEL_UNKNOWN, "inconclusive"},
	{"file /proc/self/limits Max locked memory       65536                65536      bytes\\n",
	 false, -ENOMEM, "", BPF_PROG_TYPE_KPROBE, -1, FEATSEL_DENIED, "memlock"},
};

START_TEST(failure_has_its_reason)
{
	struct featsel_answer answer = {.size = sizeof(answer)};

	boot(failures[_i].script, failures[_i].btf);
	answer = host_load_failure(host->data, failures[_i].error, failures[_i].log,
				   failures[_i].prog_type, failures[_i].attach_type);
	ck_assert_pstr_eq(answer.reason, failures[_i].reason);
	ck_assert_int_eq(answer.verdict, failures[_i].verdict);
	halt();
}
END_TEST

#define LIMITED                                                                           \
	"file /proc/self/limits Max locked memory       65536                65536      " \
	"bytes\\n\n"
#define CHARGED "prog_load helper=160- -> EINVAL \"invalid func unknown#%h\"\n" LIMITED

/* 8 and 32 pages of 4096 bytes: what fits the limit, and what never can. */
static const struct {
	const char *script;
	uint64_t bytes;
	enum featsel_verdict verdict;
	const char *evidence;
	unsigned int attempts;
} memories[] = {
	{"", 131072, FEATSEL_YES, "not limited", 0},
	{LIMITED, 131072, FEATSEL_YES, "not limited", 0},
	{CHARGED, 32768, FEATSEL_YES, "32768 bytes: created", 1},
	{CHARGED "map_create entries=32 -> EPERM\n", 131072, FEATSEL_DENIED,
	 "EPERM for 131072 bytes; locked memory is limited to 65536 bytes", 1},
	{CHARGED "map_create entries=8 -> EPERM\n", 32768, FEATSEL_DENIED,
	 "EPERM for 32768 bytes; locked memory is limited to 65536 bytes", 6},
};

START_TEST(memory_is_tried)
{
	struct featsel_answer answer = {.size = sizeof(answer)};
	unsigned int before;

	boot(memories[_i].script, false);
	ck_assert_int_eq(featsel_host_ask(host, "helper:kprobe/get_current_task", &answer, NULL),
			 0);
	before = fake_kernel_calls(kernel, "map_create");
	answer = host_memory(host->data, memories[_i].bytes);
	ck_assert_int_eq(answer.verdict, memories[_i].verdict);
	ck_assert_msg(strstr(answer.evidence, memories[_i].evidence) != NULL, "%s",
		      answer.evidence);
	ck_assert_uint_eq(fake_kernel_calls(kernel, "map_create") - before, memories[_i].attempts);
	halt();
}
END_TEST

static Suite *suite(void)
{
	Suite *result = suite_create("host-kernel");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, row_holds, 0, ARRAY_SIZE(rows));
	tcase_add_test(all, one_call_a_question);
	tcase_add_test(all, unprivileged_kinds_cost_nothing);
	tcase_add_test(all, refused_gate_is_not_tried_again);
	tcase_add_test(all, last_helper_is_remembered);
	tcase_add_loop_test(all, survey_answers, 0, ARRAY_SIZE(surveys));
	tcase_add_test(all, survey_tells_whether_memory_is_charged);
	tcase_add_test(all, descriptors_do_not_leak);
	tcase_add_test(all, probing_is_one_answer_for_all_threads);
	tcase_add_test(all, minimal_programs_are_shared);
	tcase_add_loop_test(all, sentence_is_found, 0, ARRAY_SIZE(logs));
	tcase_add_loop_test(all, failure_has_its_reason, 0, ARRAY_SIZE(failures));
	tcase_add_loop_test(all, memory_is_tried, 0, ARRAY_SIZE(memories));
	suite_add_tcase(result, all);
	return result;
}

int main(void)
{
	return unit_run(suite);
}
