/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* attaching.h - what the files that attach programs share */
#ifndef FEATSEL_SESSION_ATTACHING_H
#define FEATSEL_SESSION_ATTACHING_H

#include "session/guard.h"
#include "session/private.h"

/* A program on its way to its target. */
struct attaching {
	struct stream *stream;
	const struct bpf_object *object;
	const struct bpf_program *program;
	const struct section *section;
	const struct attach_options *on; /* never NULL */
	struct kernel *kernel;
	struct featsel_host *host;
};

/* Takes over @link and its @perf_fd; @fd. -ENOMEM: they are released. */
int attachment_add_link(struct stream *stream, struct bpf_link *link, int perf_fd);
int attachment_add_fd(struct stream *stream, int fd);
/* For what no descriptor undoes: the guard does it. */
int attachment_by_guard(const struct attaching *attaching, const struct act *act);
/* BPF_LINK_CREATE: a descriptor, or a negative errno. */
int link_create(const struct link_create_attr *attr, size_t size);
/* The same, kept. */
int attach_link(const struct attaching *attaching, const struct link_create_attr *attr,
		size_t size);
/* Whether that program has the name and the instructions of ours and nobody holds it: a killed run
 * has left it where there was no link. */
bool attachment_is_left(const struct attaching *attaching, uint32_t id);
/* BPF_PROG_ATTACH, by the guard. @query_fd: what killed runs have left there goes before; -1 */
int attach_older(const struct attaching *attaching, int target_fd, int query_fd, uint32_t flags);
/* With -v, logs how and where it is attached. */
void attach_tell(const struct attaching *attaching, const char *format, ...) PRINTF(2, 3);

int attach_xdp(const struct attaching *attaching);
int attach_tc(const struct attaching *attaching);
int attach_socket(const struct attaching *attaching);
int attach_netfilter(const struct attaching *attaching);
int attach_cgroup(const struct attaching *attaching);
int attach_netns(const struct attaching *attaching);
int attach_sockmap(const struct attaching *attaching);
int attach_struct_ops(const struct attaching *attaching);
int attach_freplace(const struct attaching *attaching);
int attach_perf_event(const struct attaching *attaching);
int attach_iter(const struct attaching *attaching);

#endif /* FEATSEL_SESSION_ATTACHING_H */
