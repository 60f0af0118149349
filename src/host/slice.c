/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * slice.c - programs of a few instructions
 */
#include <linux/bpf.h>
#include <string.h>

#include "host/slice.h"

void slice_put(struct slice *slice, struct bpf_insn insn)
{
	memcpy(&slice->insns[slice->n++], &insn, sizeof(insn));
}

void slice_number(struct slice *slice, int32_t number)
{
	slice_put(slice, (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = number});
}

void slice_address(struct slice *slice, uint8_t kind, int32_t number)
{
	slice_put(slice, (struct bpf_insn){.code = BPF_LD | BPF_IMM | BPF_DW,
					   .dst_reg = 1,
					   .src_reg = kind,
					   .imm = number});
	slice_put(slice, (struct bpf_insn){0});
}

void slice_exit(struct slice *slice)
{
	slice_put(slice, (struct bpf_insn){.code = BPF_JMP | BPF_EXIT});
}

/* What any program of the kind may return: some on cgroups nothing but 1, those on functions of
 * the kernel often nothing but 0. */
static int32_t harmless(const struct section *section)
{
	return section->prog_type == BPF_PROG_TYPE_TRACING ||
			       section->prog_type == BPF_PROG_TYPE_LSM ||
			       section->prog_type == BPF_PROG_TYPE_STRUCT_OPS
		       ? 0
		       : 1;
}

void slice_end(const struct question *question, struct slice *slice)
{
	slice_number(slice, harmless(question->section));
	slice_exit(slice);
}

int slice_load(const struct question *question, const struct slice *slice)
{
	const struct object *object = question->object;
	struct bpf_insn insns[SLICE_LIMIT];

	memcpy(insns, slice->insns, slice->n * sizeof(insns[0]));
	return host_section_load(question->live, question->section, question->btf_id, insns,
				 slice->n, object->gpl_compatible ? NULL : object->license);
}

int slice_try(const struct question *question, const struct slice *slice)
{
	int fd = slice_load(question, slice);

	if (fd < 0)
		return fd;
	question->live->kernel->ops->close(question->live->kernel, fd);
	return 0;
}

struct featsel_answer slice_rejected(const struct question *question, int error, const char *what)
{
	struct live *live = question->live;

	return answer_make(live->arena, FEATSEL_NO, REASON_VERIFIER_REJECTED, NULL,
			   "bpf(BPF_PROG_LOAD): %s for a %s program that %s, log: %s",
			   errno_name(error), question->section->form, what,
			   verifier_sentence(live->arena, live->log));
}

bool slice_log_says(const struct question *question, const char *words)
{
	return question->live->log && strstr(question->live->log, words);
}

bool slice_log_has_line(const struct question *question, const char *head)
{
	const char *line = question->live->log;
	size_t length = strlen(head);

	while (line && strncmp(line, head, length) != 0) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return line != NULL;
}
