/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * features.c - --feature help: the kinds of features, with an example each
 */
#include <string.h>

#include "cli/cli.h"

static const struct kind_row {
	const char *kind, *example, *help;
} kinds[] = {
	{"prog_type", "prog_type:tracing", "programs of this type can be loaded"},
	{"attach_type", "attach_type:trace_fentry", "programs with this expected attach type can"},
	{"map_type", "map_type:ringbuf", "maps of this type can be made"},
	{"helper", "helper:kprobe/get_current_task", "the helper, in programs of a type"},
	{"kfunc", "kfunc:tracing/bpf_task_acquire", "the kernel's function, in programs of a type"},
	{"attach", "attach:kprobe/do_mmap", "a program of this section can be attached"},
	{"link", "link:perf_event", "this kind of BPF link"},
	{"btf", "btf:struct task_struct.pid",
	 "a type, member, enumerator or function in kernel BTF"},
	{"ksym", "ksym:init_task", "a symbol of the kernel"},
	{"kconfig", "kconfig:CONFIG_BPF_LSM=y", "how the kernel was configured"},
	{"insns", "insns:bounded_loops", "what the verifier accepts"},
	{"lsm", "lsm:bpf", "an active security module"},
	{"cap", "cap:bpf", "a capability of this process"},
	{"arch", "arch:x86_64", "the machine"},
	{"kernel", "kernel:>=5.8", "the version of the kernel: a last resort, kernels are patched"},
};

static void write_text(void)
{
	size_t kind = 0, example = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strlen(kinds[i].kind) > kind)
			kind = strlen(kinds[i].kind);
		if (strlen(kinds[i].example) > example)
			example = strlen(kinds[i].example);
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		printf("%-*s  %-*s  %s\n", (int)kind, kinds[i].kind, (int)example, kinds[i].example,
		       kinds[i].help);
}

static void write_json(void)
{
	struct json json;

	json_begin_file(&json, stdout);
	json_object(&json, NULL);
	json_string(&json, "featsel", featsel_version());
	json_array(&json, "kinds");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		json_line(&json);
		json_object(&json, NULL);
		json_string(&json, "kind", kinds[i].kind);
		json_string(&json, "example", kinds[i].example);
		json_string(&json, "summary", kinds[i].help);
		json_end(&json);
	}
	json_end(&json);
	json_end(&json);
}

int features_run(struct program *program)
{
	if (program->options.json)
		write_json();
	else
		write_text();
	return 0;
}
