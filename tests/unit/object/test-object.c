/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-object.c - what objects say of themselves, against what their authors know; damaged objects
 * do no harm
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "object/private.h"

static struct arena *arena;
static struct object *object;
static struct featsel_error error;
static const struct object_oracle *oracle; /* who answers, NULL: nobody */

static void set_up(void)
{
	oracle = NULL;
	arena = arena_new();
	object = NULL;
	error = (struct featsel_error){0};
}

static void tear_down(void)
{
	object_release(object);
	arena_free(arena);
}

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "tests/objects/%s.bpf.o", name);
	return unit_build(path);
}

static void open_object(const char *name)
{
	int r = object_read(path_of(name), arena, &object, &error);

	ck_assert_msg(r == 0, "%s: %s", name, error.text);
}

static struct featsel_candidate candidate_of(struct program_ref *ref, const char *program,
					     const char *attach)
{
	*ref = (struct program_ref){.name = program, .attach = attach};
	return (struct featsel_candidate){.name = program, .programs = ref, .n_programs = 1};
}

/* The inferred features, a semicolon after each and a question mark before those that may be
 * needed. Instruction set v3 is the compiler's choice, so it is left out. */
static const char *inferred(const char *program, const char *attach, const char *const *optional)
{
	static char text[4096];
	struct program_ref ref;
	struct featsel_candidate candidate = candidate_of(&ref, program, attach);
	const struct object_inferred *needs;
	size_t i, n, length = 0;

	candidate.optional = optional;
	text[0] = '\0';
	error = (struct featsel_error){0};
	if (object_infer(&(struct object_query){.object = object,
						.candidate = &candidate,
						.oracle = oracle},
			 arena, &needs, &n, &error))
		return error.text;
	for (i = 0; i < n; i++)
		if (strcmp(needs[i].feature->text, "insns:v3") != 0)
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s;",
						   needs[i].reached.how == IS_REACHED ? "" : "?",
						   needs[i].feature->text);
	return text;
}

/* ---- inference against hand-written expectations ---- */

#define RAW(target)	"prog_type:raw_tracepoint;attach:raw_tracepoint/" target ";"
#define RAW_BTF(target) "prog_type:raw_tracepoint;btf:vmlinux;attach:raw_tracepoint/" target ";"
#define TP_BTF(target) \
	"prog_type:tracing;attach_type:trace_raw_tp;btf:vmlinux;attach:tp_btf/" target ";"
#define RING(type) \
	"map_type:ringbuf;helper:" type "/ringbuf_reserve;helper:" type "/ringbuf_submit;"

static const struct {
	const char *object, *program, *features;
} expected[] = {
	{"atomics", "fetches", RAW("sched_process_exit") "insns:atomics;"},
	{"atomics", "adds", RAW("sched_process_fork")},
	{"callback", "loops",
	 RAW("sched_process_exit") "helper:raw_tracepoint/loop;insns:callbacks;"},
	{"core", "fields",
	 RAW_BTF("sched_process_exit") "helper:raw_tracepoint/"
				       "get_current_task;helper:raw_tracepoint/probe_read;"
				       "btf:struct task_struct.real_parent;btf:struct "
				       "task_struct.tgid;"},
	{"core", "nested",
	 RAW_BTF("sched_process_fork") "helper:raw_tracepoint/probe_read;btf:struct "
				       "file.f_path.dentry;"
				       "btf:struct dentry.d_name.name;"},
	{"core", "flavour",
	 RAW_BTF("sched_process_exec") "helper:raw_tracepoint/"
				       "get_current_task;helper:raw_tracepoint/probe_read;"
				       "btf:struct task_struct.__state;"},
	{"core", "value", RAW_BTF("sched_switch") "btf:enum bpf_cmd.BPF_LINK_CREATE;"},
	{"core", "missing",
	 RAW_BTF("sched_wakeup") "helper:raw_tracepoint/probe_read;btf:struct "
				 "no_such_struct.field;"},
	{"core", "existence", RAW_BTF("sched_wakeup_new")},
	{"core", "no_core", RAW("sched_process_wait")},
	{"globals", "uses_data", RAW("sched_process_exit") "insns:global_data;"},
	{"globals", "uses_bss", RAW("sched_process_fork") "insns:global_data;"},
	{"globals", "uses_constant", RAW("sched_process_exec") "insns:global_data;"},
	{"globals", "uses_nothing", RAW("sched_switch")},
	{"guard", "by_value",
	 RAW_BTF("sched_process_exit") "?helper:raw_tracepoint/ktime_get_tai_ns;"
				       "?helper:raw_tracepoint/ktime_get_coarse_ns;"},
	{"guard", "by_field",
	 RAW_BTF("sched_process_fork") "helper:raw_tracepoint/"
				       "get_current_task;helper:raw_tracepoint/probe_read;"
				       "?btf:struct task_struct.no_such_field;"
				       "?btf:struct task_struct.tgid;"},
	{"guard", "by_constant",
	 RAW("sched_process_exec") "helper:raw_tracepoint/ktime_get_boot_ns;insns:global_data;"},
	{"guard", "by_variable",
	 RAW("sched_switch") "helper:raw_tracepoint/ktime_get_tai_ns;insns:global_data;"},
	{"guard", "by_call", RAW_BTF("sched_wakeup") "?helper:raw_tracepoint/ktime_get_tai_ns;"},
	{"guard", "on_both_sides",
	 RAW_BTF("sched_wakeup_new") "?helper:raw_tracepoint/get_prandom_u32;"
				     "helper:raw_tracepoint/ktime_get_boot_ns;"},
	{"kconfig", "reads",
	 RAW("sched_process_exit") "?helper:raw_tracepoint/get_current_task_btf;insns:global_data;"
				   "kconfig:CONFIG_BPF_SYSCALL=y;kconfig:CONFIG_HZ;"},
#if defined(__x86_64__) || defined(__aarch64__) || defined(__s390x__)
	{"kconfig", "wraps",
	 RAW("sched_process_fork") "helper:raw_tracepoint/ktime_get_boot_ns;insns:global_data;"},
#endif
	{"kfunc", "strong",
	 TP_BTF("sched_process_exit") "kfunc:tracing/bpf_rcu_read_lock;kfunc:tracing/"
				      "bpf_rcu_read_unlock;"
				      "btf:func bpf_rcu_read_lock;btf:func bpf_rcu_read_unlock;"},
	{"kfunc", "weak", TP_BTF("sched_process_fork") "?kfunc:tracing/bpf_no_such_kfunc;"},
	{"ksym", "typed",
	 RAW_BTF("sched_process_exit") "helper:raw_tracepoint/per_cpu_ptr;btf:var "
				       "runqueues;ksym:runqueues;"
				       "btf:struct rq.cpu;"},
	{"ksym", "untyped", RAW_BTF("sched_process_fork")},
	{"large", "large", RAW("sched_process_exit") "insns:large;"},
	{"large", "small", RAW("sched_process_fork")},
	{"loop", "bounded",
	 RAW("sched_process_exit") "helper:raw_tracepoint/get_prandom_u32;insns:bounded_loops;"},
	{"loop", "unrolled", RAW("sched_process_fork") "helper:raw_tracepoint/get_prandom_u32;"},
	{"loop", "entered", RAW("sched_process_free") "insns:bounded_loops;insns:entered_loops;"},
	{"loop", "backwards",
	 "program 'backwards': has instructions that no way leads to, which every verifier "
	 "refuses"},
	{"mapinmap", "looks",
	 RAW("sched_process_exit") "map_type:array_of_maps;map_type:lru_hash;"},
	{"mapinmap", "pops",
	 RAW("sched_process_fork") "map_type:hash_of_maps;map_type:stack;helper:raw_tracepoint/"
				   "map_pop_elem;"},
	{"network", "an_xdp", "prog_type:xdp;"},
	{"network", "a_classifier", "prog_type:sched_cls;helper:sched_cls/get_hash_recalc;"},
	{"network", "a_filter", "prog_type:socket_filter;"},
	{"network", "a_connect", "prog_type:cgroup_sock_addr;attach_type:cgroup_inet4_connect;"},
	{"network", "an_egress", "prog_type:cgroup_skb;"},
	{"network", "a_lookup", "prog_type:sk_lookup;attach_type:sk_lookup;"},
	{"network", "a_netfilter", "prog_type:netfilter;"},
	{"old", "old_kprobe",
	 "prog_type:kprobe;attach:kprobe/vfs_open;map_type:perf_event_array;helper:kprobe/"
	 "perf_event_output;"
	 "attach:perf_event;"},
	{"pair", "exec_fentry",
	 "prog_type:tracing;attach_type:trace_fentry;btf:vmlinux;attach:fentry/"
	 "begin_new_exec;" RING("tracing")},
	{"pair", "exec_kprobe", "prog_type:kprobe;attach:kprobe/begin_new_exec;" RING("kprobe")},
	{"pair", "exec_tracepoint",
	 "prog_type:tracepoint;attach:tracepoint/sched/sched_process_exec;" RING("tracepoint")},
	{"proprietary", "free_for_all", RAW("sched_process_fork")},
	{"proprietary", "restricted",
	 "program 'restricted' calls what the kernel gives to GPL compatible programs only, but "
	 "the object's "
	 "license is 'Proprietary'"},
	{"proprietary", "hook",
	 "program 'hook' is an LSM program, which must be GPL compatible, but the object's license "
	 "is "
	 "'Proprietary'"},
	{"reads", "reads",
	 "prog_type:kprobe;attach:kprobe/vfs_open;helper:kprobe/probe_read;helper:kprobe/"
	 "probe_read_str;"},
	{"sections", "optional", RAW("sched_process_exit")},
	{"sections", "sleepable",
	 "prog_type:tracing;attach_type:trace_fentry;btf:vmlinux;attach:fentry.s/do_unlinkat;"},
	{"sections", "twin_one", "prog_type:kprobe;attach:kprobe/do_unlinkat;"},
	{"sections", "twin_two",
	 "prog_type:kprobe;attach:kprobe/do_unlinkat;helper:kprobe/get_prandom_u32;"},
	{"sections", "no_target",
	 "program 'no_target' is in section 'kprobe', which names no target: give one with "
	 "'attach:'"},
	{"sections", "unknown",
	 "program 'unknown' is in section 'no_such_section/x', which libbpf does not know: give "
	 "one with 'attach:'"},
	{"storage", "stores",
	 TP_BTF("sched_process_exit") "map_type:task_storage;helper:tracing/get_current_task_btf;"
				      "helper:tracing/task_storage_get;"},
	{"subprogram", "calls",
	 RAW("sched_process_exit") "map_type:lru_hash;helper:raw_tracepoint/ktime_get_boot_ns;"},
	{"subprogram", "calls_nothing", RAW("sched_process_fork")},
	{"tailcall", "entry",
	 RAW("sched_process_exit") "map_type:prog_array;map_type:queue;helper:raw_tracepoint/"
				   "tail_call;"
				   "helper:raw_tracepoint/map_push_elem;"},
	{"targets", "a_multi", "prog_type:kprobe;attach:kprobe.multi/tcp_*;"},
	{"targets", "a_return", "prog_type:kprobe;attach:kretprobe/vfs_open;"},
	{"targets", "a_syscall", "prog_type:kprobe;attach:ksyscall/openat;"},
	{"targets", "a_uprobe", "prog_type:kprobe;attach:uprobe//bin/sh:main+0x4;"},
	{"targets", "a_usdt",
	 "program 'a_usdt': is a USDT probe, but the object was compiled without bpf/usdt.bpf.h"},
	{"targets", "a_perf_event", "prog_type:perf_event;"},
	{"targets", "a_hook",
	 "prog_type:lsm;attach_type:lsm_mac;btf:vmlinux;attach:lsm/file_open;"},
	{"targets", "an_iterator",
	 "prog_type:tracing;attach_type:trace_iter;btf:vmlinux;attach:iter/task;"},
	{"targets", "a_tracepoint", "prog_type:tracepoint;attach:tp/sched/sched_process_exec;"},
	{"targets", "an_exit",
	 "prog_type:tracing;attach_type:trace_fexit;btf:vmlinux;attach:fexit/do_unlinkat;"},
	{"words", "across_a_call",
	 "prog_type:tracing;attach_type:trace_fentry;btf:vmlinux;attach:fentry/do_unlinkat;"
	 "attach:fentry/do_unlinkat[0,1];"},
	{"words", "half",
	 "prog_type:tracing;attach_type:trace_fexit;btf:vmlinux;attach:fexit/do_unlinkat;"
	 "attach:fexit/do_unlinkat[2];"},
	{"words", "on_a_branch", TP_BTF("sched_switch") "attach:tp_btf/sched_switch[0,2];"},
	{"words", "guarded", TP_BTF("sched_wakeup") "attach:tp_btf/sched_wakeup[0];"},
	{"words", "behind",
	 "prog_type:lsm;attach_type:lsm_mac;btf:vmlinux;attach:lsm/file_open;attach:lsm/"
	 "file_open[0];"
	 "helper:lsm/probe_read;"},
	{"words", "fields",
	 "prog_type:tracepoint;attach:tracepoint/sched/sched_switch;attach:tracepoint/sched/"
	 "sched_switch[prev_comm@8,prev_pid@24,note@40];"},
	{"words", "elsewhere",
	 "prog_type:tracepoint;attach:tracepoint/sched/sched_process_exec;attach:tracepoint/sched/"
	 "sched_process_exec[pid@24];"},
	{"words", "arguments",
	 "prog_type:tracepoint;attach:tp/syscalls/sys_enter_read;attach:tp/syscalls/"
	 "sys_enter_read[number@8];"},
	{"words", "third_argument",
	 "prog_type:tracepoint;attach:tp/syscalls/sys_enter_write;attach:tp/syscalls/"
	 "sys_enter_write[args@16];"},
	{"words", "moved",
	 "prog_type:tracepoint;btf:vmlinux;attach:tracepoint/sched/sched_wakeup;"
	 "btf:struct trace_event_raw_sched_wakeup.pid;"},
	{"words", "registers", "prog_type:kprobe;attach:kprobe/do_unlinkat;"},
	{"unsized", "unsized_table",
	 "map 'table' has no size: give one with 'maps: {table: {max_entries: N}}'"},
	{"unsized", "sized_by_libbpf",
	 RAW("sched_process_exec") "map_type:perf_event_array;helper:raw_tracepoint/"
				   "perf_event_output;attach:perf_event;"},
	{"unsized", "uses_pinned", RAW("sched_wakeup")},
};

START_TEST(inference)
{
	open_object(expected[_i].object);
	ck_assert_str_eq(inferred(expected[_i].program, NULL, NULL), expected[_i].features);
}
END_TEST

/* ---- what is reached, by the answers of scripted hosts ---- */

/* "FEATURE=yes; FEATURE=no", and numbers by their names: "struct T.M=8". */
static const char *find_answer(const char *script, const char *name)
{
	size_t length = strlen(name);
	const char *at;

	for (at = strstr(script, name); at; at = strstr(at + 1, name))
		if (at[length] == '=' && (at == script || at[-1] == ' '))
			return at + length + 1;
	return NULL;
}

static enum featsel_verdict scripted(void *data, const struct feature *feature)
{
	const char *answer = find_answer(data, feature->text);

	if (!answer)
		return FEATSEL_UNKNOWN;
	return *answer == 'y' ? FEATSEL_YES : FEATSEL_NO;
}

static bool scripted_number(void *data, enum object_number kind, const char *name, uint64_t *ret)
{
	const char *answer = find_answer(data, name);

	if (kind == OBJECT_FIELD_FORM || !answer)
		return false;
	*ret = strtoull(answer, NULL, 0);
	return true;
}

#define TAI    "helper:raw_tracepoint/ktime_get_tai_ns;"
#define RANDOM "helper:raw_tracepoint/get_prandom_u32;"
#define THINGS "btf:enum number.NUMBER_OF_THINGS="
#define NEVER  "btf:struct task_struct.member_that_never_was"

/* Program, answers, and what is needed of what hangs on them; "?" is what may be. */
static const struct {
	const char *program, *answers, *needed, *not_needed;
} reached[] = {
	{"twice", NEVER "=no", "", NEVER},
	{"twice", NEVER "=yes", NEVER ";", "?"},
	{"twice", "", "?" NEVER ";", "?" TAI},
	{"again", "btf:struct sometimes=no", TAI, "?"},
	{"again", "btf:struct sometimes=yes", "", TAI},
	{"again", "", "?" TAI, ";" TAI},
	{"by_enumerator", THINGS "yes", RANDOM, TAI},
	{"by_enumerator", THINGS "no", TAI, RANDOM},
	{"by_enumerator", "", "?" RANDOM "?" TAI, ";" TAI},
	{"by_value", "enum number.NUMBER_OF_THINGS=7", RANDOM, TAI},
	{"by_value", "enum number.NUMBER_OF_THINGS=6", TAI, RANDOM},
	{"by_value", THINGS "yes", "?" RANDOM "?" TAI, ";" TAI},
	{"by_size", "struct task_struct.pid=4", "", TAI},
	{"by_size", "struct task_struct.pid=8", TAI, "?"},
	{"by_offset", "struct task_struct.pid=1000", "", TAI},
	{"by_offset", "struct task_struct.pid=16", TAI, "?"},
	{"by_type_size", "btf:struct sometimes=no", TAI, "?"},
	{"by_type_size", "btf:struct sometimes=yes", "", TAI},
	{"always", "", "btf:enum number.NUMBER_OF_THINGS;", "?"},
	{"by_kfunc", "btf:func sometimes_kfunc=no", "", "kfunc"},
	{"by_kfunc", "btf:func sometimes_kfunc=yes", "kfunc:raw_tracepoint/sometimes_kfunc;", "?"},
	{"by_symbol", "ksym:sometimes_symbol=yes", "", TAI},
	{"by_symbol", "ksym:sometimes_symbol=no", TAI, "?"},
	{"by_version", "LINUX_KERNEL_VERSION=0x050a00", TAI, RANDOM},
	{"by_version", "LINUX_KERNEL_VERSION=0x050b00", RANDOM, TAI},
	/* before 5.5 a verifier does not look into maps, and follows both ways */
	{"by_version", "LINUX_KERNEL_VERSION=0x050400 kernel:>=5.5=no", "?" RANDOM, ";" RANDOM},
	{"by_bool", "kconfig:CONFIG_SOMETIMES=y=no", "", TAI},
	{"by_bool", "kconfig:CONFIG_SOMETIMES=y=yes", TAI, "?"},
	{"by_tristate", "kconfig:CONFIG_MODULE=y=no kconfig:CONFIG_MODULE=m=yes", "", TAI},
	{"by_tristate", "kconfig:CONFIG_MODULE=y=yes", TAI, "?"},
	{"by_number", "CONFIG_RATE=250", TAI, "?"},
	{"by_number", "CONFIG_RATE=1000", "", TAI},
	{"by_constant", "kernel:>=5.5=yes", "", TAI},
	{"by_constant", "kernel:>=5.5=no", "?" TAI, ";" TAI},
	{"by_argument", "", "", TAI},
	{"by_other_argument", "", TAI, "?"},
	{"by_result", THINGS "yes", "", TAI},
	{"by_result", THINGS "no", TAI, "?"},
	{"by_global_argument", "", TAI, "?"},
	{"by_callback", THINGS "no", "", TAI},
	{"by_callback", THINGS "yes", "helper:raw_tracepoint/loop;" TAI, "?"},
	{"both_ways", "", RANDOM, "?"},
	{"spilled", "", RANDOM, TAI},
	{"by_buffer", "btf:struct sometimes=yes", ";map_type:ringbuf;", "perf_event"},
	{"by_buffer", "btf:struct sometimes=no", ";map_type:perf_event_array;", "ringbuf"},
	{"by_element", "kernel:>=6.14=yes", "", TAI},
	{"by_element", "kernel:>=6.14=no", TAI, "?"},
	{"by_element", "", "?" TAI, ";" TAI},
	{"by_other_element", "kernel:>=6.14=yes", TAI, "?"},
	{"by_buffer", "", "?map_type:ringbuf;?map_type:perf_event_array;", ";map_type:"},
	{"by_bits", "kernel:>=5.10=yes", RANDOM, TAI},
	{"by_bits", "", "?" TAI, ";" TAI},
	{"by_bounds", "kernel:>=5.10=yes", RANDOM, TAI},
	{"by_bounds", "kernel:>=5.10=no", "?" TAI, ";" TAI},
	{"in_bounds", "kernel:>=5.10=yes kernel:>=7.0=yes", TAI, "?"},
	{"by_copy", "kernel:>=5.11=yes", "", TAI},
	{"by_copy", "kernel:>=5.11=no", TAI, "?"},
	{"by_pair", "kernel:>=5.10=yes", TAI, "?"},
	{"by_pair", "apart kernel:>=5.10=yes", "", TAI},
	{"by_many_ways", "apart kernel:>=5.10=yes", TAI, "?"},
	{"by_other_argument", "apart", TAI, "?"},
	{"by_argument", "apart", "", TAI},
	{"by_callback", "apart " THINGS "yes", TAI, "?"},
	{"by_uncalled", "apart kernel:>=5.5=yes insns:lazy_functions=no", TAI, "?"},
	{"by_negative_half", "insns:ranges_extended=yes", "", TAI},
	{"by_negative_half", "insns:ranges_extended=no", TAI, "?"},
	{"by_uncalled", "kernel:>=5.5=yes insns:lazy_functions=yes", "", TAI},
	{"by_uncalled", "kernel:>=5.5=yes insns:lazy_functions=no", TAI, "?"},
	{"by_uncalled", "kernel:>=5.5=yes", "?" TAI, ";" TAI},
	/* a kernel that has the work of a later one */
	{"by_quotient", "kernel:>=7.0=no insns:ranges_7.0=yes", "", TAI},
	{"by_quotient", "kernel:>=7.0=yes insns:ranges_7.0=no", TAI, "?"},
	{"by_quotient", "kernel:>=7.0=yes", "", TAI},
	{"by_quotient", "kernel:>=7.0=no", TAI, "?"},
	{"beyond_quotient", "kernel:>=5.10=yes kernel:>=6.4=yes kernel:>=7.0=no", "", TAI},
	{"beyond_quotient", "kernel:>=5.10=yes kernel:>=6.4=yes kernel:>=7.0=yes", "", TAI},
	{"of_quotient", "kernel:>=6.18=yes kernel:>=7.0=no", TAI, "?"},
	{"of_quotient", "kernel:>=7.0=yes", "", TAI},
	/* equality by bits came to older kernels, negation did not */
	{"by_negated", "insns:ranges_6.18=yes insns:ranges_negated=no", TAI, "?"},
	{"by_negated", "insns:ranges_negated=yes", "", TAI},
	{"by_values", "kernel:>=5.10=yes", RANDOM, TAI},
	{"by_sign", "kernel:>=5.10=yes", RANDOM, TAI},
};

START_TEST(reach)
{
	const struct object_oracle host = {.data = (void *)(uintptr_t)reached[_i].answers,
					   .ask = scripted,
					   .number = scripted_number,
					   .apart = strstr(reached[_i].answers, "apart")};
	const char *seen;

	oracle = &host;
	open_object("reach");
	seen = inferred(reached[_i].program, NULL, NULL);
	ck_assert_msg(strstr(seen, reached[_i].needed) && !strstr(seen, reached[_i].not_needed),
		      "%s, where %s: %s", reached[_i].program, reached[_i].answers, seen);
}
END_TEST

/* What the manifest writes into .rodata counts instead of what stands in the file. */
START_TEST(patched_constants)
{
	static const uint8_t six[] = {6, 0, 0, 0};
	const struct object_patch patches[] = {
		{".rodata", 8, six, sizeof(six)},
	};
	const struct object_oracle host = {.data = (void *)(uintptr_t) "kernel:>=5.5=yes",
					   .ask = scripted,
					   .patches = patches,
					   .n_patches = ARRAY_SIZE(patches)};

	oracle = &host;
	open_object("reach");
	ck_assert_ptr_nonnull(strstr(inferred("by_constant", NULL, NULL), TAI));
}
END_TEST

/* Bytes of the context up to the highest, accesses, results. */
static const struct {
	const char *program;
	uint32_t highest;
	size_t accesses, returns;
} demands[] = {
	{"touches", 36, 3, 2},	      {"returns_field", 4, 1, 1}, {"returns_time", 0, 0, 1},
	{"returns_bounded", 4, 1, 0}, {"behind_check", 0, 0, 1},
};

START_TEST(demand)
{
	struct object_demand seen;

	open_object("demand");
	ck_assert_int_eq(object_demand(object, object_program(object, demands[_i].program), NULL,
				       arena, &seen),
			 0);
	ck_assert_uint_eq(seen.highest, demands[_i].highest);
	ck_assert_uint_eq(seen.n_accesses, demands[_i].accesses);
	ck_assert_uint_eq(seen.n_returns, demands[_i].returns);
}
END_TEST

START_TEST(manifest_overrides_the_section)
{
	open_object("sections");
	ck_assert_str_eq(inferred("generic", "kprobe/vfs_open", NULL),
			 "prog_type:kprobe;attach:kprobe/vfs_open;");
	ck_assert_str_eq(inferred("unknown", "raw_tracepoint/sched_switch", NULL),
			 RAW("sched_switch"));
}
END_TEST

/* Neither its target nor what it reads there: it is left out where there is none. */
START_TEST(an_optional_program_asks_for_no_target)
{
	struct program_ref ref = {.name = "across_a_call", .optional = true};
	struct featsel_candidate candidate = {
		.name = "optional", .programs = &ref, .n_programs = 1};
	const struct object_inferred *needs;
	size_t i, n;

	open_object("words");
	ck_assert_int_eq(
		object_infer(&(struct object_query){.object = object, .candidate = &candidate},
			     arena, &needs, &n, &error),
		0);
	ck_assert_uint_gt(n, 0);
	for (i = 0; i < n; i++)
		ck_assert_int_ne(needs[i].feature->kind, FEATURE_ATTACH);
}
END_TEST

START_TEST(optional_helpers_are_left_out)
{
	static const char *const helpers[] = {"probe_read_kernel", "probe_read_user",
					      "get_current_task", NULL};
	static const char *const kfuncs[] = {"bpf_rcu_read_lock", NULL};

	open_object("reads");
	ck_assert_str_eq(inferred("reads", NULL, helpers),
			 "prog_type:kprobe;attach:kprobe/vfs_open;helper:kprobe/probe_read_str;");
	object_release(object);
	open_object("kfunc");
	ck_assert_ptr_null(
		strstr(inferred("strong", NULL, kfuncs), "kfunc:tracing/bpf_rcu_read_lock"));
}
END_TEST

START_TEST(sizes_from_the_manifest)
{
	const struct map_ref size = {
		.name = "table", .given = 1u << MAP_MAX_ENTRIES, .max_entries = 8};
	struct program_ref ref;
	struct featsel_candidate candidate = candidate_of(&ref, "unsized_table", NULL);
	const struct object_inferred *needs;
	size_t n;

	open_object("unsized");
	candidate.maps = &size;
	candidate.n_maps = 1;
	ck_assert_int_eq(
		object_infer(&(struct object_query){.object = object, .candidate = &candidate},
			     arena, &needs, &n, &error),
		0);
}
END_TEST

START_TEST(everything_is_told_to_the_lint)
{
	struct program_ref ref;
	struct featsel_candidate candidate = candidate_of(&ref, "adds", NULL);
	const struct object_inferred *needs;
	size_t i, n, found = 0;

	open_object("atomics");
	ck_assert_int_eq(object_infer(&(struct object_query){.object = object,
							     .candidate = &candidate,
							     .all = true},
				      arena, &needs, &n, &error),
			 0);
	for (i = 0; i < n; i++)
		found += strcmp(needs[i].feature->text, "map_type:array") == 0 ||
			 strcmp(needs[i].feature->text, "helper:raw_tracepoint/map_lookup_elem") ==
				 0;
	ck_assert_uint_eq(found, 2);
}
END_TEST

/* ---- programs and maps ---- */

START_TEST(members_of_program_arrays_are_loaded)
{
	struct program_ref ref;
	struct featsel_candidate candidate = candidate_of(&ref, "entry", NULL);
	const struct program_ref *refs;
	size_t n;

	open_object("tailcall");
	ck_assert_int_eq(object_candidate_programs(object, &candidate, arena, &refs, &n, &error),
			 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(refs[0].name, "entry");
	ck_assert(!refs[0].loaded_only);
	ck_assert_str_eq(refs[1].name, "first");
	ck_assert(refs[1].loaded_only);
	ck_assert_str_eq(refs[2].name, "second");
}
END_TEST

START_TEST(missing_program)
{
	struct program_ref ref;
	struct featsel_candidate candidate = candidate_of(&ref, "nothing", NULL);
	const struct object_inferred *needs;
	size_t n;

	open_object("old");
	ck_assert_int_lt(
		object_infer(&(struct object_query){.object = object, .candidate = &candidate},
			     arena, &needs, &n, &error),
		0);
	ck_assert_ptr_nonnull(strstr(error.text, "has no program 'nothing'"));
	ck_assert_ptr_null(object_program(object, "nothing"));
}
END_TEST

START_TEST(maps_are_what_the_code_refers_to)
{
	const struct object_program *program;

	open_object("subprogram");
	program = object_program(object, "calls");
	ck_assert_uint_eq(program->n_maps, 1);
	ck_assert_str_eq(object->maps[program->maps[0]].name, "seen");
	ck_assert_uint_eq(object_program(object, "calls_nothing")->n_maps, 0);
	object_release(object);
	open_object("mapinmap");
	/* the outer map and the members that it is initialised with */
	ck_assert_uint_eq(object_program(object, "looks")->n_maps, 3);
	ck_assert_int_eq(object->maps[object_map(object, "outer")].inner, 3);
	ck_assert_int_eq(object->maps[3].type, BPF_MAP_TYPE_LRU_HASH);
	ck_assert(object->maps[3].inner_only);
}
END_TEST

START_TEST(map_definitions)
{
	const struct object_map *map;

	open_object("unsized");
	map = &object->maps[object_map(object, "table")];
	ck_assert_int_eq(map->type, BPF_MAP_TYPE_HASH);
	ck_assert_uint_eq(map->key_size, 4);
	ck_assert_uint_eq(map->value_size, 8);
	ck_assert_uint_eq(map->max_entries, 0);
	ck_assert(!map->pinned);
	ck_assert(object->maps[object_map(object, "pinned")].pinned);
	ck_assert_int_eq(object_map(object, "nothing"), -ENOENT);
	object_release(object);
	open_object("storage");
	ck_assert_uint_eq(object->maps[object_map(object, "storage")].flags, BPF_F_NO_PREALLOC);
	object_release(object);
	open_object("globals");
	map = &object->maps[object_map(object, ".rodata")];
	ck_assert(map->internal);
	ck_assert_uint_eq(map->value_size, 4);
}
END_TEST

START_TEST(output_map)
{
	struct program_ref ref;
	struct featsel_candidate candidate;
	int map;

	open_object("unsized");
	candidate = candidate_of(&ref, "two_outputs", NULL);
	ck_assert_int_eq(object_output(object, &candidate, NULL, arena, &map, &error), -EINVAL);
	ck_assert_str_eq(error.text,
			 "its programs write to 'events' and to 'perf': name one with 'output:'");
	candidate.output = "perf";
	ck_assert_int_eq(object_output(object, &candidate, NULL, arena, &map, &error), 0);
	ck_assert_str_eq(object->maps[map].name, "perf");
	candidate.output = "table";
	ck_assert_int_eq(object_output(object, &candidate, NULL, arena, &map, NULL), -EINVAL);
	candidate = candidate_of(&ref, "unsized_table", NULL);
	ck_assert_int_eq(object_output(object, &candidate, NULL, arena, &map, NULL), -ENOENT);
}
END_TEST

/* ---- objects that were not written for featsel ---- */

static const char *use_name(const struct object_use *use)
{
	const char *name =
		use->helper < 0 ? use->kfunc : names_name(VOCABULARY_HELPER, use->helper);

	return name ? name : arena_printf(arena, "%d", use->helper);
}

static void describe_need(FILE *out, const struct object_inferred *need)
{
	if (strcmp(need->feature->text, "insns:v3") == 0)
		return;
	fprintf(out, "\t%s", need->feature->text);
	if (need->reached.how == MAY_BE_REACHED)
		fprintf(out, ", if %s", need->reached.hinge ? need->reached.hinge->text : "open");
	fprintf(out, "\n");
}

/* Each program, and below it what it needs: as the .features files beside the sources have it,
 * which tests/objects/foreign/README tells of. */
static void describe(FILE *out)
{
	struct program_ref ref;
	struct featsel_candidate candidate;
	const struct object_inferred *needs;
	const struct object_program *program;
	size_t i, j, n;

	for (i = 0; i < object->n_programs; i++) {
		candidate = candidate_of(&ref, object->programs[i].name, NULL);
		fprintf(out, "%s\n", candidate.name);
		error = (struct featsel_error){0};
		if (object_infer(&(struct object_query){.object = object, .candidate = &candidate},
				 arena, &needs, &n, &error)) {
			fprintf(out, "\terror: %s\n", error.text);
			continue;
		}
		for (j = 0; j < n; j++)
			describe_need(out, &needs[j]);
		program = object_program(object, candidate.name);
		for (j = 0; j < program->n_uses; j++)
			if (program->uses[j].reached.how == NOT_REACHED)
				fprintf(out, "\tdead: %s\n", use_name(&program->uses[j]));
	}
}

/* The check library takes messages up to a limit: the first line that differs, all of it to stderr.
 */
static void fail_at_difference(const char *name, const char *wanted, const char *seen)
{
	size_t at = 0, line = 1, i;

	for (i = 0; wanted[i] && wanted[i] == seen[i]; i++)
		if (wanted[i] == '\n') {
			at = i + 1;
			line++;
		}
	fprintf(stderr, "%s: seen\n%s", name, seen);
	ck_abort_msg("%s, line %zu: expected '%.*s', seen '%.*s'", name, line,
		     (int)strcspn(wanted + at, "\n"), wanted + at, (int)strcspn(seen + at, "\n"),
		     seen + at);
}

/* What stands in the file and what the object in @dir of the build says, whose name goes with it.
 */
static void compare_features(const char *path, const char *dir)
{
	const char *slash = strrchr(path, '/') + 1;
	char name[128], *wanted = NULL, *seen = NULL;
	size_t size, n;
	FILE *file;

	snprintf(name, sizeof(name), "%s/%.*s.bpf.o", dir,
		 (int)(strlen(slash) - strlen(".features")), slash);
	ck_assert_int_eq(object_read(unit_build(name), arena, &object, &error), 0);
	file = open_memstream(&seen, &size);
	ck_assert_ptr_nonnull(file);
	describe(file);
	fclose(file);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	wanted = calloc(1, 65536);
	ck_assert_ptr_nonnull(wanted);
	n = fread(wanted, 1, 65535, file);
	fclose(file);
	if (n != size || memcmp(wanted, seen, size) != 0)
		fail_at_difference(name, wanted, seen);
	free(wanted);
	free(seen);
	object_release(object);
	object = NULL;
}

/* Expectations, and the objects that they are about; how many there are at least. */
static const struct {
	const char *expectations, *objects;
	size_t least;
} collections[] = {
	{"tests/objects/foreign/*.features", "tests/objects/foreign", 70},
#if defined(__x86_64__)
	/* Wrappers of system calls are named after the architecture. */
	{"tests/objects/own/*.features", "bpf", 8},
#endif
};

START_TEST(hand_written_expectations)
{
	glob_t found;
	size_t i;

	ck_assert_int_eq(glob(unit_source(collections[_i].expectations), 0, NULL, &found), 0);
	ck_assert_uint_ge(found.gl_pathc, collections[_i].least);
	for (i = 0; i < found.gl_pathc; i++)
		compare_features(found.gl_pathv[i], collections[_i].objects);
	globfree(&found);
}
END_TEST

/* ---- CO-RE taken out ---- */

/* Of two buffers the one that the host makes the verifier see. */
START_TEST(output_by_answer)
{
	static const char *const answers[] = {"btf:struct sometimes=yes",
					      "btf:struct sometimes=no"};
	static const char *const outputs[] = {"ring", "buffer"};
	struct program_ref ref;
	struct featsel_candidate candidate;
	struct object_oracle host = {.ask = scripted};
	size_t i;
	int map;

	open_object("reach");
	candidate = candidate_of(&ref, "by_buffer", NULL);
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		host.data = (void *)(uintptr_t)answers[i];
		ck_assert_int_eq(object_output(object, &candidate, &host, arena, &map, &error), 0);
		ck_assert_str_eq(object->maps[map].name, outputs[i]);
	}
	ck_assert_int_eq(object_output(object, &candidate, NULL, arena, &map, &error), -EAGAIN);
}
END_TEST

START_TEST(without_core)
{
	struct object *bare;
	void *data;
	size_t size;

	open_object("core");
	ck_assert(object->has_core);
	ck_assert_int_eq(object_reduced(object, NULL, false, &data, &size, &error), 0);
	ck_assert_uint_eq(size, object->size);
	ck_assert_int_eq(object_parse("bare", data, size, arena, &bare, &error), 0);
	ck_assert(!bare->has_core);
	/* the original is untouched */
	ck_assert(object_core_present(object));
	object_release(bare);
	free(data);
	object_release(object);
	open_object("old");
	ck_assert(!object->has_core);
}
END_TEST

/* ---- programs left out ---- */

START_TEST(without_programs)
{
	struct object *one;
	bool *wanted;
	void *data;
	size_t i, size;

	open_object("toy");
	ck_assert_uint_gt(object->n_programs, 1);
	wanted = calloc(object->n_programs, sizeof(*wanted));
	wanted[object->n_programs - 1] = true;
	ck_assert_int_eq(object_reduced(object, wanted, true, &data, &size, &error), 0);
	ck_assert_uint_eq(size, object->size);
	ck_assert_int_eq(object_parse("one", data, size, arena, &one, &error), 0);
	ck_assert_uint_eq(one->n_programs, 1);
	ck_assert_uint_eq(one->n_maps, object->n_maps);
	for (i = 0; i < object->n_programs; i++)
		ck_assert_int_eq(object_program(one, object->programs[i].name) != NULL, wanted[i]);
	object_release(one);
	free(wanted);
	free(data);
}
END_TEST

/* What only programs want that are not loaded may be missing. */
START_TEST(without_their_externs)
{
	struct object *one;
	bool *wanted;
	void *data;
	size_t i, size, strong = 0, weak = 0;

	open_object("reach");
	wanted = calloc(object->n_programs, sizeof(*wanted));
	for (i = 0; i < object->n_programs; i++)
		wanted[i] = strcmp(object->programs[i].name, "both_ways") == 0;
	for (i = 0; i < object->n_externs; i++)
		strong += !object->externs[i].weak;
	ck_assert_uint_eq(strong, 1);
	ck_assert_int_eq(object_reduced(object, wanted, true, &data, &size, &error), 0);
	ck_assert_int_eq(object_parse("one", data, size, arena, &one, &error), 0);
	for (i = 0; i < one->n_externs; i++)
		weak += one->externs[i].weak;
	ck_assert_uint_eq(weak, one->n_externs);
	object_release(one);
	free(data);
	for (i = 0; i < object->n_programs; i++)
		wanted[i] = strcmp(object->programs[i].name, "by_version") == 0;
	ck_assert_int_eq(object_reduced(object, wanted, true, &data, &size, &error), 0);
	ck_assert_int_eq(object_parse("one", data, size, arena, &one, &error), 0);
	for (i = 0, weak = 0; i < one->n_externs; i++)
		weak += one->externs[i].weak;
	ck_assert_uint_eq(weak, one->n_externs - 1);
	object_release(one);
	free(wanted);
	free(data);
}
END_TEST

/* ---- objects that are refused ---- */

static const struct {
	const char *object, *text;
} refused[] = {
	{"static", "program 'hidden' of section 'raw_tracepoint/sched_process_exit' is static, "
		   "which libbpf does not open"},
	{"undefined", "'nowhere' is declared extern and defined nowhere"},
	{"oldmaps", "defines maps in the section 'maps', which libbpf 1.0 gave up: use .maps"},
};

START_TEST(refusal)
{
	ck_assert_int_eq(object_read(path_of(refused[_i].object), arena, &object, &error), -EINVAL);
	ck_assert_str_eq(error.text, refused[_i].text);
	ck_assert_str_eq(error.source, path_of(refused[_i].object));
}
END_TEST

struct bytes {
	uint8_t *data;
	size_t size;
};

static struct bytes slurp(const char *name)
{
	struct bytes bytes = {0};
	FILE *file = fopen(path_of(name), "rb");

	ck_assert_ptr_nonnull(file);
	bytes.data = malloc(1 << 20);
	bytes.size = fread(bytes.data, 1, 1 << 20, file);
	fclose(file);
	return bytes;
}

static const char *refusal_of(struct bytes bytes)
{
	error = (struct featsel_error){0};
	if (object_parse("bytes", bytes.data, bytes.size, arena, &object, &error) == 0)
		return NULL;
	object = NULL;
	return error.text;
}

START_TEST(foreign_files)
{
	struct bytes bytes = slurp("old");
	uint8_t byte_order = bytes.data[5];

	ck_assert_str_eq(refusal_of((struct bytes){(uint8_t *)"", 0}),
			 "not an ELF file, so not a BPF object");
	bytes.data[5] = (uint8_t)(3 - byte_order);
	ck_assert_ptr_nonnull(strstr(refusal_of(bytes), "other byte order"));
	bytes.data[5] = byte_order;
	bytes.data[4] = 1;
	ck_assert_str_eq(refusal_of(bytes), "not a 64-bit ELF file, so not a BPF object");
	bytes.data[4] = 2;
	bytes.data[18] = 62; /* EM_X86_64 */
	ck_assert_str_eq(refusal_of(bytes), "an ELF file, but not a BPF object");
	free(bytes.data);
}
END_TEST

/* Whatever can be asked of an object is asked. */
static void examine(struct bytes bytes)
{
	struct arena *own = arena_new();
	struct object *victim = NULL;
	struct program_ref ref;
	struct featsel_candidate candidate;
	const struct object_inferred *needs;
	static const bool none[4096];
	void *copy;
	size_t i, n, size;
	int map;

	ck_assert_ptr_nonnull(own);
	if (object_parse("victim", bytes.data, bytes.size, own, &victim, NULL) == 0) {
		for (i = 0; i < victim->n_programs; i++) {
			candidate = candidate_of(&ref, victim->programs[i].name, NULL);
			(void)object_infer(
				&(struct object_query){.object = victim, .candidate = &candidate},
				own, &needs, &n, NULL);
			(void)object_output(victim, &candidate, NULL, arena, &map, NULL);
		}
		if (victim->n_programs <= ARRAY_SIZE(none) &&
		    object_reduced(victim, none, false, &copy, &size, NULL) == 0)
			free(copy);
		object_release(victim);
	}
	arena_free(own);
}

static const char *const victims[] = {"core",	 "guard", "mapinmap",  "tailcall",
				      "kconfig", "kfunc", "subprogram"};

START_TEST(truncated)
{
	struct bytes bytes = slurp(victims[_i]);
	size_t size = bytes.size;

	for (bytes.size = 0; bytes.size < size; bytes.size += 37)
		examine((struct bytes){bytes.data, bytes.size});
	free(bytes.data);
}
END_TEST

START_TEST(flipped)
{
	struct bytes bytes = slurp(victims[_i]), copy = {malloc(bytes.size), bytes.size};
	uint32_t seed = 12345, round, flips;

	for (round = 0; round < 1500; round++) {
		memcpy(copy.data, bytes.data, bytes.size);
		for (flips = 1 + round % 5; flips; flips--) {
			seed = seed * 1664525 + 1013904223;
			copy.data[(seed >> 8) % copy.size] = (uint8_t)(seed % 7 ? seed >> 3 : 0xff);
		}
		examine(copy);
	}
	free(copy.data);
	free(bytes.data);
}
END_TEST

/* ---- a manifest out of names ---- */

static struct featsel_context *context;
static struct featsel_manifest *manifest;

static void set_up_manifest(void)
{
	error = (struct featsel_error){0};
	ck_assert_int_eq(featsel_context_new(&context, &error), 0);
	ck_assert_int_eq(featsel_manifest_new(context, &manifest, &error), 0);
}

static void tear_down_manifest(void)
{
	featsel_manifest_free(manifest);
	featsel_context_free(context);
}

static void expect_event(const char *event, const char *const *candidates, const char *record)
{
	const struct featsel_event *found = featsel_manifest_find(manifest, event);
	size_t i;

	ck_assert_msg(found != NULL, "no event %s", event);
	for (i = 0; i < found->n_candidates; i++) {
		ck_assert_msg(candidates[i] != NULL, "%s has %zu candidates", event,
			      found->n_candidates);
		ck_assert_str_eq(found->candidates[i].name, candidates[i]);
		ck_assert_pstr_eq(found->candidates[i].record, record);
	}
	ck_assert_ptr_null(candidates[i]);
}

START_TEST(events_by_name)
{
	static const char *const exec[] = {"fentry",	 "tp_btf", "raw_tp",
					   "tracepoint", "kprobe", NULL};
	static const char *const open[] = {"tracepoint", "tp_btf", NULL};

	ck_assert_int_eq(featsel_manifest_add_object(manifest, path_of("pair"), &error), 0);
	ck_assert_uint_eq(featsel_manifest_events(manifest), 2);
	expect_event("exec", exec, "exec_event");
	expect_event("sys_enter_open", open, "exec_event");
}
END_TEST

START_TEST(events_without_words)
{
	static const char *const one[] = {"kprobe", NULL};
	static const char *const old[] = {"kprobe", NULL};

	ck_assert_int_eq(featsel_manifest_add_object(manifest, path_of("sections"), &error), 0);
	expect_event("twin_one", one, NULL);
	expect_event("twin_two", one, NULL);
	ck_assert_int_eq(featsel_manifest_add_object(manifest, path_of("old"), &error), 0);
	expect_event("old", old, "old_event");
}
END_TEST

START_TEST(events_by_beginning)
{
	static const char *const watch[] = {"gone", "kprobe", NULL};
	static const char *const watch_at[] = {"fentry", "kprobe", NULL};
	static const char *const one[] = {"kprobe", NULL};

	ck_assert_int_eq(featsel_manifest_add_object(manifest, path_of("names"), &error), 0);
	expect_event("watch", watch, NULL);
	expect_event("watch_at", watch_at, NULL);
	expect_event("lone_exit", one, NULL);
	ck_assert_ptr_null(featsel_manifest_find(manifest, "watch_gone"));
}
END_TEST

START_TEST(pairs_by_name)
{
	static const char *const one[] = {"kprobe", NULL};
	const struct featsel_candidate *span;

	ck_assert_int_eq(featsel_manifest_add_object(manifest, path_of("names"), &error), 0);
	expect_event("span", one, NULL);
	span = &featsel_manifest_find(manifest, "span")->candidates[0];
	ck_assert_uint_eq(span->n_programs, 2);
	ck_assert_str_eq(span->programs[0].name, "span_kprobe_enter");
	ck_assert_str_eq(span->programs[1].name, "span_kprobe_exit");
}
END_TEST

/* The candidates of both, in the order of all; the same object once more adds nothing. */
START_TEST(objects_add_up)
{
	static const char *const exec[] = {"fentry", "tp_btf", "raw_tp", "tracepoint",
					   "kprobe", "perf",   NULL};
	const struct featsel_event *event;
	size_t i;

	ck_assert_int_eq(featsel_manifest_add_object(manifest, path_of("names"), &error), 0);
	ck_assert_int_eq(featsel_manifest_add_object(manifest, path_of("pair"), &error), 0);
	ck_assert_int_eq(featsel_manifest_add_object(manifest, path_of("pair"), &error), 0);
	event = featsel_manifest_find(manifest, "exec");
	ck_assert_uint_eq(event->n_candidates, ARRAY_SIZE(exec) - 1);
	for (i = 0; exec[i]; i++)
		ck_assert_str_eq(event->candidates[i].name, exec[i]);
	ck_assert_str_eq(event->candidates[0].record, "exec_event");
	ck_assert_ptr_null(event->candidates[5].record);
}
END_TEST

/* Where an event is asked for, what begins with its name and has no words is its candidate. */
START_TEST(events_that_are_wanted)
{
	static const char *const wanted[] = {"entry", "watch", "watch_a", "lone", NULL};
	static const char *const both[] = {"first", "second", NULL}, *const one[] = {"exit", NULL};
	static const char *const watch[] = {"gone", "kprobe", NULL};
	static const char *const watch_at[] = {"fentry", "kprobe", NULL};

	ck_assert_int_eq(
		featsel_manifest_add_object_for(manifest, path_of("submits"), wanted, &error), 0);
	expect_event("entry", both, "sighting");
	ck_assert_ptr_null(featsel_manifest_find(manifest, "entry_first"));
	ck_assert_int_eq(
		featsel_manifest_add_object_for(manifest, path_of("names"), wanted, &error), 0);
	expect_event("lone", one, NULL);
	/* Longer names of the object's own keep theirs. */
	expect_event("watch", watch, NULL);
	expect_event("watch_at", watch_at, NULL);
	ck_assert_ptr_null(featsel_manifest_find(manifest, "watch_a"));
}
END_TEST

/* The only struct of the size that the programs hand out; neither the kernel's nor a map's. */
START_TEST(records_by_size)
{
	static const char *const one[] = {"raw_tp", NULL};

	ck_assert_int_eq(featsel_manifest_add_object(manifest, path_of("submits"), &error), 0);
	expect_event("entry_first", one, "sighting");
	expect_event("entry_second", one, "sighting");
	expect_event("several", one, NULL);
	expect_event("varying", one, NULL);
}
END_TEST

START_TEST(records_as_they_are_said)
{
	static const char *const said[] = {"other", "varying.sighting", NULL};
	static const char *const nobody[] = {"nobody.other", NULL}, *const nothing[] = {"", NULL};
	static const char *const one[] = {"raw_tp", NULL};
	struct featsel_configuration configuration = {.size = sizeof(configuration)};

	ck_assert_int_eq(featsel_manifest_add_object(manifest, path_of("submits"), &error), 0);
	configuration.record = said;
	ck_assert_int_eq(featsel_manifest_configure(manifest, &configuration, &error), 0);
	expect_event("entry_first", one, "other");
	expect_event("varying", one, "sighting");
	configuration.record = nobody;
	ck_assert_int_eq(featsel_manifest_configure(manifest, &configuration, &error), -EINVAL);
	ck_assert_str_eq(error.text, "there is no event 'nobody'");
	error = (struct featsel_error){0};
	configuration.record = nothing;
	ck_assert_int_eq(featsel_manifest_configure(manifest, &configuration, &error), -EINVAL);
}
END_TEST

START_TEST(events_of_no_object)
{
	ck_assert_int_lt(featsel_manifest_add_object(manifest, path_of("static"), &error), 0);
	ck_assert_uint_eq(featsel_manifest_events(manifest), 0);
	error = (struct featsel_error){0};
	ck_assert_int_lt(featsel_manifest_add_object(manifest, "/nonexistent/x.bpf.o", &error), 0);
	ck_assert_uint_eq(featsel_manifest_events(manifest), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *made = suite_create("object");
	TCase *reading = tcase_create("reading"), *damage = tcase_create("damage"),
	      *events = tcase_create("events");

	tcase_add_checked_fixture(reading, set_up, tear_down);
	tcase_add_loop_test(reading, inference, 0, ARRAY_SIZE(expected));
	tcase_add_loop_test(reading, reach, 0, ARRAY_SIZE(reached));
	tcase_add_test(reading, patched_constants);
	tcase_add_loop_test(reading, demand, 0, ARRAY_SIZE(demands));
	tcase_add_loop_test(reading, hand_written_expectations, 0, ARRAY_SIZE(collections));
	tcase_add_test(reading, manifest_overrides_the_section);
	tcase_add_test(reading, an_optional_program_asks_for_no_target);
	tcase_add_test(reading, optional_helpers_are_left_out);
	tcase_add_test(reading, sizes_from_the_manifest);
	tcase_add_test(reading, everything_is_told_to_the_lint);
	tcase_add_test(reading, members_of_program_arrays_are_loaded);
	tcase_add_test(reading, missing_program);
	tcase_add_test(reading, maps_are_what_the_code_refers_to);
	tcase_add_test(reading, map_definitions);
	tcase_add_test(reading, output_map);
	tcase_add_test(reading, output_by_answer);
	tcase_add_test(reading, without_core);
	tcase_add_test(reading, without_programs);
	tcase_add_test(reading, without_their_externs);
	suite_add_tcase(made, reading);
	tcase_add_checked_fixture(damage, set_up, tear_down);
	tcase_set_timeout(damage, 120);
	tcase_add_loop_test(damage, refusal, 0, ARRAY_SIZE(refused));
	tcase_add_test(damage, foreign_files);
	tcase_add_loop_test(damage, truncated, 0, ARRAY_SIZE(victims));
	tcase_add_loop_test(damage, flipped, 0, ARRAY_SIZE(victims));
	suite_add_tcase(made, damage);
	tcase_add_checked_fixture(events, set_up_manifest, tear_down_manifest);
	tcase_add_test(events, events_by_name);
	tcase_add_test(events, events_without_words);
	tcase_add_test(events, events_by_beginning);
	tcase_add_test(events, pairs_by_name);
	tcase_add_test(events, objects_add_up);
	tcase_add_test(events, events_that_are_wanted);
	tcase_add_test(events, records_by_size);
	tcase_add_test(events, records_as_they_are_said);
	tcase_add_test(events, events_of_no_object);
	suite_add_tcase(made, events);
	return made;
}

int main(void)
{
	return unit_run(suite);
}
