/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-host-attach.c - every situation in which an attach goes wrong has its own reason, on
 * scripted kernels
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/btf.h>

#include "../fake-kernel.h"
#include "../unit.h"
#include "host/private.h"

struct scene {
	struct featsel_context *context;
	struct kernel *kernel;
	struct featsel_host *host;
};

/* Types of a kernel: typedef btf_trace_sys_enter, and functions with so many parameters. */
static const struct {
	const char *name;
	uint32_t args;
} functions[] = {
	{"ksys_mmap_pgoff", 6},
	{"do_mmap", 9},
	{"bpf_lsm_mmap_file", 4},
	{"bpf_iter_task", 2},
};

static void give_btf(struct kernel *kernel)
{
	uint32_t types[128] = {1, BTF_KIND_TYPEDEF << 24, 0}, words = 3, id = 1;
	char strings[128] = "\0btf_trace_sys_enter", bytes[1024];
	size_t used = sizeof("\0btf_trace_sys_enter");
	uint32_t header[6] = {BTF_MAGIC | BTF_VERSION << 16, sizeof(header)};

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		types[words + 1] = BTF_KIND_FUNC_PROTO << 24 | functions[i].args;
		words += 3 + 2 * functions[i].args;
		id++;
		types[words] = (uint32_t)used;
		types[words + 1] = BTF_KIND_FUNC << 24;
		types[words + 2] = id++;
		words += 3;
		memcpy(strings + used, functions[i].name, strlen(functions[i].name) + 1);
		used += strlen(functions[i].name) + 1;
	}
	header[3] = header[4] = words * 4;
	header[5] = (uint32_t)used;
	memcpy(bytes, header, sizeof(header));
	memcpy(bytes + sizeof(header), types, words * 4);
	memcpy(bytes + sizeof(header) + words * 4, strings, used);
	fake_kernel_file(kernel, "/sys/kernel/btf/vmlinux", bytes,
			 sizeof(header) + words * 4 + used);
}

/* A recent kernel where all is well; what a test says comes before. */
static const char well[] = "directory /sys/kernel\n"
			   "directory /sys/kernel/tracing\n"
			   "directory /sys/bus/event_source/devices\n"
			   "file /sys/bus/event_source/devices/kprobe/type 8\n"
			   "file /sys/bus/event_source/devices/kprobe/format/retprobe config:0\\n\n"
			   "file /sys/bus/event_source/devices/uprobe/type 9\n"
			   "file /proc/sys/kernel/ftrace_enabled 1\n"
			   "file /proc/sys/kernel/perf_event_paranoid 2\n"
			   "file /proc/kallsyms 0 T ksys_mmap_pgoff\\n0 t twin\\n0 t twin\\n0 T "
			   "__x64_sys_mmap\\n0 t mod_fn\\t[ext4]\\n"
			   "0 T __se_sys_open\\n0 T do_mmap\\n0 t narrowed.isra.0\\n\n"
			   "file /sys/kernel/security/lsm lockdown,capability,bpf\n"
			   "file /sys/kernel/security/lockdown [none] integrity confidentiality\n"
			   "filesystem /sys/kernel/tracing tracefs\n"
			   "file /sys/kernel/tracing/events/syscalls/sys_enter_mmap/id 174\n"
			   "directory /sys/kernel/tracing/events/syscalls\n"
			   "file /bin/traced @tests/objects/toy.bpf.o\n"
			   "file /bin/empty\n"
			   "file /usr/lib/libtoy.so.1 @tests/objects/toy.bpf.o\n"
			   "raw_tracepoint_open name=sys_enter -> EINVAL\n"
			   "raw_tracepoint_open name=wide -> ok\n"
			   "raw_tracepoint_open name=module_tp -> EINVAL\n"
			   "raw_tracepoint_open name=- -> ok\n"
			   "raw_tracepoint_open -> ENOENT\n";

#define NO_SYS "error /sys/ ENOENT\nfilesystem /sys/kernel/tracing sysfs\n"
#define NO_BTF "error /sys/kernel/btf/vmlinux ENOENT\n"

static struct scene scene_new(const char *script, unsigned int flags)
{
	size_t length = strlen(script);
	struct scene scene = {0};
	char *whole = malloc(length + sizeof(well));

	if (!whole)
		abort();
	memcpy(whole, script, length);
	memcpy(whole + length, well, sizeof(well));
	scene.kernel = fake_kernel_new(whole);
	free(whole);
	if (!strstr(script, "/sys/kernel/btf") && !strstr(script, "error /sys/ "))
		give_btf(scene.kernel);
	ck_assert_int_eq(featsel_context_new(&scene.context, NULL), 0);
	ck_assert_int_eq(host_live_on(scene.context, scene.kernel, flags, &scene.host, NULL), 0);
	return scene;
}

static void scene_end(struct scene *scene)
{
	featsel_host_free(scene->host);
	featsel_context_free(scene->context);
}

static void compare(const char *what, const struct featsel_answer *answer, const char *verdict,
		    const char *evidence, const char *remedy)
{
	char text[128];

	snprintf(text, sizeof(text), "%s%s%s", featsel_verdict_name(answer->verdict),
		 answer->reason ? " " : "", answer->reason ? answer->reason : "");
	ck_assert_msg(strcmp(text, verdict) == 0, "%s: %s, not %s (%s)", what, text, verdict,
		      answer->evidence);
	ck_assert_msg(!evidence || strstr(answer->evidence, evidence),
		      "%s: evidence '%s', not '%s'", what, answer->evidence, evidence);
	ck_assert_msg(!remedy || (answer->remedy && strstr(answer->remedy, remedy)),
		      "%s: remedy '%s', not '%s'", what, answer->remedy ? answer->remedy : "",
		      remedy);
}

struct situation {
	const char *script, *feature, *verdict, *evidence, *remedy;
	unsigned int flags;
};

static void run(const struct situation *situation)
{
	struct scene scene = scene_new(situation->script, situation->flags);
	struct featsel_answer answer = {.size = sizeof(answer)};

	ck_assert_int_eq(featsel_host_ask(scene.host, situation->feature, &answer, NULL), 0);
	compare(situation->feature, &answer, situation->verdict, situation->evidence,
		situation->remedy);
	scene_end(&scene);
}

#define THOROUGH FEATSEL_HOST_THOROUGH
#define PMU	 "/sys/bus/event_source/devices/kprobe/type"

static const struct situation kprobes[] = {
	{"", "attach:kprobe/ksys_mmap_pgoff", "yes", "'ksys_mmap_pgoff' is in /proc/kallsyms", NULL,
	 0},
	{"", "attach:kretprobe/ksys_mmap_pgoff", "yes", NULL, NULL, 0},
	{"", "attach:kprobe/ksys_mmap_pgoff+0x10", "unknown inconclusive", "+0x10", NULL, 0},
	{"", "attach:kprobe/ksys_mmap_pgoff+0x10", "yes", "takes a probe", NULL, THOROUGH},
	{"perf_event_open type=8 -> EILSEQ\n", "attach:kprobe/ksys_mmap_pgoff+1",
	 "no symbol-not-probeable", "EILSEQ", NULL, THOROUGH},
	{"link_create symbol=do_mmap -> ENOENT\n", "attach:kprobe.multi/do_mmap",
	 "no symbol-missing", "ENOENT", NULL, THOROUGH},
	{"", "attach:kprobe/ksys_mmap_pgof", "no symbol-missing", "no function 'ksys_mmap_pgof'",
	 NULL, 0},
	{"", "attach:kprobe/twin", "no symbol-ambiguous", "more than once", NULL, 0},
	{"", "attach:kprobe/mod_fn", "yes", NULL, NULL, 0},
	{"", "attach:kprobe/narrowed", "no symbol-missing", "but 'narrowed.isra.0'",
	 "write 'narrowed.isra.0'", 0},
	{"file /proc/kallsyms\n", "attach:kprobe/twin", "unknown inconclusive", "ENODATA", NULL, 0},
	{"error /proc/kallsyms EACCES\n", "attach:kprobe/twin", "unknown inconclusive",
	 "/proc/kallsyms: EACCES", NULL, 0},
	/* no /sys, no tracefs: nobody can tell, and nothing can be attached */
	{NO_SYS, "attach:kprobe/ksys_mmap_pgoff", "no tracefs-unavailable", PMU ": ENOENT",
	 "mount -t sysfs nodev /sys", 0},
	{"error " PMU " ENOENT\n", "attach:kprobe/ksys_mmap_pgoff", "no kprobes-not-built",
	 PMU ": ENOENT", "CONFIG_KPROBES", 0},
	{"error " PMU " ENOENT\nfilesystem /sys/kernel/tracing sysfs\n",
	 "attach:kprobe/ksys_mmap_pgoff", "no kprobes-not-built", PMU ": ENOENT", NULL, 0},
	{"error " PMU " ENOENT\nfile /sys/kernel/tracing/kprobe_events\n",
	 "attach:kprobe/ksys_mmap_pgoff", "yes", "/sys/kernel/tracing/kprobe_events", NULL, 0},
	{"file /sys/kernel/debug/kprobes/blacklist "
	 "0x1-0x2\\tother\\n0x1-0x2\\tksys_mmap_pgoff\\n\n",
	 "attach:kprobe/ksys_mmap_pgoff", "no symbol-not-probeable", "blacklist", NULL, 0},
	{"file /sys/kernel/debug/kprobes/blacklist "
	 "0x1-0x2\\tksys_mmap_pgoff_x\\n0x1-0x2\\tx_ksys_mmap_pgoff\\n\n",
	 "attach:kprobe/ksys_mmap_pgoff", "yes", NULL, NULL, 0},
	{"file /sys/kernel/debug/kprobes/enabled 0\\n\n", "attach:kprobe/ksys_mmap_pgoff",
	 "no kprobes-disabled", "/sys/kernel/debug/kprobes/enabled: 0", NULL, 0},
	{"file /proc/sys/kernel/ftrace_enabled 0\\n\n", "attach:kprobe/ksys_mmap_pgoff",
	 "no ftrace-disabled", "/proc/sys/kernel/ftrace_enabled: 0",
	 "sysctl kernel.ftrace_enabled=1", 0},
	{"file /proc/sys/kernel/ftrace_enabled 0\\n\n", "attach:kprobe/ksys_mmap_pgoff+8", "yes",
	 NULL, NULL, THOROUGH},
	{"machine aarch64\nfile /proc/sys/kernel/ftrace_enabled 0\\n\n",
	 "attach:kprobe/ksys_mmap_pgoff", "yes", NULL, NULL, 0},
	{"file /sys/kernel/security/lockdown none integrity [confidentiality]\n",
	 "attach:kprobe/ksys_mmap_pgoff", "denied lockdown", "confidentiality", NULL, 0},
	{"file /sys/kernel/security/lockdown none [integrity] confidentiality\n",
	 "attach:kprobe/ksys_mmap_pgoff", "yes", NULL, NULL, 0},
	{"caps bpf,perfmon\nfile /proc/sys/kernel/perf_event_paranoid 3\nperf_event_open -> "
	 "EACCES\n",
	 "attach:kprobe/ksys_mmap_pgoff", "denied perf-paranoid", "perf_event_paranoid: 3",
	 "CAP_SYS_ADMIN", 0},
	{"caps bpf\nperf_event_open -> EACCES\n", "attach:kprobe/ksys_mmap_pgoff",
	 "denied no-capability", "CAP_PERFMON", "CAP_PERFMON", 0},
	{"perf_event_open -> EACCES\n", "attach:kprobe/ksys_mmap_pgoff", "denied policy-denied",
	 "EACCES", NULL, 0},
	{"perf_event_open -> ENOSYS\n", "attach:kprobe/ksys_mmap_pgoff",
	 "no attach-type-unsupported", "ENOSYS", "CONFIG_PERF_EVENTS", 0},
	{"perf_event_open -> EMFILE\n", "attach:kprobe/ksys_mmap_pgoff", "unknown inconclusive",
	 "EMFILE", NULL, 0},
	/* a real attach */
	{"", "attach:kprobe/ksys_mmap_pgoff", "yes", "takes a probe", NULL, THOROUGH},
	{"perf_event_open type=8 config=1 -> ok\nperf_event_open type=8 -> EIO\n",
	 "attach:kretprobe/ksys_mmap_pgoff", "yes", "takes a probe", NULL, THOROUGH},
	{"perf_event_open type=8 -> EINVAL\n", "attach:kprobe/ksys_mmap_pgoff",
	 "no symbol-not-probeable", "EINVAL", NULL, THOROUGH},
	{"perf_event_open type=8 -> ENOENT\n", "attach:kprobe/ksys_mmap_pgoff", "no symbol-missing",
	 "ENOENT", NULL, THOROUGH},
	{"perf_event_open type=8 -> EADDRNOTAVAIL\n", "attach:kprobe/ksys_mmap_pgoff",
	 "no symbol-ambiguous", NULL, NULL, THOROUGH},
	{"perf_event_open type=8 -> EIO\n", "attach:kprobe/ksys_mmap_pgoff", "unknown inconclusive",
	 "EIO", NULL, THOROUGH},
	/* system calls by their own name */
	{"", "attach:ksyscall/mmap", "yes", "'__x64_sys_mmap'", NULL, 0},
	{"", "attach:kretsyscall/mmap", "yes", "'__x64_sys_mmap'", NULL, 0},
	{"", "attach:ksyscall/open", "yes", "'__se_sys_open'", NULL, 0},
	{"", "attach:ksyscall/zork", "no symbol-missing", "'__x64_sys_zork'", NULL, 0},
	{"machine aarch64\n", "attach:ksyscall/mmap", "no symbol-missing", "'__arm64_sys_mmap'",
	 NULL, 0},
	{"error " PMU " ENOENT\n", "attach:ksyscall/mmap", "no kprobes-not-built", NULL, NULL, 0},
	/* only a link tells */
	{"link_create -> EINVAL\n", "attach:kprobe.multi/do_mmap", "no attach-type-unsupported",
	 "EINVAL", NULL, 0},
	{"link_create -> EOPNOTSUPP\n", "attach:kprobe.multi/do_mmap", "no attach-type-unsupported",
	 "EOPNOTSUPP", NULL, 0},
	{"link_create -> ESRCH\n", "attach:kprobe.multi/do_mmap", "yes", NULL, NULL, 0},
	{"", "attach:kprobe.multi/do_mmap", "yes", NULL, NULL, 0},
	{"", "attach:kprobe.multi/do_*", "yes", "'do_*' matches", NULL, 0},
	{"", "attach:kprobe.multi/zork_*", "no symbol-missing", "'zork_*'", NULL, 0},
	{"", "attach:kprobe.multi/zork", "no symbol-missing", "'zork'", NULL, 0},
	{"file /proc/sys/kernel/ftrace_enabled 0\n", "attach:kprobe.multi/do_mmap",
	 "no ftrace-disabled", NULL, NULL, 0},
	{"link_create attach_type=trace_kprobe_session -> EINVAL\n",
	 "attach:kprobe.session/do_mmap", "no attach-type-unsupported", NULL, NULL, 0},
};

/* What tracefs tells of fields: usually, on PREEMPT_RT and RHEL 9.3, and somewhere else. */
#define MMAP_FORMAT "/sys/kernel/tracing/events/syscalls/sys_enter_mmap/format"
#define COMMON_FIELDS                                                                       \
	"file " MMAP_FORMAT " name: sys_enter_mmap\\nID: 174\\nformat:\\n"                  \
	"\\tfield:unsigned short common_type;\\toffset:0;\\tsize:2;\\tsigned:0;\\n"         \
	"\\tfield:unsigned char common_flags;\\toffset:2;\\tsize:1;\\tsigned:0;\\n"         \
	"\\tfield:unsigned char common_preempt_count;\\toffset:3;\\tsize:1;\\tsigned:0;\\n" \
	"\\tfield:int common_pid;\\toffset:4;\\tsize:4;\\tsigned:1;\\n"
#define CALL_FIELDS(number, addr, len)                                              \
	"\\tfield:int __syscall_nr;\\toffset:" number ";\\tsize:4;\\tsigned:1;\\n"  \
	"\\tfield:unsigned long addr;\\toffset:" addr ";\\tsize:8;\\tsigned:0;\\n"  \
	"\\tfield:unsigned long len;\\toffset:" len ";\\tsize:8;\\tsigned:0;\\n"    \
	"\\tfield:char name[16];\\toffset:80;\\tsize:16;\\tsigned:0;\\n"            \
	"\\tfield:__data_loc char[] path;\\toffset:96;\\tsize:4;\\tsigned:0;\\n\\n" \
	"print fmt: \"addr: 0x%08lx\", ((unsigned long)(REC->addr))\\n\n"
#define USUAL_FORMAT COMMON_FIELDS CALL_FIELDS("8", "16", "24")
#define RT_FORMAT                                                                               \
	COMMON_FIELDS "\\tfield:unsigned char common_preempt_lazy_count;\\toffset:8;\\tsize:1;" \
		      "\\tsigned:0;\\n" CALL_FIELDS("12", "16", "24")
#define THIRD_FORMAT                                                     \
	COMMON_FIELDS "\\tfield:long common_more;\\toffset:8;\\tsize:8;" \
		      "\\tsigned:0;\\n" CALL_FIELDS("16", "24", "32")

static const struct situation fields[] = {
	{USUAL_FORMAT, "attach:tracepoint/syscalls/sys_enter_mmap[args@16]", "yes",
	 "\"field:unsigned long addr; offset:16; size:8; signed:0;\"", NULL, 0},
	{RT_FORMAT, "attach:tracepoint/syscalls/sys_enter_mmap[args@16]", "yes",
	 "\"field:unsigned long addr; offset:16; size:8; signed:0;\"", NULL, 0},
	{THIRD_FORMAT, "attach:tp/syscalls/sys_enter_mmap[args@16]", "no tracepoint-layout",
	 MMAP_FORMAT ": \"field:unsigned long addr; offset:24; size:8; signed:0;\", not at byte 16",
	 "the kernel's own types", 0},
	{USUAL_FORMAT, "attach:tp/syscalls/sys_enter_mmap[addr@16:8,len@24:8,path@96,name@80:16]",
	 "yes", "\"field:char name[16]; offset:80; size:16; signed:0;\"", NULL, 0},
	{USUAL_FORMAT, "attach:tp/syscalls/sys_enter_mmap[addr@16,len@32,zork]",
	 "no tracepoint-layout",
	 "\"field:unsigned long len; offset:24; size:8; signed:0;\", not at "
	 "byte 32",
	 NULL, 0},
	{USUAL_FORMAT, "attach:tp/syscalls/sys_enter_mmap[len@24:4]", "no tracepoint-layout",
	 "signed:0;\", not of 4 bytes", NULL, 0},
	{USUAL_FORMAT, "attach:tp/syscalls/sys_enter_mmap[len,zork]", "no tracepoint-layout",
	 "there is no field 'zork'", NULL, 0},
	{USUAL_FORMAT, "attach:tp/syscalls/sys_enter_mmap[len]", "yes", NULL, NULL, 0},
	{"", "attach:tp/syscalls/sys_enter_zork[args@16]", "no tracepoint-missing",
	 "'syscalls' has others", NULL, 0},
	{"file " MMAP_FORMAT " name: sys_enter_mmap\n",
	 "attach:tp/syscalls/sys_enter_mmap[args@16]", "unknown inconclusive",
	 "there is no field in it", NULL, 0},
	{"error " MMAP_FORMAT " EIO\n", "attach:tp/syscalls/sys_enter_mmap[args@16]",
	 "unknown inconclusive", MMAP_FORMAT ": EIO", NULL, 0},
	{"filesystem /sys/kernel/tracing sysfs\n", "attach:tp/syscalls/sys_enter_mmap[args@16]",
	 "no tracefs-unavailable", NULL, "mount -t tracefs nodev /sys/kernel/tracing", 0},
	{"caps bpf,perfmon\nerror /sys/kernel/tracing/ EACCES\n",
	 "attach:tp/syscalls/sys_enter_mmap[args@16]", "denied tracefs-permission", "EACCES",
	 "CAP_DAC_READ_SEARCH", 0},
};

static const struct situation tracepoints[] = {
	{"", "attach:tracepoint/syscalls/sys_enter_mmap", "yes",
	 "/sys/kernel/tracing/events/syscalls/sys_enter_mmap/id: 174", NULL, 0},
	{"filesystem /sys/kernel/tracing sysfs\n", "attach:tracepoint/syscalls/sys_enter_mmap",
	 "no tracefs-unavailable", NULL, "mount -t tracefs nodev /sys/kernel/tracing", 0},
	{NO_SYS, "attach:tp/syscalls/sys_enter_mmap", "no tracefs-unavailable", NULL,
	 "mount -t sysfs", 0},
	{"filesystem /sys/kernel/tracing sysfs\nerror /sys/kernel/tracing ENOENT\n",
	 "attach:tp/syscalls/sys_enter_mmap", "no tracefs-unavailable", NULL, "CONFIG_TRACING", 0},
	{"", "attach:tracepoint/syscalls/sys_enter_zork", "no tracepoint-missing",
	 "'syscalls' has others", NULL, 0},
	{"", "attach:tracepoint/zork/zork", "no tracepoint-missing",
	 "/sys/kernel/tracing/events/zork: ENOENT", NULL, 0},
	{"", "attach:tracepoint/zork", "no tracepoint-missing", NULL, NULL, 0},
	{"", "attach:tracepoint/../../../../etc/passwd", "no tracepoint-missing", NULL, NULL, 0},
	{"caps bpf,perfmon\nerror /sys/kernel/tracing/ EACCES\n",
	 "attach:tracepoint/syscalls/sys_enter_mmap", "denied tracefs-permission", "EACCES",
	 "CAP_DAC_READ_SEARCH", 0},
	{"caps bpf,perfmon\nfilesystem /sys/kernel/tracing sysfs\nerror /sys/kernel/debug/ "
	 "EACCES\n",
	 "attach:tracepoint/syscalls/sys_enter_mmap", "denied tracefs-permission", NULL, NULL, 0},
	{"error /sys/kernel/tracing/events/ ENOENT\nfile /sys/kernel/security/lockdown none "
	 "[confidentiality]\n",
	 "attach:tracepoint/syscalls/sys_enter_mmap", "denied lockdown", NULL, NULL, 0},
	{"error /sys/kernel/tracing/ EPERM\nfile /sys/kernel/security/lockdown none "
	 "[confidentiality]\n",
	 "attach:tracepoint/syscalls/sys_enter_mmap", "denied lockdown", NULL, NULL, 0},
	{"caps bpf,perfmon\nfile /proc/sys/kernel/perf_event_paranoid 4\nperf_event_open -> "
	 "EACCES\n",
	 "attach:tracepoint/syscalls/sys_enter_mmap", "denied perf-paranoid", NULL, NULL, 0},
	{"", "attach:raw_tracepoint/sys_enter", "yes", "EINVAL", NULL, 0},
	{"", "attach:raw_tp.w/sys_enter", "yes", NULL, NULL, 0},
	{"", "attach:raw_tp/wide", "yes", "attached", NULL, 0},
	{"", "attach:raw_tp/zork", "no tracepoint-missing", "ENOENT", NULL, 0},
	{"raw_tracepoint_open name=sys_enter -> EPERM\ncaps bpf\n", "attach:raw_tp/sys_enter",
	 "denied no-capability", NULL, "CAP_PERFMON", 0},
	{"raw_tracepoint_open name=sys_enter -> EMFILE\n", "attach:raw_tp/sys_enter",
	 "unknown inconclusive", "EMFILE", NULL, 0},
	{"", "attach:tp_btf/sys_enter", "yes", NULL, NULL, 0},
	{"", "attach:tp_btf/zork", "no tracepoint-missing", "no typedef 'btf_trace_zork'", NULL, 0},
	{"", "attach:tp_btf/module_tp", "unknown inconclusive", "module_tp", NULL, 0},
	{NO_BTF, "attach:tp_btf/sys_enter", "no btf-missing", "/sys/kernel/btf/vmlinux: ENOENT",
	 NULL, 0},
	{"prog_load type=tracing -> EPERM\n", "attach:tp_btf/sys_enter", "denied policy-denied",
	 "EPERM, empty log", NULL, 0},
	{"", "attach:iter/task", "yes", NULL, NULL, 0},
	{"", "attach:iter/zork", "no attach-type-unsupported", "bpf_iter_zork", NULL, 0},
	{NO_BTF, "attach:iter/task", "no btf-missing", NULL, NULL, 0},
	{"", "attach:perf_event", "yes", NULL, NULL, 0},
	{"perf_event_open -> EACCES\ncaps bpf,perfmon\nfile /proc/sys/kernel/perf_event_paranoid "
	 "3\n",
	 "attach:perf_event", "denied perf-paranoid", NULL, NULL, 0},
};

static const struct situation trampolines[] = {
	{"", "attach:fentry/ksys_mmap_pgoff", "yes", NULL, NULL, 0},
	{"", "attach:fexit/ksys_mmap_pgoff", "yes", NULL, NULL, THOROUGH},
	{"", "attach:fexit/ksys_mmap_pgoff[0,6]", "yes", "reads these words", NULL, 0},
	{"prog_load insns=3 -> EACCES \"func 'ksys_mmap_pgoff' arg0 type FWD is not a struct\\n"
	 "invalid bpf_context access off=0 size=8\\n\"\n",
	 "attach:fexit/ksys_mmap_pgoff[0]", "no signature-unsupported",
	 "\"func 'ksys_mmap_pgoff' arg0 type FWD is not a struct\"", NULL, 0},
	{"prog_load insns=3 -> EACCES \"invalid bpf_context access off=96 size=8\\n\"\n",
	 "attach:tp_btf/sys_enter[12]", "no signature-unsupported",
	 "\"invalid bpf_context access off=96 size=8\"", NULL, 0},
	{"", "attach:fentry/zork[0]", "no symbol-missing", "no func 'zork'", NULL, 0},
	{NO_BTF, "attach:fentry/ksys_mmap_pgoff[0]", "no btf-missing", NULL, NULL, 0},
	{"prog_load type=tracing -> EPERM\n", "attach:tp_btf/sys_enter[0]", "denied policy-denied",
	 "EPERM, empty log", NULL, 0},
	{"", "attach:fentry/zork", "no symbol-missing", "no func 'zork'", NULL, 0},
	{"", "attach:fentry/mod_fn", "unknown inconclusive", "module", NULL, 0},
	{"", "attach:fentry/ext4:mod_fn", "unknown inconclusive", "module", NULL, 0},
	{NO_BTF, "attach:fentry/ksys_mmap_pgoff", "no btf-missing",
	 "/sys/kernel/btf/vmlinux: ENOENT", NULL, 0},
	{"error /sys/kernel/btf/vmlinux EACCES\ncaps bpf,perfmon\n",
	 "attach:fentry/ksys_mmap_pgoff", "denied no-capability", NULL, NULL, 0},
	{"file /sys/kernel/btf/vmlinux what stands here is no BTF at all\n",
	 "attach:fentry/ksys_mmap_pgoff", "unknown inconclusive", "EBADMSG", NULL, 0},
	{"prog_load type=tracing -> EPERM\n", "attach:fentry/ksys_mmap_pgoff",
	 "denied policy-denied", "bpf(BPF_PROG_LOAD): EPERM, empty log, full capabilities", NULL,
	 0},
	{"raw_tracepoint_open name=- -> 524\n", "attach:fentry/ksys_mmap_pgoff", "yes", NULL, NULL,
	 0},
	{"raw_tracepoint_open name=- -> 524\n", "attach:fentry/ksys_mmap_pgoff",
	 "no attach-type-unsupported", "errno 524", NULL, THOROUGH},
	{"raw_tracepoint_open name=- -> 524\n", "attach:fentry/do_mmap", "no signature-unsupported",
	 "9 parameters", NULL, 0},
	{"", "attach:fentry/do_mmap", "yes", NULL, NULL, 0},
	{"raw_tracepoint_open name=- -> EBUSY\n", "attach:fentry/ksys_mmap_pgoff",
	 "no symbol-not-probeable", "EBUSY", NULL, THOROUGH},
	{"raw_tracepoint_open name=- -> EPERM\n", "attach:fentry/ksys_mmap_pgoff",
	 "denied policy-denied", NULL, NULL, THOROUGH},
	{"file /proc/sys/kernel/ftrace_enabled 0\n", "attach:fentry/ksys_mmap_pgoff",
	 "no ftrace-disabled", NULL, NULL, 0},
	{"prog_load sleepable=1 -> EINVAL \"ksys_mmap_pgoff is not sleepable\"\n",
	 "attach:fentry.s/ksys_mmap_pgoff", "no symbol-not-probeable",
	 "\"ksys_mmap_pgoff is not sleepable\"", NULL, 0},
	{"prog_load sleepable=1 -> EINVAL \"ksys_mmap_pgoff is not sleepable\"\n",
	 "attach:fentry/ksys_mmap_pgoff", "yes", NULL, NULL, 0},
	{"prog_load type=tracing -> EINVAL \"ksys_mmap_pgoff() is not modifiable\"\n",
	 "attach:fmod_ret/ksys_mmap_pgoff", "no symbol-not-probeable", "is not modifiable", NULL,
	 0},
	{"", "attach:lsm/mmap_file", "yes", NULL, NULL, 0},
	{"", "attach:lsm/zork", "no hook-missing", "bpf_lsm_zork", NULL, 0},
	{NO_BTF, "attach:lsm/mmap_file", "no btf-missing", NULL, NULL, 0},
	{"file /sys/kernel/security/lsm lockdown,yama\n", "attach:lsm/mmap_file", "no lsm-inactive",
	 "lockdown,yama", "lsm=", 0},
	{"error /sys/kernel/security/lsm ENOENT\nlsm_list ENOSYS\n", "attach:lsm/mmap_file",
	 "unknown inconclusive", NULL, "mount -t securityfs", 0},
	{"error /sys/kernel/security/lsm ENOENT\nlsm_list ENOSYS\nprog_load type=lsm -> EPERM\n",
	 "attach:lsm/mmap_file", "denied policy-denied", NULL, NULL, 0},
	{"raw_tracepoint_open name=- -> 524\n", "attach:lsm/mmap_file",
	 "no attach-type-unsupported", "errno 524", NULL, THOROUGH},
	{"file /proc/sys/kernel/ftrace_enabled 0\n", "attach:lsm/mmap_file", "no ftrace-disabled",
	 NULL, NULL, 0},
};

static const struct situation others[] = {
	/* an object of ours stands for a program: it has functions, too */
	{"", "attach:uprobe//bin/traced:toy_kprobe", "yes", "/bin/traced: has 'toy_kprobe'", NULL,
	 0},
	{"", "attach:uprobe//bin/traced:toy_kprobe+0x8", "yes", NULL, NULL, 0},
	{"", "attach:uprobe//bin/traced:0x40", "yes", "/bin/traced: there", NULL, 0},
	{"", "attach:uretprobe//bin/traced:0x40", "yes", "/bin/traced: there", NULL, 0},
	{"", "attach:uretprobe//bin/traced:0x44", "no symbol-not-probeable",
	 "/bin/traced: no function begins at 0x44", "name a function", 0},
	{"", "attach:uretprobe//bin/empty:0x40", "no symbol-not-probeable",
	 "/bin/empty: has no symbols that tell", "a file that has its symbols", 0},
	{"", "attach:uprobe//bin/empty:0x40", "yes", NULL, NULL, 0},
	{"", "attach:uprobe//bin/traced:main", "no symbol-missing", "/bin/traced: no 'main'", NULL,
	 0},
	{"", "attach:uprobe//bin/empty:main", "no symbol-missing", "/bin/empty: no symbols", NULL,
	 0},
	{"", "attach:uprobe//bin/traced", "no symbol-missing", "there, but nothing in it is named",
	 "name a function behind a colon", 0},
	{"", "attach:uprobe/:main", "no symbol-missing", "':main' names no file", NULL, 0},
	{"", "attach:uretprobe/libtoy.so.1:toy_kprobe+0x4", "no symbol-not-probeable",
	 "is not the beginning of a function", "leave the offset out", 0},
	{"", "attach:uretprobe/libtoy.so.1:toy_kprobe+0x0", "yes", NULL, NULL, 0},
	{"", "attach:uprobe/libtoy.so.1:toy_kprobe+0x4", "yes", NULL, NULL, 0},
	{"", "attach:uprobe//bin/zork:main", "no symbol-missing", "/bin/zork: ENOENT", NULL, 0},
	{"error /bin/traced EACCES\n", "attach:uprobe//bin/traced:main", "unknown inconclusive",
	 "/bin/traced: EACCES", NULL, 0},
	{"", "attach:uretprobe/libtoy.so.1:toy_kprobe", "yes", "/usr/lib/libtoy.so.1: has", NULL,
	 0},
	{"", "attach:uretprobe/libnone.so.6:malloc", "no symbol-missing", "libnone.so.6: ENOENT",
	 NULL, 0},
	{"", "attach:usdt//bin/traced:a:b", "no symbol-missing", "no 'a:b'", NULL, 0},
	{"", "attach:usdt//bin/traced:a", "no symbol-missing", "no 'a'", NULL, 0},
	{"", "attach:freplace/f", "no symbol-missing", "'f'", NULL, 0},
	{"prog_load type=ext -> EPERM\n", "attach:freplace/f", "denied policy-denied", NULL, NULL,
	 0},
	{"error /sys/bus/event_source/devices/uprobe/type ENOENT\n",
	 "attach:uprobe//bin/traced:main", "no attach-type-unsupported", "uprobe/type: ENOENT",
	 "CONFIG_UPROBE_EVENTS", 0},
	{"perf_event_open -> EACCES\ncaps bpf\n", "attach:uprobe//bin/traced:toy_kprobe",
	 "denied no-capability", NULL, NULL, 0},
	{"link_create -> EBADF\n", "link:cgroup", "yes", "EBADF", NULL, 0},
	{"link_create -> EINVAL\n", "link:cgroup", "no attach-type-unsupported", "EINVAL", NULL, 0},
	{"link_create -> EPERM\n", "link:cgroup", "denied policy-denied", "EPERM", NULL, 0},
	{"link_create -> EMFILE\n", "link:cgroup", "unknown inconclusive", "EMFILE", NULL, 0},
	{"link_create -> EOPNOTSUPP\n", "link:xdp", "yes", NULL, NULL, 0},
	{"link_create -> EBUSY\n", "link:xdp", "yes", NULL, NULL, 0},
	{"link_create -> EINVAL\n", "link:perf_event", "no attach-type-unsupported", NULL, NULL, 0},
	{"link_create -> EBADF\n", "link:perf_event", "yes", NULL, NULL, 0},
	{"link_create -> EAFNOSUPPORT\n", "link:netfilter", "yes", NULL, NULL, 0},
	{"link_create -> ENODEV\n", "link:tcx", "yes", NULL, NULL, 0},
	{"link_create -> EINVAL\n", "link:netkit", "no attach-type-unsupported", NULL, NULL, 0},
	{"link_create -> ENODEV\n", "attach:tcx/ingress", "yes", NULL, NULL, 0},
	{"link_create -> EINVAL\n", "attach:tcx/ingress", "no attach-type-unsupported", NULL, NULL,
	 0},
	{"link_create -> EBADF\n", "link:raw_tracepoint", "yes", NULL, NULL, 0},
	{"link_create -> EINVAL\n", "link:raw_tracepoint", "no attach-type-unsupported", NULL, NULL,
	 0},
	{"link_create -> EOPNOTSUPP\n", "link:kprobe_multi", "no attach-type-unsupported", NULL,
	 NULL, 0},
	{"", "link:uprobe_multi", "no attach-type-unsupported", "BPF_TRACE_UPROBE_MULTI", NULL, 0},
	{NO_BTF, "link:uprobe_multi", "unknown btf-missing", NULL, NULL, 0},
	{"", "link:iter", "yes", NULL, NULL, 0},
	{"", "link:something_new", "no attach-type-unsupported", "BPF_LINK_TYPE_SOMETHING_NEW",
	 NULL, 0},
	{NO_BTF, "link:something_new", "unknown inconclusive", NULL, NULL, 0},
};

START_TEST(kprobe_situations)
{
	run(&kprobes[_i]);
}
END_TEST

START_TEST(tracepoint_situations)
{
	run(&tracepoints[_i]);
}
END_TEST

START_TEST(field_situations)
{
	run(&fields[_i]);
}
END_TEST

START_TEST(trampoline_situations)
{
	run(&trampolines[_i]);
}
END_TEST

START_TEST(other_situations)
{
	run(&others[_i]);
}
END_TEST

/* What a session asks after the kernel refused: files go before errno. */
static const struct {
	const char *script, *section;
	int error;
	const char *verdict, *evidence, *remedy;
} failures[] = {
	{"", "kprobe/ksys_mmap_pgoff", -EINVAL, "no symbol-not-probeable",
	 "attach kprobe/ksys_mmap_pgoff: EINVAL", NULL},
	{"", "kprobe/zork", -ENOENT, "no symbol-missing",
	 "ENOENT, /proc/kallsyms: no function 'zork'", NULL},
	{"", "kprobe/ksys_mmap_pgoff", -EADDRNOTAVAIL, "no symbol-ambiguous", NULL, NULL},
	{"error " PMU " ENOENT\n", "kprobe/ksys_mmap_pgoff", -ENOENT, "no kprobes-not-built",
	 PMU ": ENOENT", NULL},
	{"file /sys/kernel/security/lockdown [confidentiality]\n", "kprobe/ksys_mmap_pgoff", -EPERM,
	 "denied lockdown", NULL, NULL},
	{"caps bpf,perfmon\nfile /proc/sys/kernel/perf_event_paranoid 3\n",
	 "kprobe/ksys_mmap_pgoff", -EACCES, "denied perf-paranoid", NULL, NULL},
	{"", "kprobe/ksys_mmap_pgoff", -EMFILE, "unknown inconclusive", "EMFILE", "ulimit -n"},
	{"", "fentry/ksys_mmap_pgoff", -524, "no attach-type-unsupported", "errno 524", NULL},
	{"", "fentry/do_mmap", -524, "no signature-unsupported", "9 parameters", NULL},
	{"", "fentry/ksys_mmap_pgoff", -EBUSY, "no symbol-not-probeable", "EBUSY", NULL},
	{"", "fentry/ksys_mmap_pgoff", -ENODEV, "no ftrace-disabled", "ENODEV", NULL},
	{"file /proc/sys/kernel/ftrace_enabled 0\n", "fentry/ksys_mmap_pgoff", -EBUSY,
	 "no ftrace-disabled", "EBUSY", NULL},
	{"", "raw_tp/zork", -ENOENT, "no tracepoint-missing", NULL, NULL},
	{"", "raw_tp/sys_enter", -EINVAL, "no signature-unsupported", NULL, NULL},
	{"filesystem /sys/kernel/tracing sysfs\n", "tracepoint/syscalls/sys_enter_mmap", -ENOENT,
	 "no tracefs-unavailable", NULL, NULL},
	{"", "tracepoint/syscalls/sys_enter_zork", -ENOENT, "no tracepoint-missing", NULL, NULL},
	{"link_create -> EINVAL\n", "kprobe.multi/do_mmap", -EINVAL, "no attach-type-unsupported",
	 NULL, NULL},
	{"", "kprobe.multi/do_mmap", -EINVAL, "no attach-type-unsupported", NULL, NULL},
	{"", "kprobe/ksys_mmap_pgoff", -ENFILE, "unknown inconclusive", "ENFILE", "fs.file-max"},
	{"", "kprobe/ksys_mmap_pgoff", -ENOMEM, "unknown inconclusive", "ENOMEM", "memory.max"},
	{"", "fentry/ksys_mmap_pgoff", -E2BIG, "denied target-busy", "E2BIG, it takes no more",
	 "bpftool link"},
	{"", "tracepoint/syscalls/sys_enter_mmap", -E2BIG, "denied target-busy",
	 "E2BIG, it takes 64", "bpftool link"},
	{"", "uprobe//bin/traced:toy_kprobe", -EIO, "no symbol-not-probeable", "page cache",
	 "copy the file"},
	{"", "uprobe//bin/traced:toy_kprobe", -524, "no symbol-not-probeable", "instruction", NULL},
	{"", "uprobe//bin/traced:toy_kprobe", -ENOEXEC, "no symbol-not-probeable", "instruction",
	 NULL},
	{"error /sys/kernel/btf/vmlinux EIO\n", "struct_ops", -EINVAL, "no attach-type-unsupported",
	 "EINVAL, the kernel does not", "the kernel's log"},
	{"error /sys/kernel/btf/vmlinux EIO\n", "struct_ops", -EEXIST, "denied target-busy",
	 "EEXIST", "bpftool prog"},
	{"", "socket", -ENOMEM, "denied socket-memory", "optmem_max: ?", "net.core.optmem_max="},
	{"file /proc/sys/net/core/optmem_max 10240\n", "socket", -ENOMEM, "denied socket-memory",
	 "ENOMEM, the program is larger than what a socket may have: "
	 "/proc/sys/net/core/optmem_max: 10240",
	 "net.core.optmem_max="},
	{"", "xdp@lo,xdp_mode=native", -EINVAL, "no attach-type-unsupported",
	 "EINVAL, the driver does not", "xdp_mode: generic"},
	{"", "xdp@lo,xdp_mode=native", -EBUSY, "denied target-busy", "EBUSY", NULL},
	{"", "xdp@lo,xdp_mode=generic", -EINVAL, "no attach-type-unsupported", "attach xdp: EINVAL",
	 "newer kernel"},
};

START_TEST(a_failed_attach_has_a_reason)
{
	struct scene scene = scene_new(failures[_i].script, 0);
	struct section section;
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct arena *arena = arena_new();
	struct attach_options on;

	ck_assert_int_eq(on_parse(arena, failures[_i].section, &section, &on), 0);
	section.on = on.said ? &on : NULL;
	answer = host_attach_failure(scene.host->data, failures[_i].error, &section);
	compare(failures[_i].section, &answer, failures[_i].verdict, failures[_i].evidence,
		failures[_i].remedy);
	arena_free(arena);
	scene_end(&scene);
}
END_TEST

/* Each refused opening of a file in debugfs would leave a line in the kernel's log. */
START_TEST(a_locked_down_debugfs_is_left_alone)
{
	struct scene scene = scene_new("file /sys/kernel/security/lockdown none [integrity]\n"
				       "file /sys/kernel/debug/kprobes/enabled 0\n",
				       0);
	struct featsel_answer answer = {.size = sizeof(answer)};

	ck_assert_int_eq(featsel_host_ask(scene.host, "attach:kprobe/do_mmap", &answer, NULL), 0);
	compare("attach:kprobe/do_mmap", &answer, "yes", NULL, NULL);
	scene_end(&scene);
}
END_TEST

/* The raw tracepoint program is loaded once, the perf permission asked once, and nothing stays
 * open. */
START_TEST(questions_are_cheap_and_leave_nothing)
{
	struct scene scene = scene_new("", 0);
	static const char *const features[] = {"attach:raw_tp/sys_enter", "attach:raw_tp/zork",
					       "attach:tracepoint/syscalls/sys_enter_mmap",
					       "attach:kprobe/ksys_mmap_pgoff"};
	struct featsel_answer answer = {.size = sizeof(answer)};
	unsigned int before, loads;

	/* the first no takes the control of programs with it */
	ck_assert_int_eq(featsel_host_ask(scene.host, "attach:raw_tp/quark", &answer, NULL), 0);
	ck_assert_int_eq(featsel_host_ask(scene.host, features[0], &answer, NULL), 0);
	before = fake_kernel_calls(scene.kernel, NULL);
	loads = fake_kernel_calls(scene.kernel, "prog_load");
	for (size_t i = 1; i < ARRAY_SIZE(features); i++)
		ck_assert_int_eq(featsel_host_ask(scene.host, features[i], &answer, NULL), 0);
	ck_assert_uint_eq(fake_kernel_calls(scene.kernel, NULL), before + 1);
	ck_assert_uint_eq(fake_kernel_calls(scene.kernel, "prog_load"), loads);
	ck_assert_uint_eq(fake_kernel_calls(scene.kernel, "perf_event_open"), 1);
	host_targets_free(scene.host->data);
	host_programs_free(scene.host->data);
	ck_assert_uint_eq(fake_kernel_open_fds(scene.kernel), 0);
	scene_end(&scene);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("host-attach");
	TCase *tc = tcase_create("host-attach");

	tcase_add_loop_test(tc, kprobe_situations, 0, ARRAY_SIZE(kprobes));
	tcase_add_loop_test(tc, tracepoint_situations, 0, ARRAY_SIZE(tracepoints));
	tcase_add_loop_test(tc, field_situations, 0, ARRAY_SIZE(fields));
	tcase_add_loop_test(tc, trampoline_situations, 0, ARRAY_SIZE(trampolines));
	tcase_add_loop_test(tc, other_situations, 0, ARRAY_SIZE(others));
	tcase_add_loop_test(tc, a_failed_attach_has_a_reason, 0, ARRAY_SIZE(failures));
	tcase_add_test(tc, a_locked_down_debugfs_is_left_alone);
	tcase_add_test(tc, questions_are_cheap_and_leave_nothing);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return unit_run(suite);
}
