/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * reach.h - which instructions of a program the verifier will see, shared by the files of
 * the object room that need to know
 */
#ifndef FEATSEL_OBJECT_REACH_H
#define FEATSEL_OBJECT_REACH_H

#include "object/private.h"
#include "object/range.h"

#define LD_IMM64  (BPF_LD | BPF_IMM | BPF_DW)
#define REGISTERS 11

/* src_reg of calls and of 64-bit loads; older headers lack some */
enum { CALL_HELPER = 0, CALL_FUNCTION = 1, CALL_KFUNC = 2, LOAD_FUNCTION = 4 };

/* ---- value.c: what is known of a register ---- */

enum value_kind {
	/* Of both @which is their range (if the first is a number), and equal ones have the @number
	 * of the instruction that made a copy. */
	VALUE_ANY = 0,
	VALUE_SCALAR,	 /* a number, known at run time only */
	VALUE_NUMBER,	 /* @number */
	VALUE_OPEN,	 /* a number that loading knows and nobody has told us: question @which */
	VALUE_NONZERO,	 /* the same, but it is not 0 */
	VALUE_ADDRESS,	 /* address of a typed kernel object: not 0; old verifiers may not know */
	VALUE_DATA,	 /* points at @number in section @which, which is .rodata */
	VALUE_KCONFIG,	 /* points at @number in extern @which */
	VALUE_CONTEXT,	 /* points at @number in the context */
	VALUE_STACK,	 /* points at @number from the frame's top, or up to @which bytes above */
	VALUE_WORD,	 /* @which bytes from @number of the context */
	VALUE_MAP,	 /* map @which */
	VALUE_LOOKED_UP, /* points into a map, or is NULL */
	VALUE_ELEMENT, /* points to an element that is there; @which: what a verifier knows it by */
	VALUE_KIND_COUNT
};

struct value {
	enum value_kind kind;
	uint32_t which;
	uint64_t number;
};

struct value value_of(uint64_t number);
bool value_same(const struct value *a, const struct value *b);
/* Whether loading knows the number. */
bool value_settled(const struct value *value);
/* Whether it is one of those that ranges tell of. */
bool value_is_run(const struct value *value);
bool value_has_range(const struct value *value); /* those, numbers and words */
struct range value_range(const struct ranges *ranges, const struct value *value);
/* A number with this range, of one of the kinds that have one. */
struct value value_ranged(struct ranges *ranges, enum value_kind kind, const struct range *range);
/* The result of an instruction of arithmetic, moves included. */
struct value value_arithmetic(struct ranges *ranges, const struct bpf_insn *insn,
			      const struct value *target, const struct value *source);
/* What is known after two paths meet. @open: which path it is depends on an open question. */
struct value value_join(struct ranges *ranges, const struct value *a, const struct value *b,
			uint32_t open);

/* The branches that a jump takes: ALWAYS_ for sure, MAY_ if a question is answered that way. */
enum ways { FALLS = 1 << 0, JUMPS = 1 << 1, MAY_FALL = 1 << 2, MAY_JUMP = 1 << 3 };
unsigned int value_ways(const struct bpf_insn *insn, const struct value *left,
			const struct value *right);

/* ---- question.c: what loading decides, out of the answers of a host ---- */

struct questions {
	const struct object *object;
	const struct object_oracle *oracle; /* NULL: nothing is known but what the file says */
	struct arena *arena;
	struct vec asked;      /* const struct feature *: NULL what no feature can ask */
	struct vec memos;      /* struct memo, see there */
	struct value *externs; /* one an extern */
	bool *externs_known;
	bool depends; /* the result depends on a host's answers */
	bool failed;  /* out of memory */
};

void questions_free(struct questions *questions);
const struct feature *questions_feature(const struct questions *questions, uint32_t which);
/* What the relocation puts into its instruction. */
struct value question_core(struct questions *questions, const struct object_section *section,
			   struct object_core *core);
/* The address of an extern. */
struct value question_address(struct questions *questions, const struct object_extern *external);
/* What @pointer, moved by the instruction's offset, points at. */
struct value question_load(struct questions *questions, const struct value *pointer,
			   const struct bpf_insn *insn);
size_t insn_bytes(const struct bpf_insn *insn);
/* Whether the verifiers of the host's kernel know what is known since then. */
enum featsel_verdict question_since(struct questions *questions, enum since since, uint32_t *which);
/* The same of those of @needs that are not known yet. Whether one of them is now; *which: one that
 * is not. */
bool question_rules(struct questions *questions, struct rules *rules, uint32_t needs,
		    uint32_t *which);
/* Whether global functions are checked only where they are called. */
enum featsel_verdict question_lazy(struct questions *questions, uint32_t *which);
/* The element of map @map for a key that is known. */
struct value question_element(struct questions *questions, uint32_t map, uint64_t key);

/* ---- reach.c, certain.c: the analysis ---- */

/* Stack slots that are followed: compilers spill few values that are known at load time. */
#define SLOTS 16
enum { STACK_DEPTH = 512 };

/* Verifiers that know different things of it, one bit each: see stack.c. */
enum {
	STACK_BYTES,
	STACK_HALVES, /* a register that was put into less than eight bytes is kept */
	STACK_SPILLS, /* a 0 is kept as a register is */
	STACK_READS,  /* what a helper only reads stays */
	STACK_REGIMES
};

/* What was put at the first of eight bytes of the stack. */
struct slot {
	struct value value; /* not the number 0 */
	int16_t offset;	    /* from the frame's top */
	uint8_t size;	    /* 0: nothing */
	uint8_t kept;	    /* by which verifiers */
};

struct state {
	struct value registers[REGISTERS];
	struct slot slots[SLOTS];
	uint32_t zeros; /* bytes of the stack that are 0: see stack.c */
	uint32_t open;	/* the question that decides whether this is reached, 0: none */
	bool loose;	/* a pointer into the stack that is not followed may exist */
};

struct object_reach;

/* One instruction that is reached, as it is before it runs. */
struct site {
	struct object_reach *reach;
	const struct flow *flow;
	size_t index; /* of the instruction in its function */
	const struct bpf_insn *insn;
	const struct state *state;
	struct object_core *core; /* relocation of the instruction, NULL */
	size_t node;		  /* for reach_is_certain() */
	bool outermost;		  /* in the program's own function */
	bool straight;		  /* there, and every run goes through it */
	struct walk *walk;
};
typedef int (*site_fn)(void *data, const struct site *site);

/*
 * Everything that a program reaches from @entry, with @oracle's answers. 0 or -ENOMEM. The result
 * lives until reach_free(), features in @arena.
 */
int reach_new(const struct object *object, const struct object_symbol *entry,
	      const struct object_oracle *oracle, struct arena *arena, struct object_reach **ret);
void reach_free(struct object_reach *reach);
/* Also what stands in these functions, if the host's verifier checks them uncalled. 0 or -ENOMEM.
 */
int reach_alone(struct object_reach *reach, const struct object_symbol *const *functions, size_t n);
/* Each reached instruction of each function in each of the forms in which it is called. */
int reach_walk(struct object_reach *reach, site_fn visit, void *data);
/* Follow each way by itself, after reach_walk(). 0 or -ENOMEM. */
int reach_apart(struct object_reach *reach);
/* Whether some way comes to the node, as far as that is known. */
bool reach_is_met(const struct object_reach *reach, size_t node);
/* Whether one of the nodes is reached whatever the answers to the open questions are; else *hinge
 * is a question that decides. Or they are in functions that nothing calls, and it is why those are
 * checked. */
bool reach_is_certain(struct object_reach *reach, const size_t *nodes, size_t n, uint32_t *hinge);
/* What the instruction leaves in the register that it writes, r0 of a call. */
struct value reach_result(const struct site *site);
const struct questions *reach_questions(const struct object_reach *reach);

#endif
