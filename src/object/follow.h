/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * follow.h - the analysis of reach.c as the files that it consists of see it
 */
#ifndef FEATSEL_OBJECT_FOLLOW_H
#define FEATSEL_OBJECT_FOLLOW_H

#include "object/reach.h"

enum {
	ARGUMENTS = 5,
	NOWHERE = UINT32_MAX, /* no block */
};

/* A stretch of instructions that run one after the other. */
struct block {
	uint32_t start, end;
	uint32_t next[2]; /* falling through, jumping */
};

struct body {
	struct flow flow;
	struct block *blocks;
	uint32_t n_blocks;
	uint32_t forms;
	bool *met;     /* one a block, once ways were followed apart: one of them comes there */
	bool isolated; /* the verifier knows nothing of its arguments */
};

/* A function with what is known of its arguments. */
struct form {
	struct body *body;
	struct value arguments[ARGUMENTS];
	struct state **states; /* one a block, on entry; NULL: not reached */
	uint8_t *ways;	       /* one a block: enum ways of its end */
	uint32_t *questions;   /* one a block: on which its ways hang */
	bool *queued;
	uint32_t lowest;     /* no block before it is queued */
	struct value result; /* of all ends that are reached */
	bool has_result, done;
	bool marked;	   /* some way comes to it by itself */
	bool live, walked; /* called from what is reached, and looked at */
	bool certain;	   /* entered without an open question */
	bool checked;	   /* on its own, whatever calls it */
	bool alone;	   /* reached only from those */
	bool open;	   /* whether it is checked is an open question */
	size_t node;	   /* of its first block */
};

struct call_edge {
	size_t node;
	struct form *to;
};

struct object_reach {
	const struct object *object;
	const struct object_symbol *entry;
	const struct object_symbol *const *alone; /* functions that nothing may call */
	size_t n_alone;
	struct questions questions;
	struct arena *arena; /* its own */
	struct ranges ranges;
	struct pool zeros;		   /* struct zeros, see stack.c */
	uint32_t loaded[sizeof(uint64_t)]; /* the range of a load of so many bytes */
	struct vec bodies;		   /* struct body * */
	struct vec forms;		   /* struct form *; those that are not done yet wait */
	struct vec calls;		   /* struct call_edge, once it was walked */
	size_t n_nodes, work;
	bool open;     /* a jump hangs on an open question */
	bool learned;  /* a rule was asked for that others hang on, too */
	bool apart;    /* ways were followed by themselves, all of them */
	uint32_t lazy; /* the question why functions are checked that nothing calls, 0: none are */
	/* for reach_is_certain() */
	struct vec before; /* struct way_back */
	uint32_t *first_before;
};

/* The form being followed. */
struct walk {
	struct object_reach *reach;
	struct form *form;
	unsigned int depth;
	site_fn visit; /* NULL: only values are followed */
	void *data;
	size_t node;
	/* May be NULL; the first is instead of joining what comes to a block. */
	int (*arrive)(struct walk *walk, uint32_t block, const struct state *state);
	int (*enter)(struct object_reach *reach, struct form *form); /* is called */
	size_t core;   /* the next CO-RE relocation of the section */
	bool straight; /* every run comes here */
};

/* ---- reach.c: from block to block ---- */

int reach_run(struct object_reach *reach, struct form *form);
/* One block with what is known on entry. 0 or -ENOMEM. */
int reach_block(struct walk *walk, uint32_t index, const struct state *state);

/* ---- stack.c ---- */

void stack_store(struct object_reach *reach, struct state *state, int64_t offset, size_t size,
		 struct value value);
struct value stack_load(struct object_reach *reach, const struct state *state, int64_t offset,
			size_t size);
/* Something that is not followed writes, or a helper reads. */
void stack_write(struct object_reach *reach, struct state *state, int64_t offset, int64_t size);
void stack_read(struct object_reach *reach, struct state *state, int64_t offset, int64_t size);
bool stack_same(const struct state *a, const struct state *b);
/* As state_join(). */
bool stack_join(struct object_reach *reach, struct state *known, const struct state *state,
		uint32_t open);

/* ---- handed.c ---- */

/* What is called may write through pointers into the stack. @helper: -1 if it is a function. */
void handed_over(struct object_reach *reach, struct state *state, int helper);
/* What the helper returns, as far as its arguments tell: to be asked before that. */
struct value handed_result(struct object_reach *reach, const struct state *state, int helper);

/* ---- state.c ---- */

bool state_same(const struct state *a, const struct state *b);
/* Whether @known is another one for what comes from @state. */
bool state_join(struct object_reach *reach, struct state *known, const struct state *state);
/* A copy of a number is made from one register into the other, by the instruction of that place. */
void state_copy(struct state *state, uint8_t from, uint8_t to, uint64_t place);
/* What the comparison tells of numbers that it has compared, and of their copies. */
void state_learn(struct ranges *ranges, struct state *state, const struct bpf_insn *insn,
		 const struct value *right, bool jumps);

/* ---- form.c: functions and what is known of their arguments ---- */

struct form *form_at(const struct object_reach *reach, size_t index);
struct form *form_of_node(const struct object_reach *reach, size_t node); /* certain.c */
/* NULL: memory is out. */
struct body *form_body(struct object_reach *reach, const struct object_symbol *function);
struct form *form_add(struct object_reach *reach, struct body *body, const struct value *arguments);
/* What a caller hands over and the callee can use; pointers into a stack it cannot follow. */
struct value form_argument(const struct value *value);
/* @registers is NULL if nothing is known: the verifier calls it. NULL: memory is out. */
struct form *form_of(struct object_reach *reach, const struct object_symbol *function,
		     const struct value *registers);

#endif
