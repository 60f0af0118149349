/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * slice.h - programs of a few instructions, each of which does one thing that another program does
 */
#ifndef FEATSEL_HOST_SLICE_H
#define FEATSEL_HOST_SLICE_H

#include "host/private.h"

enum { SLICE_LIMIT = 280 };

struct slice {
	uint64_t insns[SLICE_LIMIT];
	size_t n;
};

/* One program, and what it is loaded as. */
struct question {
	struct live *live;
	const struct object *object;
	const struct object_program *program;
	const struct section *section;
	const struct object_oracle *oracle;
	uint32_t btf_id;
	struct object_demand demand;
};

#define YES(live) answer_yes((live)->arena, "every requirement holds")

enum { PSEUDO_MAP_FD = 1, PSEUDO_BTF_ID = 3 };

void slice_put(struct slice *slice, struct bpf_insn insn);
/* r0 = @number */
void slice_number(struct slice *slice, int32_t number);
/* r1 = what @kind, a PSEUDO_..., makes of @number */
void slice_address(struct slice *slice, uint8_t kind, int32_t number);
void slice_exit(struct slice *slice);
/* Return what any program of the kind may return. */
void slice_end(const struct question *question, struct slice *slice);

/* With the object's license: a program to be closed, or a negative errno with the log in live->log.
 */
int slice_load(const struct question *question, const struct slice *slice);
/* The same, closed: 0 or a negative errno. */
int slice_try(const struct question *question, const struct slice *slice);
bool slice_log_says(const struct question *question, const char *words);
/* Whether a line begins so. */
bool slice_log_has_line(const struct question *question, const char *head);
/* No, for the verifier's reason; @what the slice does. */
struct featsel_answer slice_rejected(const struct question *question, int error, const char *what);

/* ---- demand-map.c ---- */

struct featsel_answer demand_maps(struct question *question);
struct featsel_answer demand_calls(struct question *question);

#endif /* FEATSEL_HOST_SLICE_H */
