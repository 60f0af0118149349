/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * kernel.h - every way into the running kernel while deciding; private to the room
 */
#ifndef FEATSEL_HOST_KERNEL_H
#define FEATSEL_HOST_KERNEL_H

#include "host/host.h"

/* ---- kernel.c: every way in which featsel touches the kernel while it decides ---- */

struct bpf_insn;
struct perf_event_attr;

/* BPF_LOG_STATS: what the verifier refuses, without the instructions before it. */
#define PROBE_LOG 4

struct prog_probe {
	int type;
	int attach_type; /* 0 if there is none */
	const struct bpf_insn *insns;
	size_t n_insns;
	uint32_t attach_btf_id;
	int attach_btf_fd;   /* module BTF, or 0 */
	int attach_prog_fd;  /* ext */
	uint32_t btf_fd;     /* the program's own BTF, 0 none; with it: */
	uint32_t function;   /* the BTF id of the function that the program is */
	uint32_t second;     /* where another of the same id begins, 0: there is none */
	uint32_t flags;	     /* BPF_F_SLEEPABLE ... */
	int log_level;	     /* PROBE_LOG; 0: no log wanted */
	const char *license; /* NULL: "Dual BSD/GPL" */
};

struct map_probe {
	int type;
	uint32_t key_size, value_size, max_entries, flags;
	int inner_fd; /* -1 */
	uint32_t btf_fd, btf_key_type_id, btf_value_type_id, btf_vmlinux_value_type_id;
	uint64_t map_extra;
};

struct link_probe {
	int prog_fd, target_fd, attach_type;
	const char *const *symbols; /* kprobe.multi */
	size_t n_symbols;
	uint32_t flags;
};

struct kernel;
struct nlmsghdr;

/* Takes one message of the answer: 0, or a negative errno that ends the dump. */
typedef int (*netlink_take_fn)(void *data, const struct nlmsghdr *message);

/* Each returns a file descriptor or 0, or a negative errno taken right after the call. EAGAIN,
 * EINTR are retried. */
struct kernel_ops {
	int (*prog_load)(struct kernel *kernel, const struct prog_probe *probe, char *log,
			 size_t log_size);
	int (*map_create)(struct kernel *kernel, const struct map_probe *probe);
	int (*btf_load)(struct kernel *kernel, const void *data, size_t size);
	int (*raw_tracepoint_open)(struct kernel *kernel, const char *name,
				   int prog_fd); /* name NULL: tracing */
	int (*link_create)(struct kernel *kernel, const struct link_probe *probe);
	int (*perf_event_open)(struct kernel *kernel, struct perf_event_attr *attr, int pid,
			       int cpu);
	int (*bpf_nonsense)(struct kernel *kernel);	      /* bpf(0x7fffffff): -EINVAL if nothing
								 filters the call */
	int (*open)(struct kernel *kernel, const char *path); /* O_RDONLY */
	int (*exists)(struct kernel *kernel, const char *path); /* 0, or why not: stat() */
	int (*filesystem)(struct kernel *kernel, const char *path, long *magic); /* statfs() */
	/* lsm_list_modules(2), 6.8: LSM_ID_* of the active modules, at most @room; their count or
	 * -ENOSYS */
	int (*lsm_list)(struct kernel *kernel, uint64_t *ids, size_t room);
	int (*uname)(struct kernel *kernel, const char **release, const char **machine);
	/* The operations below may be NULL: this kernel cannot be asked. */
	/* @request is changed; @take, which may be NULL, gets the answer. */
	int (*netlink)(struct kernel *kernel, int protocol, struct nlmsghdr *request,
		       netlink_take_fn take, void *data);
	/* bpf(2), for commands that change nothing. */
	int (*bpf)(struct kernel *kernel, int command, void *attr, size_t size);
	int (*socket)(struct kernel *kernel, int family, int type, int protocol);
	int (*open_directory)(struct kernel *kernel, const char *path);
	/* A process that holds program @id: its pid and name; 0: none is visible. */
	int (*holder)(struct kernel *kernel, uint32_t id, char *comm, size_t size);
	/* the same kernel for another thread; NULL if there can be none */
	int (*again)(struct kernel *kernel, struct kernel **ret);
	void (*close)(struct kernel *kernel, int fd);
	void (*free)(struct kernel *kernel);
};

struct kernel {
	const struct kernel_ops *ops;
};
/* @raise: RLIMIT_MEMLOCK may be raised if a call fails because of it. */
int kernel_open_live(bool raise, struct kernel **ret, struct featsel_error *err);
/*
 * The whole (small) file, NUL-terminated, in @arena; @limit bytes at most. 0 or a negative errno.
 */
int kernel_read(struct kernel *kernel, struct arena *arena, const char *path, size_t limit,
		const char **ret, size_t *size);

/* ---- kernel-net.c: netlink, sockets, who holds a program ---- */

int kernel_netlink(struct kernel *kernel, int protocol, struct nlmsghdr *request,
		   netlink_take_fn take, void *data);
int kernel_socket(struct kernel *kernel, int family, int type, int protocol);
int kernel_open_directory(struct kernel *kernel, const char *path);
int kernel_holder(struct kernel *kernel, uint32_t id, char *comm, size_t size);

/* ---- kernel-btf.c: types of the running kernel, walked without building an index ---- */

struct kernel_btf;

/*
 * @path NULL: /sys/kernel/btf/vmlinux; else a file, raw BTF or an ELF file with .BTF. -ENOENT: no
 * such file, so the kernel has none; -ENODATA: an ELF file without BTF; -EBADMSG: damaged;
 * -ENOTSUP: the other byte order.
 */
int kernel_btf_open(struct kernel *kernel, const char *path, struct kernel_btf **ret);
/* Split BTF that continues the types of @base, which must live longer. */
int kernel_btf_open_split(struct kernel *kernel, const char *path, struct kernel_btf *base,
			  struct kernel_btf **ret);
/* Of memory of malloc()'s, which is taken over. */
int kernel_btf_open_data(void *data, size_t size, struct kernel_btf **ret);
void kernel_btf_close(struct kernel_btf *btf);
/* Not 0 once a walk stopped before the end (damaged, or a kind that we cannot step over): "none" is
 * then no answer. */
int kernel_btf_damage(const struct kernel_btf *btf);
/* Type id by kind (BTF_KIND_*) and exact name; 0 if there is none. */
uint32_t kernel_btf_find(struct kernel_btf *btf, int kind, const char *name);
/* The same without a walk: 0 if it was not found before. */
uint32_t kernel_btf_found(struct kernel_btf *btf, int kind, const char *name);
/* Parameters of a function: -ENOENT no such function, else the count. */
int kernel_btf_args(struct kernel_btf *btf, const char *function);
/* Of the type of a function or variable: 0, -ENOENT. */
int kernel_btf_shape(struct kernel_btf *btf, int kind, const char *name, struct btf_shape *ret);
/* Whether struct or union @type has @member (dotted, through anonymous and embedded members, not
 * pointers): 0, -ENOENT. */
int kernel_btf_member(struct kernel_btf *btf, const char *type, const char *member);
/* Whether libbpf finds a member of a struct or union of that name by these steps; true if there is
 * none of that name. */
bool kernel_btf_leads(struct kernel_btf *btf, const char *type, const struct object_step *steps,
		      size_t n);
/* Where the struct has a member of that very name: its place among them and the struct's type id;
 * -ENOENT. */
int kernel_btf_member_index(struct kernel_btf *btf, const char *type, const char *member,
			    uint32_t *id);
/* What is known about a member or a type of BTF_KIND_*: false if nothing is. */
bool kernel_btf_member_number(struct kernel_btf *btf, enum object_number kind, const char *type,
			      const char *member, uint64_t *ret);
bool kernel_btf_size(struct kernel_btf *btf, int kind, const char *name, uint64_t *ret);
/* Value of an enumerator in the enum, in any where @enum_name is NULL: 0 and *ret, -ENOENT. */
int kernel_btf_enumerator(struct kernel_btf *btf, const char *enum_name, const char *name,
			  int64_t *ret);

#endif /* FEATSEL_HOST_KERNEL_H */
