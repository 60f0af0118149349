/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * feature.h - the kernel's vocabulary, the SEC() grammar, kinds of features, requirements
 */
#ifndef FEATSEL_FEATURE_FEATURE_H
#define FEATSEL_FEATURE_FEATURE_H

#include "base/base.h"

/* ---- names.c: numbers of the kernel's interface and their names ---- */

enum vocabulary {
	VOCABULARY_PROG_TYPE,
	VOCABULARY_MAP_TYPE,
	VOCABULARY_ATTACH_TYPE,
	VOCABULARY_HELPER,
	VOCABULARY_LINK,
	VOCABULARY_CAP,
	VOCABULARY_COUNT
};
/* BPF_PROG_TYPE_NETFILTER, which the oldest headers that featsel builds with do not have. */
enum { PROG_TYPE_NETFILTER = 32 };

/* -ENOENT if the table does not have it; a newer kernel may. */
int names_number(enum vocabulary vocabulary, const char *name);
/* NULL if the table does not have it. */
const char *names_name(enum vocabulary vocabulary, int number);
/* One more than the highest number in the table. */
int names_end(enum vocabulary vocabulary);
/* The nearest of @n names for "did you mean", NULL if none is near. */
const char *names_nearest(const char *wrong, const char *const *names, size_t n);
const char *names_suggest(enum vocabulary vocabulary, const char *wrong);

/* ---- section.c: libbpf's SEC() grammar, as a table of our own ---- */

/*
 * What a program of this section is attached to. It decides which probe can tell whether that
 * works.
 */
enum attach_means {
	ATTACH_NONE = 0, /* by no means that a session has */
	ATTACH_TRACEPOINT,
	ATTACH_RAW_TRACEPOINT,
	ATTACH_TRACING_TRACEPOINT, /* tp_btf */
	ATTACH_TRACING_FUNCTION,   /* fentry, fexit, fmod_ret */
	ATTACH_ITER,
	ATTACH_LSM,
	ATTACH_KPROBE,
	ATTACH_KRETPROBE,
	ATTACH_KSYSCALL,
	ATTACH_KRETSYSCALL,
	ATTACH_KPROBE_MULTI,
	ATTACH_UPROBE,
	ATTACH_URETPROBE,
	ATTACH_UPROBE_MULTI,
	ATTACH_USDT,
	ATTACH_PERF_EVENT,
	ATTACH_FREPLACE,
	ATTACH_STRUCT_OPS,
	/* what `on:` names or its default gives */
	ATTACH_XDP,
	ATTACH_TC, /* tcx, netkit */
	ATTACH_CGROUP,
	ATTACH_LSM_CGROUP,
	ATTACH_NETNS, /* sk_lookup, flow_dissector */
	ATTACH_PACKET_HOOK,
	ATTACH_SOCKET,
	ATTACH_SOCKMAP, /* sk_skb, sk_msg */
	ATTACH_MEANS_COUNT
};

enum section_flags {
	SECTION_SLEEPABLE = 1 << 0,
	SECTION_OPTIONAL = 1 << 1,  /* "?name": not loaded unless asked for */
	SECTION_RETURN = 1 << 2,    /* the return side: kretprobe, uretprobe, fexit */
	SECTION_NO_TARGET = 1 << 3, /* the form takes no target */
	SECTION_FRAGS = 1 << 4,	    /* of packets in several pieces: xdp.frags */
};

struct attach_options;

/* A section name taken apart: SEC("fentry.s/ksys_mmap_pgoff") */
struct section {
	const char *form;   /* "fentry.s": static */
	const char *target; /* "ksys_mmap_pgoff", points into the name; "" if there is none */
	int prog_type;	    /* BPF_PROG_TYPE_* */
	int attach_type;    /* BPF_*; -1 if the type has none */
	enum attach_means means;
	unsigned int flags;
	/* Where it is attached, as far as the name does not say it; NULL: nothing was said. */
	const struct attach_options *on;
};
/* -ENOENT: not a section that we know. */
int section_parse(const char *name, struct section *ret);
/* Rank in the built-in preference of selection by name: lower is better. */
int section_preference(const struct section *section);
const char *section_suggest(const char *name);
/* The program type that an attach type belongs to if nothing else tells; -ENOENT. */
int section_prog_type(int attach_type);
/*
 * "fexit/do_exit[0,2]": words of the context that a program of the section reads. Returns the
 * length of the name before them; *words is a mask, 0 if there are none. -EINVAL: the text in
 * brackets is no list of numbers below 32.
 */
int section_words(const char *name, uint32_t *words);
/*
 * "tracepoint/sched/sched_switch[prev_pid@24:4,next_pid]": fields of the context that a program of
 * the section reads, which tracefs describes.
 */
struct section_field {
	const char *name; /* @length characters */
	size_t length;
	bool placed;	       /* @offset is said */
	uint32_t offset, size; /* size 0: any */
};
/*
 * The next of them. *@at is the opening bracket at first, and is moved on. 1; 0: there is none
 * left; -EINVAL: that is no list of fields.
 */
int section_field(const char **at, struct section_field *ret);

/* ---- feature.c: kinds of features, their canonical form ---- */

enum feature_kind {
	FEATURE_PROG_TYPE,
	FEATURE_ATTACH_TYPE,
	FEATURE_MAP_TYPE,
	FEATURE_HELPER,
	FEATURE_KFUNC,
	FEATURE_ATTACH,
	FEATURE_LINK,
	FEATURE_BTF,
	FEATURE_KSYM,
	FEATURE_KCONFIG,
	FEATURE_INSNS,
	FEATURE_LSM,
	FEATURE_CAP,
	FEATURE_ARCH,
	FEATURE_KERNEL,
	FEATURE_KIND_COUNT
};

/* Immutable once made; @text is its identity. */
struct feature {
	enum feature_kind kind;
	const char *text;    /* "helper:kprobe/get_current_task" */
	const char *operand; /* "kprobe/get_current_task": points into text */
	const char *name;    /* "get_current_task": the operand without T/, or the operand */
	int number;	     /* of @name in the kind's vocabulary; -1: unknown to our tables, or no
				vocabulary */
	int prog_type;	     /* helper, kfunc: T; attach_type: the type it belongs to; else -1 */
	int attach_type;     /* helper, kfunc of T:A: A; else -1 */
};

struct feature_kind_row {
	struct featsel_feature_kind about; /* its name stands before the colon: "map_type" */
	const char *key;		   /* "map_types": in a manifest's requires */
	bool list;			   /* the manifest gives a list */
	bool privileged;		   /* asked through bpf(2) or perf_event_open(2) */
	bool of_prog_type;		   /* canonical form is name:T/NAME */
	int vocabulary;			   /* enum vocabulary, or -1 */
	/*
	 * The operand's grammar beyond the vocabulary: 0, or -EINVAL with a sentence in err->text.
	 */
	int (*check)(const char *operand, struct featsel_error *err);
};
const struct feature_kind_row *feature_kind(enum feature_kind kind);
/* "large", "bounded_loops", ...: what the kind insns may ask for; NULL behind the last. */
const char *feature_insns(size_t index);
/* Kind by manifest key, FEATURE_KIND_COUNT if there is none. */
enum feature_kind feature_kind_by_key(const char *key);
/*
 * Make a feature. @prog_type is T's name for helpers and kfuncs, or T:A where the attach type
 * decides, else NULL. A name that no table
 * knows is an error where one near it is known ("did you mean"), else a feature with number -1.
 */
int feature_make(struct arena *arena, enum feature_kind kind, const char *prog_type,
		 const char *name, const struct feature **ret, struct featsel_error *err);
/* The canonical form: "helper:kprobe/get_current_task". */
int feature_parse(struct arena *arena, const char *text, const struct feature **ret,
		  struct featsel_error *err);
/*
 * The same for a user's input: a word without a kind is the feature of that name if only one kind
 * has it.
 */
int feature_find(struct arena *arena, const char *word, const struct feature **ret,
		 struct featsel_error *err);
/*
 * By number, for inference and enumeration; NULL if memory is out. @prog_type is -1 if the kind
 * has none.
 */
const struct feature *feature_of(struct arena *arena, enum feature_kind kind, int prog_type,
				 int number);

/*
 * A helper for programs of @section: by attach type, "helper:T:A/H", if the kernel decides by that,
 * else by program type.
 */
const struct feature *feature_of_helper(struct arena *arena, const struct section *section,
					int helper);

/* ---- requirement.c: all, any, not over features; verdict algebra ---- */

enum requirement_op { REQUIREMENT_FEATURE, REQUIREMENT_ALL, REQUIREMENT_ANY, REQUIREMENT_NOT };

struct requirement {
	enum requirement_op op;
	const struct feature *feature; /* REQUIREMENT_FEATURE */
	struct location at;
	struct requirement *parts; /* the first part; NOT has exactly one */
	struct requirement *next;  /* the sibling */
};

enum featsel_verdict verdict_worst(enum featsel_verdict a, enum featsel_verdict b); /* all */
enum featsel_verdict verdict_best(enum featsel_verdict a, enum featsel_verdict b);  /* any */
enum featsel_verdict verdict_not(enum featsel_verdict verdict);

struct requirement_ops {
	/* Called for a leaf; @within is "any", "not" or NULL. */
	enum featsel_verdict (*ask)(void *data, const struct feature *feature, const char *within);
	/*
	 * Called after the last leaf of a group and of the groups in it; @leaves were asked. May
	 * be NULL.
	 */
	void (*close)(void *data, enum requirement_op op, size_t leaves,
		      enum featsel_verdict verdict);
};
/* @lazy stops as soon as the rest cannot change the verdict. NULL is the empty requirement: yes. */
enum featsel_verdict requirement_evaluate(const struct requirement *requirement, bool lazy,
					  const struct requirement_ops *ops, void *data);

#include "feature/on.h"

#endif /* FEATSEL_FEATURE_FEATURE_H */
